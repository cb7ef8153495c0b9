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
    "setup-person-needed": Words(
        "gsync did what a machine can do; the rest needs a person: {steps}. It is listed, with every value to copy.",
        "Do it, then: gsync setup-project[[ --client-json {file}]]",
    ),
    "client-secret-refused": Words(
        "Google does not take this secret for the client {client_id}, so it was not stored.",
        "Copy it once more from {link}, whole and without blanks",
    ),
    "options-exclude": Words("{one} and {other} exclude each other. Nothing was done.", "Leave one of them out"),
    "project-not-wanted": Words(
        "The project was not made, as you said. Nothing was changed.",
        "gsync setup-project, with --project ID for one that is there, or --organization, --folder, --no-organization",
    ),
    "version-form": Words(
        "“{version}” is not a version of Creatio.", "Write it as 7.17.1 or 8.1.3.6734; Creatio shows it under About"
    ),
    "version-incomplete": Words(
        "“{version}” is not enough of a version: the redirect URIs changed with 7.17.1, so within 7 the next numbers "
        "matter.",
        "Write it as 7.16, 7.17.0 or 7.18.2; Creatio shows it under About",
    ),
    "version-not-updated": Words(
        "The connected site is still at {version}, so there is no update to compare with.",
        "Name the version it will have: gsync redirect-uris --upgrade-from {version} --version V",
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
    "url-redirect-uri": Words(
        "“{url}” is a redirect URI (or a page of the sign-in), not the address of the site.",
        "Give the address of the site: --url {site}",
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
    # ── the administrator, projects, APIs ────────────────────────────────────────────────────────────────────
    "administrator-not-signed-in": Words(
        "Nobody is signed in as administrator, so gsync can't see or change projects and APIs. Nothing was done.",
        "gcloud auth application-default login, or: "
        'export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)", or without gcloud, in the browser with '
        "an imported Desktop client: gsync project sign-in",
    ),
    "administrator-sign-in-over": Words(
        "The sign-in as administrator[[ of {email}]] has ended; it lasts an hour. Nothing was done.",
        "gsync project sign-in",
    ),
    "administrator-token-refused": Words(
        "Google no longer accepts the administrator's sign-in[[ of {email}]]. Nothing more was done.", "{again}"
    ),
    "administrator-scope-missing": Words(
        "The administrator's sign-in[[ of {email}]] does not hold the permission for Google Cloud "
        "(https://www.googleapis.com/auth/cloud-platform). Nothing was done.",
        "Sign in again with it: {again}",
    ),
    "administrator-quota-project": Words(
        "Google does not know to which project it shall charge this sign-in (application default credentials without a "
        "quota project). Nothing was done.",
        "gcloud auth application-default set-quota-project PROJECT (one of yours in which the Cloud Resource Manager "
        'API is on), or: export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"',
    ),
    "administrator-api-off": Words(
        "{service} is off in the project[[ {project}]] to which the administrator's sign-in is charged, so Google "
        "takes no request. Nothing was done.",
        "gcloud services enable {service}[[ --project={project}]][[, or: {link}]]",
    ),
    "administrator-forbidden": Words(
        "Google does not allow this[[ to {email}]]: {message}[[ The permission {permission} is missing.]] "
        "Nothing more was done.",
        "Ask an owner of the project or the organization for it, then run the same command again",
    ),
    "administrator-sign-in-failed": Words(
        "The sign-in as administrator came to nothing: {why}. Nothing was stored.", "gsync project sign-in"
    ),
    "administrator-other-account": Words(
        "{got} signed in, but {wanted} was wanted. Nothing was stored.",
        "Choose {wanted} on Google's page (a private window helps): gsync project sign-in --email {wanted}",
    ),
    "administrator-token-form": Words(
        "{variable} holds no access token: that is one word of plain letters, without a line break. Nothing was sent.",
        'export {variable}="$(gcloud auth print-access-token)"',
    ),
    "adc-unreadable": Words(
        "The application default credentials in {path} can't be used: {reason}. Nothing was done.",
        "[[unset {variable}, then: ]]gcloud auth application-default login",
    ),
    "adc-ended": Words(
        "Google no longer accepts the application default credentials[[: {reason}]]. Nothing was done.",
        "gcloud auth application-default login",
    ),
    "project-id-form": Words(
        "“{project}” can't be the id of a project: {rule}. Nothing was made.",
        "Leave --id out, and gsync makes one of the name",
    ),
    "project-title-form": Words(
        "“{title}” can't be the name of a project: {rule}. Nothing was made.", '[[--name "{fitting}"]]'
    ),
    "project-parent-form": Words(
        "“{typed}” names nothing among the {kind}: a number is wanted. Nothing was made.", "{flag} 123456789012"
    ),
    "project-unreadable": Words(
        "“{typed}” is not the id of a project: it has small letters, digits and hyphens. Nothing was done.",
        "gsync project list",
    ),
    "project-missing": Words("No project is chosen. Nothing was done.", "--project ID, or: gsync project use ID"),
    "project-not-found": Words(
        "There is no project {project}, or it is not shown[[ to {account}]]; Google says the same of both. "
        "Nothing was changed.",
        "gsync project list",
    ),
    "project-choice-needed": Words(
        "{email} sees several organizations ({organizations}), and the choice is final. Nothing was made.",
        "--organization NUMBER, --folder NUMBER or --no-organization",
    ),
    "project-parents-both": Words(
        "Only one of --organization, --folder and --no-organization can be meant. Nothing was made.",
        "gsync project create --help",
    ),
    "project-terms": Words(
        "Google makes no project for this account[[ ({email})]] before its terms of service are accepted. "
        "Nothing was made.",
        "Open {link} as that account, accept the terms, then run the same command again",
    ),
    "project-quota": Words(
        "The number of projects that Google allows[[ {email}]] is used up: {message} "
        "Deleted ones count for about 30 days more. Nothing was made.",
        "Use one there is (gsync project list), or ask Google for more: {link}",
    ),
    "project-create-denied": Words(
        "The account[[ {email}]] may not make projects in {where}, or there is no such place. Nothing was made.",
        "Let an administrator of the organization run: {command}",
    ),
    "project-id-taken": Words(
        "The id {project} belongs to a project of somebody else; ids are unique in the whole world. Nothing was made.",
        "Choose another one with --id, or leave --id out",
    ),
    "project-id-refused": Words(
        "Google does not take the id {project}: {message} Nothing was made.",
        "Choose another one with --id, or leave --id out",
    ),
    "project-parent-unknown": Words(
        "Google does not take {parent} as the place of a project: {message} Nothing was made.",
        "Check the number: gcloud organizations list, or: gcloud resource-manager folders list --organization=NUMBER",
    ),
    "project-needs-parent": Words(
        "A service account[[ ({email})]] can't make a project outside an organization. Nothing was made.",
        "--organization NUMBER or --folder NUMBER",
    ),
    "project-being-deleted": Words(
        "The project {project} is being deleted; until about 30 days after that began, it can be taken back. "
        "Nothing was changed.",
        "gcloud projects undelete {project}, or choose another project",
    ),
    "project-not-made": Words(
        "Google had trouble of its own and did not make the project {project}: {message} Nothing was made.",
        "Run the same command again: gsync looks before it makes anything",
    ),
    "monitoring-not-set": Words(
        "Other services of Google are set to this machine, and Cloud Monitoring is not; it was not asked.",
        "gsync config set google.endpoints.monitoring URL",
    ),
    "project-unclear": Words(
        "Google gave no clear answer to making the project {project}, and it does not show yet.",
        "Run the same command again in a minute: gsync looks before it makes anything",
    ),
    "project-refused": Words(
        "Google did not make the project {project}: {message} Nothing was made.",
        "If a policy of the organization forbids it, its administrator can make the project; then: "
        "gsync project use ID",
    ),
    "operation-slow": Words(
        "Google has not finished within {minutes} minutes; gsync was waiting for {what}. It goes on at Google.",
        "Run the same command again later: it goes on from there",
    ),
    "apis-slow": Words(
        "{services} in {project} did not come to life within {minutes} minutes, though Google accepted it. "
        "It can take some hours.",
        "Run the same command again later: it goes on from there",
    ),
    "apis-unclear": Words(
        "Google gave no clear answer to enabling the APIs of {project}; they may or may not be on.",
        "Run the same command again: what is on already stays on",
    ),
    "apis-terms": Words(
        "Google enables no API in {project} before its terms of service are accepted[[ by {email}]]. "
        "Nothing was enabled.",
        "Open {link} as that account, accept the terms, then run the same command again",
    ),
    "apis-billing": Words(
        "Google wants a billing account for {project} before it enables {services}. Nothing was enabled.",
        "Link one at {link}, then run the same command again",
    ),
    "apis-forbidden-by-policy": Words(
        "A policy of the organization (gcp.restrictServiceUsage) forbids {services} in {project}: {message} "
        "Nothing was enabled.",
        "Have the organization's policy administrator allow them: "
        "https://console.cloud.google.com/iam-admin/orgpolicies/gcp-restrictServiceUsage?project={project}",
    ),
    "apis-enable-denied": Words(
        "The account[[ {email}]] may not enable APIs in {project} (the permission {permission} is missing). "
        "Nothing was enabled.",
        "Let an owner of the project run: {command}",
    ),
    "apis-refused": Words(
        "Google did not enable {services} in {project}: {message} Nothing was enabled.",
        "Enable them in the console: https://console.cloud.google.com/apis/library?project={project}",
    ),
    "apis-list-denied": Words(
        "The account[[ {email}]] may not see the APIs of {project} (the permission {permission} is missing), or there "
        "is no such project. Nothing was done.",
        "Let an owner of the project run: {command}",
    ),
    "apis-not-read": Words(
        "Google does not tell the APIs of {project}: {message} Nothing was done.", "gsync project show"
    ),
    "step-will-be-refused": Words(
        "The account[[ {email}]] will be refused at {work}: on {resource} it lacks the permission {permission}.",
        "Let an owner run: {command}",
    ),
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
        "page. gsync went no further.",
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
    # ── keys and mail in Creatio ─────────────────────────────────────────────────────────────────────────────
    "creatio-keys-client-missing": Words(
        "gsync has no OAuth client of the type “Web application”, which is Creatio's own, so there are no keys to give "
        "to Creatio. Nothing was sent.",
        "Download the client's file from https://console.cloud.google.com/auth/clients, then: gsync keys import FILE",
    ),
    "creatio-keys-secret-missing": Words(
        "gsync does not know the secret of Creatio's client {client_id}: Google shows it only when it is made. "
        "Nothing was sent.",
        "Add a secret to the client at https://console.cloud.google.com/auth/clients, download its file at once, then: "
        "gsync keys import FILE (or copy the secret, then: gsync keys set)",
    ),
    "creatio-keys-unproven": Words(
        "Google could not be asked whether it takes the secret of {client_id}, so that goes to Creatio unproven.",
        "See it later: gsync keys verify --kind web",
    ),
    "creatio-settings-right-missing": Words(
        "Creatio did not save the system settings[[: {message}]]. Most likely {user} may not change them. None was "
        "changed.",
        "Have the administrator grant {user} the operation CanManageSysSettings (System Designer, Operation "
        "permissions), then: gsync creatio push-keys",
    ),
    "creatio-setting-missing": Words(
        "This site has no system setting {setting}, so nothing could be written into it.",
        "Make it in System Designer, System settings: with the code {setting}, of the type “Unlimited length text”; "
        "then: gsync creatio push-keys",
    ),
    "creatio-setting-absent": Words(
        "This site has no system setting {setting}, so there is nothing to clear: it can't use a shared application."
    ),
    "creatio-setting-not-saved": Words(
        "Creatio did not save the system setting {setting}[[: {message}]]. Its value is what it was.",
        "Check its type in System Designer, System settings, and the right CanManageSysSettings of the user; then: "
        "gsync creatio push-keys",
    ),
    "creatio-setting-stays-empty": Words(
        "Creatio says that {setting} is saved, and yet shows it empty: nothing was stored, and without it Google "
        "refuses every sign-in from Creatio. (Or the user gsync signs in as has an empty personal value of it.)",
        "Enter the value in Creatio (System Designer, System settings, {setting}), or check the right "
        "CanManageSysSettings of that user; then: gsync creatio push-keys",
    ),
    "creatio-setting-cut": Words(
        "Creatio has cut the value of {setting}: {got} of {wanted} characters are left, and with those Google refuses "
        "every sign-in from Creatio.",
        "Change the type of {setting} to “Unlimited length text” (System Designer, System settings), then: "
        "gsync creatio push-keys",
    ),
    "creatio-setting-shadowed": Words(
        "Creatio says that {setting} is saved, and yet shows another value: most likely {user} has a personal value of "
        "that setting, which hides the one for everybody.",
        "Clear the personal value (System Designer, System settings, {setting}: untick “Personal”), then: "
        "gsync creatio push-keys",
    ),
    "creatio-keys-replaced": Words(
        "Creatio used another client so far, {former}. Mailboxes and Google accounts that were connected with it must "
        "sign in to Google again, now with {client_id}.",
        "Tell those who have a mailbox or a Google account in Creatio; for the mailboxes: gsync creatio mail-provider",
    ),
    "creatio-keys-overwritten": Words(
        "The id and the secret of another client, {former}, stood in Creatio and were overwritten. Nobody signs in "
        "with it: Creatio used its shared application. Its secret can't be had from Google again.",
        "Should that client be needed again, add a secret to it at https://console.cloud.google.com/auth/clients",
    ),
    "mail-provider-right-missing": Words(
        "The Gmail provider can't be set: {user} may not read or change {what} in Creatio[[ (“{message}”)]]. What was "
        "done before stays.",
        "Have the administrator grant {user} the operations CanManageMailServers and CanManageLookups and rights on "
        "the objects MailServer and OAuthApplications, then: gsync creatio mail-provider",
    ),
    "mail-provider-no-reason": Words(
        "Creatio refused gsync's request about {what} and gives no reason; most often {user} lacks a right. What was "
        "done before stays.",
        "Have the administrator grant {user} the operations CanManageMailServers and CanManageLookups and rights on "
        "the objects MailServer and OAuthApplications, then: gsync creatio mail-provider",
    ),
    "mail-provider-not-kept": Words(
        "Creatio took the changes of the email provider “{provider}”, but reading it back shows otherwise: {what}.",
        "Run it again: gsync creatio mail-provider; if it comes back, set it in Creatio: System Designer, Lookups, "
        "List of email providers",
    ),
    "mail-provider-several": Words(
        "This site has several Gmail providers. “{used}” ({id}) is the one that is set; these are left as they are: "
        "{others}.",
        "Choose “{used}” when you add a mailbox",
    ),
    "mail-provider-shared": Words(
        "“{used}” has its OAuth application in common with: {sharing}. What is set in it holds for them, too."
    ),
    "mail-provider-signed-out": Words(
        "From now on no mail reaches {mailboxes} of {providers} until their users sign in to Google again.",
        "In Creatio each of them opens the settings of the mailbox and signs in",
    ),
    # ── deleting the account ─────────────────────────────────────────────────────────────────────────────────
    "creatio-account-stays": Words(
        "Creatio does not let go of the account “{account}” in “Accounts in external resources”[[: {message}]]. "
        "It stands there as before.",
        "Delete it in Creatio (profile, Accounts in external resources, Actions, Delete) or have the administrator "
        "grant rights on SocialAccount, then: gsync account delete",
    ),
    "account-deletion-unfinished": Words(
        "The account {account} is not deleted everywhere yet. What is done stays done, and no synchronisation uses it "
        "any more.",
        "Run the same command again, it does the rest: gsync --profile {profile} account delete",
    ),
    "account-several": Words(
        "Nobody is signed in here, and Creatio lists several Google accounts of this user: {names}. Nothing was done.",
        "gsync account delete --email ADDRESS",
    ),
    "account-deletion-other": Words(
        "{got} signed in, but the deletion of {known} from the profile “{profile}” is not finished. "
        "Nothing was stored.",
        "Finish it: gsync --profile {profile} account delete; or give {got} a profile of its own: "
        "gsync --profile NAME account add",
    ),
    "account-changed": Words(
        "The account of this profile has changed in the meantime[[: it is {now} now, not {wanted}]]. "
        "Nothing was deleted.",
        "gsync account show",
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
        "This run would take {leaving} of {linked} {records} out of the synchronisation and empty fields of {blanked} "
        "more; the limit is {limit}. None of them was changed.",
        "Look with --dry-run; if it is meant: gsync sync {records} --allow-mass-change",
    ),
    "link-form": Words(
        "“{text}” does not name a pair. Nothing was done.",
        "gsync sync {records} --link CREATIO_ID={example}, as the list of skipped shows",
    ),
    "link-unknown": Words(
        "There is no {id} among the {records} on the side of {side}. Nothing was changed.",
        "gsync sync {records} --dry-run lists the ids",
    ),
    "link-taken": Words(
        "{id} on the side of {side} is linked to another one of the {records} already. Nothing was changed.",
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
    # ── the scheduler of the operating system ────────────────────────────────────────────────────────────────
    "scheduler-unknown": Words(
        "gsync knows no scheduler “{name}”. It knows: {names}. Nothing was changed.", "gsync schedule install --help"
    ),
    "scheduler-silent": Words(
        "{scheduler} does not answer on this machine, or not for this user. Nothing was changed.",
        "gsync schedule install, without --with",
    ),
    "scheduler-none": Words(
        "This machine has no scheduler that answers this user; gsync looked for {looked_for}. Nothing was changed.",
        "gsync sync all --watch, which synchronises as long as it runs",
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
    # ── doctor ───────────────────────────────────────────────────────────────────────────────────────────────
    "doctor-check-unknown": Words(
        "There is no check “{id}”.[[ Did you mean {near}?]] The checks: {known}. Nothing was looked at.", "gsync doctor"
    ),
    # ── sandbox and demo ─────────────────────────────────────────────────────────────────────────────────────
    "sandbox-not-running": Words(
        "The profile “{profile}” is not one of a sandbox. Nothing was done.",
        "gsync sandbox start --unregistered, then: gsync --profile sandbox sandbox console",
    ),
    "sandbox-project-missing": Words(
        "The profile “{profile}” has no project yet, and the console needs one. Nothing was done.",
        "gsync --profile {profile} setup-project --no-input",
    ),
    "sandbox-gone": Words(
        "The sandbox at {host} has ended, and what was in it is gone. Nothing was done.", "gsync sandbox start"
    ),
    "sandbox-console-refused": Words("The console of the sandbox refuses: {message}.", "gsync sandbox start"),
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
_SAID_FIRST: Final = "{message} "
"""Where a sentence of ours follows what a service said."""
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
    if _SAID_FIRST in template and isinstance(told := facts["message"], str):
        facts = _Facts({**facts, "message": _closed(told)})
    try:
        filled = template.format_map(facts)
    except (ValueError, TypeError, LookupError, AttributeError):
        # A fact of another type than the row expects: say the sentence with the facts as they are.
        filled = _FACT.sub(lambda name: f"{{{facts[name[1]]}", template).translate({0x7B: None, 0x7D: None})
    return _FULL_STOP_AFTER_END.sub(r"\1", filled)


def _closed(told: str) -> str:
    """Return what somebody said with a full stop at its end, so that a sentence of ours can follow."""
    return told if told.endswith((".", "!", "?", "…")) else f"{told}."
