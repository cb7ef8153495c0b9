"""Several requests in one: the JSON that `$batch` takes and answers (facts/creatio.md 2.6). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.creatio.errors import OK, body_of, message_of

if TYPE_CHECKING:
    import httpx2

BATCH_LIMIT: Final = 100
"""Parts in one `$batch` (facts/creatio.md 2.6)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One write of a batch: POST, PATCH or DELETE to `url`, relative to `odata/` ("Contact(…id…)")."""

    method: str
    url: str
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What became of one write. Status 0: the batch ended before it, and it was not carried out."""

    status: int
    body: Any = None

    @property
    def processed(self) -> bool:
        """Whether the part was reached."""
        return self.status != 0

    @property
    def ok(self) -> bool:
        """Whether it was carried out. A PATCH of a row that is not there may say so too (facts/creatio.md 2.5)."""
        return self.status in OK

    @property
    def message(self) -> str:
        """The most useful sentence of a refusal."""
        return message_of(self.body) or (f"HTTP {self.status}" if self.processed else "")


def written(number: int, part: Part) -> dict[str, object]:
    """Return a part as a batch holds it; its number is its id."""
    whole: dict[str, object] = {
        "id": str(number),
        "method": part.method,
        "url": part.url,
        "headers": {"Accept": "application/json"},
    }
    if part.body is not None:
        whole["headers"] = {"Accept": "application/json", "Content-Type": "application/json"}
        whole["body"] = part.body
    return whole


def answers_in(response: "httpx2.Response") -> dict[str, PartAnswer] | None:
    """Return the answers of a batch by the ids of their parts; None where the reply is none of a batch."""
    body = body_of(response)
    replies = body.get("responses") if isinstance(body, Mapping) else None
    if not isinstance(replies, list):
        return None
    return {
        str(reply.get("id")): PartAnswer(number_in(reply.get("status")) or 0, _unwrapped(reply.get("body")))
        for reply in replies
        if isinstance(reply, Mapping)
    }


def _unwrapped(body: Any) -> Any:
    """Return a part's body; some servers write it as text."""
    if isinstance(body, str) and body[:1] in ("{", "["):
        import json

        try:
            return json.loads(body)
        except ValueError:
            return body
    return body


def number_in(value: Any) -> int | None:
    """Read a number that may be written as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
