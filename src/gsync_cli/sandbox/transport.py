"""The sandbox without a socket: a transport for httpx2 that hands each request to `Sandbox.handle` in process."""

from collections.abc import Callable

import httpx2

from gsync_cli.sandbox.faults import Broken
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.world import Sandbox

Hook = Callable[[Request], None]


class SandboxTransport(httpx2.BaseTransport):
    """Carries requests into the sandbox. Network failures arrive as httpx2 raises them.

    `before` and `after` are called around each request with it; what they raise ends the client's run there, which is
    how a simulation kills it.
    """

    def __init__(self, sandbox: Sandbox, *, before: Hook | None = None, after: Hook | None = None) -> None:
        self.sandbox = sandbox
        self.before = before
        self.after = after

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request. Raises httpx2.ConnectError, ReadTimeout or RemoteProtocolError on a planned failure."""
        headers = dict(request.headers.items())
        inner = Request.of(request.method, str(request.url), headers, request.read())
        if self.before:
            self.before(inner)
        try:
            response = self.sandbox.handle(inner)
        except Broken as broken:
            raise _as_httpx(broken.kind, request) from broken
        if self.after:
            self.after(inner)
        return httpx2.Response(response.status, headers=list(response.headers), content=response.body, request=request)


def _as_httpx(kind: str, request: httpx2.Request) -> httpx2.TransportError:
    if kind == "connect":
        return httpx2.ConnectError("[Errno 111] Connection refused", request=request)
    if kind == "timeout":
        return httpx2.ReadTimeout("The read operation timed out", request=request)
    if kind == "truncated":
        text = "peer closed connection without sending complete message body"
        return httpx2.RemoteProtocolError(text, request=request)
    return httpx2.RemoteProtocolError("Server disconnected without sending a response.", request=request)
