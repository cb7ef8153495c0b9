"""From a listing to what the engine is told: who is in scope, what is news, what is gone, and what goes on elsewhere.

- Series are listed as masters and exceptions and expanded here; see `google_series`. What an expansion no longer shows
  is asked for by its id before anybody believes that it is gone: only Google says that something was deleted.
- A series that is moved or split gives its occurrences other ids; they are followed (`Changes.renamed`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from gsync_cli.activities import google_mapping as mapping
from gsync_cli.activities.google_calls import CalendarCalls, Event
from gsync_cli.activities.google_listing import Listed
from gsync_cli.activities.google_mapping import to_record, when_of
from gsync_cli.activities.google_memory import Loose, adopt
from gsync_cli.activities.google_scope import Scope
from gsync_cli.activities.google_series import (
    KnownSeries,
    Span,
    around_all,
    continued,
    continues,
    first_of,
    kept,
    master_of,
)
from gsync_cli.activities.model import TITLE, WHEN, folded, match_keys, text_field, title_in
from gsync_cli.activities.recurrence import key_of
from gsync_cli.sync.record import Changes, Record


class Findings:
    """What one reading amounts to."""

    def __init__(self, calls: CalendarCalls, listed: Listed, scope: Scope) -> None:
        self._calls = calls
        self._listed = listed
        self._memory = listed.memory
        self._reading = listed.reading
        self._scope = scope
        self._members: set[str] = set()
        self._records: dict[str, Record] = {}
        self._present: set[str] = set()
        """Ids of occurrences that the series show, in scope or not."""
        self._asked: set[str] = set()
        """Series that only Google can expand."""
        self._linked: dict[str, dict[str, str]] = defaultdict(dict)
        """What is linked, with its version, by the series that its id names; "" for single events."""
        for identity, version in scope.known.items():
            self._linked[master_of(identity)][identity] = version
        self._of_others: list[tuple[Collection[Event], str]] = []
        """The occurrences of each series that takes no part, and why it does not."""

    def changes(self) -> Changes:
        """Work everything out; some things must be looked up for it."""
        self._find_masters()
        self._learn_exceptions()
        self._drop_swept_exceptions()
        self._see_singles()
        self._see_series()
        gone = self._gone()
        renamed = self._followed()
        return Changes(
            members=frozenset(self._members - gone),
            records=self._records,
            cursor=self._memory.text(),
            complete=self._listed.complete,
            gone=frozenset(gone - renamed.keys()),
            renamed=renamed,
        )

    # ── what a listing leaves open ───────────────────────────────────────────────────────────────────────────

    def _find_masters(self) -> None:
        """Look up the masters of exceptions whose series is not known."""
        if strays := self._reading.strays:
            masters = self._calls.get({str(stray["recurringEventId"]) for stray in strays.values()})
            adopt(self._memory, self._reading, masters)

    def _learn_exceptions(self) -> None:
        """Ask for the occurrences of masters that were edited although neither they nor an exception shows how.

        Some services list no exceptions.
        """
        span, view = self._scope.span, self._scope.view
        for master in sorted(self._reading.touched_masters):
            series = self._memory.series[master]
            if mapping.unfit_for(series.master, view):
                continue
            with suppress(ValueError):
                series.learn(self._expanded(master, span), span, view)

    def _drop_swept_exceptions(self) -> None:
        """Look at exceptions for which a changed rule has no occurrence any more: it may have swept them away.

        What is cancelled stays so while the series lives, should another rule name its day again (facts/google.md 7.3).
        """
        doubtful: dict[str, str] = {}
        for master in self._reading.changed_masters:
            series = self._memory.series[master]
            with suppress(ValueError):
                lost = series.without_rule(self._scope.view)
                doubtful.update(
                    {identity: master for identity in lost if not mapping.is_cancelled(series.exceptions[identity])}
                )
        fresh = self._calls.get(doubtful) if doubtful else {}
        for identity, master in doubtful.items():
            exceptions, event = self._memory.series[master].exceptions, fresh.get(identity)
            if event is None:
                del exceptions[identity]
            elif mapping.is_cancelled(event):
                self._memory.forget([identity])
            else:
                exceptions[identity] = kept(event)

    # ── single events ────────────────────────────────────────────────────────────────────────────────────────

    def _see_singles(self) -> None:
        for identity, event in self._reading.singles.items():
            record = self._scope.record(event)
            if record.member:
                self._members.add(identity)
            self._tell(record)
            self._memory.loose.pop(identity, None)
            if identity not in self._scope.known and record.member:
                when = when_of(event, self._scope.view.zone)
                until = when.ends(self._scope.view.zone).isoformat() if when else ""
                title, time = (text_field(record.fields, name) for name in (TITLE, WHEN))
                self._memory.loose[identity] = Loose(record.label, record.unfit or "", until, title, time)
        for identity in self._memory.loose.keys() & (
            self._reading.gone | self._scope.known.keys() | self._memory.series.keys()
        ):
            del self._memory.loose[identity]
        for identity, loose in self._memory.loose.items():
            if identity not in self._reading.singles and _is_after(loose.until, self._scope.span.since):
                self._see_loose(identity, loose)
        if not self._listed.complete:
            # What changes don't mention is as it was; occurrences of a known series are worked out.
            said = self._reading.singles.keys() | self._memory.series.keys()
            for master, linked in self._linked.items():
                if master not in self._memory.series and master not in self._reading.ended_masters:
                    self._members |= linked.keys() - said

    def _see_loose(self, identity: str, loose: Loose) -> None:
        """Show one again that was in no link; one that could take part is read anew by whoever asks."""
        self._members.add(identity)
        if loose.reason:
            known = {TITLE: loose.title, WHEN: loose.when}
            self._records[identity] = Record(
                identity, known, "", None, member=True, label=loose.label, unfit=loose.reason
            )

    # ── series ───────────────────────────────────────────────────────────────────────────────────────────────

    def _see_series(self) -> None:
        """Expand the series, but for those of which the last run saw that nothing follows from what is the same now."""
        span = self._scope.span
        for name, series in self._memory.series.items():
            linked = self._linked.get(name, {})
            digest = series.digest(span, linked, self._scope.view)
            if digest == series.settled:
                self._present |= linked.keys()
                self._members |= linked.keys()
            else:
                series.settled = digest if self._expand(series, linked) else ""

    def _expand(self, series: KnownSeries, linked: Collection[str]) -> bool:
        """See the occurrences of a series; tells whether they are those that are linked, in scope, and no news."""
        events = self._events_of(series, linked)
        self._present |= events.keys()
        if reason := self._scope.unfit(series.master, linked=bool(linked)):
            self._see_series_of_another(series, events, reason)
            return False
        quiet = events.keys() == set(linked) and series.id not in self._asked
        for event in events.values():
            record = self._scope.record(event, str(series.master.get("etag") or ""))
            if record.member:
                self._members.add(record.id)
            self._tell(record)
            quiet = quiet and record.member and record.id not in self._records
        return quiet

    def _see_series_of_another(self, series: KnownSeries, events: Mapping[str, Event], reason: str) -> None:
        """Tell of a series that takes no part once, not of each of its occurrences."""
        if not events:
            return
        record = replace(to_record(series.master, self._scope.view, member=True), unfit=reason)
        self._members.add(record.id)
        self._records[record.id] = record
        self._of_others.append((events.values(), reason))

    def of_others(self, keys: Collection[str]) -> dict[str, Record]:
        """Return the occurrences that have one of the match keys, of series that take no part."""
        titles = {title_in(key) for key in keys}
        return {
            record.id: record
            for events, reason in self._of_others
            for event in events
            if folded(mapping.title_of(event)) in titles
            and match_keys(
                record := replace(to_record(event, self._scope.view, member=False), unfit=reason)
            ).intersection(keys)
        }

    def _events_of(
        self, series: KnownSeries, linked: Collection[str], around: Collection[str] = ()
    ) -> Mapping[str, Event]:
        """Return the occurrences in the window, and the linked ones; as Google expands them where we can't.

        `around` are occurrences of another series: the window is widened to hold the days and weeks they were in.
        """
        span = around_all(self._scope.span, around, self._scope.view)
        try:
            return series.events(span, linked, self._scope.view)
        except ValueError:
            self._asked.add(series.id)
            return self._expanded(series.id, span)

    def _expanded(self, master: str, span: Span) -> dict[str, Event]:
        """Return the occurrences of a series as Google expands it."""
        listed = self._calls.instances(master, span.since.isoformat(), span.until.isoformat())
        return {str(event["id"]): event for event in listed if not mapping.is_cancelled(event)}

    # ── what is gone, and what goes on under another id ──────────────────────────────────────────────────────

    def _gone(self) -> set[str]:
        """Return the ids that Google itself calls deleted; with a series go its occurrences."""
        gone = self._reading.gone - self._present
        return gone | {identity for master in gone for identity in self._linked.get(master, ())}

    def _followed(self) -> dict[str, str]:
        """Return former id -> id now of linked meetings that go on under another one; they are among the members."""
        renamed: dict[str, str] = {}
        for master, linked in self._linked.items():
            missing = linked.keys() - self._present
            if master not in self._reading.changed_masters:
                # A single occurrence that was cancelled has no successor.
                missing -= self._reading.gone
            if not (master and missing) or not (
                self._listed.complete
                or master in self._reading.changed_masters
                or master in self._reading.ended_masters
            ):
                continue
            if master in self._reading.singles:
                renamed.update(self._as_single(missing, self._reading.singles[master]))
                continue
            for heir in [master, *self._heirs(master)]:
                if heir in self._memory.series:
                    renamed.update(self._followed_to(self._memory.series[heir], missing - renamed.keys(), renamed))
        for identity in self._scope.known.keys() & self._memory.series.keys():
            # A single event that was made a series goes on as the first of it.
            first = first_of(self._memory.series[identity], self._scope.view)
            if first and first not in self._scope.known:
                renamed[identity] = first
        return renamed

    def _followed_to(self, heir: KnownSeries, missing: Collection[str], taken: Mapping[str, str]) -> dict[str, str]:
        events = self._events_of(heir, (), missing)
        free = events.keys() - self._scope.known.keys() - set(taken.values())
        pairs = continued(missing, free, self._scope.view)
        for now in pairs.values():
            record = self._scope.record(events[now], str(heir.master.get("etag") or ""))
            if mapping.unfit_for(events[now], self._scope.view) is None and not mapping.is_released(events[now]):
                self._members.add(now)
            self._records[now] = record
        return pairs

    def _heirs(self, master: str) -> list[str]:
        """Return the new series that go on where one was cut off ("this and following")."""
        before = self._listed.former_masters.get(master) or (
            self._memory.series[master].master if master in self._memory.series else None
        )
        if before is None:
            return []
        return sorted(
            name
            for name in self._listed.new_masters
            if name != master and continues(before, self._memory.series[name].master)
        )

    @staticmethod
    def _as_single(missing: Collection[str], event: Event) -> dict[str, str]:
        """A series that was made a single event goes on as that: the occurrence of that moment."""
        start = mapping.moment(event.get("start"))
        former = f"{event['id']}_{key_of(start)}" if start is not None else ""
        return {former: str(event["id"])} if former in missing else {}

    def _tell(self, record: Record) -> None:
        version = self._scope.known.get(record.id)
        if version is None or (record.version != version and not mapping.is_older(record.version, version)):
            self._records[record.id] = record


def _is_after(moment: str, since: datetime) -> bool:
    return not moment or datetime.fromisoformat(moment) > since
