"""`gsync keys`: the OAuth clients as they are downloaded from the Google console (row P14).

There are two: a `web` one, which is entered in Creatio, and an `installed` one, with which gsync itself signs in
(facts/google.md 3.8 and 5.3 say why one can't do both).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gsync_cli.cli.context import session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.redirect_uris import required_here
from gsync_cli.cli.results import Page, Problem
from gsync_cli.cli.terminal import Terminal
from gsync_cli.credentials import ClientKind, Credentials, GoogleClient
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, WrongUsage
from gsync_cli.provisioning.redirect_uris import Registration

app = typer.Typer(help="Import the OAuth clients that were made in the Google console, and see them.")

_KINDS: Final[tuple[ClientKind, ...]] = ("web", "installed")
_PURPOSE: Final[Mapping[ClientKind, str]] = {"web": "Creatio's", "installed": "gsync's own"}
_LARGEST = 1_000_000
"""Bytes; a client file has less than two thousand."""


@dataclass(frozen=True, slots=True)
class KeysShown:
    """The clients of the profile, without their secrets."""

    clients: tuple[GoogleClient, ...]

    def data(self) -> Mapping[str, object]:
        """Return `{"clients": [{"kind", "client_id", "project_id", "secret_fingerprint", …}]}`.

        `secret_fingerprint` is null where the secret is not known.
        """
        return {
            "clients": [
                {
                    "kind": client.kind,
                    "client_id": client.client_id,
                    "project_id": client.project_id or None,
                    "secret_fingerprint": fingerprint(client.client_secret),
                    "redirect_uris": list(client.redirect_uris),
                    "javascript_origins": list(client.javascript_origins),
                }
                for client in self.clients
            ]
        }

    def show(self, page: Page) -> None:
        """Print a block for each client."""
        if not self.clients:
            page.text("No keys yet. They come from the Google console: gsync keys import FILE")
        for client in self.clients:
            page.heading(f"{_PURPOSE[client.kind]} client ({client.kind})")
            page.facts(_facts(client))


@dataclass(frozen=True, slots=True)
class KeysImported:
    """A client that was stored."""

    client: GoogleClient
    replaced: str
    """The client id that stood there before; empty where there was none."""
    required: Registration | None = None
    """What Creatio's client must have for the connected site; None where that is not known, or not the question."""

    @property
    def missing_uris(self) -> list[str]:
        """The redirect URIs that Creatio needs and the client lacks. Google compares byte by byte."""
        needed = self.required.redirect_uris if self.required else ()
        return [uri for uri in needed if uri not in self.client.redirect_uris]

    @property
    def missing_origins(self) -> list[str]:
        """The JavaScript origins that Creatio needs and the client lacks."""
        needed = self.required.javascript_origins if self.required else ()
        return [origin for origin in needed if origin not in self.client.javascript_origins]

    def data(self) -> Mapping[str, object]:
        """Return the client as `keys show` does, `replaced` (the client id before it or null), and what it lacks."""
        return {
            **KeysShown((self.client,)).data(),
            "replaced": self.replaced or None,
            "missing_redirect_uris": self.missing_uris,
            "missing_javascript_origins": self.missing_origins,
        }

    def show(self, page: Page) -> None:
        """Say what was stored, and for whom."""
        page.good(f"{_PURPOSE[self.client.kind]} client ({self.client.kind}) is stored")
        page.facts(_facts(self.client))
        for uri in self.missing_uris:
            page.warn(f"This redirect URI is missing in the client, so signing in from Creatio will fail: {uri}")
        for origin in self.missing_origins:
            page.warn(f"This JavaScript origin is missing in the client: {origin}")
        if self.required and not (self.missing_uris or self.missing_origins):
            page.good("Its redirect URIs and origins are those that the connected site needs")


@app.command(
    "import",
    epilog=examples("gsync keys import client_secret_….json", "gsync keys import - < client_secret_….json"),
)
def import_(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(help="The downloaded JSON file; - is standard input.", metavar="FILE|-", show_default=False)
    ],
) -> KeysImported:
    """Store an OAuth client: its top key “web” makes it Creatio's, “installed” gsync's own."""
    running = session(ctx)
    client = client_of(_content(file, running.terminal), file)
    credentials = Credentials.load(running.profile)
    before = credentials.web if client.kind == "web" else credentials.installed
    if not client.client_secret and before is not None and before.client_id == client.client_id:
        # A file downloaded again holds no secret (facts/google.md 3.10): the one we have is still right.
        client = replace(client, client_secret=before.client_secret)
    credentials.with_client(client).save(running.profile)
    if not client.client_secret:
        missing = Problem.of(ActionNeeded("client-secret-missing", client_id=client.client_id))
        running.terminal.warn(missing.message, missing.hint)
    grant = credentials.grant
    if client.kind == "installed" and (grant is None or grant.client_id != client.client_id):
        running.terminal.hint("Sign in with it: gsync account add")
    required = required_here(running) if client.kind == "web" else None
    imported = KeysImported(client, before.client_id if before else "", required)
    if imported.missing_uris or imported.missing_origins:
        running.terminal.hint("Add them: https://console.cloud.google.com/auth/clients; then download the file again")
    return imported


@app.command("show", epilog=examples("gsync keys show", "gsync keys show --output json"))
def show(ctx: typer.Context) -> KeysShown:
    """Show the clients: ids, project, addresses, and a fingerprint of each secret, never the secret."""
    credentials = Credentials.load(session(ctx).profile)
    return KeysShown(tuple(client for client in (credentials.web, credentials.installed) if client is not None))


def fingerprint(secret: str) -> str | None:
    """Return the first eight hexadecimal digits of a secret's SHA-256; None for no secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8] if secret else None


def client_of(content: bytes, name: str) -> GoogleClient:
    """Return the client that a file of the Google console holds; `name` is what the user calls the file.

    Raises ConfigurationWrong: "client-file-empty", "client-file-html", "client-file-not-json",
    "client-file-service-account", "client-file-authorized-user", "client-file-other", "client-file-incomplete".
    """
    table = _table(content, name)
    match table.get("type"):
        case "service_account" | "external_account":
            raise ConfigurationWrong("client-file-service-account", file=name)
        case "authorized_user":
            raise ConfigurationWrong("client-file-authorized-user", file=name)
    kinds = [kind for kind in _KINDS if isinstance(table.get(kind), dict)]
    if len(kinds) != 1:
        raise ConfigurationWrong("client-file-other", file=name)
    kind = kinds[0]
    values: Mapping[str, Any] = table[kind]
    if not _text(values, "client_id"):
        raise ConfigurationWrong("client-file-incomplete", file=name, missing="client_id")
    known = {key: _text(values, key) for key in ("client_id", "client_secret", "auth_uri", "token_uri", "project_id")}
    for key in ("auth_uri", "token_uri"):
        if known[key] and not known[key].startswith(("https://", "http://")):
            raise ConfigurationWrong("client-file-incomplete", file=name, missing=key)
    return GoogleClient(
        kind=kind,
        redirect_uris=_texts(values, "redirect_uris"),
        javascript_origins=_texts(values, "javascript_origins"),
        **{key: value for key, value in known.items() if value},
    )


def _content(file: str, terminal: Terminal) -> bytes:
    if file == "-":
        return terminal.read_stdin(_LARGEST)
    try:
        with Path(file).expanduser().open("rb") as opened:
            return opened.read(_LARGEST)
    except FileNotFoundError:
        raise WrongUsage("client-file-missing", file=file) from None
    except OSError as error:
        raise ConfigurationWrong("file-not-readable", path=file, reason=error.strerror or str(error)) from error


def _table(content: bytes, name: str) -> Mapping[str, Any]:
    import json

    text = content.decode("utf-8-sig", "replace").strip()
    if not text:
        raise ConfigurationWrong("client-file-empty", file=name)
    if text.startswith("<"):
        raise ConfigurationWrong("client-file-html", file=name)
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigurationWrong("client-file-not-json", file=name) from None
    if not isinstance(table, dict):
        raise ConfigurationWrong("client-file-other", file=name)
    return table


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value.strip() if isinstance(value, str) else ""


def _texts(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = values.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _facts(client: GoogleClient) -> list[tuple[str, object]]:
    secret = fingerprint(client.client_secret)
    return [
        ("client id", client.client_id),
        ("project", client.project_id),
        ("secret", f"known, fingerprint {secret}" if secret else "missing"),
        *(("redirect URI", uri) for uri in client.redirect_uris),
        *(("JavaScript origin", origin) for origin in client.javascript_origins),
    ]
