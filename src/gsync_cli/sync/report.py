"""What a run did, or would do: counts for scripts, items for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from gsync_cli.errors import GsyncError
from gsync_cli.sync.plan import Action
from gsync_cli.sync.recognise import Skip
from gsync_cli.sync.record import SIDES, Create, Entry, Release, Side, Update, Value, Write

DECISIONS: Final = frozenset({"ambiguous", "doubtful", "double"})
"""Reasons for which a record is skipped until a person says what it is; for any other there is nothing to decide."""
REMEMBERED: Final = 20
"""How many of those that wait are remembered by name."""

Verb: TypeAlias = Literal["create", "update", "link", "unlink", "skip", "fail"]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record: before, after; `lost` is what a conflict cost."""

    field: str
    before: str
    after: str
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a report: what happens, or happened, to one record of one side, and why."""

    side: Side
    verb: Verb
    id: str
    label: str
    why: str
    changes: tuple[Change, ...] = ()
    candidates: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class SideCounts:
    """Records written on one side."""

    created: int = 0
    updated: int = 0
    unlinked: int = 0


def as_written(field_name: str, entry: Entry) -> str:
    """Show an entry as people wrote it."""
    del field_name
    return entry.value


@dataclass(slots=True)
class Report:
    """The result of a run. `items` holds every write, skip and failure."""

    run: str
    dry_run: bool
    show: Callable[[str, Entry], str] = as_written
    """How an entry of a field reads."""
    zone: str = ""
    """The IANA name of the zone in which labels tell times; "" where records have no time."""
    called: Mapping[str, str] = field(default_factory=dict)
    """What people call those whom a text names by an id."""
    sides: dict[Side, SideCounts] = field(default_factory=lambda: {side: SideCounts() for side in SIDES})
    linked: int = 0
    conflicts: int = 0
    skipped: int = 0
    failed: int = 0
    items: list[Item] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a side could not hold, one sentence each."""
    warnings: list[GsyncError] = field(default_factory=list)
    """What did not stop the run and should not be missed: a group that was renamed, a password that runs out."""

    def wrote(self, action: Action, side: Side, write: Write, identity: str) -> None:
        """Count a write that was carried out, or that a dry run would carry out."""
        counts = self.sides[side]
        if isinstance(write, Create):
            counts.created += 1
        elif isinstance(write, Release):
            counts.unlinked += 1
        elif write.fields:
            counts.updated += 1
        self.items.append(
            Item(side, verb_of(write), identity, write.label, reason_of(action, write), self._changes(action, write))
        )

    def met(self, action: Action) -> None:
        """Count a pair that was recognised, what its merge cost, and what a side can't be given."""
        self.linked += action.why == "recognised"
        self.notes += [f"{action.label}: {remark}" for remark in action.remarks]
        self.conflicts += len(action.contests)

    def skip(self, skip: Skip) -> None:
        """List a record that was left alone."""
        self.skipped += 1
        self.items.append(Item(skip.side, "skip", skip.id, skip.label, skip.reason, candidates=skip.candidates))

    def fail(self, side: Side, identity: str, label: str, reason: str) -> None:
        """List a record that could not be written."""
        self.failed += 1
        self.items.append(Item(side, "fail", identity, label, reason))

    def _changes(self, action: Action, write: Write) -> tuple[Change, ...]:
        """List the fields that a write changes, before and after, as people read them.

        What a create was made of is told beforehand only; afterwards the journal has it.
        """
        if isinstance(write, Release) or (isinstance(write, Create) and not self.dry_run):
            return ()
        before: Mapping[str, Value] = write.record.fields if isinstance(write, Update) else {}
        lost = {contest.field: contest.lost for contest in action.contests}
        changes = (
            Change(name, self._read(name, before.get(name, "")), self._read(name, value), lost.get(name, ""))
            for name, value in sorted(write.fields.items())
        )
        return tuple(change for change in changes if change.before != change.after)

    def _read(self, name: str, value: Value) -> str:
        """Return a value in one text: entries in order, separated by semicolons, with their kind."""
        if isinstance(value, str):
            return self.called.get(value, value)
        ordered = sorted(value, key=lambda entry: (entry.kind, entry.key))
        return "; ".join(f"{entry.kind} {self.show(name, entry)}".strip() for entry in ordered)

    def as_json(self) -> dict[str, Any]:
        """Return the `data` of interface.md, without the request counts, which the caller knows.

        `zone` is that of the times in labels, where these have any.
        """
        zone = {"zone": self.zone} if self.zone else {}
        return {
            "run": self.run,
            "dry_run": self.dry_run,
            **{
                side: {"created": counts.created, "updated": counts.updated, "unlinked": counts.unlinked}
                for side, counts in sorted(self.sides.items(), reverse=True)
            },
            "linked": self.linked,
            "conflicts": self.conflicts,
            "skipped": self.skipped,
            "failed": self.failed,
            **zone,
        }

    def to_remember(self) -> dict[str, Any]:
        """Return what `gsync status` tells of the run later: its counts, and what waits for a decision, in part."""
        undecided = [item for item in self.items if item.verb == "skip" and item.why in DECISIONS]
        return {
            **self.as_json(),
            "undecided": len(undecided),
            "waiting": [
                {
                    "side": item.side,
                    "id": item.id,
                    "label": item.label,
                    "why": item.why,
                    "candidates": [{"id": identity, "label": label} for identity, label in item.candidates],
                }
                for item in undecided[:REMEMBERED]
            ],
        }


def verb_of(write: Write) -> Verb:
    """Name a write."""
    if isinstance(write, Create):
        return "create"
    if isinstance(write, Release):
        return "unlink"
    return "update" if write.fields else "link"


def reason_of(action: Action, write: Write) -> str:
    """Say why in a stable word: the claim that a write carries out, or what set its action off ("new-in-google")."""
    if isinstance(write, Update) and write.claims:
        return write.claims
    return f"{action.why}-in-{action.origin or 'both'}" if action.why != "recognised" else "recognised"
