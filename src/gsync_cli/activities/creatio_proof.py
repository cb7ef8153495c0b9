"""Proving in which zone a site shows and takes dates, before any date of a person's is written (facts/creatio.md 2.4).

Some sites take a date in another zone than the one they show dates in, and nobody can tell without writing one. A
start that is written wrongly, if only for a second, is seen by people, and a run that ends just there leaves it to be
taken for a person's change. So what is written first means nothing to anybody: the date of a reminder that is switched
off, in an activity that is there. A new activity stays out of the calendar, and says in its notes that it is not
finished, until its dates are proven.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from gsync_cli.activities.creatio_mapping import Bounds
from gsync_cli.activities.creatio_reading import Reader
from gsync_cli.activities.creatio_rows import ACTIVITY, Row
from gsync_cli.creatio.calibration import by_rules, forget, learn_from_row, learn_from_write, user_zone
from gsync_cli.creatio.dates import DateReading, latest, meanings, offset_text, shift_of, wall_clock, zone_of
from gsync_cli.creatio.filters import of_ids
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.sending import Step, send_singly
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.creatio.values import id_of, text_of
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused

_FACT: Final = "activity_dates"
_UTC: Final = DateReading("utc")
_MONTHS: Final = 12
_FLAG: Final = "RemindToOwner"
_DATE: Final = "RemindToOwnerDate"
_BOUNDS: Final = ("StartDate", "DueDate")
_MIDDAY: Final = timedelta(hours=12)


# ── what is known ────────────────────────────────────────────────────────────────────────────────────────────


def known_writing(site: CreatioSite, reading: DateReading) -> DateReading:
    """Return how this site takes dates: as proven, else as it shows them."""
    return proven(site, reading) or reading


def proven(site: CreatioSite, reading: DateReading) -> DateReading | None:
    """Return the way of writing that was proven for this way of reading; None where that is still to be done.

    Where a person has set the zone, nothing else counts as proven.
    """
    read, _, written = site.facts.get(_FACT, "").partition(">")
    way = DateReading.of(written)
    if read != reading.text or way.mode == "unknown":
        return None
    return way if site.account.dates == "auto" or way == reading else None


def settled(odata: OData, reading: DateReading, zone: str) -> DateReading:
    """Return how dates are to be read, where that could not be told by today's: by an activity of another season.

    Who lives by London's clock sees the same in winter whichever zone the site means. `zone` is the caller's.
    """
    months = seasons(zone_of(zone))
    if reading.mode != "unknown" or not months:
        return reading
    year = odata.site.wire.clock.now().year
    spans = [
        f"(StartDate ge {_first_of(year, month)} and StartDate lt {_first_of(year, month + 1)})" for month in months
    ]
    query = Query(ACTIVITY, ("Id", "StartDate"), " or ".join(spans), top=1)
    row = next(odata.rows(query), None)
    return learn_from_row(odata.site, ACTIVITY, id_of(row.get("Id")), "StartDate") if row else reading


def seasons(zone: tzinfo | None) -> list[int]:
    """Return the months at whose beginning the clock of a zone does not show UTC."""
    first = (datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13))
    return [each.month for each in first if zone and each.astimezone(zone).utcoffset()]


# ── the proof ────────────────────────────────────────────────────────────────────────────────────────────────


class Proof:
    """Proves the dates of one site, once. `zone` is the caller's, as far as anybody tells it (IANA)."""

    def __init__(self, odata: OData, reader: Reader, zone: str) -> None:
        self._odata = odata
        self._site = odata.site
        self._reader = reader
        self._zone = zone

    @property
    def pending(self) -> bool:
        """Whether it is still to be proven how the site takes dates."""
        return self._reader.times.reading.mode == "unknown" or not proven(self._site, self._reader.times.reading)

    @property
    def needed(self) -> bool:
        """Whether that is pending, and more than one answer is possible: not where the user lives by UTC."""
        return self.pending and bool(seasons(zone_of(self._zone)))

    def by_existing(self, ids: Collection[str], spare: Callable[[], Collection[str]] = tuple) -> None:
        """Prove it with one of these activities: the date of its reminder, of one that is switched off.

        Where all of them remind, one of the `spare` ones is taken, if any reminds of nothing: a reminder that is used
        is lost should the run be killed before it is restored. Whatever was there is restored. Raises as `by_new`.
        """
        rows = self._rows(*ids)
        if all(row.get(_FLAG) is True for row in rows):
            rows += self._rows(*spare())
        if not rows:
            return
        before = min(rows, key=lambda row: (row.get(_FLAG) is True, id_of(row.get("Id"))))
        try:
            self._prove_by_reminder(before)
        except GsyncError:
            self._restore(before)
            raise
        self._restore(before)

    def by_new(self, identity: str, begun: Mapping[str, str]) -> None:
        """Prove it with an unfinished activity; `begun` are the dates it was just begun with, by their columns.

        Raises Refused("creatio-dates-moved") where no way of writing is right, and ConfigurationWrong(
        "creatio-dates-unknown") where it can't be found out in which zone the site shows dates.
        """
        literal = self._reader.times.literal(self._moment())
        if (after := self._with_reminder(identity, literal)) is not None:
            written = {**begun, _DATE: literal}
            self._conclude(after, {name: written[name] for name in written if wall_clock(after.get(name)) is not None})

    def check(self, written: Mapping[str, Bounds]) -> None:
        """Look whether activities lie where they were just written to, as long as nothing is proven.

        Raises Refused("creatio-dates-moved").
        """
        if not self.pending:
            return
        if self._reader.times.reading.mode == "unknown" and (rows := self._rows(*written)):
            self._find_out_reading(rows[0])
        for identity, bounds in written.items():
            shown = self._reader.dates(identity)
            if shown != bounds:
                raise _moved(bounds[0], shown[0])
        if not self.needed:
            self._remember(self._reader.times.writing)

    def doubt(self, stamps: Iterable[str]) -> None:
        """Find it all out anew the next time, where the latest of our own writes is shown otherwise than it was read.

        That is so when clocks are changed in a zone of other rules than the calendar's, where that had to stand in.
        """
        offset = self._other_offset(latest(stamps))
        if offset is None or user_zone(self._site) or self._site.account.dates != "auto":
            return
        if self._reader.times.reading.mode != "unknown":
            forget(self._site)
            self._site.facts.pop(_FACT, None)

    # ── within ───────────────────────────────────────────────────────────────────────────────────────────────

    def _moment(self) -> datetime:
        """Return a moment, years ahead, at which the user's clock does not show UTC: so it tells the zones apart.

        Another one each minute: a row that does not change need not be saved.
        """
        now = self._site.wire.clock.now()
        month = seasons(zone_of(self._zone))[0]
        return datetime(now.year + 2, month, 1, tzinfo=UTC) + _MIDDAY + timedelta(minutes=now.minute)

    def _prove_by_reminder(self, before: Row) -> None:
        literal = self._reader.times.literal(self._moment())
        after = self._with_reminder(id_of(before.get("Id")), literal)
        if after is not None and text_of(after.get("ModifiedOn")) != text_of(before.get("ModifiedOn")):
            self._conclude(after, {_DATE: literal})

    def _with_reminder(self, identity: str, literal: str) -> Row | None:
        """Return what an activity shows once its reminder was given a date; None where it is not there any more."""
        after = self._tried(identity, {_DATE: literal})
        if after is not None and wall_clock(after.get(_DATE)) is None:
            # Kept only while it is switched on; so far ahead it reminds of nothing.
            after = self._tried(identity, {_FLAG: True, _DATE: literal})
        return after

    def _restore(self, before: Row) -> None:
        switched_on = before.get(_FLAG) is True
        was = self._reader.times.moment(before.get(_DATE)) if switched_on else None
        date = self._reader.times.literal(was) if was else None
        send_singly(self._odata, [Step("PATCH", ACTIVITY, id_of(before.get("Id")), {_FLAG: switched_on, _DATE: date})])

    def _rows(self, *ids: str) -> list[Row]:
        columns = ("Id", "ModifiedOn", _FLAG, _DATE, *_BOUNDS)
        (rows,) = self._reader.ask([Query(ACTIVITY, columns, condition) for condition in of_ids("Id", sorted(ids))])
        return rows

    def _tried(self, identity: str, body: Mapping[str, object]) -> Row | None:
        send_singly(self._odata, [Step("PATCH", ACTIVITY, identity, body)])
        return next(iter(self._rows(identity)), None)

    def _conclude(self, shown: Row, written: Mapping[str, str]) -> None:
        """Tell from what a row shows in which zone the site shows dates, and in which it took them."""
        if not written:
            raise ConfigurationWrong("creatio-dates-unknown", zone=self._zone)
        self._find_out_reading(shown)
        times = self._reader.times
        fitting = [
            way
            for way in self._ways
            if all(times.moment(shown.get(column)) in meanings(way, literal) for column, literal in written.items())
        ]
        if not fitting:
            column, literal = next(iter(written.items()))
            raise _moved(times.writing.moment(literal), times.moment(shown.get(column)))
        if len(fitting) == 1:
            self._reader.times = times.written_in(fitting[0])
            self._remember(fitting[0])

    def _find_out_reading(self, row: Row) -> None:
        times = self._reader.times
        if times.reading.mode == "unknown":
            reading = learn_from_row(self._site, ACTIVITY, id_of(row.get("Id")), _DATE)
            if reading.mode == "unknown":
                reading = learn_from_write(self._site, text_of(row.get("ModifiedOn")), self._now, self._zone or "UTC")
            if reading.mode == "unknown":
                raise ConfigurationWrong("creatio-dates-unknown", zone=self._zone)
            self._reader.times = times.read_in(by_rules(self._site, reading, self._zone))
        elif self._site.account.dates != "auto":
            self._compare_with_the_setting(row)

    def _compare_with_the_setting(self, row: Row) -> None:
        """See that the moment of our own write is shown as a person's setting says, or the calendar stands in for."""
        reading, setting = self._reader.times.reading, self._site.account.dates
        offset = self._other_offset(row.get("ModifiedOn"))
        if offset is None:
            return
        if setting == "user-zone" and not user_zone(self._site):
            raise ConfigurationWrong("creatio-dates-zone", offset=offset_text(offset), zone=reading.zone)
        raise ConfigurationWrong("creatio-dates-setting", setting=setting, offset=offset_text(offset))

    def _other_offset(self, modified: object) -> timedelta | None:
        """Return by how much the moment of our own latest write is shown off UTC, where dates are read otherwise."""
        shown, at = wall_clock(modified), self._now
        offset = shift_of(shown, at) if shown else None
        return None if offset == at.astimezone(zone_of(self._reader.times.reading.zone) or UTC).utcoffset() else offset

    @property
    def _now(self) -> datetime:
        """The server's clock, as its latest answer told it."""
        return self._site.server_time or self._site.wire.clock.now()

    @property
    def _ways(self) -> list[DateReading]:
        if self._site.account.dates != "auto":
            return [self._reader.times.reading]
        return [_UTC, DateReading("user-zone", self._zone)] if seasons(zone_of(self._zone)) else [_UTC]

    def _remember(self, way: DateReading) -> None:
        self._site.facts[_FACT] = f"{self._reader.times.reading.text}>{way.text}"


def _moved(wrote: datetime | None, shows: datetime | None) -> Refused:
    told = {"wrote": wrote.isoformat() if wrote else "", "shows": shows.isoformat() if shows else ""}
    return Refused("creatio-dates-moved", **told)


def _first_of(year: int, month: int) -> str:
    return f"{year + (month > _MONTHS)}-{(month - 1) % _MONTHS + 1:02}-01T00:00:00Z"
