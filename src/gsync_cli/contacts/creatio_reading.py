"""Reading whole contacts: their rows, their details, and the tag links that say which are in scope.

Two ways, whichever takes fewer requests: asking by id (25 ids a query, a hundred queries a `$batch`), or reading the
tables from end to end, where most of what is in them is wanted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from gsync_cli.contacts.creatio_lookups import Lookups
from gsync_cli.contacts.creatio_rows import (
    ADDRESS,
    ADDRESS_COLUMNS,
    COMMUNICATION,
    COMMUNICATION_COLUMNS,
    CONTACT,
    CONTACT_COLUMNS,
    LOOKUPS,
    PLACES,
    Row,
    Rows,
    names_missing,
    read_rows,
    to_record,
    version_of,
)
from gsync_cli.creatio.batch import BATCH_LIMIT
from gsync_cli.creatio.dates import DateReading
from gsync_cli.creatio.errors import CreatioRefusal
from gsync_cli.creatio.filters import MOST_ALTERNATIVES, of_ids
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.values import id_of, text_of
from gsync_cli.errors import Temporary
from gsync_cli.sync.record import Record

TAG_LINK: Final = "ContactInTag"
TAG_LINK_COLUMNS: Final = ("Id", "TagId", "EntityId")
DETAIL_STAMP: Final = ("Id", "ContactId", "ModifiedOn")
NARROW_PAGE: Final = 20_000
"""The most rows that a site gives in one reply (facts/creatio.md 2.2); for rows of a few short columns."""
CONTACT_PAGE: Final = 5_000
_NOT_THIS_WAY: Final = (CreatioRefusal, Temporary)
"""What a site raises that can't expand. Recent ones hide the reason behind a plain 500 (facts/creatio.md 2.7)."""
_AT_ONCE: Final = 2_500
"""Contacts asked for by id in one go, so that memory stays small: a hundred queries for each of three tables."""
_WORTH_SCANNING: Final = 5
"""A table is read from end to end where at least every fifth row of it is wanted."""


class Reader:
    """Reads contacts of one site. `region` is the country of phone numbers without country code."""

    def __init__(self, odata: OData, lookups: Lookups, reading: DateReading, region: str | None) -> None:
        self._odata = odata
        self._lookups = lookups
        self._reading = reading
        self._region = region
        self._expands = True
        self._sizes: dict[str, int | None] = {}

    def whole(self, ids: Collection[str], members: Collection[str]) -> dict[str, Record]:
        """Return the contacts of these ids that exist. `members` are the ids of those in scope."""
        return self._read(ids, members, "")

    def looked_up(self, ids: Collection[str], tag: str) -> dict[str, Record]:
        """Return the contacts of these ids that exist, asking which carry the tag as well."""
        return self._read(ids, (), tag)

    def links_of(self, ids: Collection[str], tag: str) -> dict[str, list[str]]:
        """Return the ids of the rows that link these contacts to the tag: contact id -> ids."""
        return _links(*self._ask(_link_queries(ids, tag)))

    def glance(self, ids: Collection[str], joining: Collection[str], tag: str) -> tuple[dict[str, str], set[str]]:
        """Return the present versions of these contacts, and which of `joining` carry the tag, in one request.

        Nothing else is read of them. Who has no version is gone.
        """
        of_details = of_ids("Contact/Id", sorted(ids))
        contacts, communications, addresses, links = self._ask(
            [Query(CONTACT, ("Id", "ModifiedOn"), condition) for condition in of_ids("Id", sorted(ids))],
            [Query(COMMUNICATION, DETAIL_STAMP, condition) for condition in of_details],
            [Query(ADDRESS, DETAIL_STAMP, condition) for condition in of_details],
            _link_queries(joining, tag),
        )
        spoken, places = _by_contact(communications), _by_contact(addresses)
        versions = {
            identity: version_of(text_of(row.get("ModifiedOn")), spoken.get(identity, ()), places.get(identity, ()))
            for row in contacts
            if (identity := id_of(row.get("Id")))
        }
        return versions, set(_links(links))

    def address_ids(self, contacts: Collection[str]) -> set[str]:
        """Return the ids of all address rows of these contacts."""
        conditions = of_ids("Contact/Id", sorted(contacts))
        (rows,) = self._ask([Query(ADDRESS, ("Id", "ContactId"), condition) for condition in conditions])
        return {id_of(row.get("Id")) for row in rows}

    def record(self, rows: Rows, *, member: bool) -> Record:
        """Return the neutral record of a contact's rows."""
        return to_record(rows, member=member, region=self._region, utc_of=self._reading.moment)

    def size(self, entity: str) -> int | None:
        """Return how many rows a table has, about: as counted earlier in the run, else now. None: it isn't said."""
        if entity not in self._sizes:
            self._sizes[entity] = self._odata.count(entity)
        return self._sizes[entity]

    def note_sizes(self, sizes: Mapping[str, int | None]) -> None:
        """Take in how many rows tables have, to tell later which way of reading is the cheaper one."""
        self._sizes.update(sizes)

    def _scanning_is_cheaper(self, wanted: int) -> bool:
        """Tell whether to read the tables from end to end; it takes a page of each, and asking how large they are."""
        asked = -(-3 * -(-wanted // MOST_ALTERNATIVES) // BATCH_LIMIT)
        if asked == 1:
            return False
        total = self.size(CONTACT)
        if total is None or total > wanted * _WORTH_SCANNING:
            return False
        # Two or three communications a contact and about one address.
        pages = -(-total // CONTACT_PAGE) + -(-3 * total // NARROW_PAGE) + -(-total // NARROW_PAGE)
        return pages <= asked + 1

    def _ask(self, *groups: Sequence[Query]) -> list[list[Row]]:
        """Return the rows of each group of queries, all in as few requests as possible."""
        answers = iter(self._odata.read_many([query for group in groups for query in group]))
        return [[row for _ in group for row in next(answers)] for group in groups]

    def _read(self, ids: Collection[str], members: Collection[str], tag: str) -> dict[str, Record]:
        if not ids:
            return {}
        if self._scanning_is_cheaper(len(ids)):
            if tag:
                members = _links(self._odata.rows(link_query(tag), NARROW_PAGE))
            return self._records(*self._scan(frozenset(ids)), members)
        wanted = sorted(ids)
        found: dict[str, Record] = {}
        for at in range(0, len(wanted), _AT_ONCE):
            contacts, spoken, places, links = self._by_id(wanted[at : at + _AT_ONCE], tag)
            found |= self._records(contacts, spoken, places, _links(links) if tag else members)
        return found

    def _by_id(self, ids: Sequence[str], tag: str) -> list[list[Row]]:
        """Return the rows of Contact, ContactCommunication, ContactAddress and, if there is a tag, its links."""
        of_details = of_ids("Contact/Id", ids)
        try:
            return self._ask(
                [self._contacts(condition) for condition in of_ids("Id", ids)],
                [Query(COMMUNICATION, COMMUNICATION_COLUMNS, condition) for condition in of_details],
                [self._addresses(condition) for condition in of_details],
                _link_queries(ids, tag) if tag else (),
            )
        except _NOT_THIS_WAY:
            if not self._expands:
                raise
            self._expands = False
            return self._by_id(ids, tag)

    def _scan(self, ids: frozenset[str]) -> tuple[list[Row], list[Row], list[Row]]:
        """Return the rows of Contact, ContactCommunication and ContactAddress that belong to these contacts."""

        def kept(query: Query, column: str, page: int) -> list[Row]:
            return [row for row in self._odata.rows(query, page) if id_of(row.get(column)) in ids]

        try:
            contacts = kept(self._contacts(""), "Id", CONTACT_PAGE)
            addresses = kept(self._addresses(""), "ContactId", NARROW_PAGE)
        except _NOT_THIS_WAY:
            if not self._expands:
                raise
            self._expands = False
            return self._scan(ids)
        return contacts, kept(Query(COMMUNICATION, COMMUNICATION_COLUMNS), "ContactId", NARROW_PAGE), addresses

    def _records(
        self, contacts: list[Row], communications: list[Row], addresses: list[Row], members: Collection[str]
    ) -> dict[str, Record]:
        known_names = self._lookups.names(names_missing(contacts, addresses))
        spoken, places = _by_contact(communications), _by_contact(addresses)
        found: dict[str, Record] = {}
        for row in contacts:
            rows = read_rows(
                row, spoken.pop(id_of(row.get("Id")), ()), places.pop(id_of(row.get("Id")), ()), known_names
            )
            found[rows.id] = self.record(rows, member=rows.id in members)
        return found

    def _contacts(self, condition: str) -> Query:
        return Query(CONTACT, CONTACT_COLUMNS, condition, self._expand(column for column, _ in LOOKUPS.values()))

    def _addresses(self, condition: str) -> Query:
        return Query(ADDRESS, ADDRESS_COLUMNS, condition, self._expand(PLACES))

    def _expand(self, columns: Iterable[str]) -> str:
        return ",".join(f"{column}($select=Name)" for column in columns) if self._expands else ""


def link_query(tag: str, condition: str = "") -> Query:
    """Return the query of the links to a tag: all of them, or those of some contacts."""
    return Query(TAG_LINK, TAG_LINK_COLUMNS, f"Tag/Id eq {tag}" + (f" and ({condition})" if condition else ""))


def _link_queries(ids: Iterable[str], tag: str) -> list[Query]:
    return [link_query(tag, condition) for condition in of_ids("Entity/Id", sorted(ids))]


def _links(rows: Iterable[Row]) -> dict[str, list[str]]:
    links: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        links[id_of(row.get("EntityId"))].append(id_of(row.get("Id")))
    return links


def _by_contact(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[id_of(row.get("ContactId"))].append(row)
    return grouped
