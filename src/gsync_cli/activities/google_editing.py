"""What is written to events: bodies with nothing in them but what must change (facts/google.md 7.9, 7.11). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final

from gsync_cli import notes
from gsync_cli.activities import model
from gsync_cli.activities.google_calls import Event
from gsync_cli.activities.google_mapping import (
    MARK,
    MARKED,
    RELEASED,
    STATE,
    View,
    guests_of,
    is_private,
    mail_key,
    original_of,
    own_guest,
    when_of,
)
from gsync_cli.activities.model import When
from gsync_cli.activities.zones import zone_named
from gsync_cli.sync.record import Entries, Fields, Record, Side

LONGEST_NOTES: Final = 8192
"""Characters; Google cuts off the rest without a word (facts 7.13)."""

_STATUSES: Final = {model.CONFIRMED: "accepted", model.DECLINED: "declined"}
_OF_CONTENT: Final = frozenset({model.TITLE, model.NOTES})
_OF_GUESTS: Final = frozenset({model.PARTICIPANTS, model.ANSWER})
_PRIVATE: Final = "the event is private in Google: its title and notes stay as they are"
_GUESTS_UNSEEN: Final = "Google does not show all guests: they stay as they are"


@dataclass(frozen=True, slots=True)
class Edit:
    """What to send, and what was left out and why."""

    body: Mapping[str, Any]
    remarks: tuple[str, ...] = field(default=())


def new_event(identity: str, fields: Fields, activity: str, view: View, *, notes_both: bool) -> Edit:
    """Return the body of an event for an activity, with its mark."""
    edit = edit_of({}, {}, fields, view, notes_both=notes_both)
    private = {MARK: activity, MARKED: identity}
    return Edit({"id": identity, **edit.body, "extendedProperties": {"private": private}}, edit.remarks)


def edit_of(original: Event, before: Fields, fields: Fields, view: View, *, notes_both: bool) -> Edit:
    """Return the patch that brings an event from `before` to hold `fields`.

    What is remembered of the event itself, its zone and its guests, comes from `original`.
    """
    body: dict[str, Any] = {}
    remarks: list[str] = []
    private = is_private(original)
    if private and fields.keys() & _OF_CONTENT:
        remarks.append(_PRIVATE)
    if model.TITLE in fields and not private:
        body["summary"] = model.text_field(fields, model.TITLE)
    if model.LOCATION in fields:
        body["location"] = model.text_field(fields, model.LOCATION)
    if model.NOTES in fields and notes_both and not private:
        text = model.text_field(fields, model.NOTES)
        body["description"] = described(text)
        if len(described(text)) >= LONGEST_NOTES:
            remarks.append(f"the notes are longer than Google takes ({LONGEST_NOTES} characters): the rest is left out")
    when = time_of(original, fields, view)
    if when is not None and when != when_of(original, view.zone):
        body.update(_times(original, when, view))
    if fields.keys() & _OF_GUESTS:
        if original.get("attendeesOmitted"):
            remarks.append(_GUESTS_UNSEEN)
        elif (guests := _guests(original, before, fields, view)) != guests_of(original):
            body["attendees"] = guests
    return Edit(body, tuple(remarks))


def possible(side: Side, record: Record | None, fields: Fields) -> tuple[Fields, tuple[str, ...]]:
    """Return those of some fields that an event can be given, and what to know of the others (`sync.record.Possible`).

    An event that is private keeps its title, one whose guests are not all shown its guests. A new one is made without
    the user among the guests, as he organises it: there is nothing to hold his answer.
    """
    if side != "google" or not fields:
        return fields, ()
    if record is None:
        return _without(fields, {model.ANSWER}), ()
    event = original_of(record)
    remarks: list[str] = []
    if is_private(event) and fields.keys() & _OF_CONTENT:
        fields = _without(fields, _OF_CONTENT)
        remarks.append(_PRIVATE)
    if fields.keys() & _OF_GUESTS and event.get("attendeesOmitted"):
        fields = _without(fields, _OF_GUESTS)
        remarks.append(_GUESTS_UNSEEN)
    elif model.PARTICIPANTS in fields and _with_participants(event, record.fields, fields) == guests_of(event):
        # A room, or another address of the user's: it is no participant of Google's, and among the guests already.
        fields = _without(fields, {model.PARTICIPANTS})
    return fields, tuple(remarks)


def _without(fields: Fields, names: Collection[str]) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


def described(text: str) -> str:
    """Return plain text as a description, which is HTML where it looks like it, cut to what Google takes."""
    from html import escape

    if notes.text_of(text) == notes.tidy(text):
        return text[:LONGEST_NOTES]
    while len(written := escape(text, quote=False)) > LONGEST_NOTES:
        text = text[: len(text) - max(1, (len(written) - LONGEST_NOTES) // 5)]
    return written


def release_of(identity: str) -> dict[str, Any]:
    """Return the patch that lets go of an event: nothing that anybody sees."""
    return {"extendedProperties": {"private": {STATE: RELEASED, MARKED: identity}}}


def with_zone(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a body whose times name another zone, or none ("")."""
    changed = dict(body)
    for edge in ("start", "end"):
        point = body.get(edge)
        if isinstance(point, Mapping) and point.get("dateTime"):
            changed[edge] = {**point, "timeZone": name or None}
            if not name:
                del changed[edge]["timeZone"]
    return changed


def time_of(original: Event, fields: Fields, view: View) -> When | None:
    """Return the time that an event is to have where `fields` change it; None where they don't.

    One of hours from midnight to midnight, which Creatio can't tell from whole days, is moved by its activity and stays
    one of hours; only a person makes whole days of it, in Google.
    """
    when, stood = model.when_of(fields), when_of(original, view.zone)
    if when is None or stood is None or stood.is_whole_day or not when.is_whole_day:
        return when
    starts, ends = (stood.starts(view.zone).astimezone(view.zone), stood.ends(view.zone).astimezone(view.zone))
    if starts.date() == ends.date() or starts.time() != time.min or ends.time() != time.min:
        return when
    return When.timed(when.starts(view.zone), when.ends(view.zone))


def _times(original: Event, when: When, view: View) -> dict[str, Any]:
    times: dict[str, Any] = {}
    for edge, value in (("start", when.start), ("end", when.end)):
        before = original.get(edge) or {}
        if isinstance(value, datetime):
            name = str(before.get("timeZone") or view.zone_name)
            zone = zone_named(name)
            local = value.astimezone(zone) if zone else value
            point: dict[str, Any] = {"dateTime": local.isoformat(timespec="seconds"), "timeZone": name}
            other: tuple[str, ...] = ("date",)
        else:
            point = {"date": value.isoformat()}
            other = ("dateTime", "timeZone")
        # A patch leaves alone what it does not name: without this an event would have a day and a time (facts 7.11).
        times[edge] = {**point, **{key: None for key in other if before.get(key)}}
    return times


def _guests(original: Event, before: Fields, fields: Fields, view: View) -> list[dict[str, Any]]:
    """Return the whole list of guests, with the answers that change; what else is known of each stays."""
    guests = (
        _with_participants(original, before, fields)
        if model.PARTICIPANTS in fields
        else [dict(guest) for guest in guests_of(original)]
    )
    own, answer = own_guest(original, view), model.answer_of(fields)
    if own is None or answer is None:
        return guests
    said = {"responseStatus": _STATUSES.get(answer, "needsAction")}
    return [{**guest, **said} if guest == own else guest for guest in guests]


def _with_participants(original: Event, before: Fields, fields: Fields) -> list[dict[str, Any]]:
    return _attendees(original, model.participants_of(before), model.participants_of(fields))


def _attendees(original: Event, before: Entries, after: Entries) -> list[dict[str, Any]]:
    """Return the whole list of guests: as it was read, with those changed that differ.

    Only who was among the participants can go; the user himself, rooms and the like stay as they are.
    """
    wanted = {entry.key: entry for entry in after}
    known = {entry.key: entry for entry in before}
    guests: list[dict[str, Any]] = []
    for guest in guests_of(original):
        key = mail_key(guest)
        entry, old = wanted.pop(key, None), known.get(key)
        if old is None:
            guests.append(dict(guest))
        elif entry is not None:
            changed = {} if entry.kind == old.kind else {"responseStatus": _STATUSES.get(entry.kind, "needsAction")}
            guests.append({**guest, **changed})
    added = sorted(wanted.values(), key=lambda entry: entry.key)
    return guests + [
        {"email": entry.value or entry.key, "responseStatus": _STATUSES.get(entry.kind, "needsAction")}
        for entry in added
    ]
