"""Contacts: the group in Google, the tag in Creatio."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "google-group-renamed": Words(
        "The Google group “{group}” is called “{now}” now; it is still the one that is synchronised.",
        'gsync config set sync.contacts.group "{now}" to use the new name here, too',
    ),
    "creatio-tag-renamed": Words(
        "The private tag “{name}” is called “{now}” in Creatio now; it is still the one that is synchronised.",
        'gsync settings set --contacts-tag "{now}" to use the new name here, too',
    ),
    "google-group-deleted": Words(
        "The group “{group}”, through which contacts are synchronised, was deleted in Google. Going on would take the"
        " tag off every synchronised contact in Creatio, so nothing was written.",
        "To keep them, make the group again in Google, put its contacts into it, then: gsync sync contacts; if they"
        " shall all leave: gsync sync contacts --allow-mass-change",
    ),
    "google-group-system": Words(
        "“{group}” is a group of Google's own, which can't take contacts from Creatio. Nothing was written.",
        "gsync config set sync.contacts.group NAME",
    ),
    "google-group-unclear": Words(
        "The group “{group}” was asked for, and Google does not show it yet. No contact was written.",
        "Run the same command again in a minute.",
    ),
    "google-contacts-unread": Words(
        "Google could not read some contacts just now: {message}. Nothing is known to be lost or changed.",
        "Run the same command again in a minute.",
    ),
    "creatio-tag-not-set": Words(
        "No tag is set: gsync takes only the Creatio contacts that carry a private tag of yours.",
        "gsync settings set --contacts-tag NAME   (or for one run: gsync sync contacts --tag NAME)",
    ),
    "creatio-tag-missing": Words(
        "You have no private tag “{name}” for contacts in Creatio. Nothing was written."
        " Your private tags: {there_are}.",
        'To make it: gsync sync contacts --tag "{name}" --create-tag',
    ),
    "creatio-tag-not-private": Words(
        "The tag “{name}” is {kind}. Creatio has private, corporate and public tags, and only the contacts with a"
        " private one of yours are synchronised. Nothing was written.",
        "Choose or make a private one: gsync settings set --contacts-tag NAME",
    ),
    "creatio-tag-twice": Words(
        "You have {count} private tags “{name}” in Creatio, and gsync can't tell which one you mean. Nothing was"
        " written.",
        "Rename all but one of them in Creatio, then: gsync sync contacts",
    ),
    "creatio-tag-of-somebody-else": Words(
        "The private tag “{name}” belongs to another user of Creatio. Nothing was written.",
        "Make one of your own: gsync sync contacts --tag NAME --create-tag",
    ),
    "creatio-tag-not-made": Words(
        "Creatio did not make the private tag “{name}”: {reason}. No contact was changed.",
        "Make it in Creatio, on the page of any contact, then: gsync sync contacts",
    ),
    "creatio-tag-deleted": Words(
        "The tag “{name}”, through which contacts are synchronised, was deleted in Creatio. Going on would take every"
        " synchronised contact out of the Google group, so nothing was written.",
        "To keep them, make the tag again in Creatio, put it on its contacts, then: gsync sync contacts --create-tag;"
        " if they shall all leave: gsync sync contacts --create-tag --allow-mass-change",
    ),
}
