"""Reading and writing rows: nothing is missed by paging, nothing is written twice (facts/creatio.md 2.2, 2.5, 2.6)."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from gsync_cli.creatio.batch import BATCH_LIMIT, Part, PartAnswer
from gsync_cli.creatio.errors import CreatioRefusal, Unanswered
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.errors import ConfigurationWrong, Refused, Temporary
from tests.creatio.fake import FakeCreatio, answer, odata_error, opened, page, rows

ALL = [{"Id": f"{number:08d}-0000-4000-8000-000000000000"} for number in range(25)]
QUERY = Query("Contact", ("Id",))
QUERIES = [Query("Contact", ("Id",), f"Id eq {row['Id']}") for row in ALL[:3]]
PARTS = [
    Part("POST", "Contact", {"Id": ALL[0]["Id"], "Name": "Анна"}),
    Part("PATCH", f"Contact({ALL[1]['Id']})", {"Name": "B"}),
    Part("DELETE", f"ContactInTag({ALL[2]['Id']})"),
]


def odata(fake: FakeCreatio) -> OData:
    return OData(opened(fake))


def serve(
    fake: FakeCreatio,
    *,
    most: int = 20_000,
    counts: bool = True,
    links: bool = False,
    table: Sequence[Mapping[str, Any]] = ALL,
) -> None:
    """Answer reads of Contact from a table, at most `most` rows a reply."""

    def reply(request: httpx2.Request) -> httpx2.Response:
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        skip, top = int(query.get("$skip", 0)), int(query["$top"])
        part = table[skip : skip + min(top, most)]
        count = len(table) if counts and query.get("$count") == "true" else None
        more: dict[str, object] = {}
        if links and len(part) < min(top, len(table) - skip):
            link = f"http://inner:8080/0/odata/Contact?$top={top - most}&$skip={skip + most}&$select=Id"
            more = {"@odata.nextLink": link}
        return rows(*part, count=count, **more)

    fake.on("^/odata/Contact", reply)


def serve_batch(fake: FakeCreatio, *replies: Mapping[str, Any]) -> None:
    """Answer the parts of a batch with these replies, in their order."""

    def reply(request: httpx2.Request) -> httpx2.Response:
        parts = json.loads(request.content)["requests"]
        pairs = zip(parts, replies, strict=False)
        return answer(200, {"responses": [{"id": part["id"], **reply} for part, reply in pairs]})

    fake.on(r"^/odata/\$batch", reply)


def written_as(
    ends: Mapping[str, httpx2.Response | Exception],
) -> Callable[[httpx2.Request], httpx2.Response | Exception]:
    """Answer single writes by their method, and reads with no rows."""

    def reply(request: httpx2.Request) -> httpx2.Response | Exception:
        return ends.get(request.method, rows())

    return reply


class TestRows:
    """Paging (facts/creatio.md 2.2, 2.8)."""

    def test_one_page_is_one_request(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        assert list(odata(fake).rows(QUERY)) == ALL
        assert len(fake.asked) == 1

    def test_an_empty_set_is_one_request(self) -> None:
        fake = FakeCreatio()
        serve(fake, table=[])
        assert list(odata(fake).rows(QUERY)) == []
        assert len(fake.asked) == 1

    def test_pages_follow_by_skip_in_a_fixed_order(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        assert list(odata(fake).rows(Query("Contact", ("Id",), orderby="ModifiedOn,Id"), page_size=10)) == ALL
        assert [re.findall(r"skip=(\d+)", path) for path in fake.paths()] == [[], ["10"], ["20"]]
        assert all("$orderby=ModifiedOn,Id" in path for path in fake.paths())

    @pytest.mark.parametrize("counts", [True, False])
    @pytest.mark.parametrize("links", [True, False])
    def test_replies_that_are_cut_silently_lose_no_row(self, *, counts: bool, links: bool) -> None:
        fake = FakeCreatio()
        serve(fake, most=4, counts=counts, links=links)
        assert list(odata(fake).rows(QUERY, page_size=10)) == ALL

    def test_without_a_count_only_an_empty_page_is_the_end(self) -> None:
        fake = FakeCreatio()
        serve(fake, counts=False)
        assert list(odata(fake).rows(QUERY, page_size=10)) == ALL
        assert len(fake.asked) == 4

    def test_a_count_that_is_too_high_ends_at_an_empty_page(self) -> None:
        fake = FakeCreatio()
        reader = odata(fake)
        fake.on("^/odata/Contact", rows(*ALL[:3], count=99), rows())
        assert list(reader.rows(QUERY)) == ALL[:3]

    def test_no_more_than_the_top_rows_are_read(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        assert list(odata(fake).rows(Query("Contact", ("Id",), top=12), page_size=10)) == ALL[:12]
        assert [parse_qs(urlsplit(path).query)["$top"] for path in fake.paths()] == [["10"], ["2"]]

    def test_fewer_rows_than_the_top_need_no_second_request(self) -> None:
        fake = FakeCreatio()
        serve(fake, table=ALL[:1])
        assert list(odata(fake).rows(Query("Contact", ("Id",), top=2))) == ALL[:1]
        assert len(fake.asked) == 1

    def test_too_little_memory_halves_the_page_and_goes_on(self) -> None:
        fake = FakeCreatio()

        def reply(request: httpx2.Request) -> httpx2.Response:
            query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
            skip, top = int(query.get("$skip", 0)), int(query["$top"])
            if top > 10:
                return odata_error(500, "An error has occurred.", "", "The query needs more memory than allowed")
            return rows(*ALL[skip : skip + top], count=len(ALL))

        fake.on("^/odata/Contact", reply)
        assert list(odata(fake).rows(QUERY, page_size=40)) == ALL
        assert [parse_qs(urlsplit(path).query)["$top"][0] for path in fake.paths()] == ["40", "20", "10", "10", "10"]

    def test_a_filter_arrives_as_it_was_written(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        condition = "Name eq 'O''Brien & Söhne + 100% #1' and ModifiedOn ge 2026-01-31T08:00:00Z"
        list(odata(fake).rows(Query("Contact", ("Id", "Name"), condition, "Account($select=Name)")))
        query = parse_qs(fake.asked[0].url.query.decode())
        assert query["$filter"] == [condition]
        assert query["$expand"] == ["Account($select=Name)"]
        assert query["$select"] == ["Id,Name"]

    @pytest.mark.parametrize(
        ("reply", "kind", "word"),
        [
            (odata_error(400, "Could not find a property named 'X'"), CreatioRefusal, "property"),
            (odata_error(500, "x", "Column by path AccountId not found in schema Contact"), CreatioRefusal, "schema"),
            (odata_error(500, "An error has occurred.", "Deadlock"), Temporary, "creatio-unavailable"),
            (page(503), Temporary, "creatio-unavailable"),
            (answer(403, {"Message": "No rights"}), Refused, "creatio-right-missing"),
            (httpx2.Response(200, content=b'{"value": [{"Id"'), Temporary, "creatio-reply-damaged"),
        ],
    )
    def test_what_a_read_is_refused_with_is_told_apart(
        self, reply: httpx2.Response, kind: type[Exception], word: str
    ) -> None:
        fake = FakeCreatio()
        fake.on("^/odata/Contact", rows(count=0), reply)
        reader = odata(fake)
        with pytest.raises(kind, match=word):
            list(reader.rows(QUERY))

    def test_a_set_that_is_missing_is_this_query_s_trouble_alone(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        with pytest.raises(CreatioRefusal) as raised:
            list(odata(fake).rows(Query("NoSuchSet", ("Id",))))
        assert raised.value.status == 404

    def test_a_data_service_that_has_moved_is_looked_for_by_the_next_run(self) -> None:
        fake = FakeCreatio()
        reader = odata(fake)
        fake.on("^/odata/", page(404))
        with pytest.raises(ConfigurationWrong, match="creatio-no-data-service"):
            list(reader.rows(QUERY))
        assert "runtime" not in reader.site.session().facts


class TestReadMany:
    """Reads in batches."""

    def test_one_query_is_a_plain_get(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        assert odata(fake).read_many([QUERY]) == [ALL]
        assert [request.method for request in fake.asked] == ["GET"]

    def test_no_query_is_no_request(self) -> None:
        fake = FakeCreatio()
        assert odata(fake).read_many([]) == []
        assert fake.asked == []

    def test_many_queries_are_one_request(self) -> None:
        fake = FakeCreatio()
        serve_batch(fake, *({"status": 200, "body": {"@odata.count": 1, "value": [row]}} for row in ALL[:3]))
        assert odata(fake).read_many(QUERIES) == [[row] for row in ALL[:3]]
        assert len(fake.asked) == 1
        sent = json.loads(fake.asked[0].content)["requests"]
        assert [(part["method"], "body" in part) for part in sent] == [("GET", False)] * 3
        assert parse_qs(urlsplit(sent[0]["url"]).query)["$filter"] == [f"Id eq {ALL[0]['Id']}"]
        assert fake.asked[0].headers["prefer"] == "continue-on-error"

    def test_more_than_a_hundred_are_two_requests(self) -> None:
        fake = FakeCreatio()
        serve_batch(fake, *[{"status": 200, "body": {"@odata.count": 0, "value": []}}] * BATCH_LIMIT)
        assert odata(fake).read_many([QUERY] * (BATCH_LIMIT + 1)) == [[]] * (BATCH_LIMIT + 1)
        assert len(fake.asked) == 2

    def test_further_pages_are_plain_gets(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        serve_batch(fake, *[{"status": 200, "body": {"@odata.count": 25, "value": ALL[:20]}}] * 2)
        assert odata(fake).read_many([QUERY, QUERY], page_size=20) == [ALL, ALL]
        assert [re.findall(r"skip=(\d+)", path) for path in fake.paths("GET")] == [["20"], ["20"]]

    def test_bodies_written_as_text_and_numbers_as_text_are_read(self) -> None:
        fake = FakeCreatio()
        part = {"status": "200", "body": json.dumps({"@odata.count": "1", "value": [ALL[0]]})}
        serve_batch(fake, part, part)
        assert odata(fake).read_many([QUERY, QUERY]) == [[ALL[0]], [ALL[0]]]

    @pytest.mark.parametrize(
        "refusal", [answer(400, {"error": {"message": "no"}}), page(404), answer(501), answer(500, {}), answer(200, {})]
    )
    def test_a_site_that_takes_no_reads_in_batches_is_asked_plainly_and_not_so_again(
        self, refusal: httpx2.Response
    ) -> None:
        fake = FakeCreatio()
        serve(fake)
        fake.on(r"^/odata/\$batch", refusal)
        reader = odata(fake)
        assert reader.read_many([QUERY, QUERY]) == [ALL, ALL]
        assert reader.read_many([QUERY, QUERY]) == [ALL, ALL]
        assert len(fake.paths("batch")) == 1

    def test_parts_that_were_refused_or_not_reached_are_read_plainly(self) -> None:
        fake = FakeCreatio()
        serve(fake)
        serve_batch(fake, {"status": 200, "body": {"@odata.count": 1, "value": [{"Id": "x"}]}}, {"status": 405})
        reader = odata(fake)
        assert reader.read_many([QUERY] * 3) == [[{"Id": "x"}], ALL, ALL]
        assert len(fake.paths("GET")) == 2

    def test_a_batch_of_reads_is_repeated_after_trouble_on_the_way(self) -> None:
        fake = FakeCreatio()
        part = {"id": "0", "status": 200, "body": {"@odata.count": 0, "value": []}}
        good = answer(200, {"responses": [part, {**part, "id": "1"}]})
        fake.on(r"^/odata/\$batch", httpx2.ReadTimeout("slow"), page(503), good)
        assert odata(fake).read_many([QUERY, QUERY]) == [[], []]
        assert len(fake.asked) == 3


class TestBatch:
    """Writes in batches (facts/creatio.md 2.6)."""

    def test_parts_go_in_order_and_answers_are_found_by_id(self) -> None:
        fake = FakeCreatio()
        replies = [
            {"id": 2, "status": 404, "body": {"Message": "gone"}},
            {"id": "1", "status": 204},
            {"id": "0", "status": 201, "body": {"Id": ALL[0]["Id"]}},
        ]
        fake.on(r"^/odata/\$batch", answer(200, {"responses": replies}))
        answers = odata(fake).batch(PARTS)
        assert [each.status for each in answers] == [201, 204, 404]
        assert [each.ok for each in answers] == [True, True, False]
        assert answers[2].message == "gone"
        sent = json.loads(fake.asked[0].content)["requests"]
        assert [(part["method"], part["url"], part.get("body")) for part in sent] == [
            (part.method, part.url, part.body) for part in PARTS
        ]
        assert len({part["id"] for part in sent}) == 3
        assert not any("atomicityGroup" in part for part in sent)
        assert fake.asked[0].headers["prefer"] == "continue-on-error"

    def test_a_part_without_an_answer_was_not_processed(self) -> None:
        fake = FakeCreatio()
        serve_batch(fake, {"status": 201, "body": {}}, {"status": 500, "body": {"error": {"message": "too long"}}})
        answers = odata(fake).batch(PARTS)
        assert [each.processed for each in answers] == [True, True, False]
        assert answers[1].message == "too long"
        assert answers[2] == PartAnswer(0)

    @pytest.mark.parametrize(
        "reply",
        [
            httpx2.ReadTimeout("slow"),
            httpx2.RemoteProtocolError("closed"),
            page(500),
            page(503),
            odata_error(500, "x"),
            answer(200, {"value": []}),
            httpx2.Response(200, content=b'{"responses": [{"id": "0", "sta'),
        ],
    )
    def test_without_a_clear_answer_nothing_is_repeated(self, reply: httpx2.Response | Exception) -> None:
        fake = FakeCreatio()
        fake.on(r"^/odata/\$batch", reply)
        writer = odata(fake)
        with pytest.raises(Unanswered):
            writer.batch(PARTS)
        assert len(fake.asked) == 1

    @pytest.mark.parametrize("refusal", [httpx2.ConnectError("refused"), answer(429), page(200), answer(401)])
    def test_a_batch_that_was_surely_not_carried_out_is_sent_again(self, refusal: httpx2.Response | Exception) -> None:
        fake = FakeCreatio()
        fake.on(r"^/odata/\$batch", refusal, answer(200, {"responses": []}))
        assert len(odata(fake).batch(PARTS)) == 3
        assert len(fake.paths("batch")) == 2

    @pytest.mark.parametrize(
        ("reply", "kind"), [(answer(400, {"error": {"message": "limit"}}), CreatioRefusal), (answer(403, {}), Refused)]
    )
    def test_a_batch_refused_as_a_whole_is_said(self, reply: httpx2.Response, kind: type[Exception]) -> None:
        fake = FakeCreatio()
        fake.on(r"^/odata/\$batch", reply)
        with pytest.raises(kind):
            odata(fake).batch(PARTS)

    def test_a_site_without_batches_is_written_part_by_part_and_not_asked_for_a_batch_again(self) -> None:
        fake = FakeCreatio()
        writer = odata(fake)
        fake.on(r"^/odata/\$batch", page(404))
        fake.on(
            "^/odata/Contact", written_as({"POST": answer(201, {}), "PATCH": answer(204), "DELETE": answer(400, {})})
        )
        assert [part.status for part in writer.batch(PARTS)] == [201, 204, 400]
        assert [part.status for part in writer.batch(PARTS[1:2])] == [204]
        assert len(fake.paths("batch")) == 1

    @pytest.mark.parametrize(
        "failure", [answer(503, {}), answer(200), httpx2.ReadTimeout("slow"), httpx2.ConnectError("down")]
    )
    def test_one_write_of_many_without_an_answer_leaves_all_of_them_open(
        self, failure: httpx2.Response | Exception
    ) -> None:
        fake = FakeCreatio()
        writer = odata(fake)
        fake.on(r"^/odata/\$batch", page(404))
        fake.on("^/odata/Contact", written_as({"POST": answer(201, {}), "PATCH": failure}))
        with pytest.raises(Unanswered):
            writer.batch(PARTS)

    def test_no_part_is_no_request_and_more_than_a_hundred_a_mistake_of_ours(self) -> None:
        fake = FakeCreatio()
        writer = odata(fake)
        assert writer.batch([]) == []
        with pytest.raises(ValueError, match="100"):
            writer.batch([PARTS[0]] * 101)
        assert fake.asked == []
