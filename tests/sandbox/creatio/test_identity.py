"""OAuth client credentials, and rights (facts/creatio.md 1.5, 1.6)."""

import base64
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.site import CreatioSite
from gsync_cli.sandbox.messages import Request, Response
from tests.sandbox.creatio.caller import ORIGIN, Caller, new_site, parsed

CLIENT = {"client_id": "id", "client_secret": "s&cret"}


def _site(**profile: bool) -> CreatioSite:
    site = new_site()
    site.add_technical_user("Integration", CLIENT["client_id"], CLIENT["client_secret"], **profile)
    return site


def _token(site: CreatioSite, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Response:
    sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
    body = urlencode({"grant_type": "client_credentials", **form}).encode()
    return site.handle(Request.of("POST", f"{ORIGIN}/creatio-is/connect/token", sent, body))


def _with(token: str, site: CreatioSite, method: str = "GET", body: bytes = b"") -> Response:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return site.handle(Request.of(method, f"{ORIGIN}/creatio/0/odata/Contact", headers, body))


def test_a_token_opens_the_site_without_cookies_and_csrf_for_an_hour() -> None:
    site = _site()
    told = parsed(_token(site, CLIENT))
    assert (told["expires_in"], told["token_type"]) == (3600, "Bearer")
    assert told["scope"].startswith("ApplicationAccess_")
    assert _with(told["access_token"], site, "POST", b'{"Name":"A"}').status == 201
    site.clock.advance(3601)
    assert _with(told["access_token"], site).status == 401


def test_tokens_may_all_end_at_once() -> None:
    site = _site()
    token = parsed(_token(site, CLIENT))["access_token"]
    site.identity.end_all()
    assert (_with(token, site).status, site.identity.issued) == (401, 1)


def test_credentials_may_come_as_http_basic() -> None:
    basic = base64.b64encode(b"id:s%26cret").decode()
    assert _token(_site(), {}, {"authorization": f"Basic {basic}"}).status == 200


def test_a_wrong_secret_is_400_invalid_client() -> None:
    answer = _token(_site(), {"client_id": "id", "client_secret": "wrong"})
    assert (answer.status, parsed(answer)) == (400, {"error": "invalid_client"})


def test_a_technical_user_cannot_sign_in_with_a_password() -> None:
    assert parsed(Caller(_site(), "Integration", "").signed_in)["Code"] == 1


@pytest.mark.parametrize(("version", "status"), [("8.3.1", 401), ("8.3.2", 403)])
def test_missing_rights_are_403_from_8_3_2_on_and_were_401(version: str, status: int) -> None:
    caller = Caller(new_site(Options(denied={("write", "ContactInTag")}), version=version))
    assert caller.post("ContactInTag", {}).status == status
    assert caller.get("ContactInTag").status == 200


def test_a_technical_user_is_born_without_rights() -> None:
    site = _site(has_rights=False)
    assert _with(parsed(_token(site, CLIENT))["access_token"], site).status == 403


def test_odata_as_a_whole_needs_a_right() -> None:
    assert Caller(new_site(Options(odata_right=False))).get("Contact").status == 403


def test_oauth_came_to_net_with_8_3_2() -> None:
    site = _site()
    site.runtime = "net"
    assert _token(site, CLIENT).status == 404
    site.version = "8.3.2"
    assert _token(site, CLIENT).status == 200
