"""Refusals of Google's APIs, in the AIP-193 form (facts/google.md 8.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from gsync_cli.sandbox.messages import Response

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


class ApiError(Exception):
    """A request is refused: `status` is the canonical name, `details` the typed messages that go with it."""

    def __init__(
        self,
        status: str,
        message: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.details = details
        self.headers = headers

    def response(self) -> Response:
        """Return the answer that carries this refusal."""
        code = STATUS_CODES[self.status]
        error: dict[str, Any] = {"code": code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = list(self.details)
        return Response.of_json(code, {"error": error}, *self.headers)


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


def quota_exceeded(metric: str, limit: str, project: str) -> ApiError:
    """429 with ErrorInfo: the usual form (facts/google.md 6.7)."""
    return ApiError(
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute per user' of service "
        f"'people.googleapis.com' for consumer 'project_number:{project}'.",
        details=[
            error_info(
                "RATE_LIMIT_EXCEEDED",
                "googleapis.com",
                quota_limit=limit,
                quota_metric=f"people.googleapis.com/{metric.lower().replace(' ', '_')}",
                service="people.googleapis.com",
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
