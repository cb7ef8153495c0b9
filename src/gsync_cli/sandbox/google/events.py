"""The methods of events.* that concern one event, and those of calendars (facts/google.md 7)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gsync_cli.sandbox.google import meetings
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.calendar import Entry
from gsync_cli.sandbox.google.calendar_errors import (
    bad_event,
    changed_meanwhile,
    event_gone,
    full_sync_required,
    id_taken,
    no_event,
)
from gsync_cli.sandbox.google.calendar_times import check_zone
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.errors import LegacyError
from gsync_cli.sandbox.google.event_body import check_id, checked, merged, taken
from gsync_cli.sandbox.google.event_view import view

READ_ONLY = (
    "created",
    "updated",
    "creator",
    "organizer",
    "iCalUID",
    "sequence",
    "eventType",
    "recurringEventId",
    "originalStartTime",
)
"""What a whole update (PUT) leaves as it is."""
UNSPECIFIED = "unspecified"


@dataclass(frozen=True, slots=True)
class Mail:
    """A write that may have made Google write to somebody."""

    at: datetime
    account: str
    method: str
    event: str
    send_updates: str
    """What was asked for: all, externalOnly, or `UNSPECIFIED` where a write did not say and there are guests."""
    guests: tuple[str, ...]


def get(call: Call) -> dict[str, Any]:
    """Answer events.get: deleted events too, as cancelled."""
    return _shown(call, _found(call))


def insert(call: Call) -> dict[str, Any]:
    """Answer events.insert."""
    calendar = owned(call).calendar
    id_ = call.body.get("id", "")
    if id_:
        check_id(id_)
        if calendar.entry(id_) is not None:
            raise id_taken()
    body = taken({name: value for name, value in call.body.items() if value is not None})
    if uid := call.body.get("iCalUID"):
        if id_:
            raise bad_event("invalid", "Only one of id and iCalUID may be given.", "iCalUID")
        body["iCalUID"] = uid
    entry = meetings.new(call.account, id_ or calendar.new_id(), body)
    _note(call, "insert", entry)
    return _shown(call, entry)


def patch(call: Call) -> dict[str, Any]:
    """Answer events.patch."""
    entry = _to_change(call)
    return _changed(call, "patch", entry, merged(entry.fields, taken(call.body)))


def update(call: Call) -> dict[str, Any]:
    """Answer events.update: what is not said is cleared."""
    entry = _to_change(call)
    if call.body.get("sequence", entry.fields["sequence"]) < entry.fields["sequence"]:
        message = "Invalid sequence value. The specified sequence number is below the current sequence number."
        raise bad_event("invalid", message, "sequence")
    kept = {name: entry.fields[name] for name in READ_ONLY if name in entry.fields}
    sent = taken({name: value for name, value in call.body.items() if value is not None})
    return _changed(call, "update", entry, {**kept, "status": "confirmed", **sent})


def delete(call: Call) -> dict[str, Any]:
    """Answer events.delete."""
    entry = _found(call)
    if entry.cancelled:
        raise event_gone()
    _check_match(call, entry)
    _note(call, "delete", entry)
    meetings.cancel(call.account, entry)
    return {}


def get_calendar(call: Call) -> dict[str, Any]:
    """Answer calendars.get."""
    account = owned(call)
    whole = {"kind": "calendar#calendar", "id": account.email, "summary": account.email}
    return {**whole, "etag": '"calendar"', "timeZone": account.calendar.zone}


def get_listed(call: Call) -> dict[str, Any]:
    """Answer calendarList.get."""
    return _listed(owned(call))


def list_calendars(call: Call) -> dict[str, Any]:
    """Answer calendarList.list: the primary calendar is the only one here, so nothing is new since a sync token.

    Raises LegacyError (410) for a token that is not the present one of this account.
    """
    account = call.account
    token = base64.urlsafe_b64encode(f"calendars {account.subject} {account.calendar.epoch}".encode()).decode()
    asked = call.query.get("syncToken")
    if asked and asked != token:
        raise full_sync_required()
    items = [] if asked else [_listed(account)]
    return {"kind": "calendar#calendarList", "etag": '"list"', "items": items, "nextSyncToken": token}


def owned(call: Call) -> Account:
    """Return the account whose calendar is meant: primary, or the own address. Raises LegacyError (404)."""
    if call.path.get("calendarId", "primary").lower() not in {"primary", call.account.email.lower()}:
        raise no_event()
    return call.account


def answer_zone(call: Call) -> str:
    """Return the zone that the answer's times are wanted in. Raises LegacyError (400)."""
    asked = call.query.get("timeZone")
    if not asked:
        return call.account.calendar.zone
    return check_zone(asked, call.account.behaviour.unknown_zones)


def _listed(account: Account) -> dict[str, Any]:
    return {
        "kind": "calendar#calendarListEntry",
        "etag": '"entry"',
        "id": account.email,
        "summary": account.email,
        "timeZone": account.calendar.zone,
        "accessRole": "owner",
        "primary": True,
        "selected": True,
        "defaultReminders": account.calendar.default_reminders,
    }


def _found(call: Call) -> Entry:
    entry = owned(call).calendar.find(call.path["eventId"])
    if entry is None:
        raise no_event()
    return entry


def _to_change(call: Call) -> Entry:
    entry = _found(call)
    _check_match(call, entry)
    if call.body.get("eventType", entry.fields["eventType"]) != entry.fields["eventType"]:
        raise bad_event("invalid", "The event type cannot be changed.", "eventType")
    return entry


def _check_match(call: Call, entry: Entry) -> None:
    wanted = call.headers.get("if-match", "*")
    if wanted.strip() not in {"*", entry.etag}:
        raise changed_meanwhile()


def _changed(call: Call, method: str, entry: Entry, fields: Mapping[str, Any]) -> dict[str, Any]:
    account = call.account
    if entry.series and fields.get("recurrence"):
        raise bad_event("invalid", "An occurrence of a series has no recurrence of its own.", "recurrence")
    whole = checked(fields, account.calendar.zone, account.behaviour.unknown_zones)
    if entry.cancelled and whole["status"] == "cancelled":
        raise LegacyError(403, "forbidden", "Forbidden", domain="calendar")
    if whole["status"] == "cancelled":
        _note(call, method, entry)
        meetings.cancel(account, entry)
        return _shown(call, account.calendar.entry(entry.id) or entry)
    written = meetings.change(account, entry, whole)
    _note(call, method, written, entry)
    return _shown(call, written)


def _shown(call: Call, entry: Entry) -> dict[str, Any]:
    return view(entry, call.account.email, answer_zone(call), most_attendees=call.query.get("maxAttendees", 0))


def _note(call: Call, method: str, *entries: Entry) -> None:
    """Remember what may have been mailed: `none` said clearly is the only way to be sure."""
    asked = call.query.get("sendUpdates", "")
    if not asked and call.query.get("sendNotifications"):
        asked = "all"
    account = call.account
    guests = tuple(
        dict.fromkeys(
            str(item["email"])
            for entry in entries
            for item in (*entry.fields.get("attendees", ()), entry.fields["organizer"])
            if item["email"].lower() != account.email.lower()
        )
    )
    if asked == "none" or (not asked and not guests):
        return
    account.mails.append(Mail(account.clock.now(), account.email, method, entries[0].id, asked or UNSPECIFIED, guests))
