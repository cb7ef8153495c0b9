"""The demo's stage: a sandbox over HTTP, a folder that goes away with it, and gsync as a process, as a user runs it."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.cli.demo_narrator import Narrator
from gsync_cli.cli.stopping import undisturbed
from gsync_cli.errors import GsyncError
from gsync_cli.files import write_private
from gsync_cli.profiles import Profile, profile
from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.visitor import approve

if TYPE_CHECKING:
    from gsync_cli.sandbox.creatio.desk import Desk
    from gsync_cli.sandbox.google.account import Account
    from gsync_cli.sandbox.server import Server
    from gsync_cli.sandbox.world import Sandbox

_PATIENCE: Final = 120.0
"""Seconds after which a command of the demo counts as hanging."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that the demo ran, as it was typed, and what came of it."""

    line: str
    exit_code: int
    result: Mapping[str, Any]
    """`data` of its JSON envelope; empty where the demo runs as text."""

    def data(self) -> dict[str, object]:
        """Return the command for JSON."""
        return {"line": self.line, "exit_code": self.exit_code, "result": self.result}


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be so, and whether it is."""

    says: str
    holds: bool

    def data(self) -> dict[str, object]:
        """Return the check for JSON."""
        return {"says": self.says, "holds": self.holds}


@dataclass(slots=True)
class Scene:
    """One step of the story, as it is recorded while it is played."""

    title: str
    explanation: str
    by_hand: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def data(self) -> dict[str, object]:
        """Return the step for JSON."""
        return {
            "title": self.title,
            "explanation": self.explanation,
            "by_hand": self.by_hand,
            "commands": [command.data() for command in self.commands],
            "checks": [check.data() for check in self.checks],
        }


class Stage:
    """Where the demo plays. `scene` begins a step; what follows belongs to it and is told as it happens."""

    def __init__(self, server: "Server", folder: Path, narrator: Narrator, environment: Mapping[str, str]) -> None:
        self.sandbox: Sandbox = server.sandbox
        self.url = server.url
        self.folder = folder
        self.scenes: list[Scene] = []
        self._narrator = narrator
        kept = {name: value for name, value in environment.items() if not name.startswith(("GSYNC_", "_GSYNC_"))}
        # Everything happens on this machine, so no proxy is in the way, whatever the environment says.
        here = {"GSYNC_HOME": str(folder / "gsync"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        here["GOOGLE_OAUTH_ACCESS_TOKEN"] = self.sandbox.google.administrator_token(furnish.EMAIL)
        self._environment = {**kept, **here, "PYTHONIOENCODING": "utf-8"}

    @property
    def profile(self) -> Profile:
        """The profile of the demo's gsync."""
        return profile(None, self._environment)

    @property
    def account(self) -> "Account":
        """The hand of the Google user."""
        return self.sandbox.google.account(furnish.EMAIL)

    @property
    def desk(self) -> "Desk":
        """The hand of the Creatio user."""
        return self.sandbox.creatio.desk()

    # ── telling ──────────────────────────────────────────────────────────────────────────────────────────────

    def scene(self, title: str, explanation: str) -> None:
        """Begin a step of the story."""
        self.scenes.append(Scene(title, explanation))
        self._narrator.scene(len(self.scenes), title, explanation)

    def by_hand(self, where: str, what: str) -> None:
        """Tell what somebody does in the browser, and let a minute pass: the story's clock is the sandbox's."""
        self.sandbox.clock.advance(60)
        self.scenes[-1].by_hand.append(f"{where}: {what}")
        self._narrator.by_hand(where, what)

    def check(self, says: str, holds: bool) -> None:  # noqa: FBT001  reads as "check that …"
        """Look whether something is as the guide says."""
        check = Check(says, holds)
        self.scenes[-1].checks.append(check)
        self._narrator.check(says, holds)

    @property
    def failed(self) -> list[Check]:
        """The checks that did not hold."""
        return [check for scene in self.scenes for check in scene.checks if not check.holds]

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────

    def gsync(
        self, *words: str, stdin: str = "", typed: str = "", lines: int = 6, ends_with: int = 0
    ) -> Mapping[str, Any]:
        """Run a command, show the first `lines` of what it prints, and return the `data` of its envelope.

        `typed` is what stands behind it on the command line, such as a redirection. Raises
        GsyncError("demo-command-failed") for any exit code but `ends_with`.
        """
        line = " ".join(filter(None, ("gsync", *words, typed)))
        self._narrator.command(line)
        with self._running(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            out, err = process.communicate(stdin, timeout=_PATIENCE)
        return self._ended(line, process.returncode, out, err, lines, ends_with)

    def sign_in(self) -> None:
        """Run `gsync account add --no-browser`, and approve at the address that it prints, as a person would."""
        words = ("account", "add", "--no-browser")
        line = f"gsync {' '.join(words)}"
        self._narrator.command(line)
        with self._running(words, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT) as process:
            printed = list(_until_address(process))
            if printed and printed[-1].startswith("http"):
                self._narrator.output(printed, None)
                approve(printed[-1])
            rest, _ = process.communicate(timeout=_PATIENCE)
        self._ended(line, process.returncode, rest, "", 2)

    @contextmanager
    def _running(self, words: Sequence[str], *, stdin: int, stderr: int) -> Iterator["subprocess.Popen[str]"]:
        """Run a command. However the block ends, it is gone before the folder is, into which it may be writing."""
        process: subprocess.Popen[str] | None = None
        try:
            with undisturbed():
                process = subprocess.Popen(  # noqa: S603  our own program
                    self._command(words),
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=self._environment,
                    cwd=self.folder,
                    encoding="utf-8",
                )
            yield process
        finally:
            if process is not None:
                with process:
                    process.kill()

    def _command(self, words: Sequence[str]) -> list[str]:
        output = ("--output", "json") if self._narrator.silent else ()
        return [sys.executable, "-m", "gsync_cli", *words, *output]

    def _ended(self, line: str, code: int, out: str, error: str, lines: int, ends_with: int = 0) -> Mapping[str, Any]:
        """Record and show a command that has ended."""
        envelope = _envelope(out) if self._narrator.silent else {}
        result: Mapping[str, Any] = envelope.get("data", {})
        self.scenes[-1].commands.append(Command(line, code, result))
        if code != ends_with:
            self._narrator.output([*out.splitlines(), *error.splitlines()], None)
            reason = "; ".join(problem["message"] for problem in envelope.get("errors", ()))
            raise GsyncError("demo-command-failed", line=line, exit_code=code, reason=reason)
        self._narrator.output(out.splitlines(), lines)
        return result


@contextmanager
def stage(narrator: Narrator, environment: Mapping[str, str], now: datetime) -> Iterator[Stage]:
    """Set the stage: a furnished sandbox that is served, and an empty folder. Both are gone at the end."""
    from gsync_cli.sandbox.clock import VirtualClock
    from gsync_cli.sandbox.server import Server

    sandbox = furnish.furnished(VirtualClock(now, flowing=True))
    with tempfile.TemporaryDirectory(prefix="gsync-demo-") as folder, Server(sandbox) as server:
        here = Stage(server, Path(folder), narrator, environment)
        _lead_to_the_sandbox(here)
        yield here


def _lead_to_the_sandbox(here: Stage) -> None:
    """Write the one thing that nobody sets at real sites: where Google is."""
    import tomli_w

    from gsync_cli.sandbox.profile import settings

    google = {"google": settings(here.url, provisioned=False)["google"]}
    write_private(here.profile.config_file, tomli_w.dumps(google).encode())


def _until_address(process: "subprocess.Popen[str]") -> Iterator[str]:
    """Yield what a sign-in prints, up to the address of the consent page, or to its end where none comes."""
    for line in process.stdout or ():
        yield line.rstrip("\n")
        if line.startswith("http"):
            return


def _envelope(out: str) -> Mapping[str, Any]:
    """Return the envelope that a command printed last; an empty one where it printed none."""
    import json

    try:
        envelope = json.loads(out.strip().rpartition("\n")[2])
    except ValueError:
        return {}
    return envelope if isinstance(envelope, dict) else {}
