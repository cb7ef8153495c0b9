"""Every request that a whole synchronisation sends to Google fits Google's discovery document, judged by `jsonschema`.

The sandbox checks the same with code of its own; here nothing of it is used, so that a mistake there shows. Bodies may
hold no unknown field, every parameter must be one of the method's, and masks name fields that a Person has.
"""

import importlib.util
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema  # type: ignore[import-untyped]  # it has no types, and the stubs are a dependency more
import pytest

from gsync_cli.sandbox.furnish import TAG
from gsync_cli.sandbox.messages import Request, Response
from tests.support.rehearsal import Rehearsal, rehearsal

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

    def judge(self, request: Request, answer: Response) -> str:
        """Check a request and its answer; return the name of the method. Raises AssertionError, ValidationError."""
        path = unquote(request.path).lstrip("/")
        methods = [method for method in self._methods if method.verb == request.method and method.path.fullmatch(path)]
        overridden = request.headers.get("x-http-method-override")
        if overridden:
            methods = [m for m in self._methods if m.verb == overridden and m.path.fullmatch(path)]
        assert len(methods) == 1, (request.method, path)
        (method,) = methods
        query = request.form() if overridden else {name: values[-1] for name, values in request.query.items()}
        for name, value in query.items():
            described = method.parameters.get(name) or self._shared.get(name)
            assert described, f"{method.id} has no parameter {name}"
            assert described.get("location") == "query"
            if described.get("type") == "integer":
                assert re.fullmatch(r"-?\d+", value), (name, value)
            if described.get("type") == "boolean":
                assert value in ("true", "false"), (name, value)
            if name in MASKS:
                self._judge_mask(value)
        missing = [name for name, described in method.parameters.items() if _is_missing(name, described, query)]
        assert not missing, (method.id, missing)
        if method.request:
            body = request.json()
            self._validate(method.request, body)
            for name in MASKS:
                if isinstance(body.get(name), str):
                    self._judge_mask(body[name])
        else:
            assert not request.body or overridden, f"{method.id} takes no body"
        if answer.status == 200:
            self._validate(method.response, json.loads(answer.body))
        return method.id

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


def _methods(resource: Mapping[str, Any]) -> Iterator[Method]:
    for described in resource.get("methods", {}).values():
        # The flat path names each segment: v1/people/{peopleId}:updateContact.
        pieces = re.split(r"\{\w+\}", described["flatPath"])
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
        if "Output only" in described.get("description", "")[:12]:
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
