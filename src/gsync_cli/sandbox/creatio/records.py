"""Saving and deleting records as the product's entity layer does, for every service alike: checks, defaults, events."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from gsync_cli.sandbox.creatio.activity_effects import fill_defaults
from gsync_cli.sandbox.creatio.effects import Effects
from gsync_cli.sandbox.creatio.ids import TAG_TYPES
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import business, technical
from gsync_cli.sandbox.creatio.schema import Column, Table
from gsync_cli.sandbox.creatio.tables import Row, Tables

_KEPT_BY_SERVER: Final = frozenset({"Id", "CreatedOn", "CreatedById", "ModifiedOn", "ModifiedById"})
_BLANKS: Final[dict[str, Any]] = {"text": "", "bool": False, "int": 0}
_MISSING_LOOKUP: Final = (
    'The INSERT or UPDATE statement conflicted with the FOREIGN KEY constraint "FK{table}{column}". '
    "The conflict occurred in table \"dbo.{target}\", column 'Id'."
)


class Records:
    """The entity layer. `by` is always the Contact id of whoever acts; Refusal is what it raises."""

    def __init__(
        self, tables: Tables, options: Options, stamp: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self.tables = tables
        self.options = options
        self._stamp = stamp
        self._new_id = new_id
        self._effects = Effects(tables, options, self.store)
        self._blank = {
            name: {column.name: _BLANKS.get(column.kind) for column in table.columns.values()}
            for name, table in tables.schema.items()
        }

    def insert(self, name: str, values: Row, by: str | None) -> Row:
        """Make a record, with the Id that is given or a new one, and return it as stored.

        An exact duplicate of a communication is dropped without a word: it is answered, and not stored (facts 3).
        """
        table = self.tables.schema[name]
        row: Row = {**self._blank[name], **values}
        row["Id"] = values.get("Id") or self._new_id()
        if self.tables.get(name, row["Id"]) is not None:
            raise technical(
                f"Violation of PRIMARY KEY constraint 'PK{name}Id'. Cannot insert duplicate key in object "
                f"'dbo.{name}'. The duplicate key value is ({row['Id']})."
            )
        now = self._stamp()
        row.update(CreatedOn=now, CreatedById=by, ModifiedOn=now, ModifiedById=by)
        _fill_defaults(name, row, by)
        given = values.keys()
        fill_defaults(name, row, given, by, now, self.options)
        self._effects.before_save(name, None, row, given)
        self._check(table, row, table.columns.values())
        if self._effects.is_duplicate(name, row):
            return row
        self.tables.put(name, row)
        self._effects.after_save(name, None, row, given, by)
        return self.tables.get(name, row["Id"]) or row

    def update(self, name: str, row_id: str, values: Row, by: str | None) -> bool:
        """Change a record; ModifiedOn moves, whether a value differs or not. Return whether there is such a record."""
        old = self.tables.get(name, row_id)
        if old is None:
            return False
        table = self.tables.schema[name]
        changes = {column: value for column, value in values.items() if column not in _KEPT_BY_SERVER}
        row: Row = {**old, **changes, "ModifiedOn": self._stamp(), "ModifiedById": by}
        given = changes.keys()
        self._effects.before_save(name, old, row, given)
        self._check(table, row, [table.columns[column] for column in row if row[column] is not old[column]])
        self.tables.put(name, row)
        self._effects.after_save(name, old, row, given, by)
        return True

    def delete(self, name: str, row_id: str, by: str | None) -> bool:
        """Delete a record with its details; nothing is left behind. Return whether there was such a record."""
        row = self.tables.get(name, row_id)
        if row is None:
            return False
        references = list(self._references(name, row_id))
        lets_go = name in {"Contact", "Activity"} or (name == "SocialAccount" and not self.options.correspondence_holds)
        for table, column, _ in references:
            if not column.owned and (not lets_go or table == "SysAdminUnit"):
                raise technical(
                    f"The DELETE statement conflicted with the REFERENCE constraint "
                    f'"FK{table}{column.name}". The conflict occurred in table "dbo.{table}", column \'{column.name}\'.'
                )
        for table, column, other in references:
            if column.owned:
                self.tables.remove(table, other["Id"])
            else:
                self.tables.put(table, {**(self.tables.get(table, other["Id"]) or other), column.name: None})
        self.tables.remove(name, row_id)
        self._effects.after_delete(name, row, by)
        return True

    def store(self, name: str, row_id: str | None, values: Row, by: str | None) -> Row:
        """Write what an event of another record entails: stamped, and without events of its own."""
        now = self._stamp()
        old = self.tables.get(name, row_id)
        if old is None:
            made = {"Id": row_id or self._new_id(), "CreatedOn": now, "CreatedById": by}
            old = {**self._blank[name], **made}
        row = {**old, **values, "ModifiedOn": now, "ModifiedById": by}
        self.tables.put(name, row)
        return row

    def _references(self, target: str, row_id: str) -> Iterable[tuple[str, Column, Row]]:
        for table in self.tables.schema.values():
            for column in table.columns.values():
                if column.target != target or column.name in _KEPT_BY_SERVER:
                    continue
                if self.tables.indexed(table.name, column.name):
                    rows: Iterable[Row] = self.tables.of(table.name, column.name, row_id)
                else:
                    rows = [row for row in self.tables.rows(table.name) if row[column.name] == row_id]
                yield from ((table.name, column, row) for row in rows)

    def _check(self, table: Table, row: Row, columns: Iterable[Column]) -> None:
        for column in columns:
            value = row[column.name]
            if column.required and not value:
                raise business(f"Field '{column.name.removesuffix('Id')}' must be filled in.")
            if not value:
                continue
            if column.size and len(value) > column.size:
                raise business(
                    f"The length of the value in column '{column.name}' exceeds the maximum of {column.size}."
                )
            if column.kind == "lookup" and column.name not in _KEPT_BY_SERVER:
                self._check_target(table, column, value)

    def _check_target(self, table: Table, column: Column, value: str) -> None:
        if self.tables.get(column.target, value) is None:
            raise technical(_MISSING_LOOKUP.format(table=table.name, column=column.name, target=column.target))


def _fill_defaults(name: str, row: Row, by: str | None) -> None:
    if name in {"Contact", "Account"} and row["OwnerId"] is None:
        row["OwnerId"] = by
    elif name == "ContactTag" and row["TypeId"] is None:
        row["TypeId"] = TAG_TYPES["private"]
