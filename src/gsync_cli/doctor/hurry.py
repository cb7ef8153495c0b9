"""A network for somebody who waits: each host is waited for once, and the whole examination has an end.

The ordinary waits are right for a nightly run (http.py: 15 s for a connection, 90 s for an answer, five attempts), and
wrong for a person who asks what is broken.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gsync_cli.clock import Clock
from gsync_cli.http import Http, NetworkError, NoAnswer

if TYPE_CHECKING:
    from datetime import datetime

    import httpx2

CONNECT_SECONDS: Final = 4.0
ANSWER_SECONDS: Final = 7.0
PATIENCE: Final = timedelta(seconds=12)
"""Time spent waiting in vain after which nobody is asked any more. A host that is slow and answers costs none of it."""
TOGETHER: Final = "hosts"
"""The name under which requests are counted that go out at the same time."""
_SLOW: Final = timedelta(seconds=2)
"""A failure that took longer than this was a wait in vain, and is not repeated."""
_LONGEST_SLEEP: Final = 0.5


class HurriedClock:
    """A clock whose sleeper has little patience: who asks to be left alone for a minute is not waited for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> "datetime":
        """Return the present moment, aware, in UTC."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass, or half a second where that is less."""
        self._clock.sleep(min(seconds, _LONGEST_SLEEP))


class HurriedHttp(Http):
    """The way to the network, for one examination. A host that let us wait in vain is not asked again."""

    def __init__(self, clock: Clock, *, transport: "httpx2.BaseTransport | None" = None) -> None:
        super().__init__(clock, transport=transport, answer_seconds=ANSWER_SECONDS, connect_seconds=CONNECT_SECONDS)
        self._silent: dict[str, NetworkError] = {}
        self._wasted = timedelta(0)

    def send(
        self,
        service: str,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> "httpx2.Response":
        """Send one request, once. Raises NotSent or NoAnswer, at once for a host that is known to be silent."""
        host = urlsplit(url).netloc
        if (known := self._silent.get(host)) is not None:
            raise type(known)(known.reason, known.host) from known.__cause__
        if self._wasted >= PATIENCE:
            raise NoAnswer(f"not asked any more, after {PATIENCE.seconds} s of waiting for others in vain", host)
        began = self.clock.now()
        try:
            return super().send(service, method, url, headers=headers, body=body)
        except NetworkError as error:
            waited = self.clock.now() - began
            if waited >= _SLOW:
                self._silent[host] = error
            # The hosts are asked for their front pages all at the same time: that is waited for once.
            self._wasted += waited if service != TOGETHER else timedelta(0)
            raise
