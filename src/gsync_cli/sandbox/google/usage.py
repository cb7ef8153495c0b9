"""What the APIs saw of each project: the raw material of monitoring (facts/google.md 2.8)."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gsync_cli.sandbox.google.cloud import CloudProject

KEPT: Final = 50_000
"""Requests that are remembered."""
_DAILY: Final = {
    "people.googleapis.com": ("google.people.v1.PeopleService.ListConnections", 64, 0.02, 0.18),
    "calendar-json.googleapis.com": ("calendar.events.list", 48, 0.04, 0.12),
    "gmail.googleapis.com": ("gmail.users.messages.list", 120, 0.01, 0.09),
}
"""Of a project that looks busy: method, requests a day, share of errors, median latency in seconds."""
_ERRORS: Final = (403, 429, 500, 503)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that an API answered for a project."""

    at: datetime
    project: str
    """Number of the project."""
    service: str
    method: str
    status: int
    seconds: float


class Usage:
    """All requests that were seen."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=KEPT)
        # Latencies are invented: in process there are none. Repeatable, not secret.
        self._random = random.Random("latency")  # noqa: S311

    def note(self, at: datetime, project: str, service: str, method: str, status: int) -> None:
        """Remember a request."""
        seconds = self._random.lognormvariate(-2.0, 0.5)
        self._seen.append(Seen(at, project, service, method, status, seconds))

    def of(self, project: CloudProject, start: datetime, end: datetime) -> list[Seen]:
        """Return what a project's APIs saw after `start` and until `end`, oldest first."""
        real = [seen for seen in self._seen if seen.project == project.number and start < seen.at <= end]
        invented = _invented(project, start, end) if project.busy else ()
        return sorted((*real, *invented), key=lambda seen: seen.at)


def _invented(project: CloudProject, start: datetime, end: datetime) -> Iterator[Seen]:
    """Make up the weeks before the sandbox began, the same each time they are asked for."""
    until = min(end, project.created + timedelta(days=90))
    day = datetime(start.year, start.month, start.day, tzinfo=UTC)
    while day < until:
        for service, (method, daily, share, median) in _DAILY.items():
            if service not in project.services:
                continue
            chance = random.Random(f"{project.number} {service} {day}")  # noqa: S311  repeatable, not secret
            for _ in range(chance.randint(daily // 2, daily + daily // 2)):
                at = day + timedelta(seconds=chance.randrange(86_400))
                status = chance.choice(_ERRORS) if chance.random() < share else 200
                seconds = median * chance.lognormvariate(0.0, 0.6)
                if start < at <= until:
                    yield Seen(at, project.number, service, method, status, seconds)
        day += timedelta(days=1)
