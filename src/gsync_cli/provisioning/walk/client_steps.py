"""Creatio's OAuth client and its keys (rows P10-P14): made by a person, proven by its file and by Google."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from gsync_cli.credentials import ClientKind, GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, WrongUsage
from gsync_cli.provisioning.authorisation_page import RedirectState
from gsync_cli.provisioning.client_file import client_of, client_problems, replacing
from gsync_cli.provisioning.consent import console_link
from gsync_cli.provisioning.walk import guide
from gsync_cli.provisioning.walk.model import Proof, StepName, Task
from gsync_cli.provisioning.walk.setup import Setup, joined
from gsync_cli.provisioning.walk.steps import Done, Step

_UNKNOWN: Final = ("wrong-id", "deleted")
"""What Google says of a client that it does not know (any more)."""
LARGEST_FILE: Final = 1_000_000
"""Bytes; a client's file has less than two thousand."""


class ClientStep(Step):
    """Detects the client by its file; proves its redirect URIs by asking Google's authorisation endpoint for each."""

    name = "client"

    def waits_for(self, setup: Setup) -> StepName | None:
        """Wait for the address of the site, which the consent screen needs too: no value is shown that is none."""
        return "consent" if not setup.has_site and setup.person is None and setup.client("web") is None else None

    def look(self, setup: Setup) -> Proof | None:
        """Compare the client with what this site needs.

        Raises ConfigurationWrong("client-other-project") for a client that belongs elsewhere.
        """
        client = setup.client("web")
        if client is None:
            return None
        _check_project(setup, client)
        if setup.proven(client).pair in _UNKNOWN or self._missing(setup, client) != ((), ()):
            return None
        setup.take(client)
        return setup.proof(client.client_id, self._looked_at(setup, client), self._result(setup, client))

    def plan(self, setup: Setup) -> str:
        """Say whose work it is."""
        client = setup.client("web")
        return (
            "would show type, origin and redirect URIs of the client, for a person to make it in the console"
            if client is None
            else f"would show what the client {client.client_id} lacks"
        )

    def lacks(self, setup: Setup) -> str:
        """Name what the client lacks."""
        client = setup.client("web")
        if client is None:
            return "there is none yet"
        if setup.proven(client).pair in _UNKNOWN:
            return f"Google knows no client {client.client_id}"
        uris, origins = self._missing(setup, client)
        return f"{client.client_id} lacks {joined([*uris, *origins])}"

    def do(self, setup: Setup) -> Done:
        """Hand out the values: of a new client, or those that the known one lacks.

        They depend on the version, so a person is asked to sign in at the site before, not after.
        """
        if not setup.has_site:
            return guide.name_site()
        if setup.person is not None and not setup.known_version and setup.site() is None:
            return guide.connect_creatio(setup.creatio_url, has_site=True)
        client = setup.client("web")
        if client is None:
            return _new_client(setup)
        if setup.proven(client).pair in _UNKNOWN:
            return guide.replace_client(client.client_id, setup.project_id, setup.account)
        setup.take(client)
        uris, origins = self._missing(setup, client)
        return guide.add_addresses(uris, origins, client.client_id, setup.project_id, setup.account)

    def answer(self, setup: Setup, task: Task, given: str) -> None:
        """Take the downloaded file; after adding addresses, ask Google again. Raises as client_of."""
        if task.asks == "web":
            given_client = read_client(given)
            setup.take(given_client)
            if given_client.kind != "web":
                setup.telling.note(
                    "That is gsync's own client (Desktop app); it is stored. Creatio's is still to come."
                )
        elif task.asks == "site":
            setup.name_site(given)
        elif task.asks == "nothing":
            setup.connect()
        elif (client := setup.client("web")) is not None:
            setup.ask_again(client)

    def _missing(self, setup: Setup, client: GoogleClient) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the redirect URIs and the origins that are missing.

        What Google says of a redirect URI counts more than the file, which is as old as its download. Google can't be
        asked about origins.
        """
        if not setup.has_site:
            return (), ()
        needed = setup.registration
        at_google = _at_google(setup, client)
        # A client that was read from Creatio has no file to look at: what Google does not deny is not missing.
        listed = client.redirect_uris or needed.redirect_uris
        uris = tuple(
            uri
            for uri in needed.redirect_uris
            if at_google.get(uri) == "missing" or (at_google.get(uri) != "registered" and uri not in listed)
        )
        new_here = any(
            at_google.get(uri) == "registered" and uri not in client.redirect_uris for uri in needed.redirect_uris
        )
        origins = (
            ()
            if not client.redirect_uris
            else tuple(origin for origin in needed.javascript_origins if origin not in client.javascript_origins)
        )
        return uris, () if new_here or not uris else origins

    def _looked_at(self, setup: Setup, client: GoogleClient) -> str:
        asked = any(state != "unknown" for state in _at_google(setup, client).values())
        where = "the file of" if client.redirect_uris else "Creatio's settings, which hold"
        return f"{where} {client.client_id}" + (", and Google's authorisation endpoint" if asked else "")

    def _result(self, setup: Setup, client: GoogleClient) -> str:
        if not setup.has_site:
            return "a web client; its addresses can't be judged before the site is known"
        needed = setup.registration.javascript_origins if client.redirect_uris else ()
        missing = [each for each in needed if each not in client.javascript_origins]
        note = f"; its file does not hold the origin {joined(missing)}" if missing else ""
        count = len(setup.registration.redirect_uris)
        return f"a web client with the {count} redirect URIs that Creatio {setup.version} needs{note}"


class KeysStep(Step):
    """Detects the keys in this profile; proves id and secret with a code that is none (facts/google.md 3.12)."""

    name = "keys"

    def waits_for(self, setup: Setup) -> StepName | None:
        """Wait for a client of this project that Google knows."""
        client = setup.client("web")
        if client is None or _problems(setup, client) or setup.proven(client).pair in _UNKNOWN:
            return "client"
        return None

    def look(self, setup: Setup) -> Proof | None:
        """Ask Google's token endpoint about the pair; where it can't be asked, what was proven before counts."""
        client = setup.client("web")
        if client is None or not client.client_secret:
            return None
        match setup.proven(client).pair:
            case "good":
                return setup.proof(
                    client.client_id, f"Google's token endpoint, about {client.client_id}", "id and secret are right"
                )
            case "unknown":
                return setup.journal.proof(self.name, client.client_id)
            case _:
                return None

    def plan(self, setup: Setup) -> str:
        """Say what would be looked at."""
        del setup
        return "would store the client, and ask Google whether id and secret are right"

    def do(self, setup: Setup) -> Done:
        """Ask the person for the secret where the file held none, or a wrong one."""
        client = setup.client("web")
        if client is None:
            return _new_client(setup)
        setup.take(client)
        if client.client_secret and setup.proven(client).pair == "unknown":
            # Google could not be asked: nothing speaks against the pair, and a person could not say more.
            return setup.proof(
                client.client_id, "the client's file", "stored; Google could not be asked about it", "told"
            )
        return guide.give_secret(client.client_id, setup.project_id, setup.account)

    def answer(self, setup: Setup, task: Task, given: str) -> None:  # noqa: ARG002  it is asked for here
        """Take the secret. Raises ConfigurationWrong("client-secret-refused"), without keeping it."""
        client = setup.client("web")
        if client is None or setup.person is None:
            return
        secret = setup.person.secret("Client secret", flag="gsync keys set")
        new = replacing(replace(client, client_secret=secret), client)
        setup.ask_again(client)
        if setup.proven(new).pair == "wrong-secret":
            setup.ask_again(client)
            link = console_link("clients", setup.project_id, setup.account)
            raise ConfigurationWrong("client-secret-refused", client_id=client.client_id, link=link)
        setup.take(new)


def _new_client(setup: Setup) -> Task:
    assumed = "" if setup.known_version else setup.version
    undocumented = setup.runtime == "net"
    return guide.make_client(
        setup.registration, setup.project_id, setup.account, assumed=assumed, undocumented=undocumented
    )


def _at_google(setup: Setup, client: GoogleClient) -> dict[str, RedirectState]:
    """Return what Google's authorisation endpoint says of each redirect URI."""
    return {proof.uri: proof.state for proof in setup.proven(client).redirect_uris}


def read_client(path: str, kind: ClientKind | None = None) -> GoogleClient:
    """Return the client in a file, of that kind if one is wanted.

    Raises as client_of; WrongUsage("client-file-missing"), ConfigurationWrong("client-wrong-kind").
    """
    try:
        with Path(path).expanduser().open("rb") as file:
            content = file.read(LARGEST_FILE)
    except FileNotFoundError:
        raise WrongUsage("client-file-missing", file=path) from None
    except OSError as error:
        raise ConfigurationWrong("file-not-readable", path=path, reason=error.strerror or str(error)) from error
    client = client_of(content, path)
    for problem in client_problems(client, kind=kind):
        raise problem
    return client


def _check_project(setup: Setup, client: GoogleClient) -> None:
    """Refuse a client of another project. Raises ConfigurationWrong("client-other-project")."""
    for problem in _problems(setup, client):
        raise problem


def _problems(setup: Setup, client: GoogleClient) -> tuple[GsyncError, ...]:
    return client_problems(client, project=setup.project_id, project_number=setup.project_number)
