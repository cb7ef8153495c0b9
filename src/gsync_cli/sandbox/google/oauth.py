"""OAuth 2.0 and identity, at the paths that Google uses below accounts.google.com, oauth2.googleapis.com and others."""

import base64
import functools
import hashlib
import json
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google import conformance, consent_page
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.identity import Identity, OAuthError, claims_of
from gsync_cli.sandbox.google.tokens import (
    ACCESS_LIVES,
    ALIASES,
    CODE_LIVES,
    IDENTITY,
    Access,
    Client,
    Code,
    Grant,
    Registry,
)
from gsync_cli.sandbox.messages import Request, Response

_APIS = ("people.v1", "calendar.v3", "gmail.v1", "cloudresourcemanager.v3", "oauth2.v2")


class PageError(Exception):
    """A refusal that the person sees; the client hears nothing."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.status = status
        self.code = code
        self.text = text
        self.page = consent_page.refused(status, code, text)


class OAuth:
    """The authorisation, token, revocation and identity endpoints, and what they remember."""

    def __init__(
        self, clock: VirtualClock, random_: random.Random, accounts: Mapping[str, Account], behaviour: Behaviour
    ) -> None:
        self._clock = clock
        self._accounts = accounts
        self._behaviour = behaviour
        self.registry = Registry(clock, random_)
        identity = Identity(clock, self.registry)
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/o/oauth2/auth"): self._ask,
            ("GET", "/o/oauth2/v2/auth"): self._ask,
            ("GET", "/signin/oauth/error"): consent_page.told_error,
            ("POST", "/o/oauth2/consent"): self._decide,
            ("POST", "/o/oauth2/v2/consent"): self._decide,
            ("POST", "/token"): self._token,
            ("POST", "/revoke"): self._revoke,
            ("GET", "/revoke"): self._revoke,
            ("GET", "/tokeninfo"): identity.token_info,
            ("POST", "/tokeninfo"): identity.token_info,
            ("POST", "/oauth2/v2/tokeninfo"): identity.token_info_v2,
            ("GET", "/oauth2/v2/tokeninfo"): identity.token_info_v2,
            ("GET", "/oauth2/v2/userinfo"): identity.user_info_v2,
            ("GET", "/userinfo/v2/me"): identity.user_info_v2,
            ("GET", "/v1/userinfo"): identity.user_info,
            ("GET", "/oauth2/v3/userinfo"): identity.user_info,
        }

    # ── for the other services, and for tests ────────────────────────────────────────────────────────────────
    def add_client(self, client: Client) -> Client:
        """Register a client."""
        self.registry.clients[client.client_id] = client
        return client

    def access(self, token: str) -> Access | None:
        """Return what an access token stands for, if it is valid now."""
        return self.registry.access(token)

    def sign_in(self, email: str, client_id: str, scopes: Iterable[str]) -> dict[str, Any]:
        """Consent for a user without the browser; return what the token endpoint would answer."""
        client = self.registry.clients[client_id]
        wanted = frozenset(scopes)
        grant, _ = self.registry.grant(self._accounts[email], client, wanted)
        return self._tokens(grant, client, wanted, refresh=True)

    def handle(self, request: Request) -> Response:
        """Answer a request to any of the endpoints."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            return Response.of_html(404, "<title>Error 404 (Not Found)!!1</title><p><b>404.</b> That’s an error.")
        try:
            return route(request)
        except OAuthError as error:
            return error.response()
        except PageError as error:
            return error.page

    # ── authorisation ────────────────────────────────────────────────────────────────────────────────────────
    def _ask(self, request: Request) -> Response:
        query = {name: values[-1] for name, values in request.query.items()}
        try:
            client, scopes = self._checked(query)
        except PageError as error:
            if self._behaviour.refusals_by_redirect:
                return _to_error_page(request, error, query.get("client_id", ""))
            raise
        accounts = list(self._accounts.values())
        hint = query.get("login_hint", "")
        chosen = hint if hint in self._accounts else accounts[0].email if len(accounts) == 1 else ""
        return consent_page.consent(client, accounts, chosen, scopes, query)

    def _decide(self, request: Request) -> Response:
        form = parse_qs(request.body.decode(), keep_blank_values=True)
        query = {name: values[-1] for name, values in form.items() if name not in {"granted", "account", "decision"}}
        client, scopes = self._checked(query)
        redirect = query["redirect_uri"]
        if form.get("decision", [""])[-1] != "continue":
            return _redirect(redirect, {"error": "access_denied"}, query)
        account = self._accounts.get(form.get("account", [""])[-1])
        if account is None:
            raise PageError(400, "invalid_request", "Choose an account.")
        _check_audience(client, account)
        ticked = set(form.get("granted", []))
        granted = frozenset(scope for scope in scopes if scope in ticked or scope in IDENTITY)
        if not granted:
            return _redirect(redirect, {"error": "access_denied"}, query)
        grant, first = self.registry.grant(account, client, granted)
        if query.get("include_granted_scopes") == "true":
            granted = grant.scopes
        code = self.registry.text("4/0A", 60)
        again = "consent" in query.get("prompt", "").split()
        self.registry.codes[code] = Code(
            grant,
            client,
            redirect,
            granted,
            offline=query.get("access_type") == "offline" and (first or again),
            challenge=query.get("code_challenge", ""),
            challenge_method=query.get("code_challenge_method", "plain"),
            expires_at=self._clock.now() + CODE_LIVES,
        )
        answer = {"code": code, "scope": " ".join(sorted(granted)), "authuser": "0", "prompt": "consent"}
        if account.hosted_domain:
            answer["hd"] = account.hosted_domain
        return _redirect(redirect, answer, query)

    def _checked(self, query: Mapping[str, str]) -> tuple[Client, list[str]]:
        """Return client and scopes of an authorisation request. Raises PageError."""
        client = self.registry.clients.get(query.get("client_id", ""))
        if client is None:
            raise PageError(401, "invalid_client", "The OAuth client was not found.")
        if client.deleted:
            raise PageError(401, "deleted_client", "The OAuth client was deleted.")
        client.arrive(self._clock.now())
        if not client.allows(query.get("redirect_uri", "")):
            raise PageError(
                400,
                "redirect_uri_mismatch",
                f"You can't sign in because this app sent an invalid request: redirect_uri={query.get('redirect_uri')}",
            )
        if query.get("response_type") != "code":
            raise PageError(400, "invalid_request", "Missing required parameter: response_type")
        if query.get("code_challenge_method", "plain") not in {"plain", "S256"}:
            raise PageError(400, "invalid_request", "Unsupported code_challenge_method")
        scopes = list(dict.fromkeys(ALIASES.get(scope, scope) for scope in query.get("scope", "").split()))
        if not scopes:
            raise PageError(400, "invalid_request", "Missing required parameter: scope")
        if unknown := [scope for scope in scopes if scope not in _known_scopes()]:
            raise PageError(400, "invalid_scope", f"Some requested scopes were invalid: {', '.join(unknown)}")
        return client, scopes

    # ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────
    def _token(self, request: Request) -> Response:
        try:
            form = request.form()
        except ValueError:
            raise OAuthError(400, "invalid_request", "Bad Request") from None
        client = self._client(request, form)
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            answer = self._exchange(client, form)
        elif kind == "refresh_token":
            answer = self._refresh(client, form)
        else:
            raise OAuthError(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")
        return Response.of_json(200, answer, ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"))

    def _client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Return the client that authenticates itself by HTTP Basic or in the body. Raises OAuthError."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret")
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(value).decode().partition(":")
            except ValueError:
                raise OAuthError(400, "invalid_request", "Invalid authorization header") from None
            client_id, secret = unquote_plus(client_id), unquote_plus(secret)
        if not client_id:
            raise OAuthError(400, "invalid_request", "Could not determine client ID from request.")
        client = self.registry.clients.get(client_id)
        if client is None:
            raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
        if client.deleted:
            raise OAuthError(401, "deleted_client", "The OAuth client was deleted.")
        if not secret:
            raise OAuthError(400, "invalid_request", "client_secret is missing.")
        if not client.accepts(secret):
            raise OAuthError(401, "invalid_client", "Unauthorized")
        return client

    def _exchange(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        redirect = form.get("redirect_uri", "")
        client.arrive(self._clock.now())
        if self._behaviour.redirects_checked_at_token and not client.allows(redirect):
            raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
        code = self.registry.codes.pop(form.get("code", ""), None)
        if code is None:
            raise OAuthError(400, "invalid_grant", "Malformed auth code.")
        if code.client is not client or code.expires_at <= self._clock.now() or code.grant.revoked:
            raise OAuthError(400, "invalid_grant", "Bad Request")
        if code.redirect != redirect:
            raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
        _check_verifier(code, form.get("code_verifier", ""))
        return self._tokens(code.grant, client, code.scopes, refresh=code.offline)

    def _refresh(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        token = form.get("refresh_token", "")
        if not token:
            raise OAuthError(400, "invalid_request", "Missing required parameter: refresh_token")
        held = self.registry.refresh(token)
        if held is None or held.client is not client:
            raise OAuthError(400, "invalid_grant", "Token has been expired or revoked.")
        asked = frozenset(ALIASES.get(scope, scope) for scope in form.get("scope", "").split())
        if not asked <= held.scopes:
            raise OAuthError(400, "invalid_scope", "Bad Request")
        answer = self._tokens(held.grant, client, asked or held.scopes, refresh=False)
        if self._behaviour.rotate_refresh_tokens:
            self.registry.drop_refresh(token)
            answer["refresh_token"] = self.registry.new_refresh(held.grant, client, held.scopes)
        return answer

    def _tokens(self, grant: Grant, client: Client, scopes: frozenset[str], *, refresh: bool) -> dict[str, Any]:
        """Return an answer of the token endpoint. Google's order of scopes is not the order asked for."""
        answer: dict[str, Any] = {
            "access_token": self.registry.new_access(grant, scopes),
            "expires_in": int(ACCESS_LIVES.total_seconds()) - 1,
            "scope": " ".join(sorted(scopes)),
            "token_type": "Bearer",
        }
        if refresh:
            answer["refresh_token"] = self.registry.new_refresh(grant, client, scopes)
        if grant.ends_at is not None:
            answer["refresh_token_expires_in"] = int((grant.ends_at - self._clock.now()).total_seconds()) - 1
        if "openid" in scopes:
            answer["id_token"] = self._id_token(grant.account, client, scopes)
        return answer

    def _id_token(self, account: Account, client: Client, scopes: frozenset[str]) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": "https://accounts.google.com",
            "azp": client.client_id,
            "aud": client.client_id,
            "iat": now,
            "exp": now + int(ACCESS_LIVES.total_seconds()),
            **claims_of(account, scopes),
        }
        header = {"alg": "RS256", "kid": "sandbox", "typ": "JWT"}
        # Nobody can check the signature: the sandbox has no published key.
        return ".".join((_base64(header), _base64(claims), self.registry.text("", 86)))

    def _revoke(self, request: Request) -> Response:
        token = request.form().get("token", "") if request.method == "POST" else ""
        if not self.registry.revoke(token or request.argument("token")):
            raise OAuthError(400, "invalid_token", "Token expired or revoked")
        return Response.of_json(200, {})


def _check_audience(client: Client, account: Account) -> None:
    """Refuse an account that the app is not for (facts 3.9). Raises PageError."""
    project = client.project
    if project.audience == "internal" and account.hosted_domain != project.hosted_domain:
        raise PageError(403, "org_internal", f"{project.app} is restricted to users within its organization.")
    if project.audience == "testing" and account.email not in project.test_users:
        raise PageError(
            403,
            "access_denied",
            f"{project.app} has not completed the Google verification process. The app is currently being tested, and "
            "can only be accessed by developer-approved testers.",
        )


def _check_verifier(code: Code, verifier: str) -> None:
    if not code.challenge:
        return
    if not verifier:
        raise OAuthError(400, "invalid_grant", "Missing code verifier.")
    made = verifier
    if code.challenge_method == "S256":
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if made != code.challenge:
        raise OAuthError(400, "invalid_grant", "Invalid code verifier.")


def _to_error_page(request: Request, error: PageError, client_id: str) -> Response:
    """Send the browser on to a page that tells the error: what accounts.google.com really does."""
    told = consent_page.auth_error(error.status, error.code, error.text)
    query = urlencode({"authError": told, "client_id": client_id, "flowName": "GeneralOAuthFlow"})
    return Response(302, b"", (("Location", f"{request.origin}/google/accounts/signin/oauth/error?{query}"),))


def _redirect(address: str, answer: Mapping[str, str], query: Mapping[str, str]) -> Response:
    """Send the browser back; `state` travels unchanged and first, as at Google."""
    values = {**({"state": query["state"]} if "state" in query else {}), **answer}
    joint = "&" if "?" in address else "?"
    return Response(302, b"", (("Location", f"{address}{joint}{urlencode(values)}"), ("Cache-Control", "no-store")))


@functools.cache
def _known_scopes() -> frozenset[str]:
    """Return every scope of the APIs that matter here, as their discovery documents name them."""
    return frozenset(scope for name in _APIS for scope in conformance.api(name).document["auth"]["oauth2"]["scopes"])


def _base64(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
