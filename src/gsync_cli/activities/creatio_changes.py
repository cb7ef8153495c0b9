"""What changed among a user's activities since the last run, in one request where nothing did.

Deleted activities and participants leave no trace, and participants do not touch their activity's ModifiedOn
(facts/creatio.md 3). So every run lists the user's activities, three or four short columns each, and those who take
part in what is not long past; only what differs from what is known is read in full.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gsync_cli.activities.creatio_cursor import Cursor
from gsync_cli.activities.creatio_participants import COMMUNICATION, IS_MAIL, MAIL_COLUMNS, People, mail_in
from gsync_cli.activities.creatio_reading import Reader, Versions, by_activity, seat_queries
from gsync_cli.activities.creatio_rows import (
    ACTIVITY,
    ANSWER_COLUMNS,
    NARROW_COLUMNS,
    PARTICIPANT,
    PARTICIPANT_COLUMNS,
    Meeting,
    Row,
    Version,
    read_meeting,
    read_seats,
)
from gsync_cli.activities.creatio_scope import Scope
from gsync_cli.creatio.dates import latest_saved, since_cursor
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.values import id_of, text_of


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the activities showed."""

    members: frozenset[str]
    meetings: Mapping[str, Meeting]
    """Those that were read in full: all that may have changed."""
    cursor: Cursor


@dataclass(slots=True)
class _Seen:
    """The short rows of a run."""

    rows: dict[str, Row]
    mine: set[str]
    """The activities among whose participants the user is."""
    seats: dict[str, list[Row]] = field(default_factory=dict)
    """Of the known activities that are watched."""
    answers: list[Row] = field(default_factory=list)
    """Of other activities, those who take part and whose row was saved lately."""
    mails: list[Row] = field(default_factory=list)


class Look:
    """Compares what is there with what is known. `former` are the versions of all linked activities."""

    def __init__(self, odata: OData, reader: Reader, people: People, scope: Scope, former: Versions) -> None:
        self._odata = odata
        self._reader = reader
        self._people = people
        self._scope = scope
        self._former = former

    def at_everything(self) -> Found:
        """Read all activities in scope, and all that are linked, in full."""
        seen = self._listed(None)
        meetings = self._reader.completed(seen.rows.values(), self._former)
        others = _by_id(self._reader.narrow(seen.mine - seen.rows.keys() - self._former.keys()))
        unorganised = {identity for identity, row in others.items() if self._is_member(row, seen)}
        missing = self._former.keys() - seen.rows.keys()
        meetings |= self._reader.whole(missing | unorganised, self._former)
        members = {meeting.id for meeting in meetings.values() if self._scope.covers(meeting, self._reader.times)}
        kept = {identity: meetings[identity] for identity in members | self._former.keys() if identity in meetings}
        return Found(frozenset(members), kept, self._cursor(None, seen, members))

    def at_changes(self, since: Cursor) -> Found:
        """Read in full what is not as known, or not known."""
        seen = self._listed(since)
        unclassed = seen.mine - seen.rows.keys() - since.foreign - self._former.keys()
        if unclassed:
            seen.rows |= _by_id(self._reader.narrow(unclassed))
        members = {identity for identity, row in seen.rows.items() if self._is_member(row, seen)}
        doubtful = {identity for identity in members | self._former.keys() if self._differs(identity, seen)}
        doubtful |= self._answered_otherwise(seen)
        meetings = self._reader.whole(doubtful | self._with_other_mails(seen), self._former)
        # What was read in full counts more than the short rows, and nobody leaves a list by being missing from it.
        members -= doubtful
        members |= {meeting.id for meeting in meetings.values() if self._scope.covers(meeting, self._reader.times)}
        return Found(frozenset(members), meetings, self._cursor(since, seen, members))

    # ── the listing ──────────────────────────────────────────────────────────────────────────────────────────

    def _listed(self, since: Cursor | None) -> _Seen:
        user, begin = self._scope.user, self._reader.times.day_before(self._floor)
        columns = self._reader.columns if since is None else NARROW_COLUMNS
        his = f"(Organizer/Id eq {user} or Owner/Id eq {user})"
        watched = [] if since is None else self._watched()
        high = since.high if since else ""
        mails = [self._mails_since(high)] if high else []
        answers = [self._answers_since(high)] if high and self._former.keys() - set(watched) else []
        rows, mine, seats, answered, spoken = self._reader.ask(
            [Query(ACTIVITY, columns, f"ShowInScheduler eq true and DueDate ge {begin} and {his}")],
            [
                Query(
                    PARTICIPANT,
                    PARTICIPANT_COLUMNS,
                    f"Participant/Id eq {user} and Activity/ShowInScheduler eq true and Activity/DueDate ge {begin}",
                )
            ],
            seat_queries(watched),
            answers,
            mails,
        )
        grouped = {**dict.fromkeys(watched, ()), **by_activity(seats)}
        return _Seen(
            _by_id(rows),
            {id_of(row.get("ActivityId")) for row in mine},
            {identity: list(group) for identity, group in grouped.items()},
            answered,
            spoken,
        )

    @property
    def _floor(self) -> date:
        """The day from which the activities are listed: all that are linked end later."""
        return min([self._scope.from_, *(known.due for known in self._former.values() if known and known.due)])

    def _watched(self) -> list[str]:
        """Return the known activities all of whose participants are looked at: those that are not long past."""
        return sorted(
            identity
            for identity, known in self._former.items()
            if known is not None and (known.due is None or known.due >= self._scope.from_)
        )

    def _mails_since(self, high: str) -> Query:
        return Query(COMMUNICATION, MAIL_COLUMNS, f"ModifiedOn ge {self._shortly_before(high)} and {IS_MAIL}")

    def _answers_since(self, high: str) -> Query:
        """Ask who takes part in what is not watched, as far as that was saved lately."""
        end = self._reader.times.day_after(self._scope.from_)
        old = f"Activity/ShowInScheduler eq true and Activity/DueDate lt {end}"
        return Query(PARTICIPANT, ANSWER_COLUMNS, f"ModifiedOn ge {self._shortly_before(high)} and {old}")

    def _shortly_before(self, high: str) -> str:
        return since_cursor(high, self._reader.times.reading)

    # ── what differs ─────────────────────────────────────────────────────────────────────────────────────────

    def _is_member(self, row: Row, seen: _Seen) -> bool:
        meeting = read_meeting(row, (), self._reader.times, with_location=False)
        part = meeting.owner == self._scope.user or meeting.id in seen.mine
        return self._scope.covers(meeting, self._reader.times, takes_part=part)

    def _differs(self, identity: str, seen: _Seen) -> bool:
        known, row = self._former.get(identity), seen.rows.get(identity)
        if known is None or row is None or text_of(row.get("ModifiedOn")) != known.modified or not known.is_of_today:
            return True
        seats = seen.seats.get(identity)
        return seats is not None and {(seat.contact, seat.response) for seat in read_seats(seats)} != known.seats

    def _answered_otherwise(self, seen: _Seen) -> set[str]:
        """Return the known activities of which another answer, or somebody new, was seen; seen mostly twice or more."""
        return {
            identity
            for identity, rows in by_activity(seen.answers).items()
            if (known := self._former.get(identity)) is not None
            and not {(seat.contact, seat.response) for seat in read_seats(rows)} <= known.seats
        }

    def _with_other_mails(self, seen: _Seen) -> set[str]:
        """Return the known activities with a participant for whom another address stands now."""
        spoken: dict[str, set[str]] = defaultdict(set)
        for row in seen.mails:
            # None in what is no longer actual: somebody without an address is looked at.
            spoken[id_of(row.get("ContactId"))] |= {mail.lower() for mail in (mail_in(row),) if mail}
        doubtful: dict[str, set[str]] = defaultdict(set)
        for identity in self._watched():
            known = self._former[identity]
            for contact, _ in known.seats if known else ():
                # The rows seen lately, over and over for some hours, mostly say what is known already.
                if contact in spoken and known and known.mails.get(contact, "").lower() not in spoken[contact]:
                    doubtful[contact].add(identity)
        doubtful.pop(self._scope.user, None)
        there = self._people.mails_of(doubtful)
        return {
            identity
            for contact, identities in doubtful.items()
            for identity in identities
            if _stands_otherwise(self._former[identity], contact, there.get(contact, ()))
        }

    # ── how far it has come ──────────────────────────────────────────────────────────────────────────────────

    def _cursor(self, since: Cursor | None, seen: _Seen, members: Iterable[str]) -> Cursor:
        foreign = seen.mine - set(members) - self._former.keys()
        stamps = [text_of(row.get("ModifiedOn")) for row in (*seen.rows.values(), *seen.answers, *seen.mails)]
        high = latest_saved(since.high if since else "", stamps, self._odata.site.server_time)
        return Cursor(high, self._scope.user, frozenset(foreign))


def _stands_otherwise(known: Version | None, contact: str, mails: Iterable[str]) -> bool:
    """Tell whether another address must stand for a contact than the one that is known to."""
    mail = known.mails.get(contact, "") if known else ""
    now = {address.lower() for address in mails}
    return mail.lower() not in now if mail else bool(now)


def _by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {identity: row for row in rows if (identity := id_of(row.get("Id")))}
