"""What fits a setting: how a value is read from text or from TOML, and how it is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days before and after today."""

    back: int
    ahead: int


Value: TypeAlias = str | bool | float | date | timedelta | Window | None
"""What a setting can hold. None, or an empty text, where it has no value."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What fits a setting: `parse` takes text or a native TOML value and raises ValueError for what does not fit."""

    expected: str
    """Completes the sentence "it must be …"."""
    parse: Callable[[object], Value]


def written(value: Value) -> str:
    """Return a value as a person writes it: `true`, `1h30m`, `2024-01-31`, `50%`, `30d/180d`; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value * 100:.10g}%"
        case timedelta():
            return _written_duration(value)
        case Window(back, ahead):
            return f"{back}d/{ahead}d"
        case _:
            return str(value)


def plain(value: Value) -> str | bool | float | None:
    """Return a value as JSON and TOML hold it; None where there is none."""
    if isinstance(value, bool | float):
        return value
    return written(value) or None


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _parse_text(raw: object) -> str:
    value = str(raw).strip() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    if not value or _CONTROL.search(value):
        raise ValueError
    return value


def _parse_url(raw: object) -> str:
    from urllib.parse import urlsplit

    value = _parse_text(raw)
    parts = urlsplit(value)
    secret = parts.username is not None or parts.password is not None
    _ = parts.port  # raises ValueError where it is no number
    if parts.scheme not in ("http", "https") or not parts.hostname or secret or {*" ?#\\"} & {*value}:
        raise ValueError
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _parse_bool(raw: object) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    if isinstance(raw, bool):
        return raw
    try:
        return words[_parse_text(raw).lower()]
    except KeyError:
        raise ValueError from None


_DURATION = re.compile(r"(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?", re.IGNORECASE)


def _parse_duration(raw: object) -> timedelta:
    value = _parse_text(raw)
    if value.isascii() and value.isdecimal():
        value += "m"  # Creatio's settings page counts in minutes
    if not (match := _DURATION.fullmatch(value)):
        raise ValueError
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError from None
    if not timedelta(0) < duration <= timedelta(days=366):
        raise ValueError
    return duration


def _parse_date(raw: object) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    value = _parse_text(raw)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError
    return date.fromisoformat(value)


def _parse_share(raw: object) -> float:
    if isinstance(raw, float):
        share = raw
    else:
        number, percent, rest = _parse_text(raw).partition("%")
        share = float(number) / (100 if percent else 1)
        if rest.strip():
            raise ValueError
    if not 0 <= share <= 1:
        raise ValueError
    return share


def _parse_window(raw: object) -> Window:
    match = re.fullmatch(r"([0-9]{1,4})\s*d?\s*/\s*([0-9]{1,4})\s*d?", _parse_text(raw), re.IGNORECASE)
    if not match:
        raise ValueError
    return Window(back=int(match[1]), ahead=int(match[2]))


def _parse_region(raw: object) -> str:
    value = _parse_text(raw).upper()
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError
    return value


def _parse_version(raw: object) -> str:
    value = _parse_text(raw).lower()
    if not re.fullmatch(r"auto|[0-9]+(\.[0-9]+){1,3}", value):
        raise ValueError
    return value


def choice(*words: str) -> Kind:
    """Return the kind of a setting that is one of these words."""

    def parse(raw: object) -> str:
        if (value := _parse_text(raw).lower()) not in words:
            raise ValueError
        return value

    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", parse)


TEXT: Final = Kind("a text on one line, in quotes", _parse_text)
URL: Final = Kind("an address such as https://crm.example.com, without a password, a question mark or #", _parse_url)
BOOL: Final = Kind("true or false", _parse_bool)
DURATION: Final = Kind("a time from 1s to 366d, such as 15m or 1h (a number alone counts minutes)", _parse_duration)
DATE: Final = Kind("a date such as 2024-01-31", _parse_date)
SHARE: Final = Kind("a share from 0 to 1, or from 0% to 100%", _parse_share)
WINDOW: Final = Kind("days back and days ahead, such as 30d/180d", _parse_window)
REGION: Final = Kind("a country of two letters, such as DE", _parse_region)
VERSION: Final = Kind('auto or a version in quotes, such as "7.17.1"', _parse_version)
WINNER: Final = choice("newest", "creatio", "google")


def _written_duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return "".join(
        f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")) if count
    )
