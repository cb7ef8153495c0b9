"""How Google behaves today: the switches that a test or a rehearsal turns."""

from dataclasses import dataclass, field
from typing import Literal

from gsync_cli.sandbox.google.quota import Quotas


@dataclass(slots=True)
class Behaviour:
    """Everything that is not the same at every Google, or on every day. The defaults are a calm day."""

    lag_seconds: float = 0.0
    """How late writes show in sync listings and among the members of a group (facts/google.md 6.2, 6.6)."""
    stale_listings: float = 0.0
    """Probability that a listing shows the former version of a contact written in the last five minutes."""
    shuffle_items: bool = False
    """Whether the entries of a field come in another order each time; Google promises none."""
    group_changes_touch_contacts: bool = True
    """Whether joining or leaving a group moves etag and updateTime and shows in a sync listing (unknown 5)."""
    spurious_etag_mismatches: float = 0.0
    """Probability that an update is refused for its etag although nothing changed (facts/google.md 6.4)."""
    refused_values: set[str] = field(default_factory=set)
    """A contact that holds one of these texts anywhere is refused with 400."""
    disabled_services: set[str] = field(default_factory=set)
    """APIs that are switched on in no project at all: "people", "calendar" …"""
    quotas: Quotas | None = None
    """Limits per minute and user; None is no limit."""
    rotate_refresh_tokens: bool = False
    """Whether each refresh hands out a new refresh token and ends the old one."""
    sync_token_days: float = 7.0
    """How long a sync token lives, counted from the full listing (facts/google.md 6.2)."""

    # ── the calendar ─────────────────────────────────────────────────────────────────────────────────────────
    unknown_zones: set[str] = field(default_factory=lambda: {"America/Ciudad_Juarez", "Europe/Kyiv", "Pacific/Kanton"})
    """Zones that exist and yet are unknown to Calendar: young names of old zones (facts/google.md 7.11)."""
    calendar_token_days: float = 28.0
    """How long a sync token of a calendar lives since it was handed out."""
    delta_window: Literal["all", "kept"] = "all"
    """Whether a listing by sync token keeps to the timeMin and timeMax of the first one, or tells of all changes."""
    short_pages: float = 0.0
    """Probability that a page of events is shorter than asked for, or empty, although more follow."""
    series_tombstones: bool = True
    """Whether a deleted series tells of its exceptions too, or only of itself (facts/google.md 7.3)."""
    guest_edits: Literal["refused", "local"] = "refused"
    """What happens where a guest changes what belongs to the organizer: 403, or only his own copy changes (7.9)."""
    calendar_quota: int | None = None
    """Requests a minute and user, each part of a batch counted; None is no limit. Google's is 600."""
    calendar_quota_code: Literal[403, 429] = 403
    """How an exceeded quota is told; Google does both."""
    calendar_exhausted: bool = False
    """Whether nothing can be written for hours: 403 quotaExceeded."""

    # ── the administrator's side ─────────────────────────────────────────────────────────────────────────────
    operation_polls: int = 1
    """How many times a long-running operation says that it is not done yet (facts/google.md 1.3)."""
    operation_seconds: float = 0.0
    """How long an operation takes at least."""
    bare_metadata: bool = False
    """Whether the metadata of an operation comes without `@type`."""
    search_lag_seconds: float = 10.0
    """How late projects.search and folders.search know of changes; projects.get always knows (facts 1.7)."""
    implicit_parent: bool = True
    """Whether a Workspace user's project without a parent lands in the organization (facts 1.4, unknown 17)."""
    project_quota: int | None = None
    """How many projects an account may have made, deleted ones too; None is no limit."""
    create_refusals: Literal["operation", "http"] = "operation"
    """Where quota, terms of service and missing permission are told at projects.create (facts 1.4)."""
    id_taken: Literal["operation", "http"] = "http"
    """Where a project id that somebody has is told."""
    terms_unaccepted: set[str] = field(default_factory=set)
    """Accounts that have not accepted the terms of Google Cloud yet: they can make no project."""
    service_terms: dict[str, str] = field(default_factory=dict)
    """Services with terms that nobody accepted yet: tos_id by service name (facts 2.6)."""
    missing_permissions: dict[str, set[str]] = field(default_factory=dict)
    """Permissions that an account does not have anywhere, by e-mail address."""
    untestable_permissions: set[str] = field(default_factory=set)
    """Permissions for which testIamPermissions answers 400."""
    restricted_services: set[str] = field(default_factory=set)
    """Services that the organization's policy gcp.restrictServiceUsage forbids."""
    new_project_services: set[str] = field(default_factory=set)
    """Services that are on in a project from the beginning."""
    enable_delay_seconds: float = 0.0
    """How long after the operation a service is still shown as DISABLED."""
    propagation_seconds: float = 0.0
    """How long after it is shown as ENABLED an API still answers SERVICE_DISABLED (facts 2.5)."""
    service_usage_limits: tuple[int, int] | None = (240, 60)
    """Reads and writes a minute; a batchEnable counts as five writes (facts 2.2)."""
    quota_project_needed: bool = False
    """Whether application default credentials are refused without x-goog-user-project (facts 1.9)."""
    redirects_checked_at_token: bool = True
    """Whether the token endpoint names a redirect that is not registered before it looks at the code (facts 3.12)."""
    redirect_delay_seconds: float = 0.0
    """How long after the console took a further redirect URI it begins to work (facts 3.13)."""
    refusals_by_redirect: bool = False
    """Whether a wrong authorisation request is sent on to /signin/oauth/error?authError=… instead of a 400 page."""
