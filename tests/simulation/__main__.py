"""`python -m tests.simulation [--activities] --seeds 1000 [--first 1]`; `--seed 42 --trace` for one, step by step."""

import argparse
import sys
import time
from collections.abc import Callable

from tests.simulation import activities, simulation
from tests.simulation.driver import Result


def main() -> int:
    """Play seeds; the exit code is 1 where one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="play this one alone")
    parser.add_argument("--trace", action="store_true", help="tell every step, also of a seed that ends well")
    parser.add_argument("--activities", action="store_true", help="calendars and activities instead of contacts")
    chosen = parser.parse_args()
    play_one: Callable[[int], Result] = activities.play if chosen.activities else simulation.play
    numbers = [chosen.seed] if chosen.seed is not None else range(chosen.first, chosen.first + chosen.seeds)
    begun = time.monotonic()
    failed: list[int] = []
    sums: dict[str, int] = dict.fromkeys(("runs", "kills", "stopped", "acts", "linked", "lost", "excused"), 0)
    for number in numbers:
        result = play_one(number)
        sums = {name: total + getattr(result, name) for name, total in sums.items()}
        if result.problem:
            failed.append(number)
        if result.problem or chosen.trace:
            print(result.told(whole=chosen.trace))  # noqa: T201  a command
    seconds = time.monotonic() - begun
    figures = ", ".join(f"{total} {name}" for name, total in sums.items())
    print(f"{len(numbers)} seeds in {seconds:.0f} s: {len(failed)} failed {failed}; {figures}")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
