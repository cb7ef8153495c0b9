"""Signing in to Google: consent in the browser, the code for tokens, and who it was that signed in.

    client file ─► consent page ─► browser ─► loopback (or pasted) ─► tokens ─► whose? ─► credentials.toml

google_auth_oauthlib makes the address (with PKCE and state) and the exchange; the exchange is sent by our own `Http`
(google/tokens.py). Nothing is stored unless everything fits.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from gsync_cli.clock import Clock
from gsync_cli.credentials import AccountDeletion, Credentials, GoogleClient, GoogleGrant
from gsync_cli.errors import ActionNeeded, GsyncError, Refused, SignInNeeded
from gsync_cli.google import scopes
from gsync_cli.google.errors import POLICY_REASONS, foreign, of_answer, of_network
from gsync_cli.google.loopback import Loopback, Redirect
from gsync_cli.google.tokens import (
    InvalidGrant,
    RequestsAdapter,
    TokenEndpoint,
    is_loopback,
    json_of,
    signing_in_client,
)
from gsync_cli.google.wire import SERVICE, Wire
from gsync_cli.http import Http, NetworkError
from gsync_cli.profiles import Profile

if TYPE_CHECKING:
    from gsync_cli.config import Settings

TIME_LIMIT: Final = timedelta(minutes=5)
"""How long gsync waits for a person to consent."""

USERINFO_ROOT: Final = "https://www.googleapis.com"
USERINFO_PATH: Final = "/oauth2/v2/userinfo"


class Guide(Protocol):
    """How a sign-in speaks with the person at the terminal."""

    def show(self, address: str) -> None:
        """Open the consent page, or say where it is."""
        ...

    def pasted(self, again: bool) -> str | None:  # noqa: FBT001  called by position, in a thread
        """Wait for a pasted redirect address; None where none can come. `again`: the last one was not the right one."""
        ...

    def explain(self, error: GsyncError) -> str:
        """Return the sentence for an error, for the page in the browser."""
        ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that went well and is stored."""

    grant: GoogleGrant
    missing: tuple[scopes.Job, ...]
    """What can't be done yet, because its box was not ticked."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the exchange brought, and when."""

    at: datetime
    access: str
    refresh: str
    granted: tuple[str, ...]
    expires_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Person:
    """Who signed in, as Google's userinfo says (facts/google.md 5.6)."""

    email: str
    subject: str
    hosted_domain: str


def sign_in(
    profile: Profile,
    settings: "Settings",
    http: Http,
    clock: Clock,
    jitter: Callable[[], float],
    guide: Guide,
    *,
    email: str = "",
) -> SignedIn:
    """Sign in with the `installed` client, and store the grant in the profile's credentials.

    `email` is the account that is wanted; without it, the one already linked. Raises ConfigurationWrong as
    `tokens.signing_in_client`; SignInNeeded where the person refuses, grants too little, is somebody else, or is not
    done within TIME_LIMIT; ActionNeeded("account-deletion-other") while another account's deletion is unfinished;
    Refused for a policy; Temporary. Nothing is stored then.
    """
    stored = Credentials.load(profile)
    client = signing_in_client(stored)
    wire = Wire(http, clock, jitter)
    hint = email or (stored.grant.email if stored.grant else "")
    with Loopback() as loopback:
        attempt = Attempt(client, loopback.address, hint, wire)
        loopback.expect(attempt.state)
        guide.show(attempt.address)
        redirect = loopback.wait(clock, TIME_LIMIT, guide.pasted)
        try:
            signed_in = _finish(profile, settings, attempt, redirect, email)
        except GsyncError as error:
            loopback.tell("Not signed in", guide.explain(error))
            raise
        loopback.tell("Signed in", f"gsync is connected with {signed_in.grant.email}. You can close this window.")
    return signed_in


class Attempt:
    """One sign-in: its consent page, its state, and the exchange of the code that comes back.

    `asked` are the scopes it asks for; `lasting` asks for a refresh token, too.
    """

    def __init__(
        self,
        client: GoogleClient,
        redirect_uri: str,
        hint: str,
        wire: Wire,
        *,
        asked: tuple[str, ...] = scopes.ASKED,
        lasting: bool = True,
    ) -> None:
        from google_auth_oauthlib.flow import Flow

        for library in ("requests_oauthlib", "oauthlib"):  # they log codes and tokens (facts/google.md 5.1)
            logging.getLogger(library).setLevel(logging.INFO)
        self.client = client
        self.wire = wire
        self._asked = asked
        self._flow = Flow.from_client_config(
            {
                "installed": {
                    "client_id": client.client_id,
                    "client_secret": client.client_secret,
                    "auth_uri": client.auth_uri,
                    "token_uri": client.token_uri,
                }
            },
            asked,
            redirect_uri=redirect_uri,
        )
        # Without prompt=consent there is no refresh token for somebody who consented before (facts/google.md 5.1).
        wishes = {"prompt": "consent", "access_type": "offline" if lasting else "online"}
        wishes |= {"login_hint": hint} if hint else {}
        with _oauthlib_environment(client.auth_uri):
            self.address, self.state = self._flow.authorization_url(**wishes)

    def exchange(self, code: str) -> Tokens:
        """Return the tokens for the code. Raises SignInNeeded("google-code-refused"), and as TokenEndpoint.post."""
        session = self._flow.oauth2session
        adapter = RequestsAdapter(TokenEndpoint(self.wire, self.client.client_id))
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
        with _oauthlib_environment(self.client.token_uri):
            try:
                # Client id and secret in the body: some servers read them nowhere else.
                answer = self._flow.fetch_token(code=code, include_client_id=True)
            except InvalidGrant as error:
                raise SignInNeeded("google-code-refused", reason=error.description) from error
        return _read_tokens(answer, self.wire.clock.now(), self._asked)


@contextmanager
def _oauthlib_environment(address: str) -> Iterator[None]:
    """Let oauthlib accept fewer scopes than asked (they are compared here), and plain http on this very machine."""
    wanted = {"OAUTHLIB_RELAX_TOKEN_SCOPE": "1"} | (
        {"OAUTHLIB_INSECURE_TRANSPORT": "1"} if is_loopback(address) else {}
    )
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _read_tokens(answer: Mapping[str, Any], now: datetime, asked: tuple[str, ...]) -> Tokens:
    granted = answer.get("scope")
    if isinstance(granted, str):
        granted = granted.split()
    return Tokens(
        at=now,
        access=str(answer["access_token"]),
        refresh=str(answer.get("refresh_token") or ""),
        # Without a list, everything was granted (RFC 6749, 5.1).
        granted=tuple(str(scope) for scope in granted) if granted else asked,
        expires_at=_in(now, answer.get("expires_in")),
        ends_at=_in(now, answer.get("refresh_token_expires_in")),
    )


def _in(now: datetime, seconds: object) -> datetime | None:
    """Return the moment that many seconds from now; None where the server gave no number above zero."""
    try:
        return now + timedelta(seconds=float(str(seconds))) if float(str(seconds)) > 0 else None
    except (ValueError, OverflowError):
        return None


def _finish(
    profile: Profile, settings: "Settings", attempt: Attempt, redirect: Redirect | None, email: str
) -> SignedIn:
    """Take the redirect to its end: exchange, checks, storing."""
    if redirect is None:
        raise SignInNeeded("google-sign-in-timeout", minutes=TIME_LIMIT // timedelta(minutes=1))
    if redirect.error:
        raise refusal_of(redirect)
    tokens = attempt.exchange(redirect.code)
    missing = scopes.missing(tokens.granted)
    if scopes.CONTACTS_JOB in missing:
        raise SignInNeeded("google-scope-not-granted", boxes=tuple(f"“{job.box}”" for job in missing))
    person = _who(settings, attempt.wire, tokens.access)
    stored = Credentials.load(profile)
    _check_person(person, email, stored.grant, profile)
    _check_deletion(person, stored.deletion, profile)
    if not tokens.refresh:
        raise SignInNeeded("google-no-refresh-token", email=person.email)
    grant = GoogleGrant(
        email=person.email,
        subject=person.subject,
        client_id=attempt.client.client_id,
        scopes=tokens.granted,
        refresh_token=tokens.refresh,
        signed_in_at=tokens.at,
        access_token=tokens.access,
        access_expires_at=tokens.expires_at,
        ends_at=tokens.ends_at,
        hosted_domain=person.hosted_domain,
    )
    # Whoever is back is not to be deleted any more; and to revoke the former token would end this sign-in, too
    # (facts/google.md 5.2). What still stands in Creatio, the next deletion finds there.
    replace(stored, grant=grant, deletion=None).save(profile)
    return SignedIn(grant, missing)


def refusal_of(redirect: Redirect) -> GsyncError:
    """Return the error for a consent page that sent the browser back without a code."""
    if redirect.error == "access_denied":
        return SignInNeeded("google-consent-refused")
    if redirect.error in POLICY_REASONS:
        return Refused("google-app-blocked", reason=redirect.error, message=redirect.description)
    return SignInNeeded("google-sign-in-failed", reason=redirect.error, message=redirect.description)


def _who(settings: "Settings", wire: Wire, access_token: str) -> _Person:
    """Ask Google who signed in. Raises as `errors.of_answer`; SignInNeeded where it won't say the address."""
    address = (settings.text("google.endpoints.oauth2") or USERINFO_ROOT).rstrip("/") + USERINFO_PATH
    headers = {"authorization": f"Bearer {access_token}", "accept": "application/json"}
    try:
        response = wire.send(lambda: wire.http.send(SERVICE, "GET", address, headers=headers), repeatable=True)
    except NetworkError as error:
        raise of_network(error) from error
    if not response.is_success:
        raise of_answer(response, email="")
    answer = json_of(response)
    if not answer:
        raise foreign(response)
    email = str(answer.get("email") or "")
    if not email:
        raise SignInNeeded("google-scope-not-granted", boxes=("“See your primary Google Account email address”",))
    return _Person(email, str(answer.get("id") or answer.get("sub") or ""), str(answer.get("hd") or ""))


def _check_deletion(person: _Person, begun: AccountDeletion | None, profile: Profile) -> None:
    """Make sure that no other account waits for the end of its deletion: this sign-in would make gsync forget it."""
    if begun is not None and not _same_account(person, begun):
        raise ActionNeeded("account-deletion-other", got=person.email, known=begun.email, profile=profile.name)


def _check_person(person: _Person, wanted: str, linked: GoogleGrant | None, profile: Profile) -> None:
    """Make sure that it is the account which is wanted, and the one this profile is linked with."""
    if wanted and wanted.casefold() != person.email.casefold():
        raise SignInNeeded("google-other-account", got=person.email, wanted=wanted)
    if linked is not None and not _same_account(person, linked):
        raise SignInNeeded("google-linked-account", got=person.email, linked=linked.email, profile=profile.name)


def _same_account(person: _Person, linked: GoogleGrant | AccountDeletion) -> bool:
    """Compare by Google's id, which stays when the address changes; by address where an id is missing."""
    if person.subject and linked.subject:
        return person.subject == linked.subject
    return person.email.casefold() == linked.email.casefold()
