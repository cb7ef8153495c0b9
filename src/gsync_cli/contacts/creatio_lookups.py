"""Lookup values by id and by name: salutations, companies, departments, cities, regions, countries.

Asked for in bulk and remembered for the run. Names are localised and anybody may edit them, so a value is taken only
where there is exactly one of exactly that name; nothing is ever made here but companies, and those only where the
setting `sync.contacts.create_accounts` allows it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from gsync_cli.contacts.creatio_mapping import Found, derived_id
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.batch import BATCH_LIMIT, Part
from gsync_cli.creatio.errors import Unanswered, body_of
from gsync_cli.creatio.filters import alternatives, of_ids
from gsync_cli.creatio.odata import OData, Query, Row
from gsync_cli.creatio.values import id_of, quoted, text_of
from gsync_cli.errors import Refused

ACCOUNT: Final = "Account"
SALUTATION: Final = "SalutationType"
_SALUTATION_TABLES: Final = (SALUTATION, "ContactSalutationType")
"""The column is called SalutationType everywhere, the table behind it is not."""
_COLUMNS: Final = ("Id", "Name")
_TYPE_SETTING: Final = "GoogleContactType"


class Lookups:
    """The lookup values that a run has come across. `found` is handed to the mapping."""

    def __init__(self, odata: OData, *, create_accounts: bool = False) -> None:
        self._odata = odata
        self._create_accounts = create_accounts
        self._names: dict[tuple[str, str], str] = {}
        self._ids: dict[tuple[str, str], tuple[str, ...]] = {}
        self._contact_type = ""
        self._salutations: list[Row] | None = None

    @property
    def found(self) -> Found:
        """What `resolve` found so far: (entity, name) -> ids."""
        return self._ids

    def names(self, wanted: Mapping[str, Collection[str]]) -> Mapping[tuple[str, str], str]:
        """Return the names of lookup values by (entity, id), reading those not known yet. `wanted` is entity -> ids."""
        asked = [
            (entity, condition)
            for entity, ids in sorted(wanted.items())
            for condition in of_ids("Id", sorted(value for value in ids if (entity, value) not in self._names))
        ]
        for entity, row in self._rows(asked):
            self._names[entity, id_of(row.get("Id"))] = text_of(row.get("Name")).strip()
        for entity, ids in wanted.items():
            for value in ids:
                self._names.setdefault((entity, value), "")
        return self._names

    def resolve(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Look up the (entity, name) pairs that nobody has asked for yet."""
        new = sorted({pair for pair in wanted if pair not in self._ids})
        by_entity: dict[str, list[str]] = {}
        for entity, name in new:
            by_entity.setdefault(entity, []).append(name)
        matches: dict[tuple[str, str], set[str]] = {pair: set() for pair in new}
        asked = [
            (entity, condition)
            for entity, names in by_entity.items()
            for condition in alternatives(f"Name eq {quoted(name)}" for name in names)
        ]
        for entity, row in self._rows(asked):
            # Some databases compare without regard to case; the value must be exactly the one asked for.
            name = text_of(row.get("Name")).strip()
            if (entity, name) in matches:
                matches[entity, name].add(id_of(row.get("Id")))
        self._ids.update({pair: tuple(sorted(ids)) for pair, ids in matches.items()})

    def make_accounts(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Make the companies among `wanted` that Creatio does not have, where that is allowed.

        Their ids are derived from their names, so a repeated create is harmless.
        """
        if not self._create_accounts:
            return
        names = sorted({name for entity, name in wanted if entity == ACCOUNT and not self._ids.get((entity, name))})
        for at in range(0, len(names), BATCH_LIMIT):
            self._make(names[at : at + BATCH_LIMIT])

    def contact_type(self) -> str:
        """Return the type of new contacts: the system setting GoogleContactType, else Contact. Asked for once."""
        if not self._contact_type:
            self._contact_type = self._setting(_TYPE_SETTING) or wellknown.CONTACT
        return self._contact_type

    def _make(self, names: list[str]) -> None:
        ids = {name: derived_id(ACCOUNT, name) for name in names}
        parts = [Part("POST", ACCOUNT, {"Id": identity, "Name": name}) for name, identity in ids.items()]
        try:
            answers = self._odata.batch(parts)
            doubtful = [name for name, answer in zip(names, answers, strict=True) if not answer.ok]
        except Unanswered:
            doubtful = names
        there = {
            id_of(row.get("Id"))
            for _, row in self._rows([(ACCOUNT, part) for part in of_ids("Id", [ids[name] for name in doubtful])])
        }
        for name, identity in ids.items():
            if name not in doubtful or identity in there:
                self._ids[ACCOUNT, name] = (identity,)

    def _rows(self, asked: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Row]]:
        """Yield (entity, row) for conditions on entities. A table that the user may not read has no rows."""
        asked = list(asked)
        if any(entity == SALUTATION for entity, _ in asked):
            yield from ((SALUTATION, row) for row in self._all_salutations())
            asked = [(entity, condition) for entity, condition in asked if entity != SALUTATION]
        if not asked:
            return
        queries = [Query(entity, _COLUMNS, condition) for entity, condition in asked]
        try:
            answers = self._odata.read_many(queries)
        except Refused:
            answers = [self._if_allowed(query) for query in queries]
        for (entity, _), rows in zip(asked, answers, strict=True):
            for row in rows:
                yield entity, row

    def _all_salutations(self) -> list[Row]:
        """Return the whole table, a dozen rows, under the name that it has on this site."""
        if self._salutations is None:
            self._salutations = next(
                (rows for entity in _SALUTATION_TABLES if (rows := self._if_allowed(Query(entity, _COLUMNS)))), []
            )
        return self._salutations

    def _if_allowed(self, query: Query) -> list[Row]:
        try:
            return list(self._odata.rows(query))
        except Refused:
            return []

    def _setting(self, code: str) -> str:
        """Return the id that a system setting of type lookup holds; "" where it has none or may not be read."""
        try:
            response = self._odata.site.request(
                "POST",
                "DataService/json/SyncReply/QuerySysSettings",
                json={"sysSettingsNameCollection": [code]},
                repeatable=True,
                only_gateways=True,
            )
        except Refused:
            return ""
        body = body_of(response) if response.is_success else None
        values = body.get("values") if isinstance(body, Mapping) else None
        setting = values.get(code) if isinstance(values, Mapping) else None
        value = setting.get("value") if isinstance(setting, Mapping) else setting
        return id_of(value) if isinstance(value, str) else ""
