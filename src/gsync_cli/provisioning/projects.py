"""Google Cloud projects: finding, listing and making them (rows P2-P4), with google-cloud-resource-manager.

This is the only module that imports that package; its requests go out through `google/rest_adapter.py`. A project is
made once: it is looked for before, and after an answer that never came.
"""

import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from gsync_cli.errors import ActionNeeded, Refused, Temporary
from gsync_cli.google.administrator import AdministratorRefused, AdministratorSession
from gsync_cli.google.errors import GoogleRefusal, Unanswered
from gsync_cli.google.rest_adapter import SessionAdapter
from gsync_cli.provisioning.operations import Failure, failure_of, finished
from gsync_cli.provisioning.project_names import checked_id, checked_title, parent_name, suggested_id
from gsync_cli.provisioning.project_refusals import not_created

__all__ = [
    "Folder",
    "Organization",
    "Project",
    "Projects",
    "checked_id",
    "checked_title",
    "parent_name",
    "suggested_id",
]

_ROOT: Final = "https://cloudresourcemanager.googleapis.com"
_HOW: Final[Mapping[str, Any]] = {"retry": None, "timeout": 600.0}
"""No repeating by the library, and no time-out but that of our own connection."""
_HIDDEN: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_SHOWN_LATE: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between looks at a new project, whose maker may not be allowed to see it at once."""
_TEXTS: Final = ("name", "projectId", "displayName", "parent", "nextPageToken", "directoryCustomerId")
_LISTS: Final = ("projects", "organizations", "folders")
_STATE_NUMBERS: Final[Mapping[str, int]] = {"ACTIVE": 1, "1": 1, "DELETE_REQUESTED": 2, "2": 2}
_GONE: Final = 2
"""DELETE_REQUESTED, the same number for projects, folders and organizations."""


@dataclass(frozen=True, slots=True)
class Organization:
    """A Workspace or Cloud Identity organization that the account can see."""

    name: str
    """"organizations/123"."""
    title: str
    """Its primary domain."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of an organization."""

    name: str
    """"folders/9"."""
    title: str
    parent: str
    """The organization or folder it lies in."""


@dataclass(frozen=True, slots=True)
class Project:
    """A Google Cloud project."""

    id: str
    number: str
    """Google's own number; empty where it was not said."""
    title: str
    parent: str
    """"organizations/123", "folders/9", or empty: no organization."""
    active: bool = True
    """False for one that is being deleted; it can be taken back for about 30 days (facts 1.8)."""
    labels: Mapping[str, str] = field(default_factory=dict)


class Projects:
    """Resource Manager, as an administrator."""

    def __init__(self, admin: AdministratorSession) -> None:
        self._admin = admin
        self._adapter = SessionAdapter(admin, _plain)
        self._clients: dict[str, Any] = {}

    @property
    def email(self) -> str:
        """As whom; empty where that is not known."""
        return self._admin.email

    @property
    def member(self) -> str:
        """The account as gcloud's `--member` takes it."""
        return self._admin.member

    def organizations(self) -> tuple[Organization, ...]:
        """Return the organizations the account can see; none for a private account, or one that may see none.

        Raises SignInNeeded, ActionNeeded, ConfigurationWrong, Refused or Temporary.
        """
        try:
            found = list(self._client("Organizations").search_organizations(request={}, **_HOW))
        except AdministratorRefused as refusal:
            if refusal.status not in _HIDDEN:
                raise
            return ()
        return tuple(Organization(each.name, each.display_name or each.name) for each in found if each.state != _GONE)

    def folders(self, parent: str) -> tuple[Folder, ...]:
        """Return the folders directly below an organization or a folder. Raises as `organizations`."""
        try:
            found = list(self._client("Folders").list_folders(request={"parent": parent}, **_HOW))
        except AdministratorRefused as refusal:
            if refusal.status not in _HIDDEN:
                raise
            return ()
        return tuple(
            Folder(each.name, each.display_name or each.name, each.parent or parent)
            for each in found
            if each.state != _GONE
        )

    def mine(self) -> tuple[Project, ...]:
        """Return the projects the account can see, by name; one made a moment ago may be missing (facts 1.7)."""
        found = self._client("Projects").search_projects(request={}, **_HOW)
        return tuple(sorted(map(_project, found), key=lambda project: (project.title.casefold(), project.id)))

    def find(self, project: str) -> Project | None:
        """Return a project by id or number; None where there is none, or the account may not see it.

        Google says the same of both (facts 1.4). Raises as `organizations`.
        """
        try:
            found = _project(self._client("Projects").get_project(request={"name": f"projects/{project}"}, **_HOW))
        except AdministratorRefused as refusal:
            if refusal.status not in _HIDDEN:
                raise
            return None
        return found if found.id else None

    def create(
        self,
        project: str,
        title: str,
        parent: str,
        note: Callable[[str], None],
        *,
        labels: Mapping[str, str] = MappingProxyType({}),
    ) -> Project:
        """Make a project, or adopt the one of that id which is ours already; `parent` is "" for no organization.

        `note` is told what is waited for, and where something came out differently. Raises ActionNeeded
        ("project-terms", "project-being-deleted"), WrongUsage ("project-needs-parent", "project-parent-unknown",
        "project-id-refused"), Refused ("project-quota", "project-create-denied", "project-id-taken",
        "project-refused"), Temporary ("operation-slow", "project-not-made", "project-unclear"), and as `organizations`.
        """
        ours = self._ours(project)
        if ours is None:
            wanted: dict[str, Any] = {"project_id": project, "display_name": title, "labels": dict(labels)}
            ours = self._made(wanted | ({"parent": parent} if parent else {}), note)
        else:
            note(f"The project {project} is there already; it is taken as it is.")
        if ours.parent != parent:
            asked, real = parent or "no organization", ours.parent or "no organization"
            note(f"The project {ours.id} lies in {real}, not in {asked}; that can't be changed here.")
        return ours

    def permissions(self, resource: str, wanted: Collection[str]) -> frozenset[str]:
        """Return those of the wanted permissions that the account has on "projects/x", "folders/1" or an organization.

        Raises GoogleRefusal (400) where one of them can't be asked there, and as `organizations`.
        """
        group = {"organizations": "Organizations", "folders": "Folders"}.get(resource.partition("/")[0], "Projects")
        request = {"resource": resource, "permissions": sorted(wanted)}
        return frozenset(self._client(group).test_iam_permissions(request=request, **_HOW).permissions)

    def _ours(self, project: str) -> Project | None:
        """Return the project if it is there and alive. Raises ActionNeeded("project-being-deleted")."""
        found = self.find(project)
        if found is not None and not found.active:
            raise ActionNeeded("project-being-deleted", project=found.id)
        return found

    def _made(self, wanted: Mapping[str, Any], note: Callable[[str], None]) -> Project:
        project, parent = str(wanted["project_id"]), str(wanted.get("parent", ""))
        try:
            self._client("Projects").create_project(request={"project": wanted}, **_HOW)
            operation = self._adapter.last
        except Unanswered as error:
            note("Google gave no clear answer; looking whether the project was made …")
            found = self._seen(project)
            if found is None:
                raise Temporary("project-unclear", project=project) from error
            return found
        except AdministratorRefused as refusal:
            return self._taken_or_raise(Failure.of_refusal(refusal), project, parent, refusal)
        note(f"Google is making the project {project} …")
        done = finished(operation, self._operation, self._admin.clock, note, f"the project {project} to be made")
        if failure := failure_of(done):
            return self._taken_or_raise(failure, project, parent, None)
        return self._seen(project) or _of_response(done, project, str(wanted["display_name"]))

    def _taken_or_raise(self, failure: Failure, project: str, parent: str, cause: GoogleRefusal | None) -> Project:
        """Return the project where it was there already and is ours; raise what the failure means otherwise."""
        if failure.state == "ALREADY_EXISTS":
            if ours := self._ours(project):
                return ours
            raise Refused("project-id-taken", project=project) from cause
        raise not_created(failure, project, parent, self._admin, parent or self._only_organization()) from cause

    def _only_organization(self) -> str:
        """Return the organization under which Google puts a project without a parent (facts 1.4); "" if in doubt."""
        visible = self.organizations()
        return visible[0].name if len(visible) == 1 else ""

    def _seen(self, project: str) -> Project | None:
        for wait in (*_SHOWN_LATE, 0.0):
            if found := self._ours(project):
                return found
            self._admin.clock.sleep(wait)
        return None

    def _operation(self, name: str) -> Mapping[str, Any]:
        full = name if "/" in name else f"operations/{name}"
        self._client("Projects").get_operation(request={"name": full}, **_HOW)
        return self._adapter.last

    def _client(self, group: str) -> Any:
        """Return the generated client for "Projects", "Organizations" or "Folders"; our session sends its requests."""
        if group not in self._clients:
            with warnings.catch_warnings():
                # google-api-core warns about the versions of its neighbours (facts/google.md 0).
                warnings.simplefilter("ignore", FutureWarning)
                from google.auth.credentials import AnonymousCredentials
                from google.cloud import resourcemanager_v3
            endpoint = self._admin.endpoint("cloudresourcemanager").rstrip("/") or _ROOT
            client: Any = getattr(resourcemanager_v3, f"{group}Client")(
                credentials=AnonymousCredentials(),
                transport="rest",
                client_options={"api_endpoint": endpoint, "universe_domain": "googleapis.com"},
            )
            requests_session = client.transport._session  # noqa: SLF001  the transport takes none from outside
            requests_session.trust_env = False  # proxies are the business of Http, and .netrc must not sign
            for scheme in ("https://", "http://"):
                requests_session.mount(scheme, self._adapter)
            self._clients[group] = client
        return self._clients[group]


def _project(found: Any) -> Project:
    number = str(found.name).removeprefix("projects/")
    return Project(
        id=found.project_id,
        number=number if number.isdecimal() else "",
        title=found.display_name or found.project_id,
        parent=found.parent,
        active=found.state != _GONE,
        labels=dict(found.labels),
    )


def _of_response(operation: Mapping[str, Any], project: str, title: str) -> Project:
    """Return the project as its operation tells of it, for an account that may make but not see it."""
    response = operation.get("response")
    told = response if isinstance(response, Mapping) else {}
    number = str(told.get("name") or "").removeprefix("projects/")
    parent = str(told.get("parent") or "")
    return Project(project, number if number.isdecimal() else "", str(told.get("displayName") or title), parent)


def _plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an answer what gsync reads, in the forms the client takes without complaint.

    Its reader stops at an Any without a type, at a time it can't read, and at an enum of another form.
    """
    plain: dict[str, Any] = {key: str(answer[key]) for key in _TEXTS if isinstance(answer.get(key), str | int)}
    if "state" in answer:
        plain["state"] = _STATE_NUMBERS.get(str(answer["state"]).upper(), 0)
    for key in _LISTS:
        if isinstance(answer.get(key), list):
            plain[key] = [_plain(item) for item in answer[key] if isinstance(item, Mapping)]
    if isinstance(answer.get("labels"), Mapping):
        plain["labels"] = {str(key): str(value) for key, value in answer["labels"].items()}
    if isinstance(answer.get("permissions"), list):
        plain["permissions"] = [str(item) for item in answer["permissions"]]
    return plain
