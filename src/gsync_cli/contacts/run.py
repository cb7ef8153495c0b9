"""One synchronisation of contacts: both stores and the engine put together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from gsync_cli.both_sides import BothSides, both_sides
from gsync_cli.clock import Clock
from gsync_cli.config import Settings
from gsync_cli.contacts.creatio_mapping import contact_id_for
from gsync_cli.contacts.creatio_store import Choices, CreatioContacts
from gsync_cli.contacts.google_store import GoogleContacts, remembered_group
from gsync_cli.contacts.matching import judge, match_keys
from gsync_cli.contacts.model import unite
from gsync_cli.creatio.calibration import date_reading
from gsync_cli.creatio.odata import OData
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sync.apply import Watcher
from gsync_cli.sync.recognise import Kind
from gsync_cli.sync.record import Side, Store
from gsync_cli.sync.report import Report
from gsync_cli.sync.rules import Rules
from gsync_cli.sync.run import Options, Run

CONTACT = Kind("contact", match_keys, judge, Rules(unite))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line."""

    dry_run: bool = False
    full: bool = False
    create_tag: bool = False
    allow_mass_change: bool = False
    links: tuple[tuple[str, str], ...] = ()


def sync_contacts(
    *,
    profile: Profile,
    settings: Settings,
    http: Http,
    clock: Clock,
    jitter: Callable[[], float],
    watcher: Watcher,
    wishes: Wishes,
    report: Report,
) -> Report:
    """Synchronise the contacts of a profile, with sessions of its own. Raises as `run_contacts` and `both_sides`."""
    with both_sides(profile, settings, http, clock, jitter, rehearse=wishes.dry_run) as sides:
        return run_contacts(sides, wishes, watcher, report)


def run_contacts(sides: BothSides, wishes: Wishes, watcher: Watcher, report: Report) -> Report:
    """Synchronise the contacts of a profile, and fill the report as far as the run comes.

    Raises a GsyncError for whatever ends the run before its time; what was done until then is remembered.
    """
    report.run = sides.name_of_run()
    creatio_store = _creatio_store(sides, wishes)
    google_store = _google_store(sides, wishes)
    stores: dict[Side, Store] = {"creatio": creatio_store, "google": google_store}
    policy = sides.policy("contacts", allow_mass_change=wishes.allow_mass_change)
    run = Run(
        kind=replace(CONTACT, made_for=partial(contact_id_for, sides.site.user.contact_id)),
        state=sides.state,
        stores=stores,
        clock=sides.clock,
        options=Options(policy, wishes.full, wishes.dry_run, wishes.links),
        watcher=watcher,
        report=report,
    )
    try:
        return run.carry_out()
    finally:
        report.warnings += [*sides.new_warnings(), *creatio_store.warnings, *google_store.warnings]


def _creatio_store(sides: BothSides, wishes: Wishes) -> CreatioContacts:
    settings = sides.settings
    choices = Choices(
        tag=settings.text("sync.contacts.tag"),
        create_tag=wishes.create_tag,
        rehearse=wishes.dry_run,
        create_accounts=settings.flag("sync.contacts.create_accounts"),
        region=_region(settings),
    )
    return CreatioContacts(OData(sides.site), date_reading(sides.site), choices)


def _google_store(sides: BothSides, wishes: Wishes) -> GoogleContacts:
    return GoogleContacts(
        sides.google,
        sides.clock,
        group_name=sides.settings.text("sync.contacts.group"),
        known_group=remembered_group(sides.state.cursor(CONTACT.name, "google")),
        region=_region(sides.settings),
        create_group=not wishes.dry_run,
        accept_lost_group=wishes.allow_mass_change,
    )


def _region(settings: Settings) -> str | None:
    return settings.text("sync.contacts.region") or None
