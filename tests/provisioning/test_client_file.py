"""A client against what it must be, and one secret after another (row P14)."""

from dataclasses import replace

import pytest

from gsync_cli.credentials import GoogleClient
from gsync_cli.provisioning.client_file import client_problems, near_miss, number_of, replacing
from gsync_cli.provisioning.redirect_uris import Version, registration

NEEDED = registration(["https://crm.example.com"], Version.parse("8.1"), "framework")
PAGE, SERVICE = NEEDED.redirect_uris
CLIENT = GoogleClient(
    "web",
    "123-abc.apps.googleusercontent.com",
    "new",
    project_id="creatio-oauth",
    redirect_uris=NEEDED.redirect_uris,
    javascript_origins=NEEDED.javascript_origins,
)


def codes(client: GoogleClient, **known: str) -> list[str]:
    return [error.code for error in client_problems(client, NEEDED, **known)]  # type: ignore[arg-type]  # texts


def test_a_client_that_has_all_has_no_problem() -> None:
    assert codes(CLIENT, kind="web", project="creatio-oauth", project_number="123") == []


def test_redirect_uris_are_compared_byte_by_byte() -> None:
    for wrong in (f"{PAGE}/", PAGE.replace("https", "http"), PAGE.replace("crm", "CRM"), PAGE.replace("/0/", "/")):
        client = replace(CLIENT, redirect_uris=(wrong, SERVICE))
        (error,) = client_problems(client, NEEDED)
        assert (error.code, error.exit_code) == ("client-redirect-missing", 5)
        assert (error.facts["uri"], error.facts["near"]) == (PAGE, wrong)
        assert error.facts["link"] == "https://console.cloud.google.com/auth/clients?project=creatio-oauth"


@pytest.mark.parametrize(
    ("has", "difference"),
    [
        (f"{SERVICE}/", "a slash at the end"),
        (f" {SERVICE}", "blanks around it"),
        (SERVICE.replace("https", "http"), "http instead of https"),
        (SERVICE.lower(), "capital and small letters"),
        (SERVICE.replace("/0/", "/"), "the part /0"),
        (SERVICE.replace("/0/", "/").lower() + "/", "several small things"),
    ],
)
def test_a_near_miss_is_named_with_its_difference(has: str, difference: str) -> None:
    assert near_miss(SERVICE, ("https://other.example.com/x", has)) == (has, difference)


def test_another_address_is_no_near_miss() -> None:
    assert near_miss(SERVICE, (PAGE,)) == ("", "")


def test_a_missing_origin_is_named() -> None:
    (error,) = client_problems(replace(CLIENT, javascript_origins=("https://crm.example.com/",)), NEEDED)
    assert (error.code, error.facts["origin"]) == ("client-origin-missing", "https://crm.example.com")
    assert error.facts["near"] == "https://crm.example.com/"


def test_gsyncs_own_client_needs_none_of_it() -> None:
    assert codes(replace(CLIENT, kind="installed", redirect_uris=("http://localhost",), javascript_origins=())) == []


def test_a_client_of_the_other_type_is_told_before_all_else() -> None:
    assert codes(replace(CLIENT, kind="installed"), kind="web", project_number="9") == ["client-wrong-kind"]


def test_the_number_in_the_id_tells_the_project() -> None:
    assert codes(CLIENT, project="renamed-here", project_number="123") == []
    assert codes(CLIENT, project="creatio-oauth", project_number="999") == ["client-other-project"]
    assert codes(CLIENT, project="another") == ["client-other-project"]
    assert codes(replace(CLIENT, client_id="odd", project_id=""), project="another", project_number="9") == []
    assert [number_of(text) for text in ("123-a.apps.x", "123.apps.x", "abc-1", "")] == ["123", "123", "", ""]


def test_a_new_secret_keeps_the_one_before_it() -> None:
    before = replace(CLIENT, client_secret="old")
    stored = replacing(CLIENT, before)
    assert (stored.client_secret, stored.former_secret) == ("new", "old")
    again = replacing(CLIENT, stored)
    assert (again.client_secret, again.former_secret) == ("new", "old")
    back = replacing(before, stored)
    assert (back.client_secret, back.former_secret) == ("old", "new")


def test_a_file_without_a_secret_changes_neither() -> None:
    stored = replacing(replace(CLIENT, client_secret=""), replace(CLIENT, former_secret="old"))
    assert (stored.client_secret, stored.former_secret) == ("new", "old")


def test_another_client_takes_over_no_secret() -> None:
    stored = replacing(replace(CLIENT, client_id="other", client_secret=""), CLIENT)
    assert (stored.client_secret, stored.former_secret) == ("", "")
