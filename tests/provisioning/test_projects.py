"""Projects: made once, found again, and every refusal in words that help (issue 3, point 2)."""

from pathlib import Path
from typing import Any

import pytest

from gsync_cli.cli.words import render
from gsync_cli.errors import ActionNeeded, GsyncError, Refused, Temporary, WrongUsage
from gsync_cli.provisioning import projects
from gsync_cli.provisioning.operations import Failure
from gsync_cli.provisioning.permissions import foreseen
from gsync_cli.provisioning.project_names import existing_id
from gsync_cli.provisioning.project_refusals import not_created
from gsync_cli.provisioning.projects import checked_id, checked_title, parent_name, suggested_id
from gsync_cli.sandbox.faults import What, When
from gsync_cli.sandbox.google.cloud import CloudProject
from tests.support.administrator_rig import ADMIN, ORGANIZATION, Desk, desk

ID = "creatio-oauth-12345"


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def made(here: Desk, parent: str = ORGANIZATION, **how: Any) -> Any:
    return here.projects().create(ID, "Creatio OAuth", parent, here.note, **how)


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Creatio OAuth", "creatio-oauth-12345"),
        ("Crèatio  für Google!", "creatio-fur-12345"),
        ("SSL", "gsync-12345"),
        ("4711", "gsync-12345"),
        ("a very long name of a project indeed", "a-very-long-name-of-a-pr-12345"),
        ("Ж", "gsync-12345"),
    ],
)
def test_an_id_is_made_of_the_name_and_fits_googles_rules(title: str, expected: str) -> None:
    assert suggested_id(title, "12345") == expected
    assert checked_id(suggested_id(title, "12345")) == expected


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("Creatio", "small letters"),
        ("short", "6 to 30"),
        ("a" * 31, "6 to 30"),
        ("1project", "begin with a letter"),
        ("project-", "end with a hyphen"),
        ("my project", "“ ”"),
    ],
)
def test_an_id_that_google_would_refuse_is_refused_with_the_rule(wrong: str, rule: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        checked_id(wrong)
    assert rule in render(refused.value)[0]


def test_the_name_in_the_guide_with_its_full_stop_is_refused_and_the_right_one_told() -> None:
    with pytest.raises(WrongUsage) as refused:
        checked_title("Creatio OAuth.")
    says, do = render(refused.value)
    assert "“.” must not stand in it" in says
    assert do == '--name "Creatio OAuth"'


@pytest.mark.parametrize("wrong", ["abc", "x" * 31, "Creatio_OAuth", "Créatio"])
def test_other_names_that_do_not_fit_are_refused(wrong: str) -> None:
    with pytest.raises(WrongUsage, match="project-title-form"):
        checked_title(wrong)


def test_organization_and_folder_are_named_by_number_or_by_their_own_name() -> None:
    assert (
        parent_name("organizations", "123") == parent_name("organizations", " organizations/123") == "organizations/123"
    )
    assert parent_name("folders", "9") == "folders/9"
    for wrong in ("folders/9", "example.com", "", "12a"):
        with pytest.raises(WrongUsage, match="project-parent-form"):
            parent_name("organizations", wrong)


def test_an_existing_project_may_have_an_old_id() -> None:
    assert existing_id("projects/example.com:crm") == "example.com:crm"
    with pytest.raises(WrongUsage, match="project-unreadable"):
        existing_id("my project")


# ── making ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bare", [False, True])
def test_a_project_is_made_with_one_request_and_read_back(here: Desk, bare: bool) -> None:
    here.behaviour.bare_metadata = bare
    here.behaviour.operation_polls = 4
    project = made(here, labels={"gsync-site": "site-acme"})
    assert (project.id, project.title, project.parent, project.active) == (ID, "Creatio OAuth", ORGANIZATION, True)
    assert project.number.isdecimal()
    assert dict(project.labels) == {"gsync-site": "site-acme"}
    assert here.posts("/v3/projects") == 1
    assert any("Waiting" in note for note in here.notes)


def test_making_it_again_adopts_it_and_asks_for_nothing(here: Desk) -> None:
    first = made(here)
    assert made(here) == first
    assert here.posts("/v3/projects") == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["reset", "500", "timeout"])
def test_a_create_without_an_answer_is_looked_for_and_never_made_twice(here: Desk, when: When, what: What) -> None:
    here.sandbox.faults.add(what, when=when, service="cloudresourcemanager", method="POST")
    if when == "before":
        with pytest.raises(Temporary, match="project-unclear"):
            made(here)
    assert made(here).id == ID
    assert here.posts("/v3/projects") == (2 if when == "before" else 1)
    assert len(here.cloud.projects) == 1


def test_a_project_that_lands_elsewhere_than_asked_is_told(here: Desk) -> None:
    project = made(here, parent="")
    assert project.parent == ORGANIZATION
    assert any("lies in organizations/111111111111, not in no organization" in note for note in here.notes)


def test_an_operation_that_does_not_end_is_temporary_and_the_next_run_finds_the_project(here: Desk) -> None:
    here.behaviour.operation_seconds = 3600
    with pytest.raises(Temporary, match="operation-slow"):
        made(here)
    here.clock.sleep(3600)
    assert made(here).id == ID
    assert here.posts("/v3/projects") == 1


def taken_by(here: Desk, owner: str) -> CloudProject:
    here.sandbox.google.add_account("other@example.org", "Other")
    return here.cloud.add_project(ID, owner)


@pytest.mark.parametrize("place", ["http", "operation"])
def test_an_id_of_somebody_else_is_told_apart_from_our_own(here: Desk, place: Any) -> None:
    here.behaviour.id_taken = place
    taken_by(here, "other@example.org")
    with pytest.raises(Refused, match="project-id-taken"):
        made(here)


def test_a_project_that_is_being_deleted_is_told_and_never_adopted(here: Desk) -> None:
    taken_by(here, ADMIN).deleted = here.clock.now()
    with pytest.raises(ActionNeeded, match="project-being-deleted") as told:
        made(here)
    assert f"gcloud projects undelete {ID}" in render(told.value)[1]


# ── refusals, each in both places ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", ["http", "operation"])
def test_the_quota_of_projects_is_told_at_once_with_the_form(here: Desk, place: Any) -> None:
    here.behaviour.project_quota, here.behaviour.create_refusals = 0, place
    began = here.clock.now()
    with pytest.raises(Refused, match="project-quota") as told:
        made(here)
    says, do = render(told.value)
    assert "https://support.google.com/code/contact/project_quota_increase" in do
    assert "30 days" in says
    assert (here.clock.now() - began).total_seconds() < 10
    assert here.posts("/v3/projects") == 1


@pytest.mark.parametrize("place", ["http", "operation"])
def test_terms_of_service_are_told_with_the_console_as_that_account(here: Desk, place: Any) -> None:
    here.behaviour.terms_unaccepted, here.behaviour.create_refusals = {ADMIN}, place
    with pytest.raises(ActionNeeded, match="project-terms") as told:
        made(here)
    assert f"https://console.cloud.google.com/?authuser={ADMIN}" in render(told.value)[1]


@pytest.mark.parametrize("place", ["http", "operation"])
@pytest.mark.parametrize("parent", [ORGANIZATION, ""])
def test_a_missing_permission_is_told_with_the_command_that_gives_it(here: Desk, place: Any, parent: str) -> None:
    here.behaviour.missing_permissions = {ADMIN: {"resourcemanager.projects.create"}}
    here.behaviour.create_refusals = place
    with pytest.raises(Refused, match="project-create-denied") as told:
        made(here, parent=parent)
    assert (
        f"gcloud organizations add-iam-policy-binding 111111111111 --member=user:{ADMIN} "
        "--role=roles/resourcemanager.projectCreator" in render(told.value)[1]
    )


@pytest.mark.parametrize(
    ("failure", "parent", "code"),
    [
        (Failure("RESOURCE_EXHAUSTED", "no more"), "", "project-quota"),
        (Failure("PERMISSION_DENIED", "Service accounts cannot create projects."), "", "project-needs-parent"),
        (Failure("UNKNOWN", "No permission to create project in organization"), "", "project-create-denied"),
        (Failure("INVALID_ARGUMENT", "parent: no such folder"), "folders/1", "project-parent-unknown"),
        (Failure("INVALID_ARGUMENT", "project_id contains a word that is not allowed"), "", "project-id-refused"),
        (Failure("FAILED_PRECONDITION", "a constraint forbids it"), "", "project-refused"),
        (Failure("UNAVAILABLE", "try later"), "", "project-not-made"),
    ],
)
def test_every_other_failure_has_its_own_code(here: Desk, failure: Failure, parent: str, code: str) -> None:
    error = not_created(failure, ID, parent, here.session(), parent)
    assert isinstance(error, GsyncError)
    assert error.code == code


@pytest.mark.parametrize("code", [8, "8", "RESOURCE_EXHAUSTED"])
def test_the_code_of_an_operation_is_read_in_every_form(code: object) -> None:
    assert Failure.of_operation({"code": code, "message": "no"}).state == "RESOURCE_EXHAUSTED"


# ── listing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_lists_are_read_to_their_end(here: Desk) -> None:
    for number in range(120):
        here.cloud.add_project(f"project-{number:03d}", ADMIN)
    assert len(here.projects().mine()) == 120


def test_organizations_and_folders_are_listed(here: Desk) -> None:
    folder = here.cloud.add_folder("Sales", ORGANIZATION)
    projects = here.projects()
    assert [(each.name, each.title) for each in projects.organizations()] == [(ORGANIZATION, "example.com")]
    assert [(each.name, each.title, each.parent) for each in projects.folders(ORGANIZATION)] == [
        (folder.name, "Sales", ORGANIZATION)
    ]


def test_a_project_that_is_not_there_and_one_that_is_not_shown_are_none(here: Desk) -> None:
    taken_by(here, "other@example.org")
    assert here.projects().find(ID) is None
    assert here.projects().find("no-such-project") is None


# ── permissions up front ─────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_foreseen_for_whoever_may_do_everything(here: Desk) -> None:
    made(here)
    assert foreseen(here.projects(), ORGANIZATION) == foreseen(here.projects(), f"projects/{ID}") == ()


def test_the_steps_that_will_be_refused_are_told_with_the_role(here: Desk) -> None:
    made(here)
    here.behaviour.missing_permissions = {
        ADMIN: {"resourcemanager.projects.create", "serviceusage.services.enable", "clientauthconfig.clients.create"}
    }
    (above,) = foreseen(here.projects(), ORGANIZATION)
    assert (above.step, above.role) == ("project", "roles/resourcemanager.projectCreator")
    on_project = foreseen(here.projects(), f"projects/{ID}")
    assert [each.step for each in on_project] == ["apis", "client"]
    assert "roles/oauthconfig.editor" in render(on_project[1].error)[1]


def test_a_permission_that_can_not_be_asked_is_not_known_and_the_others_are(here: Desk) -> None:
    made(here)
    here.behaviour.untestable_permissions = {"clientauthconfig.brands.update", "clientauthconfig.clients.create"}
    here.behaviour.missing_permissions = {ADMIN: {"serviceusage.services.enable"}}
    assert [each.step for each in foreseen(here.projects(), f"projects/{ID}")] == ["apis"]


def test_googles_client_for_projects_is_imported_in_one_module_only() -> None:
    source = Path(projects.__file__).parents[1]
    users = {path.name for path in source.rglob("*.py") if "import resourcemanager" in path.read_text(encoding="utf-8")}
    assert users == {"projects.py"}
