"""One run: settle what an earlier run left open, read both sides, plan, guard, apply, and move the cursors last."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Final

from gsync_cli.clock import Clock
from gsync_cli.errors import GsyncError, StoppedForSafety, WrongUsage
from gsync_cli.sync.apply import Applier, Watcher
from gsync_cli.sync.link import Half
from gsync_cli.sync.plan import Action, Plan, Policy, Sighting, make_plan
from gsync_cli.sync.recognise import Kind, Newcomers, Recognised, beside, mark, recognise
from gsync_cli.sync.record import SIDES, Changes, Record, Release, Side, Store, other
from gsync_cli.sync.report import Report
from gsync_cli.sync.state import Intent, LinkKeys, State

SETTLE_SECONDS = 30.0
"""How old an unclear create must be before "it is not there" counts as "it was never made".

Google's answers may lag behind its writes by minutes where a sync token is involved (facts/google.md 6.2); the look is
a plain listing, which does not lag in that way, and this much time on top of it.
"""

WORTH_TELLING = 5.0
"""From so many seconds on, a wait for a quota is told before it begins."""

ALONE = 1
"""A single record that leaves is never a mass."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of a run."""

    policy: Policy
    full: bool = False
    """Read everything again and compare it, whatever the cursors say."""
    dry_run: bool = False
    links: tuple[tuple[str, str], ...] = ()
    """(Creatio id, Google id) that a person says are the same."""


_OUTCOMES: Final[dict[type[BaseException], str]] = {KeyboardInterrupt: "interrupted"}
"""How a run that was ended by something else than an error of ours is remembered."""


class Run:
    """One run of one kind of record for one profile."""

    def __init__(
        self,
        *,
        kind: Kind,
        state: State,
        stores: Mapping[Side, Store],
        clock: Clock,
        options: Options,
        watcher: Watcher,
        report: Report,
    ) -> None:
        self.kind = kind
        self.state = state
        self.stores = stores
        self.clock = clock
        self.options = options
        self.watcher = watcher
        self.report = report

    def carry_out(self) -> Report:
        """Do the run. The report that was handed in is filled as far as the run comes, also where this raises."""
        if self.options.dry_run:
            with self.state.rehearsal():
                self._describe(self._plan())
            return self.report
        with self.state.transaction():
            self.state.journal.start(self.report.run, self.kind.name, self.clock.now())
        try:
            plan = self._plan()
            self._guard(plan)
            for skip in plan.skips:
                self.report.skip(skip)
            self._forecast(plan)
            unread = self._applier().carry_out(plan)
            self._conclude(unread)
        except BaseException as error:
            outcome = error.code if isinstance(error, GsyncError) else _OUTCOMES.get(type(error), "defect")
            with self.state.transaction():
                self.state.journal.end(self.report.run, self.clock.now(), outcome, self.report.to_remember())
            raise
        return self.report

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def _plan(self) -> Plan:
        settled, made = self._settle()
        self.changes = {side: self._read(side) for side in SIDES}
        self.links = self.state.link_keys(self.kind.name)
        for side in SIDES:
            self._rename(side, self.changes[side].renamed)
        sightings = {side: self._sighting(side) for side in SIDES}
        self.watcher.stage("plan")
        recognised = self._recognise(sightings, {**settled, **dict(self.options.links)}, made)
        self.stand_ins = recognised.stand_ins
        touched = [link.key for link in self.links if _touched(link, sightings)]
        links = self.state.links(touched)
        recognised, partings = self._let_go_of_orphans(recognised, settled, made["creatio"])
        plan = make_plan(links, sightings, recognised, self.options.policy, self.kind.unite, self.kind.only_to)
        return replace(plan, actions=(*plan.actions, *partings))

    def _read(self, side: Side) -> Changes:
        self.watcher.stage(f"read-{side}")
        cursor = None if self.options.full else self.state.cursor(self.kind.name, side)
        known = {link.id_of(side): link.version_of(side) for link in self.state.link_keys(self.kind.name)}
        return self.stores[side].changes(cursor, known)

    def _rename(self, side: Side, names: Mapping[str, str]) -> bool:
        """Follow records that their service gave other ids; tells whether that moved any link."""
        if not names:
            return False
        with nullcontext() if self.options.dry_run else self.state.transaction():
            self.state.rename(self.kind.name, side, names)
        former, self.links = self.links, self.state.link_keys(self.kind.name)
        return former != self.links

    def _sighting(self, side: Side) -> Sighting:
        """Complete what a side reported: every linked record that it left out, or that is in doubt, is looked up."""
        changes = self.changes[side]
        members = changes.members - changes.gone
        linked = {link.id_of(side): link.version_of(side) for link in self.links}
        missing = {identity for identity in linked if identity not in members}
        doubtful = {identity for identity, version in linked.items() if not version} - missing
        new = members - linked.keys()
        # A listing may show one who has just come as he was before; nobody leaves but by a direct look.
        to_read = missing - changes.gone | (doubtful | new) - changes.records.keys()
        read = self.stores[side].fetch(to_read) if to_read else {}
        if self._rename(side, {asked: record.id for asked, record in read.items() if record.id != asked}):
            # A full listing does not tell former names; asking by one does.
            return self._sighting(side)
        records = {**changes.records, **read}
        # Listed, and yet not there, or not in scope, when asked for by name: the listing lags, or it was quick.
        outside = {
            identity for identity in doubtful | new if (found := records.get(identity)) is None or not found.member
        }
        absent = {identity: None if identity in changes.gone else records.get(identity) for identity in missing}
        absent.update({identity: records.get(identity) for identity in outside & linked.keys()})
        return Sighting(frozenset(members - outside), records, absent)

    # ── recognising ──────────────────────────────────────────────────────────────────────────────────────────

    def _recognise(
        self, sightings: Mapping[Side, Sighting], settled: Mapping[str, str], made: Mapping[Side, Mapping[str, Record]]
    ) -> Recognised:
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
            others[side] = {**self._candidates(side, new[other(side)].values()), **fresh, **made[side]}
        self._load_what_was_asked_for(new, others, linked)
        stood_in = {
            identity: self._stood_in(side, [record])
            for side in SIDES
            for identity, record in new[side].items()
            if record.claim
        }
        return recognise(Newcomers(new, others, linked, settled, stood_in), self.kind)

    def _stood_in(self, side: Side, records: Iterable[Record]) -> frozenset[str]:
        keys = [beside(record.id) for record in records if record.claim]
        return self.state.roster_ids(self.kind.name, other(side), keys)

    def _let_go_of_orphans(
        self, recognised: Recognised, settled: Mapping[str, str], made: Mapping[str, Record]
    ) -> tuple[Recognised, list[Action]]:
        """Part from what an interrupted create made in Creatio for a Google record that somebody has deleted since.

        It is no news of Creatio's: to create it in Google would bring back what was deleted there.
        """
        strangers = recognised.strangers.get("creatio", ())
        waiting = {record.id: settled[record.id] for record in strangers if record.id in made and record.id in settled}
        there = self.stores["google"].fetch(frozenset(waiting.values())) if waiting else {}
        orphans = {ours: theirs for ours, theirs in waiting.items() if theirs not in there}
        partings = [
            Action(
                "deleted",
                (("creatio", Release(replace(record, twin=orphans[record.id]))),),
                record,
                None,
                None,
                (),
                "google",
            )
            for record in strangers
            if record.id in orphans
        ]
        # What is there and was not among the newcomers has left the window meanwhile: it is the same all the same.
        same = tuple((record, there[waiting[record.id]]) for record in strangers if waiting.get(record.id) in there)
        same = tuple((ours, theirs) for ours, theirs in same if not theirs.unfit)
        settled_now = orphans.keys() | {ours.id for ours, _ in same}
        others = tuple(record for record in strangers if record.id not in settled_now)
        strangers_now = {**recognised.strangers, "creatio": others}
        return replace(recognised, same=(*recognised.same, *same), strangers=strangers_now), partings

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
        for pair in self.options.links:
            for side, identity in zip(SIDES, pair, strict=True):
                if identity in linked[side] and pair not in [(link.creatio_id, link.google_id) for link in self.links]:
                    raise WrongUsage("link-taken", side=side, id=identity, records=self.kind.plural)
                if identity not in new[side] and identity not in others[side]:
                    others[side].update(self.stores[side].fetch([identity]))
                if identity not in new[side] and identity not in others[side]:
                    raise WrongUsage("link-unknown", side=side, id=identity, records=self.kind.plural)

    # ── what an earlier run left open ────────────────────────────────────────────────────────────────────────

    def _settle(self) -> tuple[dict[str, str], dict[Side, Mapping[str, Record]]]:
        """Look for what interrupted creates made. Returns Creatio id -> Google id, and the records found."""
        settled: dict[str, str] = {}
        made: dict[Side, Mapping[str, Record]] = {}
        for side in SIDES:
            intents = [intent for intent in self.state.intents(self.kind.name) if intent.side == side]
            found = self._look(side, intents) if intents else {}
            for twin, record in found.items():
                settled[record.id if side == "creatio" else twin] = twin if side == "creatio" else record.id
            made[side] = {record.id: record for record in found.values()}
        return settled, made

    def _look(self, side: Side, intents: Collection[Intent]) -> Mapping[str, Record]:
        self.watcher.stage(f"settle-{side}", len(intents))
        found = dict(self.stores[side].settle([intent.twin for intent in intents]))
        open_ones = [intent for intent in intents if intent.twin not in found]
        if side == "google" and open_ones and not self.options.dry_run:
            age = (self.clock.now() - max(intent.since for intent in open_ones)).total_seconds()
            if age < SETTLE_SECONDS:
                self.watcher.stage("wait-for-google", None)
                self.clock.sleep(SETTLE_SECONDS - max(age, 0.0))
                found.update(self.stores[side].settle([intent.twin for intent in open_ones]))
        if not self.options.dry_run:
            with self.state.transaction():
                for intent in open_ones:
                    if intent.twin not in found:
                        self.state.drop_intent(self.kind.name, side, intent.twin)
        return found

    # ── guard, apply, conclude ───────────────────────────────────────────────────────────────────────────────

    def _guard(self, plan: Plan) -> None:
        """Stop before the first write where a run would take too much out of the synchronisation.

        Raises StoppedForSafety("mass-change").
        """
        policy = self.options.policy
        harmed = plan.leaving + plan.blanked
        if policy.allow_mass_change or harmed <= ALONE or harmed <= policy.limit * len(self.links):
            return
        raise StoppedForSafety(
            "mass-change",
            leaving=plan.leaving,
            blanked=plan.blanked,
            linked=len(self.links),
            records=self.kind.plural,
            limit=f"{policy.limit:.0%}",
        )

    def _forecast(self, plan: Plan) -> None:
        seconds = sum(
            self.stores[side].forecast([write for _, at, write in plan.writes() if at == side]) for side in SIDES
        )
        if seconds >= WORTH_TELLING:
            self.watcher.expect(seconds)

    def _applier(self) -> Applier:
        return Applier(
            kind=self.kind,
            run=self.report.run,
            state=self.state,
            stores=self.stores,
            policy=self.options.policy,
            clock=self.clock,
            report=self.report,
            watcher=self.watcher,
        )

    def _conclude(self, unread: Mapping[Side, Mapping[str, Record]]) -> None:
        """Read back what was written, so that it is no news next time, and move the cursors: last of all."""
        cursors = {side: self.changes[side].cursor for side in SIDES}
        confirmed: dict[Side, Mapping[str, Record]] = {}
        for side in SIDES:
            written = list(unread[side].values())
            confirmed[side] = {}
            if written:
                self.watcher.stage(f"confirm-{side}", len(written))
            if written or self.report.sides[side].unlinked:
                cursors[side], confirmed[side] = self.stores[side].absorb(cursors[side], written)
        with self.state.transaction():
            keys = {
                side: {link.id_of(side): link.key for link in self.state.link_keys(self.kind.name)} for side in SIDES
            }
            for side in SIDES:
                for identity, record in confirmed[side].items():
                    self._confirm(side, keys[side].get(identity), unread[side][identity], record)
                changes = self.changes[side]
                seen = {identity: self.kind.roster_keys(record) for identity, record in changes.records.items()}
                for identity, stranger in self.stand_ins.get(side, {}).items():
                    seen[identity] = seen.get(identity, frozenset()) | {beside(stranger)}
                self.state.store_roster(self.kind.name, side, seen, changes.gone)
                self.state.store_cursor(self.kind.name, side, cursors[side])
            outcome = "partly" if self.report.failed else "done"
            self.state.journal.end(self.report.run, self.clock.now(), outcome, self.report.to_remember())

    def _confirm(self, side: Side, key: int | None, expected: Record, record: Record) -> None:
        """Take over the version of a record that holds what was written; anything else is somebody's change."""
        if key is None or any(record.fields.get(name) != value for name, value in expected.fields.items()):
            return
        for link in self.state.links([key]):
            self.state.store_link(self.kind.name, link.with_half(side, Half.of(record)))

    def _describe(self, plan: Plan) -> None:
        """Report a plan as if it had been carried out."""
        for action, side, write in plan.writes():
            record = action.record(side)
            self.report.wrote(action, side, write, record.id if record else "")
        for action in plan.actions:
            self.report.met(action)
        for skip in plan.skips:
            self.report.skip(skip)
        try:
            self._guard(plan)
        except StoppedForSafety as stop:
            self.report.warnings.append(stop)


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


def _touched(link: LinkKeys, sightings: Mapping[Side, Sighting]) -> bool:
    return any(
        link.id_of(side) in sightings[side].records or link.id_of(side) not in sightings[side].members for side in SIDES
    )
