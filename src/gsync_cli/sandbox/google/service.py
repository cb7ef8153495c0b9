"""Google as a whole: accounts, OAuth clients, and the services behind their endpoint names."""

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google import conformance, errors, groups, people
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.fields import select
from gsync_cli.sandbox.google.listing import Connections, is_full_sync
from gsync_cli.sandbox.google.oauth import OAuth
from gsync_cli.sandbox.google.quota import Cost, Meter
from gsync_cli.sandbox.messages import Request, Response

Answer = Callable[[Call], dict[str, Any]]

_READ = Cost(critical_reads=1)
_GROUP_READ = Cost(reads=1)
_GROUP_WRITE = Cost(writes=1)
_BATCH = Cost(critical_reads=6, critical_writes=6)
_SINGLE = Cost(critical_reads=1, critical_writes=1)


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: Answer
    cost: Cost


class Google:
    """Everything of Google in the sandbox. `behaviour` holds the switches; `account(email)` the user's hand."""

    def __init__(self, clock: VirtualClock, random_: random.Random, behaviour: Behaviour | None = None) -> None:
        self.clock = clock
        self.behaviour = behaviour or Behaviour()
        self.accounts: dict[str, Account] = {}
        self.oauth = OAuth(clock, random_, self.accounts, self.behaviour)
        self._random = random_
        self._meters: dict[tuple[str, str], Meter] = {}
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
        self._services: dict[str, Callable[[Request], Response]] = {
            "people": functools.partial(self._api, "people", "People API", "people.v1", self._people),
            "accounts": self.oauth.handle,
            "oauth2": self.oauth.handle,
            "openidconnect": self.oauth.handle,
        }

    def add_account(self, email: str, name: str, *, hosted_domain: str = "", region: str = "DE") -> Account:
        """Add a user; a Workspace user has a hosted domain."""
        account = Account(
            email,
            subject=str(10**20 + self._random.getrandbits(60)),
            name=name,
            hosted_domain=hosted_domain,
            clock=self.clock,
            random_=self._random,
            behaviour=self.behaviour,
            region=region,
        )
        self.accounts[email] = account
        return account

    def account(self, email: str = "") -> Account:
        """Return the account of an address, or the only (first) one. Raises KeyError."""
        return self.accounts[email] if email else next(iter(self.accounts.values()))

    def handle(self, service: str, request: Request) -> Response:
        """Answer a request to a service; its path begins after the service's name."""
        serve = self._services.get(service)
        return serve(request) if serve else no_such_page(request)

    def _api(self, service: str, title: str, document: str, methods: dict[str, _Entry], request: Request) -> Response:
        api = conformance.api(document)
        try:
            request = _overridden(request)
            found = api.find(request.method, request.path)
            if found is None:
                return no_such_page(request)
            method, path = found
            query = api.read_query(method, request.query)
            if query.get("alt", "json") != "json":
                raise errors.invalid("Only alt=json is answered here.", "alt")
            account, project = self._caller(service, title, method, request, query)
            body = api.read_body(method, request.body)
            entry = methods.get(method.id)
            if entry is None:
                raise errors.ApiError("UNIMPLEMENTED", f"The sandbox does not play {method.id}.")  # noqa: TRY301
            call = Call(account, path, query, body)
            self._spend(call, entry.cost, project)
            answer = entry.answer(call)
        except errors.ApiError as error:
            return error.response()
        api.check_answer(method, answer)
        return _ok(answer, query)

    def _caller(
        self, service: str, title: str, method: conformance.Method, request: Request, query: dict[str, Any]
    ) -> tuple[Account, str]:
        """Return who calls, and for which project. Raises ApiError (401, 403)."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip() if kind.lower() == "bearer" else query.get("access_token", "")
        access = self.oauth.access(token)
        if access is None:
            raise errors.unauthenticated()
        name = f"{service}.googleapis.com"
        project = access.grant.client.project_number
        if service in self.behaviour.disabled_services:
            raise errors.service_disabled(title, name, project)
        if method.scopes and not method.scopes & access.scopes:
            raise errors.insufficient_scope(name, f"google.{service}.v1.{method.id}")
        return access.grant.account, project

    def _spend(self, call: Call, cost: Cost, project: str) -> None:
        if self.behaviour.quotas is None:
            return
        if is_full_sync(call):
            cost = Cost(cost.critical_reads, cost.critical_writes, cost.reads, cost.writes, full_syncs=1)
        meter = self._meters.setdefault((call.account.subject, project), Meter())
        meter.spend(cost, self.behaviour.quotas, self.clock.now(), project)


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
    if query.get("fields"):
        try:
            answer = select(answer, query["fields"])
        except errors.ApiError as error:
            return error.response()
    return Response.of_json(200, answer)
