"""What must be true, by somebody who saw everything that people did, and looks at both sides with his own eyes.

After each run, however it ended:

- scope: only records that are, or were, in scope are written; what gsync has no mapping for stays as it is;
- no harm: a field of a pair that had agreed changes only where people changed it on the other side;
- nobody is deleted, and nobody comes back into scope whom a person took out.

In the end, after two quiet runs:

- both sides of every pair are equal, and everybody in scope is in a pair or listed with a reason;
- every value that a person wrote is there, unless a person took it away, or it lost a conflict that the journal tells;
- nothing is there that no person wrote, and nothing of one person at another; nobody is there twice.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tests.simulation.plain import FIELDS, LOOKED_UP, NAME, Key, Plain, Side
from tests.simulation.rig import Ended, World
from tests.simulation.values import owners

Pair = tuple[str, str]
Snapshot = Mapping[Key, Plain]

_OF_WORK = ("company", "department", "job_title")
_NAME_BASED: Final = 5
"""The version of the ids that gsync derives."""
_LOOKUP_TABLES = {"salutation": "SalutationType", "company": "Account", "department": "Department"}


class BrokenPromise(AssertionError):
    """An invariant does not hold."""


@dataclass
class Oracle:
    """Knows what people did (`saw`), and judges runs (`judge_run`) and the end (`judge_end`)."""

    world: World
    now: Snapshot = field(default_factory=dict)
    links: set[Pair] = field(default_factory=set)
    family: dict[int, int] = field(default_factory=dict)
    """Persons that people merged: union-find."""
    edited: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Fields that people changed since the pair last agreed on them."""
    agreed: dict[Pair, set[str]] = field(default_factory=lambda: defaultdict(set))
    written: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """(field, value) -> ways in which people took it away again."""
    made: set[Key] = field(default_factory=set)
    """Records that people made."""
    origins: set[tuple[Side, int]] = field(default_factory=set)
    """On which sides people made somebody."""
    sent_away: set[Key] = field(default_factory=set)
    """Linked records that people took out of scope."""
    touched: set[Key] = field(default_factory=set)
    """Records that people changed during the present run."""
    everybody: set[int] = field(default_factory=set)
    running: bool = False
    """Whether a run is under way."""
    renamed: dict[Key, Key] = field(default_factory=dict)
    """Former id -> id now, of records that Google gave another id."""

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────

    def saw(self, after: Snapshot, renamed: Mapping[Key, Key] | None = None) -> None:
        """Take in what a person changed since the last look."""
        before = {(renamed or {}).get(key, key): plain for key, plain in self.now.items()}
        for old, new in (renamed or {}).items():
            self._rename(old, new)
        for key in after.keys() - before.keys():
            self.made.add(key)
            self.origins |= {(key[0], person) for person in self.persons(after[key])}
            self.touched.add(key)
            self._changed(key, None, after[key])
        for key in before.keys() - after.keys():
            self.touched.add(key)
            self._vanished(key, before[key], after)
        for key in before.keys() & after.keys():
            if before[key] != after[key]:
                self.touched.add(key)
                self._changed(key, before[key], after[key])
        self.now = after

    def merged(self, one: int, other: int) -> None:
        """Two persons became one, by hand."""
        self.family[self.root(one)] = self.root(other)

    def root(self, person: int) -> int:
        """Return who a person is by now."""
        while person in self.family:
            person = self.family[person]
        return person

    def persons(self, plain: Plain) -> set[int]:
        """Return all persons of whom a record holds values."""
        found = {who for name in FIELDS for value in plain.fields[name] for who in owners(name, value)}
        return {self.root(who) for who in found}

    def _united(self, whose: set[int]) -> int:
        """Return how many persons these are in truth: people may have made several into one."""
        return sum(self.root(other) in whose for other in self.everybody)

    def partner(self, key: Key) -> Key | None:
        """Return the linked record of the other side."""
        for ours, theirs in self.links:
            if key == ("creatio", ours):
                return "google", theirs
            if key == ("google", theirs):
                return "creatio", ours
        return None

    def _changed(self, key: Key, before: Plain | None, after: Plain) -> None:
        self.everybody |= {who for name in FIELDS for value in after.fields[name] for who in owners(name, value)}
        for name in FIELDS:
            was = before.fields[name] if before else frozenset()
            if was == after.fields[name]:
                continue
            self.edited[key] |= set(NAME) if name in NAME else {name}
            for value in after.fields[name] - was:
                self.written[name, value].discard("taken away")
                if self.running and key[0] == "creatio":
                    # Creatio takes no precondition: what is saved between gsync's look and its write can't be seen.
                    self.written[name, value].add("written under way")
            for value in was - after.fields[name]:
                self.written[name, value].add("taken away")
        if after.member and not (before and before.member):
            for who in self.persons(after):
                self.sent_away = {other for other in self.sent_away if who not in self._persons_of(other)}
        elif before and before.member and not after.member and self.partner(key):
            self.sent_away.add(key)

    def _vanished(self, key: Key, before: Plain, after: Snapshot) -> None:
        partner = self.partner(key)
        kept = after.get(partner) if partner else None
        for name in FIELDS:
            for value in before.fields[name]:
                if kept is None or value not in kept.fields[name]:
                    self.written[name, value].add("deleted")
        self.edited.pop(key, None)

    def _persons_of(self, key: Key) -> set[int]:
        return self.persons(self.now[key]) if key in self.now else set()

    def _rename(self, old: Key, new: Key) -> None:
        self.renamed[old] = new
        self.touched |= {old, new}
        self.edited[new] = self.edited.pop(old, set())
        self.made = {new if key == old else key for key in self.made}
        self.sent_away = {new if key == old else key for key in self.sent_away}
        if old[0] == "google":
            self.links = {(ours, new[1] if theirs == old[1] else theirs) for ours, theirs in self.links}
            for pair in [pair for pair in self.agreed if pair[1] == old[1]]:
                self.agreed[pair[0], new[1]] = self.agreed.pop(pair)

    def _linked_now(self) -> set[Pair]:
        """Return the pairs of the state file, under the names that the records have by now."""
        return {(ours, self._name_now(theirs)) for ours, theirs in self.world.links()}

    def _name_now(self, resource: str) -> str:
        while ("google", resource) in self.renamed:
            resource = self.renamed["google", resource][1]
        return resource

    # ── after each run ───────────────────────────────────────────────────────────────────────────────────────

    def judge_run(self, before: Snapshot, ended: Ended, *, dry: bool) -> None:
        """Judge what a run made of both sides. Raises BrokenPromise."""
        after, links = self.world.snapshot(), self._linked_now()
        # People who meddled during the run moved `now`; it is what they left, and gsync may have gone on from there.
        _require(not self.world.broken, "; ".join(self.world.broken))
        if dry:
            _require(ended.writes == 0, f"a dry run sent {ended.writes} writes")
            _require(links == self.links, "a dry run changed the links")
        for key in before.keys() & after.keys() - self.touched:
            self._judge_record(key, before, after)
        for key in before.keys() - after.keys() - self.touched:
            raise BrokenPromise(f"{key} is gone")
        for key in after.keys() - before.keys() - self.touched:
            _require(len(self.persons(after[key])) == 1, f"{key} was made of {self.persons(after[key])}")
        for pair in [pair for pair in self.agreed if pair not in links]:
            del self.agreed[pair]
        self.links = links
        self.now = after
        if ended.normally and not dry:
            reported = {item.id for item in ended.report.items if item.verb in ("fail", "skip")}
            self._agree(after, reported)
        self.touched = set()

    def _judge_record(self, key: Key, before: Snapshot, after: Snapshot) -> None:
        was, now = before[key], after[key]
        if was == now:
            return
        whose = self.persons(was) | self.persons(now)
        partners = {
            other
            for look in (before, after)
            for other, plain in look.items()
            if other[0] != key[0] and self.persons(plain) & whose
        }
        # Who is recognised is written first, and then put into the group.
        recognised = any(before[other].member for other in partners & before.keys())
        _require(
            was.member or now.member or recognised, f"{key} is out of scope, and was written: {_difference(was, now)}"
        )
        _require(was.rest == now.rest, f"{key}: unmapped parts changed: {was.rest} -> {now.rest}")
        self._judge_membership(key, was, now, before, partners)
        for name in FIELDS:
            if was.fields[name] != now.fields[name]:
                self._judge_field(name, key, was, now, partners, before, after)

    def _judge_membership(self, key: Key, was: Plain, now: Plain, before: Snapshot, partners: set[Key]) -> None:
        if now.member and not was.member:
            another = any(before[other].member for other in partners & before.keys()) and self.partner(key) is None
            # Somebody in scope over there who is the same person is a reason of its own.
            _require(
                another or key not in self.sent_away,
                f"{key} was taken out of scope by hand, and gsync took it in again",
            )
        if was.member and not now.member:
            known = _partners(key, self.links)
            gone = any(
                other not in before or not before[other].member or other in self.touched for other in known | partners
            )
            # What an interrupted run made for a contact that was deleted since has no partner, and left with it.
            orphan = not (known | partners) and key[0] == "creatio" and UUID(key[1]).version == _NAME_BASED
            _require(gone or orphan, f"{key} was released, though its partner {known} is in scope")

    def _judge_field(
        self, name: str, key: Key, was: Plain, now: Plain, partners: set[Key], before: Snapshot, after: Snapshot
    ) -> None:
        told = f"{key} {name}: {sorted(was.fields[name])} -> {sorted(now.fields[name])}"
        late = bool(self.world.behaviour.lag_seconds or self.world.behaviour.stale_listings)
        _require(late or bool(partners), f"{told}, without a partner")
        if name != "addresses":
            theirs = {
                value
                for other in partners
                for look in (before, after)
                if other in look
                for value in look[other].fields[name]
            }
            if late:
                # What gsync could see may be a little older than what is there.
                theirs |= {value for field_name, value in self.written if field_name == name}
            _require(now.fields[name] - was.fields[name] <= theirs, f"{told}; the partner has {theirs}")
        known = self.partner(key)
        pair = _pair(key, known) if known else ("", "")
        if known is None or known not in before or known in self.touched or name not in self.agreed.get(pair, ()):
            return
        if name in _OF_WORK and self._united(self.persons(now)) > 1:
            # Where two contacts became one, the second place of work shows once the first is empty.
            return
        _require(name in self.edited[known], f"{told}, which nobody changed at its partner {known}")

    def _agree(self, after: Snapshot, reported: set[str]) -> None:
        """Note the fields in which pairs agree from now on."""
        for pair in self.links:
            ours: Key = ("creatio", pair[0])
            theirs: Key = ("google", pair[1])
            if ours not in after or theirs not in after or {ours, theirs} & self.touched or reported & set(pair):
                continue
            for name in FIELDS:
                if self.same(name, after[ours], after[theirs]):
                    self.agreed[pair].add(name)
                    self.edited[ours].discard(name)
                    self.edited[theirs].discard(name)

    def same(self, name: str, ours: Plain, theirs: Plain) -> bool:
        """Tell whether a field means the same on both sides, or Creatio has no row for what Google says."""
        if ours.fields[name] == theirs.fields[name]:
            return True
        return name in LOOKED_UP and not theirs.fields[name] <= self._known_to_creatio(name)

    def _known_to_creatio(self, name: str) -> set[str]:
        return {row["Name"] for row in self.world.desk.rows(_LOOKUP_TABLES[name])}

    # ── in the end ───────────────────────────────────────────────────────────────────────────────────────────

    def judge_end(self, last: Ended) -> int:
        """Judge where both sides ended. Returns how many records are left to a person. Raises BrokenPromise."""
        now, links = self.now, self._linked_now()
        items = [item for item in last.report.items if item.verb in ("fail", "skip")]
        listed, labels = {item.id for item in items}, {item.label for item in items}
        excused = {key for key in now if key[1] in listed}
        for pair in links:
            self._judge_pair(pair, now, excused)
        linked = {key for ours, theirs in links for key in (("creatio", ours), ("google", theirs))}
        for key, plain in now.items():
            if plain.member and key not in linked and key not in excused:
                # A create that failed has no id: its label says who it was about.
                told = {self.root(who) for label in labels for who in owners("label", label)}
                told |= {who for other in excused for who in self.persons(now[other])}
                _require(bool(told & self.persons(plain)), f"{key} is in scope, and neither linked nor listed")
        self._judge_doubles(now, links)
        self._judge_losses(now)
        self._judge_inventions(now)
        return len(excused)

    def _judge_pair(self, pair: Pair, now: Snapshot, excused: set[Key]) -> None:
        ours, theirs = now.get(("creatio", pair[0])), now.get(("google", pair[1]))
        _require(ours is not None and theirs is not None, f"{pair} is linked, and one of them does not exist")
        assert ours
        assert theirs
        _require(ours.member and theirs.member, f"{pair} is linked: {ours.member=}, {theirs.member=}")
        if {("creatio", pair[0]), ("google", pair[1])} & excused:
            return
        for name in FIELDS:
            both = f"{name}: {sorted(ours.fields[name])} in Creatio, {sorted(theirs.fields[name])} in Google"
            _require(self.same(name, ours, theirs), f"{pair} {both}")

    def _judge_doubles(self, now: Snapshot, links: Collection[Pair]) -> None:
        for number, side in enumerate(("creatio", "google")):
            ids = [pair[number] for pair in links]
            _require(len(ids) == len(set(ids)), f"two links with one {side} record")
        live: dict[tuple[Side, int], list[Key]] = defaultdict(list)
        for key, plain in now.items():
            for who in self.persons(plain):
                live[key[0], who].append(key)
        for (side, who), keys in live.items():
            by_hand = sum(key in self.made for key in keys)
            sides = {made_at for made_at, person in self.origins if self.root(person) == who}
            # Who was made on both sides by hand, and was changed before anybody looked, may not be recognised.
            united = self._united({who})
            most = max(1, by_hand + (len(sides) > 1)) if united == 1 else by_hand + united
            _require(len(keys) <= most, f"person {who} is {len(keys)} times in {side}, {by_hand} by hand: {keys}")

    def _judge_losses(self, now: Snapshot) -> None:
        there = {(name, value) for plain in now.values() for name in FIELDS for value in plain.fields[name]}
        numbers = {value.rpartition(" ")[2] for name, value in there if name == "phones"}
        addresses = [(value.partition(":")[0], _lines(value)) for name, value in there if name == "addresses"]
        told, replaced = self._told_as_lost(), self._told_as_replaced()
        for (name, value), ways in self.written.items():
            if ways or (name, value) in there or not owners(name, value):
                continue
            if name == "phones" and value.rpartition(" ")[2] in numbers:
                continue
            if name == "addresses" and any(_lines(value) <= lines for _, lines in addresses):
                continue
            if name in LOOKED_UP and value in replaced:
                # Creatio never held it, and somebody wrote another one there.
                continue
            _require(_mentioned(value, name, told), f"{name} {value!r} is lost, and the journal does not say why")

    def _told_as_lost(self) -> list[str]:
        rows = self.world.query("SELECT changes FROM journal")
        return [str(each[3]).casefold() for (changes,) in rows for each in json.loads(changes).get("lost", ())]

    def _told_as_replaced(self) -> set[str]:
        rows = self.world.query("SELECT changes FROM journal")
        return {
            str(told[name][0]) for (changes,) in rows for name in LOOKED_UP if name in (told := json.loads(changes))
        }

    def _judge_inventions(self, now: Snapshot) -> None:
        places: dict[int, set[str]] = defaultdict(set)
        for name, value in self.written:
            if name == "addresses":
                for who in owners(name, value):
                    places[self.root(who)] |= _lines(value)
        for key, plain in now.items():
            whose = self.persons(plain)
            _require(len(whose) <= 1, f"{key} holds values of {whose}")
            for name in FIELDS:
                for value in plain.fields[name]:
                    known = (name, value) in self.written
                    if name == "addresses":
                        known = all(_lines(value) <= places[who] for who in whose)
                    _require(known, f"{key} {name} {value!r} was written by nobody")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BrokenPromise(otherwise)


def _partners(key: Key, links: Collection[Pair]) -> set[Key]:
    found: set[Key] = {("google", theirs) for ours, theirs in links if key == ("creatio", ours)}
    return found | {("creatio", ours) for ours, theirs in links if key == ("google", theirs)}


def _pair(one: Key, other: Key) -> Pair:
    return (one[1], other[1]) if one[0] == "creatio" else (other[1], one[1])


def _lines(address: str) -> frozenset[str]:
    return frozenset(address.partition(": ")[2].split(" / "))


def _mentioned(value: str, name: str, told: Collection[str]) -> bool:
    sought = value.rpartition(" ")[2][-7:] if name == "phones" else value.casefold()
    return any(sought in "".join(text.split()) if name == "phones" else sought in text for text in told)


def _difference(was: Plain, now: Plain) -> str:
    changed = [name for name in FIELDS if was.fields[name] != now.fields[name]]
    fields = [f"{name}: {was.fields[name]} -> {now.fields[name]}" for name in changed]
    return "; ".join(fields) or f"member {was.member} -> {now.member}, or only its stamp"
