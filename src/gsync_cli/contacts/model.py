"""The neutral contact: which fields there are, and when two values are the same.

Both stores translate to and from these fields (spec: mapping). Texts are trimmed; `""` is empty.
"""

import json
import unicodedata
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final

from gsync_cli.sync.record import Entries, Entry, Fields

# Texts.
GIVEN: Final = "given"
MIDDLE: Final = "middle"
FAMILY: Final = "family"
SALUTATION: Final = "salutation"
COMPANY: Final = "company"
DEPARTMENT: Final = "department"
JOB_TITLE: Final = "job_title"
BIRTHDAY: Final = "birthday"
"""ISO date, `1980-05-01`."""
NOTES: Final = "notes"
"""Plain text, lines ended by `\\n`, no blank space at the ends."""
PRIMARY_MAIL: Final = "primary_mail"
"""The key of the mail that counts most; left out where a side does not say."""

# Sets of entries.
MAILS: Final = "mails"
PHONES: Final = "phones"
WEBS: Final = "webs"
SKYPES: Final = "skypes"
ADDRESSES: Final = "addresses"

TEXTS: Final = (GIVEN, MIDDLE, FAMILY, SALUTATION, COMPANY, DEPARTMENT, JOB_TITLE, BIRTHDAY, NOTES)
SETS: Final = (MAILS, PHONES, WEBS, SKYPES, ADDRESSES)

PHONE_KINDS: Final = ("mobile", "work", "home", "main", "fax", "extension", "other")
ADDRESS_KINDS: Final = ("business", "home", "shipping", "other")

NO_ENTRIES: Final[Entries] = frozenset()


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a postal address. `street` may have several lines."""

    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""

    def __bool__(self) -> bool:
        return any((self.street, self.city, self.region, self.postal_code, self.country))


def mail(address: str) -> Entry:
    """Return the entry of an e-mail address; upper and lower case are one (as every provider has it)."""
    written = address.strip()
    return Entry("", written.casefold(), written)


def phone(kind: str, number: str, region: str | None) -> Entry:
    """Return the entry of a phone number, compared in E.164 where it can be read so, else by its digits and letters.

    `region` is the two-letter country whose national numbers are understood without a country code.
    """
    written = " ".join(number.split())
    return Entry(kind, phone_key(written, region), written)


@lru_cache(maxsize=1 << 15)
def phone_key(number: str, region: str | None) -> str:
    """Return `+4930123456` for a number that can be read, else its digits and letters."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        e164: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        return f"{e164};{parsed.extension}" if parsed.extension else e164
    return "".join(character for character in number.casefold() if character.isalnum()) or number


def web(url: str) -> Entry:
    """Return the entry of a web address; a trailing slash and the case of its beginning make no difference."""
    written = url.strip()
    return Entry("", written.rstrip("/").casefold(), written)


def skype(handle: str) -> Entry:
    """Return the entry of a Skype name."""
    written = handle.strip()
    return Entry("", written.casefold(), written)


def address(kind: str, parts: Address) -> Entry:
    """Return the entry of a postal address; its `value` is what `address_of` reads."""
    trimmed = {name: _tidy_lines(getattr(parts, name)) for name in Address.__slots__}
    return Entry(kind, "|".join(map(folded, trimmed.values())), json.dumps(trimmed, ensure_ascii=False))


def address_of(entry: Entry) -> Address:
    """Return the parts of an address entry."""
    return Address(**json.loads(entry.value))


def entries(fields: Fields, name: str) -> Entries:
    """Return a set of entries out of fields; none where the field is not there."""
    value = fields.get(name, NO_ENTRIES)
    return NO_ENTRIES if isinstance(value, str) else value


def label_of(fields: Fields) -> str:
    """Return how a person recognises the contact: its name, else company, mail or phone; "" where it has none."""
    name = " ".join(text for part in (GIVEN, MIDDLE, FAMILY) if isinstance(text := fields.get(part, ""), str) and text)
    company = fields.get(COMPANY, "")
    if name or company:
        return name or str(company)
    first = sorted(entries(fields, MAILS) or entries(fields, PHONES), key=lambda entry: (entry.key, entry.kind))
    return first[0].value if first else ""


def unite(field: str, ours: Entry, theirs: Entry) -> Entry | None:
    """Return one address for two of a kind that don't contradict each other, with the parts of both; else None."""
    if field != ADDRESSES:
        return None
    one, two = asdict(address_of(ours)), asdict(address_of(theirs))
    if not one["street"] or not two["street"]:
        return None
    if any(one[part] and two[part] and folded(one[part]) != folded(two[part]) for part in one):
        return None
    return address(ours.kind, Address(**{part: one[part] or two[part] for part in one}))


def shown(field: str, entry: Entry) -> str:
    """Return an entry as a person reads it: an address in one line, anything else as it was written."""
    if field != ADDRESSES:
        return entry.value
    parts = address_of(entry)
    place = " ".join(part for part in (parts.postal_code, parts.city) if part)
    lines = (*parts.street.splitlines(), place, parts.region, parts.country)
    return ", ".join(line for line in lines if line)


def folded(text: str) -> str:
    """Return text for comparing: composed, case folded, runs of blank space as one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _tidy_lines(text: str) -> str:
    return "\n".join(line for line in (" ".join(part.split()) for part in text.splitlines()) if line)
