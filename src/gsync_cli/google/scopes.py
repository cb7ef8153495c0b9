"""The permissions gsync asks for, and which job needs which (facts/google.md 4).

Always full addresses, never the aliases `email` and `profile`: servers answer with the full address, and oauthlib takes
that for another scope (facts/google.md 4, last item).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

OPENID: Final = "openid"
EMAIL: Final = "https://www.googleapis.com/auth/userinfo.email"
CONTACTS: Final = "https://www.googleapis.com/auth/contacts"
EVENTS: Final = "https://www.googleapis.com/auth/calendar.events"

ASKED: Final = (OPENID, EMAIL, CONTACTS, EVENTS)
"""What sign-in asks for, in one consent for all jobs."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something gsync does for the user, and the permissions any one of which is enough for it."""

    name: str
    box: str
    """How Google's consent page words it, beside the box a person ticks."""
    enough: frozenset[str]
    """The scope asked for, and the broader ones that hold it."""


CONTACTS_JOB: Final = Job(
    "contacts",
    "See, edit, download and permanently delete your contacts",
    frozenset({CONTACTS, "https://www.google.com/m8/feeds", "https://www.google.com/m8/feeds/"}),
)
CALENDAR_JOB: Final = Job(
    "calendar",
    "View and edit events on all your calendars",
    frozenset({EVENTS, "https://www.googleapis.com/auth/calendar"}),
)
JOBS: Final = (CONTACTS_JOB, CALENDAR_JOB)


def missing(granted: Collection[str]) -> tuple[Job, ...]:
    """Return the jobs that the granted scopes don't allow."""
    return tuple(job for job in JOBS if job.enough.isdisjoint(granted))
