"""Ending a grant at Google, with all its tokens (RFC 7009; facts/google.md 5.2)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlencode

from gsync_cli.errors import Temporary
from gsync_cli.google.errors import foreign, of_answer, of_network, read_body
from gsync_cli.google.tokens import json_of
from gsync_cli.google.wire import SERVICE, Wire
from gsync_cli.http import NetworkError

if TYPE_CHECKING:
    import httpx2

    from gsync_cli.config import Settings

ROOT: Final = "https://oauth2.googleapis.com"
PATH: Final = "/revoke"
_ENDED: Final = frozenset({"invalid_token", "invalid_grant"})

Revoked: TypeAlias = Literal["revoked", "ended-before"]


class _Empty(Exception):
    """Carries a success without a body past the wire, which takes an empty answer for none."""

    def __init__(self, response: "httpx2.Response") -> None:
        super().__init__()
        self.response = response


def revoke(token: str, settings: "Settings", wire: Wire, *, email: str) -> Revoked:
    """Revoke a token, and with it the whole grant: every sign-in of this account to the project's clients ends.

    Revoking twice does no harm, so it is repeated until an answer is clear. Raises Temporary, ConfigurationWrong and
    Refused as `errors.of_answer`; the grant may then still be alive.
    """
    address = (settings.text("google.endpoints.oauth2") or ROOT).rstrip("/") + PATH
    body = urlencode({"token": token}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}

    def once() -> "httpx2.Response":
        response = wire.http.send(SERVICE, "POST", address, headers=headers, body=body)
        if response.is_success and not response.content.strip():
            raise _Empty(response)
        return response

    response = _answer(once, wire)
    if response.is_success:
        return _taken(response)
    # What it says of a dead token varies: Google's word is `invalid_token`.
    if response.status_code == HTTPStatus.BAD_REQUEST and read_body(response.content).reason in _ENDED:
        return "ended-before"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        # Revoking needs no sign-in, so this is not Google's own word about the account.
        raise Temporary("google-server", status=response.status_code, host=response.url.host)
    raise of_answer(response, email=email)


def _answer(once: "Callable[[], httpx2.Response]", wire: Wire) -> "httpx2.Response":
    """Return the final answer. One without a body may be a proxy's, so it counts only when it comes twice."""
    try:
        try:
            return wire.send(once, repeatable=True)
        except _Empty:
            return wire.send(once, repeatable=True)
    except _Empty as empty:
        return empty.response
    except NetworkError as error:
        raise of_network(error) from error


def _taken(response: "httpx2.Response") -> Revoked:
    """Read a success: Google's is `{}`, others' may be empty. A page is a network's that wants a sign-in."""
    content = response.content.strip()
    if content and not content.startswith(b"{"):
        raise foreign(response)
    if (answer := json_of(response)) and "error" in answer:
        raise foreign(response)
    return "revoked"
