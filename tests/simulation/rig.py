"""The world of one seed: a sandbox with its habits, a profile, and runs of gsync that fail and die on the way."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from gsync_cli.both_sides import Wishes
from gsync_cli.config import Settings
from gsync_cli.errors import GsyncError
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.site import CreatioSite
from gsync_cli.sandbox.faults import What, When
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox
from gsync_cli.sync.report import Report
from gsync_cli.sync.state import State
from tests.simulation.plain import Key, Plain, creatio, google
from tests.support.contact_sync import sync_contacts

GROUP: Final = "Creatio"
REFUSED_BY_GOOGLE: Final = "unspeakable"
"""A contact that holds this text is refused by Google."""

_ANYWHERE: Final[tuple[What, ...]] = (
    *("500", "502", "503", "429", "429-plain", "401", "html", "empty", "half-json"),
    *("connect", "reset", "timeout", "truncated"),
)
_NEVER_AFTER: Final = frozenset(("429", "429-plain", "403-rate", "401", "connect", "stale-etag", "expired-sync-token"))
_ZONES: Final = ("Newfoundland Standard Time", "W. Europe Standard Time", "New Zealand Standard Time", "UTC")


class Killed(BaseException):
    """The process is gone, between one instant and the next."""


@dataclass(slots=True)
class Death:
    """Where a run shall die: at the how-manieth request or transaction, before or after it."""

    at: str
    """"request", "answer", "begin", "commit" or "committed"."""
    countdown: int
    dead: bool = False

    def meet(self, at: str) -> None:
        """Die here, if it is time; who is dead stays dead."""
        if self.dead:
            raise Killed
        if at == self.at:
            self.countdown -= 1
            if self.countdown <= 0:
                self.dead = True
                raise Killed


@dataclass(slots=True)
class Trouble:
    """What happens to one run."""

    fault_odds: float = 0.0
    death: Death | None = None
    meddling: float = 0.0
    """Probability a request that a person changes something just before it."""


@dataclass(slots=True)
class Ended:
    """How a run ended: its report, and what stopped it."""

    report: Report
    error: BaseException | None
    writes: int
    """Requests that could change anything."""

    @property
    def normally(self) -> bool:
        """Whether it came to its end."""
        return self.error is None


@dataclass
class World:
    """Everything of one seed but the people."""

    seed: int
    folder: Path
    random: Random
    trace: list[str]
    sandbox: Sandbox
    tag: str = furnish.TAG
    meddle: Callable[[], None] = lambda: None
    """What a person does during a run."""
    writes: int = 0
    broken: list[str] = field(default_factory=list)
    """Rules that were broken by a single request."""
    trouble: Trouble = field(default_factory=Trouble)
    _unanswered: dict[str, bool] = field(default_factory=dict)
    """Marks whose create went out and got no answer -> whether anybody has looked since."""
    _under_way: Request | None = None

    def __post_init__(self) -> None:
        self.account = self.sandbox.google.account(furnish.EMAIL)
        self.desk = self.sandbox.creatio.desk()
        self.profile = Profile("default", self.folder)
        self.clock = self.sandbox.clock
        self.runs = 0
        write_profile(self.folder, "http://127.0.0.1:1", self.sandbox, tag=self.tag)

    @property
    def behaviour(self) -> Behaviour:
        """The habits of Google."""
        return self.sandbox.google.behaviour

    def say(self, line: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{self.clock.now():%d %H:%M:%S} {line}")

    # ── looking at it ────────────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> dict[Key, Plain]:
        """Read both sides."""
        group = self.account.groups().get(GROUP, "")
        return {**creatio(self.desk, self.tag), **google(self.account, group)}

    def links(self) -> set[tuple[str, str]]:
        """Return the pairs that the state file holds: Creatio id, Google id."""
        return {(str(ours), str(theirs)) for ours, theirs in self.query("SELECT creatio_id, google_id FROM links")}

    def query(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the state file, past the program."""
        if not self.profile.state_file.exists():
            return []
        with closing(sqlite3.connect(self.profile.state_file)) as database:
            rows: list[tuple[Any, ...]] = database.execute(question).fetchall()
            return rows

    # ── running ──────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, wishes: Wishes, trouble: Trouble | None = None) -> Ended:
        """Run `gsync sync contacts` once. A GsyncError and a kill are part of the answer; anything else is a defect."""
        self.trouble = trouble or Trouble()
        self.writes = 0
        self.runs += 1
        report = Report("", wishes.dry_run)
        settings = Settings.load(self.profile, {})
        http = Http(self.clock, transport=SandboxTransport(self.sandbox, before=self._before, after=self._after))
        error: BaseException | None = None
        try:
            with dying(self.trouble.death):
                jitter = Random(f"{self.seed} {self.runs}").random
                sync_contacts(self.profile, settings, http, self.clock, jitter, wishes, report)
        except (GsyncError, Killed) as what:
            error = what
        finally:
            http.close()
        self._answered()
        self.sandbox.faults.clear()
        for item in report.items:
            self.say(f"  {item.verb} in {item.side}: {item.id} {item.label!r}, {item.why}")
        self.say(f"RUN {wishes.full=} {wishes.dry_run=} -> {error!r} {report.as_json()}")
        return Ended(report, error, self.writes)

    def _before(self, request: Request) -> None:
        self._answered()
        trouble = self.trouble
        if trouble.death:
            trouble.death.meet("request")
        if self.random.random() < trouble.meddling:
            self.meddle()
        fault = ""
        # A create that gets no answer is what hurts most.
        odds = trouble.fault_odds * (5 if _marks(request) else 1)
        if self.random.random() < odds:
            fault = self._plan_fault(request)
        self._note(request)
        self.say(f"  {request.method} {_short(request)}{fault and f'  !! {fault}'}")

    def _after(self, _request: Request) -> None:
        if self.trouble.death:
            self.trouble.death.meet("answer")

    def _answered(self) -> None:
        """Take in what the client learnt of its last request."""
        request, self._under_way = self._under_way, None
        if request is None:
            return
        entry = self.sandbox.log[-1]
        dead = self.trouble.death is not None and self.trouble.death.dead
        whole = entry.status == HTTPStatus.OK and not entry.fault and not dead
        if _is_plain_listing(request) and whole:
            self._unanswered = dict.fromkeys(self._unanswered, True)
        refused = HTTPStatus.BAD_REQUEST <= entry.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if whole or refused or entry.fault.startswith("connect"):
            for mark in _marks(request):
                self._unanswered.pop(mark, None)

    def _plan_fault(self, request: Request) -> str:
        service = request.path.split("/")[2] if request.path.startswith("/google/") else "creatio"
        kinds: list[What] = list(_ANYWHERE)
        if service == "people":
            kinds += ["403-rate"]
            if request.path.endswith(":batchUpdateContacts"):
                kinds += ["stale-etag"] * 3
            if "syncToken" in request.query:
                kinds += ["expired-sync-token"] * 3
        if request.path.endswith("/Login"):
            # A password that was refused is not tried again: accounts lock. A person must sign in again then.
            kinds.remove("401")
        what = self.random.choice(kinds)
        when: When = "before" if what in _NEVER_AFTER else self.random.choice(("before", "after"))
        self.sandbox.faults.clear()
        self.sandbox.faults.add(what, when=when)
        return f"{what} {when}"

    # ── rules for single requests ────────────────────────────────────────────────────────────────────────────

    def _note(self, request: Request) -> None:
        """Count writes, and see that none deletes a contact or repeats a create without having looked."""
        self._under_way = request
        if _writes(request):
            self.writes += 1
        for mark in _marks(request):
            if not self._unanswered.get(mark, True):
                self.broken.append(f"create of {mark} sent again without a look")
            self._unanswered[mark] = False
        if re.search(r":(batchDeleteContacts|deleteContact)|:createContact", request.path):
            self.broken.append(f"{request.method} {request.path}")
        for method, url in _parts(request):
            if method == "DELETE" and re.match(r"(Contact|ContactTag|Account)\(", url):
                self.broken.append(f"{method} {url}")
        if request.method == "DELETE" and not re.search(r"odata/ContactInTag\(|odata/Contact[AC]\w+\(", request.path):
            self.broken.append(f"{request.method} {request.path}")


def build(seed: int, folder: Path, trace: list[str]) -> World:
    """Return the world of a seed: what kind of site, what kind of Google."""
    random = Random(f"world {seed}")
    clock = VirtualClock()
    site = CreatioSite(
        clock,
        Random(f"site {seed}"),
        runtime=random.choice(("framework", "net")),
        version=random.choice(("7.16.4", "7.17.3", "7.18.5", "8.0.10", "8.3.2")),
        options=_options(random),
    )
    site.set_zone(site.user, random.choice(_ZONES))
    sandbox = Sandbox(clock, seed=seed, creatio=site, behaviour=_behaviour(random))
    furnish.register(sandbox)
    site.desk().create_tag(furnish.TAG)
    site.desk().create_tag("Key accounts", "corporate")
    world = World(seed, folder, random, trace, sandbox)
    world.say(f"{site.runtime} {site.version} {site.user.time_zone_id} {site.options}")
    world.say(str(world.behaviour))
    return world


def _options(random: Random) -> Options:
    def now_and_then(usual: Any, *other: Any, odds: float = 0.3) -> Any:
        return random.choice(other) if random.random() < odds else usual

    dates: Literal["utc", "user-zone"] = random.choice(("utc", "user-zone"))
    user_info = now_and_then(True, False)
    return Options(
        session_minutes=now_and_then(60, 5, 20),
        expiry=random.choice(("auto", "unauthorized", "redirect", "page")),
        csrf=now_and_then(True, False),
        old_cookie_names=now_and_then(True, False),
        old_ticket_dies=now_and_then(False, True),
        dates=dates,
        literals=now_and_then("as-dates", "utc") if dates == "utc" else "as-dates",
        birthdays=now_and_then("plain", "read-shifted") if dates == "user-zone" else "plain",
        fraction_digits=random.choice((7, 6, 3)),
        whole_seconds=now_and_then(False, True),
        skew_seconds=now_and_then(0, -60, 60),
        max_rows=now_and_then(20_000, 3, 10, 25),
        next_links=now_and_then(False, True),
        case_sensitive=now_and_then(False, True),
        select_covers_filter=now_and_then(False, True),
        batch=random.choice(("json", "json", "writes-only", "refused")),
        batch_shuffled=now_and_then(False, True),
        error_form=random.choice(("odata", "webapi", "lang")),
        # One of the two must say who has signed in.
        system_tables=now_and_then(True, False) if user_info else True,
        surname_first=now_and_then(False, True),
        user_info=user_info,
        application_info=now_and_then(True, False),
    )


def _behaviour(random: Random) -> Behaviour:
    return Behaviour(
        lag_seconds=random.choice((0, 0, 20, 180)),
        stale_listings=random.choice((0, 0, 0.3)),
        shuffle_items=random.random() < 0.5,
        group_changes_touch_contacts=random.random() < 0.5,
        spurious_etag_mismatches=random.choice((0, 0, 0.2)),
        refused_values={REFUSED_BY_GOOGLE},
    )


@contextmanager
def dying(death: Death | None) -> Iterator[None]:
    """Let transactions end in death: before they begin, before they are committed, or just after."""
    if death is None:
        yield
        return
    whole = State.transaction

    @contextmanager
    def transaction(state: State) -> Iterator[None]:
        death.meet("begin")
        with whole(state):
            yield
            death.meet("commit")
        death.meet("committed")

    State.transaction = transaction  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        State.transaction = whole  # type: ignore[method-assign]


def _parts(request: Request) -> list[tuple[str, str]]:
    """Return the writes inside a $batch: method and address."""
    if not request.path.endswith("$batch") and not request.path.endswith("%24batch"):
        return []
    try:
        parts = request.json()["requests"]
    except (ValueError, KeyError):
        return []
    return [(part["method"], part["url"]) for part in parts if part["method"] != "GET"]


def _writes(request: Request) -> bool:
    if request.method == "GET" or request.headers.get("x-http-method-override", "").upper() == "GET":
        return False
    if request.path.startswith("/google/people/"):
        return True
    return "/odata/" in request.path and ("batch" not in request.path or bool(_parts(request)))


def _marks(request: Request) -> list[str]:
    """Return the ids of the Creatio contacts that a request makes Google contacts for."""
    if not request.path.endswith(":batchCreateContacts"):
        return []
    contacts = request.json().get("contacts", [])
    return [item["value"] for contact in contacts for item in contact["contactPerson"].get("clientData", [])]


def _is_plain_listing(request: Request) -> bool:
    return request.path.endswith("/people/me/connections") and not request.query.get("requestSyncToken")


def _short(request: Request) -> str:
    body = request.body.decode(errors="replace") if _writes(request) else ""
    asked = " ".join(sorted(set(request.query) & {"syncToken", "requestSyncToken", "pageToken"}))
    return f"{request.path} {asked} {body}"
