"""The full name and its parts.

Creatio keeps both, and fills one from the other in an order that differs from site to site; where both are sent, both
are kept (facts/creatio.md 3, ContactFieldConverter). So gsync always sends them together.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of a person's name. Someone with one name alone has it as `given` and no `family`."""

    given: str = ""
    middle: str = ""
    family: str = ""

    def __bool__(self) -> bool:
        return bool(self.given or self.middle or self.family)


@dataclass(frozen=True, slots=True)
class NameColumns:
    """The columns Name, GivenName, MiddleName and Surname of a contact."""

    full: str = ""
    given: str = ""
    middle: str = ""
    family: str = ""


def read(columns: NameColumns, stand_ins: Collection[str] = ()) -> Name:
    """Return the name that the columns of a contact hold.

    A contact can't be without Name, so one that came without any carries a mail or phone number there: `stand_ins`
    are those of this contact, and a Name that is one of them is no name.
    """
    given, middle, family = (_tidy(part) for part in (columns.given, columns.middle, columns.family))
    full = _tidy(columns.full)
    parts = [part for part in (given, middle, family) if part]
    if len(parts) <= 1 and (parts[0] if parts else full) in {_tidy(text) for text in stand_ins}:
        return Name()
    if not parts:
        return Name(given=full)
    if parts == [family]:
        return Name(given=family)
    return Name(given, middle, family)


def write(name: Name, now: NameColumns, stand_in: str) -> NameColumns:
    """Return the columns that hold `name`, in the order and the column that the contact uses now.

    `stand_in` takes the place of a name that is empty.
    """
    given, middle, family = name.given, name.middle, name.family
    if given and not middle and not family and _is_in_surname_alone(now):
        return NameColumns(given, "", "", given)
    first, last = (family, f"{given} {middle}") if _is_surname_first(now) else (f"{given} {middle}", family)
    return NameColumns(_tidy(f"{first} {last}") or stand_in, given, middle, family)


def _is_in_surname_alone(now: NameColumns) -> bool:
    return bool(now.family.strip()) and not now.given.strip() and not now.middle.strip()


def _is_surname_first(now: NameColumns) -> bool:
    full, given, family = (_tidy(part).casefold() for part in (now.full, now.given, now.family))
    if not given or not family or not full.startswith(family):
        return False
    # "Ivanov Ivan" begins with both.
    return not full.startswith(given) or len(family) > len(given)


def _tidy(text: str) -> str:
    return " ".join(text.split())
