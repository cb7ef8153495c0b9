"""Series that RFC 5545 leaves open: what is read step by step is what is read at once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.activity_rig import ActivityRig, activity_rig

DAY = 86_400
FIRSTS = [f"2025-{month}-01" for month in (10, 11, 12)] + [f"2026-0{month}-01" for month in (1, 2, 3, 4, 5)]
"""The last two lie beyond the window at first."""


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=datetime(2025, 9, 20, 9, tzinfo=UTC), user_zone="W. Europe Standard Time")


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;COUNT=3;BYDAY=WE", ["2025-09-25", "2025-10-01", "2025-10-08", "2025-10-15"]),
        ("FREQ=MONTHLY;COUNT=8;BYMONTHDAY=1", ["2025-09-25", *FIRSTS]),
        ("FREQ=WEEKLY;COUNT=2", ["2025-09-25", "2025-10-02"]),
        ("FREQ=WEEKLY;UNTIL=20250901T000000Z", []),
    ],
)
def test_step_by_step_and_in_full_a_series_has_the_same_meetings(rig: ActivityRig, rule: str, days: list[str]) -> None:
    series = rig.anna.account.make_series("Odd", "2025-09-25T20:00", f"RRULE:{rule}")
    rig.anna.synchronise()
    rig.anna.account.edit_event(series, title="Odder")
    for _ in range(6):
        rig.clock.advance(20 * DAY)
        rig.anna.synchronise()
    assert sorted(f"{row['start']:%Y-%m-%d}" for row in rig.anna.desk.activities()) == days
    assert len(rig.anna.account.occurrences(series)) == len(days)
    full = rig.anna.synchronise(full=True)
    assert [item for item in full.items if item.verb != "skip"] == []
    assert {row["title"] for row in rig.anna.desk.activities()} <= {"Odder"}


@pytest.mark.parametrize("full", [False, True])
def test_an_occurrence_that_another_rule_swept_away_does_not_come_back_with_the_old_rule(
    rig: ActivityRig, full: bool
) -> None:
    daily = "RRULE:FREQ=DAILY;COUNT=5"
    series = rig.anna.account.make_series("Odd", "2025-09-25T20:00", daily)
    rig.anna.account.edit_occurrence(series, "2025-09-28", title="Odder")
    for rule in (daily, "RRULE:FREQ=WEEKLY;COUNT=3", daily):
        rig.anna.account.change_rule(series, rule)
        rig.anna.synchronise(full=full)
        rig.clock.advance(DAY / 4)
    there = sorted(event["start"]["dateTime"][:10] for event in rig.anna.account.occurrences(series))
    assert there == ["2025-09-25", "2025-09-26", "2025-09-27", "2025-09-29"]
    here = [row for row in rig.anna.desk.activities() if row["in_calendar"]]
    assert sorted(f"{row['start']:%Y-%m-%d}" for row in here) == there
    assert [item for item in rig.anna.synchronise(full=full).items if item.verb != "skip"] == []
