"""`gsync status`: who is synchronised with whom, what ran last, and what waits for a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer

from gsync_cli.cli.context import session
from gsync_cli.cli.results import Page

app = typer.Typer()

KINDS = ("contact",)


@app.command("status", epilog="Example:  gsync status --output json")
def status(ctx: typer.Context) -> "Status":
    """Show the accounts of this profile, the latest synchronisation, and what waits for a decision."""
    from gsync_cli.credentials import Credentials
    from gsync_cli.sync.state import State

    here = session(ctx)
    grant = Credentials.load(here.profile).grant
    state = State.peek(here.profile.state_file)
    kinds: list[KindStatus] = []
    if state is not None:
        for kind in KINDS:
            runs = state.journal.runs(kind, limit=1)
            kinds.append(
                KindStatus(
                    kind,
                    linked=len(state.link_keys(kind)),
                    unsettled=len(state.intents(kind)),
                    run=runs[0].run if runs else "",
                    started=runs[0].started if runs else None,
                    ended=runs[0].ended if runs else None,
                    outcome=(runs[0].outcome or "under way, or interrupted") if runs else "",
                    report=runs[0].report if runs else {},
                )
            )
        state.close()
    return Status(
        profile=here.profile.name,
        creatio_url=here.settings.text("creatio.url"),
        google_account=grant.email if grant else "",
        tag=here.settings.text("sync.contacts.tag"),
        group=here.settings.text("sync.contacts.group"),
        kinds=tuple(kinds),
    )


@dataclass(frozen=True, slots=True)
class KindStatus:
    """How one kind of record stands. `unsettled` counts creates whose outcome the next run looks for."""

    kind: str
    linked: int
    unsettled: int
    run: str
    started: datetime | None
    ended: datetime | None
    outcome: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Status:
    """What `gsync status` tells (row S3)."""

    profile: str
    creatio_url: str
    google_account: str
    tag: str
    group: str
    kinds: Sequence[KindStatus]

    def data(self) -> Mapping[str, object]:
        """Return the same as JSON; times in UTC, ISO 8601."""
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
                }
                for kind in self.kinds
            ],
        }

    def show(self, page: Page) -> None:
        """Show it, the time of the latest run in the zone of this machine."""
        page.facts(
            [
                ("Profile", self.profile),
                ("Creatio", self.creatio_url or "not connected: gsync creatio connect URL"),
                ("Google account", self.google_account or "not signed in: gsync account add"),
                ("Private tag", self.tag or "none chosen: gsync settings set --contacts-tag NAME"),
                ("Google group", self.group),
            ]
        )
        for kind in self.kinds:
            page.heading(f"{kind.kind.capitalize()}s")
            page.facts(
                [
                    ("Linked pairs", kind.linked),
                    (
                        "Latest synchronisation",
                        f"{kind.started.astimezone():%Y-%m-%d %H:%M:%S}" if kind.started else "never",
                    ),
                    ("How it ended", kind.outcome),
                    ("Skipped, for you to decide", kind.report.get("skipped", 0)),
                    ("Failed", kind.report.get("failed", 0)),
                ]
            )
            if kind.unsettled and self.google_account:
                page.warn(f"Not settled yet: {kind.unsettled}. The next run looks for them before anything else.")
        if not self.kinds:
            page.text("Nothing has been synchronised yet.")
