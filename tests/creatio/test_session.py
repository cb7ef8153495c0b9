"""The session: kept between runs, renewed once where it ended, never led elsewhere (facts/creatio.md 1.1–1.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from gsync_cli.creatio.errors import Unanswered
from gsync_cli.credentials import CreatioSession
from gsync_cli.errors import ConfigurationWrong, Refused, Temporary
from tests.creatio.fake import CONTACT_ID, USER_ID, FakeCreatio, FixedClock, answer, opened, page, redirect, site


def test_the_first_run_signs_in_once_and_learns_all_about_the_site() -> None:
    fake = FakeCreatio()
    kept: list[CreatioSession] = []
    first = site(fake, keep=kept.append)
    first.open()
    assert (first.prefix, first.version, first.user.user_id, first.user.contact_id) == (
        "/0", "7.17.3.1377", USER_ID, CONTACT_ID,
    )  # fmt: skip
    assert fake.logins == 1
    assert not first.reused
    assert kept[-1].cookies["BPMSESSIONID"] == "s1"


def test_a_run_with_a_kept_session_asks_nothing_to_begin_with() -> None:
    fake = FakeCreatio()
    first = opened(fake)
    second = site(fake, kept=first.session())
    second.open()
    assert fake.asked == []
    second.request("GET", "odata/Contact?$top=1")
    assert second.reused
    assert len(fake.asked) == 1
    assert second.user == first.user


@pytest.mark.parametrize("change", [{"url": "https://other.example.com"}, {"name": "boris"}])
def test_a_session_of_another_site_or_login_is_not_used(change: dict[str, Any]) -> None:
    fake = FakeCreatio()
    kept = opened(fake).session()
    fresh = site(fake, kept=kept, **change)
    assert fresh.session().cookies == {}


@pytest.mark.parametrize(
    "ended",
    [
        lambda: answer(401, {"Message": "Authorization has been denied for this request."}),
        lambda: answer(401, {"Message": "Authentication failed.", "StackTrace": None}),
        lambda: answer(200, {"Message": "Authentication failed."}),
        lambda: page(401, "<html>Unauthorized</html>"),
        lambda: redirect("/app/Login/Login.html?ReturnUrl=%2Fapp"),
        lambda: redirect("/app/Login/NuiLogin.aspx?ReturnUrl=%2fapp%2f0"),
        lambda: redirect("https://crm.example.com/app/0/Login/NuiLogin.aspx"),
        lambda: page(200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_form_of_an_ended_session_leads_to_one_login_and_one_repeat(
    ended: Callable[[], httpx2.Response], method: str
) -> None:
    fake = FakeCreatio(ended=ended)
    running = opened(fake)
    fake.session = 99
    fake.on("odata/Contact", answer(200, {"value": []}))
    assert running.request(method, "odata/Contact", json={} if method == "POST" else None).status_code == 200
    assert fake.logins == 1
    assert len(fake.paths("odata/Contact")) == 2


def test_a_session_refused_right_after_signing_in_is_a_missing_right_and_not_tried_again() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    fake.on("odata/Contact", answer(401, {"Message": "Authorization has been denied for this request."}))
    with pytest.raises(Refused, match="creatio-access-denied"):
        running.request("GET", "odata/Contact")
    assert fake.logins == 1


def test_a_page_right_after_signing_in_means_that_this_is_not_creatio() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    fake.on("odata/Contact", page(200, "\ufeff<html>Welcome to our proxy</html>"))
    with pytest.raises(ConfigurationWrong, match="creatio-not-creatio"):
        running.request("GET", "odata/Contact")


def test_a_403_never_leads_to_a_login() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    fake.on("odata/Contact", answer(403, {"Message": "Authentication failed."}))
    assert running.request("GET", "odata/Contact").status_code == 403
    assert fake.logins == 0


def test_a_record_with_a_column_message_is_data() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    fake.on("odata/Log", answer(200, {"@odata.context": "x", "Message": "Authentication failed."}))
    assert running.request("GET", "odata/Log(1)").status_code == 200
    assert fake.logins == 0


@pytest.mark.parametrize(
    ("csrf", "sent"),
    [(("BPMCSRF",), "BPMCSRF"), (("CRT_CSRF",), "CRT_CSRF"), (("CRT_CSRF", "BPMCSRF"), "CRT_CSRF"), ((), None)],
)
def test_the_csrf_header_has_the_name_of_the_cookie_and_the_new_name_wins(
    csrf: tuple[str, ...], sent: str | None
) -> None:
    fake = FakeCreatio(csrf=csrf)
    opened(fake).request("POST", "odata/Contact", json={"Name": "Zoë"})
    headers = fake.asked[-1].headers
    assert {name for name in ("CRT_CSRF", "BPMCSRF") if name in headers} == ({sent} if sent else set())
    assert headers["forceusesession"] == "true"
    assert headers["accept"] == "application/json"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert fake.asked[-1].content == '{"Name":"Zoë"}'.encode()


def test_rotating_cookies_are_followed_and_kept_at_the_end_of_the_run() -> None:
    fake = FakeCreatio()
    kept: list[CreatioSession] = []
    running = site(fake, keep=kept.append)
    with running:
        running.open()
        cookies = [
            ("Set-Cookie", ".ASPXAUTH=renewed; path=/app; HttpOnly"),
            ("Set-Cookie", "UserType=General; expires=Thu, 01-Jan-1970 00:00:00 GMT"),
            ("Set-Cookie", "Fresh=1; expires=Fri, 01-Jan-2100 00:00:00 GMT; path=/"),
        ]
        fake.on("odata/Contact", httpx2.Response(200, json={"value": []}, headers=cookies))
        running.request("GET", "odata/Contact")
        assert kept[-1].cookies[".ASPXAUTH"] == "auth"
    assert kept[-1].cookies[".ASPXAUTH"] == "renewed"
    assert kept[-1].cookies["Fresh"] == "1"
    assert "UserType" not in kept[-1].cookies
    saved = len(kept)
    running.save()
    assert len(kept) == saved


def test_a_cookie_ends_by_the_clock_of_the_site_not_of_this_machine() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    headers = [
        ("Date", "Fri, 01 May 2020 08:00:00 GMT"),
        ("Set-Cookie", "Fresh=1; expires=Fri, 01 May 2020 09:00:00 GMT"),
        ("Set-Cookie", ".ASPXAUTH=x; Max-Age=0"),
    ]
    fake.on("odata/Contact", httpx2.Response(200, json={"value": []}, headers=headers))
    running.request("GET", "odata/Contact")
    kept = running.session().cookies
    assert kept["Fresh"] == "1"
    assert ".ASPXAUTH" not in kept


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://crm.example.com/app/0/odata/Contact", "creatio-needs-https"),
        ("http://elsewhere.example.net/steal", "creatio-redirected"),
        ("/maintenance", "creatio-redirected"),
    ],
)
def test_redirects_are_not_followed(location: str, code: str) -> None:
    fake = FakeCreatio()
    running = opened(fake, url="http://crm.example.com/app")
    fake.on("odata/Contact", redirect(location))
    with pytest.raises(ConfigurationWrong, match=code) as raised:
        running.request("GET", "odata/Contact")
    assert len(fake.asked) == 1
    if code == "creatio-needs-https":
        assert raised.value.facts["url"] == "https://crm.example.com/app"


def test_a_login_that_is_sent_to_https_names_the_address_to_set() -> None:
    fake = FakeCreatio()
    fake.on("Login", redirect("https://crm.example.com/app/ServiceModel/AuthService.svc/Login"))
    with pytest.raises(ConfigurationWrong, match="creatio-needs-https"):
        site(fake, url="http://crm.example.com/app").open()
    assert fake.logins == 1


def test_a_read_is_repeated_and_a_write_is_not() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    fake.on("odata/Contact", httpx2.ReadTimeout("slow"), answer(503), answer(200, {"value": []}))
    assert running.request("GET", "odata/Contact").status_code == 200
    assert len(fake.asked) == 3
    fake.on("odata/Account", httpx2.ReadError("reset"))
    with pytest.raises(Unanswered):
        running.request("POST", "odata/Account", json={})
    fake.on("odata/City", answer(500))
    assert running.request("POST", "odata/City", json={}).status_code == 500
    assert len(fake.asked) == 5


def test_a_write_that_never_left_or_was_put_off_is_sent_again() -> None:
    fake, clock = FakeCreatio(), FixedClock()
    running = opened(fake, clock)
    fake.on("odata/Contact", httpx2.ConnectError("refused"), answer(429, **{"Retry-After": "7"}), answer(201, {}))
    assert running.request("POST", "odata/Contact", json={}).status_code == 201
    assert len(fake.asked) == 3
    assert clock.slept[-1] >= 7


def test_no_network_and_an_unknown_name_are_told_apart() -> None:
    import socket

    def unknown(_: httpx2.Request) -> httpx2.ConnectError:
        error = httpx2.ConnectError("[Errno -2] Name or service not known")
        error.__cause__ = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return error

    fake = FakeCreatio()
    fake.on("Login", unknown)
    with pytest.raises(ConfigurationWrong, match="creatio-unknown-host"):
        site(fake).open()
    fake = FakeCreatio()
    fake.on("Login", httpx2.ConnectError("connection refused"))
    with pytest.raises(Temporary, match="creatio-unreachable"):
        site(fake).open()


def test_an_untrusted_certificate_is_said_at_once() -> None:
    fake = FakeCreatio()
    fake.on("Login", httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"))
    with pytest.raises(ConfigurationWrong, match="creatio-certificate"):
        site(fake).open()
    assert fake.logins == 1


def test_https_to_a_site_without_it_is_a_wrong_address() -> None:
    fake = FakeCreatio()
    fake.on("Login", httpx2.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"))
    with pytest.raises(ConfigurationWrong, match="creatio-needs-http"):
        site(fake).open()
    assert fake.logins == 1


def test_a_read_without_an_answer_is_temporary() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    fake.on("odata/Contact", httpx2.ReadTimeout("slow"))
    with pytest.raises(Temporary, match="creatio-no-answer"):
        running.request("GET", "odata/Contact")


class TestOAuth:
    """Client credentials (facts/creatio.md 1.5)."""

    def test_the_bearer_goes_alone_without_cookies_and_csrf(self) -> None:
        fake = FakeCreatio()
        fake.on("odata/SysAdminUnit", answer(200, {"value": [{"Id": USER_ID, "ContactId": CONTACT_ID}]}))
        running = opened(fake, auth="oauth")
        running.request("POST", "odata/Contact", json={})
        headers = fake.asked[-1].headers
        assert headers["authorization"] == "Bearer token-1"
        assert not {"cookie", "bpmcsrf", "crt_csrf"} & {*headers}
        assert fake.logins == 0

    def test_the_token_is_kept_between_runs_until_it_ends(self) -> None:
        fake, clock = FakeCreatio(), FixedClock()
        fake.on("odata/SysAdminUnit", answer(200, {"value": [{"Id": USER_ID, "ContactId": CONTACT_ID}]}))
        kept = opened(fake, clock, auth="oauth").session()
        second = site(fake, clock, kept=kept, auth="oauth")
        second.open()
        second.request("GET", "odata/Contact")
        assert fake.tokens == 1
        clock.moment += timedelta(seconds=3590)
        second.request("GET", "odata/Contact")
        assert fake.tokens == 2

    def test_a_revoked_token_is_replaced_once(self) -> None:
        fake = FakeCreatio()
        fake.on("odata/SysAdminUnit", answer(200, {"value": [{"Id": USER_ID, "ContactId": CONTACT_ID}]}))
        running = opened(fake, auth="oauth")
        fake.tokens = 7
        assert running.request("GET", "odata/Contact").status_code == 200
        assert fake.tokens == 8

    def test_the_identity_service_of_a_cloud_site_has_is_in_its_name(self) -> None:
        fake = FakeCreatio()
        fake.on("odata/SysAdminUnit", answer(200, {"value": [{"Id": USER_ID, "ContactId": CONTACT_ID}]}))
        site(fake, auth="oauth", url="https://acme.creatio.com").request("GET", "0/odata/Contact")
        assert str(fake.asked[0].url) == "https://acme-is.creatio.com/connect/token"

    @pytest.mark.parametrize("given", ["https://id.example.com", "https://id.example.com/connect/token/"])
    def test_a_given_identity_service_is_used(self, given: str) -> None:
        fake = FakeCreatio()
        site(fake, auth="oauth", identity_url=given).request("GET", "odata/Contact")
        assert str(fake.asked[0].url) == "https://id.example.com/connect/token"

    @pytest.mark.parametrize("url", ["http://localhost:8080/app", "https://10.0.0.7/app"])
    def test_without_a_rule_the_identity_service_must_be_named(self, url: str) -> None:
        with pytest.raises(ConfigurationWrong, match="creatio-identity-needed"):
            site(FakeCreatio(), auth="oauth", url=url).open()

    def test_a_wrong_secret_is_said(self) -> None:
        fake = FakeCreatio()
        with pytest.raises(Exception, match="creatio-client-refused") as raised:
            site(fake, auth="oauth", secret="wrong").open()
        assert "wrong" not in str(raised.value)

    def test_what_is_no_identity_service_is_said(self) -> None:
        fake = FakeCreatio()
        broken = site(fake, auth="oauth")
        fake._token = lambda _: page(200)  # type: ignore[method-assign,assignment]
        with pytest.raises(ConfigurationWrong, match="creatio-identity-wrong"):
            broken.open()


def test_secrets_show_in_no_repr() -> None:
    fake = FakeCreatio()
    running = opened(fake)
    assert fake.password not in repr(running.account)
    assert "csrf-1" not in repr(running.session())


def test_the_meant_user_is_looked_up_anew_when_the_setting_changes() -> None:
    fake = FakeCreatio()
    kept = opened(fake).session()
    other = {"Id": "11111111-1111-4111-8111-111111111111", "Name": "boris", "ContactId": USER_ID}
    fake.on("odata/SysAdminUnit", answer(200, {"value": [other]}))
    second = site(fake, kept=kept, user="boris")
    second.open()
    assert second.user.contact_id == USER_ID
    asked = "/app/0/odata/SysAdminUnit?$select=Id,Name,ContactId&$filter=Name eq 'boris'&$top=2"
    assert fake.paths("SysAdminUnit") == [f"GET {asked}"]


def test_a_set_runtime_replaces_the_detected_one() -> None:
    fake = FakeCreatio(prefix="")
    kept = replace(opened(fake, runtime="net").session(), prefix="/0")
    second = site(fake, kept=kept, runtime="net")
    second.open()
    assert second.prefix == ""
    assert second.request("GET", "odata/Contact").status_code == 200
