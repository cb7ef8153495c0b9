"""The figures, each beside its target and its floor (docs/performance.md)."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Final

from benchmarks import planner
from benchmarks.world import GSYNC, Synchronised, World, measured

PEERS: Final = {"vdirsyncer": "vdirsyncer", "goobook": "goobook"}
"""Command -> package on PyPI. Only their start-up is compared: both speak other protocols than gsync."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, its values, and what they should be."""

    name: str
    unit: str
    values: Sequence[float]
    target: str = "—"
    floor: str = "—"

    def cells(self) -> tuple[str, ...]:
        """Return the line: name, median, minimum to maximum, target, floor."""
        middle, low, high = statistics.median(self.values), min(self.values), max(self.values)
        spread = f"{_short(low)}-{_short(high)}" if len(self.values) > 1 else ""
        return self.name, f"{_short(middle)} {self.unit}", spread, self.target, self.floor


@dataclass(frozen=True, slots=True)
class Plan:
    """How large, and how often."""

    contacts: int = 10_000
    many: int = 25_000
    repeats: int = 5
    first_runs: int = 3
    """A first run needs a new world each time, so it is repeated less often."""
    peers: bool = False


@dataclass(slots=True)
class _Series:
    """Runs of one kind, measured one after another."""

    runs: list[Synchronised] = field(default_factory=list)

    def figures(self, name: str, *, cpu: str = "—", requests: str = "—", floor: int, peak: str = "—") -> list[Figure]:
        return [
            Figure(f"{name}: own CPU", "s", [run.cost.cpu for run in self.runs], cpu),
            Figure(f"{name}: wall, the sandbox's work included", "s", [run.cost.wall for run in self.runs]),
            Figure(f"{name}: requests", "", [run.all_requests for run in self.runs], requests, str(floor)),
            Figure(f"{name}: peak memory", "MiB", [run.cost.peak for run in self.runs], peak),
        ]


def start_up(plan: Plan) -> Iterator[Figure]:
    """Whole processes that do next to nothing, in alternation with bare Python and the peers."""
    commands: dict[str, Sequence[str]] = {
        "bare Python": (sys.executable, "-c", "pass"),
        "gsync --version": (*GSYNC, "--version"),
        "gsync redirect-uris": (*GSYNC, "redirect-uris", "--version", "7.17.1"),
        "gsync --help": (*GSYNC, "--help"),
    }
    targets = {"gsync --version": "80 ms", "gsync redirect-uris": "80 ms", "gsync --help": "120 ms"}
    home = tempfile.mkdtemp(prefix="gsync-bench-")
    with _peers(install=plan.peers) as peers:
        commands |= peers
        took: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(plan.repeats):
            for name, command in commands.items():
                took[name].append(1000 * measured(command, {"GSYNC_HOME": home})[0].wall)
    shutil.rmtree(home)
    for name, values in took.items():
        yield Figure(f"start-up: {name}", "ms", values, targets.get(name, "—"))


def first_run_from_creatio(plan: Plan) -> Iterator[Figure]:
    """Every contact of Creatio is made in Google; then nothing has changed, then one per cent has."""
    count, one_per_cent = plan.contacts, plan.contacts // 100
    first, after, quiet, changed = _Series(), _Series(), _Series(), _Series()
    for _ in range(plan.first_runs):
        with World(in_creatio=count) as world:
            world.connect()
            first.runs.append(world.synchronise())
            after.runs.append(world.synchronise())
    with World(in_creatio=count) as world:
        world.connect()
        world.synchronise()
        world.synchronise()
        for _ in range(plan.repeats):
            quiet.runs.append(world.synchronise())
            world.change(in_google=one_per_cent // 2, in_creatio=one_per_cent - one_per_cent // 2)
            changed.runs.append(world.synchronise())
    floor = 3 + ceil(count / 200) + ceil(count / 20_000) * 3 + 1
    name = f"first run, {count:,} from Creatio"
    yield from first.figures(name, cpu="3 s", requests=_near(floor), floor=floor, peak="80 MiB")
    yield from after.figures("the run after it", floor=2 + ceil(count / 1000))
    yield from quiet.figures(
        f"nothing changed, {count:,}", cpu="0.5 s over start-up", requests="5", floor=3, peak="80 MiB"
    )
    yield from changed.figures(f"1 % changed, {count:,}", cpu="0.7 s", requests="9", floor=5, peak="80 MiB")
    small = _Series()
    with World(in_creatio=10) as world:
        world.connect()
        world.synchronise()
        for _ in range(plan.repeats + 1):
            small.runs.append(world.synchronise())
    yield Figure("nothing changed, 10 pairs: own CPU", "s", [run.cost.cpu for run in small.runs[1:]], "the start-up")
    yield Figure("nothing changed, 10 pairs: peak memory", "MiB", [run.cost.peak for run in small.runs[1:]])


def first_run_from_google(plan: Plan) -> Iterator[Figure]:
    """Every contact of Google's group is made in Creatio."""
    count = plan.contacts
    first, after = _Series(), _Series()
    for _ in range(plan.first_runs):
        with World(in_google=count) as world:
            world.connect()
            first.runs.append(world.synchronise())
            after.runs.append(world.synchronise())
    # A contact, a tag link, two or three communications, an address for every fifth: 4.8 rows.
    floor = ceil(count / 1000) + 1 + ceil(4.8 * count / 100) + 8
    name = f"first run, {count:,} from Google"
    yield from first.figures(name, cpu="3 s", requests=_near(floor), floor=floor, peak="80 MiB")
    yield from after.figures("the run after it", requests="5", floor=3)


def latency(plan: Plan) -> Iterator[Figure]:
    """A thousand creates in Google where every answer takes 50 ms."""
    walls: list[float] = []
    for _ in range(plan.first_runs):
        with World(in_creatio=1000) as world:
            world.connect()
            world.latency(0.05)
            walls.append(world.synchronise().cost.wall)
    yield Figure("1,000 creates at 50 ms a request: wall", "s", walls, "1.5 s", "0.6 s of waiting (12 requests)")


def memory(plan: Plan) -> Iterator[Figure]:
    """The largest account that Google allows."""
    with World(in_creatio=plan.many) as world:
        world.connect()
        first = world.synchronise()
        world.synchronise()
        quiet = [world.synchronise() for _ in range(plan.first_runs)]
    yield Figure(f"first run, {plan.many:,}: peak memory", "MiB", [first.cost.peak], "110 MiB")
    peaks = [run.cost.peak for run in quiet]
    yield Figure(f"nothing changed, {plan.many:,}: peak memory", "MiB", peaks, "110 MiB")


def calendar(plan: Plan) -> Iterator[Figure]:
    """A calendar full of series becomes activities; then nothing has changed, then ten single events have."""
    quiet, changed = _Series(), _Series()
    with World(meetings=plan.contacts) as world:
        world.connect()
        first = world.synchronise("activities")
        pairs = first.did["creatio"]["created"]
        world.synchronise("activities")
        for _ in range(plan.repeats):
            quiet.runs.append(world.synchronise("activities"))
            world.edit_events(10)
            changed.runs.append(world.synchronise("activities"))
    # Each side listed, a row for each activity (the site adds the user's part in it), and both read back.
    floor = 2 + ceil(pairs / 100) + 2 * _reading(pairs)
    name = f"first run, {pairs:,} meetings"
    yield from _Series([first]).figures(name, requests=_near(floor), floor=floor)
    # Who takes part is asked for by the ids of the activities, in the same requests as all else.
    floor = 1 + _reading(pairs)
    yield from quiet.figures(f"nothing changed, {pairs:,} meetings", requests=_near(floor), floor=floor)
    yield from changed.figures(f"10 of {pairs:,} meetings changed", requests=_near(floor + 1), floor=floor + 1)


def _reading(pairs: int) -> int:
    """Return the `$batch` requests that ask for rows by so many ids: 25 a question, 100 questions each."""
    return ceil(pairs / 2500)


def planning(plan: Plan) -> Iterator[Figure]:
    """The planner alone."""
    for size in planner.SIZES:
        rates = [planner.pairs_a_second(size) / 1000 for _ in range(plan.repeats)]
        yield Figure(f"planner, {size:,} pairs", "thousand pairs/s", rates, "200, the same for each size")


ALL: Final[dict[str, Callable[[Plan], Iterator[Figure]]]] = {
    "start-up": start_up,
    "from-creatio": first_run_from_creatio,
    "from-google": first_run_from_google,
    "latency": latency,
    "memory": memory,
    "calendar": calendar,
    "planner": planning,
}


@contextmanager
def _peers(*, install: bool) -> Iterator[dict[str, Sequence[str]]]:
    """Install the peers into an environment that is thrown away; none unless asked for."""
    if not install:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="gsync-peers-") as folder:
        subprocess.run((sys.executable, "-m", "venv", folder), check=True)
        programs = Path(folder) / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run((programs / "pip", "install", "--quiet", *PEERS.values()), check=True)
        yield {f"{name} --version": (str(programs / name), "--version") for name in PEERS}


def _near(floor: int) -> str:
    return f"{int(1.1 * floor + 2)}"


def _short(value: float) -> str:
    if value >= 100 or value == int(value):  # noqa: PLR2004  decimals of large numbers say nothing
        return f"{value:.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004
