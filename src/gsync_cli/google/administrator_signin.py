"""Signing in as administrator in the browser, with a Desktop client of one's own (facts/google.md 1.9, option d).

What is stored is the access token alone: the power over projects ends by itself within the hour.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gsync_cli.clock import Clock
from gsync_cli.credentials import AdministratorGrant, Credentials
from gsync_cli.errors import GsyncError, SignInNeeded
from gsync_cli.google import scopes
from gsync_cli.google.adc import CLOUD_PLATFORM
from gsync_cli.google.administrator import AdministratorSession
from gsync_cli.google.loopback import Loopback, Redirect
from gsync_cli.google.signin import TIME_LIMIT, Attempt, Guide, refusal_of
from gsync_cli.google.tokens import signing_in_client
from gsync_cli.google.wire import Wire
from gsync_cli.http import Http
from gsync_cli.profiles import Profile

if TYPE_CHECKING:
    from gsync_cli.config import Settings

ASKED: Final = (scopes.OPENID, scopes.EMAIL, CLOUD_PLATFORM)
_USUAL_LIFE: Final = timedelta(hours=1)
"""Of an access token whose life Google does not tell."""


def sign_in_as_administrator(
    profile: Profile,
    settings: "Settings",
    http: Http,
    clock: Clock,
    jitter: Callable[[], float],
    guide: Guide,
    *,
    email: str = "",
) -> AdministratorGrant:
    """Sign in with the `installed` client, and store the access token in the profile's credentials.

    `email` is the account that is wanted, if any. Raises ConfigurationWrong as `tokens.signing_in_client`;
    SignInNeeded("administrator-sign-in-failed", "administrator-other-account"); Refused for a policy; Temporary.
    Nothing is stored then.
    """
    client = signing_in_client(Credentials.load(profile))
    wire = Wire(http, clock, jitter)
    with Loopback() as loopback:
        attempt = Attempt(client, loopback.address, email, wire, asked=ASKED, lasting=False)
        loopback.expect(attempt.state)
        guide.show(attempt.address)
        redirect = loopback.wait(clock, TIME_LIMIT, guide.pasted)
        try:
            grant = _finish(settings, attempt, redirect, email)
        except GsyncError as error:
            loopback.tell("Not signed in", guide.explain(error))
            raise
        replace(Credentials.load(profile), administrator=grant).save(profile)
        who = f" as {grant.email}" if grant.email else ""
        loopback.tell("Signed in", f"gsync may set up projects{who}. You can close this window.")
    return grant


def _finish(settings: "Settings", attempt: Attempt, redirect: Redirect | None, email: str) -> AdministratorGrant:
    """Take the redirect to its end: exchange and checks."""
    if redirect is None:
        minutes = TIME_LIMIT // timedelta(minutes=1)
        raise SignInNeeded("administrator-sign-in-failed", why=f"nobody finished it within {minutes} minutes")
    if redirect.error == "access_denied":
        raise SignInNeeded("administrator-sign-in-failed", why="it was cancelled on Google's page")
    if redirect.error:
        raise _as_administrators(refusal_of(redirect))
    try:
        tokens = attempt.exchange(redirect.code)
    except SignInNeeded as error:
        raise _as_administrators(error) from error
    if CLOUD_PLATFORM not in tokens.granted:
        raise SignInNeeded("administrator-sign-in-failed", why="the box for Google Cloud was left unticked")
    grant = AdministratorGrant(
        "", attempt.client.client_id, tokens.access, tokens.expires_at or tokens.at + _USUAL_LIFE
    )
    who = AdministratorSession.of_grant(grant, attempt.wire, settings).email
    if email and who and who.casefold() != email.casefold():
        raise SignInNeeded("administrator-other-account", got=who, wanted=email)
    return replace(grant, email=who)


def _as_administrators(error: GsyncError) -> GsyncError:
    """Return an error of the usual sign-in as one of this, whose next step is another command."""
    if not isinstance(error, SignInNeeded):
        return error
    told = (str(error.facts.get(name) or "") for name in ("reason", "message"))
    return SignInNeeded("administrator-sign-in-failed", why=": ".join(filter(None, told)) or "Google refused it")
