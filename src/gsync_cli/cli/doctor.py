"""`gsync doctor`: every check there is, each with the command that mends it."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gsync_cli.cli.context import session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page, Problem

if TYPE_CHECKING:
    from gsync_cli.doctor.check import Checked

app = typer.Typer()

_COUNTED: Final = (("pass", "passed"), ("warn", "warned"), ("fail", "failed"), ("skip", "skipped"))
_INDENT: Final = "  "
_NARROWEST: Final = 30


@app.command(
    "doctor",
    epilog=examples(
        "gsync doctor",
        "gsync doctor --quiet                   (only what is not well)",
        "gsync doctor --only redirect-uris      (and what that depends on)",
        "gsync doctor --output json",
    ),
)
def doctor(
    ctx: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Look at this only. May be repeated.")
    ] = None,
) -> "Examination":
    """Look at everything gsync depends on: this machine, the network, Creatio, Google, the keys. It changes nothing.

    Each check ends as pass, warn, fail or skip, with what was seen and the command that mends it. The exit code is 0
    when nothing failed. When all failures are of one kind it is the code of that kind (4 sign-in, 5 configuration, 7
    temporary …), otherwise 8.
    """
    from gsync_cli.cli.words import render
    from gsync_cli.doctor.check import exit_code
    from gsync_cli.doctor.hurry import HurriedHttp
    from gsync_cli.doctor.run import CHECKS, examine
    from gsync_cli.doctor.scene import Scene

    here = session(ctx)
    scene = Scene(
        profile=here.profile,
        environment=here.environment,
        clock=here.clock,
        jitter=here.jitter,
        words=render,
        connect=lambda: HurriedHttp(here.clock),
    )
    named = [name for each in only or () for name in each.replace(",", " ").split()]
    with here.terminal.progress("Examining", None if named else len(CHECKS)) as bar:

        def note(title: str) -> None:
            bar.advance()
            bar.note(title)

        def trace(error: Exception) -> None:
            if here.options.verbose:
                here.terminal.trace(error)

        try:
            results = examine(scene, only=named, note=note, trace=trace)
        finally:
            scene.close()
    return Examination(results, exit_code(results), only_unwell=here.options.quiet, as_envelope=here.terminal.json)


@dataclass(frozen=True, slots=True)
class Examination:
    """What `gsync doctor` found."""

    results: "Sequence[Checked]"
    exit_code: int
    only_unwell: bool = False
    """Whether to show only what failed or wants attention."""
    as_envelope: bool = False
    """Whether failures go into the envelope's errors. On a page they stand in their places already."""

    @property
    def problems(self) -> Sequence[Problem]:
        """The failures, for the envelope."""
        if not self.as_envelope:
            return ()
        return [
            Problem(each.finding.code or each.check.id, each.finding.evidence, each.finding.command)
            for each in self.results
            if each.outcome == "fail"
        ]

    def data(self) -> Mapping[str, object]:
        """Return `{"checks": [{"id", "title", "outcome", "evidence", "command"}], "passed", "warned", …}`.

        `outcome` is "pass", "warn", "fail" or "skip"; `command` is null where there is nothing to do.
        """
        checks = [
            {
                "id": each.check.id,
                "title": each.check.title,
                "group": each.check.group,
                "outcome": each.outcome,
                "evidence": each.finding.evidence,
                "command": each.finding.command or None,
            }
            for each in self.results
        ]
        return {"checks": checks, **{name: self._count(outcome) for outcome, name in _COUNTED}}

    def show(self, page: Page) -> None:
        """Show the checks in their groups, a mark before each, the command that mends it below."""
        shown = [each for each in self.results if not (self.only_unwell and each.is_well)]
        group = ""
        for alike in _together(shown):
            if alike[0].check.group != group:
                group = alike[0].check.group
                page.heading(group)
            _show(page, alike)
        if shown:
            page.text()
        page.text(self._summary())

    def _summary(self) -> str:
        skipped = self._count("skip")
        told = [
            f"{self._count('pass')} passed",
            f"{self._count('warn')} with a warning",
            f"{self._count('fail')} failed",
        ]
        return ", ".join([*told, f"{skipped} not looked at"] if skipped else told) + "."

    def _count(self, outcome: str) -> int:
        return sum(1 for each in self.results if each.outcome == outcome)


def _together(shown: "Sequence[Checked]") -> "list[list[Checked]]":
    """Put those in a row of one group together that were left out for the same cause."""
    rows: list[list[Checked]] = []
    for each in shown:
        last = rows[-1][-1] if rows else None
        if last is not None and each.cause is not None and last.cause is each.cause and _same_group(last, each):
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def _same_group(one: "Checked", other: "Checked") -> bool:
    return one.check.group == other.check.group


def _show(page: Page, alike: "Sequence[Checked]") -> None:
    each = alike[0]
    titles = ", ".join(one.check.title for one in alike)
    told = _wrapped(f"{titles}: {each.finding.evidence}", page.width)
    match each.outcome:
        case "pass":
            page.good(told)
        case "warn":
            page.warn(told)
        case "fail":
            page.bad(told)
        case "skip":
            page.text(f"– {told}")
    if each.finding.command:
        # A command is there to be copied: it is broken into no other lines than its own.
        first, *rest = each.finding.command.split("\n")
        page.text(f"{_INDENT}→ {first}")
        for line in rest:
            page.text(f"{_INDENT}{_INDENT}{line}")


def _wrapped(text: str, columns: int | None) -> str:
    """Break a text between words, as wide as the terminal allows beside the mark; as one line where there is none."""
    if columns is None:
        return text
    return textwrap.fill(
        text,
        max(columns - len(_INDENT), _NARROWEST),
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
