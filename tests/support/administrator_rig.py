"""An administrator's session on the sandbox, in process, with what was noted on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gsync_cli.config import Settings
from gsync_cli.google.administrator import TOKEN_VARIABLE, AdministratorSession, open_administrator
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.apis import Apis
from gsync_cli.provisioning.projects import Projects
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.cloud import Cloud
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox

ROOT = "http://127.0.0.1:1"
SERVICES = ("cloudresourcemanager", "serviceusage", "people", "calendar", "oauth2", "monitoring")
ADMIN = "admin@example.com"
ORGANIZATION = "organizations/111111111111"


def settings(profile: Profile, **endpoints: str) -> Settings:
    """Return settings whose endpoints are those of a sandbox at ROOT."""
    flags: dict[str, object] = {f"google.endpoints.{name}": f"{ROOT}/google/{name}" for name in SERVICES}
    flags |= {f"google.endpoints.{name}": url or None for name, url in endpoints.items()}
    return Settings.load(profile, {}, flags)


@dataclass
class Desk:
    """An administrator of example.com before a sandbox."""

    sandbox: Sandbox
    clock: VirtualClock
    profile: Profile
    notes: list[str] = field(default_factory=list)
    before: Callable[[Request], None] | None = None

    @property
    def cloud(self) -> Cloud:
        return self.sandbox.google.cloud

    @property
    def behaviour(self) -> Behaviour:
        return self.sandbox.google.behaviour

    def session(self, **environment: str) -> AdministratorSession:
        """Open the session: with an access token, unless another environment is given."""
        given = environment or {TOKEN_VARIABLE: self.sandbox.google.administrator_token(ADMIN)}
        http = Http(self.clock, transport=SandboxTransport(self.sandbox, before=self.before))
        return open_administrator(
            self.profile, settings(self.profile), http, self.clock, lambda: 0.5, {"NO_GCE_CHECK": "true", **given}
        )

    def projects(self) -> Projects:
        return Projects(self.session())

    def apis(self) -> Apis:
        return Apis(self.session(), self.clock)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def posts(self, ending: str) -> int:
        """How many POSTs went to a path with that ending."""
        return sum(entry.method == "POST" and entry.path.endswith(ending) for entry in self.sandbox.log)


def desk(folder: Path) -> Desk:
    """Return a desk in an organization with one folder in it."""
    clock = VirtualClock()
    sandbox = Sandbox(clock)
    sandbox.google.add_account(ADMIN, "Ada Admin", hosted_domain="example.com")
    sandbox.google.cloud.add_organization("example.com", number="111111111111", admins=[ADMIN])
    return Desk(sandbox, clock, Profile("default", folder / "home"))
