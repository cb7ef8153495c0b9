"""The file of the state: its tables, and what its errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gsync_cli.errors import ActionNeeded, ConfigurationWrong, Temporary
from gsync_cli.sync import journal

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE identity (what TEXT PRIMARY KEY, id TEXT NOT NULL, shown TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE links (
    key INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    creatio_id TEXT NOT NULL,
    google_id TEXT NOT NULL,
    creatio_version TEXT NOT NULL,  -- '' where the record must be read again
    google_version TEXT NOT NULL,
    label TEXT NOT NULL,
    halves BLOB NOT NULL            -- compressed JSON: fields and original of both sides
) STRICT;
CREATE UNIQUE INDEX links_creatio ON links (kind, creatio_id);
CREATE UNIQUE INDEX links_google ON links (kind, google_id);
CREATE TABLE cursors (kind TEXT NOT NULL, side TEXT NOT NULL, cursor TEXT NOT NULL, PRIMARY KEY (kind, side))
    STRICT, WITHOUT ROWID;
CREATE TABLE intents (  -- creates that were sent, or were about to be, and whose outcome is not known yet
    kind TEXT NOT NULL, side TEXT NOT NULL, twin TEXT NOT NULL, label TEXT NOT NULL, since TEXT NOT NULL,
    PRIMARY KEY (kind, side, twin)
) STRICT, WITHOUT ROWID;
CREATE TABLE roster (kind TEXT NOT NULL, side TEXT NOT NULL, id TEXT NOT NULL, match_key TEXT NOT NULL,
    PRIMARY KEY (kind, side, id, match_key)) STRICT, WITHOUT ROWID;
CREATE INDEX roster_keys ON roster (kind, side, match_key);
"""


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables where there are none, and see that the file is sound. Raises as `State.open`."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise ConfigurationWrong("state-newer", path=path, version=version, known=SCHEMA_VERSION)
    if version == 0:
        connection.executescript(f"BEGIN; {_SCHEMA} {journal.SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise ConfigurationWrong("state-damaged", path=path, reason=verdict)


_NOT_WRITABLE: Final = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
"""The disk, a quota or a right is in the way; the file itself is sound."""


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Say what SQLite's errors mean. Raises as `State.open` and `State.transaction`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise ActionNeeded("disk-full", path=path) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Temporary("state-busy", path=path) from error
        if code in _NOT_WRITABLE:
            raise ConfigurationWrong("file-not-writable", path=path, reason=str(error)) from error
        raise ConfigurationWrong("state-damaged", path=path, reason=str(error)) from error
    except sqlite3.DatabaseError as error:
        raise ConfigurationWrong("state-damaged", path=path, reason=str(error)) from error
