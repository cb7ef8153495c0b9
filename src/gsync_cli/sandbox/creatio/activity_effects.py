"""What the product does by itself when an activity or a participant is saved or deleted (facts/creatio.md 3)."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final, Protocol

from gsync_cli.sandbox.creatio.ids import (
    ACTIVITY_CATEGORIES,
    ACTIVITY_PRIORITIES,
    ACTIVITY_STATUSES,
    ACTIVITY_TYPES,
    PARTICIPANT_RESPONSES,
    PARTICIPANT_ROLES,
)
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import business
from gsync_cli.sandbox.creatio.tables import Row, Tables

_REMINDERS: Final = {"RemindToOwner": "RemindToOwnerDate", "RemindToAuthor": "RemindToAuthorDate"}
_PEOPLE: Final = {"OwnerId": PARTICIPANT_ROLES["responsible"], "ContactId": PARTICIPANT_ROLES["participant"]}
"""Whom an activity takes for a participant, and in which role."""
_PARTICIPANT: Final[dict[str, Any]] = {
    "RoleId": PARTICIPANT_ROLES["participant"],
    "InviteParticipant": True,
    "InviteResponseId": PARTICIPANT_RESPONSES["in doubt"],
}
_LOOKUPS: Final = {
    "StatusId": ACTIVITY_STATUSES["not started"],
    "PriorityId": ACTIVITY_PRIORITIES["medium"],
    "ActivityCategoryId": ACTIVITY_CATEGORIES["to do"],
    "TypeId": ACTIVITY_TYPES["task"],
}


class Store(Protocol):
    """Records.store: a write without events of its own."""

    def __call__(self, name: str, row_id: str | None, values: Row, by: str | None) -> Row:
        """Write values into a row, new where `row_id` is None."""
        ...


def fill_defaults(
    table: str, row: Row, given: AbstractSet[str], by: str | None, now: datetime, options: Options
) -> None:
    """Fill what the caller left out of a new activity or participant. What is sent as null stays so."""
    defaults: dict[str, Any] = {}
    if table == "Activity":
        defaults = {"OwnerId": by, "AuthorId": by, "OrganizerId": by, "StartDate": now, "DueDate": now}
        defaults |= _LOOKUPS if options.activity_lookups_default else {}
    elif table == "ActivityParticipant":
        defaults = _PARTICIPANT
    row.update({column: value for column, value in defaults.items() if column not in given})


def before_save(old: Row | None, row: Row, given: AbstractSet[str], options: Options) -> None:
    """Reckon the duration, and let reminders go along with the start, unless they are sent themselves.

    Raises Refusal for an activity that ends before it begins, where the site minds.
    """
    if not options.idle_reminders:
        row.update({column: None for flag, column in _REMINDERS.items() if not row[flag]})
    start, due = row["StartDate"], row["DueDate"]
    if start is None or due is None:
        return
    if due < start and not options.due_before_start:
        raise business("Due date must be later than start date.")
    row["DurationInMinutes"] = int((due - start).total_seconds() // 60)
    if old is None or old["StartDate"] is None or old["StartDate"] == start:
        return
    for column in _REMINDERS.values():
        if column not in given and row[column] is not None:
            row[column] += start - old["StartDate"]


def after_save(tables: Tables, store: Store, old: Row | None, row: Row, by: str | None) -> None:
    """Add the owner and the contact of an activity to its participants, where they are new."""
    for column, role in _PEOPLE.items():
        contact = row[column]
        if contact is None or (old is not None and old[column] == contact):
            continue
        present = tables.of("ActivityParticipant", "ActivityId", row["Id"])
        if all(participant["ParticipantId"] != contact for participant in present):
            values = {**_PARTICIPANT, "ActivityId": row["Id"], "ParticipantId": contact, "RoleId": role}
            store("ActivityParticipant", None, values, by)


def participant_changed(tables: Tables, store: Store, row: Row, by: str | None, options: Options) -> None:
    """Move the activity's ModifiedOn where the site does that for its participants."""
    if options.participants_touch_activity and tables.get("Activity", row["ActivityId"]) is not None:
        store("Activity", row["ActivityId"], {}, by)
