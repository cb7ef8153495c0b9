"""`gsync sandbox`: Google and Creatio in one process on this machine, and a profile that is ready for them.

Every start begins anew: the sandbox keeps nothing, so what gsync remembered of a former one would be nonsense.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page, Result
from gsync_cli.errors import GsyncError, Temporary, WrongUsage
from gsync_cli.files import read_private, write_private
from gsync_cli.profiles import Profile, profile

if TYPE_CHECKING:
    from gsync_cli.sandbox.server import Server
    from gsync_cli.sandbox.world import Sandbox

app = typer.Typer(help="Run Google and Creatio on this machine, with people in them.")

PROFILE: Final = "sandbox"
CLIENT_FILE: Final = "client_secret.json"
"""The sandbox's OAuth client, as the Google console gives it; for `gsync keys import`."""
MARK: Final = "sandbox.json"
"""The file that tells a profile written by a sandbox from one of a person."""

_LATENCY = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)?", re.IGNORECASE)
_VERSION = re.compile(r"\d+(\.\d+){1,3}")
_OLDEST: Final = (7, 16)
_LARGEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Started:
    """A sandbox that is listening, and what is in it."""

    url: str
    profile: Profile
    creatio_version: str
    runtime: str
    username: str
    password: str
    email: str
    tag: str
    in_creatio: int
    tagged: int
    in_google: int
    latency: float
    """Seconds added to each answer."""
    administrator_token: str = ""
    """Where Creatio is not registered yet: what an administrator's gcloud would print."""

    @property
    def next(self) -> tuple[str, ...]:
        """Commands for the second terminal."""
        prefix = f"gsync --profile {self.profile.name}"
        if self.administrator_token:
            token = f"export GOOGLE_OAUTH_ACCESS_TOKEN={self.administrator_token}"
            return (token, f"{prefix} setup-project", f"{prefix} doctor")
        return tuple(
            f"{prefix} {command}"
            for command in ("sync contacts --dry-run", "sync activities --dry-run", "sync all", "status")
        )

    def data(self) -> Mapping[str, object]:
        """Return `{"url", "control", "profile", "folder", "client_file", "creatio", "google", …}`.

        `creatio` holds url, version, runtime, username, password, tag and the numbers of contacts and tagged ones;
        `google` holds account and contacts; `control` is the address of the sandbox's own API; `next` is commands.
        """
        return {
            "url": self.url,
            "control": f"{self.url}/sandbox",
            "profile": self.profile.name,
            "folder": str(self.profile.folder),
            "client_file": None if self.administrator_token else str(self.profile.folder / CLIENT_FILE),
            "administrator_token": self.administrator_token or None,
            "creatio": {
                "url": f"{self.url}/creatio",
                "version": self.creatio_version,
                "runtime": self.runtime,
                "username": self.username,
                "password": self.password,
                "tag": self.tag,
                "contacts": self.in_creatio,
                "tagged": self.tagged,
            },
            "google": {"account": self.email, "contacts": self.in_google},
            "latency_ms": round(self.latency * 1000),
            "next": list(self.next),
        }

    def show(self, page: Page) -> None:
        """Say what is there and what to type in a second terminal."""
        page.good(f"The sandbox is running at {self.url}")
        page.facts(
            (
                ("Creatio", f"{self.url}/creatio (version {self.creatio_version}, {self.runtime})"),
                ("Sign-in", f"{self.username}, password {self.password}"),
                ("Contacts there", f"{self.in_creatio}, of them {self.tagged} with the private tag “{self.tag}”"),
                ("Google", self.email),
                ("Contacts there", self.in_google),
                ("Profile", f"{self.profile.name}, {self._how_far}"),
                *(() if self.administrator_token else (("OAuth client", self.profile.folder / CLIENT_FILE),)),
            )
        )
        page.heading("Try in a second terminal")
        for command in self.next:
            page.text(f"  {command}")
        page.text()
        if self.administrator_token:
            page.text(f"The person before Google's console: gsync --profile {self.profile.name} sandbox console")
        page.text("Ctrl-C ends the sandbox, and what is in it is gone. The profile stays; the next start renews it.")

    @property
    def _how_far(self) -> str:
        return "not registered at Google yet" if self.administrator_token else "signed in on both sides"


@app.command(
    "start",
    epilog=examples(
        "gsync sandbox start",
        "gsync sandbox start --contacts 10000 --creatio-contacts 2000 --latency 50ms",
        "gsync sandbox start --creatio-version 8.1.3 --runtime net",
    ),
)
def start(
    ctx: typer.Context,
    *,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=_LARGEST_PORT, help="The port; a free one without it.")
    ] = 0,
    contacts: Annotated[int, typer.Option("--contacts", metavar="N", min=0, help="Further contacts in Google.")] = 0,
    creatio_contacts: Annotated[
        int, typer.Option("--creatio-contacts", metavar="N", min=0, help="Further tagged contacts in Creatio.")
    ] = 0,
    latency: Annotated[
        str, typer.Option("--latency", metavar="TIME", help="How long each answer takes: 50ms, 0.2s.")
    ] = "0ms",
    creatio_version: Annotated[
        str, typer.Option("--creatio-version", metavar="V", help="The version that Creatio is, from 7.16 on.")
    ] = "7.17.3",
    runtime: Annotated[
        str, typer.Option("--runtime", metavar="framework|net", help="framework has the prefix /0, net none.")
    ] = "framework",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another number, other people and ids.")] = 0,
    unregistered: Annotated[
        bool, typer.Option("--unregistered", help="Nothing is set up at Google yet: for rehearsing setup-project.")
    ] = False,
) -> None:
    """Run Google and Creatio on this machine until Ctrl-C, and write a profile that is ready for them.

    Each start begins anew, with the same people, and renews the profile “sandbox” (or the one --profile names).
    """
    from gsync_cli.cli.stopping import stopped_gently

    run = session(ctx)
    if runtime not in ("framework", "net"):
        raise WrongUsage(
            "value-wrong", command=ctx.command_path, parameter="--runtime", reason="it must be framework or net."
        )
    seconds, version = latency_of(latency), _version(creatio_version)
    place = profile(run.options.profile or PROFILE, run.environment)
    _refuse_strangers(place)
    with _alone(place), stopped_gently():
        sandbox = _sandbox(run, seed, version, cast("Literal['framework', 'net']", runtime), contacts, creatio_contacts)
        sandbox.latency = seconds
        server = _server(sandbox, port)
        try:
            server.start()
            _renew(run, place, server.url, sandbox, registered=not unregistered)
            _warn_of_proxies(run)
            run.terminal.announce(_started(sandbox, server.url, place, registered=not unregistered))
            server.wait()
        except KeyboardInterrupt:
            run.terminal.step(
                "The sandbox has ended, and what was in it is gone. Its profile stays until the next start."
            )
            return
        finally:
            server.stop()
        raise GsyncError("sandbox-ended", url=server.url)


@app.command("console", epilog=examples("gsync --profile sandbox sandbox console"))
def console(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the downloads go.")] = Path(),
) -> Result:
    """Do on the sandbox what a person does in Google's console: consent screen, scopes, and two OAuth clients."""
    from gsync_cli.cli.sandbox_console import visit

    run = session(ctx)
    return visit(run, _mark(run.profile), folder)


@app.command("demo", epilog=examples("gsync sandbox demo", "gsync sandbox demo --output json"))
def demo(ctx: typer.Context) -> Result:
    """Walk through a synchronisation on a sandbox of its own, and clean up: the same as `gsync demo`."""
    from gsync_cli.cli.demo import demonstrate

    return demonstrate(session(ctx))


def latency_of(text: str) -> float:
    """Return a time such as 50ms, 0.2s or 50 (milliseconds) in seconds. Raises WrongUsage("sandbox-latency")."""
    match = _LATENCY.fullmatch(text.strip())
    if match is None:
        raise WrongUsage("sandbox-latency", text=text)
    return float(match[1]) / (1 if (match[2] or "").lower() == "s" else 1000)


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text) or tuple(int(part) for part in text.split(".")[:2]) < _OLDEST:
        raise WrongUsage("sandbox-version", text=text)
    return text


def _sandbox(
    run: Session, seed: int, version: str, runtime: Literal["framework", "net"], in_google: int, in_creatio: int
) -> "Sandbox":
    from random import Random

    from gsync_cli.sandbox.clock import VirtualClock
    from gsync_cli.sandbox.creatio.site import CreatioSite
    from gsync_cli.sandbox.furnish import furnished

    clock = VirtualClock(run.clock.now(), flowing=True)
    # Repeatable, not secret: the same seed makes the same ids.
    site = CreatioSite(clock, Random(f"creatio {seed}"), version=version, runtime=runtime)  # noqa: S311
    return furnished(clock, seed=seed, creatio=site, more_in_google=in_google, more_in_creatio=in_creatio)


def _server(sandbox: "Sandbox", port: int) -> "Server":
    from gsync_cli.sandbox.server import Server

    try:
        return Server(sandbox, port=port)
    except OSError as error:
        raise WrongUsage("sandbox-port", port=port, reason=os.strerror(error.errno or 0).lower()) from error


def _started(sandbox: "Sandbox", url: str, place: Profile, *, registered: bool) -> Started:
    from gsync_cli.sandbox import furnish

    desk = sandbox.creatio.desk()
    return Started(
        url=url,
        profile=place,
        creatio_version=sandbox.creatio.version,
        runtime=sandbox.creatio.runtime,
        username=furnish.USERNAME,
        password=furnish.PASSWORD,
        email=furnish.EMAIL,
        tag=furnish.TAG,
        in_creatio=len(desk.contacts()),
        tagged=len(desk.tagged(desk.tag_named(furnish.TAG))),
        in_google=len(sandbox.google.account(furnish.EMAIL).contacts()),
        latency=sandbox.latency,
        administrator_token="" if registered else sandbox.google.administrator_token(furnish.EMAIL),
    )


# ── the profile ──────────────────────────────────────────────────────────────────────────────────────────────────


def _refuse_strangers(place: Profile) -> None:
    """Raise WrongUsage("sandbox-profile-taken") where a profile of that name exists that no sandbox wrote."""
    used = (place.config_file, place.credentials_file, place.state_file)
    if any(path.exists() for path in used) and not (place.folder / MARK).exists():
        raise WrongUsage("sandbox-profile-taken", profile=place.name, folder=place.folder)


@contextmanager
def _alone(place: Profile) -> Iterator[None]:
    """Let one sandbox at a time have the profile. Raises Temporary("sandbox-running")."""
    from filelock import FileLock, Timeout

    from gsync_cli.files import make_private_folder

    make_private_folder(place.folder)
    lock = FileLock(place.folder / "sandbox.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise Temporary("sandbox-running", profile=place.name, url=_mark(place).get("url", "")) from error
    try:
        yield
    finally:
        lock.release()


def _renew(run: Session, place: Profile, url: str, sandbox: "Sandbox", *, registered: bool) -> None:
    """Write the profile, without anything that was remembered of a former sandbox.

    Raises Temporary("run-in-progress") where a run still works with it.
    """
    from gsync_cli.sandbox.profile import client_file, write_profile
    from gsync_cli.sync.lock import held

    with held(place.lock_file, run.clock):
        prefix = "/0" if sandbox.creatio.runtime == "framework" else ""
        mark = {"url": url, "started": run.clock.now().isoformat(), "prefix": prefix}
        write_private(place.folder / MARK, _json(mark))
        for path in (*place.folder.glob(f"{place.state_file.name}*"), place.setup_file, place.folder / CLIENT_FILE):
            path.unlink(missing_ok=True)
        write_profile(place.folder, url, sandbox, provisioned=registered)
        if registered:
            write_private(place.folder / CLIENT_FILE, _json(client_file(url)))


def _mark(place: Profile) -> Mapping[str, Any]:
    try:
        content = json.loads(read_private(place.folder / MARK) or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, indent=2).encode()


def _warn_of_proxies(run: Session) -> None:
    """Say it where a proxy would be asked for the sandbox, which it can't reach."""
    given = {name.lower(): value for name, value in run.environment.items() if value}
    if {"http_proxy", "all_proxy"} & given.keys() and "127.0.0.1" not in given.get("no_proxy", ""):
        run.terminal.warn(
            "The environment names a proxy, which can't reach this machine's own addresses.",
            "In the second terminal, first: export NO_PROXY=127.0.0.1",
        )
