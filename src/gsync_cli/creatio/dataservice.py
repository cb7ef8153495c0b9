"""DataService: the records of a site in its other dialect, and its system settings (facts/creatio.md 2.9 and 5).

Columns are named as everywhere in gsync: a plain one by its name, a lookup by the path to its id, `Type/Id`. In rows
that come back a lookup is an id in lower case, or "" for none; everything else is as the site wrote it (dates are wall
clock in the user's zone, without Z).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gsync_cli.creatio.errors import (
    OK,
    SERVER_TROUBLE,
    CreatioRefusal,
    Unanswered,
    about_references,
    about_rights,
    body_of,
    message_of,
)
from gsync_cli.creatio.values import id_of
from gsync_cli.errors import GsyncError, Refused, Temporary

if TYPE_CHECKING:
    import httpx2

    from gsync_cli.creatio.session import CreatioSite

Row: TypeAlias = dict[str, Any]
Value: TypeAlias = str | int | bool | None
Condition: TypeAlias = Mapping[str, Value]
"""Columns with the values they must all have: `{"Type/Id": GOOGLE, "Login": "anna@example.com"}`."""

NOT_TOLD: Final = -1
"""What `update` and `delete` return where the site does not say how many rows there were."""
_ROOT: Final = "DataService/json/SyncReply"
_SELECT, _INSERT, _UPDATE, _DELETE = range(4)
_GUID, _TEXT, _INT, _LOOKUP, _BOOL = 0, 1, 4, 10, 12
_COLUMN, _PARAMETER = 0, 2
_COMPARISON, _GROUP, _EQUAL = 1, 6, 3
_FORBIDDEN: Final = 403
_BUSY: Final = (429, 502, 503, 504)
_OF_A_LOOKUP: Final = "/Id"
_NO_REASON: Final = "it gives no reason"
_TEXTS: Final = {"text": 1, "securetext": 24, "shorttext": 27, "mediumtext": 28, "maxsizetext": 29, "longtext": 30}
"""The dataValueType of texts, by name: some sites write that instead of the number."""
_UNREADABLE: Final = (23, 24)
"""Of texts that the site hashes or encrypts."""


class Failed(Unanswered):
    """A write that a 5xx answered: as a rule it was refused, but it may have been carried out (facts/creatio.md 2.5).

    `refusal` is what it means once somebody has seen that it was not.
    """

    def __init__(self, status: int, message: str, what: str) -> None:
        super().__init__(message)
        self.refusal = CreatioRefusal(status, message, what)


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of a system setting as the caller sees it; the own one, where there is one."""

    code: str
    value: Any = field(repr=False)
    type: int | None = None
    """Its dataValueType; None where the site does not say."""

    @property
    def is_plain_text(self) -> bool:
        """Whether the site says that it is a text which it shows as it stands."""
        return self.type in _TEXTS.values() and self.type not in _UNREADABLE

    @property
    def is_secure_text(self) -> bool:
        """Whether the site says that it is a text which it never shows."""
        return self.type in _UNREADABLE


@dataclass(frozen=True, slots=True)
class SettingsSaved:
    """What the site says of each setting that was sent to it."""

    saved: Mapping[str, bool]
    """False also for what it says nothing of."""
    message: str = ""


class DataService:
    """Reads and writes rows and system settings through one session.

    Every method raises Refused("creatio-right-missing", "creatio-access-denied") for missing rights, CreatioRefusal
    for a request the site won't carry out, and Temporary; writes raise Unanswered where nobody can say whether they
    were carried out, and are never repeated here.
    """

    def __init__(self, site: "CreatioSite") -> None:
        self.site = site

    def select(self, entity: str, columns: Iterable[str], condition: Condition | None = None) -> list[Row]:
        """Return the rows that meet the condition, all of them without one: what the site gives in one reply.

        Name no column that holds a secret: those have no business here.
        """
        names = list(dict.fromkeys(columns))
        items = {_entity_name(name): {"expression": _column(name)} for name in names}
        asked = {**_query(entity, _SELECT), "allColumns": False, "columns": {"items": items}}
        if condition:
            asked["filters"] = _filters(condition)
        answer = self._read("SelectQuery", asked, entity)
        rows = _found(answer, "rows")
        if not isinstance(rows, list):
            raise Temporary("creatio-reply-damaged", what=entity)
        return [{name: _told(row, name) for name in names} for row in rows if isinstance(row, Mapping)]

    def insert(self, entity: str, values: Mapping[str, Value]) -> str:
        """Make a row, and return its id as the site tells it, "" where it doesn't.

        Give it an `Id`: only so can one look afterwards whether it was made.
        """
        asked = {**_query(entity, _INSERT), "columnValues": _values(values)}
        return id_of(_found(self._write("InsertQuery", asked, entity), "id"))

    def update(self, entity: str, row_id: str, values: Mapping[str, Value]) -> int:
        """Change one row; return how many there were (0 or 1), or NOT_TOLD."""
        asked = {**_query(entity, _UPDATE), "isForceUpdate": False, "columnValues": _values(values)}
        return _affected(self._write("UpdateQuery", {**asked, "filters": _one_row(row_id)}, entity))

    def delete(self, entity: str, row_id: str) -> int:
        """Delete one row; return how many there were (0 or 1), or NOT_TOLD."""
        asked = {**_query(entity, _DELETE), "filters": _one_row(row_id)}
        return _affected(self._write("DeleteQuery", asked, entity))

    def settings(self, codes: Iterable[str]) -> dict[str, Setting]:
        """Return system settings by code. One that the site does not have is missing in the answer."""
        wanted = list(codes)
        answer = self._read("QuerySysSettings", {"sysSettingsNameCollection": wanted}, "system settings")
        values = _found(answer, "values")
        if not isinstance(values, Mapping):
            raise Temporary("creatio-reply-damaged", what="system settings")
        absent = _found(answer, "notFoundSettings")
        gone = {str(code).casefold() for code in absent} if isinstance(absent, list) else set()
        told = {str(code).casefold(): value for code, value in values.items()}
        return {
            code: _setting(code, told[code.casefold()])
            for code in wanted
            if code.casefold() in told and code.casefold() not in gone
        }

    def write_settings(self, values: Mapping[str, Value]) -> SettingsSaved:
        """Write the values that system settings have for everybody, and return what the site says of each.

        Whether the answer as a whole says `success` proves nothing (facts/creatio.md 5).
        """
        asked = {"isPersonal": False, "sysSettingsValues": dict(values)}
        response = self._send("PostSysSettingsValues", asked, repeatable=False)
        answer = self._answered(response, "system settings", written=True)
        result = _found(answer, "saveResult")
        told = {str(code).casefold(): saved for code, saved in result.items()} if isinstance(result, Mapping) else {}
        if not told and not _succeeded(answer):
            raise self._refusal(response, answer, "system settings")
        return SettingsSaved({code: _yes(told.get(code.casefold())) for code in values}, message_of(answer))

    def _read(self, operation: str, asked: Mapping[str, object], what: str) -> Mapping[str, Any]:
        response = self._send(operation, asked, repeatable=True)
        answer = self._answered(response, what, written=False)
        if not _succeeded(answer):
            raise self._refusal(response, answer, what)
        return answer

    def _write(self, operation: str, asked: Mapping[str, object], what: str) -> Mapping[str, Any]:
        response = self._send(operation, asked, repeatable=False)
        answer = self._answered(response, what, written=True)
        if not _succeeded(answer):
            raise self._refusal(response, answer, what)
        return answer

    def _send(self, operation: str, asked: Mapping[str, object], *, repeatable: bool) -> "httpx2.Response":
        path = f"{_ROOT}/{operation}"
        return self.site.request("POST", path, json=asked, repeatable=repeatable, only_gateways=repeatable)

    def _answered(self, response: "httpx2.Response", what: str, *, written: bool) -> Mapping[str, Any]:
        """Return the body of an answer that may say yes or no; raise for one that can't."""
        status, answer = response.status_code, body_of(response)
        if status in OK and isinstance(answer, Mapping):
            return answer
        if status in _BUSY:
            if written and status in SERVER_TROUBLE:
                raise Unanswered(message_of(answer) or f"HTTP {status}")
            raise Temporary("creatio-unavailable", status=status, message=message_of(answer))
        final = about_rights(answer) or about_references(answer)
        if written and not final and status in SERVER_TROUBLE:
            raise Failed(status, message_of(answer) or f"HTTP {status}", what)
        if written and status in OK:
            raise Unanswered("the reply can't be read")
        if status in OK:
            raise Temporary("creatio-reply-damaged", what=what)
        raise self._refusal(response, answer, what)

    def _refusal(self, response: "httpx2.Response", answer: object, what: str) -> GsyncError:
        status, message = response.status_code, message_of(answer)
        if status == _FORBIDDEN or about_rights(answer):
            return Refused("creatio-right-missing", user=self.site.account.name, what=what, message=message)
        if status in OK and not message:
            return CreatioRefusal(status, _NO_REASON, what, silent=True)
        return CreatioRefusal(status, message or f"HTTP {status}", what)


def is_lookup(column: str) -> bool:
    """Tell whether a column is the path to the id of a lookup: `Type/Id`."""
    return column.endswith(_OF_A_LOOKUP)


def _entity_name(column: str) -> str:
    """Return the name by which DataService knows a column: lookups without their Id."""
    return column.removesuffix(_OF_A_LOOKUP)


def _query(entity: str, operation: int) -> dict[str, object]:
    return {"rootSchemaName": entity, "operationType": operation}


def _column(name: str) -> dict[str, object]:
    return {"expressionType": _COLUMN, "columnPath": _entity_name(name)}


def _parameter(name: str, value: Value) -> dict[str, object]:
    return {"expressionType": _PARAMETER, "parameter": {"dataValueType": _type(name, value), "value": value}}


def _type(name: str, value: Value) -> int:
    if is_lookup(name):
        return _LOOKUP
    if name == "Id":
        return _GUID
    if isinstance(value, bool):
        return _BOOL
    return _INT if isinstance(value, int) else _TEXT


def _values(values: Mapping[str, Value]) -> dict[str, object]:
    return {"items": {_entity_name(name): _parameter(name, value) for name, value in values.items()}}


def _filters(condition: Condition) -> dict[str, object]:
    """Return a group of comparisons that must all hold."""
    items = {
        f"by{number}": {
            "filterType": _COMPARISON,
            "comparisonType": _EQUAL,
            "isEnabled": True,
            "leftExpression": _column(name),
            "rightExpression": _parameter(name, value),
        }
        for number, (name, value) in enumerate(condition.items())
    }
    return {"filterType": _GROUP, "logicalOperation": 0, "isEnabled": True, "items": items}


def _one_row(row_id: str) -> dict[str, object]:
    """Return the filter for one row. Without a filter, a write hits all rows (facts/creatio.md 2.9)."""
    if not id_of(row_id):
        raise ValueError("a row is changed by its id, and there is none")
    return _filters({"Id": id_of(row_id)})


def _found(body: Mapping[str, Any], name: str) -> Any:
    """Return the value under a key, whatever its case; None where there is none."""
    return next((value for key, value in body.items() if key.casefold() == name.casefold()), None)


def _told(row: Mapping[str, Any], name: str) -> Any:
    value = _found(row, _entity_name(name))
    if not is_lookup(name):
        return value
    if value is None:
        value = _found(row, name.replace("/", ""))
    return id_of(_found(value, "value") if isinstance(value, Mapping) else value)


def _setting(code: str, told: Any) -> Setting:
    if not isinstance(told, Mapping):
        return Setting(code, told)
    kind = _found(told, "dataValueType")
    try:
        number = None if kind is None else int(kind)
    except (TypeError, ValueError):
        number = _TEXTS.get(str(kind).casefold())
    return Setting(code, _found(told, "value"), number)


def _yes(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().casefold() == "true")


def _succeeded(answer: Mapping[str, Any]) -> bool:
    """Tell whether an answer says yes; one that does not say `success` does so unless it holds an error."""
    success = _found(answer, "success")
    return _yes(success) if success is not None else not message_of(answer)


def _affected(answer: Mapping[str, Any]) -> int:
    try:
        return max(int(_found(answer, "rowsAffected")), NOT_TOLD)
    except (TypeError, ValueError):
        return NOT_TOLD
