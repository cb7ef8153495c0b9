"""A store in memory, for tests of the engine alone: as simple as a store can be, and as honest."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from gsync_cli.sync.recognise import Kind, Verdict
from gsync_cli.sync.record import (
    Changes,
    Create,
    Done,
    Fields,
    Outcome,
    Record,
    Release,
    Roster,
    Side,
    Stale,
    Value,
    Write,
)


class TestClock:
    """A clock that moves only when somebody sleeps."""

    __test__ = False

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Silence:
    """A watcher that does not care."""

    def stage(self, title: str, total: int | None = None) -> None: ...

    def advance(self, records: int) -> None: ...

    def expect(self, seconds: float) -> None: ...


@dataclass
class FakeStore:
    """Records in a dict. `before_apply` may raise, or answer in the store's stead."""

    side: Side
    clock: TestClock
    records: dict[str, Record] = field(default_factory=dict)
    holds: Callable[[str, Value], Value] = lambda _name, value: value
    """What this side can hold of a value."""
    before_apply: Callable[[Sequence[Write]], Sequence[Outcome] | None] = lambda _batch: None
    after_apply: Callable[[Sequence[Write]], Sequence[Outcome] | None] = lambda _batch: None
    written: list[Write] = field(default_factory=list)
    listed: Callable[[frozenset[str]], frozenset[str]] = lambda members: members
    """What a listing of the members shows."""
    hidden: set[str] = field(default_factory=set)
    """Records that only a direct look shows."""
    _number: int = 0

    def put(self, identity: str, fields: Fields, *, member: bool = True, twin: str | None = None) -> Record:
        """What a person does: make or change a record."""
        self.clock.sleep(1)
        known = self.records.get(identity)
        self._number += 1
        record = Record(
            id=identity,
            fields=fields,
            version=f"v{self._number}",
            modified=self.clock.now(),
            member=member,
            label=str(fields.get("name", identity)),
            twin=twin or (known.twin if known else None),
        )
        self.records[identity] = record
        return record

    def edit(self, identity: str, **fields: Value) -> None:
        record = self.records[identity]
        self.put(identity, {**record.fields, **fields}, member=record.member)

    def leave(self, identity: str) -> None:
        self.records[identity] = replace(self.records[identity], member=False)

    # ── the Store ────────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, cursor: str | None, known: Mapping[str, str]) -> Changes:
        shown = {
            identity: record
            for identity, record in self.records.items()
            if (record.member or self.side == "google") and known.get(identity) != record.version
            if identity not in self.hidden
        }
        members = self.listed(frozenset(name for name, record in self.records.items() if record.member) - self.hidden)
        return Changes(members, shown, f"c{self._number}", complete=cursor is None)

    def fetch(self, ids: Collection[str]) -> Mapping[str, Record]:
        return {identity: self.records[identity] for identity in ids if identity in self.records}

    def candidates(self, keys: Collection[str], _roster: Roster) -> Mapping[str, Record]:
        return {identity: record for identity, record in self.records.items() if KIND.match_keys(record) & set(keys)}

    def forecast(self, writes: Sequence[Write]) -> float:
        return 0.0 * len(writes)

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        for start in range(0, len(writes), 3):
            yield writes[start : start + 3]

    def apply(self, batch: Sequence[Write]) -> Sequence[Outcome]:
        if (answer := self.before_apply(batch)) is not None:
            return answer
        outcomes = [self._apply(write) for write in batch]
        answer = self.after_apply(batch)
        return outcomes if answer is None else answer

    def _apply(self, write: Write) -> Outcome:
        if isinstance(write, Create):
            self.written.append(write)
            identity = f"{self.side[0]}-of-{write.twin}"
            return Done(self.put(identity, self._held(write.fields), twin=write.twin))
        now = self.records.get(write.record.id)
        if now is None or (now.version != write.record.version and write.record.version):
            return Stale(now)
        self.written.append(write)
        if isinstance(write, Release):
            self.records[now.id] = replace(now, member=False)
            return Done(self.records[now.id])
        fields = {**now.fields, **self._held(write.fields)}
        return Done(self.put(now.id, fields, member=now.member or write.join, twin=write.twin))

    def _held(self, fields: Fields) -> dict[str, Value]:
        return {name: self.holds(name, value) for name, value in fields.items()}

    def settle(self, twins: Collection[str]) -> Mapping[str, Record]:
        return {record.twin: record for record in self.records.values() if record.twin in set(twins) and record.twin}

    def absorb(self, cursor: str, written: Sequence[Record]) -> tuple[str, Mapping[str, Record]]:
        return cursor, self.fetch([record.id for record in written])


def _keys(record: Record) -> frozenset[str]:
    mail = record.fields.get("mail", "")
    return frozenset({f"mail:{mail}"} if mail else ())


def _judge(ours: Record, theirs: Record) -> Verdict:
    return "same" if ours.fields.get("name") == theirs.fields.get("name") else "doubtful"


KIND = Kind("contact", _keys, _judge)
