"""Runs one command and says what it cost: `python meter.py OUT COMMAND…`, one JSON object on stdout.

A process of its own, and a small one: the peak memory that Linux reports of a child is at least that of the parent
which made it. Nothing is imported from anywhere but the standard library.
"""

import json
import os
import subprocess
import sys
import time

_KIB = 1024
_UNIT = 1 if sys.platform == "darwin" else _KIB
"""What ru_maxrss counts in: bytes on macOS, KiB elsewhere."""


def main() -> None:
    """Run the command with its stdout in the file OUT."""
    with open(sys.argv[1], "wb") as out:  # noqa: PTH123  pathlib would make this process larger
        started = time.perf_counter()
        process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * _UNIT / _KIB**2
    print(json.dumps({"code": process.returncode, "wall": wall, "cpu": cpu, "peak": peak}))


if __name__ == "__main__":
    main()
