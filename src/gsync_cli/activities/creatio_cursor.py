"""Where the reading of Creatio's activities has got to.

The activities themselves are listed on every run, so this matters for the addresses of contacts, and for who takes
part in what is long past. `high` is the latest ModifiedOn seen, as the site wrote it: it never meets another clock
(facts/creatio.md 2.4).
"""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Foreign:
    """An activity in which the user takes part, and which takes no part: looked at once, not on every run."""

    organizer: str = ""
    """Whoever was its organizer then, where it is a colleague's who synchronises it himself."""
    label: str = ""
    """How people call it; "" where it is nothing to tell of."""
    due: str = ""
    """The day it ends on."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to where, and for whom."""

    high: str
    user: str
    foreign: Mapping[str, Foreign] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None, *, user: str) -> Self | None:
        """Read a cursor; None where there is none, or it is another user's: then all must be read."""
        if not text:
            return None
        try:
            kept = json.loads(text)
            foreign = {str(identity): Foreign(*map(str, told)) for identity, told in kept["foreign"].items()}
            cursor = cls(str(kept["high"]), str(kept["user"]), foreign)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return cursor if cursor.user == user else None

    def text(self) -> str:
        """Return what the engine keeps."""
        foreign = {identity: astuple(told) for identity, told in sorted(self.foreign.items())}
        return json.dumps(
            {"high": self.high, "user": self.user, "foreign": foreign}, ensure_ascii=False, separators=(",", ":")
        )
