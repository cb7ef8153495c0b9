"""Which scheduler a machine has, and the job in all of them: one that moved must not stay behind in the former."""

from typing import Final

from gsync_cli.errors import ActionNeeded, WrongUsage
from gsync_cli.scheduling.cron import Cron
from gsync_cli.scheduling.job import Job, Scheduler, Standing, by_hand
from gsync_cli.scheduling.launchd import Launchd
from gsync_cli.scheduling.machine import Machine
from gsync_cli.scheduling.systemd import Systemd
from gsync_cli.scheduling.windows import Windows

NAMES: Final = ("systemd", "launchd", "windows", "cron")


def choice(machine: Machine, job: Job, named: str = "", *, writing: bool = True) -> Scheduler:
    """Return the scheduler for a job: the one that was named, or the first of this machine's own that answers.

    Where nothing is to be written one that was named need not answer. Raises WrongUsage("scheduler-unknown") and
    ActionNeeded("scheduler-silent" for the named one, "scheduler-none").
    """
    if named:
        chosen = _named(machine, named)
        if writing and not chosen.answers():
            raise ActionNeeded("scheduler-silent", scheduler=named)
        return chosen
    for scheduler in usual(machine):
        if scheduler.answers():
            return scheduler
    raise ActionNeeded(
        "scheduler-none",
        looked_for=[scheduler.name for scheduler in usual(machine)],
        minutes=job.minutes,
        by_hand=by_hand(job),
    )


def usual(machine: Machine, named: str = "") -> tuple[Scheduler, ...]:
    """Return the schedulers a machine of this kind may have, the best first; the one that was named alone.

    Raises WrongUsage("scheduler-unknown").
    """
    if named:
        return (_named(machine, named),)
    match machine.platform:
        case "win32":
            return (Windows(machine),)
        case "darwin":
            return Launchd(machine), Cron(machine)
        case _:
            return Systemd(machine), Cron(machine)


def install(machine: Machine, scheduler: Scheduler, job: Job) -> tuple[str, ...]:
    """Put the job there and take it out of every other scheduler; return the names of those that had it."""
    scheduler.install(job)
    former = [other for other in usual(machine) if other.name != scheduler.name and other.look(job) is not None]
    return tuple(other.name for other in former if other.remove(job))


def look(machine: Machine, job: Job, named: str = "") -> dict[str, Standing]:
    """Return how the job stands, by the name of each scheduler that has it. Raises WrongUsage("scheduler-unknown")."""
    found = {scheduler.name: scheduler.look(job) for scheduler in usual(machine, named)}
    return {name: standing for name, standing in found.items() if standing is not None}


def remove(machine: Machine, job: Job, named: str = "") -> tuple[str, ...]:
    """Take the job out of every scheduler, or the named one; return the names of those that had it.

    Raises WrongUsage("scheduler-unknown"), and ConfigurationWrong as `Scheduler.remove`.
    """
    return tuple(scheduler.name for scheduler in usual(machine, named) if scheduler.remove(job))


def _named(machine: Machine, name: str) -> Scheduler:
    match name:
        case "systemd":
            return Systemd(machine)
        case "launchd":
            return Launchd(machine)
        case "windows":
            return Windows(machine)
        case "cron":
            return Cron(machine)
        case _:
            raise WrongUsage("scheduler-unknown", name=name, names=NAMES)
