"""Which steps this account will be refused, said before anything is done (row P1).

Google tells by testIamPermissions what an account may do on a project, a folder or an organization. What can't be asked
there counts as not known, and is no refusal.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from gsync_cli.errors import Refused
from gsync_cli.google.errors import GoogleRefusal
from gsync_cli.provisioning.api_refusals import USAGE_ROLE
from gsync_cli.provisioning.project_refusals import CREATOR_ROLE, grant_command
from gsync_cli.provisioning.projects import Projects

StepAsked: TypeAlias = Literal["project", "apis", "consent", "client"]

_CONSENT_ROLE: Final = "roles/oauthconfig.editor"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step this account will be refused, the permission it lacks, and the role that holds it."""

    step: StepAsked
    permission: str
    role: str
    error: Refused
    """The same in words, with the command for somebody who may give the role."""

    def data(self) -> dict[str, str]:
        """Return `{"step", "permission", "role", "command"}`."""
        command = str(self.error.facts["command"])
        return {"step": self.step, "permission": self.permission, "role": self.role, "command": command}


_ABOVE: Final[tuple[tuple[StepAsked, str, str], ...]] = (("project", "resourcemanager.projects.create", CREATOR_ROLE),)
"""What is asked of an organization or a folder: step, permission, role."""
_OF_PROJECT: Final[tuple[tuple[StepAsked, str, str], ...]] = (
    ("apis", "serviceusage.services.enable", USAGE_ROLE),
    ("apis", "serviceusage.services.list", USAGE_ROLE),
    ("consent", "clientauthconfig.brands.update", _CONSENT_ROLE),
    ("client", "clientauthconfig.clients.create", _CONSENT_ROLE),
)
_WORK: Final = {
    "project": "making the project",
    "apis": "enabling the APIs",
    "consent": "setting up the consent screen",
    "client": "making the OAuth client",
}


def foreseen(projects: Projects, resource: str) -> tuple[Refusal, ...]:
    """Return the steps that this account will be refused on "organizations/1", "folders/2" or "projects/x".

    One for each step at most. Raises SignInNeeded, ActionNeeded, ConfigurationWrong or Temporary.
    """
    asked = _OF_PROJECT if resource.startswith("projects/") else _ABOVE
    held = _held(projects, resource, tuple(permission for _, permission, _ in asked))
    refused: dict[StepAsked, Refusal] = {}
    for step, permission, role in asked:
        if held.get(permission) is False and step not in refused:
            command = grant_command(resource, projects.member, role)
            error = Refused(
                "step-will-be-refused",
                work=_WORK[step],
                resource=resource,
                email=projects.email,
                permission=permission,
                command=command,
            )
            refused[step] = Refusal(step, permission, role, error)
    return tuple(refused.values())


def _held(projects: Projects, resource: str, wanted: tuple[str, ...]) -> dict[str, bool]:
    """Return for each permission whether the account has it; one that can't be asked is left out."""
    try:
        granted = projects.permissions(resource, wanted)
    except GoogleRefusal as refusal:
        if refusal.status != HTTPStatus.BAD_REQUEST or len(wanted) == 1:
            return {}
        # One that can't be asked spoils the question for all: ask each alone.
        return {name: held for each in wanted for name, held in _held(projects, resource, (each,)).items()}
    return {name: name in granted for name in wanted}
