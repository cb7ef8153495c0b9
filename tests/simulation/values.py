"""What people write. Every value is new, and says whose it is: `7x12` is the twelfth value of person 7.

So a value that is lost, doubled, or turns up at somebody else is seen without knowing how it got there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

SALUTATIONS: Final = ("Mr.", "Ms.", "Dr.", "Prof.")
UNKNOWN_SALUTATIONS: Final = ("Sir", "Dame")
"""In no lookup of Creatio, which can't hold them."""
DEPARTMENTS: Final = ("Sales", "Finance", "Logistics", "Support")
UNKNOWN_DEPARTMENTS: Final = ("Guild", "Alchemy")
PLACES: Final = (("Berlin", "Berlin", "Germany"), ("Munich", "Bavaria", "Germany"), ("Lyon", "", "France"))
UNKNOWN_PLACES: Final = (("Brigadoon", "", "Scotia"), ("Bielefeld", "Lippe", "Germany"))
PHONE_KINDS: Final = ("mobile", "work", "home", "main", "other", "fax")
ADDRESS_KINDS: Final = ("business", "home", "shipping", "other")

_GIVEN: Final = ("Anna", "Boris", "Χλόη", "דוד", "小明", "أحمد", "Zoë", "Иван")
_FAMILY: Final = ("Keller", "O’Neil", "de la Cruz", "Ångström", "李", "Петров", "al-Sayed")
_TOKEN: Final = re.compile(r"(\d+)x\d+")
_NUMBER: Final = re.compile(r"^\+?(?:49|0)?30?9(\d\d)(\d{4})$")
_FIRST_YEAR: Final = 1900


@dataclass(slots=True)
class Pen:
    """The hand of everybody: writes values that were never written before."""

    random: Random
    serial: int = 0

    def token(self, person: int) -> str:
        """Return a text that no other value holds."""
        self.serial += 1
        return f"{person}x{self.serial}"

    def given(self, person: int) -> str:
        """Return a first name."""
        return self.random.choice(_GIVEN) + self.token(person)

    def family(self, person: int) -> str:
        """Return a family name."""
        return self.random.choice(_FAMILY) + self.token(person)

    def mail(self, person: int) -> str:
        """Return an address, in the letters people type."""
        return self.random.choice(("info.{}@Example.com", "{}@mail.example.org")).format(self.token(person))

    def number(self, person: int) -> str:
        """Return a phone number of Berlin in one of the forms people write."""
        self.serial += 1
        digits = f"9{person:02d}{self.serial:04d}"
        return self.random.choice(("+49 30 {}", "030 {}", "(030) {}", "+4930{}")).format(digits)

    def phone_kind(self) -> str:
        """Return a kind of phone that both sides have."""
        return self.random.choice(PHONE_KINDS)

    def address(self, person: int, *, known: bool) -> dict[str, str]:
        """Return the parts of a postal address; `known` places are in Creatio's lookups."""
        city, region, country = self.random.choice(PLACES if known else PLACES + UNKNOWN_PLACES)
        parts = {
            "street": f"Lane {self.token(person)}",
            "city": city,
            "region": region,
            "postal_code": self.random.choice(("", "10115", "SW1A 1AA")),
            "country": country,
        }
        if self.random.random() < 0.2:
            parts["street"] += "\nBack door"
        return {name: part for name, part in parts.items() if part}

    def birthday(self, person: int) -> str:
        """Return an ISO date; the year says whose."""
        self.serial += 1
        return f"{_FIRST_YEAR + person}-{self.serial % 12 + 1:02d}-{self.serial // 12 % 28 + 1:02d}"

    def notes(self, person: int) -> str:
        """Return some lines of plain text."""
        first = self.random.choice(("Met at the fair", "<b> & “quotes” 🎉", "Ring; before 9"))
        return (
            f"{first}\n\nnote {self.token(person)}" if self.random.random() < 0.5 else f"{first} {self.token(person)}"
        )

    def text(self, field: str, person: int, *, in_creatio: bool) -> str:
        """Return a value for one of the fields that are texts."""
        more = not in_creatio
        makers: dict[str, Callable[[], str]] = {
            "given": lambda: self.given(person),
            "middle": lambda: f"M{self.token(person)}",
            "family": lambda: self.family(person),
            "salutation": lambda: self.random.choice(SALUTATIONS + UNKNOWN_SALUTATIONS * more),
            "company": lambda: f"Works {self.token(person)}",
            "department": lambda: self.random.choice(DEPARTMENTS + UNKNOWN_DEPARTMENTS * more),
            "job_title": lambda: f"Clerk {self.token(person)}",
            "birthday": lambda: self.birthday(person),
            "notes": lambda: self.notes(person),
        }
        return makers[field]()


def owners(field: str, value: str) -> set[int]:
    """Return whose a value is; nobody's for one out of a list that all share."""
    if field == "birthday":
        return {int(value[:4]) - _FIRST_YEAR} if value else set()
    if field == "phones":
        found = _NUMBER.match(value.rpartition(" ")[2])
        return {int(found.group(1))} if found else set()
    return {int(person) for person in _TOKEN.findall(value)}
