"""The same over real sockets: no layer below sends a create twice (facts/google.md 8.3, 8.4)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gsync_cli.clock import SystemClock
from gsync_cli.google.errors import Unanswered
from gsync_cli.google.session import GoogleSession, open_session
from gsync_cli.http import Http
from gsync_cli.sandbox.messages import Response
from tests.google.fake_google import DROP, STALL, FakeGoogle, served
from tests.google.rig import Rig, StandingClock, create, grant, installed, listing, make_rig, settings


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return make_rig(tmp_path)


@pytest.fixture
def session(rig: Rig) -> Iterator[GoogleSession]:
    with served(rig.google.handle) as root:
        http = Http(StandingClock(), answer_seconds=0.5)
        yield open_session(rig.profile, settings(rig.profile, root), http, StandingClock(), lambda: 0.5)
        http.close()


@pytest.mark.parametrize("trouble", [DROP, STALL, Response(500), Response(503), Response(200, b'{"names": ')])
def test_a_create_reaches_the_server_once_whatever_happens(
    rig: Rig, session: GoogleSession, trouble: Response | str
) -> None:
    rig.google.answers = [trouble]
    with pytest.raises(Unanswered):
        create(session)()
    assert rig.google.count("/v1/people:createContact") == 1


def test_a_create_on_a_kept_connection_that_the_server_closed_is_not_sent_twice(
    rig: Rig, session: GoogleSession
) -> None:
    """httplib2 does that by itself (facts/google.md 8.4)."""
    listing(session)()
    rig.google.answers = [DROP]
    with pytest.raises(Unanswered):
        create(session)()
    assert rig.google.created == 1


def test_a_create_is_sent_again_after_a_clean_refusal(rig: Rig, session: GoogleSession) -> None:
    rig.google.answers = [Response(429, b"", (("Retry-After", "1"),))]
    create(session)()
    assert (rig.google.count("/v1/people:createContact"), rig.google.created) == (2, 1)


def test_a_read_is_sent_again_after_a_closed_connection(rig: Rig, session: GoogleSession) -> None:
    rig.google.answers = [DROP, STALL]
    listing(session)()
    assert rig.google.count("/v1/people/me/connections") == 3


def test_an_expired_token_is_refreshed_over_the_wire(tmp_path: Path) -> None:
    google = FakeGoogle(rotate=True)
    rig = make_rig(tmp_path, google)
    with served(google.handle) as root:
        rig.store(installed=installed(root), grant=grant(access_token=""))
        http = Http(SystemClock())
        session = open_session(rig.profile, settings(rig.profile, root), http, SystemClock(), lambda: 0.5)
        listing(session)()
        http.close()
    stored = rig.stored().grant
    assert stored is not None
    assert stored.refresh_token == google.refresh != "refresh-0"
