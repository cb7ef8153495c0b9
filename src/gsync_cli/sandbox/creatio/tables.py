"""Rows in memory: found by id and by a few indexed columns, and put back where a group of writes fails."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from gsync_cli.sandbox.creatio.schema import INDEXED, Table

Row = dict[str, Any]
"""Values by payload name: ids as lower-case text or None, texts never None, dates aware datetimes in UTC or None."""

_Undo = tuple[str, str, Row | None]


class Tables:
    """All rows of a site. A stored row is never changed in place: `put` replaces it."""

    def __init__(self, schema: dict[str, Table]) -> None:
        self.schema = schema
        self._rows: dict[str, dict[str, Row]] = {name: {} for name in schema}
        self._index: dict[tuple[str, str], dict[str, dict[str, None]]] = {
            (name, column): {} for name, columns in INDEXED.items() for column in columns
        }
        self._undo: list[_Undo] | None = None

    def rows(self, table: str) -> Iterable[Row]:
        """Return the rows of a table in the order of their making."""
        return self._rows[table].values()

    def count(self, table: str) -> int:
        """Return how many rows a table holds."""
        return len(self._rows[table])

    def get(self, table: str, row_id: str | None) -> Row | None:
        """Return one row."""
        return self._rows[table].get(row_id) if row_id else None

    def of(self, table: str, column: str, value: str) -> list[Row]:
        """Return the rows whose indexed column has that value."""
        if column == "Id":
            row = self._rows[table].get(value)
            return [] if row is None else [row]
        rows = self._rows[table]
        return [rows[row_id] for row_id in self._index[table, column].get(value, ())]

    def indexed(self, table: str, column: str) -> bool:
        """Tell whether `of` can answer."""
        return column == "Id" or (table, column) in self._index

    def put(self, table: str, row: Row) -> None:
        """Store a row under its Id."""
        self._swap(table, row["Id"], row)

    def remove(self, table: str, row_id: str) -> None:
        """Remove a row, if it is there."""
        self._swap(table, row_id, None)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back every write of the block where it ends with an exception."""
        self._undo = []
        try:
            yield
        except BaseException:
            undo, self._undo = self._undo, None
            for table, row_id, row in reversed(undo):
                self._swap(table, row_id, row)
            raise
        finally:
            self._undo = None

    def _swap(self, table: str, row_id: str, row: Row | None) -> None:
        rows = self._rows[table]
        former = rows.get(row_id)
        if self._undo is not None:
            self._undo.append((table, row_id, former))
        for column in INDEXED.get(table, ()):
            index = self._index[table, column]
            old, new = former and former[column], row and row[column]
            if old == new:
                continue
            if old:
                index[old].pop(row_id, None)
            if new:
                index.setdefault(new, {})[row_id] = None
        if row is None:
            rows.pop(row_id, None)
        else:
            rows[row_id] = row
