"""A site that is not registered yet, an administrator, and a person before the console who copies what a task shows."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gsync_cli.config import Settings, set_values
from gsync_cli.creatio.session import CreatioSite, open_session
from gsync_cli.credentials import CreatioLogin, Credentials
from gsync_cli.errors import GsyncError
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.permissions import Refusal
from gsync_cli.provisioning.walk.engine import Walked, walk
from gsync_cli.provisioning.walk.model import Choice, Person, StepReport, Task
from gsync_cli.provisioning.walk.setup import Mode, Setup, Wishes, World
from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.console import Console
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.profile import SERVICES
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox

BASE = "http://127.0.0.1:9"
"""In process nobody dials it."""
SITE = "https://crm.nordlicht-handel.de/creatio"


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Heard:
    """What the walk said on the way."""

    reports: list[StepReport] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def step(self, report: StepReport) -> None:
        self.reports.append(report)

    def foreseen(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def warn_of(self, error: GsyncError) -> None:
        self.warnings.append(error.code)


@dataclass
class AtTheConsole:
    """Does what a task says, with nothing but the values it shows."""

    console: Console
    folder: Path
    stops_at: str = ""
    """The title of the task at which it has had enough."""
    done: list[Task] = field(default_factory=list)
    refusals: list[GsyncError] = field(default_factory=list)
    chosen: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    project: str = ""

    def choose(self, question: str, choices: Sequence[Choice], *, flag: str) -> str:  # noqa: ARG002
        self.chosen.append((question, tuple(choice.value for choice in choices)))
        return choices[0].value

    def confirm(self, question: str, *, flag: str, default: bool) -> bool:  # noqa: ARG002
        return True

    def ask(self, question: str, *, flag: str, default: str) -> str:  # noqa: ARG002
        return SITE if "site" in question else default

    def secret(self, question: str, *, flag: str) -> str:  # noqa: ARG002
        return ""

    def refused(self, error: GsyncError) -> None:
        self.refusals.append(error)
        assert len(self.refusals) < 5, self.refusals

    def carry_out(self, task: Task) -> str | None:  # noqa: C901  one case a task
        if self.stops_at and self.stops_at in task.title:
            return None
        self.done.append(task)
        if task.links:
            self.project = task.links[0].partition("project=")[2].partition("&")[0]
        values: dict[str, list[str]] = {}
        for each in task.fields:
            values.setdefault(each.label, []).append(each.value)
        match task.title:
            case "Set up the consent screen":
                self.console.register_consent(
                    self.project,
                    values["App name"][0],
                    values["User support email"][0],
                    values["Audience"][0].lower(),
                    values["Authorised domain"],
                    values["Contact information"][0].split(", "),
                )
            case "Say where Creatio is":
                return SITE
            case "Connect the Creatio site":
                return ""
            case "Add the scopes":
                self.console.add_scopes(self.project, task.lists[0][1])
            case "Make the OAuth client for Creatio, and download its file":
                return self._download(
                    "web",
                    values["Name"][0],
                    values["Authorised redirect URI"],
                    values["Authorised JavaScript origin"],
                )
            case "Make a second client, for gsync's own sign-in":
                return self._download("installed", values["Name"][0], [], [])
            case "Add what the OAuth client lacks":
                client_id = next(word for word in task.actions[0].split() if ".apps." in word).strip(",")
                for uri in values["Authorised redirect URI"]:
                    self.console.add_redirect(client_id, uri)
            case title:
                raise AssertionError(f"nobody told this person how to: {title}")
        return ""

    def _download(self, kind: str, name: str, uris: list[str], origins: list[str]) -> str:
        file = self.folder / f"client_secret_{kind}.json"
        file.write_text(json.dumps(self.console.create_client(self.project, kind, name, uris, origins)))
        return str(file)


@dataclass
class Ground:
    """Both services before the first step, a profile with the administrator's token, and the walk over them."""

    folder: Path
    sandbox: Sandbox = field(default_factory=Sandbox)
    before: Callable[[Request], None] = lambda _: None
    after: Callable[[Request], None] = lambda _: None

    def __post_init__(self) -> None:
        furnish.register(self.sandbox)
        self.sandbox.creatio.desk().create_tag(furnish.TAG)
        self.environment = {"GOOGLE_OAUTH_ACCESS_TOKEN": self.sandbox.google.administrator_token(furnish.EMAIL)}
        self.profile = self.new_machine("home")
        self.heard = Heard()
        self.suffix = "48213"

    def new_machine(self, name: str, *, connected: bool = True) -> Profile:
        """Make an empty profile that knows where the services are and, where `connected`, Creatio's password."""
        self.profile = Profile("default", self.folder / name)
        set_values(self.profile, {f"google.endpoints.{each}": f"{BASE}/google/{each}" for each in SERVICES})
        if connected:
            set_values(self.profile, {"creatio.url": SITE, "creatio.username": furnish.USERNAME})
            Credentials(creatio=CreatioLogin(password=furnish.PASSWORD)).save(self.profile)
        return self.profile

    def person(self, *, stops_at: str = "") -> AtTheConsole:
        """Return somebody before the console, signed in as the administrator."""
        return AtTheConsole(self.sandbox.google.console(furnish.EMAIL, BASE), self.folder, stops_at)

    def walk(self, person: Person | None = None, mode: Mode = "do", **wishes: object) -> Walked:
        """Take the walk once."""
        transport = SandboxTransport(self.sandbox, before=self._before, after=self._after)
        http = Http(self.sandbox.clock, transport=transport)
        world = World(
            profile=self.profile,
            settings=Settings.load(self.profile, {}),
            environment=self.environment,
            http=http,
            clock=self.sandbox.clock,
            jitter=lambda: 0.0,
            suffix=lambda: self.suffix,
            connect=lambda url, _person: self._connect(url, http),
        )
        self.heard = Heard()
        setup = Setup(world, Wishes(**wishes), mode, person, self.heard)  # type: ignore[arg-type]
        try:
            return walk(setup)
        finally:
            setup.close()

    def credentials(self) -> Credentials:
        return Credentials.load(self.profile)

    def writes(self) -> list[str]:
        """Return what was asked to be changed, as method and path; probes and logins change nothing."""
        quiet = (
            "/token",
            ":testIamPermissions",
            "/Login",
            "QuerySysSettings",
            "SelectQuery",
            "UserInfo",
            "ApplicationInfo",
        )
        return [
            f"{entry.method} {entry.path}"
            for entry in self.sandbox.log
            if entry.method != "GET" and not any(part in entry.path for part in quiet) and "$batch" not in entry.path
        ]

    def _before(self, request: Request) -> None:
        self.before(request)

    def _after(self, request: Request) -> None:
        self.after(request)

    def _connect(self, url: str, http: Http) -> CreatioSite:
        set_values(self.profile, {"creatio.url": url, "creatio.username": furnish.USERNAME})
        replace(self.credentials(), creatio=CreatioLogin(password=furnish.PASSWORD)).save(self.profile)
        return open_session(self.profile, Settings.load(self.profile, {}), http, self.sandbox.clock, lambda: 0.0)
