"""A Creatio site of a few lines that answers as a test tells it, and remembers what it was asked."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx2

from gsync_cli.creatio.login import Account
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.creatio.wire import Wire
from gsync_cli.credentials import CreatioSession
from gsync_cli.http import Http

URL = "https://crm.example.com/app"
USER_ID = "7f3b869f-34f3-4f20-ab4d-7480a5fdf647"
CONTACT_ID = "410006e1-ca4e-4502-a9ec-e54d922d2c00"
PASSWORD = 'Se"cret\\1'

Answer = httpx2.Response | Exception
Route = Callable[[httpx2.Request], Answer]


class FixedClock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


def answer(status: int = 200, body: object = None, **headers: str) -> httpx2.Response:
    """Return an answer with a JSON body."""
    content = b"" if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json; charset=utf-8"} if body is not None else {}
    return httpx2.Response(status, content=content, headers={**kind, **headers})


def page(status: int = 200, text: str = "<!DOCTYPE html><html>Login</html>") -> httpx2.Response:
    return httpx2.Response(status, text=text, headers={"Content-Type": "text/html; charset=utf-8"})


def redirect(location: str) -> httpx2.Response:
    return httpx2.Response(302, headers={"Location": location})


def rows(*values: Mapping[str, object], count: int | None = None, **more: object) -> httpx2.Response:
    """Return a page of rows."""
    counted = {} if count is None else {"@odata.count": count}
    return answer(200, {"@odata.context": f"{URL}/0/odata/$metadata#X", **counted, "value": list(values), **more})


def odata_error(status: int, *messages: str) -> httpx2.Response:
    """Return the first of the four bodies, its sentences from the outside in."""
    body: dict[str, Any] = {}
    for depth, message in reversed(list(enumerate(messages))):
        inner = {"innererror": body} if depth == 0 else {"internalexception": body}
        body = {"code": "", "message": message, **(inner if body else {})}
    return answer(status, {"error": body})


@dataclass
class FakeCreatio:
    """A site on .NET Framework or .NET with one user. `routes` answer in its stead; the first that fits counts."""

    prefix: str = "/0"
    csrf: tuple[str, ...] = ("BPMCSRF",)
    password: str = PASSWORD
    code: int = 1
    """What a login with another password, or every login if `refuse`, is answered with."""
    refuse: bool = False
    exception: str = "System.Security.SecurityException"
    version: str = "7.17.3.1377"
    asked: list[httpx2.Request] = field(default_factory=list)
    routes: list[tuple[str, Route]] = field(default_factory=list)
    session: int = 0
    """The number of the latest login; its cookie is the only valid one."""
    ended: Callable[[], httpx2.Response] = lambda: answer(
        401, {"Message": "Authorization has been denied for this request."}
    )
    tokens: int = 0

    def on(self, pattern: str, *answers: Answer | Route) -> None:
        """Answer requests to a path like `pattern` with these, one after the other, the last one for ever."""
        self.routes.append((pattern, self.in_turn(*answers)))

    @staticmethod
    def in_turn(*answers: Answer | Route) -> Route:
        """Return a route that gives these answers one after the other, the last one for ever."""
        left = list(answers)

        def route(request: httpx2.Request) -> Answer:
            item = left.pop(0) if len(left) > 1 else left[0]
            if callable(item):
                return item(request)
            if isinstance(item, httpx2.Response):
                return httpx2.Response(item.status_code, headers=item.headers, content=item.content)
            return item

        return route

    def paths(self, pattern: str = "") -> list[str]:
        """Return the decoded paths asked for that are like `pattern`."""
        paths = [f"{request.method} {unquote(request.url.raw_path.decode())}" for request in self.asked]
        return [path for path in paths if re.search(pattern, path)]

    @property
    def logins(self) -> int:
        return len(self.paths("AuthService.svc/Login"))

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _reply(self, request: httpx2.Request) -> Answer:
        path = unquote(request.url.raw_path.decode()).removeprefix("/app")
        if path.endswith("/connect/token"):
            return self._token(request)
        if path == "/ServiceModel/AuthService.svc/Login":
            route = next((route for pattern, route in self.routes if pattern == "Login"), self._login)
            return route(request)
        inner = path.removeprefix(self.prefix)
        if not path.startswith(f"{self.prefix}/") or inner.startswith("/0/"):
            return page(404, "<html>not found</html>")
        if not self._knows(request):
            return self.ended()
        for pattern, route in self.routes:
            if re.search(pattern, inner):
                return route(request)
        return self._usual(inner)

    def _usual(self, path: str) -> httpx2.Response:
        if path == "/api/HealthCheck/Ping":
            return answer(200)
        if path.endswith("/GetCurrentUserInfo"):
            return answer(200, {"userId": USER_ID, "contactId": CONTACT_ID.upper(), "userName": "anna"})
        if path.endswith("/GetApplicationInfo"):
            return answer(200, {"applicationInfo": {"sysValues": {"coreVersion": self.version}}})
        if path.startswith("/odata/Contact"):
            return rows(count=0)
        return answer(404, {"Message": "No HTTP resource was found", "MessageDetail": "No route"})

    def _knows(self, request: httpx2.Request) -> bool:
        if request.headers.get("authorization"):
            return request.headers["authorization"] == f"Bearer token-{self.tokens}"
        cookies = request.headers.get("cookie", "")
        if f"BPMSESSIONID=s{self.session}" not in cookies.split("; "):
            return False
        name = self.csrf[0] if self.csrf else ""
        return request.method == "GET" or not name or request.headers.get(name) == f"csrf-{self.session}"

    def _login(self, request: httpx2.Request) -> httpx2.Response:
        given = json.loads(request.content)
        wrong = self.refuse or given["UserPassword"] != self.password
        code = self.code if wrong else 0
        body = {
            "Code": code, "Message": "" if code == 0 else "You have entered a wrong name or password.",
            "Exception": {"Type": self.exception} if code == 1 else None,
            "PasswordChangeUrl": None, "RedirectUrl": None,
        }  # fmt: skip
        if code in (1, 3, 4, 5):
            return answer(200, body)
        self.session += 1
        cookies = [f"{name}=csrf-{self.session}; path=/" for name in reversed(self.csrf)]
        cookies += [".ASPXAUTH=auth; path=/app; HttpOnly", f"BPMSESSIONID=s{self.session}; path=/app; HttpOnly"]
        return httpx2.Response(200, json=body, headers=[("Set-Cookie", cookie) for cookie in cookies])

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form != {"grant_type": "client_credentials", "client_id": "app", "client_secret": self.password}:
            return answer(400, {"error": "invalid_client"})
        self.tokens += 1
        return answer(200, {"access_token": f"token-{self.tokens}", "expires_in": "3600", "token_type": "Bearer"})


def account(**changes: Any) -> Account:
    return Account(**{"url": URL, "auth": "password", "name": "anna", "secret": PASSWORD, **changes})


def oauth_account(**changes: Any) -> Account:
    return account(**{"auth": "oauth", "name": "app", "user": "anna", **changes})


def wire(fake: FakeCreatio, clock: FixedClock | None = None) -> Wire:
    clock = clock or FixedClock()
    return Wire(Http(clock, transport=httpx2.MockTransport(fake.handle)), clock, lambda: 0.5)


def site(
    fake: FakeCreatio,
    clock: FixedClock | None = None,
    *,
    kept: CreatioSession | None = None,
    keep: Callable[[CreatioSession], None] = lambda _: None,
    **changes: Any,
) -> CreatioSite:
    """Return a site that is not opened yet."""
    chosen = oauth_account(**changes) if changes.get("auth") == "oauth" else account(**changes)
    return CreatioSite(chosen, wire(fake, clock), kept=kept, keep=keep)


def opened(fake: FakeCreatio, clock: FixedClock | None = None, **changes: Any) -> CreatioSite:
    """Return an open site whose requests so far are forgotten."""
    result = site(fake, clock, **changes)
    result.open()
    fake.asked.clear()
    return result
