"""Deleting an account."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "creatio-account-stays": Words(
        "Creatio does not let go of the account “{account}” in “Accounts in external resources”[[: {message}]]. "
        "It stands there as before.",
        "Delete it in Creatio (profile, Accounts in external resources, Actions, Delete) or have the administrator "
        "grant rights on SocialAccount, then: gsync account delete",
    ),
    "account-deletion-unfinished": Words(
        "The account {account} is not deleted everywhere yet. What is done stays done, and no synchronisation uses it "
        "any more.",
        "Run the same command again, it does the rest: gsync --profile {profile} account delete",
    ),
    "account-several": Words(
        "Nobody is signed in here, and Creatio lists several Google accounts of this user: {names}. Nothing was done.",
        "gsync account delete --email ADDRESS",
    ),
    "account-deletion-other": Words(
        "{got} signed in, but the deletion of {known} from the profile “{profile}” is not finished. "
        "Nothing was stored.",
        "Finish it: gsync --profile {profile} account delete; or give {got} a profile of its own: "
        "gsync --profile NAME account add",
    ),
    "account-changed": Words(
        "The account of this profile has changed in the meantime[[: it is {now} now, not {wanted}]]. "
        "Nothing was deleted.",
        "gsync account show",
    ),
}
