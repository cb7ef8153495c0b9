"""`gsync creatio push-keys` and `gsync creatio mail-provider`: the keys of Google in Creatio (rows K1 to K3)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.results import Page, Problem
from gsync_cli.credentials import Credentials, GoogleClient, fingerprint
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, PartlyDone, Refused

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite
    from gsync_cli.provisioning.creatio_keys import KeysInCreatio, KeysPushed
    from gsync_cli.provisioning.mail_provider import ProviderInCreatio, ProviderSet

_NO_CONTACTS: Final = (
    "Since version 8.0 Creatio itself no longer synchronises contacts with Google: there, these keys are for mail and "
    "calendar. gsync gives the contacts back, with a client of its own: gsync sync contacts"
)
_LABELS: Final = {
    "GoogleConsumerKey": "Google services access key",
    "GoogleConsumerSecret": "Google secret access key",
    "UseGoogleSharedApplication": "Use shared Google application",
}
"""What people read in Creatio's list of system settings."""
_TOLD: Final = {
    "kept": "was right already",
    "written": "written, and read back",
    "unread": "written, not readable",
    "failed": "failed",
    "absent": "not there: nothing to clear",
}
_STATES: Final = {
    "right": "is right",
    "empty": "would be written: it is empty",
    "cut": "would be written: it holds only the beginning",
    "other": "would be written: it holds another value",
    "hidden": "would be written: what it holds can't be read",
    "missing": "not there",
}


_CONNECT_SECONDS: Final = 4.0
_ANSWER_SECONDS: Final = 10.0
"""Who is not let out to Google shall not have to wait for it."""
_WHY: Final = (
    "Mailboxes of the Gmail provider sign in by a password, or with another Google client, so far. Once Creatio's "
    "client is set they receive no mail until their users sign in to Google again."
)


@dataclass(frozen=True, slots=True)
class KeysReport:
    """What was done about the three settings, or would be."""

    client: GoogleClient
    before: "KeysInCreatio"
    pushed: "KeysPushed | None"
    """None where nothing was to be written: a rehearsal, or somebody said no."""
    dropped: bool
    """Whether the site itself no longer synchronises contacts."""
    dry_run: bool = False

    @property
    def problems(self) -> Sequence[Problem]:
        """One for each setting that failed."""
        return [Problem.of(error) for error in self.pushed.problems] if self.pushed else []

    @property
    def exit_code(self) -> int:
        """Done in part, or refused, where nothing at all is right."""
        if not self.pushed or not self.pushed.problems:
            return 0
        well = any(outcome not in {"failed", "absent"} for outcome in self.pushed.outcomes.values())
        return PartlyDone.exit_code if well else Refused.exit_code

    def data(self) -> Mapping[str, object]:
        """Return `{"dry_run", "client_id", "secret_fingerprint", "settings", "replaces", "replaces_in_use", …}`.

        `settings` has for each code `{"state", "outcome"}`: how it was found ("right", "empty", "cut", "other",
        "hidden", "missing"), and what became of it ("kept", "written", "unread", "failed", "absent"; null
        where nothing was to be written). `replaces` is the id of another client that stood there before, or null;
        `replaces_in_use` is whether Creatio used it. `contact_sync_dropped`: Creatio itself no longer syncs contacts.
        """
        outcomes = self.pushed.outcomes if self.pushed else {}
        return {
            "dry_run": self.dry_run,
            "client_id": self.client.client_id,
            "secret_fingerprint": fingerprint(self.client.client_secret),
            "settings": {
                code: {"state": state, "outcome": outcomes.get(code)} for code, state in self.before.states.items()
            },
            "replaces": self.before.overwrites(self.client) or None,
            "replaces_in_use": bool(self.before.replaces(self.client)),
            "contact_sync_dropped": self.dropped,
        }

    def show(self, page: Page) -> None:
        """Show a line a setting."""
        if self.dry_run:
            page.heading("Nothing was written. A run without --dry-run would do this:")
        elif self.pushed is None:
            page.text("Nothing was written.")
            return
        elif not self.pushed.problems:
            page.good("Creatio holds the keys of its Google client.")
        outcomes = self.pushed.outcomes if self.pushed else {}
        page.facts(
            (f"{code} ({_LABELS[code]})", _TOLD[outcomes[code]] if code in outcomes else _STATES[state])
            for code, state in self.before.states.items()
        )
        page.facts(
            (("Client id", self.client.client_id), ("Secret", f"fingerprint {fingerprint(self.client.client_secret)}"))
        )
        if self.dropped:
            page.text(_NO_CONTACTS)


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What was done about the Gmail provider, or would be."""

    client: GoogleClient
    before: "ProviderInCreatio"
    result: "ProviderSet | None"
    """None for a rehearsal."""

    @property
    def done(self) -> bool:
        """Whether it was carried out."""
        return self.result is not None and self.result.done

    @property
    def unchanged(self) -> bool:
        """Whether nothing was to be written."""
        return self.before.is_right and self.before.secret_is_known

    def data(self) -> Mapping[str, object]:
        """Return `{"dry_run", "done", "provider", "made", "application", "mended", "mailboxes", …}`.

        `provider` is `{"id", "name"}`, null where it is still to be made; `application` is "linked" (a new link),
        "updated" (another client id in the one that was linked) or "kept" (the same client id); `mailboxes` is how many
        must sign in again, null where the site does not say; `sharing` are providers with the same application, for
        which it is set, too; `others` are Gmail providers that were left alone. `unchanged`: all was right already, and
        nothing was written. `secret`: "written, not readable", or "written before", by an earlier run.
        """
        before = self.before
        shown = self.result.after if self.result and self.result.done else before
        return {
            "dry_run": self.result is None,
            "done": self.done,
            "unchanged": self.unchanged,
            "provider": {"id": shown.id, "name": shown.name} if shown.id else None,
            "made": not before.id,
            "application": self._application,
            "client_id": self.client.client_id,
            "former_client_id": before.former or None,
            "secret": "written before" if before.secret_is_known else _TOLD["unread"] if self.done else None,
            "secret_fingerprint": fingerprint(self.client.client_secret),
            "mended": {mend.column: {"from": mend.now, "to": mend.wanted} for mend in before.mends},
            "mailboxes": (None if before.mailboxes < 0 else before.mailboxes) if before.signs_out else 0,
            "sharing": list(before.sharing),
            "others": list(before.others),
        }

    def show(self, page: Page) -> None:
        """Show what is, or would be, set."""
        before, done = self.before, self.done
        if self.unchanged:
            page.good("The Gmail provider is right already; there is nothing to write.")
        elif self.result is None:
            page.heading("Nothing was written. A run without --dry-run would do this:")
        elif not done:
            page.text("Nothing was written.")
            return
        else:
            page.good("The Gmail provider is set, and mailboxes sign in with Creatio's Google client.")
        secret = fingerprint(self.client.client_secret)
        page.facts(
            (
                ("Provider", f"{before.name} ({before.id})" if before.id else "Gmail, made anew"),
                *((mend.column, f"{mend.wanted}, was {mend.was}") for mend in before.mends),
                ("Authentication", "OAuth 2.0"),
                ("OAuth application", _APPLICATIONS[self._application]),
                ("Client id", self.client.client_id),
                ("Secret", f"{self._secret}, fingerprint {secret}"),
            )
        )
        if before.sharing:
            page.text(f"The same OAuth application serves {_quoted(before.sharing)}")
        if before.signs_out and not done:
            page.warn(_warning(before))
        for other in before.others:
            page.text(f"Another Gmail provider is left as it is: {other}")

    @property
    def _secret(self) -> str:
        if self.before.secret_is_known:
            return "written by gsync before, and not changed since"
        return _TOLD["unread"] if self.done else "to be written"

    @property
    def _application(self) -> str:
        if self.before.application is None:
            return "linked"
        return "updated" if self.before.signs_out else "kept"


_APPLICATIONS: Final = {
    "linked": "linked to the provider",
    "updated": "the one that is linked, with another client id",
    "kept": "the one that is linked",
}


def push_keys(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read only, and say what would be written.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Replace another client that is in use without asking.")] = False,
) -> KeysReport:
    """Write Creatio's Google client into the site's system settings, and read it back.

    The settings are GoogleConsumerKey, GoogleConsumerSecret and UseGoogleSharedApplication (which is cleared). What is
    right already is not written.
    """
    from gsync_cli.provisioning import creatio_keys

    run = session(ctx)
    client = _client(run)
    _prove(run, client)
    with _site(run) as site:
        dropped = bool(site.version) and not creatio_keys.takes_contacts(site.version)
        before = creatio_keys.inspect_keys(site, client)
        former = before.replaces(client)
        if dry_run:
            _tell_former(run, before, client)
            return KeysReport(client, before, None, dropped, dry_run=True)
        if former and not yes:
            _tell_former(run, before, client)
            question = "Mailboxes and Google accounts connected with it must sign in again. Replace it?"
            if not run.terminal.confirm(question, flag="--yes"):
                return KeysReport(client, before, None, dropped)
        pushed = creatio_keys.push_keys(site, client, before)
        _tell(run, pushed.warnings)
        return KeysReport(client, before, pushed, dropped)


def mail_provider(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read only, and say what would be written.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Go on though mailboxes must sign in again.")] = False,
) -> ProviderReport:
    """Set the Gmail provider of the site, so that mailboxes sign in with Creatio's Google client.

    The provider of the lookup “List of email providers” is found or made, and its OAuth application is set. Before
    mailboxes lose their sign-in, you are asked.
    """
    from gsync_cli.provisioning import mail_provider as provider

    run = session(ctx)
    client = _client(run)
    _prove(run, client)
    with _site(run) as site:
        seen = provider.inspect_provider(site, client)
        if dry_run:
            return ProviderReport(client, seen, None)

        def confirm(mailboxes: int) -> bool:
            if not yes:
                run.terminal.step(_WHY)
                if seen.sharing:
                    run.terminal.step(f"{_quoted((seen.name, *seen.sharing))} have one OAuth application in common.")
            return yes or run.terminal.confirm(f"{_affected(mailboxes)} must sign in again. Go on?", flag="--yes")

        result = provider.set_provider(site, client, confirm, seen)
        _tell(run, result.warnings)
        return ProviderReport(client, result.before, result)


def _client(run: Session) -> GoogleClient:
    """Return Creatio's client with its secret. Raises ConfigurationWrong."""
    client = Credentials.load(run.profile).web
    if client is None:
        raise ConfigurationWrong("creatio-keys-client-missing")
    if not client.client_secret:
        raise ConfigurationWrong("creatio-keys-secret-missing", client_id=client.client_id)
    return client


def _prove(run: Session, client: GoogleClient) -> None:
    """Ask Google about the client, lest a secret that it refuses takes the place of one that works.

    Raises ConfigurationWrong as `gsync keys verify` tells. Where Google can't be asked, as in a network that is closed
    to it, that is said and no hindrance.
    """
    from gsync_cli.cli.keys_verified import refusal
    from gsync_cli.google.wire import Wire
    from gsync_cli.http import Http

    with closing(Http(run.clock, answer_seconds=_ANSWER_SECONDS, connect_seconds=_CONNECT_SECONDS)) as http:
        try:
            refused = refusal(client, Wire(http, run.clock, run.jitter))
        except GsyncError:
            _tell(run, (ActionNeeded("creatio-keys-unproven", client_id=client.client_id),))
            return
    if refused is not None:
        raise refused


@contextmanager
def _site(run: Session) -> "Iterator[CreatioSite]":
    from gsync_cli.creatio.session import open_session

    with open_session(run.profile, run.settings, run.http(), run.clock, run.jitter) as site:
        _tell(run, site.warnings)
        yield site


def _tell(run: Session, warnings: Sequence[GsyncError]) -> None:
    for warning in warnings:
        problem = Problem.of(warning)
        run.terminal.warn(problem.message, problem.hint)


def _tell_former(run: Session, before: "KeysInCreatio", client: GoogleClient) -> None:
    """Name the client whose id and secret would be overwritten."""
    if former := before.replaces(client):
        run.terminal.step(f"Creatio uses another client so far: {former}")
    elif former := before.overwrites(client):
        run.terminal.step(f"Another client stands there, though Creatio uses its shared application: {former}")


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f"“{name}”" for name in names)


def _affected(mailboxes: int) -> str:
    if mailboxes < 0:
        return "All mailboxes of the provider (Creatio does not let them be counted)"
    return "1 mailbox" if mailboxes == 1 else f"{mailboxes} mailboxes"


def _warning(before: "ProviderInCreatio") -> str:
    """Say who would have to sign in again."""
    if not before.mailboxes:
        return "No mailbox uses the provider, so nobody must sign in again."
    return f"{_affected(before.mailboxes)} must sign in again."
