"""The Creatio side of the calendar synchronisation: a user's activities.

An activity that gsync makes gets an id derived from the event, and so do the rows of those who take part: sending a
create again does no harm, and what an unanswered one left behind is found by that id.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta, tzinfo
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
from gsync_cli.creatio.sending import Step, filled, send_singly
from gsync_cli.creatio.values import id_of, is_id
from gsync_cli.errors import ConfigurationWrong, Refused
from gsync_cli.sync.record import Changes, Create, Done, Outcome, Record, Release, Roster, Side, Update, Write

WRITES_A_LOOK: Final = 5
"""Requests of writes that follow one look at what is to be changed."""
_FOR_PROOF: Final = 20
"""Activities among which one with its reminder switched off is looked for."""
_OF_UPDATE: Final = 4
"""Parts of a request that an update takes, about: the activity and some who take part."""
_FAR: Final = timedelta(days=14)
"""Days that nothing is looked for on; two stretches further apart are asked for one by one."""
_MOST_STRETCHES: Final = 25


class CreatioActivities:
    """The activities of one user of one site; a `Store`."""

    side: Side = "creatio"

    def __init__(
        self,
        odata: OData,
        reading: DateReading,
        choices: model.Choices,
        people: People,
        zone: str,
        *,
        shown_in: tzinfo | None = None,
    ) -> None:
        """Take what the user has settled; `people` knows who he is.

        `zone` is that of his calendar (IANA), for where the site tells none; `shown_in` the one in which he is told of
        times.
        """
        self._odata = odata
        self._people = people
        callers_zone = user_zone(odata.site) or iana_name(zone)
        reading = by_rules(odata.site, settled(odata, reading, callers_zone), callers_zone)
        days = zone_of(zone_of_person(odata.site)) or _zone_shown(reading) or zone_of(zone) or UTC
        times = Times(reading, known_writing(odata.site, reading), days, shown_in)
        self._reader = Reader(odata, people, times)
        self._scope = Scope(people.user, choices.from_, choices.cancel, people.synchronises)
        """With what is linked, as each reading of changes is told and each batch adds to it."""
        self._colleagues: frozenset[str] = frozenset()
        self._proof = Proof(odata, self._reader, callers_zone)

    @property
    def zone(self) -> tzinfo:
        """The user's zone, whose midnights bound his days."""
        return self._reader.times.zone

    @property
    def colleagues(self) -> Collection[str]:
        """The contacts whose activities the latest reading left to them."""
        return self._colleagues

    def find_out_dates(self) -> None:
        """Find out in which zone the site shows dates, where neither its services nor its users' profiles tell.

        One of the user's own activities is saved for that, with nothing changed: so it is for runs that may write.
        Raises ConfigurationWrong("creatio-dates-unknown", "creatio-dates-zone") where it can't be told: read wrongly,
        every meeting would go to Google hours off.
        """
        if not (self.dates_are_guessed and self._proof.needed):
            return
        ids = self._some_of_his()
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
        self._scope = self._scope.knowing({identity: Version.read(version) for identity, version in known.items()})
        look = Look(self._odata, self._reader, self._people, self._scope)
        former = Cursor.read(cursor, user=self._scope.user)
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
        starts = {self._reader.times.bounds(when)[0] for key in keys if (when := model.when_in(key))}
        user = self._scope.user
        queries = [
            Query(
                ACTIVITY,
                ("Id", "StartDate", "OwnerId", "OrganizerId"),
                f"StartDate ge {self._reader.times.day_before(first)} and StartDate lt "
                f"{self._reader.times.day_after(last)} and (Organizer/Id eq {user} or Owner/Id eq {user})",
            )
            for first, last in _stretches(start.date() for start in starts)
        ]
        (rows,) = self._reader.ask(queries)
        ids = {id_of(row.get("Id")) for row in rows if self._reader.times.moment(row.get("StartDate")) in starts}
        meetings = self._reader.whole(ids, self._scope.former)
        with_user = [each for each in meetings.values() if self._scope.takes_part(each)]
        his = [each for each in with_user if each.type != wellknown.EMAIL_ACTIVITY and self._scope.is_his(each)]
        records = {each.id: self._scope.record(each, self._reader.times) for each in his}
        return {identity: record for identity, record in records.items() if model.match_keys(record) & set(keys)}

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        """Look for what creates for these events made, whole or not: the id says so."""
        ids = {model.activity_id_for(self._scope.user, twin): twin for twin in twins}
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
        writer = Writer(self._odata, self._reader, self._people, self._scope)
        if isinstance(batch[0], Release):
            return writer.release(cast("Sequence[Release]", batch))
        if self._proof.needed:
            self._prove(batch, writer)
        if isinstance(batch[0], Create):
            outcomes = writer.create(cast("Sequence[Create]", batch))
        else:
            outcomes = writer.update(cast("Sequence[Update]", batch))
        done = [outcome.record.id for outcome in outcomes if isinstance(outcome, Done)]
        self._scope = self._scope.knowing({**dict.fromkeys(done), **self._scope.former})
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

    def _prove(self, batch: Sequence[Write], writer: Writer) -> None:
        """Find out how the site takes dates before it is given any that matter."""
        for write in batch:
            if isinstance(write, Create) and self._proof.needed and (begun := writer.begin(write)):
                self._proof.by_new(*begun)
        dates = {model.WHEN, model.REMINDER}
        moved = [write.record.id for write in batch if isinstance(write, Update) and write.fields.keys() & dates]
        if moved and self._proof.needed:
            self._proof.by_existing(moved, lambda: self._some_of_his(" and RemindToOwner eq false"))

    def _some_of_his(self, condition: str = "") -> list[str]:
        """Return a few of the user's own activities in the calendar, to prove dates with."""
        user, begin = self._scope.user, self._reader.times.day_before(self._scope.from_)
        his = f"(Organizer/Id eq {user} or Owner/Id eq {user})"
        columns = ("Id", "ShowInScheduler", "DueDate", "OwnerId", "OrganizerId", "RemindToOwner")
        wanted = f"ShowInScheduler eq true and DueDate ge {begin} and {his}{condition}"
        query = Query(ACTIVITY, columns, wanted, top=_FOR_PROOF)
        return [id_of(row.get("Id")) for row in self._odata.rows(query, _FOR_PROOF)]

    def _check(self, written: Mapping[str, Bounds], *, new: bool) -> None:
        try:
            self._proof.check(written)
        except Refused:
            if new:
                # Made a moment ago, at a wrong time: left there, it would move its event the next time.
                send_singly(self._odata, [Step("DELETE", ACTIVITY, identity) for identity in written])
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
        meetings = self._reader.whole(ids, self._scope.former)
        return {identity: self._scope.record(meeting, self._reader.times) for identity, meeting in meetings.items()}

    def _bounds(self, record: Record) -> Bounds | None:
        when = model.when_of(record.fields)
        return self._reader.times.bounds(when) if when else None

    def _parts_of(self, write: Write) -> int:
        """Return how many parts of a request a write takes, about."""
        if isinstance(write, Create):
            return 1 + len(mails_in(write.fields))
        if isinstance(write, Release) or write.fields.keys() == {model.ANSWER}:
            return 1
        return _OF_UPDATE + len(mails_in(write.fields))


def _zone_shown(reading: DateReading) -> tzinfo | None:
    """Return the user's zone as the site's dates show it; None where they are all in UTC."""
    return zone_of(reading.zone) if reading.mode == "user-zone" else None


def _stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """Join days to a few stretches, (first, last) each."""
    ordered = sorted(set(days))
    found: list[tuple[date, date]] = []
    for day in ordered:
        if found and day - found[-1][1] <= _FAR:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found if len(found) <= _MOST_STRETCHES else [(ordered[0], ordered[-1])]
