"""The Task Scheduler of Windows: a task from XML, through schtasks (learn.microsoft.com, Task Scheduler Schema)."""

import csv
import io
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from gsync_cli.scheduling.job import Job, Piece, Standing, refuse
from gsync_cli.scheduling.machine import Done, Machine

_UNFIT: Final = re.compile(r"%[^%]+%|\$\(")
"""The Task Scheduler puts variables in place of these, and knows no way to write them plainly."""
_LAUNCH: Final = (
    "import os,sys;end=sys.argv.index('--');os.environ.update(given.split('=',1) for given in sys.argv[1:end]);"
    "del sys.argv[1:end+1];from gsync_cli.cli.app import main;sys.exit(main())"
)
"""A task has no environment of its own: this takes it from its arguments, NAME=VALUE up to `--`, and becomes gsync."""
_NEVER: Final = "267011"
"""SCHED_S_TASK_HAS_NOT_RUN, 0x41303: no result, the task has not run yet."""
_MINUTES: Final = {"D": 1440, "H": 60, "M": 1}


@dataclass(frozen=True, slots=True)
class Windows:
    """The Task Scheduler, for the user who is signed in."""

    machine: Machine
    name: str = "windows"

    def answers(self) -> bool:
        """Tell whether schtasks is there."""
        return self.machine.ask("schtasks", "/?").code == 0

    def pieces(self, job: Job) -> tuple[Piece, ...]:
        """Return the task in XML."""
        return (Piece(f"Task Scheduler: {job.name}", _task(job)),)

    def install(self, job: Job) -> None:
        """Register the task in place of a former one."""
        [piece] = self.pieces(job)
        with tempfile.TemporaryDirectory(prefix="gsync-") as folder:
            path = Path(folder) / "task.xml"
            # schtasks writes and reads UTF-16 with a byte order mark.
            path.write_bytes(piece.text.encode("utf-16"))
            self.machine.tell("schtasks", "/Create", "/TN", job.name, "/XML", str(path), "/F")

    def look(self, job: Job) -> Standing | None:
        """Tell how the task stands; the times are written as this machine writes them."""
        told = self._query(job, "/XML")
        if told.code != 0:
            return None
        rows = list(csv.reader(io.StringIO(self._query(job, "/V", "/FO", "CSV", "/NH").text)))
        # HostName, TaskName, Next Run Time, Status, Logon Mode, Last Run Time, Last Result, …
        following, last, result = (rows[0][2], rows[0][5], rows[0][6]) if rows and len(rows[0]) > 6 else ("", "", "")  # noqa: PLR2004
        ran = result not in ("", _NEVER)
        return Standing(
            current=_interval(_written(told)) == job.minutes and _launched(_written(told), job),
            active="<Enabled>false</Enabled>" not in _written(told),
            last=last if ran else "",
            next=following,
            outcome=f"exit code {result}" if ran else "",
        )

    def remove(self, job: Job) -> bool:
        """Delete the task."""
        if self._query(job).code != 0:
            return False
        self.machine.tell("schtasks", "/Delete", "/TN", job.name, "/F")
        return True

    def _query(self, job: Job, *words: str) -> Done:
        return self.machine.ask("schtasks", "/Query", "/TN", job.name, *words)


def _task(job: Job) -> str:
    command, arguments = _exec(job)
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>gsync: synchronise what is due ({escape(job.profile)})</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Enabled>true</Enabled>
      <StartBoundary>2020-01-01T00:00:00</StartBoundary>
      <Repetition>
        <Interval>PT{job.minutes}M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
    <ExecutionTimeLimit>PT4H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(command)}</Command>
      <Arguments>{escape(arguments)}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def _exec(job: Job) -> tuple[str, str]:
    """Return the program and its arguments in one line. Raises ConfigurationWrong("schedule-path").

    The Python without a console, where there is one beside: no window opens at every run.
    """
    python, *words = job.command
    quiet = Path(python).with_name("pythonw.exe")
    given = words[words.index("gsync_cli") + 1 :]
    variables = [f"{name}={value}" for name, value in job.environment.items()]
    arguments = ["-P", "-c", _LAUNCH, *variables, "--", *given]
    for text in (python, *variables, *given):
        refuse(_UNFIT, text)
    return str(quiet if quiet.exists() else python), subprocess.list2cmdline(arguments)


def _written(told: Done) -> str:
    """Return the XML that schtasks printed: in the code page of a console, or in UTF-16."""
    raw = told.out
    return raw.decode("utf-16", "replace") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw.decode("utf-8", "replace")


def _launched(xml: str, job: Job) -> bool:
    """Tell whether the task starts what it should, as far as the code page of a console shows it."""
    return all(_ascii(escape(text)) in _ascii(xml) for text in _exec(job))


def _ascii(text: str) -> str:
    return "".join(character for character in text if character.isascii())


def _interval(xml: str) -> int:
    """Return the interval in minutes: PT90M, PT1H30M and P1D may mean what was written otherwise. 0 for another."""
    found = re.search(r"<Interval>P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?</Interval>", xml)
    return (
        sum(int(number or 0) * size for number, size in zip(found.groups(), _MINUTES.values(), strict=True))
        if found
        else 0
    )
