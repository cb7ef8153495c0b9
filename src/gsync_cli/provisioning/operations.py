"""Google's long-running operations: waiting for their end, and reading how they failed.

Many failures arrive inside an operation, with HTTP 200 (facts/google.md 1.4); `Failure` is the same for both forms.
Operations are read as raw JSON: what stands in `metadata` and `details` is of types that readers don't know.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from gsync_cli.clock import Clock
from gsync_cli.errors import Temporary
from gsync_cli.google.administrator import AdministratorRefused
from gsync_cli.google.errors import GoogleRefusal, read_body

PATIENCE: Final = timedelta(minutes=10)
"""The longest gsync waits; after that, the same command goes on later."""
WAITS: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0)
"""Seconds before the first, second … look; then always the last."""
_MISSING_LOOKS: Final = 3
"""So often an operation may be missing: it appears late, and vanishes some hours after its end (facts 1.3)."""

_STATES: Final[Mapping[int, str]] = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    16: "UNAUTHENTICATED",
}
"""The status words of google.rpc.Code, by number."""
_OF_HTTP: Final[Mapping[int, str]] = {
    HTTPStatus.TOO_MANY_REQUESTS: "RESOURCE_EXHAUSTED",
    HTTPStatus.CONFLICT: "ALREADY_EXISTS",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
    HTTPStatus.BAD_REQUEST: "INVALID_ARGUMENT",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
}
PASSING: Final = frozenset({"UNAVAILABLE", "INTERNAL", "ABORTED", "DEADLINE_EXCEEDED", "UNKNOWN", "CANCELLED"})
"""Status words after which the same request may well succeed."""
_TERMS: Final = re.compile(r"terms of service|\bTOS\b|UREQ_TOS_NOT_ACCEPTED", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why Google did not do something, be it said over HTTP or inside an operation."""

    state: str
    """The status word (`ALREADY_EXISTS`)."""
    message: str
    reason: str = ""
    """The most telling code, where one is named."""
    permission: str = ""
    text: str = ""
    """All of it as text, for codes that stand in places of no fixed type."""

    @classmethod
    def of_refusal(cls, refusal: GoogleRefusal) -> "Failure":
        """Read a refusal over HTTP."""
        state = refusal.state or _OF_HTTP.get(refusal.status, "")
        permission = str(refusal.facts.get("permission", ""))
        metadata = dict(refusal.body.metadata) if isinstance(refusal, AdministratorRefused) else {}
        text = json.dumps([refusal.message, list(refusal.details), metadata], default=str)
        return cls(state, refusal.message, refusal.reason, permission, text)

    @classmethod
    def of_operation(cls, error: Mapping[str, Any]) -> "Failure":
        """Read the `error` of an operation, a google.rpc.Status."""
        code = error.get("code")
        number = int(code) if isinstance(code, int | str) and str(code).isdecimal() else 0
        body = read_body(json.dumps({"error": error}, default=str).encode())
        state = body.state or (str(code) if code and not number else _STATES.get(number, "UNKNOWN"))
        state = _OF_HTTP.get(number, state)
        # Decided as over HTTP: the permission stands in the same places.
        permission = str(AdministratorRefused(HTTPStatus.FORBIDDEN, body, "").facts["permission"])
        return cls(state, body.message or state, body.reason, permission, json.dumps(error, default=str))

    @property
    def is_terms(self) -> bool:
        """Whether terms of service must be accepted first."""
        return bool(_TERMS.search(self.text) or _TERMS.search(self.message))

    @property
    def is_denied(self) -> bool:
        """Whether a permission is missing. Some operations say so in their sentence alone (facts 1.4)."""
        return self.state == "PERMISSION_DENIED" or self.message.casefold().startswith("no permission")


def finished(
    operation: Mapping[str, Any],
    look: Callable[[str], Mapping[str, Any]],
    clock: Clock,
    note: Callable[[str], None],
    what: str,
) -> Mapping[str, Any]:
    """Wait until an operation is done, and return it as raw JSON; it may hold `error` or `response`, or neither.

    `look(name)` asks for it again; `what` says what is waited for ("the project to be made"). An operation that is not
    to be found (any more) counts as done: who needs to know looks at what it was about. Raises Temporary
    ("operation-slow") after PATIENCE, and what `look` raises.
    """
    name = str(operation.get("name") or "")
    end = clock.now() + PATIENCE
    looks = missing = 0
    while not is_done(operation) and name:
        if clock.now() >= end:
            raise Temporary("operation-slow", what=what, minutes=PATIENCE // timedelta(minutes=1))
        if looks in (2, len(WAITS)):
            note(f"Waiting for {what} …")
        clock.sleep(WAITS[min(looks, len(WAITS) - 1)])
        looks += 1
        try:
            operation = look(name)
        except GoogleRefusal as refusal:
            if refusal.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.GONE):
                raise
            missing += 1
            if missing == _MISSING_LOOKS:
                return {"done": True}
    return operation


def is_done(operation: Mapping[str, Any]) -> bool:
    """Whether an operation has ended.

    One that holds an error or a response has, whatever `done` says, and so has one that is the project itself.
    """
    says_so = operation.get("done") in (True, "true", "True", 1) or "projectId" in operation
    return says_so or bool(operation.get("error") or operation.get("response"))


def failure_of(operation: Mapping[str, Any]) -> Failure | None:
    """Return how a finished operation failed; None where it did not."""
    error = operation.get("error")
    return Failure.of_operation(error) if isinstance(error, Mapping) and error else None
