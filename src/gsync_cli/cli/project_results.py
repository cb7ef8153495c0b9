"""What the commands of `gsync project` give back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gsync_cli.cli.results import Page

if TYPE_CHECKING:
    from gsync_cli.provisioning.projects import Project

NO_PARENT = "no organization"


def data_of(project: "Project") -> dict[str, object]:
    """Return `{"id", "number", "title", "parent", "state"}`; `parent` is null outside any organization."""
    return {
        "id": project.id,
        "number": project.number or None,
        "title": project.title,
        "parent": project.parent or None,
        "state": "ACTIVE" if project.active else "DELETE_REQUESTED",
    }


@dataclass(frozen=True, slots=True)
class ProjectList:
    """The projects that the account can see."""

    account: str
    projects: "Sequence[Project]"
    chosen: str
    """The active project of this profile."""

    def data(self) -> Mapping[str, object]:
        """Return `{"account", "project", "projects": [{…, "active"}]}`; `active` marks the one in use."""
        return {
            "account": self.account or None,
            "project": self.chosen or None,
            "projects": [{**data_of(project), "active": project.id == self.chosen} for project in self.projects],
        }

    def show(self, page: Page) -> None:
        """Print a table."""
        if not self.projects:
            page.text(f"No projects{f' for {self.account}' if self.account else ''}. To make one: gsync project create")
            return
        if self.account:
            page.text(f"Projects that {self.account} can see:")
        page.table(
            ("Id", "Name", "Number", "In", "State"),
            [
                (
                    project.id,
                    project.title,
                    project.number,
                    project.parent or NO_PARENT,
                    _state(project, chosen=project.id == self.chosen),
                )
                for project in self.projects
            ],
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A project that was made, taken over, or would be."""

    account: str
    id: str
    title: str
    parent: str
    project: "Project | None"
    """None where nothing was made."""
    created: bool = False
    dry_run: bool = False

    def data(self) -> Mapping[str, object]:
        """Return `{"account", "dry_run", "created", "project": {…}}`; `project` is as planned where it is not there."""
        planned = {"id": self.id, "number": None, "title": self.title, "parent": self.parent or None, "state": None}
        return {
            "account": self.account or None,
            "dry_run": self.dry_run,
            "created": self.created,
            "project": data_of(self.project) if self.project else planned,
        }

    def show(self, page: Page) -> None:
        """Print what became of it."""
        where = self.parent or NO_PARENT
        if self.dry_run:
            page.text(
                f"The project {self.id} is there already and would be used."
                if self.project
                else f"Would make the project “{self.title}” ({self.id}) in {where}."
            )
        elif self.project is None:
            page.text("Nothing was made.")
        else:
            page.good(f"Project {self.id} (“{self.title}”) in {where} is {'made' if self.created else 'taken over'}.")
            page.text("It is the active project now.")


@dataclass(frozen=True, slots=True)
class Used:
    """The project that is active now."""

    id: str
    former: str
    project: "Project | None"
    """None where it could not be looked up."""

    def data(self) -> Mapping[str, object]:
        """Return `{"project", "former", "checked"}`."""
        return {"project": self.id, "former": self.former or None, "checked": self.project is not None}

    def show(self, page: Page) -> None:
        """Print it."""
        title = f" (“{self.project.title}”)" if self.project else ""
        page.good(f"The active project is {self.id}{title}{f'; it was {self.former}' if self.former else ''}.")


@dataclass(frozen=True, slots=True)
class Shown:
    """One project."""

    id: str
    project: "Project | None"
    """None where it could not be looked up."""
    account: str

    def data(self) -> Mapping[str, object]:
        """Return `{"project", "checked", "account", "details": {…}|null, "console"}`."""
        return {
            "project": self.id,
            "checked": self.project is not None,
            "account": self.account or None,
            "details": data_of(self.project) if self.project else None,
            "console": self._console,
        }

    @property
    def _console(self) -> str:
        return f"https://console.cloud.google.com/home/dashboard?project={self.id}"

    def show(self, page: Page) -> None:
        """Print names with values."""
        rows: list[tuple[str, object]] = [("Project", self.id)]
        if self.project:
            rows += [
                ("Name", self.project.title),
                ("Number", self.project.number),
                ("In", self.project.parent or NO_PARENT),
                ("State", "active" if self.project.active else "being deleted"),
            ]
        if self.account:
            rows.append(("Seen as", self.account))
        page.facts([*rows, ("Console", self._console)])


@dataclass(frozen=True, slots=True)
class SignedInAsAdministrator:
    """A sign-in as administrator that went well."""

    email: str
    ends_at: datetime
    told: bool = False
    """Whether stdout holds the address of the consent page, and nothing else."""

    def data(self) -> Mapping[str, object]:
        """Return `{"email", "ends_at"}`."""
        return {"email": self.email or None, "ends_at": self.ends_at.astimezone(UTC).isoformat(timespec="seconds")}

    def show(self, page: Page) -> None:
        """Print who it is, and until when."""
        if not self.told:
            who = f" as {self.email}" if self.email else ""
            page.good(f"Signed in{who}, until {self.ends_at.astimezone(UTC):%H:%M} UTC.")


def _state(project: "Project", *, chosen: bool) -> str:
    if not project.active:
        return f"being deleted (back with: gcloud projects undelete {project.id})"
    return "in use here" if chosen else "there"
