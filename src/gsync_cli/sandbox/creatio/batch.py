"""$batch in its JSON form (facts/creatio.md 2.6)."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from gsync_cli.sandbox.creatio.odata import Answer, Call
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.refusals import Refusal, invalid_body, no_set
from gsync_cli.sandbox.creatio.tables import Tables

MOST_PARTS: Final = 100
SINCE_BATCH: Final = (7, 16, 1)
_FAILED: Final = 400

Handle = Callable[[Call], Answer]
"""Answers one call, refusals included: it raises nothing."""


class _GroupFailed(Exception):
    """Takes a change set back; never seen outside."""


class Batch:
    """Takes batches apart."""

    def __init__(self, tables: Tables, options: Options, random: Random) -> None:
        self._tables = tables
        self._options = options
        self._random = random

    def handle(self, call: Call, version: tuple[int, ...], one: Handle) -> Answer:
        """Answer a batch; the parts after the first failed one are not carried out, unless the caller prefers that.

        Parts that were not carried out have no answer. Raises Refusal for the batch as a whole.
        """
        if self._options.batch == "refused" or version < SINCE_BATCH or call.method != "POST":
            raise no_set(call.root + call.path, "$batch")
        requests = call.json().get("requests")
        parts = _checked(requests)
        go_on = "continue-on-error" in call.headers.get("prefer", "")
        answers: list[tuple[str, Answer]] = []
        for group, members in groupby(parts, key=lambda part: part.get("atomicityGroup")):
            if group is None:
                done = self._one_by_one(list(members), call, one, go_on=go_on)
            else:
                done = self._together(list(members), call, one)
            answers += done
            if not go_on and any(answer.status >= _FAILED for _, answer in done):
                break
        if self._options.batch_shuffled:
            self._random.shuffle(answers)
        return Answer(200, {"responses": [_response(part_id, answer) for part_id, answer in answers]})

    def _one_by_one(
        self, parts: list[dict[str, Any]], call: Call, one: Handle, *, go_on: bool
    ) -> list[tuple[str, Answer]]:
        answers = []
        for part in parts:
            answer = self._answer(part, call, one)
            answers.append((part["id"], answer))
            if answer.status >= _FAILED and not go_on:
                break
        return answers

    def _together(self, parts: list[dict[str, Any]], call: Call, one: Handle) -> list[tuple[str, Answer]]:
        """Carry out a change set: wholly, or not at all and with the answer of the part that failed."""
        answers: list[tuple[str, Answer]] = []
        with suppress(_GroupFailed), self._tables.all_or_nothing():
            answers += self._one_by_one(parts, call, one, go_on=False)
            if answers[-1][1].status >= _FAILED:
                raise _GroupFailed
        return answers if answers[-1][1].status < _FAILED else answers[-1:]

    def _answer(self, part: dict[str, Any], call: Call, one: Handle) -> Answer:
        method = str(part["method"]).upper()
        url = str(part["url"])
        if url.startswith(call.root):
            url = url.removeprefix(call.root)
        pieces = urlsplit(url)
        if method == "GET" and self._options.batch == "writes-only":
            return Answer(405, {"Message": "The requested resource does not support http method 'GET'."})
        if url.startswith("/") or pieces.scheme:
            return Answer(
                404, {"Message": "No HTTP resource was found that matches the request URI.", "MessageDetail": url}
            )
        body = part.get("body")
        inner = replace(
            call,
            method=method,
            path=unquote(pieces.path),
            options=dict(parse_qsl(pieces.query, keep_blank_values=True)),
            headers={str(name).lower(): str(value) for name, value in (part.get("headers") or {}).items()},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        return one(inner)


def _checked(requests: object) -> list[dict[str, Any]]:
    if not isinstance(requests, list) or not all(isinstance(part, dict) for part in requests):
        raise invalid_body("The 'requests' property of a batch must be an array of objects.")
    if len(requests) > MOST_PARTS:
        raise Refusal(400, f"The current batch message contains too many parts. A maximum of {MOST_PARTS} is allowed.")
    for part in requests:
        missing = {"id", "method", "url"} - part.keys()
        if missing:
            raise invalid_body(f"A request of the batch lacks the property '{min(missing)}'.")
    ids = [str(part["id"]) for part in requests]
    if len(set(ids)) != len(ids):
        raise invalid_body("The ids of the requests of a batch must differ.")
    return [{**part, "id": str(part["id"])} for part in requests]


def _response(part_id: str, answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"id": part_id, "status": answer.status, "headers": {"OData-Version": "4.0"}}
    response["headers"] |= {name.lower(): value for name, value in answer.headers.items()}
    if answer.value is not None:
        if not isinstance(answer.value, str):
            response["headers"]["content-type"] = "application/json; odata.metadata=minimal"
        response["body"] = answer.value
    return response
