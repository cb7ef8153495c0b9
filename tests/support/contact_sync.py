"""One synchronisation of contacts as a command does it, without the command."""

from collections.abc import Callable

from gsync_cli.both_sides import Wishes, both_sides
from gsync_cli.clock import Clock
from gsync_cli.config import Settings
from gsync_cli.contacts.run import run_contacts
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sync.report import Report
from tests.support.fakes import Silence


def sync_contacts(
    profile: Profile,
    settings: Settings,
    http: Http,
    clock: Clock,
    jitter: Callable[[], float],
    wishes: Wishes,
    report: Report | None = None,
) -> Report:
    """Synchronise the contacts of a profile. `report` is filled as far as the run comes, also where this raises."""
    report = report or Report("", wishes.dry_run)
    with both_sides(profile, settings, http, clock, jitter, rehearse=wishes.dry_run) as sides:
        return run_contacts(sides, wishes, Silence(), report)
