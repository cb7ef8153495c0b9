"""Refusals of Google's APIs, in the AIP-193 form (facts/google.md 8.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from gsync_cli.sandbox.messages import Response

PRECONDITION = "type.googleapis.com/google.rpc.PreconditionFailure"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
STATUS_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
}
RPC_CODES = {
    "INVALID_ARGUMENT": 3,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
}


class ApiError(Exception):
    """A request is refused: `status` is the canonical name, `details` the typed messages that go with it."""

    def __init__(
        self,
        status: str,
        message: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        headers: tuple[tuple[str, str], ...] = (),
        legacy: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.details = details
        self.headers = headers
        self.legacy = legacy
        """The reasons as the older APIs list them, beside the details."""

    def as_status(self) -> dict[str, Any]:
        """Return the refusal as it stands inside an operation: a google.rpc.Status."""
        status: dict[str, Any] = {"code": RPC_CODES[self.status], "message": self.message}
        return {**status, "details": list(self.details)} if self.details else status

    def response(self) -> Response:
        """Return the answer that carries this refusal."""
        code = STATUS_CODES[self.status]
        error: dict[str, Any] = {"code": code, "message": self.message, "status": self.status}
        if self.legacy:
            error["errors"] = list(self.legacy)
        if self.details:
            error["details"] = list(self.details)
        return Response.of_json(code, {"error": error}, *self.headers)


class LegacyError(ApiError):
    """A refusal of an older API, Calendar among them: reasons without a canonical status (facts/google.md 7.16)."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: str = "",
        location_type: str = "parameter",
    ) -> None:
        super().__init__("UNKNOWN", message)
        self.code = code
        where = {"locationType": location_type, "location": location} if location else {}
        self.legacy = [{"domain": domain, "reason": reason, "message": message, **where}]

    def response(self) -> Response:
        """Return the answer that carries this refusal."""
        error = {"errors": list(self.legacy), "code": self.code, "message": self.message}
        return Response.of_json(self.code, {"error": error}, *self.headers)


def as_legacy(error: ApiError) -> ApiError:
    """Return a refusal of what all APIs have in common, as an older API words it: reasons beside the details."""
    if isinstance(error, LegacyError) or error.legacy:
        return error
    domain, reason = _LEGACY_REASONS.get(error.status, ("global", "backendError"))
    said: dict[str, Any] = {"domain": domain, "reason": reason, "message": error.message}
    if error.status == "UNAUTHENTICATED":
        said |= {"message": "Invalid Credentials", "locationType": "header", "location": "Authorization"}
    return ApiError(error.status, error.message, details=error.details, headers=error.headers, legacy=[said])


_LEGACY_REASONS = {
    "INVALID_ARGUMENT": ("global", "badRequest"),
    "FAILED_PRECONDITION": ("global", "failedPrecondition"),
    "UNAUTHENTICATED": ("global", "authError"),
    "PERMISSION_DENIED": ("global", "insufficientPermissions"),
    "NOT_FOUND": ("global", "notFound"),
    "RESOURCE_EXHAUSTED": ("usageLimits", "rateLimitExceeded"),
    "UNIMPLEMENTED": ("global", "notImplemented"),
}


def error_info(reason: str, domain: str, **metadata: str) -> dict[str, Any]:
    """Return the ErrorInfo that names a reason."""
    return {"@type": ERROR_INFO, "reason": reason, "domain": domain, **({"metadata": metadata} if metadata else {})}


def invalid(message: str = "Request contains an invalid argument.", field: str = "") -> ApiError:
    """400 INVALID_ARGUMENT, with the field that is meant where there is one."""
    violation = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": field, "description": message}],
    }
    return ApiError("INVALID_ARGUMENT", message, details=[violation] if field else ())


def not_found() -> ApiError:
    """404: no such person or group."""
    return ApiError("NOT_FOUND", "Requested entity was not found.")


def expired_sync_token() -> ApiError:
    """400, not 410 (facts/google.md 6.2)."""
    return ApiError(
        "FAILED_PRECONDITION",
        "Sync token is expired. Clear local cache and retry call without the sync token.",
        details=[error_info("EXPIRED_SYNC_TOKEN", "people.googleapis.com")],
    )


def stale_etag(which: str) -> ApiError:
    """400: the contact changed since it was read; `which` is "person.etag" or "person.metadata.sources.etag"."""
    return ApiError(
        "FAILED_PRECONDITION",
        f"Request {which} is different than the current {which}. Clear local cache and get the latest person.",
    )


def unauthenticated() -> ApiError:
    """401: no token, or one that is not valid any more."""
    return ApiError(
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        headers=(("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/", error="invalid_token"'),),
    )


def insufficient_scope(service: str, method: str) -> ApiError:
    """403: the token is good, but not for this method."""
    return ApiError(
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        details=[error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", service=service, method=method)],
        headers=(("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'),),
    )


def service_disabled(title: str, service: str, project: str) -> ApiError:
    """403: the API is not switched on in the project of the OAuth client (facts/google.md 2.5)."""
    link = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    return ApiError(
        "PERMISSION_DENIED",
        f"{title} has not been used in project {project} before or it is disabled. Enable it by visiting {link} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry.",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{"description": "Google developers console API activation", "url": link}],
            },
            error_info(
                "SERVICE_DISABLED",
                "googleapis.com",
                service=service,
                consumer=f"projects/{project}",
                activationUrl=link,
                serviceTitle=title,
            ),
        ],
    )


def access_not_configured(title: str, service: str, project: str) -> ApiError:
    """The same as the older APIs say it, Calendar among them (facts/google.md 2.5, 8.1)."""
    whole = service_disabled(title, service, project)
    link = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    reason = {
        "message": whole.message,
        "domain": "usageLimits",
        "reason": "accessNotConfigured",
        "extendedHelp": link,
    }
    return ApiError(whole.status, whole.message, details=whole.details, legacy=[reason])


def no_permission(permission: str = "", resource: str = "") -> ApiError:
    """403: the caller may not do that. Without a permission nothing is told, as for a project nobody may know of."""
    if not permission:
        return ApiError("PERMISSION_DENIED", "The caller does not have permission")
    return ApiError(
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource '//cloudresourcemanager.googleapis.com/{resource}' (or it may "
        "not exist).",
        details=[error_info("IAM_PERMISSION_DENIED", "iam.googleapis.com", permission=permission, resource=resource)],
    )


def user_project_denied(project: str, service: str) -> ApiError:
    """403: x-goog-user-project names a project that the caller may not use (facts/google.md 5.8)."""
    return ApiError(
        "PERMISSION_DENIED",
        f"Caller does not have required permission to use project {project}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission.",
        details=[error_info("USER_PROJECT_DENIED", "googleapis.com", consumer=f"projects/{project}", service=service)],
    )


def consumer_invalid(project: str, service: str) -> ApiError:
    """403: the project of the client is deleted."""
    return ApiError(
        "PERMISSION_DENIED",
        f"Permission denied on resource project {project}.",
        details=[error_info("CONSUMER_INVALID", "googleapis.com", consumer=f"projects/{project}", service=service)],
    )


def quota_project_required(service: str, number: str) -> ApiError:
    """403: user credentials of gcloud without a quota project (facts/google.md 1.9)."""
    return ApiError(
        "PERMISSION_DENIED",
        "Your application is authenticating by using local Application Default Credentials. The "
        f"{service} API requires a quota project, which is not set by default.",
        details=[error_info("SERVICE_DISABLED", "googleapis.com", service=service, consumer=f"projects/{number}")],
    )


def terms_of_service(service: str = "", tos_id: str = "") -> ApiError:
    """400: somebody must accept terms first: those of Google Cloud, or those of a service (facts 1.4, 2.6)."""
    if not service:
        violation = {"type": "TOS", "subject": "cloud", "description": "Callers must accept Terms of Service"}
        failure = {"@type": PRECONDITION, "violations": [violation]}
        return ApiError("FAILED_PRECONDITION", "Callers must accept Terms of Service", details=[failure])
    subject = f"?error_code=390001&service={service}&tos_id={tos_id}"
    return ApiError(
        "FAILED_PRECONDITION",
        f"Precondition check failed. UREQ_TOS_NOT_ACCEPTED: The terms of service must be accepted, tos_id={tos_id}",
        details=[
            {"@type": PRECONDITION, "violations": [{"type": "googleapis.com", "subject": subject}]},
            error_info("UREQ_TOS_NOT_ACCEPTED", "serviceusage.googleapis.com", service=service, tos_id=tos_id),
        ],
    )


def quota_exceeded(
    metric: str, limit: str, project: str, service: str = "people.googleapis.com", *, each: str = "per minute per user"
) -> ApiError:
    """429 with ErrorInfo: the usual form (facts/google.md 6.7)."""
    return ApiError(
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} {each}' of service "
        f"'{service}' for consumer 'project_number:{project}'.",
        details=[
            error_info(
                "RATE_LIMIT_EXCEEDED",
                "googleapis.com",
                quota_limit=limit,
                quota_metric=f"{service}/{metric.lower().replace(' ', '_')}",
                service=service,
                consumer=f"projects/{project}",
            )
        ],
    )


def resource_exhausted() -> ApiError:
    """429 without ErrorInfo: the other form (facts/google.md 6.7)."""
    return ApiError(
        "RESOURCE_EXHAUSTED",
        "Resource has been exhausted (e.g. check quota).",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{"subject": "user", "description": "FBS quota limit exceeded"}],
            }
        ],
    )
