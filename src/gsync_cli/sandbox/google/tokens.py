"""OAuth clients, grants and tokens: what Google remembers about consent (facts/google.md 3.9, 5.2, 5.5)."""

import random
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.account import Account

USERINFO = "https://www.googleapis.com/auth/userinfo."
IDENTITY = frozenset(("openid", USERINFO + "email", USERINFO + "profile"))
"""Scopes that nobody can take the tick from, and that do not end after seven days."""
ALIASES = {"email": USERINFO + "email", "profile": USERINFO + "profile"}
ACCESS_LIVES = timedelta(seconds=3600)
CODE_LIVES = timedelta(minutes=10)
TESTING_LIVES = timedelta(days=7)
MOST_REFRESH_TOKENS = 100
"""Live refresh tokens of one account and client; the oldest falls out (facts 5.5)."""
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


@dataclass(frozen=True, slots=True)
class Project:
    """A Google Cloud project's consent screen. `audience` as in facts 3.9."""

    id: str
    number: str
    app: str = "gsync"
    audience: Literal["internal", "testing", "production"] = "internal"
    hosted_domain: str = ""
    """The organization's domain: outsiders can't use an internal app."""
    test_users: frozenset[str] = frozenset()


@dataclass(slots=True)
class Client:
    """An OAuth client of a project."""

    client_id: str
    secret: str = field(repr=False)
    kind: Literal["installed", "web"]
    project: Project
    redirect_uris: Sequence[str] = ()
    javascript_origins: Sequence[str] = ()
    deleted: bool = False
    name: str = ""
    """What the console calls it."""
    second_secret: str = field(default="", repr=False)
    """Another secret that is alive too: the way to a rotation (facts 3.10)."""

    coming: dict[str, datetime] = field(default_factory=dict)
    """Redirect URIs that the console shows already, and the moment from which they work (facts 3.13)."""

    def arrive(self, now: datetime) -> None:
        """Let those redirect URIs work whose moment has come."""
        for address in [address for address, moment in self.coming.items() if moment <= now]:
            del self.coming[address]
            self.redirect_uris = (*self.redirect_uris, address)

    def accepts(self, secret: str) -> bool:
        """Tell whether a secret is one of those that are alive."""
        return secret in {self.secret, self.second_secret} - {""}

    @property
    def project_number(self) -> str:
        """Number of the project, as errors name it."""
        return self.project.number

    def allows(self, redirect: str) -> bool:
        """Tell whether a code may be sent there: exact for web clients, any loopback port for installed ones."""
        if self.kind == "web":
            return redirect in self.redirect_uris
        try:
            parts = urlsplit(redirect)
        except ValueError:
            return False
        return parts.scheme == "http" and parts.hostname in LOOPBACK


@dataclass(slots=True, eq=False)
class Grant:
    """What one user granted to one project; all its tokens live and die with it."""

    account: Account
    client: Client
    scopes: frozenset[str]
    ends_at: datetime | None
    """When the grant ends by itself: seven days after consent for an app in testing."""
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """An access token that is valid now."""

    grant: Grant
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token, bound to the client it was given to and to the scopes of its consent."""

    grant: Grant
    client: Client
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Code:
    """An authorisation code on its way to the token endpoint."""

    grant: Grant
    client: Client
    redirect: str
    scopes: frozenset[str]
    offline: bool
    challenge: str
    challenge_method: str
    expires_at: datetime


class Registry:
    """Every grant, code and token there is."""

    def __init__(self, clock: VirtualClock, random_: random.Random) -> None:
        self._clock = clock
        self._random = random_
        self.clients: dict[str, Client] = {}
        self.codes: dict[str, Code] = {}
        self._grants: dict[tuple[str, str], Grant] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, Refresh] = {}

    def text(self, prefix: str, length: int) -> str:
        """Return a new opaque text."""
        return prefix + "".join(self._random.choices(string.ascii_letters + string.digits + "-_", k=length))

    def grant(self, account: Account, client: Client, scopes: Iterable[str]) -> tuple[Grant, bool]:
        """Record a consent, which adds to what was granted before. Also tells whether it is the first one."""
        key = (account.subject, client.project.id)
        known = self._grants.get(key)
        first = known is None or not self._live(known)
        wanted = frozenset(scopes)
        ends_at = None
        if client.project.audience == "testing" and not wanted <= IDENTITY:
            ends_at = self._clock.now() + TESTING_LIVES
        if known is None or first:
            known = self._grants[key] = Grant(account, client, wanted, ends_at)
        else:
            known.scopes |= wanted
            known.ends_at = ends_at
        return known, first

    def new_access(self, grant: Grant, scopes: frozenset[str]) -> str:
        """Hand out an access token."""
        token = self.text("ya29.a0", 120)
        self._access[token] = Access(grant, scopes, self._clock.now() + ACCESS_LIVES)
        return token

    def new_refresh(self, grant: Grant, client: Client, scopes: frozenset[str]) -> str:
        """Hand out a refresh token."""
        token = self.text("1//0", 96)
        self._refresh[token] = Refresh(grant, client, scopes)
        mine = [name for name, held in self._refresh.items() if (held.grant, held.client) == (grant, client)]
        for oldest in mine[:-MOST_REFRESH_TOKENS]:
            del self._refresh[oldest]
        return token

    def access(self, token: str) -> Access | None:
        """Return what an access token stands for, if it is valid now."""
        held = self._access.get(token)
        return held if held and held.expires_at > self._clock.now() and self._live(held.grant) else None

    def refresh(self, token: str) -> Refresh | None:
        """Return what a refresh token stands for, if it is valid now."""
        held = self._refresh.get(token)
        return held if held and self._live(held.grant) else None

    def drop_refresh(self, token: str) -> None:
        """End one refresh token."""
        self._refresh.pop(token, None)

    def revoke(self, token: str) -> bool:
        """End the whole grant of an access or refresh token (facts 5.2). False where there is no such token."""
        held = self.access(token) or self.refresh(token)
        if held is None:
            return False
        held.grant.revoked = True
        return True

    def revoke_account(self, account: Account) -> None:
        """End every grant of a user, as the user does on the account's security page."""
        for grant in self._grants.values():
            if grant.account is account:
                grant.revoked = True

    def expire_access(self) -> None:
        """End every access token at once; refresh tokens live on."""
        self._access.clear()

    def _live(self, grant: Grant) -> bool:
        return not (
            grant.revoked or grant.client.deleted or (grant.ends_at is not None and grant.ends_at <= self._clock.now())
        )
