"""The session and the sign-in on the sandbox, whose Google was built from the facts by somebody else."""

import threading
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urljoin

import httpx2
import pytest

from gsync_cli.clock import SystemClock
from gsync_cli.config import Settings
from gsync_cli.credentials import Credentials
from gsync_cli.errors import GsyncError
from gsync_cli.google.errors import GoogleRefusal, Unanswered
from gsync_cli.google.scopes import CONTACTS, EMAIL
from gsync_cli.google.session import GoogleSession, open_session
from gsync_cli.google.signin import SignedIn, sign_in
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.faults import What
from gsync_cli.sandbox.furnish import EMAIL as ANNA
from gsync_cli.sandbox.furnish import furnished
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox

ROOT = "http://127.0.0.1:1"


@dataclass
class Place:
    """A sandbox in process, with a profile that is signed in to it, and one clock for both."""

    sandbox: Sandbox
    profile: Profile
    clock: VirtualClock

    def session(self) -> GoogleSession:
        http = Http(self.clock, transport=SandboxTransport(self.sandbox))
        return open_session(self.profile, Settings.load(self.profile, {}), http, self.clock, lambda: 0.5)

    def paths(self) -> list[str]:
        return [entry.path for entry in self.sandbox.log]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    clock = VirtualClock()
    sandbox = furnished(clock)
    profile = Profile("sandbox", tmp_path / "sandbox")
    write_profile(profile.folder, ROOT, sandbox)
    return Place(sandbox, profile, clock)


def contacts(session: GoogleSession) -> int:
    request = (
        session.people().people().connections().list(resourceName="people/me", personFields="names", pageSize=1000)
    )
    return len(session.execute(request, reads=1)["connections"])


def test_the_ready_profile_reads_contacts(place: Place) -> None:
    assert contacts(place.session()) > 10


def test_a_token_that_ran_out_is_refreshed(place: Place) -> None:
    session = place.session()
    place.clock.advance(7200)
    assert contacts(session) > 10
    assert sum(path.endswith("/token") for path in place.paths()) == 1


def test_a_create_is_carried_out_at_most_once_whatever_breaks(place: Place) -> None:
    account = place.sandbox.google.account(ANNA)
    troubles: tuple[What, ...] = ("500", "503", "reset", "timeout", "truncated", "empty", "half-json")
    for what in troubles:
        before = len(list(account.book.present()))
        place.sandbox.faults.add(what, when="after", service="people", path="createContact")
        session = place.session()
        request = session.people().people().createContact(body={"names": [{"givenName": what}]}, personFields="names")
        with pytest.raises(Unanswered):
            session.execute(request, reads=1, writes=1)
        assert len(list(account.book.present())) == before + 1


def test_a_clean_refusal_is_waited_out(place: Place) -> None:
    refusals: tuple[What, ...] = ("429", "429-plain", "403-rate", "401")
    for what in refusals:
        place.sandbox.faults.add(what, when="before", service="people", path="createContact")
        session = place.session()
        request = session.people().people().createContact(body={"names": [{"givenName": what}]}, personFields="names")
        assert session.execute(request, reads=1, writes=1)["names"][0]["givenName"] == what


def test_an_expired_sync_token_and_a_stale_etag_are_known(place: Place) -> None:
    session = place.session()
    people = session.people().people()
    refusals: dict[What, str] = {"expired-sync-token": "is_expired_token", "stale-etag": "is_stale_etag"}
    for what, known in refusals.items():
        place.sandbox.faults.add(what, when="before", service="people")
        with pytest.raises(GoogleRefusal) as raised:
            session.execute(people.get(resourceName="people/me", personFields="names"), reads=1)
        assert getattr(raised.value, known)


# ── signing in, on the sandbox's own consent page ────────────────────────────────────────────────────────────


class Form(HTMLParser):
    """The form of a page, as a browser would send it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.action = given.get("action") or ""
        kind = given.get("type") or "text"
        if tag == "input" and (kind == "hidden" or (kind == "checkbox" and "checked" in given)):
            self.fields.append((given.get("name") or "", given.get("value") or ""))


@dataclass
class Person:
    """Somebody who chooses an account, leaves boxes unticked, and says Continue or Cancel."""

    account: str = ANNA
    decision: str = "continue"
    without: tuple[str, ...] = ()
    page: str = ""
    thread: threading.Thread | None = field(default=None, repr=False)

    def show(self, address: str) -> None:
        self.thread = threading.Thread(target=self._browse, args=(address,), daemon=True)
        self.thread.start()

    def pasted(self, again: bool) -> str | None:
        del again
        return None

    def explain(self, error: GsyncError) -> str:
        return error.code

    def _browse(self, address: str) -> None:
        with httpx2.Client(trust_env=False, follow_redirects=True, timeout=20) as browser:
            form = Form(browser.get(address).text)
            body = urlencode(
                [
                    *(pair for pair in form.fields if pair[1] not in self.without),
                    ("account", self.account),
                    ("decision", self.decision),
                ]
            )
            headers = {"content-type": "application/x-www-form-urlencoded"}
            self.page = browser.post(urljoin(address, form.action), content=body, headers=headers).text


def signed_in(folder: Path, person: Person, email: str = "") -> SignedIn:
    sandbox = furnished(VirtualClock(flowing=True))
    profile = Profile("sandbox", folder / "sandbox")
    with Server(sandbox) as server:
        write_profile(profile.folder, server.url, sandbox, signed_in=False)
        clock = SystemClock()
        http = Http(clock)
        try:
            return sign_in(profile, Settings.load(profile, {}), http, clock, lambda: 0.5, person, email=email)
        finally:
            http.close()


def test_signing_in_on_the_consent_page(tmp_path: Path) -> None:
    person = Person()
    done = signed_in(tmp_path, person)
    assert (done.grant.email, done.grant.hosted_domain, done.missing) == (ANNA, "nordlicht.example", ())
    assert done.grant.refresh_token
    assert done.grant.subject
    assert person.thread is not None
    person.thread.join(10)
    assert f"connected with {ANNA}" in person.page


def test_leaving_a_box_unticked(tmp_path: Path) -> None:
    done = signed_in(tmp_path, Person(without=("https://www.googleapis.com/auth/calendar.events",)))
    assert [job.name for job in done.missing] == ["calendar"]
    assert {CONTACTS, EMAIL} <= set(done.grant.scopes)
    with pytest.raises(GsyncError, match="google-scope-not-granted"):
        signed_in(tmp_path, Person(without=(CONTACTS,)))


def test_saying_no(tmp_path: Path) -> None:
    with pytest.raises(GsyncError, match="google-consent-refused"):
        signed_in(tmp_path, Person(decision="cancel"))


def test_the_grant_of_a_sign_in_opens_a_session(tmp_path: Path) -> None:
    sandbox = furnished(VirtualClock(flowing=True))
    profile = Profile("sandbox", tmp_path / "sandbox")
    with Server(sandbox) as server:
        write_profile(profile.folder, server.url, sandbox, signed_in=False)
        http = Http(SystemClock())
        found = Settings.load(profile, {})
        sign_in(profile, found, http, SystemClock(), lambda: 0.5, Person())
        session = open_session(profile, found, http, SystemClock(), lambda: 0.5)
        assert contacts(session) > 10
        stored = Credentials.load(profile)
        assert stored.grant is not None
        replace(stored, grant=replace(stored.grant, access_token="")).save(profile)
        assert contacts(open_session(profile, found, http, SystemClock(), lambda: 0.5)) > 10
        http.close()
