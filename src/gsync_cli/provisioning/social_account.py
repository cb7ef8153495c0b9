"""The Google account that a user has in Creatio: a row of SocialAccount ("Accounts in external resources").

Deleting that row is all that the product itself does (facts/creatio.md 4.4). Rows of the old synchronisation may point
at it and so hold it; only where the site refuses for their sake are they deleted first, those of this account alone.
They are that synchronisation's notes about pairs: no contact, activity or communication goes with them.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.creatio.batch import BATCH_LIMIT, Part
from gsync_cli.creatio.dataservice import DataService
from gsync_cli.creatio.errors import CreatioRefusal, Unanswered
from gsync_cli.creatio.odata import OData
from gsync_cli.creatio.tables import Tables
from gsync_cli.creatio.values import id_of, same_id, text_of
from gsync_cli.creatio.wellknown import GOOGLE
from gsync_cli.errors import ConfigurationWrong, Refused

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite

ACCOUNTS: Final = "SocialAccount"
CORRESPONDENCE: Final = ("ContactCorrespondence", "ActivityCorrespondence")
_USERS: Final = ("SysAdminUnit", "VwSysAdminUnit")
_NAMES: Final = ("Login", "Name", "SocialId")
_NOT_EVERYWHERE: Final = ("SocialId",)
_NOT_FOUND: Final = 404
_HOLDER: Final = "SourceAccount/Id"


@dataclass(frozen=True, slots=True)
class Owner:
    """The Google account that is meant."""

    email: str
    subject: str = ""
    """Google's own id of it; "" where it is not known."""


@dataclass(frozen=True, slots=True)
class SocialAccount:
    """A Google account as Creatio lists it. Its tokens are never read."""

    id: str
    names: tuple[str, ...]
    """Login, name and id in the external resource, those that are not empty."""

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.names[0] if self.names else self.id

    def is_of(self, owner: Owner) -> bool:
        """Tell whether one of its names is the owner's address or id."""
        known = {owner.email.casefold(), owner.subject.casefold()} - {""}
        return any(name.casefold() in known for name in self.names)

    @property
    def names_an_address(self) -> bool:
        """Whether it says which address it belongs to."""
        return any("@" in name for name in self.names)


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed, and what was left since it is another account."""

    removed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    correspondence: int = 0
    """How many rows of Creatio's own synchronisation had to go with it."""
    no_table: bool = False
    """Whether the site has no such accounts at all."""


def choose(accounts: Sequence[SocialAccount], owner: Owner) -> tuple[list[SocialAccount], list[SocialAccount]]:
    """Return the accounts that are the owner's, and the others.

    A single one that names no address at all is the owner's, too: an account of Google can't be anybody else's then.
    """
    own = [account for account in accounts if account.is_of(owner)]
    if not own and len(accounts) == 1 and not accounts[0].names_an_address:
        own = list(accounts)
    return own, [account for account in accounts if account not in own]


def remove(site: "CreatioSite", owner: Owner) -> Removal:
    """Remove the owner's account from the list of the user meant, and see that it is gone.

    Raises Refused("creatio-account-stays") where the site won't; Refused, ConfigurationWrong and Temporary as Tables.
    """
    tables = Tables(site)
    accounts = _accounts(tables, _user_id(tables))
    if accounts is None:
        return Removal(no_table=True)
    own, others = choose(accounts, owner)
    cleared = sum(_remove(tables, account) for account in own)
    return Removal(tuple(account.label for account in own), tuple(account.label for account in others), cleared)


def listed(site: "CreatioSite") -> tuple[str, ...]:
    """Return what the Google accounts of the user meant are called at the site. Raises as `remove`."""
    tables = Tables(site)
    return tuple(account.label for account in _accounts(tables, _user_id(tables)) or ())


def _user_id(tables: Tables) -> str:
    """Return the id of the user meant. Raises ConfigurationWrong("creatio-user-unreadable")."""
    user = tables.site.user
    if user.user_id:
        return user.user_id
    for entity in _USERS:
        with suppress(Refused):
            for row in tables.rows(entity, ("Id",), {"Contact/Id": user.contact_id}):
                return id_of(row.get("Id"))
    raise ConfigurationWrong("creatio-user-unreadable", user=user.name or tables.site.account.name, message="")


def _accounts(tables: Tables, user_id: str) -> list[SocialAccount] | None:
    """Return the user's Google accounts; None where the site has no such table."""
    condition = {"Type/Id": GOOGLE, "User/Id": user_id}
    columns = ("Id", *_NAMES, *condition)
    try:
        rows = _rows(tables, columns, condition)
    except CreatioRefusal as error:
        if error.status != _NOT_FOUND:
            raise
        # Either there is none, or it is hidden; the other service tells the two apart by what it says of rights.
        try:
            rows = DataService(tables.site).select(ACCOUNTS, columns, condition)
        except CreatioRefusal:
            return None
    # Whatever a site makes of a filter: nobody else's account, and none of another network.
    own = [row for row in rows if all(same_id(row.get(path), value) for path, value in condition.items())]
    return [SocialAccount(id_of(row["Id"]), _names(row)) for row in own if id_of(row.get("Id"))]


def _rows(tables: Tables, columns: tuple[str, ...], condition: dict[str, str]) -> list[dict[str, Any]]:
    """Read the accounts; without the columns that a build may not have, where it refuses for their sake."""
    try:
        return tables.rows(ACCOUNTS, columns, condition)
    except CreatioRefusal as error:
        if error.status == _NOT_FOUND:
            raise
        try:
            return tables.rows(ACCOUNTS, tuple(name for name in columns if name not in _NOT_EVERYWHERE), condition)
        except CreatioRefusal:
            raise error from None


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for column in _NAMES if (name := text_of(row.get(column)).strip())))


def _remove(tables: Tables, account: SocialAccount) -> int:
    """Delete an account; return how many correspondence rows had to go before. Raises as `remove`."""
    refusal = _refused(tables, account)
    if refusal is None:
        return 0
    cleared = sum(_clear(tables, entity, account.id) for entity in CORRESPONDENCE)
    if cleared:
        refusal = _refused(tables, account)
    if refusal is not None:
        message = str(refusal.facts.get("message") or "")
        raise Refused("creatio-account-stays", account=account.label, message=message) from refusal
    return cleared


def _refused(tables: Tables, account: SocialAccount) -> Refused | None:
    """Delete the row of an account and look; return the refusal, None where the row is gone."""
    refusal = Refused("creatio-account-stays", account=account.label, message="")
    try:
        tables.delete(ACCOUNTS, account.id)
    except Refused as error:
        refusal = error
    # What a service says of a delete proves nothing (facts/creatio.md 2.5).
    return None if tables.find(ACCOUNTS, account.id) is None else refusal


def _clear(tables: Tables, entity: str, account_id: str) -> int:
    """Delete the rows of a correspondence table that point at the account; return how many there were.

    Sites without the table, or that hide it, have nothing there that could be cleared.
    """
    try:
        found = _pointing(tables, entity, account_id)
    except Refused:
        return 0
    odata, rest = OData(tables.site), iter(found)
    while batch := list(islice(rest, BATCH_LIMIT)):
        # Which of them went is looked up below.
        with suppress(Refused, Unanswered):
            odata.batch([Part("DELETE", f"{entity}({row_id})") for row_id in batch])
    for row_id in _pointing(tables, entity, account_id) if found else ():
        tables.delete(entity, row_id)
    return len(found)


def _pointing(tables: Tables, entity: str, account_id: str) -> list[str]:
    rows: Iterable[dict[str, Any]] = tables.rows(entity, ("Id", _HOLDER), {_HOLDER: account_id})
    return [id_of(row["Id"]) for row in rows if same_id(row.get(_HOLDER), account_id) and id_of(row.get("Id"))]
