"""Activities of the sandbox's site: the tables, what the product does by itself, and people at their desks."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.creatio.ids import (
    ACTIVITY_CATEGORIES,
    ACTIVITY_PRIORITIES,
    ACTIVITY_STATUSES,
    ACTIVITY_TYPES,
    NULL_ID,
    PARTICIPANT_RESPONSES,
    PARTICIPANT_ROLES,
)
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import Refusal
from gsync_cli.sandbox.furnish_activities import COLLEAGUE, COLLEAGUE_NAME, COLLEAGUE_PASSWORD
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.world import Sandbox
from tests.sandbox.creatio.caller import Caller, deepest, new_site, parsed, part

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEAST = {
    "Title": "Kick-off",
    "StartDate": "2026-03-04T09:00:00Z",
    "DueDate": "2026-03-04T10:00:00Z",
    "StatusId": ACTIVITY_STATUSES["not started"],
    "PriorityId": ACTIVITY_PRIORITIES["medium"],
    "ActivityCategoryId": ACTIVITY_CATEGORIES["meeting"],
}
"""What an activity can't do without."""


@pytest.fixture
def caller() -> Caller:
    return Caller(new_site())


@pytest.fixture
def desk() -> Desk:
    return new_site().desk()


def told(desk: Desk, activity: str) -> dict[str, Any]:
    found = desk.activity(activity)
    assert found is not None
    return found


# ── over OData ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_caller_owns_and_organises_what_he_makes_and_takes_part_in_it(caller: Caller) -> None:
    row = caller.row("Activity", caller.made("Activity", LEAST))
    me = caller.site.user.contact_id
    assert {row["OwnerId"], row["AuthorId"], row["OrganizerId"], row["CreatedById"]} == {me}
    assert (row["ShowInScheduler"], row["DurationInMinutes"], row["TypeId"]) == (False, 60, NULL_ID)
    [participant] = caller.rows("ActivityParticipant", filter=f"Activity/Id eq {row['Id']}")
    assert (participant["ParticipantId"], participant["RoleId"]) == (me, PARTICIPANT_ROLES["responsible"])
    assert (participant["InviteParticipant"], participant["InviteResponseId"]) == (
        True,
        PARTICIPANT_RESPONSES["in doubt"],
    )


def test_an_organizer_or_owner_sent_as_null_stays_empty(caller: Caller) -> None:
    row = caller.row("Activity", caller.made("Activity", {**LEAST, "OrganizerId": None, "OwnerId": NULL_ID}))
    assert (row["OrganizerId"], row["OwnerId"]) == (NULL_ID, NULL_ID)
    assert caller.rows("ActivityParticipant") == []


def test_start_and_due_are_now_where_they_are_not_sent(caller: Caller) -> None:
    sent = {name: value for name, value in LEAST.items() if not name.endswith("Date")}
    row = caller.row("Activity", caller.made("Activity", sent))
    assert row["StartDate"] == row["DueDate"] == row["CreatedOn"]


@pytest.mark.parametrize("missing", ["Title", "StatusId", "PriorityId", "ActivityCategoryId"])
def test_an_activity_without_what_must_be_filled_in_is_refused(caller: Caller, missing: str) -> None:
    response = caller.post("Activity", {**LEAST, missing: None})
    assert response.status == 500
    assert missing.removesuffix("Id") in deepest(parsed(response))


def test_a_site_may_have_defaults_for_the_lookups() -> None:
    caller = Caller(new_site(Options(activity_lookups_default=True)))
    row = caller.row("Activity", caller.made("Activity", {"Title": "Kick-off"}))
    assert (row["StatusId"], row["TypeId"]) == (ACTIVITY_STATUSES["not started"], ACTIVITY_TYPES["task"])


def test_a_title_has_500_characters_and_no_more(caller: Caller) -> None:
    assert caller.post("Activity", {**LEAST, "Title": "x" * 500}).status == 201
    assert caller.post("Activity", {**LEAST, "Title": "x" * 501}).status == 500


def test_an_activity_that_ends_before_it_begins_is_refused_unless_the_site_does_not_mind(caller: Caller) -> None:
    backwards = {**LEAST, "DueDate": "2026-03-04T08:59:00Z"}
    assert caller.post("Activity", backwards).status == 500
    activity = caller.made("Activity", LEAST)
    assert caller.patch(f"Activity({activity})", {"StartDate": "2026-03-04T11:00:00Z"}).status == 500
    caller.site.options.due_before_start = True
    assert caller.row("Activity", caller.made("Activity", backwards))["DurationInMinutes"] == -1


def test_a_participant_needs_an_activity_and_a_contact_that_are_there(caller: Caller) -> None:
    activity, ada = caller.made("Activity", LEAST), caller.site.add_person({"given": "Ada"})
    row = caller.row(
        "ActivityParticipant",
        caller.made("ActivityParticipant", {"ActivityId": activity, "ParticipantId": ada}),
    )
    assert row["RoleId"] == PARTICIPANT_ROLES["participant"]
    for wrong in ({"ParticipantId": ada}, {"ActivityId": activity, "ParticipantId": activity}):
        assert caller.post("ActivityParticipant", wrong).status == 500


def test_activities_are_found_by_organizer_type_date_and_the_calendar(caller: Caller) -> None:
    desk, mine = caller.site.desk(), f"Organizer/Id eq {caller.site.user.contact_id}"
    wanted = desk.add_activity("A", START, START + HOUR)
    desk.add_activity("B", START, START + HOUR, in_calendar=False)
    desk.add_activity("C", START, START + HOUR, type="email", category="email")
    desk.add_activity("D", START - 50 * HOUR, START - 49 * HOUR)
    ownerless = desk.add_activity("E", START, START + HOUR, organizer="")
    task = f"Type/Id ne {ACTIVITY_TYPES['email']} and ShowInScheduler eq true and DueDate ge 2026-03-04T00:00:00Z"
    assert [row["Id"] for row in caller.rows("Activity", filter=f"{mine} and {task}")] == [wanted]
    assert [row["Id"] for row in caller.rows("Activity", filter="Organizer/Id eq null")] == [ownerless]
    counted = parsed(caller.get("Activity", filter=f"{mine} and {task}", count="true", top="0"))
    assert (counted["@odata.count"], counted["value"]) == (1, [])
    assert caller.get("Activity/$count").body == b"5"


def test_a_participants_activity_is_walked_in_a_filter_and_opened_as_a_lookup(caller: Caller) -> None:
    desk, me = caller.site.desk(), caller.site.user.contact_id
    activity = desk.add_activity("A", START, START + HOUR)
    desk.add_activity("B", START, START + HOUR, in_calendar=False)
    rows = caller.rows(
        "ActivityParticipant",
        filter=f"Participant/Id eq {me} and Activity/ShowInScheduler eq true",
        expand="Activity($select=Title,StartDate)",
    )
    assert [(row["ActivityId"], row["Activity"]["Title"]) for row in rows] == [(activity, "A")]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"filter": f"OrganizerId eq {NULL_ID}"}, 500),
        ({"filter": "StartDate ge '2026-03-04T00:00:00Z'"}, 400),
        ({"expand": "ActivityParticipantCollectionByActivity"}, 400),
        ({"expand": "ActivityParticipantCollection"}, 400),
        ({"orderby": "Organizer/Name"}, 400),
        ({"select": "Title,Whatever"}, 400),
    ],
)
def test_what_the_product_cannot_read_is_refused(caller: Caller, options: Mapping[str, str], status: int) -> None:
    assert caller.get("Activity", **options).status == status


def test_without_the_exchange_package_activities_have_no_place() -> None:
    caller = Caller(new_site(Options(exchange=False)))
    assert caller.get("Activity", select="Location").status == 400
    assert caller.post("Activity", {**LEAST, "Location": "Berlin"}).status == 400
    assert "Location" not in caller.row("Activity", caller.made("Activity", LEAST))
    assert b'Name="Location"' not in caller.get("$metadata").body
    assert b'Name="Location"' in Caller(new_site()).get("$metadata").body
    with pytest.raises(KeyError):
        caller.site.desk().add_activity("A", START, START + HOUR, location="Berlin")


def test_a_batch_makes_an_activity_and_its_participants_or_nothing_at_all(caller: Caller) -> None:
    ada = caller.site.add_person({"given": "Ada"})
    activity = "0b0fbd1e-0000-4000-8000-000000000001"
    make = part("0", "POST", "Activity", {**LEAST, "Id": activity}, "g")

    def invite(contact: str) -> dict[str, Any]:
        return part("1", "POST", "ActivityParticipant", {"ActivityId": activity, "ParticipantId": contact}, "g")

    caller.batch(make, invite(activity))
    assert caller.site.desk().activity(activity) is None
    assert [answer["status"] for answer in caller.batch(make, invite(ada))] == [201, 201]
    assert caller.site.desk().participants(activity) == {"Supervisor": "in doubt", "Ada": "in doubt"}


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_answers_in_the_users_zone_follow_its_rules_across_a_change_of_the_clocks() -> None:
    site = new_site(Options(dates="user-zone", fraction_digits=3))
    site.set_zone(site.user, "W. Europe Standard Time")
    caller, berlin = Caller(site), ZoneInfo("Europe/Berlin")
    for day in (28, 29):
        at = datetime(2026, 3, day, 9, 0, tzinfo=berlin)
        site.desk().add_activity(f"The {day}th", at, at + HOUR)
    shown = [(row["StartDate"], row["DueDate"]) for row in caller.rows("Activity", orderby="StartDate")]
    assert shown == [(f"2026-03-{day}T09:00:00.000Z", f"2026-03-{day}T10:00:00.000Z") for day in (28, 29)]
    assert [each["start"].hour for each in site.desk().activities()] == [8, 7]


@pytest.mark.parametrize(("writes", "stored"), [("utc", 9), ("user-zone", 8)])
def test_a_written_date_is_stored_as_it_is_passed_or_taken_for_the_users_wall_clock(writes: Any, stored: int) -> None:
    site = new_site(Options(date_writes=writes))
    site.set_zone(site.user, "W. Europe Standard Time")
    activity = Caller(site).made("Activity", LEAST)
    assert told(site.desk(), activity)["start"] == START.replace(hour=stored)


# ── what the product does by itself ──────────────────────────────────────────────────────────────────────────
def test_owner_and_contact_take_part_and_a_new_owner_does_too(desk: Desk) -> None:
    ada, bob = desk.add_person({"given": "Ada"}), desk.add_person({"given": "Bob"})
    activity = desk.add_activity("A", START, START + HOUR, contact="Ada", participants={ada: "confirmed"})
    roles = [(each["name"], each["role"], each["response"]) for each in told(desk, activity)["participants"]]
    assert roles == [("Supervisor", "responsible", "in doubt"), ("Ada", "participant", "confirmed")]
    desk.edit_activity(activity, owner="Bob")
    assert told(desk, activity)["participants"][-1] | {"id": ""} == {
        "id": "",
        "contact": bob,
        "name": "Bob",
        "role": "responsible",
        "response": "in doubt",
        "invited": True,
    }


def test_an_owner_taken_off_the_participants_does_not_come_back_with_the_next_change(desk: Desk) -> None:
    activity = desk.add_activity("A", START, START + HOUR)
    desk.remove_participant(activity, "Supervisor")
    desk.edit_activity(activity, title="B")
    assert desk.participants(activity) == {}


def test_the_duration_follows_the_dates_and_reminders_follow_the_start(desk: Desk) -> None:
    activity = desk.add_activity("A", START, START + HOUR, reminder=15)
    desk.edit_activity(activity, start=START - HOUR)
    row = told(desk, activity)
    assert (row["columns"]["DurationInMinutes"], row["reminder"]) == (120, 15)
    assert row["columns"]["RemindToOwnerDate"] == START - HOUR - timedelta(minutes=15)
    desk.edit_activity(activity, start=START, reminder=30)
    assert told(desk, activity)["reminder"] == 30
    desk.edit_activity(activity, reminder=None)
    desk.edit_activity(activity, start=START - HOUR)
    assert told(desk, activity)["columns"]["RemindToOwnerDate"] is None


@pytest.mark.parametrize("touches", [False, True])
def test_participants_move_modified_on_of_their_activity_only_where_the_site_does_that(touches: bool) -> None:
    desk = new_site(Options(participants_touch_activity=touches)).desk()
    desk.add_person({"given": "Ada"})
    activity = desk.add_activity("A", START, START + HOUR)
    moments = [told(desk, activity)["modified"]]
    acts: list[Callable[[], None]] = [
        lambda: desk.add_participants(activity, ["Ada"]),
        lambda: desk.respond(activity, "Ada", "declined"),
        lambda: desk.remove_participant(activity, "Ada"),
    ]
    for act in acts:
        act()
        moments.append(told(desk, activity)["modified"])
    assert len(set(moments)) == (4 if touches else 1)


def test_a_deleted_activity_takes_its_participants_along_and_leaves_correspondence_without_it(caller: Caller) -> None:
    desk = caller.site.desk()
    activity = desk.add_activity("A", START, START + HOUR)
    row = caller.made("ActivityCorrespondence", {"SourceActivityId": "event", "ActivityId": activity})
    other = desk.add_activity("B", START, START + HOUR, contact="")
    assert caller.delete(f"Activity({activity})").status == 204
    assert caller.get(f"Activity({activity})").status == 404
    assert {each["ActivityId"] for each in desk.rows("ActivityParticipant")} == {other}
    assert caller.row("ActivityCorrespondence", row)["ActivityId"] == NULL_ID


def test_a_deleted_contact_is_let_go_by_the_activities(desk: Desk) -> None:
    ada = desk.add_person({"given": "Ada"})
    activity = desk.add_activity("A", START, START + HOUR, contact=ada, organizer="Ada")
    desk.delete_contact(ada)
    assert (told(desk, activity)["contact"], told(desk, activity)["organizer"]) == ("", "")


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_activity_reads_back_as_it_was_made(desk: Desk) -> None:
    desk.add_person({"given": "Ada"})
    fields: dict[str, Any] = {
        "title": "Встреча 😀",
        "start": START,
        "due": START + HOUR,
        "location": "Berlin",
        "notes": "<p>x</p>",
        "reminder": 10,
        "in_calendar": True,
        "type": "visit",
        "category": "meeting",
        "status": "in progress",
        "priority": "high",
        "organizer": "Ada",
        "owner": "Supervisor",
        "author": "Supervisor",
        "contact": "Ada",
    }
    activity = desk.add_activity(**fields)
    assert {name: told(desk, activity)[name] for name in fields} == fields
    desk.delete_activity(activity)
    assert (desk.activity(activity), desk.activities()) == (None, [])


def test_participants_are_set_answer_and_go(desk: Desk) -> None:
    for name in ("Ada", "Bob", "Cyd"):
        desk.add_person({"given": name})
    activity = desk.add_activity("A", START, START + HOUR, participants=["Ada", "Bob"])
    desk.respond(activity, "Ada", "confirmed")
    desk.set_participants(activity, {"Bob": "declined", "Cyd": "in doubt"})
    assert desk.participants(activity) == {"Supervisor": "in doubt", "Bob": "declined", "Cyd": "in doubt"}
    with pytest.raises(KeyError):
        desk.respond(activity, "Ada", "confirmed")


def test_what_nobody_knows_is_an_error_at_the_desk(desk: Desk) -> None:
    with pytest.raises(KeyError):
        desk.add_activity("A", START, START + HOUR, organizer="Nobody")
    with pytest.raises(KeyError):
        desk.add_activity("A", START, START + HOUR, colour="red")
    with pytest.raises(ValueError, match="no zone"):
        desk.add_activity("A", "2026-03-04T09:00:00", START)
    with pytest.raises(Refusal):
        desk.add_activity("", START, START + HOUR)


def test_several_users_have_contacts_mails_and_activities_of_their_own() -> None:
    site = new_site()
    bob = site.add_user("bob", "secret", full_name="Bob Builder", mails=("Bob@x.org", "b@x.org"))
    activity = site.desk(bob).add_activity("A", START, START + HOUR, participants=["Supervisor"])
    told = site.desk().activity(activity)
    assert told is not None
    assert (told["organizer"], [each["name"] for each in told["participants"]]) == (
        "Bob Builder",
        ["Bob Builder", "Supervisor"],
    )
    caller = Caller(site, "bob", "secret")
    mails = caller.rows("ContactCommunication", filter=f"Contact/Id eq {bob.contact_id}")
    assert [row["Number"] for row in mails] == ["Bob@x.org", "b@x.org"]
    made = caller.row("Activity", caller.made("Activity", LEAST))
    assert made["OrganizerId"] == bob.contact_id


# ── the control API and the furnished world ──────────────────────────────────────────────────────────────────
def _control(sandbox: Sandbox, action: str, *arguments: Any, user: str = "", **fields: Any) -> Any:
    body = {"arguments": arguments, "fields": fields, "user": user}
    url = f"http://127.0.0.1/sandbox/creatio/{action}"
    request = Request.of("POST", url, {"content-type": "application/json"}, json.dumps(body).encode())
    response = sandbox.handle(request)
    assert response.status == 200, response.body
    return parsed(response)["result"]


def test_the_control_api_acts_for_any_user() -> None:
    sandbox = Sandbox()
    _control(sandbox, "add_user", "bob", "secret", full_name="Bob Builder", mails=["bob@x.org"])
    when = ("2026-03-04T09:00:00Z", "2026-03-04T10:00:00Z")
    activity = _control(sandbox, "add_activity", "A", *when, user="bob", participants={"Supervisor": "confirmed"})
    _control(sandbox, "edit_activity", activity, title="B")
    told = _control(sandbox, "activity", activity)
    assert (told["title"], told["organizer"], told["start"]) == ("B", "Bob Builder", "2026-03-04 09:00:00+00:00")
    state = parsed(sandbox.handle(Request.of("GET", "http://127.0.0.1/sandbox/state", {}, b"")))
    assert [each["title"] for each in state["creatio"]["activities"]] == ["B"]


def test_a_furnished_site_has_a_working_week_and_a_colleague() -> None:
    sandbox = furnish.furnished()
    site = sandbox.creatio
    activities = site.desk().activities()
    in_calendar = [each for each in activities if each["in_calendar"]]
    assert 0 < len(in_calendar) < len(activities)
    assert {each["type"] for each in in_calendar} == {"task", "call", "email"}
    assert {each["organizer"] for each in activities} == {"Supervisor", COLLEAGUE_NAME}
    responses = {one["response"] for each in activities for one in each["participants"]}
    assert responses == {"confirmed", "declined", "in doubt"}
    assert any(each["due"] < sandbox.clock.now() for each in in_calendar)
    week = [each for each in in_calendar if timedelta() <= each["start"] - sandbox.clock.now() < timedelta(days=5)]
    assert len(week) > 5
    colleague = Caller(site, COLLEAGUE, COLLEAGUE_PASSWORD)
    assert len(colleague.rows("Activity", filter=f"Organizer/Name eq '{COLLEAGUE_NAME}'")) == 2
    assert furnish.EMAIL in {each["number"] for each in site.desk().communications(site.user.contact_id)}
