"""From rows to a neutral contact and back: what is read, and the least that must be written."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.contacts import model
from gsync_cli.contacts.creatio_mapping import Draft, contact_id_for, draft_create, draft_update, lookups_of
from gsync_cli.contacts.creatio_rows import Rows, names_missing, read_rows, rows_of, to_record
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.dates import DateReading
from gsync_cli.sync.record import Entries, Fields, Record

CONTACT = "0b1f5a1e-0000-4000-8000-000000000001"
BERLIN, GERMANY = "0b1f5a1e-0000-4000-8000-00000000000b", "0b1f5a1e-0000-4000-8000-00000000000c"
ACME = "0b1f5a1e-0000-4000-8000-00000000000d"
FOUND = {("Account", "Acme"): (ACME,), ("City", "Berlin"): (BERLIN,), ("Country", "Germany"): (GERMANY,)}

ROW: dict[str, Any] = {
    "Id": CONTACT.upper(),
    "Name": "Anna Berg",
    "GivenName": "Anna",
    "MiddleName": "",
    "Surname": "Berg",
    "AccountId": ACME,
    "Account": {"Name": "Acme"},
    "SalutationTypeId": "00000000-0000-0000-0000-000000000000",
    "JobTitle": " Engineer ",
    "BirthDate": "1980-05-01T00:00:00Z",
    "Notes": "<p>one</p><p><b>two</b></p>",
    "ModifiedOn": "2026-03-02T09:00:00.1234567Z",
}


def communication(number: int, kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "Id": f"0b1f5a1e-0000-4000-9000-{number:012}",
        "ContactId": CONTACT,
        "CommunicationTypeId": kind.upper(),
        "Number": text,
        "Primary": False,
        "NonActual": False,
        "ModifiedOn": "2026-03-01T00:00:00Z",
        **more,
    }


def postal(number: int, kind: str, **columns: Any) -> dict[str, Any]:
    return {
        "Id": f"0b1f5a1e-0000-4000-a000-{number:012}",
        "ContactId": CONTACT,
        "AddressTypeId": kind,
        "ModifiedOn": "2026-03-01T00:00:00Z",
        **columns,
    }


def record(*communications: dict[str, Any], addresses: tuple[dict[str, Any], ...] = (), **columns: Any) -> Record:
    rows = read_rows({**ROW, **columns}, communications, addresses, {("City", BERLIN): "Berlin"})
    return to_record(rows, member=True, region="DE", utc_of=DateReading("utc").moment)


def mails(*addresses: str) -> Entries:
    return frozenset(model.mail(address) for address in addresses)


def phones(*numbers: tuple[str, str]) -> Entries:
    return frozenset(model.phone(kind, number, "DE") for kind, number in numbers)


def change(before: Record, fields: Fields) -> Draft:
    return draft_update(rows_of(before), fields, FOUND, "DE")


def written(draft: Draft) -> list[tuple[str, str, dict[str, object]]]:
    return [(step.method, step.entity, dict(step.body)) for step in draft.steps]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_contact_is_read() -> None:
    read = record(
        communication(1, wellknown.EMAIL, " Anna@X.com "),
        communication(2, wellknown.MOBILE_PHONE, "030 123456"),
        communication(3, wellknown.ADDITIONAL_PHONE, "+1 212 555 0100"),
        communication(4, wellknown.WEB, "https://x.com/"),
        communication(5, wellknown.SKYPE, "anna.b"),
        addresses=(postal(1, wellknown.HOME_ADDRESS, Address="S 1\r\n c/o B", CityId=BERLIN, Zip="10115"),),
    )
    assert read.id == CONTACT
    assert read.fields == {
        model.GIVEN: "Anna",
        model.MIDDLE: "",
        model.FAMILY: "Berg",
        model.SALUTATION: "",
        model.COMPANY: "Acme",
        model.DEPARTMENT: "",
        model.JOB_TITLE: "Engineer",
        model.BIRTHDAY: "1980-05-01",
        model.NOTES: "one\ntwo",
        model.MAILS: mails("anna@x.com"),
        model.PHONES: phones(("mobile", "+49 30 123456"), ("other", "+12125550100")),
        model.WEBS: frozenset([model.web("https://x.com")]),
        model.SKYPES: frozenset([model.skype("anna.b")]),
        model.ADDRESSES: frozenset([model.address("home", model.Address("S 1\nc/o B", "Berlin", "", "10115"))]),
    }
    assert read.modified == datetime(2026, 3, 2, 9, 0, 0, 123456, UTC)
    assert (read.label, read.unfit) == ("Anna Berg", None)


def test_missing_columns_are_empty() -> None:
    rows = read_rows({"Id": CONTACT, "Name": "X"}, [], [], {})
    read = to_record(rows, member=False, region=None, utc_of=DateReading("utc").moment)
    assert set(read.fields.values()) == {"X", "", frozenset()}
    assert (read.modified, read.member) == (None, False)


def test_a_contact_without_name_mail_and_phone_can_t_take_part() -> None:
    bare: dict[str, Any] = {"Name": "", "GivenName": "", "Surname": ""}
    assert record(**bare).unfit == "contact-empty"
    assert record(communication(1, wellknown.WEB, "x.com"), **bare).unfit == "contact-empty"
    assert record(communication(1, wellknown.EMAIL, "a@x.com"), **bare).unfit is None


def test_rows_that_are_no_longer_actual_and_other_networks_are_left_out_but_watched() -> None:
    old = communication(1, wellknown.EMAIL, "old@x.com", NonActual=True)
    network = communication(2, wellknown.FACEBOOK, "anna")
    read = record(old, network)
    assert read.fields[model.MAILS] == frozenset()
    assert read.version != record(network).version
    assert change(read, {model.MAILS: frozenset(), model.WEBS: frozenset()}).steps == ()


def test_a_primary_mail_counts_only_among_several_and_if_it_is_the_only_one() -> None:
    one = communication(1, wellknown.EMAIL, "A@x.com", Primary=True)
    two = communication(2, wellknown.EMAIL, "b@x.com")
    assert model.PRIMARY_MAIL not in record(one).fields
    assert record(one, two).fields[model.PRIMARY_MAIL] == "a@x.com"
    assert model.PRIMARY_MAIL not in record(one, {**two, "Primary": True}).fields


def test_the_version_changes_with_the_contact_and_with_every_detail() -> None:
    mail = communication(1, wellknown.EMAIL, "a@x.com")
    place = postal(1, wellknown.HOME_ADDRESS, Address="S")
    versions = {
        record(mail, addresses=(place,)).version,
        record(mail, addresses=(place,), ModifiedOn="2026-03-02T09:00:01Z").version,
        record({**mail, "ModifiedOn": "2026-03-02T09:00:01Z"}, addresses=(place,)).version,
        record(mail, addresses=({**place, "ModifiedOn": "2026-03-02T09:00:01Z"},)).version,
        record(mail).version,
        record(addresses=(place,)).version,
    }
    assert len(versions) == 6
    assert (
        record(mail, communication(2, wellknown.WEB, "x")).version
        == record(communication(2, wellknown.WEB, "x"), mail).version
    )


def test_names_that_did_not_come_along_are_asked_for() -> None:
    assert names_missing(
        [{**ROW, "Account": None}, {**ROW, "DepartmentId": BERLIN}],
        [{"CityId": BERLIN, "City": {"Name": "Berlin"}, "CountryId": GERMANY}],
    ) == {"Account": {ACME}, "Department": {BERLIN}, "Country": {GERMANY}}


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_unchanged_is_not_written() -> None:
    before = record(
        communication(1, wellknown.EMAIL, "Anna@X.com"),
        communication(2, wellknown.MOBILE_PHONE, "030/12 34 56"),
        addresses=(postal(1, wellknown.BUSINESS_ADDRESS, Address="S 1", CityId=BERLIN),),
    )
    same = {**before.fields, model.MAILS: mails("anna@x.com"), model.PHONES: phones(("mobile", "+4930123456"))}
    assert change(before, same).steps == ()


def test_only_changed_columns_are_written() -> None:
    draft = change(record(), {model.JOB_TITLE: "Boss", model.BIRTHDAY: "1980-05-02", model.COMPANY: "Acme"})
    assert written(draft) == [("PATCH", "Contact", {"JobTitle": "Boss", "BirthDate": "1980-05-02T00:00:00Z"})]


def test_clearing_writes_null_or_the_empty_text() -> None:
    draft = change(record(), {model.JOB_TITLE: "", model.BIRTHDAY: "", model.COMPANY: "", model.NOTES: ""})
    assert written(draft) == [("PATCH", "Contact", {"AccountId": None, "JobTitle": "", "BirthDate": None, "Notes": ""})]


def test_the_name_is_always_sent_whole() -> None:
    draft = change(record(Name="Berg Anna"), {model.GIVEN: "Eva"})
    assert written(draft) == [
        ("PATCH", "Contact", {"Name": "Berg Eva", "GivenName": "Eva", "MiddleName": "", "Surname": "Berg"})
    ]


def test_formatted_notes_survive_until_the_text_changes() -> None:
    before = record()
    assert change(before, {model.NOTES: "one\r\ntwo \n"}).steps == ()
    assert written(change(before, {model.NOTES: "one\n2 < 3"})) == [
        ("PATCH", "Contact", {"Notes": "<p>one</p><p>2 &lt; 3</p>"})
    ]


def test_a_replaced_number_stays_in_its_row() -> None:
    before = record(communication(1, wellknown.MOBILE_PHONE, "1"), communication(2, wellknown.WORK_PHONE, "2"))
    draft = change(before, {model.PHONES: phones(("mobile", "3"), ("work", "2"), ("fax", "4"))})
    assert [(method, body) for method, _, body in written(draft)] == [
        ("PATCH", {"Number": "3"}),
        ("POST", {"ContactId": CONTACT, "CommunicationTypeId": wellknown.FAX, "Number": "4"}),
    ]
    assert draft.steps[0].id == communication(1, "", "")["Id"]


def test_a_removed_number_is_deleted_with_its_doubles_after_what_is_new() -> None:
    before = record(
        communication(1, wellknown.EMAIL, "a@x.com"),
        communication(2, wellknown.EMAIL, "A@x.com"),
        communication(3, wellknown.EMAIL, "b@x.com"),
    )
    draft = change(before, {model.MAILS: mails("b@x.com")})
    assert [step.method for step in draft.steps] == ["DELETE", "DELETE"]
    draft = change(before, {model.MAILS: mails("b@x.com"), model.WEBS: frozenset([model.web("x.com")])})
    assert [step.method for step in draft.steps] == ["POST", "DELETE", "DELETE"]


def test_another_mail_becomes_the_primary_one() -> None:
    before = record(
        communication(1, wellknown.EMAIL, "a@x.com", Primary=True), communication(2, wellknown.EMAIL, "b@x.com")
    )
    draft = change(before, {model.PRIMARY_MAIL: "b@x.com"})
    assert [(step.method, dict(step.body)) for step in draft.steps] == [
        ("PATCH", {"Primary": True}),
        ("PATCH", {"Primary": False}),
    ]
    assert change(before, {model.PRIMARY_MAIL: "nobody@x.com"}).steps == ()


def test_places_that_creatio_does_not_know_stay_in_the_text_of_the_address() -> None:
    entry = model.address("home", model.Address("S 1", "Atlantis", "", "10115", "Germany"))
    draft = change(record(), {model.ADDRESSES: frozenset([entry])})
    assert written(draft) == [
        (
            "POST",
            "ContactAddress",
            {
                "ContactId": CONTACT,
                "AddressTypeId": wellknown.HOME_ADDRESS,
                "Address": "S 1\nAtlantis",
                "Zip": "10115",
                "CountryId": GERMANY,
            },
        )
    ]
    assert draft.notes == ("City “Atlantis” is not in Creatio: kept in the text of the address.",)
    assert draft.after.addresses[0].parts == model.Address("S 1\nAtlantis", "", "", "10115", "Germany")


def test_an_address_that_changed_is_changed_in_place() -> None:
    before = record(addresses=(postal(1, "", Address="S 1", CityId=BERLIN, Zip="1"),))
    entry = model.address("other", model.Address("S 2", "Berlin", "", "", "Germany"))
    assert written(change(before, {model.ADDRESSES: frozenset([entry])})) == [
        ("PATCH", "ContactAddress", {"Address": "S 2", "Zip": "", "CountryId": GERMANY})
    ]


@pytest.mark.parametrize(
    ("ids", "why"), [((), "is not in Creatio"), (("1", "2"), "is there more than once in Creatio")]
)
def test_a_company_that_is_not_there_once_is_left_out_and_said(ids: tuple[str, ...], why: str) -> None:
    draft = draft_update(rows_of(record()), {model.COMPANY: "Nix"}, {("Account", "Nix"): ids}, "DE")
    assert draft.steps == ()
    assert draft.notes == (f"Company “Nix” {why}: left out.",)
    assert draft.after.texts[model.COMPANY] == "Acme"


def test_a_new_contact_has_all_it_needs_and_nothing_empty() -> None:
    fields: Fields = {
        **dict.fromkeys(model.TEXTS, ""),
        model.GIVEN: "Anna",
        model.MAILS: mails("a@x.com", "b@x.com"),
        model.PRIMARY_MAIL: "b@x.com",
    }
    draft = draft_create(CONTACT, fields, FOUND, {"OwnerId": ACME}, None)
    assert written(draft) == [
        ("POST", "Contact", {"Name": "Anna", "GivenName": "Anna", "MiddleName": "", "Surname": "", "OwnerId": ACME}),
        (
            "POST",
            "ContactCommunication",
            {"ContactId": CONTACT, "CommunicationTypeId": wellknown.EMAIL, "Number": "b@x.com", "Primary": True},
        ),
        (
            "POST",
            "ContactCommunication",
            {"ContactId": CONTACT, "CommunicationTypeId": wellknown.EMAIL, "Number": "a@x.com"},
        ),
    ]
    assert draft_create(CONTACT, fields, FOUND, {}, None).steps[1:] == draft.steps[1:]


def test_a_contact_without_a_name_is_called_by_its_mail_and_still_has_none() -> None:
    only_mail: Fields = {model.MAILS: mails("a@x.com")}
    draft = draft_create(CONTACT, only_mail, {}, {}, None)
    assert draft.steps[0].body["Name"] == "a@x.com"
    nameless = to_record(draft.after, member=True, region=None, utc_of=DateReading("utc").moment)
    assert nameless.fields[model.GIVEN] == nameless.fields[model.FAMILY] == ""
    moved = change(nameless, {model.MAILS: mails("b@x.com")})
    assert moved.steps[0].body["Name"] == "b@x.com"
    assert change(nameless, {model.GIVEN: "Anna"}).steps[0].body["Name"] == "Anna"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({model.JOB_TITLE: "x" * 251}, "The job title has 251 characters; Creatio takes 250 at most."),
        ({model.GIVEN: "x" * 250}, "The full name has 255 characters; Creatio takes 250 at most."),
        ({model.MAILS: mails("x" * 260)}, "The mail address has 260 characters; Creatio takes 250 at most."),
        (
            {model.PHONES: phones(("work", "1" * 300))},
            "The phone number has 300 characters; Creatio takes 250 at most.",
        ),
        (
            {model.ADDRESSES: frozenset([model.address("home", model.Address(postal_code="9" * 51))])},
            "The postal code has 51 characters; Creatio takes 50 at most.",
        ),
    ],
)
def test_what_is_too_long_is_known_beforehand(fields: Fields, problem: str) -> None:
    assert change(record(), fields).problem == problem


def test_lookups_are_named_for_asking_in_bulk() -> None:
    fields: Fields = {
        model.COMPANY: "Acme",
        model.SALUTATION: "",
        model.ADDRESSES: frozenset([model.address("home", model.Address(city="Berlin"))]),
    }
    assert lookups_of(fields) == {("Account", "Acme"), ("City", "Berlin")}


def test_ids_are_derived_for_each_user_and_twin() -> None:
    ids = {contact_id_for(owner, twin) for owner in ("o1", "o2") for twin in ("people/c1", "people/c2")}
    assert len(ids) == 4
    assert contact_id_for("o1", "people/c1") in ids


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────

words = st.text(alphabet="abcé 山", max_size=6).map(str.strip)
number = st.text(alphabet="0123456789", min_size=3, max_size=8)
wanted_fields = st.fixed_dictionaries(
    {
        model.GIVEN: st.text(alphabet="abc", min_size=1, max_size=5),
        model.FAMILY: st.one_of(st.just(""), st.text(alphabet="xyz", min_size=1, max_size=5)),
        model.JOB_TITLE: words,
        model.COMPANY: st.sampled_from(["", "Acme"]),
        model.BIRTHDAY: st.sampled_from(["", "1980-05-01", "2000-02-29"]),
        model.NOTES: words,
        model.MAILS: st.frozensets(st.sampled_from(["a@x.com", "b@x.com", "c@x.com"]).map(model.mail)),
        model.PHONES: st.frozensets(
            st.builds(lambda kind, text: model.phone(kind, text, "DE"), st.sampled_from(model.PHONE_KINDS), number),
            max_size=4,
        ),
        model.ADDRESSES: st.frozensets(
            st.builds(
                lambda kind, street, city: model.address(kind, model.Address(street, city)),
                st.sampled_from(model.ADDRESS_KINDS),
                st.sampled_from(["S 1", "S 2"]),
                st.sampled_from(["", "Berlin"]),
            ),
            max_size=3,
        ),
    }
)


def held(rows: Rows) -> Record:
    return to_record(rows, member=True, region="DE", utc_of=DateReading("utc").moment)


@given(wanted_fields, wanted_fields)
def test_a_draft_leads_to_what_was_asked_and_a_second_one_does_nothing(first: Fields, second: Fields) -> None:
    made = held(draft_create(CONTACT, first, FOUND, {}, "DE").after)
    assert {name: made.fields[name] for name in first} == first
    changed = change(made, second)
    after = held(changed.after)
    assert {name: after.fields[name] for name in second} == second
    assert change(after, second).steps == ()
    assert rows_of(after) == replace(changed.after, version="")


@given(wanted_fields, wanted_fields)
def test_no_row_is_made_and_deleted_at_once_and_no_id_twice(first: Fields, second: Fields) -> None:
    made = held(draft_create(CONTACT, first, FOUND, {}, "DE").after)
    steps = change(made, second).steps
    ids = [step.id for step in steps]
    assert len(set(ids)) == len(ids)
    rows = rows_of(made)
    present = {row.id for row in rows.communications} | {row.id for row in rows.addresses}
    assert all((step.id in present or step.entity == "Contact") != (step.method == "POST") for step in steps)
