"""Revoking: what counts as done, what counts as done before, and what must be tried again."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from gsync_cli.config import Settings
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused, Temporary
from gsync_cli.google.revoking import revoke
from gsync_cli.google.wire import Wire
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from tests.google.rig import StandingClock

Answer = tuple[int, bytes]
DONE: Answer = (200, b"{}")
EMPTY: Answer = (200, b"")
DEAD: Answer = (400, b'{"error": "invalid_token", "error_description": "Token expired or revoked"}')


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., tuple[str, list[str]]]:
    """Return a function that revokes against answers in turn (the last one stays), and tells the addresses asked."""

    def asked(*answers: Answer, root: str = "") -> tuple[str, list[str]]:
        seen: list[str] = []

        def handle(request: httpx2.Request) -> httpx2.Response:
            assert request.read() == b"token=1%2F%2F0-refresh"
            assert request.headers["content-type"] == "application/x-www-form-urlencoded"
            seen.append(str(request.url))
            status, body = answers[min(len(seen), len(answers)) - 1]
            return httpx2.Response(status, content=body)

        clock = StandingClock()
        settings = Settings.load(Profile("default", tmp_path), {}, {"google.endpoints.oauth2": root or None})
        wire = Wire(Http(clock, transport=httpx2.MockTransport(handle)), clock, lambda: 0.5)
        return revoke("1//0-refresh", settings, wire, email="anna@example.com"), seen

    return asked


@pytest.mark.parametrize(
    ("answers", "outcome", "requests"),
    [
        ((DONE,), "revoked", 1),
        (((200, b""), DEAD), "ended-before", 2),
        ((EMPTY,), "revoked", 2),
        (((204, b""),), "revoked", 2),
        ((DEAD,), "ended-before", 1),
        (((400, b'{"error": "invalid_grant"}'),), "ended-before", 1),
        (((503, b""), (500, b"<p>no"), DONE), "revoked", 3),
        (((429, b"{}"), DONE), "revoked", 2),
    ],
)
def test_what_counts_as_done(
    ask: Callable[..., tuple[str, list[str]]], answers: tuple[Answer, ...], outcome: str, requests: int
) -> None:
    told, seen = ask(*answers)
    assert (told, len(seen)) == (outcome, requests)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((200, b"<html>Welcome to our network"), ConfigurationWrong),
        ((200, b'{"error": "invalid_request"}'), ConfigurationWrong),
        ((302, b""), ConfigurationWrong),
        ((400, b'{"error": "invalid_request"}'), Refused),
        ((401, b'{"error": "unauthorized"}'), Temporary),
        ((403, b'{"error": {"code": 403, "message": "No."}}'), Refused),
        ((404, b"<h1>Not Found"), ConfigurationWrong),
        ((503, b""), Temporary),
    ],
)
def test_what_does_not(ask: Callable[..., tuple[str, list[str]]], answer: Answer, kind: type[GsyncError]) -> None:
    with pytest.raises(kind):
        ask(answer)


def test_it_is_asked_at_googles_own_address_unless_the_settings_name_another(
    ask: Callable[..., tuple[str, list[str]]],
) -> None:
    assert ask(DONE)[1] == ["https://oauth2.googleapis.com/revoke"]
    assert ask(DONE, root="http://127.0.0.1:9/google/oauth2/")[1] == ["http://127.0.0.1:9/google/oauth2/revoke"]
