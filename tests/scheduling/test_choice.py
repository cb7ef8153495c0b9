"""Which scheduler is taken, and that a job stands with one alone."""

from pathlib import Path

import pytest

from gsync_cli.errors import ActionNeeded, ConfigurationWrong, WrongUsage
from gsync_cli.scheduling import choice
from gsync_cli.scheduling.machine import Done, Machine, this_machine
from tests.support.schedulers import Clock, Crontab, Played, job, machine


def working(*_: object) -> Done:
    return Done(0)


def silent(*_: object) -> Done:
    return Done(1, err="Failed to connect to bus")


@pytest.mark.parametrize(
    ("platform", "programs", "name"),
    [
        ("linux", {"systemctl": working, "crontab": Crontab()}, "systemd"),
        ("linux", {"systemctl": silent, "crontab": Crontab()}, "cron"),
        ("linux", {"crontab": Crontab(b"x\n")}, "cron"),
        ("freebsd14", {"crontab": Crontab()}, "cron"),
        ("darwin", {"launchctl": working, "crontab": Crontab()}, "launchd"),
        ("win32", {"schtasks": working}, "windows"),
    ],
)
def test_each_machine_has_its_own(platform: str, programs: dict[str, object], name: str, tmp_path: Path) -> None:
    played = Played(programs)  # type: ignore[arg-type]  # functions of the shape that Played wants
    assert choice.choice(machine(tmp_path, played, platform), job()).name == name


def test_the_one_that_is_named_comes_before_a_better_one(tmp_path: Path) -> None:
    played = Played({"systemctl": working, "crontab": Crontab()})
    assert choice.choice(machine(tmp_path, played), job(), "cron").name == "cron"


def test_a_named_one_must_answer_unless_nothing_is_written(tmp_path: Path) -> None:
    nothing = machine(tmp_path, Played())
    for name in choice.NAMES:
        with pytest.raises(ActionNeeded, match="scheduler-silent"):
            choice.choice(nothing, job(), name)
        assert choice.choice(nothing, job(), name, writing=False).name == name


def test_a_machine_without_any_says_so(tmp_path: Path) -> None:
    with pytest.raises(ActionNeeded, match="scheduler-none"):
        choice.choice(machine(tmp_path, Played()), job())
    with pytest.raises(WrongUsage, match="scheduler-unknown"):
        choice.choice(machine(tmp_path, Played()), job(), "at")


def both(tmp_path: Path) -> tuple[Machine, Crontab]:
    crontab = Crontab(b"1 1 * * * foreign\n")
    return machine(tmp_path, Played({"systemctl": working, "crontab": crontab})), crontab


def test_a_job_that_moves_does_not_stay_behind(tmp_path: Path) -> None:
    here, crontab = both(tmp_path)
    assert choice.install(here, choice.choice(here, job(), "cron"), job()) == ()
    assert list(choice.look(here, job())) == ["cron"]
    assert choice.install(here, choice.choice(here, job()), job()) == ("cron",)
    assert list(choice.look(here, job())) == ["systemd"]
    assert crontab.content == b"1 1 * * * foreign\n"


def test_it_is_taken_out_wherever_it_is(tmp_path: Path) -> None:
    here, crontab = both(tmp_path)
    for name in ("cron", "systemd"):
        choice.choice(here, job(), name).install(job())
    assert choice.remove(here, job(), "cron") == ("cron",)
    choice.choice(here, job(), "cron").install(job())
    assert choice.remove(here, job()) == ("systemd", "cron")
    assert choice.remove(here, job()) == ()
    assert (choice.look(here, job()), crontab.content) == ({}, b"1 1 * * * foreign\n")


def test_the_real_machine_runs_commands_in_english_and_survives_one_it_does_not_have() -> None:
    here = this_machine({}, Clock())
    assert here.ask("gsync-has-no-such-program").code == 127
    with pytest.raises(ConfigurationWrong, match="scheduler-refused"):
        here.tell("gsync-has-no-such-program", "-x")
