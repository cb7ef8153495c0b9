"""The cookies of one Creatio session. They rotate: every answer may replace or drop one (facts/creatio.md 1.3)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_CSRF_NAMES: Final = ("CRT_CSRF", "BPMCSRF")
"""The name from 8.3.2 on comes first: in compatibility mode a site sets both."""


def updated(cookies: Mapping[str, str], set_cookie: Iterable[str], now: datetime) -> dict[str, str]:
    """Return the cookies after an answer with these Set-Cookie headers.

    All belong to one site and go to that site only, so path and domain don't matter.
    """
    result = dict(cookies)
    for header in set_cookie:
        pair, *attributes = header.split(";")
        name, equals, value = pair.strip().partition("=")
        if not equals or not name:
            continue
        if not value or _has_ended(attributes, now):
            result.pop(name, None)
        else:
            result[name] = value
    return result


def csrf_header(cookies: Mapping[str, str]) -> dict[str, str]:
    """Return the header that proves a modifying call to be ours; none for a site that sets no such cookie."""
    return next(({name: cookies[name]} for name in _CSRF_NAMES if cookies.get(name)), {})


def cookie_header(cookies: Mapping[str, str]) -> dict[str, str]:
    """Return the Cookie header, none without cookies."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}


def _has_ended(attributes: Iterable[str], now: datetime) -> bool:
    for attribute in attributes:
        name, _, value = attribute.strip().partition("=")
        if name.lower() == "max-age":
            return value.strip().lstrip("-").isdecimal() and int(value) <= 0
        if name.lower() == "expires":
            try:
                end = parsedate_to_datetime(value)
            except ValueError:
                continue
            return (end if end.tzinfo else end.replace(tzinfo=UTC)) <= now
    return False
