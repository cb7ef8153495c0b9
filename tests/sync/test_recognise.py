"""Recognition: one and only one, or nobody (mapping.md; reliability.md 3, 14)."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.sync.recognise import Newcomers, Recognised, recognise
from gsync_cli.sync.record import Record, Side
from tests.support.fakes import KIND


def person(identity: str, name: str, mail: str, *, twin: str | None = None, unfit: str | None = None) -> Record:
    return Record(identity, {"name": name, "mail": mail}, "v", None, True, name, twin=twin, unfit=unfit)


def meet(
    creatio: list[Record],
    google: list[Record],
    *,
    others: Mapping[Side, list[Record]] | None = None,
    linked: Mapping[Side, list[str]] | None = None,
    settled: Mapping[str, str] | None = None,
) -> Recognised:
    new: dict[Side, dict[str, Record]] = {
        "creatio": {record.id: record for record in creatio},
        "google": {record.id: record for record in google},
    }
    known: dict[Side, dict[str, Record]] = {
        side: {record.id: record for record in (others or {}).get(side, [])} for side in new
    }
    taken: dict[Side, list[str]] = {side: (linked or {}).get(side, []) for side in new}
    return recognise(Newcomers(new, known, taken, settled or {}), KIND)


def pairs(found: Recognised) -> list[tuple[str, str]]:
    return sorted((ours.id, theirs.id) for ours, theirs in found.same)


names = st.sampled_from(["Ann", "Ben", "Carl"])
mails = st.sampled_from(["", "a@example.com", "b@example.com"])
people = st.lists(st.tuples(names, mails), max_size=6)


@given(people, people, st.randoms(use_true_random=False))
def test_the_order_in_which_records_come_changes_nothing(
    ours: list[tuple[str, str]], theirs: list[tuple[str, str]], shuffler: object
) -> None:
    creatio = [person(f"c{n}", *values) for n, values in enumerate(ours)]
    google = [person(f"g{n}", *values) for n, values in enumerate(theirs)]
    straight = meet(creatio, google)
    shuffler.shuffle(creatio)  # type: ignore[attr-defined]
    shuffler.shuffle(google)  # type: ignore[attr-defined]
    shuffled = meet(creatio, google)
    assert pairs(straight) == pairs(shuffled)
    assert straight.strangers == shuffled.strangers
    assert sorted(skip.id for skip in straight.skips) == sorted(skip.id for skip in shuffled.skips)


@given(people, people)
def test_every_new_record_is_linked_once_created_once_or_listed_once(
    ours: list[tuple[str, str]], theirs: list[tuple[str, str]]
) -> None:
    found = meet(
        [person(f"c{n}", *values) for n, values in enumerate(ours)],
        [person(f"g{n}", *values) for n, values in enumerate(theirs)],
    )
    told = [identity for pair in pairs(found) for identity in pair]
    told += [record.id for records in found.strangers.values() for record in records]
    told += [skip.id for skip in found.skips]
    assert sorted(told) == sorted([f"c{n}" for n in range(len(ours))] + [f"g{n}" for n in range(len(theirs))])


def test_a_mark_counts_more_than_a_mail() -> None:
    found = meet(
        [person("c1", "Ann", "a@example.com"), person("c2", "Ann", "a@example.com")],
        [person("g1", "Ann", "a@example.com", twin="c2")],
    )
    assert pairs(found) == [("c2", "g1")]


def test_who_was_made_for_a_google_contact_is_known_by_the_id_where_nothing_else_tells() -> None:
    kind = replace(KIND, made_for=lambda google_id: f"made-for-{google_id}")
    ours = {"made-for-g1": person("made-for-g1", "Ann", ""), "made-for-g2": person("made-for-g2", "Ben", "")}
    theirs = {
        "g1": person("g1", "Ann", ""),
        "g2": person("g2", "Ben", "", twin="c9"),
        "g3": person("g3", "Carl", ""),
    }
    new: dict[Side, dict[str, Record]] = {"creatio": ours, "google": theirs}
    known: dict[Side, dict[str, Record]] = {"creatio": {"c9": person("c9", "Benjamin", "")}, "google": {}}
    found = recognise(Newcomers(new, known, {"creatio": [], "google": []}), kind)
    assert pairs(found) == [("c9", "g2"), ("made-for-g1", "g1")], "a mark counts more"
    assert [record.id for record in found.strangers["google"]] == ["g3"]


def test_a_copy_that_carries_a_strangers_mark_is_no_second_twin() -> None:
    found = meet(
        [],
        [person("g2", "Ann", "a@example.com", twin="c1")],
        others={"creatio": [person("c1", "Ann", "a@example.com")]},
        linked={"creatio": ["c1"], "google": ["g1"]},
    )
    assert pairs(found) == []
    assert [skip.reason for skip in found.skips] == ["double"]


def test_what_a_person_said_counts_most() -> None:
    found = meet([person("c1", "Ann", "")], [person("g1", "Zoe", "z@example.com")], settled={"c1": "g1"})
    assert pairs(found) == [("c1", "g1")]


def test_the_unfit_are_listed_and_match_nobody() -> None:
    found = meet([person("c1", "Ann", "a@example.com", unfit="contact-empty")], [person("g1", "Ann", "a@example.com")])
    assert [(skip.id, skip.reason) for skip in found.skips] == [("c1", "contact-empty")]
    assert [record.id for record in found.strangers["google"]] == ["g1"]


def test_two_of_whom_one_has_another_name_are_told_apart() -> None:
    found = meet(
        [person("c1", "Ann", "a@example.com"), person("c2", "Ben", "a@example.com")],
        [person("g1", "Ann", "a@example.com"), person("g2", "Ben", "a@example.com")],
    )
    assert pairs(found) == [("c1", "g1"), ("c2", "g2")]
