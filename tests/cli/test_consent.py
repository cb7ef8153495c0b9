"""`gsync consent show`: every value ready to copy, in the order of Google's wizard (rows P7, P8)."""

from datetime import UTC, datetime

from gsync_cli.credentials import AdministratorGrant, Credentials
from gsync_cli.profiles import profile
from tests.support.inprocess import gsync


def test_the_values_come_from_what_is_known() -> None:
    gsync("config", "set", "creatio.url", "https://050651-studio.creatio.com")
    gsync("config", "set", "google.project", "creatio-oauth-7")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    Credentials(administrator=AdministratorGrant("admin@example.com", "1-x", "token", moment)).save(profile(None))
    data = gsync("consent", "show", "--output", "json").envelope["data"]
    pages = data.pop("pages")
    assert data == {
        "project": "creatio-oauth-7",
        "app_name": "Creatio",
        "support_email": "admin@example.com",
        "user_type": "internal",
        "developer_emails": ["admin@example.com"],
        "authorised_domain": "creatio.com",
    }
    assert [page["page"] for page in pages] == ["overview/create", "branding", "scopes"]
    assert pages[1]["link"] == (
        "https://console.cloud.google.com/auth/branding?project=creatio-oauth-7&authuser=admin%40example.com"
    )
    text = gsync("consent", "show").out
    places = [
        text.index(word) for word in ("Creatio", "admin@example.com", "Internal", "Branding", "creatio.com", "Data")
    ]
    assert places == sorted(places)


def test_what_is_not_known_is_null_and_said_in_words() -> None:
    data = gsync("consent", "show", "--output", "json").envelope["data"]
    assert (data["support_email"], data["authorised_domain"], data["developer_emails"]) == (None, None, [])
    assert "gsync consent show --creatio-url URL" in gsync("consent", "show").out


def test_external_is_explained() -> None:
    ran = gsync("consent", "show", "--user-type", "external", "--creatio-url", "https://crm.firma.co.uk")
    for word in ("100 people", "7 days", "verified", "firma.co.uk"):
        assert word in ran.out


def test_wrong_values_are_refused() -> None:
    assert gsync("consent", "show", "--user-type", "public").code == 2
    assert gsync("consent", "show", "--support-email", "anna").code == 2
    assert gsync("consent", "show", "--creatio-url", "http://crm.example.com").code == 2
