"""Everything secret of a profile: OAuth clients, the Google grant, the Creatio password and session.

It lies in `credentials.toml`, is written whole and atomically after every change, and is never printed: the secret
fields are left out of every `repr`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Literal, Self, TypeAlias, TypeVar

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.files import read_private, write_private
from gsync_cli.profiles import Profile

ClientKind: TypeAlias = Literal["installed", "web"]


@dataclass(frozen=True, slots=True)
class GoogleClient:
    """An OAuth client as downloaded from the Google console.

    `web` is Creatio's own, `installed` the one gsync signs in with (facts/google.md 3.8 says why there are two).
    """

    kind: ClientKind
    client_id: str
    client_secret: str = field(default="", repr=False)
    """May be missing: a file downloaded again after the first time holds none (facts/google.md 3.10)."""
    former_secret: str = field(default="", repr=False)
    """The secret before this one. Google takes both until somebody disables the former one in the console."""
    auth_uri: str = "https://accounts.google.com/o/oauth2/auth"
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    project_id: str = ""
    redirect_uris: tuple[str, ...] = ()
    javascript_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoogleGrant:
    """What the user granted at sign-in, and the tokens that stand for it."""

    email: str
    subject: str
    """Google's own id of the account; it stays when the address changes."""
    client_id: str
    scopes: tuple[str, ...]
    """What was granted, which may be less than was asked (facts/google.md 5.1)."""
    refresh_token: str = field(repr=False)
    signed_in_at: datetime
    access_token: str = field(default="", repr=False)
    access_expires_at: datetime | None = None
    ends_at: datetime | None = None
    """When the grant ends by itself: seven days after sign-in for an app in testing (facts/google.md 3.9)."""
    hosted_domain: str = ""
    """The Workspace domain of the account; empty for a private one."""


@dataclass(frozen=True, slots=True)
class AdministratorGrant:
    """A sign-in as administrator, in the browser. It has no refresh token: the power ends by itself within the hour."""

    email: str
    client_id: str
    access_token: str = field(repr=False)
    access_expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccountDeletion:
    """An account whose deletion has begun: what the next `gsync account delete` needs to finish it."""

    email: str
    client_id: str
    refresh_token: str = field(default="", repr=False)
    """What is still to be revoked at Google (the access token, where there was no other); empty once that is done."""
    in_creatio: bool = True
    """Whether it may still stand in Creatio."""
    subject: str = ""
    """Google's own id of the account, as in the grant."""
    keep_links: bool = False
    """Whether the links are to stay."""


@dataclass(frozen=True, slots=True)
class CreatioLogin:
    """The secret half of the Creatio connection; the public half is in the settings."""

    password: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CreatioSession:
    """A session kept between runs, and what was learnt about the site at login."""

    url: str
    username: str
    """Login or client id that the session belongs to; another one in the settings makes it void."""
    prefix: str
    """"/0" on .NET Framework, "" on .NET."""
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer: str = field(default="", repr=False)
    bearer_expires_at: datetime | None = None
    version: str = ""
    user_id: str = ""
    contact_id: str = ""
    user_name: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else was found out about the site and is worth keeping (the zone of its dates, say)."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The whole of `credentials.toml`. Change it with `dataclasses.replace` and `save`."""

    installed: GoogleClient | None = None
    web: GoogleClient | None = None
    grant: GoogleGrant | None = None
    administrator: AdministratorGrant | None = None
    deletion: AccountDeletion | None = None
    creatio: CreatioLogin | None = None
    session: CreatioSession | None = None

    @classmethod
    def load(cls, profile: Profile) -> Self:
        """Read the profile's credentials; empty ones where there is no file yet.

        Raises ConfigurationWrong("file-readable-by-others", "file-not-readable" or "credentials-damaged").
        """
        content = read_private(profile.credentials_file)
        if content is None:
            return cls()
        import tomllib

        try:
            table = tomllib.loads(content.decode())
            return cls(
                installed=_section(GoogleClient, table, "google", "installed"),
                web=_section(GoogleClient, table, "google", "web"),
                grant=_section(GoogleGrant, table, "google", "grant"),
                administrator=_section(AdministratorGrant, table, "google", "administrator"),
                deletion=_section(AccountDeletion, table, "google", "deletion"),
                creatio=_section(CreatioLogin, table, "creatio", "login"),
                session=_section(CreatioSession, table, "creatio", "session"),
            )
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
            raise ConfigurationWrong("credentials-damaged", path=profile.credentials_file) from error

    def save(self, profile: Profile) -> None:
        """Write the credentials, whole and atomically. Raises ConfigurationWrong("file-not-writable")."""
        import tomli_w

        tables: dict[str, dict[str, Any]] = {"google": {}, "creatio": {}}
        for group, name, section in (
            ("google", "installed", self.installed),
            ("google", "web", self.web),
            ("google", "grant", self.grant),
            ("google", "administrator", self.administrator),
            ("google", "deletion", self.deletion),
            ("creatio", "login", self.creatio),
            ("creatio", "session", self.session),
        ):
            if section is not None:
                tables[group][name] = {key: value for key, value in asdict(section).items() if value is not None}
        write_private(profile.credentials_file, tomli_w.dumps(tables).encode())

    def with_client(self, client: GoogleClient) -> "Credentials":
        """Return these credentials with the client of its kind replaced."""
        return replace(self, installed=client) if client.kind == "installed" else replace(self, web=client)


def fingerprint(secret: str) -> str | None:
    """Return the first eight hexadecimal digits of a secret's SHA-256; None for no secret."""
    import hashlib

    return hashlib.sha256(secret.encode()).hexdigest()[:8] if secret else None


_T = TypeVar("_T")


def _section(kind: type[_T], table: Mapping[str, Any], group: str, name: str) -> _T | None:
    values = table.get(group, {}).get(name)
    if values is None:
        return None
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]  # always a dataclass
    return kind(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in values.items() if key in known}
    )
