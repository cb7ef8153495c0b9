"""The token endpoint: exchanging a code, refreshing, and keeping the access token of a profile fresh.

Google's libraries do both jobs (google_auth_oauthlib the exchange, google.oauth2 the refresh); each is handed an
adapter over `TokenEndpoint`, so that proxies, certificate authorities, time-outs and waits are the same as everywhere,
and a refusal is read in one place.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from gsync_cli.credentials import Credentials, GoogleClient, GoogleGrant
from gsync_cli.errors import ConfigurationWrong, SignInNeeded
from gsync_cli.google.errors import foreign, of_network, of_token_answer, read_body
from gsync_cli.google.wire import SERVICE, Wire
from gsync_cli.http import NetworkError
from gsync_cli.profiles import Profile

if TYPE_CHECKING:
    import httpx2
    import requests

FRESH_FOR: Final = timedelta(seconds=60)
"""An access token with less life than this is replaced before it is used."""


class InvalidGrant(Exception):
    """The token endpoint answered `invalid_grant`: the code or the refresh token is worth nothing (any more)."""

    def __init__(self, description: str, subtype: str) -> None:
        super().__init__(description)
        self.description = description
        self.subtype = subtype


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """The token endpoint of one client. Every answer it returns is a 200 that holds an access token."""

    wire: Wire
    client_id: str

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, repeatable: bool) -> "httpx2.Response":
        """Send a token request. A refresh may be repeated; a code is spent by the first request that arrives.

        Raises InvalidGrant; ConfigurationWrong, SignInNeeded, Refused or Temporary as `of_token_answer` tells.
        """
        sent = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        try:
            response = self.wire.send(
                lambda: self.wire.http.send(SERVICE, "POST", url, headers=sent, body=body), repeatable=repeatable
            )
        except NetworkError as error:
            raise of_network(error) from error
        if response.status_code == HTTPStatus.OK and "error" not in (answer := json_of(response)):
            if isinstance(answer.get("access_token"), str):
                return response
            raise foreign(response)
        problem = read_body(response.content)
        if problem.reason == "invalid_grant":
            raise InvalidGrant(problem.message, str(json_of(response).get("error_subtype", "")))
        raise of_token_answer(response, client_id=self.client_id)


def json_of(response: "httpx2.Response") -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one where it holds none."""
    try:
        answer = json.loads(response.content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


class GoogleAuthRequest:
    """`google.auth.transport.Request` over a TokenEndpoint."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> "GoogleAuthResponse":
        """Send a refresh: always a POST, with the time-outs of our own connection."""
        del method, timeout
        answer = self._endpoint.post(url, headers or {}, body or b"", repeatable=True)
        return GoogleAuthResponse(answer.status_code, dict(answer.headers), answer.content)


@dataclass(frozen=True, slots=True)
class GoogleAuthResponse:
    """`google.auth.transport.Response`."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class RequestsAdapter:
    """A transport adapter for a `requests.Session`, over a TokenEndpoint (requests_oauthlib sends through requests)."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint

    def send(self, request: "requests.PreparedRequest", **_: object) -> "requests.Response":
        """Send the exchange of a code, which must not be repeated."""
        import requests

        body = request.body or ""
        answer = self._endpoint.post(
            str(request.url),
            {name: str(value) for name, value in request.headers.items()},
            body if isinstance(body, bytes) else str(body).encode(),
            repeatable=False,
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(dict(answer.headers))
        response.url, response.request = str(request.url), request
        response.encoding = "utf-8"
        response._content = answer.content  # noqa: SLF001  requests has no other way to hand over a body
        return response

    def close(self) -> None:
        """Do nothing: the connections belong to `Http`."""


class AccessToken:
    """The access token of a profile: the stored one while it lasts, then a new one, stored at once."""

    def __init__(self, profile: Profile, grant: GoogleGrant, wire: Wire) -> None:
        self._profile = profile
        self._grant = grant
        self._wire = wire

    @property
    def grant(self) -> GoogleGrant:
        """The grant as last stored."""
        return self._grant

    @property
    def email(self) -> str:
        """The address of the account."""
        return self._grant.email

    @property
    def subject(self) -> str:
        """Google's id of the account; it stays when the address changes."""
        return self._grant.subject

    def fresh(self) -> str:
        """Return an access token with life in it. Raises as `renew`."""
        if not _lasts(self._grant, self._wire.clock.now()):
            self.renew()
        return self._grant.access_token

    def renew(self) -> str:
        """Return another access token than the last one, refreshed unless another process has done so already.

        The credentials are read again first and written whole at once, so that nothing is lost that was stored since.
        Raises SignInNeeded("google-grant-ended" …) where the grant is over; ConfigurationWrong for a client that is
        unknown or gone; Temporary.
        """
        stored = Credentials.load(self._profile)
        grant = stored.grant
        if grant is None or grant.subject != self._grant.subject:
            raise SignInNeeded("google-not-signed-in", profile=self._profile.name)
        if grant.access_token == self._grant.access_token or not _lasts(grant, self._wire.clock.now()):
            grant = self._refreshed(grant, client_of(stored, grant))
            replace(stored, grant=grant).save(self._profile)
        self._grant = grant
        return grant.access_token

    def _refreshed(self, grant: GoogleGrant, client: GoogleClient) -> GoogleGrant:
        from google.oauth2.credentials import Credentials as GoogleCredentials

        credentials = GoogleCredentials(
            None,
            refresh_token=grant.refresh_token,
            token_uri=client.token_uri,
            client_id=client.client_id,
            client_secret=client.client_secret,
        )
        endpoint = TokenEndpoint(self._wire, client.client_id)
        try:
            credentials.refresh(GoogleAuthRequest(endpoint))
        except InvalidGrant as error:
            raise self._ended(grant, error) from error
        return replace(
            grant,
            access_token=credentials.token,
            access_expires_at=self._on_our_clock(credentials.expiry),
            refresh_token=credentials.refresh_token or grant.refresh_token,
        )

    def _on_our_clock(self, expiry: datetime | None) -> datetime | None:
        """Google's library tells the end by the machine's clock (without a zone); ours may be another."""
        if expiry is None:
            return None
        return self._wire.clock.now() + (expiry.replace(tzinfo=UTC) - datetime.now(UTC))

    def _ended(self, grant: GoogleGrant, error: InvalidGrant) -> SignInNeeded:
        """Tell why a grant may be over (facts/google.md 5.5)."""
        if error.subtype in {"invalid_rapt", "rapt_required"}:
            code = "google-grant-session-length"
        elif grant.ends_at is not None and grant.ends_at <= self._wire.clock.now():
            code = "google-grant-ended-testing"
        else:
            code = "google-grant-ended"
        return SignInNeeded(code, email=grant.email, profile=self._profile.name, reason=error.description)


def client_of(stored: Credentials, grant: GoogleGrant) -> GoogleClient:
    """Return the client that the grant was given to; a refresh token is worth nothing to another one.

    Raises ConfigurationWrong as `signing_in_client`, SignInNeeded("google-client-changed").
    """
    client = signing_in_client(stored)
    if grant.client_id and grant.client_id != client.client_id:
        raise SignInNeeded("google-client-changed", email=grant.email, client_id=client.client_id)
    return client


def signing_in_client(stored: Credentials) -> GoogleClient:
    """Return the `installed` client, fit for signing in.

    Raises ConfigurationWrong("google-client-missing", "google-client-web-only", "google-client-secret-missing" or
    "google-address-insecure").
    """
    client = stored.installed
    if client is None:
        raise ConfigurationWrong("google-client-missing" if stored.web is None else "google-client-web-only")
    if not client.client_secret:
        raise ConfigurationWrong("google-client-secret-missing", client_id=client.client_id)
    for address in (client.auth_uri, client.token_uri):
        if not (address.startswith("https://") or is_loopback(address)):
            raise ConfigurationWrong("google-address-insecure", address=address)
    return client


def is_loopback(address: str) -> bool:
    """Whether a URL leads to this very machine, where plain http is safe."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _lasts(grant: GoogleGrant, now: datetime) -> bool:
    """Whether the access token can still be used. One of unknown life is used until it is refused."""
    return bool(grant.access_token) and (grant.access_expires_at is None or grant.access_expires_at - now > FRESH_FOR)
