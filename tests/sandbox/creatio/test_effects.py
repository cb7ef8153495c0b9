"""What the product does by itself (facts/creatio.md 3, "Server side effects"), whoever writes."""

import pytest

from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.creatio.ids import CONTACT_TYPES, TAG_TYPES
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import Refusal
from tests.sandbox.creatio.caller import Caller, new_site


@pytest.fixture
def desk() -> Desk:
    return new_site().desk()


def _columns(desk: Desk, contact: str) -> dict[str, object]:
    told = desk.contact(contact)
    assert told is not None
    columns: dict[str, object] = told["columns"]
    return columns


def test_the_first_communication_of_a_type_is_primary_and_mirrored_in_the_contact(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "mails": ["a@x.org", "b@x.org"], "phones": [("mobile", "+49 171 1")]})
    assert [each["primary"] for each in desk.communications(contact)] == [True, False, True]
    assert (_columns(desk, contact)["Email"], _columns(desk, contact)["MobilePhone"]) == ("a@x.org", "+49 171 1")


def test_another_primary_takes_the_place_of_the_first(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "mails": ["a@x.org", "b@x.org"]})
    desk.change_communication(desk.communications(contact)[1]["id"], primary=True)
    assert [each["primary"] for each in desk.communications(contact)] == [False, True]
    assert _columns(desk, contact)["Email"] == "b@x.org"


def test_deleting_the_primary_one_makes_the_next_one_primary_and_the_last_one_clears_the_column(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "mails": ["a@x.org", "b@x.org"]})
    desk.delete_communication(desk.communications(contact)[0]["id"])
    assert _columns(desk, contact)["Email"] == "b@x.org"
    desk.delete_communication(desk.communications(contact)[0]["id"])
    assert _columns(desk, contact)["Email"] == ""


def test_a_changed_type_settles_both_types(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "phones": [("mobile", "1")]})
    desk.change_communication(desk.communications(contact)[0]["id"], kind="home")
    assert (_columns(desk, contact)["MobilePhone"], _columns(desk, contact)["HomePhone"]) == ("", "1")


def test_every_change_of_a_communication_moves_the_contacts_modified_on(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada"})
    moments = [_columns(desk, contact)["ModifiedOn"]]
    row = desk.add_communication(contact, "web", "x.org")
    moments.append(_columns(desk, contact)["ModifiedOn"])
    desk.change_communication(row, number="y.org")
    moments.append(_columns(desk, contact)["ModifiedOn"])
    desk.delete_communication(row)
    moments.append(_columns(desk, contact)["ModifiedOn"])
    assert len(set(moments)) == 4


def test_an_exact_duplicate_is_answered_and_dropped() -> None:
    caller = Caller(new_site())
    contact = caller.site.add_person({"given": "Ada", "mails": ["a@x.org"]})
    told = caller.site.desk().rows("ContactCommunication")[0]
    again = {"ContactId": contact, "CommunicationTypeId": told["CommunicationTypeId"], "Number": "a@x.org"}
    made = caller.made("ContactCommunication", again)
    assert caller.get(f"ContactCommunication({made})").status == 404
    assert caller.site.desk().count("ContactCommunication") == 1


def test_search_number_is_a_phone_backwards_and_a_mail_in_lower_case(desk: Desk) -> None:
    desk.add_person({"given": "Ada", "mails": ["Ada@X.org"], "phones": [("work", "+49 (30) 12-3")]})
    assert [row["SearchNumber"] for row in desk.rows("ContactCommunication")] == ["ada@x.org", "3210394"]


def test_columns_of_the_contact_make_change_and_delete_the_communication(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada"})
    desk.edit_contact(contact, Email="a@x.org")
    desk.edit_contact(contact, Email="b@x.org")
    assert [each["number"] for each in desk.communications(contact)] == ["b@x.org"]
    desk.edit_contact(contact, Email="")
    assert desk.communications(contact) == []


def test_a_column_set_to_another_communications_number_makes_that_one_primary(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "mails": ["a@x.org", "b@x.org"]})
    desk.edit_contact(contact, Email="b@x.org")
    assert [(each["number"], each["primary"]) for each in desk.communications(contact)] == [
        ("a@x.org", False),
        ("b@x.org", True),
    ]


def test_a_name_alone_is_taken_apart_and_parts_alone_are_put_together(desk: Desk) -> None:
    contact = desk.add_person({"name": "Ada King Lovelace"})
    told = desk.contact(contact)
    assert told is not None
    assert (told["given"], told["middle"], told["family"]) == ("Ada", "King", "Lovelace")
    desk.edit_contact(contact, Surname="Byron")
    assert _columns(desk, contact)["Name"] == "Ada King Byron"


def test_a_name_sent_with_its_parts_is_kept_as_it_is(desk: Desk) -> None:
    contact = desk.add_person({"name": "Countess Ada", "given": "Ada", "family": "Lovelace"})
    told = desk.contact(contact)
    assert told is not None
    assert (told["name"], told["given"], told["family"]) == ("Countess Ada", "Ada", "Lovelace")


def test_a_site_may_put_the_surname_first() -> None:
    desk = new_site(Options(surname_first=True)).desk()
    contact = desk.contact(desk.add_person({"name": "Lovelace Ada King"}))
    assert contact is not None
    assert (contact["family"], contact["given"], contact["middle"]) == ("Lovelace", "Ada", "King")
    desk.edit_contact(contact["id"], given="Anne")
    assert _columns(desk, contact["id"])["Name"] == "Lovelace Anne King"


def test_the_first_address_is_primary_and_mirrored_and_the_second_leaves_the_contact_alone(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "addresses": [("home", {"street": "A 1", "city": "Berlin"})]})
    assert _columns(desk, contact)["Address"] == "A 1"
    before = _columns(desk, contact)["ModifiedOn"]
    desk.add_address(contact, "business", {"street": "B 2"})
    assert _columns(desk, contact)["ModifiedOn"] == before
    desk.delete_address(desk.addresses(contact)[0]["id"])
    assert _columns(desk, contact)["Address"] == ""


def test_a_changed_primary_address_is_mirrored_too(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "addresses": [("home", {"street": "A 1", "city": "Berlin"})]})
    desk.change_address(desk.addresses(contact)[0]["id"], {"street": "B 2"})
    assert _columns(desk, contact)["Address"] == "B 2"
    assert [(each["street"], each["city"]) for each in desk.addresses(contact)] == [("B 2", "Berlin")]


def test_address_columns_of_the_contact_make_change_and_delete_the_primary_address(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada"})
    desk.edit_contact(contact, Address="A 1", Zip="1")
    desk.edit_contact(contact, Address="B 2")
    assert [(each["street"], each["postal_code"]) for each in desk.addresses(contact)] == [("B 2", "1")]
    desk.edit_contact(contact, Address="", Zip="")
    assert desk.addresses(contact) == []


def test_a_change_of_company_or_job_is_a_step_of_the_career(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada", "company": "Acme", "job_title": "Analyst"})
    desk.edit_contact(contact, job_title="Countess")
    steps = [(row["JobTitle"], row["Current"]) for row in desk.rows("ContactCareer")]
    assert steps == [("Analyst", False), ("Countess", True)]


def test_tagging_does_not_move_the_contacts_modified_on(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada"})
    before = _columns(desk, contact)["ModifiedOn"]
    tag = desk.create_tag("Google")
    desk.tag(contact, tag)
    assert desk.tagged(tag) == {contact}
    desk.untag(contact, tag)
    assert desk.tagged(tag) == set()
    assert _columns(desk, contact)["ModifiedOn"] == before


def test_deleting_a_contact_takes_its_details_and_tag_links_and_leaves_no_trace(desk: Desk) -> None:
    tag = desk.create_tag("Google")
    person = {"given": "Ada", "company": "Acme", "mails": ["a@x.org"], "addresses": [("home", {"street": "A"})]}
    contact = desk.add_person({**person, "tags": ["Google"]})
    desk.delete_contact(contact)
    details = ("ContactCommunication", "ContactAddress", "ContactCareer", "ContactInTag")
    assert [desk.count(table) for table in details] == [0, 0, 0, 0]
    assert (desk.contact(contact), desk.tagged(tag), desk.count("Account")) == (None, set(), 1)


def test_a_renamed_tag_stays_on_its_contacts(desk: Desk) -> None:
    tag = desk.create_tag("Google")
    contact = desk.add_person({"given": "Ada", "tags": ["Google"]})
    desk.rename_tag(tag, "Phone")
    told = desk.contact(contact)
    assert told is not None
    assert told["tags"] == ["Phone"]


def test_deleting_a_tag_takes_it_off_every_contact(desk: Desk) -> None:
    tag = desk.create_tag("Google")
    contact = desk.add_person({"given": "Ada", "tags": ["Google"]})
    desk.delete_tag(tag)
    told = desk.contact(contact)
    assert told is not None
    assert (told["tags"], desk.count("ContactInTag")) == ([], 0)


def test_a_row_that_others_point_to_cannot_be_deleted() -> None:
    caller = Caller(new_site())
    contact = caller.site.add_person({"given": "Ada", "company": "Acme"})
    account = caller.row("Contact", contact)["AccountId"]
    assert caller.delete(f"Account({account})").status == 500
    assert caller.delete(f"Contact({caller.site.user.contact_id})").status == 500


def test_owner_and_makers_are_the_callers_contact_and_a_tag_is_private_by_default() -> None:
    site = new_site()
    mary = site.add_user("mary", "secret")
    caller = Caller(site, "mary", "secret")
    row = caller.row("Contact", caller.made("Contact", {"Name": "Ada"}))
    assert {row["OwnerId"], row["CreatedById"], row["ModifiedById"]} == {mary.contact_id}
    tag = caller.row("ContactTag", caller.made("ContactTag", {"Name": "Google"}))
    assert (tag["TypeId"], tag["CreatedById"]) == (TAG_TYPES["private"], mary.contact_id)
    assert row["TypeId"] not in CONTACT_TYPES.values()


def test_what_the_product_refuses_a_person_is_refused_at_the_desk_too(desk: Desk) -> None:
    contact = desk.add_person({"given": "Ada"})
    with pytest.raises(Refusal):
        desk.edit_contact(contact, job_title="x" * 251)


def test_a_person_reads_back_as_it_was_written(desk: Desk) -> None:
    person = {
        "given": "Ада",
        "middle": "Августа",
        "family": "Лавлейс",
        "salutation": "Ms.",
        "company": "Acme",
        "department": "IT",
        "job_title": "Analyst",
        "birthday": "1815-12-10",
        "notes": "<p>😀</p>",
        "mails": ["a@x.org", "b@x.org"],
        "phones": [("mobile", "1"), ("fax", "2")],
        "webs": ["x.org"],
        "skypes": ["ada"],
        "addresses": [
            (
                "business",
                {
                    "street": "A 1",
                    "city": "London",
                    "region": "England",
                    "postal_code": "1",
                    "country": "United Kingdom",
                },
            )
        ],
    }
    told = desk.contact(desk.add_person(person))
    assert told is not None
    assert {key: told[key] for key in person} == person
