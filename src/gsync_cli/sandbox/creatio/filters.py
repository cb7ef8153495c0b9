"""$filter: parsed by odata-query, compiled to a function of a row (facts/creatio.md 2.2).

Two layers refuse, as in the product. OData checks names and types of the model: 400. Beneath it the product turns the
filter into a query of its own, which knows lookups only by their path: `AccountId eq …` passes the first and fails in
the second, with 500.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from gsync_cli.sandbox.creatio.refusals import Refusal, invalid_query, technical
from gsync_cli.sandbox.creatio.schema import Column, Table
from gsync_cli.sandbox.creatio.tables import Row, Tables
from gsync_cli.sandbox.creatio.wire import Wire, edm_type, parse_date_time

Test = Callable[[Row], bool]

_ORDERED: Final[dict[type, tuple[str, Callable[[Any, Any], Any]]]] = {
    ast.Lt: ("LessThan", operator.lt),
    ast.LtE: ("LessThanOrEqual", operator.le),
    ast.Gt: ("GreaterThan", operator.gt),
    ast.GtE: ("GreaterThanOrEqual", operator.ge),
}
_NAMES: Final = {ast.Eq: "Equal", ast.NotEq: "NotEqual", **{kind: name for kind, (name, _) in _ORDERED.items()}}
_TEXT_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_TEXT_CHANGES: Final[dict[str, Callable[[str], str]]] = {"tolower": str.lower, "toupper": str.upper, "trim": str.strip}
_DATE_PARTS: Final = ("year", "month", "day", "hour", "minute", "second")
_YEAR_BEFORE_1000: Final = re.compile(r"('(?:[^']|'')*')|\b0\d{3}(?=-\d\d-\d\dT)")


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled $filter. Where `among` is given, only rows whose stored `column` is one of them can pass."""

    test: Test
    column: str = ""
    among: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    """The direct columns that it mentions."""
    equals: "_Operand | None" = None
    """Where the whole filter is one equality with a constant: what is compared, so that a chain of `or` is one look."""
    constant: Any = None


@dataclass(frozen=True, slots=True)
class _Operand:
    edm: str
    value: Callable[[Row], Any]
    literal: bool = False
    path: str = ""
    """The path, where the operand is one."""
    direct: str = ""
    """The stored column that holds the value, where no other row is needed."""


@lru_cache(maxsize=4096)
def _parse(text: str) -> Any:
    # The grammar knows no year before 1000, and 0001-01-01 is Creatio's null date; no stored date is older than either.
    known = _YEAR_BEFORE_1000.sub(lambda match: match[1] or "1000", text)
    try:
        return ODataParser().parse(ODataLexer().tokenize(known))
    except ODataException as error:
        raise invalid_query(f"Syntax error in '{text}': {error}") from error


def compile_filter(text: str, table: Table, tables: Tables, wire: Wire) -> Filter:
    """Return the filter as a function. Raises Refusal."""
    compiler = _Compiler(table, tables, wire)
    result = compiler.condition(_parse(text))
    return Filter(result.test, result.column, result.among, frozenset(compiler.named))


class _Compiler:
    def __init__(self, table: Table, tables: Tables, wire: Wire) -> None:
        self._table = table
        self._tables = tables
        self._wire = wire
        self._fold: Callable[[str], str] = str if wire.options.case_sensitive else str.casefold
        self.named: set[str] = set()

    def condition(self, node: Any) -> Filter:
        match node:
            case ast.BoolOp(op=ast.And()):
                return self._both(self.condition(node.left), self.condition(node.right))
            case ast.BoolOp(op=ast.Or()):
                return self._any([self.condition(term) for term in _flat(node)])
            case ast.UnaryOp(op=ast.Not()):
                inner = self.condition(node.operand).test
                return Filter(lambda row: not inner(row))
            case ast.Compare(comparator=ast.In()):
                raise invalid_query("Syntax error: the operator 'in' is not supported.")
            case ast.Compare():
                return self._comparison(node)
            case ast.Call() if node.func.name in _TEXT_TESTS:
                return self._text_test(node)
            case _:
                operand = self._operand(node)
                if operand.edm != "Edm.Boolean":
                    raise invalid_query("The $filter expression must evaluate to a single boolean value.")
                return Filter(lambda row: operand.value(row) is True)

    def _both(self, left: Filter, right: Filter) -> Filter:
        narrow = left if left.column else right
        first, second = left.test, right.test
        return Filter(lambda row: first(row) and second(row), narrow.column, narrow.among)

    def _any(self, parts: list[Filter]) -> Filter:
        column = parts[0].column if all(part.column == parts[0].column for part in parts) else ""
        among = frozenset[str]().union(*(part.among for part in parts)) if column else frozenset[str]()
        compared = parts[0].equals
        if compared is not None and all(
            part.equals is not None and part.equals.path == compared.path for part in parts
        ):
            value, constants = compared.value, frozenset(part.constant for part in parts)
            return Filter(lambda row: value(row) in constants, column, among)
        tests = [part.test for part in parts]
        return Filter(lambda row: any(test(row) for test in tests), column, among)

    def _comparison(self, node: Any) -> Filter:
        if _is_whole_lookup(node.left, self._table) and isinstance(node.right, ast.Null):
            return self._null_test(type(node.comparator), self._path([node.left.name, "Id"]))
        comparator = type(node.comparator)
        left = self._operand(node.left)
        if isinstance(node.right, ast.Null):
            return self._null_test(comparator, left)
        right = self._operand(node.right)
        left, right = self._agreed(left, right, _NAMES[comparator])
        test = _comparison_test(comparator, left, right)
        if comparator is not ast.Eq or not right.literal or not left.path:
            return Filter(test)
        wanted = right.value({})
        if left.direct and left.edm == "Edm.Guid":
            return Filter(test, left.direct, frozenset({wanted}), equals=left, constant=wanted)
        return Filter(test, equals=left, constant=wanted)

    def _null_test(self, comparator: type, operand: _Operand) -> Filter:
        value = operand.value
        if comparator is ast.Eq:
            return Filter(lambda row: value(row) in (None, ""))
        if comparator is ast.NotEq:
            return Filter(lambda row: value(row) not in (None, ""))
        raise invalid_query("null can only be compared with eq and ne.")

    def _agreed(self, left: _Operand, right: _Operand, kind: str) -> tuple[_Operand, _Operand]:
        if left.edm != right.edm:
            raise invalid_query(
                "A binary operator with incompatible types was detected. "
                f"Found operand types '{left.edm}' and '{right.edm}' for operator kind '{kind}'."
            )
        if left.edm == "Edm.String" and self._fold is not str:
            return self._folded(left), self._folded(right)
        return left, right

    def _folded(self, operand: _Operand) -> _Operand:
        value = operand.value
        if operand.literal:
            constant = value({}).casefold()
            return _Operand(operand.edm, lambda _: constant, literal=True)
        return _Operand(operand.edm, lambda row: (value(row) or "").casefold(), path=operand.path)

    def _text_test(self, node: Any) -> Filter:
        whole, part = (self._operand(argument) for argument in node.args)
        if whole.edm != "Edm.String" or part.edm != "Edm.String":
            raise invalid_query(f"No function signature for the function with name '{node.func.name}' matches.")
        test, fold = _TEXT_TESTS[node.func.name], self._fold
        return Filter(lambda row: test(fold(whole.value(row) or ""), fold(part.value(row) or "")))

    def _operand(self, node: Any) -> _Operand:
        match node:
            case ast.Identifier():
                return self._path([node.name])
            case ast.Attribute():
                return self._path(_names(node))
            case ast.Call():
                return self._call(node)
            case _:
                return self._literal(node)

    def _literal(self, node: Any) -> _Operand:
        match node:
            case ast.GUID():
                return _constant("Edm.Guid", node.val.lower())
            case ast.String():
                return _constant("Edm.String", node.val)
            case ast.Boolean():
                return _constant("Edm.Boolean", node.py_val)
            case ast.Integer():
                return _constant("Edm.Int32", int(node.val))
            case ast.DateTime():
                moment = parse_date_time(node.val)
                if moment is None:
                    raise invalid_query(f"Unrecognized 'Edm.DateTimeOffset' literal '{node.val}'.")
                return _constant("Edm.DateTimeOffset", self._wire.literal(moment))
            case ast.Date():
                midnight = datetime.combine(node.py_val, datetime.min.time(), UTC)
                return _constant("Edm.DateTimeOffset", self._wire.literal(midnight))
            case _:
                raise invalid_query("The expression is not supported.")

    def _call(self, node: Any) -> _Operand:
        name = node.func.name
        if name in _TEXT_CHANGES:
            inner, change = self._operand(node.args[0]), _TEXT_CHANGES[name]
            return _Operand("Edm.String", lambda row: change(inner.value(row) or ""), literal=inner.literal)
        if name == "length":
            inner = self._operand(node.args[0])
            return _Operand("Edm.Int32", lambda row: len(inner.value(row) or ""))
        if name in _DATE_PARTS:
            inner = self._operand(node.args[0])
            return _Operand("Edm.Int32", lambda row: getattr(inner.value(row), name, None))
        raise invalid_query(f"The function '{name}' is not supported.")

    def _path(self, names: list[str]) -> _Operand:
        """Resolve a path: lookups by their names, and a column at the end."""
        table = self._table
        steps: list[Column] = []
        for name in names[:-1]:
            lookup = table.navigations.get(name)
            if lookup is None:
                raise _no_property(name, table)
            steps.append(lookup)
            table = self._tables.schema[lookup.target]
        column = table.columns.get(names[-1])
        if column is None:
            raise _no_property(names[-1], table)
        if column.kind == "lookup":
            raise technical(
                f"Column by path {'.'.join(names)} not found in schema {self._table.name}",
                "Terrasoft.Common.ItemNotFoundException",
            )
        self.named.add(steps[0].name if steps else column.name)
        path = "/".join(names)
        # Account/Id needs no look at the account: the lookup's own column holds it.
        direct = steps[0].name if len(steps) == 1 and column.name == "Id" else "" if steps else column.name
        value: Callable[[Row], Any] = operator.itemgetter(direct) if direct else self._walk(steps, column.name)
        return _Operand(edm_type(column), value, path=path, direct=direct)

    def _walk(self, steps: list[Column], last: str) -> Callable[[Row], Any]:
        get, way = self._tables.get, [(step.name, step.target) for step in steps]

        def value(row: Row) -> Any:
            at = row
            for name, target in way:
                found = get(target, at[name])
                if found is None:
                    return None
                at = found
            return at[last]

        return value


def _comparison_test(comparator: type, left: _Operand, right: _Operand) -> Test:
    """Return the comparison; like SQL, nothing but `eq null` is true of a missing value."""
    first, second = left.value, right.value
    if comparator is ast.Eq:
        return lambda row: (value := first(row)) is not None and value == second(row)
    if comparator is ast.NotEq:
        return lambda row: first(row) is not None and second(row) is not None and first(row) != second(row)
    compare = _ORDERED[comparator][1]
    if left.direct and right.literal and left.edm == "Edm.DateTimeOffset":
        column, wanted = left.direct, second({})
        return lambda row: row[column] is not None and compare(row[column], wanted)
    return lambda row: first(row) is not None and second(row) is not None and bool(compare(first(row), second(row)))


def _constant(edm: str, value: Any) -> _Operand:
    return _Operand(edm, lambda _: value, literal=True)


def _no_property(name: str, table: Table) -> Refusal:
    return invalid_query(f"Could not find a property named '{name}' on type 'Terrasoft.Configuration.{table.name}'.")


def _is_whole_lookup(node: Any, table: Table) -> bool:
    return isinstance(node, ast.Identifier) and node.name in table.navigations


def _names(node: Any) -> list[str]:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.owner
    if not isinstance(node, ast.Identifier):
        raise invalid_query("The path is not supported.")
    return [node.name, *names]


def _flat(node: Any) -> list[Any]:
    """Return the terms of a chain of `or`, which the parser nests to the left, without recursion."""
    terms: list[Any] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, ast.BoolOp) and isinstance(current.op, ast.Or):
            waiting += [current.right, current.left]
        else:
            terms.append(current)
    return terms
