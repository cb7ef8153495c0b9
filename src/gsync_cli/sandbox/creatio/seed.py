"""The rows a fresh site has: lookups with their well-known ids, some places, salutations, departments."""

import uuid
from typing import Any, Final

from gsync_cli.sandbox.creatio.ids import (
    ACTIVITY_CATEGORIES,
    ACTIVITY_PRIORITIES,
    ACTIVITY_STATUSES,
    ACTIVITY_TYPES,
    ADDRESS_TYPES,
    ANNIVERSARY_TYPES,
    COMMUNICATION_TYPES,
    CONTACT_TYPES,
    PARTICIPANT_RESPONSES,
    PARTICIPANT_ROLES,
    TAG_TYPES,
)
from gsync_cli.sandbox.creatio.zones import WINDOWS

_NAMESPACE: Final = uuid.UUID("6f1b8f3a-7a0e-4d57-9c2b-2f9a5a5f0c11")

_WELL_KNOWN: Final = {
    "CommunicationType": COMMUNICATION_TYPES,
    "AddressType": ADDRESS_TYPES,
    "AnniversaryType": ANNIVERSARY_TYPES,
    "TagType": TAG_TYPES,
    "ContactType": CONTACT_TYPES,
    "ActivityType": ACTIVITY_TYPES,
    "ActivityCategory": ACTIVITY_CATEGORIES,
    "ActivityStatus": ACTIVITY_STATUSES,
    "ActivityPriority": ACTIVITY_PRIORITIES,
    "ParticipantRole": PARTICIPANT_ROLES,
    "ParticipantResponse": PARTICIPANT_RESPONSES,
    "TagAccess": {"default": "54c3c9a0-adba-423f-990b-673b903e2a38"},
}
_PLACES: Final = {
    "Austria": {"Vienna": ["Vienna"], "Tyrol": ["Innsbruck"]},
    "Brazil": {"São Paulo": ["São Paulo", "Campinas"]},
    "Canada": {"Ontario": ["Toronto", "Ottawa"], "Quebec": ["Montreal"]},
    "China": {"Guangdong": ["Shenzhen"], "Shanghai": ["Shanghai"]},
    "Czechia": {"Prague": ["Prague"]},
    "France": {"Île-de-France": ["Paris"], "Auvergne-Rhône-Alpes": ["Lyon"]},
    "Germany": {"Berlin": ["Berlin"], "Bavaria": ["Munich", "Nuremberg"], "Hamburg": ["Hamburg"]},
    "Greece": {"Attica": ["Athens"]},
    "India": {"Maharashtra": ["Mumbai", "Pune"], "Karnataka": ["Bengaluru"]},
    "Ireland": {"Leinster": ["Dublin"]},
    "Israel": {"Tel Aviv District": ["Tel Aviv"]},
    "Italy": {"Lombardy": ["Milan"], "Lazio": ["Rome"]},
    "Japan": {"Tokyo": ["Tokyo"], "Osaka": ["Osaka"]},
    "Mexico": {"Mexico City": ["Mexico City"]},
    "Netherlands": {"North Holland": ["Amsterdam"]},
    "Poland": {"Masovia": ["Warsaw"], "Lesser Poland": ["Kraków"]},
    "Portugal": {"Lisbon": ["Lisbon"]},
    "Spain": {"Community of Madrid": ["Madrid"], "Catalonia": ["Barcelona"]},
    "Sweden": {"Stockholm County": ["Stockholm"]},
    "Switzerland": {"Zurich": ["Zurich"], "Geneva": ["Geneva"]},
    "Ukraine": {"Kyiv": ["Kyiv"], "Lviv Oblast": ["Lviv"]},
    "United Arab Emirates": {"Dubai": ["Dubai"]},
    "United Kingdom": {"England": ["London", "Manchester"], "Scotland": ["Edinburgh"]},
    "United States": {"New York": ["New York"], "California": ["San Francisco", "Los Angeles"], "Texas": ["Austin"]},
}
_NAMED: Final = {
    "SalutationType": ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
    "Department": ("Administration", "Finance", "IT", "Logistics", "Marketing", "Production", "Sales", "Support"),
    "Gender": ("Female", "Male"),
    "Job": ("CEO", "Department manager", "Specialist"),
    "DecisionRole": ("Contact person", "Decision maker"),
    "Language": ("en-US",),
}
GMAIL: Final = "1b424a93-dee9-e011-8376-00155d04c01d"
OFFICE_365: Final = "4bde7ec8-061f-46a3-ab24-49f5ec9cce8b"
IMAP_PROTOCOL: Final = str(uuid.uuid5(_NAMESPACE, "EmailProtocol/IMAP"))
_MAIL_SERVER: Final = {
    "Id": GMAIL,
    "Name": "GMail",
    "Address": "imap.gmail.com",
    "Port": 993,
    "UseSSL": True,
    "SMTPServerAddress": "smtp.gmail.com",
    "SMTPPort": 465,
    "UseSSLforSending": True,
    "AllowEmailDownloading": True,
    "AllowEmailSending": True,
    "UseEmailAddressAsLogin": True,
    "EmailProtocolId": IMAP_PROTOCOL,
}


def lookup_id(table: str, *path: str) -> str:
    """Return the id of a seeded row without a well-known one: the same in every sandbox."""
    return str(uuid.uuid5(_NAMESPACE, "/".join((table, *path))))


def seed_rows(salutations: str) -> list[tuple[str, dict[str, Any]]]:
    """Return all rows of a fresh site, by table; `salutations` is the name of that table."""
    rows: list[tuple[str, dict[str, Any]]] = [
        ("EmailProtocol", {"Id": IMAP_PROTOCOL, "Name": "IMAP"}),
        ("MailServer", _MAIL_SERVER),
        (
            "MailServer",
            {"Id": OFFICE_365, "Name": "Office 365", "Address": "outlook.office365.com", "Port": 993, "UseSSL": True},
        ),
    ]
    for table, known in _WELL_KNOWN.items():
        rows += [(table, {"Id": row_id, "Name": name.capitalize()}) for name, row_id in known.items()]
    for table, names in _NAMED.items():
        into = salutations if table == "SalutationType" else table
        rows += [(into, {"Id": lookup_id(table, name), "Name": name}) for name in names]
    for windows_id in ("UTC", *WINDOWS):
        rows.append(("TimeZone", {"Id": lookup_id("TimeZone", windows_id), "Name": windows_id, "Code": windows_id}))
    for country, regions in _PLACES.items():
        of_country = {"CountryId": lookup_id("Country", country)}
        rows.append(("Country", {"Id": of_country["CountryId"], "Name": country}))
        for region, cities in regions.items():
            of_region = {**of_country, "RegionId": lookup_id("Region", country, region)}
            rows.append(("Region", {"Id": of_region["RegionId"], "Name": region, **of_country}))
            rows += [
                ("City", {"Id": lookup_id("City", country, region, city), "Name": city, **of_region}) for city in cities
            ]
    return rows
