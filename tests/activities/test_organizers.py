"""Whose meeting it is when its organizer has not set up synchronisation, two and three users of one site (row A3)."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.creatio.wellknown import GOOGLE
from gsync_cli.sandbox.messages import Request
from gsync_cli.sync.report import Report
from tests.simulation.rig import Death, Killed, dying
from tests.support.activity_rig import ANNA, ActivityRig, Party, activity_rig, moment, nothing

CARL, JONAS = "carl@nordlicht.example", "jonas@nordlicht.example"
START, END = "2026-05-04T08:00Z", "2026-05-04T09:00Z"
YOU = "Supervisor"
"""What Anna is called in Creatio."""
IDLE = "organizer-does-not-synchronise"


@pytest.fixture
def rig(tmp_path: Path) -> ActivityRig:
    return activity_rig(tmp_path, start=moment("2026-05-01T12:00Z"))


@pytest.fixture
def carl(rig: ActivityRig) -> Party:
    """Return a colleague who never synchronises."""
    return rig.join("Carl Idle", CARL)


def meet(carl: Party, rig: ActivityRig, title: str = "Talk", **fields: Any) -> str:
    """Let Carl make a meeting to which Anna is invited in Creatio."""
    told = {"start": START, "due": END, "participants": [rig.anna.contact_id], **fields}
    return carl.desk.add_activity(title, **told)


def run(party: Party, **options: Any) -> Report:
    party.clock.sleep(60)
    return party.synchronise(**options)


def _meet(death: Death, at: str, _: Request) -> None:
    death.meet(at)


def whys(report: Report) -> set[tuple[str, str]]:
    return {(item.verb, item.why) for item in report.items}


def writes(report: Report) -> int:
    return sum(counts.created + counts.updated + counts.unlinked for counts in report.sides.values())


def organizer(party: Party, activity: str) -> str:
    found = party.desk.activity(activity)
    assert found is not None
    return str(found["organizer"])


def summaries(party: Party) -> list[str]:
    return [event["summary"] for event in party.account.events()]


# ── taking it ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_of_a_colleague_who_does_not_synchronise_goes_out_and_names_the_user_as_organizer(
    rig: ActivityRig, carl: Party
) -> None:
    activity = meet(carl, rig)
    planned = run(rig.anna, dry_run=True)
    assert (organizer(carl, activity), summaries(rig.anna)) == ("Carl Idle", [])
    first = run(rig.anna)
    assert whys(first) == whys(planned) == {("update", IDLE), ("create", "new-in-creatio")}
    (change,) = next(item for item in first.items if item.why == IDLE).changes
    assert (change.field, change.before) == ("organizer", "Carl Idle")
    assert organizer(carl, activity) == YOU
    assert summaries(rig.anna) == ["Talk"]
    assert writes(run(rig.anna)) == writes(run(rig.anna, full=True)) == 0
    assert rig.mails() == []


def test_so_does_one_whose_organizer_is_no_user_of_the_site(rig: ActivityRig, carl: Party) -> None:
    customer = rig.person("Customer", "customer@elsewhere.example")
    activity = meet(carl, rig, organizer=customer, owner=rig.anna.contact_id)
    assert ("update", IDLE) in whys(run(rig.anna))
    assert organizer(carl, activity) == YOU


def test_the_journal_says_who_was_the_organizer_before(rig: ActivityRig, carl: Party) -> None:
    from gsync_cli.sync.state import State

    meet(carl, rig)
    report = run(rig.anna)
    state = State.open(rig.anna.folder / "state.sqlite3")
    (row,) = (row for row in state.journal.rows(report.run) if row.why == IDLE)
    state.close()
    assert row.changes == {"organizer": [carl.contact_id, rig.anna.contact_id]}
    assert (row.verb, row.outcome) == ("update", "done")


def test_of_two_who_take_part_the_first_to_synchronise_takes_it(rig: ActivityRig, carl: Party) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    for party in (rig.anna, jonas):
        party.desk.connect_google_account(party.account.email)
    activity = meet(carl, rig, participants=[rig.anna.contact_id, jonas.contact_id])
    run(jonas)
    for _ in range(2):
        assert ("skip", "activity-of-colleague") in whys(run(rig.anna))
        assert writes(run(jonas)) == 0
    assert organizer(carl, activity) == "Jonas Weber"
    assert [summaries(jonas), summaries(rig.anna)] == [["Talk"], ["Talk"]]
    assert {event["organizer"]["email"] for event in rig.anna.account.events()} == {JONAS}


def test_two_who_bring_nothing_to_creatio_have_it_once(rig: ActivityRig, carl: Party) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    activity = meet(carl, rig, participants=[rig.anna.contact_id, jonas.contact_id])
    run(jonas)
    assert whys(run(rig.anna)) == {("skip", "activity-of-colleague"), ("skip", "event-of-another")}
    assert [writes(run(party)) for party in (jonas, rig.anna, jonas, rig.anna)] == [0, 0, 0, 0]
    assert organizer(carl, activity) == "Jonas Weber"
    assert [summaries(jonas), summaries(rig.anna)] == [["Talk"], ["Talk"]]


def test_a_sign_tells_colleagues_who_synchronises_where_no_invitation_does(rig: ActivityRig, carl: Party) -> None:
    """Anna has no address in Creatio: nobody can invite her, and her calendar shows nothing of what Jonas brought."""
    jonas = rig.join("Jonas Weber", JONAS)
    without_address(rig.anna)
    activity = meet(carl, rig, participants=[rig.anna.contact_id, jonas.contact_id])
    run(jonas)
    assert whys(run(rig.anna)) == {("skip", "activity-of-colleague")}
    assert organizer(carl, activity) == "Jonas Weber"
    assert summaries(rig.anna) == []


def test_an_invitation_that_was_deleted_does_not_make_the_meeting_the_guests_own(rig: ActivityRig, carl: Party) -> None:
    activity = meet(carl, rig)
    run(carl)
    (invitation,) = (event["id"] for event in rig.anna.account.events())
    rig.anna.account.delete_event(invitation)
    for _ in range(2):
        assert whys(run(rig.anna)) == {("skip", "activity-of-colleague")}
    assert organizer(carl, activity) == "Carl Idle"
    assert [summaries(carl), summaries(rig.anna)] == [["Talk"], []]


def test_the_sign_is_left_once_and_whoever_takes_it_away_is_not_contradicted(rig: ActivityRig) -> None:
    run(rig.anna, dry_run=True)
    assert signs(rig.anna) == []
    run(rig.anna)
    (sign,) = signs(rig.anna)
    assert sign["number"] == ANNA
    rig.anna.desk.delete_communication(sign["id"])
    run(rig.anna)
    run(rig.anna, full=True)
    assert signs(rig.anna) == []


def test_they_do_not_replace_each_other_for_ever_either_where_nothing_tells(rig: ActivityRig, carl: Party) -> None:
    """Anna has no address in Creatio, and somebody takes the signs away."""
    jonas = rig.join("Jonas Weber", JONAS)
    without_address(rig.anna)
    meet(carl, rig, participants=[rig.anna.contact_id, jonas.contact_id])
    for party in (jonas, rig.anna, jonas, rig.anna):
        run(party)
        for sign in signs(party):
            party.desk.delete_communication(sign["id"])
    assert [writes(run(party)) for party in (jonas, rig.anna)] == [0, 0]


def test_a_colleagues_run_in_the_middle_of_a_run_takes_nothing(rig: ActivityRig, carl: Party) -> None:
    """It comes between any two requests of hers, once she has entered herself as the organizer."""
    jonas = rig.join("Jonas Weber", JONAS)
    for number in range(1, 40):
        activity = meet(carl, rig, f"Talk {number}", participants=[rig.anna.contact_id, jonas.contact_id])
        seen = 0

        def meanwhile(_: Request, wanted: int = number, activity: str = activity) -> None:
            nonlocal seen
            seen += 1
            if seen >= wanted and organizer(carl, activity) == YOU:
                rig.anna.before = nothing
                jonas.synchronise()

        rig.anna.before = meanwhile
        run(rig.anna)
        rig.anna.before = nothing
        run(jonas)
        assert organizer(carl, activity) == YOU
    assert summaries(jonas) == summaries(rig.anna)
    assert len(set(summaries(jonas))) == len(summaries(jonas))


def without_address(party: Party) -> None:
    """Take all addresses away from the user's contact."""
    for row in party.desk.communications(party.contact_id):
        party.desk.delete_communication(row["id"])


def signs(party: Party) -> list[dict[str, Any]]:
    """Return the ways of communication of the user's contact that are of the type Google."""
    return [row for row in party.desk.communications(party.contact_id) if row["kind"] in (GOOGLE, "google")]


# ── what stands in the calendar already ──────────────────────────────────────────────────────────────────────


def test_what_the_colleague_invited_the_user_to_is_not_taken(rig: ActivityRig, carl: Party) -> None:
    """He synchronises in a way that Creatio does not show, or wrote the invitation by hand."""
    activity = meet(carl, rig)
    carl.account.add_event("Talk", "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z", guests=[ANNA])
    for options in ({"dry_run": True}, {}, {}, {"full": True}, {}):
        report = run(rig.anna, **options)
        assert whys(report) == {("skip", "already-invited"), ("skip", "event-of-another")}, options
        assert writes(report) == 0
    assert organizer(carl, activity) == "Carl Idle"
    assert summaries(rig.anna) == ["Talk"]


def test_an_invitation_that_was_there_long_before_counts_the_same(rig: ActivityRig, carl: Party) -> None:
    carl.account.add_event("Talk", "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z", guests=[ANNA])
    for _ in range(3):
        run(rig.anna)
    activity = meet(carl, rig)
    assert ("skip", "already-invited") in whys(run(rig.anna))
    assert organizer(carl, activity) == "Carl Idle"


@pytest.mark.parametrize("rule", ["", "RRULE:FREQ=WEEKLY;COUNT=9"])
def test_nor_is_it_taken_when_the_colleague_moves_it_and_the_invitation_follows_later(
    rule: str, rig: ActivityRig, carl: Party
) -> None:
    activity = meet(carl, rig)
    event = carl.account.add_event("Talk", "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z", guests=[ANNA], rule=rule)
    run(rig.anna)
    carl.desk.edit_activity(activity, start="2026-05-05T08:00Z", due="2026-05-05T09:00Z", title="Talk, moved")
    for _ in range(2):
        assert ("skip", "already-invited") in whys(run(rig.anna))
    carl.account.delete_event(event)
    run(rig.anna)
    assert (organizer(carl, activity), summaries(rig.anna)) == (YOU, ["Talk, moved"])


def test_an_occurrence_of_a_series_of_another_counts_the_same(rig: ActivityRig, carl: Party) -> None:
    rule = "RRULE:FREQ=WEEKLY;COUNT=9"
    carl.account.make_series("Talk", "2026-05-04T08:00Z", rule, "2026-05-04T09:00Z", guests=[ANNA])
    run(rig.anna)
    there = meet(carl, rig, start="2026-05-18T08:00Z", due="2026-05-18T09:00Z")
    elsewhere = meet(carl, rig, start="2026-05-19T08:00Z", due="2026-05-19T09:00Z")
    report = run(rig.anna)
    assert [item.id for item in report.items if item.why == "already-invited"] == [there]
    assert [organizer(carl, each) for each in (there, elsewhere)] == ["Carl Idle", YOU]


def test_the_users_own_activity_about_an_invitation_is_no_second_event_either(rig: ActivityRig) -> None:
    rig.anna.desk.add_activity("Talk", START, END)
    rig.anna.desk.add_activity("Unorganised", START, END, organizer="")
    for title in ("Talk", "Unorganised"):
        times = ("2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z")
        rig.anna.account.add_event(title, *times, organizer="boss@elsewhere.example")
    report = run(rig.anna)
    assert [item.why for item in report.items if item.side == "creatio"] == ["already-invited"] * 2
    assert writes(report) == 0
    # One that is moved is a meeting of its own.
    activity = next(each["id"] for each in rig.anna.desk.activities() if each["title"] == "Talk")
    rig.anna.desk.edit_activity(activity, start="2026-05-05T08:00Z", due="2026-05-05T09:00Z")
    assert run(rig.anna).as_json()["google"]["created"] == 1


# ── what is a colleague's ────────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_that_is_handed_to_a_colleague_who_does_not_synchronise_stays_in_step(
    rig: ActivityRig, carl: Party
) -> None:
    activity = rig.anna.desk.add_activity("Talk", START, END, participants=["Carl Idle"])
    run(rig.anna)
    rig.anna.desk.edit_activity(activity, organizer="Carl Idle", title="Talk 2")
    run(rig.anna)
    assert summaries(rig.anna) == ["Talk 2"]
    assert [writes(run(rig.anna)), writes(run(rig.anna, full=True))] == [0, 0]
    # Somebody meant it so: the user is entered only where nobody is.
    assert organizer(carl, activity) == "Carl Idle"
    rig.anna.desk.edit_activity(activity, organizer="")
    assert ("update", "no-organizer") in whys(run(rig.anna))
    assert organizer(carl, activity) == YOU


def test_a_meeting_that_is_handed_to_a_colleague_who_synchronises_stays_one_and_in_step(rig: ActivityRig) -> None:
    """The event is Anna's in Google, where nobody else can change it."""
    jonas = rig.join("Jonas Weber", JONAS)
    activity = rig.anna.desk.add_activity("Talk", START, END, participants=["Jonas Weber"])
    run(rig.anna)
    run(jonas)
    rig.anna.desk.edit_activity(activity, organizer="Jonas Weber")
    for party in (rig.anna, jonas, rig.anna, jonas):
        run(party)
    rig.anna.desk.edit_activity(activity, title="Talk 2")
    for party in (jonas, rig.anna, jonas):
        run(party)
    assert [summaries(rig.anna), summaries(jonas)] == [["Talk 2"], ["Talk 2"]]
    assert organizer(rig.anna, activity) == "Jonas Weber"


@pytest.mark.parametrize("what", ["500", "503"])
def test_nothing_is_let_go_of_while_a_site_does_not_say_who_synchronises(rig: ActivityRig, what: Any) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    activity = rig.anna.desk.add_activity("Talk", START, END, participants=[jonas.contact_id])
    run(rig.anna)
    rig.anna.desk.edit_activity(activity, organizer="Jonas Weber", title="Talk 2")
    rig.sandbox.faults.add(what, path="SocialAccount", times=9)
    report = run(rig.anna)
    rig.sandbox.faults.clear()
    assert not {verb for verb, _ in whys(report)} & {"unlink", "release"}
    run(rig.anna)
    assert (organizer(rig.anna, activity), summaries(rig.anna)) == ("Jonas Weber", ["Talk 2"])


# ── what may go wrong on the way ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", ["request", "answer", "begin", "commit", "committed"])
def test_wherever_a_run_is_killed_the_next_one_leaves_one_event_and_one_organizer(
    at: str, rig: ActivityRig, carl: Party
) -> None:
    taken = []
    for countdown in range(1, 30):
        title = f"Talk {countdown}"
        activity = meet(carl, rig, title)
        death = Death(at, countdown)
        rig.anna.before = partial(_meet, death, "request")
        rig.anna.after = partial(_meet, death, "answer")
        try:
            with dying(death):
                run(rig.anna)
        except Killed:
            pass
        rig.anna.before = rig.anna.after = nothing
        rig.anna.__post_init__()
        if title in summaries(rig.anna):
            # Never is an event there before its activity says whose it is.
            assert organizer(carl, activity) == YOU
        run(rig.anna)
        taken.append((summaries(rig.anna).count(title), organizer(carl, activity)))
    assert set(taken) == {(1, YOU)}
    assert writes(run(rig.anna)) == 0


def test_an_organizer_who_came_in_between_is_not_replaced(rig: ActivityRig, carl: Party) -> None:
    jonas = rig.join("Jonas Weber", JONAS)
    jonas.desk.connect_google_account(JONAS)
    activity = meet(carl, rig)

    def hand_over(request: Request) -> None:
        if "calendar" in request.path:
            rig.anna.before = nothing
            carl.desk.edit_activity(activity, organizer="Jonas Weber")

    rig.anna.before = hand_over
    assert whys(run(rig.anna)) == {("skip", "changing")}
    assert (organizer(carl, activity), summaries(rig.anna)) == ("Jonas Weber", [])
    assert whys(run(rig.anna)) == {("skip", "activity-of-colleague")}


def test_where_creatio_does_not_let_the_user_become_the_organizer_nothing_goes_out(
    rig: ActivityRig, carl: Party
) -> None:
    activity = meet(carl, rig)
    rig.options.denied = {("write", "Activity")}
    report = run(rig.anna)
    assert [(item.verb, item.id) for item in report.items] == [("fail", activity)]
    assert summaries(rig.anna) == []
    rig.options.denied = set()
    run(rig.anna)
    assert (summaries(rig.anna), organizer(carl, activity)) == (["Talk"], YOU)


@pytest.mark.parametrize("owner", ["Carl Idle", YOU])
def test_an_organizer_that_could_not_be_entered_is_found_again_though_nothing_changed_since(
    owner: str, rig: ActivityRig, carl: Party
) -> None:
    """The event is the user's own and was recognised: the two are linked before he is the organizer."""
    activity = meet(carl, rig, owner=owner)
    rig.anna.account.add_event("Talk", "2026-05-04T08:00:00Z", "2026-05-04T09:00:00Z", guests=[CARL])
    rig.options.denied = {("write", "Activity")}
    assert ("fail", activity) in {(item.verb, item.id) for item in run(rig.anna).items}
    rig.options.denied = set()
    assert whys(run(rig.anna)) == {("update", IDLE)}
    assert (summaries(rig.anna), organizer(carl, activity)) == (["Talk"], YOU)
    rig.requests()
    assert writes(run(rig.anna)) == 0
    assert len(rig.requests("creatio")) == 1
