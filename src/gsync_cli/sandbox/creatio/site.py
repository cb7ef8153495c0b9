"""One Creatio site: what answers at its address, and who has an account there."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any, Final, Literal
from urllib.parse import quote, unquote

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.batch import Batch
from gsync_cli.sandbox.creatio.dataservice import DataService
from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.creatio.identity import IdentityService
from gsync_cli.sandbox.creatio.odata import Answer, Call, OData
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.records import Records
from gsync_cli.sandbox.creatio.refusals import Refusal, body, no_set
from gsync_cli.sandbox.creatio.rights import Rights
from gsync_cli.sandbox.creatio.schema import schema
from gsync_cli.sandbox.creatio.seed import lookup_id, seed_rows
from gsync_cli.sandbox.creatio.sessions import Sessions
from gsync_cli.sandbox.creatio.settings import Settings
from gsync_cli.sandbox.creatio.tables import Tables
from gsync_cli.sandbox.creatio.users import Caller, User
from gsync_cli.sandbox.creatio.wire import new_guid
from gsync_cli.sandbox.messages import Request, Response

Runtime = Literal["framework", "net"]

LOGIN_PATH: Final = "/ServiceModel/AuthService.svc/Login"
FIRST_USER: Final = "Supervisor"
FIRST_PASSWORD: Final = "Supervisor1!"  # noqa: S105 - the sandbox's own
_NET_LONGEST_QUERY: Final = 8192
_SINCE_NET_OAUTH: Final = (8, 3, 2)
_USER_TYPE: Final = 4
_TICK: Final = timedelta(microseconds=1)


class CreatioSite:
    """A site at `base_path`, on either runtime, in any version from 7.16 to 8.3.

    Its Identity Service answers at `base_path + "-is"`. There is one user from the start, FIRST_USER with
    FIRST_PASSWORD; `runtime`, `version` and `options` may be changed while it runs, as in an upgrade.
    """

    def __init__(
        self,
        clock: VirtualClock,
        random: Random,
        *,
        base_path: str = "/creatio",
        runtime: Runtime = "framework",
        version: str = "7.17.3",
        options: Options | None = None,
    ) -> None:
        self.clock = clock
        self.base_path = base_path.rstrip("/")
        self.runtime = runtime
        self.version = version
        self.options = options or Options()
        self._random = random
        self._last_stamp: datetime | None = None
        self.tables = Tables(schema(self.options.salutations, exchange=self.options.exchange))
        self.settings = Settings(self.options)
        self.records = Records(self.tables, self.options, self._stamp, self._new_id)
        self.sessions = Sessions(self.options, self.now, self._token, self.base_path or "/")
        self.identity = IdentityService(self.now, self._token)
        self._rights = Rights(self.options, self.version_numbers)
        self._odata = OData(self.records, self.options, self._rights)
        self._batch = Batch(self.tables, self.options, random)
        self._dataservice = DataService(self.records, self.settings, self._rights)
        for table, row in seed_rows(self.options.salutations):
            self.records.store(table, row["Id"], row, None)
        self.user = self.add_user(FIRST_USER, FIRST_PASSWORD, administrator=True)
        """The first user, whose desk `desk()` is."""

    # -- time and people ------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the server's time, in UTC."""
        return self.clock.now() + timedelta(seconds=self.options.skew_seconds)

    def version_numbers(self) -> tuple[int, ...]:
        """Return the version for comparing: (8, 3, 2)."""
        return tuple(int(part) for part in self.version.split(".")[:3])

    def add_user(
        self, name: str, password: str, *, full_name: str = "", mails: Iterable[str] = (), **profile: Any
    ) -> User:
        """Make a user with a contact of its own, who has these mails; `profile` are further fields of `User`."""
        contact = self.records.insert("Contact", {"Name": full_name or name}, None)
        user = User(self._new_id(), name, password, contact["Id"], **profile)
        self.sessions.users[name.lower()] = user
        self._store_user(user)
        for mail in mails:
            self.desk(user).add_communication(user.contact_id, "mail", mail)
        return user

    def add_technical_user(self, name: str, client_id: str, client_secret: str, **profile: Any) -> User:
        """Make a user that signs in by client credentials alone; pass `has_rights=False` for one as it is born."""
        return self.add_user(name, "", client_id=client_id, client_secret=client_secret, **profile)

    def set_zone(self, user: User, windows_id: str) -> None:
        """Change the zone of a user's profile; sessions that are open keep the former one."""
        user.time_zone_id = windows_id
        self._store_user(user)

    def desk(self, user: User | None = None) -> Desk:
        """Return a user at the product's own pages."""
        return Desk(self.records, self.settings, user or self.user, self.options.salutations)

    def add_person(self, person: dict[str, Any]) -> str:
        """Make a contact with all its details from a neutral dictionary (Desk.add_person); return its id."""
        return self.desk().add_person(person)

    def _store_user(self, user: User) -> None:
        common = {
            "Name": user.name,
            "ContactId": user.contact_id,
            "Active": user.active,
            "SysAdminUnitTypeValue": _USER_TYPE,
        }
        zone_id = lookup_id("TimeZone", user.time_zone_id) if user.time_zone_id else None
        self.records.store("SysAdminUnit", user.id, {**common, "TimeZoneId": user.time_zone_id}, None)
        self.records.store("VwSysAdminUnit", user.id, {**common, "TimeZoneId": zone_id}, None)

    def _stamp(self) -> datetime:
        """Return the time of a write. No two are alike, even while the clock stands still."""
        now = self.now()
        if self.options.whole_seconds:
            return now.replace(microsecond=0)
        if self._last_stamp is not None and now <= self._last_stamp < now + timedelta(seconds=1):
            now = self._last_stamp + _TICK
        self._last_stamp = now
        return now

    def _new_id(self) -> str:
        return new_guid(self._random.getrandbits(128))

    def _token(self) -> str:
        return f"{self._random.getrandbits(256):064X}"

    # -- requests -------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer one request. Every answer carries the true time in its Date header."""
        response = self._routed(request)
        date = ("Date", format_datetime(self.now(), usegmt=True))
        return Response(response.status, response.body, (*response.headers, date))

    def _routed(self, request: Request) -> Response:
        path = unquote(request.path)
        if path.startswith(f"{self.base_path}-is/"):
            return self._identity_response(request, path.removeprefix(f"{self.base_path}-is"))
        if not path.startswith(f"{self.base_path}/"):
            return _not_found()
        rest = path.removeprefix(self.base_path)
        if rest == LOGIN_PATH:
            return self._login(request)
        if rest == f"/0{LOGIN_PATH}":
            return _unauthorized(path)
        if rest in {"/", "/Default.aspx"}:
            return self._to_login_page(request)
        return _page(200, "Log in to Creatio") if rest == self._login_page() else self._application(request, rest)

    def _identity_response(self, request: Request, path: str) -> Response:
        if self.runtime == "net" and self.version_numbers() < _SINCE_NET_OAUTH:
            return _not_found()
        return self.identity.handle(path, request, self.sessions.users.values())

    def _application(self, request: Request, rest: str) -> Response:
        framework = self.runtime == "framework"
        if framework and not rest.startswith("/0/"):
            return _not_found()
        if not framework and rest.startswith("/0/api/"):
            return _not_found()
        if not framework and rest.startswith("/0/"):
            return _response(self._refused(no_set(request.origin + request.path, "0")))
        inner = rest.removeprefix("/0") if framework else rest
        if inner == "/api/HealthCheck/Ping":
            return Response(200, b"", (("Content-Type", "text/plain"),))
        if _query_length(request) > (self.options.longest_query if framework else _NET_LONGEST_QUERY):
            return _page(404 if framework else 414, "The query string is too long.")
        bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
        return self._with_bearer(request, inner) if bearer else self._with_cookies(request, inner)

    def _with_cookies(self, request: Request, inner: str) -> Response:
        session = self.sessions.session_of(request)
        if session is None:
            return self._signed_out(request, inner)
        version = self.version_numbers()
        if not self.sessions.csrf_holds(request, session, version):
            return _page(403, "403 - Forbidden: Access is denied.")
        cookies = self.sessions.fresh_cookies(request, session, version)
        response = self._service(request, inner, Caller(session.user, session.zone))
        return Response(response.status, response.body, (*response.headers, *cookies))

    def _login(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(405, b"", (("Allow", "POST"),))
        return self.sessions.login(request, self.version_numbers())

    def _with_bearer(self, request: Request, inner: str) -> Response:
        user = self.identity.user_of(request.headers["authorization"][len("bearer ") :].strip())
        if user is None:
            refused = _unauthorized(inner)
            challenge = ("WWW-Authenticate", 'Bearer error="invalid_token"')
            return Response(refused.status, refused.body, (*refused.headers, challenge))
        return self._service(request, inner, Caller(user, self.sessions.zone_of(user)))

    def _signed_out(self, request: Request, inner: str) -> Response:
        """Answer a request of nobody, in one of the three forms (facts/creatio.md 1.4)."""
        form = self.options.expiry
        if form == "auto":
            form = "unauthorized" if request.headers.get("forceusesession", "").lower() == "true" else "redirect"
        if form == "unauthorized":
            return _unauthorized(inner)
        return self._to_login_page(request) if form == "redirect" else _page(200, "Log in to Creatio")

    def _login_page(self) -> str:
        return "/Login/NuiLogin.aspx" if self.runtime == "framework" else "/Login/Login.html"

    def _to_login_page(self, request: Request) -> Response:
        target = f"{self.base_path}{self._login_page()}?ReturnUrl={quote(request.path, safe='')}"
        return Response(
            302, b"<html><body>Object moved</body></html>", (("Location", target), ("Content-Type", "text/html"))
        )

    def _service(self, request: Request, inner: str, caller: Caller) -> Response:
        if inner == "/odata" or inner.startswith("/odata/"):
            return self._odata_response(request, inner.removeprefix("/odata").lstrip("/"), caller)
        if inner.startswith("/DataService/json/SyncReply/") and request.method == "POST":
            return self._dataservice.handle(inner.rpartition("/")[2], request.body, caller)
        services: dict[str, Callable[[Caller], dict[str, Any]]] = {}
        if self.options.user_info:
            services["/ServiceModel/UserInfoService.svc/GetCurrentUserInfo"] = _user_info
        if self.options.application_info:
            services["/ServiceModel/ApplicationInfoService.svc/GetApplicationInfo"] = self._application_info
        if inner in services and request.method == "POST":
            return Response.of_json(200, services[inner](caller))
        return _not_found()

    def _application_info(self, caller: Caller) -> dict[str, Any]:
        values = {"coreVersion": f"{self.version}.1649", "userCulture": {"displayValue": caller.user.culture}}
        return {"applicationInfo": {"sysValues": values}}

    def _odata_response(self, request: Request, path: str, caller: Caller) -> Response:
        prefix = "/0" if self.runtime == "framework" else ""
        call = Call(
            request.method,
            path,
            {name: values[-1] for name, values in request.query.items()},
            request.headers,
            request.body,
            caller,
            f"{request.origin}{self.base_path}{prefix}/odata/",
        )
        if path == "$batch":
            try:
                self._rights.require_odata(caller.user)
                answer = self._batch.handle(call, self.version_numbers(), self._answered)
            except Refusal as refusal:
                answer = self._refused(refusal)
        else:
            answer = self._answered(call)
        return _response(answer)

    def _answered(self, call: Call) -> Answer:
        try:
            return self._odata.handle(call)
        except Refusal as refusal:
            return self._refused(refusal)

    def _refused(self, refusal: Refusal) -> Answer:
        return Answer(refusal.status, body(refusal, self.version_numbers(), self.options.error_form))


def _response(answer: Answer) -> Response:
    headers = {"OData-Version": "4.0", **answer.headers}
    if answer.value is None:
        return Response(answer.status, b"", tuple(headers.items()))
    if isinstance(answer.value, str):
        return Response(answer.status, answer.value.encode(), tuple(headers.items()))
    headers["Content-Type"] = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
    text = json.dumps(answer.value, ensure_ascii=False, separators=(",", ":"))
    return Response(answer.status, text.encode(), tuple(headers.items()))


def _user_info(caller: Caller) -> dict[str, Any]:
    user = caller.user
    return {"userId": user.id, "contactId": user.contact_id, "userName": user.name, "cultureName": user.culture}


def _unauthorized(path: str) -> Response:
    if ".svc" in path:
        told = {
            "Message": "Authentication failed.",
            "StackTrace": None,
            "ExceptionType": "System.InvalidOperationException",
        }
        return Response.of_json(401, told)
    return Response.of_json(401, {"Message": "Authorization has been denied for this request."})


def _page(status: int, title: str) -> Response:
    return Response.of_html(
        status, f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    )


def _not_found() -> Response:
    return _page(404, "404 - File or directory not found.")


def _query_length(request: Request) -> int:
    """Return about how long the query string was; it comes to us taken apart."""
    pairs = ((name, value) for name, values in request.query.items() for value in values)
    return sum(len(quote(name, safe="$")) + len(quote(value, safe="$,()'/:;=")) + 2 for name, value in pairs)
