"""Every request that a whole synchronisation sends to Google fits Google's discovery document, judged by `jsonschema`.

The sandbox checks the same with code of its own; here nothing of it is used, so that a mistake there shows. Bodies may
hold no unknown field, every parameter must be one of the method's, and masks name fields that a Person has. The
calendar's calls are taken out of their batches for it, with Python's own reader of multipart messages.
"""

import importlib.util
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema  # type: ignore[import-untyped]  # it has no types, and the stubs are a dependency more
import pytest

from gsync_cli.sandbox.furnish import TAG
from gsync_cli.sandbox.messages import Request, Response
from tests.support.activity_rig import ActivityRig, activity_rig
from tests.support.rehearsal import Rehearsal, rehearsal

GUESTS_AS_READ = {"EventAttendee.organizer", "EventAttendee.self"}
"""A list of guests is written whole: as it was read, but for what changes."""
MASKS = ("personFields", "updatePersonFields", "readMask", "updateMask")


def discovery(name: str) -> dict[str, Any]:
    found = importlib.util.find_spec("googleapiclient")
    assert found is not None
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0]) / "discovery_cache" / "documents"
    document: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return document


def json_schema(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of a discovery document as JSON Schema, with no room for unknown fields."""
    if "$ref" in described:
        return {"$ref": f"#/$defs/{described['$ref']}"}
    kind = described.get("type", "any")
    if kind == "any":
        return {}
    schema: dict[str, Any] = {"type": kind}
    if "enum" in described:
        schema["enum"] = described["enum"]
    if kind == "array":
        schema["items"] = json_schema(described["items"])
    if kind == "object":
        schema["properties"] = {name: json_schema(inner) for name, inner in described.get("properties", {}).items()}
        more = described.get("additionalProperties")
        schema["additionalProperties"] = json_schema(more) if more else False
    return schema


@dataclass(frozen=True)
class Method:
    """One method of an API."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Any]
    request: str
    response: str


class Contract:
    """One API as its discovery document describes it."""

    def __init__(self, name: str) -> None:
        document = discovery(name)
        self._shared: Mapping[str, Any] = document["parameters"]
        self._schemas: Mapping[str, Any] = document["schemas"]
        self._definitions = {key: json_schema(schema) for key, schema in self._schemas.items()}
        self._methods = list(_methods(document))
        self._own_path: str = document["servicePath"]

    def judge(self, request: Request, answer: Response) -> str:
        """Check a request and its answer; return the name of the method. Raises AssertionError, ValidationError."""
        path = unquote(request.path).lstrip("/").removeprefix("google/calendar/").removeprefix(self._own_path)
        methods = [method for method in self._methods if method.verb == request.method and method.path.fullmatch(path)]
        overridden = request.headers.get("x-http-method-override")
        if overridden:
            methods = [m for m in self._methods if m.verb == overridden and m.path.fullmatch(path)]
        assert len(methods) == 1, (request.method, path)
        (method,) = methods
        query = request.form() if overridden else {name: values[-1] for name, values in request.query.items()}
        for name, value in query.items():
            self._judge_parameter(method, name, value)
        missing = [name for name, described in method.parameters.items() if _is_missing(name, described, query)]
        assert not missing, (method.id, missing)
        if method.request:
            body = request.json()
            # In a patch, null stands for "no longer", whatever the type.
            self._validate(method.request, _without_nulls(body) if method.verb == "PATCH" else body)
            for name in MASKS:
                if isinstance(body.get(name), str):
                    self._judge_mask(body[name])
        else:
            assert not request.body or overridden, f"{method.id} takes no body"
        if answer.status == 200:
            self._validate(method.response, json.loads(answer.body))
        return method.id

    def _judge_parameter(self, method: Method, name: str, value: str) -> None:
        described = method.parameters.get(name) or self._shared.get(name)
        assert described, f"{method.id} has no parameter {name}"
        assert described.get("location") == "query"
        if described.get("type") == "integer":
            assert re.fullmatch(r"-?\d+", value), (name, value)
        if described.get("type") == "boolean":
            assert value in ("true", "false"), (name, value)
        if "enum" in described:
            assert value in described["enum"], (name, value)
        if name in MASKS:
            self._judge_mask(value)

    def _judge_mask(self, value: str) -> None:
        fields = value.split(",")
        unknown = set(fields) - self._schemas["Person"]["properties"].keys()
        assert not unknown, unknown
        assert len(fields) == len(set(fields))

    def _validate(self, name: str, value: object) -> None:
        schema = {"$ref": f"#/$defs/{name}", "$defs": self._definitions}
        jsonschema.Draft202012Validator(schema).validate(value)


def _is_missing(name: str, described: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    return bool(described.get("required")) and described.get("location") == "query" and name not in query


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _methods(resource: Mapping[str, Any]) -> Iterator[Method]:
    for described in resource.get("methods", {}).values():
        # The flat path names each segment: v1/people/{peopleId}:updateContact.
        pieces = re.split(r"\{\w+\}", described.get("flatPath") or described["path"])
        pattern = "[^/:]+".join(map(re.escape, pieces))
        yield Method(
            described["id"],
            described["httpMethod"],
            re.compile(pattern),
            described.get("parameters", {}),
            described.get("request", {}).get("$ref", ""),
            described.get("response", {}).get("$ref", ""),
        )
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Request, Response]]:
    """Return all that went to the People API in the story of the guide: every kind of write, both ways."""
    seen: list[tuple[Request, Response]] = []
    with rehearsal(tmp_path_factory.mktemp("traffic") / "gsync", furnished=True) as town:
        handle = town.sandbox.google.handle

        def listening(service: str, request: Request) -> Response:
            answer = handle(service, request)
            if service == "people":
                seen.append((request, answer))
            return answer

        town.sandbox.google.handle = listening  # type: ignore[method-assign]  # the ear of this test
        _story(town)
    return seen


def _story(town: Rehearsal) -> None:
    town.sync("--dry-run")
    town.sync()
    members = sorted(town.account.members("Creatio"))
    stranger = next(
        person["resourceName"] for person in town.account.contacts() if person["resourceName"] not in members
    )
    town.account.join(stranger, "Creatio")
    for person in town.desk.contacts()[:6]:
        town.desk.edit_contact(
            person["id"], job_title="Changed", birthday="1980-02-29", notes="<p>New</p>", company="Neu"
        )
        town.desk.add_communication(person["id"], "mail", f"new.{person['id'][:4]}@x.example")
    town.account.edit(members[-1], organizations=[{"name": "Elsewhere"}])
    town.sync()
    town.desk.untag(town.desk.contacts()[0]["id"], town.desk.tag_named(TAG))
    town.account.delete(members[-1])
    town.sync()
    town.sync("--full")


def test_every_request_and_answer_fits_the_discovery_document(traffic: list[tuple[Request, Response]]) -> None:
    contract = Contract("people.v1")
    seen = Counter(contract.judge(request, answer) for request, answer in traffic)
    assert seen.keys() >= {
        "people.people.connections.list",
        "people.people.batchCreateContacts",
        "people.people.batchUpdateContacts",
        "people.contactGroups.create",
        "people.contactGroups.get",
        "people.contactGroups.members.modify",
    }, seen


def test_no_field_that_only_google_may_write_is_sent(traffic: list[tuple[Request, Response]]) -> None:
    """Google ignores such fields today; whoever sends them promises something that does not happen."""
    document = discovery("people.v1")["schemas"]
    sent: set[str] = set()
    for request, _ in traffic:
        if "batchCreate" in request.path or "batchUpdate" in request.path:
            contacts = request.json()["contacts"]
            persons = contacts.values() if isinstance(contacts, dict) else [each["contactPerson"] for each in contacts]
            for person in persons:
                sent |= set(_read_only(document, "Person", person))
    assert sent <= {"Person.metadata"}, sent


def _read_only(schemas: Mapping[str, Any], name: str, value: Mapping[str, Any]) -> Iterator[str]:
    for key, inner in value.items():
        described = schemas[name]["properties"][key]
        told = described.get("description", "")
        if told.startswith("Output only") or "Read-only" in told:
            yield f"{name}.{key}"
        reference = described.get("$ref") or described.get("items", {}).get("$ref")
        for item in inner if isinstance(inner, list) else [inner]:
            if reference and isinstance(item, dict):
                yield from _read_only(schemas, reference, item)


def test_a_request_that_does_not_fit_is_seen() -> None:
    contract = Contract("people.v1")
    nothing = Response.of_json(200, {})
    with pytest.raises(AssertionError, match="no parameter"):
        contract.judge(Request("GET", "/v1/people/me/connections", {"fieldz": ["x"]}), nothing)
    with pytest.raises(jsonschema.ValidationError):
        contract.judge(Request("POST", "/v1/people:createContact", body=b'{"nams": []}'), nothing)
    with pytest.raises(AssertionError):
        contract.judge(Request("GET", "/v1/people/c1", {"personFields": ["names,nonsense"]}), Response.of_json(200, {}))


# ── the calendar ─────────────────────────────────────────────────────────────────────────────────────────────────

Call = tuple[Request, Response]


@pytest.fixture(scope="module", params=[False, True], ids=["nothing is deleted", "deletions are carried over"])
def cancel(request: pytest.FixtureRequest) -> bool:
    """Whether what was deleted in Creatio is deleted in Google."""
    return bool(request.param)


@pytest.fixture(scope="module")
def calendar_traffic(cancel: bool, tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """Return all that went to the Calendar API in a story with every kind of write, both ways."""
    seen: list[Call] = []
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    rig = activity_rig(tmp_path_factory.mktemp("calendar"), start=start, user_zone="W. Europe Standard Time")
    handle = rig.sandbox.google.handle

    def listening(service: str, request: Request) -> Response:
        answer = handle(service, request)
        if service == "calendar":
            seen.extend(_single_calls(request, answer))
        return answer

    rig.sandbox.google.handle = listening  # type: ignore[method-assign]  # the ear of this test
    _calendar_story(rig, cancel=cancel)
    assert rig.mails() == []
    return seen


def _calendar_story(rig: ActivityRig, *, cancel: bool) -> None:
    anna, account, desk = rig.anna, rig.anna.account, rig.anna.desk
    for name in ("Bob", "Ada"):
        rig.person(name, f"{name.lower()}@x.example")
    visit = account.add_event("Visit", "2026-03-04T10:00", guests=["bob@x.example"], description="<b>Bold</b>")
    fair = account.add_event("Fair", "2026-03-10", "2026-03-12")
    series = account.make_series("Weekly", "2026-03-09T10:00", "RRULE:FREQ=WEEKLY;COUNT=6")
    made = [
        desk.add_activity(f"Demo {day}", f"2026-03-1{day}T09:00Z", f"2026-03-1{day}T10:00Z", participants=["Ada"])
        for day in range(1, 5)
    ]
    desk.add_activity("Whole day", "2026-03-19T23:00Z", "2026-03-20T23:00Z")
    anna.synchronise(notes_both=True, cancel=cancel)
    account.edit_event(visit, title="Another title")
    account.edit_occurrence(series, "2026-03-16", title="Special")
    account.delete_occurrence(series, "2026-03-23")
    account.delete_event(fair)
    for each in desk.activities():
        if each["title"] == "Weekly" and each["start"].day == 30:
            desk.edit_activity(each["id"], title="Changed here", location="Room 1")
    desk.edit_activity(made[0], start="2026-03-11T23:00Z", due="2026-03-12T23:00Z", notes="<p>New</p>")
    desk.edit_activity(made[1], location="Room 2", title="Übergabe <b>")
    desk.respond(made[1], "Ada", "confirmed")
    desk.add_participants(made[2], ["Bob"])
    desk.delete_activity(made[3])
    rig.clock.advance(3600)
    anna.synchronise(notes_both=True, cancel=cancel)
    account.expire_sync_tokens()
    anna.synchronise(notes_both=True, cancel=cancel)
    anna.synchronise(notes_both=True, cancel=cancel, full=True)


def _single_calls(sent: Request, answer: Response) -> Iterator[Call]:
    """Return a call as it is, and a batch as the calls in it."""
    if not sent.path.endswith("/batch/calendar/v3"):
        yield sent, answer
        return
    answered = {
        part["content-id"].replace("response-", "", 1): part
        for part in _parts(dict(answer.headers)["Content-Type"], answer.body)
    }
    inner = _parts(sent.headers["content-type"], sent.body)
    assert 1 < len(inner) <= 50
    for part in inner:
        assert part.get_content_type() == "application/http"
        head, _, body = _text_of(part).partition("\r\n\r\n")
        line, *headers = head.split("\r\n")
        method, path, *_ = line.split(" ")
        named = {name.lower(): value.strip() for name, _, value in (header.partition(":") for header in headers)}
        first, _, content = _text_of(answered[part["content-id"]]).partition("\r\n\r\n")
        status = int(first.split(" ", 2)[1])
        yield Request.of(method, path, named, body.encode()), Response(status, body=content.encode())


def _parts(content_type: str, body: bytes) -> list[Message]:
    whole = message_from_bytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = whole.get_payload()
    assert isinstance(parts, list), "a multipart message"
    return [part for part in parts if isinstance(part, Message)]


def _text_of(part: Message) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def test_every_call_and_answer_of_the_calendar_fits_the_discovery_document(calendar_traffic: list[Call]) -> None:
    contract = Contract("calendar.v3")
    seen = Counter(contract.judge(request, answer) for request, answer in calendar_traffic)
    assert seen.keys() >= {
        "calendar.events.list", "calendar.events.get", "calendar.events.insert", "calendar.events.patch",
    }, seen  # fmt: skip


def test_every_write_to_the_calendar_says_that_nobody_is_mailed(calendar_traffic: list[Call]) -> None:
    writes = [request for request, _ in calendar_traffic if request.method != "GET"]
    assert len(writes) > 8
    assert {tuple(request.query.get("sendUpdates", ())) for request in writes} == {("none",)}
    assert not [request for request in writes if "sendNotifications" in request.query]


def test_an_event_is_only_deleted_where_deletions_are_carried_over(calendar_traffic: list[Call], cancel: bool) -> None:
    deleted = [request for request, _ in calendar_traffic if request.method == "DELETE"]
    assert len(deleted) == cancel


def test_no_field_of_an_event_is_sent_that_only_google_may_write(calendar_traffic: list[Call]) -> None:
    document = discovery("calendar.v3")["schemas"]
    sent: set[str] = set()
    for request, _ in calendar_traffic:
        if request.method in ("POST", "PATCH"):
            sent |= set(_read_only(document, "Event", _without_nulls(request.json())))
    assert sent <= GUESTS_AS_READ, sent
    assert list(_read_only(document, "Event", {"htmlLink": "", "organizer": {}})) == [
        "Event.htmlLink",
        "Event.organizer",
    ]


def test_a_call_of_the_calendar_that_does_not_fit_is_seen() -> None:
    contract = Contract("calendar.v3")
    events = "/calendar/v3/calendars/primary/events"
    nothing = Response.of_json(200, {})
    with pytest.raises(AssertionError, match="sendUpdates"):
        contract.judge(Request("POST", events, {"sendUpdates": ["nobody"]}, body=b"{}"), nothing)
    with pytest.raises(jsonschema.ValidationError):
        contract.judge(Request("PATCH", f"{events}/a1", body=b'{"title": "x"}'), nothing)
    with pytest.raises(jsonschema.ValidationError):
        contract.judge(Request("POST", events, body=b'{"summary": null}'), nothing)
