"""Every scope of the Gmail, People and Calendar APIs, from Google's own discovery documents (facts/google.md 4).

The documents lie in google-api-python-client and are read without importing it. They name the scopes; how sensitive
Google holds each to be stands in none of them, only in its guides.
"""

import functools
import importlib.util
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

from gsync_cli.errors import ConfigurationWrong

Sensitivity: TypeAlias = Literal["non-sensitive", "sensitive", "restricted"]

PREFIX: Final = "https://www.googleapis.com/auth/"
MAIL: Final = "https://mail.google.com/"
_DOCUMENTS: Final = (("Gmail", "gmail.v1"), ("People", "people.v1"), ("Calendar", "calendar.v3"))
_RESTRICTED: Final = frozenset(
    (
        MAIL,
        *(
            f"{PREFIX}gmail.{name}"
            for name in (
                "modify", "compose", "insert", "metadata", "readonly", "settings.basic", "settings.sharing",
            )
        ),
    )
)  # fmt: skip
_NON_SENSITIVE: Final = frozenset(
    f"{PREFIX}{name}"
    for name in (
        "gmail.labels", "gmail.addons.current.action.compose", "gmail.addons.current.message.action",
        "userinfo.email", "userinfo.profile",
    )
)  # fmt: skip
_READ_ONLY: Final = re.compile(r"(?:^|[./:_-])read[-_]?only(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission that an app can ask for."""

    url: str
    """What goes into the console and into a request, to the letter."""
    api: str
    """"Gmail", "People" or "Calendar"."""
    sensitivity: Sensitivity
    selected: bool
    """Whether the guide selects it: all are, but the read-only ones."""
    description: str
    """Google's own sentence."""


@functools.cache
def catalogue() -> tuple[Scope, ...]:
    """Return the scopes of the three APIs, in the order of the documents.

    Raises ConfigurationWrong("scope-documents-missing") where google-api-python-client was installed without them.
    """
    return tuple(
        Scope(url, api, sensitivity(url), not is_read_only(url), str(values.get("description", "")))
        for api, name in _DOCUMENTS
        for url, values in _document(name)["auth"]["oauth2"]["scopes"].items()
    )


def sensitivity(url: str) -> Sensitivity:
    """Return the class of a scope. One that the guides don't name counts as sensitive (facts/google.md 10, row 15)."""
    if url in _RESTRICTED:
        return "restricted"
    return "non-sensitive" if url in _NON_SENSITIVE or url == "openid" else "sensitive"


def is_read_only(text: str) -> bool:
    """Whether a text names a read-only scope: it has a part `readonly`, however it is written, known or not."""
    plain = unicodedata.normalize("NFKC", unquote(text))
    visible = "".join(character for character in plain if unicodedata.category(character) != "Cf")
    return _READ_ONLY.search(visible) is not None


def _document(name: str) -> dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]:
    found = importlib.util.find_spec("googleapiclient")
    folders = found.submodule_search_locations if found else None
    if not folders:
        raise ConfigurationWrong("scope-documents-missing", name=name)
    path = Path(folders[0]) / "discovery_cache" / "documents" / f"{name}.json"
    try:
        document: dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]] = json.loads(
            path.read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        raise ConfigurationWrong("scope-documents-missing", name=name) from None
    return document
