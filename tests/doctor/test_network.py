"""Proxy, certificates, hosts and the clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gsync_cli.cli.words import render
from gsync_cli.config import Settings
from gsync_cli.credentials import Credentials
from gsync_cli.doctor.hosts import HostSeen, ask, google_origins
from gsync_cli.doctor.hurry import ANSWER_SECONDS, PATIENCE, HurriedClock, HurriedHttp
from gsync_cli.doctor.network import look_at_clock, look_at_creatio_host
from gsync_cli.doctor.scene import Scene
from gsync_cli.http import NoAnswer
from gsync_cli.profiles import Profile
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.messages import Request
from tests.support.examined import BASE, Patient, refuse_connections


def test_the_password_of_a_proxy_is_not_told(well: Patient) -> None:
    well.environment = {"HTTPS_PROXY": "http://anna:geheim@proxy.example:3128", "NO_PROXY": "127.0.0.1"}
    proxy = well.examine("proxy")["proxy"]
    assert proxy.outcome == "pass"
    assert proxy.finding.evidence == "HTTPS_PROXY=http://…@proxy.example:3128, NO_PROXY=127.0.0.1."


def test_a_proxy_without_a_scheme_hides_its_password_too(well: Patient) -> None:
    well.environment = {"https_proxy": "anna:geheim@proxy.example:3128"}
    assert "geheim" not in well.examine("proxy")["proxy"].finding.evidence


def test_a_kind_of_proxy_that_gsync_does_not_know_fails(well: Patient) -> None:
    well.environment = {"ALL_PROXY": "socks4://proxy.example:1080"}
    assert well.examine("proxy")["proxy"].outcome == "fail"


def test_two_proxies_that_contradict_each_other_are_told(well: Patient) -> None:
    well.environment = {"https_proxy": "http://one.example", "HTTPS_PROXY": "http://two.example"}
    assert well.examine("proxy")["proxy"].finding.command == "unset HTTPS_PROXY"


def test_a_certificate_file_that_is_not_there_is_named(well: Patient) -> None:
    well.environment = {"REQUESTS_CA_BUNDLE": "/nowhere/company.pem"}
    found = well.examine("authorities")["authorities"]
    assert (found.outcome, found.finding.command) == ("warn", "unset REQUESTS_CA_BUNDLE")


def test_a_certificate_that_is_not_trusted_names_the_company_proxy(well: Patient) -> None:
    def distrust(request: Request) -> None:
        if request.path == "/":
            raise httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate in certificate chain")

    well.before = distrust
    hosts = well.examine("google-hosts")["google-hosts"]
    assert (hosts.outcome, hosts.finding.exit_code) == ("fail", 5)
    assert "certificate is not trusted" in hosts.finding.evidence
    assert "SSL_CERT_FILE" in hosts.finding.command


def test_a_certificate_of_the_site_that_ends_soon_is_told(well: Patient) -> None:
    now = well.sandbox.clock.now()
    seen = HostSeen(BASE, 200, None, now, now, "Acme CA", now + timedelta(days=3))
    finding = look_at_creatio_host(_scene(well, seen))
    assert finding.outcome == "warn"
    assert "certificate by Acme CA, good until 2026-03-05" in finding.evidence


def test_who_issued_a_certificate_is_told() -> None:
    class Connection:
        def getpeercert(self) -> dict[str, object]:
            issuer = ((("organizationName", "Acme Proxy"),), (("commonName", "Acme Root"),))
            return {"issuer": issuer, "notAfter": "Dec 22 22:16:39 2026 GMT"}

    class Stream:
        def get_extra_info(self, name: str) -> object:
            return Connection() if name == "ssl_object" else None

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(404, extensions={"network_stream": Stream()})

    clock = VirtualClock()
    seen = ask(["https://x.example"], HurriedHttp(clock, transport=httpx2.MockTransport(answer)), clock)
    assert seen["https://x.example"].issuer == "Acme Proxy"
    assert seen["https://x.example"].good_until == datetime(2026, 12, 22, 22, 16, 39, tzinfo=UTC)


def test_a_host_that_does_not_answer_names_the_proxy_in_between(well: Patient) -> None:
    well.environment = {"HTTPS_PROXY": "http://anna:geheim@proxy.example:3128"}
    well.before = refuse_connections("/")
    evidence = well.examine("google-hosts")["google-hosts"].finding.evidence
    assert "HTTPS_PROXY=http://…@proxy.example:3128" in evidence


def test_every_host_is_asked_once(well: Patient) -> None:
    well.examine("google-hosts", "creatio-host", "clock")
    assert [request.path for request in well.asked] == ["/"]


def test_googles_own_hosts_are_meant_where_nothing_is_set(tmp_path: Path) -> None:
    needed, others = google_origins(Settings.load(Profile("default", tmp_path), {}), Credentials())
    assert needed == ["https://people.googleapis.com", "https://www.googleapis.com", "https://oauth2.googleapis.com"]
    assert others == ["https://serviceusage.googleapis.com", "https://cloudresourcemanager.googleapis.com"]


@pytest.mark.parametrize(
    ("seconds", "outcome"), [(0, "pass"), (-59, "pass"), (90, "warn"), (-90, "warn"), (400, "fail"), (-400, "fail")]
)
def test_a_clock_is_judged_by_what_the_hosts_say(well: Patient, seconds: float, outcome: str) -> None:
    now = well.sandbox.clock.now()
    seen = HostSeen(BASE, 404, None, now - timedelta(seconds=seconds), now)
    clock = _clock_check(well, seen)
    assert clock[0] == outcome
    if outcome != "pass":
        assert ("ahead of" if seconds > 0 else "behind") in clock[1]


def test_a_site_whose_own_clock_is_wrong_is_told_as_such(well: Patient) -> None:
    now = well.sandbox.clock.now()
    well.set("creatio.url", "http://127.0.0.9/creatio")
    google = HostSeen(BASE, 404, None, now, now)
    site = HostSeen("http://127.0.0.9", 200, None, now - timedelta(minutes=10), now)
    outcome, evidence = _clock_check(well, google, site)
    assert outcome == "warn"
    assert "http://127.0.0.9 is 10 min behind" in evidence


def test_googles_clocks_count_more_than_that_of_a_site_which_agrees_with_us(well: Patient) -> None:
    now = well.sandbox.clock.now()
    well.set("creatio.url", "http://127.0.0.9/creatio")
    google = HostSeen(BASE, 404, None, now - timedelta(minutes=10), now)
    site = HostSeen("http://127.0.0.9", 200, None, now, now)
    assert _clock_check(well, google, site)[0] == "fail"


def test_a_host_that_lets_us_wait_in_vain_is_asked_only_once() -> None:
    clock = VirtualClock()
    sent: list[str] = []

    def silent(request: httpx2.Request) -> httpx2.Response:
        sent.append(str(request.url))
        clock.advance(ANSWER_SECONDS)
        raise httpx2.ReadTimeout("timed out")

    http = HurriedHttp(clock, transport=httpx2.MockTransport(silent))
    for _ in range(3):
        with pytest.raises(NoAnswer):
            http.send("google", "GET", "http://127.0.0.1:1/x")
    assert len(sent) == 1


def test_a_connection_that_breaks_at_once_may_be_tried_again() -> None:
    clock = VirtualClock()
    answers: Iterator[Exception | httpx2.Response] = iter([httpx2.RemoteProtocolError("closed"), httpx2.Response(200)])

    def broken_once(_: httpx2.Request) -> httpx2.Response:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    http = HurriedHttp(clock, transport=httpx2.MockTransport(broken_once))
    with pytest.raises(NoAnswer):
        http.send("google", "GET", "http://127.0.0.1:1/x")
    assert http.send("google", "GET", "http://127.0.0.1:1/x").status_code == 200


def silent_for(clock: VirtualClock, seconds: float) -> httpx2.MockTransport:
    def wait(_: httpx2.Request) -> httpx2.Response:
        clock.advance(seconds)
        raise httpx2.ReadTimeout("timed out")

    return httpx2.MockTransport(wait)


def test_waiting_in_vain_has_an_end_whoever_is_asked_next() -> None:
    clock = VirtualClock()
    http = HurriedHttp(clock, transport=silent_for(clock, ANSWER_SECONDS))
    began = clock.now()
    for number in range(9):
        with pytest.raises(NoAnswer):
            http.send("google", "GET", f"http://127.0.0.{number}:1/x")
    assert clock.now() - began < PATIENCE + timedelta(seconds=ANSWER_SECONDS)


def test_hosts_that_were_waited_for_together_leave_patience_for_the_others() -> None:
    clock = VirtualClock()
    http = HurriedHttp(clock, transport=silent_for(clock, ANSWER_SECONDS))
    seen = ask([f"http://127.0.0.{number}:1" for number in range(5)], http, clock)
    assert all(host.error is not None for host in seen.values())
    with pytest.raises(NoAnswer, match="timed out"):
        http.send("creatio", "GET", "http://127.0.0.9:1/x")


def test_a_site_that_is_slow_and_answers_is_examined_to_the_end() -> None:
    clock = VirtualClock()

    def slow(_: httpx2.Request) -> httpx2.Response:
        clock.advance(ANSWER_SECONDS - 1)
        return httpx2.Response(200)

    http = HurriedHttp(clock, transport=httpx2.MockTransport(slow))
    assert {http.send("creatio", "GET", "http://127.0.0.1:1/x").status_code for _ in range(20)} == {200}


def test_nobody_is_waited_for_longer_than_a_moment() -> None:
    clock = VirtualClock()
    before = clock.now()
    HurriedClock(clock).sleep(60)
    assert clock.now() - before < timedelta(seconds=1)


def _scene(well: Patient, *seen: HostSeen) -> Scene:
    """Return an examination that has asked all hosts already."""

    def connect() -> Any:
        raise AssertionError("all hosts were asked already")

    hosts = {host.origin: host for host in seen}
    return Scene(well.profile, {}, well.sandbox.clock, lambda: 0.0, render, connect, hosts)


def _clock_check(well: Patient, *seen: HostSeen) -> tuple[str, str]:
    finding = look_at_clock(_scene(well, *seen))
    return finding.outcome, finding.evidence
