"""`gsync config` and `gsync settings`, as a user calls them."""

import re
from pathlib import Path

import pytest

from tests.support.cli import gsync


def test_a_value_that_is_set_is_got_and_unset() -> None:
    assert gsync("config", "set", "sync.contacts.tag", "Google [A]").out == "✓ sync.contacts.tag is Google [A]\n"
    assert gsync("config", "get", "sync.contacts.tag").out == "Google [A]\n"
    assert gsync("config", "unset", "sync.contacts.tag", "--output", "json").envelope["data"] == {
        "key": "sync.contacts.tag",
        "removed": True,
    }
    assert gsync("config", "get", "sync.contacts.tag").out == "\n"


def test_every_value_names_its_origin(home: Path) -> None:
    gsync("config", "set", "sync.limit", "20%")
    shown = gsync("config", "show", "--output", "json", environment={"GSYNC_CREATIO_RUNTIME": "net"}).envelope["data"]
    settings = {each["key"]: (each["value"], each["origin"]) for each in shown["settings"]}
    assert settings["sync.limit"] == (0.2, "file")
    assert settings["creatio.runtime"] == ("net", "environment")
    assert settings["sync.contacts.group"] == ("Creatio", "default")
    assert settings["sync.contacts.tag"] == (None, "default")
    assert (home / "gsync" / "config.toml").stat().st_mode & 0o777 == 0o600


def test_one_value_as_json_is_key_value_and_origin() -> None:
    got = gsync("config", "get", "sync.contacts.interval", "--output", "json").envelope["data"]
    assert got == {"key": "sync.contacts.interval", "value": "1h", "origin": "default"}


def test_profiles_do_not_share_settings(home: Path) -> None:
    gsync("--profile", "anna", "config", "set", "sync.contacts.tag", "Anna")
    assert gsync("config", "get", "sync.contacts.tag").out == "\n"
    assert gsync("config", "get", "sync.contacts.tag", environment={"GSYNC_PROFILE": "anna"}).out == "Anna\n"
    assert gsync("config", "path", "--profile", "anna").out == f"{home}/gsync/profiles/anna/config.toml\n"


def test_a_mistake_in_the_file_is_exit_5_and_names_file_key_and_what_fits(home: Path) -> None:
    gsync("config", "set", "sync.limit", "0.2")
    path = home / "gsync" / "config.toml"
    path.write_text("[sync]\nlimit = 20\n", encoding="utf-8")
    ran = gsync("config", "show")
    assert ran.code == 5
    for part in (str(path), "sync.limit", "“20”", "0% to 100%", "gsync config unset sync.limit"):
        assert part in ran.err
    assert gsync("config", "unset", "sync.limit").code == 0
    assert gsync("config", "show").code == 0


def test_a_file_that_others_can_read_is_refused_with_the_command_that_mends_it(home: Path) -> None:
    gsync("config", "set", "sync.limit", "0.2")
    path = home / "gsync" / "config.toml"
    path.chmod(0o644)
    ran = gsync("config", "show")
    assert ran.code == 5
    assert f"chmod 600 {path}" in ran.err


def test_setting_what_the_environment_overrides_says_so() -> None:
    ran = gsync("config", "set", "sync.contacts.tag", "A", environment={"GSYNC_SYNC_CONTACTS_TAG": "B"})
    assert (ran.code, ran.err) == (0, "! GSYNC_SYNC_CONTACTS_TAG in the environment still overrides it.\n")


@pytest.mark.parametrize("words", [("config", "set", "sync.limit", "20"), ("config", "set", "sync.limits", "0.2")])
def test_a_refused_value_changes_nothing(words: tuple[str, ...], home: Path) -> None:
    assert gsync(*words).code == 2
    assert not (home / "gsync" / "config.toml").exists()


def test_the_settings_page_is_written_and_shown() -> None:
    ran = gsync(
        "settings", "set", "--contacts-tag", "Google", "--contacts-auto", "--contacts-interval", "30m",
        "--no-activities-auto", "--activities-interval", "2h", "--activities-from", "2024-01-31",
        "--activities-window", "7d/60d", "--activities-deletions", "cancel", "--output", "json",
    )  # fmt: skip
    page = {
        "contacts": {"tag": "Google", "group": "Creatio", "auto": True, "interval": "30m"},
        "activities": {
            "auto": False, "interval": "2h", "from": "2024-01-31", "window": "7d/60d", "notes": "google",
            "deletions": "cancel",
        },
    }  # fmt: skip
    assert ran.envelope["data"] == page
    assert gsync("settings", "show", "--output", "json").envelope["data"] == page
    assert re.search(r"Contacts: interval: +30m", gsync("settings", "show").out)


def test_settings_are_changed_all_or_none() -> None:
    ran = gsync("settings", "set", "--contacts-tag", "Google", "--activities-from", "31.01.2024")
    assert (ran.code, ran.out) == (2, "")
    assert gsync("settings", "show", "--output", "json").envelope["data"]["contacts"]["tag"] is None


def test_settings_set_without_a_setting_is_wrong_usage() -> None:
    assert gsync("settings", "set").code == 2
