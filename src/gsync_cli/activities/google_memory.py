"""What is remembered of the calendar between runs, in the cursor: the sync token, the series, and who is in no link.

A token tells only what changed. So the series are kept, whose occurrences come into the window by themselves, and the
meetings that were in scope and were not linked, which must be looked at again in every run.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from gsync_cli.activities.google_calls import Event
from gsync_cli.activities.google_mapping import View, is_cancelled, is_series, moment_in_utc, updated_of
from gsync_cli.activities.google_series import KnownSeries, kept, master_of

_FORM: Final = 2
"""Of the cursor, of what is asked for and of what is read; a cursor of another form means a full reading."""
_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Loose:
    """A single event in scope that was in no link."""

    label: str
    reason: str
    """Why it takes no part; "" where only nobody was found for it."""
    until: str
    """When it ends, in UTC."""
    title: str = ""
    when: str = ""


@dataclass(slots=True)
class Memory:
    """Where the next reading goes on, and what it can't tell."""

    token: str = ""
    time_min: str = ""
    """From when on everything was listed, as Google was asked."""
    zone: str = "UTC"
    reminder: str = ""
    series: dict[str, KnownSeries] = field(default_factory=dict)
    loose: dict[str, Loose] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read a stored cursor; None for none, or for one that can't be read."""
        try:
            values: Mapping[str, Any] = json.loads(text or "null")
            if values["form"] != _FORM:
                return None
            return cls(
                token=str(values["token"]),
                time_min=str(values["time_min"]),
                zone=str(values["zone"]),
                reminder=str(values["reminder"]),
                series={str(name): KnownSeries.of(stored) for name, stored in values["series"].items()},
                loose={str(name): Loose(**stored) for name, stored in values["loose"].items()},
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def text(self) -> str:
        """Return it as a cursor."""
        values = {
            "form": _FORM,
            "token": self.token,
            "time_min": self.time_min,
            "zone": self.zone,
            "reminder": self.reminder,
            "series": {name: known.stored for name, known in self.series.items()},
            "loose": {name: asdict(loose) for name, loose in self.loose.items()},
        }
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def forget(self, ids: Iterable[str]) -> None:
        """Expand these occurrences no more, until a listing shows them."""
        for identity in ids:
            known = self.series.get(master_of(identity))
            if known is not None:
                known.exceptions[identity] = _tombstone({**known.exceptions.get(identity, {}), "id": identity})

    def usable(self, time_min: datetime) -> bool:
        """Tell whether reading can go on from here: there is a token, and it reaches back far enough."""
        try:
            reaches = datetime.fromisoformat(self.time_min) <= time_min
        except (ValueError, TypeError):
            return False
        return bool(self.token) and reaches


@dataclass(slots=True)
class Reading:
    """What one listing showed, sorted."""

    singles: dict[str, Event] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    """Single events, occurrences and masters that Google calls cancelled."""
    new_masters: set[str] = field(default_factory=set)
    changed_masters: dict[str, Event] = field(default_factory=dict)
    """Masters whose rules are not what they were -> what they were."""
    ended_masters: set[str] = field(default_factory=set)
    """Deleted, or turned into a single event."""
    touched_masters: set[str] = field(default_factory=set)
    """Masters that were edited, while no exception of theirs is listed: an occurrence may differ in another way now.

    That is likely where nothing shows what was edited, and where there were exceptions before.
    """
    strays: dict[str, Event] = field(default_factory=dict)
    """Exceptions of a series that is not known."""


def latest(events: Iterable[Event]) -> dict[str, Event]:
    """Return id -> event; of one that is listed twice, the one changed last."""
    found: dict[str, Event] = {}
    for event in events:
        identity = str(event["id"])
        before = found.get(identity)
        if before is None or _updated(event) >= _updated(before):
            found[identity] = event
    return found


def take_in(memory: Memory, events: Mapping[str, Event]) -> Reading:
    """Bring `memory` up to date with what was listed, and return what else it says."""
    reading = Reading()
    for identity, event in events.items():
        if not event.get("recurringEventId") and not _is_tombstone_of_occurrence(memory, identity, event):
            _take_in_whole(memory, reading, identity, event)
    for identity, event in events.items():
        master = str(event.get("recurringEventId") or "")
        if not master and _is_tombstone_of_occurrence(memory, identity, event):
            master = master_of(identity)
        if master in memory.series:
            reading.touched_masters.discard(master)
            _take_in_exception(memory.series[master], reading, identity, event)
        elif (master and master in reading.ended_masters) or (master and is_cancelled(event)):
            reading.gone.add(identity)
        elif master:
            reading.strays[identity] = event
    if not any(event.get("recurringEventId") for event in events.values()):
        reading.touched_masters |= {name for name in reading.new_masters if _was_edited(events[name])}
    return reading


def adopt(memory: Memory, reading: Reading, masters: Mapping[str, Event]) -> None:
    """Take in the masters of strays that were looked up; a stray without one is a single event.

    Such is an invitation to one occurrence of somebody else's series.
    """
    for identity, event in reading.strays.items():
        master = str(event["recurringEventId"])
        found = masters.get(master)
        if found is not None and is_series(found) and not is_cancelled(found):
            known = memory.series.setdefault(master, KnownSeries(kept(found)))
            known.exceptions[identity] = kept(event)
        else:
            reading.singles[identity] = event
    reading.strays = {}


def view_of(memory: Memory, contact_id: str, mail: str) -> View:
    """Return the eyes to read events with, as the last listing told."""
    return View(contact_id, mail, memory.zone, memory.reminder)


def _is_tombstone_of_occurrence(memory: Memory, identity: str, event: Event) -> bool:
    """Some services say of a cancelled occurrence nothing but its id."""
    return is_cancelled(event) and not event.get("recurringEventId") and master_of(identity) in memory.series


def _take_in_whole(memory: Memory, reading: Reading, identity: str, event: Event) -> None:
    before = memory.series.get(identity)
    if is_cancelled(event):
        reading.gone.add(identity)
    elif is_series(event):
        if before is None:
            reading.new_masters.add(identity)
            memory.series[identity] = KnownSeries(kept(event))
        else:
            if any(before.master.get(name) != event.get(name) for name in ("start", "end", "recurrence")):
                reading.changed_masters[identity] = before.master
            elif before.master.get("etag") != event.get("etag") and (
                before.exceptions or _content(before.master) == _content(event)
            ):
                reading.touched_masters.add(identity)
            before.master = kept(event)
        return
    else:
        reading.singles[identity] = event
    if before is not None:
        del memory.series[identity]
        reading.ended_masters.add(identity)


def _take_in_exception(known: KnownSeries, reading: Reading, identity: str, event: Event) -> None:
    if is_cancelled(event):
        reading.gone.add(identity)
        event = _tombstone(
            event if event.get("originalStartTime") else {**known.exceptions.get(identity, {}), "id": identity}
        )
    known.exceptions[identity] = kept(event)


def _tombstone(event: Event) -> dict[str, Any]:
    return {name: event[name] for name in ("id", "originalStartTime") if name in event} | {"status": "cancelled"}


def _was_edited(event: Event) -> bool:
    """Tell whether an event was written again after it was made; a moment passes while it is made."""
    created = moment_in_utc(event.get("created"))
    return created is not None and _updated(event) - created > _MOMENT


def _content(event: Event) -> dict[str, Any]:
    return {name: value for name, value in kept(event).items() if name not in ("etag", "updated")}


def _updated(event: Event) -> datetime:
    return updated_of(event) or datetime.min.replace(tzinfo=UTC)
