"""The administrator's sign-in at Google Cloud."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "administrator-not-signed-in": Words(
        "Nobody is signed in as administrator, so gsync can't see or change projects and APIs. Nothing was done.",
        "gcloud auth application-default login, or: "
        'export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)", or without gcloud, in the browser with '
        "an imported Desktop client: gsync project sign-in",
    ),
    "administrator-sign-in-over": Words(
        "The sign-in as administrator[[ of {email}]] has ended; it lasts an hour. Nothing was done.",
        "gsync project sign-in",
    ),
    "administrator-token-refused": Words(
        "Google no longer accepts the administrator's sign-in[[ of {email}]]. Nothing more was done.", "{again}"
    ),
    "administrator-scope-missing": Words(
        "The administrator's sign-in[[ of {email}]] does not hold the permission for Google Cloud "
        "(https://www.googleapis.com/auth/cloud-platform). Nothing was done.",
        "Sign in again with it: {again}",
    ),
    "administrator-quota-project": Words(
        "Google does not know to which project it shall charge this sign-in (application default credentials without a "
        "quota project). Nothing was done.",
        "gcloud auth application-default set-quota-project PROJECT (one of yours in which the Cloud Resource Manager "
        'API is on), or: export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"',
    ),
    "administrator-api-off": Words(
        "{service} is off in the project[[ {project}]] to which the administrator's sign-in is charged, so Google "
        "takes no request. Nothing was done.",
        "gcloud services enable {service}[[ --project={project}]][[, or: {link}]]",
    ),
    "administrator-forbidden": Words(
        "Google does not allow this[[ to {email}]]: {message}[[ The permission {permission} is missing.]] "
        "Nothing more was done.",
        "Ask an owner of the project or the organization for it, then run the same command again",
    ),
    "administrator-sign-in-failed": Words(
        "The sign-in as administrator came to nothing: {why}. Nothing was stored.", "gsync project sign-in"
    ),
    "administrator-other-account": Words(
        "{got} signed in, but {wanted} was wanted. Nothing was stored.",
        "Choose {wanted} on Google's page (a private window helps): gsync project sign-in --email {wanted}",
    ),
    "administrator-token-form": Words(
        "{variable} holds no access token: that is one word of plain letters, without a line break. Nothing was sent.",
        'export {variable}="$(gcloud auth print-access-token)"',
    ),
    "adc-unreadable": Words(
        "The application default credentials in {path} can't be used: {reason}. Nothing was done.",
        "[[unset {variable}, then: ]]gcloud auth application-default login",
    ),
    "adc-ended": Words(
        "Google no longer accepts the application default credentials[[: {reason}]]. Nothing was done.",
        "gcloud auth application-default login",
    ),
}
