"""Three-way merge of one pair of records, field by field.

Each side is compared with what it held itself when the two last agreed (its base), not with the other side. So a value
that one side can't hold (a company that is not in Creatio) is no change, and is never taken for a deletion.

- A field that changed on one side alone goes to the other.
- A text that changed on both takes the winner's value; what lost is reported as a Contest.
- Sets of entries are merged entry by entry: added here, added there; removed here, removed there. An entry that was
  replaced by another is an edit: replaced on both sides differently, the winner's stays; replaced here and removed
  there, the edit stays.
- A fleeting text, which a side may not know of at times, is news when it comes back, and filled where it is empty;
  where neither side's base knows of it, gsync did not, and only what is empty is filled.
- Without a base (two records just recognised as the same) nothing counts as removed: texts that are empty on one side
  are filled, texts that differ are contests, and sets are joined. There, the same number under another kind is one
  entry, of the winner's kind, and entries that a kind of record can `unite` (one address, less complete here) are one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gsync_cli.sync.record import SIDES, Entries, Entry, Fields, Side, Value

_NONE: Entries = frozenset()


@dataclass(frozen=True, slots=True)
class Contest:
    """A field, or an entry of one, that was changed on both sides: who won, and what lost."""

    field: str
    winner: Side
    won: str
    lost: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What each side must be given: changed fields only, each in full."""

    creatio: Fields
    google: Fields
    contests: tuple[Contest, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """The fields of each side when they last agreed."""

    creatio: Fields
    google: Fields


Unite: TypeAlias = Callable[[str, Entry, Entry], Entry | None]
"""Makes one entry of two of a field and a kind that mean the same thing, one less completely; None where they don't."""


def nothing_unites(field: str, ours: Entry, theirs: Entry) -> Entry | None:
    """Take all entries that differ for different things."""
    del field, ours, theirs
    return None


def merge(
    base: Base | None,
    creatio: Fields,
    google: Fields,
    winner: Side,
    unite: Unite = nothing_unites,
    fleeting: Collection[str] = (),
) -> Merged:
    """Merge two records. `winner` takes the fields that changed on both sides.

    Only fields that both sides know are looked at.
    """
    to_creatio: dict[str, Value] = {}
    to_google: dict[str, Value] = {}
    contests: list[Contest] = []
    for name in creatio.keys() & google.keys():
        here, there = creatio[name], google[name]
        if base is not None and _rests(here, base.creatio.get(name)) and _rests(there, base.google.get(name)):
            continue
        wanted_here: Value
        wanted_there: Value
        if isinstance(here, str) or isinstance(there, str):
            past = _past_of_fleeting(name, base, str(here), str(there)) if name in fleeting else base
            wanted_here, wanted_there, lost = _merge_text(name, past, str(here), str(there), winner)
        elif base is None:
            wanted_here, wanted_there = _join(name, here, there, winner, unite)
            lost = []
        else:
            wanted_here, wanted_there, lost = _merge_entries(name, base, here, there, winner)
        if wanted_here != here:
            to_creatio[name] = wanted_here
        if wanted_there != there:
            to_google[name] = wanted_there
        contests += lost
    return Merged(to_creatio, to_google, tuple(sorted(contests, key=lambda contest: (contest.field, contest.lost))))


def _rests(now: Value, base: Value | None) -> bool:
    return now is base or now == base


def _merge_text(
    name: str, base: Base | None, creatio: str, google: str, winner: Side
) -> tuple[str, str, list[Contest]]:
    creatio_changed = _text_changed(name, creatio, base.creatio if base else None)
    google_changed = _text_changed(name, google, base.google if base else None)
    if creatio == google or not (creatio_changed or google_changed):
        return creatio, google, []
    if creatio_changed and google_changed:
        won, lost = (creatio, google) if winner == "creatio" else (google, creatio)
        return won, won, [Contest(name, winner, won, lost)]
    taken = creatio if creatio_changed else google
    return taken, taken, []


def _past_of_fleeting(name: str, base: Base | None, creatio: str, google: str) -> Base | None:
    """Return the base for a text that a side, or both, may not have known of; None where what is empty is filled."""
    if base is None or (name in base.creatio and name in base.google):
        return base
    arrived = [now for now, past in ((creatio, base.creatio), (google, base.google)) if name not in past]
    if "" in arrived:
        return None
    if len(arrived) == len(SIDES):
        return base
    return Base({name: base.creatio.get(name, "")}, {name: base.google.get(name, "")})


def _text_changed(name: str, now: str, base: Fields | None) -> bool:
    if base is None:
        return now != ""
    # A field that the side did not know of before has no past to differ from.
    return name in base and base[name] != now


_Match: TypeAlias = tuple[Entry | None, Entry | None]


def _join(name: str, creatio: Entries, google: Entries, winner: Side, unite: Unite) -> tuple[Entries, Entries]:
    """Join the entries of two records that just met."""
    here, there = set(creatio), set(google)
    strangers = _ordered(google - creatio)
    for ours in _ordered(creatio - google):
        for theirs in strangers:
            one: Entry | None
            if ours.key == theirs.key:
                one = ours if winner == "creatio" else theirs
            else:
                one = unite(name, ours, theirs) if ours.kind == theirs.kind else None
            if one is not None:
                here = here - {ours} | {one}
                there = there - {theirs} | {one}
                strangers.remove(theirs)
                break
    return frozenset(here | (there - here)), frozenset(there | (here - there))


def _merge_entries(
    name: str, base: Base, creatio: Entries, google: Entries, winner: Side
) -> tuple[Entries, Entries, list[Contest]]:
    base_creatio = _entries(base.creatio, name)
    base_google = _entries(base.google, name)
    edited_creatio = _replacements(base_creatio, creatio, google)
    edited_google = _replacements(base_google, google, creatio)
    drop_creatio: set[Entry] = set()
    drop_google: set[Entry] = set()
    contests: list[Contest] = []
    for ours, theirs in paired(base_creatio, base_google):
        creatio_lost_it = ours is not None and ours not in creatio
        google_lost_it = theirs is not None and theirs not in google
        if creatio_lost_it and theirs is not None:
            drop_google.add(theirs)
        if google_lost_it and ours is not None:
            drop_creatio.add(ours)
        if not (creatio_lost_it and google_lost_it and ours and theirs):
            continue
        new_ours, new_theirs = edited_creatio.get(ours), edited_google.get(theirs)
        if new_ours and new_theirs and new_ours != new_theirs:
            won, lost = (new_ours, new_theirs) if winner == "creatio" else (new_theirs, new_ours)
            (drop_google if winner == "creatio" else drop_creatio).add(lost)
            contests.append(Contest(name, winner, won.value, lost.value))
    kept_creatio, kept_google = creatio - drop_creatio, google - drop_google
    added_creatio = (creatio - base_creatio) - drop_creatio
    added_google = (google - base_google) - drop_google
    return kept_creatio | (added_google - kept_creatio), kept_google | (added_creatio - kept_google), contests


def paired(creatio: Entries, google: Entries) -> list[_Match]:
    """Pair the entries that stood for each other: equal ones, then those left over of one kind, in order.

    Left over are entries that a side could hold only in another form (an address whose city Creatio does not know).
    """
    both = creatio & google
    pairs: list[_Match] = [(entry, entry) for entry in both]
    rest_creatio, rest_google = _ordered(creatio - both), _ordered(google - both)
    for entry in rest_creatio:
        partner = next((candidate for candidate in rest_google if candidate.kind == entry.kind), None)
        if partner is not None:
            rest_google.remove(partner)
        pairs.append((entry, partner))
    return [*pairs, *((None, entry) for entry in rest_google)]


def _replacements(base: Entries, now: Entries, across: Entries) -> dict[Entry, Entry]:
    """Return former entry -> new entry: one of a kind went and one of it came, or only the kind changed.

    What the other side has too is settled, and replaces nothing: so a merge that was written to one side only, and is
    made again, comes out the same.
    """
    gone, come = _ordered(base - now), _ordered(now - base - across)
    found: dict[Entry, Entry] = {}
    for entry in tuple(gone):
        same_key = [candidate for candidate in come if candidate.key == entry.key]
        if len(same_key) == 1:
            found[entry] = same_key[0]
            gone.remove(entry)
            come.remove(same_key[0])
    kinds_gone = Counter(entry.kind for entry in gone)
    kinds_come = Counter(entry.kind for entry in come)
    come_by_kind = {entry.kind: entry for entry in come}
    for entry in gone:
        if kinds_gone[entry.kind] == kinds_come[entry.kind] == 1:
            found[entry] = come_by_kind[entry.kind]
    return found


def _entries(fields: Mapping[str, Value], name: str) -> Entries:
    value = fields.get(name, _NONE)
    return _NONE if isinstance(value, str) else value


def _ordered(entries: Entries) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.kind, entry.key))
