"""What Google says of a client, without a user: on the sandbox, and in the forms that Google's own endpoints have."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx2
import pytest

from gsync_cli.credentials import GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError
from gsync_cli.google.wire import Wire
from gsync_cli.http import Http
from gsync_cli.provisioning.client_probe import DESKTOP_REDIRECT, ClientProof, probe
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.tokens import Client, Project
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox

ROOT = "http://127.0.0.1:8000/google"
URI = "https://crm.example.com/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"
PAGE = "https://crm.example.com/0/LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
SECRET = "GOCSPX-right"
WEB = GoogleClient(
    "web",
    "1-web.apps.googleusercontent.com",
    SECRET,
    auth_uri=f"{ROOT}/accounts/o/oauth2/auth",
    token_uri=f"{ROOT}/oauth2/token",
    redirect_uris=(URI,),
)
Answer = Callable[[httpx2.Request], httpx2.Response]


def wire(transport: httpx2.BaseTransport) -> Wire:
    clock = VirtualClock()
    return Wire(Http(clock, transport=transport), clock, lambda: 0.5)


# ── on the sandbox ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox(VirtualClock())
    made.google.add_account("anna@example.com", "Anna Keller")
    project = Project("project-1", "1")
    made.google.oauth.add_client(Client(WEB.client_id, SECRET, "web", project, (URI, PAGE)))
    made.google.oauth.add_client(Client("1-own.apps.googleusercontent.com", SECRET, "installed", project))
    return made


def on(sandbox: Sandbox, client: GoogleClient, *uris: str) -> ClientProof:
    return probe(client, uris, wire(SandboxTransport(sandbox)))


def states(proof: ClientProof) -> dict[str, str]:
    return {each.uri: each.state for each in proof.redirect_uris}


def test_a_right_client_is_proven_with_its_addresses(sandbox: Sandbox) -> None:
    proof = on(sandbox, WEB, URI, PAGE)
    assert proof.pair == "good"
    assert states(proof) == {URI: "registered", PAGE: "registered"}
    assert proof.missing == ()


def test_a_wrong_id_and_a_wrong_secret_are_told_apart(sandbox: Sandbox) -> None:
    assert on(sandbox, replace(WEB, client_id="2-x.apps.googleusercontent.com"), URI).pair == "wrong-id"
    wrong = on(sandbox, replace(WEB, client_secret="GOCSPX-wrong"), URI)
    assert wrong.pair == "wrong-secret"
    assert states(wrong) == {URI: "registered"}
    assert "GOCSPX" not in repr(wrong)


def test_a_deleted_client_is_called_so_and_its_addresses_are_not_judged(sandbox: Sandbox) -> None:
    sandbox.google.oauth.registry.clients[WEB.client_id].deleted = True
    proof = on(sandbox, WEB, URI)
    assert (proof.pair, states(proof)) == ("deleted", {URI: "unknown"})


def test_a_missing_address_is_found_and_does_not_hide_that_the_secret_is_right(sandbox: Sandbox) -> None:
    missing = f"{URI}/"
    proof = on(sandbox, WEB, missing, PAGE)
    assert (proof.pair, proof.missing) == ("good", (missing,))
    assert states(proof) == {missing: "missing", PAGE: "registered"}
    assert on(sandbox, replace(WEB, client_secret="GOCSPX-wrong"), missing).pair == "wrong-secret"


def test_a_desktop_client_takes_an_address_of_this_machine(sandbox: Sandbox) -> None:
    own = replace(WEB, kind="installed", client_id="1-own.apps.googleusercontent.com", redirect_uris=())
    assert states(on(sandbox, own, DESKTOP_REDIRECT)) == {DESKTOP_REDIRECT: "registered"}
    assert on(sandbox, WEB, DESKTOP_REDIRECT).missing == (DESKTOP_REDIRECT,)


def test_a_client_without_a_secret_is_neither_right_nor_wrong(sandbox: Sandbox) -> None:
    assert on(sandbox, replace(WEB, client_secret=""), URI).pair == "unknown"


# ── as Google's endpoints answer ─────────────────────────────────────────────────────────────────────────────────


def refusal(code: str, text: str = "", status: int = 400) -> httpx2.Response:
    return httpx2.Response(status, json={"error": code, **({"error_description": text} if text else {})})


def google(token: Answer | httpx2.Response, page: Answer | None = None) -> Any:
    """Return a transport whose token endpoint and authorisation endpoint answer so; each request is remembered."""
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if request.url.path.endswith("/token"):
            return token(request) if callable(token) else token
        return page(request) if page else to_error("redirect_uri_mismatch")

    transport: Any = httpx2.MockTransport(handle)
    transport.asked = asked
    return transport


def query(request: httpx2.Request) -> dict[str, str]:
    return dict(request.url.params)


def to_error(code: str) -> httpx2.Response:
    """Return what Google answers for a refused request: on to an error page that packs the reason."""
    packed = base64.urlsafe_b64encode(
        b"\n\x15" + code.encode() + b"\x12\xb1\x01You can't sign in to this app\xff~?"
    ).decode()
    location = "https://accounts.google.com/signin/oauth/error?" + urlencode({"authError": packed, "client_id": "1"})
    return httpx2.Response(302, headers={"location": location})


def to_sign_in(request: httpx2.Request) -> httpx2.Response:
    if query(request)["redirect_uri"] != URI:
        return to_error("redirect_uri_mismatch")
    location = "https://accounts.google.com/v3/signin/identifier?" + urlencode({"continue": str(request.url)})
    return httpx2.Response(302, headers={"location": location})


GOOD = refusal("invalid_grant", "Malformed auth code.")


@pytest.mark.parametrize(
    ("answer", "pair"),
    [
        (GOOD, "good"),
        (refusal("invalid_grant"), "good"),
        (refusal("invalid_client", "The OAuth client was not found.", 401), "wrong-id"),
        (refusal("invalid_client", "The client_id '2' is incorrect.", 401), "wrong-id"),
        (refusal("invalid_client", "Unknown client", 401), "wrong-id"),
        (refusal("invalid_client", "The client_id or the client_secret is wrong.", 401), "wrong-secret"),
        (refusal("invalid_client", "Unauthorized", 401), "wrong-secret"),
        (refusal("invalid_client", "The provided client secret is invalid.", 401), "wrong-secret"),
        (refusal("invalid_client", status=401), "wrong-secret"),
        (refusal("invalid_client", "The OAuth client was disabled.", 401), "unknown"),
        (refusal("invalid_client", "The provided client secret is disabled.", 401), "wrong-secret"),
        (refusal("invalid_client", "The OAuth client was deleted.", 401), "deleted"),
        (refusal("deleted_client", "The OAuth client was deleted.", 401), "deleted"),
        (refusal("redirect_uri_mismatch", "Bad Request"), "unknown"),
        (refusal("access_denied", "Account restricted"), "unknown"),
        (httpx2.Response(400, json={"error": {"code": 400, "message": "?", "status": "INVALID_ARGUMENT"}}), "unknown"),
    ],
)
def test_each_answer_of_the_token_endpoint_means_one_thing(answer: httpx2.Response, pair: str) -> None:
    assert probe(WEB, (), wire(google(answer))).pair == pair


def test_the_code_is_obviously_none_and_the_secret_travels_in_the_body() -> None:
    transport = google(GOOD, to_sign_in)
    probe(WEB, [URI], wire(transport))
    first, *pages = transport.asked
    form = {name: values[0] for name, values in parse_qs(first.content.decode()).items()}
    assert (first.method, form["grant_type"], form["redirect_uri"]) == ("POST", "authorization_code", URI)
    assert (form["client_id"], form["client_secret"]) == (WEB.client_id, SECRET)
    assert "this-is-no-code" in form["code"]
    for page in pages:
        assert page.method == "GET"
        assert {**query(page), "redirect_uri": "", "state": ""} == {
            "client_id": WEB.client_id, "redirect_uri": "", "response_type": "code", "scope": "openid", "state": "",
        }  # fmt: skip
        assert "cookie" not in page.headers
        assert SECRET not in str(page.url)


def test_googles_way_to_the_sign_in_or_to_the_error_page_tells_whether_an_address_is_registered() -> None:
    proof = probe(WEB, [URI, PAGE], wire(google(GOOD, to_sign_in)))
    assert states(proof) == {URI: "registered", PAGE: "missing"}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (httpx2.Response(302, headers={"location": f"{URI}?error=login_required"}), "registered"),
        (httpx2.Response(302, headers={"location": "/o/signin?continue=x"}), "registered"),
        (httpx2.Response(302, headers={"location": f"{URI}.evil.example/x"}), "unknown"),
        (httpx2.Response(302, headers={"location": "https://proxy.example.com/login"}), "unknown"),
        (httpx2.Response(302, headers={"location": "/signin/oauth/error?authError=%%%"}), "unknown"),
        (httpx2.Response(302, headers={"location": "/error?error=redirect_uri_mismatch"}), "missing"),
        (httpx2.Response(400, html="<p>Error 400: redirect_uri_mismatch</p>"), "missing"),
        (httpx2.Response(400, json={"error": "invalid_request", "message": "Redirect URI mismatch"}), "missing"),
        (httpx2.Response(400, html="The redirect_uri is not registered for this client"), "missing"),
        (httpx2.Response(200, html="<p>Error 400: redirect_uri_mismatch</p>"), "missing"),
        (httpx2.Response(401, html="<p>Error 401: invalid_client</p>"), "unknown"),
        (httpx2.Response(200, html="<p>Error 401: deleted_client</p>"), "unknown"),
        (httpx2.Response(403, html="<p>Error 403: org_internal</p>"), "unknown"),
        (httpx2.Response(404, html="<p>Not found</p>"), "unknown"),
        (httpx2.Response(503, html="<p>redirect_uri_mismatch</p>"), "unknown"),
        (httpx2.Response(200, json={"ok": True}), "unknown"),
        (to_error("redirect_uri_mismatch"), "missing"),
        (to_error("invalid_client"), "unknown"),
    ],
)
def test_no_more_is_claimed_than_was_seen(answer: httpx2.Response, state: str) -> None:
    def page(request: httpx2.Request) -> httpx2.Response:
        return answer if query(request)["redirect_uri"] == URI else to_error("redirect_uri_mismatch")

    assert states(probe(WEB, [URI], wire(google(GOOD, page)))) == {URI: state}


def test_a_page_that_comes_for_any_address_proves_nothing() -> None:
    proof = probe(WEB, [URI, PAGE], wire(google(GOOD, lambda _: httpx2.Response(200, html="<form>Sign in</form>"))))
    assert states(proof) == {URI: "unknown", PAGE: "unknown"}


def test_an_endpoint_that_hands_over_to_another_is_followed_but_not_in_circles() -> None:
    def hands_over(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/v2/auth"):
            return to_sign_in(request)
        return httpx2.Response(302, headers={"location": f"/v2/auth?{urlencode(query(request))}"})

    assert states(probe(WEB, [URI, PAGE], wire(google(GOOD, hands_over)))) == {URI: "registered", PAGE: "missing"}

    def turns(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"location": str(request.url)})

    assert states(probe(WEB, [URI], wire(google(GOOD, turns)))) == {URI: "unknown"}


def test_where_the_pages_can_t_be_asked_the_token_endpoint_may_still_tell_of_one() -> None:
    def silent(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    proof = probe(WEB, [URI, PAGE], wire(google(refusal("redirect_uri_mismatch"), silent)))
    assert states(proof) == {URI: "missing", PAGE: "unknown"}


def test_a_busy_service_is_asked_again_and_a_lost_answer_is_not() -> None:
    answers = iter([httpx2.Response(503), httpx2.Response(429), GOOD])
    transport = google(lambda _: next(answers))
    assert probe(WEB, (), wire(transport)).pair == "good"
    assert len(transport.asked) == 3

    def lost(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("late")

    transport = google(lost)
    with pytest.raises(GsyncError) as error:
        probe(WEB, (), wire(transport))
    assert (error.value.code, error.value.exit_code, len(transport.asked)) == ("no-answer", 7, 1)


def test_no_network_is_temporary_and_a_page_of_a_proxy_is_not_googles() -> None:
    def down(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    for answer, code, exit_code in (
        (down, "no-network", 7),
        (httpx2.Response(500), "google-server", 7),
        (httpx2.Response(403, html="<p>Blocked by policy</p>"), "google-not-google", 5),
        (httpx2.Response(200, html="<p>Please sign in to the guest network</p>"), "google-not-google", 5),
    ):
        with pytest.raises(GsyncError) as error:
            probe(WEB, (), wire(google(answer)))
        assert (error.value.code, error.value.exit_code) == (code, exit_code)


def test_a_secret_never_goes_out_in_the_open() -> None:
    transport = google(GOOD)
    with pytest.raises(ConfigurationWrong) as error:
        probe(replace(WEB, token_uri="http://oauth2.example.com/token"), (), wire(transport))
    assert error.value.code == "google-address-insecure"
    assert transport.asked == []


@pytest.mark.parametrize(
    ("reason", "message", "disabled"),
    [
        ("disabled_client", "The OAuth client was disabled.", True),
        ("invalid_client", "The OAuth client was disabled.", True),
        ("invalid_client", "The client secret is disabled.", False),
        ("invalid_grant", "Malformed auth code.", False),
    ],
)
def test_a_client_that_was_disabled_is_one(reason: str, message: str, *, disabled: bool) -> None:
    assert probe(WEB, (), wire(google(refusal(reason, message, 401)))).is_disabled is disabled
