"""Meetings and series made from a seed: what is told of them twice, once as gsync reads it and once in iCalendar.

Both tellings are made from the same neutral facts: clocks without a zone, and the name of the zone. Nothing of gsync's
own expansion takes part in them. Google tells the same in many forms, so that each seed chooses some.
"""

import random
from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import takewhile
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

ZONES: Final = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland", "Africa/Casablanca", "Pacific/Apia", "UTC",
)  # fmt: skip
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HOURS: Final = (0, 1, 1, 2, 2, 2, 3, 8, 9, 10, 14, 17, 22, 23)
"""The hours in which clocks are changed come often."""
MINUTES: Final = (0, 0, 0, 15, 30, 30, 45)
SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)
_ENOUGH: Final = 300

Wall: TypeAlias = datetime
"""What a clock shows, without a zone; the midnight of a whole day."""


@dataclass(frozen=True, slots=True)
class Told:
    """A meeting or a series, and the span in which somebody looks at it."""

    seed: int
    zone: str
    whole_day: bool
    start: Wall
    length: timedelta
    """By the clock."""
    rule: str
    """Without RRULE:; empty for a meeting that is no series, or has dates of its own alone."""
    added: tuple[Wall, ...]
    left_out: tuple[Wall, ...]
    cancelled: tuple[Wall, ...]
    moved: tuple[tuple[Wall, Wall, timedelta], ...]
    """Where it stood, where it stands, how long it lasts."""
    since: Wall
    until: Wall
    calendar_zone: str
    """The zone in which Google writes the moments of this calendar."""

    @property
    def tz(self) -> ZoneInfo:
        """The zone."""
        return ZoneInfo(self.zone)

    def moment(self, wall: Wall) -> datetime:
        """Return the moment, in UTC, at which a clock of the zone shows a time."""
        return wall.replace(tzinfo=self.tz).astimezone(UTC)

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.zone}, {self.since} to {self.until}\n{icalendar(self)}"


def told(seed: int) -> Told:
    """Make the meeting of a seed."""
    die = random.Random(seed)
    zone = die.choice(ZONES)
    whole_day = die.random() < 0.25
    day = _changing_day(die, zone) if die.random() < 0.4 else date(2024, 1, 1) + _DAY * die.randrange(1000)
    start = datetime.combine(day, time() if whole_day else time(die.choice(HOURS), die.choice(MINUTES)))
    start = _shown(start, zone, whole_day=whole_day)
    length = _length(die, start, zone, whole_day=whole_day)
    calendar_zone = zone if whole_day else die.choice((zone, zone, die.choice(ZONES)))
    # From noon to noon: no clock is changed then, so that what touches the span is beyond doubt.
    since = datetime.combine(day + _DAY * die.choice((-20, -1, 0, 5, 20, 90, 200, 400)), time(12))
    until = since + timedelta(days=die.choice((7, 60, 210, 210)))
    if die.random() < 0.15:
        since, until = (datetime.combine(day + _DAY * number, time(12)) for number in (die.choice((-3, 0)), 1))
        return Told(seed, zone, whole_day, start, length, "", (), (), (), (), since, until, calendar_zone)
    rule = _rule(die, start, zone, whole_day=whole_day)
    made = _starts(rule, start, max(until, start) + _DAY)
    chosen = [wall for wall in made if since - _DAY <= wall <= until + _DAY] or made
    some = die.sample(chosen, min(len(chosen), 6))
    changed = iter(some)
    left_out = tuple(next(changed, start) for _ in range(die.choice((0, 0, 1, 2))))
    cancelled = tuple(wall for wall in (next(changed, None) for _ in range(die.choice((0, 0, 1)))) if wall)
    stood = [wall for wall in (next(changed, None) for _ in range(die.choice((0, 1, 2)))) if wall]
    stands = [_shown(_elsewhere(die, wall, whole_day=whole_day), zone, whole_day=whole_day) for wall in stood]
    moved = tuple(
        (wall, other, _length(die, other, zone, whole_day=whole_day)) for wall, other in zip(stood, stands, strict=True)
    )
    # Not the usual minutes: the other expander takes a moment for another whose clock shows what this one is in UTC.
    odd = timedelta(0) if whole_day else timedelta(minutes=20)
    others = [
        _elsewhere(die, die.choice(chosen), whole_day=whole_day) + odd for _ in range(die.choice((0, 0, 0, 1, 2)))
    ]
    others = [_shown(wall, zone, whole_day=whole_day) for wall in others]
    added = tuple(wall for wall in others if wall not in made)
    return Told(
        seed, zone, whole_day, start, length, rule, tuple(sorted(set(added))), left_out, cancelled, moved, since, until,
        calendar_zone,
    )  # fmt: skip


def _shown(wall: Wall, zone: str, *, whole_day: bool) -> Wall:
    """Return what a clock really shows at a time: Google writes none that was skipped."""
    if whole_day:
        return wall
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _length(die: random.Random, start: Wall, zone: str, *, whole_day: bool) -> timedelta:
    if whole_day:
        return _DAY * die.choice((1, 1, 1, 2, 7))
    length = timedelta(minutes=die.choice((15, 30, 60, 60, 90, 120, 480, 24 * 60, 50 * 60)))
    return _shown(start + length, zone, whole_day=False) - start


def _elsewhere(die: random.Random, wall: Wall, *, whole_day: bool) -> Wall:
    if whole_day:
        return wall + _DAY * die.choice((-3, -1, 0, 1, 2, 30))
    return wall + die.choice((timedelta(0), timedelta(minutes=30), timedelta(hours=-7), _DAY, -_DAY * 8, _DAY * 60))


def _changing_day(die: random.Random, zone: str) -> date:
    """Return a day on which a zone changes its clocks, or one some weeks before; any day where it never does."""
    days = _changes(zone, die.choice((2024, 2025, 2026)))
    return die.choice(days) - _DAY * die.choice((0, 0, 0, 7, 14, 28))


@cache
def _changes(zone: str, year: int) -> tuple[date, ...]:
    tz = ZoneInfo(zone)
    days = [date(year, 1, 1) + _DAY * number for number in range(365)]
    offsets = [datetime.combine(day, time(), tz).utcoffset() for day in [*days, date(year + 1, 1, 1)]]
    return tuple(day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after) or (
        date(year, 3, 29),
    )


def _rule(die: random.Random, start: Wall, zone: str, *, whole_day: bool) -> str:
    """Make a rule that begins with its first occurrence, as Google's calendar does."""
    weekday, monthday = WEEKDAYS[start.weekday()], start.day
    nth = (monthday - 1) // 7 + 1
    last = (start + timedelta(days=7)).month != start.month
    interval = die.choice((1, 1, 1, 2, 3, 4))
    days = ",".join(sorted({weekday, *die.sample(WEEKDAYS, die.randrange(4))}, key=WEEKDAYS.index))
    shapes = [
        f"FREQ=DAILY;INTERVAL={interval}",
        f"FREQ=DAILY;BYDAY={days}",
        f"FREQ=WEEKLY;INTERVAL={interval}",
        f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={days}",
        f"FREQ=WEEKLY;INTERVAL={interval};WKST={die.choice(('SU', 'MO'))};BYDAY={days}",
        f"FREQ=MONTHLY;INTERVAL={interval}",
        f"FREQ=MONTHLY;INTERVAL={interval};BYMONTHDAY={','.join(str(day) for day in sorted({monthday, 31, 15}))}",
        f"FREQ=MONTHLY;BYDAY={nth}{weekday}",
        f"FREQ=YEARLY;BYMONTH={start.month};BYDAY={nth}{weekday}",
        f"FREQ=YEARLY;INTERVAL={min(interval, 2)}",
        f"FREQ=YEARLY;BYMONTH={start.month},{(start.month + 5) % 12 + 1};BYMONTHDAY={monthday}",
        f"FREQ=YEARLY;BYYEARDAY={start.timetuple().tm_yday}",
    ]
    if last:
        shapes += [f"FREQ=MONTHLY;BYDAY=-1{weekday}", f"FREQ=YEARLY;BYMONTH={start.month};BYDAY=-1{weekday}"]
    if start.weekday() < SATURDAY:
        before, after = _working_days(start)
        positions = [before + 1, *([-1] if not after else [])]
        shapes += [f"FREQ=MONTHLY;INTERVAL={interval};BYDAY=MO,TU,WE,TH,FR;BYSETPOS={die.choice(positions)}"] * 2
    if (start + _DAY).month != start.month:
        shapes += [f"FREQ=MONTHLY;INTERVAL={interval};BYMONTHDAY=-1"] * 3
    if not whole_day:
        shapes.append(f"FREQ=HOURLY;INTERVAL={die.choice((8, 25))}")
    rule = die.choice(shapes).replace(";INTERVAL=1;", ";").removesuffix(";INTERVAL=1")
    match die.choice(("for ever", "for ever", "for ever", "count", "until", "until a day")):
        case "count":
            return f"{rule};COUNT={die.choice((1, 2, 5, 12, 40))}"
        case "until" if not whole_day:
            limit = start + timedelta(days=die.randrange(400), minutes=die.choice((0, 0, 600)))
            return f"{rule};UNTIL={limit.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC):%Y%m%dT%H%M%SZ}"
        case "until" | "until a day":
            return f"{rule};UNTIL={start + timedelta(days=die.randrange(400)):%Y%m%d}" if whole_day else rule
        case _:
            return rule


def _working_days(start: Wall) -> tuple[int, int]:
    """Return how many days from Monday to Friday the month has before and after a day."""
    days = (date(start.year, start.month, 1) + _DAY * number for number in range(31))
    working = [day for day in days if day.month == start.month and day.weekday() < SATURDAY]
    return sum(day < start.date() for day in working), sum(day > start.date() for day in working)


def _starts(rule: str, start: Wall, until: Wall) -> list[Wall]:
    """Return starts that a rule makes up to a time, for choosing among them: the last few hundred."""
    endless = ";".join(part for part in rule.split(";") if not part.startswith("UNTIL="))
    made = takewhile(lambda wall: wall <= until, rrulestr(endless, dtstart=start))
    return list(deque(made, maxlen=_ENOUGH)) or [start]


# ── the two tellings ─────────────────────────────────────────────────────────────────────────────────────────────


def icalendar(case: Told) -> str:
    """Tell it in iCalendar: one component for the meeting, one for each occurrence that was moved."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", "UID:m", "SEQUENCE:0"]
    lines += [_property(case, "DTSTART", case.start), _property(case, "DTEND", case.start + case.length)]
    lines += [f"RRULE:{case.rule}"] if case.rule else []
    lines += [_property(case, "RDATE", wall) for wall in case.added]
    lines += [_property(case, "EXDATE", wall) for wall in (*case.left_out, *case.cancelled)]
    lines.append("END:VEVENT")
    for stood, stands, length in case.moved:
        lines += ["BEGIN:VEVENT", "UID:m", "SEQUENCE:1", _property(case, "RECURRENCE-ID", stood)]
        lines += [_property(case, "DTSTART", stands), _property(case, "DTEND", stands + length), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def is_series(case: Told) -> bool:
    """Tell whether Google would list it with a recurrence."""
    return bool(case.rule or case.left_out or case.added)


def google(case: Told) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Tell it as Google lists it: a master "m", and the occurrences that differ from it (facts/google.md 7.3)."""
    rules = [f"RRULE:{case.rule}"] if case.rule else []
    rules += _dates(case, "EXDATE", case.left_out)
    rules += _dates(case, "RDATE", case.added)
    master: dict[str, object] = {
        "id": "m", "status": "confirmed", "summary": "Meeting", "eventType": "default",
        **_edges(case, case.start, case.length), **({"recurrence": rules} if rules else {}),
    }  # fmt: skip
    gone: list[dict[str, object]] = [
        {"id": f"m_{key(case, wall)}", "status": "cancelled", **_origin(case, wall)} for wall in case.cancelled
    ]
    changed = [
        {"id": f"m_{key(case, stood)}", "status": "confirmed", **_edges(case, stands, length), **_origin(case, stood)}
        for stood, stands, length in case.moved
    ]
    return master, gone + changed


def key(case: Told, wall: Wall) -> str:
    """Return what Google calls the occurrence of a wall time (facts/google.md 7.3)."""
    if case.whole_day:
        return f"{wall:%Y%m%d}"
    return f"{case.moment(wall):%Y%m%dT%H%M%SZ}"


def _dates(case: Told, name: str, walls: tuple[Wall, ...]) -> list[str]:
    """Return the lines of dates: one for each, or one for all; by the clock of the zone, or in UTC."""
    lines = [_property(case, name, wall) for wall in walls]
    if case.seed % 3 == 1 and not case.whole_day:
        lines = [f"{name}:{key(case, wall)}" for wall in walls]
    if case.seed % 2 and lines:
        head = lines[0].partition(":")[0]
        return [f"{head}:{','.join(line.partition(':')[2] for line in lines)}"]
    return lines


def _property(case: Told, name: str, wall: Wall) -> str:
    if case.whole_day:
        return f"{name};VALUE=DATE:{wall:%Y%m%d}"
    if case.zone == "UTC":
        return f"{name}:{wall:%Y%m%dT%H%M%S}Z"
    return f"{name};TZID={case.zone}:{wall:%Y%m%dT%H%M%S}"


def _origin(case: Told, wall: Wall) -> dict[str, object]:
    return {"recurringEventId": "m", "originalStartTime": _edge(case, wall)}


def _edges(case: Told, wall: Wall, length: timedelta) -> dict[str, object]:
    return {"start": _edge(case, wall), "end": _edge(case, wall + length)}


def _edge(case: Told, wall: Wall) -> dict[str, str]:
    if case.whole_day:
        return {"date": f"{wall:%Y-%m-%d}"}
    moment = case.moment(wall).astimezone(ZoneInfo(case.calendar_zone))
    return {"dateTime": moment.isoformat().replace("+00:00", "Z"), "timeZone": case.zone}
