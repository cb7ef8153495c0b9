"""`gsync settings`: the fields of Creatio's own settings page for synchronisation (row S2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from gsync_cli.cli.context import session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page
from gsync_cli.config import SETTINGS, Settings, set_values
from gsync_cli.errors import WrongUsage
from gsync_cli.kinds import plain

app = typer.Typer(help="See and change the fields of the settings page: tag, intervals, date.")

_FIELDS: Final = (
    ("Contacts: tag that goes to Google", "sync.contacts.tag"),
    ("Contacts: group in Google", "sync.contacts.group"),
    ("Contacts: automatically", "sync.contacts.auto"),
    ("Contacts: interval", "sync.contacts.interval"),
    ("Activities: automatically", "sync.activities.auto"),
    ("Activities: interval", "sync.activities.interval"),
    ("Activities: from", "sync.activities.from"),
    ("Activities: days of a series", "sync.activities.window"),
    ("Activities: notes are kept in step with", "sync.activities.notes"),
    ("Activities: the other one of a deleted", "sync.activities.deletions"),
)


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """The settings page as it holds for this profile."""

    settings: Settings

    def data(self) -> Mapping[str, object]:
        """Return `{"contacts": {"tag", "group", "auto", "interval"}, "activities": {"auto", …}}`."""
        page: dict[str, dict[str, object]] = {"contacts": {}, "activities": {}}
        for _, key in _FIELDS:
            _, part, name = key.split(".")
            page[part][name] = plain(self.settings.get(key))
        return page

    def show(self, page: Page) -> None:
        """Print one field a line."""
        page.facts((label, plain(self.settings.get(key))) for label, key in _FIELDS)


@app.command("show", epilog=examples("gsync settings show"))
def show(ctx: typer.Context) -> SettingsShown:
    """Show the settings page."""
    return SettingsShown(session(ctx).settings)


@app.command(
    "set",
    epilog=examples(
        "gsync settings set --contacts-tag Google",
        "gsync settings set --contacts-auto --contacts-interval 30m",
        "gsync settings set --activities-from 2024-01-31",
        "gsync settings set --activities-auto --activities-interval 15m --activities-deletions cancel",
    ),
)
def set_(
    ctx: typer.Context,
    *,
    contacts_tag: Annotated[str | None, typer.Option(help="The private tag whose contacts go to Google.")] = None,
    contacts_auto: Annotated[
        bool | None, typer.Option("--contacts-auto/--no-contacts-auto", help="Synchronise contacts automatically.")
    ] = None,
    contacts_interval: Annotated[str | None, typer.Option(help="How often: 15m, 1h.", metavar="TIME")] = None,
    activities_auto: Annotated[
        bool | None,
        typer.Option("--activities-auto/--no-activities-auto", help="Synchronise activities automatically."),
    ] = None,
    activities_interval: Annotated[str | None, typer.Option(help="How often: 15m, 1h.", metavar="TIME")] = None,
    activities_from: Annotated[
        str | None, typer.Option(help="Synchronise activities from this date on.", metavar="DATE")
    ] = None,
    activities_window: Annotated[
        str | None, typer.Option(help="Days in which a series becomes single activities: 30d/180d.", metavar="DAYS")
    ] = None,
    activities_notes: Annotated[
        str | None,
        typer.Option(help="google: notes come from Google only; both: all guests read yours.", metavar="google|both"),
    ] = None,
    activities_deletions: Annotated[
        str | None,
        typer.Option(help="keep: the other one stays; cancel: it is cancelled or deleted.", metavar="keep|cancel"),
    ] = None,
) -> SettingsShown:
    """Change fields of the settings page; the others stay. All are written, or none."""
    running = session(ctx)
    given = {
        "sync.contacts.tag": contacts_tag,
        "sync.contacts.auto": contacts_auto,
        "sync.contacts.interval": contacts_interval,
        "sync.activities.auto": activities_auto,
        "sync.activities.interval": activities_interval,
        "sync.activities.from": activities_from,
        "sync.activities.window": activities_window,
        "sync.activities.notes": activities_notes,
        "sync.activities.deletions": activities_deletions,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise WrongUsage("nothing-to-set", command=ctx.command_path)
    set_values(running.profile, changes)
    for variable in (SETTINGS[key].variable for key in changes):
        if running.environment.get(variable):
            running.terminal.warn(f"{variable} in the environment still overrides it.")
    return SettingsShown(Settings.load(running.profile, running.environment))
