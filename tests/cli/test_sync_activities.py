"""`gsync sync activities` and `gsync sync all` as a user and a script meet them: real HTTP, both services."""

import json
import os
import re
import signal
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tomli_w

from gsync_cli.clock import SystemClock
from gsync_cli.sandbox.furnish import EMAIL, TAG
from gsync_cli.sync.lock import held
from tests.support.cli import Ran
from tests.support.inprocess import gsync
from tests.support.rehearsal import Rehearsal, rehearsal

NOTHING = {"created": 0, "updated": 0, "unlinked": 0}
TOMORROW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
ADA: dict[str, Any] = {"given": "Ada", "family": "Lovelace", "mails": ["ada@engines.example"], "tags": [TAG]}
READ_ONLY = ["openid", "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/contacts"]


@pytest.fixture
def town(home: Path) -> Iterator[Rehearsal]:
    with rehearsal(home / "gsync") as empty:
        yield empty


def call(town: Rehearsal, *words: str) -> Ran:
    return gsync(*words, environment=town.environment)


def told(town: Rehearsal, *words: str) -> tuple[int, dict[str, Any]]:
    ran = call(town, *words, "--output", "json")
    return ran.code, ran.envelope


def sync(town: Rehearsal, *words: str, kind: str = "activities") -> dict[str, Any]:
    code, envelope = told(town, "sync", kind, *words)
    assert (code, envelope["ok"], envelope["errors"]) == (0, True, []), envelope
    data: dict[str, Any] = envelope["data"]
    return data


def meet(town: Rehearsal, title: str, *, hours: int = 0, **fields: Any) -> str:
    """Put a meeting of an hour into Creatio, tomorrow and so many hours later."""
    start = TOMORROW + timedelta(hours=hours)
    return town.desk.add_activity(title, start, start + timedelta(hours=1), **fields)


def invite(town: Rehearsal, title: str, *, hours: int = 0, **fields: Any) -> str:
    """Put an event of an hour into the calendar."""
    start = TOMORROW + timedelta(hours=hours)
    return town.account.add_event(title, start.isoformat(), (start + timedelta(hours=1)).isoformat(), **fields)


def titles(town: Rehearsal) -> tuple[list[str], list[str]]:
    """Return what stands in Creatio, and what in Google."""
    return (
        sorted(each["title"] for each in town.desk.activities()),
        sorted(event["summary"] for event in town.account.events()),
    )


def sign_in_without_the_calendar(town: Rehearsal) -> None:
    path = town.home / "credentials.toml"
    held = tomllib.loads(path.read_text())
    held["google"]["grant"]["scopes"] = READ_ONLY
    path.write_text(tomli_w.dumps(held))


# ── one kind ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_sides_get_what_the_other_has_and_a_second_run_writes_nothing(town: Rehearsal) -> None:
    meet(town, "From Creatio")
    invite(town, "From Google", hours=3)
    data = sync(town)
    assert (data["google"], data["creatio"]) == ({**NOTHING, "created": 1}, {**NOTHING, "created": 1})
    assert titles(town) == (["From Creatio", "From Google"],) * 2
    again = sync(town)
    assert (again["google"], again["creatio"], again["linked"]) == (NOTHING, NOTHING, 0)
    assert sum(again["requests"].values()) <= 4


def test_the_json_has_the_keys_of_the_interface(town: Rehearsal) -> None:
    code, envelope = told(town, "sync", "activities")
    assert (code, envelope["schema"], envelope["command"], envelope["ok"]) == (0, "gsync/1", "sync activities", True)
    data = envelope["data"]
    assert data.keys() >= {
        "run",
        "dry_run",
        "google",
        "creatio",
        "linked",
        "conflicts",
        "skipped",
        "failed",
        "requests",
    }
    assert data["google"] == data["creatio"] == NOTHING


def test_a_dry_run_writes_nothing_and_tells_field_by_field_in_the_time_of_the_calendar(town: Rehearsal) -> None:
    invite(town, "Budget", guests=["ada@engines.example"])
    ran = call(town, "sync", "activities", "--dry-run")
    assert ran.code == 0
    for shown in (
        "Budget",
        "new in Google",
        "reminder      10 minutes before",
        "time",
        f"{TOMORROW.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d %H:%M}",
    ):
        assert shown in ran.out
    assert titles(town) == ([], ["Budget"])
    (item,) = sync(town, "--dry-run")["items"]
    changes = {change["field"]: change["after"] for change in item["changes"]}
    assert changes["when"] == f"{TOMORROW:%Y-%m-%dT%H:%M:%SZ}/{TOMORROW + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"


def test_all_times_of_a_report_are_by_one_clock_that_is_named_once(
    town: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calendar's, whichever clock the person has in Creatio, and this machine."""
    site = town.sandbox.creatio
    site.set_zone(site.user, "Newfoundland Standard Time")
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        town.account.calendar.zone = "Pacific/Auckland"
        invite(town, "Budget")
        meet(town, "Tea", hours=2)
        first = call(town, "sync", "activities", "--dry-run").out
        there = TOMORROW.astimezone(ZoneInfo("Pacific/Auckland"))
        later = there + timedelta(hours=1)
        assert first.count("Times are those of Pacific/Auckland.") == first.count("Times are") == 1
        assert f"{there:%Y-%m-%d %H:%M} Budget" in first
        assert f"{there + timedelta(hours=2):%Y-%m-%d %H:%M} Tea" in first
        assert re.search(rf"time +{there:%Y-%m-%d %H:%M} to ({there:%Y-%m-%d} )?{later:%H:%M}$", first, re.MULTILINE)
        sync(town)
        (tea,) = (row for row in town.desk.activities() if row["title"] == "Tea")
        moved = TOMORROW + timedelta(hours=3)
        town.desk.edit_activity(tea["id"], start=moved, due=moved + timedelta(hours=1))
        second = call(town, "sync", "activities", "--dry-run").out
        was, now = there + timedelta(hours=2), there + timedelta(hours=3)
        assert f"{was:%Y-%m-%d %H:%M} Tea: changed in Creatio" in second
        assert re.search(rf"time +{was:%Y-%m-%d %H:%M} to .*→ +{now:%Y-%m-%d %H:%M} to ", second)
        assert sync(town, "--dry-run")["zone"] == "Pacific/Auckland"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_dry_run_tells_meetings_in_the_order_of_their_days(town: Rehearsal) -> None:
    for hours in (30, 2, 11, 5, 26):
        invite(town, f"Meeting {hours:02}", hours=hours)
    shown = call(town, "sync", "activities", "--dry-run").out
    assert re.findall(r"Meeting (\d\d):", shown) == ["02", "05", "11", "26", "30"]


def test_the_dry_run_says_of_every_event_that_is_not_taken_why(town: Rehearsal) -> None:
    for number in range(7):
        invite(town, f"Invitation {number}", hours=number, organizer="boss@elsewhere.example")
    shown = call(town, "sync", "activities", "--dry-run").out
    assert all(f"Invitation {number}" in shown for number in range(7))
    assert shown.count("somebody else organises it") == 7
    short = call(town, "sync", "activities").out
    assert "7 of them: somebody else organises it" in short
    assert "Invitation 3" not in short
    assert "to decide" not in short, "there is nothing to decide about them"


def test_a_meeting_without_organizer_becomes_the_users(town: Rehearsal) -> None:
    activity = meet(town, "Nobody's", organizer="")
    assert town.desk.activities()[0]["columns"]["OrganizerId"] in ("", None)
    planned = sync(town, "--dry-run")
    assert planned["creatio"] == {**NOTHING, "updated": 1}
    assert ("no-organizer", activity) in {(item["why"], item["id"]) for item in planned["items"]}
    assert "had no organizer; you are it now" in call(town, "sync", "activities", "--dry-run").out
    told = sync(town)
    assert (told["creatio"], told["google"]["created"]) == ({**NOTHING, "updated": 1}, 1)
    (stored,) = town.desk.activities()
    assert stored["columns"]["OrganizerId"] == town.sandbox.creatio.user.contact_id
    again = sync(town)
    assert (again["creatio"], again["google"]) == (NOTHING, NOTHING)


def test_a_meeting_whose_organizer_does_not_synchronise_becomes_the_users(town: Rehearsal) -> None:
    site, me = town.sandbox.creatio, town.sandbox.creatio.user.contact_id
    carl, bea = (
        site.desk(site.add_user(name.lower(), "Secret-1!", full_name=f"{name} Example", mails=()))
        for name in ("Carl", "Bea")
    )
    bea.connect_google_account("bea@elsewhere.example")
    times: dict[str, Any] = {"start": TOMORROW, "due": TOMORROW + timedelta(hours=1), "participants": [me]}
    activity = carl.add_activity("Carl's", **times)
    bea.add_activity("Bea's", **times)
    invited = carl.add_activity("Invited", **times)
    invite(town, "Invited", organizer="carl@elsewhere.example")
    for _ in range(2):
        ran = call(town, "sync", "activities", "--dry-run")
        assert "its organizer does not synchronise; you are it now" in ran.out
        assert re.search(r"organizer +.?Carl Example.? → .?Supervisor", ran.out), ran.out
        assert "Bea's (Creatio," in ran.out
        assert "a colleague synchronises it with Google himself" in ran.out
        assert "is in your calendar already: somebody else invited you" in ran.out
        assert organizers(town) == {"Carl's": "Carl Example", "Bea's": "Bea Example", "Invited": "Carl Example"}
    told = sync(town)
    assert (told["creatio"], told["google"]["created"]) == ({**NOTHING, "updated": 1}, 1)
    assert {(item["id"], item["why"]) for item in told["items"] if item["side"] == "creatio"} >= {
        (activity, "organizer-does-not-synchronise"),
        (invited, "already-invited"),
    }
    mine = site.desk().activity(activity)
    assert mine is not None
    assert mine["columns"]["OrganizerId"] == me
    assert {**organizers(town), "Carl's": ""} == {"Carl's": "", "Bea's": "Bea Example", "Invited": "Carl Example"}
    again = sync(town)
    assert (again["creatio"], again["google"], again["skipped"]) == (NOTHING, NOTHING, told["skipped"])


def organizers(town: Rehearsal) -> dict[str, str]:
    """Return the organizers of the activities by their titles."""
    return {activity["title"]: activity["organizer"] for activity in town.desk.activities()}


def test_no_guest_gets_mail_but_by_notify_which_says_so(town: Rehearsal) -> None:
    person = town.desk.add_person({"given": "Ada", "family": "Lovelace", "mails": ["ada@engines.example"]})
    meeting = meet(town, "Quiet", participants={person: "confirmed"})
    ran = call(town, "sync", "activities")
    assert "mail" not in ran.err
    assert not town.sandbox.google.mails
    start = TOMORROW + timedelta(hours=5)
    town.desk.edit_activity(meeting, start=start, due=start + timedelta(hours=1))
    ran = call(town, "sync", "activities", "--notify", "--dry-run")
    assert "mail" not in ran.err
    assert not town.sandbox.google.mails
    ran = call(town, "sync", "activities", "--notify")
    assert (ran.code, "will mail the guests" in ran.err) == (0, True)
    assert town.sandbox.google.mails


def test_from_widens_one_run(town: Rehearsal) -> None:
    past = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=100)
    town.desk.add_activity("Long past", past, past + timedelta(hours=1))
    assert sync(town)["google"]["created"] == 0
    assert sync(town, "--from", f"{past - timedelta(days=1):%Y-%m-%d}")["google"]["created"] == 1


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("activities", "--from", "31.01.2026"), "“31.01.2026” does not fit the option --from"),
        (("all", "--watch", "--from", "soon"), "“soon” does not fit the option --from"),
        (("activities", "--watch", "--every", "0s"), "“0s” does not fit the option --every"),
        (("all", "--watch", "--every", "400d"), "“400d” does not fit the option --every"),
        (("contacts", "--tag", "\n"), "does not fit the option --tag"),
        (("activities", "--link", "somebody"), "“somebody” does not fit the option --link"),
    ],
)
def test_what_does_not_fit_is_named_as_it_was_typed(town: Rehearsal, words: tuple[str, ...], typed: str) -> None:
    code, envelope = told(town, "sync", *words)
    (error,) = envelope["errors"]
    assert (code, typed in error["message"], "sync." in error["message"]) == (2, True, False), error
    assert error["hint"].startswith(f"gsync sync {words[0]} --")
    assert not town.sandbox.log


def test_a_sign_in_without_the_calendar_is_refused_with_the_command_that_mends_it(town: Rehearsal) -> None:
    sign_in_without_the_calendar(town)
    ran = call(town, "sync", "activities")
    assert (ran.code, ran.out) == (4, "")
    assert "calendar.events" in ran.err
    assert f"gsync account add --email {EMAIL}" in ran.err


def test_the_guard_speaks_of_activities(town: Rehearsal) -> None:
    meetings = [meet(town, f"Meeting {number}", hours=number) for number in range(4)]
    sync(town)
    for meeting in meetings[:3]:
        town.desk.edit_activity(meeting, in_calendar=False)
    ran = call(town, "sync", "activities")
    assert ran.code == 9
    assert "3 of 4 activities" in ran.err
    assert "gsync sync activities --allow-mass-change" in ran.err
    assert sync(town, "--allow-mass-change")["google"]["unlinked"] == 3
    assert len(town.account.events()) == 4, "nothing is deleted by default"


def test_a_link_of_the_wrong_form_is_refused_in_terms_of_activities(town: Rehearsal) -> None:
    code, envelope = told(town, "sync", "activities", "--link", "x")
    (error,) = envelope["errors"]
    assert (code, error["code"]) == (2, "link-form")
    assert "gsync sync activities --link" in error["hint"]


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_runs_contacts_then_activities_and_reports_both(town: Rehearsal) -> None:
    town.desk.add_person(ADA)
    meet(town, "Tea with Ada")
    code, envelope = told(town, "sync", "all")
    assert (code, envelope["ok"], list(envelope["data"])) == (0, True, ["contacts", "activities"])
    for part in envelope["data"].values():
        assert part["google"]["created"] == 1
        assert part["requests"]["google"] > 0
    shown = call(town, "sync", "all").out
    assert shown.index("Contacts: Done") < shown.index("Activities: Done")


def test_the_requests_of_both_add_up_to_what_the_services_saw(town: Rehearsal) -> None:
    data = sync(town, kind="all")
    seen = town.sandbox.counts()
    assert sum(part["requests"]["creatio"] for part in data.values()) == seen["creatio"]
    assert sum(part["requests"]["google"] for part in data.values()) == sum(
        seen[service] for service in ("people", "calendar", "oauth2", "accounts")
    )


@pytest.mark.parametrize("broken", ["contacts", "activities"])
def test_one_that_fails_does_not_stop_the_other(town: Rehearsal, broken: str) -> None:
    town.desk.add_person(ADA)
    meet(town, "Tea")
    words = ("--tag", "Nobody's") if broken == "contacts" else ()
    if broken == "activities":
        sign_in_without_the_calendar(town)
    code, envelope = told(town, "sync", "all", *words)
    assert (code, envelope["ok"]) == (5 if broken == "contacts" else 4, False)
    assert len(envelope["errors"]) == 1
    created = {part: data["google"]["created"] for part, data in envelope["data"].items()}
    assert created == {"contacts": int(broken != "contacts"), "activities": int(broken != "activities")}


def test_auto_runs_what_is_set_to_and_due_and_says_nothing_otherwise(town: Rehearsal) -> None:
    meet(town, "Tea")
    idle = call(town, "sync", "all", "--auto", "--quiet")
    assert (idle.code, idle.out, idle.err) == (0, "", "")
    assert titles(town)[1] == []
    town.configure({"sync.activities.auto": True, "sync.activities.interval": "15m"})
    code, envelope = told(town, "sync", "all", "--auto")
    assert (code, list(envelope["data"])) == (0, ["activities"])
    assert titles(town)[1] == ["Tea"]
    meet(town, "Coffee", hours=2)
    early = call(town, "sync", "all", "--auto", "--quiet")
    assert (early.code, early.out, early.err) == (0, "", "")
    assert titles(town)[1] == ["Tea"], "fifteen minutes have not passed"


def test_what_a_scheduler_starts_beside_another_run_ends_at_once_and_touches_nothing(town: Rehearsal) -> None:
    meet(town, "Tea")
    town.configure({"sync.activities.auto": True})
    with held(town.home / "run.lock", SystemClock()):
        ran = call(town, "sync", "all", "--auto", "--quiet")
    assert (ran.code, ran.out) == (7, "")
    assert f"Another run of this profile is under way (process {os.getpid()}" in ran.err
    assert not town.sandbox.log
    assert call(town, "sync", "all", "--auto", "--quiet").code == 0
    assert titles(town)[1] == ["Tea"], "the run that did not take place is still due"


@pytest.mark.parametrize("words", [
    ("all", "--watch", "--auto"), ("all", "--auto", "--dry-run"), ("activities", "--watch", "--allow-mass-change"),
    ("contacts", "--watch", "--dry-run"), ("contacts", "--every", "5m"), ("all", "--watch", "--every", "soon"),
])  # fmt: skip
def test_what_can_not_be_meant_together_is_refused_before_anything_is_sent(
    town: Rehearsal, words: tuple[str, ...]
) -> None:
    ran = call(town, "sync", *words)
    assert ran.code == 2, ran
    assert not town.sandbox.log


# ── by itself ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_watch_picks_changes_up_one_line_a_run_and_ends_by_sigterm_with_0(town: Rehearsal) -> None:
    meet(town, "Tea")
    process = town.start("sync", "all", "--watch", "--every", "1s")
    town.wait_for(lambda: "Tea" in titles(town)[1])
    meet(town, "Coffee", hours=2)
    town.wait_for(lambda: "Coffee" in titles(town)[1])
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "Synchronising every 1s. Ctrl-C ends it.\n")
    lines = out.splitlines()
    assert len(lines) >= 1
    assert all("contacts: " in line and "activities: " in line for line in lines)
    assert call(town, "sync", "all").code == 0, "the lock is free"


def test_a_watch_outlives_errors_takes_up_what_was_mended_and_ctrl_c_is_130(town: Rehearsal) -> None:
    meet(town, "Tea")
    credentials = town.home / "credentials.toml"
    held = credentials.read_bytes()
    sign_in_without_the_calendar(town)
    process = town.start("sync", "activities", "--watch", "--every", "1s", "--output", "json")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert (first["ok"], first["errors"][0]["code"]) == (False, "google-scope-missing")
    credentials.write_bytes(held)
    ran = town.interrupt(process, lambda: "Tea" in titles(town)[1])
    envelopes = [json.loads(line) for line in ran.out.splitlines()]
    assert {envelope["command"] for envelope in envelopes} <= {"sync activities"}
    assert ran.code == 130


def test_a_watch_follows_the_interval_of_the_settings(town: Rehearsal) -> None:
    town.configure({"sync.activities.interval": "2s"})
    process = town.start("sync", "activities", "--watch")
    meet(town, "Tea")
    town.wait_for(lambda: "Tea" in titles(town)[1])
    town.configure({"sync.activities.interval": "1h"})
    time.sleep(4)
    meet(town, "Cake", hours=4)
    time.sleep(4)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert err == "Synchronising every 2s, as the settings say. Ctrl-C ends it.\n"
    assert "Cake" not in titles(town)[1], "the run after the change waits an hour"


# ── status ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_status_shows_both_kinds_and_what_waits_for_a_decision(town: Rehearsal) -> None:
    start = TOMORROW
    for _ in range(2):
        meet(town, "Twice")
    event = town.account.add_event("Twice", start.isoformat(), (start + timedelta(hours=1)).isoformat())
    sync(town, kind="all")
    code, envelope = told(town, "status")
    kinds = {kind["kind"]: kind for kind in envelope["data"]["kinds"]}
    assert (code, set(kinds)) == (0, {"contact", "activity"})
    assert kinds["contact"]["undecided"] == 0
    assert kinds["activity"]["undecided"] == len(kinds["activity"]["waiting"]) > 0
    shown = call(town, "status").out
    assert "Activities" in shown
    assert "gsync sync activities --link" in shown
    assert event in shown


def test_status_says_when_and_by_whom_the_next_run_is_started(town: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.schedulers import Crontab, Played, machine

    here = machine(town.home, Played({"crontab": Crontab(b"")}))
    monkeypatch.setattr("gsync_cli.scheduling.machine.this_machine", lambda *_: here)
    assert told(town, "status")[1]["data"]["next"] == {}
    town.configure({"sync.activities.auto": True, "sync.activities.interval": "2h"})
    assert told(town, "status")[1]["data"]["next"] == {"activities": {"at": None, "scheduler": None}}
    assert "gsync schedule install" in call(town, "status").out
    assert call(town, "schedule", "install").code == 0
    sync(town)
    data = told(town, "status")[1]["data"]
    (kind,) = data["kinds"]
    coming = data["next"]["activities"]
    assert coming["scheduler"] == "cron"
    began = datetime.fromisoformat(kind["started"])
    assert datetime.fromisoformat(coming["at"]) >= began + timedelta(hours=2)


def test_a_zone_that_nobody_tells_is_said_by_a_rehearsal_and_ends_a_run_where_it_is_not_the_calendars(
    town: Rehearsal,
) -> None:
    site = town.sandbox.creatio
    site.options.system_tables, site.options.dates = False, "user-zone"
    site.set_zone(site.user, "Nepal Standard Time")
    meet(town, "Standup")
    assert "taken for UTC" in " ".join(call(town, "sync", "activities", "--dry-run").err.split())
    ran = call(town, "sync", "activities")
    assert ran.code == 5
    assert "+05:45" in ran.err
    assert titles(town) == (["Standup"], [])
