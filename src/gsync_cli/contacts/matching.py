"""Whether two contacts that are in no link are the same person (spec: mapping.md, "Recognising the same person").

The two mistakes are not equally bad: a wrong link renames somebody in the CRM, a missed one makes a double. So what is
not clear is "doubtful", and a person settles it.

- The same mail: the same person, unless the names contradict each other. People share mailboxes (info@…), so Anna and
  Boris are doubtful; Anna Ivanova and A. Petrova are not contradictory (a married name), nor is anybody without a
  name, nor a name written in two scripts ("Ivan", "Иван"), which can't be compared.
- The same phone: switchboards and families share phones, so the names must fit: every part of the shorter name is in
  the longer one, in any order, perhaps as an initial, and one part in full. Short forms beside a common part
  ("Alex Smith", "Alexander Smith"), another script, or no name at all on a side that is nothing but a number are
  doubtful; everybody else who answers that phone is somebody else.
- Nothing in common: different.
"""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from gsync_cli.contacts import model
from gsync_cli.sync.recognise import Verdict
from gsync_cli.sync.record import Record

Token = frozenset[str]
"""One part of a name in its spellings: "müller" is both "muller" and "mueller"."""

_SHORTEST_PHONE: Final = 6
"""Digits; fewer are an internal extension, which says nothing outside its house."""
_SHORTEST_STEM: Final = 3
"""Letters that a short form has at least: "Max" for "Maximilian"."""
_APOSTROPHES: Final = dict.fromkeys(map(ord, "'’‘ʼ`´"))
"""Left out, so that O'Brien and OBrien are one."""
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_TWO_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def match_keys(record: Record) -> frozenset[str]:
    """Return what two records of one person would share: `mail:…` and `phone:…`."""
    mails = {f"mail:{entry.key}" for entry in model.entries(record.fields, model.MAILS)}
    phones = {
        f"phone:{entry.key}"
        for entry in model.entries(record.fields, model.PHONES)
        if entry.kind not in ("fax", "extension") and sum(map(str.isdigit, entry.key)) >= _SHORTEST_PHONE
    }
    return frozenset(mails | phones)


def judge(a: Record, b: Record) -> Verdict:
    """Say whether two records are the same person. Symmetric."""
    shared = match_keys(a) & match_keys(b)
    names = name_tokens(a), name_tokens(b)
    if any(key.startswith("mail:") for key in shared):
        return "doubtful" if _contradict(*names) else "same"
    if not shared:
        return "different"
    return _judge_by_phone(a, b, *names)


def _judge_by_phone(a: Record, b: Record, name_a: list[Token], name_b: list[Token]) -> Verdict:
    if not name_a or not name_b:
        bare = all(_is_bare(record) for record, name in ((a, name_a), (b, name_b)) if not name)
        return "doubtful" if bare else "different"
    if not _comparable(name_a, name_b):
        return "doubtful"
    if not any(_equal(here, there) and _is_full(here) for here in name_a for there in name_b):
        return "different"
    if _covered(name_a, name_b, _equal_or_initial):
        return "same"
    return "doubtful" if _covered(name_a, name_b, _related) else "different"


def name_tokens(record: Record) -> list[Token]:
    """Return the parts of a name, folded: no case, no diacritics, no punctuation, in any order."""
    parts = (record.fields.get(part, "") for part in (model.GIVEN, model.MIDDLE, model.FAMILY))
    text = unicodedata.normalize("NFC", " ".join(part for part in parts if isinstance(part, str))).casefold()
    text = text.translate(_APOSTROPHES)
    # Letters and the marks on them make words; in many scripts a mark is no letter by itself.
    words = "".join(letter if unicodedata.category(letter)[0] in "LM" else " " for letter in text).split()
    return [frozenset((_plain(word), _plain(word.translate(_TWO_LETTERS)))) for word in words]


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _contradict(a: Sequence[Token], b: Sequence[Token]) -> bool:
    """Tell whether two names are there, can be compared, and share nothing."""
    if not a or not b or not _comparable(a, b):
        return False
    return not any(_related(here, there) for here in a for there in b)


def _comparable(a: Sequence[Token], b: Sequence[Token]) -> bool:
    """Tell whether two names have a script in common."""
    return bool(_scripts(a) & _scripts(b))


def _scripts(name: Sequence[Token]) -> frozenset[str]:
    # The first word of a letter's name in Unicode is its script: "LATIN SMALL LETTER A", "CJK UNIFIED IDEOGRAPH-…".
    return frozenset(
        unicodedata.name(letter, "UNKNOWN").split(maxsplit=1)[0]
        for token in name
        for spelling in token
        for letter in spelling
    )


def _covered(a: Sequence[Token], b: Sequence[Token], fits: Callable[[Token, Token], bool]) -> bool:
    """Tell whether each part of the shorter name has a part of its own in the longer one (augmenting paths)."""
    shorter, longer = sorted((a, b), key=len)
    owner: dict[int, int] = {}

    def place(part: int, tried: set[int]) -> bool:
        for candidate, token in enumerate(longer):
            if candidate in tried or not fits(shorter[part], token):
                continue
            tried.add(candidate)
            if candidate not in owner or place(owner[candidate], tried):
                owner[candidate] = part
                return True
        return False

    return all(place(part, set()) for part in range(len(shorter)))


def _equal(a: Token, b: Token) -> bool:
    return bool(a & b)


def _equal_or_initial(a: Token, b: Token) -> bool:
    return _equal(a, b) or _begins(a, b, 1, 1) or _begins(b, a, 1, 1)


def _related(a: Token, b: Token) -> bool:
    return _equal_or_initial(a, b) or _begins(a, b, _SHORTEST_STEM) or _begins(b, a, _SHORTEST_STEM)


def _begins(short: Token, long: Token, least: int, most: int | None = None) -> bool:
    """Tell whether a spelling of one part, `least` to `most` letters long, begins a spelling of the other."""
    return any(
        least <= len(start) <= (most or len(start)) and whole.startswith(start) for start in short for whole in long
    )


def _is_full(token: Token) -> bool:
    """Tell whether a part is a name, not an initial; one ideograph is a name."""
    return any(len(spelling) > 1 or spelling > "\u2e7f" for spelling in token)


def _is_bare(record: Record) -> bool:
    """Tell whether a nameless record is nothing but ways to reach somebody: no company whose switchboard it may be."""
    return not any(record.fields.get(part) for part in (model.COMPANY, model.MAILS))
