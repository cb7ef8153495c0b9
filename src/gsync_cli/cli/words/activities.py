"""Activities: the dates of Creatio."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "creatio-dates-unknown": Words(
        "Creatio does not tell in which zone it shows the times of activities, in UTC or in the user's own. "
        "No meeting was synchronised, since all could be hours off.",
        "Compare an activity with the times in Creatio, then: gsync config set creatio.dates utc (or user-zone)",
    ),
    "creatio-dates-zone": Words(
        "Creatio shows times {offset} from UTC[[, but the calendar's zone {zone} is not]], and does not tell the zone "
        "of the user's profile. No meeting was synchronised, since all could be hours off.",
        "Set the profile in Creatio and the calendar to the same zone, or the profile to UTC (GMT) and: "
        "gsync config set creatio.dates utc",
    ),
    "creatio-dates-setting": Words(
        "creatio.dates is {setting}, but Creatio shows times {offset} from UTC. No date was written.",
        "gsync config set creatio.dates auto",
    ),
    "creatio-dates-guessed": Words(
        "Creatio does not tell in which zone it shows the times of activities; here they are taken for UTC. A run that "
        "writes finds out first.",
        "gsync sync activities",
    ),
    "creatio-dates-moved": Words(
        "Creatio does not keep the dates it is given: an activity was written for {wrote} and is shown for {shows}. "
        "The run ended there.",
        "Set the zone of the user's profile in Creatio to UTC (GMT), and: gsync config set creatio.dates auto",
    ),
}
