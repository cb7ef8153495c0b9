"""Reaching Creatio: the address, the sign-in, the rights."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
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
}
