"""Refusals, and the four bodies in which Creatio tells them (facts/creatio.md 2.7)."""

from dataclasses import dataclass
from typing import Any, Final, Literal

GENERIC: Final = "An error has occurred."
SINCE_GENERIC_TEXTS: Final = (8, 3, 2)


@dataclass(slots=True)
class Refusal(Exception):
    """A request that is refused. `message` is the useful text; a technical one is hidden from 8.3.2 on."""

    status: int
    message: str
    type: str = "Terrasoft.Common.ItemNotFoundException"
    technical: bool = False
    form: Literal["odata", "routing"] = "odata"
    detail: str = ""

    def __str__(self) -> str:
        return self.message


def invalid_query(message: str) -> Refusal:
    """Return the refusal of a URL that OData itself can't read."""
    return Refusal(400, message, "Microsoft.OData.ODataException")


def invalid_body(message: str) -> Refusal:
    """Return the refusal of a body that OData itself can't read."""
    return Refusal(400, message, "Microsoft.OData.ODataException")


def business(message: str) -> Refusal:
    """Return the refusal of a record by the product's rules: status 500, as they come."""
    return Refusal(500, message, "Terrasoft.Common.InvalidObjectStateException")


def technical(message: str, type_: str = "System.Data.SqlClient.SqlException") -> Refusal:
    """Return a failure of the database or of the query beneath OData."""
    return Refusal(500, message, type_, technical=True)


def no_set(url: str, segment: str) -> Refusal:
    """Return the routing miss of an unknown set or path."""
    return Refusal(
        404,
        f"No HTTP resource was found that matches the request URI '{url}'.",
        form="routing",
        detail=f"No type was found that matches the controller named '{segment}'.",
    )


def body(refusal: Refusal, version: tuple[int, ...], form: str) -> dict[str, Any]:
    """Return the JSON of a refusal."""
    terse = version >= SINCE_GENERIC_TEXTS
    message = GENERIC if terse and refusal.technical else refusal.message
    if refusal.form == "routing":
        return {"Message": message, "MessageDetail": refusal.detail}
    stack = {} if terse else {"stacktrace": "   at Terrasoft.Core.Entities.Entity.Save(Boolean validateRequired)"}
    if form == "webapi":
        told = {"ExceptionMessage": message, "ExceptionType": refusal.type}
        return {"Message": GENERIC, **told, **({} if terse else {"StackTrace": stack["stacktrace"]})}
    inner: dict[str, Any] = {"message": message, "type": refusal.type, **stack}
    if refusal.status >= 500:  # noqa: PLR2004 - the useful text of a failure lies one level deeper
        inner = {"message": GENERIC, "type": "System.Exception", **stack, "internalexception": inner}
    top = GENERIC if refusal.status >= 500 else "The request is invalid."  # noqa: PLR2004
    shown: object = {"lang": "en-US", "value": top} if form == "lang" else top
    return {"error": {"code": "", "message": shown, "innererror": inner}}
