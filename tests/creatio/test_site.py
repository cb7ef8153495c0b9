"""What is found out about a site: runtime, version, user, and its address (facts/creatio.md 1.1, 1.7)."""

import httpx2
import pytest

from gsync_cli.creatio.address import site_address
from gsync_cli.creatio.identity import at_least
from gsync_cli.errors import ConfigurationWrong, Refused, Temporary, WrongUsage
from tests.creatio.fake import CONTACT_ID, USER_ID, FakeCreatio, answer, odata_error, opened, page, redirect, rows, site


@pytest.mark.parametrize(("prefix", "runtime"), [("/0", "framework"), ("", "net")])
def test_the_runtime_is_found_by_looking(prefix: str, runtime: str) -> None:
    running = opened(FakeCreatio(prefix=prefix))
    assert (running.prefix, running.facts["runtime"]) == (prefix, runtime)


@pytest.mark.parametrize("prefix", ["/0", ""])
@pytest.mark.parametrize("ping", [page(404), page(200), answer(401, {"Message": "Authentication failed."})])
def test_a_site_without_a_health_check_is_recognised_by_its_data(prefix: str, ping: httpx2.Response) -> None:
    fake = FakeCreatio(prefix=prefix)
    fake.on("HealthCheck/Ping", ping)
    assert opened(fake).prefix == prefix


def test_an_error_about_the_query_shows_where_the_data_service_is() -> None:
    fake = FakeCreatio()
    fake.on("odata/Contact", odata_error(500, "An error has occurred."))
    assert opened(fake).prefix == "/0"


@pytest.mark.parametrize("reply", [answer(403, {"Message": "No right"}), page(403), answer(401, {"Message": "Denied"})])
@pytest.mark.parametrize("prefix", ["/0", ""])
def test_a_data_service_that_is_closed_to_the_user_is_not_called_missing(prefix: str, reply: httpx2.Response) -> None:
    fake = FakeCreatio(prefix=prefix)
    fake.on("odata/Contact", reply)
    with pytest.raises(Refused, match="creatio-right-missing"):
        site(fake).open()
    assert fake.logins == 1


def test_a_runtime_to_be_found_anew_is_looked_for_with_a_fresh_session() -> None:
    fake = FakeCreatio()
    first = opened(fake)
    first.forget_runtime()
    fake.session = 99
    second = site(fake, kept=first.session())
    second.open()
    assert (second.prefix, fake.logins) == ("/0", 1)


@pytest.mark.parametrize(
    "reply", [page(404), page(200), redirect("/app/Login/Login.html"), answer(404, {"Message": "x"})]
)
def test_a_site_without_a_data_service_is_said(reply: httpx2.Response) -> None:
    fake = FakeCreatio()
    fake.on("odata/Contact", reply)
    with pytest.raises(ConfigurationWrong, match="creatio-no-data-service"):
        site(fake).open()
    assert fake.logins == 1


def test_a_site_in_trouble_is_not_called_wrong() -> None:
    fake = FakeCreatio()
    fake.on("odata/Contact", page(503))
    with pytest.raises(Temporary, match="creatio-unavailable"):
        site(fake).open()


def test_a_set_runtime_is_not_looked_for() -> None:
    fake = FakeCreatio(prefix="")
    site(fake, runtime="net").open()
    assert fake.paths("HealthCheck|odata") == []


@pytest.mark.parametrize(
    "reply",
    [
        {"userId": USER_ID, "contactId": CONTACT_ID, "userName": "anna"},
        {"GetCurrentUserInfoResult": {"UserId": USER_ID.upper(), "ContactId": CONTACT_ID, "UserName": "anna"}},
    ],
)
def test_the_user_is_read_however_the_reply_is_wrapped(reply: dict[str, object]) -> None:
    fake = FakeCreatio()
    fake.on("GetCurrentUserInfo", answer(200, reply))
    assert opened(fake).user.user_id == USER_ID


@pytest.mark.parametrize("reply", [answer(404, {"Message": "none"}), page(404), answer(200, {}), answer(403, {})])
def test_a_site_without_user_info_is_asked_for_the_login(reply: httpx2.Response) -> None:
    fake = FakeCreatio()
    fake.on("GetCurrentUserInfo", reply)
    fake.on("odata/SysAdminUnit", answer(403, {"Message": "restricted"}))
    fake.on("odata/VwSysAdminUnit", rows({"Id": USER_ID, "Name": "anna", "ContactId": CONTACT_ID}))
    assert opened(fake).user.contact_id == CONTACT_ID


def test_the_user_is_the_one_named_in_the_settings() -> None:
    fake = FakeCreatio()
    fake.on("odata/SysAdminUnit", rows({"Id": CONTACT_ID, "Name": "o'brien", "ContactId": USER_ID}))
    running = site(fake, user="o'brien")
    running.open()
    assert running.user.contact_id == USER_ID
    assert "Name eq 'o''brien'" in fake.paths("odata/SysAdminUnit")[0]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (rows(), "creatio-user-not-found"),
        (answer(403, {"Message": "restricted"}), "creatio-user-unreadable"),
        (rows({"Id": USER_ID, "ContactId": "00000000-0000-0000-0000-000000000000"}), "creatio-user-without-contact"),
    ],
)
def test_a_user_who_cant_be_found_is_said(reply: httpx2.Response, code: str) -> None:
    fake = FakeCreatio()
    fake.on("SysAdminUnit", reply)
    with pytest.raises(ConfigurationWrong, match=code):
        site(fake, auth="oauth", user="boris").open()


def test_the_version_is_told_or_left_open() -> None:
    assert opened(FakeCreatio(version="8.3.3.3292")).version == "8.3.3.3292"
    fake = FakeCreatio()
    fake.on("GetApplicationInfo", page(404))
    fake.on("QuerySysSettings", answer(200, {"success": True, "values": {"ConfigurationVersion": {"value": "8.1.0"}}}))
    assert opened(fake).version == "8.1.0"
    fake = FakeCreatio()
    fake.on("GetApplicationInfo", answer(403, {"Message": "no"}))
    assert opened(fake).version == ""
    assert opened(FakeCreatio(), version="7.18").version == "7.18"


@pytest.mark.parametrize(
    ("version", "dropped"),
    [("8.0.0.1", True), ("8.3.3.3292", True), ("10.0", True), ("8", True), ("7.18.5.1500", False), ("", False)],
)
def test_from_8_on_the_product_has_no_contact_synchronisation(version: str, dropped: bool) -> None:
    assert at_least(version, 8) is dropped


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("crm.example.com", "https://crm.example.com"),
        ("CRM.Example.com/", "https://crm.example.com"),
        ("http://host:88/app/", "http://host:88/app"),
        ("localhost:8080/app", "https://localhost:8080/app"),
        ("https://crm.example.com/0", "https://crm.example.com"),
        (
            "https://crm.example.com/app/0/Nui/ViewModule.aspx#SectionModuleV2/ContactSection",
            "https://crm.example.com/app",
        ),
        ("https://crm.example.com/Login/NuiLogin.aspx?ReturnUrl=%2f", "https://crm.example.com"),
        ("https://crm.example.com/app/Login/Login.html", "https://crm.example.com/app"),
        ("https://crm.example.com/app?x=1#y", "https://crm.example.com/app"),
        ("https://crm.example.com/0/odata/Contact", "https://crm.example.com"),
        (" https://[::1]:88/app ", "https://[::1]:88/app"),
        ("https://crm.example.com/007", "https://crm.example.com/007"),
    ],
)
def test_an_address_is_taken_as_the_browser_shows_it(typed: str, address: str) -> None:
    assert site_address(typed) == address
    assert site_address(address) == address


@pytest.mark.parametrize(
    "typed", ["", "ftp://x", "https://", "https://a b", "https://u:geheim@host", "h:port", "https:\\\\x"]
)
def test_what_is_no_address_is_refused_without_showing_a_password(typed: str) -> None:
    with pytest.raises(WrongUsage, match="creatio-address") as raised:
        site_address(typed)
    assert "geheim" not in str(raised.value)
