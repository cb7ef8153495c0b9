"""Everything in which one Creatio site differs from the next; a test may change it while the site runs."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class Options:
    """How a site behaves. The defaults are a plain site of one's own; the sources are sections of facts/creatio.md."""

    # Sessions (1.2 to 1.5).
    session_minutes: float = 60
    expiry: Literal["auto", "unauthorized", "redirect", "page"] = "auto"
    """How an ended session shows: 401; 302 to the login page; 200 with that page.

    "auto" is 401 to a caller who sends ForceUseSession, and 302 to others."""
    csrf: bool = True
    old_cookie_names: bool = True
    """From 8.3.2 on: send the old names of the cookies beside the new ones."""
    old_ticket_dies: bool = False
    """Once .ASPXAUTH has been renewed, the former value is refused."""
    login_attempts: int = 5
    lockout_minutes: float = 15
    login_refusal: Literal[200, 401] = 200
    """The status of a refused login; its body is the same."""
    password_login: bool = True
    """False: 8.3.1's DisableInternalUserPasswordAuth."""

    # Dates (2.4).
    dates: Literal["utc", "user-zone"] = "utc"
    """"user-zone": answers stand in the caller's zone and still end in Z."""
    literals: Literal["as-dates", "utc"] = "as-dates"
    """How dates in $filter are read: like the answers, or always as UTC."""
    birthdays: Literal["plain", "read-shifted", "write-shifted"] = "plain"
    """Whether a date without time is moved between zones when it is read, or when it is written (2.4, 9.2)."""
    default_zone: str = ""
    """The setting DefaultTimeZone, a Windows id, for users who have none."""
    fraction_digits: int = 7
    whole_seconds: bool = False
    """Time stamps are stored without fractions."""
    skew_seconds: float = 0
    """How far this server's clock is ahead of the sandbox's."""

    # OData (2.2 to 2.8).
    max_rows: int = 20_000
    """MaxEntityRowCount: replies are cut there without a word."""
    next_links: bool = False
    """Cut replies carry @odata.nextLink (undocumented; 9.3)."""
    memory_rows: int | None = None
    """More rows than this in one reply is too much memory: 500 (2.2)."""
    case_sensitive: bool = False
    """How the database compares text."""
    select_covers_filter: bool = False
    """$select must name the filtered columns too (2.2)."""
    batch: Literal["json", "writes-only", "refused"] = "json"
    """What $batch takes: everything, no GET, or nothing at all (7.16.0 and earlier have none)."""
    batch_shuffled: bool = False
    """Answers of a batch come in any order (2.6: map them by id)."""
    error_form: Literal["odata", "webapi", "lang"] = "odata"
    """The body of a refusal (2.7): form 1, form 2, or form 1 with an object for a message."""
    longest_query: int = 2048
    """IIS refuses a longer query string with 404 and a page."""
    system_tables: bool = True
    """False: SysAdminUnit and VwSysAdminUnit are hidden from OData (2.8)."""
    odata_right: bool = True
    """False: nobody has CanUseODataService."""
    denied: set[tuple[Literal["read", "write"], str]] = field(default_factory=set)
    """Object rights that are missing: ("write", "ContactInTag")."""
    salutations: str = "SalutationType"
    """The name of the salutations' table; product builds call it ContactSalutationType. Read once, at the start."""

    odata_closed: set[str] = field(default_factory=set)
    """Tables that OData does not let anybody at, though DataService does (9.9)."""
    closed_status: Literal[401, 403, 404, 500] = 403
    """How OData says so."""
    missing_operations: set[str] = field(default_factory=set)
    """Operations that nobody is allowed: "CanManageSysSettings", "CanManageMailServers", "CanManageLookups" (1.6)."""

    # System settings (5).
    refused_settings: set[str] = field(default_factory=set)
    """Codes that are not saved, though the answer as a whole is a success."""
    short_text: int | None = None
    """Where texts of settings are cut without a word: 50 (9.10)."""
    secret_read: Literal["plain", "masked", "empty"] = "plain"  # noqa: S105 - a choice
    """How GoogleConsumerSecret is answered: a SecureText is not readable."""

    # Activities (3).
    exchange: bool = True
    """Whether the Exchange package is there, and with it the column Activity.Location. Read once, at the start."""
    date_writes: Literal["utc", "user-zone"] = "utc"
    """Whether a date that is written is stored as it is passed, or taken for wall clock of the caller's zone.

    That, although it ends in Z: 2.4, up to 8.3.1 some were stored wrongly."""
    idle_reminders: bool = True
    """The date of a reminder stays where the reminder is switched off; else it is cleared. Nobody knows which."""
    due_before_start: bool = False
    """An activity may end before it begins; else it is refused."""
    activity_lookups_default: bool = False
    """Status, priority, category and type of an activity have defaults; else the first three must be sent."""
    participants_touch_activity: bool = False
    """A saved or deleted participant moves the ModifiedOn of its activity."""

    # What the product does by itself (3).
    correspondence_holds: bool = True
    """An account that correspondence rows point at can't be deleted (4.4, 9.14); False: the rows let go of it."""
    surname_first: bool = False
    """ContactFieldConverter: how Name is composed and taken apart."""

    # Services (1.7).
    user_info: bool = True
    application_info: bool = True
