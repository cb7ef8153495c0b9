"""A working week in Creatio: what stands in its calendar, what does not, and what a colleague has arranged."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gsync_cli.sandbox.creatio.site import CreatioSite
from gsync_cli.sandbox.creatio.users import User
from gsync_cli.sandbox.creatio.zones import zone_of

COLLEAGUE: Final = "jonas.weber"
"""The login of a second user."""
COLLEAGUE_NAME: Final = "Jonas Weber"
COLLEAGUE_PASSWORD: Final = "JonasWeber1!"  # noqa: S105  the sandbox's own
_OFFICE: Final = ZoneInfo("Europe/Berlin")
_THANKS: Final = "<p>Thanks for the papers.</p>"
_TERMS: Final = "<p>Terms of payment: <b>30 days</b>.</p><ul><li>oil &amp; olives</li><li>pallets</li></ul>"

Meet = Callable[..., str]


def put_activities(site: CreatioSite, mail: str) -> User:
    """Give the first user the mail and a week of activities around the present, and return a colleague, a new user.

    The contacts of `furnish` must be there: some take part. Times are those of an office in Berlin.
    """
    desk = site.desk()
    desk.add_communication(site.user.contact_id, "mail", mail)
    domain = mail.rpartition("@")[2]
    colleague = site.add_user(COLLEAGUE, COLLEAGUE_PASSWORD, full_name=COLLEAGUE_NAME, mails=(f"{COLLEAGUE}@{domain}",))
    today = site.clock.now().astimezone(_OFFICE).date()
    monday = today - timedelta(days=today.weekday())
    _put_meetings(desk.add_activity, monday, with_places="Location" in site.tables.schema["Activity"].columns)
    _put_tasks(desk.add_activity, monday)
    midnight = datetime.combine(monday + timedelta(days=2), time(), zone_of(site.user.time_zone_id or "UTC"))
    desk.add_activity("Trade fair in Hannover", midnight, midnight + timedelta(days=2))
    _put_meetings_of_colleague(site, colleague, monday)
    return colleague


def _put_meetings(meet: Meet, monday: date, *, with_places: bool) -> None:
    place = {"location": "4 Quay Lane, London"} if with_places else {}
    harbour = {"James Edward O’Connor": "confirmed"}
    meet(
        "Delivery dates with Harbour & Sons",
        *_at(monday, "09:30", 60),
        participants=harbour,
        reminder=15,
        **place,
    )
    olivares = {"María José Núñez Castaño": "in doubt", "Anna Bergmann": "confirmed"}
    meet("Annual contract with Olivares del Sur", *_at(monday, "10:00", 90, 1), participants=olivares, notes=_TERMS)
    meet("Presses for Pacific", *_at(monday, "16:00", 60, 3), participants={"Grace Nakamura": "declined"}, reminder=30)
    meet("The week in review", *_at(monday, "08:30", 45, 4), participants=[COLLEAGUE_NAME])
    meet("Plans for the trade fair", *_at(monday, "11:00", 30, -4), status="completed")
    # Four weeks on, so that in spring and autumn the clocks have been changed in between.
    meet("Sales of the month", *_at(monday, "09:00", 60, 28), participants=["Ελένη Παπαδοπούλου"])


def _put_tasks(put: Meet, monday: date) -> None:
    put("Call Ada Yılmaz back", *_at(monday, "14:00", 30), type="call", category="call", contact="Ada Yılmaz")
    put("Quote for Olivares", *_at(monday, "13:00", 120), category="to do", in_calendar=False)
    put("Expenses", *_at(monday, "17:00", 30, 4), category="paperwork", priority="low", in_calendar=False)
    put("Re: customs papers", *_at(monday, "10:12", 0, 1), type="email", category="email", notes=_THANKS)


def _put_meetings_of_colleague(site: CreatioSite, colleague: User, monday: date) -> None:
    desk = site.desk(colleague)
    desk.add_activity("Sales round", *_at(monday, "13:00", 60, 1), participants={site.user.contact_id: "confirmed"})
    desk.add_activity("Visit to Lagos Solar", *_at(monday, "09:00", 180, 2), participants=["Oluwaseun Adébáyò"])


def _at(monday: date, clock: str, minutes: int, days: int = 0) -> tuple[datetime, datetime]:
    """Return start and end, in UTC, of what begins so many days after Monday by the office's clock."""
    start = datetime.combine(monday + timedelta(days=days), time.fromisoformat(clock), _OFFICE).astimezone(UTC)
    return start, start + timedelta(minutes=minutes)
