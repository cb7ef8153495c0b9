"""Twelve seeds of people, calendars and activities keep every promise, and a planted defect is seen."""

from functools import partial

import pytest

from gsync_cli.activities import google_calls, google_editing
from gsync_cli.activities.google_writing import EventWriter
from gsync_cli.sync import plan
from tests.simulation.activities import play
from tests.simulation.driver import keep_their_promises
from tests.simulation.planted import Plant, cursors_move_first, is_noticed, the_newest_record_wins_whole

SEEDS = 12
CHUNK = 4
ROUNDS = 4
REGRESSIONS = {
    12: "one 500 was taken for a site without the column Location, for ever",
    1039: "an event that was deleted could not be let go of: 403 ended each run",
    68: "what an interrupted create had made for an event that was then deleted came back as a new event",
    191: "an end in the hour that a site's clock shows twice was taken for the start, and its event emptied",
    453: "an occurrence that another rule had swept away was linked again when the old rule came back",
}


@pytest.mark.parametrize("first", range(1, SEEDS + 1, CHUNK))
def test_whatever_people_and_networks_do_every_promise_is_kept(first: int) -> None:
    results = [play(seed, most_rounds=ROUNDS) for seed in range(first, first + CHUNK)]
    keep_their_promises(results)


@pytest.mark.parametrize("seed", REGRESSIONS, ids=REGRESSIONS.get)
def test_what_once_went_wrong_goes_right(seed: int) -> None:
    result = play(seed)
    assert not result.problem, result.told()


# ── planted defects ──────────────────────────────────────────────────────────────────────────────────────────────

MOST = 12
"""Seeds in which a planted defect must show."""


def notes_go_to_google(patch: pytest.MonkeyPatch) -> None:
    whole = google_editing.new_event

    def shown(*given: object, **_: object) -> google_editing.Edit:
        return whole(*given, notes_both=True)  # type: ignore[arg-type]

    patch.setattr("gsync_cli.activities.google_writing.new_event", shown)
    patch.setattr(plan, "_allowed", lambda fields, *_: fields)


def guests_are_mailed(patch: pytest.MonkeyPatch) -> None:
    whole = google_calls.CalendarCalls.__init__

    def init(calls: google_calls.CalendarCalls, *given: object, **_: object) -> None:
        whole(calls, *given, notify=True)  # type: ignore[arg-type]

    patch.setattr(google_calls.CalendarCalls, "__init__", init)


def released_events_are_deleted(patch: pytest.MonkeyPatch) -> None:
    def let_go(writer: EventWriter, attempt: object) -> object:
        return writer._calls.delete(attempt.identity, "")  # type: ignore[attr-defined]

    patch.setattr(EventWriter, "_let_go", let_go)


PLANTED: dict[Plant, str] = {
    cursors_move_first: "in Creatio, .* in Google|neither linked|are linked",
    the_newest_record_wins_whole: "is lost|in Creatio|ghost@|spook@",
    notes_go_to_google: "shows all guests a note",
    guests_are_mailed: "mailed somebody",
    released_events_are_deleted: "is gone after a run",
}


@pytest.mark.parametrize("plant", PLANTED)
def test_the_simulation_notices_when(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    is_noticed(partial(play, most_rounds=ROUNDS), range(40, 40 + MOST), PLANTED[plant])
