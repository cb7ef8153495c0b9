"""systemd: a service and a timer of the user (systemd.service(5), systemd.timer(5), systemd.syntax(7)).

Two runs never overlap: systemd does not start a service that runs. A run by hand holds gsync's own lock; the job then
ends with 7, which the service takes for success.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gsync_cli.files import write_private
from gsync_cli.scheduling.job import Job, Piece, Standing
from gsync_cli.scheduling.machine import Done, Machine

_SPREAD: Final = 20
"""The part of the interval by which a start is delayed at random, so that not everybody asks Google at once."""
_MOST_SPREAD: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Systemd:
    """The service manager of the user."""

    machine: Machine
    name: str = "systemd"

    def answers(self) -> bool:
        """Tell whether the user has a service manager that can be reached."""
        return self._ask("show", "--property=Version").code == 0

    def pieces(self, job: Job) -> tuple[Piece, ...]:
        """Return the two unit files."""
        service, timer = self._files(job)
        return Piece(str(service), _service(job)), Piece(str(timer), _timer(job))

    def install(self, job: Job) -> None:
        """Write the units and start the timer anew."""
        for piece in self.pieces(job):
            write_private(Path(piece.place), piece.text.encode())
        timer = self._files(job)[1].name
        self._tell("daemon-reload")
        self._tell("enable", timer)
        # A timer that runs keeps its old interval until it is started again.
        self._tell("restart", timer)

    def look(self, job: Job) -> Standing | None:
        """Tell how the units stand."""
        files = self._files(job)
        if not any(path.exists() for path in files):
            return None
        service, timer = (path.name for path in files)
        shown = self._properties(timer, "ActiveState")
        ended = self._properties(service, "Result", "ExecMainStatus", "ExecMainExitTimestamp")
        last, following = self._times(timer)
        ran = bool(ended.get("ExecMainExitTimestamp"))
        return Standing(
            current=all(_holds(Path(piece.place), piece.text) for piece in self.pieces(job)),
            active=shown.get("ActiveState") == "active",
            last=last,
            next=following,
            outcome=f"{ended.get('Result', '')}, exit code {ended.get('ExecMainStatus', '')}" if ran else "",
        )

    def remove(self, job: Job) -> bool:
        """Stop the timer and delete both units; a run that is under way ends by itself."""
        files = self._files(job)
        if not any(path.exists() for path in files):
            return False
        service, timer = files
        if timer.exists():
            self._tell("disable", "--now", timer.name)
        for path in files:
            path.unlink(missing_ok=True)
        self._tell("daemon-reload")
        # A failed run would go on standing in the list of units, of which nothing else is left.
        self._ask("reset-failed", service.name)
        return True

    def lingers(self) -> bool:
        """Tell whether the user's timers run while nobody is signed in; True where logind does not tell."""
        told = self.machine.ask("loginctl", "show-user", str(self.machine.uid), "--property=Linger", "--value")
        return told.code != 0 or told.text.strip() != "no"

    def _files(self, job: Job) -> tuple[Path, Path]:
        base = self.machine.environment.get("XDG_CONFIG_HOME") or str(self.machine.folder / ".config")
        folder = Path(base) / "systemd" / "user"
        return folder / f"{job.name}.service", folder / f"{job.name}.timer"

    def _properties(self, unit: str, *names: str) -> dict[str, str]:
        told = self._ask("show", unit, f"--property={','.join(names)}").text
        return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)

    def _times(self, timer: str) -> tuple[str, str]:
        """Return when the timer started its service last, and when it will; empty where this systemd can't tell so."""
        told = self._ask("list-timers", "--all", "--output=json", timer)
        try:
            [row] = json.loads(told.out)
            return _moment(row.get("last")), _moment(row.get("next"))
        except (ValueError, AttributeError, TypeError):
            return "", ""

    def _ask(self, *words: str) -> Done:
        return self.machine.ask("systemctl", "--user", *words)

    def _tell(self, *words: str) -> None:
        self.machine.tell("systemctl", "--user", *words)


def _service(job: Job) -> str:
    return "\n".join(
        (
            "# Written by gsync schedule install; gsync schedule remove takes it away.",
            "[Unit]",
            f"Description=gsync: synchronise what is due ({job.profile})",
            "",
            "[Service]",
            "Type=oneshot",
            *(f"Environment={_quoted(f'{name}={value}')}" for name, value in job.environment.items()),
            f"ExecStart={_command(job.command)}",
            "# 7: another run is at work, or there is no network; the next run makes up for it.",
            "SuccessExitStatus=7",
            "# A run that hangs must not keep all later ones from starting.",
            "TimeoutStartSec=4h",
            "",
        )
    )


def _timer(job: Job) -> str:
    seconds = max(1, round(min(job.every / _SPREAD, _MOST_SPREAD).total_seconds()))
    # Persistent= works only with OnCalendar=, which can't say "every 45 minutes". It is not needed: a minute after the
    # user's manager starts the job looks what is due, and so makes up for what was missed.
    return "\n".join(
        (
            "# Written by gsync schedule install; gsync schedule remove takes it away.",
            "[Unit]",
            f"Description=gsync: every {job.minutes} min ({job.profile})",
            "",
            "[Timer]",
            "OnActiveSec=1min",
            f"OnUnitActiveSec={job.minutes}min",
            f"RandomizedDelaySec={seconds}s",
            "# Left to itself systemd may be a minute late, so a job of every minute would run every second one.",
            f"AccuracySec={seconds}s",
            "",
            "[Install]",
            "WantedBy=timers.target",
            "",
        )
    )


def _command(words: tuple[str, ...]) -> str:
    """Return a command line. The program is not subject to variables, its arguments are: a dollar is doubled there."""
    program, *arguments = words
    return " ".join((_quoted(program), *(_quoted(word).replace("$", "$$") for word in arguments)))


def _quoted(text: str) -> str:
    """Return a text as one word: quotes and backslashes escaped, and percent signs, which begin specifiers."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False


def _moment(microseconds: object) -> str:
    if not isinstance(microseconds, int) or microseconds <= 0:
        return ""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="seconds")
