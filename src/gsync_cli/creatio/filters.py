"""Conditions for `$filter`, cut into queries that servers accept."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

MOST_ALTERNATIVES: Final = 25
"""In one condition; `in` is not available (facts/creatio.md 2.2)."""
_LONGEST: Final = 1_600
"""Percent-encoded characters in one condition, 25 ids of contacts: a query string of more than 2048 is refused by many
servers, and a name in Cyrillic takes six for each letter."""


def of_ids(path: str, ids: Iterable[str]) -> list[str]:
    """Return conditions that together find every row whose `path` is one of these ids."""
    return list(alternatives(f"{path} eq {identity}" for identity in ids))


def alternatives(terms: Iterable[str]) -> Iterator[str]:
    """Join terms with `or`, as many in one condition as a query can take; together they find what any term finds."""
    chain: list[str] = []
    length = 0
    for term in dict.fromkeys(terms):
        size = len(quote(f"{term} or ", safe="(),'/:"))
        if chain and (len(chain) == MOST_ALTERNATIVES or length + size > _LONGEST):
            yield " or ".join(chain)
            chain, length = [], 0
        chain.append(term)
        length += size
    if chain:
        yield " or ".join(chain)
