"""The Task Scheduler of Windows: one task, registered from XML."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.scheduling.job import Job
from gsync_cli.scheduling.machine import Done
from gsync_cli.scheduling.windows import Windows
from tests.support.schedulers import Played, job, machine

NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


class Schtasks:
    """schtasks: it takes XML in UTF-16 alone, and shows it in the code page of a console."""

    def __init__(self) -> None:
        self.tasks: dict[str, str] = {}
        self.result = "0"

    def __call__(self, words: tuple[str, ...], _: bytes) -> Done:
        match words:
            case ("/Create", "/TN", name, "/XML", path, "/F"):
                raw = Path(path).read_bytes()
                ET.fromstring(raw)  # noqa: S314  our own
                self.tasks[name] = raw.decode("utf-16")
            case ("/Delete", "/TN", name, "/F"):
                del self.tasks[name]
            case ("/Query", "/TN", name, *_) if name not in self.tasks:
                return Done(1, err="ERROR: The system cannot find the file specified.")
            case ("/Query", "/TN", name, "/XML"):
                normal = self.tasks[name].replace("PT60M", "PT1H")
                return Done(0, normal.encode("cp850", "replace"))
            case ("/Query", "/TN", name, "/V", "/FO", "CSV", "/NH"):
                times = ("01.05.2026 10:15:00", "Ready", "Interactive only", "01.05.2026 10:00:00")
                row = ",".join(f'"{cell}"' for cell in ("PC", f"\\{name}", *times, self.result, "N/A"))
                return Done(0, f"{row}\r\n".encode())
            case _:
                pass
        return Done(0)


def windows(tmp_path: Path) -> tuple[Windows, Schtasks]:
    schtasks = Schtasks()
    return Windows(machine(tmp_path, Played({"schtasks": schtasks}), "win32")), schtasks


def read(scheduler: Windows, one: Job) -> dict[str, str]:
    tree = ET.fromstring(scheduler.pieces(one)[0].text.encode("utf-16"))  # noqa: S314  our own
    return {element.tag.removeprefix(NAMESPACE): element.text or "" for element in tree.iter()}


def test_the_task_never_runs_twice_at_once_and_repeats_for_ever(tmp_path: Path) -> None:
    scheduler, schtasks = windows(tmp_path)
    scheduler.install(job(minutes=15))
    assert set(schtasks.tasks) == {"gsync-anna"}
    task = read(scheduler, job(minutes=15))
    assert (task["MultipleInstancesPolicy"], task["Interval"]) == ("IgnoreNew", "PT15M")
    assert "Duration" not in task
    assert (task["LogonType"], task["RunLevel"]) == ("InteractiveToken", "LeastPrivilege")


def test_a_trigger_holds_its_elements_in_the_order_of_the_published_schema(tmp_path: Path) -> None:
    """Of the types of a task this one is a sequence, the others are xs:all (triggerBaseType, MicrosoftDocs/win32)."""
    tree = ET.fromstring(windows(tmp_path)[0].pieces(job())[0].text.encode("utf-16"))  # noqa: S314  our own
    [trigger] = tree.iter(f"{NAMESPACE}TimeTrigger")
    written = [element.tag.removeprefix(NAMESPACE) for element in trigger]
    in_order = ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit"]
    assert written == [name for name in in_order if name in written]


@pytest.mark.skipif(sys.platform == "win32", reason="the arguments are taken apart by Windows' own rules below")
def test_the_launcher_becomes_gsync_with_the_environment_of_the_job(tmp_path: Path) -> None:
    scheduler, _ = windows(tmp_path)
    one = replace(
        job(tmp_path / "R&D <home>=x"), command=(sys.executable, "-P", "-m", "gsync_cli", "config", "path", "--quiet")
    )
    task = read(scheduler, one)
    done = subprocess.run([task["Command"], *parted(task["Arguments"])], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "R&D <home>=x" / "config.toml") in done.stdout


def parted(line: str) -> list[str]:
    """Take a command line apart as Windows programs do, for lines without backslashes before quotes."""
    words: list[str] = []
    quoted = False
    word: str | None = None
    for character in line:
        if character == '"':
            quoted, word = not quoted, word or ""
        elif character == " " and not quoted:
            words += [word] if word is not None else []
            word = None
        else:
            word = (word or "") + character
    return words + ([word] if word is not None else [])


def test_a_python_without_a_console_is_taken_where_there_is_one(tmp_path: Path) -> None:
    scheduler, _ = windows(tmp_path)
    python = tmp_path / "python.exe"
    assert read(scheduler, job(python=str(python)))["Command"] == str(python)
    (tmp_path / "pythonw.exe").touch()
    assert read(scheduler, job(python=str(python)))["Command"] == str(tmp_path / "pythonw.exe")


@pytest.mark.parametrize("folder", ["C:/50%/60%", "C:/$(Arg0)"])
def test_what_windows_would_replace_is_refused(folder: str, tmp_path: Path) -> None:
    scheduler, schtasks = windows(tmp_path)
    with pytest.raises(ConfigurationWrong, match="schedule-path"):
        scheduler.install(job(Path(folder)))
    assert schtasks.tasks == {}


@pytest.mark.parametrize("minutes", [15, 60])
def test_it_tells_when_it_ran_and_whether_it_is_that_of_today(minutes: int, tmp_path: Path) -> None:
    scheduler, _ = windows(tmp_path)
    one = job(Path("C:/Users/Jürgen & Söhne"), minutes=minutes)
    assert scheduler.look(one) is None
    scheduler.install(one)
    found = scheduler.look(one)
    assert found is not None
    assert (found.current, found.active, found.outcome) == (True, True, "exit code 0")
    assert (found.last, found.next) == ("01.05.2026 10:00:00", "01.05.2026 10:15:00")
    for other in (replace(one, every=one.every * 2), replace(one, environment={"GSYNC_HOME": "D:/elsewhere"})):
        renewed = scheduler.look(other)
        assert renewed is not None
        assert not renewed.current


def test_one_that_never_ran_has_no_last_run(tmp_path: Path) -> None:
    scheduler, schtasks = windows(tmp_path)
    schtasks.result = "267011"
    scheduler.install(job())
    found = scheduler.look(job())
    assert found is not None
    assert (found.last, found.outcome) == ("", "")


def test_nothing_is_left_of_it(tmp_path: Path) -> None:
    scheduler, schtasks = windows(tmp_path)
    scheduler.install(job())
    scheduler.install(job())
    assert scheduler.remove(job()) is True
    assert schtasks.tasks == {}
    assert scheduler.remove(job()) is False
