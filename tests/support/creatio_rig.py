"""The Creatio store on the sandbox's site in process, with what a test wants to know beside it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from gsync_cli.contacts.creatio_store import Choices, CreatioContacts
from gsync_cli.creatio.dates import DateReading
from gsync_cli.creatio.login import Account
from gsync_cli.creatio.odata import OData
from gsync_cli.creatio.session import CreatioSite as Session
from gsync_cli.creatio.wire import Wire
from gsync_cli.http import Http
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.site import FIRST_PASSWORD, FIRST_USER, CreatioSite
from gsync_cli.sandbox.messages import Request
from gsync_cli.sync.record import Changes, Create, Fields, Outcome, Record, Update, Write

TAG = "Google"


@dataclass
class Rig(httpx2.BaseTransport):
    """A site, a person at it (`desk`), and the store under test."""

    site: CreatioSite
    clock: VirtualClock
    desk: Desk
    tag: str
    requests: list[Request] = field(default_factory=list)
    before: Callable[[Request], None] = lambda _: None
    after: Callable[[Request], None] = lambda _: None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        inner = Request.of(request.method, str(request.url), dict(request.headers.items()), request.read())
        self.requests.append(inner)
        self.before(inner)
        answer = self.site.handle(inner)
        self.after(inner)
        return httpx2.Response(answer.status, headers=list(answer.headers), content=answer.body, request=request)

    def session(self) -> Session:
        account = Account("http://crm.example/creatio", "password", FIRST_USER, FIRST_PASSWORD)
        session = Session(account, Wire(Http(self.clock, transport=self), self.clock, lambda: 0.0))
        session.open()
        return session

    def store(self, reading: str = "utc", **choices: Any) -> CreatioContacts:
        store = CreatioContacts(OData(self.session()), DateReading.of(reading), Choices(**{"tag": TAG, **choices}))
        self.requests.clear()
        return store

    def person(self, *, tagged: bool = True, **person: Any) -> str:
        contact = self.site.add_person(person)
        if tagged:
            self.desk.tag(contact, self.tag)
        return contact

    @contextmanager
    def counting(self) -> Iterator[list[Request]]:
        """Collect the requests of a block."""
        start = len(self.requests)
        seen: list[Request] = []
        yield seen
        seen += self.requests[start:]

    def lose_answers(self, times: int = 1, *, carried_out: bool = True) -> None:
        """Let the answers to the next batches of writes be lost: after the site carried them out, or before."""
        left = times

        def lose(request: Request) -> None:
            nonlocal left
            if left and writes(request):
                left -= 1
                raise httpx2.ReadTimeout("lost")

        if carried_out:
            self.after = lose
        else:
            self.before = lose


def rig(**options: Any) -> Rig:
    """Return a site with the private tag TAG and nobody in it."""
    clock = VirtualClock()
    site = CreatioSite(clock, Random(7), options=Options(**{"session_minutes": 1e9, **options}))
    desk = site.desk()
    return Rig(site, clock, desk, desk.create_tag(TAG))


def parts(request: Request) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the writes of a batch: method, set, body."""
    return [
        (part["method"], part["url"].partition("(")[0], part.get("body", {}))
        for part in request.json()["requests"]
        if part["method"] != "GET"
    ]


def writes(request: Request) -> bool:
    """Tell whether a request is a batch with something else than reads in it."""
    return "$batch" in request.path and any(part["method"] != "GET" for part in request.json()["requests"])


def apply_all(store: CreatioContacts, *given: Write) -> list[Outcome]:
    """Carry out writes of one type as the engine does."""
    return [outcome for batch in store.batches(given) for outcome in store.apply(batch)]


def create(store: CreatioContacts, fields: Fields, twin: str = "people/c1") -> Outcome:
    return apply_all(store, Create(twin, fields, "somebody"))[0]


def update(store: CreatioContacts, record: Record, fields: Fields, *, join: bool = False) -> Outcome:
    return apply_all(store, Update(record, fields, "people/c1", join))[0]


def known(changes: Changes) -> Mapping[str, str]:
    return {identity: record.version for identity, record in changes.records.items()}
