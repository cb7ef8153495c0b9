"""From events of Google to the neutral fields (spec: mapping.md, "Activities"; facts/google.md 7). Pure."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final, cast

from gsync_cli import notes
from gsync_cli.activities import model
from gsync_cli.activities.google_calls import Event
from gsync_cli.activities.model import Response, When
from gsync_cli.activities.zones import zone_named
from gsync_cli.sync.codec import plain
from gsync_cli.sync.record import Entries, Entry, Fields, Record

MARK: Final = "gsyncActivity"
MARKED: Final = "gsyncEvent"
"""The id of the event that the mark was written on: a copy made in Google carries another one's (facts 7.6)."""
STATE: Final = "gsyncState"
RELEASED: Final = "released"

OF_ANOTHER: Final = "event-of-another"
OF_COLLEAGUE: Final = "event-of-colleague"
NOT_MEETING: Final = "event-not-meeting"

_TAGGED: Final = re.compile(r"</?(?:a|b|br|div|em|i|li|ol|p|span|strong|u|ul)\b[^<>]*>", re.IGNORECASE)
_LINE_FEED: Final = re.compile(r"(?<![>\r\n])\r?\n|(?<=\n)\r?\n")
_RESPONSES: Final[Mapping[str, Response]] = {"accepted": "confirmed", "declined": "declined"}
KEPT_TO_WRITE: Final = (
    *("id", "etag", "start", "end", "attendees", "attendeesOmitted", "visibility", "extendedProperties"),
    *("recurringEventId", "organizer", "creator", "guestsCanModify", "locked"),
)
"""What is remembered of an event to write it again."""


@dataclass(frozen=True, slots=True)
class View:
    """With whose eyes events are read."""

    contact_id: str
    """The user's contact in Creatio."""
    mail: str = ""
    """The address of the account."""
    zone_name: str = "UTC"
    """The calendar's."""
    default_reminder: str = ""
    """Minutes before the start, for events that say nothing of their own."""
    shown_in: str = ""
    """The zone in which people are told of times in this run; "" for the calendar's."""

    @property
    def zone(self) -> tzinfo:
        """The calendar's zone."""
        return zone_named(self.zone_name) or UTC

    @property
    def zone_of_labels(self) -> tzinfo:
        """The zone in which people are told of times."""
        return zone_named(self.shown_in) or self.zone


def is_cancelled(event: Event) -> bool:
    """Tell whether an event was deleted, or an occurrence cancelled."""
    return event.get("status") == "cancelled"


def is_series(event: Event) -> bool:
    """Tell whether an event is the master of a series."""
    return bool(event.get("recurrence"))


def is_private(event: Event) -> bool:
    """Tell whether only the user may see what it is about (facts 7.12)."""
    return event.get("visibility") in ("private", "confidential")


def is_released(event: Event) -> bool:
    """Tell whether the event was let go of; a copy of one was not."""
    properties = _private_properties(event)
    return properties.get(STATE) == RELEASED and properties.get(MARKED) == event.get("id")


def mark_of(event: Event) -> str:
    """Return the id of the activity that the event was made for; "" where it was made by a person, or is a copy."""
    properties = _private_properties(event)
    own = properties.get(MARKED) == event.get("id") and not event.get("recurringEventId")
    return str(properties.get(MARK) or "") if own else ""


def unfit_for(event: Event, view: View) -> str | None:
    """Return the reason for which an event takes no part; None for a meeting of the user's own."""
    if event.get("eventType") not in (None, "", "default"):
        return NOT_MEETING
    people = [event.get(role) for role in ("organizer", "creator")]
    known = [person for person in people if isinstance(person, Mapping)]
    if known and not any(_is_user(person, view) for person in known):
        return OF_ANOTHER
    return None


def organizer_of(event: Event, view: View) -> str:
    """Return the address of the organizer, in lower case; "" where that is the user, or nobody says."""
    organizer = event.get("organizer")
    if not isinstance(organizer, Mapping) or _is_user(organizer, view):
        return ""
    return mail_key(organizer)


def when_of(event: Event, zone: tzinfo = UTC) -> When | None:
    """Return the time of an event; None for one that shows none, as cancelled ones do."""
    start, end = moment(event.get("start"), zone), moment(event.get("end"), zone)
    if start is None:
        return None
    if isinstance(start, datetime):
        return When.timed(start, end if isinstance(end, datetime) else start)
    return When.whole_days(start, end if end is not None and not isinstance(end, datetime) else start)


def moment(point: object, zone: tzinfo = UTC) -> datetime | date | None:
    """Return what `start`, `end` or `originalStartTime` means: a day, or a moment in its own zone."""
    if not isinstance(point, Mapping):
        return None
    try:
        if point.get("date"):
            return date.fromisoformat(str(point["date"]))
        written = datetime.fromisoformat(str(point.get("dateTime") or ""))
    except ValueError:
        return None
    own = zone_named(str(point.get("timeZone") or ""))
    if written.tzinfo is None:
        return written.replace(tzinfo=own or zone)
    return written.astimezone(own) if own else written


def updated_of(event: Event) -> datetime | None:
    """Return when an event was last changed; None where it does not say."""
    return moment_in_utc(event.get("updated"))


def moment_in_utc(text: object) -> datetime | None:
    """Return a timestamp of Google's (`created`, `updated`) in UTC; None for what is none."""
    try:
        written = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)


def to_record(event: Event, view: View, *, member: bool, etag: str = "") -> Record:
    """Return the record of a single event or an occurrence.

    `etag` is that of the master, for an occurrence that has none of its own.
    """
    fields = fields_of(event, view)
    identity = str(event.get("id") or "")
    content = {name: plain(value) for name, value in fields.items()}
    state = [event.get("etag") or etag, content, is_released(event)]
    return Record(
        id=identity,
        fields=fields,
        version=f"{event.get('updated') or ''}#{_digest(state)}",
        modified=updated_of(event),
        member=member,
        label=model.label_of(fields, view.zone_of_labels),
        twin=mark_of(event) or model.activity_id_for(view.contact_id, identity),
        original=json.dumps({key: event[key] for key in KEPT_TO_WRITE if key in event}, ensure_ascii=False),
        unfit=unfit_for(event, view),
    )


def title_of(event: Event) -> str:
    """Return what the event is called in Creatio."""
    return model.PRIVATE_TITLE if is_private(event) else str(event.get("summary") or "").strip()


def fields_of(event: Event, view: View) -> Fields:
    """Return the neutral fields of an event."""
    private = is_private(event)
    when = when_of(event, view.zone)
    own = own_guest(event, view)
    asked: Fields = {} if own is None else {model.ANSWER: model.answer(_response(own))}
    return {
        model.TITLE: title_of(event),
        model.LOCATION: str(event.get("location") or "").strip(),
        model.NOTES: "" if private else _text_of(str(event.get("description") or "")),
        model.REMINDER: _reminder(event, view),
        model.WHEN: str(when) if when else "",
        model.PARTICIPANTS: _participants(event, view),
        **asked,
    }


def is_older(version: str, known: str) -> bool:
    """Tell whether a listing shows an event as it was before what is known of it: an echo that comes late."""
    shown, seen = moment_in_utc(version.partition("#")[0]), moment_in_utc(known.partition("#")[0])
    return shown is not None and seen is not None and shown < seen


def original_of(record: Record) -> dict[str, Any]:
    """Return what is remembered of the event of a record."""
    original: dict[str, Any] = json.loads(record.original or "{}")
    return original


def default_reminder(page: Event) -> str:
    """Return the calendar's own reminder, as a page of a listing names it."""
    return _nearest(page.get("defaultReminders"))


# ── reading, part by part ────────────────────────────────────────────────────────────────────────────────────────


def _participants(event: Event, view: View) -> Entries:
    found: dict[str, Entry] = {}
    for guest in guests_of(event):
        mail = str(guest.get("email") or "").strip()
        if not mail or guest.get("resource") or _is_user(guest, view):
            continue
        found.setdefault(mail.lower(), model.participant(mail, _response(guest)))
    return frozenset(found.values())


def _response(guest: Mapping[str, Any]) -> Response:
    return _RESPONSES.get(str(guest.get("responseStatus")), "in doubt")


def guests_of(event: Event) -> Sequence[Mapping[str, Any]]:
    """Return the guests of an event, the user and rooms among them."""
    return [guest for guest in event.get("attendees") or () if isinstance(guest, Mapping)]


def own_guest(event: Event, view: View) -> Mapping[str, Any] | None:
    """Return the user's own entry among the guests: the one that Google calls his, else the one with his address."""
    own = [guest for guest in guests_of(event) if _is_user(guest, view) and not guest.get("resource")]
    return next((guest for guest in own if guest.get("self")), own[0] if own else None)


def mail_key(guest: Mapping[str, Any]) -> str:
    """Return the address of a guest as addresses are compared."""
    return str(guest.get("email") or "").strip().lower()


def _is_user(person: Mapping[str, Any], view: View) -> bool:
    return bool(person.get("self")) or bool(view.mail and mail_key(person) == view.mail.lower())


def _reminder(event: Event, view: View) -> str:
    reminders = event.get("reminders")
    if not isinstance(reminders, Mapping):
        return ""
    return view.default_reminder if reminders.get("useDefault") else _nearest(reminders.get("overrides"))


def _nearest(reminders: object) -> str:
    listed = cast("Sequence[object]", reminders) if isinstance(reminders, list) else ()
    minutes = [
        int(reminder["minutes"])
        for reminder in listed
        if isinstance(reminder, Mapping)
        and reminder.get("method") == "popup"
        and isinstance(reminder.get("minutes"), int)
    ]
    return str(min(minutes)) if minutes else ""


def _private_properties(event: Event) -> Mapping[str, Any]:
    properties = event.get("extendedProperties")
    private = properties.get("private") if isinstance(properties, Mapping) else None
    return private if isinstance(private, Mapping) else {}


def _text_of(description: str) -> str:
    """Return a description as a person reads it; Google shows its line feeds, also between tags."""
    if _TAGGED.search(description):
        description = _LINE_FEED.sub("<br>", description)
    return notes.text_of(description)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]
