"""Calendar and activities in one sandbox, in process: the stores of both sides for as many users as a test wants."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from gsync_cli.activities import model
from gsync_cli.activities.model import Choices
from gsync_cli.config import Settings
from gsync_cli.creatio.calendar_sign import leave_sign
from gsync_cli.creatio.calibration import date_reading
from gsync_cli.creatio.dates import DateReading
from gsync_cli.creatio.login import Account as Login
from gsync_cli.creatio.odata import OData
from gsync_cli.creatio.session import CreatioSite as CreatioSession
from gsync_cli.creatio.wire import Wire
from gsync_cli.credentials import Credentials, GoogleClient, GoogleGrant
from gsync_cli.google.scopes import ASKED
from gsync_cli.google.session import GoogleSession, open_session
from gsync_cli.http import Http
from gsync_cli.kinds import Window
from gsync_cli.profiles import Profile
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.site import CreatioSite
from gsync_cli.sandbox.creatio.users import User
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.tokens import Client, Project
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Entry, Sandbox
from gsync_cli.sync.plan import Conflict, Policy
from gsync_cli.sync.recognise import Kind
from gsync_cli.sync.record import Side, Store
from gsync_cli.sync.report import Report
from gsync_cli.sync.run import Options as RunOptions
from gsync_cli.sync.run import Run
from gsync_cli.sync.state import State
from tests.support.fakes import Silence

if TYPE_CHECKING:
    from gsync_cli.activities.creatio_participants import People
    from gsync_cli.activities.creatio_store import CreatioActivities
    from gsync_cli.activities.google_store import GoogleEvents

BASE = "http://127.0.0.1:8000"
ANNA = "anna@nordlicht.example"
WINDOW = Window(30, 180)
_PASSWORD = "Secret-1!"


def nothing(_: Request) -> None:
    """Let a request pass."""


@dataclass
class Party:
    """One user of gsync: the account and its owner's hand, a login at Creatio and a desk there, sessions with both."""

    sandbox: Sandbox
    folder: Path
    account: Account
    user: User
    login: Login
    before: Callable[[Request], None] = nothing
    """Called with each request before it goes out; what it raises ends the request there."""
    after: Callable[[Request], None] = nothing
    """Called with each request when it has been carried out; what it raises loses the answer."""
    runs: int = 0
    site: CreatioSession = field(init=False)
    session: GoogleSession = field(init=False)

    def __post_init__(self) -> None:
        transport = SandboxTransport(self.sandbox, before=self._before, after=self._after)
        http = Http(self.clock, transport=transport)
        self.site = CreatioSession(self.login, Wire(http, self.clock, lambda: 0.0))
        self.site.open()
        profile = Profile("default", self.folder)
        _sign_in(self.sandbox, self.account, profile)
        endpoints = {f"google.endpoints.{name}": f"{BASE}/google/{name}" for name in ("people", "calendar")}
        settings = Settings.load(profile, {}, {**endpoints, "google.pace": "off"})
        self.session = open_session(profile, settings, http, self.clock, Random(1).random)

    def _before(self, request: Request) -> None:
        self.before(request)

    def _after(self, request: Request) -> None:
        self.after(request)

    @property
    def clock(self) -> VirtualClock:
        return self.sandbox.clock

    @property
    def desk(self) -> Desk:
        return self.sandbox.creatio.desk(self.user)

    @property
    def contact_id(self) -> str:
        return self.user.contact_id

    def choices(self, **choices: Any) -> Choices:
        """Return what the user has settled: the defaults of the settings, but for what is given."""
        first = self.clock.now().date() - timedelta(days=WINDOW.back)
        return Choices(**{"window": WINDOW, "from_": first, **choices})

    def google_store(self, **choices: Any) -> "GoogleEvents":
        """Return a new store, as each run has its own."""
        from gsync_cli.activities.google_store import GoogleEvents

        def synchronising(mails: Collection[str]) -> Collection[str]:
            return self.people().synchronising(mails)

        return GoogleEvents(self.session, self.clock, self.choices(**choices), self.contact_id, synchronising)

    def people(self) -> "People":
        """Return what a run knows of people when it begins."""
        from gsync_cli.activities.creatio_participants import People

        return People(OData(self.site), self.contact_id, {self.session.email})

    def creatio_store(self, reading: str = "", people: "People | None" = None, **choices: Any) -> "CreatioActivities":
        """Return a new store, as each run has its own.

        `reading` as `DateReading.of` takes it, "utc" or "user-zone:Europe/Berlin"; "" is found out, by asking.
        """
        from gsync_cli.activities.creatio_store import CreatioActivities

        read = DateReading.of(reading) if reading else date_reading(self.site, self.account.calendar.zone)
        return CreatioActivities(
            OData(self.site),
            read,
            self.choices(**choices),
            people or self.people(),
            self.account.calendar.zone,
        )

    def synchronise(
        self,
        *,
        dry_run: bool = False,
        full: bool = False,
        conflict: Conflict = "newest",
        links: tuple[tuple[str, str], ...] = (),
        reading: str = "",
        **choices: Any,
    ) -> Report:
        """Run the engine once over both stores, with what earlier runs of this user remembered."""
        self.runs += 1
        people = self.people()
        creatio = self.creatio_store(reading, people, **choices)
        report = Report(run=f"run {self.runs}", dry_run=dry_run, called=people.names)
        if not dry_run:
            leave_sign(OData(self.site), self.contact_id, self.session.email)
            creatio.find_out_dates()
        stores: dict[Side, Store] = {"creatio": creatio, "google": self.google_store(**choices)}
        state = State.open(self.folder / "state.sqlite3")
        policy = Policy(conflict=conflict, limit=1.0, allow_mass_change=True)
        try:
            return Run(
                kind=self.kind(lambda: creatio.colleagues, notes_both=bool(choices.get("notes_both"))),
                state=state,
                stores=stores,
                clock=self.clock,
                options=RunOptions(policy, full, dry_run, links),
                watcher=Silence(),
                report=report,
            ).carry_out()
        finally:
            state.close()

    def kind(self, colleagues: Callable[[], Collection[str]] = lambda: (), *, notes_both: bool = False) -> Kind:
        """Return what the engine is told of activities."""
        from gsync_cli.activities.run import kind_of

        return kind_of(self.contact_id, colleagues, notes_both=notes_both)


@dataclass
class ActivityRig:
    """The world of a test: one Google, one site, and its first user `anna`, who has a mail and a Google account."""

    sandbox: Sandbox
    folder: Path
    anna: Party

    @property
    def clock(self) -> VirtualClock:
        return self.sandbox.clock

    @property
    def site(self) -> CreatioSite:
        return self.sandbox.creatio

    @property
    def options(self) -> Options:
        """How the site behaves; it may be changed while it runs."""
        return self.sandbox.creatio.options

    @property
    def behaviour(self) -> Behaviour:
        """How Google behaves; likewise."""
        return self.sandbox.google.behaviour

    def join(self, name: str, mail: str, *, zone: str = "Europe/Berlin") -> Party:
        """Add another user of gsync: a Google account, a user of the site whose contact has the mail, and sessions."""
        account = self.sandbox.google.add_account(mail, name, zone=zone)
        user = self.site.add_user(mail.partition("@")[0], _PASSWORD, full_name=name, mails=(mail,))
        return _party(self.sandbox, self.folder / user.name, account, user)

    def person(self, name: str, *mails: str) -> str:
        """Add a contact to the site and return its id."""
        return self.site.add_person({"name": name, "mails": mails})

    def mails(self) -> list[Any]:
        """Return the writes to calendars that may have made Google mail somebody."""
        return list(self.sandbox.google.mails)

    def requests(self, service: str = "") -> list[Entry]:
        """Return the requests since the last call, of one service ("calendar", "creatio") or of all, but for tokens."""
        seen = [entry for entry in self.sandbox.log if entry.service in ({service} if service else _COUNTED)]
        self.sandbox.log.clear()
        return seen


_COUNTED = {"calendar", "creatio"}


def activity_rig(
    folder: Path,
    *,
    start: datetime | None = None,
    behaviour: Behaviour | None = None,
    zone: str = "Europe/Berlin",
    user_zone: str = "UTC",
    **options: Any,
) -> ActivityRig:
    """Return an empty world with one user; `options` are those of the site.

    `start` is the time in it, `zone` the IANA zone of Anna's calendar, `user_zone` the Windows id in her Creatio
    profile.
    """
    clock = VirtualClock(start) if start else VirtualClock()
    site = CreatioSite(clock, Random(7), options=Options(**{"session_minutes": 1e9, **options}))
    sandbox = Sandbox(clock, creatio=site, behaviour=behaviour)
    sandbox.google.oauth.add_client(_CLIENT)
    account = sandbox.google.add_account(ANNA, "Anna Keller", zone=zone)
    site.desk().add_communication(site.user.contact_id, "mail", ANNA)
    site.set_zone(site.user, user_zone)
    return ActivityRig(sandbox, folder, _party(sandbox, folder / "anna", account, site.user))


def day(text: str) -> date:
    """Return a day, "2026-03-04"."""
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """Return a moment, "2026-03-04T09:00Z"."""
    return datetime.fromisoformat(text)


def fields_by_title(records: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the fields of records by their titles, of which no two may be alike."""
    named = [(str(record.fields[model.TITLE]), record.fields) for record in records.values()]
    assert len(dict(named)) == len(named), "a title twice"
    return dict(named)


_CLIENT = Client("client-1", "secret-1", "installed", Project("project-1", "1001"))


def _party(sandbox: Sandbox, folder: Path, account: Account, user: User) -> Party:
    login = Login(f"{BASE}/creatio", "password", user.name, user.password)
    return Party(sandbox, folder, account, user, login)


def _sign_in(sandbox: Sandbox, account: Account, profile: Profile) -> None:
    tokens = sandbox.google.oauth.sign_in(account.email, _CLIENT.client_id, list(ASKED))
    Credentials(
        installed=GoogleClient(
            "installed", _CLIENT.client_id, _CLIENT.secret, token_uri=f"{BASE}/google/accounts/token"
        ),
        grant=GoogleGrant(
            email=account.email,
            subject=account.subject,
            client_id=_CLIENT.client_id,
            scopes=ASKED,
            refresh_token=tokens["refresh_token"],
            signed_in_at=sandbox.clock.now(),
        ),
    ).save(profile)
