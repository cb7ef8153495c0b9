"""The methods of people.*: reading, creating, changing and deleting contacts (facts/google.md 6.1–6.4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.book import MY_CONTACTS, Version
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.errors import ApiError, invalid, not_found, stale_etag
from gsync_cli.sandbox.google.masks import READABLE, WRITABLE, answer_mask, person_mask
from gsync_cli.sandbox.google.view import PROFILE, person_etag, source_etag

LARGEST_BATCH = 200
LARGEST_DELETION = 500


def get(call: Call) -> dict[str, Any]:
    """Answer people.get. Raises ApiError."""
    mask = person_mask(call.person_fields(), "personFields")
    if call.resource in {"people/me", f"people/{call.account.subject}"}:
        return call.account.me(mask)
    return call.account.shown(_found(call.account, call.resource), mask, call.sources())


def get_batch(call: Call) -> dict[str, Any]:
    """Answer people.getBatchGet: a status for each name."""
    mask = person_mask(call.person_fields(), "personFields")
    names: list[str] = call.query.get("resourceNames", [])
    _check_count(names, LARGEST_BATCH, "resource_names")
    return {"responses": [_response(call, name, mask) for name in names]}


def create(call: Call) -> dict[str, Any]:
    """Answer people.createContact: nothing is recognised, every call creates."""
    mask = answer_mask(call.query.get("personFields"), "personFields", required=False) or tuple(sorted(READABLE))
    fields, groups = _new(call.account, call.body)
    version = call.account.book.add(fields, groups)
    return call.account.shown(version, mask, call.sources())


def create_batch(call: Call) -> dict[str, Any]:
    """Answer people.batchCreateContacts: all or none."""
    mask = answer_mask(call.body.get("readMask"), "readMask", required=True)
    contacts = call.body.get("contacts", [])
    _check_count(contacts, LARGEST_BATCH, "contacts")
    new = [_new(call.account, contact.get("contactPerson", {})) for contact in contacts]
    versions = [call.account.book.add(fields, groups) for fields, groups in new]
    if not mask:
        return {}
    return {"createdPeople": [_response(call, version.resource, mask) for version in versions]}


def update(call: Call) -> dict[str, Any]:
    """Answer people.updateContact."""
    mask = person_mask(call.query.get("updatePersonFields"), "updatePersonFields", WRITABLE)
    shown = answer_mask(call.query.get("personFields"), "personFields", required=False) or tuple(sorted(READABLE))
    version = _found(call.account, call.resource)
    fields, groups = _changed(call.account, version, call.body, mask)
    version = call.account.book.change(version, fields, groups)
    return call.account.shown(version, shown, call.sources())


def update_batch(call: Call) -> dict[str, Any]:
    """Answer people.batchUpdateContacts: one mask for all, what a person lacks of it is cleared; all or none."""
    mask = person_mask(call.body.get("updateMask"), "updateMask", WRITABLE)
    shown = answer_mask(call.body.get("readMask"), "readMask", required=True)
    contacts: Mapping[str, Any] = call.body.get("contacts", {})
    _check_count(list(contacts), LARGEST_BATCH, "contacts")
    found = {name: _found(call.account, name) for name in contacts}
    if len({version.id for version in found.values()}) < len(found):
        raise invalid("The same contact is named twice.", "contacts")
    changed = {name: _changed(call.account, found[name], person, mask) for name, person in contacts.items()}
    for name, (fields, groups) in changed.items():
        call.account.book.change(found[name], fields, groups)
    return {"updateResult": {name: _response(call, name, shown) for name in contacts}} if shown else {}


def delete(call: Call) -> dict[str, Any]:
    """Answer people.deleteContact."""
    call.account.book.remove(_found(call.account, call.resource))
    return {}


def delete_batch(call: Call) -> dict[str, Any]:
    """Answer people.batchDeleteContacts: all or none."""
    names = call.body.get("resourceNames", [])
    _check_count(names, LARGEST_DELETION, "resource_names")
    found = {version.id: version for version in (_found(call.account, name) for name in names)}
    for version in found.values():
        call.account.book.remove(version)
    return {}


def _new(account: Account, person: Mapping[str, Any]) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    return account.written(person, sorted(WRITABLE)), account.groups_of(person) or [MY_CONTACTS]


def _changed(
    account: Account, version: Version, person: Mapping[str, Any], mask: Sequence[str]
) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Return fields and groups after an update whose preconditions hold. Raises ApiError."""
    _check_etag(account, version, person)
    groups = list(version.groups)
    if "memberships" in mask:
        groups = account.groups_of(person, version.groups)
        if not groups:
            raise invalid("Request must contain at least one contact group membership.", "person.memberships")
    kept = {name: list(items) for name, items in version.fields.items() if name not in mask}
    return kept | account.written(person, mask), groups


def _check_etag(account: Account, version: Version, person: Mapping[str, Any]) -> None:
    """Refuse an update made from an older reading, or from none (facts 6.4)."""
    sources = [
        source for source in person.get("metadata", {}).get("sources", []) if source.get("type", "CONTACT") == "CONTACT"
    ]
    source = sources[0].get("etag", "") if sources else ""
    whole = person.get("etag", "")
    if not (source or whole):
        raise invalid(
            "Request must set person.etag or person.metadata.sources.etag for the source that is being updated."
        )
    if account.behaviour.spurious_etag_mismatches > account.random.random():
        raise _mismatch(by_source=bool(source))
    profile = account.book.profiles.get(version.id, {})
    if source and source != source_etag(version):
        raise _mismatch(by_source=True)
    if whole and whole not in {person_etag(version, {}), person_etag(version, profile)}:
        raise _mismatch(by_source=False)


def _mismatch(*, by_source: bool) -> ApiError:
    return stale_etag("person.metadata.sources.etag" if by_source else "person.etag")


def _response(call: Call, name: str, mask: tuple[str, ...]) -> dict[str, Any]:
    version = call.account.book.get(name)
    if version is not None:
        person = call.account.shown(version, mask, call.sources())
    elif name in {"people/me", f"people/{call.account.subject}"} and PROFILE in call.sources():
        person = call.account.me(mask)
    else:
        status = {"code": 5, "message": "Requested entity was not found."}
        return {"httpStatusCode": 404, "status": status, "requestedResourceName": name}
    return {"httpStatusCode": 200, "person": person, "requestedResourceName": name, "status": {}}


def _found(account: Account, name: str) -> Version:
    version = account.book.get(name)
    if version is None:
        raise not_found()
    return version


def _check_count(names: Sequence[object], most: int, field: str) -> None:
    if not names:
        raise invalid(f"Must specify at least one value in {field}.", field)
    if len(names) > most:
        raise invalid(f"Number of {field} must be at most {most}, but was {len(names)}.", field)
