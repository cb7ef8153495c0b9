"""The second part of the demo's story: a working week, in Creatio's calendar and in Google's (rows A1 to A9)."""

from datetime import timedelta
from typing import Any, Final

from gsync_cli.cli.demo_stage import Stage
from gsync_cli.sandbox.furnish_events import HOST

STAND_UP: Final = "Sales stand-up"
MOVED: Final = "Presses for Pacific"
"""A meeting of Creatio that is moved."""
ANSWERED, GUEST, GUESTS_NAME = "Quarterly review with the partners", "james@harbour.example", "James Edward O’Connor"
"""An event of Google, and who answers its invitation."""
DELETED: Final = "Demonstration of the new press"
"""An event that is deleted in Google."""


def first_week(stage: Stage) -> None:
    """Activities and events go to the other side, each occurrence of a series for itself (rows A1, A2, A4)."""
    ours = [each["title"] for each in _shown(stage) if each["organizer"] == _me(stage)]
    series = stage.account.find_event(STAND_UP)
    stage.scene(
        "The calendar",
        f"In Creatio {len(ours)} meetings of yours are displayed in the calendar; they go to Google. Yours in Google "
        "become activities, with those guests as participants whom Creatio knows by their mail; of a series, each "
        "occurrence. What somebody else organises is not taken.",
    )
    stage.gsync("sync", "activities")
    titles = [event.get("summary", "") for event in stage.account.events()]
    stage.check("All of yours are in Google, each once.", all(titles.count(title) == 1 for title in ours))
    stand_ups = [each for each in _shown(stage) if each["title"].startswith(STAND_UP)]
    stage.check(
        "Every occurrence of the weekly series is an activity; the one that was cancelled is none.",
        len(stand_ups) == len(stage.account.occurrences(series)),
    )
    invited = [event["summary"] for event in stage.account.events() if event["organizer"].get("email") == HOST]
    stage.check(
        "The invitation of a partner is in Google only.",
        bool(invited) and not any(each["title"] in invited for each in _shown(stage)),
    )
    stage.check("Google has mailed nobody.", not stage.sandbox.google.mails)


def week_goes_on(stage: Stage) -> None:
    """Changes, answers and a deletion go to the other side (rows A6, A8, A9)."""
    stage.scene(
        "The week goes on",
        "A meeting is moved, a guest answers, an event is deleted. `sync all` takes contacts and activities in one "
        "run. Deleted in Google: the activity stays in Creatio, and is no longer displayed in the calendar.",
    )
    moved = _activity(stage, MOVED)
    start = moved["start"] + timedelta(hours=2)
    stage.desk.edit_activity(moved["id"], start=start, due=moved["due"] + timedelta(hours=2))
    stage.by_hand("Creatio", f"move “{MOVED}” by two hours.")
    stage.account.respond(stage.account.find_event(ANSWERED), "accepted", GUEST)
    stage.account.delete_event(stage.account.find_event(DELETED))
    stage.by_hand("Google", f"James accepts “{ANSWERED}”; delete “{DELETED}”.")
    stage.gsync("sync", "all", lines=12)
    shown = stage.account.event(stage.account.find_event(MOVED))["start"]["dateTime"]
    stage.check("Google has the new time.", type(start).fromisoformat(shown) == start)
    answers = {each["name"]: each["response"] for each in _activity(stage, ANSWERED)["participants"]}
    stage.check("In Creatio James is confirmed.", answers.get(GUESTS_NAME) == "confirmed")
    stage.check("The activity of the deleted event is still there.", not _activity(stage, DELETED)["in_calendar"])
    stage.check("Google has mailed nobody.", not stage.sandbox.google.mails)


def quiet_week(stage: Stage) -> None:
    """Where nothing changed, nothing is written."""
    stage.scene(
        "Both, with nothing to do",
        "This is the run that `gsync schedule install` starts at intervals, and `gsync sync all --watch` too.",
    )
    before = _fingerprint(stage)
    stage.gsync("sync", "all", lines=0)
    stage.check("Not one meeting was touched on either side.", _fingerprint(stage) == before)


def _shown(stage: Stage) -> list[dict[str, Any]]:
    """Return the activities that are displayed in the calendar, but for mails, which never are meetings."""
    return [each for each in stage.desk.activities() if each["in_calendar"] and each["type"] != "email"]


def _activity(stage: Stage, title: str) -> dict[str, Any]:
    return next(each for each in stage.desk.activities() if each["title"] == title)


def _me(stage: Stage) -> str:
    """Return the user's name in Creatio, as activities tell it."""
    return next(str(each["organizer"]) for each in _shown(stage) if each["title"] == MOVED)


def _fingerprint(stage: Stage) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the version of every meeting on both sides: any write changes one."""
    in_google = {(event["id"], event["etag"]) for event in stage.account.events()}
    return in_google, {(each["id"], str(each["modified"])) for each in stage.desk.activities()}
