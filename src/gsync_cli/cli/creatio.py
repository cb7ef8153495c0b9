"""`gsync creatio`: connecting a Creatio site, seeing the connection, and giving the site Google's keys."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gsync_cli.cli import creatio_setup
from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page, Problem
from gsync_cli.config import SETTINGS, Resolved, set_values, unset
from gsync_cli.credentials import CreatioLogin, Credentials
from gsync_cli.errors import WrongUsage

if TYPE_CHECKING:
    from gsync_cli.creatio.login import Account
    from gsync_cli.creatio.session import CreatioSite

app = typer.Typer(help="Connect a Creatio site, see the connection, and give it Google's keys.")

_GIVEN_BACK: Final = (
    "Since version 8.0 Creatio itself no longer synchronises contacts with Google. gsync gives that back: it needs "
    "only the data service of the site."
)
_OF_ONE_SITE: Final = ("creatio.runtime", "creatio.user", "creatio.identity_url", "creatio.version", "creatio.dates")
"""Settings that mean nothing for another site or another login."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A Creatio site as it answered just now."""

    url: str
    version: str
    runtime: str
    auth: str
    name: str
    """The login, or the client id."""
    user: str
    user_id: str
    contact_id: str
    dates: str
    reused: bool
    stored: bool = False
    """Whether it was made and stored by this command."""

    @property
    def contacts_given_back(self) -> bool:
        """Whether the product has dropped what gsync does (row C7)."""
        from gsync_cli.creatio.identity import at_least

        return at_least(self.version, 8)

    def data(self) -> Mapping[str, object]:
        """Return `{"url", "version", "runtime", "auth", "name", "user", "user_id", "contact_id", "dates", …}`.

        `version` is null where the site does not tell; `dates` is "utc", "user-zone:ZONE" or "unknown";
        `session_reused` tells whether no sign-in was needed; `contact_sync_dropped`, whether the site has none itself.
        """
        return {
            "url": self.url,
            "version": self.version or None,
            "runtime": self.runtime,
            "auth": self.auth,
            "name": self.name,
            "user": self.user,
            "user_id": self.user_id,
            "contact_id": self.contact_id,
            "dates": self.dates,
            "session_reused": self.reused,
            "contact_sync_dropped": self.contacts_given_back,
        }

    def show(self, page: Page) -> None:
        """Show the site as names with values."""
        if self.stored:
            page.good(f"Connected to {self.url}.")
        mode, _, zone = self.dates.partition(":")
        page.facts(
            (
                ("Site", self.url),
                ("Version", self.version or "not told"),
                ("Runtime", ".NET Framework (prefix /0)" if self.runtime == "framework" else ".NET (no prefix)"),
                ("Signed in", f"as {self.name}, by {'password' if self.auth == 'password' else 'OAuth'}"),
                ("User", self.user),
                ("Dates", {"utc": "UTC", "user-zone": f"in the user's zone, {zone}"}.get(mode, "zone not known")),
                ("Session", "that of an earlier run" if self.reused else "new"),
            )
        )
        if self.contacts_given_back:
            page.text(_GIVEN_BACK)


@app.command(
    "connect",
    epilog=examples(
        "gsync creatio connect crm.example.com --username anna",
        "gsync creatio connect https://crm.example.com --username anna --password-stdin < password.txt",
        "gsync creatio connect https://acme.creatio.com --client-id ID --client-secret-stdin --user anna < secret.txt",
    ),
)
def connect(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of the site, as in the browser.")],
    *,
    username: Annotated[str, typer.Option("--username", metavar="U", help="The login at Creatio.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    client_id: Annotated[str, typer.Option("--client-id", metavar="ID", help="The OAuth application instead.")] = "",
    client_secret_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Read the client secret from standard input.")
    ] = False,
    identity_url: Annotated[
        str, typer.Option("--identity-url", metavar="URL", help="The identity service, where it is no cloud site.")
    ] = "",
    runtime: Annotated[
        str, typer.Option("--runtime", metavar="auto|framework|net", help="framework has the prefix /0, net none.")
    ] = "",
    user: Annotated[
        str, typer.Option("--user", metavar="LOGIN", help="Whose tags are meant; needed with --client-id.")
    ] = "",
) -> Connection:
    """Connect a Creatio site: sign in first, and store address and secret only if that works."""
    from gsync_cli.creatio.address import site_address

    run = session(ctx)
    address = site_address(url)
    oauth = _wants_oauth(username, client_id, password_stdin=password_stdin, client_secret_stdin=client_secret_stdin)
    name = client_id if oauth else username or run.terminal.ask("Login at Creatio", flag="--username")
    given = {
        "creatio.url": address,
        "creatio.auth": "oauth" if oauth else "password",
        "creatio.client_id" if oauth else "creatio.username": name,
        "creatio.identity_url": identity_url or None,
        "creatio.runtime": runtime or None,
        "creatio.user": user or None,
    }
    account, void = _account(run, given)
    secret = _secret(run, name, oauth=oauth, from_stdin=password_stdin or client_secret_stdin)
    return replace(_seen(_connected(run, replace(account, secret=secret), given, void)), stored=True)


@app.command("status", epilog=examples("gsync creatio status", "gsync creatio status --output json"))
def status(ctx: typer.Context) -> Connection:
    """Ask the connected site who is signed in, and show what is known about it."""
    from gsync_cli.creatio.identity import version_of, who
    from gsync_cli.creatio.session import open_session

    run = session(ctx)
    with open_session(run.profile, run.settings, run.http(), run.clock, run.jitter) as site:
        site.user = who(site, site.account.user)
        if site.account.version == "auto":
            site.version = version_of(site) or site.version
        _warn(run, site)
        return _seen(site)


app.command(
    "push-keys",
    epilog=examples("gsync creatio push-keys --dry-run", "gsync creatio push-keys", "gsync creatio push-keys --yes"),
)(creatio_setup.push_keys)
app.command(
    "mail-provider",
    epilog=examples(
        "gsync creatio mail-provider --dry-run", "gsync creatio mail-provider", "gsync creatio mail-provider --yes"
    ),
)(creatio_setup.mail_provider)


def connect_with_password(run: Session, url: str, username: str, password: str) -> "CreatioSite":
    """Connect as `gsync creatio connect URL --username …` does, and return the session."""
    given = {"creatio.url": url, "creatio.auth": "password", "creatio.username": username}
    account, void = _account(run, given)
    return _connected(run, replace(account, secret=password), given, void)


def _connected(
    run: Session, account: "Account", given: Mapping[str, str | None], void: tuple[str, ...]
) -> "CreatioSite":
    """Sign in, and store address and secret only if that works."""
    from gsync_cli.creatio.session import CreatioSite
    from gsync_cli.creatio.wire import Wire

    site = CreatioSite(account, Wire(run.http(), run.clock, run.jitter))
    site.open()
    _store(run, {key: value for key, value in given.items() if value is not None}, void, site)
    _warn(run, site)
    return site


def _wants_oauth(username: str, client_id: str, *, password_stdin: bool, client_secret_stdin: bool) -> bool:
    """Tell which way to sign in is meant. Raises WrongUsage for options that contradict each other."""
    if client_id and username:
        raise WrongUsage("creatio-two-sign-ins")
    if client_id and password_stdin:
        raise WrongUsage(
            "creatio-secret-flag", flag="--password-stdin", option="--client-id", wanted="--client-secret-stdin"
        )
    if client_secret_stdin and not client_id:
        raise WrongUsage(
            "creatio-secret-flag", flag="--client-secret-stdin", option="--username", wanted="--password-stdin"
        )
    return bool(client_id)


def _account(run: Session, given: Mapping[str, str | None]) -> tuple["Account", tuple[str, ...]]:
    """Return the account to try, still without its secret, and the settings of the file that no longer hold."""
    from gsync_cli.creatio.login import account_of

    before = run.settings
    keys = ("creatio.url", "creatio.auth", "creatio.username", "creatio.client_id")
    other = any(before.text(key) != given[key] for key in keys if key in given)
    void = tuple(key for key in _OF_ONE_SITE if other and not given.get(key) and before.origin(key) == "file")
    defaults = {key: Resolved(SETTINGS[key].default, "default") for key in void}
    settings = replace(before, resolved={**before.resolved, **defaults}).overridden(given)
    return account_of(settings, CreatioLogin()), void


def _secret(run: Session, name: str, *, oauth: bool, from_stdin: bool) -> str:
    flag = "--client-secret-stdin" if oauth else "--password-stdin"
    if from_stdin:
        return run.terminal.read_stdin_secret(flag=flag)
    return run.terminal.secret(f"{'Client secret' if oauth else 'Password'} of {name}", flag=flag)


def _seen(site: "CreatioSite") -> Connection:
    from gsync_cli.creatio.calibration import date_reading

    return Connection(
        url=site.url,
        version=site.version,
        runtime="framework" if site.prefix else "net",
        auth=site.account.auth,
        name=site.account.name,
        user=site.user.name or site.account.user or site.account.name,
        user_id=site.user.user_id,
        contact_id=site.user.contact_id,
        dates=date_reading(site).text,
        reused=site.reused,
    )


def _store(run: Session, settings: Mapping[str, str], void: tuple[str, ...], site: "CreatioSite") -> None:
    secret = site.account.secret
    login = CreatioLogin(client_secret=secret) if site.account.auth == "oauth" else CreatioLogin(password=secret)
    replace(Credentials.load(run.profile), creatio=login, session=site.session()).save(run.profile)
    set_values(run.profile, settings)
    for key in void:
        unset(run.profile, key)


def _warn(run: Session, site: "CreatioSite") -> None:
    for warning in site.warnings:
        problem = Problem.of(warning)
        run.terminal.warn(problem.message, problem.hint)
