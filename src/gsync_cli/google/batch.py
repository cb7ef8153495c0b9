"""Several requests in one: multipart/mixed, as Google's batch addresses take and answer it (facts/google.md 7.17, 8.7).

Pure: texts in, texts out. The library's own batches are not used, since they go to Google whatever endpoint is set
(facts 8.8), lose what a callback does not take, and leave no way to see which part came to nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Final
from urllib.parse import urlsplit

BOUNDARY: Final = "gsync_part_of_a_batch"
CONTENT_TYPE: Final = f'multipart/mixed; boundary="{BOUNDARY}"'


@dataclass(frozen=True, slots=True)
class Inner:
    """A request inside a batch."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class InnerAnswer:
    """The answer to a request inside a batch."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def encode(requests: Sequence[Inner]) -> bytes:
    """Return the body of a batch; each request is named by its place."""
    lines: list[str] = []
    for place, request in enumerate(requests):
        url = urlsplit(request.url)
        target = f"{url.path}?{url.query}" if url.query else url.path
        lines += [
            f"--{BOUNDARY}",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            f"Content-ID: <gsync + {place}>",
            "",
            f"{request.method} {target} HTTP/1.1",
            f"Host: {url.netloc}",
            *(f"{name}: {value}" for name, value in request.headers.items()),
        ]
        if request.body:
            lines += [f"Content-Length: {len(request.body.encode())}", "", request.body]
        else:
            lines += ["", ""]
    return "\r\n".join([*lines, f"--{BOUNDARY}--", ""]).encode()


def decode(content_type: str, content: bytes, count: int) -> dict[int, InnerAnswer]:
    """Return place -> answer, as far as the body of the answer shows them.

    A part that names no place counts by its own one, if there is a part for each request.
    """
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    parts = message.get_payload()
    if not message.is_multipart() or not isinstance(parts, list):
        return {}
    found: dict[int, InnerAnswer] = {}
    for number, part in enumerate(parts):
        raw = part.get_payload(decode=True)
        answer = _answer(raw) if isinstance(raw, bytes) else None
        named = _place(str(part.get("Content-ID") or ""))
        place = named if named is not None else number if len(parts) == count else None
        if answer is not None and place is not None and place < count:
            found[place] = answer
    return found


def _place(content_id: str) -> int | None:
    last = content_id.strip().strip("<>").rpartition("+")[2].strip()
    return int(last) if last.isdecimal() else None


def _answer(raw: bytes) -> InnerAnswer | None:
    """Read an HTTP answer; None where it was cut off."""
    status_line, _, rest = raw.lstrip().partition(b"\n")
    words = status_line.split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():  # noqa: PLR2004  HTTP/1.1 200
        return None
    message = BytesParser().parsebytes(rest)
    content = message.get_payload(decode=True)
    body = content.strip() if isinstance(content, bytes) else b""
    if body.startswith(b"{") and not _is_json(body):
        return None
    return InnerAnswer(int(words[1]), {name.lower(): value for name, value in message.items()}, body)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
