"""The Creatio site: signing in, version, rights, dates, the tag."""

from dataclasses import replace

import pytest

from gsync_cli.credentials import CreatioLogin
from tests.support.examined import SITE, Patient


def logins(well: Patient) -> int:
    return sum(1 for request in well.asked if request.path.endswith("/AuthService.svc/Login"))


def test_a_site_that_was_never_connected_is_the_one_failure_of_its_side(well: Patient) -> None:
    well.profile.config_file.write_text("")
    well.change(creatio=None, session=None)
    results = well.examine()
    assert results["creatio-connection"].finding.code == "creatio-not-connected"
    creatio = [name for name in results if name.startswith("creatio-") and "client" not in name]
    assert {results[name].outcome for name in creatio[1:]} == {"skip"}


def test_a_kept_session_is_used(well: Patient) -> None:
    sign_in = well.examine("creatio-sign-in")["creatio-sign-in"]
    assert (sign_in.outcome, logins(well)) == ("pass", 0)
    assert "with the session of an earlier run" in sign_in.finding.evidence


def test_a_password_that_was_refused_is_never_sent_again(well: Patient) -> None:
    well.change(creatio=CreatioLogin(password="wrong"), session=None)
    first = well.examine("creatio-sign-in")["creatio-sign-in"]
    assert (first.finding.code, first.finding.exit_code, logins(well)) == ("creatio-password-wrong", 4, 1)
    again = well.examine("creatio-sign-in")["creatio-sign-in"]
    assert (again.finding.code, logins(well)) == ("creatio-password-refused-before", 0)
    assert again.finding.command.startswith(f"gsync creatio connect {SITE}")


def test_a_missing_password_is_told(well: Patient) -> None:
    well.change(creatio=None, session=None)
    assert well.examine("creatio-sign-in")["creatio-sign-in"].finding.code == "creatio-password-missing"


def test_the_version_is_what_the_site_reports_now(well: Patient) -> None:
    well.sandbox.creatio.version = "8.1.3"
    version = well.examine("creatio-version")["creatio-version"]
    assert version.outcome == "pass"
    assert "8.1.3" in version.finding.evidence
    assert "no longer synchronises contacts" in version.finding.evidence


def test_a_version_set_by_hand_that_is_no_longer_true_is_told(well: Patient) -> None:
    well.set("creatio.version", "7.17.0")
    version = well.examine("creatio-version")["creatio-version"]
    assert (version.outcome, version.finding.command) == ("warn", "gsync config set creatio.version auto")


def test_a_site_that_tells_no_version_is_no_failure(well: Patient) -> None:
    well.sandbox.creatio.options.application_info = False
    version = well.examine("creatio-version")["creatio-version"]
    assert version.outcome == "warn"


def test_a_missing_right_to_use_odata_is_named(well: Patient) -> None:
    well.sandbox.creatio.options.odata_right = False
    results = well.examine("creatio-data-service", "creatio-tag")
    assert results["creatio-data-service"].finding.exit_code == 6
    assert "CanUseODataService" in results["creatio-data-service"].finding.command
    assert results["creatio-tag"].outcome == "skip"


@pytest.mark.parametrize("table", ["ContactTag", "ContactInTag"])
def test_a_table_that_may_not_be_read_is_named(well: Patient, table: str) -> None:
    well.sandbox.creatio.options.denied.add(("read", table))
    found = well.examine("creatio-data-service")["creatio-data-service"]
    assert (found.outcome, found.finding.exit_code) == ("fail", 6)
    assert table in found.finding.evidence


def in_berlin(well: Patient) -> None:
    site = well.sandbox.creatio
    site.options.dates = "user-zone"
    site.set_zone(site.user, "W. Europe Standard Time")
    well.change(session=None)


def test_a_site_that_writes_in_the_users_zone_is_told_with_the_advice_of_utc(well: Patient) -> None:
    in_berlin(well)
    dates = well.examine("creatio-dates")["creatio-dates"]
    assert dates.outcome == "warn"
    assert "Europe/Berlin" in dates.finding.evidence
    assert "UTC" in dates.finding.command


def test_what_was_found_out_about_the_site_is_kept_for_the_next_run(well: Patient) -> None:
    in_berlin(well)
    well.examine("creatio-dates")
    session = well.credentials.session
    assert session is not None
    assert session.facts["dates"] == "user-zone:Europe/Berlin"


def test_a_setting_of_the_zone_that_the_site_belies_is_told(well: Patient) -> None:
    in_berlin(well)
    well.set("creatio.dates", "utc")
    dates = well.examine("creatio-dates")["creatio-dates"]
    assert (dates.outcome, dates.finding.command) == ("warn", "gsync config set creatio.dates auto")


def test_no_tag_and_a_tag_that_is_not_there_fail_with_the_command(well: Patient) -> None:
    well.set("sync.contacts.tag", "Nowhere")
    missing = well.examine("creatio-tag")["creatio-tag"].finding
    assert (missing.code, missing.outcome) == ("creatio-tag-missing", "fail")
    assert '--tag "Nowhere" --create-tag' in missing.command


def test_a_tag_that_everybody_sees_fails(well: Patient) -> None:
    well.set("sync.contacts.tag", "Newsletter")
    assert well.examine("creatio-tag")["creatio-tag"].finding.code == "creatio-tag-not-private"


def test_keys_that_are_not_in_creatio_yet_are_a_warning(well: Patient) -> None:
    for setting in well.sandbox.creatio.settings.by_code.values():
        setting.value = ""
    keys = well.examine("creatio-keys")["creatio-keys"]
    assert (keys.outcome, keys.finding.command) == ("warn", "gsync creatio push-keys")


@pytest.mark.parametrize(
    ("code", "value", "says"),
    [
        ("GoogleConsumerKey", "another.apps.googleusercontent.com", "another client, another.apps"),
        ("GoogleConsumerKey", "104857600001-web0sandbox.apps", "cut short"),
        ("GoogleConsumerSecret", "GOCSPX-another", "GoogleConsumerSecret: another value"),
        ("UseGoogleSharedApplication", True, "on, and must be off"),
    ],
)
def test_a_setting_that_differs_from_the_client_fails_and_says_how(
    well: Patient, code: str, value: object, says: str
) -> None:
    well.sandbox.creatio.settings.by_code[code].value = value
    keys = well.examine("creatio-keys")["creatio-keys"].finding
    assert keys.outcome == "fail"
    assert says in keys.evidence
    assert "gsync creatio push-keys" in keys.command
    assert "GOCSPX" not in keys.evidence


def test_a_secret_that_the_site_does_not_show_is_no_failure(well: Patient) -> None:
    well.sandbox.creatio.options.secret_read = "masked"
    assert well.examine("creatio-keys")["creatio-keys"].outcome == "pass"


def test_a_provider_of_another_client_fails(well: Patient) -> None:
    web = well.credentials.web
    assert web is not None
    well.change(web=replace(web, client_id="1-other.apps.googleusercontent.com"))
    provider = well.examine("mail-provider")["mail-provider"].finding
    assert (provider.outcome, provider.command) == ("fail", "gsync creatio mail-provider")
    assert web.client_id in provider.evidence


def test_a_user_who_may_not_see_the_provider_is_no_failure(well: Patient) -> None:
    well.sandbox.creatio.options.denied.add(("read", "MailServer"))
    assert well.examine("mail-provider")["mail-provider"].outcome == "skip"
