"""Checks of the keys inside Creatio: its system settings, and its Gmail provider. Secrets are told by fingerprint."""

import hashlib
from typing import TYPE_CHECKING, Final

from gsync_cli.doctor.check import KEYS, Check, Finding, failed, passed, skipped, warned
from gsync_cli.errors import Refused

if TYPE_CHECKING:
    from gsync_cli.credentials import GoogleClient
    from gsync_cli.doctor.scene import Scene
    from gsync_cli.provisioning.creatio_keys import KeysInCreatio
    from gsync_cli.provisioning.mail_provider import ProviderInCreatio

_PUSH: Final = "gsync creatio push-keys"
_PROVIDER: Final = "gsync creatio mail-provider"
_STATES: Final = {
    "right": "right",
    "empty": "empty",
    "cut": "cut short by the site",
    "other": "another value",
    "hidden": "set, and not shown by the site",
    "missing": "not there",
}


def look_at_settings(scene: "Scene") -> Finding:
    """Compare the three system settings with Creatio's client."""
    from gsync_cli.provisioning.creatio_keys import inspect_keys

    client = scene.credentials.web
    if client is None:
        return _no_client()
    try:
        seen = inspect_keys(scene.site, client)
    except Refused as error:
        return _closed(scene, error)
    return _judged_settings(seen, client)


def look_at_provider(scene: "Scene") -> Finding:
    """Compare Creatio's Gmail provider and its OAuth application with Creatio's client."""
    from gsync_cli.provisioning.mail_provider import inspect_provider

    client = scene.credentials.web
    if client is None:
        return _no_client()
    try:
        seen = inspect_provider(scene.site, client)
    except Refused as error:
        return _closed(scene, error)
    return _judged_provider(seen)


def _judged_settings(seen: "KeysInCreatio", client: "GoogleClient") -> Finding:
    from gsync_cli.provisioning.creatio_keys import KEY, SECRET, SHARED

    told = ", ".join(
        f"{code}: {'on, and must be off' if code == SHARED and seen.shared else _STATES.get(state, state)}"
        for code, state in seen.states.items()
    )
    told = f"{told} (against {client.client_id}, secret {_fingerprint(client)})"
    if seen.are_right:
        return passed(f"{told}.")
    if all(seen.states.get(code) in ("empty", "missing") for code in (KEY, SECRET)):
        return warned(f"{told}: Creatio has no keys yet. Synchronising contacts with gsync works without.", _PUSH)
    if "cut" in seen.states.values():
        return failed(
            f"{told}. A setting of a short type cuts what is written to it.",
            f"Give the setting a longer text type (System Designer, System settings), then: {_PUSH}",
        )
    if other := seen.replaces(client):
        return failed(
            f"{told}. Creatio uses another client, {other}.", f"{_PUSH}; or import that one: gsync keys import FILE"
        )
    return failed(f"{told}. A value of this user's own may hide the common one.", _PUSH)


def _judged_provider(seen: "ProviderInCreatio") -> Finding:
    if not seen.id:
        return warned("Creatio has no Gmail provider yet. Synchronising contacts with gsync works without.", _PROVIDER)
    several = f" There are others, which stay as they are: {', '.join(seen.others)}." if seen.others else ""
    if seen.is_right:
        return passed(
            f"“{seen.name}” signs in with {seen.client_id} (its secret can't be read), and its hosts and ports are "
            f"Gmail's.{several}"
        )
    if seen.former:
        return failed(f"“{seen.name}” signs in with another client, {seen.former}.{several}", _PROVIDER)
    if seen.application is None:
        return warned(
            f"“{seen.name}” has no OAuth application, so mailboxes can't sign in with Google.{several}", _PROVIDER
        )
    wrong = [f"{mend.column} is {mend.was} and not {mend.wanted}" for mend in seen.mends]
    wrong += [f"the application's {column} is not {value}" for column, value in seen.application.mends.items()]
    return failed(f"“{seen.name}”: {', '.join(wrong)}.{several}", _PROVIDER)


def _closed(scene: "Scene", error: Refused) -> Finding:
    """Return that the site does not show it to this user, who may be an ordinary one: that is no failure."""
    says, do = scene.words(error)
    return skipped(f"{says} Whoever looks after Creatio's keys needs that; synchronising contacts does not.", do)


def _no_client() -> Finding:
    return skipped("Creatio's client is not imported, so there is nothing to compare with.", "gsync keys import FILE")


def _fingerprint(client: "GoogleClient") -> str:
    """Return what `gsync keys show` tells of a secret: the first eight digits of its SHA-256."""
    if not client.client_secret:
        return "not known"
    return f"fingerprint {hashlib.sha256(client.client_secret.encode()).hexdigest()[:8]}"


_NEEDS: Final = ("creatio-sign-in",)
CHECKS: Final = (
    Check("creatio-keys", "System settings", KEYS, look_at_settings, _NEEDS),
    Check("mail-provider", "Gmail provider", KEYS, look_at_provider, _NEEDS),
)
