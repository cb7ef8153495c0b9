"""The machine as a scheduler sees it: its commands, its folders, its user. A test hands over one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from gsync_cli.clock import Clock
from gsync_cli.errors import ConfigurationWrong

NOT_FOUND: Final = 127
"""The code of a command that this machine does not have, as shells give it."""
_OVERDUE: Final = 124
_PATIENCE: Final = 60.0
"""Seconds after which a command of a scheduler counts as failed."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind. `code` is NOT_FOUND where the machine has no such command."""

    code: int
    out: bytes = b""
    err: str = ""

    @property
    def text(self) -> str:
        """What it printed, as text."""
        return self.out.decode("utf-8", "replace")


Runner: TypeAlias = Callable[[Sequence[str], bytes], Done]
"""Runs a command (program and arguments, without a shell) with an input, and never raises for what it does."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a job is put. `platform` as sys.platform has it, `folder` the user's own, `uid` 0 where there is none."""

    platform: str
    folder: Path
    uid: int
    environment: Mapping[str, str]
    run: Runner
    clock: Clock

    def ask(self, *words: str, stdin: bytes = b"") -> Done:
        """Run a command that may fail."""
        return self.run(words, stdin)

    def tell(self, *words: str, stdin: bytes = b"") -> Done:
        """Run a command that must not fail. Raises ConfigurationWrong("scheduler-refused")."""
        done = self.run(words, stdin)
        if done.code:
            reason = done.err.strip() or done.text.strip() or f"exit code {done.code}"
            raise ConfigurationWrong("scheduler-refused", tried=" ".join(words), reason=reason)
        return done


def this_machine(environment: Mapping[str, str], clock: Clock) -> Machine:
    """Return the machine that gsync runs on."""
    uid = os.getuid() if sys.platform != "win32" else 0
    return Machine(sys.platform, Path.home(), uid, environment, _run, clock)


def _run(words: Sequence[str], stdin: bytes) -> Done:
    # crontab says in words, not by its code, that there is no crontab yet; in English they can be told.
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603  words of ours, and no shell
            list(words), input=stdin, capture_output=True, env=environment, timeout=_PATIENCE, check=False
        )
    except FileNotFoundError:
        return Done(NOT_FOUND, err=f"{words[0]} is not on this machine")
    except OSError as error:
        return Done(NOT_FOUND, err=error.strerror or str(error))
    except subprocess.TimeoutExpired:
        return Done(_OVERDUE, err=f"no answer within {_PATIENCE:.0f} seconds")
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))
