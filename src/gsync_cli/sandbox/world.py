"""The outside world in one object: Google and Creatio behind one `handle`, with faults, a request log and a clock.

Routes: `/google/SERVICE/…` to Google's services by endpoint name (people, calendar, oauth2, accounts, openidconnect,
cloudresourcemanager, serviceusage, monitoring), `/creatio…` to the Creatio site, which sees the whole path as its
virtual directory, `/sandbox/…` to the control API.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from gsync_cli.sandbox import control
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.site import CreatioSite
from gsync_cli.sandbox.faults import Faults, fail
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.service import Google
from gsync_cli.sandbox.messages import Request, Response

LOG_KEPT = 100_000
UNANSWERED = 0
"""The status in the log of a request whose connection broke."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as the log keeps it. `status` is what the client saw, `fault` what was done to it ("" is nothing)."""

    service: str
    method: str
    path: str
    query: Mapping[str, list[str]]
    status: int
    fault: str
    at: datetime


class Sandbox:
    """Google without a user, and a fresh Creatio site unless one is given. `furnish` puts people into both."""

    def __init__(
        self,
        clock: VirtualClock | None = None,
        *,
        seed: int = 0,
        creatio: CreatioSite | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.clock = clock or VirtualClock()
        # Two sources of chance, so that what happens on one side does not change the other. Repeatable, not secret.
        self.google = Google(self.clock, random.Random(f"google {seed}"), behaviour)  # noqa: S311
        self.creatio = creatio or CreatioSite(self.clock, random.Random(f"creatio {seed}"))  # noqa: S311
        self.faults = Faults()
        self.latency = 0.0
        """Seconds that the HTTP server waits before each answer; nothing in process."""
        self.log: list[Entry] = []
        self.google.around_parts = self._around_part

    def handle(self, request: Request) -> Response:
        """Answer a request. Raises Broken where the connection shall fail."""
        service, inner = _routed(request)
        if service == "sandbox":
            return control.handle(self, inner)
        fault = self.faults.meet(service, inner)
        status = UNANSWERED
        try:
            if fault and fault.when == "before":
                answer = fail(fault, service, None)
            else:
                answer = self._answer(service, request, inner)
                answer = fail(fault, service, answer) if fault else answer
            status = answer.status
        finally:
            told = f"{fault.what} {fault.when}" if fault else ""
            self.log.append(Entry(service, inner.method, inner.path, inner.query, status, told, self.clock.now()))
            del self.log[:-LOG_KEPT]
            if status:
                self.google.saw(service, inner, status)
        return answer

    def counts(self) -> Counter[str]:
        """Return how many requests came in, by service ("people", "oauth2", "accounts", "creatio" …)."""
        return Counter(entry.service for entry in self.log)

    def _around_part(self, request: Request, answer: Callable[[], Response]) -> Response:
        """Let one call of a batch fail by itself; a broken connection breaks the whole batch."""
        fault = self.faults.meet("calendar", request)
        if fault is None:
            return answer()
        return fail(fault, "calendar", None if fault.when == "before" else answer())

    def _answer(self, service: str, request: Request, inner: Request) -> Response:
        if service == "creatio":
            return self.creatio.handle(request)
        answer = self.google.handle(service, inner)
        date = ("Date", format_datetime(self.clock.now(), usegmt=True))
        return replace(answer, headers=(*answer.headers, date))


def _routed(request: Request) -> tuple[str, Request]:
    """Return the service that is meant, and the request as that service sees it (Creatio sees it whole)."""
    head, _, rest = request.path.lstrip("/").partition("/")
    if head == "google":
        service, _, below = rest.partition("/")
        return service, replace(request, path=f"/{below}")
    if head.startswith("creatio"):
        return "creatio", request
    return ("sandbox", replace(request, path=f"/{rest}")) if head == "sandbox" else ("", request)
