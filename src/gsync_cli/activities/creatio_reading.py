"""Reading activities: their rows, those who take part, and the addresses of these.

Everything is asked for by id, 25 ids a query and a hundred queries a `$batch`; what a site has no column for is found
out once and kept with the session.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from gsync_cli import notes
from gsync_cli.activities.creatio_participants import People
from gsync_cli.activities.creatio_rows import (
    ACTIVITY,
    COLUMNS,
    LOCATION,
    NARROW_COLUMNS,
    PARTICIPANT,
    PARTICIPANT_COLUMNS,
    Begun,
    Meeting,
    Row,
    Seat,
    Versions,
    read_meeting,
    read_seats,
    seat_id_for,
    with_mails,
)
from gsync_cli.activities.creatio_times import Times
from gsync_cli.creatio.errors import body_of
from gsync_cli.creatio.filters import of_ids
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.values import id_of, text_of
from gsync_cli.errors import Temporary

NARROW_PAGE: Final = 20_000
"""The most rows that a site gives in one reply (facts/creatio.md 2.2); for rows of a few short columns."""
_AT_ONCE: Final = 2_500
_HAS_LOCATION: Final = "activity_location"
_YES: Final = "yes"
_PROBES: Final = 3
"""How often a column must be refused before it counts as missing: that is remembered, and trouble passes."""


def has_location(odata: OData) -> bool:
    """Tell whether this site's activities have a location (facts/creatio.md 9.16); asked once a version of the site.

    Raises as OData.rows where activities can't be read at all.
    """
    site = odata.site
    known, _, version = site.facts.get(_HAS_LOCATION, "").partition(":")
    if known and version == site.version:
        return known == _YES
    there = any(_shows_location(odata) for _ in range(_PROBES))
    site.facts[_HAS_LOCATION] = f"{_YES if there else 'no'}:{site.version}"
    return there


def _shows_location(odata: OData) -> bool:
    """Ask for the column once. Raises as OData.rows where that tells nothing."""
    response = odata.site.request("GET", f"odata/{ACTIVITY}?$select=Id,{LOCATION}&$top=1", only_gateways=True)
    answer = body_of(response)
    if response.is_success and isinstance(answer, Mapping) and isinstance(answer.get("value"), list):
        return True
    # Nobody says why; where the same without the column is refused too, the column is not the reason.
    list(odata.rows(Query(ACTIVITY, ("Id",), top=1)))
    if response.is_success:
        raise Temporary("creatio-reply-damaged", what=ACTIVITY)
    return False


class Reader:
    """Reads activities of one site for one user. `times` may change once more is known."""

    def __init__(self, odata: OData, people: People, times: Times) -> None:
        self._odata = odata
        self._people = people
        self._location: bool | None = None
        self._written: dict[str, tuple[datetime | None, datetime | None]] = {}
        """Start and end of what this run writes: in the hour that comes twice, no reading tells them."""
        self.times = times

    @property
    def with_location(self) -> bool:
        """Whether activities of this site have a location."""
        if self._location is None:
            self._location = has_location(self._odata)
        return self._location

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that gsync reads of an activity."""
        return (*COLUMNS, LOCATION) if self.with_location else COLUMNS

    def whole(self, ids: Collection[str], former: Versions) -> dict[str, Meeting]:
        """Return the activities of these ids that exist. `former` is what was known of them."""
        columns = self.columns if ids else ()
        return self._in_portions(ids, former, lambda part: [Query(ACTIVITY, columns, of) for of in of_ids("Id", part)])

    def completed(self, rows: Iterable[Row], former: Versions) -> dict[str, Meeting]:
        """Return the activities of rows that were read with all columns already."""
        by_id = {id_of(row.get("Id")): row for row in rows}
        found: dict[str, Meeting] = {}
        ids = sorted(by_id)
        for at in range(0, len(ids), _AT_ONCE):
            part = ids[at : at + _AT_ONCE]
            (seats,) = self.ask(seat_queries(part))
            found |= self._meetings([by_id[identity] for identity in part], seats, former)
        return found

    def narrow(self, ids: Collection[str], columns: tuple[str, ...] = NARROW_COLUMNS) -> list[Row]:
        """Return the short rows of these activities."""
        (rows,) = self.ask([Query(ACTIVITY, columns, condition) for condition in of_ids("Id", sorted(ids))])
        return rows

    def unfinished(self, ids: Collection[str]) -> dict[str, tuple[Row, Begun]]:
        """Return those of the activities that gsync has begun to make and not finished: nothing else shows them."""
        columns = ("Id", "Title", "Notes", "StartDate", "DueDate", *((LOCATION,) if ids and self.with_location else ()))
        (rows,) = self.ask([Query(ACTIVITY, columns, condition) for condition in of_ids("Id", sorted(ids))])
        told = {id_of(row.get("Id")): (row, Begun.read(notes.text_of(text_of(row.get("Notes"))))) for row in rows}
        return {identity: (row, begun) for identity, (row, begun) in told.items() if begun}

    def dates(self, identity: str) -> tuple[datetime | None, datetime | None]:
        """Return start and end of an activity as they are shown now."""
        (rows,) = self.ask([Query(ACTIVITY, ("Id", "StartDate", "DueDate"), f"Id eq {identity}")])
        row: Row = rows[0] if rows else {}
        found = read_meeting(row, (), self.times, with_location=False, known=self._written.get(identity, (None, None)))
        return found.start, found.due

    def expect(self, meetings: Iterable[Meeting]) -> None:
        """Know when meetings are that are about to be written."""
        self._written |= {meeting.id: (meeting.start, meeting.due) for meeting in meetings}

    def ask(self, *groups: Sequence[Query]) -> list[list[Row]]:
        """Return the rows of each group of queries, all in as few requests as possible."""
        answers = iter(self._odata.read_many([query for group in groups for query in group], NARROW_PAGE))
        return [[row for _ in group for row in next(answers)] for group in groups]

    def _in_portions(
        self, ids: Collection[str], former: Versions, queries: Callable[[Sequence[str]], Sequence[Query]]
    ) -> dict[str, Meeting]:
        wanted = sorted(ids)
        found: dict[str, Meeting] = {}
        for at in range(0, len(wanted), _AT_ONCE):
            part = wanted[at : at + _AT_ONCE]
            rows, seats = self.ask(queries(part), seat_queries(part))
            found |= self._meetings(rows, seats, former)
        return found

    def _meetings(self, rows: Iterable[Row], seat_rows: Iterable[Row], former: Versions) -> dict[str, Meeting]:
        seats = {activity: read_seats(group) for activity, group in by_activity(seat_rows).items()}
        found = {
            meeting.id: meeting
            for row in rows
            if (meeting := self._meeting(row, seats.get(id_of(row.get("Id")), ()), former)).id
            and Begun.read(meeting.notes) is None
        }
        self._forget_torn(found, former)
        mails = self._mails(found.values())
        return {
            meeting.id: replace(meeting, seats=with_mails(meeting, mails, self._people.user, former.get(meeting.id)))
            for meeting in found.values()
        }

    def _mails(self, meetings: Iterable[Meeting]) -> Mapping[str, Sequence[str]]:
        """Return the addresses of all participants but the user; enough of them to tell which one stands for whom.

        A row that gsync has just made says so by its id: its contact need not be asked about.
        """
        user = self._people.user
        seats = [(meeting.id, seat) for meeting in meetings for seat in meeting.seats if seat.contact != user]
        told: dict[str, Sequence[str]] = {}
        unclear: set[str] = set()
        for activity, seat in seats:
            heard = [
                mail
                for mail in self._people.heard_of(seat.contact)
                if seat_id_for(activity, seat.contact, mail) == seat.id
            ]
            told[seat.contact] = (*told.get(seat.contact, ()), *heard)
            if not heard:
                unclear.add(seat.contact)
        return {**told, **self._people.mails_of(unclear)}

    def _meeting(self, row: Row, seats: tuple[Seat, ...], former: Versions) -> Meeting:
        identity = id_of(row.get("Id"))
        version = former.get(identity)
        known = self._written.get(identity) or (version.bounds if version else (None, None))
        return read_meeting(row, seats, self.times, with_location=self.with_location, known=known)

    def _forget_torn(self, found: dict[str, Meeting], former: Versions) -> None:
        """Leave out activities that were deleted while they were read.

        Their rows are read one table after the other: one deleted in between looks as if nobody took part any more.
        """
        bare = [
            identity
            for identity, meeting in found.items()
            if not meeting.seats and (known := former.get(identity)) is not None and known.seats
        ]
        if bare:
            there = {id_of(row.get("Id")) for row in self.narrow(bare)}
            for identity in bare:
                if identity not in there:
                    del found[identity]


def seat_queries(ids: Iterable[str]) -> list[Query]:
    """Return the queries for the participants of activities."""
    return [Query(PARTICIPANT, PARTICIPANT_COLUMNS, condition) for condition in of_ids("Activity/Id", ids)]


def by_activity(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group the rows of participants."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[id_of(row.get("ActivityId"))].append(row)
    return grouped
