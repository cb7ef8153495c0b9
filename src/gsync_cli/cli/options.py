"""The options that every command has, wherever they stand on the command line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from gsync_cli.errors import WrongUsage

Output: TypeAlias = Literal["text", "json"]

GLOBAL_OPTIONS: Final = (
    ("--output text|json", "Print results as text, or as one JSON object (then gsync never asks)."),
    ("-q, --quiet", "No hints and no progress; results, warnings and errors stay."),
    ("-v, --verbose", "Say more about what goes on; twice for more still."),
    ("--no-color", "No colours; NO_COLOR does the same."),
    ("--profile NAME", "One Creatio user with one Google account; else GSYNC_PROFILE, else the default one."),
    ("--no-input", "Never ask: fail, and name the option that answers."),
)
"""As they stand in the help: what is typed, and what it does."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked of every command."""

    output: Output = "text"
    quiet: bool = False
    verbose: int = 0
    color: bool = True
    profile: str | None = None
    ask: bool = True


@dataclass(frozen=True, slots=True)
class Extracted:
    """The global options, the arguments that remain, and what was wrong with the options, if anything."""

    options: Options
    rest: tuple[str, ...]
    complaint: WrongUsage | None = None


_SHORT = re.compile(r"-[qv]+")


def extract(arguments: Sequence[str]) -> Extracted:
    """Take the global options out of a command line, from anywhere before `--`; the last of a kind holds.

    The complaint is WrongUsage("option-without-value" or "option-value"), handed back and not raised, so that it can
    be printed in the form that was asked for.
    """
    options = Options()
    rest: list[str] = []
    complaint: WrongUsage | None = None
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
            break
        name, assigned, value = argument.partition("=")
        if name in ("--output", "--profile"):
            if not assigned:
                following = next(waiting, None)
                if following is None or following == "--":
                    complaint = complaint or WrongUsage("option-without-value", option=name)
                    continue
                value = following
            if name == "--profile":
                options = replace(options, profile=value)
            elif value == "json":
                options = replace(options, output="json")
            elif value == "text":
                options = replace(options, output="text")
            else:
                wrong = WrongUsage("option-value", option=name, value=value, expected="text or json", command="gsync")
                complaint = complaint or wrong
        elif (switched := _switched(options, argument)) is not None:
            options = switched
        else:
            rest.append(argument)
    return Extracted(options, tuple(rest), complaint)


def _switched(options: Options, argument: str) -> Options | None:
    """Return the options with the switch `argument` on; None where it is no global switch."""
    match argument:
        case "--quiet":
            return replace(options, quiet=True)
        case "--verbose":
            return replace(options, verbose=options.verbose + 1)
        case "--no-color":
            return replace(options, color=False)
        case "--no-input":
            return replace(options, ask=False)
        case _ if _SHORT.fullmatch(argument):
            quiet = options.quiet or "q" in argument
            return replace(options, quiet=quiet, verbose=options.verbose + argument.count("v"))
        case _:
            return None
