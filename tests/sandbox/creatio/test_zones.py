"""Zones of dates: the biggest trap (facts/creatio.md 2.4)."""

from typing import Any
from uuid import uuid4

import pytest

from gsync_cli.sandbox.creatio.options import Options
from tests.sandbox.creatio.caller import Caller, new_site

MOSCOW = "Russian Standard Time"


def _caller(options: Options, zone: str = MOSCOW) -> tuple[Caller, str]:
    caller = Caller(new_site(options))
    caller.site.set_zone(caller.site.user, zone)
    caller.login()
    return caller, caller.site.add_person({"given": "Ada", "birthday": "1980-05-01"})


def _through_dataservice(caller: Caller, contact: str, column: str) -> Any:
    query = {
        "rootSchemaName": "Contact",
        "columns": {"items": {column: {"expression": {"expressionType": 0, "columnPath": column}}}},
        "filters": _is("Id", contact),
    }
    return caller.service("DataService/json/SyncReply/SelectQuery", query)["rows"][0][column]


def _is(column: str, value: object) -> dict[str, Any]:
    return {
        "filterType": 1,
        "comparisonType": 3,
        "leftExpression": {"columnPath": column},
        "rightExpression": {"parameter": {"value": value}},
    }


def test_a_site_may_answer_in_the_users_zone_and_still_write_z() -> None:
    caller, contact = _caller(Options(dates="user-zone"))
    assert caller.row("Contact", contact)["ModifiedOn"].startswith("2026-03-02T12:00:00.")
    caller, contact = _caller(Options(dates="utc"))
    assert caller.row("Contact", contact)["ModifiedOn"].startswith("2026-03-02T09:00:00.")


def test_summer_time_counts() -> None:
    caller, contact = _caller(Options(dates="user-zone"), "W. Europe Standard Time")
    assert caller.row("Contact", contact)["ModifiedOn"].startswith("2026-03-02T10:00:00.")
    caller.site.clock.advance(60 * 86400)
    caller.login()
    caller.site.desk().edit_contact(contact, job_title="x")
    assert caller.row("Contact", contact)["ModifiedOn"].startswith("2026-05-01T11:00:00.")


@pytest.mark.parametrize("dates", ["utc", "user-zone"])
def test_a_date_fed_back_as_it_was_read_finds_its_row(dates: Any) -> None:
    caller, contact = _caller(Options(dates=dates))
    read = caller.row("Contact", contact)["ModifiedOn"]
    assert [row["Id"] for row in caller.rows("Contact", filter=f"ModifiedOn ge {read}")] == [contact]
    assert caller.rows("Contact", filter=f"ModifiedOn gt {read}") == []


def test_literals_may_be_read_as_utc_though_answers_are_shifted() -> None:
    caller, contact = _caller(Options(dates="user-zone", literals="utc"))
    read = caller.row("Contact", contact)["ModifiedOn"]
    assert caller.rows("Contact", filter=f"ModifiedOn ge {read}") == []
    assert caller.rows("Contact", filter="ModifiedOn ge 2026-03-02T09:00:00Z")


def test_dataservice_always_answers_wall_clock_in_the_users_zone_without_z() -> None:
    caller, contact = _caller(Options(dates="utc"))
    assert _through_dataservice(caller, contact, "ModifiedOn") == "2026-03-02T12:00:00.000"
    assert _through_dataservice(caller, contact, "BirthDate") == "1980-05-01T00:00:00.000"


def test_a_users_zone_is_that_of_the_profile_else_of_the_site_else_of_the_login() -> None:
    caller, contact = _caller(Options(dates="user-zone"), zone="")
    caller.login(TimeZoneOffset=-330)
    assert caller.row("Contact", contact)["ModifiedOn"].startswith("2026-03-02T14:30:00.")
    caller.site.options.default_zone = MOSCOW
    caller.login(TimeZoneOffset=-330)
    assert caller.row("Contact", contact)["ModifiedOn"].startswith("2026-03-02T12:00:00.")


@pytest.mark.parametrize(
    ("zone", "read"), [(MOSCOW, "1980-05-01T03:00:00Z"), ("Eastern Standard Time", "1980-04-30T20:00:00Z")]
)
def test_a_birthday_may_be_shifted_when_it_is_read(zone: str, read: str) -> None:
    caller, contact = _caller(Options(birthdays="read-shifted"), zone)
    assert caller.row("Contact", contact)["BirthDate"][:11] == read[:11]
    assert caller.row("Contact", contact)["BirthDate"] != "1980-05-01T00:00:00Z"


def test_a_birthday_written_at_midnight_may_fall_on_the_day_before_and_at_noon_it_does_not() -> None:
    caller, _ = _caller(Options(birthdays="write-shifted"))
    midnight = caller.made("Contact", {"Id": str(uuid4()), "Name": "A", "BirthDate": "1980-05-01T00:00:00Z"})
    noon = caller.made("Contact", {"Name": "B", "BirthDate": "1980-05-01T12:00:00Z"})
    assert caller.row("Contact", midnight)["BirthDate"] == "1980-04-30T00:00:00Z"
    assert caller.row("Contact", noon)["BirthDate"] == "1980-05-01T00:00:00Z"


def test_time_stamps_may_have_fewer_digits_or_none() -> None:
    caller, contact = _caller(Options(fraction_digits=3))
    assert caller.row("Contact", contact)["ModifiedOn"] == "2026-03-02T09:00:00.000Z"
    caller, contact = _caller(Options(whole_seconds=True))
    assert caller.row("Contact", contact)["ModifiedOn"] == "2026-03-02T09:00:00.0000000Z"
