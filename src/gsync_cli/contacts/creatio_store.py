"""The Creatio side of the contact synchronisation: what is in scope, what changed, and writing what was decided.

In scope are the contacts that carry the user's private tag. Tagging does not touch a contact's ModifiedOn, and a
deleted contact leaves no trace (facts/creatio.md 3), so every run reads all links to the tag, three short columns each;
everything else is read from where the last run ended. Deleting an address that is not the primary one leaves no trace
either: where synchronised contacts have addresses, their number on the whole site is asked for, and if it is not what
it should be, the addresses are gone through.

A contact that gsync makes gets an id derived from its Google contact, and so do its details: sending a create again
does no harm, and what an unanswered one left behind is found by that id.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from gsync_cli.contacts import model
from gsync_cli.contacts.creatio_cursor import Cursor
from gsync_cli.contacts.creatio_lookups import Lookups
from gsync_cli.contacts.creatio_mapping import contact_id_for, draft_update, lookups_of
from gsync_cli.contacts.creatio_reading import DETAIL_STAMP, NARROW_PAGE, Reader, link_query
from gsync_cli.contacts.creatio_rows import (
    ADDRESS,
    COMMUNICATION,
    CONTACT,
    Row,
    addresses_in,
    modified_in,
    rows_of,
    stamp_of,
)
from gsync_cli.contacts.creatio_search import Search
from gsync_cli.contacts.creatio_tag import Owner, PrivateTag, find_tag, still_there, tag_query
from gsync_cli.contacts.creatio_writer import Writer
from gsync_cli.contacts.matching import match_keys
from gsync_cli.creatio.calibration import learn_from_write
from gsync_cli.creatio.dates import (
    SURE_OVERLAP_HOURS,
    UNSURE_OVERLAP_HOURS,
    DateReading,
    overlapped,
)
from gsync_cli.creatio.odata import BATCH_LIMIT, OData, Query
from gsync_cli.creatio.sending import filled
from gsync_cli.creatio.values import id_of, text_of
from gsync_cli.errors import ConfigurationWrong, GsyncError
from gsync_cli.sync.record import Changes, Create, Outcome, Record, Release, Roster, Side, Update, Write

WRITES_A_LOOK: Final = 5
"""Requests of writes that follow one look at what is to be changed: so many contacts can be asked for at once, and what
somebody saves meanwhile is seen too late for a few seconds."""
_DAY: Final = timedelta(days=1)
"""More than any zone is from another."""


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
        self._owner = Owner(user, by_proxy=bool(odata.site.account.user) or odata.site.account.auth == "oauth")
        self._lookups = Lookups(odata, create_accounts=choices.create_accounts)
        self._reader = Reader(odata, self._lookups, reading, choices.region)
        self._search = Search(odata, self._reader, choices.region)
        self._tag: PrivateTag | None = None
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
        if former is None:
            # Who asks for everything wants to compare what looks unchanged, too.
            return self._everything(known, {} if cursor is None else known)
        return self._since(former, known)

    def fetch(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Read these contacts as they stand now. What is no id of Creatio is nobody's."""
        wanted = {identity: id_of(identity) for identity in ids if _is_id(identity)}
        found = self._reader.looked_up(set(wanted.values()), self._present_tag().id)
        return {identity: found[written] for identity, written in wanted.items() if written in found}

    def candidates(self, keys: Collection[str], roster: Roster) -> Mapping[str, Record]:
        """Read every contact that has one of the mails or phones. The roster is not needed: Creatio can be asked."""
        del roster
        wanted = frozenset(keys)
        found = self._reader.looked_up(self._search.contact_ids(wanted), self._present_tag().id)
        return {identity: record for identity, record in found.items() if match_keys(record) & wanted}

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        """Look for what creates for these Google contacts made, whole or not: the id says so."""
        ids = {contact_id_for(self._owner.contact_id, twin): twin for twin in twins}
        try:
            tag = self._present_tag().id
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
        if self._tag is None or self._tag.called.casefold() == self._tag.name.casefold():
            return []
        return [ConfigurationWrong("creatio-tag-renamed", name=self._tag.name, now=self._tag.called)]

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
            tag=self._present_tag().id,
            owner=self._owner.contact_id,
            region=self._choices.region,
        )

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

    # ── what changed ─────────────────────────────────────────────────────────────────────────────────────────

    def _everything(self, known: Mapping[str, str], unchanged: Mapping[str, str]) -> Changes:
        tag = self._tag = self._find_tag()
        # The latest date is taken before the data: what is saved in between is read once more next time.
        newest = Query(CONTACT, ("Id", "ModifiedOn"), self._until_now(), orderby="ModifiedOn desc", top=1)
        (last, links), sizes = self._odata.read_and_count(
            [newest, link_query(tag.id)], (CONTACT, COMMUNICATION, ADDRESS), NARROW_PAGE
        )
        self._reader.note_sizes(sizes)
        members = _members(links)
        records = self._without_torn(self._reader.whole(members | known.keys(), members), known)
        cursor = Cursor(self._high("", last), tag, self._owner.contact_id, sizes[ADDRESS])
        return Changes(members, _news(records, unchanged), cursor.text(), complete=True)

    def _since(self, former: Cursor, known: Mapping[str, str]) -> Changes:
        begin = overlapped(former.high, self._overlap_hours)
        since = f"ModifiedOn ge {begin}"
        counted = (ADDRESS,) if any(map(addresses_in, known.values())) else ()
        (tags, links, contacts, spoken, places), sizes = self._odata.read_and_count(
            [
                tag_query(former.tag),
                link_query(former.tag.id),
                Query(CONTACT, ("Id", "ModifiedOn"), since),
                Query(COMMUNICATION, DETAIL_STAMP, since),
                Query(ADDRESS, DETAIL_STAMP, since),
            ],
            counted,
            NARROW_PAGE,
        )
        addresses = sizes.get(ADDRESS)
        if not tags and self._choices.create_tag:
            return self._everything(known, known)
        tag = self._tag = still_there(former.tag, tags, self._owner)
        members = _members(links)
        touched = _touched(contacts, spoken, places, known)
        if addresses != former.addresses or _any_unseen(places, known):
            touched |= self._without_an_address(known)
        unread = (members - known.keys()) | {identity for identity, version in known.items() if not version}
        records = self._reader.whole(touched & (members | known.keys()) | unread, members)
        records = self._without_torn(records, known)
        high = self._high(former.high, [*contacts, *spoken, *places])
        now = replace(former, high=high, tag=tag, addresses=addresses)
        return Changes(members, _news(records, known), now.text(), complete=False)

    def _without_an_address(self, known: Mapping[str, str]) -> set[str]:
        """Return the contacts of which an address that we know is gone."""
        addresses = {identity: found for identity, version in known.items() if (found := addresses_in(version))}
        there = self._reader.address_ids(addresses)
        return {identity for identity, found in addresses.items() if not found <= there}

    def _until_now(self) -> str:
        """Return the condition that keeps a date in the future from becoming the cursor and hiding all changes."""
        now = self._odata.site.server_time
        return f"ModifiedOn le {now + _DAY:%Y-%m-%dT%H:%M:%SZ}" if now else ""

    def _high(self, former: str, rows: Iterable[Row]) -> str:
        """Return the latest date of the rows, or the former one; none from the future.

        The texts of dates in one notation, without the Z, are in the order of the dates, however many digits of a
        second a site writes.
        """
        now = self._odata.site.server_time
        end = f"{now + _DAY:%Y-%m-%dT%H:%M:%S}" if now else "9999"
        dates = [raw for row in rows if (raw := text_of(row.get("ModifiedOn"))) < end]
        return max([former, *dates], key=lambda raw: raw.rstrip("Z"))

    def _cursor_of(self, text: str | None) -> Cursor | None:
        return Cursor.read(text, tag_name=self._choices.tag, owner=self._owner.contact_id)

    def _without_torn(self, records: dict[str, Record], known: Mapping[str, str]) -> dict[str, Record]:
        """Leave out contacts that were deleted while they were read.

        Their rows are read one table after the other. One deleted in between would look like somebody who has lost all
        mails, phones and addresses, and Google would be emptied of them.
        """
        bare = {name for name, record in records.items() if "|" not in record.version and "|" in known.get(name, "")}
        if not bare:
            return records
        present, _ = self._reader.glance(bare, (), "")
        return {name: record for name, record in records.items() if name not in bare or name in present}

    @property
    def _overlap_hours(self) -> int:
        # A user's clock is set back once a year; only UTC never is.
        return SURE_OVERLAP_HOURS if self._reading.mode == "utc" else UNSURE_OVERLAP_HOURS

    def _present_tag(self) -> PrivateTag:
        if self._tag is None:
            self._tag = self._find_tag()
        return self._tag

    def _find_tag(self) -> PrivateTag:
        choices = self._choices
        return find_tag(self._odata, choices.tag, self._owner, create=choices.create_tag, rehearse=choices.rehearse)


def _touched(
    contacts: Sequence[Row], spoken: Sequence[Row], places: Sequence[Row], known: Mapping[str, str]
) -> set[str]:
    """Return the ids of contacts of which a row was saved since the version we know: our own writes are no news."""
    touched = {
        identity
        for row in contacts
        if modified_in(known.get(identity := id_of(row.get("Id")), "")) != text_of(row.get("ModifiedOn"))
    }
    stamps: dict[str, frozenset[str]] = {}
    for entity, rows in ((COMMUNICATION, spoken), (ADDRESS, places)):
        for row in rows:
            contact = id_of(row.get("ContactId"))
            if contact not in stamps:
                stamps[contact] = frozenset(known.get(contact, "").split("|"))
            if stamp_of(entity, row) not in stamps[contact]:
                touched.add(contact)
    return touched


def _any_unseen(places: Sequence[Row], known: Mapping[str, str]) -> bool:
    """Tell whether there is an address that we don't know: it may make up in number for one that is gone."""
    return any(id_of(row.get("Id")) not in addresses_in(known.get(id_of(row.get("ContactId")), "")) for row in places)


def _members(links: Sequence[Row]) -> frozenset[str]:
    return frozenset(identity for row in links if (identity := id_of(row.get("EntityId"))))


def _news(records: Mapping[str, Record], known: Mapping[str, str]) -> dict[str, Record]:
    return {identity: record for identity, record in records.items() if record.version != known.get(identity)}


def _are_neighbours(day: str, other: str) -> bool:
    try:
        return abs(date.fromisoformat(day) - date.fromisoformat(other)) == _DAY
    except ValueError:
        return False


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
