"""The consent screen and its scopes."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "scope-read-only": Words(
        "“{scope}” is a read-only scope: Creatio needs to write, and the guide leaves all of these out. "
        "Nothing was changed.",
        "Leave it out[[, or use {instead}]]",
    ),
    "scope-misspelt": Words("“{scope}” is no scope to the letter; {instead} is. Nothing was changed.", "Use {instead}"),
    "scope-unknown": Words(
        "“{scope}” is no scope of the Gmail, People (Contacts) or Calendar API. Nothing was changed.",
        "[[Use {instead}, or: ]]gsync scopes list",
    ),
    "scopes-none-given": Words("No scope was given. Nothing was changed.", "gsync scopes list"),
    "scopes-choose-one": Words(
        "--guide, --minimum and scopes of one's own exclude each other. Nothing was changed.",
        "gsync scopes select --help",
    ),
    "scopes-setting": Words(
        "The setting google.scopes holds what can't be declared: {scopes}. Nothing was done.",
        "gsync scopes select --guide, or see why: gsync scopes check SCOPE",
    ),
    "scope-metadata-granted": Words(
        "The sign-in of {email} holds gmail.metadata beside other scopes; with it Gmail refuses to search and to read "
        "whole messages. gsync needs neither.",
        "Remove the app's access at https://myaccount.google.com/connections, then: gsync account add --email {email}",
    ),
    "scope-documents-missing": Words(
        "The list of scopes ({name}) is missing in the installed google-api-python-client. Nothing was done.",
        "pip install --force-reinstall google-api-python-client",
    ),
    "email-form": Words("“{given}” is no e-mail address. Nothing was done.", "Write it as anna@example.com"),
    "user-type-form": Words(
        "“{given}” is no user type: there are internal and external. Nothing was done.", "--user-type internal"
    ),
    "consent-internal-without-organization": Words(
        "The project lies in no organization, and without one Google offers External alone. Nothing was done.",
        "--user-type external (see what it means: gsync consent show --user-type external), or make the project in an "
        "organization",
    ),
}
