"""Who may do what with which table (facts/creatio.md 1.6, 2.8)."""

from collections.abc import Callable
from typing import Final, Literal

from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import Refusal
from gsync_cli.sandbox.creatio.schema import SYSTEM_TABLES, UNREADABLE
from gsync_cli.sandbox.creatio.users import User

SINCE_FORBIDDEN: Final = (8, 3, 2)
"""Missing rights are 403 from 8.3.2 on, and were 401 before (1.5)."""

_FAILED: Final = 500
_OPERATIONS: Final = {
    "MailServer": ("CanManageLookups", "CanManageMailServers"),
    "OAuthApplications": ("CanManageMailServers",),
}
"""What it takes to change a table, beside object rights."""

Action = Literal["read", "write"]


class Rights:
    """Refuses what the caller has no right to. `version` gives the site's."""

    def __init__(self, options: Options, version: Callable[[], tuple[int, ...]]) -> None:
        self._options = options
        self._version = version

    def require(self, action: Action, table: str, user: User) -> None:
        """Raise Refusal where an object right is missing."""
        if (
            not user.has_rights
            or (action, table) in self._options.denied
            or (action == "write" and table in SYSTEM_TABLES)
            or table in UNREADABLE
        ):
            done = "read records from" if action == "read" else "change records of"
            raise self._refusal(f'Current user does not have permissions to {done} object "{table}".')
        if action == "write":
            for operation in _OPERATIONS.get(table, ()):
                self.require_operation(operation)

    def require_operation(self, operation: str) -> None:
        """Raise Refusal where nobody is allowed the operation."""
        if operation in self._options.missing_operations:
            raise self._refusal(f'Current user does not have permissions for the operation "{operation}".')

    def require_odata(self, user: User) -> None:
        """Raise Refusal where the right to OData as a whole is missing."""
        if not self._options.odata_right or not user.has_rights:
            raise self._refusal('Current user does not have permissions for the operation "CanUseODataService".', 403)

    def require_visible(self, table: str) -> None:
        """Raise Refusal where OData does not let anybody at the table."""
        if table in self._options.odata_closed:
            status = self._options.closed_status
            found = "not found in schema" if status == _FAILED else "restricted"
            raise self._refusal(f'Access to the table "{table}": {found}.', status)
        if table in SYSTEM_TABLES and not self._options.system_tables:
            raise self._refusal(f'Access to the system table "{table}" is restricted.', 403)

    def _refusal(self, message: str, status: int | None = None) -> Refusal:
        if status is None:
            status = 403 if self._version() >= SINCE_FORBIDDEN else 401
        return Refusal(status, message, "System.Security.SecurityException")
