"""A furnished sandbox over HTTP and a home folder that is ready for it: gsync runs against both as a user starts it."""

import os
import signal
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import tomli_w

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.world import Sandbox
from tests.support.cli import GSYNC, Ran
from tests.support.inprocess import gsync

Person = dict[str, Any]


@dataclass
class Rehearsal:
    """Both services, the hands of their user (`desk`, `account`), and gsync in processes of its own."""

    sandbox: Sandbox
    server: Server
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.sandbox.creatio.desk()

    @property
    def account(self) -> Account:
        return self.sandbox.google.account(furnish.EMAIL)

    @property
    def state_file(self) -> Path:
        return self.home / "state.db"

    # ── running gsync ────────────────────────────────────────────────────────────────────────────────────────

    def gsync(self, *words: str, **environment: str) -> Ran:
        """Run gsync to its end, in this process: `start` and `on_a_terminal` are for what needs one of its own."""
        return gsync(*words, environment={**self.environment, **environment})

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Return the exit code and the envelope, which must be all that went to stdout."""
        ran = self.gsync(*words, "--output", "json")
        return ran.code, ran.envelope

    def sync(self, *words: str) -> dict[str, Any]:
        """Synchronise, and return the data of a run that went well."""
        code, envelope = self.json("sync", "contacts", *words)
        assert (code, envelope["ok"], envelope["errors"]) == (0, True, []), envelope
        data: dict[str, Any] = envelope["data"]
        return data

    def start(
        self, *words: str, prepare: Callable[[], None] | None = None, **environment: str
    ) -> "subprocess.Popen[str]":
        """Start gsync and don't wait for it; `prepare` runs in the new process before it."""
        return subprocess.Popen(
            [*GSYNC, *words],
            env={**os.environ, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=prepare,  # noqa: PLW1509  it sets one limit of the new process, and takes no lock
            # A process group of its own, as a shell gives to each job: Ctrl-C goes to all of it.
            start_new_session=True,
        )

    def interrupt(self, process: "subprocess.Popen[str]", when: Callable[[], bool]) -> Ran:
        """Press Ctrl-C as soon as `when` holds, and return what was said."""
        self.wait_for(lambda: when() or process.poll() is not None)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        return Ran(process.returncode, out, err)

    def on_a_terminal(self, *words: str, columns: int) -> tuple[int, str]:
        """Run gsync on a terminal; return the exit code and what the screen got, line ends as in a file."""
        environment = {**os.environ, **self.environment, "TERM": "xterm"}
        child = pexpect.spawn(
            GSYNC[0], [*GSYNC[1:], *words], dimensions=(40, columns), env=environment, encoding="utf-8", timeout=60
        )
        screen = child.read().replace("\r\n", "\n")
        child.close()
        return child.exitstatus, screen

    @staticmethod
    def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never came to that"
            time.sleep(0.01)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────

    def sides(self) -> dict[str, Any]:
        """Return all there is on both sides, to be compared before and after."""
        return {
            "creatio": self.desk.contacts(),
            "tags": self.desk.rows("ContactTag"),
            "google": self.account.contacts(),
            "groups": self.account.groups(),
        }

    def remembered(self) -> bytes:
        return self.state_file.read_bytes() if self.state_file.exists() else b""

    def person(self, name: str) -> Person:
        """Return Creatio's contact of a name."""
        return next(person for person in self.desk.contacts() if person["name"] == name)

    def google_person(self, name: str) -> Person:
        """Return the Google contact whose full name is `name`."""
        return next(person for person in self.account.contacts() if _shown_name(person) == name)

    def logins(self) -> int:
        """Return how often a password was sent to Creatio."""
        return sum(entry.path.endswith("/AuthService.svc/Login") for entry in self.sandbox.log)

    # ── settings ─────────────────────────────────────────────────────────────────────────────────────────────

    def configure(self, values: Mapping[str, object]) -> None:
        """Write settings into config.toml, by their dotted keys."""
        path = self.home / "config.toml"
        document = tomllib.loads(path.read_text())
        for key, value in values.items():
            *groups, name = key.split(".")
            table = document
            for group in groups:
                table = table.setdefault(group, {})
            table[name] = value
        path.write_text(tomli_w.dumps(document))


@contextmanager
def rehearsal(home: Path, *, furnished: bool = False, signed_in: bool = True) -> Iterator[Rehearsal]:
    """Yield both services with a profile for them: empty ones with the tag, or `furnished` ones full of people."""
    if furnished:
        sandbox = furnish.furnished()
    else:
        sandbox = Sandbox()
        furnish.register(sandbox)
        sandbox.creatio.desk().create_tag(furnish.TAG)
    with Server(sandbox) as server:
        sandbox.clock.sleep(_until_now(sandbox))
        write_profile(home, server.url, sandbox, signed_in=signed_in)
        yield Rehearsal(sandbox, server, home, {"GSYNC_HOME": str(home)})


def _until_now(sandbox: Sandbox) -> float:
    """Return the seconds by which the sandbox's time is behind this machine's: processes have the real one."""
    return time.time() - sandbox.clock.now().timestamp()


def _shown_name(person: Mapping[str, Any]) -> str:
    names = person.get("names") or [{}]
    return str(names[0].get("displayName", ""))
