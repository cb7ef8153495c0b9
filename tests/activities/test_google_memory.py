"""What a listing of the calendar says, taken in: wherever the machine is."""

import time
from collections.abc import Iterator

import pytest

from gsync_cli.activities.google_memory import latest


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is set to New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this machine's zone can't be set")
@pytest.mark.usefixtures("in_new_york")
def test_which_of_two_is_the_later_does_not_depend_on_the_zone_of_the_machine() -> None:
    former = {"id": "e", "updated": "2026-03-02T08:00:00", "summary": "Before"}
    now = {"id": "e", "updated": "2026-03-02T08:00:01Z", "summary": "Now"}
    assert latest([now, former]) == latest([former, now]) == {"e": now}
