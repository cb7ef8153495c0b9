"""What the site does by itself about mail, accounts and settings (facts/creatio.md 4.4, 5, 6, 9)."""

from typing import Any

import pytest

from gsync_cli.sandbox import control
from gsync_cli.sandbox.creatio.desk import Desk
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import Refusal
from gsync_cli.sandbox.creatio.seed import GMAIL, OFFICE_365
from tests.sandbox.creatio.caller import Caller, new_site, parsed

SYNC_REPLY = "DataService/json/SyncReply"
KEY, SECRET, SHARED = "GoogleConsumerKey", "GoogleConsumerSecret", "UseGoogleSharedApplication"


def link(caller: Caller, application: str | None, server: str = GMAIL) -> None:
    assert caller.patch(f"MailServer({server})", {"OAuthApplicationId": application}).status == 204


def applications(caller: Caller) -> set[str]:
    return {row["Id"] for row in caller.rows("OAuthApplications")}


def write_settings(caller: Caller, **values: object) -> Any:
    return caller.service(f"{SYNC_REPLY}/PostSysSettingsValues", {"isPersonal": False, "sysSettingsValues": values})


def read_settings(caller: Caller, *codes: str) -> Any:
    return caller.service(f"{SYNC_REPLY}/QuerySysSettings", {"sysSettingsNameCollection": list(codes)})


def test_a_first_link_takes_passwords_and_stops_the_mailboxes_of_that_provider() -> None:
    caller = Caller(new_site())
    desk = caller.site.desk()
    desk.add_mailbox("anna@example.com")
    desk.add_mailbox("carl@example.com", OFFICE_365)
    link(caller, desk.add_oauth_application("c-1"))
    assert [(row["UserPassword"], row["SynchronizationStopped"]) for row in desk.mailboxes()] == [
        ("", True),
        ("app password", False),
    ]


def test_another_application_takes_tokens_and_the_former_row_is_deleted() -> None:
    caller = Caller(new_site())
    desk = caller.site.desk()
    first, second = desk.add_oauth_application("c-1"), desk.add_oauth_application("c-2")
    link(caller, first)
    desk.add_mailbox("anna@example.com")
    assert desk.mailboxes()[0]["OAuthTokenStorageId"]
    link(caller, second)
    assert desk.mailboxes()[0]["OAuthTokenStorageId"] is None
    assert desk.mailboxes()[0]["SynchronizationStopped"]
    assert applications(caller) == {second}


def test_changing_the_application_in_place_stops_nothing() -> None:
    caller = Caller(new_site())
    desk = caller.site.desk()
    application = desk.add_oauth_application("c-1")
    link(caller, application)
    desk.add_mailbox("anna@example.com")
    assert caller.patch(f"OAuthApplications({application})", {"ClientId": "c-2"}).status == 204
    assert caller.patch(f"MailServer({GMAIL})", {"Port": 993}).status == 204
    assert not desk.mailboxes()[0]["SynchronizationStopped"]


def test_no_service_shows_a_secret_or_the_stored_tokens() -> None:
    caller = Caller(new_site())
    application = caller.site.desk().add_oauth_application("c-1", SecretKey="s-1")
    assert "SecretKey" not in caller.row("OAuthApplications", application)
    assert caller.get("OAuthTokenStorage").status in {401, 403}
    columns = {"items": {"SecretKey": {"expression": {"columnPath": "SecretKey"}}}}
    query = {"rootSchemaName": "OAuthApplications", "columns": columns}
    assert caller.service(f"{SYNC_REPLY}/SelectQuery", query)["rows"] == [{"SecretKey": ""}]
    query = {"rootSchemaName": "OAuthTokenStorage", "columns": {"items": {}}}
    assert caller.service(f"{SYNC_REPLY}/SelectQuery", query)["success"] is False


@pytest.mark.parametrize("table", ["ContactCorrespondence", "ActivityCorrespondence"])
def test_an_account_that_correspondence_points_at_can_not_be_deleted(table: str) -> None:
    caller = Caller(new_site())
    desk = caller.site.desk()
    of_contacts = table == "ContactCorrespondence"
    account = desk.connect_google_account("anna@example.com", correspondence=of_contacts, activities=not of_contacts)
    assert caller.delete(f"SocialAccount({account})").status == 500
    (row,) = caller.rows(table, filter=f"SourceAccount/Id eq {account}")
    assert caller.delete(f"{table}({row['Id']})").status == 204
    assert caller.delete(f"SocialAccount({account})").status == 204
    assert desk.google_accounts() == []


def test_other_sites_let_correspondence_go_of_the_account() -> None:
    caller = Caller(new_site(Options(correspondence_holds=False)))
    account = caller.site.desk().connect_google_account("anna@example.com", correspondence=2)
    assert caller.delete(f"SocialAccount({account})").status == 204
    assert {row["SourceAccountId"] for row in caller.site.desk().rows("ContactCorrespondence")} == {None}


def test_a_user_sees_their_own_google_accounts_only() -> None:
    site = new_site()
    other = site.add_user("ben", "Ben1!")
    site.desk(other).connect_google_account("ben@example.com")
    assert site.desk().google_accounts() == []
    assert [row["Login"] for row in site.desk(other).google_accounts()] == ["ben@example.com"]


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_table_may_be_closed_to_odata_and_open_to_dataservice(status: Any) -> None:
    caller = Caller(new_site(Options(odata_closed={"MailServer"}, closed_status=status)))
    assert caller.get("MailServer").status == status
    assert caller.patch(f"MailServer({GMAIL})", {"Port": 1}).status == status
    columns = {"items": {"Name": {"expression": {"columnPath": "Name"}}}}
    rows = caller.service(f"{SYNC_REPLY}/SelectQuery", {"rootSchemaName": "MailServer", "columns": columns})["rows"]
    assert {"Name": "GMail"} in rows


@pytest.mark.parametrize(
    ("operation", "table", "values"),
    [
        ("CanManageLookups", "MailServer", {"Name": "x"}),
        ("CanManageMailServers", "MailServer", {"Name": "x"}),
        ("CanManageMailServers", "OAuthApplications", {"ClientId": "c"}),
    ],
)
def test_mail_is_set_by_who_may(operation: str, table: str, values: dict[str, str]) -> None:
    caller = Caller(new_site(Options(missing_operations={operation}), version="8.3.2"))
    assert caller.get(table).status == 200
    response = caller.post(table, values)
    assert response.status == 403
    assert operation in str(parsed(response))


def test_settings_are_set_by_who_may() -> None:
    caller = Caller(new_site(Options(missing_operations={"CanManageSysSettings"})))
    told = write_settings(caller, **{KEY: "c"})
    assert (told["success"], told["errorInfo"]["errorCode"]) == (False, "SecurityException")
    assert caller.site.desk().setting(KEY) == ""


def test_a_setting_may_fail_in_the_middle_of_a_success() -> None:
    caller = Caller(new_site(Options(refused_settings={SECRET})))
    told = write_settings(caller, **{KEY: "c", SECRET: "s", SHARED: False})
    assert (told["success"], told["saveResult"]) == (True, {KEY: True, SECRET: False, SHARED: True})
    assert caller.site.desk().setting(SECRET) == ""


def test_short_texts_are_cut_without_a_word() -> None:
    caller = Caller(new_site(Options(short_text=50)))
    assert write_settings(caller, **{KEY: "c" * 72})["saveResult"] == {KEY: True}
    assert read_settings(caller, KEY)["values"][KEY]["value"] == "c" * 50


@pytest.mark.parametrize(("how", "shown"), [("masked", "********"), ("empty", ""), ("plain", "s-1")])
def test_a_secret_setting_shows_as_the_site_wants(how: Any, shown: str) -> None:
    caller = Caller(new_site(Options(secret_read=how)))
    write_settings(caller, **{SECRET: "s-1"})
    assert read_settings(caller, SECRET)["values"][SECRET]["value"] == shown
    assert caller.site.desk().setting(SECRET) == "s-1"


def test_ones_own_value_hides_the_one_for_everybody() -> None:
    caller = Caller(new_site())
    caller.site.desk().set_setting(KEY, "mine", own=True)
    write_settings(caller, **{KEY: "all"})
    told = read_settings(caller, KEY, "NoSuch")
    assert (told["values"][KEY]["value"], told["notFoundSettings"]) == ("mine", ["NoSuch"])


def test_a_desk_makes_providers_and_deletes_them_with_their_mailboxes() -> None:
    desk = new_site().desk()
    made = desk.add_provider(Name="Second", Address="imap.gmail.com")
    desk.add_mailbox("anna@example.com", made)
    desk.set_gmail_provider(Port=143)
    assert {row["Name"]: row["Port"] for row in desk.providers()} == {"GMail": 143, "Office 365": 993, "Second": 0}
    desk.delete_provider(made)
    assert desk.mailboxes() == []
    with pytest.raises(Refusal):
        desk.set_gmail_provider(OAuthApplicationId=made)


def test_every_act_of_the_control_interface_is_one_of_the_desk() -> None:
    assert {action for action in control.DESK_ACTIONS if not callable(getattr(Desk, action, None))} == set()
