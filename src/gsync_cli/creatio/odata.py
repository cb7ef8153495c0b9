"""A thin OData 4 client with the habits of Creatio in it (facts/creatio.md 2).

Reads may be repeated and are; writes go out in `$batch` requests that are never repeated by themselves. Where a site
has no `$batch` (7.16.0), both go out one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin, urlsplit

from gsync_cli.creatio.batch import BATCH_LIMIT, Part, PartAnswer, answers_in, number_in, written
from gsync_cli.creatio.errors import (
    OK,
    SERVER_TROUBLE,
    CreatioRefusal,
    Unanswered,
    body_of,
    message_in,
    wants_less_memory,
)
from gsync_cli.creatio.runtime import serves_data
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.errors import ConfigurationWrong, Refused, Temporary

if TYPE_CHECKING:
    import httpx2

Row = dict[str, Any]

PAGE_SIZE: Final = 1000
_SMALLEST_PAGE: Final = 10
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_NO_READS_IN_BATCHES: Final = frozenset({400, 404, 405, 500, 501})
"""Statuses of a part that may mean "no GET in here" rather than that the query is wrong; asked plainly, it tells."""
_NO_BATCHES: Final = frozenset({404, 405})
"""Statuses of a site that has no `$batch`."""
_NO_CONTENT: Final = 204
_NO_ANSWER: Final = frozenset({502, 503, 504})
_SAFE: Final = "(),'/:$@=;*-_.!~"


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of one set.

    `select` and `orderby` take direct columns only, `expand` takes lookups only ("Account($select=Name)"). `filter`
    names lookups by their path ("Contact/Id eq …") and other columns directly; the latter belong into `select` too.
    """

    entity: str
    select: tuple[str, ...]
    filter: str = ""
    expand: str = ""
    orderby: str = "Id"
    top: int | None = None

    def path(self, size: int, skip: int = 0, *, count: bool = False) -> str:
        """Return the address of a page, relative to `odata/` and percent-encoded."""
        options = {
            "$select": ",".join(self.select),
            "$filter": self.filter,
            "$expand": self.expand,
            "$orderby": self.orderby,
            "$top": str(size if self.top is None else min(size, self.top - skip)),
            "$skip": str(skip or ""),
            "$count": "true" if count else "",
        }
        written = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in options.items() if value)
        return f"{self.entity}?{written}"


class OData:
    """Reads and writes rows through one session."""

    def __init__(self, site: CreatioSite) -> None:
        self.site = site
        self._reads_in_batches = True
        self._writes_in_batches = True

    def rows(self, query: Query, page_size: int = PAGE_SIZE) -> Iterator[Row]:
        """Yield every row of a query, page by page.

        Raises CreatioRefusal for a query the site won't answer, Refused("creatio-right-missing") for missing rights,
        Temporary, and ConfigurationWrong("creatio-no-data-service").
        """
        return self._pages(query, page_size, None)

    def read_many(self, queries: Sequence[Query], page_size: int = PAGE_SIZE) -> list[list[Row]]:
        """Return the rows of several queries, in order; their first pages in as few requests as possible.

        Raises as `rows`.
        """
        return self.read_and_count(queries, (), page_size)[0]

    def read_and_count(
        self, queries: Sequence[Query], counted: Sequence[str], page_size: int = PAGE_SIZE
    ) -> tuple[list[list[Row]], dict[str, int | None]]:
        """Return the rows of several queries, and how many rows the `counted` sets have, as few requests as possible.

        A number is None where the site does not say. The sets are counted before the rows are read. Raises as `rows`.
        """
        asked = [*(Query(entity, ("Id",), top=0) for entity in counted), *queries]
        pages: list[Mapping[str, Any] | None] = [None] * len(asked)
        if len(asked) > 1:
            for at in range(0, len(asked), BATCH_LIMIT):
                if self._reads_in_batches:
                    pages[at : at + BATCH_LIMIT] = self._first_pages(asked[at : at + BATCH_LIMIT], page_size)
        counts = {entity: self._counted(entity, page) for entity, page in zip(counted, pages, strict=False)}
        first = pages[len(counted) :]
        return [list(self._pages(query, page_size, page)) for query, page in zip(queries, first, strict=True)], counts

    def count(self, entity: str) -> int | None:
        """Return how many rows a set has; None where the site does not say."""
        body = body_of(self.site.request("GET", f"odata/{entity}/$count"))
        return body if isinstance(body, int) else None

    def batch(self, parts: Sequence[Part]) -> list[PartAnswer]:
        """Carry out up to 100 writes, in order, each on its own; one answer a part, in order.

        Raises Unanswered where some may have been carried out and nobody can say which; CreatioRefusal and
        Refused("creatio-right-missing") where the batch as a whole was refused and nothing was done; Temporary where
        the request never left.
        """
        if not parts:
            return []
        if not self._writes_in_batches:
            return self._one_by_one(parts)
        response = self._send_batch(parts, repeatable=False)
        status = response.status_code
        if status in SERVER_TROUBLE:
            raise Unanswered(message_in(response))
        if status not in OK:
            refusal = self._refusal(response, "$batch")
            if status not in _NO_BATCHES or not isinstance(refusal, CreatioRefusal):
                raise refusal
            self._writes_in_batches = False
            return self._one_by_one(parts)
        answers = answers_in(response)
        if answers is None:
            raise Unanswered("the reply to a batch of writes can't be read")
        return [answers.get(str(number), PartAnswer(0)) for number in range(len(parts))]

    def _one_by_one(self, parts: Sequence[Part]) -> list[PartAnswer]:
        """Carry out writes without `$batch`. Raises as `batch`."""
        answers: list[PartAnswer] = []
        for part in parts:
            try:
                response = self.site.request(part.method, f"odata/{part.url}", json=part.body, repeatable=False)
            except Temporary as error:
                if not answers or isinstance(error, Unanswered):
                    raise
                raise Unanswered(str(error)) from error
            status, body = response.status_code, body_of(response)
            # A success that is neither empty by its status nor a row may be anybody's answer: a proxy's page, say.
            if status in _NO_ANSWER or (status in OK and status != _NO_CONTENT and not isinstance(body, Mapping)):
                raise Unanswered(message_in(response))
            answers.append(PartAnswer(status, body))
        return answers

    def _pages(self, query: Query, page_size: int, page: Mapping[str, Any] | None) -> Iterator[Row]:
        """Yield rows, the first page of which may be at hand.

        A page that is merely shorter than asked for is not the end: sites cut their replies silently. A page that
        comes twice is: a site that ignores $skip would give it for ever.
        """
        size, got = page_size, 0
        before: object = None
        total: int | None = None
        path = query.path(size, count=True)
        while True:
            if page is None:
                response = self._get(path)
                if wants_less_memory(response) and size > _SMALLEST_PAGE:
                    size = max(_SMALLEST_PAGE, size // 2)
                    path = query.path(size, got, count=total is None)
                    continue
                page = self._page_of(response, query.entity)
            values = page["value"]
            if values and values == before:
                return
            yield from values
            before = values
            got += len(values)
            total = _count(page) if total is None else total
            wanted = [number for number in (total, query.top) if number is not None]
            if not values or (wanted and got >= min(wanted)):
                return
            path = _next(page) or query.path(size, got, count=total is None)
            page = None

    def _counted(self, entity: str, page: Mapping[str, Any] | None) -> int | None:
        total = _count(page) if page is not None else None
        return self.count(entity) if total is None else total

    def _get(self, path: str) -> "httpx2.Response":
        return self.site.request("GET", f"odata/{path}")

    def _page_of(self, response: "httpx2.Response", entity: str) -> Mapping[str, Any]:
        page = _page(body_of(response)) if response.status_code in OK else None
        if page is None:
            raise self._refusal(response, entity)
        return page

    def _first_pages(self, queries: Sequence[Query], page_size: int) -> list[Mapping[str, Any] | None]:
        """Read first pages through one batch; None where a page must be asked for plainly."""
        gets = [Part("GET", query.path(page_size, count=True)) for query in queries]
        response = self._send_batch(gets, repeatable=True)
        if response.status_code in (502, 503, 504, 429):
            raise self._refusal(response, "$batch")
        answers = answers_in(response) if response.status_code in OK else None
        if answers is None:
            self._reads_in_batches = False
            return [None] * len(queries)
        found = [answers.get(str(number), PartAnswer(0)) for number in range(len(queries))]
        if any(answer.status in _NO_READS_IN_BATCHES and "memory" not in answer.message.casefold() for answer in found):
            self._reads_in_batches = False
        return [_page(answer.body) if answer.ok else None for answer in found]

    def _send_batch(self, parts: Sequence[Part], *, repeatable: bool) -> "httpx2.Response":
        if len(parts) > BATCH_LIMIT:
            raise ValueError(f"a batch takes {BATCH_LIMIT} parts, not {len(parts)}")
        return self.site.request(
            "POST",
            "odata/$batch",
            json={"requests": [written(number, part) for number, part in enumerate(parts)]},
            headers={"Prefer": "continue-on-error"},
            repeatable=repeatable,
            only_gateways=repeatable,
        )

    def _refusal(self, response: "httpx2.Response", what: str) -> Exception:
        """Return what an answer that is no success means: for this request, or for the whole run."""
        status, message = response.status_code, message_in(response)
        if status == _FORBIDDEN:
            return Refused("creatio-right-missing", user=self.site.account.name, what=what, message=message)
        if status in SERVER_TROUBLE:
            # This one says that the query is wrong, and will say so for ever (facts/creatio.md 2.2).
            if "not found in schema" in message:
                return CreatioRefusal(status, message, what)
            return Temporary("creatio-unavailable", status=status, message=message)
        if status in OK:
            return Temporary("creatio-reply-damaged", what=what)
        if status == _NOT_FOUND and not serves_data(self.site.request("GET", "odata/Contact?$select=Id&$top=1")):
            self.site.forget_runtime()
            return ConfigurationWrong("creatio-no-data-service", url=self.site.url)
        return CreatioRefusal(status, message, what)


def _page(body: Any) -> Mapping[str, Any] | None:
    return body if isinstance(body, Mapping) and isinstance(body.get("value"), list) else None


def _next(page: Mapping[str, Any]) -> str:
    """Return the next page's address where the site gives one, relative to `odata/`; "" otherwise.

    Only the set and the query count: behind a proxy, links carry inner host names. The chain of links may end before
    the rows do, since `$top` bounds it.
    """
    link = page.get("@odata.nextLink")
    if not isinstance(link, str) or not link:
        return ""
    parts = urlsplit(urljoin("http://site/odata/", link))
    return f"{parts.path.rpartition('/odata/')[2]}?{parts.query}"


def _count(page: Mapping[str, Any]) -> int | None:
    return number_in(page.get("@odata.count", page.get("@count")))
