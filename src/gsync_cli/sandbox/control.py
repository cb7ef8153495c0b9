"""The control API below /sandbox/: look at the state, move the clock, plan failures, act as a person would.

- `GET state`: contacts and groups of every Google account, and Creatio's contacts.
- `GET requests`, `DELETE requests`: the request log.
- `GET faults`, `POST faults` (the arguments of `Faults.add`), `DELETE faults`.
- `GET clock`, `POST clock` with `{"advance": seconds}`.
- `POST google/EMAIL/ACTION`: a person's hand in Google Contacts, `{"arguments": […], "fields": {…}}` for `Account`.
- `POST creatio/ACTION`: the first user's hand in Creatio, likewise for `Desk`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from gsync_cli.sandbox.creatio.refusals import Refusal
from gsync_cli.sandbox.google.errors import ApiError
from gsync_cli.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from gsync_cli.sandbox.world import Sandbox

ACTIONS = frozenset(
    (
        "add",
        "edit",
        "delete",
        "merge",
        "join",
        "leave",
        "add_group",
        "rename_group",
        "delete_group",
        "rename_resource",
        "contact",
        "contacts",
        "groups",
        "find",
    )
)


DESK_ACTIONS = frozenset(
    (
        "add_person",
        "edit_contact",
        "delete_contact",
        "contact",
        "contacts",
        "communications",
        "add_communication",
        "change_communication",
        "delete_communication",
        "addresses",
        "add_address",
        "change_address",
        "delete_address",
        "create_tag",
        "rename_tag",
        "delete_tag",
        "tag_named",
        "tag",
        "untag",
        "tagged",
    )
)


def handle(sandbox: "Sandbox", request: Request) -> Response:
    """Answer a request; its path begins below /sandbox."""
    parts = [unquote(part) for part in request.path.strip("/").split("/")]
    try:
        answer = _answer(sandbox, request, parts)
    except (ValueError, TypeError, LookupError, ApiError, Refusal) as error:
        return Response.of_json(HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}"})
    if answer is None:
        return Response.of_json(HTTPStatus.NOT_FOUND, {"error": f"no {request.method} /sandbox{request.path}"})
    return Response.of_json(HTTPStatus.OK, json.loads(json.dumps(answer, default=_plain)))


def _answer(sandbox: "Sandbox", request: Request, parts: list[str]) -> dict[str, Any] | None:
    match request.method, parts:
        case method, [name] if (method, name) in _ROUTES:
            return _ROUTES[method, name](sandbox, request)
        case "POST", ["google", email, action] if action in ACTIONS:
            return _act(sandbox.google.account(email), action, request)
        case "POST", ["creatio", action] if action in DESK_ACTIONS:
            return _act(sandbox.creatio.desk(), action, request)
    return None


def _state(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    google = {
        email: {"contacts": account.contacts(), "groups": account.groups()}
        for email, account in sandbox.google.accounts.items()
    }
    return {"google": google, "creatio": {"contacts": sandbox.creatio.desk().contacts()}}


def _requests(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    entries = [{**asdict(entry), "at": entry.at.isoformat()} for entry in sandbox.log]
    return {"counts": sandbox.counts(), "requests": entries}


def _forget_requests(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    sandbox.log.clear()
    return {}


def _faults(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    return {"faults": [asdict(fault) for fault in sandbox.faults.planned]}


def _plan_fault(sandbox: "Sandbox", request: Request) -> dict[str, Any]:
    return asdict(sandbox.faults.add(**request.json()))


def _forget_faults(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    sandbox.faults.clear()
    return {}


def _clock(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    return {"now": sandbox.clock.now().isoformat()}


def _advance(sandbox: "Sandbox", request: Request) -> dict[str, Any]:
    sandbox.clock.advance(float(request.json()["advance"]))
    return _clock(sandbox, request)


_ROUTES: Final[dict[tuple[str, str], Callable[["Sandbox", Request], dict[str, Any]]]] = {
    ("GET", "state"): _state,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget_requests,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _plan_fault,
    ("DELETE", "faults"): _forget_faults,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _advance,
}


def _act(person: object, action: str, request: Request) -> dict[str, Any]:
    said = request.json() if request.body else {}
    return {"result": getattr(person, action)(*said.get("arguments", []), **said.get("fields", {}))}


def _plain(value: object) -> object:
    """Return what JSON has no form for as a list or as text."""
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
