"""The tables of the site and their columns (facts/creatio.md 3 and 4.1).

A column is known by its payload name: a lookup `Account` is written `AccountId` and walked as `Account`.
"""

from dataclasses import replace
from typing import Final

from gsync_cli.sandbox.creatio import accounts_schema, activities_schema
from gsync_cli.sandbox.creatio.columns import (
    LONG,
    MAX,
    SHORT,
    Column,
    Table,
    flags,
    guid,
    integer,
    lookup,
    lookup_table,
    table,
    text,
)

_CONTACT: Final = table(
    "Contact",
    text("Name", required=True),
    text("Surname"),
    text("GivenName"),
    text("MiddleName"),
    text("Dear"),
    lookup("SalutationType"),
    lookup("Gender"),
    lookup("Account"),
    lookup("Job"),
    text("JobTitle"),
    lookup("Department"),
    lookup("DecisionRole"),
    lookup("Type", "ContactType"),
    lookup("Owner", "Contact"),
    Column("BirthDate", "date"),
    text("Email"),
    text("Phone"),
    text("MobilePhone"),
    text("HomePhone"),
    text("Skype"),
    text("Facebook"),
    text("LinkedIn"),
    text("Twitter"),
    lookup("AddressType"),
    text("Address", MAX),
    lookup("City"),
    lookup("Region"),
    text("Zip", SHORT),
    lookup("Country"),
    text("Notes", MAX),
    lookup("Photo", "SysImage"),
    lookup("Language"),
    *flags("DoNotUseEmail", "DoNotUseCall", "DoNotUseFax", "DoNotUseSms", "DoNotUseMail", "Confirmed"),
    integer("Age"),
    integer("Completeness"),
)

_TABLES: Final = (
    _CONTACT,
    table(
        "ContactCommunication",
        lookup("Contact", required=True, owned=True),
        lookup("CommunicationType", required=True),
        text("Number"),
        text("SearchNumber"),
        *flags("Primary", "NonActual", "IsCreatedBySynchronization"),
        integer("Position"),
        text("SocialMediaId"),
        text("ExternalCommunicationType", LONG),
    ),
    table(
        "ContactAddress",
        lookup("Contact", required=True, owned=True),
        lookup("AddressType"),
        lookup("Country"),
        lookup("Region"),
        lookup("City"),
        text("Address", MAX),
        text("Zip", SHORT),
        *flags("Primary"),
    ),
    table(
        "ContactAnniversary",
        lookup("Contact", required=True, owned=True),
        lookup("AnniversaryType"),
        Column("Date", "date"),
    ),
    table(
        "ContactCareer",
        lookup("Contact", required=True, owned=True),
        lookup("Account"),
        lookup("Job"),
        text("JobTitle"),
        lookup("Department"),
        *flags("Primary", "Current"),
    ),
    table("ContactTag", text("Name"), lookup("Type", "TagType", required=True)),
    table(
        "ContactInTag",
        lookup("Tag", "ContactTag", required=True, owned=True),
        lookup("Entity", "Contact", required=True, owned=True),
    ),
    table("Tag", text("Name"), lookup("TagAccess"), text("Color", SHORT), text("EntitySchemaName")),
    table("TagInRecord", lookup("Tag", required=True, owned=True), text("RecordSchemaName"), guid("RecordId")),
    table("Account", text("Name", required=True), lookup("Owner", "Contact"), text("Phone"), text("Web")),
    *(
        lookup_table(name)
        for name in (
            "AddressType",
            "AnniversaryType",
            "CommunicationType",
            "ContactType",
            "Country",
            "DecisionRole",
            "Department",
            "Gender",
            "Job",
            "Language",
            "SalutationType",
            "SysImage",
            "TagAccess",
            "TagType",
        )
    ),
    lookup_table("Region", lookup("Country")),
    lookup_table("City", lookup("Country"), lookup("Region")),
    lookup_table("TimeZone", text("Code"), text("Offset"), text("CodeAmerican", SHORT)),
    table(
        "SysAdminUnit",
        text("Name", required=True),
        lookup("Contact"),
        text("TimeZoneId"),
        text("Email"),
        *flags("Active"),
        integer("SysAdminUnitTypeValue"),
        integer("ConnectionType"),
        integer("LoginAttemptCount"),
        Column("UnblockTime", "datetime"),
        Column("PasswordExpireDate", "datetime"),
    ),
    table(
        "VwSysAdminUnit",
        text("Name"),
        lookup("Contact"),
        lookup("TimeZone"),
        *flags("Active"),
        integer("SysAdminUnitTypeValue"),
        integer("ConnectionType"),
    ),
    *accounts_schema.TABLES,
    *activities_schema.TABLES,
)

INDEXED: Final[dict[str, tuple[str, ...]]] = {
    "ContactCommunication": ("ContactId",),
    "ContactAddress": ("ContactId",),
    "ContactAnniversary": ("ContactId",),
    "ContactCareer": ("ContactId",),
    "ContactInTag": ("TagId", "EntityId"),
    "TagInRecord": ("TagId", "RecordId"),
    **activities_schema.INDEXED,
    **dict.fromkeys(("Account", "City", "Country", "Department", "Region"), ("Name",)),
}
"""Columns by which rows are found without looking at each."""

SYSTEM_TABLES: Final = frozenset({"SysAdminUnit", "VwSysAdminUnit"})
"""Hidden from OData on some sites, and never written through a service (facts/creatio.md 2.8)."""
UNREADABLE: Final = frozenset({"OAuthTokenStorage"})
"""On the list of what no service lets anybody read (facts/creatio.md 2.8)."""


def schema(salutations: str = "SalutationType", *, exchange: bool = True) -> dict[str, Table]:
    """Return the tables by name; `salutations` is what the site calls the table of salutations.

    Without the Exchange package activities have no place (facts/creatio.md 3).
    """
    tables = {table.name: table for table in _TABLES}
    if not exchange:
        tables["Activity"] = _without(tables["Activity"], activities_schema.LOCATION)
    if salutations != "SalutationType":
        tables[salutations] = replace(tables.pop("SalutationType"), name=salutations)
        for name, table in tables.items():
            tables[name] = _aimed(table, "SalutationType", salutations)
    return tables


def _without(table: Table, column: str) -> Table:
    columns = {name: value for name, value in table.columns.items() if name != column}
    return replace(table, columns=columns)


def _aimed(table: Table, old: str, new: str) -> Table:
    columns = {
        name: replace(column, target=new) if column.target == old else column for name, column in table.columns.items()
    }
    navigations = {column.navigation: column for column in columns.values() if column.kind == "lookup"}
    return Table(table.name, columns, navigations)


__all__ = ["INDEXED", "SYSTEM_TABLES", "UNREADABLE", "Column", "Table", "schema"]
