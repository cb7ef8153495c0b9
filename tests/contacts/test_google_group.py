"""The contact group in scope: found, adopted, made, followed, missed (rows C1, C2)."""

from pathlib import Path

import pytest

from gsync_cli.contacts.google_calls import PeopleCalls
from gsync_cli.contacts.google_group import Group, KnownGroup, open_group
from gsync_cli.contacts.google_store import remembered_group
from gsync_cli.errors import ConfigurationWrong, StoppedForSafety, Temporary
from tests.support.google_account import GoogleRig, google_rig


@pytest.fixture
def rig(tmp_path: Path) -> GoogleRig:
    return google_rig(tmp_path)


def opened(rig: GoogleRig, wanted: str = "Creatio", known: KnownGroup | None = None, **how: bool) -> Group:
    return open_group(PeopleCalls(rig.session), rig.clock, wanted, known, **how)


def test_the_group_is_made_once(rig: GoogleRig) -> None:
    first = opened(rig)
    assert first.created
    assert rig.account.groups() == {"Creatio": first.resource_name}
    again = opened(rig)
    assert again.resource_name == first.resource_name
    assert not again.created


def test_an_existing_group_is_adopted_with_its_members_whatever_its_case(rig: GoogleRig) -> None:
    existing = rig.account.add_group("creatio")
    ana = rig.account.add({"names": [{"givenName": "Ana"}]}, existing)
    group = opened(rig, " Creatio ")
    assert (group.resource_name, group.name) == (existing, "creatio")
    assert group.members == {ana}
    assert not group.renamed


def test_a_dry_run_makes_no_group(rig: GoogleRig) -> None:
    group = opened(rig, create=False)
    assert (group.resource_name, group.members) == ("", frozenset())
    assert rig.account.groups() == {}


def test_a_renamed_group_is_followed_and_it_is_told(rig: GoogleRig) -> None:
    known = opened(rig).known
    rig.account.rename_group("Creatio", "Customers")
    group = opened(rig, known=known)
    assert (group.resource_name, group.name) == (known.resource_name, "Customers")
    assert group.renamed
    assert set(rig.account.groups()) == {"Customers"}


def test_another_name_in_the_settings_is_another_group(rig: GoogleRig) -> None:
    known = opened(rig).known
    group = opened(rig, "Customers", known)
    assert group.resource_name != known.resource_name
    assert not group.renamed


def test_a_deleted_group_stops_the_run_until_somebody_accepts_it(rig: GoogleRig) -> None:
    known = opened(rig).known
    rig.account.delete_group("Creatio")
    with pytest.raises(StoppedForSafety) as stopped:
        opened(rig, known=known)
    assert stopped.value.code == "google-group-deleted"
    assert rig.account.groups() == {}
    assert opened(rig, known=known, accept_deleted=True).created


def test_a_deleted_group_that_was_made_again_is_taken(rig: GoogleRig) -> None:
    known = opened(rig).known
    rig.account.delete_group("Creatio")
    again = rig.account.add_group("Creatio")
    assert opened(rig, known=known).resource_name == again


def test_a_group_of_the_system_is_refused(rig: GoogleRig) -> None:
    with pytest.raises(ConfigurationWrong) as refused:
        opened(rig, "Family")
    assert refused.value.code == "google-group-system"


@pytest.mark.parametrize("what", ["500", "timeout"])
def test_a_group_whose_making_got_no_answer_is_looked_for(rig: GoogleRig, what: str) -> None:
    rig.sandbox.faults.add(what, when="after", method="POST", path="/contactGroups$")  # type: ignore[arg-type]
    group = opened(rig)
    assert rig.account.groups() == {"Creatio": group.resource_name}
    assert rig.requests()["POST /contactGroups"] == 1


def test_a_group_that_google_never_shows_is_asked_for_later(rig: GoogleRig) -> None:
    rig.sandbox.faults.add("500", method="POST", path="/contactGroups$")
    with pytest.raises(Temporary) as raised:
        opened(rig)
    assert raised.value.code == "google-group-unclear"


def test_a_group_made_by_somebody_else_in_that_moment_is_adopted(rig: GoogleRig) -> None:
    class Racing(PeopleCalls):
        def create_group(self, title: str) -> dict[str, str]:
            rig.account.add_group(title.upper())
            return dict(super().create_group(title))

    group = open_group(Racing(rig.session), rig.clock, "Creatio")
    assert rig.account.groups() == {"CREATIO": group.resource_name}
    assert not group.created


def test_the_cursor_remembers_the_group(rig: GoogleRig) -> None:
    store = rig.store()
    cursor = store.changes(None, {}).cursor
    assert remembered_group(cursor) == store.group.known
    assert remembered_group(None) is remembered_group("{}") is remembered_group("no json") is None
    rig.account.rename_group("Creatio", "Customers")
    assert rig.store(known_group=remembered_group(cursor)).group.renamed
