"""The Google side of contacts: what changed, what stands there now, and writing (facts/google.md 6).

What the service does that this must live with:

- Changes come by a sync token that lives seven days from the full reading; a refused token means a full reading.
- Listings may lag by minutes, and may show a contact as it was. So a record older than what is known is no news, and
  where the listing and the group disagree about who is a member, the contact itself is asked.
- Whether a change of members shows in the listing is not known, so the group's members are read in every run.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from gsync_cli.clock import Clock
from gsync_cli.contacts.google_calls import BATCH, MEMBERS, SOURCE, PeopleCalls
from gsync_cli.contacts.google_editing import to_person
from gsync_cli.contacts.google_group import Group, KnownGroup, open_group
from gsync_cli.contacts.google_mapping import (
    PERSON_FIELDS,
    Person,
    digest_of,
    mark_of,
    parse_time,
    time_of,
    to_record,
)
from gsync_cli.contacts.google_writing import GoogleWriter
from gsync_cli.contacts.matching import match_keys
from gsync_cli.errors import ConfigurationWrong, GsyncError
from gsync_cli.google.errors import GoogleRefusal
from gsync_cli.sync.record import Changes, Create, Outcome, Record, Release, Roster, Side, Update, Write

if TYPE_CHECKING:
    from gsync_cli.google.session import GoogleSession

TOKEN_LIFE: Final = timedelta(days=6)
"""Counted from the full reading; Google's own limit is seven days (facts 6.2)."""
LISTED: Final = 100
"""So many mails or phones of one contact a listing shows at most; reading it by name shows all (facts 6.1)."""
MANY: Final = 1000
"""From so many contacts on, listing them all costs less than asking for each."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next reading goes on."""

    token: str
    full_at: str
    """When everything was read, by our clock."""
    params: str
    """A digest of whatever a sync token, or what was read under it, is bound to."""
    group: str
    group_wanted: str

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """Read a stored cursor; None for none, or for one that can't be read."""
        try:
            values = json.loads(text or "null")
            return cls(**{name: str(values[name]) for name in cls.__dataclass_fields__})
        except (ValueError, TypeError, KeyError):
            return None

    def usable(self, params: str, now: datetime) -> bool:
        """Tell whether reading can go on from here."""
        full_at = parse_time(self.full_at)
        return bool(self.token) and self.params == params and full_at is not None and now - full_at < TOKEN_LIFE


def remembered_group(cursor: str | None) -> KnownGroup | None:
    """Return the group that a stored cursor was read with, for a run that reads everything (`--full`), too."""
    parsed = Cursor.parse(cursor)
    return KnownGroup(parsed.group, parsed.group_wanted) if parsed and parsed.group else None


@dataclass(slots=True)
class _Reading:
    """What one listing showed."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    cut_off: set[str] = field(default_factory=set)
    token: str = ""


class GoogleContacts:
    """Contacts of one Google account; a `gsync_cli.sync.record.Store`.

    `known_group` is what `remembered_group` found; `create_group` is false for a dry run, which writes nothing;
    `accept_lost_group` lets a run go on although the group was deleted (all its contacts count as taken out).
    """

    side: Side = "google"

    def __init__(
        self,
        session: "GoogleSession",
        clock: Clock,
        *,
        group_name: str,
        known_group: KnownGroup | None = None,
        region: str | None = None,
        create_group: bool = True,
        accept_lost_group: bool = False,
    ) -> None:
        self._calls = PeopleCalls(session)
        self._clock = clock
        self._group_name = group_name
        self._known_group = known_group
        self._region = region or None
        self._create_group = create_group
        self._accept_lost_group = accept_lost_group
        self._group: Group | None = None
        self._group_is_used = False
        self._known: Mapping[str, str] = {}

    @property
    def group(self) -> Group:
        """The group in scope; found, adopted or made on first use. Raises as `open_group`."""
        if self._group is None:
            self._group = open_group(
                self._calls,
                self._clock,
                self._group_name,
                self._known_group,
                create=self._create_group,
                accept_deleted=self._accept_lost_group,
            )
        return self._group

    def _group_now(self, last: Cursor | None) -> Group:
        """Return the group with the members it has in this run, not in an earlier one of the same store."""
        if self._group is not None and self._group_is_used:
            self._known_group, self._group = self._group.known, None
        elif self._known_group is None and last is not None and last.group:
            self._known_group = KnownGroup(last.group, last.group_wanted)
        self._group_is_used = True
        return self.group

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, cursor: str | None, known: Mapping[str, str]) -> Changes:
        """Read what is new since `cursor`, and the members of the group as they are now."""
        last = Cursor.parse(cursor)
        group = self._group_now(last)
        self._known = known
        params = _digest(PERSON_FIELDS, SOURCE, self._region or "", group.resource_name)
        now = self._clock.now()
        reading = self._since(last, known) if last and last.usable(params, now) else None
        complete = reading is None
        if reading is None:
            reading = self._listing("", known)
        full_at = now.isoformat() if complete or last is None else last.full_at
        members = set(group.members) - reading.gone
        self._ask_where_unsure(members, reading, known)
        following = Cursor(reading.token, full_at, params, group.resource_name, group.wanted)
        return Changes(
            members=frozenset(members),
            records=reading.records,
            cursor=json.dumps(asdict(following)),
            complete=complete,
            gone=frozenset(reading.gone),
            renamed=reading.renamed,
        )

    def _since(self, last: Cursor, known: Mapping[str, str]) -> _Reading | None:
        """Read what changed since a sync token; None where Google takes it no more (facts 6.2)."""
        try:
            reading = self._listing(last.token, known)
        except GoogleRefusal as refusal:
            # A token that belongs to other parameters, or to nobody, is told only as an invalid argument.
            if refusal.is_expired_token or refusal.status == HTTPStatus.BAD_REQUEST:
                return None
            raise
        reading.token = reading.token or last.token
        return reading

    def _listing(self, token: str, known: Mapping[str, str]) -> _Reading:
        reading = _Reading()
        for page in self._calls.pages(sync_token=token, request_token=True):
            for person in page.get("connections") or ():
                self._take_in(person, known, reading)
            reading.token = page.get("nextSyncToken") or reading.token
        reading.gone -= reading.renamed.keys()
        return reading

    def _take_in(self, person: Person, known: Mapping[str, str], reading: _Reading) -> None:
        name = str(person.get("resourceName") or "")
        metadata = person.get("metadata") or {}
        if not name:
            return
        if metadata.get("deleted"):
            reading.gone.add(name)
            return
        former_names = [str(former) for former in metadata.get("previousResourceNames") or () if former != name]
        reading.renamed.update(dict.fromkeys(former_names, name))
        version = next((known[alias] for alias in (name, *former_names) if alias in known), "")
        record = self._record(person)
        if digest_of(record.version) == digest_of(version) or _older(record, version):
            return
        reading.records[name] = record
        if any(len(person.get(part) or ()) >= LISTED for part in ("emailAddresses", "phoneNumbers")):
            reading.cut_off.add(name)

    def _ask_where_unsure(self, members: set[str], reading: _Reading, known: Mapping[str, str]) -> None:
        """Read contacts themselves where a listing can't be trusted.

        That is where the group and the contact contradict each other about membership (one of them lags), where one
        came after the first reading (both may lag behind our own release), and where a list is so long that a listing
        cuts it off: written back, that would delete the rest.
        """
        newcomers = members & reading.records.keys() - known.keys() if known else set()
        contradicted = {name for name, record in reading.records.items() if record.member != (name in members)}
        unsure = contradicted | newcomers | reading.cut_off
        fresh = self.fetch(unsure) if unsure else {}
        for name in unsure:
            record = fresh.get(name)
            if record is None:
                del reading.records[name]
                reading.gone.add(name)
            elif digest_of(record.version) == digest_of(known.get(name, "")):
                del reading.records[name]
            else:
                reading.records[name] = record
            if record is not None and record.member:
                members.add(name)
            else:
                members.discard(name)

    def fetch(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Read these contacts as they stand now. What the service calls deleted is not in the answer."""
        wanted = set(ids)
        found: dict[str, Record] = {}
        if len(wanted) >= MANY:
            found = self._listed_members(wanted)
        for name, person in self._calls.get(wanted - found.keys()).items():
            found[name] = self._record(person)
        return found

    def _listed_members(self, wanted: Collection[str]) -> dict[str, Record]:
        """Take from a plain listing those that it shows as members and not as they once were; others are asked for."""
        found: dict[str, Record] = {}
        for page in self._calls.pages():
            for person in page.get("connections") or ():
                name = str(person.get("resourceName") or "")
                if name in wanted and not (person.get("metadata") or {}).get("deleted"):
                    record = self._record(person)
                    if record.member and not _older(record, self._known.get(name, "")):
                        found[name] = record
        return found

    def candidates(self, keys: Collection[str], roster: Roster) -> Mapping[str, Record]:
        """Read the remembered contacts that have one of the keys, and keep those that still have it."""
        records = self.fetch(roster.find(keys))
        wanted = frozenset(keys)
        return {name: record for name, record in records.items() if match_keys(record) & wanted}

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        """Find the contacts that carry the marks of `twins`: in a plain listing, and among the group's members.

        Two with one mark are one create carried out twice; the older one is taken.
        """
        wanted = frozenset(twins)
        found: dict[str, list[Record]] = {}
        listed: set[str] = set()
        for page in self._calls.pages(fields="clientData,metadata"):
            for person in page.get("connections") or ():
                listed.add(str(person.get("resourceName") or ""))
                self._note_mark(person, wanted, found)
        group = self._calls.group(self.group.resource_name) if self.group.resource_name else None
        unlisted = set((group or {}).get("memberResourceNames") or ()) - listed
        for person in self._calls.get(unlisted).values():
            self._note_mark(person, wanted, found)
        names = {mark: min(records, key=_age).id for mark, records in found.items()}
        fresh = self.fetch(names.values())
        return {mark: fresh[name] for mark, name in names.items() if name in fresh}

    def _note_mark(self, person: Person, wanted: Collection[str], found: dict[str, list[Record]]) -> None:
        mark = mark_of(person)
        if mark in wanted and not (person.get("metadata") or {}).get("deleted"):
            found.setdefault(str(mark), []).append(self._record(person))

    def absorb(self, cursor: str, written: Sequence[Record]) -> tuple[str, Mapping[str, Record]]:
        """Versions are known from the answers to our writes; only one without is read."""
        unknown = [record.id for record in written if not record.version]
        return cursor, self.fetch(unknown) if unknown else {}

    def _record(self, person: Person) -> Record:
        return to_record(person, self.group.resource_name, self._region)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def forecast(self, writes: Sequence[Write]) -> float:
        """Return the seconds for which Google's quotas a minute will hold these writes up."""
        contacts = sum(
            isinstance(write, Create) or (isinstance(write, Update) and bool(write.fields)) for write in writes
        )
        members = sum(isinstance(write, Release) or (isinstance(write, Update) and write.join) for write in writes)
        return self._calls.forecast(contacts, members)

    @property
    def warnings(self) -> list[GsyncError]:
        """What a person should know about the group, though the run goes on."""
        if self._group is None or not self._group.renamed:
            return []
        return [ConfigurationWrong("google-group-renamed", group=self._group.wanted, now=self._group.name)]

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Split into full requests: creates, updates that change the same fields, and changes of members."""
        yield from _chunks([write for write in writes if isinstance(write, Create)], BATCH)
        by_mask: dict[tuple[str, ...], list[Update]] = {}
        for write in writes:
            if isinstance(write, Update):
                mask = to_person(write.record, write.fields, write.twin, self._region).mask
                by_mask.setdefault(mask, []).append(write)
        for mask, updates in by_mask.items():
            yield from _chunks(updates, BATCH if mask else MEMBERS)
        yield from _chunks([write for write in writes if isinstance(write, Release)], MEMBERS)

    def apply(self, batch: Sequence[Write]) -> Sequence[Outcome]:
        """Carry out a batch. Requests that write go one after another (facts 6.4)."""
        writer = GoogleWriter(self._calls, self.group, self._region)
        creates = {number: write for number, write in enumerate(batch) if isinstance(write, Create)}
        updates = {number: write for number, write in enumerate(batch) if isinstance(write, Update)}
        releases = {number: write for number, write in enumerate(batch) if isinstance(write, Release)}
        outcomes: dict[int, Outcome] = {}
        if creates:
            outcomes.update(zip(creates, writer.create(list(creates.values())), strict=True))
        if updates:
            outcomes.update(zip(updates, writer.update(list(updates.values())), strict=True))
        if releases:
            outcomes.update(zip(releases, writer.release(list(releases.values())), strict=True))
        return [outcomes[number] for number in range(len(batch))]


def _older(record: Record, version: str) -> bool:
    """Tell whether a listing shows a contact as it was before the version that is known."""
    known_since = time_of(version)
    return record.modified is not None and known_since is not None and record.modified < known_since


def _age(record: Record) -> tuple[datetime, str]:
    return record.modified or datetime.max.replace(tzinfo=UTC), record.id


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
