"""A profile that is all well, on the sandbox in process, for the doctor to look at; a test makes it ill."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2

from gsync_cli.cli.words import render
from gsync_cli.config import set_values
from gsync_cli.credentials import Credentials
from gsync_cli.doctor.check import Checked
from gsync_cli.doctor.hurry import HurriedHttp
from gsync_cli.doctor.run import examine
from gsync_cli.doctor.scene import Scene
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.redirect_uris import Version, registration
from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.tokens import Client
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox
from gsync_cli.sync.state import State

BASE = "http://127.0.0.1:8000"
SITE = f"{BASE}/creatio"


@dataclass
class Patient:
    """The profile and the world it lives in. `asked` holds the requests of the latest examination."""

    sandbox: Sandbox
    profile: Profile
    environment: dict[str, str] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    before: Callable[[Request], None] = lambda _: None

    def examine(self, *only: str) -> dict[str, Checked]:
        """Examine, and return the results by id."""
        self.asked.clear()

        def note(request: Request) -> None:
            self.asked.append(request)
            self.before(request)

        scene = Scene(
            self.profile,
            self.environment,
            self.sandbox.clock,
            lambda: 0.0,
            render,
            lambda: HurriedHttp(self.sandbox.clock, transport=SandboxTransport(self.sandbox, before=note)),
        )
        try:
            return {each.check.id: each for each in examine(scene, only=only)}
        finally:
            scene.close()

    @property
    def credentials(self) -> Credentials:
        return Credentials.load(self.profile)

    def change(self, **parts: Any) -> None:
        """Replace parts of the credentials."""
        replace(self.credentials, **parts).save(self.profile)

    def change_grant(self, **values: Any) -> None:
        grant = self.credentials.grant
        assert grant is not None
        self.change(grant=replace(grant, **values))

    def change_web(self, **values: Any) -> None:
        web = self.credentials.web
        assert web is not None
        self.change(web=replace(web, **values))

    def set(self, key: str, value: object) -> None:
        set_values(self.profile, {key: value})

    def settings(self) -> Mapping[str, Any]:
        return tomllib.loads(self.profile.config_file.read_text())

    def register(self, version: str) -> None:
        """Make Creatio's client what a site of this version needs, at Google and in the profile."""
        needed = registration([SITE], Version.parse(version), "framework")
        uris, origins = needed.redirect_uris, needed.javascript_origins
        client = Client(furnish.WEB_ID, furnish.WEB_SECRET, "web", furnish.PROJECT, uris, origins)
        self.sandbox.google.oauth.add_client(client)
        self.register_only_here(version)

    def register_only_here(self, version: str) -> None:
        """Let the profile's file of Creatio's client hold what a site of this version needs."""
        needed = registration([SITE], Version.parse(version), "framework")
        self.change_web(redirect_uris=needed.redirect_uris, javascript_origins=needed.javascript_origins)


def patient(folder: Path) -> Patient:
    """Return a profile that is well: signed in on both sides, clients proven, keys in Creatio, a state."""
    from gsync_cli.creatio.session import open_session
    from gsync_cli.http import Http
    from gsync_cli.provisioning.creatio_keys import push_keys
    from gsync_cli.provisioning.mail_provider import set_provider

    sandbox = furnish.furnished()
    profile = Profile("default", folder / "gsync")
    write_profile(profile.folder, BASE, sandbox)
    well = Patient(sandbox, profile)
    well.register(sandbox.creatio.version)
    State.open(profile.state_file).close()
    http = Http(sandbox.clock, transport=SandboxTransport(sandbox))
    with open_session(profile, _settings(profile), http, sandbox.clock, lambda: 0.0) as site:
        web = well.credentials.web
        assert web is not None
        push_keys(site, web)
        set_provider(site, web, lambda _: True)
    return well


def _settings(profile: Profile) -> Any:
    from gsync_cli.config import Settings

    return Settings.load(profile, {})


def refuse_connections(*hosts_paths: str) -> Callable[[Request], None]:
    """Return a hook under which nothing can be reached whose path begins so."""

    def refuse(request: Request) -> None:
        if request.path.startswith(hosts_paths):
            raise httpx2.ConnectError("[Errno 111] Connection refused")

    return refuse
