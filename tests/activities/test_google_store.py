"""The calendar as the engine sees it: what is read, what is remembered, what is told from run to run."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.activities import model
from gsync_cli.activities.google_series import KnownSeries
from gsync_cli.activities.google_store import GoogleEvents
from gsync_cli.kinds import Window
from gsync_cli.sync.record import Changes, Create, Done, Failed, Record, Release, Stale, Update, Value
from tests.support.activity_rig import ActivityRig, activity_rig

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""A Monday."""
WEEKLY = "RRULE:FREQ=WEEKLY"


@dataclass
class Reader:
    """The store as a run uses it: a new one each time, with the cursor and the links of the last."""

    rig: ActivityRig
    cursor: str | None = None
    known: dict[str, str] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)

    def store(self) -> GoogleEvents:
        return self.rig.anna.google_store(**self.choices)

    def look(self, *, link: bool = True, full: bool = False) -> Changes:
        """Read; with `link` everything in scope counts as linked from then on, and who has left no more."""
        changes = self.store().changes(None if full else self.cursor, self.known)
        self.cursor = changes.cursor
        for former, now in changes.renamed.items():
            self.known[now] = self.known.pop(former)
        if link:
            self.known = {name: version for name, version in self.known.items() if name in changes.members}
            fit = {name: record for name, record in changes.records.items() if record.member and not record.unfit}
            self.known.update({name: record.version for name, record in fit.items() if name in changes.members})
        return changes


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=START, zone="Europe/Berlin")


@pytest.fixture
def reader(rig: ActivityRig) -> Reader:
    return Reader(rig)


def titles(records: Mapping[str, Record]) -> list[str]:
    return sorted(str(record.fields[model.TITLE]) for record in records.values())


def starts(ids: Any) -> list[str]:
    """Return the days that the ids of occurrences name."""
    return sorted(identity.rpartition("_")[2][:8] for identity in ids)


# ── single events ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_is_read_with_all_that_it_is(rig: ActivityRig, reader: Reader) -> None:
    rig.anna.account.add_event(
        "Review",
        "2026-03-04T10:00",
        "2026-03-04T11:30",
        guests=["Bob@x.example"],
        location=" Room 5 ",
        description="Bring <b>figures</b><br>and tea",
        reminders={
            "useDefault": False,
            "overrides": [{"method": "email", "minutes": 5}, {"method": "popup", "minutes": 15}],
        },
    )
    (record,) = reader.look().records.values()
    assert record.fields == {
        model.TITLE: "Review",
        model.WHEN: "2026-03-04T09:00:00Z/2026-03-04T10:30:00Z",
        model.LOCATION: "Room 5",
        model.NOTES: "Bring figures\nand tea",
        model.REMINDER: "15",
        model.PARTICIPANTS: frozenset({model.participant("bob@x.example", "in doubt")}),
        model.ANSWER: "confirmed",
    }
    assert record.label == "2026-03-04 10:00 Review"
    assert record.member
    assert record.twin == model.activity_id_for(rig.anna.contact_id, record.id)


def test_what_did_not_change_is_no_news_and_costs_one_request(rig: ActivityRig, reader: Reader) -> None:
    rig.anna.account.add_event("Review", "2026-03-04T10:00")
    rig.anna.account.make_series("Standup", "2026-02-02T09:00", WEEKLY)
    assert reader.look().complete
    rig.requests()
    again = reader.look()
    assert not again.complete
    assert not again.records
    assert again.members == reader.known.keys()
    assert len(rig.requests("calendar")) == 1


def test_a_whole_day_stays_one(rig: ActivityRig, reader: Reader) -> None:
    rig.anna.account.add_event("Fair", "2026-03-04", "2026-03-06")
    (record,) = reader.look().records.values()
    assert record.fields[model.WHEN] == "2026-03-04/2026-03-06"


def test_what_others_organise_is_shown_with_the_reason(rig: ActivityRig, reader: Reader) -> None:
    rig.anna.account.add_event("Theirs", "2026-03-04T10:00", organizer="boss@x.example")
    rig.anna.account.make_series("Their series", "2026-03-04T10:00", WEEKLY, organizer="boss@x.example")
    first = reader.look()
    assert [record.unfit for record in first.records.values()] == ["event-of-another"] * 2
    again = reader.look()
    assert sorted(record.label for record in again.records.values()) == [
        "2026-03-04 10:00 Their series",
        "2026-03-04 10:00 Theirs",
    ]
    assert again.records.keys() == again.members


def test_a_private_event_keeps_its_secret(rig: ActivityRig, reader: Reader) -> None:
    rig.anna.account.add_event("Doctor", "2026-03-04T10:00", visibility="private", description="knee")
    (record,) = reader.look().records.values()
    assert (record.fields[model.TITLE], record.fields[model.NOTES]) == (model.PRIVATE_TITLE, "")
    assert "Doctor" not in record.original
    assert "knee" not in record.original


def test_only_what_ends_after_the_first_day_comes_in_and_what_is_linked_stays(rig: ActivityRig, reader: Reader) -> None:
    rig.anna.account.add_event("Old", "2026-01-20T10:00")
    new = rig.anna.account.add_event("New", "2026-02-20T10:00")
    assert reader.look().members == {new}
    rig.clock.sleep(timedelta(days=25).total_seconds())
    assert reader.look().members == {new}
    rig.clock.sleep(timedelta(days=45).total_seconds())
    store = reader.store()
    assert store.changes(None, reader.known).members == frozenset(), "it is not listed any more"
    assert store.fetch([new])[new].member, "and is in scope all the same"


def test_a_deleted_event_is_gone_and_a_moved_one_is_news(rig: ActivityRig, reader: Reader) -> None:
    account = rig.anna.account
    gone, moved = account.add_event("Gone", "2026-03-04T10:00"), account.add_event("Moved", "2026-03-04T12:00")
    reader.look()
    account.delete_event(gone)
    account.move_event(moved, "2026-03-05T12:00")
    changes = reader.look()
    assert changes.gone == {gone}
    assert changes.members == {moved}
    assert changes.records[moved].fields[model.WHEN] == "2026-03-05T11:00:00Z/2026-03-05T12:00:00Z"


def test_a_token_that_is_refused_means_reading_everything(rig: ActivityRig, reader: Reader) -> None:
    kept, gone = (rig.anna.account.add_event(title, "2026-03-04T10:00") for title in ("Kept", "Gone"))
    reader.look()
    rig.anna.account.delete_event(gone)
    rig.anna.account.expire_sync_tokens()
    changes = reader.look()
    assert changes.complete
    assert changes.members == {kept}
    assert not changes.records


def test_who_is_in_no_link_is_a_member_in_every_run(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event("Doubtful", "2026-03-04T10:00")
    reader.look(link=False)
    assert reader.look(link=False).members == {event}
    rig.anna.account.delete_event(event)
    assert reader.look(link=False).members == frozenset()


# ── series ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_series_is_its_occurrences_in_the_window(rig: ActivityRig, reader: Reader) -> None:
    series = rig.anna.account.make_series("Standup", "2025-11-03T09:00", WEEKLY)
    changes = reader.look()
    ids = sorted(changes.members)
    assert ids[0] == f"{series}_20260202T080000Z"
    assert ids[-1] == f"{series}_20260824T070000Z"
    assert {record["id"] for record in rig.anna.account.occurrences(series)} >= set(ids)


def test_the_window_moves_with_the_clock_and_what_is_linked_stays(rig: ActivityRig, reader: Reader) -> None:
    rig.anna.account.make_series("Standup", "2026-02-02T09:00", WEEKLY)
    before = reader.look().members
    rig.clock.sleep(timedelta(days=7).total_seconds())
    after = reader.look()
    assert after.members > before
    assert starts(after.members - before) == ["20260831"]
    assert after.records.keys() == after.members - before


def test_exceptions_and_cancelled_occurrences(rig: ActivityRig, reader: Reader) -> None:
    account = rig.anna.account
    series = account.make_series("Standup", "2026-03-02T09:00", f"{WEEKLY};COUNT=4")
    reader.look()
    moved = account.edit_occurrence(series, "2026-03-09", start="2026-03-10T15:00", title="Special")
    dropped = account.delete_occurrence(series, "2026-03-16")
    changes = reader.look()
    assert changes.gone == {dropped}
    assert changes.records[moved].fields[model.WHEN] == "2026-03-10T14:00:00Z/2026-03-10T15:00:00Z"
    assert changes.records[moved].fields[model.TITLE] == "Special"
    assert starts(changes.members) == ["20260302", "20260309", "20260323"]
    assert reader.look(full=True).members == changes.members


def test_a_change_of_the_series_is_news_of_all_its_occurrences(rig: ActivityRig, reader: Reader) -> None:
    series = rig.anna.account.make_series("Standup", "2026-03-02T09:00", f"{WEEKLY};COUNT=3")
    reader.look()
    rig.anna.account.edit_event(series, title="Sit down")
    changes = reader.look()
    assert titles(changes.records) == ["Sit down"] * 3
    assert not changes.renamed


def test_a_series_moved_to_another_hour_goes_on_in_the_same_meetings(rig: ActivityRig, reader: Reader) -> None:
    series = rig.anna.account.make_series("Standup", "2026-02-02T09:00", f"{WEEKLY};COUNT=12")
    before = reader.look().members
    rig.clock.sleep(timedelta(days=35).total_seconds())
    rig.anna.account.edit_event(series, start="2026-02-02T11:00", end="2026-02-02T12:00")
    changes = reader.look()
    assert changes.renamed.keys() == before
    assert all(former[:-8] == now[:-8] for former, now in changes.renamed.items())
    assert changes.members == set(changes.renamed.values()) == reader.known.keys()


def test_this_and_following_goes_on_in_the_same_meetings(rig: ActivityRig, reader: Reader) -> None:
    account = rig.anna.account
    series = account.make_series("Standup", "2026-03-02T09:00", f"{WEEKLY};COUNT=5")
    before = reader.look().members
    other = account.split_series(
        series, "2026-03-16", title="Sit down", start="2026-03-16T14:00", end="2026-03-16T14:30"
    )
    changes = reader.look()
    assert starts(changes.renamed) == starts(changes.renamed.values()) == ["20260316", "20260323", "20260330"]
    assert {name.rpartition("_")[0] for name in changes.renamed.values()} == {other}
    assert len(changes.members) == len(before)
    assert not changes.gone & before - changes.renamed.keys()


def test_the_end_of_a_series_and_the_whole_series_deleted(rig: ActivityRig, reader: Reader) -> None:
    account = rig.anna.account
    ended = account.make_series("Ended", "2026-03-02T09:00", f"{WEEKLY};COUNT=4")
    deleted = account.make_series("Deleted", "2026-03-02T12:00", f"{WEEKLY};COUNT=4")
    before = reader.look().members
    account.end_series(ended, "2026-03-10")
    account.delete_event(deleted)
    changes = reader.look()
    assert changes.members == {f"{ended}_20260302T080000Z", f"{ended}_20260309T080000Z"}
    assert changes.gone >= {name for name in before if name.startswith(deleted)}
    left_to_ask = {name for name in before if name.startswith(ended)} - changes.members
    assert reader.store().fetch(left_to_ask) == {}


def test_an_event_made_a_series_and_back_is_the_same_meeting(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event("Lunch", "2026-03-04T12:00")
    reader.look()
    rig.anna.account.edit_event(event, recurrence=[f"{WEEKLY};COUNT=3"])
    made = reader.look()
    assert made.renamed == {event: f"{event}_20260304T110000Z"}
    rig.anna.account.edit_event(event, recurrence=[])
    back = reader.look()
    assert back.renamed == {f"{event}_20260304T110000Z": event}
    assert back.members == {event}


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

FIELDS: dict[str, Value] = {
    model.TITLE: "Visit",
    model.LOCATION: "Kassel",
    model.NOTES: "secret",
    model.REMINDER: "30",
    model.WHEN: "2026-03-04T09:00:00Z/2026-03-04T10:00:00Z",
    model.PARTICIPANTS: frozenset({model.participant("Bob@x.example", "confirmed")}),
}


def make(reader: Reader, twin: str = "activity-1", **fields: Any) -> Record:
    (outcome,) = reader.store().apply([Create(twin, {**FIELDS, **fields}, "Visit")])
    assert isinstance(outcome, Done), outcome
    reader.known[outcome.record.id] = outcome.record.version
    return outcome.record


def change(reader: Reader, record: Record, **fields: Any) -> Any:
    store = reader.store()
    (outcome,) = store.apply([Update(record, fields, record.twin or "")])
    return outcome


def test_an_event_is_made_with_an_id_and_a_mark_and_without_the_notes(rig: ActivityRig, reader: Reader) -> None:
    reader.look()
    record = make(reader)
    event = rig.anna.account.event(record.id)
    assert record.id == model.event_id_for(rig.anna.contact_id, "activity-1")
    assert event["extendedProperties"]["private"] == {"gsyncActivity": "activity-1", "gsyncEvent": record.id}
    assert event["start"]["timeZone"] == "Europe/Berlin"
    assert "description" not in event
    assert record.twin == "activity-1"
    assert not reader.look().records, "what was just written is no news"
    assert rig.mails() == []


def test_making_it_twice_makes_one(rig: ActivityRig, reader: Reader) -> None:
    first = make(reader)
    assert make(reader) == first
    assert len(rig.anna.account.events()) == 1
    assert reader.store().settle(["activity-1", "activity-2"]).keys() == {"activity-1"}


def test_an_event_that_a_person_deleted_has_a_successor(rig: ActivityRig, reader: Reader) -> None:
    first = make(reader)
    rig.anna.account.delete_event(first.id)
    second = make(reader)
    assert second.id == model.event_id_for(rig.anna.contact_id, "activity-1", 1)
    assert reader.store().settle(["activity-1"])["activity-1"].id == second.id


def test_a_change_sends_what_changed_and_leaves_the_rest(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event(
        "Mine", "2026-03-04T10:00", zone="America/New_York", colorId="5", description="d"
    )
    record = reader.look().records[event]
    rig.requests()
    outcome = change(reader, record, title="Yours", when="2026-03-05T15:00:00Z/2026-03-05T16:00:00Z")
    assert isinstance(outcome, Done)
    assert [entry.method for entry in rig.requests("calendar") if entry.method != "GET"] == ["PATCH"]
    now = rig.anna.account.event(event)
    assert (now["summary"], now["colorId"], now["description"]) == ("Yours", "5", "d")
    assert now["start"]["timeZone"] == "America/New_York"
    assert "extendedProperties" not in now
    assert outcome.record.fields[model.WHEN] == "2026-03-05T15:00:00Z/2026-03-05T16:00:00Z"


def test_days_become_hours_and_hours_days(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event("Fair", "2026-03-04")
    timed = change(reader, reader.look().records[event], when="2026-03-04T09:00:00Z/2026-03-04T10:00:00Z")
    assert isinstance(timed, Done), timed
    assert "date" not in rig.anna.account.event(event)["start"]
    days = change(reader, timed.record, when="2026-03-04/2026-03-05")
    assert isinstance(days, Done), days
    assert rig.anna.account.event(event)["start"] == {"date": "2026-03-04"}


def test_guests_that_are_not_asked_about_stay(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event("Round", "2026-03-04T10:00", guests=["ann@x.example", "bob@x.example"])
    record = reader.look().records[event]
    bob = model.participant("bob@x.example", "confirmed")
    carl = model.participant("carl@x.example", "in doubt")
    outcome = change(reader, record, participants=frozenset({bob, carl}))
    assert isinstance(outcome, Done)
    guests = {guest["email"]: guest["responseStatus"] for guest in rig.anna.account.event(event)["attendees"]}
    assert guests == {
        "anna@nordlicht.example": "accepted",
        "bob@x.example": "accepted",
        "carl@x.example": "needsAction",
    }
    assert rig.mails() == []


def test_a_change_meanwhile_is_not_overwritten(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event("Mine", "2026-03-04T10:00")
    record = reader.look().records[event]
    rig.anna.account.edit_event(event, location="Here")
    outcome = change(reader, record, title="Yours")
    assert isinstance(outcome, Stale)
    assert outcome.record is not None
    assert outcome.record.fields[model.LOCATION] == "Here"
    again = change(reader, outcome.record, title="Yours")
    assert isinstance(again, Done)


def test_a_change_that_gsync_does_not_look_at_is_no_obstacle(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event("Mine", "2026-03-04T10:00")
    record = reader.look().records[event]
    rig.anna.account.edit_event(event, colorId="7")
    assert isinstance(change(reader, record, title="Yours"), Done)
    assert rig.anna.account.event(event)["colorId"] == "7"


def test_an_occurrence_is_changed_alone(rig: ActivityRig, reader: Reader) -> None:
    series = rig.anna.account.make_series("Standup", "2026-03-02T09:00", f"{WEEKLY};COUNT=3")
    record = reader.look().records[f"{series}_20260309T080000Z"]
    outcome = change(reader, record, title="Special")
    assert isinstance(outcome, Done)
    reader.known[record.id] = outcome.record.version
    assert [item["summary"] for item in rig.anna.account.occurrences(series)] == ["Standup", "Special", "Standup"]
    assert record.id not in reader.look().records


def test_an_event_deleted_meanwhile_is_said_to_be_gone(rig: ActivityRig, reader: Reader) -> None:
    event = rig.anna.account.add_event("Mine", "2026-03-04T10:00")
    record = reader.look().records[event]
    rig.anna.account.delete_event(event)
    assert change(reader, record, title="Yours") == Stale(None)


def test_letting_go_shows_nobody_anything_and_coming_back_is_possible(rig: ActivityRig, reader: Reader) -> None:
    record = make(reader)
    (outcome,) = reader.store().apply([Release(record)])
    assert isinstance(outcome, Done)
    assert not outcome.record.member
    assert rig.anna.account.event(record.id)["summary"] == "Visit"
    reader.known.clear()
    assert not reader.look().members
    (met,) = reader.store().apply([Create("activity-1", FIELDS, "Visit")])
    assert isinstance(met, Stale)
    assert met.record is not None
    assert not met.record.member
    (joined,) = reader.store().apply([Update(met.record, {}, "activity-1", join=True)])
    assert isinstance(joined, Done)
    assert joined.record.member
    assert rig.mails() == []


def test_an_occurrence_that_was_let_go_of_is_no_newcomer(rig: ActivityRig, reader: Reader) -> None:
    series = rig.anna.account.make_series("Standup", "2026-03-02T09:00", f"{WEEKLY};COUNT=3")
    record = reader.look().records[f"{series}_20260309T080000Z"]
    (outcome,) = reader.store().apply([Release(record)])
    assert isinstance(outcome, Done)
    del reader.known[record.id]
    assert starts(reader.look().members) == ["20260302", "20260316"]
    assert starts(reader.look(full=True).members) == ["20260302", "20260316"]


def test_cancelling_deletes_the_event_and_mails_nobody(rig: ActivityRig, reader: Reader) -> None:
    reader.choices = {"cancel": True}
    record = make(reader)
    (outcome,) = reader.store().apply([Release(record)])
    assert isinstance(outcome, Done)
    assert rig.anna.account.events() == []
    (again,) = reader.store().apply([Release(record)])
    assert isinstance(again, Done)
    assert rig.mails() == []


def test_a_copy_made_in_google_is_a_stranger(rig: ActivityRig, reader: Reader) -> None:
    record = make(reader)
    copy = rig.anna.account.duplicate_event(record.id, "2026-03-06T10:00")
    twin = reader.look().records[copy].twin
    assert twin == model.activity_id_for(rig.anna.contact_id, copy)


def test_many_go_in_batches_of_fifty(rig: ActivityRig, reader: Reader) -> None:
    store = reader.store()
    store.changes(None, {})
    rig.requests()
    creates = [Create(f"activity-{number}", FIELDS, "Visit") for number in range(120)]
    outcomes = [outcome for batch in store.batches(creates) for outcome in store.apply(batch)]
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert len({outcome.record.id for outcome in outcomes if isinstance(outcome, Done)}) == 120
    assert len(rig.requests("calendar")) == 3
    assert len(store.fetch([outcome.record.id for outcome in outcomes if isinstance(outcome, Done)])) == 120
    assert rig.mails() == []


def test_one_bad_event_spoils_none_of_the_others(reader: Reader) -> None:
    bad = {**FIELDS, model.PARTICIPANTS: frozenset({model.participant("no mail", "confirmed")})}
    writes = [Create("activity-1", FIELDS, ""), Create("activity-2", bad, ""), Create("activity-3", FIELDS, "")]
    kinds = [type(outcome) for outcome in reader.store().apply(writes)]
    assert kinds == [Done, Failed, Done]


def test_mails_go_out_only_where_they_were_asked_for(rig: ActivityRig, reader: Reader) -> None:
    reader.choices = {"notify": True}
    make(reader)
    assert rig.mails() != []


# ── what need not be worked out again ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def expanded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the series that were expanded, in order; a test may clear it."""
    seen: list[str] = []
    whole = KnownSeries.events

    def events(series: KnownSeries, *given: Any) -> dict[str, Any]:
        seen.append(series.id)
        return whole(series, *given)

    monkeypatch.setattr(KnownSeries, "events", events)
    return seen


def quiet_weeks(reader: Reader, **choices: Any) -> str:
    """Return a series whose occurrences are linked, seen twice without news."""
    series = reader.rig.anna.account.make_series("Standup", "2026-03-02T09:00", WEEKLY)
    reader.choices = {"window": Window(7, 14), **choices}
    reader.look()
    assert reader.look().records == {}
    return series


def test_a_series_to_which_nothing_happened_is_not_expanded_again(reader: Reader, expanded: list[str]) -> None:
    quiet_weeks(reader)
    expanded.clear()
    changes = reader.look()
    assert expanded == []
    assert starts(changes.members) == ["20260302", "20260309", "20260316"]
    assert changes.records == {}
    assert starts(reader.look(full=True).members) == ["20260302", "20260309", "20260316"]
    assert expanded, "a full reading works everything out"


def test_the_next_day_brings_the_next_occurrence(reader: Reader, expanded: list[str]) -> None:
    quiet_weeks(reader)
    reader.rig.clock.advance(7 * 24 * 3600)
    expanded.clear()
    assert starts(reader.look().members) == ["20260302", "20260309", "20260316", "20260323"]
    assert expanded


def edit(reader: Reader, series: str) -> None:
    reader.rig.anna.account.edit_event(series, title="Other")


def edit_one(reader: Reader, series: str) -> None:
    reader.rig.anna.account.edit_occurrence(series, "2026-03-09", title="Other")


def unlink(reader: Reader, series: str) -> None:
    del reader.known[f"{series}_20260309T080000Z"]


def doubt(reader: Reader, series: str) -> None:
    reader.known[f"{series}_20260309T080000Z"] = ""


@pytest.mark.parametrize("happening", [edit, edit_one, unlink, doubt], ids=lambda each: each.__name__)
def test_whatever_happens_to_a_series_or_its_links_is_seen(
    reader: Reader, happening: Callable[[Reader, str], None]
) -> None:
    series = quiet_weeks(reader)
    reader.look()
    happening(reader, series)
    assert f"{series}_20260309T080000Z" in reader.look().records


def test_an_occurrence_that_could_not_be_linked_is_shown_in_each_run(reader: Reader) -> None:
    series = quiet_weeks(reader)
    missing = f"{series}_20260309T080000Z"
    del reader.known[missing]
    for _ in range(3):
        assert missing in reader.look(link=False).records


def test_a_series_that_only_google_can_expand_is_asked_for_each_time(rig: ActivityRig, reader: Reader) -> None:
    quiet_weeks(reader)
    memory = json.loads(str(reader.cursor))
    (known,) = memory["series"].values()
    known["master"]["recurrence"] = ["RRULE:FREQ=SOMETIMES"]
    reader.cursor = json.dumps(memory)
    for _ in range(3):
        rig.requests()
        assert starts(reader.look().members) == ["20260302", "20260309", "20260316"]
        assert any("instances" in entry.path for entry in rig.requests("calendar"))
