"""The profile's files, the state and the lock."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from gsync_cli.sync.lock import held
from gsync_cli.sync.state import Identity, Intent, State
from tests.support.examined import Patient


def test_a_folder_that_others_can_look_into_is_told_with_the_chmod(well: Patient) -> None:
    well.profile.folder.chmod(0o755)
    modes = well.examine("modes")["modes"]
    assert (modes.outcome, modes.finding.command) == ("warn", f"chmod 700 {well.profile.folder}")


@pytest.mark.parametrize("name", ["credentials.toml", "config.toml"])
def test_the_files_that_matter_are_looked_at_too(well: Patient, name: str) -> None:
    path = well.profile.folder / name
    path.chmod(0o644)
    modes = well.examine("modes")["modes"]
    assert (modes.outcome, modes.finding.command) == ("fail", f"chmod 600 {path}")
    assert "0644" in modes.finding.evidence


def test_credentials_that_others_can_read_fail_with_the_chmod(well: Patient) -> None:
    well.profile.credentials_file.chmod(0o644)
    results = well.examine()
    assert results["modes"].finding.command == f"chmod 600 {well.profile.credentials_file}"
    assert {name for name, each in results.items() if each.outcome == "fail"} == {"modes"}
    assert results["credentials"].outcome == "skip"


def test_a_setting_that_gsync_does_not_know_is_named(well: Patient) -> None:
    well.profile.config_file.write_text('[google]\nprojekt = "x"\n')
    config = well.examine("config")["config"].finding
    assert "google.projekt" in config.evidence
    assert config.command == "gsync config unset google.projekt"


def test_a_state_that_is_no_database_is_damaged(well: Patient) -> None:
    well.profile.state_file.write_bytes(b"no database at all" * 100)
    state = well.examine("state")["state"]
    assert (state.outcome, state.finding.code) == ("fail", "state-damaged")


def test_a_state_with_a_broken_page_is_damaged(well: Patient) -> None:
    with closing(sqlite3.connect(well.profile.state_file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = database.execute("PRAGMA page_size").fetchone()
    content = bytearray(well.profile.state_file.read_bytes())
    content[size : 2 * size] = bytes(255 for _ in range(size))
    well.profile.state_file.write_bytes(bytes(content))
    assert well.examine("state")["state"].finding.code == "state-damaged"


def test_a_state_of_a_newer_gsync_is_told(well: Patient) -> None:
    with closing(sqlite3.connect(well.profile.state_file)) as database:
        database.execute("PRAGMA user_version = 99")
    assert well.examine("state")["state"].finding.code == "state-newer"


def test_looking_at_the_state_leaves_it_as_it_is_byte_for_byte(well: Patient) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in well.profile.folder.glob("state.db*")}

    before = files()
    assert well.examine("state")["state"].outcome == "pass"
    assert files() == before


def test_creates_whose_outcome_is_unknown_are_counted(well: Patient) -> None:
    state = State.open(well.profile.state_file)
    with state.transaction():
        state.store_intent("contact", Intent("google", "twin-1", "Ada", well.sandbox.clock.now()))
    state.close()
    finding = well.examine("state")["state"]
    assert finding.outcome == "warn"
    assert "1 creates were interrupted" in finding.finding.evidence


def test_links_of_another_account_are_told_before_a_run_stops_at_them(well: Patient) -> None:
    state = State.open(well.profile.state_file)
    state.claim({"Google account": Identity("1-somebody-else", "bob@nordlicht.example")})
    state.close()
    finding = well.examine("state")["state"].finding
    assert (finding.code, finding.exit_code) == ("state-of-another", 9)
    assert "bob@nordlicht.example" in finding.evidence


def test_links_of_the_account_that_is_signed_in_are_well(well: Patient) -> None:
    grant = well.credentials.grant
    assert grant is not None
    state = State.open(well.profile.state_file)
    state.claim({"Google account": Identity(grant.subject, "an address it had before")})
    state.close()
    assert well.examine("state")["state"].outcome == "pass"


def test_a_run_under_way_is_told_with_its_process_and_is_no_trouble(well: Patient) -> None:
    with held(well.profile.lock_file, well.sandbox.clock):
        lock = well.examine("lock")["lock"]
    assert lock.outcome == "pass"
    assert f"process {os.getpid()}" in lock.finding.evidence


def test_a_run_that_takes_for_ever_is_worth_a_look(well: Patient) -> None:
    with held(well.profile.lock_file, well.sandbox.clock):
        well.sandbox.clock.advance(timedelta(hours=3).total_seconds())
        lock = well.examine("lock")["lock"]
    assert (lock.outcome, lock.finding.command) == ("warn", f"Look at it: ps -p {os.getpid()}")


def test_the_note_of_a_run_that_was_killed_holds_nobody_up(well: Patient) -> None:
    well.profile.lock_file.touch(0o600)
    well.profile.lock_file.with_suffix(".json").write_text(json.dumps({"pid": 1, "since": "2026-03-01T00:00:00+00:00"}))
    lock = well.examine("lock")["lock"]
    assert lock.outcome == "pass"
    assert "ended without tidying up" in lock.finding.evidence
