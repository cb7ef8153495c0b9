"""A Google made of a few dicts, as strict as the facts say, for tests of how gsync reaches Google.

`FakeGoogle.handle` answers requests as plain values; `transport()` hands requests to it in process, `served()` over
real sockets. `consent` is what a person does in the browser.
"""

import base64
import hashlib
import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from gsync_cli.sandbox.messages import Request, Response

CLIENT_ID = "1234-abc.apps.googleusercontent.com"
SECRET = "GOCSPX-not-a-real-secret"
ASKED = (
    "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/contacts "
    "https://www.googleapis.com/auth/calendar.events"
)
DROP = "drop the connection without an answer"
STALL = "never answer"


@dataclass
class FakeGoogle:
    """Consent page, token endpoint, userinfo and People."""

    email: str = "anna@example.com"
    subject: str = "1001"
    hosted_domain: str = "example.com"
    granted: str | None = None
    """The scopes the person ticks; None for all."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What else the exchange answers with (`refresh_token_expires_in`); a key of None takes one away."""
    token_answers: list[Response] = field(default_factory=list)
    """Answers of the token endpoint that come first."""
    answers: list[Response | str] = field(default_factory=list)
    """Answers of People that come first: a response, DROP or STALL."""
    access: set[str] = field(default_factory=lambda: {"access-0"})
    refresh: str = "refresh-0"
    rotate: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)
    created: int = 0
    bodies: list[Request] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _issued: int = 0

    def handle(self, request: Request) -> Response | str:
        """Answer a request."""
        self.requests.append((request.method, request.path))
        self.bodies.append(request)
        match request.method, request.path:
            case "POST", "/token":
                return self._token(request)
            case "GET", "/oauth2/v2/userinfo":
                return self._userinfo(request)
            case "GET", "/auth":
                return self._authorise(request)
        return self._people(request)

    def count(self, path: str) -> int:
        """How many requests came for a path."""
        return Counter(path for _, path in self.requests)[path]

    # ── consent ──────────────────────────────────────────────────────────────────────────────────────────────

    def _authorise(self, request: Request) -> Response:
        argument = request.argument
        redirect = argument("redirect_uri")
        parts = urlsplit(redirect)
        assert argument("response_type") == "code"
        assert argument("client_id") == CLIENT_ID
        assert argument("code_challenge_method") == "S256"
        assert redirect == f"http://127.0.0.1:{parts.port}/", "an installed client comes back to a loopback port"
        assert set(argument("scope").split()) == set(ASKED.split())
        assert argument("state")
        self._issued += 1
        code = f"code-{self._issued}"
        self._codes[code] = {
            "challenge": argument("code_challenge"),
            "redirect": redirect,
            "offline": argument("access_type") + argument("prompt"),
        }
        query = urlencode({"state": argument("state"), "code": code, "scope": self.granted or ASKED, "iss": "x"})
        return Response(302, b"", (("Location", f"{redirect}?{query}"),))

    # ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────

    def _token(self, request: Request) -> Response:
        if self.token_answers:
            return self.token_answers.pop(0)
        form = request.form()
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != SECRET:
            return Response.of_json(401, {"error": "invalid_client", "error_description": "Unauthorized"})
        if form["grant_type"] == "refresh_token":
            return self._refresh(form)
        pending = self._codes.pop(form["code"], None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            pending is None
            or pending["redirect"] != form["redirect_uri"]
            or pending["challenge"] != base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        ):
            return Response.of_json(400, {"error": "invalid_grant", "error_description": "Malformed auth code."})
        answer = {**self._tokens(), "scope": self.granted or ASKED, **self.extra}
        if pending["offline"] == "offlineconsent":
            answer.setdefault("refresh_token", self.refresh)
        return Response.of_json(200, {key: value for key, value in answer.items() if value is not None})

    def _refresh(self, form: Mapping[str, str]) -> Response:
        if form["refresh_token"] != self.refresh:
            return Response.of_json(400, {"error": "invalid_grant", "error_description": "Token has been revoked."})
        answer = self._tokens()
        if self.rotate:
            self.refresh = f"refresh-{self._issued}"
            answer["refresh_token"] = self.refresh
        return Response.of_json(200, answer)

    def _tokens(self) -> dict[str, Any]:
        self._issued += 1
        self.access = {f"access-{self._issued}"}
        return {"access_token": f"access-{self._issued}", "expires_in": 3599, "token_type": "Bearer"}

    # ── APIs ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.access

    def _userinfo(self, request: Request) -> Response:
        if not self._known(request):
            return google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        person = {"id": self.subject, "email": self.email, "verified_email": True, "hd": self.hosted_domain}
        return Response.of_json(200, {key: value for key, value in person.items() if value})

    def _people(self, request: Request) -> Response | str:
        if not self._known(request):
            return google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        first = self.answers.pop(0) if self.answers else None
        if isinstance(first, Response):
            return first
        if request.path.endswith(":createContact"):
            self.created += 1
        return first or Response.of_json(200, {"path": request.path, "resourceName": f"people/c{self.created}"})


def google_error(
    status: int, state: str, message: str, reason: str = "", headers: Sequence[tuple[str, str]] = (), **metadata: str
) -> Response:
    """Answer as People does (AIP-193)."""
    error: dict[str, Any] = {"code": status, "message": message, "status": state}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": metadata}]
    return Response.of_json(status, {"error": error}, *headers)


def old_error(status: int, reason: str, message: str = "no") -> Response:
    """Answer as Calendar does."""
    return Response.of_json(
        status,
        {"error": {"errors": [{"domain": "global", "reason": reason, "message": message}], "code": status,
                   "message": message}},
    )  # fmt: skip


def transport(google: FakeGoogle) -> httpx2.MockTransport:
    """Hand requests to a fake in process; DROP and STALL become the failures that a connection has."""

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked = Request.of(request.method, str(request.url), dict(request.headers), request.content)
        answer = google.handle(asked)
        if answer == DROP:
            raise httpx2.RemoteProtocolError("Server disconnected without sending a response.")
        if answer == STALL:
            raise httpx2.ReadTimeout("timed out")
        assert isinstance(answer, Response)
        return httpx2.Response(answer.status, headers=list(answer.headers), content=answer.body)

    return httpx2.MockTransport(handler)


@contextmanager
def served(handle: Callable[[Request], Response | str]) -> Iterator[str]:
    """Serve over HTTP/1.1 on a free port of this machine; gives the root address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            address = f"http://{self.headers['host']}{self.path}"
            answer = handle(Request.of(self.command, address, dict(self.headers.items()), body))
            if isinstance(answer, str):
                if answer == STALL:
                    stop.wait(10)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  the names http.server looks for

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    stop = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()


def get(address: str) -> tuple[int, Mapping[str, str], str]:
    """Fetch a page as a browser would, but follow no redirect."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def consent(address: str) -> str:
    """Say yes on the consent page; returns the page at which the browser ends up."""
    status, headers, page = get(address)
    assert status == 302, page
    return get(headers["location"])[2]


def redirect_of(address: str) -> str:
    """Say yes on the consent page; returns the address at which the browser ends up, without going there."""
    return get(address)[1]["location"]


def refuse(address: str) -> str:
    """Cancel on the consent page; returns the page at which the browser ends up."""
    query = parse_qs(urlsplit(address).query)
    return get(f"{query['redirect_uri'][0]}?{urlencode({'error': 'access_denied', 'state': query['state'][0]})}")[2]


def client_file(root: str) -> dict[str, dict[str, Any]]:
    """Return the client of type Desktop app as the console gives it."""
    client = {
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "auth_uri": f"{root}/auth",
        "token_uri": f"{root}/token",
        "redirect_uris": ["http://localhost"],
    }
    return {"installed": client}
