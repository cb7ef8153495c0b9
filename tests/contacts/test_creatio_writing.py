"""What the Creatio store writes, what it says of it, and what it does when an answer never comes."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gsync_cli.contacts import model
from gsync_cli.contacts.creatio_mapping import contact_id_for
from gsync_cli.contacts.creatio_store import Choices, CreatioContacts
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.dates import DateReading
from gsync_cli.creatio.odata import OData
from gsync_cli.sandbox.messages import Request, Response
from gsync_cli.sync.record import Create, Done, Failed, Fields, Outcome, Record, Release, Stale, Unclear, Update
from tests.support.creatio_rig import TAG, Rig, apply_all, create, known, parts, rig, update, writes

FIELDS: Fields = {
    **dict.fromkeys(model.TEXTS, ""),
    **dict.fromkeys(model.SETS, frozenset()),
    model.GIVEN: "Anna",
    model.FAMILY: "Berg",
    model.JOB_TITLE: "Engineer",
    model.BIRTHDAY: "1980-05-01",
    model.NOTES: "one\n2 < 3",
    model.MAILS: frozenset([model.mail("anna@x.com"), model.mail("a@home.example")]),
    model.PHONES: frozenset([model.phone("mobile", "+49 30 123456", None)]),
    model.WEBS: frozenset([model.web("https://x.com")]),
    model.SKYPES: frozenset([model.skype("anna.b")]),
    model.ADDRESSES: frozenset([model.address("business", model.Address("S 1", "Berlin", "", "10115", "Germany"))]),
}


def done(outcome: Outcome) -> Record:
    assert isinstance(outcome, Done), outcome
    return outcome.record


def read(site: Rig, contact: str) -> Record:
    return site.store().changes(None, {contact: ""}).records[contact]


def mails(*addresses: str) -> Fields:
    return {model.MAILS: frozenset(model.mail(address) for address in addresses)}


def refusing(site: Rig, where: Callable[[dict[str, Any]], bool], message: str = "No, says the rule.") -> None:
    """Let the site refuse parts of batches."""
    original = site.site.handle

    def handle(request: Request) -> Response:
        if "$batch" not in request.path:
            return original(request)
        asked = request.json()["requests"]
        refused = [part for part in asked if where(part)]
        rest = [part for part in asked if part not in refused]
        answer = original(replace(request, body=json.dumps({"requests": rest}).encode()))
        body = json.loads(answer.body)
        error = {"error": {"code": "", "message": "An error has occurred.", "innererror": {"message": message}}}
        body["responses"] += [{"id": part["id"], "status": 500, "headers": {}, "body": error} for part in refused]
        return replace(answer, body=json.dumps(body).encode())

    site.site.handle = handle  # type: ignore[method-assign]


# ── creates ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_contact_arrives_whole_tagged_and_owned() -> None:
    site = rig()
    record = done(create(site.store(), FIELDS))
    assert record.id == contact_id_for(site.desk.user.contact_id, "people/c1")
    told = site.desk.contact(record.id)
    assert told is not None
    assert (told["name"], told["tags"], told["notes"]) == ("Anna Berg", ["Google"], "<p>one</p><p>2 &lt; 3</p>")
    assert told["columns"]["OwnerId"] == site.desk.user.contact_id
    assert told["columns"]["TypeId"] == wellknown.CLIENT
    assert told["addresses"][0][1]["city"] == "Berlin"
    found = read(site, record.id)
    assert {name: found.fields[name] for name in FIELDS} == FIELDS
    assert record.fields == {name: found.fields[name] for name in record.fields}
    assert record.fields.keys() == FIELDS.keys()


def test_the_type_is_contact_where_the_setting_says_nothing() -> None:
    site = rig()
    original = site.site.handle
    site.site.handle = lambda request: (  # type: ignore[method-assign]
        Response.of_json(403, {"Message": "no"}) if "QuerySysSettings" in request.path else original(request)
    )
    record = done(create(site.store(), FIELDS))
    told = site.desk.contact(record.id)
    assert told is not None
    assert told["columns"]["TypeId"] == wellknown.CONTACT


def test_a_repeated_create_makes_nothing_twice() -> None:
    site = rig()
    first = done(create(site.store(), FIELDS))
    counts = {
        table: site.desk.count(table) for table in ("Contact", "ContactCommunication", "ContactAddress", "ContactInTag")
    }
    again = done(create(site.store(), FIELDS))
    assert again.id == first.id
    assert again.member
    assert {table: site.desk.count(table) for table in counts} == counts


def test_a_half_written_create_is_made_whole_by_repeating_it() -> None:
    site = rig()
    record = done(create(site.store(), FIELDS))
    site.desk.untag(record.id, site.tag)
    for row in site.desk.communications(record.id)[1:]:
        site.desk.delete_communication(row["id"])
    again = done(create(site.store(), FIELDS))
    assert again.member
    assert {name: again.fields[name] for name in FIELDS} == FIELDS


def test_creates_fill_requests_of_a_hundred_parts() -> None:
    site = rig()
    store = site.store()
    store.changes(None, {})
    with site.counting() as requests:
        outcomes = apply_all(
            store, *(Create(f"people/c{at}", {model.GIVEN: f"P{at}", **mails(f"p{at}@x.com")}, "") for at in range(99))
        )
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    sizes = [len(parts(request)) for request in requests if writes(request)]
    assert sizes == [99, 99, 99]
    # And one for the type of new contacts.
    assert len(requests) == 4


def test_lookups_are_asked_for_once_for_all() -> None:
    site = rig()
    store = site.store()
    store.changes(None, {})
    made = [Create(f"people/c{at}", {model.GIVEN: "P", model.COMPANY: f"Co {at % 3}"}, "") for at in range(120)]
    with site.counting() as requests:
        apply_all(store, *made)
    assert len([request for request in requests if not writes(request)]) == 2


def test_a_contact_with_more_than_a_hundred_details_takes_several_requests() -> None:
    site = rig()
    fields: Fields = {model.GIVEN: "Many", **mails(*(f"m{at}@x.com" for at in range(150)))}
    record = done(create(site.store(), fields))
    assert len(site.desk.communications(record.id)) == 150


def test_what_creatio_can_t_hold_fails_alone() -> None:
    site = rig()
    writes_given = [
        Create("people/c1", {**FIELDS, model.JOB_TITLE: "x" * 300}, "long"),
        Create("people/c2", FIELDS, "good"),
    ]
    failed, good = apply_all(site.store(), *writes_given)
    assert failed == Failed("The job title has 300 characters; Creatio takes 250 at most.")
    done(good)


def test_a_refused_contact_fails_with_the_deepest_reason_and_the_rest_goes_on() -> None:
    site = rig()
    refusing(site, lambda part: part.get("body", {}).get("Name") == "Bad")
    outcomes = apply_all(
        site.store(),
        *(
            Create(f"people/{name}", {model.GIVEN: name, **mails(f"{name}@x.com")}, name)
            for name in ("Good", "Bad", "Fine")
        ),
    )
    assert [type(outcome) for outcome in outcomes] == [Done, Failed, Done]
    assert outcomes[1] == Failed("Creatio refused the contact: No, says the rule.")
    assert {contact["name"] for contact in site.desk.contacts()} == {"Good", "Fine"}


def test_a_refused_detail_fails_and_shows_what_is_there() -> None:
    site = rig()
    refusing(site, lambda part: part.get("body", {}).get("Number") == "anna.b")
    outcome = create(site.store(), FIELDS)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "Creatio refused a mail, phone or web address: No, says the rule."
    assert outcome.record is not None
    assert outcome.record.fields[model.SKYPES] == frozenset()
    assert outcome.record.fields[model.MAILS] == FIELDS[model.MAILS]
    assert outcome.record.member


def test_without_the_right_to_tag_a_create_fails_and_shows_the_contact() -> None:
    site = rig(denied={("write", "ContactInTag")})
    outcome = create(site.store(), FIELDS)
    assert isinstance(outcome, Failed)
    assert outcome.record is not None
    assert not outcome.record.member


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_create_without_an_answer_is_unclear_and_never_sent_again(carried_out: bool) -> None:
    site = rig()
    store = site.store()
    store.changes(None, {})
    site.lose_answers(carried_out=carried_out)
    assert isinstance(create(store, FIELDS), Unclear)
    assert len([request for request in site.requests if writes(request)]) == 1
    assert ("people/c1" in store.settle(["people/c1"])) == carried_out


def test_a_server_that_stops_at_the_first_failure_is_asked_for_the_rest() -> None:
    site = rig()
    original = site.site.handle

    def stopping(request: Request) -> Response:
        if writes(request):
            request = replace(
                request, headers={name: text for name, text in request.headers.items() if name != "prefer"}
            )
        return original(request)

    site.site.handle = stopping  # type: ignore[method-assign]
    done(create(site.store(), FIELDS, "people/c2"))
    outcomes = apply_all(
        site.store(),
        *(Create(f"people/c{at}", {model.GIVEN: f"P{at}", **mails(f"p{at}@x.com")}, "") for at in (1, 2, 3)),
    )
    assert [type(outcome) for outcome in outcomes] == [Done, Failed, Done]
    assert site.desk.count("Contact") == 1 + 3


def test_a_batch_that_one_part_spoils_is_halved_until_the_part_is_alone() -> None:
    site = rig()
    original = site.site.handle

    def strict(request: Request) -> Response:
        if writes(request) and any(part.get("body", {}).get("Name") == "Bad" for part in request.json()["requests"]):
            return Response.of_json(400, {"Message": "The request is invalid."})
        return original(request)

    site.site.handle = strict  # type: ignore[method-assign]
    outcomes = apply_all(
        site.store(), *(Create(f"people/{name}", {model.GIVEN: name}, name) for name in ("A", "Bad", "C", "D"))
    )
    assert [type(outcome) for outcome in outcomes] == [Done, Failed, Done, Done]


# ── companies and other lookups ──────────────────────────────────────────────────────────────────────────────


def test_a_company_that_is_not_there_is_made_only_where_that_is_allowed() -> None:
    site = rig()
    fields = {**FIELDS, model.COMPANY: "New & Co"}
    outcome = create(site.store(), fields)
    assert done(outcome).fields[model.COMPANY] == ""
    assert isinstance(outcome, Done)
    assert outcome.notes == ("Company “New & Co” is not in Creatio: left out.",)
    for twin in ("people/c2", "people/c3"):
        assert done(create(site.store(create_accounts=True), fields, twin)).fields[model.COMPANY] == "New & Co"
    assert [row["Name"] for row in site.desk.rows("Account")].count("New & Co") == 1


def test_a_lost_answer_to_a_new_company_is_looked_up() -> None:
    site = rig()
    store = site.store(create_accounts=True)
    site.lose_answers()
    assert done(create(store, {**FIELDS, model.COMPANY: "New"})).fields[model.COMPANY] == "New"


def test_a_company_of_which_there_are_two_is_left_out() -> None:
    site = rig()
    for _ in range(2):
        site.site.records.insert("Account", {"Name": "Twice"}, None)
    outcome = create(site.store(create_accounts=True), {**FIELDS, model.COMPANY: "Twice"})
    assert isinstance(outcome, Done)
    assert outcome.notes == ("Company “Twice” is there more than once in Creatio: left out.",)


@pytest.mark.parametrize("table", ["SalutationType", "ContactSalutationType"])
def test_an_existing_salutation_is_found_under_either_name_of_its_table(table: str) -> None:
    site = rig(salutations=table)
    name = site.desk.rows(table)[0]["Name"]
    record = done(create(site.store(), {**FIELDS, model.SALUTATION: name}))
    assert read(site, record.id).fields[model.SALUTATION] == name


def test_a_table_that_may_not_be_read_has_no_values() -> None:
    site = rig(denied={("read", "Department"), ("read", "City")})
    outcome = create(site.store(), {**FIELDS, model.DEPARTMENT: "Sales"})
    assert isinstance(outcome, Done)
    assert outcome.record.fields[model.DEPARTMENT] == ""
    assert len(outcome.notes) == 2


# ── updates ──────────────────────────────────────────────────────────────────────────────────────────────────


def linked(site: Rig) -> tuple[CreatioContacts, Record]:
    """Return a store and a contact as the engine knows it."""
    store = site.store()
    record = done(create(store, FIELDS))
    first = store.changes(None, {})
    site.requests.clear()
    return store, first.records[record.id]


def test_an_update_takes_a_look_and_one_request() -> None:
    site = rig()
    store, record = linked(site)
    after = done(update(store, record, {model.JOB_TITLE: "Boss", **mails("new@x.com", "anna@x.com")}))
    assert len(site.requests) == 2
    assert [(method, entity) for method, entity, _ in parts(site.requests[-1])] == [
        ("PATCH", "Contact"),
        ("PATCH", "ContactCommunication"),
    ]
    found = read(site, record.id)
    assert found.fields[model.MAILS] == mails("new@x.com", "anna@x.com")[model.MAILS]
    assert {name: value for name, value in after.fields.items() if name != model.PRIMARY_MAIL} == {
        name: value for name, value in found.fields.items() if name != model.PRIMARY_MAIL
    }


def test_an_update_that_changes_nothing_sends_nothing() -> None:
    site = rig()
    store, record = linked(site)
    after = done(update(store, record, {model.JOB_TITLE: "Engineer"}))
    assert after == record
    assert not [request for request in site.requests if writes(request)]


def test_formatting_in_the_notes_survives_other_changes() -> None:
    site = rig()
    store, record = linked(site)
    html = "<p><b>one</b></p><p>2 &lt; 3</p>"
    site.desk.edit_contact(record.id, notes=html)
    record = read(site, record.id)
    done(update(store, record, {model.JOB_TITLE: "Boss", model.NOTES: "one\n2 < 3"}))
    told = site.desk.contact(record.id)
    assert told is not None
    assert told["notes"] == html


def test_a_contact_that_changed_since_the_plan_is_handed_back() -> None:
    site = rig()
    store, record = linked(site)
    contact = record.id
    edits: tuple[Callable[[], object], ...] = (
        lambda: site.desk.edit_contact(contact, job_title="Chair"),
        lambda: site.desk.add_communication(contact, "work", "+49 30 999"),
        lambda: site.desk.add_address(contact, "home", {"street": "H"}),
    )
    for number, edit in enumerate(edits):
        planned = read(site, contact)
        edit()
        outcome = update(store, planned, {model.DEPARTMENT: "", model.JOB_TITLE: f"Boss {number}"})
        assert outcome == Stale(read(site, contact))
    assert not [request for request in site.requests if writes(request)]


def test_a_contact_that_was_saved_without_a_change_is_written_all_the_same() -> None:
    site = rig()
    store, record = linked(site)
    site.desk.edit_contact(record.id, Dear="Anna")
    site.desk.edit_contact(record.id, Confirmed=True)
    done(update(store, record, {model.JOB_TITLE: "Boss"}))
    done(
        update(
            store, replace(record, version="", fields={**record.fields, model.JOB_TITLE: "Boss"}), {model.GIVEN: "Eva"}
        )
    )
    told = site.desk.contact(record.id)
    assert told is not None
    assert (told["name"], told["job_title"]) == ("Eva Berg", "Boss")


def test_a_deleted_contact_is_stale_and_not_made_again() -> None:
    site = rig()
    store, record = linked(site)
    site.desk.delete_contact(record.id)
    assert update(store, record, {model.JOB_TITLE: "Boss"}) == Stale(None)
    assert site.desk.contact(record.id) is None


def test_a_known_contact_joins_by_its_tag_once() -> None:
    site = rig()
    store = site.store()
    contact = site.person(given="Anna", tagged=False)
    record = store.fetch([contact])[contact]
    after = done(update(store, record, {}, join=True))
    assert after == replace(record, member=True)
    assert done(update(store, record, {}, join=True)).member
    assert site.desk.count("ContactInTag") == 1


def test_a_refused_update_shows_what_happened_all_the_same() -> None:
    site = rig()
    store, record = linked(site)
    refusing(site, lambda part: part.get("body", {}).get("JobTitle") == "Bad")
    only = update(store, record, {model.JOB_TITLE: "Bad"})
    assert only == Failed("Creatio refused the contact: No, says the rule.")
    partly = update(store, record, {model.JOB_TITLE: "Bad", **mails("new@x.com")})
    assert isinstance(partly, Failed)
    assert partly.record is not None
    assert partly.record.fields[model.MAILS] == mails("new@x.com")[model.MAILS]
    assert partly.record.fields[model.JOB_TITLE] == "Engineer"


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_update_without_an_answer_is_looked_at_and_settled(carried_out: bool) -> None:
    site = rig()
    store, record = linked(site)
    site.lose_answers(carried_out=carried_out)
    after = done(update(store, record, {model.JOB_TITLE: "Boss", **mails("anna@x.com", "new@x.com", "third@x.com")}))
    assert after.fields[model.JOB_TITLE] == "Boss"
    sent = [request for request in site.requests if writes(request)]
    assert len(sent) == (1 if carried_out else 2)
    assert {row["number"] for row in site.desk.communications(record.id) if row["kind"] == "mail"} == {
        "anna@x.com", "new@x.com", "third@x.com",
    }  # fmt: skip


def test_an_update_that_never_gets_an_answer_is_unclear() -> None:
    site = rig()
    store, record = linked(site)
    site.lose_answers(2, carried_out=False)
    assert isinstance(update(store, record, {model.JOB_TITLE: "Boss"}), Unclear)


def test_an_unanswered_update_does_not_pass_off_what_somebody_saved_beside_it_as_agreed() -> None:
    site = rig()
    store, record = linked(site)
    site.lose_answers()
    lose = site.after

    def edit_then_lose(request: Request) -> None:
        if writes(request):
            site.desk.edit_contact(record.id, notes="Ring first")
        lose(request)

    site.after = edit_then_lose
    outcome = update(store, record, {model.JOB_TITLE: "Boss"})
    assert isinstance(outcome, Stale)
    assert outcome.record is not None
    assert [outcome.record.fields[name] for name in (model.JOB_TITLE, model.NOTES)] == ["Boss", "Ring first"]


def test_an_unanswered_update_that_met_somebody_s_edit_is_handed_back() -> None:
    site = rig()
    store, record = linked(site)
    site.lose_answers(carried_out=False)
    lose = site.before

    def edit_then_lose(request: Request) -> None:
        if writes(request):
            site.desk.edit_contact(record.id, job_title="Chair")
        lose(request)

    site.before = edit_then_lose
    outcome = update(store, record, {model.JOB_TITLE: "Boss"})
    assert outcome == Stale(read(site, record.id))


def test_updates_of_many_contacts_share_their_requests() -> None:
    site = rig()
    ids = [site.person(given=f"P{at}", mails=[f"p{at}@x.com"]) for at in range(60)]
    store = site.store()
    first = store.changes(None, {})
    with site.counting() as requests:
        outcomes = apply_all(
            store, *(Update(first.records[contact], {model.JOB_TITLE: f"T{at}"}, "") for at, contact in enumerate(ids))
        )
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert len(requests) == 2


# ── releases ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_release_takes_the_tag_off_and_leaves_the_contact() -> None:
    site = rig()
    store, record = linked(site)
    other = site.desk.create_tag("Other")
    site.desk.tag(record.id, other)
    after = done(apply_all(store, Release(record))[0])
    assert after == replace(record, member=False)
    assert len(site.requests) == 2
    told = site.desk.contact(record.id)
    assert told is not None
    assert told["tags"] == ["Other"]
    assert read(site, record.id).version == record.version


def test_a_release_of_what_is_released_or_gone_is_done() -> None:
    site = rig()
    store, record = linked(site)
    site.desk.delete_contact(record.id)
    for _ in range(2):
        done(apply_all(store, Release(record))[0])


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_release_without_an_answer_is_looked_at_and_repeated(carried_out: bool) -> None:
    site = rig()
    store, record = linked(site)
    site.lose_answers(carried_out=carried_out)
    done(apply_all(store, Release(record))[0])
    assert site.desk.tagged(site.tag) == set()


def test_a_release_that_is_refused_fails() -> None:
    site = rig()
    store, record = linked(site)
    site.site.options.denied.add(("write", "ContactInTag"))
    assert isinstance(apply_all(store, Release(record))[0], Failed)


# ── after all writes ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_written_is_no_news_next_time() -> None:
    site = rig()
    store, record = linked(site)
    first = store.changes(None, {})
    versions = dict(known(first))
    new = done(create(store, FIELDS, "people/c2"))
    changed = done(update(store, record, {model.ADDRESSES: frozenset(), model.JOB_TITLE: "Boss"}))
    with site.counting() as requests:
        cursor, found = store.absorb(first.cursor, [new, changed])
    assert len(requests) == 1
    assert {identity: seen.fields for identity, seen in found.items()} == {
        written.id: {**written.fields, model.PRIMARY_MAIL: found[written.id].fields[model.PRIMARY_MAIL]}
        for written in (new, changed)
    }
    versions |= {identity: seen.version for identity, seen in found.items()}
    with site.counting() as requests:
        again = store.changes(cursor, versions)
    assert (again.records, len(again.members)) == ({}, 2)
    assert len(requests) == 1


def test_an_edit_made_while_we_wrote_for_hours_is_seen_next_time() -> None:
    site = rig()
    other = site.person(given="Other")
    store, record = linked(site)
    first = store.changes(None, {})
    site.clock.advance(600)
    site.desk.edit_contact(other, job_title="Boss")
    site.clock.advance(6 * 3600)
    changed = done(update(store, record, {model.JOB_TITLE: "Chair"}))
    cursor, found = store.absorb(first.cursor, [changed])
    versions = {**known(first), **{identity: seen.version for identity, seen in found.items()}}
    assert set(store.changes(cursor, versions).records) == {other}


@pytest.mark.parametrize("zone", ["Russian Standard Time", "Pacific Standard Time"])
@pytest.mark.parametrize("birthdays", ["plain", "read-shifted", "write-shifted"])
def test_a_birthday_is_the_same_day_wherever_the_user_lives(birthdays: str, zone: str) -> None:
    site = rig(dates="user-zone", birthdays=birthdays)
    site.site.set_zone(site.site.user, zone)
    store = site.store("unknown")
    first = store.changes(None, {})
    record = done(create(store, FIELDS))
    _, found = store.absorb(first.cursor, [record])
    assert found[record.id].fields[model.BIRTHDAY] == "1980-05-01"
    told = site.desk.contact(record.id)
    assert told is not None
    assert told["birthday"] == "1980-05-01"


# ── the zone of the site's dates ─────────────────────────────────────────────────────────────────────────────


def test_what_gsync_saved_itself_tells_the_zone_where_nothing_else_could() -> None:
    site = rig(dates="user-zone")
    site.site.set_zone(site.desk.user, "W. Europe Standard Time")
    session = site.session()
    session.facts |= {"dates": "unknown", "dates_checked": site.clock.now().isoformat()}
    store = CreatioContacts(OData(session), DateReading("unknown"), Choices(TAG))
    cursor = store.changes(None, {}).cursor
    record = done(create(store, FIELDS))
    store.absorb(cursor, [replace(record, version="")])
    assert session.facts["dates"].startswith("user-zone:")
