"""Series, guests and the person's hand in the calendar (facts/google.md 7.3, 7.6, 7.9)."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import recurring_ical_events

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google import recurrence
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.calendar_times import moved, of_wall, stamp
from tests.sandbox.conftest import Rig
from tests.sandbox.test_calendar import Book, ids, reason

PAUL = "paul@nordlicht.example"
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"


@pytest.fixture
def book(rig: Rig) -> Book:
    return Book(rig)


@pytest.fixture
def paul(rig: Rig) -> Account:
    return rig.sandbox.google.add_account(PAUL, "Paul Winter")


def starts(account: Account, series: str) -> list[str]:
    return [item["start"].get("dateTime") or item["start"]["date"] for item in account.occurrences(series)]


# ── series ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_occurrences_keep_their_wall_time_and_have_ids_of_their_moment(book: Book) -> None:
    series = book.hand.make_series("S", "2026-03-23T10:00", "RRULE:FREQ=WEEKLY;COUNT=2")
    found = book.call("GET", f"/{series}/instances").value["items"]
    assert [item["id"] for item in found] == [f"{series}_20260323T090000Z", f"{series}_20260330T080000Z"]
    assert [item["start"]["dateTime"][11:] for item in found] == ["10:00:00+01:00", "10:00:00+02:00"]
    days = book.hand.make_series("D", "2026-03-23", "RRULE:FREQ=DAILY;COUNT=2")
    assert [item["id"] for item in book.hand.occurrences(days)] == [f"{days}_20260323", f"{days}_20260324"]


def test_a_series_that_ended_before_it_begins_has_no_occurrences(book: Book) -> None:
    for start, until in (("2026-05-04T10:00", "20260503T235959Z"), ("2026-05-04", "20260503")):
        series = book.hand.make_series("S", start, f"RRULE:FREQ=WEEKLY;UNTIL={until}")
        assert book.call("GET", f"/{series}/instances").value["items"] == []
    day = {"date": "2026-05-04"}
    ended, goes_on = "RRULE:FREQ=WEEKLY;UNTIL=20260503", "RRULE:FREQ=MONTHLY;COUNT=1"
    for lines, found in (([ended, "RDATE;VALUE=DATE:20260510"], "2026-05-10"), ([ended, goes_on], "2026-05-04")):
        assert [f"{at:%Y-%m-%d}" for at in recurrence.originals(day, lines)] == [found]


def test_exceptions_are_listed_beside_their_master_and_cancelled_ones_nearly_bare(book: Book) -> None:
    series = book.hand.make_series("S", "2026-05-04T10:00", WEEKLY)
    changed = book.hand.edit_occurrence(series, "2026-05-11", title="S2")
    gone = book.hand.delete_occurrence(series, "2026-05-18")
    master, exception, dead = book.listing()["items"]
    assert (master["id"], master["recurrence"]) == (series, [WEEKLY])
    assert (exception["id"], exception["recurringEventId"], exception["summary"]) == (changed, series, "S2")
    assert set(dead) == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert dead["id"] == gone
    assert len(book.hand.occurrences(series)) == 3
    ordered = book.listing(singleEvents="true", orderBy="startTime")
    assert ids(ordered) == [item["id"] for item in book.hand.occurrences(series)]


def test_an_occurrence_is_read_patched_and_deleted_by_its_id(book: Book) -> None:
    series = book.hand.make_series("S", "2026-05-04T10:00", WEEKLY)
    occurrence = f"{series}_20260511T080000Z"
    assert book.call("GET", f"/{occurrence}").value["originalStartTime"]["dateTime"] == "2026-05-11T10:00:00+02:00"
    assert book.patch(occurrence, {"summary": "other"}).value["recurringEventId"] == series
    assert book.call("DELETE", f"/{occurrence}", sendUpdates="none").status == 204
    assert reason(book.call("DELETE", f"/{occurrence}", sendUpdates="none")) == (410, "deleted")
    assert reason(book.call("GET", f"/{series}_20260512T080000Z")) == (404, "notFound")
    assert book.hand.event(series)["recurrence"] == [WEEKLY]


def test_a_changed_series_hands_down_what_an_exception_did_not_change(book: Book) -> None:
    series = book.hand.make_series("S", "2026-05-04T10:00", WEEKLY, location="L")
    occurrence = book.hand.edit_occurrence(series, "2026-05-11", title="mine")
    book.hand.edit_event(series, title="T", location="M")
    assert (book.hand.event(occurrence)["summary"], book.hand.event(occurrence)["location"]) == ("mine", "M")


def test_another_rule_ends_the_exceptions_it_does_not_know(book: Book) -> None:
    series = book.hand.make_series("S", "2026-05-04T10:00", WEEKLY)
    kept = book.hand.edit_occurrence(series, "2026-05-11", title="kept")
    gone = book.hand.edit_occurrence(series, "2026-05-25", title="gone")
    token = book.listing()["nextSyncToken"]
    book.hand.change_rule(series, "RRULE:FREQ=WEEKLY;COUNT=3")
    assert set(ids(book.listing(syncToken=token))) == {series, gone}
    assert book.hand.event(kept)["summary"] == "kept"
    assert len(book.hand.occurrences(series)) == 3


def test_this_and_following_ends_the_old_series_and_copies_the_private_properties(book: Book) -> None:
    marks = {"private": {"gsyncActivity": "1"}}
    series = book.hand.make_series("S", "2026-05-04T10:00", WEEKLY, extendedProperties=marks)
    rest = book.hand.split_series(series, "2026-05-18", title="S2", start="2026-05-18T12:00")
    assert starts(book.hand, series) == ["2026-05-04T10:00:00+02:00", "2026-05-11T10:00:00+02:00"]
    assert starts(book.hand, rest) == ["2026-05-18T12:00:00+02:00", "2026-05-25T12:00:00+02:00"]
    assert book.hand.event(rest)["extendedProperties"] == marks
    assert book.hand.event(rest)["iCalUID"] != book.hand.event(series)["iCalUID"]


def test_a_series_ends_with_a_day_whole_days_too(book: Book) -> None:
    timed = book.hand.make_series("S", "2026-05-04T10:00", "RRULE:FREQ=DAILY")
    whole = book.hand.make_series("S", "2026-05-04", "RRULE:FREQ=DAILY")
    for series in (timed, whole):
        book.hand.end_series(series, "2026-05-06")
        assert [text[:10] for text in starts(book.hand, series)] == ["2026-05-04", "2026-05-05", "2026-05-06"]


@pytest.mark.parametrize("whole", [True, False])
def test_a_deleted_series_tells_of_its_exceptions_or_does_not(book: Book, whole: bool) -> None:
    book.rig.behaviour.series_tombstones = whole
    series = book.hand.make_series("S", "2026-05-04T10:00", WEEKLY)
    exception = book.hand.edit_occurrence(series, "2026-05-11", title="x")
    token = book.listing()["nextSyncToken"]
    book.hand.delete_event(series)
    assert set(ids(book.listing(syncToken=token))) == ({series, exception} if whole else {series})
    assert book.hand.events() == []


def test_a_duplicate_has_the_private_properties_and_a_life_of_its_own(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01T10:00", extendedProperties={"private": {"a": "1"}})
    copy = book.hand.duplicate_event(event, "2026-05-02T10:00")
    told = book.hand.event(copy)
    assert told["extendedProperties"] == {"private": {"a": "1"}}
    assert told["iCalUID"] != book.hand.event(event)["iCalUID"]


def test_moving_keeps_the_length_and_changes_the_kind_of_day(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01T10:00", "2026-05-01T12:00")
    book.hand.move_event(event, "2026-05-02T09:00")
    assert book.hand.event(event)["end"]["dateTime"] == "2026-05-02T11:00:00+02:00"
    book.hand.move_event(event, "2026-05-03")
    assert (book.hand.event(event)["start"], book.hand.event(event)["end"]) == (
        {"date": "2026-05-03"},
        {"date": "2026-05-04"},
    )


# ── guests ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_invitation_appears_at_the_guest_and_his_answer_travels_back(book: Book, paul: Account) -> None:
    event = book.hand.add_event(
        "E", "2026-05-01T10:00", guests=[PAUL, "g@x.example"], extendedProperties={"private": {"a": "1"}}
    )
    copy = paul.event(event)
    assert copy["iCalUID"] == book.hand.event(event)["iCalUID"]
    assert "extendedProperties" not in copy
    assert copy["organizer"] == {"email": furnish.EMAIL}
    assert [item["email"] for item in copy["attendees"] if item.get("self")] == [PAUL]
    paul.respond(event, "declined")
    answers = {item["email"]: item["responseStatus"] for item in book.hand.event(event)["attendees"]}
    assert answers == {furnish.EMAIL: "accepted", PAUL: "declined", "g@x.example": "needsAction"}
    book.hand.edit_event(event, title="E2")
    assert paul.event(event)["summary"] == "E2"
    book.hand.edit_event(event, guests=["g@x.example"])
    assert paul.events() == []


def test_a_guest_may_answer_but_not_change_what_all_share(book: Book, paul: Account) -> None:
    event = paul.add_event("E", "2026-05-01T10:00", guests=[furnish.EMAIL])
    assert reason(book.patch(event, {"summary": "mine"})) == (403, "forbiddenForNonOrganizer")
    answer = [{**item, "responseStatus": "accepted"} for item in book.hand.event(event)["attendees"]]
    assert book.patch(event, {"attendees": answer, "colorId": "3"}).status == 200
    assert {item["responseStatus"] for item in paul.event(event)["attendees"]} == {"accepted"}
    paul.edit_event(event, guestsCanModify=True)
    assert book.patch(event, {"summary": "mine"}).status == 200
    assert paul.event(event)["summary"] == "mine"


def test_what_the_organizer_deletes_is_gone_everywhere_and_what_a_guest_deletes_he_declines(
    book: Book, paul: Account
) -> None:
    first, second = (book.hand.add_event(name, "2026-05-01T10:00", guests=[PAUL]) for name in "AB")
    book.hand.delete_event(first)
    assert [item["id"] for item in paul.events()] == [second]
    paul.delete_event(second)
    answers = {item["email"]: item["responseStatus"] for item in book.hand.event(second)["attendees"]}
    assert answers[PAUL] == "declined"


def test_exceptions_reach_the_guests(book: Book, paul: Account) -> None:
    series = book.hand.make_series("S", "2026-05-04T10:00", WEEKLY, guests=[PAUL])
    book.hand.edit_occurrence(series, "2026-05-11", start="2026-05-12T10:00")
    book.hand.delete_occurrence(series, "2026-05-18")
    assert starts(paul, series) == starts(book.hand, series)
    assert [text[:10] for text in starts(paul, series)] == ["2026-05-04", "2026-05-12", "2026-05-25"]


# ── furniture ────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_furnished_week_has_three_zones_a_series_an_invitation_and_focus_time() -> None:
    account = furnish.furnished().google.account(furnish.EMAIL)
    events = account.events()
    zones = {item["start"].get("timeZone", "whole day") for item in events}
    assert zones == {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "whole day"}
    assert {item["eventType"] for item in events} == {"default", "focusTime"}
    assert [item["summary"] for item in events if not item["organizer"].get("self")] == ["Harbour & Sons: budget"]
    assert [item["summary"] for item in events if item.get("visibility") == "private"] == ["Dentist"]
    series = account.find_event("Sales stand-up")
    assert len(account.occurrences(series)) == 15


def test_a_yearly_rule_with_a_day_and_no_month_is_once_a_year() -> None:
    start = {"date": "2020-08-25"}
    days = recurrence.originals(start, ["RRULE:FREQ=YEARLY;WKST=MO;INTERVAL=1;BYMONTHDAY=25;X-NOTE=A;COUNT=3"])
    assert [f"{day:%Y-%m-%d}" for day in days] == ["2020-08-25", "2021-08-25", "2022-08-25"]


# ── an independent expander ──────────────────────────────────────────────────────────────────────────────────
RULES = (
    "FREQ=DAILY;COUNT={n}",
    "FREQ=DAILY;INTERVAL=3;COUNT={n}",
    "FREQ=WEEKLY;BYDAY={day};COUNT={n}",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY={day},SU;WKST=SU;COUNT={n}",
    "FREQ=MONTHLY;COUNT={n}",
    "FREQ=MONTHLY;BYMONTHDAY={mday};UNTIL={until}",
    "FREQ=YEARLY;COUNT={n}",
    "FREQ=WEEKLY;UNTIL={until}",
)


@pytest.mark.parametrize("seed", range(60))
def test_the_days_of_a_series_are_those_of_an_independent_expander(seed: int) -> None:
    chance = random.Random(seed)
    zone = chance.choice(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
    first = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(minutes=30 * chance.randrange(17520))
    day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[first.weekday()]
    until = f"{first + timedelta(days=chance.randrange(9, 300)):%Y%m%dT%H%M%SZ}"
    rule = chance.choice(RULES).format(n=chance.randrange(2, 30), day=day, mday=first.day, until=until)
    lines = [f"RRULE:{rule}", f"EXDATE;TZID={zone}:{first + timedelta(days=7):%Y%m%dT%H%M%S}"]
    start = of_wall(first, zone)
    first = datetime.fromisoformat(start["dateTime"]).replace(tzinfo=None)
    ours = [stamp(moved(start, at)) for at in recurrence.originals(start, lines)]
    assert ours == _independent(first, zone, lines)


def _independent(first: datetime, zone: str, lines: list[str]) -> list[str]:
    text = "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z",
         f"DTSTART;TZID={zone}:{first:%Y%m%dT%H%M%S}", "DURATION:PT1H", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )  # fmt: skip
    calendar: Any = icalendar.Calendar.from_ical(text)
    found = recurring_ical_events.of(calendar).between((2025, 1, 1), (2060, 1, 1))
    return sorted(f"{item['DTSTART'].dt.astimezone(UTC):%Y%m%dT%H%M%SZ}" for item in found)
