"""Nothing passes that the discovery documents don't name; refusals are worded as Google words them."""

import time

import pytest

from gsync_cli.sandbox.google import conformance
from gsync_cli.sandbox.google.people import get
from tests.sandbox.conftest import Rig


def test_an_unknown_name_in_a_body_is_refused(rig: Rig) -> None:
    refused = rig.call("POST", "people:createContact", {"names": [{"givenNme": "Ada"}]})
    assert refused.status == 400
    assert refused.message == (
        "Invalid JSON payload received. Unknown name \"givenNme\" at 'person.names[0]': Cannot find field."
    )
    assert refused.value["error"]["details"][0]["fieldViolations"][0]["field"] == "person.names[0]"


def test_a_value_of_another_type_is_refused(rig: Rig) -> None:
    refused = rig.call("POST", "people:createContact", {"names": [{"givenName": 12}]})
    assert refused.message == "Invalid value at 'person.names[0].given_name' (TYPE_STRING), 12"


def test_null_is_absent_and_a_number_may_be_text(rig: Rig) -> None:
    body = {"names": None, "birthdays": [{"date": {"month": "2", "day": "29", "year": None}}]}
    made = rig.call("POST", "people:createContact", body)
    assert made.value["birthdays"][0]["date"] == {"month": 2, "day": 29}


def test_an_unknown_query_parameter_is_refused(rig: Rig) -> None:
    refused = rig.call("GET", "people/me/connections", personFields="names", foo="1")
    assert refused.message.startswith('Invalid JSON payload received. Unknown name "foo": Cannot bind query parameter.')


@pytest.mark.parametrize("query", [{"pageSize": "many"}, {"requestSyncToken": "yes"}, {"sortOrder": "SIZE"}])
def test_query_parameters_have_types(rig: Rig, query: dict[str, str]) -> None:
    assert "Invalid value at" in rig.listing(**query).message


def test_a_body_that_is_no_json_is_refused(rig: Rig) -> None:
    assert rig.call("POST", "people:createContact", "text").status == 400
    assert rig.call("GET", "contactGroups", {"a": 1}).status == 400


def test_where_nothing_is_served_a_page_answers(rig: Rig) -> None:
    reply = rig.call("GET", "nothing")
    assert reply.status == 404
    assert reply.headers["Content-Type"].startswith("text/html")


def test_an_answer_of_our_own_that_does_not_fit_is_a_defect(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = rig.add("Ada")
    entry = rig.sandbox.google._people["people.get"]
    monkeypatch.setitem(
        rig.sandbox.google._people, "people.get", type(entry)(lambda call: {**get(call), "nme": 1}, entry.cost)
    )
    with pytest.raises(conformance.AnswerViolation, match='Unknown name "nme"'):
        rig.call("GET", resource, personFields="names")


def test_thousands_of_people_a_second_are_checked(rig: Rig) -> None:
    for number in range(1000):
        rig.add(f"N{number}", emailAddresses=[{"value": f"n{number}@a.example"}], phoneNumbers=[{"value": "030 1"}])
    rig.listing()
    started = time.perf_counter()
    rig.listing()
    assert time.perf_counter() - started < 0.5
