"""An OAuth client as a file of the Google console: reading it, and comparing it with what it must be (row P14).

(facts/google.md 3.11; the kinds of problems with a client are codes of `cli/words`.)
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from gsync_cli.credentials import ClientKind, GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError
from gsync_cli.provisioning.consent import console_link
from gsync_cli.provisioning.redirect_uris import Registration

KINDS: Final[tuple[ClientKind, ...]] = ("web", "installed")


def client_of(content: bytes, name: str) -> GoogleClient:
    """Return the client that a file of the Google console holds; `name` is what the user calls the file.

    Raises ConfigurationWrong: "client-file-empty", "client-file-html", "client-file-not-json",
    "client-file-service-account", "client-file-authorized-user", "client-file-other", "client-file-both",
    "client-file-incomplete".
    """
    table = _table(content, name)
    match table.get("type"):
        case "service_account" | "external_account":
            raise ConfigurationWrong("client-file-service-account", file=name)
        case "authorized_user":
            raise ConfigurationWrong("client-file-authorized-user", file=name)
    kinds = [kind for kind in KINDS if isinstance(table.get(kind), dict)]
    if len(kinds) > 1:
        raise ConfigurationWrong("client-file-both", file=name)
    if not kinds:
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


def replacing(client: GoogleClient, before: GoogleClient | None) -> GoogleClient:
    """Return `client` as it is to be stored in the place of `before`: with the secrets known of the same client.

    A file downloaded again holds no secret (facts/google.md 3.10): then the one known stays. A new secret makes the one
    before it the former one, which Google takes too until somebody disables it.
    """
    if before is None or before.client_id != client.client_id:
        return client
    if not client.client_secret or client.client_secret == before.client_secret:
        return replace(client, client_secret=before.client_secret, former_secret=before.former_secret)
    return replace(client, former_secret=before.client_secret or before.former_secret)


def client_problems(
    client: GoogleClient,
    required: Registration | None = None,
    *,
    kind: ClientKind | None = None,
    project: str = "",
    project_number: str = "",
) -> tuple[GsyncError, ...]:
    """Return what keeps a client from being the one that is needed, as errors that are not raised.

    `required` is what Creatio's client must have; only a `web` client is held against it. `project` (the id) and
    `project_number` are compared where both sides are known. Codes: "client-wrong-kind", "client-other-project",
    "client-redirect-missing", "client-origin-missing".
    """
    if kind is not None and client.kind != kind:
        wanted = "Web application" if kind == "web" else "Desktop app"
        return (ConfigurationWrong("client-wrong-kind", client_id=client.client_id, wanted=wanted, kind=client.kind),)
    found: list[GsyncError] = []
    theirs, ours = _other_project(client, project, project_number)
    if theirs:
        found.append(
            ConfigurationWrong(
                "client-other-project",
                client_id=client.client_id,
                theirs=theirs,
                ours=ours,
                link=console_link("clients", project),
            )
        )
    if required is not None and client.kind == "web":
        found += [redirect_missing(client, uri) for uri in required.redirect_uris if uri not in client.redirect_uris]
        found += [origin_missing(client, one) for one in required.javascript_origins
                  if one not in client.javascript_origins]  # fmt: skip
    return tuple(found)


def redirect_missing(client: GoogleClient, uri: str) -> GsyncError:
    """Return the problem of a redirect URI that the client lacks, with the one that is nearly it, if there is one.

    One that the file holds is lacking at Google: taken away since, or so new that Google does not know it everywhere.
    """
    if uri in client.redirect_uris:
        return ConfigurationWrong("client-redirect-refused", uri=uri, link=_edit_link(client))
    near, difference = near_miss(uri, client.redirect_uris)
    return ConfigurationWrong(
        "client-redirect-missing", uri=uri, near=near, difference=difference, link=_edit_link(client)
    )


def origin_missing(client: GoogleClient, origin: str) -> GsyncError:
    """Return the problem of a JavaScript origin that the client lacks, likewise."""
    near, difference = near_miss(origin, client.javascript_origins)
    return ConfigurationWrong(
        "client-origin-missing", origin=origin, near=near, difference=difference, link=_edit_link(client)
    )


def near_miss(wanted: str, registered: tuple[str, ...]) -> tuple[str, str]:
    """Return the registered address that would do but for one slip, and the slip; empty texts where there is none."""
    for name, forgiving in (
        ("blanks around it", str.strip),
        ("a slash at the end", lambda text: text.strip().rstrip("/")),
        ("http instead of https", lambda text: text.replace("http://", "https://", 1)),
        ("capital and small letters", str.lower),
        ("the part /0", lambda text: text.replace("/0/", "/", 1)),
        ("several small things", _loose),
    ):
        for one in registered:
            if one != wanted and forgiving(one) == forgiving(wanted):
                return one, name
    return "", ""


def number_of(client_id: str) -> str:
    """Return the number of a client's project, with which its id begins; empty where it does not."""
    number = client_id.partition("-")[0].partition(".")[0]
    return number if number.isascii() and number.isdigit() else ""


def _other_project(client: GoogleClient, project: str, project_number: str) -> tuple[str, str]:
    """Return the project of the client and the one that is meant, where they differ; else empty texts.

    The number is surer than the id, and is told where the numbers were compared.
    """
    number = number_of(client.client_id)
    if number and project_number:
        return ("", "") if number == project_number else (f"number {number}", f"number {project_number}")
    differs = project and client.project_id and client.project_id != project
    return (client.project_id, project) if differs else ("", "")


def _loose(text: str) -> str:
    return text.strip().lower().replace("http://", "https://", 1).replace("/0/", "/", 1).rstrip("/")


def _edit_link(client: GoogleClient) -> str:
    """Return the page of the client in the console."""
    return console_link("clients", client.project_id)


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
