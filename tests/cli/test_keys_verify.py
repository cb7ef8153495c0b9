"""`gsync keys set` and `keys verify`: secrets that nobody sees, and what Google says of them, over HTTP."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pexpect
import pytest

from gsync_cli.credentials import Credentials, GoogleClient
from gsync_cli.profiles import profile
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.tokens import Client, Project
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.world import Sandbox
from tests.support.cli import GSYNC, Ran
from tests.support.inprocess import gsync

OLD, NEW = "GOCSPX-old-one", "GOCSPX-new-one"
WEB_ID, OWN_ID = "1001-web.apps.googleusercontent.com", "1001-own.apps.googleusercontent.com"
SITE = "https://crm.example.com"
PAGE = f"{SITE}/0/LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
SERVICE = f"{SITE}/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"


class Google:
    """The sandbox's Google with two clients, and the files that its console gives."""

    def __init__(self, url: str, sandbox: Sandbox) -> None:
        self.url = url
        project = Project("creatio-oauth", "1001")
        sandbox.google.add_account("anna@example.com", "Anna Keller")
        self.web = sandbox.google.oauth.add_client(Client(WEB_ID, OLD, "web", project, [PAGE, SERVICE], [SITE]))
        self.own = sandbox.google.oauth.add_client(Client(OWN_ID, OLD, "installed", project))

    def file(self, client: Client, **changes: Any) -> str:
        values = {
            "client_id": client.client_id,
            "client_secret": OLD,
            "project_id": "creatio-oauth",
            "auth_uri": f"{self.url}/google/accounts/o/oauth2/auth",
            "token_uri": f"{self.url}/google/oauth2/token",
            "redirect_uris": list(client.redirect_uris),
            "javascript_origins": list(client.javascript_origins),
        }
        return json.dumps({client.kind: {**values, **changes}})

    def has_imported(self, client: Client, **changes: Any) -> None:
        assert gsync("keys", "import", "-", stdin=self.file(client, **changes)).code == 0


@pytest.fixture
def google() -> Iterator[Google]:
    sandbox = Sandbox(VirtualClock())
    with Server(sandbox) as server:
        yield Google(server.url, sandbox)


def web() -> GoogleClient:
    stored = Credentials.load(profile(None)).web
    assert stored is not None
    return stored


def setting(secret: str, *words: str) -> Ran:
    return gsync("keys", "set", "--client-id", WEB_ID, "--client-secret-stdin", *words, stdin=f"{secret}\n")


def verified() -> tuple[Ran, dict[str, Any]]:
    ran = gsync("keys", "verify", "--kind", "web", "--output", "json")
    (client,) = ran.envelope["data"]["clients"]
    return ran, client


def test_both_clients_are_proven_with_the_addresses_that_the_connected_site_needs(google: Google) -> None:
    gsync("config", "set", "creatio.url", SITE)
    gsync("config", "set", "creatio.version", "8.1.3")
    google.has_imported(google.web)
    google.has_imported(google.own)
    ran = gsync("keys", "verify")
    assert ran.code == 0, ran.err
    assert ran.out.count("Google takes this id with this secret") == 2
    assert f"redirect URI registered: {PAGE}" in ran.out
    assert OLD not in ran.out + ran.err


def test_a_missing_redirect_uri_is_named_with_the_page_where_to_add_it(google: Google) -> None:
    gsync("config", "set", "creatio.url", SITE)
    gsync("config", "set", "creatio.version", "8.1.3")
    google.web.redirect_uris = [f"{PAGE}/", SERVICE]
    google.has_imported(google.web)
    ran, client = verified()
    assert ran.code == 5
    assert (client["pair"], client["missing_redirect_uris"]) == ("good", [PAGE])
    (error,) = ran.envelope["errors"]
    assert error["code"] == "client-redirect-missing"
    assert f"it has {PAGE}/; the difference: a slash at the end" in error["message"]
    assert "https://console.cloud.google.com/auth/clients?project=creatio-oauth" in error["hint"]


def test_an_address_added_in_the_console_since_the_download_is_no_problem(google: Google) -> None:
    gsync("config", "set", "creatio.url", SITE)
    gsync("config", "set", "creatio.version", "8.1.3")
    google.has_imported(google.web, redirect_uris=[], javascript_origins=[])
    ran, client = verified()
    assert (ran.code, client["missing_redirect_uris"]) == (0, [])
    assert client["not_in_file"] == [SITE]


def test_a_change_of_secrets_from_the_first_step_to_the_last(google: Google) -> None:
    google.has_imported(google.web)
    google.web.secret = NEW
    stored = setting(NEW)
    assert stored.code == 0
    assert "gsync keys verify" in stored.err
    assert (web().client_secret, web().former_secret) == (NEW, OLD)
    assert web().redirect_uris == (PAGE, SERVICE)
    shown = gsync("keys", "show")
    assert "secret before it" in shown.out
    ran, client = verified()
    assert ran.code == 0
    assert (client["pair"], client["former_secret"]["pair"]) == ("good", "wrong-secret")
    assert client["former_secret"]["forgotten"] is True
    assert (web().client_secret, web().former_secret) == (NEW, "")
    assert NEW not in stored.out + stored.err + shown.out + ran.out + ran.err


def test_a_new_secret_that_google_refuses_is_told_with_the_way_back(google: Google) -> None:
    google.has_imported(google.web)
    setting("GOCSPX-misread")
    ran, client = verified()
    assert (ran.code, client["pair"], client["former_secret"]["pair"]) == (5, "wrong-secret", "good")
    (error,) = ran.envelope["errors"]
    assert error["code"] == "client-former-secret-works"
    assert "gsync keys set --kind web --former" in error["hint"]
    assert (web().client_secret, web().former_secret) == ("GOCSPX-misread", OLD)
    back = gsync("keys", "set", "--kind", "web", "--former")
    assert (back.code, "gsync keys verify" in back.err, "the new one" in back.err) == (0, True, False)
    assert web().client_secret == OLD
    assert verified()[0].code == 0
    assert web().former_secret == ""


def test_an_address_that_the_file_lists_and_google_refuses_is_no_misspelling(google: Google) -> None:
    gsync("config", "set", "creatio.url", SITE)
    gsync("config", "set", "creatio.version", "8.1.3")
    google.has_imported(google.web)
    google.web.redirect_uris = [PAGE]
    ran, client = verified()
    assert (ran.code, client["missing_redirect_uris"]) == (5, [SERVICE])
    (error,) = ran.envelope["errors"]
    assert (error["code"], "blanks" in error["message"]) == ("client-redirect-refused", False)
    assert "though the imported file lists it" in error["message"]


@pytest.mark.parametrize("change", ["secret", "id", "deleted"])
def test_what_is_wrong_is_told_apart(google: Google, change: str) -> None:
    google.has_imported(google.own, **({"client_id": f"9{OWN_ID}"} if change == "id" else {}))
    google.own.secret = NEW if change == "secret" else OLD
    google.own.deleted = change == "deleted"
    ran = gsync("keys", "verify", "--output", "json")
    wanted = {"secret": "client-secret-wrong", "id": "client-id-wrong", "deleted": "client-deleted"}[change]
    assert (ran.code, [error["code"] for error in ran.envelope["errors"]]) == (5, [wanted])


def test_without_network_it_is_temporary_and_nothing_is_forgotten(google: Google) -> None:
    google.has_imported(google.web, token_uri="http://127.0.0.1:9/token")
    setting(NEW)
    assert gsync("keys", "verify").code == 7
    assert web().former_secret == OLD


def test_nothing_to_verify_is_said() -> None:
    ran = gsync("keys", "verify")
    assert (ran.code, "gsync keys import FILE" in ran.err) == (5, True)


# ── keys set ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_secret_is_never_an_argument() -> None:
    ran = gsync("keys", "set", "--client-id", WEB_ID, "--client-secret", OLD)
    assert ran.code == 2
    assert OLD not in ran.out + ran.err
    assert Credentials.load(profile(None)) == Credentials()


def test_on_a_terminal_the_secret_is_asked_for_and_does_not_show() -> None:
    child = pexpect.spawn(
        GSYNC[0], [*GSYNC[1:], "keys", "set", "--client-id", WEB_ID], env=dict(os.environ), encoding="utf-8", timeout=30
    )
    child.expect("Client secret: ")
    child.sendline(OLD)
    rest = child.read()
    child.close()
    assert child.exitstatus == 0
    assert OLD not in rest
    assert web().client_secret == OLD
    assert (web().token_uri, web().kind) == ("https://oauth2.googleapis.com/token", "web")


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (["--client-id", WEB_ID], "", "question-without-terminal"),
        (["--client-secret-stdin"], OLD, "question-without-terminal"),
        (["--client-id", OLD, "--client-secret-stdin"], OLD, "client-id-form"),
        (["--client-id", "anna@example.com", "--client-secret-stdin"], OLD, "client-id-form"),
        (["--client-id", WEB_ID, "--client-secret-stdin"], WEB_ID, "client-secret-form"),
        (["--client-id", WEB_ID, "--client-secret-stdin"], "", "stdin-empty"),
        (["--client-id", WEB_ID, "--client-secret-stdin", "--kind", "desktop"], OLD, "client-kind-form"),
        (["--former"], "", "client-former-secret-missing"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_repeated(words: list[str], stdin: str, code: str) -> None:
    ran = gsync("keys", "set", *words, "--output", "json", stdin=stdin)
    assert (ran.code, [error["code"] for error in ran.envelope["errors"]]) == (2, [code])
    assert OLD not in ran.out + ran.err
    assert Credentials.load(profile(None)) == Credentials()


def test_a_second_client_is_at_the_endpoints_of_the_first(google: Google) -> None:
    google.has_imported(google.own)
    assert setting(OLD, "--project", "creatio-oauth").code == 0
    assert (web().token_uri, web().project_id) == (f"{google.url}/google/oauth2/token", "creatio-oauth")
    assert verified()[1]["pair"] == "good"
