"""The job for the scheduler of the operating system."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "scheduler-unknown": Words(
        "gsync knows no scheduler “{name}”. It knows: {names}. Nothing was changed.", "gsync schedule install --help"
    ),
    "scheduler-silent": Words(
        "{scheduler} does not answer on this machine, or not for this user. Nothing was changed.",
        "gsync schedule install, without --with",
    ),
    "scheduler-none": Words(
        "This machine has no scheduler that answers this user; gsync looked for {looked_for}. Nothing was changed.",
        "Have whatever starts jobs here start this every {minutes} minutes: {by_hand} — or let gsync wait by itself: "
        "gsync sync all --watch",
    ),
    "scheduler-refused": Words(
        "The scheduler refused “{tried}”: {reason}. What was begun may stand there in part.",
        "Mend that, then repeat; or take it away with: gsync schedule remove",
    ),
    "schedule-path": Words(
        "{path} holds characters that can't be written down for the scheduler. Nothing was changed.",
        "Move the folder, or choose another scheduler: gsync schedule install --with NAME",
    ),
    "crontab-not-readable": Words(
        "Your crontab can't be read: {reason}. gsync does not touch what it has not seen; nothing was changed.",
        "Look at it yourself: crontab -l",
    ),
    "crontab-damaged": Words(
        "In your crontab one of the two marks around the lines of {job} is missing, so gsync can't tell which lines "
        "are its own. Nothing was changed.",
        "Take the lines of {job} out with: crontab -e",
    ),
    "crontab-carriage-returns": Words(
        "In your crontab lines end with a carriage return, and crontab -l does not print them as they are, so gsync "
        "can't write them back. Nothing was changed.",
        "Take them out with: crontab -e; or choose another scheduler: gsync schedule install --with NAME",
    ),
}
