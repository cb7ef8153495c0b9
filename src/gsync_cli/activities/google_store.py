"""The Google side of activities: what changed in the primary calendar, what stands there now, and writing.

Reading is in `google_listing` and `google_changes`, writing in `google_writing`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from gsync_cli.activities import google_mapping as mapping
from gsync_cli.activities.google_calls import BATCH, CalendarCalls
from gsync_cli.activities.google_changes import Findings
from gsync_cli.activities.google_listing import Listed, read_calendar
from gsync_cli.activities.google_mapping import View, when_of
from gsync_cli.activities.google_memory import Memory, view_of
from gsync_cli.activities.google_scope import Scope, window_of
from gsync_cli.activities.google_series import KnownSeries, first_of, kept
from gsync_cli.activities.google_writing import EventWriter
from gsync_cli.activities.model import GENERATIONS, Choices, event_id_for, match_keys
from gsync_cli.activities.zones import zone_named
from gsync_cli.clock import Clock
from gsync_cli.sync.record import Changes, Create, Done, Outcome, Record, Release, Roster, Side, Update, Write

if TYPE_CHECKING:
    from gsync_cli.google.session import GoogleSession

_T = TypeVar("_T")


class GoogleEvents:
    """The primary calendar of one Google account; a `gsync_cli.sync.record.Store`.

    `contact_id` is the user's contact in Creatio, from which the ids of new records are derived; `synchronising` tells
    who among some addresses synchronises his own calendar with the same site.
    """

    side: Side = "google"

    def __init__(
        self,
        session: "GoogleSession",
        clock: Clock,
        choices: Choices,
        contact_id: str,
        synchronising: Callable[[Collection[str]], Collection[str]] = lambda _: (),
    ) -> None:
        self._calls = CalendarCalls(session, clock, notify=choices.notify)
        self._clock = clock
        self._choices = choices
        self._contact_id = contact_id
        self._mail = session.email
        self._synchronising = synchronising
        self._seen: View | None = None
        self._listed: Listed | None = None
        """Listed whole already, and not looked at yet."""
        self._shown_in = ""
        self._known: Mapping[str, str] = {}
        self._findings: Findings | None = None
        self._released: list[str] = []
        """Ids of what this run let go of."""

    @property
    def _view(self) -> View:
        """With whose eyes events are read; before the first listing, the calendar is asked for its zone."""
        if self._seen is None:
            page = self._calls.facts()
            zone = str(page.get("timeZone") or "UTC")
            self._seen = View(self._contact_id, self._mail, zone, mapping.default_reminder(page), self._shown_in)
        return self._seen

    def show_times_in(self, cursor: str | None) -> str:
        """Settle the zone in which people are told of times in this run, and return its name.

        It is the calendar's as the last listing told it, so that both sides speak of one zone before Google is read.
        Without a cursor it must be listed whole anyway: that is done now, and `changes` takes it over.
        """
        memory = Memory.parse(cursor)
        if memory is None:
            self._listed = read_calendar(self._calls, None, self._choices.from_)
            memory = self._listed.memory
        self._shown_in = memory.zone if zone_named(memory.zone) else "UTC"
        self._seen = self._eyes(memory)
        return self._shown_in

    def _eyes(self, memory: Memory) -> View:
        return replace(view_of(memory, self._contact_id, self._mail), shown_in=self._shown_in)

    @property
    def _scope(self) -> Scope:
        span = window_of(self._choices, self._view.zone, self._clock.now())
        return Scope(self._view, self._choices, span, self._known, self._synchronising)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, cursor: str | None, known: Mapping[str, str]) -> Changes:
        """Read what is new since `cursor`, and work out which occurrences are in the window now."""
        self._known = known
        listed = self._listed or read_calendar(self._calls, cursor, self._choices.from_)
        self._listed = None
        self._seen = self._eyes(listed.memory)
        self._findings = Findings(self._calls, listed, self._scope)
        return self._findings.changes()

    # ── looking at single records ────────────────────────────────────────────────────────────────────────────

    def fetch(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Read these events as they stand now. What is deleted or cancelled is not in the answer."""
        found: dict[str, Record] = {}
        scope = self._scope
        for identity, event in self._calls.get(ids).items():
            if mapping.is_cancelled(event):
                continue
            if mapping.is_series(event):
                # Linked as a single event, and made a series since: it goes on as the first of it.
                series = KnownSeries(kept(event))
                start, first = when_of(event, scope.view.zone), first_of(series, scope.view)
                if start is not None:
                    found[identity] = scope.record(series.occurrence(first, start), str(event.get("etag") or ""))
                continue
            found[identity] = scope.record(event)
        return found

    def candidates(self, keys: Collection[str], roster: Roster) -> Mapping[str, Record]:
        """Read the remembered events that have one of the keys, and keep those that still have it.

        With them come those of other people's series, which the listing has told of as one each.
        """
        wanted = frozenset(keys)
        ids = roster.find(wanted)
        remembered = self.fetch(ids) if ids else {}
        others = self._findings.of_others(wanted) if self._findings else {}
        return others | {name: record for name, record in remembered.items() if match_keys(record) & wanted}

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        """Look for the events that creates for `twins` would have made, by the ids they would have."""
        found: dict[str, Record] = {}
        scope = self._scope
        waiting = sorted(set(twins))
        for generation in range(GENERATIONS):
            if not waiting:
                break
            ids = {twin: event_id_for(self._contact_id, twin, generation) for twin in waiting}
            events = self._calls.get(ids.values())
            deleted: list[str] = []
            for twin, identity in ids.items():
                event = events.get(identity)
                if event is not None and mapping.is_cancelled(event):
                    deleted.append(twin)
                elif event is not None and mapping.mark_of(event) == twin:
                    found[twin] = scope.record(event)
            waiting = deleted
        return found

    def absorb(self, cursor: str, written: Sequence[Record]) -> tuple[str, Mapping[str, Record]]:
        """Versions are known from the answers to our writes; only one without is read.

        Occurrences that left by our own hand are noted: a listing that lags would have them expanded, and made anew.
        """
        memory = Memory.parse(cursor) if self._released else None
        if memory is not None:
            memory.forget(self._released)
            cursor = memory.text()
        unknown = [record.id for record in written if not record.version]
        return cursor, self.fetch(unknown) if unknown else {}

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def forecast(self, writes: Sequence[Write]) -> float:
        """Return the seconds for which Google's quota a minute will hold these writes up."""
        looks = sum(isinstance(write, Update) and not mapping.original_of(write.record).get("etag") for write in writes)
        return self._calls.forecast(len(writes) + looks)

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Split into full batches of one type."""
        for form in (Create, Update, Release):
            yield from _chunks([write for write in writes if isinstance(write, form)], BATCH)

    def apply(self, batch: Sequence[Write]) -> Sequence[Outcome]:
        """Carry out a batch; one outcome a write, in order."""
        creates = [write for write in batch if isinstance(write, Create)]
        updates = [write for write in batch if isinstance(write, Update)]
        releases = [write for write in batch if isinstance(write, Release)]
        outcomes: dict[int, Outcome] = {}
        for writes, carried_out in (
            (creates, self._writer().create(creates)),
            (updates, self._writer().update(updates)),
            (releases, self._writer().release(releases)),
        ):
            outcomes.update({id(write): outcome for write, outcome in zip(writes, carried_out, strict=True)})
        self._released += [write.record.id for write in releases if isinstance(outcomes[id(write)], Done)]
        return [outcomes[id(write)] for write in batch]

    def _writer(self) -> EventWriter:
        return EventWriter(self._calls, self._view, self._choices)


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
