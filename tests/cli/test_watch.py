"""`--watch` by itself: when runs begin, what one of them says, and that nothing but its user ends it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from gsync_cli.cli.automatic import due
from gsync_cli.cli.results import Look, Page
from gsync_cli.cli.sync_results import AllSynchronised, Synchronised
from gsync_cli.cli.watching import Pace, Ran, wait_until, watch
from gsync_cli.config import Settings, parse
from gsync_cli.errors import ConfigurationWrong, GsyncError, SignInNeeded, Temporary
from gsync_cli.sync.report import Report
from tests.support.fakes import TestClock

QUARTER = timedelta(minutes=15)
OUT_OF_REACH = Temporary("no-network", host="x.example", reason="no route")
SIGNED_OUT = SignInNeeded("google-not-signed-in", profile="default")


class Ended(BaseException):
    """Somebody ended the watch."""


def ran(at: datetime, *, error: GsyncError | None = None, as_before: frozenset[str] = frozenset()) -> Ran:
    return Ran(at, None if error else Synchronised("contacts", Report("r", dry_run=False), {}), error, as_before)


def begins(clock: TestClock, every: timedelta, outcomes: Iterator[Callable[[], GsyncError | None]]) -> list[float]:
    """Watch until the outcomes are used up; return when each run began, in minutes after the first."""
    begun: list[datetime] = []

    def once() -> Ran:
        begun.append(clock.now())
        outcome = next(outcomes, None)
        if outcome is None:
            raise Ended
        return ran(begun[-1], error=outcome())

    with suppress(Ended):
        watch(clock, Pace(every), once, lambda _: None)
    return [(each - begun[0]).total_seconds() / 60 for each in begun]


def lasting(clock: TestClock, minutes: float, error: GsyncError | None = None) -> Callable[[], GsyncError | None]:
    def run() -> GsyncError | None:
        clock.sleep(minutes * 60)
        return error

    return run


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_run_is_at_once_and_the_distance_counts_from_start_to_start() -> None:
    clock = TestClock()
    assert begins(clock, QUARTER, iter([lasting(clock, 4)] * 3)) == [0, 15, 30, 45]


def test_a_run_that_outlasts_the_interval_is_followed_by_no_burst() -> None:
    clock = TestClock()
    assert begins(clock, QUARTER, iter([lasting(clock, 50), lasting(clock, 1)])) == [0, 60, 75]


def test_a_machine_that_slept_runs_once_when_it_wakes() -> None:
    class Suspended(TestClock):
        """The lid is closed in the first sleep, for eight hours."""

        closed = False

        def sleep(self, seconds: float) -> None:
            super().sleep(seconds if self.closed else 8 * 3600)
            self.closed = True

    clock = Suspended()
    assert begins(clock, QUARTER, iter([lambda: None] * 2)) == [0, 480, 495]


def test_no_sleep_is_so_long_that_a_wake_up_goes_unnoticed() -> None:
    class Counting(TestClock):
        longest = 0.0

        def sleep(self, seconds: float) -> None:
            self.longest = max(self.longest, seconds)
            super().sleep(seconds)

    clock = Counting()
    wait_until(clock, clock.now() + timedelta(hours=5))
    assert 0 < clock.longest <= 60


def test_a_clock_that_is_set_back_makes_nobody_wait_longer() -> None:
    class SetBack(TestClock):
        slept = 0.0

        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if not self.slept:
                self.moment -= timedelta(days=365)
            self.slept += seconds

    clock = SetBack()
    wait_until(clock, clock.now() + QUARTER)
    assert clock.slept <= 16 * 60


def test_what_is_out_of_reach_is_asked_less_and_less_up_to_an_hour_and_then_as_before() -> None:
    clock = TestClock()
    failing = [lambda: OUT_OF_REACH] * 5
    began = begins(clock, QUARTER, iter([*failing, lambda: None, lambda: None]))
    assert [after - before for before, after in pairwise(began)] == [15, 30, 60, 60, 60, 15, 15]


@pytest.mark.parametrize(
    "error",
    [
        SIGNED_OUT,
        ConfigurationWrong("config-value"),
        GsyncError("defect", kind="KeyError"),
        Temporary("run-in-progress", pid=1, since="?"),
    ],
)
def test_whatever_a_person_may_mend_meanwhile_is_tried_again_at_the_interval(error: GsyncError) -> None:
    clock = TestClock()
    assert begins(clock, QUARTER, iter([lambda: error] * 3)) == [0, 15, 30, 45]


def test_an_interval_beyond_an_hour_stays_what_it_is() -> None:
    clock = TestClock()
    assert begins(clock, timedelta(hours=3), iter([lambda: OUT_OF_REACH] * 2)) == [0, 180, 360]


def test_one_kind_that_works_is_no_reason_to_slow_down() -> None:
    parts = [
        Synchronised("contacts", Report("r", dry_run=False), {}, OUT_OF_REACH),
        Synchronised("activities", Report("r", dry_run=False), {}),
    ]
    clock = TestClock()
    pace, began = Pace(QUARTER), clock.now()
    for _ in range(3):
        assert pace.next(began, began, Ran(began, AllSynchronised(parts))) == began + QUARTER
    both = AllSynchronised([parts[0], Synchronised("activities", Report("r", dry_run=False), {}, OUT_OF_REACH)])
    assert [pace.next(began, began, Ran(began, both)) - began for _ in range(2)] == [QUARTER, 2 * QUARTER]


# ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────


def line(said: Ran) -> str:
    page = Page(Look())
    said.show(page)
    (only,) = str(page).splitlines()
    return only


def test_a_run_is_one_line_with_its_time_and_what_was_written() -> None:
    report = Report("r", dry_run=False)
    report.sides["google"].created, report.sides["creatio"].updated, report.failed = 2, 1, 1
    at = TestClock().now()
    shown = line(Ran(at, Synchronised("activities", report, {})))
    assert shown.startswith(f"{at.astimezone():%Y-%m-%d %H:%M:%S}  activities: ")
    for told in ("Google 2 created", "Creatio 1 updated", "1 failed"):
        assert told in shown


def test_nothing_to_do_is_a_line_too() -> None:
    assert line(ran(TestClock().now())).endswith("contacts: in step")


def test_an_error_is_told_with_its_remedy_once_and_then_by_name() -> None:
    at = TestClock().now()
    first = line(ran(at, error=SIGNED_OUT))
    assert "gsync account add" in first
    again = line(ran(at, error=SIGNED_OUT, as_before=frozenset({SIGNED_OUT.code})))
    assert "google-not-signed-in" in again
    assert "gsync account add" not in again


def test_of_two_kinds_each_has_its_say() -> None:
    stopped = Synchronised("contacts", Report("r", dry_run=False), {}, SIGNED_OUT)
    fine = Synchronised("activities", Report("r", dry_run=False), {})
    shown = line(Ran(TestClock().now(), AllSynchronised([stopped, fine])))
    assert "activities: in step" in shown
    assert "contacts: " in shown
    assert "gsync account add" in shown


def test_the_worst_of_two_is_the_exit_code_of_both() -> None:
    def both(*errors: GsyncError | None) -> int:
        report = Report("r", dry_run=False)
        return AllSynchronised([Synchronised("contacts", report, {}, error) for error in errors]).exit_code

    assert both(None, None) == 0
    assert both(OUT_OF_REACH, None) == 7
    assert both(OUT_OF_REACH, SIGNED_OUT) == both(SIGNED_OUT, OUT_OF_REACH) == 4
    assert both(SIGNED_OUT, GsyncError("defect")) == 1


# ── what is due ──────────────────────────────────────────────────────────────────────────────────────────────


def settings(**values: object) -> Settings:
    from gsync_cli.config import SETTINGS, Resolved

    given = {f"sync.{key.replace('__', '.')}": value for key, value in values.items()}
    defaults = {key: Resolved(row.default, "default") for key, row in SETTINGS.items()}
    return Settings({**defaults, **{key: Resolved(parse(key, raw), "file") for key, raw in given.items()}})


@pytest.mark.parametrize(
    ("ago", "is_due"),
    [
        (timedelta(minutes=15), True),
        (timedelta(minutes=14, seconds=59.8), True),  # the timer is never on the dot
        (timedelta(minutes=13), False),
        (timedelta(0), False),
        (timedelta(days=-400), True),  # the clock was wrong then
        (None, True),
    ],
)
def test_a_kind_is_due_when_its_interval_has_passed_since_it_began(ago: timedelta | None, is_due: bool) -> None:
    now = TestClock().now()
    last = {} if ago is None else {"contacts": now - ago}
    found = due(("contacts",), settings(contacts__interval="15m"), last, now)  # type: ignore[arg-type]
    assert found == (("contacts",) if is_due else ())
