"""The official contract: requests and answers against the discovery documents of google-api-python-client.

The documents are found without importing that library. Schemas are compiled once by fastjsonschema; only a request
that does not fit is walked through slowly, to read what proto3 JSON also allows (null for absent, "12" for 12) and to
word the refusal as Google does.
"""

import functools
import importlib.util
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gsync_cli.sandbox.google.errors import ApiError, invalid

Schema = Mapping[str, Any]
SYSTEM_PARAMETERS = frozenset(
    ("$alt", "$callback", "$ct", "$fields", "$httpHeaders", "$key", "$prettyPrint", "$quotaUser", "$userProject")
)
"""What every API of Google takes beside its own parameters, and no document lists (facts/google.md 1.10)."""
_NULL_CLEARS = frozenset(("calendar.v3",))
"""Where a null in a body is told from what is absent: a patch clears by it (facts/google.md 7.6)."""
INTEGER_ENUMS = "enum-encoding=int"
_MOUNT = re.compile(r"\{\+?(\w+)\}")


class AnswerViolation(AssertionError):
    """An answer of the sandbox itself is not what the discovery document promises: a defect of the sandbox."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method of an API, as its document describes it."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Schema]
    request: str
    response: str
    scopes: frozenset[str]

    @property
    def rpc(self) -> str:
        """The name that errors use, for example people.connections.list."""
        return self.id


class Api:
    """One API: finds the method of a request, reads its parameters and body, checks the answer."""

    def __init__(self, name: str) -> None:
        self.document = _document(name)
        self._keeps_null = name in _NULL_CLEARS
        self._schemas: Mapping[str, Schema] = self.document["schemas"]
        self._globals: Mapping[str, Schema] = self.document["parameters"]
        self._definitions = {key: _json_schema(schema) for key, schema in self._schemas.items()}
        self.methods = tuple(_methods(self.document, self.document.get("servicePath", "")))
        self._check = functools.cache(self._compile)

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """Return the method that answers to `path` (percent-encoded) and its path parameters."""
        plain = unquote(path)
        for method in self.methods:
            if method.verb == verb and (match := method.path.fullmatch(plain)):
                return method, match.groupdict()
        return None

    def read_query(self, method: Method, query: Mapping[str, list[str]]) -> dict[str, Any]:
        """Return the query parameters with their types. Raises ApiError."""
        read: dict[str, Any] = {}
        for name, values in query.items():
            if name in SYSTEM_PARAMETERS:
                read[name] = values[-1]
                continue
            if name == "alt" and ";" in values[-1]:
                read[name], read["$alt"] = values[-1].partition(";")[0], values[-1]
                continue
            schema = method.parameters.get(name) or self._globals.get(name)
            if schema is None or schema.get("location") == "path":
                raise invalid(
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. Field '
                    f"'{name}' could not be found in request message."
                )
            if schema.get("repeated"):
                read[name] = [_parameter(name, schema, value) for value in values]
            elif len(values) > 1:
                raise invalid(
                    f'Invalid JSON payload received. Unknown name "{name}": Proto field is not repeating, cannot '
                    "start list."
                )
            else:
                read[name] = _parameter(name, schema, values[0])
        return read

    def read_body(self, method: Method, body: bytes) -> dict[str, Any]:
        """Return the body, normalised. Raises ApiError."""
        if not method.request:
            if body.strip():
                raise invalid("Request body must be empty.")
            return {}
        try:
            value = json.loads(body or b"{}")
        except ValueError:
            raise invalid("Invalid JSON payload received. Unexpected token.") from None
        if self._fits(method.request, value):
            return dict(value)
        problems: list[tuple[str, str]] = []
        prefix = "person" if method.request == "Person" else ""
        read = self._walk({"$ref": method.request}, value, prefix, problems)
        if problems:
            message = "\n".join(problem for _, problem in problems)
            violations = [{"field": field, "description": problem} for field, problem in problems]
            raise ApiError(
                "INVALID_ARGUMENT",
                message,
                details=[{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}],
            )
        return dict(read or {})

    def check_answer(self, method: Method, value: object) -> None:
        """Raise AnswerViolation where an answer does not fit the document."""
        if method.response and not self._fits(method.response, value):
            raise AnswerViolation(f"{method.id} answers what is not a {method.response}: {self._why(method, value)}")

    def numbered(self, method: Method, value: Any) -> Any:
        """Return an answer with its enums as numbers, as `$alt=json;enum-encoding=int` asks for.

        The documents don't tell the numbers; they list the names in the order of them.
        """
        return self._numbered({"$ref": method.response}, value)

    def _numbered(self, schema: Schema, value: Any) -> Any:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"]]
        if isinstance(value, list):
            return [self._numbered(schema["items"], item) for item in value]
        if isinstance(value, dict):
            if "@type" in value:
                schema = self._schemas.get(value["@type"].rpartition(".")[2], schema)
            known, other = schema.get("properties", {}), schema.get("additionalProperties", {})
            return {name: self._numbered(known.get(name) or other, item) for name, item in value.items()}
        return list(schema["enum"]).index(value) if value in schema.get("enum", ()) else value

    def _fits(self, name: str, value: object) -> bool:
        import fastjsonschema

        try:
            self._check(name)(value)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    def _compile(self, name: str) -> Callable[[object], object]:
        import fastjsonschema

        whole = {"$ref": f"#/definitions/{name}", "definitions": self._definitions}
        check: Callable[[object], object] = fastjsonschema.compile(whole, use_default=False, detailed_exceptions=False)
        return check

    def _why(self, method: Method, value: object) -> str:
        problems: list[tuple[str, str]] = []
        self._walk({"$ref": method.response}, value, "", problems)
        return "; ".join(problem for _, problem in problems) or "null or a number written as text"

    def _walk(self, schema: Schema, value: Any, path: str, problems: list[tuple[str, str]]) -> Any:  # noqa: PLR0911
        """Read `value` as proto3 JSON: return it normalised, and add (field, problem) for what cannot be read."""
        if "$ref" in schema:
            return self._walk(self._schemas[schema["$ref"]], value, path, problems)
        kind = schema.get("type")
        if value is None or kind == "any":
            return value
        if kind == "object":
            return self._walk_object(schema, value, path, problems)
        if kind == "array":
            items = value if isinstance(value, list) else [value]
            return [
                self._walk(schema["items"], item, f"{path}[{number}]", problems) for number, item in enumerate(items)
            ]
        if isinstance(value, list | dict):
            start = "list" if isinstance(value, list) else "object"
            unread = f'Invalid JSON payload received. Unknown name "{path}": Proto field is not repeating, cannot start'
            problems.append((path, f"{unread} {start}."))
            return None
        try:
            return _scalar(schema, value)
        except ValueError:
            problems.append((path, f"Invalid value at '{_snake(path)}' ({_type_name(schema)}), {json.dumps(value)}"))
            return None

    def _walk_object(self, schema: Schema, value: Any, path: str, problems: list[tuple[str, str]]) -> Any:
        if not isinstance(value, dict):
            problems.append((path, f"Invalid value at '{_snake(path)}' (type.googleapis.com), {json.dumps(value)}"))
            return None
        read: dict[str, Any] = {}
        known: Mapping[str, Schema] = schema.get("properties", {})
        other: Schema | None = schema.get("additionalProperties")
        for name, item in value.items():
            below = f"{path}.{name}" if path else name
            part = known.get(name) or other
            if part is None:
                where = f" at '{_snake(path)}'" if path else ""
                unknown = f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
                problems.append((path, unknown))
            elif item is not None or self._keeps_null:
                read[name] = self._walk(part, item, below, problems)
        return read


@functools.cache
def api(name: str) -> Api:
    """Return the API of a document such as "people.v1", read and compiled once in a process."""
    return Api(name)


def _document(name: str) -> dict[str, Any]:
    found = importlib.util.find_spec("googleapiclient")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("google-api-python-client is not installed")
    folder = Path(found.submodule_search_locations[0])
    document: dict[str, Any] = json.loads(
        (folder / "discovery_cache" / "documents" / f"{name}.json").read_text(encoding="utf-8")
    )
    return document


def _methods(part: Mapping[str, Any], base: str) -> list[Method]:
    methods = [
        Method(
            id=item["id"].split(".", 1)[1],
            verb=item["httpMethod"],
            path=_path(base + item["path"], item.get("parameters", {})),
            parameters=item.get("parameters", {}),
            request=item.get("request", {}).get("$ref", ""),
            response=item.get("response", {}).get("$ref", ""),
            scopes=frozenset(item.get("scopes", ())),
        )
        for item in part.get("methods", {}).values()
    ]
    for resource in part.get("resources", {}).values():
        methods += _methods(resource, base)
    return methods


def _path(template: str, parameters: Mapping[str, Schema]) -> re.Pattern[str]:
    """Make "v1/{+resourceName}/connections" a pattern; a name never swallows the verb after a colon."""
    pattern, at = "/", 0
    for mount in _MOUNT.finditer(template):
        shape = parameters[mount[1]].get("pattern", "^[^/]+$").strip("^$").replace("[^/]+", "[^/:]+")
        pattern += f"{re.escape(template[at : mount.start()])}(?P<{mount[1]}>{shape})"
        at = mount.end()
    return re.compile(pattern + re.escape(template[at:]))


def _json_schema(schema: Schema) -> dict[str, Any]:
    """Translate a discovery schema to JSON Schema; nothing that the document does not name is let through."""
    if "$ref" in schema:
        return {"$ref": f"#/definitions/{schema['$ref']}"}
    kind = schema.get("type")
    if kind == "any":
        return {}
    if kind == "array":
        return {"type": "array", "items": _json_schema(schema["items"])}
    if kind == "object":
        other = schema.get("additionalProperties")
        return {
            "type": "object",
            "properties": {name: _json_schema(item) for name, item in schema.get("properties", {}).items()},
            "additionalProperties": _json_schema(other) if other else False,
        }
    made: dict[str, Any] = {"type": kind}
    if "enum" in schema:
        made["enum"] = list(schema["enum"])
    if schema.get("format") in {"google-datetime", "date-time"}:
        made["pattern"] = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$"
    if schema.get("format") in {"int64", "uint64"}:
        made["pattern"] = r"^-?\d+$"
    return made


def _scalar(schema: Schema, value: Any) -> Any:
    """Return a scalar of the schema's type. Raises ValueError."""
    kind = schema.get("type")
    if kind == "string" and schema.get("format") in {"int64", "uint64"}:
        return str(int(value))
    if "enum" in schema and isinstance(value, int) and 0 <= value < len(schema["enum"]):
        return schema["enum"][value]
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int | str) and not isinstance(value, bool),
        "number": isinstance(value, int | float | str) and not isinstance(value, bool),
    }
    if not fits.get(str(kind), False) or ("enum" in schema and value not in schema["enum"]):
        raise ValueError(value)
    return int(value) if kind == "integer" else float(value) if kind == "number" else value


def _parameter(name: str, schema: Schema, text: str) -> Any:
    value: Any = text
    if schema.get("type") == "boolean":
        value = {"true": True, "false": False}.get(text.lower(), text)
    try:
        return _scalar(schema, value)
    except ValueError:
        message = f"Invalid value at '{_snake(name)}' ({_type_name(schema)}), {json.dumps(text)}"
        raise invalid(message, name) from None


def _type_name(schema: Schema) -> str:
    if "enum" in schema:
        return "TYPE_ENUM"
    names = {"string": "TYPE_STRING", "boolean": "TYPE_BOOL", "integer": "TYPE_INT32", "number": "TYPE_DOUBLE"}
    return names[str(schema.get("type"))]


def _snake(path: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), path)
