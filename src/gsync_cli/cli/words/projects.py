"""Google Cloud projects and what they lie in."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "project-id-form": Words(
        "“{project}” can't be the id of a project: {rule}. Nothing was made.",
        "Leave --id out, and gsync makes one of the name",
    ),
    "project-title-form": Words(
        "“{title}” can't be the name of a project: {rule}. Nothing was made.", '[[--name "{fitting}"]]'
    ),
    "project-parent-form": Words(
        "“{typed}” names nothing among the {kind}: a number is wanted. Nothing was made.", "{flag} 123456789012"
    ),
    "project-unreadable": Words(
        "“{typed}” is not the id of a project: it has small letters, digits and hyphens. Nothing was done.",
        "gsync project list",
    ),
    "project-missing": Words("No project is chosen. Nothing was done.", "--project ID, or: gsync project use ID"),
    "project-not-found": Words(
        "There is no project {project}, or it is not shown[[ to {account}]]; Google says the same of both. "
        "Nothing was changed.",
        "gsync project list",
    ),
    "project-choice-needed": Words(
        "{email} sees several organizations ({organizations}), and the choice is final. Nothing was made.",
        "--organization NUMBER, --folder NUMBER or --no-organization",
    ),
    "project-parents-both": Words(
        "Only one of --organization, --folder and --no-organization can be meant. Nothing was made.",
        "gsync project create --help",
    ),
    "project-terms": Words(
        "Google makes no project for this account[[ ({email})]] before its terms of service are accepted. "
        "Nothing was made.",
        "Open {link} as that account, accept the terms, then run the same command again",
    ),
    "project-quota": Words(
        "The number of projects that Google allows[[ {email}]] is used up: {message} "
        "Deleted ones count for about 30 days more. Nothing was made.",
        "Use one there is (gsync project list), or ask Google for more: {link}",
    ),
    "project-create-denied": Words(
        "The account[[ {email}]] may not make projects in {where}, or there is no such place. Nothing was made.",
        "Let an administrator of the organization run: {command}",
    ),
    "project-id-taken": Words(
        "The id {project} belongs to a project of somebody else; ids are unique in the whole world. Nothing was made.",
        "Choose another one with --id, or leave --id out",
    ),
    "project-id-refused": Words(
        "Google does not take the id {project}: {message} Nothing was made.",
        "Choose another one with --id, or leave --id out",
    ),
    "project-parent-unknown": Words(
        "Google does not take {parent} as the place of a project: {message} Nothing was made.",
        "Check the number: gcloud organizations list, or: gcloud resource-manager folders list --organization=NUMBER",
    ),
    "project-needs-parent": Words(
        "A service account[[ ({email})]] can't make a project outside an organization. Nothing was made.",
        "--organization NUMBER or --folder NUMBER",
    ),
    "project-being-deleted": Words(
        "The project {project} is being deleted; until about 30 days after that began, it can be taken back. "
        "Nothing was changed.",
        "gcloud projects undelete {project}, or choose another project",
    ),
    "project-not-made": Words(
        "Google had trouble of its own and did not make the project {project}: {message} Nothing was made.",
        "Run the same command again: gsync looks before it makes anything",
    ),
    "project-unclear": Words(
        "Google gave no clear answer to making the project {project}, and it does not show yet.",
        "Run the same command again in a minute: gsync looks before it makes anything",
    ),
    "project-refused": Words(
        "Google did not make the project {project}: {message} Nothing was made.",
        "If a policy of the organization forbids it, its administrator can make the project; then: "
        "gsync project use ID",
    ),
    "operation-slow": Words(
        "Google has not finished within {minutes} minutes; gsync was waiting for {what}. It goes on at Google.",
        "Run the same command again later: it goes on from there",
    ),
    "step-will-be-refused": Words(
        "The account[[ {email}]] will be refused at {work}: on {resource} it lacks the permission {permission}.",
        "Let an owner run: {command}",
    ),
}
