"""What lasts from midnight to midnight: Creatio can't tell hours from whole days there, and Google can."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.activity_rig import ActivityRig, activity_rig

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
MIDNIGHT = datetime(2025, 10, 1, tzinfo=BERLIN)
BEFORE = datetime(2025, 9, 20, 9, tzinfo=UTC)


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=BEFORE, user_zone="W. Europe Standard Time")


def stands(rig: ActivityRig, event: str) -> tuple[str, str]:
    shown = rig.anna.account.event(event)
    start, end = (shown[edge].get("date") or shown[edge]["dateTime"] for edge in ("start", "end"))
    return start, end


def move(rig: ActivityRig, start: datetime, due: datetime) -> None:
    (row,) = rig.anna.desk.activities()
    rig.anna.desk.edit_activity(row["id"], start=start, due=due)
    rig.clock.advance(60)


def settled(rig: ActivityRig) -> None:
    rig.anna.synchronise()
    rig.clock.advance(60)
    last = rig.anna.synchronise()
    assert [item for item in last.items if item.verb != "skip"] == []


@pytest.mark.parametrize("answer_is_lost", [False, True])
def test_hours_from_midnight_to_midnight_are_moved_and_stay_hours(rig: ActivityRig, answer_is_lost: bool) -> None:
    event = rig.anna.account.add_event("Watch", MIDNIGHT.isoformat(), (MIDNIGHT + DAY).isoformat())
    settled(rig)
    # Over the end of summer time, to two days.
    later = datetime(2025, 10, 26, tzinfo=BERLIN)
    move(rig, later, datetime(2025, 10, 28, tzinfo=BERLIN))
    if answer_is_lost:
        rig.sandbox.faults.add("reset", when="after", service="calendar", method="PATCH")
    moved = rig.anna.synchronise()
    assert (moved.sides["google"].updated, moved.conflicts, moved.failed) == (1, 0, 0)
    settled(rig)
    assert stands(rig, event) == ("2025-10-26T00:00:00+02:00", "2025-10-28T00:00:00+01:00")


def test_whole_days_are_moved_and_stay_whole_days(rig: ActivityRig) -> None:
    event = rig.anna.account.add_event("Fair", "2025-10-01", "2025-10-02")
    settled(rig)
    move(rig, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)
    settled(rig)
    assert stands(rig, event) == ("2025-10-02", "2025-10-03")


def test_other_hours_that_a_person_moves_to_midnights_are_whole_days(rig: ActivityRig) -> None:
    hour = timedelta(hours=1)
    event = rig.anna.account.add_event("Watch", (MIDNIGHT - hour).isoformat(), (MIDNIGHT + DAY - hour).isoformat())
    settled(rig)
    move(rig, MIDNIGHT, MIDNIGHT + DAY)
    settled(rig)
    assert stands(rig, event) == ("2025-10-01", "2025-10-02")


def test_nobodys_hours_become_whole_days_where_what_was_known_is_lost(rig: ActivityRig) -> None:
    event = rig.anna.account.add_event("Watch", MIDNIGHT.isoformat(), (MIDNIGHT + DAY).isoformat())
    stood = stands(rig, event)
    settled(rig)
    for memory in rig.anna.folder.glob("state.sqlite3*"):
        memory.unlink()
    rig.clock.advance(60)
    settled(rig)
    assert stands(rig, event) == stood
    assert len(rig.anna.desk.activities()) == 1
