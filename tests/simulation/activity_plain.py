"""Calendar and activities as people see them, read by rules of its own: nothing here is the program's mapping.

Every title says which meeting it belongs to ("M12 v47", or "S3 v9" for a series) and is written only once, as is every
location. Times are moments, whole days from midnight to midnight in the zone of the calendar.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from tests.support.activity_rig import Party

Side: TypeAlias = Literal["creatio", "google"]
Key: TypeAlias = tuple[Side, str, str]
"""Side, mail of the calendar ("" in Creatio), id."""

_ROOT: Final = re.compile(r"[MS]\d+(?= v\d)")
_ANSWERS: Final = {"accepted": "confirmed", "declined": "declined"}
UNMAPPED: Final = ("colorId", "visibility", "transparency", "reminders", "recurrence", "status", "guestsCanModify")
"""What of an event is nobody's business but the calendar's."""
COLUMNS: Final = ("TypeId", "ActivityCategoryId", "PriorityId", "StatusId", "OwnerId", "AuthorId", "ContactId")
"""The same of an activity."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One meeting on one side."""

    root: str
    title: str
    location: str
    start: datetime
    end: datetime
    people: frozenset[tuple[str, str]]
    """Names of those whose mail Creatio knows, with their answers; without the organizer."""
    answer: str | None
    """The organizer's own; None where he is not among those who take part."""
    organizer: str
    """Mail in Google, name in Creatio."""
    shown: bool
    """Displayed in the calendar; in Google: not let go of."""
    series: str
    raw: Mapping[str, Any]

    def tokens(self) -> Iterator[tuple[str, str]]:
        """Yield what somebody wrote here, each with the name of its field."""
        yield "title", self.title
        if self.location:
            yield "location", self.location
        yield "when", f"{self.root} {self.start:%Y-%m-%dT%H:%M:%SZ}/{self.end:%Y-%m-%dT%H:%M:%SZ}"
        for name, _ in self.people:
            yield "participants", f"{self.root} {name}"


def read_creatio(party: Party, reachable: frozenset[str], *, location: bool) -> dict[Key, Seen]:
    """Read all activities; `reachable` are the names of those who have a mail."""
    found: dict[Key, Seen] = {}
    for row in party.desk.activities():
        people = {each["name"]: each["response"] for each in row["participants"]}
        organizer = row["organizer"]
        found["creatio", "", row["id"]] = Seen(
            root_of(row["title"]),
            row["title"],
            row["location"] if location else "",
            row["start"],
            row["due"],
            frozenset((name, said or "in doubt") for name, said in people.items() if name in reachable - {organizer}),
            people.get(organizer),
            organizer,
            row["in_calendar"],
            "",
            row,
        )
    return found


def read_google(party: Party, people: Mapping[str, str], *, location: bool) -> dict[Key, Seen]:
    """Read a calendar, series as their occurrences; `people` are names by mail."""
    account = party.account
    events = {event["id"]: event for event in account.events()}
    for event in list(events.values()):
        if "recurrence" in event:
            del events[event["id"]]
            for occurrence in account.occurrences(event["id"]):
                events[occurrence["id"]] = occurrence
    return {
        ("google", account.email, name): _seen(event, party, people, location=location)
        for name, event in events.items()
    }


def _seen(event: Mapping[str, Any], party: Party, people: Mapping[str, str], *, location: bool) -> Seen:
    zone = ZoneInfo(party.account.calendar.zone)
    organizer = event["organizer"]["email"]
    guests = {
        people[each["email"].lower()]: _answer(each)
        for each in event.get("attendees", ())
        if each["email"].lower() in people and each["email"].lower() != organizer
    }
    private = event.get("extendedProperties", {}).get("private", {})
    return Seen(
        root_of(event.get("summary", "")),
        event.get("summary", ""),
        event.get("location", "") if location else "",
        _moment(event["start"], zone),
        _moment(event["end"], zone),
        frozenset(guests.items()),
        next((_answer(each) for each in event.get("attendees", ()) if each["email"].lower() == organizer), None),
        organizer,
        not (private.get("gsyncState") == "released" and private.get("gsyncEvent") == event["id"]),
        event.get("recurringEventId", ""),
        event,
    )


def _answer(guest: Mapping[str, Any]) -> str:
    return _ANSWERS.get(guest.get("responseStatus", ""), "in doubt")


def root_of(title: str) -> str:
    """Return which meeting a title belongs to."""
    found = _ROOT.match(title)
    return found[0] if found else ""


def _moment(told: Mapping[str, str], zone: ZoneInfo) -> datetime:
    if "date" in told:
        return datetime.fromisoformat(told["date"]).replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))
    return datetime.fromisoformat(told["dateTime"]).astimezone(ZoneInfo("UTC"))
