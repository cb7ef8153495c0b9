"""The APIs: switched on in one request, waited for, and their traffic (issue 3, point 3)."""

from pathlib import Path
from typing import Any

import pytest

from gsync_cli.cli.words import render
from gsync_cli.errors import ActionNeeded, Refused, Temporary
from gsync_cli.provisioning.apis import NEEDED, SERVICES, enable_link
from gsync_cli.provisioning.usage import percentile
from gsync_cli.sandbox.faults import What, When
from gsync_cli.sandbox.google.cloud import CloudProject
from tests.support.administrator_rig import ADMIN, ORGANIZATION, Desk, desk

ID = "creatio-oauth-12345"
MONITORING = "monitoring.googleapis.com"


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    return desk(tmp_path)


@pytest.fixture
def project(here: Desk) -> CloudProject:
    return here.cloud.add_project(ID, ADMIN, title="Creatio OAuth", parent=ORGANIZATION)


def enable(here: Desk) -> tuple[str, ...]:
    return here.apis().enable(ID, SERVICES, here.note)


def test_the_three_apis_are_gmail_people_and_calendar_and_people_says_why() -> None:
    assert SERVICES == ("gmail.googleapis.com", "people.googleapis.com", "calendar-json.googleapis.com")
    assert "January 2022" in NEEDED[1].why


def test_the_link_enables_all_of_them_with_one_click() -> None:
    assert enable_link(ID, SERVICES) == (
        "https://console.cloud.google.com/apis/enableflow?apiid=gmail.googleapis.com,people.googleapis.com,"
        f"calendar-json.googleapis.com&project={ID}"
    )


@pytest.mark.parametrize("bare", [False, True])
def test_what_is_off_is_switched_on_in_one_request(here: Desk, project: CloudProject, bare: bool) -> None:
    here.behaviour.bare_metadata = bare
    project.services["people.googleapis.com"] = here.clock.now()
    assert enable(here) == ("gmail.googleapis.com", "calendar-json.googleapis.com")
    assert here.posts(":batchEnable") == 1
    assert set(here.apis().enabled(ID).items()) == {(service, True) for service in SERVICES}


def test_where_all_are_on_nothing_is_sent(here: Desk, project: CloudProject) -> None:
    project.services.update(dict.fromkeys(SERVICES, here.clock.now()))
    assert enable(here) == ()
    assert here.posts(":batchEnable") == 0


def test_it_waits_until_the_states_are_shown_and_the_apis_answer(here: Desk, project: CloudProject) -> None:
    here.behaviour.enable_delay_seconds, here.behaviour.propagation_seconds = 40, 100
    began = here.clock.now()
    enable(here)
    assert here.cloud.answers(project, "people.googleapis.com")
    assert here.cloud.answers(project, "calendar-json.googleapis.com")
    assert 140 <= (here.clock.now() - began).total_seconds() < 170


def test_an_api_that_is_not_called_is_waited_for_by_its_state(here: Desk, project: CloudProject) -> None:
    here.behaviour.enable_delay_seconds = 40
    here.apis().enable(ID, SERVICES[:1], here.note)
    assert here.cloud.shown_on(project, SERVICES[0])


def test_an_api_that_never_answers_is_temporary_and_the_next_run_goes_on(here: Desk, project: CloudProject) -> None:
    here.behaviour.enable_delay_seconds = 700
    with pytest.raises(Temporary, match="apis-slow"):
        enable(here)
    here.clock.sleep(700)
    assert enable(here) == ()
    assert project.services


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("what", ["401", "html", "reset", "500"])
def test_any_other_answer_of_an_api_means_that_it_answers(here: Desk, what: What) -> None:
    for service in ("people", "calendar"):
        here.sandbox.faults.add(what, service=service)
    began = here.clock.now()
    enable(here)
    assert (here.clock.now() - began).total_seconds() < 10


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["503", "reset"])
def test_a_switch_without_an_answer_is_sent_again(here: Desk, what: What, when: When) -> None:
    here.sandbox.faults.add(what, when=when, service="serviceusage", method="POST")
    enable(here)
    assert all(here.apis().enabled(ID).values())


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("project")
def test_terms_are_told_with_the_page_where_they_are_accepted(here: Desk) -> None:
    here.behaviour.service_terms = {"people.googleapis.com": "appsadmin"}
    with pytest.raises(ActionNeeded, match="apis-terms") as told:
        enable(here)
    assert "https://console.developers.google.com/terms/appsadmin" in render(told.value)[1]
    assert not any(here.apis().enabled(ID).values())


@pytest.mark.usefixtures("project")
def test_a_missing_permission_is_told_with_the_command_that_gives_it(here: Desk) -> None:
    here.behaviour.missing_permissions = {ADMIN: {"serviceusage.services.enable"}}
    with pytest.raises(Refused, match="apis-enable-denied") as told:
        enable(here)
    says, do = render(told.value)
    assert "serviceusage.services.enable" in says
    assert (
        f"gcloud projects add-iam-policy-binding {ID} --member=user:{ADMIN} "
        "--role=roles/serviceusage.serviceUsageAdmin" in do
    )


@pytest.mark.usefixtures("project")
def test_a_policy_of_the_organization_is_told_as_such(here: Desk) -> None:
    here.behaviour.restricted_services = {"gmail.googleapis.com"}
    with pytest.raises(Refused, match="apis-forbidden-by-policy"):
        enable(here)


def test_a_project_of_somebody_else_is_told(here: Desk) -> None:
    with pytest.raises(Refused, match="apis-list-denied"):
        here.apis().listed("not-ours-12345")


# ── the dashboard ────────────────────────────────────────────────────────────────────────────────────────────


def test_apis_are_listed_to_the_end_by_title(here: Desk, project: CloudProject) -> None:
    names = [f"a{number:03d}.googleapis.com" for number in range(220)]
    project.services.update(dict.fromkeys(["gmail.googleapis.com", *names], here.clock.now()))
    listed = here.apis().listed(ID)
    assert len(listed) == 221
    assert [each.title for each in listed if each.service.startswith("gmail")] == ["Gmail API"]


def test_traffic_is_told_by_api(here: Desk) -> None:
    here.cloud.add_project("busy-12345", ADMIN, services=[MONITORING, *SERVICES], busy=True)
    usage = here.apis().usage("busy-12345", 24 * 30).apis
    assert usage
    for each in usage:
        assert each.requests > 0
        assert each.errors is not None
        assert 0 <= each.errors < 1
        assert each.median is not None
        assert each.p95 is not None
        assert 0 < each.median <= each.p95 < 60


@pytest.mark.usefixtures("project")
def test_without_monitoring_nothing_is_told_of_traffic(here: Desk) -> None:
    unknown = here.apis().usage(ID, 24).unknown
    assert unknown is not None
    assert unknown.code == "administrator-api-off"


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ({}, 0.5, None),
        ({(0.0, 1.0): 0}, 0.5, None),
        ({(0.0, 1.0): 10}, 0.5, 0.5),
        ({(0.0, 0.1): 90, (0.1, 0.3): 10}, 0.95, 0.2),
        ({(0.0, 0.1): 1, (0.1, float("inf")): 9}, 0.95, 0.1),
        ({(0.2, 0.2): 4}, 0.95, 0.2),
    ],
)
def test_a_percentile_lies_on_a_straight_line_in_its_bucket(buckets: Any, share: float, expected: float | None) -> None:
    assert percentile(buckets, share) == (None if expected is None else pytest.approx(expected))
