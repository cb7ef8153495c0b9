"""The Gmail provider of a site, and the OAuth application that its mailboxes sign in with (row K3; facts/creatio.md 6).

The provider is a row of MailServer, the application one of OAuthApplications, linked by MailServer.OAuthApplication.
Setting that link signs every mailbox of the provider out, so an application that is linked already is changed in
place. The application's secret can be written, not read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gsync_cli.creatio.dataservice import Row, Value
from gsync_cli.creatio.errors import CreatioRefusal
from gsync_cli.creatio.tables import Tables
from gsync_cli.creatio.values import id_of, same_id, text_of
from gsync_cli.creatio.wellknown import GMAIL_PROVIDER
from gsync_cli.credentials import GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite

_T = TypeVar("_T")

UNCOUNTED: Final = -1
"""The number of mailboxes where the site does not let one count them."""

GUIDE: Final[Mapping[str, Value]] = {
    "Address": "imap.gmail.com",
    "Port": 993,
    "UseSSL": True,
    "SMTPServerAddress": "smtp.gmail.com",
    "SMTPPort": 465,
    "UseSSLforSending": True,
}
"""What row K3 says of the provider."""
_GUIDE_MORE: Final[Mapping[str, Value]] = {"IsStartTls": False}
"""TLS from the first byte is what ports 993 and 465 are for."""
_FLAGS: Final[Mapping[str, Value]] = {
    "AllowEmailDownloading": True,
    "AllowEmailSending": True,
    "UseEmailAddressAsLogin": True,
    "UseUserNameAsLogin": False,
    "UseLogin": False,
}
"""How one signs in at Gmail; for a provider that is made. What stands in a row that is there is somebody's choice."""
_NAMES: Final = frozenset({"gmail", "gmail.com", "google mail", "googlemail"})
_LINK: Final = "OAuthApplication/Id"
_PROTOCOL: Final = "EmailProtocol/Id"
_APPLICATION: Final[Mapping[str, Value]] = {
    "AppClassName": "GoogleOAuthAuthenticator",
    "ClientClassName": "GoogleOAuthClient",
}


@dataclass(frozen=True, slots=True)
class Application:
    """A row of OAuthApplications, without its secret."""

    id: str
    client_id: str
    app_class: str = ""
    client_class: str = ""

    @property
    def mends(self) -> dict[str, Value]:
        """The columns of the classes that are not Google's."""
        told = {"AppClassName": self.app_class, "ClientClassName": self.client_class}
        return {name: wanted for name, wanted in _APPLICATION.items() if told[name] != wanted}


@dataclass(frozen=True, slots=True)
class Mend:
    """A column of a provider that is not as the guide has it."""

    column: str
    now: object
    wanted: Value


@dataclass(frozen=True, slots=True)
class ProviderInCreatio:
    """What a site has, against a client."""

    client_id: str
    id: str = ""
    """Of the provider; "" where there is none."""
    name: str = ""
    mends: tuple[Mend, ...] = ()
    application: Application | None = None
    """The one that is linked."""
    spare: Application | None = None
    """One for this client that nothing is linked to: an earlier run was interrupted before it came to that."""
    linked: bool = False
    """Whether the provider is linked to an application, be it one that is not there."""
    mailboxes: int = 0
    """How many use the provider; UNCOUNTED where the site does not say."""
    others: tuple[str, ...] = ()
    """Names of further Gmail providers, which are left as they are."""
    protocol: str = field(default="", repr=False)
    """The id that IMAP has at this site, as other rows have it."""

    @property
    def is_right(self) -> bool:
        """Whether all is as it should be, as far as it can be read: the secret can't."""
        linked = self.application is not None and self.application.client_id == self.client_id
        return bool(self.id) and linked and not self.mends and not (self.application and self.application.mends)

    @property
    def signs_out(self) -> bool:
        """Whether setting it would end the sign-ins of the mailboxes."""
        return self.application is None or self.application.client_id != self.client_id

    @property
    def former(self) -> str:
        """The id of another client that is linked; "" for none."""
        return self.application.client_id if self.application and self.signs_out else ""


@dataclass(frozen=True, slots=True)
class ProviderSet:
    """What became of a provider. `done` is False where somebody said no, and then nothing was written."""

    before: ProviderInCreatio
    after: ProviderInCreatio
    done: bool
    made: bool = False
    linked: bool = False
    """Whether the link was set just now."""
    warnings: tuple[GsyncError, ...] = ()


def inspect_provider(site: "CreatioSite", client: GoogleClient) -> ProviderInCreatio:
    """Read the Gmail provider and its application; nothing is written.

    Raises Refused("mail-provider-right-missing"), CreatioRefusal and Temporary.
    """
    tables = Tables(site)
    return _allowed(site, lambda: _inspect(tables, client))


def set_provider(site: "CreatioSite", client: GoogleClient, confirm: Callable[[int], bool]) -> ProviderSet:
    """Find or make the provider, set its application, and read both back.

    `confirm` gets the number of mailboxes (or UNCOUNTED) that must sign in again, and says whether to go on; it is
    not asked where there are none. Interrupted anywhere, it goes on from there. Raises
    ConfigurationWrong("creatio-keys-secret-missing") before anything is sent, Refused("mail-provider-right-missing",
    "mail-provider-not-kept"), CreatioRefusal and Temporary.
    """
    if not client.client_secret:
        raise ConfigurationWrong("creatio-keys-secret-missing", client_id=client.client_id)
    tables = Tables(site)
    before = _allowed(site, lambda: _inspect(tables, client))
    if before.signs_out and before.mailboxes and not confirm(before.mailboxes):
        return ProviderSet(before, before, done=False)
    _allowed(site, lambda: _set(tables, before, client))
    after = _allowed(site, lambda: _inspect(tables, client))
    if not after.is_right:
        raise Refused("mail-provider-not-kept", provider=after.name or "Gmail", what=_what_is_wrong(after))
    return ProviderSet(
        before,
        after,
        done=True,
        made=not before.id,
        linked=before.application is None,
        warnings=_warnings(before),
    )


def _inspect(tables: Tables, client: GoogleClient) -> ProviderInCreatio:
    rows, found = _providers(tables)
    protocols = [id_of(row.get(_PROTOCOL)) for row in rows if _same(row.get("Port"), GUIDE["Port"])]
    protocol = next((each for each in protocols if each), "")
    if not found:
        return ProviderInCreatio(client.client_id, spare=_spare(tables, client, rows), protocol=protocol)
    chosen = found[0]
    provider, link = id_of(chosen["Id"]), id_of(chosen.get(_LINK))
    application = _application(tables, link) if link else None
    return ProviderInCreatio(
        client.client_id,
        provider,
        text_of(chosen.get("Name")) or "Gmail",
        _mends(chosen),
        application,
        None if application else _spare(tables, client, rows),
        bool(link),
        _mailboxes(tables, provider),
        tuple(text_of(row.get("Name")) or id_of(row["Id"]) for row in found[1:]),
        protocol,
    )


def _providers(tables: Tables) -> tuple[list[Row], list[Row]]:
    """Return all providers, and those of Gmail, the one to use first."""
    columns = ("Id", "Name", *GUIDE, _LINK)
    try:
        rows = tables.rows("MailServer", (*columns, *_GUIDE_MORE, _PROTOCOL))
    except CreatioRefusal:
        # A column that this site lacks is refused with all the others.
        rows = tables.rows("MailServer", columns)
    rows = [row for row in rows if id_of(row.get("Id"))]
    found = [row for row in rows if _rank(row) is not None]
    return rows, sorted(found, key=lambda row: (_rank(row) or 0, not id_of(row.get(_LINK)), id_of(row["Id"])))


def _rank(row: Row) -> int | None:
    """Return how surely a provider is Gmail: 0 by its stock id, 1 by its host, 2 by its name; None for another one."""
    if same_id(row["Id"], GMAIL_PROVIDER):
        return 0
    if _same(row.get("Address"), GUIDE["Address"]):
        return 1
    return 2 if text_of(row.get("Name")).strip().casefold() in _NAMES else None


def _mends(row: Row) -> tuple[Mend, ...]:
    wanted = {**GUIDE, **{name: value for name, value in _GUIDE_MORE.items() if row.get(name) is not None}}
    return tuple(Mend(name, row.get(name), value) for name, value in wanted.items() if not _same(row.get(name), value))


def _same(told: Any, wanted: Value) -> bool:
    """Compare a column as sites write it: numbers and truths may come as text."""
    if isinstance(wanted, bool):
        return (str(told).strip().casefold() in {"true", "1"}) is wanted
    return str(told or "").strip().casefold() == str(wanted).casefold()


def _application(tables: Tables, row_id: str) -> Application | None:
    row = tables.find("OAuthApplications", row_id, ("ClientId", *_APPLICATION))
    return None if row is None else _as_application(row)


def _as_application(row: Row) -> Application:
    names = ("ClientId", *_APPLICATION)
    return Application(id_of(row["Id"]), *(text_of(row.get(name)).strip() for name in names))


def _spare(tables: Tables, client: GoogleClient, providers: Sequence[Row]) -> Application | None:
    """Return an application for the client that no provider is linked to."""
    condition = {"ClientId": client.client_id, "AppClassName": _APPLICATION["AppClassName"]}
    rows = tables.rows("OAuthApplications", ("Id", "ClientId", *_APPLICATION), condition)
    taken = {id_of(row.get(_LINK)) for row in providers}
    found = sorted((_as_application(row) for row in rows), key=lambda each: each.id)
    return next((each for each in found if each.client_id == client.client_id and each.id not in taken), None)


def _mailboxes(tables: Tables, provider: str) -> int:
    try:
        return len(tables.rows("MailboxSyncSettings", ("Id",), {"MailServer/Id": provider}))
    except Refused:
        return UNCOUNTED


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
        values = {"Name": _APPLICATION["AppClassName"], **_APPLICATION, "ClientId": client.client_id}
        row_id = tables.insert("OAuthApplications", {**values, **secret}, secret=True)
    if before.application is None:
        tables.update("MailServer", provider, {_LINK: row_id})


def _make(tables: Tables, protocol: str) -> str:
    """Make the provider, under the id that every site knows it by."""
    values: dict[str, Value] = {"Id": GMAIL_PROVIDER, "Name": "Gmail", **GUIDE}
    more = {**_GUIDE_MORE, **_FLAGS, **({_PROTOCOL: protocol} if protocol else {})}
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
    return ", ".join(f"{mend.column} is {mend.now}" for mend in after.mends) or "its OAuth application is not Google's"


def _warnings(before: ProviderInCreatio) -> tuple[GsyncError, ...]:
    warnings: list[GsyncError] = []
    if before.others:
        warnings.append(Refused("mail-provider-several", used=before.name, id=before.id, others=before.others))
    if before.signs_out and before.mailboxes:
        count = before.mailboxes
        mailboxes = "the mailboxes" if count == UNCOUNTED else "1 mailbox" if count == 1 else f"{count} mailboxes"
        warnings.append(Refused("mail-provider-signed-out", provider=before.name, mailboxes=mailboxes))
    return tuple(warnings)


def _allowed(site: "CreatioSite", act: Callable[[], _T]) -> _T:
    """Do something at the site, and say which rights it takes where one is missing."""
    try:
        return act()
    except CreatioRefusal:
        raise
    except Refused as error:
        what, message = (str(error.facts.get(name, "")) for name in ("what", "message"))
        user = site.account.name
        raise Refused("mail-provider-right-missing", user=user, what=what, message=message) from error
