"""The filter language of Cloud Monitoring, as far as time series of APIs need it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gsync_cli.sandbox.google.errors import invalid

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]

_TOKEN = re.compile(r"\s*(?:(\()|(\))|(,)|(!=|=|:)|\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([\w.]+))")
_KINDS: Final = ("open", "close", "comma", "operator", "text", "text", "word")
_FUNCTIONS: Final[Mapping[str, Callable[[str, list[str]], bool]]] = {
    "starts_with": lambda value, given: value.startswith(given[0]),
    "ends_with": lambda value, given: value.endswith(given[0]),
    "has_substring": lambda value, given: given[0] in value,
    "one_of": lambda value, given: value in given,
    "monitoring.regex.full_match": lambda value, given: re.fullmatch(given[0], value) is not None,
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def selector(name: str) -> str:
    """Return the one form of a selector: resource.label.x and resource.labels.x are the same."""
    parts = name.split(".")
    if len(parts) == 3 and parts[1] in {"label", "labels"}:  # noqa: PLR2004  group, "labels", key
        return f"{parts[0]}.labels.{parts[2]}"
    return {"resource.project": "project"}.get(name, name)


def parsed(text: str) -> Test:
    """Return the test that a filter is. Raises ApiError (400)."""
    reader = _Reader(_tokens(text))
    test = reader.alternatives()
    if reader.left:
        raise _wrong(f"unexpected “{reader.left[0].text}”")
    return test


class _Reader:
    """Reads alternatives of conjunctions of conditions."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.left = tokens

    def alternatives(self) -> Test:
        tests = [self._conjunction()]
        while self._word("OR"):
            tests.append(self._conjunction())
        return lambda labels: any(test(labels) for test in tests)

    def _conjunction(self) -> Test:
        tests = [self._condition()]
        while self.left and self.left[0].kind != "close" and self.left[0].text != "OR":
            self._word("AND")
            tests.append(self._condition())
        return lambda labels: all(test(labels) for test in tests)

    def _condition(self) -> Test:
        if self._word("NOT"):
            negated = self._condition()
            return lambda labels: not negated(labels)
        first = self._take("open", "word")
        if first.kind == "open":
            inner = self.alternatives()
            self._take("close")
            return inner
        name = selector(first.text)
        operator = self._take("operator").text
        value = self._take("text", "word")
        if value.kind == "word" and value.text in _FUNCTIONS:
            given, function = self._arguments(), _FUNCTIONS[value.text]
            return lambda labels: function(labels.get(name, ""), given) is (operator != "!=")
        if operator == ":":
            return lambda labels: value.text in labels.get(name, "")
        return lambda labels: (labels.get(name, "") == value.text) is (operator == "=")

    def _arguments(self) -> list[str]:
        self._take("open")
        given = [self._take("text", "word").text]
        while self._take("comma", "close").kind == "comma":
            given.append(self._take("text", "word").text)
        return given

    def _word(self, word: str) -> bool:
        if self.left and self.left[0] == _Token("word", word):
            self.left = self.left[1:]
            return True
        return False

    def _take(self, *kinds: str) -> _Token:
        if not self.left:
            raise _wrong("it ends too early")
        token, *self.left = self.left
        if token.kind not in kinds:
            raise _wrong(f"unexpected “{token.text}”")
        return token


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong(f"unexpected “{text[at]}”")
        number = next(index for index, group in enumerate(match.groups()) if group is not None)
        tokens.append(_Token(_KINDS[number], match.groups()[number]))
        at = match.end()
    return tokens


def _wrong(why: str) -> Exception:
    return invalid(f"Field filter had an invalid value: {why}.", "filter")
