"""Deleting the account (row D1): each part for itself, whatever fails or dies, and nothing else touched anywhere."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gsync_cli import files
from gsync_cli.both_sides import Wishes
from gsync_cli.config import Settings
from gsync_cli.creatio.wellknown import GOOGLE
from gsync_cli.credentials import AccountDeletion, Credentials
from gsync_cli.errors import ActionNeeded, SignInNeeded, StoppedForSafety, Temporary
from gsync_cli.google.signin import _check_deletion, _Person
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.account_deletion import Deleted, Found, Means, delete, find
from gsync_cli.provisioning.social_account import Owner, SocialAccount, choose
from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.creatio.ids import COMMUNICATION_TYPES
from gsync_cli.sandbox.creatio.tables import Row
from gsync_cli.sandbox.faults import What
from gsync_cli.sandbox.messages import Request
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox
from gsync_cli.sync.link import Half, Link
from gsync_cli.sync.lock import held
from gsync_cli.sync.report import Report
from gsync_cli.sync.state import Identity, State
from tests.support.contact_sync import sync_contacts

EMAIL = furnish.EMAIL
GOING = ("SocialAccount", "ContactCorrespondence", "ActivityCorrespondence")
ADA = {"given": "Ada", "family": "Lovelace", "mails": ["ada@engines.example"], "phones": [("work", "+4930123456")]}
GRACE = {
    "names": [{"givenName": "Grace", "familyName": "Hopper"}],
    "emailAddresses": [{"value": "grace@navy.example"}],
}


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Town:
    """Both services, with a profile that is signed in, and what passes between them."""

    sandbox: Sandbox
    profile: Profile
    before: Callable[[Request], None] = lambda _: None
    after: Callable[[Request], None] = lambda _: None
    sent: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = self.sandbox.creatio.desk()
        self.account = self.sandbox.google.account(EMAIL)
        self.sign_in()

    def sign_in(self) -> None:
        write_profile(self.profile.folder, "http://127.0.0.1:1", self.sandbox)

    def means(self, **flags: object) -> Means:
        def note(request: Request) -> None:
            self.before(request)
            self.sent.append(request)

        transport = SandboxTransport(self.sandbox, before=note, after=self.after)
        settings = Settings.load(self.profile, {}, flags)
        clock = self.sandbox.clock
        return Means(self.profile, settings, Http(clock, transport=transport), clock, Random(1).random)

    def delete(self, *, keep_links: bool = False, means: Means | None = None) -> Deleted:
        found = find(self.profile)
        assert found is not None
        return delete(found, means or self.means(), keep_links=keep_links)

    def sync(self) -> Report:
        means = self.means()
        return sync_contacts(means.profile, means.settings, means.http, means.clock, means.jitter, Wishes())

    def stored(self) -> Credentials:
        return Credentials.load(self.profile)

    def links(self) -> int:
        state = State.peek(self.profile.state_file)
        if state is None:
            return 0
        with closing(state):
            return state.linked()

    def lives(self) -> bool:
        """Whether the grant at Google is alive."""
        registry = self.sandbox.google.oauth.registry
        return any(not grant.revoked for grant in registry._grants.values())

    def rest(self) -> dict[str, Any]:
        """Return all there is on both sides, but for the tables that hold accounts."""
        tables = self.sandbox.creatio.records.tables.schema
        creatio = {name: self.desk.rows(name) for name in tables if name not in GOING}
        return {**creatio, "google": self.account.contacts(), "groups": self.account.groups()}

    def accounts(self) -> list[str]:
        return sorted(row["Login"] for row in self.desk.rows("SocialAccount"))

    def holding(self) -> list[Row]:
        return [row for table in GOING[1:] for row in self.desk.rows(table)]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return make_town(tmp_path)


def make_town(folder: Path) -> Town:
    sandbox = Sandbox()
    furnish.register(sandbox)
    sandbox.creatio.desk().create_tag(furnish.TAG)
    town = Town(sandbox, Profile("default", folder / "gsync"))
    town.desk.add_person({**ADA, "tags": [furnish.TAG]})
    town.account.add_group("Creatio")
    town.account.add(GRACE, "Creatio")
    return town


def add_name_only(town: Town) -> None:
    """Add people on both sides who could not be recognised by mail or phone."""
    town.desk.add_person({"given": "Nameonly", "family": "Person", "tags": [furnish.TAG]})
    town.account.add({"names": [{"givenName": "Only", "familyName": "Named"}]}, "Creatio")


def outcomes(done: Deleted) -> dict[str, tuple[str, str]]:
    return {part.name: (part.outcome, part.why) for part in done.parts}


def is_gone(town: Town) -> bool:
    stored = town.stored()
    return (stored.grant, stored.deletion, town.lives(), EMAIL in town.accounts()) == (None, None, False, False)


# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_account_goes_in_creatio_at_google_and_here_and_nothing_else_does(town: Town) -> None:
    town.sync()
    own = town.desk.connect_google_account(EMAIL, correspondence=3, activities=2)
    before = town.rest()
    done = town.delete()
    assert outcomes(done) == {
        "creatio": ("done", "removed"),
        "google": ("done", "revoked"),
        "local": ("done", "links-forgotten"),
    }
    assert (done.finished, done.links_forgotten, done.kept_links) == (True, 2, False)
    assert is_gone(town)
    assert own not in {row["Id"] for row in town.desk.rows("SocialAccount")}
    assert town.rest() == before
    assert town.links() == 0


def test_the_sign_that_gsync_left_for_colleagues_goes_and_no_other_communication(town: Town) -> None:
    from gsync_cli.creatio.calendar_sign import leave_sign
    from gsync_cli.creatio.odata import OData
    from gsync_cli.creatio.session import open_session

    means = town.means()
    before = town.desk.rows("ContactCommunication")
    with open_session(means.profile, means.settings, means.http, means.clock, means.jitter) as site:
        assert leave_sign(OData(site), site.user.contact_id, EMAIL)
        assert not leave_sign(OData(site), site.user.contact_id, EMAIL)
    (sign,) = (row for row in town.desk.rows("ContactCommunication") if row not in before)
    assert (sign["Number"], sign["CommunicationTypeId"]) == (EMAIL, GOOGLE)
    assert town.delete().finished
    assert town.desk.rows("ContactCommunication") == before


def test_clients_connection_and_journal_stay(town: Town) -> None:
    town.sync()
    before = town.stored()
    town.delete()
    after = town.stored()
    assert (after.installed, after.web, after.creatio) == (before.installed, before.web, before.creatio)
    assert after.session is not None
    state = State.open(town.profile.state_file)
    with closing(state):
        assert len(state.journal.runs()) == 1


def test_tokens_are_never_read_out_of_creatio(town: Town) -> None:
    town.desk.connect_google_account(EMAIL, correspondence=1)
    town.delete()
    asked = [request for request in town.sent if "SocialAccount" in str(request)]
    assert asked
    for secret in ("AccessToken", "AccessSecretToken", "ConsumerKey"):
        assert not [request for request in asked if secret in str(request)]


def test_a_synchronisation_afterwards_finds_no_account(town: Town) -> None:
    town.delete()
    with pytest.raises(SignInNeeded) as caught:
        town.sync()
    assert caught.value.code == "google-not-signed-in"


def test_where_there_is_no_account_none_is_found(town: Town) -> None:
    town.delete()
    assert find(town.profile) is None
    Credentials().save(town.profile)
    assert find(town.profile) is None


def test_links_can_be_kept_and_belong_to_that_account_still(town: Town) -> None:
    town.sync()
    done = town.delete(keep_links=True)
    assert outcomes(done)["local"] == ("done", "links-kept")
    assert (done.links_forgotten, done.kept_links, town.links()) == (0, True, 2)
    town.sign_in()
    assert town.sync().linked == 0, "nobody had to be recognised"


def test_links_that_were_kept_can_be_forgotten_later(town: Town) -> None:
    town.sync()
    town.delete(keep_links=True)
    found = find(town.profile)
    assert found is not None
    assert (found.email, found.links, found.only_memory) == (EMAIL, 2, True)
    done = town.delete()
    assert outcomes(done) == {
        "creatio": ("nothing", "not-in-creatio"),
        "google": ("nothing", "nothing-to-revoke"),
        "local": ("done", "links-forgotten"),
    }
    assert find(town.profile) is None


def test_nothing_runs_meanwhile(town: Town) -> None:
    with held(town.profile.lock_file, town.sandbox.clock), pytest.raises(Temporary) as caught:
        town.delete()
    assert caught.value.code == "run-in-progress"
    assert town.stored().grant is not None


def test_another_account_than_the_one_agreed_on_is_not_deleted(town: Town) -> None:
    with pytest.raises(StoppedForSafety) as caught:
        delete(Found("somebody@else.example", "1", 0), town.means())
    assert caught.value.code == "account-changed"
    assert town.stored().grant is not None
    assert town.lives()


# ── in Creatio ───────────────────────────────────────────────────────────────────────────────────────────────


def test_accounts_of_others_other_networks_and_other_addresses_stay(town: Town) -> None:
    town.desk.connect_google_account(EMAIL)
    town.desk.connect_google_account("second@elsewhere.example", correspondence=1)
    colleague = town.sandbox.creatio.desk(town.sandbox.creatio.add_user("bob", "Password1!"))
    colleague.connect_google_account(EMAIL, correspondence=2)
    facebook = town.desk.connect_google_account("anna.on.facebook")
    row = next(row for row in town.desk.rows("SocialAccount") if row["Id"] == facebook)
    records = town.sandbox.creatio.records
    records.tables.put("SocialAccount", {**row, "Login": EMAIL, "TypeId": COMMUNICATION_TYPES["facebook"]})
    done = town.delete()
    (part,) = [part for part in done.parts if part.name == "creatio"]
    assert part.facts["others"] == ("second@elsewhere.example",)
    assert town.accounts() == sorted(["second@elsewhere.example", EMAIL, EMAIL])
    assert facebook in {row["Id"] for row in town.desk.rows("SocialAccount")}
    assert len(colleague.google_accounts()) == 1
    assert len(town.holding()) == 3


def test_correspondence_goes_only_where_it_holds_the_account(town: Town) -> None:
    town.sandbox.creatio.options.correspondence_holds = False
    town.desk.connect_google_account(EMAIL, correspondence=2)
    town.delete()
    assert town.accounts() == []
    assert len(town.holding()) == 2


@pytest.mark.parametrize("closed", [set(), {"SocialAccount"}])
def test_an_account_that_is_held_is_tried_once_before_the_rows_that_hold_it_go(town: Town, closed: set[str]) -> None:
    town.sandbox.creatio.options.odata_closed = closed
    town.desk.connect_google_account(EMAIL, correspondence=2)
    assert outcomes(town.delete())["creatio"] == ("done", "removed")

    def deletes(request: Request) -> bool:
        by_odata = request.method == "DELETE" and "SocialAccount" in request.path
        return by_odata or (request.path.endswith("DeleteQuery") and b"SocialAccount" in request.body)

    assert len([request for request in town.sent if deletes(request)]) == 2


def test_many_correspondence_rows_go_in_few_requests(town: Town) -> None:
    town.desk.connect_google_account(EMAIL, correspondence=250)
    before = town.rest()
    done = town.delete()
    assert done.parts[0].facts["correspondence"] == 250
    assert town.holding() == []
    assert town.rest() == before
    assert len(town.sent) < 40


@pytest.mark.parametrize("batch", ["writes-only", "refused"])
def test_it_goes_without_batches(town: Town, batch: Any) -> None:
    town.sandbox.creatio.options.batch = batch
    town.desk.connect_google_account(EMAIL, correspondence=2, activities=1)
    assert town.delete().finished
    assert is_gone(town)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_where_odata_hides_the_table_the_other_service_is_asked(town: Town, status: Any) -> None:
    options = town.sandbox.creatio.options
    options.odata_closed, options.closed_status = {"SocialAccount"}, status
    town.desk.connect_google_account(EMAIL, correspondence=1)
    assert outcomes(town.delete())["creatio"] == ("done", "removed")
    assert is_gone(town)


def test_where_paths_through_users_are_refused_the_rows_are_told_apart_here(town: Town) -> None:
    town.desk.connect_google_account(EMAIL)
    colleague = town.sandbox.creatio.desk(town.sandbox.creatio.add_user("bob", "Password1!"))
    colleague.connect_google_account(EMAIL)
    refused = 0

    def refuse(request: Request) -> None:
        nonlocal refused
        if "User/Id" in str(request.query) or (b"SelectQuery" in request.body and b"User" in request.body):
            refused += 1
            town.sandbox.faults.add("500", service="creatio")

    town.before = refuse
    done = town.delete()
    assert refused
    assert outcomes(done)["creatio"] == ("done", "removed"), done.parts[0].error
    assert len(colleague.google_accounts()) == 1


def test_a_build_that_lacks_a_column_is_asked_without_it(town: Town) -> None:
    town.desk.connect_google_account(EMAIL)
    del town.sandbox.creatio.records.tables.schema["SocialAccount"].columns["SocialId"]
    assert outcomes(town.delete())["creatio"] == ("done", "removed")
    assert is_gone(town)


def test_a_site_without_such_accounts_has_nothing_to_remove(town: Town) -> None:
    tables = town.sandbox.creatio.records.tables
    for name in GOING:
        del tables.schema[name]
    done = town.delete()
    assert outcomes(done)["creatio"] == ("nothing", "no-such-table")
    assert done.finished


def test_a_site_that_may_not_be_changed_is_told_and_the_rest_is_done(town: Town) -> None:
    town.desk.connect_google_account(EMAIL)
    town.sandbox.creatio.options.denied.add(("write", "SocialAccount"))
    before = town.rest()
    done = town.delete()
    error = done.parts[0].error
    assert error is not None
    assert (error.code, error.facts["account"]) == ("creatio-account-stays", EMAIL)
    assert outcomes(done)["google"] == ("done", "revoked")
    assert town.rest() == before
    assert find(town.profile) == Found(EMAIL, town.account.subject, 0, unfinished=True)
    town.sandbox.creatio.options.denied.clear()
    again = town.delete()
    assert outcomes(again) == {
        "creatio": ("done", "removed"),
        "google": ("nothing", "nothing-to-revoke"),
        "local": ("nothing", "no-links"),
    }
    assert is_gone(town)


def test_a_table_that_may_not_be_read_is_a_failure_and_no_absence(town: Town) -> None:
    town.desk.connect_google_account(EMAIL)
    town.sandbox.creatio.options.denied.add(("read", "SocialAccount"))
    done = town.delete()
    assert outcomes(done)["creatio"][0] == "failed"
    assert not done.finished


def test_where_no_site_is_connected_there_is_nothing_to_remove(town: Town) -> None:
    town.profile.config_file.unlink()
    done = town.delete(means=town.means(**{"google.endpoints.oauth2": "http://127.0.0.1:1/google/oauth2"}))
    assert outcomes(done)["creatio"] == ("nothing", "creatio-not-connected")
    assert done.finished


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ((("ANNA.Keller@nordlicht.example",),), [0]),
        ((("Anna Keller", "1234567"),), [0]),
        ((("Anna Keller",), ("1234567",)), []),
        ((("other@x.example",),), []),
        ((("Anna", "anna.keller@nordlicht.example"), ("Anna",)), [0]),
        ((("Anna", "108"), ("other@x.example",)), [0]),
        ((), []),
    ],
)
def test_only_what_is_surely_this_account_is_chosen(names: tuple[tuple[str, ...], ...], chosen: list[int]) -> None:
    accounts = [SocialAccount(str(number), told) for number, told in enumerate(names)]
    own, others = choose(accounts, Owner(EMAIL, "108"))
    assert [int(account.id) for account in own] == chosen
    assert len(own) + len(others) == len(accounts)


# ── at Google ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_grant_that_ended_before_is_no_failure(town: Town) -> None:
    town.sandbox.google.oauth.registry.revoke_account(town.account)
    done = town.delete()
    assert outcomes(done)["google"] == ("done", "ended-before")
    assert done.finished


def test_without_a_refresh_token_the_access_token_is_revoked(town: Town) -> None:
    grant = town.stored().grant
    assert grant is not None
    replace(town.stored(), grant=replace(grant, refresh_token="")).save(town.profile)
    assert outcomes(town.delete())["google"] == ("done", "revoked")
    assert not town.lives()


def test_the_token_travels_in_the_body_alone(town: Town) -> None:
    grant = town.stored().grant
    assert grant is not None
    town.delete()
    (request,) = [request for request in town.sent if request.path.endswith("/revoke")]
    assert grant.refresh_token not in str(request.query)
    assert request.form() == {"token": grant.refresh_token}


@pytest.mark.parametrize("what", ["500", "connect", "timeout", "html", "half-json", "401"])
def test_what_google_does_not_confirm_is_kept_for_the_next_time(town: Town, what: What) -> None:
    town.sandbox.faults.add(what, service="oauth2", times=100)
    done = town.delete()
    assert outcomes(done)["google"][0] == "failed"
    assert town.stored().deletion is not None
    assert town.stored().grant is None
    assert town.lives()
    town.sandbox.faults.clear()
    assert outcomes(town.delete())["google"] == ("done", "revoked")
    assert is_gone(town)


# ── whatever fails, wherever it dies ─────────────────────────────────────────────────────────────────────────


def full(folder: Path) -> tuple[Town, dict[str, Any]]:
    town = make_town(folder)
    state = State.open(town.profile.state_file)
    with closing(state):
        state.claim({"Google account": Identity(town.account.subject, EMAIL)})
        with state.transaction():
            state.store_link("contact", Link(Half("c1", "v1", {}, "{}"), Half("g1", "v1", {}, "{}"), "Ann"))
    town.desk.connect_google_account(EMAIL, correspondence=2, activities=1)
    town.desk.connect_google_account("second@elsewhere.example", correspondence=1)
    return town, town.rest()


def test_any_request_may_fail_before_or_after_it_is_carried_out(tmp_path: Path) -> None:
    town, _ = full(tmp_path / "count")
    town.delete()
    count = len(town.sent)
    assert count > 8
    faults: list[tuple[What, Any]] = [("503", "before"), ("reset", "after"), ("html", "before"), ("500", "after")]
    for number in range(1, count + 1):
        what, when = faults[number % len(faults)]
        town, before = full(tmp_path / str(number))
        town.sandbox.faults.add(what, when=when, nth=number, times=3)
        first = town.delete()
        town.sandbox.faults.clear()
        assert town.rest() == before, (number, what)
        assert town.links() == 0
        if not first.finished:
            assert town.delete().finished, (number, what)
        assert is_gone(town), (number, what)
        assert (town.accounts(), len(town.holding())) == (["second@elsewhere.example"], 1)
        assert town.rest() == before


@contextmanager
def dying(town: Town, countdown: int, *, after: bool) -> Iterator[list[int]]:
    """Die at the how-manieth request or save, just before or just after it; what is dead stays dead."""
    left = [countdown]

    def meet() -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Killed

    write = files.write_private

    def save(path: Path, content: bytes) -> None:
        if not after:
            meet()
        write(path, content)
        if after:
            meet()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gsync_cli.credentials.write_private", save)
        if after:
            town.after = lambda _: meet()
        else:
            town.before = lambda _: meet()
        try:
            yield left
        finally:
            town.before = town.after = lambda _: None


@pytest.mark.parametrize("after", [False, True])
def test_it_may_die_anywhere_and_the_next_one_finishes(tmp_path: Path, after: bool) -> None:
    countdown = 0
    while True:
        countdown += 1
        town, before = full(tmp_path / str(countdown))
        with dying(town, countdown, after=after) as left:
            try:
                town.delete()
            except Killed:
                pass
            else:
                assert left[0] > 0
                break
        stored = town.stored()
        assert stored.grant is None or stored.deletion is None
        assert town.rest() == before
        if stored.grant is None:
            with pytest.raises(SignInNeeded):
                town.sync()
        if find(town.profile) is not None:
            assert town.delete().finished
        assert is_gone(town), countdown
        assert (town.accounts(), len(town.holding()), town.links()) == (["second@elsewhere.example"], 1, 0)
        assert town.rest() == before
    assert countdown > 12


def test_once_told_to_keep_the_links_it_keeps_them(town: Town) -> None:
    town.sync()
    town.sandbox.faults.add("connect", service="oauth2", times=100)
    town.delete(keep_links=True)
    town.sandbox.faults.clear()
    done = town.delete()
    assert (done.kept_links, town.links()) == (True, 2)


def test_a_damaged_memory_stops_neither_of_the_other_parts(town: Town) -> None:
    town.profile.state_file.write_bytes(b"no database" * 100)
    done = town.delete()
    assert outcomes(done) == {
        "creatio": ("nothing", "not-in-creatio"),
        "google": ("done", "revoked"),
        "local": ("failed", "state-damaged"),
    }
    town.profile.state_file.unlink()
    assert town.delete().finished


def test_a_defect_in_one_part_stops_neither_of_the_others(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gsync_cli.provisioning.account_deletion.remove", broken)
    assert outcomes(town.delete()) == {
        "creatio": ("failed", "defect"),
        "google": ("done", "revoked"),
        "local": ("done", "no-links"),
    }


# ── and back again ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lag", [0, 20, 200])
def test_after_signing_in_again_everybody_is_recognised_and_nobody_doubled(town: Town, lag: float) -> None:
    """At once, even while Google's listings do not show yet what the run before has made."""
    add_name_only(town)
    town.sandbox.clock.sleep(1000)
    town.sandbox.google.behaviour.lag_seconds = lag
    town.sync()
    before = len(town.desk.contacts()), len(town.account.contacts())
    town.delete()
    town.sign_in()
    report = town.sync()
    assert (report.linked, report.sides["google"].created, report.sides["creatio"].created) == (4, 0, 0)
    assert (len(town.desk.contacts()), len(town.account.contacts())) == before


@pytest.mark.parametrize("service", ["people", "creatio"])
def test_creates_that_were_unsettled_are_not_made_again(town: Town, service: str) -> None:
    """The run died right after its create was carried out; its intent is forgotten with the account."""
    add_name_only(town)
    people = len(town.desk.contacts()) + len(town.account.contacts())

    def die(request: Request) -> None:
        if len(town.desk.contacts()) + len(town.account.contacts()) > people and (
            ("people" in request.path) == (service == "people")
        ):
            raise Killed

    town.after = die
    with pytest.raises(Killed):
        town.sync()
    town.after = lambda _: None
    town.delete()
    town.sign_in()
    town.sync()
    assert (len(town.desk.contacts()), len(town.account.contacts())) == (4, 4)
    assert sorted(person["name"] for person in town.desk.contacts()) == [
        "Ada Lovelace",
        "Grace Hopper",
        "Nameonly Person",
        "Only Named",
    ]


def test_another_account_is_not_signed_in_over_an_unfinished_deletion(town: Town) -> None:
    begun = AccountDeletion(EMAIL, "client", "token", subject="1001")
    _check_deletion(_Person("renamed@nordlicht.example", "1001", ""), begun, town.profile)
    _check_deletion(_Person("bob@nordlicht.example", "1002", ""), None, town.profile)
    with pytest.raises(ActionNeeded) as caught:
        _check_deletion(_Person("bob@nordlicht.example", "1002", ""), begun, town.profile)
    assert caught.value.code == "account-deletion-other"
