"""The sandbox's calendar judged by clients that others wrote for Google's (craft.md 5.3).

gcal-sync keeps a copy of a calendar by sync tokens, and works its series out by itself; it is what Home Assistant
reads Google with. gcsa is a wrapper of Google's own library. What either expects of Google the sandbox must give.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from gcal_sync.api import GoogleCalendarService, ListEventsRequest
from gcal_sync.auth import AbstractAuth
from gcal_sync.exceptions import ApiException
from gcal_sync.model import Attendee as GuestThere
from gcal_sync.model import DateOrDatetime
from gcal_sync.model import Event as EventThere
from gcal_sync.store import CalendarStore, InMemoryCalendarStore
from gcal_sync.sync import CalendarEventSyncManager, CalendarListSyncManager
from gcsa.attendee import Attendee
from gcsa.event import Event, Transparency, Visibility
from gcsa.google_calendar import GoogleCalendar
from gcsa.recurrence import WEEKLY, Recurrence
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.world import Sandbox
from tests.support.rehearsal import rehearsal

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = (datetime(2026, 1, 1, tzinfo=BERLIN), datetime(2027, 1, 1, tzinfo=BERLIN))
SCOPE = "https://www.googleapis.com/auth/calendar"
BOB, ADA = "bob@engines.example", "ada@engines.example"

T = TypeVar("T")


@dataclass(frozen=True)
class Served:
    """A sandbox that listens, the person at its calendar, and what another client needs to reach it."""

    sandbox: Sandbox
    hand: Account
    url: str
    token: str


@pytest.fixture
def served() -> Iterator[Served]:
    sandbox = Sandbox()
    furnish.register(sandbox)
    tokens = sandbox.google.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, (SCOPE,))
    with Server(sandbox) as server:
        hand = sandbox.google.account(furnish.EMAIL)
        yield Served(sandbox, hand, f"{server.url}/google/calendar/calendar/v3", tokens["access_token"])


# ── gcal-sync ────────────────────────────────────────────────────────────────────────────────────────────────────


class _Auth(AbstractAuth):  # type: ignore[misc]
    def __init__(self, session: aiohttp.ClientSession, served: Served) -> None:
        super().__init__(session, served.url)
        self._token = served.token

    async def async_get_access_token(self) -> str:
        return self._token

    async def request(self, method: str, url: str, **kwargs: Any) -> aiohttp.ClientResponse:
        """Send, and read the answer at once: gcal-sync leaves some connections with an answer nobody takes."""
        answer: aiohttp.ClientResponse = await super().request(method, url, **kwargs)
        await answer.read()
        return answer


def with_gcal_sync(served: Served, work: Callable[[Any], Awaitable[T]]) -> T:
    """Do something with gcal-sync's service."""

    async def run() -> T:
        async with aiohttp.ClientSession() as session:
            return await work(GoogleCalendarService(_Auth(session, served)))

    return asyncio.run(run())


def copy_after_sync(served: Served, store: CalendarStore) -> list[str]:
    """Let gcal-sync bring its copy up to date; return what it then holds of 2026: title, start and end."""
    return [_line(*meeting) for meeting in meetings_after_sync(served, store, YEAR)]


def meetings_after_sync(
    served: Served, store: CalendarStore, span: tuple[datetime, datetime]
) -> list[tuple[str, date, date]]:
    """Let gcal-sync bring its copy up to date; return title, start and end of what it then holds of a span."""

    async def work(api: Any) -> list[tuple[str, date, date]]:
        manager = CalendarEventSyncManager(api, "primary", store)
        await manager.run()
        timeline = await manager.store_service.async_get_timeline(BERLIN)
        return [(item.summary, item.start.value, item.end.value) for item in timeline.overlapping(*span)]

    return with_gcal_sync(served, work)


def in_calendar(served: Served) -> list[str]:
    """Return what a person sees in the calendar in 2026, in the words of `copy_after_sync`."""
    seen = []
    for item in served.hand.events():
        if not item.get("recurringEventId"):
            seen.extend(served.hand.occurrences(item["id"]) if item.get("recurrence") else [item])
    told = [(item["summary"], _point(item["start"]), _point(item["end"])) for item in seen]
    return sorted(_line(*each) for each in told if each[1].year == YEAR[0].year)


def _line(title: str, start: date, end: date) -> str:
    here = [moment.astimezone(BERLIN) if isinstance(moment, datetime) else moment for moment in (start, end)]
    return f"{title} {here[0]:%m-%d %H:%M} {here[1]:%m-%d %H:%M}"


def _point(told: dict[str, str]) -> date:
    return datetime.fromisoformat(told["dateTime"]) if "dateTime" in told else date.fromisoformat(told["date"])


def test_a_copy_by_sync_tokens_is_the_calendar_after_every_kind_of_change(served: Served) -> None:
    hand, store = served.hand, InMemoryCalendarStore()
    visit = hand.add_event("Visit", "2026-05-04T10:00", "2026-05-04T11:00", guests=[BOB])
    fair = hand.add_event("Fair", "2026-05-05", "2026-05-07")
    weekly = hand.make_series("Weekly", "2026-03-20T10:00", "RRULE:FREQ=WEEKLY;COUNT=6")
    hand.make_series("Birthday", "2026-08-25", "RRULE:FREQ=YEARLY;WKST=MO;INTERVAL=1;BYMONTHDAY=25")
    left_out = "EXDATE;TZID=Europe/Berlin:20260902T233000"
    hand.make_series("Nightly", "2026-09-01T23:30", ["RRULE:FREQ=DAILY;UNTIL=20260904T213000Z", left_out])
    hand.delete_occurrence(weekly, "2026-03-27")
    hand.edit_occurrence(weekly, "2026-04-10", start="2026-04-11T15:00", end="2026-04-11T16:30")
    first = copy_after_sync(served, store)
    assert sorted(first) == in_calendar(served)
    assert len(first) == 2 + 5 + 1 + 3

    hand.edit_event(visit, title="Visit at last", start="2026-05-04T12:00", end="2026-05-04T12:30")
    hand.delete_event(fair)
    hand.delete_occurrence(weekly, "2026-04-10")
    hand.split_series(weekly, "2026-04-17", title="Fortnightly")
    hand.add_event("New", "2026-06-01T08:00", "2026-06-01T09:00")
    second = copy_after_sync(served, store)
    assert sorted(second) == in_calendar(served)
    assert "Fair 05-05 00:00 05-07 00:00" not in second
    assert "Visit at last 05-04 12:00 05-04 12:30" in second


def test_a_void_token_sends_it_back_to_the_start(served: Served) -> None:
    store = InMemoryCalendarStore()
    gone = served.hand.add_event("Gone", "2026-05-04T10:00", "2026-05-04T11:00")
    served.hand.add_event("Kept", "2026-05-05T10:00", "2026-05-05T11:00")
    assert len(copy_after_sync(served, store)) == 2
    served.hand.delete_event(gone)
    served.hand.expire_sync_tokens()
    assert copy_after_sync(served, store) == ["Kept 05-05 10:00 05-05 11:00"]


def test_a_listing_of_many_pages_is_one_listing(served: Served) -> None:
    for number in range(1010):
        served.hand.add_event(f"Visit {number}", "2026-05-04T10:00", "2026-05-04T11:00")
    assert len(copy_after_sync(served, InMemoryCalendarStore())) == 1010


def test_what_it_writes_is_in_the_calendar(served: Served) -> None:
    store = InMemoryCalendarStore()
    start, end = (DateOrDatetime(date_time=at(20, hour), timezone="Europe/Berlin") for hour in (9, 10))
    days = {"start": DateOrDatetime(date=date(2026, 5, 22)), "end": DateOrDatetime(date=date(2026, 5, 23))}

    async def write(api: Any) -> None:
        manager = CalendarEventSyncManager(api, "primary", store)
        there = manager.store_service
        guests = [GuestThere(email=BOB)]
        await there.async_add_event(EventThere(summary="Visit", start=start, end=end, attendees=guests))
        await there.async_add_event(EventThere(summary="Days", **days, recurrence=["RRULE:FREQ=DAILY;COUNT=4"]))
        await manager.run()
        timeline = await there.async_get_timeline(BERLIN)
        [visit, *days_] = timeline.overlapping(*YEAR)
        await there.async_delete_event(days_[1].ical_uuid, days_[1].id)
        await api.async_patch_event("primary", visit.id, {"summary": "Visit at last"})

    with_gcal_sync(served, write)
    expected = ["Days 05-22 00:00 05-23 00:00", "Days 05-24 00:00 05-25 00:00", "Days 05-25 00:00 05-26 00:00"]
    assert in_calendar(served) == [*expected, "Visit at last 05-20 09:00 05-20 10:00"]
    assert copy_after_sync(served, store) == ["Visit at last 05-20 09:00 05-20 10:00", *expected]
    assert {mail.guests for mail in served.sandbox.google.mails} == {(BOB,)}


def test_occurrences_come_one_by_one_in_the_order_of_time(served: Served) -> None:
    served.hand.make_series("Weekly", "2026-05-08T10:00", "RRULE:FREQ=WEEKLY;COUNT=3")
    served.hand.add_event("Visit", "2026-05-12T10:00", "2026-05-12T11:00")

    async def read(api: Any) -> list[str]:
        asked = ListEventsRequest(calendar_id="primary", start_time=YEAR[0], end_time=YEAR[1])
        return [event.summary async for page in await api.async_list_events(asked) for event in page.items]

    assert with_gcal_sync(served, read) == ["Weekly", "Visit", "Weekly", "Weekly"]


def test_the_list_of_calendars_has_a_sync_token_of_its_own(served: Served) -> None:
    store = InMemoryCalendarStore()

    async def read(api: Any) -> list[Any]:
        manager = CalendarListSyncManager(api, store)
        await manager.run()
        calendars: list[Any] = (await manager.store_service.async_list_calendars()).calendars
        return calendars

    for _ in range(2):
        [primary] = with_gcal_sync(served, read)
        assert (primary.id, primary.primary, primary.timezone) == (furnish.EMAIL, True, "Europe/Berlin")
    served.hand.expire_sync_tokens()
    assert len(with_gcal_sync(served, read)) == 1


def test_what_is_not_there_is_not_found(served: Served) -> None:
    async def read(api: Any) -> None:
        await api.async_get_event("primary", "never0there")

    with pytest.raises(ApiException, match="404"):
        with_gcal_sync(served, read)


def test_creatio_has_after_a_run_what_the_copy_of_another_program_has(home: Path) -> None:
    """Both read the same calendar by sync tokens and work out its series, and neither knows of the other."""
    store = InMemoryCalendarStore()
    with rehearsal(home / "gsync") as town:
        tomorrow = datetime.now(BERLIN).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
        span = tomorrow - timedelta(days=20), tomorrow + timedelta(days=40)
        tokens = town.sandbox.google.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, (SCOPE,))
        url = f"{town.server.url}/google/calendar/calendar/v3"
        served = Served(town.sandbox, town.account, url, tokens["access_token"])

        def compare() -> int:
            code, envelope = town.json("sync", "activities")
            assert (code, envelope["errors"]) == (0, [])
            shown = [item for item in town.desk.activities() if item["in_calendar"]]
            in_creatio = [(item["title"], item["start"], item["due"]) for item in shown]
            there = meetings_after_sync(served, store, span)
            assert sorted(map(_moments, there)) == sorted(
                meeting for meeting in map(_moments, in_creatio) if span[0] < meeting[1] < span[1]
            )
            return len(there)

        hand = town.account
        hand.add_event("Fair", f"{tomorrow:%Y-%m-%d}", f"{tomorrow + timedelta(days=2):%Y-%m-%d}")
        weekly = hand.make_series("Weekly", f"{tomorrow - timedelta(weeks=60):%Y-%m-%dT%H:%M}", "RRULE:FREQ=WEEKLY")
        born = tomorrow - timedelta(days=3 * 365 - 1)
        hand.make_series("Birthday", f"{born:%Y-%m-%d}", f"RRULE:FREQ=YEARLY;WKST=MO;BYMONTHDAY={born.day}")
        town.desk.add_activity("Tea", tomorrow, tomorrow + timedelta(hours=1))
        assert compare() >= 1 + 8 + 1
        hand.delete_occurrence(weekly, f"{tomorrow:%Y-%m-%d}")
        later = tomorrow + timedelta(weeks=1)
        hand.edit_occurrence(weekly, f"{later:%Y-%m-%d}", start=f"{later + timedelta(hours=3):%Y-%m-%dT%H:%M}")
        town.desk.add_activity("Lunch", tomorrow, tomorrow + timedelta(hours=2))
        assert compare() >= 2 + 7 + 1


def _moments(meeting: tuple[str, date, date]) -> tuple[str, datetime, datetime]:
    """Return a meeting with its times in UTC; a day begins at midnight there, as Creatio's users have it here."""
    title, *times = meeting
    start, end = (
        time.astimezone(UTC) if isinstance(time, datetime) else datetime(time.year, time.month, time.day, tzinfo=UTC)
        for time in times
    )
    return title, start, end


def at(day: int, hour: int) -> datetime:
    """Return an hour in May, by the clocks of Berlin."""
    return datetime(2026, 5, day, hour, tzinfo=BERLIN)


# ── gcsa ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gcsa(served: Served) -> Iterator[Any]:
    calendar = GoogleCalendar(credentials=Credentials(served.token))
    calendar.service.close()
    options = {"api_endpoint": f"{served.url}/"}
    calendar.service = build("calendar", "v3", credentials=calendar.credentials, client_options=options)
    yield calendar
    calendar.service.close()


def test_an_event_comes_back_as_it_was_written(gcsa: Any) -> None:
    guests = [Attendee(BOB, display_name="Bob"), Attendee(ADA, optional=True)]
    made = gcsa.add_event(
        Event(
            "Visit", start=at(4, 10), end=at(4, 11), timezone="Europe/Berlin", location="Room 1",
            description="Bring it", attendees=guests, minutes_before_popup_reminder=15, guests_can_modify=True,
            visibility=Visibility.PRIVATE, transparency=Transparency.TRANSPARENT,
        )
    )  # fmt: skip
    read = gcsa.get_event(made.id)
    assert (read.summary, read.location, read.description) == ("Visit", "Room 1", "Bring it")
    assert (read.start, read.end, read.timezone) == (at(4, 10), at(4, 11), "Europe/Berlin")
    assert [(guest.email, guest.response_status) for guest in read.attendees] == [
        *((BOB, "needsAction"), (ADA, "needsAction")),
    ]
    assert (read.visibility, read.transparency, read.guests_can_modify) == ("private", "transparent", True)
    assert [reminder.minutes_before_start for reminder in read.reminders] == [15]
    assert (read.creator.email, read.organizer.email) == (furnish.EMAIL, furnish.EMAIL)

    read.summary, read.location = "Visit at last", None
    changed = gcsa.update_event(read)
    assert (changed.summary, changed.location, changed.other["sequence"]) == ("Visit at last", None, 0)
    assert changed.updated >= changed.created
    gcsa.delete_event(changed)
    assert gcsa.get_event(made.id).other["status"] == "cancelled"
    with pytest.raises(HttpError, match="410"):
        gcsa.delete_event(changed)


def test_a_series_has_the_occurrences_that_its_rules_name_and_each_is_an_event(gcsa: Any, served: Served) -> None:
    rules = [
        Recurrence.rule(freq=WEEKLY, count=5),
        Recurrence.dates([date(2026, 5, 3)]),
        Recurrence.exclude_dates([date(2026, 5, 8)]),
    ]
    made = gcsa.add_event(Event("Weekly", start=at(1, 10), timezone="Europe/Berlin", recurrence=rules))
    occurrences = list(gcsa.get_instances(made, *YEAR))
    assert [item.start for item in occurrences] == [at(day, 10) for day in (1, 3, 15, 22, 29)]
    assert {item.recurring_event_id for item in occurrences} == {made.id}
    moved, deleted = occurrences[2], occurrences[3]
    moved.start += timedelta(hours=2)
    moved.end += timedelta(hours=2)
    assert gcsa.update_event(moved).id == moved.id
    gcsa.delete_event(deleted)
    shown = [item.start for item in gcsa.get_events(*YEAR, order_by="startTime", single_events=True)]
    assert shown == [at(1, 10), at(3, 10), at(15, 12), at(29, 10)]
    assert served.sandbox.google.mails == []


def test_listings_are_bounded_searched_and_ordered(gcsa: Any) -> None:
    for day, title in ((4, "Visit"), (6, "Fair"), (5, "Another visit")):
        gcsa.add_event(Event(title, start=at(day, 10), timezone="Europe/Berlin"))
    assert [event.summary for event in gcsa[date(2026, 5, 5) : date(2026, 5, 7) : "startTime"]] == [
        *("Another visit", "Fair"),
    ]
    assert {event.summary for event in gcsa.get_events(*YEAR, query="visit")} == {"Visit", "Another visit"}
    with pytest.raises(HttpError, match="404"):
        list(gcsa.get_events(*YEAR, calendar_id="nobody@engines.example"))
    assert [entry.id for entry in gcsa.get_calendar_list(min_access_role="owner")] == [furnish.EMAIL]
    assert gcsa.get_calendar().timezone == "Europe/Berlin"
