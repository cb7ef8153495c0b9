"""A user's calendar: every state an event was in, and the occurrences that a series makes.

An event is a list of immutable entries; writing adds one, so that a listing can lag behind (facts/google.md 7).
Entries hold what is stored of an event; `event_view` makes answers of them.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google import recurrence
from gsync_cli.sandbox.google.calendar_times import DAY, Time, after, instant, length, moved, stamp, utc_text

KEEP: Final = timedelta(hours=1)
"""How long former entries are kept; lag can't be longer."""
FAR: Final = timedelta(days=730)
"""How far ahead of now a series without end is followed where nobody says until when."""
_NOT_INHERITED: Final = frozenset(("recurrence",))
_BASE32HEX: Final = "0123456789abcdefghijklmnopqrstuv"
_ID_LENGTH: Final = 26


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One state of an event. `seq` is its place in the calendar's feed of changes; `at` when it was written."""

    id: str
    seq: int
    at: datetime
    etag: str
    fields: Mapping[str, Any]

    @property
    def cancelled(self) -> bool:
        """Tell whether it is deleted."""
        return bool(self.fields["status"] == "cancelled")

    @property
    def series(self) -> str:
        """The id of the series it is an occurrence of, or ""."""
        return str(self.fields.get("recurringEventId", ""))

    @property
    def is_series(self) -> bool:
        """Tell whether it is the master of a series."""
        return bool(self.fields.get("recurrence"))

    @property
    def start(self) -> Time:
        """When it starts; a series: when its first occurrence does."""
        start: Time = self.fields["start"]
        return start

    @property
    def end(self) -> Time:
        """When it ends."""
        end: Time = self.fields["end"]
        return end

    @property
    def original(self) -> Time:
        """When an occurrence would start by the rule of its series."""
        original: Time = self.fields.get("originalStartTime", self.fields["start"])
        return original


class Calendar:
    """All events of one account's primary calendar. `zone` is the zone that answers come in."""

    def __init__(self, clock: VirtualClock, random_: random.Random, zone: str) -> None:
        self.zone = zone
        self.default_reminders: list[dict[str, Any]] = [{"method": "popup", "minutes": 10}]
        self.epoch = 0
        """Counts how often all sync tokens were made void."""
        self._clock = clock
        self._random = random_
        self._histories: dict[str, list[Entry]] = {}
        self._exceptions: dict[str, dict[str, None]] = {}
        self._by_uid: dict[str, dict[str, None]] = {}
        self._seq = 0

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────
    def entry(self, id_: str) -> Entry | None:
        """Return the present state of an event that was written at some time, also of a deleted one."""
        history = self._histories.get(id_)
        return history[-1] if history else None

    def find(self, id_: str) -> Entry | None:
        """Return an event, or an occurrence that exists only by the rule of its series."""
        found = self.entry(id_)
        if found is not None:
            return found
        master = self.entry(id_.rpartition("_")[0])
        if master is None or not master.is_series:
            return None
        return next((item for item in self._by_rule(master, wanted=id_.rpartition("_")[2])), None)

    def entries(self) -> Iterator[Entry]:
        """Yield the present state of everything ever written, oldest first."""
        return (history[-1] for history in self._histories.values())

    def with_uid(self, uid: str) -> list[Entry]:
        """Return the events of an iCalUID: one, or a series and its exceptions."""
        return [self._histories[id_][-1] for id_ in self._by_uid.get(uid, ())]

    def seen_at(self, moment: datetime) -> Iterator[Entry]:
        """Yield what was written up to a moment, in the state of that moment."""
        for history in self._histories.values():
            seen = next((entry for entry in reversed(history) if entry.at <= moment), None)
            if seen is not None:
                yield seen

    def exceptions(self, series: str) -> list[Entry]:
        """Return the occurrences of a series that have a state of their own, also the cancelled ones."""
        return [self._histories[id_][-1] for id_ in self._exceptions.get(series, ())]

    def occurrences(self, master: Entry, until: datetime | None = None) -> Iterator[Entry]:
        """Yield the occurrences of a series as they stand, cancelled ones too, by their places in the rule.

        Up to `until`, the moment by which they must have started.
        """
        own = {entry.id: entry for entry in self.exceptions(master.id)}
        for occurrence in self._by_rule(master, until=until or self._clock.now() + FAR):
            yield own.pop(occurrence.id, occurrence)
        yield from own.values()

    def _by_rule(self, master: Entry, *, wanted: str = "", until: datetime | None = None) -> Iterator[Entry]:
        duration = length(master.start, master.end)
        for at in recurrence.originals(master.start, master.fields["recurrence"]):
            start = moved(master.start, at)
            mark = stamp(start)
            if (until and instant(start, self.zone) >= until) or (wanted and mark[:8] > _following(wanted)):
                return
            if wanted not in {"", mark}:
                continue
            kept = {name: value for name, value in master.fields.items() if name not in _NOT_INHERITED}
            end = after(start, duration, master.end, at=at)
            place = {"start": start, "end": end, "originalStartTime": start, "recurringEventId": master.id}
            yield Entry(f"{master.id}_{mark}", master.seq, master.at, master.etag, {**kept, **place})

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────
    def new_id(self) -> str:
        """Return an id as Google makes one."""
        return "".join(self._random.choice(_BASE32HEX) for _ in range(_ID_LENGTH))

    def write(self, id_: str, fields: Mapping[str, Any], *, main: bool = True) -> Entry:
        """Store a state of an event. Without `main` the time of its last change stays: reminders only (7.7)."""
        now = self._clock.now()
        former = self.entry(id_)
        self._seq += 1
        stored = dict(fields)
        if main or former is None:
            stored["updated"] = utc_text(now)
        etag = f'"{int(now.timestamp() * 1000)}{self._seq:06}"'
        entry = Entry(id_, self._seq, now, etag, stored)
        history = self._histories.setdefault(id_, [])
        history.append(entry)
        old = [place for place, state in enumerate(history) if state.at <= now - KEEP]
        del history[: old[-1] if old else 0]
        self._by_uid.setdefault(stored["iCalUID"], {})[id_] = None
        if entry.series:
            self._exceptions.setdefault(entry.series, {})[id_] = None
        return entry

    def cancel(self, entry: Entry) -> Entry:
        """Delete an event, or an occurrence; a series takes its exceptions along."""
        return self.write(entry.id, {**entry.fields, "status": "cancelled"})

    def hush(self, entry: Entry) -> None:
        """Let an exception vanish with its series without a tombstone of its own."""
        self._histories[entry.id][-1] = Entry(
            entry.id, entry.seq, entry.at, entry.etag, {**entry.fields, "status": "cancelled"}
        )

    def forget_tokens(self) -> None:
        """Make all sync tokens void, as a change of the calendar's sharing does (7.2)."""
        self.epoch += 1


def _following(mark: str) -> str:
    """Return the day after that of an occurrence's mark: local and UTC days differ by no more than one."""
    try:
        day = datetime.strptime(mark[:8], "%Y%m%d")  # noqa: DTZ007  a date
    except ValueError:
        return ""
    return f"{day + DAY:%Y%m%d}"


def overlaps(entry: Entry, zone: str, start: datetime | None, end: datetime | None) -> bool:
    """Tell whether an event ends after `start` and starts before `end` (facts/google.md 7.1)."""
    begins, ends = instant(entry.start, zone), instant(entry.end, zone)
    return (start is None or ends > start) and (end is None or begins < end)


def series_overlaps(master: Entry, zone: str, start: datetime | None, end: datetime | None) -> bool:
    """Tell whether an occurrence by the rule lies in the window."""
    if end is not None and instant(master.start, zone) >= end:
        return False
    if start is None:
        return True
    duration = length(master.start, master.end)
    # Wall times and UTC are no more than a day apart: only what is near the edge is looked at closely.
    edge = start.replace(tzinfo=None) - duration - 2 * DAY
    for at in recurrence.originals(master.start, master.fields["recurrence"]):
        if at < edge:
            continue
        begins = instant(moved(master.start, at), zone)
        if end is not None and begins >= end:
            return False
        if begins + duration > start:
            return True
    return False
