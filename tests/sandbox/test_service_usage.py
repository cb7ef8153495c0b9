"""Service Usage: which APIs are on, and that the APIs themselves keep to it (facts/google.md 2)."""

from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.tokens import Client, Project
from gsync_cli.sandbox.server import Server
from tests.support.administrator import Administrator, administrator

GMAIL, PEOPLE, CALENDAR = "gmail.googleapis.com", "people.googleapis.com", "calendar-json.googleapis.com"
NEEDED = [GMAIL, PEOPLE, CALENDAR]
NEW = "projects/creatio-oauth"


@pytest.fixture
def admin() -> Administrator:
    made = administrator()
    made.cloud.add_project("creatio-oauth", made.email, number="700000000001")
    return made


def enable(admin: Administrator, *services: str) -> dict[str, object]:
    said = admin.services("POST", f"{NEW}/services:batchEnable", {"serviceIds": services})
    return admin.finished(said, "serviceusage", "v1")


def states(admin: Administrator) -> dict[str, str]:
    names = [f"{NEW}/services/{service}" for service in NEEDED]
    got = admin.services("GET", f"{NEW}/services:batchGet", names=names).value["services"]
    return {item["config"]["name"]: item["state"] for item in got}


def people(admin: Administrator) -> Administrator:
    """Return a user who signed in with a client of the new project."""
    client = Client("c", "s", "installed", Project("creatio-oauth", "700000000001", hosted_domain=furnish.DOMAIN))
    admin.sandbox.google.oauth.add_client(client)
    token = admin.sandbox.google.oauth.sign_in(admin.email, "c", furnish.SCOPES)["access_token"]
    return Administrator(admin.sandbox, token=token)


# ── switching on ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_three_are_switched_on_in_one_go_and_listed(admin: Administrator) -> None:
    assert set(states(admin).values()) == {"DISABLED"}
    done = enable(admin, *NEEDED)
    assert [item["state"] for item in done["response"]["services"]] == ["ENABLED"] * 3  # type: ignore[index]
    listed = admin.services("GET", f"{NEW}/services", filter="state:ENABLED").value["services"]
    assert {item["config"]["name"] for item in listed} == set(NEEDED)
    assert {item["name"].split("/")[1] for item in listed} == {"700000000001"}


def test_googles_library_reads_and_switches(admin: Administrator) -> None:
    with Server(admin.sandbox) as server:
        library: Any = build(
            "serviceusage",
            "v1",
            static_discovery=True,
            credentials=Credentials(admin.token),
            client_options={"api_endpoint": f"{server.url}/google/serviceusage"},
        )
        services = library.services()
        begun = services.batchEnable(parent=NEW, body={"serviceIds": NEEDED}).execute()
        assert begun["name"].startswith("operations/")
        assert "done" not in library.operations().get(name=begun["name"]).execute()
        assert library.operations().get(name=begun["name"]).execute()["done"] is True
        # So long that the library sends it as a POST that stands for a GET (facts/google.md 8.6).
        names = [f"{NEW}/services/{service}" for service in NEEDED * 10]
        got = services.batchGet(parent=NEW, names=names).execute()["services"]
        assert {item["state"] for item in got} == {"ENABLED"}
        library.close()


def test_what_is_on_already_is_done_at_once(admin: Administrator) -> None:
    enable(admin, *NEEDED)
    again = admin.services("POST", f"{NEW}/services:batchEnable", {"serviceIds": NEEDED}).value
    assert (again["name"], again["done"]) == ("operations/noop.DONE_OPERATION", True)
    assert admin.services("GET", again["name"]).value["done"] is True


def test_one_that_fails_keeps_all_off(admin: Administrator) -> None:
    for services in ([*NEEDED, "calendar.googleapis.com"], [*NEEDED, "drive.googleapis.com"]):
        admin.behaviour.restricted_services = {"drive.googleapis.com"}
        assert admin.services("POST", f"{NEW}/services:batchEnable", {"serviceIds": services}).status == 403
        assert set(states(admin).values()) == {"DISABLED"}


def test_at_most_twenty_at_once_and_at_least_one(admin: Administrator) -> None:
    for services in ([], [f"x{number}.googleapis.com" for number in range(21)]):
        assert admin.services("POST", f"{NEW}/services:batchEnable", {"serviceIds": services}).status == 400


def test_a_single_one_can_be_switched_on_and_off(admin: Administrator) -> None:
    name = f"{NEW}/services/{PEOPLE}"
    assert admin.services("POST", f"{name}:disable", {}).refusal == "FAILED_PRECONDITION"
    on = admin.finished(admin.services("POST", f"{name}:enable", {}), "serviceusage", "v1")
    assert on["response"]["service"]["state"] == admin.services("GET", name).value["state"] == "ENABLED"
    admin.finished(admin.services("POST", f"{name}:disable", {}), "serviceusage", "v1")
    assert admin.services("GET", name).value["state"] == "DISABLED"


# ── the APIs keep to it ──────────────────────────────────────────────────────────────────────────────────────────
def test_people_and_calendar_answer_only_where_they_are_on(admin: Administrator) -> None:
    user = people(admin)
    refused = user.call("people", "GET", "v1/contactGroups")
    assert refused.refusal == "PERMISSION_DENIED SERVICE_DISABLED"
    assert "has not been used in project 700000000001 before or it is disabled" in refused.message
    refused = user.call("calendar", "GET", "calendar/v3/calendars/primary/events")
    assert refused.refusal == "PERMISSION_DENIED SERVICE_DISABLED accessNotConfigured"
    enable(admin, *NEEDED)
    assert user.call("people", "GET", "v1/contactGroups").status == 200
    assert user.call("calendar", "GET", "calendar/v3/calendars/primary/events").status == 200


def test_an_administrator_can_ask_the_apis_in_the_name_of_a_project(admin: Administrator) -> None:
    admin.headers["X-Goog-User-Project"] = "creatio-oauth"
    assert admin.call("people", "GET", "v1/contactGroups").refusal.endswith("SERVICE_DISABLED")
    del admin.headers["X-Goog-User-Project"]
    enable(admin, *NEEDED)
    admin.headers["X-Goog-User-Project"] = "creatio-oauth"
    assert admin.call("people", "GET", "v1/contactGroups").refusal.endswith("ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def test_it_takes_a_while_until_it_is_shown_and_another_until_it_answers(admin: Administrator) -> None:
    admin.behaviour.enable_delay_seconds, admin.behaviour.propagation_seconds = 20, 60
    user = people(admin)
    enable(admin, *NEEDED)
    seen = []
    for seconds in (0, 20, 60):
        admin.sandbox.clock.advance(seconds)
        seen.append((states(admin)[PEOPLE], user.call("people", "GET", "v1/contactGroups").status))
    assert seen == [("DISABLED", 403), ("ENABLED", 403), ("ENABLED", 200)]


def test_a_client_of_a_deleted_project_works_no_more(admin: Administrator) -> None:
    enable(admin, *NEEDED)
    user = people(admin)
    admin.manager("DELETE", NEW)
    assert user.call("people", "GET", "v1/contactGroups").refusal == "PERMISSION_DENIED CONSUMER_INVALID"


def test_enums_in_a_request_may_be_numbers(admin: Administrator) -> None:
    enable(admin, PEOPLE)
    off = admin.services("POST", f"{NEW}/services/{PEOPLE}:disable", {"checkIfServiceHasUsage": 1})
    assert off.status == 200


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_terms_of_a_service_are_named_and_can_be_accepted(admin: Administrator) -> None:
    admin.behaviour.service_terms = {GMAIL: "appsadmin"}
    refused = admin.services("POST", f"{NEW}/services:batchEnable", {"serviceIds": NEEDED})
    assert refused.refusal == "FAILED_PRECONDITION UREQ_TOS_NOT_ACCEPTED"
    assert "tos_id=appsadmin" in refused.message
    admin.sandbox.google.console(admin.email).accept_terms("appsadmin")
    enable(admin, *NEEDED)
    assert states(admin)[GMAIL] == "ENABLED"


def test_who_may_not_is_told_so(admin: Administrator) -> None:
    admin.behaviour.missing_permissions = {admin.email: {"serviceusage.services.enable"}}
    refused = admin.services("POST", f"{NEW}/services:batchEnable", {"serviceIds": NEEDED})
    assert (refused.status, refused.message) == (403, "Permission denied to enable service")
    assert set(states(admin).values()) == {"DISABLED"}


def test_the_policy_of_the_organization_is_named(admin: Administrator) -> None:
    admin.behaviour.restricted_services = {GMAIL}
    refused = admin.services("POST", f"{NEW}/services:batchEnable", {"serviceIds": NEEDED})
    assert refused.status == 403
    assert "constraints/gcp.restrictServiceUsage" in refused.message


def test_a_batch_counts_as_five_of_sixty_writes_a_minute(admin: Administrator) -> None:
    bodies = [{"serviceIds": [PEOPLE]}] * 13
    answers = [admin.services("POST", f"{NEW}/services:batchEnable", body) for body in bodies]
    assert [said.status for said in answers] == [200] * 12 + [429]
    assert answers[-1].refusal == "RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED"
    assert states(admin)[PEOPLE] == "ENABLED"
    admin.sandbox.clock.advance(60)
    assert admin.services("POST", f"{NEW}/services:batchEnable", bodies[0]).status == 200
