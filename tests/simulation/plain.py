"""Both sides as a person would read them, by rules of its own: nothing of the program's mapping is used here.

A field is a set of texts, of one text at most where there can only be one. Equal sets mean the same on both sides.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Final, Literal

from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.google.account import Account

Side = Literal["creatio", "google"]
Key = tuple[Side, str]
"""One record: the side, and its id there."""

NAME: Final = ("given", "middle", "family")
LOOKED_UP: Final = ("salutation", "company", "department")
"""Fields that Creatio holds only where it has a row of that name."""
TEXTS: Final = (*NAME, *LOOKED_UP, "job_title", "birthday", "notes")
SETS: Final = ("mails", "phones", "webs", "skypes", "addresses")
FIELDS: Final = (*TEXTS, *SETS)

MARK: Final = "gsync.creatio"
_PHONE_TYPES: Final = {
    "workMobile": "mobile", "mobile": "mobile", "work": "work", "home": "home", "main": "main",
    "workFax": "fax", "homeFax": "fax", "otherFax": "fax", "Extension": "extension",
}  # fmt: skip
_ADDRESS_TYPES: Final = {"work": "business", "home": "home", "Shipping": "shipping"}
_GOOGLE_FIELDS: Final = frozenset(
    (
        *("names", "emailAddresses", "phoneNumbers", "urls", "addresses", "organizations", "birthdays", "biographies"),
        *("clientData", "imClients", "memberships", "metadata", "photos", "etag", "resourceName"),
    )
)
_OTHER_COLUMNS: Final = ("GenderId", "JobId", "DecisionRoleId", "TypeId", "OwnerId")


@dataclass(frozen=True, slots=True)
class Plain:
    """One record as it stands."""

    fields: Mapping[str, frozenset[str]]
    member: bool
    """Carries the tag, or is in the group."""
    stamp: str
    """Differs after every write of anybody."""
    rest: str
    """Everything that gsync has no mapping for, and must leave as it is."""
    marks: tuple[str, ...] = ()
    """Ids of Creatio contacts that a Google contact says it belongs to."""


def creatio(desk: Desk, tag: str) -> dict[Key, Plain]:
    """Read all contacts of Creatio but the users' own."""
    return {("creatio", person["id"]): _creatio(desk, person, tag) for person in desk.contacts()}


def google(account: Account, group: str) -> dict[Key, Plain]:
    """Read all contacts of Google; `group` is the resource name of the one in scope, "" before there is one."""
    return {("google", person["resourceName"]): _google(person, group) for person in account.contacts()}


def _creatio(desk: Desk, person: Mapping[str, Any], tag: str) -> Plain:
    spoken = desk.communications(person["id"])
    numbers = {each["number"].strip() for each in spoken}
    parts = [person[part].strip() for part in NAME]
    said = [part for part in parts if part]
    # Who has no name carries a mail or a number in its place.
    if len(said) <= 1 and (said[0] if said else person["name"]) in numbers:
        parts = ["", "", ""]
    elif not said:
        parts = [person["name"], "", ""]
    fields = {
        **_name(parts),
        **{field: _one(person[field]) for field in (*LOOKED_UP, "job_title", "birthday")},
        "notes": _one(_text(person["notes"])),
        "mails": frozenset(mail.strip().casefold() for mail in person["mails"]),
        "phones": frozenset(_phone("other" if kind == "additional" else kind, text) for kind, text in person["phones"]),
        "webs": frozenset(map(_web, person["webs"])),
        "skypes": frozenset(skype.strip().casefold() for skype in person["skypes"]),
        "addresses": frozenset(
            _address("business" if kind == "actual" else kind, parts.values())
            for kind, parts in person["addresses"]
            if any(parts.values())
        ),
    }
    others = sorted(f"{each['kind']} {each['number']}" for each in spoken if each["kind"] in ("facebook", "twitter"))
    details = sorted(f"{row['id']}={row}" for row in (*spoken, *desk.addresses(person["id"])))
    return Plain(
        fields,
        tag in person["tags"],
        f"{person['modified']} {details}",
        _json([[person["columns"][name] for name in _OTHER_COLUMNS], others, [t for t in person["tags"] if t != tag]]),
    )


def _google(person: Mapping[str, Any], group: str) -> Plain:
    name, organization = _leading(person, "names"), _leading(person, "organizations")
    date = _leading(person, "birthdays").get("date") or {}
    groups = [each["contactGroupMembership"]["contactGroupResourceName"] for each in person.get("memberships", ())]
    messengers = person.get("imClients", ())
    data = person.get("clientData", ())
    fields = {
        **_name([name.get(part, "") for part in ("givenName", "middleName", "familyName")]),
        "salutation": _one(name.get("honorificPrefix", "")),
        "company": _one(organization.get("name", "")),
        "department": _one(organization.get("department", "")),
        "job_title": _one(organization.get("title", "")),
        "birthday": _one(f"{date['year']:04d}-{date['month']:02d}-{date['day']:02d}" if date.get("year") else ""),
        "notes": _one(_tidy(_leading(person, "biographies").get("value", ""))),
        "mails": frozenset(item["value"].casefold() for item in person.get("emailAddresses", ())),
        "phones": frozenset(
            _phone(_PHONE_TYPES.get(item.get("type", ""), "other"), item["value"])
            for item in person.get("phoneNumbers", ())
        ),
        "webs": frozenset(_web(item["value"]) for item in person.get("urls", ())),
        "skypes": frozenset(item["username"].casefold() for item in messengers if item.get("protocol") == "skype"),
        "addresses": frozenset(
            _address(_ADDRESS_TYPES.get(item.get("type", ""), "other"), _address_lines(item))
            for item in person.get("addresses", ())
        ),
    }
    rest: dict[str, Any] = {
        name: sorted(str({key: value for key, value in item.items() if key != "metadata"}) for item in items)
        for name, items in person.items()
        if name not in _GOOGLE_FIELDS
    }
    rest |= {
        "groups": sorted({name for name in groups if name not in (group, "contactGroups/myContacts")}),
        "messengers": sorted(item["username"] for item in messengers if item.get("protocol") != "skype"),
        "data": sorted(item["value"] for item in data if item["key"] != MARK),
        "suffix": name.get("honorificSuffix", ""),
    }
    marks = tuple(sorted(item["value"] for item in data if item["key"] == MARK))
    return Plain(fields, group in groups, person["etag"], _json(rest), marks)


def _leading(person: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the entry that Google calls primary; the order of entries says nothing."""
    items = person.get(name) or [{}]
    return next((item for item in items if item.get("metadata", {}).get("primary")), items[0])


def _name(parts: list[str]) -> dict[str, frozenset[str]]:
    """One name alone is the given one, wherever it stands."""
    said = [part for part in parts if part]
    if len(said) == 1 and not parts[1]:
        parts = [said[0], "", ""]
    return {field: _one(part) for field, part in zip(NAME, parts, strict=True)}


def _one(text: str) -> frozenset[str]:
    return frozenset({text.strip()} - {""})


def _phone(kind: str, number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return f"{kind} +{'49' + digits[1:] if digits.startswith('0') else digits}"


def _web(url: str) -> str:
    return url.strip().rstrip("/").casefold()


def _address(kind: str, parts: Iterable[str]) -> str:
    """Return kind and lines: a place that Creatio does not know stands in a line of the street there."""
    lines = {line.strip().casefold() for part in parts for line in part.splitlines()} - {""}
    return f"{kind if kind in ('business', 'home', 'shipping') else 'other'}: {' / '.join(sorted(lines))}"


def _address_lines(item: Mapping[str, Any]) -> list[str]:
    names = ("streetAddress", "extendedAddress", "poBox", "city", "region", "postalCode", "country")
    return [item[name] for name in names if item.get(name)]


def _text(html: str) -> str:
    """Return the text of the simple HTML that people and gsync make here."""
    if "<p>" not in html:
        return _tidy(html)
    lines = re.sub(r"</p>|<br ?/?>", "\n", html)
    return _tidy(unescape(re.sub(r"<[^>]*>", "", lines)))


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\u00a0", " ").splitlines()).strip()


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
