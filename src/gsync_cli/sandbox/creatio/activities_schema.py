"""Tables of activities and those who take part in them (facts/creatio.md 3)."""

from typing import Final

from gsync_cli.sandbox.creatio.columns import (
    LONG,
    MAX,
    SHORT,
    Column,
    Table,
    flags,
    guid,
    integer,
    lookup,
    lookup_table,
    table,
    text,
)

LOCATION: Final = "Location"
"""The column of Activity that the Exchange package brings along."""

TABLES: Final[tuple[Table, ...]] = (
    table(
        "Activity",
        text("Title", LONG, required=True),
        Column("StartDate", "datetime", required=True),
        Column("DueDate", "datetime", required=True),
        lookup("Status", "ActivityStatus", required=True),
        lookup("Priority", "ActivityPriority", required=True),
        lookup("ActivityCategory", required=True),
        lookup("Type", "ActivityType"),
        lookup("Owner", "Contact"),
        lookup("Author", "Contact"),
        lookup("Organizer", "Contact"),
        lookup("Contact"),
        lookup("Account"),
        *flags("ShowInScheduler"),
        text("Notes", MAX),
        text(LOCATION, LONG),
        lookup("Result", "ActivityResult"),
        text("DetailedResult", MAX),
        *flags("RemindToOwner", "RemindToAuthor"),
        Column("RemindToOwnerDate", "datetime"),
        Column("RemindToAuthorDate", "datetime"),
        lookup("TimeZone"),
        integer("DurationInMinutes"),
        text("GlobalActivityID"),
        Column("RemoteCreatedOn", "datetime"),
        lookup("OwnerRole", "SysAdminUnit"),
        lookup("ActivityConnection", "Activity"),
        guid("ProcessElementId"),
        text("Sender", MAX),
        text("Recepient", MAX),
        text("CopyRecepient", MAX),
        text("BlindCopyRecepient", MAX),
        text("Body", MAX),
        *flags("IsHtmlBody"),
        Column("SendDate", "datetime"),
    ),
    table(
        "ActivityParticipant",
        lookup("Activity", required=True, owned=True),
        lookup("Participant", "Contact"),
        lookup("Role", "ParticipantRole"),
        *flags("InviteParticipant", "ReadMark"),
        lookup("InviteResponse", "ParticipantResponse"),
        text("Description", MAX),
    ),
    lookup_table("ActivityType", text("Code", SHORT)),
    lookup_table("ActivityCategory", lookup("ActivityType")),
    lookup_table("ActivityStatus", *flags("Finish")),
    lookup_table("ActivityPriority"),
    lookup_table("ActivityResult"),
    lookup_table("ParticipantRole", text("Code", SHORT)),
    lookup_table("ParticipantResponse"),
)

INDEXED: Final = {
    "Activity": ("ActivityConnectionId",),
    "ActivityCorrespondence": ("ActivityId",),
    "ActivityParticipant": ("ActivityId", "ParticipantId"),
}
