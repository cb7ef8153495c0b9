"""Every setting of gsync, and where its value comes from: flag, environment, `config.toml`, default.

The table `SETTINGS` is the one place that knows the keys of spec/interface.md, what fits them, and what they are by
themselves. `config.toml` belongs to the user: gsync writes to it only when told to, and holds nothing secret in it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar

from gsync_cli import kinds
from gsync_cli.errors import ConfigurationWrong, WrongUsage
from gsync_cli.files import read_private, write_private
from gsync_cli.kinds import Kind, Value, Window, plain, written
from gsync_cli.profiles import Profile

Origin: TypeAlias = Literal["flag", "environment", "file", "default"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: its key, what fits it, its value where nobody sets one, and what it is for."""

    key: str
    kind: Kind
    default: Value
    help: str

    @property
    def variable(self) -> str:
        """The environment variable of this setting."""
        return "GSYNC_" + self.key.upper().replace(".", "_")


GOOGLE_SERVICES: Final = ("cloudresourcemanager", "serviceusage", "people", "calendar", "oauth2", "monitoring")

_ROWS: Final = (
    Setting("google.project", kinds.TEXT, "", "the active Google Cloud project"),
    *(
        Setting(f"google.endpoints.{name}", kinds.URL, "", f"another root URL for Google's {name}")
        for name in GOOGLE_SERVICES
    ),
    Setting(
        "google.pace", kinds.choice("quota", "off"), "quota", "keep below Google's quotas a minute; off for a sandbox"
    ),
    Setting(
        "google.scopes", kinds.TEXT, "guide", "what Creatio's client declares: guide, minimum, or a list of scopes"
    ),
    Setting("creatio.url", kinds.URL, "", "the address of the Creatio site, with its virtual directory"),
    Setting(
        "creatio.runtime", kinds.choice("auto", "framework", "net"), "auto", "framework has the prefix /0, net none"
    ),
    Setting("creatio.version", kinds.VERSION, "auto", "the version of Creatio"),
    Setting("creatio.auth", kinds.choice("password", "oauth"), "password", "how gsync signs in to Creatio"),
    Setting("creatio.username", kinds.TEXT, "", "the login at Creatio"),
    Setting("creatio.client_id", kinds.TEXT, "", "the OAuth client at Creatio"),
    Setting("creatio.identity_url", kinds.URL, "", "the address of Creatio's identity service"),
    Setting("creatio.user", kinds.TEXT, "", "the login whose tags and calendar are meant; else the one who signed in"),
    Setting(
        "creatio.dates", kinds.choice("auto", "utc", "user-zone"), "auto", "the zone in which the site writes times"
    ),
    Setting("sync.contacts.tag", kinds.TEXT, "", "the private tag whose contacts take part"),
    Setting("sync.contacts.group", kinds.TEXT, "Creatio", "the group in Google Contacts"),
    Setting("sync.contacts.conflict", kinds.WINNER, "newest", "which value wins where both sides changed one field"),
    Setting("sync.contacts.auto", kinds.BOOL, False, "synchronise contacts automatically"),
    Setting("sync.contacts.interval", kinds.DURATION, timedelta(hours=1), "how often contacts are synchronised"),
    Setting("sync.contacts.create_accounts", kinds.BOOL, False, "make a missing company in Creatio"),
    Setting("sync.contacts.region", kinds.REGION, "", "the country of phone numbers without a country code"),
    Setting("sync.activities.conflict", kinds.WINNER, "newest", "which value wins where both sides changed one field"),
    Setting("sync.activities.auto", kinds.BOOL, False, "synchronise activities automatically"),
    Setting("sync.activities.interval", kinds.DURATION, timedelta(hours=1), "how often activities are synchronised"),
    Setting("sync.activities.from", kinds.DATE, None, "synchronise activities from this date on"),
    Setting(
        "sync.activities.window", kinds.WINDOW, Window(30, 180), "days in which a series becomes single activities"
    ),
    Setting(
        "sync.activities.notes", kinds.choice("google", "both"), "google", "both writes notes to Google, for all guests"
    ),
    Setting(
        "sync.activities.deletions", kinds.choice("keep", "cancel"), "keep", "what becomes of the other side's record"
    ),
    Setting("sync.limit", kinds.SHARE, 0.5, "the largest share of records that one run may take out"),
)

SETTINGS: Final[dict[str, Setting]] = {row.key: row for row in _ROWS}
_VARIABLES: Final = {row.variable: row for row in _ROWS}
_GROUPS: Final = ("GSYNC_GOOGLE_", "GSYNC_CREATIO_", "GSYNC_SYNC_")
"""Variables of these beginnings are settings; GSYNC_HOME and GSYNC_PROFILE are not."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value and where it came from."""

    value: Value
    origin: Origin


@dataclass(frozen=True, slots=True)
class Settings:
    """The value of every setting for one run. The accessors raise KeyError for a key that is not in the table."""

    resolved: Mapping[str, Resolved]

    @classmethod
    def load(cls, profile: Profile, environment: Mapping[str, str], overrides: Mapping[str, object] = {}) -> Self:
        """Find the value of every setting: flag (`overrides`, None where not given), environment, file, default.

        Raises WrongUsage("setting-unknown" or "setting-does-not-fit") for a flag; ConfigurationWrong for the file
        ("config-unknown-key", "config-value", "config-damaged" and those of files.read_private) and for the
        environment ("environment-unknown-key", "environment-value").
        """
        resolved = {key: Resolved(row.default, "default") for key, row in SETTINGS.items()}
        resolved |= _from_file(profile)
        resolved |= _from_environment(environment)
        return cls(resolved).overridden(overrides)

    def overridden(self, overrides: Mapping[str, object]) -> Self:
        """Return these settings with flags over them; a flag of None was not given. Raises as `load`."""
        flags = {key: Resolved(parse(key, raw), "flag") for key, raw in overrides.items() if raw is not None}
        return type(self)({**self.resolved, **flags})

    def get(self, key: str) -> Value:
        """Return the value, of the setting's own type."""
        return self.resolved[key].value

    def origin(self, key: str) -> Origin:
        """Return where the value came from."""
        return self.resolved[key].origin

    def text(self, key: str) -> str:
        """Return the value as it is written; empty where there is none."""
        return written(self.get(key))

    def flag(self, key: str) -> bool:
        """Return a setting of the kind true or false."""
        return _of(bool, self.get(key), key)

    def share(self, key: str) -> float:
        """Return a share, from 0 to 1."""
        return _of(float, self.get(key), key)

    def duration(self, key: str) -> timedelta:
        """Return a span of time."""
        return _of(timedelta, self.get(key), key)

    def window(self, key: str) -> Window:
        """Return days back and days ahead."""
        return _of(Window, self.get(key), key)

    def date(self, key: str) -> "date | None":
        """Return a date, None where there is none."""
        return None if self.get(key) is None else _of(date, self.get(key), key)


def setting(key: str) -> Setting:
    """Return the row of the table for a key that somebody typed. Raises WrongUsage("setting-unknown")."""
    if key not in SETTINGS:
        raise WrongUsage("setting-unknown", key=key, near=_nearest(key, SETTINGS))
    return SETTINGS[key]


def parse(key: str, raw: object) -> Value:
    """Return what `raw`, a text or a native value, means for the setting `key`.

    Raises WrongUsage("setting-unknown" or "setting-does-not-fit").
    """
    row = setting(key)
    try:
        return row.kind.parse(raw)
    except ValueError:
        raise WrongUsage("setting-does-not-fit", key=key, value=_told(raw), expected=row.kind.expected) from None


def set_value(profile: Profile, key: str, text: object) -> Value:
    """Write one setting to the profile's file and return its value. Raises as `set_values`."""
    return set_values(profile, {key: text})[key]


def set_values(profile: Profile, changes: Mapping[str, object]) -> dict[str, Value]:
    """Write settings to the profile's file, all or none, and return their values.

    Raises WrongUsage("setting-unknown" or "setting-does-not-fit"), ConfigurationWrong("config-damaged") and those of
    files.read_private and files.write_private.
    """
    values = {key: parse(key, raw) for key, raw in changes.items()}
    table = _read(profile)
    for key, value in values.items():
        _remove(table, key.split("."))
        _put(table, key, plain(value), profile)
    _write(profile, table)
    return values


def unset(profile: Profile, key: str) -> bool:
    """Take one setting out of the profile's file; tell whether it stood there. It need not be a setting gsync knows.

    Raises WrongUsage("setting-unknown") for one that is neither known nor in the file, and as `set_values`.
    """
    table = _read(profile)
    if _remove(table, key.split(".")):
        _write(profile, table)
        return True
    setting(key)
    return False


def _from_file(profile: Profile) -> Iterator[tuple[str, Resolved]]:
    path = profile.config_file
    for key, raw in _leaves(_read(profile)):
        if key not in SETTINGS:
            raise ConfigurationWrong("config-unknown-key", path=path, key=key, near=_nearest(key, SETTINGS))
        if raw == "":
            continue
        kind = SETTINGS[key].kind
        try:
            yield key, Resolved(kind.parse(raw), "file")
        except ValueError:
            given = _told(raw)
            raise ConfigurationWrong("config-value", path=path, key=key, value=given, expected=kind.expected) from None


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Resolved]]:
    for variable, raw in environment.items():
        row = _VARIABLES.get(variable)
        if row is None:
            if variable.startswith(_GROUPS):
                near = _nearest(variable, _VARIABLES)
                raise ConfigurationWrong("environment-unknown-key", variable=variable, near=near)
        elif raw:
            try:
                yield row.key, Resolved(row.kind.parse(raw), "environment")
            except ValueError:
                raise ConfigurationWrong(
                    "environment-value", variable=variable, key=row.key, value=_told(raw), expected=row.kind.expected
                ) from None


def _told(raw: object) -> str:
    """Return a value that was refused as the refusal may repeat it: without a password in an address."""
    return re.sub(r"//[^/@]*@", "//…@", str(raw))


def _nearest(wrong: str, known: Mapping[str, object]) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(wrong, known, n=1)), "")


def _read(profile: Profile) -> dict[str, Any]:
    content = read_private(profile.config_file)
    if content is None:
        return {}
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationWrong("config-damaged", path=profile.config_file, reason=str(error)) from error


def _write(profile: Profile, table: Mapping[str, Any]) -> None:
    import tomli_w

    write_private(profile.config_file, tomli_w.dumps(table).encode())


def _leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{key}.")
        else:
            yield key, value


def _put(table: dict[str, Any], key: str, value: object, profile: Profile) -> None:
    *groups, name = key.split(".")
    for group in groups:
        table = table.setdefault(group, {})
        if not isinstance(table, dict):
            raise ConfigurationWrong("config-unknown-key", path=profile.config_file, key=group, near="")
    table[name] = value


def _remove(table: dict[str, Any], parts: Sequence[str]) -> bool:
    """Take a key out of nested tables, however it was split by dots and quotes; drop tables that end up empty."""
    removed = False
    for length in range(1, len(parts) + 1):
        name, rest = ".".join(parts[:length]), parts[length:]
        below = table.get(name)
        if not rest and below is not None and not isinstance(below, dict):
            del table[name]
            removed = True
        elif rest and isinstance(below, dict) and _remove(below, rest):
            removed = True
            if not below:
                del table[name]
    return removed


_T = TypeVar("_T")


def _of(kind: type[_T], value: Value, key: str) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{key} is no {kind.__name__}")
    return value
