"""`gsync keys`: which files are clients, and what is said of those that are not."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.credentials import Credentials
from gsync_cli.profiles import profile
from tests.support.inprocess import gsync

SECRET = "GOCSPX-s3cret"
WEB = {
    "client_id": "1-web.apps.googleusercontent.com",
    "project_id": "creatio-oauth",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token",
    "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
    "client_secret": SECRET,
    "redirect_uris": ["https://crm.example.com/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"],
    "javascript_origins": ["https://crm.example.com"],
}
INSTALLED = {**WEB, "client_id": "1-own.apps.googleusercontent.com", "redirect_uris": ["http://localhost"]}


def importing(table: Any, *words: str) -> Any:
    return gsync("keys", "import", "-", *words, stdin=table if isinstance(table, str) else json.dumps(table))


def test_the_top_key_says_whose_client_it_is(tmp_path: Path) -> None:
    path = tmp_path / "client_secret_1.json"
    path.write_text(json.dumps({"web": WEB}), encoding="utf-8-sig")
    assert gsync("keys", "import", str(path)).out.startswith("✓ Creatio's client (web) is stored\n")
    ran = importing({"installed": INSTALLED})
    assert ran.out.startswith("✓ gsync's own client (installed) is stored\n")
    assert "gsync account add" in ran.err
    stored = Credentials.load(profile(None))
    assert stored.web is not None
    assert stored.installed is not None
    assert (stored.web.client_id, stored.web.client_secret) == (WEB["client_id"], SECRET)
    assert stored.web.redirect_uris == tuple(WEB["redirect_uris"])
    assert stored.installed.client_id == INSTALLED["client_id"]


def test_the_secret_is_never_shown_but_its_fingerprint_is() -> None:
    imported = importing({"web": WEB}, "--output", "json")
    ran = gsync("keys", "show", "--output", "json")
    assert ran.envelope["data"]["clients"] == [
        {
            "kind": "web",
            "client_id": WEB["client_id"],
            "project_id": "creatio-oauth",
            "secret_fingerprint": sha256(SECRET.encode()).hexdigest()[:8],
            "former_secret_fingerprint": None,
            "redirect_uris": WEB["redirect_uris"],
            "javascript_origins": WEB["javascript_origins"],
        }
    ]
    text = gsync("keys", "show")
    assert "fingerprint" in text.out
    assert "s3cret" not in imported.out + imported.err + ran.out + text.out + text.err


def test_no_keys_is_an_empty_list() -> None:
    assert gsync("keys", "show", "--output", "json").envelope["data"] == {"clients": []}


def test_a_client_without_a_secret_is_stored_with_a_warning() -> None:
    bare = {key: value for key, value in WEB.items() if key != "client_secret"}
    ran = importing({"web": bare})
    assert ran.code == 0
    assert "no secret for 1-web.apps.googleusercontent.com" in ran.err
    assert gsync("keys", "show", "--output", "json").envelope["data"]["clients"][0]["secret_fingerprint"] is None


def test_a_second_download_without_a_secret_keeps_the_one_known() -> None:
    importing({"web": WEB})
    ran = importing({"web": {**WEB, "client_secret": "", "redirect_uris": ["https://new.example.com/x"]}})
    assert ran.err == ""
    stored = Credentials.load(profile(None)).web
    assert stored is not None
    assert (stored.client_secret, stored.redirect_uris) == (SECRET, ("https://new.example.com/x",))


def test_another_client_does_not_inherit_the_secret() -> None:
    importing({"web": WEB})
    ran = importing({"web": {**WEB, "client_secret": None, "client_id": "2"}}, "--output", "json")
    assert ran.envelope["data"]["replaced"] == WEB["client_id"]
    assert ran.envelope["data"]["clients"][0]["secret_fingerprint"] is None


def test_the_endpoints_of_the_file_are_those_used() -> None:
    importing({"installed": {**INSTALLED, "auth_uri": "http://127.0.0.1:8/auth", "token_uri": "http://127.0.0.1:8/t"}})
    stored = Credentials.load(profile(None)).installed
    assert stored is not None
    assert (stored.auth_uri, stored.token_uri) == ("http://127.0.0.1:8/auth", "http://127.0.0.1:8/t")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "client-file-empty"),
        (" \n", "client-file-empty"),
        ("<!DOCTYPE html><html>Sign in</html>", "client-file-html"),
        ("client_id = 1", "client-file-not-json"),
        ("[" * 100_000, "client-file-not-json"),
        ([{"web": WEB}], "client-file-other"),
        ({"web": WEB, "installed": INSTALLED}, "client-file-both"),
        (WEB, "client-file-other"),
        ({"web": "x"}, "client-file-other"),
        ({"type": "service_account", "private_key": "s3cret"}, "client-file-service-account"),
        ({"type": "authorized_user", "refresh_token": "s3cret"}, "client-file-authorized-user"),
        ({"web": {"client_secret": "s3cret"}}, "client-file-incomplete"),
        ({"installed": {**INSTALLED, "token_uri": "oauth2.googleapis.com"}}, "client-file-incomplete"),
    ],
)
def test_a_file_that_is_no_client_is_named_for_what_it_is(content: Any, code: str) -> None:
    ran = importing(content, "--output", "json")
    assert ran.code == 5
    assert [error["code"] for error in ran.envelope["errors"]] == [code]
    assert ran.envelope["errors"][0]["hint"]
    assert "s3cret" not in ran.out + ran.err
    assert Credentials.load(profile(None)) == Credentials()


def test_a_missing_file_is_wrong_usage_and_a_folder_a_wrong_file(tmp_path: Path) -> None:
    assert gsync("keys", "import", str(tmp_path / "none.json")).code == 2
    ran = gsync("keys", "import", str(tmp_path))
    assert (ran.code, "client_secret_" in ran.err) == (5, True)


def test_standard_input_is_called_so() -> None:
    assert "standard input is empty" in importing("").err


def test_another_client_in_the_place_of_one_is_named_with_what_is_lost() -> None:
    gsync("config", "set", "creatio.url", "https://crm.example.com")
    importing({"web": WEB})
    ran = importing({"web": {**WEB, "client_id": "2-web.apps.googleusercontent.com"}})
    told = " ".join(ran.err.split())
    assert f"Another client was stored here before, {WEB['client_id']}. Its id and its secret are forgotten" in told
    assert "gsync creatio push-keys" in told
    again = importing({"web": {**WEB, "client_id": "2-web.apps.googleusercontent.com"}})
    assert "Another client" not in again.err


def test_an_id_that_is_none_of_googles_is_stored_and_doubted() -> None:
    ran = importing({"web": {**WEB, "client_id": "x"}})
    assert (ran.code, "“x” does not look like the id of a client" in " ".join(ran.err.split())) == (0, True)


def test_creatios_client_is_compared_with_what_the_connected_site_needs() -> None:
    for key, value in (("creatio.url", "https://crm.example.com"), ("creatio.version", "8.1.3")):
        assert gsync("config", "set", key, value).code == 0
    page = "https://crm.example.com/0/LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
    data = importing({"web": WEB}, "--output", "json").envelope["data"]
    assert (data["missing_redirect_uris"], data["missing_javascript_origins"]) == ([page], [])
    assert page in importing({"web": WEB}).out
    whole = {**WEB, "redirect_uris": [page, *WEB["redirect_uris"]]}
    assert "are those that the connected site needs" in importing({"web": whole}).out


def test_without_a_connected_site_there_is_nothing_to_compare_with() -> None:
    assert importing({"web": WEB}, "--output", "json").envelope["data"]["missing_redirect_uris"] == []
