"""One run at a time, and who comes second hears since when the other is at work."""

from pathlib import Path

import pytest

from gsync_cli.cli.words import render
from gsync_cli.errors import Temporary
from gsync_cli.sync.lock import held
from tests.support.fakes import TestClock


def test_a_second_run_hears_since_when_the_first_is_under_way_by_the_clock_of_this_machine(tmp_path: Path) -> None:
    clock = TestClock()
    since = f"{clock.now().astimezone():%Y-%m-%d %H:%M:%S}"
    with held(tmp_path / "lock", clock):
        clock.sleep(120)
        with pytest.raises(Temporary, match="run-in-progress") as refused, held(tmp_path / "lock", clock):
            pass
    assert f"since {since})" in render(refused.value)[0]
    with held(tmp_path / "lock", clock):
        pass
