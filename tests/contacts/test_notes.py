"""Notes between HTML and text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.notes import html_of, text_of, tidy


@given(st.text())
def test_text_survives_the_way_through_html(text: str) -> None:
    assert text_of(html_of(text)) == tidy(text)


@given(st.text(alphabet=" \t\n\u00a0<>&;abc/-12.\r\x0b\u2028é😀", max_size=40))
def test_text_that_looks_like_markup_survives_too(text: str) -> None:
    assert text_of(html_of(text)) == tidy(text)


@given(st.text())
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.text())
def test_any_html_at_all_can_be_read(html: str) -> None:
    assert text_of(f"<p>{html}") == tidy(text_of(f"<p>{html}"))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("just text, no markup", "just text, no markup"),
        ("two\r\nlines", "two\nlines"),
        ("1 < 2 and a <3 you, AT&T, x=1&copy=2", "1 < 2 and a <3 you, AT&T, x=1&copy=2"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<p>one</p>\n\n<p>&nbsp;</p>\n<p>two</p>", "one\n\ntwo"),
        ("<div>one<div>two</div></div>three", "one\ntwo\nthree"),
        ("one<br>two<br/>three<br />", "one\ntwo\nthree"),
        ("<p>a  lot\n of   space</p>", "a lot of space"),
        ("<p>kept&nbsp; apart</p>", "kept  apart"),
        ("<ul><li>tea</li><li>milk</li></ul>", "- tea\n- milk"),
        (
            "<p>List:</p><ol><li>first<ul><li>inner</li></ul></li><li>second</li></ol>",
            "List:\n1. first\n  - inner\n2. second",
        ),
        ('see <a href="https://x.example/a?b=1&amp;c=2">the page</a>.', "see the page (https://x.example/a?b=1&c=2)."),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ("<style>p{}</style><script>alert('<p>')</script><p>seen</p><!-- not seen -->", "seen"),
        ("<p>caf&eacute; &#8364; &#x1F600; 😀</p>", "café € 😀 😀"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>x\n  y</pre>", "x\n  y"),
        ("<b>unclosed <i>tags", "unclosed tags"),
        ('<img src="x" alt="a photo">', "a photo"),
    ],
)
def test_what_a_person_reads(html: str, text: str) -> None:
    assert text_of(html) == text


def test_a_line_becomes_a_paragraph() -> None:
    assert html_of("a < b\n\n  indented & done") == "<p>a &lt; b</p><p>&nbsp;</p><p>&nbsp; indented &amp; done</p>"
    assert html_of(" \n ") == ""
