"""Recognising the same person: what is the same, what a person must settle, what is somebody else."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.contacts import model
from gsync_cli.contacts.matching import judge, match_keys
from gsync_cli.sync.record import Record

MAIL, PHONE = "info@example.com", "+49 30 1234567"


def person(name: str = "", *, mails: tuple[str, ...] = (), phones: tuple[str, ...] = (), **fields: Any) -> Record:
    given_name, _, family = name.partition(" ")
    known = {
        model.GIVEN: given_name,
        model.FAMILY: family,
        model.MAILS: frozenset(map(model.mail, mails)),
        model.PHONES: frozenset(model.phone("work", number, "DE") for number in phones),
        **fields,
    }
    return Record("1", known, "v", None, member=True, label=name)


@pytest.mark.parametrize(
    ("one", "another", "verdict"),
    [
        ("Anna Ivanova", "Anna Ivanova", "same"),
        ("Anna Ivanova", "ANNA  IVÁNOVA", "same"),
        ("Anna Ivanova", "Ivanova Anna", "same"),
        ("Anna Ivanova", "Anna Petrova", "same"),
        ("Anna Ivanova", "A. Ivanova-Klein", "same"),
        ("Alex Smith", "Alexander", "same"),
        ("Anna Ivanova", "", "same"),
        ("Anna Ivanova", "Анна Иванова", "same"),
        ("Wang Xiaoming", "王小明", "same"),
        ("王 小明", "王小明", "same"),
        ("Jörg Müller", "Joerg Mueller", "same"),
        ("O'Brien", "OBrien Pat", "same"),
        ("Anna Ivanova", "Boris Petrov", "doubtful"),
        ("Анна Иванова", "Борис Петров", "doubtful"),
        ("王小明", "李雷", "doubtful"),
        ("Sales", "Anna Ivanova", "doubtful"),
    ],
)
def test_one_mail_is_one_person_unless_the_names_contradict(one: str, another: str, verdict: str) -> None:
    a, b = person(one, mails=(MAIL,)), person(another, mails=("INFO@example.com",))
    assert judge(a, b) == judge(b, a) == verdict


@pytest.mark.parametrize(
    ("one", "another", "verdict"),
    [
        ("Anna Ivanova", "Anna Ivanova", "same"),
        ("Anna Ivanova", "ivánova anna", "same"),
        ("Anna Ivanova", "A. Ivanova", "same"),
        ("Anna Ivanova", "Anna", "same"),
        ("Anna Maria Ivanova", "Ivanova Anna", "same"),
        ("Jörg Müller", "Joerg Mueller", "same"),
        ("Đặng Łukasz", "Dang Lukasz", "same"),
        ("Alex Smith", "Alexander Smith", "doubtful"),
        ("Anna Ivanova", "Анна Иванова", "doubtful"),
        ("Anna Ivanova", "Anna Petrova", "different"),
        ("Anna Smith", "John Smith", "different"),
        ("A. I.", "Anna Ivanova", "different"),
        ("Anna Ivanova", "Boris Petrov", "different"),
        ("Анна Иванова", "Борис Петров", "different"),
    ],
)
def test_one_phone_is_one_person_only_where_the_names_fit(one: str, another: str, verdict: str) -> None:
    a, b = person(one, phones=(PHONE,)), person(another, phones=("030/1234567",))
    assert judge(a, b) == judge(b, a) == verdict


def test_a_bare_number_may_be_anybody_who_answers_it() -> None:
    named, bare = person("Anna Ivanova", phones=(PHONE,)), person(phones=(PHONE,))
    assert judge(named, bare) == judge(bare, named) == "doubtful"
    assert judge(bare, bare) == "doubtful"


def test_the_switchboard_of_a_company_is_none_of_its_people() -> None:
    named, company = person("Anna Ivanova", phones=(PHONE,)), person(phones=(PHONE,), company="Acme")
    assert judge(named, company) == judge(company, named) == "different"


def test_a_name_alone_recognises_nobody() -> None:
    assert judge(person("Anna Ivanova"), person("Anna Ivanova")) == "different"
    assert match_keys(person("Anna Ivanova")) == frozenset()


def test_what_counts_are_mails_and_numbers_that_mean_something_outside() -> None:
    outside = person(mails=("A@b.org",), phones=(PHONE, "112"))
    extra = frozenset([model.phone("fax", "030 7654321", "DE"), model.phone("extension", "1234567", None)])
    phones = model.entries(outside.fields, model.PHONES) | extra
    assert match_keys(outside) == {"mail:a@b.org", "phone:+49301234567"}
    assert match_keys(replace(outside, fields={**outside.fields, model.PHONES: phones})) == match_keys(outside)


NAMES = st.lists(
    st.sampled_from(["Anna", "A", "Ann", "Boris", "Анна", "Müller", "Mueller", "李雷", "O'Neil"]), max_size=4
)


@given(NAMES, NAMES, st.booleans(), st.booleans(), st.sampled_from(["", "Acme"]))
def test_the_verdict_is_the_same_from_both_sides(
    one: list[str], another: list[str], mail: bool, phone: bool, company: str
) -> None:
    a, b = (
        person(" ".join(name), mails=(MAIL,) if mail else (), phones=(PHONE,) if phone else (), company=company)
        for name in (one, another)
    )
    assert judge(a, b) == judge(b, a)


@given(NAMES.filter(lambda name: any(len(part) > 1 for part in name)), st.booleans())
def test_order_and_case_of_a_name_make_no_difference(name: list[str], mail: bool) -> None:
    keys: dict[str, Any] = {"mails": (MAIL,)} if mail else {"phones": (PHONE,)}
    verdicts = {
        judge(person(" ".join(name), **keys), person(" ".join(order).upper(), **keys))
        for order in list(permutations(name))[:12]
    }
    assert verdicts == {"same"}
