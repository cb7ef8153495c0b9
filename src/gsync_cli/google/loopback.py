"""Where the browser comes back to after consent: a page on this machine, or an address that a person pastes.

The server of google_auth_oauthlib takes the first request it gets for the answer, be it for an icon, and reports
success before the code was exchanged (facts/google.md 5.1). This one waits for the request with the right `state`, and
answers it only when it is known how the sign-in ended.
"""

import hmac
import html
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from gsync_cli.clock import Clock

_POLL: Final = 0.1
"""Seconds between two looks at what came."""
_EXCHANGE_SECONDS: Final = 240.0
"""The longest a browser is kept waiting for the end of the sign-in."""
_PAGE_SECONDS: Final = 3.0
"""The longest the program waits for the browser to take its page."""

_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>gsync</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto; padding: 0 1rem">
<h1 style="font-size: 1.4rem">{heading}</h1><p>{text}</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Redirect:
    """What Google sent the browser back with: a code, or the reason why there is none."""

    code: str = ""
    error: str = ""
    description: str = ""


def read_redirect(address: str, state: str) -> Redirect | None:
    """Return what a redirect address says; None where it is not the answer to the sign-in with that `state`."""
    query = parse_qs(urlsplit(address.strip()).query)
    given, code, error = (query.get(name, [""])[-1] for name in ("state", "code", "error"))
    if not hmac.compare_digest(given.encode(), state.encode()) or not (code or error):
        return None
    return Redirect("" if error else code, error, query.get("error_description", [""])[-1])


class Loopback:
    """A server on a free port of 127.0.0.1 that waits for one redirect. A context manager."""

    def __init__(self) -> None:
        self._arrived: queue.SimpleQueue[Redirect] = queue.SimpleQueue()
        self._state = ""
        self._page: tuple[str, str] | None = None
        self._told = threading.Event()
        self._taken = threading.Event()
        self._asked = False
        self._server = _Server(self._answer)

    @property
    def address(self) -> str:
        """The redirect address, for an `installed` client (any port does: facts/google.md 5.3)."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": _POLL}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tell("Sign-in stopped", "gsync is no longer waiting. The terminal says why.")
        if self._asked:
            self._taken.wait(_PAGE_SECONDS)
        self._server.shutdown()
        self._server.server_close()

    def expect(self, state: str) -> None:
        """Take the redirect with that `state` from now on. To be called before anybody is sent to the consent page."""
        self._state = state

    def wait(
        self, clock: Clock, limit: timedelta, pasted: Callable[[bool], str | None] | None = None
    ) -> Redirect | None:
        """Wait for the redirect that is expected; None where `limit` passed without one.

        `pasted(again)` waits for an address a person pastes and returns it, None when no more will come; `again` says
        that the one before was not of this sign-in. It is called in a thread of its own.
        """
        if pasted is not None:
            threading.Thread(target=self._listen, args=(pasted,), daemon=True).start()
        ends = clock.now() + limit
        while clock.now() < ends:
            try:
                return self._arrived.get_nowait()
            except queue.Empty:
                clock.sleep(_POLL)
        return None

    def tell(self, heading: str, text: str) -> None:
        """Let the browser show how the sign-in ended. What was told first stays."""
        if self._page is None:
            self._page = (heading, text)
        self._told.set()

    def _listen(self, pasted: Callable[[bool], str | None]) -> None:
        again = False
        while (address := pasted(again)) is not None:
            if redirect := read_redirect(address, self._state):
                self._arrived.put(redirect)
                return
            again = True

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        redirect = read_redirect(handler.path, self._state) if self._state else None
        if urlsplit(handler.path).path != "/":
            _send(handler, HTTPStatus.NOT_FOUND, "Not found", "gsync is waiting for the end of a sign-in.")
        elif redirect is None:
            _send(
                handler,
                HTTPStatus.BAD_REQUEST,
                "Not the sign-in that gsync waits for",
                "Go on in the window with Google's page, or start again with: gsync account add",
            )
        else:
            self._asked = True
            self._arrived.put(redirect)
            self._told.wait(_EXCHANGE_SECONDS)
            _send(handler, HTTPStatus.OK, *(self._page or ("No answer", "gsync has stopped. Look at the terminal.")))
            self._taken.set()


class _Server(ThreadingHTTPServer):
    """Threads, since browsers open connections ahead and send nothing on them."""

    daemon_threads = True

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away before it had its page."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0

    def do_GET(self) -> None:
        if isinstance(self.server, _Server):
            self.server.answer(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
        """Write nothing: the address of a redirect holds a code."""


def _send(handler: BaseHTTPRequestHandler, status: HTTPStatus, heading: str, text: str) -> None:
    content = _PAGE.format(heading=html.escape(heading), text=html.escape(text)).encode()
    handler.send_response(status)
    for name, value in (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("Connection", "close"),
    ):
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)
