"""The sandbox over HTTP, on the loopback interface only: uvicorn with one worker around `Sandbox.handle`."""

import asyncio
import contextlib
import socket
import threading
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs

from gsync_cli.sandbox.faults import Broken
from gsync_cli.sandbox.messages import Request, Response
from gsync_cli.sandbox.world import Sandbox

if TYPE_CHECKING:
    import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Connections = dict[tuple[str, int], asyncio.Transport]

HOST = "127.0.0.1"
STALLED_SECONDS = 300.0
"""How long a request that times out is left hanging, at most."""


class Server:
    """A running sandbox: `with Server(sandbox) as server: … server.url …`. A free port is taken where none is named."""

    def __init__(self, sandbox: Sandbox, *, port: int = 0) -> None:
        self.sandbox = sandbox
        self._socket = socket.create_server((HOST, port))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Serve in a thread of its own. Requests may come at once: the socket is open already."""
        import uvicorn

        connections: Connections = {}
        config = uvicorn.Config(
            _application(self.sandbox, connections),
            http=_protocol(connections),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
        )
        self._thread.start()
        return self

    def wait(self) -> None:
        """Wait until somebody stops the server; Ctrl-C comes through as KeyboardInterrupt."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.5)

    def stop(self) -> None:
        """End it; requests under way get a second."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _application(sandbox: Sandbox, connections: Connections) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if sandbox.latency:
            await asyncio.sleep(sandbox.latency)
        try:
            response = sandbox.handle(request)
        except Broken as broken:
            await _break(broken, connections.get(tuple(scope["client"])), receive, send)
        except Exception:  # noqa: BLE001  a defect of the sandbox is told to whoever called it
            text = f"A defect of the sandbox.\n{traceback.format_exc()}"
            await _answer(Response(500, text.encode(), (("Content-Type", "text/plain; charset=utf-8"),)), send)
        else:
            await _answer(response, send)

    return application


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        scope["method"],
        scope["raw_path"].decode("ascii", "replace") or "/",
        parse_qs(scope["query_string"].decode(), keep_blank_values=True),
        headers,
        body,
        f"{scope['scheme']}://{headers.get('host', HOST)}",
    )


async def _answer(response: Response, send: Send, *, whole: bool = True) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = response.body if whole else response.body[: len(response.body) // 2]
    await send({"type": "http.response.body", "body": body, "more_body": not whole})


async def _break(broken: Broken, connection: asyncio.Transport | None, receive: Receive, send: Send) -> None:
    """Let the connection fail. One that stands can't be refused any more: `connect` ends it without an answer."""
    if broken.kind == "truncated" and broken.response:
        await _answer(broken.response, send, whole=False)
    if broken.kind == "timeout":
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(receive(), STALLED_SECONDS)
    if connection is not None:
        if broken.kind == "truncated":
            connection.close()
        else:
            connection.abort()
        await receive()


def _protocol(connections: Connections) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol, which also remembers its connections so that one can be cut."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class CuttableProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
            super().connection_made(transport)
            if self.client:
                connections[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client:
                connections.pop(self.client, None)
            super().connection_lost(exc)

    return CuttableProtocol
