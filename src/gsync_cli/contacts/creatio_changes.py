"""What changed among a user's contacts since the last run, in one request where nothing did.

Tagging does not touch a contact's ModifiedOn, and a deleted contact leaves no trace (facts/creatio.md 3), so every run
reads all links to the tag, three short columns each; everything else is read from where the last run ended. Deleting
an address that is not the primary one leaves no trace either: where synchronised contacts have addresses, their number
on the whole site is asked for, and if it is not what it should be, the addresses are gone through.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from gsync_cli.contacts.creatio_cursor import Cursor
from gsync_cli.contacts.creatio_reading import DETAIL_STAMP, NARROW_PAGE, Reader, link_query
from gsync_cli.contacts.creatio_rows import (
    ADDRESS,
    COMMUNICATION,
    CONTACT,
    Row,
    addresses_in,
    modified_in,
    stamp_of,
)
from gsync_cli.contacts.creatio_tag import TagInUse, tag_query
from gsync_cli.creatio.dates import DateReading, latest_saved, since_cursor
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.values import id_of, text_of
from gsync_cli.sync.record import Changes, Record

_DAY: Final = timedelta(days=1)
"""More than any zone is from another."""


class Look:
    """Compares what is there with what is known; `reading` is how the site's dates are meant."""

    def __init__(self, odata: OData, reader: Reader, tag: TagInUse, reading: DateReading) -> None:
        self._odata = odata
        self._reader = reader
        self._tag = tag
        self._reading = reading

    def at_everything(self, known: Mapping[str, str], unchanged: Mapping[str, str]) -> Changes:
        """Read all that is in scope or linked, whatever is known of it; `unchanged` is what need not be told."""
        tag = self._tag.find()
        # The latest date is taken before the data: what is saved in between is read once more next time.
        newest = Query(CONTACT, ("Id", "ModifiedOn"), self._until_now(), orderby="ModifiedOn desc", top=1)
        (last, links), sizes = self._odata.read_and_count(
            [newest, link_query(tag.id)], (CONTACT, COMMUNICATION, ADDRESS), NARROW_PAGE
        )
        self._reader.note_sizes(sizes)
        members = _members(links)
        records = self._without_torn(self._reader.whole(members | known.keys(), members), known)
        cursor = Cursor(self._high("", last), tag, self._tag.owner.contact_id, sizes[ADDRESS])
        return Changes(members, _news(records, unchanged), cursor.text(), complete=True)

    def at_changes(self, former: Cursor, known: Mapping[str, str]) -> Changes:
        """Read what was saved since the last run, and who has joined or left. Raises as `still_there`."""
        since = f"ModifiedOn ge {since_cursor(former.high, self._reading)}"
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
        if not tags and self._tag.may_be_made:
            return self.at_everything(known, known)
        tag = self._tag.followed(former.tag, tags)
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
        stamps = [text_of(row.get("ModifiedOn")) for row in rows]
        return latest_saved(former, stamps, self._odata.site.server_time)

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
