"""Private files: readable by their owner alone, and whole at every moment."""

import os
import stat
from pathlib import Path

import pytest

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.files import read_private, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_written_file_and_its_folder_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "credentials.toml"
    write_private(path, b"secret")
    assert read_private(path) == b"secret"
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


def test_writing_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    write_private(path, b"old")
    write_private(path, b"new")
    assert read_private(path) == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    write_private(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationWrong) as caught:
        write_private(path, b"new")
    assert caught.value.code == "file-not-writable"
    assert caught.value.facts["reason"] == "No space left on device"
    assert list(tmp_path.iterdir()) == [path]
    assert read_private(path) == b"old"


def test_a_missing_file_reads_as_none(tmp_path: Path) -> None:
    assert read_private(tmp_path / "none.toml") is None


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")
@pytest.mark.parametrize("readable", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, readable: int) -> None:
    path = tmp_path / "credentials.toml"
    write_private(path, b"secret")
    path.chmod(readable)
    with pytest.raises(ConfigurationWrong) as caught:
        read_private(path)
    assert caught.value.code == "file-readable-by-others"
    assert caught.value.facts == {"path": path, "mode": f"{readable:04o}"}


def test_a_folder_in_the_place_of_a_file_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigurationWrong) as caught:
        read_private(tmp_path / "config.toml")
    assert caught.value.code == "file-not-readable"
