"""Which events are in scope, and their records: by the user's choices, the clock, and what is linked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from gsync_cli.activities import google_mapping as mapping
from gsync_cli.activities.google_calls import Event
from gsync_cli.activities.google_mapping import View, to_record, when_of
from gsync_cli.activities.google_series import Span
from gsync_cli.activities.model import Choices
from gsync_cli.activities.recurrence import touches
from gsync_cli.sync.record import Record


@dataclass(frozen=True, slots=True)
class Scope:
    """What decides whether an event takes part."""

    view: View
    choices: Choices
    now: datetime
    known: Mapping[str, str]
    """The ids that are linked, with their versions."""
    synchronising: Callable[[Collection[str]], Collection[str]] = lambda _: ()
    """Tells who among some addresses synchronises his own calendar with the same site."""

    def span(self) -> Span:
        """Return the window of the series, by the calendar's days: it moves with the clock."""
        zone = self.view.zone
        today = self.now.astimezone(zone).date()
        window = self.choices.window
        since = max(self.choices.from_, today - timedelta(days=window.back))
        until = today + timedelta(days=window.ahead + 1)
        return Span(datetime.combine(since, time(), zone), datetime.combine(until, time(), zone))

    def record(self, event: Event, etag: str = "") -> Record:
        """Return the record of an event; `etag` as `to_record` takes it."""
        record = to_record(event, self.view, member=self.is_member(event), etag=etag)
        return replace(record, unfit=self.unfit(event, linked=record.id in self.known))

    def unfit(self, event: Event, *, linked: bool) -> str | None:
        """Return the reason for which an event takes no part.

        What the user made for a colleague who synchronises is brought to Creatio by the organizer (row A3), or there
        would be two. One that is linked stays: the colleague coming to synchronise takes nobody's activity away.
        """
        reason = mapping.unfit_for(event, self.view)
        if reason or linked:
            return reason
        organizer = mapping.organizer_of(event, self.view)
        return mapping.OF_COLLEAGUE if organizer and self.synchronising({organizer}) else None

    def is_member(self, event: Event) -> bool:
        """Tell whether an event is in scope.

        A linked one stays, however the window moves, while it is the user's own; one that is not linked is shown where
        it takes no part, too, to tell why.
        """
        if mapping.is_released(event):
            return False
        if str(event.get("id")) in self.known:
            return mapping.unfit_for(event, self.view) is None
        when = when_of(event, self.view.zone)
        if when is None:
            return False
        span = self.span()
        if event.get("recurringEventId"):
            return touches(when, span.since, span.until, self.view.zone)
        first = datetime.combine(self.choices.from_, time(), self.view.zone)
        return when.ends(self.view.zone) > first
