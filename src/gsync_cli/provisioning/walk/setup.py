"""What the steps work with: wishes, what is known, and the services, reached when they are first needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from gsync_cli.clock import Clock
from gsync_cli.config import Settings, set_values
from gsync_cli.credentials import Credentials, GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, SignInNeeded, WrongUsage
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.client_file import number_of, replacing
from gsync_cli.provisioning.redirect_uris import (
    PLACEHOLDER,
    Registration,
    Runtime,
    Version,
    checked_site,
    registration,
)
from gsync_cli.provisioning.walk.journal import Journal
from gsync_cli.provisioning.walk.model import Ground, Person, Proof, StepName, Telling

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite
    from gsync_cli.google.administrator import AdministratorSession
    from gsync_cli.google.wire import Wire
    from gsync_cli.provisioning.apis import Apis
    from gsync_cli.provisioning.client_probe import ClientProof
    from gsync_cli.provisioning.permissions import Refusal
    from gsync_cli.provisioning.projects import Organization, Project, Projects

Mode: TypeAlias = Literal["do", "look", "rehearse"]
"""Carry it out; only look how far it is; or only say what would be done."""

SINCE_2021: Final = "7.17.1"
"""The version that is taken where a site's is not known: its redirect URIs are those of every version since."""
_OF_SERVICES: Final = ".gserviceaccount.com"
APP_NAME: Final = "Creatio OAuth"
"""The name of a new project, the guide's example (row P2)."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The flags of `setup-project`, as typed."""

    project: str = ""
    name: str = ""
    organization: str = ""
    folder: str = ""
    no_organization: bool = False
    creatio_url: str = ""
    creatio_version: str = ""
    support_email: str = ""
    developer_emails: tuple[str, ...] = ()
    user_type: str = ""
    clients: tuple[GoogleClient, ...] = ()
    """What --client-json named, read already."""
    yes: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """What is handed in from outside."""

    profile: Profile
    settings: Settings
    environment: Mapping[str, str]
    http: Http
    clock: Clock
    jitter: Callable[[], float]
    suffix: Callable[[], str]
    """Gives some random digits, which make a project's id its own."""
    connect: "Callable[[str, Person], CreatioSite]"
    """Asks a person for a login at the site of that address, signs in, and keeps it. Raises as `creatio connect`."""


class Setup:
    """The state of one walk. Reading a property may ask a service, once."""

    def __init__(self, world: World, wishes: Wishes, mode: Mode, person: Person | None, telling: Telling) -> None:
        self.world = world
        self.wishes = wishes
        self.mode = mode
        self.person = person
        self.telling = telling
        self.journal = Journal.load(world.profile)
        self.project: Project | None = None
        """The project, once it was seen."""
        self.refusals: list[Refusal] = []
        """What this account may not do."""
        self.no_site: GsyncError | None = None
        """Why there is no session with Creatio."""
        self._site: CreatioSite | None = None
        if wishes.creatio_url or wishes.creatio_version:
            decided = self.journal.decisions
            url = wishes.creatio_url or decided.creatio_url
            # What was told of one site means nothing for another.
            told = decided.creatio_version if url == decided.creatio_url else ""
            self.decide(creatio_url=url, creatio_version=wishes.creatio_version or told)
        self._imported = {client.kind: client for client in wishes.clients}
        self._proofs: dict[str, ClientProof] = {}

    # ── remembering ──────────────────────────────────────────────────────────────────────────────────────────

    def decide(self, **decisions: object) -> None:
        """Write decisions down before anything follows from them. Nothing is written in a rehearsal."""
        self.journal = replace(self.journal, decisions=replace(self.journal.decisions, **decisions))  # type: ignore[arg-type]
        self._save()

    def keep(self, step: StepName, proof: Proof) -> None:
        """Keep the proof of a step."""
        if self.journal.proof(step, proof.of) is None or proof.ground == "seen":
            self.journal = self.journal.with_proof(step, proof)
            self._save()

    def discard(self, step: StepName) -> None:
        """Forget the proof of a step that turned out to be undone."""
        if step in self.journal.proofs:
            self.journal = self.journal.without_proof(step)
            self._save()

    def proof(self, of: str, looked_at: str, result: str, ground: Ground = "seen") -> Proof:
        """Return a proof of just now."""
        return Proof(of, looked_at, result, self.world.clock.now(), ground)

    def store_settings(self, **values: str) -> None:
        """Write settings (dots as underscores after the first) that follow from what was done."""
        if self.mode == "do":
            set_values(self.world.profile, {key.replace("_", ".", 1): value for key, value in values.items()})

    def _save(self) -> None:
        if self.mode == "do":
            self.journal.save(self.world.profile)

    # ── Google ───────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def administrator(self) -> "AdministratorSession | None":
        """The administrator's session; None where nobody is signed in as one. Raises where a sign-in is refused."""
        from gsync_cli.google.administrator import open_administrator

        world = self.world
        try:
            return open_administrator(
                world.profile, world.settings, world.http, world.clock, world.jitter, world.environment
            )
        except SignInNeeded as error:
            if error.code != "administrator-not-signed-in" or (self.person is not None and self.mode == "do"):
                raise
            return None

    @cached_property
    def projects(self) -> "Projects | None":
        """Resource Manager, as the administrator; None without one."""
        from gsync_cli.provisioning.projects import Projects

        return None if self.administrator is None else Projects(self.administrator)

    @cached_property
    def known_projects(self) -> "tuple[Project, ...]":
        """The projects that the administrator can see, asked for once."""
        return () if self.projects is None else self.projects.mine()

    @cached_property
    def organizations(self) -> "tuple[Organization, ...]":
        """The organizations that the administrator can see, asked for once."""
        return () if self.projects is None else self.projects.organizations()

    @cached_property
    def apis(self) -> "Apis | None":
        """Service Usage, as the administrator; None without one."""
        from gsync_cli.provisioning.apis import Apis

        return None if self.administrator is None else Apis(self.administrator, self.world.clock)

    def foresee(self, resource: str) -> None:
        """Say before anything is done which steps this account will be refused at a project, folder or organization."""
        from gsync_cli.provisioning.permissions import foreseen

        if self.projects is None or not resource or self.refusals:
            return
        self.refusals = list(foreseen(self.projects, resource))
        for refusal in self.refusals:
            self.telling.foreseen(refusal)

    @property
    def project_id(self) -> str:
        """The project that was seen, or that somebody chose; empty where none is there yet."""
        return self.project.id if self.project else self.wishes.project or self._chosen_project

    @property
    def _chosen_project(self) -> str:
        """The active project, unless a new one is asked for by name."""
        return "" if self.wishes.name else self.world.settings.text("google.project")

    @property
    def project_number(self) -> str:
        """The number of the project; empty where it was not seen."""
        return self.project.number if self.project else ""

    @property
    def in_organization(self) -> bool | None:
        """Whether the project lies in an organization; None where it was not seen."""
        return None if self.project is None else bool(self.project.parent)

    @property
    def account(self) -> str:
        """The administrator's address, for forms and links of the console; empty where no person is known.

        A service account can't open the console, and is nobody to write to.
        """
        email = self.administrator.email if self.administrator else ""
        return "" if email.endswith(_OF_SERVICES) else email

    @cached_property
    def wire(self) -> "Wire":
        """The way to Google without a token, for the endpoints that are asked about a client."""
        from gsync_cli.google.wire import Wire

        return Wire(self.world.http, self.world.clock, self.world.jitter)

    # ── the client ───────────────────────────────────────────────────────────────────────────────────────────

    def client(self, kind: Literal["web", "installed"]) -> GoogleClient | None:
        """Return the client of a kind: the one just given, else the stored one."""
        stored = Credentials.load(self.world.profile)
        known = stored.web if kind == "web" else stored.installed
        given = self._imported.get(kind)
        if given is not None:
            return replacing(given, known)
        return known or (self.client_in_creatio if kind == "web" else None)

    @cached_property
    def client_in_creatio(self) -> GoogleClient | None:
        """The client of this project whose keys stand in Creatio, entered from another machine; None for none.

        Its secret is there as plain text on most sites (facts/creatio.md 5); "" where it does not show.
        """
        site = self.site() if self.project_id else None
        if site is None:
            return None
        from gsync_cli.provisioning.creatio_keys import read_client

        client_id, secret = read_client(site)
        number = number_of(client_id)
        if not number or (self.project_number and number != self.project_number):
            return None
        root = self.world.settings.text("google.endpoints.oauth2").rstrip("/")
        found = GoogleClient("web", client_id, secret)
        return replace(found, auth_uri=f"{root}/o/oauth2/auth", token_uri=f"{root}/token") if root else found

    def take(self, client: GoogleClient) -> None:
        """Store a client; in a rehearsal it is only kept in mind."""
        if self.mode != "do":
            self._imported[client.kind] = client
            return
        self._imported.pop(client.kind, None)
        stored = Credentials.load(self.world.profile)
        known = stored.web if client.kind == "web" else stored.installed
        if client != known:
            stored.with_client(replacing(client, known)).save(self.world.profile)

    def proven(self, client: GoogleClient) -> "ClientProof":
        """Ask Google about a client and its redirect URIs, once; nothing is signed in or changed by it."""
        if client.client_id not in self._proofs:
            from gsync_cli.provisioning.client_probe import probe

            uris = self.registration.redirect_uris if client.kind == "web" and self.has_site else ()
            self._proofs[client.client_id] = probe(client, uris, self.wire)
        return self._proofs[client.client_id]

    def ask_again(self, client: GoogleClient) -> None:
        """Forget what Google said about a client, so that it is asked anew."""
        self._proofs.pop(client.client_id, None)

    # ── Creatio ──────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def creatio_url(self) -> str:
        """The address of the site, checked; the guide's placeholder where none is known. Raises WrongUsage."""
        told = self.wishes.creatio_url or self.world.settings.text("creatio.url") or self.journal.decisions.creatio_url
        return checked_site(told) if told else PLACEHOLDER

    @property
    def has_site(self) -> bool:
        """Whether the address of the site is known."""
        return self.creatio_url != PLACEHOLDER

    def name_site(self, url: str) -> None:
        """Take the address that a person gave. Raises WrongUsage with the rule it breaks."""
        self.__dict__["creatio_url"] = checked_site(url)
        self.decide(creatio_url=self.creatio_url)

    @property
    def version(self) -> str:
        """The version of the site: as typed, as set, as the site said; SINCE_2021 where nobody knows."""
        return self.known_version or SINCE_2021

    @property
    def known_version(self) -> str:
        """The version of the site where somebody said it; empty where nobody did."""
        setting = self.world.settings.text("creatio.version")
        typed = self.wishes.creatio_version or ("" if setting == "auto" else setting)
        return typed or self._told_version or self.journal.decisions.creatio_version

    @property
    def runtime(self) -> Runtime:
        """The runtime of the site: as set, as found out; .NET Framework, the guide's, where nobody knows."""
        setting = self.world.settings.text("creatio.runtime")
        if setting != "auto":
            return cast("Runtime", setting)
        kept = Credentials.load(self.world.profile).session
        return "net" if kept and kept.version and kept.url == self.creatio_url and not kept.prefix else "framework"

    @property
    def registration(self) -> Registration:
        """What the client for this site needs. Raises WrongUsage for a version that is none.

        For .NET that is both forms of the addresses: those without /0 are documented nowhere (facts/creatio.md 9.13).
        """
        version = Version.parse(self.version)
        documented = registration([self.creatio_url], version, "framework")
        if self.runtime == "framework":
            return documented
        likely = registration([self.creatio_url], version, "net")
        return replace(likely, redirect_uris=(*likely.redirect_uris, *documented.redirect_uris))

    @cached_property
    def _told_version(self) -> str:
        """What the site says now, since it may have been updated; what it said last where it can't be asked."""
        site = self.site()
        if site is not None and site.url == self.creatio_url:
            from gsync_cli.creatio.identity import version_of

            return version_of(site) or site.version
        kept = Credentials.load(self.world.profile).session
        return kept.version if kept and kept.url == self.creatio_url else ""

    def site(self) -> "CreatioSite | None":
        """Return a session with Creatio; None where it can't be had without a person: `no_site` says why."""
        if self._site is None and self.no_site is None:
            from gsync_cli.creatio.session import open_session

            world = self.world
            if self.wishes.creatio_url and self.creatio_url != world.settings.text("creatio.url"):
                self.no_site = ConfigurationWrong("creatio-not-connected", missing="the sign-in at this site")
                return None
            try:
                self._site = open_session(world.profile, world.settings, world.http, world.clock, world.jitter)
            except (ConfigurationWrong, SignInNeeded) as error:
                self.no_site = error
        return self._site

    def connect(self) -> None:
        """Let the person sign in at the site. Raises as `creatio connect`."""
        if self.person is None:
            raise WrongUsage("question-without-terminal", question="Login at Creatio", flag="gsync creatio connect")
        self._site = self.world.connect(self.creatio_url, self.person)
        self.no_site = None
        self.__dict__.pop("_told_version", None)

    def close(self) -> None:
        """Keep the session with Creatio for the next run."""
        if self._site is not None:
            self._site.save()


def first(*texts: str) -> str:
    """Return the first text that is not empty."""
    return next(filter(None, texts), "")


def joined(texts: Sequence[str]) -> str:
    """Return texts as a list in a sentence."""
    return ", ".join(texts)
