"""Why APIs could not be enabled or listed, each cause with what mends it (facts/google.md 2.6)."""

import re
from collections.abc import Sequence
from typing import Final

from gsync_cli.errors import ActionNeeded, GsyncError, Refused, Temporary
from gsync_cli.google.administrator import AdministratorSession
from gsync_cli.provisioning.operations import PASSING, Failure
from gsync_cli.provisioning.project_refusals import grant_command

USAGE_ROLE: Final = "roles/serviceusage.serviceUsageAdmin"
_VIEWER_ROLE: Final = "roles/serviceusage.serviceUsageViewer"
_TERMS_PAGE: Final = "https://console.developers.google.com/terms/"
_TERMS_ID: Final = re.compile(r"tos_id\W{1,8}([A-Za-z][\w-]*)")
_POLICY: Final = re.compile(r"gcp\.restrictServiceUsage|restrictServiceUsage|org(?:anization)?[ _]polic", re.IGNORECASE)
_BILLING: Final = re.compile(r"BILLING_DISABLED|requires billing|billing (?:account|must|is not)", re.IGNORECASE)


def not_enabled(failure: Failure, project: str, services: Sequence[str], admin: AdministratorSession) -> GsyncError:
    """Return the error for a batchEnable that was refused; nothing was enabled then."""
    if failure.is_terms:
        found = _TERMS_ID.search(failure.text)
        link = f"{_TERMS_PAGE}{found[1] if found else 'universal'}"
        return ActionNeeded("apis-terms", project=project, email=admin.email, link=link)
    if _BILLING.search(failure.text):
        link = f"https://console.cloud.google.com/billing/linkedaccount?project={project}"
        return ActionNeeded("apis-billing", project=project, services=list(services), link=link)
    if _POLICY.search(failure.text):
        return Refused("apis-forbidden-by-policy", project=project, services=list(services), message=failure.message)
    if failure.is_denied:
        command = grant_command(f"projects/{project}", admin.member, USAGE_ROLE)
        permission = failure.permission or "serviceusage.services.enable"
        return Refused("apis-enable-denied", project=project, email=admin.email, permission=permission, command=command)
    if failure.state in PASSING:
        return Temporary("apis-unclear", project=project)
    return Refused("apis-refused", project=project, services=list(services), message=failure.message)


def not_listed(failure: Failure, project: str, admin: AdministratorSession) -> GsyncError:
    """Return the error for a list of APIs that was refused."""
    if failure.is_denied:
        command = grant_command(f"projects/{project}", admin.member, _VIEWER_ROLE)
        permission = failure.permission or "serviceusage.services.list"
        return Refused("apis-list-denied", project=project, email=admin.email, permission=permission, command=command)
    return Refused("apis-not-read", project=project, message=failure.message)
