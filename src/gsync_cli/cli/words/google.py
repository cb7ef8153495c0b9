"""Signing in at Google as a user, and what Google refuses afterwards."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "google-not-signed-in": Words(
        "No Google account is signed in for the profile “{profile}”. Nothing was sent.", "gsync account add"
    ),
    "google-client-missing": Words(
        "gsync has no OAuth client to sign in with. Nothing was changed.",
        "Make a client of the type “Desktop app” in the Google console, download its file, then: "
        "gsync keys import FILE",
    ),
    "google-client-web-only": Words(
        "The imported client is of the type “Web application”: it is Creatio's own. gsync signs in with a second one, "
        "since an address of this machine in Creatio's client can lock some permissions. Nothing was changed.",
        "Make a client of the type “Desktop app” in the same project, then: gsync keys import FILE",
    ),
    "google-client-secret-missing": Words(
        "The file of the client {client_id} held no secret: Google shows it only when a client is made. "
        "Nothing was changed.",
        "Add a secret to the client in the console (or make a new client), download the file, then: "
        "gsync keys import FILE",
    ),
    "google-client-changed": Words(
        "The sign-in of {email} was made with another client than the one imported now ({client_id}), so it is worth "
        "nothing to it. Nothing was synchronised.",
        "gsync account add --email {email}",
    ),
    "google-client-refused": Words(
        "Google does not accept the client {client_id}[[: {message}]]. It was deleted, or its secret is another one. "
        "Nothing was synchronised.",
        "Download the client's file from the console again, then: gsync keys import FILE",
    ),
    "google-client-not-desktop": Words(
        "Google does not let the client {client_id} come back to this machine: it is not of the type “Desktop app”. "
        "Nothing was changed.",
        "Make a client of the type “Desktop app”, then: gsync keys import FILE",
    ),
    "google-address-insecure": Words(
        "The client's file names {address}, which is not https: codes and tokens would go in the open. "
        "Nothing was sent.",
        "Import a file whose auth_uri and token_uri begin with https://: gsync keys import FILE",
    ),
    "google-sign-in-timeout": Words(
        "Nobody finished the sign-in within {minutes} minutes. Nothing was stored.", "gsync account add"
    ),
    "google-consent-refused": Words(
        "The sign-in was cancelled on Google's page. Nothing was stored.", "gsync account add"
    ),
    "google-scope-not-granted": Words(
        "On Google's page this was left unticked, and without it gsync can't synchronise contacts: {boxes}. "
        "Nothing was stored.",
        "Sign in again and tick it: gsync account add",
    ),
    "google-other-account": Words(
        "{got} signed in, but {wanted} was wanted. Nothing was stored.",
        "Choose {wanted} on Google's page (a private window helps): gsync account add --email {wanted}",
    ),
    "google-linked-account": Words(
        "{got} signed in, but the profile “{profile}” belongs to {linked}; its links would be worth nothing for "
        "another account. Nothing was stored.",
        "gsync account add --email {linked}, or for {got} a profile of its own: gsync --profile NAME account add",
    ),
    "google-no-refresh-token": Words(
        "Google gave {email} no lasting sign-in (no refresh token). Nothing was stored.",
        "Remove the app's access at https://myaccount.google.com/connections, then: gsync account add --email {email}",
    ),
    "google-code-refused": Words(
        "Google did not accept the answer of its own page[[: {reason}]]; it is good for one use within some minutes. "
        "Nothing was stored.",
        "gsync account add",
    ),
    "google-sign-in-failed": Words(
        "Google refused the sign-in: {reason}[[ ({message})]]. Nothing was stored.", "gsync account add"
    ),
    "google-app-blocked": Words(
        "Google shuts the app out for this account[[ ({reason})]][[: {message}]]. It is Internal to another domain, or "
        "an administrator has not allowed it. Nothing was changed.",
        "Ask the Workspace administrator to trust the app: Admin console, Security, API controls",
    ),
    "google-grant-ended": Words(
        "The sign-in of {email} has ended[[ (Google says: {reason})]]: it was revoked, the password was changed, or it "
        "was not used for six months. What is synchronised stays; nothing new was sent.",
        "gsync --profile {profile} account add --email {email}",
    ),
    "google-grant-ended-testing": Words(
        "The sign-in of {email} has ended: the app is in testing, and Google ends such sign-ins after seven days. "
        "What is synchronised stays; nothing new was sent.",
        "gsync --profile {profile} account add --email {email} (and make the app Internal, or publish it, so that it "
        "lasts: https://console.cloud.google.com/auth/audience)",
    ),
    "google-grant-session-length": Words(
        "The Workspace domain of {email} asks for a new sign-in after some hours. What is synchronised stays; "
        "nothing new was sent.",
        "gsync --profile {profile} account add --email {email}",
    ),
    "google-token-refused": Words(
        "Google refuses the sign-in[[ of {email}]], though it was renewed a moment ago. Nothing more was sent.",
        "gsync account add[[ --email {email}]]",
    ),
    "google-scope-missing": Words(
        "The sign-in[[ of {email}]] does not hold the permission {scope}. Nothing was done with it.",
        "Sign in again and tick every box: gsync account add[[ --email {email}]]",
    ),
    "google-api-off": Words(
        "The API {service} is switched off in the Google project of the client. Nothing was sent.",
        "Switch it on at {link}, wait some minutes, then run the same command again",
    ),
    "google-forbidden": Words(
        "Google does not allow this to {email}: {message} Nothing more was sent.",
        "Ask the Workspace administrator whether the service is on for {email}",
    ),
    "google-refused": Words(
        "Google refused a request ({status} {reason}): {message} What was done before stays.",
        "Run the same command again with -v; if it comes back, report it",
    ),
    "google-unanswered": Words(
        "{host} gave no clear answer to a change ({reason}), so it may or may not have been made.",
        "Run the same command again: gsync looks before it repeats anything",
    ),
    "google-server": Words(
        "{host} has trouble of its own (HTTP {status}), and trying again did not help. What was done so far stays.",
        "Run the same command again in some minutes",
    ),
    "google-quota": Words(
        "Google's quota a minute is used up, by other programs too, and waiting did not help[[: {message}]]. "
        "What was done so far stays.",
        "Run the same command again in some minutes: it goes on from there",
    ),
    "google-quota-day": Words(
        "Google's quota a day is used up[[: {message}]]. What was done so far stays.",
        "Run the same command again tomorrow: it goes on from there",
    ),
    "google-not-google": Words(
        "What answers at {host} is not Google's service (HTTP {status}, no answer in its form): a wrong address, a "
        "proxy, or the sign-in page of a network. Nothing was changed there.",
        "Open {host} in a browser; then check gsync config show, google.endpoints",
    ),
}
