"""A version of a contact as an answer shows it: fields of the mask, metadata, etags."""

import random
from datetime import UTC, datetime
from typing import Any

from gsync_cli.sandbox.google import persons
from gsync_cli.sandbox.google.book import Version
from gsync_cli.sandbox.google.persons import Fields

CONTACT = "READ_SOURCE_TYPE_CONTACT"
PROFILE = "READ_SOURCE_TYPE_PROFILE"
CONTACT_ONLY = frozenset((CONTACT,))
ALL_SOURCES = frozenset((CONTACT, PROFILE))
"""What is read where a request names no sources (facts/google.md 6.1)."""


def render(
    version: Version,
    mask: tuple[str, ...],
    sources: frozenset[str],
    profile: Fields,
    *,
    region: str,
    shuffle: random.Random | None = None,
) -> dict[str, Any]:
    """Return a contact. The answer is shared by everyone who asks the same of this version: do not change it."""
    key = (mask, sources, region)
    answer = version.shown.get(key)
    if answer is None:
        answer = version.shown[key] = _rendered(version, mask, sources, profile, region)
    if shuffle is None:
        return answer
    return {name: _shuffled(value, shuffle) if isinstance(value, list) else value for name, value in answer.items()}


def person_etag(version: Version, profile: Fields) -> str:
    """Return the etag of the whole person: of the contact, and of the profile where one is linked."""
    return f"%EgkBAj0{version.etag.rstrip('=')}{'P' if profile else ''}=="


def source_etag(version: Version) -> str:
    """Return the etag of the contact source."""
    return f"#{version.etag}"


def tombstone(version: Version) -> dict[str, Any]:
    """Return a deleted contact as a sync listing shows it: only the name can be relied on (facts 6.2)."""
    return {"resourceName": version.resource, "metadata": {"deleted": True, "objectType": "PERSON"}}


def rfc3339(moment: datetime) -> str:
    """Return a moment as Google writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _rendered(
    version: Version, mask: tuple[str, ...], sources: frozenset[str], profile: Fields, region: str
) -> dict[str, Any]:
    own = {"type": "CONTACT", "id": version.id}
    beside: Fields = profile if PROFILE in sources else {}
    theirs = {"type": "PROFILE", "id": f"1{int(version.id, 16)}"}
    answer: dict[str, Any] = {"resourceName": version.resource, "etag": person_etag(version, beside)}
    for field in mask:
        if field == "memberships":
            answer[field] = [_membership(group, own) for group in version.groups]
        elif field == "metadata":
            answer[field] = _metadata(version, own, theirs if beside else None)
        elif field == "photos":
            answer[field] = [_photo(version, own)]
        else:
            # What somebody says of themselves comes first, as in Google's merged view.
            items = persons.shown(field, beside.get(field, ()), theirs, region=region, lead=True)
            items += persons.shown(field, version.fields.get(field, ()), own, region=region, lead=not items)
            if items:
                answer[field] = items
    return answer


def _membership(group: str, source: dict[str, str]) -> dict[str, Any]:
    group_id = group.partition("/")[2]
    return {
        "metadata": {"source": dict(source)},
        "contactGroupMembership": {"contactGroupId": group_id, "contactGroupResourceName": group},
    }


def _metadata(version: Version, own: dict[str, str], theirs: dict[str, str] | None) -> dict[str, Any]:
    mine = {**own, "etag": source_etag(version), "updateTime": rfc3339(version.updated)}
    sources: list[dict[str, Any]] = [mine]
    if theirs:
        profile = {"objectType": "PERSON", "userTypes": ["GOOGLE_USER"]}
        sources.append({**theirs, "etag": "#pRoFiLe00=", "profileMetadata": profile})
    return {"sources": sources, "objectType": "PERSON"}


def _photo(version: Version, own: dict[str, str]) -> dict[str, Any]:
    return {
        "metadata": {"primary": True, "source": dict(own)},
        "url": f"https://lh3.googleusercontent.com/cm/{version.id}=s100",
        "default": True,
    }


def _shuffled(items: list[Any], shuffle: random.Random) -> list[Any]:
    return shuffle.sample(items, len(items))
