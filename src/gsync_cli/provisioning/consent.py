"""What goes into Google's forms for the consent screen, and the pages they are on (rows P7 and P8).

No public API can fill them in (facts/google.md 3.1), so a person copies these values, in the order of Google's own
wizard (3.6). Whatever can be computed is computed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from gsync_cli.errors import Refused, WrongUsage
from gsync_cli.provisioning.domains import authorised_domain

UserType: TypeAlias = Literal["internal", "external"]
Page: TypeAlias = Literal[
    "overview", "overview/create", "branding", "audience", "clients", "clients/create", "scopes", "verification"
]

APP_NAME: Final = "Creatio"
"""As the guide names it; users read it on Google's page when they sign in."""
TEST_USERS: Final = 100
TESTING_DAYS: Final = 7
_CONSOLE: Final = "https://console.cloud.google.com/auth/"
_EMAIL: Final = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\".]+(?:\.[^\s@<>,;\".]+)+")


@dataclass(frozen=True, slots=True)
class ConsentScreen:
    """The values of the forms."""

    app_name: str
    support_email: str
    """The address of whoever is signed in to the console, or a group they manage; Google offers no other (facts 3.6).

    Empty where it is not known.
    """
    developer_emails: tuple[str, ...]
    """Where Google writes to about the project. Empty where nobody is known."""
    authorised_domain: str
    """`creatio.com`, or one's own; empty where no site is known, and for a site on this machine."""
    user_type: UserType


def consent_screen(
    *,
    site: str = "",
    administrator: str = "",
    support_email: str = "",
    developer_emails: Sequence[str] = (),
    user_type: str = "",
    in_organization: bool | None = None,
) -> ConsentScreen:
    """Compute the values for a site (checked, see redirect_uris) from what is known; what was given wins.

    `in_organization` tells whether the project lies in one, None where nobody knows. Internal is the default, but where
    that is known to be impossible. Raises WrongUsage("email-form" or "user-type-form", and those of
    `authorised_domain`), Refused("consent-internal-without-organization").
    """
    wanted = user_type.strip().lower()
    if wanted not in ("", "internal", "external"):
        raise WrongUsage("user-type-form", given=user_type)
    if wanted == "internal" and in_organization is False:
        raise Refused("consent-internal-without-organization")
    kind: UserType = "external" if wanted == "external" or (not wanted and in_organization is False) else "internal"
    support = checked_email(support_email) if support_email else administrator
    developers = tuple(dict.fromkeys(checked_email(each) for each in developer_emails)) or (
        (support,) if support else ()
    )
    return ConsentScreen(APP_NAME, support, developers, authorised_domain(site) if site else "", kind)


def checked_email(typed: str) -> str:
    """Return an e-mail address without blanks around it. Raises WrongUsage("email-form")."""
    text = typed.strip()
    if not _EMAIL.fullmatch(text):
        raise WrongUsage("email-form", given=typed)
    return text


def console_link(page: Page, project: str = "", account: str = "") -> str:
    """Return the address of a page of the console: of this project, and as this account (facts/google.md 3.5).

    Without them the console opens the project and the account that the browser saw last.
    """
    from urllib.parse import urlencode

    query = urlencode({name: value for name, value in (("project", project), ("authuser", account)) if value})
    return f"{_CONSOLE}{page}?{query}" if query else f"{_CONSOLE}{page}"
