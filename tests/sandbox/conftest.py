"""An account to play with: raw requests in process, and Google's own client library over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httplib2
import pytest
from googleapiclient.discovery import build

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.world import Sandbox

PERSON_FIELDS = "names,emailAddresses,phoneNumbers,memberships,metadata,clientData,biographies"


@dataclass(frozen=True)
class Reply:
    """An answer of the sandbox, read."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def value(self) -> Any:
        return json.loads(self.text)

    @property
    def message(self) -> str:
        return str(self.value["error"]["message"])

    @property
    def reason(self) -> str:
        """The canonical status, and the ErrorInfo reason where there is one."""
        error = self.value["error"]
        reasons = [detail["reason"] for detail in error.get("details", []) if "reason" in detail]
        return " ".join([error["status"], *reasons])


@dataclass
class Rig:
    """A sandbox with one empty account, a token for it, and its switches."""

    sandbox: Sandbox
    account: Account
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def behaviour(self) -> Behaviour:
        return self.sandbox.google.behaviour

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        """Send a request to the People API."""
        text = urlencode(query, doseq=True)
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", **self.headers}
        url = f"http://127.0.0.1/google/people/v1/{path}?{text}"
        answer = self.sandbox.handle(Request.of(method, url, headers, data))
        return Reply(answer.status, dict(answer.headers), answer.body.decode())

    def listing(self, **query: Any) -> Reply:
        """List all contacts for syncing, with the usual parameters."""
        usual = {"personFields": PERSON_FIELDS, "requestSyncToken": "true", "pageSize": 1000}
        return self.call("GET", "people/me/connections", **{**usual, **query})

    def add(self, given: str, *groups: str, **fields: Any) -> str:
        """Let the user add a contact in the browser."""
        return self.account.add({"names": [{"givenName": given}], **fields}, *groups)


@pytest.fixture
def rig() -> Rig:
    sandbox = Sandbox()
    furnish.register(sandbox)
    tokens = sandbox.google.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, furnish.SCOPES)
    return Rig(sandbox, sandbox.google.account(furnish.EMAIL), tokens["access_token"])


@dataclass
class Remote:
    """The same over HTTP, with Google's own library."""

    rig: Rig
    server: Server
    people: Any


class _WithToken(httplib2.Http):
    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **rest: Any) -> Any:  # type: ignore[override]
        headers = {**(headers or {}), "authorization": f"Bearer {self.token}"}
        return super().request(uri, method, body=body, headers=headers, **rest)


@pytest.fixture
def remote(rig: Rig) -> Iterator[Remote]:
    with Server(rig.sandbox) as server:
        options = {"api_endpoint": f"{server.url}/google/people"}
        http = _WithToken(rig.token)
        service = build("people", "v1", static_discovery=True, http=http, client_options=options)
        yield Remote(rig, server, service)
        service.close()
