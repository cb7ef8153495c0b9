"""DataService, system settings and the small services (facts/creatio.md 1.7, 2.9, 5)."""

from typing import Any

import pytest

from gsync_cli.sandbox.creatio.ids import CONTACT_TYPES
from gsync_cli.sandbox.creatio.options import Options
from tests.sandbox.creatio.caller import Caller, new_site, parsed

SYNC_REPLY = "DataService/json/SyncReply"


@pytest.fixture
def caller() -> Caller:
    return Caller(new_site())


def _value(value: object, data_type: int = 1) -> dict[str, Any]:
    return {"expressionType": 2, "parameter": {"dataValueType": data_type, "value": value}}


def _filter(column: str, value: object, comparison: int = 3) -> dict[str, Any]:
    compared = {
        "filterType": 1,
        "comparisonType": comparison,
        "isEnabled": True,
        "leftExpression": {"expressionType": 0, "columnPath": column},
        "rightExpression": _value(value, 0),
    }
    return {"filterType": 6, "logicalOperation": 0, "isEnabled": True, "items": {"f": compared}}


def _select(caller: Caller, table: str, *paths: str, **more: Any) -> list[dict[str, Any]]:
    items = {path: {"expression": {"expressionType": 0, "columnPath": path}} for path in paths}
    told = caller.service(f"{SYNC_REPLY}/SelectQuery", {"rootSchemaName": table, "columns": {"items": items}, **more})
    assert told["success"] is True
    rows: list[dict[str, Any]] = told["rows"]
    return rows


def test_select_answers_lookups_with_their_display_value(caller: Caller) -> None:
    contact = caller.site.add_person({"given": "Ada", "company": "Acme"})
    row = _select(caller, "Contact", "Name", "Account", "Account.Name", "Job", filters=_filter("Id", contact))[0]
    assert (row["Name"], row["Account.Name"], row["Job"]) == ("Ada", "Acme", "")
    assert row["Account"]["displayValue"] == "Acme"


def test_select_orders_and_pages(caller: Caller) -> None:
    for name in ("B", "C", "A"):
        caller.site.add_person({"given": name})
    ordered = {"Name": {"expression": {"columnPath": "Name"}, "orderDirection": 1, "orderPosition": 0}}
    query = {"rootSchemaName": "Contact", "columns": {"items": ordered}, "rowCount": 2, "rowsOffset": 1}
    assert [row["Name"] for row in caller.service(f"{SYNC_REPLY}/SelectQuery", query)["rows"]] == ["B", "C"]


def test_insert_update_and_delete_go_by_entity_names_of_columns(caller: Caller) -> None:
    values = {"items": {"Name": _value("Ada"), "Type": _value(CONTACT_TYPES["client"], 10)}}
    made = caller.service(f"{SYNC_REPLY}/InsertQuery", {"rootSchemaName": "Contact", "columnValues": values})["id"]
    changed = {"items": {"JobTitle": _value("Analyst")}}
    query = {"rootSchemaName": "Contact", "columnValues": changed, "filters": _filter("Id", made)}
    assert caller.service(f"{SYNC_REPLY}/UpdateQuery", query)["rowsAffected"] == 1
    row = caller.row("Contact", made)
    assert (row["JobTitle"], row["TypeId"]) == ("Analyst", CONTACT_TYPES["client"])
    query = {"rootSchemaName": "Contact", "filters": _filter("Type", CONTACT_TYPES["client"])}
    assert caller.service(f"{SYNC_REPLY}/DeleteQuery", query)["rowsAffected"] == 1


def test_without_filters_a_change_hits_every_row(caller: Caller) -> None:
    for name in ("A", "B"):
        caller.site.add_person({"given": name})
    query = {"rootSchemaName": "Contact", "columnValues": {"items": {"JobTitle": _value("x")}}}
    assert caller.service(f"{SYNC_REPLY}/UpdateQuery", query)["rowsAffected"] == 3


def test_a_date_with_z_is_500(caller: Caller) -> None:
    values = {"items": {"Name": _value("Ada"), "BirthDate": _value("1980-05-01T00:00:00Z", 8)}}
    answer = caller.send("POST", f"{SYNC_REPLY}/InsertQuery", {"rootSchemaName": "Contact", "columnValues": values})
    assert answer.status == 500


def test_a_refusal_comes_with_status_200_and_success_false(caller: Caller) -> None:
    values = {"items": {"Name": _value("x" * 251)}}
    told = caller.service(f"{SYNC_REPLY}/InsertQuery", {"rootSchemaName": "Contact", "columnValues": values})
    assert told["success"] is False
    assert "maximum of 250" in told["errorInfo"]["message"]


def test_system_tables_are_read_and_not_written(caller: Caller) -> None:
    assert _select(caller, "SysAdminUnit", "Name", "TimeZoneId")[0] == {"Name": "Supervisor", "TimeZoneId": "UTC"}
    query = {"rootSchemaName": "SysAdminUnit", "columnValues": {"items": {"Name": _value("x")}}}
    assert caller.service(f"{SYNC_REPLY}/UpdateQuery", query)["success"] is False


def test_settings_are_written_code_by_code_and_read_back(caller: Caller) -> None:
    values = {"GoogleConsumerKey": "k" * 72, "UseGoogleSharedApplication": False, "Nonsense": "x"}
    told = caller.service(f"{SYNC_REPLY}/PostSysSettingsValues", {"isPersonal": False, "sysSettingsValues": values})
    assert told["saveResult"] == {"GoogleConsumerKey": True, "UseGoogleSharedApplication": True, "Nonsense": False}
    told = caller.service(f"{SYNC_REPLY}/QuerySysSettings", {"sysSettingsNameCollection": ["GoogleConsumerKey", "No"]})
    assert told["values"]["GoogleConsumerKey"]["value"] == "k" * 72
    assert told["notFoundSettings"] == ["No"]


def test_a_personal_value_is_the_callers_own(caller: Caller) -> None:
    caller.site.add_user("mary", "secret")
    mary = Caller(caller.site, "mary", "secret")
    body = {"isPersonal": True, "sysSettingsValues": {"GoogleContactType": CONTACT_TYPES["contact"]}}
    mary.service(f"{SYNC_REPLY}/PostSysSettingsValues", body)
    query = {"sysSettingsNameCollection": ["GoogleContactType"]}
    read = [each.service(f"{SYNC_REPLY}/QuerySysSettings", query)["values"] for each in (caller, mary)]
    assert [values["GoogleContactType"]["value"] for values in read] == [
        CONTACT_TYPES["client"],
        CONTACT_TYPES["contact"],
    ]


def test_the_site_says_who_is_calling_and_what_version_it_is(caller: Caller) -> None:
    told = caller.service("ServiceModel/UserInfoService.svc/GetCurrentUserInfo", {})
    user = caller.site.user
    assert (told["userId"], told["contactId"], told["userName"]) == (user.id, user.contact_id, "Supervisor")
    told = caller.service("ServiceModel/ApplicationInfoService.svc/GetApplicationInfo", {})
    assert told["applicationInfo"]["sysValues"]["coreVersion"].startswith("7.17.3.")


def test_small_services_may_be_missing() -> None:
    caller = Caller(new_site(Options(user_info=False, application_info=False)))
    for path in ("UserInfoService.svc/GetCurrentUserInfo", "ApplicationInfoService.svc/GetApplicationInfo"):
        assert caller.send("POST", f"ServiceModel/{path}", {}).status == 404


def test_an_unknown_operation_is_no_success(caller: Caller) -> None:
    answer = caller.send("POST", f"{SYNC_REPLY}/Nonsense", {})
    assert (answer.status, parsed(answer)["success"]) == (404, False)
