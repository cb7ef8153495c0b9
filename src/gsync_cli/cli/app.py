"""The command `gsync`: from the words that were typed to a result on the terminal and an exit code."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from gsync_cli import __version__
from gsync_cli.cli.options import extract
from gsync_cli.cli.terminal import Terminal
from gsync_cli.errors import ConfigurationWrong, GsyncError, Interrupted, Temporary, WrongUsage

if TYPE_CHECKING:
    from typer._click.exceptions import BadParameter, ClickException

    from gsync_cli.cli.context import Session
    from gsync_cli.cli.options import Options
    from gsync_cli.cli.results import Page, Result

COMPLETION_VARIABLE = "_GSYNC_COMPLETE"
_NARROW_HELP = 30


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, print what comes of it, and return the exit code (errors.py lists them)."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if os.environ.get(COMPLETION_VARIABLE):
        return _complete()
    given = extract(arguments)
    terminal = Terminal(
        _open(sys.stdout, "w"), _open(sys.stderr, "w"), _open(sys.stdin, "r"), os.environ, given.options
    )
    if given.complaint is not None:
        return terminal.error(given.complaint)
    try:
        return terminal.result(_outcome(list(given.rest), terminal, given.options))
    except KeyboardInterrupt:
        return terminal.error(Interrupted("interrupted"))
    except Exception as error:  # noqa: BLE001  the outermost edge: whatever it is, the user reads one sentence
        ours = as_gsync_error(error)
        told = given.options.verbose
        if told and (ours.code == "defect" or told > 1):
            terminal.trace(error)
        return terminal.error(ours)


def as_gsync_error(error: Exception) -> GsyncError:
    """Return what an exception means to the user: a network failure is temporary, anything unforeseen a defect."""
    if isinstance(error, GsyncError):
        return error
    from gsync_cli.http import CertificateUntrusted, NetworkError, NotSent

    match error:
        case CertificateUntrusted():
            return ConfigurationWrong("certificate-untrusted", host=error.host, reason=error.reason)
        case NotSent():
            return Temporary("no-network", host=error.host, reason=error.reason)
        case NetworkError():
            return Temporary("no-answer", host=error.host, reason=error.reason)
        case _:
            return GsyncError("defect", kind=type(error).__name__)


class Version:
    """The version of gsync."""

    def data(self) -> Mapping[str, object]:
        """Return `{"version"}`."""
        return {"version": __version__}

    def show(self, page: "Page") -> None:
        """Print it as every program does."""
        page.text(f"gsync {__version__}")


class Said:
    """What the library of commands itself had to say: a help page, a completion script; nothing, for no result."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip("\n")

    def data(self) -> Mapping[str, object]:
        """Return `{"help"}`."""
        return {"help": self._text} if self._text else {}

    def show(self, page: "Page") -> None:
        """Print it as it is."""
        if self._text:
            page.text(self._text)


def _outcome(words: list[str], terminal: Terminal, options: "Options") -> "Result":
    """Run the command that the words (without global options) mean, and return what it gives back."""
    if words[:1] == ["--version"]:
        terminal.command = "version"
        return Version()
    from gsync_cli.cli.context import Session
    from gsync_cli.cli.lazy import typed_command

    terminal.command = typed_command(words)
    session = Session(options, terminal, os.environ)
    try:
        return _called(words or ["--help"], session)
    finally:
        session.close()


def _called(words: list[str], session: "Session") -> "Result":
    import shutil

    import typer
    from typer._click.exceptions import ClickException

    from gsync_cli.cli.lazy import root

    columns = max(min(shutil.get_terminal_size().columns, 80), _NARROW_HELP) - 2
    # Commands return results. What else would go to stdout, a help page above all, is caught and printed by the
    # terminal: so it survives a closed pipe and a poor encoding, and JSON stays one object.
    said = StringIO()
    try:
        with redirect_stdout(said), root().make_context("gsync", words, obj=session, terminal_width=columns) as ctx:
            result: Result | None = ctx.command.invoke(ctx)
    except ClickException as error:
        raise _as_wrong_usage(error) from error
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except (typer.Exit, SystemExit) as end:
        # Help and completion scripts end this way; with another code than 0 only completion does.
        if (end.exit_code if isinstance(end, typer.Exit) else end.code) not in (None, 0):
            raise WrongUsage("shell-unknown") from end
        return Said(said.getvalue())
    return Said("") if result is None else result


def _as_wrong_usage(error: "ClickException") -> WrongUsage:
    """Return what the library that parses arguments complains about, as an error of ours."""
    from typer._click.exceptions import BadParameter, MissingParameter, NoSuchOption

    context = getattr(error, "ctx", None)
    command = context.command_path if context else "gsync"
    match error:
        case NoSuchOption():
            near = next(iter(error.possibilities or ()), "")
            return WrongUsage("option-unknown", command=command, option=error.option_name, near=near)
        case MissingParameter():
            return WrongUsage("argument-missing", command=command, argument=_named(error))
        case BadParameter():
            return WrongUsage("value-wrong", command=command, parameter=_named(error), reason=error.message)
        case _:
            return WrongUsage("usage", command=command, reason=error.format_message())


def _named(error: "BadParameter") -> str:
    hint = error.param.get_error_hint(error.ctx) if error.param is not None and error.ctx is not None else ""
    return hint.replace("'", "") or "a value"


def _complete() -> int:
    """Answer the shell, which asks what could come next."""
    from gsync_cli.cli.lazy import root

    try:
        root().main(args=[], prog_name="gsync", complete_var=COMPLETION_VARIABLE)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _open(stream: TextIO | None, mode: str) -> TextIO:
    """Return the stream, or an empty one where the program was started without it."""
    return stream if stream is not None else open(os.devnull, mode, encoding="utf-8")  # type: ignore[return-value]  # noqa: PTH123
