"""What Google makes of a person that is written, and how it shows one that is read. Pure functions.

Stored fields are lists of plain dictionaries without output-only parts. Text is trimmed, empty entries are dropped,
names are completed, and `metadata` survives only where it says `sourcePrimary` (facts/google.md 6.4, 6.5).
"""

import calendar
import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from gsync_cli.sandbox.google.errors import invalid
from gsync_cli.sandbox.google.masks import SINGLETONS

Item = dict[str, Any]
Fields = Mapping[str, Sequence[Item]]

LARGEST_CONTACT = 128 * 1024
"""Bytes of one contact (facts/google.md 6.8)."""
NO_YEAR_LEAP = 2000
LONGEST_NUMBER = 15

_OUTPUT_ONLY = frozenset(("formattedType", "formattedProtocol", "canonicalForm", "displayNameLastFirst"))
_OUTPUT_ONLY_OF = {"names": frozenset(("displayName",)), "genders": frozenset(("formattedValue",))}
_NEEDED = {
    "emailAddresses": "value",
    "phoneNumbers": "value",
    "urls": "value",
    "biographies": "value",
    "clientData": "key",
    "imClients": "username",
    "relations": "person",
    "nicknames": "value",
    "externalIds": "value",
    "sipAddresses": "value",
}
_SAYS_NOTHING_ALONE = frozenset(("metadata", "type", "current", "contentType", "protocol"))
_AS_WRITTEN = frozenset(("clientData",))
_NAME_PARTS = ("honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix")


def written(person: Mapping[str, Any], fields: Sequence[str]) -> dict[str, list[Item]]:
    """Return what Google stores of `fields` of a person sent to it; a field without entries is absent.

    Raises ApiError: more than one entry of a singleton, an impossible date, a mail address that is none, too large.
    Memberships are not fields of the contact here: see `book.Version.groups`.
    """
    stored: dict[str, list[Item]] = {}
    for field in fields:
        if field == "memberships":
            continue
        items = person.get(field) or []
        if field in SINGLETONS and len(items) > 1:
            raise invalid(f"Cannot have more than one person.{field} per source.", f"person.{field}")
        cleaned = [item for item in (_cleaned(field, item) for item in items) if item is not None]
        if sum("metadata" in item for item in cleaned) > 1:
            raise invalid(f"Cannot have more than one sourcePrimary in person.{field}.", f"person.{field}")
        if cleaned:
            stored[field] = cleaned
    return stored


def check_size(fields: Fields) -> None:
    """Refuse a contact that is too large. Raises ApiError."""
    if len(json.dumps(fields, ensure_ascii=False).encode()) > LARGEST_CONTACT:
        raise invalid("Contact exceeds the maximum size.")


def shown(field: str, items: Sequence[Item], source: Mapping[str, str], *, region: str, lead: bool) -> list[Item]:
    """Return the entries of a field as an answer holds them: with metadata and the parts that Google computes.

    `lead` tells whether the primary entry of this source is the primary one of the whole person.
    """
    first = next((number for number, item in enumerate(items) if "metadata" in item), 0)
    result = []
    for number, item in enumerate(items):
        flags = {"sourcePrimary": True, **({"primary": True} if lead else {})} if number == first else {}
        result.append({"metadata": {**flags, "source": dict(source)}, **_computed(field, item, region)})
    return result


def display_name(fields: Fields) -> str:
    """Return the name that lists sort by; empty where there is none."""
    names = fields.get("names")
    return str(_computed("names", names[0], "").get("displayName", "")) if names else ""


def _cleaned(field: str, item: Item) -> Item | None:
    unsaid = _OUTPUT_ONLY | _OUTPUT_ONLY_OF.get(field, frozenset())
    kept = {
        key: value if field in _AS_WRITTEN else _trimmed(value)
        for key, value in item.items()
        if key not in unsaid and key != "metadata"
    }
    kept = {key: value for key, value in kept.items() if value not in (None, "", False, 0, [], {})}
    if (_NEEDED.get(field) and _NEEDED[field] not in kept) or kept.keys() <= _SAYS_NOTHING_ALONE:
        return None
    if field == "emailAddresses":
        _check_mail(kept["value"])
    for name in ("date", "startDate", "endDate"):
        if name in kept:
            _check_date(kept[name], f"person.{field}.{name}")
    if field == "names":
        kept = _completed(kept)
    if field == "biographies":
        kept.setdefault("contentType", "TEXT_PLAIN")
    if item.get("metadata", {}).get("sourcePrimary"):
        kept["metadata"] = {"sourcePrimary": True}
    return kept


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {key: part for key, part in ((key, _trimmed(part)) for key, part in value.items()) if part}
    return value


def _check_mail(address: str) -> None:
    """Refuse what is no address at all. Stricter than what is known of Google, so that refusals can be rehearsed."""
    name, at, domain = address.rpartition("@")
    if not (name and at and domain) or any(letter.isspace() for letter in address):
        raise invalid(f"Invalid email address: {address}", "person.email_addresses.value")


def _check_date(date: Mapping[str, int], field: str) -> None:
    year, month, day = date.get("year", 0), date.get("month", 0), date.get("day", 0)
    known_month = 1 <= month <= len(calendar.month_name) - 1
    longest = calendar.monthrange(year or NO_YEAR_LEAP, month)[1] if known_month and 0 <= year <= 9999 else 0  # noqa: PLR2004
    if not 1 <= day <= longest:
        raise invalid(f"Invalid date at '{field}'.", field)


def _completed(name: Item) -> Item:
    """Make parts of a free-form name; where both were sent, the parts win (facts/google.md 6.5)."""
    if not any(name.get(part) for part in _NAME_PARTS) and (words := name.get("unstructuredName", "").split()):
        first, middle, last = words[0], words[1:-1], words[1:][-1:]
        name = {"givenName": first, **name}
        if middle:
            name["middleName"] = " ".join(middle)
        if last:
            name["familyName"] = last[0]
    name.pop("unstructuredName", None)
    return name


def _computed(field: str, item: Item, region: str) -> Item:
    """Return an entry with its output-only parts."""
    made = {key: value for key, value in item.items() if key != "metadata"}
    if field == "names":
        made |= _display(made)
    elif field == "phoneNumbers" and (canonical := canonical_number(made["value"], region)):
        made["canonicalForm"] = canonical
    elif field == "addresses" and "formattedValue" not in made:
        made["formattedValue"] = _formatted_address(made)
    elif field == "imClients" and made.get("protocol"):
        made["formattedProtocol"] = made["protocol"].capitalize()
    if made.get("type") and field not in {"nicknames", "miscKeywords", "names"}:
        made["formattedType"] = _spaced(made["type"])
    return made


def _display(name: Item) -> Item:
    parts = [name[part] for part in _NAME_PARTS if name.get(part)]
    if not parts:
        return {}
    front = " ".join(name[part] for part in _NAME_PARTS[:3] if name.get(part))
    tail = f", {name['honorificSuffix']}" if name.get("honorificSuffix") else ""
    plain = " ".join(name[part] for part in _NAME_PARTS[:4] if name.get(part)) + tail
    last_first = f"{name['familyName']}, {front}".removesuffix(", ") + tail if name.get("familyName") else plain
    display = plain.removeprefix(", ")
    return {
        "displayName": display,
        "displayNameLastFirst": last_first.removeprefix(", "),
        "unstructuredName": display,
    }


def _formatted_address(address: Item) -> str:
    town = " ".join(address[part] for part in ("postalCode", "city", "region") if address.get(part))
    lines = [address.get(part, "") for part in ("streetAddress", "extendedAddress", "poBox")]
    return "\n".join(line for line in (*lines, town, address.get("country", "")) if line)


def _spaced(kind: str) -> str:
    """Return "workFax" as "Work Fax"; only for the eye, and never the same in two locales."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in kind)
    return words[:1].upper() + words[1:]


@functools.lru_cache(maxsize=100_000)
def canonical_number(value: str, region: str) -> str:
    """Return a phone number in E.164, or "" where it can't be read."""
    import phonenumbers

    try:
        number = phonenumbers.parse(value, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
