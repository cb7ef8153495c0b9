"""Sending to Creatio and to its identity service: what may be sent again, and what a silence means.

Only requests that change nothing are repeated. A write is repeated where it was surely not carried out: it never left,
or the answer was 429. Redirects are not followed.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from gsync_cli.clock import Clock
from gsync_cli.creatio.errors import REDIRECT, Unanswered, wants_less_memory
from gsync_cli.errors import ConfigurationWrong, Temporary
from gsync_cli.http import (
    CertificateUntrusted,
    Http,
    NetworkError,
    NoAnswer,
    NotEncrypted,
    NotSent,
    Policy,
    retry_after,
    retrying,
)

if TYPE_CHECKING:
    import httpx2

SERVICE: Final = "creatio"
"""The name under which requests are counted."""
_TOO_MANY_REQUESTS: Final = 429
_PATIENCE_SECONDS: Final = 2.0
"""How long to wait after a 429 that does not say."""
_GATEWAY_TROUBLE: Final = (502, 503, 504)
_UNKNOWN_HOST: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5), 11001})
"""The name has no address; the last is how Windows numbers it."""


class _Final(Exception):
    """Carries an answer past the repeating: asking again would bring the same."""

    def __init__(self, response: "httpx2.Response") -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True, slots=True)
class Wire:
    """The way to one site: a connection pool, a clock, and `jitter`, a number from 0 to 1 each time it is asked."""

    http: Http
    clock: Clock
    jitter: Callable[[], float]

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None = None,
        repeatable: bool,
        only_gateways: bool = False,
    ) -> "httpx2.Response":
        """Send a request and return the answer that counts, whatever its status.

        `repeatable` requests are sent again after a network failure or a 5xx; with `only_gateways`, of those only after
        502, 503 and 504. Raises Unanswered for a write without an answer; Temporary("creatio-no-answer",
        "creatio-unreachable") and ConfigurationWrong("creatio-unknown-host", "creatio-certificate",
        "creatio-needs-http").
        """

        def once() -> "httpx2.Response":
            response = self.http.send(SERVICE, method, url, headers=headers, body=body)
            status = response.status_code
            if wants_less_memory(response) or (only_gateways and status not in (*_GATEWAY_TROUBLE, _TOO_MANY_REQUESTS)):
                raise _Final(response)
            return response

        try:
            return retrying(once, Policy(repeatable, self._refused_for), self.clock, self.jitter)
        except _Final as final:
            return final.response
        except NoAnswer as error:
            if repeatable:
                raise Temporary("creatio-no-answer", host=error.host, reason=error.reason) from error
            raise Unanswered(error.reason) from error
        except CertificateUntrusted as error:
            raise ConfigurationWrong("creatio-certificate", host=error.host, reason=error.reason) from error
        except NotEncrypted as error:
            raise ConfigurationWrong("creatio-needs-http", host=error.host) from error
        except NotSent as error:
            if _has_no_address(error):
                raise ConfigurationWrong("creatio-unknown-host", host=error.host) from error
            raise Temporary("creatio-unreachable", host=error.host, reason=error.reason) from error

    def _refused_for(self, response: "httpx2.Response") -> float | None:
        if response.status_code != _TOO_MANY_REQUESTS:
            return None
        asked = retry_after(response, self.clock)
        return _PATIENCE_SECONDS if asked is None else asked


def refuse_redirect(response: "httpx2.Response", asked: str, base: str) -> None:
    """Raise ConfigurationWrong where `asked` was answered by a redirect: "creatio-needs-https" or "creatio-redirected".

    What is meant for one address must not wander to another one. `base` is the address that the settings hold.
    """
    if response.status_code not in REDIRECT:
        return
    here = urlsplit(asked)
    there = urlsplit(urljoin(asked, response.headers.get("location", "")))
    if here.scheme == "http" and there.scheme == "https" and here.hostname == there.hostname:
        raise ConfigurationWrong("creatio-needs-https", asked=base, url=f"https://{there.netloc}{urlsplit(base).path}")
    raise ConfigurationWrong("creatio-redirected", asked=base, to=f"{there.scheme}://{there.netloc}{there.path}")


def _has_no_address(error: NetworkError) -> bool:
    """Look for what the resolver said below the layers of HTTP."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return cause.errno in _UNKNOWN_HOST
        cause = cause.__cause__ or cause.__context__
    return False
