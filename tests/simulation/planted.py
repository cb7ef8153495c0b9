"""Defects of the engine that either simulation must notice."""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest

from gsync_cli.sync import plan
from gsync_cli.sync.merge import Merged
from gsync_cli.sync.plan import Plan
from gsync_cli.sync.record import SIDES, Fields, Side
from gsync_cli.sync.run import Run
from tests.simulation.driver import Result

Plant: TypeAlias = Callable[[pytest.MonkeyPatch], None]


def is_noticed(play: Callable[[int], Result], seeds: Sequence[int], pattern: str) -> None:
    """Assert that one of the seeds finds what was planted, and says so."""
    found = next((result for seed in seeds if (result := play(seed)).problem), None)
    assert found is not None
    assert re.search(pattern, found.problem), found.problem


def cursors_move_first(patch: pytest.MonkeyPatch) -> None:
    whole = Run._guard

    def guard(run: Run, planned: Plan) -> None:
        with run.state.transaction():
            for side in SIDES:
                run.state.store_cursor(run.kind.name, side, run.changes[side].cursor)
        whole(run, planned)

    patch.setattr(Run, "_guard", guard)


def the_newest_record_wins_whole(patch: pytest.MonkeyPatch) -> None:
    def merged(_base: object, creatio: Fields, google: Fields, winner: Side, *_: object) -> Merged:
        to_creatio = {name: value for name, value in google.items() if name in creatio and creatio[name] != value}
        to_google = {name: value for name, value in creatio.items() if name in google and google[name] != value}
        return Merged({}, to_google) if winner == "creatio" else Merged(to_creatio, {})

    patch.setattr(plan, "merge", merged)
