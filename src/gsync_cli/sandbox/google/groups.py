"""The methods of contactGroups.* (facts/google.md 6.6)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gsync_cli.sandbox.google.account import Account, can_join
from gsync_cli.sandbox.google.book import SYSTEM_GROUPS, Group, groups_after
from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.errors import ApiError, expired_sync_token, invalid, not_found
from gsync_cli.sandbox.google.listing import SyncToken
from gsync_cli.sandbox.google.masks import group_mask
from gsync_cli.sandbox.google.view import rfc3339

DEFAULT_PAGE, LARGEST_PAGE = 30, 1000
LARGEST_BATCH = 200
LARGEST_CHANGE = 1000
READ_DEFAULT = ("groupType", "memberCount", "metadata", "name")
WRITE_DEFAULT = ("groupType", "metadata", "name")
_PARAMETERS = "contactGroups"


def list_groups(call: Call) -> dict[str, Any]:
    """Answer contactGroups.list. Members are not in it."""
    mask = group_mask(call.query.get("groupFields"), READ_DEFAULT)
    size = int(call.query.get("pageSize", 0)) or DEFAULT_PAGE
    if not 1 <= size <= LARGEST_PAGE:
        raise invalid(f"Page size must be between 1 and {LARGEST_PAGE}.", "page_size")
    token = _sync_token(call)
    groups = [
        group for group in call.account.book.groups.values() if (group.seq > token.seq if token else not group.deleted)
    ]
    start = _page_start(call.query.get("pageToken", ""))
    answer: dict[str, Any] = {
        "contactGroups": [_shown(call.account, group, mask) for group in groups[start : start + size]],
        "totalItems": len(groups),
    }
    if start + size < len(groups):
        answer["nextPageToken"] = f"Gh{start + size}"
    else:
        full_at = token.full_at if token else call.account.clock.now()
        seq = max(group.seq for group in call.account.book.groups.values())
        answer["nextSyncToken"] = SyncToken(call.account.subject, seq, full_at, _PARAMETERS).text()
    return {key: value for key, value in answer.items() if value}


def get(call: Call) -> dict[str, Any]:
    """Answer contactGroups.get, with up to maxMembers members."""
    mask = group_mask(call.query.get("groupFields"), READ_DEFAULT)
    return _with_members(call, _found(call.account, call.resource), mask)


def get_batch(call: Call) -> dict[str, Any]:
    """Answer contactGroups.batchGet: a status for each."""
    mask = group_mask(call.query.get("groupFields"), READ_DEFAULT)
    names: list[str] = call.query.get("resourceNames", [])
    if not 1 <= len(names) <= LARGEST_BATCH:
        raise invalid(f"Number of resource_names must be between 1 and {LARGEST_BATCH}.", "resource_names")
    responses = []
    for name in names:
        response: dict[str, Any] = {"requestedResourceName": name}
        try:
            response |= {"contactGroup": _with_members(call, _found(call.account, name), mask), "status": {}}
        except ApiError as error:
            response["status"] = {"code": 5, "message": error.message}
        responses.append(response)
    return {"responses": responses}


def create(call: Call) -> dict[str, Any]:
    """Answer contactGroups.create; the name must be new."""
    sent = call.body.get("contactGroup", {})
    group = call.account.book.add_group(_new_name(call.account, sent))
    group.client_data = list(sent.get("clientData", []))
    return _shown(call.account, group, group_mask(call.body.get("readGroupFields"), WRITE_DEFAULT))


def update(call: Call) -> dict[str, Any]:
    """Answer contactGroups.update: needs the present etag."""
    group = _own(call.account, call.resource)
    sent = call.body.get("contactGroup", {})
    fields = group_mask(call.body.get("updateGroupFields"), ("name",))
    if not sent.get("etag"):
        raise invalid("Request must set contact_group.etag.", "contact_group.etag")
    if sent["etag"] != group.etag:
        raise ApiError("ABORTED", "Contact group etag is outdated.")
    if not {"name", "clientData"} >= set(fields):
        raise invalid("Only clientData and name can be updated.", "update_group_fields")
    if "name" in fields:
        group.name = _new_name(call.account, sent, group)
    if "clientData" in fields:
        group.client_data = list(sent.get("clientData", []))
    call.account.book.touch_group(group)
    return _shown(call.account, group, group_mask(call.body.get("readGroupFields"), WRITE_DEFAULT))


def delete(call: Call) -> dict[str, Any]:
    """Answer contactGroups.delete; with deleteContacts its people go too."""
    group = _own(call.account, call.resource)
    call.account.delete_group(group.resource, contacts=bool(call.query.get("deleteContacts")))
    return {}


def modify_members(call: Call) -> dict[str, Any]:
    """Answer contactGroups.members.modify: who is not found or would lose the last group is named, the rest done."""
    account = call.account
    group = _found(account, call.resource)
    add: list[str] = call.body.get("resourceNamesToAdd", [])
    remove: list[str] = call.body.get("resourceNamesToRemove", [])
    if len(add) + len(remove) > LARGEST_CHANGE:
        raise invalid(f"At most {LARGEST_CHANGE} resource names can be added and removed together.")
    if not (add or remove):
        raise invalid("Must specify at least one resource name to add or remove.")
    if add and not can_join(group):
        raise invalid("Contacts can only be added to user groups, myContacts and starred.", "resource_name")
    missing: list[str] = []
    stuck: list[str] = []
    for name, wanted in [*((name, True) for name in add), *((name, False) for name in remove)]:
        version = account.book.get(name)
        if version is None:
            missing.append(name)
            continue
        groups = groups_after(version.groups, {group.resource: wanted})
        if not groups:
            stuck.append(name)
        elif list(version.groups) != groups:
            account.book.regroup(version, groups, touch=account.behaviour.group_changes_touch_contacts)
    answer = {"notFoundResourceNames": missing, "canNotRemoveLastContactGroupResourceNames": stuck}
    return {key: names for key, names in answer.items() if names}


def _with_members(call: Call, group: Group, mask: tuple[str, ...]) -> dict[str, Any]:
    most = int(call.query.get("maxMembers", 0))
    if most < 0:
        raise invalid("max_members must not be negative.", "max_members")
    shown = _shown(call.account, group, mask)
    if most:
        members = call.account.book.members(group.resource, call.account.horizon())
        names = [version.resource for version in members[:most]]
        shown |= {"memberResourceNames": names} if names else {}
    return shown


def _shown(account: Account, group: Group, mask: tuple[str, ...]) -> dict[str, Any]:
    shown: dict[str, Any] = {"resourceName": group.resource}
    if group.etag:
        shown["etag"] = group.etag
    if group.deleted:
        return {**shown, "metadata": {"deleted": True}}
    if "metadata" in mask and group.updated:
        shown["metadata"] = {"updateTime": rfc3339(group.updated)}
    if "groupType" in mask:
        shown["groupType"] = "SYSTEM_CONTACT_GROUP" if group.system else "USER_CONTACT_GROUP"
    if "name" in mask:
        shown |= {"name": group.name, "formattedName": SYSTEM_GROUPS.get(group.resource, group.name)}
    if "clientData" in mask and group.client_data:
        shown["clientData"] = group.client_data
    if "memberCount" in mask and (count := len(account.book.members(group.resource, account.horizon()))):
        shown["memberCount"] = count
    return shown


def _new_name(account: Account, sent: Mapping[str, Any], group: Group | None = None) -> str:
    name = str(sent.get("name", "")).strip()
    if not name:
        raise invalid("Contact group name must not be empty.", "contact_group.name")
    taken = account.book.group_named(name)
    if taken is not None and taken is not group:
        raise ApiError("ALREADY_EXISTS", "Contact group name already exists.")
    return name


def _found(account: Account, name: str) -> Group:
    group = account.book.groups.get(name)
    if group is None or group.deleted:
        raise not_found()
    return group


def _own(account: Account, name: str) -> Group:
    group = _found(account, name)
    if group.system:
        raise invalid("System contact groups can not be changed.", "resource_name")
    return group


def _page_start(token: str) -> int:
    if token and not (token.startswith("Gh") and token[2:].isdecimal()):
        raise invalid()
    return int(token[2:]) if token else 0


def _sync_token(call: Call) -> SyncToken | None:
    text = call.query.get("syncToken")
    if not text:
        return None
    token = SyncToken.read(text)
    if (token.account, token.parameters) != (call.account.subject, _PARAMETERS):
        raise invalid()
    if call.account.clock.now() - token.full_at > timedelta(days=call.account.behaviour.sync_token_days):
        raise expired_sync_token()
    return token
