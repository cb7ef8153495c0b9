"""Google's own client library against the served sandbox; and how it sees every planned failure."""

import socket
import threading
import time
from typing import Any

import httplib2
import httpx2
import pytest
from googleapiclient.errors import HttpError

from gsync_cli.sandbox.faults import What
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.world import Sandbox
from tests.sandbox.conftest import PERSON_FIELDS, Remote


def batch_of(count: int) -> dict[str, Any]:
    contacts = [
        {"contactPerson": {"names": [{"givenName": f"N{number}"}], "clientData": [{"key": "k", "value": str(number)}]}}
        for number in range(count)
    ]
    return {"contacts": contacts, "readMask": "names,metadata,clientData"}


def test_a_contact_lives_its_whole_life(remote: Remote) -> None:
    people, groups = remote.people.people(), remote.people.contactGroups()
    group = groups.create(body={"contactGroup": {"name": "Creatio"}}).execute()
    made = people.createContact(body={"names": [{"givenName": "Ada"}]}, personFields=PERSON_FIELDS).execute()
    name = made["resourceName"]
    members = groups.members().modify(resourceName=group["resourceName"], body={"resourceNamesToAdd": [name]})
    assert members.execute() == {}
    assert groups.get(resourceName=group["resourceName"], maxMembers=10).execute()["memberResourceNames"] == [name]
    fresh = people.get(resourceName=name, personFields=PERSON_FIELDS).execute()
    fresh["names"] = [{"givenName": "Augusta"}]
    changed = people.updateContact(
        resourceName=name, updatePersonFields="names", personFields=PERSON_FIELDS, body=fresh
    ).execute()
    assert changed["names"][0]["displayName"] == "Augusta"
    with pytest.raises(HttpError) as stale:
        people.updateContact(resourceName=name, updatePersonFields="names", body=fresh).execute()
    assert stale.value.status_code == 400
    assert people.deleteContact(resourceName=name).execute() == {}


def test_two_hundred_are_created_at_once_and_listed_page_by_page(remote: Remote) -> None:
    people = remote.people.people()
    made = people.batchCreateContacts(body=batch_of(200)).execute()["createdPeople"]
    assert [item["person"]["clientData"][0]["value"] for item in made] == [str(number) for number in range(200)]
    request = people.connections().list(
        resourceName="people/me", personFields=PERSON_FIELDS, pageSize=90, requestSyncToken=True
    )
    sizes = []
    while request is not None:
        page = request.execute()
        sizes.append(len(page["connections"]))
        request = people.connections().list_next(request, page)
    assert sizes == [90, 90, 20]
    assert page["nextSyncToken"]


def test_a_batch_get_too_long_for_a_url_arrives(remote: Remote) -> None:
    people = remote.people.people()
    names = [
        item["person"]["resourceName"]
        for item in people.batchCreateContacts(body=batch_of(150)).execute()["createdPeople"]
    ]
    replies = people.getBatchGet(resourceNames=names, personFields="names").execute()["responses"]
    assert [reply["requestedResourceName"] for reply in replies] == names
    assert remote.rig.sandbox.log[-1].method == "POST"


@pytest.mark.parametrize(
    ("what", "status"), [("500", 500), ("503", 503), ("429", 429), ("429-plain", 429), ("403-rate", 403), ("401", 401)]
)
def test_a_refusal_before_leaves_nothing_behind(remote: Remote, what: What, status: int) -> None:
    remote.rig.sandbox.faults.add(what, path="createContact")
    with pytest.raises(HttpError) as seen:
        remote.people.people().createContact(body={}).execute()
    assert seen.value.status_code == status
    assert remote.rig.account.contacts() == []
    remote.people.people().createContact(body={}).execute()
    assert len(remote.rig.account.contacts()) == 1


def test_a_failure_after_leaves_the_contact_behind(remote: Remote) -> None:
    remote.rig.sandbox.faults.add("500", when="after", path="createContact")
    with pytest.raises(HttpError):
        remote.people.people().createContact(body={}).execute()
    assert len(remote.rig.account.contacts()) == 1


def test_a_closed_connection_makes_httplib2_send_again(remote: Remote) -> None:
    """facts/google.md 8.4: the trap that gsync's own sending avoids."""
    remote.rig.sandbox.faults.add("reset", when="after", path="createContact")
    remote.people.people().createContact(body={}).execute()
    assert len(remote.rig.account.contacts()) == 2


def test_network_failures_arrive_as_such(remote: Remote) -> None:
    url, faults = f"{remote.server.url}/google/people/v1/contactGroups", remote.rig.sandbox.faults
    headers = {"Authorization": f"Bearer {remote.rig.token}"}
    with httpx2.Client(timeout=0.5) as client:
        faults.add("reset")
        with pytest.raises(httpx2.RemoteProtocolError):
            client.get(url, headers=headers)
        faults.add("truncated", when="after")
        with pytest.raises(httpx2.RemoteProtocolError):
            client.get(url, headers=headers)
        faults.add("timeout")
        with pytest.raises(httpx2.ReadTimeout):
            client.get(url, headers=headers)
        assert client.get(url, headers=headers).status_code == 200
    assert [entry.status for entry in remote.rig.sandbox.log] == [0, 0, 0, 200]


def test_pages_instead_of_json_and_half_answers_are_seen(remote: Remote) -> None:
    url, faults = f"{remote.server.url}/google/people/v1/contactGroups", remote.rig.sandbox.faults
    with httpx2.Client(headers={"Authorization": f"Bearer {remote.rig.token}"}) as client:
        faults.add("html")
        assert client.get(url).headers["content-type"].startswith("text/html")
        faults.add("half-json", when="after")
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
            client.get(url).json()
        faults.add("empty")
        assert client.get(url).content == b""


def test_latency_is_added_to_each_answer(remote: Remote) -> None:
    remote.rig.sandbox.latency = 0.2
    started = time.perf_counter()
    httpx2.get(f"{remote.server.url}/sandbox/clock")
    assert time.perf_counter() - started >= 0.2


def test_a_defect_of_the_sandbox_is_told_in_clear_text(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(service: str, request: object) -> None:
        raise AssertionError(f"wrong answer of {service} to {request}")

    monkeypatch.setattr(remote.rig.sandbox.google, "handle", broken)
    reply = httpx2.get(f"{remote.server.url}/google/people/v1/contactGroups")
    assert reply.status_code == 500
    assert "wrong answer of people" in reply.text


def test_the_server_listens_on_this_machine_only_and_stops_cleanly() -> None:
    with Server(Sandbox()) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        assert host == "127.0.0.1"
        with socket.create_connection((host, int(port))):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
    assert "sandbox" not in {thread.name for thread in threading.enumerate()}


def test_a_hanging_request_does_not_keep_the_server_from_stopping(remote: Remote) -> None:
    remote.rig.sandbox.faults.add("timeout")
    with pytest.raises(TimeoutError):
        httplib2.Http(timeout=0.2).request(f"{remote.server.url}/google/people/v1/contactGroups")
    started = time.perf_counter()
    remote.server.stop()
    assert time.perf_counter() - started < 5
