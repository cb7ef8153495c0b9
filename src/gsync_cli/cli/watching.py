"""`gsync sync … --watch`: a run at once, then one an interval, whatever becomes of any of them, until it is ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.sync_results import AllSynchronised, Synchronised
from gsync_cli.clock import Clock
from gsync_cli.errors import GsyncError, Temporary

LONGEST_WAIT: Final = timedelta(hours=1)
"""How far what is temporarily out of reach pushes runs apart; an interval that is longer stays."""
_SLICE: Final = 20.0
"""Seconds of one sleep. A machine that was suspended in it runs soon after it wakes, and once only."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One run out of many: what came of each kind, or the error that kept it from beginning."""

    at: datetime
    result: Synchronised | AllSynchronised | None
    error: GsyncError | None = None
    as_before: frozenset[str] = frozenset()
    """Codes of errors that the run before ended with, too: their sentences have been told."""
    in_full: bool = False
    """Whether errors are told beside the line, as in JSON."""

    @property
    def errors(self) -> Mapping[str, GsyncError]:
        """What ended the run, or a kind's part in it, before its time; by kind, "" for the whole."""
        if self.error:
            return {"": self.error}
        return {part.part: part.stopped for part in self.parts if part.stopped}

    @property
    def parts(self) -> Sequence[Synchronised]:
        """The kinds that were begun."""
        if isinstance(self.result, AllSynchronised):
            return self.result.parts
        return [self.result] if self.result else []

    @property
    def problems(self) -> Sequence[Problem]:
        """What went wrong, for the envelope; the line says it otherwise."""
        if not self.in_full:
            return ()
        if self.error:
            return (Problem.of(self.error),)
        return self.result.problems if self.result else ()

    @property
    def exit_code(self) -> int:
        """As if the run had been a command of its own."""
        if self.error:
            return self.error.exit_code
        return self.result.exit_code if self.result else 0

    def data(self) -> Mapping[str, object]:
        """Return what the command gives for one run."""
        return self.result.data() if self.result else {}

    def show(self, page: Page) -> None:
        """Show one line: the time here, and what was written, or why not."""
        told = [f"{part.part}: {part.line()}" for part in self.parts if not part.stopped]
        told += [f"{name}: {self._why(error)}" if name else self._why(error) for name, error in self.errors.items()]
        page.text(f"{self.at.astimezone():%Y-%m-%d %H:%M:%S}  {'  |  '.join(told)}")

    def _why(self, error: GsyncError) -> str:
        if error.code in self.as_before:
            return f"not done, as before ({error.code})"
        problem = Problem.of(error)
        return " ".join(f"{problem.message}{f' → {problem.hint}' if problem.hint else ''}".split())


@dataclass(slots=True)
class Pace:
    """When the next run is to begin."""

    every: timedelta
    _failures: int = field(default=0, init=False)

    def next(self, began: datetime, now: datetime, ran: Ran) -> datetime:
        """Return when the run after one that began at `began` is to begin.

        Never in a burst: what was missed while a run lasted, or the machine slept, is left out. While a service is out
        of reach the distance doubles up to an hour; an overloaded one does not recover by being asked.
        """
        self._failures = self._failures + 1 if _is_out_of_reach(ran) else 0
        distance = self.every
        if self._failures:
            # Beyond the tenth doubling the limit holds in any case.
            doubled = self.every * 2 ** min(self._failures - 1, 10)
            distance = max(self.every, min(doubled, LONGEST_WAIT))
        if now < began:
            return now + distance
        missed = (now - began) // distance
        return began + distance * (missed + 1)


def watch(clock: Clock, pace: Pace, once: Callable[[], Ran], tell: Callable[[Ran], None]) -> None:
    """Run, tell, wait, and again; it ends by an exception that `once` or the clock's sleep raises."""
    while True:
        began = clock.now()
        ran = once()
        tell(ran)
        wait_until(clock, pace.next(began, clock.now(), ran))


def wait_until(clock: Clock, moment: datetime) -> None:
    """Sleep until the clock shows `moment`; one that is set back meanwhile makes nobody wait longer than meant."""
    former = clock.now()
    while (left := (moment - former).total_seconds()) > 0:
        clock.sleep(min(left, _SLICE))
        now = clock.now()
        if now < former:
            moment -= former - now
        former = now


def _is_out_of_reach(ran: Ran) -> bool:
    """Tell whether everything that was tried failed for a reason that passes; another run in progress is none."""
    errors = ran.errors.values()
    failed = bool(errors) and len(errors) == max(1, len(ran.parts))
    return failed and all(isinstance(error, Temporary) and error.code != "run-in-progress" for error in errors)
