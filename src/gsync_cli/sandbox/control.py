"""The control API below /sandbox/: look at the state, move the clock, plan failures, act as a person would.

- `GET state`: contacts and groups of every Google account, and Creatio's contacts.
- `GET requests`, `DELETE requests`: the request log.
- `GET mails`: writes to calendars that may have made Google mail somebody; `DELETE mails`.
- `GET faults`, `POST faults` (the arguments of `Faults.add`), `DELETE faults`.
- `GET clock`, `POST clock` with `{"advance": seconds}`.
- `POST google/EMAIL/ACTION`: a person's hand in Google's Contacts and Calendar, `{"arguments": […], "fields": {…}}` for
  `Account`.
- `POST console/EMAIL/ACTION`: the same person before the Google console, likewise for `Console`.
- `POST administrator/EMAIL`: the access token of an administrator, as gcloud prints it.
- `GET cloud`: organizations, folders, projects with their services, and OAuth clients without their secrets.
- `GET behaviour`, `POST behaviour` with `{"name": value, …}`: how Google behaves today, the fields of `Behaviour`.
- `POST creatio/ACTION`: the first user's hand in Creatio, likewise for `Desk`; that of another one with `"user"`, a
  login. `POST creatio/add_user` makes one, with the fields of `CreatioSite.add_user`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from gsync_cli.sandbox.creatio.refusals import Refusal
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.calendar_hand import ACTIONS as CALENDAR_ACTIONS
from gsync_cli.sandbox.google.console import ACTIONS as CONSOLE_ACTIONS
from gsync_cli.sandbox.google.errors import ApiError
from gsync_cli.sandbox.google.quota import Quotas
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
        "connect_google_account",
        "google_accounts",
        "add_mailbox",
        "mailboxes",
        "set_gmail_provider",
        "add_provider",
        "delete_provider",
        "add_oauth_application",
        "providers",
        "setting",
        "set_setting",
        "add_activity",
        "edit_activity",
        "delete_activity",
        "activity",
        "activities",
        "participants",
        "add_participants",
        "set_participants",
        "remove_participant",
        "respond",
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
        case "POST", ["google", email, action] if action in ACTIONS | CALENDAR_ACTIONS:
            return _act(sandbox.google.account(email), action, request)
        case "POST", ["console", email, action] if action in CONSOLE_ACTIONS:
            return _act(sandbox.google.console(email, request.origin), action, request)
        case "POST", ["administrator", email]:
            said = request.json() if request.body else {}
            return {"result": sandbox.google.administrator_token(email, **said.get("fields", {}))}
        case "POST", ["creatio", action] if action in DESK_ACTIONS | {"add_user"}:
            return _act_in_creatio(sandbox, action, request)
    return None


def _state(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    google = {
        email: {"contacts": account.contacts(), "groups": account.groups(), "events": account.events()}
        for email, account in sandbox.google.accounts.items()
    }
    desk = sandbox.creatio.desk()
    return {"google": google, "creatio": {"contacts": desk.contacts(), "activities": desk.activities()}}


def _act_in_creatio(sandbox: "Sandbox", action: str, request: Request) -> dict[str, Any]:
    """Act as the user who is named, else as the first. Raises KeyError."""
    site = sandbox.creatio
    if action == "add_user":
        user = _act(site, action, request)["result"]
        return {"result": {"id": user.id, "name": user.name, "contact_id": user.contact_id}}
    login = request.json().get("user", "") if request.body else ""
    return _act(site.desk(site.sessions.users[login.lower()] if login else None), action, request)


def _requests(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    entries = [{**asdict(entry), "at": entry.at.isoformat()} for entry in sandbox.log]
    parts = [asdict(part) for part in sandbox.google.parts]
    return {"counts": sandbox.counts(), "requests": entries, "parts": parts}


def _forget_requests(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    sandbox.log.clear()
    sandbox.google.parts.clear()
    return {}


def _mails(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    return {"mails": [asdict(mail) for mail in sandbox.google.mails]}


def _forget_mails(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    sandbox.google.mails.clear()
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


def _cloud(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    cloud, clients = sandbox.google.cloud, sandbox.google.oauth.registry.clients.values()
    return {
        "organizations": [item.shown() for item in cloud.organizations.values()],
        "folders": [item.shown() for item in cloud.folders.values()],
        "projects": [
            {
                **item.shown(),
                "services": sorted(name for name in item.services if cloud.shown_on(item, name)),
                "consent": asdict(item.consent) if item.consent else None,
            }
            for item in cloud.projects.values()
        ],
        "clients": [
            {
                "client_id": client.client_id,
                "kind": client.kind,
                "project": client.project.id,
                "redirect_uris": list(client.redirect_uris),
                "javascript_origins": list(client.javascript_origins),
                "deleted": client.deleted,
            }
            for client in clients
        ],
    }


def _behaviour(sandbox: "Sandbox", _: Request) -> dict[str, Any]:
    return asdict(sandbox.google.behaviour)


def _behave(sandbox: "Sandbox", request: Request) -> dict[str, Any]:
    """Turn switches. Lists become the sets they stand for."""
    known, behaviour = {item.name for item in fields(Behaviour)}, sandbox.google.behaviour
    for name, value in request.json().items():
        if name not in known:
            raise ValueError(f"there is no switch {name}")
        setattr(behaviour, name, _as_switch(name, value, getattr(behaviour, name)))
    return asdict(behaviour)


def _as_switch(name: str, value: Any, former: object) -> Any:
    if name == "quotas":
        return None if value is None else Quotas(**value)
    if name == "service_usage_limits":
        return None if value is None else tuple(value)
    if name == "missing_permissions":
        return {email: set(permissions) for email, permissions in value.items()}
    return set(value) if isinstance(former, set) else value


_ROUTES: Final[dict[tuple[str, str], Callable[["Sandbox", Request], dict[str, Any]]]] = {
    ("GET", "state"): _state,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget_requests,
    ("GET", "mails"): _mails,
    ("DELETE", "mails"): _forget_mails,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _plan_fault,
    ("DELETE", "faults"): _forget_faults,
    ("GET", "cloud"): _cloud,
    ("GET", "behaviour"): _behaviour,
    ("POST", "behaviour"): _behave,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _advance,
}


def _act(person: object, action: str, request: Request) -> dict[str, Any]:
    said = request.json() if request.body else {}
    return {"result": getattr(person, action)(*said.get("arguments", []), **said.get("fields", {}))}


def _plain(value: object) -> object:
    """Return what JSON has no form for as a list or as text."""
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
