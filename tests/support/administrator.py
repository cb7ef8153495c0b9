"""An administrator before a sandbox: raw requests to the cloud's APIs, in process."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.cloud import Cloud
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.world import Sandbox

ORGANIZATION = "organizations/415104857600"


@dataclass(frozen=True)
class Said:
    """An answer, read."""

    status: int
    value: Any

    @property
    def refusal(self) -> str:
        """The canonical status, and the reason where an ErrorInfo or an older API names one."""
        error = self.value["error"]
        told = [item["reason"] for item in (*error.get("details", []), *error.get("errors", [])) if "reason" in item]
        return " ".join([error["status"], *dict.fromkeys(told)])

    @property
    def message(self) -> str:
        return str(self.value["error"]["message"])


@dataclass
class Administrator:
    """Somebody with a token for the whole platform."""

    sandbox: Sandbox
    email: str = furnish.EMAIL
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.token = self.token or self.sandbox.google.administrator_token(self.email)

    @property
    def behaviour(self) -> Behaviour:
        return self.sandbox.google.behaviour

    @property
    def cloud(self) -> Cloud:
        return self.sandbox.google.cloud

    def call(self, service: str, method: str, path: str, body: Any = None, /, **query: Any) -> Said:
        """Send a request; `path` begins with the version."""
        data = b"" if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1/google/{service}/{path}?{urlencode(query, doseq=True)}"
        headers = {"Authorization": f"Bearer {self.token}", **self.headers}
        answer = self.sandbox.handle(Request.of(method, url, headers, data))
        return Said(answer.status, json.loads(answer.body))

    def manager(self, method: str, path: str, body: Any = None, /, **query: Any) -> Said:
        return self.call("cloudresourcemanager", method, f"v3/{path}", body, **query)

    def services(self, method: str, path: str, body: Any = None, /, **query: Any) -> Said:
        return self.call("serviceusage", method, f"v1/{path}", body, **query)

    def finished(self, said: Said, service: str = "cloudresourcemanager", version: str = "v3") -> dict[str, Any]:
        """Ask for an operation until it is done."""
        assert said.status == 200, said.value
        operation: dict[str, Any] = said.value
        for _ in range(5):
            if operation.get("done"):
                return operation
            operation = self.call(service, "GET", f"{version}/{operation['name']}").value
        raise AssertionError(operation)

    def create(self, **project: Any) -> dict[str, Any]:
        """Create a project; return the finished operation."""
        return self.finished(self.manager("POST", "projects", project))


def administrator(email: str = furnish.EMAIL) -> Administrator:
    """Return the administrator of a furnished organization."""
    sandbox = Sandbox()
    furnish.register(sandbox)
    return Administrator(sandbox, email)
