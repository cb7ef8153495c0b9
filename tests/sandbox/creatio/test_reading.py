"""Reading over OData (facts/creatio.md 2.1 to 2.3)."""

from typing import Any
from uuid import uuid4

import pytest

from gsync_cli.sandbox.creatio.ids import CONTACT_TYPES, NULL_ID
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.messages import Response
from tests.sandbox.creatio.caller import Caller, deepest, header, new_site, parsed

OWN = "Name ne 'Supervisor'"


def _caller(options: Options | None = None, people: int = 3) -> Caller:
    caller = Caller(new_site(options))
    for number in range(people):
        caller.site.add_person({"given": f"P{number}", "family": "O'Neil", "mails": [f"p{number}@x.org"]})
    return caller


def _refusal(response: Response) -> tuple[int, str]:
    return response.status, deepest(parsed(response))


def test_a_lookup_is_filtered_by_its_path_and_its_scalar_is_a_failure_500() -> None:
    caller = _caller()
    contact = caller.site.add_person({"given": "Ada", "company": "Acme"})
    account = caller.row("Contact", contact)["AccountId"]
    assert [row["Id"] for row in caller.rows("Contact", filter=f"Account/Id eq {account}")] == [contact]
    assert [row["Id"] for row in caller.rows("Contact", filter="Account/Name eq 'acme'")] == [contact]
    status, message = _refusal(caller.get("Contact", filter=f"AccountId eq {account}"))
    assert (status, message) == (500, "Column by path AccountId not found in schema Contact")


def test_a_plain_guid_column_is_filtered_by_its_flat_name() -> None:
    caller = _caller()
    contact = caller.site.desk().contacts()[0]["id"]
    tag = caller.made("Tag", {"Name": "T"})
    link = caller.made("TagInRecord", {"TagId": tag, "RecordId": contact, "RecordSchemaName": "Contact"})
    assert [row["Id"] for row in caller.rows("TagInRecord", filter=f"RecordId eq {contact}")] == [link]


@pytest.mark.parametrize(
    "text",
    [
        "Name in ('a','b')",
        "ModifiedOn ge '2026-01-01T00:00:00Z'",
        "ModifiedOn ge datetime'2026-01-01T00:00:00'",
        "ModifiedOn ge 2026-01-01T00:00:00",
        f"Id eq '{NULL_ID}'",
        f"Id eq guid'{NULL_ID}'",
        "Nonsense eq 'a'",
        "Account/Nonsense eq 'a'",
        "Nonsense/Name eq 'a'",
        "Name eq 1",
        "Name",
        "Name eq",
        "contains(Id,'a')",
    ],
)
def test_what_odata_cannot_read_in_a_filter_is_400(text: str) -> None:
    assert _caller().get("Contact", filter=text).status == 400


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Surname eq 'O''Neil' and GivenName eq 'P1'", ["P1"]),
        ("startswith(GivenName,'P') and not (GivenName eq 'P0')", ["P1", "P2"]),
        ("contains(Email,'P2@X') or GivenName eq 'p0'", ["P0", "P2"]),
        ("endswith(tolower(Email),'1@x.org')", ["P1"]),
        ("GivenName eq 'P0' or GivenName eq 'P2'", ["P0", "P2"]),
        ("Account eq null and GivenName ne 'P0' and Surname ne ''", ["P1", "P2"]),
        ("Account/Id eq null and length(Surname) eq 6", ["P0", "P1", "P2"]),
        ("BirthDate eq null and GivenName gt 'P1'", ["P2"]),
        ("BirthDate gt 0001-01-01T00:00:00Z", []),
        ("Account/Id ne 3c5b1f6e-0f53-4c88-9b7e-6f2f6d1f3a11", []),
        ("DoNotUseEmail eq false and year(CreatedOn) eq 2026 and Surname eq 'o''neil'", ["P0", "P1", "P2"]),
    ],
)
def test_filters_compare_like_sql(text: str, names: list[str]) -> None:
    rows = _caller().rows("Contact", filter=f"({text}) and {OWN}", select="GivenName", orderby="GivenName")
    assert [row["GivenName"] for row in rows] == names


def test_a_database_may_tell_upper_from_lower_case() -> None:
    assert _caller().rows("Contact", filter="GivenName eq 'p0'")
    assert not _caller(Options(case_sensitive=True)).rows("Contact", filter="GivenName eq 'p0'")


def test_a_long_chain_of_ids_is_answered_from_the_details_of_those_contacts() -> None:
    caller = _caller(people=30)
    ids = [contact["id"] for contact in caller.site.desk().contacts()[:25]]
    rows = caller.rows("ContactCommunication", filter=" or ".join(f"Contact/Id eq {each}" for each in ids))
    assert sorted(row["ContactId"] for row in rows) == sorted(ids)


def test_select_takes_direct_columns_and_answers_nothing_else() -> None:
    caller = _caller()
    assert caller.rows("Contact", select="Id,Name", top="1")[0].keys() == {"Id", "Name"}
    assert caller.get("Contact", select="Account/Name").status == 400
    assert caller.get("Contact", select="AccountName").status == 400


def test_a_site_may_want_filtered_columns_selected() -> None:
    caller = _caller(Options(select_covers_filter=True))
    assert caller.get("Contact", select="Id", filter="Name eq 'x'").status == 500
    assert caller.get("Contact", select="Id,Name", filter="Name eq 'x'").status == 200


def test_expand_opens_lookups_two_deep_and_no_details() -> None:
    caller = _caller()
    contact = caller.site.add_person({"given": "Ada", "company": "Acme"})
    row = caller.row("Contact", contact, select="Name", expand="Account($select=Name;$expand=Owner($select=Name)),Job")
    assert row["Account"] == {"Name": "Acme", "Owner": {"Name": "Supervisor"}}
    assert row["Job"] is None
    too_deep = "Account($expand=Owner($expand=Account))"
    assert caller.get("Contact", expand=too_deep).status == 400
    assert caller.get("Contact", expand="ContactCommunicationCollectionByContact").status == 400


def test_ordering_takes_direct_columns_alone() -> None:
    caller = _caller()
    names = [row["Name"] for row in caller.rows("Contact", orderby="Name desc,Id", filter=OWN)]
    assert names == ["P2 O'Neil", "P1 O'Neil", "P0 O'Neil"]
    assert caller.get("Contact", orderby="Account/Name").status == 400


def test_replies_are_cut_without_a_word_unless_the_site_gives_a_link() -> None:
    silent = parsed(_caller(Options(max_rows=2), people=5).get("Contact", orderby="Id", count="true"))
    assert (len(silent["value"]), silent["@odata.count"]) == (2, 6)
    assert "@odata.nextLink" not in silent


def test_a_link_to_the_rest_leads_through_the_whole_set() -> None:
    caller = _caller(Options(max_rows=2, next_links=True), people=5)
    seen, path = [], "odata/Contact?$orderby=Name&$select=Name"
    while path:
        told = parsed(caller.send("GET", path))
        seen += [row["Name"] for row in told["value"]]
        path = told.get("@odata.nextLink", "").partition("/creatio/0/")[2]
    assert seen == [*(f"P{number} O'Neil" for number in range(5)), "Supervisor"]


def test_pages_by_skip_have_every_row_once_when_they_are_ordered() -> None:
    caller = _caller(people=7)
    pages = [caller.rows("Contact", orderby="ModifiedOn,Id", top="3", skip=str(skip)) for skip in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert len({row["Id"] for page in pages for row in page}) == 8


def test_count_alone_and_count_with_a_filter() -> None:
    caller = _caller()
    assert parsed(caller.get("Contact", count="true", top="0")) | {"@odata.context": ""} == {
        "@odata.context": "",
        "@odata.count": 4,
        "value": [],
    }
    assert caller.get("Contact/$count", filter=OWN).body == b"3"


def test_too_much_memory_is_a_500_whose_cause_lies_deepest() -> None:
    status, message = _refusal(_caller(Options(memory_rows=2)).get("Contact"))
    assert status == 500
    assert "MaxMemoryUsageToGetDataViaEntityCollection" in message


def test_missing_values_have_their_own_signs() -> None:
    caller = _caller()
    row = caller.row("Contact", caller.site.add_person({"given": "Ada"}))
    assert (row["AccountId"], row["BirthDate"], row["JobTitle"]) == (NULL_ID, "0001-01-01T00:00:00Z", "")
    assert row["@odata.context"].endswith("/creatio/0/odata/$metadata#Contact/$entity")


def test_dates_have_fractions_and_date_only_columns_have_a_time() -> None:
    caller = _caller()
    row = caller.row("Contact", caller.site.add_person({"given": "Ada", "birthday": "1980-05-01"}))
    assert row["BirthDate"] == "1980-05-01T00:00:00Z"
    assert len(row["ModifiedOn"]) == len("2026-03-02T09:00:00.0000010Z")


def test_a_record_and_its_fields_are_read_by_a_bare_key() -> None:
    caller = _caller()
    contact = caller.site.desk().contacts()[0]["id"]
    assert caller.get(f"Contact({contact})/Surname/$value").body == b"O'Neil"
    assert caller.get(f"Contact({uuid4()})").status == 404
    assert caller.get(f"Contact('{contact}')").status == 404


@pytest.mark.parametrize("path", ["ContactCollection", "Nonsense", "Contact/Nonsense"])
def test_an_unknown_set_is_a_routing_miss(path: str) -> None:
    answer = _caller().get(path)
    assert answer.status == 404
    assert parsed(answer).keys() == {"Message", "MessageDetail"}


@pytest.mark.parametrize("options", [{"search": "a"}, {"top": "x"}, {"skip": "-1"}, {"count": "1"}])
def test_query_options_the_product_does_not_have_are_400(options: dict[str, str]) -> None:
    assert _caller().get("Contact", **options).status == 400


def test_system_tables_may_be_hidden() -> None:
    assert _caller().rows("VwSysAdminUnit", expand="TimeZone($select=Code)")[0]["TimeZone"] == {"Code": "UTC"}
    assert _caller(Options(system_tables=False)).get("SysAdminUnit").status == 403


def test_a_query_string_longer_than_iis_takes_is_a_404_page() -> None:
    answer = _caller().get("Contact", filter=" or ".join(f"Id eq {uuid4()}" for _ in range(60)))
    assert (answer.status, header(answer, "Content-Type")[:9]) == (404, "text/html")


def test_the_service_document_and_the_model_name_the_sets() -> None:
    caller = _caller()
    sets: list[dict[str, Any]] = parsed(caller.get(""))["value"]
    assert {"Contact", "ContactInTag", "SalutationType"} <= {each["name"] for each in sets}
    model = caller.get("$metadata").body.decode()
    assert '<Property Name="AccountId" Type="Edm.Guid"' in model
    assert '<NavigationProperty Name="Account" Type="Terrasoft.Configuration.Account"' in model


def test_the_table_of_salutations_may_have_the_name_that_product_builds_give_it() -> None:
    caller = _caller(Options(salutations="ContactSalutationType"))
    contact = caller.site.add_person({"given": "Ada", "salutation": "Dr."})
    assert caller.row("Contact", contact, expand="SalutationType($select=Name)")["SalutationType"] == {"Name": "Dr."}
    assert caller.get("SalutationType").status == 404


def test_types_of_contacts_have_their_well_known_ids() -> None:
    rows = _caller().rows("ContactType", select="Id")
    assert {row["Id"] for row in rows} == set(CONTACT_TYPES.values())
