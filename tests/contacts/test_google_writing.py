"""Writing to the Google side: whole batches, bad contacts alone, no double, nobody's edit overwritten."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.contacts import model
from gsync_cli.contacts.google_calls import PeopleCalls
from gsync_cli.contacts.google_store import GoogleContacts
from gsync_cli.contacts.google_writing import GoogleWriter
from gsync_cli.errors import StoppedForSafety
from gsync_cli.google.errors import ErrorBody, GoogleRefusal
from gsync_cli.sync.record import Create, Done, Failed, Outcome, Record, Release, Stale, Unclear, Update, Value, Write
from tests.support.google_account import GoogleRig, google_rig

CREATES, UPDATES = "POST /people:batchCreateContacts", "POST /people:batchUpdateContacts"
MODIFY = "POST /contactGroups/…/members:modify"
MODIFY_MINE = "POST /contactGroups/myContacts/members:modify"
MINE = "contactGroups/myContacts"
BATCH_GET = "GET /people:batchGet"


@pytest.fixture
def rig(tmp_path: Path) -> GoogleRig:
    rig = google_rig(tmp_path)
    rig.account.add_group("Creatio")
    return rig


def creates(count: int, **fields: Value) -> list[Create]:
    return [Create(f"id-{number}", {model.GIVEN: f"P{number}", **fields}, f"P{number}") for number in range(count)]


def carried_out(store: GoogleContacts, writes: Sequence[Write]) -> list[Outcome]:
    return [outcome for batch in store.batches(writes) for outcome in store.apply(batch)]


def records(outcomes: Sequence[Outcome]) -> list[Record]:
    assert all(isinstance(outcome, Done) for outcome in outcomes), outcomes
    return [outcome.record for outcome in outcomes if isinstance(outcome, Done)]


def members(rig: GoogleRig, store: GoogleContacts, count: int) -> list[Record]:
    """Create contacts in the group and return their records."""
    made = records(carried_out(store, creates(count)))
    rig.clock.advance(60)
    rig.requests()
    return made


def given_names(rig: GoogleRig) -> list[str]:
    return sorted(contact["names"][0]["givenName"] for contact in rig.account.contacts())


def kinds(outcomes: Sequence[Outcome]) -> list[str]:
    return [type(outcome).__name__ for outcome in outcomes]


def renamed(record: Record, given: str, **more: Value) -> Update:
    return Update(record, {model.GIVEN: given, **more}, str(record.twin))


# ── creating ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_creates_go_in_batches_of_two_hundred_into_both_groups_with_their_marks(rig: GoogleRig) -> None:
    store = rig.store()
    made = records(carried_out(store, creates(450)))
    assert rig.requests()[CREATES] == 3
    assert {record.id for record in made} == rig.account.members("Creatio") == rig.account.members(MINE)
    assert [(record.twin, record.fields[model.GIVEN], record.member) for record in made[:2]] == [
        ("id-0", "P0", True),
        ("id-1", "P1", True),
    ]
    assert all(record.version for record in made)


def test_one_bad_contact_does_not_keep_the_others_out(rig: GoogleRig) -> None:
    rig.sandbox.google.behaviour.refused_values = {"'P7'", "'P150'"}
    outcomes = carried_out(rig.store(), creates(200))
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Failed)] == [7, 150]
    assert kinds(outcomes).count("Done") == 198
    assert len(rig.account.contacts()) == 198
    assert rig.requests()[CREATES] <= 2 * 2 * 8


def test_a_batch_that_names_its_bad_contacts_is_not_halved(rig: GoogleRig) -> None:
    class Telling(PeopleCalls):
        def create(self, persons: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
            bad = {str(n): {"code": 3, "message": "bad"} for n, p in enumerate(persons) if "P7" in str(p)}
            if bad:
                details = ({"@type": "…BatchCreateContactsErrorDetails", "contactErrors": bad},)
                raise GoogleRefusal(400, ErrorBody(message="Request contains an invalid argument.", details=details))
            return super().create(persons)

    writer = GoogleWriter(Telling(rig.session), rig.store().group, "DE")
    rig.requests()
    outcomes = writer.create(creates(10))
    assert outcomes[7] == Failed("Google refuses it: bad")
    assert kinds(outcomes).count("Done") == 9
    assert rig.requests()[CREATES] == 1


@pytest.mark.parametrize("what", ["500", "503", "timeout", "reset", "truncated", "half-json"])
def test_a_create_without_an_answer_is_unclear_and_never_sent_again(rig: GoogleRig, what: Any) -> None:
    store = rig.store()
    _ = store.group
    rig.sandbox.faults.add(what, when="after", path="batchCreateContacts")
    outcomes = carried_out(store, creates(3))
    assert kinds(outcomes) == ["Unclear"] * 3
    assert rig.requests()[CREATES] == 1
    assert len(rig.account.contacts()) == 3
    found = rig.store().settle([f"id-{number}" for number in range(4)])
    names = {twin: record.fields[model.GIVEN] for twin, record in found.items()}
    assert names == {"id-0": "P0", "id-1": "P1", "id-2": "P2"}
    assert all(record.member for record in found.values())


@pytest.mark.parametrize("what", ["429", "429-plain", "403-rate", "connect", "401"])
def test_a_create_that_was_turned_away_undone_is_sent_again(rig: GoogleRig, what: Any) -> None:
    rig.sandbox.faults.add(what, path="batchCreateContacts")
    assert kinds(carried_out(rig.store(), creates(3))) == ["Done"] * 3
    assert len(rig.account.contacts()) == 3


def test_a_group_deleted_in_the_middle_stops_the_run(rig: GoogleRig) -> None:
    store = rig.store()
    members(rig, store, 1)
    rig.account.delete_group("Creatio")
    with pytest.raises(StoppedForSafety) as stopped:
        carried_out(store, creates(200))
    assert stopped.value.code == "google-group-deleted"
    assert rig.requests()[CREATES] == 1


# ── updating ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_updates_that_change_the_same_fields_share_a_request(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 300)
    notes = [Update(record, {model.NOTES: "Hi"}, str(record.twin)) for record in made[250:]]
    writes = [*(renamed(record, f"Q{number}") for number, record in enumerate(made[:250])), *notes]
    updated = records(carried_out(store, writes))
    assert rig.requests() == {UPDATES: 3}
    assert [record.fields[model.GIVEN] for record in updated[:250]] == [f"Q{number}" for number in range(250)]
    assert {record.fields[model.NOTES] for record in updated[250:]} == {"Hi"}
    assert all(record.member for record in updated)


def test_an_update_changes_only_what_it_names(rig: GoogleRig) -> None:
    extra = {
        "nicknames": [{"value": "Annie"}],
        "emailAddresses": [{"value": "ana@x.org", "type": "work", "displayName": "Ana at work"}],
        "clientData": [{"key": "csync-uid", "value": "7"}],
        "userDefined": [{"key": "shoe size", "value": "38"}],
    }
    name = rig.account.add({"names": [{"givenName": "Ana", "honorificSuffix": "Jr."}], **extra}, "Creatio")
    store = rig.store()
    record = store.fetch([name])[name]
    [after] = records(carried_out(store, [Update(record, {model.GIVEN: "Anna"}, "id-1")]))
    contact = rig.account.contact(name)
    assert (contact["names"][0]["givenName"], contact["names"][0]["honorificSuffix"]) == ("Anna", "Jr.")
    assert contact["emailAddresses"][0]["displayName"] == "Ana at work"
    assert {"nicknames", "userDefined"} <= contact.keys()
    assert {item["key"]: item["value"] for item in contact["clientData"]} == {"csync-uid": "7", "gsync.creatio": "id-1"}
    assert after.twin == "id-1"


def test_somebodys_edit_since_the_plan_is_not_overwritten(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 3)
    rig.account.edit(made[1].id, names=[{"givenName": "Changed"}])
    outcomes = carried_out(store, [renamed(record, "New") for record in made])
    assert kinds(outcomes) == ["Done", "Stale", "Done"]
    assert isinstance(outcomes[1], Stale)
    assert outcomes[1].record is not None
    assert outcomes[1].record.fields[model.GIVEN] == "Changed"
    assert given_names(rig) == ["Changed", "New", "New"]


def test_an_edit_of_something_unmapped_is_no_conflict(rig: GoogleRig) -> None:
    store = rig.store()
    [record] = members(rig, store, 1)
    rig.account.edit(record.id, nicknames=[{"value": "Annie"}])
    assert kinds(carried_out(store, [renamed(record, "New")])) == ["Done"]
    assert rig.account.contact(record.id)["nicknames"][0]["value"] == "Annie"


def test_a_contact_deleted_since_the_plan_does_not_keep_the_others_back(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 3)
    rig.account.delete(made[1].id)
    outcomes = carried_out(store, [renamed(record, "New") for record in made])
    assert outcomes[1] == Stale(None)
    assert given_names(rig) == ["New", "New"]


def test_a_contact_taken_out_of_the_group_since_the_plan_is_planned_anew(rig: GoogleRig) -> None:
    store = rig.store()
    [record] = members(rig, store, 1)
    rig.account.leave(record.id, "Creatio")
    [outcome] = carried_out(store, [renamed(record, "New")])
    assert isinstance(outcome, Stale)
    assert given_names(rig) == ["P0"]


def test_a_spurious_mismatch_of_etags_is_tried_again(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 3)
    rig.sandbox.faults.add("stale-etag", path="batchUpdateContacts", times=2)
    assert kinds(carried_out(store, [renamed(record, "New") for record in made])) == ["Done"] * 3
    assert rig.requests() == {UPDATES: 3, BATCH_GET: 2}


def test_an_etag_that_never_fits_is_left_to_the_next_run(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 2)
    rig.sandbox.google.behaviour.spurious_etag_mismatches = 1.0
    assert kinds(carried_out(store, [renamed(record, "New") for record in made])) == ["Failed"] * 2
    assert rig.requests()[UPDATES] == 3
    assert given_names(rig) == ["P0", "P1"]


@pytest.mark.parametrize("times", [1, 5, 6])
@pytest.mark.parametrize("what", ["500", "timeout", "reset"])
def test_an_update_without_an_answer_is_looked_up_and_found_done(rig: GoogleRig, what: Any, times: int) -> None:
    store = rig.store()
    made = members(rig, store, 2)
    rig.sandbox.faults.add(what, when="after", path="batchUpdateContacts", times=times)
    assert kinds(carried_out(store, [renamed(record, "New") for record in made])) == ["Done"] * 2
    assert given_names(rig) == ["New", "New"]


def test_an_update_without_an_answer_does_not_pass_off_what_somebody_wrote_beside_it_as_agreed(
    rig: GoogleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = rig.store()
    [record] = members(rig, store, 1)
    rig.sandbox.faults.add("reset", when="after", path="batchUpdate", times=9)
    whole = PeopleCalls.get

    def get(calls: PeopleCalls, names: Sequence[str]) -> Mapping[str, Any]:
        rig.account.edit(record.id, biographies=[{"value": "Ring first"}])
        return whole(calls, names)

    monkeypatch.setattr(PeopleCalls, "get", get)
    [outcome] = carried_out(store, [renamed(record, "Q")])
    assert isinstance(outcome, Stale)
    assert outcome.record is not None
    assert [outcome.record.fields[name] for name in (model.GIVEN, model.NOTES)] == ["Q", "Ring first"]


def test_an_update_that_never_gets_an_answer_and_did_not_happen_is_unclear(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 2)
    rig.sandbox.faults.add("timeout", path="batchUpdateContacts", times=99)
    assert kinds(carried_out(store, [renamed(record, "New") for record in made])) == ["Unclear"] * 2
    assert given_names(rig) == ["P0", "P1"]


def test_an_update_without_an_answer_does_not_hide_somebodys_edit(rig: GoogleRig) -> None:
    store = rig.store()
    [record] = members(rig, store, 1)
    rig.account.edit(record.id, names=[{"givenName": "Changed"}])
    rig.sandbox.faults.add("timeout", path="batchUpdateContacts", times=5)
    assert kinds(carried_out(store, [renamed(record, "New")])) == ["Stale"]
    assert given_names(rig) == ["Changed"]


def test_one_refused_update_does_not_keep_the_others_back(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 40)
    rig.sandbox.google.behaviour.refused_values = {"Bad"}
    writes = [renamed(record, "Bad" if number == 11 else "New") for number, record in enumerate(made)]
    outcomes = carried_out(store, writes)
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Failed)] == [11]
    assert given_names(rig) == ["New"] * 39 + ["P11"]


def test_a_recognised_contact_is_marked_and_joins_the_group(rig: GoogleRig) -> None:
    names = [rig.account.add({"names": [{"givenName": f"G{number}"}]}) for number in range(3)]
    store = rig.store()
    found = store.changes(None, {}).records
    rig.requests()
    writes = [Update(found[name], {}, f"id-{number}", join=True) for number, name in enumerate(names)]
    joined = records(carried_out(store, writes))
    assert rig.requests() == {UPDATES: 1, MODIFY: 1}
    assert rig.account.members("Creatio") == set(names)
    assert [(record.member, record.twin) for record in joined] == [(True, "id-0"), (True, "id-1"), (True, "id-2")]
    assert rig.account.contact(names[0])["clientData"][0]["value"] == "id-0"


def test_joining_alone_costs_one_request_for_a_thousand(rig: GoogleRig) -> None:
    mark = [{"key": "gsync.creatio", "value": "id-1"}]
    for number in range(1001):
        rig.account.add({"names": [{"givenName": f"G{number}"}], "clientData": mark})
    store = rig.store()
    found = store.changes(None, {}).records
    rig.requests()
    joined = records(carried_out(store, [Update(record, {}, "id-1", join=True) for record in found.values()]))
    assert rig.requests() == {MODIFY: 2}
    assert len(rig.account.members("Creatio")) == len(joined) == 1001


def test_joining_without_an_answer_is_looked_up(rig: GoogleRig) -> None:
    name = rig.account.add({"names": [{"givenName": "Ana"}]})
    store = rig.store()
    record = store.fetch([name])[name]
    rig.sandbox.faults.add("timeout", path="members:modify", times=99)
    [outcome] = carried_out(store, [Update(record, {}, "id-1", join=True)])
    assert isinstance(outcome, Unclear)
    rig.sandbox.faults.clear()
    rig.sandbox.faults.add("timeout", when="after", path="members:modify", times=99)
    fresh = rig.store().fetch([name])[name]
    assert records(carried_out(store, [Update(fresh, {}, "id-1", join=True)]))[0].member


# ── releasing ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_released_contacts_leave_the_group_and_stay_contacts(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 3)
    released = records(carried_out(store, [Release(record) for record in made]))
    assert rig.requests() == {MODIFY: 1}
    assert rig.account.members("Creatio") == set()
    assert len(rig.account.contacts()) == 3
    assert not any(record.member for record in released)


def test_who_has_no_other_group_goes_to_my_contacts_first(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 2)
    rig.account.leave(made[0].id, MINE)
    fresh = store.fetch([record.id for record in made])
    records(carried_out(store, [Release(record) for record in fresh.values()]))
    assert rig.requests() == {BATCH_GET: 1, MODIFY_MINE: 1, MODIFY: 1}
    assert rig.account.members(MINE) == {record.id for record in made}


def test_who_lost_every_other_group_since_is_released_all_the_same(rig: GoogleRig) -> None:
    store = rig.store()
    [record] = members(rig, store, 1)
    rig.account.leave(record.id, MINE)
    records(carried_out(store, [Release(record)]))
    assert rig.account.members("Creatio") == set()
    assert rig.account.members(MINE) == {record.id}


def test_releasing_who_is_gone_or_has_left_is_done(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 3)
    rig.account.delete(made[0].id)
    rig.account.leave(made[1].id, "Creatio")
    assert kinds(carried_out(store, [Release(record) for record in made])) == ["Done"] * 3
    assert rig.account.members("Creatio") == set()


@pytest.mark.parametrize(("when", "kind"), [("before", "Unclear"), ("after", "Done")])
def test_releasing_without_an_answer_is_looked_up(rig: GoogleRig, when: Any, kind: str) -> None:
    store = rig.store()
    made = members(rig, store, 2)
    rig.sandbox.faults.add("500", when=when, path="members:modify", times=99)
    assert kinds(carried_out(store, [Release(record) for record in made])) == [kind] * 2


def test_releasing_from_a_group_that_is_gone_is_done(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 2)
    rig.account.delete_group("Creatio")
    assert kinds(carried_out(store, [Release(record) for record in made])) == ["Done"] * 2


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_batches_hold_every_write_once_and_nothing_of_two_kinds(rig: GoogleRig) -> None:
    store = rig.store()
    made = members(rig, store, 5)
    writes: list[Write] = [*creates(450), *(renamed(record, "New") for record in made), *map(Release, made * 300)]
    batches = [list(batch) for batch in store.batches(writes)]
    assert [len(batch) for batch in batches] == [200, 200, 50, 5, 1000, 500]
    assert all(len({type(write) for write in batch}) == 1 for batch in batches)
    assert [write for batch in batches for write in batch] == writes
