"""The README is true: its commands exist and run, its tables are those of the program, its pip lines those of make."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import _click
from typer.core import TyperGroup

from gsync_cli import errors
from gsync_cli.cli.lazy import COMMANDS, root
from gsync_cli.cli.options import extract
from gsync_cli.config import SETTINGS
from gsync_cli.errors import GsyncError
from gsync_cli.kinds import written
from gsync_cli.sync.report import Report
from tests.support.cli import gsync

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
TYPED = [line.partition("#")[0].strip() for block in SHELL for line in block.splitlines() if line.strip()]
IN_TEXT = [" ".join(code.split()) for code in re.findall(r"`(gsync [^`]+)`", README)]
OFFLINE = ("keys import", "keys show", "settings", "config show", "config path", "status", "account list", "--help")


def in_blocks() -> list[str]:
    return [line.removeprefix(".venv/bin/") for line in TYPED if re.match(r"(\.venv/bin/)?gsync ", line)]


def complaints(line: str) -> Iterator[str]:
    """Say what is wrong with a command line: a command that is not there, an option it does not have."""
    words = shlex.split(re.split(r"[<|>]", line)[0])[1:]
    given = extract(words)
    if given.complaint is not None:
        yield str(given.complaint)
    command: _click.Command = root()
    rest = list(given.rest)
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        below = command.get_command(_click.Context(command), rest.pop(0))
        if below is None:
            yield "no such command"
            return
        command = below
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    yield from (f"no option {word}" for word in rest if word.startswith("--") and word not in {*known, "--help"})


def table(header: str) -> list[list[str]]:
    """Return the rows of the table whose first line begins so."""
    lines = iter(README[README.index(f"\n{header}") + 1 :].splitlines())
    body = [line for _, line in zip(range(200), lines, strict=False)]
    end = next((number for number, line in enumerate(body) if not line.startswith("|")), len(body))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body[2:end]]


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_blocks_hold_the_commands_that_people_are_told_to_type() -> None:
    assert {"make demo", "make test"} <= set(TYPED)
    assert len(in_blocks()) > 8
    assert len(IN_TEXT) > 15


@pytest.mark.parametrize("line", sorted({*in_blocks(), *IN_TEXT}))
def test_every_gsync_line_names_a_command_and_options_that_exist(line: str) -> None:
    assert list(complaints(line)) == []


@pytest.mark.parametrize(
    "line", ["gsync contacts sync", "gsync sync contacts --dry", "gsync sync calendars", "gsync x"]
)
def test_a_line_that_is_wrong_would_be_seen(line: str) -> None:
    assert list(complaints(line)) != []


def test_every_command_that_works_without_a_network_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    client = {
        "client_id": "1-x.apps.googleusercontent.com",
        "client_secret": "s",
        "redirect_uris": ["http://localhost"],
    }
    (tmp_path / "client_secret.json").write_text(json.dumps({"installed": client}), encoding="utf-8")
    lines = [
        line for line in (*in_blocks(), *IN_TEXT)
        if line.removeprefix("gsync ").startswith(OFFLINE) and not re.search(r"[A-Z]{3}", line)
    ]  # fmt: skip
    assert len(lines) >= 5
    for line in lines:
        ran = gsync(*shlex.split(line)[1:])
        assert ran.code == 0, f"{line}: {ran.err}"


def test_the_table_of_commands_names_every_command() -> None:
    named = " ".join(row[0] for row in table("| command |"))
    assert [entry.name for entry in COMMANDS if f"gsync {entry.name}" not in named] == []


def test_make_has_every_target_that_is_named() -> None:
    named = set(re.findall(r"(?:^|`)make ([\w-]+)", README, re.MULTILINE))
    assert named >= {"demo", "test", "check"}
    assert [target for target in named if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)] == []


def test_the_pip_lines_do_what_make_does() -> None:
    recipes = [line.removeprefix("\t").partition(" || ")[0] for line in MAKEFILE.splitlines() if line.startswith("\t")]
    expanded = [
        " ".join(
            recipe.replace("$(BIN)", ".venv/bin").replace("$(PYTHON)", "python3").replace("$(VENV)", ".venv")
            .replace("--quiet", "").replace("--disable-pip-version-check", "").split()
        )
        for recipe in recipes
    ]  # fmt: skip
    wanted = [line for line in expanded if re.search(r"-m venv|pip install|gsync demo|-m pytest", line)]
    assert [line for line in TYPED if line.startswith(("python3", ".venv"))] == wanted


# ── tables and examples ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_settings_is_that_of_the_program() -> None:
    assert table("| key |") == [
        [f"`{row.key}`", f"`{written(row.default)}`" if written(row.default) else "", row.help]
        for row in SETTINGS.values()
    ]


def test_the_table_of_exit_codes_is_that_of_the_program() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GsyncError)]
    assert {int(row[0]) for row in table("| exit code |")} == {0, *(kind.exit_code for kind in kinds)}


def test_the_json_of_the_readme_has_the_shape_of_the_real_one() -> None:
    envelope, data = (json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
    real = gsync("config", "path", "--output", "json").envelope
    assert list(envelope) == list(real)
    assert envelope["schema"] == real["schema"]
    assert list(data) == [*Report("", dry_run=False).as_json(), "requests"]


def test_every_link_into_the_repository_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#][^)]*)\)", README)
    assert targets
    missing = [target for target in targets if "://" not in target and not (ROOT / target).exists()]
    assert missing == []
    anchors = re.findall(r"\]\(#([^)]+)\)", README)
    headings = {
        re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    assert set(anchors) <= headings
