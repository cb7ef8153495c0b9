"""The seeded simulation of activities: two users of one site, their calendars, and runs that fail and die.

`python -m tests.simulation --activities --seeds 1000` plays it; `--seed S --trace` shows one seed step by step.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from gsync_cli.errors import GsyncError
from gsync_cli.kinds import Window
from gsync_cli.sandbox.faults import REFUSALS, What, When
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.messages import Request
from gsync_cli.sync.report import Report
from tests.simulation.activity_oracle import AHEAD, BACK, Oracle, links_of, lost_of
from tests.simulation.activity_people import IDLE, People
from tests.simulation.driver import LATER, SOON, Result, played, some_trouble
from tests.simulation.oracle import BrokenPromise
from tests.simulation.rig import Killed, Trouble, dying
from tests.support.activity_rig import ActivityRig, Party, activity_rig, moment, nothing

_ANYWHERE: Final[tuple[What, ...]] = (
    *("500", "502", "503", "429", "429-plain", "401", "html", "empty", "half-json"),
    *("connect", "reset", "timeout", "truncated"),
)
_STARTS: Final = ("2026-03-10T09:00Z", "2026-10-10T09:00Z", "2026-06-01T09:00Z")
_ZONES: Final = (
    ("Europe/Berlin", "W. Europe Standard Time"),
    ("America/New_York", "Eastern Standard Time"),
    ("Asia/Kolkata", "India Standard Time"),
)
_DAY: Final = 86400.0
_LATE: Final = 22
"""The hour from which the quiet runs would last beyond midnight."""


def play(seed: int, *, most_rounds: int = 6) -> Result:
    """Play a seed. What goes wrong is in the result."""
    result = Result(seed, "--activities")
    return played(result, lambda folder: Play(seed, folder, result).through(most_rounds))


class Play:
    """One seed under way."""

    def __init__(self, seed: int, folder: Path, result: Result) -> None:
        self.result = result
        self.random = Random(f"activities {seed}")
        self.rig = _world(Random(f"world {seed}"), folder)
        bob = self.rig.join("Bob Builder", "bob@nordlicht.example", zone=self.rig.anna.account.calendar.zone)
        self.rig.site.set_zone(bob.user, self.rig.anna.user.time_zone_id)
        bob.__post_init__()  # signed in anew: a session keeps the zone it began with
        self.rig.anna.account.name = "Supervisor"  # as her contact is called
        self.parties = [self.rig.anna, bob]
        self.oracle = Oracle(self.rig, self.parties)
        idle = self.rig.join(IDLE, "ida@nordlicht.example")
        self.people = People(self.rig, self.parties, Random(f"people {seed}"), self.oracle, idle)
        self.oracle.people = self.people
        self.writes = 0
        self.looked = False
        """Whether the run under way has looked at activities since it last asked Google for anything."""
        self.say(f"{self.rig.options} {self.rig.behaviour} {self.rig.anna.account.calendar.zone}")

    def say(self, line: str) -> None:
        """Add a line to the trace."""
        self.result.trace.append(f"{self.rig.clock.now():%m-%d %H:%M:%S} {line}")

    def through(self, most_rounds: int) -> None:
        """Play all of it. Raises BrokenPromise."""
        self.oracle.saw()
        self._show_who_synchronises()
        for party in self.parties:
            for act in (self.people.add_event, self.people.make_series, self.people.add_activity):
                for _ in range(self.random.randint(1, 2)):
                    self._let(party, act)
        for _ in range(min(self.random.randint(3, 6), most_rounds)):
            for _ in range(self.random.randint(0, 6)):
                self._act()
                self.rig.clock.sleep(self.random.choice((1, 40, SOON)))
            for party in self.random.sample(self.parties, self.random.randint(1, 2)):
                self._run(party, some_trouble(self.random, (0.0, 0.0, 0.1)), full=self.random.random() < 0.15)
                self.rig.clock.sleep(self.random.choice((2, 60)))
            self.rig.clock.sleep(self.random.choice((2, SOON, LATER, _DAY, 6 * _DAY)))
        self._come_to_rest()

    def _show_who_synchronises(self) -> None:
        """Let each user be known to synchronise before there is anything of his that a colleague might take."""
        for party in self.parties:
            if self.rig.options.system_tables:
                party.desk.connect_google_account(party.account.email)
            else:
                self._let(party, self.people.add_event)
                self.people.signs |= {seen.root for seen in self.oracle.now.values()}
                self.rig.clock.sleep(LATER)
                self._quiet_run(party)
                # As after every run: two saves in one tick of a site's clock are one to whoever reads stamps.
                self.rig.clock.sleep(2)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────

    def _act(self) -> None:
        acts = self.people.acts()
        self._let(self.random.choice(self.parties), self.random.choices(list(acts), list(acts.values()))[0])

    def _let(self, party: Party, act: Any) -> None:
        said = act(party)
        self.oracle.saw()
        if said:
            self.result.acts += 1
            self.say(f"HUMAN {party.account.name} {act.__name__}: {said}")

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, party: Party, trouble: Trouble | None = None, *, full: bool = False) -> Report | None:
        """Let a user's gsync run once. A GsyncError and a kill are part of it; anything else is a defect."""
        trouble = trouble or Trouble()
        self.oracle.now = before = self.oracle.look()
        self.oracle.touched.clear()
        self.oracle.unseen.clear()
        self.writes = 0
        self.say(f"RUN of {party.account.name} {full=} {trouble}")
        party.before = partial(self._before, trouble)
        party.after = partial(self._after, trouble)
        error: BaseException | None = None
        report: Report | None = None
        first = self.rig.clock.now().date() - timedelta(days=BACK)
        try:
            with ExitStack() as stack:
                stack.enter_context(dying(trouble.death))
                report = party.synchronise(full=full, window=Window(BACK, AHEAD), from_=first)
        except (GsyncError, Killed) as what:
            error = what
        party.before = party.after = nothing
        self.rig.sandbox.faults.clear()
        self.result.runs += 1
        self.result.kills += isinstance(error, Killed)
        self.result.stopped += error is not None
        for item in report.items if report else ():
            self.say(f"  {item.verb} in {item.side}: {item.id} {item.label!r}, {item.why}")
        dates = {name: fact for name, fact in party.site.facts.items() if "date" in name or "zone" in name}
        self.say(f"  -> {error!r} {report and report.as_json()} {dates}")
        if isinstance(error, Killed):
            # A new process knows nothing of the sessions of the former.
            party.__post_init__()
        self.oracle.judge_run(party, before)
        if report is not None:
            self.oracle.ended(party)
        return report

    def _before(self, trouble: Trouble, request: Request) -> None:
        if trouble.death:
            trouble.death.meet("request")
        if self.random.random() < trouble.meddling:
            self.rig.clock.sleep(1)
            self.oracle.now = self.oracle.look()
            self.people.during_a_run = True
            self._act()
            self.people.during_a_run = False
            self.rig.clock.sleep(1)
        if request.path.startswith("/google/"):
            # Plans are made of what both sides show: a look before that is none before a write.
            self.looked = False
        elif _looks(request):
            self.looked = True
            self.oracle.unseen.clear()
        for activity, fields in _overwrites(request) if self.looked else ():
            self.oracle.overwritten(activity, fields)
        fault = self._plan_fault(request) if self.random.random() < trouble.fault_odds else ""
        self.writes += _writes(request)
        body = request.body.decode(errors="replace")[:1500] if _writes(request) else ""
        self.say(f"  {request.method} {request.path} {sorted(request.query)} {body}{fault and f'  !! {fault}'}")

    def _after(self, trouble: Trouble, _request: Request) -> None:
        if trouble.death:
            trouble.death.meet("answer")

    def _plan_fault(self, request: Request) -> str:
        kinds: list[What] = list(_ANYWHERE)
        if request.path.startswith("/google/calendar"):
            kinds += ["403-rate", "403-quota", "stale-etag", "stale-etag"]
            if "syncToken" in request.query:
                kinds += ["expired-sync-token"] * 3
        if request.path.endswith("/Login"):
            kinds.remove("401")
        what = self.random.choice(kinds)
        when: When = "before" if what in REFUSALS else self.random.choice(("before", "after"))
        self.rig.sandbox.faults.clear()
        # A part of a batch may fail by itself.
        inside = "batch" in request.path and "calendar" in request.path and self.random.random() < 0.5
        nth = self.random.randint(2, 5) if inside else 1
        self.rig.sandbox.faults.add(what, when=when, nth=nth)
        return f"{what} {when} {nth}"

    def _come_to_rest(self) -> None:
        """Two quiet runs of each; a third has nothing to do."""
        if self.rig.clock.now().astimezone(ZoneInfo(self.rig.anna.account.calendar.zone)).hour >= _LATE:
            # The window of series moves at midnight, and what it brings into it then is no rest.
            self.rig.clock.sleep(LATER)
        self.say("QUIET")
        last: dict[str, Report] = {}
        for _ in range(2):
            for party in self.parties:
                self.rig.clock.sleep(SOON)
                last[party.account.email] = self._quiet_run(party)
        self.result.excused = self.oracle.judge_end(last)
        for party in self.parties:
            self.rig.clock.sleep(SOON)
            self._quiet_run(party)
            if self.writes and not last[party.account.email].failed:
                raise BrokenPromise(f"a run of {party.account.name} after two quiet ones sent {self.writes} writes")
        self.result.linked = sum(len(links_of(party)) for party in self.parties)
        self.result.lost = sum(len(lost_of(party)) for party in self.parties)

    def _quiet_run(self, party: Party) -> Report:
        report = self._run(party)
        if report is None:
            raise BrokenPromise("a quiet run did not come to its end")
        return report


def _world(random: Random, folder: Path) -> ActivityRig:
    """Return the world of a seed: what kind of site, what kind of Google."""

    def now_and_then(usual: Any, *other: Any, odds: float = 0.3) -> Any:
        return random.choice(other) if random.random() < odds else usual

    zone, windows_id = random.choice(_ZONES)
    dates, date_writes = random.choice(("utc", "user-zone")), now_and_then("utc", "user-zone")
    behaviour = Behaviour(
        lag_seconds=random.choice((0, 0, 20, 180)),
        shuffle_items=random.random() < 0.5,
        delta_window=random.choice(("all", "kept")),
        short_pages=random.choice((0, 0, 0.3)),
        series_tombstones=random.random() < 0.6,
        calendar_token_days=random.choice((28, 2)),
        calendar_quota=random.choice((None, None, 600)),
    )
    return activity_rig(
        folder,
        start=moment(random.choice(_STARTS)),
        behaviour=behaviour,
        zone=zone,
        user_zone=windows_id,
        dates=dates,
        date_writes=date_writes,
        exchange=now_and_then(True, False),
        participants_touch_activity=random.random() < 0.5,
        whole_seconds=now_and_then(False, True),
        fraction_digits=random.choice((7, 6, 3)),
        max_rows=now_and_then(20_000, 10, 25),
        next_links=now_and_then(False, True),
        batch=random.choice(("json", "json", "writes-only", "refused")),
        batch_shuffled=now_and_then(False, True),
        error_form=random.choice(("odata", "webapi", "lang")),
        select_covers_filter=now_and_then(False, True),
        case_sensitive=now_and_then(False, True),
        system_tables=now_and_then(True, False),
    )


_FIELDS: Final = {"Title": "title", "Location": "location", "StartDate": "when", "DueDate": "when"}
_ONE_ACTIVITY: Final = re.compile(r"Activity\(([0-9a-f-]{36})\)$")


def _calls_of(request: Request) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return what a request asks of Creatio's rows: method, address, body."""
    if "/odata/" not in request.path:
        return []
    if "batch" in request.path:
        return [(part["method"], part["url"], part.get("body") or {}) for part in request.json()["requests"]]
    return [(request.method, request.path.partition("/odata/")[2], request.json() if request.body else {})]


def _looks(request: Request) -> bool:
    """Tell whether a request reads activities."""
    return any(method == "GET" and re.match(r"Activity(\?|$)", url) for method, url, _ in _calls_of(request))


def _overwrites(request: Request) -> Iterator[tuple[str, set[str]]]:
    """Yield which fields of which activities a request writes."""
    for method, url, body in _calls_of(request):
        if method == "PATCH" and (found := _ONE_ACTIVITY.search(url)):
            yield found[1], {_FIELDS[column] for column in body if column in _FIELDS}


_PARTS: Final = re.compile(rb"^(?:POST|PUT|PATCH|DELETE) ", re.MULTILINE)


def _writes(request: Request) -> int:
    """Return how many calls of a request could change anything."""
    if request.method == "GET":
        return 0
    if request.path.startswith("/google/calendar"):
        return len(_PARTS.findall(request.body)) if "batch" in request.path else 1
    if "batch" in request.path:
        return sum(part["method"] != "GET" for part in request.json()["requests"])
    return int("/odata/" in request.path)
