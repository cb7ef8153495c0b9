"""Times of activities: the site's dates as moments, and whole days as midnights of the user.

A site may mean its dates in UTC or in the caller's zone, and may take what is written in another way than it shows it
(facts/creatio.md 2.4). Both are converted by the rules of the zone, never by an offset. Creatio knows minutes only, so
seconds are dropped.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from gsync_cli.activities.model import When
from gsync_cli.creatio.dates import DateReading, meanings, zone_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Times:
    """How one site and its user reckon time."""

    reading: DateReading
    """The zone of the dates that the site shows."""
    writing: DateReading
    """The zone in which the site takes dates that are written."""
    zone: tzinfo
    """The user's own zone: his days begin at its midnights."""
    shown_in: tzinfo | None = None
    """The zone in which people are told of times; None for the user's own."""

    def moment(self, raw: object, known: datetime | None = None) -> datetime | None:
        """Return a date of the site in UTC, to the minute; None for the null date.

        A wall clock shows an hour twice in autumn. What is `known` to be meant counts there, else the earlier.
        """
        read = self.reading.moment(raw)
        return known if known in self._meant(raw) else _to_the_minute(read) if read else None

    def end(self, raw: object, start: datetime | None, known: datetime | None = None) -> datetime | None:
        """Return the date of an end, which is not before the start."""
        read = self.moment(raw, known)
        if read is None or start is None or start <= read:
            return read
        return next((each for each in self._meant(raw) if start <= each), read)

    def reminder(self, raw: object, start: datetime | None) -> datetime | None:
        """Return when to remind of a start: the later time before it, where there are two."""
        before = [each for each in self._meant(raw) if start is None or each <= start]
        return max(before, default=self.moment(raw))

    def _meant(self, raw: object) -> list[datetime]:
        """Return the moments that a date of the site may stand for, by what it shows and by what it takes."""
        read = self.reading.moment(raw)
        if read is None:
            return []
        if "user-zone" not in (self.reading.mode, self.writing.mode):
            return [_to_the_minute(read)]
        meant = meanings(self.reading, str(raw)) | meanings(self.writing, self.literal(read))
        return sorted(map(_to_the_minute, meant))

    def comes_twice(self, moment: datetime | None) -> bool:
        """Tell whether what the site shows of a moment, or is given of it, may mean another one, an hour apart."""
        if moment is None:
            return False
        ways = [(way, zone_of(way.zone) or UTC) for way in (self.reading, self.writing) if way.mode == "user-zone"]
        return any(len(meanings(way, f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}")) > 1 for way, zone in ways)

    def literal(self, moment: datetime) -> str:
        """Return a moment as the site takes it in a write."""
        return f"{moment.astimezone(self._zone_of_writes):%Y-%m-%dT%H:%M:%S}Z"

    def literals(self, bounds: tuple[datetime, datetime]) -> dict[str, str]:
        """Return the columns of an activity's start and end, as the site takes them."""
        start, due = bounds
        return {"StartDate": self.literal(start), "DueDate": self.literal(due)}

    def read_in(self, reading: DateReading) -> "Times":
        """Return the same with another way of reading."""
        return replace(self, reading=reading)

    def written_in(self, writing: DateReading) -> "Times":
        """Return the same with another way of writing."""
        return replace(self, writing=writing)

    def midnight(self, day: date) -> datetime:
        """Return when a day of the user begins, in UTC. Where the clock jumps over midnight, it is when it jumps."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def day(self, moment: datetime) -> date:
        """Return the user's day of a moment."""
        return moment.astimezone(self.zone).date()

    def when(self, start: datetime, due: datetime) -> When:
        """Return the time of an activity: whole days where it lasts from a midnight to a later one."""
        first, last = self.day(start), self.day(due)
        if first < last and self.midnight(first) == start and self.midnight(last) == due:
            return When.whole_days(first, last)
        return When.timed(start, due)

    def bounds(self, when: When) -> tuple[datetime, datetime]:
        """Return start and end as moments in UTC, to the minute."""
        if isinstance(when.start, datetime) and isinstance(when.end, datetime):
            return _to_the_minute(when.start), _to_the_minute(when.end)
        return self.midnight(when.start), self.midnight(when.end)

    def day_before(self, day: date) -> str:
        """Return a literal for `$filter` that is surely before `day`, whatever zone the site reads filters in."""
        return f"{day - _DAY:%Y-%m-%d}T00:00:00Z"

    def day_after(self, day: date) -> str:
        """Return a literal for `$filter` that is surely after `day`."""
        return f"{day + 2 * _DAY:%Y-%m-%d}T00:00:00Z"

    @property
    def _zone_of_writes(self) -> tzinfo:
        zone = zone_of(self.writing.zone) if self.writing.mode == "user-zone" else None
        return zone or UTC


def _to_the_minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
