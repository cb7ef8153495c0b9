"""What facts/google.md 6.6 says of contact groups."""

from typing import Any

import pytest

from tests.sandbox.conftest import Reply, Rig

MY_CONTACTS = "contactGroups/myContacts"


def create(rig: Rig, name: str) -> Reply:
    return rig.call("POST", "contactGroups", {"contactGroup": {"name": name}})


def modify(rig: Rig, group: str, add: Any = (), remove: Any = ()) -> Reply:
    body = {"resourceNamesToAdd": list(add), "resourceNamesToRemove": list(remove)}
    return rig.call("POST", f"{group}/members:modify", body)


def test_the_list_shows_system_and_user_groups_without_members(rig: Rig) -> None:
    group = create(rig, "Creatio").value["resourceName"]
    rig.add("Ada", "Creatio")
    listed = {item["resourceName"]: item for item in rig.call("GET", "contactGroups").value["contactGroups"]}
    assert listed[MY_CONTACTS]["groupType"] == "SYSTEM_CONTACT_GROUP"
    assert listed[group]["groupType"] == "USER_CONTACT_GROUP"
    assert listed[group]["memberCount"] == 1
    assert not any("memberResourceNames" in item for item in listed.values())


def test_members_come_only_as_many_as_asked_for(rig: Rig) -> None:
    group = rig.account.add_group("Creatio")
    members = {rig.add(f"N{number}", group) for number in range(3)}
    assert "memberResourceNames" not in rig.call("GET", group).value
    assert len(rig.call("GET", group, maxMembers=2).value["memberResourceNames"]) == 2
    assert set(rig.call("GET", group, maxMembers=10).value["memberResourceNames"]) == members


@pytest.mark.parametrize("name", ["Creatio", " creatio ", "myContacts"])
def test_a_name_is_given_once(rig: Rig, name: str) -> None:
    create(rig, "Creatio")
    refused = create(rig, name)
    assert (refused.status, refused.reason) == (409, "ALREADY_EXISTS")


def test_an_update_needs_the_present_etag(rig: Rig) -> None:
    made = create(rig, "Creatio").value
    path = made["resourceName"]
    assert rig.call("PUT", path, {"contactGroup": {"name": "CRM"}}).status == 400
    renamed = rig.call("PUT", path, {"contactGroup": {"name": "CRM", "etag": made["etag"]}}).value
    assert renamed["name"] == "CRM"
    assert rig.call("PUT", path, {"contactGroup": {"name": "X", "etag": made["etag"]}}).status == 409


def test_a_contact_keeps_its_last_group(rig: Rig) -> None:
    group = rig.account.add_group("Creatio")
    membership = {"contactGroupMembership": {"contactGroupResourceName": group}}
    only = rig.call("POST", "people:createContact", {"memberships": [membership]}).value["resourceName"]
    both = rig.add("Ben", group)
    reply = modify(rig, group, remove=[only, both, "people/c404"]).value
    assert reply == {
        "notFoundResourceNames": ["people/c404"],
        "canNotRemoveLastContactGroupResourceNames": [only],
    }
    assert rig.account.members(group) == {only}
    assert modify(rig, MY_CONTACTS, add=[only]).value == {}
    assert modify(rig, group, remove=[only]).value == {}
    assert rig.account.members(group) == set()


def test_a_change_of_members_names_up_to_a_thousand(rig: Rig) -> None:
    group = rig.account.add_group("Creatio")
    names = [f"people/c{number}" for number in range(1001)]
    assert modify(rig, group, add=names[:500], remove=names[500:]).status == 400
    assert modify(rig, group).status == 400


def test_only_my_contacts_and_starred_can_be_joined_of_the_system_groups(rig: Rig) -> None:
    ada = rig.add("Ada")
    assert modify(rig, "contactGroups/starred", add=[ada]).status == 200
    assert modify(rig, "contactGroups/friends", add=[ada]).status == 400


def test_members_show_late(rig: Rig) -> None:
    group = rig.account.add_group("Creatio")
    ada = rig.add("Ada")
    rig.sandbox.clock.advance(600)
    rig.behaviour.lag_seconds = 120
    modify(rig, group, add=[ada])
    assert "memberResourceNames" not in rig.call("GET", group, maxMembers=10).value
    rig.sandbox.clock.advance(121)
    assert rig.call("GET", group, maxMembers=10).value["memberResourceNames"] == [ada]


@pytest.mark.parametrize("touch", [True, False])
def test_joining_may_or_may_not_count_as_a_change_of_the_contact(rig: Rig, *, touch: bool) -> None:
    rig.behaviour.group_changes_touch_contacts = touch
    group = rig.account.add_group("Creatio")
    ada = rig.add("Ada")
    token, etag = rig.listing().value["nextSyncToken"], rig.account.contact(ada)["etag"]
    modify(rig, group, add=[ada])
    assert ("connections" in rig.listing(syncToken=token).value) is touch
    assert (rig.account.contact(ada)["etag"] != etag) is touch


def test_deleting_a_group_keeps_its_people_unless_told_otherwise(rig: Rig) -> None:
    first, second = rig.account.add_group("A"), rig.account.add_group("B")
    kept, gone = rig.add("Ada", first), rig.add("Ben", second)
    assert rig.call("DELETE", first).value == {}
    assert rig.call("DELETE", second, deleteContacts="true").value == {}
    assert [person["resourceName"] for person in rig.account.contacts()] == [kept]
    assert rig.call("GET", first).status == 404
    assert gone not in str(rig.account.contacts())
    assert rig.call("DELETE", MY_CONTACTS).status == 400


def test_a_sync_token_brings_changed_and_deleted_groups(rig: Rig) -> None:
    first, second = rig.account.add_group("A"), rig.account.add_group("B")
    token = rig.call("GET", "contactGroups").value["nextSyncToken"]
    rig.account.rename_group("A", "C")
    rig.account.delete_group("B")
    told = {
        item["resourceName"]: item for item in rig.call("GET", "contactGroups", syncToken=token).value["contactGroups"]
    }
    assert told[first]["name"] == "C"
    assert told[second]["metadata"]["deleted"] is True


def test_batch_get_has_a_status_for_each_group(rig: Rig) -> None:
    group = rig.account.add_group("A")
    reply = rig.call("GET", "contactGroups:batchGet", resourceNames=[group, "contactGroups/no"], maxMembers=5).value
    assert reply["responses"][0]["contactGroup"]["name"] == "A"
    assert reply["responses"][1]["status"]["code"] == 5
