"""HTTP as plain values: what comes in, what goes out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are lower case; `path` is still percent-encoded and starts with "/"."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://127.0.0.1"
    """Scheme, host and port that the client used."""

    @classmethod
    def of(cls, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> "Request":
        """Take a URL apart."""
        parts = urlsplit(url)
        return cls(
            method.upper(),
            parts.path or "/",
            parse_qs(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in (headers or {}).items()},
            body,
            f"{parts.scheme}://{parts.netloc}",
        )

    def argument(self, name: str, default: str = "") -> str:
        """Return the last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def json(self) -> Any:
        """Parse the body. Raises ValueError."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """Parse a form body; the last value of each name."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `headers` are pairs, since Set-Cookie comes more than once."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_json(cls, status: int, value: object, *headers: tuple[str, str]) -> "Response":
        """Answer with JSON."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, (("Content-Type", "application/json; charset=utf-8"), *headers))

    @classmethod
    def of_html(cls, status: int, text: str, *headers: tuple[str, str]) -> "Response":
        """Answer with a page."""
        return cls(status, text.encode(), (("Content-Type", "text/html; charset=utf-8"), *headers))
