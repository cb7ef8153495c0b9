"""`gsync setup-project`: from nothing to working keys, in one walk that can be stopped and taken up again."""

from collections.abc import Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.setup_pages import put_report, put_task
from gsync_cli.credentials import Credentials
from gsync_cli.errors import ActionNeeded, GsyncError, WrongUsage

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite
    from gsync_cli.credentials import GoogleClient
    from gsync_cli.provisioning.walk.engine import Walked
    from gsync_cli.provisioning.walk.model import Person
    from gsync_cli.provisioning.walk.setup import Mode, Wishes

app = typer.Typer()


@app.command(
    "setup-project",
    epilog=examples(
        "gsync setup-project",
        "gsync setup-project --project my-project --creatio-url https://crm.example.com",
        "gsync setup-project --no-input --creatio-url https://crm.example.com --client-json client_secret_….json",
        "gsync setup-project --status",
    ),
)
def setup_project(
    ctx: typer.Context,
    *,
    project: Annotated[str, typer.Option(metavar="ID", help="Use this project instead of making one.")] = "",
    name: Annotated[str, typer.Option(help="The name of a new project; else “Creatio OAuth”.")] = "",
    organization: Annotated[
        str, typer.Option(metavar="NUMBER", help="Where a new project goes. It can't be changed later.")
    ] = "",
    folder: Annotated[str, typer.Option(metavar="NUMBER", help="The folder for a new project.")] = "",
    no_organization: Annotated[bool, typer.Option("--no-organization", help="Make it in no organization.")] = False,
    creatio_url: Annotated[str, typer.Option(metavar="URL", help="The address of the Creatio site.")] = "",
    creatio_version: Annotated[str, typer.Option(metavar="VERSION", help="Its version, where it can't be asked.")] = "",
    support_email: Annotated[str, typer.Option(metavar="MAIL", help="Shown on the consent screen.")] = "",
    developer_email: Annotated[
        list[str] | None, typer.Option(metavar="MAIL", help="Whom Google writes to. May be repeated.")
    ] = None,
    user_type: Annotated[str, typer.Option(metavar="internal|external", help="Who may use the app.")] = "",
    client_json: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="A downloaded OAuth client. May be repeated; - is stdin.")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show how far it is.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to every question.")] = False,
) -> "SetUp":
    """Register Creatio in Google Workspace, and enter the keys in Creatio.

    Stop it whenever you like and run it again: it goes on from what Google and Creatio show. Without a terminal it does
    what a machine can do, and ends with exit code 3 and the list of what a person must do.
    """
    run = session(ctx)
    wishes = _wishes(
        run,
        project=project,
        name=name,
        organization=organization,
        folder=folder,
        no_organization=no_organization,
        creatio_url=creatio_url,
        creatio_version=creatio_version,
        support_email=support_email,
        developer_emails=tuple(developer_email or ()),
        user_type=user_type,
        client_files=tuple(client_json or ()),
        yes=yes,
    )
    if status and dry_run:
        raise WrongUsage("options-exclude", one="--status", other="--dry-run")
    return _walked(run, wishes, "look" if status else "rehearse" if dry_run else "do")


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far the walk came, what a person must do, and what failed."""

    mode: "Mode"
    walked: "Walked"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the walk is not at its end."""
        return tuple(Problem.of(error) for error in self._errors())

    @property
    def exit_code(self) -> int:
        """0 at the end; 3 where a person must act; else what the first failure says."""
        errors = self._errors()
        return errors[0].exit_code if errors else 0

    def data(self) -> Mapping[str, object]:
        """Return `{"account", "project", "mode", "steps": […], "checklist": […], "foreseen": […]}`."""
        walked = self.walked
        return {
            "account": walked.account or None,
            "project": walked.project or None,
            "mode": {"do": "set up", "look": "status", "rehearse": "dry run"}[self.mode],
            "steps": [
                {**report.data(), "error": report.error.code if report.error else None} for report in walked.reports
            ],
            "checklist": [task.data() for task in walked.tasks],
            "foreseen": [refusal.data() for refusal in walked.refusals],
        }

    def show(self, page: Page) -> None:
        """Show the steps with their ticks, then the checklist."""
        page.heading(f"Project {self.walked.project}" if self.walked.project else "No project yet")
        for report in self.walked.reports:
            put_report(page, report)
        needed = [task for task in self.walked.tasks if task.needed]
        if needed:
            page.heading("What a person must do")
        for number, task in enumerate(needed, start=1):
            put_task(page, task, number)
        later = [task for task in self.walked.tasks if not task.needed]
        if later:
            page.heading("Worth doing besides")
        for task in later:
            put_task(page, task)

    def _errors(self) -> list[GsyncError]:
        errors = list(self.walked.errors)
        needed = [task for task in self.walked.tasks if task.needed]
        if needed:
            steps = tuple(dict.fromkeys(task.step for task in needed))
            file = "FILE" if any(task.asks == "web" for task in needed) else ""
            errors.append(ActionNeeded("setup-person-needed", steps=steps, file=file))
        return errors


def _wishes(
    run: Session,
    *,
    client_files: tuple[str, ...],
    user_type: str,
    support_email: str,
    developer_emails: tuple[str, ...],
    **flags: object,
) -> "Wishes":
    """Return the flags, checked as far as that needs no service. Raises WrongUsage, and as client_of."""
    from gsync_cli.provisioning.consent import checked_email
    from gsync_cli.provisioning.project_names import checked_title
    from gsync_cli.provisioning.redirect_uris import Version, checked_site
    from gsync_cli.provisioning.walk.setup import Wishes

    where = [flag for flag in ("organization", "folder", "no_organization") if flags[flag]]
    if "no_organization" in where and len(where) > 1:
        raise WrongUsage("options-exclude", one="--no-organization", other=f"--{where[0]}")
    if flags["project"] and flags["name"]:
        raise WrongUsage("options-exclude", one="--project", other="--name")
    if user_type and user_type.lower() not in ("internal", "external"):
        raise WrongUsage(
            "option-value",
            value=user_type,
            option="--user-type",
            expected="internal or external",
            command="gsync setup-project",
        )
    if flags["name"]:
        flags["name"] = checked_title(str(flags["name"]))
    if flags["creatio_version"]:
        flags["creatio_version"] = Version.parse(str(flags["creatio_version"])).text
    if flags["creatio_url"]:
        flags["creatio_url"] = checked_site(str(flags["creatio_url"]))
    clients = tuple(_client(run, file) for file in client_files)
    return Wishes(
        clients=clients,
        user_type=user_type.lower(),
        support_email=checked_email(support_email) if support_email else "",
        developer_emails=tuple(checked_email(each) for each in developer_emails),
        **flags,  # type: ignore[arg-type]
    )


def _client(run: Session, file: str) -> "GoogleClient":
    from gsync_cli.provisioning.client_file import client_of
    from gsync_cli.provisioning.walk.client_steps import LARGEST_FILE, read_client

    if file == "-":
        return client_of(run.terminal.read_stdin(LARGEST_FILE), "standard input")
    return read_client(file)


def _walked(run: Session, wishes: "Wishes", mode: "Mode") -> SetUp:
    from gsync_cli.cli.setup_person import AtTerminal, Teller
    from gsync_cli.provisioning.walk.engine import walk
    from gsync_cli.provisioning.walk.setup import Setup, World
    from gsync_cli.sync.lock import held

    world = World(
        profile=run.profile,
        settings=run.settings,
        environment=run.environment,
        http=run.http(),
        clock=run.clock,
        jitter=run.jitter,
        suffix=lambda: f"{int(run.jitter() * 100_000):05}",
        connect=lambda url, person: _connect(run, url, person),
    )
    person = AtTerminal(run.terminal) if run.terminal.interactive and mode == "do" else None
    alone = held(run.profile.setup_lock_file, run.clock) if mode == "do" else nullcontext()
    with alone, closing(Setup(world, wishes, mode, person, Teller(run.terminal))) as setup:
        walked = walk(setup)
    if mode == "do" and all(report.is_done for report in walked.reports):
        signed_in = Credentials.load(run.profile).grant is not None
        run.terminal.hint(
            f"Creatio is registered.{'' if signed_in else ' Next, each user signs in: gsync account add'}"
        )
    elif mode == "do" and person is not None:
        run.terminal.hint("Go on whenever you like: gsync setup-project")
    return SetUp(mode, walked)


def _connect(run: Session, url: str, person: "Person") -> "CreatioSite":
    from gsync_cli.cli.creatio import connect_with_password

    name = person.ask("Login at Creatio", flag="gsync creatio connect --username", default="")
    return connect_with_password(run, url, name, person.secret(f"Password of {name}", flag="--password-stdin"))
