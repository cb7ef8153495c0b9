"""Service Usage v1: which APIs are on in a project (facts/google.md 2)."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.cloud import Cloud, CloudProject
from gsync_cli.sandbox.google.errors import (
    ApiError,
    error_info,
    invalid,
    no_permission,
    quota_exceeded,
    terms_of_service,
)
from gsync_cli.sandbox.google.operations import Operations
from gsync_cli.sandbox.google.paging import page

TYPES: Final = "type.googleapis.com/google.api.serviceusage.v1."
TITLES: Final = {
    "admin.googleapis.com": "Admin SDK API",
    "calendar-json.googleapis.com": "Google Calendar API",
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "contacts.googleapis.com": "Contacts API",
    "drive.googleapis.com": "Google Drive API",
    "gmail.googleapis.com": "Gmail API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "logging.googleapis.com": "Cloud Logging API",
    "monitoring.googleapis.com": "Cloud Monitoring API",
    "orgpolicy.googleapis.com": "Organization Policy API",
    "people.googleapis.com": "People API",
    "serviceusage.googleapis.com": "Service Usage API",
    "storage.googleapis.com": "Cloud Storage API",
}
"""The services that the sandbox has heard of."""
MOST_ENABLED: Final = 20
MOST_GOT: Final = 30
BATCH_COSTS: Final = 5
NOTHING_TO_DO: Final = "operations/noop.DONE_OPERATION"
_MINUTE = timedelta(minutes=1)


class ServiceUsage:
    """The answers of the API. `methods` is by method id."""

    def __init__(self, clock: VirtualClock, behaviour: Behaviour, cloud: Cloud) -> None:
        self._clock = clock
        self._behaviour = behaviour
        self._cloud = cloud
        self._operations = Operations(clock, behaviour, "acat.p2")
        self._used: dict[tuple[str, str], deque[datetime]] = {}
        self.methods: dict[str, Callable[[Call], dict[str, Any]]] = {
            "services.list": self._list,
            "services.get": self._get,
            "services.batchGet": self._batch_get,
            "services.enable": self._enable_one,
            "services.batchEnable": self._batch_enable,
            "services.disable": self._disable,
            "operations.get": self._operation,
        }

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────
    def _list(self, call: Call) -> dict[str, Any]:
        project = self._project(call, call.path["parent"], "serviceusage.services.list")
        self._spend(project, "reads", 1)
        wanted = call.query.get("filter", "").replace(" ", "")
        if wanted not in {"", "state:ENABLED", "state:DISABLED"}:
            raise invalid("The filter is not valid: only state:ENABLED and state:DISABLED are.", "filter")
        all_ = [self._shown(project, name) for name in sorted(TITLES | dict.fromkeys(project.services, ""))]
        seen = [item for item in all_ if not wanted or item["state"] == wanted.removeprefix("state:")]
        shown, more = page(seen, call.query, usual=50, most=200)
        return {**({"services": list(shown)} if shown else {}), **more}

    def _get(self, call: Call) -> dict[str, Any]:
        project, service = self._named(call, "serviceusage.services.get")
        self._spend(project, "reads", 1)
        return self._shown(project, service)

    def _batch_get(self, call: Call) -> dict[str, Any]:
        parent, names = call.path["parent"], call.query.get("names", [])
        project = self._project(call, parent, "serviceusage.services.get")
        self._spend(project, "reads", 1)
        if not names or len(names) > MOST_GOT:
            raise invalid(f"Between 1 and {MOST_GOT} names are needed.", "names")
        services = []
        for name in names:
            owner, _, service = name.partition("/services/")
            if owner != parent or not service:
                raise invalid(f"{name} does not belong to {parent}.", "names")
            services.append(service)
        self._check_known(services)
        return {"services": [self._shown(project, service) for service in services]}

    # ── switching ────────────────────────────────────────────────────────────────────────────────────────────
    def _enable_one(self, call: Call) -> dict[str, Any]:
        project, service = self._named(call, "serviceusage.services.enable")
        self._spend(project, "writes", 1)
        return self._enable(
            call, project, [service], lambda: {"@type": f"{TYPES}EnableServiceResponse", **self._one(project, service)}
        )

    def _batch_enable(self, call: Call) -> dict[str, Any]:
        project = self._project(call, call.path["parent"], "serviceusage.services.enable")
        services = list(dict.fromkeys(call.body.get("serviceIds", [])))
        self._spend(project, "writes", BATCH_COSTS)
        if not services or len(services) > MOST_ENABLED:
            raise invalid(f"Between 1 and {MOST_ENABLED} services are needed.", "service_ids")
        return self._enable(
            call,
            project,
            services,
            lambda: {
                "@type": f"{TYPES}BatchEnableServicesResponse",
                "services": [self._shown(project, service) for service in services],
            },
        )

    def _enable(
        self, call: Call, project: CloudProject, services: list[str], result: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Switch services on, all or none (facts 2.1)."""
        self._check_known(services)
        for service in services:
            if service in self._behaviour.restricted_services:
                raise _restricted(project, service)
            if tos_id := self._behaviour.service_terms.get(service):
                raise terms_of_service(service, tos_id)
        if all(service in project.services for service in services):
            return {"name": NOTHING_TO_DO, "done": True, "response": result()}
        late = self._behaviour.operation_seconds + self._behaviour.enable_delay_seconds
        for service in services:
            project.services.setdefault(service, self._clock.now() + timedelta(seconds=late))
        return self._begin(call, project, services, result)

    def _disable(self, call: Call) -> dict[str, Any]:
        project, service = self._named(call, "serviceusage.services.disable")
        self._spend(project, "writes", 1)
        if service not in project.services:
            raise ApiError(
                "FAILED_PRECONDITION", f"The service {service} is not enabled for the project {project.number}."
            )
        del project.services[service]
        return self._begin(
            call,
            project,
            [service],
            lambda: {"@type": f"{TYPES}DisableServiceResponse", **self._one(project, service)},
        )

    def _begin(
        self, call: Call, project: CloudProject, services: list[str], result: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        names = [f"{project.name}/services/{service}" for service in services]
        metadata = {"@type": f"{TYPES}OperationMetadata", "resourceNames": names}
        return self._operations.shown(self._operations.begin(call, lambda _: metadata, result))

    def _operation(self, call: Call) -> dict[str, Any]:
        if call.path["name"] == NOTHING_TO_DO:
            return {
                "name": NOTHING_TO_DO,
                "done": True,
                "response": {"@type": "type.googleapis.com/google.protobuf.Empty"},
            }
        return self._operations.get(call)

    # ── what all of them need ────────────────────────────────────────────────────────────────────────────────
    def _named(self, call: Call, permission: str) -> tuple[CloudProject, str]:
        owner, _, service = call.path["name"].partition("/services/")
        project = self._project(call, owner, permission)
        self._check_known([service])
        return project, service

    def _project(self, call: Call, resource: str, permission: str) -> CloudProject:
        found = self._cloud.project(resource) if resource.startswith("projects/") else None
        if found is None or not self._cloud.allowed(call.account, found.name, permission):
            raise _denied(resource, permission)
        if found.deleted is not None:
            raise ApiError("FAILED_PRECONDITION", f"Project '{resource}' has been deleted.")
        return found

    def _shown(self, project: CloudProject, service: str) -> dict[str, Any]:
        return {
            "name": f"{project.name}/services/{service}",
            "parent": project.name,
            "config": {"name": service, "title": TITLES.get(service, service)},
            "state": "ENABLED" if self._cloud.shown_on(project, service) else "DISABLED",
        }

    def _one(self, project: CloudProject, service: str) -> dict[str, Any]:
        return {"service": self._shown(project, service)}

    def _check_known(self, services: list[str]) -> None:
        if unknown := [service for service in services if service not in TITLES]:
            raise ApiError(
                "PERMISSION_DENIED",
                f"Not found or permission denied for service(s): {', '.join(unknown)}.",
                details=[
                    error_info(
                        "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
                        "serviceusage.googleapis.com",
                        services=",".join(unknown),
                    )
                ],
            )

    def _spend(self, project: CloudProject, kind: str, units: int) -> None:
        """Count a call against the limits of a minute (facts 2.2). Raises ApiError (429)."""
        limits = self._behaviour.service_usage_limits
        if limits is None:
            return
        now = self._clock.now()
        used = self._used.setdefault((project.number, kind), deque())
        while used and used[0] <= now - _MINUTE:
            used.popleft()
        if len(used) + units > limits[kind == "writes"]:
            metric, limit = ("Mutate requests", "MutateRequestsPerMinutePerProject")
            if kind == "reads":
                metric, limit = ("Read requests", "ReadRequestsPerMinutePerProject")
            raise quota_exceeded(metric, limit, project.number, "serviceusage.googleapis.com", each="per minute")
        used.extend([now] * units)


def _denied(resource: str, permission: str) -> ApiError:
    if permission.endswith(".enable"):
        return ApiError(
            "PERMISSION_DENIED",
            "Permission denied to enable service",
            details=[error_info("AUTH_PERMISSION_DENIED", "googleapis.com", permission=permission, resource=resource)],
        )
    return no_permission(permission, resource)


def _restricted(project: CloudProject, service: str) -> ApiError:
    return ApiError(
        "PERMISSION_DENIED",
        "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for "
        f"'projects/{project.number}' attempting to use service '{service}'.",
    )
