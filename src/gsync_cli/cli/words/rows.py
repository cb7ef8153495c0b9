"""What a row of words is, and how the tables of the areas become one."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The sentence and the next step for one error code; `{name}` stands for a fact of the error."""

    says: str
    do: str = ""


def joined(tables: Mapping[str, Mapping[str, Words]]) -> dict[str, Words]:
    """Return the rows of all areas. Raises ValueError where two areas have words for one code."""
    rows: dict[str, Words] = {}
    area_of: dict[str, str] = {}
    for area, table in tables.items():
        for code, words in table.items():
            if code in rows:
                raise ValueError(f"{code} has words in {area_of[code]} and in {area}")
            rows[code] = words
            area_of[code] = area
    return rows
