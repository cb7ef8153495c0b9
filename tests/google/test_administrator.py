"""The administrator's sign-in: its three ways, as whom, and what is said when it does not do (row P1)."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from gsync_cli.cli.words import render
from gsync_cli.credentials import AdministratorGrant, Credentials
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, SignInNeeded
from gsync_cli.google import adc
from gsync_cli.google.administrator import TOKEN_VARIABLE
from gsync_cli.google.wire import Wire
from gsync_cli.http import Http
from gsync_cli.provisioning.projects import Projects
from gsync_cli.sandbox.messages import Request
from tests.support.administrator_rig import ADMIN, Desk, desk


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    return desk(tmp_path)


@pytest.fixture
def sent(here: Desk) -> list[Request]:
    requests: list[Request] = []
    here.before = requests.append
    return requests


def default_credentials(here: Desk, folder: Path, **changes: object) -> dict[str, str]:
    """Write the file that gcloud writes, with the token endpoint of the sandbox, and return the environment."""
    file = here.sandbox.google.application_default_credentials(ADMIN)
    path = folder / "application_default_credentials.json"
    path.write_text(json.dumps({**file, **changes}), encoding="utf-8")
    return {"CLOUDSDK_CONFIG": str(folder)}


def test_an_access_token_comes_first_and_is_charged_to_nobody(here: Desk, sent: list[Request], tmp_path: Path) -> None:
    environment = default_credentials(here, tmp_path, quota_project_id="billed-12345")
    token = here.sandbox.google.administrator_token(ADMIN)
    session = here.session(**environment, **{TOKEN_VARIABLE: token})
    assert session.origin == "environment"
    Projects(session).mine()
    assert sent[-1].headers["authorization"] == f"Bearer {token}"
    assert "x-goog-user-project" not in sent[-1].headers


def test_application_default_credentials_are_refreshed_through_our_own_connection(
    here: Desk, sent: list[Request], tmp_path: Path
) -> None:
    session = here.session(**default_credentials(here, tmp_path))
    assert session.origin == "adc"
    assert session.email == ADMIN
    assert Projects(session).mine() == ()
    assert sum(request.path.endswith("/token") for request in sent) == 1


def test_a_quota_project_is_sent_where_the_credentials_name_one(
    here: Desk, sent: list[Request], tmp_path: Path
) -> None:
    services = ["cloudresourcemanager.googleapis.com"]
    here.cloud.add_project("billed-12345", ADMIN, services=services)
    session = here.session(**default_credentials(here, tmp_path, quota_project_id="billed-12345"))
    assert [project.id for project in Projects(session).mine()] == ["billed-12345"]
    assert sent[-1].headers["x-goog-user-project"] == "billed-12345"


def test_credentials_without_a_quota_project_are_explained(here: Desk, tmp_path: Path) -> None:
    here.behaviour.quota_project_needed = True
    session = here.session(**default_credentials(here, tmp_path))
    with pytest.raises(ConfigurationWrong, match="administrator-quota-project") as told:
        Projects(session).mine()
    assert "gcloud auth application-default set-quota-project PROJECT" in render(told.value)[1]


def test_an_api_that_is_off_where_the_sign_in_is_charged_is_told_with_the_command(here: Desk, tmp_path: Path) -> None:
    here.cloud.add_project("billed-12345", ADMIN)
    session = here.session(**default_credentials(here, tmp_path, quota_project_id="billed-12345"))
    with pytest.raises(ActionNeeded, match="administrator-api-off") as told:
        Projects(session).mine()
    assert "gcloud services enable cloudresourcemanager.googleapis.com --project=" in render(told.value)[1]


def test_default_credentials_that_have_ended_say_so(here: Desk, tmp_path: Path) -> None:
    session = here.session(**default_credentials(here, tmp_path, refresh_token="1//revoked"))
    with pytest.raises(SignInNeeded, match="adc-ended") as told:
        Projects(session).mine()
    assert render(told.value)[1] == "gcloud auth application-default login"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"type": "authorized_user"}', '{"type": "other"}'])
def test_a_damaged_file_is_told_with_its_path(here: Desk, tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationWrong, match="adc-unreadable") as told:
        here.session(GOOGLE_APPLICATION_CREDENTIALS=str(path))
    assert str(path) in render(told.value)[0]


def test_a_file_that_is_named_but_not_there_is_told(here: Desk, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationWrong, match="adc-unreadable"):
        here.session(GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "none.json"))


def test_without_any_sign_in_all_three_ways_are_named_and_nothing_is_sent(
    here: Desk, sent: list[Request], tmp_path: Path
) -> None:
    with pytest.raises(SignInNeeded, match="administrator-not-signed-in") as told:
        here.session(HOME=str(tmp_path))
    do = render(told.value)[1]
    assert "gcloud auth application-default login" in do
    assert 'export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"' in do
    assert "gsync project sign-in" in do
    assert not sent


def test_the_sign_in_in_the_browser_is_used_while_it_lasts(here: Desk, tmp_path: Path) -> None:
    token = here.sandbox.google.administrator_token(ADMIN)
    grant = AdministratorGrant(ADMIN, "1-a.apps.googleusercontent.com", token, here.clock.now() + timedelta(hours=1))
    replace(Credentials(), administrator=grant).save(here.profile)
    session = here.session(HOME=str(tmp_path))
    assert (session.origin, session.email) == ("browser", ADMIN)
    assert Projects(session).mine() == ()
    here.clock.sleep(3600)
    with pytest.raises(SignInNeeded, match="administrator-sign-in-over"):
        here.session(HOME=str(tmp_path))


def test_a_token_that_google_refuses_names_the_way_to_the_next_one(here: Desk) -> None:
    session = here.session(**{TOKEN_VARIABLE: "ya29.worthless"})
    with pytest.raises(SignInNeeded, match="administrator-token-refused") as told:
        Projects(session).mine()
    assert render(told.value)[1] == 'export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"'


def test_a_token_without_the_permission_for_google_cloud_is_told_as_such(here: Desk) -> None:
    token = here.sandbox.google.administrator_token(ADMIN, ["openid"])
    with pytest.raises(SignInNeeded, match="administrator-scope-missing") as told:
        Projects(here.session(**{TOKEN_VARIABLE: token})).mine()
    assert "cloud-platform" in render(told.value)[0]


def test_who_it_is_is_asked_once_and_never_fails_the_work(here: Desk) -> None:
    assert here.session().email == ADMIN
    here.sandbox.faults.add("500", service="oauth2", times=9)
    session = here.session()
    assert session.email == session.email == ""
    assert session.member == "user:YOUR-ADDRESS"
    assert sum("userinfo" in entry.path for entry in here.sandbox.log) == 2


def test_the_token_never_shows(here: Desk) -> None:
    token = here.sandbox.google.administrator_token(ADMIN)
    session = here.session(**{TOKEN_VARIABLE: token})
    assert token not in repr(session._token)


# ── on a machine of Google's own ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("has_account", [True, False])
def test_a_machine_of_google_is_asked_for_its_own_account(
    here: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_account: bool
) -> None:
    product = tmp_path / "product_name"
    product.write_text("Google Compute Engine\n", encoding="utf-8")
    monkeypatch.setattr(adc, "_PRODUCT_NAME", product)
    asked: list[str] = []

    def metadata(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        if not has_account:
            return httpx2.Response(404, text="no service account")
        if request.url.path.endswith("/token"):
            return httpx2.Response(
                200, json={"access_token": "ya29.machine", "expires_in": 3000, "token_type": "Bearer"}
            )
        return httpx2.Response(200, json={"email": "robot@p.iam.gserviceaccount.com", "scopes": [adc.CLOUD_PLATFORM]})

    wire = Wire(Http(here.clock, transport=httpx2.MockTransport(metadata)), here.clock, lambda: 0.5)
    token = adc.default_token({"HOME": str(tmp_path)}, wire)
    assert asked
    if has_account:
        assert token is not None
        assert (token.fresh(), token.email) == ("ya29.machine", "robot@p.iam.gserviceaccount.com")
    else:
        assert token is None


def test_any_other_machine_is_not_asked(here: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adc, "_PRODUCT_NAME", tmp_path / "none")
    wire = Wire(
        Http(here.clock, transport=httpx2.MockTransport(lambda _: pytest.fail("asked"))), here.clock, lambda: 0.5
    )
    assert adc.default_token({"HOME": str(tmp_path)}, wire) is None
