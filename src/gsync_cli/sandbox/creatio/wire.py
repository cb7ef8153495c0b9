"""Values as OData writes and reads them (facts/creatio.md 2.3, 2.4)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from uuid import UUID

from gsync_cli.sandbox.creatio.ids import NULL_ID
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import invalid_body
from gsync_cli.sandbox.creatio.schema import Column, Table
from gsync_cli.sandbox.creatio.tables import Row

NULL_DATE: Final = "0001-01-01T00:00:00Z"
_GUID: Final = re.compile(r"[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}", re.IGNORECASE)
_DATE_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(\.\d{1,7})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)
_EDM: Final = {
    "guid": "Edm.Guid",
    "lookup": "Edm.Guid",
    "text": "Edm.String",
    "datetime": "Edm.DateTimeOffset",
    "date": "Edm.DateTimeOffset",
    "bool": "Edm.Boolean",
    "int": "Edm.Int32",
}


def edm_type(column: Column) -> str:
    """Return the type of a column as $metadata names it."""
    return _EDM[column.kind]


def parse_date_time(text: str) -> datetime | None:
    """Read a DateTimeOffset, to the microsecond; None where it is none, as without a zone."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    seconds, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(seconds + (fraction or "")[:7] + zone.upper().replace("Z", "+00:00"))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def guid(text: object) -> str | None:
    """Return an id in lower case; None where the text is none."""
    return text.lower() if isinstance(text, str) and _GUID.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Wire:
    """How values look to one caller: `zone` is the caller's."""

    options: Options
    zone: tzinfo

    @property
    def shifted(self) -> bool:
        """Tell whether dates stand in the caller's zone though they end in Z."""
        return self.options.dates == "user-zone" and self.zone is not UTC

    def encoder(self, column: Column) -> Callable[[Any], Any]:
        """Return the function that makes a stored value of the column a JSON value."""
        match column.kind:
            case "guid" | "lookup":
                return lambda value: value or NULL_ID
            case "datetime":
                return self._written_moment
            case "date":
                return self._written_date
            case _:
                return lambda value: value

    def written(self, table: Table, row: Row, columns: list[Column] | None = None) -> dict[str, Any]:
        """Return a whole row, or the given columns of it, as JSON values."""
        chosen = columns if columns is not None else [c for c in table.columns.values() if not c.hidden]
        return {column.name: self.encoder(column)(row[column.name]) for column in chosen}

    def literal(self, moment: datetime) -> datetime:
        """Return what a date in $filter means."""
        as_utc = not self.shifted or self.options.literals == "utc"
        return moment if as_utc else _same_wall_clock(moment, self.zone)

    def read(self, column: Column, value: object) -> Any:
        """Return the stored form of a JSON value in a body. Raises Refusal 400 for a value of another type."""
        if value is None:
            return {"text": "", "bool": False, "int": 0}.get(column.kind)
        match column.kind:
            case "guid" | "lookup":
                read: object = guid(value)
                if read == NULL_ID:
                    return None
            case "text":
                read = value if isinstance(value, str) else None
            case "bool":
                read = value if isinstance(value, bool) else None
            case "int":
                read = value if isinstance(value, int) and not isinstance(value, bool) else None
            case "datetime" | "date":
                if value == NULL_DATE:
                    return None
                read = self._read_date(column, value)
        if read is None:
            raise invalid_body(
                f"Cannot convert the literal '{value}' to the expected type '{edm_type(column)}' of '{column.name}'."
            )
        return read

    def _read_date(self, column: Column, value: object) -> datetime | None:
        moment = parse_date_time(value) if isinstance(value, str) else None
        if moment is None:
            return None
        if column.kind == "datetime":
            return _same_wall_clock(moment, self.zone) if self.options.date_writes == "user-zone" else moment
        if self.options.birthdays == "write-shifted":
            moment = _same_wall_clock(moment, self.zone)
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)

    def _written_moment(self, moment: datetime | None) -> str:
        if moment is None:
            return NULL_DATE
        if self.shifted:
            moment = moment.astimezone(self.zone)
        digits = self.options.fraction_digits
        return f"{(moment.isoformat(timespec='microseconds')[:26] + '0')[: 20 + digits]}Z"

    def _written_date(self, moment: datetime | None) -> str:
        if moment is None:
            return NULL_DATE
        if self.options.birthdays == "read-shifted":
            moment = moment.astimezone(self.zone)
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _same_wall_clock(moment: datetime, zone: tzinfo) -> datetime:
    return moment.replace(tzinfo=zone).astimezone(UTC)


def new_guid(bits: int) -> str:
    """Return an id of 128 random bits, as version 4."""
    return str(UUID(int=bits, version=4))
