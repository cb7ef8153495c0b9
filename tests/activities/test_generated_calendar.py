"""A calendar of generated meetings goes to Creatio, comes back changed, and both sides hold the same in the end.

What there should be, an expander says that is not gsync's. `python -m tests.support.round_trip` plays 10,000.
"""

from pathlib import Path

import pytest

from tests.support.round_trip import ZONES, play

MEETINGS = 12


@pytest.mark.parametrize("calendar", range(len(ZONES)))
def test_both_sides_agree_after_a_round_trip_and_the_last_run_writes_nothing(calendar: int, tmp_path: Path) -> None:
    played = play(range(calendar * 100, calendar * 100 + MEETINGS), tmp_path)
    assert played.problems() == []
    assert played.compared > 10
    assert played.reports[1].sides["google"].updated == len(played.moved) > 0
