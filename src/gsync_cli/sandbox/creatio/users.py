"""Who may use the site, and on whose behalf a request is carried out."""

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(slots=True)
class User:
    """A SysAdminUnit with a contact of its own. The flags bring about the codes of a login (facts/creatio.md 1.2)."""

    id: str
    name: str
    password: str
    contact_id: str
    time_zone_id: str = "UTC"
    """A Windows id; "" where the user never chose one."""
    culture: str = "en-US"
    active: bool = True
    administrator: bool = False
    licensed: bool = True
    manages_licences: bool = False
    password_expired: bool = False
    password_change_recommended: bool = False
    second_factor: str = ""
    """The code wanted beside the password, where there is one."""
    client_id: str = ""
    client_secret: str = ""
    """Of a technical user, which has no password and signs in by OAuth alone (1.5)."""
    has_rights: bool = True
    """A technical user has none until they are granted."""
    failures: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is, and in which zone dates are for them."""

    user: User
    zone: tzinfo
