"""Series: a master and its exceptions, as Google lists them, and the occurrences they stand for. Pure.

Google lists a series as one master and those occurrences that differ, so gsync expands the rest by itself: new ones
come into the window although nothing changed, and a listing by occurrence loses some (facts/google.md 7.3).
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Self

from gsync_cli import __version__
from gsync_cli.activities.google_calls import Event
from gsync_cli.activities.google_mapping import KEPT_TO_WRITE, View, fields_of, is_cancelled, moment, when_of
from gsync_cli.activities.model import When, moment_of
from gsync_cli.activities.recurrence import Series, expand, key_of, moment_of_key, occurrences, touches

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
_KEPT: Final = (
    *KEPT_TO_WRITE,
    *("status", "summary", "description", "location", "recurrence", "reminders", "updated", "eventType"),
    "originalStartTime",
)
"""What is remembered of a master or an exception, to read and to write its occurrences again."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment to before another."""

    since: datetime
    until: datetime

    def with_moments(self, moments: Iterable[datetime]) -> "Span":
        """Return the span widened to hold moments, and a day around them."""
        known = list(moments)
        return Span(
            min([self.since, *(moment - _DAY for moment in known)]),
            max([self.until, *(moment + _DAY for moment in known)]),
        )


@dataclass(slots=True)
class KnownSeries:
    """A master and the occurrences of it that differ or were cancelled, by their ids."""

    master: Event
    exceptions: dict[str, Event] = field(default_factory=dict)
    settled: str = ""
    """The digest of what it was last expanded from, where that brought nothing but what was linked, and no news; else
    "". The same again brings the same again, and need not be worked out."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `stored` wrote."""
        return cls(stored["master"], dict(stored["exceptions"]), str(stored.get("settled") or ""))

    @property
    def stored(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"master": self.master, "exceptions": self.exceptions, "settled": self.settled}

    def digest(self, span: Span, linked: Mapping[str, str], view: View) -> str:
        """Return a digest of everything that an expansion and its comparison with what is `linked` follow from.

        `linked` are ids of occurrences of this series, with the versions that are known of them.
        """
        edges = [span.since.isoformat(), span.until.isoformat()]
        eyes = [view.contact_id, view.mail, view.zone_name, view.default_reminder]
        all_of_it = [__version__, edges, eyes, self.master, self.exceptions, linked]
        return sha256(json.dumps(all_of_it, sort_keys=True).encode()).hexdigest()

    @property
    def id(self) -> str:
        """The id of the master."""
        return str(self.master["id"])

    def rules(self, view: View) -> Series:
        """Return the series as `recurrence` expands it. Raises ValueError where it has no start."""
        start, end = moment(self.master.get("start"), view.zone), moment(self.master.get("end"), view.zone)
        if start is None:
            raise ValueError(f"a series without a start: {self.id}")
        if end is None or isinstance(start, datetime) != isinstance(end, datetime):
            end = start
        lines = tuple(str(line) for line in self.master.get("recurrence") or ())
        return Series(start, end, lines, view.zone)

    def keys(self, view: View) -> dict[str, str]:
        """Return exception's id -> the key of the occurrence it stands for."""
        return {identity: key_of_exception(event, view) for identity, event in self.exceptions.items()}

    def events(self, span: Span, linked: Collection[str], view: View) -> dict[str, Event]:
        """Return the occurrences in a span, and the linked ones outside it that the series still has: id -> event.

        `linked` are ids of occurrences of this series. Raises ValueError where a rule can't be read.
        """
        series = self.rules(view)
        keys = self.keys(view)
        ids = {key: identity for identity, key in keys.items()}
        times = {keys[identity]: _time_of(event, view) for identity, event in self.exceptions.items()}
        wide = span.with_moments(moment_of(moment_of_key(_key_in(identity)), series.zone) for identity in linked)
        found: dict[str, Event] = {}
        for key, when in occurrences(series, times, wide.since, wide.until).items():
            identity = ids.get(key) or f"{self.id}_{key}"
            if identity in linked or touches(when, span.since, span.until, series.zone):
                found[identity] = self.exceptions.get(identity) or self.occurrence(identity, when)
        for identity in self.exceptions.keys() & set(linked):
            # Moved so far that the span no longer holds it.
            if times[keys[identity]] is not None:
                found[identity] = self.exceptions[identity]
        return found

    def occurrence(self, identity: str, when: When) -> Event:
        """Return a plain occurrence, as Google would show it; its etag is not known."""
        event = {name: value for name, value in self.master.items() if name not in ("recurrence", "etag")}
        zones = [str((self.master.get(edge) or {}).get("timeZone") or "") for edge in ("start", "end")]
        points = [_point(value, zone) for value, zone in zip((when.start, when.end), zones, strict=True)]
        return {
            **event,
            "id": identity,
            "recurringEventId": self.id,
            "start": points[0],
            "end": points[1],
            "originalStartTime": points[0],
        }

    def learn(self, listed: Mapping[str, Event], span: Span, view: View) -> None:
        """Take in the occurrences of a span as a service expanded them that does not list exceptions.

        One that it leaves out is cancelled; one that is not as the rules and the master say is an exception.
        """
        shown = {key_of_exception(event, view): event for event in self.events(span, (), view).values()}
        found = {key_of_exception(event, view): event for event in listed.values()}
        for key, event in shown.items():
            if key not in found:
                identity = str(event["id"])
                gone = {"id": identity, "status": "cancelled", "originalStartTime": event.get("originalStartTime")}
                self.exceptions[identity] = gone
        for key, event in found.items():
            expected = shown.get(key, event)
            if key not in shown or fields_of(event, view) != fields_of(expected, view):
                # Under the id it would have in Google: not everybody names whole days as Google does.
                self.exceptions[str(expected["id"])] = {**kept(event), "id": str(expected["id"])}

    def without_rule(self, view: View) -> frozenset[str]:
        """Return the ids of exceptions that stand for occurrences which the rules no longer make."""
        series = self.rules(view)
        lost: set[str] = set()
        for identity, key in self.keys(view).items():
            start = moment_of(moment_of_key(key), series.zone)
            if key not in expand(series, start - _DAY, start + _DAY):
                lost.add(identity)
        return frozenset(lost)


def first_of(series: KnownSeries, view: View) -> str:
    """Return the id of the first occurrence of a series; "" where it has no start."""
    start = moment(series.master.get("start"), view.zone)
    return f"{series.id}_{key_of(start)}" if start is not None else ""


def around_all(span: Span, ids: Collection[str], view: View) -> Span:
    """Return a span widened to hold the weeks that occurrences are in, as their ids tell."""
    moments = [moment_of(moment_of_key(_key_in(identity)), view.zone) for identity in ids]
    return span.with_moments(moment + week for moment in moments for week in (-_WEEK, _WEEK))


def kept(event: Event) -> dict[str, Any]:
    """Return what is remembered of a master or an exception."""
    return {name: event[name] for name in _KEPT if name in event}


def key_of_exception(event: Event, view: View) -> str:
    """Return the key of the occurrence that an exception stands for."""
    original = moment(event.get("originalStartTime"), view.zone)
    return key_of(original) if original is not None else str(event.get("id") or "").rpartition("_")[2]


def master_of(identity: str) -> str:
    """Return the id of the master that the id of an occurrence names; "" for the id of a single event.

    Ids of masters may have an underscore themselves ("…_R20260501T080000").
    """
    master, _, key = identity.rpartition("_")
    try:
        moment_of_key(key)
    except ValueError:
        return ""
    return master


def continued(missing: Collection[str], found: Collection[str], view: View) -> dict[str, str]:
    """Pair occurrences that are no longer there with new ones that continue them: former id -> id now.

    Both are ids of one series, or of two of which the one goes on where the other was cut off. A series moved to
    another hour, or split by "this and following", gives all its occurrences other ids, and yet they are the same
    meetings: that of the same moment, else the only one of the day, else the only one of the week.
    """
    pairs: dict[str, str] = {}
    old = {identity: _local_start(identity, view) for identity in missing}
    new = {identity: _local_start(identity, view) for identity in found}
    for same in (lambda start: start, lambda start: start[:10], _week):
        groups: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for place, starts in enumerate((old, new)):
            for identity, start in starts.items():
                groups[same(start)][place].append(identity)
        for before, after in groups.values():
            if len(before) == len(after) == 1:
                pairs[before[0]] = after[0]
                del old[before[0]], new[after[0]]
    return pairs


def continues(former: Event, master: Event) -> bool:
    """Tell whether a new series looks like the rest of a former one ("this and following").

    Google names it after the first one; elsewhere it has the same title and the same organizer.
    """
    base = str(former.get("id") or "").partition("_R")[0]
    if str(master.get("id") or "").partition("_R")[0] == base:
        return True
    same_title = bool(former.get("summary")) and former.get("summary") == master.get("summary")
    return same_title and _mail(former.get("organizer")) == _mail(master.get("organizer"))


def _mail(person: object) -> str:
    return str(person.get("email") or "").lower() if isinstance(person, Mapping) else ""


def _time_of(event: Event, view: View) -> When | None:
    return None if is_cancelled(event) else when_of(event, view.zone)


def _key_in(identity: str) -> str:
    return identity.rpartition("_")[2]


def _point(value: datetime | date, zone: str) -> dict[str, str]:
    if not isinstance(value, datetime):
        return {"date": value.isoformat()}
    point = {"dateTime": f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    return {**point, "timeZone": zone} if zone else point


def _local_start(identity: str, view: View) -> str:
    """Return when an occurrence begins by the calendar's clock, as its id tells: "2026-05-01T10:00", "2026-05-01"."""
    start = moment_of_key(_key_in(identity))
    if isinstance(start, datetime):
        return f"{start.astimezone(view.zone):%Y-%m-%dT%H:%M}"
    return start.isoformat()


def _week(start: str) -> str:
    year, week, _ = date.fromisoformat(start[:10]).isocalendar()
    return f"{year}-{week}"
