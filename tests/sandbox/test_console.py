"""The console as a person's hand, and what the OAuth endpoints then say of a client (facts/google.md 3)."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.console import Console, ConsoleError
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.profile import client_file, write_profile
from gsync_cli.sandbox.world import Sandbox
from tests.support.administrator import ORGANIZATION

ROOT = "http://127.0.0.1:8000"
REDIRECT = "https://crm.nordlicht.example/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"
ORIGIN = "https://crm.nordlicht.example"
CONTACTS = "https://www.googleapis.com/auth/contacts"
PROJECT = "creatio-oauth"


@dataclass
class Desk:
    """A person before the console, with a project of their own."""

    sandbox: Sandbox
    console: Console

    def register(self, **changes: Any) -> None:
        given = {"user_type": "internal", "domains": ["nordlicht.example"], "developer_emails": [furnish.EMAIL]}
        self.console.register_consent(PROJECT, "Creatio", furnish.EMAIL, **{**given, **changes})

    def web(self, *redirects: str) -> dict[str, Any]:
        self.register()
        made: dict[str, Any] = self.console.create_client(PROJECT, "web", "Creatio", redirects or [REDIRECT], [ORIGIN])
        return dict(made["web"])

    def token(self, **form: str) -> tuple[int, str, str]:
        """Send a bogus code to the token endpoint."""
        sent = {"grant_type": "authorization_code", "code": "bogus", "redirect_uri": REDIRECT, **form}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = Request.of("POST", f"{ROOT}/google/oauth2/token", headers, urlencode(sent).encode())
        answer = self.sandbox.handle(request)
        value = json.loads(answer.body)
        return answer.status, value["error"], value["error_description"]

    def proof(self, client_id: str, secret: str, **form: str) -> tuple[int, str, str]:
        return self.token(client_id=client_id, client_secret=secret, **form)

    def control(self, path: str, **body: Any) -> Any:
        answer = self.sandbox.handle(Request.of("POST", f"{ROOT}/sandbox/{path}", {}, json.dumps(body).encode()))
        return json.loads(answer.body)


@pytest.fixture
def desk() -> Desk:
    sandbox = Sandbox()
    furnish.register(sandbox)
    sandbox.google.cloud.add_project(PROJECT, furnish.EMAIL, parent=ORGANIZATION, services=["people.googleapis.com"])
    return Desk(sandbox, sandbox.google.console(furnish.EMAIL, ROOT))


# ── consent screen and scopes ────────────────────────────────────────────────────────────────────────────────────
def test_nothing_can_be_made_before_the_consent_screen(desk: Desk) -> None:
    with pytest.raises(ConsoleError, match="first register the consent screen"):
        desk.console.create_client(PROJECT, "web", "Creatio", [REDIRECT])
    with pytest.raises(ConsoleError, match="first register the consent screen"):
        desk.console.add_scopes(PROJECT, [CONTACTS])


@pytest.mark.parametrize(
    "change",
    [
        {"domains": ["https://nordlicht.example"]},
        {"domains": ["intranet"]},
        {"developer_emails": []},
        {"user_type": "everybody"},
    ],
)
def test_what_the_wizard_refuses(desk: Desk, change: dict[str, Any]) -> None:
    with pytest.raises(ConsoleError):
        desk.register(**change)


def test_the_support_address_must_be_ones_own(desk: Desk) -> None:
    with pytest.raises(ConsoleError, match="must be your own address"):
        desk.console.register_consent(PROJECT, "Creatio", "boss@nordlicht.example", developer_emails=[furnish.EMAIL])


def test_internal_is_only_for_projects_in_an_organization(desk: Desk) -> None:
    desk.sandbox.google.cloud.add_project("alone-outside", furnish.EMAIL)
    with pytest.raises(ConsoleError, match="inside an organization"):
        desk.console.register_consent("alone-outside", "Creatio", furnish.EMAIL, developer_emails=[furnish.EMAIL])
    desk.console.register_consent(
        "alone-outside", "Creatio", furnish.EMAIL, "external", developer_emails=[furnish.EMAIL]
    )
    with pytest.raises(ConsoleError, match="inside an organization"):
        desk.console.set_audience("alone-outside", "internal")


def test_only_scopes_of_apis_that_are_on_can_be_declared(desk: Desk) -> None:
    desk.register()
    events = "https://www.googleapis.com/auth/calendar.events"
    with pytest.raises(ConsoleError, match="not enabled"):
        desk.console.add_scopes(PROJECT, [CONTACTS, events])
    desk.console.enable_apis(PROJECT, ["calendar-json.googleapis.com"])
    desk.console.add_scopes(PROJECT, [CONTACTS, events, "openid"])
    with pytest.raises(ConsoleError, match="Invalid scope"):
        desk.console.add_scopes(PROJECT, ["contacts"])


def test_a_change_of_audience_reaches_the_clients_that_are_there(desk: Desk) -> None:
    client_id = desk.web()["client_id"]
    desk.console.set_audience(PROJECT, "testing", [furnish.PRIVATE_EMAIL])
    project = desk.sandbox.google.oauth.registry.clients[client_id].project
    assert project.audience == "testing"
    assert project.test_users == {furnish.PRIVATE_EMAIL}


def test_others_have_no_business_in_the_project(desk: Desk) -> None:
    other = desk.sandbox.google.console(furnish.PRIVATE_EMAIL)
    with pytest.raises(ConsoleError, match="additional access"):
        other.register_consent(PROJECT, "X", furnish.PRIVATE_EMAIL, developer_emails=[furnish.PRIVATE_EMAIL])


# ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_client_is_downloaded_once_with_its_secret(desk: Desk) -> None:
    made = desk.web()
    project = desk.sandbox.google.cloud.project(PROJECT)
    assert project is not None
    assert made["client_id"].startswith(f"{project.number}-")
    assert made["client_id"].endswith(".apps.googleusercontent.com")
    assert (made["project_id"], made["redirect_uris"], made["javascript_origins"]) == (PROJECT, [REDIRECT], [ORIGIN])
    assert made["token_uri"] == f"{ROOT}/google/oauth2/token"
    [shown] = desk.console.clients(PROJECT)
    assert shown["secrets"] == [f"****{made['client_secret'][-4:]}"]


def test_a_desktop_client_has_the_loopback_and_nothing_else(desk: Desk) -> None:
    desk.register()
    made = desk.console.create_client(PROJECT, "installed", "gsync")["installed"]
    assert made["redirect_uris"] == ["http://localhost"]
    assert "javascript_origins" not in made
    with pytest.raises(ConsoleError, match="no redirect URIs"):
        desk.console.create_client(PROJECT, "installed", "gsync", [REDIRECT])


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.nordlicht.example/0/x",
        "https://10.0.0.5/0/x",
        "https://crm/0/x",
        "https://crm.local/0/x",
        "https://*.nordlicht.example/x",
        "https://user@crm.nordlicht.example/x",
        "https://crm.nordlicht.example/x#y",
        "https://crm.nordlicht.example/../x",
        "crm.nordlicht.example/x",
    ],
)
def test_redirects_that_break_a_rule_are_refused(desk: Desk, address: str) -> None:
    with pytest.raises(ConsoleError, match="Invalid"):
        desk.web(address)


def test_a_query_is_legal_in_a_redirect_and_so_is_the_loopback(desk: Desk) -> None:
    legal = f"{ORIGIN}/0/ViewPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
    assert desk.web(legal, "http://localhost:8080/")["redirect_uris"] == [legal, "http://localhost:8080/"]


@pytest.mark.parametrize("origin", [f"{ORIGIN}/", f"{ORIGIN}/0", "http://crm.nordlicht.example", f"{ORIGIN}?x"])
def test_origins_have_no_path(desk: Desk, origin: str) -> None:
    desk.register()
    with pytest.raises(ConsoleError, match="Invalid"):
        desk.console.create_client(PROJECT, "web", "Creatio", [REDIRECT], [origin])


# ── proofs without a user ────────────────────────────────────────────────────────────────────────────────────────
def test_a_bogus_code_tells_a_wrong_id_from_a_wrong_secret(desk: Desk) -> None:
    made = desk.web()
    good = (made["client_id"], made["client_secret"])
    assert desk.proof(*good) == (400, "invalid_grant", "Malformed auth code.")
    assert desk.proof("1-x.apps.googleusercontent.com", good[1]) == (
        401,
        "invalid_client",
        "The OAuth client was not found.",
    )
    assert desk.proof(good[0], "GOCSPX-wrong") == (401, "invalid_client", "Unauthorized")
    desk.console.delete_client(good[0])
    assert desk.proof(*good)[1] == "deleted_client"


def test_whether_the_token_endpoint_looks_at_the_redirect_first_can_differ(desk: Desk) -> None:
    made = desk.web()
    pair = (made["client_id"], made["client_secret"])
    assert desk.proof(*pair, redirect_uri="https://x.example/")[1] == "redirect_uri_mismatch"
    desk.sandbox.google.behaviour.redirects_checked_at_token = False
    assert desk.proof(*pair, redirect_uri="https://x.example/")[1] == "invalid_grant"


def test_two_secrets_are_alive_until_one_is_disabled(desk: Desk) -> None:
    made = desk.web()
    client_id, first = made["client_id"], made["client_secret"]
    with pytest.raises(ConsoleError, match="only secret"):
        desk.console.disable_secret(client_id, first)
    second = desk.console.add_secret(client_id)
    assert {desk.proof(client_id, secret)[1] for secret in (first, second)} == {"invalid_grant"}
    with pytest.raises(ConsoleError, match="at most two"):
        desk.console.add_secret(client_id)
    desk.console.disable_secret(client_id, first[-4:])
    assert desk.proof(client_id, first) == (401, "invalid_client", "Unauthorized")
    assert desk.proof(client_id, second)[1] == "invalid_grant"


def ask(desk: Desk, client_id: str, redirect: str) -> tuple[int, str]:
    query = urlencode({"client_id": client_id, "redirect_uri": redirect, "response_type": "code", "scope": "openid"})
    answer = desk.sandbox.handle(Request.of("GET", f"{ROOT}/google/accounts/o/oauth2/auth?{query}"))
    return answer.status, dict(answer.headers).get("Location", "") or answer.body.decode()


def test_the_authorisation_endpoint_knows_which_redirects_are_registered(desk: Desk) -> None:
    client_id, later = desk.web()["client_id"], f"{ORIGIN}/0/later"
    assert ask(desk, client_id, REDIRECT)[0] == 200
    status, page = ask(desk, client_id, later)
    assert (status, "redirect_uri_mismatch" in page) == (400, True)
    desk.console.add_redirect(client_id, later)
    assert ask(desk, client_id, later)[0] == 200
    desk.console.remove_redirect(client_id, later)
    assert ask(desk, client_id, later)[0] == 400


def test_a_further_redirect_may_need_its_time(desk: Desk) -> None:
    client_id, later = desk.web()["client_id"], f"{ORIGIN}/0/later"
    desk.sandbox.google.behaviour.redirect_delay_seconds = 300
    desk.console.add_redirect(client_id, later)
    assert desk.console.clients(PROJECT)[0]["redirect_uris"] == [REDIRECT, later]
    assert ask(desk, client_id, later)[0] == 400
    desk.sandbox.clock.advance(300)
    assert ask(desk, client_id, later)[0] == 200


def test_the_refusal_may_come_as_a_link_that_carries_the_error(desk: Desk) -> None:
    desk.sandbox.google.behaviour.refusals_by_redirect = True
    status, link = ask(desk, desk.web()["client_id"], f"{ORIGIN}/0/later")
    assert status == 302
    assert link.startswith(f"{ROOT}/google/accounts/signin/oauth/error?")
    told = base64.b64decode(parse_qs(urlsplit(link).query)["authError"][0])
    assert b"redirect_uri_mismatch" in told
    page = desk.sandbox.handle(Request.of("GET", link)).body.decode()
    assert f"redirect_uri={ORIGIN}/0/later" in page


# ── from outside ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_control_api_is_the_same_hand(desk: Desk) -> None:
    given = {"arguments": [PROJECT, "Creatio", furnish.EMAIL], "fields": {"developer_emails": [furnish.EMAIL]}}
    assert desk.control(f"console/{furnish.EMAIL}/register_consent", **given) == {"result": None}
    made = desk.control(
        f"console/{furnish.EMAIL}/create_client",
        arguments=[PROJECT, "web", "Creatio"],
        fields={"redirect_uris": [REDIRECT]},
    )
    assert made["result"]["web"]["auth_uri"] == f"{ROOT}/google/accounts/o/oauth2/auth"
    refused = desk.control(f"console/{furnish.EMAIL}/add_secret", arguments=["nobody"])
    assert refused["error"] == "ConsoleError: The OAuth client was not found."
    assert desk.sandbox.google.oauth.access(desk.control(f"administrator/{furnish.EMAIL}")["result"])
    cloud = json.loads(desk.sandbox.handle(Request.of("GET", f"{ROOT}/sandbox/cloud")).body)
    assert {item["projectId"] for item in cloud["projects"]} == {PROJECT, furnish.PROJECT.id}
    assert furnish.WEB_SECRET not in json.dumps(cloud)


def test_switches_are_turned_from_outside(desk: Desk) -> None:
    desk.control(
        "behaviour", project_quota=0, terms_unaccepted=[furnish.EMAIL], missing_permissions={furnish.EMAIL: ["a.b.c"]}
    )
    behaviour = desk.sandbox.google.behaviour
    assert (behaviour.project_quota, behaviour.terms_unaccepted) == (0, {furnish.EMAIL})
    assert behaviour.missing_permissions == {furnish.EMAIL: {"a.b.c"}}
    assert desk.control("behaviour", nothing=1)["error"] == "ValueError: there is no switch nothing"


def test_a_profile_can_be_written_before_anything_is_provisioned(desk: Desk, tmp_path: Any) -> None:
    write_profile(tmp_path, ROOT, desk.sandbox, provisioned=False)
    assert "project" not in (tmp_path / "config.toml").read_text().split("[google.endpoints]")[0].split("[google]")[1]
    assert "[google" not in (tmp_path / "credentials.toml").read_text()


def test_the_web_client_of_a_furnished_profile_has_what_its_site_needs(desk: Desk, tmp_path: Any) -> None:
    write_profile(tmp_path, ROOT, desk.sandbox)
    client = client_file(ROOT, "web", desk.sandbox)["web"]
    assert f"{ROOT}/creatio/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode" in client["redirect_uris"]
    assert ROOT in client["javascript_origins"]
