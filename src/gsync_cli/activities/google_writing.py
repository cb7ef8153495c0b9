"""Writing events: each outcome told apart, nothing done twice, and nobody else's change overwritten.

- Creates bring their own ids: what is refused as a duplicate is looked at. It is ours, or a person deleted it; the id
  of a deleted event stays taken, so its successor gets another one (facts/google.md 7.5).
- Changes go out with the etag of what the plan saw. Where it no longer holds, the event is read: as the plan saw it
  but for what gsync does not look at (a colour), it is sent again; else the plan is made anew.
- A plain occurrence has no etag that is known, so it is read first. Writing it makes an exception of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

from gsync_cli.activities import google_mapping as mapping
from gsync_cli.activities import model
from gsync_cli.activities.google_calls import BATCH, Answer, CalendarCalls, Call, Event
from gsync_cli.activities.google_editing import Edit, edit_of, new_event, release_of, time_of, with_zone
from gsync_cli.activities.google_mapping import View, original_of, to_record
from gsync_cli.activities.model import GENERATIONS, Choices, event_id_for
from gsync_cli.activities.zones import other_names
from gsync_cli.errors import GsyncError
from gsync_cli.google.errors import GoogleRefusal, Unanswered
from gsync_cli.sync.record import Create, Done, Failed, Fields, Outcome, Record, Release, Stale, Unclear, Update

_ROUNDS: Final = 3
"""How often one event is sent."""


_W = TypeVar("_W", bound=Create | Update | Release)


@dataclass(slots=True)
class _Attempt(Generic[_W]):
    """One write on its way."""

    number: int
    write: _W
    record: Record | None
    """As it stands in Google, as far as is known; None for a create."""
    edit: Edit
    etag: str = ""
    identity: str = ""
    generation: int = 0
    rounds: int = 1
    zones: list[str] = field(default_factory=list)
    """Names of time zones still to be tried; "" for none."""


class EventWriter:
    """Carries out writes of one kind at a time; at most 50."""

    def __init__(self, calls: CalendarCalls, view: View, choices: Choices) -> None:
        self._calls = calls
        self._view = view
        self._choices = choices
        self._outcomes: dict[int, Outcome] = {}
        self._end_of_all: GsyncError | None = None

    # ── creating ─────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, writes: Sequence[Create]) -> list[Outcome]:
        """Make events for activities; one that is there already is taken, and brought back into scope."""
        waiting = [self._new(number, write, 0) for number, write in enumerate(writes)]
        return self._run(waiting, lambda attempt: self._calls.insert(attempt.edit.body), self._created)

    def _new(self, number: int, write: Create, generation: int) -> _Attempt[Create]:
        identity = event_id_for(self._view.contact_id, write.twin, generation)
        edit = new_event(identity, write.fields, write.twin, self._view, notes_both=self._choices.notes_both)
        return _Attempt(number, write, None, edit, identity=identity, generation=generation)

    def _created(self, attempt: _Attempt[Create], answer: Answer) -> _Attempt[Create] | None:
        if isinstance(answer, GoogleRefusal):
            return self._existing(attempt) if answer.already_exists else self._in_other_zone(attempt, answer)
        if isinstance(answer, GsyncError):
            self._outcomes[attempt.number] = Unclear(_no_answer(answer))
        else:
            self._done(attempt, answer)
        return None

    def _existing(self, attempt: _Attempt[Create]) -> _Attempt[Create] | None:
        """Look at the event that has the id already."""
        write, following = attempt.write, attempt.generation + 1
        event = self._calls.get([attempt.identity]).get(attempt.identity)
        if event is not None and not mapping.is_cancelled(event) and mapping.mark_of(event) == write.twin:
            record = self._record(event)
            # Let go of, or changed since: then the plan decides, as about any pair that meets.
            met = record.member and _holds(record, self._written(write.fields))
            self._outcomes[attempt.number] = Done(record, attempt.edit.remarks) if met else Stale(record)
        elif following < GENERATIONS:
            return self._new(attempt.number, write, following)
        else:
            self._outcomes[attempt.number] = Failed("Google says that the event is there already, and does not show it")
        return None

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────

    def update(self, writes: Sequence[Update]) -> list[Outcome]:
        """Change events, and bring those back into scope that are to join."""
        attempts = [self._change(number, write, write.record) for number, write in enumerate(writes)]
        waiting = [attempt for attempt in attempts if attempt is not None]
        unread = [attempt for attempt in waiting if not attempt.etag]
        ready = [attempt for attempt in waiting if attempt.etag] + self._look(unread, first=True)
        return self._run(ready, self._patch, self._changed)

    def _change(self, number: int, write: Update, record: Record, rounds: int = 1) -> _Attempt[Update] | None:
        """Prepare a patch; None where there is nothing to send, or it would be refused."""
        original = original_of(record)
        if original.get("locked"):
            self._outcomes[number] = Failed("the event is locked in Google: nobody can change it")
            return None
        edit = edit_of(original, record.fields, write.fields, self._view, notes_both=self._choices.notes_both)
        body = dict(edit.body)
        properties = _properties(record, write)
        if properties:
            body["extendedProperties"] = {"private": properties}
        if not body:
            joined = replace(record, member=True) if write.join and record.unfit is None else record
            self._outcomes[number] = Done(joined, edit.remarks)
            return None
        return _Attempt(
            number, write, record, Edit(body, edit.remarks), str(original.get("etag") or ""), record.id, rounds=rounds
        )

    def _patch(self, attempt: _Attempt[_W]) -> Call:
        return self._calls.patch(attempt.identity, attempt.edit.body, attempt.etag)

    def _changed(self, attempt: _Attempt[Update], answer: Answer) -> _Attempt[Update] | None:
        if isinstance(answer, GoogleRefusal):
            if answer.is_not_found:
                self._outcomes[attempt.number] = Stale(None)
                return None
            if not answer.is_stale_etag:
                return self._in_other_zone(attempt, answer)
        if isinstance(answer, GsyncError):
            again = self._look([attempt], unclear=answer if isinstance(answer, Unanswered) else None)
            return again[0] if again else None
        self._done(attempt, answer)
        return None

    def _look(
        self, attempts: Sequence[_Attempt[Update]], *, first: bool = False, unclear: Unanswered | None = None
    ) -> list[_Attempt[Update]]:
        """Read events that were not sent yet, or did not go through plainly; returns what to send (again)."""
        events = self._calls.get([attempt.identity for attempt in attempts])
        again: list[_Attempt[Update]] = []
        for attempt in attempts:
            event = events.get(attempt.identity)
            if event is None or mapping.is_cancelled(event):
                self._outcomes[attempt.number] = Stale(None)
                continue
            fresh = self._judged(attempt, self._record(event), first=first, unclear=unclear)
            again += [fresh] if fresh else []
        return again

    def _judged(
        self, attempt: _Attempt[Update], now: Record, *, first: bool, unclear: Unanswered | None
    ) -> _Attempt[Update] | None:
        write = attempt.write
        planned = write.record
        written = {**self._written(write.fields)}
        if (when := time_of(original_of(planned), write.fields, self._view)) is not None:
            written[model.WHEN] = str(when)
        if not first and _holds(now, written) and _holds(now, _others(planned, write)):
            self._outcomes[attempt.number] = Done(now, attempt.edit.remarks)
        elif now.fields != planned.fields:
            self._outcomes[attempt.number] = Stale(now)
        elif attempt.rounds < _ROUNDS:
            return self._change(attempt.number, write, now, attempt.rounds + (not first))
        elif unclear is not None:
            self._outcomes[attempt.number] = Unclear(_no_answer(unclear))
        else:
            self._outcomes[attempt.number] = Failed("Google keeps saying that the event has changed, though it has not")
        return None

    # ── letting go ───────────────────────────────────────────────────────────────────────────────────────────

    def release(self, writes: Sequence[Release]) -> list[Outcome]:
        """Let go of events without a visible change, or delete them where that was asked for; gone ones have left."""
        attempts = [
            _Attempt(
                number,
                write,
                write.record,
                Edit(release_of(write.record.id)),
                str(original_of(write.record).get("etag") or "") if self._choices.cancel else "",
                write.record.id,
            )
            for number, write in enumerate(writes)
        ]
        if self._choices.cancel:
            attempts = self._with_etags(attempts)
        return self._run(attempts, self._let_go, self._left)

    def _with_etags(self, attempts: Sequence[_Attempt[Release]]) -> list[_Attempt[Release]]:
        """Look at what is about to be deleted and has no etag yet, as plain occurrences have none.

        What is not as the plan saw it is settled at once: nobody's edit goes with a deletion.
        """
        unseen = [attempt.identity for attempt in attempts if not attempt.etag]
        now = self._calls.get(unseen) if unseen else {}
        ready: list[_Attempt[Release]] = []
        for attempt in attempts:
            event = now.get(attempt.identity)
            if event is None or mapping.is_cancelled(event):
                ready.append(attempt)
                continue
            record = self._record(event)
            if record.fields != attempt.write.record.fields:
                self._outcomes[attempt.number] = Stale(record)
            else:
                ready.append(replace(attempt, etag=str(event.get("etag") or "")))
        return ready

    def _let_go(self, attempt: _Attempt[Release]) -> Call:
        if self._choices.cancel:
            return self._calls.delete(attempt.identity, attempt.etag)
        return self._patch(attempt)

    def _left(self, attempt: _Attempt[Release], answer: Answer) -> _Attempt[Release] | None:
        record = attempt.write.record
        outcome: Outcome = Done(replace(record, member=False))
        if isinstance(answer, GoogleRefusal) and not answer.is_not_found:
            if not answer.is_stale_etag:
                self._outcomes[attempt.number] = Failed(_refused(answer), record)
                return None
            event = self._calls.get([attempt.identity]).get(attempt.identity)
            if event is not None and not mapping.is_cancelled(event):
                now = self._record(event)
                if now.fields == record.fields and attempt.rounds < _ROUNDS:
                    return replace(attempt, etag=str(event.get("etag") or ""), rounds=attempt.rounds + 1)
                outcome = Stale(now)
        elif isinstance(answer, Unanswered):
            outcome = Unclear(_no_answer(answer))
        self._outcomes[attempt.number] = outcome
        return None

    # ── common ───────────────────────────────────────────────────────────────────────────────────────────────

    def _run(
        self,
        attempts: Iterable[_Attempt[_W]],
        call: Callable[[_Attempt[_W]], Call],
        settle: Callable[[_Attempt[_W], Answer], _Attempt[_W] | None],
    ) -> list[Outcome]:
        """Send attempts until each has an outcome; `settle` notes one, or returns what to send next."""
        waiting = list(attempts)
        while waiting:
            part, waiting = waiting[:BATCH], waiting[BATCH:]
            for attempt, answer in zip(part, self._calls.send([call(attempt) for attempt in part]), strict=True):
                if isinstance(answer, GsyncError) and self._is_gone(attempt, answer):
                    record = attempt.write.record if isinstance(attempt.write, Release) else None
                    self._outcomes[attempt.number] = Done(replace(record, member=False)) if record else Stale(None)
                elif isinstance(answer, GsyncError) and not isinstance(answer, GoogleRefusal | Unanswered):
                    # The quota for hours, or no rights: what was done in the same batch must be remembered first.
                    self._end_of_all = answer
                    self._outcomes[attempt.number] = Unclear(str(answer.facts.get("message") or answer.code))
                elif again := settle(attempt, answer):
                    waiting.append(again)
            if self._end_of_all is not None:
                for attempt in waiting:
                    self._outcomes[attempt.number] = Unclear(self._end_of_all.code)
                waiting = []
        if self._end_of_all is not None and not any(isinstance(done, Done) for done in self._outcomes.values()):
            raise self._end_of_all
        return [self._outcomes[number] for number in sorted(self._outcomes)]

    def _is_gone(self, attempt: _Attempt[_W], answer: GsyncError) -> bool:
        """Tell whether a write was forbidden because the event was deleted: such is no matter of rights."""
        if answer.code != "google-forbidden" or isinstance(attempt.write, Create):
            return False
        event = self._calls.get([attempt.identity]).get(attempt.identity)
        return event is None or mapping.is_cancelled(event)

    def _done(self, attempt: _Attempt[_W], event: Event) -> None:
        record = self._record(event)
        if record.id != attempt.identity:
            self._outcomes[attempt.number] = Unclear("Google's answer does not show the event")
            return
        self._outcomes[attempt.number] = Done(record, attempt.edit.remarks)

    def _written(self, fields: Fields) -> Fields:
        """Return those fields that are ever written to Google."""
        left_out = {model.REMINDER} if self._choices.notes_both else {model.REMINDER, model.NOTES}
        return {name: value for name, value in fields.items() if name not in left_out}

    def _record(self, event: Event) -> Record:
        fit = mapping.unfit_for(event, self._view) is None and not mapping.is_released(event)
        return to_record(event, self._view, member=fit)

    def _in_other_zone(self, attempt: _Attempt[_W], refusal: GoogleRefusal) -> _Attempt[_W] | None:
        """Send times with another name of their zone, if it was that which Google refuses; else it has failed."""
        body = attempt.edit.body
        name = str((body.get("start") or {}).get("timeZone") or "")
        if refusal.status == HTTPStatus.BAD_REQUEST and "time zone" in refusal.message.casefold():
            if name and not attempt.zones:
                attempt.zones = [*other_names(name), "UTC", ""]
            if attempt.zones:
                edit = Edit(with_zone(body, attempt.zones.pop(0)), attempt.edit.remarks)
                return replace(attempt, edit=edit)
        record = attempt.record if isinstance(attempt.write, Update) else None
        self._outcomes[attempt.number] = Failed(_refused(refusal), record)
        return None


def _properties(record: Record, write: Update) -> dict[str, Any]:
    """Return the private properties to write: back into scope; and the mark, on an event of our own alone."""
    event = original_of(record)
    properties: dict[str, Any] = {}
    if write.join and mapping.is_released(event):
        properties[mapping.STATE] = None
    mark = mapping.mark_of(event)
    if mark and mark != write.twin:
        properties.update({mapping.MARK: write.twin, mapping.MARKED: record.id})
    return properties


def _holds(record: Record, fields: Fields) -> bool:
    return all(record.fields.get(name, type(value)()) == value for name, value in fields.items())


def _others(planned: Record, write: Update) -> Fields:
    """Return the fields that an update does not write."""
    return {name: value for name, value in planned.fields.items() if name not in write.fields}


def _refused(refusal: GoogleRefusal) -> str:
    if refusal.reason == "forbiddenForNonOrganizer":
        return "only the organizer of the event can change it in Google"
    return f"Google refuses it: {refusal.message}"


def _no_answer(error: GsyncError) -> str:
    return f"Google gave no answer ({error.facts.get('reason', '')}); it may have been written"
