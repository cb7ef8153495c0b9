"""How times of activities are reckoned: by the rules of zones, whatever the site means by its `Z`."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

import pytest

from gsync_cli.activities.creatio_times import Times
from gsync_cli.activities.model import When
from gsync_cli.creatio.dates import DateReading
from tests.support.activity_rig import activity_rig

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "America/Santiago",
    "America/Havana",
    "Asia/Beirut",
)
"""In Santiago, Havana and Beirut the clock jumps at midnight."""


def times(zone: str, reading: str = "utc", writing: str = "utc") -> Times:
    return Times(DateReading.of(reading), DateReading.of(writing), ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_the_year_is_a_whole_day_there_and_back(zone: str) -> None:
    reckoned = times(zone)
    for number in range(365):
        day = date(2026, 1, 1) + timedelta(days=number)
        for length in (1, 3):
            when = When.whole_days(day, day + timedelta(days=length))
            start, due = reckoned.bounds(when)
            assert reckoned.when(start, due) == when
            assert reckoned.day(start) == day


def test_the_days_on_which_clocks_change_are_shorter_and_longer() -> None:
    reckoned = times("Europe/Berlin")
    lengths = {}
    for day in (date(2026, 3, 29), date(2026, 5, 4), date(2026, 10, 25)):
        start, due = reckoned.bounds(When.whole_days(day, day + timedelta(days=1)))
        lengths[day] = (due - start) // timedelta(hours=1)
    assert list(lengths.values()) == [23, 24, 25]


def test_hours_stay_hours_and_seconds_go() -> None:
    reckoned = times("Europe/Berlin")
    when = When.timed(datetime(2026, 5, 4, 8, 0, 31, tzinfo=UTC), datetime(2026, 5, 4, 9, 30, 59, tzinfo=UTC))
    bounds = reckoned.bounds(when)
    assert bounds == (datetime(2026, 5, 4, 8, 0, tzinfo=UTC), datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    assert str(reckoned.when(*bounds)) == "2026-05-04T08:00:00Z/2026-05-04T09:30:00Z"


@pytest.mark.parametrize("month", [1, 7])
def test_what_is_written_is_read_as_the_same_moment(month: int) -> None:
    zone = "user-zone:Europe/Berlin"
    moment = datetime(2026, month, 4, 8, 0, tzinfo=UTC)
    assert times("Europe/Berlin").literal(moment) == f"2026-{month:02}-04T08:00:00Z"
    local = times("Europe/Berlin", zone, zone)
    assert local.literal(moment) == f"2026-{month:02}-04T{9 if month == 1 else 10:02}:00:00Z"
    assert local.moment(local.literal(moment)) == moment
    assert times("Europe/Berlin", zone, "utc").literal(moment) == f"2026-{month:02}-04T08:00:00Z"


def test_days_in_filters_are_wide_enough_for_every_zone() -> None:
    reckoned = times("Pacific/Kiritimati")
    assert reckoned.day_before(date(2026, 5, 4)) <= reckoned.literal(reckoned.midnight(date(2026, 5, 4)))
    west = times("Pacific/Midway")
    assert west.day_after(date(2026, 5, 4)) >= west.literal(west.midnight(date(2026, 5, 5)))


# ── the hour that comes twice ────────────────────────────────────────────────────────────────────────────────────

SECOND_HOUR = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""02:00 in Berlin, for the second time."""
HALF: Final = timedelta(minutes=30)
HOUR: Final = 2 * HALF


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (SECOND_HOUR - HOUR, SECOND_HOUR),
        (SECOND_HOUR - HALF, SECOND_HOUR + HALF / 2),
        (SECOND_HOUR, SECOND_HOUR + HALF),
        (SECOND_HOUR + HALF, SECOND_HOUR + 3 * HOUR),
    ],
)
@pytest.mark.parametrize("lost", [False, True])
def test_nobody_is_moved_in_the_hour_that_a_site_shows_twice(
    tmp_path: Path, start: datetime, end: datetime, lost: bool
) -> None:
    rig = activity_rig(
        tmp_path, start=datetime(2026, 10, 20, 9, tzinfo=UTC), dates="user-zone", user_zone="W. Europe Standard Time"
    )
    anna = rig.anna
    anna.account.add_event("Walk", "2026-10-22T10:00")
    anna.synchronise()
    event = anna.account.add_event("Watch", start.isoformat(), end.isoformat(), guests=[anna.account.email])
    anna.account.respond(event, "accepted")
    stood = {edge: anna.account.event(event)[edge] for edge in ("start", "end")}
    if lost:
        rig.sandbox.faults.add("reset", when="after", service="creatio", method="PATCH")
    for full in (False, False, True):
        anna.synchronise(full=full)
        rig.clock.advance(60)
        # Somebody saves it, and moves nothing.
        (row,) = (each for each in anna.desk.activities() if each["title"].startswith("Watch"))
        anna.desk.edit_activity(row["id"], title=row["title"] + "!")
        rig.clock.advance(60)
    shown = anna.account.event(event)
    assert {edge: shown[edge] for edge in ("start", "end")} == stood
    assert (row["start"], row["due"]) == (start, end)
    assert shown["summary"] == "Watch!!"


@pytest.mark.parametrize("dates", ["utc", "user-zone"])
@pytest.mark.parametrize("start", [SECOND_HOUR - HALF, SECOND_HOUR, SECOND_HOUR + HALF])
def test_no_event_is_moved_by_a_site_that_cannot_be_told_which_of_the_two_hours_is_meant(
    tmp_path: Path, dates: Literal["utc", "user-zone"], start: datetime
) -> None:
    rig = activity_rig(
        tmp_path,
        start=datetime(2026, 10, 20, 9, tzinfo=UTC),
        dates=dates,
        date_writes="user-zone",
        user_zone="W. Europe Standard Time",
    )
    anna = rig.anna
    anna.account.add_event("Walk", "2026-10-22T10:00")
    anna.synchronise()
    event = anna.account.add_event("Watch", start.isoformat(), (start + 2 * HOUR).isoformat())
    stood = {edge: anna.account.event(event)[edge] for edge in ("start", "end")}
    for full in (False, False, True, False):
        last = anna.synchronise(full=full)
        rig.clock.advance(60)
    assert {edge: anna.account.event(event)[edge] for edge in ("start", "end")} == stood
    assert last.items == []


def test_an_end_in_the_hour_that_comes_twice_is_not_before_its_start() -> None:
    reckoned = times("UTC", "user-zone:Europe/Berlin")
    start = reckoned.moment("2026-10-25T02:30:00Z")
    assert start == SECOND_HOUR - HALF
    assert reckoned.end("2026-10-25T02:15:00Z", start) == SECOND_HOUR + HALF / 2
    assert reckoned.end("2026-10-25T02:45:00Z", start) == SECOND_HOUR - HALF / 2
    assert reckoned.end("2026-10-25T01:00:00Z", start) == SECOND_HOUR - 2 * HOUR
