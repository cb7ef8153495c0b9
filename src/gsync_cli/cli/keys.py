"""`gsync keys`: the OAuth clients that were made in the Google console (row P14).

There are two: a `web` one, which is entered in Creatio, and an `installed` one, with which gsync itself signs in
(facts/google.md 3.8 and 5.3 say why one can't do both).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.keys_verified import KeysVerified, verified
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.redirect_uris import required_here
from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.terminal import Terminal
from gsync_cli.credentials import ClientKind, Credentials, GoogleClient, fingerprint
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, WrongUsage
from gsync_cli.provisioning.client_file import KINDS, client_of, client_problems, replacing
from gsync_cli.provisioning.redirect_uris import Registration

app = typer.Typer(help="Store the OAuth clients that were made in the Google console, see them, and prove them.")

_PURPOSE: Final[Mapping[ClientKind, str]] = {"web": "Creatio's", "installed": "gsync's own"}
_LARGEST = 1_000_000
"""Bytes; a client file has less than two thousand."""
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.apps\.googleusercontent\.com")


@dataclass(frozen=True, slots=True)
class KeysShown:
    """The clients of the profile, without their secrets."""

    clients: tuple[GoogleClient, ...]

    def data(self) -> Mapping[str, object]:
        """Return `{"clients": [{"kind", "client_id", "project_id", "secret_fingerprint", …}]}`.

        `secret_fingerprint` is null where the secret is not known, `former_secret_fingerprint` where there is none.
        """
        return {
            "clients": [
                {
                    "kind": client.kind,
                    "client_id": client.client_id,
                    "project_id": client.project_id or None,
                    "secret_fingerprint": fingerprint(client.client_secret),
                    "former_secret_fingerprint": fingerprint(client.former_secret),
                    "redirect_uris": list(client.redirect_uris),
                    "javascript_origins": list(client.javascript_origins),
                }
                for client in self.clients
            ]
        }

    def show(self, page: Page) -> None:
        """Print a block for each client."""
        if not self.clients:
            page.text("No keys yet. They come from the Google console: gsync keys import FILE")
        for client in self.clients:
            page.heading(f"{_PURPOSE[client.kind]} client ({client.kind})")
            page.facts(_facts(client))


@dataclass(frozen=True, slots=True)
class KeysStored:
    """A client that was stored."""

    client: GoogleClient
    replaced: str
    """The client id that stood there before; empty where there was none."""
    required: Registration | None = None
    """What Creatio's client must have for the connected site; None where that is not known, or not the question."""
    found: tuple[GsyncError, ...] = ()
    """What is wrong with it, as errors that were not raised."""

    def data(self) -> Mapping[str, object]:
        """Return the client as `keys show` does, `replaced` (the client id before it or null), and what it lacks."""
        return {
            **KeysShown((self.client,)).data(),
            "replaced": self.replaced or None,
            "missing_redirect_uris": self._facts_of("client-redirect-missing", "uri"),
            "missing_javascript_origins": self._facts_of("client-origin-missing", "origin"),
        }

    def show(self, page: Page) -> None:
        """Say what was stored, and for whom."""
        page.good(f"{_PURPOSE[self.client.kind]} client ({self.client.kind}) is stored")
        page.facts(_facts(self.client))
        for error in self.found:
            page.warn(Problem.of(error).message)
        if self.required and not self.found:
            page.good("Its redirect URIs and origins are those that the connected site needs")

    def _facts_of(self, code: str, name: str) -> list[object]:
        return [error.facts[name] for error in self.found if error.code == code]


@app.command(
    "import",
    epilog=examples("gsync keys import client_secret_….json", "gsync keys import - < client_secret_….json"),
)
def import_(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(help="The downloaded JSON file; - is standard input.", metavar="FILE|-", show_default=False)
    ],
) -> KeysStored:
    """Store an OAuth client: its top key “web” makes it Creatio's, “installed” gsync's own."""
    running = session(ctx)
    name = "standard input" if file == "-" else file
    return _stored(running, client_of(_content(file, running.terminal), name), compare=True)


@app.command(
    "set",
    epilog=examples(
        "gsync keys set --client-id 123-abc.apps.googleusercontent.com      (asks for the secret, hidden)",
        "gsync keys set --client-id 123-abc.apps.googleusercontent.com --client-secret-stdin < FILE",
    ),
)
def set_(
    ctx: typer.Context,
    client_id: Annotated[str, typer.Option(metavar="ID", help="As Google shows it: …apps.googleusercontent.com.")] = "",
    kind: Annotated[str, typer.Option(help="web (Creatio's) or installed (gsync's own).")] = "web",
    client_secret_stdin: Annotated[  # noqa: FBT002  typer reads the default
        bool, typer.Option("--client-secret-stdin", help="Read the secret from standard input.")
    ] = False,
    project: Annotated[str, typer.Option(metavar="ID", help="The project of the client.")] = "",
    former: Annotated[bool, typer.Option("--former", help="Go back to the secret before the present one.")] = False,  # noqa: FBT002  typer reads the default
) -> KeysStored:
    """Store an OAuth client by its id and secret. The secret is typed hidden, or read from standard input.

    A new secret for the same client keeps the old one beside it, until `gsync keys verify` sees that Google refuses it.
    """
    running = session(ctx)
    if kind not in KINDS:
        raise WrongUsage("client-kind-form", given=kind)
    if former:
        stored = _stored(running, _with_former(running, kind), compare=False, back=True)
        running.terminal.hint("See whether Google takes it: gsync keys verify")
        return stored
    checked = _checked_id(client_id or running.terminal.ask("Client ID", flag="--client-id"))
    terminal, flag = running.terminal, "--client-secret-stdin"
    secret = (
        terminal.read_stdin_secret(flag=flag) if client_secret_stdin else terminal.secret("Client secret", flag=flag)
    )
    client = _typed_client(running, kind, checked, _checked_secret(secret))
    return _stored(running, replace(client, project_id=project.strip()) if project else client, compare=False)


@app.command("show", epilog=examples("gsync keys show", "gsync keys show --output json"))
def show(ctx: typer.Context) -> KeysShown:
    """Show the clients: ids, project, addresses, and a fingerprint of each secret, never the secret."""
    credentials = Credentials.load(session(ctx).profile)
    return KeysShown(tuple(client for client in (credentials.web, credentials.installed) if client is not None))


@app.command("verify", epilog=examples("gsync keys verify", "gsync keys verify --kind web --output json"))
def verify(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option(help="Only web (Creatio's) or only installed (gsync's own).")] = "",
) -> KeysVerified:
    """Ask Google whether it knows the clients: id, secret, and the redirect URIs that the connected site needs."""
    if kind and kind not in KINDS:
        raise WrongUsage("client-kind-form", given=kind)
    return verified(session(ctx), kind or None)


def _stored(running: Session, client: GoogleClient, *, compare: bool, back: bool = False) -> KeysStored:
    """Store a client in the place of the one of its kind, and say what follows from it.

    `back`: its secret is the one before the present one, so there is no new one to hand on.
    """
    credentials = Credentials.load(running.profile)
    before = credentials.web if client.kind == "web" else credentials.installed
    client = replacing(client, before)
    credentials.with_client(client).save(running.profile)
    if not client.client_secret:
        missing = Problem.of(ActionNeeded("client-secret-missing", client_id=client.client_id))
        running.terminal.warn(missing.message, missing.hint)
    grant = credentials.grant
    if client.kind == "installed" and (grant is None or grant.client_id != client.client_id):
        running.terminal.hint("Sign in with it: gsync account add")
    if before is not None and before.client_id != client.client_id:
        _tell_replaced(running, client, before)
    elif not back and before is not None and client.former_secret and client.client_secret != before.client_secret:
        _tell_rotation(running, client)
    if not _CLIENT_ID.fullmatch(client.client_id):
        running.terminal.warn(*_said(ActionNeeded("client-id-unusual", client_id=client.client_id)))
    required = required_here(running) if compare and client.kind == "web" else None
    project = running.settings.text("google.project")
    found = client_problems(client, required, project=project) if compare else ()
    for hint in dict.fromkeys(Problem.of(error).hint for error in found):
        running.terminal.hint(hint)
    return KeysStored(client, before.client_id if before else "", required, found)


def _tell_replaced(running: Session, client: GoogleClient, before: GoogleClient) -> None:
    """Say that another client is forgotten here: Google shows no secret a second time (facts/google.md 3.10)."""
    what = "client-replaced" if before.client_secret else "client-replaced-without-secret"
    running.terminal.warn(*_said(ActionNeeded(what, former=before.client_id, client_id=client.client_id)))
    if client.kind == "web" and running.settings.text("creatio.url"):
        running.terminal.hint("Creatio has the former client until: gsync creatio push-keys")


def _said(error: GsyncError) -> tuple[str, str]:
    problem = Problem.of(error)
    return problem.message, problem.hint


def _tell_rotation(running: Session, client: GoogleClient) -> None:
    running.terminal.hint(
        "The secret before it is kept as well, since Google takes both until one is disabled. See which: "
        "gsync keys verify"
    )
    if client.kind == "web":
        running.terminal.hint("Then hand the new one to Creatio: gsync creatio push-keys; and disable the old one last")


def _typed_client(running: Session, kind: ClientKind, client_id: str, secret: str) -> GoogleClient:
    """Return a client made of what was typed: with what is known of it already, else at the endpoints of the other one.

    Both belong to one project, and so to one Google.
    """
    stored = Credentials.load(running.profile)
    same, other = (stored.web, stored.installed) if kind == "web" else (stored.installed, stored.web)
    if same is not None and same.client_id == client_id:
        return replace(same, client_secret=secret, former_secret="")
    if (known := same or other) is not None:
        return GoogleClient(kind, client_id, secret, auth_uri=known.auth_uri, token_uri=known.token_uri)
    root = running.settings.text("google.endpoints.oauth2").rstrip("/")
    made = GoogleClient(kind, client_id, secret)
    return replace(made, token_uri=f"{root}/token") if root else made


def _with_former(running: Session, kind: ClientKind) -> GoogleClient:
    """Return the stored client of a kind with the secret before the present one in its place."""
    stored = Credentials.load(running.profile)
    client = stored.web if kind == "web" else stored.installed
    if client is None or not client.former_secret:
        raise WrongUsage("client-former-secret-missing")
    return replace(client, client_secret=client.former_secret, former_secret="")


def _checked_id(typed: str) -> str:
    text = typed.strip()
    if not _CLIENT_ID.fullmatch(text):
        # What was pasted in the wrong place may be the secret: it is not repeated.
        raise WrongUsage("client-id-form")
    return text


def _checked_secret(typed: str) -> str:
    text = typed.strip()
    if not text or re.search(r"\s", text) or _CLIENT_ID.fullmatch(text):
        raise WrongUsage("client-secret-form")
    return text


def _content(file: str, terminal: Terminal) -> bytes:
    if file == "-":
        return terminal.read_stdin(_LARGEST)
    try:
        with Path(file).expanduser().open("rb") as opened:
            return opened.read(_LARGEST)
    except FileNotFoundError:
        raise WrongUsage("client-file-missing", file=file) from None
    except OSError as error:
        raise ConfigurationWrong("client-file-unreadable", file=file, reason=error.strerror or str(error)) from error


def _facts(client: GoogleClient) -> list[tuple[str, object]]:
    secret, former = fingerprint(client.client_secret), fingerprint(client.former_secret)
    return [
        ("client id", client.client_id),
        ("project", client.project_id),
        ("secret", f"known, fingerprint {secret}" if secret else "missing"),
        *([("secret before it", f"kept, fingerprint {former}")] if former else []),
        *(("redirect URI", uri) for uri in client.redirect_uris),
        *(("JavaScript origin", origin) for origin in client.javascript_origins),
    ]
