"""Changing events: what a write does to a series, to `sequence`, and to the copies of everybody invited.

All copies of a meeting have the same iCalUID, and here the same id unless a calendar has it already. The organizer's
changes reach the guests' calendars at once, a guest's answer the organizer's and the others' (facts/google.md 7.9).
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.sandbox.google import recurrence
from gsync_cli.sandbox.google.calendar import Calendar, Entry
from gsync_cli.sandbox.google.calendar_errors import not_the_organizer
from gsync_cli.sandbox.google.calendar_times import DAY, moved, stamp, utc_text, wall
from gsync_cli.sandbox.google.event_body import SHARED, checked

if TYPE_CHECKING:
    from gsync_cli.sandbox.google.account import Account

_SEQUENCED: Final = ("start", "end", "recurrence")
_NEVER_NEWS: Final = frozenset(("reminders",))
_INHERITED: Final = frozenset(SHARED) - {"start", "end", "recurrence", "status"}


def new(account: "Account", id_: str, fields: Mapping[str, Any], *, organizer: str = "", creator: str = "") -> Entry:
    """Put a new event into an account's calendar, and into those of its guests. Raises LegacyError (400)."""
    whole = checked(fields, account.calendar.zone, account.behaviour.unknown_zones)
    uid = whole.pop("iCalUID", "") or f"{id_}@google.com"
    host = {"email": organizer or account.email}
    people = {"creator": {"email": creator or host["email"]}, "organizer": host}
    now = account.clock.now()
    whole = {"created": utc_text(now), "sequence": 0, "iCalUID": uid, **people, **whole}
    entry = account.calendar.write(id_, whole)
    _spread(account, None, entry)
    return entry


def change(account: "Account", entry: Entry, fields: Mapping[str, Any], *, by_hand: bool = False) -> Entry:
    """Give an event other fields; an occurrence becomes an exception. Raises LegacyError (400, 403)."""
    calendar = account.calendar
    whole = checked(fields, calendar.zone, account.behaviour.unknown_zones)
    different = {name for name in {*whole, *entry.fields} if whole.get(name) != entry.fields.get(name)}
    if not different and calendar.entry(entry.id) is not None:
        return entry
    if not (by_hand or _may_change(account, entry, whole, different)):
        raise not_the_organizer()
    if different.intersection(_SEQUENCED):
        whole["sequence"] = int(entry.fields.get("sequence", 0)) + 1
    written = calendar.write(entry.id, whole, main=bool(different - _NEVER_NEWS))
    if written.is_series:
        _hand_down(calendar, entry, written)
    _spread(account, entry, written)
    return written


def cancel(account: "Account", entry: Entry) -> None:
    """Delete an event, a whole series, or one occurrence. What a guest deletes he declines."""
    gone = _cancel_here(account, entry)
    if _is_organizer(account, entry):
        for other, copy in _copies(account, entry):
            if not copy.cancelled:
                _cancel_here(other, copy)
    else:
        _tell_answer(account, gone, "declined")


def _cancel_here(account: "Account", entry: Entry) -> Entry:
    calendar = account.calendar
    for exception in calendar.exceptions(entry.id):
        if exception.cancelled:
            continue
        if account.behaviour.series_tombstones:
            calendar.cancel(exception)
        else:
            calendar.hush(exception)
    return calendar.cancel(entry)


def own_response(account: "Account", fields: Mapping[str, Any]) -> str:
    """Return the answer of the account itself among an event's guests, or ""."""
    return next((str(item["responseStatus"]) for item in fields.get("attendees", ()) if _is(item, account.email)), "")


def answered(fields: Mapping[str, Any], mail: str, response: str) -> dict[str, Any]:
    """Return an event's fields with a guest's answer."""
    attendees = [
        {**item, "responseStatus": response} if _is(item, mail) else item for item in fields.get("attendees", ())
    ]
    return {**fields, "attendees": attendees}


def _may_change(account: "Account", entry: Entry, whole: dict[str, Any], different: set[str]) -> bool:
    """Tell whether an account may write that; where only its own copy changes, the guests' list stays as it was."""
    if _is_organizer(account, entry) or entry.fields.get("guestsCanModify"):
        return True
    foreign = different.intersection(SHARED)
    response = own_response(account, whole)
    if foreign == {"attendees"} and whole["attendees"] == _guests(answered(entry.fields, account.email, response)):
        return True
    return not foreign or account.behaviour.guest_edits == "local"


def _guests(fields: Mapping[str, Any]) -> Any:
    return fields.get("attendees", [])


def _hand_down(calendar: Calendar, former: Entry, master: Entry) -> None:
    """Carry what changed of a series on to its exceptions; those that the rule does not know any more are gone."""
    changed = {name for name in _INHERITED if former.fields.get(name) != master.fields.get(name)}
    moved_days = any(former.fields.get(name) != master.fields.get(name) for name in ("start", "recurrence"))
    for exception in calendar.exceptions(master.id):
        if exception.cancelled:
            continue
        if moved_days and not in_rule(master, exception):
            calendar.cancel(exception)
            continue
        like_before = {name for name in changed if exception.fields.get(name) == former.fields.get(name)}
        if like_before:
            kept = {name: value for name, value in exception.fields.items() if name not in like_before}
            new_values = {name: master.fields[name] for name in like_before if name in master.fields}
            calendar.write(exception.id, {**kept, **new_values})


def in_rule(master: Entry, exception: Entry) -> bool:
    """Tell whether the rule of a series still has the place of an exception."""
    if ("date" in master.start) != ("date" in exception.original):
        return False
    at, mark = wall(exception.original), stamp(exception.original)
    for original in recurrence.originals(master.start, master.fields["recurrence"]):
        if original > at + 2 * DAY:
            return False
        # The series may live in another zone now: the same moment has another wall time there.
        if original > at - 2 * DAY and stamp(moved(master.start, original)) == mark:
            return True
    return False


# ── the copies of others ─────────────────────────────────────────────────────────────────────────────────────
def _spread(account: "Account", former: Entry | None, entry: Entry) -> None:
    response = own_response(account, entry.fields)
    if not _is_organizer(account, entry) and not entry.fields.get("guestsCanModify"):
        if former is not None and response != own_response(account, former.fields):
            _tell_answer(account, entry, response)
        return
    for other, copy in _copies(account, entry):
        if not copy.cancelled and not _invited(other, entry.fields):
            _cancel_here(other, copy)
    for other in account.neighbours.values():
        if other is not account and _invited(other, entry.fields):
            _invite(other, entry)


def _invited(account: "Account", fields: Mapping[str, Any]) -> bool:
    return _is(fields["organizer"], account.email) or any(_is(item, account.email) for item in _guests(fields))


def _invite(account: "Account", entry: Entry) -> None:
    """Bring a guest's copy up to date, or put one into his calendar."""
    calendar = account.calendar
    copy = _copy_in(calendar, entry)
    shared = {name: entry.fields[name] for name in SHARED if name in entry.fields}
    extended = entry.fields.get("extendedProperties", {}).get("shared")
    if copy is None:
        fixed = ("created", "creator", "organizer", "iCalUID", "eventType", "recurringEventId", "originalStartTime")
        kept = {name: entry.fields[name] for name in fixed if name in entry.fields}
        kept |= {"reminders": {"useDefault": True}, "visibility": entry.fields.get("visibility", "default")}
    else:
        kept = {name: value for name, value in copy.fields.items() if name not in SHARED}
    own = dict(kept.get("extendedProperties", {}))
    own.pop("shared", None)
    properties = {**own, **({"shared": extended} if extended else {})}
    whole = {**kept, **shared, "sequence": entry.fields["sequence"], "extendedProperties": properties}
    id_ = copy.id if copy is not None else _free_id(calendar, entry)
    written = calendar.write(id_, whole)
    if copy is not None and written.is_series:
        _hand_down(calendar, copy, written)


def _tell_answer(account: "Account", entry: Entry, response: str) -> None:
    """Let the organizer and the other guests know of an answer."""
    for other, copy in _copies(account, entry):
        if not copy.cancelled:
            other.calendar.write(copy.id, answered(copy.fields, account.email, response))


def _copies(account: "Account", entry: Entry) -> Iterator[tuple["Account", Entry]]:
    for other in list(account.neighbours.values()):
        copy = _copy_in(other.calendar, entry) if other is not account else None
        if copy is not None:
            yield other, copy


def _copy_in(calendar: Calendar, entry: Entry) -> Entry | None:
    found = calendar.find(entry.id)
    if found is not None and found.fields["iCalUID"] == entry.fields["iCalUID"]:
        return found
    return next((item for item in calendar.with_uid(entry.fields["iCalUID"]) if _same_meeting(item, entry)), None)


def _same_meeting(one: Entry, other: Entry) -> bool:
    if bool(one.series) != bool(other.series):
        return False
    return not one.series or stamp(one.original) == stamp(other.original)


def _free_id(calendar: Calendar, entry: Entry) -> str:
    return calendar.new_id() if calendar.entry(entry.id) is not None else entry.id


def _is_organizer(account: "Account", entry: Entry) -> bool:
    return _is(entry.fields["organizer"], account.email)


def _is(person: Mapping[str, Any], mail: str) -> bool:
    return str(person["email"]).lower() == mail.lower()
