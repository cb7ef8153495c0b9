"""Staying below Google's quotas of requests a minute, by waiting before a request is sent.

Google counts by user and minute in five purses (facts/google.md 6.7, 7.15; the numbers are the smallest ever observed,
as unknown 2 advises). One HTTP request may cost several units: a batch of contacts costs 6 reads and 6 writes, a batch
for the calendar what is in it.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Final

from gsync_cli.clock import Clock


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request takes out of each purse."""

    reads: int = 0
    """Contact reads ("critical read requests")."""
    writes: int = 0
    """Contact creates and updates ("critical write requests")."""
    group_reads: int = 0
    """Reads of contact groups."""
    group_writes: int = 0
    """Writes of contact groups and their members, and deletes of contacts."""
    calendar: int = 0
    """Requests to the calendar, reading or writing; those inside a batch count one by one."""


PER_MINUTE: Final = Cost(reads=60, writes=30, group_reads=90, group_writes=30, calendar=600)

WINDOW: Final = timedelta(seconds=61)
"""A minute, and a second for the difference between our clock and the moment Google counts."""

SMALLEST_SHARE: Final = 1 / 8


class _Purse:
    """One quota: no more than `limit` units in any window."""

    __slots__ = ("_spent", "limit")

    def __init__(self, limit: int, spent: Iterable[tuple[datetime, int]] = ()) -> None:
        self.limit = limit
        self._spent = deque(spent)

    def copy(self) -> "_Purse":
        return _Purse(self.limit, self._spent)

    def free_at(self, now: datetime, units: int, share: float) -> datetime:
        """Return the first moment at which `units` may be spent, when only a share of the limit is to be used.

        A request that costs more than the share goes when nothing else was spent in its window.
        """
        if units == 0:
            return now
        self._forget(now)
        allowed = max(units, int(self.limit * share))
        total = sum(amount for _, amount in self._spent)
        moment = now
        for spent_at, amount in self._spent:
            if total + units <= allowed:
                break
            total -= amount
            moment = spent_at + WINDOW
        return moment

    def spend(self, now: datetime, units: int) -> None:
        if units:
            self._spent.append((now, units))

    def _forget(self, now: datetime) -> None:
        """Drop what lies outside the window. Entries of the future (the clock was set back) count as of now."""
        while self._spent and self._spent[0][0] + WINDOW <= now:
            self._spent.popleft()
        if self._spent and self._spent[-1][0] > now:
            self._spent = deque((min(spent_at, now), amount) for spent_at, amount in self._spent)


class Pacer:
    """Lets requests through no faster than the quotas allow; slower for a while after a refusal."""

    def __init__(self, clock: Clock, limits: Cost = PER_MINUTE) -> None:
        self._clock = clock
        self._purses = tuple(_Purse(limit) for limit in astuple(limits))
        self._share = 1.0
        self._share_since: datetime | None = None

    def take(self, cost: Cost) -> None:
        """Wait until a request of that cost may be sent, and count it as sent."""
        while (moment := self._free_at(self._purses, now := self._clock.now(), cost)) > now:
            self._clock.sleep(max((moment - now).total_seconds(), 0.001))
        self._spend(self._purses, now, cost)

    def refused(self) -> None:
        """Halve the pace: Google refused, so others spend from the quota too, or it is smaller than thought."""
        now = self._clock.now()
        self._share = max(SMALLEST_SHARE, self._current_share(now) / 2)
        self._share_since = now

    def forecast(self, costs: Iterable[Cost]) -> float:
        """Return the seconds that requests of these costs, sent one after another, will have to wait in all."""
        start = moment = self._clock.now()
        purses = tuple(purse.copy() for purse in self._purses)
        for cost in costs:
            moment = self._free_at(purses, moment, cost)
            self._spend(purses, moment, cost)
        return (moment - start).total_seconds()

    def _free_at(self, purses: tuple[_Purse, ...], now: datetime, cost: Cost) -> datetime:
        share = self._current_share(now)
        return max(purse.free_at(now, units, share) for purse, units in zip(purses, astuple(cost), strict=True))

    @staticmethod
    def _spend(purses: tuple[_Purse, ...], now: datetime, cost: Cost) -> None:
        for purse, units in zip(purses, astuple(cost), strict=True):
            purse.spend(now, units)

    def _current_share(self, now: datetime) -> float:
        """Return the share of the limits in use: halved by each refusal, doubled by each quiet window after it."""
        if self._share_since is None:
            return 1.0
        quiet = max(0, (now - self._share_since) // WINDOW)
        return min(1.0, self._share * 2.0 ** min(quiet, 10))
