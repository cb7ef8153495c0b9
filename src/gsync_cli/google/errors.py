"""What Google says when it refuses, and what that means for the run.

Google has two families of JSON errors, the old one (Calendar: `error.errors[].reason`) and AIP-193 (People:
`error.status`, `error.details[].reason`); sign-in has a third (`{"error": "invalid_grant"}`): facts/google.md 8.1.

    Unanswered        a write may or may not have been carried out        the store looks before it sends again
    GoogleRefusal     this request is refused, others may go through      the store decides
    any other         the whole run can't go on                           goes up to the command line
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, Refused, SignInNeeded, Temporary
from gsync_cli.google.scopes import CONTACTS, EVENTS
from gsync_cli.http import CertificateUntrusted, NetworkError, NotEncrypted, NotSent

if TYPE_CHECKING:
    import httpx2

_QUOTA_REASONS: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_LONG_QUOTA_REASONS: Final = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_PROJECT_QUOTA: Final = re.compile(r"\bprojects? quota|number of projects|quota (?:of|for|on) projects", re.IGNORECASE)
"""How Google words that somebody may make no more projects (facts 1.4); no minute refills that."""
API_OFF_REASONS: Final = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
_PEOPLE: Final = "people.googleapis.com"
"""The only API that gsync calls; behind a gateway the host does not tell."""
SCOPE_REASONS: Final = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"})
POLICY_REASONS: Final = frozenset(
    {"admin_policy_enforced", "org_internal", "domainPolicy", "ORG_RESTRICTION_VIOLATION"}
)
RECORD_REASONS: Final = frozenset(
    {"forbiddenForNonOrganizer", "forbiddenForServiceAccounts", "eventTypeRestriction", "cannotChangeOrganizer"}
)
"""403 for the sake of one event; others may be written (facts 7.9, 7.16)."""
_STATES: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "INVALID_ARGUMENT",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.CONFLICT: "ALREADY_EXISTS",
    HTTPStatus.PRECONDITION_FAILED: "FAILED_PRECONDITION",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
}
"""The status word an answer stands for that names none."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The body of an error answer, of whichever family."""

    reason: str = ""
    """details[].reason, else errors[].reason, else the status word; "" where the body names none."""
    state: str = ""
    """The status word of AIP-193 (`FAILED_PRECONDITION`)."""
    message: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    details: tuple[Mapping[str, Any], ...] = ()
    understood: bool = False
    """Whether the body is one of Google's; a page of a proxy or of another server is not."""


class Unanswered(Temporary):
    """A write got no answer, or an answer that leaves open whether it was carried out (5xx, a cut connection)."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__("google-unanswered", host=host, reason=reason)


class GoogleRefusal(Refused):
    """Google understood this request and won't do it. Others may go through.

    `status` is the HTTP status, `reason` the most telling code (`EXPIRED_SYNC_TOKEN`), `state` the status word
    (`FAILED_PRECONDITION`), `message` Google's own sentence, `details` the raw details.
    """

    def __init__(self, status: int, body: ErrorBody) -> None:
        self.status = status
        self.state = body.state or _STATES.get(status, "")
        self.reason = body.reason or self.state
        self.message = body.message or f"HTTP {status}"
        self.details = body.details
        super().__init__("google-refused", status=status, reason=self.reason, message=self.message)

    @property
    def is_expired_token(self) -> bool:
        """Whether a sync token is too old: 400 EXPIRED_SYNC_TOKEN at People, 410 at Calendar (facts 6.2, 7.2)."""
        if self.reason in {"EXPIRED_SYNC_TOKEN", "fullSyncRequired", "updatedMinTooLongAgo"}:
            return True
        if self.status == HTTPStatus.GONE:
            return self.reason != "deleted"
        return self.status == HTTPStatus.BAD_REQUEST and self.message.casefold().startswith("sync token")

    @property
    def is_stale_etag(self) -> bool:
        """Whether the record changed since it was read (facts 6.4: 400; 6.6: 409 for groups; 7.7: 412)."""
        if self.is_expired_token:
            return False
        if self.status == HTTPStatus.PRECONDITION_FAILED:
            return True
        if self.status == HTTPStatus.CONFLICT:
            return self.state == "ABORTED" or "etag" in self.message.casefold()
        return self.status == HTTPStatus.BAD_REQUEST and (
            self.state == "FAILED_PRECONDITION"
            or self.reason in {"FAILED_PRECONDITION", "failedPrecondition"}
            or "etag is different" in self.message.casefold()
        )

    @property
    def is_not_found(self) -> bool:
        """Whether the record is not there (any more)."""
        return self.status == HTTPStatus.NOT_FOUND or (self.status == HTTPStatus.GONE and not self.is_expired_token)

    @property
    def already_exists(self) -> bool:
        """Whether there is one of that name or id already."""
        return self.status == HTTPStatus.CONFLICT and not self.is_stale_etag


def read_body(content: bytes) -> ErrorBody:
    """Read the body of an error answer of an API. Anything may stand there; nothing is taken for granted."""
    try:
        document = json.loads(content)
    except ValueError:
        return ErrorBody()
    if isinstance(document, list) and document:
        document = document[0]
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, str):
        message = document.get("error_description") or document.get("error_message") or error
        return ErrorBody(reason=error, message=str(message), understood=True)
    if not isinstance(error, dict):
        return ErrorBody()
    details = _dicts(error.get("details"))
    old = _dicts(error.get("errors"))
    state = _text(error.get("status"))
    with_reason = next((detail for detail in details if _text(detail.get("reason"))), {})
    return ErrorBody(
        reason=_text(with_reason.get("reason")) or next(filter(None, (_text(e.get("reason")) for e in old)), state),
        state=state,
        message=_text(error.get("message")),
        metadata={str(k): str(v) for k, v in _dict(with_reason.get("metadata")).items()},
        details=(*details, *old),
        understood=True,
    )


def is_quota_refusal(status: int, body: ErrorBody) -> bool:
    """Whether the request was turned away for quota before anything was done (facts 8.3, 8.9)."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and body.reason in _QUOTA_REASONS)


def is_long_quota(status: int, body: ErrorBody) -> bool:
    """Whether a quota is used up that a minute won't refill: by day, or by Google's own judgement (facts 7.15)."""
    if status not in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return False
    limit = body.metadata.get("quota_limit", "").casefold()
    if is_project_quota(body):
        return True
    return body.reason in _LONG_QUOTA_REASONS or "perday" in limit or " per day" in body.message.casefold()


def is_project_quota(body: ErrorBody) -> bool:
    """Whether it is the number of projects that is used up (facts 1.4)."""
    return body.reason not in _QUOTA_REASONS and bool(_PROJECT_QUOTA.search(body.message))


def of_answer(response: "httpx2.Response", *, email: str) -> GsyncError:
    """Return the error that an answer of an API stands for. It is final: waiting and refreshing are over."""
    status, body = response.status_code, read_body(response.content)
    if status == HTTPStatus.UNAUTHORIZED:
        return SignInNeeded("google-token-refused", email=email)
    if temporary := _temporary(response, body):
        return temporary
    if is_foreign(response, body):
        return foreign(response)
    if status == HTTPStatus.FORBIDDEN and body.reason not in RECORD_REASONS:
        return _forbidden(response, body, email)
    return GoogleRefusal(status, body)


def _temporary(response: "httpx2.Response", body: ErrorBody) -> Temporary | None:
    status = response.status_code
    if is_long_quota(status, body):
        return Temporary("google-quota-day", message=body.message)
    if is_quota_refusal(status, body):
        return Temporary("google-quota", message=body.message or f"HTTP {status}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Temporary("google-server", status=status, host=response.url.host)
    return None


def is_foreign(response: "httpx2.Response", body: ErrorBody) -> bool:
    """Whether an answer can't be Google's: a redirect, or a page that is none of its errors.

    An empty body and a request too large are refused by Google's front without JSON.
    """
    if HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST:
        return True
    too_large = response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return bool(response.content.strip()) and not body.understood and not too_large


def foreign(response: "httpx2.Response") -> ConfigurationWrong:
    """Return the error for an answer that is not Google's: a captive portal, a proxy's page, a wrong endpoint."""
    return ConfigurationWrong("google-not-google", host=_origin(response), status=response.status_code)


def of_network(error: NetworkError) -> GsyncError:
    """Return the error for a request that was only reading, or never left."""
    if isinstance(error, CertificateUntrusted):
        return ConfigurationWrong("certificate-untrusted", host=error.host, reason=error.reason)
    if isinstance(error, NotEncrypted):
        return ConfigurationWrong("endpoint-not-encrypted", host=error.host)
    code = "no-network" if isinstance(error, NotSent) else "no-answer"
    return Temporary(code, host=error.host, reason=error.reason)


def of_token_answer(response: "httpx2.Response", *, client_id: str) -> GsyncError:
    """Return the error for an answer of the token endpoint, `invalid_grant` apart: its meaning is the caller's.

    (facts/google.md 3.12, 5.5)
    """
    body = read_body(response.content)
    if temporary := _temporary(response, body):
        return temporary
    if body.reason in {"invalid_client", "deleted_client", "unauthorized_client"}:
        return ConfigurationWrong("google-client-refused", client_id=client_id, message=body.message)
    if body.reason == "redirect_uri_mismatch":
        return ConfigurationWrong("google-client-not-desktop", client_id=client_id)
    if body.reason in POLICY_REASONS:
        return Refused("google-app-blocked", message=body.message, reason=body.reason)
    if body.understood and body.reason:
        return SignInNeeded("google-sign-in-failed", reason=body.reason, message=body.message)
    return foreign(response)


def _forbidden(response: "httpx2.Response", body: ErrorBody, email: str) -> GsyncError:
    if body.reason in API_OFF_REASONS:
        return ActionNeeded("google-api-off", service=_service(body, response), link=_activation_link(body, response))
    if body.reason in SCOPE_REASONS:
        return SignInNeeded("google-scope-missing", scope=_missing_scope(response), email=email)
    if body.reason in POLICY_REASONS:
        return Refused("google-app-blocked", message=body.message, reason=body.reason)
    return Refused("google-forbidden", message=body.message or "HTTP 403", email=email)


def _service(body: ErrorBody, response: "httpx2.Response") -> str:
    host = response.url.host
    return body.metadata.get("service") or (host if host.endswith(".googleapis.com") else _PEOPLE)


def _activation_link(body: ErrorBody, response: "httpx2.Response") -> str:
    """Return where the API is switched on: named in the metadata, in a Help detail, or in the sentence (facts 2.5)."""
    if link := body.metadata.get("activationUrl"):
        return link
    help_links = [_text(link.get("url")) for detail in body.details for link in _dicts(detail.get("links"))]
    if link := next(filter(None, help_links), ""):
        return link
    if found := re.search(r"https://console\S+", body.message):
        return found[0].rstrip(".,)")
    return f"https://console.cloud.google.com/apis/library/{_service(body, response)}"


def _missing_scope(response: "httpx2.Response") -> str:
    """Return the scope the WWW-Authenticate header names, else the one that the API asked needs."""
    named = re.search(r'scope="([^"]+)"', response.headers.get("www-authenticate", ""))
    return named[1] if named else EVENTS if "/calendar/" in response.url.path else CONTACTS


def _origin(response: "httpx2.Response") -> str:
    url = response.url
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> tuple[dict[str, Any], ...]:
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
