"""Who is told how far a run has come."""

from typing import Protocol


class Watcher(Protocol):
    """Somebody who likes to know how far a run has come."""

    def stage(self, title: str, total: int | None = None) -> None:
        """Tell that a stage begins; `total` is the number of records in it, where it is known."""
        ...

    def advance(self, records: int) -> None:
        """Tell that so many records are done."""
        ...

    def expect(self, seconds: float) -> None:
        """Tell beforehand that a service's quotas will make the writing last so long."""
        ...
