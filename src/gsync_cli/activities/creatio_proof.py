"""Proving that the site keeps the dates that were written (facts/creatio.md 2.4, step 3).

Some sites take a date in another zone than the one they show dates in. So the first dates that are written at a site
are read back; where they come back moved, they are written once more in the other way, and it is remembered which way
is right.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Final, TypeAlias

from gsync_cli.activities.creatio_reading import Reader
from gsync_cli.activities.creatio_rows import ACTIVITY
from gsync_cli.activities.creatio_times import Times
from gsync_cli.creatio.calibration import learn_from_row
from gsync_cli.creatio.dates import DateReading, zone_of
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.sending import Step
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.creatio.values import id_of
from gsync_cli.errors import Refused

Bounds: TypeAlias = tuple[datetime, datetime]

_FACT: Final = "activity_dates"
_UTC: Final = DateReading("utc")
_MONTHS: Final = 12


def known_writing(site: CreatioSite, reading: DateReading) -> DateReading:
    """Return how this site takes dates: as proven, else as it shows them."""
    return proven(site, reading) or reading


def settled(odata: OData, reading: DateReading, zone: str) -> DateReading:
    """Return how dates are to be read, where that could not be told by today's: by an activity of another season.

    Who lives by London's clock sees the same in winter whichever zone the site means. `zone` is the caller's.
    """
    months = _seasons(zone_of(zone))
    if reading.mode != "unknown" or not months:
        return reading
    year = odata.site.wire.clock.now().year
    spans = [
        f"(StartDate ge {_first_of(year, month)} and StartDate lt {_first_of(year, month + 1)})" for month in months
    ]
    query = Query(ACTIVITY, ("Id", "StartDate"), " or ".join(spans), top=1)
    row = next(odata.rows(query), None)
    return learn_from_row(odata.site, ACTIVITY, id_of(row["Id"]), "StartDate") if row else reading


def prove(
    site: CreatioSite,
    reader: Reader,
    written: Mapping[str, Bounds],
    zone: str,
    send: Callable[[Sequence[Step]], None],
) -> None:
    """Look whether activities begin and end where they were written to, unless that is known; else write them anew.

    `zone` is the caller's, "" where unknown. Raises Refused("creatio-dates-moved") where no way of writing is right.
    """
    if reader.times.reading.mode == "unknown":
        _find_out(site, reader, written)
    reading = reader.times.reading
    if reading.mode == "unknown" or proven(site, reading):
        return
    ways = [_UTC, DateReading("user-zone", zone)] if _seasons(zone_of(zone)) else [_UTC]
    telling = next((identity for identity, bounds in written.items() if _tells(reader.times, bounds, ways)), None)
    if telling is None:
        return
    first = reader.times.writing
    for way in (first, *(way for way in ways if way != first)):
        if way != first:
            reader.times = reader.times.written_in(way)
            send([_step(identity, bounds, reader.times) for identity, bounds in written.items()])
        if reader.dates(telling) == written[telling]:
            site.facts[_FACT] = f"{reading.text}>{way.text}"
            return
    shown, _ = reader.dates(telling)
    raise Refused(
        "creatio-dates-moved", wrote=written[telling][0].isoformat(), shows=shown.isoformat() if shown else ""
    )


def _find_out(site: CreatioSite, reader: Reader, written: Mapping[str, Bounds]) -> None:
    """Compare in both services what was just written for a time at which the user's clock does not show UTC."""
    for identity, (start, _) in written.items():
        if start.astimezone(reader.times.zone).utcoffset():
            reader.times = replace(reader.times, reading=learn_from_row(site, ACTIVITY, identity, "StartDate"))
            return


def _seasons(zone: tzinfo | None) -> list[int]:
    """Return the months at whose beginning the clock of a zone does not show UTC."""
    first = (datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13))
    return [each.month for each in first if zone and each.astimezone(zone).utcoffset()]


def _first_of(year: int, month: int) -> str:
    return f"{year + (month > _MONTHS)}-{(month - 1) % _MONTHS + 1:02}-01T00:00:00Z"


def proven(site: CreatioSite, reading: DateReading) -> DateReading | None:
    """Return the way of writing that was proven for this way of reading; None where that is still to be done."""
    read, _, written = site.facts.get(_FACT, "").partition(">")
    way = DateReading.of(written)
    return way if read == reading.text and way.mode != "unknown" else None


def _tells(times: Times, bounds: Bounds, ways: Sequence[DateReading]) -> bool:
    """Tell whether the ways of writing differ for this time, so that its coming back proves one of them."""
    return len(ways) == 1 or len({times.written_in(way).literal(bounds[0]) for way in ways}) > 1


def _step(identity: str, bounds: Bounds, times: Times) -> Step:
    start, due = bounds
    return Step("PATCH", ACTIVITY, identity, {"StartDate": times.literal(start), "DueDate": times.literal(due)})
