"""Asking every host once, all at the same time: does it answer, is its certificate trusted, what time has it."""

import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from gsync_cli.clock import Clock
from gsync_cli.config import Settings
from gsync_cli.doctor.hurry import TOGETHER
from gsync_cli.http import CertificateUntrusted, Http, NetworkError, NoAnswer

if TYPE_CHECKING:
    import httpx2

    from gsync_cli.credentials import Credentials

TOGETHER_SECONDS: Final = 9.0
"""How long all hosts together are waited for. Looking up a name has no time-out of its own."""

_GOOGLE: Final = {
    "people": "https://people.googleapis.com",
    "calendar": "https://www.googleapis.com",
    "oauth2": "https://oauth2.googleapis.com",
    "serviceusage": "https://serviceusage.googleapis.com",
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com",
}
"""Where Google's services are unless google.endpoints names another place (facts/google.md 8.8)."""
_ONLY_FOR_ADMINISTRATORS: Final = ("serviceusage", "cloudresourcemanager")


@dataclass(frozen=True, slots=True)
class HostSeen:
    """What became of one request to a host. `error` is None where it answered, whatever it said."""

    origin: str
    status: int = 0
    error: NetworkError | None = None
    server_time: datetime | None = None
    """The Date header, in UTC; None where the answer had none."""
    our_time: datetime | None = None
    """This machine's clock when the answer came."""
    issuer: str = ""
    """Who issued the certificate; empty for plain http, or where it is not known."""
    good_until: datetime | None = None
    """When the certificate ends."""

    @property
    def told(self) -> str:
        """The host in a few words."""
        if self.error is not None:
            kind = "its certificate is not trusted" if isinstance(self.error, CertificateUntrusted) else "no answer"
            return f"{self.origin}: {kind} ({self.error.reason})"
        if self.good_until is None:
            return f"{self.origin} answers"
        return f"{self.origin} answers (certificate by {self.issuer}, good until {self.good_until:%Y-%m-%d})"


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def google_origins(settings: Settings, credentials: "Credentials") -> tuple[list[str], list[str]]:
    """Return the hosts that every run needs, and those that only an administrator's commands do."""
    roots = {name: settings.text(f"google.endpoints.{name}") or root for name, root in _GOOGLE.items()}
    needed = [root for name, root in roots.items() if name not in _ONLY_FOR_ADMINISTRATORS]
    for client in (credentials.installed, credentials.web):
        needed += [client.token_uri] if client is not None else []
    origins = list(dict.fromkeys(map(origin_of, needed)))
    others = dict.fromkeys(origin_of(roots[name]) for name in _ONLY_FOR_ADMINISTRATORS)
    return origins, [origin for origin in others if origin not in origins]


def ask(origins: Iterable[str], http: Http, clock: Clock) -> dict[str, HostSeen]:
    """Ask each host once, at the same time, for its front page; return what came within TOGETHER_SECONDS."""
    wanted = list(dict.fromkeys(origins))
    seen: dict[str, HostSeen] = {}
    # Daemons: one that hangs in the resolver must not keep the program alive.
    threads = [threading.Thread(target=_ask_one, args=(each, http, clock, seen), daemon=True) for each in wanted]
    for thread in threads:
        thread.start()
    began = clock.now()
    for thread in threads:
        thread.join(max(0.0, TOGETHER_SECONDS - (clock.now() - began).total_seconds()))
    silent = NoAnswer(f"nothing within {TOGETHER_SECONDS:.0f} s", "")
    return {origin: seen.get(origin, HostSeen(origin, error=silent)) for origin in wanted}


def _ask_one(origin: str, http: Http, clock: Clock, seen: dict[str, HostSeen]) -> None:
    try:
        response = http.send(TOGETHER, "GET", f"{origin}/", headers={"Accept": "*/*"})
    except NetworkError as error:
        seen[origin] = HostSeen(origin, error=error)
        return
    except Exception as error:  # noqa: BLE001  in a thread of its own nobody else would hear of it
        seen[origin] = HostSeen(origin, error=NoAnswer(f"{type(error).__name__}: {error}", urlsplit(origin).netloc))
        return
    issuer, good_until = _certificate_of(response)
    seen[origin] = HostSeen(origin, response.status_code, None, _date_of(response), clock.now(), issuer, good_until)


def _date_of(response: "httpx2.Response") -> datetime | None:
    try:
        told = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _certificate_of(response: "httpx2.Response") -> tuple[str, datetime | None]:
    """Return who issued the certificate and when it ends; ("", None) for plain http, or a connection closed already.

    A company's own name there tells of a proxy that opens the traffic.
    """
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream is not None else None
    shown = connection.getpeercert() if connection is not None else None
    if not shown or "notAfter" not in shown:
        return "", None
    issuer = _name(shown.get("issuer", ()), "organizationName") or _name(shown.get("issuer", ()), "commonName")
    return issuer or "an unnamed authority", datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)


def _name(parts: Any, wanted: str) -> str:
    return next((str(value) for part in parts for name, value in part if name == wanted), "")
