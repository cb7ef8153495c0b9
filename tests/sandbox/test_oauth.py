"""Sign-in as Google's own libraries do it, over HTTP; and every documented refusal (facts/google.md 3.9, 3.12, 5)."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.oauth import OAuth
from gsync_cli.sandbox.google.tokens import Client, Project
from gsync_cli.sandbox.profile import client_file
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.world import Sandbox

REDIRECT = "http://127.0.0.1:53535/"
SCOPES = list(furnish.SCOPES)
CONTACTS, CALENDAR, EMAIL_SCOPE, OPENID = SCOPES


@dataclass
class Web:
    """A browser and a client library before a served sandbox."""

    sandbox: Sandbox
    url: str
    browser: httpx2.Client

    @property
    def oauth(self) -> OAuth:
        return self.sandbox.google.oauth

    def flow(self, kind: str = "installed", redirect: str = REDIRECT) -> Any:
        return Flow.from_client_config(client_file(self.url, kind), SCOPES, redirect_uri=redirect)

    def approve(self, address: str, *, decision: str = "continue", **changes: Any) -> httpx2.Response:
        """Open the consent page and post its form, as a person would."""
        page = self.browser.get(address)
        assert page.status_code == 200, page.text
        form = {
            name: unescape(value) for name, value in re.findall(r'type="hidden" name="(.*?)" value="(.*?)"', page.text)
        }
        form["granted"] = [unescape(scope) for scope in re.findall(r'name="granted" value="(.*?)"', page.text)]  # type: ignore[assignment]
        chosen = re.findall(r'name="account" value="([^"]*)" required checked', page.text)
        form |= {"account": chosen[0] if chosen else furnish.EMAIL, "decision": decision, **changes}
        return self.browser.post(httpx2.URL(address).join("consent").copy_with(query=None), data=form)

    def sign_in(self, flow: Any = None, **parameters: Any) -> Any:
        """Walk the whole way; return the flow."""
        flow = flow or self.flow()
        address, _ = flow.authorization_url(access_type="offline", prompt="consent", **parameters)
        flow.fetch_token(authorization_response=self.approve(address).headers["location"])
        return flow

    def token(self, auth: Any = None, **form: str) -> httpx2.Response:
        return self.browser.post(f"{self.url}/google/oauth2/token", data=form, auth=auth)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    sandbox = Sandbox()
    furnish.register(sandbox)
    with Server(sandbox) as server, httpx2.Client() as browser:
        yield Web(sandbox, server.url, browser)


def query_of(response: httpx2.Response) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def page_error(response: httpx2.Response) -> str:
    assert "location" not in response.headers
    found = re.search(r"Error (\d+): (\w+)", response.text)
    assert found, response.text
    return f"{found[1]} {found[2]}"


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_client_library_signs_in_with_pkce_state_and_basic_authentication(web: Web) -> None:
    flow = web.sign_in(login_hint=furnish.EMAIL)
    assert flow.code_verifier
    assert flow.credentials.refresh_token
    assert set(flow.credentials.granted_scopes) == set(SCOPES)
    assert "refresh_token_expires_in" not in flow.oauth2session.token
    info = web.browser.get(
        f"{web.url}/google/oauth2/oauth2/v2/userinfo", headers={"Authorization": f"Bearer {flow.credentials.token}"}
    ).json()
    assert (info["email"], info["hd"], info["verified_email"]) == (furnish.EMAIL, furnish.DOMAIN, True)


def test_credentials_may_stand_in_the_body(web: Web) -> None:
    flow = web.flow()
    address, _ = flow.authorization_url(access_type="offline")
    flow.fetch_token(authorization_response=web.approve(address).headers["location"], include_client_id=True)
    assert flow.credentials.token


def test_the_page_prefers_the_hinted_account_and_offers_scopes_as_boxes(web: Web) -> None:
    address, _ = web.flow().authorization_url(login_hint=furnish.PRIVATE_EMAIL)
    page = web.browser.get(address).text
    assert f'value="{furnish.PRIVATE_EMAIL}" required checked' in page
    assert f'type="checkbox" name="granted" value="{CONTACTS}"' in page
    assert f'name="granted" value="{OPENID}"' not in page


def test_state_and_the_port_come_back_unchanged(web: Web) -> None:
    address, state = web.flow(redirect="http://localhost:1/").authorization_url()
    sent = web.approve(address)
    assert sent.headers["location"].startswith("http://localhost:1/?state=")
    assert query_of(sent)["state"] == state


def test_refusal_is_told_to_the_client(web: Web) -> None:
    address, state = web.flow().authorization_url()
    assert query_of(web.approve(address, decision="cancel")) == {"error": "access_denied", "state": state}


def test_fewer_scopes_can_be_granted(web: Web) -> None:
    flow = web.flow()
    address, _ = flow.authorization_url(access_type="offline")
    flow.fetch_token(authorization_response=web.approve(address, granted=[CALENDAR]).headers["location"])
    assert set(flow.credentials.granted_scopes) == {CALENDAR, EMAIL_SCOPE, OPENID}
    with pytest.raises(RefreshError, match="invalid_scope"):
        credentials(web, flow.credentials.refresh_token, [CONTACTS]).refresh(AuthRequest())


def test_a_second_sign_in_brings_a_refresh_token_only_with_consent(web: Web) -> None:
    web.sign_in()
    flow = web.flow()
    address, _ = flow.authorization_url(access_type="offline")
    flow.fetch_token(authorization_response=web.approve(address).headers["location"])
    assert flow.credentials.refresh_token is None
    assert web.sign_in().credentials.refresh_token


def test_without_offline_access_there_is_no_refresh_token(web: Web) -> None:
    flow = web.flow()
    address, _ = flow.authorization_url(access_type="online", prompt="consent")
    flow.fetch_token(authorization_response=web.approve(address).headers["location"])
    assert flow.credentials.refresh_token is None


# ── refusals on the page ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "nobody"}, "401 invalid_client"),
        ({"redirect_uri": "https://evil.example/"}, "400 redirect_uri_mismatch"),
        ({"response_type": "token"}, "400 invalid_request"),
        ({"scope": "https://www.googleapis.com/auth/everything"}, "400 invalid_scope"),
        ({"scope": ""}, "400 invalid_request"),
    ],
)
def test_a_wrong_request_ends_on_a_page_and_sends_nobody_anywhere(web: Web, change: dict[str, str], error: str) -> None:
    asked = {
        "client_id": furnish.INSTALLED_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": CONTACTS,
        **change,
    }
    assert page_error(web.browser.get(f"{web.url}/google/accounts/o/oauth2/auth?{urlencode(asked)}")) == error


def test_a_web_client_has_exactly_its_registered_redirects(web: Web) -> None:
    client = web.oauth.registry.clients[furnish.WEB_ID]
    client.redirect_uris = ("http://localhost:8080/",)
    web.sign_in(web.flow("web", "http://localhost:8080/"))
    for near in ("http://localhost:8080", "http://localhost:8081/", "http://127.0.0.1:8080/"):
        address, _ = web.flow("web", near).authorization_url()
        assert page_error(web.browser.get(address)) == "400 redirect_uri_mismatch"


def test_an_internal_app_is_not_for_outsiders(web: Web) -> None:
    address, _ = web.flow().authorization_url(login_hint=furnish.PRIVATE_EMAIL)
    assert page_error(web.approve(address)) == "403 org_internal"


def test_an_app_in_testing_is_for_its_testers_and_for_seven_days(web: Web) -> None:
    project = Project("testing", "5", audience="testing", test_users=frozenset({furnish.EMAIL}))
    web.oauth.registry.clients[furnish.INSTALLED_ID].project = project
    address, _ = web.flow().authorization_url(login_hint=furnish.PRIVATE_EMAIL)
    assert page_error(web.approve(address)) == "403 access_denied"
    flow = web.sign_in(login_hint=furnish.EMAIL)
    assert flow.oauth2session.token["refresh_token_expires_in"] == 604799
    held = credentials(web, flow.credentials.refresh_token)
    held.refresh(AuthRequest())
    web.sandbox.clock.advance(7 * 86400)
    with pytest.raises(RefreshError, match="invalid_grant: Token has been expired or revoked"):
        held.refresh(AuthRequest())


# ── the token endpoint ───────────────────────────────────────────────────────────────────────────────────────
def credentials(web: Web, refresh_token: str, scopes: list[str] | None = None) -> Any:
    return Credentials(
        None,
        refresh_token=refresh_token,
        token_uri=f"{web.url}/google/oauth2/token",
        client_id=furnish.INSTALLED_ID,
        client_secret=furnish.INSTALLED_SECRET,
        scopes=scopes,
    )


def test_refresh_gives_a_new_access_token_and_keeps_the_refresh_token(web: Web) -> None:
    flow = web.sign_in()
    held = credentials(web, flow.credentials.refresh_token, SCOPES)
    held.refresh(AuthRequest())
    assert held.token not in {None, flow.credentials.token}
    assert held.refresh_token == flow.credentials.refresh_token


def test_refresh_tokens_may_rotate(web: Web) -> None:
    web.sandbox.google.behaviour.rotate_refresh_tokens = True
    first = web.sign_in().credentials.refresh_token
    held = credentials(web, first)
    held.refresh(AuthRequest())
    assert held.refresh_token != first
    held.refresh(AuthRequest())
    with pytest.raises(RefreshError, match="invalid_grant"):
        credentials(web, first).refresh(AuthRequest())


def test_revoking_any_token_ends_the_grant(web: Web) -> None:
    flow = web.sign_in()
    revoke = f"{web.url}/google/oauth2/revoke"
    assert web.browser.post(revoke, data={"token": flow.credentials.token}).status_code == 200
    with pytest.raises(RefreshError, match="invalid_grant"):
        credentials(web, flow.credentials.refresh_token).refresh(AuthRequest())
    again = web.browser.post(revoke, data={"token": flow.credentials.token})
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")


def test_a_pair_can_be_checked_without_a_user(web: Web) -> None:
    form = {"grant_type": "authorization_code", "code": "junk", "redirect_uri": REDIRECT}

    def answer(client_id: str, secret: str, **change: str) -> tuple[int, str, str]:
        reply = web.token(client_id=client_id, client_secret=secret, **{**form, **change})
        return reply.status_code, reply.json()["error"], reply.json().get("error_description", "")

    good = (furnish.INSTALLED_ID, furnish.INSTALLED_SECRET)
    assert answer(*good)[:2] == (400, "invalid_grant")
    assert answer("nobody", "x") == (401, "invalid_client", "The OAuth client was not found.")
    assert answer(good[0], "wrong") == (401, "invalid_client", "Unauthorized")
    assert answer(*good, redirect_uri="https://x.example/")[:2] == (400, "redirect_uri_mismatch")
    assert answer(*good, grant_type="password")[:2] == (400, "unsupported_grant_type")
    basic = web.token(httpx2.BasicAuth(*good), **form)
    assert basic.json()["error"] == "invalid_grant"


def code_for(web: Web, flow: Any) -> str:
    address, _ = flow.authorization_url()
    return query_of(web.approve(address))["code"]


def exchange(web: Web, code: str, **form: str) -> Any:
    client = {"client_id": furnish.INSTALLED_ID, "client_secret": furnish.INSTALLED_SECRET}
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **client, **form}
    return web.token(**sent).json()


def test_a_code_works_once_soon_and_at_its_redirect(web: Web) -> None:
    flow = web.flow()
    code = code_for(web, flow)
    assert "access_token" in exchange(web, code, code_verifier=flow.code_verifier)
    assert exchange(web, code, code_verifier=flow.code_verifier)["error"] == "invalid_grant"
    flow = web.flow()
    other = exchange(web, code_for(web, flow), code_verifier=flow.code_verifier, redirect_uri="http://127.0.0.1:1/")
    assert other["error"] == "redirect_uri_mismatch"
    flow = web.flow()
    code = code_for(web, flow)
    web.sandbox.clock.advance(600)
    assert exchange(web, code, code_verifier=flow.code_verifier)["error"] == "invalid_grant"


def test_pkce_is_verified(web: Web) -> None:
    flow = web.flow()
    assert exchange(web, code_for(web, flow))["error_description"] == "Missing code verifier."
    flow = web.flow()
    wrong = exchange(web, code_for(web, flow), code_verifier="w" * 50)
    assert wrong["error_description"] == "Invalid code verifier."


def test_the_client_of_a_refresh_token_is_the_one_it_was_given_to(web: Web) -> None:
    token = web.sign_in().credentials.refresh_token
    reply = web.token(
        grant_type="refresh_token", refresh_token=token, client_id=furnish.WEB_ID, client_secret=furnish.WEB_SECRET
    )
    assert reply.json()["error"] == "invalid_grant"


def test_a_deleted_client_is_told_apart(web: Web) -> None:
    web.oauth.registry.clients[furnish.INSTALLED_ID].deleted = True
    assert exchange(web, "any")["error"] == "deleted_client"


def test_the_hundred_and_first_refresh_token_drops_the_oldest(web: Web) -> None:
    def new() -> str:
        return str(web.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, SCOPES)["refresh_token"])

    oldest = new()
    later = [new() for _ in range(100)]
    assert web.oauth.registry.refresh(oldest) is None
    assert web.oauth.registry.refresh(later[0]) is not None


# ── identity ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_identity_is_told_in_every_version(web: Web) -> None:
    token = web.sign_in().credentials.token
    bearer = {"Authorization": f"Bearer {token}"}
    oidc = web.browser.get(f"{web.url}/google/openidconnect/v1/userinfo", headers=bearer).json()
    assert (oidc["email"], oidc["hd"]) == (furnish.EMAIL, furnish.DOMAIN)
    info = web.browser.get(f"{web.url}/google/oauth2/tokeninfo", params={"access_token": token}).json()
    assert (info["aud"], info["email"], info["sub"]) == (furnish.INSTALLED_ID, furnish.EMAIL, oidc["sub"])
    assert set(info["scope"].split()) == set(SCOPES)
    none = web.browser.get(f"{web.url}/google/oauth2/oauth2/v2/userinfo")
    assert (none.status_code, none.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_a_private_account_has_no_hosted_domain(web: Web) -> None:
    web.oauth.add_client(Client("c", "s", "installed", Project("p", "6", audience="production")))
    token = web.oauth.sign_in(furnish.PRIVATE_EMAIL, "c", SCOPES)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert "hd" not in web.browser.get(f"{web.url}/google/oauth2/oauth2/v2/userinfo", headers=bearer).json()


def test_the_id_token_names_the_account(web: Web) -> None:
    answer = web.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, SCOPES)
    claims = answer["id_token"].split(".")[1]
    assert furnish.EMAIL.encode() in base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
