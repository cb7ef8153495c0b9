"""A run of synchronisation: its state, its lock, its guard, and the pairs made by hand."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "state-damaged": Words(
        "{path} is damaged and can't be read ({reason}). Both sides are untouched: everybody in them is safe.",
        "Move the file away and run again: pairs are recognised anew, and nothing is made twice",
    ),
    "state-newer": Words(
        "{path} was written by a newer gsync (form {version}, this one knows {known}). Nothing was changed.",
        "pip install --upgrade gsync-cli",
    ),
    "state-busy": Words("Another program holds {path}. Nothing was changed.", "Run the same command again"),
    "state-of-another": Words(
        "This profile has synchronised {known} so far, and now finds {now} as its {what}. Its memory of pairs would be "
        "wrong for it, so nothing was read or changed.",
        "Use a profile of its own: gsync --profile NAME …; or move {path} away to begin anew with this one",
    ),
    "run-in-progress": Words(
        "Another run of this profile is under way (process {pid}, since {since}). This one changed nothing.",
        "Wait for it, then run the same command again; gsync status shows it",
    ),
    "mass-change": Words(
        "This run would take {leaving} of {linked} {records} out of the synchronisation and empty fields of {blanked} "
        "more; the limit is {limit}. None of them was changed.",
        "Look with --dry-run; if it is meant: gsync sync {records} --allow-mass-change",
    ),
    "link-form": Words(
        "“{text}” does not fit the option --link: it must name a pair. Nothing was done.",
        "gsync sync {records} --link CREATIO_ID={example}, as the list of skipped shows",
    ),
    "link-unknown": Words(
        "There is no {id} among the {records} in {side}. None of them was changed.",
        "gsync sync {records} --dry-run lists the ids",
    ),
    "link-taken": Words(
        "{id} in {side} is linked to another one of the {records} already. None of them was changed.",
        "Take that one out of the synchronisation and run gsync sync {records}, then link again",
    ),
    "records-failed": Words(
        "{count} records could not be written; everything else is done.",
        "Mend them as their lines above say, then run again: gsync sync {records}",
    ),
    "every-without-watch": Words(
        "--every says how often --watch synchronises; without --watch it means nothing. Nothing was done.",
        "{command} --watch --every {every}",
    ),
    "watch-with": Words(
        "{option} is for one run that somebody looks at, so it does not go with {by_itself}. Nothing was done.",
        "{command} {option}, once; then: {command} {by_itself}",
    ),
}
