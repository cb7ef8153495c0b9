"""gsync and an independent expander (recurring-ical-events), side by side.

`python -m tests.support.expanders --seeds 10000` compares the occurrences of that many meetings, `--seed 7` shows one.
"""

import argparse
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime

import icalendar
import recurring_ical_events

from gsync_cli.activities.google_mapping import View, when_of
from gsync_cli.activities.google_series import KnownSeries, Span
from gsync_cli.activities.model import When
from gsync_cli.activities.recurrence import key_of
from tests.support import generated_series
from tests.support.generated_series import Told, told


def ours(case: Told) -> dict[str, When]:
    """Return what gsync makes of Google's listing: key of the occurrence -> when it is."""
    master, exceptions = generated_series.google(case)
    view = View("", zone_name=case.calendar_zone)
    known = KnownSeries(master, {str(event["id"]): event for event in exceptions})
    span = Span(case.since.replace(tzinfo=case.tz), case.until.replace(tzinfo=case.tz))
    found = {identity: when_of(event, view.zone) for identity, event in known.events(span, (), view).items()}
    return {identity.removeprefix("m_"): when for identity, when in found.items() if when is not None}


def theirs(case: Told) -> dict[str, set[When]]:
    """Return what the independent expander makes of the same: key -> when it may be.

    Two times of a clock that skips an hour are one moment, and then one occurrence; it may end as either.
    """
    calendar = icalendar.Calendar.from_ical(generated_series.icalendar(case))
    found: dict[str, set[When]] = defaultdict(set)
    span = case.since.replace(tzinfo=case.tz), case.until.replace(tzinfo=case.tz)
    exact = case.moment(case.start + case.length) - case.moment(case.start)
    for event in recurring_ical_events.of(calendar).between(*span):
        start, end = event.start, event.end
        stood = event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else start
        if not isinstance(start, datetime):
            found[key_of(stood)].add(When.whole_days(start, end))
            continue
        if end.timestamp() <= start.timestamp():
            # It begins in a skipped hour and ends, by the clock, just after: as long as any other it is all the same.
            end = start.astimezone(UTC) + exact
        found[key_of(stood)].add(When.timed(start, end))
    return found


def differences(case: Told, as_gsync_hears_it: Told | None = None) -> list[str]:
    """Say in which occurrences the two differ; `as_gsync_hears_it` is another story, told to gsync alone."""
    found, wanted = ours(as_gsync_hears_it or case), theirs(case)
    return [
        f"{key}: gsync {found.get(key)}, the other {', '.join(map(str, wanted.get(key, ()))) or None}"
        for key in sorted(found.keys() | wanted.keys())
        if key not in found or found[key] not in wanted.get(key, ())
    ]


def main() -> int:
    """Compare seeds; the exit code is 1 where one differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.expanders", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="compare this one alone, and show it")
    chosen = parser.parse_args()
    numbers = [chosen.seed] if chosen.seed is not None else range(chosen.first, chosen.first + chosen.seeds)
    begun = time.monotonic()
    failed, occurrences = [], 0
    for number in numbers:
        case = told(number)
        wrong = differences(case)
        occurrences += len(theirs(case))
        failed += [number] if wrong else []
        if wrong or chosen.seed is not None:
            print("\n".join((str(case), *(wrong or map(str, ours(case).values())))))  # noqa: T201  a command
    seconds = time.monotonic() - begun
    print(  # noqa: T201
        f"{len(numbers)} meetings, {occurrences} occurrences in {seconds:.0f} s: {len(failed)} differ {failed}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
