"""Persons as the People API answers them, and neutral fields, for property tests (hypothesis strategies)."""

from typing import Any

from hypothesis import strategies as st

from gsync_cli.contacts import model
from gsync_cli.sync.record import Value

REGION = "DE"

_texts = st.sampled_from(["", "Anna", "Ива́н", "王小明", "O’Neil", "de la Cruz", "x y", "𝔘", "Straße 1\nHof"])
_words = st.sampled_from(["Anna", "Boris", "Keller", "李", "Ångström"])
_mails = st.sampled_from(["a@x.org", "A@x.org", "b@x.org", "c@y.de", "d@z.fr"])
_numbers = st.sampled_from(["030 1234567", "+49 30 1234567", "+1 202 555 0100", "0170 1112223", "112", "desk"])
_urls = st.sampled_from(["https://a.org", "https://a.org/", "http://b.org/x"])
_phone_types = st.sampled_from(
    ["mobile", "work", "home", "main", "workFax", "homeFax", "otherFax", "Extension", "workMobile", "pager", "Desk", ""]
)
_types = st.sampled_from(["work", "home", "other", "Shipping", "Ferienhaus", ""])


def _item(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    unknown = st.sampled_from([{}, {"x-unknown": "kept"}])
    return st.builds(
        lambda known, more: {k: v for k, v in (known | more).items() if v}, st.fixed_dictionaries(parts), unknown
    )


def _list(item: st.SearchStrategy[dict[str, Any]], most: int = 4) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(item, max_size=most)


_dates = st.sampled_from(
    [{"year": 1980, "month": 5, "day": 1}, {"month": 2, "day": 29}, {"year": 2023, "month": 2, "day": 30}, {}]
)
_fields: dict[str, st.SearchStrategy[Any]] = {
    "names": _list(
        _item(
            givenName=_texts, middleName=_texts, familyName=_texts, honorificPrefix=_texts,
            honorificSuffix=_texts, phoneticGivenName=_texts, unstructuredName=_texts,
        ),
        most=1,
    ),
    "emailAddresses": _list(_item(value=_mails, type=_types, displayName=_texts)),
    "phoneNumbers": _list(_item(value=_numbers, type=_phone_types, canonicalForm=_texts)),
    "urls": _list(_item(value=_urls, type=_types)),
    "imClients": _list(_item(username=_words, protocol=st.sampled_from(["skype", "Skype", "jabber", ""]))),
    "addresses": _list(
        _item(
            streetAddress=_texts, extendedAddress=_texts, poBox=_texts, city=_texts, region=_texts,
            postalCode=_words, country=_texts, countryCode=st.sampled_from(["", "DE"]), type=_types,
            formattedValue=_texts,
        ),
        most=3,
    ),
    "organizations": _list(_item(name=_texts, department=_texts, title=_texts, symbol=_texts, type=_types), most=2),
    "birthdays": _list(_item(date=_dates, text=_texts), most=1),
    "biographies": _list(_item(value=_texts, contentType=st.sampled_from(["TEXT_PLAIN", "TEXT_HTML", ""])), most=1),
    "clientData": _list(_item(key=st.sampled_from(["gsync.creatio", "other"]), value=_words), most=2),
}  # fmt: skip


def persons() -> st.SearchStrategy[dict[str, Any]]:
    """Return Persons with everything gsync maps, and attributes it knows nothing of."""
    identity = {
        "resourceName": "people/c1",
        "etag": "%e1",
        "metadata": {"sources": [{"type": "CONTACT", "id": "a1", "etag": "#s1", "updateTime": "2026-05-01T08:00:00Z"}]},
        "memberships": [{"contactGroupMembership": {"contactGroupResourceName": "contactGroups/myContacts"}}],
    }
    return st.fixed_dictionaries({}, optional=_fields).map(lambda given: {**identity, **given})


def _entries(entry: st.SearchStrategy[Any]) -> st.SearchStrategy[Value]:
    return st.frozensets(entry, max_size=4)


_parts = st.builds(model.Address, _texts, _words, _texts, _words, _texts)
_trimmed = _texts.map(str.strip)
_neutral: dict[str, st.SearchStrategy[Value]] = {
    **{name: _trimmed for name in model.TEXTS if name not in (model.BIRTHDAY, model.GIVEN, model.FAMILY)},
    # One name alone is the given one: no side says "family name only".
    model.GIVEN: _words,
    model.FAMILY: _trimmed,
    model.BIRTHDAY: st.sampled_from(["", "1980-05-01", "2000-02-29"]),
    model.MAILS: _entries(_mails.map(model.mail)),
    model.PHONES: _entries(st.builds(model.phone, st.sampled_from(model.PHONE_KINDS), _numbers, st.just(REGION))),
    model.WEBS: _entries(_urls.map(model.web)),
    model.SKYPES: _entries(_words.map(model.skype)),
    model.ADDRESSES: _entries(st.builds(model.address, st.sampled_from(model.ADDRESS_KINDS), _parts)),
}


def wanted_fields() -> st.SearchStrategy[dict[str, Value]]:
    """Return neutral fields as the engine hands them to a store: some of them, each in full."""
    return st.fixed_dictionaries({}, optional=_neutral)
