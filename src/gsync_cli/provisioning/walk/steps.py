"""What every step can do."""

from abc import ABC, abstractmethod
from typing import ClassVar, TypeAlias

from gsync_cli.errors import GsyncError
from gsync_cli.provisioning.walk.model import Proof, StepName, Task
from gsync_cli.provisioning.walk.setup import Setup

Done: TypeAlias = Proof | Task
"""What came of doing a step: the proof that it is done, or what a person must do for it."""


class Step(ABC):
    """One step of the walk. Its methods raise GsyncError where a service refuses or can't be reached."""

    name: ClassVar[StepName]

    def waits_for(self, setup: Setup) -> StepName | None:  # noqa: ARG002  most wait for nothing
        """Return the earlier step without which nothing can be done or looked at here; None where there is none."""
        return None

    @abstractmethod
    def look(self, setup: Setup) -> Proof | None:
        """Return the proof that the step is done, having changed nothing at any service; None where it is not."""

    @abstractmethod
    def plan(self, setup: Setup) -> str:
        """Return in one sentence what `do` would do."""

    def lacks(self, setup: Setup) -> str:  # noqa: ARG002  most know no more
        """Return what is still missing, for somebody who asks how far it is."""
        return "not done yet"

    @abstractmethod
    def do(self, setup: Setup) -> Done:
        """Do what a machine may, once; doing it again harms nothing."""

    def instead(self, setup: Setup, error: GsyncError) -> Task | None:  # noqa: ARG002  most have none
        """Return what somebody with more rights can do by hand after a refusal; None where nothing helps."""
        return None

    def answer(self, setup: Setup, task: Task, given: str) -> None:  # noqa: B027  most have nothing to take
        """Take what a person gave back after a task; most tasks show at the services. Raises GsyncError."""
