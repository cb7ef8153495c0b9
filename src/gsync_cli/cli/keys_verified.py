"""What `gsync keys verify` finds out: whether Google takes the clients, and which of two secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gsync_cli.cli.context import Session
from gsync_cli.cli.redirect_uris import required_here
from gsync_cli.cli.results import Page, Problem
from gsync_cli.credentials import ClientKind, Credentials, GoogleClient, fingerprint
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused
from gsync_cli.google.wire import Wire
from gsync_cli.provisioning.client_file import client_problems, near_miss, redirect_missing
from gsync_cli.provisioning.client_probe import DESKTOP_REDIRECT, ClientProof, Pair, probe
from gsync_cli.provisioning.consent import console_link
from gsync_cli.provisioning.redirect_uris import Registration

_TITLE: Final[Mapping[ClientKind, str]] = {
    "web": "Creatio's client (web)",
    "installed": "gsync's own client (installed)",
}
_PAIR: Final[Mapping[Pair, str]] = {
    "good": "Google takes this id with this secret",
    "wrong-id": "Google has no client with this id",
    "wrong-secret": "Google does not take this secret",
    "deleted": "The client was deleted",
    "unknown": "Google did not say whether the secret is right",
}
_AGAIN: Final = "Then: gsync keys verify"


@dataclass(frozen=True, slots=True)
class VerifiedClient:
    """A client, and what Google says of it."""

    client: GoogleClient
    proof: ClientProof
    former: ClientProof | None
    """What Google says of the secret before this one; None where there is none."""
    required: Registration | None
    """What it must have for the connected site; None where that is not known, and for gsync's own."""

    @property
    def former_is_over(self) -> bool:
        """Whether the secret before this one is worth nothing any more, and this one is."""
        return self.former is not None and self.former.pair == "wrong-secret" and self.proof.pair == "good"

    @property
    def errors(self) -> list[GsyncError]:
        """What makes the client unfit, as errors that are not raised."""
        client, link = self.client, console_link("clients", self.client.project_id)
        known = {"client_id": client.client_id, "link": link}
        found: list[GsyncError] = []
        match self.proof.pair:
            case "wrong-id":
                found.append(ConfigurationWrong("client-id-wrong", **known))
            case "deleted":
                found.append(ConfigurationWrong("client-deleted", **known))
            case "wrong-secret" if self.former is not None and self.former.pair == "good":
                found.append(ConfigurationWrong("client-former-secret-works", kind=client.kind, **known))
            case "wrong-secret":
                found.append(ConfigurationWrong("client-secret-wrong", kind=client.kind, **known))
            case "unknown" if self.proof.is_disabled:
                found.append(ConfigurationWrong("client-disabled", said=self.proof.said, **known))
            case "unknown" if client.client_secret:
                found.append(Refused("client-unproven", said=self.proof.said, client_id=client.client_id))
        if not client.client_secret:
            found.append(ConfigurationWrong("client-secret-not-stored", kind=client.kind, **known))
        for uri in self.proof.missing:
            if client.kind == "installed":
                found.append(ConfigurationWrong("google-client-not-desktop", client_id=client.client_id))
            else:
                found.append(redirect_missing(client, uri))
        return found

    @property
    def doubts(self) -> list[str]:
        """What the stored file lacks and Google did not say: it may have been added in the console since."""
        proven = {each.uri for each in self.proof.redirect_uris if each.state != "unknown"}
        lacking = [
            str(error.facts.get("uri") or error.facts.get("origin"))
            for error in client_problems(self.client, self.required)
        ]
        return [address for address in lacking if address not in proven]

    def data(self) -> Mapping[str, object]:
        """Return the client as JSON holds it."""
        client, proof, former = self.client, self.proof, self.former
        return {
            "kind": client.kind,
            "client_id": client.client_id,
            "pair": proof.pair,
            "said": proof.said,
            "checked_at": proof.at.isoformat(timespec="seconds"),
            "secret_fingerprint": fingerprint(client.client_secret),
            "former_secret": None
            if former is None
            else {
                "secret_fingerprint": fingerprint(client.former_secret),
                "pair": former.pair,
                "forgotten": self.former_is_over,
            },
            "redirect_uris": [
                {"uri": each.uri, "state": each.state, "said": each.said} for each in proof.redirect_uris
            ],
            "missing_redirect_uris": list(proof.missing),
            "not_in_file": self.doubts,
        }

    def show(self, page: Page) -> None:
        """Print a block for the client; its errors follow after the page."""
        client, proof = self.client, self.proof
        page.heading(f"{_TITLE[client.kind]}: {client.client_id}")
        verdict = "The client is disabled" if proof.is_disabled else _PAIR[proof.pair]
        (page.good if proof.pair == "good" else page.bad)(verdict)
        for each in proof.redirect_uris:
            tell = {"registered": page.good, "missing": page.bad}.get(each.state, page.warn)
            tell(f"redirect URI {each.state}{f' ({each.said})' if each.state == 'unknown' else ''}: {each.uri}")
        for address in self.doubts:
            near = near_miss(address, (*client.redirect_uris, *client.javascript_origins))[0]
            instead = f" (it has {near})" if near else ""
            page.warn(f"Not in the imported file, unless it was added in the console since: {address}{instead}")
        for line in self._rotation():
            page.text(line)

    def _rotation(self) -> list[str]:
        """Return what there is to be said of the secret before this one, and the next step."""
        former = self.former
        if former is None:
            return []
        if self.former_is_over:
            return ["Google refuses the secret before it: it is forgotten, and the change of secrets is complete."]
        if self.proof.pair == "good" and former.pair == "good":
            push = "hand the new one to Creatio (gsync creatio push-keys), then " if self.client.kind == "web" else ""
            link = console_link("clients", self.client.project_id)
            return [f"Google takes the secret before it, too. Next: {push}disable the old one at {link}", _AGAIN]
        return ["The secret before it is kept."]


@dataclass(frozen=True, slots=True)
class KeysVerified:
    """What Google says of the stored clients."""

    clients: tuple[VerifiedClient, ...]

    @property
    def problems(self) -> list[Problem]:
        """All that is wrong, in words."""
        return [Problem.of(error) for one in self.clients for error in one.errors]

    @property
    def exit_code(self) -> int:
        """5 where something must be mended, 6 where Google would not say, else 0."""
        codes = [error.exit_code for one in self.clients for error in one.errors]
        return min(codes, default=0)

    def data(self) -> Mapping[str, object]:
        """Return `{"clients": [{"kind", "client_id", "pair", "redirect_uris": [{"uri", "state"}], …}]}`.

        `pair` is good, wrong-id, wrong-secret, deleted or unknown; `state` registered, missing or unknown.
        """
        return {"clients": [one.data() for one in self.clients]}

    def show(self, page: Page) -> None:
        """Print a block for each client."""
        for one in self.clients:
            one.show(page)


def verified(running: Session, kind: ClientKind | None) -> KeysVerified:
    """Ask Google about the stored clients (of one kind), and forget a former secret that is refused.

    Raises ConfigurationWrong("keys-none") and as `probe`.
    """
    stored = Credentials.load(running.profile)
    clients = [one for one in (stored.web, stored.installed) if one is not None and kind in (None, one.kind)]
    if not clients:
        raise ConfigurationWrong("keys-none")
    wire = Wire(running.http(), running.clock, running.jitter)
    found = []
    for client in clients:
        running.terminal.step(f"Asking Google about {_TITLE[client.kind]} …")
        one = _verified(client, required_here(running, ask=True) if client.kind == "web" else None, wire)
        if one.former_is_over:
            stored = Credentials.load(running.profile)
            stored.with_client(replace(client, former_secret="")).save(running.profile)
        found.append(one)
    return KeysVerified(tuple(found))


def refusal(client: GoogleClient, wire: Wire) -> GsyncError | None:
    """Return why Google does not take a client's id and secret; None where it does.

    Raises Temporary where Google can't be asked, and Refused where it says nothing clear.
    """
    verified = _verified(replace(client, redirect_uris=()), None, wire)
    errors = verified.errors
    unclear = next((error for error in errors if error.code == "client-unproven"), None)
    if unclear is not None:
        raise unclear
    return next((error for error in errors if isinstance(error, ConfigurationWrong)), None)


def _verified(client: GoogleClient, required: Registration | None, wire: Wire) -> VerifiedClient:
    if client.kind == "installed":
        uris: tuple[str, ...] = (DESKTOP_REDIRECT,)
    else:
        uris = required.redirect_uris if required is not None else client.redirect_uris
    proof = probe(client, uris, wire)
    former = None
    if client.former_secret and proof.pair in ("good", "wrong-secret", "unknown"):
        former = probe(replace(client, client_secret=client.former_secret), (), wire)
    return VerifiedClient(client, proof, former, required)
