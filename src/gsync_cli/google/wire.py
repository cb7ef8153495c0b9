"""How requests to Google leave: once each through our own `Http`, and again only where that can do no harm.

Google's libraries make the requests and read the answers; this is the only thing that sends them. The libraries' own
repeating is never used: googleapiclient repeats creates, httplib2 repeats anything whose connection was closed, and
google-auth waits on the machine's clock (facts/google.md 5.2, 8.3, 8.4).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from gsync_cli import __version__
from gsync_cli.clock import Clock
from gsync_cli.google.errors import is_long_quota, is_quota_refusal, read_body
from gsync_cli.http import Http, NoAnswer, Policy, retry_after, retrying

if TYPE_CHECKING:
    import httpx2

AGENT: Final = f"gsync/{__version__} (gzip)"
"""Google compresses only for agents that say so."""

SERVICE: Final = "google"
"""Under this name `Http` counts the requests."""

LONGEST_WAIT: Final = 75.0
"""Seconds. A quota of a minute is free again by then; who asks for more is not waited for."""

QUOTA_WAITS: Final = (4.0, 12.0, 30.0, 61.0)
"""Seconds to wait after the first, second … refusal for quota that names no time: together more than a minute."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The connection, the clock that waits are measured on, and the spread of the waits (`jitter` gives 0 to 1)."""

    http: Http
    clock: Clock
    jitter: Callable[[], float]

    def send(
        self,
        once: "Callable[[], httpx2.Response]",
        *,
        repeatable: bool,
        on_quota: Callable[[], None] = lambda: None,
    ) -> "httpx2.Response":
        """Call `once` until its answer is final; a request that is not repeatable only after a clean refusal.

        `on_quota` is told of each refusal for quota. Raises NotSent or NoAnswer (gsync_cli.http).
        """
        waits = iter(QUOTA_WAITS)

        def refused_for(response: "httpx2.Response") -> float | None:
            return self._refused_for(response, waits=waits, repeatable=repeatable, on_quota=on_quota)

        policy = Policy(repeatable, refused_for, attempts=len(QUOTA_WAITS) + 1, longest_wait=LONGEST_WAIT)
        return retrying(lambda: whole(once()), policy, self.clock, self.jitter)

    def _refused_for(
        self,
        response: "httpx2.Response",
        *,
        waits: Iterator[float],
        repeatable: bool,
        on_quota: Callable[[], None],
    ) -> float | None:
        """Return the seconds to wait where the request was turned away undone; None where the answer is final."""
        status = response.status_code
        if status == HTTPStatus.REQUEST_TIMEOUT and repeatable:
            return retry_after(response, self.clock) or next(waits, None)
        if status not in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
            return None
        body = read_body(response.content)
        if is_long_quota(status, body) or not is_quota_refusal(status, body):
            return None
        on_quota()
        asked = retry_after(response, self.clock)
        if asked is not None:
            return asked if asked <= LONGEST_WAIT else None
        planned = next(waits, None)
        return None if planned is None else planned * (1 + self.jitter() / 4)


def whole(response: "httpx2.Response") -> "httpx2.Response":
    """Return the answer, unless it is empty, or JSON that was cut off on the way: then it is none.

    Google answers with at least `{}`, or says that there is nothing (204); what a gateway cut off may come wrapped as
    a text, which no answer of Google's is. Raises NoAnswer.
    """
    content = response.content.strip()
    if not response.is_success or response.status_code == HTTPStatus.NO_CONTENT:
        return response
    cut_off = content.startswith((b"{", b"[")) and not content.endswith((b"}", b"]"))
    if cut_off or not content or content.startswith(b'"'):
        raise NoAnswer("the answer was cut off", response.url.netloc.decode("ascii", "replace"))
    return response
