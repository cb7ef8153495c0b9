"""What is synchronised: its parts, as commands and settings name them, and what the engine calls a record of each."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Part: TypeAlias = Literal["contacts", "activities"]

KINDS: Final[Mapping[Part, str]] = {"contacts": "contact", "activities": "activity"}
"""In the order in which `sync all` takes them: participants of a meeting are looked up among the contacts."""
PARTS: Final = tuple(KINDS)
_PART_OF: Final = {kind: part for part, kind in KINDS.items()}


def part_of(kind: str) -> Part:
    """Return the part to which records of a kind belong."""
    return _PART_OF[kind]
