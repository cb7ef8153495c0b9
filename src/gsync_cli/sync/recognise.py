"""Recognising that two records without a link are the same, before anything is created.

A wrong guess renames a person or doubles one, so nothing is guessed: one and only one match is linked, none is
created, everything else is listed with its candidates for a person to settle.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gsync_cli.parts import Part, part_of
from gsync_cli.sync.record import Record, Side, other
from gsync_cli.sync.rules import PLAIN, Rules

Verdict: TypeAlias = Literal["same", "doubtful", "different"]


def _nobody(_google_id: str) -> str:
    return ""


def _is_claimed(record: Record) -> bool:
    return record.claim is not None


def _no_others(_google_id: str) -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What the engine must know of a kind of record."""

    name: str
    """As stored and shown: "contact"."""
    match_keys: Callable[[Record], frozenset[str]]
    """Whatever two records of the same person or meeting would share."""
    judge: Callable[[Record, Record], Verdict]
    """Whether two records that share a key are the same."""
    rules: Rules = PLAIN
    """How pairs are merged."""
    may_be_double: bool = True
    """Whether a newcomer that equals somebody linked is left for a person to decide. Two meetings alike are two."""
    made_for: Callable[[str], str] = _nobody
    """The id that a Creatio record made for a Google record has; "" where ids don't tell."""
    made_by_others: Callable[[str], Collection[str]] = _no_others
    """The ids that other users' runs would have given it."""
    shared: Callable[[Record], bool] = _is_claimed
    """Whether a record is other people's, too: what stood in for it once goes on doing so, should either be moved."""
    stands_in: Mapping[str, str] = field(default_factory=dict)
    """Reasons for which a record takes no part although it is what a newcomer across is about -> why that one is not
    taken then. To create it would double it."""

    @property
    def part(self) -> Part:
        """Several of them, as commands and settings name them."""
        return part_of(self.name)

    def roster_keys(self, record: Record) -> frozenset[str]:
        """Return whatever a record out of any link is remembered by: its match keys, and its mark."""
        return self.match_keys(record) | ({mark(record.twin)} if record.twin else frozenset())


def beside(identity: str) -> str:
    """Return the roster's key for records that take no part and stood in for this one."""
    return f"beside:{identity}"


def mark(twin: str) -> str:
    """Return the roster's key for records that say they belong to `twin`."""
    return f"twin:{twin}"


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Everything recognition looks at: each side's new records, and whatever there could match them."""

    new: Mapping[Side, Mapping[str, Record]]
    """In scope, in no link."""
    others: Mapping[Side, Mapping[str, Record]]
    """Candidates that are not new: out of scope, or linked to something else."""
    linked: Mapping[Side, Collection[str]]
    """Ids that are in a link."""
    settled: Mapping[str, str] = field(default_factory=dict)
    """Creatio id -> Google id that are known to belong together: asked for by a person, or a settled intent."""
    stood_in: Mapping[str, Collection[str]] = field(default_factory=dict)
    """New record, shared -> ids across that stood in for it before; it may have been moved since, or they."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A record that is left alone, and why. `candidates` are (id, label) of what it might be."""

    side: Side
    id: str
    label: str
    reason: str
    candidates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """What to do with the new records."""

    same: tuple[tuple[Record, Record], ...]
    """(Creatio record, Google record)."""
    strangers: Mapping[Side, tuple[Record, ...]]
    """Records of that side that the other side does not have."""
    skips: tuple[Skip, ...]
    stand_ins: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    """Records of that side that take no part -> the new record across, a shared one, for which they stand in."""


def recognise(newcomers: Newcomers, kind: Kind) -> Recognised:
    """Decide for every new record: same as one over there, a stranger there, or not to be guessed."""
    return _Recognition(newcomers, kind).decide()


class _Recognition:
    def __init__(self, newcomers: Newcomers, kind: Kind) -> None:
        self.kind = kind
        self.new: dict[Side, dict[str, Record]] = {side: dict(records) for side, records in newcomers.new.items()}
        self.all: dict[Side, dict[str, Record]] = {
            side: {**newcomers.others.get(side, {}), **newcomers.new[side]} for side in newcomers.new
        }
        self.taken: dict[Side, set[str]] = {side: set(ids) for side, ids in newcomers.linked.items()}
        self.settled = newcomers.settled
        self.same: list[tuple[Record, Record]] = []
        self.skips: list[Skip] = []
        self.stood_in = newcomers.stood_in
        self.stand_ins: dict[Side, dict[str, str]] = {side: {} for side in newcomers.new}
        self.index: dict[Side, dict[str, list[str]]] = {
            side: self._by_key(records.values()) for side, records in self.all.items()
        }

    def decide(self) -> Recognised:
        self._leave_out_the_unfit()
        for creatio_id, google_id in sorted(self.settled.items()):
            self._link(creatio_id, google_id)
        for google_id, record in sorted(self.all["google"].items()):
            if record.twin and (google_id in self.new["google"] or record.twin in self.new["creatio"]):
                self._link(record.twin, google_id)
        for google_id in sorted(self.new["google"]):
            # Without its link, nothing else tells of whom it was made, if it has neither mail nor phone.
            self._link(self.kind.made_for(google_id), google_id)
        self._link_clear_matches()
        strangers: dict[Side, tuple[Record, ...]] = {
            side: tuple(record for _, record in sorted(self.new[side].items()) if self._is_stranger(side, record))
            for side in self.new
        }
        return Recognised(tuple(self.same), strangers, tuple(self.skips), self.stand_ins)

    def _leave_out_the_unfit(self) -> None:
        for side, records in self.new.items():
            for record in [record for record in records.values() if record.unfit]:
                del records[record.id]
                self.skips.append(Skip(side, record.id, record.label, str(record.unfit)))

    def _link(self, creatio_id: str, google_id: str) -> None:
        ours, theirs = self.all["creatio"].get(creatio_id), self.all["google"].get(google_id)
        if not ours or not theirs or creatio_id in self.taken["creatio"] or google_id in self.taken["google"]:
            return
        if ours.unfit or theirs.unfit:
            return
        self.same.append((ours, theirs))
        self.taken["creatio"].add(creatio_id)
        self.taken["google"].add(google_id)
        self.new["creatio"].pop(creatio_id, None)
        self.new["google"].pop(google_id, None)

    def _link_clear_matches(self) -> None:
        """Link what names each other as its only match; the order of looking must not matter."""
        only: dict[Side, dict[str, str]] = {
            side: {
                record.id: matches[0]
                for record in self.all[side].values()
                if record.id not in self.taken[side] and len(matches := self._matches(side, record, "same")) == 1
            }
            for side in self.new
        }
        for creatio_id, google_id in sorted(only["creatio"].items()):
            concerns_a_new_one = creatio_id in self.new["creatio"] or google_id in self.new["google"]
            if concerns_a_new_one and only["google"].get(google_id) == creatio_id:
                self._link(creatio_id, google_id)

    def _is_stranger(self, side: Side, record: Record) -> bool:
        """Tell whether nothing over there could be this record; if something could, list it as skipped."""
        free = [*self._matches(side, record, "same"), *self._matches(side, record, "doubtful")]
        # Whoever shares a mailbox with a linked person of another name is somebody else; of the same name, a double.
        suspects = self.kind.may_be_double and not free
        doubles = self._matches(side, record, "same", taken=True) if suspects else []
        there = self.all[other(side)]
        if not free and not doubles:
            return not self._has_stand_in(side, record)
        reason = "double" if doubles else "ambiguous" if len(free) > 1 else "doubtful"
        candidates = tuple((identity, there[identity].label) for identity in free or doubles)
        self.skips.append(Skip(side, record.id, record.label, reason, candidates))
        return False

    def _has_stand_in(self, side: Side, record: Record) -> bool:
        """Tell whether something over there is this record and takes no part; then list the record as skipped.

        What is not the user's by the books may be moved, and its stand-in follow later.
        """
        there = self.all[other(side)]
        named = self.kind.made_by_others(record.id) if side == "google" else self.stood_in.get(record.id, ())
        for identity in (*self._alike(side, record, "same"), *sorted(named)):
            reason = self.kind.stands_in.get(there[identity].unfit or "") if identity in there else None
            if reason:
                self.skips.append(Skip(side, record.id, record.label, reason))
                if self.kind.shared(record):
                    self.stand_ins[other(side)][identity] = record.id
                return True
        return False

    def _matches(self, side: Side, record: Record, verdict: Verdict, *, taken: bool = False) -> list[str]:
        across = other(side)
        return [
            identity
            for identity in self._alike(side, record, verdict)
            if (identity in self.taken[across]) == taken and not self.all[across][identity].unfit
        ]

    def _alike(self, side: Side, record: Record, verdict: Verdict) -> list[str]:
        across = other(side)
        found = {identity for key in self.kind.match_keys(record) for identity in self.index[across].get(key, ())}
        return sorted(identity for identity in found if self.kind.judge(record, self.all[across][identity]) == verdict)

    def _by_key(self, records: Iterable[Record]) -> dict[str, list[str]]:
        index: dict[str, list[str]] = defaultdict(list)
        for record in records:
            for key in self.kind.match_keys(record):
                index[key].append(record.id)
        return index
