"""Believable people who don't exist: names in many scripts, several mails and phones, long notes, emoji, no name.

Mail addresses end in the domains reserved for examples; phone numbers use ranges kept for fiction where there are some.
`believable()` is always the same; `grow` adds any number from a Random.
"""

import random
from collections.abc import Iterator
from typing import Any, Final, TypedDict

from gsync_cli.sandbox.people_by_hand import PEOPLE, place

PHONE_TYPES: Final = {
    "mobile": "mobile",
    "work": "work",
    "home": "home",
    "main": "main",
    "fax": "workFax",
    "extension": "Extension",
    "other": "other",
}
ADDRESS_TYPES: Final = {"business": "work", "home": "home", "shipping": "Shipping", "other": "other"}


class Person(TypedDict, total=False):
    """Somebody, in neutral words. `notes` is plain text; `birthday` an ISO date; phones and addresses carry a kind."""

    given: str
    middle: str
    family: str
    salutation: str
    company: str
    department: str
    job_title: str
    birthday: str
    notes: str
    mails: list[str]
    phones: list[tuple[str, str]]
    webs: list[str]
    skypes: list[str]
    addresses: list[tuple[str, dict[str, str]]]


_GIVEN: Final = (
    "Amelie",
    "Ben",
    "Clara",
    "David",
    "Emma",
    "Felix",
    "Greta",
    "Hugo",
    "Ida",
    "Jonas",
    "Karla",
    "Leon",
    "Mia",
    "Noah",
    "Olga",
    "Paul",
    "Quentin",
    "Rosa",
    "Samuel",
    "Thea",
    "Ulrich",
    "Vera",
    "Willem",
    "Xenia",
    "Yusuf",
    "Zita",
    "Иван",
    "Мария",
    "Сергей",
    "Ольга",
    "Νίκος",
    "Σοφία",
    "عمر",
    "سارة",
    "דוד",
    "שרה",
    "明",
    "静",
    "健",
    "葵",
    "Łucja",
    "Jörg",
    "Søren",
    "Aoife",
)
_FAMILY: Final = (
    "Albrecht",
    "Becker",
    "Conti",
    "Dvořák",
    "Eriksson",
    "Fischer",
    "García",
    "Hansen",
    "Ivanova",
    "Janssen",
    "Kowalski",
    "Lindholm",
    "Moreau",
    "Novák",
    "Olsen",
    "Petrov",
    "Quinn",
    "Rossi",
    "Schneider",
    "Tanaka",
    "Urban",
    "Virtanen",
    "Weber",
    "Xu",
    "Yıldız",
    "Zimmermann",
    "Кузнецов",
    "Мельник",
    "Γεωργίου",
    "الأحمد",
    "כהן",
    "李",
    "陈",
    "鈴木",
    "高橋",
)
_COMPANIES: Final = (
    "Kranbau",
    "Seeblick",
    "Alpenmilch",
    "Rheinwerk",
    "Hanse Kontor",
    "Boreal",
    "Meridian",
    "Kiepe",
    "Vitis",
    "Corda",
)
_JOBS: Final = ("Buyer", "Engineer", "Sales manager", "Consultant", "Assistant", "Director", "")


def believable() -> list[Person]:
    """Return the people written by hand, some thirty, always the same."""
    return list(PEOPLE)


def grow(random_: random.Random, count: int) -> Iterator[Person]:
    """Yield `count` further people; no two share a mail address or a phone number."""
    for number in range(count):
        given, family = random_.choice(_GIVEN), random_.choice(_FAMILY)
        company = random_.choice(_COMPANIES)
        person: Person = {
            "given": given,
            "family": family,
            "company": company,
            "mails": [f"person{number}@{company.split(' ')[0].lower()}.example"],
            "phones": [("mobile", f"+49 1511 {number:07}")],
        }
        if job := random_.choice(_JOBS):
            person["job_title"] = job
        if random_.random() < 0.3:  # noqa: PLR2004  a third have more than the least
            person["mails"].append(f"private{number}@example.org")
            person["phones"].append(("work", f"+49 30 {23000000 + number}"))
        if random_.random() < 0.2:  # noqa: PLR2004  a fifth have an address and a birthday
            street = f"Ringstraße {number % 200 + 1}"
            person["addresses"] = [("business", place(street, "Berlin", f"{10000 + number % 4000}", "Germany"))]
            person["birthday"] = f"{1950 + number % 50}-{number % 12 + 1:02}-{number % 28 + 1:02}"
        yield person


def google_person(person: Person) -> dict[str, Any]:
    """Return somebody in the fields of the People API."""
    parts = {"honorificPrefix": "salutation", "givenName": "given", "middleName": "middle", "familyName": "family"}
    work = {"name": "company", "department": "department", "title": "job_title"}
    sent: dict[str, Any] = {
        "names": [_filled(person, parts)],
        "organizations": [_filled(person, work)],
        "emailAddresses": [
            {"value": mail, "type": "work" if number == 0 else "home"}
            for number, mail in enumerate(person.get("mails", ()))
        ],
        "phoneNumbers": [{"value": number, "type": PHONE_TYPES[kind]} for kind, number in person.get("phones", ())],
        "urls": [{"value": web, "type": "homePage"} for web in person.get("webs", ())],
        "imClients": [{"username": name, "protocol": "skype"} for name in person.get("skypes", ())],
        "addresses": [_address(kind, place) for kind, place in person.get("addresses", ())],
    }
    if birthday := person.get("birthday"):
        year, month, day = map(int, birthday.split("-"))
        sent["birthdays"] = [{"date": {"year": year, "month": month, "day": day}}]
    if notes := person.get("notes"):
        sent["biographies"] = [{"value": notes, "contentType": "TEXT_PLAIN"}]
    return {field: kept for field, items in sent.items() if (kept := [item for item in items if item])}


def _filled(person: Person, names: dict[str, str]) -> dict[str, str]:
    values: dict[str, Any] = {**person}
    return {theirs: values[ours] for theirs, ours in names.items() if values.get(ours)}


def _address(kind: str, parts: dict[str, str]) -> dict[str, str]:
    names = {
        "street": "streetAddress",
        "city": "city",
        "region": "region",
        "postal_code": "postalCode",
        "country": "country",
    }
    return {"type": ADDRESS_TYPES[kind], **{names.get(key, key): value for key, value in parts.items()}}
