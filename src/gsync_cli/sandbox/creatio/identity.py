"""The Identity Service: a host of its own, with bearer tokens for client credentials (facts/creatio.md 1.5)."""

import base64
import hmac
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote_plus

from gsync_cli.sandbox.creatio.users import User
from gsync_cli.sandbox.messages import Request, Response

LIFETIME_SECONDS: Final = 3600


class IdentityService:
    """Gives tokens to technical users and knows whose a token is."""

    def __init__(self, now: Callable[[], datetime], token: Callable[[], str]) -> None:
        self.issued = 0
        """How many tokens were given out."""
        self._now = now
        self._token = token
        self._tokens: dict[str, tuple[User, datetime]] = {}

    def handle(self, path: str, request: Request, users: Iterable[User]) -> Response:
        """Answer a request; `path` is that below the service's own root."""
        if path != "/connect/token":
            return Response.of_html(404, "<html><body><h1>404 - Not Found</h1></body></html>")
        if request.method != "POST":
            return Response(405, b"", (("Allow", "POST"),))
        form_encoded = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        form = request.form() if form_encoded else {}
        if form.get("grant_type") != "client_credentials":
            return _error("unsupported_grant_type" if form.get("grant_type") else "invalid_request")
        client_id, secret = _credentials(request, form)
        user = next((user for user in users if user.client_id and user.client_id == client_id), None)
        if user is None or not user.active or not hmac.compare_digest(user.client_secret.encode(), secret.encode()):
            return _error("invalid_client")
        token = self._token()
        self.issued += 1
        self._tokens[token] = (user, self._now() + timedelta(seconds=LIFETIME_SECONDS))
        answer = {
            "access_token": token,
            "expires_in": LIFETIME_SECONDS,
            "token_type": "Bearer",
            "scope": f"ApplicationAccess_{user.id.replace('-', '')}",
        }
        return Response.of_json(200, answer, ("Cache-Control", "no-store, no-cache, max-age=0"))

    def user_of(self, token: str) -> User | None:
        """Return whose token it is, while it lasts."""
        user, ends = self._tokens.get(token, (None, None))
        return user if user is not None and ends is not None and user.active and self._now() < ends else None

    def end_all(self) -> None:
        """Forget every token."""
        self._tokens.clear()


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (Base64Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _error(code: str) -> Response:
    return Response.of_json(400, {"error": code})
