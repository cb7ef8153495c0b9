"""What the user himself says to a meeting goes both ways (mapping.md, "Activities": participants and their answers)."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.activities import model
from gsync_cli.activities.google_editing import edit_of, possible
from gsync_cli.activities.google_mapping import View, to_record
from gsync_cli.errors import GsyncError
from gsync_cli.sandbox.creatio import activity_effects
from gsync_cli.sync.report import Report
from gsync_cli.sync.state import State
from tests.simulation.rig import Death, Killed, dying
from tests.support.activity_rig import ANNA, ActivityRig, Party, activity_rig, moment, nothing

JONAS = "jonas@nordlicht.example"
GUEST = "x@y.example"
NOW = moment("2026-05-01T12:00Z")
START, END = "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z"
ANSWERS = [("accepted", "confirmed"), ("declined", "declined"), ("tentative", "in doubt"), ("needsAction", "in doubt")]


@pytest.fixture(params=[True, False], ids=["touching", "untouched"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=NOW, participants_touch_activity=request.param)


def run(rig: ActivityRig, party: Party | None = None, **wishes: Any) -> Report:
    rig.clock.sleep(60)
    return (party or rig.anna).synchronise(**wishes)


def written(report: Report) -> dict[str, int]:
    """Return what a run wrote: "google updated" -> how many."""
    told = report.as_json()
    counts = {f"{side} {verb}": number for side in ("creatio", "google") for verb, number in told[side].items()}
    return {name: number for name, number in counts.items() if number}


def meeting(rig: ActivityRig, **more: Any) -> str:
    """Put a meeting with a guest into Anna's calendar; she has accepted, as who makes one has."""
    return rig.anna.account.add_event("Team", START, END, **{"guests": [GUEST], **more})


def the_activity(rig: ActivityRig) -> str:
    (found,) = rig.anna.desk.activities()
    return str(found["id"])


def said(rig: ActivityRig, activity: str = "", party: Party | None = None) -> str:
    """Return what a user says in Creatio."""
    contact = (party or rig.anna).contact_id
    found = rig.anna.desk.activity(activity or the_activity(rig))
    assert found
    (own,) = [each for each in found["participants"] if each["contact"] == contact]
    return str(own["response"])


def answers(event: dict[str, Any]) -> dict[str, str]:
    return {guest["email"]: guest["responseStatus"] for guest in event.get("attendees", ())}


# ── from Google ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("status", "response"), ANSWERS)
def test_a_new_activity_holds_what_the_user_said_in_google(rig: ActivityRig, status: str, response: str) -> None:
    rig.anna.account.respond(meeting(rig), status)
    foreseen = run(rig, dry_run=True)
    report = run(rig)
    assert said(rig) == response
    (own,) = (rig.anna.desk.activity(the_activity(rig)) or {})["participants"]
    assert own["invited"] == (response != "declined")
    assert written(report) == written(foreseen) == {"creatio created": 1}
    assert [item.verb for item in report.items] == ["create"]
    assert not run(rig).items


@pytest.mark.parametrize(("status", "response"), ANSWERS)
def test_an_answer_in_google_goes_to_creatio(rig: ActivityRig, status: str, response: str) -> None:
    event = meeting(rig)
    rig.anna.account.respond(event, "declined" if response == "confirmed" else "accepted")
    run(rig)
    rig.anna.account.respond(event, status)
    assert written(run(rig)) == {"creatio updated": 1}
    assert said(rig) == response
    assert not run(rig).items


def test_whoever_gets_guests_later_has_said_that_he_comes(rig: ActivityRig) -> None:
    event = meeting(rig, guests=[])
    run(rig)
    assert said(rig) == "in doubt"
    rig.anna.account.edit_event(event, guests=[GUEST])
    run(rig)
    assert said(rig) == "confirmed"
    assert not run(rig).items


def test_who_is_no_guest_any_more_has_not_said_anything_else(rig: ActivityRig) -> None:
    event = meeting(rig)
    run(rig)
    rig.anna.account.edit_event(event, guests=[])
    run(rig)
    assert said(rig) == "confirmed"
    assert not run(rig).items
    rig.anna.account.edit_event(event, guests=[GUEST])
    rig.anna.account.respond(event, "declined")
    run(rig)
    assert said(rig) == "declined", "the later one, as ever"
    assert not run(rig).items


def test_a_site_that_does_not_make_its_owner_a_participant_gets_a_row(
    rig: ActivityRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Replaced whole: put back, a single entry would come last, and the order of the others matters.
    kept = {column: role for column, role in activity_effects._PEOPLE.items() if column != "OwnerId"}
    monkeypatch.setattr(activity_effects, "_PEOPLE", kept)
    event = meeting(rig)
    assert written(run(rig)) == {"creatio created": 1}
    assert said(rig) == "confirmed"
    rig.anna.account.respond(event, "declined")
    assert written(run(rig)) == {"creatio updated": 1}
    assert said(rig) == "declined"
    assert not run(rig).items


# ── from Creatio ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("response", "status"), [("confirmed", "accepted"), ("declined", "declined"), ("in doubt", "needsAction")]
)
def test_an_answer_in_creatio_changes_nothing_in_google_but_the_users_own(
    rig: ActivityRig, response: str, status: str
) -> None:
    event = meeting(rig)
    rig.anna.account.respond(event, "declined" if response == "confirmed" else "accepted")
    guests = [
        {**guest, "comment": "a word", "additionalGuests": 2, "optional": True, "responseStatus": "tentative"}
        if guest["email"] == GUEST
        else {**guest, "comment": "mine"}
        for guest in rig.anna.account.event(event)["attendees"]
    ]
    rig.anna.account.edit_event(event, attendees=guests)
    run(rig)
    before = rig.anna.account.event(event)
    rig.anna.desk.respond(the_activity(rig), rig.anna.contact_id, response)
    assert written(run(rig)) == {"google updated": 1}
    after = rig.anna.account.event(event)
    there = [{**guest, "responseStatus": status} if guest["email"] == ANNA else guest for guest in before["attendees"]]
    assert after["attendees"] == there
    assert {name for name in after if after[name] != before.get(name)} <= {"attendees", "etag", "updated"}
    assert not run(rig).items
    assert rig.mails() == []


def test_where_the_user_is_no_guest_his_answer_stays_in_creatio(rig: ActivityRig) -> None:
    event = meeting(rig, guests=[])
    run(rig)
    before = rig.anna.account.event(event)
    rig.anna.desk.respond(the_activity(rig), rig.anna.contact_id, "confirmed")
    foreseen = run(rig, dry_run=True)
    assert foreseen.items == run(rig).items == []
    assert rig.anna.account.event(event) == before
    assert not run(rig, full=True).items
    assert said(rig) == "confirmed"


def test_an_event_that_gsync_makes_does_not_invite_the_user(rig: ActivityRig) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END)
    rig.anna.desk.respond(activity, rig.anna.contact_id, "confirmed")
    foreseen = run(rig, dry_run=True)
    assert "answer" not in {change.field for item in foreseen.items for change in item.changes}
    assert written(run(rig)) == {"google created": 1}
    (event,) = rig.anna.account.events()
    assert "attendees" not in event
    assert not run(rig).items
    assert said(rig) == "confirmed"


def test_an_answer_to_one_of_a_series_is_about_that_one(rig: ActivityRig) -> None:
    series = rig.anna.account.make_series("Daily", START, "RRULE:FREQ=DAILY;COUNT=3", END, guests=[GUEST])
    run(rig)
    first, second, third = sorted(rig.anna.desk.activities(), key=lambda each: str(each["start"]))
    assert [said(rig, each["id"]) for each in (first, second, third)] == ["confirmed"] * 3
    rig.anna.desk.respond(second["id"], rig.anna.contact_id, "declined")
    assert written(run(rig)) == {"google updated": 1}
    told = [answers(each) for each in rig.anna.account.occurrences(series)]
    assert [each[ANNA] for each in told] == ["accepted", "declined", "accepted"]
    assert [each[GUEST] for each in told] == ["needsAction"] * 3
    assert not run(rig).items


def test_both_answers_to_a_private_meeting_agree(rig: ActivityRig) -> None:
    event = meeting(rig, visibility="private")
    run(rig)
    assert said(rig) == "confirmed"
    rig.anna.desk.respond(the_activity(rig), rig.anna.contact_id, "declined")
    run(rig)
    assert answers(rig.anna.account.event(event))[ANNA] == "declined"
    assert not run(rig).items


def test_of_two_users_each_has_his_own_answer(rig: ActivityRig) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    event = meeting(rig, guests=[JONAS])
    run(rig)
    run(rig, jonas)
    jonas.account.respond(jonas.account.find_event("Team"), "declined")
    assert not run(rig, jonas).as_json()["creatio"]["updated"], "a colleague's meeting is the colleague's"
    run(rig)
    assert (said(rig), said(rig, party=jonas)) == ("confirmed", "declined")
    jonas.desk.respond(the_activity(rig), jonas.contact_id, "confirmed")
    jonas.desk.respond(the_activity(rig), rig.anna.contact_id, "declined")
    assert not written(run(rig, jonas))
    run(rig)
    assert answers(rig.anna.account.event(event)) == {ANNA: "declined", JONAS: "accepted"}
    for party in (rig.anna, jonas):
        assert not written(run(rig, party))
    assert rig.mails() == []


# ── what was linked before gsync knew of answers ─────────────────────────────────────────────────────────────────


def forget_answers(party: Party) -> None:
    """Make the state what it was before the field existed: links, versions and cursors."""
    state = State.open(party.folder / "state.sqlite3")
    with state.transaction():
        for link in state.links([each.key for each in state.link_keys(model.KIND)]):
            halves = {
                side: replace(half, fields={name: each for name, each in half.fields.items() if name != model.ANSWER})
                for side, half in (("creatio", link.creatio), ("google", link.google))
            }
            former = json.dumps(json.loads(link.creatio.version)[:3], separators=(",", ":"))
            halves["creatio"] = replace(halves["creatio"], version=former)
            halves["google"] = replace(halves["google"], version=link.google.version.partition("#")[0] + "#former")
            state.store_link(model.KIND, replace(link, creatio=halves["creatio"], google=halves["google"]))
        cursor = json.loads(state.cursor(model.KIND, "google") or "")
        state.store_cursor(model.KIND, "google", json.dumps({**cursor, "form": 1}))
    state.close()


@pytest.mark.parametrize(
    ("here", "there", "then"),
    [
        ("in doubt", "accepted", ("confirmed", "accepted")),
        ("declined", "needsAction", ("declined", "declined")),
        ("confirmed", "accepted", ("confirmed", "accepted")),
        ("declined", "accepted", ("declined", "accepted")),
    ],
)
def test_of_former_links_an_answer_fills_what_is_open_and_overwrites_nothing(
    rig: ActivityRig, here: str, there: str, then: tuple[str, str]
) -> None:
    event = meeting(rig)
    run(rig)
    rig.anna.account.respond(event, there)
    rig.anna.desk.respond(the_activity(rig), rig.anna.contact_id, here)
    forget_answers(rig.anna)
    report = run(rig)
    assert (said(rig), answers(rig.anna.account.event(event))[ANNA]) == then
    assert report.conflicts == 0
    assert not run(rig).items
    rig.anna.account.respond(event, "tentative")
    run(rig)
    assert said(rig) == "in doubt", "from then on every answer is followed"


# ── what can go wrong ────────────────────────────────────────────────────────────────────────────────────────────


def deaths(at: str) -> Iterator[int]:
    """Go on as long as somebody dies."""
    yield from range(1, 60)
    raise AssertionError(f"a run has more than sixty of {at}")


@pytest.mark.parametrize("at", ["request", "answer", "begin", "commit", "committed"])
def test_wherever_a_run_dies_the_answer_is_settled_by_the_next(tmp_path: Path, at: str) -> None:
    for number in deaths(at):
        rig = activity_rig(tmp_path / str(number), start=NOW, participants_touch_activity=False)
        rig.person("Eva Lang", GUEST)
        rig.anna.account.respond(meeting(rig), "declined")
        other = rig.anna.account.add_event("Other", START, END, guests=[GUEST])
        death = Death(at, number)
        rig.anna.before = lambda _, death=death: death.meet("request")  # type: ignore[misc]
        rig.anna.after = lambda _, death=death: death.meet("answer")  # type: ignore[misc]
        with ExitStack() as stack:
            stack.enter_context(dying(death))
            stack.enter_context(suppress(Killed))
            run(rig)
        rig.anna.before = rig.anna.after = nothing
        rig.anna.__post_init__()  # a new process knows nothing of the sessions of the former
        run(rig)
        found = {each["title"]: said(rig, each["id"]) for each in rig.anna.desk.activities()}
        assert len(rig.anna.desk.activities()) == len(found)
        assert found == {"Team": "declined", "Other": "confirmed"}, (at, number)
        assert answers(rig.anna.account.event(other))[ANNA] == "accepted"
        assert not run(rig).items, (at, number)
        if not death.dead:
            return


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["500", "timeout", "truncated", "reset", "html"])
def test_whichever_request_fails_the_answer_is_settled_by_the_next_run(tmp_path: Path, what: Any, when: Any) -> None:
    for number in range(1, 40):
        rig = activity_rig(tmp_path / str(number), start=NOW, participants_touch_activity=False)
        rig.anna.account.respond(meeting(rig), "declined")
        count = 0

        def strike(_: object, rig: ActivityRig = rig, number: int = number) -> None:
            nonlocal count
            count += 1
            if count == number:
                rig.sandbox.faults.add(what, when=when)

        rig.anna.before = strike
        with suppress(GsyncError):
            run(rig)
        rig.anna.before = nothing
        rig.sandbox.faults.clear()
        run(rig)
        assert said(rig) == "declined", number
        run(rig)
        assert not run(rig).items, number
        if count < number:
            return
    raise AssertionError("a run has more than forty requests")


def test_what_a_colleague_answers_in_between_is_not_overwritten(rig: ActivityRig) -> None:
    meeting(rig)
    patches = 0

    def quick(request: Any) -> None:
        nonlocal patches
        made = rig.anna.desk.activities()
        if made and not patches and "$batch" in request.path:
            patches += 1
            rig.anna.desk.edit_activity(made[0]["id"], title="Team of ours")

    rig.anna.before = quick
    run(rig)
    rig.anna.before = nothing
    run(rig)
    assert patches == 1
    assert said(rig) == "confirmed"
    assert [each["title"] for each in rig.anna.desk.activities()] == ["Team of ours"]
    (event,) = rig.anna.account.events()
    assert event["summary"] == "Team of ours"
    assert not run(rig).items


def test_answers_of_new_meetings_cost_a_part_of_a_request_each(rig: ActivityRig) -> None:
    rig.person("Eva Lang", GUEST)
    rig.person("Tom Hill", "tom@y.example")
    number = 300
    for each in range(number):
        day = f"2026-05-{4 + each % 20:02}T{8 + each % 9:02}"
        rig.anna.account.add_event(f"M{each}", f"{day}:00:00Z", f"{day}:30:00Z", guests=[GUEST, "tom@y.example"])
    run(rig, dry_run=True)  # finds out once what kind of site it is
    rig.requests()
    assert written(run(rig)) == {"creatio created": number}
    creatio = rig.requests("creatio")
    creates = ceil((number - 1) / 33) + 2  # with two guests, 33 fit into a request; the first goes alone, and is proven
    reading = 5  # the listing, candidates, whoever is new, the guests' contacts, what was written
    look, sign = 1, 1
    assert len(creatio) <= creates + reading + ceil(number / 100) + look + sign, [
        (entry.method, entry.path) for entry in creatio
    ]


# ── what an event can't be given ─────────────────────────────────────────────────────────────────────────────────


def test_a_private_event_keeps_its_title_and_nothing_is_sent(rig: ActivityRig) -> None:
    event = meeting(rig, visibility="private", guests=[])
    run(rig)
    before = rig.anna.account.event(event)
    rig.anna.desk.edit_activity(the_activity(rig), title="The truth")
    foreseen, rest = run(rig, dry_run=True), run(rig)
    assert foreseen.items == rest.items == []
    assert (
        foreseen.notes
        == rest.notes
        == ["2026-05-04 08:00 The truth: the event is private in Google: its title and notes stay as they are"]
    )
    assert rig.anna.account.event(event) == before
    assert not run(rig).notes, "it is known, and not tried again"
    rig.anna.account.move_event(event, "2026-05-04T10:00:00Z", "2026-05-04T11:00:00Z")
    run(rig)
    (activity,) = rig.anna.desk.activities()
    assert (activity["title"], activity["start"]) == ("The truth", moment("2026-05-04T10:00Z"))


def test_a_private_event_moves_all_the_same(rig: ActivityRig) -> None:
    event = meeting(rig, visibility="private", guests=[])
    run(rig)
    rig.anna.desk.edit_activity(the_activity(rig), title="The truth", start="2026-05-04T08:30Z")
    assert written(run(rig)) == {"google updated": 1}
    told = rig.anna.account.event(event)
    assert (told["summary"], moment(told["start"]["dateTime"])) == ("Team", moment("2026-05-04T08:30Z"))
    assert not run(rig).items


def test_a_room_that_has_a_contact_is_no_news_for_google(rig: ActivityRig) -> None:
    rig.person("Room 5", "room5@nordlicht.example")
    room = {"email": "room5@nordlicht.example", "resource": True, "responseStatus": "accepted"}
    event = meeting(rig, guests=[], attendees=[room])
    run(rig)
    before = rig.anna.account.event(event)
    rig.anna.desk.add_participants(the_activity(rig), ["Room 5"])
    assert run(rig, dry_run=True).items == run(rig).items == []
    assert rig.anna.account.event(event) == before


SELF = {"email": ANNA, "self": True, "responseStatus": "accepted", "comment": "mine"}
HIDDEN = {
    "id": "e1",
    "summary": "All hands",
    "start": {"dateTime": START},
    "end": {"dateTime": END},
    "attendeesOmitted": True,
    "attendees": [SELF],
}
VIEW = View("contact", ANNA)


def test_where_guests_are_omitted_the_list_is_never_written() -> None:
    record = to_record(HIDDEN, VIEW, member=True)
    assert record.fields[model.ANSWER] == "confirmed"
    fields, remarks = possible("google", record, {model.ANSWER: "declined", model.TITLE: "All"})
    assert fields == {model.TITLE: "All"}
    assert remarks == ("Google does not show all guests: they stay as they are",)
    edit = edit_of(HIDDEN, record.fields, {model.ANSWER: "declined"}, VIEW, notes_both=False)
    assert edit.body == {}


def test_the_entry_that_google_calls_his_own_counts_before_one_of_his_address() -> None:
    alias = {"email": "a.keller@nordlicht.example", "self": True, "responseStatus": "declined"}
    event = {**HIDDEN, "attendeesOmitted": False, "attendees": [{**SELF, "self": False}, alias]}
    record = to_record(event, VIEW, member=True)
    assert record.fields[model.ANSWER] == "declined"
    edit = edit_of(event, record.fields, {model.ANSWER: ""}, VIEW, notes_both=False)
    assert edit.body == {"attendees": [{**SELF, "self": False}, {**alias, "responseStatus": "needsAction"}]}
