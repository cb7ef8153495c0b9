"""What people do in Creatio about activities: at the page of one, in its detail Participants, in the calendar."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gsync_cli.sandbox.creatio.desk_setup import SetupActs
from gsync_cli.sandbox.creatio.ids import (
    ACTIVITY_CATEGORIES,
    ACTIVITY_PRIORITIES,
    ACTIVITY_STATUSES,
    ACTIVITY_TYPES,
    PARTICIPANT_RESPONSES,
    PARTICIPANT_ROLES,
)
from gsync_cli.sandbox.creatio.tables import Row

Invited = Mapping[str, str] | Iterable[str]
"""Contacts by id or name: with their responses ("confirmed", "declined", "in doubt"), or in doubt all of them."""

_CHOICES: Final = {
    "type": ("TypeId", ACTIVITY_TYPES),
    "category": ("ActivityCategoryId", ACTIVITY_CATEGORIES),
    "status": ("StatusId", ACTIVITY_STATUSES),
    "priority": ("PriorityId", ACTIVITY_PRIORITIES),
}
_TEXTS: Final = {"title": "Title", "location": "Location", "notes": "Notes"}
_DATES: Final = {"start": "StartDate", "due": "DueDate"}
_PEOPLE: Final = {"organizer": "OrganizerId", "owner": "OwnerId", "author": "AuthorId", "contact": "ContactId"}
_AS_NEW: Final = {"type": "task", "category": "meeting", "status": "not started", "priority": "medium"}


class ActivityActs(SetupActs):
    """The part of the desk that has to do with activities. Raises Refusal and KeyError, as `Desk` does.

    An activity is told in these fields: title, start and due (aware, or as ISO text), location, notes (HTML), reminder
    (minutes before the start, None for none), in_calendar, type, category, status, priority (in lower case), and
    organizer, owner, author and contact (a contact's id or name, "" for nobody).
    """

    def add_activity(
        self, title: str, start: datetime | str, due: datetime | str, *, participants: Invited = (), **fields: Any
    ) -> str:
        """Make an activity, a meeting in the calendar unless told otherwise, and return its id.

        Organizer, owner and author are this user unless told otherwise; the owner takes part by himself.
        """
        told = {**_AS_NEW, "in_calendar": True, **fields, "title": title, "start": start, "due": due}
        activity: str = self._records.insert("Activity", self._activity_columns(told), self._by)["Id"]
        self.add_participants(activity, participants)
        return activity

    def edit_activity(self, activity: str, **fields: Any) -> None:
        """Change fields of an activity, or columns by their payload name; a reminder goes along with the start."""
        row = self._row("Activity", activity)
        neutral = {name: value for name, value in fields.items() if name.islower()}
        columns = {name: value for name, value in fields.items() if not name.islower()}
        wanted = self._activity_columns(neutral, row["StartDate"])
        changed = {column: value for column, value in wanted.items() if value != row[column] or "Remind" in column}
        self._records.update("Activity", activity, {**changed, **columns}, self._by)

    def delete_activity(self, activity: str) -> None:
        """Delete an activity with its participants."""
        self._delete("Activity", activity)

    def activity(self, activity: str) -> dict[str, Any] | None:
        """Return an activity, or None where it is gone.

        It is told in the fields of this class, people by their names; with `id`, `modified`, `columns` (the raw row)
        and `participants`: dictionaries of id, contact, name, role, response and invited.
        """
        row = self._tables.get("Activity", activity)
        return None if row is None else self._activity_told(row)

    def activities(self) -> list[dict[str, Any]]:
        """Return all activities, e-mails among them, in the order of their making."""
        return [self._activity_told(row) for row in self._tables.rows("Activity")]

    # -- participants ---------------------------------------------------------------------------------------------

    def participants(self, activity: str) -> dict[str, str]:
        """Return the responses of the participants by their names."""
        return {each["name"]: each["response"] for each in self._participants_told(activity)}

    def add_participants(self, activity: str, participants: Invited) -> None:
        """Add participants; the response of one who takes part already is set."""
        self._row("Activity", activity)
        for person, response in _responses(participants).items():
            contact = self._contact_id(person)
            if self._participations(activity, contact):
                self.respond(activity, person, response)
                continue
            values = {"ActivityId": activity, "ParticipantId": contact, "InviteResponseId": _response_id(response)}
            self._records.insert("ActivityParticipant", values, self._by)

    def set_participants(self, activity: str, participants: Invited) -> None:
        """Let just these take part, beside the owner."""
        wanted = {self._contact_id(person) for person in _responses(participants)}
        wanted.add(self._row("Activity", activity)["OwnerId"])
        for row in self._tables.of("ActivityParticipant", "ActivityId", activity):
            if row["ParticipantId"] not in wanted:
                self._records.delete("ActivityParticipant", row["Id"], self._by)
        self.add_participants(activity, participants)

    def remove_participant(self, activity: str, person: str) -> None:
        """Take somebody off the participants."""
        for row in self._participations(activity, self._contact_id(person)):
            self._records.delete("ActivityParticipant", row["Id"], self._by)

    def respond(self, activity: str, person: str, response: str) -> None:
        """Set the response of somebody who takes part. Raises KeyError where nobody of that name does."""
        rows = self._participations(activity, self._contact_id(person))
        if not rows:
            raise KeyError(person)
        for row in rows:
            values = {"InviteResponseId": _response_id(response)}
            self._records.update("ActivityParticipant", row["Id"], values, self._by)

    # -- within ---------------------------------------------------------------------------------------------------

    def _participations(self, activity: str, contact: str | None) -> list[Row]:
        rows = self._tables.of("ActivityParticipant", "ActivityId", activity)
        return [row for row in rows if row["ParticipantId"] == contact]

    def _contact_id(self, person: str) -> str | None:
        """Return a contact by id, or the first one by name; nobody for "". Raises KeyError."""
        if not person:
            return None
        if self._tables.get("Contact", person) is not None:
            return person
        for row in self._tables.rows("Contact"):
            if row["Name"] == person:
                contact: str = row["Id"]
                return contact
        raise KeyError(person)

    def _activity_columns(self, told: Mapping[str, Any], start: datetime | None = None) -> Row:
        """Return the columns that the neutral fields mean; `start` is that of the activity before. Raises KeyError."""
        columns: Row = {column: told[name] for name, column in _TEXTS.items() if name in told}
        columns |= {column: _moment(told[name]) for name, column in _DATES.items() if name in told}
        columns |= {column: ids[told[name]] for name, (column, ids) in _CHOICES.items() if name in told}
        columns |= {column: self._contact_id(told[name]) for name, column in _PEOPLE.items() if name in told}
        unknown = told.keys() - {*_TEXTS, *_DATES, *_CHOICES, *_PEOPLE, "in_calendar", "reminder"}
        if "Location" not in self._tables.schema["Activity"].columns:
            unknown |= told.keys() & {"location"}
        if unknown:
            raise KeyError(min(unknown))
        if "in_calendar" in told:
            columns["ShowInScheduler"] = told["in_calendar"]
        if "reminder" in told:
            columns |= _reminder(told["reminder"], columns.get("StartDate", start))
        return columns

    def _activity_told(self, row: Row) -> dict[str, Any]:
        reminds = row["RemindToOwner"] and row["RemindToOwnerDate"] is not None
        before = row["StartDate"] - row["RemindToOwnerDate"] if reminds else None
        return {
            "id": row["Id"],
            "title": row["Title"],
            "start": row["StartDate"],
            "due": row["DueDate"],
            "location": row.get("Location", ""),
            "notes": row["Notes"],
            "reminder": None if before is None else int(before.total_seconds() // 60),
            "in_calendar": row["ShowInScheduler"],
            **{name: _name_in(ids, row[column]) for name, (column, ids) in _CHOICES.items()},
            **{name: self._name_of("Contact", row[column]) for name, column in _PEOPLE.items()},
            "participants": self._participants_told(row["Id"]),
            "modified": row["ModifiedOn"],
            "columns": dict(row),
        }

    def _participants_told(self, activity: str) -> list[dict[str, Any]]:
        return [
            {
                "id": row["Id"],
                "contact": row["ParticipantId"],
                "name": self._name_of("Contact", row["ParticipantId"]),
                "role": _name_in(PARTICIPANT_ROLES, row["RoleId"]),
                "response": _name_in(PARTICIPANT_RESPONSES, row["InviteResponseId"]),
                "invited": row["InviteParticipant"],
            }
            for row in self._tables.of("ActivityParticipant", "ActivityId", activity)
        ]


def _responses(participants: Invited) -> dict[str, str]:
    return dict(participants) if isinstance(participants, Mapping) else dict.fromkeys(participants, "in doubt")


def _response_id(response: str) -> str | None:
    return PARTICIPANT_RESPONSES[response] if response else None


def _name_in(ids: Mapping[str, str], row_id: str | None) -> str:
    return next((name for name, known in ids.items() if known == row_id), row_id or "")


def _moment(told: datetime | str) -> datetime:
    """Return a moment in UTC. Raises ValueError for one without a zone, which would be somebody's guess."""
    moment = datetime.fromisoformat(told) if isinstance(told, str) else told
    if moment.tzinfo is None:
        raise ValueError(f"no zone in {told}")
    return moment.astimezone(UTC)


def _reminder(minutes: int | None, start: datetime | None) -> Row:
    if minutes is None or start is None:
        return {"RemindToOwner": False, "RemindToOwnerDate": None}
    return {"RemindToOwner": True, "RemindToOwnerDate": start - timedelta(minutes=minutes)}
