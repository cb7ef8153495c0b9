"""Times of events as Google takes and shows them (facts/google.md 7.11).

A stored time is `{"date": "2026-05-01"}` for whole days, or `{"dateTime": "2026-05-01T10:00:00+02:00", "timeZone":
"Europe/Berlin"}`: the wall time in the zone it belongs to. Answers show the moment in the calendar's zone.
"""

import functools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from gsync_cli.sandbox.google.calendar_errors import bad_event
from gsync_cli.sandbox.google.errors import LegacyError

Time = Mapping[str, str]

DAY: Final = timedelta(days=1)


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def check_zone(name: str, unknown: set[str]) -> str:
    """Return the name of a zone that Google knows. Raises LegacyError (400): Windows names are none."""
    if name not in _names() or name in unknown:
        raise bad_event("invalid", f"Invalid time zone definition for time zone {name}.", "timeZone")
    return name


def read(value: Mapping[str, Any], which: str, calendar_zone: str, unknown: set[str], *, recurring: bool) -> Time:
    """Return what is stored of the start or end (`which`) of a sent event. Raises LegacyError (400)."""
    day, moment, zone = value.get("date"), value.get("dateTime"), value.get("timeZone") or ""
    if bool(day) == bool(moment):
        raise bad_event("invalid" if day else "required", f"Invalid {which} time." if day else f"Missing {which} time.")
    if zone:
        check_zone(zone, unknown)
    if day:
        return {"date": _day(day, which).isoformat()}
    try:
        told = datetime.fromisoformat(str(moment))
    except ValueError:
        raise bad_event("invalid", f"Invalid {which} time.") from None
    if (told.tzinfo is None or recurring) and not zone:
        raise bad_event("required", f"Missing time zone definition for {which} time.")
    own = ZoneInfo(zone or calendar_zone)
    local = told.replace(tzinfo=own) if told.tzinfo is None else told.astimezone(own)
    return of_wall(local.replace(tzinfo=None, microsecond=0, fold=local.fold), zone or calendar_zone)


def of_wall(wall: datetime, zone: str) -> Time:
    """Return the stored time of a wall time; one that the clocks jump over lies behind the jump (RFC 5545 3.3.5)."""
    local = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    return {"dateTime": local.isoformat(timespec="seconds"), "timeZone": zone}


def is_whole_day(time: Time) -> bool:
    """Tell whether a time is a day without a time."""
    return "date" in time


def wall(time: Time) -> datetime:
    """Return the wall time of a stored time; midnight for whole days."""
    if is_whole_day(time):
        return datetime.combine(date.fromisoformat(time["date"]), datetime.min.time())
    return datetime.fromisoformat(time["dateTime"]).replace(tzinfo=None)


def instant(time: Time, calendar_zone: str) -> datetime:
    """Return the moment in UTC; a whole day begins at midnight in the calendar's zone."""
    if is_whole_day(time):
        return wall(time).replace(tzinfo=ZoneInfo(calendar_zone)).astimezone(UTC)
    return datetime.fromisoformat(time["dateTime"]).astimezone(UTC)


def length(start: Time, end: Time) -> timedelta:
    """Return how long it lasts by the clock on the wall; in real time, where it begins and ends in two zones."""
    if is_whole_day(start) or start["timeZone"] == end["timeZone"]:
        return wall(end) - wall(start)
    return datetime.fromisoformat(end["dateTime"]) - datetime.fromisoformat(start["dateTime"])


def is_empty(start: Time, end: Time) -> bool:
    """Tell whether it ends before it begins, in real time; a day that ends on the day it begins is none."""
    if is_whole_day(start):
        return bool(end["date"] <= start["date"])
    return datetime.fromisoformat(end["dateTime"]) < datetime.fromisoformat(start["dateTime"])


def moved(time: Time, at: datetime) -> Time:
    """Return a time of the same kind at another wall time."""
    return {"date": at.date().isoformat()} if is_whole_day(time) else of_wall(at, time["timeZone"])


def after(start: Time, duration: timedelta, like: Time, *, at: datetime | None = None) -> Time:
    """Return the end of what begins at `start`, shown in the zone of the end `like`.

    `at` is the wall time that a rule gave the start, which the clocks may have jumped over.

    An occurrence that spans a change of the clock keeps its times on the wall, as its series has them. The facts don't
    say what Google does; others who expand series (recurring-ical-events, myworld) do it so.
    """
    if is_whole_day(start):
        return {"date": (wall(start) + duration).date().isoformat()}
    if start["timeZone"] == like["timeZone"]:
        by_the_wall = of_wall((at or wall(start)) + duration, like["timeZone"])
        if instant(by_the_wall, like["timeZone"]) > instant(start, like["timeZone"]) or not duration:
            return by_the_wall
    end = (datetime.fromisoformat(start["dateTime"]).astimezone(UTC) + duration).astimezone(ZoneInfo(like["timeZone"]))
    return {"dateTime": end.isoformat(timespec="seconds"), "timeZone": like["timeZone"]}


def shown(time: Time, zone: str) -> dict[str, str]:
    """Return a time as answers hold it: the moment in the zone asked for, and the name of its own."""
    if is_whole_day(time):
        return dict(time)
    local = datetime.fromisoformat(time["dateTime"]).astimezone(ZoneInfo(zone))
    text = local.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"dateTime": text, "timeZone": time["timeZone"]}


def stamp(time: Time) -> str:
    """Return the end of the id of an occurrence (facts/google.md 7.3)."""
    if is_whole_day(time):
        return time["date"].replace("-", "")
    return f"{datetime.fromisoformat(time['dateTime']).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def bound(text: str, name: str) -> datetime:
    """Read timeMin, timeMax or updatedMin: RFC 3339 with an offset. Raises LegacyError (400)."""
    try:
        read_ = datetime.fromisoformat(text)
    except ValueError:
        read_ = None
    if read_ is None or read_.tzinfo is None:
        raise LegacyError(400, "badRequest", "Bad Request", location=name)
    return read_.astimezone(UTC)


def utc_text(moment: datetime) -> str:
    """Return a moment as `created` and `updated` show it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _day(text: str, which: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_event("invalid", f"Invalid {which} time.") from None
