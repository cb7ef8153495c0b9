"""`gsync demo`: the guide's story, told readably, true to both sides, and leaving nothing behind."""

import io
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.cli.demo import Demonstrated
from gsync_cli.cli.demo_comparison import Pair, compare
from gsync_cli.cli.demo_narrator import Narrator, fold
from gsync_cli.cli.demo_stage import Check, Scene, Stage, stage
from gsync_cli.cli.options import Options
from gsync_cli.cli.results import width
from gsync_cli.cli.terminal import Terminal
from gsync_cli.clock import SystemClock
from gsync_cli.errors import GsyncError
from gsync_cli.sandbox.furnish import EMAIL, TAG, furnished
from gsync_cli.sandbox.world import Sandbox
from tests.support.cli import GSYNC, gsync

GROUP = "Creatio"


def narrator() -> Narrator:
    return Narrator(Terminal(io.StringIO(), io.StringIO(), io.StringIO(), {}, Options(output="json")))


# ── the whole story ──────────────────────────────────────────────────────────────────────────────────────────────


def test_as_text_it_tells_every_step_in_80_columns_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    ran = gsync("demo", environment={"TMPDIR": str(tmp_path), "COLUMNS": "80"})
    assert (ran.code, ran.err) == (0, "")
    for said in (
        "$ gsync creatio connect", "$ gsync keys import", "$ gsync account add --no-browser", "$ gsync sync contacts",
        "In Google:", "In Creatio:", "A conflict", "A deletion on each side", "$ gsync sync activities",
        "$ gsync sync all", "Both sides at the end",
    ):  # fmt: skip
        assert said in ran.out
    assert "✗" not in ran.out
    assert "\x1b" not in ran.out
    assert max(map(width, ran.out.splitlines())) <= 80
    assert len(ran.out.splitlines()) < 240
    assert list(tmp_path.iterdir()) == []
    assert not (home / "gsync").exists()


def test_as_json_it_gives_the_steps_and_the_comparison() -> None:
    ran = gsync("demo", "--output", "json")
    assert (ran.code, ran.err) == (0, "")
    data: dict[str, Any] = ran.envelope["data"]
    assert all(check["holds"] for step in data["steps"] for check in step["checks"])
    assert all(step["checks"] for step in data["steps"])
    runs = [
        command["result"]
        for step in data["steps"]
        for command in step["commands"]
        if command["line"] == "gsync sync contacts"
    ]
    written = [(run["creatio"], run["google"]) for run in runs]
    nothing = {"created": 0, "updated": 0, "unlinked": 0}
    assert written[-1] == (nothing, nothing)
    assert written[-2] == ({**nothing, "unlinked": 1}, {**nothing, "unlinked": 1})
    assert [run["conflicts"] for run in runs] == [0, 0, 0, 1, 0, 0]
    assert [run["linked"] for run in runs[:2]] == [4, 1]
    together = [row for row in data["comparison"] if row["synchronised"]]
    assert len(together) == data["synchronised"] == 16
    assert not any(row["differs"] for row in together)
    let_go = {row["contact"]: (row["creatio"], row["google"]) for row in data["comparison"] if not row["synchronised"]}
    assert let_go == {
        "Björn Åkesson": ("without tag", "not there"),
        "Wojciech Łukasiewicz": ("not there", "not in group"),
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_either(home: Path, tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [*GSYNC, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "TMPDIR": str(tmp_path)},
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        while (line := process.stdout.readline()) and "gsync sync contacts" not in line:
            pass
        assert list(tmp_path.iterdir()) != []
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.startswith("gsync: ")
    assert list(tmp_path.iterdir()) == []
    assert not (home / "gsync").exists()


# ── it fails where the sides do not end as the guide says ────────────────────────────────────────────────────────


def scene(*, holds: bool) -> Scene:
    return Scene("Title", "Explanation", checks=[Check("The sky is blue.", holds)])


ALIKE = Pair("Ada", "tagged", "in group", tagged=True, grouped=True)
OTHER = Pair("Bob", "tagged", "in group", tagged=True, grouped=True, differs=("mails",))
HALF = Pair("Cyd", "tagged", "not in group", tagged=True, grouped=False)
GONE = Pair("Dan", "without tag", "not there", tagged=False, grouped=False)


def test_all_is_well_where_checks_hold_and_pairs_are_in_step() -> None:
    done = Demonstrated([scene(holds=True)], [ALIKE, GONE])
    assert (done.exit_code, list(done.problems)) == (0, [])


@pytest.mark.parametrize(
    ("scenes", "pairs", "named"),
    [
        ([scene(holds=False)], [ALIKE], "The sky is blue"),
        ([scene(holds=True)], [ALIKE, OTHER], "Bob"),
        ([scene(holds=True)], [ALIKE, HALF], "Cyd"),
        ([scene(holds=True)], [GONE], "somebody is on both sides"),
    ],
)
def test_whatever_is_not_as_the_guide_says_is_named_and_exits_1(
    scenes: list[Scene], pairs: list[Pair], named: str
) -> None:
    done = Demonstrated(scenes, pairs)
    assert done.exit_code == 1
    assert named in done.problems[0].message


@pytest.fixture
def playing() -> Iterator[Stage]:
    with stage(narrator(), os.environ, SystemClock().now()) as here:
        here.scene("Title", "Explanation")
        yield here


def test_a_command_that_fails_stops_the_demo(playing: Stage) -> None:
    with pytest.raises(GsyncError, match="demo-command-failed"):
        playing.gsync("sync", "contacts")
    assert playing.scenes[0].commands[0].exit_code != 0


def test_a_sign_in_that_prints_no_address_stops_the_demo(playing: Stage) -> None:
    with pytest.raises(GsyncError, match="demo-command-failed"):
        playing.sign_in()


def test_a_stage_shares_nothing_with_the_user_and_goes_away(home: Path) -> None:
    settings = {"GSYNC_PROFILE": "work", "GSYNC_SYNC_CONTACTS_TAG": "Mine", "http_proxy": "http://proxy.example:1"}
    with stage(narrator(), {**os.environ, **settings}, SystemClock().now()) as here:
        here.scene("Title", "Explanation")
        told = here.gsync("config", "get", "sync.contacts.tag")
        assert told.get("value") in (None, "")
        assert here.profile.name == "default"
        folder = here.folder
    assert not folder.exists()
    assert not (home / "gsync").exists()


# ── the comparison ───────────────────────────────────────────────────────────────────────────────────────────────


PERSON: dict[str, Any] = {
    "given": "Ada",
    "family": "Lovelace",
    "job_title": "Analyst",
    "birthday": "1815-12-10",
    "notes": "<p>First &amp; best</p>",
    "mails": ["ada@engines.example"],
    "phones": [("work", "+44 20 7946 0100")],
    "webs": ["https://engines.example"],
}
TWIN: dict[str, Any] = {
    "names": [{"givenName": "Ada", "familyName": "Lovelace"}],
    "organizations": [{"title": "Analyst"}],
    "birthdays": [{"date": {"year": 1815, "month": 12, "day": 10}}],
    "biographies": [{"value": "First & best"}],
    "emailAddresses": [{"value": "Ada@Engines.example"}],
    "phoneNumbers": [{"value": "+44 2079460100"}],
    "urls": [{"value": "https://engines.example"}],
}


def world(fields: Mapping[str, Any] = {}, *, tagged: bool = True, grouped: bool = True) -> Sandbox:
    sandbox = Sandbox()
    account = sandbox.google.add_account(EMAIL, "Anna Keller")
    account.add_group(GROUP)
    account.add({**TWIN, **fields}, *([GROUP] if grouped else []))
    sandbox.creatio.desk().create_tag(TAG)
    sandbox.creatio.add_person({**PERSON, "tags": [TAG] if tagged else []})
    return sandbox


def compared(sandbox: Sandbox, *also: str) -> tuple[Pair, ...]:
    return compare(sandbox.creatio.desk(), sandbox.google.account(EMAIL), tag=TAG, group=GROUP, also=also)


def test_the_same_person_on_both_sides_is_in_step_however_it_is_written() -> None:
    assert compared(world()) == (Pair("Ada Lovelace", "tagged", "in group", tagged=True, grouped=True),)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("names", [{"givenName": "Augusta", "familyName": "Lovelace"}], "name"),
        ("organizations", [{"title": "Countess"}], "job title"),
        ("birthdays", [{"date": {"year": 1815, "month": 12, "day": 11}}], "birthday"),
        ("biographies", [{"value": "First"}], "notes"),
        ("emailAddresses", [{"value": "ada@engines.example"}, {"value": "two@engines.example"}], "mails"),
        ("phoneNumbers", [], "phones"),
        ("urls", [], "pages"),
    ],
)
def test_every_field_that_differs_is_seen(field: str, value: list[dict[str, Any]], named: str) -> None:
    pair = compared(world({field: value}))[0]
    assert (pair.differs, pair.in_step) == ((named,), False)


def test_somebody_on_one_side_only_is_not_in_step() -> None:
    assert [pair.in_step for pair in compared(world(tagged=False))] == [False]
    assert [pair.in_step for pair in compared(world(grouped=False))] == [False]
    stranger = world({"emailAddresses": [{"value": "else@engines.example"}]})
    assert {(pair.creatio, pair.google) for pair in compared(stranger)} == {
        ("tagged", "not there"), ("not there", "in group"),
    }  # fmt: skip
    assert not any(pair.in_step for pair in compared(stranger))


def test_who_takes_part_on_no_side_is_shown_only_when_asked_for() -> None:
    apart = world(tagged=False, grouped=False)
    assert compared(apart) == ()
    pair = compared(apart, "ada@engines.example")[0]
    assert (pair.creatio, pair.google, pair.in_step) == ("without tag", "not in group", True)


def test_before_the_first_run_nobody_is_in_step() -> None:
    pairs = compared(furnished())
    assert len(pairs) == 14
    assert not any(pair.in_step for pair in pairs)


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_text_is_folded_at_its_spaces_and_wide_letters_count_twice() -> None:
    assert list(fold("one two three four", 9)) == ["one two", "three", "four"]
    assert list(fold("one two three", 9, hanging="  ")) == ["one two", "  three"]
    assert list(fold("南京 東路 上海", 9)) == ["南京 東路", "上海"]
    assert list(fold("", 9)) == []


@pytest.fixture(params=[30, 40, 80])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    number: int = request.param
    return number


def told(tell: Callable[[Narrator], None]) -> list[str]:
    out = io.StringIO()
    tell(Narrator(Terminal(out, io.StringIO(), io.StringIO(), {}, Options())))
    return out.getvalue().splitlines()


def test_a_long_command_goes_on_in_the_next_line_as_a_shell_takes_it(columns: int) -> None:
    line = "gsync creatio connect http://a.b/c --username Supervisor --password-stdin < password.txt and yet more words"
    rows = told(lambda narrator: narrator.command(line))
    assert max(map(len, rows)) <= columns
    assert all(row.endswith(" \\") for row in rows[:-1])
    assert re.sub(r" \\\n +", " ", "\n".join(rows)) == f"  $ {line}"


def test_what_a_command_prints_is_shown_up_to_a_number_of_lines_and_never_too_wide(columns: int) -> None:
    printed = ["many words " * 10, "http://127.0.0.1/" + "x" * 200, "third", "fourth", "fifth"]
    rows = told(lambda narrator: narrator.output(printed, 3))
    assert max(map(len, rows)) <= columns
    assert rows[-2:] == ["    third", "    … and 2 more lines"]
    assert any(row.startswith("    http://127.0.0.1/") and row.endswith("…") for row in rows)
    assert told(lambda narrator: narrator.output(printed, 0)) == []
    assert told(lambda narrator: narrator.output(printed[2:], 2)) == ["    third", "    fourth", "    fifth"]


def test_quiet_leaves_the_story_out(capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    speaker = Narrator(Terminal(out, io.StringIO(), io.StringIO(), {}, Options(quiet=True)))
    speaker.scene(1, "Title", "Explanation")
    speaker.check("It holds.", holds=True)
    assert out.getvalue() == ""
    assert capsys.readouterr().out == ""
