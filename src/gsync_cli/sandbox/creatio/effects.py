"""What the product does by itself when a record is saved or deleted (facts/creatio.md 3, "Server side effects")."""

from collections.abc import Set as AbstractSet
from typing import Any, Final

from gsync_cli.sandbox.creatio import activity_effects
from gsync_cli.sandbox.creatio.activity_effects import Store
from gsync_cli.sandbox.creatio.ids import COMMUNICATION_TYPES, PHONE_KINDS
from gsync_cli.sandbox.creatio.mail_effects import application_changed
from gsync_cli.sandbox.creatio.names import full_name, parts_of
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.tables import Row, Tables

MIRRORED: Final = {
    "Email": COMMUNICATION_TYPES["mail"],
    "Phone": COMMUNICATION_TYPES["work"],
    "MobilePhone": COMMUNICATION_TYPES["mobile"],
    "HomePhone": COMMUNICATION_TYPES["home"],
    "Skype": COMMUNICATION_TYPES["skype"],
    "Facebook": COMMUNICATION_TYPES["facebook"],
    "LinkedIn": COMMUNICATION_TYPES["linkedin"],
    "Twitter": COMMUNICATION_TYPES["twitter"],
}
"""Columns of Contact that hold the primary communication of a type."""

_MIRROR_OF: Final = {type_id: column for column, type_id in MIRRORED.items()}
_PHONE_TYPES: Final = frozenset(COMMUNICATION_TYPES[kind] for kind in PHONE_KINDS)
_ADDRESS: Final = ("AddressTypeId", "Address", "CityId", "RegionId", "Zip", "CountryId")
_CAREER: Final = ("AccountId", "JobId", "JobTitle", "DepartmentId")
_NAME_PARTS: Final = frozenset({"GivenName", "MiddleName", "Surname"})


class Effects:
    """The event handlers of the entities. `given` names the columns that the caller sent."""

    def __init__(self, tables: Tables, options: Options, store: Store) -> None:
        self._tables = tables
        self._options = options
        self._store = store

    def before_save(self, table: str, old: Row | None, row: Row, given: AbstractSet[str]) -> None:
        """Fill what follows from the other columns of the same row."""
        if table == "Contact":
            self._fill_name(old, row, given)
        elif table == "Activity":
            activity_effects.before_save(old, row, given, self._options)
        elif table == "ContactCommunication":
            row["SearchNumber"] = search_number(row["CommunicationTypeId"], row["Number"])
        elif table == "ContactAddress" and old is None and row["ContactId"]:
            row["Primary"] = row["Primary"] or not self._tables.of(table, "ContactId", row["ContactId"])

    def is_duplicate(self, table: str, row: Row) -> bool:
        """Tell whether a new communication says what another one of the contact says already."""
        return table == "ContactCommunication" and any(
            other["CommunicationTypeId"] == row["CommunicationTypeId"] and other["Number"] == row["Number"]
            for other in self._tables.of(table, "ContactId", row["ContactId"])
        )

    def after_save(self, table: str, old: Row | None, row: Row, given: AbstractSet[str], by: str | None) -> None:
        """Carry a saved row into the rows that mirror it."""
        if table == "Contact":
            self._contact_saved(old, row, given, by)
        elif table == "ContactCommunication":
            if old is not None and (old["ContactId"], old["CommunicationTypeId"]) != (
                row["ContactId"],
                row["CommunicationTypeId"],
            ):
                self._communication_changed(old["ContactId"], old["CommunicationTypeId"], None, by)
            self._communication_changed(row["ContactId"], row["CommunicationTypeId"], row, by)
        elif table == "Activity":
            activity_effects.after_save(self._tables, self._store, old, row, by)
        elif table == "ActivityParticipant":
            activity_effects.participant_changed(self._tables, self._store, row, by, self._options)
        elif table == "MailServer":
            application_changed(self._tables, old, row)
        elif table == "ContactAddress" and row["Primary"]:
            for other in self._tables.of(table, "ContactId", row["ContactId"]):
                if other["Primary"] and other["Id"] != row["Id"]:
                    self._store(table, other["Id"], {"Primary": False}, by)
            self._store("Contact", row["ContactId"], {column: row[column] for column in _ADDRESS}, by)

    def after_delete(self, table: str, row: Row, by: str | None) -> None:
        """Carry a deletion into the rows that mirrored the row."""
        if table == "ContactCommunication":
            self._communication_changed(row["ContactId"], row["CommunicationTypeId"], None, by)
        elif table == "ContactAddress" and row["Primary"]:
            self._store("Contact", row["ContactId"], _blank_address(), by)
        elif table == "ActivityParticipant":
            activity_effects.participant_changed(self._tables, self._store, row, by, self._options)

    def _fill_name(self, old: Row | None, row: Row, given: AbstractSet[str]) -> None:
        surname_first = self._options.surname_first
        parts_given = bool(given & _NAME_PARTS)
        name_given = "Name" in given and bool(row["Name"])
        if name_given and not parts_given and (old is None or old["Name"] != row["Name"]):
            row.update(parts_of(row["Name"], surname_first=surname_first))
        elif parts_given and not name_given and (old is None or any(old[part] != row[part] for part in _NAME_PARTS)):
            row["Name"] = full_name(row, surname_first=surname_first) or row["Name"]

    def _contact_saved(self, old: Row | None, row: Row, given: AbstractSet[str], by: str | None) -> None:
        def changed(column: str) -> bool:
            return bool(row[column]) if old is None else row[column] != old[column]

        for column in MIRRORED.keys() & given:
            if changed(column):
                self._mirror_into_communication(row["Id"], MIRRORED[column], row[column], by)
        if any(column in given and changed(column) for column in _ADDRESS):
            self._mirror_into_address(row, by)
        if any(changed(column) for column in _CAREER):
            self._begin_career(row, by)

    def _communications(self, contact_id: str, type_id: str) -> list[Row]:
        rows = self._tables.of("ContactCommunication", "ContactId", contact_id)
        return [row for row in rows if row["CommunicationTypeId"] == type_id]

    def _communication_changed(self, contact_id: str, type_id: str, saved: Row | None, by: str | None) -> None:
        """Settle which communication of the type is primary, copy it to the contact, and move its ModifiedOn."""
        rows = self._communications(contact_id, type_id)
        primary = saved if saved is not None and saved["Primary"] else _first_primary(rows)
        for row in rows:
            wanted = primary is not None and row["Id"] == primary["Id"]
            if row["Primary"] != wanted:
                self._store("ContactCommunication", row["Id"], {"Primary": wanted}, by)
        column = _MIRROR_OF.get(type_id)
        mirrored = {column: primary["Number"] if primary else ""} if column else {}
        self._store("Contact", contact_id, mirrored, by)

    def _mirror_into_communication(self, contact_id: str, type_id: str, number: str, by: str | None) -> None:
        table = "ContactCommunication"
        rows = self._communications(contact_id, type_id)
        primary = _first_primary(rows)
        if not number:
            if primary is not None:
                self._tables.remove(table, primary["Id"])
                self._communication_changed(contact_id, type_id, None, by)
            return
        same = next((row for row in rows if row["Number"] == number), None)
        values = {"Number": number, "SearchNumber": search_number(type_id, number), "Primary": True}
        if same is not None:
            primary = self._store(table, same["Id"], {"Primary": True}, by)
        elif primary is not None:
            primary = self._store(table, primary["Id"], values, by)
        else:
            fresh = {"ContactId": contact_id, "CommunicationTypeId": type_id, **values}
            primary = self._store(table, None, fresh, by)
        self._communication_changed(contact_id, type_id, primary, by)

    def _mirror_into_address(self, contact: Row, by: str | None) -> None:
        rows = self._tables.of("ContactAddress", "ContactId", contact["Id"])
        primary = next((row for row in rows if row["Primary"]), None)
        values = {column: contact[column] for column in _ADDRESS}
        if any(values.values()):
            row_id = primary["Id"] if primary else None
            self._store("ContactAddress", row_id, {"ContactId": contact["Id"], "Primary": True, **values}, by)
        elif primary is not None:
            self._tables.remove("ContactAddress", primary["Id"])

    def _begin_career(self, contact: Row, by: str | None) -> None:
        table = "ContactCareer"
        for row in self._tables.of(table, "ContactId", contact["Id"]):
            if row["Current"]:
                self._store(table, row["Id"], {"Current": False, "Primary": False}, by)
        values = {column: contact[column] for column in _CAREER}
        if any(values.values()):
            self._store(table, None, {"ContactId": contact["Id"], "Current": True, "Primary": True, **values}, by)


def search_number(type_id: str | None, number: str) -> str:
    """Return SearchNumber: the digits of a phone backwards, anything else in lower case."""
    if type_id in _PHONE_TYPES:
        return "".join(character for character in reversed(number) if character.isdigit())
    return number.lower()


def _first_primary(rows: list[Row]) -> Row | None:
    """Return the primary row, else the first that is still in use, else any."""
    return next(
        (row for row in rows if row["Primary"]),
        next((row for row in rows if not row["NonActual"]), rows[0] if rows else None),
    )


def _blank_address() -> dict[str, Any]:
    return {column: None if column.endswith("Id") else "" for column in _ADDRESS}
