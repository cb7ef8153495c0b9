"""Projects and APIs at servers that answer otherwise than our sandbox: with less, with more, in other forms."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gsync_cli.errors import Refused
from gsync_cli.google.administrator import TOKEN_VARIABLE, AdministratorSession, open_administrator
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.apis import SERVICES, Apis
from gsync_cli.provisioning.projects import Projects
from tests.support.administrator_rig import settings
from tests.support.fakes import TestClock

ID = "creatio-oauth-12345"


@dataclass
class Server:
    """Answers by method and path; the last of several answers stands."""

    answers: dict[str, list[tuple[int, Any]]]
    requests: list[httpx2.Request] = field(default_factory=list)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        path = request.url.path.partition("/google/")[2] or f"//{request.url.host}{request.url.path}"
        planned = self.answers.get(f"{request.method} {path}")
        if planned is None:
            return httpx2.Response(404, json={"error": {"code": 404, "message": "no", "status": "NOT_FOUND"}})
        status, body = planned.pop(0) if len(planned) > 1 else planned[0]
        return httpx2.Response(status, content=json.dumps(body))

    def session(self, folder: Path, **endpoints: str) -> AdministratorSession:
        clock = TestClock()
        http = Http(clock, transport=httpx2.MockTransport(self.handle))
        profile = Profile("default", folder / "home")
        environment = {TOKEN_VARIABLE: "ya29.x", "NO_GCE_CHECK": "true"}
        return open_administrator(profile, settings(profile, **endpoints), http, clock, lambda: 0.5, environment)

    def hosts(self) -> set[str]:
        return {request.url.host for request in self.requests}


def quiet(_: str) -> None: ...


def error(code: int, state: str, message: str, *details: Mapping[str, Any]) -> tuple[int, Any]:
    return code, {"error": {"code": code, "status": state, "message": message, "details": list(details)}}


PROJECT = {"name": "projects/12", "projectId": ID, "displayName": "Creatio OAuth", "parent": "organizations/1"}
CRM = "cloudresourcemanager/v3"


@pytest.mark.parametrize(
    "operation",
    [
        {"name": "cp.1", "metadata": {"createTime": "rubbish", "@type": "type.example.com/Unknown"}},
        {"name": "operations/cp.1", "done": False, "metadata": {"ready": True}},
        {"name": "operations/cp.1", "done": True},
        {"name": "operations/cp.1", "done": True, "response": {"@type": "x", **PROJECT}},
        PROJECT,
    ],
)
def test_a_create_is_understood_in_every_form(tmp_path: Path, operation: dict[str, Any]) -> None:
    server = Server(
        {
            f"GET {CRM}/projects/{ID}": [error(403, "PERMISSION_DENIED", "no"), (200, {**PROJECT, "state": "1"})],
            f"POST {CRM}/projects": [(200, operation)],
            f"GET {CRM}/operations/cp.1": [(200, {"name": "operations/cp.1", "done": True})],
        }
    )
    project = Projects(server.session(tmp_path)).create(ID, "Creatio OAuth", "organizations/1", quiet)
    assert (project.id, project.number, project.parent, project.active) == (ID, "12", "organizations/1", True)


@pytest.mark.parametrize("state", ["DELETE_REQUESTED", 2, "2"])
def test_a_state_is_read_by_name_and_by_number(tmp_path: Path, state: object) -> None:
    server = Server(
        {f"GET {CRM}/projects/{ID}": [(200, {**PROJECT, "state": state, "deleteTime": "soon", "new": [1]})]}
    )
    found = Projects(server.session(tmp_path)).find(ID)
    assert found is not None
    assert not found.active


def test_details_of_an_unknown_type_do_not_hide_the_refusal(tmp_path: Path) -> None:
    denied = {"code": 7, "message": "no", "details": [{"@type": "type.example.com/New", "a": 1}, {"b": 2}]}
    server = Server({f"POST {CRM}/projects": [(200, {"name": "operations/cp.1", "done": True, "error": denied})]})
    with pytest.raises(Refused, match="project-create-denied"):
        Projects(server.session(tmp_path)).create(ID, "Creatio OAuth", "folders/9", quiet)


def test_a_server_without_the_batch_is_asked_for_the_list(tmp_path: Path) -> None:
    services = [{"name": f"projects/12/services/{SERVICES[0]}", "state": 2}, {"config": {"name": SERVICES[1]}}]
    server = Server({f"GET serviceusage/v1/projects/{ID}/services": [(200, {"services": services})]})
    session = server.session(tmp_path)
    assert Apis(session, session.clock).enabled(ID) == {SERVICES[0]: True, SERVICES[1]: False, SERVICES[2]: False}


@pytest.mark.parametrize(
    ("consumer", "waits"),
    [
        (f"projects/{ID}", True),
        ("projects/12", True),
        ("projects/764086051850", False),
        ("projects/another-12345", False),
    ],
)
def test_an_api_that_is_off_in_another_project_says_nothing_of_this_one(
    tmp_path: Path, consumer: str, waits: bool
) -> None:
    off, on = {"name": "projects/12/services/people.googleapis.com"}, {"state": "ENABLED"}
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    info = {"@type": kind, "reason": "SERVICE_DISABLED", "metadata": {"consumer": consumer, "service": SERVICES[1]}}
    server = Server(
        {
            f"GET serviceusage/v1/projects/{ID}/services:batchGet": [
                (200, {"services": [off]}),
                (200, {"services": [{**off, **on}]}),
            ],
            f"POST serviceusage/v1/projects/{ID}/services:batchEnable": [(200, {"name": "operations/x", "done": True})],
            "GET people/v1/people/me": [
                error(403, "PERMISSION_DENIED", "is disabled", info),
                (200, {"resourceName": "x"}),
            ],
        }
    )
    session = server.session(tmp_path)
    assert Apis(session, session.clock).enable(ID, SERVICES[1:2], quiet) == SERVICES[1:2]
    probes = [request for request in server.requests if request.url.path.endswith("/people/me")]
    assert len(probes) == (2 if waits else 1)
    assert probes[0].headers["x-goog-user-project"] == ID


def test_traffic_in_pieces_is_added_up(tmp_path: Path) -> None:
    def point(**value: object) -> dict[str, Any]:
        return {"interval": {}, "value": value}

    labels = {"resource": {"type": "consumed_api", "labels": {"service": SERVICES[1]}}}
    counts = [
        {**labels, "metric": {"labels": {"response_code_class": answered}}, "points": points}
        for answered, points in (
            ("2xx", [point(int64Value="60"), point(int64Value=30)]),
            ("4xx", [point(doubleValue=10)]),
        )
    ]
    spread = {"count": "100", "bucketOptions": {"explicitBuckets": {"bounds": [0.1, 0.3]}}, "bucketCounts": ["90", 10]}
    latencies = [{**labels, "points": [point(distributionValue=spread)]}]
    path = f"GET monitoring/v3/projects/{ID}/timeSeries"
    server = Server({path: [(200, {"timeSeries": counts}), (200, {"timeSeries": latencies})]})
    session = server.session(tmp_path)
    (usage,) = Apis(session, session.clock).usage(ID, 24).apis
    assert (usage.requests, usage.errors) == (100, 0.1)
    assert usage.median == pytest.approx(0.1 * 50 / 90)
    assert usage.p95 == pytest.approx(0.2)
    asked = server.requests[0].url.params
    assert asked["interval.startTime"] < asked["interval.endTime"]
    assert datetime.fromisoformat(asked["interval.endTime"]).tzinfo == UTC


def test_the_token_of_a_sandbox_never_goes_to_the_real_google(tmp_path: Path) -> None:
    server = Server({f"GET {CRM}/projects:search": [(200, {})]})
    session = server.session(tmp_path, oauth2="", monitoring="", people="", calendar="")
    assert session.email == ""
    assert Projects(session).mine() == ()
    assert Apis(session, session.clock).usage(ID, 24).unknown is not None
    assert server.hosts() == {"127.0.0.1"}
