"""people.connections.list: pages, sync tokens, tombstones (facts/google.md 6.1, 6.2)."""

import base64
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gsync_cli.sandbox.google import persons
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.book import Version
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.errors import expired_sync_token, invalid
from gsync_cli.sandbox.google.masks import person_mask
from gsync_cli.sandbox.google.view import tombstone

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
MOST_IN_A_LISTING = 100
"""Mail addresses and phone numbers of one person; people.get shows all (facts 6.1)."""
PAGES_KEPT = 200
STALE_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SyncToken:
    """What a sync token stands for. It travels as text that nobody should look into."""

    account: str
    seq: int
    full_at: datetime
    """When the full listing was made: the seven days count from there, however often the token is renewed."""
    parameters: str

    def text(self) -> str:
        """Return the token as clients see it."""
        values = [self.account, self.seq, self.full_at.isoformat(), self.parameters]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "SyncToken":
        """Read a token. Raises ApiError."""
        try:
            values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(values[0], int(values[1]), datetime.fromisoformat(values[2]), values[3])
        except (ValueError, TypeError, LookupError):
            raise invalid() from None


@dataclass(frozen=True, slots=True)
class _Listing:
    """A listing under way: all its entries, so that its pages fit together."""

    account: str
    parameters: str
    entries: tuple[Version, ...]
    sync: SyncToken | None
    incremental: bool


class Connections:
    """Answers people.connections.list; remembers the listings whose next page was promised."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, tuple[_Listing, int]] = OrderedDict()

    def list(self, call: Call) -> dict[str, Any]:
        """Answer one page. Raises ApiError."""
        if call.resource != "people/me":
            raise invalid("Only people/me is valid.", "resource_name")
        mask = person_mask(call.person_fields(), "personFields")
        size = _page_size(call.query)
        parameters = _parameters(call, mask, size)
        if page_token := call.query.get("pageToken"):
            listing, start = self._pages.get(page_token, (None, 0))
            if listing is None or (listing.account, listing.parameters) != (call.account.subject, parameters):
                raise invalid()
        else:
            listing, start = _begin(call, parameters), 0
        return self._page(call, listing, start, size, mask)

    def _page(self, call: Call, listing: _Listing, start: int, size: int, mask: tuple[str, ...]) -> dict[str, Any]:
        entries = listing.entries[start : start + size]
        sources = call.sources()
        answer: dict[str, Any] = {}
        if entries:
            answer["connections"] = [_entry(call.account, entry, mask, sources, listing) for entry in entries]
        if start + size < len(listing.entries):
            answer["nextPageToken"] = self._promise(call.account, listing, start + size)
        elif listing.sync and call.query.get("requestSyncToken"):
            answer["nextSyncToken"] = listing.sync.text()
        if listing.entries:
            answer["totalItems"] = answer["totalPeople"] = len(listing.entries)
        return answer

    def _promise(self, account: Account, listing: _Listing, start: int) -> str:
        token = f"GgQI{account.random.getrandbits(96):x}"
        self._pages[token] = (listing, start)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return token


def is_full_sync(call: Call) -> bool:
    """Tell whether a call is the first page of a full listing for a sync token: it has a quota of its own."""
    return bool(call.query.get("requestSyncToken")) and not (call.query.get("syncToken") or call.query.get("pageToken"))


def _begin(call: Call, parameters: str) -> _Listing:
    account = call.account
    token = _sync_token(call, parameters)
    syncing = token is not None or bool(call.query.get("requestSyncToken"))
    versions = list(account.book.seen_at(account.horizon() if syncing else account.clock.now()))
    seq = max((version.seq for version in versions), default=0)
    since = token.seq if token else 0
    wanted = [version for version in versions if version.seq > since and (token or not version.deleted)]
    entries, late = _some_stale(account, wanted)
    sync = None
    if syncing:
        # What was shown in a former version is still news.
        seen = min([seq, *(version.seq - 1 for version in late)])
        full_at = token.full_at if token else account.clock.now()
        sync = SyncToken(account.subject, max(seen, since), full_at, parameters)
    return _Listing(account.subject, parameters, tuple(_sorted(entries, call.query)), sync, token is not None)


def _sync_token(call: Call, parameters: str) -> SyncToken | None:
    text = call.query.get("syncToken")
    if not text:
        return None
    token = SyncToken.read(text)
    if token.account != call.account.subject or token.parameters != parameters:
        raise invalid()
    if call.account.clock.now() - token.full_at > timedelta(days=call.account.behaviour.sync_token_days):
        raise expired_sync_token()
    return token


def _some_stale(account: Account, versions: list[Version]) -> tuple[list[Version], list[Version]]:
    """Replace some recently written versions by their former ones; return all, and those that were replaced."""
    odds = account.behaviour.stale_listings
    if not odds:
        return versions, []
    shown, late = [], []
    for version in versions:
        recent = account.clock.now() - version.at < STALE_FOR
        former = account.book.before(version) if recent and account.random.random() < odds else None
        shown.append(former or version)
        if former:
            late.append(version)
    return shown, late


def _sorted(entries: list[Version], query: Mapping[str, Any]) -> list[Version]:
    order = query.get("sortOrder", "LAST_MODIFIED_ASCENDING")
    if order == "FIRST_NAME_ASCENDING":
        return sorted(entries, key=lambda version: persons.display_name(version.fields).casefold())
    if order == "LAST_NAME_ASCENDING":
        return sorted(entries, key=lambda version: persons.display_name(version.fields).split(" ")[-1].casefold())
    return sorted(entries, key=lambda version: version.seq, reverse=order == "LAST_MODIFIED_DESCENDING")


def _entry(
    account: Account, version: Version, mask: tuple[str, ...], sources: frozenset[str], listing: _Listing
) -> dict[str, Any]:
    if version.deleted:
        return tombstone(version)
    person = account.shown(version, mask, sources)
    for field in ("emailAddresses", "phoneNumbers"):
        if len(person.get(field, ())) > MOST_IN_A_LISTING:
            person = {**person, field: person[field][:MOST_IN_A_LISTING]}
    if listing.incremental and version.former_names:
        metadata = {**person.get("metadata", {}), "previousResourceNames": list(version.former_names)}
        person = {**person, "metadata": metadata}
    return person


def _page_size(query: Mapping[str, Any]) -> int:
    size = int(query.get("pageSize", 0))
    if not 0 <= size <= LARGEST_PAGE:
        raise invalid(f"Page size must be between 1 and {LARGEST_PAGE}.", "page_size")
    return size or DEFAULT_PAGE


def _parameters(call: Call, mask: tuple[str, ...], size: int) -> str:
    """Return everything that must be the same in the next page and the next sync."""
    order = call.query.get("sortOrder", "LAST_MODIFIED_ASCENDING")
    return json.dumps([mask, sorted(call.sources()), size, order])
