"""Which kinds of record are due, by their intervals and by when they last ran (rows S2 to S4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from gsync_cli.config import Settings
from gsync_cli.parts import KINDS, Part
from gsync_cli.profiles import Profile

_SLACK: Final = timedelta(minutes=1)
"""A timer that fires every 15 minutes now and then meets a run that began 15 minutes less a moment ago."""


def last_starts(profile: Profile) -> dict[Part, datetime]:
    """Return when each kind was last begun; kinds that never were are left out."""
    from gsync_cli.sync.state import State

    state = State.peek(profile.state_file)
    if state is None:
        return {}
    try:
        runs = {part: state.journal.runs(kind, limit=1) for part, kind in KINDS.items()}
    finally:
        state.close()
    return {part: rows[0].started for part, rows in runs.items() if rows}


def due(parts: Sequence[Part], settings: Settings, last: Mapping[Part, datetime], now: datetime) -> tuple[Part, ...]:
    """Return those kinds whose interval has passed since they were last begun.

    A start in the future was noted by a clock that has been set since; it keeps nobody waiting.
    """
    return tuple(part for part in parts if _is_due(settings.duration(f"sync.{part}.interval"), last.get(part), now))


def due_at(part: Part, settings: Settings, last: Mapping[Part, datetime], now: datetime) -> datetime:
    """Return when a kind is to run next, at the earliest; now, where it never ran or is late."""
    began = last.get(part)
    return now if began is None else max(now, began + settings.duration(f"sync.{part}.interval"))


def _is_due(interval: timedelta, began: datetime | None, now: datetime) -> bool:
    if began is None or began > now + _SLACK:
        return True
    return now >= began + interval - min(_SLACK, interval / 10)
