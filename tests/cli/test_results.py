"""Pages: plain in a pipe, fitted to a terminal, and never commanded by the data on them."""

import pytest

from gsync_cli.cli.results import Look, Page, width

PIPE = Look()
ROWS = [("Ann [bold]x[/bold]", "ann@example.com"), ("李小龍", None), ("a\nb", True)]


def page(look: Look) -> Page:
    return Page(look)


def test_a_table_in_a_pipe_is_aligned_and_whole() -> None:
    shown = page(PIPE)
    shown.table(("name", "mail"), [*ROWS, ("x" * 200, "")])
    header, first, second, third, long = str(shown).splitlines()
    assert header.index("mail") == first.index("ann@example.com") == 202
    assert width(second[: second.index("—")]) == 202
    assert third.split() == ["a", "b", "yes"]
    assert long.startswith("x" * 200)


@pytest.mark.parametrize("columns", [30, 40, 80])
def test_a_table_on_a_terminal_fits_it_and_loses_nothing(columns: int) -> None:
    shown = page(Look(width=columns))
    shown.table(("name", "mail"), [("Anastasia-Maria [x]", "anastasia.maria.von.hohenlohe@example.com")])
    assert max(width(line) for line in str(shown).splitlines()) <= columns
    squeezed = "".join(str(shown).split())
    assert "x]" in squeezed
    if columns == 80:
        assert "anastasia.maria.von.hohenlohe@example.com" in squeezed


def test_no_word_of_a_table_is_broken_where_the_terminal_has_room_for_it() -> None:
    shown = page(Look(width=80))
    mail = "anna.keller@nordlicht.example"
    shown.table(
        ("profile", "account", "signed in", "allowed"),
        [("default", mail, "2026-11-22 20:00 UTC", "contacts, calendar")],
    )
    assert mail in str(shown)
    assert max(width(line) for line in str(shown).splitlines()) <= 80


def test_a_table_too_narrow_for_its_words_becomes_a_list_of_names_with_values() -> None:
    shown = page(Look(width=30))
    shown.table(("", "created", "updated", "unlinked"), [("Creatio", 1, 2, 3), ("Google", 4, 5, 6)])
    assert str(shown).split("\n\n") == [
        "Creatio\ncreated:   1\nupdated:   2\nunlinked:  3",
        "Google\ncreated:   4\nupdated:   5\nunlinked:  6\n",
    ]


def test_nothing_on_a_page_is_markup() -> None:
    shown = page(Look(width=80))
    shown.table(("name",), [("[red]Ann[/red] :smile:",)])
    shown.text("[red]Ann")
    assert "[red]Ann[/red] :smile:" in str(shown)
    assert "[red]Ann\n" in str(shown)


def test_data_cannot_command_the_terminal() -> None:
    shown = page(Look(width=80))
    evil = "Ann\x1b[2J\x07\x9b31m"
    shown.text(evil)
    shown.facts([("name", evil)])
    shown.table(("name",), [(evil,)])
    shown.good(evil)
    assert not {"\x1b", "\x07", "\x9b"} & set(str(shown))


def test_marks_have_colours_only_where_the_stream_has_and_letters_where_it_lacks_signs() -> None:
    def marks(look: Look) -> str:
        shown = page(look)
        shown.good("a")
        shown.bad("b")
        shown.warn("c")
        return str(shown)

    assert marks(PIPE) == "✓ a\n✗ b\n! c\n"
    assert marks(Look(unicode=False)) == "ok: a\nfailed: b\n! c\n"
    assert "\x1b[32m✓ a\x1b[0m\n" in marks(Look(width=80, color=True))


def test_a_poor_stream_gets_plain_signs() -> None:
    shown = page(Look(width=60, unicode=False))
    shown.heading("“A” → B…")
    shown.table(("a",), [("—",)])
    assert str(shown).isascii()


def test_facts_are_aligned_and_headings_set_apart() -> None:
    shown = page(PIPE)
    shown.heading("One")
    shown.facts([("a", 1), ("long", None), ("yes", False)])
    shown.heading("Two")
    assert str(shown) == "One\na:     1\nlong:  —\nyes:   no\n\nTwo\n"


def test_a_table_without_rows_is_its_header() -> None:
    shown = page(PIPE)
    shown.table(("a", "b"), [])
    assert str(shown) == "a  b\n"
