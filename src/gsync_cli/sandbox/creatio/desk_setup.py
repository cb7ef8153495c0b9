"""What people do in Creatio about accounts, mailboxes and settings, and what they see of them."""

from typing import Any

from gsync_cli.sandbox.creatio.ids import COMMUNICATION_TYPES
from gsync_cli.sandbox.creatio.records import Records
from gsync_cli.sandbox.creatio.seed import GMAIL
from gsync_cli.sandbox.creatio.settings import Settings
from gsync_cli.sandbox.creatio.tables import Row
from gsync_cli.sandbox.creatio.users import User


class SetupActs:
    """The part of the desk that has to do with provisioning. Raises Refusal and KeyError, as `Desk` does."""

    def __init__(self, records: Records, settings: Settings, user: User) -> None:
        self._records = records
        self._tables = records.tables
        self._settings = settings
        self.user = user

    # -- for every part of the desk -------------------------------------------------------------------------------

    @property
    def _by(self) -> str:
        return self.user.contact_id

    def _row(self, table: str, row_id: str) -> Row:
        row = self._tables.get(table, row_id)
        if row is None:
            raise KeyError(row_id)
        return row

    def _change(self, table: str, row_id: str, values: Row) -> None:
        self._row(table, row_id)
        self._records.update(table, row_id, values, self._by)

    def _delete(self, table: str, row_id: str) -> None:
        self._row(table, row_id)
        self._records.delete(table, row_id, self._by)

    def _name_of(self, table: str, row_id: str | None) -> str:
        row = self._tables.get(table, row_id)
        return "" if row is None else row["Name"]

    # -- accounts in external resources ---------------------------------------------------------------------------

    def connect_google_account(self, login: str, *, correspondence: int = 0, activities: int = 0) -> str:
        """Connect a Google account as the product does, with as many correspondence rows; return its id."""
        values = {
            "Login": login,
            "Name": login,
            "SocialId": login,
            "AccessToken": "ya29.sandbox",
            "AccessSecretToken": "1//sandbox",
            "ConsumerKey": self._settings.by_code["GoogleConsumerKey"].value or "shared",
            "TypeId": COMMUNICATION_TYPES["google"],
            "UserId": self.user.id,
        }
        by = self.user.contact_id
        account: str = self._records.insert("SocialAccount", values, by)["Id"]
        for number in range(correspondence):
            row = {"SourceContactId": f"c{number}", "SourceAccountId": account, "SocialAccountName": login}
            self._records.insert("ContactCorrespondence", {**row, "SourceId": COMMUNICATION_TYPES["google"]}, by)
        for number in range(activities):
            row = {"SourceActivityId": f"a{number}", "SourceAccountId": account}
            self._records.insert("ActivityCorrespondence", row, by)
        return account

    def google_accounts(self) -> list[Row]:
        """Return the Google accounts of this user."""
        google = COMMUNICATION_TYPES["google"]
        rows = self._tables.rows("SocialAccount")
        return [dict(row) for row in rows if row["TypeId"] == google and row["UserId"] == self.user.id]

    # -- mail -----------------------------------------------------------------------------------------------------

    def add_mailbox(self, address: str, server: str = GMAIL) -> str:
        """Add a mailbox of a provider, signed in as the provider asks: by password, or by OAuth; return its id."""
        values: Row = {"MailServerId": server, "SenderEmailAddress": address, "UserName": address}
        by = self.user.contact_id
        if (self._tables.get("MailServer", server) or {}).get("OAuthApplicationId"):
            token = self._records.insert("OAuthTokenStorage", {"UserAppLogin": address, "AccessToken": "ya29"}, by)
            values["OAuthTokenStorageId"] = token["Id"]
        else:
            values["UserPassword"] = "app password"
        row_id: str = self._records.insert("MailboxSyncSettings", {**values, "SysAdminUnitId": self.user.id}, by)["Id"]
        return row_id

    def mailboxes(self) -> list[Row]:
        """Return all mailboxes."""
        return [dict(row) for row in self._tables.rows("MailboxSyncSettings")]

    def set_gmail_provider(self, **columns: Any) -> None:
        """Change columns of the stock Gmail provider, by their payload names."""
        self._records.update("MailServer", GMAIL, columns, self.user.contact_id)

    def add_provider(self, **columns: Any) -> str:
        """Add an email provider; return its id."""
        row_id: str = self._records.insert("MailServer", columns, self.user.contact_id)["Id"]
        return row_id

    def delete_provider(self, row_id: str = GMAIL) -> None:
        """Delete an email provider with its mailboxes."""
        self._records.delete("MailServer", row_id, self.user.contact_id)

    def add_oauth_application(self, client_id: str, **columns: Any) -> str:
        """Add an OAuth application, linked to nothing; return its id."""
        google = {"Name": "GoogleOAuthAuthenticator", "AppClassName": "GoogleOAuthAuthenticator"}
        values = {**google, "ClientClassName": "GoogleOAuthClient", "ClientId": client_id, **columns}
        row_id: str = self._records.insert("OAuthApplications", values, self.user.contact_id)["Id"]
        return row_id

    def providers(self) -> list[Row]:
        """Return all email providers, each with its `application`, secret and all, or None."""
        return [
            {**row, "application": self._tables.get("OAuthApplications", row["OAuthApplicationId"])}
            for row in self._tables.rows("MailServer")
        ]

    # -- system settings ------------------------------------------------------------------------------------------

    def setting(self, code: str) -> Any:
        """Return the value that a setting has for everybody."""
        return self._settings.by_code[code].value

    def set_setting(self, code: str, value: Any, *, own: bool = False) -> None:
        """Set a value for everybody, or with `own` for this user alone."""
        if own:
            self._settings.by_code[code].own[self.user.id] = value
        else:
            self._settings.by_code[code].value = value
