"""A person at the product's own pages: what people do in Creatio, for tests, the demo and the seed.

Everything goes through the same entity layer as the services do, so the product's own side effects happen.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from gsync_cli.sandbox.creatio.desk_activities import ActivityActs
from gsync_cli.sandbox.creatio.ids import ADDRESS_TYPES, COMMUNICATION_TYPES, PHONE_KINDS, TAG_TYPES
from gsync_cli.sandbox.creatio.names import full_name
from gsync_cli.sandbox.creatio.records import Records
from gsync_cli.sandbox.creatio.settings import Settings
from gsync_cli.sandbox.creatio.tables import Row
from gsync_cli.sandbox.creatio.users import User

_COMMUNICATION_KIND = {type_id: kind for kind, type_id in COMMUNICATION_TYPES.items()}
_ADDRESS_KIND = {type_id: kind for kind, type_id in ADDRESS_TYPES.items()}
_TEXTS = {"given": "GivenName", "middle": "MiddleName", "family": "Surname", "job_title": "JobTitle", "notes": "Notes"}
_NAME_PARTS = ("given", "middle", "family")
_LISTS = {"mails": "mail", "webs": "web", "skypes": "skype"}


class Desk(ActivityActs):
    """The acts of one user. Contacts are told as neutral dictionaries, see `add_person`.

    Raises Refusal where the product refuses, and KeyError for a record that is not there.
    """

    def __init__(self, records: Records, settings: Settings, user: User, salutations: str) -> None:
        super().__init__(records, settings, user)
        self._salutations = salutations

    # -- contacts -------------------------------------------------------------------------------------------------

    def add_person(self, person: Mapping[str, Any]) -> str:
        """Make a contact and return its id.

        Keys, all optional: given, middle, family, name (else composed), salutation, company, department, job_title,
        birthday (ISO date), notes (HTML), mails, webs, skypes (lists of text), phones (pairs of kind and number),
        addresses (pairs of kind and {street, city, region, postal_code, country}), tags (names). A company that does
        not exist is made; places and other lookups that do not exist are left out.
        """
        contact_id: str = self._records.insert("Contact", self._columns(person), self._by)["Id"]
        for key, kind in _LISTS.items():
            for text in person.get(key, ()):
                self.add_communication(contact_id, kind, text)
        for kind, number in person.get("phones", ()):
            self.add_communication(contact_id, kind, number)
        for kind, parts in person.get("addresses", ()):
            self.add_address(contact_id, kind, parts)
        for name in person.get("tags", ()):
            self.tag(contact_id, self.tag_named(name))
        return contact_id

    def edit_contact(self, contact_id: str, **fields: Any) -> None:
        """Change fields of a contact: the single ones of `add_person`, or columns by their payload name."""
        neutral = {name: value for name, value in fields.items() if name.islower()}
        columns = {name: value for name, value in fields.items() if not name.islower()}
        row = self._row("Contact", contact_id)
        # A changed part of the name makes a new Name, with the other parts as they are.
        renamed = bool(neutral.keys() & set(_NAME_PARTS)) and "name" not in neutral
        parts = {name: row[_TEXTS[name]] for name in _NAME_PARTS} if renamed else {}
        wanted = self._columns({**parts, **neutral})
        changed = {column: value for column, value in wanted.items() if value != row[column]}
        self._records.update("Contact", contact_id, {**changed, **columns}, self._by)

    def delete_contact(self, contact_id: str) -> None:
        """Delete a contact with all its details."""
        self._row("Contact", contact_id)
        self._records.delete("Contact", contact_id, self._by)

    def contact(self, contact_id: str) -> dict[str, Any] | None:
        """Return a contact as `add_person` takes it, with `id`, `name`, `modified`, `columns` (the raw row) besides."""
        row = self._tables.get("Contact", contact_id)
        return None if row is None else self._told(row)

    def contacts(self) -> list[dict[str, Any]]:
        """Return all contacts but those of the users themselves, in the order of their making."""
        users = {unit["ContactId"] for unit in self._tables.rows("SysAdminUnit")}
        return [self._told(row) for row in self._tables.rows("Contact") if row["Id"] not in users]

    def rows(self, table: str) -> list[Row]:
        """Return the raw rows of any table."""
        return [dict(row) for row in self._tables.rows(table)]

    def count(self, table: str) -> int:
        """Return how many rows a table holds."""
        return self._tables.count(table)

    # -- details --------------------------------------------------------------------------------------------------

    def communications(self, contact_id: str) -> list[dict[str, Any]]:
        """Return the communications of a contact: id, kind, number, primary."""
        return [
            {
                "id": row["Id"],
                "kind": _COMMUNICATION_KIND.get(row["CommunicationTypeId"], row["CommunicationTypeId"]),
                "number": row["Number"],
                "primary": row["Primary"],
            }
            for row in self._tables.of("ContactCommunication", "ContactId", contact_id)
        ]

    def add_communication(self, contact_id: str, kind: str, number: str, *, primary: bool = False) -> str:
        """Add a mail, phone, web address …; return its id."""
        values = {
            "ContactId": contact_id,
            "CommunicationTypeId": COMMUNICATION_TYPES[kind],
            "Number": number,
            "Primary": primary,
        }
        row_id: str = self._records.insert("ContactCommunication", values, self._by)["Id"]
        return row_id

    def change_communication(
        self, row_id: str, *, number: str | None = None, kind: str | None = None, primary: bool | None = None
    ) -> None:
        """Change what is given."""
        told = {"Number": number, "CommunicationTypeId": kind and COMMUNICATION_TYPES[kind], "Primary": primary}
        self._change("ContactCommunication", row_id, {name: value for name, value in told.items() if value is not None})

    def delete_communication(self, row_id: str) -> None:
        """Delete a communication."""
        self._delete("ContactCommunication", row_id)

    def addresses(self, contact_id: str) -> list[dict[str, Any]]:
        """Return the addresses of a contact: id, kind, primary and the parts of `add_person`."""
        return [
            {
                "id": row["Id"],
                "kind": _ADDRESS_KIND.get(row["AddressTypeId"] or "", row["AddressTypeId"] or ""),
                "primary": row["Primary"],
                **self._parts(row),
            }
            for row in self._tables.of("ContactAddress", "ContactId", contact_id)
        ]

    def add_address(self, contact_id: str, kind: str, parts: Mapping[str, str]) -> str:
        """Add a postal address; return its id."""
        values = {"ContactId": contact_id, "AddressTypeId": ADDRESS_TYPES[kind], **self._address_columns(parts)}
        row_id: str = self._records.insert("ContactAddress", values, self._by)["Id"]
        return row_id

    def change_address(self, row_id: str, parts: Mapping[str, str]) -> None:
        """Change the parts that are given."""
        self._change("ContactAddress", row_id, self._address_columns(parts))

    def delete_address(self, row_id: str) -> None:
        """Delete an address."""
        self._delete("ContactAddress", row_id)

    # -- tags -----------------------------------------------------------------------------------------------------

    def create_tag(self, name: str, kind: str = "private") -> str:
        """Make a tag: private (this user's), corporate or public; return its id."""
        row_id: str = self._records.insert("ContactTag", {"Name": name, "TypeId": TAG_TYPES[kind]}, self._by)["Id"]
        return row_id

    def rename_tag(self, tag_id: str, name: str) -> None:
        """Give a tag another name."""
        self._change("ContactTag", tag_id, {"Name": name})

    def delete_tag(self, tag_id: str) -> None:
        """Delete a tag; it vanishes from every contact."""
        self._delete("ContactTag", tag_id)

    def tag_named(self, name: str) -> str:
        """Return the id of the first tag of that name. Raises KeyError."""
        for row in self._tables.rows("ContactTag"):
            if row["Name"] == name:
                tag_id: str = row["Id"]
                return tag_id
        raise KeyError(name)

    def tag(self, contact_id: str, tag_id: str) -> None:
        """Put a tag on a contact, once. The contact's ModifiedOn does not move."""
        if not self._links(contact_id, tag_id):
            self._records.insert("ContactInTag", {"TagId": tag_id, "EntityId": contact_id}, self._by)

    def untag(self, contact_id: str, tag_id: str) -> None:
        """Take a tag off a contact."""
        for row in self._links(contact_id, tag_id):
            self._records.delete("ContactInTag", row["Id"], self._by)

    def tagged(self, tag_id: str) -> set[str]:
        """Return the ids of the contacts that carry a tag."""
        return {row["EntityId"] for row in self._tables.of("ContactInTag", "TagId", tag_id)}

    # -- within ---------------------------------------------------------------------------------------------------

    def _links(self, contact_id: str, tag_id: str) -> list[Row]:
        rows = self._tables.of("ContactInTag", "EntityId", contact_id)
        return [row for row in rows if row["TagId"] == tag_id]

    def _columns(self, person: Mapping[str, Any]) -> Row:
        """Return the columns of Contact that the neutral fields mean; only those that are given."""
        columns: Row = {column: person[name] for name, column in _TEXTS.items() if name in person}
        parts = {column: columns.get(column, "") for column in ("GivenName", "MiddleName", "Surname")}
        surname_first = self._records.options.surname_first
        if name := person.get("name") or full_name(parts, surname_first=surname_first):
            columns["Name"] = name
        if "birthday" in person:
            columns["BirthDate"] = _midnight(person["birthday"])
        if "company" in person:
            columns["AccountId"] = self._company(person["company"]) if person["company"] else None
        for key, table, column in (
            ("salutation", self._salutations, "SalutationTypeId"),
            ("department", "Department", "DepartmentId"),
        ):
            if key in person:
                columns[column] = self._named(table, person[key])
        return columns

    def _company(self, name: str) -> str:
        account_id: str = (
            self._named("Account", name) or self._records.insert("Account", {"Name": name}, self._by)["Id"]
        )
        return account_id

    def _named(self, table: str, name: str) -> str | None:
        if not name:
            return None
        if self._tables.indexed(table, "Name"):
            return next((row["Id"] for row in self._tables.of(table, "Name", name)), None)
        return next((row["Id"] for row in self._tables.rows(table) if row["Name"] == name), None)

    def _address_columns(self, parts: Mapping[str, str]) -> Row:
        columns: Row = {}
        for key, column in (("street", "Address"), ("postal_code", "Zip")):
            if key in parts:
                columns[column] = parts[key]
        for key, table in (("city", "City"), ("region", "Region"), ("country", "Country")):
            if key in parts:
                columns[f"{table}Id"] = self._named(table, parts[key])
        return columns

    def _told(self, row: Row) -> dict[str, Any]:
        communications = self.communications(row["Id"])
        of_kind = {
            kind: [each["number"] for each in communications if each["kind"] == kind] for kind in _LISTS.values()
        }
        links = self._tables.of("ContactInTag", "EntityId", row["Id"])
        return {
            "id": row["Id"],
            "name": row["Name"],
            **{name: row[column] for name, column in _TEXTS.items()},
            "salutation": self._name_of(self._salutations, row["SalutationTypeId"]),
            "company": self._name_of("Account", row["AccountId"]),
            "department": self._name_of("Department", row["DepartmentId"]),
            "birthday": row["BirthDate"].date().isoformat() if row["BirthDate"] else "",
            **{key: of_kind[kind] for key, kind in _LISTS.items()},
            "phones": [(each["kind"], each["number"]) for each in communications if each["kind"] in PHONE_KINDS],
            "addresses": [
                (each["kind"], {name: each[name] for name in ("street", "city", "region", "postal_code", "country")})
                for each in self.addresses(row["Id"])
            ],
            "tags": sorted(self._name_of("ContactTag", link["TagId"]) for link in links),
            "modified": row["ModifiedOn"],
            "columns": dict(row),
        }

    def _parts(self, row: Row) -> dict[str, str]:
        places = {table.lower(): self._name_of(table, row[f"{table}Id"]) for table in ("City", "Region", "Country")}
        return {"street": row["Address"], "postal_code": row["Zip"], **places}


def _midnight(birthday: str | date | None) -> datetime | None:
    if not birthday:
        return None
    day = date.fromisoformat(birthday) if isinstance(birthday, str) else birthday
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
