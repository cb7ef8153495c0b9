"""What the engine sees of a record, and what it asks of the two stores.

A record has canonical `fields` that mean the same on both sides. A value is either a text (`""` is empty) or a set of
entries (mails, phones, addresses), where several of a kind are kept and order carries no meaning. Equal values need no
writing. A side that can't hold a field at all leaves it out: the engine compares and writes only what both sides know.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

Side: TypeAlias = Literal["creatio", "google"]
SIDES: tuple[Side, Side] = ("creatio", "google")


def other(side: Side) -> Side:
    """Return the side across."""
    return "google" if side == "creatio" else "creatio"


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail, phone or address. `kind` and `key` tell entries apart; `value` is how people wrote it.

    Two entries of one kind and key are the same entry however they are written ("+1 555 0100", "(555) 01-00"), and
    what people wrote is never rewritten for looking different.
    """

    kind: str
    key: str
    value: str = field(compare=False)


Entries: TypeAlias = frozenset[Entry]
Value: TypeAlias = str | Entries
Fields: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a record must be given on its own side for the user to synchronise it, whatever the other side holds."""

    fields: Fields
    reason: str
    """Why, in a stable word: "no-organizer"."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of one side, as it stands there."""

    id: str
    fields: Fields
    version: str
    """Opaque; an equal version means an unchanged record. "" is never equal to anything."""
    modified: datetime | None
    """When somebody last changed it, in UTC by the service's own clock; only "newest wins" looks at it."""
    member: bool
    """In scope: the contact carries the private tag, or is in the Google group."""
    label: str
    """How a person recognises it in a list."""
    twin: str | None = None
    """The id of the other side's record that this one says it belongs to."""
    original: str = ""
    """What the store wants back to write this record without touching anything it doesn't know. JSON."""
    unfit: str | None = None
    """A reason code where the record can't take part at all (a contact without name, mail and phone)."""
    claim: Claim | None = None
    """Creatio's only: carried out before anything is created in Google for the record, and on a linked one at once."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What `Store.changes` found."""

    members: frozenset[str]
    """The ids of all records in scope now, changed or not."""
    records: Mapping[str, Record]
    """Every record read whose version differs from the known one; in scope or not."""
    cursor: str
    """What to hand in next time; stored only once everything read is settled."""
    complete: bool
    """True where the side was read in full, so that what it does not show does not exist."""
    gone: frozenset[str] = frozenset()
    """Ids that the service itself says are deleted."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Former id -> id now."""


@dataclass(frozen=True, slots=True)
class Create:
    """Make a record for `twin`, the other side's record. Its id, or its mark, is derived from `twin`."""

    twin: str
    fields: Fields
    label: str


@dataclass(frozen=True, slots=True)
class Update:
    """Bring `record` to hold `fields` (only those that change, each in full), and into scope where `join`.

    `expected` are the same fields as the plan saw them on this side. `twin` is written as the record's mark where it
    carries another one, on the side that has marks.
    """

    record: Record
    fields: Fields
    twin: str
    join: bool = False
    claims: str = ""
    """The reason of the record's claim where `fields` hold it."""

    @property
    def label(self) -> str:
        """How a person recognises the record."""
        return self.record.label


@dataclass(frozen=True, slots=True)
class Release:
    """Take `record` out of scope: the tag off, out of the group. The record itself stays."""

    record: Record

    @property
    def label(self) -> str:
        """How a person recognises the record."""
        return self.record.label


Write: TypeAlias = Create | Update | Release


@dataclass(frozen=True, slots=True)
class Done:
    """Carried out. `record` is what the side holds now; it may hold less than was asked, and the engine copes.

    `record.version` is "" where the side did not say: the next run then reads the record once more and compares.
    """

    record: Record
    notes: tuple[str, ...] = ()
    """What was bent and why, one sentence each ("Company “Acme” is not in Creatio: left out")."""
    rest: frozenset[str] = frozenset()
    """Fields of a create that can be written only now that the record is there; the engine sends them next."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Not written: the record is no longer what the plan saw. `record` is what it is now; None if it is gone."""

    record: Record | None


@dataclass(frozen=True, slots=True)
class Failed:
    """Not written, and it won't be until somebody changes the record; `reason` is one sentence for a person.

    `record` is given where part of the write happened all the same.
    """

    reason: str
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """Sent, and no answer came: it may have happened. The intent stays open until somebody has looked."""

    reason: str


Outcome: TypeAlias = Done | Stale | Failed | Unclear

Possible: TypeAlias = Callable[[Side, Record | None, Fields], tuple[Fields, tuple[str, ...]]]
"""Tells which of some fields a record of a side can be given at all (None: one that is yet to be made).

With it comes what a person should know of the others, one sentence each.
"""


def all_possible(side: Side, record: Record | None, fields: Fields) -> tuple[Fields, tuple[str, ...]]:
    """Let a side be given whatever it knows."""
    del side, record
    return fields, ()


class Roster(Protocol):
    """The engine's memory of records that a store has shown it and that are in no link, by match key."""

    def find(self, keys: Collection[str]) -> frozenset[str]:
        """Return the ids of all remembered records that have one of `keys`."""
        ...


class Store(Protocol):
    """One side of one kind of record. It reads and writes; it never decides.

    Every method may raise a GsyncError that ends the run (no sign-in, no network, no rights). Whatever concerns a
    single record is an Outcome.
    """

    side: Side

    def changes(self, cursor: str | None, known: Mapping[str, str]) -> Changes:
        """Read what is new since `cursor` (None: everything). `known` maps linked ids to their known versions."""
        ...

    def fetch(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Read these records as they stand now, in scope or not. An id that is not in the answer is deleted."""
        ...

    def candidates(self, keys: Collection[str], roster: Roster) -> Mapping[str, Record]:
        """Read every record, in scope or not, that has one of the match keys."""
        ...

    def forecast(self, writes: Sequence[Write]) -> float:
        """Return the seconds for which the service's quotas will hold these writes up."""
        ...

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Split writes of one type into what one call of `apply` carries out, keeping each request full."""
        ...

    def apply(self, batch: Sequence[Write]) -> Sequence[Outcome]:
        """Carry out a batch; one outcome a write, in order. Only what is sure to have failed is Failed."""
        ...

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        """Look, as freshly as the side can, for what earlier creates for `twins` made: twin -> record."""
        ...

    def absorb(self, cursor: str, written: Sequence[Record]) -> tuple[str, Mapping[str, Record]]:
        """After all writes: read back records whose version is not known, so that they are not news next time.

        Returns the cursor to store and the records read.
        """
        ...
