"""Refusals of the Calendar API (facts/google.md 7.16)."""

from gsync_cli.sandbox.google.errors import LegacyError


def bad_event(reason: str, message: str, location: str = "") -> LegacyError:
    """400: an event or a parameter that Calendar does not take."""
    return LegacyError(400, reason, message, location=location)


def no_event() -> LegacyError:
    """404: there is no such event or calendar."""
    return LegacyError(404, "notFound", "Not Found")


def event_gone() -> LegacyError:
    """410: it was deleted before."""
    return LegacyError(410, "deleted", "Resource has been deleted")


def id_taken() -> LegacyError:
    """409: also where the event of that id was deleted (facts/google.md 7.5)."""
    return LegacyError(409, "duplicate", "The requested identifier already exists.")


def full_sync_required() -> LegacyError:
    """410: the sync token of a calendar is no longer good."""
    message = "Sync token is no longer valid, a full sync is required."
    return LegacyError(410, "fullSyncRequired", message, domain="calendar", location="syncToken")


def updated_min_too_old() -> LegacyError:
    """410: updatedMin lies too far back (facts/google.md 7.4)."""
    message = "The requested minimum modification time lies too far in the past."
    return LegacyError(410, "updatedMinTooLongAgo", message, domain="calendar", location="updatedMin")


def changed_meanwhile() -> LegacyError:
    """412: If-Match names another etag than the event has."""
    return LegacyError(412, "conditionNotMet", "Precondition Failed", location="If-Match", location_type="header")


def not_the_organizer() -> LegacyError:
    """403: a guest who may not change what all share."""
    message = "Shared properties can only be changed by the organizer of the event."
    return LegacyError(403, "forbiddenForNonOrganizer", message, domain="calendar")


def calendar_rate(code: int = 403) -> LegacyError:
    """403 or 429: too many requests of this user in a minute (facts/google.md 7.15)."""
    return LegacyError(code, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")


def calendar_exhausted() -> LegacyError:
    """403 for hours: nothing can be written (facts/google.md 7.15)."""
    return LegacyError(403, "quotaExceeded", "Calendar usage limits exceeded.", domain="usageLimits")


def backend_error(code: int = 500) -> LegacyError:
    """500 and 503 of Calendar."""
    return LegacyError(code, "backendError", "Backend Error")
