"""How Google behaves today: the switches that a test or a rehearsal turns."""

from dataclasses import dataclass, field

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
    """APIs that are not switched on in the project: "people", "calendar" …"""
    quotas: Quotas | None = None
    """Limits per minute and user; None is no limit."""
    rotate_refresh_tokens: bool = False
    """Whether each refresh hands out a new refresh token and ends the old one."""
    sync_token_days: float = 7.0
    """How long a sync token lives, counted from the full listing (facts/google.md 6.2)."""
