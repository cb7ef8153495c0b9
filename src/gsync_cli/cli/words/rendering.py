"""Putting the facts of an error into the sentence of its row."""

import re
from collections.abc import Collection, Mapping
from typing import Final

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")
_FACT = re.compile(r"\{(\w+)")
_FULL_STOP_AFTER_END = re.compile(r"([.!?…][”\")\]]?)\.(?=\s|$)")
"""A sentence of somebody else's that ends by itself, before the full stop of ours."""
_SAID_FIRST: Final = "{message} "
"""Where a sentence of ours follows what a service said."""
LONGEST_FACT: Final = 400


class Facts(dict[str, object]):
    """The facts of an error as they are read aloud; one that is missing shows as “…”."""

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> "Facts":
        """Return them readable: one line each, not longer than a sentence bears, several things with commas."""
        return cls({name: _readable(value) for name, value in facts.items()})

    def __missing__(self, name: str) -> str:
        return "…"


def _readable(value: object) -> object:
    if isinstance(value, str):
        # What a server or SQLite says may have several lines, or be a whole page.
        told = " ".join(value.split())
        return told if len(told) <= LONGEST_FACT else f"{told[:LONGEST_FACT]}…"
    if isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping):
        return ", ".join(str(item) for item in value)
    return value


def filled(template: str, facts: Facts) -> str:
    """Return `template` with the facts in it. It never fails, whatever the facts are."""

    def optional(part: re.Match[str]) -> str:
        given = all(facts.get(name) not in (None, "") for name in _FACT.findall(part[1]))
        return part[1] if given else ""

    template = _OPTIONAL.sub(optional, template)
    if _SAID_FIRST in template and isinstance(told := facts["message"], str):
        facts = Facts({**facts, "message": _closed(told)})
    try:
        text = template.format_map(facts)
    except (ValueError, TypeError, LookupError, AttributeError):
        # A fact of another type than the row expects: say the sentence with the facts as they are.
        text = _FACT.sub(lambda name: f"{{{facts[name[1]]}", template).translate({0x7B: None, 0x7D: None})
    return _FULL_STOP_AFTER_END.sub(r"\1", text)


def _closed(told: str) -> str:
    """Return what somebody said with a full stop at its end, so that a sentence of ours can follow."""
    return told if told.endswith((".", "!", "?", "…")) else f"{told}."
