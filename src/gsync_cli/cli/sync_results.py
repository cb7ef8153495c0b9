"""What a synchronisation did, or would do: for a script whole, for a person what he wants to know."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.terms import FIELDS, reason_of
from gsync_cli.errors import GsyncError, PartlyDone
from gsync_cli.parts import Part
from gsync_cli.sync.report import DECISIONS, Change, Item, Report

_MARKS: Final = {"create": "+", "update": "~", "link": "=", "unlink": "-", "skip": "?", "fail": "✗"}
_LONGEST: Final = 60
"""Characters of a value that a line of the plan shows."""
_FEW: Final = 5
"""So many records that are left alone for one reason are named after a run; more are counted."""
_SIDES: Final = {"creatio": "Creatio", "google": "Google"}
_WORST_FIRST: Final = (1, 9, 4, 5, 3, 6, 2, 7, 8)
"""Exit codes, the one that tells most first: what will not mend itself comes before what may."""


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What a run did with one kind of record, or would do. `stopped` is what ended it before its time."""

    part: Part
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
        partly = PartlyDone("records-failed", count=len(failures), records=self.part) if failures else None
        ending = self.stopped or partly
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
            "items": [self._plain(item) for item in self.report.items],
            "notes": list(self.report.notes),
        }

    def show(self, page: Page) -> None:
        """Show what would change in full, what changed in numbers, and each record that was left alone."""
        self.show_as(page, "")

    def show_as(self, page: Page, title: str) -> None:
        """Show it with its title before the headings, where it is one of several."""
        skipped = [item for item in self.report.items if item.verb == "skip"]
        if self.report.dry_run:
            self._show_plan(page, title)
        self._show_counts(page, title)
        if (skipped or self.report.notes) and not (self.report.dry_run and self._planned):
            self._say_zone(page)
        self._show_undecided(page, [item for item in skipped if item.why in DECISIONS])
        self._show_left_out(page, [item for item in skipped if item.why not in DECISIONS])
        for note in self.report.notes:
            page.text(f"  {note}")

    def line(self) -> str:
        """Say in one line what was written; for runs that nobody watches."""
        sides = []
        for side, counts in sorted(self.report.sides.items(), reverse=True):
            told = _counted((counts.created, "created"), (counts.updated, "updated"), (counts.unlinked, "unlinked"))
            sides += [f"{_SIDES[side]} {told}"] if told else []
        rest = _counted((self.report.linked, "recognised"), (self.report.failed, "failed"))
        waiting = sum(item.verb == "skip" and item.why in DECISIONS for item in self.report.items)
        parts = [*sides, rest, f"{waiting} waiting for a decision" if waiting else ""]
        return "; ".join(part for part in parts if part) or "in step"

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell: nothing was written, and nothing went wrong."""
        return not (self.stopped or self.report.failed or self.report.linked or self._written)

    @property
    def _planned(self) -> Sequence[Item]:
        """What is to be written; meetings side by side in the order of their days."""
        planned = [item for item in self.report.items if item.verb not in ("skip", "fail")]
        return sorted(planned, key=lambda item: (item.side, item.label)) if self.report.zone else planned

    @property
    def _written(self) -> int:
        return sum(counts.created + counts.updated + counts.unlinked for counts in self.report.sides.values())

    def _show_plan(self, page: Page, title: str) -> None:
        page.heading(f"{title}What would change")
        if self._planned:
            self._say_zone(page)
        else:
            page.text("Nothing: both sides are in step.")
        for item in self._planned:
            page.text(f"{_MARKS[item.verb]} {_SIDES[item.side]:<7}  {_named(item)}: {reason_of(self.part, item.why)}")
            for change in item.changes:
                page.text(f"    {FIELDS.get(change.field, change.field):<13} {_difference(change, self.report.zone)}")

    def _say_zone(self, page: Page) -> None:
        """Say once, before the first time of day, whose clock it is by."""
        if self.report.zone:
            page.text(f"Times are those of {self.report.zone}.")

    def _show_undecided(self, page: Page, waiting: Sequence[Item]) -> None:
        if waiting:
            page.heading("Left alone, for you to decide")
        for item in waiting:
            page.warn(f"{_named(item)} ({_SIDES[item.side]}, {item.id}): {reason_of(self.part, item.why)}")
            for identity, label in item.candidates:
                pair = f"{item.id}={identity}" if item.side == "creatio" else f"{identity}={item.id}"
                page.text(f"    {label}: gsync sync {self.part} --link {pair}")

    def _show_left_out(self, page: Page, left: Sequence[Item]) -> None:
        """Name what takes no part and why; after a run, reasons that hold for many are counted."""
        if not left:
            return
        page.heading("Left alone, since nothing can be done with it" if self.part == "contacts" else "Not taken")
        often = Counter(item.why for item in left)
        for item in left:
            if self.report.dry_run or often[item.why] <= _FEW:
                page.warn(f"{_named(item)} ({_SIDES[item.side]}, {item.id}): {reason_of(self.part, item.why)}")
        for why, count in often.items():
            if count > _FEW and not self.report.dry_run:
                page.text(f"{count} of them: {reason_of(self.part, why)} (gsync sync {self.part} --dry-run names them)")

    def _show_counts(self, page: Page, title: str) -> None:
        report = self.report
        ended = "Stopped before the end" if self.stopped else "Done in part" if report.failed else "Done"
        page.heading(title + ("Nothing was changed (dry run); it would be" if report.dry_run else ended))
        page.table(
            ("", "created", "updated", "unlinked", "requests"),
            [
                (_SIDES[side], counts.created, counts.updated, counts.unlinked, self.requests.get(side, 0))
                for side, counts in sorted(report.sides.items())
            ],
        )
        told = _counted(
            (report.linked, "recognised as the same"),
            (report.conflicts, "conflict" if report.conflicts == 1 else "conflicts"),
            (report.skipped, "skipped"),
            (report.failed, "failed"),
        )
        if told:
            page.text(told)
        elif not report.items and self.stopped is None:
            page.text("Both sides are in step.")

    def _plain(self, item: Item) -> dict[str, Any]:
        return {
            "side": item.side,
            "action": item.verb,
            "id": item.id,
            "label": item.label,
            "why": item.why,
            "reason": reason_of(self.part, item.why).rstrip(":"),
            "changes": [
                {"field": change.field, "before": change.before, "after": change.after, "lost": change.lost}
                for change in item.changes
            ],
            "candidates": [{"id": identity, "label": label} for identity, label in item.candidates],
        }


@dataclass(frozen=True, slots=True)
class AllSynchronised:
    """What one run did with several kinds of record, one after another."""

    parts: Sequence[Synchronised] = field(default=())

    @property
    def problems(self) -> Sequence[Problem]:
        """What went wrong with any of them, said once where it is the same."""
        return list(dict.fromkeys(problem for part in self.parts for problem in part.problems))

    @property
    def exit_code(self) -> int:
        """That of the kind that came off worst."""
        return min((part.exit_code for part in self.parts), key=_badness, default=0)

    def data(self) -> Mapping[str, object]:
        """Return `{"contacts": {…}, "activities": {…}}`, each as its own command gives it; kinds that ran only."""
        return {part.part: part.data() for part in self.parts}

    def show(self, page: Page) -> None:
        """Show one after the other."""
        for part in self.parts:
            part.show_as(page, f"{part.part.capitalize()}: ")


def _badness(exit_code: int) -> int:
    return _WORST_FIRST.index(exit_code) if exit_code in _WORST_FIRST else len(_WORST_FIRST)


def _counted(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{count} {what}" for count, what in counts if count)


def _named(item: Item) -> str:
    return item.label or item.id


def _difference(change: Change, zone: str) -> str:
    now, then = (_read(change.field, text, zone) for text in (change.before, change.after))
    if not now:
        return then
    return f"{now}  →  {then or 'nothing'}"


def _read(name: str, text: str, zone: str) -> str:
    """Return the value of a field as a person reads it."""
    match name:
        case "when":
            return _time(text, zone)
        case "reminder":
            return text and f"{text} minutes before"
        case _:
            return _cut(text)


def _time(text: str, zone: str) -> str:
    """Return the time of a meeting by the clock of a zone; of whole days the first and the last."""
    from gsync_cli.activities.zones import zone_named

    first, slash, end_of_all = text.partition("/")
    if not slash:
        return text
    if "T" not in text:
        last = (date.fromisoformat(end_of_all) - timedelta(days=1)).isoformat()
        return first if last <= first else f"{first} to {last}"
    start, end = (datetime.fromisoformat(part).astimezone(zone_named(zone)) for part in (first, end_of_all))
    until = "%H:%M" if start.date() == end.date() else "%Y-%m-%d %H:%M"
    return f"{start:%Y-%m-%d %H:%M} to {end:{until}}"


def _cut(text: str) -> str:
    """Return the beginning of a long text in one line; JSON has it whole."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}… ({len(text)} characters)"
