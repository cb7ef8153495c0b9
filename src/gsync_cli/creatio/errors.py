"""What Creatio says when it does not do what it was asked, in all the bodies it says it in (facts/creatio.md 2.7).

CreatioRefusal (a Refused)   this one request will not be carried out: wrong, forbidden, or against a rule
Unanswered (a Temporary)     a write left and no clear answer came: it may have been carried out
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.errors import Refused, Temporary

if TYPE_CHECKING:
    import httpx2

OK: Final = range(200, 300)
REDIRECT: Final = range(300, 400)
SERVER_TROUBLE: Final = range(500, 600)

_LONGEST_MESSAGE: Final = 500
_NOT_SIGNED_IN: Final = ("authentication failed", "authorization has been denied for this request")
_INNER: Final = ("innererror", "internalexception", "innerexception")
_NESTED: Final = frozenset({*_INNER, "errorinfo", "responsestatus", "error", "exception"})
_KINDS: Final = frozenset({"errorcode", "exceptiontype", "type"})
_OPERATION: Final = re.compile(r"\bCan[A-Z][A-Za-z]{4,}\b|\b[Pp]ermissions?\b|\b[Ii]nsufficient (?:rights|privileges)")
"""A sentence comes in the user's language, and names the operation by its code all the same: CanManageSysSettings."""
_REFERENCE: Final = re.compile(r"\bREFERENCE\b|foreign key|\bORA-0229[12]\b|\b2350[13]\b", re.IGNORECASE)
"""As SQL Server, PostgreSQL and Oracle say it."""


class CreatioRefusal(Refused):
    """Creatio understood one request and will not carry it out. The rest of the run may go on without it."""

    def __init__(self, status: int, message: str, what: str = "", *, silent: bool = False) -> None:
        super().__init__("creatio-refusal", status=status, message=message, what=what)
        self.status = status
        self.message = message
        self.silent = silent
        """Whether the site just said no, without a reason (facts/creatio.md 2.9)."""


class Unanswered(Temporary):
    """A write was sent and nothing tells whether it was carried out; only looking does."""

    def __init__(self, reason: str) -> None:
        super().__init__("creatio-unanswered", reason=reason)
        self.reason = reason


def body_of(response: "httpx2.Response") -> Any:
    """Return the parsed JSON body, or None where the body is no JSON (a page, nothing, half a reply)."""
    try:
        return json.loads(response.content)
    except ValueError:
        return None


def is_page(response: "httpx2.Response") -> bool:
    """Tell whether the body is an HTML page, by its type or its beginning."""
    kind: str = response.headers.get("content-type", "")
    start: bytes = response.content[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    return "html" in kind.lower() or start[:1] == b"<"


def session_ended(response: "httpx2.Response") -> bool:
    """Tell whether an answer means that the session is over, in any of its forms (facts/creatio.md 1.4).

    They are: status 401, or the body of one behind another status; a redirect to a login page; a page where JSON is
    expected. 403 is never one: it means missing rights (facts/creatio.md 1.5).
    """
    status = response.status_code
    if status == 401:  # noqa: PLR2004
        return True
    if status in REDIRECT:
        return leads_to_login(response.headers.get("location", ""))
    if status in OK and is_page(response):
        return True
    return status != 403 and _denied(response)  # noqa: PLR2004


def leads_to_login(location: str) -> bool:
    """Tell whether a redirect goes to a login page of either runtime: `/Login/Login.html`, `/Login/NuiLogin.aspx`."""
    from urllib.parse import urlsplit

    path = urlsplit(location).path.casefold()
    return "/login/" in path or path.endswith(("/login", "login.aspx", "login.html"))


def message_of(body: object) -> str:
    """Return the most useful sentence of an error body, on one line; "" where there is none.

    The top sentence is often just "An error has occurred."; the one that says why lies deepest.
    """
    sentence = ""
    for found in _sentences(body):
        sentence = found or sentence
    return " ".join(sentence.split())[:_LONGEST_MESSAGE]


def message_in(response: "httpx2.Response") -> str:
    """Return the most useful sentence of an answer; where the body holds none, its status."""
    return message_of(body_of(response)) or f"HTTP {response.status_code}"


def about_rights(body: object) -> bool:
    """Tell whether an error body is about rights: by its code or type, or by the operation that its sentence names."""
    return _of_security(body) or _OPERATION.search(message_of(body)) is not None


def about_references(body: object) -> bool:
    """Tell whether an error body says that other rows point at a row, or that a row points at none."""
    return _REFERENCE.search(message_of(body)) is not None


def wants_less_memory(response: "httpx2.Response") -> bool:
    """Tell whether a read was refused for the memory it would take (facts/creatio.md 2.2); a smaller page may pass."""
    return response.status_code in SERVER_TROUBLE and "memory" in message_in(response).casefold()


def _of_security(body: object) -> bool:
    if not isinstance(body, Mapping):
        return False
    for key, value in body.items():
        name = key.casefold()
        if name in _KINDS and "security" in str(value).casefold():
            return True
        if name in _NESTED and _of_security(value):
            return True
    return False


def _denied(response: "httpx2.Response") -> bool:
    if b'"message"' not in response.content[:400].lower():
        return False
    body = body_of(response)
    # A record may own a column called Message; an answer with a context is data.
    if not isinstance(body, Mapping) or "@odata.context" in body:
        return False
    return _text(body, "message").casefold().rstrip(".! ") in _NOT_SIGNED_IN


def _sentences(body: object) -> Iterator[str]:
    """Yield the sentences of an error body from the outside in, the least useful first."""
    if isinstance(body, str):
        yield body
        return
    if not isinstance(body, Mapping):
        return
    for key in ("errorInfo", "responseStatus", "Exception"):
        if isinstance(nested := body.get(key), Mapping):
            yield from _sentences(nested)
    if (error := body.get("error")) is not None:
        yield from _sentences(error)
        return
    yield _text(body, "message")
    yield _text(body, "exceptionmessage")
    for name, nested in body.items():
        if name.casefold() in _INNER:
            yield from _sentences(nested)


def _text(body: Mapping[str, Any], name: str) -> str:
    """Return a sentence under a key, whatever the case of the key; some builds wrap it as `{lang, value}`."""
    for key, value in body.items():
        if key.casefold() == name:
            if isinstance(value, Mapping):
                value = value.get("value")  # noqa: PLW2901
            return value if isinstance(value, str) else ""
    return ""
