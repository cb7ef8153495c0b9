"""What a site has of Gmail: its providers, the application one of them signs in with, and who uses it (row K3).

Nothing is written here, and the application's secret is never asked for: it can't be read (facts/creatio.md 6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.creatio.dataservice import Row, Value
from gsync_cli.creatio.errors import CreatioRefusal
from gsync_cli.creatio.tables import Tables
from gsync_cli.creatio.values import id_of, same_id, text_of
from gsync_cli.creatio.wellknown import GMAIL_PROVIDER
from gsync_cli.credentials import GoogleClient, fingerprint
from gsync_cli.errors import Refused

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite

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
GUIDE_MORE: Final[Mapping[str, Value]] = {"IsStartTls": False}
"""TLS from the first byte is what ports 993 and 465 are for."""
_NAMES: Final = frozenset({"gmail", "gmail.com", "google mail", "googlemail"})
LINK: Final = "OAuthApplication/Id"
PROTOCOL: Final = "EmailProtocol/Id"
CLASSES: Final[Mapping[str, Value]] = {
    "AppClassName": "GoogleOAuthAuthenticator",
    "ClientClassName": "GoogleOAuthClient",
}
_CHANGED: Final = "ModifiedOn"
_WRITTEN: Final = "gmail-secret"
"""The fact about a site under which is kept which secret was written last."""


@dataclass(frozen=True, slots=True)
class Application:
    """A row of OAuthApplications, without its secret."""

    id: str
    client_id: str
    app_class: str = ""
    client_class: str = ""
    changed: str = ""
    """When the row was last changed, as the site writes it; "" where it does not say."""

    @property
    def mends(self) -> dict[str, Value]:
        """The columns of the classes that are not Google's."""
        told = {"AppClassName": self.app_class, "ClientClassName": self.client_class}
        return {name: wanted for name, wanted in CLASSES.items() if told[name] != wanted}


@dataclass(frozen=True, slots=True)
class Mend:
    """A column of a provider that is not as the guide has it."""

    column: str
    now: object
    wanted: Value

    @property
    def was(self) -> str:
        """What it holds now, in words."""
        return "empty" if self.now is None or self.now == "" else str(self.now)


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
    """How many use the provider, or one that shares its application; UNCOUNTED where the site does not say."""
    sharing: tuple[str, ...] = ()
    """Names of other providers that are linked to the same application: what is set in it holds for them, too."""
    others: tuple[str, ...] = ()
    """Names of further Gmail providers, which are left as they are."""
    secret_is_known: bool = False
    """Whether gsync wrote this secret into the application, and the row was not changed since."""
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


def inspect(site: "CreatioSite", tables: Tables, client: GoogleClient) -> ProviderInCreatio:
    """Read the Gmail provider and its application. Raises as Tables."""
    reading = _Reading(tables, client)
    if not reading.gmail:
        return ProviderInCreatio(client.client_id, spare=reading.spare(), protocol=reading.protocol)
    chosen, *rest = reading.gmail
    provider, link = id_of(chosen["Id"]), id_of(chosen.get(LINK))
    application = _application(tables, link) if link else None
    sharing = [row for row in reading.rows if application and row is not chosen and same_id(row.get(LINK), link)]
    return ProviderInCreatio(
        client.client_id,
        provider,
        _name(chosen),
        _mends(chosen),
        application,
        None if application else reading.spare(),
        bool(link),
        _mailboxes(tables, [provider, *(id_of(row["Id"]) for row in sharing)]),
        tuple(map(_name, sharing)),
        tuple(_name(row) for row in rest if row not in sharing),
        application is not None and site.facts.get(_WRITTEN) == _secret_in(application, client),
        reading.protocol,
    )


def remember_secret(site: "CreatioSite", application: Application, client: GoogleClient) -> None:
    """Keep, with the session, that the application as it was just read back holds the client's secret.

    What is kept is a fingerprint, and when the row was changed: whoever changes it later is noticed.
    """
    site.facts[_WRITTEN] = _secret_in(application, client)


def _secret_in(application: Application, client: GoogleClient) -> str:
    return " ".join((application.id, client.client_id, fingerprint(client.client_secret) or "", application.changed))


class _Reading:
    """The rows of one look; what is not always needed is read when it is."""

    def __init__(self, tables: Tables, client: GoogleClient) -> None:
        self._tables = tables
        self._client = client
        self.rows = _providers(tables)
        """All providers."""

    @cached_property
    def gmail(self) -> list[Row]:
        """Those of Gmail, the one to use first: one that signs in with the client already, else the surest one."""
        found = [row for row in self.rows if _rank(row) is not None]
        found.sort(key=lambda row: (_rank(row) or 0, not id_of(row.get(LINK)), id_of(row["Id"])))
        if any(id_of(row.get(LINK)) for row in found[1:]):
            own = {application.id for application in self._own}
            found.sort(key=lambda row: id_of(row.get(LINK)) not in own)
        return found

    @property
    def protocol(self) -> str:
        """The id of IMAP, as the rows of other providers have it."""
        protocols = [id_of(row.get(PROTOCOL)) for row in self.rows if _same(row.get("Port"), GUIDE["Port"])]
        return next((each for each in protocols if each), "")

    def spare(self) -> Application | None:
        """Return an application for the client that no provider is linked to."""
        taken = {id_of(row.get(LINK)) for row in self.rows}
        google = CLASSES["AppClassName"]
        return next((each for each in self._own if each.app_class == google and each.id not in taken), None)

    @cached_property
    def _own(self) -> list[Application]:
        """The applications that hold the client's id."""
        wanted = self._client.client_id
        rows = self._tables.rows("OAuthApplications", ("Id", "ClientId", *CLASSES), {"ClientId": wanted})
        found = sorted(map(_as_application, rows), key=lambda each: each.id)
        return [application for application in found if application.client_id == wanted]


def _providers(tables: Tables) -> list[Row]:
    columns = ("Id", "Name", *GUIDE, LINK)
    try:
        rows = tables.rows("MailServer", (*columns, *GUIDE_MORE, PROTOCOL))
    except CreatioRefusal:
        # A column that this site lacks is refused with all the others.
        rows = tables.rows("MailServer", columns)
    return [row for row in rows if id_of(row.get("Id"))]


def _rank(row: Row) -> int | None:
    """Return how surely a provider is Gmail: 0 by its stock id, 1 by its host, 2 by its name; None for another one."""
    if same_id(row["Id"], GMAIL_PROVIDER):
        return 0
    if _same(row.get("Address"), GUIDE["Address"]):
        return 1
    return 2 if text_of(row.get("Name")).strip().casefold() in _NAMES else None


def _name(row: Row) -> str:
    return text_of(row.get("Name")).strip() or id_of(row["Id"])


def _mends(row: Row) -> tuple[Mend, ...]:
    wanted = {**GUIDE, **{name: value for name, value in GUIDE_MORE.items() if row.get(name) is not None}}
    return tuple(Mend(name, row.get(name), value) for name, value in wanted.items() if not _same(row.get(name), value))


def _same(told: Any, wanted: Value) -> bool:
    """Compare a column as sites write it: numbers and truths may come as text."""
    if isinstance(wanted, bool):
        return (str(told).strip().casefold() in {"true", "1"}) is wanted
    return str(told or "").strip().casefold() == str(wanted).casefold()


def _application(tables: Tables, row_id: str) -> Application | None:
    columns = ("ClientId", *CLASSES)
    try:
        row = tables.find("OAuthApplications", row_id, (*columns, _CHANGED))
    except CreatioRefusal:
        # Not every build tells it of this table.
        row = tables.find("OAuthApplications", row_id, columns)
    return None if row is None else _as_application(row)


def _as_application(row: Row) -> Application:
    names = ("ClientId", *CLASSES, _CHANGED)
    return Application(id_of(row["Id"]), *(text_of(row.get(name)).strip() for name in names))


def _mailboxes(tables: Tables, providers: list[str]) -> int:
    try:
        return sum(len(tables.rows("MailboxSyncSettings", ("Id",), {"MailServer/Id": each})) for each in providers)
    except Refused:
        return UNCOUNTED
