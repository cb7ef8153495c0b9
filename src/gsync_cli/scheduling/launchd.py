"""launchd: an agent of the user (launchd.plist(5), launchctl(1)). It never starts a job that still runs."""

import plistlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gsync_cli.files import write_private
from gsync_cli.scheduling.job import Job, Piece, Standing
from gsync_cli.scheduling.machine import Machine

_ATTEMPTS: Final = 15
"""bootout returns before launchd has let go of the job; for some seconds bootstrap then fails with 5 or 37."""
_ANOTHER: Final = 1.0


@dataclass(frozen=True, slots=True)
class Launchd:
    """launchd, in the session of the user."""

    machine: Machine
    name: str = "launchd"

    def answers(self) -> bool:
        """Tell whether launchctl is there."""
        return self.machine.ask("launchctl", "managername").code == 0

    def pieces(self, job: Job) -> tuple[Piece, ...]:
        """Return the property list."""
        return (Piece(str(self._file(job)), _plist(job)),)

    def install(self, job: Job) -> None:
        """Write the property list and load it; a loaded one that is the same is left to run."""
        [piece] = self.pieces(job)
        path = self._file(job)
        loaded = self._loaded(job)
        if loaded and _holds(path, piece.text):
            return
        write_private(path, piece.text.encode())
        if loaded:
            self.machine.ask("launchctl", "bootout", self._target(job))
        # Somebody may have switched it off once; launchd remembers that beyond the file.
        self.machine.ask("launchctl", "enable", self._target(job))
        self._load(path)

    def look(self, job: Job) -> Standing | None:
        """Tell how the agent stands; launchd keeps no times."""
        [piece] = self.pieces(job)
        if not self._file(job).exists():
            return None
        told = self.machine.ask("launchctl", "print", self._target(job))
        code = re.search(r"last exit code = (\S+)", told.text)
        return Standing(
            current=_holds(self._file(job), piece.text),
            active=told.code == 0,
            outcome=f"exit code {code[1]}" if code and code[1].lstrip("-").isdigit() else "",
        )

    def remove(self, job: Job) -> bool:
        """Unload the agent and delete its property list and its log."""
        path = self._file(job)
        loaded = self._loaded(job)
        if loaded:
            self.machine.tell("launchctl", "bootout", self._target(job))
        found = loaded or path.exists()
        path.unlink(missing_ok=True)
        if found:
            job.log.unlink(missing_ok=True)
        return found

    def _load(self, path: Path) -> None:
        for _ in range(_ATTEMPTS - 1):
            if self.machine.ask("launchctl", "bootstrap", self._domain(), str(path)).code == 0:
                return
            self.machine.clock.sleep(_ANOTHER)
        self.machine.tell("launchctl", "bootstrap", self._domain(), str(path))

    def _loaded(self, job: Job) -> bool:
        return self.machine.ask("launchctl", "print", self._target(job)).code == 0

    def _file(self, job: Job) -> Path:
        return self.machine.folder / "Library" / "LaunchAgents" / f"{job.name}.plist"

    def _domain(self) -> str:
        return f"gui/{self.machine.uid}"

    def _target(self, job: Job) -> str:
        return f"{self._domain()}/{job.name}"


def _plist(job: Job) -> str:
    return plistlib.dumps(
        {
            "Label": job.name,
            "ProgramArguments": list(job.command),
            "EnvironmentVariables": dict(job.environment),
            "StartInterval": job.minutes * 60,
            "RunAtLoad": True,
            "ProcessType": "Background",
            "StandardOutPath": "/dev/null",
            "StandardErrorPath": str(job.log),
            "Umask": 0o077,
        },
        sort_keys=False,
    ).decode()


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False
