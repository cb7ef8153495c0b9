"""One synchronisation of activities with the primary calendar: both stores and the engine put together."""

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial

from gsync_cli.activities import model
from gsync_cli.activities.creatio_participants import People
from gsync_cli.activities.creatio_scope import OF_COLLEAGUE as ACTIVITY_OF_COLLEAGUE
from gsync_cli.activities.creatio_store import CreatioActivities
from gsync_cli.activities.google_editing import possible
from gsync_cli.activities.google_mapping import OF_ANOTHER, OF_COLLEAGUE
from gsync_cli.activities.google_store import GoogleEvents
from gsync_cli.activities.zones import zone_named
from gsync_cli.both_sides import BothSides, Wishes
from gsync_cli.clock import Clock
from gsync_cli.config import Settings
from gsync_cli.creatio.calendar_sign import leave_sign
from gsync_cli.creatio.calibration import date_reading
from gsync_cli.creatio.odata import OData
from gsync_cli.credentials import Credentials
from gsync_cli.errors import ConfigurationWrong, SignInNeeded
from gsync_cli.google.scopes import CALENDAR_JOB, EVENTS, missing
from gsync_cli.profiles import Profile
from gsync_cli.sync.recognise import Kind
from gsync_cli.sync.record import Side, Store
from gsync_cli.sync.report import Report
from gsync_cli.sync.rules import Rules
from gsync_cli.sync.watcher import Watcher


def run_activities(
    sides: BothSides, wishes: Wishes, watcher: Watcher, report: Report, *, notify: bool = False
) -> Report:
    """Synchronise the activities of a profile, and fill the report as far as the run comes.

    `notify` lets Google mail the guests about what this run writes (row A9).

    Raises SignInNeeded("google-scope-missing") for a sign-in without the calendar, and a GsyncError for whatever else
    ends the run before its time; what was done until then is remembered.
    """
    report.run = sides.name_of_run()
    _need_the_calendar(sides.profile)
    contact_id = sides.site.user.contact_id
    choices = choices_of(sides.settings, sides.clock, notify=notify)
    odata = OData(sides.site)
    people = People(odata, contact_id, {sides.google.email} - {""})
    google = GoogleEvents(sides.google, sides.clock, choices, contact_id, people.synchronising)
    report.zone = zone = google.show_times_in(sides.state.cursor(model.KIND, google.side))
    reading = date_reading(sides.site, zone)
    creatio = CreatioActivities(odata, reading, choices, people, zone, shown_in=zone_named(zone))
    stores: dict[Side, Store] = {"creatio": creatio, "google": google}
    report.called = people.names
    kind = kind_of(contact_id, lambda: creatio.colleagues, notes_both=choices.notes_both)
    try:
        if not wishes.dry_run:
            report.notes += _sign_left(odata, contact_id, sides.google.email)
            creatio.find_out_dates()
        elif creatio.dates_are_guessed:
            report.warnings.append(ConfigurationWrong("creatio-dates-guessed"))
        return sides.run(kind, stores, wishes, watcher, report).carry_out()
    finally:
        report.warnings += sides.new_warnings()


def _sign_left(odata: OData, contact_id: str, address: str) -> list[str]:
    """Leave the sign that the user synchronises, and return what is to be told of it.

    It comes first: a colleague's run that begins while this one goes on must see it.
    """
    if not leave_sign(odata, contact_id, address):
        return []
    return [f"Your contact in Creatio shows {address} under “Google” now: colleagues' runs leave your meetings to you."]


def choices_of(settings: Settings, clock: Clock, *, notify: bool = False) -> model.Choices:
    """Return what a person has settled. Without a date of his, meetings count from the window's first day on."""
    window = settings.window("sync.activities.window")
    first = clock.now().date() - timedelta(days=window.back)
    return model.Choices(
        window=window,
        from_=settings.date("sync.activities.from") or first,
        notes_both=settings.text("sync.activities.notes") == "both",
        cancel=settings.text("sync.activities.deletions") == "cancel",
        notify=notify,
    )


def kind_of(contact_id: str, colleagues: Callable[[], Collection[str]], *, notes_both: bool) -> Kind:
    """Return what the engine must know of the activities of a user, named by his contact.

    `colleagues` are the contacts whose runs may have brought what is the user's in Google, for an assistant's sake.

    A reminder is each person's own and all guests can read a note, so neither goes to Google; the note does where the
    user wants it to (mapping.md). An answer that is in doubt is none, and nothing is lost where one becomes it.
    """
    one_way = (model.REMINDER, model.ORGANIZER) if notes_both else (model.REMINDER, model.ORGANIZER, model.NOTES)
    return Kind(
        model.KIND,
        model.match_keys,
        model.judge,
        Rules(
            only_to=dict.fromkeys(one_way, "creatio"),
            possible=possible,
            fleeting=frozenset({model.ANSWER}),
            no_loss=frozenset({model.ANSWER}),
        ),
        may_be_double=False,
        shared=lambda record: record.claim is not None or bool(model.participants_of(record.fields)),
        stands_in={
            **dict.fromkeys((OF_ANOTHER, OF_COLLEAGUE), "already-invited"),
            ACTIVITY_OF_COLLEAGUE: "brought-by-colleague",
        },
        made_by_others=lambda google_id: {model.activity_id_for(contact, google_id) for contact in colleagues()},
        made_for=partial(model.activity_id_for, contact_id),
    )


def _need_the_calendar(profile: Profile) -> None:
    """Refuse a sign-in that is known not to hold the calendar, before anything is read."""
    grant = Credentials.load(profile).grant
    if grant and grant.scopes and CALENDAR_JOB in missing(grant.scopes):
        raise SignInNeeded("google-scope-missing", scope=EVENTS, email=grant.email)
