"""The Creatio side of the calendar synchronisation: a user's activities.

An activity that gsync makes gets an id derived from the event, and so do the rows of those who take part: sending a
create again does no harm, and what an unanswered one left behind is found by that id.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, cast

from gsync_cli.activities import model
from gsync_cli.activities.creatio_changes import Found, Look
from gsync_cli.activities.creatio_cursor import Cursor
from gsync_cli.activities.creatio_mapping import Bounds, mails_in
from gsync_cli.activities.creatio_participants import People
from gsync_cli.activities.creatio_proof import Proof, known_writing, settled
from gsync_cli.activities.creatio_reading import Reader
from gsync_cli.activities.creatio_rows import ACTIVITY, Version
from gsync_cli.activities.creatio_scope import OF_COLLEAGUE, Scope
from gsync_cli.activities.creatio_times import Times
from gsync_cli.activities.creatio_writer import Writer
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.batch import BATCH_LIMIT
from gsync_cli.creatio.calibration import by_rules, user_zone, zone_of_person
from gsync_cli.creatio.dates import DateReading, iana_name, zone_of
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.sending import Step, filled
from gsync_cli.creatio.values import id_of, is_id
from gsync_cli.errors import ConfigurationWrong, Refused
from gsync_cli.sync.record import Changes, Create, Done, Outcome, Record, Release, Roster, Side, Update, Write

WRITES_A_LOOK: Final = 5
"""Requests of writes that follow one look at what is to be changed."""
_FOR_PROOF: Final = 20
"""Activities among which one with its reminder switched off is looked for."""
_COLUMNS: Final = 4
"""Parts of a request that an update takes, about: the activity and some who take part."""
_FAR: Final = timedelta(days=14)
"""Days that nothing is looked for on; two stretches further apart are asked for one by one."""
_MOST_STRETCHES: Final = 25


@dataclass(frozen=True, slots=True)
class User:
    """Whose activities are meant."""

    contact_id: str
    mails: frozenset[str] = frozenset()
    """His addresses, beside those that Creatio has of him: he is no guest of his own meetings."""


class CreatioActivities:
    """The activities of one user of one site; a `Store`."""

    side: Side = "creatio"

    def __init__(
        self,
        odata: OData,
        reading: DateReading,
        choices: model.Choices,
        user: User,
        zone: Callable[[], str],
        *,
        shown_in: tzinfo | None = None,
    ) -> None:
        """Take what the user has settled.

        `zone` is that of his calendar (IANA), asked where the site tells none; `shown_in` the one in which he is told
        of times.
        """
        self._odata = odata
        self._user = user
        callers_zone = user_zone(odata.site) or iana_name(zone())
        reading = by_rules(odata.site, settled(odata, reading, callers_zone), callers_zone)
        days = zone_of(zone_of_person(odata.site)) or _zone_shown(reading) or zone_of(zone()) or UTC
        times = Times(reading, known_writing(odata.site, reading), days, shown_in)
        self._people = People(odata, user.contact_id, user.mails)
        self._reader = Reader(odata, self._people, user.contact_id, times)
        self._linked: set[str] = set()
        self._former: dict[str, Version | None] = {}
        self._scope = Scope(
            user.contact_id,
            choices.from_,
            choices.cancel,
            self._linked,
            self._people.synchronises,
            self._former,
        )
        self._colleagues: frozenset[str] = frozenset()
        self._writer = Writer(odata, self._reader, self._people, self._scope, self._former)
        self._proof = Proof(odata.site, self._reader, callers_zone, self._writer.send_singly)

    @property
    def zone(self) -> tzinfo:
        """The user's zone, whose midnights bound his days."""
        return self._reader.times.zone

    @property
    def names(self) -> Mapping[str, str]:
        """What the colleagues are called that a run came across, by their contacts; it grows as the run goes on."""
        return self._people.names

    @property
    def colleagues(self) -> Collection[str]:
        """The contacts whose activities the latest reading left to them."""
        return self._colleagues

    def synchronising(self, mails: Collection[str]) -> frozenset[str]:
        """Return those addresses, in lower case, whose contact synchronises with Google himself (row A3)."""
        return self._people.synchronising(mails)

    def find_out_dates(self) -> None:
        """Find out in which zone the site shows dates, where neither its services nor its users' profiles tell.

        One of the user's own activities is saved for that, with nothing changed: so it is for runs that may write.
        Raises ConfigurationWrong("creatio-dates-unknown", "creatio-dates-zone") where it can't be told: read wrongly,
        every meeting would go to Google hours off.
        """
        if not (self.dates_are_guessed and self._proof.needed):
            return
        user, begin = self._user.contact_id, self._reader.times.day_before(self._scope.from_)
        his = f"(Organizer/Id eq {user} or Owner/Id eq {user})"
        columns = ("Id", "ShowInScheduler", "DueDate", "OwnerId", "OrganizerId")
        query = Query(ACTIVITY, columns, f"ShowInScheduler eq true and DueDate ge {begin} and {his}", top=_FOR_PROOF)
        ids = [id_of(row.get("Id")) for row in self._odata.rows(query, _FOR_PROOF)]
        self._proof.by_existing(ids)
        if ids and self._reader.times.reading.mode == "unknown":
            raise ConfigurationWrong("creatio-dates-unknown", zone=str(self.zone))

    @property
    def dates_are_guessed(self) -> bool:
        """Whether times that are read may be hours off, because nothing has told yet in which zone they are meant."""
        set_by_hand = self._odata.site.account.dates == "user-zone" and not user_zone(self._odata.site)
        return self._reader.times.reading.mode == "unknown" or (set_by_hand and self._proof.pending)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, cursor: str | None, known: Mapping[str, str]) -> Changes:
        """Read what is new since `cursor`: one request where nothing is. Raises whatever ends a run."""
        self._linked.clear()
        self._linked.update(known)
        self._former.clear()
        self._former.update({identity: Version.read(version) for identity, version in known.items()})
        look = Look(self._odata, self._reader, self._people, self._scope, self._former)
        former = Cursor.read(cursor, user=self._user.contact_id)
        if former is None:
            # Who asks for everything wants to compare what looks unchanged, too.
            return self._news(look.at_everything(), {} if cursor is None else known, complete=True)
        return self._news(look.at_changes(former), known, complete=False)

    def fetch(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Read these activities as they stand now. What is no id of Creatio is nobody's."""
        wanted = {identity: written for identity in ids if is_id(written := id_of(identity))}
        found = self._whole(set(wanted.values()))
        return {identity: found[written] for identity, written in wanted.items() if written in found}

    def candidates(self, keys: Collection[str], roster: Roster) -> Mapping[str, Record]:
        """Read the user's own activities of these times and titles, displayed in the calendar or not."""
        del roster
        stretches = _stretches(_day_of(key) for key in keys)
        user = self._user.contact_id
        queries = [
            Query(
                ACTIVITY,
                ("Id", "StartDate", "OwnerId", "OrganizerId"),
                f"StartDate ge {self._reader.times.day_before(first)} and StartDate lt "
                f"{self._reader.times.day_after(last)} and (Organizer/Id eq {user} or Owner/Id eq {user})",
            )
            for first, last in stretches
        ]
        starts = {start for key in keys if (start := self._start_of(key)) is not None}
        (rows,) = self._reader.ask(queries)
        ids = {id_of(row.get("Id")) for row in rows if self._reader.times.moment(row.get("StartDate")) in starts}
        meetings = self._reader.whole(ids, self._former)
        with_user = [each for each in meetings.values() if self._scope.takes_part(each)]
        his = [each for each in with_user if each.type != wellknown.EMAIL_ACTIVITY and self._scope.is_his(each)]
        records = {each.id: self._scope.record(each, self._reader.times) for each in his}
        return {identity: record for identity, record in records.items() if model.match_keys(record) & set(keys)}

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        """Look for what creates for these events made, whole or not: the id says so."""
        ids = {model.activity_id_for(self._user.contact_id, twin): twin for twin in twins}
        return {ids[identity]: record for identity, record in self._whole(ids.keys()).items()}

    def absorb(self, cursor: str, written: Sequence[Record]) -> tuple[str, Mapping[str, Record]]:
        """Read back what was written. The cursor stays: it reaches back further than a run lasts."""
        found = self._whole({record.id for record in written if not record.version})
        self._proof.doubt(version.modified for record in found.values() if (version := Version.read(record.version)))
        return cursor, found

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def forecast(self, writes: Sequence[Write]) -> float:
        """Creatio names no quota (facts/creatio.md 2.8)."""
        del writes
        return 0.0

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Fill requests of a hundred parts; the contacts of all guests are looked up for all at once."""
        self._people.resolve(
            {mail for write in writes if not isinstance(write, Release) for mail in mails_in(write.fields)}
        )
        looked_at = any(not isinstance(write, Create) for write in writes)
        limit = BATCH_LIMIT * WRITES_A_LOOK if looked_at else BATCH_LIMIT
        if any(isinstance(write, Create) for write in writes) and self._proof.pending:
            # Should the site move what it is given, it is one alone that has to be taken away again.
            yield writes[:1]
            writes = writes[1:]
        yield from filled(writes, self._parts_of, limit)

    def apply(self, batch: Sequence[Write]) -> Sequence[Outcome]:
        """Carry out a batch, all of one type.

        Raises Refused("creatio-dates-moved") where the site keeps other dates than those it is given.
        """
        if isinstance(batch[0], Release):
            return self._writer.release(cast("Sequence[Release]", batch))
        if self._proof.needed:
            self._prove(batch)
        if isinstance(batch[0], Create):
            outcomes = self._writer.create(cast("Sequence[Create]", batch))
        else:
            outcomes = self._writer.update(cast("Sequence[Update]", batch))
        done = [outcome.record for outcome in outcomes if isinstance(outcome, Done)]
        self._linked.update(record.id for record in done)
        moved = [
            outcome.record
            for write, outcome in zip(batch, outcomes, strict=True)
            if isinstance(outcome, Done) and not isinstance(write, Release) and model.WHEN in write.fields
        ]
        # What has a version was not written, but found as it should be.
        written = {record.id: bounds for record in moved if not record.version and (bounds := self._bounds(record))}
        if written:
            self._check(written, new=isinstance(batch[0], Create))
        return outcomes

    # ── within ───────────────────────────────────────────────────────────────────────────────────────────────

    def _prove(self, batch: Sequence[Write]) -> None:
        """Find out how the site takes dates before it is given any that matter."""
        for write in batch:
            if isinstance(write, Create) and self._proof.needed and (begun := self._writer.begin(write)):
                self._proof.by_new(*begun)
        moved = [write.record.id for write in batch if isinstance(write, Update) and model.WHEN in write.fields]
        if moved and self._proof.needed:
            self._proof.by_existing(moved)

    def _check(self, written: Mapping[str, Bounds], *, new: bool) -> None:
        try:
            self._proof.check(written)
        except Refused:
            if new:
                # Made a moment ago, at a wrong time: left there, it would move its event the next time.
                self._writer.send_singly([Step("DELETE", ACTIVITY, identity) for identity in written])
            raise

    def _news(self, found: Found, known: Mapping[str, str], *, complete: bool) -> Changes:
        records = {
            identity: self._scope.record(meeting, self._reader.times) for identity, meeting in found.meetings.items()
        }
        news = {
            identity: record
            for identity, record in records.items()
            if record.claim or record.version != known.get(identity)
        }
        self._colleagues = frozenset(found.cursor.foreign[identity].organizer for identity in found.left) - {""}
        left = {
            identity: Record(identity, {}, "", None, member=True, label=label, unfit=OF_COLLEAGUE)
            for identity, label in found.left.items()
        }
        return Changes(found.members | left.keys(), {**news, **left}, found.cursor.text(), complete=complete)

    def _whole(self, ids: Collection[str]) -> dict[str, Record]:
        meetings = self._reader.whole(ids, self._former)
        return {identity: self._scope.record(meeting, self._reader.times) for identity, meeting in meetings.items()}

    def _bounds(self, record: Record) -> Bounds | None:
        when = model.when_of(record.fields)
        return self._reader.times.bounds(when) if when else None

    def _start_of(self, key: str) -> datetime | None:
        when = _when_in(key)
        return self._reader.times.bounds(when)[0] if when else None

    def _parts_of(self, write: Write) -> int:
        """Return how many parts of a request a write takes, about."""
        if isinstance(write, Create):
            return 1 + len(mails_in(write.fields))
        if isinstance(write, Release) or write.fields.keys() == {model.ANSWER}:
            return 1
        return _COLUMNS + len(mails_in(write.fields))


def _zone_shown(reading: DateReading) -> tzinfo | None:
    """Return the user's zone as the site's dates show it; None where they are all in UTC."""
    return zone_of(reading.zone) if reading.mode == "user-zone" else None


def _when_in(key: str) -> model.When | None:
    """Return the time in a match key of `model.match_keys`."""
    try:
        return model.When.parse(key.removeprefix("meeting:").partition("|")[0])
    except ValueError:
        return None


def _day_of(key: str) -> date | None:
    when = _when_in(key)
    if when is None:
        return None
    return when.start.date() if isinstance(when.start, datetime) else when.start


def _stretches(days: Iterator[date | None]) -> list[tuple[date, date]]:
    """Join days to a few stretches, (first, last) each."""
    ordered = sorted({day for day in days if day is not None})
    found: list[tuple[date, date]] = []
    for day in ordered:
        if found and day - found[-1][1] <= _FAR:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found if len(found) <= _MOST_STRETCHES else [(ordered[0], ordered[-1])]
