"""Single rows of tables that a site may close to OData: OData first, DataService where it won't (facts/creatio.md 9.9).

Columns are named as for DataService: plain ones by name, lookups as `Type/Id`. Rows are made under an id of our own
choosing, so after a write without a clear answer one can look, and does, before it is sent again.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.creatio.dataservice import Condition, DataService, Failed, Row, Value, is_lookup
from gsync_cli.creatio.errors import (
    OK,
    SERVER_TROUBLE,
    CreatioRefusal,
    Unanswered,
    about_references,
    about_rights,
    body_of,
    message_in,
)
from gsync_cli.creatio.odata import PAGE_SIZE, Query
from gsync_cli.creatio.values import id_of, literal, quoted, same_id
from gsync_cli.errors import ConfigurationWrong, Refused, Temporary

if TYPE_CHECKING:
    import httpx2

    from gsync_cli.creatio.session import CreatioSite

_FORBIDDEN: Final = 403
_BUSY: Final = (429, 502, 503, 504)


class Tables:
    """Rows of any table, through whichever service lets one at them.

    Every method raises Refused (also CreatioRefusal) where neither does, and Temporary, which includes Unanswered: a
    write nobody can say of whether it was carried out, after looking.
    """

    def __init__(self, site: "CreatioSite", new_id: Callable[[], str] = lambda: str(uuid.uuid4())) -> None:
        self.site = site
        self._service = DataService(site)
        self._new_id = new_id
        self._closed: set[str] = set()
        """Tables that OData has refused. A refusal may cost a sign-in, so it is not asked for twice."""

    def rows(self, entity: str, columns: Iterable[str], condition: Condition | None = None) -> list[Row]:
        """Return the rows that meet the condition. Name no column that holds a secret or a token."""
        names = list(dict.fromkeys(columns))
        if entity in self._closed:
            return self._service.select(entity, names, condition)
        try:
            return self._by_odata(entity, names, condition or {})
        except (Refused, ConfigurationWrong) as error:
            first = error
        try:
            rows = self._service.select(entity, names, condition)
        except Refused as second:
            if not isinstance(first, CreatioRefusal):
                raise first from None
            if any(map(is_lookup, condition or ())):
                return self._filtered_here(entity, names, condition or {})
            # A right that one of them names is the better answer.
            raise (first if isinstance(second, CreatioRefusal) else second) from None
        self._closed.add(entity)
        return rows

    def find(self, entity: str, row_id: str, columns: Iterable[str] = ()) -> Row | None:
        """Return one row; None where there is none."""
        rows = self.rows(entity, ("Id", *columns), {"Id": row_id})
        return next((row for row in rows if same_id(row.get("Id"), row_id)), None)

    def insert(self, entity: str, values: Mapping[str, Value], *, secret: bool = False) -> str:
        """Make a row and return its id; `secret`: it holds one, which is DataService's to encrypt.

        The id is ours (`Id` among the values, or a new one), unless the site says that it has chosen another.
        """
        row_id = id_of(values.get("Id")) or self._new_id()
        body = {**values, "Id": row_id}

        def made() -> bool:
            return self.find(entity, row_id) is not None

        told = self._write(
            entity,
            lambda: self._request("POST", entity, _payload(body), entity),
            lambda: self._service.insert(entity, body),
            made,
            secret=secret,
        )
        return (told if isinstance(told, str) else "") or row_id

    def update(self, entity: str, row_id: str, values: Mapping[str, Value], *, secret: bool = False) -> None:
        """Change a row. It may be said to be done of a row that is not there: read it back (facts/creatio.md 2.5)."""

        def changed() -> bool:
            # The same values written twice are the same, and a secret could not be compared.
            return False

        self._write(
            entity,
            lambda: self._request("PATCH", f"{entity}({row_id})", _payload(values), entity),
            lambda: self._service.update(entity, row_id, values),
            changed,
            secret=secret,
        )

    def delete(self, entity: str, row_id: str) -> bool:
        """Delete a row; return False where it was gone already."""
        if self.find(entity, row_id) is None:
            return False

        def gone() -> bool:
            return self.find(entity, row_id) is None

        self._write(
            entity,
            lambda: self._request("DELETE", f"{entity}({row_id})", None, entity),
            lambda: self._service.delete(entity, row_id),
            gone,
        )
        return True

    def _write(
        self,
        entity: str,
        by_odata: Callable[[], object],
        by_service: Callable[[], object],
        done: Callable[[], bool],
        *,
        secret: bool = False,
    ) -> object:
        """Write by one service, then by the other where the first won't, each at most twice; return what it told."""
        if not secret and entity not in self._closed:
            try:
                return _settled(by_odata, done)
            except Refused as error:
                first = error
            if isinstance(first, CreatioRefusal) and about_references(first.message):
                # The database says so; it would say the same to the other service.
                raise first
            try:
                told = _settled(by_service, done)
            except Refused as second:
                # Where DataService is not there at all, the first refusal is the one that means something.
                raise (first if _is_absent(second) else second) from None
            self._closed.add(entity)
            return told
        try:
            return _settled(by_service, done)
        except CreatioRefusal as error:
            if not _is_absent(error):
                raise
            return _settled(by_odata, done)

    def _request(self, method: str, path: str, body: Mapping[str, object] | None, what: str) -> str:
        """Send one write through OData, and return the id in its answer, if there is one.

        Raises Unanswered for every failure that may come after the writing.
        """
        response = self.site.request(method, f"odata/{path}", json=body, repeatable=False)
        status = response.status_code
        if status in OK:
            told = body_of(response)
            if response.content and told is None:
                raise Unanswered(message_in(response))
            return id_of(told.get("Id")) if isinstance(told, Mapping) else ""
        if status in SERVER_TROUBLE and status in _BUSY:
            raise Unanswered(message_in(response))
        body = body_of(response)
        if about_rights(body):
            raise Refused("creatio-right-missing", user=self.site.account.name, what=what, message=message_in(response))
        if status in SERVER_TROUBLE and not about_references(body):
            raise Failed(status, message_in(response), what)
        raise self._refusal(response, what)

    def _refusal(self, response: "httpx2.Response", what: str) -> Refused | Temporary:
        status, message = response.status_code, message_in(response)
        if status in _BUSY:
            return Temporary("creatio-unavailable", status=status, message=message)
        if status == _FORBIDDEN:
            return Refused("creatio-right-missing", user=self.site.account.name, what=what, message=message)
        return CreatioRefusal(status, message, what)

    def _by_odata(self, entity: str, names: list[str], condition: Condition) -> list[Row]:
        plain = [name for name in condition if not is_lookup(name)]
        select = tuple(dict.fromkeys(_flat(name) for name in ("Id", *names, *plain)))
        terms = [f"{path} eq {_literal(path, value)}" for path, value in condition.items()]
        rows = self._read(Query(entity, select, " and ".join(terms)))
        return [{name: _told(row, name) for name in names} for row in rows]

    def _read(self, query: Query) -> Iterable[Row]:
        """Read through OData, page by page, until there is nothing new: not every site counts, or skips.

        Rules of the product come as 500, too, so that is an answer here and not repeated.
        """
        found: dict[str, Row] = {}
        while True:
            path = f"odata/{query.path(PAGE_SIZE, len(found), count=True)}"
            response = self.site.request("GET", path, only_gateways=True)
            status, page = response.status_code, body_of(response)
            if status not in OK:
                raise self._refusal(response, query.entity)
            rows = page.get("value") if isinstance(page, Mapping) else None
            if not isinstance(rows, list):
                raise CreatioRefusal(status, "the reply is no list of rows", query.entity)
            told: dict[str, Row] = {id_of(row.get("Id")): dict(row) for row in rows if isinstance(row, Mapping)}
            fresh = {row_id: row for row_id, row in told.items() if row_id not in found}
            found |= fresh
            if not fresh or str(len(found)) == str(page.get("@odata.count")):
                return found.values()

    def _filtered_here(self, entity: str, names: list[str], condition: Condition) -> list[Row]:
        """Read without the lookups of a condition, whose paths may lead through tables that are hidden, and filter."""
        lookups = [name for name in condition if is_lookup(name)]
        plain = {name: value for name, value in condition.items() if not is_lookup(name)}
        rows = self._by_odata(entity, [*names, *lookups], plain)
        return [
            {name: row[name] for name in names}
            for row in rows
            if all(same_id(row[name], condition[name]) for name in lookups)
        ]


def _settled(write: Callable[[], object], done: Callable[[], bool]) -> object:
    """Write; without a clear answer look, and where it was not done write once more.

    Returns what `write` returns, None where it was seen to be done. Raises what `write` raises; the refusal, for a
    write that failed and was, as one can see, not carried out.
    """
    try:
        return write()
    except Unanswered:
        if done():
            return None
    try:
        return write()
    except Failed as error:
        if not done():
            raise error.refusal from None
    except Unanswered:
        if not done():
            raise
    return None


def _is_absent(error: Refused) -> bool:
    """Tell whether a refusal says that a service is not there at all."""
    return isinstance(error, CreatioRefusal) and error.status in {404, 405, 501}


def _flat(name: str) -> str:
    """Return the payload name: `TypeId` for `Type/Id`."""
    return name.replace("/", "")


def _payload(values: Mapping[str, Value]) -> dict[str, object]:
    return {_flat(name): value for name, value in values.items()}


def _literal(path: str, value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return literal(value or "") if is_lookup(path) or path == "Id" else quoted(value or "")


def _told(row: Mapping[str, Any], name: str) -> Any:
    value = row.get(_flat(name))
    return id_of(value) if is_lookup(name) else value
