"""The frame: help, mistakes, the envelope, exit codes, completion."""

import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from gsync_cli import __version__
from gsync_cli.cli import lazy
from gsync_cli.cli.app import main
from gsync_cli.cli.lazy import COMMANDS, Entry, typed_command
from gsync_cli.cli.results import Page, Problem
from gsync_cli.errors import (
    ActionNeeded,
    ConfigurationWrong,
    GsyncError,
    Interrupted,
    PartlyDone,
    Refused,
    SignInNeeded,
    StoppedForSafety,
    Temporary,
    WrongUsage,
)
from gsync_cli.http import CertificateUntrusted, NoAnswer, NotSent
from tests.support.cli import GSYNC, gsync

Probe = Callable[[Callable[[], object]], None]


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    """Give gsync one more command, `gsync probe`, that does what the test says."""

    def install(does: Callable[[], object]) -> None:
        app = typer.Typer()

        @app.command()
        def probe() -> Any:
            return does()

        module = types.ModuleType("gsync_cli.cli.probe")
        module.app = app  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "gsync_cli.cli.probe", module)
        monkeypatch.setitem(lazy._BY_NAME, "probe", Entry("probe", "Probe.", "Test", group=False))

    return install


def raising(error: BaseException) -> Callable[[], object]:
    def does() -> object:
        raise error

    return does


class Half:
    """A result of work that was done in part."""

    problems = (Problem("record-failed", "Anna [bold] was refused.", "Mend her mail."),)
    exit_code = 8

    def data(self) -> Mapping[str, object]:
        return {"failed": 1, "name": "Анна"}

    def show(self, page: Page) -> None:
        page.text("1 failed [red]")


# ── help ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_gsync_alone_and_help_show_every_command_and_exit_0() -> None:
    alone, help_ = gsync(), gsync("--help")
    assert (alone.code, help_.code, alone.err) == (0, 0, "")
    assert alone.out == help_.out
    for entry in COMMANDS:
        assert entry.help.split(".")[0][:30] in help_.out
    for option in ("--output", "--quiet", "--verbose", "--no-color", "--profile", "--no-input", "--version"):
        assert option in help_.out


@pytest.mark.parametrize("words", [("config", "show"), ("config", "set"), ("settings", "set"), ("keys", "import")])
def test_the_help_of_a_command_has_examples_and_names_the_global_options(words: tuple[str, ...]) -> None:
    ran = gsync(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Examples:\n    gsync {' '.join(words)}" in ran.out
    assert "--output text|json" in ran.out


def test_help_fits_a_narrow_terminal() -> None:
    ran = gsync("settings", "set", "--help", environment={"COLUMNS": "40"})
    prose = [line for line in ran.out.splitlines() if line.startswith("  ") and line[2] not in " -"]
    assert len(prose) >= 5
    assert max(map(len, prose)) <= 40


def test_help_as_json_is_an_envelope() -> None:
    assert gsync("config", "--help", "--output", "json").envelope["data"]["help"].startswith("Usage: gsync config")


def test_the_version_is_one_line() -> None:
    assert gsync("--version").out == f"gsync {__version__}\n"
    assert gsync("--output", "json", "--version").envelope["data"] == {"version": __version__}


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("snyc contacts", "command-unknown", "Did you mean gsync sync?"),
        ("config sohw", "command-unknown", "Did you mean gsync config show?"),
        ("config", "command-missing", "path, show, get, set, unset"),
        ("--bad", "option-unknown", "--bad"),
        ("settings set --contacts-tga x", "option-unknown", "Did you mean --contacts-tag?"),
        ("config get", "argument-missing", "needs KEY"),
        ("config get a b", "usage", "b"),
        ("settings set --contacts-tag", "usage", "--contacts-tag"),
        ("config show --output xml", "option-value", "text or json"),
        ("config show --profile", "option-without-value", "--profile"),
        ("config show --profile ../x", "profile-name", "../x"),
        ("config get sync.contact.tag", "setting-unknown", "Did you mean sync.contacts.tag?"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_a_hint_and_exit_2(line: str, code: str, said: str) -> None:
    text = gsync(*line.split())
    assert (text.code, text.out) == (2, "")
    sentence, hint = text.err.splitlines()
    assert sentence.startswith("gsync: ")
    assert said in sentence
    assert hint.startswith("  → ")
    json = gsync("--output", "json", *line.split())
    if code != "option-value":  # there the form itself was not understood
        assert (json.code, json.err) == (2, "")
        assert json.envelope["ok"] is False
        assert json.envelope["errors"] == [{"code": code, "message": sentence[7:], "hint": hint[4:]}]


# ── results ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line", ["--output json config path", "config --output=json path", "config path --output json"]
)
def test_json_is_one_envelope_wherever_it_is_asked_for(line: str, home: Path) -> None:
    ran = gsync(*line.split())
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    assert ran.envelope == {
        "schema": "gsync/1",
        "command": "config path",
        "ok": True,
        "data": {"path": str(home / "gsync" / "config.toml")},
        "errors": [],
    }


def test_work_done_in_part_shows_its_result_and_its_problems(probe: Probe, capsys: pytest.CaptureFixture[str]) -> None:
    probe(Half)
    assert main(["probe"]) == 8
    shown = capsys.readouterr()
    assert shown.out == "1 failed [red]\n"
    assert shown.err == "gsync: Anna [bold] was refused.\n  → Mend her mail.\n"
    assert main(["probe", "--output", "json"]) == 8
    shown = capsys.readouterr()
    assert shown.err == ""
    assert '"ok": false, "data": {"failed": 1, "name": "Анна"}' in shown.out
    assert '"code": "record-failed"' in shown.out


def test_json_is_utf_8_whatever_the_terminal_speaks() -> None:
    ran = gsync(
        "config", "set", "sync.contacts.tag", "Ärzte", "--output", "json", environment={"PYTHONIOENCODING": "ascii"}
    )
    assert ran.envelope["data"]["value"] == "Ärzte"


def test_text_survives_a_stream_that_is_not_unicode() -> None:
    ran = gsync("config", "set", "sync.contacts.tag", "Ärzte", environment={"PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.out) == (0, "ok: sync.contacts.tag is ?rzte\n")


def test_a_closed_pipe_ends_quietly() -> None:
    script = f"{' '.join(GSYNC)} config show | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=os.environ, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (WrongUsage("nothing-to-set", command="x"), "nothing-to-set", 2),
        (ActionNeeded("x"), "x", 3),
        (SignInNeeded("x"), "x", 4),
        (ConfigurationWrong("x"), "x", 5),
        (Refused("x"), "x", 6),
        (Temporary("x"), "x", 7),
        (PartlyDone("x"), "x", 8),
        (StoppedForSafety("x"), "x", 9),
        (Interrupted("interrupted"), "interrupted", 130),
        (KeyboardInterrupt(), "interrupted", 130),
        (typer.Abort(), "interrupted", 130),
        (NotSent("no such host", "crm.example.com"), "no-network", 7),
        (NoAnswer("timed out", "crm.example.com"), "no-answer", 7),
        (CertificateUntrusted("self-signed", "crm.example.com"), "certificate-untrusted", 5),
        (GsyncError("x"), "x", 1),
        (ZeroDivisionError("s3cret"), "defect", 1),
    ],
)
def test_every_failure_has_its_exit_code_in_text_and_in_json(
    error: BaseException, code: str, exit_code: int, probe: Probe, capsys: pytest.CaptureFixture[str]
) -> None:
    probe(raising(error))
    assert main(["probe"]) == exit_code
    text = capsys.readouterr()
    assert text.out == ""
    assert text.err.startswith("gsync: ")
    assert main(["probe", "--output", "json"]) == exit_code
    json = capsys.readouterr()
    assert f'"command": "probe", "ok": false, "data": {{}}, "errors": [{{"code": "{code}"' in json.out
    assert json.err == ""
    assert "s3cret" not in text.err + json.out


def test_a_defect_shows_where_it_happened_only_when_asked(probe: Probe, capsys: pytest.CaptureFixture[str]) -> None:
    probe(raising(ZeroDivisionError("dividing")))
    main(["probe"])
    assert "Traceback" not in capsys.readouterr().err
    main(["-v", "probe"])
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "ZeroDivisionError" in told.splitlines()[-2]


def test_what_a_library_prints_never_reaches_stdout(probe: Probe, capsys: pytest.CaptureFixture[str]) -> None:
    def chatty() -> Half:
        print("noise")  # noqa: T201
        return Half()

    probe(chatty)
    main(["probe", "--output", "json"])
    assert "noise" not in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="signals are a POSIX matter")
def test_ctrl_c_ends_with_one_line_and_130() -> None:
    running = subprocess.Popen(
        [*GSYNC, "keys", "import", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out) == (130, b"")
    assert err.decode().startswith("gsync: Interrupted.")
    assert "Traceback" not in err.decode()


def test_the_name_of_the_command_is_known_before_it_runs() -> None:
    assert typed_command(["sync", "contacts", "--dry-run"]) == "sync contacts"
    assert typed_command(["status", "--x"]) == "status"
    assert typed_command(["config", "--help"]) == "config"
    assert typed_command(["snyc"]) == ""
    assert typed_command([]) == ""


# ── completion ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shell", "environment"),
    [
        ("bash", {"COMP_WORDS": "gsync --profile x co", "COMP_CWORD": "3"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "gsync --profile x co"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "gsync --profile x co", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
        ("powershell", {"_TYPER_COMPLETE_ARGS": "gsync --profile x co", "_TYPER_COMPLETE_WORD_TO_COMPLETE": "co"}),
    ],
)
def test_commands_complete_in_every_shell_after_global_options(shell: str, environment: dict[str, str]) -> None:
    ran = gsync(environment={"_GSYNC_COMPLETE": f"complete_{shell}", **environment})
    assert ran.code == 0
    assert "config" in ran.out
    assert "keys" not in ran.out


def test_settings_and_global_options_complete() -> None:
    def bash(*words: str) -> list[str]:
        environment = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        return gsync(environment={"_GSYNC_COMPLETE": "complete_bash", **environment}).out.split()

    assert bash("gsync", "config", "get", "sync.contacts.ta") == ["sync.contacts.tag"]
    assert bash("gsync", "--prof") == ["--profile"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_scripts_are_printed(shell: str) -> None:
    ran = gsync("--show-completion", shell, environment={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})
    assert ran.code == 0
    assert "_GSYNC_COMPLETE" in ran.out
