"""What the checks share: files read once, one session a side, and which hosts answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from gsync_cli.clock import Clock
from gsync_cli.config import Settings
from gsync_cli.credentials import Credentials
from gsync_cli.doctor.hurry import HurriedClock
from gsync_cli.errors import GsyncError
from gsync_cli.profiles import Profile

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite
    from gsync_cli.doctor.hosts import HostSeen
    from gsync_cli.google.administrator import AdministratorSession
    from gsync_cli.google.session import GoogleSession
    from gsync_cli.http import Http
    from gsync_cli.provisioning.client_probe import ClientProof


@dataclass
class Scene:
    """One examination of one profile. Everything is made when it is first asked for.

    `words` gives the sentence and the next step for an error (cli/words); `connect` makes the way to the network.
    """

    profile: Profile
    environment: Mapping[str, str]
    clock: Clock
    jitter: Callable[[], float]
    words: Callable[[GsyncError], tuple[str, str]]
    connect: "Callable[[], Http]"
    hosts: "dict[str, HostSeen]" = field(default_factory=dict)
    """The hosts that were asked, by origin ("https://people.googleapis.com")."""
    proofs: "dict[str, ClientProof]" = field(default_factory=dict)
    """What Google said of the OAuth clients that it was asked about, by client id."""
    version: str = ""
    """The version that Creatio reports now, else the one that gsync goes by; empty where neither is known."""
    sign_in: Literal["unasked", "works", "refused"] = "unasked"
    """Whether Google took the account's sign-in just now."""

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises as Settings.load."""
        return Settings.load(self.profile, self.environment)

    @cached_property
    def credentials(self) -> Credentials:
        """The credentials as they were at the beginning. Raises as Credentials.load."""
        return Credentials.load(self.profile)

    @cached_property
    def http(self) -> "Http":
        """The way to the network. Raises what a proxy or a certificate file that can't be used makes of it."""
        return self.connect()

    @cached_property
    def site(self) -> "CreatioSite":
        """The connected Creatio site, signed in. Raises as creatio.session.open_session."""
        from gsync_cli.creatio.session import open_session

        return open_session(self.profile, self.settings, self.http, HurriedClock(self.clock), self.jitter)

    @cached_property
    def google(self) -> "GoogleSession":
        """The session of the account signed in. Raises as google.session.open_session."""
        from gsync_cli.google.session import open_session

        return open_session(self.profile, self.settings, self.http, HurriedClock(self.clock), self.jitter)

    @cached_property
    def administrator(self) -> "AdministratorSession":
        """An administrator's session at Google. Raises as google.administrator.open_administrator."""
        from gsync_cli.google.administrator import open_administrator

        clock = HurriedClock(self.clock)
        return open_administrator(self.profile, self.settings, self.http, clock, self.jitter, self.environment)

    @property
    def project(self) -> str:
        """The active project, else the one that the clients belong to; empty where neither is known."""
        clients = (self.credentials.installed, self.credentials.web)
        return self.settings.text("google.project") or next(
            (client.project_id for client in clients if client is not None and client.project_id), ""
        )

    def close(self) -> None:
        """Keep the session at Creatio for the next run, and close the connections."""
        if "site" in self.__dict__:
            self.site.save()
        if "http" in self.__dict__:
            self.http.close()
