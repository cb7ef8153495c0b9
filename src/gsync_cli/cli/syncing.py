"""One synchronisation as the commands start it: what was asked for, the run itself, its stages on the terminal."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from gsync_cli.cli.context import Session
from gsync_cli.cli.sync_results import Synchronised
from gsync_cli.cli.terminal import Progress, Terminal
from gsync_cli.cli.terms import stage_of
from gsync_cli.errors import GsyncError, WrongUsage
from gsync_cli.parts import Part

if TYPE_CHECKING:
    from gsync_cli.both_sides import BothSides, Wishes
    from gsync_cli.kinds import Value
    from gsync_cli.sync.report import Report
    from gsync_cli.sync.watcher import Watcher

EXAMPLES: Final = {"contacts": "people/c123", "activities": "EVENT_ID"}
"""How the id of a Google record looks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    dry_run: bool = False
    full: bool = False
    tag: str = ""
    create_tag: bool = False
    first_day: str = ""
    allow_mass_change: bool = False
    notify: bool = False
    links: tuple[tuple[str, str], ...] = ()

    def check(self, command: str) -> None:
        """Raise WrongUsage("option-value") for what does not fit, before anything is done, and a watch begins."""
        for option, key, text in (
            ("--tag", "sync.contacts.tag", self.tag),
            ("--from", "sync.activities.from", self.first_day),
        ):
            if text:
                typed(option, key, text, command)

    def wishes(self, part: Part) -> "Wishes":
        """Return what is wished for one kind: only contacts of Google have ids that begin with "people/"."""
        from gsync_cli.both_sides import Wishes

        links = tuple(pair for pair in self.links if pair[1].startswith("people/") == (part == "contacts"))
        return Wishes(self.dry_run, self.full, self.allow_mass_change, links)


def perform(run: Session, parts: Sequence[Part], asked: Asked, *, watched: bool = True) -> list[Synchronised]:
    """Synchronise those kinds, one after another; what stops one does not stop the next.

    Raises a GsyncError for what concerns all: the lock, the memory of the profile, a sign-in.
    """
    from gsync_cli.both_sides import both_sides

    settings = run.settings.overridden(
        {"sync.contacts.tag": asked.tag or None, "sync.activities.from": asked.first_day or None}
    )
    done: list[Synchronised] = []
    sent = _sent(run)
    with both_sides(run.profile, settings, run.http(), run.clock, run.jitter, rehearse=asked.dry_run) as sides:
        for part in parts:
            report, stopped = _begun(part, asked), None
            with Stages(run.terminal, part, silent=not watched) as stages:
                try:
                    _carry_out(part, sides, asked, stages, report)
                except Exception as error:  # noqa: BLE001  whatever it is, the other kind still has its turn
                    stopped = understood(error)
            now = _sent(run)
            requests = {service: count - sent[service] for service, count in now.items()}
            done.append(Synchronised(part, report, requests, stopped))
            sent = now
    return done


def typed(option: str, key: str, text: str, command: str) -> "Value":
    """Return the value of an option that stands for a setting; an error names what was typed, not the setting.

    Raises WrongUsage("option-value").
    """
    from gsync_cli.config import SETTINGS

    kind = SETTINGS[key].kind
    try:
        return kind.parse(text)
    except ValueError:
        raise WrongUsage("option-value", option=option, value=text, expected=kind.expected, command=command) from None


def pairs(texts: Sequence[str], part: Part = "contacts") -> tuple[tuple[str, str], ...]:
    """Read the values of --link. Raises WrongUsage("link-form")."""
    return tuple(_pair(text, part) for text in texts)


class Stages:
    """Shows the stages of a run as they come: one progress bar at a time; `silent` shows nothing."""

    def __init__(self, terminal: Terminal, part: Part, *, silent: bool = False) -> None:
        self._terminal = terminal
        self._part = part
        self._silent = silent
        self._stack = ExitStack()
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def stage(self, title: str, total: int | None = None) -> None:
        """Begin a stage; the former one is over."""
        if not self._silent:
            self._stack.close()
            self._progress = self._stack.enter_context(self._terminal.progress(stage_of(self._part, title), total))

    def expect(self, seconds: float) -> None:
        """Say how long the quotas will make it last, before it begins."""
        if self._silent:
            return
        minutes = max(1, round(seconds / 60))
        pace = "about a thousand contacts" if self._part == "contacts" else "some hundred events"
        self._terminal.step(
            f"Google takes {pace} a minute: this will last {minutes} minute{'s' * (minutes > 1)}. "
            "Ctrl-C is safe; the next run goes on from there."
        )

    def advance(self, records: int) -> None:
        """Count records as done."""
        if self._progress is not None:
            self._progress.advance(records)


def _begun(part: Part, asked: Asked) -> "Report":
    from gsync_cli.sync.report import Report

    if part == "activities":
        return Report("", asked.dry_run)
    from gsync_cli.contacts.model import shown

    return Report("", asked.dry_run, shown)


def _carry_out(part: Part, sides: "BothSides", asked: Asked, watcher: "Watcher", report: "Report") -> None:
    wishes = asked.wishes(part)
    if part == "contacts":
        from gsync_cli.contacts.run import run_contacts

        run_contacts(sides, wishes, watcher, report, create_tag=asked.create_tag)
    else:
        from gsync_cli.activities.run import run_activities

        run_activities(sides, wishes, watcher, report, notify=asked.notify)


def understood(error: Exception) -> GsyncError:
    """Return an exception as an error of ours, which keeps where it came from."""
    from gsync_cli.cli.app import as_gsync_error

    ours = as_gsync_error(error)
    if ours is not error:
        ours.__cause__ = error
    return ours


def _sent(run: Session) -> dict[str, int]:
    sent = run.http().sent
    return {"google": sent["google"], "creatio": sent["creatio"]}


def _pair(text: str, part: Part) -> tuple[str, str]:
    creatio, equals, google = text.partition("=")
    if not (creatio.strip() and equals and google.strip()):
        raise WrongUsage("link-form", text=text, records=part, example=EXAMPLES[part])
    return creatio.strip().lower(), google.strip()
