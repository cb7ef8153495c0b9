"""What is sent to change a Google contact: the least that makes it hold what is wanted."""

import json
from typing import Any

from hypothesis import given

from gsync_cli.contacts import model
from gsync_cli.contacts.google_editing import new_person, to_person
from gsync_cli.contacts.google_mapping import LIST_FIELDS, to_record
from gsync_cli.contacts.model import Address
from gsync_cli.sync.record import Record, Value
from tests.support.people import REGION, persons, wanted_fields

GROUP = "contactGroups/abc"


def read(person: dict[str, Any]) -> Record:
    return to_record({"resourceName": "people/c1", **person}, GROUP, REGION)


def edited(person: dict[str, Any], *, twin: str = "", **fields: Value) -> dict[str, Any]:
    """Return the fields that an update of `person` sends, by the mask's names."""
    edit = to_person(read(person), fields, twin, REGION)
    assert set(edit.mask) == edit.body.keys() & set(LIST_FIELDS)
    return {name: edit.body[name] for name in edit.mask}


def applied(person: dict[str, Any], fields: dict[str, Value], twin: str = "") -> dict[str, Any]:
    """Return the person as Google has it after the update: masked fields replaced whole."""
    edit = to_person(read(person), fields, twin, REGION)
    return {**person, **{name: edit.body[name] for name in edit.mask}}


def phones(*numbers: tuple[str, str]) -> frozenset[Any]:
    return frozenset(model.phone(kind, number, REGION) for kind, number in numbers)


@given(persons(), wanted_fields())
def test_after_an_update_the_contact_holds_what_was_wanted(person: dict[str, Any], wanted: dict[str, Value]) -> None:
    after = read(applied(person, wanted, "id-1"))
    alone = {model.GIVEN, model.FAMILY} & wanted.keys()
    for name, value in wanted.items():
        # A given name taken away leaves one name alone, which is the given one then.
        if name != model.FAMILY or alone == {model.GIVEN, model.FAMILY}:
            assert after.fields[name] == value, name
    assert after.twin == "id-1"


@given(persons(), wanted_fields())
def test_what_was_not_wanted_otherwise_stays_as_it_was(person: dict[str, Any], wanted: dict[str, Value]) -> None:
    before, after = read(person), read(applied(person, wanted))
    names = {model.GIVEN, model.MIDDLE, model.FAMILY}
    work = {model.COMPANY, model.DEPARTMENT, model.JOB_TITLE}
    for name in before.fields.keys() - wanted.keys() - {model.PRIMARY_MAIL}:
        touched = (names if name in names else work if name in work else set()) & wanted.keys()
        if not touched:
            assert after.fields[name] == before.fields[name], name


@given(persons())
def test_an_update_without_a_change_sends_nothing(person: dict[str, Any]) -> None:
    record = read(person)
    edit = to_person(record, record.fields, record.twin or "", REGION)
    assert edit.mask == ()


@given(persons(), wanted_fields())
def test_the_same_update_twice_sends_nothing_the_second_time(person: dict[str, Any], wanted: dict[str, Value]) -> None:
    after = read(applied(person, wanted, "id-1"))
    held = {name: value for name, value in wanted.items() if after.fields[name] == value}
    assert to_person(after, held, "id-1", REGION).mask == ()


@given(persons(), wanted_fields())
def test_entries_that_still_mean_a_wanted_one_are_sent_as_they_are(
    person: dict[str, Any], wanted: dict[str, Value]
) -> None:
    original = json.loads(read(person).original)
    sent = to_person(read(person), wanted, "", REGION).body
    for field, name in (
        ("phoneNumbers", model.PHONES),
        ("emailAddresses", model.MAILS),
        ("addresses", model.ADDRESSES),
    ):
        if field in sent:
            for item in original.get(field, ()):
                entries = model.entries(read({field: [item]}).fields, name)
                assert item in sent[field] or not entries <= model.entries(wanted, name)


@given(wanted_fields())
def test_a_new_contact_holds_all_it_was_given(wanted: dict[str, Value]) -> None:
    person = new_person(wanted, GROUP, "id-1", REGION)
    record = read(person)
    alone = {model.GIVEN, model.FAMILY} & wanted.keys()
    for name, value in wanted.items():
        if name != model.FAMILY or alone == {model.GIVEN, model.FAMILY}:
            assert record.fields[name] == value
    assert record.member
    assert record.twin == "id-1"
    assert all(person.values())


def test_a_new_contact_is_in_my_contacts_too_and_its_entries_have_types() -> None:
    wanted: dict[str, Value] = {
        model.GIVEN: "Ana",
        model.MAILS: frozenset([model.mail("a@x.org")]),
        model.PHONES: phones(("fax", "030 1234567"), ("extension", "12"), ("mobile", "0170 1112223")),
        model.SKYPES: frozenset([model.skype("ana")]),
        model.ADDRESSES: frozenset([model.address("business", Address("Markt 1", "Ulm", country="Germany"))]),
        model.NOTES: "Hi",
        model.BIRTHDAY: "1980-05-01",
    }
    assert new_person(wanted, GROUP, "id-1", REGION) == {
        "names": [{"givenName": "Ana"}],
        "emailAddresses": [{"value": "a@x.org", "type": "other"}],
        "phoneNumbers": [
            {"value": "12", "type": "Extension"},
            {"value": "030 1234567", "type": "workFax"},
            {"value": "0170 1112223", "type": "mobile"},
        ],
        "imClients": [{"username": "ana", "protocol": "skype", "type": "other"}],
        "addresses": [{"streetAddress": "Markt 1", "city": "Ulm", "country": "Germany", "type": "work"}],
        "biographies": [{"value": "Hi", "contentType": "TEXT_PLAIN"}],
        "birthdays": [{"date": {"year": 1980, "month": 5, "day": 1}}],
        "clientData": [{"key": "gsync.creatio", "value": "id-1"}],
        "memberships": [
            {"contactGroupMembership": {"contactGroupResourceName": "contactGroups/myContacts"}},
            {"contactGroupMembership": {"contactGroupResourceName": GROUP}},
        ],
    }


def test_a_replaced_entry_keeps_its_label_and_its_place() -> None:
    person = {
        "phoneNumbers": [
            {"value": "030 1111111", "type": "work"},
            {"value": "030 2222222", "type": "Ferienhaus", "x-unknown": "kept"},
            {"value": "0170 1112223", "type": "mobile"},
        ]
    }
    wanted = phones(("work", "+49301111111"), ("other", "030 3333333"), ("mobile", "0170 1112223"))
    assert edited(person, phones=wanted) == {
        "phoneNumbers": [
            {"value": "030 1111111", "type": "work"},
            {"value": "030 3333333", "type": "Ferienhaus", "x-unknown": "kept"},
            {"value": "0170 1112223", "type": "mobile"},
        ]
    }


def test_an_entry_of_another_kind_only_changes_its_type() -> None:
    person = {"phoneNumbers": [{"value": "030 1111111", "type": "Ferienhaus", "x-unknown": "kept"}]}
    sent = edited(person, phones=phones(("home", "+49 30 1111111")))
    assert sent == {"phoneNumbers": [{"value": "030 1111111", "type": "home", "x-unknown": "kept"}]}


def test_of_two_gone_and_one_come_it_is_not_guessed_who_replaced_whom() -> None:
    person = {"phoneNumbers": [{"value": "030 1111111", "type": "Desk"}, {"value": "030 2222222", "type": "Lab"}]}
    sent = edited(person, phones=phones(("other", "030 3333333")))
    assert sent == {"phoneNumbers": [{"value": "030 3333333", "type": "other"}]}


def test_other_messengers_survive() -> None:
    jabber = {"username": "ana@jabber.org", "protocol": "jabber"}
    person = {"imClients": [jabber, {"username": "old", "protocol": "skype"}]}
    assert edited(person, skypes=frozenset()) == {"imClients": [jabber]}
    sent = edited(person, skypes=frozenset([model.skype("new")]))
    assert sent == {"imClients": [jabber, {"username": "new", "protocol": "skype"}]}


def test_a_name_keeps_what_is_not_mapped() -> None:
    name = {"givenName": "Ana", "familyName": "Lima", "honorificSuffix": "Jr.", "phoneticGivenName": "ana"}
    sent = edited({"names": [{**name, "displayName": "Ana Lima, Jr.", "unstructuredName": "Ana Lima"}]}, family="Costa")
    assert sent == {"names": [{**name, "familyName": "Costa"}]}


def test_one_name_alone_moves_only_when_the_name_is_edited() -> None:
    plato = {"names": [{"familyName": "Plato"}]}
    assert edited(plato, salutation="Mr.") == {"names": [{"familyName": "Plato", "honorificPrefix": "Mr."}]}
    assert edited(plato, family="Smith") == {"names": [{"givenName": "Plato", "familyName": "Smith"}]}
    assert edited(plato, given="") == {"names": []}


def test_only_the_organization_that_counts_is_changed() -> None:
    club = {"name": "Chess Club", "title": "Treasurer"}
    person = {"organizations": [{"name": "Acme", "title": "CEO", "symbol": "ACM", "type": "work"}, club]}
    assert edited(person, company="Umbrella", job_title="") == {
        "organizations": [{"name": "Umbrella", "symbol": "ACM", "type": "work"}, club]
    }
    only_acme = {"organizations": [{"name": "Acme", "type": "work"}]}
    assert edited(only_acme, company="") == {"organizations": []}
    assert edited({}, department="Sales") == {"organizations": [{"department": "Sales", "type": "work"}]}


def test_a_birthday_without_a_year_is_left_alone_until_a_whole_one_comes() -> None:
    person = {"birthdays": [{"date": {"month": 5, "day": 1}, "text": "1 May"}]}
    assert edited(person, birthday="", given="Ana") == {"names": [{"givenName": "Ana"}]}
    whole = {"date": {"year": 1980, "month": 5, "day": 1}}
    assert edited(person, birthday="1980-05-01") == {"birthdays": [whole]}


def test_an_address_changes_only_in_the_parts_that_differ() -> None:
    home = {"streetAddress": "Markt 1", "poBox": "PF 7", "city": "Ulm", "country": "Germany", "countryCode": "DE"}
    person = {
        "addresses": [{**home, "type": "home", "formattedValue": "Markt 1\nUlm"}, {"city": "Bonn", "type": "work"}]
    }
    bonn = model.address("business", Address(city="Bonn"))
    moved = frozenset([bonn, model.address("home", Address("Markt 1\nPF 7", "Neu-Ulm", country="Germany"))])
    assert edited(person, addresses=moved)["addresses"][0] == {**home, "city": "Neu-Ulm", "type": "home"}
    street = frozenset([bonn, model.address("home", Address("Gasse 2\nPF 7", "Ulm", country="Germany"))])
    assert edited(person, addresses=street)["addresses"][0] == {**home, "streetAddress": "Gasse 2", "type": "home"}
    abroad = frozenset([bonn, model.address("home", Address("Gasse 2", "Wien", country="Austria"))])
    assert edited(person, addresses=abroad)["addresses"] == [
        {"streetAddress": "Gasse 2", "city": "Wien", "country": "Austria", "type": "home"},
        {"city": "Bonn", "type": "work"},
    ]


def test_the_primary_mail_is_flagged_and_stands_first() -> None:
    person = {
        "emailAddresses": [
            {"value": "a@x.org", "type": "work", "metadata": {"primary": True, "sourcePrimary": True}},
            {"value": "b@x.org", "type": "home"},
        ]
    }
    assert edited(person, primary_mail="b@x.org") == {
        "emailAddresses": [
            {"value": "b@x.org", "type": "home", "metadata": {"sourcePrimary": True}},
            {"value": "a@x.org", "type": "work"},
        ]
    }
    assert edited(person, primary_mail="stranger@x.org") == {}


def test_the_mark_is_written_beside_the_data_of_others() -> None:
    other = {"key": "csync-uid", "value": "7"}
    person = {"clientData": [{"key": "gsync.creatio", "value": "old"}, other]}
    assert edited(person, twin="new") == {"clientData": [other, {"key": "gsync.creatio", "value": "new"}]}
    assert edited(person, twin="old") == {}


def test_every_update_carries_both_etags() -> None:
    source = {"type": "CONTACT", "id": "a1", "etag": "#1", "updateTime": "2026-05-01T08:00:00Z"}
    record = read({"etag": "%1", "metadata": {"sources": [source]}, "names": [{"givenName": "Ana"}]})
    body = to_person(record, {model.GIVEN: "Anna"}, "", REGION).body
    assert body["etag"] == "%1"
    assert body["metadata"] == {"sources": [{"type": "CONTACT", "id": "a1", "etag": "#1"}]}
    assert body["resourceName"] == "people/c1"


def test_a_source_without_an_etag_is_not_named() -> None:
    record = read({"etag": "%1", "names": [{"givenName": "Ana"}]})
    body = to_person(record, {model.GIVEN: "Anna"}, "", REGION).body
    assert body["etag"] == "%1"
    assert "metadata" not in body
