"""Finding contacts by mail and phone.

Creatio fills ContactCommunication.SearchNumber by itself: a mail in lower case, the digits of a phone number from the
last to the first (facts/creatio.md 3), so numbers written in different ways begin alike there. Whether a site does so
is seen from a row of it, asked for in the same request; where it does not, the table is read from end to end.
"""

from collections.abc import Collection, Iterable
from typing import Final

from gsync_cli.contacts import model
from gsync_cli.contacts.creatio_reading import NARROW_PAGE, Reader
from gsync_cli.contacts.creatio_rows import (
    COMMUNICATION,
    COMMUNICATION_COLUMNS,
    FIELD_TYPES,
    PHONE_KINDS,
    Communication,
    Row,
    entry_of,
)
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.batch import BATCH_LIMIT
from gsync_cli.creatio.errors import CreatioRefusal
from gsync_cli.creatio.filters import alternatives
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.values import id_of, quoted, text_of
from gsync_cli.errors import Temporary

_COLUMNS: Final = (*COMMUNICATION_COLUMNS, "SearchNumber")
_TAIL: Final = 7
"""Digits from the end that are asked for: enough to find few, and free of country and trunk codes."""
_SAMPLE: Final = 5


class Search:
    """Finds contacts of one site by match keys ("mail:…", "phone:…")."""

    def __init__(self, odata: OData, reader: Reader, region: str | None) -> None:
        self._odata = odata
        self._reader = reader
        self._region = region

    def contact_ids(self, keys: Collection[str]) -> set[str]:
        """Return the ids of the contacts with a mail or phone of these keys."""
        asked = self._asked(keys)
        rows: Iterable[Row] = (
            self._odata.rows(Query(COMMUNICATION, COMMUNICATION_COLUMNS), NARROW_PAGE) if asked is None else asked
        )
        return {id_of(row.get("ContactId")) for row in rows if self._key_of(row) in keys}

    def _asked(self, keys: Collection[str]) -> list[Row] | None:
        """Ask for the keys; None where reading the table is cheaper, or the only way."""
        queries = [Query(COMMUNICATION, _COLUMNS, part) for part in conditions(keys)]
        if len(queries) >= BATCH_LIMIT and self._table_is_cheaper(len(queries)):
            return None
        try:
            sample, *answers = self._odata.read_many([Query(COMMUNICATION, _COLUMNS, top=_SAMPLE), *queries])
        except (CreatioRefusal, Temporary):
            # No such column: recent sites hide that behind a plain 500.
            return None
        if not all(_is_searchable(row) for row in sample):
            return None
        return [row for rows in answers for row in rows]

    def _table_is_cheaper(self, queries: int) -> bool:
        total = self._reader.size(COMMUNICATION)
        return total is not None and -(-total // NARROW_PAGE) <= -(-queries // BATCH_LIMIT)

    def _key_of(self, row: Row) -> str:
        kind, number = id_of(row.get("CommunicationTypeId")), text_of(row.get("Number")).strip()
        if not number or (kind not in PHONE_KINDS and kind not in FIELD_TYPES.values()):
            return ""
        field, entry = entry_of(Communication("", kind, number), self._region)
        return {model.MAILS: "mail:", model.PHONES: "phone:"}.get(field, "") + entry.key


def conditions(keys: Iterable[str]) -> list[str]:
    """Return filters on ContactCommunication that find every row of these keys, and maybe some more."""
    terms: list[str] = []
    for key in sorted(keys):
        kind, _, value = key.partition(":")
        if kind == "mail":
            terms += [f"SearchNumber eq {quoted(value)}", f"Number eq {quoted(value)}"]
        elif digits := "".join(filter(str.isdecimal, value)):
            terms.append(f"startswith(SearchNumber,{quoted(digits[: -_TAIL - 1 : -1])})")
    return list(alternatives(terms))


def _is_searchable(row: Row) -> bool:
    kind, number, search = (text_of(row.get(name)) for name in ("CommunicationTypeId", "Number", "SearchNumber"))
    if not number:
        return True
    if id_of(kind) == wellknown.EMAIL:
        return search == number.strip().lower()
    if id_of(kind) not in PHONE_KINDS:
        return True
    digits = "".join(filter(str.isdecimal, number))
    return search == digits[::-1]
