"""What follows when an email provider gets another OAuth application (facts/creatio.md 6)."""

from gsync_cli.sandbox.creatio.tables import Row, Tables

SIGN_IN_AGAIN = "The authentication of the email provider has changed. Sign in to the mailbox again."


def application_changed(tables: Tables, old: Row | None, server: Row) -> None:
    """Stop the mailboxes of a provider whose application is another one now, and delete the application before it.

    From none, the mailboxes lose their passwords; from another one, their tokens.
    """
    before = old["OAuthApplicationId"] if old else None
    if old is None or before == server["OAuthApplicationId"]:
        return
    lost = {"OAuthTokenStorageId": None} if before else {"UserPassword": ""}
    for mailbox in [row for row in tables.rows("MailboxSyncSettings") if row["MailServerId"] == server["Id"]]:
        stopped = {**lost, "SynchronizationStopped": True, "ErrorMessage": SIGN_IN_AGAIN}
        tables.put("MailboxSyncSettings", {**mailbox, **stopped})
    shared = any(row["OAuthApplicationId"] == before for row in tables.rows("MailServer"))
    if before and not shared:
        tables.remove("OAuthApplications", before)
