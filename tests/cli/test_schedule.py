"""`gsync schedule` on the command line, on a machine whose scheduler is played."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from gsync_cli.config import set_values
from gsync_cli.profiles import profile
from gsync_cli.scheduling.machine import NOT_FOUND, Done
from tests.support.inprocess import gsync
from tests.support.schedulers import Crontab, Played, machine

FOREIGN = b"1 1 * * * foreign\n"


@pytest.fixture(autouse=True)
def crontab(tmp_path: Path) -> Iterator[Crontab]:
    """Let this machine have cron and nothing else."""
    played = Crontab(FOREIGN)
    here = machine(tmp_path, Played({"crontab": played}))
    with patch("gsync_cli.scheduling.machine.this_machine", lambda *_: here):
        yield played


@pytest.fixture(autouse=True)
def automatic() -> None:
    set_values(profile(None), {"sync.contacts.auto": True, "sync.contacts.interval": "15m"})


def test_install_show_and_remove_tell_one_story(crontab: Crontab) -> None:
    installed = gsync("schedule", "install", "--output", "json").envelope["data"]
    assert (installed["scheduler"], installed["every_minutes"], installed["dry_run"]) == ("cron", 15, False)
    assert [piece["place"] for piece in installed["written"]] == ["crontab"]
    assert crontab.content == FOREIGN + installed["written"][0]["text"].encode()
    shown = gsync("schedule", "show", "--output", "json").envelope["data"]
    assert shown["name"] == installed["name"]
    [standing] = shown["schedulers"]
    assert (standing["scheduler"], standing["active"], standing["current"]) == ("cron", True, True)
    removed = gsync("schedule", "remove", "--output", "json").envelope["data"]
    assert removed["removed_from"] == ["cron"]
    assert crontab.content == FOREIGN
    assert gsync("schedule", "show", "--output", "json").envelope["data"]["schedulers"] == []


def test_a_person_reads_who_starts_it_and_how_often() -> None:
    ran = gsync("schedule", "install")
    assert (ran.code, ran.err) == (0, "")
    assert "cron starts gsync for the profile default every 15 minutes" in ran.out
    assert "Runs every" in gsync("schedule", "show").out
    assert "was taken out of cron" in gsync("schedule", "remove").out
    assert "There was no job" in gsync("schedule", "remove").out
    assert "gsync schedule install" in gsync("schedule", "show").out


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(crontab: Crontab) -> None:
    ran = gsync("schedule", "install", "--dry-run")
    assert ran.code == 0
    assert "sync all --auto --quiet" in ran.out
    assert crontab.content == FOREIGN
    gsync("schedule", "install")
    there = crontab.content
    assert "would be taken out of cron" in gsync("schedule", "remove", "--dry-run").out
    assert crontab.content == there


@pytest.mark.parametrize(
    ("name", "shown"),
    [("systemd", "OnUnitActiveSec=15min"), ("launchd", "<integer>900</integer>"), ("windows", "PT15M"), ("cron", "*")],
)
def test_a_dry_run_shows_every_scheduler_on_every_machine(name: str, shown: str) -> None:
    assert shown in gsync("schedule", "install", "--with", name, "--dry-run").out


def test_an_interval_that_was_changed_since_is_seen() -> None:
    gsync("schedule", "install")
    set_values(profile(None), {"sync.contacts.interval": "30m"})
    ran = gsync("schedule", "show")
    assert ran.code == 0
    assert "Renew it: gsync schedule install" in ran.out
    gsync("schedule", "install")
    assert "Renew" not in gsync("schedule", "show").out


def test_who_has_nothing_automatic_is_told_which_setting_makes_it_so() -> None:
    set_values(profile(None), {"sync.contacts.auto": False})
    ran = gsync("schedule", "install")
    assert ran.code == 0
    assert "gsync settings set --contacts-auto" in ran.err


def test_what_holds_in_this_shell_alone_is_named() -> None:
    ran = gsync("schedule", "install", environment={"GSYNC_SYNC_CONTACTS_TAG": "Google"})
    assert "GSYNC_SYNC_CONTACTS_TAG" in ran.err


def test_profiles_have_jobs_of_their_own(crontab: Crontab) -> None:
    for name in ("anna", "berta"):
        gsync("--profile", name, "schedule", "install")
    gsync("--profile", "anna", "schedule", "remove")
    assert crontab.content is not None
    assert b"--profile berta" in crontab.content
    assert b"--profile anna" not in crontab.content


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("install", "--with", "at"), 2, "scheduler-unknown"),
        (("show", "--with", "at"), 2, "scheduler-unknown"),
        (("install", "--with", "systemd"), 3, "scheduler-silent"),
    ],
)
def test_what_this_machine_does_not_have(words: tuple[str, ...], code: int, error: str) -> None:
    ran = gsync("schedule", *words, "--output", "json")
    assert (ran.code, ran.envelope["errors"][0]["code"]) == (code, error)


def test_a_crontab_that_cannot_be_read_is_left_alone(crontab: Crontab) -> None:
    crontab.broken = Done(1, err="Input/output error")
    ran = gsync("schedule", "install", "--output", "json")
    assert (ran.code, ran.envelope["errors"][0]["code"]) == (3, "scheduler-none")
    assert crontab.content == FOREIGN


@pytest.mark.parametrize("words", [("install",), ("install", "--dry-run")])
def test_a_machine_without_a_scheduler_is_told_what_to_start_by_other_means(
    crontab: Crontab, words: tuple[str, ...]
) -> None:
    crontab.broken = Done(NOT_FOUND, err="not found")
    ran = gsync("schedule", *words, "--output", "json")
    (error,) = ran.envelope["errors"]
    assert (ran.code, error["code"]) == (3, "scheduler-none")
    assert "every 15 minutes: env GSYNC_HOME=" in error["hint"]
    assert "-m gsync_cli --profile default sync all --auto --quiet" in error["hint"]
    assert "gsync sync all --watch" in error["hint"]
