"""`gsync sandbox start` as a process of its own, as in a first terminal."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.cli import GSYNC


@dataclass(frozen=True, slots=True)
class StartedSandbox:
    """The running process, and the `data` of its envelope."""

    process: subprocess.Popen[str]
    data: dict[str, Any]

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Ask it to end; return the exit code, and what it printed since it began to listen."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@contextmanager
def started(*options: str, environment: Mapping[str, str] = {}) -> Iterator[StartedSandbox]:
    """Start a sandbox and wait until it listens."""
    process = subprocess.Popen(
        [*GSYNC, "sandbox", "start", *options, "--output", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        encoding="utf-8",
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            envelope = json.loads(line or "{}")
            assert envelope.get("ok"), f"{line}{process.communicate(timeout=20)[1]}"
            yield StartedSandbox(process, envelope["data"])
        finally:
            process.kill()
