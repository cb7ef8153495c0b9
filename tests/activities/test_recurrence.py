"""Series become occurrences as RFC 5545 says, and as recurring-ical-events, which somebody else wrote, works out."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from random import Random
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from gsync_cli.activities.model import When
from gsync_cli.activities.recurrence import Series, expand, key_of, moment_of_key, occurrences

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def series(start: datetime, *rules: str, hours: float = 1.0) -> Series:
    return Series(start, start + timedelta(hours=hours), rules, BERLIN)


def days(start: date, *rules: str, length: int = 1, zone: tzinfo = BERLIN) -> Series:
    return Series(start, start + timedelta(days=length), rules, zone)


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=BERLIN)


def test_a_meeting_keeps_the_time_of_its_clock_across_summer_time() -> None:
    weekly = series(local("2026-03-20T10:00"), "RRULE:FREQ=WEEKLY;COUNT=3")
    assert sorted(expand(weekly, *YEAR)) == [
        "20260320T090000Z",
        "20260327T090000Z",
        "20260403T080000Z",
    ]


def test_an_hour_that_the_clock_skips_does_not_swallow_the_meeting() -> None:
    nightly = series(local("2026-03-28T02:30"), "RRULE:FREQ=DAILY;COUNT=2")
    assert str(expand(nightly, *YEAR)["20260329T013000Z"]) == "2026-03-29T01:30:00Z/2026-03-29T02:30:00Z"


def test_whole_days_stay_whole_days() -> None:
    monthly = days(date(2026, 1, 31), "RRULE:FREQ=MONTHLY;COUNT=3", length=2)
    found = expand(monthly, *YEAR)
    assert [str(found[key]) for key in sorted(found)] == [
        "2026-01-31/2026-02-02",
        "2026-03-31/2026-04-02",
        "2026-05-31/2026-06-02",
    ]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260116T090000Z", "20260116T090000Z"),
        ("20260116T085959Z", "20260109T090000Z"),
        ("20260116T100000", "20260116T090000Z"),
        ("20260116", "20260116T090000Z"),
    ],
)
def test_a_series_ends_with_the_last_occurrence_that_until_allows(until: str, last: str) -> None:
    weekly = series(local("2026-01-02T10:00"), f"RRULE:FREQ=WEEKLY;UNTIL={until}")
    assert max(expand(weekly, *YEAR)) == last


def test_dates_are_taken_out_and_put_in_however_they_are_written() -> None:
    daily = series(
        local("2026-01-05T10:00"),
        "RRULE:FREQ=DAILY;COUNT=5",
        "EXDATE;TZID=Europe/Berlin:20260106T100000,20260107T100000",
        "EXDATE:20260108T090000Z",
        "EXDATE;VALUE=DATE:20260109",
        "RDATE;TZID=America/New_York:20260110T100000",
        "RDATE;VALUE=PERIOD:20260111T090000Z/PT30M",
    )
    found = expand(daily, *YEAR)
    assert sorted(found) == ["20260105T090000Z", "20260110T150000Z", "20260111T090000Z"]
    assert str(found["20260111T090000Z"]) == "2026-01-11T09:00:00Z/2026-01-11T09:30:00Z"


def test_a_birthday_of_a_telephone_is_once_a_year_as_google_shows_it() -> None:
    """RFC 5545 and the expanders that keep to it have it on that day of every month."""
    birthday = days(date(2020, 8, 25), "RRULE:FREQ=YEARLY;WKST=MO;INTERVAL=1;BYMONTHDAY=25")
    assert sorted(expand(birthday, *YEAR)) == ["20260825"]
    counted = series(local("2026-02-25T10:00"), "RRULE:FREQ=YEARLY;BYMONTHDAY=25;COUNT=3")
    assert sorted(expand(counted, YEAR[0], YEAR[1] + timedelta(days=900))) == [
        *("20260225T090000Z", "20270225T090000Z", "20280225T090000Z"),
    ]


@pytest.mark.parametrize(
    "rule", ["BYMONTH=3,4;BYMONTHDAY=25", "BYDAY=MO;BYMONTHDAY=13", "BYMONTHDAY=1;BYYEARDAY=60,91"]
)
def test_a_yearly_rule_that_places_its_days_itself_is_left_alone(rule: str) -> None:
    yearly = series(local("2025-08-13T10:00"), f"RRULE:FREQ=YEARLY;{rule}")
    found = _inside(expand(yearly, *YEAR).values())
    assert found
    assert found == _inside(_independent(yearly.start, yearly.end, list(yearly.rules)))


def test_dates_that_google_calls_a_rule_are_dates() -> None:
    listed = series(local("2026-01-05T10:00"), "RRULE:DATE;TZID=Europe/Berlin:20260106T100000,20260308T110000")
    assert sorted(expand(listed, *YEAR)) == ["20260105T090000Z", "20260106T090000Z", "20260308T100000Z"]


def test_what_another_program_noted_in_a_rule_is_passed_over() -> None:
    noted = series(local("2026-01-05T10:00"), "RRULE:FREQ=WEEKLY;COUNT=2;X-EVOLUTION-ENDDATE=20260112T090000Z")
    assert sorted(expand(noted, *YEAR)) == ["20260105T090000Z", "20260112T090000Z"]


def test_a_second_rule_takes_away_what_exrule_names() -> None:
    daily = series(local("2026-01-05T10:00"), "RRULE:FREQ=DAILY;COUNT=7", "EXRULE:FREQ=WEEKLY;BYDAY=TU,SU")
    assert sorted(key[:8] for key in expand(daily, *YEAR)) == [
        *("20260105", "20260107", "20260108", "20260109", "20260110"),
    ]


def test_the_window_holds_whatever_touches_it() -> None:
    daily = series(local("2026-01-01T23:00"), "RRULE:FREQ=DAILY", hours=2)
    since, until = local("2026-01-05T00:00"), local("2026-01-06T23:00")
    assert sorted(expand(daily, since, until)) == ["20260104T220000Z", "20260105T220000Z"]


def test_a_series_of_many_years_is_as_quick_as_a_new_one_and_keeps_its_rhythm() -> None:
    old = series(local("1990-01-01T10:00"), "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH")
    new = series(local("2025-12-22T10:00"), "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH")
    weeks = (local("2025-12-22T00:00") - local("1990-01-01T00:00")).days // 7
    assert weeks % 2 == 1, "else the two are in step, and the test compares nothing"
    shifted = expand(new, *YEAR).keys()
    assert expand(old, *YEAR).keys().isdisjoint(shifted)
    walked = series(local("1990-01-01T10:00"), "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=9999")
    assert expand(old, *YEAR) == expand(walked, *YEAR)


def test_a_start_that_the_rule_does_not_make_is_one_more_than_it_counts_wherever_one_looks() -> None:
    """On Thursday, then three Wednesdays: what Google shows (github.com/fmeringdal/rust-rrule#119)."""
    odd = series(local("2026-05-07T20:00"), "RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=WE")
    found = expand(odd, *YEAR)
    assert sorted(key[:8] for key in found) == ["20260507", "20260513", "20260520", "20260527"]
    day_by_day: dict[str, When] = {}
    for number in range(365):
        since = YEAR[0] + timedelta(days=number)
        day_by_day |= expand(odd, since, since + timedelta(days=1))
    assert day_by_day == found


def test_exceptions_are_where_they_were_moved_or_nowhere() -> None:
    weekly = series(local("2026-01-02T10:00"), "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = When.parse("2026-01-10T09:00:00Z/2026-01-10T10:00:00Z")
    beyond = When.parse("2027-02-10T09:00:00Z/2027-02-10T10:00:00Z")
    found = occurrences(weekly, {"20260109T090000Z": moved, "20260116T090000Z": None}, *YEAR)
    assert found.keys() == {"20260102T090000Z", "20260109T090000Z"}
    assert found["20260109T090000Z"] == moved
    assert "20260109T090000Z" not in occurrences(weekly, {"20260109T090000Z": beyond}, *YEAR)


@pytest.mark.parametrize("rule", ["RRULE:FREQ=NEVER", "RRULE:FREQ=DAILY;BYDAY=XX", "nonsense", "RRULE:FREQ=SECONDLY"])
def test_a_rule_that_cannot_be_read_is_said_to_be_one(rule: str) -> None:
    with pytest.raises(ValueError, match=r"no rule|too many"):
        expand(series(local("2026-01-02T10:00"), rule), *YEAR)


def test_a_key_names_the_start_and_nothing_else() -> None:
    for start in (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), date(2026, 1, 2)):
        assert moment_of_key(key_of(start)) == start
    with pytest.raises(ValueError, match="no occurrence"):
        moment_of_key("abc")


ZONES = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")


@pytest.mark.parametrize("seed", range(150))
def test_an_expander_that_somebody_else_wrote_agrees(seed: int) -> None:
    random = Random(seed)
    zone = ZoneInfo(random.choice(ZONES))
    first = datetime(2025, random.randint(1, 12), random.randint(1, 28), random.randint(4, 22), 15, tzinfo=zone)
    rules = [_rule(random, first)]
    if random.random() < 0.4:
        dropped = first + timedelta(days=random.choice((7, 14, 21)))
        rules.append(f"EXDATE;TZID={zone.key}:{dropped:%Y%m%dT%H%M%S}")
    whole_days = random.random() < 0.3
    start: datetime | date = first.date() if whole_days else first
    if whole_days:
        rules = [rule for rule in rules if rule.startswith("RRULE") and "UNTIL" not in rule] or ["RRULE:FREQ=DAILY"]
    end = start + (timedelta(days=1) if whole_days else timedelta(minutes=45))
    mine = expand(Series(start, end, tuple(rules), zone), *YEAR)
    assert _inside(mine.values()) == _inside(_independent(start, end, rules))


def _rule(random: Random, first: datetime) -> str:
    parts = [f"FREQ={(frequency := random.choice(('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY')))}"]
    parts.append(f"INTERVAL={random.randint(1, 3)}")
    if frequency == "WEEKLY":
        weekday = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[first.weekday()]
        parts.append(f"BYDAY={','.join({weekday, random.choice(('MO', 'WE', 'FR'))})}")
    if frequency == "MONTHLY" and random.random() < 0.5:
        parts.append(random.choice(("BYDAY=2TU", "BYDAY=-1FR", "BYMONTHDAY=-1", "BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")))
    end = random.random()
    if end < 0.3:
        parts.append(f"COUNT={random.randint(1, 60)}")
    elif end < 0.6:
        until = (first + timedelta(days=random.randint(0, 700))).astimezone(UTC)
        parts.append(f"UNTIL={until:%Y%m%dT%H%M%SZ}")
    return "RRULE:" + ";".join(parts)


def _inside(found: Iterable[When]) -> list[str]:
    """Leave out the edges of the year, of which each expander has another idea where whole days are concerned."""
    return sorted(text for text in map(str, found) if "2026-01-02" < text < "2026-12-30")


def _independent(start: datetime | date, end: datetime | date, rules: list[str]) -> list[When]:
    event = icalendar.Event()
    event.add("uid", "1")
    event.add("dtstart", start)
    event.add("dtend", end)
    text = event.to_ical().decode().replace("END:VEVENT", "\r\n".join([*rules, "END:VEVENT"]))
    calendar = icalendar.Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n")
    found = recurring_ical_events.of(calendar).between(*YEAR)
    return [_when(item["DTSTART"].dt, item["DTEND"].dt) for item in found]


def _when(start: datetime | date, end: datetime | date) -> When:
    if isinstance(start, datetime) and isinstance(end, datetime):
        return When.timed(start, end)
    return When.whole_days(start, end)
