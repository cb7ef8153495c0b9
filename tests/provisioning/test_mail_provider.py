"""The Gmail provider and its OAuth application: found or made, changed in place, never doubled (row K3)."""

import json
import re
from typing import Any

import httpx2
import pytest

from gsync_cli.creatio.session import CreatioSite
from gsync_cli.credentials import GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused
from gsync_cli.provisioning.mail_provider import UNCOUNTED, ProviderSet, inspect_provider, set_provider
from gsync_cli.sandbox.messages import Request
from tests.creatio.fake import FakeCreatio, answer, odata_error, opened, rows
from tests.support.creatio_rig import Rig, rig

CLIENT = GoogleClient("web", "123.apps.googleusercontent.com", "GOCSPX-new")
GMAIL = "1b424a93-dee9-e011-8376-00155d04c01d"
OFFICE = "4bde7ec8-061f-46a3-ab24-49f5ec9cce8b"


class Asked:
    """Somebody who answers the question about mailboxes, and remembers it."""

    def __init__(self, *, answer: bool = True) -> None:
        self.answer = answer
        self.mailboxes: list[int] = []

    def __call__(self, mailboxes: int) -> bool:
        self.mailboxes.append(mailboxes)
        return self.answer


def connected(world: Rig) -> CreatioSite:
    site = world.session()
    world.requests.clear()
    return site


def run(world: Rig, *, answer: bool = True, client: GoogleClient = CLIENT) -> tuple[ProviderSet, list[int]]:
    asked = Asked(answer=answer)
    return set_provider(connected(world), client, asked), asked.mailboxes


def provider(world: Rig, row_id: str = GMAIL) -> dict[str, Any]:
    return next(row for row in world.desk.providers() if row["Id"] == row_id)


def everything(world: Rig) -> list[list[dict[str, Any]]]:
    return [world.desk.rows(table) for table in ("MailServer", "OAuthApplications", "MailboxSyncSettings")]


def codes(errors: tuple[GsyncError, ...]) -> list[str]:
    return [error.code for error in errors]


def test_the_stock_provider_gets_an_application_as_the_product_makes_it() -> None:
    world = rig()
    result, asked = run(world)
    assert (result.done, result.made, result.linked, asked, result.warnings) == (True, False, True, [], ())
    application = provider(world)["application"]
    assert {
        name: application[name] for name in ("Name", "AppClassName", "ClientClassName", "ClientId", "SecretKey")
    } == {
        "Name": "GoogleOAuthAuthenticator",
        "AppClassName": "GoogleOAuthAuthenticator",
        "ClientClassName": "GoogleOAuthClient",
        "ClientId": CLIENT.client_id,
        "SecretKey": CLIENT.client_secret,
    }
    assert inspect_provider(connected(world), CLIENT).is_right
    assert not provider(world, OFFICE)["application"]


def test_the_secret_goes_through_dataservice_and_is_never_asked_for() -> None:
    world = rig()
    run(world)
    run(world)
    secret = [request for request in world.requests if b"SecretKey" in request.body]
    assert {request.path.rpartition("/")[2] for request in secret} == {"UpdateQuery"}
    assert not [request for request in world.requests if "SecretKey" in str(request.query)]


def test_a_linked_application_is_changed_in_place_and_no_second_one_is_made() -> None:
    world = rig()
    run(world)
    linked = provider(world)["OAuthApplicationId"]
    result, asked = run(world, client=GoogleClient("web", CLIENT.client_id, "GOCSPX-rotated"))
    assert (result.linked, asked, world.desk.count("OAuthApplications")) == (False, [], 1)
    application = provider(world)["application"]
    assert (application["Id"], application["SecretKey"]) == (linked, "GOCSPX-rotated")
    writes = [request.path.rpartition("/")[2] for request in world.requests if request.method != "GET"]
    assert writes == ["UpdateQuery"], "the link is not touched"


def test_a_new_secret_alone_signs_nobody_out() -> None:
    world = rig()
    run(world)
    world.desk.add_mailbox("anna@example.com")
    _, asked = run(world, client=GoogleClient("web", CLIENT.client_id, "GOCSPX-rotated"))
    assert asked == []
    assert not world.desk.mailboxes()[0]["SynchronizationStopped"]


def test_before_a_first_linking_the_mailboxes_of_this_provider_are_counted_and_asked_about() -> None:
    world = rig()
    for name in ("anna", "ben"):
        world.desk.add_mailbox(f"{name}@example.com")
    world.desk.add_mailbox("carl@example.com", OFFICE)
    before = everything(world)
    result, asked = run(world, answer=False)
    assert (result.done, asked, everything(world)) == (False, [2], before)
    result, asked = run(world)
    assert (result.done, asked, codes(result.warnings)) == (True, [2], ["mail-provider-signed-out"])
    assert [row["SynchronizationStopped"] for row in world.desk.mailboxes()] == [True, True, False]


def test_another_client_in_the_linked_application_asks_too_and_is_replaced_in_place() -> None:
    world = rig()
    old = world.desk.add_oauth_application("old.apps.googleusercontent.com", SecretKey="GOCSPX-old")
    world.desk.set_gmail_provider(OAuthApplicationId=old)
    world.desk.add_mailbox("anna@example.com")
    seen = inspect_provider(connected(world), CLIENT)
    assert (seen.signs_out, seen.former, seen.mailboxes) == (True, "old.apps.googleusercontent.com", 1)
    result, asked = run(world)
    assert (asked, result.linked) == ([1], False)
    assert provider(world)["application"]["Id"] == old
    assert provider(world)["application"]["ClientId"] == CLIENT.client_id


def test_an_application_that_an_interrupted_run_left_is_used() -> None:
    world = rig()

    def stop(request: Request) -> None:
        if request.method == "PATCH":
            raise KeyboardInterrupt

    world.before = stop
    with pytest.raises(KeyboardInterrupt):
        run(world)
    (left,) = world.desk.rows("OAuthApplications")
    world.before = lambda _: None
    run(world)
    assert [row["Id"] for row in world.desk.rows("OAuthApplications")] == [left["Id"]]
    assert provider(world)["OAuthApplicationId"] == left["Id"]


def test_an_application_of_another_provider_is_not_shared() -> None:
    world = rig()
    others = world.desk.add_oauth_application(CLIENT.client_id)
    world.desk.add_provider(Name="Second", Address="mail.example.com", OAuthApplicationId=others)
    run(world)
    assert provider(world)["OAuthApplicationId"] not in {None, others}


def test_a_link_to_an_application_that_is_gone_is_set_anew() -> None:
    world = rig()
    gone = world.desk.add_oauth_application("old")
    world.desk.set_gmail_provider(OAuthApplicationId=gone)
    world.site.tables.remove("OAuthApplications", gone)
    result, _ = run(world)
    assert result.linked
    assert provider(world)["application"]["ClientId"] == CLIENT.client_id


def test_without_a_provider_one_is_made_with_the_values_of_the_guide() -> None:
    world = rig()
    world.desk.delete_provider()
    result, _ = run(world)
    assert result.made
    made = provider(world)
    told = {
        "Address": "imap.gmail.com",
        "Port": 993,
        "UseSSL": True,
        "SMTPServerAddress": "smtp.gmail.com",
        "SMTPPort": 465,
        "UseSSLforSending": True,
        "IsStartTls": False,
        "AllowEmailDownloading": True,
        "AllowEmailSending": True,
    }
    assert {name: made[name] for name in told} == told
    assert made["application"]["ClientId"] == CLIENT.client_id
    run(world)
    assert world.desk.count("MailServer") == 2


def test_a_provider_that_differs_from_the_guide_is_mended_and_what_is_somebodys_choice_stays() -> None:
    world = rig()
    world.desk.set_gmail_provider(Port=143, UseSSL=False, IsStartTls=True, SMTPPort=587, AllowEmailSending=False)
    seen = inspect_provider(connected(world), CLIENT)
    assert {mend.column for mend in seen.mends} == {"Port", "UseSSL", "IsStartTls", "SMTPPort"}
    run(world)
    row = provider(world)
    assert (row["Port"], row["UseSSL"], row["IsStartTls"], row["SMTPPort"]) == (993, True, False, 465)
    assert row["AllowEmailSending"] is False


def test_a_provider_is_found_by_its_host_and_then_by_its_name() -> None:
    world = rig()
    world.desk.delete_provider()
    named = world.desk.add_provider(Name="Gmail", Address="")
    assert inspect_provider(connected(world), CLIENT).id == named
    hosted = world.desk.add_provider(Name="Company mail", Address="IMAP.gmail.com")
    seen = inspect_provider(connected(world), CLIENT)
    assert (seen.id, seen.others) == (hosted, ("Gmail",))


def test_of_several_providers_the_stock_one_is_used_else_the_one_with_an_application() -> None:
    world = rig()
    plain = world.desk.add_provider(Name="Gmail 1", Address="imap.gmail.com")
    linked = world.desk.add_oauth_application("old")
    with_one = world.desk.add_provider(Name="Gmail 2", Address="imap.gmail.com", OAuthApplicationId=linked)
    seen = inspect_provider(connected(world), CLIENT)
    assert (seen.id, sorted(seen.others)) == (GMAIL, ["Gmail 1", "Gmail 2"])
    result, _ = run(world)
    assert codes(result.warnings) == ["mail-provider-several"]
    assert [provider(world, row)["OAuthApplicationId"] for row in (plain, with_one)] == [None, linked]
    world.desk.delete_provider()
    assert inspect_provider(connected(world), CLIENT).id == with_one


def test_the_one_that_signs_in_with_the_client_already_is_used_and_no_other_is_linked() -> None:
    world = rig()
    own = world.desk.add_oauth_application(CLIENT.client_id)
    guide = {"Address": "imap.gmail.com", "Port": 993, "UseSSL": True}
    sending = {"SMTPServerAddress": "smtp.gmail.com", "SMTPPort": 465, "UseSSLforSending": True}
    sales = world.desk.add_provider(Name="Gmail Sales", **guide, **sending, OAuthApplicationId=own)
    world.desk.add_mailbox("anna@example.com")
    world.desk.add_mailbox("ben@example.com", sales)
    seen = inspect_provider(connected(world), CLIENT)
    assert (seen.id, seen.is_right, seen.mailboxes, seen.others) == (sales, True, 1, ("GMail",))
    result, asked = run(world)
    assert (result.done, asked, world.desk.count("OAuthApplications")) == (True, [], 1)
    assert provider(world)["OAuthApplicationId"] is None
    assert not any(row["SynchronizationStopped"] for row in world.desk.mailboxes())


def test_whoever_shares_the_application_is_counted_asked_about_and_named() -> None:
    world = rig()
    old = world.desk.add_oauth_application("old.apps.googleusercontent.com")
    world.desk.set_gmail_provider(OAuthApplicationId=old)
    sales = world.desk.add_provider(Name="Gmail Sales", Address="imap.gmail.com", OAuthApplicationId=old)
    world.desk.add_provider(Name="Gmail Own", Address="imap.gmail.com")
    house = world.desk.add_provider(Name="House", Address="mail.example.com", OAuthApplicationId=old)
    for name, server in (("anna", sales), ("ben", sales), ("carl", house), ("dora", OFFICE)):
        world.desk.add_mailbox(f"{name}@example.com", server)
    before = everything(world)
    result, asked = run(world, answer=False)
    assert (result.done, asked, everything(world)) == (False, [3], before)
    assert sorted(result.before.sharing) == ["Gmail Sales", "House"]
    assert result.before.others == ("Gmail Own",)
    result, asked = run(world)
    assert (asked, result.linked) == ([3], False)
    facts = {warning.code: warning.facts for warning in result.warnings}
    assert set(facts) == {"mail-provider-several", "mail-provider-shared", "mail-provider-signed-out"}
    assert facts["mail-provider-shared"]["sharing"] == result.before.sharing
    assert "“House”" in str(facts["mail-provider-signed-out"]["providers"])


def written(world: Rig) -> list[Request]:
    """Return the requests that change something."""
    ends = ("InsertQuery", "UpdateQuery", "DeleteQuery")
    return [request for request in world.requests if request.method == "PATCH" or request.path.endswith(ends)]


@pytest.mark.parametrize("closed", [set(), {"OAuthApplications"}])
def test_a_second_run_with_the_same_secret_only_reads(closed: set[str]) -> None:
    world = rig(odata_closed=closed)
    site = connected(world)
    assert not set_provider(site, CLIENT, Asked()).unchanged
    world.requests.clear()
    assert inspect_provider(site, CLIENT).secret_is_known
    result = set_provider(site, CLIENT, Asked())
    assert (result.done, result.unchanged, written(world)) == (True, True, [])
    assert CLIENT.client_secret not in str(site.session().facts)


def test_a_new_secret_and_one_that_somebody_changed_meanwhile_are_written() -> None:
    world = rig()
    site = connected(world)
    set_provider(site, CLIENT, Asked())
    assert not set_provider(site, GoogleClient("web", CLIENT.client_id, "GOCSPX-rotated"), Asked()).unchanged
    assert provider(world)["application"]["SecretKey"] == "GOCSPX-rotated"
    set_provider(site, CLIENT, Asked())
    world.clock.advance(60)
    row = provider(world)["application"]
    world.site.records.update("OAuthApplications", row["Id"], {"SecretKey": "somebody's"}, None)
    assert not set_provider(site, CLIENT, Asked()).unchanged
    assert provider(world)["application"]["SecretKey"] == CLIENT.client_secret


@pytest.mark.parametrize("told", [None, {}, {"message": ""}])
def test_a_refusal_without_a_reason_is_told_as_the_right_it_most_likely_is(told: dict[str, str] | None) -> None:
    fake = FakeCreatio()
    fake.on("/odata/MailServer", rows({"Id": GMAIL, "Name": "GMail"}, count=1))
    fake.on("/odata/", rows(count=0))
    fake.on("InsertQuery", answer(200, {"success": False, "rowsAffected": 0, "errorInfo": told}))
    fake.on("UpdateQuery", answer(200, {"success": True, "rowsAffected": 1}))
    site = opened(fake)
    with pytest.raises(Refused) as caught:
        set_provider(site, CLIENT, Asked())
    assert (caught.value.code, caught.value.facts["what"]) == ("mail-provider-no-reason", "OAuthApplications")


@pytest.mark.parametrize("operation", ["CanManageMailServers", "CanManageLookups"])
def test_a_missing_right_is_said(operation: str) -> None:
    world = rig(missing_operations={operation})
    with pytest.raises(Refused) as caught:
        run(world)
    assert caught.value.code == "mail-provider-right-missing"


def test_mailboxes_that_can_not_be_counted_are_asked_about_all_the_same() -> None:
    world = rig(denied={("read", "MailboxSyncSettings")})
    before = everything(world)
    result, asked = run(world, answer=False)
    assert (asked, result.done, everything(world)) == ([UNCOUNTED], False, before)


def test_without_a_secret_nothing_is_sent() -> None:
    world = rig()
    site = connected(world)
    with pytest.raises(ConfigurationWrong):
        set_provider(site, GoogleClient("web", "c"), Asked())
    assert world.requests == []


@pytest.mark.parametrize("closed", [{"MailServer"}, {"OAuthApplications"}, {"MailServer", "OAuthApplications"}])
def test_tables_that_are_closed_to_odata_are_set_through_dataservice(closed: set[str]) -> None:
    world = rig(odata_closed=closed)
    world.desk.add_mailbox("anna@example.com")
    result, asked = run(world)
    assert (result.done, asked) == (True, [1])
    assert provider(world)["application"]["SecretKey"] == CLIENT.client_secret


@pytest.mark.parametrize("number", range(4))
def test_wherever_it_is_stopped_the_next_run_finishes_with_one_application(number: int) -> None:
    world = rig()
    world.desk.set_gmail_provider(Port=143)
    writes = 0

    def stop(request: Request) -> None:
        nonlocal writes
        if request.method == "PATCH" or request.path.endswith(("InsertQuery", "UpdateQuery")):
            writes += 1
            if writes == number + 1:
                raise httpx2.ConnectError("cut off") if number % 2 else KeyboardInterrupt

    world.before = stop
    try:
        run(world)
    except (KeyboardInterrupt, GsyncError):
        world.before = lambda _: None
        run(world)
    assert world.desk.count("OAuthApplications") == 1
    row = provider(world)
    assert (row["Port"], row["application"]["ClientId"]) == (993, CLIENT.client_id)


class Bare:
    """A site with nothing but OData, few columns, numbers as text, and ids in capitals."""

    def __init__(self) -> None:
        server = {"Id": GMAIL.upper(), "Name": "GMail", "Address": "imap.gmail.com", "Port": "993", "UseSSL": "True"}
        sending = {"SMTPServerAddress": "smtp.gmail.com", "SMTPPort": "465", "UseSSLforSending": True}
        self.tables: dict[str, list[dict[str, Any]]] = {
            "MailServer": [{**server, **sending, "OAuthApplicationId": "00000000-0000-0000-0000-000000000000"}],
            "OAuthApplications": [],
        }
        self.columns = {
            "MailServer": {*self.tables["MailServer"][0]},
            "OAuthApplications": {"Id", "Name", "ClientId", "SecretKey", "AppClassName", "ClientClassName"},
        }

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        match = re.search(r"/odata/(\w+)(?:\(([^)]+)\))?", request.url.path)
        if match is None or match[1] not in self.tables:
            return answer(404, {"Message": "No HTTP resource", "MessageDetail": "No type"})
        table, rows_ = match[1], self.tables[match[1]]
        if request.method == "GET":
            chosen = request.url.params["$select"].split(",")
            if set(chosen) - self.columns[table]:
                return odata_error(400, "The query specified in the URI is not valid.", "Could not find a property")
            wanted = re.search(r"(?:ClientId|Id) eq '?([^' ]+)", request.url.params.get("$filter", ""))
            found = [row for row in rows_ if not wanted or wanted[1].lower() in str(row).lower()]
            return rows(*({name: row[name] for name in chosen} for row in found))
        body = json.loads(request.content)
        if request.method == "POST":
            rows_.append({**body, "Id": body["Id"].upper()})
            return answer(201, rows_[-1])
        for row in rows_:
            if row["Id"].lower() == (match[2] or "").lower():
                row.update(body)
        return httpx2.Response(204)


def test_a_site_with_little_more_than_odata_is_set_too() -> None:
    fake, bare = FakeCreatio(), Bare()
    fake.on("/odata/(MailServer|OAuthApplications|MailboxSyncSettings)", bare)
    asked = Asked()
    result = set_provider(opened(fake), CLIENT, asked)
    assert (result.done, result.before.mends, asked.mailboxes) == (True, (), [UNCOUNTED])
    (application,) = bare.tables["OAuthApplications"]
    assert application["SecretKey"] == CLIENT.client_secret
    assert bare.tables["MailServer"][0]["OAuthApplicationId"].lower() == application["Id"].lower()
