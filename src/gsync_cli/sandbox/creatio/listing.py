"""Reading a set: $select, $expand, $orderby, $top, $skip, $count on top of $filter (facts/creatio.md 2.2)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from gsync_cli.sandbox.creatio.filters import Filter, compile_filter
from gsync_cli.sandbox.creatio.refusals import invalid_query, technical
from gsync_cli.sandbox.creatio.schema import Column, Table
from gsync_cli.sandbox.creatio.tables import Row, Tables
from gsync_cli.sandbox.creatio.wire import Wire

DEEPEST_EXPANSION: Final = 2
_KNOWN: Final = frozenset({"$select", "$filter", "$expand", "$orderby", "$top", "$skip", "$count", "$format"})
_ORDER: Final = re.compile(r"(\w+(?:/\w+)*)(?:\s+(asc|desc))?", re.IGNORECASE)
_EXPANSION: Final = re.compile(r"(\w+)(?:\((.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is shown of a row: chosen columns, and lookups opened."""

    table: Table
    columns: list[Column]
    opened: dict[str, "Shape"] = field(default_factory=dict)
    """By the name of the navigation."""


@dataclass(frozen=True, slots=True)
class Page:
    """One reply: the rows; how many there are altogether, if asked; the query of the rest, where a link is given."""

    rows: list[dict[str, Any]]
    total: int | None
    rest: str = ""


class Reader:
    """Reads sets for one caller."""

    def __init__(self, tables: Tables, wire: Wire) -> None:
        self._tables = tables
        self._wire = wire

    def page(self, table: Table, options: Mapping[str, str]) -> Page:
        """Answer a query on a set. Raises Refusal."""
        refuse_unknown(options)
        shape = self.shape(table, options.get("$select", ""), options.get("$expand", ""))
        condition = self._filter(table, options)
        if condition is not None and self._wire.options.select_covers_filter and options.get("$select"):
            _refuse_uncovered(shape, condition)
        rows = self._found(table, condition)
        counted = _flag(options.get("$count", "false"))
        total = len(rows) if counted else None
        rows = self._ordered(table, rows, options)
        top, skip = _number(options, "$top"), _number(options, "$skip") or 0
        limit = self._wire.options.max_rows
        asked = len(rows) - skip if top is None else min(top, len(rows) - skip)
        shown = rows[skip : skip + max(0, min(asked, limit))]
        memory = self._wire.options.memory_rows
        if memory is not None and len(shown) > memory:
            raise technical(
                "The memory used by the query exceeds the setting MaxMemoryUsageToGetDataViaEntityCollection.",
                "Terrasoft.Common.EntityCollectionMemoryLimitException",
            )
        rest = _rest(options, skip + limit, asked - limit) if self._wire.options.next_links and asked > limit else ""
        write = self.writer(shape)
        return Page([write(row) for row in shown], total, rest)

    def count(self, table: Table, options: Mapping[str, str]) -> int:
        """Return how many rows pass $filter."""
        return len(self._found(table, self._filter(table, options)))

    def shape(self, table: Table, select: str, expand: str, depth: int = 1) -> Shape:
        """Return what $select and $expand ask for."""
        every = [column for column in table.columns.values() if not column.hidden]
        opened: dict[str, Shape] = {}
        for part in _split(expand, ","):
            match = _EXPANSION.fullmatch(part)
            lookup = table.navigations.get(match[1]) if match else None
            if match is None or lookup is None:
                raise invalid_query(
                    f"Could not find a property named '{part.partition('(')[0]}' on type "
                    f"'Terrasoft.Configuration.{table.name}'."
                )
            if depth > DEEPEST_EXPANSION:
                raise invalid_query(
                    f"The request includes a $expand path which is too deep. The maximum depth is {DEEPEST_EXPANSION}."
                )
            inner = dict(item.partition("=")[::2] for item in _split(match[2] or "", ";"))
            if not inner.keys() <= {"$select", "$expand"}:
                raise invalid_query("Only $select and $expand are allowed inside $expand.")
            target = self._tables.schema[lookup.target]
            opened[match[1]] = self.shape(target, inner.get("$select", ""), inner.get("$expand", ""), depth + 1)
        if not select or select.strip() == "*":
            return Shape(table, every, opened)
        return Shape(table, [direct_column(table, name) for name in _split(select, ",")], opened)

    def writer(self, shape: Shape) -> Callable[[Row], dict[str, Any]]:
        """Return the function that writes rows in a shape."""
        columns = [(column.name, self._wire.encoder(column)) for column in shape.columns]
        opened = [
            (name, shape.table.navigations[name].name, inner.table.name, self.writer(inner))
            for name, inner in shape.opened.items()
        ]

        def write(row: Row) -> dict[str, Any]:
            written: dict[str, Any] = {name: encode(row[name]) for name, encode in columns}
            for name, column, target, write_inner in opened:
                inner = self._tables.get(target, row[column])
                written[name] = None if inner is None else write_inner(inner)
            return written

        return write

    def _filter(self, table: Table, options: Mapping[str, str]) -> Filter | None:
        text = options.get("$filter", "").strip()
        return compile_filter(text, table, self._tables, self._wire) if text else None

    def _found(self, table: Table, condition: Filter | None) -> list[Row]:
        if condition is None:
            return list(self._tables.rows(table.name))
        candidates: Iterable[Row] = self._tables.rows(table.name)
        if condition.column and self._tables.indexed(table.name, condition.column):
            candidates = [
                row for value in sorted(condition.among) for row in self._tables.of(table.name, condition.column, value)
            ]
        return list(filter(condition.test, candidates))

    def _ordered(self, table: Table, rows: list[Row], options: Mapping[str, str]) -> list[Row]:
        keys = []
        for part in _split(options.get("$orderby", ""), ","):
            match = _ORDER.fullmatch(part)
            if match is None or "/" in match[1]:
                raise invalid_query(f"The $orderby expression '{part}' is not supported.")
            keys.append((direct_column(table, match[1]), (match[2] or "").lower() == "desc"))
        if "$skip" in options:
            # The server orders by Id, after whatever was asked, once an offset is used; and only then.
            keys.append((table.columns["Id"], False))
        for column, backwards in reversed(keys):
            rows = sorted(rows, key=_sort_key(column), reverse=backwards)
        return rows


def refuse_unknown(options: Mapping[str, str]) -> None:
    """Refuse system query options that the product does not have."""
    for name in options:
        if name.startswith("$") and name not in _KNOWN:
            raise invalid_query(f"The query parameter '{name}' is not supported.")


def direct_column(table: Table, name: str) -> Column:
    """Return a column by its name; a path is none."""
    column = table.columns.get(name)
    if column is None or column.hidden:
        raise invalid_query(f"Could not find a property named '{name}' on type 'Terrasoft.Configuration.{table.name}'.")
    return column


def _refuse_uncovered(shape: Shape, condition: Filter) -> None:
    missing = condition.named - {column.name for column in shape.columns}
    if missing:
        raise technical(f"Column by path {min(missing)} not found in the query.")


def _sort_key(column: Column) -> Callable[[Row], Any]:
    name = column.name
    if column.kind == "text":
        return lambda row: row[name].casefold()
    if column.kind in {"bool", "int"} or name == "Id":
        return lambda row: row[name]
    return lambda row: (row[name] is not None, row[name])


def _number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.strip().isdecimal():
        raise invalid_query(
            f"Invalid value '{text}' for {name} query option found. A non-negative integer is expected."
        )
    return int(text)


def _flag(text: str) -> bool:
    if text.strip().lower() not in {"true", "false"}:
        raise invalid_query(
            f"Invalid value '{text}' for $count query option found. Valid values are 'true' and 'false'."
        )
    return text.strip().lower() == "true"


def _rest(options: Mapping[str, str], skip: int, left: int) -> str:
    query = {**options, "$skip": str(skip)}
    if "$top" in options:
        query["$top"] = str(left)
    return urlencode(query, safe="$,()'/", quote_via=quote)


def _split(text: str, separator: str) -> list[str]:
    """Split at the separator, but not within parentheses."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == separator and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]
