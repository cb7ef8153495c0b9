"""`gsync sync …`: one run, and what it did."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.terminal import Progress, Terminal
from gsync_cli.cli.terms import FIELDS, REASONS, STAGES
from gsync_cli.cli.words import render
from gsync_cli.errors import GsyncError, PartlyDone, WrongUsage
from gsync_cli.sync.report import Change, Item, Report

app = typer.Typer(help="Synchronise contacts between Creatio and Google.", no_args_is_help=True)

_MARKS: Final = {"create": "+", "update": "~", "link": "=", "unlink": "-", "skip": "?", "fail": "✗"}
_LONGEST: Final = 60
"""Characters of a value that a line of the plan shows."""
_SIDES: Final = {"creatio": "Creatio", "google": "Google"}


@app.callback()
def sync() -> None:
    """Synchronise contacts between Creatio and Google."""


@app.command(
    epilog="Examples:  gsync sync contacts --dry-run   ·   gsync sync contacts   ·   "
    "gsync sync contacts --tag Google --create-tag   ·   gsync sync contacts --link CREATIO_ID=people/c123"
)
def contacts(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read and compare everything, not only what changed.")] = False,
    tag: Annotated[str, typer.Option("--tag", metavar="NAME", help="The private tag, for this run.")] = "",
    create_tag: Annotated[bool, typer.Option("--create-tag", help="Make the private tag where it is missing.")] = False,
    link: Annotated[
        list[str] | None,
        typer.Option("--link", metavar="CREATIO_ID=RESOURCE", help="Say which two are the same. May be repeated."),
    ] = None,
    allow_mass_change: Annotated[
        bool, typer.Option("--allow-mass-change", help="Go on where the guard (sync.limit) would stop the run.")
    ] = False,
) -> "Synchronised":
    """Bring the contacts with your private tag and the Google group into step, both ways."""
    from gsync_cli.contacts.model import shown
    from gsync_cli.contacts.run import Wishes, sync_contacts

    here = session(ctx)
    wishes = Wishes(
        dry_run=dry_run,
        full=full,
        create_tag=create_tag,
        allow_mass_change=allow_mass_change,
        links=tuple(_pair(text) for text in link or ()),
    )
    settings = here.settings.overridden({"sync.contacts.tag": tag}) if tag else here.settings
    report = Report("", dry_run, shown)
    stopped: GsyncError | None = None
    try:
        with Stages(here.terminal) as stages:
            report = sync_contacts(
                profile=here.profile,
                settings=settings,
                http=here.http(),
                clock=here.clock,
                jitter=here.jitter,
                watcher=stages,
                wishes=wishes,
                report=report,
            )
    except GsyncError as error:
        if not report.items:
            raise
        stopped = error
    for warning in report.warnings:
        here.terminal.warn(*render(warning))
    return Synchronised(report, _requests(here), stopped)


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What a run did, or would do. `stopped` is what ended it before its time."""

    report: Report
    requests: Mapping[str, int]
    stopped: GsyncError | None = None

    @property
    def problems(self) -> Sequence[Problem]:
        """A line for each record that failed, and what that, or the early end, means for the whole."""
        failures = [
            Problem("record-failed", f"{_named(item)} was not written to {_SIDES[item.side]}: {item.why}")
            for item in self.report.items
            if item.verb == "fail"
        ]
        ending = self.stopped or (PartlyDone("records-failed", count=len(failures)) if failures else None)
        return [*failures, Problem.of(ending)] if ending else []

    @property
    def exit_code(self) -> int:
        """0, or 8 where records failed, or that of what ended the run."""
        if self.stopped:
            return self.stopped.exit_code
        return PartlyDone.exit_code if self.report.failed else 0

    def data(self) -> Mapping[str, object]:
        """Return the `data` of interface.md, with every item."""
        return {
            **self.report.as_json(),
            "requests": dict(self.requests),
            "items": [_plain(item) for item in self.report.items],
            "notes": list(self.report.notes),
        }

    def show(self, page: Page) -> None:
        """Show what would change in full, what changed in numbers, and each record that was left alone."""
        if self.report.dry_run:
            self._show_plan(page)
        self._show_counts(page)
        skipped = [item for item in self.report.items if item.verb == "skip"]
        if skipped:
            page.heading("Left alone, for you to decide")
            for item in skipped:
                page.warn(f"{_named(item)} ({_SIDES[item.side]}, {item.id}): {REASONS.get(item.why, item.why)}")
                for identity, label in item.candidates:
                    pair = f"{item.id}={identity}" if item.side == "creatio" else f"{identity}={item.id}"
                    page.text(f"    {label}: gsync sync contacts --link {pair}")
        for note in self.report.notes:
            page.text(f"  {note}")

    def _show_plan(self, page: Page) -> None:
        page.heading("What would change")
        planned = [item for item in self.report.items if item.verb not in ("skip", "fail")]
        if not planned:
            page.text("Nothing: both sides are in step.")
        for item in planned:
            page.text(f"{_MARKS[item.verb]} {_SIDES[item.side]:<7}  {_named(item)}: {REASONS.get(item.why, item.why)}")
            for change in item.changes:
                page.text(f"    {FIELDS.get(change.field, change.field):<13} {_difference(change)}")

    def _show_counts(self, page: Page) -> None:
        report = self.report
        ended = "Stopped before the end" if self.stopped else "Done in part" if report.failed else "Done"
        page.heading("Nothing was changed (dry run); it would be" if report.dry_run else ended)
        page.table(
            ("", "created", "updated", "unlinked", "requests"),
            [
                (_SIDES[side], counts.created, counts.updated, counts.unlinked, self.requests.get(side, 0))
                for side, counts in sorted(report.sides.items())
            ],
        )
        told = [
            f"{count} {one if count == 1 else many}"
            for count, one, many in (
                (report.linked, "recognised as the same", "recognised as the same"),
                (report.conflicts, "conflict", "conflicts"),
                (report.skipped, "skipped", "skipped"),
                (report.failed, "failed", "failed"),
            )
            if count
        ]
        if told:
            page.text(", ".join(told))
        elif not report.items and self.stopped is None:
            page.text("Both sides are in step.")


class Stages:
    """Shows the stages of a run as they come: one progress bar at a time."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._stack = ExitStack()
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def stage(self, title: str, total: int | None = None) -> None:
        """Begin a stage; the former one is over."""
        self._stack.close()
        self._progress = self._stack.enter_context(self._terminal.progress(STAGES.get(title, title), total))

    def expect(self, seconds: float) -> None:
        """Say how long the quotas will make it last, before it begins."""
        minutes = max(1, round(seconds / 60))
        self._terminal.step(
            f"Google takes about a thousand contacts a minute: this will last {minutes} minute{'s' * (minutes > 1)}. "
            "Ctrl-C is safe; the next run goes on from there."
        )

    def advance(self, records: int) -> None:
        """Count records as done."""
        if self._progress is not None:
            self._progress.advance(records)


def _pair(text: str) -> tuple[str, str]:
    creatio, equals, google = text.partition("=")
    if not (creatio.strip() and equals and google.strip()):
        raise WrongUsage("link-form", text=text)
    return creatio.strip().lower(), google.strip()


def _requests(here: Session) -> dict[str, int]:
    sent = here.http().sent
    return {"google": sent["google"], "creatio": sent["creatio"]}


def _named(item: Item) -> str:
    return item.label or item.id


def _difference(change: Change) -> str:
    now, then = _cut(change.before), _cut(change.after)
    if not now:
        return then
    return f"{now}  →  {then or 'nothing'}"


def _cut(text: str) -> str:
    """Return the beginning of a long text in one line; JSON has it whole."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}… ({len(text)} characters)"


def _plain(item: Item) -> dict[str, Any]:
    return {
        "side": item.side,
        "action": item.verb,
        "id": item.id,
        "label": item.label,
        "why": item.why,
        "reason": REASONS.get(item.why, item.why).rstrip(":"),
        "changes": [
            {"field": change.field, "before": change.before, "after": change.after, "lost": change.lost}
            for change in item.changes
        ],
        "candidates": [{"id": identity, "label": label} for identity, label in item.candidates],
    }
