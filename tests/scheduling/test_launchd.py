"""launchd: one property list, loaded into the session of the user."""

import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.scheduling.job import Standing
from gsync_cli.scheduling.launchd import Launchd
from gsync_cli.scheduling.machine import Done
from tests.support.schedulers import Clock, Played, job, machine


class Launchctl:
    """launchctl: after bootout it refuses a bootstrap for some tries, as the real one does for some seconds."""

    def __init__(self, busy: int = 3) -> None:
        self.loaded: dict[str, bytes] = {}
        self.draining = 0
        self.busy = busy

    def __call__(self, words: tuple[str, ...], _: bytes) -> Done:
        match words:
            case ("bootout", target) if target in self.loaded:
                del self.loaded[target]
                self.draining = self.busy
            case ("bootout", _):
                return Done(3, err="Boot-out failed: 3: No such process")
            case ("bootstrap", _, _) if self.draining:
                self.draining -= 1
                return Done(5, err="Bootstrap failed: 5: Input/output error")
            case ("bootstrap", domain, path):
                content = Path(path).read_bytes()
                self.loaded[f"{domain}/{plistlib.loads(content)['Label']}"] = content
            case ("print", target) if target in self.loaded:
                return Done(0, f"{target} = {{\n\tstate = not running\n\truns = 3\n\tlast exit code = 4\n}}".encode())
            case ("print", _):
                return Done(113, err="Could not find service")
            case _:
                pass
        return Done(0)


def launchd(tmp_path: Path, busy: int = 3) -> tuple[Launchd, Launchctl, Played, Clock]:
    launchctl, clock = Launchctl(busy), Clock()
    played = Played({"launchctl": launchctl})
    return Launchd(machine(tmp_path, played, "darwin", clock=clock)), launchctl, played, clock


def plist(tmp_path: Path) -> Path:
    return tmp_path / "Library" / "LaunchAgents" / "gsync-anna.plist"


def test_the_agent_is_loaded_for_the_user_and_has_the_interval(tmp_path: Path) -> None:
    scheduler, launchctl, _, _ = launchd(tmp_path)
    folder = tmp_path / "R&D <50%>"
    scheduler.install(job(folder, minutes=15))
    assert set(launchctl.loaded) == {"gui/501/gsync-anna"}
    written = plistlib.loads(plist(tmp_path).read_bytes())
    assert written["StartInterval"] == 900
    assert written["ProgramArguments"] == list(job().command)
    assert written["EnvironmentVariables"] == {"GSYNC_HOME": str(folder)}
    assert written["StandardErrorPath"] == str(folder / "schedule.log")
    assert "KeepAlive" not in written


def test_one_that_runs_as_it_should_is_left_alone(tmp_path: Path) -> None:
    scheduler, _, played, _ = launchd(tmp_path)
    scheduler.install(job())
    played.ran.clear()
    scheduler.install(job())
    assert [ran[1] for ran in played.ran] == ["print"]


def test_a_renewed_one_waits_until_launchd_has_let_go_of_the_former(tmp_path: Path) -> None:
    scheduler, launchctl, _, clock = launchd(tmp_path)
    scheduler.install(job(minutes=15))
    scheduler.install(job(minutes=30))
    assert plistlib.loads(launchctl.loaded["gui/501/gsync-anna"])["StartInterval"] == 1800
    assert 2 <= clock.slept <= 5


def test_what_launchd_keeps_refusing_is_told(tmp_path: Path) -> None:
    scheduler, _, _, clock = launchd(tmp_path, busy=1000)
    scheduler.install(job(minutes=15))
    with pytest.raises(ConfigurationWrong, match="Input/output error"):
        scheduler.install(job(minutes=30))
    assert 10 <= clock.slept <= 20


def test_nothing_is_left_of_it(tmp_path: Path) -> None:
    scheduler, launchctl, _, _ = launchd(tmp_path)
    one = job(tmp_path)
    scheduler.install(one)
    one.log.write_text("trouble")
    assert scheduler.remove(one) is True
    assert (launchctl.loaded, plist(tmp_path).exists(), one.log.exists()) == ({}, False, False)
    assert scheduler.remove(one) is False


def test_one_that_was_unloaded_by_hand_is_taken_away_too(tmp_path: Path) -> None:
    scheduler, launchctl, _, _ = launchd(tmp_path)
    scheduler.install(job())
    launchctl.loaded.clear()
    assert scheduler.look(job()) == Standing(current=True, active=False)
    assert scheduler.remove(job()) is True


def test_it_tells_how_the_last_run_ended(tmp_path: Path) -> None:
    scheduler, _, _, _ = launchd(tmp_path)
    assert scheduler.look(job()) is None
    scheduler.install(job())
    assert scheduler.look(job()) == Standing(current=True, active=True, outcome="exit code 4")
    renewed = scheduler.look(job(minutes=30))
    assert renewed is not None
    assert not renewed.current


@pytest.mark.skipif(shutil.which("plutil") is None, reason="this machine has no plutil")
def test_the_real_plutil_finds_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.plist"
    path.write_text(Launchd(machine(tmp_path, Played(), "darwin")).pieces(job(tmp_path / "R&D"))[0].text)
    subprocess.run(["plutil", "-lint", str(path)], check=True)
