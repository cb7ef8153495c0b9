"""The neutral contact as edits of a Google contact. Pure.

Google replaces a masked field whole, so what is sent is the field as it stands with the least change in it: an entry
that still means a wanted one stays exactly as it is (its label, its other attributes, its place), an entry that gsync
has no mapping for stays, too, and of a name, an organization or an address only the parts change that must.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gsync_cli.contacts import model
from gsync_cli.contacts.google_mapping import (
    ENTRY_FIELDS,
    MARK_KEY,
    MY_CONTACTS,
    STREET_PARTS,
    Item,
    entry_of,
    first_item,
    mark_of,
    name_parts,
    record_of,
)
from gsync_cli.contacts.model import address_of
from gsync_cli.sync.record import Entries, Entry, Fields, Record

Body: TypeAlias = dict[str, Any]

_NAMES: Final = {
    model.GIVEN: "givenName",
    model.MIDDLE: "middleName",
    model.FAMILY: "familyName",
    model.SALUTATION: "honorificPrefix",
}
_OWN_NAMES: Final = (model.GIVEN, model.MIDDLE, model.FAMILY)
_ORGANIZATION: Final = {model.COMPANY: "name", model.DEPARTMENT: "department", model.JOB_TITLE: "title"}
_PHONE_TYPE: Final = {"fax": "workFax", "extension": "Extension"}
_ADDRESS_TYPE: Final = {"business": "work", "shipping": "Shipping"}
_ADDRESS_PARTS: Final = {"city": "city", "region": "region", "postal_code": "postalCode", "country": "country"}


@dataclass(frozen=True, slots=True)
class Edit:
    """What to send for one contact: the masked fields, in full, and their names. Nothing to send where no mask."""

    body: Body
    mask: tuple[str, ...]


def new_person(fields: Fields, group: str, twin: str, region: str | None) -> Body:
    """Return the Person to create: in "My contacts" (else the main list may not show it) and in the group, marked."""
    edit = edit_person({}, fields, twin, region)
    groups = [name for name in (MY_CONTACTS, group) if name]
    return {
        **{name: value for name, value in edit.body.items() if value},
        "memberships": [{"contactGroupMembership": {"contactGroupResourceName": name}} for name in groups],
    }


def to_person(record: Record, fields: Fields, twin: str, region: str | None) -> Edit:
    """Return the edit that brings `record` to hold `fields` and the mark of `twin`, with the etags it must have."""
    original: dict[str, Any] = json.loads(record.original or "{}")
    edit = edit_person(original, fields, twin, region)
    source = original.get("source", {})
    identity: Body = {"resourceName": record.id}
    if source.get("etag"):
        identity["metadata"] = {"sources": [{"type": "CONTACT", **source}]}
    if original.get("etag"):
        identity["etag"] = original["etag"]
    return Edit({**identity, **edit.body}, edit.mask)


def edit_person(original: Mapping[str, Any], fields: Fields, twin: str, region: str | None) -> Edit:
    """Return the lists that differ from the original's so that they hold `fields` and the mark of `twin`."""
    present: Fields = record_of(original, "", region).fields if original else {}
    changed = {name: value for name, value in fields.items() if present.get(name, type(value)()) != value}
    body: Body = {}
    if changed.keys() & _NAMES.keys():
        body["names"] = _names(original, changed)
    if changed.keys() & _ORGANIZATION.keys():
        body["organizations"] = _organizations(original, changed)
    if model.BIRTHDAY in changed:
        body["birthdays"] = _birthdays(original, str(changed[model.BIRTHDAY]))
    if model.NOTES in changed:
        body["biographies"] = _biographies(str(changed[model.NOTES]))
    for name, google_field in ENTRY_FIELDS.items():
        if name in changed:
            lists = _Entries(name, original.get(google_field, ()), region)
            body[google_field] = lists.holding(model.entries(changed, name))
    mails = body.get("emailAddresses", original.get("emailAddresses", ()))
    chosen = [item for item in mails if _key_of_mail(item) == changed.get(model.PRIMARY_MAIL)]
    if chosen:
        body["emailAddresses"] = _with_primary(mails, chosen[0])
    if twin and twin != mark_of(original):
        body["clientData"] = _marked(original.get("clientData", ()), twin)
    return Edit({name: [_writable(item) for item in items] for name, items in body.items()}, tuple(sorted(body)))


def _names(original: Mapping[str, Any], changed: Fields) -> list[Item]:
    """Change parts of the name in place; its suffix and how it is pronounced stay."""
    wanted = {**name_parts(original), **changed}
    kept = dict(first_item(original, "names") or {})
    # Google makes these of the parts; sent along, they would contradict them (facts 6.5).
    for part in ("displayName", "unstructuredName"):
        kept.pop(part, None)
    # One name alone may stand as a family name: it moves only when the name itself is edited.
    renamed = changed.keys() & _OWN_NAMES or not any(kept.get(_NAMES[name]) for name in _OWN_NAMES)
    parts = _NAMES if renamed else {model.SALUTATION: _NAMES[model.SALUTATION]}
    return _singleton(_with_parts(kept, {key: str(wanted[name]) for name, key in parts.items()}))


def _organizations(original: Mapping[str, Any], changed: Fields) -> list[Item]:
    """Change the organization that counts in place, or add one; the others stay."""
    first = first_item(original, "organizations")
    parts = {key: str(changed[name]) for name, key in _ORGANIZATION.items() if name in changed}
    edited = _with_parts(first if first is not None else {"type": "work"}, parts)
    if first is None:
        return [edited]
    stays = any(value for key, value in edited.items() if key not in ("metadata", "type", "current"))
    items = (edited if item is first else item for item in original["organizations"])
    return [item for item in items if stays or item is not edited]


def _birthdays(original: Mapping[str, Any], wanted: str) -> list[Item]:
    if not wanted:
        return []
    year, month, day = (int(part) for part in wanted.split("-"))
    kept = {key: value for key, value in (first_item(original, "birthdays") or {}).items() if key != "text"}
    return [{**kept, "date": {"year": year, "month": month, "day": day}}]


def _biographies(wanted: str) -> list[Item]:
    return [{"value": wanted, "contentType": "TEXT_PLAIN"}] if wanted else []


def _marked(items: Sequence[Item], twin: str) -> list[Item]:
    """Put our mark beside the data of other programs."""
    return [*(item for item in items if item.get("key") != MARK_KEY), {"key": MARK_KEY, "value": twin}]


def _with_primary(items: Sequence[Item], chosen: Item) -> list[Item]:
    """Make one mail the primary one: said by the flag, and by its place, since some take the first for it."""
    rest = [{key: value for key, value in item.items() if key != "metadata"} for item in items if item is not chosen]
    return [{**chosen, "metadata": {"sourcePrimary": True}}, *rest]


def _key_of_mail(item: Item) -> str:
    return model.mail(str(item.get("value") or "")).key


@dataclass(frozen=True, slots=True)
class _Entries:
    """A raw list field, and what its items mean."""

    name: str
    items: Sequence[Item]
    region: str | None

    def holding(self, wanted: Entries) -> list[Item]:
        """Return the list with the least change that makes it hold the wanted entries and no other mapped ones."""
        if not self.items:
            return [self._raw(entry) for entry in _ordered(wanted)]
        meant = [entry_of(self.name, item, self.region) for item in self.items]
        present = {entry for entry in meant if entry is not None}
        replaced = _replacements(present - wanted, wanted - present)
        held: list[Item] = []
        there: set[Entry] = set()
        for item, entry in zip(self.items, meant, strict=True):
            if entry is None:
                held.append(item)
            elif entry in wanted:
                held.append(item)
                there.add(entry)
            elif entry in replaced:
                held.append(self._rewritten(item, entry, replaced[entry]))
                there.add(replaced.pop(entry))
        return [*held, *(self._raw(entry) for entry in _ordered(wanted - there))]

    def _rewritten(self, item: Item, former: Entry, wanted: Entry) -> Item:
        """Give an item another value in place: its label and whatever else it says stay."""
        kept = dict(item)
        if wanted.kind != former.kind:
            kept["type"] = _type_of(self.name, wanted.kind)
        if wanted.key == former.key:
            return kept
        if self.name == model.ADDRESSES:
            return _rewritten_address(kept, former, wanted)
        return {**kept, _value_key(self.name): wanted.value}

    def _raw(self, entry: Entry) -> Item:
        if self.name == model.ADDRESSES:
            item = _rewritten_address({}, model.address(entry.kind, model.Address()), entry)
        else:
            item = {_value_key(self.name): entry.value}
        if self.name == model.SKYPES:
            item["protocol"] = "skype"
        return {**item, "type": _type_of(self.name, entry.kind)}


def _replacements(gone: Entries | set[Entry], come: Entries | set[Entry]) -> dict[Entry, Entry]:
    """Tell which entry takes whose place: the same one under another kind, or the only one gone of its kind."""
    found: dict[Entry, Entry] = {}
    _pair(found, gone, come, lambda entry: entry.key)
    rest = frozenset(gone) - found.keys(), frozenset(come) - set(found.values())
    _pair(found, *rest, lambda entry: entry.kind)
    return found


def _pair(
    found: dict[Entry, Entry], gone: Entries | set[Entry], come: Entries | set[Entry], by: Callable[[Entry], str]
) -> None:
    lost, gained = Counter(by(entry) for entry in gone), Counter(by(entry) for entry in come)
    successors = {by(entry): entry for entry in come}
    found.update({entry: successors[by(entry)] for entry in gone if lost[by(entry)] == gained[by(entry)] == 1})


def _rewritten_address(item: Item, former: Entry, wanted: Entry) -> Item:
    """Change the parts of an address that differ. `formattedValue` is made of the parts again by Google."""
    before, after = address_of(former), address_of(wanted)
    kept = {key: value for key, value in item.items() if key != "formattedValue"}
    if before.street != after.street or not any(item.get(key) for key in STREET_PARTS):
        kept = _with_street(kept, after.street)
    for part, key in _ADDRESS_PARTS.items():
        if getattr(before, part) != getattr(after, part):
            kept = _with_parts(kept, {key: getattr(after, part)})
            if key == "country":
                kept.pop("countryCode", None)
    return kept


def _with_street(item: Item, street: str) -> Item:
    """Replace the street; extension and PO box stay where they still end the street's text."""
    lines = street.splitlines()
    tail = [str(item[key]).strip() for key in STREET_PARTS[1:] if item.get(key)]
    if tail and len(lines) > len(tail) and lines[-len(tail) :] == tail:
        return {**item, "streetAddress": "\n".join(lines[: -len(tail)])}
    kept = {key: value for key, value in item.items() if key not in STREET_PARTS[1:]}
    return _with_parts(kept, {"streetAddress": street})


def _with_parts(item: Mapping[str, Any], parts: Mapping[str, str]) -> Item:
    """Set the parts that have a text, take out those that have none, and leave the rest."""
    kept = {key: value for key, value in item.items() if key not in parts}
    return {**kept, **{key: text for key, text in parts.items() if text}}


def _singleton(item: Item) -> list[Item]:
    return [item] if any(value for key, value in item.items() if key != "metadata") else []


def _type_of(name: str, kind: str) -> str:
    """Return Google's type of a new entry; Creatio does not say whether a mail is one of work or home."""
    if name == model.PHONES:
        return _PHONE_TYPE.get(kind, kind)
    if name == model.ADDRESSES:
        return _ADDRESS_TYPE.get(kind, kind)
    return "homePage" if name == model.WEBS else "other"


def _value_key(name: str) -> str:
    return "username" if name == model.SKYPES else "value"


def _writable(item: Item) -> Item:
    """Leave out what Google alone says: which entry is primary by its own reckoning."""
    kept = {key: value for key, value in item.items() if key != "metadata"}
    chosen = (item.get("metadata") or {}).get("sourcePrimary")
    return {**kept, "metadata": {"sourcePrimary": True}} if chosen else kept


def _ordered(entries: Entries) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.kind, entry.key))
