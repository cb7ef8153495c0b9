"""Every error that can be raised has its words, and every row of words has an error."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from gsync_cli import errors
from gsync_cli.cli.words import WORDS, Words, render
from gsync_cli.cli.words.rows import joined
from gsync_cli.errors import GsyncError, WrongUsage

SOURCES = Path(errors.__file__).parent
CLASSES = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, GsyncError)}


def parsed() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCES.rglob("*.py")):
        part = path.relative_to(SOURCES)
        if not part.is_relative_to("cli/words") and not part.is_relative_to("sandbox"):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def raised() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Yield where an error is made, its code, and the names of its facts (None where they are not written out)."""
    for path, tree in parsed():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name | ast.Attribute)
                and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) in CLASSES
                and node.args
                and isinstance(code := node.args[0], ast.Constant)
                and isinstance(code.value, str)
            ):
                names = [keyword.arg for keyword in node.keywords]
                facts = None if None in names else frozenset(name for name in names if name)
                yield f"{path.relative_to(SOURCES)}:{node.lineno}", code.value, facts


RAISED = sorted(raised(), key=lambda found: found[:2])


def facts_of(template: str) -> set[str]:
    needed = re.sub(r"\[\[.*?\]\]", "", template)
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(needed) if name}


def test_the_scan_sees_the_errors_of_the_program() -> None:
    assert {"profile-name", "file-not-readable", "config-value"} <= {code for _, code, _ in RAISED}


@pytest.mark.parametrize(("place", "code"), [(place, code) for place, code, _ in RAISED])
def test_every_error_has_words(place: str, code: str) -> None:
    assert code in WORDS, f"{place} raises {code}, which has no row in cli/words"


@pytest.mark.parametrize(("place", "code", "facts"), [row for row in RAISED if row[2] is not None])
def test_every_error_brings_the_facts_of_its_sentence(place: str, code: str, facts: frozenset[str]) -> None:
    row = WORDS.get(code, Words(""))
    assert facts_of(row.says) | facts_of(row.do) <= facts, f"{place} leaves a fact of {code} out"


def test_every_row_belongs_to_an_error() -> None:
    used = {
        node.value
        for _, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(WORDS) - used == set()


@pytest.mark.parametrize("code", sorted(WORDS))
def test_a_row_is_a_stable_code_a_sentence_and_renders(code: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    row = WORDS[code]
    facts = {name: f"<{name}>" for name in facts_of(row.says) | facts_of(row.do)}
    says, do = render(GsyncError(code, **facts))
    assert "{" not in says + do
    assert "[[" not in says + do
    assert says.endswith((".", "?", "!", ":", ")"))


def test_words_for_one_code_in_two_areas_are_refused() -> None:
    row = Words("It is so.")
    with pytest.raises(ValueError, match="so has words in first and in second"):
        joined({"first": {"so": row}, "second": {"so": row}})


def test_facts_are_put_into_the_sentence() -> None:
    assert render(WrongUsage("profile-name", name="a/b"))[0] == "“a/b” can't be the name of a profile."


def test_a_part_in_brackets_is_left_out_without_its_fact() -> None:
    assert "Did you mean x?" in render(WrongUsage("setting-unknown", key="y", near="x"))[0]
    assert "Did you mean" not in render(WrongUsage("setting-unknown", key="y", near=""))[0]
    assert "Did you mean" not in render(WrongUsage("setting-unknown", key="y"))[0]


def test_several_things_are_put_with_commas() -> None:
    said = render(WrongUsage("command-missing", group="gsync config", commands=["path", "show"]))[0]
    assert "path, show" in said


def test_a_missing_fact_a_brace_in_a_fact_and_a_missing_row_never_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "“…”" in render(WrongUsage("profile-name"))[0]
    assert "{name}[[x]]" in render(WrongUsage("profile-name", name="{name}[[x]]"))[0]
    assert "no-such-row" in render(GsyncError("no-such-row", path="/x"))[0]
    monkeypatch.setitem(WORDS, "odd", Words("{count:,} of {moment:%H} in {path.name}."))
    assert render(GsyncError("odd", count="many", path="/x"))[0].startswith("many")


def test_what_a_server_says_is_put_on_one_line_and_cut_where_it_is_a_page() -> None:
    said = render(GsyncError("creatio-refusal", status=400, message="first\n  second", what="Contact"))[0]
    assert "first second. What" in said
    page = render(GsyncError("creatio-refusal", status=400, message="word " * 1000, what="Contact"))[0]
    assert len(page) < 600


def test_a_sentence_of_somebody_else_keeps_its_own_full_stop() -> None:
    said = render(GsyncError("creatio-refusal", status=400, message='No right to "Contact".', what=""))[0]
    assert '"Contact". What' in said
    quoted = render(GsyncError("creatio-unreachable", host="../x", reason="Really?"))[0]
    assert "../x" in quoted
