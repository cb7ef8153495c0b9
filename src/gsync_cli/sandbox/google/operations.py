"""Long-running operations, as Resource Manager and Service Usage have them (facts/google.md 1.3, 2.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.errors import ApiError, no_permission

LIVES = timedelta(hours=4)
"""How long an operation can be asked for."""


@dataclass(slots=True, eq=False)
class Operation:
    """One operation. `result` makes the response when it is done, `error` is a google.rpc.Status instead."""

    name: str
    owner: str
    """Subject of the account that began it; nobody else may look."""
    made_at: datetime
    ready_at: datetime
    polls_left: int
    metadata: Callable[[bool], dict[str, Any]]
    """The metadata, by whether the operation is done."""
    result: Callable[[], dict[str, Any]]
    error: Mapping[str, Any] = field(default_factory=dict)

    def done(self, now: datetime) -> bool:
        """Tell whether it is done."""
        return self.polls_left <= 0 and now >= self.ready_at


class Operations:
    """The operations of one API."""

    def __init__(self, clock: VirtualClock, behaviour: Behaviour, prefix: str) -> None:
        self._clock = clock
        self._behaviour = behaviour
        self._prefix = prefix
        self._made: dict[str, Operation] = {}

    def begin(
        self,
        call: Call,
        metadata: Callable[[bool], dict[str, Any]],
        result: Callable[[], dict[str, Any]],
        error: ApiError | None = None,
    ) -> Operation:
        """Begin an operation; with `error` it will fail."""
        now = self._clock.now()
        number = int(now.timestamp() * 1000) + len(self._made)
        operation = Operation(
            f"operations/{self._prefix}.{number}",
            call.account.subject,
            now,
            now + timedelta(seconds=self._behaviour.operation_seconds),
            self._behaviour.operation_polls,
            metadata,
            result,
            error.as_status() if error else {},
        )
        self._made[operation.name] = operation
        return operation

    def get(self, call: Call) -> dict[str, Any]:
        """Answer operations.get: each look brings the operation one step nearer to its end."""
        operation = self._made.get(call.path["name"])
        if operation is None or operation.made_at + LIVES <= self._clock.now():
            raise ApiError("NOT_FOUND", f"Operation {call.path['name']} was not found.")
        if operation.owner != call.account.subject:
            raise no_permission()
        shown = self.shown(operation)
        operation.polls_left -= 1
        return shown

    def shown(self, operation: Operation) -> dict[str, Any]:
        """Return an operation as the API answers it."""
        done = operation.done(self._clock.now())
        metadata = operation.metadata(done)
        if self._behaviour.bare_metadata:
            metadata = {name: value for name, value in metadata.items() if name != "@type"}
        answer: dict[str, Any] = {"name": operation.name, "metadata": metadata}
        if not done:
            return answer
        if operation.error:
            return {**answer, "done": True, "error": dict(operation.error)}
        return {**answer, "done": True, "response": operation.result()}
