"""What a person reads when something fails: one row for each error code, in the module of its area.

`says` tells what happened and what it means for their data; `do` is the next step, with the command. Both are filled
with the facts of the error. A part in double brackets, `[[ Did you mean {near}?]]`, is left out where one of its facts
is empty or missing. A test renders the row of every code found in the sources.
"""

from typing import Final

from gsync_cli.cli.words import (
    account,
    activities,
    administrator,
    apis,
    command_line,
    consent,
    contacts,
    creatio,
    creatio_keys,
    google,
    keys,
    network,
    projects,
    redirect_uris,
    sandbox,
    schedule,
    settings,
    setup,
    sync,
)
from gsync_cli.cli.words.rendering import Facts, filled
from gsync_cli.cli.words.rows import Words, joined
from gsync_cli.errors import GsyncError

__all__ = ["WORDS", "Words", "render"]

_AREAS: Final = (
    command_line,
    settings,
    network,
    google,
    keys,
    creatio,
    creatio_keys,
    setup,
    administrator,
    projects,
    apis,
    consent,
    redirect_uris,
    account,
    sync,
    contacts,
    activities,
    schedule,
    sandbox,
)
WORDS: Final[dict[str, Words]] = joined({area.__name__: area.ROWS for area in _AREAS})


def render(error: GsyncError) -> tuple[str, str]:
    """Return the sentence and the next step for an error. It never fails: what is missing shows as “…”."""
    row = WORDS.get(error.code)
    if row is None:
        return f"gsync stopped: {error}.", ""
    facts = Facts.of(error.facts)
    return filled(row.says, facts), filled(row.do, facts)
