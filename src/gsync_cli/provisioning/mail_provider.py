"""The Gmail provider of a site, and the OAuth application that its mailboxes sign in with (row K3; facts/creatio.md 6).

The provider is a row of MailServer, the application one of OAuthApplications, linked by MailServer.OAuthApplication.
Setting that link signs every mailbox of the provider out, so an application that is linked already is changed in
place. The application's secret can be written, not read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from gsync_cli.creatio.dataservice import Value
from gsync_cli.creatio.errors import CreatioRefusal
from gsync_cli.creatio.tables import Tables
from gsync_cli.creatio.wellknown import GMAIL_PROVIDER
from gsync_cli.credentials import GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused
from gsync_cli.provisioning.mail_provider_reading import (
    CLASSES,
    GUIDE,
    GUIDE_MORE,
    LINK,
    PROTOCOL,
    UNCOUNTED,
    ProviderInCreatio,
    inspect,
    remember_secret,
)

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite

__all__ = ["UNCOUNTED", "ProviderInCreatio", "ProviderSet", "inspect_provider", "set_provider"]

_T = TypeVar("_T")

_FLAGS: Final[Mapping[str, Value]] = {
    "AllowEmailDownloading": True,
    "AllowEmailSending": True,
    "UseEmailAddressAsLogin": True,
    "UseUserNameAsLogin": False,
    "UseLogin": False,
}
"""How one signs in at Gmail; for a provider that is made. What stands in a row that is there is somebody's choice."""


@dataclass(frozen=True, slots=True)
class ProviderSet:
    """What became of a provider. `done` is False where somebody said no, and then nothing was written."""

    before: ProviderInCreatio
    after: ProviderInCreatio
    done: bool
    made: bool = False
    linked: bool = False
    """Whether the link was set just now."""
    unchanged: bool = False
    """Whether all was right already, so that nothing was written."""
    warnings: tuple[GsyncError, ...] = ()


def inspect_provider(site: "CreatioSite", client: GoogleClient) -> ProviderInCreatio:
    """Read the Gmail provider and its application; nothing is written.

    Raises Refused("mail-provider-right-missing", "mail-provider-no-reason"), CreatioRefusal and Temporary.
    """
    tables = Tables(site)
    return _allowed(site, lambda: inspect(site, tables, client))


def set_provider(
    site: "CreatioSite", client: GoogleClient, confirm: Callable[[int], bool], seen: ProviderInCreatio | None = None
) -> ProviderSet:
    """Find or make the provider, set its application, and read both back; `seen` is what was read a moment ago.

    `confirm` gets the number of mailboxes (or UNCOUNTED) that must sign in again, and says whether to go on; it is
    not asked where there are none. Interrupted anywhere, it goes on from there. Raises
    ConfigurationWrong("creatio-keys-secret-missing") before anything is sent, Refused("mail-provider-right-missing",
    "mail-provider-no-reason", "mail-provider-not-kept"), CreatioRefusal and Temporary.
    """
    if not client.client_secret:
        raise ConfigurationWrong("creatio-keys-secret-missing", client_id=client.client_id)
    tables = Tables(site)
    before = seen or _allowed(site, lambda: inspect(site, tables, client))
    if before.is_right and before.secret_is_known:
        return ProviderSet(before, before, done=True, unchanged=True, warnings=_warnings(before))
    if before.signs_out and before.mailboxes and not confirm(before.mailboxes):
        return ProviderSet(before, before, done=False)
    _allowed(site, lambda: _set(tables, before, client))
    after = _allowed(site, lambda: inspect(site, tables, client))
    if not after.is_right or after.application is None:
        raise Refused("mail-provider-not-kept", provider=after.name or "Gmail", what=_what_is_wrong(after))
    remember_secret(site, after.application, client)
    return ProviderSet(
        before,
        after,
        done=True,
        made=not before.id,
        linked=before.application is None,
        warnings=_warnings(before),
    )


def _set(tables: Tables, before: ProviderInCreatio, client: GoogleClient) -> None:
    provider = before.id or _make(tables, before.protocol)
    if before.mends:
        tables.update("MailServer", provider, {mend.column: mend.wanted for mend in before.mends})
    secret: dict[str, Value] = {"SecretKey": client.client_secret}
    application = before.application or before.spare
    if application is not None:
        changed = {} if application.client_id == client.client_id else {"ClientId": client.client_id}
        tables.update("OAuthApplications", application.id, {**application.mends, **changed, **secret}, secret=True)
        row_id = application.id
    else:
        values = {"Name": CLASSES["AppClassName"], **CLASSES, "ClientId": client.client_id}
        row_id = tables.insert("OAuthApplications", {**values, **secret}, secret=True)
    if before.application is None:
        tables.update("MailServer", provider, {LINK: row_id})


def _make(tables: Tables, protocol: str) -> str:
    """Make the provider, under the id that every site knows it by."""
    values: dict[str, Value] = {"Id": GMAIL_PROVIDER, "Name": "Gmail", **GUIDE}
    more = {**GUIDE_MORE, **_FLAGS, **({PROTOCOL: protocol} if protocol else {})}
    try:
        return tables.insert("MailServer", {**values, **more})
    except CreatioRefusal:
        return tables.insert("MailServer", values)


def _what_is_wrong(after: ProviderInCreatio) -> str:
    if not after.id:
        return "the provider is not there"
    if after.application is None:
        return "it is not linked to its OAuth application"
    if after.application.client_id != after.client_id:
        return f"its OAuth application holds the client id {after.application.client_id or 'nothing'}"
    return ", ".join(f"{mend.column} is {mend.was}" for mend in after.mends) or "its OAuth application is not Google's"


def _warnings(before: ProviderInCreatio) -> tuple[GsyncError, ...]:
    warnings: list[GsyncError] = []
    if before.others:
        warnings.append(Refused("mail-provider-several", used=before.name, id=before.id, others=before.others))
    if before.signs_out and before.sharing:
        warnings.append(Refused("mail-provider-shared", used=before.name, sharing=before.sharing))
    if before.signs_out and before.mailboxes:
        count = before.mailboxes
        mailboxes = "the mailboxes" if count == UNCOUNTED else "1 mailbox" if count == 1 else f"{count} mailboxes"
        providers = " and ".join(f"“{name}”" for name in (before.name, *before.sharing))
        warnings.append(Refused("mail-provider-signed-out", providers=providers, mailboxes=mailboxes))
    return tuple(warnings)


def _allowed(site: "CreatioSite", act: Callable[[], _T]) -> _T:
    """Do something at the site, and say which rights it takes where one is missing, or most likely is."""
    user = site.account.name
    try:
        return act()
    except CreatioRefusal as error:
        if error.silent:
            raise Refused("mail-provider-no-reason", user=user, what=error.facts.get("what", "")) from error
        raise
    except Refused as error:
        what, message = (str(error.facts.get(name, "")) for name in ("what", "message"))
        raise Refused("mail-provider-right-missing", user=user, what=what, message=message) from error
