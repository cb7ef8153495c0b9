"""Carrying out a plan: in batches, with the intent written down before each and the outcome after it.

A link is stored only when both sides of its pair are settled. Until then the old base stands, and the next run merges
once more: what was written already is then equal on both sides and is not written again. So a crash between any two
steps costs nothing but a repeated look.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gsync_cli.clock import Clock
from gsync_cli.sync.codec import plain
from gsync_cli.sync.journal import JournalRow
from gsync_cli.sync.link import Half, Link
from gsync_cli.sync.plan import Action, Plan, Policy, plan_pair
from gsync_cli.sync.recognise import Kind, Skip
from gsync_cli.sync.record import (
    SIDES,
    Create,
    Done,
    Failed,
    Fields,
    Outcome,
    Record,
    Release,
    Side,
    Stale,
    Store,
    Unclear,
    Update,
    Value,
    Write,
    other,
)
from gsync_cli.sync.report import Report, reason_of, verb_of
from gsync_cli.sync.state import Intent, State
from gsync_cli.sync.watcher import Watcher

ROUNDS = 3
"""How often a record that changes under our hands is planned anew before it is left to the next run."""


@dataclass(slots=True)
class _Job:
    """One action under way."""

    action: Action
    outcomes: dict[Side, Outcome] = field(default_factory=dict)
    completes: bool = False
    """It writes the rest of what was just created, and that is reported already."""

    @property
    def failed(self) -> list[Side]:
        """The sides that did not take their write, or may not have."""
        return [side for side, outcome in self.outcomes.items() if isinstance(outcome, Failed | Unclear)]

    @property
    def rest(self) -> dict[Side, frozenset[str]]:
        """The fields that are still to be written to what was created, by side."""
        return {side: done.rest for side, done in self.outcomes.items() if isinstance(done, Done) and done.rest}

    @property
    def stale(self) -> bool:
        """Whether a record was no longer what the plan saw."""
        return any(isinstance(outcome, Stale) for outcome in self.outcomes.values())

    def take(self, side: Side, write: Write, outcome: Outcome) -> None:
        """Take in what became of a write. Where a claim came to nothing, nothing is created for the record."""
        self.outcomes[side] = outcome
        if isinstance(write, Update) and write.claims and not isinstance(outcome, Done):
            done = tuple((at, sent) for at, sent in self.action.writes if at in self.outcomes)
            self.action = replace(self.action, writes=done)

    @property
    def over(self) -> bool:
        """Whether all its writes were sent."""
        return len(self.outcomes) == len(self.action.writes)


class Applier:
    """Carries out one plan of one run."""

    def __init__(
        self,
        *,
        kind: Kind,
        run: str,
        state: State,
        stores: Mapping[Side, Store],
        policy: Policy,
        clock: Clock,
        report: Report,
        watcher: Watcher,
    ) -> None:
        self.kind = kind
        self.run = run
        self.state = state
        self.stores = stores
        self.policy = policy
        self.clock = clock
        self.report = report
        self.watcher = watcher
        self.unread: dict[Side, dict[str, Record]] = {side: {} for side in SIDES}
        self._journalled = 0
        self._open_intents: set[tuple[Side, str]] = {(intent.side, intent.twin) for intent in state.intents(kind.name)}
        """What an earlier run left open; a pair that is stored settles it."""
        self._unfinished: list[_Job] = []
        """Pairs of which something was created, and the rest of it is still to be written."""

    def carry_out(self, plan: Plan) -> Mapping[Side, Mapping[str, Record]]:
        """Do everything the plan says; returns the records that should be read back, by side and id.

        Raises whatever ends the run; what was done until then is stored.
        """
        with self.state.transaction():
            for action in plan.actions:
                if not action.writes:
                    self._finish(_Job(action))
        # What brings something comes before what takes something away.
        keeping = [_Job(action) for action in plan.actions if action.writes and not action.releases]
        leaving = [_Job(action) for action in plan.actions if action.writes and action.releases]
        for jobs in (keeping, leaving):
            waiting = jobs
            for attempt in range(ROUNDS):
                self._carry_out_once(waiting)
                waiting = self._planned_anew(waiting, last=attempt == ROUNDS - 1) + self._unfinished
                self._unfinished = []
        return self.unread

    def _carry_out_once(self, jobs: Sequence[_Job]) -> None:
        for side in SIDES:
            for form in (Create, Update, Release):
                owners: dict[int, _Job] = {}
                writes: list[Write] = []
                for job in jobs:
                    for at, write in job.action.writes:
                        if at == side and isinstance(write, form):
                            owners[id(write)] = job
                            writes.append(write)
                if writes:
                    self.watcher.stage(f"{verb_of(writes[0])}-{side}", len(writes))
                    for batch in self.stores[side].batches(writes):
                        self._apply_batch(side, batch, [owners[id(write)] for write in batch])
                        self.watcher.advance(len(batch))

    def _apply_batch(self, side: Side, batch: Sequence[Write], jobs: Sequence[_Job]) -> None:
        first = self._journalled
        self._journalled += len(batch)
        with self.state.transaction():
            for number, (job, write) in enumerate(zip(jobs, batch, strict=True), first):
                self.state.journal.intend(self.run, number, _journal_row(job.action, side, write))
                if isinstance(write, Create):
                    intent = Intent(side, write.twin, write.label, self.clock.now())
                    self.state.store_intent(self.kind.name, intent)
        outcomes = self.stores[side].apply(batch)
        with self.state.transaction():
            for number, (job, write, outcome) in enumerate(zip(jobs, batch, outcomes, strict=True), first):
                self.state.journal.close(self.run, number, type(outcome).__name__.lower(), _written_id(write, outcome))
                if isinstance(write, Create) and not isinstance(outcome, Unclear):
                    self.state.drop_intent(self.kind.name, side, write.twin)
                job.take(side, write, outcome)
                if job.over and not job.stale:
                    self._finish(job)
                    # Done with: ten thousand records just made need not stay in memory until the run ends.
                    job.outcomes.clear()

    # ── the end of a pair ────────────────────────────────────────────────────────────────────────────────────

    def _finish(self, job: _Job) -> None:
        """Report what became of a pair, and store it; inside a transaction."""
        self._report(job)
        action, link = job.action, job.action.link
        if action.releases:
            if not job.failed and link is not None and link.key is not None:
                self.state.drop_link(link.key)
                self._remember(link)
            elif not job.failed:
                # An interrupted create made it, and what it was made for is gone.
                for side, write in action.writes:
                    if isinstance(write, Release) and write.record.twin:
                        self.state.drop_intent(self.kind.name, side, write.record.twin)
            else:
                # Changes that a cursor tells of are told once: who has left must be looked for again.
                self._doubt(link)
            return
        creatio, google = _now(job, "creatio"), _now(job, "google")
        # A new pair one half of which did not come into scope would look like one that has left, the next time.
        outside = any(not record.member for record in (creatio, google) if record is not None)
        if creatio is None or google is None or (job.failed and (outside or link is not None)):
            self._doubt(link)
            return
        self._store(job, creatio, google)

    def _store(self, job: _Job, creatio: Record, google: Record) -> None:
        halves: dict[Side, Half] = {"creatio": Half.of(creatio), "google": Half.of(google)}
        rest = job.rest
        for side in (*job.failed, *rest):
            # Made, but not whole: what is missing must look like news from the other side, and be tried again.
            fields = _held(halves, side, among=rest.get(side))
            halves[other(side)] = replace(halves[other(side)], version="", fields=fields)
        former = job.action.link
        link = Link(halves["creatio"], halves["google"], job.action.label, former.key if former else None)
        if link != former:
            self.state.store_link(self.kind.name, link)
        for side, twin in (("google", creatio.id), ("creatio", google.id)):
            if (side, twin) in self._open_intents:
                self.state.drop_intent(self.kind.name, side, twin)
        for side in SIDES:
            if not (job.failed or rest) and not link.half(side).version:
                self.unread[side][link.half(side).id] = replace(link.remembered(side), original="")
        if rest:
            action = plan_pair(link, creatio, google, self.policy, self.kind.rules)
            self._unfinished.append(_Job(action, completes=True))

    def _remember(self, link: Link) -> None:
        """Put both records of a former link on the roster, to be recognised when they come back."""
        for side in SIDES:
            record = link.remembered(side)
            self.state.store_roster(self.kind.name, side, {record.id: self.kind.roster_keys(record)})

    def _report(self, job: _Job) -> None:
        done = False
        for side, write in job.action.writes:
            outcome = job.outcomes[side]
            identity = _written_id(write, outcome)
            if isinstance(outcome, Done):
                done = True
                if not job.completes:
                    self.report.wrote(job.action, side, write, identity)
                self.report.notes += [f"{write.label}: {note}" for note in outcome.notes]
            elif isinstance(outcome, Failed | Unclear):
                self.report.fail(side, identity, write.label, outcome.reason)
        if (done or not job.action.writes) and not job.completes:
            self.report.met(job.action)

    def _doubt(self, link: Link | None) -> None:
        if link is not None and link.key is not None:
            for side in SIDES:
                self.state.doubt(link.key, side)

    # ── records that changed under our hands ─────────────────────────────────────────────────────────────────

    def _planned_anew(self, jobs: Sequence[_Job], *, last: bool) -> list[_Job]:
        again: list[_Job] = []
        for job in jobs:
            if not job.stale:
                continue
            action = None if last else self._replan(job)
            if action is None:
                self._leave_to_next_run(job)
            elif action.writes:
                again.append(_Job(action, completes=job.completes))
            else:
                with self.state.transaction():
                    self._finish(_Job(action, completes=job.completes))
        return again

    def _replan(self, job: _Job) -> Action | None:
        """Plan a pair once more with what its records are now; None where one of them is gone, or left, meanwhile."""
        action = job.action
        if action.releases:
            side, outcome = next(iter(job.outcomes.items()))
            fresh = outcome.record if isinstance(outcome, Stale) else None
            return None if fresh is None else replace(action, writes=((side, Release(fresh)),))
        creatio, google = _now(job, "creatio"), _now(job, "google")
        if creatio is None or google is None:
            return None
        if action.link is not None and not (creatio.member and google.member):
            # Somebody has just taken it out: to write it now would bring it back.
            return None
        return plan_pair(action.link, creatio, google, self.policy, self.kind.rules)

    def _leave_to_next_run(self, job: _Job) -> None:
        with self.state.transaction():
            self._doubt(job.action.link)
        side = next(side for side, outcome in job.outcomes.items() if isinstance(outcome, Stale))
        record = job.action.record(side) or job.action.record(other(side))
        if record is not None:
            self.report.skip(Skip(side, record.id, record.label, "changing"))


def _now(job: _Job, side: Side) -> Record | None:
    """Return what a side holds after the outcomes of a job."""
    outcome = job.outcomes.get(side)
    if isinstance(outcome, Done | Stale):
        return outcome.record
    if isinstance(outcome, Failed) and outcome.record is not None:
        return outcome.record
    return job.action.record(side)


def _held(halves: Mapping[Side, Half], side: Side, among: Collection[str] | None = None) -> Fields:
    """Return the other half's fields with the values that `side` holds, where both know the field (of `among`)."""
    across = halves[other(side)].fields
    held = halves[side].fields
    fields: dict[str, Value] = {
        name: held.get(name, value) if among is None or name in among else value for name, value in across.items()
    }
    return fields


def _written_id(write: Write, outcome: Outcome) -> str:
    if isinstance(outcome, Done | Failed) and outcome.record is not None:
        return outcome.record.id
    return "" if isinstance(write, Create) else write.record.id


def _journal_row(action: Action, side: Side, write: Write) -> JournalRow:
    before: Fields = {} if isinstance(write, Create) else write.record.fields
    after: Fields = {} if isinstance(write, Release) else write.fields
    changes: dict[str, Any] = {name: [plain(before.get(name, "")), plain(value)] for name, value in after.items()}
    lost = [[contest.field, contest.winner, contest.won, contest.lost] for contest in action.contests]
    if lost and isinstance(write, Update):
        changes["lost"] = lost
    identity = "" if isinstance(write, Create) else write.record.id
    return JournalRow(side, verb_of(write), identity, write.label, reason_of(action, write), changes, "intended")
