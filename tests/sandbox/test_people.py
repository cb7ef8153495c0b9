"""What facts/google.md 6 says of the People API, one test a sentence."""

import pytest

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.quota import Quotas
from gsync_cli.sandbox.google.tokens import Project
from gsync_cli.sandbox.messages import Request
from tests.sandbox.conftest import Reply, Rig

FULL_SYNC_DAYS = 7


def etag_of(rig: Rig, resource: str) -> str:
    return str(rig.account.contact(resource)["etag"])


def update(rig: Rig, resource: str, mask: str, **person: object) -> Reply:
    body = {"etag": etag_of(rig, resource), **person}
    return rig.call("PATCH", f"{resource}:updateContact", body, updatePersonFields=mask)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_person_fields_are_mandatory(rig: Rig) -> None:
    assert rig.call("GET", "people/me/connections").message.startswith("personFields mask is required")
    assert rig.call("GET", rig.add("Ada")).status == 400


def test_an_unknown_field_in_a_mask_is_refused(rig: Rig) -> None:
    assert 'Invalid personFields mask path: "name"' in rig.listing(personFields="name").message
    made = rig.call("POST", "people:batchCreateContacts", {"contacts": [{"contactPerson": {}}], "readMask": "foo"})
    assert 'Invalid readMask mask path: "foo"' in made.message


@pytest.mark.parametrize("size", [-1, 1001])
def test_a_page_holds_up_to_a_thousand(rig: Rig, size: int) -> None:
    assert rig.listing(pageSize=size).status == 400


def test_pages_follow_each_other_and_only_the_last_has_the_sync_token(rig: Rig) -> None:
    names = [rig.add(f"N{number}") for number in range(5)]
    found, token, tokens = [], "", []
    while True:
        page = rig.listing(pageSize=2, **({"pageToken": token} if token else {})).value
        found += [person["resourceName"] for person in page["connections"]]
        assert page["totalItems"] == 5
        tokens.append("nextSyncToken" in page)
        if not (token := page.get("nextPageToken", "")):
            break
    assert found == names
    assert tokens == [False, False, True]


def test_the_next_page_must_be_asked_for_with_the_same_parameters(rig: Rig) -> None:
    for number in range(3):
        rig.add(f"N{number}")
    token = rig.listing(pageSize=2).value["nextPageToken"]
    assert rig.listing(pageSize=2, pageToken=token, personFields="names").reason == "INVALID_ARGUMENT"
    assert rig.listing(pageSize=2, pageToken="Gx").reason == "INVALID_ARGUMENT"


def test_no_sync_token_comes_unasked(rig: Rig) -> None:
    assert "nextSyncToken" not in rig.listing(requestSyncToken="false").value


def test_a_listing_shows_a_hundred_mails_and_get_all_of_them(rig: Rig) -> None:
    mails = [{"value": f"m{number}@a.example"} for number in range(120)]
    resource = rig.add("Ada", emailAddresses=mails)
    assert len(rig.listing().value["connections"][0]["emailAddresses"]) == 100
    assert len(rig.call("GET", resource, personFields="emailAddresses").value["emailAddresses"]) == 120


def test_profile_data_is_left_out_where_only_contact_sources_are_asked_for(rig: Rig) -> None:
    resource = rig.add("Ada")
    rig.account.link_profile(resource, {"names": [{"givenName": "Augusta"}]})
    merged = rig.call("GET", resource, personFields="names,metadata").value
    assert [name["metadata"]["source"]["type"] for name in merged["names"]] == ["PROFILE", "CONTACT"]
    own = rig.call("GET", resource, personFields="names,metadata", sources="READ_SOURCE_TYPE_CONTACT").value
    assert [name["givenName"] for name in own["names"]] == ["Ada"]
    assert [source["type"] for source in own["metadata"]["sources"]] == ["CONTACT"]


def test_batch_get_has_a_status_for_each_name(rig: Rig) -> None:
    known = rig.add("Ada")
    replies = rig.call("GET", "people:batchGet", resourceNames=[known, "people/c404"], personFields="names").value[
        "responses"
    ]
    assert [reply["httpStatusCode"] for reply in replies] == [200, 404]
    assert replies[1]["status"]["code"] == 5
    assert "person" not in replies[1]


def test_batch_get_takes_two_hundred_names(rig: Rig) -> None:
    names = [f"people/c{number}" for number in range(201)]
    assert rig.call("GET", "people:batchGet", resourceNames=names, personFields="names").status == 400


def test_a_get_too_long_for_a_url_comes_as_a_post(rig: Rig) -> None:
    known = rig.add("Ada")
    rig.headers = {"X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"}
    request = Request.of(
        "POST",
        "http://127.0.0.1/google/people/v1/people:batchGet",
        {"Authorization": f"Bearer {rig.token}", **rig.headers},
        f"resourceNames={known}&resourceNames=people%2Fc404&personFields=names".encode(),
    )
    assert rig.sandbox.handle(request).status == 200


def test_somebody_gone_is_not_found(rig: Rig) -> None:
    resource = rig.add("Ada")
    assert rig.call("DELETE", f"{resource}:deleteContact").value == {}
    assert rig.call("GET", resource, personFields="names").reason == "NOT_FOUND"
    assert rig.call("DELETE", f"{resource}:deleteContact").reason == "NOT_FOUND"


def test_fields_makes_a_partial_answer(rig: Rig) -> None:
    rig.add("Ada")
    page = rig.listing(fields="connections(names/givenName,etag),nextSyncToken").value
    assert page.keys() == {"connections", "nextSyncToken"}
    assert page["connections"][0]["names"] == [{"givenName": "Ada"}]
    assert rig.listing(fields="connections(").status == 400


# ── sync tokens ──────────────────────────────────────────────────────────────────────────────────────────────
def test_a_sync_token_brings_only_what_changed_since(rig: Rig) -> None:
    first, second, third = (rig.add(name) for name in ("Ada", "Ben", "Cleo"))
    token = rig.listing().value["nextSyncToken"]
    rig.account.edit(second, biographies=[{"value": "new"}])
    rig.account.delete(third)
    delta = rig.listing(syncToken=token).value
    assert [person["resourceName"] for person in delta["connections"]] == [second, third]
    assert delta["connections"][1]["metadata"]["deleted"] is True
    assert "names" not in delta["connections"][1]
    assert first not in str(delta)
    assert "connections" not in rig.listing(syncToken=delta["nextSyncToken"]).value


def test_an_old_sync_token_can_be_used_again(rig: Rig) -> None:
    token = rig.listing().value["nextSyncToken"]
    added = rig.add("Ada")
    for _ in range(2):
        assert [person["resourceName"] for person in rig.listing(syncToken=token).value["connections"]] == [added]


def test_a_sync_token_ends_seven_days_after_the_full_listing_however_often_it_is_renewed(rig: Rig) -> None:
    token = rig.listing().value["nextSyncToken"]
    for _ in range(FULL_SYNC_DAYS):
        rig.sandbox.clock.advance(23 * 3600)
        token = renewed(rig).listing(syncToken=token).value["nextSyncToken"]
    rig.sandbox.clock.advance(8 * 3600)
    refused = renewed(rig).listing(syncToken=token)
    assert refused.status == 400
    assert refused.reason == "FAILED_PRECONDITION EXPIRED_SYNC_TOKEN"
    assert refused.message == "Sync token is expired. Clear local cache and retry call without the sync token."


def renewed(rig: Rig) -> Rig:
    oauth = rig.sandbox.google.oauth
    rig.token = oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, furnish.SCOPES)["access_token"]
    return rig


@pytest.mark.parametrize(
    "other",
    [{"personFields": "names"}, {"sources": "READ_SOURCE_TYPE_CONTACT"}, {"pageSize": 10}, {"syncToken": "bm8"}],
)
def test_a_sync_token_goes_with_its_parameters(rig: Rig, other: dict[str, object]) -> None:
    token = rig.listing().value["nextSyncToken"]
    assert rig.listing(**{"syncToken": token, **other}).reason == "INVALID_ARGUMENT"


def test_a_sync_token_is_no_good_for_another_account(rig: Rig) -> None:
    token = rig.listing().value["nextSyncToken"]
    oauth = rig.sandbox.google.oauth
    oauth.registry.clients[furnish.INSTALLED_ID].project = Project("other", "7", audience="production")
    rig.token = oauth.sign_in(furnish.PRIVATE_EMAIL, furnish.INSTALLED_ID, furnish.SCOPES)["access_token"]
    assert rig.listing(syncToken=token).reason == "INVALID_ARGUMENT"


def test_writes_show_late_in_sync_listings_but_not_in_plain_ones(rig: Rig) -> None:
    rig.behaviour.lag_seconds = 120
    rig.sandbox.clock.advance(600)
    token = rig.listing().value["nextSyncToken"]
    added = rig.add("Ada")
    assert "connections" not in rig.listing(syncToken=token).value
    assert "connections" not in rig.listing().value
    assert rig.listing(requestSyncToken="false").value["totalItems"] == 1
    late = rig.listing(syncToken=token).value["nextSyncToken"]
    rig.sandbox.clock.advance(121)
    assert rig.listing(syncToken=late).value["connections"][0]["resourceName"] == added


def test_a_stale_listing_shows_the_former_version_and_tells_the_new_one_later(rig: Rig) -> None:
    resource = rig.add("Ada")
    token = rig.listing().value["nextSyncToken"]
    rig.account.edit(resource, names=[{"givenName": "Augusta"}])
    rig.behaviour.stale_listings = 1.0
    stale = rig.listing(syncToken=token).value
    assert stale["connections"][0]["names"][0]["givenName"] == "Ada"
    rig.behaviour.stale_listings = 0.0
    fresh = rig.listing(syncToken=stale["nextSyncToken"]).value
    assert fresh["connections"][0]["names"][0]["givenName"] == "Augusta"


def test_a_changed_resource_name_is_told_with_the_former_ones(rig: Rig) -> None:
    resource = rig.add("Ada")
    token = rig.listing().value["nextSyncToken"]
    renamed = rig.account.rename_resource(resource)
    (person,) = rig.listing(syncToken=token).value["connections"]
    assert person["resourceName"] == renamed
    assert person["metadata"]["previousResourceNames"] == [resource]
    reply = rig.call("GET", "people:batchGet", resourceNames=resource, personFields="names").value["responses"][0]
    assert (reply["requestedResourceName"], reply["person"]["resourceName"]) == (resource, renamed)


def test_a_merge_updates_one_contact_and_deletes_the_others(rig: Rig) -> None:
    keep = rig.add("Ada", emailAddresses=[{"value": "a@a.example"}])
    other = rig.add("Ada", emailAddresses=[{"value": "b@a.example"}])
    token = rig.listing().value["nextSyncToken"]
    rig.account.merge(keep, other)
    told = {person["resourceName"]: person for person in rig.listing(syncToken=token).value["connections"]}
    assert {mail["value"] for mail in told[keep]["emailAddresses"]} == {"a@a.example", "b@a.example"}
    assert told[other]["metadata"]["deleted"] is True


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_create_does_not_recognise_anybody(rig: Rig) -> None:
    body = {"names": [{"givenName": "Ada"}], "clientData": [{"key": "k", "value": "same"}]}
    made = [rig.call("POST", "people:createContact", body, personFields="names").value for _ in range(2)]
    assert made[0]["resourceName"] != made[1]["resourceName"]
    assert made[0].keys() == {"resourceName", "etag", "names"}


@pytest.mark.parametrize("field", ["names", "biographies", "birthdays", "genders"])
def test_a_singleton_has_one_entry_per_source(rig: Rig, field: str) -> None:
    item = {"date": {"year": 2000, "month": 1, "day": 1}} if field == "birthdays" else {"value": "x"}
    item = {"givenName": "x"} if field == "names" else item
    refused = rig.call("POST", "people:createContact", {field: [item, item]})
    assert refused.message == f"Cannot have more than one person.{field} per source."


def test_google_computes_what_is_only_output(rig: Rig) -> None:
    made = rig.call(
        "POST",
        "people:createContact",
        {
            "names": [{"givenName": " Ada ", "familyName": "King", "honorificPrefix": "Dr.", "displayName": "Wrong"}],
            "phoneNumbers": [
                {"value": "030 23125 014", "canonicalForm": "+1", "type": "workFax"},
                {"value": "ask Ben"},
            ],
            "emailAddresses": [{"value": ""}, {"value": " ada@a.example "}],
        },
    ).value
    name = made["names"][0]
    assert (name["displayName"], name["displayNameLastFirst"]) == ("Dr. Ada King", "King, Dr. Ada")
    assert [phone.get("canonicalForm") for phone in made["phoneNumbers"]] == ["+493023125014", None]
    assert made["phoneNumbers"][0]["formattedType"] == "Work Fax"
    assert [mail["value"] for mail in made["emailAddresses"]] == ["ada@a.example"]
    assert made["emailAddresses"][0]["metadata"]["primary"] is True
    assert made["metadata"]["sources"][0]["updateTime"].endswith("Z")


def test_one_name_alone_is_a_given_name_and_parts_win_over_the_free_form(rig: Rig) -> None:
    def named(**name: str) -> dict[str, str]:
        made = rig.call("POST", "people:createContact", {"names": [name]}, personFields="names").value
        return {key: made["names"][0].get(key, "") for key in ("givenName", "middleName", "familyName")}

    assert named(unstructuredName="Sukarno") == {"givenName": "Sukarno", "middleName": "", "familyName": ""}
    assert named(unstructuredName="Ada B King") == {"givenName": "Ada", "middleName": "B", "familyName": "King"}
    assert named(unstructuredName="Ada King", givenName="Augusta")["givenName"] == "Augusta"


def test_a_new_contact_lands_in_my_contacts_unless_groups_are_named(rig: Rig) -> None:
    group = rig.account.add_group("Creatio")

    def groups(*names: str) -> list[str]:
        memberships = [{"contactGroupMembership": {"contactGroupResourceName": name}} for name in names]
        made = rig.call("POST", "people:createContact", {"memberships": memberships}).value
        return [item["contactGroupMembership"]["contactGroupResourceName"] for item in made["memberships"]]

    assert groups() == ["contactGroups/myContacts"]
    assert groups(group) == [group]
    membership = {"contactGroupMembership": {"contactGroupResourceName": "contactGroups/none"}}
    assert rig.call("POST", "people:createContact", {"memberships": [membership]}).status == 400


@pytest.mark.parametrize(
    "person",
    [
        {"birthdays": [{"date": {"year": 2001, "month": 2, "day": 29}}]},
        {"birthdays": [{"date": {"year": 2001, "month": 13, "day": 1}}]},
        {"emailAddresses": [{"value": "no address"}]},
        {"biographies": [{"value": "x" * 140_000}]},
    ],
)
def test_a_value_that_can_not_be_is_refused(rig: Rig, person: dict[str, object]) -> None:
    assert rig.call("POST", "people:createContact", person).reason == "INVALID_ARGUMENT"


def test_a_birthday_needs_no_year(rig: Rig) -> None:
    born = {"birthdays": [{"date": {"month": 2, "day": 29}}]}
    made = rig.call("POST", "people:createContact", born, personFields="birthdays").value
    assert made["birthdays"][0]["date"] == {"month": 2, "day": 29}


def test_batch_create_is_all_or_none(rig: Rig) -> None:
    good, bad = {"names": [{"givenName": "Ada"}]}, {"emailAddresses": [{"value": "bad"}]}
    body = {"contacts": [{"contactPerson": good}, {"contactPerson": bad}], "readMask": "names"}
    assert rig.call("POST", "people:batchCreateContacts", body).status == 400
    assert rig.account.contacts() == []


def test_batch_create_needs_a_read_mask_and_an_empty_one_means_no_data(rig: Rig) -> None:
    contacts = [{"contactPerson": {"names": [{"givenName": "Ada"}]}}]
    assert rig.call("POST", "people:batchCreateContacts", {"contacts": contacts}).status == 400
    assert rig.call("POST", "people:batchCreateContacts", {"contacts": contacts, "readMask": ""}).value == {}
    assert len(rig.account.contacts()) == 1


def test_batches_hold_two_hundred(rig: Rig) -> None:
    many = {"contacts": [{"contactPerson": {}}] * 201, "readMask": "names"}
    assert rig.call("POST", "people:batchCreateContacts", many).status == 400
    named = {f"people/c{number}": {"etag": "x"} for number in range(201)}
    body = {"contacts": named, "updateMask": "names", "readMask": "names"}
    assert rig.call("POST", "people:batchUpdateContacts", body).status == 400
    assert rig.call("POST", "people:batchDeleteContacts", {"resourceNames": ["people/c1"] * 501}).status == 400


def test_an_update_replaces_what_the_mask_names_and_nothing_else(rig: Rig) -> None:
    resource = rig.add("Ada", biographies=[{"value": "old"}], emailAddresses=[{"value": "a@a.example"}])
    reply = update(rig, resource, "biographies", biographies=[{"value": "new"}], emailAddresses=[])
    assert reply.status == 200
    contact = rig.account.contact(resource)
    assert contact["biographies"][0]["value"] == "new"
    assert contact["emailAddresses"][0]["value"] == "a@a.example"


def test_an_update_needs_a_mask_of_writable_fields(rig: Rig) -> None:
    resource = rig.add("Ada")
    assert update(rig, resource, "").message.startswith("updatePersonFields mask is required")
    assert 'Invalid updatePersonFields mask path: "photos"' in update(rig, resource, "photos").message


def test_an_update_needs_an_etag_that_is_not_stale(rig: Rig) -> None:
    resource = rig.add("Ada")
    before = rig.account.contact(resource)
    rig.account.edit(resource, biographies=[{"value": "by hand"}])
    source = {"type": "CONTACT", "id": before["metadata"]["sources"][0]["id"]}

    def refusal(**body: object) -> str:
        reply = rig.call("PATCH", f"{resource}:updateContact", body, updatePersonFields="names")
        return f"{reply.status} {reply.reason} {reply.message}"

    assert refusal(names=[]).startswith("400 INVALID_ARGUMENT Request must set person.etag")
    assert refusal(etag=before["etag"]).startswith("400 FAILED_PRECONDITION Request person.etag is different")
    stale = before["metadata"]["sources"][0]["etag"]
    assert refusal(metadata={"sources": [{**source, "etag": stale}]}).startswith(
        "400 FAILED_PRECONDITION Request person.metadata.sources.etag is different"
    )
    fresh = rig.account.contact(resource)["metadata"]["sources"][0]["etag"]
    body = {"metadata": {"sources": [{**source, "etag": fresh}]}, "names": [{"givenName": "Augusta"}]}
    done = rig.call("PATCH", f"{resource}:updateContact", body, updatePersonFields="names", personFields="metadata")
    assert done.value["metadata"]["sources"][0]["etag"] != fresh


def test_etags_can_mismatch_for_no_reason(rig: Rig) -> None:
    resource = rig.add("Ada")
    rig.behaviour.spurious_etag_mismatches = 1.0
    assert update(rig, resource, "names").reason == "FAILED_PRECONDITION"


def test_memberships_can_not_be_emptied(rig: Rig) -> None:
    assert update(rig, rig.add("Ada"), "memberships").status == 400


def test_batch_update_clears_a_masked_field_that_a_person_lacks(rig: Rig) -> None:
    first = rig.add("Ada", biographies=[{"value": "a"}])
    second = rig.add("Ben", biographies=[{"value": "b"}])
    contacts = {
        first: {"etag": etag_of(rig, first), "biographies": [{"value": "new"}]},
        second: {"etag": etag_of(rig, second)},
    }
    body = {"contacts": contacts, "updateMask": "biographies", "readMask": "biographies,metadata"}
    result = rig.call("POST", "people:batchUpdateContacts", body).value["updateResult"]
    assert result[first]["person"]["biographies"][0]["value"] == "new"
    assert "biographies" not in result[second]["person"]
    assert result[second]["httpStatusCode"] == 200


def test_batch_update_is_all_or_none(rig: Rig) -> None:
    first, second = rig.add("Ada"), rig.add("Ben")
    contacts = {
        first: {"etag": etag_of(rig, first), "names": [{"givenName": "New"}]},
        second: {"etag": "stale", "names": [{"givenName": "New"}]},
    }
    body = {"contacts": contacts, "updateMask": "names", "readMask": "names"}
    assert rig.call("POST", "people:batchUpdateContacts", body).reason == "FAILED_PRECONDITION"
    assert rig.account.contact(first)["names"][0]["givenName"] == "Ada"


def test_a_refused_value_can_be_planted(rig: Rig) -> None:
    rig.behaviour.refused_values.add("poison")
    assert rig.call("POST", "people:createContact", {"biographies": [{"value": "a poison b"}]}).status == 400


# ── access and quotas ────────────────────────────────────────────────────────────────────────────────────────
def test_a_bad_token_is_refused(rig: Rig) -> None:
    rig.token = "ya29.none"
    refused = rig.listing()
    assert (refused.status, refused.reason) == (401, "UNAUTHENTICATED")
    assert "www-authenticate" in {name.lower() for name in refused.headers}


def test_an_access_token_lives_an_hour(rig: Rig) -> None:
    rig.sandbox.clock.advance(3599)
    assert rig.listing().status == 200
    rig.sandbox.clock.advance(1)
    assert rig.listing().status == 401


def test_a_missing_scope_is_named(rig: Rig) -> None:
    oauth = rig.sandbox.google.oauth
    rig.token = oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, ["openid"])["access_token"]
    refused = rig.listing()
    assert (refused.status, refused.reason) == (403, "PERMISSION_DENIED ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def test_an_api_that_is_off_says_so(rig: Rig) -> None:
    rig.behaviour.disabled_services.add("people")
    refused = rig.listing()
    assert (refused.status, refused.reason) == (403, "PERMISSION_DENIED SERVICE_DISABLED")
    assert "has not been used in project" in refused.message


def test_quotas_count_per_minute_and_a_refused_call_costs_nothing(rig: Rig) -> None:
    rig.behaviour.quotas = Quotas(critical_reads=60, critical_writes=30, full_syncs=1000)
    batch = {"contacts": [{"contactPerson": {"names": [{"givenName": "A"}]}}], "readMask": ""}
    replies = [rig.call("POST", "people:batchCreateContacts", batch) for _ in range(6)]
    assert [reply.status for reply in replies] == [200] * 5 + [429]
    assert replies[5].reason == "RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED"
    assert len(rig.account.contacts()) == 5
    rig.sandbox.clock.advance(60)
    assert rig.call("POST", "people:batchCreateContacts", batch).status == 200


def test_the_first_page_of_a_full_sync_has_a_quota_of_its_own(rig: Rig) -> None:
    rig.behaviour.quotas = Quotas(full_syncs=1, plain=True)
    token = rig.listing().value["nextSyncToken"]
    refused = rig.listing()
    assert (refused.status, refused.reason) == (429, "RESOURCE_EXHAUSTED")
    assert refused.message.startswith("Resource has been exhausted")
    assert rig.listing(syncToken=token).status == 200


def test_entries_come_in_any_order_where_google_promises_none(rig: Rig) -> None:
    rig.behaviour.shuffle_items = True
    mails = [f"m{number}@a.example" for number in range(6)]
    resource = rig.add("Ada", emailAddresses=[{"value": mail} for mail in mails])
    orders = set()
    for _ in range(20):
        entries = rig.call("GET", resource, personFields="emailAddresses").value["emailAddresses"]
        orders.add(tuple(entry["value"] for entry in entries))
        assert [entry["value"] for entry in entries if entry["metadata"].get("primary")] == [mails[0]]
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(mails)}
