"""The examination as a whole: causes before consequences, and nothing changed on either side."""

from itertools import pairwise
from typing import Any

import pytest

from gsync_cli.cli.words import render
from gsync_cli.doctor.check import MACHINE, Check, Checked, Finding, exit_code, failed, passed, skipped, warned
from gsync_cli.doctor.run import CHECKS, examine
from gsync_cli.doctor.scene import Scene
from gsync_cli.errors import Refused, SignInNeeded, Temporary, WrongUsage
from gsync_cli.sandbox import furnish
from tests.support.examined import Patient, refuse_connections


def test_whoever_is_well_is_told_so_with_evidence_for_every_check(well: Patient) -> None:
    results = well.examine()
    unwell = {name: each.finding for name, each in results.items() if each.outcome in ("fail", "warn")}
    assert not unwell
    assert {name for name, each in results.items() if each.outcome == "skip"} == {"project"}
    assert all(each.finding.evidence for each in results.values())
    assert exit_code(tuple(results.values())) == 0


def test_it_changes_nothing_on_either_side_and_nothing_here_but_tokens(well: Patient) -> None:
    site = well.sandbox.creatio
    account = well.sandbox.google.account(furnish.EMAIL)
    files = {path: path.read_bytes() for path in well.profile.folder.iterdir() if path != well.profile.credentials_file}
    before = (site.desk().contacts(), site.desk().rows("MailServer"), list(account.book.present()))
    stored = well.credentials
    well.examine()
    assert (site.desk().contacts(), site.desk().rows("MailServer"), list(account.book.present())) == before
    assert {path: path.read_bytes() for path in files} == files
    now = well.credentials
    assert (now.installed, now.web, now.creatio) == (stored.installed, stored.web, stored.creatio)
    assert now.grant is not None
    assert stored.grant is not None
    assert now.grant.refresh_token == stored.grant.refresh_token
    # What is sent is reading, signing in, and requests that can only be refused or give a token.
    changing = {request.path for request in well.asked if request.method not in ("GET", "HEAD")}
    harmless = (
        "SelectQuery",
        "QuerySysSettings",
        "GetCurrentUserInfo",
        "GetApplicationInfo",
        "Login",
        "token",
        "$batch",
    )
    assert all(path.endswith(harmless) for path in changing), changing


def test_no_secret_is_told(well: Patient) -> None:
    told = " ".join(f"{each.finding.evidence} {each.finding.command}" for each in well.examine().values())
    grant = well.credentials.grant
    assert grant is not None
    for secret in (
        furnish.WEB_SECRET,
        furnish.INSTALLED_SECRET,
        furnish.PASSWORD,
        grant.refresh_token,
        grant.access_token,
    ):
        assert secret not in told


def test_where_nothing_answers_only_the_hosts_fail_and_the_rest_is_left_out(well: Patient) -> None:
    well.before = refuse_connections("/")
    results = well.examine()
    assert {name for name, each in results.items() if each.outcome == "fail"} == {"google-hosts", "creatio-host"}
    assert "Creatio's host" in results["mail-provider"].finding.evidence
    # What needs no network is looked at all the same.
    assert results["scopes"].outcome == "pass"
    assert exit_code(tuple(results.values())) == Temporary.exit_code


def test_where_google_lets_nobody_in_creatio_is_looked_at_all_the_same(well: Patient) -> None:
    well.before = refuse_connections("/google/")
    results = well.examine()
    assert {results[name].outcome for name in ("creatio-sign-in", "creatio-tag", "creatio-keys")} == {"pass"}
    assert results["own-client-proof"].finding.code == "no-network"
    assert results["google-sign-in"].outcome == "skip"


# ── the rules, without a world ───────────────────────────────────────────────────────────────────────────────


def nowhere() -> Any:
    raise AssertionError("nothing is sent")


def check(name: str, finding: Finding | Exception, *needs: str) -> Check:
    def look(_: object) -> Finding:
        if isinstance(finding, Exception):
            raise finding
        return finding

    return Check(name, name.capitalize(), MACHINE, look, needs)


def run(well: Patient, *checks: Check, only: tuple[str, ...] = ()) -> dict[str, Checked]:
    scene = Scene(well.profile, {}, well.sandbox.clock, lambda: 0.0, render, nowhere)
    return {each.check.id: each for each in examine(scene, only=only, checks=checks)}


def test_what_needs_a_failed_check_is_left_out_and_names_the_first_cause(well: Patient) -> None:
    results = run(
        well,
        check("root", failed("broken", "mend it")),
        check("stem", passed("fine"), "root"),
        check("leaf", passed("fine"), "stem"),
        check("other", passed("fine")),
    )
    assert [results[name].outcome for name in ("root", "stem", "leaf", "other")] == ["fail", "skip", "skip", "pass"]
    assert results["leaf"].finding.evidence == "Not looked at, since “Root” failed."


def test_what_needs_a_warned_check_is_looked_at(well: Patient) -> None:
    assert run(well, check("root", warned("hm")), check("leaf", passed("fine"), "root"))["leaf"].outcome == "pass"


def test_an_error_becomes_a_failure_in_its_own_words_and_a_defect_stops_nothing(well: Patient) -> None:
    results = run(
        well,
        check("known", SignInNeeded("google-not-signed-in", profile="work")),
        check("defect", KeyError("oops")),
        check("last", passed("fine")),
    )
    known = results["known"].finding
    assert (known.outcome, known.code, known.command) == ("fail", "google-not-signed-in", "gsync account add")
    assert "work" in known.evidence
    assert (results["defect"].finding.code, results["defect"].finding.exit_code) == ("defect", 1)
    assert results["last"].outcome == "pass"


def test_a_defect_is_handed_on_for_whoever_wants_to_see_where_it_happened(well: Patient) -> None:
    traced: list[Exception] = []
    scene = Scene(well.profile, {}, well.sandbox.clock, lambda: 0.0, render, nowhere)
    checks = (check("known", SignInNeeded("google-not-signed-in", profile="x")), check("defect", KeyError("oops")))
    examine(scene, checks=checks, trace=traced.append)
    assert [type(error) for error in traced] == [KeyError]


def test_one_check_alone_brings_the_failed_one_it_depends_on(well: Patient) -> None:
    checks = (
        check("root", failed("broken", "mend it")),
        check("stem", passed("fine"), "root"),
        check("leaf", passed("fine"), "stem"),
        check("other", failed("another", "mend that")),
    )
    assert list(run(well, *checks, only=("leaf",))) == ["root", "leaf"]


def test_one_check_alone_is_shown_without_what_is_well(well: Patient) -> None:
    checks = (check("root", passed("fine")), check("leaf", passed("fine"), "root"), check("other", failed("x", "y")))
    assert list(run(well, *checks, only=("leaf",))) == ["leaf"]


def test_an_unknown_check_is_refused_with_the_nearest_name(well: Patient) -> None:
    with pytest.raises(WrongUsage) as refused:
        run(well, check("redirect-uris", passed("fine")), only=("redirect-uri",))
    assert (refused.value.code, refused.value.facts["near"]) == ("doctor-check-unknown", "redirect-uris")


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([passed("a"), warned("b"), skipped("c")], 0),
        ([failed("a", "b", Refused), failed("c", "d", Refused)], Refused.exit_code),
        ([failed("a", "b", Refused), failed("c", "d", Temporary)], 8),
    ],
)
def test_the_exit_code_is_that_of_the_failures_where_they_are_of_one_kind(findings: list[Finding], code: int) -> None:
    assert exit_code(tuple(Checked(check("x", each), each) for each in findings)) == code


def test_every_check_has_its_own_name_and_stands_behind_what_it_depends_on() -> None:
    seen: set[str] = set()
    for each in CHECKS:
        assert each.id not in seen
        assert {*each.needs, *each.after} <= seen, each.id
        seen.add(each.id)


def test_the_checks_of_a_group_stand_together() -> None:
    groups = [each.group for each in CHECKS]
    assert sum(1 for one, other in pairwise(groups) if one != other) == len(set(groups)) - 1


def test_google_is_asked_once_about_the_pair_of_each_client(well: Patient) -> None:
    results = well.examine("own-client-proof", "creatio-client-proof", "redirect-uris")
    assert {results[name].outcome for name in ("creatio-client-proof", "redirect-uris")} == {"pass"}
    bogus = [request for request in well.asked if b"gsync-checks-the-client" in request.body]
    assert len(bogus) == 2
    assert well.examine("redirect-uris")["redirect-uris"].outcome == "pass"
    assert len([request for request in well.asked if b"gsync-checks-the-client" in request.body]) == 1
