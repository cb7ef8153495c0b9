"""DataService: what is sent, what is made of every kind of answer, and that no write can hit more than one row."""

import json
from typing import Any

import httpx2
import pytest

from gsync_cli.creatio.dataservice import NOT_TOLD, DataService, Failed
from gsync_cli.creatio.errors import CreatioRefusal, Unanswered
from gsync_cli.errors import GsyncError, Refused, Temporary
from tests.creatio.fake import FakeCreatio, answer, opened, page

ROW = "1b424a93-dee9-e011-8376-00155d04c01d"
LINK = "0a0a0a0a-dee9-e011-8376-00155d04c01d"
SECURITY = {"errorCode": "SecurityException", "message": "Keine Berechtigung"}


def service(fake: FakeCreatio) -> DataService:
    return DataService(opened(fake))


def sent(fake: FakeCreatio) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(fake.asked[-1].content)
    return body


def test_a_select_asks_for_columns_and_lookups_and_reads_them_in_every_form() -> None:
    fake = FakeCreatio()
    told = [
        {"Id": ROW.upper(), "Name": "GMail", "OAuthApplication": {"value": LINK.upper(), "displayValue": "x"}},
        {"Id": ROW, "Name": "plain id", "OAuthApplication": LINK},
        {"Id": ROW, "Name": "none", "OAuthApplication": "", "extra": 1},
        {"id": ROW, "name": "payload names", "OAuthApplicationId": LINK},
    ]
    fake.on("SelectQuery", answer(200, {"rows": told, "success": True}))
    found = service(fake).select("MailServer", ("Id", "Name", "OAuthApplication/Id"), {"Name": "GMail", "Port": 993})
    assert [row["OAuthApplication/Id"] for row in found] == [LINK, LINK, "", LINK]
    assert found[3]["Name"] == "payload names"
    asked = sent(fake)
    assert (asked["rootSchemaName"], asked["operationType"]) == ("MailServer", 0)
    assert [item["expression"]["columnPath"] for item in asked["columns"]["items"].values()] == [
        "Id",
        "Name",
        "OAuthApplication",
    ]
    comparisons = asked["filters"]["items"].values()
    assert [each["rightExpression"]["parameter"] for each in comparisons] == [
        {"dataValueType": 1, "value": "GMail"},
        {"dataValueType": 4, "value": 993},
    ]
    assert asked["filters"]["filterType"] == 6


def test_every_update_and_delete_carries_the_filter_for_one_row() -> None:
    fake = FakeCreatio()
    fake.on("(Update|Delete)Query", answer(200, {"success": True, "rowsAffected": "1"}))
    client = service(fake)
    values: dict[str, str | bool | None] = {"OAuthApplication/Id": LINK, "UseSSL": True, "Name": ""}
    assert client.update("MailServer", ROW, values) == 1
    update = sent(fake)
    assert client.delete("MailServer", ROW) == 1
    assert (update["operationType"], sent(fake)["operationType"]) == (2, 3)
    for asked in (update, sent(fake)):
        (only,) = asked["filters"]["items"].values()
        assert (only["leftExpression"]["columnPath"], only["comparisonType"]) == ("Id", 3)
        assert only["rightExpression"]["parameter"] == {"dataValueType": 0, "value": ROW}
    kinds = {name: item["parameter"]["dataValueType"] for name, item in update["columnValues"]["items"].items()}
    assert kinds == {"OAuthApplication": 10, "UseSSL": 12, "Name": 1}


def test_an_insert_carries_its_values_and_tells_the_id() -> None:
    fake = FakeCreatio()
    fake.on("InsertQuery", answer(200, {"success": True, "Id": ROW.upper()}))
    assert service(fake).insert("OAuthApplications", {"Id": ROW, "ClientId": "c"}) == ROW
    assert sent(fake) == {
        "rootSchemaName": "OAuthApplications",
        "operationType": 1,
        "columnValues": {
            "items": {
                "Id": {"expressionType": 2, "parameter": {"dataValueType": 0, "value": ROW}},
                "ClientId": {"expressionType": 2, "parameter": {"dataValueType": 1, "value": "c"}},
            }
        },
    }


@pytest.mark.parametrize("nothing", ["", "00000000-0000-0000-0000-000000000000"])
def test_without_an_id_nothing_is_changed_and_nothing_is_sent(nothing: str) -> None:
    fake = FakeCreatio()
    client = service(fake)
    with pytest.raises(ValueError, match="by its id"):
        client.update("MailServer", nothing, {"Name": "x"})
    with pytest.raises(ValueError, match="by its id"):
        client.delete("MailServer", nothing)
    assert fake.asked == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer(200, {"success": False, "errorInfo": {"message": "No such column"}}), CreatioRefusal),
        (answer(200, {"success": False, "errorInfo": {}}), CreatioRefusal),
        (answer(200, {"success": False, "errorInfo": SECURITY}), Refused),
        (answer(200, {"responseStatus": {"ErrorCode": "X", "Message": "No"}, "success": "false"}), CreatioRefusal),
        (answer(500, {"responseStatus": {"ErrorCode": "SecurityException", "Message": "No"}}), Refused),
        (answer(403, {"Message": "Forbidden"}), Refused),
        (answer(404, {"Message": "none"}), CreatioRefusal),
        (answer(500, {"responseStatus": {"ErrorCode": "SqlException", "Message": "broken"}}), Failed),
        (answer(503), Unanswered),
        (answer(429, {"message": "slowly"}), Temporary),
        (httpx2.Response(200, content=b'{"succ'), Unanswered),
        (httpx2.ReadTimeout("silence"), Unanswered),
    ],
)
def test_a_write_that_was_not_surely_done_never_passes_for_done(
    reply: httpx2.Response | Exception, expected: type[GsyncError]
) -> None:
    fake = FakeCreatio()
    fake.on("InsertQuery", reply)
    with pytest.raises(GsyncError) as caught:
        service(fake).insert("OAuthApplications", {"Id": ROW, "ClientId": "c"})
    assert type(caught.value) is expected
    if expected is Refused:
        assert caught.value.code == "creatio-right-missing"
    if expected is not Temporary:
        assert len(fake.paths("InsertQuery")) == 1


@pytest.mark.parametrize("told", [{"success": True}, {"success": True, "rowsAffected": None}, {"rowsAffected": -1}])
def test_a_site_that_does_not_count_rows_is_understood(told: dict[str, object]) -> None:
    fake = FakeCreatio()
    fake.on("UpdateQuery", answer(200, told))
    assert service(fake).update("MailServer", ROW, {"Name": "x"}) == NOT_TOLD


def test_settings_are_read_whatever_their_form_and_the_missing_ones_are_left_out() -> None:
    fake = FakeCreatio()
    values = {"A": {"value": "a", "dataValueType": "1"}, "b": "plain", "C": {"Value": ""}, "D": {"value": "gone"}}
    fake.on("QuerySysSettings", answer(200, {"success": True, "values": values, "notFoundSettings": ["D", "E"]}))
    found = service(fake).settings(("A", "B", "C", "D", "E"))
    assert {code: (setting.value, setting.type) for code, setting in found.items()} == {
        "A": ("a", 1),
        "B": ("plain", None),
        "C": ("", None),
    }
    assert "'a'" not in repr(found["A"]), "it may be a secret"
    assert sent(fake) == {"sysSettingsNameCollection": ["A", "B", "C", "D", "E"]}


@pytest.mark.parametrize(
    ("told", "saved"),
    [
        ({"saveResult": {"A": True, "B": False}, "success": True}, {"A": True, "B": False}),
        ({"saveResult": {"A": True, "B": True}, "success": False}, {"A": True, "B": True}),
        ({"saveResult": {"a": "true", "B": 1}, "success": True}, {"A": True, "B": False}),
        ({"saveResult": None, "success": True}, {"A": False, "B": False}),
    ],
)
def test_only_what_is_said_of_a_setting_counts(told: dict[str, object], saved: dict[str, bool]) -> None:
    fake = FakeCreatio()
    fake.on("PostSysSettingsValues", answer(200, told))
    assert service(fake).write_settings({"A": "x", "B": False}).saved == saved
    assert sent(fake) == {"isPersonal": False, "sysSettingsValues": {"A": "x", "B": False}}


def test_an_ended_session_is_renewed_and_a_page_is_no_answer() -> None:
    fake = FakeCreatio()
    fake.on("DeleteQuery", page(200), answer(200, {"success": True, "rowsAffected": 1}))
    assert service(fake).delete("SocialAccount", ROW) == 1
    assert fake.logins == 1
