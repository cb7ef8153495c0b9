"""Values as OData writes and reads them: literals in filters, nulls in answers (facts/creatio.md 2.2, 2.3)."""

from typing import Any, Final
from uuid import UUID

ZERO_ID: Final = "00000000-0000-0000-0000-000000000000"


def is_null(value: object) -> bool:
    """Tell whether a value means "nothing": Creatio writes no null but the zero id, the year 1 and an empty text."""
    if not isinstance(value, str):
        return value is None
    # Converted to the user's zone, the null date is a few hours off.
    return value in ("", ZERO_ID) or value.startswith(("0001-01-01T", "0001-01-02T"))


def text_of(value: Any) -> str:
    """Return a column's value as text, "" for every null."""
    return "" if is_null(value) else str(value)


def id_of(value: Any) -> str:
    """Return an id in lower case, the only form to compare in; "" for a null lookup."""
    return text_of(value).strip("{}").lower()


def same_id(first: object, second: object) -> bool:
    """Tell whether two ids are one, however they are written."""
    return id_of(first) == id_of(second)


def literal(value: str) -> str:
    """Return `value` as a filter writes it: ids bare, texts in quotes with quotes doubled."""
    return value.lower() if is_id(value) else quoted(value)


def quoted(value: str) -> str:
    """Return a text literal, also of a text that looks like an id."""
    return "'" + value.replace("'", "''") + "'"


def is_id(value: str) -> bool:
    """Tell whether a text has the form of an id, as `id_of` returns it."""
    try:
        return len(value) == len(ZERO_ID) and bool(UUID(value))
    except ValueError:
        return False
