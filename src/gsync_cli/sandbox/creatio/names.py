"""Name and its parts, as the setting ContactFieldConverter fills one from the other (facts/creatio.md 3)."""

from collections.abc import Mapping

_GIVEN_FIRST = ("GivenName", "MiddleName", "Surname")
_SURNAME_FIRST = ("Surname", "GivenName", "MiddleName")


def full_name(parts: Mapping[str, str], *, surname_first: bool) -> str:
    """Return Name composed of the parts that there are."""
    order = _SURNAME_FIRST if surname_first else _GIVEN_FIRST
    return " ".join(parts[part] for part in order if parts[part])


def parts_of(name: str, *, surname_first: bool) -> dict[str, str]:
    """Return the parts of a Name: by position, with what is left over in the last one."""
    words = name.split()
    if surname_first:
        surname, given, *rest = [*words, "", ""]
        return {"Surname": surname, "GivenName": given, "MiddleName": " ".join(rest).strip()}
    given, *rest = words or [""]
    middle, family = (rest[0], " ".join(rest[1:])) if len(rest) > 1 else ("", " ".join(rest))
    return {"GivenName": given, "MiddleName": middle, "Surname": family}
