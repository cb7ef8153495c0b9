"""Measure: `python -m benchmarks` prints every figure beside its target and its floor.

`--only NAME` measures one of them, `--quick` takes fewer and smaller runs, `--peers` compares start-up with programs
from PyPI, installed for the moment into an environment of their own.
"""

import argparse
import os
import platform
from dataclasses import replace

from benchmarks.figures import ALL, Plan

_HEADINGS = ("figure", "median", "min-max", "target", "floor")
_WIDTHS = (52, 22, 14, 28, 30)


def main() -> None:
    """Measure and print, line by line as the figures come."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=ALL, action="append", help="measure this alone; may be repeated")
    parser.add_argument("--quick", action="store_true", help="1,000 records instead of 10,000, each run once")
    parser.add_argument("--peers", action="store_true", help="compare start-up with programs from PyPI")
    given = parser.parse_args()
    plan = Plan(contacts=1000, many=2500, repeats=1, first_runs=1) if given.quick else Plan()
    plan = replace(plan, peers=given.peers)
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs")
    _print_line(_HEADINGS)
    for name in given.only or ALL:
        for figure in ALL[name](plan):
            _print_line(figure.cells())


def _print_line(cells: tuple[str, ...]) -> None:
    print("  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip(), flush=True)


if __name__ == "__main__":
    main()
