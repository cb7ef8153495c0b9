"""One user's session with Google's APIs: who makes the requests, who signs them, and what happens when they fail.

    store ── builds a request ──► googleapiclient ──► Transport ── token, pace, repeat ──► gsync_cli.http ──► Google

A store asks `people()` for the API (others: `api()`), builds a request with it, and hands it to `execute` with its cost
and whether it may be carried out twice.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import urlsplit

from gsync_cli.clock import Clock
from gsync_cli.credentials import Credentials
from gsync_cli.errors import GsyncError, SignInNeeded
from gsync_cli.google.errors import Unanswered, foreign, of_answer, of_network
from gsync_cli.google.quota import Cost, Pacer
from gsync_cli.google.tokens import AccessToken, client_of
from gsync_cli.google.wire import AGENT, SERVICE, Wire
from gsync_cli.http import Http, NetworkError, NoAnswer, NotSent
from gsync_cli.profiles import Profile

if TYPE_CHECKING:
    import httplib2
    import httpx2
    from googleapiclient.http import HttpRequest

    from gsync_cli.config import Settings

_FREE: Final = Cost()
_ROOT: Final = "https://www.googleapis.com"


def open_session(
    profile: Profile, settings: "Settings", http: Http, clock: Clock, jitter: Callable[[], float]
) -> "GoogleSession":
    """Open the session of the account signed in for `profile`. Nothing is sent yet.

    Raises SignInNeeded("google-not-signed-in" or "google-client-changed"), ConfigurationWrong as
    `tokens.signing_in_client` and `Credentials.load`.
    """
    stored = Credentials.load(profile)
    if stored.grant is None:
        raise SignInNeeded("google-not-signed-in", profile=profile.name)
    client_of(stored, stored.grant)
    wire = Wire(http, clock, jitter)
    pacer = None if settings.text("google.pace") == "off" else Pacer(clock)
    return GoogleSession(
        AccessToken(profile, stored.grant, wire),
        wire,
        pacer,
        people_endpoint=settings.text("google.endpoints.people"),
        calendar_endpoint=settings.text("google.endpoints.calendar"),
    )


class TokenSource(Protocol):
    """Whose requests they are, and the token that says so."""

    @property
    def email(self) -> str:
        """The address of the account; empty where it is not known."""
        ...

    @property
    def subject(self) -> str:
        """Google's id of the account, which stays when the address changes; empty where it is not known."""
        ...

    def fresh(self) -> str:
        """Return an access token with life in it. Raises SignInNeeded, ConfigurationWrong or Temporary."""
        ...

    def renew(self) -> str:
        """Return another access token than the one that was refused. Raises as `fresh`."""
        ...


class GoogleSession:
    """The requests of one account. Not for two threads at once: Google wants one user's writes one after another."""

    def __init__(
        self,
        token: TokenSource,
        wire: Wire,
        pacer: Pacer | None,
        *,
        people_endpoint: str = "",
        calendar_endpoint: str = "",
    ) -> None:
        self._token = token
        self._wire = wire
        self._pacer = pacer
        self._people_endpoint = people_endpoint
        self._calendar_endpoint = calendar_endpoint
        self._apis: dict[tuple[str, str, str], Any] = {}

    @property
    def email(self) -> str:
        """The address of the account."""
        return self._token.email

    @property
    def subject(self) -> str:
        """Google's id of the account; it stays when the address changes."""
        return self._token.subject

    @property
    def requests_sent(self) -> int:
        """How many HTTP requests went to Google, those for tokens among them."""
        return self._wire.http.sent[SERVICE]

    def people(self) -> Any:
        """Return the People API (a googleapiclient Resource), at `google.endpoints.people` if that is set."""
        return self.api("people", "v1", self._people_endpoint)

    def calendar(self) -> Any:
        """Return the Calendar API (a googleapiclient Resource), at `google.endpoints.calendar` if that is set."""
        return self.api("calendar", "v3", self._calendar_endpoint)

    @property
    def calendar_batch_address(self) -> str:
        """Where batches of calendar requests go (facts/google.md 7.17)."""
        return f"{self._calendar_endpoint.rstrip('/') or _ROOT}/batch/calendar/v3"

    def api(self, name: str, version: str, endpoint: str = "") -> Any:
        """Return an API (a googleapiclient Resource), at `endpoint` if that is not empty; built once.

        The endpoint takes the place of scheme, host and leading path; the service's own path comes behind it, which the
        library would leave out (facts/google.md 8.8).
        """
        key = (name, version, endpoint)
        if key not in self._apis:
            from googleapiclient.discovery import build

            self._apis[key] = build(
                name,
                version,
                http=cast("Any", Transport(self)),
                static_discovery=True,
                cache_discovery=False,
                client_options={"api_endpoint": _with_own_path(name, version, endpoint)} if endpoint else None,
            )
        return self._apis[key]

    def execute(
        self,
        request: "HttpRequest",
        *,
        reads: int = 0,
        writes: int = 0,
        group_reads: int = 0,
        group_writes: int = 0,
        repeatable: bool = False,
    ) -> dict[str, Any]:
        """Send a request and return its answer. The numbers are its cost (quota.Cost); GETs are always repeatable.

        Raises GoogleRefusal where this request is refused; Unanswered where a write may have been carried out or not;
        SignInNeeded, ActionNeeded, ConfigurationWrong, Refused or Temporary where no request would go through.
        """
        reading = request.method == "GET"  # googleapiclient makes a POST of a GET with a long address (facts 8.6)
        transport = Transport(
            self, Cost(reads, writes, group_reads, group_writes), reading=reading, repeatable=repeatable
        )
        answer: object = request.execute(http=cast("Any", transport), num_retries=0)
        if isinstance(answer, dict):
            return answer
        # What the library can't parse it hands on as text: an object that was cut off behind one of its braces.
        cut_off = NoAnswer("the answer was cut off", urlsplit(request.uri).netloc)
        raise of_network(cut_off) if reading else Unanswered(cut_off.host, cut_off.reason)

    def forecast(self, costs: Iterable[Cost]) -> float:
        """Return the seconds that requests of these costs will wait for the quotas."""
        return 0.0 if self._pacer is None else self._pacer.forecast(costs)

    def deliver(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, cost: Cost, *, repeatable: bool
    ) -> "httpx2.Response":
        """Send a request signed and paced, and return its final answer. Raises NotSent or NoAnswer.

        An answer 401 did nothing: the token is renewed and the request sent again, once.
        """

        def once() -> "httpx2.Response":
            token = self._token.fresh()
            if self._pacer is not None:
                self._pacer.take(cost)
            signed = {**headers, "authorization": f"Bearer {token}"}
            return self._wire.http.send(SERVICE, method, url, headers=signed, body=body)

        response = self._wire.send(once, repeatable=repeatable, on_quota=self.slow_down)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            self._token.renew()
            response = self._wire.send(once, repeatable=repeatable, on_quota=self.slow_down)
        return response

    def failure(self, response: "httpx2.Response", *, reading: bool) -> GsyncError:
        """Return the error that a final answer stands for which is no success."""
        if not reading and response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unanswered(response.url.host, f"HTTP {response.status_code}")
        return of_answer(response, email=self.email)

    def slow_down(self) -> None:
        """Halve the pace: a request, or a part of a batch, was refused for quota."""
        if self._pacer is not None:
            self._pacer.refused()


@dataclass(frozen=True, slots=True)
class Transport:
    """What googleapiclient takes for an `httplib2.Http`: it sends one request by the rules of the session."""

    session: GoogleSession = field(repr=False)
    cost: Cost = _FREE
    reading: bool = False
    repeatable: bool = False

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: object = None,
    ) -> "tuple[httplib2.Response, bytes]":
        """Send, and return a good answer in the form of httplib2; any other is raised, as `execute` says."""
        del redirections, connection_type
        import httplib2

        sent = {name: value for name, value in (headers or {}).items() if name.lower() != "content-length"}
        sent["user-agent"] = AGENT
        content = body.encode() if isinstance(body, str) else body
        reading = self.reading or method == "GET"
        try:
            response = self.session.deliver(
                method, uri, sent, content, self.cost, repeatable=self.repeatable or reading
            )
        except NotSent as error:
            raise of_network(error) from error
        except NetworkError as error:
            raise (of_network(error) if reading else Unanswered(error.host, error.reason)) from error
        if not response.is_success:
            raise self.session.failure(response, reading=reading)
        if response.content.lstrip()[:1] not in {b"{", b""}:
            raise foreign(response)
        answer = {name: value for name, value in response.headers.items() if name != "content-encoding"}
        return httplib2.Response({**answer, "status": str(response.status_code)}), response.content


def _with_own_path(name: str, version: str, endpoint: str) -> str:
    """Return where the service stands below an endpoint, as its discovery document names its path."""
    from googleapiclient.discovery_cache import get_static_doc

    document = json.loads(cast("Any", get_static_doc)(name, version) or "{}")
    return f"{endpoint.rstrip('/')}/{document.get('servicePath', '')}"
