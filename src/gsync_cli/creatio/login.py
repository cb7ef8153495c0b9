"""Signing in to Creatio: with login and password, or as an OAuth application (facts/creatio.md 1.2, 1.5).

A wrong password is sent once. Accounts lock after five failures, and a locked account answers like a wrong password,
so nothing here tries again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from gsync_cli.config import Settings
from gsync_cli.creatio.address import site_address
from gsync_cli.creatio.errors import OK, SERVER_TROUBLE, Unanswered, body_of, message_in, message_of
from gsync_cli.creatio.wire import Wire, refuse_redirect
from gsync_cli.credentials import CreatioLogin, Credentials
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, Refused, SignInNeeded, Temporary

if TYPE_CHECKING:
    import httpx2

LOGIN_PATH: Final = "/ServiceModel/AuthService.svc/Login"
"""Always at the site root, also where everything else lies under /0 (facts/creatio.md 1.1)."""
TOKEN_PATH: Final = "/connect/token"  # noqa: S105  an address

_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_EARLY: Final = timedelta(seconds=60)
"""How long before its end a token is no longer used."""
_USUAL_LIFE_SECONDS: Final = 3600
_SECOND_FACTOR: Final = ("startauthflow", "twofactor", "totp")


@dataclass(frozen=True, slots=True)
class Account:
    """Where Creatio is and as whom gsync goes there: the settings and the secret that belong together."""

    url: str
    auth: str
    """`password` or `oauth`."""
    name: str
    """The login, or the client id."""
    secret: str = field(repr=False)
    identity_url: str = ""
    """The identity service of `oauth`; empty: the one that belongs to a cloud site."""
    runtime: str = "auto"
    """`auto`, `framework` or `net`."""
    user: str = ""
    """The login of the person meant; empty: the one who signed in."""
    version: str = "auto"
    dates: str = "auto"
    """`auto`, `utc` or `user-zone`."""


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the moment from which it is no longer used."""

    value: str = field(repr=False)
    ends_at: datetime


def account_of(settings: Settings, login: CreatioLogin) -> Account:
    """Return the account that the settings describe.

    Raises ConfigurationWrong("creatio-not-connected") where the address or the name is missing, and
    ConfigurationWrong("creatio-user-needed") where an OAuth application is not told for whom it acts.
    """
    oauth = settings.text("creatio.auth") == "oauth"
    name = settings.text("creatio.client_id" if oauth else "creatio.username")
    url = settings.text("creatio.url")
    if not url or not name:
        raise ConfigurationWrong("creatio-not-connected", missing=_missing(url, oauth=oauth))
    if oauth and not settings.text("creatio.user"):
        raise ConfigurationWrong("creatio-user-needed", client_id=name)
    return Account(
        url=site_address(url),
        auth="oauth" if oauth else "password",
        name=name,
        secret=login.client_secret if oauth else login.password,
        identity_url=settings.text("creatio.identity_url"),
        runtime=settings.text("creatio.runtime"),
        user=settings.text("creatio.user"),
        version=settings.text("creatio.version"),
        dates=settings.text("creatio.dates"),
    )


def stored_login(credentials: Credentials) -> CreatioLogin:
    """Return the stored secrets, empty ones where there are none."""
    return credentials.creatio or CreatioLogin()


def log_in(account: Account, wire: Wire) -> "tuple[httpx2.Response, list[GsyncError]]":
    """Sign in with the password; return the answer, whose cookies are the session, and what should be said about it.

    Raises SignInNeeded("creatio-password-wrong", "creatio-second-factor"), Refused("creatio-no-licence",
    "creatio-login-forbidden"), ActionNeeded("creatio-password-expired"), ConfigurationWrong("creatio-not-creatio",
    "creatio-needs-https", "creatio-redirected") and Temporary.
    """
    url = account.url + LOGIN_PATH
    body = json.dumps({"UserName": account.name, "UserPassword": account.secret}, ensure_ascii=False).encode()
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json; charset=utf-8",
        "ForceUseSession": "true",
    }
    try:
        response = wire.send("POST", url, headers=headers, body=body, repeatable=False)
    except Unanswered as error:
        host = urlsplit(url).netloc
        raise Temporary("creatio-no-answer", host=host, reason=error.reason) from error
    refuse_redirect(response, url, account.url)
    return response, judge_login(response, account)


def judge_login(response: "httpx2.Response", account: Account) -> list[GsyncError]:
    """Read the answer to a login: status 200 means nothing, `Code` does. Raises as `log_in`; returns what to say."""
    status, body = response.status_code, body_of(response)
    if status in SERVER_TROUBLE:
        raise Temporary("creatio-unavailable", status=status, message=message_in(response))
    if status == _FORBIDDEN:
        raise Refused("creatio-login-forbidden", message=message_in(response), url=account.url)
    if status == _UNAUTHORISED:
        raise _wrong_password(account, message_of(body))
    code = _code(body)
    if status not in OK or code is None or not isinstance(body, Mapping):
        raise ConfigurationWrong("creatio-not-creatio", url=account.url, status=status)
    message = message_of(body.get("Message"))
    match code:
        case 0:
            return []
        case 2:
            return [ActionNeeded("creatio-password-change-advised", url=account.url, message=message)]
        case 3 | 4:
            raise Refused("creatio-no-licence", user=account.name, message=message)
        case 5:
            raise ActionNeeded("creatio-password-expired", url=account.url, user=account.name)
        case 1 if _wants_second_factor(body):
            raise SignInNeeded("creatio-second-factor", user=account.name, url=account.url)
        case _:
            raise _wrong_password(account, message)


def fetch_token(account: Account, wire: Wire) -> Token:
    """Get a token for the OAuth application (client credentials).

    Raises SignInNeeded("creatio-client-refused"), ConfigurationWrong("creatio-identity-needed",
    "creatio-identity-wrong", "creatio-needs-https", "creatio-redirected") and Temporary.
    """
    service = identity_service(account)
    url = service + TOKEN_PATH
    form = {"grant_type": "client_credentials", "client_id": account.name, "client_secret": account.secret}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    # A token too many does no harm.
    response = wire.send("POST", url, headers=headers, body=urlencode(form).encode(), repeatable=True)
    refuse_redirect(response, url, service)
    status, body = response.status_code, body_of(response)
    if status in SERVER_TROUBLE:
        raise Temporary("creatio-unavailable", status=status, message=message_in(response))
    if not isinstance(body, Mapping) or not (body.get("access_token") or body.get("error")):
        raise ConfigurationWrong("creatio-identity-wrong", url=url, status=status)
    if status not in OK or not body.get("access_token"):
        reason = str(body.get("error_description") or body.get("error"))
        raise SignInNeeded("creatio-client-refused", client_id=account.name, reason=reason)
    life = timedelta(seconds=_seconds(body.get("expires_in")))
    return Token(str(body["access_token"]), wire.clock.now() + max(life - _EARLY, life / 2))


def identity_service(account: Account) -> str:
    """Return the address of the identity service: the setting, else the cloud's rule `acme` → `acme-is`.

    Raises ConfigurationWrong("creatio-identity-needed") for a site to which the rule can't apply.
    """
    if account.identity_url:
        return account.identity_url.rstrip("/").removesuffix(TOKEN_PATH)
    parts = urlsplit(account.url)
    first, dot, rest = parts.netloc.partition(".")
    if not dot or _is_ip(parts.hostname or ""):
        raise ConfigurationWrong("creatio-identity-needed", url=account.url)
    return f"{parts.scheme}://{first}-is.{rest}"


def _missing(url: str, *, oauth: bool) -> str:
    if not url:
        return "creatio.url"
    return "creatio.client_id" if oauth else "creatio.username"


def _wrong_password(account: Account, message: str) -> SignInNeeded:
    return SignInNeeded("creatio-password-wrong", user=account.name, url=account.url, message=message)


def _code(body: Any) -> int | None:
    try:
        return int(body["Code"])
    except (TypeError, KeyError, ValueError):
        return None


def _wants_second_factor(body: Mapping[str, Any]) -> bool:
    exception = body.get("Exception")
    kind = str(exception.get("Type", "")) if isinstance(exception, Mapping) else ""
    return any(word in kind.casefold() for word in _SECOND_FACTOR)


def _seconds(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return _USUAL_LIFE_SECONDS


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
