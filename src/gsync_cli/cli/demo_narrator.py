"""How the demo tells its story: folded to the width of the terminal, commands and what they print set apart."""

import shutil
from collections.abc import Iterator, Sequence
from typing import Final

from gsync_cli.cli.results import Page, width
from gsync_cli.cli.terminal import Terminal

_WIDEST: Final = 88
_NARROWEST: Final = 30
_COMMAND, _OUTPUT = "  ", "    "


class Narrator:
    """Tells each step as it happens, on stdout; says nothing with `--output json`, whose result holds it all."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    @property
    def silent(self) -> bool:
        """Whether the story comes out as data."""
        return self._terminal.json

    def opening(self, text: str) -> None:
        """Say what is going to happen."""
        self._paragraph("", text)

    def pause(self) -> None:
        """Leave a line between the story and its end."""
        self._terminal.show(Page.text)

    def scene(self, number: int, title: str, explanation: str) -> None:
        """Begin a step."""

        def part(page: Page) -> None:
            page.heading(f"{number}. {title}")
            page.text("\n".join(fold(explanation, self._columns)))

        self._terminal.show(Page.text)
        self._terminal.show(part)

    def by_hand(self, where: str, what: str) -> None:
        """Tell what a person does in the browser."""
        self._paragraph(_COMMAND, f"In {where}: {what}")

    def command(self, line: str) -> None:
        """Show a command as it is typed; one that is too long goes on in the next line, as a shell takes it."""
        folded = list(fold(f"$ {line}", self._columns - len(_COMMAND) - 2, hanging="    "))
        self._terminal.show(lambda page: page.text("\n".join(_COMMAND + row for row in _continued(folded))))

    def output(self, lines: Sequence[str], most: int | None) -> None:
        """Show what a command printed, at most that many lines of it and how many more there are; None is all."""
        rest = 0 if most is None else len(lines) - most
        shown = [*lines[:most], f"… and {rest} more lines"] if rest > 1 else lines
        rows = [row for line in shown for row in _fitted(line, self._columns - len(_OUTPUT))]
        if rows and most != 0:
            self._terminal.show(lambda page: page.text("\n".join((_OUTPUT + row).rstrip() for row in rows)))

    def check(self, says: str, holds: bool) -> None:  # noqa: FBT001  as the stage hands it on
        """Say whether something is as it must be."""
        text = "\n".join(fold(says, self._columns - 4, hanging="  "))
        self._terminal.show(lambda page: page.good(text) if holds else page.bad(text))

    def _paragraph(self, indent: str, text: str) -> None:
        rows = [indent + row for row in fold(text, self._columns - len(indent))]
        self._terminal.show(lambda page: page.text("\n".join(rows)))

    @property
    def _columns(self) -> int:
        return max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))


def fold(text: str, columns: int, hanging: str = "") -> Iterator[str]:
    """Break a text at its spaces into lines of at most that many columns; all but the first begin with `hanging`."""
    line = ""
    for word in text.split():
        if line.strip() and width(line) + 1 + width(word) > columns:
            yield line
            line = hanging + word
        else:
            line = f"{line} {word}" if line.strip() else line + word
    if line.strip():
        yield line


def _fitted(line: str, columns: int) -> Iterator[str]:
    """Fit a printed line: folded at its spaces, or cut where it is one long word, such as an address."""
    if width(line) <= columns:
        yield line
    else:
        margin = line[: len(line) - len(line.lstrip())]
        for row in fold(line, columns - len(margin), hanging="  "):
            yield margin + (row if width(row) <= columns else f"{row[: columns - 1]}…")


def _continued(rows: Sequence[str]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        yield f"{row} \\" if number < len(rows) else row
