"""The one object that prints and asks.

Results go to stdout, everything said in between to stderr. With `--output json` stdout carries one envelope and nobody
is asked anything; with `--quiet` hints, steps and progress are left out.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, NoReturn, Protocol, TextIO, TypeAlias

from gsync_cli.cli.options import Options
from gsync_cli.cli.results import Look, Page, Problem, Result, clean, plain_ascii
from gsync_cli.errors import GsyncError, WrongUsage

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

SCHEMA = "gsync/1"
_RED, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"
_NARROWEST = 20

Part: TypeAlias = Callable[[Page], None]
"""Puts a part of what a long command tells on a page."""


class Progress(Protocol):
    """How far a stage of long work has come."""

    def advance(self, count: int = 1) -> None:
        """Count `count` more as done."""
        ...

    def note(self, text: str) -> None:
        """Say what is being done just now."""
        ...


class Terminal:
    """Three streams and the wishes of the user; every word that gsync says goes through it."""

    def __init__(
        self, stdout: TextIO, stderr: TextIO, stdin: TextIO, environment: Mapping[str, str], options: Options
    ) -> None:
        self._out, self._err, self._in = stdout, stderr, stdin
        self._environment = environment
        self._options = options
        self._live: Console | None = None
        """The console of a progress bar on stderr, while one is shown."""
        self.command = ""
        """The name of the running command, for the envelope."""
        self._announced = False
        """Whether the one envelope has been printed ahead of the end."""

    @property
    def json(self) -> bool:
        """Whether results go out as JSON."""
        return self._options.output == "json"

    @property
    def interactive(self) -> bool:
        """Whether somebody is there who can be asked."""
        return self._options.ask and not self.json and self._in.isatty() and self._err.isatty()

    # ── saying ───────────────────────────────────────────────────────────────────────────────────────────────

    def hint(self, text: str) -> None:
        """Say what the user may do next."""
        if not self._options.quiet:
            self._say(f"→ {text}")

    def step(self, text: str) -> None:
        """Say what is being done now."""
        if not self._options.quiet:
            self._say(text)

    def detail(self, text: str, level: int = 1) -> None:
        """Say something that only `-v` (level 1) or `-vv` (level 2) wants to hear."""
        if self._options.verbose >= level:
            self._say(text)

    def warn(self, text: str, hint: str = "") -> None:
        """Say something that the user should not miss; `--quiet` does not hide it."""
        self._say(f"! {text}", _YELLOW)
        if hint:
            self._say(f"  → {hint}")

    def line(self, text: str) -> None:
        """Print a line on stdout before the result, for a program that waits for it; with JSON it goes to stderr."""
        if self.json:
            self._say(text)
        else:
            self._print(f"{text}\n")

    def show(self, part: Part) -> None:
        """Print a part of what a long command tells as it goes; with `--quiet` and with JSON it is left out."""
        if not (self.json or self._options.quiet):
            page = Page(self._look())
            part(page)
            self._print(str(page))

    def tell(self, part: Part) -> None:
        """Put a part of a page on stderr: what belongs to a question that follows."""
        page = Page(self._look_of(self._err))
        part(page)
        with suppress(BrokenPipeError):
            self._err.write(self._readable(self._err, str(page)))
            self._err.flush()

    @contextmanager
    def progress(self, title: str, total: int | None = None) -> Iterator[Progress]:
        """Show a bar while a stage of long work runs, or one plain line where stderr is no terminal.

        `total` is the number of things to do; None where nobody knows.
        """
        if self._options.quiet or self.json:
            yield _Silent()
        elif not self._moving:
            self._say(title)
            yield _Silent()
        else:
            with self._bar(title, total) as bar:
                yield bar

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, question: str, *, flag: str, default: str | None = None) -> str:
        """Ask for a line of text. `flag` is the option that answers the same.

        Raises WrongUsage("question-without-terminal") where nobody can answer, "question-unanswered" for no answer.
        """
        self._need_somebody(question, flag)
        self._prompt(f"{question} [{default}]: " if default else f"{question}: ")
        answer = self._in.readline().strip() or default or ""
        return answer or self._unanswered(question, flag)

    def confirm(self, question: str, *, flag: str, default: bool = False) -> bool:
        """Ask for yes or no; Enter takes the default. Raises as `ask`."""
        self._need_somebody(question, flag)
        while True:
            self._prompt(f"{question} [{'Y/n' if default else 'y/N'}]: ")
            if not (answer := self._in.readline()):
                self._unanswered(question, flag)
            if not answer.strip():
                return default
            if answer.strip().lower() in ("y", "yes", "n", "no"):
                return answer.strip().lower().startswith("y")

    def secret(self, question: str, *, flag: str) -> str:
        """Ask for something that does not show while it is typed. Raises as `ask`."""
        import getpass

        self._need_somebody(question, flag)
        try:
            return getpass.getpass(f"{question}: ", self._err) or self._unanswered(question, flag)
        except EOFError:
            self._unanswered(question, flag)

    def read_stdin_secret(self, *, flag: str = "--password-stdin") -> str:
        """Read one line from stdin, without its line break; hidden, where a person types it.

        Raises WrongUsage("stdin-empty").
        """
        if self.interactive:
            return self.secret(flag.removeprefix("--").removesuffix("-stdin").replace("-", " ").capitalize(), flag=flag)
        if not (line := self._in.readline().removeprefix("\ufeff").rstrip("\r\n")):
            raise WrongUsage("stdin-empty", flag=flag)
        return line

    def read_stdin(self, limit: int) -> bytes:
        """Return what stdin holds, at most `limit` bytes of it."""
        raw: IO[bytes] | None = getattr(self._in, "buffer", None)
        return self._in.read(limit).encode() if raw is None else raw.read(limit)

    def _need_somebody(self, question: str, flag: str) -> None:
        if not self.interactive:
            raise WrongUsage("question-without-terminal", question=question, flag=flag)

    def _unanswered(self, question: str, flag: str) -> NoReturn:
        self._say("")
        raise WrongUsage("question-unanswered", question=question, flag=flag)

    def _prompt(self, text: str) -> None:
        self._err.write(self._readable(self._err, clean(text)))
        self._err.flush()

    # ── ending ───────────────────────────────────────────────────────────────────────────────────────────────

    def announce(self, result: Result) -> None:
        """Print the result of a command that goes on after it: with JSON the one object, so that none comes later."""
        # First, so that an interruption while it is printed does not make a second object.
        self._announced = True
        self._show_result(result)

    def result(self, result: Result) -> int:
        """Print what a command gave back, and return the exit code."""
        if not (self.json and self._announced):
            self._show_result(result)
        exit_code: int = getattr(result, "exit_code", 0)
        return exit_code

    def _show_result(self, result: Result) -> None:
        problems: Sequence[Problem] = getattr(result, "problems", ())
        if self.json:
            self._envelope(getattr(result, "exit_code", 0) == 0, result.data(), problems)
        else:
            page = Page(self._look())
            result.show(page)
            self._print(str(page))
            for problem in problems:
                self._problem(problem)

    def error(self, error: GsyncError) -> int:
        """Print why a command failed, and return the exit code."""
        problem = Problem.of(error)
        if self.json and not self._announced:
            self._envelope(ok=False, data={}, problems=(problem,))
        else:
            self._problem(problem)
        return error.exit_code

    def trace(self, error: BaseException) -> None:
        """Show where an error came from, as `-v` asks for a defect and `-vv` for any error."""
        import traceback

        self._say("".join(traceback.format_exception(error)).rstrip())

    def _problem(self, problem: Problem) -> None:
        self._say(f"gsync: {problem.message}", _RED)
        if problem.hint:
            self._say(f"  → {problem.hint}")

    def _envelope(self, ok: bool, data: Mapping[str, object], problems: Sequence[Problem]) -> None:  # noqa: FBT001
        import json

        errors = [{"code": each.code, "message": each.message, "hint": each.hint} for each in problems]
        envelope = {"schema": SCHEMA, "command": self.command, "ok": ok, "data": data, "errors": errors}
        # Times and paths become text. A lone surrogate (a file name of another encoding) can't stand in UTF-8.
        text = json.dumps(envelope, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
        self._print(f"{text}\n", encoding="utf-8")

    # ── streams ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _moving(self) -> bool:
        return self._err.isatty() and self._environment.get("TERM") != "dumb"

    def _colored(self, stream: TextIO) -> bool:
        plain = not self._options.color or self._environment.get("NO_COLOR") or self._environment.get("TERM") == "dumb"
        return stream.isatty() and not plain

    def _look(self) -> Look:
        return self._look_of(self._out)

    def _look_of(self, stream: TextIO) -> Look:
        if not stream.isatty():
            return Look(unicode=_knows_unicode(stream))
        import shutil

        columns = max(shutil.get_terminal_size().columns, _NARROWEST)
        return Look(columns, color=self._colored(stream), unicode=_knows_unicode(stream))

    @staticmethod
    def _readable(stream: TextIO, text: str) -> str:
        """Return the text with what the encoding of the stream lacks replaced."""
        if _knows_unicode(stream):
            return text.encode("utf-8", "replace").decode()
        encoding = stream.encoding or "ascii"
        return plain_ascii(text).encode(encoding, "replace").decode(encoding)

    def _say(self, text: str, color: str = "") -> None:
        text = self._readable(self._err, clean(text))
        if self._live is not None:
            self._live.print(text, style={_RED: "red", _YELLOW: "yellow"}.get(color), soft_wrap=True)
            return
        # Nobody reads stderr any more: that is no reason to leave the work half done.
        with suppress(BrokenPipeError):
            self._err.write(f"{color}{text}{_PLAIN}\n" if color and self._colored(self._err) else f"{text}\n")
            self._err.flush()

    def _print(self, text: str, encoding: str | None = None) -> None:
        """Write to stdout. Where its reader has gone (`gsync … | head`), the rest is dropped without a word."""
        try:
            raw: IO[bytes] | None = getattr(self._out, "buffer", None) if encoding else None
            if raw is not None and encoding:
                raw.write(text.encode(encoding))
            else:
                self._out.write(self._readable(self._out, text))
            self._out.flush()
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._out.fileno())

    @contextmanager
    def _bar(self, title: str, total: int | None) -> Iterator[Progress]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bars

        console = Console(file=self._err, no_color=not self._colored(self._err), markup=False, emoji=False,
                          highlight=False)  # fmt: skip
        text = TextColumn("{task.description}", markup=False)
        first = SpinnerColumn("line") if total is None else BarColumn(bar_width=20)
        counted = () if total is None else (MofNCompleteColumn(),)
        with Bars(text, first, *counted, console=console, transient=True) as bars:
            self._live = console
            try:
                yield _Bar(bars, title, total)
            finally:
                self._live = None


class _Silent:
    def advance(self, count: int = 1) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class _Bar:
    def __init__(self, bars: "Bars", title: str, total: int | None) -> None:
        self._bars = bars
        self._title = title
        self._task = bars.add_task(title, total=total)

    def advance(self, count: int = 1) -> None:
        self._bars.advance(self._task, count)

    def note(self, text: str) -> None:
        self._bars.update(self._task, description=clean(f"{self._title}: {text}"))


def _knows_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "utf-8").lower().replace("-", "").startswith("utf")
