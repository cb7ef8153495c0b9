"""Which activities take part (row A2): the user's own meetings that are displayed in the calendar.

Whose a meeting is goes by its organizer (row A3). Where he has not set up synchronisation, or is no user at all, or
there is none, it is its owner's if that one synchronises, else whoever's takes part; and he is entered as organizer
(facts/creatio.md 4.3), so that no colleague's run brings it out again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from gsync_cli.activities import model
from gsync_cli.activities.creatio_rows import Meeting, Versions, to_record
from gsync_cli.activities.creatio_times import Times
from gsync_cli.creatio import wellknown
from gsync_cli.sync.record import Claim, Record

OF_COLLEAGUE: Final = "activity-of-colleague"
"""Why an activity takes no part whose organizer synchronises it himself."""
NO_ORGANIZER: Final = "no-organizer"
ORGANIZER_IDLE: Final = "organizer-does-not-synchronise"
"""Why the user is entered as the organizer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What takes part for one user: `user` is his contact."""

    user: str
    from_: date
    """Activities that ended before are left alone, unless they are linked: nothing leaves by growing old."""
    cancel: bool
    """A meeting that was called off is marked by its status (`deletions = cancel`)."""
    synchronises: Callable[[str], bool] = lambda _: False
    """Tells whether a contact synchronises with Google himself."""
    former: Versions = field(default_factory=dict)
    """The linked activities, with what was known of each; None where that is nothing, as of one just made."""

    def knowing(self, former: Versions) -> "Scope":
        """Return the same with what is linked, and was known of it."""
        return replace(self, former=former)

    def is_his(self, meeting: Meeting) -> bool:
        """Tell whether it is the user's to synchronise: a colleague's goes out by the colleague's own profile (A3).

        What is linked stays, whoever becomes its organizer: in Google the event goes on being the user's, nobody else
        can change it there, and the invitation to it keeps the colleague's run from making another one.
        """
        if meeting.organizer == self.user or (meeting.organizer and meeting.id in self.former):
            return True
        if meeting.organizer and self.synchronises(meeting.organizer):
            return False
        return meeting.owner in ("", self.user) or not self.synchronises(meeting.owner)

    def asks_about(self, meeting: Meeting) -> frozenset[str]:
        """Return the contacts of whom `is_his` may want to know whether they synchronise."""
        others = {meeting.organizer, meeting.owner} - {"", self.user}
        return frozenset() if meeting.organizer == self.user else frozenset(others)

    def claim(self, meeting: Meeting) -> Claim | None:
        """Return what makes a meeting of his the user's by the site's own books; None where it is, or is not to be.

        Who was the organizer and is not any more was replaced by somebody: that stands, or two who both take
        themselves for the one who runs it would replace each other for ever.
        """
        if meeting.organizer == self.user or (meeting.organizer and self._was_his(meeting)):
            return None
        if meeting.organizer and meeting.id in self.former and self.synchronises(meeting.organizer):
            return None
        return Claim({model.ORGANIZER: self.user}, ORGANIZER_IDLE if meeting.organizer else NO_ORGANIZER)

    def takes_part(self, meeting: Meeting) -> bool:
        """Tell whether the user is the owner or among the participants."""
        return meeting.owner == self.user or any(seat.contact == self.user for seat in meeting.seats)

    def covers(self, meeting: Meeting, times: Times, *, takes_part: bool | None = None) -> bool:
        """Tell whether an activity takes part. Where its participants were not read, say whether the user is one."""
        return self.could_cover(meeting, times, takes_part=takes_part) and self.is_his(meeting)

    def could_cover(self, meeting: Meeting, times: Times, *, takes_part: bool | None = None) -> bool:
        """Tell whether an activity would take part if it were the user's to synchronise.

        One that is cancelled is never brought to Google anew; a linked one leaves by that where deletions cancel.
        """
        part = self.takes_part(meeting) if takes_part is None else takes_part
        if not (meeting.shown and part) or meeting.type == wellknown.EMAIL_ACTIVITY:
            return False
        linked = meeting.id in self.former
        if meeting.status == wellknown.CANCELLED and (self.cancel or not linked):
            return False
        return linked or (meeting.due is not None and times.day(meeting.due) >= self.from_)

    def record(self, meeting: Meeting, times: Times) -> Record:
        """Return the neutral record of an activity that was read, or is about to be written, in full."""
        member = self.covers(meeting, times)
        claim = self.claim(meeting) if member else None
        was_his = self._was_his(meeting)
        return to_record(meeting, times, member=member, user=self.user, was_his=was_his, claim=claim)

    def _was_his(self, meeting: Meeting) -> bool:
        known = self.former.get(meeting.id)
        return known is not None and known.was_his
