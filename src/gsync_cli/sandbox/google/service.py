"""Google as a whole: accounts, OAuth clients, and the services behind their endpoint names."""

import functools
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google import calendar_service, conformance, errors, groups, people
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.cloud import USE_SERVICES, Cloud
from gsync_cli.sandbox.google.console import Console
from gsync_cli.sandbox.google.events import Mail
from gsync_cli.sandbox.google.fields import select
from gsync_cli.sandbox.google.listing import Connections, is_full_sync
from gsync_cli.sandbox.google.monitoring import Monitoring
from gsync_cli.sandbox.google.oauth import OAuth
from gsync_cli.sandbox.google.quota import Cost, Meter
from gsync_cli.sandbox.google.resource_manager import ResourceManager
from gsync_cli.sandbox.google.service_usage import ServiceUsage
from gsync_cli.sandbox.google.tokens import USERINFO, Access, Client, Project
from gsync_cli.sandbox.google.usage import Usage
from gsync_cli.sandbox.messages import Request, Response

Answer = Callable[[Call], dict[str, Any]]

CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"
ADMINISTRATOR_SCOPES: Final = (CLOUD_PLATFORM, USERINFO + "email", "openid")
GCLOUD: Final = "32555940559.apps.googleusercontent.com"
"""Google's own client behind `gcloud auth print-access-token`."""
DEFAULT_CREDENTIALS: Final = "764086051850-sandbox.apps.googleusercontent.com"
"""Google's own client behind application default credentials: its project has the number that errors name."""
_OWN_CLIENTS: Final = {
    GCLOUD: Project("google-cloud-sdk", "32555940559", "Google Cloud SDK", "production"),
    DEFAULT_CREDENTIALS: Project("google-auth-library", "764086051850", "Google Auth Library", "production"),
}

_FREE = Cost()
_READ = Cost(critical_reads=1)
_GROUP_READ = Cost(reads=1)
_GROUP_WRITE = Cost(writes=1)
_BATCH = Cost(critical_reads=6, critical_writes=6)
_SINGLE = Cost(critical_reads=1, critical_writes=1)


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: Answer
    cost: Cost = _FREE


@dataclass(frozen=True, slots=True)
class _Api:
    """One API: its name among the endpoints, its titles, its document and what answers."""

    key: str
    title: str
    host: str
    document: str
    methods: Mapping[str, _Entry]
    legacy: bool = False
    """Whether it says in the older way that it is off."""


class Google:
    """Everything of Google in the sandbox. `behaviour` holds the switches; `account(email)` the user's hand."""

    def __init__(self, clock: VirtualClock, random_: random.Random, behaviour: Behaviour | None = None) -> None:
        self.clock = clock
        self.behaviour = behaviour or Behaviour()
        self.accounts: dict[str, Account] = {}
        self.oauth = OAuth(clock, random_, self.accounts, self.behaviour)
        self._random = random_
        self.mails: list[Mail] = []
        """Writes to calendars that may have made Google mail somebody."""
        self.parts: list[calendar_service.Part] = []
        """The calls that came inside of batches."""
        self.around_parts: Callable[[Request, Callable[[], Response]], Response] = lambda _, answer: answer()
        """Stands around each call inside of a batch, so that it can fail on its own."""
        self._meters: dict[tuple[str, str], Meter] = {}
        self._limits = calendar_service.Limits(self.behaviour)
        self._connections = Connections()
        self._people = {
            "people.connections.list": _Entry(self._connections.list, _READ),
            "people.get": _Entry(people.get, _READ),
            "people.getBatchGet": _Entry(people.get_batch, _READ),
            "people.createContact": _Entry(people.create, _SINGLE),
            "people.batchCreateContacts": _Entry(people.create_batch, _BATCH),
            "people.updateContact": _Entry(people.update, _SINGLE),
            "people.batchUpdateContacts": _Entry(people.update_batch, _BATCH),
            "people.deleteContact": _Entry(people.delete, _GROUP_WRITE),
            "people.batchDeleteContacts": _Entry(people.delete_batch, Cost(writes=10)),
            "contactGroups.list": _Entry(groups.list_groups, _GROUP_READ),
            "contactGroups.get": _Entry(groups.get, _GROUP_READ),
            "contactGroups.batchGet": _Entry(groups.get_batch, _GROUP_READ),
            "contactGroups.create": _Entry(groups.create, _GROUP_WRITE),
            "contactGroups.update": _Entry(groups.update, _GROUP_WRITE),
            "contactGroups.delete": _Entry(groups.delete, _GROUP_WRITE),
            "contactGroups.members.modify": _Entry(groups.modify_members, _GROUP_WRITE),
        }
        self.cloud = Cloud(clock, random.Random("cloud"), self.behaviour)  # noqa: S311  repeatable, not secret
        self._usage = Usage()
        manager = ResourceManager(clock, self.behaviour, self.cloud)
        switches = ServiceUsage(clock, self.behaviour, self.cloud)
        self._apis = {
            api.key: api
            for api in (
                _Api("people", "People API", "people.googleapis.com", "people.v1", self._people),
                _Api(
                    "calendar",
                    "Google Calendar API",
                    "calendar-json.googleapis.com",
                    "calendar.v3",
                    _entries(calendar_service.methods()),
                    legacy=True,
                ),
                _Api(
                    "cloudresourcemanager",
                    "Cloud Resource Manager API",
                    "cloudresourcemanager.googleapis.com",
                    "cloudresourcemanager.v3",
                    _entries(manager.methods),
                ),
                _Api(
                    "serviceusage",
                    "Service Usage API",
                    "serviceusage.googleapis.com",
                    "serviceusage.v1",
                    _entries(switches.methods),
                ),
                _Api(
                    "monitoring",
                    "Cloud Monitoring API",
                    "monitoring.googleapis.com",
                    "monitoring.v3",
                    _entries(Monitoring(self.cloud, self._usage).methods),
                ),
            )
        }
        self._services: dict[str, Callable[[Request], Response]] = {
            **{key: functools.partial(self._api, api) for key, api in self._apis.items()},
            "accounts": self.oauth.handle,
            "oauth2": self.oauth.handle,
            "openidconnect": self.oauth.handle,
        }

    def add_account(
        self, email: str, name: str, *, hosted_domain: str = "", region: str = "DE", zone: str = "Europe/Berlin"
    ) -> Account:
        """Add a user; a Workspace user has a hosted domain. `zone` is that of the calendar."""
        account = Account(
            email,
            subject=str(10**20 + self._random.getrandbits(60)),
            name=name,
            hosted_domain=hosted_domain,
            clock=self.clock,
            random_=self._random,
            behaviour=self.behaviour,
            region=region,
            zone=zone,
            neighbours=self.accounts,
            mails=self.mails,
        )
        self.accounts[email] = account
        return account

    def account(self, email: str = "") -> Account:
        """Return the account of an address, or the only (first) one. Raises KeyError."""
        return self.accounts[email] if email else next(iter(self.accounts.values()))

    def handle(self, service: str, request: Request) -> Response:
        """Answer a request to a service; its path begins after the service's name."""
        if service == "calendar" and calendar_service.is_batch(request):
            return calendar_service.batch(request, self._part, self.parts.append, shuffled=self._disorder)
        serve = self._services.get(service)
        return serve(request) if serve else no_such_page(request)

    # ── the administrator ────────────────────────────────────────────────────────────────────────────────────
    def administrator_token(
        self, email: str, scopes: Iterable[str] = ADMINISTRATOR_SCOPES, *, client_id: str = GCLOUD
    ) -> str:
        """Return what `gcloud auth print-access-token` prints for an account. Raises KeyError."""
        return str(self._administrator(email, scopes, client_id)["access_token"])

    def application_default_credentials(self, email: str, *, quota_project: str = "") -> dict[str, str]:
        """Return the file that `gcloud auth application-default login` writes for an account. Raises KeyError."""
        tokens = self._administrator(email, ADMINISTRATOR_SCOPES, DEFAULT_CREDENTIALS)
        return {
            "type": "authorized_user",
            "client_id": DEFAULT_CREDENTIALS,
            "client_secret": self.oauth.registry.clients[DEFAULT_CREDENTIALS].secret,
            "refresh_token": tokens["refresh_token"],
            "universe_domain": "googleapis.com",
            **({"quota_project_id": quota_project} if quota_project else {}),
        }

    def console(self, email: str, origin: str = "http://127.0.0.1") -> Console:
        """Return a person before the console; `origin` is where the sandbox is served. Raises KeyError."""
        return Console(self.accounts[email], self.cloud, self.oauth.registry, self.behaviour, self.clock, origin)

    def saw(self, service: str, request: Request, status: int) -> None:
        """Remember an answer for monitoring, as the client saw it."""
        api, request = self._apis.get(service), calendar_service.placed(request) if service == "calendar" else request
        access = self.oauth.access(_bearer(request)) if api else None
        if api is None or access is None:
            return
        project = self.cloud.project(_user_project(request) or access.grant.client.project_number)
        verb = request.headers.get("x-http-method-override", "").upper() or request.method
        found = conformance.api(api.document).find(verb, request.path)
        if project is not None and found is not None:
            self._usage.note(self.clock.now(), project.number, api.host, f"{api.key}.{found[0].id}", status)

    def _administrator(self, email: str, scopes: Iterable[str], client_id: str) -> dict[str, Any]:
        if client_id in _OWN_CLIENTS and client_id not in self.oauth.registry.clients:
            secret = self.oauth.registry.text("", 24)
            self.oauth.add_client(Client(client_id, secret, "installed", _OWN_CLIENTS[client_id]))
        return self.oauth.sign_in(email, client_id, scopes)

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────
    def _api(self, served: _Api, request: Request) -> Response:
        api = conformance.api(served.document)
        try:
            request = _overridden(calendar_service.placed(request) if served.key == "calendar" else request)
            found = api.find(request.method, request.path)
            if found is None:
                return no_such_page(request)
            method, path = found
            query = api.read_query(method, request.query)
            form, *encoding = str(query.get("$alt", query.get("alt", "json"))).split(";")
            if form != "json":
                raise errors.invalid("Only alt=json is answered here.", "alt")
            account, project = self._caller(served, method, request)
            body = api.read_body(method, request.body)
            entry = served.methods.get(method.id)
            if entry is None:
                raise errors.ApiError("UNIMPLEMENTED", f"The sandbox does not play {method.id}.")  # noqa: TRY301
            call = Call(account, path, query, body, request.headers)
            self._spend(served, method, call, project)
            answer = entry.answer(call)
        except errors.ApiError as error:
            return (errors.as_legacy(error) if served.legacy else error).response()
        if not method.response:
            return Response(204)
        api.check_answer(method, answer)
        if conformance.INTEGER_ENUMS in encoding:
            answer = api.numbered(method, answer)
        known = request.headers.get("if-none-match") if served.legacy and method.verb == "GET" else None
        return Response(304) if known and known == answer.get("etag") else _ok(answer, query)

    def _part(self, request: Request) -> Response:
        answer = self.around_parts(request, functools.partial(self._services["calendar"], request))
        self.saw("calendar", request, answer.status)
        return answer

    def _disorder(self, items: list[Any]) -> None:
        if self.behaviour.shuffle_items:
            self._random.shuffle(items)

    def _caller(self, served: _Api, method: conformance.Method, request: Request) -> tuple[Account, str]:
        """Return who calls, and for which project. Raises ApiError (401, 403)."""
        access = self.oauth.access(_bearer(request))
        if access is None:
            raise errors.unauthenticated()
        project = self._consumer(served, request, access)
        if method.scopes and not method.scopes & access.scopes:
            raise errors.insufficient_scope(served.host, f"google.{served.key}.v1.{method.id}")
        return access.grant.account, project

    def _consumer(self, served: _Api, request: Request, access: Access) -> str:
        """Return the number of the project that a call is counted for: its API must be on there (facts 1.9, 5.8)."""
        client, named = access.grant.client, _user_project(request)
        number = client.project_number
        if not named and client.client_id == DEFAULT_CREDENTIALS and self.behaviour.quota_project_needed:
            raise errors.quota_project_required(served.host, number)
        project = self.cloud.project(named or number)
        if named:
            if project is None or not self.cloud.allowed(access.grant.account, project.name, USE_SERVICES):
                raise errors.user_project_denied(named, served.host)
            number = project.number
        if project is not None and project.deleted is not None:
            raise errors.consumer_invalid(number, served.host)
        off = {served.key, served.host} & self.behaviour.disabled_services
        if off or (project is not None and not self.cloud.answers(project, served.host)):
            refusal = errors.access_not_configured if served.legacy else errors.service_disabled
            raise refusal(served.title, served.host, number)
        return number

    def _spend(self, served: _Api, method: conformance.Method, call: Call, project: str) -> None:
        if served.key == "calendar":
            self._limits.spend(call, method.verb, project)
        if served.key != "people" or self.behaviour.quotas is None:
            return
        cost = served.methods[method.id].cost
        if is_full_sync(call):
            cost = Cost(cost.critical_reads, cost.critical_writes, cost.reads, cost.writes, full_syncs=1)
        meter = self._meters.setdefault((call.account.subject, project), Meter())
        meter.spend(cost, self.behaviour.quotas, self.clock.now(), project)


def _entries(methods: Mapping[str, Answer]) -> dict[str, _Entry]:
    return {name: _Entry(answer) for name, answer in methods.items()}


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.argument("access_token")


def _user_project(request: Request) -> str:
    return request.headers.get("x-goog-user-project", "") or request.argument("$userProject")


def no_such_page(request: Request) -> Response:
    """Answer as Google does where nothing is served: HTML, not JSON."""
    path = request.path.replace("&", "&amp;").replace("<", "&lt;")
    return Response.of_html(
        404,
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> <ins>That’s an error."
        f"</ins>\n<p>The requested URL <code>{path}</code> was not found on this server. "
        "<ins>That’s all we know.</ins>\n",
    )


def _overridden(request: Request) -> Request:
    """Read a POST that stands for a GET too long for a URL (facts/google.md 8.6)."""
    verb = request.headers.get("x-http-method-override", "").upper()
    if request.method != "POST" or not verb:
        return request
    if verb != "GET":
        return Request(verb, request.path, request.query, request.headers, request.body, request.origin)
    query = {**request.query}
    for name, values in parse_qs(request.body.decode(), keep_blank_values=True).items():
        query[name] = [*query.get(name, []), *values]
    return Request("GET", request.path, query, request.headers, b"", request.origin)


def _ok(answer: dict[str, Any], query: dict[str, Any]) -> Response:
    if fields := query.get("fields") or query.get("$fields"):
        try:
            answer = select(answer, fields)
        except errors.ApiError as error:
            return error.response()
    return Response.of_json(200, answer)
