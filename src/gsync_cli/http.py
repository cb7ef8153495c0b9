"""One way out to the network, for Google and for Creatio.

It sends a request once, with time-outs, proxies from the environment, the system's certificate authorities, and a
count of what was sent. It says the one thing a caller must know about a failure: whether the request may have been
carried out. Who may send again, and when, is decided by `retrying` and its `Policy`; nothing below repeats a request
by itself (httplib2 does, with POST too: facts/google.md 8.4; that is why it is not used for sending).
"""

import os
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gsync_cli.clock import Clock

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 90.0
"""Creatio may think for a minute about a batch of a hundred writes."""
UNSENT_ATTEMPTS = 3


class NetworkError(Exception):
    """The request got no answer. `reason` is one plain sentence, without the address of the request's query."""

    def __init__(self, reason: str, host: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.reason = reason
        self.host = host


class NotSent(NetworkError):
    """The request never left: no name, no route, no connection, no trust in the certificate. It did nothing."""


class CertificateUntrusted(NotSent):
    """The server's certificate was not accepted; trying again will not help."""


class NotEncrypted(NotSent):
    """`https` was asked of a server that speaks plain `http`; trying again will not help."""


class NoAnswer(NetworkError):
    """The request left and no whole answer came: it may have been carried out."""


class Http:
    """A connection pool that sends each request exactly once and counts it under the name of its service."""

    def __init__(
        self,
        clock: Clock,
        *,
        transport: "httpx2.BaseTransport | None" = None,
        answer_seconds: float = ANSWER_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        import httpx2

        self.clock = clock
        self.sent: Counter[str] = Counter()
        """How many requests went out, by service ("google", "creatio")."""
        self._client = httpx2.Client(
            transport=transport,
            verify=_certificate_authorities() if transport is None else True,
            timeout=httpx2.Timeout(answer_seconds, connect=connect_seconds),
            follow_redirects=False,
        )

    def send(
        self,
        service: str,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> "httpx2.Response":
        """Send one request, once, and return its whole answer, whatever its status.

        Raises NotSent or NoAnswer.
        """
        import httpx2

        request = self._client.build_request(method, url, headers=headers, content=body)
        self.sent[service] += 1
        host = request.url.netloc.decode("ascii", "replace")
        try:
            response = self._client.send(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.PoolTimeout) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise CertificateUntrusted(str(error), host) from error
            if "WRONG_VERSION_NUMBER" in str(error):
                raise NotEncrypted(str(error), host) from error
            raise NotSent((str(error) or type(error).__name__) + _by_way_of(host, request.url.scheme), host) from error
        except httpx2.LocalProtocolError:
            # Its text holds what could not be written, which may be a token.
            raise NotSent("a header of the request can't be written", host) from None
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise NotSent(str(error), host) from error
        except httpx2.TransportError as error:
            raise NoAnswer(str(error) or type(error).__name__, host) from error
        # Each session keeps its own cookies; a jar shared by two services would mix them up.
        self._client.cookies.clear()
        return response

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


@dataclass(frozen=True, slots=True)
class Policy:
    """When a request may be sent again.

    `repeatable` is true only for requests that may be carried out twice without harm. `refused_for(response)` gives the
    seconds to wait where an answer says "not now, and I did nothing" (then even a create may be sent again), else None.
    """

    repeatable: bool
    refused_for: Callable[["httpx2.Response"], float | None]
    attempts: int = 5
    longest_wait: float = 64.0


def retrying(
    send: Callable[[], "httpx2.Response"], policy: Policy, clock: Clock, jitter: Callable[[], float]
) -> "httpx2.Response":
    """Call `send` until its answer is final, waiting in between: exponential, jittered, Retry-After honoured.

    Returns the last answer, or raises the last NetworkError. `jitter` gives a number from 0 to 1. (stamina would do,
    but for its clock, which cannot be handed in.)
    """
    unsent = 0
    for attempt in range(policy.attempts):
        last = attempt == policy.attempts - 1
        backoff = min(policy.longest_wait, 2.0**attempt) * (0.5 + jitter() / 2)
        try:
            response = send()
        except (CertificateUntrusted, NotEncrypted):
            raise
        except NotSent:
            # Nobody there at all: that is seldom a matter of seconds, and a person is waiting for the sentence.
            unsent += 1
            if last or unsent == UNSENT_ATTEMPTS:
                raise
            wait = backoff
        except NoAnswer:
            if last or not policy.repeatable:
                raise
            wait = backoff
        else:
            asked = policy.refused_for(response)
            if asked is None and policy.repeatable and response.status_code >= 500:  # noqa: PLR2004
                asked = retry_after(response, clock) or backoff
            if asked is None or last:
                return response
            wait = max(asked, backoff)
        clock.sleep(min(wait, policy.longest_wait))
    raise AssertionError("a policy allows at least one attempt")


def retry_after(response: "httpx2.Response", clock: Clock) -> float | None:
    """Return the seconds a Retry-After header asks for: a number, or a date; None where there is none."""
    value = response.headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - clock.now()).total_seconds())
    except (TypeError, ValueError):
        return None


def _by_way_of(host: str, scheme: str) -> str:
    """Name the proxy that a request would have taken: it may be that which can't be reached. "" without one."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    proxy = urlsplit(proxies.get(scheme) or proxies.get("all") or "")
    if not proxy.hostname or proxy_bypass(host):
        return ""
    return f" (by way of the proxy {proxy.hostname}{f':{proxy.port}' if proxy.port else ''})"


def _certificate_authorities() -> ssl.SSLContext:
    """Trust what the operating system trusts, so that a company's private authority works without a setting.

    SSL_CERT_FILE and SSL_CERT_DIR add to it, as everywhere, and REQUESTS_CA_BUNDLE, which administrators set for
    Google's own tools.
    """
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    bundle = os.environ.get("REQUESTS_CA_BUNDLE", "")
    if bundle and Path(bundle).exists():
        context.load_verify_locations(*((None, bundle) if Path(bundle).is_dir() else (bundle, None)))
    return context
