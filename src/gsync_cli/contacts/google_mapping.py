"""A Google contact as the neutral one (spec: mapping.md, Contacts; facts/google.md 6.3, 6.5). Pure.

Only what the CONTACT source holds is read: a profile's values are somebody else's to change. The order of entries is
not guaranteed and means nothing, output-only parts (displayName, canonicalForm, formattedType …) are locale noise.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from gsync_cli.contacts import model
from gsync_cli.contacts.model import Address
from gsync_cli.notes import text_of, tidy
from gsync_cli.sync.record import Entry, Record, Value

Person: TypeAlias = Mapping[str, Any]
"""A Person as the People API answers it."""
Item: TypeAlias = dict[str, Any]
"""One raw entry of a Person's list field, without its read-only parts."""

LIST_FIELDS: Final = (
    "names",
    "emailAddresses",
    "phoneNumbers",
    "urls",
    "imClients",
    "addresses",
    "organizations",
    "birthdays",
    "biographies",
    "clientData",
)
PERSON_FIELDS: Final = ",".join((*LIST_FIELDS, "memberships", "metadata"))
"""What every reading asks for. A sync token is bound to it (facts 6.2), so the order is part of it."""

MARK_KEY: Final = "gsync.creatio"
"""The key in clientData under which a Google contact carries the id of its Creatio contact."""

MY_CONTACTS: Final = "contactGroups/myContacts"

PHONE_KIND: Final[Mapping[str, str]] = {
    "mobile": "mobile",
    "workmobile": "mobile",
    "work": "work",
    "home": "home",
    "main": "main",
    "workfax": "fax",
    "homefax": "fax",
    "otherfax": "fax",
    "fax": "fax",
    "extension": "extension",
}
"""Google's type, case folded -> kind; everything else (pager, googleVoice, a label of one's own) is "other"."""
ADDRESS_KIND: Final[Mapping[str, str]] = {"work": "business", "home": "home", "shipping": "shipping"}
STREET_PARTS: Final = ("streetAddress", "extendedAddress", "poBox")

_READ_ONLY: Final = frozenset(
    ("formattedType", "formattedProtocol", "canonicalForm", "displayNameLastFirst", "contactGroupId")
)


def to_record(person: Person, group: str, region: str | None) -> Record:
    """Return a Google contact as a record.

    `group` is the resource name of the group in scope ("" where there is none yet); `region` the country whose phone
    numbers are written without a country code.
    """
    original = original_of(person)
    return record_of(original, group, region)


def record_of(original: Mapping[str, Any], group: str, region: str | None) -> Record:
    """Return the record of what `original_of` kept of a Person."""
    fields: dict[str, Value] = {
        **name_parts(original),
        **organization_parts(original),
        model.BIRTHDAY: _birthday(original),
        model.NOTES: _notes(original),
    }
    for field_name, google_field in ENTRY_FIELDS.items():
        # Most contacts have nothing in most lists; one empty set does for all of them.
        fields[field_name] = model.NO_ENTRIES
        if items := original.get(google_field):
            fields[field_name] = frozenset(entry for item in items if (entry := entry_of(field_name, item, region)))
    primary = _primary_mail(original, fields[model.MAILS])
    if primary:
        fields[model.PRIMARY_MAIL] = primary
    member = bool(group) and group in original.get("memberships", ())
    identified = any(fields[name] for name in (model.GIVEN, model.MIDDLE, model.FAMILY, model.MAILS, model.PHONES))
    return Record(
        id=str(original.get("resourceName", "")),
        fields=fields,
        version=_version(original, group),
        modified=parse_time(str(original.get("updateTime", ""))),
        member=member,
        label=model.label_of(fields) or str(original.get("resourceName", "")),
        twin=mark_of(original),
        original=_compact(original),
        unfit=None if identified else "contact-empty",
    )


def original_of(person: Person) -> dict[str, Any]:
    """Keep of a Person what an update needs: its mapped fields as they are, its etags, and its groups by name."""
    source = _contact_source(person)
    kept: dict[str, Any] = {
        "resourceName": person.get("resourceName", ""),
        "etag": person.get("etag", ""),
        "source": {key: source[key] for key in ("id", "etag") if source.get(key)},
        "updateTime": source.get("updateTime", ""),
        "memberships": sorted(set(_groups(person))),
    }
    for name in LIST_FIELDS:
        given = [item for item in person.get(name) or () if _is_of_contact(item)]
        # Which one is primary says something only where there are several.
        items = [_tidied(item, flagged=len(given) > 1) for item in given]
        if items:
            kept[name] = items
    return kept


def with_membership(original: Mapping[str, Any], *, add: str = "", remove: str = "") -> dict[str, Any]:
    """Return the original with its groups changed, as after a change of members that Google has confirmed."""
    groups = (set(original.get("memberships", ())) | {add}) - {remove, ""}
    return {**original, "memberships": sorted(groups)}


def digest_of(version: str) -> str:
    """Return the part of a version that changes with the contents, and with nothing else."""
    return version.rpartition("|")[2]


def time_of(version: str) -> datetime | None:
    """Return the time of the change that a version stands for."""
    return parse_time(version.rpartition("|")[0])


def parse_time(stamp: str) -> datetime | None:
    """Read an RFC 3339 time stamp with any number of fractional digits; None for anything else."""
    try:
        parsed = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def mark_of(original: Mapping[str, Any]) -> str | None:
    """Return the id of the Creatio contact that a Google contact (a Person, or its original) says it belongs to.

    One that was merged of two carries two marks, in any order; always the same one is taken.
    """
    marks = (item.get("value") for item in original.get("clientData") or () if item.get("key") == MARK_KEY)
    return min((str(mark) for mark in marks if mark), default=None)


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────


def name_parts(original: Mapping[str, Any]) -> dict[str, str]:
    """Return given, middle and family name and the salutation. One name alone is the given one, wherever it stands."""
    name = first_item(original, "names") or {}
    given, middle, family = (_text(name, key) for key in ("givenName", "middleName", "familyName"))
    beside = any(_text(name, key) for key in ("honorificPrefix", "honorificSuffix"))
    # Google makes a display name out of a title alone, and "Dr." is nobody's name.
    if not (given or middle or family or beside):
        given = _text(name, "unstructuredName") or _text(name, "displayName")
    if family and not (given or middle):
        given, family = family, ""
    return {
        model.GIVEN: given,
        model.MIDDLE: middle,
        model.FAMILY: family,
        model.SALUTATION: _text(name, "honorificPrefix"),
    }


def organization_parts(original: Mapping[str, Any]) -> dict[str, str]:
    """Return company, department and job title."""
    organization = first_item(original, "organizations") or {}
    return {
        model.COMPANY: _text(organization, "name"),
        model.DEPARTMENT: _text(organization, "department"),
        model.JOB_TITLE: _text(organization, "title"),
    }


def first_item(original: Mapping[str, Any], name: str) -> Item | None:
    """Return the entry that counts where only one does: the primary one, else the first."""
    items: Sequence[Item] = original.get(name) or ()
    return next((item for item in items if is_primary(item)), items[0] if items else None)


def _birthday(original: Mapping[str, Any]) -> str:
    """Return the ISO date; "" for one without a year, which Creatio can't hold."""
    said = (first_item(original, "birthdays") or {}).get("date") or {}
    try:
        return date(int(said.get("year") or 0), int(said.get("month") or 0), int(said.get("day") or 0)).isoformat()
    except (TypeError, ValueError):
        return ""


def _notes(original: Mapping[str, Any]) -> str:
    biography = first_item(original, "biographies") or {}
    text = str(biography.get("value") or "")
    return text_of(text) if biography.get("contentType") == "TEXT_HTML" else tidy(text)


def _primary_mail(original: Mapping[str, Any], mails: Value) -> str:
    """Return the key of the primary mail where there are several and Google says which."""
    if len(mails) < 2:  # noqa: PLR2004  one alone is no choice
        return ""
    keys = {model.mail(_text(item, "value")).key for item in original["emailAddresses"] if is_primary(item)}
    return keys.pop() if len(keys) == 1 else ""


# ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────

ENTRY_FIELDS: Final[Mapping[str, str]] = {
    model.MAILS: "emailAddresses",
    model.PHONES: "phoneNumbers",
    model.WEBS: "urls",
    model.SKYPES: "imClients",
    model.ADDRESSES: "addresses",
}
"""Neutral set of entries -> Google's list."""


def entry_of(field_name: str, item: Item, region: str | None) -> Entry | None:
    """Return what a raw item means; None for one that gsync has no mapping for (another messenger, an empty value)."""
    if field_name == model.ADDRESSES:
        parts = address_parts(item)
        return model.address(ADDRESS_KIND.get(_type(item), "other"), parts) if parts else None
    value = _text(item, "username" if field_name == model.SKYPES else "value")
    if not value:
        return None
    if field_name == model.PHONES:
        return model.phone(PHONE_KIND.get(_type(item), "other"), value, region)
    if field_name == model.SKYPES:
        return model.skype(value) if _text(item, "protocol").casefold() == "skype" else None
    return model.mail(value) if field_name == model.MAILS else model.web(value)


def address_parts(item: Item) -> Address:
    """Return the parts of a raw address. What is more than a street (extension, PO box) stands in further lines."""
    parts = Address(
        street="\n".join(line for key in STREET_PARTS if (line := _text(item, key))),
        city=_text(item, "city"),
        region=_text(item, "region"),
        postal_code=_text(item, "postalCode"),
        country=_text(item, "country") or _text(item, "countryCode"),
    )
    return parts or Address(street=_text(item, "formattedValue"))


# ── raw parts ────────────────────────────────────────────────────────────────────────────────────────────────


def is_primary(item: Mapping[str, Any]) -> bool:
    """Tell whether Google calls this entry the one of its list that counts most."""
    metadata = item.get("metadata") or {}
    return bool(metadata.get("primary") or metadata.get("sourcePrimary"))


def _contact_source(person: Person) -> Mapping[str, Any]:
    sources = (person.get("metadata") or {}).get("sources") or ()
    return next((source for source in sources if source.get("type") == "CONTACT"), {})


def _is_of_contact(item: Mapping[str, Any]) -> bool:
    source = (item.get("metadata") or {}).get("source") or {}
    return source.get("type", "CONTACT") in ("CONTACT", "SOURCE_TYPE_UNSPECIFIED")


def _tidied(item: Mapping[str, Any], *, flagged: bool) -> Item:
    """Return an entry without what only Google may write, or makes of the other parts."""
    kept = {key: value for key, value in item.items() if key not in _READ_ONLY and key != "metadata"}
    if any(kept.get(part) for part in ("givenName", "middleName", "familyName")):
        kept = {key: value for key, value in kept.items() if key not in ("displayName", "unstructuredName")}
    metadata = {key: True for key in ("primary", "sourcePrimary") if (item.get("metadata") or {}).get(key)}
    return {**kept, "metadata": metadata} if metadata and flagged else kept


def _groups(person: Person) -> Iterator[str]:
    for membership in person.get("memberships") or ():
        group = membership.get("contactGroupMembership") or {}
        name = group.get("contactGroupResourceName") or ""
        if not name and group.get("contactGroupId"):
            name = f"contactGroups/{group['contactGroupId']}"
        if name:
            yield str(name)


def _version(original: Mapping[str, Any], group: str) -> str:
    """Return "time of change|digest of the contents".

    The digest takes no part of what moves without anybody's edit: etags and times (a change of members, or of a photo,
    may move them: facts/google.md 10, 5), the order of entries, other groups. So our own writes are no news later.
    """
    contents = [[name, _ordered(original[name])] for name in LIST_FIELDS if name in original]
    text = _canonical([contents, group in original.get("memberships", ())])
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    return f"{original.get('updateTime', '')}|{digest}"


def _ordered(items: Sequence[Item]) -> Sequence[Item]:
    return sorted(items, key=_canonical) if len(items) > 1 else items


_canonical: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
_compact: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return str(value).strip() if value is not None else ""


def _type(item: Mapping[str, Any]) -> str:
    return _text(item, "type").casefold()
