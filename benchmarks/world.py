"""Runs gsync as a person does, against a sandbox in another process, and says what it cost."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

GSYNC = (sys.executable, "-m", "gsync_cli")
_METER = Path(__file__).with_name("meter.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost: seconds, seconds of its own CPU (user + system), MiB of memory at the peak."""

    wall: float
    cpu: float
    peak: float


def measured(command: Sequence[str], environment: Mapping[str, str] = {}) -> tuple[Cost, str]:
    """Run a process to its end; return what it cost and what it wrote to stdout.

    Raises RuntimeError where it fails.
    """
    with tempfile.NamedTemporaryFile("w+") as out:
        done = subprocess.run(
            (sys.executable, "-I", "-S", str(_METER), out.name, *command),
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout)
        written = Path(out.name).read_text(encoding="utf-8")
    if code := told.pop("code"):
        raise RuntimeError(f"{' '.join(command)} ended with {code}\n{written}\n{done.stderr}")
    return Cost(**told), written


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What one `gsync sync …` cost, what it says that it did, and the requests that the other process counted."""

    cost: Cost
    did: Mapping[str, Any]
    requests: Mapping[str, int]

    @property
    def all_requests(self) -> int:
        """Requests to both sides."""
        return sum(self.requests.values())


class World:
    """A sandbox in a process of its own with a signed-in profile: `with World(in_creatio=10_000) as world: …`."""

    def __init__(self, *, in_creatio: int = 0, in_google: int = 0, meetings: int = 0) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="gsync-bench-"))
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.outside", str(self._home)),
                *(f"--in-creatio={in_creatio}", f"--in-google={in_google}", f"--meetings={meetings}"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def connect(self) -> None:
        """Sign in and find out about the site, as `gsync creatio connect` does once: no part of a synchronisation."""
        measured([*GSYNC, "creatio", "status", "--output", "json"], self._environment)
        self.requests()

    def synchronise(self, kind: str = "contacts") -> Synchronised:
        """Run `gsync sync contacts` or `activities` once."""
        self.requests()
        cost, out = measured([*GSYNC, "sync", kind, "--output", "json"], self._environment)
        did = json.loads(out)["data"]
        del did["items"]
        return Synchronised(cost, did, self.requests())

    def change(self, *, in_google: int = 0, in_creatio: int = 0) -> None:
        """Let people edit so many contacts on each side."""
        self._ask(what="change", in_google=in_google, in_creatio=in_creatio)

    def edit_events(self, count: int) -> None:
        """Let somebody edit so many single events."""
        self._ask(what="edit_events", count=count)

    def latency(self, seconds: float) -> None:
        """Let each answer wait."""
        self._ask(what="latency", seconds=seconds)

    def requests(self) -> dict[str, int]:
        """Return how many requests came in since this was last asked, by side."""
        counted: dict[str, int] = self._ask(what="requests")
        return counted

    @property
    def _environment(self) -> dict[str, str]:
        return {"GSYNC_HOME": str(self._home)}

    def _ask(self, **command: Any) -> Any:
        if self._process.stdin is None:
            raise RuntimeError("the sandbox was started without a pipe")
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the sandbox ended before its time")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        shutil.rmtree(self._home)
