"""Keeping the grant alive: when the token is refreshed, what is stored, and what is said when the grant is over."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gsync_cli.cli.words import render
from gsync_cli.credentials import CreatioLogin, GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused, SignInNeeded, Temporary
from gsync_cli.google.tokens import is_loopback
from gsync_cli.sandbox.messages import Response
from tests.google.fake_google import DROP, google_error
from tests.google.rig import START, Rig, create, grant, installed, listing, make_rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return make_rig(tmp_path)


def oauth_error(code: str, description: str = "", status: int = 400, **more: str) -> Response:
    return Response.of_json(status, {"error": code, "error_description": description, **more})


def ended(rig: Rig, *answers: Response) -> GsyncError:
    rig.clock.moment = START + timedelta(hours=2)
    rig.google.token_answers = list(answers)
    with pytest.raises(GsyncError) as raised:
        listing(rig.session())()
    return raised.value


def test_a_token_with_life_in_it_is_used_as_it_is(rig: Rig) -> None:
    rig.clock.moment = START + timedelta(minutes=58)
    listing(rig.session())()
    assert rig.google.count("/token") == 0


def test_a_token_in_its_last_minute_is_refreshed_first_and_stored(rig: Rig) -> None:
    rig.clock.moment = START + timedelta(minutes=59)
    session = rig.session()
    listing(session)()
    listing(session)()
    stored = rig.stored().grant
    assert stored is not None
    assert (stored.access_token, stored.refresh_token) == ("access-1", "refresh-0")
    assert stored.access_expires_at is not None
    assert abs(stored.access_expires_at - rig.clock.now() - timedelta(seconds=3599)) < timedelta(seconds=5)
    assert stat.S_IMODE(rig.profile.credentials_file.stat().st_mode) == 0o600
    assert rig.google.count("/token") == 1
    listing(rig.session())()
    assert rig.google.count("/token") == 1, "the next run uses the stored one"


def test_a_refresh_that_brings_a_new_refresh_token_keeps_it(rig: Rig) -> None:
    rig.google.rotate = True
    for hours in (2, 4, 6):
        rig.clock.moment = START + timedelta(hours=hours)
        listing(rig.session())()
    stored = rig.stored().grant
    assert stored is not None
    assert stored.refresh_token == rig.google.refresh != "refresh-0"


def test_storing_a_token_loses_nothing_that_was_stored_since(rig: Rig) -> None:
    session = rig.session()
    rig.store(creatio=CreatioLogin(password="changed meanwhile"))
    rig.clock.moment = START + timedelta(hours=2)
    listing(session)()
    assert rig.stored().creatio == CreatioLogin(password="changed meanwhile")


def test_a_refused_token_is_renewed_once_and_the_request_sent_again_once(rig: Rig) -> None:
    rig.google.access = {"another"}
    create(rig.session())()
    assert rig.google.requests == [
        ("POST", "/v1/people:createContact"),
        ("POST", "/token"),
        ("POST", "/v1/people:createContact"),
    ]
    assert rig.google.created == 1


def test_a_token_that_is_refused_again_means_signing_in(rig: Rig) -> None:
    refused = google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    rig.google.answers = [refused] * 9
    with pytest.raises(SignInNeeded, match="google-token-refused"):
        listing(rig.session())()
    assert rig.google.count("/token") == 1
    assert rig.google.count("/v1/people/me/connections") == 2


def test_a_token_that_another_process_refreshed_is_used(rig: Rig) -> None:
    session = rig.session()
    rig.google.access = {"access-9"}
    rig.store(grant=grant(access_token="access-9"))
    listing(session)()
    assert rig.google.count("/token") == 0


def test_a_token_of_unknown_life_is_used_until_it_is_refused(rig: Rig) -> None:
    rig.store(grant=grant(access_expires_at=None))
    rig.clock.moment = START + timedelta(days=3)
    listing(rig.session())()
    assert rig.google.count("/token") == 0


def test_a_refresh_is_repeated_after_trouble_on_our_own_clock(rig: Rig) -> None:
    rig.clock.moment = START + timedelta(hours=2)
    rig.google.token_answers = [Response(503), Response.of_html(500, "oops")]
    listing(rig.session())()
    assert rig.google.count("/token") == 3
    assert len(rig.clock.slept) == 2


# ── the end of a grant ───────────────────────────────────────────────────────────────────────────────────────


def test_an_ended_grant_means_signing_in_again_with_the_command(rig: Rig) -> None:
    error = ended(rig, oauth_error("invalid_grant", "Token has been expired or revoked."))
    assert (type(error), error.code) == (SignInNeeded, "google-grant-ended")
    sentence, command = render(error)
    assert "revoked" in sentence
    assert "account add --email anna@example.com" in command


def test_the_seven_days_of_an_app_in_testing_are_named_when_they_are_over(rig: Rig) -> None:
    rig.store(grant=grant(ends_at=START + timedelta(days=7)))
    rig.clock.moment = START + timedelta(days=6)
    gone = oauth_error("invalid_grant", "Token has been expired or revoked.")
    assert ended(rig, gone).code == "google-grant-ended", "not yet: somebody revoked it"
    rig.google.token_answers = [gone]
    rig.clock.moment = START + timedelta(days=7, seconds=1)
    with pytest.raises(SignInNeeded, match="google-grant-ended-testing"):
        listing(rig.session())()


def test_a_domain_that_wants_a_new_sign_in_is_told_apart(rig: Rig) -> None:
    assert ended(rig, oauth_error("invalid_grant", "reauth related error (invalid_rapt)",
                                  error_subtype="invalid_rapt")).code == "google-grant-session-length"  # fmt: skip


@pytest.mark.parametrize("code", ["invalid_client", "deleted_client", "unauthorized_client"])
def test_a_client_that_is_gone_is_a_matter_of_configuration(rig: Rig, code: str) -> None:
    error = ended(rig, oauth_error(code, "The OAuth client was not found.", 401))
    assert (type(error), error.code) == (ConfigurationWrong, "google-client-refused")


@pytest.mark.parametrize(
    ("answers", "kind", "code"),
    [
        ([oauth_error("admin_policy_enforced", "by the admin")], Refused, "google-app-blocked"),
        ([oauth_error("invalid_scope", "Bad scope")], SignInNeeded, "google-sign-in-failed"),
        ([Response(503)] * 5, Temporary, "google-server"),
        ([Response(429)] * 5, Temporary, "google-quota"),
        ([Response.of_html(200, "<h1>Hotel</h1>")], ConfigurationWrong, "google-not-google"),
        ([Response(302, b"", (("Location", "https://portal.test/"),))], ConfigurationWrong, "google-not-google"),
        ([Response.of_json(200, {"token_type": "Bearer"})], ConfigurationWrong, "google-not-google"),
        ([Response.of_json(200, ["surprise"])], ConfigurationWrong, "google-not-google"),
    ],
)
def test_every_other_answer_of_the_token_endpoint_has_its_meaning(
    rig: Rig, answers: list[Response], kind: type[GsyncError], code: str
) -> None:
    error = ended(rig, *answers)
    assert (type(error), error.code) == (kind, code)


def test_after_a_failed_refresh_the_stored_grant_is_as_it_was(rig: Rig) -> None:
    before = rig.profile.credentials_file.read_bytes()
    ended(rig, oauth_error("invalid_grant"))
    assert rig.profile.credentials_file.read_bytes() == before


def test_a_refresh_survives_a_dropped_connection(rig: Rig) -> None:
    rig.google.access = {"another"}
    rig.google.answers = [DROP]
    listing(rig.session())()
    assert rig.google.count("/token") == 1


# ── the client ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"installed": None}, "google-client-missing"),
        ({"installed": None, "web": GoogleClient("web", "x", "y")}, "google-client-web-only"),
        ({"installed": replace(installed(), client_secret="")}, "google-client-secret-missing"),
        ({"installed": installed("http://google.test")}, "google-address-insecure"),
        ({"installed": replace(installed(), client_id="another")}, "google-client-changed"),
    ],
)
def test_a_client_that_does_not_fit_is_said_before_anything_is_sent(
    rig: Rig, changes: dict[str, object], code: str
) -> None:
    rig.store(**changes)
    with pytest.raises(GsyncError) as raised:
        rig.session()
    assert raised.value.code == code
    assert rig.google.requests == []


def test_only_this_machine_is_a_loopback() -> None:
    assert all(
        is_loopback(url)
        for url in ("http://127.0.0.1:8/x", "http://localhost/", "http://[::1]:1/", "http://a.localhost")
    )
    assert not any(
        is_loopback(url) for url in ("http://google.test", "http://10.0.0.1", "http://localhost.test", "http:")
    )
