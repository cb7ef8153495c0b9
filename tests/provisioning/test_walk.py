"""`setup-project` as a walk: from nothing to the end, stopped anywhere and taken up again (rows P1-P14, K1-K3)."""

from pathlib import Path

import pytest

from gsync_cli.config import Settings
from gsync_cli.provisioning.walk.client_steps import read_client
from gsync_cli.provisioning.walk.engine import Walked
from gsync_cli.provisioning.walk.journal import Journal
from gsync_cli.sandbox import furnish
from tests.support.walking import SITE, Ground, Killed

NAMES = ["project", "apis", "consent", "scopes", "client", "keys", "creatio-keys", "mail-provider"]


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def states(walked: Walked) -> dict[str, str]:
    return {report.name: report.state for report in walked.reports}


def made(ground: Ground) -> list[str]:
    return [each.id for each in ground.sandbox.google.cloud.projects.values() if each.id != furnish.PROJECT.id]


def test_with_a_person_it_goes_from_nothing_to_the_end(ground: Ground) -> None:
    person = ground.person()
    walked = ground.walk(person)
    assert person.refusals == []
    assert walked.errors == ()
    assert list(states(walked)) == NAMES
    assert states(walked) == dict.fromkeys(NAMES, "proven") | {"scopes": "told"}
    assert walked.tasks == ()
    assert Settings.load(ground.profile, {}).text("google.project") == "creatio-oauth-48213"


def test_what_the_person_copied_is_what_the_console_and_creatio_hold_at_the_end(ground: Ground) -> None:
    ground.walk(ground.person())
    web = ground.credentials().web
    assert web is not None
    settings = ground.sandbox.creatio.settings.by_code
    assert settings["GoogleConsumerKey"].value == web.client_id
    assert settings["GoogleConsumerSecret"].value == web.client_secret
    assert settings["UseGoogleSharedApplication"].value is False
    assert web.redirect_uris == (
        f"{SITE}/0/LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff",
        f"{SITE}/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode",
    )
    project = ground.sandbox.google.cloud.project("creatio-oauth-48213")
    assert project is not None
    assert project.consent is not None
    assert project.consent.domains == ("nordlicht-handel.de",)
    assert len(project.consent.scopes) == 31
    assert not [scope for scope in project.consent.scopes if "readonly" in scope]


def test_a_second_run_finds_everything_done_and_writes_nothing(ground: Ground) -> None:
    ground.walk(ground.person())
    ground.sandbox.log.clear()
    person = ground.person()
    walked = ground.walk(person)
    assert all(report.is_done for report in walked.reports)
    assert person.done == []
    assert ground.writes() == []


def test_it_goes_on_wherever_it_was_killed(ground: Ground) -> None:
    """Kill it after each request that it sends, each time anew, until one walk comes through."""
    person = ground.person()
    kills = 0
    while True:
        left = [kills]

        def end(_request: object, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed

        ground.after = end
        try:
            walked = ground.walk(person)
        except Killed:
            kills += 1
            continue
        break
    assert kills > 15
    assert all(report.is_done for report in walked.reports)
    assert walked.errors == ()
    assert made(ground) == ["creatio-oauth-48213"]
    assert ground.sandbox.creatio.desk().count("OAuthApplications") == 1
    assert len({task.title for task in person.done}) == len(person.done), "nobody was asked twice for what was done"


@pytest.mark.parametrize("killed_after", range(1, 42, 4))
def test_one_kill_costs_nothing_but_another_look(ground: Ground, killed_after: int) -> None:
    left = [killed_after]

    def end(_request: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    ground.after = end
    person = ground.person()
    with pytest.raises(Killed):
        ground.walk(person)
    walked = ground.walk(person)
    assert all(report.is_done for report in walked.reports)
    assert made(ground) == ["creatio-oauth-48213"]
    assert ground.sandbox.creatio.desk().count("OAuthApplications") == 1


def test_without_anybody_it_does_the_machines_part_and_hands_out_the_rest(ground: Ground) -> None:
    walked = ground.walk()
    assert states(walked) == {
        "project": "proven",
        "apis": "proven",
        "consent": "open",
        "scopes": "open",
        "client": "open",
        "keys": "waiting",
        "creatio-keys": "waiting",
        "mail-provider": "waiting",
    }
    assert [task.step for task in walked.tasks if task.needed] == ["consent", "scopes", "client"]
    assert all("project=creatio-oauth-48213" in link for task in walked.tasks for link in task.links)


def test_with_the_clients_file_it_goes_to_the_end_without_anybody(ground: Ground) -> None:
    ground.walk()
    person = ground.person()
    for task in ground.walk().tasks:
        person.carry_out(task)
    client = read_client(str(ground.folder / "client_secret_web.json"))
    walked = ground.walk(clients=(client,))
    assert states(walked) == dict.fromkeys(NAMES, "proven") | {"scopes": "unseen"}
    assert [task for task in walked.tasks if task.needed] == []


def test_on_another_machine_it_finds_the_project_by_its_label(ground: Ground) -> None:
    ground.walk()
    ground.sandbox.clock.advance(60)
    ground.new_machine("laptop")
    ground.suffix = "99999"
    ground.sandbox.log.clear()
    walked = ground.walk()
    assert walked.project == "creatio-oauth-48213"
    assert states(walked)["apis"] == "proven"
    assert ground.writes() == []


def test_a_dry_run_and_a_status_change_nothing_anywhere(ground: Ground) -> None:
    before = sorted(path.name for path in ground.profile.folder.iterdir())
    for mode in ("rehearse", "look"):
        walked = ground.walk(mode=mode)
        assert not any(report.is_done for report in walked.reports)
    assert ground.writes() == []
    assert [each for each in sorted(path.name for path in ground.profile.folder.iterdir()) if each not in before] == []


def test_a_person_who_stops_finds_the_walk_where_it_was(ground: Ground) -> None:
    walked = ground.walk(ground.person(stops_at="OAuth client"))
    assert states(walked)["scopes"] == "told"
    assert states(walked)["client"] == "open"
    assert states(walked)["mail-provider"] == "waiting"
    person = ground.person()
    walked = ground.walk(person)
    assert all(report.is_done for report in walked.reports)
    assert [task.step for task in person.done] == ["client", "client"]


def test_a_redirect_uri_that_went_missing_is_asked_for_again(ground: Ground) -> None:
    ground.walk(ground.person())
    web = ground.credentials().web
    assert web is not None
    ground.sandbox.google.console(furnish.EMAIL).remove_redirect(web.client_id, web.redirect_uris[1])
    person = ground.person()
    walked = ground.walk(person)
    assert [task.title for task in person.done] == ["Add what the OAuth client lacks"]
    assert [field.value for field in person.done[0].fields] == [web.redirect_uris[1]]
    assert all(report.is_done for report in walked.reports)


def test_after_an_update_of_creatio_the_new_redirect_uri_is_asked_for(ground: Ground) -> None:
    ground.sandbox.creatio.version = "7.17.0"
    ground.walk(ground.person())
    ground.sandbox.creatio.version = "7.17.1"
    person = ground.person()
    walked = ground.walk(person)
    assert [task.title for task in person.done] == ["Add what the OAuth client lacks"]
    assert [field.value for field in person.done[0].fields] == [
        f"{SITE}/0/LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
    ]
    assert all(report.is_done for report in walked.reports)


def test_a_client_that_google_does_not_know_is_one_task(ground: Ground) -> None:
    ground.walk(ground.person())
    web = ground.credentials().web
    assert web is not None
    ground.sandbox.google.console(furnish.EMAIL).delete_client(web.client_id)
    walked = ground.walk()
    assert [(task.step, task.title) for task in walked.tasks if task.needed] == [
        ("client", "Give the file of a client that Google knows")
    ]
    assert states(walked)["keys"] == "waiting"


def test_on_another_machine_what_creatio_holds_is_found_and_nobody_makes_it_again(ground: Ground) -> None:
    ground.walk(ground.person())
    first = ground.credentials().web
    ground.sandbox.clock.advance(60)
    ground.new_machine("laptop")
    walked = ground.walk()
    assert states(walked) == dict.fromkeys(NAMES, "proven") | {"scopes": "unseen"}
    found = ground.credentials().web
    assert found is not None
    assert first is not None
    assert (found.client_id, found.client_secret) == (first.client_id, first.client_secret)
    assert ground.sandbox.creatio.desk().count("OAuthApplications") == 1


def test_where_creatio_hides_the_secret_only_that_is_asked_for(ground: Ground) -> None:
    ground.walk(ground.person())
    ground.sandbox.creatio.options.secret_read = "masked"
    ground.new_machine("laptop")
    walked = ground.walk()
    assert [(task.step, task.title) for task in walked.tasks if task.needed and task.step != "scopes"] == [
        ("keys", "Get a secret for the OAuth client")
    ]
    assert states(walked)["client"] == "proven"


def test_for_net_both_forms_are_listed_and_the_guess_is_said(ground: Ground) -> None:
    ground.sandbox.creatio.runtime = "net"
    person = ground.person()
    walked = ground.walk(person)
    assert all(report.is_done for report in walked.reports)
    task = next(task for task in person.done if task.asks == "web")
    assert "documents no redirect URIs without /0" in task.why
    assert [field.value.removeprefix(SITE)[:4] for field in task.fields if "redirect" in field.label] == [
        "/Leg",
        "/res",
        "/0/L",
        "/0/r",
    ]


def test_a_person_is_asked_for_the_site_before_the_project_is_made(ground: Ground) -> None:
    ground.new_machine("new", connected=False)
    person = ground.person()
    ground.walk(person)
    assert person.done[0].asks == "site"
    made_project = ground.sandbox.google.cloud.project("creatio-oauth-48213")
    assert made_project is not None
    assert made_project.labels == {"gsync-site": "site-crm-nordlicht-handel-de"}


def test_the_domain_of_the_organization_is_remembered_for_the_sign_ins(ground: Ground) -> None:
    ground.walk()
    assert Journal.load(ground.profile).decisions.organization_domain == furnish.DOMAIN
