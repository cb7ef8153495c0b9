"""What of a sent event is stored: limits, defaults and refusals (facts/google.md 7.5, 7.6, 7.10–7.13, 7.16)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gsync_cli.sandbox.google import calendar_times, recurrence
from gsync_cli.sandbox.google.calendar_errors import bad_event
from gsync_cli.sandbox.google.errors import LegacyError

SHARED: Final = (
    "summary",
    "description",
    "location",
    "start",
    "end",
    "recurrence",
    "status",
    "attendees",
    "guestsCanModify",
    "guestsCanInviteOthers",
    "guestsCanSeeOtherGuests",
    "anyoneCanAddSelf",
    "attachments",
    "source",
    "conferenceData",
)
"""What all copies of a meeting have in common; the organizer's to change."""
_OWN: Final = (
    "colorId",
    "transparency",
    "visibility",
    "reminders",
    "extendedProperties",
    "eventLabelId",
    "privateCopy",
    "gadget",
)
TYPED: Final = {
    "focusTime": "focusTimeProperties",
    "outOfOffice": "outOfOfficeProperties",
    "workingLocation": "workingLocationProperties",
    "birthday": "birthdayProperties",
}
"""The properties that events of a kind of their own need."""
WRITABLE: Final = frozenset((*SHARED, *_OWN, "eventType", *TYPED.values()))
_LONGEST_DESCRIPTION: Final = 8192
_LONGEST_KEY, _LONGEST_VALUE, _MOST_PROPERTIES = 44, 1024, 300
_MOST_OVERRIDES, _EARLIEST_REMINDER = 5, 40320
_CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "status": frozenset(("confirmed", "tentative", "cancelled")),
    "visibility": frozenset(("default", "public", "private", "confidential")),
    "transparency": frozenset(("opaque", "transparent")),
    "eventType": frozenset(("default", *TYPED)),
}
_RESPONSES: Final = frozenset(("needsAction", "declined", "tentative", "accepted"))
_ID: Final = re.compile(r"[a-v0-9]{5,1024}")
_MAIL: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+")


def check_id(id_: str) -> None:
    """Raise LegacyError (400) for an id that is not base32hex in lower case."""
    if not _ID.fullmatch(id_):
        raise bad_event("invalid", "Invalid resource id value.")


def merged(former: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event after a patch: objects are merged, lists replaced, null clears."""
    result = dict(former)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            below = result.get(name)
            result[name] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def taken(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a client may say of an event; what is read-only is passed over."""
    return {name: value for name, value in body.items() if name in WRITABLE}


def checked(fields: Mapping[str, Any], zone: str, unknown_zones: set[str]) -> dict[str, Any]:
    """Return the fields of an event as they are stored. Raises LegacyError (400)."""
    stored = {name: value for name, value in fields.items() if value is not None}
    for name, allowed in _CHOICES.items():
        if name in stored and stored[name] not in allowed:
            raise bad_event("invalid", f"Invalid value for {name}: {stored[name]}", name)
    kind = stored.setdefault("eventType", "default")
    if kind in TYPED and TYPED[kind] not in stored:
        raise bad_event("required", f"Missing {TYPED[kind]}.")
    stored.setdefault("status", "confirmed")
    stored["reminders"] = _reminders(stored.get("reminders") or {"useDefault": True})
    _times(stored, zone, unknown_zones)
    if "description" in stored:
        stored["description"] = stored["description"][:_LONGEST_DESCRIPTION]
    if "attendees" in stored:
        stored["attendees"] = _attendees(stored["attendees"])
    if "extendedProperties" in stored:
        stored["extendedProperties"] = _properties(stored["extendedProperties"])
    return stored


def _times(stored: dict[str, Any], zone: str, unknown: set[str]) -> None:
    recurring = bool(stored.get("recurrence"))
    for which in ("start", "end"):
        sent = stored.get(which)
        if not sent:
            raise bad_event("required", f"Missing {which} time.")
        stored[which] = calendar_times.read(sent, which, zone, unknown, recurring=recurring)
    start, end = stored["start"], stored["end"]
    if calendar_times.is_whole_day(start) != calendar_times.is_whole_day(end):
        raise bad_event("invalid", "Start and end times must either both be date or both be dateTime.")
    if calendar_times.is_empty(start, end):
        raise LegacyError(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")
    if recurring:
        try:
            recurrence.check(start, stored["recurrence"])
        except ValueError:
            raise bad_event("invalid", "Invalid recurrence rule.", "recurrence") from None


def _reminders(reminders: Mapping[str, Any]) -> dict[str, Any]:
    overrides = reminders.get("overrides") or []
    if reminders.get("useDefault") and overrides:
        message = "Cannot specify both default reminders and overrides at the same time."
        raise LegacyError(400, "cannotUseDefaultRemindersAndSpecifyOverride", message, domain="calendar")
    if len(overrides) > _MOST_OVERRIDES:
        raise bad_event("invalid", "Too many reminder overrides.", "reminders")
    for override in overrides:
        if override.get("method") not in {"email", "popup"}:
            raise bad_event("required", "Missing or unknown reminder method.", "reminders")
        if not 0 <= override.get("minutes", -1) <= _EARLIEST_REMINDER:
            raise bad_event("invalid", "Invalid reminder minutes.", "reminders")
    return {"useDefault": bool(reminders.get("useDefault")), **({"overrides": overrides} if overrides else {})}


def _attendees(sent: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the guests; who stands there twice comes once, who is only read (`self`, `organizer`) is left out."""
    guests: dict[str, dict[str, Any]] = {}
    for item in sent:
        mail = item.get("email")
        if not mail:
            raise bad_event("required", "Missing attendee email.")
        if not _MAIL.fullmatch(mail):
            raise bad_event("invalid", "Invalid attendee email.")
        if item.get("responseStatus", "needsAction") not in _RESPONSES:
            raise bad_event("invalid", "Invalid attendee response status.")
        kept = {name: value for name, value in item.items() if name not in {"self", "organizer"} and value is not None}
        guests.setdefault(mail.lower(), {"responseStatus": "needsAction", **kept})
    return list(guests.values())


def _properties(sent: Mapping[str, Mapping[str, str] | None]) -> dict[str, dict[str, str]]:
    """Return extended properties: long keys vanish and long values are cut, both without a word (7.6)."""
    kept: dict[str, dict[str, str]] = {}
    for kind, values in sent.items():
        whole = [(key, text[:_LONGEST_VALUE]) for key, text in (values or {}).items() if len(key) <= _LONGEST_KEY]
        if len(whole) > _MOST_PROPERTIES:
            raise bad_event("invalid", "Too many extended properties.", "extendedProperties")
        if whole:
            kept[kind] = dict(whole)
    return kept
