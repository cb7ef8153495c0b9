"""Checks of the Google account: signed in, whether that lasts, its domain, its scopes, the APIs."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from gsync_cli.doctor.apis import look_at_apis
from gsync_cli.doctor.check import ACCOUNT, Check, Finding, failed, passed, skipped, warned
from gsync_cli.doctor.hurry import HurriedClock
from gsync_cli.errors import SignInNeeded

if TYPE_CHECKING:
    from gsync_cli.credentials import GoogleGrant
    from gsync_cli.doctor.scene import Scene

_METADATA: Final = "https://www.googleapis.com/auth/gmail.metadata"
_SOON: Final = timedelta(days=2)


def look_at_account(scene: "Scene") -> Finding:
    """Look whether an account is signed in, with the client that is imported now."""
    from gsync_cli.google.tokens import client_of

    stored = scene.credentials
    deletion = stored.deletion
    if stored.grant is None:
        if deletion is not None:
            return failed(
                f"No account is signed in, and {deletion.email} is not deleted everywhere yet.",
                "gsync account delete, then for another account: gsync account add",
                SignInNeeded,
            )
        raise SignInNeeded("google-not-signed-in", profile=scene.profile.name)
    client = client_of(stored, stored.grant)
    told = f"{stored.grant.email} signed in on {_readable(stored.grant.signed_in_at)} with {client.client_id}"
    if deletion is not None:
        return warned(f"{told}. {deletion.email} is not deleted everywhere yet.", "gsync account delete")
    return passed(f"{told}.")


def look_at_refresh(scene: "Scene") -> Finding:
    """Have Google give a new access token, as every run does when the former one is over."""
    from gsync_cli.google.tokens import AccessToken
    from gsync_cli.google.wire import Wire

    grant = _grant(scene)
    try:
        AccessToken(scene.profile, grant, Wire(scene.http, HurriedClock(scene.clock), scene.jitter)).renew()
    except SignInNeeded:
        scene.sign_in = "refused"
        raise
    scene.sign_in = "works"
    return passed(f"Google gave {grant.email} a new access token just now.")


def look_at_life(scene: "Scene") -> Finding:
    """Look when the sign-in ends by itself: after seven days, where the app is in testing (facts/google.md 3.9)."""
    from gsync_cli.provisioning.consent import console_link

    grant = _grant(scene)
    if grant.ends_at is None:
        return passed("The sign-in lasts until it is revoked, or not used for six months.")
    when = _readable(grant.ends_at)
    left = grant.ends_at - scene.clock.now()
    if left <= timedelta(0) and scene.sign_in == "works":
        return passed(f"The sign-in was to end on {when}, and Google still takes it.")
    if left <= timedelta(0) and scene.sign_in == "refused":
        return skipped(f"The sign-in ended on {when}, which is why Google does not take it any more.")
    if left <= timedelta(0):
        return failed(f"The sign-in ended on {when}.", f"gsync account add --email {grant.email}", SignInNeeded)
    audience = console_link("audience", scene.project)
    soon = f"gsync account add --email {grant.email}; and " if left < _SOON else ""
    return warned(
        f"Google ends the sign-in on {when} ({_span(left)} from now): the app is in testing, or access was given for a "
        "limited time.",
        f"{soon}make the app Internal or publish it, then sign in again: {audience}",
    )


def look_at_domain(scene: "Scene") -> Finding:
    """Compare the account's domain with the audience of the app: an Internal one takes its own organization only."""
    from gsync_cli.provisioning.walk.journal import Journal

    grant = _grant(scene)
    audience = Journal.load(scene.profile).decisions.user_type
    if grant.hosted_domain:
        return passed(f"{grant.email} belongs to the Workspace domain {grant.hosted_domain}.")
    if audience == "internal":
        return warned(
            f"{grant.email} is a private account, and the app was set up as Internal, which takes none.",
            "gsync account add --email SOMEBODY@YOUR-DOMAIN",
        )
    return passed(
        f"{grant.email} is a private account (or its domain is not told). An Internal app would not take it; an "
        "External one does."
    )


def look_at_scopes(scene: "Scene") -> Finding:
    """Compare the scopes that were granted with those that each job needs."""
    from gsync_cli.google.scopes import CALENDAR_JOB, CONTACTS_JOB, JOBS, missing
    from gsync_cli.provisioning.scopes import is_read_only

    grant = _grant(scene)
    lacking = missing(grant.scopes)
    again = f"Sign in again and tick every box: gsync account add --email {grant.email}"
    if CONTACTS_JOB in lacking:
        return failed(
            f"{grant.email} did not grant “{CONTACTS_JOB.box}”. Granted: {_listed(grant.scopes)}.", again, SignInNeeded
        )
    if CALENDAR_JOB in lacking:
        return warned(f"{grant.email} granted contacts, but not “{CALENDAR_JOB.box}”.", again)
    poison = [scope for scope in grant.scopes if is_read_only(scope) or scope == _METADATA]
    if poison:
        return warned(
            f"The sign-in holds {_listed(poison)}, which nobody needs; gmail.metadata even keeps a "
            "program from reading and searching mail.",
            f"Remove the app's access at https://myaccount.google.com/connections, then: gsync account add --email "
            f"{grant.email}",
        )
    return passed(f"Granted for {' and '.join(job.name for job in JOBS)}: {_listed(grant.scopes)}.")


def look_at_google_apis(scene: "Scene") -> Finding:
    """Look whether the APIs are on, and answer."""
    if scene.credentials.grant is None and not scene.project:
        return skipped("Neither a project nor an account is known, so no API was asked.", "gsync setup-project")
    return look_at_apis(scene)


def _grant(scene: "Scene") -> "GoogleGrant":
    grant = scene.credentials.grant
    if grant is None:
        raise SignInNeeded("google-not-signed-in", profile=scene.profile.name)
    return grant


def _listed(scopes: "tuple[str, ...] | list[str]") -> str:
    return ", ".join(scope.removeprefix("https://www.googleapis.com/auth/") for scope in scopes) or "nothing"


def _readable(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(left: timedelta) -> str:
    hours = int(left.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"  # noqa: PLR2004  two days


_SIGNED_IN: Final = ("google-account",)
CHECKS: Final = (
    Check("google-account", "Account", ACCOUNT, look_at_account, ("credentials", "own-client")),
    Check("google-sign-in", "Sign-in", ACCOUNT, look_at_refresh, (*_SIGNED_IN, "own-client-proof")),
    Check("sign-in-life", "Life of the sign-in", ACCOUNT, look_at_life, _SIGNED_IN, after=("google-sign-in",)),
    Check("google-domain", "Domain of the account", ACCOUNT, look_at_domain, _SIGNED_IN),
    Check("scopes", "Scopes", ACCOUNT, look_at_scopes, _SIGNED_IN),
    Check("apis", "APIs", ACCOUNT, look_at_google_apis, ("credentials", "google-hosts"), after=("google-sign-in",)),
)
