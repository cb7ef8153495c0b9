"""The way to the network: each request exactly once, and who may send again (facts/google.md 8.3, 8.4)."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from gsync_cli.http import Http, NoAnswer, NotEncrypted, NotSent, Policy, retry_after, retrying


class Clock:
    """A clock that remembers how long it slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, 0, tzinfo=UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def answer(status: int, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def refused_for(response: httpx2.Response) -> float | None:
    return 1.0 if response.status_code == 429 else None


def sequence(*steps: httpx2.Response | Exception) -> Callable[[], httpx2.Response]:
    left = iter(steps)

    def send() -> httpx2.Response:
        step = next(left)
        if isinstance(step, Exception):
            raise step
        return step

    return send


REPEATABLE = Policy(repeatable=True, refused_for=refused_for)
ONCE = Policy(repeatable=False, refused_for=refused_for)


def patiently(send: Callable[[], httpx2.Response], policy: Policy, clock: Clock | None = None) -> httpx2.Response:
    return retrying(send, policy, clock or Clock(), lambda: 1.0)


def test_a_repeatable_request_is_sent_again_after_trouble() -> None:
    steps = sequence(NoAnswer("cut", "h"), answer(503), NotSent("down", "h"), answer(200))
    assert patiently(steps, REPEATABLE).status_code == 200


@pytest.mark.parametrize("step", [NoAnswer("cut", "h"), answer(500)])
def test_a_create_is_never_sent_again_when_it_may_have_been_carried_out(step: httpx2.Response | Exception) -> None:
    steps = sequence(step)
    if isinstance(step, NoAnswer):
        with pytest.raises(NoAnswer):
            patiently(steps, ONCE)
    else:
        assert patiently(steps, ONCE).status_code == 500


@pytest.mark.parametrize("step", [NotSent("down", "h"), answer(429)])
def test_a_create_is_sent_again_when_it_surely_was_not(step: httpx2.Response | Exception) -> None:
    assert patiently(sequence(step, answer(200)), ONCE).status_code == 200


def test_the_waits_grow_and_honour_what_the_server_asks() -> None:
    clock = Clock()
    patiently(sequence(answer(503), answer(503, retry_after="30"), answer(200)), REPEATABLE, clock)
    assert clock.slept == [1.0, 30.0]


def test_it_gives_up_with_the_last_answer() -> None:
    assert patiently(sequence(*[answer(503)] * 5), REPEATABLE).status_code == 503


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0), ("soon", None), ("", None)]
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(answer(503, retry_after=value), Clock()) == seconds


@pytest.fixture
def port() -> Iterator[int]:
    """A server that takes a request and closes without an answer; it counts in `port_requests`."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            seen.append(connection.recv(65536))
            connection.close()

    seen.clear()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    stop.set()
    server.close()


seen: list[bytes] = []


def test_a_broken_connection_is_reported_and_nothing_below_sends_twice(port: int) -> None:
    http = Http(Clock())
    with pytest.raises(NoAnswer):
        http.send("google", "POST", f"http://127.0.0.1:{port}/v1/people:batchCreateContacts", body=b"{}")
    assert len(seen) == 1
    assert http.sent["google"] == 1
    http.close()


def test_a_closed_port_was_never_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotSent):
        Http(Clock()).send("creatio", "GET", f"http://127.0.0.1:{port}/")


def test_a_server_without_tls_is_told_apart_from_one_out_of_reach_and_not_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_in_plain_http() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.close()

        threading.Thread(target=answer_in_plain_http, daemon=True).start()
        http, clock = Http(Clock()), Clock()
        with pytest.raises(NotEncrypted):
            patiently(lambda: http.send("creatio", "GET", f"https://127.0.0.1:{server.getsockname()[1]}/"), ONCE, clock)
    assert not clock.slept
    http.close()


def test_cookies_of_one_service_never_reach_another() -> None:
    cookies: list[str | None] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        cookies.append(request.headers.get("cookie"))
        return httpx2.Response(200, headers={"Set-Cookie": "secret=1; Path=/"})

    http = Http(Clock(), transport=httpx2.MockTransport(handle))
    for _ in range(2):
        http.send("creatio", "GET", "http://one.example/")
    assert cookies == [None, None]


def test_a_private_certificate_authority_may_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    bundle = ssl.get_default_verify_paths().cafile
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle or str(tmp_path))
    Http(Clock()).close()
