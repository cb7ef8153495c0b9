"""Cloud Resource Manager v3: organizations, folders and projects (facts/google.md 1)."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.cloud import GET_PROJECT, Cloud, CloudProject, stamp
from gsync_cli.sandbox.google.errors import ApiError, invalid, no_permission, terms_of_service
from gsync_cli.sandbox.google.operations import Operation, Operations
from gsync_cli.sandbox.google.paging import page

TYPES: Final = "type.googleapis.com/google.cloud.resourcemanager.v3."
CREATE: Final = "resourcemanager.projects.create"
_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_TITLE = re.compile(r"[\w \-'\"!]{4,30}")
_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_PERMISSION = re.compile(r"[a-z][a-zA-Z]*(\.[a-zA-Z]+){2,}")
_TERM = re.compile(r"([\w.]+)\s*[:=]\s*(\"[^\"]*\"|\S+)")
_FORBIDDEN_WORDS = ("google", "ssl")
_MOST_LABELS = 64
_MOST_PERMISSIONS = 100
_LABEL_LENGTH = 63


class ResourceManager:
    """The answers of the API. `methods` is by method id."""

    def __init__(self, clock: VirtualClock, behaviour: Behaviour, cloud: Cloud) -> None:
        self._clock = clock
        self._behaviour = behaviour
        self._cloud = cloud
        self._operations = Operations(clock, behaviour, "cp")
        self.methods: dict[str, Callable[[Call], dict[str, Any]]] = {
            "organizations.get": self._organization,
            "organizations.search": self._search_organizations,
            "organizations.testIamPermissions": self._test_permissions,
            "folders.get": self._folder,
            "folders.list": self._list_folders,
            "folders.search": self._search_folders,
            "folders.testIamPermissions": self._test_permissions,
            "projects.create": self._create,
            "projects.get": self._project,
            "projects.list": self._list_projects,
            "projects.search": self._search_projects,
            "projects.patch": self._patch,
            "projects.delete": self._delete,
            "projects.undelete": self._undelete,
            "projects.testIamPermissions": self._test_permissions,
            "operations.get": self._operations.get,
        }

    # ── organizations and folders ────────────────────────────────────────────────────────────────────────────
    def _organization(self, call: Call) -> dict[str, Any]:
        name = call.path["name"]
        self._demand(call, name, "resourcemanager.organizations.get")
        return self._cloud.organizations[name].shown()

    def _search_organizations(self, call: Call) -> dict[str, Any]:
        terms = [(field.lower(), value) for field, value in _terms(call.query.get("query", ""))]
        if any(field not in {"domain", "directorycustomerid", "owner.directorycustomerid"} for field, _ in terms):
            raise invalid("The query is not valid.", "query")
        seen = [
            item.shown()
            for item in self._cloud.organizations.values()
            if self._cloud.allowed(call.account, item.name, "resourcemanager.organizations.get")
            and all(_matches(item.domain if field == "domain" else item.customer, value) for field, value in terms)
        ]
        return _listed("organizations", seen, call)

    def _folder(self, call: Call) -> dict[str, Any]:
        name = call.path["name"]
        self._demand(call, name, "resourcemanager.folders.get")
        return self._cloud.folders[name].shown()

    def _list_folders(self, call: Call) -> dict[str, Any]:
        parent = self._parent(call, "resourcemanager.folders.list")
        return _listed(
            "folders", [item.shown() for item in self._cloud.folders.values() if item.parent == parent], call
        )

    def _search_folders(self, call: Call) -> dict[str, Any]:
        terms = _terms(call.query.get("query", ""))
        horizon = self._horizon()
        seen = [
            item.shown()
            for item in self._cloud.folders.values()
            if item.created <= horizon
            and self._cloud.allowed(call.account, item.name, "resourcemanager.folders.get")
            and all(_matches(str(item.shown().get(field, "")), value) for field, value in terms)
        ]
        return _listed("folders", seen, call)

    # ── projects ─────────────────────────────────────────────────────────────────────────────────────────────
    def _project(self, call: Call) -> dict[str, Any]:
        return self._mine(call, GET_PROJECT).shown()

    def _list_projects(self, call: Call) -> dict[str, Any]:
        parent = self._parent(call, "resourcemanager.projects.list")
        deleted = call.query.get("showDeleted", False)
        seen = [item.shown() for item in self._cloud.children(parent) if deleted or item.deleted is None]
        return _listed("projects", seen, call)

    def _search_projects(self, call: Call) -> dict[str, Any]:
        """Answer projects.search, which knows of changes only after a while (facts 1.7)."""
        terms = _terms(call.query.get("query", ""))
        horizon = self._horizon()
        known = (
            item.shown(horizon)
            for item in self._cloud.projects.values()
            if item.created <= horizon and self._cloud.allowed(call.account, item.name, GET_PROJECT)
        )
        return _listed("projects", [item for item in known if not terms or _found(item, terms)], call)

    def _create(self, call: Call) -> dict[str, Any]:
        body = call.body
        _check_body(body)
        now = stamp(self._clock.now())
        parent = self._parent_of_new(call, body.get("parent", ""))
        id_ = body.get("projectId", "") or f"sandbox-{len(self._cloud.projects) + 100_000}"
        refusal = self._refusal(call, id_, parent)
        kind = {"@type": f"{TYPES}CreateProjectMetadata", "createTime": now}
        if refusal is not None:
            failed = self._operations.begin(
                call, lambda done: {**kind, **({"ready": True} if done else {})}, dict, error=refusal
            )
            return self._operations.shown(failed)
        made = self._cloud.new_project(id_, call.account.email, body.get("displayName", ""), parent)
        made.labels = dict(body.get("labels", {}))
        made.making = self._operations.begin(
            call,
            lambda done: {**kind, "gettable": True, **({"ready": True} if done else {})},
            lambda: _as_response(made),
        )
        return self._operations.shown(made.making)

    def _refusal(self, call: Call, id_: str, parent: str) -> ApiError | None:
        """Return why a project can't be made where that is told inside the operation. Raises ApiError where not."""
        behaviour = self._behaviour
        if self._cloud.project(id_) is not None:
            return _told(ApiError("ALREADY_EXISTS", "Requested entity already exists"), behaviour.id_taken)
        if call.account.email in behaviour.terms_unaccepted:
            return _told(terms_of_service(), behaviour.create_refusals)
        if not self._may_create(call.account, parent):
            error = ApiError("PERMISSION_DENIED", "No permission to create project in organization")
            return _told(error, behaviour.create_refusals)
        mine = sum(call.account.email in item.owners for item in self._cloud.projects.values())
        if behaviour.project_quota is not None and mine >= behaviour.project_quota:
            return _told(_quota(call.account), behaviour.create_refusals)
        return None

    def _parent_of_new(self, call: Call, parent: str) -> str:
        if parent:
            if not re.fullmatch(r"(organizations|folders)/\d+", parent):
                raise invalid("The parent is not valid.", "project.parent")
            if not self._cloud.exists(parent):
                raise no_permission(CREATE, parent)
            return parent
        own = self._cloud.organization_of(call.account)
        return own.name if own is not None and self._behaviour.implicit_parent else ""

    def _may_create(self, account: Account, parent: str) -> bool:
        if parent:
            return self._cloud.allowed(account, parent, CREATE)
        return CREATE not in self._behaviour.missing_permissions.get(account.email, ())

    def _patch(self, call: Call) -> dict[str, Any]:
        project = self._mine(call, "resourcemanager.projects.update")
        named = [part.strip() for part in call.query.get("updateMask", "").split(",") if part.strip()]
        fields = {"display_name" if part == "displayName" else part for part in named or ("display_name", "labels")}
        if unknown := fields - {"display_name", "labels"}:
            raise invalid(f"Field {min(unknown)} can't be updated.", "update_mask")
        _check_body({**call.body, "projectId": ""})
        if "display_name" in fields and (named or "displayName" in call.body):
            project.title = call.body.get("displayName", "")
        if "labels" in fields and (named or "labels" in call.body):
            project.labels = dict(call.body.get("labels", {}))
        return self._changed(call, project, "UpdateProjectMetadata")

    def _delete(self, call: Call) -> dict[str, Any]:
        project = self._mine(call, "resourcemanager.projects.delete")
        if project.deleted is not None:
            raise ApiError("FAILED_PRECONDITION", "The project is not active.")
        project.deleted = self._clock.now()
        return self._changed(call, project, "DeleteProjectMetadata")

    def _undelete(self, call: Call) -> dict[str, Any]:
        project = self._mine(call, "resourcemanager.projects.undelete")
        if project.deleted is None:
            raise ApiError("FAILED_PRECONDITION", "The project is not marked for deletion.")
        project.deleted = None
        return self._changed(call, project, "UndeleteProjectMetadata")

    def _changed(self, call: Call, project: CloudProject, metadata: str) -> dict[str, Any]:
        project.updated = self._clock.now()
        operation: Operation = self._operations.begin(
            call, lambda _: {"@type": f"{TYPES}{metadata}"}, lambda: _as_response(project)
        )
        return self._operations.shown(operation)

    # ── permissions ──────────────────────────────────────────────────────────────────────────────────────────
    def _test_permissions(self, call: Call) -> dict[str, Any]:
        resource, asked = call.path["resource"], call.body.get("permissions", [])
        if not asked or len(asked) > _MOST_PERMISSIONS:
            raise invalid("The number of permissions is not valid.", "permissions")
        untestable = self._behaviour.untestable_permissions
        if wrong := [name for name in asked if not _PERMISSION.fullmatch(name) or name in untestable]:
            raise invalid(f"Permission {wrong[0]} is not valid for this resource.", "permissions")
        if not self._cloud.exists(resource):
            raise no_permission()
        held = [name for name in asked if self._cloud.allowed(call.account, resource, name)]
        return {"permissions": held} if held else {}

    def _mine(self, call: Call, permission: str) -> CloudProject:
        """Return the project in the path. A missing one and a foreign one are the same refusal (facts 1.4)."""
        found = self._cloud.project(call.path["name"])
        if found is None or not self._cloud.allowed(call.account, found.name, GET_PROJECT):
            raise no_permission()
        if not self._cloud.allowed(call.account, found.name, permission):
            raise no_permission(permission, found.name)
        return found

    def _demand(self, call: Call, resource: str, permission: str) -> None:
        if not self._cloud.exists(resource) or not self._cloud.allowed(call.account, resource, permission):
            raise no_permission(permission, resource)

    def _parent(self, call: Call, permission: str) -> str:
        parent = str(call.query.get("parent", ""))
        if not re.fullmatch(r"(organizations|folders)/\d+", parent):
            raise invalid("The parent is not valid.", "parent")
        self._demand(call, parent, permission)
        return parent

    def _horizon(self) -> datetime:
        return self._clock.now() - timedelta(seconds=self._behaviour.search_lag_seconds)


def _told(error: ApiError, where: str) -> ApiError:
    """Return a refusal for the operation, or raise it as an answer of its own."""
    if where == "http":
        raise error
    return error


def _quota(account: Account) -> ApiError:
    message = "The project cannot be created because you have exceeded your allotted project quota."
    violation = {"subject": f"user:{account.email}", "description": "Project quota exceeded"}
    failure = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
    return ApiError("RESOURCE_EXHAUSTED", message, details=[failure])


def _check_body(body: Mapping[str, Any]) -> None:
    """Check what a project may hold (facts 1.2). Raises ApiError (400)."""
    id_, title, labels = body.get("projectId", ""), body.get("displayName", ""), body.get("labels", {})
    if id_ and not _ID.fullmatch(id_):
        raise invalid("project_id contains invalid characters or is not 6 to 30 characters long.", "project_id")
    if any(word in id_ for word in _FORBIDDEN_WORDS):
        raise invalid("project_id contains a restricted string.", "project_id")
    if title and not _TITLE.fullmatch(title):
        raise invalid("field [display_name] has issue [display_name contains invalid characters]", "display_name")
    wrong = [key for key, value in labels.items() if not (_label(key) and (value == "" or _label(value)))]
    if wrong or len(labels) > _MOST_LABELS:
        raise invalid("The labels are not valid.", "labels")


def _label(text: str) -> bool:
    return len(text) <= _LABEL_LENGTH and _LABEL.fullmatch(text) is not None


def _terms(query: str) -> list[tuple[str, str]]:
    return [(match[1], match[2].strip('"')) for match in _TERM.finditer(query)]


def _matches(value: str, wanted: str) -> bool:
    value, wanted = value.lower(), wanted.lower()
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted


def _found(project: Mapping[str, Any], terms: Iterable[tuple[str, str]]) -> bool:
    """Tell whether any of the terms fits: several fields are OR-ed, case is nothing (facts 1.7)."""
    kind, _, number = project.get("parent", "").partition("/")
    labels = project.get("labels", {})
    values = {
        "displayname": project.get("displayName", ""),
        "name": project.get("displayName", ""),
        "parent": project.get("parent", ""),
        "parent.type": kind.removesuffix("s"),
        "parent.id": number,
        "id": project["projectId"],
        "projectid": project["projectId"],
        "state": project["state"],
        "lifecyclestate": project["state"],
        **{f"labels.{key}": value for key, value in labels.items()},
    }
    for field, wanted in terms:
        if field.lower() == "labels":
            if any(_matches(text, wanted) for pair in labels.items() for text in pair):
                return True
        elif field.lower() in values and _matches(values[field.lower()], wanted):
            return True
    return False


def _listed(name: str, items: list[dict[str, Any]], call: Call) -> dict[str, Any]:
    shown, more = page(items, call.query, usual=100, most=1000)
    return {**({name: list(shown)} if shown else {}), **more}


def _as_response(project: CloudProject) -> dict[str, Any]:
    return {"@type": f"{TYPES}Project", **project.shown()}
