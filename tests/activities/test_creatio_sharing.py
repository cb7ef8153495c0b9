"""A meeting of two users of gsync, two profiles against one site: one activity, one event (rows A3 to A6)."""

from pathlib import Path

import pytest

from gsync_cli.activities import model
from tests.support.activity_rig import ANNA, ActivityRig, Party, activity_rig, moment

JONAS = "jonas@nordlicht.example"
START, END = "2026-05-04T08:00Z", "2026-05-04T09:00Z"


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=moment("2026-05-01T12:00Z"))


def rounds(rig: ActivityRig, *parties: Party) -> list[dict[str, int]]:
    """Let users synchronise in turn; what each run wrote, both sides together."""
    written = []
    for party in parties:
        rig.clock.sleep(60)
        told = party.synchronise().as_json()
        sides = [told[side] for side in ("creatio", "google")]
        written.append({verb: sum(side[verb] for side in sides) for verb in ("created", "updated", "unlinked")})
    return written


NOTHING = {"created": 0, "updated": 0, "unlinked": 0}


def test_an_event_with_a_colleague_is_one_activity_for_both(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    rig.anna.account.add_event("Team", "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z", guests=[JONAS, "x@y.example"])
    first, *later = rounds(rig, rig.anna, jonas, rig.anna, jonas)
    assert first == {"created": 1, "updated": 0, "unlinked": 0}
    assert later == [NOTHING] * 3
    (activity,) = rig.anna.desk.activities()
    assert activity["columns"]["OrganizerId"] == rig.anna.contact_id
    assert rig.anna.desk.participants(activity["id"])["Jonas Weber"] == "in doubt"
    assert (len(rig.anna.account.events()), len(jonas.account.events())) == (1, 1)
    assert rig.mails() == []


def test_what_a_participant_changes_in_creatio_reaches_google_by_the_organizer(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    rig.anna.account.add_event("Team", "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z", guests=[JONAS, "x@y.example"])
    rounds(rig, rig.anna, jonas)
    (activity,) = rig.anna.desk.activities()
    jonas.desk.edit_activity(activity["id"], title="Team, moved", start="2026-05-05T08:00Z", due="2026-05-05T09:00Z")
    jonas.desk.respond(activity["id"], "Jonas Weber", "confirmed")
    assert rounds(rig, jonas, rig.anna, jonas, rig.anna) == [NOTHING, {**NOTHING, "updated": 1}, NOTHING, NOTHING]
    (event,) = rig.anna.account.events()
    assert event["summary"] == "Team, moved"
    assert moment(event["start"]["dateTime"]) == moment("2026-05-05T08:00Z")
    # The guest whom Creatio does not know is still invited.
    responses = {guest["email"]: guest["responseStatus"] for guest in event["attendees"]}
    assert (responses[JONAS], responses["x@y.example"]) == ("accepted", "needsAction")
    assert rig.mails() == []


def test_an_activity_with_a_colleague_goes_out_by_its_organizer_alone(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    rig.anna.desk.connect_google_account(ANNA)
    rig.anna.desk.add_activity("Out", START, END, participants=["Jonas Weber"], notes="secret")
    assert rounds(rig, jonas, rig.anna, jonas, rig.anna) == [
        NOTHING, {**NOTHING, "created": 1}, NOTHING, NOTHING
    ]  # fmt: skip
    (event,) = rig.anna.account.events()
    assert "description" not in event
    assert len(rig.anna.desk.activities()) == 1
    # He sees the invitation, nothing of his own.
    assert [each["organizer"]["email"] for each in jonas.account.events()] == [rig.anna.account.email]


def test_both_may_have_meetings_of_one_time_and_title(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    for party in (rig.anna, jonas):
        party.account.add_event("Lunch", "2026-05-04T10:00:00Z", "2026-05-04T11:00:00Z")
    rounds(rig, rig.anna, jonas)
    assert rounds(rig, rig.anna, jonas) == [NOTHING, NOTHING]
    organizers = {activity["columns"]["OrganizerId"] for activity in rig.anna.desk.activities()}
    assert organizers == {rig.anna.contact_id, jonas.contact_id}
    assert len(rig.anna.desk.activities()) == 2


def test_a_meeting_that_is_handed_over_goes_with_its_organizer(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    activity = rig.anna.desk.add_activity("Out", START, END, participants=["Jonas Weber"])
    rounds(rig, rig.anna, jonas)
    rig.anna.desk.edit_activity(activity, organizer="Jonas Weber")
    rounds(rig, rig.anna, jonas)
    assert rounds(rig, rig.anna, jonas) == [NOTHING, NOTHING]
    found = rig.anna.desk.activity(activity)
    assert found is not None
    assert found["in_calendar"]
    assert len(rig.anna.desk.activities()) == 1


def test_what_was_made_for_a_colleague_who_synchronises_is_his_to_bring(rig: ActivityRig) -> None:
    """An assistant makes meetings in the calendar of a director, and is a guest there (row A3)."""
    jonas = rig.join("Jonas Weber", JONAS)
    jonas.account.add_event("Earlier", "2026-05-03T08:00:00Z", "2026-05-03T09:00:00Z")
    rounds(rig, jonas)
    for title, hour, rule in (("Board", "08", ""), ("Weekly", "10", "RRULE:FREQ=WEEKLY;COUNT=3")):
        start, end = f"2026-05-04T{hour}:00:00Z", f"2026-05-04T{hour}:30:00Z"
        jonas.account.add_event(title, start, end, rule=rule, guests=[ANNA], creator={"email": ANNA})
    told = {(item.label.split()[-1], item.why) for item in rig.anna.synchronise().items}
    assert told == {("Board", "event-of-colleague"), ("Weekly", "event-of-colleague")}
    rounds(rig, jonas, rig.anna, jonas, rig.anna)
    activities = rig.anna.desk.activities()
    assert {activity["columns"]["OrganizerId"] for activity in activities} == {jonas.contact_id}
    assert len(activities) == 5


def test_what_was_made_for_somebody_who_does_not_synchronise_is_brought_by_its_maker(rig: ActivityRig) -> None:
    rig.person("Director", "director@nordlicht.example")
    rig.anna.account.add_event(
        "Board",
        "2026-05-04T08:00:00Z",
        "2026-05-04T09:00:00Z",
        organizer="director@nordlicht.example",
        creator={"email": ANNA, "self": True},
    )
    assert rounds(rig, rig.anna, rig.anna) == [{**NOTHING, "created": 1}, NOTHING]
    (activity,) = rig.anna.desk.activities()
    assert activity["columns"]["OrganizerId"] == rig.anna.contact_id


@pytest.mark.parametrize("rule", ["", "RRULE:FREQ=WEEKLY;COUNT=3"])
def test_it_is_not_doubled_when_he_for_whom_it_was_made_begins_to_synchronise(rule: str, rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    start, end = "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z"
    jonas.account.add_event("Board", start, end, rule=rule, guests=[ANNA], creator={"email": ANNA})
    rounds(rig, rig.anna)
    before = rig.anna.desk.activities()
    assert len(before) == (3 if rule else 1)
    rig.clock.sleep(60)
    told = {(item.side, item.why) for item in jonas.synchronise().items}
    assert told == {("creatio", "activity-of-colleague"), ("google", "brought-by-colleague")}
    assert rounds(rig, jonas, rig.anna, jonas) == [NOTHING] * 3
    assert rig.anna.desk.activities() == before
    # What is not brought for him he brings himself.
    jonas.account.add_event("His own", start, end)
    assert rounds(rig, jonas) == [{**NOTHING, "created": 1}]


def test_ids_of_activities_differ_by_user() -> None:
    assert model.activity_id_for("a", "event") != model.activity_id_for("b", "event")
