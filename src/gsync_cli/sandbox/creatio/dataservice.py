"""DataService: the same records in another dialect (facts/creatio.md 2.9).

Columns go by their entity names (`Contact`, not `ContactId`), lookups are answered with their display value, and dates
are wall clock in the caller's zone, without Z.
"""

import json
import operator
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from gsync_cli.sandbox.creatio.records import Records
from gsync_cli.sandbox.creatio.refusals import Refusal, business
from gsync_cli.sandbox.creatio.rights import Rights
from gsync_cli.sandbox.creatio.schema import Column, Table
from gsync_cli.sandbox.creatio.settings import Settings
from gsync_cli.sandbox.creatio.tables import Row
from gsync_cli.sandbox.creatio.users import Caller
from gsync_cli.sandbox.creatio.wire import guid
from gsync_cli.sandbox.messages import Response

_COMPARISONS: Final[dict[int, Callable[[Any, Any], bool]]] = {
    3: operator.eq,
    4: operator.ne,
    5: operator.lt,
    6: operator.le,
    7: operator.gt,
    8: operator.ge,
    9: lambda value, part: str(value).startswith(part),
    11: operator.contains,
}
_DESCENDING: Final = 2
Test = Callable[[Row], bool]


class DataService:
    """The service over one site's records and settings."""

    def __init__(self, records: Records, settings: Settings, rights: Rights) -> None:
        self._records = records
        self._tables = records.tables
        self._settings = settings
        self._rights = rights

    def handle(self, operation: str, body: bytes, caller: Caller) -> Response:
        """Answer one operation. What the product refuses comes with status 200 and `success: false`."""
        operations: dict[str, Callable[[dict[str, Any], Caller], dict[str, Any]]] = {
            "SelectQuery": self._select,
            "InsertQuery": self._insert,
            "UpdateQuery": self._update,
            "DeleteQuery": self._delete,
            "QuerySysSettings": lambda told, caller: self._settings.read(told, caller.user),
            "PostSysSettingsValues": self._write_settings,
        }
        if operation not in operations:
            return _failure(
                404, "NotImplementedException", f"The operation {operation} does not exist for this service."
            )
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            return _failure(400, "SerializationException", "Could not deserialize the request.")
        try:
            return Response.of_json(200, operations[operation](told, caller))
        except Refusal as refusal:
            told_error = {"errorCode": refusal.type.rpartition(".")[2], "message": refusal.message, "stackTrace": None}
            return Response.of_json(200, {"success": False, "rowsAffected": -1, "errorInfo": told_error})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return _failure(500, type(error).__name__, f"Input string was not in a correct format: {error}")

    def _write_settings(self, told: dict[str, Any], caller: Caller) -> dict[str, Any]:
        if not told.get("isPersonal"):
            self._rights.require_operation("CanManageSysSettings")
        return self._settings.write(told, caller.user)

    def _table(self, told: dict[str, Any]) -> Table:
        name = str(told.get("rootSchemaName"))
        table = self._tables.schema.get(name)
        if table is None:
            raise business(f'Schema with name "{name}" not found.')
        return table

    def _select(self, told: dict[str, Any], caller: Caller) -> dict[str, Any]:
        table = self._table(told)
        self._rights.require("read", table.name, caller.user)
        rows = self._matching(table, told, caller)
        items: dict[str, Any] = (told.get("columns") or {}).get("items") or {}
        if told.get("allColumns"):
            items = {path: {"expression": {"columnPath": path}} for path in map(_entity_name, table.columns.values())}
        ordered = [item for item in items.items() if item[1].get("orderDirection")]
        for alias, item in sorted(ordered, key=lambda item: -int(item[1].get("orderPosition", 0))):
            value = self._reader(table, _path(item, alias))[1]
            rows.sort(
                key=lambda row: (value(row) is not None, value(row)), reverse=item["orderDirection"] == _DESCENDING
            )
        count, offset = int(told.get("rowCount") or -1), int(told.get("rowsOffset") or 0)
        rows = rows[offset : offset + count] if count >= 0 else rows[offset:]
        readers = {alias: self._shown(table, _path(item, alias), caller) for alias, item in items.items()}
        shown = [{alias: read(row) for alias, read in readers.items()} for row in rows]
        return {"rowConfig": {alias: {} for alias in items}, "rows": shown, "success": True, "rowsAffected": len(shown)}

    def _insert(self, told: dict[str, Any], caller: Caller) -> dict[str, Any]:
        table = self._table(told)
        self._rights.require("write", table.name, caller.user)
        row = self._records.insert(table.name, self._values(table, told, caller), caller.user.contact_id)
        return {"id": row["Id"], "rowsAffected": 1, "success": True}

    def _update(self, told: dict[str, Any], caller: Caller) -> dict[str, Any]:
        table = self._table(told)
        self._rights.require("write", table.name, caller.user)
        values = self._values(table, told, caller)
        rows = self._matching(table, told, caller)
        for row in rows:
            self._records.update(table.name, row["Id"], values, caller.user.contact_id)
        return {"rowsAffected": len(rows), "success": True}

    def _delete(self, told: dict[str, Any], caller: Caller) -> dict[str, Any]:
        table = self._table(told)
        self._rights.require("write", table.name, caller.user)
        rows = self._matching(table, told, caller)
        for row in rows:
            self._records.delete(table.name, row["Id"], caller.user.contact_id)
        return {"rowsAffected": len(rows), "success": True}

    def _matching(self, table: Table, told: dict[str, Any], caller: Caller) -> list[Row]:
        """Return the rows that pass the filters: all of them, where there are no filters."""
        test = self._test(table, told.get("filters"), caller)
        return [row for row in self._tables.rows(table.name) if test(row)]

    def _test(self, table: Table, told: dict[str, Any] | None, caller: Caller) -> Test:
        if not told or told.get("isEnabled") is False:
            return lambda _: True
        match told.get("filterType"):
            case 6:
                tests = [self._test(table, inner, caller) for inner in (told.get("items") or {}).values()]
                joined = any if told.get("logicalOperation") == 1 and tests else all
                return lambda row: joined(test(row) for test in tests)
            case 2:
                _, value = self._reader(table, told["leftExpression"]["columnPath"])
                wanted = bool(told.get("isNull", True))
                return lambda row: (value(row) in (None, "")) is wanted
            case 4:
                column, value = self._reader(table, told["leftExpression"]["columnPath"])
                among = [_stored(column, item["parameter"]["value"], caller) for item in told["rightExpressions"]]
                return lambda row: value(row) in among
            case 1:
                return self._comparison(table, told, caller)
            case other:
                raise ValueError(f"filterType {other}")

    def _comparison(self, table: Table, told: dict[str, Any], caller: Caller) -> Test:
        column, value = self._reader(table, told["leftExpression"]["columnPath"])
        wanted = _stored(column, told["rightExpression"]["parameter"]["value"], caller)
        compare = _COMPARISONS[int(told["comparisonType"])]
        if column.kind == "text":
            folded = str(wanted).casefold()
            return lambda row: compare((value(row) or "").casefold(), folded)
        return lambda row: value(row) is not None and compare(value(row), wanted)

    def _reader(self, table: Table, path: str) -> tuple[Column, Callable[[Row], Any]]:
        """Resolve `Contact.Name`, `Contact` or `Name` to a column and the function that reads it."""
        names = path.split(".")
        steps: list[Column] = []
        for name in names[:-1]:
            if name not in table.navigations:
                raise business(f"Column by path {path} not found in schema {table.name}")
            steps.append(table.navigations[name])
            table = self._tables.schema[steps[-1].target]
        column = _column(table, names[-1])

        def value(row: Row) -> Any:
            at: Row | None = row
            for step in steps:
                at = self._tables.get(step.target, at[step.name]) if at is not None else None
            return None if at is None else at[column.name]

        return column, value

    def _shown(self, table: Table, path: str, caller: Caller) -> Callable[[Row], Any]:
        column, value = self._reader(table, path)
        if column.hidden:
            return lambda _: ""
        if column.kind in {"datetime", "date"}:
            zone = caller.zone if column.kind == "datetime" else UTC
            return lambda row: _wall_clock(value(row), zone)
        if column.kind == "lookup":
            return lambda row: self._lookup_value(column, value(row))
        return value

    def _lookup_value(self, column: Column, row_id: str | None) -> object:
        target = self._tables.get(column.target, row_id)
        return {"value": row_id, "displayValue": (target or {}).get("Name", "")} if row_id else ""

    def _values(self, table: Table, told: dict[str, Any], caller: Caller) -> Row:
        values: Row = {}
        for name, expression in ((told.get("columnValues") or {}).get("items") or {}).items():
            column = _column(table, name)
            values[column.name] = _stored(column, expression["parameter"]["value"], caller)
        return values


def _column(table: Table, name: str) -> Column:
    column = table.navigations.get(name) or table.columns.get(name)
    if column is None or (column.kind == "lookup" and name == column.name):
        raise business(f"Column by path {name} not found in schema {table.name}")
    return column


def _entity_name(column: Column) -> str:
    return column.navigation if column.kind == "lookup" else column.name


def _path(item: dict[str, Any], alias: str) -> str:
    return str((item.get("expression") or {}).get("columnPath", alias))


def _stored(column: Column, value: object, caller: Caller) -> Any:
    """Return the stored form of a parameter. Raises ValueError: a date with Z is one that cannot be read."""
    if value is None or value == "":
        return {"text": "", "bool": False, "int": 0}.get(column.kind)
    if column.kind in {"guid", "lookup"}:
        read = guid(value)
        if read is None:
            raise ValueError("Guid should contain 32 digits with 4 dashes")
        return read
    if column.kind in {"datetime", "date"}:
        text = str(value).strip('"')
        if text.upper().endswith("Z"):
            raise ValueError(text)
        zone = caller.zone if column.kind == "datetime" else UTC
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    if column.kind == "int":
        return int(str(value))
    return str(value) if column.kind == "text" else bool(value)


def _wall_clock(moment: datetime | None, zone: tzinfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="milliseconds")


def _failure(status: int, code: str, message: str) -> Response:
    told: dict[str, Any] = {"ErrorCode": code, "Message": message, "StackTrace": None, "Errors": []}
    return Response.of_json(status, {"responseStatus": told, "success": False})
