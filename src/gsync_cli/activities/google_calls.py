"""The requests that meetings need of the Calendar API: listings, reads by id, and writes in batches.

Whatever is written names whether Google may mail the guests: `sendUpdates=none` unless a person asked for mails
(facts/google.md 7.8). Every write may be sent twice: an insert brings its own id, a patch its etag.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gsync_cli.clock import Clock
from gsync_cli.errors import GsyncError, Temporary
from gsync_cli.google.batch import CONTENT_TYPE, Inner, InnerAnswer, decode, encode
from gsync_cli.google.errors import (
    GoogleRefusal,
    Unanswered,
    foreign,
    of_network,
)
from gsync_cli.google.quota import Cost
from gsync_cli.google.wire import AGENT, QUOTA_WAITS
from gsync_cli.http import NetworkError, NotSent

if TYPE_CHECKING:
    import httpx2
    from googleapiclient.http import HttpRequest

    from gsync_cli.google.session import GoogleSession

Event: TypeAlias = Mapping[str, Any]

CALENDAR: Final = "primary"
PAGE: Final = 2500
BATCH: Final = 50
"""Requests in one batch (facts 7.17)."""

_NO_BATCHES: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
"""How a gateway without the batch address refuses one."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be sent, alone or in a batch."""

    request: "HttpRequest" = field(repr=False)
    etag: str = ""
    """Carried out only while the event has it; "" for whatever it has."""

    @property
    def inner(self) -> Inner:
        """Return what goes over the line."""
        wanted = ("accept", "content-type")
        headers = {name: str(value) for name, value in (self.request.headers or {}).items() if name.lower() in wanted}
        if self.etag:
            headers["If-Match"] = self.etag
        return Inner(self.request.method, self.request.uri, headers, self.request.body or "")


Answer: TypeAlias = Event | GsyncError
"""The event (empty after a delete); GoogleRefusal, Unanswered, or what would end the run."""


class CalendarCalls:
    """The primary calendar of one account. Every call may raise what ends a run (no network, no rights)."""

    def __init__(self, session: "GoogleSession", clock: Clock, *, notify: bool = False) -> None:
        self._session = session
        self._clock = clock
        self._updates = "all" if notify else "none"
        self._batches_work = True

    @cached_property
    def _events(self) -> Any:
        return self._session.calendar().events()

    def forecast(self, requests: int) -> float:
        """Return the seconds for which so many requests in batches will wait for the quota."""
        sizes = [min(BATCH, requests - number * BATCH) for number in range(ceil(requests / BATCH))]
        return self._session.forecast([Cost(calendar=size) for size in sizes])

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def pages(self, *, sync_token: str = "", time_min: str = "") -> Iterator[Event]:
        """Go through the pages of all masters, exceptions and single events; or of what changed since a sync token.

        `time_min` bounds the end of events, and only the first listing may say so: the token keeps it (facts 7.2).
        Raises GoogleRefusal where the token is too old.
        """
        arguments: dict[str, Any] = {
            "calendarId": CALENDAR,
            "singleEvents": False,
            "eventTypes": ["default"],
            "maxResults": PAGE,
        }
        if sync_token:
            arguments["syncToken"] = sync_token
        elif time_min:
            arguments["timeMin"] = time_min
        yield from self._all_pages(self._events.list, arguments)

    def facts(self) -> Event:
        """Read what a listing says of the calendar itself: its zone and its reminders."""
        return self._must(Call(self._events.list(calendarId=CALENDAR, maxResults=1)))

    def instances(self, master: str, time_min: str, time_max: str) -> Iterator[Event]:
        """Go through the occurrences of a series as Google expands it; None of them where there is no such series."""
        arguments: dict[str, Any] = {
            "calendarId": CALENDAR,
            "eventId": master,
            "maxResults": PAGE,
            "timeMin": time_min,
            "timeMax": time_max,
        }
        for page in self._all_pages(self._events.instances, arguments):
            yield from page.get("items") or ()

    def _all_pages(self, method: Any, arguments: dict[str, Any]) -> Iterator[Event]:
        while True:
            page = self._must(Call(method(**arguments)))
            yield page
            following = page.get("nextPageToken")
            if not following or following == arguments.get("pageToken"):
                return
            arguments["pageToken"] = following

    def get(self, ids: Collection[str]) -> dict[str, Event]:
        """Read events by id, cancelled ones among them. One that is not in the answer does not exist."""
        asked = sorted(set(ids))
        found: dict[str, Event] = {}
        for start in range(0, len(asked), BATCH):
            part = asked[start : start + BATCH]
            calls = [Call(self._events.get(calendarId=CALENDAR, eventId=identity)) for identity in part]
            for identity, answer in zip(part, self.send(calls), strict=True):
                if isinstance(answer, GoogleRefusal) and answer.is_not_found:
                    continue
                if isinstance(answer, GsyncError):
                    raise answer
                found[identity] = answer
        return found

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def insert(self, body: Mapping[str, Any]) -> Call:
        """Make an event with an id of ours."""
        return Call(self._events.insert(calendarId=CALENDAR, sendUpdates=self._updates, body=dict(body)))

    def patch(self, identity: str, body: Mapping[str, Any], etag: str) -> Call:
        """Change some keys of an event, or make an exception of an occurrence."""
        request = self._events.patch(calendarId=CALENDAR, eventId=identity, sendUpdates=self._updates, body=dict(body))
        return Call(request, etag)

    def delete(self, identity: str, etag: str) -> Call:
        """Delete an event, or cancel an occurrence."""
        return Call(self._events.delete(calendarId=CALENDAR, eventId=identity, sendUpdates=self._updates), etag)

    def send(self, calls: Sequence[Call]) -> list[Answer]:
        """Carry out at most 50 calls; one answer each, in order."""
        answers: dict[int, Answer] = {}
        waiting = list(range(len(calls)))
        for wait in (*QUOTA_WAITS, None):
            in_batch = len(waiting) > 1 and self._batches_work
            round_answers = self._send_once([calls[number] for number in waiting])
            answers.update(dict(zip(waiting, round_answers, strict=True)))
            waiting = [number for number in waiting if _is_worth_repeating(calls[number], answers[number])]
            # A request that went alone was waited for by the session.
            if not waiting or wait is None or not in_batch:
                break
            self._session.slow_down()
            self._clock.sleep(wait)
        return [answers[number] for number in range(len(calls))]

    # ── one request ──────────────────────────────────────────────────────────────────────────────────────────

    def _must(self, call: Call) -> Event:
        answer = self._alone(call)
        if isinstance(answer, GsyncError):
            raise answer
        return answer

    def _alone(self, call: Call) -> Answer:
        inner = call.inner
        reading = inner.method == "GET"
        content = inner.body.encode() if inner.body else None
        try:
            response = self._deliver(inner.method, inner.url, inner.headers, content, 1)
        except NotSent as error:
            raise of_network(error) from error
        except NetworkError as error:
            if reading:
                raise of_network(error) from error
            return Unanswered(error.host, error.reason)
        return self._answer(response, reading=reading)

    def _deliver(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, count: int
    ) -> "httpx2.Response":
        told = {**headers, "user-agent": AGENT}
        return self._session.deliver(method, url, told, content, Cost(calendar=count), repeatable=True)

    def _answer(self, response: "httpx2.Response", *, reading: bool) -> Answer:
        if not response.is_success:
            return self._session.failure(response, reading=reading)
        if not response.content.strip():
            return {}
        try:
            answer = response.json()
        except ValueError:
            answer = None
        return answer if isinstance(answer, dict) else foreign(response)

    # ── a batch ──────────────────────────────────────────────────────────────────────────────────────────────

    def _send_once(self, calls: Sequence[Call]) -> list[Answer]:
        if len(calls) > 1 and self._batches_work:
            answers = self._together(calls)
            if answers is not None:
                return answers
            self._batches_work = False
        return [self._alone(call) for call in calls]

    def _together(self, calls: Sequence[Call]) -> list[Answer] | None:
        """Send a batch; None where there is no such address, or none for batches."""
        address = self._session.calendar_batch_address
        inner = [call.inner for call in calls]
        reading = all(request.method == "GET" for request in inner)
        try:
            response = self._deliver("POST", address, {"content-type": CONTENT_TYPE}, encode(inner), len(calls))
        except NotSent as error:
            raise of_network(error) from error
        except NetworkError as error:
            if reading:
                raise of_network(error) from error
            return [Unanswered(error.host, error.reason) for _ in calls]
        if not response.is_success:
            failure = self._session.failure(response, reading=reading)
            if isinstance(failure, Unanswered):
                return [failure for _ in calls]
            if isinstance(failure, GoogleRefusal) or response.status_code in _NO_BATCHES:
                return None
            raise failure
        parts = decode(response.headers.get("content-type", ""), response.content, len(calls))
        return [self._part(response, request, parts.get(place)) for place, request in enumerate(inner)]

    def _part(self, whole: "httpx2.Response", request: Inner, part: InnerAnswer | None) -> Answer:
        import httpx2

        reading = request.method == "GET"
        if part is None:
            host = whole.url.host
            reason = "the answer does not show it"
            return Temporary("no-answer", host=host, reason=reason) if reading else Unanswered(host, reason)
        return self._answer(
            httpx2.Response(
                part.status,
                headers={name: value for name, value in part.headers.items() if name == "www-authenticate"},
                content=part.content,
                request=httpx2.Request(request.method, request.url),
            ),
            reading=reading,
        )


def _is_worth_repeating(call: Call, answer: Answer) -> bool:
    """Tell whether a part of a batch was turned away for the moment: for quota, or, when reading, by a fault."""
    if not isinstance(answer, Temporary):
        return False
    if answer.code == "google-quota":
        return True
    return call.request.method == "GET" and answer.code in {"google-server", "no-answer"}


def events_of(page: Event) -> Sequence[Event]:
    """Return the events of a page of a listing."""
    return [item for item in page.get("items") or () if isinstance(item, dict) and item.get("id")]
