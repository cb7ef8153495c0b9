"""The calendar where something goes wrong: lost answers, refusals, quotas, and services that are not quite Google."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gsync_cli.activities import model
from gsync_cli.activities.google_calls import Answer, CalendarCalls, Call
from gsync_cli.activities.google_mapping import View, fields_of
from gsync_cli.activities.google_memory import Memory, take_in
from gsync_cli.activities.google_series import Span
from gsync_cli.activities.zones import other_names
from gsync_cli.errors import Refused, Temporary
from gsync_cli.google.batch import CONTENT_TYPE, Inner, decode, encode
from gsync_cli.google.session import GoogleSession
from gsync_cli.sync.record import Create, Done, Failed, Fields, Release, Stale, Update
from tests.support.activity_rig import BASE, ActivityRig, activity_rig

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
FIELDS: Fields = {
    model.TITLE: "Visit",
    model.LOCATION: "",
    model.NOTES: "",
    model.REMINDER: "",
    model.WHEN: "2026-03-04T09:00:00Z/2026-03-04T10:00:00Z",
    model.PARTICIPANTS: frozenset(),
}


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=START, zone="Europe/Berlin")


def creates(number: int) -> list[Create]:
    return [Create(f"activity-{place}", FIELDS, "Visit") for place in range(number)]


@pytest.mark.parametrize("number", [1, 5])
def test_a_lost_answer_makes_nothing_twice(rig: ActivityRig, number: int) -> None:
    rig.sandbox.faults.add("reset", when="after", service="calendar", method="POST")
    outcomes = rig.anna.google_store().apply(creates(number))
    assert [type(outcome) for outcome in outcomes] == [Done] * number
    assert len(rig.anna.account.events()) == number


def test_a_lost_answer_to_a_change_is_no_conflict(rig: ActivityRig) -> None:
    event = rig.anna.account.add_event("Mine", "2026-03-04T10:00")
    store = rig.anna.google_store()
    record = store.changes(None, {}).records[event]
    rig.sandbox.faults.add("reset", when="after", service="calendar", method="PATCH")
    (outcome,) = store.apply([Update(record, {model.TITLE: "Yours"}, record.twin or "")])
    assert isinstance(outcome, Done)
    assert outcome.record.fields[model.TITLE] == "Yours"


def test_a_service_without_batches_gets_single_requests(rig: ActivityRig, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = property(lambda _: f"{BASE}/google/calendar/nothing/here")
    monkeypatch.setattr(GoogleSession, "calendar_batch_address", nowhere)
    outcomes = rig.anna.google_store().apply(creates(4))
    assert [type(outcome) for outcome in outcomes] == [Done] * 4


def test_the_quota_of_a_minute_is_waited_for(rig: ActivityRig) -> None:
    rig.behaviour.calendar_quota = 30
    outcomes = rig.anna.google_store().apply(creates(45))
    assert [type(outcome) for outcome in outcomes] == [Done] * 45
    assert rig.clock.now() > START


def test_a_quota_that_lasts_for_hours_ends_the_run(rig: ActivityRig) -> None:
    store = rig.anna.google_store()
    store.changes(None, {})
    rig.behaviour.calendar_exhausted = True
    with pytest.raises(Temporary) as ended:
        store.apply(creates(3))
    assert ended.value.code == "google-quota-day"


def test_an_invitation_that_only_its_organizer_may_change_fails_alone(rig: ActivityRig) -> None:
    event = rig.anna.account.add_event("Theirs", "2026-03-04T10:00", organizer="boss@x.example")
    store = rig.anna.google_store()
    record = store.changes(None, {}).records[event]
    (outcome,) = store.apply([Update(record, {model.TITLE: "Yours"}, record.twin or "")])
    assert outcome == Failed("only the organizer of the event can change it in Google", record)


def test_a_deleted_event_that_may_not_be_let_go_of_has_left_and_ends_no_run(rig: ActivityRig) -> None:
    """Some services answer 403 to a change of one that was deleted; simulation seed 1039."""
    gone, there = (rig.anna.account.add_event(title, "2026-03-04T10:00") for title in ("Gone", "There"))
    store = rig.anna.google_store()
    records = store.changes(None, {}).records
    rig.anna.account.delete_event(gone)
    outcomes = store.apply([Release(records[gone]), Release(records[there])])
    assert [outcome.record.member for outcome in outcomes if isinstance(outcome, Done)] == [False, False]
    assert rig.anna.account.event(there)["summary"] == "There"


def test_where_the_event_is_there_403_is_a_matter_of_rights_and_ends_the_run(
    rig: ActivityRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = rig.anna.account.add_event("Mine", "2026-03-04T10:00")
    store = rig.anna.google_store()
    record = store.changes(None, {}).records[event]
    send = CalendarCalls.send

    def without_rights(calls: CalendarCalls, requests: Sequence[Call]) -> list[Answer]:
        writes = [request for request in requests if request.inner.method != "GET"]
        return [Refused("google-forbidden", message="Forbidden") for _ in writes] or send(calls, requests)

    monkeypatch.setattr(CalendarCalls, "send", without_rights)
    with pytest.raises(Refused) as ended:
        store.apply([Release(record)])
    assert ended.value.code == "google-forbidden"


def test_a_zone_that_google_does_not_know_goes_by_its_former_name(rig: ActivityRig) -> None:
    rig.behaviour.unknown_zones.add("Europe/Kiev")
    rig.anna.account.calendar.zone = "Europe/Kyiv"
    assert other_names("Europe/Kyiv") == ("Europe/Kiev",)
    rig.behaviour.unknown_zones.discard("Europe/Kiev")
    (outcome,) = rig.anna.google_store().apply(creates(1))
    assert isinstance(outcome, Done), outcome
    assert outcome.record.fields[model.WHEN] == FIELDS[model.WHEN]
    assert rig.anna.account.event(outcome.record.id)["start"]["timeZone"] == "Europe/Kiev"


def test_pages_that_are_short_or_empty_hide_nothing(rig: ActivityRig) -> None:
    made = {rig.anna.account.add_event(f"Event {number}", "2026-03-04T10:00") for number in range(30)}
    rig.behaviour.short_pages = 0.8
    assert rig.anna.google_store().changes(None, {}).members == made


def test_a_cursor_that_cannot_be_read_means_reading_everything(rig: ActivityRig) -> None:
    event = rig.anna.account.add_event("Review", "2026-03-04T10:00")
    for cursor in ("", "{}", "[1]", '{"form": 2, "token": "x"}', '{"form": 0}'):
        changes = rig.anna.google_store().changes(cursor, {})
        assert changes.complete
        assert changes.members == {event}


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(*parts: str) -> bytes:
    return "".join(f"--x\r\nContent-Type: application/http\r\n{part}\r\n" for part in parts).encode() + b"--x--"


OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
MIXED = "multipart/mixed; boundary=x"


def test_parts_are_told_apart_by_name_else_by_place() -> None:
    named = answer(*(f'Content-ID: <response-gsync + {place}>\r\n\r\n{OK}{{"n": {place}}}' for place in (1, 0)))
    assert {place: part.content for place, part in decode(MIXED, named, 2).items()} == {0: b'{"n": 0}', 1: b'{"n": 1}'}
    bare = answer(*(f'\r\n{OK}{{"n": {place}}}' for place in (0, 1)))
    assert decode(MIXED, bare, 2)[1].content == b'{"n": 1}'
    assert decode(MIXED, bare, 3) == {}, "nobody knows which is missing"


def test_a_part_that_was_cut_off_is_no_answer() -> None:
    cut = answer(f'Content-ID: <response-gsync + 0>\r\n\r\n{OK}{{"n": ')
    assert decode(MIXED, cut, 1) == {}
    assert decode("text/html", b"<html>", 1) == {}


def test_text_in_any_script_survives_a_batch() -> None:
    body = encode([Inner("POST", "http://x/a?b=c", {"content-type": "application/json"}, '{"summary": "Встреча"}')])
    assert CONTENT_TYPE.partition('"')[2].strip('"').encode() in body
    assert b"POST /a?b=c HTTP/1.1" in body
    echoed = answer(f'Content-ID: <response-gsync + 0>\r\n\r\n{OK}{{"summary": "Встреча"}}')
    assert "Встреча".encode() in decode(MIXED, echoed, 1)[0].content


# ── services that list no exceptions ─────────────────────────────────────────────────────────────────────────────


def test_what_a_service_shows_only_by_expanding_is_learned() -> None:
    point = {"dateTime": "2026-03-02T09:00:00+01:00", "timeZone": "Europe/Berlin"}
    end = {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "Europe/Berlin"}
    master = {
        "id": "m",
        "etag": "1",
        "summary": "S",
        "start": point,
        "end": end,
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    }
    memory = Memory()
    assert not take_in(memory, {"m": master}).touched_masters
    assert not take_in(memory, {"m": master}).touched_masters, "the same once more says nothing"
    assert take_in(memory, {"m": {**master, "etag": "2"}}).touched_masters == {"m"}
    view, span = View("me", zone_name="Europe/Berlin"), Span(START, datetime(2026, 4, 1, tzinfo=UTC))
    series = memory.series["m"]
    shown = series.events(span, (), view)
    first, second, third = sorted(shown)
    listed = {first: shown[first], second: {**shown[second], "summary": "Other"}}
    series.learn(listed, span, view)
    now = series.events(span, (), view)
    assert now.keys() == {first, second}
    assert fields_of(now[second], view)[model.TITLE] == "Other"
    assert third not in now


WHOLE_DAYS = {
    "id": "m",
    "summary": "S",
    "start": {"date": "2026-03-02"},
    "end": {"date": "2026-03-03"},
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    "created": "2026-02-01T09:00:00.000Z",
}


@pytest.mark.parametrize(
    ("updated", "others", "doubtful"),
    [
        ("2026-02-01T09:00:00.612Z", {}, False),
        ("2026-02-02T09:00:00.000Z", {}, True),
        ("2026-02-02T09:00:00.000Z", {"x_20260302": {"id": "x_20260302", "recurringEventId": "x"}}, False),
    ],
    ids=["never edited", "edited", "edited, where exceptions are listed"],
)
def test_a_new_series_is_looked_into_where_its_exceptions_may_be_kept_from_us(
    updated: str, others: dict[str, dict[str, str]], doubtful: bool
) -> None:
    reading = take_in(Memory(), {"m": {**WHOLE_DAYS, "updated": updated}, **others})
    assert reading.touched_masters == ({"m"} if doubtful else set())


def test_occurrences_are_known_by_their_days_however_a_service_names_them() -> None:
    memory = Memory()
    take_in(memory, {"m": WHOLE_DAYS})
    view, span = View("me", zone_name="Europe/Berlin"), Span(START, datetime(2026, 4, 1, tzinfo=UTC))
    series = memory.series["m"]
    first, second, third = series.events(span, (), view).values()
    listed = {"m_20260301T230000Z": first, "m_20260302T230000Z": {**second, "summary": "Other"}}
    series.learn({name: {**event, "id": name} for name, event in listed.items()}, span, view)
    now = series.events(span, (), view)
    assert {name: fields_of(event, view)[model.TITLE] for name, event in now.items()} == {
        first["id"]: "S",
        second["id"]: "Other",
    }
    assert third["id"] == "m_20260304"


@pytest.mark.parametrize("cancel", [False, True])
def test_an_occurrence_that_left_stays_away_while_the_listing_lags(rig: ActivityRig, cancel: bool) -> None:
    rig.anna.account.make_series("Weekly", "2026-03-09T10:00", "RRULE:FREQ=WEEKLY;COUNT=3")
    rig.anna.synchronise(cancel=cancel)
    rig.clock.advance(600)
    rig.behaviour.lag_seconds = 300
    rig.anna.desk.delete_activity(rig.anna.desk.activities()[1]["id"])
    (left,) = rig.anna.synchronise(cancel=cancel).items
    assert (left.side, left.verb) == ("google", "unlink")
    for _ in range(4):
        rig.clock.advance(120)
        assert rig.anna.synchronise(cancel=cancel).items == []
    assert len(rig.anna.desk.activities()) == 2


def test_an_edit_in_the_last_moment_outlives_a_deletion(rig: ActivityRig) -> None:
    """A plain occurrence has no etag of its own, so it is looked at before it is deleted."""
    series = rig.anna.account.make_series("Weekly", "2026-03-09T10:00", "RRULE:FREQ=WEEKLY;COUNT=3")
    rig.anna.synchronise(cancel=True)
    rig.clock.advance(600)
    store = rig.anna.google_store(cancel=True)
    records = store.changes(None, {}).records
    identity = next(name for name in records if "20260316" in name)
    rig.anna.account.edit_occurrence(series, "2026-03-16", title="Moved to the hall")
    (outcome,) = store.apply([Release(records[identity])])
    assert isinstance(outcome, Stale)
    assert "Moved to the hall" in {each["summary"] for each in rig.anna.account.occurrences(series)}
    (other,) = (record for name, record in records.items() if "20260323" in name)
    (outcome,) = store.apply([Release(other)])
    assert isinstance(outcome, Done)
    assert len([each for each in rig.anna.account.occurrences(series) if each["status"] != "cancelled"]) == 2
