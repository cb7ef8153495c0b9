"""One run at a time for a profile."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from gsync_cli.clock import Clock
from gsync_cli.errors import ConfigurationWrong, Temporary


@contextmanager
def held(path: Path, clock: Clock) -> Iterator[None]:
    """Hold the lock of a profile for the block.

    The operating system lets go of it when the process ends, however it ends, so no lock is ever left behind. Raises
    Temporary("run-in-progress") with the process that holds it and since when.
    """
    from filelock import FileLock, Timeout

    note = path.with_suffix(".json")
    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
        note.write_text(json.dumps({"pid": os.getpid(), "since": clock.now().isoformat(timespec="seconds")}))
    except Timeout as error:
        holder = _holder(note)
        raise Temporary("run-in-progress", pid=holder.get("pid", "?"), since=_here(holder.get("since"))) from error
    except OSError as error:
        raise ConfigurationWrong("file-not-writable", path=path, reason=error.strerror or str(error)) from error
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _here(moment: object) -> str:
    """Return a moment by the clock of this machine, on which that run is under way; "?" for none."""
    try:
        return f"{datetime.fromisoformat(str(moment)).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return "?"


def _holder(note: Path) -> dict[str, object]:
    try:
        content = json.loads(note.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
