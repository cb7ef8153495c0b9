"""`gsync apis`, as an administrator types it (rows P5 and P6)."""

from pathlib import Path

import pytest

from gsync_cli.google.administrator import TOKEN_VARIABLE
from gsync_cli.provisioning.apis import SERVICES
from tests.support.administrator_cli import Commands
from tests.support.administrator_rig import ADMIN, ORGANIZATION, desk

ID = "creatio-oauth-12345"
LINK = (
    "https://console.cloud.google.com/apis/enableflow?apiid=gmail.googleapis.com,people.googleapis.com,"
    f"calendar-json.googleapis.com&project={ID}"
)


@pytest.fixture
def gsync(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands(desk(tmp_path), capsys, monkeypatch)
    commands.desk.cloud.add_project(ID, ADMIN, title="Creatio OAuth", parent=ORGANIZATION)
    return commands


def test_the_three_apis_are_enabled_and_the_project_is_named(gsync: Commands) -> None:
    gsync.run("project", "use", ID)
    said = gsync.run("apis", "enable")
    assert said.code == 0, said.err
    assert f"Project {ID}" in said.out
    for service in SERVICES:
        assert f"{service} is on." in said.out
    assert "Contacts API off in January 2022" in said.out
    code, again = gsync.json("apis", "enable")
    assert (code, again["data"]["enabled"], again["data"]["already"]) == (0, [], list(SERVICES))


def test_a_dry_run_enables_nothing(gsync: Commands) -> None:
    code, answer = gsync.json("apis", "enable", "--project", ID, "--dry-run")
    assert (code, answer["data"]["enabled"]) == (0, list(SERVICES))
    assert not gsync.desk.posts(":batchEnable")


def test_a_dry_run_says_that_the_account_will_be_refused(gsync: Commands) -> None:
    gsync.desk.behaviour.missing_permissions = {ADMIN: {"serviceusage.services.enable"}}
    said = gsync.run("apis", "enable", "--project", ID, "--dry-run")
    assert said.code == 0
    assert "will be refused at enabling the APIs" in said.err
    assert "roles/serviceusage.serviceUsageAdmin" in said.err


def test_without_a_project_the_flag_is_named(gsync: Commands) -> None:
    said = gsync.run("apis", "enable")
    assert said.code == 2
    assert "--project ID" in said.err


def test_whoever_may_not_gets_the_link_for_somebody_who_may(gsync: Commands) -> None:
    gsync.desk.behaviour.missing_permissions = {ADMIN: {"serviceusage.services.enable"}}
    said = gsync.run("apis", "enable", "--project", ID)
    assert said.code == 6
    assert LINK in said.err
    assert "roles/serviceusage.serviceUsageAdmin" in said.err


def test_without_a_sign_in_the_link_is_given_all_the_same(gsync: Commands) -> None:
    gsync.patch.delenv(TOKEN_VARIABLE)
    said = gsync.run("apis", "enable", "--project", ID)
    assert said.code == 4
    assert LINK in said.err


def test_the_list_without_monitoring_is_the_list_alone_with_a_hint(gsync: Commands) -> None:
    gsync.run("apis", "enable", "--project", ID)
    said = gsync.run("apis", "list", "--project", ID)
    assert said.code == 0
    assert "People API" in said.out
    assert "Requests" not in said.out
    assert "gcloud services enable monitoring.googleapis.com" in said.err
    _, answer = gsync.json("apis", "list", "--project", ID)
    assert not answer["data"]["measured"]
    assert answer["data"]["apis"][0] == {
        "service": "gmail.googleapis.com",
        "title": "Gmail API",
        "enabled": True,
        "requests": None,
        "errors_percent": None,
        "median_ms": None,
        "p95_ms": None,
    }


def test_the_list_has_requests_errors_and_latencies(gsync: Commands) -> None:
    services = [*SERVICES, "monitoring.googleapis.com"]
    gsync.desk.cloud.add_project("busy-12345", ADMIN, services=services, busy=True)
    said = gsync.run("apis", "list", "--project", "busy-12345", "--days", "30")
    assert said.code == 0, said.err
    for column in ("API", "Requests", "Errors (%)", "Latency, median (ms)", "Latency, 95% (ms)"):
        assert column in said.out
    _, answer = gsync.json("apis", "list", "--project", "busy-12345")
    told = {api["service"]: api for api in answer["data"]["apis"]}
    people = told["people.googleapis.com"]
    assert people["requests"] > 0
    assert 0 <= people["errors_percent"] < 100
    assert 0 < people["median_ms"] <= people["p95_ms"]


def test_an_api_that_creatio_needs_and_that_is_off_is_listed_as_off(gsync: Commands) -> None:
    said = gsync.run("apis", "list", "--project", ID)
    assert "off" in said.out
    assert f"gsync apis enable --project {ID}" in said.err
