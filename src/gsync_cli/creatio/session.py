"""A session at a Creatio site: it signs in when needed, and once more where the session has ended on the way.

It is kept between runs in `credentials.toml`, with what was found out about the site, so that most runs sign in not at
all (facts/creatio.md 1.3 tells of clients that opened 13 sessions a run).
"""

import json as json_text
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from gsync_cli.config import Settings
from gsync_cli.creatio import cookies, login
from gsync_cli.creatio.errors import is_page, message_in, session_ended
from gsync_cli.creatio.identity import User, version_of, who
from gsync_cli.creatio.login import Account, Token
from gsync_cli.creatio.runtime import PREFIXES, detect
from gsync_cli.creatio.wire import Wire, refuse_redirect
from gsync_cli.credentials import CreatioSession, Credentials
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused, SignInNeeded
from gsync_cli.http import Http
from gsync_cli.profiles import Profile

if TYPE_CHECKING:
    import httpx2

    from gsync_cli.clock import Clock

_RUNTIME: Final = "runtime"
_USER: Final = "user"
_PASSWORD: Final = "password"  # noqa: S105  the name of a fact
_REFUSED: Final = "refused"


def open_session(
    profile: Profile, settings: Settings, http: Http, clock: "Clock", jitter: Callable[[], float]
) -> "CreatioSite":
    """Open the profile's Creatio: with the kept session where there is one, without a request; else by signing in.

    Use it in a `with` block: leaving it keeps the session for the next run. Raises ConfigurationWrong, SignInNeeded,
    ActionNeeded, Refused and Temporary with the codes of `login`, `runtime` and `identity`.
    """
    stored = Credentials.load(profile)
    account = login.account_of(settings, login.stored_login(stored))

    def keep(session: CreatioSession) -> None:
        # Somebody else's part of the file may have changed since it was read.
        replace(Credentials.load(profile), session=session).save(profile)

    site = CreatioSite(account, Wire(http, clock, jitter), kept=stored.session, keep=keep)
    site.open()
    return site


class CreatioSite:
    """One Creatio site, as one user. `url` has no trailing slash; `prefix` is "/0" or ""."""

    def __init__(
        self,
        account: Account,
        wire: Wire,
        *,
        kept: CreatioSession | None = None,
        keep: Callable[[CreatioSession], None] = lambda _: None,
    ) -> None:
        if kept is not None and (kept.url, kept.username) != (account.url, account.name):
            kept = None
        self.account = account
        self.wire = wire
        self.url = account.url
        self.prefix = kept.prefix if kept else ""
        self.version = kept.version if kept else ""
        self.user = User(kept.user_id, kept.contact_id, kept.user_name) if kept else User("", "", "")
        self.facts: dict[str, str] = dict(kept.facts) if kept else {}
        """What was found out about the site and is worth keeping."""
        self.warnings: list[GsyncError] = []
        """What should be said, although the run goes on."""
        self.server_time: datetime | None = None
        """The true time of the latest answer, from its Date header (facts/creatio.md 2.4); None where it had none."""
        self.logins = 0
        """How often this object has signed in."""
        self._cookies = dict(kept.cookies) if kept else {}
        self._token = Token(kept.bearer, kept.bearer_expires_at) if kept and kept.bearer_expires_at else None
        self._keep = keep
        self._kept = kept
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.save()

    @property
    def reused(self) -> bool:
        """Whether the session of an earlier run was still good."""
        return self.logins == 0

    def open(self) -> None:
        """Sign in unless a session is at hand, and find out about the site what is not known yet."""
        if self.account.runtime != "auto":
            self.facts[_RUNTIME] = self.account.runtime
            self.prefix = PREFIXES[self.account.runtime]
        if not self._signed_in() or _RUNTIME not in self.facts:
            self._sign_in(self.logins)
        if _RUNTIME not in self.facts:
            self.facts[_RUNTIME] = detect(self)
            self.prefix = PREFIXES[self.facts[_RUNTIME]]
        if not self.user.contact_id or self.facts.get(_USER, "") != self.account.user:
            self.user = who(self, self.account.user)
            self.facts[_USER] = self.account.user
        if self.account.version != "auto":
            self.version = self.account.version
        elif not self.version:
            self.version = version_of(self)
        self.save()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        only_gateways: bool = False,
    ) -> "httpx2.Response":
        """Send a request to `path` below the prefix (`odata/Contact`, percent-encoded) and return its answer.

        A GET is `repeatable` unless told otherwise; see `Wire.send`. An ended session is renewed once and the request
        repeated once. Any status comes back as it is, but for redirects and for a session refused right after signing
        in: Refused("creatio-access-denied"), ConfigurationWrong("creatio-not-creatio" and those of refuse_redirect).
        """
        url = f"{self.url}{self.prefix}/{path}"
        repeat = method == "GET" if repeatable is None else repeatable

        def send() -> "httpx2.Response":
            return self._exchange(method, url, json, headers or {}, repeatable=repeat, only_gateways=only_gateways)

        seen = self.logins
        response = send()
        if session_ended(response):
            self._sign_in(seen)
            response = send()
            if session_ended(response):
                raise self._still_out(response, url)
        refuse_redirect(response, url, self.url)
        return response

    def probe(self, path: str) -> "httpx2.Response":
        """GET a path below the site's root, once, without signing in again; any answer is an answer."""
        return self._exchange("GET", f"{self.url}/{path}", None, {}, repeatable=True, only_gateways=True)

    def forget_runtime(self) -> None:
        """Find out anew, next time, where the services of the site lie."""
        self.facts.pop(_RUNTIME, None)
        self.save()

    def session(self) -> CreatioSession:
        """Return what is kept between runs."""
        return CreatioSession(
            url=self.url,
            username=self.account.name,
            prefix=self.prefix,
            cookies=dict(self._cookies),
            bearer=self._token.value if self._token else "",
            bearer_expires_at=self._token.ends_at if self._token else None,
            version=self.version,
            user_id=self.user.user_id,
            contact_id=self.user.contact_id,
            user_name=self.user.name,
            facts=dict(self.facts),
        )

    def save(self) -> None:
        """Keep the session for the next run where it differs from what is kept. Raises as Credentials.save."""
        session = self.session()
        if session != self._kept:
            self._keep(session)
            self._kept = session

    def _signed_in(self) -> bool:
        if self.account.auth == "oauth":
            return self._token is not None and self._token.ends_at > self.wire.clock.now()
        return bool(self._cookies)

    def _sign_in(self, seen: int) -> None:
        """Sign in, unless somebody else has done so since `logins` was `seen`."""
        with self._lock:
            if self.logins != seen:
                return
            if self.account.auth == "oauth":
                self._token = login.fetch_token(self.account, self.wire)
            else:
                self._log_in()
            self.logins += 1
            self.save()

    def _log_in(self) -> None:
        account = self.account
        if self.facts.get(_PASSWORD) == _REFUSED:
            raise SignInNeeded("creatio-password-refused-before", user=account.name, url=account.url)
        if not account.secret:
            raise SignInNeeded("creatio-password-missing", user=account.name, url=account.url)
        self._cookies = {}
        try:
            response, warnings = login.log_in(account, self.wire)
        except SignInNeeded:
            # The next failure may be the one that locks the account: no later run sends this password again.
            self.facts[_PASSWORD] = _REFUSED
            self.save()
            raise
        self.warnings += warnings
        self._take_in(response)

    def _exchange(
        self,
        method: str,
        url: str,
        json: object,
        headers: Mapping[str, str],
        *,
        repeatable: bool,
        only_gateways: bool,
    ) -> "httpx2.Response":
        if self.account.auth == "oauth" and not self._signed_in():
            self._sign_in(self.logins)
        body = None if json is None else json_text.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
        everything = {"Accept": "application/json", "ForceUseSession": "true", **self._proof(), **headers}
        if body is not None:
            everything["Content-Type"] = "application/json; charset=utf-8"
        response = self.wire.send(
            method, url, headers=everything, body=body, repeatable=repeatable, only_gateways=only_gateways
        )
        self._take_in(response)
        return response

    def _proof(self) -> dict[str, str]:
        if self.account.auth == "oauth":
            return {"Authorization": f"Bearer {self._token.value}"} if self._token else {}
        return {**cookies.cookie_header(self._cookies), **cookies.csrf_header(self._cookies)}

    def _take_in(self, response: "httpx2.Response") -> None:
        """Note the site's time and its cookies, whose ends are told by that time and not by this machine's."""
        try:
            told = parsedate_to_datetime(response.headers["date"])
            self.server_time = told if told.tzinfo else told.replace(tzinfo=UTC)
        except (KeyError, ValueError):
            self.server_time = None
        if self.account.auth != "oauth":
            now = self.server_time or self.wire.clock.now()
            self._cookies = cookies.updated(self._cookies, response.headers.get_list("set-cookie"), now)

    def _still_out(self, response: "httpx2.Response", url: str) -> GsyncError:
        """Say what it means that a session made a moment ago is refused."""
        # Perhaps its services have moved since their place was found out.
        self.forget_runtime()
        if is_page(response) and response.is_success:
            return ConfigurationWrong("creatio-not-creatio", url=url, status=response.status_code)
        return Refused("creatio-access-denied", user=self.account.name, url=url, message=message_in(response))
