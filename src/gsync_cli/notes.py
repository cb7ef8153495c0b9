"""Notes: HTML in Creatio, plain text in Google.

A line of text is a paragraph of HTML and the other way round, as the editor of Creatio makes them (Enter begins a new
paragraph). So `text_of(html_of(text)) == tidy(text)`, and notes that somebody formatted in Creatio are only rewritten
when the text itself changed.
"""

import re
from html import escape, unescape
from html.parser import HTMLParser
from typing import Final

_NBSP: Final = "\u00a0"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_BLOCKS: Final = frozenset(
    (
        *("address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"),
        *("nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    )
)
_INLINE: Final = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "big", "br", "button", "caption", "cite", "code", "del", "dfn", "em", "font"),
        *("i", "img", "input", "ins", "kbd", "label", "mark", "o:p", "q", "s", "samp", "small", "span", "strike"),
        *("strong", "sub", "sup", "td", "th", "time", "tt", "u", "var", "wbr"),
    )
)
_UNSEEN: Final = frozenset(("head", "script", "style", "template", "title"))
_DOCUMENT: Final = frozenset(("body", "html", "meta", "link"))
_KNOWN: Final = _BLOCKS | _INLINE | _UNSEEN | _DOCUMENT
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9:]*)(?:\s[^<>]*)?/?>|<!--|<!doctype", re.IGNORECASE)
_LISTS: Final = ("ol", "ul")


def tidy(text: str) -> str:
    """Return text as it is compared: lines ended by a line feed, no blank space at their ends or around the whole."""
    lines = _CONTROL.sub("", text.replace("\t", "    ").replace(_NBSP, " ")).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def text_of(html: str) -> str:
    """Return what a person reads in notes from Creatio. Notes without any mark-up are returned as they are, tidied."""
    if not _is_html(html):
        return tidy(_ENTITY.sub(lambda entity: unescape(entity.group()), html))
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tidy(reader.text())


def html_of(text: str) -> str:
    """Return text as Creatio's editor would have it: a paragraph a line; `""` for no text."""
    tidied = tidy(text)
    return "".join(f"<p>{_line(line)}</p>" for line in tidied.split("\n")) if tidied else ""


def _line(text: str) -> str:
    # HTML shows a run of blanks as one, and none at the beginning; the editor keeps them as no-break spaces.
    kept = re.sub(r"^ | (?= )", "&nbsp;", escape(text, quote=False))
    return kept or "&nbsp;"


def _is_html(text: str) -> bool:
    return any(tag.group(1) is None or tag.group(1).lower() in _KNOWN for tag in _TAG.finditer(text))


class _Reader(HTMLParser):
    """Collects lines. Blank space counts as in a browser; a no-break space stands for itself until the end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._begun = False
        """Whether the present line exists although nothing is in it yet: inside a paragraph, after a break."""
        self._unseen = 0
        self._preformatted = 0
        self._counters: list[int | None] = []
        """The lists we are in: the last number of an ordered one, None for bullets."""
        self._links: list[tuple[str, int, int]] = []

    def text(self) -> str:
        self._end_line()
        return "\n".join(self._lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._break_line()
        elif tag == "img":
            self.handle_data(given.get("alt") or "")
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self._lines), len(self._line)))
        elif tag in ("td", "th") and self._line:
            self._line += " "
        elif tag in _BLOCKS:
            self._start_block(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("br", "img", "hr"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in _BLOCKS:
            self._end_line()
            if tag in _LISTS and self._counters:
                self._counters.pop()
            elif tag == "pre":
                self._preformatted = max(0, self._preformatted - 1)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._preformatted:
            first, *rest = data.replace("\r\n", "\n").split("\n")
            self._line += first
            for line in rest:
                self._break_line()
                self._line += line
            return
        joined = _BLANKS.sub(" ", data)
        if not self._line or self._line.endswith(" "):
            joined = joined.removeprefix(" ")
        self._line += joined

    def _start_block(self, tag: str) -> None:
        self._end_line()
        if tag in _LISTS:
            self._counters.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._line = self._bullet()
        elif tag == "pre":
            self._preformatted += 1
        self._begun = tag in ("p", "li")

    def _bullet(self) -> str:
        # The indent must survive the stripping of blanks at the beginning of a line.
        indent = _NBSP * 2 * max(0, len(self._counters) - 1)
        if not self._counters or self._counters[-1] is None:
            return f"{indent}- "
        self._counters[-1] += 1
        return f"{indent}{self._counters[-1]}. "

    def _break_line(self) -> None:
        self._lines.append(self._line)
        self._line = ""
        self._begun = False

    def _end_line(self) -> None:
        """End the line, if there is one: a break just before the end of a paragraph shows no empty line."""
        if self._line or self._begun:
            self._lines.append(self._line)
        self._line = ""
        self._begun = False

    def _end_link(self, href: str, line: int, start: int) -> None:
        """Add the address to the words of a link, unless the words already are the address."""
        if line != len(self._lines):
            return
        words = self._line[start:].strip()
        address = href.removeprefix("mailto:").removeprefix("tel:")
        bare = re.sub(r"^https?://", "", address).rstrip("/")
        if (
            not address
            or address.startswith(("#", "javascript:"))
            or bare == re.sub(r"^https?://", "", words).rstrip("/")
        ):
            return
        self._line = f"{self._line.rstrip()} ({address})" if words else self._line + address
