"""Writing contacts at Google: batches that go through whole or not at all, and what is done when they don't.

- A batch that is refused names its bad contacts (`contactErrors` in the reference of BatchCreateContactsErrorDetails);
  where it does not, it is halved until the bad one is alone. The good ones go through.
- A create that got no answer is Unclear: it may have happened, and is never sent again from here.
- An update that got no answer, or met another etag, is looked up. It holds what was wanted: done. Somebody changed it:
  stale. Nothing changed: the mismatch was a spurious one (facts 6.4), and the update goes again with the fresh etag.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gsync_cli.contacts import model
from gsync_cli.contacts.google_calls import PeopleCalls, error_of, person_of
from gsync_cli.contacts.google_editing import Body, new_person, to_person
from gsync_cli.contacts.google_group import Group, deleted
from gsync_cli.contacts.google_mapping import (
    MY_CONTACTS,
    Person,
    mark_of,
    original_of,
    record_of,
    to_record,
    with_membership,
)
from gsync_cli.google.errors import GoogleRefusal, Unanswered
from gsync_cli.sync.record import Create, Done, Failed, Outcome, Record, Release, Stale, Unclear, Update

_ROUNDS: Final = 3
"""How often an update goes out before an etag that never fits is left to the next run."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One update under way. `record` is the contact as last read, `body` and `mask` what is sent for it."""

    number: int
    write: Update
    record: Record
    body: Body
    mask: tuple[str, ...]
    rounds: int = 1


class GoogleWriter:
    """Carries writes out for one account and one group."""

    def __init__(self, calls: PeopleCalls, group: Group, region: str | None) -> None:
        self._calls = calls
        self._group = group
        self._region = region
        self._doubted_the_group = False

    # ── creating ─────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, writes: Sequence[Create]) -> list[Outcome]:
        """Create contacts, in the group and marked with the ids of their twins."""
        outcomes: dict[int, Outcome] = {}
        waiting = [list(range(len(writes)))]
        while waiting:
            part = waiting.pop(0)
            bodies = [self._new(writes[number]) for number in part]
            try:
                responses = self._calls.create(bodies)
            except Unanswered as error:
                outcomes.update(dict.fromkeys(part, Unclear(_no_answer(error))))
            except GoogleRefusal as refusal:
                self._doubt_the_group()
                blamed = _blamed(refusal, [str(position) for position in range(len(part))])
                rest, bad = _divided(part, blamed, refusal)
                outcomes.update({number: Failed(_refused(reason)) for number, reason in bad.items()})
                waiting[:0] = rest
            else:
                outcomes.update(self._created(part, writes, responses))
        return [outcomes[number] for number in range(len(writes))]

    def _new(self, write: Create) -> Body:
        return new_person(write.fields, self._group.resource_name, write.twin, self._region)

    def _created(
        self, part: Sequence[int], writes: Sequence[Create], responses: Sequence[Mapping[str, Any]]
    ) -> dict[int, Outcome]:
        """Tell what became of each: by the mark in the answer, else by the place in it."""
        in_order = responses if len(responses) == len(part) else ()
        marked = {
            mark: person for response in responses if (person := person_of(response)) and (mark := mark_of(person))
        }
        outcomes: dict[int, Outcome] = {}
        for position, number in enumerate(part):
            response = in_order[position] if in_order else {}
            person = marked.get(writes[number].twin) or _unmarked(response)
            code, message = error_of(response)
            if person is not None:
                outcomes[number] = Done(self._joined(original_of(person)))
            elif code:
                outcomes[number] = Failed(_refused(message))
            else:
                outcomes[number] = Unclear("Google's answer does not show it")
        return outcomes

    def _doubt_the_group(self) -> None:
        """After a refusal, see once whether the group is still there: without it every single contact is refused."""
        if self._doubted_the_group:
            return
        self._doubted_the_group = True
        if self._calls.group(self._group.resource_name) is None:
            raise deleted(self._group.wanted)

    # ── updating ─────────────────────────────────────────────────────────────────────────────────────────────

    def update(self, writes: Sequence[Update]) -> list[Outcome]:
        """Update contacts, then put those into the group that are to join it."""
        outcomes: dict[int, Outcome] = {}
        waiting = _by_mask(self._attempt(number, write, write.record) for number, write in enumerate(writes))
        while waiting:
            part = waiting.pop(0)
            if not part[0].mask:
                outcomes.update({attempt.number: Done(attempt.record) for attempt in part})
                continue
            settled, again = self._send(part)
            outcomes.update(settled)
            waiting[:0] = again
        self._join({number: write for number, write in enumerate(writes) if write.join}, outcomes)
        return [outcomes[number] for number in range(len(writes))]

    def _attempt(self, number: int, write: Update, record: Record, rounds: int = 1) -> Attempt:
        edit = to_person(record, write.fields, write.twin, self._region)
        return Attempt(number, write, record, edit.body, edit.mask, rounds)

    def _send(self, part: list[Attempt]) -> tuple[dict[int, Outcome], list[list[Attempt]]]:
        """Send one batch; returns what is settled, and the batches to send next."""
        try:
            answer = self._calls.update({attempt.record.id: attempt.body for attempt in part}, part[0].mask)
        except Unanswered as error:
            unclear = Unclear(_no_answer(error))
            return self._look(part, lambda _: unclear, most=2)
        except GoogleRefusal as refusal:
            if refusal.is_stale_etag or refusal.is_not_found:
                return self._look(part, _never_fits)
            blamed = _blamed(refusal, [attempt.record.id for attempt in part])
            if not blamed and len(part) > 1:
                return {}, _halves(part)
            bad = [attempt for attempt in part if not blamed or attempt.record.id in blamed]
            reasons = {attempt.number: blamed.get(attempt.record.id, refusal.message) for attempt in bad}
            settled, _ = self._look(bad, lambda attempt: Failed(_refused(reasons[attempt.number])), most=0)
            rest = [attempt for attempt in part if attempt.number not in settled]
            return settled, [rest] if rest else []
        return self._updated(part, answer)

    def _updated(
        self, part: Sequence[Attempt], answer: Mapping[str, Any]
    ) -> tuple[dict[int, Outcome], list[list[Attempt]]]:
        settled: dict[int, Outcome] = {}
        unsaid: list[Attempt] = []
        for attempt in part:
            person = person_of(answer.get(attempt.record.id) or {})
            if person is not None:
                settled[attempt.number] = Done(
                    self._kept(attempt.record, to_record_of(person, self._group, self._region))
                )
            else:
                unsaid.append(attempt)
        if not unsaid:
            return settled, []
        messages = {attempt.number: error_of(answer.get(attempt.record.id) or {})[1] for attempt in unsaid}
        more, again = self._look(
            unsaid, lambda attempt: Failed(_refused(messages[attempt.number] or "no answer for this contact"))
        )
        return {**settled, **more}, again

    def _look(
        self, part: Sequence[Attempt], otherwise: Callable[[Attempt], Outcome], most: int = _ROUNDS
    ) -> tuple[dict[int, Outcome], list[list[Attempt]]]:
        """Read contacts whose update did not go through plainly, and decide about each.

        One that stands as the plan saw it is sent again, until it went out `most` times; then `otherwise` says what
        became of it.
        """
        people = self._calls.get([attempt.record.id for attempt in part])
        settled: dict[int, Outcome] = {}
        again: list[Attempt] = []
        for attempt in part:
            person = people.get(attempt.record.id)
            now = to_record_of(person, self._group, self._region) if person else None
            if now is None:
                settled[attempt.number] = Stale(None)
            elif _holds(now, attempt.write):
                # What somebody else wrote beside it must be planned with, not taken for agreed.
                settled[attempt.number] = Done(now) if _same_beside(now, attempt.write) else Stale(now)
            elif now.id != attempt.record.id or not _same(now, attempt.write.record):
                settled[attempt.number] = Stale(now)
            elif attempt.rounds >= most:
                settled[attempt.number] = otherwise(attempt)
            else:
                again.append(self._attempt(attempt.number, attempt.write, now, attempt.rounds + 1))
        return settled, _by_mask(again)

    def _kept(self, before: Record, now: Record) -> Record:
        """An answer that says nothing of groups leaves a member a member: an edit of fields moves nobody."""
        return self._joined(json.loads(now.original)) if before.member and not now.member else now

    # ── joining and leaving ──────────────────────────────────────────────────────────────────────────────────

    def _join(self, joining: Mapping[int, Update], outcomes: dict[int, Outcome]) -> None:
        """Put contacts into the group and amend their outcomes."""
        records = {
            outcome.record.id: (number, outcome.record)
            for number in joining
            if isinstance(outcome := outcomes[number], Done) and not outcome.record.member
        }
        if not records:
            return
        try:
            missing, _ = self._calls.modify(self._group.resource_name, add=records)
        except (GoogleRefusal, Unanswered) as error:
            if isinstance(error, GoogleRefusal):
                self._doubt_the_group()
            outcomes.update(self._looked_for(records, error))
            return
        for identity, (number, record) in records.items():
            outcomes[number] = Stale(None) if identity in missing else Done(self._joined(json.loads(record.original)))

    def _looked_for(
        self, records: Mapping[str, tuple[int, Record]], error: GoogleRefusal | Unanswered
    ) -> dict[int, Outcome]:
        people = self._calls.get(records)
        outcomes: dict[int, Outcome] = {}
        for identity, (number, record) in records.items():
            now = to_record_of(people[identity], self._group, self._region) if identity in people else None
            if now is None:
                outcomes[number] = Stale(None)
            elif now.member:
                outcomes[number] = Done(now)
            elif isinstance(error, GoogleRefusal):
                outcomes[number] = Failed(_refused(error.message), record)
            else:
                outcomes[number] = Unclear(_no_answer(error))
        return outcomes

    def release(self, writes: Sequence[Release]) -> list[Outcome]:
        """Take contacts out of the group; those without another one are put into "My contacts" first (facts 6.6)."""
        outcomes: dict[int, Outcome] = {}
        waiting = [list(enumerate(writes))]
        while waiting:
            part = waiting.pop(0)
            try:
                stuck = self._take_out([write.record for _, write in part])
            except GoogleRefusal as refusal:
                if len(part) > 1:
                    waiting[:0] = _halves(part)
                else:
                    outcomes.update(self._still_there(part, Failed(_refused(refusal.message))))
            except Unanswered as error:
                outcomes.update(self._still_there(part, Unclear(_no_answer(error))))
            else:
                failed = Failed("Google keeps it in the group, since it is in no other one")
                outcomes.update(
                    {n: failed if write.record.id in stuck else self._left(write.record) for n, write in part}
                )
        return [outcomes[number] for number in range(len(writes))]

    def _take_out(self, records: Sequence[Record]) -> frozenset[str]:
        """Take contacts out; returns those that Google keeps in. One that is gone, or no member, has left."""
        group = self._group.resource_name
        lonely = {record.id for record in records if not set(_original(record).get("memberships", ())) - {group}}
        if lonely:
            self._calls.modify(MY_CONTACTS, add=lonely)
        _, stuck = self._calls.modify(group, remove={record.id for record in records})
        if stuck:
            self._calls.modify(MY_CONTACTS, add=stuck)
            _, stuck = self._calls.modify(group, remove=stuck)
        return stuck

    def _left(self, record: Record) -> Done:
        groups = with_membership(_original(record), remove=self._group.resource_name)
        if not groups["memberships"]:
            groups = with_membership(groups, add=MY_CONTACTS)
        return Done(replace(record, member=False, original=json.dumps(groups, ensure_ascii=False)))

    def _still_there(self, part: Sequence[tuple[int, Release]], otherwise: Outcome) -> dict[int, Outcome]:
        people = self._calls.get([write.record.id for _, write in part])
        outcomes: dict[int, Outcome] = {}
        for number, write in part:
            person = people.get(write.record.id)
            member = person is not None and to_record_of(person, self._group, self._region).member
            outcomes[number] = otherwise if member else self._left(write.record)
        return outcomes

    def _joined(self, original: Mapping[str, Any]) -> Record:
        group = self._group.resource_name
        return record_of(with_membership(original, add=group), group, self._region)


def to_record_of(person: Person, group: Group, region: str | None) -> Record:
    """Return the record of a person as seen from a group."""
    return to_record(person, group.resource_name, region)


def _unmarked(response: Mapping[str, Any]) -> Person | None:
    """Return the person of a response that carries no mark; one with another's mark answers for another create."""
    person = person_of(response)
    return person if person is not None and mark_of(person) is None else None


def _original(record: Record) -> dict[str, Any]:
    original: dict[str, Any] = json.loads(record.original or "{}")
    return original


def _holds(now: Record, write: Update) -> bool:
    fields = all(now.fields.get(name, type(value)()) == value for name, value in write.fields.items())
    return fields and now.twin == write.twin


def _same_beside(now: Record, write: Update) -> bool:
    """Tell whether the fields that the update does not write are as the plan saw them."""
    left_out = {model.PRIMARY_MAIL, *write.fields}
    names = (now.fields.keys() | write.record.fields.keys()) - left_out
    return all(now.fields.get(name) == write.record.fields.get(name) for name in names)


def _same(now: Record, planned: Record) -> bool:
    return now.fields == planned.fields and now.member == planned.member


def _by_mask(attempts: Iterable[Attempt]) -> list[list[Attempt]]:
    """Group by what is sent: a field in the mask that a contact does not bring would be emptied (facts 6.4)."""
    parts: dict[tuple[str, ...], list[Attempt]] = {}
    for attempt in attempts:
        parts.setdefault(attempt.mask, []).append(attempt)
    return list(parts.values())


def _blamed(refusal: GoogleRefusal, names: Sequence[str]) -> dict[str, str]:
    """Return name -> message of the contacts that a refused batch names.

    `contactErrors` maps the index of a create, or the resource name of an update, to a Status.
    """
    blamed: dict[str, str] = {}
    for detail in refusal.details:
        errors = detail.get("contactErrors")
        for name, status in errors.items() if isinstance(errors, Mapping) else ():
            if str(name) in names:
                message = status.get("message") if isinstance(status, Mapping) else None
                blamed[str(name)] = str(message or refusal.message)
    return blamed


def _divided(
    part: Sequence[int], blamed: Mapping[str, str], refusal: GoogleRefusal
) -> tuple[list[list[int]], dict[int, str]]:
    """Return the parts to send next, and which contacts are refused for what reason."""
    if len(part) == 1:
        return [], {part[0]: blamed.get("0", refusal.message)}
    if not blamed:
        return _halves(part), {}
    bad = {part[int(position)]: reason for position, reason in blamed.items()}
    rest = [number for number in part if number not in bad]
    return [rest] if rest else [], bad


def _halves(part: Sequence[Any]) -> list[list[Any]]:
    middle = len(part) // 2
    return [list(part[:middle]), list(part[middle:])]


def _refused(message: str) -> str:
    return f"Google refuses it: {message}"


def _no_answer(error: Unanswered) -> str:
    return f"Google gave no answer ({error.facts.get('reason', '')}); it may have been written"


def _never_fits(attempt: Attempt) -> Outcome:
    return Failed("Google keeps saying that the contact has changed, though it has not", attempt.record)
