"""What both simulations have in common: the result of a seed, the place where it is played, and trouble for a run."""

import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final
from unittest.mock import patch

from googleapiclient.schema import Schemas

from tests.simulation.oracle import BrokenPromise
from tests.simulation.rig import Death, Trouble

SOON: Final = 600.0
"""Seconds: longer than any lag."""
LATER: Final = 3 * 3600.0
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  a folder of its own is made in it
"""Where there is such a folder, files there never wait for a disk."""


@dataclass
class Result:
    """What one seed came to."""

    seed: int
    option: str = ""
    """What chooses the simulation that played it, on the command line."""
    problem: str = ""
    trace: list[str] = field(default_factory=list)
    journal: str = ""
    """The same every time the seed is played; "" where it is not told."""
    runs: int = 0
    kills: int = 0
    stopped: int = 0
    """Runs that ended with an error."""
    acts: int = 0
    linked: int = 0
    excused: int = 0
    """Records that are left to a person in the end."""
    lost: int = 0
    """Conflicts that the journal tells of."""

    def told(self, *, whole: bool = True) -> str:
        """Return the problem and the trace: all of it, or how it ended."""
        lines = self.trace if whole else self.trace[-12:]
        again = " ".join(("python -m tests.simulation", *filter(None, [self.option]), f"--seed {self.seed} --trace"))
        return "\n".join((*lines, f"seed {self.seed}: {self.problem or 'all promises kept'}   ({again})"))


def played(result: Result, through: Callable[[Path], None]) -> Result:
    """Play a seed in a folder of its own. What goes wrong is in the result."""
    where = _MEMORY if _MEMORY.is_dir() else None
    # googleapiclient writes documentation for each method it makes: a third of the time, and nobody reads it.
    with (
        tempfile.TemporaryDirectory(prefix="gsync-", dir=where) as folder,
        patch.object(Schemas, "prettyPrintSchema", return_value=""),
    ):
        try:
            through(Path(folder))
        except BrokenPromise as broken:
            result.problem = str(broken)
        except Exception:  # noqa: BLE001  whatever it is, it is a finding
            result.problem = traceback.format_exc()
    return result


def some_trouble(random: Random, meddling: Sequence[float]) -> Trouble:
    """Return what happens to a run: faults, people who meddle with these odds, and now and then a kill."""
    trouble = Trouble(fault_odds=random.choice((0.0, 0.0, 0.05, 0.2)), meddling=random.choice(meddling))
    if random.random() < 0.4:
        at = random.choice(("request", "answer", "begin", "commit", "committed"))
        trouble.death = Death(at, random.randint(1, 20 if at in ("request", "answer") else 8))
    return trouble


def keep_their_promises(results: Sequence[Result]) -> None:
    """Assert that no seed has found anything, and that enough happened for that to mean something."""
    for result in results:
        assert not result.problem, result.told()
    # A simulation in which nothing happens keeps every promise.
    assert all(sum(getattr(each, what) for each in results) for what in ("runs", "kills", "stopped", "acts", "linked"))
