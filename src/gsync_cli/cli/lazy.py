"""Commands that are imported when they run, and the help they share."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import typer.main
from typer import _click
from typer._click.shell_completion import CompletionItem
from typer.core import TyperGroup

from gsync_cli.cli.options import GLOBAL_OPTIONS, extract
from gsync_cli.errors import WrongUsage


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of the root, as far as the help and completion need to know it."""

    name: str
    help: str
    """One line."""
    section: str
    """The heading under which `gsync --help` lists it."""
    group: bool = True
    """Whether it has commands of its own."""

    @property
    def module(self) -> str:
        """The module whose `app` (a typer.Typer) it is."""
        return f"gsync_cli.cli.{self.name.replace('-', '_')}"


_YOURS: Final = "Set up"
_WORK: Final = "Synchronise"
_TRY: Final = "Try it out"

COMMANDS: Final = (
    Entry("sync", "Synchronise contacts and activities between Creatio and Google.", _WORK),
    Entry("status", "Show what is connected and when it was last synchronised.", _WORK, group=False),
    Entry("schedule", "Let the operating system start the synchronisation by itself.", _WORK),
    Entry("doctor", "Look for what is wrong, and say which command mends it.", _WORK, group=False),
    Entry("setup-project", "Register Creatio in Google Workspace, from nothing to working keys.", _YOURS, group=False),
    Entry("creatio", "Connect a Creatio site, and give it Google's keys.", _YOURS),
    Entry("keys", "Store OAuth clients from Google, see them, and prove them.", _YOURS),
    Entry("account", "Sign in to a Google account, see it, and delete it.", _YOURS),
    Entry("project", "See, make and choose the Google Cloud project.", _YOURS),
    Entry("apis", "Enable the APIs that Creatio needs, and see their traffic.", _YOURS),
    Entry("consent", "Show what to enter on Google's pages for the consent screen.", _YOURS),
    Entry("scopes", "See, choose and check the permissions that Creatio's client declares.", _YOURS),
    Entry("redirect-uris", "Print what to paste into Creatio's OAuth client.", _YOURS, group=False),
    Entry("settings", "See and change what the settings page of Creatio holds.", _YOURS),
    Entry("config", "See and change every single setting.", _YOURS),
    Entry("sandbox", "Run Google and Creatio on this machine, with people in them.", _TRY),
    Entry("demo", "Walk through a synchronisation on the sandbox, and clean up.", _TRY, group=False),
)

_BY_NAME: Final = {entry.name: entry for entry in COMMANDS}
_GLOBAL_LINE: Final = (
    "Global options, before or after the command: --output text|json, --quiet, --verbose, --no-color, "
    "--profile NAME, --no-input."
)


def examples(*lines: str) -> str:
    """Return the examples of a command as its epilog: each line a command, written out."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def typed_command(arguments: Sequence[str]) -> str:
    """Return the name of the command that a command line (without global options) means: "sync contacts".

    Empty where there is none of that name.
    """
    if not arguments or arguments[0] not in _BY_NAME:
        return ""
    name, *rest = arguments
    below = rest and _BY_NAME[name].group and not rest[0].startswith("-")
    return f"{name} {rest[0]}" if below else name


class CommandGroup(TyperGroup):
    """A group whose mistakes come out as our own errors."""

    def resolve_command(
        self, ctx: _click.Context, args: list[str]
    ) -> tuple[str | None, _click.Command | None, list[str]]:
        """Find the command that the first argument names. Raises WrongUsage("command-unknown")."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            import difflib

            path = ctx.command_path
            near = next((f"{path} {match}" for match in difflib.get_close_matches(name, self.list_commands(ctx))), "")
            raise WrongUsage("command-unknown", command=f"{path} {name}", group=path, near=near)
        return name if command else None, command, rest

    def invoke(self, ctx: _click.Context) -> Any:
        """Run the command that the arguments name. Raises WrongUsage("command-missing") where they name none."""
        if not ctx._protected_args:  # noqa: SLF001  where click keeps the name of the command
            raise WrongUsage("command-missing", group=ctx.command_path, commands=self.list_commands(ctx))
        return super().invoke(ctx)


class LazyGroup(CommandGroup):
    """The root: it lists commands from the table `COMMANDS` and imports one when it runs or shows its own help."""

    def list_commands(self, ctx: _click.Context) -> list[str]:  # noqa: ARG002  the base class has it
        """Return the names in the table."""
        return [entry.name for entry in COMMANDS]

    def get_command(self, ctx: _click.Context, cmd_name: str) -> _click.Command | None:  # noqa: ARG002
        """Import a command; None where there is none of that name."""
        entry = _BY_NAME.get(cmd_name)
        if entry is None:
            return None
        app: typer.Typer = importlib.import_module(entry.module).app
        _prepare(app)
        command = typer.main.get_group(app) if entry.group else typer.main.get_command(app)
        command.help = command.help or entry.help
        _dress(command)
        return command

    def parse_args(self, ctx: _click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the command; while completing, the global options are still among it."""
        return super().parse_args(ctx, list(extract(args).rest) if ctx.resilient_parsing else args)

    def format_options(self, ctx: _click.Context, formatter: _click.HelpFormatter) -> None:
        """List commands under their headings, without importing one, then the options."""
        wide = max(len(entry.name) for entry in COMMANDS)
        for section in dict.fromkeys(entry.section for entry in COMMANDS):
            with formatter.section(section):
                formatter.write_dl([(row.name.ljust(wide), row.help) for row in COMMANDS if row.section == section])
        with formatter.section("Options, before or after the command"):
            formatter.write_dl(GLOBAL_OPTIONS)
        own = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        with formatter.section("Options of gsync itself"):
            formatter.write_dl([("--version", "Print the version of gsync."), *own])

    def shell_complete(self, ctx: _click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names and global options from the tables, without importing a command."""
        names = [(entry.name, entry.help) for entry in COMMANDS]
        options = [
            (word.rstrip(","), text) for typed, text in GLOBAL_OPTIONS for word in typed.split() if word[0] == "-"
        ]
        wanted = [*names, *options, ("--version", "Print the version of gsync.")] if incomplete else names
        offered = [CompletionItem(word, help=text) for word, text in wanted if word.startswith(incomplete)]
        return offered + _click.Command.shell_complete(self, ctx, incomplete)


def root() -> TyperGroup:
    """Return the root command; nothing below it is imported yet."""
    app = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        help="Connect the CRM Creatio with Google: register it there, and synchronise contacts and activities.",
        epilog=examples("gsync demo", "gsync setup-project", "gsync sync contacts --dry-run"),
        subcommand_metavar="COMMAND",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_nothing)
    return typer.main.get_command(app)  # type: ignore[return-value]  # a group, having a callback


def _nothing() -> None:
    """Typer makes a group only of an app that has a callback."""


def _prepare(app: typer.Typer) -> None:
    """Make an app, and the groups in it, answer mistakes as `CommandGroup` does."""
    app.info.cls = CommandGroup
    # A single command carries typer's completion options unless told not to; they belong to the root alone.
    app._add_completion = False  # noqa: SLF001
    for group in app.registered_groups:
        if group.typer_instance is not None:
            _prepare(group.typer_instance)


def _dress(command: Any) -> None:
    """Give a command, and all below it, plain help (markup would eat the brackets of user data) and the global line."""
    command.rich_markup_mode = None
    command.no_args_is_help = False
    command.epilog = "\n\n".join(part for part in (command.epilog, _GLOBAL_LINE) if part)
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            _dress(below)
