"""Events as answers hold them: who is meant by `self`, times in the zone asked for, tombstones (facts/google.md 7)."""

import base64
from collections.abc import Mapping
from typing import Any, Final

from gsync_cli.sandbox.google.calendar import Entry
from gsync_cli.sandbox.google.calendar_times import shown

_TIMES: Final = ("start", "end", "originalStartTime")
_PEOPLE: Final = ("creator", "organizer")


def view(entry: Entry, email: str, zone: str, *, most_attendees: int = 0) -> dict[str, Any]:
    """Return an event as the calendar of `email` shows it."""
    fields = entry.fields
    place = base64.urlsafe_b64encode(f"{entry.id} {email}".encode()).decode().rstrip("=")
    answer: dict[str, Any] = {
        "kind": "calendar#event",
        "etag": entry.etag,
        "id": entry.id,
        "htmlLink": f"https://www.google.com/calendar/event?eid={place}",
        **{name: value for name, value in fields.items() if name not in _TIMES and value not in ("", [], {})},
    }
    for name in _TIMES:
        if name in fields:
            answer[name] = shown(fields[name], zone)
    for name in _PEOPLE:
        answer[name] = _with_self(fields[name], email)
    if attendees := fields.get("attendees"):
        answer["attendees"] = [_attendee(item, email, fields["organizer"]["email"]) for item in attendees]
        if most_attendees and len(attendees) > most_attendees:
            own = [item for item in answer["attendees"] if item.get("self")]
            others = [item for item in answer["attendees"] if not item.get("self")]
            answer["attendees"] = (own + others)[:most_attendees]
            answer["attendeesOmitted"] = True
    return answer


def tombstone(entry: Entry, zone: str) -> dict[str, Any]:
    """Return what a listing promises of a cancelled event: nearly nothing (facts/google.md 7.3)."""
    answer: dict[str, Any] = {"kind": "calendar#event", "etag": entry.etag, "id": entry.id, "status": "cancelled"}
    if entry.series:
        answer["recurringEventId"] = entry.series
        answer["originalStartTime"] = shown(entry.original, zone)
    return answer


def _with_self(person: Mapping[str, Any], email: str) -> dict[str, Any]:
    return {**person, **({"self": True} if person["email"].lower() == email.lower() else {})}


def _attendee(item: Mapping[str, Any], email: str, organizer: str) -> dict[str, Any]:
    told = _with_self(item, email)
    return {**told, "organizer": True} if item["email"].lower() == organizer.lower() else told
