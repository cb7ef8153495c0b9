"""`gsync schedule`: the operating system starts the synchronisation by itself (row S4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page

if TYPE_CHECKING:
    from gsync_cli.scheduling.job import Job, Piece, Standing
    from gsync_cli.scheduling.machine import Machine

app = typer.Typer(help="Let the operating system start the synchronisation, at the intervals of the settings.")

_With: TypeAlias = Annotated[
    str, typer.Option("--with", metavar="systemd|launchd|windows|cron", help="This scheduler, and no other.")
]
_DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")]
_NOTHING_AUTOMATIC: Final = (
    "No kind of record is set to be synchronised by itself, so the job will find nothing to do.",
    "gsync settings set --contacts-auto --activities-auto",
)


@app.command(
    "install",
    epilog=examples("gsync schedule install", "gsync schedule install --dry-run", "gsync schedule install --with cron"),
)
def install(ctx: typer.Context, *, scheduler: _With = "", dry_run: _DryRun = False) -> "Installed":
    """Put one job for this profile there, or renew it after the interval or the place of gsync has changed."""
    from gsync_cli.scheduling.choice import choice
    from gsync_cli.scheduling.choice import install as put
    from gsync_cli.scheduling.job import automatic, left_behind
    from gsync_cli.scheduling.systemd import Systemd

    run = session(ctx)
    machine, job = _ours(run)
    if not automatic(run.settings):
        run.terminal.warn(*_NOTHING_AUTOMATIC)
    chosen = choice(machine, job, scheduler, writing=not dry_run)
    pieces = chosen.pieces(job)
    former = () if dry_run else put(machine, chosen, job)
    if missing := left_behind(run.environment):
        run.terminal.warn(
            f"The job will not have {', '.join(missing)} of this shell.", "gsync config set KEY VALUE, for settings"
        )
    if isinstance(chosen, Systemd) and not dry_run and not chosen.lingers():
        run.terminal.hint("It runs while you are signed in. To have it run always: loginctl enable-linger")
    return Installed(job, chosen.name, pieces, former, dry_run)


@app.command("show", epilog=examples("gsync schedule show", "gsync schedule show --output json"))
def show(ctx: typer.Context, *, scheduler: _With = "") -> "Shown":
    """Show where this profile's job stands, and when it runs, as far as the scheduler tells."""
    from gsync_cli.scheduling.choice import look

    machine, job = _ours(session(ctx))
    return Shown(job, look(machine, job, scheduler))


@app.command("remove", epilog=examples("gsync schedule remove"))
def remove(ctx: typer.Context, *, scheduler: _With = "", dry_run: _DryRun = False) -> "Removed":
    """Take this profile's job away; nothing of it is left."""
    from gsync_cli.scheduling.choice import look
    from gsync_cli.scheduling.choice import remove as take

    machine, job = _ours(session(ctx))
    found = tuple(look(machine, job, scheduler)) if dry_run else take(machine, job, scheduler)
    return Removed(job, found, dry_run)


@dataclass(frozen=True, slots=True)
class Installed:
    """A job that was put to a scheduler, or would be."""

    job: "Job"
    scheduler: str
    pieces: "Sequence[Piece]"
    former: Sequence[str]
    dry_run: bool

    def data(self) -> Mapping[str, object]:
        """Return what was written, and where; `removed_from` names schedulers that had the job before."""
        return {
            **_plain(self.job),
            "scheduler": self.scheduler,
            "dry_run": self.dry_run,
            "written": [{"place": piece.place, "text": piece.text} for piece in self.pieces],
            "removed_from": list(self.former),
        }

    def show(self, page: Page) -> None:
        """Show what would be written whole, or where it was written."""
        if self.dry_run:
            for piece in self.pieces:
                page.heading(piece.place)
                page.text(piece.text.rstrip("\n"))
            return
        page.good(
            f"From now on {self.scheduler} starts gsync for the profile {self.job.profile} every {_span(self.job)}."
        )
        page.facts([("Name", self.job.name), *(("Written", piece.place) for piece in self.pieces)])
        for name in self.former:
            page.text(f"The former job was taken out of {name}.")


@dataclass(frozen=True, slots=True)
class Shown:
    """Where the job of a profile stands."""

    job: "Job"
    found: "Mapping[str, Standing]"

    def data(self) -> Mapping[str, object]:
        """Return `schedulers`: how the job stands with each that has it."""
        return {
            **_plain(self.job),
            "schedulers": [
                {
                    "scheduler": name,
                    "active": standing.active,
                    "current": standing.current,
                    "last": standing.last,
                    "next": standing.next,
                    "outcome": standing.outcome,
                }
                for name, standing in self.found.items()
            ],
        }

    def show(self, page: Page) -> None:
        """Show the same; times in the zone of this machine."""
        if not self.found:
            page.text(f"No scheduler has a job for the profile {self.job.profile}: gsync schedule install")
        for name, standing in self.found.items():
            page.heading(f"{self.job.name} ({name})")
            page.facts(
                [
                    ("Active", standing.active),
                    ("Runs every", _span(self.job) if standing.current else "not as the settings say"),
                    ("Last run", _told(standing.last)),
                    ("Next run", _told(standing.next)),
                    ("How the last one ended", standing.outcome),
                ]
            )
            if not (standing.current and standing.active):
                page.warn("It is not as it would be put there now. Renew it: gsync schedule install")
        if len(self.found) > 1:
            page.warn("Two schedulers have the job. Leave it with one: gsync schedule install")


@dataclass(frozen=True, slots=True)
class Removed:
    """The schedulers that had the job."""

    job: "Job"
    found: Sequence[str]
    dry_run: bool

    def data(self) -> Mapping[str, object]:
        """Return `removed_from`, empty where there was no job."""
        return {"name": self.job.name, "dry_run": self.dry_run, "removed_from": list(self.found)}

    def show(self, page: Page) -> None:
        """Say where it was, and what becomes of the synchronisation."""
        if not self.found:
            page.text(f"There was no job for the profile {self.job.profile}.")
        elif self.dry_run:
            page.text(f"The job {self.job.name} would be taken out of {', '.join(self.found)}.")
        else:
            page.good(f"The job {self.job.name} was taken out of {', '.join(self.found)}.")
            page.text("gsync synchronises when you tell it to.")


def _ours(run: Session) -> "tuple[Machine, Job]":
    from gsync_cli.scheduling.job import job_for
    from gsync_cli.scheduling.machine import this_machine

    return this_machine(run.environment, run.clock), job_for(run.profile, run.settings, run.environment)


def _plain(job: "Job") -> dict[str, object]:
    return {
        "name": job.name,
        "every_minutes": job.minutes,
        "command": list(job.command),
        "environment": dict(job.environment),
    }


def _span(job: "Job") -> str:
    return "minute" if job.minutes == 1 else f"{job.minutes} minutes"


def _told(moment: str) -> str:
    """Return an instant in the zone of this machine; what a scheduler wrote otherwise stays as it is."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return moment
