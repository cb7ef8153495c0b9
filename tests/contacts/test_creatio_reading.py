"""What the Creatio store reads, in how many requests (design/performance.md)."""

from collections.abc import Callable
from typing import Any

import pytest

from gsync_cli.contacts import model
from gsync_cli.contacts.creatio_reading import Reader
from gsync_cli.contacts.creatio_store import CreatioContacts
from gsync_cli.sandbox.creatio.ids import ADDRESS_TYPES
from gsync_cli.sandbox.messages import Request
from gsync_cli.sync.record import Changes, Record
from tests.support.creatio_rig import Rig, create, known, rig

ANNA: dict[str, Any] = {
    "given": "Anna",
    "family": "Berg",
    "company": "Acme",
    "birthday": "1980-05-01",
    "notes": "<p>one</p><p>two</p>",
    "mails": ["Anna@x.com", "anna@home.example"],
    "phones": [("mobile", "030 / 12 34 56")],
    "addresses": [("home", {"street": "S 1", "city": "Berlin", "country": "Germany"})],
}


class NoRoster:
    """A memory that nobody may ask."""

    def find(self, keys: object) -> frozenset[str]:
        raise AssertionError(f"Creatio is to be asked itself for {keys}")


def people(site: Rig, number: int, *, tagged: bool = True) -> list[str]:
    return [
        site.person(
            given=f"P{at}",
            family="Q",
            mails=[f"p{at}@x.com"],
            phones=[("work", f"+49 30 {1000000 + at}")],
            tagged=tagged,
        )
        for at in range(number)
    ]


def settled(site: Rig, store: CreatioContacts) -> tuple[Changes, dict[str, str]]:
    """Read once in full, and give time for the overlap to pass."""
    first = store.changes(None, {})
    site.clock.advance(48 * 3600)
    return first, dict(known(first))


def test_the_first_reading_finds_all_tagged_contacts_whole() -> None:
    site = rig()
    anna = site.person(**ANNA)
    site.person(given="Not", family="Tagged", tagged=False)
    changes = site.store(region="DE").changes(None, {})
    assert (set(changes.members), set(changes.records), changes.complete) == ({anna}, {anna}, True)
    fields = changes.records[anna].fields
    assert fields[model.COMPANY] == "Acme"
    assert fields[model.NOTES] == "one\ntwo"
    assert fields[model.PHONES] == frozenset([model.phone("mobile", "+4930123456", "DE")])
    assert fields[model.ADDRESSES] == frozenset(
        [model.address("home", model.Address("S 1", "Berlin", "", "", "Germany"))]
    )
    assert changes.records[anna].member


def test_linked_contacts_without_the_tag_are_read_with_the_rest() -> None:
    site = rig()
    gone, left = "00000000-0000-4000-8000-000000000001", site.person(given="Left", tagged=False)
    changes = site.store().changes(None, {gone: "1", left: "1"})
    assert changes.members == frozenset()
    assert [(record.id, record.member) for record in changes.records.values()] == [(left, False)]


@pytest.mark.parametrize("person", [{"given": "Boris"}, ANNA])
def test_nothing_new_takes_one_request_with_addresses_and_without(person: dict[str, Any]) -> None:
    site = rig()
    people(site, 30)
    site.person(**person)
    store = site.store()
    first, versions = settled(site, store)
    for _ in range(2):
        with site.counting() as requests:
            first = store.changes(first.cursor, versions)
        assert (first.records, len(first.members), first.complete) == ({}, 31, False)
        assert len(requests) == 1
        site.clock.advance(3600)


def test_what_we_know_already_is_no_news_within_the_overlap() -> None:
    site = rig()
    people(site, 3)
    store = site.store()
    first = store.changes(None, {})
    assert store.changes(first.cursor, known(first)).records == {}


@pytest.mark.parametrize(
    ("reading", "zone", "literals"),
    [
        ("utc", "", "as-dates"),
        ("unknown", "", "as-dates"),
        *(
            ("unknown", zone, literals)
            for zone in ("Russian Standard Time", "Pacific Standard Time")
            for literals in ("as-dates", "utc")
        ),
    ],
)
def test_every_kind_of_change_is_found_whatever_the_zone(reading: str, zone: str, literals: str) -> None:
    site = rig(dates="user-zone" if zone else "utc", literals=literals)
    if zone:
        site.site.set_zone(site.site.user, zone)
    anna, boris, clara = site.person(**ANNA), site.person(given="Boris"), site.person(given="Clara")
    store = site.store(reading)
    first, versions = settled(site, store)
    desk = site.desk
    edits: dict[str, Callable[[], object]] = {
        "title": lambda: desk.edit_contact(anna, job_title="Boss"),
        "new mail": lambda: desk.add_communication(boris, "mail", "b@x.com"),
        "changed mail": lambda: desk.change_communication(desk.communications(anna)[0]["id"], number="z@x.com"),
        "mail gone": lambda: desk.delete_communication(desk.communications(anna)[0]["id"]),
        "new address": lambda: desk.add_address(clara, "home", {"street": "S"}),
        "changed address": lambda: desk.change_address(desk.addresses(anna)[0]["id"], {"street": "S 9"}),
    }
    cursor = first.cursor
    for name, edit in edits.items():
        site.clock.advance(3600)
        edit()
        changes = store.changes(cursor, versions)
        expected = {"new mail": boris, "new address": clara}.get(name, anna)
        assert set(changes.records) == {expected}, name
        cursor = changes.cursor
        versions |= known(changes)


def test_an_address_that_vanished_without_a_trace_is_missed() -> None:
    site = rig()
    anna = site.person(**ANNA)
    second = site.desk.add_address(anna, "business", {"street": "W 1"})
    store = site.store()
    first, versions = settled(site, store)
    site.desk.delete_address(second)
    # Somebody else's new address makes up for it in number.
    site.desk.add_address(site.person(given="Boris", tagged=False), "home", {"street": "S"})
    changes = store.changes(first.cursor, versions)
    assert [record.fields[model.ADDRESSES] for record in changes.records.values()] == [
        frozenset([model.address("home", model.Address("S 1", "Berlin", "", "", "Germany"))])
    ]
    after = store.changes(changes.cursor, {**versions, **known(changes)})
    assert after.records == {}


def test_tagging_and_untagging_are_seen_although_they_leave_the_dates_alone() -> None:
    site = rig()
    anna, boris = site.person(given="Anna"), site.person(given="Boris", tagged=False)
    store = site.store()
    first, versions = settled(site, store)
    site.desk.untag(anna, site.tag)
    site.desk.tag(boris, site.tag)
    changes = store.changes(first.cursor, versions)
    assert (set(changes.members), set(changes.records)) == ({boris}, {boris})


def test_a_deleted_contact_is_no_member_and_not_there() -> None:
    site = rig()
    anna = site.person(**ANNA)
    store = site.store()
    first, versions = settled(site, store)
    site.desk.delete_contact(anna)
    changes = store.changes(first.cursor, versions)
    assert (changes.members, changes.records) == (frozenset(), {})
    assert store.fetch([anna]) == {}


def test_a_contact_deleted_while_it_is_read_is_not_taken_for_one_without_mails() -> None:
    site = rig(batch="writes-only")
    anna = site.person(**ANNA)
    changes = site.store().changes(None, {})
    site.clock.advance(60)
    site.desk.edit_contact(anna, JobTitle="Head")

    def delete_meanwhile(request: Request) -> None:
        if request.path.endswith("/ContactCommunication") and "Contact/Id" in request.argument("$filter"):
            site.before = lambda _: None
            site.desk.delete_contact(anna)

    store = site.store()
    site.before = delete_meanwhile
    assert store.changes(changes.cursor, known(changes)).records == {}


def test_a_record_whose_version_is_not_known_is_read_again() -> None:
    site = rig()
    anna = site.person(given="Anna")
    store = site.store()
    first, _ = settled(site, store)
    assert set(store.changes(first.cursor, {anna: ""}).records) == {anna}


def test_changes_of_others_cost_nothing_but_their_narrow_rows() -> None:
    site = rig()
    site.person(given="Anna")
    stranger = site.person(**ANNA, tagged=False)
    store = site.store()
    first, versions = settled(site, store)
    site.desk.edit_contact(stranger, job_title="Boss")
    with site.counting() as requests:
        changes = store.changes(first.cursor, versions)
    assert (changes.records, len(requests)) == ({}, 1)


def test_a_date_from_the_future_does_not_hide_what_comes_after_it() -> None:
    site = rig()
    odd, anna = site.person(given="Odd"), site.person(given="Anna")
    site.clock.advance(400 * 86400)
    site.desk.edit_contact(odd, job_title="Prophet")
    site.clock.advance(-400 * 86400)
    store = site.store()
    first, versions = settled(site, store)
    site.desk.edit_contact(anna, job_title="Boss")
    changes = store.changes(first.cursor, versions)
    assert set(changes.records) == {anna}
    site.clock.advance(3600)
    site.desk.edit_contact(anna, job_title="Chair")
    assert set(store.changes(changes.cursor, {**versions, **known(changes)}).records) == {anna}


@pytest.mark.parametrize("cursor", ["", "{}", "not json", '{"high": 1}'])
def test_a_cursor_that_is_not_ours_means_reading_everything(cursor: str) -> None:
    site = rig()
    anna = site.person(given="Anna")
    changes = site.store().changes(cursor, {})
    assert (set(changes.records), changes.complete) == ({anna}, True)


@pytest.mark.parametrize(
    "options", [{}, {"batch": "writes-only"}, {"max_rows": 7}, {"max_rows": 7, "next_links": True}]
)
def test_both_ways_of_reading_read_the_same(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    site = rig(**options)
    ids = [*people(site, 40), site.person(**ANNA)]
    by_id = site.store().changes(None, {})
    monkeypatch.setattr(Reader, "_scanning_is_cheaper", lambda *_: True)
    scanned = site.store().changes(None, {})
    assert set(by_id.records) == set(ids)
    assert by_id == scanned


def test_a_first_reading_takes_few_requests_whichever_way() -> None:
    site = rig()
    ids = people(site, 900)
    with site.counting() as requests:
        assert len(site.store().changes(None, {}).records) == 900
    # The tag; the links, the latest date and three counts; one page of each table.
    assert [request.path.rpartition("/")[2] for request in requests][-5:] == [
        "ContactTag",
        "$batch",
        "Contact",
        "ContactAddress",
        "ContactCommunication",
    ]
    for contact in ids[100:]:
        site.desk.untag(contact, site.tag)
    store = site.store()
    with site.counting() as requests:
        assert len(store.changes(None, {}).records) == 100
    assert [request.path.rpartition("/")[2] for request in requests] == ["ContactTag", "$batch", "$batch"]


def test_a_site_that_does_not_expand_is_asked_for_the_names() -> None:
    site = rig()
    anna = site.person(**ANNA)
    original = site.site.handle
    refused: list[str] = []

    def without_expansion(request: Any) -> Any:
        if b"$expand" in request.body or "$expand" in request.query:
            refused.append(request.path)
            from gsync_cli.sandbox.messages import Response

            error = {"error": {"code": "", "message": "The query specified in the URI is not valid."}}
            return Response.of_json(400, error)
        return original(request)

    site.site.handle = without_expansion  # type: ignore[method-assign]
    record = site.store().changes(None, {}).records[anna]
    assert refused
    assert record.fields[model.COMPANY] == "Acme"
    assert record.fields[model.ADDRESSES] == frozenset(
        [model.address("home", model.Address("S 1", "Berlin", "", "", "Germany"))]
    )


def test_fetch_tells_members_from_others_in_one_request() -> None:
    site = rig()
    anna, boris = site.person(**ANNA), site.person(given="Boris", tagged=False)
    store = site.store()
    store.changes(None, {})
    with site.counting() as requests:
        found = store.fetch([anna, boris.upper(), "people/c1", "00000000-0000-4000-8000-000000000001"])
    assert {identity: record.member for identity, record in found.items()} == {anna: True, boris.upper(): False}
    assert len(requests) == 1


@pytest.mark.parametrize("options", [{}, {"case_sensitive": True}, {"batch": "writes-only"}])
def test_candidates_are_found_by_mail_and_phone_however_written(options: dict[str, Any]) -> None:
    site = rig(**options)
    anna = site.person(**ANNA, tagged=False)
    boris = site.person(given="Boris", phones=[("work", "+1 (212) 555-0100 ext. 7")])
    people(site, 20)
    store = site.store(region="DE")
    keys = {
        "mail:anna@x.com": anna,
        "phone:+4930123456": anna,
        "phone:+12125550100;7": boris,
        "mail:nobody@x.com": None,
    }
    for key, expected in keys.items():
        assert set(store.candidates([key], NoRoster())) == ({expected} - {None}), key
    found = store.candidates(list(keys), NoRoster())
    assert {identity: record.member for identity, record in found.items()} == {anna: False, boris: True}


def test_a_number_that_only_looks_alike_is_no_candidate() -> None:
    site = rig()
    site.person(given="Anna", phones=[("work", "+1 212 3456789"), ("fax", "+49 30 3456789")])
    assert site.store().candidates(["phone:+49303456789"], NoRoster()) == {}


def test_candidates_take_two_requests() -> None:
    site = rig()
    people(site, 50)
    store = site.store()
    store.changes(None, {})
    with site.counting() as requests:
        assert len(store.candidates([f"mail:p{at}@x.com" for at in range(50)], NoRoster())) == 50
    assert len(requests) == 2


def test_a_site_that_fills_no_search_numbers_is_read_from_end_to_end() -> None:
    site = rig(case_sensitive=True)
    anna = site.person(**ANNA)
    for row in site.site.tables.rows("ContactCommunication"):
        row["SearchNumber"] = ""
    store = site.store(region="DE")
    for key in ("mail:anna@x.com", "phone:+4930123456"):
        assert set(store.candidates([key], NoRoster())) == {anna}


def test_very_many_keys_are_looked_for_in_the_table() -> None:
    site = rig()
    ids = people(site, 30)
    store = site.store()
    store.changes(None, {})
    keys = [f"mail:p{at}@x.com" for at in range(3000)]
    with site.counting() as requests:
        assert set(store.candidates(keys, NoRoster())) == set(ids)
    # The table of communications, which was counted before, and the contacts found in it.
    assert len(requests) == 2


def test_a_created_contact_is_found_by_the_one_it_was_made_for() -> None:
    site = rig()
    store = site.store()
    outcome = create(store, {model.GIVEN: "Anna", model.MAILS: frozenset([model.mail("a@x.com")])}, "people/c7")
    found = site.store().settle(["people/c7", "people/c8"])
    assert {twin: record.id for twin, record in found.items()} == {"people/c7": outcome.record.id}  # type: ignore[union-attr]
    assert found["people/c7"].member


def test_work_addresses_of_older_sites_are_business_addresses() -> None:
    site = rig()
    anna = site.person(given="Anna")
    kinds = {name: type_id for name, type_id in ADDRESS_TYPES.items() if name in ("actual", "legal", "work")}
    for kind in kinds:
        site.desk.add_address(anna, kind, {"street": kind})
    record: Record = site.store().changes(None, {}).records[anna]
    seen = {entry.kind for entry in model.entries(record.fields, model.ADDRESSES)}
    assert seen <= {"business", "other"}
    assert seen
