"""The neutral meeting: which fields there are, and when two meetings are the same.

A record is one meeting: a single event, or one occurrence of a series; an activity. Both stores translate to and from
these fields (spec: mapping.md, "Activities"). Texts are trimmed; `""` is empty.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Literal, Self, TypeAlias
from uuid import UUID, uuid5

from gsync_cli.kinds import Window
from gsync_cli.parts import KINDS
from gsync_cli.sync.recognise import Verdict
from gsync_cli.sync.record import Entries, Entry, Fields, Record

KIND: Final = KINDS["activities"]

TITLE: Final = "title"
LOCATION: Final = "location"
"""Left out on sites without the column."""
NOTES: Final = "notes"
"""Plain text, lines ended by `\\n`, no blank space at the ends."""
REMINDER: Final = "reminder"
"""Minutes before the start, "15"; "" for none. Written only to Creatio."""
WHEN: Final = "when"
"""What `When` reads. One field, so that a merge can't mix the start of one with the end of another."""
ORGANIZER: Final = "organizer"
"""The organizer's contact, "" for none. Creatio's only: in Google, the account of the calendar is it."""
PARTICIPANTS: Final = "participants"
"""Entries: kind is the response, key the mail in lower case, value the mail as written. Without the user himself."""
ANSWER: Final = "answer"
"""What the user himself says: "confirmed", "declined", "" while he is in doubt. Left out where nobody asks him."""

Response: TypeAlias = Literal["confirmed", "declined", "in doubt"]
CONFIRMED: Final = "confirmed"
DECLINED: Final = "declined"
IN_DOUBT: Final = "in doubt"

PRIVATE_TITLE: Final = "Private meeting"
"""What Creatio shows of an event that is private in Google."""

ANSWERS: Final[dict[str, Response]] = {"": IN_DOUBT, CONFIRMED: CONFIRMED, DECLINED: DECLINED}
"""What `ANSWER` stands for."""

NOBODY: Final[Entries] = frozenset()

GENERATIONS: Final = 50
"""How many events one activity may be given, one after the other, because a person deleted the last one."""

_OURS: Final = UUID("0d0c3c0f-6f2e-5b43-8a1e-5a9c8f2b7d64")
"""The namespace of ids that gsync chooses; never to be changed, since repeated creates find their rows by it."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has settled about activities."""

    window: Window
    """The days in which a series becomes single activities."""
    from_: date
    """Meetings that ended before this day are left alone, unless they are linked already."""
    notes_both: bool = False
    """Notes go to Google, too, where all guests can read them."""
    cancel: bool = False
    """The other side's record of a deleted one is cancelled or deleted, not only let go of."""
    notify: bool = False
    """Google mails the guests about what gsync writes."""


@dataclass(frozen=True, slots=True)
class When:
    """The time of a meeting: two moments in UTC, or whole days with the end exclusive."""

    start: datetime | date
    end: datetime | date

    @classmethod
    def timed(cls, start: datetime, end: datetime) -> Self:
        """Return the time between two aware moments; seconds are whole, and the end is not before the start."""
        first = start.astimezone(UTC).replace(microsecond=0)
        return cls(first, max(first, end.astimezone(UTC).replace(microsecond=0)))

    @classmethod
    def whole_days(cls, start: date, end: date) -> Self:
        """Return whole days; at least one, since an end that is not after the start means a single day."""
        return cls(start, max(end, start + _DAY))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError for anything else."""
        first, slash, last = text.partition("/")
        if not slash:
            raise ValueError(f"no time of a meeting: {text!r}")
        if "T" not in text:
            return cls.whole_days(date.fromisoformat(first), date.fromisoformat(last))
        start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
        if start.tzinfo is None or end.tzinfo is None:
            raise ValueError(f"no zone: {text!r}")
        return cls.timed(start, end)

    def __str__(self) -> str:
        """Return "2026-05-01T08:00:00Z/2026-05-01T09:00:00Z", or "2026-05-01/2026-05-02" for whole days."""
        return f"{_written(self.start)}/{_written(self.end)}"

    @property
    def is_whole_day(self) -> bool:
        """Whether it is days, not hours."""
        return not isinstance(self.start, datetime)

    def starts(self, zone: tzinfo) -> datetime:
        """Return the moment it begins; a day begins at midnight in `zone`."""
        return moment_of(self.start, zone)

    def ends(self, zone: tzinfo) -> datetime:
        """Return the moment it ends; a day ends at midnight in `zone`."""
        return moment_of(self.end, zone)


def moment_of(day_or_moment: datetime | date, zone: tzinfo) -> datetime:
    """Return an aware moment as it is, and a day's midnight in `zone`."""
    if isinstance(day_or_moment, datetime):
        return day_or_moment
    return datetime(day_or_moment.year, day_or_moment.month, day_or_moment.day, tzinfo=zone)


def when_of(fields: Fields) -> When | None:
    """Return the time of a record's fields; None where it has none that can be read."""
    try:
        return When.parse(str(fields.get(WHEN, "")))
    except ValueError:
        return None


def text_field(fields: Fields, name: str) -> str:
    """Return a text out of fields; "" where it is not there."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def participants_of(fields: Fields) -> Entries:
    """Return the participants out of fields; nobody where the field is not there."""
    value = fields.get(PARTICIPANTS, NOBODY)
    return NOBODY if isinstance(value, str) else value


def answer_of(fields: Fields) -> Response | None:
    """Return the user's own response out of fields; None where the field is not there."""
    value = fields.get(ANSWER)
    return ANSWERS.get(value, IN_DOUBT) if isinstance(value, str) else None


def answer(response: Response) -> str:
    """Return a response of the user as the field holds it."""
    return "" if response == IN_DOUBT else response


def participant(mail: str, response: Response) -> Entry:
    """Return the entry of a participant."""
    written = mail.strip()
    return Entry(response, written.lower(), written)


def label_of(fields: Fields, zone: tzinfo = UTC) -> str:
    """Return how a person recognises the meeting: "2026-05-01 10:00 Title" in his zone, "2026-05-01 Title"."""
    title = text_field(fields, TITLE)
    when = when_of(fields)
    if when is None:
        return title
    start = when.start.astimezone(zone) if isinstance(when.start, datetime) else when.start
    shown = f"{start:%Y-%m-%d %H:%M}" if isinstance(start, datetime) else f"{start:%Y-%m-%d}"
    return f"{shown} {title}".rstrip()


def match_keys(record: Record) -> frozenset[str]:
    """Return what two records of one meeting share: its time and its title."""
    when = text_field(record.fields, WHEN)
    return frozenset({f"meeting:{when}|{folded(text_field(record.fields, TITLE))}"}) if when else frozenset()


def when_in(key: str) -> When | None:
    """Return the time in a match key; None where it can't be read."""
    try:
        return When.parse(key.removeprefix("meeting:").partition("|")[0])
    except ValueError:
        return None


def title_in(key: str) -> str:
    """Return the title in a match key, folded."""
    return key.partition("|")[2]


def judge(a: Record, b: Record) -> Verdict:
    """Say whether two records are the same meeting: the same title at the same time. Symmetric."""
    return "same" if match_keys(a) & match_keys(b) else "different"


def activity_id_for(contact_id: str, google_id: str) -> str:
    """Return the id of the activity that gsync makes for an event, on behalf of a user (his contact's id)."""
    return str(uuid5(_OURS, f"Activity\n{contact_id.lower()}\n{google_id}"))


def event_id_for(contact_id: str, activity_id: str, generation: int = 0) -> str:
    """Return the id of the event that gsync makes for an activity (hex is legal base32hex: facts/google.md 7.5).

    The id of an event that was deleted stays taken; its successor is of the next generation.
    """
    named = f"Event\n{contact_id.lower()}\n{activity_id.lower()}\n{generation}"
    return hashlib.sha256(named.encode()).hexdigest()[:40]


def folded(text: str) -> str:
    """Return text for comparing: composed, case folded, runs of blank space as one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _written(moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return moment.isoformat()
