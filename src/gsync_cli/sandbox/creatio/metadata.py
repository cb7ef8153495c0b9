"""$metadata: the model as XML (facts/creatio.md 2.1)."""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from gsync_cli.sandbox.creatio.schema import Table
from gsync_cli.sandbox.creatio.wire import edm_type

_FRAME = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
    '<Schema Namespace="Terrasoft.Configuration" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
    '{types}<EntityContainer Name="Container">{sets}</EntityContainer>'
    "</Schema></edmx:DataServices></edmx:Edmx>"
)


def metadata(schema: Mapping[str, Table]) -> str:
    """Return the document: a type and a set for each table, lookups as scalars and as navigations."""
    types = "".join(_entity_type(table) for table in schema.values())
    sets = "".join(
        f"<EntitySet Name={quoteattr(name)} EntityType={quoteattr('Terrasoft.Configuration.' + name)} />"
        for name in schema
    )
    return _FRAME.format(types=types, sets=sets)


def _entity_type(table: Table) -> str:
    properties = "".join(
        f'<Property Name="{column.name}" Type="{edm_type(column)}" Nullable="false" />'
        for column in table.columns.values()
        if not column.hidden
    )
    navigations = "".join(
        f'<NavigationProperty Name="{name}" Type="Terrasoft.Configuration.{column.target}" />'
        for name, column in table.navigations.items()
    )
    key = '<Key><PropertyRef Name="Id" /></Key>'
    return f'<EntityType Name="{table.name}">{key}{properties}{navigations}</EntityType>'
