"""A synchronisation is bound by requests, so they are counted: beside the least that could do (docs/performance.md).

The floors are those of the limits of the services: 1000 contacts a page and 200 a batch at Google, 20,000 rows a reply
and 100 parts a `$batch` in Creatio (facts/google.md 6.1, 6.4; facts/creatio.md 2.2, 2.6). Signing in, and finding out
once what kind of site it is, is no part of a run; `gsync creatio connect` has done it. Of events a batch holds 50
(facts/google.md 7.17).
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from pathlib import Path

import pytest

from gsync_cli.activities.run import run_activities
from gsync_cli.both_sides import Wishes, both_sides
from gsync_cli.config import Settings
from gsync_cli.creatio.calibration import date_reading
from gsync_cli.creatio.session import open_session
from gsync_cli.http import Http
from gsync_cli.profiles import Profile
from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.quota import Quotas
from gsync_cli.sandbox.people_data import grow
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.transport import SandboxTransport
from gsync_cli.sandbox.world import Sandbox
from gsync_cli.sync.record import Side
from gsync_cli.sync.report import Report
from tests.support.contact_sync import sync_contacts
from tests.support.fakes import Silence

URL = "http://127.0.0.1:8000"
GROUP = "Creatio"

PAGE, CREATES, UPDATES, EVENTS = 1000, 200, 200, 50
ROWS, PARTS = 20_000, 100
_TIME = "%Y-%m-%dT%H:%MZ"


def allowed(floor: int) -> int:
    """Within ten per cent of the floor, plus two."""
    return int(1.1 * floor + 2)


@dataclass
class Place:
    """Both services, and a profile that is signed in to both."""

    sandbox: Sandbox
    profile: Profile

    def run(self, *, pace: str = "off", dry_run: bool = False) -> tuple[Report, Counter[str]]:
        """Synchronise; return the report and the requests by side."""
        http = self._http()
        settings = Settings.load(self.profile, {}, {"google.pace": pace})
        self.sandbox.log.clear()
        wishes = Wishes(dry_run=dry_run)
        report = sync_contacts(self.profile, settings, http, self.sandbox.clock, lambda: 0.5, wishes)
        self.sandbox.clock.advance(60)
        assert report.failed == report.skipped == 0
        assert sum(http.sent.values()) == len(self.sandbox.log), "every request is counted, and none is sent twice"
        return report, Counter(http.sent)

    def run_activities(self) -> tuple[Report, Counter[str]]:
        """Synchronise the calendar; return the report and the requests by side."""
        http = self._http()
        settings = Settings.load(self.profile, {}, {"google.pace": "off"})
        with both_sides(self.profile, settings, http, self.sandbox.clock, lambda: 0.5, rehearse=False) as sides:
            report = run_activities(sides, Wishes(), Silence(), Report("", dry_run=False))
        self.sandbox.clock.advance(60)
        assert report.failed == report.skipped == 0
        return report, Counter(http.sent)

    def plan_meetings(self, side: Side, count: int) -> None:
        """Let people plan so many single meetings in the next five weeks."""
        for number in range(count):
            start = self.sandbox.clock.now() + timedelta(hours=number % 900)
            if side == "google":
                account = self.sandbox.google.account(furnish.EMAIL)
                account.add_event(f"Meeting {number}", f"{start:%Y-%m-%dT%H:%M}")
            else:
                end = start + timedelta(minutes=30)
                self.sandbox.creatio.desk().add_activity(f"Meeting {number}", f"{start:{_TIME}}", f"{end:{_TIME}}")

    def change(self, side: Side, count: int) -> None:
        """Let people change one field of so many contacts."""
        if side == "google":
            account = self.sandbox.google.account(furnish.EMAIL)
            for name in sorted(contact["resourceName"] for contact in account.contacts())[:count]:
                account.edit(name, biographies=[{"value": f"{self.sandbox.clock.now()}", "contentType": "TEXT_PLAIN"}])
        else:
            desk = self.sandbox.creatio.desk()
            for contact in sorted(desk.tagged(desk.tag_named(furnish.TAG)))[-count:]:
                desk.edit_contact(contact, job_title=f"{self.sandbox.clock.now()}")

    def rows(self) -> int:
        """Return how many rows the tagged contacts take in Creatio: themselves, their details and tag links."""
        desk = self.sandbox.creatio.desk()
        tagged = desk.tagged(desk.tag_named(furnish.TAG))
        details = sum(len(desk.communications(contact)) + len(desk.addresses(contact)) for contact in tagged)
        return 2 * len(tagged) + details

    def _http(self) -> Http:
        return Http(self.sandbox.clock, transport=SandboxTransport(self.sandbox))

    def connect(self) -> None:
        settings = Settings.load(self.profile, {})
        with open_session(self.profile, settings, self._http(), self.sandbox.clock, lambda: 0.5) as site:
            date_reading(site)


def place(folder: Path, *, in_creatio: int = 0, in_google: int = 0) -> Place:
    """Return both services with so many people in scope on each side, and nobody else."""
    sandbox = Sandbox(VirtualClock())
    furnish.register(sandbox)
    sandbox.creatio.desk().create_tag(furnish.TAG)
    people = list(grow(random.Random("requests"), in_creatio + in_google))
    furnish.put_in_creatio(sandbox.creatio, people[:in_creatio], furnish.TAG)
    account = sandbox.google.account(furnish.EMAIL)
    group = account.add_group(GROUP) if in_google else ""
    for name in furnish.put_in_google(account, people[in_creatio:]):
        account.join(name, group)
    write_profile(folder, URL, sandbox)
    made = Place(sandbox, Profile("default", folder))
    made.connect()
    return made


SIZES = (10, 250, 1000)

NOTHING_CHANGED = {"google": 2, "creatio": 1}
"""A list with a token and the group; whatever changed in Creatio, asked for in one `$batch`."""


@pytest.mark.parametrize("count", SIZES)
def test_a_first_run_from_creatio_takes_pages_of_rows_and_batches_of_creates(count: int, tmp_path: Path) -> None:
    here = place(tmp_path, in_creatio=count)
    report, sent = here.run()
    assert report.sides["google"].created == count
    google = 1 + 1 + 1 + ceil(count / CREATES)  # groups listed, group made, one page of nobody, creates
    creatio = 4  # contacts, communications, addresses, links to the tag: a page each
    assert sent.total() <= allowed(google + creatio), sent
    assert sent["google"] <= google + 1
    _, again = here.run()
    assert again["creatio"] <= 2
    # Google tells of the contacts that we made as of any others, a thousand a page.
    assert again["google"] == 1 + ceil(count / PAGE)
    assert again.total() <= 5


@pytest.mark.parametrize("count", SIZES)
def test_a_first_run_from_google_takes_full_batches_of_writes(count: int, tmp_path: Path) -> None:
    here = place(tmp_path, in_google=count)
    report, sent = here.run()
    assert report.sides["creatio"].created == count
    google = ceil(count / PAGE) + 1  # pages, the group
    writes = ceil(here.rows() / PARTS)
    # Who is there already must be known before anybody is made (row C2), and who was made be read back: the tag, its
    # links; the numbers asked for; the names of companies and places, a setting; a page each of three tables.
    asked = 2 + 1 + 2 + 3
    assert sent.total() <= allowed(google + writes + asked), sent
    assert sent["google"] <= google + 1
    _, again = here.run()
    assert again.total() <= 5


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A thousand linked pairs in step."""
    here = place(tmp_path_factory.mktemp("pairs"), in_creatio=1000)
    here.run()
    here.run()
    yield here
    _, sent = here.run()
    assert sent.total() <= 5, "whatever was done to them, in the end they are in step"


def test_nothing_changed_takes_three_requests(pairs: Place) -> None:
    _, sent = pairs.run()
    assert sent == NOTHING_CHANGED


@pytest.mark.parametrize("count", [1, 50, 500])
def test_changes_in_google_take_a_batch_a_hundred(pairs: Place, count: int) -> None:
    pairs.change("google", count)
    report, sent = pairs.run()
    assert report.sides["creatio"].updated == count
    assert sent.total() <= allowed(sum(NOTHING_CHANGED.values()) + ceil(count / PARTS)), sent
    _, again = pairs.run()
    assert again == NOTHING_CHANGED


@pytest.mark.parametrize("count", [1, 50, 500])
def test_changes_in_creatio_take_a_batch_two_hundred(pairs: Place, count: int) -> None:
    pairs.change("creatio", count)
    report, sent = pairs.run()
    assert report.sides["google"].updated == count
    assert sent.total() <= allowed(sum(NOTHING_CHANGED.values()) + ceil(count / UPDATES)), sent
    _, again = pairs.run()
    assert again == NOTHING_CHANGED


def test_one_per_cent_changed_on_both_sides_takes_nine_requests(tmp_path: Path) -> None:
    here = place(tmp_path, in_creatio=3000)
    here.run()
    here.run()
    here.change("google", 15)
    here.change("creatio", 15)
    report, sent = here.run()
    assert report.sides["google"].updated == report.sides["creatio"].updated == 15
    assert sent.total() <= 9, sent


# ── the calendar ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", SIZES)
def test_a_first_run_of_meetings_from_google_takes_full_batches(count: int, tmp_path: Path) -> None:
    here = place(tmp_path)
    here.plan_meetings("google", count)
    report, sent = here.run_activities()
    assert report.sides["creatio"].created == count
    floor = 1 + 1 + ceil(count / PARTS) + 2  # both listings, a row each, and rows and participants read back
    # Asked once of a site: whether activities have a place; and in which zone it takes times, by a first write alone.
    once = 1 + 3
    assert sent.total() <= allowed(floor) + once, sent
    assert sent["google"] == 1
    for _ in range(2):
        assert here.run_activities()[1] == {"google": 1, "creatio": 1}


@pytest.mark.parametrize("count", SIZES)
def test_a_first_run_of_meetings_from_creatio_takes_full_batches(count: int, tmp_path: Path) -> None:
    here = place(tmp_path)
    here.plan_meetings("creatio", count)
    report, sent = here.run_activities()
    assert report.sides["google"].created == count
    sign = 1  # once a profile
    assert sent.total() <= allowed(1 + 1 + ceil(count / EVENTS)) + sign, sent
    for _ in range(2):
        assert here.run_activities()[1] == {"google": 1, "creatio": 1}


@pytest.mark.parametrize(("in_creatio", "in_google"), [(120, 80)])
def test_a_dry_run_writes_nothing_and_says_what_the_run_will_do(
    in_creatio: int, in_google: int, tmp_path: Path
) -> None:
    here = place(tmp_path, in_creatio=in_creatio, in_google=in_google)
    creatio = here.sandbox.creatio.desk().contacts()
    google = here.sandbox.google.account(furnish.EMAIL).contacts()
    planned, _ = here.run(dry_run=True)
    assert {entry.method for entry in here.sandbox.log if entry.service == "people"} == {"GET"}
    assert here.sandbox.creatio.desk().contacts() == creatio
    assert here.sandbox.google.account(furnish.EMAIL).contacts() == google
    done, _ = here.run()
    assert planned.sides == done.sides


@pytest.mark.parametrize(("in_creatio", "in_google"), [(3000, 0), (0, 1000)])
def test_a_run_stays_below_the_quotas_a_minute(in_creatio: int, in_google: int, tmp_path: Path) -> None:
    here = place(tmp_path, in_creatio=in_creatio, in_google=in_google)
    here.sandbox.google.behaviour.quotas = Quotas()
    started = here.sandbox.clock.now()
    report, _ = here.run(pace="quota")
    assert report.sides["google"].created == in_creatio
    assert {entry.status for entry in here.sandbox.log if entry.service == "people"} == {200}
    waited = (here.sandbox.clock.now() - started).total_seconds() - 60
    # Five batches of creates a minute: fifteen batches are through in two minutes, and not sooner.
    assert waited == pytest.approx(122 if in_creatio else 0, abs=30)
