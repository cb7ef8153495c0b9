"""How values and links look in the state: JSON, and for the bulk of a link, compressed JSON."""

import json
import zlib
from typing import Any

from gsync_cli.sync.link import Half, Link
from gsync_cli.sync.record import Entry, Fields, Value


def plain(value: Value) -> Any:
    """Return a value as JSON can hold it: a text, or a sorted list of [kind, key, value]."""
    if isinstance(value, str):
        return value
    return [[entry.kind, entry.key, entry.value] for entry in sorted(value, key=lambda entry: (entry.kind, entry.key))]


def pack(link: Link) -> bytes:
    """Return the fields and originals of both halves."""
    content = [[_plain_fields(half.fields), half.original] for half in (link.creatio, link.google)]
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpack(key: int, ids: tuple[str, str], versions: tuple[str, str], label: str, halves: bytes) -> Link:
    """Return a link as `pack` and the columns beside it hold it; ids and versions are Creatio's and Google's."""
    ours, theirs = (
        Half(identity, version, {name: _value(value) for name, value in fields.items()}, original)
        for identity, version, (fields, original) in zip(
            ids, versions, json.loads(zlib.decompress(halves)), strict=True
        )
    )
    return Link(ours, theirs, label, key)


def _value(stored: Any) -> Value:
    return stored if isinstance(stored, str) else frozenset(Entry(*entry) for entry in stored)


def _plain_fields(fields: Fields) -> dict[str, Any]:
    return {name: plain(value) for name, value in sorted(fields.items())}
