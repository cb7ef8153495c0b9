"""Both sides of the demo's sandbox beside one another, record by record.

It looks at what the sandbox holds, not through gsync: people are paired by their mail addresses, and each field is read
with means of its own, so that a mistake in gsync's mapping or memory shows here.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from html import unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gsync_cli.sandbox.creatio.desk import Desk
    from gsync_cli.sandbox.google.account import Account


@dataclass(frozen=True, slots=True)
class Pair:
    """One person on both sides. `creatio` and `google` say where it is there."""

    name: str
    creatio: str
    google: str
    tagged: bool
    """Whether it takes part in Creatio."""
    grouped: bool
    """Whether it takes part in Google."""
    differs: tuple[str, ...] = ()
    """The fields that differ, where both sides have it."""

    @property
    def together(self) -> bool:
        """Whether it takes part in the synchronisation on both sides."""
        return self.tagged and self.grouped

    @property
    def in_step(self) -> bool:
        """Whether it takes part on both sides and is the same there, or takes part on none."""
        return self.tagged == self.grouped and not (self.together and self.differs)

    def data(self) -> dict[str, object]:
        """Return the pair for JSON."""
        return {
            "contact": self.name,
            "creatio": self.creatio,
            "google": self.google,
            "synchronised": self.together,
            "in_step": self.in_step,
            "differs": list(self.differs),
        }


def compare(desk: "Desk", account: "Account", *, tag: str, group: str, also: Collection[str] = ()) -> tuple[Pair, ...]:
    """Return everybody who is tagged in Creatio or in the Google group, and those with a mail address of `also`."""
    members = account.members(group) if group in account.groups() else set()
    left = {contact["resourceName"]: _of_google(contact) for contact in account.contacts()}
    pairs: list[Pair] = []
    for contact in desk.contacts():
        ours = _of_creatio(contact)
        resource = next((resource for resource, facts in left.items() if ours.mails & facts.mails), "")
        theirs = left.pop(resource, None)
        tagged, grouped = tag in contact["tags"], resource in members
        if tagged or grouped or ours.mails & {*also}:
            pairs.append(_pair(ours, theirs, tagged=tagged, grouped=grouped))
    pairs += [
        _pair(None, theirs, tagged=False, grouped=resource in members)
        for resource, theirs in left.items()
        if resource in members or theirs.mails & {*also}
    ]
    return tuple(sorted(pairs, key=lambda pair: (not pair.together, pair.name)))


def _pair(ours: "_Facts | None", theirs: "_Facts | None", *, tagged: bool, grouped: bool) -> Pair:
    known = ours or theirs
    return Pair(
        name=known.name if known else "",
        creatio="not there" if ours is None else "tagged" if tagged else "without tag",
        google="not there" if theirs is None else "in group" if grouped else "not in group",
        tagged=tagged,
        grouped=grouped,
        differs=tuple(
            field.name.replace("_", " ")
            for field in fields(_Facts)
            if ours and theirs and getattr(ours, field.name) != getattr(theirs, field.name)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """A person in words that both sides share.

    Companies and departments are not among them: Creatio takes only those it has already.
    """

    name: str
    job_title: str
    birthday: str
    notes: str
    mails: frozenset[str]
    phones: frozenset[str]
    pages: frozenset[str]


def _of_creatio(contact: Mapping[str, Any]) -> _Facts:
    return _Facts(
        name=_joined(contact[part] for part in ("given", "middle", "family")),
        job_title=contact["job_title"],
        birthday=contact["birthday"],
        notes=_words(unescape(re.sub(r"<[^>]*>", " ", contact["notes"]))),
        mails=_folded(contact["mails"]),
        phones=_digits(number for _, number in contact["phones"]),
        pages=frozenset(contact["webs"]),
    )


def _of_google(contact: Mapping[str, Any]) -> _Facts:
    name = _first(contact, "names")
    born = _first(contact, "birthdays").get("date") or {}
    return _Facts(
        name=_joined(name.get(part, "") for part in ("givenName", "middleName", "familyName")),
        job_title=_first(contact, "organizations").get("title", ""),
        birthday=f"{born['year']:04}-{born['month']:02}-{born['day']:02}" if "year" in born else "",
        notes=_words(_first(contact, "biographies").get("value", "")),
        mails=_folded(item["value"] for item in contact.get("emailAddresses", ())),
        phones=_digits(item["value"] for item in contact.get("phoneNumbers", ())),
        pages=frozenset(item["value"] for item in contact.get("urls", ())),
    )


def _first(contact: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    items: Sequence[Mapping[str, Any]] = contact.get(field, ())
    return items[0] if items else {}


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)


def _words(text: str) -> str:
    return " ".join(text.split())


def _folded(mails: Iterable[str]) -> frozenset[str]:
    return frozenset(mail.casefold() for mail in mails)


def _digits(numbers: Iterable[str]) -> frozenset[str]:
    return frozenset(re.sub(r"\D", "", number) for number in numbers)
