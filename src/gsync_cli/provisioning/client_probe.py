"""What Google itself says of an OAuth client, found out without a user (facts/google.md 3.12).

The pair of id and secret: a code that is obviously none goes to the token endpoint. Google looks at the client before
it looks at the code, so the refusal tells whether the client is right. The redirect URIs: the authorisation endpoint is
asked for its page, without cookies and without following it, and shows an error for an address it does not know.

Nothing is claimed that was not seen: an endpoint that would take any address proves nothing about ours, so it is asked
for one that can't be registered, too.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlencode

from gsync_cli.credentials import GoogleClient
from gsync_cli.errors import ConfigurationWrong
from gsync_cli.google.errors import ErrorBody, of_network, of_token_answer, read_body
from gsync_cli.google.tokens import is_loopback
from gsync_cli.google.wire import SERVICE, Wire
from gsync_cli.http import NetworkError, Policy, retry_after, retrying
from gsync_cli.provisioning.authorisation_page import RedirectState, ask

if TYPE_CHECKING:
    import httpx2

Pair: TypeAlias = Literal["good", "wrong-id", "wrong-secret", "deleted", "unknown"]

DESKTOP_REDIRECT: Final = "http://127.0.0.1:8080/"
"""Of the form at which gsync's own sign-in ends. A client of the type “Desktop app” takes it without registration."""

_NO_CODE: Final = "gsync-checks-the-client-and-this-is-no-code"
_NO_TOKEN: Final = "gsync-checks-the-client-and-this-is-no-token"  # noqa: S105  obviously none
_CONTROL: Final = "https://gsync-control.invalid/"
"""Below `.invalid` nothing can be registered (RFC 2606)."""
_ATTEMPTS: Final = 3
_NO_SUCH_CLIENT: Final = re.compile(r"not found|does not exist|(?:unknown|no such) client|client[_ ]id\b(?!.*secret)")
"""Google says “The OAuth client was not found.”; others say it in their own words."""


@dataclass(frozen=True, slots=True)
class RedirectProof:
    """What the authorisation endpoint says of one redirect URI, and how it said it."""

    uri: str
    state: RedirectState
    said: str = ""


@dataclass(frozen=True, slots=True)
class ClientProof:
    """What Google says of a client. `pair` is "unknown" where neither id nor secret is proven."""

    pair: Pair
    said: str
    """The answer of the token endpoint: its code and sentence."""
    redirect_uris: tuple[RedirectProof, ...]
    at: datetime
    """When it was looked at."""

    @property
    def is_disabled(self) -> bool:
        """Whether Google says that the client is there and was disabled: by an administrator, or by Google itself."""
        said = self.said.casefold()
        return self.pair == "unknown" and "disabled" in said and "secret" not in said

    @property
    def missing(self) -> tuple[str, ...]:
        """The redirect URIs that Google refuses."""
        return tuple(each.uri for each in self.redirect_uris if each.state == "missing")


def probe(client: GoogleClient, redirect_uris: Sequence[str], wire: Wire) -> ClientProof:
    """Ask Google about a client: its id and secret, and each of the redirect URIs (none: only the pair).

    Raises Temporary where the token endpoint can't be reached or has trouble; ConfigurationWrong("google-not-google"
    or "google-address-insecure"). An authorisation endpoint that can't be asked leaves its addresses "unknown".
    """
    for address in (client.auth_uri, client.token_uri):
        if not (address.startswith("https://") or is_loopback(address)):
            raise ConfigurationWrong("google-address-insecure", address=address)
    redirect = next(iter((*redirect_uris, *client.redirect_uris)), DESKTOP_REDIRECT)
    answer = _refusal(client, wire, {"grant_type": "authorization_code", "code": _NO_CODE, "redirect_uri": redirect})
    pair = _pair_of(answer)
    if pair == "unknown" and client.client_secret and answer.reason in ("redirect_uri_mismatch", "invalid_request"):
        # The address was looked at before the secret, or instead of it. A refresh has no address.
        second = _refusal(client, wire, {"grant_type": "refresh_token", "refresh_token": _NO_TOKEN})
        pair = _pair_of(second)
        said = f"{_said(answer)}; {_said(second)}"
    else:
        said = _said(answer)
    refused = {redirect} if answer.reason == "redirect_uri_mismatch" else set()
    proofs = redirect_proofs(client, pair, redirect_uris, wire)
    return ClientProof(
        pair,
        said,
        tuple(
            RedirectProof(each.uri, "missing", "redirect_uri_mismatch")
            if each.uri in refused and each.state == "unknown" else each
            for each in proofs
        ),
        wire.clock.now(),
    )  # fmt: skip


def redirect_proofs(
    client: GoogleClient, pair: Pair, redirect_uris: Sequence[str], wire: Wire
) -> tuple[RedirectProof, ...]:
    """Ask Google about redirect URIs alone, of a client whose pair was judged before. Nothing is raised."""
    return _redirects(client, redirect_uris, wire) if pair not in ("wrong-id", "deleted") else _unasked(redirect_uris)


def _pair_of(answer: ErrorBody) -> Pair:
    told = answer.message.casefold()
    if answer.reason == "deleted_client" or (answer.reason == "invalid_client" and "deleted" in told):
        return "deleted"
    if answer.reason == "invalid_grant":
        return "good"
    if answer.reason == "invalid_client":
        if _NO_SUCH_CLIENT.search(told):
            return "wrong-id"
        return "unknown" if "disabled" in told and "secret" not in told else "wrong-secret"
    return "wrong-secret" if answer.reason == "unauthorized_client" and told == "unauthorized" else "unknown"


def _refusal(client: GoogleClient, wire: Wire, request: dict[str, str]) -> ErrorBody:
    """Send a token request that can only be refused, with id and secret in its body; return the refusal.

    It is sent again only where it did not arrive, or was turned away by an overloaded service.
    """
    secret = {"client_secret": client.client_secret} if client.client_secret else {}
    body = urlencode({**request, "client_id": client.client_id, **secret}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    policy = Policy(repeatable=False, refused_for=_turned_away(wire), attempts=_ATTEMPTS)
    try:
        response = retrying(
            lambda: wire.http.send(SERVICE, "POST", client.token_uri, headers=headers, body=body),
            policy,
            wire.clock,
            wire.jitter,
        )
    except NetworkError as error:
        raise of_network(error) from error
    answer = read_body(response.content)
    if not answer.understood or _turned_away(wire)(response) is not None:
        raise of_token_answer(response, client_id=client.client_id)
    return answer


def _turned_away(wire: Wire) -> "Callable[[httpx2.Response], float | None]":
    def seconds(response: "httpx2.Response") -> float | None:
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return retry_after(response, wire.clock) or 1.0
        return None

    return seconds


def _redirects(client: GoogleClient, uris: Sequence[str], wire: Wire) -> tuple[RedirectProof, ...]:
    proofs = [RedirectProof(uri, *ask(client, uri, wire)) for uri in dict.fromkeys(uris)]
    if any(proof.state == "registered" for proof in proofs) and ask(client, _CONTROL, wire)[0] == "registered":
        told = "the endpoint shows the same page for any address"
        return tuple(
            RedirectProof(each.uri, "unknown", told) if each.state == "registered" else each for each in proofs
        )
    return tuple(proofs)


def _unasked(uris: Sequence[str]) -> tuple[RedirectProof, ...]:
    return tuple(RedirectProof(uri, "unknown", "not asked: there is no such client") for uri in dict.fromkeys(uris))


def _said(answer: ErrorBody) -> str:
    return f"{answer.reason}: {answer.message}" if answer.message != answer.reason else answer.reason
