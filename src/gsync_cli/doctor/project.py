"""The check of the Google project, which only an administrator can look at."""

from typing import TYPE_CHECKING, Final

from gsync_cli.doctor.check import PROJECT, Check, Finding, failed, passed, skipped, warned
from gsync_cli.errors import GsyncError, Refused, SignInNeeded

if TYPE_CHECKING:
    from gsync_cli.doctor.scene import Scene
    from gsync_cli.provisioning.projects import Project


def look_at_project(scene: "Scene") -> Finding:
    """Look whether the active project is set, exists, is ours, and is the one that the clients belong to."""
    from gsync_cli.provisioning.projects import Projects

    project, chosen = scene.project, scene.settings.text("google.project")
    if not project:
        return warned("No Google project is chosen, and no client tells of one.", "gsync setup-project")
    origin = "the setting google.project" if chosen else "the imported client"
    try:
        admin = scene.administrator
        found = Projects(admin).find(project)
    except GsyncError as error:
        # Nobody needs an administrator for synchronising.
        says, do = scene.words(error)
        told = f"{project} (by {origin}) was not looked at, which only an administrator can. {says}"
        return skipped(told, do) if isinstance(error, SignInNeeded) else warned(told, do)
    if found is None:
        told = (
            f"{admin.email or 'The administrator'} sees no project {project}: there is none of that id, or it is "
            "somebody else's."
        )
        mend = "gsync project list, then: gsync project use ID"
        # Default credentials may have been left behind by some other work of this machine's.
        return warned(told, mend) if admin.origin == "adc" else failed(told, mend, Refused)
    return _judged(scene, found, admin.email or "the administrator")


def _judged(scene: "Scene", found: "Project", as_whom: str) -> Finding:
    told = f"{found.id} (“{found.title}”, number {found.number or 'not told'}, {found.parent or 'in no organization'})"
    if not found.active:
        return failed(
            f"{told} is being deleted; it can be taken back for about 30 days.",
            f"gcloud projects undelete {found.id}",
            Refused,
        )
    strangers = _of_others(scene, found.number)
    if strangers:
        return warned(
            f"{told} is there, seen as {as_whom}; but {', '.join(strangers)} belongs to another project.",
            "gsync project list, then: gsync project use ID; or import the client of this one: gsync keys import FILE",
        )
    if not scene.settings.text("google.project"):
        return warned(f"{told} is there, seen as {as_whom}, but is not chosen.", f"gsync project use {found.id}")
    return passed(f"{told} is there and active, seen as {as_whom}.")


def _of_others(scene: "Scene", number: str) -> list[str]:
    """Return the clients whose id begins with the number of another project (facts/google.md 3.11)."""
    from gsync_cli.provisioning.client_file import number_of

    clients = [client for client in (scene.credentials.installed, scene.credentials.web) if client is not None]
    return [client.client_id for client in clients if number and number_of(client.client_id) not in ("", number)]


CHECKS: Final = (
    Check("project", "Google project", PROJECT, look_at_project, ("config", "credentials", "google-hosts")),
)
