"""`gsync sync …`: contacts, activities or both, once, or again and again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page, Result
from gsync_cli.cli.sync_results import AllSynchronised, Synchronised
from gsync_cli.cli.syncing import Asked, pairs, perform, typed, understood
from gsync_cli.cli.words import render
from gsync_cli.errors import WrongUsage
from gsync_cli.parts import PARTS, Part

if TYPE_CHECKING:
    from gsync_cli.cli.watching import Pace, Ran
    from gsync_cli.config import Settings
    from gsync_cli.kinds import Value

app = typer.Typer(help="Synchronise contacts and activities between Creatio and Google.", no_args_is_help=True)

_Plan: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
_Full: TypeAlias = Annotated[bool, typer.Option("--full", help="Read and compare everything, not only what changed.")]
_Tag: TypeAlias = Annotated[str, typer.Option("--tag", metavar="NAME", help="The private tag, for this run.")]
_CreateTag: TypeAlias = Annotated[bool, typer.Option("--create-tag", help="Make the private tag where it is missing.")]
_Link: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--link", metavar="CREATIO_ID=GOOGLE_ID", help="Say which two are the same. May be repeated."),
]
_Mass: TypeAlias = Annotated[
    bool, typer.Option("--allow-mass-change", help="Go on where the guard (sync.limit) would stop the run.")
]
_From: TypeAlias = Annotated[
    str, typer.Option("--from", metavar="DATE", help="Take meetings from this day on, for this run: 2026-01-31.")
]
_Notify: TypeAlias = Annotated[
    bool, typer.Option("--notify", help="Let Google mail the guests about what is written. Else nobody gets mail.")
]
_Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask before --notify.")]
_Watch: TypeAlias = Annotated[bool, typer.Option("--watch", help="Run at once, then again and again, until Ctrl-C.")]
_Every: TypeAlias = Annotated[
    str, typer.Option("--every", metavar="TIME", help="How often --watch runs: 15m, 1h. Else as the settings say.")
]
_NOTIFIED: Final = "Google will mail the guests of every meeting that this run makes, changes or deletes."


@app.callback()
def sync() -> None:
    """Synchronise contacts and activities between Creatio and Google."""


@app.command(
    epilog=examples(
        "gsync sync contacts --dry-run",
        "gsync sync contacts",
        "gsync sync contacts --tag Google --create-tag",
        "gsync sync contacts --link CREATIO_ID=people/c123",
        "gsync sync contacts --watch --every 15m",
    )
)
def contacts(
    ctx: typer.Context,
    *,
    dry_run: _Plan = False,
    full: _Full = False,
    tag: _Tag = "",
    create_tag: _CreateTag = False,
    link: _Link = None,
    allow_mass_change: _Mass = False,
    watch: _Watch = False,
    every: _Every = "",
) -> Result:
    """Bring the contacts with your private tag and the Google group into step, both ways."""
    links = pairs(link or ())
    asked = Asked(dry_run, full, tag, create_tag, allow_mass_change=allow_mass_change, links=links)
    return _Command(session(ctx), ctx.command_path, ("contacts",), asked).run(watch=watch, every=every)


@app.command(
    epilog=examples(
        "gsync sync activities --dry-run",
        "gsync sync activities",
        "gsync sync activities --from 2026-01-01",
        "gsync sync activities --watch --every 15m",
    )
)
def activities(
    ctx: typer.Context,
    *,
    dry_run: _Plan = False,
    full: _Full = False,
    first_day: _From = "",
    link: _Link = None,
    allow_mass_change: _Mass = False,
    notify: _Notify = False,
    yes: _Yes = False,
    watch: _Watch = False,
    every: _Every = "",
) -> Result:
    """Bring your activities that are displayed in the calendar and your Google calendar into step, both ways."""
    links = pairs(link or (), "activities")
    asked = Asked(dry_run, full, first_day=first_day, allow_mass_change=allow_mass_change, notify=notify, links=links)
    return _Command(session(ctx), ctx.command_path, ("activities",), asked).run(watch=watch, every=every, yes=yes)


@app.command(
    "all",
    epilog=examples("gsync sync all --dry-run", "gsync sync all", "gsync sync all --watch", "gsync sync all --auto"),
)
def all_(
    ctx: typer.Context,
    *,
    dry_run: _Plan = False,
    full: _Full = False,
    tag: _Tag = "",
    create_tag: _CreateTag = False,
    first_day: _From = "",
    link: _Link = None,
    allow_mass_change: _Mass = False,
    notify: _Notify = False,
    yes: _Yes = False,
    watch: _Watch = False,
    every: _Every = "",
    auto: Annotated[
        bool, typer.Option("--auto", help="Only kinds that run automatically and are due; what a scheduler starts.")
    ] = False,
) -> Result:
    """Synchronise contacts, then activities; what stops the one does not stop the other."""
    asked = Asked(dry_run, full, tag, create_tag, first_day, allow_mass_change, notify, pairs(link or ()))
    command = _Command(session(ctx), ctx.command_path, PARTS, asked)
    return command.run_due(watch=watch) if auto else command.run(watch=watch, every=every, yes=yes)


@dataclass(frozen=True, slots=True)
class _Nothing:
    """Nothing to tell: nothing was due, or a watch was ended."""

    words: str = ""

    def data(self) -> Mapping[str, object]:
        """Return no kinds."""
        return {}

    def show(self, page: Page) -> None:
        """Say so, where somebody reads it."""
        if self.words:
            page.text(self.words)


@dataclass(frozen=True, slots=True)
class _Command:
    """One call of `gsync sync …`: which kinds, and how."""

    here: Session
    name: str
    parts: Sequence[Part]
    asked: Asked

    def __post_init__(self) -> None:
        """Refuse what does not fit, before anything is done."""
        self.asked.check(self.name)

    def run(self, *, watch: bool, every: str, yes: bool = False) -> Result:
        """Synchronise once, or until somebody ends it."""
        if every and not watch:
            raise WrongUsage("every-without-watch", command=self.name, every=every)
        if watch:
            self._refuse_beside("--watch")
        if self.asked.notify and not self.asked.dry_run and not self._may_mail(yes=yes):
            return _Nothing("Nothing was done.")
        return self._watch(every) if watch else self._once()

    def run_due(self, *, watch: bool) -> Result:
        """Synchronise what runs by itself and is due; say nothing, with --quiet, where nothing came of it."""
        from gsync_cli.cli.automatic import due, last_starts
        from gsync_cli.cli.watching import Ran
        from gsync_cli.scheduling.job import automatic

        if watch:
            raise WrongUsage("watch-with", option="--auto", by_itself="--watch", command=self.name)
        self._refuse_beside("--auto")
        settings, now = self.here.settings, self.here.clock.now()
        parts = due(automatic(settings), settings, last_starts(self.here.profile), now)
        if not parts:
            return _Nothing("" if self.here.options.quiet else "Nothing is due.")
        done = AllSynchronised(perform(self.here, parts, self.asked, watched=False))
        self._warn(done.parts, set())
        if self.here.options.quiet and all(part.is_quiet for part in done.parts):
            return _Nothing()
        return Ran(now, done, in_full=True)

    def _refuse_beside(self, by_itself: str) -> None:
        """Refuse what is for one run with a person before it. Raises WrongUsage("watch-with")."""
        given = {
            "--dry-run": self.asked.dry_run,
            "--allow-mass-change": self.asked.allow_mass_change,
            "--link": self.asked.links,
        }
        for option in (name for name, is_given in given.items() if is_given):
            raise WrongUsage("watch-with", option=option, by_itself=by_itself, command=self.name)

    def _may_mail(self, *, yes: bool) -> bool:
        """Say that guests will get mail, and ask, where somebody is there who did not say yes beforehand."""
        terminal = self.here.terminal
        terminal.warn(_NOTIFIED)
        return yes or not terminal.interactive or terminal.confirm("Go on?", flag="--yes")

    def _once(self) -> "Synchronised | AllSynchronised":
        done = perform(self.here, self.parts, self.asked)
        self._warn(done, set())
        if len(self.parts) > 1:
            return AllSynchronised(done)
        (only,) = done
        if only.stopped and not only.report.items:
            raise only.stopped
        return only

    def _warn(self, done: Sequence[Synchronised], told: set[str]) -> None:
        """Print the warnings that were not told yet."""
        for warning in (warning for part in done for warning in part.report.warnings):
            if str(warning) not in told:
                self.here.terminal.warn(*render(warning))
                told.add(str(warning))

    def _watch(self, every: str) -> Result:
        from gsync_cli.cli.stopping import stopped_gently
        from gsync_cli.cli.watching import Pace, watch

        given = typed("--every", "sync.contacts.interval", every, self.name) if every else None
        # The default is what the settings say, also when they say something else while the watch goes on.
        pace = Pace(given if isinstance(given, timedelta) else self._shortest(self.here.settings))
        once = self._each_time(None if given else pace)
        self.here.terminal.step(f"Synchronising every {self._told(given)}. Ctrl-C ends it.")
        with stopped_gently() as ending:
            try:
                watch(self.here.clock, pace, once, self.here.terminal.announce)
            except KeyboardInterrupt:
                # A service manager that ends a service takes anything but 0 for a failure; Ctrl-C is 130 as ever.
                if ending.asked_by_system:
                    return _Nothing()
                raise
        return _Nothing()

    def _shortest(self, settings: "Settings") -> timedelta:
        return min(settings.duration(f"sync.{part}.interval") for part in self.parts)

    def _told(self, given: "Value") -> str:
        """Return how often a watch runs; kinds that keep intervals of their own are told one by one."""
        from gsync_cli.kinds import written

        if given is not None:
            return written(given)
        each = {part: written(self.here.settings.get(f"sync.{part}.interval")) for part in self.parts}
        if len(set(each.values())) == 1:
            return f"{each[self.parts[0]]}, as the settings say"
        return f"{' and '.join(f'{every} ({part})' for part, every in each.items())}, as the settings say"

    def _each_time(self, by_settings: "Pace | None") -> "Callable[[], Ran]":
        """Return what one run of a watch is: with settings and credentials as they are by then.

        `by_settings` is the pace that follows the settings; each of several kinds then keeps its own interval. The
        first time all of them run.
        """
        from gsync_cli.cli.automatic import due, last_starts
        from gsync_cli.cli.watching import Ran

        told: set[str] = set()
        former: set[str] = set()
        begun: list[bool] = []

        def once() -> Ran:
            fresh = Session(self.here.options, self.here.terminal, self.here.environment, self.here.clock)
            now, done, error = fresh.clock.now(), None, None
            try:
                parts = self.parts
                if by_settings:
                    by_settings.every = self._shortest(fresh.settings)
                if by_settings and begun and len(parts) > 1:
                    parts = due(parts, fresh.settings, last_starts(fresh.profile), now) or parts
                found = perform(fresh, parts, self.asked, watched=False)
                done = AllSynchronised(found) if len(self.parts) > 1 else found[0]
                self._warn(found, told)
            except Exception as failure:  # noqa: BLE001  a watch outlives whatever becomes of one run
                error = understood(failure)
                if error.code == "defect" and self.here.options.verbose:
                    self.here.terminal.trace(failure)
            finally:
                fresh.close()
            begun.append(True)
            ran = Ran(now, done, error, frozenset(former), in_full=self.here.terminal.json)
            former.clear()
            former.update(each.code for each in ran.errors.values())
            return ran

        return once
