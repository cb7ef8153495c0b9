"""One synchronisation of contacts: both stores and the engine put together."""

from dataclasses import replace
from functools import partial

from gsync_cli.both_sides import BothSides, Wishes
from gsync_cli.config import Settings
from gsync_cli.contacts.creatio_mapping import contact_id_for
from gsync_cli.contacts.creatio_store import Choices, CreatioContacts
from gsync_cli.contacts.google_store import GoogleContacts, remembered_group
from gsync_cli.contacts.matching import judge, match_keys
from gsync_cli.contacts.model import unite
from gsync_cli.creatio.calibration import date_reading
from gsync_cli.creatio.odata import OData
from gsync_cli.parts import KINDS
from gsync_cli.sync.recognise import Kind
from gsync_cli.sync.record import Side, Store
from gsync_cli.sync.report import Report
from gsync_cli.sync.rules import Rules
from gsync_cli.sync.watcher import Watcher

CONTACT = Kind(KINDS["contacts"], match_keys, judge, Rules(unite))


def run_contacts(
    sides: BothSides, wishes: Wishes, watcher: Watcher, report: Report, *, create_tag: bool = False
) -> Report:
    """Synchronise the contacts of a profile, and fill the report as far as the run comes.

    `create_tag` makes the private tag where it is missing. Raises a GsyncError for whatever ends the run before its
    time; what was done until then is remembered.
    """
    report.run = sides.name_of_run()
    creatio_store = _creatio_store(sides, wishes, create_tag=create_tag)
    google_store = _google_store(sides, wishes)
    stores: dict[Side, Store] = {"creatio": creatio_store, "google": google_store}
    kind = replace(CONTACT, made_for=partial(contact_id_for, sides.site.user.contact_id))
    try:
        return sides.run(kind, stores, wishes, watcher, report).carry_out()
    finally:
        report.warnings += [*sides.new_warnings(), *creatio_store.warnings, *google_store.warnings]


def _creatio_store(sides: BothSides, wishes: Wishes, *, create_tag: bool) -> CreatioContacts:
    settings = sides.settings
    choices = Choices(
        tag=settings.text("sync.contacts.tag"),
        create_tag=create_tag,
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
