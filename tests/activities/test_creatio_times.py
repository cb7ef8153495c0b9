"""How times of activities are reckoned: by the rules of zones, whatever the site means by its `Z`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gsync_cli.activities.creatio_times import Times
from gsync_cli.activities.model import When
from gsync_cli.creatio.dates import DateReading

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
