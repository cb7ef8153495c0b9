"""What ran, and everything it wrote: each value before and after, and what lost a conflict.

The journal is what makes a write reversible, and where a value that was overwritten can still be read.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gsync_cli.sync.record import Side

SCHEMA = """
CREATE TABLE runs (
    run TEXT PRIMARY KEY, kind TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, outcome TEXT, report TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE journal (
    run TEXT NOT NULL, number INTEGER NOT NULL, side TEXT NOT NULL, verb TEXT NOT NULL, id TEXT NOT NULL,
    label TEXT NOT NULL, why TEXT NOT NULL,
    changes TEXT NOT NULL,  -- JSON: field -> [before, after], with what lost a conflict under "lost"
    outcome TEXT NOT NULL,  -- intended, done, failed, stale, unclear
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One write of a run: what it changed, from what to what, and how it ended."""

    side: Side
    verb: str
    id: str
    label: str
    why: str
    changes: Mapping[str, Any]
    outcome: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run, as `gsync status` shows it. `outcome` is None while it is under way, or when it was killed."""

    run: str
    kind: str
    started: datetime
    ended: datetime | None
    outcome: str | None
    report: Mapping[str, Any]


class Journal:
    """The runs of a profile. What writes does so inside a transaction of the state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def start(self, run: str, kind: str, now: datetime) -> None:
        """Note that a run has begun."""
        self._db.execute("INSERT INTO runs VALUES (?, ?, ?, NULL, NULL, NULL)", (run, kind, now.isoformat()))

    def end(self, run: str, now: datetime, outcome: str, report: Mapping[str, Any]) -> None:
        """Note how a run ended."""
        self._db.execute(
            "UPDATE runs SET ended = ?, outcome = ?, report = ? WHERE run = ?",
            (now.isoformat(), outcome, json.dumps(report, ensure_ascii=False), run),
        )

    def runs(self, kind: str | None = None, limit: int = 20) -> list[RunRow]:
        """Return the latest runs, newest first."""
        rows = self._db.execute(
            "SELECT run, kind, started, ended, outcome, report FROM runs WHERE :kind IS NULL OR kind = :kind "
            "ORDER BY started DESC, run DESC LIMIT :limit",
            {"kind": kind, "limit": limit},
        )
        return [
            RunRow(
                run,
                kind_of,
                datetime.fromisoformat(started),
                datetime.fromisoformat(ended) if ended else None,
                outcome,
                json.loads(report) if report else {},
            )
            for run, kind_of, started, ended, outcome, report in rows
        ]

    def intend(self, run: str, number: int, row: JournalRow) -> None:
        """Write down what is about to be written."""
        changes = json.dumps(row.changes, ensure_ascii=False, sort_keys=True)
        self._db.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (run, number, row.side, row.verb, row.id, row.label, row.why, changes, row.outcome),
        )

    def close(self, run: str, number: int, outcome: str, identity: str) -> None:
        """Write down how it ended, and the id of a record that was created."""
        self._db.execute(
            "UPDATE journal SET outcome = ?, id = ? WHERE run = ? AND number = ?", (outcome, identity, run, number)
        )

    def rows(self, run: str) -> list[JournalRow]:
        """Return what a run wrote, in order."""
        rows = self._db.execute(
            "SELECT side, verb, id, label, why, changes, outcome FROM journal WHERE run = ? ORDER BY number", (run,)
        )
        return [
            JournalRow(side, verb, identity, label, why, json.loads(changes), outcome)
            for side, verb, identity, label, why, changes, outcome in rows
        ]
