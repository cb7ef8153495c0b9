"""events.list and events.instances: pages, sync tokens, tombstones, windows (facts/google.md 7.1–7.4)."""

import base64
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.calendar import Entry, overlaps, series_overlaps
from gsync_cli.sandbox.google.calendar_errors import bad_event, full_sync_required, no_event, updated_min_too_old
from gsync_cli.sandbox.google.calendar_times import bound, instant, stamp, utc_text
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.event_view import tombstone, view
from gsync_cli.sandbox.google.events import answer_zone, owned

DEFAULT_PAGE, LARGEST_PAGE = 250, 2500
PAGES_KEPT: Final = 200
UPDATED_REACHES: Final = timedelta(days=28)
NOT_WITH_TOKEN: Final = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_WITHOUT_TOKEN: Final = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin")
_FREE: Final = frozenset(("maxResults", "pageToken", "syncToken", "fields", "alt", "prettyPrint", "key", "quotaUser"))
"""What may differ from one page or sync to the next."""


@dataclass(frozen=True, slots=True)
class SyncToken:
    """What a sync token stands for. It travels as text that nobody should look into."""

    account: str
    epoch: int
    seq: int
    at: datetime
    parameters: str
    window: tuple[str, str]
    """timeMin and timeMax of the first listing."""

    def text(self) -> str:
        """Return the token as clients see it."""
        values = [self.account, self.epoch, self.seq, self.at.isoformat(), self.parameters, *self.window]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()

    @classmethod
    def read(cls, text: str) -> "SyncToken":
        """Read a token. Raises LegacyError (410): who has a wrong one must start anew."""
        try:
            account, epoch, seq, at, parameters, start, end = json.loads(base64.urlsafe_b64decode(text))
            return cls(account, epoch, seq, datetime.fromisoformat(at), parameters, (start, end))
        except (ValueError, TypeError):
            raise full_sync_required() from None


@dataclass(frozen=True, slots=True)
class _Listing:
    """A listing under way: all its items, so that its pages fit together."""

    account: str
    parameters: str
    items: tuple[dict[str, Any], ...]
    sync: SyncToken | None


class Listings:
    """Answers events.list and events.instances; remembers the listings whose next page was promised."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, tuple[_Listing, int]] = OrderedDict()

    def list(self, call: Call) -> dict[str, Any]:
        """Answer one page of events. Raises LegacyError."""
        return self._answer(call, _begin)

    def instances(self, call: Call) -> dict[str, Any]:
        """Answer one page of the occurrences of a series. Raises LegacyError."""
        return self._answer(call, _instances)

    def _answer(self, call: Call, begin: Callable[[Call, str], _Listing]) -> dict[str, Any]:
        owned(call)
        size = call.query.get("maxResults", DEFAULT_PAGE)
        if size < 1:
            raise bad_event("invalid", "Invalid value for maxResults.", "maxResults")
        parameters = _parameters(call)
        if page_token := call.query.get("pageToken"):
            listing, start = self._pages.get(page_token, (None, 0))
            if listing is None or (listing.account, listing.parameters) != (call.account.subject, parameters):
                raise bad_event("invalid", "Invalid page token value.", "pageToken")
        else:
            listing, start = begin(call, parameters), 0
        return self._page(call, listing, start, min(size, LARGEST_PAGE))

    def _page(self, call: Call, listing: _Listing, start: int, size: int) -> dict[str, Any]:
        account = call.account
        left = len(listing.items) - start
        if left and account.random.random() < account.behaviour.short_pages:
            # Half a page, down to none at all; the last one is never empty for ever.
            size = min(size, left - 1) // 2
        end = start + size
        answer: dict[str, Any] = {
            "kind": "calendar#events",
            "etag": f'"p{account.calendar.epoch}"',
            "summary": account.email,
            "updated": utc_text(account.clock.now()),
            "timeZone": answer_zone(call),
            "accessRole": "owner",
            "defaultReminders": account.calendar.default_reminders,
            "items": list(listing.items[start:end]),
        }
        if end < len(listing.items):
            answer["nextPageToken"] = self._promise(account, listing, end)
        elif listing.sync is not None:
            answer["nextSyncToken"] = listing.sync.text()
        return answer

    def _promise(self, account: Account, listing: _Listing, start: int) -> str:
        token = f"CiAK{account.random.getrandbits(96):x}"
        self._pages[token] = (listing, start)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return token


def _parameters(call: Call) -> str:
    asked = {name: value for name, value in call.query.items() if name not in _FREE and not name.startswith("$")}
    return json.dumps([call.path.get("eventId", ""), asked], sort_keys=True)


def _begin(call: Call, parameters: str) -> _Listing:
    account, query = call.account, call.query
    token = _token(call)
    if query.get("orderBy") == "startTime" and not query.get("singleEvents"):
        raise bad_event("badRequest", "The requested ordering is not available for the particular query.", "orderBy")
    window = token.window if token else (query.get("timeMin", ""), query.get("timeMax", ""))
    start, end = (
        bound(text, name) if text else None for text, name in zip(window, ("timeMin", "timeMax"), strict=True)
    )
    if start and end and end <= start:
        raise bad_event("timeRangeEmpty", "The specified time range is empty.", "timeMax")
    syncing = not any(query.get(name) for name in _WITHOUT_TOKEN)
    entries = list(account.calendar.seen_at(account.horizon() if syncing else account.clock.now()))
    since = token.seq if token else 0
    kept = token is None or account.behaviour.delta_window == "kept"
    wanted = _wanted(call, entries, since, (start, end) if kept else (None, None), token is not None)
    sync = None
    if syncing:
        seq = max((entry.seq for entry in entries), default=0)
        fixed = token.parameters if token else _constant(call)
        sync = SyncToken(account.subject, account.calendar.epoch, max(seq, since), account.clock.now(), fixed, window)
    return _Listing(account.subject, parameters, tuple(_items(call, wanted)), sync)


def _token(call: Call) -> SyncToken | None:
    text = call.query.get("syncToken")
    if not text:
        return None
    account = call.account
    for name in NOT_WITH_TOKEN:
        if call.query.get(name):
            raise bad_event("badRequest", f"Sync token cannot be combined with {name}.", name)
    if call.query.get("showDeleted") is False:
        raise bad_event("badRequest", "Sync token cannot be combined with showDeleted=false.", "showDeleted")
    token = SyncToken.read(text)
    if token.account != account.subject or token.epoch != account.calendar.epoch:
        raise full_sync_required()
    if account.clock.now() - token.at > timedelta(days=account.behaviour.calendar_token_days):
        raise full_sync_required()
    if token.parameters != _constant(call):
        raise bad_event("badRequest", "Sync token must be used with the parameters it was made for.", "syncToken")
    return token


def _constant(call: Call) -> str:
    """Return what must be the same in each sync: all but the window and showDeleted, which a token keeps."""
    passed = {*_FREE, *NOT_WITH_TOKEN, "showDeleted"}
    asked = {name: value for name, value in call.query.items() if name not in passed and not name.startswith("$")}
    return json.dumps({name: sorted(value) if isinstance(value, list) else value for name, value in asked.items()})


Window = tuple[datetime | None, datetime | None]


def _wanted(call: Call, entries: Iterable[Entry], since: int, window: Window, delta: bool) -> list[Entry]:  # noqa: FBT001
    query, zone = call.query, call.account.calendar.zone
    filters = _filters(call)
    chosen = [entry for entry in entries if entry.seq > since and all(fits(entry) for fits in filters)]
    if query.get("singleEvents"):
        chosen = list(_single(call, chosen, window[1]))
    dead = delta or query.get("showDeleted", False)
    found = []
    for entry in chosen:
        single = bool(query.get("singleEvents"))
        if entry.cancelled and not dead and (single or not entry.series):
            continue
        if (entry.cancelled and delta) or _inside(entry, zone, window):
            found.append(entry)
    return found


def _inside(entry: Entry, zone: str, window: Window) -> bool:
    if entry.is_series:
        return series_overlaps(entry, zone, *window)
    if entry.cancelled and entry.series:
        place = Entry(entry.id, entry.seq, entry.at, entry.etag, {**entry.fields, "start": entry.original})
        return overlaps(entry, zone, *window) or overlaps(place, zone, *window)
    return overlaps(entry, zone, *window)


def _single(call: Call, entries: Iterable[Entry], until: datetime | None) -> Iterator[Entry]:
    """Replace each series by its occurrences."""
    seen: set[str] = set()
    for entry in entries:
        if not entry.is_series:
            expanded: Iterable[Entry] = (entry,)
        elif entry.cancelled:
            expanded = (
                Entry(item.id, item.seq, item.at, item.etag, {**item.fields, "status": "cancelled"})
                for item in call.account.calendar.occurrences(entry, until)
            )
        else:
            expanded = call.account.calendar.occurrences(entry, until)
        for item in expanded:
            if item.id not in seen:
                seen.add(item.id)
                yield item


def _filters(call: Call) -> list[Callable[[Entry], bool]]:
    query = call.query
    filters: list[Callable[[Entry], bool]] = []
    if types := query.get("eventTypes"):
        filters.append(lambda entry: entry.fields["eventType"] in types)
    if uid := query.get("iCalUID"):
        filters.append(lambda entry: entry.fields["iCalUID"] == uid)
    if text := query.get("updatedMin"):
        since = bound(text, "updatedMin")
        if since < call.account.clock.now() - UPDATED_REACHES:
            raise updated_min_too_old()
        filters.append(lambda entry: datetime.fromisoformat(entry.fields["updated"]) >= since)
    if words := query.get("q", "").casefold().split():
        filters.append(lambda entry: all(word in _text(entry) for word in words))
    for kind in ("private", "shared"):
        filters.extend(_has_property(kind, pair) for pair in query.get(f"{kind}ExtendedProperty", ()))
    return filters


def _has_property(kind: str, pair: str) -> Callable[[Entry], bool]:
    key, equals, value = pair.partition("=")
    if not equals:
        raise bad_event("invalid", f"Invalid value for {kind}ExtendedProperty.", f"{kind}ExtendedProperty")
    return lambda entry: entry.fields.get("extendedProperties", {}).get(kind, {}).get(key) == value


def _text(entry: Entry) -> str:
    guests = [f"{item.get('displayName', '')} {item['email']}" for item in entry.fields.get("attendees", ())]
    return " ".join(
        [*(entry.fields.get(name, "") for name in ("summary", "description", "location")), *guests]
    ).casefold()


def _items(call: Call, entries: list[Entry]) -> Iterator[dict[str, Any]]:
    account, query, zone = call.account, call.query, answer_zone(call)
    if query.get("orderBy") == "startTime":
        entries.sort(key=lambda entry: instant(entry.start, account.calendar.zone))
    elif query.get("orderBy") == "updated":
        entries.sort(key=lambda entry: str(entry.fields["updated"]))
    else:
        entries.sort(key=lambda entry: entry.seq)
        if account.behaviour.shuffle_items:
            account.random.shuffle(entries)
    most = query.get("maxAttendees", 0)
    for entry in entries:
        if entry.cancelled:
            yield tombstone(entry, zone)
        else:
            yield view(entry, account.email, zone, most_attendees=most)


def _instances(call: Call, parameters: str) -> _Listing:
    account, query = call.account, call.query
    master = account.calendar.find(call.path["eventId"])
    if master is None or not master.is_series:
        raise no_event()
    bounds: Mapping[str, datetime | None] = {
        name: bound(query[name], name) if query.get(name) else None for name in ("timeMin", "timeMax")
    }
    zone, items = account.calendar.zone, []
    original = query.get("originalStart", "")
    for entry in account.calendar.occurrences(master, bounds["timeMax"]):
        shown = not (entry.cancelled or master.cancelled) or query.get("showDeleted", False)
        if shown and overlaps(entry, zone, *bounds.values()) and _is_original(entry, original):
            items.append(view(entry, account.email, answer_zone(call), most_attendees=query.get("maxAttendees", 0)))
    return _Listing(account.subject, parameters, tuple(items), None)


def _is_original(entry: Entry, text: str) -> bool:
    if not text:
        return True
    if "date" in entry.original:
        return entry.original["date"] == text[:10]
    return stamp(entry.original) == f"{bound(text, 'originalStart'):%Y%m%dT%H%M%SZ}"
