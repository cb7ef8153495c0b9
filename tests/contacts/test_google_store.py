"""Reading the Google side, on the sandbox and through Google's own library."""

import json
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.contacts import model
from gsync_cli.contacts.google_calls import PeopleCalls
from gsync_cli.contacts.google_store import GoogleContacts
from gsync_cli.errors import Temporary
from gsync_cli.sync.record import Changes, Create, Done, Record, Update
from tests.support.google_account import GoogleRig, google_rig

LISTING, GROUPS, BATCH_GET = "GET /people/me/connections", "GET /contactGroups", "GET /people:batchGet"
GROUP = "GET /contactGroups/…"


@pytest.fixture
def rig(tmp_path: Path) -> GoogleRig:
    rig = google_rig(tmp_path)
    rig.account.add_group("Creatio")
    return rig


def ana(**fields: Any) -> dict[str, Any]:
    mails = [{"value": "ana@x.org"}, {"value": "ana@home.org"}]
    return {"names": [{"givenName": "Ana", "familyName": "Lima"}], "emailAddresses": mails, **fields}


def versions(*readings: Changes) -> dict[str, str]:
    return {name: record.version for reading in readings for name, record in reading.records.items()}


def full_at(cursor: str) -> str:
    return str(json.loads(cursor)["full_at"])


def update(store: GoogleContacts, record: Record, **fields: Any) -> Record:
    [outcome] = store.apply([Update(record, fields, "id-1", join=not record.member)])
    assert isinstance(outcome, Done)
    return outcome.record


class Everybody:
    """A roster that remembers some ids under every key."""

    def __init__(self, *ids: str) -> None:
        self.ids = frozenset(ids)

    def find(self, keys: Collection[str]) -> frozenset[str]:
        return self.ids if keys else frozenset()


def test_the_first_reading_shows_everybody_and_who_is_in_the_group(rig: GoogleRig) -> None:
    member, stranger = rig.account.add(ana(), "Creatio"), rig.account.add({"names": [{"givenName": "Bo"}]})
    changes = rig.store().changes(None, {})
    assert changes.complete
    assert changes.members == {member}
    assert {name: record.member for name, record in changes.records.items()} == {member: True, stranger: False}
    assert rig.requests() == {GROUPS: 1, GROUP: 1, LISTING: 1}


def test_a_reading_without_news_costs_two_requests(rig: GoogleRig) -> None:
    rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    rig.requests()
    second = rig.store().changes(first.cursor, versions(first))
    assert (second.records, second.complete, second.members) == ({}, False, first.members)
    assert rig.requests() == {LISTING: 1, GROUP: 1}
    third = rig.store().changes(second.cursor, versions(first))
    assert third.records == {}


def test_an_edit_is_news_with_the_whole_contact(rig: GoogleRig) -> None:
    name = rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    rig.account.edit(name, names=[{"givenName": "Anna"}])
    changed = rig.store().changes(first.cursor, versions(first)).records[name]
    assert changed.fields[model.GIVEN] == "Anna"
    assert changed.fields[model.MAILS] == first.records[name].fields[model.MAILS]


@pytest.mark.parametrize("touch", [True, False])
def test_our_own_writes_are_no_news(rig: GoogleRig, touch: bool) -> None:
    rig.sandbox.google.behaviour.group_changes_touch_contacts = touch
    rig.account.add(ana())
    store = rig.store()
    first = store.changes(None, {})
    [record] = first.records.values()
    updated = update(store, record, **{model.GIVEN: "Anna"})
    [created] = store.apply([Create("id-2", {model.GIVEN: "Bo"}, "Bo")])
    assert isinstance(created, Done)
    known = {entry.id: entry.version for entry in (updated, created.record)}
    rig.clock.advance(60)
    second = rig.store().changes(first.cursor, known)
    assert second.records == {}
    assert second.members == {updated.id, created.record.id}


def test_a_change_that_gsync_does_not_map_is_no_news(rig: GoogleRig) -> None:
    name = rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    rig.account.edit(name, nicknames=[{"value": "Annie"}])
    assert rig.store().changes(first.cursor, versions(first)).records == {}


@pytest.mark.parametrize("touch", [True, False])
def test_who_joined_the_group_is_a_member_whether_or_not_the_listing_shows_it(rig: GoogleRig, touch: bool) -> None:
    rig.sandbox.google.behaviour.group_changes_touch_contacts = touch
    name = rig.account.add(ana())
    first = rig.store().changes(None, {})
    rig.account.join(name, "Creatio")
    second = rig.store().changes(first.cursor, versions(first))
    assert second.members == {name}
    assert {record.member for record in second.records.values()} <= {True}


@pytest.mark.parametrize("touch", [True, False])
def test_who_left_the_group_is_no_member(rig: GoogleRig, touch: bool) -> None:
    rig.sandbox.google.behaviour.group_changes_touch_contacts = touch
    name = rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    rig.account.leave(name, "Creatio")
    second = rig.store().changes(first.cursor, versions(first))
    assert second.members == set()
    assert not any(record.member for record in second.records.values())
    assert second.gone == set()


def test_a_deleted_contact_is_told_as_gone(rig: GoogleRig) -> None:
    name = rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    rig.account.delete(name)
    second = rig.store().changes(first.cursor, versions(first))
    assert second.gone == {name}
    assert second.members == set()
    assert second.records == {}


def test_of_merged_contacts_one_changes_and_the_others_are_gone(rig: GoogleRig) -> None:
    keep, other = rig.account.add(ana(), "Creatio"), rig.account.add({"phoneNumbers": [{"value": "030 1234567"}]})
    first = rig.store().changes(None, {})
    rig.account.merge(keep, other)
    second = rig.store().changes(first.cursor, versions(first))
    assert second.gone == {other}
    assert second.records[keep].fields[model.PHONES]


def test_a_new_resource_name_is_told_with_the_former_one(rig: GoogleRig) -> None:
    name = rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    now = rig.account.rename_resource(name)
    second = rig.store().changes(first.cursor, versions(first))
    assert second.renamed == {name: now}
    assert second.members == {now}
    assert second.gone == set()
    assert rig.store().fetch([name])[name].id == now


def test_everything_is_read_again_after_six_days_without_asking_with_the_old_token(rig: GoogleRig) -> None:
    rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    rig.clock.advance(timedelta(days=5).total_seconds())
    second = rig.store().changes(first.cursor, versions(first))
    assert not second.complete
    assert full_at(second.cursor) == full_at(first.cursor)
    rig.clock.advance(timedelta(days=1, seconds=1).total_seconds())
    rig.requests()
    third = rig.store().changes(second.cursor, versions(first))
    assert third.complete
    assert third.records == {}
    assert full_at(third.cursor) > full_at(second.cursor)
    assert rig.requests()[LISTING] == 1


def test_an_expired_token_means_one_full_reading(rig: GoogleRig) -> None:
    rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    rig.sandbox.google.behaviour.sync_token_days = 1
    rig.clock.advance(timedelta(days=2).total_seconds())
    rig.requests()
    second = rig.store().changes(first.cursor, versions(first))
    assert second.complete
    assert rig.requests()[LISTING] == 2


def test_a_token_of_somebody_else_means_one_full_reading(rig: GoogleRig) -> None:
    rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    foreign = json.dumps({**json.loads(first.cursor), "token": "bm9ib2R5"})
    assert rig.store().changes(foreign, versions(first)).complete


def test_another_region_or_group_means_a_full_reading(rig: GoogleRig) -> None:
    rig.account.add(ana(), "Creatio")
    first = rig.store().changes(None, {})
    assert rig.store(region="US").changes(first.cursor, {}).complete
    assert rig.store(group_name="Customers").changes(first.cursor, {}).complete
    assert not rig.store().changes(first.cursor, {}).complete


@pytest.mark.parametrize("cursor", ["", "no json", "[]", "{}", '{"token": 1}'])
def test_a_cursor_that_cannot_be_read_means_a_full_reading(rig: GoogleRig, cursor: str) -> None:
    assert rig.store().changes(cursor, {}).complete


def test_a_listing_that_shows_a_contact_as_it_was_is_no_news(rig: GoogleRig) -> None:
    rig.account.add(ana(), "Creatio")
    store = rig.store()
    first = store.changes(None, {})
    [record] = first.records.values()
    rig.clock.advance(10)
    known = {record.id: update(store, record, **{model.GIVEN: "Anna"}).version}
    rig.sandbox.google.behaviour.stale_listings = 1.0
    second = rig.store().changes(first.cursor, known)
    assert second.records == {}
    rig.clock.advance(3600)
    assert rig.store().changes(second.cursor, known).records == {}


def test_where_listing_and_group_disagree_the_contact_itself_is_asked(rig: GoogleRig) -> None:
    name = rig.account.add(ana())
    first = rig.store().changes(None, {})
    rig.clock.advance(10)
    rig.account.join(name, "Creatio")
    rig.sandbox.google.behaviour.stale_listings = 1.0
    second = rig.store().changes(first.cursor, {})
    assert second.members == {name}
    assert second.records[name].member


def test_whoever_was_let_go_is_asked_for_where_listing_and_group_still_show_him(rig: GoogleRig) -> None:
    rig.sandbox.google.behaviour.lag_seconds = 60
    first, other = rig.account.add(ana(), "Creatio"), rig.account.add({"names": [{"givenName": "Bo"}]}, "Creatio")
    rig.clock.advance(120)
    before = rig.store().changes(None, {})
    rig.account.leave(first, "Creatio")
    rig.clock.advance(1)
    # Its link is gone, so that nothing is known of it.
    known = {other: before.records[other].version}
    after = rig.store().changes(None, known)
    assert after.members == {other}
    assert not after.records[first].member


def test_a_full_reading_that_knows_a_newer_state_leaves_out_the_older_one(rig: GoogleRig) -> None:
    rig.sandbox.google.behaviour.lag_seconds = 60
    rig.account.add(ana(), "Creatio")
    rig.clock.advance(120)
    store = rig.store()
    [record] = store.changes(None, {}).records.values()
    known = {record.id: update(store, record, **{model.GIVEN: "Anna"}).version}
    rig.clock.advance(1)
    assert rig.store().changes(None, known).records == {}


def test_a_contact_with_more_mails_than_a_listing_shows_is_read_whole(rig: GoogleRig) -> None:
    many = [{"value": f"ana{number}@x.org"} for number in range(150)]
    name = rig.account.add(ana(emailAddresses=many), "Creatio")
    first = rig.store().changes(None, {})
    assert len(model.entries(first.records[name].fields, model.MAILS)) == 150
    rig.account.edit(name, nicknames=[{"value": "Annie"}])
    assert rig.store().changes(first.cursor, versions(first)).records == {}


def test_a_large_account_is_read_in_pages_of_a_thousand(rig: GoogleRig) -> None:
    for number in range(2001):
        rig.account.add({"names": [{"givenName": f"P{number}"}]})
    first = rig.store().changes(None, {})
    assert len(first.records) == 2001
    assert rig.requests()[LISTING] == 3
    assert rig.store().changes(first.cursor, versions(first)).records == {}


def test_contacts_are_fetched_by_name_in_addresses_that_stay_short(rig: GoogleRig) -> None:
    names = [rig.account.add(ana()) for _ in range(100)]
    rig.account.delete(names[0])
    fetched = rig.store().fetch(names)
    assert fetched.keys() == set(names[1:])
    requests = rig.requests()
    assert requests[BATCH_GET] <= 4
    assert not any(request.startswith("POST /people") for request in requests)


def test_many_contacts_are_fetched_by_a_plain_listing(rig: GoogleRig) -> None:
    names = [rig.account.add({"names": [{"givenName": f"P{number}"}]}, "Creatio") for number in range(1500)]
    rig.account.delete(names[0])
    rig.account.leave(names[1], "Creatio")
    fetched = rig.store().fetch(names)
    assert fetched.keys() == set(names[1:])
    assert not fetched[names[1]].member
    assert rig.requests() == {GROUPS: 1, GROUP: 1, LISTING: 2, BATCH_GET: 1}


def test_no_answer_for_a_contact_does_not_make_it_deleted(rig: GoogleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    name = rig.account.add(ana())
    broken = {"responses": [{"requestedResourceName": name, "status": {"code": 13, "message": "internal"}}]}
    answers: list[dict[str, Any]] = [broken, {}, {"responses": []}]
    for answer in answers:
        monkeypatch.setattr(rig.session, "execute", partial(_answering, answer))
        with pytest.raises(Temporary) as raised:
            PeopleCalls(rig.session).get([name])
        assert raised.value.code == "google-contacts-unread"


def _answering(answer: dict[str, Any], *_: object, **__: object) -> dict[str, Any]:
    return answer


def test_candidates_are_read_afresh_and_must_still_have_the_key(rig: GoogleRig) -> None:
    has, had = rig.account.add(ana()), rig.account.add({"emailAddresses": [{"value": "bo@x.org"}]})
    found = rig.store().candidates(["mail:ana@x.org"], Everybody(has, had, "people/c404"))
    assert found.keys() == {has}


def test_a_create_that_happened_is_found_by_its_mark(rig: GoogleRig) -> None:
    marked = rig.account.add(ana(clientData=[{"key": "gsync.creatio", "value": "id-1"}]), "Creatio")
    rig.account.add(ana(clientData=[{"key": "another.tool", "value": "id-2"}]))
    rig.sandbox.google.behaviour.lag_seconds = 600
    found = rig.store().settle(["id-1", "id-2", "id-3"])
    assert {twin: record.id for twin, record in found.items()} == {"id-1": marked}
    assert found["id-1"].fields[model.GIVEN] == "Ana"


def test_of_two_contacts_with_one_mark_the_older_one_is_taken(rig: GoogleRig) -> None:
    mark = [{"key": "gsync.creatio", "value": "id-1"}]
    older = rig.account.add(ana(clientData=mark))
    rig.clock.advance(60)
    rig.account.add(ana(clientData=mark))
    assert rig.store().settle(["id-1"])["id-1"].id == older


def test_a_dry_run_before_the_first_run_reads_and_writes_nothing(tmp_path: Path) -> None:
    rig = google_rig(tmp_path)
    rig.account.add(ana())
    store = rig.store(create_group=False)
    changes = store.changes(None, {})
    assert len(changes.records) == 1
    assert changes.members == set()
    assert store.settle(["id-1"]) == {}
    assert {entry.method for entry in rig.sandbox.log if entry.service == "people"} == {"GET"}


def test_a_store_that_reads_twice_sees_the_group_as_it_is_then(rig: GoogleRig) -> None:
    store = rig.store()
    first = store.changes(None, {})
    name = rig.account.add(ana(), "Creatio")
    assert store.changes(first.cursor, {}).members == {name}


def test_versions_of_written_contacts_are_known_already(rig: GoogleRig) -> None:
    store = rig.store()
    cursor = store.changes(None, {}).cursor
    [outcome] = store.apply([Create("id-1", {model.GIVEN: "Bo"}, "Bo")])
    assert isinstance(outcome, Done)
    rig.requests()
    assert store.absorb(cursor, [outcome.record]) == (cursor, {})
    assert not rig.requests()
