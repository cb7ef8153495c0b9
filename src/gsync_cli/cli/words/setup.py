"""setup-project as a whole."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "setup-person-needed": Words(
        "gsync did what a machine can do; the rest needs a person: {steps}. It is listed, with every value to copy.",
        "Do it, then: gsync setup-project[[ --client-json {file}]]",
    ),
    "project-not-wanted": Words(
        "The project was not made, as you said. Nothing was changed.",
        "gsync setup-project, with --project ID for one that is there, or --organization, --folder, --no-organization",
    ),
}
