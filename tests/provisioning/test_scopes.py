"""The catalogue of scopes, the guide's selection, and what is said of a list (row P9)."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.errors import ConfigurationWrong
from gsync_cli.google.scopes import ASKED
from gsync_cli.provisioning import scopes
from gsync_cli.provisioning.scopes import catalogue, guides_selection, is_read_only, judge

AUTH = "https://www.googleapis.com/auth/"
BY_URL = {scope.url: scope for scope in catalogue()}


def status(text: str) -> tuple[str, str]:
    (verdict,) = judge([text])
    return verdict.status, verdict.scope


def test_the_guide_selects_all_but_the_read_only_ones() -> None:
    assert Counter(BY_URL[url].api for url in guides_selection()) == {"Gmail": 12, "People": 9, "Calendar": 10}
    assert len(catalogue()) == 44
    assert not any("readonly" in url for url in guides_selection())
    assert "https://mail.google.com/" in guides_selection()


def test_what_gsync_itself_needs_is_what_sign_in_asks_for() -> None:
    assert scopes.OWN == ASKED
    assert {*scopes.OWN} - {"openid"} <= {*guides_selection()}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gmail.modify", "restricted"),
        ("gmail.readonly", "restricted"),
        ("gmail.settings.sharing", "restricted"),
        ("gmail.send", "sensitive"),
        ("gmail.labels", "non-sensitive"),
        ("gmail.addons.current.message.metadata", "sensitive"),
        ("contacts", "sensitive"),
        ("userinfo.email", "non-sensitive"),
        ("calendar.freebusy", "sensitive"),
        ("calendar", "sensitive"),
    ],
)
def test_each_has_its_class(name: str, kind: str) -> None:
    assert BY_URL[AUTH + name].sensitivity == kind


def test_eight_are_restricted_and_all_of_them_are_gmails() -> None:
    restricted = [scope for scope in catalogue() if scope.sensitivity == "restricted"]
    assert len(restricted) == 8
    assert {scope.api for scope in restricted} == {"Gmail"}


@pytest.mark.parametrize(
    "text",
    [
        f"{AUTH}contacts.readonly",
        "contacts.readonly",
        "Contacts.ReadOnly",
        f"{AUTH}calendar.events.readonly/",
        f"{AUTH}drive.readonly",
        f"{AUTH}drive.metadata.readonly",
        f"{AUTH}something.new.readonly",
        "gmail.read-only",
        "gmail.read%6fnly",
        "gmail.read\u200bonly",
        "gmail.readonly.v2",
        f"{AUTH}calendar.readonly?x=1",
        "readonly",
        "contacts.readnly",
    ],
)
def test_read_only_is_a_pattern_not_a_list(text: str) -> None:
    assert status(text)[0] == "readonly"


@given(st.sampled_from(sorted(BY_URL)), st.data())
def test_case_and_a_slash_never_hide_a_read_only_scope(url: str, data: st.DataObject) -> None:
    mixed = "".join(data.draw(st.sampled_from((letter, letter.upper()))) for letter in url)
    (verdict,) = judge([mixed + data.draw(st.sampled_from(("", "/")))])
    assert (verdict.status == "readonly") == is_read_only(url)


def test_a_read_only_one_names_the_one_that_may_write() -> None:
    assert status("contacts.readonly") == ("readonly", f"{AUTH}contacts")
    assert status("contacts.other.readonly") == ("readonly", "")


@pytest.mark.parametrize(
    ("text", "wanted", "scope"),
    [
        ("openid", "ok", "openid"),
        (f"{AUTH}gmail.modify", "ok", f"{AUTH}gmail.modify"),
        ("https://mail.google.com/", "ok", "https://mail.google.com/"),
        ("gmail.modify", "short", f"{AUTH}gmail.modify"),
        ("contacts", "short", f"{AUTH}contacts"),
        ("email", "short", f"{AUTH}userinfo.email"),
        ("profile", "short", f"{AUTH}userinfo.profile"),
        ("https://mail.google.com", "misspelt", "https://mail.google.com/"),
        ("http://www.googleapis.com/auth/contacts", "misspelt", f"{AUTH}contacts"),
        ("www.googleapis.com/auth/contacts", "misspelt", f"{AUTH}contacts"),
        ("/auth/contacts", "misspelt", f"{AUTH}contacts"),
        (f"{AUTH}contacts/", "misspelt", f"{AUTH}contacts"),
        (f"{AUTH}Contacts", "misspelt", f"{AUTH}contacts"),
        ("calender.events", "misspelt", f"{AUTH}calendar.events"),
        (f"{AUTH}gmail.modfy", "misspelt", f"{AUTH}gmail.modify"),
        (f"{AUTH}drive", "unknown", ""),
        (f"{AUTH}calendar.addons.execute", "unknown", ""),
        ("https://www.google.com/m8/feeds/", "unknown", f"{AUTH}contacts"),
        ("hello", "unknown", ""),
    ],
)
def test_right_short_misspelt_and_unknown_are_told_apart(text: str, wanted: str, scope: str) -> None:
    assert status(text) == (wanted, scope)


def test_a_second_time_is_a_duplicate_also_under_its_short_name() -> None:
    found = judge(["contacts", f"{AUTH}contacts", "contcts", "contacts.readonly", "contacts.readonly"])
    assert [verdict.status for verdict in found] == ["short", "duplicate", "misspelt", "readonly", "readonly"]
    after = judge([f"{AUTH}contacts/", f"{AUTH}contacts"])
    assert [verdict.status for verdict in after] == ["misspelt", "ok"]


def test_a_list_is_read_as_people_paste_it() -> None:
    pasted = f'["{AUTH}contacts", "openid"]\n calendar.events;gmail.send\t\r\n'
    assert scopes.split([pasted, "email"]) == [f"{AUTH}contacts", "openid", "calendar.events", "gmail.send", "email"]


def test_a_selection_is_stored_by_name_where_it_has_one() -> None:
    assert scopes.stored_form(tuple(reversed(guides_selection()))) == "guide"
    assert scopes.stored_form(ASKED) == "minimum"
    assert scopes.stored_form((f"{AUTH}contacts",)) == f"{AUTH}contacts"
    for chosen in (guides_selection(), ASKED, (f"{AUTH}contacts", "openid")):
        assert scopes.selection(scopes.stored_form(chosen)) == chosen


def test_a_setting_with_a_read_only_scope_is_not_used() -> None:
    with pytest.raises(ConfigurationWrong) as error:
        scopes.selection("contacts contacts.readonly")
    assert error.value.facts["scopes"] == ["contacts.readonly"]
