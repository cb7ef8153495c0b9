"""`gsync project`, as an administrator types it (rows P1-P4)."""

import os
import subprocess
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gsync_cli.clock import SystemClock
from gsync_cli.config import Settings
from gsync_cli.credentials import Credentials
from gsync_cli.errors import GsyncError, SignInNeeded
from gsync_cli.google.administrator import TOKEN_VARIABLE, open_administrator
from gsync_cli.google.administrator_signin import ASKED, sign_in_as_administrator
from gsync_cli.google.signin import Attempt, Tokens
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.furnish import furnished
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.visitor import approve
from tests.support.administrator_cli import Commands
from tests.support.administrator_rig import ADMIN, ORGANIZATION, desk
from tests.support.cli import GSYNC

ID = "creatio-oauth-12345"


@pytest.fixture
def gsync(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(desk(tmp_path), capsys, monkeypatch)


def test_a_project_is_made_in_the_only_organization_and_becomes_the_active_one(gsync: Commands) -> None:
    said = gsync.run("project", "create", "--id", ID)
    assert said.code == 0, said.err
    assert "The organization can't be changed afterwards" in said.err
    assert f"Project {ID} (“Creatio OAuth”) in {ORGANIZATION} is made." in said.out
    assert gsync.active == ID
    assert gsync.desk.cloud.projects[ID].parent == ORGANIZATION


def test_without_an_id_a_second_run_finds_the_project_of_the_first(gsync: Commands) -> None:
    _, first = gsync.json("project", "create")
    _, second = gsync.json("project", "create")
    assert first["data"]["created"]
    assert not second["data"]["created"]
    assert first["data"]["project"] == second["data"]["project"]
    assert len(gsync.desk.cloud.projects) == 1


def test_a_dry_run_names_the_project_and_makes_nothing(gsync: Commands) -> None:
    said = gsync.run("project", "create", "--id", ID, "--dry-run")
    assert said.code == 0
    assert f"Would make the project “Creatio OAuth” ({ID}) in {ORGANIZATION}." in said.out
    assert not gsync.desk.cloud.projects
    assert not gsync.active


def test_a_dry_run_says_that_the_account_will_be_refused(gsync: Commands) -> None:
    gsync.desk.behaviour.missing_permissions = {ADMIN: {"resourcemanager.projects.create"}}
    said = gsync.run("project", "create", "--dry-run")
    assert said.code == 0
    assert "will be refused at making the project" in said.err
    assert "roles/resourcemanager.projectCreator" in said.err


def test_a_project_made_a_moment_ago_is_in_the_list(gsync: Commands) -> None:
    gsync.run("project", "create", "--id", ID)
    _, answer = gsync.json("project", "list")
    assert [project["id"] for project in answer["data"]["projects"]] == [ID]


def test_among_several_organizations_the_flag_is_named_where_nobody_can_answer(gsync: Commands) -> None:
    gsync.desk.cloud.add_organization("example.net", number="222222222222", admins=[ADMIN])
    code, answer = gsync.json("project", "create")
    assert code == 2
    assert answer["errors"][0]["code"] == "project-choice-needed"
    assert "organizations/222222222222" in answer["errors"][0]["message"]
    assert "--organization" in answer["errors"][0]["hint"]
    assert not gsync.desk.cloud.projects


def test_among_several_organizations_a_person_chooses(gsync: Commands) -> None:
    gsync.desk.cloud.add_organization("example.net", number="222222222222", admins=[ADMIN])
    said = gsync.run("project", "create", "--id", ID, typed="7\n2\ny\n")
    assert said.code == 0, said.err
    assert gsync.desk.cloud.projects[ID].parent == "organizations/222222222222"
    assert f"It is made by {ADMIN}." in said.err


def test_whoever_says_no_gets_nothing_made(gsync: Commands) -> None:
    said = gsync.run("project", "create", "--id", ID, typed="n\n")
    assert (said.code, said.out) == (0, "Nothing was made.\n")
    assert not gsync.desk.cloud.projects


def test_organization_and_folder_are_taken_by_number_and_only_one_of_them(gsync: Commands) -> None:
    folder = gsync.desk.cloud.add_folder("Sales", ORGANIZATION)
    assert gsync.run("project", "create", "--id", ID, "--folder", folder.number).code == 0
    assert gsync.desk.cloud.projects[ID].parent == folder.name
    assert gsync.run("project", "create", "--folder", "1", "--no-organization").code == 2
    assert gsync.run("project", "create", "--organization", "example.com").code == 2


def test_the_name_in_the_guide_with_a_full_stop_is_refused(gsync: Commands) -> None:
    said = gsync.run("project", "create", "--name", "Creatio OAuth.")
    assert said.code == 2
    assert '--name "Creatio OAuth"' in said.err


def test_projects_are_listed_with_the_active_one_marked(gsync: Commands) -> None:
    gsync.desk.cloud.add_project(ID, ADMIN, title="Creatio OAuth", parent=ORGANIZATION)
    gsync.desk.cloud.add_project("old-12345", ADMIN).deleted = gsync.desk.clock.now()
    gsync.desk.clock.sleep(60)
    gsync.run("project", "use", ID)
    code, answer = gsync.json("project", "list")
    assert (code, answer["data"]["account"]) == (0, ADMIN)
    told = {project["id"]: project for project in answer["data"]["projects"]}
    assert told[ID]["active"]
    assert told["old-12345"]["state"] == "DELETE_REQUESTED"
    text = gsync.run("project", "list").out
    assert "gcloud projects undelete old-12345" in text
    assert ADMIN in text


def test_use_takes_a_number_and_stores_the_id(gsync: Commands) -> None:
    project = gsync.desk.cloud.add_project(ID, ADMIN, title="Creatio OAuth")
    said = gsync.run("project", "use", project.number)
    assert said.code == 0, said.err
    assert gsync.active == ID


def test_use_refuses_a_project_that_does_not_show(gsync: Commands) -> None:
    code, answer = gsync.json("project", "use", "no-such-project")
    assert (code, answer["errors"][0]["code"]) == (6, "project-not-found")
    assert not gsync.active


def test_use_without_a_sign_in_stores_it_and_says_that_it_did_not_look(gsync: Commands) -> None:
    gsync.patch.delenv(TOKEN_VARIABLE)
    said = gsync.run("project", "use", ID)
    assert said.code == 0
    assert "was not looked up" in said.err
    assert "gcloud auth application-default login" in said.err
    assert gsync.active == ID


def test_show_names_project_organization_account_and_console(gsync: Commands) -> None:
    gsync.desk.cloud.add_project(ID, ADMIN, title="Creatio OAuth", parent=ORGANIZATION)
    gsync.run("project", "use", ID)
    out = gsync.run("project", "show").out
    for expected in (ID, "Creatio OAuth", ORGANIZATION, ADMIN, f"?project={ID}"):
        assert expected in out


def test_show_without_a_project_names_the_flag(gsync: Commands) -> None:
    said = gsync.run("project", "show")
    assert said.code == 2
    assert "--project ID" in said.err


def test_without_a_sign_in_listing_ends_with_exit_4_and_every_way(gsync: Commands) -> None:
    gsync.patch.delenv(TOKEN_VARIABLE)
    said = gsync.run("project", "list")
    assert said.code == 4
    assert "gsync project sign-in" in said.err


# ── signing in, in the browser ───────────────────────────────────────────────────────────────────────────────


class Browser:
    """A person who presses a button on the consent page."""

    def __init__(self, decision: str = "continue") -> None:
        self.decision = decision
        self.page = ""
        self.thread: threading.Thread | None = None

    def show(self, address: str) -> None:
        self.thread = threading.Thread(target=self._press, args=(address,), daemon=True)
        self.thread.start()

    def _press(self, address: str) -> None:
        self.page = approve(address, decision=self.decision)

    def pasted(self, again: bool) -> str | None:
        del again
        return None

    def explain(self, error: GsyncError) -> str:
        return error.code


def test_signing_in_in_the_browser_stores_an_access_token_alone(tmp_path: Path) -> None:
    sandbox = furnished(VirtualClock(flowing=True))
    profile = Profile("sandbox", tmp_path / "sandbox")
    clock, browser = SystemClock(), Browser()
    http = Http(clock)
    with Server(sandbox) as server:
        write_profile(profile.folder, server.url, sandbox)
        before = Credentials.load(profile)
        settings = Settings.load(profile, {})
        grant = sign_in_as_administrator(profile, settings, http, clock, lambda: 0.5, browser)
        assert browser.thread is not None
        browser.thread.join(10)
        environment = {"HOME": str(tmp_path), "NO_GCE_CHECK": "true"}
        session = open_administrator(profile, settings, http, clock, lambda: 0.5, environment)
        assert (session.origin, session.email) == ("browser", grant.email)
        with pytest.raises(SignInNeeded, match="administrator-sign-in-failed"):
            sign_in_as_administrator(profile, settings, http, clock, lambda: 0.5, Browser("cancel"))
        with pytest.raises(SignInNeeded, match="administrator-other-account"):
            sign_in_as_administrator(
                profile, settings, http, clock, lambda: 0.5, Browser(), email="somebody@example.org"
            )
    http.close()
    assert "may set up projects" in browser.page
    assert "https://www.googleapis.com/auth/cloud-platform" in ASKED
    stored = Credentials.load(profile)
    assert stored.administrator == grant
    assert stored.grant == before.grant
    assert grant.access_expires_at - clock.now() <= timedelta(hours=1)


def test_a_sign_in_without_the_box_for_google_cloud_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = furnished(VirtualClock(flowing=True))
    profile = Profile("sandbox", tmp_path / "sandbox")
    clock = SystemClock()
    http = Http(clock)
    real = Attempt.exchange

    def less(attempt: Attempt, code: str) -> Tokens:
        return replace(real(attempt, code), granted=("openid",))

    monkeypatch.setattr(Attempt, "exchange", less)
    with Server(sandbox) as server:
        write_profile(profile.folder, server.url, sandbox)
        settings = Settings.load(profile, {})
        with pytest.raises(SignInNeeded, match="left unticked"):
            sign_in_as_administrator(profile, settings, http, clock, lambda: 0.5, Browser())
    http.close()
    assert Credentials.load(profile).administrator is None


def test_without_a_browser_the_address_is_the_only_line_on_stdout(tmp_path: Path) -> None:
    sandbox = furnished(VirtualClock(flowing=True))
    home = tmp_path / "home"
    with Server(sandbox) as server:
        write_profile(home, server.url, sandbox)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GSYNC_HOME": str(home), "NO_PROXY": "*"}
        process = subprocess.Popen(
            [*GSYNC, "project", "sign-in", "--no-browser"],
            env={**environment, TOKEN_VARIABLE: "ya29.other"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        approve(process.stdout.readline().strip())
        rest, said = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "")
    assert f"unset {TOKEN_VARIABLE}" in said
    assert Credentials.load(Profile("default", home)).administrator is not None
