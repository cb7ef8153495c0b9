"""One call of a method, as the services see it: who calls, with which checked parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.masks import request_mask
from gsync_cli.sandbox.google.view import ALL_SOURCES


@dataclass(frozen=True, slots=True)
class Call:
    """Path, query and body have passed the discovery document."""

    account: Account
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""

    @property
    def resource(self) -> str:
        """The resource name in the path."""
        return self.path["resourceName"]

    def person_fields(self) -> str | None:
        """Return personFields, or the older requestMask that means the same."""
        return self.query.get("personFields") or request_mask(self.query.get("requestMask.includeField"))

    def sources(self) -> frozenset[str]:
        """Return the sources to read, from the query or the body."""
        return frozenset(self.query.get("sources") or self.body.get("sources") or ALL_SOURCES)
