"""The occurrences of a series: RRULE, RDATE, EXDATE and EXRULE (RFC 5545) within a span of time. Pure.

A timed series keeps the time of the clock in its zone, whatever summer time does; its occurrences are told apart by
the moment at which the rule puts them, which is how Google names them, too (facts/google.md 7.3).

- The first occurrence is always one, even where the rule itself would skip it; COUNT counts what the rule makes, so
  there is one more then. RFC 5545 leaves that open; Google is seen to do so (github.com/fmeringdal/rust-rrule#119).
- An hour that a clock skips is read with the offset before the change, one that it shows twice is the first.
- An occurrence ends as long after its start, by the clock, as the first one does.
- "FREQ=YEARLY;BYMONTHDAY=25" is once a year, in the month of the first occurrence. RFC 5545 has it every month;
  birthdays from telephones are written so, and Google shows them once a year (allenporter/gcal_sync#179,
  rlanvin/php-rrule#158).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, cast

from gsync_cli.activities.model import When
from gsync_cli.activities.zones import zone_named

if TYPE_CHECKING:
    from dateutil.rrule import rrule

MOST: Final = 20_000
"""Occurrences of one series in one span; a rule that makes more is not one of meetings."""

_DAY: Final = timedelta(days=1)
_STEPS: Final = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}
_PLACED_OTHERWISE: Final = frozenset(("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYDAY"))
"""What places the days of a yearly rule in the year, beside BYMONTHDAY."""
_DATES_AS_RULE: Final = re.compile(r"RRULE:(?=DATE[;:])", re.IGNORECASE)
"""Google hands out lists of dates under the name of a rule, too: "RRULE:DATE;TZID=…:…" (allenporter/gcal_sync#327)."""
_LINE: Final = re.compile(r"(?P<name>[A-Za-z]+)(?P<parameters>(?:;[^:]*)?):(?P<value>.*)", re.DOTALL)
_MOMENT: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)(Z?))?")
_DURATION: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True, slots=True)
class Series:
    """The first occurrence of a series, and the rules for all others.

    Moments are aware, in the zone whose clock the series keeps; whole days are dates, and begin in `zone`.
    """

    start: datetime | date
    end: datetime | date
    rules: tuple[str, ...]
    """Lines as in iCalendar: "RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE;TZID=Europe/Berlin:20260501T100000"."""
    zone: tzinfo = UTC


def key_of(start: datetime | date) -> str:
    """Return what an occurrence is named by: "20260501T080000Z", or "20260501" for a whole day (facts 7.3)."""
    if isinstance(start, datetime):
        return f"{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{start:%Y%m%d}"


def moment_of_key(key: str) -> datetime | date:
    """Return the start that `key_of` named. Raises ValueError for what is no key."""
    found = _MOMENT.fullmatch(key)
    if not found:
        raise ValueError(f"no occurrence: {key!r}")
    moment = _read(found)
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else moment


def occurrences(
    series: Series, exceptions: Mapping[str, When | None], since: datetime, until: datetime
) -> dict[str, When]:
    """Return the occurrences that touch the time from `since` to before `until`: key -> when they are.

    `exceptions` are those that were moved (their own time) or cancelled (None), by their key. One that the rules don't
    make is an occurrence all the same. Raises ValueError where a rule can't be read.
    """
    found = {key: when for key, when in expand(series, since, until).items() if key not in exceptions}
    moved = {key: when for key, when in exceptions.items() if when is not None}
    found.update({key: when for key, when in moved.items() if touches(when, since, until, series.zone)})
    return dict(sorted(found.items()))


def touches(when: When, since: datetime, until: datetime, zone: tzinfo) -> bool:
    """Tell whether a meeting lies in a span, at least in part."""
    start, end = when.starts(zone), when.ends(zone)
    return start < until and (end > since or start >= since)


def expand(series: Series, since: datetime, until: datetime) -> dict[str, When]:
    """Return what the rules alone make, exceptions apart: key -> when. Raises ValueError where a rule can't be read."""
    plan = _Plan.of(series)
    length = plan.length + 2 * _DAY
    first, last = plan.wall(since) - length, plan.wall(until) + _DAY
    walls = {wall for rule in plan.rules for wall in rule.between(plan, first, last)}
    walls |= {wall for wall in plan.added if first <= wall <= last}
    if first <= plan.start <= last and plan.has_first:
        walls.add(plan.start)
    walls -= {wall for rule in plan.without for wall in rule.between(plan, first, last)}
    found: dict[str, When] = {}
    for wall in walls:
        when = plan.when(wall)
        key = key_of(when.start)
        if key not in plan.removed and wall.date() not in plan.removed_days and touches(when, since, until, plan.zone):
            found[key] = when
    return found


@dataclass(frozen=True, slots=True)
class _Rule:
    """One RRULE or EXRULE, its end apart, and where it ends."""

    text: str
    step: timedelta | None
    """How far apart its periods are; None where they are not even, or are counted."""
    until: datetime | None
    """By the clock of the series where `absolute` is false, else the moment."""
    absolute: bool

    def between(self, plan: "_Plan", first: datetime, last: datetime) -> Iterator[datetime]:
        """Go through the starts by the clock of the series, from `first` to `last`."""
        for number, wall in enumerate(self._from(plan.start, first)):
            if wall > last or not self.reaches(plan, wall):
                return
            if number == MOST:
                raise ValueError(f"too many occurrences: {self.text}")
            yield wall

    def _from(self, start: datetime, first: datetime) -> Iterator[datetime]:
        from dateutil.rrule import rrulestr

        begins = start
        if self.step and first > start:
            # A series of many years is not walked through from its first day.
            begins += self.step * ((first - start) // self.step)
        try:
            rule = cast("rrule", rrulestr(self.text, dtstart=begins))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no rule: {self.text}: {error}") from error
        return (wall for wall in rule if wall >= first)

    def reaches(self, plan: "_Plan", wall: datetime) -> bool:
        """Tell whether the rule has not ended before that start."""
        if self.until is None:
            return True
        return (plan.moment(wall) if self.absolute else wall) <= self.until


@dataclass(frozen=True, slots=True)
class _Plan:
    """A series read: everything by the clock of its zone, without zone; days are midnights."""

    start: datetime
    length: timedelta
    """By the clock."""
    exact: timedelta
    whole_days: bool
    zone: tzinfo
    rules: list[_Rule] = field(default_factory=list)
    without: list[_Rule] = field(default_factory=list)
    added: dict[datetime, timedelta | None] = field(default_factory=dict)
    """RDATEs, with a length of their own where they are periods."""
    removed: set[str] = field(default_factory=set)
    removed_days: set[date] = field(default_factory=set)
    """Whole days named by EXDATEs."""

    @classmethod
    def of(cls, series: Series) -> "_Plan":
        start, end = series.start, series.end
        if isinstance(start, datetime) and isinstance(end, datetime):
            zone = start.tzinfo or series.zone
            # Subtracting two moments of one zone gives the difference by the clock.
            local_end = end if end.tzinfo == start.tzinfo else end.astimezone(zone)
            exact = end.astimezone(UTC) - start.astimezone(UTC)
            length = local_end.replace(tzinfo=None) - start.replace(tzinfo=None)
            plan = cls(start.replace(tzinfo=None), length, exact, whole_days=False, zone=zone)
        else:
            first = _midnight(start)
            length = max(_midnight(end) - first, _DAY)
            plan = cls(first, length, length, whole_days=True, zone=series.zone)
        for line in series.rules:
            plan._take_in(line)
        return plan

    @property
    def has_first(self) -> bool:
        """Whether no rule has ended before the first occurrence."""
        return not self.rules or any(rule.reaches(self, self.start) for rule in self.rules)

    def wall(self, moment: datetime) -> datetime:
        """Return what the clock of the series shows at a moment."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def moment(self, wall: datetime) -> datetime:
        """Return the moment at which the clock of the series shows `wall`."""
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def when(self, wall: datetime) -> When:
        """Return the occurrence that begins at `wall`."""
        length = self.added.get(wall)
        if self.whole_days:
            return When.whole_days(wall.date(), (wall + (length or self.length)).date())
        start = self.moment(wall)
        if length is not None:
            return When.timed(start, start + length)
        end = self.moment(wall + self.length)
        return When.timed(start, end if end > start else start + self.exact)

    def _take_in(self, line: str) -> None:
        found = _LINE.fullmatch(_DATES_AS_RULE.sub("R", line.strip()))
        if not found:
            raise ValueError(f"no rule: {line!r}")
        name, value = found["name"].upper(), found["value"].strip()
        if name == "RRULE":
            self.rules.append(self._rule(value))
        elif name == "EXRULE":
            self.without.append(self._rule(value))
        elif name in ("RDATE", "EXDATE"):
            zone = _zone(found["parameters"]) or self.zone
            for item in filter(None, (part.strip() for part in value.split(","))):
                (self._add if name == "RDATE" else self._remove)(item, zone)
        else:
            raise ValueError(f"no rule: {line!r}")

    def _rule(self, text: str) -> _Rule:
        parts = dict(part.upper().strip().split("=", 1) for part in text.split(";") if "=" in part)
        # Google keeps what other programs noted in a rule: X-EVOLUTION-ENDDATE (home-assistant/core#81409).
        parts = {name: value for name, value in parts.items() if not name.startswith("X-")}
        if parts.get("FREQ") == "YEARLY" and "BYMONTHDAY" in parts and not _PLACED_OTHERWISE & parts.keys():
            parts["BYMONTH"] = str(self.start.month)
        until = parts.pop("UNTIL", "")
        interval = int(parts.get("INTERVAL") or 1)
        step = None if "COUNT" in parts else _STEPS.get(parts.get("FREQ", ""))
        rest = ";".join(f"{name}={value}" for name, value in parts.items())
        if not until:
            return _Rule(rest, step and step * interval, None, absolute=False)
        found = _MOMENT.fullmatch(until)
        if not found:
            raise ValueError(f"no rule: {text}")
        moment = _read(found)
        if not isinstance(moment, datetime):
            # A day that ends a series belongs to it.
            last = datetime.combine(moment, time.max)
            return _Rule(rest, step and step * interval, last, absolute=False)
        absolute = bool(found[7]) and not self.whole_days
        limit = moment.replace(tzinfo=UTC) if absolute else moment
        return _Rule(rest, step and step * interval, limit, absolute=absolute)

    def _add(self, item: str, zone: tzinfo) -> None:
        first, _, last = item.partition("/")
        wall = self._wall_of(first, zone)
        length: timedelta | None = None
        if last:
            length = _length(last) if last.startswith("P") else self._wall_of(last, zone) - wall
        self.added[wall] = length

    def _remove(self, item: str, zone: tzinfo) -> None:
        found = _MOMENT.fullmatch(item)
        if not found:
            raise ValueError(f"no moment: {item!r}")
        moment = _read(found)
        if not isinstance(moment, datetime) or self.whole_days:
            self.removed_days.add(moment.date() if isinstance(moment, datetime) else moment)
        else:
            self.removed.add(key_of(moment.replace(tzinfo=UTC if found[7] else zone)))

    def _wall_of(self, item: str, zone: tzinfo) -> datetime:
        found = _MOMENT.fullmatch(item)
        if not found:
            raise ValueError(f"no moment: {item!r}")
        moment = _read(found)
        if not isinstance(moment, datetime):
            # In a timed series a bare day means that day at the usual time.
            return datetime.combine(moment, self.start.time())
        if self.whole_days:
            return _midnight(moment)
        return self.wall(moment.replace(tzinfo=UTC if found[7] else zone))


def _read(found: re.Match[str]) -> datetime | date:
    year, month, day = (int(found[number]) for number in (1, 2, 3))
    if found[4] is None:
        return date(year, month, day)
    hour, minute, second = (int(found[number]) for number in (4, 5, 6))
    return datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001  the caller knows the zone


def _midnight(day: datetime | date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  by the clock of the series


def _length(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(f"no duration: {text!r}")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _zone(parameters: str) -> tzinfo | None:
    found = re.search(r";TZID=\"?([^;:\"]+)", parameters, re.IGNORECASE)
    return zone_named(found[1]) if found else None
