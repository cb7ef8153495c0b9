"""`gsync status`: who is synchronised with whom, what ran last, what runs next, and what waits for a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import typer

from gsync_cli.cli.automatic import due_at, last_starts
from gsync_cli.cli.context import Session, session
from gsync_cli.cli.results import Page
from gsync_cli.cli.terms import reason_of
from gsync_cli.errors import GsyncError
from gsync_cli.parts import KINDS, Part

if TYPE_CHECKING:
    from gsync_cli.sync.journal import RunRow
    from gsync_cli.sync.state import State

app = typer.Typer()

_ENDED: Final = ("done", "partly")
"""Outcomes of runs that saw all there is, and so know what waits for a decision."""


@app.command("status", epilog="Example:  gsync status --output json")
def status(ctx: typer.Context) -> "Status":
    """Show the accounts of this profile, the latest and the next synchronisation, and what waits for a decision."""
    from gsync_cli.credentials import Credentials
    from gsync_cli.sync.state import State

    here = session(ctx)
    grant = Credentials.load(here.profile).grant
    state = State.peek(here.profile.state_file)
    kinds: list[KindStatus] = []
    if state is not None:
        kinds = [found for part, kind in KINDS.items() if (found := _looked_at(state, part, kind)) is not None]
        state.close()
    return Status(
        profile=here.profile.name,
        creatio_url=here.settings.text("creatio.url"),
        google_account=grant.email if grant else "",
        tag=here.settings.text("sync.contacts.tag"),
        group=here.settings.text("sync.contacts.group"),
        kinds=tuple(kinds),
        coming=_coming(here),
    )


@dataclass(frozen=True, slots=True)
class KindStatus:
    """How one kind of record stands. `unsettled` counts creates whose outcome the next run looks for."""

    kind: str
    part: Part
    linked: int
    unsettled: int
    run: str
    started: datetime | None
    ended: datetime | None
    outcome: str
    report: Mapping[str, Any]
    undecided: int = 0
    """How many records wait for a person to say what they are."""
    waiting: Sequence[Mapping[str, Any]] = ()
    """Those of them that are remembered by name: side, id, label, why, candidates."""
    zone: str = ""
    """The zone of the times in their labels."""


@dataclass(frozen=True, slots=True)
class Coming:
    """When a kind is to be synchronised next by itself. `scheduler` is who starts it; "" where nobody does."""

    part: Part
    at: datetime
    scheduler: str


@dataclass(frozen=True, slots=True)
class Status:
    """What `gsync status` tells (row S3)."""

    profile: str
    creatio_url: str
    google_account: str
    tag: str
    group: str
    kinds: Sequence[KindStatus]
    coming: Sequence[Coming] = field(default=())

    def data(self) -> Mapping[str, object]:
        """Return the same as JSON; times in UTC, ISO 8601. `next` tells of the kinds that run by themselves."""
        return {
            "profile": self.profile,
            "creatio": self.creatio_url,
            "google": self.google_account,
            "tag": self.tag,
            "group": self.group,
            "kinds": [
                {
                    "kind": kind.kind,
                    "linked": kind.linked,
                    "unsettled": kind.unsettled,
                    "last_run": kind.run,
                    "started": kind.started.isoformat() if kind.started else None,
                    "ended": kind.ended.isoformat() if kind.ended else None,
                    "outcome": kind.outcome,
                    "report": kind.report,
                    "undecided": kind.undecided,
                    "waiting": list(kind.waiting),
                }
                for kind in self.kinds
            ],
            "next": {
                coming.part: {
                    "at": coming.at.isoformat() if coming.scheduler else None,
                    "scheduler": coming.scheduler or None,
                }
                for coming in self.coming
            },
        }

    def show(self, page: Page) -> None:
        """Show it, times in the zone of this machine."""
        page.facts(
            [
                ("Profile", self.profile),
                ("Creatio", self.creatio_url or "not connected: gsync creatio connect URL"),
                ("Google account", self.google_account or "not signed in: gsync account add"),
                ("Private tag", self.tag or "none chosen: gsync settings set --contacts-tag NAME"),
                ("Google group", self.group),
            ]
        )
        coming = {each.part: each for each in self.coming}
        for kind in self.kinds:
            page.heading(kind.part.capitalize())
            _show_kind(page, kind, coming.pop(kind.part, None))
        for part, first in coming.items():
            page.heading(part.capitalize())
            page.facts([("Latest synchronisation", "never"), ("Next synchronisation", _next(first))])
        if not self.kinds:
            page.text("Nothing has been synchronised yet.")


def _looked_at(state: "State", part: Part, kind: str) -> KindStatus | None:
    """Return how a kind stands; None where it was never synchronised, unless it is linked all the same."""
    runs = state.journal.runs(kind)
    linked, unsettled = len(state.link_keys(kind)), len(state.intents(kind))
    if not (runs or linked or unsettled):
        return None
    latest: RunRow | None = runs[0] if runs else None
    known: Mapping[str, Any] = next((run.report for run in runs if run.outcome in _ENDED), {})
    return KindStatus(
        kind,
        part,
        linked=linked,
        unsettled=unsettled,
        run=latest.run if latest else "",
        started=latest.started if latest else None,
        ended=latest.ended if latest else None,
        outcome=(latest.outcome or "under way, or interrupted") if latest else "",
        report=latest.report if latest else {},
        undecided=known.get("undecided", 0),
        waiting=known.get("waiting", ()),
        zone=known.get("zone", ""),
    )


def _coming(here: Session) -> tuple[Coming, ...]:
    """Work out when the kinds that run by themselves are next; the scheduler is only asked where there are any."""
    from gsync_cli.scheduling.job import automatic

    parts = automatic(here.settings)
    if not parts:
        return ()
    scheduler, wakes = _scheduler(here)
    now, last = here.clock.now(), last_starts(here.profile)
    return tuple(Coming(part, max(due_at(part, here.settings, last, now), wakes or now), scheduler) for part in parts)


def _scheduler(here: Session) -> tuple[str, datetime | None]:
    """Return the scheduler that has this profile's job, and when it starts it next, as far as it tells."""
    from gsync_cli.scheduling.choice import look
    from gsync_cli.scheduling.job import job_for
    from gsync_cli.scheduling.machine import this_machine

    try:
        job = job_for(here.profile, here.settings, here.environment)
        found = look(this_machine(here.environment, here.clock), job)
    except GsyncError:
        # A scheduler that can't be asked is no reason to tell nothing; `gsync schedule show` says what it is.
        return "", None
    for name, standing in found.items():
        if standing.active:
            return name, _moment(standing.next)
    return "", None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        return None


def _show_kind(page: Page, kind: KindStatus, coming: Coming | None) -> None:
    page.facts(
        [
            ("Linked pairs", kind.linked),
            ("Latest synchronisation", _here(kind.started) if kind.started else "never"),
            ("How it ended", kind.outcome),
            ("Next synchronisation", _next(coming)),
            ("Skipped", kind.report.get("skipped", 0)),
            ("Waiting for your decision", kind.undecided),
            ("Failed", kind.report.get("failed", 0)),
        ]
    )
    if kind.waiting and kind.zone:
        page.text(f"Times of meetings are those of {kind.zone}.")
    for record in kind.waiting:
        _show_waiting(page, kind.part, record)
    if kind.undecided > len(kind.waiting):
        page.text(f"  … and {kind.undecided - len(kind.waiting)} more: gsync sync {kind.part} --dry-run")
    if kind.unsettled:
        page.warn(f"Not settled yet: {kind.unsettled}. The next run looks for them before anything else.")


def _show_waiting(page: Page, part: Part, record: Mapping[str, Any]) -> None:
    page.warn(f"{record['label'] or record['id']}: {reason_of(part, record['why'])}")
    for candidate in record["candidates"]:
        ours, theirs = record["id"], candidate["id"]
        pair = f"{ours}={theirs}" if record["side"] == "creatio" else f"{theirs}={ours}"
        page.text(f"    {candidate['label']}: gsync sync {part} --link {pair}")


def _next(coming: Coming | None) -> str:
    if coming is None:
        return "when you start it"
    if not coming.scheduler:
        return "when something starts it: gsync schedule install"
    return f"{_here(coming.at)} ({coming.scheduler})"


def _here(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
