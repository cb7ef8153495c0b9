"""The Google console as a person's hand: there is no API for any of this (facts/google.md 3.1).

It refuses what the console refuses: a client before the consent screen, scopes of APIs that are off, redirect URIs
that break a rule, an internal app without an organization.
"""

import functools
import ipaddress
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google import conformance
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.cloud import Cloud, CloudProject, Consent
from gsync_cli.sandbox.google.service_usage import TITLES
from gsync_cli.sandbox.google.tokens import IDENTITY, LOOPBACK, Client, Registry
from gsync_cli.sandbox.google.tokens import Project as ConsentProject

ACTIONS: Final = frozenset(
    (
        "register_consent",
        "set_audience",
        "add_scopes",
        "create_client",
        "clients",
        "add_secret",
        "disable_secret",
        "add_redirect",
        "remove_redirect",
        "delete_client",
        "enable_apis",
        "accept_terms",
    )
)
"""What the control API offers."""
MOST_CLIENTS: Final = 36
MOST_TEST_USERS: Final = 100
_APIS: Final = {
    "gmail.v1": "gmail.googleapis.com",
    "people.v1": "people.googleapis.com",
    "calendar.v3": "calendar-json.googleapis.com",
}
_PRIVATE_ENDINGS: Final = ("local", "localdomain", "internal", "intranet", "lan", "home", "corp", "test", "invalid")
_SHOWN_OF_SECRET: Final = 4
Kind = Literal["installed", "web"]


class ConsoleError(ValueError):
    """The console refuses; the text is what the person reads there."""


@dataclass(slots=True)
class Console:
    """One person before the console. `origin` is where the sandbox is served: it stands in downloaded clients."""

    account: Account
    cloud: Cloud
    registry: Registry
    behaviour: Behaviour
    clock: VirtualClock
    origin: str

    # ── consent screen ───────────────────────────────────────────────────────────────────────────────────────
    def register_consent(
        self,
        project: str,
        app_name: str,
        support_email: str,
        user_type: str = "internal",
        domains: Sequence[str] = (),
        developer_emails: Sequence[str] = (),
    ) -> None:
        """Walk through the wizard and Branding. `user_type` is internal or external. Raises ConsoleError."""
        found = self._project(project, "clientauthconfig.brands.create")
        if not app_name.strip() or not developer_emails:
            raise ConsoleError("An app name and an e-mail address of the developer are needed.")
        if support_email != self.account.email:
            raise ConsoleError("The support e-mail must be your own address or that of a group you manage.")
        if user_type not in {"internal", "external"}:
            raise ConsoleError("The audience is internal or external.")
        organization = self.cloud.organization_above(found.parent)
        if user_type == "internal" and organization is None:
            raise ConsoleError("Internal is only for projects inside an organization.")
        for domain in domains:
            _check_domain(domain)
        audience: Literal["internal", "testing"] = "internal" if user_type == "internal" else "testing"
        domain = organization.domain if organization else ""
        screen = ConsentProject(found.id, found.number, app_name, audience, domain)
        scopes = found.consent.scopes if found.consent else set()
        found.consent = Consent(screen, support_email, tuple(domains), tuple(developer_emails), scopes)
        self._share(found)

    def set_audience(self, project: str, audience: str, test_users: Iterable[str] = ()) -> None:
        """Change Audience: "internal", "testing" with its users, or "production". Raises ConsoleError."""
        found, consent = self._registered(project)
        if audience not in {"internal", "testing", "production"}:
            raise ConsoleError("The audience is internal, testing or production.")
        if audience == "internal" and not consent.screen.hosted_domain:
            raise ConsoleError("Internal is only for projects inside an organization.")
        users = frozenset(test_users)
        if len(users) > MOST_TEST_USERS:
            raise ConsoleError(f"An app in testing has at most {MOST_TEST_USERS} test users.")
        chosen = cast("Literal['internal', 'testing', 'production']", audience)
        consent.screen = replace(consent.screen, audience=chosen, test_users=users)
        self._share(found)

    def add_scopes(self, project: str, scopes: Sequence[str]) -> None:
        """Declare scopes under Data Access: all or none. Raises ConsoleError."""
        found, consent = self._registered(project)
        for scope in scopes:
            apis = _apis_by_scope().get(scope, frozenset())
            if not apis and scope not in IDENTITY:
                raise ConsoleError(f"Invalid scope: {scope}")
            if scope not in IDENTITY and not any(self.cloud.shown_on(found, api) for api in apis):
                raise ConsoleError(f"{scope} is a scope of an API that is not enabled in this project.")
        consent.scopes |= set(scopes)

    # ── clients ──────────────────────────────────────────────────────────────────────────────────────────────
    def create_client(
        self, project: str, kind: str, name: str, redirect_uris: Sequence[str] = (), origins: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Create a client, "installed" (Desktop) or "web"; return the file that can be downloaded now, and only now.

        Raises ConsoleError.
        """
        found, consent = self._registered(project, "clientauthconfig.clients.create")
        if kind not in {"installed", "web"} or not name.strip():
            raise ConsoleError("A client has a type (installed or web) and a name.")
        if kind == "installed" and (redirect_uris or origins):
            raise ConsoleError("A Desktop client has no redirect URIs and no origins.")
        for address in redirect_uris:
            check_redirect(address)
        for address in origins:
            check_origin(address)
        if len(self._alive(found)) >= MOST_CLIENTS:
            raise ConsoleError(f"A project has at most {MOST_CLIENTS} clients.")
        tail = self.registry.text("", 64).lower()
        tail = "".join(letter for letter in tail if letter in string.ascii_lowercase + string.digits)[:32]
        client = Client(
            f"{found.number}-{tail}.apps.googleusercontent.com",
            self.registry.text("GOCSPX-", 28),
            cast("Kind", kind),
            consent.screen,
            ("http://localhost",) if kind == "installed" else tuple(redirect_uris),
            tuple(origins),
            name=name,
        )
        self.registry.clients[client.client_id] = client
        return self._file(found, client, client.secret)

    def clients(self, project: str) -> list[dict[str, Any]]:
        """Return the clients of a project as the console lists them; of a secret only the end is shown."""
        found = self._project(project, "clientauthconfig.clients.list")
        return [
            {
                "client_id": client.client_id,
                "kind": client.kind,
                "name": client.name,
                "redirect_uris": [*client.redirect_uris, *client.coming],
                "javascript_origins": list(client.javascript_origins),
                "secrets": [
                    f"****{secret[-_SHOWN_OF_SECRET:]}" for secret in (client.secret, client.second_secret) if secret
                ],
            }
            for client in self._alive(found)
        ]

    def add_secret(self, client_id: str) -> str:
        """Add a second secret, which is shown now and never again. Raises ConsoleError."""
        client = self._client(client_id, "clientauthconfig.clients.update")
        if client.second_secret:
            raise ConsoleError("A client has at most two secrets.")
        client.second_secret = self.registry.text("GOCSPX-", 28)
        return client.second_secret

    def disable_secret(self, client_id: str, secret: str) -> None:
        """Disable one of two secrets, named whole or by its last four characters. Raises ConsoleError."""
        client = self._client(client_id, "clientauthconfig.clients.update")
        if not client.second_secret:
            raise ConsoleError("The only secret of a client can't be disabled.")
        kept = [held for held in (client.secret, client.second_secret) if held[-_SHOWN_OF_SECRET:] != secret[-4:]]
        if len(kept) != 1:
            raise ConsoleError("The client has no such secret.")
        client.secret, client.second_secret = kept[0], ""

    def add_redirect(self, client_id: str, address: str) -> None:
        """Register a further redirect URI of a Web client. Raises ConsoleError."""
        client = self._client(client_id, "clientauthconfig.clients.update")
        if client.kind != "web":
            raise ConsoleError("A Desktop client has no redirect URIs.")
        check_redirect(address)
        now = self.clock.now()
        client.coming[address] = now + timedelta(seconds=self.behaviour.redirect_delay_seconds)
        client.arrive(now)

    def remove_redirect(self, client_id: str, address: str) -> None:
        """Take a redirect URI away. Raises ConsoleError."""
        client = self._client(client_id, "clientauthconfig.clients.update")
        client.redirect_uris = tuple(held for held in client.redirect_uris if held != address)
        client.coming.pop(address, None)

    def delete_client(self, client_id: str) -> None:
        """Delete a client, and with it everything granted to it. Raises ConsoleError."""
        self._client(client_id, "clientauthconfig.clients.delete").deleted = True

    # ── the rest of the console ──────────────────────────────────────────────────────────────────────────────
    def enable_apis(self, project: str, services: Sequence[str]) -> None:
        """Follow the link that enables several APIs with one click (facts 2.7). Raises ConsoleError."""
        found = self._project(project, "serviceusage.services.enable")
        if unknown := [service for service in services if service not in TITLES]:
            raise ConsoleError(f"There is no API {unknown[0]}.")
        for service in services:
            found.services.setdefault(service, self.clock.now())

    def accept_terms(self, tos_id: str = "cloud") -> None:
        """Accept the terms of Google Cloud ("cloud" or "universal"), or those of services."""
        if tos_id in {"cloud", "universal"}:
            self.behaviour.terms_unaccepted.discard(self.account.email)
        for service in [name for name, terms in self.behaviour.service_terms.items() if terms == tos_id]:
            del self.behaviour.service_terms[service]

    def _project(self, project: str, permission: str) -> CloudProject:
        found = self.cloud.project(project)
        if found is None or found.deleted or not self.cloud.allowed(self.account, found.name, permission):
            raise ConsoleError(f"You need additional access to the project {project}: {permission}")
        return found

    def _registered(
        self, project: str, permission: str = "clientauthconfig.brands.update"
    ) -> tuple[CloudProject, Consent]:
        found = self._project(project, permission)
        if found.consent is None:
            raise ConsoleError("Google Auth Platform not configured yet: first register the consent screen.")
        return found, found.consent

    def _client(self, client_id: str, permission: str) -> Client:
        client = self.registry.clients.get(client_id)
        if client is None or client.deleted:
            raise ConsoleError("The OAuth client was not found.")
        self._project(client.project.id, permission)
        return client

    def _alive(self, project: CloudProject) -> list[Client]:
        mine = (client for client in self.registry.clients.values() if client.project.number == project.number)
        return [client for client in mine if not client.deleted]

    def _share(self, project: CloudProject) -> None:
        """Let every client of a project show the consent screen as it is now."""
        for client in self._alive(project):
            client.project = project.consent.screen if project.consent else client.project

    def _file(self, project: CloudProject, client: Client, secret: str) -> dict[str, Any]:
        """Return a client as it is downloaded (facts 3.11)."""
        value: dict[str, Any] = {
            "client_id": client.client_id,
            "project_id": project.id,
            "auth_uri": f"{self.origin}/google/accounts/o/oauth2/auth",
            "token_uri": f"{self.origin}/google/oauth2/token",
            "auth_provider_x509_cert_url": f"{self.origin}/google/oauth2/v1/certs",
            "client_secret": secret,
        }
        if client.redirect_uris:
            value["redirect_uris"] = list(client.redirect_uris)
        if client.javascript_origins:
            value["javascript_origins"] = list(client.javascript_origins)
        return {client.kind: value}


def check_redirect(address: str) -> None:
    """Refuse a redirect URI that breaks a rule (facts 3.13). Raises ConsoleError."""
    parts = _checked(address)
    if parts.fragment or "#" in address:
        raise ConsoleError("Invalid Redirect: cannot contain a fragment (#).")
    if ".." in parts.path.split("/") or "\\" in address:
        raise ConsoleError("Invalid Redirect: cannot contain a path traversal.")


def check_origin(address: str) -> None:
    """Refuse an origin that breaks a rule (facts 3.13). Raises ConsoleError."""
    parts = _checked(address)
    if parts.path or parts.query or parts.fragment or "?" in address or "#" in address:
        raise ConsoleError("Invalid Origin: URIs must not contain a path or end with “/”.")


def _checked(address: str) -> Any:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ConsoleError(f"Invalid URI: {address}") from None
    if parts.scheme not in {"http", "https"} or not host or any(char.isspace() for char in address):
        raise ConsoleError("Invalid URI: must begin with https:// and have a host.")
    if parts.username is not None:
        raise ConsoleError("Invalid URI: cannot contain userinfo.")
    if "*" in address:
        raise ConsoleError("Invalid URI: cannot contain a wildcard.")
    if host in LOOPBACK:
        return parts
    if parts.scheme != "https":
        raise ConsoleError("Invalid URI: must use https, except for localhost.")
    _check_host(host)
    return parts


def _check_host(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if "." not in host or host.rsplit(".", 1)[-1].isdigit() or host.rsplit(".", 1)[-1] in _PRIVATE_ENDINGS:
            raise ConsoleError("Invalid URI: must end with a public top-level domain (such as .com).") from None
        return
    raise ConsoleError("Invalid URI: must not be a raw IP address.")


def _check_domain(domain: str) -> None:
    if "/" in domain or domain != domain.strip().lower() or domain.startswith("www."):
        raise ConsoleError("An authorised domain is a bare domain such as example.com.")
    _check_host(domain)


@functools.cache
def _apis_by_scope() -> dict[str, frozenset[str]]:
    """Return which APIs list a scope in their discovery documents."""
    found: dict[str, frozenset[str]] = {}
    for document, service in _APIS.items():
        for scope in conformance.api(document).document["auth"]["oauth2"]["scopes"]:
            found[scope] = found.get(scope, frozenset()) | {service}
    return found
