"""What a session does with a request to Google, and with the ways it fails."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, Refused, SignInNeeded, Temporary
from gsync_cli.google.errors import GoogleRefusal, Unanswered
from gsync_cli.http import UNSENT_ATTEMPTS, Http
from gsync_cli.sandbox.messages import Response
from tests.google.fake_google import DROP, STALL, google_error, old_error
from tests.google.rig import Rig, create, listing, make_rig, settings

CREATE = "/v1/people:createContact"
LIST = "/v1/people/me/connections"
QUOTA = google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'x'", "RATE_LIMIT_EXCEEDED")
TROUBLES = [Response(500), Response(503), DROP, STALL, Response(200, b'{"resourceName": '), Response(200)]
"""After each of these nobody knows whether the request was carried out."""
NOT_GOOGLE = Response.of_html(200, "<html><body>Welcome to our hotel</body></html>")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return make_rig(tmp_path)


def failure(rig: Rig, *answers: Response | str, call: Any = listing) -> GsyncError:
    rig.google.answers = list(answers)
    with pytest.raises(GsyncError) as raised:
        call(rig.session())()
    return raised.value


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_bears_the_token_and_goes_to_the_endpoint_of_the_settings(rig: Rig) -> None:
    assert listing(rig.session())()["path"] == LIST
    sent = rig.google.bodies[0]
    assert sent.headers["authorization"] == "Bearer access-0"
    assert sent.origin == "https://google.test"
    assert "gzip" in sent.headers["user-agent"], "Google compresses only for agents that say so"
    assert rig.session().requests_sent == 1


def test_an_endpoint_keeps_its_leading_path(rig: Rig) -> None:
    rig.settings = settings(rig.profile, "https://gateway.test/google/people")
    assert listing(rig.session())()["path"] == "/google/people/v1/people/me/connections"


def test_without_an_endpoint_requests_go_to_google_itself(rig: Rig) -> None:
    rig.settings = settings(rig.profile, "")
    listing(rig.session())()
    assert rig.google.bodies[0].origin == "https://people.googleapis.com"


def test_a_body_arrives_whole_with_its_own_length(rig: Rig) -> None:
    create(rig.session())()
    sent = rig.google.bodies[0]
    assert sent.json() == {"names": [{"givenName": "Zoë"}]}
    assert int(sent.headers["content-length"]) == len(sent.body)


def test_an_answer_that_says_nothing_is_an_empty_object(rig: Rig) -> None:
    for answer in (Response(204), Response.of_json(200, {})):
        rig.google.answers = [answer]
        session = rig.session()
        assert session.execute(session.people().people().deleteContact(resourceName="people/c1"), writes=1) == {}


@pytest.mark.parametrize("half", [b'{"connections": [{}', b'"{\\"connections\\": [{}"', b""])
def test_a_listing_that_was_cut_off_is_never_taken_for_a_short_one(rig: Rig, half: bytes) -> None:
    error = failure(rig, *[Response(200, half)] * 5)
    assert (type(error), error.code) == (Temporary, "no-answer")
    assert isinstance(failure(rig, Response(200, half), call=create), Unanswered)


def test_a_read_with_a_long_address_is_still_a_read(rig: Rig) -> None:
    """The library makes a POST of it (facts/google.md 8.6)."""
    rig.google.answers = [Response(503), DROP]
    session = rig.session()
    names = [f"people/c{number:030}" for number in range(200)]
    request = session.people().people().getBatchGet(resourceNames=names, personFields="names")
    assert session.execute(request, reads=1)["path"] == "/v1/people:batchGet"
    sent = rig.google.bodies[-1]
    assert (sent.method, sent.headers["x-http-method-override"]) == ("POST", "GET")
    assert len(parse_qs(sent.body.decode())["resourceNames"]) == 200
    assert len(rig.google.requests) == 3


# ── again, or not ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "trouble", [Response(500), Response(503), DROP, STALL, Response(200, b'{"connections": [{'), Response(200)]
)
def test_a_read_is_repeated_after_trouble(rig: Rig, trouble: Response | str) -> None:
    rig.google.answers = [trouble, trouble]
    assert listing(rig.session())()["path"] == LIST
    assert rig.google.count(LIST) == 3
    assert len(rig.clock.slept) == 2


@pytest.mark.parametrize(
    "trouble", [Response(500), Response(503), DROP, STALL, Response(200, b'{"resourceName": '), Response(200)]
)
def test_a_create_is_never_repeated_after_an_unclear_answer(rig: Rig, trouble: Response | str) -> None:
    assert isinstance(failure(rig, trouble, call=create), Unanswered)
    assert rig.google.count(CREATE) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        QUOTA,
        Response(429, b"slow down"),
        old_error(403, "rateLimitExceeded"),
        old_error(403, "userRateLimitExceeded"),
        google_error(403, "PERMISSION_DENIED", "Quota exceeded", "RATE_LIMIT_EXCEEDED"),
    ],
)
def test_a_create_is_repeated_after_a_clean_refusal(rig: Rig, refusal: Response) -> None:
    rig.google.answers = [refusal]
    create(rig.session())()
    assert (rig.google.count(CREATE), rig.google.created) == (2, 1)


def test_an_update_that_may_be_repeated_is_repeated(rig: Rig) -> None:
    rig.google.answers = [Response(503)]
    create(rig.session(), repeatable=True)()
    assert rig.google.count(CREATE) == 2


def test_a_write_that_never_got_an_answer_is_unanswered_even_if_it_was_repeated(rig: Rig) -> None:
    error = failure(rig, *[Response(503)] * 9, call=lambda session: create(session, repeatable=True))
    assert isinstance(error, Unanswered)
    assert rig.google.count(CREATE) == 5


def test_a_request_that_never_left_is_repeated_and_then_temporary(rig: Rig) -> None:
    tries = 0

    def unreachable(request: httpx2.Request) -> httpx2.Response:
        nonlocal tries
        tries += 1
        raise httpx2.ConnectError("Connection refused", request=request)

    rig.http = Http(rig.clock, transport=httpx2.MockTransport(unreachable))
    error = failure(rig, call=create)
    assert (type(error), error.code, error.facts["host"]) == (Temporary, "no-network", "google.test")
    assert tries == UNSENT_ATTEMPTS


def test_an_untrusted_certificate_is_a_matter_of_configuration_and_not_tried_again(rig: Rig) -> None:
    tries = 0

    def untrusted(request: httpx2.Request) -> httpx2.Response:
        nonlocal tries
        tries += 1
        raise httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", request=request)

    rig.http = Http(rig.clock, transport=httpx2.MockTransport(untrusted))
    error = failure(rig)
    assert (type(error), error.code, tries) == (ConfigurationWrong, "certificate-untrusted", 1)


def test_a_read_that_gets_no_answer_at_all_is_temporary(rig: Rig) -> None:
    error = failure(rig, *[DROP] * 5)
    assert (type(error), error.code) == (Temporary, "no-answer")
    error = failure(rig, *[Response.of_html(502, "<h1>Bad gateway</h1>")] * 5)
    assert (type(error), error.code) == (Temporary, "google-server")


def test_retry_after_is_honoured(rig: Rig) -> None:
    rig.google.answers = [Response(429, b"", (("Retry-After", "17"),)), Response(503, b"", (("Retry-After", "23"),))]
    listing(rig.session())()
    assert rig.clock.slept == [17, 23]


def test_a_quota_is_waited_for_longer_than_its_minute(rig: Rig) -> None:
    error = failure(rig, *[QUOTA] * 5)
    assert (type(error), error.code) == (Temporary, "google-quota")
    assert 60 < max(rig.clock.slept) < 80
    assert rig.google.count(LIST) == 5


@pytest.mark.parametrize(
    "refusal",
    [
        google_error(429, "RESOURCE_EXHAUSTED", "Quota", "RATE_LIMIT_EXCEEDED", quota_limit="DailyWritesPerDayPerUser"),
        google_error(429, "RESOURCE_EXHAUSTED", "limit 'Daily Contact Writes (Total) per day per user'"),
        old_error(403, "dailyLimitExceeded"),
        old_error(403, "quotaExceeded"),
    ],
)
def test_a_quota_that_lasts_longer_is_not_waited_for(rig: Rig, refusal: Response) -> None:
    error = failure(rig, refusal)
    assert (type(error), error.code, rig.clock.slept) == (Temporary, "google-quota-day", [])


def test_a_server_that_asks_for_an_hour_is_not_waited_for(rig: Rig) -> None:
    error = failure(rig, Response(429, b"", (("Retry-After", "3600"),)))
    assert (error.code, rig.clock.slept) == ("google-quota", [])


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_of_one_request_is_the_callers_to_judge(rig: Rig) -> None:
    error = failure(rig, google_error(400, "INVALID_ARGUMENT", "Request contains an invalid argument."), call=create)
    assert isinstance(error, GoogleRefusal)
    assert (error.status, error.reason) == (400, "INVALID_ARGUMENT")


def test_an_api_that_is_off_names_the_page_where_it_is_switched_on(rig: Rig) -> None:
    link = "https://console.developers.google.com/apis/api/people.googleapis.com/overview?project=42"
    sentence = f"People API has not been used in project 42 before or it is disabled. Enable it by visiting {link} then"
    for answer in (
        google_error(403, "PERMISSION_DENIED", "off", "SERVICE_DISABLED", service="people", activationUrl=link),
        old_error(403, "accessNotConfigured", sentence),
    ):
        error = failure(rig, answer)
        assert (type(error), error.facts["link"]) == (ActionNeeded, link)


def test_a_missing_permission_is_named(rig: Rig) -> None:
    scope = "https://www.googleapis.com/auth/contacts"
    error = failure(rig, google_error(403, "PERMISSION_DENIED", "scopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
    assert (type(error), error.facts["scope"]) == (SignInNeeded, scope)
    header = ("WWW-Authenticate", 'Bearer realm="x", error="insufficient_scope", scope="a b"')
    error = failure(rig, google_error(403, "PERMISSION_DENIED", "s", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", [header]))
    assert error.facts["scope"] == "a b"


def test_a_forbidden_request_is_refused(rig: Rig) -> None:
    assert failure(rig, google_error(403, "PERMISSION_DENIED", "The caller does not have permission")).code == (
        "google-forbidden"
    )
    error = failure(rig, google_error(403, "PERMISSION_DENIED", "no", "admin_policy_enforced"))
    assert (type(error), error.code) == (Refused, "google-app-blocked")


@pytest.mark.parametrize(
    "answer",
    [
        NOT_GOOGLE,
        Response.of_html(404, "<h1>Not Found</h1>"),
        Response.of_json(404, {"detail": "Not Found"}),
        Response(302, b"", (("Location", "https://portal.test/"),)),
        Response(200, b"OK"),
    ],
)
def test_an_answer_that_is_not_googles_is_a_wrong_address(rig: Rig, answer: Response) -> None:
    for call in (listing, create):
        error = failure(rig, answer, call=call)
        assert (type(error), error.facts["host"]) == (ConfigurationWrong, "https://google.test")


# ── signing in, quotas ───────────────────────────────────────────────────────────────────────────────────────


def test_without_a_sign_in_there_is_no_session(rig: Rig) -> None:
    rig.store(grant=None)
    with pytest.raises(SignInNeeded, match="google-not-signed-in"):
        rig.session()


def test_the_pace_keeps_below_the_quota(tmp_path: Path) -> None:
    rig = make_rig(tmp_path, pace="quota")
    session = rig.session()
    rig.store()
    for _ in range(6):
        session.execute(session.people().people().batchCreateContacts(body={}), reads=6, writes=6)
    assert sum(rig.clock.slept) == 61, "five batches of 6 writes go at once, the sixth waits"


def test_a_refusal_for_quota_slows_the_session_down(tmp_path: Path) -> None:
    rig = make_rig(tmp_path, pace="quota")
    rig.google.answers = [Response(429, b"", (("Retry-After", "1"),))]
    session = rig.session()
    listing(session)()
    for _ in range(28):
        listing(session)()
    assert rig.clock.slept == [1]
    listing(session)()
    assert len(rig.clock.slept) == 2, "half of 60 reads were spent, the refused one among them"


def test_secrets_stay_out_of_errors_and_reprs(rig: Rig) -> None:
    error = failure(rig, *[QUOTA] * 5)
    for text in (str(error), repr(error), repr(rig.session()), repr(rig.stored())):
        assert "access-" not in text
        assert "refresh-" not in text
