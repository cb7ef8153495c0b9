"""Dates: what they show, where a cursor begins, which day a birthday is, and what a shift means (facts 2.4, 9.2)."""

# ruff: noqa: DTZ001  what a date shows has no zone yet

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.creatio.dates import (
    DateReading,
    birthday_of,
    judge_pair,
    judge_shift,
    latest_saved,
    overlapped,
    wall_clock,
    zone_of,
)

BERLIN = DateReading("user-zone", "Europe/Berlin")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8)),
        ("2026-01-31T08:00:00.123Z", datetime(2026, 1, 31, 8, 0, 0, 123000)),
        ("2026-01-31T08:00:00.1234567Z", datetime(2026, 1, 31, 8, 0, 0, 123456)),
        ("2026-01-31T08:00:00.123", datetime(2026, 1, 31, 8, 0, 0, 123000)),
        ("2026-01-31T08:00:00+03:00", datetime(2026, 1, 31, 5)),
        ("2026-01-31T08:00:00-0330", datetime(2026, 1, 31, 11, 30)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T03:00:00Z", None),
        ("2026-02-30T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_every_notation_is_read(raw: object, shown: datetime | None) -> None:
    assert wall_clock(raw) == shown


def test_a_moment_is_read_in_the_zone_the_site_means_with_its_rules() -> None:
    assert DateReading("utc").moment("2026-07-01T12:00:00Z") == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert DateReading("unknown").moment("2026-07-01T12:00:00Z") == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert BERLIN.moment("2026-07-01T12:00:00Z") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert BERLIN.moment("2026-01-01T12:00:00Z") == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert DateReading("user-zone", "+05:30").moment("2026-01-01T12:00:00Z") == datetime(2026, 1, 1, 6, 30, tzinfo=UTC)
    assert BERLIN.moment("0001-01-01T00:00:00Z") is None


@pytest.mark.parametrize(
    "reading", [DateReading("utc"), DateReading("unknown"), BERLIN, DateReading("user-zone", "-03:30")]
)
def test_a_reading_survives_being_written(reading: DateReading) -> None:
    assert DateReading.of(reading.text) == reading


@pytest.mark.parametrize("text", ["", "user-zone", "user-zone:Atlantis/Nowhere", "nonsense"])
def test_what_is_no_reading_is_unknown(text: str) -> None:
    assert DateReading.of(text) == DateReading("unknown")


@pytest.mark.parametrize(
    ("raw", "hours", "moved"),
    [
        ("2026-01-31T00:30:00.1234567Z", 1, "2026-01-30T23:30:00.1234567Z"),
        ("2026-01-31T00:30:00Z", 24, "2026-01-30T00:30:00Z"),
        ("2026-01-31T08:00:00.120+03:00", 2, "2026-01-31T06:00:00.120+03:00"),
        ("2026-01-31T08:00:00.120", 0, "2026-01-31T08:00:00.120"),
        ("0001-01-01T00:00:00Z", 24, "0001-01-01T00:00:00Z"),
    ],
)
def test_a_cursor_moves_back_in_its_own_notation(raw: str, hours: float, moved: str) -> None:
    assert overlapped(raw, hours) == moved


def test_what_is_no_date_makes_no_cursor() -> None:
    with pytest.raises(ValueError, match="no date"):
        overlapped("2026-01-31T08:00:00Z' or true", 1)


def test_the_latest_date_is_found_whatever_digits_were_dropped() -> None:
    dates = ["2026-01-31T08:00:00.9Z", "2026-01-31T08:00:00.1234567Z", "2026-01-31T08:00:00Z"]
    assert latest_saved("", dates, None) == dates[0]
    assert latest_saved("", ["2026-01-31T08:00:00.1234561Z", "2026-01-31T08:00:00.1234567Z"], None)[-2] == "7"
    assert latest_saved("2026-02-01T08:00:00Z", dates, None) == "2026-02-01T08:00:00Z"
    assert latest_saved("", [], None) == ""


def test_a_date_in_the_future_is_not_the_latest() -> None:
    dates = ["2026-01-31T08:00:00Z", "2026-02-03T08:00:00Z"]
    assert latest_saved("", dates, datetime(2026, 1, 31, 9, tzinfo=UTC)) == dates[0]


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1980-05-01T00:00:00Z", "1980-05-01"),
        ("1980-05-01T12:00:00Z", "1980-05-01"),
        ("1980-04-30T21:00:00Z", "1980-05-01"),
        ("1980-04-30T13:00:00.0000000Z", "1980-05-01"),
        ("1980-05-01T11:00:00Z", "1980-05-01"),
        ("1980-05-01T00:00:00+02:00", "1980-05-01"),
        ("1980-05-01", "1980-05-01"),
        ("0001-01-01T00:00:00Z", ""),
        ("", ""),
        (None, ""),
        ("soon", ""),
    ],
)
def test_a_birthday_is_the_nearest_day(raw: object, day: str) -> None:
    assert birthday_of(raw) == day


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-11 * 60, 11 * 60))
def test_a_birthday_survives_every_shift_of_up_to_eleven_hours(day: date, minutes: int) -> None:
    shifted = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    assert birthday_of(f"{shifted.isoformat()}Z") == birthday_of(f"{day}T00:00:00Z") == day.isoformat()


@pytest.mark.parametrize(
    ("name", "hours"),
    [("W. Europe Standard Time", 2), ("Europe/Berlin", 2), ("UTC", 0), ("+05:30", 5.5), ("India Standard Time", 5.5)],
)
def test_zones_are_known_by_their_windows_and_their_own_names(name: str, hours: float) -> None:
    zone = zone_of(name)
    assert zone is not None
    assert datetime(2026, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["", "Atlantis/Nowhere", "../../etc/passwd", "+5"])
def test_other_names_are_no_zones(name: str) -> None:
    assert zone_of(name) is None


SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("true", "shift", "zone", "reading"),
    [
        (SUMMER, 2, "W. Europe Standard Time", BERLIN),
        (WINTER, 1, "Europe/Berlin", BERLIN),
        (SUMMER, 0, "Europe/Berlin", DateReading("utc")),
        (SUMMER, 5.5, "", DateReading("user-zone", "+05:30")),
        (SUMMER, -3.5, "", DateReading("user-zone", "-03:30")),
        (SUMMER, 0, "", DateReading("unknown")),
        (SUMMER, 3, "Europe/Berlin", DateReading("user-zone", "+03:00")),
        (WINTER, 0, "Europe/London", DateReading("unknown")),
        (SUMMER, 0, "Europe/London", DateReading("utc")),
        (SUMMER, 0, "UTC", DateReading("utc")),
    ],
)
def test_a_shift_against_the_true_time_is_understood(
    true: datetime, shift: float, zone: str, reading: DateReading
) -> None:
    for late in (-200, 0, 200):
        shown = true.replace(tzinfo=None) + timedelta(hours=shift, seconds=late)
        assert judge_shift(shown, true, zone) == reading


@pytest.mark.parametrize(
    ("odata", "zone", "reading"),
    [
        (datetime(2026, 7, 1, 10), "", DateReading("utc")),
        (datetime(2026, 7, 1, 10), "Europe/Berlin", DateReading("utc")),
        (datetime(2026, 7, 1, 12), "Europe/Berlin", BERLIN),
        (datetime(2026, 7, 1, 12), "", DateReading("unknown")),
        (datetime(2026, 7, 1, 12), "UTC", DateReading("utc")),
    ],
)
def test_one_date_from_two_services_is_understood(odata: datetime, zone: str, reading: DateReading) -> None:
    assert judge_pair(odata, datetime(2026, 7, 1, 12), zone) == reading
    assert ZoneInfo("Europe/Berlin").utcoffset(datetime(2026, 7, 1, 12)) == timedelta(hours=2)
