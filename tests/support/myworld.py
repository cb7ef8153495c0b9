"""A running myworld: a Google that somebody else built (craft.md 5.1). Each test may have a world of its own in it."""

import contextlib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

START_SECONDS = 60.0

CLIENT = httpx2.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False)
"""One for all requests of a test's own, since setting up a client takes longer than any of them."""


@dataclass(frozen=True)
class World:
    """One environment: where it answers, a token for its one user, and its own control interface."""

    url: str
    token: str
    email: str
    id: str
    instances: Mapping[str, str]
    """The id of the instance that plays a service, by the service's name."""

    def service(self, host: str) -> str:
        """Return the address below which the API of a host of Google answers."""
        return f"{self.url}/gw/{host}"

    def faults(self, *specs: Mapping[str, Any]) -> None:
        """Plan what goes wrong in the calendar, in place of what was planned; `tool` names the method."""
        answer = CLIENT.put(f"{self.url}/instances/{self.instances['calendar']}/faults", json=list(specs))
        answer.raise_for_status()

    def calls(self) -> Sequence[Mapping[str, Any]]:
        """Return every request to the calendar that the service has seen: `tool`, `args`, `committed`, `fault`."""
        answer = CLIENT.get(f"{self.url}/instances/{self.instances['calendar']}/calls").json()
        calls: Sequence[Mapping[str, Any]] = answer["calls"] if isinstance(answer, dict) else answer
        return calls

    def now(self) -> datetime:
        """Return what time it is there; every request takes some."""
        return datetime.fromisoformat(CLIENT.get(f"{self.url}/envs/{self.id}").json()["now"])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Start myworld without any world in it, and yield its address; skips the test where it does not start."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-c", "from myworld.cli import main; main()", "serve", "--port", str(port)],
        cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield _ready(f"http://127.0.0.1:{port}", process, folder / "log")
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(httpx2.TransportError):
            CLIENT.get(f"{url}/envs")
            return url
        time.sleep(0.1)
    pytest.skip(f"myworld does not start here: {log.read_text()[-500:]}")


def new_world(url: str, **spec: Any) -> World:
    """Start a world; `spec` as in myworld's environment files (servers, now, agents)."""
    answer = CLIENT.post(f"{url}/envs", json={"spec": {"name": "test", "task": "", **spec}})
    assert answer.is_success, answer.text
    started = answer.json()
    (credentials,) = started["credentials"].values()
    return World(
        url=url,
        token=credentials["google_access_token"],
        email=credentials["email"],
        id=started["id"],
        instances={server["service"]: server["instance"] for server in started["servers"].values()},
    )
