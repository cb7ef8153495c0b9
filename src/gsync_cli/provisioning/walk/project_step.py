"""The project: taken over, found again, or made (rows P2-P4)."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gsync_cli.errors import ActionNeeded, Refused
from gsync_cli.provisioning.projects import checked_id, checked_title, parent_name, suggested_id
from gsync_cli.provisioning.walk import guide
from gsync_cli.provisioning.walk.model import Choice, Proof, Task
from gsync_cli.provisioning.walk.setup import APP_NAME, Setup, first
from gsync_cli.provisioning.walk.steps import Done, Step

if TYPE_CHECKING:
    from gsync_cli.provisioning.projects import Project, Projects

SITE_LABEL: Final = "gsync-site"
"""The label by which a project is found again from another machine: its value is the host of the site."""
_ATTEMPTS: Final = 3
"""Ids that are tried: they are chosen from a hundred thousand, and unlike any other in the world."""
_NEW: Final = "new"
_NOWHERE: Final = "none"


class ProjectStep(Step):
    """Detects the project by its id or its label; makes it; proves it by reading it back."""

    name = "project"

    def look(self, setup: Setup) -> Proof | None:
        """Look the project up in Resource Manager. Without an administrator, what was proven before counts."""
        if setup.projects is None:
            return setup.journal.proof(self.name, setup.project_id)
        project = self._found(setup, setup.projects)
        if project is None:
            return None
        if not project.active:
            raise ActionNeeded("project-being-deleted", project=project.id)
        _check_user_type(setup, project.parent)
        setup.foresee(f"projects/{project.id}")
        return _taken(setup, project)

    def plan(self, setup: Setup) -> str:
        """Say which project would be made, and where."""
        if setup.projects is None:
            return "would need an administrator's sign-in"
        title, parent = self._title(setup), _parent_by_flags(setup)
        if parent is None:
            organizations = setup.organizations
            parent = organizations[0].name if len(organizations) == 1 else ""
            if len(organizations) > 1:
                return f"would ask for the organization, then make the project “{title}”"
        setup.foresee(parent)
        return f"would make the project “{title}” in {parent or 'no organization'}"

    def do(self, setup: Setup) -> Done:
        """Make the project. Its id is written down first, so that an interrupted walk finds it again."""
        projects = setup.projects
        if projects is None:
            return guide.sign_in_as_administrator()
        if not setup.has_site and setup.person is not None:
            return guide.name_site(self.name)
        title = self._title(setup)
        begun = setup.journal.decisions if setup.journal.decisions.project_title == title else None
        if begun is None:
            chosen = self._namesake(setup, title)
            if isinstance(chosen, Task):
                return chosen
            if chosen is not None:
                return _taken(setup, chosen)
        parent = begun.parent if begun and _parent_by_flags(setup) is None else _parent(setup, projects)
        if isinstance(parent, Task):
            return parent
        _check_user_type(setup, parent)
        setup.foresee(parent)
        return _taken(setup, _made(setup, projects, title, parent, begun.project_id if begun else ""))

    def answer(self, setup: Setup, task: Task, given: str) -> None:
        """Take the address of the site. Raises WrongUsage for one that is none."""
        if task.asks == "site":
            setup.name_site(given)

    def _found(self, setup: Setup, projects: "Projects") -> "Project | None":
        chosen = setup.project_id
        decided = setup.journal.decisions
        begun = decided.project_id if setup.wishes.name in ("", decided.project_title) else ""
        if not (chosen or begun):
            return _labelled(setup)
        project = projects.find(chosen or begun)
        if project is None and chosen:
            raise Refused("project-not-found", project=chosen, account=setup.account)
        return project

    def _title(self, setup: Setup) -> str:
        return checked_title(first(setup.wishes.name, setup.journal.decisions.project_title, APP_NAME))

    def _namesake(self, setup: Setup, title: str) -> "Project | Task | None":
        """Return the project of the same name that is meant; None to make a new one.

        It may be another customer's, so nobody but a person decides that.
        """
        same = [project for project in setup.known_projects if project.active and project.title == title]
        if not same:
            return None
        if setup.person is None:
            return None if setup.wishes.name and setup.wishes.yes else guide.choose_project(title, _choices(same))
        choices = [*_choices(same), Choice(_NEW, "make a new one")]
        chosen = setup.person.choose(
            f"There is a project “{title}” already. Which one is for this Creatio?", choices, flag="--project"
        )
        return next((project for project in same if project.id == chosen), None)


def _check_user_type(setup: Setup, parent: str) -> None:
    """Refuse an app that can't be before anything is done. Raises Refused("consent-internal-without-organization")."""
    if setup.wishes.user_type == "internal" and not parent:
        raise Refused("consent-internal-without-organization")


def _taken(setup: Setup, project: "Project") -> Proof:
    """Make it the active project, and return the proof."""
    setup.project = project
    if setup.world.settings.text("google.project") != project.id:
        setup.store_settings(google_project=project.id)
    _note_domain(setup, project)
    asked = _parent_by_flags(setup)
    if asked is not None and asked != project.parent:
        real = project.parent or "no organization"
        setup.telling.warn(f"The project {project.id} lies in {real}, not in {asked or 'no organization'}.")
    where = f"in {project.parent}" if project.parent else "without an organization"
    return setup.proof(
        project.id, f"projects/{project.id} in Resource Manager", f"“{project.title}”, number {project.number}, {where}"
    )


def _note_domain(setup: Setup, project: "Project") -> None:
    """Remember the domain of the project's organization, once, where it can be told which it is."""
    if not project.parent or setup.journal.decisions.organization_domain:
        return
    above = [each for each in setup.organizations if each.name == project.parent] or setup.organizations
    if len(above) == 1 and above[0].title != above[0].name:
        setup.decide(organization_domain=above[0].title)


def _labelled(setup: Setup) -> "Project | None":
    """Return the project that gsync made for this site, from whichever machine."""
    if not setup.has_site or setup.wishes.name:
        return None
    label = _label(setup.creatio_url)
    made = [project for project in setup.known_projects if project.active and project.labels.get(SITE_LABEL) == label]
    return made[0] if len(made) == 1 else None


def _label(site: str) -> str:
    """Return the host of a site in the form of a label's value (facts/google.md 1.2)."""
    host = urlsplit(site).hostname or ""
    return re.sub(r"[^a-z0-9]+", "-", f"site-{host.lower()}").strip("-")[:63].rstrip("-")


def _parent_by_flags(setup: Setup) -> str | None:
    """Return the parent that the flags name, "" for no organization; None where they don't say."""
    wishes = setup.wishes
    if wishes.folder:
        return parent_name("folders", wishes.folder)
    if wishes.organization:
        return parent_name("organizations", wishes.organization)
    return "" if wishes.no_organization else None


def _parent(setup: Setup, projects: "Projects") -> str | Task:
    """Return where the project goes. Among several organizations a person chooses; a single one is taken."""
    named = _parent_by_flags(setup)
    if named is not None:
        return named
    organizations = setup.organizations
    if not organizations:
        setup.telling.note("This account sees no organization, so the project will be in none, and its app External.")
        return ""
    choices = [Choice(each.name, f"{each.title} ({each.name})") for each in organizations]
    if setup.person is None:
        return organizations[0].name if len(organizations) == 1 else guide.choose_parent(choices)
    choices.append(
        Choice(
            _NOWHERE,
            "no organization (the app can then be External only: 100 test users, whose sign-ins end after seven days, "
            "until it is published and verified)",
        )
    )
    chosen = setup.person.choose("In which organization?", choices, flag="--organization")
    if chosen == _NOWHERE:
        return ""
    return _folder(setup, projects, chosen)


def _folder(setup: Setup, projects: "Projects", organization: str) -> str:
    """Let the person choose a folder, level by level, where there are any."""
    if setup.person is None:
        return organization
    place = organization
    while folders := projects.folders(place):
        choices = [Choice(place, "here"), *(Choice(folder.name, folder.title) for folder in folders)]
        chosen = setup.person.choose("In which folder?", choices, flag="--folder")
        if chosen == place:
            break
        place = chosen
    return place


def _confirm(setup: Setup, title: str, project_id: str, parent: str) -> None:
    """Say that the organization is final, and let a person stop. Raises ActionNeeded("project-not-wanted")."""
    final = (
        f"The project “{title}” ({project_id}) will be made in {parent}. It can't leave that organization later."
        if parent
        else f"The project “{title}” ({project_id}) will be made in no organization; its app can then be External only."
    )
    setup.telling.warn(final)
    if setup.person is None or setup.wishes.yes:
        return
    if not setup.person.confirm("Make it?", flag="--yes", default=True):
        raise ActionNeeded("project-not-wanted")


def _made(setup: Setup, projects: "Projects", title: str, parent: str, begun: str) -> "Project":
    """Make the project under the id that was begun with, or a new one; another one where somebody else has it."""
    labels = {SITE_LABEL: _label(setup.creatio_url)} if setup.has_site else {}
    project_id = begun
    for attempt in range(_ATTEMPTS):
        project_id = project_id or checked_id(suggested_id(title, setup.world.suffix()))
        if attempt == 0:
            _confirm(setup, title, project_id, parent)
        setup.decide(project_id=project_id, project_title=title, parent=parent)
        try:
            return projects.create(project_id, title, parent, setup.telling.note, labels=labels)
        except Refused as error:
            if error.code != "project-id-taken" or attempt == _ATTEMPTS - 1:
                raise
            setup.telling.note(f"Somebody else has the id {project_id}; trying another one.")
            project_id = ""
    raise AssertionError("the last attempt returns or raises")


def _choices(projects: "Sequence[Project]") -> list[Choice]:
    return [
        Choice(project.id, f"{project.id}, number {project.number}, in {project.parent or 'no organization'}")
        for project in projects
    ]
