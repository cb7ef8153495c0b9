"""Running gsync as a user does: as a process of its own, or in this one."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GSYNC = (sys.executable, "-m", "gsync_cli")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process left behind."""

    code: int
    out: str
    err: str

    @property
    def envelope(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed


def gsync(*words: str, stdin: str | None = None, environment: Mapping[str, str] = {}) -> Ran:
    """Run gsync in a process of its own, with no terminal; `stdin` None is an empty one."""
    done = subprocess.run(
        [*GSYNC, *words],
        input=(stdin or "").encode(),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
