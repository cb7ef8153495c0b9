"""Machines with a scheduler that is played: what the commands would do is kept in fields that a test can read."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gsync_cli.scheduling.job import Job
from gsync_cli.scheduling.machine import NOT_FOUND, Done, Machine


class Clock:
    """A clock that counts how long somebody slept."""

    slept = 0.0

    def now(self) -> datetime:
        return datetime(2026, 5, 1, 8, 0, tzinfo=UTC) + timedelta(seconds=self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


@dataclass
class Played:
    """Commands that this machine has, each played by a function; all others are not found."""

    programs: dict[str, Callable[[tuple[str, ...], bytes], Done]] = field(default_factory=dict)
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, words: Sequence[str], stdin: bytes) -> Done:
        self.ran.append(tuple(words))
        program = self.programs.get(words[0])
        return program(tuple(words[1:]), stdin) if program else Done(NOT_FOUND, err="not found")

    def said(self, *words: str) -> bool:
        """Tell whether a command was run that begins so."""
        return any(ran[: len(words)] == words for ran in self.ran)


@dataclass
class Crontab:
    """crontab(1) as Vixie's: None is no crontab; a file without an end to its last line is refused."""

    content: bytes | None = None
    broken: Done | None = None
    debian: bool = False
    """Debian's prints carriage returns and backspaces as a backslash and a letter (measured on cron 3.0pl1-162)."""

    def __call__(self, words: tuple[str, ...], stdin: bytes) -> Done:
        if self.broken is not None:
            return self.broken
        match words:
            case ("-l",) if self.content is None:
                return Done(1, err="no crontab for anna\n")
            case ("-l",):
                content = self.content or b""
                return Done(0, content.replace(b"\r", rb"\r").replace(b"\b", rb"\b") if self.debian else content)
            case ("-r",):
                self.content = None
                return Done(0)
            case ("-",) if stdin.endswith(b"\n"):
                self.content = stdin
                return Done(0)
            case _:
                return Done(1, err="new crontab file is missing newline before EOF, can't install.")


def machine(
    folder: Path,
    played: Played,
    platform: str = "linux",
    environment: Mapping[str, str] = {},
    clock: Clock | None = None,
) -> Machine:
    return Machine(platform, folder, 501, environment, played, clock or Clock())


def job(
    folder: Path = Path("/home/anna/.config/gsync"),
    minutes: int = 15,
    name: str = "gsync-anna",
    python: str = sys.executable,
) -> Job:
    return Job(
        name=name,
        profile="anna",
        command=(python, "-P", "-m", "gsync_cli", "--profile", "anna", "sync", "all", "--auto", "--quiet"),
        environment={"GSYNC_HOME": str(folder)},
        every=timedelta(minutes=minutes),
        log=folder / "schedule.log",
    )
