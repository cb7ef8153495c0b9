"""Which activities take part (row A2): the user's own meetings that are displayed in the calendar."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from gsync_cli.activities.creatio_rows import Meeting, to_record
from gsync_cli.activities.creatio_times import Times
from gsync_cli.creatio import wellknown
from gsync_cli.sync.record import Record

Linked: TypeAlias = Collection[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What takes part for one user: `user` is his contact."""

    user: str
    from_: date
    """Activities that ended before are left alone, unless they are linked: nothing leaves by growing old."""
    cancel: bool
    """A meeting that was called off is marked by its status (`deletions = cancel`)."""
    linked: Linked = frozenset()
    synchronises: Callable[[str], bool] = lambda _: False
    """Tells whether a contact synchronises with Google himself."""

    def is_his(self, meeting: Meeting) -> bool:
        """Tell whether it is the user's to synchronise: a colleague's goes out by the colleague's own profile (A3).

        One without organizer is its owner's if he synchronises, else whoever's takes part (facts/creatio.md 4.3).
        """
        if meeting.type == wellknown.EMAIL_ACTIVITY:
            return False
        if meeting.organizer or meeting.owner in ("", self.user):
            return meeting.organizer in ("", self.user)
        return not self.synchronises(meeting.owner)

    def takes_part(self, meeting: Meeting) -> bool:
        """Tell whether the user is the owner or among the participants."""
        return meeting.owner == self.user or any(seat.contact == self.user for seat in meeting.seats)

    def covers(self, meeting: Meeting, times: Times, *, takes_part: bool | None = None) -> bool:
        """Tell whether an activity takes part. Where its participants were not read, say whether the user is one.

        One that is cancelled is never brought to Google anew; a linked one leaves by that where deletions cancel.
        """
        part = self.takes_part(meeting) if takes_part is None else takes_part
        if not (meeting.shown and part):
            return False
        linked = meeting.id in self.linked
        if meeting.status == wellknown.CANCELLED and (self.cancel or not linked):
            return False
        in_time = linked or (meeting.due is not None and times.day(meeting.due) >= self.from_)
        return in_time and self.is_his(meeting)

    def record(self, meeting: Meeting, times: Times) -> Record:
        """Return the neutral record of an activity that was read, or is about to be written, in full."""
        return to_record(meeting, times, member=self.covers(meeting, times), user=self.user)
