"""Reading the calendar: everything, or what changed since the last time (facts/google.md 7.1 to 7.3).

Changes come by a sync token without a fixed life; a refused one means a full reading. The window of the first listing
is kept by the token, and changes may bring events outside it all the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Final

from gsync_cli.activities import google_mapping as mapping
from gsync_cli.activities.google_calls import CalendarCalls, Event, events_of
from gsync_cli.activities.google_memory import Memory, Reading, latest, take_in
from gsync_cli.google.errors import GoogleRefusal

MARGIN: Final = timedelta(days=31)
"""Listed beyond the first day: an occurrence that was moved to before it would else look unmoved."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What one reading brought."""

    memory: Memory
    reading: Reading
    complete: bool
    former_masters: Mapping[str, Event]
    """The masters of the series that were known before, as they were."""
    new_masters: Collection[str]
    """The series that were not known before."""


def read_calendar(calls: CalendarCalls, cursor: str | None, first_day: date) -> Listed:
    """Read what is new since `cursor`, or all that ends on `first_day` or later. Raises what ends a run."""
    first = datetime.combine(first_day, time(), UTC) - timedelta(days=1)
    last = Memory.parse(cursor)
    former = {name: series.master for name, series in last.series.items()} if last else {}
    events = _since(calls, last) if last and last.usable(first) else None
    complete = last is None or events is None
    # Changes speak of series by what is remembered of them; a full reading says everything anew.
    memory = Memory() if last is None or events is None else last
    if events is None:
        memory.time_min = f"{first - MARGIN:%Y-%m-%dT%H:%M:%SZ}"
        events = _listing(calls, memory, time_min=memory.time_min)
    reading = take_in(memory, events)
    return Listed(memory, reading, complete, former, memory.series.keys() - former.keys())


def _since(calls: CalendarCalls, memory: Memory) -> dict[str, Event] | None:
    """Read what changed since the sync token; None where Google takes it no more (facts 7.2)."""
    try:
        return _listing(calls, memory, sync_token=memory.token)
    except GoogleRefusal as refusal:
        if refusal.is_expired_token or refusal.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.GONE):
            return None
        raise


def _listing(calls: CalendarCalls, memory: Memory, *, sync_token: str = "", time_min: str = "") -> dict[str, Event]:
    events: list[Event] = []
    token, zone, reminder = "", memory.zone, memory.reminder
    for page in calls.pages(sync_token=sync_token, time_min=time_min):
        events += events_of(page)
        token = str(page.get("nextSyncToken") or token)
        zone = str(page.get("timeZone") or zone)
        reminder = mapping.default_reminder(page) if "defaultReminders" in page else reminder
    memory.token, memory.zone, memory.reminder = token or sync_token, zone, reminder
    return latest(events)
