"""Quotas of the People API: per minute, per user and project (facts/google.md 6.7)."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gsync_cli.sandbox.google.errors import ApiError, quota_exceeded, resource_exhausted

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call takes of each quota."""

    critical_reads: int = 0
    critical_writes: int = 0
    reads: int = 0
    writes: int = 0
    full_syncs: int = 0


@dataclass(frozen=True, slots=True)
class Quotas:
    """Limits a minute. `plain` chooses the form of the 429 that has no ErrorInfo."""

    critical_reads: int = 60
    critical_writes: int = 30
    reads: int = 90
    writes: int = 30
    full_syncs: int = 10
    """First pages of full listings that ask for a sync token: a quota of its own, its size not published."""
    plain: bool = False


_METRICS = {
    "critical_reads": ("Critical read requests", "CriticalReadsPerMinutePerProjectPerUser"),
    "critical_writes": ("Critical write requests", "CriticalWritesPerMinutePerProjectPerUser"),
    "reads": ("Read requests", "ReadsPerMinutePerProjectPerUser"),
    "writes": ("Write requests", "WritesPerMinutePerProjectPerUser"),
    "full_syncs": ("Full sync requests", "FullSyncsPerMinutePerProjectPerUser"),
}


@dataclass(slots=True)
class Meter:
    """What one user used of one project in the last minute."""

    used: dict[str, deque[tuple[datetime, int]]] = field(default_factory=dict)

    def spend(self, cost: Cost, quotas: Quotas, now: datetime, project: str) -> None:
        """Count a call, or refuse it; a refused call costs nothing. Raises ApiError (429)."""
        asked = {name: getattr(cost, name) for name in _METRICS if getattr(cost, name)}
        for name, units in asked.items():
            used = self.used.setdefault(name, deque())
            while used and used[0][0] <= now - MINUTE:
                used.popleft()
            if sum(count for _, count in used) + units > getattr(quotas, name):
                raise _refusal(name, quotas, project)
        for name, units in asked.items():
            self.used[name].append((now, units))


def _refusal(name: str, quotas: Quotas, project: str) -> ApiError:
    return resource_exhausted() if quotas.plain else quota_exceeded(*_METRICS[name], project)
