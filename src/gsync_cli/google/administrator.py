"""The administrator's session with Google: who acts on projects and APIs, and with what (row P1).

    GOOGLE_OAUTH_ACCESS_TOKEN  ─┐
    application default cred.  ─┼─►  AdministratorSession  ──►  Resource Manager, Service Usage, Monitoring
    gsync project sign-in      ─┘

Projects are made before there is a client of one's own, so the sign-in comes from elsewhere (facts/google.md 1.9).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias
from urllib.parse import quote

from gsync_cli.clock import Clock
from gsync_cli.config import SETTINGS
from gsync_cli.credentials import AdministratorGrant, Credentials
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, Refused, SignInNeeded
from gsync_cli.google import adc
from gsync_cli.google.errors import (
    API_OFF_REASONS,
    POLICY_REASONS,
    SCOPE_REASONS,
    ErrorBody,
    GoogleRefusal,
    Unanswered,
    is_foreign,
    is_project_quota,
    of_answer,
    read_body,
)
from gsync_cli.google.quota import Cost
from gsync_cli.google.session import GoogleSession
from gsync_cli.google.signin import USERINFO_PATH, USERINFO_ROOT
from gsync_cli.google.tokens import FRESH_FOR, is_loopback, json_of
from gsync_cli.google.wire import SERVICE, Wire
from gsync_cli.http import Http, NetworkError
from gsync_cli.profiles import Profile

if TYPE_CHECKING:
    import httpx2

    from gsync_cli.config import Settings

Origin: TypeAlias = Literal["environment", "adc", "browser"]

TOKEN_VARIABLE: Final = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105  the name of a variable
AGAIN: Final[Mapping[Origin, str]] = {
    "environment": f'export {TOKEN_VARIABLE}="$(gcloud auth print-access-token)"',
    "adc": adc.SIGN_IN,
    "browser": "gsync project sign-in",
}
"""How one signs in again, by where the token came from."""

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
"""What can stand in a header: one word. A token pasted with a line of gcloud's warnings is none."""
_TOKENINFO_ROOT: Final = "https://oauth2.googleapis.com"
GCLOUDS_OWN_PROJECT: Final = "764086051850"
"""The project of gcloud's own client: named where credentials have no project to charge (facts/google.md 1.9)."""
_PERMISSION: Final = re.compile(r"\b([a-z][a-z0-9]*\.[a-zA-Z0-9]+\.[a-zA-Z]+)\b(?!\.)")
_ENDPOINTS: Final = tuple(key for key in SETTINGS if key.startswith("google.endpoints."))


class AdministratorRefused(GoogleRefusal):
    """Google won't do this for the administrator. `body` holds Google's own account of it; others may decide by it."""

    def __init__(self, status: int, body: ErrorBody, email: str) -> None:
        super().__init__(status, body)
        self.body = body
        if status == HTTPStatus.FORBIDDEN:
            self.code = "administrator-forbidden"
            self.facts = {"message": self.message, "email": email, "permission": permission_in(body)}


def permission_in(body: ErrorBody) -> str:
    """Return the permission that a refusal names; empty where it names none."""
    if named := body.metadata.get("permission"):
        return named
    found = _PERMISSION.search(body.message)
    return found[1] if found and not found[1].endswith(".com") else ""


@dataclass(frozen=True, slots=True)
class _FixedToken:
    """An access token that can't be renewed."""

    token: str = field(repr=False)
    origin: Origin
    email: str = ""
    subject: str = ""

    def fresh(self) -> str:
        return self.token

    def renew(self) -> str:
        raise SignInNeeded("administrator-token-refused", email=self.email, again=AGAIN[self.origin])


def open_administrator(
    profile: Profile,
    settings: "Settings",
    http: Http,
    clock: Clock,
    jitter: Callable[[], float],
    environment: Mapping[str, str],
) -> "AdministratorSession":
    """Open the administrator's session. The first of the three ways that is there is taken.

    Raises SignInNeeded("administrator-not-signed-in" or "administrator-sign-in-over"),
    ConfigurationWrong("adc-unreadable") and as Credentials.load.
    """
    wire = Wire(http, clock, jitter)
    if token := environment.get(TOKEN_VARIABLE, "").strip():
        if not _TOKEN.fullmatch(token):
            raise ConfigurationWrong("administrator-token-form", variable=TOKEN_VARIABLE)
        return AdministratorSession(_FixedToken(token, "environment"), wire, settings, "environment")
    if default := adc.default_token(environment, wire, settings.text("google.endpoints.oauth2")):
        return AdministratorSession(default, wire, settings, "adc", quota_project=default.quota_project)
    grant = Credentials.load(profile).administrator
    if grant is None:
        raise SignInNeeded("administrator-not-signed-in")
    if grant.access_expires_at - clock.now() <= FRESH_FOR:
        raise SignInNeeded("administrator-sign-in-over", email=grant.email)
    return AdministratorSession.of_grant(grant, wire, settings)


class AdministratorSession(GoogleSession):
    """The requests of an administrator. `settings` names the endpoints."""

    def __init__(
        self,
        token: "_FixedToken | adc.AdcToken",
        wire: Wire,
        settings: "Settings",
        origin: Origin,
        *,
        quota_project: str = "",
    ) -> None:
        super().__init__(token, wire, None, people_endpoint=settings.text("google.endpoints.people"))
        self.origin: Origin = origin
        self.clock = wire.clock
        self._settings = settings
        self._quota_project = quota_project
        self._email: str | None = token.email or None

    @classmethod
    def of_grant(cls, grant: AdministratorGrant, wire: Wire, settings: "Settings") -> Self:
        """Return the session of a sign-in in the browser."""
        return cls(_FixedToken(grant.access_token, "browser", email=grant.email), wire, settings, "browser")

    @property
    def email(self) -> str:
        """As whom this is done, asked of Google once; empty where nobody says. It never fails."""
        if self._email is None:
            self._email = self._ask_who()
        return self._email

    @property
    def member(self) -> str:
        """The account as gcloud's `--member` takes it."""
        if not self.email:
            return "user:YOUR-ADDRESS"
        return f"{'serviceAccount' if self.email.endswith('.gserviceaccount.com') else 'user'}:{self.email}"

    def endpoint(self, service: str) -> str:
        """Return the root that is set for a service ("serviceusage"); empty for Google's own."""
        key = f"google.endpoints.{service}"
        return self._settings.text(key) if key in SETTINGS else ""

    def leads_astray(self, service: str) -> bool:
        """Whether a request to a service would leave a sandbox of this machine, and take its token to the real Google.

        It is so where other services are set to this machine, and this one is not set.
        """
        return not self.endpoint(service) and any(is_loopback(self._settings.text(key)) for key in _ENDPOINTS)

    def deliver(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, cost: Cost, *, repeatable: bool
    ) -> "httpx2.Response":
        """Send as `GoogleSession.deliver`, charged to the project that the credentials name, if they do."""
        charged = {"x-goog-user-project": self._quota_project} if self._quota_project else {}
        return super().deliver(method, url, {**charged, **headers}, body, cost, repeatable=repeatable)

    def look(self, url: str, headers: Mapping[str, str]) -> "httpx2.Response":
        """Send one GET, signed, once, and return whatever is answered. Raises NotSent or NoAnswer."""
        signed = {**headers, "authorization": f"Bearer {self._token.fresh()}", "accept": "application/json"}
        return self._wire.http.send(SERVICE, "GET", url, headers=signed)

    def failure(self, response: "httpx2.Response", *, reading: bool) -> GsyncError:
        """Return the error that a final answer stands for, in the administrator's own words.

        What depends on the request (a missing permission, a quota of projects) comes as AdministratorRefused.
        """
        status, body = response.status_code, read_body(response.content)
        if status == HTTPStatus.UNAUTHORIZED:
            return SignInNeeded("administrator-token-refused", email=self._email or "", again=AGAIN[self.origin])
        if not reading and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unanswered(response.url.host, f"HTTP {status}")
        if is_foreign(response, body):
            return of_answer(response, email="")
        if is_project_quota(body) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return AdministratorRefused(status, body, self._email or "")
        if status == HTTPStatus.FORBIDDEN and (refused := self._forbidden(body)):
            return refused
        other = of_answer(response, email="")
        known = type(other) in {GoogleRefusal, Refused}
        return AdministratorRefused(status, body, self.email) if known else other

    def _forbidden(self, body: ErrorBody) -> GsyncError | None:
        """Return the error for a 403 that concerns the sign-in itself; None for any other."""
        if body.reason in SCOPE_REASONS:
            return SignInNeeded("administrator-scope-missing", email=self.email, again=AGAIN[self.origin])
        if body.reason in POLICY_REASONS:
            return Refused("google-app-blocked", message=body.message, reason=body.reason)
        if body.reason not in API_OFF_REASONS and "requires a quota project" not in body.message:
            return None
        consumer = body.metadata.get("consumer", "") or body.message
        if GCLOUDS_OWN_PROJECT in consumer or "requires a quota project" in body.message:
            return ConfigurationWrong("administrator-quota-project")
        service = body.metadata.get("service", "") or "the API"
        return ActionNeeded(
            "administrator-api-off",
            service=service,
            project=consumer.rpartition("/")[2] if consumer.startswith("projects/") else "",
            link=body.metadata.get("activationUrl", ""),
        )

    def _ask_who(self) -> str:
        """Ask userinfo, else tokeninfo (facts/google.md 5.6)."""
        if self.leads_astray("oauth2"):
            return ""
        root = self.endpoint("oauth2").rstrip("/")
        try:
            token = quote(self._token.fresh(), safe="")
            for address in (
                f"{root or USERINFO_ROOT}{USERINFO_PATH}",
                f"{root or _TOKENINFO_ROOT}/tokeninfo?access_token={token}",
            ):
                answer = self.look(address, {})
                email = json_of(answer).get("email") if answer.is_success else None
                if isinstance(email, str) and email:
                    return email
        except (NetworkError, GsyncError):
            return ""
        return ""
