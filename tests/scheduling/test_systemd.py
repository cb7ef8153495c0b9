"""systemd: two unit files of the user, and the commands that start the timer."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.scheduling.machine import Done
from gsync_cli.scheduling.systemd import Systemd
from tests.support.schedulers import Played, job, machine

REFUSED = Done(1, err="Failed to connect to bus: No medium found")


class Manager:
    """systemctl --user: it knows which timers were enabled and which run."""

    def __init__(self, *, json_works: bool = True) -> None:
        self.enabled: set[str] = set()
        self.running: set[str] = set()
        self.json_works = json_works

    def __call__(self, words: tuple[str, ...], _: bytes) -> Done:
        match words[1:]:
            case ("enable", unit):
                self.enabled.add(unit)
            case ("restart", unit):
                self.running.add(unit)
            case ("disable", "--now", unit):
                self.enabled.discard(unit)
                self.running.discard(unit)
            case ("show", "--property=Version"):
                return Done(0, b"Version=252\n")
            case ("show", unit, _) if unit.endswith(".timer"):
                return Done(0, f"ActiveState={'active' if unit in self.running else 'inactive'}\n".encode())
            case ("show", _, _):
                told = b"Result=exit-code\nExecMainStatus=4\nExecMainExitTimestamp=Fri 2026-05-01 08:00:07 UTC\n"
                return Done(0, told)
            case ("list-timers", "--all", "--output=json", unit):
                row = {"next": 1777622400000000, "last": 1777621500000000, "unit": unit}
                return Done(0, json.dumps([row]).encode()) if self.json_works else Done(1, err="no such option")
            case _:
                pass
        return Done(0)


def systemd(tmp_path: Path, manager: Manager | None = None) -> tuple[Systemd, Manager, Played]:
    manager = manager or Manager()
    played = Played({"systemctl": manager})
    return Systemd(machine(tmp_path, played)), manager, played


def units(tmp_path: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (tmp_path / ".config" / "systemd" / "user").glob("*")}


def test_the_timer_is_started_and_has_the_interval(tmp_path: Path) -> None:
    scheduler, manager, played = systemd(tmp_path)
    scheduler.install(job(minutes=15))
    assert set(units(tmp_path)) == {"gsync-anna.service", "gsync-anna.timer"}
    timer = units(tmp_path)["gsync-anna.timer"].splitlines()
    assert {"OnActiveSec=1min", "OnUnitActiveSec=15min", "RandomizedDelaySec=45s", "WantedBy=timers.target"} <= {*timer}
    assert manager.enabled == manager.running == {"gsync-anna.timer"}
    verbs = [ran[2] for ran in played.ran]
    assert verbs.index("daemon-reload") < verbs.index("enable") < verbs.index("restart")


@pytest.mark.parametrize(("minutes", "late"), [(1, 3), (15, 45), (60, 60), (1440, 60)])
def test_a_start_is_late_by_a_tenth_of_the_interval_at_most(minutes: int, late: int, tmp_path: Path) -> None:
    """Half of it at random, half for the sake of few wake-ups; systemd's own half would be a minute (AccuracySec=)."""
    scheduler, _, _ = systemd(tmp_path)
    scheduler.install(job(minutes=minutes))
    timer = units(tmp_path)["gsync-anna.timer"].splitlines()
    assert {f"RandomizedDelaySec={late}s", f"AccuracySec={late}s"} <= {*timer}


def test_a_run_that_finds_another_at_work_is_no_failure_and_one_that_hangs_ends(tmp_path: Path) -> None:
    scheduler, _, _ = systemd(tmp_path)
    scheduler.install(job())
    service = units(tmp_path)["gsync-anna.service"].splitlines()
    assert {"Type=oneshot", "SuccessExitStatus=7", "TimeoutStartSec=4h"} <= {*service}


def test_doing_it_again_leaves_the_same_files(tmp_path: Path) -> None:
    scheduler, _, _ = systemd(tmp_path)
    scheduler.install(job())
    before = units(tmp_path)
    scheduler.install(job())
    assert units(tmp_path) == before


def test_nothing_is_left_of_it(tmp_path: Path) -> None:
    scheduler, manager, played = systemd(tmp_path)
    scheduler.install(job())
    scheduler.install(job(name="gsync-berta"))
    assert scheduler.remove(job()) is True
    assert set(units(tmp_path)) == {"gsync-berta.service", "gsync-berta.timer"}
    assert manager.enabled == {"gsync-berta.timer"}
    played.ran.clear()
    assert scheduler.remove(job()) is False
    assert played.ran == []


def test_it_tells_when_it_ran_and_how_it_ended(tmp_path: Path) -> None:
    scheduler, manager, _ = systemd(tmp_path)
    assert scheduler.look(job()) is None
    scheduler.install(job())
    found = scheduler.look(job())
    assert found is not None
    assert (found.current, found.active) == (True, True)
    assert (found.last, found.next) == ("2026-05-01T07:45:00+00:00", "2026-05-01T08:00:00+00:00")
    assert found.outcome == "exit-code, exit code 4"
    manager.running.clear()
    stopped = scheduler.look(job(minutes=30))
    assert stopped is not None
    assert (stopped.current, stopped.active) == (False, False)


def test_an_old_systemd_that_lists_no_times_is_taken_as_it_is(tmp_path: Path) -> None:
    scheduler, _, _ = systemd(tmp_path, Manager(json_works=False))
    scheduler.install(job())
    found = scheduler.look(job())
    assert found is not None
    assert (found.last, found.next, found.active) == ("", "", True)


def test_what_systemctl_refuses_is_told(tmp_path: Path) -> None:
    scheduler = Systemd(machine(tmp_path, Played({"systemctl": lambda *_: REFUSED})))
    assert not scheduler.answers()
    with pytest.raises(ConfigurationWrong, match="No medium found"):
        scheduler.install(job())


def test_who_lingers_has_timers_while_signed_out(tmp_path: Path) -> None:
    def told(answer: Done) -> bool:
        return Systemd(machine(tmp_path, Played({"loginctl": lambda *_: answer}))).lingers()

    assert (told(Done(0, b"no\n")), told(Done(0, b"yes\n")), told(Done(1))) == (False, True, True)


def test_the_folder_follows_the_users_own(tmp_path: Path) -> None:
    scheduler = Systemd(machine(tmp_path, Played(), environment={"XDG_CONFIG_HOME": str(tmp_path / "xdg")}))
    assert [Path(piece.place).parent for piece in scheduler.pieces(job())] == [
        tmp_path / "xdg" / "systemd" / "user"
    ] * 2


def test_specifiers_variables_and_quotes_are_written_as_systemd_reads_them(tmp_path: Path) -> None:
    scheduler, _, _ = systemd(tmp_path)
    odd = replace(job(Path('/home/50% "x" $y \\z')), command=("/opt/a $b %c/python", "--profile", "$d %e"))
    service = scheduler.pieces(odd)[0].text
    assert 'Environment="GSYNC_HOME=/home/50%% \\"x\\" $y \\\\z"' in service
    assert 'ExecStart="/opt/a $b %%c/python" "--profile" "$$d %%e"' in service


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd")
def test_the_real_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    program = tmp_path / "two words & 50%" / "python $x"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    units_ = Systemd(machine(tmp_path, Played())).pieces(job(tmp_path / "it's 50%", python=str(program)))
    paths = [tmp_path / Path(piece.place).name for piece in units_]
    for path, piece in zip(paths, units_, strict=True):
        path.write_text(piece.text)
    (tmp_path / "run").mkdir(mode=0o700)
    command = ["systemd-analyze", "--user", "--man=no", "verify", *map(str, paths)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")},
    )  # fmt: skip
    if "Failed to" in done.stderr and "manager" in done.stderr:
        pytest.skip(f"systemd-analyze does not work here: {done.stderr.strip()[:100]}")
    assert [line for line in done.stderr.splitlines() if "gsync-anna" in line] == []
    assert done.returncode == 0, done.stderr
