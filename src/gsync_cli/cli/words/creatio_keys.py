"""What is written into Creatio for Google: the keys and the Gmail provider."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
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
}
