"""What changed among a user's activities since the last run, in one request where nothing did.

Deleted activities and participants leave no trace, and participants do not touch their activity's ModifiedOn
(facts/creatio.md 3). So every run lists the user's activities, a few short columns each, and those who take part in
what is not long past; only what differs from what is known is read in full.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gsync_cli.activities.creatio_cursor import Cursor, Foreign
from gsync_cli.activities.creatio_participants import COMMUNICATION, IS_MAIL, MAIL_COLUMNS, People, mail_in
from gsync_cli.activities.creatio_reading import Reader, by_activity, seat_queries
from gsync_cli.activities.creatio_rows import (
    ACTIVITY,
    ANSWER_COLUMNS,
    NAMED_COLUMNS,
    NARROW_COLUMNS,
    PARTICIPANT,
    PARTICIPANT_COLUMNS,
    Meeting,
    Row,
    Version,
    label_of,
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
    left: Mapping[str, str]
    """Those that colleagues bring to Google themselves, as people call them."""


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
    aside: dict[str, Foreign] = field(default_factory=dict)
    """What an earlier run found to take no part, and what is no other since."""


class Look:
    """Compares what is there with what is known of the linked activities (`Scope.former`)."""

    def __init__(self, odata: OData, reader: Reader, people: People, scope: Scope) -> None:
        self._odata = odata
        self._reader = reader
        self._people = people
        self._scope = scope
        self._former = scope.former

    def at_everything(self) -> Found:
        """Read all activities in scope, and all that are linked, in full."""
        seen = self._listed(None)
        meetings = self._reader.completed(seen.rows.values(), self._former)
        others = _by_id(self._reader.narrow(seen.mine - seen.rows.keys() - self._former.keys(), NAMED_COLUMNS))
        seen.rows |= others
        self._learn_who_synchronises(seen)
        unorganised = {identity for identity, row in others.items() if self._is_member(row, seen)}
        missing = self._former.keys() - seen.rows.keys()
        meetings |= self._reader.whole(missing | unorganised, self._former)
        members = {meeting.id for meeting in meetings.values() if self._scope.covers(meeting, self._reader.times)}
        kept = {identity: meetings[identity] for identity in members | self._former.keys() if identity in meetings}
        return self._found(members, kept, None, seen)

    def at_changes(self, since: Cursor) -> Found:
        """Read in full what is not as known, or not known."""
        seen = self._listed(since)
        self._set_aside(since, seen)
        if unclassed := self._unclassed(seen):
            seen.rows |= _by_id(self._reader.narrow(unclassed, NAMED_COLUMNS))
        self._learn_who_synchronises(seen)
        members = {identity for identity, row in seen.rows.items() if self._is_member(row, seen)}
        doubtful = {identity for identity in members | self._former.keys() if self._differs(identity, seen)}
        doubtful |= self._answered_otherwise(seen)
        meetings = self._reader.whole(doubtful | self._with_other_mails(seen), self._former)
        # What was read in full counts more than the short rows, and nobody leaves a list by being missing from it.
        members -= doubtful
        members |= {meeting.id for meeting in meetings.values() if self._scope.covers(meeting, self._reader.times)}
        return self._found(members, meetings, since, seen)

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

    # ── whose they are ───────────────────────────────────────────────────────────────────────────────────────

    def _set_aside(self, since: Cursor, seen: _Seen) -> None:
        """Look no more at what was found to take no part, unless it has another organizer now."""
        for identity in since.foreign.keys() - self._former.keys():
            known, row = since.foreign[identity], seen.rows.get(identity)
            if row is None and identity in seen.mine:
                seen.aside[identity] = known
            elif row is not None and known.organizer and known.organizer == id_of(row.get("OrganizerId")):
                seen.aside[identity] = known
                del seen.rows[identity]

    def _unclassed(self, seen: _Seen) -> set[str]:
        """Return those of which the listing does not tell whose they are, or what a colleague's one is called."""
        others = {
            identity
            for identity, row in seen.rows.items()
            if identity not in self._former and self._scope.asks_about(meeting := self._shown(row))
            if self._could_be_member(meeting, seen)
        }
        return seen.mine - seen.rows.keys() - seen.aside.keys() - self._former.keys() | others

    def _learn_who_synchronises(self, seen: _Seen) -> None:
        """Ask about all organizers at once on whom it depends whose an activity is."""
        asked: set[str] = set()
        for identity, row in seen.rows.items():
            meeting = self._shown(row)
            if not self._is_as_known(identity, seen) and self._could_be_member(meeting, seen):
                asked |= self._scope.asks_about(meeting)
        self._people.find_out(asked)

    def _shown(self, row: Row) -> Meeting:
        return read_meeting(row, (), self._reader.times, with_location=False)

    def _could_be_member(self, meeting: Meeting, seen: _Seen) -> bool:
        part = meeting.owner == self._scope.user or meeting.id in seen.mine
        return self._scope.could_cover(meeting, self._reader.times, takes_part=part)

    def _is_member(self, row: Row, seen: _Seen) -> bool:
        meeting = self._shown(row)
        his = self._is_as_known(meeting.id, seen) or self._scope.is_his(meeting)
        return his and self._could_be_member(meeting, seen)

    # ── what differs ─────────────────────────────────────────────────────────────────────────────────────────

    def _is_as_known(self, identity: str, seen: _Seen) -> bool:
        return identity in self._former and not self._differs(identity, seen)

    def _differs(self, identity: str, seen: _Seen) -> bool:
        known, row = self._former.get(identity), seen.rows.get(identity)
        if known is None or row is None or text_of(row.get("ModifiedOn")) != known.modified or not known.is_of_today:
            return True
        meeting = self._shown(row)
        if meeting.organizer != known.organizer or self._scope.claim(meeting):
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

    def _found(
        self, members: Collection[str], meetings: Mapping[str, Meeting], since: Cursor | None, seen: _Seen
    ) -> Found:
        foreign = dict(seen.aside)
        for identity in (seen.mine | seen.rows.keys()) - set(members) - self._former.keys() - foreign.keys():
            row = seen.rows.get(identity, {})
            if self._people.unsure & {id_of(row.get("OrganizerId")), id_of(row.get("OwnerId"))}:
                continue
            told = self._foreign(row, seen) if row else Foreign()
            if told.label or identity in seen.mine:
                foreign[identity] = told
        first = self._scope.from_.isoformat()
        left = {identity: told.label for identity, told in foreign.items() if told.label and told.due >= first}
        stamps = [text_of(row.get("ModifiedOn")) for row in (*seen.rows.values(), *seen.answers, *seen.mails)]
        high = latest_saved(since.high if since else "", stamps, self._odata.site.server_time)
        cursor = Cursor(high, self._scope.user, foreign)
        return Found(frozenset(members), meetings, cursor, left)

    def _foreign(self, row: Row, seen: _Seen) -> Foreign:
        """Return what is remembered of an activity that is not the user's to synchronise."""
        meeting = self._shown(row)
        if meeting.due is None or not self._could_be_member(meeting, seen) or self._scope.is_his(meeting):
            return Foreign()
        times = self._reader.times
        return Foreign(meeting.organizer, label_of(meeting, times), times.day(meeting.due).isoformat())


def _stands_otherwise(known: Version | None, contact: str, mails: Iterable[str]) -> bool:
    """Tell whether another address must stand for a contact than the one that is known to."""
    mail = known.mails.get(contact, "") if known else ""
    now = {address.lower() for address in mails}
    return mail.lower() not in now if mail else bool(now)


def _by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {identity: row for row in rows if (identity := id_of(row.get("Id")))}
