"""The three-way merge, by its laws (reliability.md, 25) and by example."""

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gsync_cli.sync.merge import Base, Contest, merge, paired
from gsync_cli.sync.record import Entries, Entry, Fields, Side, Value

TEXTS = ("title", "city")
SETS = ("phones",)

texts = st.sampled_from(["", "a", "b", "c"])
entries = st.frozensets(
    st.builds(lambda kind, key: Entry(kind, key, key), st.sampled_from(["work", "home"]), st.sampled_from("123")),
    max_size=4,
)
records = st.fixed_dictionaries({**dict.fromkeys(TEXTS, texts), **dict.fromkeys(SETS, entries)})
sides = st.sampled_from(["creatio", "google"])


def after(fields: Fields, changes: Fields) -> dict[str, Value]:
    return {**fields, **changes}


def phones(*numbers: str, kind: str = "work") -> Entries:
    return frozenset(Entry(kind, number, number) for number in numbers)


@given(records, records, sides)
def test_what_changed_on_one_side_alone_goes_to_the_other(base: Fields, changed: Fields, winner: Side) -> None:
    agreed = Base(base, base)
    from_creatio = merge(agreed, changed, base, winner)
    assert from_creatio.creatio == {}
    assert after(base, from_creatio.google) == changed
    from_google = merge(agreed, base, changed, winner)
    assert from_google.google == {}
    assert after(base, from_google.creatio) == changed
    assert not from_creatio.contests
    assert not from_google.contests


@given(records, records, sides)
def test_the_same_change_on_both_sides_needs_no_writing(base: Fields, changed: Fields, winner: Side) -> None:
    merged = merge(Base(base, base), changed, changed, winner)
    assert merged.creatio == merged.google == {}


@given(records, records, records, sides)
def test_both_sides_end_equal(base: Fields, creatio: Fields, google: Fields, winner: Side) -> None:
    merged = merge(Base(base, base), creatio, google, winner)
    assert after(creatio, merged.creatio) == after(google, merged.google)


@given(records, records, sides)
def test_two_that_just_met_end_equal_and_lose_no_entry(creatio: Fields, google: Fields, winner: Side) -> None:
    merged = merge(None, creatio, google, winner)
    end = after(creatio, merged.creatio)
    assert end == after(google, merged.google)
    for name in SETS:
        both = creatio[name] | google[name]  # type: ignore[operator]
        assert end[name] <= both  # type: ignore[operator]
        assert {entry.key for entry in end[name]} == {entry.key for entry in both}  # type: ignore[union-attr]
    for name in TEXTS:
        assert bool(end[name]) == bool(creatio[name] or google[name])


@given(records, records, records)
def test_merging_is_symmetric_up_to_the_winner(base: Fields, one: Fields, two: Fields) -> None:
    straight = merge(Base(base, base), one, two, "creatio")
    mirrored = merge(Base(base, base), two, one, "google")
    assert straight.creatio == mirrored.google
    assert straight.google == mirrored.creatio
    assert [(c.field, c.won, c.lost) for c in straight.contests] == [
        (c.field, c.won, c.lost) for c in mirrored.contests
    ]


@given(records, records, records, sides)
def test_no_value_is_invented_and_none_is_lost_in_silence(
    base: Fields, creatio: Fields, google: Fields, winner: Side
) -> None:
    merged = merge(Base(base, base), creatio, google, winner)
    end = after(creatio, merged.creatio)
    lost = {contest.lost for contest in merged.contests}
    for name in TEXTS:
        assert end[name] in (creatio[name], google[name])
        for now in (creatio[name], google[name]):
            assert now in (base[name], end[name]) or now in lost
    known: Mapping[str, Entries] = {name: creatio[name] | google[name] for name in SETS}  # type: ignore[operator]
    for name in SETS:
        assert end[name] <= known[name]  # type: ignore[operator]
        fresh = (creatio[name] | google[name]) - base[name]  # type: ignore[operator]
        assert {entry.value for entry in fresh - end[name]} <= lost  # type: ignore[operator]


@example(
    base={"phones": frozenset({Entry("home", "1", "1")})},
    creatio={"phones": frozenset({Entry("home", "2", "2")})},
    google={"phones": frozenset({Entry("home", "3", "3"), Entry("work", "1", "1")})},
    winner="creatio",
)
@given(records, records, records, sides)
def test_merging_again_after_half_of_it_was_written_loses_nothing_more(
    base: Fields, creatio: Fields, google: Fields, winner: Side
) -> None:
    agreed = Base(base, base)
    merged = merge(agreed, creatio, google, winner)
    written = after(creatio, merged.creatio)
    again = merge(agreed, written, google, winner)
    end = after(google, again.google)
    assert after(written, again.creatio) == end
    if not merged.contests:
        assert end == after(google, merged.google)
    for name in SETS:
        assert end[name] >= after(google, merged.google)[name]  # type: ignore[operator]


def test_the_winner_takes_a_field_that_changed_on_both_and_the_loser_is_reported() -> None:
    base = Base({"title": "Clerk"}, {"title": "Clerk"})
    merged = merge(base, {"title": "Head"}, {"title": "Chief"}, "google")
    assert merged.creatio == {"title": "Chief"}
    assert merged.google == {}
    assert merged.contests == (Contest("title", "google", "Chief", "Head"),)


def test_a_phone_replaced_on_both_sides_is_one_contest_not_two_phones() -> None:
    base = Base({"phones": phones("1")}, {"phones": phones("1")})
    merged = merge(base, {"phones": phones("2")}, {"phones": phones("3")}, "google")
    assert merged.creatio == {"phones": phones("3")}
    assert merged.google == {}
    assert [(contest.won, contest.lost) for contest in merged.contests] == [("3", "2")]


def test_an_edit_beats_a_removal() -> None:
    base = Base({"phones": phones("1")}, {"phones": phones("1")})
    merged = merge(base, {"phones": phones()}, {"phones": phones("2")}, "creatio")
    assert merged.creatio == {"phones": phones("2")}
    assert merged.google == {}


def test_phones_added_on_both_sides_are_all_kept() -> None:
    base = Base({"phones": phones("1")}, {"phones": phones("1")})
    merged = merge(base, {"phones": phones("1", "2")}, {"phones": phones("1", "3")}, "creatio")
    assert merged.creatio == merged.google == {"phones": phones("1", "2", "3")}


def test_what_a_side_cannot_hold_is_not_taken_for_a_deletion() -> None:
    base = Base({"company": ""}, {"company": "Acme"})
    assert merge(base, {"company": ""}, {"company": "Acme"}, "creatio").google == {}


def test_an_entry_held_in_another_form_goes_when_its_partner_goes() -> None:
    held = Base({"phones": phones("1 in text")}, {"phones": phones("1")})
    merged = merge(held, {"phones": phones("1 in text")}, {"phones": phones()}, "creatio")
    assert merged.creatio == {"phones": phones()}


def test_a_field_that_one_side_does_not_know_is_left_alone() -> None:
    assert merge(None, {"title": "Clerk"}, {}, "creatio").google == {}


def test_a_field_that_appears_later_has_no_past_to_differ_from() -> None:
    base = Base({}, {"primary": "a"})
    assert merge(base, {"primary": "b"}, {"primary": "a"}, "creatio").google == {}


@pytest.mark.parametrize(
    ("past", "here", "there", "to_creatio", "to_google"),
    [
        (Base({"a": ""}, {}), "", "yes", "yes", None),
        (Base({"a": "yes"}, {}), "yes", "", None, "yes"),
        (Base({"a": "no"}, {}), "no", "yes", "yes", None),
        (Base({}, {"a": "no"}), "yes", "no", None, "yes"),
        (Base({}, {}), "", "yes", "yes", None),
        (Base({}, {}), "yes", "", None, "yes"),
        (Base({}, {}), "no", "yes", None, None),
    ],
)
def test_a_fleeting_text_that_comes_back_is_news_or_filled_and_one_new_to_gsync_overwrites_nothing(
    past: Base, here: str, there: str, to_creatio: str | None, to_google: str | None
) -> None:
    merged = merge(past, {"a": here}, {"a": there}, "creatio", fleeting={"a"})
    assert (merged.creatio.get("a"), merged.google.get("a")) == (to_creatio, to_google)
    assert merged.contests == ()


def test_a_fleeting_text_that_comes_back_contests_one_that_changed_meanwhile() -> None:
    merged = merge(Base({"a": "yes"}, {}), {"a": "no"}, {"a": "maybe"}, "google", fleeting={"a"})
    assert (merged.creatio, merged.google) == ({"a": "maybe"}, {})
    assert merged.contests == (Contest("a", "google", "maybe", "no"),)


def test_a_fleeting_text_that_a_side_does_not_know_any_more_is_left_alone() -> None:
    merged = merge(Base({"a": "yes"}, {"a": "yes"}), {"a": "yes"}, {}, "creatio", fleeting={"a"})
    assert (merged.creatio, merged.google) == ({}, {})


def test_writing_a_phone_in_another_way_is_no_change() -> None:
    written = frozenset({Entry("work", "+15550100", "+1 555 0100")})
    other = frozenset({Entry("work", "+15550100", "(555) 01-00")})
    merged = merge(Base({"phones": written}, {"phones": written}), {"phones": other}, {"phones": written}, "creatio")
    assert merged.google == {}


def test_a_number_moved_to_another_kind_is_one_edit() -> None:
    base = Base({"phones": phones("1")}, {"phones": phones("1")})
    merged = merge(base, {"phones": phones("1", kind="home")}, {"phones": phones("1")}, "creatio")
    assert merged.google == {"phones": phones("1", kind="home")}


def test_one_number_under_two_kinds_is_one_entry_when_two_records_meet() -> None:
    merged = merge(None, {"phones": phones("1")}, {"phones": phones("1", kind="home")}, "google")
    assert merged.creatio == {"phones": phones("1", kind="home")}
    assert merged.google == {}


def test_entries_that_mean_the_same_are_united_when_two_records_meet() -> None:
    def fuller(_field: str, ours: Entry, theirs: Entry) -> Entry | None:
        return theirs if theirs.key.startswith(ours.key) else None

    merged = merge(None, {"phones": phones("1", "7")}, {"phones": phones("12")}, "creatio", fuller)
    assert merged.creatio == {"phones": phones("12", "7")}
    assert merged.google == {"phones": phones("12", "7")}


@given(entries, entries)
def test_pairing_uses_every_entry_once(creatio: Entries, google: Entries) -> None:
    pairs = paired(creatio, google)
    assert sorted((e.kind, e.key) for e, _ in pairs if e) == sorted((e.kind, e.key) for e in creatio)
    assert sorted((e.kind, e.key) for _, e in pairs if e) == sorted((e.kind, e.key) for e in google)
