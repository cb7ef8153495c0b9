"""Pages of listings, as the cloud's APIs cut them."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from gsync_cli.sandbox.google.errors import invalid

T = TypeVar("T")


def page(items: Sequence[T], query: Mapping[str, Any], *, usual: int, most: int) -> tuple[Sequence[T], dict[str, str]]:
    """Return one page of a listing, and `{"nextPageToken"}` where more follows. Raises ApiError (400)."""
    size = query.get("pageSize", 0)
    if size < 0:
        raise invalid("The page size must not be negative.", "page_size")
    start = _offset(query.get("pageToken", ""))
    end = start + min(size or usual, most)
    return items[start:end], ({"nextPageToken": _token(end)} if end < len(items) else {})


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from {offset}".encode()).decode()


def _offset(token: str) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from "))
    except (ValueError, binascii.Error):
        raise invalid("The page token is not valid.", "page_token") from None
