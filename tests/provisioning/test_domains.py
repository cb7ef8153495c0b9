"""The authorised domain: what somebody can own, by the public suffix list."""

import pytest
from publicsuffixlist import PublicSuffixList

from gsync_cli.errors import WrongUsage
from gsync_cli.provisioning.domains import ascii_host, authorised_domain, is_address, registrable_domain


@pytest.mark.parametrize(
    ("site", "domain"),
    [
        ("https://050651-studio.creatio.com", "creatio.com"),
        ("https://creatio.com", "creatio.com"),
        ("https://crm.example.com:8443/app", "example.com"),
        ("https://crm.firma.co.uk", "firma.co.uk"),
        ("https://a.b.c.firma.com.au", "firma.com.au"),
        ("https://crm.city.kawasaki.jp", "city.kawasaki.jp"),
        ("https://crm.müller.de", "xn--mller-kva.de"),
        ("https://crm.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("https://CRM.Example.COM.", "example.com"),
    ],
)
def test_the_domain_is_the_public_suffix_and_one_label_more(site: str, domain: str) -> None:
    assert authorised_domain(site) == domain


@pytest.mark.parametrize(
    ("site", "domain"),
    [
        ("https://crm.azurewebsites.net", "crm.azurewebsites.net"),
        ("https://a.crm.azurewebsites.net", "crm.azurewebsites.net"),
        ("https://firma.github.io", "firma.github.io"),
    ],
)
def test_a_customer_of_a_host_owns_only_the_own_name_below_it(site: str, domain: str) -> None:
    assert authorised_domain(site) == domain


@pytest.mark.parametrize(
    "site", ["https://crm.local", "https://intranet", "https://crm.corp", "https://co.uk", "https://azurewebsites.net"]
)
def test_a_host_that_nobody_can_own_is_refused(site: str) -> None:
    with pytest.raises(WrongUsage) as error:
        authorised_domain(site)
    assert error.value.code == "url-not-public"


@pytest.mark.parametrize("site", ["http://localhost:8080", "http://127.0.0.1:8000/creatio"])
def test_this_machine_needs_no_domain(site: str) -> None:
    assert authorised_domain(site) == ""


def test_reading_a_part_of_the_list_gives_what_the_whole_list_gives() -> None:
    whole = PublicSuffixList(accept_unknown=False)
    for host in (
        "a.b.com", "a.b.co.uk", "co.uk", "a.b.ck", "www.ck", "x.kobe.jp", "city.kobe.jp", "a.b.s3.amazonaws.com",
        "a.xn--55qx5d.cn", "x.local", "a.b.c.de", "firma.tokyo.jp", "a.firebaseapp.com", "a.xn--p1ai",
    ):  # fmt: skip
        assert registrable_domain(host) == (whole.privatesuffix(host) or ""), host


@pytest.mark.parametrize("host", ["10.1.2.3", "3232235777", "0x7f.1", "0300.1.1.1", "2001:db8::1", "fe80::1%eth0"])
def test_an_ip_address_is_one_in_any_form(host: str) -> None:
    assert is_address(host)


@pytest.mark.parametrize("host", ["crm.example.com", "10.example.com", "0x.example.com", "1.de"])
def test_a_name_with_numbers_in_it_is_none(host: str) -> None:
    assert not is_address(host)


def test_a_name_that_no_alphabet_has_is_none() -> None:
    assert ascii_host("a\u2488b.de") == ""
