"""`gsync setup-project`, as an administrator types it: what it prints, what it ends with, and what it asks."""

import json
from pathlib import Path

import pytest

from gsync_cli.cli.setup_person import newest_download
from gsync_cli.credentials import Credentials
from gsync_cli.sandbox import furnish
from gsync_cli.sync.lock import held
from tests.support.administrator_cli import Commands
from tests.support.administrator_rig import ADMIN, ORGANIZATION, ROOT, desk

SITE = "https://crm.example.co.uk"
PAGE = f"{SITE}/0/LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
SERVICE = f"{SITE}/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"


@pytest.fixture
def gsync(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(desk(tmp_path), capsys, monkeypatch)


def made_client(gsync: Commands, folder: Path, kind: str = "web") -> str:
    """Do the console's part for the active project, and return the downloaded file."""
    console = gsync.desk.sandbox.google.console(ADMIN, ROOT)
    console.register_consent(gsync.active, "Creatio", ADMIN, "internal", (), (ADMIN,))
    addresses = ([PAGE, SERVICE], [SITE]) if kind == "web" else ()
    file = folder / f"client_secret_{kind}.json"
    file.write_text(json.dumps(console.create_client(gsync.active, kind, "Creatio", *addresses)))
    return str(file)


# ── without anybody ──────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_terminal_it_ends_with_3_and_the_complete_checklist(gsync: Commands) -> None:
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert code == 3
    assert not envelope["ok"]
    assert [error["code"] for error in envelope["errors"]] == ["setup-person-needed"]
    tasks = {task["step"]: task for task in envelope["data"]["checklist"] if task["needed"]}
    assert list(tasks) == ["consent", "scopes", "client", "creatio-keys"]
    values = {value["label"]: value["value"] for value in tasks["consent"]["values"]}
    assert values == {
        "App name": "Creatio",
        "User support email": ADMIN,
        "Audience": "Internal",
        "Contact information": ADMIN,
        "Authorised domain": "example.co.uk",
    }
    assert [value["value"] for value in tasks["client"]["values"]] == [
        "Web application",
        "Creatio",
        SITE,
        PAGE,
        SERVICE,
    ]
    assert len(tasks["scopes"]["lists"]["Scopes"]) == 31
    assert tasks["creatio-keys"]["then"] == f"gsync creatio connect {SITE} --username LOGIN"
    assert all(f"project={gsync.active}" in link for task in tasks.values() for link in task["links"])


def test_as_text_every_value_stands_whole_on_one_line(gsync: Commands) -> None:
    said = gsync.run("setup-project", "--creatio-url", SITE)
    lines = [line.strip() for line in said.out.splitlines()]
    assert said.code == 3
    assert any(line.endswith(PAGE) for line in lines)
    assert "https://mail.google.com/" in lines
    assert "Acting at Google Cloud as" in said.err


def test_with_the_clients_file_and_a_connected_site_it_goes_to_the_end(gsync: Commands, tmp_path: Path) -> None:
    assert gsync.run("setup-project").code == 3
    site = f"{ROOT}/creatio"
    connected = ("creatio", "connect", site, "--username", furnish.USERNAME, "--password-stdin")
    gsync.desk.sandbox.creatio.desk()
    with gsync.patch.context() as patch:
        patch.setattr("gsync_cli.cli.terminal.Terminal.read_stdin_secret", lambda *_, **__: furnish.PASSWORD)
        assert gsync.run(*connected).code == 0
    console = gsync.desk.sandbox.google.console(ADMIN, ROOT)
    console.register_consent(gsync.active, "Creatio", ADMIN, "internal", (), (ADMIN,))
    uris = [PAGE.replace(SITE, site), SERVICE.replace(SITE, site)]
    file = tmp_path / "client.json"
    file.write_text(json.dumps(console.create_client(gsync.active, "web", "Creatio", uris, [ROOT])))
    code, envelope = gsync.json("setup-project", "--client-json", str(file), "--yes")
    assert (code, envelope["ok"], envelope["errors"]) == (0, True, [])
    assert {step["step"]: step["state"] for step in envelope["data"]["steps"]} == {
        "project": "proven",
        "apis": "proven",
        "consent": "proven",
        "scopes": "unseen",
        "client": "proven",
        "keys": "proven",
        "creatio-keys": "proven",
        "mail-provider": "proven",
    }


def test_several_organizations_are_a_choice_that_only_a_person_makes(gsync: Commands) -> None:
    gsync.desk.cloud.add_organization("second.example", admins=(ADMIN,))
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert code == 3
    first = envelope["data"]["checklist"][0]
    assert first["title"] == "Choose the organization of the new project"
    assert f"--organization {ORGANIZATION}" in [value["value"] for value in first["values"]]
    assert gsync.desk.posts("/v3/projects") == 0


def test_a_flag_names_the_organization(gsync: Commands) -> None:
    gsync.desk.cloud.add_organization("second.example", admins=(ADMIN,))
    gsync.run("setup-project", "--organization", ORGANIZATION.removeprefix("organizations/"))
    assert gsync.desk.cloud.projects[gsync.active].parent == ORGANIZATION


def test_nobody_signed_in_still_gets_the_whole_checklist(gsync: Commands) -> None:
    gsync.patch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert code == 3
    assert [task["step"] for task in envelope["data"]["checklist"] if task["needed"]] == [
        "project",
        "apis",
        "consent",
        "scopes",
        "client",
        "creatio-keys",
    ]
    assert "gcloud auth application-default login" in " ".join(envelope["data"]["checklist"][0]["actions"])


def test_a_token_that_google_refuses_ends_with_4(gsync: Commands) -> None:
    gsync.patch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "stale")
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert code == 4
    assert [error["code"] for error in envelope["errors"]] == ["administrator-token-refused", "setup-person-needed"]


def test_what_this_account_will_be_refused_is_said_before_anything_is_done(gsync: Commands) -> None:
    gsync.desk.behaviour.missing_permissions[ADMIN] = {"resourcemanager.projects.create"}
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert code == 6
    assert [each["permission"] for each in envelope["data"]["foreseen"]] == ["resourcemanager.projects.create"]
    assert "gcloud organizations add-iam-policy-binding" in envelope["data"]["foreseen"][0]["command"]


def test_after_a_project_that_could_not_be_made_nothing_names_it(gsync: Commands) -> None:
    gsync.desk.behaviour.project_quota = 0
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert code == 6
    assert [error["code"] for error in envelope["errors"]] == ["project-quota"]
    assert envelope["data"]["project"] is None
    assert {step["state"] for step in envelope["data"]["steps"][1:]} == {"waiting"}
    assert envelope["data"]["checklist"] == []


def test_a_mistyped_project_sends_nobody_to_pages_that_are_not_there(gsync: Commands) -> None:
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE, "--project", "nope-nope")
    assert (code, [error["code"] for error in envelope["errors"]]) == (6, ["project-not-found"])
    assert envelope["data"]["checklist"] == []


def test_another_name_means_another_project(gsync: Commands) -> None:
    gsync.run("setup-project", "--creatio-url", SITE)
    first = gsync.active
    gsync.run("setup-project", "--creatio-url", SITE, "--name", "Second site", "--yes")
    second = gsync.active
    assert second.startswith("second-site-")
    gsync.run("setup-project", "--creatio-url", SITE, "--name", "Second site", "--yes")
    assert gsync.active == second
    assert {first, second} <= gsync.desk.cloud.projects.keys()
    assert gsync.desk.posts("/v3/projects") == 2


def test_an_internal_app_outside_an_organization_is_refused_before_anything_is_made(gsync: Commands) -> None:
    code, envelope = gsync.json("setup-project", "--no-organization", "--user-type", "internal", "--creatio-url", SITE)
    assert (code, envelope["errors"][0]["code"]) == (6, "consent-internal-without-organization")
    assert gsync.desk.posts("/v3/projects") == 0


def test_whoever_may_not_enable_the_apis_gets_the_link_for_one_who_may(gsync: Commands) -> None:
    gsync.desk.behaviour.missing_permissions[ADMIN] = {"serviceusage.services.enable"}
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert code == 6
    link = next(task for task in envelope["data"]["checklist"] if task["step"] == "apis")["links"][0]
    services = "gmail.googleapis.com,people.googleapis.com,calendar-json.googleapis.com"
    assert link == f"https://console.cloud.google.com/apis/enableflow?apiid={services}&project={gsync.active}"


def test_the_address_of_the_site_is_remembered(gsync: Commands) -> None:
    _, first = gsync.json("setup-project", "--creatio-url", SITE, "--creatio-version", "7.17.0")
    _, second = gsync.json("setup-project")
    assert first["data"]["checklist"] == second["data"]["checklist"]
    assert "ViewPage.aspx" in str(second["data"]["checklist"])


def test_without_an_address_no_value_is_shown_that_is_none(gsync: Commands) -> None:
    _, envelope = gsync.json("setup-project")
    assert [task["title"] for task in envelope["data"]["checklist"] if task["needed"]] == [
        "Say where Creatio is",
        "Add the scopes",
        "Connect the Creatio site",
    ]
    assert "your_website_url" not in str(envelope)


def test_an_id_that_somebody_else_has_is_replaced_by_another(gsync: Commands) -> None:
    numbers = iter((0.0, 0.0, 0.48213, 0.5, 0.6))
    gsync.patch.setattr("gsync_cli.cli.context.Session.jitter", lambda _: next(numbers, 0.7))
    gsync.desk.sandbox.google.add_account("somebody@else.example", "Else")
    gsync.desk.cloud.add_project("creatio-oauth-00000", "somebody@else.example")
    gsync.run("setup-project", "--creatio-url", SITE)
    assert gsync.active not in ("", "creatio-oauth-00000")


def test_two_walks_at_once_make_one_project(gsync: Commands) -> None:
    with held(gsync.desk.profile.setup_lock_file, gsync.desk.clock):
        code, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert (code, envelope["errors"][0]["code"]) == (7, "run-in-progress")
    assert gsync.desk.sandbox.log == []


def test_a_service_account_is_nobody_to_write_to(gsync: Commands) -> None:
    gsync.patch.setattr("gsync_cli.google.administrator.AdministratorSession.email", "robot@p.iam.gserviceaccount.com")
    _, envelope = gsync.json("setup-project", "--creatio-url", SITE)
    assert "gserviceaccount" not in str(envelope["data"]["checklist"])


@pytest.mark.parametrize("token", ["ab\ncd", "tökén"])
def test_a_token_that_is_none_is_not_sent_and_not_shown(gsync: Commands, token: str) -> None:
    gsync.patch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", token)
    said = gsync.run("project", "list")
    assert said.code == 5
    assert token not in said.out + said.err
    assert gsync.desk.sandbox.log == []


def test_a_version_told_of_one_site_is_not_taken_for_another(gsync: Commands) -> None:
    gsync.run("setup-project", "--creatio-url", SITE, "--creatio-version", "7.17.0")
    _, envelope = gsync.json("setup-project", "--creatio-url", "https://other.example.com")
    assert "LegacySocialAccountAuthPage" in str(envelope["data"]["checklist"])


def test_an_api_that_does_not_answer_yet_is_waited_for_again_after_a_stop(gsync: Commands) -> None:
    gsync.desk.behaviour.propagation_seconds = 90
    gsync.run("project", "create", "--id", "creatio-oauth-12345")
    cloud = gsync.desk.cloud.projects["creatio-oauth-12345"]
    for service in ("gmail.googleapis.com", "people.googleapis.com", "calendar-json.googleapis.com"):
        cloud.services[service] = gsync.desk.clock.now()
    before = gsync.desk.clock.now()
    _, status = gsync.json("setup-project", "--status")
    assert {step["step"]: step["state"] for step in status["data"]["steps"]}["apis"] == "open"
    _, done = gsync.json("setup-project", "--creatio-url", SITE)
    assert {step["step"]: step["state"] for step in done["data"]["steps"]}["apis"] == "proven"
    assert (gsync.desk.clock.now() - before).total_seconds() >= 60


# ── wrong input ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--creatio-url", "http://crm.example.com"), "url-not-https"),
        (("--creatio-url", "https://10.0.0.1"), "url-ip-address"),
        (("--creatio-version", "next"), "version-form"),
        (("--user-type", "public"), "option-value"),
        (("--no-organization", "--organization", "1"), "options-exclude"),
        (("--project", "a-project", "--name", "A project"), "options-exclude"),
        (("--status", "--dry-run"), "options-exclude"),
        (("--client-json", "/nowhere.json"), "client-file-missing"),
        (("--support-email", "anna"), "email-form"),
        (("--name", "abc"), "project-title-form"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(
    gsync: Commands, words: tuple[str, ...], code: str
) -> None:
    exit_code, envelope = gsync.json("setup-project", *words)
    assert (exit_code, envelope["errors"][0]["code"]) == (2, code)
    assert gsync.desk.sandbox.log == []


def test_a_client_of_another_project_is_not_taken(gsync: Commands, tmp_path: Path) -> None:
    gsync.run("setup-project", "--creatio-url", SITE)
    file = Path(made_client(gsync, tmp_path))
    content = json.loads(file.read_text())
    content["web"]["client_id"] = "123456-abc.apps.googleusercontent.com"
    content["web"]["project_id"] = "elsewhere"
    file.write_text(json.dumps(content))
    code, envelope = gsync.json("setup-project", "--creatio-url", SITE, "--client-json", str(file))
    assert (code, envelope["errors"][0]["code"]) == (5, "client-other-project")
    assert Credentials.load(gsync.desk.profile).web is None


# ── with somebody ────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_stops_is_told_how_to_go_on(gsync: Commands) -> None:
    said = gsync.run("setup-project", "--creatio-url", SITE, "--yes", typed="1\ns\n")
    assert said.code == 3
    assert "Enter when it is done, s stops here" in said.err
    assert "gsync setup-project" in said.err


def test_the_newest_download_of_the_right_kind_is_offered(gsync: Commands, tmp_path: Path) -> None:
    gsync.run("setup-project", "--creatio-url", SITE)
    downloads = tmp_path / "Downloads"
    downloads.mkdir()
    (downloads / "client_secret_broken.json").write_text("{")
    web, installed = made_client(gsync, downloads), made_client(gsync, downloads, "installed")
    assert newest_download("web", downloads) == web
    assert newest_download("installed", downloads) == installed
    assert newest_download("web", downloads, now=Path(web).stat().st_mtime + 90_000) == ""
    assert newest_download("web", tmp_path / "nowhere") == ""
