"""The `fields` parameter of every Google API: a partial answer, for example "connections(names,metadata/sources)"."""

from typing import Any

from gsync_cli.sandbox.google.errors import invalid

Tree = dict[str, "Tree"]


def select(value: Any, fields: str) -> Any:
    """Return the part of an answer that `fields` asks for. Raises ApiError where it can't be read."""
    tree, rest = _list(fields.replace(" ", ""))
    if rest:
        raise invalid(f"Invalid field selection {fields}", "fields")
    return _pick(value, tree)


def _list(text: str) -> tuple[Tree, str]:
    tree: Tree = {}
    while True:
        text = _item(text, tree)
        if not text.startswith(","):
            return tree, text
        text = text[1:]


def _item(text: str, into: Tree) -> str:
    """Read one item, "a", "a/b" or "a(b,c)", into the tree; return what follows."""
    end = next((place for place, letter in enumerate(text) if letter in ",/()"), len(text))
    name, rest = text[:end], text[end:]
    if not name:
        raise invalid(f"Invalid field selection {text}", "fields")
    below = into.setdefault(name, {})
    if rest.startswith("/"):
        return _item(rest[1:], below)
    if rest.startswith("("):
        inner, rest = _list(rest[1:])
        below.update(inner)
        if not rest.startswith(")"):
            raise invalid(f"Invalid field selection {text}", "fields")
        return rest[1:]
    return rest


def _pick(value: Any, tree: Tree) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: _pick(value[name], below) for name, below in tree.items() if name in value}
    return value
