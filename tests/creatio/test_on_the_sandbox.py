"""The same client on the sandbox's Creatio, which was written by somebody else from the same facts."""

from datetime import timedelta
from random import Random
from typing import Any, Literal

import httpx2
import pytest

from gsync_cli.creatio.batch import Part
from gsync_cli.creatio.calibration import date_reading, learn_from_write
from gsync_cli.creatio.dates import DateReading
from gsync_cli.creatio.filters import of_ids
from gsync_cli.creatio.login import Account
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.creatio.values import id_of
from gsync_cli.creatio.wire import Wire
from gsync_cli.credentials import CreatioSession
from gsync_cli.errors import ActionNeeded, GsyncError, Refused, SignInNeeded
from gsync_cli.http import Http
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.site import CreatioSite as SandboxSite
from gsync_cli.sandbox.creatio.users import User
from gsync_cli.sandbox.messages import Request

Runtime = Literal["framework", "net"]
PASSWORD = 'Anna\'s "1"'


class World:
    """A site of the sandbox with Anna in it, and what was asked of it."""

    def __init__(self, *, runtime: Runtime = "framework", version: str = "7.17.3", **options: Any) -> None:
        self.clock = VirtualClock()
        self.site = SandboxSite(self.clock, Random(7), runtime=runtime, version=version, options=Options(**options))
        self.anna: User = self.site.add_user("anna", PASSWORD, full_name="Anna Berg")
        self.asked: list[str] = []

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        told = Request.of(request.method, str(request.url), dict(request.headers.items()), request.read())
        response = self.site.handle(told)
        return httpx2.Response(response.status, headers=list(response.headers), content=response.body)

    def connect(self, kept: CreatioSession | None = None, **account: Any) -> CreatioSite:
        """Return an open session, as Anna unless told otherwise."""
        http = Http(self.clock, transport=httpx2.MockTransport(self.handle))
        base = {"url": "http://127.0.0.1/creatio", "auth": "password", "name": "anna", "secret": PASSWORD}
        site = CreatioSite(Account(**{**base, **account}), Wire(http, self.clock, lambda: 0.5), kept=kept)
        site.open()
        return site

    def people(self, count: int) -> list[str]:
        """Make contacts and return their ids in the order in which the site lists them."""
        return sorted(id_of(self.site.add_person({"given": f"Person {number}"})) for number in range(count))

    @property
    def logins(self) -> int:
        return sum(path.endswith("/Login") for path in self.asked)


@pytest.mark.parametrize("runtime", ["framework", "net"])
@pytest.mark.parametrize("version", ["7.17.0", "7.18.5", "8.0.0", "8.3.2"])
def test_every_version_on_both_runtimes_is_reached(runtime: Runtime, version: str) -> None:
    world = World(runtime=runtime, version=version)
    site = world.connect()
    assert site.prefix == ("/0" if runtime == "framework" else "")
    assert site.version.startswith(version)
    assert site.user.contact_id == id_of(world.anna.contact_id)
    assert world.logins == 1
    ids = world.people(3)
    rows = list(OData(site).rows(Query("Contact", ("Id",), " or ".join(of_ids("Id", ids)))))
    assert [id_of(row["Id"]) for row in rows] == ids


def test_without_the_services_that_tell_user_and_version_the_site_is_reached_all_the_same() -> None:
    world = World(user_info=False, application_info=False)
    assert world.connect().user.contact_id == id_of(world.anna.contact_id)


@pytest.mark.parametrize("runtime", ["framework", "net"])
@pytest.mark.parametrize("expiry", ["auto", "unauthorized", "redirect", "page"])
def test_a_session_that_ended_between_runs_costs_one_login(runtime: Runtime, expiry: str) -> None:
    world = World(runtime=runtime, expiry=expiry, session_minutes=20)
    kept = world.connect().session()
    world.clock.sleep(3600)
    world.asked.clear()
    site = world.connect(kept)
    answers = OData(site).batch([Part("POST", "Contact", {"Name": "Late"})])
    assert answers[0].status == 201
    assert world.logins == 1
    assert len(world.asked) == 3


@pytest.mark.parametrize("version", ["7.17.3", "8.3.2"])
def test_renewed_cookies_keep_a_long_run_signed_in(version: str) -> None:
    world = World(version=version, session_minutes=20, old_ticket_dies=True, old_cookie_names=False)
    site = world.connect()
    for _ in range(10):
        world.clock.sleep(15 * 60)
        assert OData(site).batch([Part("POST", "Contact", {"Name": "Again"})])[0].ok
    assert world.logins == 1


@pytest.mark.parametrize("login_refusal", [200, 401])
def test_a_wrong_password_counts_once_with_the_lockout(login_refusal: int) -> None:
    world = World(login_refusal=login_refusal)
    kept = None
    for _ in range(4):
        http = Http(world.clock, transport=httpx2.MockTransport(world.handle))
        account = Account(url="http://127.0.0.1/creatio", auth="password", name="anna", secret="wrong")
        saved: list[CreatioSession] = []
        site = CreatioSite(account, Wire(http, world.clock, lambda: 0.5), kept=kept, keep=saved.append)
        with pytest.raises(SignInNeeded):
            site.open()
        kept = saved[-1] if saved else kept
    assert world.logins == 1
    assert world.anna.failures == 1


@pytest.mark.parametrize(
    ("trait", "kind", "code"),
    [
        ({"licensed": False}, Refused, "creatio-no-licence"),
        ({"licensed": False, "manages_licences": True}, Refused, "creatio-no-licence"),
        ({"password_expired": True}, ActionNeeded, "creatio-password-expired"),
        ({"second_factor": "123456"}, SignInNeeded, "creatio-second-factor"),
        ({"active": False}, SignInNeeded, "creatio-password-wrong"),
    ],
)
def test_users_who_cant_sign_in_are_told_why(trait: dict[str, Any], kind: type[GsyncError], code: str) -> None:
    world = World()
    for name, value in trait.items():
        setattr(world.anna, name, value)
    with pytest.raises(kind, match=code):
        world.connect()
    assert world.logins == 1


@pytest.mark.parametrize("version", ["7.17.3", "8.3.2"])
def test_a_missing_right_to_the_data_service_is_said(version: str) -> None:
    world = World(odata_right=False, version=version)
    with pytest.raises(Refused, match="creatio-right-missing"):
        world.connect()
    with pytest.raises(Refused):
        list(OData(world.connect(runtime="framework")).rows(Query("Contact", ("Id",))))


@pytest.mark.parametrize("version", ["7.18.0", "8.3.2"])
def test_an_oauth_application_acts_for_the_named_user(version: str) -> None:
    world = World(version=version)
    world.site.add_technical_user("robot", "client", "secret")
    account: dict[str, Any] = {
        "auth": "oauth", "name": "client", "secret": "secret", "user": "anna",
        "identity_url": "http://127.0.0.1/creatio-is",
    }  # fmt: skip
    site = world.connect(**account)
    assert site.user.contact_id == id_of(world.anna.contact_id)
    assert world.logins == 0
    world.site.identity.end_all()
    assert OData(site).batch([Part("POST", "Contact", {"Name": "By robot"})])[0].ok
    with pytest.raises(SignInNeeded, match="creatio-client-refused"):
        world.connect(**{**account, "secret": "other"})


@pytest.mark.parametrize("next_links", [True, False])
@pytest.mark.parametrize("max_rows", [7, 100, 20_000])
def test_paging_finds_every_row_however_replies_are_cut(max_rows: int, *, next_links: bool) -> None:
    world = World(max_rows=max_rows, next_links=next_links)
    ids = world.people(60)
    found = [id_of(row["Id"]) for row in OData(world.connect()).rows(Query("Contact", ("Id",)), page_size=25)]
    assert len(found) == len(set(found))
    assert set(ids) <= set(found)


def test_too_little_memory_is_met_by_smaller_pages() -> None:
    world = World(memory_rows=20)
    ids = world.people(60)
    reader = OData(world.connect())
    queries = [Query("Contact", ("Id",)), Query("ContactTag", ("Id",))]
    assert set(ids) <= {id_of(row["Id"]) for row in reader.read_many(queries, page_size=50)[0]}


@pytest.mark.parametrize("batch", ["json", "writes-only", "refused"])
def test_details_of_many_contacts_are_read_whatever_batches_take(batch: str) -> None:
    world = World(batch=batch, batch_shuffled=True)
    ids = [id_of(world.site.add_person({"given": "P", "mails": [f"p{n}@example.com"]})) for n in range(60)]
    reader = OData(world.connect())
    world.asked.clear()
    columns = ("Id", "Number", "ContactId")
    queries = [Query("ContactCommunication", columns, chain) for chain in of_ids("Contact/Id", ids)]
    found = [row for rows in reader.read_many(queries) for row in rows]
    assert {id_of(row["ContactId"]) for row in found} == set(ids)
    assert len(world.asked) == (1 if batch == "json" else 1 + len(queries))
    world.asked.clear()
    reader.read_many(queries)
    assert len(world.asked) == (1 if batch == "json" else len(queries))


@pytest.mark.parametrize("error_form", ["odata", "webapi", "lang"])
def test_one_bad_write_fails_alone_and_says_why(error_form: str) -> None:
    world = World(error_form=error_form)
    writer = OData(world.connect())
    parts = [Part("POST", "Contact", {"Name": name}) for name in ("Good", "x" * 300, "Also good")]
    answers = writer.batch(parts)
    assert [answer.ok for answer in answers] == [True, False, True]
    assert answers[1].message not in ("", "HTTP 500")


@pytest.mark.parametrize("system_tables", [True, False])
@pytest.mark.parametrize(
    ("dates", "zone", "reading"),
    [
        ("utc", "W. Europe Standard Time", DateReading("utc")),
        ("user-zone", "W. Europe Standard Time", DateReading("user-zone", "Europe/Berlin")),
        ("utc", "UTC", DateReading("utc")),
        ("user-zone", "UTC", DateReading("utc")),
    ],
)
def test_the_zone_of_dates_is_found_out(dates: str, zone: str, reading: DateReading, *, system_tables: bool) -> None:
    world = World(dates=dates, system_tables=system_tables)
    world.site.set_zone(world.anna, zone)
    site = world.connect()
    unknown = not system_tables and (dates == "user-zone" or zone == "UTC")
    assert date_reading(site) == (DateReading("unknown") if unknown else reading)


def test_a_write_tells_the_shift_where_nothing_else_does() -> None:
    world = World(dates="user-zone", system_tables=False)
    world.site.set_zone(world.anna, "W. Europe Standard Time")
    site = world.connect()
    writer = OData(site)
    made = writer.batch([Part("POST", "Contact", {"Name": "New"})])[0].body["Id"]
    row = next(writer.rows(Query("Contact", ("Id", "ModifiedOn"), f"Id eq {made}")))
    truly = world.clock.now()
    assert learn_from_write(site, row["ModifiedOn"]) == DateReading("user-zone", "+01:00")
    moment = date_reading(site).moment(row["ModifiedOn"])
    assert moment is not None
    assert abs(moment - truly) < timedelta(seconds=1)
