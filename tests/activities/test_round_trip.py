"""The occurrences that gsync finds in a series are those that an independent expander finds, for meetings from seeds.

The expander is recurring-ical-events. `python -m tests.support.expanders --seeds 10000` compares more of them.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.support.expanders import differences, ours, theirs
from tests.support.generated_series import ZONES, Told, told

SEEDS = 1000
PART = 100


@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_gsync_and_another_expander_find_the_same_occurrences(first: int) -> None:
    wrong = [seed for seed in range(first, first + PART) if differences(told(seed))]
    assert wrong == [], "\n".join((str(told(wrong[0])), *differences(told(wrong[0]))))


def features(case: Told) -> set[str]:
    """Name what a meeting has that could be got wrong."""
    parts = [part for part in case.rule.split(";") if part]
    there = {
        "whole days": case.whole_day,
        "hours": not case.whole_day,
        "single": not case.rule,
        "RDATE": case.added,
        "EXDATE": case.left_out,
        "cancelled": case.cancelled,
        "moved": case.moved,
        "calendar in another zone": case.calendar_zone != case.zone,
        "from the end": "=-1" in case.rule,
        "begun before the window": case.start < case.since,
    }
    return {
        case.zone,
        *(part if part.startswith("FREQ=") else part.partition("=")[0] for part in parts),
        *(name for name, holds in there.items() if holds),
    }


def test_the_seeds_hold_everything_that_could_be_got_wrong() -> None:
    counted = Counter(name for seed in range(SEEDS) for name in features(told(seed)))
    wanted = {
        *ZONES, "whole days", "hours", "single", "RDATE", "EXDATE", "cancelled", "moved", "INTERVAL", "COUNT", "UNTIL",
        "FREQ=HOURLY", "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "BYDAY", "BYMONTHDAY", "BYSETPOS",
        "BYMONTH", "BYYEARDAY", "WKST", "from the end", "begun before the window", "calendar in another zone",
    }  # fmt: skip
    assert {name: counted[name] for name in wanted if counted[name] < 10} == {}


def test_occurrences_lie_on_both_sides_of_a_change_of_the_clock_and_within_one() -> None:
    across, within = 0, 0
    for case in map(told, range(SEEDS)):
        starts = [when.start.astimezone(case.tz) for when in ours(case).values() if isinstance(when.start, datetime)]
        across += len({start.utcoffset() for start in starts}) > 1
        # An hour that comes twice, or the first that is shown after one was skipped.
        before = [(start - timedelta(hours=1)).replace(fold=0).utcoffset() for start in starts]
        within += any(start.utcoffset() != former for start, former in zip(starts, before, strict=True))
    assert across > 50
    assert within > 5


def test_enough_occurrences_are_compared() -> None:
    assert sum(len(theirs(told(seed))) for seed in range(100)) > 500


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda case: replace(case, zone="Asia/Tokyo"),
        lambda case: replace(case, length=case.length + timedelta(minutes=1)),
        lambda case: replace(case, rule=case.rule.replace("WEEKLY", "DAILY")),
        lambda case: replace(case, rule=case.rule.partition(";UNTIL")[0]),
        lambda case: replace(case, rule=case.rule.partition(";COUNT")[0]),
        lambda case: replace(case, left_out=()),
        lambda case: replace(case, cancelled=()),
        lambda case: replace(case, moved=()),
        lambda case: replace(case, added=()),
    ],
    ids=["zone", "length", "FREQ", "UNTIL", "COUNT", "EXDATE", "cancelled", "moved", "RDATE"],
)
def test_a_difference_would_be_seen(spoiled: Callable[[Told], Told]) -> None:
    assert any(differences(told(seed), spoiled(told(seed))) for seed in range(100))
