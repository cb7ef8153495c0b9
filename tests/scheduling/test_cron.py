"""cron: our lines between two marks, and nobody else's touched."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.scheduling.cron import Cron, step
from gsync_cli.scheduling.job import Standing
from gsync_cli.scheduling.machine import Done
from tests.support.schedulers import Crontab, Played, job, machine

FOREIGN = [
    None,
    b"",
    b"MAILTO=anna\n0 5 * * 1 tar -zcf /var/backups/home.tgz /home/  # 100 \\% \xff\r\n\n",
    b"@daily date",
    b"# >>> gsync-anna-2: written by gsync schedule install; gsync\n1 * * * * x\n# <<< gsync-anna-2\n",
]


def cron(tmp_path: Path, content: bytes | None = None) -> tuple[Cron, Crontab, Played]:
    crontab = Crontab(content)
    played = Played({"crontab": crontab})
    return Cron(machine(tmp_path, played)), crontab, played


@pytest.mark.parametrize("content", FOREIGN)
def test_putting_it_there_and_taking_it_away_leaves_every_foreign_byte(content: bytes | None, tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path, content)
    scheduler.install(job())
    assert crontab.content is not None
    assert crontab.content.startswith(content or b"")
    assert crontab.content.count(b"sync all --auto --quiet") == 1
    assert scheduler.remove(job()) is True
    ended = b"\n" if content == b"@daily date" else b""  # crontab takes no file whose last line has no end
    assert crontab.content == ((content + ended) if content else None)
    assert scheduler.remove(job()) is False


def test_lines_after_ours_stay_when_ours_are_renewed(tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path, b"1 1 * * * before\n")
    scheduler.install(job(minutes=15))
    assert crontab.content is not None
    crontab.content += b"2 2 * * * after"
    scheduler.install(job(minutes=30))
    assert crontab.content.startswith(b"1 1 * * * before\n# >>> gsync-anna:")
    assert crontab.content.endswith(b"# <<< gsync-anna\n2 2 * * * after\n")
    assert crontab.content.count(b"# >>> gsync-anna:") == 1
    scheduler.remove(job())
    assert crontab.content == b"1 1 * * * before\n2 2 * * * after\n"


def test_doing_it_again_writes_nothing(tmp_path: Path) -> None:
    scheduler, _, played = cron(tmp_path)
    scheduler.install(job())
    played.ran.clear()
    scheduler.install(job())
    assert played.ran == [("crontab", "-l")]


def test_a_second_copy_of_our_lines_goes(tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path)
    scheduler.install(job())
    once = crontab.content
    assert once is not None
    crontab.content = once + b"5 * * * * x\n" + once
    scheduler.install(job())
    assert crontab.content == once + b"5 * * * * x\n"


@pytest.mark.parametrize("lost", [b"# >>> gsync-anna:", b"# <<< gsync-anna\n"])
def test_where_a_mark_is_missing_nothing_is_touched(lost: bytes, tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path)
    scheduler.install(job())
    assert crontab.content is not None
    crontab.content = damaged = crontab.content.replace(lost, b"# gone\n") + b"1 1 * * * foreign\n"
    for change in (scheduler.install, scheduler.remove):
        with pytest.raises(ConfigurationWrong, match="crontab-damaged"):
            change(job())
    assert crontab.content == damaged


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_what_debian_lists_otherwise_than_it_stands_there_is_not_written_back(end: bytes, tmp_path: Path) -> None:
    scheduler, crontab, played = cron(tmp_path, b"1 1 * * * foreign" + end)
    crontab.debian = True
    with pytest.raises(ConfigurationWrong, match="crontab-carriage-returns"):
        scheduler.install(job())
    assert scheduler.remove(job()) is False
    assert set(played.ran) == {("crontab", "-l")}


def test_carriage_returns_that_came_later_keep_the_job_where_it_is(tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path)
    crontab.debian = True
    scheduler.install(job())
    assert crontab.content is not None
    crontab.content = there = crontab.content + b"1 1 * * * foreign\r\n"
    with pytest.raises(ConfigurationWrong, match="crontab-carriage-returns"):
        scheduler.remove(job())
    assert crontab.content == there


def test_a_backslash_r_within_a_line_is_somebodys_own(tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path, b"1 1 * * * tr -d '\\r' <in >out\n")
    crontab.debian = True
    before = crontab.content
    scheduler.install(job())
    scheduler.remove(job())
    assert crontab.content == before


def test_a_crontab_that_cannot_be_read_stops_it(tmp_path: Path) -> None:
    scheduler, crontab, played = cron(tmp_path, b"1 1 * * * foreign\n")
    crontab.broken = Done(1, err="crontab: /var/spool/cron/anna: Input/output error")
    assert not scheduler.answers()
    for change in (scheduler.install, scheduler.remove):
        with pytest.raises(ConfigurationWrong, match="crontab-not-readable"):
            change(job())
    assert set(played.ran) == {("crontab", "-l")}


def test_who_may_have_no_crontab_has_no_job_in_it(tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path)
    crontab.broken = Done(1, err="You (anna) are not allowed to use this program (crontab)")
    assert (scheduler.answers(), scheduler.look(job()), scheduler.remove(job())) == (False, None, False)
    absent = Cron(machine(tmp_path, Played()))
    assert (absent.answers(), absent.look(job()), absent.remove(job())) == (False, None, False)


def test_busybox_says_in_other_words_that_there_is_no_crontab(tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path)
    crontab.broken = Done(1, err="crontab: can't open 'anna': No such file or directory")
    assert scheduler.answers()


def test_it_tells_whether_the_lines_are_those_of_today(tmp_path: Path) -> None:
    scheduler, _, _ = cron(tmp_path)
    assert scheduler.look(job()) is None
    scheduler.install(job())
    assert scheduler.look(job()) == Standing(current=True, active=True)
    assert scheduler.look(job(minutes=30)) == Standing(current=False, active=True)


# ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────


def as_vixie_does(command: str) -> str:
    """Return what Vixie's cron hands to the shell: a percent sign ends the command, unless a backslash precedes it."""
    handed = ""
    escaped = False
    for character in command:
        if character == "%" and not escaped:
            return handed
        if character == "%":
            handed = handed[:-1]
        handed += character
        escaped = character == "\\" and not escaped
    return handed


def as_busybox_does(command: str) -> str:
    return command


@pytest.mark.skipif(sys.platform == "win32", reason="runs a POSIX shell")
@pytest.mark.parametrize("handed", [as_vixie_does, as_busybox_does])
@pytest.mark.parametrize("name", ["plain", "two words", "100%", "%d & %m", 'it\'s $HOME `x` "q" #;', "Größe"])
def test_every_path_reaches_gsync_as_it_is(name: str, handed: object, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    python = folder / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$GSYNC_HOME" "$@"\necho trouble >&2\n', encoding="utf-8")
    python.chmod(0o700)
    scheduler, crontab, _ = cron(tmp_path)
    scheduler.install(job(folder, python=str(python)))
    assert crontab.content is not None
    command = crontab.content.decode().splitlines()[1].split(" ", 5)[5].replace(">/dev/null", f">'{tmp_path}/out'")
    assert callable(handed)
    shell = ["/bin/sh", "-c", handed(command)]
    subprocess.run(shell, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, umask=0o022)
    assert (tmp_path / "out").read_text(encoding="utf-8").splitlines() == [
        str(folder), "-P", "-m", "gsync_cli", "--profile", "anna", "sync", "all", "--auto", "--quiet",
    ]  # fmt: skip
    log = folder / "schedule.log"
    assert (log.read_text(), log.stat().st_mode & 0o777) == ("trouble\n", 0o600)


def test_a_backslash_is_refused_since_crons_differ_on_it(tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path)
    with pytest.raises(ConfigurationWrong, match="schedule-path"):
        scheduler.install(job(Path("/home/a\\b")))
    assert crontab.content is None


@pytest.mark.parametrize(
    ("minutes", "wanted"),
    [(1, 1), (7, 1), (15, 15), (45, 15), (60, 60), (61, 15), (90, 30), (100, 20), (180, 180), (300, 60), (1440, 1440)],
)
def test_an_interval_that_cron_cannot_keep_is_hit_or_missed_by_a_quarter_at_most(minutes: int, wanted: int) -> None:
    assert step(minutes) == wanted


def test_every_interval_becomes_a_whole_part_of_an_hour_or_a_day() -> None:
    for minutes in range(1, 1441):
        every = step(minutes)
        assert 60 % every == 0 or (every % 60 == 0 and 1440 % every == 0)
        assert minutes % every == 0 or every * 4 <= max(minutes, 4)


@pytest.mark.parametrize(("minutes", "starts"), [(1, 1440), (15, 96), (60, 24), (240, 6), (1440, 1)])
def test_it_starts_as_often_in_a_day_as_the_interval_says(minutes: int, starts: int, tmp_path: Path) -> None:
    scheduler, crontab, _ = cron(tmp_path)
    scheduler.install(job(minutes=minutes))
    assert crontab.content is not None
    minute, hour, *days = crontab.content.decode().splitlines()[1].split()[:5]
    assert days == ["*", "*", "*"]
    counts = [len(field.split(",")) if field != "*" else whole for field, whole in ((minute, 60), (hour, 24))]
    assert counts[0] * counts[1] == starts
    assert all(int(number) < 60 for number in minute.split(",") if number != "*")
    assert all(int(number) < 24 for number in hour.split(",") if number != "*")


@pytest.mark.skipif(shutil.which("crontab") is None, reason="this machine has no crontab")
def test_the_real_crontab_can_be_looked_at() -> None:
    from gsync_cli.scheduling.machine import this_machine
    from tests.support.schedulers import Clock

    scheduler = Cron(this_machine(os.environ, Clock()))
    assert scheduler.look(job(name="gsync-nobody-has-this")) is None
