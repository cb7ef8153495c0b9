"""Which events are in scope, and their records: by the user's choices, the clock, and what is linked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo

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
    span: Span
    """The window of the series."""
    known: Mapping[str, str]
    """The ids that are linked, with their versions."""
    synchronising: Callable[[Collection[str]], Collection[str]] = lambda _: ()
    """Tells who among some addresses synchronises his own calendar with the same site."""

    def record(self, event: Event, etag: str = "") -> Record:
        """Return the record of an event; `etag` as `to_record` takes it."""
        record = to_record(event, self.view, member=False, etag=etag)
        linked = record.id in self.known
        member = self._is_member(event, fit=record.unfit is None, linked=linked)
        return replace(record, member=member, unfit=record.unfit or self._left_to_colleague(event, linked=linked))

    def unfit(self, event: Event, *, linked: bool) -> str | None:
        """Return the reason for which an event takes no part."""
        return mapping.unfit_for(event, self.view) or self._left_to_colleague(event, linked=linked)

    def _left_to_colleague(self, event: Event, *, linked: bool) -> str | None:
        """Return the reason for which an event of the user's own takes no part all the same.

        What the user made for a colleague who synchronises is brought to Creatio by the organizer (row A3), or there
        would be two. One that is linked stays: the colleague coming to synchronise takes nobody's activity away.
        """
        organizer = "" if linked else mapping.organizer_of(event, self.view)
        return mapping.OF_COLLEAGUE if organizer and self.synchronising({organizer}) else None

    def _is_member(self, event: Event, *, fit: bool, linked: bool) -> bool:
        """Tell whether an event is in scope.

        A linked one stays, however the window moves, while it is the user's own; one that is not linked is shown where
        it takes no part, too, to tell why.
        """
        if mapping.is_released(event):
            return False
        if linked:
            return fit
        when = when_of(event, self.view.zone)
        if when is None:
            return False
        if event.get("recurringEventId"):
            return touches(when, self.span.since, self.span.until, self.view.zone)
        first = datetime.combine(self.choices.from_, time(), self.view.zone)
        return when.ends(self.view.zone) > first


def window_of(choices: Choices, zone: tzinfo, now: datetime) -> Span:
    """Return the window of the series, by the calendar's days: it moves with the clock."""
    today = now.astimezone(zone).date()
    since = max(choices.from_, today - timedelta(days=choices.window.back))
    until = today + timedelta(days=choices.window.ahead + 1)
    return Span(datetime.combine(since, time(), zone), datetime.combine(until, time(), zone))
