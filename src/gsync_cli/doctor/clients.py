"""Checks of the two OAuth clients: imported, proven at Google, with the addresses that Creatio needs.

Google is asked as facts/google.md 3.12 tells (a code that is none, at the token endpoint) and 3.13 (each redirect URI,
at the authorisation endpoint). Neither changes anything there.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gsync_cli.credentials import GoogleClient
from gsync_cli.doctor.check import PROJECT, Check, Finding, failed, passed, skipped, warned
from gsync_cli.doctor.hurry import HurriedClock
from gsync_cli.doctor.network import google_answers
from gsync_cli.errors import WrongUsage

if TYPE_CHECKING:
    from gsync_cli.doctor.scene import Scene
    from gsync_cli.provisioning.client_probe import ClientProof
    from gsync_cli.provisioning.redirect_uris import Registration

_NO_WEB_CLIENT: Final = "No client of the type “Web application” is imported"
_UNPROVABLE: Final = "No id and secret are known to ask Google about."
_IMPORT: Final = "gsync keys import FILE"


def look_at_own_client(scene: "Scene") -> Finding:
    """Look whether gsync's own client is imported, with its secret."""
    from gsync_cli.google.tokens import signing_in_client

    client = signing_in_client(scene.credentials)
    return passed(f"{client.client_id}{_of_project(client)} is imported with its secret.")


def look_at_creatio_client(scene: "Scene") -> Finding:
    """Look whether Creatio's client is imported, with its secret."""
    client = scene.credentials.web
    if client is None:
        return warned(
            f"{_NO_WEB_CLIENT}, so gsync can't look after it. Synchronising contacts works without.",
            f"{_IMPORT}, or make one: gsync setup-project",
        )
    if not client.client_secret:
        return warned(
            f"{client.client_id} is imported without a secret: Google shows it only when it is made.",
            f"Add a secret at {_link(scene, client)} and then: gsync keys set --client-id {client.client_id}",
        )
    return passed(f"{client.client_id}{_of_project(client)} is imported with its secret.")


def look_at_own_proof(scene: "Scene") -> Finding:
    """Ask Google whether it takes the id and the secret of gsync's own client."""
    client = scene.credentials.installed
    return skipped(_UNPROVABLE, _IMPORT) if client is None else _proven(scene, client)


def look_at_creatio_proof(scene: "Scene") -> Finding:
    """Ask Google whether it takes the id and the secret of Creatio's client."""
    client = scene.credentials.web
    if client is None or not client.client_secret:
        return skipped(_UNPROVABLE, _IMPORT)
    return _proven(scene, client)


def look_at_redirect_uris(scene: "Scene") -> Finding:
    """Compare the redirect URIs of Creatio's client with what the version that the site reports now needs."""
    client = scene.credentials.web
    if client is None:
        return skipped(f"{_NO_WEB_CLIENT}.", _IMPORT)
    version = scene.version
    if not version:
        return skipped("The version of Creatio is not known.", "gsync config set creatio.version VERSION")
    try:
        required = _required(scene)
    except WrongUsage as error:
        return failed(*scene.words(error))
    answers = _proof(scene, client, required.redirect_uris).redirect_uris if google_answers(scene) else ()
    at_google = {each.uri: each.state for each in answers}
    missing = [uri for uri in required.redirect_uris if not _is_registered(uri, client, at_google)]
    asked = sum(1 for uri in required.redirect_uris if at_google.get(uri) in ("registered", "missing"))
    source = "as Google itself answers" if asked == len(required.redirect_uris) else "by the imported file"
    if missing:
        # Addresses are there to be copied: no full stop or comma touches one.
        why = _updated(missing, client) + _near(missing, client)
        return failed(
            f"Creatio {version} at {scene.site.url} signs in with addresses that the client {client.client_id} lacks "
            f"({source}): {' and '.join(missing)} – Google refuses each such sign-in (redirect_uri_mismatch).{why}",
            _to_add("Authorised redirect URIs", missing, _link(scene, client)),
        )
    spare = [uri for uri in client.redirect_uris if uri not in required.redirect_uris and _former(uri)]
    rest = f" – no longer needed: {' and '.join(spare)}" if spare else ""
    return passed(
        f"{client.client_id} has what Creatio {version} needs ({source}): {' and '.join(required.redirect_uris)}{rest}"
    )


def look_at_origin(scene: "Scene") -> Finding:
    """Compare the JavaScript origins of Creatio's client with the site. Only the file tells; Google can't be asked."""
    client = scene.credentials.web
    if client is None:
        return skipped(f"{_NO_WEB_CLIENT}.", _IMPORT)
    try:
        required = _required(scene)
    except WrongUsage as error:
        return failed(*scene.words(error))
    missing = [origin for origin in required.javascript_origins if origin not in client.javascript_origins]
    if missing:
        return warned(
            f"The imported file of {client.client_id}, which is as old as its download, does not hold the origin "
            f"{' and '.join(missing)}",
            _to_add("Authorised JavaScript origins", missing, _link(scene, client)),
        )
    return passed(f"{client.client_id} has the origin {' and '.join(required.javascript_origins)}")


def _proven(scene: "Scene", client: GoogleClient) -> Finding:
    again = f"Download the client's file at {_link(scene, client)}, then: {_IMPORT}"
    proof = _proof(scene, client, ())
    match proof.pair:
        case "good":
            return passed(f"Google knows {client.client_id}, and takes its secret.")
        case "wrong-id":
            return failed(f"Google knows no client {client.client_id}.", again)
        case "deleted":
            return failed(
                f"The client {client.client_id} was deleted at Google. It can be restored for about 30 days.",
                f"Restore it at {_link(scene, client)}, or make another, then: {_IMPORT}",
            )
        case "wrong-secret":
            return failed(
                f"Google knows {client.client_id}, but the secret stored here is not its secret (or was disabled).",
                f"Add a secret at {_link(scene, client)}, then: gsync keys set --client-id {client.client_id}",
            )
        case _ if proof.is_disabled:
            return failed(
                f"The client {client.client_id} is disabled at Google ({proof.said}).",
                f"Enable it at {_link(scene, client)}",
            )
        case _:
            return warned(
                f"{client.client_id} is imported with its secret; Google gave no clear answer about it ({proof.said})."
            )


def _proof(scene: "Scene", client: GoogleClient, uris: tuple[str, ...]) -> "ClientProof":
    """Return what Google says of a client. Its pair is asked about once in an examination, the addresses when given."""
    from gsync_cli.google.wire import Wire
    from gsync_cli.provisioning.client_probe import probe, redirect_proofs

    wire = Wire(scene.http, HurriedClock(scene.clock), scene.jitter)
    known = scene.proofs.get(client.client_id)
    if known is None:
        scene.proofs[client.client_id] = known = probe(client, uris, wire)
        return known
    return replace(known, redirect_uris=redirect_proofs(client, known.pair, uris, wire))


def _required(scene: "Scene") -> "Registration":
    """Return what must be registered. Raises WrongUsage for an address that Google does not take."""
    from gsync_cli.provisioning.redirect_uris import Version, checked_site, registration

    site = scene.site
    version = Version.parse(scene.version or "8.0")  # the origin is the same for every version
    return registration([checked_site(site.url)], version, "framework" if site.prefix else "net")


def _is_registered(uri: str, client: GoogleClient, at_google: "Mapping[str, str]") -> bool:
    """Tell whether a redirect URI is registered. What Google says counts more than the file."""
    said = at_google.get(uri)
    return said == "registered" or (said != "missing" and uri in client.redirect_uris)


def _former(uri: str) -> bool:
    return "/ViewPage.aspx?" in uri


def _updated(missing: list[str], client: GoogleClient) -> str:
    if any("/LegacySocialAccountAuthPage.aspx?" in uri for uri in missing) and any(map(_former, client.redirect_uris)):
        return " It has that of version 7.17.0 and earlier: the site was updated since."
    return ""


def _near(missing: list[str], client: GoogleClient) -> str:
    from gsync_cli.provisioning.client_file import near_miss

    for uri in missing:
        near, difference = near_miss(uri, client.redirect_uris)
        if near:
            return f" It has {near} instead: the difference is {difference}."
    return ""


def _to_add(field: str, values: list[str], link: str) -> str:
    """Return what a person does, each value on a line of its own."""
    return "\n".join((f"Open {link} and add to “{field}” of that client, exactly:", *values))


def _link(scene: "Scene", client: GoogleClient) -> str:
    from gsync_cli.provisioning.consent import console_link

    return console_link("clients", client.project_id or scene.project)


def _of_project(client: GoogleClient) -> str:
    return f", of the project {client.project_id}," if client.project_id else ""


_OWN, _CREATIO = "gsync's own client", "Creatio's client"
CHECKS: Final = (
    Check("own-client", _OWN, PROJECT, look_at_own_client, ("credentials",)),
    Check("own-client-proof", f"{_OWN} at Google", PROJECT, look_at_own_proof, ("own-client", "google-hosts")),
    Check("creatio-client", _CREATIO, PROJECT, look_at_creatio_client, ("config", "credentials")),
    Check(
        "creatio-client-proof",
        f"{_CREATIO} at Google",
        PROJECT,
        look_at_creatio_proof,
        ("creatio-client", "google-hosts"),
    ),
    Check("redirect-uris", "Redirect URIs", PROJECT, look_at_redirect_uris, ("creatio-client", "creatio-version")),
    Check("javascript-origin", "JavaScript origin", PROJECT, look_at_origin, ("creatio-client", "creatio-version")),
)
