"""The pace: never more than the quota in any minute, and no slower than that needs."""

from dataclasses import astuple
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.google.quota import PER_MINUTE, Cost, Pacer
from tests.google.rig import StandingClock

COSTS = st.builds(
    Cost,
    reads=st.integers(0, 8),
    writes=st.integers(0, 8),
    group_reads=st.integers(0, 3),
    group_writes=st.integers(0, 3),
)
EVENTS = st.lists(st.tuples(COSTS, st.floats(0, 50), st.booleans()), max_size=120)
MINUTE = timedelta(seconds=60)


def busiest_minute(spent: list[tuple[datetime, int]]) -> int:
    return max(
        (sum(units for at, units in spent if start <= at <= start + MINUTE) for start, _ in spent),
        default=0,
    )


@given(EVENTS)
def test_no_minute_holds_more_than_the_quota(events: list[tuple[Cost, float, bool]]) -> None:
    clock = StandingClock()
    pacer = Pacer(clock)
    spent: list[tuple[datetime, Cost]] = []
    for cost, pause, refused in events:
        pacer.take(cost)
        spent.append((clock.now(), cost))
        if refused:
            pacer.refused()
        clock.moment += timedelta(seconds=pause)
    for purse, limit in enumerate(astuple(PER_MINUTE)):
        assert busiest_minute([(at, astuple(cost)[purse]) for at, cost in spent]) <= limit


@given(st.lists(COSTS, max_size=80), st.lists(COSTS, max_size=40))
def test_the_forecast_is_what_the_requests_then_wait(before: list[Cost], costs: list[Cost]) -> None:
    clock = StandingClock()
    pacer = Pacer(clock)
    for cost in before:
        pacer.take(cost)
    forecast = pacer.forecast(costs)
    start = clock.now()
    assert pacer.forecast(costs) == forecast, "asking changes nothing"
    for cost in costs:
        pacer.take(cost)
    assert abs((clock.now() - start).total_seconds() - forecast) < 0.01 * (len(costs) + 1)


def test_what_fits_goes_at_once() -> None:
    clock = StandingClock()
    pacer = Pacer(clock)
    for _ in range(60):
        pacer.take(Cost(reads=1))
    assert clock.slept == []
    pacer.take(Cost(reads=1))
    assert sum(clock.slept) == 61


def test_the_purses_are_apart() -> None:
    clock = StandingClock()
    pacer = Pacer(clock)
    pacer.take(Cost(reads=60))
    pacer.take(Cost(writes=30))
    pacer.take(Cost(group_reads=90))
    pacer.take(Cost(group_writes=30))
    assert clock.slept == []


def test_a_refusal_halves_the_pace_and_quiet_minutes_bring_it_back() -> None:
    clock = StandingClock()
    pacer = Pacer(clock)
    pacer.refused()
    assert pacer.forecast([Cost(reads=1)] * 30) == 0
    assert pacer.forecast([Cost(reads=1)] * 31) == 61
    clock.moment += timedelta(seconds=62)
    assert pacer.forecast([Cost(reads=1)] * 60) == 0


def test_refusals_never_stop_a_request_for_good() -> None:
    clock = StandingClock()
    pacer = Pacer(clock)
    for _ in range(20):
        pacer.refused()
    pacer.take(Cost(reads=6, writes=6))
    assert clock.slept == [], "a batch goes when nothing else was spent, however small the share"


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    clock = StandingClock()
    pacer = Pacer(clock)
    pacer.take(Cost(reads=60))
    clock.moment -= timedelta(hours=5)
    pacer.take(Cost(reads=1))
    assert sum(clock.slept) <= 61
