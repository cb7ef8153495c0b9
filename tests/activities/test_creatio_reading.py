"""What the Creatio store reads of activities: which take part, what they say, and what counts as changed."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.activities import model
from gsync_cli.activities.creatio_store import CreatioActivities
from gsync_cli.errors import Temporary
from gsync_cli.sync.record import Changes, Create, Entry, Fields, Record
from tests.support.activity_rig import ANNA, ActivityRig, Party, activity_rig, day, moment

START, END = "2026-05-04T08:00Z", "2026-05-04T09:00Z"
NOW = moment("2026-05-01T12:00Z")


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=NOW)


class Nobody:
    """A roster that remembers nobody."""

    def find(self, keys: Collection[str]) -> frozenset[str]:
        del keys
        return frozenset()


def known(changes: Changes, before: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**(before or {}), **{identity: record.version for identity, record in changes.records.items()}}


def read(rig: ActivityRig, activity: str, **choices: Any) -> Record:
    return rig.anna.creatio_store(**choices).fetch([activity])[activity]


def people(fields: Fields) -> set[tuple[str, str]]:
    return {(entry.kind, entry.value) for entry in model.participants_of(fields)}


# ── which take part ──────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_users_own_meetings_in_the_calendar_take_part(rig: ActivityRig) -> None:
    desk = rig.anna.desk
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    bea = rig.join("Bea Brandt", "bea@nordlicht.example")
    bea.desk.connect_google_account("bea@nordlicht.example")
    own = desk.add_activity("Own", START, END)
    unorganised = desk.add_activity("Without organizer", START, END, organizer="")
    invited = jonas.desk.add_activity(
        "Nobody's, and Anna is invited", START, END, organizer="", participants=[rig.anna.contact_id]
    )
    given = desk.add_activity(
        "Organised, done by Jonas", START, END, owner="Jonas Weber", participants=[rig.anna.contact_id]
    )
    desk.add_activity("Not in the calendar", START, END, in_calendar=False)
    desk.add_activity("A mail", START, END, type="email")
    desk.add_activity("Long past", "2026-03-01T08:00Z", "2026-03-01T09:00Z")
    desk.add_activity("Cancelled", START, END, status="cancelled")
    desk.add_activity("Organised, but without Anna", START, END, owner="Jonas Weber")
    idle = jonas.desk.add_activity("Jonas's, who does not synchronise", START, END, participants=[rig.anna.contact_id])
    jonas.desk.add_activity("Jonas's, done by Bea", START, END, owner="Bea Brandt", participants=[rig.anna.contact_id])
    jonas.desk.add_activity("Jonas's alone", START, END)
    bea.desk.add_activity("Bea's", START, END, participants=[rig.anna.contact_id])
    desk.add_activity("Bea's, done by Anna", START, END, organizer="Bea Brandt")
    bea.desk.add_activity("Bea's mail", START, END, type="email", participants=[rig.anna.contact_id])
    bea.desk.add_activity("Bea's alone", START, END)
    records = rig.anna.creatio_store().changes(None, {}).records.values()
    taken = {record.id: record.claim and record.claim.reason for record in records if not record.unfit}
    assert taken == {
        own: None,
        unorganised: "no-organizer",
        invited: "no-organizer",
        given: None,
        idle: "organizer-does-not-synchronise",
    }
    told = {(record.label[17:], record.unfit) for record in records if record.unfit}
    left = {(title, "activity-of-colleague") for title in ("Bea's", "Bea's, done by Anna", "Jonas's, done by Bea")}
    assert told == left


def test_a_linked_meeting_does_not_leave_by_growing_old(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Own", START, END)
    first = rig.anna.creatio_store().changes(None, {})
    rig.clock.sleep(timedelta(days=300).total_seconds())
    rig.anna.desk.add_activity("Other", rig.clock.now(), rig.clock.now())
    later = rig.anna.creatio_store(from_=day("2027-01-01")).changes(first.cursor, known(first))
    assert activity in later.members
    assert activity not in later.records
    assert rig.anna.creatio_store(from_=day("2027-01-01")).changes(None, known(first)).members == later.members
    assert activity not in rig.anna.creatio_store(from_=day("2027-01-01")).changes(None, {}).members


def test_what_leaves_is_no_member(rig: ActivityRig) -> None:
    desk = rig.anna.desk
    hidden, gone, stays = (desk.add_activity(title, START, END) for title in ("A", "C", "D"))
    first = rig.anna.creatio_store().changes(None, {})
    desk.edit_activity(hidden, in_calendar=False)
    desk.delete_activity(gone)
    store = rig.anna.creatio_store()
    assert store.changes(first.cursor, known(first)).members == {stays}
    found = store.fetch([hidden, gone, stays])
    assert {identity: record.member for identity, record in found.items()} == {hidden: False, stays: True}


def test_what_is_linked_and_handed_to_a_colleague_who_synchronises_stays(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    jonas.desk.connect_google_account("jonas@nordlicht.example")
    given = rig.anna.desk.add_activity("B", START, END)
    first = rig.anna.creatio_store().changes(None, {})
    rig.anna.desk.edit_activity(given, organizer=jonas.contact_id)
    assert rig.anna.creatio_store().changes(first.cursor, known(first)).members == {given}
    assert rig.anna.creatio_store().changes(None, {}).members == {given}
    assert {record.unfit for record in rig.anna.creatio_store().changes(None, {}).records.values()} == {
        "activity-of-colleague"
    }, "not linked, it is his"


def test_a_cancelled_one_leaves_where_deletions_cancel(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("A", START, END)
    first = rig.anna.creatio_store().changes(None, {})
    rig.anna.desk.edit_activity(activity, status="cancelled")
    assert activity in rig.anna.creatio_store().changes(first.cursor, known(first)).members
    assert activity not in rig.anna.creatio_store(cancel=True).changes(first.cursor, known(first)).members


def test_an_activity_of_two_users_belongs_to_its_organizer_alone(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    rig.anna.desk.connect_google_account(ANNA)
    rig.anna.desk.add_activity("Both", START, END, participants=[jonas.contact_id])
    rig.anna.desk.add_activity(
        "Both, done by Jonas", START, END, owner=jonas.contact_id, participants=[rig.anna.contact_id]
    )
    assert len(rig.anna.creatio_store().changes(None, {}).members) == 2
    theirs = jonas.creatio_store().changes(None, {})
    assert {record.unfit for record in theirs.records.values()} == {"activity-of-colleague"}
    # Nor does he ask about them on every run; he is told of them all the same.
    rig.requests()
    again = jonas.creatio_store().changes(theirs.cursor, {})
    assert len(rig.requests("creatio")) == 1
    assert (again.members, again.records) == (theirs.members, theirs.records)


def test_what_a_colleague_left_to_the_user_is_his_whatever_was_classed_before(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    jonas.desk.connect_google_account("jonas@nordlicht.example")
    activity = rig.anna.desk.add_activity("Both", START, END, organizer="Jonas Weber")
    first = rig.anna.creatio_store().changes(None, {})
    assert [record.unfit for record in first.records.values()] == ["activity-of-colleague"]
    rig.anna.desk.edit_activity(activity, organizer=rig.anna.contact_id)
    (record,) = rig.anna.creatio_store().changes(first.cursor, {}).records.values()
    assert (record.id, record.unfit, record.claim) == (activity, None, None)


def test_all_organizers_are_asked_about_at_once(rig: ActivityRig) -> None:
    for number in range(30):
        colleague = rig.join(f"Colleague {number}", f"c{number}@nordlicht.example")
        colleague.desk.add_activity(f"Talk {number}", START, END, participants=[rig.anna.contact_id])
    first = rig.anna.creatio_store().changes(None, {})
    assert len(first.members) == 30
    rig.requests()
    assert len(rig.anna.creatio_store().changes(None, {}).members) == 30
    # The listing, the short rows, who is a user, the Google accounts, what was made, and the thirty in full.
    assert len(rig.requests("creatio")) <= 8


def test_one_without_organizer_is_its_owners_once_he_synchronises(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    activity = jonas.desk.add_activity("Both", START, END, organizer="", participants=[rig.anna.contact_id])
    first = rig.anna.creatio_store().changes(None, {})
    assert first.members == {activity}
    jonas.desk.connect_google_account("jonas@nordlicht.example")
    assert not rig.anna.creatio_store().changes(first.cursor, known(first)).members
    assert jonas.creatio_store().changes(None, {}).members == {activity}


def test_the_last_activities_tell_that_gsync_works_for_a_colleague(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    fields = {model.TITLE: "Talk", model.WHEN: "2026-05-04T08:00:00Z/2026-05-04T09:00:00Z"}
    store = jonas.creatio_store()
    for batch in store.batches([Create("event1", fields, "")]):
        store.apply(batch)
    assert rig.anna.people().synchronising(["jonas@nordlicht.example"]) == {"jonas@nordlicht.example"}


# ── what they say ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_is_told_in_neutral_fields(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "Eva@x.example", "eva@home.example")
    rig.person("Without mail")
    activity = rig.anna.desk.add_activity(
        "Talk",
        START,
        END,
        location="Room 1",
        notes="<p>one</p><p>2 &lt; 3</p>",
        reminder=15,
        participants={"Eva Lang": "confirmed", "Without mail": "declined"},
    )
    record = read(rig, activity)
    assert record.fields == {
        "title": "Talk",
        "organizer": rig.anna.contact_id,
        "when": "2026-05-04T08:00:00Z/2026-05-04T09:00:00Z",
        "location": "Room 1",
        "notes": "one\n2 < 3",
        "reminder": "15",
        "participants": frozenset([Entry("confirmed", "eva@x.example", "Eva@x.example")]),
        "answer": "",
    }
    assert record.label == "2026-05-04 08:00 Talk"
    assert record.modified is not None


def test_a_site_without_the_column_has_no_location(tmp_path: Path) -> None:
    rig = activity_rig(tmp_path, start=NOW, exchange=False)
    activity = rig.anna.desk.add_activity("Talk", START, END)
    assert "location" not in read(rig, activity).fields
    rig.requests()
    read(rig, activity)
    # It is asked for once.
    assert len(rig.requests("creatio")) == 1


@pytest.mark.parametrize("failures", [(1,), (1, 3)], ids=["once", "twice"])
def test_trouble_that_passes_is_no_word_about_the_column(rig: ActivityRig, failures: tuple[int, ...]) -> None:
    """It would be remembered, and locations would go no more; simulation seed 12."""
    activity = rig.anna.desk.add_activity("Talk", START, END, location="Room 1")
    # Between two questions for the column the site is asked without it.
    trouble = [rig.sandbox.faults.add("500", path="odata/Activity$", method="GET", nth=number) for number in failures]
    assert read(rig, activity).fields["location"] == "Room 1"
    assert [fault.fired for fault in trouble] == [1] * len(failures)


def test_half_an_answer_is_no_word_about_the_column(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END, location="Room 1")
    rig.sandbox.faults.add("half-json", path="odata/Activity$", method="GET")
    with pytest.raises(Temporary):
        read(rig, activity)
    assert read(rig, activity).fields["location"] == "Room 1"


def test_the_reminder_of_another_owner_is_not_the_users(rig: ActivityRig) -> None:
    rig.join("Jonas Weber", "jonas@nordlicht.example")
    activity = rig.anna.desk.add_activity("Talk", START, END, owner="Jonas Weber", reminder=15)
    assert "reminder" not in read(rig, activity).fields


def test_an_activity_that_ends_before_it_begins_is_unfit(tmp_path: Path) -> None:
    rig = activity_rig(tmp_path, start=NOW, due_before_start=True)
    activity = rig.anna.desk.add_activity("Backwards", END, START)
    assert read(rig, activity).unfit == "activity-times"


@pytest.mark.parametrize(
    ("windows", "start", "due", "expected"),
    [
        ("W. Europe Standard Time", "2026-05-03T22:00Z", "2026-05-04T22:00Z", "2026-05-04/2026-05-05"),
        # The days on which the clocks change have 23 and 25 hours.
        ("W. Europe Standard Time", "2026-03-28T23:00Z", "2026-03-29T22:00Z", "2026-03-29/2026-03-30"),
        ("W. Europe Standard Time", "2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-25/2026-10-26"),
        ("India Standard Time", "2026-05-03T18:30Z", "2026-05-06T18:30Z", "2026-05-04/2026-05-07"),
        (
            "W. Europe Standard Time",
            "2026-05-04T00:00Z",
            "2026-05-05T00:00Z",
            "2026-05-04T00:00:00Z/2026-05-05T00:00:00Z",
        ),
        (
            "W. Europe Standard Time",
            "2026-05-03T22:00Z",
            "2026-05-03T22:00Z",
            "2026-05-03T22:00:00Z/2026-05-03T22:00:00Z",
        ),
        ("UTC", "2026-05-04T10:03:27Z", "2026-05-04T10:33:59Z", "2026-05-04T10:03:00Z/2026-05-04T10:33:00Z"),
    ],
)
@pytest.mark.parametrize("dates", ["utc", "user-zone"])
def test_midnights_of_the_user_are_whole_days(
    tmp_path: Path, windows: str, start: str, due: str, expected: str, dates: str
) -> None:
    rig = activity_rig(tmp_path, start=NOW, user_zone=windows, dates=dates)
    activity = rig.anna.desk.add_activity("Day", start, due)
    zone = {"W. Europe Standard Time": "Europe/Berlin", "India Standard Time": "Asia/Kolkata"}.get(windows, "UTC")
    reading = "utc" if dates == "utc" else f"user-zone:{zone}"
    store = rig.anna.creatio_store(reading, from_=day("2026-01-01"))
    assert store.changes(None, {}).records[activity].fields["when"] == expected


def test_whole_days_are_those_of_the_person_meant_not_of_the_one_who_signs_in(rig: ActivityRig, tmp_path: Path) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    rig.site.set_zone(jonas.user, "W. Europe Standard Time")
    activity = jonas.desk.add_activity("Day", "2026-05-03T22:00Z", "2026-05-04T22:00Z")
    by_proxy = Party(rig.sandbox, tmp_path / "p", jonas.account, jonas.user, replace(rig.anna.login, user="jonas"))
    changes = by_proxy.creatio_store().changes(None, {})
    assert changes.records[activity].fields["when"] == "2026-05-04/2026-05-05"
    # It is asked for once.
    by_proxy.creatio_store()
    rig.requests()
    by_proxy.creatio_store()
    assert rig.requests("creatio") == []


# ── what changed ─────────────────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_changed_one_request_says_so(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    for number in range(30):
        rig.anna.desk.add_activity(f"M{number}", START, END, participants=["Eva Lang"])
    first = rig.anna.creatio_store().changes(None, {})
    store = rig.anna.creatio_store()
    rig.requests()
    second = store.changes(first.cursor, known(first))
    assert len(rig.requests("creatio")) == 1
    assert second.members == first.members
    assert not second.records


def test_only_what_changed_is_read(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    rig.person("Tom Hill", "tom@x.example")
    desk = rig.anna.desk
    moved, joined, left, answered, same = (
        desk.add_activity(title, START, END, participants=["Eva Lang"]) for title in "ABCDE"
    )
    first = rig.anna.creatio_store().changes(None, {})
    rig.clock.sleep(timedelta(days=2).total_seconds())
    desk.edit_activity(moved, start="2026-05-04T08:30Z")
    desk.add_participants(joined, ["Tom Hill"])
    desk.remove_participant(left, "Eva Lang")
    desk.respond(answered, "Eva Lang", "declined")
    new = desk.add_activity("F", START, END)
    store = rig.anna.creatio_store()
    rig.requests()
    second = store.changes(first.cursor, known(first))
    assert second.records.keys() == {moved, joined, left, answered, new}
    assert same in second.members
    assert people(second.records[joined].fields) == {("in doubt", "eva@x.example"), ("in doubt", "tom@x.example")}
    assert people(second.records[left].fields) == set()
    assert people(second.records[answered].fields) == {("declined", "eva@x.example")}
    assert len(rig.requests("creatio")) == 3
    third = rig.anna.creatio_store().changes(second.cursor, known(second, known(first)))
    assert not third.records


def test_answers_and_people_added_to_a_meeting_long_past_are_news(rig: ActivityRig) -> None:
    for name in ("Eva Lang", "Tom Hill"):
        rig.person(name, f"{name[:3].lower()}@x.example")
    desk = rig.anna.desk
    answered, joined, same = (desk.add_activity(title, START, END, participants=["Eva Lang"]) for title in "ABC")
    first = rig.anna.creatio_store().changes(None, {})
    rig.clock.sleep(timedelta(days=60).total_seconds())
    at_rest = rig.anna.creatio_store().changes(first.cursor, known(first))
    assert not at_rest.records
    desk.respond(answered, "Eva Lang", "declined")
    desk.add_participants(joined, ["Tom Hill"])
    store = rig.anna.creatio_store()
    rig.requests()
    second = store.changes(at_rest.cursor, known(first))
    assert second.records.keys() == {answered, joined}
    assert same in second.members
    assert people(second.records[answered].fields) == {("declined", "eva@x.example")}
    assert people(second.records[joined].fields) == {("in doubt", "eva@x.example"), ("in doubt", "tom@x.example")}
    assert len(rig.requests("creatio")) == 3, "the listing, what changed, the address of who is new"
    store = rig.anna.creatio_store()
    rig.requests()
    assert not store.changes(second.cursor, known(second, known(first))).records
    assert len(rig.requests("creatio")) == 1, "what is seen again is compared, not read again"


def test_who_is_taken_off_a_meeting_long_past_is_seen_once_all_is_read(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    activity = rig.anna.desk.add_activity("A", START, END, participants=["Eva Lang"])
    first = rig.anna.creatio_store().changes(None, {})
    rig.clock.sleep(timedelta(days=60).total_seconds())
    rig.anna.desk.remove_participant(activity, "Eva Lang")
    second = rig.anna.creatio_store().changes(first.cursor, known(first))
    assert not second.records
    full = rig.anna.creatio_store().changes(None, known(first))
    assert people(full.records[activity].fields) == set()


def test_a_participant_who_gets_a_mail_is_news(rig: ActivityRig) -> None:
    contact = rig.person("Eva Lang")
    activity = rig.anna.desk.add_activity("A", START, END, participants=["Eva Lang"])
    first = rig.anna.creatio_store().changes(None, {})
    rig.anna.desk.add_communication(contact, "mail", "eva@x.example")
    second = rig.anna.creatio_store().changes(first.cursor, known(first))
    assert people(second.records[activity].fields) == {("in doubt", "eva@x.example")}
    third = rig.anna.creatio_store().changes(second.cursor, known(second))
    assert not third.records


def test_another_primary_mail_is_no_news_for_meetings(rig: ActivityRig) -> None:
    contact = rig.person("Eva Lang", "eva@x.example")
    activity = rig.anna.desk.add_activity("A", START, END, participants=["Eva Lang"])
    first = rig.anna.creatio_store().changes(None, {})
    rig.anna.desk.add_communication(contact, "mail", "eva@new.example", primary=True)
    rig.anna.desk.edit_activity(activity, title="B")
    second = rig.anna.creatio_store().changes(first.cursor, known(first))
    assert people(second.records[activity].fields) == {("in doubt", "eva@x.example")}


def test_a_full_run_compares_everything(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("A", START, END)
    first = rig.anna.creatio_store().changes(None, {})
    again = rig.anna.creatio_store().changes(None, known(first))
    assert again.records.keys() == {activity}
    assert again.complete


def test_a_cursor_of_another_user_is_none(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    activity = jonas.desk.add_activity("A", START, END)
    cursor = rig.anna.creatio_store().changes(None, {}).cursor
    assert jonas.creatio_store().changes(cursor, {}).records.keys() == {activity}


def test_a_list_that_is_cut_loses_nobody(tmp_path: Path) -> None:
    rig = activity_rig(tmp_path, start=NOW, max_rows=3)
    made = {rig.anna.desk.add_activity(f"M{number}", START, END) for number in range(10)}
    first = rig.anna.creatio_store().changes(None, {})
    assert first.members == made
    assert rig.anna.creatio_store().changes(first.cursor, known(first)).members == made


def test_sites_that_take_no_reads_in_batches_are_read_plainly(tmp_path: Path) -> None:
    rig = activity_rig(tmp_path, start=NOW, batch="writes-only", select_covers_filter=True)
    rig.person("Eva Lang", "eva@x.example")
    activity = rig.anna.desk.add_activity("A", START, END, participants=["Eva Lang"])
    first = rig.anna.creatio_store().changes(None, {})
    assert people(first.records[activity].fields) == {("in doubt", "eva@x.example")}
    assert not rig.anna.creatio_store().changes(first.cursor, known(first)).records


# ── candidates ───────────────────────────────────────────────────────────────────────────────────────────────


def candidates(rig: ActivityRig, *keys: str) -> set[str]:
    store: CreatioActivities = rig.anna.creatio_store()
    return set(store.candidates(keys, Nobody()))


def test_meetings_of_that_time_and_title_are_found_though_not_in_the_calendar(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    desk = rig.anna.desk
    hidden = desk.add_activity("Team  talk", START, END, in_calendar=False)
    shown = desk.add_activity("team talk", START, END)
    desk.add_activity("Team talk", START, "2026-05-04T10:00Z")
    desk.add_activity("Other", START, END)
    jonas.desk.add_activity("Team talk", START, END)
    jonas.desk.add_activity("Team talk", START, END, participants=[rig.anna.contact_id])
    key = "meeting:2026-05-04T08:00:00Z/2026-05-04T09:00:00Z|team talk"
    assert candidates(rig, key) == {hidden, shown}
    assert candidates(rig, "meeting:2027-05-04T08:00:00Z/2027-05-04T09:00:00Z|team talk", key) == {hidden, shown}
    assert candidates(rig) == set()


# ── who synchronises ─────────────────────────────────────────────────────────────────────────────────────────


def test_colleagues_who_synchronise_are_told_from_those_who_do_not(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    rig.join("Lena Vogt", "lena@nordlicht.example")
    rig.person("Eva Lang", "eva@x.example")
    mails = [
        "Jonas@nordlicht.example",
        "lena@nordlicht.example",
        "eva@x.example",
        "anna@nordlicht.example",
        "no@x.example",
    ]
    assert rig.anna.people().synchronising(mails) == set()
    jonas.desk.connect_google_account("jonas@nordlicht.example")
    assert rig.anna.people().synchronising(mails) == {"jonas@nordlicht.example"}
