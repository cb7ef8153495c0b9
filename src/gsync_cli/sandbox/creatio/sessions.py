"""Forms login and what follows it: tickets, CSRF, renewal and expiry (facts/creatio.md 1.2 to 1.4)."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.users import User
from gsync_cli.sandbox.creatio.zones import zone_of, zone_of_offset
from gsync_cli.sandbox.messages import Request, Response

SINCE_NEW_COOKIES: Final = (8, 3, 2)
TICKET: Final = ".ASPXAUTH"
MODIFYING: Final = frozenset({"POST", "PATCH", "PUT", "MERGE", "DELETE"})

_REFUSED: Final = "You have entered an invalid username or password, or your account is inactive."
_SECURITY: Final = "System.Security.SecurityException"
_SECOND_FACTOR: Final = "Terrasoft.WebApp.TwoFactor.Exceptions.StartAuthFlowException"


@dataclass(frozen=True, slots=True)
class CookieNames:
    """What a build calls its cookies."""

    csrf: str
    loader: str
    session: str


_OLD_NAMES: Final = CookieNames("BPMCSRF", "BPMLOADER", "BPMSESSIONID")
_NEW_NAMES: Final = CookieNames("CRT_CSRF", "CRT_LOADER", "CRT_SESSIONID")


@dataclass(slots=True)
class Session:
    """One signed-in browser or program."""

    user: User
    ticket: str
    csrf: str
    zone: tzinfo
    used: datetime
    renewed: datetime


class Sessions:
    """All users and their sessions. `token` gives unguessable text, `now` the server's time."""

    def __init__(
        self, options: Options, now: Callable[[], datetime], token: Callable[[], str], cookie_path: str
    ) -> None:
        self.users: dict[str, User] = {}
        """By login in lower case."""
        self.logins = 0
        """How many login requests came."""
        self._options = options
        self._now = now
        self._token = token
        self._path = cookie_path
        self._by_ticket: dict[str, Session] = {}

    def login(self, request: Request, version: tuple[int, ...]) -> Response:
        """Answer a login. HTTP 200 does not mean success: `Code` does."""
        self.logins += 1
        try:
            told = request.json()
        except ValueError:
            told = None
        if not isinstance(told, dict) or not request.headers.get("content-type", "").startswith("application/json"):
            return Response.of_html(400, "<html><body><h1>Request Error</h1></body></html>")
        user = self.users.get(str(told.get("UserName", "")).strip().lower())
        code, message, kind = self._judged(user, told)
        status = self._options.login_refusal if code == 1 else 200
        reply = Response.of_json(status, _reply(code, message, kind))
        if user is None or code not in {0, 2}:
            return reply
        session = self._opened(user, told.get("TimeZoneOffset"))
        names = cookie_names(version, self._options)
        cookies = [(TICKET, session.ticket)]
        cookies += [(name.loader, self._token()) for name in names]
        cookies += [(name.csrf, session.csrf) for name in names]
        cookies += [("UserName", "|".join(str(ord(letter)) for letter in user.name)), ("UserType", "General")]
        return Response(reply.status, reply.body, (*reply.headers, *(self._cookie(*cookie) for cookie in cookies)))

    def session_of(self, request: Request) -> Session | None:
        """Return the session of a request while it lasts, and mark it as used."""
        session = self._by_ticket.get(cookies_of(request).get(TICKET, ""))
        if session is None or not session.user.active:
            return None
        now = self._now()
        if now - session.used > timedelta(minutes=self._options.session_minutes):
            self.end(session)
            return None
        session.used = now
        return session

    def csrf_holds(self, request: Request, session: Session, version: tuple[int, ...]) -> bool:
        """Tell whether a modifying request carries the value of the CSRF cookie in a header of the cookie's name."""
        if request.method not in MODIFYING or not self._options.csrf:
            return True
        sent = [request.headers.get(names.csrf.lower(), "") for names in cookie_names(version, self._options)]
        return any(hmac.compare_digest(value.encode(), session.csrf.encode()) for value in sent)

    def fresh_cookies(
        self, request: Request, session: Session, version: tuple[int, ...]
    ) -> tuple[tuple[str, str], ...]:
        """Return the Set-Cookie headers of an ordinary answer: the session id, and a renewed ticket at half time."""
        sent = cookies_of(request)
        ids = [names.session for names in cookie_names(version, self._options)]
        fresh = [self._cookie(name, self._token()) for name in ids if name not in sent]
        now = self._now()
        if now - session.renewed > timedelta(minutes=self._options.session_minutes / 2):
            if self._options.old_ticket_dies:
                self._by_ticket.pop(session.ticket, None)
            session.ticket, session.renewed = self._token(), now
            self._by_ticket[session.ticket] = session
            fresh.append(self._cookie(TICKET, session.ticket))
        return tuple(fresh)

    def end(self, session: Session) -> None:
        """Forget a session under every ticket it had."""
        for ticket in [ticket for ticket, other in self._by_ticket.items() if other is session]:
            del self._by_ticket[ticket]

    def end_all(self) -> None:
        """Forget every session, as when the application pool is recycled."""
        self._by_ticket.clear()

    def _judged(self, user: User | None, told: dict[str, Any]) -> tuple[int, str, str]:
        # One answer for every reason: a locked account can't be told from a wrong password.
        if user is None or not self._admitted(user, str(told.get("UserPassword", ""))):
            return 1, _REFUSED, _SECURITY
        if user.second_factor and _claim(told, "token") != user.second_factor:
            return 1, "Enter the verification code.", _SECOND_FACTOR
        if not user.licensed:
            return (3 if user.manages_licences else 4), "No license found for the user.", ""
        if user.password_expired:
            return 5, "The password has expired.", ""
        recommended = user.password_change_recommended
        return (2, "We recommend that you change your password.", "") if recommended else (0, "", "")

    def _admitted(self, user: User, password: str) -> bool:
        """Tell whether the password opens the account, and count the failures that lock it."""
        if user.client_id:
            return False
        if user.locked_until is not None:
            if self._now() < user.locked_until:
                return False
            user.failures, user.locked_until = 0, None
        may = user.active and (self._options.password_login or user.administrator)
        if may and hmac.compare_digest(password.encode(), user.password.encode()):
            user.failures = 0
            return True
        user.failures += 1
        if user.failures >= self._options.login_attempts:
            user.locked_until = self._now() + timedelta(minutes=self._options.lockout_minutes)
        return False

    def _opened(self, user: User, offset: object) -> Session:
        now = self._now()
        session = Session(user, self._token(), self._token()[:22], self.zone_of(user, offset), now, now)
        self._by_ticket[session.ticket] = session
        return session

    def zone_of(self, user: User, offset: object = None) -> tzinfo:
        """Return a user's zone: of the profile, else the site's, else the one the login told (facts 2.4)."""
        windows_id = user.time_zone_id or self._options.default_zone
        if windows_id:
            return zone_of(windows_id)
        return zone_of_offset(offset) if isinstance(offset, int) else UTC

    def _cookie(self, name: str, value: str) -> tuple[str, str]:
        http_only = "; HttpOnly" if name == TICKET or name.endswith("SESSIONID") else ""
        return "Set-Cookie", f"{name}={value}; path={self._path}{http_only}; SameSite=Lax"


def cookie_names(version: tuple[int, ...], options: Options) -> list[CookieNames]:
    """Return the names in use: the new ones from 8.3.2 on; the old ones before, and for a while beside them."""
    if version < SINCE_NEW_COOKIES:
        return [_OLD_NAMES]
    return [_NEW_NAMES, _OLD_NAMES] if options.old_cookie_names else [_NEW_NAMES]


def cookies_of(request: Request) -> dict[str, str]:
    """Return the cookies of a request."""
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}


def _claim(told: dict[str, Any], key: str) -> str:
    claims = told.get("ClaimList")
    found = [claim.get("Value") for claim in claims or [] if isinstance(claim, dict) and claim.get("Key") == key]
    return str(found[0]) if found else ""


def _reply(code: int, message: str, kind: str) -> dict[str, Any]:
    exception = {"HelpLink": None, "InnerException": None, "Message": message, "StackTrace": None, "Type": kind}
    return {
        "Code": code,
        "Message": message,
        "Exception": exception if kind else None,
        "PasswordChangeUrl": None,
        "RedirectUrl": None,
        "UserType": "General" if code == 0 else None,
    }
