"""The Google project, the two clients, the account, its scopes and the APIs."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from gsync_cli.config import unset
from gsync_cli.credentials import AccountDeletion
from gsync_cli.provisioning.redirect_uris import Version, registration
from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.cloud import CloudProject
from gsync_cli.sandbox.google.tokens import Client
from tests.support.examined import SITE, Patient, refuse_connections

FORMER = f"{SITE}/0/ViewPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
PAGE = f"{SITE}/0/LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
SERVICE = f"{SITE}/0/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"
CONTACTS = "https://www.googleapis.com/auth/contacts"


# ── the clients ──────────────────────────────────────────────────────────────────────────────────────────────


def test_no_client_of_its_own_is_a_failure_of_gsync_none_of_creatios_a_warning(well: Patient) -> None:
    well.change(installed=None, web=None)
    results = well.examine()
    assert results["own-client"].finding.code == "google-client-missing"
    assert results["creatio-client"].outcome == "warn"
    assert {results[name].outcome for name in ("redirect-uris", "javascript-origin", "creatio-keys")} == {"skip"}


def test_a_wrong_secret_is_told_from_a_client_that_is_not_there(well: Patient) -> None:
    well.change_web(client_secret="GOCSPX-wrong")
    secret = well.examine("creatio-client-proof")["creatio-client-proof"].finding
    assert (secret.outcome, secret.exit_code) == ("fail", 5)
    assert "is not its secret" in secret.evidence
    assert f"gsync keys set --client-id {furnish.WEB_ID}" in secret.command
    well.change_web(client_id="1-nobody.apps.googleusercontent.com")
    unknown = well.examine("creatio-client-proof")["creatio-client-proof"].finding
    assert "Google knows no client 1-nobody" in unknown.evidence


def test_a_client_whose_secret_is_not_known_is_a_warning(well: Patient) -> None:
    well.change_web(client_secret="")
    client = well.examine("creatio-client")["creatio-client"]
    assert client.outcome == "warn"
    assert f"https://console.cloud.google.com/auth/clients?project={furnish.PROJECT.id}" in client.finding.command


def test_a_wrong_secret_of_its_own_is_the_cause_and_the_sign_in_is_left_out(well: Patient) -> None:
    well.sandbox.google.oauth.add_client(
        Client(furnish.INSTALLED_ID, "GOCSPX-new", "installed", furnish.PROJECT, ("http://localhost",))
    )
    results = well.examine()
    assert results["own-client-proof"].outcome == "fail"
    assert results["google-sign-in"].outcome == "skip"


# ── redirect URIs ────────────────────────────────────────────────────────────────────────────────────────────


def test_after_an_upgrade_from_7_17_0_the_missing_address_is_named_with_the_exact_line(well: Patient) -> None:
    well.sandbox.creatio.version = "7.17.0"
    well.register("7.17.0")
    assert well.examine("redirect-uris")["redirect-uris"].outcome == "pass"
    well.sandbox.creatio.version = "7.17.1"
    found = well.examine("redirect-uris")["redirect-uris"].finding
    assert found.outcome == "fail"
    assert PAGE in found.evidence.split()
    assert "the site was updated since" in found.evidence
    link, line = found.command.split("\n")
    assert f"https://console.cloud.google.com/auth/clients?project={furnish.PROJECT.id} " in link
    assert line == PAGE


def test_the_version_that_the_site_reports_counts_and_not_the_one_that_is_set(well: Patient) -> None:
    well.register("7.17.0")
    well.set("creatio.version", "7.17.0")
    assert well.examine("redirect-uris")["redirect-uris"].finding.command.split("\n")[1:] == [PAGE]


def test_what_google_says_counts_more_than_the_file(well: Patient) -> None:
    well.change_web(redirect_uris=())
    added = well.examine("redirect-uris")["redirect-uris"].finding
    assert added.outcome == "pass"
    assert "as Google itself answers" in added.evidence
    well.sandbox.google.oauth.add_client(
        Client(furnish.WEB_ID, furnish.WEB_SECRET, "web", furnish.PROJECT, (FORMER, SERVICE))
    )
    well.register_only_here("7.17.3")
    taken = well.examine("redirect-uris")["redirect-uris"].finding
    assert (taken.outcome, taken.command.split("\n")[1:]) == ("fail", [PAGE])


def test_an_address_that_is_no_longer_needed_is_told_and_nothing_fails(well: Patient) -> None:
    needed = registration([SITE], Version.parse("7.17.3"), "framework").redirect_uris
    well.change_web(redirect_uris=(*needed, FORMER))
    found = well.examine("redirect-uris")["redirect-uris"].finding
    assert found.outcome == "pass"
    assert f"no longer needed: {FORMER}" in found.evidence


def test_a_slip_in_an_address_is_named(well: Patient) -> None:
    slipped = (f"{PAGE}/", SERVICE)
    well.change_web(redirect_uris=slipped)
    well.sandbox.google.oauth.add_client(
        Client(furnish.WEB_ID, furnish.WEB_SECRET, "web", furnish.PROJECT, slipped, ("http://127.0.0.1:8000",))
    )
    found = well.examine("redirect-uris")["redirect-uris"].finding
    assert found.outcome == "fail"
    assert "the difference is a slash at the end" in found.evidence


def test_a_site_on_net_needs_addresses_without_0(well: Patient) -> None:
    well.sandbox.creatio.runtime = "net"
    well.change(session=None)
    found = well.examine("redirect-uris")["redirect-uris"].finding
    assert found.command.split("\n")[1:] == [PAGE.replace("/0/", "/"), SERVICE.replace("/0/", "/")]


def test_a_missing_origin_is_a_warning_with_the_exact_line(well: Patient) -> None:
    well.change_web(javascript_origins=())
    found = well.examine("javascript-origin")["javascript-origin"]
    assert found.outcome == "warn"
    assert found.finding.command.split("\n")[1:] == ["http://127.0.0.1:8000"]


# ── the account ──────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_signed_in_is_one_failure(well: Patient) -> None:
    well.change(grant=None)
    results = well.examine()
    assert results["google-account"].finding.code == "google-not-signed-in"
    assert {name for name, each in results.items() if each.outcome == "fail"} == {"google-account"}


def test_a_deletion_that_is_not_finished_is_told(well: Patient) -> None:
    well.change(grant=None, deletion=AccountDeletion(furnish.EMAIL, furnish.INSTALLED_ID))
    account = well.examine("google-account")["google-account"]
    assert account.finding.command.startswith("gsync account delete")
    assert {name for name, each in well.examine().items() if each.outcome == "fail"} == {"google-account"}


def test_a_sign_in_that_was_revoked_fails_with_the_command(well: Patient) -> None:
    oauth = well.sandbox.google.oauth
    oauth.registry.revoke_account(well.sandbox.google.account(furnish.EMAIL))
    found = well.examine("google-sign-in")["google-sign-in"].finding
    assert (found.code, found.exit_code) == ("google-grant-ended", 4)
    assert f"account add --email {furnish.EMAIL}" in found.command


@pytest.mark.parametrize("days", [1, 6])
def test_a_sign_in_of_seven_days_is_told_before_it_ends(well: Patient, days: int) -> None:
    well.change_grant(ends_at=well.sandbox.clock.now() + timedelta(days=days))
    found = well.examine("sign-in-life")["sign-in-life"]
    assert found.outcome == "warn"
    assert f"https://console.cloud.google.com/auth/audience?project={furnish.PROJECT.id}" in found.finding.command


def test_a_sign_in_whose_seven_days_are_over_is_one_failure(well: Patient) -> None:
    well.change_grant(ends_at=well.sandbox.clock.now() - timedelta(days=1))
    assert well.examine("sign-in-life")["sign-in-life"].outcome == "pass"  # Google still takes it
    well.sandbox.google.oauth.registry.revoke_account(well.sandbox.google.account(furnish.EMAIL))
    results = well.examine()
    assert {name for name, each in results.items() if each.outcome == "fail"} == {"google-sign-in"}
    assert results["google-sign-in"].finding.code == "google-grant-ended-testing"
    well.before = refuse_connections("/")
    assert well.examine("sign-in-life")["sign-in-life"].outcome == "fail"


def test_a_private_account_is_held_against_an_internal_app(well: Patient) -> None:
    well.change_grant(hosted_domain="")
    assert well.examine("google-domain")["google-domain"].outcome == "pass"
    well.profile.setup_file.write_text('{"decisions": {"user_type": "internal"}, "proofs": {}}')
    well.profile.setup_file.chmod(0o600)
    assert well.examine("google-domain")["google-domain"].outcome == "warn"


def test_contacts_left_unticked_fail_the_calendar_only_warns(well: Patient) -> None:
    well.change_grant(scopes=("openid",))
    assert well.examine("scopes")["scopes"].finding.exit_code == 4
    well.change_grant(scopes=("openid", CONTACTS))
    assert well.examine("scopes")["scopes"].outcome == "warn"


@pytest.mark.parametrize("scope", ["gmail.readonly", "gmail.metadata"])
def test_a_scope_that_spoils_the_sign_in_is_told(well: Patient, scope: str) -> None:
    well.change_grant(scopes=(*furnish.SCOPES, f"https://www.googleapis.com/auth/{scope}"))
    found = well.examine("scopes")["scopes"]
    assert found.outcome == "warn"
    assert scope in found.finding.evidence


# ── project and APIs ─────────────────────────────────────────────────────────────────────────────────────────


def test_without_an_administrator_an_api_that_is_off_comes_with_the_link(well: Patient) -> None:
    well.sandbox.google.behaviour.disabled_services.add("people")
    found = well.examine("apis")["apis"].finding
    assert (found.outcome, found.exit_code) == ("fail", 3)
    assert (
        "https://console.cloud.google.com/apis/enableflow?apiid=people.googleapis.com"
        f"&project={furnish.PROJECT.id}" in found.command
    )


def test_without_an_administrator_the_project_is_left_out_and_it_says_how(well: Patient) -> None:
    project = well.examine("project")["project"]
    assert project.outcome == "skip"
    assert "gcloud" in project.finding.command


def as_administrator(well: Patient, email: str = furnish.EMAIL) -> None:
    token = well.sandbox.google.administrator_token(email)
    well.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = token


def test_an_administrator_sees_the_project_and_the_apis(well: Patient) -> None:
    as_administrator(well)
    results = well.examine("project", "apis")
    assert {each.outcome for each in results.values()} == {"pass"}
    assert furnish.PROJECT.number in results["project"].finding.evidence
    assert "gmail.googleapis.com" in results["apis"].finding.evidence


def project_of(well: Patient) -> CloudProject:
    found = well.sandbox.google.cloud.project(furnish.PROJECT.id)
    assert found is not None
    return found


def test_an_administrator_is_told_of_an_api_that_is_off_with_the_command(well: Patient) -> None:
    as_administrator(well)
    del project_of(well).services["gmail.googleapis.com"]
    found = well.examine("apis")["apis"].finding
    assert (found.outcome, found.command) == ("fail", f"gsync apis enable --project {furnish.PROJECT.id}")
    assert "off: gmail.googleapis.com" in found.evidence


def test_a_project_that_is_being_deleted_can_be_taken_back(well: Patient) -> None:
    as_administrator(well)
    project_of(well).deleted = well.sandbox.clock.now()
    found = well.examine("project")["project"].finding
    assert (found.outcome, found.command) == ("fail", f"gcloud projects undelete {furnish.PROJECT.id}")


def test_a_client_of_another_project_is_named(well: Patient) -> None:
    as_administrator(well)
    well.change_web(client_id="999-other.apps.googleusercontent.com")
    found = well.examine("project")["project"].finding
    assert found.outcome == "warn"
    assert "999-other.apps.googleusercontent.com belongs to another project" in found.evidence


def test_a_project_that_is_not_chosen_yet_is_that_of_the_client(well: Patient) -> None:
    as_administrator(well)
    unset(well.profile, "google.project")
    found = well.examine("project")["project"].finding
    assert (found.outcome, found.command) == ("warn", f"gsync project use {furnish.PROJECT.id}")


def test_default_credentials_that_see_no_such_project_are_no_failure(well: Patient, tmp_path: Path) -> None:
    file = tmp_path / "adc.json"
    file.write_text(json.dumps(well.sandbox.google.application_default_credentials(furnish.PRIVATE_EMAIL)))
    well.environment["GOOGLE_APPLICATION_CREDENTIALS"] = str(file)
    assert well.examine("project")["project"].outcome == "warn"


def test_a_project_that_nobody_sees_is_told(well: Patient) -> None:
    as_administrator(well)
    well.set("google.project", "somebody-elses-project")
    found = well.examine("project")["project"].finding
    assert (found.outcome, found.exit_code) == ("fail", 6)


def test_an_administrators_token_that_is_over_leaves_the_project_out(well: Patient) -> None:
    well.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = "ya29.over"
    results = well.examine("project", "apis")
    assert results["project"].outcome == "skip"
    # The account's own sign-in still tells of the APIs.
    assert results["apis"].outcome == "pass"
