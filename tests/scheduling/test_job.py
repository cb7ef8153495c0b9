"""The job of a profile: what runs, how often, with which environment, and under which name."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from gsync_cli.config import Settings
from gsync_cli.errors import ConfigurationWrong
from gsync_cli.profiles import profile
from gsync_cli.scheduling.job import Job, automatic, job_for, left_behind


def made(values: Mapping[str, str] = {}, environment: Mapping[str, str] = {}, name: str = "anna") -> Job:
    around = {"GSYNC_HOME": os.environ["GSYNC_HOME"], **environment}
    one = profile(name, around)
    return job_for(one, Settings.load(one, {}, values), around, python="/opt/gsync/bin/python")


def test_it_synchronises_what_is_due_with_this_very_python_and_reads_no_module_from_where_it_starts() -> None:
    assert made().command == (
        "/opt/gsync/bin/python", "-P", "-m", "gsync_cli", "--profile", "anna", "sync", "all", "--auto", "--quiet",
    )  # fmt: skip


def test_its_home_is_absolute_wherever_the_shell_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    job = made(environment={"GSYNC_HOME": "here"})
    assert job.environment["GSYNC_HOME"] == str(tmp_path / "here")
    assert job.log == tmp_path / "here" / "profiles" / "anna" / "schedule.log"


@pytest.mark.parametrize(
    ("values", "minutes"),
    [
        ({}, 60),
        ({"sync.contacts.auto": "true", "sync.contacts.interval": "2h"}, 120),
        ({"sync.contacts.auto": "true", "sync.contacts.interval": "2h", "sync.activities.interval": "5m"}, 120),
        (
            {
                "sync.contacts.auto": "true", "sync.contacts.interval": "2h",
                "sync.activities.auto": "true", "sync.activities.interval": "15m",
            },
            15,
        ),
        ({"sync.contacts.interval": "90s"}, 1),
        ({"sync.contacts.interval": "10s"}, 1),
        ({"sync.contacts.interval": "7d", "sync.activities.interval": "30d"}, 24 * 60),
    ],
)  # fmt: skip
def test_it_runs_at_the_smaller_interval_of_what_runs_by_itself(values: dict[str, str], minutes: int) -> None:
    assert made(values).every == timedelta(minutes=minutes)


def test_which_kinds_run_by_themselves() -> None:
    one = profile("anna")
    assert automatic(Settings.load(one, {})) == ()
    assert automatic(Settings.load(one, {}, {"sync.activities.auto": "true"})) == ("activities",)


def test_two_homes_and_two_profiles_have_jobs_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = {made().name, made(name="berta").name, made(environment={"GSYNC_HOME": str(tmp_path)}).name}
    assert len(names) == 3
    monkeypatch.delenv("GSYNC_HOME")
    one = profile("anna", {})
    assert job_for(one, Settings.load(one, {}), {}).name == "gsync-anna"


def test_the_way_to_the_network_goes_along_but_no_password_and_no_setting() -> None:
    around = {
        "HTTPS_PROXY": "http://proxy:3128", "no_proxy": "crm.local", "http_proxy": "http://anna:secret@proxy:3128",
        "SSL_CERT_FILE": "/ca.pem", "GSYNC_SYNC_CONTACTS_TAG": "Google", "GSYNC_CREATIO_URL": "", "LANG": "de_DE",
    }  # fmt: skip
    assert set(made(environment=around).environment) == {"GSYNC_HOME", "HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE"}
    assert left_behind(around) == ("GSYNC_SYNC_CONTACTS_TAG", "http_proxy")


@pytest.mark.parametrize("folder", ["/home/a\nb", "/home/\x07", "/home/\udcff"])
def test_a_path_that_no_line_can_hold_is_refused(folder: str) -> None:
    with pytest.raises(ConfigurationWrong, match="schedule-path"):
        made(environment={"GSYNC_HOME": folder})
