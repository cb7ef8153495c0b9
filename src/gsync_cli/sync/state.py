"""What is remembered between runs: links, cursors, intents, the roster, and the journal. One SQLite file.

Every change is one transaction, so that the file can be opened at every instant and holds confirmed facts only.
"""

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from gsync_cli.errors import ConfigurationWrong, StoppedForSafety
from gsync_cli.sync.codec import pack, unpack
from gsync_cli.sync.journal import Journal
from gsync_cli.sync.link import Link
from gsync_cli.sync.record import Side
from gsync_cli.sync.state_file import SCHEMA_VERSION, migrate, sqlite_errors

__all__ = ["SCHEMA_VERSION", "Identity", "Intent", "LinkKeys", "State"]

_FORMER: Final = "former "
"""Begins the name of what the state was about until it was told to forget that."""
_LISTED_AFTER: Final = timedelta(minutes=10)
"""Google takes "several minutes" to list what was written (facts/google.md 6.2)."""
_LATEST_CREATES: Final = """
INSERT OR IGNORE INTO intents
SELECT links.kind, 'google', links.creatio_id, links.label, coalesce(runs.ended, runs.started)
FROM links JOIN journal ON journal.side = 'google' AND journal.id = links.google_id AND journal.verb = 'create'
JOIN runs ON runs.run = journal.run AND runs.kind = links.kind
WHERE coalesce(runs.ended, runs.started) >= ?
"""


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """A link without its content: enough to tell what moved."""

    key: int
    creatio_id: str
    google_id: str
    creatio_version: str
    google_version: str

    def id_of(self, side: Side) -> str:
        """Return the record's id on a side."""
        return self.creatio_id if side == "creatio" else self.google_id

    def version_of(self, side: Side) -> str:
        """Return the version last seen on a side."""
        return self.creatio_version if side == "creatio" else self.google_version


@dataclass(frozen=True, slots=True)
class Intent:
    """A create that may have happened."""

    side: Side
    twin: str
    label: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a state is about: an id that stays, and what a person calls it, which may change."""

    id: str
    shown: str


class State:
    """The state of one profile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.journal = Journal(connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the state file, made where there is none, its owner's alone.

        Raises ConfigurationWrong("state-damaged"), ("state-newer") or ("file-not-writable").
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise ConfigurationWrong("file-not-writable", path=path, reason=error.strerror) from error
        with sqlite_errors(path):
            connection = sqlite3.connect(path, isolation_level=None, timeout=10)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                migrate(connection, path)
            except BaseException:
                connection.close()
                raise
        state = cls(connection)
        state._path = path
        return state

    @classmethod
    def peek(cls, path: Path) -> Self | None:
        """Open the state file for reading, or return None where nothing was ever remembered."""
        return cls.open(path) if path.exists() else None

    _path: Path = Path("state.db")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the block, or nothing of it. Raises ActionNeeded("disk-full") and the errors of `open`."""
        with sqlite_errors(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Do the block, and forget whatever it changed."""
        with sqlite_errors(self._path):
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    # ── whose state this is ──────────────────────────────────────────────────────────────────────────────────

    def claim(self, identity: Mapping[str, Identity], *, bind: bool = True) -> None:
        """Check that the state is about these (what -> who), and where `bind`, make it so where it is about nobody yet.

        Raises StoppedForSafety("state-of-another") where one differs: its links would be nonsense.
        """
        known = self.whose()
        for what, who in identity.items():
            if what in known and known[what].id != who.id:
                raise StoppedForSafety(
                    "state-of-another", what=what, known=known[what].shown, now=who.shown, path=self._path
                )
        news = [(what, who.id, who.shown) for what, who in identity.items() if known.get(what) != who]
        if news and bind:
            with self.transaction():
                self._part_from_former(identity)
                self._db.executemany("INSERT OR REPLACE INTO identity VALUES (?, ?, ?)", news)

    def whose(self) -> Mapping[str, Identity]:
        """Return who the state is about (what -> who); nobody yet, or nobody any more, is an empty mapping."""
        rows = self._db.execute("SELECT what, id, shown FROM identity")
        return {what: Identity(identifier, shown) for what, identifier, shown in rows if not what.startswith(_FORMER)}

    def _part_from_former(self, identity: Mapping[str, Identity]) -> None:
        """Drop the intents of whom the state was about before `forget`, unless it is about the same again."""
        former = dict(self._db.execute("SELECT what, id FROM identity WHERE what LIKE ?", (f"{_FORMER}%",)).fetchall())
        if any(former.get(_FORMER + what, who.id) != who.id for what, who in identity.items()):
            self._db.execute("DELETE FROM intents")
        self._db.executemany("DELETE FROM identity WHERE what = ?", [(what,) for what in former])

    def linked(self) -> int:
        """Return how many links there are, of every kind."""
        (count,) = self._db.execute("SELECT count(*) FROM links").fetchone()
        return int(count)

    def forget(self, now: datetime) -> int:
        """Forget whom the state is about and all links, and return how many there were.

        The next run recognises pairs as a first one does. What earlier runs wrote stays readable in the journal.
        Creates whose outcome is open, or that listings may not show yet, stay as intents, for whoever comes next if
        that is the same again: only by them can a run know what it made a moment ago. Raises as `transaction`.
        """
        with self.transaction():
            count = self.linked()
            self._db.execute(_LATEST_CREATES, ((now - _LISTED_AFTER).isoformat(),))
            for table in ("links", "cursors", "roster"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608  names from a constant
            (open_ones,) = self._db.execute("SELECT count(*) FROM intents").fetchone()
            former = f"{_FORMER}%"
            if open_ones:
                self._db.execute("UPDATE identity SET what = ? || what WHERE what NOT LIKE ?", (_FORMER, former))
            else:
                self._db.execute("DELETE FROM identity")
        return count

    # ── links ────────────────────────────────────────────────────────────────────────────────────────────────

    def link_keys(self, kind: str) -> list[LinkKeys]:
        """Return every link without its content."""
        rows = self._db.execute(
            "SELECT key, creatio_id, google_id, creatio_version, google_version FROM links WHERE kind = ? ORDER BY key",
            (kind,),
        )
        return [LinkKeys(*row) for row in rows]

    def links(self, keys: Iterable[int]) -> Iterator[Link]:
        """Read links whole, in the order of their keys."""
        for key in sorted(keys):
            row = self._db.execute(
                "SELECT creatio_id, google_id, creatio_version, google_version, label, halves FROM links WHERE key = ?",
                (key,),
            ).fetchone()
            if row is not None:
                creatio_id, google_id, creatio_version, google_version, label, halves = row
                ids, versions = (creatio_id, google_id), (creatio_version, google_version)
                yield unpack(key, ids, versions, label, halves)

    def store_link(self, kind: str, link: Link) -> Link:
        """Store a link, new or known; inside a transaction. A former link of either record is replaced."""
        values = (
            link.creatio.id,
            link.google.id,
            link.creatio.version,
            link.google.version,
            link.label,
            pack(link),
        )
        if link.key is not None:
            self._db.execute(
                "UPDATE links SET creatio_id = ?, google_id = ?, creatio_version = ?, google_version = ?, label = ?, "
                "halves = ? WHERE key = ?",
                (*values, link.key),
            )
            return link
        self._db.execute("INSERT OR REPLACE INTO links VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (kind, *values))
        return link

    def doubt(self, key: int, side: Side) -> None:
        """Make the next run read this record again, whatever the services report; inside a transaction."""
        column = "creatio_version" if side == "creatio" else "google_version"
        self._db.execute(f"UPDATE links SET {column} = '' WHERE key = ?", (key,))  # noqa: S608  one of two names

    def drop_link(self, key: int) -> None:
        """Forget a link; inside a transaction."""
        self._db.execute("DELETE FROM links WHERE key = ?", (key,))

    def rename(self, kind: str, side: Side, names: Mapping[str, str]) -> None:
        """Follow records whose service gave them another id; inside a transaction."""
        column = "creatio_id" if side == "creatio" else "google_id"
        self._db.executemany(
            f"UPDATE OR IGNORE links SET {column} = ? WHERE kind = ? AND {column} = ?",  # noqa: S608  one of two names
            [(new, kind, old) for old, new in names.items()],
        )

    # ── cursors and the roster ───────────────────────────────────────────────────────────────────────────────

    def cursor(self, kind: str, side: Side) -> str | None:
        """Return where the last settled reading ended."""
        row = self._db.execute("SELECT cursor FROM cursors WHERE kind = ? AND side = ?", (kind, side)).fetchone()
        return row[0] if row else None

    def store_cursor(self, kind: str, side: Side, cursor: str) -> None:
        """Move a cursor; inside the transaction that settles what was read under it."""
        self._db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)", (kind, side, cursor))

    def store_roster(
        self, kind: str, side: Side, seen: Mapping[str, Collection[str]], gone: Collection[str] = ()
    ) -> None:
        """Remember the match keys of records, so that a later stranger can be recognised; inside a transaction.

        What a record no longer has does no harm: whoever finds it by a key looks at the record itself.
        """
        self._db.executemany(
            "DELETE FROM roster WHERE kind = ? AND side = ? AND id = ?",
            [(kind, side, identity) for identity in (*seen, *gone)],
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO roster VALUES (?, ?, ?, ?)",
            [(kind, side, identity, key) for identity, keys in seen.items() for key in keys],
        )

    def roster_ids(self, kind: str, side: Side, keys: Collection[str]) -> frozenset[str]:
        """Return the ids of remembered records that have one of the keys."""
        found: set[str] = set()
        wanted = sorted(keys)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            found.update(
                row[0]
                for row in self._db.execute(
                    f"SELECT id FROM roster WHERE kind = ? AND side = ? AND match_key IN ({marks})",  # noqa: S608
                    (kind, side, *part),
                )
            )
        return frozenset(found)

    # ── intents ──────────────────────────────────────────────────────────────────────────────────────────────

    def intents(self, kind: str) -> list[Intent]:
        """Return the creates whose outcome is not known."""
        rows = self._db.execute(
            "SELECT side, twin, label, since FROM intents WHERE kind = ? ORDER BY side, twin", (kind,)
        )
        return [Intent(side, twin, label, datetime.fromisoformat(since)) for side, twin, label, since in rows]

    def store_intent(self, kind: str, intent: Intent) -> None:
        """Write down a create before it is sent; inside a transaction."""
        self._db.execute(
            "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?, ?)",
            (kind, intent.side, intent.twin, intent.label, intent.since.isoformat()),
        )

    def drop_intent(self, kind: str, side: Side, twin: str) -> None:
        """Forget an intent whose outcome is known; inside a transaction."""
        self._db.execute("DELETE FROM intents WHERE kind = ? AND side = ? AND twin = ?", (kind, side, twin))
