"""OData 4 as the product speaks it: sets, single records, writes, the service document (facts/creatio.md 2)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gsync_cli.sandbox.creatio.listing import Reader, direct_column, refuse_unknown
from gsync_cli.sandbox.creatio.metadata import metadata
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.records import Records
from gsync_cli.sandbox.creatio.refusals import Refusal, invalid_body, no_set
from gsync_cli.sandbox.creatio.rights import Action, Rights
from gsync_cli.sandbox.creatio.schema import Table
from gsync_cli.sandbox.creatio.tables import Row
from gsync_cli.sandbox.creatio.users import Caller
from gsync_cli.sandbox.creatio.wire import Wire, guid

_ADDRESS: Final = re.compile(r"(\w+)(?:\((.*?)\))?(?:/(.*))?")


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the service, by itself or within a batch."""

    method: str
    path: str
    """Below the service root, decoded: `Contact(…)`."""
    options: Mapping[str, str]
    """Query options."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    caller: Caller
    root: str
    """The service root as a URL, with a slash at the end."""

    def json(self) -> dict[str, Any]:
        """Return the body, which must be said to be JSON, and be an object. Raises Refusal."""
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise Refusal(415, "The media type of the request body is not supported.", "System.NotSupportedException")
        try:
            body = json.loads(self.body)
        except ValueError as error:
            raise invalid_body(f"Invalid JSON. {error}") from error
        if not isinstance(body, dict):
            raise invalid_body(
                "An unexpected node was found when reading from the JSON reader. An object was expected."
            )
        return body


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call comes to: `value` is JSON, or text where it is a string, or nothing."""

    status: int
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class OData:
    """The service over one site's records."""

    def __init__(self, records: Records, options: Options, rights: Rights) -> None:
        self._records = records
        self._tables = records.tables
        self._options = options
        self._rights = rights

    def handle(self, call: Call) -> Answer:
        """Answer one call that is not a batch. Raises Refusal."""
        if call.path in {"", "$metadata"}:
            return self._description(call)
        match = _ADDRESS.fullmatch(call.path)
        table = self._tables.schema.get(match[1]) if match else None
        if match is None or table is None:
            raise no_set(call.root + call.path, call.path.partition("/")[0].partition("(")[0])
        action: Action = "read" if call.method == "GET" else "write"
        self._rights.require_odata(call.caller.user)
        self._rights.require_visible(table.name)
        self._rights.require(action, table.name, call.caller.user)
        key, rest = match[2], match[3] or ""
        if key is None:
            return self._set(call, table, rest)
        row_id = guid(key.strip())
        if row_id is None:
            raise no_set(call.root + call.path, table.name)
        return self._record(call, table, row_id, rest)

    def _description(self, call: Call) -> Answer:
        if call.method != "GET":
            raise _not_allowed(call)
        if call.path == "$metadata":
            return Answer(200, metadata(self._tables.schema), {"Content-Type": "application/xml"})
        sets = [{"name": name, "kind": "EntitySet", "url": name} for name in self._tables.schema]
        return Answer(200, {"@odata.context": f"{call.root}$metadata", "value": sets})

    def _set(self, call: Call, table: Table, rest: str) -> Answer:
        reader = self._reader(call)
        if rest == "$count" and call.method == "GET":
            return Answer(200, str(reader.count(table, call.options)), {"Content-Type": "text/plain; charset=utf-8"})
        if rest:
            raise no_set(call.root + call.path, rest)
        if call.method == "POST":
            return self._insert(call, table)
        if call.method != "GET":
            raise _not_allowed(call)
        page = reader.page(table, call.options)
        answer: dict[str, Any] = {"@odata.context": _context(call, table)}
        if page.total is not None:
            answer["@odata.count"] = page.total
        answer["value"] = page.rows
        if page.rest:
            answer["@odata.nextLink"] = f"{call.root}{table.name}?{page.rest}"
        return Answer(200, answer)

    def _record(self, call: Call, table: Table, row_id: str, rest: str) -> Answer:
        if call.method == "GET":
            return self._read(call, table, row_id, rest)
        if rest:
            raise _not_allowed(call)
        by = call.caller.user.contact_id
        if call.method == "PATCH":
            # The answer to a record that is not there is the same: 204 proves nothing (2.5).
            self._records.update(table.name, row_id, self._values(call, table), by)
            return Answer(204)
        if call.method == "DELETE":
            if not self._records.delete(table.name, row_id, by):
                raise _not_found(table, row_id)
            return Answer(204)
        raise _not_allowed(call)

    def _read(self, call: Call, table: Table, row_id: str, rest: str) -> Answer:
        row = self._tables.get(table.name, row_id)
        if row is None:
            raise _not_found(table, row_id)
        if rest:
            return self._field(call, table, row, rest)
        refuse_unknown(call.options)
        reader = self._reader(call)
        shape = reader.shape(table, call.options.get("$select", ""), call.options.get("$expand", ""))
        return Answer(200, {"@odata.context": f"{_context(call, table)}/$entity", **reader.writer(shape)(row)})

    def _field(self, call: Call, table: Table, row: Row, rest: str) -> Answer:
        name, _, raw = rest.partition("/")
        column = direct_column(table, name)
        value = self._wire(call).encoder(column)(row[name])
        if raw == "$value":
            return Answer(200, str(value), {"Content-Type": "text/plain; charset=utf-8"})
        if raw:
            raise no_set(call.root + call.path, raw)
        return Answer(200, {"@odata.context": f"{call.root}$metadata#{table.name}({row['Id']})/{name}", "value": value})

    def _insert(self, call: Call, table: Table) -> Answer:
        row = self._records.insert(table.name, self._values(call, table), call.caller.user.contact_id)
        written = self._wire(call).written(table, row)
        answer = {"@odata.context": f"{_context(call, table)}/$entity", **written}
        return Answer(201, answer, {"Location": f"{call.root}{table.name}({row['Id']})"})

    def _values(self, call: Call, table: Table) -> Row:
        """Read a body. Paths and names of lookups in it are passed over in silence; an unknown name is refused."""
        wire = self._wire(call)
        values: Row = {}
        for name, value in call.json().items():
            column = table.columns.get(name)
            if column is not None:
                values[name] = wire.read(column, value)
            elif "/" not in name and "@" not in name and name not in table.navigations:
                raise invalid_body(
                    f"The property '{name}' does not exist on type 'Terrasoft.Configuration.{table.name}'. "
                    "Make sure to only use property names that are defined by the type."
                )
        return values

    def _wire(self, call: Call) -> Wire:
        return Wire(self._options, call.caller.zone)

    def _reader(self, call: Call) -> Reader:
        return Reader(self._tables, self._wire(call))


def _context(call: Call, table: Table) -> str:
    chosen = call.options.get("$select", "")
    return f"{call.root}$metadata#{table.name}" + (f"({chosen})" if chosen else "")


def _not_allowed(call: Call) -> Refusal:
    return Refusal(
        405,
        f"The requested resource does not support http method '{call.method}'.",
        "System.NotSupportedException",
        form="routing",
    )


def _not_found(table: Table, row_id: str) -> Refusal:
    return Refusal(404, f"Item of '{table.name}' by key '{row_id}' not found.")
