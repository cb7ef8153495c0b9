"""Gathering what recognition looks at: the new records of both sides, and whatever could be the same as one of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from gsync_cli.errors import WrongUsage
from gsync_cli.sync.plan import Sighting
from gsync_cli.sync.recognise import Kind, Newcomers, beside, mark
from gsync_cli.sync.record import SIDES, Changes, Record, Side, Store, other
from gsync_cli.sync.settle import Settled
from gsync_cli.sync.state import LinkKeys, State


@dataclass(frozen=True, slots=True)
class Gathering:
    """What a run knows when it gathers its newcomers."""

    kind: Kind
    state: State
    stores: Mapping[Side, Store]
    changes: Mapping[Side, Changes]
    links: Collection[LinkKeys]
    asked_for: Collection[tuple[str, str]]
    """(Creatio id, Google id) that a person says are the same."""

    def newcomers(self, sightings: Mapping[Side, Sighting], settled: Settled) -> Newcomers:
        """Return the new records, and what could match them. Raises WrongUsage("link-taken" or "link-unknown")."""
        linked = {side: {link.id_of(side) for link in self.links} for side in SIDES}
        new = {
            side: {
                identity: sightings[side].records[identity]
                for identity in sorted(sightings[side].members - linked[side])
            }
            for side in SIDES
        }
        others: dict[Side, dict[str, Record]] = {}
        for side in SIDES:
            read = self.changes[side].records
            fresh = {identity: record for identity, record in read.items() if identity not in new[side]}
            others[side] = {**self._candidates(side, new[other(side)].values()), **fresh, **settled.made[side]}
        self._load_what_was_asked_for(new, others, linked)
        stood_in = {
            identity: self._stood_in(side, [record])
            for side in SIDES
            if self._stood_in(side, new[side].values())
            for identity, record in new[side].items()
        }
        return Newcomers(new, others, linked, {**settled.pairs, **dict(self.asked_for)}, stood_in)

    def _stood_in(self, side: Side, records: Iterable[Record]) -> frozenset[str]:
        """Return what was seen to stand in for records of `side` before: ids across."""
        keys = [beside(record.id) for record in records if self.kind.shared(record)]
        return self.state.roster_ids(self.kind.name, other(side), keys)

    def _candidates(self, side: Side, strangers: Iterable[Record]) -> Mapping[str, Record]:
        """Read what might match new records of the other side, beside what this run has read anyway."""
        strangers = list(strangers)
        if not strangers:
            return {}
        roster = _Roster(self.state, self.kind.name, side, self.changes[side].records.keys())
        keys = frozenset(key for record in strangers for key in self.kind.match_keys(record))
        found = dict(self.stores[side].candidates(keys, roster)) if keys else {}
        by_mark = roster.find([mark(record.id) for record in strangers])
        by_mark |= {record.twin for record in strangers if record.twin}
        by_mark |= self._stood_in(other(side), strangers)
        if unread := by_mark - found.keys() - self.changes[side].records.keys():
            found.update(self.stores[side].fetch(unread))
        # Whoever was remembered under a former name is in the answer under that name.
        return {record.id: record for record in found.values()}

    def _load_what_was_asked_for(
        self,
        new: Mapping[Side, Mapping[str, Record]],
        others: Mapping[Side, dict[str, Record]],
        linked: Mapping[Side, Collection[str]],
    ) -> None:
        pairs = {(link.creatio_id, link.google_id) for link in self.links} if self.asked_for else set()
        for pair in self.asked_for:
            for side, identity in zip(SIDES, pair, strict=True):
                if identity in linked[side] and pair not in pairs:
                    raise WrongUsage("link-taken", side=side.capitalize(), id=identity, records=self.kind.part)
                if identity not in new[side] and identity not in others[side]:
                    others[side].update(self.stores[side].fetch([identity]))
                if identity not in new[side] and identity not in others[side]:
                    raise WrongUsage("link-unknown", side=side.capitalize(), id=identity, records=self.kind.part)


class _Roster:
    """The remembered records of a side, without those that this run has read anyway."""

    def __init__(self, state: State, kind: str, side: Side, fresh: Collection[str]) -> None:
        self._state = state
        self._kind = kind
        self._side = side
        self._fresh = frozenset(fresh)

    def find(self, keys: Collection[str]) -> frozenset[str]:
        """Return the ids of all remembered records that have one of `keys`."""
        return self._state.roster_ids(self._kind, self._side, keys) - self._fresh
