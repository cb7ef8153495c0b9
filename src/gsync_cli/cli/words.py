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
        "Add a secret to the client at https://console.cloud.google.com/auth/clients, download it at once, then: gsync keys import FILE",
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
    # ── reaching Creatio ─────────────────────────────────────────────────────────────────────────────────────
    # ── contacts: tag, group ─────────────────────────────────────────────────────────────────────────────────
    # ── the engine: state, lock, guard ───────────────────────────────────────────────────────────────────────
    # ── sandbox and demo ─────────────────────────────────────────────────────────────────────────────────────
}

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")
_FACT = re.compile(r"\{(\w+)")


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
    if isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping):
        return ", ".join(str(item) for item in value)
    return value


def _filled(template: str, facts: _Facts) -> str:
    def optional(part: re.Match[str]) -> str:
        given = all(facts.get(name) not in (None, "") for name in _FACT.findall(part[1]))
        return part[1] if given else ""

    template = _OPTIONAL.sub(optional, template)
    try:
        return template.format_map(facts)
    except (ValueError, TypeError, LookupError, AttributeError):
        # A fact of another type than the row expects: say the sentence with the facts as they are.
        return _FACT.sub(lambda name: f"{{{facts[name[1]]}", template).translate({0x7B: None, 0x7D: None})
