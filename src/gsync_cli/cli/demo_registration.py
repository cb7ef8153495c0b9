"""The demo's first scene: registering Creatio in Google Workspace, with a person before the console (rows P, K)."""

import json
from typing import Any, Final

from gsync_cli.cli.demo_stage import Stage
from gsync_cli.sandbox import furnish

_PAGE: Final = "LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
_SERVICE: Final = "rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"
"""As the guide has them: the console of the demo holds what it says, not what gsync says."""
_SCOPES: Final = ("https://mail.google.com/", *furnish.SCOPES)
CREATIO_FILE: Final = "client_secret_creatio.json"
GSYNC_FILE: Final = "client_secret_gsync.json"


def register(stage: Stage) -> None:
    """From nothing to working keys; two clients are made on the way, Creatio's and gsync's own."""
    stage.scene(
        "Register Creatio in Google Workspace",
        "Once, an administrator of both sides. The walk makes the project and enables the APIs; what Google has no "
        "interface for, it lists with every value to copy; then it proves what a person did, and enters the keys in "
        "Creatio.",
    )
    (stage.folder / "password.txt").write_text(f"{furnish.PASSWORD}\n", encoding="utf-8")
    stage.gsync(
        *("creatio", "connect", f"{stage.url}/creatio", "--username", furnish.USERNAME, "--password-stdin"),
        stdin=f"{furnish.PASSWORD}\n",
        typed="< password.txt",
        lines=1,
    )
    stage.gsync("setup-project", "--no-input", lines=6, ends_with=3)
    _at_the_console(stage)
    stage.gsync("setup-project", "--client-json", CREATIO_FILE, "--yes", lines=9)
    settings = stage.sandbox.creatio.settings.by_code
    client: str = json.loads((stage.folder / CREATIO_FILE).read_text(encoding="utf-8"))["web"]["client_id"]
    stage.check(
        "Creatio's system settings and its Gmail provider hold the client that was made.",
        settings["GoogleConsumerKey"].value == client and _provider_client(stage) == client,
    )


def _at_the_console(stage: Stage) -> None:
    """Do what the list says, in the console of the project that gsync made."""
    stage.by_hand(
        "the Google console",
        "Anna sets up the consent screen, adds the scopes, and makes two clients: a Web application for Creatio and a "
        "Desktop app for gsync. She downloads the file of each.",
    )
    console = stage.sandbox.google.console(furnish.EMAIL, stage.url)
    made = [each for each in stage.sandbox.google.cloud.projects.values() if each.id != furnish.PROJECT.id]
    project = made[-1].id
    site = f"{stage.url}/creatio"
    console.register_consent(project, "Creatio", furnish.EMAIL, "internal", (), (furnish.EMAIL,))
    console.add_scopes(project, _SCOPES)
    addresses = [f"{site}/0/{_PAGE}", f"{site}/0/{_SERVICE}"]
    _keep(stage, CREATIO_FILE, console.create_client(project, "web", "Creatio", addresses, [stage.url]))
    _keep(stage, GSYNC_FILE, console.create_client(project, "installed", "gsync"))


def _keep(stage: Stage, name: str, client: dict[str, Any]) -> None:
    (stage.folder / name).write_text(json.dumps(client), encoding="utf-8")


def _provider_client(stage: Stage) -> str:
    """Return the client id of the application that the Gmail provider is linked to."""
    applications = {row["Id"]: row["ClientId"] for row in stage.desk.rows("OAuthApplications")}
    linked = [row["OAuthApplicationId"] for row in stage.desk.rows("MailServer") if row["Address"] == "imap.gmail.com"]
    return next((applications[row_id] for row_id in linked if row_id in applications), "")
