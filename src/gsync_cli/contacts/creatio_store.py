"""The Creatio side of the contact synchronisation: what is in scope, what stands there, and writing what was decided.

In scope are the contacts that carry the user's private tag. What changed among them is found out in `creatio_changes`.

A contact that gsync makes gets an id derived from its Google contact, and so do its details: sending a create again
does no harm, and what an unanswered one left behind is found by that id.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, cast

from gsync_cli.contacts import model
from gsync_cli.contacts.creatio_changes import Look
from gsync_cli.contacts.creatio_cursor import Cursor
from gsync_cli.contacts.creatio_lookups import Lookups
from gsync_cli.contacts.creatio_mapping import contact_id_for, draft_update, lookups_of
from gsync_cli.contacts.creatio_reading import Reader
from gsync_cli.contacts.creatio_rows import modified_in, rows_of
from gsync_cli.contacts.creatio_search import Search
from gsync_cli.contacts.creatio_tag import Owner, TagInUse
from gsync_cli.contacts.creatio_writer import Writer
from gsync_cli.contacts.matching import match_keys
from gsync_cli.creatio.batch import BATCH_LIMIT
from gsync_cli.creatio.calibration import learn_from_write
from gsync_cli.creatio.dates import DateReading
from gsync_cli.creatio.odata import OData
from gsync_cli.creatio.sending import filled
from gsync_cli.creatio.values import id_of, is_id
from gsync_cli.errors import ConfigurationWrong, GsyncError
from gsync_cli.sync.record import Changes, Create, Outcome, Record, Release, Roster, Side, Update, Write

WRITES_A_LOOK: Final = 5
"""Requests of writes that follow one look at what is to be changed: so many contacts can be asked for at once, and what
somebody saves meanwhile is seen too late for a few seconds."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the settings and the command line say about contacts in Creatio."""

    tag: str
    create_tag: bool = False
    """Make the missing private tag."""
    rehearse: bool = False
    """A dry run: a tag that would be made is only imagined."""
    create_accounts: bool = False
    """Make companies that Creatio does not have."""
    region: str | None = None
    """The two-letter country of phone numbers without country code."""


class CreatioContacts:
    """The contacts of one user of one site; a `Store`."""

    side: Side = "creatio"

    def __init__(self, odata: OData, reading: DateReading, choices: Choices) -> None:
        self._odata = odata
        self._reading = reading
        self._choices = choices
        user = odata.site.user.contact_id
        owner = Owner(user, by_proxy=bool(odata.site.account.user) or odata.site.account.auth == "oauth")
        self._tag = TagInUse(odata, choices.tag, owner, create=choices.create_tag, rehearse=choices.rehearse)
        self._lookups = Lookups(odata, create_accounts=choices.create_accounts)
        self._reader = Reader(odata, self._lookups, reading, choices.region)
        self._search = Search(odata, self._reader, choices.region)
        self._addresses_added = 0
        self._birthdays: dict[str, str] = {}
        self._saved: dict[str, datetime] = {}

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, cursor: str | None, known: Mapping[str, str]) -> Changes:
        """Read what is new since `cursor`: one request where nothing is.

        Raises StoppedForSafety("creatio-tag-deleted"), what `find_tag` raises, and whatever ends a run.
        """
        former = self._cursor_of(cursor)
        self._addresses_added = 0
        look = Look(self._odata, self._reader, self._tag, self._reading)
        if former is None:
            # Who asks for everything wants to compare what looks unchanged, too.
            return look.at_everything(known, {} if cursor is None else known)
        return look.at_changes(former, known)

    def fetch(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Read these contacts as they stand now. What is no id of Creatio is nobody's."""
        wanted = {identity: written for identity in ids if is_id(written := id_of(identity))}
        found = self._reader.looked_up(set(wanted.values()), self._tag.present().id)
        return {identity: found[written] for identity, written in wanted.items() if written in found}

    def candidates(self, keys: Collection[str], roster: Roster) -> Mapping[str, Record]:
        """Read every contact that has one of the mails or phones. The roster is not needed: Creatio can be asked."""
        del roster
        wanted = frozenset(keys)
        found = self._reader.looked_up(self._search.contact_ids(wanted), self._tag.present().id)
        return {identity: record for identity, record in found.items() if match_keys(record) & wanted}

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        """Look for what creates for these Google contacts made, whole or not: the id says so."""
        ids = {contact_id_for(self._tag.owner.contact_id, twin): twin for twin in twins}
        try:
            tag = self._tag.present().id
        except ConfigurationWrong:
            # Reading the changes will say what is the matter with the tag; until then nobody is known to have it.
            found = self._reader.whole(ids, ())
        else:
            found = self._reader.looked_up(ids, tag)
        return {ids[identity]: record for identity, record in found.items()}

    def absorb(self, cursor: str, written: Sequence[Record]) -> tuple[str, Mapping[str, Record]]:
        """Read back what was written. The cursor stays: a run may last longer than the hours that it overlaps.

        Raising it to the date of our own last write would step over whatever somebody else saved while we wrote.
        """
        kept = self._cursor_of(cursor)
        if kept is not None and kept.addresses is not None:
            cursor = replace(kept, addresses=kept.addresses + self._addresses_added).text()
            self._addresses_added = 0
        ids = {record.id for record in written if not record.version}
        members = {record.id for record in written if record.member}
        found = self._reader.whole(ids, members)
        if moved := self._moved_birthdays(found):
            self._writer().mend_birthdays(moved)
            found |= self._reader.whole(moved, members)
        self._learn_zone(found)
        return cursor, found

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def warnings(self) -> list[GsyncError]:
        """What a person should know about the tag, though the run goes on."""
        tag = self._tag.latest
        if tag is None or tag.called.casefold() == tag.name.casefold():
            return []
        return [ConfigurationWrong("creatio-tag-renamed", name=tag.name, now=tag.called)]

    def forecast(self, writes: Sequence[Write]) -> float:
        """Creatio names no quota (facts/creatio.md 2.8)."""
        del writes
        return 0.0

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Fill requests of a hundred parts; the names of all companies, cities … are looked up for all at once.

        Creates are one request a batch. Before contacts are changed or released they are looked at once more, and one
        look is for the writes of several requests.
        """
        self._lookups.resolve(
            pair for write in writes if not isinstance(write, Release) for pair in lookups_of(write.fields)
        )
        looked_at = any(not isinstance(write, Create) for write in writes)
        return filled(writes, self._parts_of, BATCH_LIMIT * WRITES_A_LOOK if looked_at else BATCH_LIMIT)

    def apply(self, batch: Sequence[Write]) -> Sequence[Outcome]:
        """Carry out a batch, all of one type."""
        writer = self._writer()
        try:
            if isinstance(batch[0], Create):
                return writer.create(cast("Sequence[Create]", batch))
            if isinstance(batch[0], Update):
                return writer.update(cast("Sequence[Update]", batch))
            return writer.release(cast("Sequence[Release]", batch))
        finally:
            self._addresses_added += writer.addresses_added
            self._birthdays |= writer.birthdays
            self._saved |= writer.saved

    def _writer(self) -> Writer:
        return Writer(
            self._odata,
            self._reader,
            self._lookups,
            tag=self._tag.present().id,
            owner=self._tag.owner.contact_id,
            region=self._choices.region,
        )

    def _cursor_of(self, text: str | None) -> Cursor | None:
        return Cursor.read(text, tag_name=self._choices.tag, owner=self._tag.owner.contact_id)

    def _moved_birthdays(self, found: Mapping[str, Record]) -> dict[str, str]:
        """Return the birthdays that the site keeps as the day beside the one that was written."""
        return {
            identity: day
            for identity, day in self._birthdays.items()
            if identity in found and _are_neighbours(day, str(found[identity].fields[model.BIRTHDAY]))
        }

    def _learn_zone(self, found: Mapping[str, Record]) -> None:
        """Find out in which zone the site shows the moment of our own latest write (facts/creatio.md 2.4)."""
        written = [identity for identity in self._saved if identity in found]
        if self._reading.mode == "unknown" and written:
            latest = max(written, key=lambda identity: self._saved[identity])
            self._reading = learn_from_write(self._odata.site, modified_in(found[latest].version), self._saved[latest])

    def _parts_of(self, write: Write) -> int:
        """Return how many parts of a request a write takes, at most."""
        if isinstance(write, Create):
            # The contact, its details, and the link to the tag.
            return 2 + sum(len(value) for value in write.fields.values() if not isinstance(value, str))
        if isinstance(write, Update) and write.record.original:
            draft = draft_update(rows_of(write.record), write.fields, self._lookups.found, self._choices.region)
            return len(draft.steps) + write.join
        return 1


def _are_neighbours(day: str, other: str) -> bool:
    try:
        return abs(date.fromisoformat(day) - date.fromisoformat(other)) == _DAY
    except ValueError:
        return False
