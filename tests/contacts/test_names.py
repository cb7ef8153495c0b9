"""Full names and their parts."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gsync_cli.contacts.names import Name, NameColumns, read, write

word = st.text(alphabet="abcdeжшñ", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (NameColumns("Anna Maria Berg", "Anna", "Maria", "Berg"), Name("Anna", "Maria", "Berg")),
        (NameColumns("Anna Berg"), Name("Anna Berg")),
        (NameColumns("Madonna", "Madonna"), Name("Madonna")),
        (NameColumns("Berg", "", "", "Berg"), Name("Berg")),
        (NameColumns("", "", "Maria", ""), Name("", "Maria", "")),
        (NameColumns("  Anna   Berg ", " Anna ", "", "Berg "), Name("Anna", "", "Berg")),
        (NameColumns(), Name()),
    ],
)
def test_the_parts_are_read(columns: NameColumns, name: Name) -> None:
    assert read(columns) == name


@pytest.mark.parametrize("columns", [NameColumns("a@x.com"), NameColumns("a@x.com", "", "", "a@x.com")])
def test_a_mail_in_place_of_a_name_is_no_name(columns: NameColumns) -> None:
    assert read(columns, ["a@x.com", "+1 555"]) == Name()


@pytest.mark.parametrize(
    ("now", "full"),
    [
        (NameColumns(), "Eva Lee Stone"),
        (NameColumns("Anna Berg", "Anna", "", "Berg"), "Eva Lee Stone"),
        (NameColumns("Berg Anna", "Anna", "", "Berg"), "Stone Eva Lee"),
        (NameColumns("Berg, Anna", "Anna", "", "Berg"), "Stone Eva Lee"),
        (NameColumns("Ivanov Ivan", "Ivan", "", "Ivanov"), "Stone Eva Lee"),
        (NameColumns("Ivan Ivanov", "Ivan", "", "Ivanov"), "Eva Lee Stone"),
        (NameColumns("Martina Martin", "Martina", "", "Martin"), "Eva Lee Stone"),
        (NameColumns("山田太郎", "太郎", "", "山田"), "Stone Eva Lee"),
        (NameColumns("Somebody Else", "Anna", "", "Berg"), "Eva Lee Stone"),
    ],
)
def test_the_order_of_the_present_name_is_kept(now: NameColumns, full: str) -> None:
    assert write(Name("Eva", "Lee", "Stone"), now, "") == NameColumns(full, "Eva", "Lee", "Stone")


def test_a_name_alone_stays_in_the_column_it_is_in() -> None:
    assert write(Name("Bergman"), NameColumns("Berg", "", "", "Berg"), "") == NameColumns("Bergman", "", "", "Bergman")


def test_a_stand_in_takes_the_place_of_no_name() -> None:
    assert write(Name(), NameColumns("Anna", "Anna"), "a@x.com") == NameColumns("a@x.com")


@given(word, st.one_of(st.just(""), word), word, word, word, st.booleans())
def test_what_is_written_is_read(
    given_name: str, middle: str, family: str, first: str, last: str, surname_first: bool
) -> None:
    now = NameColumns(f"{last} {first}" if surname_first else f"{first} {last}", first, "", last)
    assert read(write(Name(given_name, middle, family), now, "")) == Name(given_name, middle, family)


@given(word, word, word, word, st.booleans())
def test_the_order_stays_once_it_is_chosen(
    given_name: str, family: str, first: str, last: str, surname_first: bool
) -> None:
    # Whoever is called "Jo Jones" might be either way round.
    assume(not given_name.startswith(family) and not family.startswith(given_name))
    now = NameColumns(f"{last} {first}" if surname_first else f"{first} {last}", first, "", last)
    written = write(Name(given_name, "", family), now, "")
    assert write(Name(given_name, "", family), written, "") == written
