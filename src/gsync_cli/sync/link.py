"""A link: two records that stand for each other, and what each side held when they last agreed."""

from dataclasses import dataclass, replace

from gsync_cli.sync.merge import Base
from gsync_cli.sync.record import Fields, Record, Side


@dataclass(frozen=True, slots=True)
class Half:
    """One side of a link as last seen. A version of "" means: read the record again before trusting this."""

    id: str
    version: str
    fields: Fields
    original: str = ""

    @classmethod
    def of(cls, record: Record) -> "Half":
        """Take what a link keeps of a record."""
        return cls(record.id, record.version, record.fields, record.original)


@dataclass(frozen=True, slots=True)
class Link:
    """A pair and its base. `key` is its number in the state; None before it is stored."""

    creatio: Half
    google: Half
    label: str
    key: int | None = None

    def half(self, side: Side) -> Half:
        """Return one side."""
        return self.creatio if side == "creatio" else self.google

    def with_half(self, side: Side, half: Half) -> "Link":
        """Return the link with one side replaced."""
        return replace(self, creatio=half) if side == "creatio" else replace(self, google=half)

    @property
    def base(self) -> Base:
        """The fields of each side when they last agreed."""
        return Base(self.creatio.fields, self.google.fields)

    def remembered(self, side: Side) -> Record:
        """Return the record as it was last seen; what it is now, too, where the side reports no change."""
        half = self.half(side)
        return Record(
            id=half.id,
            fields=half.fields,
            version=half.version,
            modified=None,
            member=True,
            label=self.label,
            twin=self.google.id if side == "creatio" else self.creatio.id,
            original=half.original,
        )
