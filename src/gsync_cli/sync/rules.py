"""How pairs of one kind of record are merged, beside the laws that hold for all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gsync_cli.sync.merge import Unite, nothing_unites
from gsync_cli.sync.record import Possible, Side, all_possible


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan must know of a kind."""

    unite: Unite = nothing_unites
    """What to do with entries of two records that just met."""
    only_to: Mapping[str, Side] = field(default_factory=dict)
    """Fields that flow one way, with the side that may be given them; what people write there stays there.
    When two records meet, such a field fills what is empty, and replaces nothing."""
    possible: Possible = all_possible
    """What a record can be given: the rest is neither sent nor counted."""
    fleeting: frozenset[str] = frozenset()
    """Texts that a side knows at times only; such a one is merged as if the two had just met when it comes back."""
    no_loss: frozenset[str] = frozenset()
    """Fields that may be emptied en masse: nothing that anybody wrote is lost by it."""


PLAIN: Final = Rules()
"""Nothing but those laws."""
