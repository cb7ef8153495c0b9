"""What a Google contact means (spec: mapping.md, Contacts)."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.contacts import model
from gsync_cli.contacts.google_mapping import digest_of, time_of, to_record
from gsync_cli.contacts.model import Address
from gsync_cli.sync.record import Record
from tests.support.people import persons

GROUP = "contactGroups/abc"


def read(**fields: Any) -> Record:
    return to_record({"resourceName": "people/c1", **fields}, GROUP, "DE")


def in_groups(*names: str) -> list[dict[str, Any]]:
    return [{"contactGroupMembership": {"contactGroupResourceName": name}} for name in names]


def test_a_name_is_read_by_its_parts() -> None:
    parts = {"givenName": " Ana ", "middleName": "M.", "familyName": "Lima", "honorificPrefix": "Dr."}
    record = read(names=[{**parts, "displayName": "Dr. Ana M. Lima Jr.", "honorificSuffix": "Jr."}])
    names = [record.fields[part] for part in (model.GIVEN, model.MIDDLE, model.FAMILY, model.SALUTATION)]
    assert names == ["Ana", "M.", "Lima", "Dr."]
    assert record.label == "Ana M. Lima"


@pytest.mark.parametrize(
    "name", [{"givenName": "Plato"}, {"familyName": "Plato"}, {"unstructuredName": "Plato"}, {"displayName": "Plato"}]
)
def test_one_name_alone_is_the_given_one(name: dict[str, str]) -> None:
    record = read(names=[name])
    assert (record.fields[model.GIVEN], record.fields[model.FAMILY]) == ("Plato", "")


@pytest.mark.parametrize("part", ["honorificPrefix", "honorificSuffix"])
def test_a_title_alone_is_no_name_though_google_displays_it(part: str) -> None:
    record = read(names=[{part: "Dr.", "displayName": "Dr.", "unstructuredName": "Dr."}])
    assert record.fields[model.GIVEN] == ""


def test_of_two_marks_of_a_merged_contact_the_same_one_is_taken_in_any_order() -> None:
    marks = [{"key": "gsync.creatio", "value": value} for value in ("b", "a")]
    assert read(clientData=marks).twin == read(clientData=marks[::-1]).twin


def test_what_a_profile_says_is_not_the_contacts() -> None:
    profile = {"metadata": {"primary": True, "source": {"type": "PROFILE", "id": "9"}}}
    contact = {"metadata": {"source": {"type": "CONTACT", "id": "a1"}}}
    record = read(
        names=[{"givenName": "Profile", **profile}, {"givenName": "Contact", **contact}],
        emailAddresses=[{"value": "p@x.org", **profile}],
    )
    assert record.fields[model.GIVEN] == "Contact"
    assert record.fields[model.MAILS] == frozenset()


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("mobile", "mobile"),
        ("workMobile", "mobile"),
        ("work", "work"),
        ("home", "home"),
        ("main", "main"),
        ("workFax", "fax"),
        ("homeFax", "fax"),
        ("otherFax", "fax"),
        ("Extension", "extension"),
        ("pager", "other"),
        ("workPager", "other"),
        ("googleVoice", "other"),
        ("other", "other"),
        ("Büro", "other"),
        (None, "other"),
    ],
)
def test_a_phone_has_the_kind_of_its_type(label: str | None, kind: str) -> None:
    record = read(
        phoneNumbers=[{"value": "030 1234567", "type": label, "formattedType": "Handy", "canonicalForm": "?"}]
    )
    assert model.entries(record.fields, model.PHONES) == {model.phone(kind, "+49301234567", None)}


def test_an_address_is_read_with_all_lines_of_its_street() -> None:
    item = {"streetAddress": "Markt 1", "extendedAddress": "Hof", "poBox": "PF 7", "city": "Ulm", "countryCode": "DE"}
    record = read(addresses=[{**item, "type": "Shipping"}, {"formattedValue": "Somewhere", "type": "home"}])
    assert model.entries(record.fields, model.ADDRESSES) == {
        model.address("shipping", Address("Markt 1\nHof\nPF 7", "Ulm", country="DE")),
        model.address("home", Address("Somewhere")),
    }


@pytest.mark.parametrize(
    ("label", "kind"), [("work", "business"), ("home", "home"), ("other", "other"), ("Boot", "other")]
)
def test_an_address_has_the_kind_of_its_type(label: str, kind: str) -> None:
    record = read(addresses=[{"city": "Ulm", "type": label}])
    assert model.entries(record.fields, model.ADDRESSES) == {model.address(kind, Address(city="Ulm"))}


def test_the_organization_that_counts_is_the_primary_one() -> None:
    primary = {"name": "Acme", "title": "CEO", "department": "Board", "metadata": {"primary": True}}
    record = read(organizations=[{"name": "Club"}, primary])
    work = [record.fields[part] for part in (model.COMPANY, model.DEPARTMENT, model.JOB_TITLE)]
    assert work == ["Acme", "Board", "CEO"]


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ({"year": 1980, "month": 5, "day": 1}, "1980-05-01"),
        ({"year": "1980", "month": "5", "day": "1"}, "1980-05-01"),
        ({"month": 5, "day": 1}, ""),
        ({"year": 0, "month": 5, "day": 1}, ""),
        ({"year": 2023, "month": 2, "day": 30}, ""),
        (None, ""),
    ],
)
def test_a_birthday_is_a_whole_date_or_none(date: Any, said: str) -> None:
    assert read(birthdays=[{"date": date, "text": "1 May"}]).fields[model.BIRTHDAY] == said


def test_notes_are_text_whatever_they_are_written_in() -> None:
    html = read(biographies=[{"value": "<p>One</p><p>Two &amp; three</p>", "contentType": "TEXT_HTML"}])
    plain = read(biographies=[{"value": "One\r\nTwo & three \n", "contentType": "TEXT_PLAIN"}])
    assert html.fields[model.NOTES] == plain.fields[model.NOTES] == "One\nTwo & three"
    assert read(biographies=[{"value": "a <b> c"}]).fields[model.NOTES] == "a <b> c"


def test_of_messengers_only_skype_is_known() -> None:
    clients = [{"username": "Ana", "protocol": "skype"}, {"username": "ana@jabber.org", "protocol": "jabber"}]
    assert model.entries(read(imClients=clients).fields, model.SKYPES) == {model.skype("ana")}


def test_the_primary_mail_is_told_only_among_several() -> None:
    first, second = {"value": "a@x.org"}, {"value": "B@x.org", "metadata": {"primary": True}}
    assert read(emailAddresses=[first, second]).fields[model.PRIMARY_MAIL] == "b@x.org"
    assert model.PRIMARY_MAIL not in read(emailAddresses=[second]).fields
    assert model.PRIMARY_MAIL not in read(emailAddresses=[first, {"value": "b@x.org"}]).fields


def test_membership_mark_version_and_time_are_read() -> None:
    source = {"type": "CONTACT", "id": "a1", "etag": "#1", "updateTime": "2026-05-01T08:00:00.123456789Z"}
    profile = {"type": "PROFILE", "id": "9", "updateTime": "2026-06-01T08:00:00Z"}
    record = read(
        names=[{"givenName": "Ana"}],
        metadata={"sources": [profile, source]},
        memberships=[*in_groups("contactGroups/myContacts", GROUP), {"domainMembership": {"inViewerDomain": True}}],
        clientData=[{"key": "other", "value": "1"}, {"key": "gsync.creatio", "value": "id-1"}],
    )
    assert record.member
    assert record.twin == "id-1"
    assert record.modified == time_of(record.version) == datetime(2026, 5, 1, 8, 0, 0, 123456, UTC)
    assert not to_record({"resourceName": "people/c1", "memberships": in_groups(GROUP)}, "", None).member


def test_a_contact_without_name_mail_and_phone_takes_no_part() -> None:
    assert read(organizations=[{"name": "Acme"}], urls=[{"value": "https://a.org"}]).unfit == "contact-empty"
    assert read().label == "people/c1"
    for fields in (
        {"names": [{"familyName": "A"}]},
        {"emailAddresses": [{"value": "a@b.c"}]},
        {"phoneNumbers": [{"value": "1"}]},
    ):
        assert read(**fields).unfit is None


@given(persons())
def test_every_person_is_read_and_its_original_is_json(person: dict[str, Any]) -> None:
    record = to_record(person, GROUP, "DE")
    assert json.loads(record.original)["etag"] == "%e1"
    assert all(isinstance(value, str | frozenset) for value in record.fields.values())


@given(persons(), st.randoms(use_true_random=False))
def test_neither_order_nor_noise_is_news(person: dict[str, Any], random: Random) -> None:
    noisy = json.loads(json.dumps(person))
    for name in ("emailAddresses", "phoneNumbers", "urls", "imClients", "addresses", "clientData"):
        random.shuffle(noisy.get(name, []))
        for item in noisy.get(name, ()):
            item["formattedType"] = "Arbeit"
            item["metadata"] = {"source": {"type": "CONTACT", "id": "a1"}, "verified": True}
    noisy["etag"] = "%e2"
    noisy["metadata"]["sources"][0] |= {"etag": "#s2", "updateTime": "2026-05-02T08:00:00Z"}
    noisy["memberships"] += in_groups("contactGroups/chess")
    before, after = to_record(person, GROUP, "DE"), to_record(noisy, GROUP, "DE")
    assert digest_of(before.version) == digest_of(after.version)
    assert before.version != after.version


def test_news_of_contents_of_the_mark_or_of_membership_change_the_version() -> None:
    plain = {"names": [{"givenName": "Ana"}], "emailAddresses": [{"value": "a@x.org", "type": "work"}]}
    changed: list[dict[str, Any]] = [
        {**plain, "names": [{"givenName": "Anna"}]},
        {**plain, "emailAddresses": [{"value": "a@x.org", "type": "home"}]},
        {**plain, "clientData": [{"key": "gsync.creatio", "value": "1"}]},
        {**plain, "memberships": in_groups(GROUP)},
    ]
    assert len({digest_of(read(**person).version) for person in (plain, *changed)}) == 1 + len(changed)
