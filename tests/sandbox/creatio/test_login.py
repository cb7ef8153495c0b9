"""Forms login, cookies, CSRF and the ends of a session (facts/creatio.md 1.1 to 1.4)."""

import json
from typing import Any

import pytest

from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.site import FIRST_PASSWORD, CreatioSite
from gsync_cli.sandbox.messages import Request, Response
from tests.sandbox.creatio.caller import ORIGIN, Caller, cookies_set, header, new_site, parsed

REPLY_KEYS = {"Code", "Message", "Exception", "PasswordChangeUrl", "RedirectUrl", "UserType"}


def test_a_right_password_answers_code_zero_and_sets_the_cookies_of_the_session() -> None:
    caller = Caller(new_site())
    assert parsed(caller.signed_in).keys() == REPLY_KEYS
    assert parsed(caller.signed_in)["Code"] == 0
    assert cookies_set(caller.signed_in).keys() == {".ASPXAUTH", "BPMLOADER", "BPMCSRF", "UserName", "UserType"}
    assert cookies_set(caller.signed_in)["UserName"].startswith("83|117|112")
    assert "BPMSESSIONID" in cookies_set(caller.get("Contact", top="1"))


def test_a_wrong_password_answers_200_with_code_one_and_no_cookies() -> None:
    caller = Caller(new_site(), password="wrong")
    assert caller.signed_in.status == 200
    assert parsed(caller.signed_in)["Code"] == 1
    assert parsed(caller.signed_in)["Exception"]["Type"] == "System.Security.SecurityException"
    assert not cookies_set(caller.signed_in)


def test_a_site_may_answer_a_wrong_password_with_status_401() -> None:
    assert Caller(new_site(Options(login_refusal=401)), password="wrong").signed_in.status == 401


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({"password_change_recommended": True}, 2),
        ({"licensed": False, "manages_licences": True}, 3),
        ({"licensed": False}, 4),
        ({"password_expired": True}, 5),
        ({"active": False}, 1),
    ],
)
def test_each_state_of_an_account_has_its_code(profile: dict[str, Any], code: int) -> None:
    site = new_site()
    site.add_user("mary", "secret", **profile)
    assert parsed(Caller(site, "mary", "secret").signed_in)["Code"] == code


def test_the_sixth_try_fails_with_the_same_words_even_with_the_right_password() -> None:
    site = new_site()
    tries = [Caller(site, password="wrong").signed_in for _ in range(5)]
    locked = Caller(site).signed_in
    assert parsed(locked) == parsed(tries[0])
    site.clock.advance(15 * 60 + 1)
    assert parsed(Caller(site).signed_in)["Code"] == 0


def test_an_unknown_name_cannot_be_told_from_a_wrong_password() -> None:
    site = new_site()
    assert parsed(Caller(site, "nobody", "x").signed_in) == parsed(Caller(site, password="x").signed_in)


def test_a_second_factor_is_asked_for_by_an_exception_type_and_taken_as_a_claim() -> None:
    site = new_site()
    site.add_user("mary", "secret", second_factor="123456")
    caller = Caller(site, "mary", "secret")
    assert parsed(caller.signed_in)["Exception"]["Type"].endswith("StartAuthFlowException")
    answer = caller.login("mary", "secret", ClaimList=[{"Key": "token", "Value": "123456"}])
    assert parsed(answer)["Code"] == 0


def test_password_login_can_be_switched_off_for_all_but_administrators() -> None:
    site = new_site(Options(password_login=False))
    site.add_user("mary", "secret")
    assert parsed(Caller(site, "mary", "secret").signed_in)["Code"] == 1
    assert parsed(Caller(site).signed_in)["Code"] == 0


@pytest.mark.parametrize("runtime", ["framework", "net"])
def test_login_lives_at_the_site_root_and_is_401_below_0(runtime: Any) -> None:
    site = new_site(runtime=runtime)
    body = json.dumps({"UserName": "Supervisor", "UserPassword": FIRST_PASSWORD}).encode()
    url = f"{ORIGIN}/creatio/0/ServiceModel/AuthService.svc/Login"
    assert site.handle(Request.of("POST", url, {"content-type": "application/json"}, body)).status == 401


def test_a_modifying_call_without_the_csrf_header_is_403_and_reading_needs_none() -> None:
    caller = Caller(new_site())
    assert caller.send("POST", "odata/Contact", {"Name": "A"}, csrf=False).status == 403
    assert caller.send("GET", "odata/Contact", csrf=False).status == 200
    assert caller.send("POST", "odata/Contact", {"Name": "A"}).status == 201


def test_a_site_may_do_without_csrf() -> None:
    caller = Caller(new_site(Options(csrf=False)))
    assert caller.send("POST", "odata/Contact", {"Name": "A"}, csrf=False).status == 201


@pytest.mark.parametrize("old_too", [True, False])
def test_cookies_have_new_names_from_8_3_2_on_and_for_a_while_the_old_ones_too(*, old_too: bool) -> None:
    caller = Caller(new_site(Options(old_cookie_names=old_too), version="8.3.2"))
    assert {"CRT_CSRF", "CRT_LOADER"} <= cookies_set(caller.signed_in).keys()
    assert ("BPMCSRF" in cookies_set(caller.signed_in)) is old_too
    assert caller.post("Contact", {"Name": "A"}).status == 201


def _ended(options: Options, runtime: Any = "framework", **headers: str) -> tuple[Response, Response]:
    """Return how OData and a service answer after an hour of silence."""
    caller = Caller(new_site(options, runtime=runtime))
    assert caller.get("Contact").status == 200
    caller.site.clock.advance(61 * 60)
    service = "ServiceModel/UserInfoService.svc/GetCurrentUserInfo"
    return caller.send("GET", "odata/Contact", headers=headers), caller.send("POST", service, {}, headers=headers)


def test_an_ended_session_is_401_with_another_body_for_odata_than_for_services() -> None:
    odata, service = _ended(Options())
    assert (odata.status, service.status) == (401, 401)
    assert parsed(odata) == {"Message": "Authorization has been denied for this request."}
    assert parsed(service)["Message"] == "Authentication failed."


@pytest.mark.parametrize(
    ("runtime", "page"), [("framework", "/creatio/Login/NuiLogin.aspx"), ("net", "/creatio/Login/Login.html")]
)
def test_without_force_use_session_an_ended_session_is_a_way_to_the_login_page(runtime: Any, page: str) -> None:
    answer, _ = _ended(Options(), runtime, forceusesession="false")
    assert answer.status == 302
    assert header(answer, "Location").startswith(f"{page}?ReturnUrl=")


def test_an_ended_session_may_be_a_page_with_status_200() -> None:
    answer, _ = _ended(Options(expiry="page"))
    assert answer.status == 200
    assert header(answer, "Content-Type").startswith("text/html")


def test_a_session_in_use_does_not_end_and_its_ticket_is_renewed_at_half_time() -> None:
    caller = Caller(new_site(Options(old_ticket_dies=True)))
    first = dict(caller.cookies)
    for _ in range(4):
        caller.site.clock.advance(40 * 60)
        assert caller.get("Contact").status == 200
    assert caller.cookies[".ASPXAUTH"] != first[".ASPXAUTH"]
    caller.cookies = first
    assert caller.get("Contact").status == 401


def test_a_recycled_application_pool_ends_every_session() -> None:
    caller = Caller(new_site())
    caller.site.sessions.end_all()
    assert caller.get("Contact").status == 401


@pytest.mark.parametrize(("runtime", "right", "wrong"), [("framework", "/0", ""), ("net", "", "/0")])
def test_the_health_check_answers_on_the_right_prefix_alone(runtime: Any, right: str, wrong: str) -> None:
    site = new_site(runtime=runtime)
    assert _plain_get(site, f"{right}/api/HealthCheck/Ping").status == 200
    missing = _plain_get(site, f"{wrong}/api/HealthCheck/Ping")
    assert (missing.status, header(missing, "Content-Type")[:9]) == (404, "text/html")


def test_the_wrong_prefix_is_a_page_on_framework_and_a_routing_miss_on_net() -> None:
    assert _plain_get(new_site(), "/odata/Contact").body.startswith(b"<!DOCTYPE html>")
    assert parsed(_plain_get(new_site(runtime="net"), "/0/odata/Contact")).keys() == {"Message", "MessageDetail"}


def test_a_site_may_live_at_the_root_of_its_host() -> None:
    assert Caller(new_site(base_path="")).get("Contact").status == 200


def test_every_answer_tells_the_true_time() -> None:
    site = new_site(Options(skew_seconds=3600))
    assert header(_plain_get(site, "/"), "Date") == "Mon, 02 Mar 2026 10:00:00 GMT"


def _plain_get(site: CreatioSite, path: str) -> Response:
    return site.handle(Request.of("GET", f"{ORIGIN}{site.base_path}{path}"))
