"""A contact of Creatio as it lies there: a row of Contact, rows of ContactCommunication and of ContactAddress.

The columns of Contact that mirror its details (Email, Phone, Address …) are not looked at: the server fills them from
the details, and who reads or writes both hears his own echo (facts/creatio.md 3). Rows marked as no longer actual and
communications that gsync has no field for (Facebook …) are left alone.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from gsync_cli import notes
from gsync_cli.contacts import model, names
from gsync_cli.contacts.model import Address
from gsync_cli.contacts.names import Name, NameColumns
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.dates import birthday_of
from gsync_cli.creatio.values import id_of, text_of
from gsync_cli.sync.record import Entry, Record, Value

Row: TypeAlias = Mapping[str, Any]
"""A row as OData gives it. Any column may be missing; a null is a zero id, the year 1 or an empty text."""

UtcOf: TypeAlias = Callable[[str], datetime | None]

CONTACT: Final = "Contact"
COMMUNICATION: Final = "ContactCommunication"
ADDRESS: Final = "ContactAddress"

_MARKS: Final = {COMMUNICATION: "c:", ADDRESS: "a:"}

LOOKUPS: Final = {
    model.SALUTATION: ("SalutationType", "SalutationType"),
    model.COMPANY: ("Account", "Account"),
    model.DEPARTMENT: ("Department", "Department"),
}
"""Field -> (lookup column of Contact without its "Id", entity that it points to)."""
COLUMN_TEXTS: Final = (*LOOKUPS, model.JOB_TITLE, model.BIRTHDAY, model.NOTES)
"""The texts of the neutral contact that are columns of Contact: all but the name."""
PLACES: Final = ("City", "Region", "Country")
"""Lookup columns of ContactAddress; the entities have the same names."""

CONTACT_COLUMNS: Final = (
    "Id", "Name", "GivenName", "MiddleName", "Surname", "SalutationTypeId", "AccountId", "DepartmentId", "JobTitle",
    "BirthDate", "Notes", "ModifiedOn",
)  # fmt: skip
COMMUNICATION_COLUMNS: Final = (
    "Id", "ContactId", "CommunicationTypeId", "Number", "Primary", "NonActual", "ModifiedOn",
)  # fmt: skip
ADDRESS_COLUMNS: Final = (
    "Id", "ContactId", "AddressTypeId", "Address", "CityId", "RegionId", "Zip", "CountryId", "ModifiedOn",
)  # fmt: skip

PHONE_KINDS: Final = {
    wellknown.MOBILE_PHONE: "mobile",
    wellknown.WORK_PHONE: "work",
    wellknown.HOME_PHONE: "home",
    wellknown.MAIN_PHONE: "main",
    wellknown.FAX: "fax",
    wellknown.EXTENSION: "extension",
    wellknown.OTHER_PHONE: "other",
    wellknown.ADDITIONAL_PHONE: "other",
}
PHONE_TYPES: Final = {
    **{kind: type_id for type_id, kind in PHONE_KINDS.items()},
    "other": wellknown.OTHER_PHONE,
}
FIELD_TYPES: Final = {
    model.MAILS: wellknown.EMAIL,
    model.WEBS: wellknown.WEB,
    model.SKYPES: wellknown.SKYPE,
}
_READ_TYPES: Final = frozenset((*PHONE_KINDS, *FIELD_TYPES.values()))
ADDRESS_KINDS: Final = {
    wellknown.BUSINESS_ADDRESS: "business",
    wellknown.ACTUAL_ADDRESS: "business",
    wellknown.HOME_ADDRESS: "home",
    wellknown.SHIPPING_ADDRESS: "shipping",
}
ADDRESS_TYPES: Final = {
    "business": wellknown.BUSINESS_ADDRESS,
    "home": wellknown.HOME_ADDRESS,
    "shipping": wellknown.SHIPPING_ADDRESS,
    "other": wellknown.OTHER_ADDRESS,
}


@dataclass(frozen=True, slots=True)
class Communication:
    """A row of ContactCommunication: a mail, phone, web address or Skype name."""

    id: str
    type: str
    number: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A row of ContactAddress, with the names of its city, region and country."""

    id: str
    type: str
    parts: Address

    @property
    def entry(self) -> Entry:
        """Its neutral entry; types that others made up are `other`."""
        return model.address(ADDRESS_KINDS.get(self.type, "other"), self.parts)


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything of a contact that gsync reads or writes."""

    id: str
    name: NameColumns = field(default_factory=NameColumns)
    texts: Mapping[str, str] = field(default_factory=dict)
    """By field; see COLUMN_TEXTS."""
    communications: tuple[Communication, ...] = ()
    addresses: tuple[PostalAddress, ...] = ()
    modified: str = ""
    """Contact.ModifiedOn as the server wrote it."""
    version: str = ""

    def person(self) -> Name:
        """Return the name, if there is one."""
        return names.read(self.name, self.stand_ins())

    def stand_ins(self) -> tuple[str, ...]:
        """Return what may stand in for a missing name: the mails, then the phones."""
        mails = [row.number for row in self.communications if row.type == wellknown.EMAIL]
        return (*mails, *(row.number for row in self.communications if row.type in PHONE_KINDS))


def names_missing(contacts: Iterable[Row], addresses: Iterable[Row]) -> dict[str, set[str]]:
    """Return the lookup values whose names the rows don't bring along: entity -> ids."""
    missing: dict[str, set[str]] = {}
    for row in contacts:
        for column, entity in LOOKUPS.values():
            _add_missing(missing, row, column, entity)
    for row in addresses:
        for place in PLACES:
            _add_missing(missing, row, place, place)
    return missing


def read_rows(
    contact: Row, communications: Iterable[Row], addresses: Iterable[Row], known_names: Mapping[tuple[str, str], str]
) -> Rows:
    """Take the rows of one contact. `known_names` is (entity, id) -> name, for lookups that came without."""
    spoken, places = _by_id(communications), _by_id(addresses)
    modified = text_of(contact.get("ModifiedOn"))
    return Rows(
        id=id_of(contact.get("Id")),
        name=NameColumns(*(text_of(contact.get(column)).strip() for column in CONTACT_COLUMNS[1:5])),
        texts={
            **{name: _name_of(contact, column, entity, known_names) for name, (column, entity) in LOOKUPS.items()},
            model.JOB_TITLE: text_of(contact.get("JobTitle")).strip(),
            model.BIRTHDAY: birthday_of(text_of(contact.get("BirthDate"))),
            model.NOTES: notes.text_of(text_of(contact.get("Notes"))),
        },
        communications=tuple(read for row in spoken if (read := _communication(row)) is not None),
        addresses=tuple(_address(row, known_names) for row in places),
        modified=modified,
        version=version_of(modified, spoken, places),
    )


def version_of(contact_modified: str, communications: Iterable[Row], addresses: Iterable[Row]) -> str:
    """Return a text that differs whenever the contact or one of its details was saved, added or deleted.

    It lists what it was made of, so that rows read later can be told from those seen before.
    """
    stamps = [stamp_of(COMMUNICATION, row) for row in communications] + [stamp_of(ADDRESS, row) for row in addresses]
    return "|".join((contact_modified, *sorted(stamps)))


def stamp_of(entity: str, detail: Row) -> str:
    """Return how a detail row stands in the version of its contact."""
    return f"{_MARKS[entity]}{id_of(detail.get('Id'))}@{text_of(detail.get('ModifiedOn'))}"


def modified_in(version: str) -> str:
    """Return the contact's own ModifiedOn from its version."""
    return version.partition("|")[0]


def addresses_in(version: str) -> set[str]:
    """Return the ids of the address rows that a version was made of."""
    mark = _MARKS[ADDRESS]
    return {stamp[len(mark) :].partition("@")[0] for stamp in version.split("|")[1:] if stamp.startswith(mark)}


def to_record(rows: Rows, *, member: bool, region: str | None, utc_of: UtcOf) -> Record:
    """Return the neutral record of a contact. `utc_of` reads the server's dates."""
    person = rows.person()
    fields: dict[str, Value] = {
        model.GIVEN: person.given,
        model.MIDDLE: person.middle,
        model.FAMILY: person.family,
        **rows.texts,
        **_entries(rows, region),
    }
    if primary := _primary_mail(rows):
        fields[model.PRIMARY_MAIL] = primary
    stand_ins = rows.stand_ins()
    return Record(
        id=rows.id,
        fields=fields,
        version=rows.version,
        modified=utc_of(rows.modified) if rows.modified else None,
        member=member,
        label=rows.name.full or next(iter(stand_ins), "") or rows.id,
        original=_original(rows),
        unfit=None if person or stand_ins else "contact-empty",
    )


def rows_of(record: Record) -> Rows:
    """Return the rows behind a record that `to_record` made."""
    kept = json.loads(record.original)
    return Rows(
        id=record.id,
        name=NameColumns(*kept["name"]),
        texts={name: str(record.fields.get(name, "")) for name in COLUMN_TEXTS},
        communications=tuple(Communication(*row) for row in kept["communications"]),
        addresses=tuple(PostalAddress(row[0], row[1], Address(*row[2])) for row in kept["addresses"]),
        version=record.version,
    )


def entry_of(row: Communication, region: str | None) -> tuple[str, Entry]:
    """Return the field that a communication belongs to, and its entry."""
    if row.type in PHONE_KINDS:
        return model.PHONES, model.phone(PHONE_KINDS[row.type], row.number, region)
    if row.type == wellknown.EMAIL:
        return model.MAILS, model.mail(row.number)
    if row.type == wellknown.WEB:
        return model.WEBS, model.web(row.number)
    return model.SKYPES, model.skype(row.number)


def without_version(rows: Rows) -> Rows:
    """Return rows that were written since they were read: their stamps are not known."""
    return replace(rows, version="", modified="")


def _entries(rows: Rows, region: str | None) -> dict[str, Value]:
    """Return the sets of entries; most contacts have nothing in most of them, and one empty set does for all."""
    found: dict[str, list[Entry]] = {name: [] for name in model.SETS}
    for communication in rows.communications:
        name, entry = entry_of(communication, region)
        found[name].append(entry)
    found[model.ADDRESSES] = [place.entry for place in rows.addresses if place.parts]
    return {name: frozenset(entries) if entries else model.NO_ENTRIES for name, entries in found.items()}


def _primary_mail(rows: Rows) -> str:
    mails = [row for row in rows.communications if row.type == wellknown.EMAIL]
    primary = {model.mail(row.number).key for row in mails if row.primary}
    several = len({model.mail(row.number).key for row in mails}) > 1
    return primary.pop() if several and len(primary) == 1 else ""


def _original(rows: Rows) -> str:
    name = rows.name
    return json.dumps(
        {
            "name": (name.full, name.given, name.middle, name.family),
            "communications": [(row.id, row.type, row.number, row.primary) for row in rows.communications],
            "addresses": [(row.id, row.type, _in_order(row.parts)) for row in rows.addresses],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _in_order(parts: Address) -> tuple[str, ...]:
    return (parts.street, parts.city, parts.region, parts.postal_code, parts.country)


def _communication(row: Row) -> Communication | None:
    """Return a row that gsync reads; None for what is empty, no longer actual, or of a kind it has no field for."""
    kind = id_of(row.get("CommunicationTypeId"))
    number = text_of(row.get("Number")).strip()
    if not number or row.get("NonActual") is True or kind not in _READ_TYPES:
        return None
    return Communication(id_of(row.get("Id")), kind, number, row.get("Primary") is True)


def _address(row: Row, known_names: Mapping[tuple[str, str], str]) -> PostalAddress:
    city, region, country = (_name_of(row, place, place, known_names) for place in PLACES)
    return PostalAddress(
        id_of(row.get("Id")),
        id_of(row.get("AddressTypeId")),
        Address(
            street=_lines(text_of(row.get("Address"))),
            city=city,
            region=region,
            postal_code=text_of(row.get("Zip")).strip(),
            country=country,
        ),
    )


def _by_id(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: id_of(row.get("Id")))


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _name_of(row: Row, column: str, entity: str, known_names: Mapping[tuple[str, str], str]) -> str:
    identity = id_of(row.get(f"{column}Id"))
    expanded = row.get(column)
    if isinstance(expanded, Mapping) and "Name" in expanded:
        return text_of(expanded["Name"]).strip()
    return known_names.get((entity, identity), "") if identity else ""


def _add_missing(missing: dict[str, set[str]], row: Row, column: str, entity: str) -> None:
    identity = id_of(row.get(f"{column}Id"))
    expanded = row.get(column)
    if identity and not (isinstance(expanded, Mapping) and "Name" in expanded):
        missing.setdefault(entity, set()).add(identity)
