"""Which scopes Creatio's client is to have, and what is wrong with those that somebody names (row P9).

The guide selects every scope of the Gmail, Contacts (today People) and Calendar APIs but the read-only ones. gsync
itself needs four (google/scopes.py). What a client declares on its consent screen is no more than that; what it gets
is what it asks for when a user signs in (facts/google.md 4).
"""

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.google.scopes import ASKED, CONTACTS, EMAIL, OPENID
from gsync_cli.provisioning.scope_catalogue import (
    PREFIX,
    Scope,
    Sensitivity,
    catalogue,
    is_read_only,
    sensitivity,
)

__all__ = [
    "IDENTITY", "METADATA", "OWN", "PREFIX", "Scope", "Sensitivity", "Verdict", "catalogue", "guides_selection",
    "is_read_only", "judge", "selection", "sensitivity", "split", "stored_form",
]  # fmt: skip

OWN: Final = ASKED
"""What gsync itself needs."""
IDENTITY: Final = frozenset((OPENID, EMAIL, f"{PREFIX}userinfo.profile"))
"""Who somebody is; no access to anything."""
METADATA: Final = f"{PREFIX}gmail.metadata"
"""Harmless to declare; but a token that holds it may neither search nor read whole messages (facts/google.md 4)."""

GUIDE: Final = "guide"
MINIMUM: Final = "minimum"

Status: TypeAlias = Literal["ok", "short", "duplicate", "readonly", "misspelt", "unknown"]

_ALIASES: Final = {"email": EMAIL, "profile": f"{PREFIX}userinfo.profile"}
_FORMER: Final = {
    "https://www.google.com/m8/feeds": CONTACTS,
    "https://www.google.com/calendar/feeds": f"{PREFIX}calendar",
}
"""Scopes of APIs that have ended, by the one that took their place."""
_SEPARATORS: Final = re.compile(r"[\s,;]+")
_ALIKE: Final = 0.84
"""From here on two names are one with a slip of the finger (`calender.events`); `drive` and `gmail.insert` are two."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text that somebody gave for a scope is.

    ok: a scope, to the letter. short: its short name. duplicate: one that stands before it already. readonly: a
    read-only one, which is refused. misspelt: not to the letter; `scope` is the one that is meant. unknown: no scope of
    the three APIs.
    """

    text: str
    status: Status
    scope: str = ""
    """The full scope to use: the one that is meant, for a read-only one that which may write; empty where none is."""

    @property
    def refused(self) -> bool:
        """Whether it can't be declared as it stands, nor completed."""
        return self.status in ("readonly", "misspelt", "unknown")


def guides_selection() -> tuple[str, ...]:
    """Return the scopes that the guide selects, in the order of the catalogue."""
    return tuple(scope.url for scope in catalogue() if scope.selected)


def judge(texts: Iterable[str]) -> tuple[Verdict, ...]:
    """Say of each text what it is, in their order."""
    seen: set[str] = set()
    verdicts = []
    for text in texts:
        verdict = _judged(text)
        if verdict.status in ("ok", "short") and verdict.scope in seen:
            verdict = Verdict(text, "duplicate", verdict.scope)
        if not verdict.refused:
            seen.add(verdict.scope)
        verdicts.append(verdict)
    return tuple(verdicts)


def split(texts: Iterable[str]) -> list[str]:
    """Return the scopes in texts as people paste them: with commas, blanks, line breaks, quotes, as a JSON list."""
    words = (word.strip("\"'`[](){}<>“”‘’") for text in texts for word in _SEPARATORS.split(text))
    return [word for word in words if word]


def selection(stored: str) -> tuple[str, ...]:
    """Return the scopes that the setting `google.scopes` means: `guide`, `minimum`, or a list with blanks.

    Raises ConfigurationWrong("scopes-setting") where one of them is none, or read-only.
    """
    if stored.lower() == GUIDE:
        return guides_selection()
    if stored.lower() == MINIMUM:
        return OWN
    verdicts = judge(split([stored]))
    if wrong := [verdict.text for verdict in verdicts if verdict.refused]:
        raise ConfigurationWrong("scopes-setting", scopes=wrong)
    return tuple(dict.fromkeys(verdict.scope for verdict in verdicts))


def stored_form(scopes: Collection[str]) -> str:
    """Return what the setting `google.scopes` holds for a selection."""
    for name, known in ((GUIDE, guides_selection()), (MINIMUM, OWN)):
        if frozenset(scopes) == frozenset(known):
            return name
    return " ".join(scopes)


def _judged(text: str) -> Verdict:
    known = {OPENID, *(scope.url for scope in catalogue())}
    short = _ALIASES.get(text, f"{PREFIX}{text}")
    former = _FORMER.get(text.rstrip("/").lower())
    meant = _meant(text, known)
    # A slip in `readonly` itself (`contacts.readnly`) makes it no better.
    if is_read_only(text) or (meant not in (text, short) and is_read_only(meant)):
        return Verdict(text, "readonly", _writing(meant, known))
    if text in known:
        return Verdict(text, "ok", text)
    if short in known:
        return Verdict(text, "short", short)
    if former or not meant:
        return Verdict(text, "unknown", former or "")
    return Verdict(text, "misspelt", meant)


def _writing(scope: str, known: Collection[str]) -> str:
    """Return the scope that may write what this one may only read; empty where there is none."""
    writing = scope.removesuffix(".readonly")
    return writing if writing in known and not is_read_only(writing) else ""


def _meant(text: str, known: Collection[str]) -> str:
    """Return the scope that a text means which is none to the letter; empty where none is near."""
    names = {_core(scope): scope for scope in known}
    core = _core(text)
    if core in _ALIASES:
        return _ALIASES[core]
    near = difflib.get_close_matches(core, names, n=1, cutoff=_ALIKE)
    return names[near[0]] if near else ""


def _core(text: str) -> str:
    """Return what tells a scope from others: without scheme, host, path, the slash at the end, in lower case."""
    lowered = text.lower().rstrip("/")
    rest = re.sub(r"^(?:[a-z]+:)?/*(?:www\.)?(?:googleapis\.[a-z]+/+)?(?:auth/+)?", "", lowered)
    return re.sub(r"^/*auth/+", "", rest)
