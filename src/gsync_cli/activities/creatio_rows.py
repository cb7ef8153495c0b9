"""An activity of Creatio as it lies there: a row of Activity, and the rows of those who take part.

Shown to the engine are the meeting's own fields alone; connections, results, process columns and the rest are left
alone. A participant stands for a mail address of his contact, and one contact may have several: which one is meant is
told by the id of the row where gsync made it (it is derived from the address), else by what was read last time.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from gsync_cli import notes
from gsync_cli.activities import model
from gsync_cli.activities.creatio_times import Times
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.values import id_of, text_of
from gsync_cli.sync.record import Claim, Entries, Record, Value

Row: TypeAlias = Mapping[str, Any]

ACTIVITY: Final = "Activity"
PARTICIPANT: Final = "ActivityParticipant"
LOCATION: Final = "Location"
"""The column that the Exchange package brings along (facts/creatio.md 9.16)."""

_UNFINISHED: Final = "gsync has not finished this meeting yet: its times may be wrong"
_BEGUN: Final = re.compile(rf"{_UNFINISHED} \((?P<start>\S+) (?P<due>\S+) (?P<title>\S+)\)\.(?P<rest>.*)", re.DOTALL)

NARROW_COLUMNS: Final = (
    "Id", "ModifiedOn", "DueDate", "TypeId", "StatusId", "OwnerId", "OrganizerId", "ShowInScheduler",
)  # fmt: skip
"""What tells whether an activity is in scope, and whether it was saved."""
NAMED_COLUMNS: Final = (*NARROW_COLUMNS, "Title", "StartDate")
"""The same, and how people call it."""
COLUMNS: Final = (*NAMED_COLUMNS, "Notes", "RemindToOwner", "RemindToOwnerDate")
PARTICIPANT_COLUMNS: Final = ("Id", "ActivityId", "ParticipantId", "InviteResponseId")
ANSWER_COLUMNS: Final = (*PARTICIPANT_COLUMNS, "ModifiedOn")
"""The same, with when the row itself was saved."""

RESPONSES: Final[Mapping[str, model.Response]] = {wellknown.CONFIRMED: "confirmed", wellknown.DECLINED: "declined"}
"""Any other response, and none, is in doubt."""
RESPONSE_IDS: Final = {
    model.CONFIRMED: wellknown.CONFIRMED,
    model.DECLINED: wellknown.DECLINED,
    model.IN_DOUBT: wellknown.IN_DOUBT,
}
_FORM: Final = 1
"""Of what is read of an activity; to be raised with each further field."""
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the notes tell of an activity whose dates were not proven yet: nobody's meeting until it is finished.

    From it can be told what people have changed there since.
    """

    start: str
    """StartDate and DueDate as they were written."""
    due: str
    title: str
    """A digest."""
    rest: str = ""
    """What somebody added to the notes."""

    @classmethod
    def read(cls, text: str) -> "Begun | None":
        """Read notes as plain text; None where they are those of any activity."""
        found = _BEGUN.fullmatch(text)
        return cls(found["start"], found["due"], found["title"], found["rest"].strip()) if found else None

    def text(self) -> str:
        """Return the notes."""
        return f"{_UNFINISHED} ({self.start} {self.due} {self.title})."


def digest_of(title: str) -> str:
    """Return a short text that differs for another title."""
    return sha256(title.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Seat:
    """A row of ActivityParticipant."""

    id: str
    contact: str
    response: model.Response
    mail: str = ""
    """The address that stands for the contact here; "" where he has none."""
    doubles: tuple[str, ...] = ()
    """Further rows of the same contact: nothing keeps people from adding somebody twice."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Everything of an activity that gsync reads or writes. Moments are in UTC, to the minute."""

    id: str
    title: str = ""
    start: datetime | None = None
    due: datetime | None = None
    notes: str = ""
    """Plain text."""
    location: str | None = None
    """None where the site has no such column."""
    remind: datetime | None = None
    """When the owner is reminded."""
    shown: bool = True
    """Displayed in the calendar."""
    type: str = ""
    status: str = ""
    owner: str = ""
    organizer: str = ""
    seats: tuple[Seat, ...] = ()
    modified: str = ""
    """Activity.ModifiedOn as the site wrote it; "" for what was just written."""

    @property
    def reminder(self) -> str:
        """The minutes between the reminder and the start; "" for none."""
        if self.remind is None or self.start is None:
            return ""
        return str(max(0, (self.start - self.remind) // _MINUTE))


@dataclass(frozen=True, slots=True)
class Version:
    """What the engine remembers of an activity: whether it was saved since, until when it lasts, who takes part."""

    modified: str
    due: date | None
    seats: frozenset[tuple[str, str]]
    """(contact, response) of every participant."""
    mails: Mapping[str, str]
    """contact -> the address that stands for him."""
    form: int = 0
    """Which fields were read then."""
    organizer: str = ""
    was_his: bool = False
    """The user has been its organizer while it was linked."""
    times: tuple[str, ...] = ()
    """Start and end in UTC, where the site's dates alone do not tell them: in the hour that comes twice in autumn."""

    @property
    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """Start and end as they are known; None where the site's dates tell them."""
        start, due = map(datetime.fromisoformat, self.times) if self.times else (None, None)
        return start, due

    @property
    def is_of_today(self) -> bool:
        """Whether the same fields were read then as now; else the activity is news, though nobody saved it."""
        return self.form == _FORM

    @classmethod
    def read(cls, text: str) -> "Version | None":
        """Read what `version_of` wrote; None for anything else."""
        try:
            modified, due, seats, *rest = json.loads(text)
            day = date.fromisoformat(due) if due else None
            taken = frozenset((contact, response) for contact, response, _ in seats)
            rest[3:] = map(tuple, rest[3:])
            return cls(modified, day, taken, {contact: mail for contact, _, mail in seats if mail}, *rest)
        except (ValueError, TypeError):
            return None


Versions: TypeAlias = Mapping[str, Version | None]
"""What is known of activities, by their ids."""


def version_of(meeting: Meeting, times: Times, *, was_his: bool = False) -> str:
    """Return a text that differs whenever the activity was saved or those who take part changed; "" if just written."""
    if not meeting.modified:
        return ""
    due = times.day(meeting.due).isoformat() if meeting.due else ""
    seats = sorted((seat.contact, seat.response, seat.mail) for seat in meeting.seats)
    known = [meeting.modified, due, seats, _FORM, meeting.organizer, was_his]
    if meeting.start and meeting.due and any(map(times.comes_twice, (meeting.start, meeting.due))):
        known.append([meeting.start.isoformat(), meeting.due.isoformat()])
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def seat_id_for(activity: str, contact: str, mail: str) -> str:
    """Return the id of the row that gsync makes for a participant: a repeated create is harmless."""
    return str(uuid5(UUID(activity), f"{PARTICIPANT}\n{contact}\n{mail.lower()}"))


def read_seats(rows: Iterable[Row]) -> tuple[Seat, ...]:
    """Take the participants of one activity, without their mails. A contact that stands there twice is one."""
    seats: dict[str, Seat] = {}
    for row in sorted(rows, key=lambda row: id_of(row.get("Id"))):
        contact, identity = id_of(row.get("ParticipantId")), id_of(row.get("Id"))
        if contact in seats:
            seats[contact] = replace(seats[contact], doubles=(*seats[contact].doubles, identity))
        elif contact:
            response = RESPONSES.get(id_of(row.get("InviteResponseId")), "in doubt")
            seats[contact] = Seat(identity, contact, response)
    return tuple(seats.values())


def read_meeting(
    row: Row,
    seats: tuple[Seat, ...],
    times: Times,
    *,
    with_location: bool,
    known: tuple[datetime | None, datetime | None] = (None, None),
) -> Meeting:
    """Take the row of one activity. `known` are its start and end, for the hour that comes twice."""
    start = times.moment(row.get("StartDate"), known[0])
    remind = times.reminder(row.get("RemindToOwnerDate"), start) if row.get("RemindToOwner") is True else None
    return Meeting(
        id=id_of(row.get("Id")),
        title=text_of(row.get("Title")).strip(),
        start=start,
        due=times.end(row.get("DueDate"), start, known[1]),
        notes=notes.text_of(text_of(row.get("Notes"))),
        location=text_of(row.get(LOCATION)).strip() if with_location else None,
        remind=remind,
        shown=row.get("ShowInScheduler") is True,
        type=id_of(row.get("TypeId")),
        status=id_of(row.get("StatusId")),
        owner=id_of(row.get("OwnerId")),
        organizer=id_of(row.get("OrganizerId")),
        seats=seats,
        modified=text_of(row.get("ModifiedOn")),
    )


def with_mails(
    meeting: Meeting, mails: Mapping[str, Sequence[str]], user: str, former: Version | None
) -> tuple[Seat, ...]:
    """Choose the address that stands for each participant; `mails` are those of each contact, the primary one first.

    The user himself is given none: he is at both sides anyway.
    """
    chosen: list[Seat] = []
    known = former.mails if former else {}
    for seat in meeting.seats:
        there = () if seat.contact == user else mails.get(seat.contact, ())
        ours = next((mail for mail in there if seat_id_for(meeting.id, seat.contact, mail) == seat.id), "")
        kept = next((mail for mail in there if mail.lower() == known.get(seat.contact, "").lower()), "")
        chosen.append(replace(seat, mail=ours or kept or next(iter(there), "")))
    return tuple(chosen)


def own_seat(meeting: Meeting, user: str) -> Seat | None:
    """Return the user's own row among the participants."""
    return next((seat for seat in meeting.seats if seat.contact == user), None)


def entries_of(meeting: Meeting) -> Entries:
    """Return the participants that Google can know: those with an address."""
    return frozenset(model.participant(seat.mail, seat.response) for seat in meeting.seats if seat.mail)


def label_of(meeting: Meeting, times: Times) -> str:
    """Return how a person recognises an activity."""
    fields = {model.TITLE: meeting.title}
    if meeting.start is not None and meeting.due is not None:
        fields[model.WHEN] = str(times.when(meeting.start, meeting.due))
    return model.label_of(fields, times.shown_in or times.zone) or meeting.id


def to_record(
    meeting: Meeting, times: Times, *, member: bool, user: str, was_his: bool = False, claim: Claim | None = None
) -> Record:
    """Return the neutral record of an activity. Reminders are told only where they are the user's own.

    `was_his` tells whether he has been its organizer before.
    """
    fields: dict[str, Value] = {
        model.TITLE: meeting.title,
        model.ORGANIZER: meeting.organizer,
        model.NOTES: meeting.notes,
        model.PARTICIPANTS: entries_of(meeting),
    }
    in_order = meeting.start is not None and meeting.due is not None and meeting.start <= meeting.due
    if meeting.start is not None and meeting.due is not None:
        fields[model.WHEN] = str(times.when(meeting.start, meeting.due))
    if meeting.location is not None:
        fields[model.LOCATION] = meeting.location
    if meeting.owner == user:
        fields[model.REMINDER] = meeting.reminder
    own = own_seat(meeting, user)
    if own is not None or meeting.owner == user:
        # Where the site does not make its owner a participant, he is one all the same, and has not said anything.
        fields[model.ANSWER] = model.answer(own.response) if own else ""
    return Record(
        id=meeting.id,
        fields=fields,
        version=version_of(meeting, times, was_his=was_his or meeting.organizer == user),
        modified=times.reading.moment(meeting.modified) if meeting.modified else None,
        member=member,
        label=label_of(meeting, times),
        unfit=None if in_order else "activity-times",
        claim=claim,
    )
