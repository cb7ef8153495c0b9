"""What Google Cloud holds: organizations, folders, projects, and who may do what with them (facts/google.md 1, 2)."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.operations import Operation
from gsync_cli.sandbox.google.tokens import Project as ConsentProject

MEMBER = frozenset(("resourcemanager.organizations.get", "resourcemanager.projects.create"))
"""What every user of a domain may do in its organization, unless an administrator takes it away."""
GET_PROJECT = "resourcemanager.projects.get"
USE_SERVICES = "serviceusage.services.use"


@dataclass(slots=True, eq=False)
class Organization:
    """The organization of a Workspace domain."""

    number: str
    domain: str
    customer: str
    created: datetime
    admins: set[str] = field(default_factory=set)
    """Addresses of those who may do everything in it."""

    @property
    def name(self) -> str:
        """Resource name."""
        return f"organizations/{self.number}"

    def shown(self) -> dict[str, Any]:
        """Return it as the API does."""
        return {
            "name": self.name,
            "displayName": self.domain,
            "directoryCustomerId": self.customer,
            "state": "ACTIVE",
            "createTime": stamp(self.created),
            "updateTime": stamp(self.created),
            "etag": etag(self.number, self.created),
        }


@dataclass(slots=True, eq=False)
class Folder:
    """A folder of an organization, or of another folder."""

    number: str
    title: str
    parent: str
    created: datetime

    @property
    def name(self) -> str:
        """Resource name."""
        return f"folders/{self.number}"

    def shown(self) -> dict[str, Any]:
        """Return it as the API does."""
        return {
            "name": self.name,
            "parent": self.parent,
            "displayName": self.title,
            "state": "ACTIVE",
            "createTime": stamp(self.created),
            "updateTime": stamp(self.created),
            "etag": etag(self.number, self.created),
        }


@dataclass(slots=True)
class Consent:
    """What a person registered in the console for the consent screen of a project (facts/google.md 3.6)."""

    screen: ConsentProject
    support_email: str
    domains: tuple[str, ...] = ()
    developer_emails: tuple[str, ...] = ()
    scopes: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class CloudProject:
    """A project. `services` holds the moment from which each service is on."""

    id: str
    number: str
    title: str
    parent: str
    owners: set[str]
    created: datetime
    updated: datetime
    viewers: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    deleted: datetime | None = None
    services: dict[str, datetime] = field(default_factory=dict)
    making: Operation | None = None
    """The operation that creates it; before its end nothing but projects.get is promised (facts 1.3)."""
    consent: Consent | None = None
    busy: bool = False
    """Whether it looks as if it had been in use for weeks: monitoring shows plausible numbers."""

    @property
    def name(self) -> str:
        """Resource name, by the number."""
        return f"projects/{self.number}"

    def shown(self, at: datetime | None = None) -> dict[str, Any]:
        """Return it as the API does; with `at` as it was then."""
        deleted = self.deleted if self.deleted and (at is None or self.deleted <= at) else None
        return {
            "name": self.name,
            **({"parent": self.parent} if self.parent else {}),
            "projectId": self.id,
            "state": "DELETE_REQUESTED" if deleted else "ACTIVE",
            **({"displayName": self.title} if self.title else {}),
            "createTime": stamp(self.created),
            "updateTime": stamp(self.updated),
            **({"deleteTime": stamp(deleted)} if deleted else {}),
            "etag": etag(self.number, self.updated),
            **({"labels": dict(self.labels)} if self.labels else {}),
        }


class Cloud:
    """Everything there is, and the rules of access."""

    def __init__(self, clock: VirtualClock, random_: random.Random, behaviour: Behaviour) -> None:
        self._clock = clock
        self._random = random_
        self._behaviour = behaviour
        self.organizations: dict[str, Organization] = {}
        self.folders: dict[str, Folder] = {}
        self.projects: dict[str, CloudProject] = {}

    # ── what tests and furnishing put in ─────────────────────────────────────────────────────────────────────
    def add_organization(self, domain: str, *, number: str = "", admins: Iterable[str] = ()) -> Organization:
        """Add the organization of a Workspace domain."""
        customer = "C0" + "".join(self._random.choices("abcdefghijkmnpqrstuvwxyz0123456789", k=7))
        made = Organization(number or self._number(), domain, customer, self._long_ago(), set(admins))
        self.organizations[made.name] = made
        return made

    def add_folder(self, title: str, parent: str) -> Folder:
        """Add a folder."""
        made = Folder(self._number(), title, parent, self._long_ago())
        self.folders[made.name] = made
        return made

    def add_project(
        self,
        id_: str,
        owner: str,
        *,
        title: str = "",
        parent: str = "",
        number: str = "",
        services: Iterable[str] = (),
        busy: bool = False,
    ) -> CloudProject:
        """Add a project that is there already, with services that are on."""
        then = self._long_ago()
        made = CloudProject(id_, number or self._number(), title, parent, {owner}, then, then, busy=busy)
        made.services = dict.fromkeys(services, then)
        self.projects[id_] = made
        return made

    # ── what the services ask ────────────────────────────────────────────────────────────────────────────────
    def project(self, id_or_number: str) -> CloudProject | None:
        """Return a project by id or number, with or without "projects/" before it."""
        wanted = id_or_number.removeprefix("projects/")
        found = self.projects.get(wanted)
        return found or next((project for project in self.projects.values() if project.number == wanted), None)

    def organization_of(self, account: Account) -> Organization | None:
        """Return the organization that a Workspace user belongs to."""
        domains = (item for item in self.organizations.values() if item.domain == account.hosted_domain)
        return next(domains, None)

    def children(self, parent: str) -> list[CloudProject]:
        """Return the projects directly below an organization or folder."""
        return [project for project in self.projects.values() if project.parent == parent]

    def exists(self, resource: str) -> bool:
        """Tell whether there is an organization, folder or project of a name."""
        return resource in self.organizations or resource in self.folders or self.project(resource) is not None

    def allowed(self, account: Account, resource: str, permission: str) -> bool:
        """Tell whether an account has a permission on an organization, folder or project."""
        if permission in self._behaviour.missing_permissions.get(account.email, ()):
            return False
        project = self.project(resource) if resource.startswith("projects/") else None
        if project is not None:
            if project.making and not project.making.done(self._clock.now()) and permission != GET_PROJECT:
                return False
            if account.email in project.owners:
                return True
            if account.email in project.viewers and permission.endswith((".get", ".list")):
                return True
        above = self.organization_above(project.parent if project else resource)
        if above is None:
            return False
        mine = account.hosted_domain == above.domain and resource == above.name
        return account.email in above.admins or (mine and permission in MEMBER)

    def organization_above(self, resource: str) -> Organization | None:
        """Return the organization that a resource is in; an organization is in itself."""
        seen = 0
        while resource in self.folders and seen < len(self.folders):
            resource, seen = self.folders[resource].parent, seen + 1
        return self.organizations.get(resource)

    def shown_on(self, project: CloudProject, service: str) -> bool:
        """Tell whether a service is shown as ENABLED."""
        since = project.services.get(service)
        return since is not None and since <= self._clock.now()

    def answers(self, project: CloudProject, service: str) -> bool:
        """Tell whether the API itself answers already (facts 2.5)."""
        since = project.services.get(service)
        late = timedelta(seconds=self._behaviour.propagation_seconds)
        return since is not None and since + late <= self._clock.now()

    def new_project(self, id_: str, owner: str, title: str, parent: str) -> CloudProject:
        """Make a project now, for projects.create."""
        made = self.add_project(
            id_, owner, title=title, parent=parent, services=sorted(self._behaviour.new_project_services)
        )
        made.created = made.updated = self._clock.now()
        return made

    def _long_ago(self) -> datetime:
        """Return when something was made that is there already: late listings know it."""
        return self._clock.now() - timedelta(days=90)

    def _number(self) -> str:
        return str(self._random.randrange(10**11, 10**12))


def stamp(moment: datetime) -> str:
    """Return a moment as Google writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def etag(number: str, moment: datetime) -> str:
    """Return an etag that changes with every update."""
    return f'W/"{crc32(f"{number} {moment}".encode()):016x}"'
