"""Where the reading of Creatio's activities has got to.

The activities themselves are listed on every run, so this matters for the addresses of contacts alone. `high` is the
latest ModifiedOn seen, as the site wrote it: it never meets another clock (facts/creatio.md 2.4).
"""

import json
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to where, and for whom."""

    high: str
    user: str
    foreign: frozenset[str] = frozenset()
    """Activities in which the user takes part and that are somebody else's: looked at once, not on every run."""

    @classmethod
    def read(cls, text: str | None, *, user: str) -> Self | None:
        """Read a cursor; None where there is none, or it is another user's: then all must be read."""
        if not text:
            return None
        try:
            kept = json.loads(text)
            cursor = cls(str(kept["high"]), str(kept["user"]), frozenset(kept["foreign"]))
        except (ValueError, KeyError, TypeError):
            return None
        return cursor if cursor.user == user else None

    def text(self) -> str:
        """Return what the engine keeps."""
        return json.dumps(
            {"high": self.high, "user": self.user, "foreign": sorted(self.foreign)}, separators=(",", ":")
        )
