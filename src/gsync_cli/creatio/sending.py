"""Sending the writes of many records in as few `$batch` requests as possible, and telling their answers apart.

A request takes up to a hundred parts. The parts of one record stay together and in order; a part that fails does not
keep the rest from being carried out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, TypeVar

from gsync_cli.creatio.batch import BATCH_LIMIT, Part, PartAnswer
from gsync_cli.creatio.errors import CreatioRefusal, Unanswered
from gsync_cli.creatio.odata import OData

Method: TypeAlias = Literal["POST", "PATCH", "DELETE"]

_GONE: Final = 404
_TRIES: Final = 5

_T = TypeVar("_T")
_Place: TypeAlias = tuple[int, int]
"""Which job, and which of its steps."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write: a part of a `$batch`."""

    method: Method
    entity: str
    id: str
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the steps of one job, in order. An answer is None where nobody knows."""

    steps: Sequence[Step]
    answers: Sequence[PartAnswer | None]

    @property
    def unclear(self) -> bool:
        """Whether some of it may or may not have happened."""
        return None in self.answers

    @property
    def failed(self) -> tuple[Step, ...]:
        """The steps that were surely not carried out. What was to go and is gone already has not failed."""
        return tuple(
            step
            for step, answer in zip(self.steps, self.answers, strict=True)
            if answer is not None and not answer.ok and not (step.method == "DELETE" and answer.status == _GONE)
        )

    @property
    def any_done(self) -> bool:
        """Whether at least one step was carried out."""
        return any(answer is not None and answer.ok for answer in self.answers)

    def added(self, entity: str) -> int:
        """Return by how many the rows of a table grew."""
        done = [
            step.method
            for step, answer in zip(self.steps, self.answers, strict=True)
            if step.entity == entity and answer is not None and answer.ok
        ]
        return done.count("POST") - done.count("DELETE")

    def texts(self, column: str) -> dict[str, str]:
        """Return the texts that were written to a column, by the id of the row."""
        written = ((step, step.body.get(column)) for step in self.steps if step not in self.failed)
        return {step.id: value for step, value in written if isinstance(value, str)}

    def saved(self, entity: str) -> set[str]:
        """Return the ids of the rows of a table that were surely saved."""
        pairs = zip(self.steps, self.answers, strict=True)
        return {step.id for step, answer in pairs if step.entity == entity and answer is not None and answer.ok}

    def reason(self, among: Sequence[Step] = ()) -> str:
        """Return what Creatio said about the first step that failed (`among` these)."""
        asked = among or self.failed
        for step, answer in zip(self.steps, self.answers, strict=True):
            if step in asked and answer is not None and answer.message:
                return f"Creatio refused {_called(step)}: {answer.message}"
        return "Creatio did not say why"


def filled(items: Iterable[_T], size_of: Callable[[_T], int], limit: int = BATCH_LIMIT) -> Iterator[list[_T]]:
    """Group items, in order, into groups as large as fit into one request. An item larger than that stands alone."""
    group: list[_T] = []
    room = limit
    for item in items:
        size = size_of(item)
        if group and size > room:
            yield group
            group, room = [], limit
        group.append(item)
        room -= size
    if group:
        yield group


def send(odata: OData, jobs: Sequence[Sequence[Step]]) -> list[Sent]:
    """Carry out the jobs, one of each record. Never repeats a part that was, or may have been, carried out.

    Raises what OData.batch raises for the run as a whole.
    """
    answers: dict[_Place, PartAnswer | None] = {}
    todo = [(number, at) for number, steps in enumerate(jobs) for at in range(len(steps))]
    while todo:
        before = len(answers)
        for start in range(0, len(todo), BATCH_LIMIT):
            answers |= _send_places(odata, jobs, todo[start : start + BATCH_LIMIT])
        if len(answers) == before:
            break
        # A server that stops at the first failure leaves the rest untouched; those of other records are sent again.
        broken = {number for (number, _), answer in answers.items() if answer is None or not answer.ok}
        todo = [place for place in todo if place not in answers and place[0] not in broken]
    return [
        Sent(steps, [answers.get((number, at), PartAnswer(0)) for at in range(len(steps))])
        for number, steps in enumerate(jobs)
    ]


def send_singly(odata: OData, steps: Sequence[Step]) -> None:
    """Carry out changes that may be sent again, each on its own, until all are answered.

    Raises Unanswered where some never are, and as `send`.
    """
    waiting = list(steps)
    for _ in range(_TRIES):
        sent = send(odata, [[step] for step in waiting])
        waiting = [step for step, what in zip(waiting, sent, strict=True) if what.unclear]
        if not waiting:
            return
    raise Unanswered("Creatio did not answer")


def _send_places(
    odata: OData, jobs: Sequence[Sequence[Step]], places: Sequence[_Place]
) -> dict[_Place, PartAnswer | None]:
    """Send one request; the answers of the parts that were reached."""
    parts = [_part(jobs[number][at]) for number, at in places]
    try:
        replies = odata.batch(parts)
    except Unanswered:
        return dict.fromkeys(places)
    except CreatioRefusal as refusal:
        # Nothing was carried out: one part of it may have spoilt the whole, so each half is tried by itself.
        if len(places) == 1:
            return {places[0]: PartAnswer(refusal.status, {"Message": refusal.message})}
        half = len(places) // 2
        return _send_places(odata, jobs, places[:half]) | _send_places(odata, jobs, places[half:])
    return {place: reply for place, reply in zip(places, replies, strict=True) if reply.processed}


def _part(step: Step) -> Part:
    if step.method == "POST":
        return Part("POST", step.entity, {"Id": step.id, **step.body})
    return Part(step.method, f"{step.entity}({step.id})", step.body if step.method == "PATCH" else None)


_CALLED: Final = {
    "Contact": "the contact",
    "ContactCommunication": "a mail, phone or web address",
    "ContactAddress": "a postal address",
    "ContactInTag": "the tag",
    "Activity": "the activity",
    "ActivityParticipant": "a participant",
}


def _called(step: Step) -> str:
    return _CALLED.get(step.entity, step.entity)
