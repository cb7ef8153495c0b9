"""`gsync` run in this process by an administrator, on the sandbox, with a clock that moves only when it sleeps."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gsync_cli.cli.app import main
from gsync_cli.cli.context import Session
from gsync_cli.clock import SystemClock
from gsync_cli.config import Settings
from gsync_cli.google.administrator import TOKEN_VARIABLE
from gsync_cli.http import Http
from gsync_cli.sandbox.transport import SandboxTransport
from tests.support.administrator_rig import ADMIN, ROOT, SERVICES, Desk


class _Typed(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Commands:
    """Runs commands at a desk."""

    desk: Desk
    capsys: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    token: str = field(default="")

    def __post_init__(self) -> None:
        patch, desk = self.patch, self.desk
        for name in SERVICES:
            patch.setenv(f"GSYNC_GOOGLE_ENDPOINTS_{name.upper()}", f"{ROOT}/google/{name}")
        patch.setenv("GSYNC_HOME", str(desk.profile.folder))
        patch.setenv("HOME", str(desk.profile.folder))
        patch.setenv("NO_GCE_CHECK", "true")
        for name in ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GSYNC_GOOGLE_PROJECT"):
            patch.delenv(name, raising=False)
        patch.setenv(TOKEN_VARIABLE, desk.sandbox.google.administrator_token(ADMIN))
        patch.setattr(SystemClock, "now", lambda _: desk.clock.now())
        patch.setattr(SystemClock, "sleep", lambda _, seconds: desk.clock.sleep(seconds))
        transport = SandboxTransport(desk.sandbox)
        make: Callable[[Session], Http] = lambda _: Http(desk.clock, transport=transport)  # noqa: E731
        patch.setattr(Session, "http", make)

    def run(self, *words: str, typed: str | None = None) -> Said:
        """Run a command; `typed` is what somebody types at the terminal, None where nobody is there."""
        with self.patch.context() as streams:
            if typed is not None:
                said = _Typed()
                streams.setattr(sys, "stdin", _Typed(typed))
                streams.setattr(sys, "stderr", said)
                return Said(main(words), self.capsys.readouterr().out, said.getvalue())
            streams.setattr(sys, "stdin", io.StringIO())
            code = main(words)
        printed = self.capsys.readouterr()
        return Said(code, printed.out, printed.err)

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run a command with --output json; return its exit code and its envelope."""
        said = self.run(*words, "--output", "json")
        return said.code, said.envelope

    @property
    def active(self) -> str:
        """The active project."""
        return Settings.load(self.desk.profile, {}).text("google.project")
