"""Generated meetings on a calendar, synchronised into Creatio, changed there, and back; and what is wrong then.

`python -m tests.support.round_trip --seeds 10000` does so with that many meetings, a hundred to a calendar.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from gsync_cli.activities.google_mapping import when_of
from gsync_cli.activities.model import When, activity_id_for
from gsync_cli.sandbox.google import meetings
from gsync_cli.sync.report import Report
from tests.support import generated_series
from tests.support.activity_rig import WINDOW, ActivityRig, activity_rig
from tests.support.expanders import theirs
from tests.support.generated_series import Told, told

ZONES: Final = (
    ("Europe/Berlin", "W. Europe Standard Time"),
    ("America/New_York", "Eastern Standard Time"),
    ("Asia/Kolkata", "India Standard Time"),
    ("Pacific/Auckland", "New Zealand Standard Time"),
    ("America/St_Johns", "Newfoundland Standard Time"),
)
"""The zone of calendar and person, by the names that Google and Creatio have for it."""
STARTS: Final = (datetime(2025, 9, 15, 9, tzinfo=UTC), datetime(2025, 2, 3, 9, tzinfo=UTC))
"""Clocks are changed within the window of each."""
_LATER: Final = timedelta(minutes=45)
_EVERY: Final = 9
"""Of so many activities one is moved by hand."""
_DAY: Final = timedelta(days=1)


@dataclass
class Played:
    """One calendar with its meetings, and what was wrong with it in the end."""

    rig: ActivityRig
    zone: ZoneInfo
    cases: dict[str, Told] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    moved: dict[str, When] = field(default_factory=dict)
    """By the ids of activities: what somebody made of them in Creatio."""
    compared: int = 0

    def expected(self) -> dict[str, tuple[str, set[When], bool]]:
        """Return what the independent expander finds around the window.

        By the activity's id: the id of the event, when it may be, and whether it is well within the window.
        """
        now = self.rig.clock.now()
        first, last = now - _DAY * (WINDOW.back - 2), now + _DAY * (WINDOW.ahead - 2)
        found: dict[str, tuple[str, set[When], bool]] = {}
        for identity, case in self.cases.items():
            for key, whens in theirs(case).items():
                event = f"{identity}_{key}" if generated_series.is_series(case) else identity
                inside = all(when.ends(self.zone) > first and when.starts(self.zone) < last for when in whens)
                found[activity_id_for(self.rig.anna.contact_id, event)] = event, whens, inside
        return found

    def activities(self) -> dict[str, When]:
        """Return the times of all activities; those that last from midnight to midnight as whole days."""
        found: dict[str, When] = {}
        for row in self.rig.anna.desk.activities():
            start, due = (row[name].astimezone(self.zone) for name in ("start", "due"))
            case = self.cases[str(row["title"])]
            found[row["id"]] = (
                When.whole_days(start.date(), due.date())
                if case.whole_day and start.time() == due.time() == datetime.min.time()
                else When.timed(start, due)
            )
        return found

    def problems(self) -> list[str]:
        """Say where Creatio, Google and the independent expander do not agree, and what else must not be."""
        last = self.reports[-1]
        return [
            *self._in_creatio(),
            *self._in_google(),
            *(f"{run.run}: {run.as_json()}" for run in self.reports if run.failed or run.conflicts),
            *(
                f"the last run wrote to {name}: {last.as_json()}"
                for name, side in last.sides.items()
                if side.created or side.updated or side.unlinked
            ),
            *(f"Google may have mailed somebody: {mail}" for mail in self.rig.mails()),
        ]

    def _in_creatio(self) -> Iterator[str]:
        activities, expected = self.activities(), self.expected()
        for identity, (event, whens, inside) in expected.items():
            wanted = {self.moved[identity]} if identity in self.moved else whens
            if inside or identity in activities:
                self.compared += 1
                if activities.get(identity) not in wanted:
                    yield f"{event}: in Creatio {activities.get(identity)}, not {', '.join(map(str, wanted))}"
        now = self.rig.clock.now()
        for identity in activities.keys() - expected.keys():
            if abs(activities[identity].starts(self.zone) - now) < _DAY * WINDOW.back:
                yield f"{identity}: in Creatio {activities[identity]}, and nowhere else"

    def _in_google(self) -> Iterator[str]:
        expected = self.expected()
        for identity, when in self.moved.items():
            event = expected[identity][0]
            held = when_of(self.rig.anna.account.event(event), self.zone)
            if held != self._as_google_has_it(when):
                yield f"{event}: in Google {held}, not {self._as_google_has_it(when)}"

    def _as_google_has_it(self, when: When) -> When:
        """Return what an activity's time is in Google: Creatio says "whole days" by two midnights of the person."""
        start, end = (edge.astimezone(self.zone) for edge in (when.starts(self.zone), when.ends(self.zone)))
        whole = start.date() < end.date() and start.time() == end.time() == datetime.min.time()
        return When.whole_days(start.date(), end.date()) if whole else when


def play(seeds: Sequence[int], folder: Path) -> Played:
    """Put the meetings of some seeds on a calendar, synchronise, move some activities in Creatio, synchronise twice."""
    zone, windows_id = ZONES[seeds[0] // 100 % len(ZONES)]
    rig = activity_rig(folder, start=STARTS[seeds[0] % 200 // 100], zone=zone, user_zone=windows_id)
    played = Played(rig, ZoneInfo(zone))
    for seed in seeds:
        case = _placed(told(seed), rig, zone)
        identity = f"meeting{seed:06}"
        played.cases[identity] = _put(case, identity, rig)
    played.reports.append(rig.anna.synchronise())
    rig.clock.advance(60)
    _move_some(played)
    rig.clock.advance(60)
    played.reports += [rig.anna.synchronise(), rig.anna.synchronise()]
    return played


def _placed(case: Told, rig: ActivityRig, zone: str) -> Told:
    """Return a meeting as this calendar would have it, and looked at through a span wider than the window."""
    here = rig.clock.now().replace(tzinfo=None)
    return replace(
        case,
        zone=zone if case.whole_day else case.zone,
        calendar_zone=zone,
        since=here - _DAY * (WINDOW.back + 15),
        until=here + _DAY * (WINDOW.ahead + 15),
    )


def _put(case: Told, identity: str, rig: ActivityRig) -> Told:
    """Put a meeting on the calendar by hand; return it without the exceptions that nobody can make there."""
    account = rig.anna.account
    master, _ = generated_series.google(case)
    fields: dict[str, object] = {name: master[name] for name in ("start", "end", "recurrence") if name in master}
    meetings.new(account, identity, {**fields, "summary": identity})
    cancelled = []
    for wall in case.cancelled:
        if _there(rig, event := f"{identity}_{generated_series.key(case, wall)}"):
            account.delete_event(event)
            cancelled.append(wall)
    moved = []
    for stood, stands, length in case.moved:
        if _there(rig, event := f"{identity}_{generated_series.key(case, stood)}"):
            form = "%Y-%m-%d" if case.whole_day else "%Y-%m-%dT%H:%M:%S"
            account.edit_event(event, start=f"{stands:{form}}", end=f"{stands + length:{form}}", zone=case.zone)
            moved.append((stood, stands, length))
    return replace(case, cancelled=tuple(cancelled), moved=tuple(moved))


def _there(rig: ActivityRig, event: str) -> bool:
    """Tell whether the calendar has an occurrence: a rule that ended, or a time that is left out, makes none."""
    return rig.anna.account.calendar.find(event) is not None


def _move_some(played: Played) -> None:
    """Move every few activities by hand, of those that are not whole days and lie within the window."""
    expected = played.expected()
    desk = played.rig.anna.desk
    for identity, when in sorted(played.activities().items())[::_EVERY]:
        if (
            identity in expected
            and expected[identity][2]
            and isinstance(when.start, datetime)
            and not when.is_whole_day
        ):
            assert isinstance(when.end, datetime)
            later = When.timed(when.start + _LATER, when.end + _LATER)
            desk.edit_activity(identity, start=later.start, due=later.end)
            played.moved[identity] = later


def main() -> int:
    """Play seeds; the exit code is 1 where the two sides differ in the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.round_trip", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    chosen = parser.parse_args()
    begun = time.monotonic()
    wrong, compared = 0, 0
    for first in range(chosen.first, chosen.first + chosen.seeds, 100):
        with tempfile.TemporaryDirectory() as folder:
            played = play(range(first, min(first + 100, chosen.first + chosen.seeds)), Path(folder))
            for problem in played.problems():
                wrong += 1
                print(f"from {first}: {problem}", flush=True)  # noqa: T201  a command
            compared += played.compared
    seconds = time.monotonic() - begun
    print(f"{chosen.seeds} meetings, {compared} activities in {seconds:.0f} s: {wrong} differences")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
