"""`gsync scopes`: the permissions that Creatio's client declares on its consent screen (row P9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page, Problem
from gsync_cli.config import set_value
from gsync_cli.credentials import Credentials
from gsync_cli.errors import GsyncError, SignInNeeded, WrongUsage
from gsync_cli.google.scopes import missing
from gsync_cli.provisioning import scopes
from gsync_cli.provisioning.consent import console_link
from gsync_cli.provisioning.scopes import METADATA, OWN, PREFIX, Scope, Status, Verdict

app = typer.Typer(help="See, choose and check the permissions that Creatio's client declares.")

_SETTING: Final = "google.scopes"
_LARGEST: Final = 1_000_000
"""Bytes of a list on standard input."""
_WIDE: Final = 110
"""Columns, from which on the longest scopes stand in one line of the table."""
_SAID: Final[Mapping[Status, str]] = {
    "ok": "right",
    "short": "short name",
    "duplicate": "named twice",
    "readonly": "read-only: refused",
    "misspelt": "misspelt: refused",
    "unknown": "unknown: refused",
}

Given = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SCOPE…|-]", help="Scopes with blanks, commas or line breaks between; - is stdin."),
]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every scope there is, and which are selected."""

    scopes: tuple[Scope, ...]
    selected: frozenset[str]
    name: str
    """What the setting holds: `guide`, `minimum`, or a list."""

    def data(self) -> Mapping[str, object]:
        """Return `{"selection", "scopes": [{"scope", "api", "class", "selected", "read_only", "own", …}]}`.

        `own` marks those that gsync itself needs.
        """
        return {
            "selection": self.name,
            "scopes": [
                {
                    "scope": scope.url,
                    "api": scope.api,
                    "class": scope.sensitivity,
                    "selected": scope.url in self.selected,
                    "read_only": scopes.is_read_only(scope.url),
                    "own": scope.url in OWN,
                    "description": scope.description,
                }
                for scope in self.scopes
            ],
        }

    def show(self, page: Page) -> None:
        """Print a table, and how many there are."""
        in_full = _is_wide(page)
        if not in_full:
            page.text(f"All but the first begin with {PREFIX}")
        page.table(
            ("Scope", "API", "Class", "Selected"),
            [
                (
                    scope.url if in_full else scope.url.removeprefix(PREFIX),
                    scope.api,
                    scope.sensitivity,
                    scope.url in self.selected,
                )
                for scope in self.scopes
            ],
        )
        page.text(f"{len(self.selected)} selected. To copy them: gsync scopes select")


@dataclass(frozen=True, slots=True)
class Selection:
    """The scopes that are selected."""

    scopes: tuple[str, ...]
    name: str

    def data(self) -> Mapping[str, object]:
        """Return `{"selection", "scopes": […], "missing_jobs": […]}`: full scopes, and what gsync could not do."""
        return {"selection": self.name, "scopes": list(self.scopes), "missing_jobs": _missing_jobs(self.scopes)}

    def show(self, page: Page) -> None:
        """Print one a line, as the box “Manually add scopes” of the console takes them."""
        for scope in self.scopes:
            page.text(scope)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said of each scope of a list."""

    verdicts: tuple[Verdict, ...]
    problems: Sequence[Problem]
    exit_code: int
    account: str = ""
    """Whose sign-in holds them; empty for a list that was typed."""

    def data(self) -> Mapping[str, object]:
        """Return `{"account", "scopes": [{"text", "status", "scope", "class"}], "missing_jobs": […]}`.

        `status` is ok, short, duplicate, readonly, misspelt or unknown; `scope` the full one to use, or null.
        """
        return {
            "account": self.account or None,
            "scopes": [
                {
                    "text": verdict.text,
                    "status": verdict.status,
                    "scope": verdict.scope or None,
                    "class": scopes.sensitivity(verdict.scope) if verdict.scope else None,
                }
                for verdict in self.verdicts
            ],
            "missing_jobs": _missing_jobs(_usable(self.verdicts)),
        }

    def show(self, page: Page) -> None:
        """Print a table, one line for each that was given."""
        if self.account:
            page.text(f"Granted to gsync by {self.account}:")
        if _is_wide(page):
            page.table(
                ("Given", "Verdict", "Scope to use"),
                [(verdict.text, _SAID[verdict.status], verdict.scope) for verdict in self.verdicts],
            )
        else:
            for verdict in self.verdicts:
                use = f"; use {verdict.scope}" if verdict.scope not in ("", verdict.text) else ""
                (page.bad if verdict.refused else page.good)(f"{verdict.text}: {_SAID[verdict.status]}{use}")
        jobs = _missing_jobs(_usable(self.verdicts))
        if jobs and not self.account:
            page.text(f"With these alone gsync could not use: {', '.join(jobs)}.")


@app.command(
    "list", epilog=examples("gsync scopes list", "gsync scopes list --selected", "gsync scopes list --output json")
)
def list_scopes(
    ctx: typer.Context,
    selected: Annotated[bool, typer.Option("--selected", help="Only the selected ones, one a line.")] = False,  # noqa: FBT002  typer reads the default
) -> Catalogue | Selection:
    """List every scope of the Gmail, People (Contacts) and Calendar APIs: its class, and whether it is selected."""
    here = session(ctx)
    chosen = _selected(here)
    return chosen if selected else Catalogue(scopes.catalogue(), frozenset(chosen.scopes), chosen.name)


@app.command(
    "select",
    epilog=examples(
        "gsync scopes select                (prints the selected ones)",
        "gsync scopes select --guide",
        "gsync scopes select contacts calendar.events openid userinfo.email",
    ),
)
def select(
    ctx: typer.Context,
    given: Given = None,
    guide: Annotated[bool, typer.Option("--guide", help="All that the guide names: but the read-only ones.")] = False,  # noqa: FBT002  typer reads the default
    minimum: Annotated[bool, typer.Option("--minimum", help="Only what gsync itself needs.")] = False,  # noqa: FBT002  typer reads the default
) -> Selection | Checked:
    """Choose the scopes, or print the chosen ones, ready for the box “Manually add scopes” of the console."""
    here = session(ctx)
    if guide + minimum + bool(given) > 1:
        raise WrongUsage("scopes-choose-one")
    if guide or minimum:
        chosen = scopes.guides_selection() if guide else OWN
    elif given:
        verdicts = scopes.judge(_typed(here, given))
        if any(verdict.refused for verdict in verdicts):
            return _checked(verdicts)
        chosen = tuple(dict.fromkeys(verdict.scope for verdict in verdicts))
    else:
        _tell_where(here)
        return _selected(here)
    name = scopes.stored_form(chosen)
    set_value(here.profile, _SETTING, name)
    if jobs := _missing_jobs(chosen):
        here.terminal.warn(f"With these scopes gsync could not use: {', '.join(jobs)}.", "gsync scopes select --guide")
    _tell_where(here)
    return Selection(chosen, name)


@app.command(
    "check",
    epilog=examples(
        "gsync scopes check https://www.googleapis.com/auth/contacts gmail.modify",
        "gsync scopes check - < scopes.txt",
        "gsync scopes check                 (what the signed-in account granted)",
    ),
)
def check(ctx: typer.Context, given: Given = None) -> Checked:
    """Check scopes: read-only, unknown and misspelt ones are refused, with the right one beside them."""
    here = session(ctx)
    if given:
        return _checked(scopes.judge(_typed(here, given)))
    grant = Credentials.load(here.profile).grant
    if grant is None:
        raise SignInNeeded("google-not-signed-in", profile=here.profile.name)
    if METADATA in grant.scopes and len(set(grant.scopes) - {METADATA, *scopes.IDENTITY}) > 0:
        warning = Problem.of(WrongUsage("scope-metadata-granted", email=grant.email))
        here.terminal.warn(warning.message, warning.hint)
    verdicts = scopes.judge(grant.scopes)
    found: list[GsyncError] = [_refusal(verdict) for verdict in verdicts if verdict.status == "readonly"]
    found += [
        SignInNeeded("google-scope-missing", scope=f"for the {job.name}", email=grant.email)
        for job in missing(grant.scopes)
    ]
    code = found[0].exit_code if found else 0
    return Checked(verdicts, [Problem.of(error) for error in found], code, grant.email)


def _is_wide(page: Page) -> bool:
    """Whether a whole scope fits in a line of a table; one that is broken over two can't be copied."""
    return page.width is None or page.width >= _WIDE


def _checked(verdicts: tuple[Verdict, ...]) -> Checked:
    problems = [Problem.of(_refusal(verdict)) for verdict in verdicts if verdict.refused]
    return Checked(verdicts, problems, WrongUsage.exit_code if problems else 0)


def _refusal(verdict: Verdict) -> GsyncError:
    if verdict.status == "readonly":
        return WrongUsage("scope-read-only", scope=verdict.text, instead=verdict.scope)
    if verdict.status == "misspelt":
        return WrongUsage("scope-misspelt", scope=verdict.text, instead=verdict.scope)
    return WrongUsage("scope-unknown", scope=verdict.text, instead=verdict.scope)


def _typed(here: Session, given: Sequence[str]) -> list[str]:
    texts = [here.terminal.read_stdin(_LARGEST).decode("utf-8-sig", "replace") if one == "-" else one for one in given]
    found = scopes.split(texts)
    if not found:
        raise WrongUsage("scopes-none-given")
    return found


def _selected(here: Session) -> Selection:
    name = here.settings.text(_SETTING)
    return Selection(scopes.selection(name), name)


def _usable(verdicts: Sequence[Verdict]) -> list[str]:
    return [verdict.scope for verdict in verdicts if not verdict.refused]


def _missing_jobs(chosen: Sequence[str]) -> list[str]:
    return [job.name for job in missing(chosen)]


def _tell_where(here: Session) -> None:
    link = console_link("scopes", here.settings.text("google.project"))
    here.terminal.hint(f"Paste them at {link}: Add or remove scopes, “Manually add scopes”, Add to table, Update, Save")
