"""`gsync redirect-uris`: what to paste into the OAuth client in the Google console (rows P10-P13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.credentials import Credentials
from gsync_cli.errors import GsyncError, WrongUsage
from gsync_cli.provisioning.redirect_uris import PLACEHOLDER, Registration, Runtime, Version, checked_site, registration

if TYPE_CHECKING:
    from gsync_cli.cli.results import Page
    from gsync_cli.provisioning.walk.journal import Decisions

app = typer.Typer()


@app.command(
    "redirect-uris",
    epilog=examples(
        "gsync redirect-uris --version 7.17.1",
        "gsync redirect-uris --version 8.1.3 --url https://crm.example.com",
        "gsync redirect-uris --version 7.17.1 --upgrade-from 7.17.0 --url https://crm.example.com",
    ),
)
def redirect_uris(
    ctx: typer.Context,
    version: Annotated[str, typer.Option(help="The version of Creatio: 7.17.1, 8.1.3.6734, 8 …")] = "",
    url: Annotated[list[str] | None, typer.Option(help="A site. May be repeated; else the connected one.")] = None,
    runtime: Annotated[str, typer.Option(help="auto, framework (with /0) or net (without).")] = "auto",
    upgrade_from: Annotated[str, typer.Option(metavar="VERSION", help="Say what an update adds and what may go.")] = "",
) -> "RedirectUris":
    """Print the redirect URIs of Creatio's OAuth client, one a line, ready to paste."""
    here = session(ctx)
    if runtime not in ("auto", "framework", "net"):
        raise WrongUsage("runtime-form", runtime=runtime)
    sites = [checked_site(each) for each in url] if url else [_connected(here)]
    meant = Version.parse(version or _version_now(here))
    kind: Runtime = cast("Runtime", runtime) if runtime != "auto" else _runtime_here(here, sites)
    now = registration(sites, meant, kind)
    former = Version.parse(upgrade_from) if upgrade_from else None
    if former and not version and former.padded == meant.padded:
        raise WrongUsage("version-not-updated", version=meant.text)
    before = registration(sites, former, kind) if former else None
    terminal = here.terminal
    if former and former.padded > meant.padded:
        terminal.warn(f"{former.text} is newer than {meant.text}: this is what a way back needs.")
    if kind == "net":
        terminal.warn(
            "Creatio documents no redirect URIs without /0 for .NET; these follow from how it builds its own."
        )
    for origin in now.javascript_origins:
        terminal.hint(f"Authorised JavaScript origin: {origin}")
    return RedirectUris(meant.text, now, before, documented=kind != "net")


@dataclass(frozen=True, slots=True)
class RedirectUris:
    """What to register for a version; `before` is what an update starts from."""

    version: str
    now: Registration
    before: Registration | None = None
    documented: bool = True
    """Whether Creatio's guide names these addresses; it does not for .NET."""

    @property
    def added(self) -> list[str]:
        """What an update adds."""
        former = self.before.redirect_uris if self.before else ()
        return [uri for uri in self.now.redirect_uris if uri not in former]

    @property
    def outdated(self) -> list[str]:
        """What may go after an update."""
        former: Sequence[str] = self.before.redirect_uris if self.before else ()
        return [uri for uri in former if uri not in self.now.redirect_uris]

    def data(self) -> Mapping[str, object]:
        """Return interface.md's object, with `add` and `remove` for an update, and `documented` false for .NET."""
        data: dict[str, object] = {
            "version": self.version,
            "redirect_uris": list(self.now.redirect_uris),
            "javascript_origins": list(self.now.javascript_origins),
        }
        if not self.documented:
            data["documented"] = False
        if self.before is not None:
            data |= {"add": self.added, "remove": self.outdated}
        return data

    def show(self, page: "Page") -> None:
        """Print the URIs; for an update, what to add and what may go."""
        if self.before is None:
            for uri in self.now.redirect_uris:
                page.text(uri)
            return
        if not self.added:
            page.text("Nothing changes: the redirect URIs of both versions are the same.")
            return
        page.heading("Add to the OAuth client before the update")
        for uri in self.added:
            page.text(uri)
        page.heading("May go once the update is done")
        for uri in self.outdated:
            page.text(uri)


def required_here(here: Session, *, ask: bool = False) -> Registration | None:
    """Return what the client of the connected site must have; None where the site or its version is not known.

    With `ask` the site is asked for its version, which may have changed since it was connected.
    """
    site = here.settings.text("creatio.url")
    version = here.settings.text("creatio.version")
    if version == "auto":
        version = (_asked_version(here)[0] if ask else "") or _kept(here)[0]
    if not site or not version:
        return None
    try:
        return registration([checked_site(site)], Version.parse(version), _runtime_here(here, [site]))
    except WrongUsage:
        # Google would not take this address at all; `gsync redirect-uris` says why.
        return None


def _connected(here: Session) -> str:
    site = here.settings.text("creatio.url") or decisions_here(here).creatio_url
    return checked_site(site) if site else PLACEHOLDER


def decisions_here(here: Session) -> "Decisions":
    """Return what was decided in `gsync setup-project`."""
    from gsync_cli.provisioning.walk.journal import Journal

    return Journal.load(here.profile).decisions


def _version_now(here: Session) -> str:
    """Return the version that is set, else the one that the site says now: it may have been updated since.

    Where it can't be asked, the one it said last counts, and that is told. Raises WrongUsage("version-needed").
    """
    version = here.settings.text("creatio.version")
    if version != "auto":
        return version
    asked, why = _asked_version(here)
    version = asked or _kept(here)[0] or decisions_here(here).creatio_version
    if not version:
        raise WrongUsage("version-needed")
    if not asked and why:
        here.terminal.warn(
            f"The site could not be asked for its version; {version} is what was known last.",
            "If it was updated since, name the version: gsync redirect-uris --version V",
        )
    return version


def _asked_version(here: Session) -> tuple[str, bool]:
    """Ask the connected site for its version; "" where it does not say. Tells, too, whether there is a site to ask."""
    if not (here.settings.text("creatio.url") and Credentials.load(here.profile).creatio):
        return "", False
    from gsync_cli.creatio.identity import version_of
    from gsync_cli.creatio.session import open_session

    try:
        with open_session(here.profile, here.settings, here.http(), here.clock, here.jitter) as site:
            site.version = version_of(site) or site.version
            return site.version, True
    except GsyncError:
        return "", True


def _runtime_here(here: Session, sites: Sequence[str]) -> Runtime:
    """Return the runtime that is set or was found out for the connected site; the guide's, which has /0, for others."""
    setting = here.settings.text("creatio.runtime")
    if setting != "auto":
        return cast("Runtime", setting)
    connected = here.settings.text("creatio.url")
    if len(sites) != 1 or not connected or not _same(sites[0], connected):
        # Of another site nothing is known.
        return "framework"
    version, url, prefix = _kept(here)
    return "net" if version and not prefix and _same(sites[0], url) else "framework"


def _same(site: str, other: str) -> bool:
    """Whether two addresses mean one site; `other` may be one that Google would not take."""
    try:
        return checked_site(site) == checked_site(other)
    except WrongUsage:
        return False


def _kept(here: Session) -> tuple[str, str, str]:
    kept = Credentials.load(here.profile).session
    return (kept.version, kept.url, kept.prefix) if kept else ("", "", "")
