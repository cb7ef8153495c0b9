"""What has to be written to Creatio so that a contact holds given fields. Pure.

A draft is made in two steps: what the rows are to be (`after`), and the writes that lead there. So only what differs is
written, and what the side holds afterwards is known without asking. A value that Creatio can't hold in the asked form
(a company that it does not have, a city that it does not know) is bent, with a sentence that says how.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar
from uuid import UUID, uuid5

from gsync_cli import notes
from gsync_cli.contacts import model, names
from gsync_cli.contacts.creatio_rows import (
    ADDRESS,
    ADDRESS_TYPES,
    COLUMN_TEXTS,
    COMMUNICATION,
    CONTACT,
    FIELD_TYPES,
    LOOKUPS,
    PHONE_TYPES,
    PLACES,
    Communication,
    PostalAddress,
    Rows,
    entry_of,
    without_version,
)
from gsync_cli.contacts.model import Address
from gsync_cli.contacts.names import Name, NameColumns
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.sending import Step
from gsync_cli.sync.record import Entries, Entry, Fields

Found: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""(entity, name) -> ids of the rows of exactly that name. None at all where nobody looked."""

_OURS: Final = UUID("6f9a2f0c-35a5-5b0e-9a58-0c8f8d2f4e11")
"""The namespace of ids that gsync chooses; never to be changed, since repeated creates find their rows by it."""

_LONGEST: Final = {
    "Name": 250, "GivenName": 250, "MiddleName": 250, "Surname": 250, "JobTitle": 250, "Number": 250, "Zip": 50,
}  # fmt: skip
"""In characters; facts/creatio.md 3."""
_CALLED: Final = {
    "Name": "full name", "GivenName": "given name", "MiddleName": "middle name", "Surname": "family name",
    "JobTitle": "job title", "Zip": "postal code",
}  # fmt: skip
_LOOKUPS_CALLED: Final = {
    model.SALUTATION: "Salutation", model.COMPANY: "Company", model.DEPARTMENT: "Department"
}  # fmt: skip
_NUMBERS_CALLED: Final = {
    wellknown.EMAIL: "mail address", wellknown.WEB: "web address", wellknown.SKYPE: "Skype name"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """The writes for one record, in order, and what the rows are afterwards."""

    steps: tuple[Step, ...]
    after: Rows
    notes: tuple[str, ...] = ()
    problem: str = ""
    """Why Creatio would refuse it; then there is nothing to send."""


def derived_id(*what: str) -> str:
    """Return the id that gsync gives to a new row, the same for the same `what`: a repeated create is harmless."""
    return str(uuid5(_OURS, "\n".join(what)))


def contact_id_for(owner: str, twin: str) -> str:
    """Return the id of the contact that gsync makes for a Google contact, on behalf of a user."""
    return derived_id(CONTACT, owner, twin)


def lookups_of(fields: Fields) -> set[tuple[str, str]]:
    """Return the lookup values that writing `fields` needs: (entity, name)."""
    wanted = {(entity, str(fields[name])) for name, (_, entity) in LOOKUPS.items() if fields.get(name)}
    for entry in _entries(fields, model.ADDRESSES):
        parts = model.address_of(entry)
        wanted |= {(place, name) for place, name in _places(parts).items() if name}
    return wanted


def draft_create(
    identity: str, fields: Fields, found: Found, defaults: Mapping[str, object], region: str | None
) -> Draft:
    """Plan a new contact. `defaults` are columns it gets besides (owner, type)."""
    return _draft(Rows(identity, texts=dict.fromkeys(COLUMN_TEXTS, "")), fields, found, region, defaults)


def draft_update(rows: Rows, fields: Fields, found: Found, region: str | None) -> Draft:
    """Plan the change of a contact: `fields` are those that change, each in full."""
    return _draft(rows, fields, found, region, None)


def _draft(
    rows: Rows, fields: Fields, found: Found, region: str | None, defaults: Mapping[str, object] | None
) -> Draft:
    said: list[str] = []
    after = replace(
        without_version(rows),
        texts=_texts_after(rows.texts, fields, found, said),
        communications=_communications_after(rows, fields, region),
        addresses=_addresses_after(rows, fields, found, said),
    )
    after = replace(after, name=_name_after(rows, after, fields))
    steps = tuple(_steps(rows, after, found, defaults))
    return Draft(steps, after, tuple(said), _problem(steps, after))


# ── what the rows are to be ──────────────────────────────────────────────────────────────────────────────────


def _name_after(rows: Rows, after: Rows, fields: Fields) -> NameColumns:
    now = rows.person()
    wanted = Name(
        **{
            part: str(fields.get(part, getattr(now, part))).strip()
            for part in (model.GIVEN, model.MIDDLE, model.FAMILY)
        }
    )
    stand_ins = after.stand_ins()
    if wanted == now and (wanted or rows.name.full in stand_ins):
        return rows.name
    return names.write(wanted, rows.name, next(iter(stand_ins), rows.name.full))


def _texts_after(now: Mapping[str, str], fields: Fields, found: Found, said: list[str]) -> dict[str, str]:
    after = dict(now)
    for name in (model.JOB_TITLE, model.BIRTHDAY):
        if name in fields:
            after[name] = str(fields[name])
    if model.NOTES in fields:
        after[model.NOTES] = notes.tidy(str(fields[model.NOTES]))
    for name, (_, entity) in LOOKUPS.items():
        if name not in fields:
            continue
        wanted = str(fields[name])
        matches = found.get((entity, wanted), ())
        if not wanted or len(matches) == 1:
            after[name] = wanted
        elif wanted != now.get(name, ""):
            why = "is there more than once in Creatio" if matches else "is not in Creatio"
            said.append(f"{_LOOKUPS_CALLED[name]} “{wanted}” {why}: left out.")
    return after


def _communications_after(rows: Rows, fields: Fields, region: str | None) -> tuple[Communication, ...]:
    by_field: dict[str, list[tuple[Entry, Communication]]] = {
        name: [] for name in (model.MAILS, model.PHONES, model.WEBS, model.SKYPES)
    }
    for row in rows.communications:
        name, entry = entry_of(row, region)
        by_field[name].append((entry, row))
    after: list[Communication] = []
    for name, present in by_field.items():
        if name not in fields:
            after += [row for _, row in present]
            continue
        kept, replaced, added = _compare(present, _entries(fields, name))
        after += kept
        after += [replace(row, number=entry.value) for row, entry in replaced]
        for entry in added:
            type_id = FIELD_TYPES.get(name) or PHONE_TYPES.get(entry.kind, wellknown.OTHER_PHONE)
            after.append(Communication(_new_id(rows, COMMUNICATION, type_id, entry), type_id, entry.value))
    return _with_primary(after, str(fields.get(model.PRIMARY_MAIL, "")))


def _with_primary(rows: list[Communication], key: str) -> tuple[Communication, ...]:
    """Mark the mail of that key as primary and no other; leave the marks alone where no mail has the key."""
    mails = [row for row in rows if row.type == wellknown.EMAIL]
    chosen = next((row for row in mails if model.mail(row.number).key == key), None)
    if not key or chosen is None:
        return tuple(rows)
    return tuple(replace(row, primary=row is chosen) if row.type == wellknown.EMAIL else row for row in rows)


def _addresses_after(rows: Rows, fields: Fields, found: Found, said: list[str]) -> tuple[PostalAddress, ...]:
    if model.ADDRESSES not in fields:
        return rows.addresses
    present = [(row.entry, row) for row in rows.addresses if row.parts]
    kept, replaced, added = _compare(present, _entries(fields, model.ADDRESSES))
    empty = [row for row in rows.addresses if not row.parts]
    changed = [replace(row, parts=_held(entry, row.parts, found, said)) for row, entry in replaced]
    new = [
        PostalAddress(
            _new_id(rows, ADDRESS, entry.kind, entry),
            ADDRESS_TYPES.get(entry.kind, wellknown.OTHER_ADDRESS),
            _held(entry, Address(), found, said),
        )
        for entry in added
    ]
    return (*empty, *kept, *changed, *new)


def _held(entry: Entry, now: Address, found: Found, said: list[str]) -> Address:
    """Return the parts of an address as Creatio can hold them: places that it does not know become text."""
    parts = model.address_of(entry)
    unknown: list[str] = []
    held: dict[str, str] = {}
    for place, name in _places(parts).items():
        known = not name or name == _places(now)[place] or len(found.get((place, name), ())) == 1
        held[place.lower()] = name if known else ""
        if not known:
            unknown.append(name)
            said.append(f"{place} “{name}” is not in Creatio: kept in the text of the address.")
    lines = parts.street.splitlines()
    street = "\n".join((*lines, *(name for name in unknown if name not in lines)))
    return Address(street=street, postal_code=parts.postal_code, **held)


def _places(parts: Address) -> dict[str, str]:
    return {place: getattr(parts, place.lower()) for place in PLACES}


_R = TypeVar("_R", Communication, PostalAddress)


def _compare(
    present: Sequence[tuple[Entry, _R]], wanted: Entries
) -> tuple[list[_R], list[tuple[_R, Entry]], list[Entry]]:
    """Split into rows that stay, rows whose value becomes another of the same kind, and entries to be added.

    What is in none of them goes.
    """
    kept = [row for entry, row in present if entry in wanted]
    gone = [(entry, row) for entry, row in present if entry not in wanted]
    come = sorted(wanted - {entry for entry, _ in present}, key=lambda entry: (entry.kind, entry.key))
    replaced: list[tuple[_R, Entry]] = []
    for entry, row in gone:
        successor = next((candidate for candidate in come if candidate.kind == entry.kind), None)
        if successor is not None:
            come.remove(successor)
            replaced.append((row, successor))
    return kept, replaced, come


def _entries(fields: Fields, name: str) -> Entries:
    value = fields.get(name, model.NO_ENTRIES)
    return model.NO_ENTRIES if isinstance(value, str) else value


def _new_id(rows: Rows, entity: str, kind: str, entry: Entry) -> str:
    """Return an id for a new detail: the same if the same write is sent again, another one once the rows differ."""
    seen = sorted(f"{row.id}={row.number}" for row in rows.communications)
    seen += sorted(f"{row.id}={row.entry.key}" for row in rows.addresses)
    return derived_id(rows.id, entity, kind, entry.key, *seen)


# ── the writes that lead there ───────────────────────────────────────────────────────────────────────────────


def _steps(before: Rows, after: Rows, found: Found, defaults: Mapping[str, object] | None) -> Iterator[Step]:
    columns = _columns(before, after, found)
    if defaults is not None:
        yield Step("POST", CONTACT, before.id, {**columns, **defaults})
    elif columns:
        yield Step("PATCH", CONTACT, before.id, columns)
    yield from _communication_steps(before, after)
    yield from _address_steps(before, after, found)


def _columns(before: Rows, after: Rows, found: Found) -> dict[str, object]:
    columns: dict[str, object] = {}
    if after.name != before.name:
        full = after.name
        columns |= {"Name": full.full, "GivenName": full.given, "MiddleName": full.middle, "Surname": full.family}
    changed = {name: text for name, text in after.texts.items() if text != before.texts.get(name, "")}
    for name, text in changed.items():
        if name in LOOKUPS:
            column, entity = LOOKUPS[name]
            columns[f"{column}Id"] = _lookup(found, entity, text)
        elif name == model.BIRTHDAY:
            # A date only: facts/creatio.md 9.2.
            columns["BirthDate"] = f"{text}T00:00:00Z" if text else None
        elif name == model.NOTES:
            columns["Notes"] = notes.html_of(text)
        else:
            columns["JobTitle"] = text
    return columns


def _communication_steps(before: Rows, after: Rows) -> Iterator[Step]:
    former = {row.id: row for row in before.communications}
    # The first of a type becomes the primary one, and what is added must be there before anything goes.
    for row in sorted(after.communications, key=lambda row: not row.primary):
        was = former.pop(row.id, None)
        if was is None:
            body: dict[str, object] = {
                "ContactId": before.id, "CommunicationTypeId": row.type, "Number": row.number
            }  # fmt: skip
            yield Step("POST", COMMUNICATION, row.id, body | ({"Primary": True} if row.primary else {}))
        elif was != row:
            changes: dict[str, object] = {} if was.number == row.number else {"Number": row.number}
            yield Step(
                "PATCH",
                COMMUNICATION,
                row.id,
                changes | ({} if was.primary == row.primary else {"Primary": row.primary}),
            )
    yield from (Step("DELETE", COMMUNICATION, row_id) for row_id in former)


def _address_steps(before: Rows, after: Rows, found: Found) -> Iterator[Step]:
    former = {row.id: row for row in before.addresses}
    for row in after.addresses:
        was = former.pop(row.id, None)
        if was == row:
            continue
        body = _address_columns(was.parts if was else Address(), row.parts, found)
        if was is None:
            yield Step("POST", ADDRESS, row.id, {"ContactId": before.id, "AddressTypeId": row.type, **body})
        else:
            yield Step("PATCH", ADDRESS, row.id, body)
    yield from (Step("DELETE", ADDRESS, row_id) for row_id in former)


def _address_columns(before: Address, after: Address, found: Found) -> dict[str, object]:
    columns: dict[str, object] = {}
    if after.street != before.street:
        columns["Address"] = after.street
    if after.postal_code != before.postal_code:
        columns["Zip"] = after.postal_code
    were = _places(before)
    for place, name in _places(after).items():
        if name != were[place]:
            columns[f"{place}Id"] = _lookup(found, place, name)
    return columns


def _lookup(found: Found, entity: str, name: str) -> str | None:
    return found[entity, name][0] if name else None


def _problem(steps: Sequence[Step], after: Rows) -> str:
    for step in steps:
        for column, value in step.body.items():
            longest = _LONGEST.get(column)
            if longest is not None and isinstance(value, str) and len(value) > longest:
                called = _called(column, step.id, after)
                return f"The {called} has {len(value)} characters; Creatio takes {longest} at most."
    return ""


def _called(column: str, identity: str, after: Rows) -> str:
    if column != "Number":
        return _CALLED[column]
    kind = next(row.type for row in after.communications if row.id == identity)
    return _NUMBERS_CALLED.get(kind, "phone number")
