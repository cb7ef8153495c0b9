"""The three system settings: written only where they differ, and believed only when read back (rows K1, K2)."""

import json
from typing import Any, Literal

import httpx2
import pytest

from gsync_cli.creatio.errors import CreatioRefusal
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.credentials import GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused
from gsync_cli.provisioning.creatio_keys import CODES, KEY, SECRET, SHARED, inspect_keys, push_keys, takes_contacts
from gsync_cli.sandbox.messages import Request
from tests.creatio.fake import FakeCreatio, answer, opened
from tests.support.creatio_rig import Rig, rig

CLIENT = GoogleClient(
    "web", f"123456789012-{'a' * 32}.apps.googleusercontent.com", "GOCSPX-abcdefghijklmnopqrstuvwxyz12"
)


def connected(world: Rig) -> CreatioSite:
    site = world.session()
    world.requests.clear()
    return site


def written(world: Rig) -> list[dict[str, Any]]:
    """Return what was sent to be written, request by request."""
    posts = [request for request in world.requests if request.path.endswith("PostSysSettingsValues")]
    return [request.json()["sysSettingsValues"] for request in posts]


def held(world: Rig) -> tuple[Any, ...]:
    return tuple(world.desk.setting(code) for code in CODES)


def codes(errors: tuple[GsyncError, ...]) -> list[tuple[str, object]]:
    return [(error.code, error.facts.get("setting")) for error in errors]


def test_a_fresh_site_gets_id_secret_and_no_shared_application() -> None:
    world = rig()
    site = connected(world)
    before = inspect_keys(site, CLIENT)
    assert (before.are_right, before.shared, before.to_write) == (False, True, CODES)
    pushed = push_keys(site, CLIENT)
    assert pushed.outcomes == dict.fromkeys(CODES, "written")
    assert (pushed.problems, pushed.warnings, pushed.replaced) == ((), (), "")
    assert held(world) == (CLIENT.client_id, CLIENT.client_secret, False)
    assert [request.json()["isPersonal"] for request in world.requests if b"isPersonal" in request.body] == [False]
    assert inspect_keys(site, CLIENT).are_right


def test_what_is_right_already_is_not_written() -> None:
    world = rig()
    site = connected(world)
    push_keys(site, CLIENT)
    world.desk.set_setting(SHARED, value=True)
    world.requests.clear()
    assert push_keys(site, CLIENT).outcomes == {KEY: "kept", SECRET: "kept", SHARED: "written"}
    assert written(world) == [{SHARED: False}]
    world.requests.clear()
    assert push_keys(site, CLIENT).outcomes == dict.fromkeys(CODES, "kept")
    assert written(world) == []


def test_without_a_secret_nothing_is_sent() -> None:
    world = rig()
    site = connected(world)
    with pytest.raises(ConfigurationWrong) as caught:
        push_keys(site, GoogleClient("web", "c"))
    assert caught.value.code == "creatio-keys-secret-missing"
    assert world.requests == []


@pytest.mark.parametrize("refused", CODES)
def test_one_setting_that_is_not_saved_is_named_and_the_others_are_written(refused: str) -> None:
    world = rig(refused_settings={refused})
    pushed = push_keys(connected(world), CLIENT)
    assert pushed.outcomes == {**dict.fromkeys(CODES, "written"), refused: "failed"}
    assert codes(pushed.problems) == [("creatio-setting-not-saved", refused)]


def test_a_value_that_was_cut_is_found_by_reading_back() -> None:
    world = rig(short_text=50)
    pushed = push_keys(connected(world), CLIENT)
    assert pushed.outcomes[KEY] == "failed"
    (problem,) = pushed.problems
    assert (problem.code, problem.facts) == (
        "creatio-setting-cut",
        {"setting": KEY, "got": 50, "wanted": len(CLIENT.client_id)},
    )
    assert inspect_keys(connected(world), CLIENT).states[KEY] == "cut"
    assert push_keys(connected(world), CLIENT).replaced == "", "what is left of it is no other client"


@pytest.mark.parametrize("shown", ["masked", "empty"])
def test_a_secret_that_is_not_shown_is_written_and_not_readable(shown: Literal["masked", "empty"]) -> None:
    world = rig(secret_read=shown)
    pushed = push_keys(connected(world), CLIENT)
    assert (pushed.outcomes[SECRET], pushed.problems) == ("unread", ())
    assert world.desk.setting(SECRET) == CLIENT.client_secret
    assert inspect_keys(connected(world), CLIENT).are_right


def test_a_personal_value_that_hides_the_one_for_everybody_is_told() -> None:
    world = rig()
    world.desk.set_setting(KEY, "mine.apps.googleusercontent.com", own=True)
    pushed = push_keys(connected(world), CLIENT)
    assert codes(pushed.problems) == [("creatio-setting-shadowed", KEY)]
    assert world.desk.setting(KEY) == CLIENT.client_id


def test_another_client_in_use_is_warned_of() -> None:
    world = rig()
    world.desk.set_setting(KEY, "old.apps.googleusercontent.com")
    world.desk.set_setting(SHARED, value=False)
    pushed = push_keys(connected(world), CLIENT)
    assert pushed.replaced == "old.apps.googleusercontent.com"
    assert codes(pushed.warnings) == [("creatio-keys-replaced", None)]


def test_another_client_is_not_in_use_while_the_shared_application_is_and_is_named_when_it_goes() -> None:
    world = rig()
    world.desk.set_setting(KEY, "old.apps.googleusercontent.com")
    seen = inspect_keys(connected(world), CLIENT)
    assert (seen.replaces(CLIENT), seen.overwrites(CLIENT)) == ("", "old.apps.googleusercontent.com")
    pushed = push_keys(connected(world), CLIENT)
    (warning,) = pushed.warnings
    assert (warning.code, warning.facts["former"]) == ("creatio-keys-overwritten", "old.apps.googleusercontent.com")
    assert pushed.replaced == ""


def test_a_client_that_stays_since_nothing_is_saved_is_not_said_to_be_gone() -> None:
    world = rig(refused_settings={KEY, SECRET})
    world.desk.set_setting(KEY, "old.apps.googleusercontent.com")
    assert push_keys(connected(world), CLIENT).warnings == ()


def test_a_missing_right_is_said_with_what_to_ask_for() -> None:
    world = rig(missing_operations={"CanManageSysSettings"})
    with pytest.raises(Refused) as caught:
        push_keys(connected(world), CLIENT)
    assert caught.value.code == "creatio-settings-right-missing"
    assert "CanManageSysSettings" in str(caught.value.facts["message"])
    assert held(world) == ("", "", True)


@pytest.mark.parametrize("missing", [KEY, SECRET])
def test_a_setting_that_the_site_does_not_have_is_named(missing: str) -> None:
    world = rig()
    del world.site.settings.by_code[missing]
    pushed = push_keys(connected(world), CLIENT)
    assert codes(pushed.problems) == [("creatio-setting-missing", missing)]
    assert sorted(pushed.outcomes.values()) == ["failed", "written", "written"]


def test_a_site_without_a_shared_application_has_nothing_to_clear() -> None:
    world = rig()
    del world.site.settings.by_code[SHARED]
    pushed = push_keys(connected(world), CLIENT)
    assert (pushed.outcomes[SHARED], pushed.problems) == ("absent", ())
    assert codes(pushed.warnings) == [("creatio-setting-absent", SHARED)]
    assert inspect_keys(connected(world), CLIENT).are_right


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_lost_answer_is_settled_by_reading(*, carried_out: bool) -> None:
    world = rig()
    site = connected(world)
    left = 1

    def lose(request: Request) -> None:
        nonlocal left
        if left and request.path.endswith("PostSysSettingsValues"):
            left -= 1
            raise httpx2.ReadTimeout("lost")

    if carried_out:
        world.after = lose
    else:
        world.before = lose
    assert push_keys(site, CLIENT).outcomes == dict.fromkeys(CODES, "written")
    assert len(written(world)) == (1 if carried_out else 2)
    assert held(world) == (CLIENT.client_id, CLIENT.client_secret, False)


@pytest.mark.parametrize("no", [False, "false", "False", "0", 0])
def test_a_flag_that_is_off_is_recognised_however_it_is_written(no: object) -> None:
    fake = FakeCreatio()
    values = {KEY: {"value": CLIENT.client_id}, SECRET: {"value": CLIENT.client_secret}, SHARED: {"value": no}}
    fake.on("QuerySysSettings", answer(200, {"success": True, "values": values}))
    assert inspect_keys(opened(fake), CLIENT).to_write == ()


def test_an_encrypted_secret_reads_otherwise_than_before_and_that_is_no_failure() -> None:
    fake = FakeCreatio()

    def settings(secret: str) -> httpx2.Response:
        values = {KEY: CLIENT.client_id, SECRET: secret, SHARED: False}
        return answer(200, {"success": True, "values": {code: {"value": each} for code, each in values.items()}})

    fake.on("QuerySysSettings", settings("b2xk"), settings("bmV3"))
    fake.on("PostSysSettingsValues", answer(200, {"saveResult": {SECRET: True}, "success": False}))
    pushed = push_keys(opened(fake), CLIENT)
    assert pushed.outcomes == {KEY: "kept", SECRET: "unread", SHARED: "kept"}
    sent = [json.loads(request.content) for request in fake.asked if "PostSys" in request.url.path]
    assert [request["sysSettingsValues"] for request in sent] == [{SECRET: CLIENT.client_secret}]


@pytest.mark.parametrize("kind", [1, "1", 27, "ShortText", 30])
@pytest.mark.parametrize(("code", "left"), [(KEY, ""), (SECRET, ""), (SECRET, "GOCSPX-old"), (SECRET, None)])
def test_a_text_setting_that_reads_as_before_was_not_saved_whatever_the_site_says(
    code: str, left: str | None, kind: object
) -> None:
    fake = FakeCreatio()
    held_: dict[str, object] = {KEY: CLIENT.client_id, SECRET: CLIENT.client_secret, SHARED: False, code: left}
    values = {each: {"value": value, "dataValueType": kind} for each, value in held_.items()}
    fake.on("QuerySysSettings", answer(200, {"success": True, "values": values}))
    fake.on("PostSysSettingsValues", answer(200, {"saveResult": {code: True}, "success": True}))
    pushed = push_keys(opened(fake), CLIENT)
    expected = "creatio-setting-shadowed" if left else "creatio-setting-stays-empty"
    assert (pushed.outcomes[code], codes(pushed.problems)) == ("failed", [(expected, code)])


@pytest.mark.parametrize("kind", [24, "24", "SecureText", None])
def test_a_secret_of_a_type_that_is_not_shown_may_read_as_nothing(kind: object) -> None:
    fake = FakeCreatio()
    values = {
        KEY: {"value": CLIENT.client_id, "dataValueType": 1},
        SECRET: {"value": "", "dataValueType": kind},
        SHARED: {"value": False, "dataValueType": 12},
    }
    fake.on("QuerySysSettings", answer(200, {"success": True, "values": values}))
    fake.on("PostSysSettingsValues", answer(200, {"saveResult": {SECRET: True}, "success": True}))
    pushed = push_keys(opened(fake), CLIENT)
    assert (pushed.outcomes[SECRET], pushed.problems) == ("unread", ())


@pytest.mark.parametrize(
    "body",
    [
        {"Message": 'Current user does not have sufficient permissions to run "CanManageSysSettings"'},
        {"responseStatus": {"ErrorCode": "SecurityException", "Message": "Нет прав"}},
        {"Message": "An error has occurred.", "ExceptionMessage": "Недостаточно прав: CanManageSysSettings"},
    ],
)
def test_a_missing_right_that_comes_as_a_failure_is_one_all_the_same_and_not_tried_twice(body: dict[str, Any]) -> None:
    fake = FakeCreatio()
    fake.on("QuerySysSettings", answer(200, {"success": True, "values": dict.fromkeys(CODES, "")}))
    fake.on("PostSysSettingsValues", answer(500, body))
    with pytest.raises(Refused) as caught:
        push_keys(opened(fake), CLIENT)
    assert caught.value.code == "creatio-settings-right-missing"
    assert len(fake.paths("PostSysSettingsValues")) == 1


@pytest.mark.parametrize("mask", ["GOC****", "•••", "********"])
def test_a_mask_is_no_value(mask: str) -> None:
    fake = FakeCreatio()
    values = {KEY: CLIENT.client_id, SECRET: mask, SHARED: False}
    fake.on("QuerySysSettings", answer(200, {"values": values}))
    seen = inspect_keys(opened(fake), CLIENT)
    assert (seen.states[SECRET], seen.are_right, seen.to_write) == ("hidden", True, (SECRET,))


def test_a_site_that_fails_at_every_write_refuses_it_in_its_own_words() -> None:
    fake = FakeCreatio()
    fake.on("QuerySysSettings", answer(200, {"success": True, "values": dict.fromkeys(CODES, "")}))
    fake.on("PostSysSettingsValues", answer(500, {"responseStatus": {"ErrorCode": "Sql", "Message": "disk full"}}))
    with pytest.raises(CreatioRefusal, match="disk full"):
        push_keys(opened(fake), CLIENT)


def test_no_value_of_the_site_shows_in_a_repr() -> None:
    world = rig()
    world.desk.set_setting(SECRET, "GOCSPX-old")
    assert "GOCSPX" not in repr(inspect_keys(connected(world), CLIENT))


@pytest.mark.parametrize(
    ("version", "takes"), [("7.17.3", True), ("7.18.5.1500", True), ("8.0", False), ("8.3.2", False)]
)
def test_until_8_creatio_used_the_keys_for_contacts_too(version: str, *, takes: bool) -> None:
    assert takes_contacts(version) is takes
