"""What a Google Cloud project may be called: its id, its name, its place (facts/google.md 1.2).

id       creatio-oauth-48213     6-30 characters, for ever, unlike any other in the world
title    Creatio OAuth           4-30 characters, as the console shows it
parent   organizations/123       or folders/9, or nothing
"""

import re
import unicodedata
from typing import Final, Literal, TypeAlias

from gsync_cli.errors import WrongUsage

ParentKind: TypeAlias = Literal["organizations", "folders"]

SHORTEST_ID, LONGEST_ID = 6, 30
SHORTEST_TITLE, LONGEST_TITLE = 4, 30
_NOT_IN_A_TITLE: Final = re.compile(r"[^A-Za-z0-9 '\"!-]")
_NOT_IN_AN_ID: Final = re.compile(r"[^a-z0-9-]")
_REFUSED_WORDS: Final = re.compile(r"google|ssl")
"""Words that Google does not take in an id of somebody else's."""
_PARENT: Final = re.compile(r"(?:(organizations|folders)/)?([0-9]{1,20})")
_PROJECT: Final = re.compile(r"(?:projects/)?((?:[a-z0-9.-]+:)?[a-z0-9][a-z0-9-]*)")


def suggested_id(title: str, suffix: str) -> str:
    """Return an id made of a title and a suffix ("48213"), which the caller chooses so that nobody has it yet."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = _NOT_IN_AN_ID.sub("-", _REFUSED_WORDS.sub("", plain))
    words = re.sub(r"-+", "-", words).lstrip("0123456789-")[: LONGEST_ID - len(suffix) - 1].strip("-")
    return f"{words or 'gsync'}-{suffix}" if len(words) + len(suffix) + 1 >= SHORTEST_ID else f"gsync-{words}{suffix}"


def checked_id(text: str) -> str:
    """Return the id for a new project as Google will take it. Raises WrongUsage("project-id-form") with the rule."""
    wanted = text.strip()
    if rule := _broken_id_rule(wanted):
        raise WrongUsage("project-id-form", project=wanted, rule=rule)
    return wanted


def _broken_id_rule(wanted: str) -> str:
    if wrong := _NOT_IN_AN_ID.search(wanted):
        return f"only small letters a-z, digits and hyphens may stand in it, and “{wrong[0]}” is none of these"
    if not SHORTEST_ID <= len(wanted) <= LONGEST_ID:
        return f"it must have {SHORTEST_ID} to {LONGEST_ID} characters, and it has {len(wanted)}"
    if not wanted[0].isalpha():
        return "it must begin with a letter"
    return "it must not end with a hyphen" if wanted.endswith("-") else ""


def checked_title(text: str) -> str:
    """Return the name for a new project as Google will take it. Raises WrongUsage("project-title-form")."""
    wanted = text.strip()
    if wrong := _NOT_IN_A_TITLE.search(wanted):
        rule = f"“{wrong[0]}” must not stand in it; letters a-z, digits, spaces and - ' \" ! may"
    elif not SHORTEST_TITLE <= len(wanted) <= LONGEST_TITLE:
        rule = f"it must have {SHORTEST_TITLE} to {LONGEST_TITLE} characters, and it has {len(wanted)}"
    else:
        return wanted
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    fitting = " ".join(_NOT_IN_A_TITLE.sub(" ", plain).split())[:LONGEST_TITLE].strip()
    raise WrongUsage(
        "project-title-form", title=wanted, rule=rule, fitting=fitting if len(fitting) >= SHORTEST_TITLE else ""
    )


def parent_name(kind: ParentKind, typed: str) -> str:
    """Return `organizations/123` or `folders/9` for a number or such a name.

    Raises WrongUsage("project-parent-form").
    """
    found = _PARENT.fullmatch(typed.strip())
    if found is None or found[1] not in (None, kind):
        raise WrongUsage("project-parent-form", typed=typed.strip(), kind=kind, flag=f"--{kind.removesuffix('s')}")
    return f"{kind}/{found[2]}"


def existing_id(typed: str) -> str:
    """Return the id or number by which an existing project is meant. Raises WrongUsage("project-unreadable").

    Old ids may hold a domain (`example.com:crm`) and be of any length.
    """
    found = _PROJECT.fullmatch(typed.strip())
    if found is None:
        raise WrongUsage("project-unreadable", typed=typed.strip())
    return found[1]
