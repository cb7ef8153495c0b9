"""Signing in, with a real browser's requests on real sockets."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from gsync_cli.cli.words import render
from gsync_cli.clock import Clock, SystemClock
from gsync_cli.credentials import CreatioLogin, Credentials
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused, SignInNeeded, Temporary
from gsync_cli.google.loopback import Loopback, read_redirect
from gsync_cli.google.scopes import CALENDAR_JOB, CONTACTS, EMAIL, EVENTS
from gsync_cli.google.signin import SignedIn, sign_in
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sandbox.messages import Response
from tests.google.fake_google import (
    CLIENT_ID,
    FakeGoogle,
    consent,
    get,
    redirect_of,
    refuse,
    served,
)
from tests.google.rig import StandingClock, installed, settings


@dataclass
class Person:
    """Somebody at a terminal and a browser: what they do with the address, and what they see in the end."""

    act: Callable[[str], str | None]
    paste: list[str] = field(default_factory=list)
    address: str = ""
    page: str = ""
    pasted_again: bool = False
    _browser: threading.Thread | None = None

    def show(self, address: str) -> None:
        self.address = address
        self._browser = threading.Thread(target=self._browse, daemon=True)
        self._browser.start()

    def pasted(self, again: bool) -> str | None:
        self.pasted_again |= again
        return self.paste.pop(0) if self.paste else None

    def explain(self, error: GsyncError) -> str:
        return render(error)[0]

    def saw(self) -> str:
        assert self._browser is not None
        self._browser.join(10)
        assert not self._browser.is_alive()
        return self.page

    def _browse(self) -> None:
        self.page = self.act(self.address) or ""


@dataclass
class Desk:
    """A fake Google over sockets, a profile with a client, and a person."""

    root: str
    google: FakeGoogle
    profile: Profile
    person: Person

    def sign_in(self, email: str = "", clock: Clock | None = None) -> SignedIn:
        clock = clock or SystemClock()
        http = Http(clock)
        try:
            found = settings(self.profile, self.root)
            return sign_in(self.profile, found, http, clock, lambda: 0.5, self.person, email=email)
        finally:
            http.close()

    def refused(self, email: str = "", clock: Clock | None = None) -> GsyncError:
        """Sign in in vain; nothing may have been stored, and the browser must have been told the truth."""
        before = self.profile.credentials_file.read_bytes()
        with pytest.raises(GsyncError) as raised:
            self.sign_in(email, clock)
        assert self.profile.credentials_file.read_bytes() == before
        return raised.value


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    google = FakeGoogle()
    profile = Profile("default", tmp_path / "home")
    with served(google.handle) as root:
        Credentials(installed=installed(root), creatio=CreatioLogin("pw")).save(profile)
        yield Desk(root, google, profile, Person(consent))


# ── going well ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sign_in_stores_who_it_was_what_was_granted_and_the_tokens(desk: Desk) -> None:
    done = desk.sign_in()
    stored = Credentials.load(desk.profile)
    assert stored.grant == done.grant
    assert stored.creatio == CreatioLogin("pw"), "the rest is as it was"
    assert (done.grant.email, done.grant.subject, done.grant.hosted_domain) == (
        "anna@example.com",
        "1001",
        "example.com",
    )
    assert (done.grant.client_id, done.grant.refresh_token) == (CLIENT_ID, "refresh-0")
    assert {CONTACTS, EVENTS, EMAIL, "openid"} <= set(done.grant.scopes)
    assert done.grant.access_token in desk.google.access
    assert done.grant.access_expires_at is not None
    assert timedelta(minutes=50) < done.grant.access_expires_at - done.grant.signed_in_at < timedelta(minutes=61)
    assert done.grant.ends_at is None
    assert done.missing == ()
    assert "connected with anna@example.com" in desk.person.saw()


def test_the_address_asks_for_what_a_lasting_sign_in_needs(desk: Desk) -> None:
    desk.sign_in(email="Anna@Example.com")
    query = {name: values[0] for name, values in parse_qs(urlsplit(desk.person.address).query).items()}
    assert query["access_type"] == "offline"
    assert query["prompt"] == "consent"
    assert query["login_hint"] == "Anna@Example.com"
    assert query["code_challenge_method"] == "S256"
    redirect = urlsplit(query["redirect_uri"])
    assert (redirect.hostname, redirect.path) == ("127.0.0.1", "/")


def test_a_second_sign_in_hints_at_the_account_that_is_linked(desk: Desk) -> None:
    desk.sign_in()
    desk.sign_in()
    assert "login_hint=anna%40example.com" in desk.person.address


def test_client_id_and_secret_go_in_the_body_of_the_exchange(desk: Desk) -> None:
    desk.sign_in()
    exchange = next(request for request in desk.google.bodies if request.path == "/token")
    assert "authorization" not in exchange.headers
    assert {"client_id", "client_secret", "code_verifier", "redirect_uri"} <= exchange.form().keys()


def test_stray_requests_neither_end_nor_disturb_the_sign_in(desk: Desk) -> None:
    seen: list[int] = []

    def messy_browser(address: str) -> str:
        back = parse_qs(urlsplit(address).query)["redirect_uri"][0]
        strays = ("favicon.ico", "?state=other&code=stolen", "?code=without-state", "", "robots.txt?state=x&code=y")
        seen.extend(get(back + stray)[0] for stray in strays)
        return consent(address)

    desk.person.act = messy_browser
    desk.sign_in()
    assert seen == [404, 400, 400, 400, 404]
    assert desk.google.count("/token") == 1


def test_a_browser_that_is_back_before_gsync_waits_is_not_missed(desk: Desk) -> None:
    show = desk.person.show

    def slow_to_return(address: str) -> None:
        show(address)
        time.sleep(0.5)

    desk.person.show = slow_to_return  # type: ignore[method-assign]
    assert desk.sign_in().grant.email == "anna@example.com"


def test_the_page_tells_success_only_after_the_exchange(desk: Desk) -> None:
    desk.google.token_answers = [Response.of_json(400, {"error": "invalid_grant", "error_description": "Bad Request"})]
    error = desk.refused()
    assert (type(error), error.code) == (SignInNeeded, "google-code-refused")
    assert "Not signed in" in desk.person.saw()


def test_a_pasted_address_is_as_good_as_the_redirect(desk: Desk) -> None:
    def elsewhere(address: str) -> None:
        desk.person.paste.append(redirect_of(address) + "\n")

    desk.person.act = elsewhere
    desk.person.paste = []
    waiting = desk.person.pasted

    def pasted(again: bool) -> str | None:
        desk.person.saw()
        return waiting(again)

    desk.person.pasted = pasted  # type: ignore[method-assign]
    assert desk.sign_in().grant.email == "anna@example.com"


def test_a_pasted_address_of_another_sign_in_is_asked_for_again(desk: Desk) -> None:
    desk.person.paste = ["nonsense", "http://127.0.0.1:1/?state=other&code=x"]
    desk.sign_in()
    assert desk.person.pasted_again


# ── what was granted ─────────────────────────────────────────────────────────────────────────────────────────


def test_without_the_calendar_the_contacts_still_work(desk: Desk) -> None:
    desk.google.granted = f"openid {EMAIL} {CONTACTS}"
    done = desk.sign_in()
    assert done.missing == (CALENDAR_JOB,)
    assert done.grant.scopes == ("openid", EMAIL, CONTACTS)
    assert "OAUTHLIB_RELAX_TOKEN_SCOPE" not in os.environ, "set around the exchange only"
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_without_the_contacts_nothing_is_stored_and_the_box_is_named(desk: Desk) -> None:
    desk.google.granted = f"openid {EMAIL} {EVENTS}"
    error = desk.refused()
    assert (type(error), error.code) == (SignInNeeded, "google-scope-not-granted")
    assert "permanently delete your contacts" in render(error)[0]
    assert "permanently delete your contacts" in desk.person.saw()


def test_aliases_extra_scopes_and_an_answer_without_scopes_are_fine(desk: Desk) -> None:
    desk.google.granted = f"email openid {CONTACTS} https://www.googleapis.com/auth/calendar profile"
    assert desk.sign_in().missing == ()
    desk.google.granted = None
    desk.google.extra = {"scope": None}
    assert desk.sign_in().missing == ()


def test_a_cancelled_consent_stores_nothing(desk: Desk) -> None:
    desk.person.act = refuse
    error = desk.refused()
    assert (type(error), error.code) == (SignInNeeded, "google-consent-refused")
    assert "cancelled" in desk.person.saw()
    assert desk.google.count("/token") == 0


def test_an_app_that_the_administrator_blocks_is_refused(desk: Desk) -> None:
    def blocked(address: str) -> str:
        query = parse_qs(urlsplit(address).query)
        return get(f"{query['redirect_uri'][0]}?error=admin_policy_enforced&state={query['state'][0]}")[2]

    desk.person.act = blocked
    assert isinstance(desk.refused(), Refused)


# ── whose account ────────────────────────────────────────────────────────────────────────────────────────────


def test_another_account_than_the_wanted_one_is_not_stored(desk: Desk) -> None:
    error = desk.refused(email="boris@example.com")
    assert (error.code, error.facts["got"], error.facts["wanted"]) == (
        "google-other-account", "anna@example.com", "boris@example.com",
    )  # fmt: skip
    assert "boris@example.com was wanted" in desk.person.saw()


def test_another_account_than_the_linked_one_is_not_stored(desk: Desk) -> None:
    desk.sign_in()
    desk.google.email, desk.google.subject = "boris@example.com", "1002"
    error = desk.refused()
    assert (error.code, error.facts["linked"]) == ("google-linked-account", "anna@example.com")
    assert desk.refused(email="boris@example.com").code == "google-linked-account"


def test_the_same_account_under_a_new_address_is_the_same_account(desk: Desk) -> None:
    desk.sign_in()
    desk.google.email = "anna.berg@example.com"
    assert desk.sign_in().grant.email == "anna.berg@example.com"


def test_an_account_without_an_id_is_known_by_its_address(desk: Desk) -> None:
    desk.google.subject = ""
    desk.sign_in()
    desk.google.email = "ANNA@example.com"
    desk.sign_in()
    desk.google.email = "boris@example.com"
    assert desk.refused().code == "google-linked-account"


# ── how long it lasts ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seconds", [604799, "604799"])
def test_the_seven_days_of_an_app_in_testing_are_stored(desk: Desk, seconds: object) -> None:
    desk.google.extra = {"refresh_token_expires_in": seconds}
    done = desk.sign_in().grant
    assert done.ends_at is not None
    assert done.ends_at - done.signed_in_at == timedelta(seconds=604799)


def test_without_a_refresh_token_nothing_is_stored(desk: Desk) -> None:
    desk.google.extra = {"refresh_token": None}
    error = desk.refused()
    assert (type(error), error.code) == (SignInNeeded, "google-no-refresh-token")
    assert "myaccount.google.com" in render(error)[1]


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_at_the_browser_ends_after_five_minutes(desk: Desk) -> None:
    desk.person.act = lambda _address: None
    clock = StandingClock()
    start: datetime = clock.now()
    error = desk.refused(clock=clock)
    assert error.code == "google-sign-in-timeout"
    assert timedelta(minutes=5) <= clock.now() - start < timedelta(minutes=5, seconds=1)


def test_a_code_is_not_sent_twice_when_the_exchange_gets_no_answer(desk: Desk) -> None:
    desk.google.token_answers = [Response(503)]
    error = desk.refused()
    assert (type(error), error.code) == (Temporary, "google-server")
    assert desk.google.count("/token") == 1


def test_a_wrong_secret_is_a_matter_of_configuration(desk: Desk) -> None:
    unauthorised = {"error": "invalid_client", "error_description": "Unauthorized"}
    desk.google.token_answers = [Response.of_json(401, unauthorised)]
    error = desk.refused()
    assert (type(error), error.code) == (ConfigurationWrong, "google-client-refused")


def test_a_client_of_another_type_is_a_matter_of_configuration(desk: Desk) -> None:
    desk.google.token_answers = [Response.of_json(400, {"error": "redirect_uri_mismatch"})]
    assert desk.refused().code == "google-client-not-desktop"


def test_a_client_without_a_secret_is_said_before_the_browser_opens(desk: Desk) -> None:
    Credentials(installed=None).save(desk.profile)
    assert desk.refused().code == "google-client-missing"
    assert desk.person.address == ""


def test_the_libraries_log_no_secrets(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    done = desk.sign_in()
    assert done.grant.access_token not in caplog.text
    assert "code-1" not in caplog.text
    assert "GOCSPX" not in caplog.text


def test_an_interrupt_while_waiting_tells_the_browser_and_frees_the_port(desk: Desk) -> None:
    class Interrupting(SystemClock):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt(seconds)

    desk.person.act = lambda _address: None
    with pytest.raises(KeyboardInterrupt):
        desk.sign_in(clock=Interrupting())
    back = parse_qs(urlsplit(desk.person.address).query)["redirect_uri"][0]
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(back, trust_env=False)


def test_a_browser_that_only_opens_a_connection_holds_nothing_up() -> None:
    import socket

    with Loopback() as loopback:
        parts = urlsplit(loopback.address)
        loopback.expect("s")
        with socket.create_connection((parts.hostname, parts.port)):
            threading.Thread(target=lambda: get(f"{loopback.address}?state=s&code=c"), daemon=True).start()
            started = time.monotonic()
            redirect = loopback.wait(SystemClock(), timedelta(seconds=5))
            loopback.tell("Done", "Done")
        assert redirect is not None
        assert redirect.code == "c"
    assert time.monotonic() - started < 3


def test_a_redirect_is_read_only_with_its_own_state() -> None:
    assert read_redirect("http://127.0.0.1:1/?state=s&code=c&scope=x", "s") is not None
    assert read_redirect(" http://localhost:1/?code=c&state=s \n", "s") is not None
    for address in ("", "c", "http://127.0.0.1:1/?code=c", "http://127.0.0.1:1/?state=%C3%A9&code=c", "/?state=s"):
        assert read_redirect(address, "s") is None
    refusal = read_redirect("/?state=s&error=access_denied&code=c", "s")
    assert refusal is not None
    assert (refusal.code, refusal.error) == ("", "access_denied")
