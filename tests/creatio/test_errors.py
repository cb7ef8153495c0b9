"""The four bodies in which Creatio complains, and the sentence in each that says why (facts/creatio.md 2.7)."""

from urllib.parse import quote

import pytest

from gsync_cli.creatio.errors import message_in, message_of, wants_less_memory
from gsync_cli.creatio.filters import alternatives, of_ids
from gsync_cli.creatio.values import id_of, is_null, literal, quoted, same_id, text_of
from tests.creatio.fake import answer, odata_error, page

ID = "410006E1-CA4E-4502-A9EC-E54D922D2C00"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"error": {"code": "", "message": "The request is invalid."}}, "The request is invalid."),
        ({"error": {"message": {"lang": "en-US", "value": "No such column"}}}, "No such column"),
        (
            {
                "error": {
                    "message": "An error has occurred.",
                    "innererror": {
                        "message": "Outer",
                        "stacktrace": "at Terrasoft.Core",
                        "internalexception": {"message": "Name is too long", "type": "X", "internalexception": {}},
                    },
                }
            },
            "Name is too long",
        ),
        (
            {"Message": "An error has occurred.", "ExceptionMessage": "Column by path X not found", "StackTrace": "at"},
            "Column by path X not found",
        ),
        ({"Message": "Outer", "InnerException": {"Message": "m", "ExceptionMessage": "Deep\n  down"}}, "Deep down"),
        ({"Message": "No HTTP resource was found", "MessageDetail": "No type"}, "No HTTP resource was found"),
        ({"success": False, "errorInfo": {"message": "Denied"}}, "Denied"),
        ({"success": False, "errorInfo": None}, ""),
        ([1], ""),
        (None, ""),
    ],
)
def test_the_sentence_that_says_why_is_found(body: object, sentence: str) -> None:
    assert message_of(body) == sentence


def test_a_page_is_told_by_its_status_alone() -> None:
    assert message_in(page(502)) == "HTTP 502"
    assert len(message_of({"Message": "x" * 9000})) == 500


def test_only_a_failed_read_that_names_memory_asks_for_smaller_pages() -> None:
    assert wants_less_memory(odata_error(500, "An error has occurred.", "x", "Query exceeds the memory limit"))
    assert not wants_less_memory(odata_error(500, "An error has occurred."))
    assert not wants_less_memory(answer(200, {"Message": "memory"}))


@pytest.mark.parametrize(
    "value", [None, "", "00000000-0000-0000-0000-000000000000", "0001-01-01T00:00:00Z", "0001-01-01T03:00:00.0000000Z"]
)
def test_every_way_to_write_nothing_is_nothing(value: object) -> None:
    assert is_null(value)
    assert text_of(value) == id_of(value) == ""


@pytest.mark.parametrize("value", ["x", 0, False, "0001", ID, "2001-01-01T00:00:00Z"])
def test_what_is_something_is_not_nothing(value: object) -> None:
    assert not is_null(value)


def test_ids_are_compared_in_lower_case() -> None:
    assert same_id(ID, "{" + ID.lower() + "}")
    assert id_of(ID) == ID.lower()


def test_literals_are_bare_for_ids_and_quoted_for_texts() -> None:
    assert literal(ID) == ID.lower()
    assert literal("O'Brien") == "'O''Brien'"
    assert quoted(ID) == f"'{ID}'"


def test_alternatives_come_in_chains_that_a_url_can_hold() -> None:
    ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(60)]
    filters = of_ids("Contact/Id", ids)
    assert " or ".join(filters) == " or ".join(f"Contact/Id eq {each}" for each in ids)
    assert all(text.count(" eq ") <= 25 and len(quote(text)) <= 1700 for text in filters)
    assert len(filters) == 3
    assert of_ids("Contact/Id", []) == []


def test_long_values_make_shorter_chains() -> None:
    mails = [f"{'ü' * 60}{number}@example.com" for number in range(10)]
    filters = list(alternatives(f"Number eq {quoted(mail)}" for mail in mails))
    assert " or ".join(filters) == " or ".join(f"Number eq '{each}'" for each in mails)
    assert all(len(quote(text)) <= 1700 for text in filters)
    assert [len(quote(text)) > 1700 for text in alternatives(["x" * 2000, "y"])] == [True, False]
