"""The redirect URIs of the guide (rows P10-P13), to the letter."""

import pytest

from gsync_cli.errors import WrongUsage
from gsync_cli.provisioning.redirect_uris import PLACEHOLDER, Version, checked_site, registration
from tests.support.cli import gsync

ID = "3b22f0ff-034a-48da-8758-a0660e5a26ff"
SERVICE = "rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"


@pytest.mark.parametrize("version", ["7.16", "7.17", "7.17.0", "7.17.0.1234", "v7.17.0", " 7.17.0 ", "5.4.0"])
def test_up_to_7_17_0_the_first_one_is_the_view_page(version: str) -> None:
    found = registration(["https://crm.example.com"], Version.parse(version), "framework")
    assert found.redirect_uris == (
        f"https://crm.example.com/0/ViewPage.aspx?Id={ID}",
        f"https://crm.example.com/0/{SERVICE}",
    )
    assert found.javascript_origins == ("https://crm.example.com",)


@pytest.mark.parametrize(
    "version",
    [
        "7.17.1",
        "v7.17.1",
        "v.7.17.1",
        "7.17.1.1363",
        "7.18",
        "8.0",
        "8",
        "8.1.3.6734",
        "10.0",
        "Creatio 8.1.3",
        "8.1.3.6734 (Quantum)",
        "version 8.2",
        "V 8.1",
    ],
)
def test_from_7_17_1_on_it_is_the_social_account_page(version: str) -> None:
    found = registration(["https://crm.example.com"], Version.parse(version), "framework")
    assert found.redirect_uris == (
        f"https://crm.example.com/0/LegacySocialAccountAuthPage.aspx?Id={ID}",
        f"https://crm.example.com/0/{SERVICE}",
    )


def test_net_has_no_zero_and_a_virtual_directory_stays() -> None:
    found = registration(["https://example.com/crm"], Version.parse("8.1.3"), "net")
    assert found.redirect_uris[1] == f"https://example.com/crm/{SERVICE}"
    assert found.javascript_origins == ("https://example.com",)


@pytest.mark.parametrize("version", ["", "seven", "7.17.", "7.17.1.2.3", "7,17,1", "7.17.1-beta", "8.x", "٨.1"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(WrongUsage) as error:
        Version.parse(version)
    assert error.value.code == "version-form"


def test_a_lone_seven_is_not_enough_since_the_addresses_changed_within_it() -> None:
    with pytest.raises(WrongUsage) as error:
        Version.parse("7")
    assert error.value.code == "version-incomplete"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://crm.example.com", "url-not-https"),
        ("https://crm.example.com/?a=1", "url-with-query"),
        ("https://crm.example.com/#top", "url-with-fragment"),
        ("https://*.example.com", "url-with-wildcard"),
        ("https://10.1.2.3", "url-ip-address"),
        ("https://[2001:db8::1]/", "url-ip-address"),
        ("https://anna:secret@crm.example.com", "url-with-user"),
        ("https://crm", "url-not-public"),
        ("https://crm.example.com/a/../b", "url-with-dots"),
        ("https://crm.example.com:http", "url-form"),
        ("ftp://crm.example.com", "url-form"),
        ("https://", "url-form"),
        ("https://[2001:db8::1", "url-form"),
        ("https://crm..example.com", "url-form"),
        ("https://-crm.example.com", "url-form"),
        ("https://crm.example.com:0", "url-form"),
        ("https://crm example.com", "url-form"),
        ("https://crm.example.com\\app", "url-form"),
        ("https://3232235777", "url-ip-address"),
        ("https://0x7f.1", "url-ip-address"),
        ("https://crm.local", "url-not-public"),
        ("https://co.uk", "url-not-public"),
        ("https://crm.example.com/a/%2e%2e/b", "url-with-dots"),
        ("https://crm.example.com/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode", "url-redirect-uri"),
        (f"https://crm.example.com/0/ViewPage.aspx?Id={ID}", "url-redirect-uri"),
    ],
)
def test_a_site_that_google_would_not_register_is_refused_with_the_rule(url: str, rule: str) -> None:
    with pytest.raises(WrongUsage) as error:
        checked_site(url)
    assert error.value.code == rule
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("CRM.Example.com", "https://crm.example.com"),
        ("https://crm.example.com/", "https://crm.example.com"),
        ("https://example.com/crm/0/Nui/ViewModule.aspx", "https://example.com/crm"),
        ("https://crm.example.com:8443", "https://crm.example.com:8443"),
        ("https://crm.example.com:443/0/", "https://crm.example.com"),
        ("https://crm.example.com./", "https://crm.example.com"),
        ("https://crm.example.com/Login/NuiLogin.aspx", "https://crm.example.com"),
        ("https://CRM.Müller-Straße.de/App", "https://crm.xn--mller-strae-46a18a.de/App"),
        ("https://crm.example.com/кам", "https://crm.example.com/%D0%BA%D0%B0%D0%BC"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_a_site_is_taken_as_people_paste_it(typed: str, site: str) -> None:
    assert checked_site(typed) == site


def test_stdout_is_the_uris_and_nothing_else() -> None:
    ran = gsync("redirect-uris", "--version", "7.17.1")
    assert ran.code == 0
    assert ran.out.splitlines() == list(registration([PLACEHOLDER], Version.parse("7.17.1"), "framework").redirect_uris)


def test_json_is_as_the_interface_says() -> None:
    ran = gsync("redirect-uris", "--version", "7.17.1", "--url", "https://crm.example.com", "--output", "json")
    assert ran.envelope["command"] == "redirect-uris"
    assert ran.envelope["data"] == {
        "version": "7.17.1",
        "redirect_uris": [
            f"https://crm.example.com/0/LegacySocialAccountAuthPage.aspx?Id={ID}",
            f"https://crm.example.com/0/{SERVICE}",
        ],
        "javascript_origins": ["https://crm.example.com"],
    }


def test_an_update_says_what_to_add_and_what_may_go() -> None:
    words = ("redirect-uris", "--version", "8.1", "--upgrade-from", "7.17.0", "--url", "https://crm.example.com")
    data = gsync(*words, "--output", "json").envelope["data"]
    assert data["add"] == [f"https://crm.example.com/0/LegacySocialAccountAuthPage.aspx?Id={ID}"]
    assert data["remove"] == [f"https://crm.example.com/0/ViewPage.aspx?Id={ID}"]
    shown = gsync(*words).out
    assert shown.index(data["add"][0]) < shown.index(data["remove"][0])


def test_an_update_within_one_scheme_changes_nothing() -> None:
    ran = gsync("redirect-uris", "--version", "8.1", "--upgrade-from", "7.17.1", "--url", "https://crm.example.com")
    assert "Nothing changes" in ran.out


def test_a_way_back_is_called_one() -> None:
    ran = gsync("redirect-uris", "--version", "7.17.0", "--upgrade-from", "8.1", "--url", "https://crm.example.com")
    assert "way back" in ran.err
    assert ran.out.index("ViewPage.aspx") < ran.out.index("LegacySocialAccountAuthPage.aspx")


def test_several_sites_at_once() -> None:
    ran = gsync("redirect-uris", "--version", "8.1", "--url", "https://a.example.com", "--url", "https://b.example.com")
    assert len(ran.out.splitlines()) == 4


def test_net_is_marked_as_undocumented() -> None:
    ran = gsync("redirect-uris", "--version", "8.1", "--runtime", "net", "--url", "https://a.example.com")
    assert "/0/" not in ran.out
    assert "documents no" in ran.err
    words = ("redirect-uris", "--version", "8.1", "--runtime", "net", "--output", "json")
    assert gsync(*words).envelope["data"]["documented"] is False


@pytest.mark.parametrize(
    "words",
    [
        ["redirect-uris"],
        ["redirect-uris", "--version", "x"],
        ["redirect-uris", "--version", "8.1", "--runtime", "java"],
        ["redirect-uris", "--version", "8.1", "--url", "http://a.example.com"],
    ],
)
def test_wrong_usage_ends_with_two(words: list[str]) -> None:
    ran = gsync(*words)
    assert (ran.code, ran.out) == (2, "")
