"""What every synchronisation stands on, whatever its kind: the lock, the memory of the profile, and both sessions."""

import gc
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import cast

from gsync_cli.clock import Clock
from gsync_cli.config import Settings
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.creatio.session import open_session as open_creatio
from gsync_cli.errors import GsyncError
from gsync_cli.google.session import GoogleSession
from gsync_cli.google.session import open_session as open_google
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sync.lock import held
from gsync_cli.sync.plan import Conflict, Policy
from gsync_cli.sync.recognise import Kind
from gsync_cli.sync.record import Side, Store
from gsync_cli.sync.report import Report
from gsync_cli.sync.run import Options, Run
from gsync_cli.sync.state import Identity, State
from gsync_cli.sync.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line, of any kind of record."""

    dry_run: bool = False
    full: bool = False
    allow_mass_change: bool = False
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BothSides:
    """Both sessions of a profile, and its memory; one run after another may use them."""

    profile: Profile
    settings: Settings
    clock: Clock
    google: GoogleSession
    site: CreatioSite
    state: State
    _told: list[GsyncError] = field(default_factory=list)

    def name_of_run(self) -> str:
        """Return a name for a run that begins now; names are in the order of time."""
        return f"{self.clock.now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"

    def run(self, kind: Kind, stores: Mapping[Side, Store], wishes: Wishes, watcher: Watcher, report: Report) -> Run:
        """Return a run of one kind, ready to be carried out; how conflicts are settled, the settings say."""
        policy = Policy(
            conflict=cast("Conflict", self.settings.text(f"sync.{kind.part}.conflict")),
            limit=self.settings.share("sync.limit"),
            allow_mass_change=wishes.allow_mass_change,
        )
        return Run(
            kind=kind,
            state=self.state,
            stores=stores,
            clock=self.clock,
            options=Options(policy, wishes.full, wishes.dry_run, wishes.links),
            watcher=watcher,
            report=report,
        )

    def new_warnings(self) -> list[GsyncError]:
        """Return what the sign-in had to say, once: the run that comes first tells it."""
        new = [warning for warning in self.site.warnings if warning not in self._told]
        self._told.extend(new)
        return new


@contextmanager
def both_sides(
    profile: Profile,
    settings: Settings,
    http: Http,
    clock: Clock,
    jitter: Callable[[], float],
    *,
    rehearse: bool,
) -> Iterator[BothSides]:
    """Take the lock of the profile, and sign in on both sides. A rehearsal takes no lock and remembers nobody.

    Raises Temporary("run-in-progress"), ConfigurationWrong("state-of-another") and whatever signing in can raise.
    """
    # A run keeps tens of thousands of records alive and makes hardly any cycles: looking for them as often as Python
    # does by default costs a fifth of the time (docs/performance.md).
    gc.set_threshold(50_000, 20, 50)
    with ExitStack() as stack:
        # A rehearsal changes nothing, so it may go on beside a run.
        if not rehearse:
            stack.enter_context(held(profile.lock_file, clock))
        google = open_google(profile, settings, http, clock, jitter)
        state = State.open(profile.state_file)
        stack.callback(state.close)
        site = stack.enter_context(open_creatio(profile, settings, http, clock, jitter))
        identity = {
            "Google account": Identity(google.subject or google.email, google.email),
            "Creatio user": Identity(f"{site.user.contact_id} at {site.url}", f"{site.user.name} at {site.url}"),
        }
        state.claim(identity, bind=not rehearse)
        yield BothSides(profile, settings, clock, google, site, state)
