"""A signed-in Google account in the in-process sandbox, reached through the real session and Google's own library."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from gsync_cli.config import Settings
from gsync_cli.contacts.google_store import GoogleContacts
from gsync_cli.credentials import Credentials, GoogleClient, GoogleGrant
from gsync_cli.google.scopes import CONTACTS
from gsync_cli.google.session import GoogleSession, open_session
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.tokens import Client, Project
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox

ROOT = "http://127.0.0.1:8000/google"
EMAIL = "anna@example.com"


@dataclass
class GoogleRig:
    """The account, the hand of its owner (`account`), and stores over it."""

    sandbox: Sandbox
    account: Account
    session: GoogleSession

    @property
    def clock(self) -> VirtualClock:
        return self.sandbox.clock

    def store(self, **options: Any) -> GoogleContacts:
        """Return a new store, as each run has its own."""
        return GoogleContacts(self.session, self.clock, **{"group_name": "Creatio", "region": "DE", **options})

    def requests(self) -> Counter[str]:
        """Return the requests to the People API since the last call, by method and path (resource ids left out)."""
        names = Counter(
            f"{entry.method} {_without_ids(entry.path)}" for entry in self.sandbox.log if entry.service == "people"
        )
        self.sandbox.log.clear()
        return names


def google_rig(folder: Path) -> GoogleRig:
    """Return an empty account, signed in."""
    clock = VirtualClock()
    sandbox = Sandbox(clock)
    account = sandbox.google.add_account(EMAIL, "Anna Keller")
    client = Client("client-1", "secret-1", "installed", Project("project-1", "1001"))
    sandbox.google.oauth.add_client(client)
    tokens = sandbox.google.oauth.sign_in(EMAIL, client.client_id, [CONTACTS])
    profile = Profile("default", folder / "gsync")
    Credentials(
        installed=GoogleClient("installed", "client-1", "secret-1", token_uri=f"{ROOT}/accounts/token"),
        grant=GoogleGrant(
            email=EMAIL,
            subject=account.subject,
            client_id="client-1",
            scopes=(CONTACTS,),
            refresh_token=tokens["refresh_token"],
            signed_in_at=clock.now(),
        ),
    ).save(profile)
    settings = Settings.load(profile, {}, {"google.endpoints.people": f"{ROOT}/people", "google.pace": "off"})
    http = Http(clock, transport=SandboxTransport(sandbox))
    return GoogleRig(sandbox, account, open_session(profile, settings, http, clock, Random(1).random))


def _without_ids(path: str) -> str:
    group = re.sub(r"(contactGroups/)[0-9a-f]{8,}", r"\1…", path)
    return group.removeprefix("/v1")
