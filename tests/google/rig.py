"""A profile on disk, signed in or not, and a session over a fake Google."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gsync_cli.config import Settings
from gsync_cli.credentials import Credentials, GoogleClient, GoogleGrant
from gsync_cli.google.session import GoogleSession, open_session
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from tests.google.fake_google import ASKED, CLIENT_ID, SECRET, FakeGoogle, transport

START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


class StandingClock:
    """A clock that moves only when somebody sleeps, and remembers how long they did."""

    def __init__(self) -> None:
        self.moment = START
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


def installed(root: str = "https://google.test") -> GoogleClient:
    return GoogleClient(
        "installed",
        CLIENT_ID,
        SECRET,
        auth_uri=f"{root}/auth",
        token_uri=f"{root}/token",
        project_id="project-1",
    )


def grant(**changes: Any) -> GoogleGrant:
    signed_in = GoogleGrant(
        email="anna@example.com",
        subject="1001",
        client_id=CLIENT_ID,
        scopes=tuple(ASKED.split()),
        refresh_token="refresh-0",
        signed_in_at=START,
        access_token="access-0",
        access_expires_at=START + timedelta(hours=1),
    )
    return replace(signed_in, **changes)


@dataclass
class Rig:
    """Everything a session needs, with the fake behind it."""

    google: FakeGoogle
    profile: Profile
    clock: StandingClock
    http: Http
    settings: Settings

    def session(self) -> GoogleSession:
        return open_session(self.profile, self.settings, self.http, self.clock, lambda: 0.5)

    def stored(self) -> Credentials:
        return Credentials.load(self.profile)

    def store(self, **changes: Any) -> None:
        replace(self.stored(), **changes).save(self.profile)


def settings(profile: Profile, root: str = "https://google.test", pace: str = "off") -> Settings:
    flags = {"google.endpoints.people": root or None, "google.endpoints.oauth2": root or None, "google.pace": pace}
    return Settings.load(profile, {}, flags)


def make_rig(folder: Path, google: FakeGoogle | None = None, *, pace: str = "off") -> Rig:
    """Return a rig whose profile is signed in, over a fake in process."""
    google = google or FakeGoogle()
    clock = StandingClock()
    profile = Profile("default", folder / "home")
    Credentials(installed=installed(), grant=grant()).save(profile)
    return Rig(google, profile, clock, Http(clock, transport=transport(google)), settings(profile, pace=pace))


def create(session: GoogleSession, **how: Any) -> Callable[[], dict[str, Any]]:
    request = session.people().people().createContact(body={"names": [{"givenName": "Zoë"}]})
    return lambda: session.execute(request, reads=1, writes=1, **how)


def listing(session: GoogleSession, **how: Any) -> Callable[[], dict[str, Any]]:
    request = session.people().people().connections().list(resourceName="people/me", personFields="names")
    return lambda: session.execute(request, reads=1, **how)
