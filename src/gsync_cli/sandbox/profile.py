"""A gsync profile that is ready for the sandbox: settings, OAuth clients, a grant and the Creatio password.

Written by hand as the two files that gsync's interface describes; nothing of gsync is imported.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.world import Sandbox

SERVICES = ("people", "oauth2", "calendar", "cloudresourcemanager", "serviceusage", "monitoring")
_CREATIO_ONLY: Final = {"creatio": {"login": {"password": furnish.PASSWORD}}}
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


def write_profile(
    folder: Path,
    base_url: str,
    sandbox: Sandbox,
    *,
    signed_in: bool = True,
    provisioned: bool = True,
    tag: str = furnish.TAG,
) -> None:
    """Write config.toml and credentials.toml for a furnished sandbox that is served at `base_url`.

    Without `signed_in` the grant is left out, so that `gsync account add` is the next step. Without `provisioned`
    project, OAuth clients and grant are left out: `gsync setup-project` is the next step. Raises OSError.
    """
    furnish.register_site(sandbox, f"{base_url}/creatio")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(_PRIVATE_FOLDER)
    _write(folder / "config.toml", settings(base_url, tag, provisioned=provisioned))
    held = credentials(base_url, sandbox, signed_in=signed_in) if provisioned else _CREATIO_ONLY
    _write(folder / "credentials.toml", held)


def settings(base_url: str, tag: str = furnish.TAG, *, provisioned: bool = True) -> dict[str, Any]:
    """Return what goes into config.toml."""
    return {
        "creatio": {"url": f"{base_url}/creatio", "username": furnish.USERNAME},
        "google": {
            "pace": "off",
            **({"project": furnish.PROJECT.id} if provisioned else {}),
            "endpoints": {service: f"{base_url}/google/{service}" for service in SERVICES},
        },
        "sync": {"contacts": {"tag": tag, "region": furnish.REGION}},
    }


def client_file(base_url: str, kind: str = "installed", sandbox: Sandbox | None = None) -> dict[str, Any]:
    """Return an OAuth client as the Google console gives it for download (facts/google.md 3.11).

    With the sandbox a Web client comes with what is registered there.
    """
    web = kind == "web"
    client: dict[str, Any] = {
        "client_id": furnish.WEB_ID if web else furnish.INSTALLED_ID,
        "project_id": furnish.PROJECT.id,
        "auth_uri": f"{base_url}/google/accounts/o/oauth2/auth",
        "token_uri": f"{base_url}/google/oauth2/token",
        "auth_provider_x509_cert_url": f"{base_url}/google/oauth2/v1/certs",
        "client_secret": furnish.WEB_SECRET if web else furnish.INSTALLED_SECRET,
        "redirect_uris": ["http://localhost"],
    }
    if web:
        there = sandbox.google.oauth.registry.clients[furnish.WEB_ID] if sandbox else None
        client |= {
            "redirect_uris": list(there.redirect_uris) if there else [],
            "javascript_origins": list(there.javascript_origins) if there else [],
        }
    return {kind: client}


def credentials(base_url: str, sandbox: Sandbox, *, signed_in: bool = True) -> dict[str, Any]:
    """Return what goes into credentials.toml."""
    google: dict[str, Any] = {
        kind: _stored(client_file(base_url, kind, sandbox)[kind], kind) for kind in ("installed", "web")
    }
    if signed_in:
        google["grant"] = _grant(sandbox)
    return {"google": google, **_CREATIO_ONLY}


def _stored(client: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"kind": kind, **{key: value for key, value in client.items() if key != "auth_provider_x509_cert_url"}}


def _grant(sandbox: Sandbox) -> dict[str, Any]:
    tokens = sandbox.google.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, furnish.SCOPES)
    account = sandbox.google.account(furnish.EMAIL)
    now = sandbox.clock.now()
    return {
        "email": account.email,
        "subject": account.subject,
        "client_id": furnish.INSTALLED_ID,
        "scopes": tokens["scope"].split(),
        "refresh_token": tokens["refresh_token"],
        "signed_in_at": now,
        "access_token": tokens["access_token"],
        "access_expires_at": now + timedelta(seconds=tokens["expires_in"]),
        "hosted_domain": account.hosted_domain,
    }


def _write(path: Path, table: dict[str, Any]) -> None:
    """Write a file that was never readable by others, not even for a moment."""
    import tomli_w

    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE), "wb") as file:
        tomli_w.dump(table, file)
