"""The terminal's side of `setup-project`: whoever sits there, and what is said on the way."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.setup_pages import put_report, put_task
from gsync_cli.cli.terminal import Terminal
from gsync_cli.credentials import ClientKind
from gsync_cli.errors import GsyncError
from gsync_cli.provisioning.client_file import client_of
from gsync_cli.provisioning.walk.model import Choice, StepReport, Task

if TYPE_CHECKING:
    from gsync_cli.provisioning.permissions import Refusal

_STOP: Final = ("s", "stop", "q", "quit")
_FRESH_SECONDS: Final = 24 * 3600
"""A file in the downloads that is older than this is not offered."""


class AtTerminal:
    """Somebody who can be asked (provisioning.walk.model.Person)."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._shown: Task | None = None
        """What was shown last: after a wrong answer nobody has to read it again."""

    def choose(self, question: str, choices: Sequence[Choice], *, flag: str) -> str:
        """Ask for one of several, by number or by value."""
        listed = "\n".join(f"  {number}. {choice.label}" for number, choice in enumerate(choices, 1))
        self._terminal.tell(lambda page: page.text(listed))
        by_text = {str(number): choice.value for number, choice in enumerate(choices, 1)}
        by_text |= {choice.value: choice.value for choice in choices}
        while True:
            typed = self._terminal.ask(question, flag=flag, default="1")
            if typed in by_text:
                return by_text[typed]
            self._terminal.warn(f"“{typed}” is none of them.", f"Type a number from 1 to {len(choices)}.")

    def confirm(self, question: str, *, flag: str, default: bool) -> bool:
        """Ask for yes or no."""
        return self._terminal.confirm(question, flag=flag, default=default)

    def ask(self, question: str, *, flag: str, default: str) -> str:
        """Ask for a line of text."""
        return self._terminal.ask(question, flag=flag, default=default or None)

    def secret(self, question: str, *, flag: str) -> str:
        """Ask for something that does not show."""
        return self._terminal.secret(question, flag=flag)

    def carry_out(self, task: Task) -> str | None:
        """Show a task, and wait for Enter, for a file, or for “s”."""
        if task != self._shown:
            self._shown = task
            self._terminal.tell(Page.text)
            self._terminal.tell(lambda page: put_task(page, task, now=True))
        match task.asks:
            case "nothing":
                return ""
            case "site":
                typed = self._terminal.ask(
                    "Address of the Creatio site (s stops here)", flag="--creatio-url", default="s"
                )
                return None if typed.lower() in _STOP else typed
            case "done":
                typed = self._terminal.ask("Enter when it is done, s stops here", flag="--client-json", default="done")
                return None if typed.lower() in _STOP else ""
            case kind:
                found = newest_download(kind)
                typed = self._terminal.ask(
                    "The downloaded file (s stops here)", flag="--client-json", default=found or "s"
                )
                return None if typed.lower() in _STOP else typed

    def refused(self, error: GsyncError) -> None:
        """Say why what was given does not do."""
        problem = Problem.of(error)
        self._terminal.warn(problem.message, problem.hint)


class Teller:
    """What is said on the way (provisioning.walk.model.Telling)."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def step(self, report: StepReport) -> None:
        """Say how a step stands; the page at the end says it again for whoever reads only that."""
        if self._terminal.interactive:
            self._terminal.tell(lambda page: put_report(page, report))

    def foreseen(self, refusal: "Refusal") -> None:
        """Say what this account will be refused."""
        problem = Problem.of(refusal.error)
        self._terminal.warn(problem.message, problem.hint)

    def note(self, text: str) -> None:
        """Say what is being done."""
        self._terminal.step(text)

    def warn(self, text: str) -> None:
        """Say what should not be missed."""
        self._terminal.warn(text)

    def warn_of(self, error: GsyncError) -> None:
        """Say it in the words of an error."""
        problem = Problem.of(error)
        self._terminal.warn(problem.message, problem.hint)


def newest_download(kind: ClientKind, folder: Path | None = None, now: float | None = None) -> str:
    """Return the newest file of such a client among the downloads of the last day; empty where there is none."""
    where = folder or Path.home() / "Downloads"
    since = (time.time() if now is None else now) - _FRESH_SECONDS
    try:
        files = sorted(((path.stat().st_mtime, path) for path in where.glob("client_secret*.json")), reverse=True)
        return next((str(path) for at, path in files if at >= since and _holds(path, kind)), "")
    except OSError:
        return ""


def _holds(path: Path, kind: ClientKind) -> bool:
    try:
        return client_of(path.read_bytes(), path.name).kind == kind
    except GsyncError:
        return False
