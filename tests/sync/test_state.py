"""The state: one file, whole at every instant, whose damage is said and whose owner is checked."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.errors import ConfigurationWrong, StoppedForSafety
from gsync_cli.sync.codec import pack, unpack
from gsync_cli.sync.link import Half, Link
from gsync_cli.sync.record import Entry
from gsync_cli.sync.state import SCHEMA_VERSION, Identity, Intent, State

LINK = Link(
    Half("c1", "v1", {"title": "Chef 👩‍🍳", "phones": frozenset({Entry("work", "1", "1 1")})}, '{"rows": []}'),
    Half("g1", "w1", {"title": "", "phones": frozenset()}),
    "Ann",
)

NOW = datetime(2026, 1, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def state(path: Path) -> Iterator[State]:
    opened = State.open(path)
    yield opened
    opened.close()


def stored(state: State, link: Link = LINK) -> int:
    with state.transaction():
        state.store_link("contact", link)
    return state.link_keys("contact")[-1].key


def test_the_file_is_its_owners_alone(path: Path, state: State) -> None:
    stored(state)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("state.db*")}
    assert modes == {0o600}


def test_a_link_comes_back_as_it_was_stored(state: State) -> None:
    key = stored(state)
    (link,) = state.links([key])
    assert (link.creatio, link.google, link.label) == (LINK.creatio, LINK.google, LINK.label)
    phones = link.creatio.fields["phones"]
    assert isinstance(phones, frozenset)
    assert {entry.value for entry in phones} == {"1 1"}


texts = st.text(max_size=20)
values = texts | st.frozensets(st.builds(Entry, texts, texts, texts), max_size=4)
halves = st.builds(Half, texts, texts, st.dictionaries(texts, values, max_size=5), texts)


@given(halves, halves, texts)
def test_every_link_survives_being_packed(ours: Half, theirs: Half, label: str) -> None:
    link = Link(ours, theirs, label, 7)
    assert unpack(7, (ours.id, theirs.id), (ours.version, theirs.version), label, pack(link)) == link


def test_a_transaction_is_done_whole_or_not_at_all(state: State) -> None:
    with suppress(KeyboardInterrupt), state.transaction():
        state.store_link("contact", LINK)
        raise KeyboardInterrupt
    assert state.link_keys("contact") == []


def test_a_doubted_record_has_no_version(state: State) -> None:
    key = stored(state)
    with state.transaction():
        state.doubt(key, "google")
    (keys,) = state.link_keys("contact")
    assert (keys.creatio_version, keys.google_version) == ("v1", "")


def test_a_renamed_record_keeps_its_link(state: State) -> None:
    stored(state)
    with state.rehearsal():
        state.rename("contact", "google", {"g1": "g8"})
    with state.transaction():
        state.rename("contact", "google", {"g1": "g9"})
    (keys,) = state.link_keys("contact")
    assert keys.google_id == "g9"


def test_an_intent_stays_until_it_is_dropped(state: State) -> None:
    intent = Intent("google", "c1", "Ann", datetime(2026, 1, 1, tzinfo=UTC))
    with state.transaction():
        state.store_intent("contact", intent)
    assert state.intents("contact") == [intent]
    with state.transaction():
        state.drop_intent("contact", "google", "c1")
    assert state.intents("contact") == []


def test_the_roster_finds_by_any_key_and_follows_changes(state: State) -> None:
    with state.transaction():
        state.store_roster("contact", "google", {"g1": ["mail:a", "phone:1"], "g2": ["mail:a"]})
    assert state.roster_ids("contact", "google", ["mail:a"]) == {"g1", "g2"}
    with state.transaction():
        state.store_roster("contact", "google", {"g1": ["phone:1"]}, gone=["g2"])
    assert state.roster_ids("contact", "google", ["mail:a", "phone:1"]) == {"g1"}


def test_many_keys_at_once_are_no_trouble(state: State) -> None:
    with state.transaction():
        state.store_roster("contact", "google", {f"g{n}": [f"mail:{n}"] for n in range(2000)})
    assert len(state.roster_ids("contact", "google", [f"mail:{n}" for n in range(2000)])) == 2000


def test_a_state_belongs_to_whom_it_was_bound_first(state: State) -> None:
    state.claim({"Google account": Identity("1", "ann@example.com")})
    state.claim({"Google account": Identity("1", "ann.new@example.com")})
    with pytest.raises(StoppedForSafety) as error:
        state.claim({"Google account": Identity("2", "ben@example.com")})
    assert error.value.facts["known"] == "ann.new@example.com"


def _full(state: State) -> Intent:
    """Fill every table of the state, for Ann."""
    state.claim({"Google account": Identity("1", "ann@example.com"), "Creatio user": Identity("u", "Ann")})
    stored(state)
    open_one = Intent("google", "c1", "Ann", datetime(2026, 1, 1, tzinfo=UTC))
    with state.transaction():
        state.store_cursor("contact", "google", "token")
        state.store_roster("contact", "google", {"g1": ["mail:a"]})
        state.store_intent("contact", open_one)
        state.journal.start("run-1", "contact", datetime(2026, 1, 1, tzinfo=UTC))
    return open_one


def test_what_is_forgotten_is_everything_but_the_journal_and_open_creates(state: State) -> None:
    open_one = _full(state)
    assert (state.linked(), state.whose()["Google account"].shown) == (1, "ann@example.com")
    assert state.forget(NOW) == 1
    assert (state.linked(), state.whose(), state.cursor("contact", "google")) == (0, {}, None)
    assert state.roster_ids("contact", "google", ["mail:a"]) == frozenset()
    assert [row.run for row in state.journal.runs()] == ["run-1"]
    assert state.intents("contact") == [open_one]
    assert state.forget(NOW) == 0


def test_after_forgetting_the_state_can_belong_to_another_who_has_no_open_creates(state: State) -> None:
    _full(state)
    state.forget(NOW)
    state.claim({"Google account": Identity("2", "ben@example.com"), "Creatio user": Identity("u", "Ann")})
    assert state.intents("contact") == []
    assert state.whose()["Google account"].shown == "ben@example.com"


def test_open_creates_are_settled_by_the_same_who_comes_back(state: State) -> None:
    open_one = _full(state)
    state.forget(NOW)
    state.forget(NOW)
    state.claim({"Google account": Identity("1", "ann@example.com"), "Creatio user": Identity("u", "Ann")})
    assert state.intents("contact") == [open_one]
    with pytest.raises(StoppedForSafety):
        state.claim({"Google account": Identity("2", "ben@example.com")})


def test_forgetting_leaves_no_name_behind_where_nothing_is_open(path: Path, state: State) -> None:
    _full(state)
    with state.transaction():
        state.drop_intent("contact", "google", "c1")
    state.forget(NOW)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM identity").fetchall() == []
    connection.close()


def test_a_rehearsal_binds_nobody(state: State) -> None:
    state.claim({"Google account": Identity("1", "ann@example.com")}, bind=False)
    state.claim({"Google account": Identity("2", "ben@example.com")})


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 40, b"\0" * 9000])
def test_what_is_no_database_is_said_to_be_damaged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigurationWrong) as error:
        State.open(path)
    assert error.value.code == "state-damaged"
    assert path.read_bytes() == content


def test_a_state_of_a_newer_gsync_is_left_alone(path: Path) -> None:
    State.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(ConfigurationWrong) as error:
        State.open(path)
    assert error.value.code == "state-newer"
