"""`gsync project`: the Google Cloud project in which Creatio is registered (rows P1-P4)."""

import hashlib
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gsync_cli.cli.account import Guide
from gsync_cli.cli.context import Session, session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.project_results import Made, ProjectList, Shown, SignedInAsAdministrator, Used
from gsync_cli.cli.results import Problem
from gsync_cli.config import set_value
from gsync_cli.errors import ActionNeeded, GsyncError, Refused, SignInNeeded, Temporary, WrongUsage

if TYPE_CHECKING:
    from gsync_cli.google.administrator import AdministratorSession
    from gsync_cli.provisioning.permissions import StepAsked
    from gsync_cli.provisioning.projects import Project, Projects

app = typer.Typer(help="See, make and choose the Google Cloud project.")

USUAL_NAME: Final = "Creatio OAuth"
_SUFFIXES: Final = 100_000


@app.command("list", epilog=examples("gsync project list", "gsync project list --output json"))
def list_projects(ctx: typer.Context) -> ProjectList:
    """List the projects that the administrator's account can see."""
    run = session(ctx)
    admin = administrator(run)
    projects = _projects(admin)
    found = projects.mine()
    chosen = run.settings.text("google.project")
    if chosen and chosen not in {project.id for project in found} and (late := projects.find(chosen)):
        # The list learns of a project some time after it was made (facts/google.md 1.7).
        found = (*found, late)
    return ProjectList(admin.email, found, chosen)


@app.command(
    "create",
    epilog=examples(
        'gsync project create --name "Creatio OAuth"',
        "gsync project create --organization 123456789012 --dry-run",
        "gsync project create --id creatio-oauth-acme --no-organization --yes",
    ),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Option(help="The name that the console shows.")] = USUAL_NAME,
    project_id: Annotated[str, typer.Option("--id", help="The id, for ever; else made of the name.")] = "",
    organization: Annotated[str, typer.Option(metavar="NUMBER", help="The organization; it is final.")] = "",
    folder: Annotated[str, typer.Option(metavar="NUMBER", help="A folder of the organization.")] = "",
    no_organization: Annotated[bool, typer.Option("--no-organization", help="Outside any organization.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be made, and make nothing.")] = False,
) -> Made:
    """Make a project, or take over the one of that id, and make it the active one.

    Run again with the same account, name and place, it finds the project it made.
    """
    from gsync_cli.provisioning.projects import checked_id, checked_title, suggested_id

    run = session(ctx)
    title = checked_title(name)
    typed_id = checked_id(project_id) if project_id else ""
    named = _named_parent(organization, folder, no_organization=no_organization)
    admin = administrator(run)
    projects = _projects(admin)
    parent = _chosen_parent(run, projects) if named is None else named
    chosen = typed_id or suggested_id(title, _suffix(run, admin.email, title, parent))
    there = projects.find(chosen)
    if there is None:
        _say_what_is_final(run, title, chosen, parent)
        warn_of_refusals(run, projects, parent, "project")
    if dry_run:
        return Made(admin.email, chosen, title, there.parent if there else parent, there, dry_run=True)
    if there is None and run.terminal.interactive and not yes:
        run.terminal.step(f"It is made by {admin.email or 'the account that is signed in to gcloud'}.")
        if not run.terminal.confirm("Make it?", flag="--yes", default=True):
            return Made(admin.email, chosen, title, parent, None)
    made = projects.create(chosen, title, parent, run.terminal.step)
    set_value(run.profile, "google.project", made.id)
    run.terminal.hint("Next, enable the APIs: gsync apis enable")
    return Made(admin.email, made.id, made.title, made.parent, made, created=there is None)


@app.command("use", epilog=examples("gsync project use creatio-oauth-12345"))
def use(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(metavar="ID", help="Its id or number: gsync project list")],
) -> Used:
    """Make another project the active one."""
    from gsync_cli.provisioning.project_names import existing_id

    run = session(ctx)
    wanted = existing_id(project)
    found, _ = _looked_up(run, wanted)
    if found is not None and not found.active:
        raise ActionNeeded("project-being-deleted", project=found.id)
    former = run.settings.text("google.project")
    chosen = found.id if found else wanted
    set_value(run.profile, "google.project", chosen)
    if run.settings.origin("google.project") in ("environment", "flag") and former != chosen:
        run.terminal.warn(
            f"GSYNC_GOOGLE_PROJECT still says {former}, and it comes first.", "unset GSYNC_GOOGLE_PROJECT"
        )
    return Used(chosen, former if former != chosen else "", found)


@app.command("show", epilog=examples("gsync project show", "gsync project show --project creatio-oauth-12345"))
def show(
    ctx: typer.Context,
    project: Annotated[str, typer.Option(metavar="ID", help="Another one than the active project.")] = "",
) -> Shown:
    """Show the active project."""
    run = session(ctx)
    meant = named_project(run, project)
    found, email = _looked_up(run, meant)
    return Shown(meant, found, email)


@app.command("sign-in", epilog=examples("gsync project sign-in", "gsync project sign-in --email admin@example.com"))
def sign_in(
    ctx: typer.Context,
    *,
    email: Annotated[str, typer.Option(help="The administrator's account.")] = "",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address instead.")] = False,
) -> SignedInAsAdministrator:
    """Sign in as administrator in the browser, for an hour, with an imported Desktop client.

    Where gcloud is at hand, this is not needed: gcloud auth application-default login.
    """
    from gsync_cli.google.adc import is_there
    from gsync_cli.google.administrator import TOKEN_VARIABLE
    from gsync_cli.google.administrator_signin import sign_in_as_administrator

    run = session(ctx)
    guide = Guide(run.terminal, run.environment, no_browser=no_browser)
    grant = sign_in_as_administrator(
        run.profile, run.settings, run.http(), run.clock, run.jitter, guide, email=email.strip()
    )
    if no_browser:
        run.terminal.step(f"Signed in{f' as {grant.email}' if grant.email else ''}, for an hour at most.")
    if run.environment.get(TOKEN_VARIABLE, "").strip():
        run.terminal.warn(f"{TOKEN_VARIABLE} is set, and it comes first.", f"unset {TOKEN_VARIABLE}")
    elif is_there(run.environment):
        run.terminal.warn(
            "There are application default credentials on this machine, and they come first.",
            "gcloud auth application-default revoke",
        )
    return SignedInAsAdministrator(grant.email, grant.access_expires_at, told=no_browser)


def administrator(run: Session) -> "AdministratorSession":
    """Open the administrator's session. Raises as `google.administrator.open_administrator`."""
    from gsync_cli.google.administrator import open_administrator

    return open_administrator(run.profile, run.settings, run.http(), run.clock, run.jitter, run.environment)


def named_project(run: Session, flag: str) -> str:
    """Return the project that is meant: the flag, else the active one. Raises WrongUsage("project-missing")."""
    from gsync_cli.provisioning.project_names import existing_id

    if meant := flag or run.settings.text("google.project"):
        return existing_id(meant)
    raise WrongUsage("project-missing")


def _projects(admin: "AdministratorSession") -> "Projects":
    from gsync_cli.provisioning.projects import Projects

    return Projects(admin)


def _looked_up(run: Session, project: str) -> "tuple[Project | None, str]":
    """Return the project as it is, and as whom it was seen; None and "" where one can't look.

    Raises Refused("project-not-found") where one can, and it does not show.
    """
    try:
        admin = administrator(run)
        found = _projects(admin).find(project)
    except (SignInNeeded, Temporary) as error:
        run.terminal.warn(f"The project {project} was not looked up. {Problem.of(error).message}", _do(error))
        return None, ""
    if found is None:
        raise Refused("project-not-found", project=project, account=admin.email)
    return found, admin.email


def _do(error: GsyncError) -> str:
    return Problem.of(error).hint


def _named_parent(organization: str, folder: str, *, no_organization: bool) -> str | None:
    """Return the parent that the flags name, "" for none; None where they don't say."""
    from gsync_cli.provisioning.projects import parent_name

    if sum((bool(organization), bool(folder), no_organization)) > 1:
        raise WrongUsage("project-parents-both")
    if folder:
        return parent_name("folders", folder)
    if organization:
        return parent_name("organizations", organization)
    return "" if no_organization else None


def _chosen_parent(run: Session, projects: "Projects") -> str:
    """Return the only organization there is, the one that the person chooses, or "" where none shows.

    Raises WrongUsage("project-choice-needed") where nobody can choose.
    """
    seen = projects.organizations()
    if len(seen) < 2:  # noqa: PLR2004  from two on it is a choice
        return seen[0].name if seen else ""
    if not run.terminal.interactive:
        told = [f"{each.title}: {each.name}" for each in seen]
        raise WrongUsage("project-choice-needed", email=projects.email or "The account", organizations=told)
    for number, each in enumerate(seen, 1):
        run.terminal.step(f"  {number}  {each.title} ({each.name})")
    run.terminal.step("  0  no organization (the app can then be External only)")
    while True:
        answer = run.terminal.ask("In which organization?", flag="--organization")
        if answer.isdecimal() and int(answer) <= len(seen):
            return seen[int(answer) - 1].name if int(answer) else ""


def warn_of_refusals(run: Session, projects: "Projects", resource: str, step: "StepAsked") -> None:
    """Say before anything is done that this account will be refused a step on a resource, as far as one can know."""
    from gsync_cli.provisioning.permissions import foreseen

    for refusal in foreseen(projects, resource) if resource else ():
        if refusal.step == step:
            problem = Problem.of(refusal.error)
            run.terminal.warn(problem.message, problem.hint)


def _say_what_is_final(run: Session, title: str, project: str, parent: str) -> None:
    place = f"in {parent}" if parent else "in no organization, so its app can be External only"
    run.terminal.warn(f"The project “{title}” ({project}) goes {place}. The organization can't be changed afterwards.")


def _suffix(run: Session, email: str, title: str, parent: str) -> str:
    """Return five digits that are the same for the same account, name and place, so that a second run finds the first.

    Where nobody says whose account it is, they are random.
    """
    if not email:
        return f"{int(run.jitter() * (_SUFFIXES - 1)):05d}"
    digest = hashlib.sha256(f"{email.casefold()}\n{title}\n{parent}".encode()).hexdigest()
    return f"{int(digest, 16) % _SUFFIXES:05d}"
