"""`gsync scopes`: the list, the choice, and what is refused (row P9)."""

from datetime import UTC, datetime

import pytest

from gsync_cli.credentials import Credentials, GoogleGrant
from gsync_cli.google.scopes import ASKED, CONTACTS, EMAIL, OPENID
from gsync_cli.profiles import profile
from gsync_cli.provisioning.scopes import METADATA, guides_selection
from tests.support.inprocess import gsync

AUTH = "https://www.googleapis.com/auth/"


def stored() -> str:
    return gsync("config", "get", "google.scopes").out.strip()


def granted(*scopes: str) -> None:
    grant = GoogleGrant("anna@example.com", "1", "1-x", scopes, "refresh", datetime(2026, 1, 1, tzinfo=UTC))
    Credentials(grant=grant).save(profile(None))


def test_the_list_names_each_with_its_api_its_class_and_whether_it_is_selected() -> None:
    data = gsync("scopes", "list", "--output", "json").envelope["data"]
    rows = {row["scope"]: row for row in data["scopes"]}
    assert len(rows) == 44
    assert rows[f"{AUTH}gmail.modify"] == {
        "scope": f"{AUTH}gmail.modify",
        "api": "Gmail",
        "class": "restricted",
        "selected": True,
        "read_only": False,
        "own": False,
        "description": "Read, compose, and send emails from your Gmail account",
    }
    assert [row["selected"] for row in rows.values()] == [not row["read_only"] for row in rows.values()]
    text = gsync("scopes", "list").out
    line = next(line for line in text.splitlines() if line.startswith(f"{AUTH}contacts.readonly "))
    assert line.split() == [f"{AUTH}contacts.readonly", "People", "sensitive", "no"]


def test_the_selected_ones_come_one_a_line_ready_to_paste() -> None:
    for words in (("list", "--selected"), ("select",)):
        ran = gsync("scopes", *words)
        assert ran.out.splitlines() == list(guides_selection())
    assert "https://console.cloud.google.com/auth/scopes" in ran.err


def test_a_choice_is_stored_and_shown_from_then_on() -> None:
    ran = gsync("scopes", "select", "contacts,calendar.events", "openid", f"{AUTH}userinfo.email", "gmail.send")
    wanted = [f"{AUTH}contacts", f"{AUTH}calendar.events", "openid", f"{AUTH}userinfo.email", f"{AUTH}gmail.send"]
    assert (ran.code, ran.out.splitlines()) == (0, wanted)
    assert gsync("scopes", "select").out.splitlines() == wanted
    assert gsync("scopes", "select", "--minimum").out.splitlines() == list(ASKED)
    assert stored() == "minimum"
    assert gsync("scopes", "select", "--guide").code == 0
    assert stored() == "guide"


def test_a_choice_with_which_gsync_could_not_work_is_warned_of() -> None:
    ran = gsync("scopes", "select", "gmail.send")
    assert ran.code == 0
    assert "could not use: contacts, calendar" in ran.err


@pytest.mark.parametrize("wrong", ["contacts.readonly", f"{AUTH}Calendar.ReadOnly/", "calender.events", f"{AUTH}drive"])
def test_a_choice_with_a_wrong_one_stores_nothing(wrong: str) -> None:
    ran = gsync("scopes", "select", "contacts", wrong)
    assert ran.code == 2
    assert wrong in ran.err
    assert stored() == "guide"


def test_check_tells_every_kind_of_mistake_apart() -> None:
    pasted = "contacts\nhttps://www.googleapis.com/auth/contacts, calender.events\ngmail.readonly drive"
    ran = gsync("scopes", "check", "-", "--output", "json", stdin=pasted)
    assert ran.code == 2
    assert [row["status"] for row in ran.envelope["data"]["scopes"]] == [
        "short", "duplicate", "misspelt", "readonly", "unknown",
    ]  # fmt: skip
    assert [error["code"] for error in ran.envelope["errors"]] == [
        "scope-misspelt", "scope-read-only", "scope-unknown",
    ]  # fmt: skip
    assert f"{AUTH}calendar.events" in ran.envelope["errors"][0]["hint"]


def test_a_right_list_passes() -> None:
    ran = gsync("scopes", "check", *guides_selection())
    assert (ran.code, ran.err) == (0, "")


def test_without_a_list_the_sign_in_is_checked() -> None:
    assert gsync("scopes", "check").code == 4
    granted(*ASKED)
    assert gsync("scopes", "check").code == 0
    granted(OPENID, EMAIL, CONTACTS, METADATA)
    ran = gsync("scopes", "check", "--output", "json")
    assert (ran.code, ran.envelope["data"]["missing_jobs"]) == (4, ["calendar"])
    assert "gmail.metadata" in ran.err


@pytest.mark.parametrize(
    "words", [("select", "--guide", "--minimum"), ("select", "--guide", "contacts"), ("check", ","), ("check", "-")]
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    assert gsync("scopes", *words).code == 2


def test_a_damaged_setting_is_told_with_the_command_that_mends_it() -> None:
    gsync("config", "set", "google.scopes", "contacts.readonly")
    ran = gsync("scopes", "list")
    assert (ran.code, "gsync scopes select --guide" in ran.err) == (5, True)
    assert gsync("scopes", "select", "--guide").code == 0
