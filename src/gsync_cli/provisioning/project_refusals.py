"""Why a project could not be made, each cause with the link or the command that mends it (facts/google.md 1.4)."""

import re
from typing import Final
from urllib.parse import quote

from gsync_cli.errors import ActionNeeded, GsyncError, Refused, Temporary, WrongUsage
from gsync_cli.google.administrator import AdministratorSession
from gsync_cli.google.errors import ErrorBody, is_project_quota
from gsync_cli.provisioning.operations import PASSING, Failure

CREATOR_ROLE: Final = "roles/resourcemanager.projectCreator"
QUOTA_LINK: Final = "https://support.google.com/code/contact/project_quota_increase"
CONSOLE: Final = "https://console.cloud.google.com/"
_OF_PARENT: Final = re.compile(r"\bparent|organization|folder", re.IGNORECASE)
_OF_ID: Final = re.compile(r"project[ _]?id\b", re.IGNORECASE)


def grant_command(resource: str, member: str, role: str) -> str:
    """Return the gcloud command that gives a role on "organizations/1", "folders/2" or "projects/x" to a member.

    A resource of "" is an organization whose number is not known.
    """
    kind, _, number = resource.partition("/")
    group = {"folders": "resource-manager folders", "projects": "projects"}.get(kind, "organizations")
    target = number or "ORGANIZATION_NUMBER"
    return f"gcloud {group} add-iam-policy-binding {target} --member={member} --role={role}"


def console_of(email: str) -> str:
    """Return the console's address, opened as an account."""
    return f"{CONSOLE}?authuser={quote(email, safe='@')}" if email else CONSOLE


def not_created(failure: Failure, project: str, parent: str, admin: AdministratorSession, where: str) -> GsyncError:
    """Return the error for a project that was not made.

    `where` is the resource whose administrator can help: the parent, or the organization that stands for it.
    """
    if failure.is_terms:
        return ActionNeeded("project-terms", email=admin.email, link=console_of(admin.email))
    if failure.state == "RESOURCE_EXHAUSTED" or is_project_quota(ErrorBody(message=failure.message)):
        return Refused("project-quota", email=admin.email, message=failure.message, link=QUOTA_LINK)
    if "service account" in failure.message.casefold() and not parent:
        return WrongUsage("project-needs-parent", email=admin.email)
    if failure.is_denied:
        command = grant_command(where, admin.member, CREATOR_ROLE)
        return Refused("project-create-denied", email=admin.email, where=where or "the organization", command=command)
    if failure.state in PASSING:
        return Temporary("project-not-made", project=project, message=failure.message)
    return _refused(failure, project, parent)


def _refused(failure: Failure, project: str, parent: str) -> GsyncError:
    """Return the error for a request that was wrong in itself, or against a policy."""
    wrong = failure.state in ("INVALID_ARGUMENT", "NOT_FOUND")
    if wrong and parent and _OF_PARENT.search(failure.message):
        return WrongUsage("project-parent-unknown", parent=parent, message=failure.message)
    if wrong and _OF_ID.search(failure.message):
        return WrongUsage("project-id-refused", project=project, message=failure.message)
    return Refused("project-refused", project=project, message=failure.message)
