"""What lies in examples/ works: the settings are settings, and the session prints what it says."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from gsync_cli.config import Settings
from gsync_cli.profiles import Profile
from tests.support.cli import Ran
from tests.support.inprocess import gsync
from tests.support.started import started

EXAMPLES = Path(__file__).parents[2] / "examples"


def steps(session: str) -> list[tuple[str, str]]:
    """Return each command of a session with what it shall print."""
    text = (EXAMPLES / session).read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [(line, expected) for line, _, expected in (part.partition("\n") for part in parts)]


def pattern(expected: str) -> re.Pattern[str]:
    """Return what matches an expected output: "…" alone on a line is any lines, within a line any part of it."""
    lines = [
        "(?:.*\n)*?" if line == "…" else ".*".join(re.escape(part) for part in line.split("…")) + "\n"
        for line in expected.splitlines()
    ]
    return re.compile("".join(lines))


@pytest.mark.parametrize(("session", "options"), [("session.md", ()), ("registering.md", ("--unregistered",))])
def test_a_session_prints_what_it_says(
    session: str, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GSYNC_PROFILE", "sandbox")
    monkeypatch.chdir(tmp_path)
    last = Ran(0, "", "")
    with started(*options) as sandbox:
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", sandbox.data["administrator_token"] or "")
        for line, expected in steps(session):
            if line == "echo $?":
                assert expected == f"{last.code}\n"
                continue
            last = gsync(*shlex.split(line)[1:])
            # On a terminal what goes to stderr, the stages or the error, stands before the result.
            printed = last.err + last.out
            assert pattern(expected).fullmatch(printed), f"$ {line}\n{printed}"


def test_the_session_is_not_empty_and_a_wrong_output_would_be_seen() -> None:
    for session in ("session.md", "registering.md"):
        assert len(steps(session)) >= 7
        assert all(line.startswith(("gsync ", "echo $?")) for line, _ in steps(session))
    assert pattern("a … c\n…\nz\n").fullmatch("a b c\n1\n2\nz\n")
    assert not pattern("a … c\n…\nz\n").fullmatch("a b c\n1\n2\n")
    assert not pattern("(a)\n").fullmatch("a\n")


def test_the_settings_of_the_example_are_settings(tmp_path: Path) -> None:
    text = (EXAMPLES / "config.toml").read_text(encoding="utf-8")
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    settings = Settings.load(Profile("default", tmp_path), {})
    given = tomllib.loads(text)
    assert settings.text("creatio.url") == given["creatio"]["url"]
    assert {key for key, value in settings.resolved.items() if value.origin == "file"} == {
        *(f"creatio.{name}" for name in given["creatio"]),
        *(f"sync.contacts.{name}" for name in given["sync"]["contacts"]),
        *(f"sync.activities.{name}" for name in given["sync"]["activities"]),
        "sync.limit",
    }
