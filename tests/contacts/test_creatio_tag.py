"""Finding the private tag (requirements S1)."""

import pytest

from gsync_cli.contacts.creatio_store import CreatioContacts
from gsync_cli.errors import ConfigurationWrong, GsyncError, StoppedForSafety
from tests.support.creatio_rig import TAG, Rig, known, rig


def failure(store: CreatioContacts, cursor: str | None = None) -> GsyncError:
    with pytest.raises(GsyncError) as caught:
        store.changes(cursor, {})
    return caught.value


def test_the_tag_is_found_by_name_whatever_its_case() -> None:
    site = rig()
    contact = site.person(given="Anna")
    for name in (TAG, " google "):
        assert site.store(tag=name).changes(None, {}).members == {contact}


def test_without_a_setting_there_is_nothing_to_look_for() -> None:
    site = rig()
    error = failure(site.store(tag=" "))
    assert (error.code, error.exit_code, site.requests) == ("creatio-tag-not-set", 5, [])


def test_a_missing_tag_is_said_with_those_there_are() -> None:
    site = rig()
    site.desk.create_tag("Public one", "public")
    error = failure(site.store(tag="Nobody's"))
    assert (error.code, error.facts["there_are"]) == ("creatio-tag-missing", "“Google”")


@pytest.mark.parametrize("kind", ["public", "corporate"])
@pytest.mark.parametrize("create", [False, True])
def test_a_tag_of_another_kind_is_refused(kind: str, create: bool) -> None:
    site = rig()
    site.desk.create_tag("Team", kind)
    error = failure(site.store(tag="Team", create_tag=create))
    assert (error.code, error.facts["kind"]) == ("creatio-tag-not-private", kind)
    assert isinstance(error, ConfigurationWrong)


def test_two_tags_of_one_name_are_not_guessed_between() -> None:
    site = rig()
    site.desk.create_tag(TAG)
    assert failure(site.store()).code == "creatio-tag-twice"


def test_a_tag_of_somebody_else_is_refused_and_one_beside_it_is_made() -> None:
    site = rig()
    other = site.site.desk(site.site.add_user("boris", "Secret1!"))
    foreign = other.create_tag("Boris")
    assert failure(site.store(tag="Boris")).code == "creatio-tag-of-somebody-else"
    site.store(tag="Boris", create_tag=True).changes(None, {})
    assert {tag["CreatedById"] for tag in tags(site, "Boris")} == {other.user.contact_id, site.desk.user.contact_id}
    assert site.desk.tagged(foreign) == set()


def test_the_own_tag_counts_where_others_have_one_of_the_same_name() -> None:
    site = rig()
    site.site.desk(site.site.add_user("boris", "Secret1!")).create_tag(TAG)
    site.desk.create_tag(TAG, "public")
    contact = site.person(given="Anna")
    assert site.store().changes(None, {}).members == {contact}


def test_a_tag_is_made_on_request_once() -> None:
    site = rig()
    for _ in range(2):
        assert site.store(tag="New", create_tag=True).changes(None, {}).members == frozenset()
    assert len(tags(site, "New")) == 1
    assert failure(site.store(tag="Other")).facts["there_are"] == "“Google”, “New”"


def test_a_rehearsal_makes_no_tag() -> None:
    site = rig()
    assert site.store(tag="New", create_tag=True, rehearse=True).changes(None, {}).members == frozenset()
    assert tags(site, "New") == []


def test_a_tag_that_can_t_be_made_is_said() -> None:
    site = rig(denied={("write", "ContactTag")})
    error = failure(site.store(tag="New", create_tag=True))
    assert (error.code, error.exit_code) == ("creatio-tag-not-made", 6)
    assert error.facts["reason"]


def test_a_tag_deleted_between_runs_stops_the_run() -> None:
    site = rig()
    site.person(given="Anna")
    store = site.store()
    before = store.changes(None, {})
    site.desk.delete_tag(site.tag)
    with pytest.raises(StoppedForSafety, match="creatio-tag-deleted"):
        store.changes(before.cursor, known(before))
    site.desk.create_tag(TAG)
    with pytest.raises(StoppedForSafety, match="creatio-tag-deleted"):
        store.changes(before.cursor, known(before))
    again = site.store(create_tag=True).changes(before.cursor, known(before))
    assert (again.members, again.complete) == (frozenset(), True)


def test_a_renamed_tag_is_followed() -> None:
    site = rig()
    contact = site.person(given="Anna")
    store = site.store()
    before = store.changes(None, {})
    site.desk.rename_tag(site.tag, "People")
    after = store.changes(before.cursor, known(before))
    assert (after.members, after.complete) == (frozenset([contact]), False)
    assert site.store().changes(after.cursor, known(before)).members == {contact}


def test_a_tag_that_became_public_is_refused() -> None:
    site = rig()
    before = site.store().changes(None, {})
    row = next(row for row in site.site.tables.rows("ContactTag") if row["Id"] == site.tag)
    row["TypeId"] = "d6fb4de6-0809-41fe-a84f-6d245cbc5f32"
    assert failure(site.store(), before.cursor).code == "creatio-tag-not-private"


def test_another_tag_in_the_settings_means_reading_all_anew() -> None:
    site = rig()
    site.person(given="Anna")
    before = site.store().changes(None, {})
    other = site.desk.create_tag("Second")
    boris = site.person(given="Boris", tagged=False)
    site.desk.tag(boris, other)
    after = site.store(tag="Second").changes(before.cursor, known(before))
    assert (after.members, after.complete) == (frozenset([boris]), True)


def tags(site: Rig, name: str) -> list[dict[str, object]]:
    return [dict(row) for row in site.site.tables.rows("ContactTag") if row["Name"] == name]
