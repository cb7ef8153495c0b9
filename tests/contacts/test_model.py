"""Properties of the neutral contact: when two values are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.contacts import model
from gsync_cli.contacts.model import Address

REGIONS = st.sampled_from([None, "DE", "US", "UA", "CY"])


@pytest.mark.parametrize(
    ("number", "region", "key"),
    [
        ("030 1234567", "DE", "+49301234567"),
        ("(030) 123-45-67", "DE", "+49301234567"),
        ("+49 30 1234567", None, "+49301234567"),
        ("+49 30 1234567", "US", "+49301234567"),
        ("0049 30 1234567", "DE", "+49301234567"),
        ("+49 30 1234567 ext. 12", None, "+49301234567;12"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("030 1234567", None, "0301234567"),
        ("ask at the desk", "DE", "askatthedesk"),
    ],
)
def test_a_number_is_compared_in_e164_where_it_can_be_read_so(number: str, region: str | None, key: str) -> None:
    assert model.phone("work", number, region).key == key


def test_a_number_keeps_the_way_it_was_written() -> None:
    assert model.phone("work", "  (030) 123-45-67 ", "DE").value == "(030) 123-45-67"


@given(st.integers(10**6, 10**9), REGIONS)
def test_the_key_of_a_key_in_e164_is_itself(digits: int, region: str | None) -> None:
    key = model.phone_key(f"+4930{digits}", region)
    assert key.startswith("+49")
    assert model.phone_key(key, region) == key


@given(st.text(min_size=1), REGIONS)
def test_any_text_has_a_phone_key_that_does_not_change(number: str, region: str | None) -> None:
    entry = model.phone("other", number, region)
    assert entry == model.phone("other", entry.value, region)
    assert model.phone("other", entry.value, region).value == entry.value


@given(st.emails())
def test_mails_are_one_whatever_their_case(address: str) -> None:
    assert model.mail(address) == model.mail(f" {address.upper()} ") == model.mail(address.swapcase())
    assert model.mail(address).value == address


@given(st.builds(Address, st.text(), st.text(), st.text(), st.text(), st.text()))
def test_an_address_reads_back_and_stays_the_same(parts: Address) -> None:
    entry = model.address("home", parts)
    assert model.address("home", model.address_of(entry)) == entry
    assert model.address_of(model.address("home", model.address_of(entry))) == model.address_of(entry)


def test_addresses_are_one_whatever_their_blanks_and_case() -> None:
    one = model.address("home", Address("Am  Markt 1\r\n2. Stock", "BERLIN"))
    assert one == model.address("home", Address("Am Markt 1\n2. stock ", "Berlin"))
    assert one != model.address("home", Address("Am Markt 1", "Berlin"))
    assert one != model.address("other", Address("Am Markt 1\n2. Stock", "Berlin"))


def test_a_web_address_is_one_with_and_without_a_slash_at_its_end() -> None:
    assert model.web("https://Example.com/") == model.web("https://example.com")
    assert model.web("https://example.com/a") != model.web("https://example.com")


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({model.GIVEN: "Ana", model.FAMILY: "Lima", model.COMPANY: "Acme"}, "Ana Lima"),
        ({model.GIVEN: "", model.COMPANY: "Acme"}, "Acme"),
        ({model.MAILS: frozenset([model.mail("b@x.org"), model.mail("A@x.org")])}, "A@x.org"),
        ({model.PHONES: frozenset([model.phone("work", "030 123456", "DE")])}, "030 123456"),
        ({}, ""),
    ],
)
def test_a_contact_is_called_by_the_best_it_has(fields: dict[str, str], label: str) -> None:
    assert model.label_of(fields) == label


def test_an_address_that_is_less_complete_on_one_side_is_one_address() -> None:
    short = model.address("business", model.Address(street="Luna 8", country="Spain"))
    full = model.address("business", model.Address(street="luna 8", city="Sevilla", country="Spain"))
    united = model.unite(model.ADDRESSES, short, full)
    assert united is not None
    assert model.address_of(united).city == "Sevilla"


def test_addresses_that_contradict_each_other_are_two() -> None:
    one = model.address("business", model.Address(street="Luna 8", city="Madrid"))
    two = model.address("business", model.Address(street="Luna 8", city="Sevilla"))
    assert model.unite(model.ADDRESSES, one, two) is None
