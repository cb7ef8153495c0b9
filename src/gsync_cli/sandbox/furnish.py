"""A sandbox with people in it: a Workspace user of Google, the same person's Creatio, and contacts on both sides.

Some people are only in Creatio, some only in Google, some in both. In Creatio some carry the private tag `TAG`. The
contact group "Creatio" does not exist yet: the first synchronisation makes it.
"""

import random
from collections.abc import Iterable
from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.site import FIRST_PASSWORD, FIRST_USER, CreatioSite
from gsync_cli.sandbox.furnish_activities import put_activities
from gsync_cli.sandbox.furnish_events import put_events
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.cloud import Consent
from gsync_cli.sandbox.google.tokens import Client, Project
from gsync_cli.sandbox.people_data import Person, believable, google_person, grow
from gsync_cli.sandbox.world import Sandbox

DOMAIN: Final = "nordlicht.example"
EMAIL: Final = f"anna.keller@{DOMAIN}"
PRIVATE_EMAIL: Final = "anna.keller@private.example"
"""A second account, outside the organization."""
REGION: Final = "DE"
TAG: Final = "Google"
USERNAME: Final = FIRST_USER
PASSWORD: Final = FIRST_PASSWORD
PROJECT: Final = Project("nordlicht-creatio", "104857600001", app="gsync", audience="internal", hosted_domain=DOMAIN)
INSTALLED_ID: Final = f"{PROJECT.number}-desktop0sandbox.apps.googleusercontent.com"
WEB_ID: Final = f"{PROJECT.number}-web0sandbox.apps.googleusercontent.com"
INSTALLED_SECRET: Final = "GOCSPX-sandbox-desktop"  # noqa: S105  worth nothing outside
WEB_SECRET: Final = "GOCSPX-sandbox-web"  # noqa: S105
SCOPES: Final = (
    "https://www.googleapis.com/auth/contacts",
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/userinfo.email",
    "openid",
)
SERVICES: Final = (
    "calendar-json.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "gmail.googleapis.com",
    "monitoring.googleapis.com",
    "people.googleapis.com",
    "serviceusage.googleapis.com",
)
"""What is switched on in the project."""
FOLDER: Final = "Sales and service"
"""A folder of the organization."""
SITE: Final = "https://nordlicht.creatio.com"
"""Where the Creatio would be in the world outside."""

_PAGE_CHANGED_IN = (7, 17, 1)
_TAGGED = slice(0, 14)
_UNTAGGED = slice(14, 20)
_IN_GOOGLE_TOO = (0, 2, 4, 9, 14, 15)
_ONLY_IN_GOOGLE = slice(20, None)
_STARTERS_IN_GOOGLE = 7


def furnished(
    clock: VirtualClock | None = None,
    *,
    seed: int = 0,
    behaviour: Behaviour | None = None,
    creatio: CreatioSite | None = None,
    more_in_creatio: int = 0,
    more_in_google: int = 0,
) -> Sandbox:
    """Return a sandbox full of people; `more_in_creatio` further tagged ones, `more_in_google` further contacts."""
    sandbox = Sandbox(clock, seed=seed, behaviour=behaviour, creatio=creatio)
    chance = random.Random(f"people {seed}")  # noqa: S311  repeatable, not secret
    register(sandbox)
    people = believable()
    account = sandbox.google.account(EMAIL)
    extra = list(grow(chance, _STARTERS_IN_GOOGLE + more_in_google + more_in_creatio))
    google_extra = extra[: _STARTERS_IN_GOOGLE + more_in_google]
    put_in_google(account, [people[number] for number in _IN_GOOGLE_TOO])
    put_in_google(account, people[_ONLY_IN_GOOGLE])
    put_in_google(account, google_extra)
    family = account.add_group("Family & friends")
    for version in list(account.book.present())[::9]:
        account.join(version.resource, family)
    put_events(account, sandbox.clock.now().date())
    desk = sandbox.creatio.desk()
    desk.create_tag(TAG)
    desk.create_tag("Key accounts", "corporate")
    desk.create_tag("Newsletter", "public")
    put_in_creatio(sandbox.creatio, people[_TAGGED], TAG)
    put_in_creatio(sandbox.creatio, people[_UNTAGGED])
    put_in_creatio(sandbox.creatio, extra[len(google_extra) :], TAG)
    put_activities(sandbox.creatio, EMAIL)
    return sandbox


def register(sandbox: Sandbox, *, project: Project = PROJECT) -> None:
    """Add the accounts, the organization with the project, and its two OAuth clients: gsync's own and Creatio's."""
    sandbox.google.add_account(EMAIL, "Anna Keller", hosted_domain=DOMAIN, region=REGION)
    sandbox.google.add_account(PRIVATE_EMAIL, "Anna Keller", region=REGION)
    cloud = sandbox.google.cloud
    organization = cloud.add_organization(DOMAIN, number="415104857600", admins=(EMAIL,))
    cloud.add_folder(FOLDER, organization.name)
    made = cloud.add_project(
        project.id,
        EMAIL,
        title="Nordlicht Creatio",
        parent=organization.name,
        number=project.number,
        services=SERVICES,
        busy=True,
    )
    made.consent = Consent(project, EMAIL, ("creatio.com",), (EMAIL,), set(SCOPES))
    oauth = sandbox.google.oauth
    oauth.add_client(Client(INSTALLED_ID, INSTALLED_SECRET, "installed", project, ("http://localhost",)))
    oauth.add_client(Client(WEB_ID, WEB_SECRET, "web", project))
    register_site(sandbox, SITE)


def register_site(sandbox: Sandbox, site: str) -> None:
    """Register the redirect URIs and the origin of a Creatio in its client, as a person would in the console."""
    client, creatio = sandbox.google.oauth.registry.clients[WEB_ID], sandbox.creatio
    former = tuple(int(part) for part in creatio.version.split(".")[:3]) < _PAGE_CHANGED_IN
    page = "ViewPage.aspx" if former else "LegacySocialAccountAuthPage.aspx"
    base = f"{site}/0" if creatio.runtime == "framework" else site
    redirects = (
        f"{base}/{page}?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff",
        f"{base}/rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode",
    )
    parts = urlsplit(site)
    client.redirect_uris = tuple(dict.fromkeys((*client.redirect_uris, *redirects)))
    client.javascript_origins = tuple(dict.fromkeys((*client.javascript_origins, f"{parts.scheme}://{parts.netloc}")))


def put_in_google(account: Account, people: Iterable[Person]) -> list[str]:
    """Add people to an account's contacts; return their resource names."""
    return [account.add(google_person(person)) for person in people]


def put_in_creatio(site: CreatioSite, people: Iterable[Person], *tags: str) -> list[str]:
    """Add people to the first user's Creatio, with tags; return their ids."""
    ids = []
    for person in people:
        told: dict[str, Any] = {**person, "tags": tags}
        if notes := person.get("notes"):
            told["notes"] = _html(notes)
        ids.append(site.add_person(told))
    return ids


def _html(text: str) -> str:
    """Return plain text as Creatio's editor writes it."""
    paragraphs = text.split("\n\n")
    return "".join(f"<p>{escape(paragraph, quote=False).replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
