"""One synchronisation of contacts: both sessions, both stores, and the engine put together."""

import gc
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from gsync_cli.clock import Clock
from gsync_cli.config import Settings
from gsync_cli.contacts.creatio_mapping import contact_id_for
from gsync_cli.contacts.creatio_store import Choices, CreatioContacts
from gsync_cli.contacts.google_store import GoogleContacts, remembered_group
from gsync_cli.contacts.matching import judge, match_keys
from gsync_cli.contacts.model import unite
from gsync_cli.creatio.calibration import date_reading
from gsync_cli.creatio.odata import OData
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.creatio.session import open_session as open_creatio
from gsync_cli.google.session import GoogleSession
from gsync_cli.google.session import open_session as open_google
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sync.apply import Watcher
from gsync_cli.sync.lock import held
from gsync_cli.sync.plan import Conflict, Policy
from gsync_cli.sync.recognise import Kind
from gsync_cli.sync.record import Side, Store
from gsync_cli.sync.report import Report
from gsync_cli.sync.run import Options, Run
from gsync_cli.sync.state import Identity, State

CONTACT = Kind("contact", match_keys, judge, unite)


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
    """Synchronise the contacts of a profile, and fill the report as far as the run comes.

    Raises a GsyncError for whatever ends the run before its time; what was done until then is remembered.
    """
    # A run keeps tens of thousands of records alive and makes hardly any cycles: looking for them as often as Python
    # does by default costs a fifth of the time (docs/performance.md).
    gc.set_threshold(50_000, 20, 50)
    report.run = f"{clock.now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    with ExitStack() as stack:
        # A rehearsal changes nothing, so it may go on beside a run.
        if not wishes.dry_run:
            stack.enter_context(held(profile.lock_file, clock))
        google = open_google(profile, settings, http, clock, jitter)
        state = State.open(profile.state_file)
        stack.callback(state.close)
        site = stack.enter_context(open_creatio(profile, settings, http, clock, jitter))
        identity = {
            "Google account": Identity(google.subject or google.email, google.email),
            "Creatio user": Identity(f"{site.user.contact_id} at {site.url}", f"{site.user.name} at {site.url}"),
        }
        state.claim(identity, bind=not wishes.dry_run)
        creatio_store = _creatio_store(site, settings, wishes)
        google_store = _google_store(google, clock, settings, wishes, state)
        stores: dict[Side, Store] = {"creatio": creatio_store, "google": google_store}
        run = Run(
            kind=replace(CONTACT, made_for=partial(contact_id_for, site.user.contact_id)),
            state=state,
            stores=stores,
            clock=clock,
            options=Options(_policy(settings, wishes), wishes.full, wishes.dry_run, wishes.links),
            watcher=watcher,
            report=report,
        )
        try:
            return run.carry_out()
        finally:
            report.warnings += [*site.warnings, *creatio_store.warnings, *google_store.warnings]


def _policy(settings: Settings, wishes: Wishes) -> Policy:
    return Policy(
        conflict=cast("Conflict", settings.text("sync.contacts.conflict")),
        limit=settings.share("sync.limit"),
        allow_mass_change=wishes.allow_mass_change,
    )


def _creatio_store(site: CreatioSite, settings: Settings, wishes: Wishes) -> CreatioContacts:
    choices = Choices(
        tag=settings.text("sync.contacts.tag"),
        create_tag=wishes.create_tag,
        rehearse=wishes.dry_run,
        create_accounts=settings.flag("sync.contacts.create_accounts"),
        region=settings.text("sync.contacts.region") or None,
    )
    return CreatioContacts(OData(site), date_reading(site), choices)


def _google_store(
    session: GoogleSession, clock: Clock, settings: Settings, wishes: Wishes, state: State
) -> GoogleContacts:
    return GoogleContacts(
        session,
        clock,
        group_name=settings.text("sync.contacts.group"),
        known_group=remembered_group(state.cursor(CONTACT.name, "google")),
        region=settings.text("sync.contacts.region") or None,
        create_group=not wishes.dry_run,
        accept_lost_group=wishes.allow_mass_change,
    )
