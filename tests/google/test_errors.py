"""Reading what Google says when it refuses."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.errors import ActionNeeded
from gsync_cli.google.errors import (
    GoogleRefusal,
    is_long_quota,
    is_quota_refusal,
    of_answer,
    of_network,
    read_body,
)
from gsync_cli.http import NotEncrypted
from tests.google.fake_google import google_error, old_error

EXPIRED = "Sync token is expired. Clear local cache and retry call without the sync token."
PERSON_ETAG = "Request person.etag is different than the current person.etag. Clear local cache and get the latest."
SOURCE_ETAG = "Request metadata.sources.etag is different than the current metadata.sources.etag."


def refusal(status: int, body: Any) -> GoogleRefusal:
    return GoogleRefusal(status, read_body(body if isinstance(body, bytes) else json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, google_error(400, "FAILED_PRECONDITION", EXPIRED, "EXPIRED_SYNC_TOKEN")),
        (400, google_error(400, "FAILED_PRECONDITION", EXPIRED)),
        (400, google_error(400, "INVALID_ARGUMENT", "Something else", "EXPIRED_SYNC_TOKEN")),
        (410, google_error(410, "", "Gone")),
        (410, old_error(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")),
    ],
)
def test_an_expired_sync_token_is_known_in_every_spelling(status: int, answer: Any) -> None:
    error = refusal(status, answer.body)
    assert error.is_expired_token
    assert not error.is_stale_etag
    assert not error.is_not_found


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, google_error(400, "FAILED_PRECONDITION", PERSON_ETAG)),
        (400, old_error(400, "failedPrecondition", PERSON_ETAG)),
        (400, google_error(400, "INVALID_ARGUMENT", SOURCE_ETAG)),
        (409, google_error(409, "ABORTED", "Contact group etag is outdated")),
        (409, google_error(409, "ALREADY_EXISTS", "Contact group etag is outdated")),
        (412, old_error(412, "conditionNotMet", "Precondition Failed")),
    ],
)
def test_a_stale_etag_is_known_in_every_spelling(status: int, answer: Any) -> None:
    error = refusal(status, answer.body)
    assert error.is_stale_etag
    assert not error.is_expired_token
    assert not error.already_exists


def test_the_other_kinds_are_told_apart() -> None:
    exists = refusal(409, google_error(409, "ALREADY_EXISTS", "Contact group name already exists.").body)
    assert (exists.already_exists, exists.is_stale_etag) == (True, False)
    gone = refusal(404, google_error(404, "NOT_FOUND", "Requested entity was not found.").body)
    assert (gone.is_not_found, gone.reason) == (True, "NOT_FOUND")
    deleted = refusal(410, old_error(410, "deleted", "Resource has been deleted").body)
    assert (deleted.is_not_found, deleted.is_expired_token) == (True, False)
    invalid = refusal(400, google_error(400, "INVALID_ARGUMENT", "Invalid email", "").body)
    assert (invalid.is_stale_etag, invalid.is_expired_token) == (False, False)


def test_the_reason_is_read_from_the_details_first_then_the_errors_then_the_status() -> None:
    error: dict[str, Any] = {"code": 403, "message": "m", "status": "PERMISSION_DENIED"}
    assert read_body(json.dumps({"error": error}).encode()).reason == "PERMISSION_DENIED"
    error["errors"] = [{"reason": "forbidden"}]
    assert read_body(json.dumps({"error": error}).encode()).reason == "forbidden"
    error["details"] = [{"@type": "type.googleapis.com/google.rpc.Help", "links": []}, {"reason": "SERVICE_DISABLED"}]
    assert read_body(json.dumps({"error": error}).encode()).reason == "SERVICE_DISABLED"


def test_an_oauth_error_is_read_too() -> None:
    body = read_body(b'{"error": "invalid_grant", "error_description": "Bad Request"}')
    assert (body.reason, body.message, body.understood) == ("invalid_grant", "Bad Request", True)


def test_an_empty_refusal_still_says_what_it_is() -> None:
    error = refusal(404, b"")
    assert (error.is_not_found, error.reason, error.message) == (True, "NOT_FOUND", "HTTP 404")


def test_the_batch_details_reach_the_store_raw() -> None:
    detail = {"@type": "…BatchCreateContactsErrorDetails", "invalidContacts": [{"index": 3}]}
    error = refusal(400, {"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT", "details": [detail]}})
    assert error.details == (detail,)


def test_only_quotas_are_quotas() -> None:
    assert is_quota_refusal(429, read_body(b""))
    assert not is_quota_refusal(403, read_body(google_error(403, "PERMISSION_DENIED", "no").body))
    assert is_long_quota(403, read_body(old_error(403, "quotaExceeded").body))
    assert not is_long_quota(429, read_body(google_error(429, "RESOURCE_EXHAUSTED", "per minute per user").body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "details", "reason", "status", "message", "metadata"]), inner
        )
    ),
    max_leaves=12,
)


@given(
    JSON.map(lambda value: json.dumps({"error": value}).encode()) | st.binary(max_size=20), st.sampled_from([400, 404])
)
def test_no_body_whatever_makes_the_reader_fail(content: bytes, status: int) -> None:
    error = refusal(status, content)
    assert isinstance(error.reason, str)
    assert error.message
    assert not (error.is_expired_token and error.is_stale_etag)


def test_a_switched_off_api_is_named_also_behind_a_gateway_that_does_not_name_it() -> None:
    body = json.dumps({"error": {"code": 403, "message": "off", "details": [{"reason": "SERVICE_DISABLED"}]}})
    response = httpx2.Response(403, content=body, request=httpx2.Request("GET", "http://127.0.0.1:8080/v1/people/me"))
    error = of_answer(response, email="ann@acme.example")
    assert isinstance(error, ActionNeeded)
    assert error.facts["service"] == "people.googleapis.com"
    assert str(error.facts["link"]).endswith("/people.googleapis.com")


def test_https_to_an_endpoint_without_it_is_a_wrong_setting() -> None:
    assert of_network(NotEncrypted("[SSL: WRONG_VERSION_NUMBER]", "127.0.0.1:8080")).code == "endpoint-not-encrypted"
