"""Creatio's dates: how they are written, and in which zone they are meant (facts/creatio.md 2.3, 2.4).

A moment is written as ISO 8601 with `Z` and 3 to 7 digits of a second. Some sites convert it to the zone of the
calling user and write `Z` all the same; `DateReading` says which kind a site is. Where order alone matters (cursors),
keep the text as the site wrote it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gsync_cli.creatio.values import is_null

Mode: TypeAlias = Literal["utc", "user-zone", "unknown"]

SURE_OVERLAP_HOURS: Final = 1
UNSURE_OVERLAP_HOURS: Final = 24
"""How far back a cursor reaches, where the zone of the site's dates is known and where it is not (facts 9.1)."""

_WRITTEN: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?(?P<zone>[Zz]|[+-]\d\d:?\d\d)?"
)
_NOON: Final = time(12)
_STEP: Final = timedelta(minutes=15)
"""Offsets of time zones are multiples of it."""
_DAY: Final = timedelta(days=1)
"""More than any zone is from another."""


@dataclass(frozen=True, slots=True)
class DateReading:
    """In which zone a site means the dates it writes with `Z`.

    `zone` is an IANA name, or a fixed offset "+02:00" where only that could be found out; else empty.
    """

    mode: Mode
    zone: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what `text` wrote; anything else is unknown."""
        mode, _, zone = text.partition(":")
        if mode == "utc":
            return cls("utc")
        return cls("user-zone", zone) if mode == "user-zone" and zone_of(zone) else cls("unknown")

    @property
    def text(self) -> str:
        """Return it in one word: `utc`, `user-zone:Europe/Berlin`, `unknown`."""
        return f"{self.mode}:{self.zone}" if self.zone else self.mode

    def moment(self, raw: object) -> datetime | None:
        """Return the true moment of a date of the site, in UTC; None for the null date and for what is no date."""
        written = wall_clock(raw)
        if written is None:
            return None
        zone = zone_of(self.zone) if self.mode == "user-zone" else None
        return written.replace(tzinfo=zone or UTC).astimezone(UTC)


def wall_clock(raw: object) -> datetime | None:
    """Return what a date shows, whatever its zone: `Z`, an offset that is applied, or nothing. None for null dates."""
    if is_null(raw):
        return None
    found = _WRITTEN.match(str(raw))
    if not found:
        return None
    fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
    try:
        shown = datetime.fromisoformat(f"{found['date']}T{found['time']}.{fraction}")
    except ValueError:
        return None
    if shown.year == 1:
        return None
    return shown - _offset_of(found["zone"] or "")


def meanings(way: DateReading, literal: str) -> set[datetime]:
    """Return the moments that a literal may mean: two in the hour that comes twice in autumn."""
    shown = wall_clock(literal)
    zone = zone_of(way.zone) if way.mode == "user-zone" else UTC
    if shown is None:
        return set()
    return {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}


def overlapped(raw: str, hours: float) -> str:
    """Return the moment `hours` before `raw`, in the very notation of `raw`, as a literal for `$filter`.

    The site reads its filters as it writes its answers, so its own text, moved, never meets another clock.
    Raises ValueError for what is no date.
    """
    found = _WRITTEN.fullmatch(raw)
    if not found:
        raise ValueError(f"no date of Creatio: {raw!r}")
    shown = datetime.fromisoformat(f"{found['date']}T{found['time']}")
    # Before the year 1 there is nothing to find.
    moved = shown - min(timedelta(hours=hours), shown - datetime.min)  # noqa: DTZ901  wall clock
    fraction = f".{found['fraction']}" if found["fraction"] else ""
    return f"{moved.isoformat(timespec='seconds')}{fraction}{found['zone'] or ''}"


def since_cursor(high: str, reading: DateReading) -> str:
    """Return from when on to read what was saved since `high`, as a literal for `$filter`.

    A user's clock is set back once a year; only UTC never is.
    """
    return overlapped(high, SURE_OVERLAP_HOURS if reading.mode == "utc" else UNSURE_OVERLAP_HOURS)


def latest(dates: Iterable[str]) -> str:
    """Return the latest of dates in one notation, as the site wrote it; "" for none.

    Trailing digits of a second are dropped by some sites, so texts can't be compared as they are.
    """
    moments = [(shown, raw) for raw in dates if (shown := _exact(raw)) is not None]
    return max(moments)[1] if moments else ""


def latest_saved(former: str, stamps: Iterable[str], now: datetime | None) -> str:
    """Return the latest of some dates and the former one, as the site wrote it. `now` is by the site's clock.

    None from the future counts, which would hide all changes until then. The texts of dates in one notation, without
    the Z, are in the order of the dates, however many digits of a second a site writes.
    """
    end = f"{now + _DAY:%Y-%m-%dT%H:%M:%S}" if now else "9999"
    return max([former, *(raw for raw in stamps if raw < end)], key=lambda raw: raw.rstrip("Z"))


def birthday_of(raw: object) -> str:
    """Return the day of a date-only column, `1980-05-01`; "" for the null date. The column comes as a full moment.

    A midnight that was converted between zones is off by up to eleven hours: until noon it is the day shown, later the
    next one (facts/creatio.md 9.2).
    """
    shown = wall_clock(raw)
    if shown is None:
        return _plain_day(raw)
    return (shown.date() if shown.time() <= _NOON else shown.date() + _DAY).isoformat()


def zone_of(name: str) -> tzinfo | None:
    """Return the zone of an IANA name, a Windows id ("W. Europe Standard Time") or an offset "+02:00"; else None."""
    if not name:
        return None
    if re.fullmatch(r"[+-]\d\d:\d\d", name):
        return timezone(_offset_of(name))
    try:
        return ZoneInfo(iana_name(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def iana_name(name: str) -> str:
    """Return the IANA name for a Windows id of a time zone, and any other name as it is."""
    from tzlocal.windows_tz import win_tz

    return win_tz.get(name, name)


def shift_of(shown: datetime, true: datetime) -> timedelta:
    """Return by how much a clock that shows `shown` is ahead of UTC."""
    return _STEP * round((shown - true.astimezone(UTC).replace(tzinfo=None)) / _STEP)


def judge_shift(shown: datetime, true: datetime, zone: str) -> DateReading:
    """Judge a moment that the site shows for something that truly happened at `true` (facts/creatio.md 2.4).

    `shown` is without zone. `zone` is the user's, "" where it is not known. Where user time and UTC agree at that
    moment, nothing can be told, unless they always do.
    """
    shift = shift_of(shown, true)
    known = zone_of(zone)
    if known is None:
        return DateReading("user-zone", offset_text(shift)) if shift else DateReading("unknown")
    offset = true.astimezone(known).utcoffset() or timedelta()
    if offset == shift:
        return DateReading("user-zone", iana_name(zone)) if shift else _agreeing(known)
    return DateReading("utc") if not shift else DateReading("user-zone", offset_text(shift))


def judge_pair(odata: datetime, service: datetime, zone: str) -> DateReading:
    """Judge one date as OData shows it beside the same as DataService shows it, which is the user's wall clock.

    They differ: OData speaks UTC. They agree: OData converts, or the user lives by UTC.
    """
    if abs(odata - service) >= _STEP / 2:
        return DateReading("utc")
    known = zone_of(zone)
    if known is None:
        return DateReading("unknown")
    if service.replace(tzinfo=known).utcoffset():
        return DateReading("user-zone", iana_name(zone))
    return _agreeing(known)


def _agreeing(zone: tzinfo) -> DateReading:
    """Judge a site that shows UTC to a user whose clock shows UTC at that moment: it is UTC if it is so all year."""
    year = (datetime(2026, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in range(1, 13))
    return DateReading("unknown") if any(year) else DateReading("utc")


def _exact(raw: str) -> tuple[datetime, str] | None:
    """Return a sortable form that keeps the seventh digit."""
    shown = wall_clock(raw)
    found = _WRITTEN.match(raw)
    if shown is None or found is None:
        return None
    return shown, (found["fraction"] or "").ljust(9, "0")


def _plain_day(raw: object) -> str:
    try:
        day = date.fromisoformat(str(raw))
    except ValueError:
        return ""
    return day.isoformat() if day.year > 1 else ""


def _offset_of(zone: str) -> timedelta:
    if zone in ("", "Z", "z"):
        return timedelta()
    sign = -1 if zone.startswith("-") else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))


def offset_text(shift: timedelta) -> str:
    """Return an offset as `zone_of` reads it, "+02:00"."""
    minutes = round(abs(shift) / timedelta(minutes=1))
    return f"{'-' if shift < timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"
