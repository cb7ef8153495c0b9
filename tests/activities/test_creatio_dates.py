"""How gsync finds out in which zone a site shows and takes dates, and that no date of a person's is harmed by it."""

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused
from gsync_cli.sandbox.messages import Request
from tests.simulation.rig import Killed
from tests.support.activity_rig import ActivityRig, activity_rig, moment, nothing

NOW = moment("2026-05-04T08:00Z")
LOCAL = "W. Europe Standard Time"
MODES = ["utc", "user-zone"]


def world(folder: Path, dates: str, date_writes: str, **more: Any) -> ActivityRig:
    """Return a site that means and takes dates as told, for a user in Berlin."""
    return activity_rig(
        folder, **{"start": NOW, "user_zone": LOCAL, "dates": dates, "date_writes": date_writes, **more}
    )


def set_by_hand(rig: ActivityRig, dates: str) -> None:
    """Set creatio.dates."""
    from dataclasses import replace

    rig.anna.login = replace(rig.anna.login, dates=dates)
    rig.anna.__post_init__()


def exported(rig: ActivityRig, **fields: Any) -> tuple[str, str]:
    """Return an activity and its event."""
    activity = rig.anna.desk.add_activity("Talk", "2026-05-05T07:00Z", "2026-05-05T08:00Z", **fields)
    rig.anna.synchronise()
    (event,) = rig.anna.account.events()
    rig.clock.sleep(600)
    return activity, event["id"]


def times_of(rig: ActivityRig) -> list[tuple[Any, Any]]:
    return [(each["start"], each["due"]) for each in rig.anna.desk.activities()]


def killed_at(rig: ActivityRig, number: int, *, after: bool) -> bool:
    """Let a run die at its request of that number, before or after it is carried out; tells whether it came so far."""
    seen = 0

    def die(_: Request) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise Killed

    setattr(rig.anna, "after" if after else "before", die)
    try:
        rig.anna.synchronise()
    except Killed:
        return True
    finally:
        rig.anna.before = rig.anna.after = nothing
        rig.anna.__post_init__()
    return False


def until_it_lives(play: Callable[[int], bool]) -> None:
    """Kill at the first request, the second, and so on, until a run comes to its end."""
    number = 1
    while play(number):
        number += 1
    assert number > 5, "no run was ever killed"


# ── kills ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
@pytest.mark.parametrize(("after", "idle_reminders"), [(False, True), (True, True), (True, False)])
def test_no_kill_during_the_first_create_moves_the_event(
    tmp_path: Path, dates: str, date_writes: str, after: bool, idle_reminders: bool
) -> None:
    def play(number: int) -> bool:
        rig = world(tmp_path / str(number), dates, date_writes, idle_reminders=idle_reminders)
        event = rig.anna.account.add_event("Talk", "2026-05-05T10:00", "2026-05-05T11:00")
        died = killed_at(rig, number, after=after)
        rig.clock.sleep(600)
        rig.anna.synchronise()
        assert rig.anna.account.event(event)["start"]["dateTime"] == "2026-05-05T10:00:00+02:00"
        (activity,) = rig.anna.desk.activities()
        assert (activity["start"], activity["in_calendar"], activity["notes"]) == (
            moment("2026-05-05T08:00Z"),
            True,
            "",
        )
        return died

    until_it_lives(play)


@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
@pytest.mark.parametrize("reminder", [None, 15])
def test_no_kill_during_the_first_update_moves_the_event(
    tmp_path: Path, dates: str, date_writes: str, reminder: int | None
) -> None:
    def play(number: int) -> bool:
        rig = world(tmp_path / str(number), dates, date_writes)
        activity, event = exported(rig, reminder=reminder)
        rig.anna.account.move_event(event, "2026-05-06T10:00", "2026-05-06T11:00")
        died = killed_at(rig, number, after=True)
        rig.clock.sleep(600)
        rig.anna.synchronise()
        assert rig.anna.account.event(event)["start"]["dateTime"] == "2026-05-06T10:00:00+02:00"
        assert times_of(rig) == [(moment("2026-05-06T08:00Z"), moment("2026-05-06T09:00Z"))]
        if not died:
            assert rig.anna.desk.activity(activity)["reminder"] == reminder  # type: ignore[index]
        return died

    until_it_lives(play)


@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
def test_no_kill_during_the_first_update_takes_a_reminder_away(tmp_path: Path, dates: str, date_writes: str) -> None:
    """Another activity of the user's reminds of nothing: dates are proven with that one."""

    def play(number: int) -> bool:
        rig = world(tmp_path / str(number), dates, date_writes, idle_reminders=False)
        activity, event = exported(rig, reminder=15)
        rig.anna.desk.add_activity("Spare", "2026-05-07T07:00Z", "2026-05-07T08:00Z")
        rig.anna.synchronise()
        rig.clock.sleep(600)
        rig.anna.account.move_event(event, "2026-05-06T10:00", "2026-05-06T11:00")
        died = killed_at(rig, number, after=True)
        found = rig.anna.desk.activity(activity)
        assert found is not None
        assert found["reminder"] == 15
        rig.clock.sleep(600)
        rig.anna.synchronise()
        assert (rig.anna.desk.activity(activity) or {})["reminder"] == 15
        return died

    until_it_lives(play)


@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
def test_a_reminder_that_is_the_first_date_written_is_right(tmp_path: Path, dates: str, date_writes: str) -> None:
    rig = world(tmp_path, dates, date_writes)
    activity, event = exported(rig)
    rig.anna.account.edit_event(
        event, reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]}
    )
    rig.anna.synchronise()
    assert (rig.anna.desk.activity(activity) or {})["reminder"] == 5


@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
@pytest.mark.parametrize("what", ["reset", "500"])
def test_no_lost_answer_during_the_first_create_moves_the_event(
    tmp_path: Path, dates: str, date_writes: str, what: Any
) -> None:
    """On a site that keeps the date of a reminder only while it is switched on."""
    for nth in range(1, 8):
        rig = world(tmp_path / str(nth), dates, date_writes, idle_reminders=False)
        event = rig.anna.account.add_event("Talk", "2026-05-05T10:00", "2026-05-05T11:00")
        rig.sandbox.faults.add(what, when="after", nth=nth, method="POST", path=r"\$batch")
        for _ in range(2):
            try:
                rig.anna.synchronise()
            except GsyncError:
                rig.anna.__post_init__()
            rig.clock.sleep(600)
        rig.sandbox.faults.clear()
        rig.anna.synchronise()
        assert rig.anna.account.event(event)["start"]["dateTime"] == "2026-05-05T10:00:00+02:00"
        assert times_of(rig) == [(moment("2026-05-05T08:00Z"), moment("2026-05-05T09:00Z"))]


def test_a_wrong_time_is_never_to_be_seen_in_the_calendar(tmp_path: Path) -> None:
    rig = world(tmp_path, "utc", "user-zone")
    _, event = exported(rig)
    rig.anna.account.move_event(event, "2026-05-06T10:00", "2026-05-06T11:00")
    rig.anna.account.add_event("More", "2026-05-06T10:00", "2026-05-06T11:00")
    seen: set[Any] = set()
    rig.anna.after = lambda _: seen.update(each["start"] for each in rig.anna.desk.activities() if each["in_calendar"])
    rig.anna.synchronise()
    assert seen == {moment("2026-05-05T07:00Z"), moment("2026-05-06T08:00Z")}


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_person_changes_in_an_unfinished_meeting_is_kept(tmp_path: Path) -> None:
    rig = world(tmp_path, "utc", "user-zone")
    event = rig.anna.account.add_event("Talk", "2026-05-05T10:00", "2026-05-05T11:00")
    number = 1
    while not rig.anna.desk.activities():
        killed_at(rig, number, after=True)
        number += 1
    (unfinished,) = rig.anna.desk.activities()
    assert "not finished" in unfinished["notes"]
    assert not unfinished["in_calendar"]
    rig.clock.sleep(600)
    times = {"start": moment("2026-05-07T12:00Z"), "due": moment("2026-05-07T13:00Z")}
    rig.anna.desk.edit_activity(unfinished["id"], priority="high", **times)
    rig.clock.sleep(60)
    rig.anna.synchronise()
    assert times_of(rig) == [(moment("2026-05-07T12:00Z"), moment("2026-05-07T13:00Z"))]
    assert rig.anna.desk.activity(unfinished["id"])["priority"] == "high"  # type: ignore[index]
    assert rig.anna.account.event(event)["start"]["dateTime"] == "2026-05-07T14:00:00+02:00"


def test_an_edit_between_the_proof_and_the_first_update_is_planned_anew(tmp_path: Path) -> None:
    rig = world(tmp_path, "utc", "user-zone")
    activity, event = exported(rig)
    rig.anna.account.edit_event(event, title="Other")
    rig.anna.account.move_event(event, "2026-05-06T10:00", "2026-05-06T11:00")
    rig.clock.sleep(60)

    def meddle(request: Request) -> None:
        if b"RemindToOwnerDate" in request.body and b"PATCH" in request.body:
            rig.anna.after = nothing
            rig.anna.desk.edit_activity(activity, location="Room 9")

    rig.anna.after = meddle
    rig.anna.synchronise()
    found = rig.anna.desk.activity(activity)
    assert found is not None
    assert (found["title"], found["location"], found["start"]) == ("Other", "Room 9", moment("2026-05-06T08:00Z"))
    assert rig.anna.account.event(event)["location"] == "Room 9"


# ── sites that hide their users' zones ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
@pytest.mark.parametrize("winter", [False, True])
def test_a_hidden_zone_is_found_out_by_the_calendars(
    tmp_path: Path, dates: str, date_writes: str, winter: bool
) -> None:
    start = moment("2026-12-01T08:00Z") if winter else NOW
    rig = world(tmp_path, dates, date_writes, start=start, system_tables=False)
    for month in (3, 5, 7, 11, 12):
        rig.anna.desk.add_activity(f"In {month}", f"2027-{month:02}-10T08:00Z", f"2027-{month:02}-10T09:00Z")
    rig.anna.account.add_event("Talk", "2027-01-05T10:00", "2027-01-05T11:00")
    rig.anna.account.add_event("Walk", "2027-06-05T10:00", "2027-06-05T11:00")
    rig.anna.synchronise()
    starts = {each["title"]: each["start"] for each in rig.anna.desk.activities()}
    assert (starts["Talk"], starts["Walk"]) == (moment("2027-01-05T09:00Z"), moment("2027-06-05T08:00Z"))
    events = {each["summary"]: moment(each["start"]["dateTime"]) for each in rig.anna.account.events()}
    assert events == starts


@pytest.mark.parametrize("date_writes", MODES)
def test_a_hidden_zone_that_is_not_the_calendars_ends_the_run_before_any_meeting_is_written(
    tmp_path: Path, date_writes: str
) -> None:
    rig = world(tmp_path, "user-zone", date_writes, user_zone="Eastern Standard Time", system_tables=False)
    activity = rig.anna.desk.add_activity("Talk", "2026-05-05T07:00Z", "2026-05-05T08:00Z")
    rig.anna.account.add_event("Walk", "2026-05-06T10:00", "2026-05-06T11:00")
    for _ in range(2):
        with pytest.raises(ConfigurationWrong, match="creatio-dates-zone"):
            rig.anna.synchronise()
        rig.clock.sleep(600)
    assert [each["summary"] for each in rig.anna.account.events()] == ["Walk"]
    assert [each["id"] for each in rig.anna.desk.activities()] == [activity]


def test_a_hidden_zone_that_comes_to_differ_from_the_calendars_is_noticed_by_the_next_write(tmp_path: Path) -> None:
    # Johannesburg has Berlin's clock in summer, and none of its changes.
    rig = world(tmp_path, "user-zone", "user-zone", zone="Africa/Johannesburg", system_tables=False)
    rig.anna.account.add_event("Talk", "2026-05-05T10:00", "2026-05-05T11:00")
    rig.anna.synchronise()
    assert times_of(rig) == [(moment("2026-05-05T08:00Z"), moment("2026-05-05T09:00Z"))]
    rig.clock.sleep((moment("2026-11-02T08:00Z") - rig.clock.now()).total_seconds())
    rig.anna.account.add_event("Walk", "2026-11-05T10:00", "2026-11-05T11:00")
    rig.anna.synchronise()
    rig.clock.sleep(600)
    with pytest.raises(ConfigurationWrong, match="creatio-dates-zone"):
        rig.anna.synchronise()


def test_a_rehearsal_writes_nothing_to_find_out_a_zone(tmp_path: Path) -> None:
    rig = world(tmp_path, "user-zone", "utc", system_tables=False)
    activity = rig.anna.desk.add_activity("Talk", "2026-05-05T07:00Z", "2026-05-05T08:00Z")
    before = rig.anna.desk.activity(activity)
    rig.anna.synchronise(dry_run=True)
    assert rig.anna.desk.activity(activity) == before
    assert rig.anna.creatio_store().dates_are_guessed


def test_what_is_saved_to_find_out_a_zone_looks_as_before(tmp_path: Path) -> None:
    rig = world(tmp_path, "user-zone", "utc", system_tables=False)
    ids = [
        rig.anna.desk.add_activity(title, "2026-05-05T07:00Z", "2026-05-05T08:00Z", reminder=reminder)
        for title, reminder in (("Talk", 15), ("Walk", 30))
    ]
    before = {identity: rig.anna.desk.activity(identity) for identity in ids}
    rig.anna.synchronise()
    for identity in ids:
        now, was = rig.anna.desk.activity(identity), before[identity]
        assert now is not None
        assert was is not None
        shown = ("title", "start", "due", "reminder", "notes", "in_calendar", "participants")
        assert {name: now[name] for name in shown} == {name: was[name] for name in shown}


# ── what a person has set ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
@pytest.mark.parametrize("setting", MODES)
def test_what_is_set_is_honoured_or_the_run_ends_before_a_date_is_written(
    tmp_path: Path, hidden: bool, dates: str, date_writes: str, setting: str
) -> None:
    rig = world(tmp_path, dates, date_writes, system_tables=not hidden)
    set_by_hand(rig, setting)
    rig.anna.account.add_event("Talk", "2026-05-05T10:00", "2026-05-05T11:00")
    caught: GsyncError | None = None
    try:
        rig.anna.synchronise()
    except Refused as error:
        caught = error
    except ConfigurationWrong as error:
        caught = error
    if setting == dates == date_writes:
        assert caught is None
        assert times_of(rig) == [(moment("2026-05-05T08:00Z"), moment("2026-05-05T09:00Z"))]
    else:
        assert caught is not None
        assert caught.code in ("creatio-dates-moved", "creatio-dates-setting", "creatio-dates-zone")
        assert not [each for each in rig.anna.desk.activities() if each["in_calendar"]]
    fact = rig.anna.site.facts.get("activity_dates", "")
    assert not fact or {part.partition(":")[0] for part in fact.split(">")} == {setting}


def test_what_was_proven_before_does_not_count_against_a_setting(tmp_path: Path) -> None:
    rig = world(tmp_path, "utc", "user-zone")
    rig.anna.account.add_event("Talk", "2026-05-05T10:00", "2026-05-05T11:00")
    rig.anna.synchronise()
    facts = dict(rig.anna.site.facts)
    assert facts["activity_dates"] == "utc>user-zone:Europe/Berlin"
    set_by_hand(rig, "utc")
    rig.anna.site.facts |= facts
    rig.anna.account.add_event("Walk", "2026-05-06T10:00", "2026-05-06T11:00")
    with pytest.raises(Refused, match="creatio-dates-moved"):
        rig.anna.synchronise()


# ── whole days ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dates", MODES)
@pytest.mark.parametrize("date_writes", MODES)
@pytest.mark.parametrize(
    ("zone", "jump"),
    [("America/Santiago", "2026-09-06"), ("Asia/Beirut", "2026-03-29"), ("Africa/Cairo", "2026-04-24")],
)
def test_whole_days_go_both_ways_where_the_clock_jumps_over_midnight(
    tmp_path: Path, dates: str, date_writes: str, zone: str, jump: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date, timedelta
    from zoneinfo import ZoneInfo

    from gsync_cli.creatio.dates import iana_name
    from gsync_cli.sandbox.creatio.zones import WINDOWS

    monkeypatch.setitem(
        WINDOWS,
        {
            "America/Santiago": "Pacific SA Standard Time",
            "Asia/Beirut": "Middle East Standard Time",
            "Africa/Cairo": "Egypt Standard Time",
        }[zone],
        zone,
    )
    windows = next(name for name, iana in WINDOWS.items() if iana == zone)
    assert iana_name(windows) == zone
    first = date.fromisoformat(jump)
    start = moment(f"{first - timedelta(days=9)}T12:00Z")
    rig = world(tmp_path, dates, date_writes, start=start, zone=zone, user_zone=windows)

    def midnight(day: date) -> Any:
        return moment(f"{day}T00:00").replace(tzinfo=ZoneInfo(zone))

    wanted: dict[str, tuple[str, str]] = {}
    for ahead in range(-2, 3):
        day, after = first + timedelta(days=ahead), first + timedelta(days=ahead + 1)
        wanted[f"Here {day}"] = wanted[f"There {day}"] = (day.isoformat(), after.isoformat())
        rig.anna.desk.add_activity(f"Here {day}", midnight(day).astimezone(UTC), midnight(after).astimezone(UTC))
        rig.anna.account.add_event(f"There {day}", day.isoformat(), after.isoformat())
    for _ in range(2):
        rig.anna.synchronise(from_=first - timedelta(days=20))
        rig.clock.sleep(600)
    events = {
        each["summary"]: (each["start"].get("date"), each["end"].get("date")) for each in rig.anna.account.events()
    }
    assert events == wanted
    for each in rig.anna.desk.activities():
        begin, end = (midnight(date.fromisoformat(text)) for text in wanted[each["title"]])
        assert (each["start"], each["due"]) == (begin.astimezone(UTC), end.astimezone(UTC)), each["title"]
    report = rig.anna.synchronise(from_=first - timedelta(days=20))
    assert report.sides["google"].updated == report.sides["creatio"].updated == 0
