"""Activities: the dates of Creatio."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "creatio-dates-moved": Words(
        "Creatio does not keep the dates it is given: an activity was written for {wrote} and is shown for {shows}. "
        "The run ended there.",
        "Set the zone of the user's profile in Creatio to UTC (GMT), move the activity where it belongs, and run again",
    ),
}
