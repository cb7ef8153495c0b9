"""What has to be written to Creatio so that an activity holds given fields. Pure.

As with contacts, a draft is what the rows are to be (`after`) and the writes that lead there, so that only what differs
is written, and what the side holds afterwards is known without asking.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from gsync_cli import notes
from gsync_cli.activities import model
from gsync_cli.activities.creatio_participants import Holder
from gsync_cli.activities.creatio_rows import (
    ACTIVITY,
    LOCATION,
    PARTICIPANT,
    RESPONSE_IDS,
    Begun,
    Meeting,
    Row,
    Seat,
    digest_of,
    own_seat,
    seat_id_for,
)
from gsync_cli.activities.creatio_times import Times
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.dates import meanings
from gsync_cli.creatio.sending import Step
from gsync_cli.creatio.values import text_of
from gsync_cli.sync.record import Entry, Fields

Bounds: TypeAlias = tuple[datetime, datetime]
"""Start and end, in UTC."""

LONGEST: Final = 500
"""Characters of a title and of a location (facts/creatio.md 3)."""
NAMELESS: Final = "(no title)"
"""Creatio wants a title; Google does not."""
_NO_TIME: Final = "The event has no time that can be read."


@dataclass(frozen=True, slots=True)
class Draft:
    """The writes for one activity, in order, and what it is afterwards."""

    steps: tuple[Step, ...]
    after: Meeting
    notes: tuple[str, ...] = ()
    problem: str = ""
    """Why it can't be written; then there is nothing to send."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What drafts depend on besides the fields."""

    user: str
    """The user's contact."""
    times: Times
    now: datetime
    with_location: bool
    found: Mapping[str, Holder]
    """Whom the addresses of guests belong to, by the address in lower case."""
    cancel: bool = False
    """A meeting that ended is marked by its status, not taken from the calendar."""


def mails_in(fields: Fields) -> set[str]:
    """Return the addresses that writing `fields` has to know the contacts of."""
    return {entry.key for entry in model.participants_of(fields)}


def draft_create(identity: str, fields: Fields, setting: Setting, *, begun: bool = False) -> Draft:
    """Plan a new activity: a meeting of the user's, in his calendar. `begun`: it is there, and to be finished.

    The site makes its owner a participant by itself, under an id of its own (facts/creatio.md 3): his answer can be
    written only afterwards.
    """
    blank = Meeting(
        identity,
        location="" if setting.with_location else None,
        type=wellknown.TASK,
        owner=setting.user,
        organizer=setting.user,
    )
    return _draft(blank, fields, setting, new=True, begun=begun)


def draft_beginning(draft: Draft, times: Times) -> Step | None:
    """Return the write that begins a new activity out of sight; None where it can't be written at all."""
    after = draft.after
    if draft.problem or after.start is None or after.due is None:
        return None
    dates = times.literals((after.start, after.due))
    begun = Begun(dates["StartDate"], dates["DueDate"], digest_of(after.title))
    shown = {"Title": after.title, "Notes": notes.html_of(begun.text()), "ShowInScheduler": False}
    return Step("POST", ACTIVITY, after.id, {**_as_new(after), **shown, **dates})


def draft_finishing(draft: Draft, row: Row, begun: Begun, times: Times) -> tuple[Draft, bool]:
    """Return the draft without what people have changed in the unfinished activity, and whether there was any.

    Nothing is sent that stands there already: what somebody changes in this very second may be that.
    """
    (first, *others) = draft.steps
    theirs: set[str] = set()
    as_wanted = {"Title"} if text_of(row.get("Title")) == draft.after.title else set[str]()
    if [times.moment(row.get("StartDate")), times.moment(row.get("DueDate"))] == [draft.after.start, draft.after.due]:
        as_wanted |= {"StartDate", "DueDate"}
    if digest_of(text_of(row.get("Title"))) != begun.title:
        theirs.add("Title")
    for column, literal in (("StartDate", begun.start), ("DueDate", begun.due)):
        if times.moment(row.get(column)) not in meanings(times.writing, literal):
            theirs |= {"StartDate", "DueDate"}
    if text_of(row.get(LOCATION)).strip():
        theirs.add(LOCATION)
    body = {column: value for column, value in first.body.items() if column not in theirs | as_wanted}
    if begun.rest:
        body["Notes"] = notes.html_of(begun.rest)
    return replace(draft, steps=(replace(first, body=body), *others)), bool(theirs or begun.rest)


def draft_update(before: Meeting, fields: Fields, setting: Setting, *, join: bool) -> Draft:
    """Plan the change of an activity: `fields` are those that change, each in full; `join` shows it in the calendar."""
    return _draft(before, fields, setting, new=False, join=join)


def draft_release(activity: str, setting: Setting) -> Step:
    """Return the write that lets an activity go: out of the calendar, or cancelled (row A8)."""
    body: dict[str, object] = {"StatusId": wellknown.CANCELLED} if setting.cancel else {"ShowInScheduler": False}
    return Step("PATCH", ACTIVITY, activity, body)


def _draft(
    before: Meeting, fields: Fields, setting: Setting, *, new: bool, join: bool = False, begun: bool = False
) -> Draft:
    said: list[str] = []
    after = replace(
        before,
        title=_cut(model.text_field(fields, model.TITLE), "title", said) or NAMELESS
        if new or model.TITLE in fields
        else before.title,
        notes=notes.tidy(model.text_field(fields, model.NOTES)) if new or model.NOTES in fields else before.notes,
        modified="",
    )
    if model.LOCATION in fields and before.location is not None:
        after = replace(after, location=_cut(model.text_field(fields, model.LOCATION), "location", said))
    if new or model.WHEN in fields:
        when = model.when_of(fields)
        if when is None:
            return Draft((), before, problem=_NO_TIME)
        after = _moved(after, *setting.times.bounds(when))
    if model.ORGANIZER in fields:
        after = replace(after, organizer=model.text_field(fields, model.ORGANIZER))
    if model.REMINDER in fields and after.owner == setting.user:
        after = replace(after, remind=_reminder(model.text_field(fields, model.REMINDER), after, setting.now))
    if new:
        after = replace(after, status=_status(after, setting.now))
    elif join:
        cancelled = setting.cancel and before.status == wellknown.CANCELLED
        after = replace(after, shown=True, status=_status(after, setting.now) if cancelled else before.status)
    if model.PARTICIPANTS in fields:
        after = replace(after, seats=_seats(before, fields, setting.found, said))
    answer = model.answer_of(fields)
    if answer is not None and not new:
        after = replace(after, seats=_answered(after, setting.user, answer))
    return Draft(tuple(_steps(before, after, setting, new=new, begun=begun)), after, tuple(said))


# ── what the rows are to be ──────────────────────────────────────────────────────────────────────────────────


def _cut(text: str, called: str, said: list[str]) -> str:
    line = " ".join(text.split())
    if len(line) > LONGEST:
        said.append(f"The {called} has {len(line)} characters; Creatio takes {LONGEST}: the end is cut off.")
    return line[:LONGEST].rstrip()


def _moved(meeting: Meeting, start: datetime, due: datetime) -> Meeting:
    """Move a meeting; its reminder goes along, as the site does it by itself (facts/creatio.md 3)."""
    remind = meeting.remind
    if remind is not None and meeting.start is not None:
        remind += start - meeting.start
    return replace(meeting, start=start, due=max(start, due), remind=remind)


def _reminder(minutes: str, meeting: Meeting, now: datetime) -> datetime | None:
    """Return when to remind; never in the past, where Creatio would remind of it at once."""
    if meeting.start is None or not minutes.isdecimal():
        return None
    remind = meeting.start - timedelta(minutes=int(minutes))
    return remind if remind > now else None


def _status(meeting: Meeting, now: datetime) -> str:
    return wellknown.COMPLETED if meeting.due is not None and meeting.due < now else wellknown.NOT_STARTED


def _seats(before: Meeting, fields: Fields, found: Mapping[str, Holder], said: list[str]) -> tuple[Seat, ...]:
    """Return who takes part. Those without an address, and the user himself, are nobody's business and stay."""
    wanted = {entry.key: entry for entry in model.participants_of(fields)}
    seats: dict[str, Seat] = {}
    for seat in before.seats:
        entry = wanted.pop(seat.mail.lower(), None) if seat.mail else None
        if entry is not None:
            seats[seat.contact] = replace(seat, response=_response(entry))
        elif not seat.mail:
            seats[seat.contact] = seat
    for key, entry in sorted(wanted.items()):
        who = found.get(key, Holder())
        if who.ambiguous:
            said.append(f"{entry.value} belongs to several contacts: not added to the participants.")
        if who.contact and who.contact not in seats:
            identity = seat_id_for(before.id, who.contact, entry.key)
            seats[who.contact] = Seat(identity, who.contact, _response(entry), entry.value)
    return tuple(seats.values())


def _answered(meeting: Meeting, user: str, response: model.Response) -> tuple[Seat, ...]:
    """Return who takes part, with the user's own answer; he is added where the site has not done so."""
    own = own_seat(meeting, user)
    if own is not None:
        return tuple(replace(seat, response=response) if seat is own else seat for seat in meeting.seats)
    if response == model.IN_DOUBT:
        return meeting.seats
    return (*meeting.seats, Seat(seat_id_for(meeting.id, user, ""), user, response))


def _response(entry: Entry) -> model.Response:
    match entry.kind:
        case "confirmed" | "declined":
            return entry.kind
        case _:
            return "in doubt"


# ── the writes that lead there ───────────────────────────────────────────────────────────────────────────────


def _steps(before: Meeting, after: Meeting, setting: Setting, *, new: bool, begun: bool) -> Iterator[Step]:
    columns = _columns(before, after, setting.times)
    if begun:
        # Type, status, owner and the like stand there since it was begun, and may be other people's by now.
        blank = {"ShowInScheduler": True, "RemindToOwner": False, "RemindToOwnerDate": None, "Notes": ""}
        told = {column: value for column, value in columns.items() if column != "StatusId"}
        yield Step("PATCH", ACTIVITY, after.id, {**blank, **told})
    elif new:
        yield Step("POST", ACTIVITY, after.id, {**_as_new(after), **columns})
    elif columns:
        yield Step("PATCH", ACTIVITY, after.id, columns)
    yield from _seat_steps(before.seats, after)


def _as_new(after: Meeting) -> dict[str, object]:
    return {
        "Title": after.title,
        "TypeId": wellknown.TASK,
        "ActivityCategoryId": wellknown.MEETING,
        "StatusId": after.status,
        "PriorityId": wellknown.MEDIUM_PRIORITY,
        "ShowInScheduler": True,
        "AuthorId": after.owner,
        "OwnerId": after.owner,
        "OrganizerId": after.organizer,
    }


def _columns(before: Meeting, after: Meeting, times: Times) -> dict[str, object]:
    columns: dict[str, object] = {}
    if after.title != before.title:
        columns["Title"] = after.title
    for column, was, moment in (("StartDate", before.start, after.start), ("DueDate", before.due, after.due)):
        if moment is not None and moment != was:
            columns[column] = times.literal(moment)
    if after.notes != before.notes:
        columns["Notes"] = notes.html_of(after.notes)
    if after.location != before.location:
        columns[LOCATION] = after.location
    if after.reminder != before.reminder or (after.remind is None) != (before.remind is None):
        columns["RemindToOwner"] = after.remind is not None
        columns["RemindToOwnerDate"] = times.literal(after.remind) if after.remind else None
    if after.shown != before.shown:
        columns["ShowInScheduler"] = after.shown
    if after.status != before.status:
        columns["StatusId"] = after.status
    if after.organizer != before.organizer:
        columns["OrganizerId"] = after.organizer
    return columns


def _seat_steps(before: Sequence[Seat], after: Meeting) -> Iterator[Step]:
    former = {seat.id: seat for seat in before}
    kept = {seat.id for seat in after.seats}
    for seat in before:
        if seat.id not in kept:
            yield from (Step("DELETE", PARTICIPANT, identity) for identity in (seat.id, *seat.doubles))
    for seat in after.seats:
        was = former.get(seat.id)
        told: dict[str, object] = {
            "InviteResponseId": RESPONSE_IDS[seat.response],
            "InviteParticipant": seat.response != model.DECLINED,
        }
        if was is None:
            yield Step("POST", PARTICIPANT, seat.id, {"ActivityId": after.id, "ParticipantId": seat.contact, **told})
        elif was.response != seat.response:
            yield Step("PATCH", PARTICIPANT, seat.id, told)
