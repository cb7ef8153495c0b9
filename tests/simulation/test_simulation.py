"""Two hundred seeds keep every promise, the same seed is the same twice, and a planted defect is seen."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gsync_cli.contacts import creatio_writer, google_writing
from gsync_cli.contacts.google_store import GoogleContacts
from gsync_cli.sync import merge, plan
from gsync_cli.sync.merge import Merged
from gsync_cli.sync.plan import Plan, Sighting
from gsync_cli.sync.record import SIDES, Create, Fields, Outcome, Side, Write
from gsync_cli.sync.run import Run
from gsync_cli.sync.settle import Settled
from tests.simulation.__main__ import told
from tests.simulation.seeds import REGRESSIONS
from tests.simulation.simulation import play

SEEDS = 200
CHUNK = 10
ROUNDS = 4
"""Of people's edits and a troubled run each; `make soak` plays up to seven, and as many seeds as one likes."""
LEFT_TO_PEOPLE = 0.05
"""The largest share of records that may be left to a person: else "listed with a reason" would excuse everything."""


@pytest.mark.parametrize("first", range(1, SEEDS + 1, CHUNK))
def test_whatever_people_and_networks_do_every_promise_is_kept(first: int) -> None:
    results = [play(seed, most_rounds=ROUNDS) for seed in range(first, first + CHUNK)]
    for result in results:
        assert not result.problem, told(result)
    # A simulation in which nothing happens keeps every promise.
    assert all(sum(getattr(each, what) for each in results) for what in ("runs", "kills", "stopped", "acts", "linked"))
    left = sum(result.excused for result in results)
    assert left <= max(3, LEFT_TO_PEOPLE * sum(2 * result.linked for result in results))


@pytest.mark.parametrize("seed", REGRESSIONS, ids=REGRESSIONS.get)
def test_what_once_went_wrong_goes_right(seed: int) -> None:
    result = play(seed)
    assert not result.problem, told(result)


@pytest.mark.parametrize("seed", [11, 24, 35])
def test_the_same_seed_leaves_the_same_journal(seed: int) -> None:
    once, again = play(seed), play(seed)
    assert once.journal
    assert once.journal == again.journal


# ── planted defects ──────────────────────────────────────────────────────────────────────────────────────────────

MOST = 40
"""Seeds in which a planted defect must show."""


def creates_are_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    def settle(*_: object, **__: object) -> Settled:
        return Settled({}, {side: {} for side in SIDES})

    patch.setattr("gsync_cli.sync.run.settle", settle)


def cursors_move_first(patch: pytest.MonkeyPatch) -> None:
    whole = Run._guard

    def guard(run: Run, planned: Plan) -> None:
        with run.state.transaction():
            for side in SIDES:
                run.state.store_cursor(run.kind.name, side, run.changes[side].cursor)
        whole(run, planned)

    patch.setattr(Run, "_guard", guard)


def the_newest_record_wins_whole(patch: pytest.MonkeyPatch) -> None:
    def merged(_base: object, creatio: Fields, google: Fields, winner: Side, *_: object) -> Merged:
        to_creatio = {name: value for name, value in google.items() if name in creatio and creatio[name] != value}
        to_google = {name: value for name, value in creatio.items() if name in google and google[name] != value}
        return Merged({}, to_google) if winner == "creatio" else Merged(to_creatio, {})

    patch.setattr(plan, "merge", merged)


def the_base_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    whole = merge.merge

    def merged(_base: object, *rest: Any) -> Merged:
        return whole(None, *rest)

    patch.setattr(plan, "merge", merged)


def who_is_not_listed_has_left(patch: pytest.MonkeyPatch) -> None:
    def sighting(run: Run, side: Side) -> Sighting:
        changes = run.changes[side]
        missing = {link.id_of(side) for link in run.links} - changes.members
        return Sighting(changes.members, changes.records, dict.fromkeys(missing))

    patch.setattr(Run, "_sighting", sighting)


def people_are_mixed_up(patch: pytest.MonkeyPatch) -> None:
    whole = GoogleContacts.apply

    def mixed(store: GoogleContacts, batch: Sequence[Write]) -> Sequence[Outcome]:
        if len(batch) > 1 and all(isinstance(write, Create) for write in batch):
            notes = [write.fields.get("notes", "") for write in batch if isinstance(write, Create)]
            batch = [
                replace(write, fields={**write.fields, "notes": note})
                for write, note in zip(batch, notes[1:] + notes[:1], strict=True)
                if isinstance(write, Create)
            ]
        return whole(store, batch)

    patch.setattr(GoogleContacts, "apply", mixed)


def edits_under_way_are_overwritten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(google_writing, "_same", lambda _now, _planned: True)
    patch.setattr(creatio_writer, "_same_content", lambda _now, _planned: True)


def the_lost_value_is_not_told(patch: pytest.MonkeyPatch) -> None:
    whole = merge.merge
    patch.setattr(plan, "merge", lambda *given: replace(whole(*given), contests=()))


PLANTED: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    creates_are_not_looked_for: "without a look|times in",
    cursors_move_first: "in Creatio, .* in Google|neither linked|the dry run told",
    the_newest_record_wins_whole: "which nobody changed|is lost",
    the_base_is_forgotten: "which nobody changed|in Creatio, .* in Google",
    who_is_not_listed_has_left: "was released|taken out of scope",
    people_are_mixed_up: "was made of|holds values of|the partner has",
    edits_under_way_are_overwritten: "is lost",
    the_lost_value_is_not_told: "the journal does not say why",
}


@pytest.mark.parametrize("plant", PLANTED)
def test_the_simulation_notices_when(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    found = next((result for seed in range(1, MOST + 1) if (result := play(seed)).problem), None)
    assert found is not None
    assert re.search(PLANTED[plant], found.problem), found.problem
