"""The tables of the site and their columns (facts/creatio.md 3 and 4.1).

A column is known by its payload name: a lookup `Account` is written `AccountId` and walked as `Account`. Sizes of text:
Short 50, Medium 250, Long 500; 0 is unlimited.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

Kind = Literal["guid", "lookup", "text", "datetime", "date", "bool", "int"]

SHORT: Final = 50
MEDIUM: Final = 250
LONG: Final = 500
MAX: Final = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `target` is the table a lookup points to; `size` is the longest text, 0 for any."""

    name: str
    kind: Kind
    size: int = MAX
    target: str = ""
    required: bool = False
    owned: bool = False
    """The row is a detail of the row it points to, and goes when that goes."""
    hidden: bool = False
    """Written, never answered (SecureText)."""

    @property
    def navigation(self) -> str:
        """The name by which a lookup is walked: `Account` for `AccountId`."""
        return self.name.removesuffix("Id")


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `columns` by payload name, `navigations` by the name a lookup is walked."""

    name: str
    columns: dict[str, Column]
    navigations: dict[str, Column] = field(default_factory=dict)


def _guid(name: str, *, required: bool = False) -> Column:
    return Column(name, "guid", required=required)


def _text(name: str, size: int = MEDIUM, *, required: bool = False, hidden: bool = False) -> Column:
    return Column(name, "text", size, required=required, hidden=hidden)


def _lookup(name: str, target: str = "", *, required: bool = False, owned: bool = False) -> Column:
    return Column(f"{name}Id", "lookup", target=target or name, required=required, owned=owned)


def _flags(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "bool") for name in names)


def _int(name: str) -> Column:
    return Column(name, "int")


_BASE: Final = (
    _guid("Id"),
    Column("CreatedOn", "datetime"),
    _lookup("CreatedBy", "Contact"),
    Column("ModifiedOn", "datetime"),
    _lookup("ModifiedBy", "Contact"),
    _int("ProcessListeners"),
)


def _table(name: str, *columns: Column) -> Table:
    every = {column.name: column for column in (*_BASE, *columns)}
    return Table(name, every, {column.navigation: column for column in every.values() if column.kind == "lookup"})


def _lookup_table(name: str, *columns: Column) -> Table:
    return _table(name, _text("Name"), _text("Description"), *columns)


_CONTACT: Final = _table(
    "Contact",
    _text("Name", required=True),
    _text("Surname"),
    _text("GivenName"),
    _text("MiddleName"),
    _text("Dear"),
    _lookup("SalutationType"),
    _lookup("Gender"),
    _lookup("Account"),
    _lookup("Job"),
    _text("JobTitle"),
    _lookup("Department"),
    _lookup("DecisionRole"),
    _lookup("Type", "ContactType"),
    _lookup("Owner", "Contact"),
    Column("BirthDate", "date"),
    _text("Email"),
    _text("Phone"),
    _text("MobilePhone"),
    _text("HomePhone"),
    _text("Skype"),
    _text("Facebook"),
    _text("LinkedIn"),
    _text("Twitter"),
    _lookup("AddressType"),
    _text("Address", MAX),
    _lookup("City"),
    _lookup("Region"),
    _text("Zip", SHORT),
    _lookup("Country"),
    _text("Notes", MAX),
    _lookup("Photo", "SysImage"),
    _lookup("Language"),
    *_flags("DoNotUseEmail", "DoNotUseCall", "DoNotUseFax", "DoNotUseSms", "DoNotUseMail", "Confirmed"),
    _int("Age"),
    _int("Completeness"),
)

_TABLES: Final = (
    _CONTACT,
    _table(
        "ContactCommunication",
        _lookup("Contact", required=True, owned=True),
        _lookup("CommunicationType", required=True),
        _text("Number"),
        _text("SearchNumber"),
        *_flags("Primary", "NonActual", "IsCreatedBySynchronization"),
        _int("Position"),
        _text("SocialMediaId"),
        _text("ExternalCommunicationType", LONG),
    ),
    _table(
        "ContactAddress",
        _lookup("Contact", required=True, owned=True),
        _lookup("AddressType"),
        _lookup("Country"),
        _lookup("Region"),
        _lookup("City"),
        _text("Address", MAX),
        _text("Zip", SHORT),
        *_flags("Primary"),
    ),
    _table(
        "ContactAnniversary",
        _lookup("Contact", required=True, owned=True),
        _lookup("AnniversaryType"),
        Column("Date", "date"),
    ),
    _table(
        "ContactCareer",
        _lookup("Contact", required=True, owned=True),
        _lookup("Account"),
        _lookup("Job"),
        _text("JobTitle"),
        _lookup("Department"),
        *_flags("Primary", "Current"),
    ),
    _table("ContactTag", _text("Name"), _lookup("Type", "TagType", required=True)),
    _table(
        "ContactInTag",
        _lookup("Tag", "ContactTag", required=True, owned=True),
        _lookup("Entity", "Contact", required=True, owned=True),
    ),
    _table("Tag", _text("Name"), _lookup("TagAccess"), _text("Color", SHORT), _text("EntitySchemaName")),
    _table("TagInRecord", _lookup("Tag", required=True, owned=True), _text("RecordSchemaName"), _guid("RecordId")),
    _table("Account", _text("Name", required=True), _lookup("Owner", "Contact"), _text("Phone"), _text("Web")),
    *(
        _lookup_table(name)
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
    _lookup_table("Region", _lookup("Country")),
    _lookup_table("City", _lookup("Country"), _lookup("Region")),
    _lookup_table("TimeZone", _text("Code"), _text("Offset"), _text("CodeAmerican", SHORT)),
    _table(
        "SysAdminUnit",
        _text("Name", required=True),
        _lookup("Contact"),
        _text("TimeZoneId"),
        _text("Email"),
        *_flags("Active"),
        _int("SysAdminUnitTypeValue"),
        _int("ConnectionType"),
        _int("LoginAttemptCount"),
        Column("UnblockTime", "datetime"),
        Column("PasswordExpireDate", "datetime"),
    ),
    _table(
        "VwSysAdminUnit",
        _text("Name"),
        _lookup("Contact"),
        _lookup("TimeZone"),
        *_flags("Active"),
        _int("SysAdminUnitTypeValue"),
        _int("ConnectionType"),
    ),
    _table(
        "SocialAccount",
        _text("Login"),
        _text("Name", required=True),
        _text("SocialId", required=True),
        _text("AccessToken", LONG, required=True),
        _text("AccessSecretToken", LONG),
        _text("ConsumerKey", LONG, required=True),
        _lookup("Type", "CommunicationType", required=True),
        _lookup("User", "SysAdminUnit"),
        *_flags("Public", "IsExpired"),
        _text("Notes", MAX),
    ),
    _table(
        "ContactCorrespondence",
        _text("SourceContactId", LONG, required=True),
        _lookup("Contact"),
        _lookup("SourceAccount", "SocialAccount"),
        _lookup("Source", "CommunicationType", required=True),
        *_flags("IsDeleted"),
        _text("SocialAccountName"),
    ),
    _table(
        "MailServer",
        _text("Name"),
        _text("Address"),
        _int("Port"),
        *_flags("UseSSL", "IsStartTls", "UseSSLforSending", "AllowEmailDownloading", "AllowEmailSending"),
        _text("SMTPServerAddress"),
        _int("SMTPPort"),
        _lookup("OAuthApplication", "OAuthApplications"),
    ),
    _table(
        "OAuthApplications",
        _text("Name"),
        _text("ClientId", LONG, required=True),
        _text("SecretKey", MAX, hidden=True),
        _text("AppClassName"),
        _text("ClientClassName"),
        _text("AuthorizeUrl", LONG),
        _text("TokenUrl", LONG),
        _text("RevokeTokenUrl", LONG),
        _int("AccessType"),
    ),
)

INDEXED: Final[dict[str, tuple[str, ...]]] = {
    "ContactCommunication": ("ContactId",),
    "ContactAddress": ("ContactId",),
    "ContactAnniversary": ("ContactId",),
    "ContactCareer": ("ContactId",),
    "ContactInTag": ("TagId", "EntityId"),
    "TagInRecord": ("TagId", "RecordId"),
    **dict.fromkeys(("Account", "City", "Country", "Department", "Region"), ("Name",)),
}
"""Columns by which rows are found without looking at each."""

SYSTEM_TABLES: Final = frozenset({"SysAdminUnit", "VwSysAdminUnit"})
"""Hidden from OData on some sites, and never written through a service (facts/creatio.md 2.8)."""


def schema(salutations: str = "SalutationType") -> dict[str, Table]:
    """Return the tables by name; `salutations` is what the site calls the table of salutations."""
    tables = {table.name: table for table in _TABLES}
    if salutations != "SalutationType":
        tables[salutations] = replace(tables.pop("SalutationType"), name=salutations)
        for name, table in tables.items():
            tables[name] = _aimed(table, "SalutationType", salutations)
    return tables


def _aimed(table: Table, old: str, new: str) -> Table:
    columns = {
        name: replace(column, target=new) if column.target == old else column for name, column in table.columns.items()
    }
    navigations = {column.navigation: column for column in columns.values() if column.kind == "lookup"}
    return Table(table.name, columns, navigations)
