"""`gsync consent`: what a person enters on Google's pages for the consent screen (rows P7 and P8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.redirect_uris import decisions_here
from gsync_cli.cli.results import Page
from gsync_cli.credentials import Credentials
from gsync_cli.provisioning.consent import TEST_USERS, TESTING_DAYS, ConsentScreen, consent_screen, console_link
from gsync_cli.provisioning.redirect_uris import checked_site

app = typer.Typer(help="Show what to enter on Google's pages for the consent screen.")


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """The values, and the pages they go to."""

    screen: ConsentScreen
    site: str
    """The address of the Creatio site; empty where none is known."""
    project: str
    account: str
    """Who is signed in to the console, as far as is known."""

    def link(self, page: str) -> str:
        """Return the address of a page of the console, for this project and account."""
        return console_link(page, self.project, self.account)  # type: ignore[arg-type]  # the pages are written below

    def data(self) -> Mapping[str, object]:
        """Return the values, null where they are not known, and `pages` with the links in the order of the wizard."""
        screen = self.screen
        return {
            "project": self.project or None,
            "app_name": screen.app_name,
            "support_email": screen.support_email or None,
            "user_type": screen.user_type,
            "developer_emails": list(screen.developer_emails),
            "authorised_domain": screen.authorised_domain or None,
            "pages": [{"page": page, "link": self.link(page), "values": values} for page, _, values in self._steps()],
        }

    def show(self, page: Page) -> None:
        """Print a block for each page, its values one a line."""
        unknown = "the address you are signed in with there"
        for number, (name, title, values) in enumerate(self._steps(), 1):
            page.heading(f"{number}. {title}")
            page.text(self.link(name))
            page.facts(
                (label, value or (self._no_domain() if name == "branding" else unknown))
                for label, value in values.items()
            )
        page.heading("Good to know")
        for sentence in _sentences(self.screen, self.link("audience")):
            page.text(sentence)

    def _steps(self) -> list[tuple[str, str, dict[str, str | None]]]:
        """Return page, title and values (None: not known) in the order of Google's wizard (facts/google.md 3.6)."""
        screen = self.screen
        return [
            (
                "overview/create",
                "Get started",
                {
                    "App name": screen.app_name,
                    "User support email": screen.support_email or None,
                    "Audience": screen.user_type.capitalize(),
                    "Contact information": ", ".join(screen.developer_emails) or None,
                },
            ),
            ("branding", "Branding", {"Authorised domain": screen.authorised_domain or None}),
            ("scopes", "Data access", {"Manually add scopes": "the lines of: gsync scopes select"}),
        ]

    def _no_domain(self) -> str:
        if self.site:
            return "none: the site is on this machine"
        return "creatio.com for a site in Creatio's cloud, else your own: gsync consent show --creatio-url URL"


@app.command(
    "show",
    epilog=examples(
        "gsync consent show",
        "gsync consent show --creatio-url https://crm.example.com --support-email admin@example.com",
        "gsync consent show --user-type external",
    ),
)
def show(
    ctx: typer.Context,
    creatio_url: Annotated[str, typer.Option(metavar="URL", help="The site; else the connected one.")] = "",
    support_email: Annotated[str, typer.Option(metavar="E", help="Else the signed-in administrator.")] = "",
    developer_email: Annotated[
        list[str] | None, typer.Option(metavar="E", help="May be repeated; else the support e-mail.")
    ] = None,
    user_type: Annotated[str, typer.Option(help="internal or external.", show_default="internal")] = "",
    project: Annotated[str, typer.Option(metavar="ID", help="Else the active project.")] = "",
) -> ConsentShown:
    """Show every value of the consent screen, ready to copy, in the order of Google's wizard, with the links."""
    here = session(ctx)
    decided = decisions_here(here)
    typed = creatio_url or here.settings.text("creatio.url") or decided.creatio_url
    site = checked_site(typed) if typed else ""
    account = _administrator(here)
    screen = consent_screen(
        site=site,
        administrator=account,
        support_email=support_email or decided.support_email,
        developer_emails=developer_email or decided.developer_emails,
        user_type=user_type or decided.user_type,
    )
    return ConsentShown(screen, site, project.strip() or here.settings.text("google.project"), account)


def _administrator(here: Session) -> str:
    """Return who most likely sits at the console: the signed-in administrator, else the signed-in account."""
    stored = Credentials.load(here.profile)
    if stored.administrator is not None and stored.administrator.email:
        return stored.administrator.email
    return stored.grant.email if stored.grant is not None else ""


def _sentences(screen: ConsentScreen, audience: str) -> list[str]:
    if screen.user_type == "internal":
        return [
            "Internal keeps the app to your company and needs no verification.",
            "It is possible only where the project lies in an organization; without one Google offers External alone.",
        ]
    return [
        f"External, in testing: at most {TEST_USERS} people, each entered as a test user at {audience}",
        f"Their sign-ins end after {TESTING_DAYS} days; then Creatio and gsync ask them to sign in anew.",
        "Published, it needs no test users, and sign-ins last.",
        f"But until Google has verified the app, it warns everybody, and lets in {TEST_USERS} people altogether.",
        "A project inside an organization can have Internal instead, with none of this.",
    ]
