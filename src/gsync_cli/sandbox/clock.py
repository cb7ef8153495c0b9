"""The sandbox's own time, which tests move by hand and a running server lets flow."""

import time
from datetime import UTC, datetime, timedelta


class VirtualClock:
    """A clock that stands still until it is moved, or flows with real time where `flowing`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC), *, flowing: bool = False) -> None:
        self._start = start
        self._moved = timedelta()
        self._since = time.monotonic() if flowing else None

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        flown = timedelta() if self._since is None else timedelta(seconds=time.monotonic() - self._since)
        return self._start + self._moved + flown

    def sleep(self, seconds: float) -> None:
        """Move on: whoever sleeps on this clock finds the time passed."""
        self._moved += timedelta(seconds=seconds)

    advance = sleep
