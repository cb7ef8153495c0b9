"""`gsync account`: signing in to Google, and seeing who is signed in."""

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gsync_cli.cli.account_results import Deletion, NotDeleted, announcement, counted
from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.redirect_uris import decisions_here
from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.terminal import Terminal
from gsync_cli.cli.words import render
from gsync_cli.credentials import Credentials, GoogleGrant
from gsync_cli.errors import ActionNeeded, GsyncError, PartlyDone, SignInNeeded
from gsync_cli.google import scopes
from gsync_cli.profiles import existing

if TYPE_CHECKING:
    from gsync_cli.provisioning.account_deletion import Found, Means

app = typer.Typer(help="Sign in to a Google account, see it, and delete it.")

_LONGEST_LINE = 65536
"""Bytes of one read of a pasted address."""


@dataclass(frozen=True, slots=True)
class Account:
    """The Google account of a profile."""

    profile: str
    grant: GoogleGrant

    def data(self) -> dict[str, object]:
        """Return `{"profile", "email", "hosted_domain", "client_id", "signed_in_at", "scopes", "missing", "ends_at"}`.

        `missing` names the jobs ("contacts", "calendar") that the granted scopes don't allow; times are ISO 8601, UTC.
        """
        grant = self.grant
        return {
            "profile": self.profile,
            "email": grant.email,
            "hosted_domain": grant.hosted_domain,
            "client_id": grant.client_id,
            "signed_in_at": _iso(grant.signed_in_at),
            "scopes": list(grant.scopes),
            "missing": [job.name for job in scopes.missing(grant.scopes)],
            "ends_at": _iso(grant.ends_at),
        }

    def show(self, page: Page) -> None:
        """Show the account as names with values."""
        grant = self.grant
        page.facts(
            (
                ("Profile", self.profile),
                ("Account", grant.email),
                ("Workspace domain", grant.hosted_domain or "none: a private account"),
                ("Signed in", _readable(grant.signed_in_at)),
                ("Ends", _readable(grant.ends_at) if grant.ends_at else "when it is revoked"),
                ("Allowed", self.allowed),
                ("Client", grant.client_id),
            )
        )

    @property
    def allowed(self) -> str:
        """The jobs that the granted scopes allow."""
        missing = scopes.missing(self.grant.scopes)
        return ", ".join(job.name for job in scopes.JOBS if job not in missing) or "nothing"


@dataclass(frozen=True, slots=True)
class Added:
    """A sign-in that went well."""

    account: Account
    told: bool
    """Whether the terminal has said so on stderr already, so that stdout holds nothing but the address."""

    def data(self) -> dict[str, object]:
        """Return the account, as `account show` does."""
        return self.account.data()

    def show(self, page: Page) -> None:
        """Say who is signed in."""
        if not self.told:
            page.good(f"Signed in as {self.account.grant.email}.")


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of all profiles."""

    accounts: Sequence[Account]
    problems: Sequence[Problem] = field(default=())
    """Profiles whose credentials can't be read."""

    @property
    def exit_code(self) -> int:
        """Done in part, where a profile can't be read."""
        return PartlyDone.exit_code if self.problems else 0

    def data(self) -> dict[str, object]:
        """Return `{"accounts": […]}`, each as `account show` gives it."""
        return {"accounts": [account.data() for account in self.accounts]}

    def show(self, page: Page) -> None:
        """Show one line an account."""
        if not self.accounts:
            page.text("No Google account is signed in. Sign in with: gsync account add")
            return
        page.table(
            ("Profile", "Account", "Signed in", "Allowed", "Ends"),
            [
                (
                    account.profile,
                    account.grant.email,
                    _readable(account.grant.signed_in_at),
                    account.allowed,
                    _readable(account.grant.ends_at) if account.grant.ends_at else "",
                )
                for account in self.accounts
            ],
        )


@app.command(
    "add",
    epilog=examples(
        "gsync account add",
        "gsync account add --email anna@example.com",
        "gsync account add --no-browser      (on a machine without a browser)",
    ),
)
def add(
    ctx: typer.Context,
    email: Annotated[str, typer.Option("--email", metavar="E", help="The account that is to be signed in.")] = "",
    no_browser: Annotated[  # noqa: FBT002  typer reads the default
        bool, typer.Option("--no-browser", help="Print the address of Google's page instead of opening it, and wait.")
    ] = False,
) -> Added:
    """Sign in to a Google account in the browser.

    Without a browser on this machine, open the printed address elsewhere: either forward the port in the address's
    redirect_uri to this machine (ssh -L), or paste the address at which your browser ends up.
    """
    from gsync_cli.google.signin import sign_in

    run = session(ctx)
    guide = Guide(run.terminal, run.environment, no_browser=no_browser)
    begun = Credentials.load(run.profile).deletion
    done = sign_in(run.profile, run.settings, run.http(), run.clock, run.jitter, guide, email=email.strip())
    if no_browser:
        run.terminal.step(f"Signed in as {done.grant.email}.")
    if begun is not None:
        run.terminal.step(
            f"The deletion of {begun.email}, which was not finished, is given up. To delete it after all: "
            "gsync account delete"
        )
    _warn(run, done.grant, done.missing)
    return Added(Account(run.profile.name, done.grant), told=no_browser)


@app.command("list", epilog=examples("gsync account list", "gsync account list --output json"))
def list_accounts(ctx: typer.Context) -> Accounts:
    """List the Google accounts of all profiles."""
    accounts: list[Account] = []
    problems: list[Problem] = []
    for profile in existing(session(ctx).environment):
        try:
            grant = Credentials.load(profile).grant
        except GsyncError as error:
            problems.append(Problem.of(error))
        else:
            accounts += [] if grant is None else [Account(profile.name, grant)]
    return Accounts(accounts, problems)


@app.command("show", epilog=examples("gsync account show", "gsync --profile work account show"))
def show(ctx: typer.Context) -> Account:
    """Show the Google account of this profile, what it allows, and how long it lasts."""
    run = session(ctx)
    stored = Credentials.load(run.profile)
    if stored.grant is None:
        if stored.deletion is not None:
            run.terminal.hint(f"The deletion of {stored.deletion.email} is not finished: gsync account delete")
        raise SignInNeeded("google-not-signed-in", profile=run.profile.name)
    return Account(run.profile.name, stored.grant)


@app.command(
    "delete",
    epilog=examples(
        "gsync account delete",
        "gsync account delete --yes --output json",
        "gsync account delete --keep-links      (to sign in anew with the same account)",
    ),
)
def delete(
    ctx: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    keep_links: Annotated[
        bool, typer.Option("--keep-links", help="Remember which contacts belong together, for the same account.")
    ] = False,
    email: Annotated[
        str, typer.Option("--email", metavar="E", help="Which one, where Creatio lists several and none is signed in.")
    ] = "",
) -> Deletion | NotDeleted:
    """Delete the Google account: in Creatio, its grant at Google, and sign-in and links here.

    No contact, no event and no e-mail is deleted on either side. The OAuth clients and the connection to Creatio stay.
    What fails is told, the rest is done, and the same command finishes it.
    """
    from gsync_cli.provisioning.account_deletion import Means, find
    from gsync_cli.provisioning.account_deletion import delete as carry_out

    run = session(ctx)
    means = Means(run.profile, run.settings, run.http(), run.clock, run.jitter)
    found = find(run.profile) or _listed_in_creatio(run, means, email.strip())
    if found is None or (found.only_memory and keep_links):
        return NotDeleted(run.profile.name)
    keep = keep_links or found.keep_links
    if not (yes or _confirmed(run, found, keep_links=keep)):
        return NotDeleted(run.profile.name, found.email)
    with run.terminal.progress(f"Deleting the account {found.email}"):
        done = carry_out(found, means, keep_links=keep)
    if done.finished:
        run.terminal.hint("To synchronise again, sign in: gsync account add")
    return Deletion(run.profile.name, done)


class Guide:
    """The terminal's side of a sign-in (google.signin.Guide)."""

    def __init__(self, terminal: Terminal, environment: Mapping[str, str], *, no_browser: bool) -> None:
        self._terminal = terminal
        self._environment = environment
        self._no_browser = no_browser

    def show(self, address: str) -> None:
        """Open the consent page, or print its address, alone on stdout."""
        if self._no_browser:
            self._terminal.step("Open this address in a browser, and consent there:")
            self._terminal.line(address)
            if self._terminal.interactive:
                self._terminal.hint("If the browser then can't reach this machine, paste the address it ended at here:")
        elif self._has_browser():
            self._terminal.step(f"Opening Google's page in the browser. If none opens, go to:\n{address}")
            # In a thread: a browser that runs until its page is closed must not hold up the wait for its answer.
            threading.Thread(target=self._open, args=(address,), daemon=True).start()
        else:
            self._terminal.warn(
                "This machine has no browser to open.", f"Open this address, and consent there: {address}"
            )

    def pasted(self, again: bool) -> str | None:  # noqa: FBT001  as the protocol has it
        """Wait for a line on the terminal; None where nobody is there, or at its end.

        It is read from the descriptor: a thread that waits in `sys.stdin` would hold its lock when the program ends.
        """
        if not (self._no_browser and self._terminal.interactive):
            return None
        if again:
            self._terminal.warn(
                "That is not the address of this sign-in.", "Paste the whole address, from http://127.0.0.1 on."
            )
        typed = os.read(0, _LONGEST_LINE)
        return typed.decode(errors="replace") if typed else None

    def explain(self, error: GsyncError) -> str:
        """Return the sentence for an error."""
        return " ".join(render(error))

    def _has_browser(self) -> bool:
        """Whether there is a browser with a window. A text browser would take the terminal."""
        graphical = sys.platform in {"darwin", "win32"}
        return graphical or any(self._environment.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))

    def _open(self, address: str) -> None:
        import webbrowser

        if not webbrowser.open(address):
            self._terminal.warn("No browser could be opened.", f"Open this address, and consent there: {address}")


def _listed_in_creatio(run: Session, means: "Means", email: str) -> "Found | None":
    """Look whether Creatio lists an account that nobody is signed in to here; say so where it can't be looked at."""
    from gsync_cli.provisioning.account_deletion import find_in_creatio

    try:
        return find_in_creatio(means, email)
    except ActionNeeded:
        raise
    except GsyncError as error:
        says, hint = render(error)
        run.terminal.warn(f"Whether Creatio lists an account could not be seen. {says}", hint)
        return None


def _confirmed(run: Session, found: "Found", *, keep_links: bool) -> bool:
    """Say what will happen and what will not, and ask; briefly, where an earlier deletion is only to be finished."""
    terminal, name = run.terminal, run.profile.name
    if found.unfinished:
        question = f"The deletion of {found.email} (profile “{name}”) is not finished. Finish it?"
        return terminal.confirm(question, flag="--yes")
    if found.only_in_creatio:
        question = (
            f"Nobody is signed in to the profile “{name}”, but Creatio lists the Google account {found.email} of this "
            "user. Remove it there? No contact and no e-mail is deleted."
        )
        return terminal.confirm(question, flag="--yes")
    if found.only_memory:
        question = (
            f"Nobody is signed in to the profile “{name}”, but of {found.email} there is kept: {counted(found.links)}. "
            "Forget them, and remove that account from Creatio?"
        )
        return terminal.confirm(question, flag="--yes")
    if terminal.interactive:
        for line in announcement(found, name, run.settings.text("creatio.url"), keep_links=keep_links):
            terminal.step(line)
    return terminal.confirm(f"Delete the account {found.email} of the profile “{name}”?", flag="--yes")


def _warn(run: Session, grant: GoogleGrant, missing: Sequence[scopes.Job]) -> None:
    """Say what the sign-in does not allow, and when it ends."""
    for job in missing:
        run.terminal.warn(
            f"“{job.box}” was left unticked on Google's page, so gsync can't use the {job.name}.",
            f"To allow it, sign in again and tick it: gsync account add --email {grant.email}",
        )
    decided = decisions_here(run)
    if decided.user_type != "external" and decided.organization_domain not in ("", grant.hosted_domain):
        run.terminal.warn(
            f"{grant.email} is not of {decided.organization_domain}, the domain that the app is Internal to.",
            "If that was not meant: gsync account delete, then: gsync account add --email "
            f"NAME@{decided.organization_domain}",
        )
    if grant.ends_at is not None:
        run.terminal.warn(
            f"Google ends this sign-in on {_readable(grant.ends_at)}: the app is in testing, or access was given for a "
            "limited time.",
            "So that it lasts, make the app Internal or publish it: https://console.cloud.google.com/auth/audience",
        )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _readable(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
