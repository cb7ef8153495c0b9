"""What a check is, and what it found.

A check looks at one thing and changes nothing. It returns a Finding, or raises a GsyncError, which becomes a finding
with the words of that error. A check that needs others is left out where one of them failed: so the first failure on
the page is the cause, and what would only follow from it is not told as another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gsync_cli.errors import ConfigurationWrong, GsyncError, PartlyDone

if TYPE_CHECKING:
    from gsync_cli.doctor.scene import Scene

Outcome: TypeAlias = Literal["pass", "warn", "fail", "skip"]

MACHINE: Final = "This machine"
NETWORK: Final = "Network"
CREATIO: Final = "Creatio"
PROJECT: Final = "Google project and clients"
ACCOUNT: Final = "Google account and APIs"
KEYS: Final = "Google's keys in Creatio"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look gave. `evidence` says what was looked at and seen; `command` mends it, or is empty."""

    outcome: Outcome
    evidence: str
    command: str = ""
    code: str = ""
    """For a failure, the code of the error; empty: the id of the check is the code."""
    exit_code: int = 0
    """For a failure, the exit code of its class (gsync_cli.errors)."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    `needs` names the checks that must not have failed before; `after`, those that only must have been looked at.
    """

    id: str
    title: str
    group: str
    look: "Callable[[Scene], Finding]"
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A check and what it found."""

    check: Check
    finding: Finding
    cause: "Checked | None" = None
    """For one that was left out, the first that failed on the way to it."""

    @property
    def outcome(self) -> Outcome:
        """How it came out."""
        return self.finding.outcome

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to do about it."""
        return self.finding.outcome in ("pass", "skip")


def passed(evidence: str) -> Finding:
    """Return that something is as it must be."""
    return Finding("pass", evidence)


def warned(evidence: str, command: str = "") -> Finding:
    """Return that something works and yet wants attention."""
    return Finding("warn", evidence, command)


def failed(evidence: str, command: str, kind: type[GsyncError] = ConfigurationWrong) -> Finding:
    """Return that something is wrong; `kind` is the class of errors it belongs to, which gives the exit code."""
    return Finding("fail", evidence, command, exit_code=kind.exit_code)


def skipped(evidence: str, command: str = "") -> Finding:
    """Return that something was not looked at, and why."""
    return Finding("skip", evidence, command)


def exit_code(results: "tuple[Checked, ...]") -> int:
    """Return 0 where nothing failed; the exit code of the failures where they are of one class; else 8."""
    codes = {result.finding.exit_code for result in results if result.outcome == "fail"}
    if not codes:
        return 0
    return codes.pop() if len(codes) == 1 else PartlyDone.exit_code
