"""Where the reading of Creatio has got to.

`high` is the latest ModifiedOn seen, as the site wrote it, and goes back into `$filter` verbatim but for the hours
that it overlaps: the site's own clock and zone, whatever they are, never meet another (facts/creatio.md 2.4).
"""

import json
from dataclasses import asdict, dataclass
from typing import Self

from gsync_cli.contacts.creatio_tag import PrivateTag


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to where, under which tag, for whom."""

    high: str
    tag: PrivateTag
    owner: str
    addresses: int | None = None
    """How many address rows the site has; None where it was not asked. See `CreatioContacts`."""

    @classmethod
    def read(cls, text: str | None, *, tag_name: str, owner: str) -> Self | None:
        """Read a cursor; None where there is none, or it is of another tag or user: then all must be read."""
        if not text:
            return None
        try:
            kept = json.loads(text)
            cursor = cls(kept["high"], PrivateTag(**kept["tag"]), kept["owner"], kept["addresses"])
        except (ValueError, KeyError, TypeError):
            return None
        same = cursor.tag.name == tag_name.strip() and cursor.owner == owner
        return cursor if same and cursor.high else None

    def text(self) -> str:
        """Return what the engine keeps."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))
