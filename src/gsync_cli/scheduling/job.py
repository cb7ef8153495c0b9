"""The job of a profile, the same for every scheduler, and what a scheduler can do with it."""

import hashlib
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from gsync_cli.config import SETTINGS, Settings
from gsync_cli.errors import ConfigurationWrong
from gsync_cli.parts import PARTS, Part
from gsync_cli.profiles import Profile, home

LONGEST: Final = timedelta(days=1)
"""The job looks at least once a day what is due: a machine that is off at the hour of a weekly job would never run."""
_MINUTE: Final = timedelta(minutes=1)
_PASSED_ON: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""A scheduler starts with an environment of its own; without these gsync would not reach the network of this shell."""
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Job:
    """What is to run: `command` (an absolute program and its arguments) with `environment` added, `every` so often."""

    name: str
    """Unique for this user of this machine; letters, digits, dots, dashes and underscores."""
    profile: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    every: timedelta
    """Whole minutes, from one minute to LONGEST."""
    log: Path
    """Where errors go under a scheduler that keeps none itself."""

    @property
    def minutes(self) -> int:
        """The interval in minutes."""
        return self.every // _MINUTE


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a scheduler is given: the text, and where it stands."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands with a scheduler, as far as that one tells."""

    current: bool
    """Whether it is what `install` would write now."""
    active: bool
    """Whether the scheduler will start it."""
    last: str = ""
    """When it ran last: ISO 8601 in UTC, or as the scheduler writes it; empty where it does not tell, or never."""
    next: str = ""
    """When it runs next, likewise."""
    outcome: str = ""
    """How the last run ended, as the scheduler tells it."""


class Scheduler(Protocol):
    """One way to have a job started."""

    @property
    def name(self) -> str:
        """The name that `--with` takes."""
        ...

    def answers(self) -> bool:
        """Tell whether this machine has it, and it works for this user."""
        ...

    def pieces(self, job: Job) -> tuple[Piece, ...]:
        """Return what `install` writes. Raises ConfigurationWrong("schedule-path")."""
        ...

    def install(self, job: Job) -> None:
        """Put the job there, in place of a former one of its name, and start its clock.

        Raises ConfigurationWrong("scheduler-refused", "schedule-path" and those of files.write_private).
        """
        ...

    def look(self, job: Job) -> Standing | None:
        """Tell how the job stands; None where it does not, or where the scheduler does not answer."""
        ...

    def remove(self, job: Job) -> bool:
        """Take the job away, and tell whether it was there. Raises ConfigurationWrong("scheduler-refused")."""
        ...


def job_for(profile: Profile, settings: Settings, environment: Mapping[str, str], python: str = sys.executable) -> Job:
    """Return the job of a profile, at the smaller interval of the kinds that run by themselves.

    It runs the very Python that runs now, and reads no module from the folder it happens to start in (-P). Raises
    ConfigurationWrong("schedule-path") where a path holds characters that no scheduler can write.
    """
    base = home(environment).absolute()
    passed = {
        name: value
        for name, value in sorted(environment.items())
        if name.upper() in _PASSED_ON and value and not _secret(name, value)
    }
    job = Job(
        name=_name(profile.name, base),
        profile=profile.name,
        command=(
            str(Path(python).absolute()), "-P", "-m", "gsync_cli",
            "--profile", profile.name, "sync", "all", "--auto", "--quiet",
        ),
        environment={"GSYNC_HOME": str(base), **passed},
        every=_interval(settings),
        log=profile.folder.absolute() / "schedule.log",
    )  # fmt: skip
    for text in (*job.command, *(f"{name}={value}" for name, value in job.environment.items()), str(job.log)):
        refuse(_UNFIT, text)
    return job


def automatic(settings: Settings) -> tuple[Part, ...]:
    """Return what is set to run by itself."""
    return tuple(part for part in PARTS if settings.flag(f"sync.{part}.auto"))


def left_behind(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that hold in this shell and that the job will not have.

    Settings belong into config.toml, and a proxy with a password in its address into no scheduler.
    """
    settings = {row.variable for row in SETTINGS.values()}
    return tuple(
        sorted(name for name, value in environment.items() if value and (name in settings or _secret(name, value)))
    )


def by_hand(job: Job) -> str:
    """Return the job as one line for a shell, for machines whose scheduler gsync does not know."""
    variables = (f"{name}={value}" for name, value in job.environment.items())
    return shlex.join(("env", *variables, *job.command))


def refuse(unfit: re.Pattern[str], text: str) -> None:
    """Raise ConfigurationWrong("schedule-path") where a text holds what can't be written down for a scheduler."""
    if unfit.search(text):
        raise ConfigurationWrong("schedule-path", path=repr(text))


def _interval(settings: Settings) -> timedelta:
    wanted = min(settings.duration(f"sync.{part}.interval") for part in automatic(settings) or PARTS)
    return max(_MINUTE, min(wanted, LONGEST) // _MINUTE * _MINUTE)


def _name(profile: str, base: Path) -> str:
    """Return the job's name; a home of its own keeps its jobs apart from those of the usual one."""
    if base == home({}).absolute():
        return f"gsync-{profile}"
    return f"gsync-{profile}-{hashlib.sha256(str(base).encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def _secret(name: str, value: str) -> bool:
    return name.upper().endswith("_PROXY") and name.upper() in _PASSED_ON and "@" in value
