"""What facts/google.md 7 says of the Calendar API, one test a sentence."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.server import Server
from tests.sandbox.conftest import Reply, Rig, _WithToken

BERLIN = {"dateTime": "2026-05-01T10:00:00", "timeZone": "Europe/Berlin"}
TIMED = {"start": BERLIN, "end": {**BERLIN, "dateTime": "2026-05-01T11:00:00"}}
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"
PAUL = "paul@nordlicht.example"


@dataclass
class Book:
    """The calendar of the rig's account, over its API and by hand."""

    rig: Rig

    @property
    def hand(self) -> Account:
        return self.rig.account

    def call(self, method: str, path: str, body: Any = None, *, match: str = "", **query: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.rig.token}", **({"If-Match": match} if match else {})}
        data = b"" if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1/google/calendar/calendar/v3/calendars/primary/events{path}?{urlencode(query, True)}"
        answer = self.rig.sandbox.handle(Request.of(method, url, headers, data))
        return Reply(answer.status, dict(answer.headers), answer.body.decode())

    def listing(self, **query: Any) -> Any:
        return self.call("GET", "", **query).value

    def insert(self, body: Any, **query: Any) -> Reply:
        return self.call("POST", "", body, **{"sendUpdates": "none", **query})

    def patch(self, event: str, body: Any, *, match: str = "", **query: Any) -> Reply:
        return self.call("PATCH", f"/{event}", body, match=match, **{"sendUpdates": "none", **query})


@pytest.fixture
def book(rig: Rig) -> Book:
    return Book(rig)


def reason(reply: Reply) -> tuple[int, str]:
    return reply.status, str(reply.value["error"]["errors"][0]["reason"])


def ids(listing: Any) -> list[str]:
    return [item["id"] for item in listing["items"]]


# ── listing ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_pages_follow_each_other_and_only_the_last_has_the_sync_token(book: Book) -> None:
    made = [book.hand.add_event(f"E{number}", "2026-05-01T10:00") for number in range(5)]
    book.rig.behaviour.short_pages = 0.5
    found, tokens, page = [], [], book.listing(maxResults=2)
    while True:
        found += ids(page)
        tokens.append("nextSyncToken" in page)
        if "nextPageToken" not in page:
            break
        page = book.listing(maxResults=2, pageToken=page["nextPageToken"])
    assert found == made
    assert tokens == [*(False for _ in tokens[1:]), True]


def test_time_min_bounds_the_end_and_time_max_the_start_both_exclusive(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01T10:00", "2026-05-01T11:00")
    inside = {"timeMin": "2026-05-01T10:59:59+02:00", "timeMax": "2026-05-01T10:00:01+02:00"}
    assert book.listing(timeMin=inside["timeMin"])["items"][0]["id"] == event
    assert book.listing(timeMin="2026-05-01T11:00:00+02:00")["items"] == []
    assert len(book.listing(timeMax=inside["timeMax"])["items"]) == 1
    assert book.listing(timeMax="2026-05-01T10:00:00+02:00")["items"] == []


def test_a_series_that_began_before_the_window_is_in_it_while_it_has_occurrences(book: Book) -> None:
    series = book.hand.make_series("S", "2026-01-05T10:00", WEEKLY)
    assert ids(book.listing(timeMin="2026-01-26T00:00:00Z")) == [series]
    assert ids(book.listing(timeMin="2026-01-27T00:00:00Z")) == []


def test_a_delta_has_what_changed_and_tombstones_and_the_next_is_empty(book: Book) -> None:
    gone, changed = book.hand.add_event("A", "2026-05-01"), book.hand.add_event("B", "2026-05-01")
    book.hand.add_event("C", "2026-05-01")
    token = book.listing()["nextSyncToken"]
    book.hand.delete_event(gone)
    book.hand.edit_event(changed, title="B2")
    delta = book.listing(syncToken=token)
    dead, alive = delta["items"]
    assert {**dead, "etag": ""} == {"kind": "calendar#event", "etag": "", "id": gone, "status": "cancelled"}
    assert (alive["id"], alive["summary"]) == (changed, "B2")
    assert book.listing(syncToken=delta["nextSyncToken"])["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"timeMin": "2026-01-01T00:00:00Z"},
        {"q": "x"},
        {"orderBy": "updated"},
        {"showDeleted": "false"},
        {"singleEvents": "true"},
        {"eventTypes": "default"},
    ],
)
def test_a_sync_token_does_not_go_with_other_parameters(book: Book, query: dict[str, str]) -> None:
    token = book.listing()["nextSyncToken"]
    assert book.call("GET", "", syncToken=token, **query).status == 400


def test_an_expired_token_asks_for_a_full_listing(book: Book) -> None:
    token = book.listing()["nextSyncToken"]
    assert reason(book.call("GET", "", syncToken="nonsense")) == (410, "fullSyncRequired")
    book.hand.expire_sync_tokens()
    assert reason(book.call("GET", "", syncToken=token)) == (410, "fullSyncRequired")
    token = book.listing()["nextSyncToken"]
    book.rig.behaviour.calendar_token_days = 0.5
    book.rig.sandbox.clock.advance(86400)
    renewed = furnish.INSTALLED_ID
    book.rig.token = book.rig.sandbox.google.oauth.sign_in(furnish.EMAIL, renewed, furnish.SCOPES)["access_token"]
    assert reason(book.call("GET", "", syncToken=token)) == (410, "fullSyncRequired")


def test_no_token_comes_with_an_order_and_start_time_needs_single_events(book: Book) -> None:
    assert "nextSyncToken" not in book.listing(orderBy="updated")
    assert book.call("GET", "", orderBy="startTime").status == 400
    assert book.call("GET", "", orderBy="startTime", singleEvents="true").status == 200


def test_a_lag_hides_what_was_just_written_and_the_token_knows(book: Book) -> None:
    book.rig.behaviour.lag_seconds = 60
    event = book.hand.add_event("E", "2026-05-01")
    first = book.listing()
    assert first["items"] == []
    book.rig.sandbox.clock.advance(61)
    assert ids(book.listing(syncToken=first["nextSyncToken"])) == [event]


def test_event_types_private_properties_and_uid_select(book: Book) -> None:
    focus: dict[str, Any] = {"focusTimeProperties": {"chatStatus": "available"}, "eventType": "focusTime"}
    book.hand.add_event("F", "2026-05-01T10:00", **focus)
    marked = book.hand.add_event("M", "2026-05-01", extendedProperties={"private": {"a": "1"}})
    assert ids(book.listing(eventTypes="default")) == [marked]
    assert ids(book.listing(privateExtendedProperty="a=1")) == [marked]
    assert ids(book.listing(iCalUID=f"{marked}@google.com")) == [marked]
    assert ids(book.listing(fields="items(id)", eventTypes="default")) == [marked]


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_own_id_is_taken_once_and_stays_taken_when_deleted(book: Book) -> None:
    made = book.insert({"id": "abc123", "summary": "x", **TIMED}).value
    assert (made["id"], made["iCalUID"], made["sequence"]) == ("abc123", "abc123@google.com", 0)
    assert made["organizer"] == made["creator"] == {"email": furnish.EMAIL, "self": True}
    assert reason(book.insert({"id": "abc123", **TIMED})) == (409, "duplicate")
    assert book.call("DELETE", "/abc123", sendUpdates="none").status == 204
    assert reason(book.insert({"id": "abc123", **TIMED})) == (409, "duplicate")
    assert reason(book.call("DELETE", "/abc123", sendUpdates="none")) == (410, "deleted")
    assert book.call("GET", "/abc123").value["status"] == "cancelled"
    assert book.patch("abc123", {"status": "confirmed"}).value["status"] == "confirmed"
    assert reason(book.call("GET", "/nobody")) == (404, "notFound")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"start": BERLIN}, "required"),
        ({**TIMED, "id": "Abc-12"}, "invalid"),
        ({"start": TIMED["end"], "end": BERLIN}, "timeRangeEmpty"),
        ({**TIMED, "end": {"date": "2026-05-02"}}, "invalid"),
        ({"start": {"date": "2026-05-01"}, "end": {"date": "2026-05-01"}}, "timeRangeEmpty"),
        ({**TIMED, "start": {**BERLIN, "timeZone": "W. Europe Standard Time"}}, "invalid"),
        ({**TIMED, "start": {**BERLIN, "timeZone": "Europe/Kyiv"}}, "invalid"),
        ({**TIMED, "start": {"dateTime": "2026-05-01T10:00:00"}}, "required"),
        ({"start": {"dateTime": "2026-05-01T10:00:00Z"}, "end": TIMED["end"], "recurrence": [WEEKLY]}, "required"),
        ({**TIMED, "recurrence": ["RRULE:FREQ=SOMETIMES"]}, "invalid"),
        ({**TIMED, "recurrence": ["DTSTART:20260501T100000Z"]}, "invalid"),
        ({**TIMED, "attendees": [{"displayName": "x"}]}, "required"),
        ({**TIMED, "attendees": [{"email": "x"}]}, "invalid"),
        ({**TIMED, "reminders": {"overrides": [{"method": "popup", "minutes": 40321}]}}, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_older_form(book: Book, body: Any, expected: str) -> None:
    assert reason(book.insert(body)) == (400, expected)


def test_if_match_protects_what_somebody_else_changed(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01")
    etag = book.hand.event(event)["etag"]
    assert book.patch(event, {"summary": "E2"}, match=etag).status == 200
    assert reason(book.patch(event, {"summary": "E3"}, match=etag)) == (412, "conditionNotMet")
    assert reason(book.call("DELETE", f"/{event}", match=etag)) == (412, "conditionNotMet")
    assert book.hand.event(event)["summary"] == "E2"


def test_an_event_known_already_is_not_sent_again(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01")
    url = f"http://127.0.0.1/google/calendar/calendar/v3/calendars/primary/events/{event}"
    headers = {"Authorization": f"Bearer {book.rig.token}", "If-None-Match": book.hand.event(event)["etag"]}
    assert book.rig.sandbox.handle(Request.of("GET", url, headers)).status == 304
    book.hand.edit_event(event, title="E2")
    assert book.rig.sandbox.handle(Request.of("GET", url, headers)).status == 200


def test_a_patch_leaves_the_rest_and_null_clears(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01", location="L", extendedProperties={"private": {"a": "1", "b": "2"}})
    body = {"summary": "E2", "location": None, "extendedProperties": {"private": {"a": None, "c": "3"}}}
    changed = book.patch(event, body).value
    assert changed["summary"] == "E2"
    assert "location" not in changed
    assert changed["extendedProperties"]["private"] == {"b": "2", "c": "3"}


def test_a_whole_day_becomes_timed_only_where_the_date_is_cleared(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01")
    assert book.patch(event, TIMED).status == 400
    changed = book.patch(event, {name: {**time, "date": None} for name, time in TIMED.items()}).value
    assert changed["start"] == {"dateTime": "2026-05-01T10:00:00+02:00", "timeZone": "Europe/Berlin"}
    assert changed["sequence"] == 1


def test_limits_are_cut_without_a_word(book: Book) -> None:
    properties = {"private": {"k" * 45: "lost", "k" * 44: "v" * 1025}}
    made = book.insert({**TIMED, "description": "d" * 9000, "extendedProperties": properties}).value
    assert len(made["description"]) == 8192
    assert made["extendedProperties"]["private"] == {"k" * 44: "v" * 1024}


def test_reminders_do_not_move_updated_but_change_the_etag(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01")
    before = book.hand.event(event)
    book.rig.sandbox.clock.advance(5)
    own = {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]}}
    after = book.patch(event, own).value
    assert after["updated"] == before["updated"]
    assert after["etag"] != before["etag"]
    assert book.patch(event, {"summary": "E2"}).value["updated"] != before["updated"]


def test_times_come_in_the_zone_of_the_calendar_or_the_one_asked_for(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01T10:00", zone="America/New_York")
    assert book.listing()["timeZone"] == "Europe/Berlin"
    expected = {"dateTime": "2026-05-01T16:00:00+02:00", "timeZone": "America/New_York"}
    assert book.call("GET", f"/{event}").value["start"] == expected
    asked = book.call("GET", f"/{event}", timeZone="Asia/Kolkata").value["start"]
    assert asked["dateTime"] == "2026-05-01T19:30:00+05:30"


# ── limits and faults ────────────────────────────────────────────────────────────────────────────────────────
def test_the_quota_counts_a_minute_and_exhaustion_only_stops_writing(book: Book) -> None:
    book.rig.behaviour.calendar_quota = 2
    book.listing()
    book.listing()
    assert reason(book.call("GET", "")) == (403, "rateLimitExceeded")
    book.rig.sandbox.clock.advance(61)
    assert book.call("GET", "").status == 200
    book.rig.behaviour.calendar_exhausted = True
    assert reason(book.insert(TIMED)) == (403, "quotaExceeded")
    assert book.call("GET", "").status == 200


def test_failures_and_refusals_come_in_the_older_form(book: Book) -> None:
    for what, code, why in (
        ("500", 500, "backendError"),
        ("429", 429, "rateLimitExceeded"),
        ("403-quota", 403, "quotaExceeded"),
        ("expired-sync-token", 410, "fullSyncRequired"),
        ("stale-etag", 412, "conditionNotMet"),
        ("401", 401, "authError"),
    ):
        book.rig.sandbox.faults.add(what, service="calendar")  # type: ignore[arg-type]  # each of them is one
        assert reason(book.call("GET", "")) == (code, why)
    book.rig.token = "x"
    assert reason(book.call("GET", "")) == (401, "authError")


def test_the_mail_log_holds_every_write_that_may_have_mailed(book: Book) -> None:
    guests = {**TIMED, "attendees": [{"email": "g@x.example"}]}
    event = book.insert(guests).value["id"]
    book.insert(TIMED, sendUpdates="")
    assert book.rig.sandbox.google.mails == []
    book.patch(event, {"summary": "x"}, sendUpdates="all")
    book.call("DELETE", f"/{event}")
    mails = book.rig.sandbox.google.mails
    assert [(mail.method, mail.send_updates, mail.guests) for mail in mails] == [
        ("patch", "all", ("g@x.example",)),
        ("delete", "unspecified", ("g@x.example",)),
    ]


def test_a_batch_answers_each_part_by_its_own_id_and_fails_in_parts(book: Book) -> None:
    event = book.hand.add_event("E", "2026-05-01")
    said: dict[str, Any] = {}

    def keep(name: str, answer: Any, error: HttpError | None) -> None:
        said[name] = error.status_code if error else answer

    with Server(book.rig.sandbox) as server:
        endpoint = f"{server.url}/google/calendar"
        http = _WithToken(book.rig.token)
        api = build(
            "calendar",
            "v3",
            static_discovery=True,
            http=http,
            client_options={"api_endpoint": f"{endpoint}/calendar/v3/"},
        )
        book.rig.behaviour.shuffle_items = True
        book.rig.sandbox.faults.add("403-rate", service="calendar", path="refused$")
        batch = BatchHttpRequest(batch_uri=f"{endpoint}/batch/calendar/v3", callback=keep)
        for name in (event, "nobody", "refused"):
            batch.add(api.events().get(calendarId="primary", eventId=name), request_id=name)
        batch.execute(http=http)
        api.close()
        http.close()
    assert said[event]["summary"] == "E"
    assert (said["nobody"], said["refused"]) == (404, 403)
    assert sorted(part.status for part in book.rig.sandbox.google.parts) == [200, 403, 404]
