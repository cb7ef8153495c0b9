"""The sandbox as one object: routes, faults, log, control, people, and the profile it writes."""

import json
import random
import stat
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.faults import EVERYDAY, Broken, Faults
from gsync_cli.sandbox.messages import Request, Response
from gsync_cli.sandbox.people_data import believable, google_person, grow
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox
from tests.sandbox.conftest import Rig

BASE = "http://127.0.0.1:8000"


def send(sandbox: Sandbox, method: str, path: str, body: Any = None) -> Response:
    data = b"" if body is None else json.dumps(body).encode()
    return sandbox.handle(Request.of(method, BASE + path, {}, data))


# ── routes and log ───────────────────────────────────────────────────────────────────────────────────────────
def test_each_service_is_reached_by_its_endpoint_name(rig: Rig) -> None:
    assert send(rig.sandbox, "GET", "/google/people/v1/contactGroups").status == 401
    assert send(rig.sandbox, "GET", "/google/accounts/o/oauth2/auth").status == 401
    assert send(rig.sandbox, "POST", "/google/oauth2/token").status == 400
    assert send(rig.sandbox, "GET", "/google/none/x").status == 404
    assert send(rig.sandbox, "GET", "/elsewhere").status == 404
    assert send(rig.sandbox, "GET", "/creatio/0/odata/Contact").status in {302, 401}
    assert rig.sandbox.counts() == Counter(people=1, accounts=1, oauth2=1, none=1, creatio=1, **{"": 1})


def test_answers_carry_the_date_of_the_virtual_clock(rig: Rig) -> None:
    rig.sandbox.clock.advance(61)
    assert rig.listing().headers["Date"] == "Mon, 02 Mar 2026 09:01:01 GMT"


def test_the_log_tells_what_the_client_saw_and_what_was_done_to_it(rig: Rig) -> None:
    rig.sandbox.faults.add("503", service="people", nth=2)
    rig.listing()
    rig.listing()
    first, second = rig.sandbox.log
    assert (first.method, first.path, first.status, first.fault) == ("GET", "/v1/people/me/connections", 200, "")
    assert first.query["pageSize"] == ["1000"]
    assert (second.status, second.fault) == (503, "503 before")


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_fault_meets_the_nth_request_of_its_kind_so_many_times() -> None:
    faults = Faults()
    faults.add("500", service="people", method="POST", path="create", nth=2, times=2)
    post, get = Request("POST", "/v1/people:createContact"), Request("GET", "/v1/people:createContact")
    seen = [bool(faults.meet("people", post)) for _ in range(5)]
    assert seen == [False, True, True, False, False]
    assert not faults.meet("people", get)
    assert not faults.meet("oauth2", post)


def test_a_refusal_can_not_come_after_the_write() -> None:
    with pytest.raises(ValueError, match="can't come after"):
        Faults().add("429", when="after")


def test_chance_is_repeatable_and_about_as_frequent_as_asked() -> None:
    def drawn(seed: int) -> list[str]:
        faults = Faults()
        faults.chaos(random.Random(seed), 0.2, services=["people"])
        met = [faults.meet("people", Request("GET", "/")) for _ in range(1000)]
        assert faults.meet("oauth2", Request("GET", "/")) is None
        return [f"{fault.what} {fault.when}" if fault else "" for fault in met]

    assert drawn(1) == drawn(1) != drawn(2)
    hits = [what for what in drawn(1) if what]
    assert 150 < len(hits) < 250
    assert {hit.split()[0] for hit in hits} == set(EVERYDAY)
    assert "429 after" not in hits


def test_in_process_a_broken_connection_is_what_httpx_raises(rig: Rig) -> None:
    seen: list[str] = []
    transport = SandboxTransport(rig.sandbox, before=lambda request: seen.append(request.path))
    with httpx2.Client(transport=transport, base_url=BASE) as client:
        for what, error in (
            ("connect", httpx2.ConnectError),
            ("reset", httpx2.RemoteProtocolError),
            ("timeout", httpx2.ReadTimeout),
            ("truncated", httpx2.RemoteProtocolError),
        ):
            rig.sandbox.faults.add(what)  # type: ignore[arg-type]  # one of What
            with pytest.raises(error):
                client.get("/google/people/v1/contactGroups?pageSize=5")
        answer = client.get("/google/people/v1/contactGroups")
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
    assert seen == ["/google/people/v1/contactGroups"] * 5


def test_a_simulation_can_end_the_client_at_any_request(rig: Rig) -> None:
    class Killed(BaseException):
        pass

    def kill(request: Request) -> None:
        raise Killed(request.path)

    with (
        httpx2.Client(transport=SandboxTransport(rig.sandbox, after=kill), base_url=BASE) as client,
        pytest.raises(Killed),
    ):
        client.get("/google/people/v1/contactGroups")
    assert len(rig.sandbox.log) == 1


# ── control ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_control_api_acts_as_a_person_would(rig: Rig) -> None:
    def post(path: str, body: Any) -> Any:
        return json.loads(send(rig.sandbox, "POST", f"/sandbox/{path}", body).body)

    hand = f"google/{furnish.EMAIL}"
    ada = post(f"{hand}/add", {"arguments": [{"names": [{"givenName": "Ada"}]}]})["result"]
    post(f"{hand}/add_group", {"arguments": ["Creatio"]})
    post(f"{hand}/join", {"arguments": [ada, "Creatio"]})
    post(f"{hand}/edit", {"arguments": [ada], "fields": {"names": [{"givenName": "Augusta"}]}})
    assert rig.account.members("Creatio") == {ada}
    state = json.loads(send(rig.sandbox, "GET", "/sandbox/state").body)
    assert state["google"][furnish.EMAIL]["contacts"][0]["names"][0]["givenName"] == "Augusta"
    assert send(rig.sandbox, "POST", f"/sandbox/{hand}/join", {"arguments": [ada, "Nobody"]}).status == 400
    assert send(rig.sandbox, "POST", f"/sandbox/{hand}/book", {}).status == 404


def test_the_control_api_acts_in_creatio_too(rig: Rig) -> None:
    def post(action: str, *arguments: Any, **fields: Any) -> Any:
        body = {"arguments": arguments, "fields": fields}
        return json.loads(send(rig.sandbox, "POST", f"/sandbox/creatio/{action}", body).body)["result"]

    tag = post("create_tag", "Google")
    ada = post("add_person", {"given": "Ada", "family": "King", "mails": ["ada@a.example"]})
    post("tag", ada, tag)
    assert post("tagged", tag) == [ada]
    post("edit_contact", ada, given="Augusta")
    state = json.loads(send(rig.sandbox, "GET", "/sandbox/state").body)
    assert "Augusta" in {person.get("given") for person in state["creatio"]["contacts"]}


def test_the_control_api_moves_the_clock_and_plans_faults(rig: Rig) -> None:
    before = rig.sandbox.clock.now()
    send(rig.sandbox, "POST", "/sandbox/clock", {"advance": 3600})
    assert (rig.sandbox.clock.now() - before).total_seconds() == 3600
    send(rig.sandbox, "POST", "/sandbox/faults", {"what": "500", "path": "contactGroups"})
    send(rig.sandbox, "POST", "/sandbox/faults", {"what": "reset"})
    with pytest.raises(Broken):
        send(rig.sandbox, "GET", "/google/people/v1/people/me")
    assert send(rig.sandbox, "GET", "/google/people/v1/contactGroups").status == 500
    assert send(rig.sandbox, "POST", "/sandbox/faults", {"what": "nonsense"}).status == 400
    told = json.loads(send(rig.sandbox, "GET", "/sandbox/requests").body)
    assert told["counts"] == {"people": 2}
    send(rig.sandbox, "DELETE", "/sandbox/requests")
    assert rig.sandbox.log == []


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_people_are_believable_and_varied() -> None:
    people = believable()
    letters = "".join(person.get("given", "") + person.get("family", "") for person in people)
    for script in ("A", "Ж", "Π", "د", "ל", "王", "佐"):
        start, end = (ord(script) - 60, ord(script) + 60)
        assert any(start <= ord(letter) <= end for letter in letters), script
    assert any("given" not in person for person in people)
    assert any(len(person.get("mails", [])) > 2 for person in people)
    assert any(len(person.get("phones", [])) > 3 for person in people)
    assert any(len(person.get("notes", "")) > 1000 for person in people)
    assert any("🎨" in person.get("job_title", "") for person in people)


def test_growing_is_repeatable_and_gives_nobody_another_ones_address() -> None:
    people = list(grow(random.Random(3), 3000))
    assert people == list(grow(random.Random(3), 3000))
    mails = [mail for person in people for mail in person["mails"]]
    phones = [number for person in people for _, number in person["phones"]]
    assert len(set(mails)) == len(mails)
    assert len(set(phones)) == len(phones)


def test_everybody_fits_into_google_as_told(rig: Rig) -> None:
    for person in [*believable(), *grow(random.Random(1), 50)]:
        sent = google_person(person)
        stored = rig.account.contact(rig.account.add(sent))
        assert {mail["value"] for mail in stored.get("emailAddresses", [])} == set(person.get("mails", []))
        assert stored.get("biographies", [{}])[0].get("value", "") == person.get("notes", "")


def test_a_furnished_sandbox_has_people_on_both_sides_and_no_group_creatio() -> None:
    sandbox = furnish.furnished()
    account, desk = sandbox.google.account(furnish.EMAIL), sandbox.creatio.desk()
    assert len(account.contacts()) == 25
    assert "Creatio" not in account.groups()
    tagged = desk.tagged(desk.tag_named(furnish.TAG))
    assert len(tagged) == 14
    assert len(desk.contacts()) > len(tagged)
    google = {mail["value"] for person in account.contacts() for mail in person.get("emailAddresses", [])}
    creatio = {mail for person in desk.contacts() for mail in person.get("mails", [])}
    assert google & creatio
    assert google - creatio
    assert creatio - google


def test_a_furnished_sandbox_grows_on_request_and_is_the_same_for_the_same_seed() -> None:
    first, second = (furnish.furnished(seed=5, more_in_creatio=30, more_in_google=20) for _ in range(2))
    assert len(first.google.account().contacts()) == 45
    assert first.google.account().contacts() == second.google.account().contacts()
    desk = first.creatio.desk()
    assert len(desk.tagged(desk.tag_named(furnish.TAG))) == 44


# ── profile ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_profile_is_ready_and_private(tmp_path: Path) -> None:
    sandbox = furnish.furnished()
    folder = tmp_path / "home" / "sandbox"
    write_profile(folder, BASE, sandbox)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    config, secret = folder / "config.toml", folder / "credentials.toml"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (config, secret)} == {0o600}
    settings, held = tomllib.loads(config.read_text()), tomllib.loads(secret.read_text())
    assert settings["creatio"] == {"url": f"{BASE}/creatio", "username": furnish.USERNAME}
    assert settings["google"]["endpoints"]["people"] == f"{BASE}/google/people"
    assert settings["google"]["pace"] == "off"
    assert settings["sync"]["contacts"] == {"tag": furnish.TAG, "region": furnish.REGION}
    grant, client = held["google"]["grant"], held["google"]["installed"]
    assert sandbox.google.oauth.access(grant["access_token"])
    form = {
        "grant_type": "refresh_token",
        "refresh_token": grant["refresh_token"],
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
    }
    with httpx2.Client(transport=SandboxTransport(sandbox)) as http:
        assert "access_token" in http.post(client["token_uri"], data=form).json()
        login = {"UserName": settings["creatio"]["username"], "UserPassword": held["creatio"]["login"]["password"]}
        answer = http.post(f"{settings['creatio']['url']}/ServiceModel/AuthService.svc/Login", json=login)
        assert answer.json()["Code"] == 0


def test_a_profile_can_be_written_before_anybody_signed_in(tmp_path: Path) -> None:
    write_profile(tmp_path / "p", BASE, furnish.furnished(), signed_in=False)
    assert "grant" not in tomllib.loads((tmp_path / "p" / "credentials.toml").read_text())["google"]
