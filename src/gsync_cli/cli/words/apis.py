"""The APIs of a project."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "monitoring-not-set": Words(
        "Other services of Google are set to this machine, and Cloud Monitoring is not; it was not asked.",
        "gsync config set google.endpoints.monitoring URL",
    ),
    "apis-slow": Words(
        "{services} in {project} did not come to life within {minutes} minutes, though Google accepted it. "
        "It can take some hours.",
        "Run the same command again later: it goes on from there",
    ),
    "apis-unclear": Words(
        "Google gave no clear answer to enabling the APIs of {project}; they may or may not be on.",
        "Run the same command again: what is on already stays on",
    ),
    "apis-terms": Words(
        "Google enables no API in {project} before its terms of service are accepted[[ by {email}]]. "
        "Nothing was enabled.",
        "Open {link} as that account, accept the terms, then run the same command again",
    ),
    "apis-billing": Words(
        "Google wants a billing account for {project} before it enables {services}. Nothing was enabled.",
        "Link one at {link}, then run the same command again",
    ),
    "apis-forbidden-by-policy": Words(
        "A policy of the organization (gcp.restrictServiceUsage) forbids {services} in {project}: {message} "
        "Nothing was enabled.",
        "Have the organization's policy administrator allow them: "
        "https://console.cloud.google.com/iam-admin/orgpolicies/gcp-restrictServiceUsage?project={project}",
    ),
    "apis-enable-denied": Words(
        "The account[[ {email}]] may not enable APIs in {project} (the permission {permission} is missing). "
        "Nothing was enabled.",
        "Let an owner of the project run: {command}",
    ),
    "apis-refused": Words(
        "Google did not enable {services} in {project}: {message} Nothing was enabled.",
        "Enable them in the console: https://console.cloud.google.com/apis/library?project={project}",
    ),
    "apis-list-denied": Words(
        "The account[[ {email}]] may not see the APIs of {project} (the permission {permission} is missing), or there "
        "is no such project. Nothing was done.",
        "Let an owner of the project run: {command}",
    ),
    "apis-not-read": Words(
        "Google does not tell the APIs of {project}: {message} Nothing was done.", "gsync project show"
    ),
}
