"""OAuth clients: the files the console gives, what is stored of them, and whether Google takes them."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "client-replaced": Words(
        "Another client was stored here before, {former}. Its id and its secret are forgotten, and Google shows no "
        "secret a second time.",
        "Should it be needed again: import its file, if you kept it, or add a secret to it at "
        "https://console.cloud.google.com/auth/clients",
    ),
    "client-replaced-without-secret": Words(
        "Another client was stored here before, {former}; {client_id} is in its place now."
    ),
    "client-id-unusual": Words(
        "“{client_id}” does not look like the id of a client of Google's: those end in .apps.googleusercontent.com. "
        "It is stored all the same.",
        "Compare it with https://console.cloud.google.com/auth/clients, and see whether Google knows it: "
        "gsync keys verify",
    ),
    "client-file-missing": Words(
        "There is no file {file}. Nothing was changed.",
        "Look where the browser puts downloads: ls ~/Downloads/client_secret*.json",
    ),
    "client-file-unreadable": Words(
        "{file} can't be read: {reason}. Nothing was changed.",
        "Give the file that the Google console let you download (client_secret_….json), and see that you may read it",
    ),
    "client-file-both": Words(
        "{file} holds two clients, “web” (Creatio's) and “installed” (gsync's own). Nothing was changed.",
        "The console gives each in a file of its own: import one after the other",
    ),
    "client-file-empty": Words(
        "{file} is empty. Nothing was changed.",
        "Download the client again from the Google console: https://console.cloud.google.com/auth/clients",
    ),
    "client-file-html": Words(
        "{file} holds a web page, not an OAuth client; the download most likely asked for a sign-in. "
        "Nothing was changed.",
        "Download the client again from the Google console: https://console.cloud.google.com/auth/clients",
    ),
    "client-file-not-json": Words(
        "{file} is not JSON, so it is no OAuth client from the Google console. Nothing was changed.",
        "Download the client again from the Google console: https://console.cloud.google.com/auth/clients",
    ),
    "client-file-service-account": Words(
        "{file} is the key of a service account, which can't act for a person. Nothing was changed.",
        "Make an OAuth client in the Google console and import that: https://console.cloud.google.com/auth/clients",
    ),
    "client-file-authorized-user": Words(
        "{file} holds somebody's sign-in (application default credentials), not an OAuth client. Nothing was changed.",
        "Make an OAuth client in the Google console and import that: https://console.cloud.google.com/auth/clients",
    ),
    "client-file-other": Words(
        "{file} is JSON, but no OAuth client: it needs one top key, “web” (Creatio's client) or “installed” "
        "(gsync's own). Nothing was changed.",
        "Download the client again from the Google console: https://console.cloud.google.com/auth/clients",
    ),
    "client-file-incomplete": Words(
        "{file} is an OAuth client without a usable {missing}. Nothing was changed.",
        "Download the client again from the Google console: https://console.cloud.google.com/auth/clients",
    ),
    "client-secret-missing": Words(
        "The file holds no secret for {client_id}: Google gives it only when it is made. The client is stored "
        "without it, and signing in with it will fail.",
        "Add a secret to the client at https://console.cloud.google.com/auth/clients, download it at once, "
        "then: gsync keys import FILE",
    ),
    "client-secret-refused": Words(
        "Google does not take this secret for the client {client_id}, so it was not stored.",
        "Copy it once more from {link}, whole and without blanks",
    ),
    "client-kind-form": Words(
        "“{given}” is no kind of client: there are web (Creatio's) and installed (gsync's own). Nothing was done.",
        "--kind web",
    ),
    "client-id-form": Words(
        "What was given as client ID does not look like one. Nothing was changed.",
        "Copy it from https://console.cloud.google.com/auth/clients: it ends in .apps.googleusercontent.com",
    ),
    "client-secret-form": Words(
        "What was given as client secret does not look like one: it is empty, has blanks in it, or is a client ID. "
        "Nothing was changed.",
        "Copy it from the console, where Google shows it once, when it is made",
    ),
    "client-former-secret-missing": Words(
        "gsync keeps no secret before the present one. Nothing was changed.", "gsync keys show"
    ),
    "client-wrong-kind": Words(
        "The client {client_id} is of another type ({kind}); here it must be a “{wanted}”.",
        "Make one of that type in the console, download its file, then: gsync keys import FILE",
    ),
    "client-other-project": Words(
        "The client {client_id} belongs to the project {theirs}, not to {ours}: the APIs and the consent screen of "
        "{ours} mean nothing to it.",
        "Make a client in {ours}: {link}, or choose its own project: gsync project use ID",
    ),
    "client-redirect-missing": Words(
        "This redirect URI is missing in the client, so signing in from Creatio will fail: {uri}"
        "[[ (it has {near}; the difference: {difference})]].",
        "Add it at {link}, letter by letter; then: gsync keys verify",
    ),
    "client-redirect-refused": Words(
        "Google does not take this redirect URI, though the imported file lists it, so signing in from Creatio will "
        "fail: {uri} Either it was taken out of the client since, or it is new: that takes minutes, sometimes hours.",
        "See whether it stands at {link}; then: gsync keys verify, again later where it is new",
    ),
    "client-origin-missing": Words(
        "This JavaScript origin is missing in the client: {origin}[[ (it has {near}; the difference: {difference})]].",
        "Add it at {link}; then download the file again, and: gsync keys import FILE",
    ),
    "keys-none": Words(
        "There is no client to ask Google about. Nothing was done.",
        "gsync keys import FILE, or: gsync keys set --client-id ID",
    ),
    "client-id-wrong": Words(
        "Google knows no client {client_id}. Nothing that uses it can work.",
        "Copy the id from {link}, then: gsync keys import FILE, or: gsync keys set --client-id ID",
    ),
    "client-deleted": Words(
        "The client {client_id} was deleted. Google brings one back within about 30 days.",
        "Restore it, or make a new one, at {link}; then: gsync keys import FILE",
    ),
    "client-disabled": Words(
        "The client {client_id} is disabled at Google ({said}). Nothing that uses it can work.",
        "Enable it, or make a new one, at {link}; then: gsync keys verify",
    ),
    "client-secret-wrong": Words(
        "Google does not take the stored secret of {client_id}. Nothing that uses it can work.",
        "Add a secret at {link}, then: gsync keys set --kind {kind} --client-id {client_id}",
    ),
    "client-former-secret-works": Words(
        "Google does not take the new secret of {client_id}, but still takes the one before it. Don't disable that "
        "one, and don't hand the new one to Creatio.",
        "Back to the one before: gsync keys set --kind {kind} --former; or type the new one again: "
        "gsync keys set --kind {kind} --client-id {client_id}",
    ),
    "client-secret-not-stored": Words(
        "No secret is stored for {client_id}, so it can't be proven nor used.",
        "Add a secret at {link}, then: gsync keys set --kind {kind} --client-id {client_id}",
    ),
    "client-unproven": Words(
        "Google's answer does not tell whether the client {client_id} is right: {said}.",
        "Run it again later; signing in shows it, too: gsync account add",
    ),
}
