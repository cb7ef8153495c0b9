"""Signing in with a password: every code is understood, and a wrong password is sent once (facts/creatio.md 1.2)."""

import json
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from gsync_cli.config import Settings, set_values
from gsync_cli.creatio.login import account_of
from gsync_cli.creatio.session import CreatioSite, open_session
from gsync_cli.credentials import CreatioLogin, Credentials
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, Refused, SignInNeeded, Temporary
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from tests.creatio.fake import PASSWORD, URL, FakeCreatio, FixedClock, answer, opened, page, site


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    found = Profile("default", tmp_path / "home")
    set_values(found, {"creatio.url": URL, "creatio.username": "anna"})
    Credentials(creatio=CreatioLogin(password=PASSWORD)).save(found)
    return found


def run(profile: Profile, fake: FakeCreatio) -> CreatioSite:
    clock = FixedClock()
    http = Http(clock, transport=httpx2.MockTransport(fake.handle))
    with open_session(profile, Settings.load(profile, {}), http, clock, lambda: 0.5) as opened_site:
        opened_site.request("GET", "odata/Contact")
        return opened_site


def test_login_goes_to_the_root_of_the_site_as_json_and_nothing_else() -> None:
    fake = FakeCreatio()
    site(fake).open()
    login = fake.asked[0]
    assert str(login.url) == f"{URL}/ServiceModel/AuthService.svc/Login"
    assert json.loads(login.content) == {"UserName": "anna", "UserPassword": PASSWORD}


@pytest.mark.parametrize(
    ("code", "kind", "word"),
    [
        (1, SignInNeeded, "creatio-password-wrong"),
        (3, Refused, "creatio-no-licence"),
        (4, Refused, "creatio-no-licence"),
        (5, ActionNeeded, "creatio-password-expired"),
    ],
)
def test_status_200_is_no_success_the_code_tells(code: int, kind: type[GsyncError], word: str) -> None:
    fake = FakeCreatio(refuse=True, code=code)
    with pytest.raises(kind, match=word):
        site(fake).open()
    assert fake.logins == 1
    assert len(fake.asked) == 1


def test_code_2_goes_on_and_is_mentioned() -> None:
    running = opened(FakeCreatio(refuse=True, code=2))
    assert [warning.code for warning in running.warnings] == ["creatio-password-change-advised"]


def test_a_code_written_as_text_is_read() -> None:
    fake = FakeCreatio(csrf=())
    fake.on("Login", httpx2.Response(200, json={"Code": "0"}, headers={"Set-Cookie": "BPMSESSIONID=s0"}))
    assert opened(fake, runtime="framework").logins == 1


@pytest.mark.parametrize(
    "exception",
    [
        "Terrasoft.WebApp.TwoFactor.Exceptions.StartAuthFlowException",
        "Terrasoft.Core.TOTP.Exceptions.TotpIsNotEnabledException",
    ],
)
def test_a_wanted_second_factor_points_to_oauth(exception: str) -> None:
    with pytest.raises(SignInNeeded, match="creatio-second-factor"):
        site(FakeCreatio(refuse=True, exception=exception)).open()


@pytest.mark.parametrize(
    ("reply", "kind", "word"),
    [
        (answer(401, {"Message": "Authentication failed."}), SignInNeeded, "creatio-password-wrong"),
        (answer(403, {"Message": "Not allowed"}), Refused, "creatio-login-forbidden"),
        (page(200), ConfigurationWrong, "creatio-not-creatio"),
        (page(404), ConfigurationWrong, "creatio-not-creatio"),
        (answer(200, {"value": []}), ConfigurationWrong, "creatio-not-creatio"),
        (answer(200, ["Code"]), ConfigurationWrong, "creatio-not-creatio"),
        (page(503), Temporary, "creatio-unavailable"),
        (httpx2.ReadTimeout("slow"), Temporary, "creatio-no-answer"),
    ],
)
def test_other_answers_to_a_login_are_told_apart_and_none_is_repeated(
    reply: httpx2.Response | Exception, kind: type[GsyncError], word: str
) -> None:
    fake = FakeCreatio()
    fake.on("Login", reply)
    with pytest.raises(kind, match=word):
        site(fake).open()
    assert fake.logins == 1


def test_a_wrong_password_is_sent_once_however_often_gsync_runs(profile: Profile) -> None:
    fake = FakeCreatio(password="another one")
    with pytest.raises(SignInNeeded, match="creatio-password-wrong"):
        run(profile, fake)
    for _ in range(3):
        with pytest.raises(SignInNeeded, match="creatio-password-refused-before"):
            run(profile, fake)
    assert fake.logins == 1


def test_a_password_changed_between_runs_is_sent_once(profile: Profile) -> None:
    fake = FakeCreatio()
    run(profile, fake)
    fake.password, fake.session = "another one", 99
    with pytest.raises(SignInNeeded, match="creatio-password-wrong"):
        run(profile, fake)
    with pytest.raises(SignInNeeded, match="creatio-password-refused-before"):
        run(profile, fake)
    assert fake.logins == 2


def test_the_refused_password_of_one_login_does_not_bar_another(profile: Profile) -> None:
    fake = FakeCreatio(password="another one")
    with pytest.raises(SignInNeeded):
        run(profile, fake)
    set_values(profile, {"creatio.username": "boris"})
    fake.password = PASSWORD
    assert run(profile, fake).logins == 1


def test_two_runs_share_one_login(profile: Profile) -> None:
    fake = FakeCreatio()
    assert not run(profile, fake).reused
    assert run(profile, fake).reused
    assert fake.logins == 1


def test_keeping_the_session_leaves_other_secrets_as_they_are(profile: Profile) -> None:
    fake = FakeCreatio()

    def changed_meanwhile(_: httpx2.Request) -> httpx2.Response:
        other = CreatioLogin(password=PASSWORD, client_secret="kept")
        replace(Credentials.load(profile), creatio=other).save(profile)
        return answer(200, {"value": []}, **{"Set-Cookie": "BPMSESSIONID=s2"})

    fake.on("odata/Contact", changed_meanwhile)
    run(profile, fake)
    stored = Credentials.load(profile)
    assert stored.creatio is not None
    assert stored.creatio.client_secret == "kept"
    assert stored.session is not None
    assert stored.session.cookies["BPMSESSIONID"] == "s2"


def test_without_a_password_nothing_is_sent(profile: Profile) -> None:
    Credentials().save(profile)
    fake = FakeCreatio()
    with pytest.raises(SignInNeeded, match="creatio-password-missing"):
        run(profile, fake)
    assert fake.asked == []


def test_settings_that_are_missing_are_named(profile: Profile) -> None:
    for given, missing in (({}, "creatio.url"), ({"creatio.url": URL}, "creatio.username")):
        empty = Settings.load(Profile("none", profile.folder / "none"), {}, given)
        with pytest.raises(ConfigurationWrong, match=missing):
            account_of(empty, CreatioLogin())


def test_an_oauth_application_must_be_told_for_whom_it_acts(profile: Profile) -> None:
    settings = Settings.load(profile, {}, {"creatio.auth": "oauth", "creatio.client_id": "app"})
    with pytest.raises(ConfigurationWrong, match="creatio-user-needed"):
        account_of(settings, CreatioLogin())
