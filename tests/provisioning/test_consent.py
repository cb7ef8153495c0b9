"""The values of the consent screen, and the links to its pages (rows P7, P8)."""

import pytest

from gsync_cli.errors import GsyncError
from gsync_cli.provisioning.consent import ConsentScreen, consent_screen, console_link


def test_for_the_cloud_everything_but_the_address_is_known() -> None:
    screen = consent_screen(site="https://050651-studio.creatio.com", administrator="admin@example.com")
    assert screen == ConsentScreen("Creatio", "admin@example.com", ("admin@example.com",), "creatio.com", "internal")


def test_what_is_given_wins() -> None:
    screen = consent_screen(
        site="https://crm.firma.co.uk",
        administrator="admin@firma.co.uk",
        support_email=" help@firma.co.uk ",
        developer_emails=["a@firma.co.uk", "b@firma.co.uk", "a@firma.co.uk"],
        user_type="External",
    )
    assert screen == ConsentScreen(
        "Creatio", "help@firma.co.uk", ("a@firma.co.uk", "b@firma.co.uk"), "firma.co.uk", "external"
    )


@pytest.mark.parametrize(("inside", "kind"), [(True, "internal"), (None, "internal"), (False, "external")])
def test_internal_is_the_default_wherever_it_is_possible(inside: bool | None, kind: str) -> None:
    assert consent_screen(in_organization=inside).user_type == kind


@pytest.mark.parametrize(
    ("given", "code", "exit_code"),
    [
        ({"user_type": "internal", "in_organization": False}, "consent-internal-without-organization", 6),
        ({"user_type": "public"}, "user-type-form", 2),
        ({"support_email": "anna"}, "email-form", 2),
        ({"developer_emails": ["anna@example.com, bob@example.com"]}, "email-form", 2),
        ({"site": "https://crm.local"}, "url-not-public", 2),
    ],
)
def test_what_google_would_not_take_is_refused(given: dict[str, object], code: str, exit_code: int) -> None:
    with pytest.raises(GsyncError) as error:
        consent_screen(**given)  # type: ignore[arg-type]  # the cases above
    assert (error.value.code, error.value.exit_code) == (code, exit_code)


def test_links_carry_project_and_account() -> None:
    assert console_link("overview/create") == "https://console.cloud.google.com/auth/overview/create"
    assert (
        console_link("clients", "creatio-oauth-7", "a+b@example.com")
        == "https://console.cloud.google.com/auth/clients?project=creatio-oauth-7&authuser=a%2Bb%40example.com"
    )
    assert console_link("scopes", account="a@b.de").endswith("/auth/scopes?authuser=a%40b.de")
