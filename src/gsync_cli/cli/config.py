"""`gsync config`: every single setting, its value and where that comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from gsync_cli.cli.context import session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page
from gsync_cli.config import SETTINGS, Origin, set_value, setting, unset
from gsync_cli.kinds import Value, plain, written

app = typer.Typer(help="See and change every single setting. Nothing secret is among them.")

_ORIGINS: Mapping[Origin, str] = {
    "flag": "option",
    "environment": "environment",
    "file": "config.toml",
    "default": "default",
}


def _keys(incomplete: str) -> list[tuple[str, str]]:
    return [(key, row.help) for key, row in SETTINGS.items() if key.startswith(incomplete)]


Key = Annotated[
    str,
    typer.Argument(
        help="A setting, such as sync.contacts.tag.", metavar="KEY", autocompletion=_keys, show_default=False
    ),
]


@dataclass(frozen=True, slots=True)
class ConfigPath:
    """Where the settings lie."""

    path: str

    def data(self) -> Mapping[str, object]:
        """Return `{"path"}`."""
        return {"path": self.path}

    def show(self, page: Page) -> None:
        """Print the path alone, for scripts."""
        page.text(self.path)


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as it holds for this profile."""

    key: str
    value: Value
    origin: Origin

    def data(self) -> Mapping[str, object]:
        """Return `{"key", "value", "origin"}`; a value that nobody set is null."""
        return {"key": self.key, "value": plain(self.value), "origin": self.origin}

    def show(self, page: Page) -> None:
        """Print the value alone, for scripts; an empty line where there is none."""
        page.text(written(self.value))


@dataclass(frozen=True, slots=True)
class ConfigShown:
    """Every setting."""

    settings: tuple[Shown, ...]

    def data(self) -> Mapping[str, object]:
        """Return `{"settings": [{"key", "value", "origin"}]}`."""
        return {"settings": [shown.data() for shown in self.settings]}

    def show(self, page: Page) -> None:
        """Print a table."""
        rows = [(each.key, written(each.value), _ORIGINS[each.origin]) for each in self.settings]
        page.table(("setting", "value", "from"), rows)


@dataclass(frozen=True, slots=True)
class ConfigSet:
    """A setting that was written to the file."""

    key: str
    value: Value

    def data(self) -> Mapping[str, object]:
        """Return `{"key", "value"}`."""
        return {"key": self.key, "value": plain(self.value)}

    def show(self, page: Page) -> None:
        """Say what holds now."""
        page.good(f"{self.key} is {written(self.value)}")


@dataclass(frozen=True, slots=True)
class ConfigUnset:
    """A setting that stands in the file no more."""

    key: str
    removed: bool

    def data(self) -> Mapping[str, object]:
        """Return `{"key", "removed"}`; `removed` is false where it did not stand there."""
        return {"key": self.key, "removed": self.removed}

    def show(self, page: Page) -> None:
        """Say what was done."""
        page.good(f"{self.key} was taken out" if self.removed else f"{self.key} was not set; nothing to do")


@app.command("path", epilog=examples("gsync config path", "gsync --profile anna config path"))
def path(ctx: typer.Context) -> ConfigPath:
    """Print where config.toml lies. It need not exist."""
    return ConfigPath(str(session(ctx).profile.config_file))


@app.command("show", epilog=examples("gsync config show", "gsync config show --output json"))
def show(ctx: typer.Context) -> ConfigShown:
    """Show every setting, its value, and where that comes from."""
    settings = session(ctx).settings
    return ConfigShown(tuple(Shown(key, settings.get(key), settings.origin(key)) for key in SETTINGS))


@app.command("get", epilog=examples("gsync config get sync.contacts.tag"))
def get(ctx: typer.Context, key: Key) -> Shown:
    """Print the value of one setting."""
    setting(key)
    settings = session(ctx).settings
    return Shown(key, settings.get(key), settings.origin(key))


@app.command("set", epilog=examples("gsync config set sync.contacts.tag Google", "gsync config set sync.limit 20%"))
def set_(
    ctx: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(help="Its value.", metavar="VALUE", show_default=False)],
) -> ConfigSet:
    """Write one setting to config.toml."""
    running = session(ctx)
    written_value = set_value(running.profile, key, value)
    if running.environment.get(SETTINGS[key].variable):
        running.terminal.warn(f"{SETTINGS[key].variable} in the environment still overrides it.")
    return ConfigSet(key, written_value)


@app.command("unset", epilog=examples("gsync config unset google.endpoints.people"))
def unset_(ctx: typer.Context, key: Key) -> ConfigUnset:
    """Take one setting out of config.toml, so that its default holds again."""
    return ConfigUnset(key, unset(session(ctx).profile, key))
