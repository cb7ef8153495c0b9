"""What to do: links, what each side holds, and a policy in; a list of actions out. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gsync_cli.sync.link import Link
from gsync_cli.sync.merge import Contest, merge
from gsync_cli.sync.recognise import Recognised, Skip
from gsync_cli.sync.record import SIDES, Create, Fields, Record, Release, Side, Update, Write, other
from gsync_cli.sync.rules import PLAIN, Rules

Conflict: TypeAlias = Literal["newest", "creatio", "google"]
Why: TypeAlias = Literal["changed", "new", "recognised", "left", "deleted"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a person has settled beforehand."""

    conflict: Conflict = "newest"
    """Who wins a field that changed on both sides."""
    limit: float = 0.5
    """The largest share of the links that one run may take out of the synchronisation, or empty of a value."""
    allow_mass_change: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Everything to be done about one pair.

    `creatio` and `google` are the records as the plan sees them; None for a side that has none yet. `link` is the link
    there is, None for a new pair.
    """

    why: Why
    writes: tuple[tuple[Side, Write], ...]
    creatio: Record | None
    google: Record | None
    link: Link | None = None
    contests: tuple[Contest, ...] = ()
    origin: Side | None = None
    """The side whose change set this off; None where both did."""
    remarks: tuple[str, ...] = ()
    """What a side can't be given, one sentence each."""

    def record(self, side: Side) -> Record | None:
        """Return the record of one side."""
        return self.creatio if side == "creatio" else self.google

    @property
    def label(self) -> str:
        """How a person recognises the pair."""
        present = self.creatio or self.google
        return present.label if present else ""

    @property
    def releases(self) -> bool:
        """Whether the pair leaves the synchronisation."""
        return self.why in ("left", "deleted")


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one side shows of the linked records."""

    members: frozenset[str]
    records: Mapping[str, Record]
    """Records read in this run, by id."""
    absent: Mapping[str, Record | None] = field(default_factory=dict)
    """Linked records that are not among the members, looked up one by one; None where there is no such record."""

    def is_member(self, identity: str) -> bool:
        """Tell whether a linked record is in scope. What a direct look shows counts more than a listing that lags."""
        if identity in self.members:
            return True
        record = self.absent.get(identity)
        return record is not None and record.member

    def seen(self, identity: str) -> Record | None:
        """Return the record where it was read in this run."""
        return self.records.get(identity) or self.absent.get(identity)


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions of a run, and the records it leaves alone."""

    actions: tuple[Action, ...]
    skips: tuple[Skip, ...] = ()
    no_loss: frozenset[str] = frozenset()
    """Fields that may be emptied."""

    @property
    def leaving(self) -> int:
        """How many pairs leave the synchronisation."""
        return sum(action.releases and bool(action.writes) for action in self.actions)

    @property
    def blanked(self) -> int:
        """How many linked records lose a value without getting another."""
        return sum(_blanks(action, self.no_loss) for action in self.actions)

    def writes(self) -> Iterator[tuple[Action, Side, Write]]:
        """Go through every write."""
        for action in self.actions:
            for side, write in action.writes:
                yield action, side, write


def make_plan(
    links: Iterable[Link],
    sightings: Mapping[Side, Sighting],
    recognised: Recognised,
    policy: Policy,
    rules: Rules = PLAIN,
) -> Plan:
    """Decide about every link that one side reports something of, and about every new record."""
    decided = (plan_link(link, sightings, policy, rules) for link in links)
    actions = [action for action in decided if action is not None]
    actions += [plan_pair(None, ours, theirs, policy, rules) for ours, theirs in recognised.same]
    for side in SIDES:
        actions += [_plan_stranger(side, record, rules) for record in recognised.strangers.get(side, ())]
    return Plan(tuple(actions), recognised.skips, rules.no_loss)


def plan_link(link: Link, sightings: Mapping[Side, Sighting], policy: Policy, rules: Rules = PLAIN) -> Action | None:
    """Decide about one link; None where there is nothing to do or to remember."""
    stays = {side: sightings[side].is_member(link.half(side).id) for side in SIDES}
    seen = {side: sightings[side].seen(link.half(side).id) for side in SIDES}
    if not all(stays.values()):
        return _plan_parting(link, stays, seen)
    if not any(seen.values()):
        return None
    now = {side: seen[side] or link.remembered(side) for side in SIDES}
    return plan_pair(link, now["creatio"], now["google"], policy, rules)


def plan_pair(
    link: Link | None,
    creatio: Record,
    google: Record,
    policy: Policy,
    rules: Rules = PLAIN,
) -> Action:
    """Merge a pair, linked or just recognised; an action without writes only brings the link up to date.

    What a side can't be given is not sent, and not tried again: the base then holds what either side has.
    """
    winner = _winner(creatio, google, policy)
    merged = merge(link.base if link else None, creatio.fields, google.fields, winner, rules.unite, rules.fleeting)
    changes: dict[Side, Fields] = {}
    remarks: tuple[str, ...] = ()
    merges: tuple[tuple[Side, Record, Fields], ...] = (
        ("creatio", creatio, merged.creatio),
        ("google", google, merged.google),
    )
    for side, record, fields in merges:
        wanted = _allowed(fields, side, rules.only_to)
        if link is None:
            # What flows one way fills what is empty; what stands there is what a person wanted on that side.
            wanted = {
                name: value for name, value in wanted.items() if not (name in rules.only_to and record.fields[name])
            }
        changes[side], said = rules.possible(side, record, wanted)
        remarks += said
    writes: list[tuple[Side, Write]] = []
    for side in SIDES:
        record, twin = (creatio, google.id) if side == "creatio" else (google, creatio.id)
        fields = {**changes[side], **(record.claim.fields if record.claim else {})}
        # A mark that a service did not keep is not written again and again: only a new pair gets one.
        marks = side == "google" and link is None and record.twin != twin
        if fields or not record.member or marks:
            claims = record.claim.reason if record.claim else ""
            writes.append((side, Update(record, fields, twin, join=not record.member, claims=claims)))
    origin: Side | None = None
    if bool(changes["creatio"]) != bool(changes["google"]):
        origin = "google" if changes["creatio"] else "creatio"
    contests = merged.contests if link else tuple(each for each in merged.contests if each.field not in rules.only_to)
    return Action("changed" if link else "recognised", tuple(writes), creatio, google, link, contests, origin, remarks)


def _plan_stranger(side: Side, record: Record, rules: Rules) -> Action:
    fields, remarks = rules.possible(other(side), None, _allowed(record.fields, other(side), rules.only_to))
    writes: list[tuple[Side, Write]] = [(other(side), Create(twin=record.id, fields=fields, label=record.label))]
    if record.claim:
        claim = Update(record, record.claim.fields, record.twin or "", claims=record.claim.reason)
        writes.insert(0, (side, claim))
    creatio, google = (record, None) if side == "creatio" else (None, record)
    return Action("new", tuple(writes), creatio, google, origin=side, remarks=remarks)


def _allowed(fields: Fields, side: Side, only_to: Mapping[str, Side]) -> Fields:
    """Leave out the fields that a side must not be given."""
    return {name: value for name, value in fields.items() if only_to.get(name, side) == side}


def _plan_parting(link: Link, stays: Mapping[Side, bool], seen: Mapping[Side, Record | None]) -> Action:
    """Let go of a pair of which a side has left: the other side's record stays, without its tag or group."""
    writes: tuple[tuple[Side, Write], ...] = ()
    leaver: Side = "creatio" if not stays["creatio"] else "google"
    if stays[other(leaver)]:
        writes = ((other(leaver), Release(seen[other(leaver)] or link.remembered(other(leaver)))),)
    now = {side: seen[side] or link.remembered(side) for side in SIDES}
    why: Why = "left" if seen[leaver] is not None else "deleted"
    return Action(why, writes, now["creatio"], now["google"], link, origin=leaver)


def _winner(creatio: Record, google: Record, policy: Policy) -> Side:
    """Say who takes the fields that changed on both sides; Creatio where neither is newer (facts/creatio.md 4.2)."""
    if policy.conflict != "newest":
        return policy.conflict
    if creatio.modified is None or google.modified is None:
        return "creatio"
    return "google" if google.modified > creatio.modified else "creatio"


def _blanks(action: Action, no_loss: frozenset[str]) -> bool:
    return action.link is not None and any(
        isinstance(write, Update)
        and any(
            not value and write.record.fields.get(name) for name, value in write.fields.items() if name not in no_loss
        )
        for _, write in action.writes
    )
