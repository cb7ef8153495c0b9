"""`gsync doctor` on the command line: one envelope, one page, and the right exit code."""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.cli.app import main
from gsync_cli.cli.doctor import Examination
from gsync_cli.cli.results import Look, Page
from gsync_cli.doctor.check import CREATIO, MACHINE, Check, Checked, Finding, failed, passed, skipped, warned
from gsync_cli.doctor.hurry import HurriedHttp
from gsync_cli.sandbox.furnish import TAG
from gsync_cli.sandbox.transport import SandboxTransport
from tests.support.cli import gsync
from tests.support.examined import Patient, patient
from tests.support.rehearsal import rehearsal

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def well(home: Path) -> Patient:
    return patient(home)


@pytest.fixture
def run(well: Patient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run gsync in process, on the sandbox's network and clock."""
    transport = SandboxTransport(well.sandbox)
    monkeypatch.setattr("gsync_cli.clock.SystemClock.now", lambda _: well.sandbox.clock.now())
    monkeypatch.setattr("gsync_cli.clock.SystemClock.sleep", lambda _, seconds: well.sandbox.clock.sleep(seconds))
    monkeypatch.setattr("gsync_cli.doctor.hurry.HurriedHttp", partial(HurriedHttp, transport=transport))

    def call(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return call


def envelope(run: Run, *words: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = run("doctor", *words, "--output", "json")
    return code, json.loads(out)


def test_where_all_is_well_the_exit_code_is_0_and_the_counts_agree(run: Run) -> None:
    code, told = envelope(run)
    assert (code, told["ok"], told["command"], told["errors"]) == (0, True, "doctor", [])
    data = told["data"]
    counted = {name: data[name] for name in ("passed", "warned", "failed", "skipped")}
    assert sum(counted.values()) == len(data["checks"])
    assert counted["failed"] == 0
    assert all({"id", "title", "outcome", "evidence", "command"} <= check.keys() for check in data["checks"])
    assert {check["outcome"] for check in data["checks"]} <= {"pass", "warn", "fail", "skip"}


def test_a_failure_stands_among_the_checks_and_the_errors(run: Run, well: Patient) -> None:
    well.set("sync.contacts.tag", "Nowhere")
    code, told = envelope(run)
    assert (code, told["ok"]) == (5, False)
    [error] = told["errors"]
    [failure] = [check for check in told["data"]["checks"] if check["outcome"] == "fail"]
    assert (error["code"], failure["id"]) == ("creatio-tag-missing", "creatio-tag")
    assert (error["message"], error["hint"]) == (failure["evidence"], failure["command"])


def test_failures_of_several_kinds_end_with_8(run: Run, well: Patient) -> None:
    well.set("sync.contacts.tag", "Nowhere")
    well.change(grant=None)
    code, told = envelope(run)
    assert code == 8
    assert {error["code"] for error in told["errors"]} == {"creatio-tag-missing", "google-not-signed-in"}


def test_on_a_page_a_failure_is_told_once(run: Run, well: Patient) -> None:
    well.set("sync.contacts.tag", "Nowhere")
    code, out, err = run("doctor")
    assert code == 5
    assert out.count("You have no private tag “Nowhere”") == 1
    assert "Nowhere" not in err


def test_quiet_shows_only_what_is_not_well(run: Run, well: Patient) -> None:
    well.set("sync.contacts.tag", "Nowhere")
    _, out, err = run("doctor", "--quiet")
    assert err == ""
    assert [line for line in out.splitlines() if line.startswith(("✓", "–"))] == []
    assert "✗ Private tag" in out
    assert "1 failed" in out


def test_only_some_checks_may_be_asked_for(run: Run) -> None:
    _, told = envelope(run, "--only", "scopes,clock", "--only", "lock")
    assert [check["id"] for check in told["data"]["checks"]] == ["lock", "clock", "scopes"]


def test_a_check_that_does_not_exist_is_wrong_usage(run: Run) -> None:
    code, told = envelope(run, "--only", "scope")
    assert (code, told["errors"][0]["code"]) == (2, "doctor-check-unknown")
    assert "Did you mean scopes?" in told["errors"][0]["message"]


def test_settings_that_can_t_be_read_are_a_finding_and_no_end(run: Run, well: Patient) -> None:
    well.profile.config_file.write_text("this is no toml")
    code, told = envelope(run)
    assert code == 5
    assert [error["code"] for error in told["errors"]] == ["config-damaged"]
    assert told["data"]["passed"] > 0


def test_a_machine_that_gsync_was_never_used_on_gets_a_list_of_what_to_do() -> None:
    # Addresses of this machine where nothing listens: so no test depends on a network.
    nowhere = "http://127.0.0.1:9"
    services = ("PEOPLE", "CALENDAR", "OAUTH2", "SERVICEUSAGE", "CLOUDRESOURCEMANAGER")
    environment = {f"GSYNC_GOOGLE_ENDPOINTS_{name}": nowhere for name in services}
    ran = gsync("doctor", "--output", "json", environment=environment)
    codes = {error["code"] for error in ran.envelope["errors"]}
    assert ran.code == 8
    assert codes == {"creatio-not-connected", "google-client-missing", "google-hosts"}
    assert not Path(os.environ["GSYNC_HOME"]).exists()


def test_after_a_first_synchronisation_nothing_fails_over_sockets_either(home: Path) -> None:
    with rehearsal(home / "gsync") as both:
        both.desk.add_person({"given": "Ada", "family": "Lovelace", "mails": ["ada@engines.example"], "tags": [TAG]})
        both.sync()
        before = both.sides()
        code, told = both.json("doctor")
        failures = [check for check in told["data"]["checks"] if check["outcome"] == "fail"]
        [state] = [check for check in told["data"]["checks"] if check["id"] == "state"]
        assert (code, failures) == (0, [])
        assert "1 linked pairs, no create is unsettled" in state["evidence"]
        assert both.sides() == before


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────


def checked(title: str, finding: Finding, group: str = MACHINE, cause: Checked | None = None) -> Checked:
    def look(_: object) -> Finding:
        return finding

    return Checked(Check(title.lower(), title, group, look), finding, cause)


def shown(*results: Checked, look: Look | None = None) -> str:
    page = Page(look or Look())
    Examination(results, 0).show(page)
    return str(page)


def test_a_page_has_groups_marks_and_the_command_below() -> None:
    page = shown(
        checked("Lock", passed("No run is under way.")),
        checked("Tag", failed("There is none.", "make one"), CREATIO),
        checked("Zone", warned("Unclear.", "set it"), CREATIO),
        checked("Keys", skipped("No client."), CREATIO),
    )
    assert page.splitlines() == [
        "This machine",
        "✓ Lock: No run is under way.",
        "",
        "Creatio",
        "✗ Tag: There is none.",
        "  → make one",
        "! Zone: Unclear.",
        "  → set it",
        "– Keys: No client.",
        "",
        "1 passed, 1 with a warning, 1 failed, 1 not looked at.",
    ]


def test_what_was_left_out_for_one_cause_stands_in_one_line() -> None:
    cause = checked("Host", failed("No answer.", "look"))
    left_out = skipped("Not looked at, since “Host” failed.")
    page = shown(cause, checked("Tag", left_out, CREATIO, cause), checked("Zone", left_out, CREATIO, cause))
    assert "– Tag, Zone: Not looked at, since “Host” failed." in page.splitlines()


def test_a_narrow_terminal_breaks_between_words_but_never_a_command() -> None:
    command = (
        "Open https://console.cloud.google.com/auth/clients?project=some-project and add, exactly:\nhttps://x/y?Id=1"
    )
    page = shown(
        checked("Redirect URIs", failed("Several words that do not fit in here.", command)), look=Look(width=32)
    )
    lines = page.splitlines()
    assert lines[1:3] == ["✗ Redirect URIs: Several words", "  that do not fit in here."]
    assert f"  → {command.splitlines()[0]}" in lines
    assert "    https://x/y?Id=1" in lines
