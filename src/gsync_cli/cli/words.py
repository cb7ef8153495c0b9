"""What a person reads when something fails: one row for each error code.

`says` tells what happened and what it means for their data; `do` is the next step, with the command. Both are filled
with the facts of the error. A part in double brackets, `[[ Did you mean {near}?]]`, is left out where one of its facts
is empty or missing. A test renders the row of every code found in the sources.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gsync_cli.errors import GsyncError


@dataclass(frozen=True, slots=True)
class Words:
    """The sentence and the next step for one error code; `{name}` stands for a fact of the error."""

    says: str
    do: str = ""


WORDS: Final[dict[str, Words]] = {
    # ── files, profiles, settings ────────────────────────────────────────────────────────────────────────────
    "profile-name": Words("“{name}” can't be the name of a profile.", "Use letters, digits, dot, dash and underscore."),
    "file-readable-by-others": Words(
        "{path} can be read by other users of this machine (mode {mode}), so gsync does not use it.", "chmod 600 {path}"
    ),
    "file-not-readable": Words("{path} can't be read: {reason}."),
    "file-not-writable": Words(
        "{path} can't be written: {reason}. What stood there is unchanged.",
        "Make room or mend its rights, then repeat.",
    ),
    "credentials-damaged": Words(
        "{path} is not the file that gsync wrote: it can't be read as TOML. Nothing was changed.",
        "Move it away, then: gsync keys import …, gsync creatio connect …, gsync account add",
    ),
    "setting-unknown": Words(
        "gsync has no setting “{key}”.[[ Did you mean {near}?]] Nothing was changed.", "gsync config show"
    ),
    "setting-does-not-fit": Words(
        "“{value}” does not fit the setting {key}: it must be {expected}. Nothing was changed.",
        "gsync config get {key}",
    ),
    "config-damaged": Words(
        "{path} can't be read as TOML ({reason}), so gsync does not know its settings. Nothing was done.",
        "Mend that line, or move the file away and set its settings again with: gsync config set KEY VALUE",
    ),
    "config-unknown-key": Words(
        "{path} holds “{key}”, which is no setting of gsync.[[ Did you mean {near}?]] Nothing was done.",
        "gsync config unset {key}",
    ),
    "config-value": Words(
        "{path} holds “{value}” for {key}, but it must be {expected}. Nothing was done.",
        "gsync config set {key} VALUE, or: gsync config unset {key}",
    ),
    "environment-unknown-key": Words(
        "The environment holds {variable}, which is no setting of gsync.[[ Did you mean {near}?]] Nothing was done.",
        "unset {variable}",
    ),
    "environment-value": Words(
        "The environment holds “{value}” in {variable}, but {key} must be {expected}. Nothing was done.",
        "unset {variable}, or give it a value that fits",
    ),
    "client-file-missing": Words("There is no file {file}. Nothing was changed.", "gsync keys import --help"),
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
    # ── command line and terminal ────────────────────────────────────────────────────────────────────────────
    "command-unknown": Words(
        "There is no command “{command}”.[[ Did you mean {near}?]] Nothing was done.", "{group} --help"
    ),
    "command-missing": Words("“{group}” needs one of its commands: {commands}. Nothing was done.", "{group} --help"),
    "option-unknown": Words(
        "“{command}” has no option {option}.[[ Did you mean {near}?]] Nothing was done.", "{command} --help"
    ),
    "option-without-value": Words("The option {option} needs a value. Nothing was done.", "gsync --help"),
    "option-value": Words(
        "“{value}” does not fit the option {option}: it must be {expected}. Nothing was done.", "gsync --help"
    ),
    "argument-missing": Words("“{command}” needs {argument}. Nothing was done.", "{command} --help"),
    "value-wrong": Words("{parameter} of “{command}” does not fit: {reason} Nothing was done.", "{command} --help"),
    "usage": Words("“{command}” was not understood: {reason} Nothing was done.", "{command} --help"),
    "nothing-to-set": Words("No setting was given, so nothing was changed.", "{command} --help"),
    "shell-unknown": Words(
        "gsync can't tell which shell this is, or can't complete for it (it can for bash, zsh, fish and PowerShell).",
        "Run it again from inside that shell.",
    ),
    "question-without-terminal": Words(
        "gsync has to ask “{question}”, but nobody can answer here. Nothing was done.", "Answer it with {flag}"
    ),
    "question-unanswered": Words(
        "The question “{question}” got no answer. Nothing was done.", "Answer it, or give it with {flag}"
    ),
    "stdin-empty": Words(
        "{flag} reads a line from standard input, and there was none. Nothing was done.",
        "Pipe it in, for example: gsync … {flag} < FILE",
    ),
    "interrupted": Words(
        "Interrupted. What was done so far stays done.", "Run the same command again: it goes on from there."
    ),
    "defect": Words(
        "This is a defect of gsync, not of your data: an unexpected {kind}. What was done so far stays done.",
        "Run it again with -v to see where it happened, and report that.",
    ),
    "no-network": Words(
        "{host} can't be reached: {reason}. The request was not sent, so it changed nothing.",
        "Check the network, the proxy and the address, then run the same command again.",
    ),
    "no-answer": Words(
        "{host} did not answer: {reason}. The last request may have been carried out.",
        "Run the same command again: gsync looks before it repeats anything.",
    ),
    "endpoint-not-encrypted": Words(
        "{host} does not speak https: its address should most likely begin with http://. Nothing was sent.",
        "Look at google.endpoints: gsync config show",
    ),
    "certificate-untrusted": Words(
        "{host} showed a certificate that this machine does not trust, so nothing was sent: {reason}.",
        "Add your company's certificate authority to the system, or name it: export SSL_CERT_FILE=FILE",
    ),
    # ── keys and sign-in at Google ───────────────────────────────────────────────────────────────────────────
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
    # ── reaching Google ──────────────────────────────────────────────────────────────────────────────────────
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
    # ── provisioning ─────────────────────────────────────────────────────────────────────────────────────────
    "version-form": Words(
        "“{version}” is not a version of Creatio.", "Write it as 7.17.1 or 8.1.3.6734; Creatio shows it under About"
    ),
    "version-needed": Words(
        "The version of Creatio is not known, and the redirect URIs depend on it.",
        "gsync redirect-uris --version 8.1.3, or gsync creatio connect URL first",
    ),
    "runtime-form": Words("“{runtime}” is not a runtime: there are framework and net.", "--runtime framework"),
    "url-form": Words("“{url}” is not the address of a site.", "Write it as https://crm.example.com"),
    "url-with-user": Words(
        "“{url}” has a user name in it, which Google does not register.", "Leave out what stands before the @"
    ),
    "url-with-query": Words(
        "“{url}” has a query in it; the address of a site has none.", "Leave out everything from the ? on"
    ),
    "url-with-fragment": Words(
        "“{url}” has a fragment in it, which Google does not register.", "Leave out everything from the # on"
    ),
    "url-with-wildcard": Words(
        "“{url}” has a * in it: Google registers whole addresses only.", "Name each site: --url … --url …"
    ),
    "url-with-dots": Words("“{url}” has .. in its path, which Google does not register.", "Write the path out"),
    "url-not-https": Words(
        "“{url}” has no https, and Google registers nothing else for a site.",
        "Give the site a certificate; Creatio on plain http can't be connected with Google",
    ),
    "url-ip-address": Words("“{url}” is an IP address, and Google registers names only.", "Use the name of the site"),
    "url-not-public": Words(
        "“{url}” has no public domain; Google takes hosts under one (.com, .de …) only.",
        "Use the full name of the site, such as https://crm.example.com",
    ),
    # ── reaching Creatio ─────────────────────────────────────────────────────────────────────────────────────
    "creatio-address": Words(
        "“{given}” is not the address of a Creatio site. Nothing was changed.",
        "Give it as in the browser: gsync creatio connect https://crm.example.com --username LOGIN",
    ),
    "creatio-two-sign-ins": Words(
        "Sign in either with a login (--username) or as an OAuth application (--client-id), not both. "
        "Nothing was changed.",
        "gsync creatio connect --help",
    ),
    "creatio-secret-flag": Words(
        "{flag} does not go with {option}, which takes {wanted}. Nothing was changed.", "gsync creatio connect --help"
    ),
    "creatio-not-connected": Words(
        "No Creatio site is connected yet: {missing} is not set. Nothing was done.",
        "gsync creatio connect https://YOUR-SITE --username LOGIN",
    ),
    "creatio-user-needed": Words(
        "The OAuth application {client_id} is nobody's person, so gsync must be told whose tags and contacts are "
        "meant. Nothing was done.",
        "gsync config set creatio.user LOGIN, or when connecting: --user LOGIN",
    ),
    "creatio-unknown-host": Words(
        "There is no machine named {host}. Nothing was sent.",
        "Check the network and the address: gsync config get creatio.url",
    ),
    "creatio-unreachable": Words(
        "{host} can't be reached ({reason}). Nothing more was sent; what was done before stays.",
        "Check the network, then run the same command again",
    ),
    "creatio-needs-http": Words(
        "{host} does not speak https: the address should most likely begin with http://. Nothing was sent.",
        "gsync creatio connect http://{host} --username LOGIN",
    ),
    "creatio-certificate": Words(
        "The certificate of {host} is not trusted on this machine ({reason}). Nothing was sent.",
        "Have the company's certificate authority installed in the system, or name its file in SSL_CERT_FILE",
    ),
    "creatio-no-answer": Words(
        "{host} did not answer ({reason}). This request changes nothing there; what was done before stays.",
        "Run the same command again in some minutes",
    ),
    "creatio-unanswered": Words(
        "Creatio gave no clear answer to a change ({reason}), so it may or may not have been made.",
        "Run the same command again: gsync looks before it repeats anything",
    ),
    "creatio-unavailable": Words(
        "Creatio has trouble of its own (HTTP {status})[[: {message}]]. What was done so far stays.",
        "Run the same command again in some minutes",
    ),
    "creatio-reply-damaged": Words(
        "Creatio's reply about {what} can't be read; most likely it was cut on its way. What was done so far stays.",
        "Run the same command again",
    ),
    "creatio-needs-https": Words(
        "{asked} sends visitors on to https, and a password must not take such turns. Nothing more was sent.",
        "gsync config set creatio.url {url}, or when connecting: gsync creatio connect {url}",
    ),
    "creatio-redirected": Words(
        "{asked} sends visitors on to {to}; gsync does not follow, since it would carry the sign-in along. "
        "Nothing was changed.",
        "Find the site's own address in the browser, then: gsync creatio connect URL",
    ),
    "creatio-not-creatio": Words(
        "What answers at {url} is not Creatio's service (HTTP {status}): a wrong address, a proxy, or a maintenance "
        "page. Nothing was changed.",
        "Open it in a browser; if the address is another one: gsync creatio connect URL",
    ),
    "creatio-no-data-service": Words(
        "The data service (OData) of {url} answers neither under /0/odata nor under /odata. Nothing was changed.",
        "Check the address, or set the runtime: gsync config set creatio.runtime framework (or net)",
    ),
    "creatio-password-missing": Words(
        "gsync has no password for {user} at {url}. Nothing was sent.", "gsync creatio connect {url} --username {user}"
    ),
    "creatio-password-wrong": Words(
        "Creatio does not let {user} in[[ (“{message}”)]]: a wrong login or password, or the account is locked, which "
        "looks the same. Accounts lock after a few failures, so gsync does not send this password again.",
        "Try it in the browser (a locked account opens after about 15 minutes), then: "
        "gsync creatio connect {url} --username {user}",
    ),
    "creatio-password-refused-before": Words(
        "Creatio refused the stored password of {user} last time, and accounts lock after a few failures, so gsync did "
        "not send it again. Nothing was done.",
        "gsync creatio connect {url} --username {user}",
    ),
    "creatio-second-factor": Words(
        "Creatio asks {user} for a second factor, which a program can't give. Nothing was done.",
        "Make an OAuth application in Creatio (System Designer, OAuth integrated applications), then: "
        "gsync creatio connect {url} --client-id ID --user {user}",
    ),
    "creatio-password-expired": Words(
        "The password of {user} has expired. Nothing was done.",
        "Change it in the browser at {url}, then: gsync creatio connect {url} --username {user}",
    ),
    "creatio-password-change-advised": Words(
        "Creatio advises to change the password soon[[: {message}]]. The work goes on.",
        "Change it in the browser at {url}, then: gsync creatio connect {url}",
    ),
    "creatio-no-licence": Words(
        "{user} has no licence in Creatio[[ (“{message}”)]], so Creatio gives no data. Nothing was done.",
        "Have the administrator grant one: System Designer, License manager",
    ),
    "creatio-login-forbidden": Words(
        "{url} does not allow this sign-in: {message}. Nothing was done.",
        "Ask the administrator; sign-in by password can be switched off there, and OAuth is the other way: "
        "gsync creatio connect {url} --client-id ID --user LOGIN",
    ),
    "creatio-client-refused": Words(
        "Creatio's identity service does not accept the OAuth application {client_id} ({reason}). Nothing was done.",
        "Check its id and secret in System Designer, OAuth integrated applications, then: "
        "gsync creatio connect URL --client-id {client_id}",
    ),
    "creatio-identity-needed": Words(
        "gsync can't tell where the identity service of {url} is: only cloud sites have a rule for it. "
        "Nothing was done.",
        "gsync config set creatio.identity_url URL, or when connecting: --identity-url URL",
    ),
    "creatio-identity-wrong": Words(
        "What answers at {url} is no identity service (HTTP {status}). Nothing was done.",
        "gsync config set creatio.identity_url URL (Creatio's system setting OAuth20IdentityServerUrl holds it)",
    ),
    "creatio-access-denied": Words(
        "Creatio signs {user} in, and refuses this request all the same[[: {message}]]. A right is missing: to use "
        "OData, or on the object that Creatio names. What was done so far stays.",
        "Have the administrator grant the operation CanUseODataService and rights on that object, then: "
        "gsync creatio status",
    ),
    "creatio-right-missing": Words(
        "{user} may not read or write {what} in Creatio[[: {message}]]. What was done so far stays.",
        "Have the administrator grant the operation CanUseODataService and rights on that object",
    ),
    "creatio-refusal": Words(
        "Creatio refused a request[[ about {what}]] (HTTP {status}): {message}. What was done so far stays.",
        "Run the same command again with -v; if it comes back, report it",
    ),
    "creatio-user-not-found": Words(
        "Creatio has no user with the login “{user}”, or does not show it. Nothing was done.",
        "gsync config set creatio.user LOGIN",
    ),
    "creatio-user-unreadable": Words(
        "Creatio does not let gsync look up the user “{user}”[[: {message}]]. Nothing was done.",
        "Have the administrator grant reading SysAdminUnit or VwSysAdminUnit over OData",
    ),
    "creatio-user-without-contact": Words(
        "The user “{user}” has no contact in Creatio, so no tag can belong to that person. Nothing was done.",
        "Have the administrator set the contact of that user, or: gsync config set creatio.user LOGIN",
    ),
    "creatio-zone-unknown": Words(
        "creatio.dates is user-zone, but Creatio does not tell the time zone of {user}. Nothing was done.",
        "Set the zone in the user's profile in Creatio, or: gsync config set creatio.dates auto",
    ),
    # ── contacts: tag, group ─────────────────────────────────────────────────────────────────────────────────
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
    # ── the engine: state, lock, guard ───────────────────────────────────────────────────────────────────────
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
    "disk-full": Words(
        "The disk is full: {path} can't be written. What stood there is unchanged, and nothing is lost.",
        "Make room, then run the same command again: it goes on from there",
    ),
    "run-in-progress": Words(
        "Another run of this profile is under way (process {pid}, since {since}). This one changed nothing.",
        "Wait for it, then run the same command again; gsync status shows it",
    ),
    "mass-change": Words(
        "This run would take {leaving} of {linked} contacts out of the synchronisation and empty fields of {blanked} "
        "more; the limit is {limit}. No contact was changed.",
        "Look with --dry-run; if it is meant: gsync sync contacts --allow-mass-change",
    ),
    "link-form": Words(
        "“{text}” does not name a pair. Nothing was done.",
        "gsync sync contacts --link CREATIO_ID=people/c123, as the list of skipped shows",
    ),
    "link-unknown": Words(
        "There is no contact {id} on the side of {side}. Nothing was changed.",
        "gsync sync contacts --dry-run lists the ids",
    ),
    "link-taken": Words(
        "{id} on the side of {side} is linked to another contact already. Nothing was changed.",
        "Take that one's tag off and run gsync sync contacts, then link again",
    ),
    "records-failed": Words(
        "{count} records could not be written; everything else is done.",
        "Mend them as their lines above say, then run again: gsync sync contacts",
    ),
    # ── sandbox and demo ─────────────────────────────────────────────────────────────────────────────────────
    "sandbox-profile-taken": Words(
        "The profile “{profile}” in {folder} was not made by a sandbox, so gsync does not write over it. "
        "Nothing was changed.",
        "Let the sandbox use another one: gsync --profile NAME sandbox start",
    ),
    "sandbox-running": Words(
        "A sandbox with the profile “{profile}” is running already[[, at {url}]]. Nothing was changed.",
        "Use that one, or start another beside it: gsync --profile NAME sandbox start",
    ),
    "sandbox-port": Words(
        "The sandbox can't listen on port {port} of this machine: {reason}. Nothing was started.",
        "Leave --port out to have a free one, or name another: gsync sandbox start --port PORT",
    ),
    "sandbox-latency": Words(
        "“{text}” is no latency: it must be a time such as 50ms or 0.2s. Nothing was started.",
        "gsync sandbox start --latency 50ms",
    ),
    "sandbox-version": Words(
        "The sandbox knows no Creatio {text}: it plays 7.16 and all later versions. Nothing was started.",
        "gsync sandbox start --creatio-version 7.17.3",
    ),
    "sandbox-ended": Words(
        "The sandbox at {url} ended by itself, which it should not. What was in it is gone.",
        "gsync sandbox start",
    ),
    "demo-command-failed": Words(
        "The demo stopped: “{line}” ended with exit code {exit_code}, which it should not.[[ It said: {reason}]] "
        "Nothing is left behind.",
        "Run it again; should it happen again, please report it with what it printed.",
    ),
    "demo-differs": Words(
        "The demo did not end as the guide says; not so: {checks}. Nothing is left behind.",
        "Run it again; should it happen again, please report it with what it printed.",
    ),
}

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")
_FACT = re.compile(r"\{(\w+)")
_FULL_STOP_AFTER_END = re.compile(r"([.!?…][”\")\]]?)\.(?=\s|$)")
"""A sentence of somebody else's that ends by itself, before the full stop of ours."""
LONGEST_FACT: Final = 400


def render(error: GsyncError) -> tuple[str, str]:
    """Return the sentence and the next step for an error. It never fails: what is missing shows as “…”."""
    row = WORDS.get(error.code)
    if row is None:
        return f"gsync stopped: {error}.", ""
    facts = _Facts({name: _readable(value) for name, value in error.facts.items()})
    return _filled(row.says, facts), _filled(row.do, facts)


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


def _readable(value: object) -> object:
    if isinstance(value, str):
        # What a server or SQLite says may have several lines, or be a whole page.
        told = " ".join(value.split())
        return told if len(told) <= LONGEST_FACT else f"{told[:LONGEST_FACT]}…"
    if isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping):
        return ", ".join(str(item) for item in value)
    return value


def _filled(template: str, facts: _Facts) -> str:
    def optional(part: re.Match[str]) -> str:
        given = all(facts.get(name) not in (None, "") for name in _FACT.findall(part[1]))
        return part[1] if given else ""

    template = _OPTIONAL.sub(optional, template)
    try:
        filled = template.format_map(facts)
    except (ValueError, TypeError, LookupError, AttributeError):
        # A fact of another type than the row expects: say the sentence with the facts as they are.
        filled = _FACT.sub(lambda name: f"{{{facts[name[1]]}", template).translate({0x7B: None, 0x7D: None})
    return _FULL_STOP_AFTER_END.sub(r"\1", filled)
