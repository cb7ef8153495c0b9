"""Writing over OData, errors, and $batch (facts/creatio.md 2.5 to 2.7)."""

import json
from typing import Any
from uuid import uuid4

import pytest

from gsync_cli.sandbox.creatio.ids import NULL_ID
from gsync_cli.sandbox.creatio.options import Options
from tests.sandbox.creatio.caller import Caller, deepest, header, new_site, parsed, part


@pytest.fixture
def caller() -> Caller:
    return Caller(new_site())


def test_a_record_may_be_made_with_an_id_of_the_callers_choosing(caller: Caller) -> None:
    chosen = str(uuid4())
    answer = caller.post("Contact", {"Id": chosen.upper(), "Name": "Ada Lovelace"})
    assert (answer.status, parsed(answer)["Id"]) == (201, chosen)
    assert header(answer, "Location").endswith(f"/odata/Contact({chosen})")


def test_making_the_same_id_twice_is_a_500_with_the_cause_deepest(caller: Caller) -> None:
    contact = caller.made("Contact", {"Name": "Ada"})
    answer = caller.post("Contact", {"Id": contact, "Name": "Ada"})
    assert answer.status == 500
    assert "PRIMARY KEY" in deepest(parsed(answer))
    assert parsed(answer)["error"]["message"] == "An error has occurred."


def test_patch_answers_204_for_a_record_that_is_not_there(caller: Caller) -> None:
    assert caller.patch(f"Contact({uuid4()})", {"JobTitle": "x"}).status == 204


def test_patch_changes_what_it_names_and_moves_modified_on_even_without_a_difference(caller: Caller) -> None:
    contact = caller.made("Contact", {"Name": "Ada", "JobTitle": "Analyst"})
    before = caller.row("Contact", contact)
    assert caller.patch(f"Contact({contact})", {"JobTitle": "Analyst"}).status == 204
    after = caller.row("Contact", contact)
    assert after["ModifiedOn"] > before["ModifiedOn"]
    assert {name for name in after if after[name] != before[name]} == {"ModifiedOn"}


def test_delete_answers_204_and_then_404(caller: Caller) -> None:
    contact = caller.made("Contact", {"Name": "Ada"})
    assert caller.delete(f"Contact({contact})").status == 204
    assert caller.delete(f"Contact({contact})").status == 404


def test_null_clears_a_lookup_a_date_and_a_text(caller: Caller) -> None:
    contact = caller.site.add_person({"given": "A", "company": "Acme", "birthday": "1980-05-01", "job_title": "x"})
    caller.patch(f"Contact({contact})", {"AccountId": None, "BirthDate": None, "JobTitle": None})
    row = caller.row("Contact", contact)
    assert (row["AccountId"], row["BirthDate"], row["JobTitle"]) == (NULL_ID, "0001-01-01T00:00:00Z", "")


def test_an_unknown_property_is_400_and_a_path_is_passed_over_in_silence(caller: Caller) -> None:
    assert caller.post("Contact", {"Name": "A", "Nonsense": 1}).status == 400
    made = caller.made("Contact", {"Name": "A", "Account/Id": str(uuid4()), "Type": {"Name": "Client"}})
    assert caller.row("Contact", made)["AccountId"] == NULL_ID


@pytest.mark.parametrize(
    "body",
    [{"Name": 1}, {"AccountId": "x"}, {"BirthDate": "1980-05-01"}, {"DoNotUseEmail": "no"}, {"Age": "1"}],
)
def test_a_value_of_another_type_is_400(caller: Caller, body: dict[str, Any]) -> None:
    assert caller.post("Contact", {"Name": "A", **body}).status == 400


def test_a_body_that_is_not_said_to_be_json_is_415(caller: Caller) -> None:
    answer = caller.send("POST", "odata/Contact", {"Name": "A"}, headers={"content-type": "text/plain"})
    assert answer.status == 415


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"Name": "x" * 251}, "exceeds the maximum of 250"),
        ({"Name": "A", "Zip": "1" * 51}, "exceeds the maximum of 50"),
        ({"Name": ""}, "'Name' must be filled in"),
        ({"Name": "A", "AccountId": str(uuid4())}, "FOREIGN KEY"),
    ],
)
def test_what_the_product_refuses_is_500_with_the_real_words_deepest(
    caller: Caller, body: dict[str, Any], said: str
) -> None:
    answer = caller.post("Contact", body)
    assert answer.status == 500
    assert said in deepest(parsed(answer))
    assert said not in parsed(answer)["error"]["message"]


def test_from_8_3_2_on_the_databases_own_words_are_hidden() -> None:
    caller = Caller(new_site(version="8.3.2"))
    told = parsed(caller.post("Contact", {"Name": "A", "AccountId": str(uuid4())}))
    assert "FOREIGN" not in json.dumps(told)
    assert "stacktrace" not in json.dumps(told)


def test_refusals_may_come_as_web_api_errors_or_with_an_object_for_a_message() -> None:
    told = parsed(Caller(new_site(Options(error_form="webapi"))).post("Contact", {"Name": ""}))
    assert told.keys() == {"Message", "ExceptionMessage", "ExceptionType", "StackTrace"}
    told = parsed(Caller(new_site(Options(error_form="lang"))).post("Contact", {"Name": ""}))
    assert told["error"]["message"]["value"] == "An error has occurred."


def test_a_secret_is_written_and_never_answered(caller: Caller) -> None:
    made = caller.made("OAuthApplications", {"ClientId": "c", "SecretKey": "s"})
    assert "SecretKey" not in caller.row("OAuthApplications", made)


# -- $batch -----------------------------------------------------------------------------------------------------------


def test_a_batch_reads_and_writes_and_maps_answers_by_id(caller: Caller) -> None:
    chosen = str(uuid4())
    answers = caller.batch(
        part("w", "POST", "Contact", {"Id": chosen, "Name": "Ada"}),
        part("p", "PATCH", f"Contact({chosen})", {"JobTitle": "Analyst"}),
        part("r", "GET", f"Contact?$select=JobTitle&$filter=Id%20eq%20{chosen}"),
        part("d", "DELETE", f"Contact({chosen})"),
    )
    assert [(answer["id"], answer["status"]) for answer in answers] == [("w", 201), ("p", 204), ("r", 200), ("d", 204)]
    assert answers[2]["body"]["value"] == [{"JobTitle": "Analyst"}]
    assert "body" not in answers[1]


def test_a_batch_stops_at_the_first_failure_and_says_nothing_of_the_rest(caller: Caller) -> None:
    answers = caller.batch(part("1", "POST", "Contact", {"Name": ""}), part("2", "POST", "Contact", {"Name": "A"}))
    assert [(answer["id"], answer["status"]) for answer in answers] == [("1", 500)]
    assert caller.site.desk().contacts() == []


def test_a_batch_goes_on_after_a_failure_where_the_caller_prefers_that(caller: Caller) -> None:
    answers = caller.batch(
        part("1", "POST", "Contact", {"Name": ""}),
        part("2", "POST", "Contact", {"Name": "A"}),
        prefer="continue-on-error",
    )
    assert [answer["status"] for answer in answers] == [500, 201]
    assert "must be filled in" in deepest(answers[0]["body"])


def test_a_group_of_a_batch_is_done_wholly_or_not_at_all(caller: Caller) -> None:
    failed = caller.batch(
        part("1", "POST", "Contact", {"Name": "A"}, "g"),
        part("2", "POST", "Contact", {"Name": ""}, "g"),
        part("3", "POST", "Contact", {"Name": "B"}),
        prefer="continue-on-error",
    )
    assert [(answer["id"], answer["status"]) for answer in failed] == [("2", 500), ("3", 201)]
    assert [contact["name"] for contact in caller.site.desk().contacts()] == ["B"]


def test_a_batch_takes_a_hundred_requests_and_no_more(caller: Caller) -> None:
    hundred = [part(str(number), "GET", "Contact/$count") for number in range(100)]
    assert len(caller.batch(*hundred)) == 100
    assert caller.post("$batch", {"requests": [*hundred, part("x", "GET", "Contact")]}).status == 400


def test_a_long_filter_is_fine_within_a_batch(caller: Caller) -> None:
    chain = " or ".join(f"Id eq {uuid4()}" for _ in range(100))
    assert caller.batch(part("1", "GET", f"Contact?$filter={chain}"))[0]["status"] == 200


@pytest.mark.parametrize(
    "requests",
    [[{"id": "1", "method": "GET"}], [part("1", "GET", "Contact"), part("1", "GET", "Contact")], {}, ["GET Contact"]],
)
def test_a_batch_that_is_not_well_formed_is_400_as_a_whole(caller: Caller, requests: Any) -> None:
    assert caller.post("$batch", {"requests": requests}).status == 400


def test_urls_of_a_batch_are_relative_to_the_service_or_whole(caller: Caller) -> None:
    whole = "http://127.0.0.1:8080/creatio/0/odata/Contact/$count"
    answers = caller.batch(part("1", "GET", whole), part("2", "GET", "/0/odata/Contact"))
    assert [answer["status"] for answer in answers] == [200, 404]


def test_a_multipart_batch_is_refused(caller: Caller) -> None:
    answer = caller.post("$batch", {}, **{"content-type": "multipart/mixed; boundary=x"})
    assert answer.status == 415


def test_a_site_may_take_no_reading_in_a_batch_or_no_batch_at_all() -> None:
    caller = Caller(new_site(Options(batch="writes-only")))
    answers = caller.batch(
        part("1", "GET", "Contact"), part("2", "POST", "Contact", {"Name": "A"}), prefer="continue-on-error"
    )
    assert [answer["status"] for answer in answers] == [405, 201]
    assert Caller(new_site(version="7.16.0")).post("$batch", {"requests": []}).status == 404


def test_answers_of_a_batch_may_come_in_any_order() -> None:
    caller = Caller(new_site(Options(batch_shuffled=True)))
    ids = [answer["id"] for answer in caller.batch(*(part(str(number), "GET", "Contact") for number in range(20)))]
    assert ids != sorted(ids, key=int)
    assert sorted(ids, key=int) == [str(number) for number in range(20)]


def test_a_batch_as_a_whole_needs_the_csrf_header(caller: Caller) -> None:
    assert caller.send("POST", "odata/$batch", {"requests": []}, csrf=False).status == 403
