"""One run: settle what an earlier run left open, read both sides, plan, guard, apply, and move the cursors last."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Final

from gsync_cli.clock import Clock
from gsync_cli.errors import GsyncError, StoppedForSafety
from gsync_cli.sync.apply import Applier
from gsync_cli.sync.link import Half
from gsync_cli.sync.newcomers import Gathering
from gsync_cli.sync.plan import Plan, Policy, Sighting, make_plan
from gsync_cli.sync.recognise import Kind, beside, recognise
from gsync_cli.sync.record import SIDES, Changes, Record, Side, Store
from gsync_cli.sync.report import Report
from gsync_cli.sync.settle import let_go_of_orphans, settle
from gsync_cli.sync.state import LinkKeys, State
from gsync_cli.sync.watcher import Watcher

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
        self.changes: dict[Side, Changes] = {}
        """What each side reported."""
        self.links: Sequence[LinkKeys] = ()
        """All links, under the ids that their records have now."""
        self.stand_ins: Mapping[Side, Mapping[str, str]] = {}
        """As `Recognised` has them."""

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
        settled = settle(self.kind, self.state, self.stores, self.clock, self.watcher, dry_run=self.options.dry_run)
        self.changes = {side: self._read(side) for side in SIDES}
        self.links = self.state.link_keys(self.kind.name)
        for side in SIDES:
            self._rename(side, self.changes[side].renamed)
        sightings = {side: self._sighting(side) for side in SIDES}
        self.watcher.stage("plan")
        gathering = Gathering(self.kind, self.state, self.stores, self.changes, self.links, self.options.links)
        recognised = recognise(gathering.newcomers(sightings, settled), self.kind)
        self.stand_ins = recognised.stand_ins
        links = self.state.links([link.key for link in self.links if _touched(link, sightings)])
        recognised, partings = let_go_of_orphans(recognised, settled, self.stores["google"])
        plan = make_plan(links, sightings, recognised, self.options.policy, self.kind.rules)
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
            records=self.kind.part,
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


def _touched(link: LinkKeys, sightings: Mapping[Side, Sighting]) -> bool:
    return any(
        link.id_of(side) in sightings[side].records or link.id_of(side) not in sightings[side].members for side in SIDES
    )
