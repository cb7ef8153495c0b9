"""Failures on demand, at any request, before or after it is carried out (facts/google.md 8, facts/creatio.md 2.7).

`before`: nothing happens and the client sees the failure. `after`: the request is carried out, and the client sees the
failure all the same.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from gsync_cli.sandbox.google import calendar_errors, errors
from gsync_cli.sandbox.messages import Request, Response

What: TypeAlias = Literal[
    "500",
    "502",
    "503",
    "429",
    "429-plain",
    "403-rate",
    "403-quota",
    "401",
    "html",
    "empty",
    "half-json",
    "stale-etag",
    "expired-sync-token",
    "connect",
    "reset",
    "timeout",
    "truncated",
]
"""`403-quota` is what Calendar says for hours. `html` is a 200 with a page (a captive portal), `half-json` a whole
answer whose JSON ends early, `empty` a 200 without a body. `connect` refuses the connection, `reset` ends it without an
answer, `timeout` never answers, `truncated` ends the connection in the middle of the body."""
When: TypeAlias = Literal["before", "after"]

REFUSALS: Final = frozenset(
    ("429", "429-plain", "403-rate", "403-quota", "401", "connect", "stale-etag", "expired-sync-token")
)
"""Failures that promise that nothing was done: they only come before."""
EVERYDAY: Final[Sequence[What]] = ("500", "503", "429", "reset", "timeout", "truncated")


class Broken(Exception):
    """The connection fails: `kind` is connect, reset, timeout or truncated (then with the answer under way)."""

    def __init__(self, kind: str, response: Response | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.response = response


@dataclass(slots=True)
class Fault:
    """One planned failure: which requests it counts, from the how-manieth on, how often."""

    what: What
    when: When = "before"
    service: str | None = None
    """Endpoint name: "people", "oauth2", "creatio" …"""
    path: str | None = None
    """Regular expression, searched in the path below the service."""
    method: str | None = None
    nth: int = 1
    times: int = 1
    met: int = 0
    fired: int = 0

    def meets(self, service: str, request: Request) -> bool:
        """Count a request if it is of the kind meant, and tell whether it shall fail."""
        if self.fired >= self.times or (self.service or service) != service:
            return False
        if (self.method or request.method) != request.method or not re.search(self.path or "", request.path):
            return False
        self.met += 1
        if self.met < self.nth:
            return False
        self.fired += 1
        return True


@dataclass(slots=True)
class Chaos:
    """Failures by chance: `probability` a request."""

    random: random.Random
    probability: float
    what: Sequence[What] = EVERYDAY
    services: frozenset[str] | None = None

    def draw(self, service: str) -> Fault | None:
        """Return a failure for this request, or None."""
        if (self.services and service not in self.services) or self.random.random() >= self.probability:
            return None
        what = self.random.choice(self.what)
        when: When = "before" if what in REFUSALS else self.random.choice(get_args(When))
        return Fault(what, when)


@dataclass(slots=True)
class Faults:
    """All planned failures. The first that meets a request is the one that happens."""

    planned: list[Fault] = field(default_factory=list)
    chance: Chaos | None = None

    def add(
        self,
        what: What,
        *,
        when: When = "before",
        service: str | None = None,
        path: str | None = None,
        method: str | None = None,
        nth: int = 1,
        times: int = 1,
    ) -> Fault:
        """Plan a failure. Raises ValueError for an unknown one."""
        if what not in get_args(What) or when not in get_args(When):
            raise ValueError(f"{what} {when}")
        if when == "after" and what in REFUSALS:
            raise ValueError(f"{what} says that nothing was done: it can't come after")
        fault = Fault(what, when, service, path, method, nth, times)
        self.planned.append(fault)
        return fault

    def chaos(
        self,
        random_: random.Random,
        probability: float,
        what: Sequence[What] = EVERYDAY,
        *,
        services: Sequence[str] = (),
    ) -> None:
        """Let requests fail by chance from now on."""
        self.chance = Chaos(random_, probability, what, frozenset(services) or None)

    def clear(self) -> None:
        """Plan nothing any more, and leave nothing to chance."""
        self.planned.clear()
        self.chance = None

    def meet(self, service: str, request: Request) -> Fault | None:
        """Return the failure that this request shall have, if any."""
        met = [fault for fault in self.planned if fault.meets(service, request)]
        if met:
            return met[0]
        return self.chance.draw(service) if self.chance else None


def fail(fault: Fault, service: str, answer: Response | None) -> Response:
    """Return what the client sees instead of `answer` (None: nothing was done), or raise Broken."""
    if fault.what in {"connect", "reset", "timeout"}:
        raise Broken(fault.what)
    if fault.what == "truncated":
        raise Broken("truncated", answer or Response.of_json(200, {"connections": []}))
    if fault.what == "half-json":
        body = answer.body if answer and answer.body else b'{"value":['
        return Response(answer.status if answer else 200, body[: len(body) // 2 or 1], _json_type())
    if fault.what == "empty":
        return Response(200)
    if fault.what == "html":
        return Response.of_html(200, "<!DOCTYPE html><html><head><title>Sign in to the network</title></head></html>")
    known = {"creatio": _CREATIO, "calendar": _CALENDAR}.get(service, _GOOGLE)
    return known[fault.what]()


def _json_type() -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "application/json; charset=utf-8"),)


def _rate_by_403() -> Response:
    reason = {"domain": "usageLimits", "reason": "userRateLimitExceeded", "message": "User Rate Limit Exceeded"}
    return Response.of_json(403, {"error": {"errors": [reason], "code": 403, "message": "User Rate Limit Exceeded"}})


def _bad_gateway() -> Response:
    return Response.of_html(502, "<html><head><title>502 Bad Gateway</title></head><h1>502 Bad Gateway</h1></html>")


def _maintenance() -> Response:
    return Response.of_html(503, "<html><head><title>Service Unavailable</title></head><h2>Service Unavailable</h2>")


def _creatio_error() -> Response:
    return Response.of_json(500, {"error": {"code": "", "message": "An error has occurred."}})


_GOOGLE: Final[dict[str, Callable[[], Response]]] = {
    "500": lambda: errors.ApiError("INTERNAL", "Internal error encountered.").response(),
    "502": _bad_gateway,
    "503": lambda: errors.ApiError("UNAVAILABLE", "The service is currently unavailable.").response(),
    "429": lambda: errors.quota_exceeded(
        "Critical read requests", "CriticalReadsPerMinutePerProjectPerUser", "100000000000"
    ).response(),
    "429-plain": lambda: errors.resource_exhausted().response(),
    "403-rate": _rate_by_403,
    "403-quota": lambda: calendar_errors.calendar_exhausted().response(),
    "401": lambda: errors.unauthenticated().response(),
    "stale-etag": lambda: errors.stale_etag("person.etag").response(),
    "expired-sync-token": lambda: errors.expired_sync_token().response(),
}
_CREATIO: Final[dict[str, Callable[[], Response]]] = {
    "500": _creatio_error,
    "502": _bad_gateway,
    "503": _maintenance,
    "429": lambda: Response(429, b"", (("Retry-After", "30"),)),
    "429-plain": lambda: Response(429),
    "403-rate": lambda: Response(403),
    "403-quota": lambda: Response(403),
    "401": lambda: Response.of_json(401, {"Message": "Authentication failed."}),
    "stale-etag": lambda: Response(412),
    "expired-sync-token": lambda: Response(410),
}
_CALENDAR: Final[dict[str, Callable[[], Response]]] = {
    **_GOOGLE,
    "500": lambda: calendar_errors.backend_error().response(),
    "503": lambda: calendar_errors.backend_error(503).response(),
    "429": lambda: calendar_errors.calendar_rate(429).response(),
    "429-plain": lambda: errors.as_legacy(errors.resource_exhausted()).response(),
    "401": lambda: errors.as_legacy(errors.unauthenticated()).response(),
    "stale-etag": lambda: calendar_errors.changed_meanwhile().response(),
    "expired-sync-token": lambda: calendar_errors.full_sync_required().response(),
}
