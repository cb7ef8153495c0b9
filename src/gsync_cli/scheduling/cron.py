"""cron, for machines without another scheduler: lines between two marks in the user's crontab.

What stands outside the marks stays as it is, byte by byte. cron starts a second job while the first still runs;
gsync's own lock then ends it at once.
"""

import re
import shlex
import zlib
from dataclasses import dataclass
from typing import Final

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.scheduling.job import Job, Piece, Standing, refuse
from gsync_cli.scheduling.machine import NOT_FOUND, Done, Machine

_HOUR: Final = 60
_STEPS: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, *(hours * _HOUR for hours in (1, 2, 3, 4, 6, 8, 12, 24)))
"""The intervals in minutes that cron keeps over the hour and over the day."""
_UNFIT: Final = re.compile(r"\\")
"""Some crons take a backslash for themselves, others hand it on."""
_ALTERED: Final = re.compile(rb"\\r$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cron:
    """The user's crontab."""

    machine: Machine
    name: str = "cron"

    def answers(self) -> bool:
        """Tell whether the user may have a crontab, and it can be read."""
        done = self._listed()
        return done.code == 0 or _none_yet(done)

    def pieces(self, job: Job) -> tuple[Piece, ...]:
        """Return the lines with their marks."""
        return (Piece("crontab", _block(job).decode("utf-8", "replace")),)

    def install(self, job: Job) -> None:
        """Put the lines in place of the former ones, or at the end.

        Raises as `_content` and `_refuse_altered`, and ConfigurationWrong("scheduler-refused").
        """
        former = self._content()
        block = _block(job)
        found = _blocks(former, job)
        if found:
            first = found[0].start()
            rest = _without(former[first:], job)
            wanted = former[:first] + block + rest
        else:
            wanted = _ended(former) + block
        if wanted != former:
            _refuse_altered(former)
            self.machine.tell("crontab", "-", stdin=_ended(wanted))

    def look(self, job: Job) -> Standing | None:
        """Tell whether the lines stand there; cron itself tells nothing."""
        done = self._listed()
        found = _blocks(done.out, job) if done.code == 0 else []
        return Standing(current=[match[0] for match in found] == [_block(job)], active=True) if found else None

    def remove(self, job: Job) -> bool:
        """Take the lines out; a crontab that holds nothing else goes with them. Raises as `install`."""
        done = self._listed()
        if done.code == NOT_FOUND or "not allowed" in done.err.lower():
            return False
        former = self._content()
        if not _blocks(former, job):
            return False
        _refuse_altered(former)
        rest = _without(former, job)
        if rest:
            self.machine.tell("crontab", "-", stdin=_ended(rest))
        else:
            self.machine.tell("crontab", "-r")
        job.log.unlink(missing_ok=True)
        return True

    def _content(self) -> bytes:
        """Return the crontab; empty where there is none. Raises ConfigurationWrong("crontab-not-readable")."""
        done = self._listed()
        if done.code == 0:
            return done.out
        if _none_yet(done):
            return b""
        raise ConfigurationWrong("crontab-not-readable", reason=done.err.strip() or f"exit code {done.code}")

    def _listed(self) -> Done:
        return self.machine.ask("crontab", "-l")


def _refuse_altered(content: bytes) -> None:
    r"""Raise ConfigurationWrong("crontab-carriage-returns") where a listing is not what the crontab holds.

    Debian's crontab -l prints a carriage return as the two characters \r, so what was listed can't be written back.
    """
    if _ALTERED.search(content):
        raise ConfigurationWrong("crontab-carriage-returns")


def _none_yet(done: Done) -> bool:
    """Tell whether the answer says that the user has no crontab: in the words of Vixie's cron, or of BusyBox's."""
    said = done.err.lower()
    return done.code not in (0, NOT_FOUND) and ("no crontab" in said or "no such file" in said)


def _block(job: Job) -> bytes:
    """Return the lines of a job with their marks. Raises ConfigurationWrong("schedule-path")."""
    variables = [f"{name}={value}" for name, value in job.environment.items()]
    for text in (*variables, *job.command, str(job.log)):
        refuse(_UNFIT, text)
    # `env`, because the crontab may name a shell that knows no assignment before a command.
    command = " ".join(map(_quoted, ("/usr/bin/env", *variables, *job.command)))
    return (
        f"# >>> {job.name}: written by gsync schedule install; gsync schedule remove takes it away\n"
        # The shell makes the log, before gsync can see to its own files.
        f"{_times(job)} umask 077; {command} >/dev/null 2>{_quoted(str(job.log))}\n"
        f"# <<< {job.name}\n"
    ).encode()


def _quoted(text: str) -> str:
    r"""Return a text as one word of the shell.

    A percent sign would end the command for most crons; outside the quotes `\%` is one for those that take the
    backslash away and for those that leave it to the shell.
    """
    return r"\%".join(shlex.quote(part) if part else "" for part in text.split("%")) or "''"


def step(minutes: int) -> int:
    """Return the interval in minutes at which cron starts a job that is due every `minutes`.

    cron knows only intervals that fit an hour or a day. One that divides the wanted one hits it; where none above a
    quarter does, a run comes late by a quarter at most. What is not due is left alone.
    """
    quarter = minutes / 4
    exact = [step for step in _STEPS if minutes % step == 0 and step >= quarter]
    return max(exact or [step for step in _STEPS if step <= quarter] or [1])


def _times(job: Job) -> str:
    """Return the five fields of time, as lists, which every cron knows; each job has minutes of its own."""
    every = step(job.minutes)
    own = zlib.crc32(f"{job.name} {job.log}".encode("utf-8", "replace"))
    if every == 1:
        return "* * * * *"
    if every < _HOUR:
        return f"{_listing(own % every, _HOUR, every)} * * * *"
    hours = every // _HOUR
    at = "*" if hours == 1 else _listing(own // _HOUR % hours, 24, hours)
    return f"{own % _HOUR} {at} * * *"


def _listing(first: int, end: int, every: int) -> str:
    return ",".join(map(str, range(first, end, every)))


def _blocks(content: bytes, job: Job) -> list[re.Match[bytes]]:
    """Return where the lines of a job stand. Raises ConfigurationWrong("crontab-damaged") where a mark is missing."""
    name = re.escape(job.name.encode())
    begin, end = rb"^# >>> " + name + rb":[^\n]*\n", rb"^# <<< " + name + rb"[ \t\r]*(?:\n|\Z)"
    found = list(re.finditer(begin + rb".*?" + end, content, re.MULTILINE | re.DOTALL))
    marks = [len(re.findall(mark, content, re.MULTILINE)) for mark in (begin, end)]
    if marks != [len(found), len(found)]:
        raise ConfigurationWrong("crontab-damaged", job=job.name)
    return found


def _ended(content: bytes) -> bytes:
    """Return a crontab with an end to its last line: crontab takes no other."""
    return content if not content or content.endswith(b"\n") else content + b"\n"


def _without(content: bytes, job: Job) -> bytes:
    for match in reversed(_blocks(content, job)):
        content = content[: match.start()] + content[match.end() :]
    return content
