"""The days of a series: RRULE, EXRULE, RDATE and EXDATE lines around its first start (RFC 5545 3.8.5).

Everything is reckoned in wall time of the zone that the series lives in, so that ten o'clock stays ten o'clock when
the clocks change. The first start is always an occurrence, unless the rules had ended before it.

A yearly rule that names days of a month and no month means the month of the first start. RFC 5545 would have every
month; what others report of Google is once a year (home-assistant/core#85373, rlanvin/php-rrule#158).
"""

import heapq
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from gsync_cli.sandbox.google.calendar_times import Time, is_whole_day, wall

_LINE: Final = re.compile(
    r"(?P<name>RRULE|EXRULE|RDATE|EXDATE)(?P<parameters>(?:;[^:]*)?):(?P<value>.+)", re.IGNORECASE
)
_DATE_LENGTH: Final = 8
_END_OF_DAY: Final = time(23, 59, 59)


def check(start: Time, lines: Sequence[str]) -> None:
    """Raise ValueError where the lines can't be read."""
    next(originals(start, lines), None)


def originals(start: Time, lines: Sequence[str]) -> Iterator[datetime]:
    """Yield the wall times at which the occurrences start, in order; endlessly for a series without end.

    Raises ValueError for a line that can't be read.
    """
    first = wall(start)
    streams: list[Iterator[datetime]] = []
    ended: list[bool] = []
    without: list[Iterator[datetime]] = []
    excluded: set[datetime] = set()
    for line in lines:
        name, parameters, value = _taken_apart(line)
        if name in {"RRULE", "EXRULE"}:
            (streams if name == "RRULE" else without).append(_rule(start, value))
            if name == "RRULE":
                ended.append(_ends_before(start, value))
        else:
            days = [_listed(start, parameters, text) for text in value.split(",")]
            if name == "RDATE":
                streams.append(iter(sorted(days)))
            else:
                excluded.update(days)
    if not ended or not all(ended):
        streams.append(iter((first,)))
    return _merged(streams, excluded, heapq.merge(*without))


def _merged(
    streams: list[Iterator[datetime]], excluded: set[datetime], without: Iterator[datetime]
) -> Iterator[datetime]:
    last: datetime | None = None
    barred = next(without, None)
    for moment in heapq.merge(*streams):
        if moment == last:
            continue
        last = moment
        while barred is not None and barred < moment:
            barred = next(without, None)
        if moment not in excluded and moment != barred:
            yield moment


def _taken_apart(line: str) -> tuple[str, str, str]:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(line)
    return match["name"].upper(), match["parameters"], match["value"]


def _rule(start: Time, value: str) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    parts = dict(part.partition("=")[::2] for part in value.rstrip(";").upper().split(";"))
    parts = {name: text for name, text in parts.items() if not name.startswith("X-")}
    if "FREQ" not in parts or ("UNTIL" in parts and "COUNT" in parts):
        raise ValueError(value)
    yearly_days = parts["FREQ"] == "YEARLY" and "BYMONTHDAY" in parts
    if yearly_days and not any(name in parts for name in ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYDAY")):
        parts["BYMONTH"] = str(wall(start).month)
    if until := parts.get("UNTIL"):
        parts["UNTIL"] = f"{_until(start, until):%Y%m%dT%H%M%S}"
    try:
        return iter(rrulestr(";".join(f"{key}={text}" for key, text in parts.items()), dtstart=wall(start)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(value) from error


def _ends_before(start: Time, value: str) -> bool:
    """Tell whether the UNTIL of a rule lies before the first start."""
    parts = dict(part.partition("=")[::2] for part in value.rstrip(";").upper().split(";"))
    return "UNTIL" in parts and _until(start, parts["UNTIL"]) < wall(start)


def _until(start: Time, text: str) -> datetime:
    if len(text) == _DATE_LENGTH or is_whole_day(start):
        return datetime.combine(datetime.strptime(text[:_DATE_LENGTH], "%Y%m%d"), _END_OF_DAY)  # noqa: DTZ007  a date
    return _read(text, start["timeZone"], start["timeZone"])


def _listed(start: Time, parameters: str, text: str) -> datetime:
    """Read one date of RDATE or EXDATE as wall time of the series. Of a period only the start counts."""
    text = text.partition("/")[0].upper()
    if is_whole_day(start):
        return datetime.strptime(text[:_DATE_LENGTH], "%Y%m%d")  # noqa: DTZ007  a date
    if len(text) == _DATE_LENGTH:
        day = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  a date
        return datetime.combine(day, wall(start).time())
    named = re.search(r";TZID=([^;]+)", parameters, re.IGNORECASE)
    return _read(text, named[1] if named else start["timeZone"], start["timeZone"])


def _read(text: str, zone: str, wanted: str) -> datetime:
    """Return the wall time in the zone `wanted` of a date-time: in UTC with a Z, else wall time of `zone`."""
    told = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  the zone follows
    try:
        aware = told.replace(tzinfo=UTC if text.endswith("Z") else ZoneInfo(zone))
    except (KeyError, OSError) as error:
        raise ValueError(zone) from error
    return aware.astimezone(ZoneInfo(wanted)).replace(tzinfo=None)
