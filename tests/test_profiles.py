"""Profiles share nothing but the program."""

from pathlib import Path

import pytest

from gsync_cli.errors import WrongUsage
from gsync_cli.profiles import existing, home, profile


def test_the_default_profile_is_the_home_itself(tmp_path: Path) -> None:
    found = profile(None, {"GSYNC_HOME": str(tmp_path)})
    assert (found.name, found.folder) == ("default", tmp_path)


def test_a_named_profile_has_a_folder_of_its_own(tmp_path: Path) -> None:
    found = profile("anna", {"GSYNC_HOME": str(tmp_path)})
    assert found.folder == tmp_path / "profiles" / "anna"
    files = (found.config_file, found.credentials_file, found.state_file, found.lock_file)
    assert {path.parent for path in files} == {found.folder}


def test_the_option_wins_over_the_variable(tmp_path: Path) -> None:
    environment = {"GSYNC_HOME": str(tmp_path), "GSYNC_PROFILE": "anna"}
    assert profile(None, environment).name == "anna"
    assert profile("ben", environment).name == "ben"


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "x" * 65, "a b", "ä"])
def test_a_name_that_could_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        profile(name, {"GSYNC_HOME": "/nowhere"})
    assert caught.value.code == "profile-name"


def test_without_the_variable_the_home_is_the_platforms_own() -> None:
    assert home({}).name == "gsync"


def test_existing_profiles_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("zoe", "anna", ".trash"):
        (tmp_path / "profiles" / name).mkdir(parents=True)
    (tmp_path / "profiles" / "a file").write_text("", encoding="utf-8")
    assert [found.name for found in existing({"GSYNC_HOME": str(tmp_path)})] == ["default", "anna", "zoe"]
