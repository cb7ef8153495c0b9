"""What the Creatio store writes of meetings, what it says of it, and what it does when answers never come."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gsync_cli.activities import model
from gsync_cli.activities.creatio_store import CreatioActivities
from gsync_cli.errors import Refused
from gsync_cli.sandbox.messages import Request
from gsync_cli.sync.record import (
    Create,
    Done,
    Entry,
    Failed,
    Fields,
    Outcome,
    Record,
    Release,
    Stale,
    Unclear,
    Update,
    Write,
)
from tests.support.activity_rig import ActivityRig, activity_rig, moment

NOW = moment("2026-05-01T12:00Z")
START, END = "2026-05-04T08:00Z", "2026-05-04T09:00Z"
WHEN = "2026-05-04T08:00:00Z/2026-05-04T09:00:00Z"
FIELDS: Fields = {
    model.TITLE: "Talk",
    model.WHEN: WHEN,
    model.LOCATION: "Room 1",
    model.NOTES: "one\n2 < 3",
    model.REMINDER: "15",
    model.PARTICIPANTS: frozenset(),
    model.ANSWER: "",
}


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=NOW)


def apply_all(store: CreatioActivities, *given: Write) -> list[Outcome]:
    """Carry out writes of one type as the engine does."""
    return [outcome for batch in store.batches(given) for outcome in store.apply(batch)]


def create(store: CreatioActivities, fields: Fields = FIELDS, twin: str = "event1", **more: Any) -> Outcome:
    return apply_all(store, Create(twin, {**fields, **more}, "a meeting"))[0]


def update(store: CreatioActivities, record: Record, *, join: bool = False, **fields: Any) -> Outcome:
    return apply_all(store, Update(record, fields, "event1", join))[0]


def read(rig: ActivityRig, activity: str, **choices: Any) -> Record:
    return rig.anna.creatio_store(**choices).fetch([activity])[activity]


def done(outcome: Outcome) -> Record:
    assert isinstance(outcome, Done), outcome
    return outcome.record


def told(rig: ActivityRig, activity: str) -> dict[str, Any]:
    found = rig.anna.desk.activity(activity)
    assert found is not None
    return found


def guests(*mails: str) -> frozenset[Entry]:
    return frozenset(model.participant(mail, "in doubt") for mail in mails)


def writes(request: Request) -> bool:
    return "$batch" in request.path and any(part["method"] != "GET" for part in request.json()["requests"])


def sent(rig: ActivityRig, act: Callable[[], object]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the writes that an act sends: method, set, body."""
    seen: list[tuple[str, str, dict[str, Any]]] = []

    def note(request: Request) -> None:
        if "$batch" in request.path:
            parts = request.json()["requests"]
            seen.extend((part["method"], part["url"].partition("(")[0], part.get("body", {})) for part in parts)

    rig.anna.before = note
    act()
    return [part for part in seen if part[0] != "GET"]


def lose_answers(rig: ActivityRig, times: int = 1, *, carried_out: bool = True) -> None:
    left = times

    def lose(request: Request) -> None:
        nonlocal left
        if left and writes(request):
            left -= 1
            raise httpx2.ReadTimeout("lost")

    if carried_out:
        rig.anna.after = lose
    else:
        rig.anna.before = lose


# ── creates ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_meeting_is_the_users_and_in_the_calendar(rig: ActivityRig) -> None:
    record = done(create(rig.anna.creatio_store()))
    assert record.id == model.activity_id_for(rig.anna.contact_id, "event1")
    found = told(rig, record.id)
    assert {
        name: found[name] for name in ("title", "start", "due", "location", "notes", "reminder", "in_calendar")
    } == {
        "title": "Talk",
        "start": moment(START),
        "due": moment(END),
        "location": "Room 1",
        "notes": "<p>one</p><p>2 &lt; 3</p>",
        "reminder": 15,
        "in_calendar": True,
    }
    assert [found[name] for name in ("type", "category", "status", "priority")] == [
        "task",
        "meeting",
        "not started",
        "medium",
    ]
    columns = found["columns"]
    assert {columns[name] for name in ("OwnerId", "AuthorId", "OrganizerId")} == {rig.anna.contact_id}
    assert record.member
    assert read(rig, record.id).fields == record.fields == {**FIELDS, model.ORGANIZER: rig.anna.contact_id}


def test_what_is_over_is_completed_and_reminds_of_nothing(rig: ActivityRig) -> None:
    record = done(create(rig.anna.creatio_store(), when="2026-04-20T08:00:00Z/2026-04-20T09:00:00Z"))
    assert told(rig, record.id)["status"] == "completed"
    assert told(rig, record.id)["reminder"] is None
    assert record.fields[model.REMINDER] == ""


def test_only_guests_whom_a_contact_answers_for_take_part(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", "jonas@nordlicht.example")
    rig.person("Eva Lang", "old@x.example", "Eva@X.example")
    rig.person("Info one", "info@x.example")
    rig.person("Info two", "info@x.example")
    rig.person("Jonas, twice", "jonas@nordlicht.example")
    wanted = frozenset(
        [
            model.participant("eva@x.example", "confirmed"),
            model.participant("jonas@nordlicht.example", "declined"),
            model.participant("info@x.example", "in doubt"),
            model.participant("stranger@y.example", "confirmed"),
            model.participant("anna@nordlicht.example", "confirmed"),
        ]
    )
    outcome = create(rig.anna.creatio_store(), participants=wanted)
    record = done(outcome)
    rows = {each["name"]: each for each in told(rig, record.id)["participants"]}
    assert {name: row["response"] for name, row in rows.items()} == {
        told(rig, record.id)["owner"]: "in doubt",
        "Eva Lang": "confirmed",
        "Jonas Weber": "declined",
    }
    assert rows["Jonas Weber"]["contact"] == jonas.contact_id
    assert (rows["Eva Lang"]["invited"], rows["Jonas Weber"]["invited"]) == (True, False)
    assert isinstance(outcome, Done)
    assert outcome.notes == ("info@x.example belongs to several contacts: not added to the participants.",)
    # The address that was invited stands for her, though it is not her first.
    assert {entry.key for entry in model.participants_of(record.fields)} == {"eva@x.example", "jonas@nordlicht.example"}
    assert read(rig, record.id).fields == record.fields


def test_a_long_title_is_cut_and_none_gets_a_name(rig: ActivityRig) -> None:
    outcome = create(rig.anna.creatio_store(), title="x" * 600)
    record = done(outcome)
    assert record.fields[model.TITLE] == "x" * 500
    assert isinstance(outcome, Done)
    assert outcome.notes == ("The title has 600 characters; Creatio takes 500: the end is cut off.",)
    nameless = done(create(rig.anna.creatio_store(), twin="event2", title=""))
    assert told(rig, nameless.id)["title"] == "(no title)"


def test_a_repeated_create_makes_nothing_twice(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    first = done(create(rig.anna.creatio_store(), participants=guests("eva@x.example")))
    again = done(create(rig.anna.creatio_store(), participants=guests("eva@x.example")))
    assert again.id == first.id
    assert len(rig.anna.desk.activities()) == 1
    assert len(told(rig, first.id)["participants"]) == 2


def test_a_half_written_create_is_made_whole_by_repeating_it(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    first = done(create(rig.anna.creatio_store(), participants=guests("eva@x.example")))
    rig.anna.desk.remove_participant(first.id, "Eva Lang")
    again = done(create(rig.anna.creatio_store(), participants=guests("eva@x.example")))
    assert model.participants_of(again.fields) == guests("eva@x.example")


def test_a_create_that_meets_a_changed_or_released_one_hands_it_back(rig: ActivityRig) -> None:
    record = done(create(rig.anna.creatio_store()))
    rig.anna.desk.edit_activity(record.id, title="Edited")
    outcome = create(rig.anna.creatio_store())
    assert isinstance(outcome, Stale)
    assert outcome.record is not None
    assert outcome.record.fields[model.TITLE] == "Edited"
    rig.anna.desk.edit_activity(record.id, title="Talk", in_calendar=False)
    outcome = create(rig.anna.creatio_store())
    assert isinstance(outcome, Stale)
    assert outcome.record is not None
    assert not outcome.record.member


def test_creates_fill_requests_of_a_hundred_parts(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    store = rig.anna.creatio_store()
    store.changes(None, {})
    many = [Create(f"event{at}", {**FIELDS, model.PARTICIPANTS: guests("eva@x.example")}, "") for at in range(150)]
    rig.requests()
    outcomes = apply_all(store, *many)
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    # Three of writes, one for the contacts of all guests; and once a site the first alone, and whether it keeps dates.
    assert len(rig.requests("creatio")) == 4 + 2
    many = [replace(write, twin=f"other {write.twin}") for write in many]
    assert all(isinstance(outcome, Done) for outcome in apply_all(rig.anna.creatio_store(), *many))
    assert len(rig.requests("creatio")) == 4


def test_without_an_answer_a_create_is_looked_for_by_its_own_id(rig: ActivityRig) -> None:
    store = rig.anna.creatio_store()
    store.changes(None, {})
    lose_answers(rig, carried_out=False)
    assert isinstance(create(store), Unclear)
    assert rig.anna.creatio_store().settle(["event1"]) == {}
    lose_answers(rig)
    assert done(create(store)).fields == {**FIELDS, model.ORGANIZER: rig.anna.contact_id}
    found = rig.anna.creatio_store().settle(["event1", "event2"])
    assert found.keys() == {"event1"}
    assert found["event1"].fields == {**FIELDS, model.ORGANIZER: rig.anna.contact_id}


def test_the_right_that_is_missing_ends_the_run(tmp_path: Path) -> None:
    rig = activity_rig(tmp_path, start=NOW, denied={("write", "Activity")})
    outcome = create(rig.anna.creatio_store())
    assert isinstance(outcome, Failed)
    assert "the activity" in outcome.reason


# ── updates ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_changes_is_sent(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END, notes="<b>bold</b>", reminder=15)
    record = read(rig, activity)
    store = rig.anna.creatio_store()
    parts = sent(rig, lambda: done(update(store, record, title="Other", notes="bold")))
    assert parts == [("PATCH", "Activity", {"Title": "Other"})]
    assert told(rig, activity)["notes"] == "<b>bold</b>"


def test_a_moved_meeting_takes_its_reminder_along(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END, reminder=15)
    after = done(
        update(rig.anna.creatio_store(), read(rig, activity), when="2026-05-05T08:00:00Z/2026-05-05T09:30:00Z")
    )
    assert told(rig, activity)["start"] == moment("2026-05-05T08:00Z")
    assert told(rig, activity)["due"] == moment("2026-05-05T09:30Z")
    assert told(rig, activity)["reminder"] == 15
    assert read(rig, activity).fields == after.fields


def test_reminders_are_set_and_taken_away(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END)
    done(update(rig.anna.creatio_store(), read(rig, activity), reminder="0"))
    assert told(rig, activity)["reminder"] == 0
    done(update(rig.anna.creatio_store(), read(rig, activity), reminder=""))
    assert told(rig, activity)["reminder"] is None


def test_participants_come_answer_and_go_and_others_stay(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    rig.person("Tom Hill", "tom@x.example")
    rig.person("Ida Moss", "ida@x.example")
    rig.person("Without mail")
    activity = rig.anna.desk.add_activity(
        "Talk", START, END, participants={"Eva Lang": "in doubt", "Tom Hill": "confirmed", "Without mail": "confirmed"}
    )
    wanted = frozenset(
        [model.participant("eva@x.example", "confirmed"), model.participant("ida@x.example", "declined")]
    )
    after = done(update(rig.anna.creatio_store(), read(rig, activity), participants=wanted))
    owner = told(rig, activity)["owner"]
    assert rig.anna.desk.participants(activity) == {
        owner: "in doubt", "Eva Lang": "confirmed", "Ida Moss": "declined", "Without mail": "confirmed"
    }  # fmt: skip
    assert after.fields == read(rig, activity).fields
    assert model.participants_of(after.fields) == wanted


def test_somebody_who_stands_there_twice_goes_for_good(rig: ActivityRig) -> None:
    eva = rig.person("Eva Lang", "eva@x.example")
    activity = rig.anna.desk.add_activity("Talk", START, END, participants=["Eva Lang"])
    rig.site.records.insert("ActivityParticipant", {"ActivityId": activity, "ParticipantId": eva}, None)
    done(update(rig.anna.creatio_store(), read(rig, activity), participants=frozenset()))
    assert "Eva Lang" not in rig.anna.desk.participants(activity)


def test_another_address_of_the_same_person_stands_for_her_from_then_on(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example", "eva@home.example")
    activity = rig.anna.desk.add_activity("Talk", START, END, participants=["Eva Lang"])
    after = done(update(rig.anna.creatio_store(), read(rig, activity), participants=guests("eva@home.example")))
    assert model.participants_of(after.fields) == guests("eva@home.example")
    assert read(rig, activity).fields == after.fields
    assert len(told(rig, activity)["participants"]) == 2


@pytest.mark.parametrize("edit", ["title", "participant"])
def test_what_changed_since_the_plan_is_handed_back(rig: ActivityRig, edit: str) -> None:
    rig.person("Eva Lang", "eva@x.example")
    activity = rig.anna.desk.add_activity("Talk", START, END)
    record = read(rig, activity)
    if edit == "title":
        rig.anna.desk.edit_activity(activity, title="Edited")
    else:
        rig.anna.desk.add_participants(activity, ["Eva Lang"])
    outcome = update(rig.anna.creatio_store(), record, location="Room 2")
    assert isinstance(outcome, Stale)
    assert told(rig, activity)["location"] == ""
    rig.anna.desk.delete_activity(activity)
    assert update(rig.anna.creatio_store(), record, location="Room 2") == Stale(None)


def test_joining_shows_it_in_the_calendar(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END, in_calendar=False)
    after = done(update(rig.anna.creatio_store(), read(rig, activity), join=True))
    assert after.member
    assert told(rig, activity)["in_calendar"] is True


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_update_without_an_answer_is_looked_at(rig: ActivityRig, carried_out: bool) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END)
    record = read(rig, activity)
    store = rig.anna.creatio_store()
    lose_answers(rig, carried_out=carried_out)
    outcome = update(store, record, title="Other")
    assert isinstance(outcome, Done if carried_out else Stale)
    assert told(rig, activity)["title"] == ("Other" if carried_out else "Talk")


def test_what_was_written_is_read_back_and_is_no_news(rig: ActivityRig) -> None:
    rig.person("Eva Lang", "eva@x.example")
    store = rig.anna.creatio_store()
    first = store.changes(None, {})
    record = done(create(store, participants=guests("eva@x.example")))
    assert not record.version
    cursor, confirmed = store.absorb(first.cursor, [record])
    assert confirmed[record.id].fields == record.fields
    later = rig.anna.creatio_store().changes(cursor, {record.id: confirmed[record.id].version})
    assert later.members == {record.id}
    assert not later.records


# ── releases ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_release_takes_it_out_of_the_calendar(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END)
    record = read(rig, activity)
    store = rig.anna.creatio_store()
    parts = sent(rig, lambda: done(apply_all(store, Release(record))[0]))
    assert parts == [("PATCH", "Activity", {"ShowInScheduler": False})]
    # Once more is nothing more.
    assert sent(rig, lambda: done(apply_all(rig.anna.creatio_store(), Release(record))[0])) == []
    rig.anna.desk.delete_activity(activity)
    assert not done(apply_all(rig.anna.creatio_store(), Release(record))[0]).member


def test_a_release_cancels_where_deletions_cancel(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END)
    done(apply_all(rig.anna.creatio_store(cancel=True), Release(read(rig, activity)))[0])
    assert told(rig, activity)["status"] == "cancelled"
    assert told(rig, activity)["in_calendar"] is True
    assert not read(rig, activity, cancel=True).member
    joined = done(update(rig.anna.creatio_store(cancel=True), read(rig, activity, cancel=True), join=True))
    assert joined.member
    assert told(rig, activity)["status"] == "not started"


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dates", ["utc", "user-zone"])
@pytest.mark.parametrize("date_writes", ["utc", "user-zone"])
@pytest.mark.parametrize(
    ("when", "start", "due"),
    [
        ("2026-07-04T08:00:00Z/2026-07-04T09:00:00Z", "2026-07-04T08:00Z", "2026-07-04T09:00Z"),
        ("2026-12-04T08:00:00Z/2026-12-04T09:00:00Z", "2026-12-04T08:00Z", "2026-12-04T09:00Z"),
        ("2026-10-25/2026-10-26", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
    ],
)
def test_times_arrive_whatever_zone_the_site_reads_and_writes_in(
    tmp_path: Path, dates: str, date_writes: str, when: str, start: str, due: str
) -> None:
    rig = activity_rig(tmp_path, start=NOW, user_zone="W. Europe Standard Time", dates=dates, date_writes=date_writes)
    store = rig.anna.creatio_store()
    first = done(create(store, when=when))
    second = done(create(store, twin="event2", when=when))
    for record in (first, second):
        assert (told(rig, record.id)["start"], told(rig, record.id)["due"]) == (moment(start), moment(due))
        assert record.fields[model.WHEN] == read(rig, record.id).fields[model.WHEN] == when
    # What was found out is kept: no later run writes them wrongly first.
    again = rig.anna.creatio_store()
    parts = sent(rig, lambda: create(again, twin="event3", when=when))
    assert [method for method, entity, _ in parts if entity == "Activity"] == ["POST"]


def test_dates_are_mended_though_the_mending_gets_no_answer_at_first(tmp_path: Path) -> None:
    rig = activity_rig(tmp_path, start=NOW, user_zone="W. Europe Standard Time", dates="utc", date_writes="user-zone")
    mending = 0

    def lose(request: Request) -> None:
        nonlocal mending
        if writes(request) and all(part["method"] == "PATCH" for part in request.json()["requests"]) and mending < 2:
            mending += 1
            raise httpx2.ReadTimeout("lost")

    rig.anna.before = lose
    record = done(create(rig.anna.creatio_store()))
    assert mending == 2
    assert told(rig, record.id)["start"] == moment(START)


def test_a_site_that_keeps_no_date_it_is_given_ends_the_run(rig: ActivityRig) -> None:
    original = rig.site.handle

    def handle(request: Request) -> Any:
        if not writes(request):
            return original(request)
        body = json.loads(request.body)
        for part in body["requests"]:
            if "StartDate" in part.get("body", {}):
                part["body"]["StartDate"] = "2026-05-04T05:00:00Z"
        return original(replace(request, body=json.dumps(body).encode()))

    rig.site.handle = handle  # type: ignore[method-assign]
    with pytest.raises(Refused) as caught:
        create(rig.anna.creatio_store())
    assert caught.value.code == "creatio-dates-moved"
    # What was made at a wrong time does not stay: it would move its event.
    assert rig.anna.desk.activities() == []


@pytest.mark.parametrize("dates", ["utc", "user-zone"])
@pytest.mark.parametrize("date_writes", ["utc", "user-zone"])
@pytest.mark.parametrize("there_is_one", [True, False])
def test_in_winter_a_meeting_of_the_summer_tells_londons_clock_from_utc(
    tmp_path: Path, dates: str, date_writes: str, there_is_one: bool
) -> None:
    winter = moment("2026-01-12T12:00Z")
    rig = activity_rig(tmp_path, start=winter, user_zone="GMT Standard Time", dates=dates, date_writes=date_writes)
    if there_is_one:
        summer = rig.anna.desk.add_activity("Talk", "2026-07-06T08:00Z", "2026-07-06T09:00Z")
        assert read(rig, summer).fields[model.WHEN] == "2026-07-06T08:00:00Z/2026-07-06T09:00:00Z"
    for number, when in enumerate(["2026-02-02T08:00:00Z/2026-02-02T09:00:00Z", "2026-07-07/2026-07-08"]):
        record = done(create(rig.anna.creatio_store(), twin=f"event{number}", when=when))
        start = moment("2026-02-02T08:00Z") if "T" in when else moment("2026-07-06T23:00Z")
        assert told(rig, record.id)["start"] == start
        assert read(rig, record.id).fields[model.WHEN] == when
