"""Tables that a site closes to OData are reached all the same, and nothing is made twice on the way."""

from typing import Any, Literal

import httpx2
import pytest

from gsync_cli.creatio.dataservice import Condition
from gsync_cli.creatio.errors import CreatioRefusal, Unanswered
from gsync_cli.creatio.tables import Tables
from gsync_cli.errors import Refused
from gsync_cli.sandbox.messages import Request
from tests.creatio.fake import FakeCreatio, answer, odata_error, opened, rows
from tests.support.creatio_rig import Rig, rig

GMAIL = "1b424a93-dee9-e011-8376-00155d04c01d"
OTHER = "4bde7ec8-061f-46a3-ab24-49f5ec9cce8b"
COLUMNS = ("Id", "Name", "OAuthApplication/Id")
Closed = Literal[401, 403, 404, 500]


def tables(world: Rig) -> Tables:
    made = Tables(world.session())
    world.requests.clear()
    return made


def asked(world: Rig, part: str) -> list[Request]:
    return [request for request in world.requests if part in request.path]


def application(world: Rig) -> dict[str, Any]:
    (found,) = world.desk.rows("OAuthApplications")
    return found


def test_an_open_table_is_read_and_written_through_odata() -> None:
    world = rig()
    mine = tables(world)
    made = mine.insert("OAuthApplications", {"ClientId": "c-1", "Name": "O'Neil"})
    mine.update("MailServer", GMAIL, {"OAuthApplication/Id": made, "Port": 994})
    found = mine.rows("MailServer", (*COLUMNS, "Port"), {"OAuthApplication/Id": made, "Name": "GMail", "UseSSL": True})
    assert found == [{"Id": GMAIL, "Name": "GMail", "OAuthApplication/Id": made, "Port": 994}]
    assert [row["Id"] for row in mine.rows("OAuthApplications", ("Id",), {"Name": "O'Neil"})] == [made]
    mine.update("MailServer", GMAIL, {"OAuthApplication/Id": None})
    assert mine.find("MailServer", GMAIL, COLUMNS) == {"Id": GMAIL, "Name": "GMail", "OAuthApplication/Id": ""}
    assert not asked(world, "DataService")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_closed_table_is_read_and_written_through_dataservice(status: Closed) -> None:
    world = rig(odata_closed={"MailServer", "OAuthApplications"}, closed_status=status)
    mine = tables(world)
    made = mine.insert("OAuthApplications", {"ClientId": "c-1"})
    mine.update("MailServer", GMAIL, {"OAuthApplication/Id": made})
    assert mine.rows("MailServer", COLUMNS, {"OAuthApplication/Id": made}) == [
        {"Id": GMAIL, "Name": "GMail", "OAuthApplication/Id": made}
    ]
    assert world.desk.count("OAuthApplications") == 1
    mine.update("MailServer", GMAIL, {"OAuthApplication/Id": None})
    assert mine.find("MailServer", GMAIL, COLUMNS) == {"Id": GMAIL, "Name": "GMail", "OAuthApplication/Id": ""}


def test_a_refused_table_is_not_asked_for_through_odata_again() -> None:
    world = rig(odata_closed={"MailServer"}, closed_status=401)
    mine = tables(world)
    for _ in range(3):
        assert mine.find("MailServer", GMAIL)
    assert len(asked(world, "/odata/MailServer")) == 2, "once, and once after signing in anew"
    assert len(asked(world, "AuthService.svc/Login")) == 1


def test_a_row_with_a_secret_goes_through_dataservice_from_the_start() -> None:
    world = rig()
    mine = tables(world)
    made = mine.insert("OAuthApplications", {"ClientId": "c-1", "SecretKey": "s-1"}, secret=True)
    mine.update("OAuthApplications", made, {"SecretKey": "s-2"}, secret=True)
    assert [request.path.rpartition("/")[2] for request in world.requests] == ["InsertQuery", "UpdateQuery"]
    assert application(world)["SecretKey"] == "s-2"


@pytest.mark.parametrize("closed", [set(), {"OAuthApplications"}])
@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("carried_out", [False, True])
def test_a_lost_answer_makes_no_second_row(*, closed: set[str], secret: bool, carried_out: bool) -> None:
    world = rig(odata_closed=closed)
    mine = tables(world)
    left = 1

    def lose(request: Request) -> None:
        nonlocal left
        insert = request.path.endswith("InsertQuery") or (request.method == "POST" and "/odata/" in request.path)
        if left and insert:
            left -= 1
            raise httpx2.ReadTimeout("lost")

    if carried_out:
        world.after = lose
    else:
        world.before = lose
    made = mine.insert("OAuthApplications", {"ClientId": "c-1"}, secret=secret)
    assert left == 0
    assert [row["Id"] for row in world.desk.rows("OAuthApplications")] == [made]


def test_deleting_tells_whether_the_row_was_there() -> None:
    world = rig()
    made = world.desk.add_oauth_application("c-1")
    assert tables(world).delete("OAuthApplications", made) is True
    assert tables(world).delete("OAuthApplications", made) is False


def test_a_lost_answer_to_a_deletion_is_settled_by_looking() -> None:
    world = rig()
    made = world.desk.add_oauth_application("c-1")
    mine = tables(world)

    def lose(request: Request) -> None:
        if request.method == "DELETE":
            raise httpx2.ReadTimeout("lost")

    world.after = lose
    assert mine.delete("OAuthApplications", made) is True
    assert len([request for request in world.requests if request.method == "DELETE"]) == 1


def test_a_row_that_something_points_at_is_a_refusal_with_the_sites_own_words() -> None:
    world = rig()
    account = world.desk.connect_google_account("anna@example.com", correspondence=1)
    with pytest.raises(CreatioRefusal, match="REFERENCE constraint"):
        tables(world).delete("SocialAccount", account)
    assert world.desk.google_accounts()
    world.site.options.correspondence_holds = False
    assert tables(world).delete("SocialAccount", account) is True


def test_a_table_that_neither_service_opens_is_a_missing_right() -> None:
    world = rig(denied={("read", "MailServer")})
    with pytest.raises(Refused) as caught:
        tables(world).rows("MailServer", COLUMNS)
    assert caught.value.code == "creatio-access-denied"


def test_where_the_path_of_a_lookup_is_refused_rows_are_filtered_here() -> None:
    fake = FakeCreatio()
    first = {"Id": GMAIL, "Login": "a", "UserId": GMAIL.upper()}
    second = {"Id": OTHER, "Login": "b", "UserId": None}

    def reply(request: httpx2.Request) -> httpx2.Response:
        if b"User%2FId" in request.url.raw_path or b"User/Id" in request.url.raw_path:
            return odata_error(500, "An error has occurred.", "Access to SysAdminUnit is restricted")
        return rows(first, second, count=2)

    fake.on("/odata/SocialAccount", reply)
    fake.on("SelectQuery", answer(200, {"success": False, "errorInfo": {"message": "restricted"}}))
    condition: Condition = {"User/Id": GMAIL}
    assert Tables(opened(fake)).rows("SocialAccount", ("Id", "Login"), condition) == [{"Id": GMAIL, "Login": "a"}]


def test_silence_to_a_write_that_was_repeated_stays_unclear() -> None:
    fake = FakeCreatio()
    fake.on("SelectQuery", answer(200, {"success": True, "rows": []}))
    fake.on("InsertQuery", httpx2.ReadTimeout("silence"))
    fake.on("/odata/OAuthApplications", rows(count=0))
    with pytest.raises(Unanswered):
        Tables(opened(fake)).insert("OAuthApplications", {"ClientId": "c"}, secret=True)
    assert len(fake.paths("InsertQuery")) == 2


def test_a_refusal_by_500_is_told_as_one_after_looking() -> None:
    fake = FakeCreatio()
    fake.on("InsertQuery", answer(500, {"responseStatus": {"ErrorCode": "Sql", "Message": "No such column"}}))
    fake.on("/odata/OAuthApplications", rows(count=0))
    with pytest.raises(CreatioRefusal, match="No such column"):
        Tables(opened(fake)).insert("OAuthApplications", {"ClientId": "c"}, secret=True)


def test_a_site_that_neither_counts_nor_skips_is_read_to_its_end() -> None:
    fake = FakeCreatio()
    fake.on("/odata/MailServer", rows({"Id": GMAIL, "Name": "a"}, {"Id": OTHER, "Name": "b"}))
    found = Tables(opened(fake)).rows("MailServer", ("Name",))
    assert [row["Name"] for row in found] == ["a", "b"]
    assert len(fake.paths("/odata/MailServer")) == 2


@pytest.mark.parametrize("secret", [False, True])
def test_where_the_site_chooses_the_id_of_a_row_that_one_is_taken(*, secret: bool) -> None:
    fake = FakeCreatio()
    fake.on("InsertQuery", answer(200, {"success": True, "id": GMAIL.upper(), "rowsAffected": 1}))
    fake.on("/odata/OAuthApplications", answer(201, {"Id": GMAIL.upper(), "Name": "x"}))
    assert Tables(opened(fake)).insert("OAuthApplications", {"ClientId": "c"}, secret=secret) == GMAIL


def test_many_rows_come_page_by_page() -> None:
    world = rig(max_rows=3)
    for number in range(8):
        world.desk.add_oauth_application(f"c-{number}")
    found = tables(world).rows("OAuthApplications", ("ClientId",))
    assert sorted(row["ClientId"] for row in found) == [f"c-{number}" for number in range(8)]
