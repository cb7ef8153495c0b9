"""What tables are made of (facts/creatio.md 3). Sizes of text: Short 50, Medium 250, Long 500; 0 is unlimited."""

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["guid", "lookup", "text", "datetime", "date", "bool", "int"]

SHORT: Final = 50
MEDIUM: Final = 250
LONG: Final = 500
MAX: Final = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `target` is the table a lookup points to; `size` is the longest text, 0 for any."""

    name: str
    kind: Kind
    size: int = MAX
    target: str = ""
    required: bool = False
    owned: bool = False
    """The row is a detail of the row it points to, and goes when that goes."""
    hidden: bool = False
    """Written, never answered (SecureText)."""

    @property
    def navigation(self) -> str:
        """The name by which a lookup is walked: `Account` for `AccountId`."""
        return self.name.removesuffix("Id")


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `columns` by payload name, `navigations` by the name a lookup is walked."""

    name: str
    columns: dict[str, Column]
    navigations: dict[str, Column] = field(default_factory=dict)


def guid(name: str, *, required: bool = False) -> Column:
    """Return a plain id."""
    return Column(name, "guid", required=required)


def text(name: str, size: int = MEDIUM, *, required: bool = False, hidden: bool = False) -> Column:
    """Return a text column."""
    return Column(name, "text", size, required=required, hidden=hidden)


def lookup(name: str, target: str = "", *, required: bool = False, owned: bool = False) -> Column:
    """Return a lookup of `target`, which is `name` where it is not told."""
    return Column(f"{name}Id", "lookup", target=target or name, required=required, owned=owned)


def flags(*names: str) -> tuple[Column, ...]:
    """Return columns for yes or no."""
    return tuple(Column(name, "bool") for name in names)


def integer(name: str) -> Column:
    """Return a number."""
    return Column(name, "int")


_BASE: Final = (
    guid("Id"),
    Column("CreatedOn", "datetime"),
    lookup("CreatedBy", "Contact"),
    Column("ModifiedOn", "datetime"),
    lookup("ModifiedBy", "Contact"),
    integer("ProcessListeners"),
)


def table(name: str, *columns: Column) -> Table:
    """Return a table: the columns that every one has, and its own."""
    every = {column.name: column for column in (*_BASE, *columns)}
    return Table(name, every, {column.navigation: column for column in every.values() if column.kind == "lookup"})


def lookup_table(name: str, *columns: Column) -> Table:
    """Return a table of values to choose from."""
    return table(name, text("Name"), text("Description"), *columns)
