"""`gsync sandbox console`: the person before Google's console, for rehearsing `setup-project` on the sandbox.

It does by the sandbox's own hand what a person does in the browser, with what Creatio's guide says and not with what
gsync computes, so that a rehearsal shows whether the two fit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gsync_cli.cli.context import Session
from gsync_cli.cli.results import Page
from gsync_cli.errors import ConfigurationWrong, Temporary, WrongUsage
from gsync_cli.http import NetworkError

FILES: Final = {"web": "client_secret_creatio.json", "installed": "client_secret_gsync.json"}
_SCOPES: Final = (
    "https://mail.google.com/",
    "https://www.googleapis.com/auth/contacts",
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/calendar.events",
)
_PAGE: Final = "LegacySocialAccountAuthPage.aspx?Id=3b22f0ff-034a-48da-8758-a0660e5a26ff"
_SERVICE: Final = "rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class AtTheConsole:
    """What the person did, and the files that were downloaded."""

    project: str
    email: str
    files: tuple[Path, ...]

    def data(self) -> Mapping[str, object]:
        """Return `{"project", "account", "files"}`."""
        return {"project": self.project, "account": self.email, "files": [str(file) for file in self.files]}

    def show(self, page: Page) -> None:
        """Say what was done, and how to go on."""
        page.good(f"{self.email} set up consent screen and scopes of {self.project}, and made two clients")
        for file in self.files:
            page.text(f"  downloaded: {file}")
        page.text(f"Go on with: gsync setup-project --client-json {self.files[0]} --client-json {self.files[1]}")


def visit(run: Session, mark: Mapping[str, Any], folder: Path) -> AtTheConsole:
    """Do the console's part for the profile's project, and write the downloads to `folder`.

    Raises WrongUsage("sandbox-not-running", "sandbox-project-missing"), Temporary("sandbox-gone"), ConfigurationWrong
    ("sandbox-console-refused") where the console refuses.
    """
    from gsync_cli.sandbox import furnish

    project = run.settings.text("google.project")
    if "url" not in mark:
        raise WrongUsage("sandbox-not-running", profile=run.profile.name)
    if not project:
        raise WrongUsage("sandbox-project-missing", profile=run.profile.name)
    url = str(mark["url"])
    email = furnish.EMAIL

    def act(action: str, *arguments: object) -> Any:
        return _acted(run, f"{url}/sandbox/console/{email}/{action}", arguments)

    act("register_consent", project, "Creatio", email, "internal", [], [email])
    act("add_scopes", project, list(_SCOPES))
    site = f"{url}/creatio{mark.get('prefix', '/0')}"
    web = act("create_client", project, "web", "Creatio", [f"{site}/{_PAGE}", f"{site}/{_SERVICE}"], [url])
    installed = act("create_client", project, "installed", "gsync")
    files = tuple(folder / name for name in FILES.values())
    for file, client in zip(files, (web, installed), strict=True):
        file.write_text(json.dumps(client, indent=2), encoding="utf-8")
    return AtTheConsole(project, email, files)


def _acted(run: Session, address: str, arguments: tuple[object, ...]) -> Any:
    body = json.dumps({"arguments": arguments}).encode()
    try:
        answer = run.http().send("sandbox", "POST", address, headers={"content-type": "application/json"}, body=body)
    except NetworkError as error:
        raise Temporary("sandbox-gone", host=error.host) from error
    told = json.loads(answer.content)
    if answer.status_code != _OK:
        raise ConfigurationWrong("sandbox-console-refused", message=told.get("error", ""))
    return told.get("result")
