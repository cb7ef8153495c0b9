"""What the walk is made of: steps, the proof that one is done, and the task that only a person can carry out.

A step looks (reading only), does what a machine may do, and otherwise hands out a task. What it saw is a proof; what
nobody can see from outside is a person's word, and is told apart from a proof.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from gsync_cli.errors import GsyncError

if TYPE_CHECKING:
    from gsync_cli.provisioning.permissions import Refusal

StepName: TypeAlias = Literal["project", "apis", "consent", "scopes", "client", "keys", "creatio-keys", "mail-provider"]
Ground: TypeAlias = Literal["seen", "told"]
"""Whether gsync saw it itself, or a person said so."""
State: TypeAlias = Literal["proven", "told", "unseen", "planned", "open", "waiting"]
"""How a step stands: seen by gsync; said by a person; can't be seen from outside; would be done by gsync; a person must
act; or nothing can be done before an earlier step."""

TITLES: Final[Mapping[StepName, str]] = {
    "project": "A project in Google Cloud",
    "apis": "The APIs for mail, contacts and calendar",
    "consent": "The consent screen",
    "scopes": "The scopes of the consent screen",
    "client": "The OAuth client for Creatio",
    "keys": "Its keys, here with gsync",
    "creatio-keys": "Its keys, in Creatio's system settings",
    "mail-provider": "The Gmail provider in Creatio",
}
"""The steps in their order, by the names that people read."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a step is done: what was looked at, what it showed, when, and on what ground."""

    of: str
    """What it is about: the project, the client, the site. A proof of another one is worth nothing."""
    looked_at: str
    result: str
    at: datetime
    ground: Ground = "seen"


@dataclass(frozen=True, slots=True)
class Field:
    """A value to copy, under the name it has on the page where it is entered."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Task:
    """What a person must do, complete: where, what, with which values, and how gsync goes on afterwards."""

    step: StepName
    title: str
    why: str = ""
    """One sentence on why gsync can't do it, or what to decide; empty where the title says it."""
    links: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    """Sentences, in the order of the page."""
    fields: tuple[Field, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Long lists to paste, with their names: scopes."""
    then: str = ""
    """The command that goes on from there."""
    asks: Literal["done", "web", "installed", "site", "nothing"] = "done"
    """What a person at a terminal gives back: that it is done, the file of a client, or the address of the site.

    `nothing`: the next question belongs to it."""
    needed: bool = True
    """Whether the walk is unfinished without it."""

    def data(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "step": self.step,
            "title": self.title,
            "why": self.why or None,
            "links": list(self.links),
            "actions": list(self.actions),
            "values": [{"label": field.label, "value": field.value} for field in self.fields],
            "lists": {name: list(values) for name, values in self.lists},
            "then": self.then or None,
            "needed": self.needed,
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things to choose from."""

    value: str
    label: str


class Person(Protocol):
    """Somebody at a terminal. Every question names the flag that answers it."""

    def choose(self, question: str, choices: Sequence[Choice], *, flag: str) -> str:
        """Return the value of one of the choices."""
        ...

    def confirm(self, question: str, *, flag: str, default: bool) -> bool:
        """Return yes or no."""
        ...

    def ask(self, question: str, *, flag: str, default: str) -> str:
        """Return a line of text."""
        ...

    def secret(self, question: str, *, flag: str) -> str:
        """Return what was typed without being shown."""
        ...

    def carry_out(self, task: Task) -> str | None:
        """Show a task and wait: return "" for done, the file or address that was asked for, None to stop here."""
        ...

    def refused(self, error: GsyncError) -> None:
        """Say why what was just given does not do."""
        ...


class Telling(Protocol):
    """Where the walk says what it does; nobody need listen."""

    def step(self, report: "StepReport") -> None:
        """Say how a step stands."""
        ...

    def foreseen(self, refusal: "Refusal") -> None:
        """Say, before anything is done, what this account will be refused."""
        ...

    def note(self, text: str) -> None:
        """Say what is being done, or waited for."""
        ...

    def warn(self, text: str) -> None:
        """Say what should not be missed."""
        ...

    def warn_of(self, error: GsyncError) -> None:
        """Say what should not be missed, in the words of an error."""
        ...


@dataclass(frozen=True, slots=True)
class StepReport:
    """How one step stands at the end."""

    name: StepName
    state: State
    text: str = ""
    """What was seen, or what is missing."""
    proof: Proof | None = None
    error: GsyncError | None = None
    """Why it could not be done."""

    @property
    def is_done(self) -> bool:
        """Whether the walk is finished with it."""
        return self.state in ("proven", "told", "unseen")

    def data(self) -> dict[str, object]:
        """Return it for JSON."""
        proof = self.proof
        return {
            "step": self.name,
            "title": TITLES[self.name],
            "state": self.state,
            "text": self.text,
            "looked_at": proof.looked_at if proof else None,
            "result": proof.result if proof else None,
            "at": proof.at.isoformat(timespec="seconds") if proof else None,
        }
