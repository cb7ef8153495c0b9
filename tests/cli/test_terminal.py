"""What is said where, and who may be asked."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from typing import TextIO

import pexpect
import pytest

from gsync_cli.cli.options import Options
from gsync_cli.cli.results import Page
from gsync_cli.cli.terminal import Terminal
from gsync_cli.errors import GsyncError, WrongUsage

posix = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are a POSIX matter")


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


DEFAULT = Options()


def terminal(
    options: Options = DEFAULT, *, stdin: str = "", screen: bool = False, environment: dict[str, str] | None = None
) -> tuple[Terminal, TextIO, TextIO]:
    kind = Screen if screen else io.StringIO
    out, err = kind(), kind()
    return Terminal(out, err, kind(stdin), environment or {"TERM": "xterm"}, options), out, err


def text(stream: TextIO) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_hints_and_steps_go_to_stderr_and_quiet_leaves_only_warnings() -> None:
    loud, out, err = terminal()
    quiet, _, hushed = terminal(Options(quiet=True))
    for each in (loud, quiet):
        each.step("reading")
        each.hint("gsync status")
        each.warn("careful", "mend it")
        with each.progress("Reading contacts", 10) as stage:
            stage.advance()
            stage.note("Ann")
    assert text(out) == ""
    assert text(err) == "reading\n→ gsync status\n! careful\n  → mend it\nReading contacts\n"
    assert text(hushed) == "! careful\n  → mend it\n"


def test_details_are_for_those_who_ask() -> None:
    said = []
    for verbose in (0, 1, 2):
        each, _, err = terminal(Options(verbose=verbose))
        each.detail("one")
        each.detail("two", level=2)
        said.append(text(err))
    assert said == ["", "one\n", "one\ntwo\n"]


def test_a_line_for_a_waiting_program_is_on_stdout_but_not_beside_json() -> None:
    plain, out, _ = terminal()
    json, empty, err = terminal(Options(output="json"))
    plain.line("https://x")
    json.line("https://x")
    assert (text(out), text(empty), text(err)) == ("https://x\n", "", "https://x\n")


def test_with_json_there_is_no_progress() -> None:
    json, out, err = terminal(Options(output="json"), screen=True)
    with json.progress("Reading contacts"):
        pass
    assert text(out) + text(err) == ""


@pytest.mark.parametrize(
    ("options", "environment", "colored"),
    [
        (Options(), {"TERM": "xterm"}, True),
        (Options(color=False), {"TERM": "xterm"}, False),
        (Options(), {"TERM": "dumb"}, False),
        (Options(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Options(), {"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
)
def test_colours_are_for_terminals_whose_owner_wants_them(
    options: Options, environment: dict[str, str], colored: bool
) -> None:
    shown, _, err = terminal(options, screen=True, environment=environment)
    shown.error(GsyncError("defect", kind="ValueError"))
    assert ("\x1b[" in text(err)) is colored


def test_a_stream_that_is_no_terminal_gets_no_colours() -> None:
    shown, _, err = terminal()
    shown.error(GsyncError("defect", kind="ValueError"))
    assert "\x1b" not in text(err)


def test_facts_of_an_error_cannot_command_the_terminal() -> None:
    shown, _, err = terminal()
    shown.error(WrongUsage("profile-name", name="\x1b[2Jx"))
    assert "\x1b" not in text(err)


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "screen"), [(Options(), False), (Options(ask=False), True), (Options(output="json"), True)]
)
def test_where_nobody_can_answer_the_option_is_named(options: Options, screen: bool) -> None:
    each, _, err = terminal(options, stdin="yes\n", screen=screen)
    questions: list[Callable[[], object]] = [
        lambda: each.ask("Tag?", flag="--tag"),
        lambda: each.confirm("Sure?", flag="--tag"),
        lambda: each.secret("Password", flag="--tag"),
    ]
    for question in questions:
        with pytest.raises(WrongUsage) as caught:
            question()
        assert caught.value.code == "question-without-terminal"
        assert caught.value.facts["flag"] == "--tag"
    assert text(err) == ""


def test_an_answer_is_a_line_and_enter_takes_the_default() -> None:
    each, out, err = terminal(stdin=" Google \n\n", screen=True)
    assert each.ask("Tag", flag="--tag") == "Google"
    assert each.ask("Tag", flag="--tag", default="Other") == "Other"
    assert text(err) == "Tag: Tag [Other]: "
    assert text(out) == ""


def test_yes_or_no_is_asked_until_it_is_one() -> None:
    each, _, _ = terminal(stdin="perhaps\nYES\nn\n\n\n", screen=True)
    assert each.confirm("Sure?", flag="--yes") is True
    assert each.confirm("Sure?", flag="--yes") is False
    assert each.confirm("Sure?", flag="--yes") is False
    assert each.confirm("Sure?", flag="--yes", default=True) is True


def test_the_end_of_input_is_no_answer() -> None:
    each, _, _ = terminal(stdin="", screen=True)
    questions: list[Callable[[], object]] = [
        lambda: each.ask("Tag", flag="--tag"),
        lambda: each.confirm("Sure?", flag="--tag"),
    ]
    for question in questions:
        with pytest.raises(WrongUsage) as caught:
            question()
        assert caught.value.code == "question-unanswered"


@pytest.mark.parametrize(("line", "secret"), [("p w \n", "p w "), ("pw\r\nmore\n", "pw"), ("\ufeffpw", "pw")])
def test_a_secret_on_stdin_is_its_first_line(line: str, secret: str) -> None:
    assert terminal(stdin=line)[0].read_stdin_secret() == secret


@pytest.mark.parametrize("line", ["", "\n"])
def test_an_empty_stdin_is_no_secret(line: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        terminal(stdin=line)[0].read_stdin_secret(flag="--client-secret-stdin")
    assert caught.value.facts["flag"] == "--client-secret-stdin"


# ── a real terminal ──────────────────────────────────────────────────────────────────────────────────────────

SCRIPT = """
import os, sys
from gsync_cli.cli.options import Options
from gsync_cli.cli.terminal import Terminal
terminal = Terminal(sys.stdout, sys.stderr, sys.stdin, os.environ, Options())
"""


def on_a_terminal(body: str, columns: int = 80) -> "pexpect.spawn[str]":
    return pexpect.spawn(sys.executable, ["-c", SCRIPT + body], encoding="utf-8", timeout=20, dimensions=(24, columns))


@posix
def test_a_person_is_asked_and_a_secret_does_not_show() -> None:
    child = on_a_terminal(
        "name = terminal.ask('Login', flag='--username')\n"
        "word = terminal.secret('Password', flag='--password-stdin')\n"
        "print('got', name, len(word))"
    )
    child.expect_exact("Login: ")
    child.sendline("anna")
    child.expect_exact("Password: ")
    child.sendline("s3cret")
    child.expect_exact("got anna 6")
    child.expect(pexpect.EOF)
    assert "s3cret" not in str(child.before)


@posix
def test_a_bar_moves_on_a_terminal_and_words_stay_above_it() -> None:
    child = on_a_terminal(
        "with terminal.progress('Writing [x]', 4) as stage:\n"
        "    stage.advance(3); stage.note('Ann'); terminal.warn('careful [y]')\n"
        "print('done')"
    )
    child.expect(pexpect.EOF)
    shown = str(child.before)
    assert "careful [y]" in shown
    assert "Writing [x]: Ann" in shown
    assert "3/4" in shown


@posix
@pytest.mark.parametrize(("columns", "environment"), [(40, {}), (100, {"COLUMNS": "40"})])
def test_config_show_fits_a_narrow_terminal(columns: int, environment: dict[str, str]) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "gsync_cli", "--no-color", "config", "show"],
        encoding="utf-8", timeout=20, dimensions=(24, columns), env={**os.environ, **environment},
    )  # fmt: skip
    child.expect(pexpect.EOF)
    lines = str(child.before).replace("\r", "").splitlines()
    assert len(lines) > 30
    assert max(map(len, lines)) <= 40


@posix
def test_closed_streams_stop_nothing() -> None:
    script = f"{sys.executable} -m gsync_cli config path <&- 2>&-"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout.decode().endswith("config.toml\n")


def test_a_result_may_show_nothing() -> None:
    class Silent:
        def data(self) -> dict[str, object]:
            return {}

        def show(self, page: Page) -> None:
            pass

    each, out, err = terminal()
    assert each.result(Silent()) == 0
    assert text(out) + text(err) == ""
