"""What an earlier run left open: creates whose outcome nobody knows are looked for, before anything is planned."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from gsync_cli.clock import Clock
from gsync_cli.sync.plan import Action
from gsync_cli.sync.recognise import Kind, Recognised
from gsync_cli.sync.record import SIDES, Record, Release, Side, Store
from gsync_cli.sync.state import Intent, State
from gsync_cli.sync.watcher import Watcher

SETTLE_SECONDS = 30.0
"""How old an unclear create must be before "it is not there" counts as "it was never made".

Google's answers may lag behind its writes by minutes where a sync token is involved (facts/google.md 6.2); the look is
a plain listing, which does not lag in that way, and this much time on top of it.
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What interrupted creates have made."""

    pairs: Mapping[str, str]
    """Creatio id -> Google id: what was made, and what it was made for."""
    made: Mapping[Side, Mapping[str, Record]]
    """The records found, by id."""


def settle(
    kind: Kind, state: State, stores: Mapping[Side, Store], clock: Clock, watcher: Watcher, *, dry_run: bool
) -> Settled:
    """Look for what the open intents have made, and forget those that have made nothing. A rehearsal forgets none."""
    pairs: dict[str, str] = {}
    made: dict[Side, Mapping[str, Record]] = {}
    for side in SIDES:
        intents = [intent for intent in state.intents(kind.name) if intent.side == side]
        found: Mapping[str, Record] = {}
        if intents:
            watcher.stage(f"settle-{side}", len(intents))
            found = _look(stores[side], intents, clock, watcher, patient=side == "google" and not dry_run)
            if not dry_run:
                _forget(kind, state, [intent for intent in intents if intent.twin not in found])
        for twin, record in found.items():
            creatio_id, google_id = (record.id, twin) if side == "creatio" else (twin, record.id)
            pairs[creatio_id] = google_id
        made[side] = {record.id: record for record in found.values()}
    return Settled(pairs, made)


def _look(
    store: Store, intents: Collection[Intent], clock: Clock, watcher: Watcher, *, patient: bool
) -> Mapping[str, Record]:
    """Look for what creates have made: twin -> record. Where nothing is found yet, a patient look is a second one."""
    found = dict(store.settle([intent.twin for intent in intents]))
    missing = [intent for intent in intents if intent.twin not in found]
    if patient and missing:
        age = (clock.now() - max(intent.since for intent in missing)).total_seconds()
        if age < SETTLE_SECONDS:
            watcher.stage("wait-for-google", None)
            clock.sleep(SETTLE_SECONDS - max(age, 0.0))
            found.update(store.settle([intent.twin for intent in missing]))
    return found


def _forget(kind: Kind, state: State, intents: Collection[Intent]) -> None:
    with state.transaction():
        for intent in intents:
            state.drop_intent(kind.name, intent.side, intent.twin)


def let_go_of_orphans(recognised: Recognised, settled: Settled, google: Store) -> tuple[Recognised, tuple[Action, ...]]:
    """Part from what an interrupted create made in Creatio for a Google record that somebody has deleted since.

    It is no news of Creatio's: to create it in Google would bring back what was deleted there. What is there all the
    same, though it was not among the newcomers (it has left the window meanwhile), is linked.
    """
    strangers = recognised.strangers.get("creatio", ())
    made = settled.made["creatio"]
    made_for = {ours.id: settled.pairs[ours.id] for ours in strangers if ours.id in made and ours.id in settled.pairs}
    there = google.fetch(frozenset(made_for.values())) if made_for else {}
    same: list[tuple[Record, Record]] = []
    partings: list[Action] = []
    others: list[Record] = []
    for ours in strangers:
        twin = made_for.get(ours.id)
        theirs = there.get(twin) if twin else None
        if twin and theirs is None:
            partings.append(_parting(ours, twin))
        elif theirs is not None and not theirs.unfit:
            same.append((ours, theirs))
        else:
            others.append(ours)
    recognised = replace(
        recognised, same=(*recognised.same, *same), strangers={**recognised.strangers, "creatio": tuple(others)}
    )
    return recognised, tuple(partings)


def _parting(ours: Record, twin: str) -> Action:
    writes: tuple[tuple[Side, Release], ...] = (("creatio", Release(replace(ours, twin=twin))),)
    return Action("deleted", writes, ours, None, origin="google")
