"""What a command gives back, and the page on which it shows itself.

A command returns a `Result` and prints nothing: the terminal makes JSON of its `data`, or lets it `show` itself on a
`Page`. So text and JSON can't disagree, and a test can ask the object.
"""

import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gsync_cli.cli.words import render
from gsync_cli.errors import GsyncError

if TYPE_CHECKING:
    from rich.table import Table

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BREAK = re.compile(r"\s*[\n\t]\s*")
_GREEN, _RED, _YELLOW, _BOLD, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
_LONGEST_WORD = 30
_BETWEEN_COLUMNS = 3
_ASCII = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "—": "-", "→": "->", "\u00a0": " "}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong with a part of the work, in words."""

    code: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: GsyncError) -> "Problem":
        """Return an error in words."""
        message, hint = render(error)
        return cls(error.code, message, hint)


@runtime_checkable
class Result(Protocol):
    """What a command returns.

    A result of work done in part has two more attributes: `problems`, a sequence of Problem, which the terminal prints
    after the page (so `show` leaves them out), and `exit_code`, which is 0 where it is missing.
    """

    def data(self) -> Mapping[str, object]:
        """Return the `data` of the JSON envelope. Times, dates and paths are written as text."""
        ...

    def show(self, page: "Page") -> None:
        """Put the result on a page, for a person."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """What the stream that a page goes to can show."""

    width: int | None = None
    """Columns of the terminal; None for a file or a pipe, whose lines are as long as they need to be."""
    color: bool = False
    unicode: bool = True


class Page:
    """A page of text, made of headings, facts, tables and sentences. Nothing on it is markup."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where lines may be as long as they need to be."""
        return self._look.width

    def heading(self, text: str) -> None:
        """Begin a part of the page."""
        if self._lines:
            self._lines.append("")
        self._add(text, _BOLD)

    def text(self, text: object = "") -> None:
        """Put a paragraph, or a line that is meant to be copied."""
        self._add(text)

    def good(self, text: object) -> None:
        """Say that something is well."""
        self._add(f"{'✓' if self._look.unicode else 'ok:'} {text}", _GREEN)

    def bad(self, text: object) -> None:
        """Say that something failed."""
        self._add(f"{'✗' if self._look.unicode else 'failed:'} {text}", _RED)

    def warn(self, text: object) -> None:
        """Say that something wants attention."""
        self._add(f"! {text}", _YELLOW)

    def facts(self, rows: Iterable[tuple[str, object]]) -> None:
        """Put names with their values, one a line."""
        told = [(f"{name}:", _cell(value)) for name, value in rows]
        column = max((width(name) for name, _ in told), default=0)
        for name, value in told:
            self._add(f"{_padded(name, column)}  {value}".rstrip())

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Put a table: fitted to a terminal, its long cells on several lines; in a file or a pipe never cut.

        On a terminal too narrow for its words each row becomes a list of names with values.
        """
        cells = [[self._readable(_cell(value)) for value in row] for row in rows]
        if self._look.width is None:
            self._lines += _plain_table([list(columns), *cells])
        else:
            self._lines += self._fitted_table(columns, cells, self._look.width)

    def _add(self, text: object, style: str = "") -> None:
        for line in clean(str(text)).split("\n"):
            readable = self._readable(line)
            self._lines.append(f"{style}{readable}{_PLAIN}" if style and self._look.color else readable)

    def _readable(self, text: str) -> str:
        return text if self._look.unicode else text.translate(_ASCII)

    def _fitted_table(self, columns: Sequence[str], cells: list[list[str]], columns_wide: int) -> list[str]:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        widths = _widths([list(columns), *cells], columns_wide - _BETWEEN_COLUMNS * len(columns))
        if widths is None:
            return self._records(columns, cells, columns_wide)
        table = Table(box=box.SIMPLE_HEAD if self._look.unicode else box.ASCII2, header_style="bold", pad_edge=False)
        for name, wide in zip(columns, widths, strict=True):
            table.add_column(Text(name), overflow="fold", width=wide)
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        return self._drawn(table, columns_wide)

    def _records(self, columns: Sequence[str], cells: list[list[str]], columns_wide: int) -> list[str]:
        """Draw each row as a list of names with values; a column without a name gives its heading."""
        from rich.table import Table
        from rich.text import Text

        lines: list[str] = []
        for row in cells:
            lines += [""] if lines else []
            grid = Table.grid(padding=(0, 2))
            grid.add_column(no_wrap=True)
            grid.add_column(overflow="fold")
            for name, cell in zip(columns, row, strict=True):
                if name:
                    grid.add_row(Text(f"{name}:"), Text(cell))
                else:
                    lines.append(cell)
            lines += self._drawn(grid, columns_wide)
        return lines

    def _drawn(self, table: "Table", columns_wide: int) -> list[str]:
        from rich.console import Console

        look = self._look
        buffer = io.StringIO()
        console = Console(
            file=buffer, width=columns_wide, force_terminal=look.color, no_color=not look.color,
            color_system="standard" if look.color else None, legacy_windows=False, markup=False, emoji=False,
        )  # fmt: skip
        console.print(table)
        return [line.rstrip() for line in buffer.getvalue().strip("\n").split("\n")]


def clean(text: str) -> str:
    """Return a text without the control characters that could command a terminal; line breaks and tabs stay."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def plain_ascii(text: str) -> str:
    """Return a text with quotes, dashes and arrows that every stream can show."""
    return text.translate(_ASCII)


def width(text: str) -> int:
    """Return how many columns a text takes: two for a wide character, none for one that joins the one before."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _cell(value: object) -> str:
    match value:
        case None | "":
            return "—"
        case bool():
            return "yes" if value else "no"
        case str():
            return clean(_BREAK.sub(" ", value))
        case _:
            return clean(str(value))


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def _widths(rows: list[list[str]], room: int) -> list[int] | None:
    """Share the room among the columns of a table; None where words would break. A very long one is broken anyway."""
    columns = list(zip(*rows, strict=True))
    widths = [min(max(map(_longest_word, cells)), _LONGEST_WORD) for cells in columns]
    wished = [max(map(width, cells)) for cells in columns]
    spare = room - sum(widths)
    if spare < 0:
        return None
    hungry = sorted(range(len(columns)), key=lambda number: wished[number] - widths[number])
    for served, number in enumerate(hungry):
        given = min(wished[number] - widths[number], spare // (len(hungry) - served))
        widths[number] += given
        spare -= given
    return widths


def _longest_word(text: str) -> int:
    return max(map(width, text.split()), default=0)


def _plain_table(rows: list[list[str]]) -> list[str]:
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_padded(cell, wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows]
