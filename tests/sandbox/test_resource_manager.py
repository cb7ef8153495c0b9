"""Resource Manager: what it promises, and every failure with its place (facts/google.md 1)."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from google.api_core.exceptions import Conflict, Forbidden, ResourceExhausted
from google.cloud import resourcemanager_v3
from google.oauth2.credentials import Credentials

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.server import Server
from tests.support.administrator import ORGANIZATION, Administrator, administrator


@pytest.fixture
def admin() -> Administrator:
    return administrator()


@pytest.fixture
def private() -> Administrator:
    return administrator(furnish.PRIVATE_EMAIL)


# ── Google's own library ─────────────────────────────────────────────────────────────────────────────────────────
def test_googles_library_creates_finds_and_deletes_a_project(admin: Administrator) -> None:
    admin.behaviour.search_lag_seconds = 0
    with Server(admin.sandbox) as server:
        projects: Any = resourcemanager_v3.ProjectsClient(
            credentials=Credentials(admin.token),
            transport="rest",
            client_options={"api_endpoint": f"{server.url}/google/cloudresourcemanager"},
        )
        asked = resourcemanager_v3.Project(project_id="creatio-oauth", display_name="Creatio OAuth")
        made = projects.create_project(project=asked).result()
        assert (made.project_id, made.parent, made.state.name) == ("creatio-oauth", ORGANIZATION, "ACTIVE")
        assert {item.project_id for item in projects.search_projects()} == {"creatio-oauth", furnish.PROJECT.id}
        with pytest.raises(Conflict):
            projects.create_project(project=asked)
        with pytest.raises(Forbidden):
            projects.get_project(name="projects/nobody-has-it")
        admin.behaviour.project_quota = 0
        asked.project_id = "one-too-many"
        with pytest.raises(ResourceExhausted, match="project quota"):
            projects.create_project(project=asked).result()
        assert projects.delete_project(name=made.name).result().state.name == "DELETE_REQUESTED"


# ── creating ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_project_has_a_number_and_nothing_switched_on(admin: Administrator) -> None:
    project = admin.create(projectId="creatio-oauth", displayName="Creatio OAuth", parent=ORGANIZATION)["response"]
    assert project["name"].removeprefix("projects/").isdigit()
    assert (project["projectId"], project["state"], project["parent"]) == ("creatio-oauth", "ACTIVE", ORGANIZATION)
    assert admin.services("GET", f"{project['name']}/services", filter="state:ENABLED").value == {}


def test_while_it_is_being_made_a_project_can_be_got_and_no_more(admin: Administrator) -> None:
    begun = admin.manager("POST", "projects", {"projectId": "creatio-oauth"})
    assert begun.value["metadata"]["gettable"] is True
    assert "ready" not in begun.value["metadata"]
    assert "done" not in begun.value
    assert admin.manager("GET", "projects/creatio-oauth").status == 200
    enable = {"serviceIds": ["people.googleapis.com"]}
    assert admin.services("POST", "projects/creatio-oauth/services:batchEnable", enable).status == 403
    assert admin.finished(begun)["metadata"]["ready"] is True
    assert admin.services("POST", "projects/creatio-oauth/services:batchEnable", enable).status == 200


def test_an_operation_takes_its_time_and_is_forgotten_after_hours(admin: Administrator) -> None:
    admin.behaviour.operation_polls = 0
    admin.behaviour.operation_seconds = 30
    name = admin.manager("POST", "projects", {"projectId": "creatio-oauth"}).value["name"]
    assert "done" not in admin.manager("GET", name).value
    admin.sandbox.clock.advance(30)
    assert admin.manager("GET", name).value["done"] is True
    admin.sandbox.clock.advance(4 * 3600)
    assert Administrator(admin.sandbox).manager("GET", name).status == 404


def test_nobody_sees_the_operations_of_others(admin: Administrator) -> None:
    name = admin.manager("POST", "projects", {"projectId": "creatio-oauth"}).value["name"]
    assert Administrator(admin.sandbox, furnish.PRIVATE_EMAIL).manager("GET", name).status == 403


@pytest.mark.parametrize(
    "project",
    [
        {"projectId": "short"},
        {"projectId": "Creatio-oauth"},
        {"projectId": "1creatio"},
        {"projectId": "creatio-"},
        {"projectId": "c" * 31},
        {"projectId": "my-google-thing"},
        {"projectId": "creatio-oauth", "displayName": "Creatio OAuth."},
        {"projectId": "creatio-oauth", "displayName": "abc"},
        {"projectId": "creatio-oauth", "displayName": "n" * 31},
        {"projectId": "creatio-oauth", "parent": "nordlicht.example"},
        {"projectId": "creatio-oauth", "labels": {"Upper": "x"}},
        {"projectId": "creatio-oauth", "title": "unknown"},
    ],
)
def test_what_breaks_a_rule_is_refused_at_once(admin: Administrator, project: dict[str, str]) -> None:
    refused = admin.manager("POST", "projects", project)
    assert (refused.status, refused.refusal) == (400, "INVALID_ARGUMENT")


def test_a_private_account_has_no_organization_and_no_parent(private: Administrator) -> None:
    assert private.manager("GET", "organizations:search").value == {}
    assert "parent" not in private.create(projectId="creatio-oauth")["response"]


def test_whether_a_project_lands_in_the_organization_by_itself_can_differ(admin: Administrator) -> None:
    assert admin.create(projectId="creatio-one")["response"]["parent"] == ORGANIZATION
    admin.behaviour.implicit_parent = False
    assert "parent" not in admin.create(projectId="creatio-two")["response"]


# ── failures, in both places ─────────────────────────────────────────────────────────────────────────────────────
def fail_by_quota(admin: Administrator) -> None:
    admin.behaviour.project_quota = 1


def fail_by_terms(admin: Administrator) -> None:
    admin.behaviour.terms_unaccepted = {admin.email}


def fail_by_permission(admin: Administrator) -> None:
    admin.behaviour.missing_permissions = {admin.email: {"resourcemanager.projects.create"}}


@pytest.mark.parametrize(
    ("fail", "code", "status", "text"),
    [
        (fail_by_quota, 8, 429, "The project cannot be created because you have exceeded your allotted project quota."),
        (fail_by_terms, 9, 400, "Callers must accept Terms of Service"),
        (fail_by_permission, 7, 403, "No permission to create project in organization"),
    ],
)
def test_a_refusal_comes_inside_the_operation_or_as_an_answer(
    admin: Administrator, fail: object, code: int, status: int, text: str
) -> None:
    assert callable(fail)
    fail(admin)
    failed = admin.create(projectId="creatio-oauth")
    assert (failed["error"]["code"], failed["error"]["message"]) == (code, text)
    assert "response" not in failed
    assert admin.manager("GET", "projects/creatio-oauth").status == 403
    admin.behaviour.create_refusals = "http"
    refused = admin.manager("POST", "projects", {"projectId": "creatio-oauth"})
    assert (refused.status, refused.message) == (status, text)


def test_terms_and_quota_carry_their_violations(admin: Administrator) -> None:
    fail_by_terms(admin)
    violation = admin.create(projectId="creatio-oauth")["error"]["details"][0]["violations"][0]
    assert (violation["type"], violation["description"]) == ("TOS", "Callers must accept Terms of Service")
    admin.behaviour.terms_unaccepted.clear()
    fail_by_quota(admin)
    assert admin.create(projectId="creatio-oauth")["error"]["details"][0]["@type"].endswith("QuotaFailure")


def test_a_deleted_project_counts_for_the_quota_and_keeps_its_id(admin: Administrator) -> None:
    admin.manager("DELETE", f"projects/{furnish.PROJECT.id}")
    fail_by_quota(admin)
    assert admin.create(projectId="creatio-oauth")["error"]["code"] == 8
    assert admin.manager("POST", "projects", {"projectId": furnish.PROJECT.id}).refusal == "ALREADY_EXISTS"


def test_an_id_is_taken_whoever_has_it_and_only_get_tells_whose_it_is(admin: Administrator) -> None:
    admin.cloud.add_project("somebody-elses", furnish.PRIVATE_EMAIL)
    for id_, get in ((furnish.PROJECT.id, 200), ("somebody-elses", 403)):
        assert admin.manager("POST", "projects", {"projectId": id_}).status == 409
        assert admin.manager("GET", f"projects/{id_}").status == get
    admin.behaviour.id_taken = "operation"
    assert admin.create(projectId="somebody-elses")["error"]["code"] == 6


def test_a_foreign_project_and_none_at_all_are_the_same_refusal(admin: Administrator) -> None:
    admin.cloud.add_project("somebody-elses", furnish.PRIVATE_EMAIL)
    foreign, none = (admin.manager("GET", f"projects/{name}") for name in ("somebody-elses", "nobody-has-it"))
    assert (foreign.status, foreign.value) == (none.status, none.value)
    assert foreign.refusal == "PERMISSION_DENIED"


# ── looking around ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_organization_its_folders_and_their_projects_are_listed(admin: Administrator) -> None:
    [organization] = admin.manager("GET", "organizations:search", query=f"domain:{furnish.DOMAIN}").value[
        "organizations"
    ]
    assert (organization["name"], organization["displayName"]) == (ORGANIZATION, furnish.DOMAIN)
    assert admin.manager("GET", ORGANIZATION).value == organization
    [folder] = admin.manager("GET", "folders", parent=ORGANIZATION).value["folders"]
    assert admin.manager("GET", folder["name"]).value == folder
    assert admin.manager("GET", "folders:search").value["folders"] == [folder]
    admin.create(projectId="creatio-oauth", parent=folder["name"])
    [below] = admin.manager("GET", "projects", parent=folder["name"]).value["projects"]
    assert below["projectId"] == "creatio-oauth"
    assert admin.manager("GET", "folders").refusal == "INVALID_ARGUMENT"


def test_a_search_is_late_and_a_get_is_not(admin: Administrator) -> None:
    admin.create(projectId="creatio-oauth")

    def found() -> dict[str, str]:
        listed = admin.manager("GET", "projects:search").value["projects"]
        return {item["projectId"]: item["state"] for item in listed}

    assert admin.manager("GET", "projects/creatio-oauth").status == 200
    assert "creatio-oauth" not in found()
    admin.sandbox.clock.advance(10)
    assert found()["creatio-oauth"] == "ACTIVE"
    admin.manager("DELETE", "projects/creatio-oauth")
    assert admin.manager("GET", "projects/creatio-oauth").value["state"] == "DELETE_REQUESTED"
    assert found()["creatio-oauth"] == "ACTIVE"
    admin.sandbox.clock.advance(10)
    assert found()["creatio-oauth"] == "DELETE_REQUESTED"


def test_fields_of_a_search_are_alternatives_and_know_no_case(admin: Administrator) -> None:
    admin.behaviour.search_lag_seconds = 0
    admin.create(projectId="creatio-one", displayName="Howl")
    admin.create(projectId="creatio-two", labels={"color": "red"})

    def found(query: str) -> set[str]:
        listed = admin.manager("GET", "projects:search", query=query).value.get("projects", [])
        return {item["projectId"] for item in listed}

    assert found("name:how*") == found("NAME:HOWL") == {"creatio-one"}
    assert found("id:CREATIO-ONE labels.color:red") == {"creatio-one", "creatio-two"}
    assert found(f"parent:{ORGANIZATION}") == {"creatio-one", "creatio-two", furnish.PROJECT.id}
    assert found("state:DELETE_REQUESTED") == set()


def test_long_listings_come_in_pages(admin: Administrator) -> None:
    for number in range(5):
        admin.cloud.add_project(f"creatio-{number}", admin.email, parent=ORGANIZATION)
    seen, token = [], ""
    for _ in range(3):
        page = admin.manager("GET", "projects", parent=ORGANIZATION, pageSize=2, pageToken=token).value
        seen += [item["projectId"] for item in page["projects"]]
        token = page.get("nextPageToken", "")
    assert (len(set(seen)), token) == (6, "")
    assert admin.manager("GET", "projects", parent=ORGANIZATION, pageToken="x").refusal == "INVALID_ARGUMENT"


def test_title_and_labels_can_be_changed_and_a_deletion_taken_back(admin: Administrator) -> None:
    name = f"projects/{furnish.PROJECT.id}"
    changed = admin.finished(admin.manager("PATCH", name, {"displayName": "CRM keys"}, updateMask="displayName"))
    assert changed["response"]["displayName"] == "CRM keys"
    assert admin.manager("PATCH", name, {"parent": "folders/1"}, updateMask="parent").status == 400
    assert admin.manager("POST", f"{name}:undelete", {}).refusal == "FAILED_PRECONDITION"
    admin.manager("DELETE", name)
    assert admin.finished(admin.manager("POST", f"{name}:undelete", {}))["response"]["state"] == "ACTIVE"


# ── permissions ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_permissions_are_told_as_the_calls_then_behave(admin: Administrator) -> None:
    wanted = ["resourcemanager.projects.create", "resourcemanager.organizations.get"]

    def held(resource: str, *permissions: str) -> list[str]:
        said = admin.manager("POST", f"{resource}:testIamPermissions", {"permissions": permissions})
        return list(said.value.get("permissions", []))

    assert held(ORGANIZATION, *wanted) == wanted
    fail_by_permission(admin)
    assert held(ORGANIZATION, *wanted) == wanted[1:]
    assert held(f"projects/{furnish.PROJECT.number}", "serviceusage.services.enable") == [
        "serviceusage.services.enable"
    ]
    admin.behaviour.untestable_permissions = {"clientauthconfig.clients.create"}
    untestable = {"permissions": ["clientauthconfig.clients.create"]}
    assert admin.manager("POST", f"{ORGANIZATION}:testIamPermissions", untestable).status == 400
    nowhere = admin.manager("POST", "projects/nobody-has-it:testIamPermissions", {"permissions": wanted})
    assert nowhere.status == 403


def test_a_colleague_may_create_projects_but_sees_no_foreign_one(admin: Administrator) -> None:
    admin.sandbox.google.add_account("ben@nordlicht.example", "Ben", hosted_domain=furnish.DOMAIN)
    ben = Administrator(admin.sandbox, "ben@nordlicht.example")
    assert ben.manager("GET", f"projects/{furnish.PROJECT.id}").status == 403
    assert ben.manager("GET", "folders", parent=ORGANIZATION).status == 403
    assert ben.create(projectId="bens-project")["response"]["parent"] == ORGANIZATION


# ── the token, the consumer, the wire ────────────────────────────────────────────────────────────────────────────
def test_a_token_must_be_alive_and_have_the_scope(admin: Administrator) -> None:
    other = admin.sandbox.google.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, furnish.SCOPES)["access_token"]
    refused = Administrator(admin.sandbox, token=other).manager("GET", "projects:search")
    assert (refused.status, refused.refusal) == (403, "PERMISSION_DENIED ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    admin.sandbox.clock.advance(3600)
    assert (admin.manager("GET", "projects:search")).refusal == "UNAUTHENTICATED"


def test_default_credentials_are_refreshed_like_any_grant(admin: Administrator) -> None:
    file = admin.sandbox.google.application_default_credentials(admin.email, quota_project=furnish.PROJECT.id)
    assert (file["type"], file["quota_project_id"]) == ("authorized_user", furnish.PROJECT.id)
    form = {
        "grant_type": "refresh_token",
        **{key: file[key] for key in ("client_id", "client_secret", "refresh_token")},
    }
    body = urlencode(form).encode()
    answer = admin.sandbox.handle(Request.of("POST", "http://127.0.0.1/google/oauth2/token", {}, body))
    token = json.loads(answer.body)["access_token"]
    assert Administrator(admin.sandbox, token=token).manager("GET", "projects:search").status == 200


def test_default_credentials_may_need_a_project_of_their_own(admin: Administrator) -> None:
    file = admin.sandbox.google.application_default_credentials(admin.email)
    admin.behaviour.quota_project_needed = True
    tokens = Administrator(
        admin.sandbox, token=admin.sandbox.google.administrator_token(admin.email, client_id=file["client_id"])
    )
    refused = tokens.manager("GET", "projects:search")
    assert refused.refusal == "PERMISSION_DENIED SERVICE_DISABLED"
    assert "projects/764086051850" in str(refused.value)
    tokens.headers["X-Goog-User-Project"] = furnish.PROJECT.id
    assert tokens.manager("GET", "projects:search").status == 200


def test_the_project_that_is_named_as_consumer_must_be_usable_and_have_the_api(admin: Administrator) -> None:
    admin.cloud.add_project("somebody-elses", furnish.PRIVATE_EMAIL)
    admin.cloud.add_project("creatio-empty", admin.email)
    admin.headers["X-Goog-User-Project"] = "somebody-elses"
    assert admin.manager("GET", "projects:search").refusal == "PERMISSION_DENIED USER_PROJECT_DENIED"
    admin.headers["X-Goog-User-Project"] = "creatio-empty"
    assert admin.manager("GET", "projects:search").refusal == "PERMISSION_DENIED SERVICE_DISABLED"


def test_enums_are_numbers_where_the_caller_wants_numbers(admin: Administrator) -> None:
    url = f"http://127.0.0.1/google/cloudresourcemanager/v3/projects/{furnish.PROJECT.id}?%24alt=json%3Benum-encoding%3Dint"
    request = Request.of("GET", url, {"Authorization": f"Bearer {admin.token}"})
    assert json.loads(admin.sandbox.handle(request).body)["state"] == 1
