"""The Calendar API as it is served: its methods, its quota, and batches (facts/google.md 7.15, 7.17, 8.7)."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from gsync_cli.sandbox.google import calendar_errors as errors
from gsync_cli.sandbox.google import events
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.events_listing import Listings
from gsync_cli.sandbox.messages import Request, Response

BASE: Final = "/calendar/v3"
MOST_IN_A_BATCH: Final = 50
_BATCH: Final = re.compile(r"/(?:calendar/v3/)?batch(?:/calendar/v3)?/?")
_MOUNT: Final = re.compile(r"^.*?(?=/(?:calendars|users/me|colors|freeBusy|channels)(?:/|$))")
_MINUTE: Final = timedelta(minutes=1)
_WRITES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))

Answer = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Part:
    """One call inside a batch, as it came in and was answered."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    status: int


def methods() -> dict[str, Callable[[Call], dict[str, Any]]]:
    """Return what answers each method. What is not here is not played: 501."""
    listings = Listings()
    return {
        "events.list": listings.list,
        "events.instances": listings.instances,
        "events.get": events.get,
        "events.insert": events.insert,
        "events.patch": events.patch,
        "events.update": events.update,
        "events.delete": events.delete,
        "calendars.get": events.get_calendar,
        "calendarList.get": events.get_listed,
        "calendarList.list": events.list_calendars,
    }


def placed(request: Request) -> Request:
    """Return a request with the path of the discovery document, wherever a client thought that the API begins."""
    if is_batch(request):
        return request
    return replace(request, path=f"{BASE}{_MOUNT.sub('', request.path)}")


def is_batch(request: Request) -> bool:
    """Tell whether a request is a batch."""
    return request.method == "POST" and _BATCH.fullmatch(request.path) is not None


class Limits:
    """The quota of requests a minute, and the day on which nothing can be written."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._used: dict[tuple[str, str], deque[datetime]] = {}

    def spend(self, call: Call, verb: str, project: str) -> None:
        """Count a call, or refuse it. Raises LegacyError (403, 429)."""
        behaviour, now = self._behaviour, call.account.clock.now()
        if behaviour.calendar_exhausted and verb in _WRITES:
            raise errors.calendar_exhausted()
        if behaviour.calendar_quota is None:
            return
        used = self._used.setdefault((call.account.subject, project), deque())
        while used and used[0] <= now - _MINUTE:
            used.popleft()
        if len(used) >= behaviour.calendar_quota:
            raise errors.calendar_rate(behaviour.calendar_quota_code)
        used.append(now)


def batch(
    request: Request, answer: Answer, note: Callable[[Part], None], *, shuffled: Callable[[list[Any]], None]
) -> Response:
    """Answer a multipart/mixed batch part by part, in no promised order (facts/google.md 7.17)."""
    kind = request.headers.get("content-type", "")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    whole = BytesParser(policy=policy.HTTP).parsebytes(head + request.body)
    parts = list(whole.iter_parts()) if whole.is_multipart() else []
    if not parts:
        return errors.bad_event("badRequest", "Failed to parse batch request.").response()
    if len(parts) > MOST_IN_A_BATCH:
        return errors.bad_event("badRequest", f"The batch has more than {MOST_IN_A_BATCH} calls.").response()
    order = list(range(len(parts)))
    shuffled(order)
    answers: dict[int, bytes] = {}
    for place in order:
        payload = parts[place].get_payload(decode=True)
        inner = _inner(request, payload if isinstance(payload, bytes) else b"")
        said = answer(inner) if inner else errors.bad_event("badRequest", "Bad Request").response()
        if inner:
            note(Part(inner.method, inner.path, inner.query, said.status))
        answers[place] = _part(said, str(parts[place].get("Content-ID", "")))
    boundary = "batch_sandbox_0f2c61"
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + answers[place] for place in order)
    headers = (("Content-Type", f"multipart/mixed; boundary={boundary}"),)
    return Response(200, body + f"--{boundary}--\r\n".encode(), headers)


def _inner(outer: Request, raw: bytes) -> Request | None:
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    line, *lines = head.decode().strip().split("\n")
    try:
        verb, target, *_ = line.split(" ")
    except ValueError:
        return None
    headers = {name.strip().lower(): value.strip() for name, _, value in (item.partition(":") for item in lines)}
    if "authorization" in outer.headers:
        headers.setdefault("authorization", outer.headers["authorization"])
    parts = urlsplit(target)
    query = parse_qs(parts.query, keep_blank_values=True)
    return placed(Request(verb.upper(), parts.path, query, headers, body.strip(), outer.origin))


def _part(said: Response, content_id: str) -> bytes:
    """Return one answer; its Content-ID is that of the call with "response-" before it (facts/google.md 8.7)."""
    name = f"Content-ID: <response-{content_id.strip().strip('<>')}>\r\n" if content_id else ""
    lines = [f"HTTP/1.1 {said.status} {_phrase(said.status)}", *(f"{key}: {text}" for key, text in said.headers)]
    lines.append(f"Content-Length: {len(said.body)}")
    head = "\r\n".join(lines) + "\r\n\r\n"
    return f"Content-Type: application/http\r\n{name}\r\n{head}".encode() + said.body + b"\r\n"


def _phrase(status: int) -> str:
    from http import HTTPStatus

    return HTTPStatus(status).phrase
