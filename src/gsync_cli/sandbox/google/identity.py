"""Who an access token speaks for: userinfo and tokeninfo, in their several versions (facts/google.md 5.6)."""

from typing import Any

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google import conformance, errors
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.tokens import ALIASES, IDENTITY, Access, Registry
from gsync_cli.sandbox.messages import Request, Response


class OAuthError(Exception):
    """A refusal of an OAuth endpoint: {"error", "error_description"}."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.status = status
        self.error = error
        self.description = description

    def response(self) -> Response:
        """Return the answer that carries it."""
        value = {"error": self.error, "error_description": self.description}
        return Response.of_json(self.status, value, ("Cache-Control", "no-cache, no-store"))


class Identity:
    """The endpoints that tell who signed in."""

    def __init__(self, clock: VirtualClock, registry: Registry) -> None:
        self._clock = clock
        self._registry = registry

    def token_info(self, request: Request) -> Response:
        """Answer tokeninfo of oauth2.googleapis.com: numbers as text."""
        access, left = self._held(request)
        value = {
            "azp": access.grant.client.client_id,
            "aud": access.grant.client.client_id,
            "scope": " ".join(sorted(access.scopes)),
            "exp": str(int(access.expires_at.timestamp())),
            "expires_in": str(left),
            "access_type": "offline",
            **{key: str(part) for key, part in claims_of(access.grant.account, access.scopes).items() if key != "hd"},
        }
        if "email_verified" in value:
            value["email_verified"] = "true"
        return Response.of_json(200, value)

    def token_info_v2(self, request: Request) -> Response:
        """Answer oauth2.v2 tokeninfo."""
        access, left = self._held(request)
        value: dict[str, Any] = {
            "issued_to": access.grant.client.client_id,
            "audience": access.grant.client.client_id,
            "user_id": access.grant.account.subject,
            "scope": " ".join(sorted(access.scopes)),
            "expires_in": left,
        }
        if ALIASES["email"] in access.scopes:
            value |= {"email": access.grant.account.email, "verified_email": True}
        return _checked_answer("tokeninfo", value)

    def _held(self, request: Request) -> tuple[Access, int]:
        token = request.argument("access_token")
        if not token and request.method == "POST":
            token = request.form().get("access_token", "")
        access = self._registry.access(token)
        if access is None:
            raise OAuthError(400, "invalid_token", "Invalid Value")
        return access, int((access.expires_at - self._clock.now()).total_seconds())

    def user_info_v2(self, request: Request) -> Response:
        """Answer oauth2.v2 userinfo.get."""
        access = self._held_by_bearer(request)
        if access is None:
            return errors.unauthenticated().response()
        if not access.scopes & IDENTITY:
            return errors.insufficient_scope("oauth2.googleapis.com", "google.oauth2.v2.userinfo.get").response()
        account = access.grant.account
        value: dict[str, Any] = {"id": account.subject}
        if ALIASES["email"] in access.scopes:
            value |= {"email": account.email, "verified_email": True}
        if ALIASES["profile"] in access.scopes:
            value["name"] = account.name
        if account.hosted_domain:
            value["hd"] = account.hosted_domain
        return _checked_answer("userinfo.get", value)

    def user_info(self, request: Request) -> Response:
        """Answer the OpenID Connect userinfo endpoint."""
        access = self._held_by_bearer(request)
        if access is None or "openid" not in access.scopes:
            raise OAuthError(401, "invalid_request", "Invalid Credentials")
        return Response.of_json(200, claims_of(access.grant.account, access.scopes))

    def _held_by_bearer(self, request: Request) -> Access | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return self._registry.access(token.strip() if kind.lower() == "bearer" else request.argument("access_token"))


def claims_of(account: Account, scopes: frozenset[str]) -> dict[str, Any]:
    """Return what OpenID Connect tells of a user, by the scopes granted."""
    value: dict[str, Any] = {"sub": account.subject}
    if ALIASES["profile"] in scopes:
        value["name"] = account.name
    if ALIASES["email"] in scopes:
        value |= {"email": account.email, "email_verified": True}
    if account.hosted_domain:
        value["hd"] = account.hosted_domain
    return value


def _checked_answer(method: str, value: dict[str, Any]) -> Response:
    api = conformance.api("oauth2.v2")
    api.check_answer(next(item for item in api.methods if item.id == method), value)
    return Response.of_json(200, value)
