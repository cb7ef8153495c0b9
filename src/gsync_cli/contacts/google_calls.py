"""The requests that contacts need of the People API, each with its cost and whether it may be repeated.

Costs are those of facts/google.md 6.7: a page of a list or a batch of reads is one read, a batch of creates or updates
six reads and six writes, whatever the number of contacts in it. Writes go one after another, as Google asks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from gsync_cli.contacts.google_mapping import PERSON_FIELDS, Person
from gsync_cli.errors import Temporary
from gsync_cli.google.errors import GoogleRefusal
from gsync_cli.google.quota import Cost

if TYPE_CHECKING:
    from gsync_cli.google.session import GoogleSession

SOURCE: Final = "READ_SOURCE_TYPE_CONTACT"
"""Without it Google merges in what it knows from profiles (facts 6.1)."""
PAGE: Final = 1000
BATCH: Final = 200
"""Contacts in one create or update."""
MEMBERS: Final = 1000
"""Contacts in one change of a group's members."""
MOST_CONTACTS: Final = 25_000
"""What an account can hold (facts 6.8), and so the members to ask a group for."""

_CONTACT_BATCH: Final = Cost(reads=6, writes=6)
_MEMBERS_BATCH: Final = Cost(group_writes=1)
_GET: Final = 50
_GET_CHARACTERS: Final = 1400
"""Room for names in an address of 2048 characters; a longer one is turned into a POST (facts 8.6)."""
_NOT_FOUND: Final = frozenset((5, 404))
"""As google.rpc.Code and as HTTP status; both stand in answers."""


class PeopleCalls:
    """The People API of one account, in terms of contacts and groups.

    Every call may raise what `GoogleSession.execute` raises.
    """

    def __init__(self, session: "GoogleSession") -> None:
        self._session = session

    # Google's library writes the methods of a resource, documentation and all, each time one is asked for.

    @cached_property
    def _people(self) -> Any:
        return self._session.people().people()

    @cached_property
    def _groups(self) -> Any:
        return self._session.people().contactGroups()

    @cached_property
    def _connections(self) -> Any:
        return self._people.connections()

    def forecast(self, contacts: int, members: int) -> float:
        """Return the seconds for which writing so many contacts and memberships will wait for the quotas."""
        batches = [_CONTACT_BATCH] * ceil(contacts / BATCH) + [_MEMBERS_BATCH] * ceil(members / MEMBERS)
        return self._session.forecast(batches)

    # ── contacts ─────────────────────────────────────────────────────────────────────────────────────────────

    def pages(self, *, sync_token: str = "", request_token: bool = False, fields: str = PERSON_FIELDS) -> Iterator[Any]:
        """Go through the pages of all contacts, or of what changed since a sync token.

        Without `request_token` the listing is a plain one, to which the lag of sync tokens does not apply (facts 6.2).
        """
        arguments: dict[str, Any] = {
            "resourceName": "people/me",
            "personFields": fields,
            "pageSize": PAGE,
            "sources": SOURCE,
        }
        if request_token:
            arguments["requestSyncToken"] = True
        if sync_token:
            arguments["syncToken"] = sync_token
        while True:
            page = self._session.execute(self._connections.list(**arguments), reads=1, repeatable=True)
            yield page
            following = page.get("nextPageToken")
            if not following or following == arguments.get("pageToken"):
                return
            arguments["pageToken"] = following

    def get(self, names: Collection[str]) -> dict[str, Person]:
        """Read contacts by resource name, as freshly as Google can. What is not in the answer is deleted.

        Raises Temporary("google-contacts-unread") where Google answers for some that it can't say now.
        """
        found: dict[str, Person] = {}
        for chunk in _short_enough(sorted(set(names))):
            request = self._people.getBatchGet(resourceNames=chunk, personFields=PERSON_FIELDS, sources=SOURCE)
            answer = self._session.execute(request, reads=1, repeatable=True)
            found.update(_persons(chunk, answer.get("responses") or ()))
        return found

    def create(self, persons: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Create contacts, all or none; returns a PersonResponse each, in order. Never repeated by itself."""
        body = {
            "contacts": [{"contactPerson": person} for person in persons],
            "readMask": PERSON_FIELDS,
            "sources": [SOURCE],
        }
        request = self._people.batchCreateContacts(body=body)
        answer = self._session.execute(request, reads=6, writes=6)
        return answer.get("createdPeople") or ()

    def update(self, persons: Mapping[str, Mapping[str, Any]], mask: Collection[str]) -> Mapping[str, Any]:
        """Update contacts, all or none; returns resource name -> PersonResponse.

        Repeatable: the etag in each person keeps a second one from being carried out.
        """
        body = {
            "contacts": dict(persons),
            "updateMask": ",".join(mask),
            "readMask": PERSON_FIELDS,
            "sources": [SOURCE],
        }
        request = self._people.batchUpdateContacts(body=body)
        answer = self._session.execute(request, reads=6, writes=6, repeatable=True)
        return answer.get("updateResult") or {}

    # ── groups ───────────────────────────────────────────────────────────────────────────────────────────────

    def groups(self) -> list[Mapping[str, Any]]:
        """List the account's contact groups, those of the system among them; without their members."""
        found: list[Mapping[str, Any]] = []
        arguments: dict[str, Any] = {"pageSize": PAGE, "groupFields": "name,groupType,metadata"}
        while True:
            request = self._groups.list(**arguments)
            page = self._session.execute(request, group_reads=1, repeatable=True)
            found += page.get("contactGroups") or ()
            following = page.get("nextPageToken")
            if not following or following == arguments.get("pageToken"):
                return found
            arguments["pageToken"] = following

    def group(self, name: str) -> Mapping[str, Any] | None:
        """Read a group with its members' resource names; None where there is no such group any more."""
        request = self._groups.get(
            resourceName=name, maxMembers=MOST_CONTACTS, groupFields="name,groupType,memberCount,metadata"
        )
        try:
            answer = self._session.execute(request, group_reads=1, repeatable=True)
        except GoogleRefusal as refusal:
            if refusal.is_not_found:
                return None
            raise
        return None if (answer.get("metadata") or {}).get("deleted") else answer

    def create_group(self, title: str) -> Mapping[str, Any]:
        """Create a group. Refused where there is one of that name."""
        body = {"contactGroup": {"name": title}, "readGroupFields": "name,groupType"}
        return self._session.execute(self._groups.create(body=body), group_writes=1)

    def modify(
        self, group: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Put contacts into a group or take them out; repeatable.

        Returns the names of those that do not exist, and of those for which it is the last group.
        """
        missing: set[str] = set()
        stuck: set[str] = set()
        for key, names in (("resourceNamesToAdd", sorted(add)), ("resourceNamesToRemove", sorted(remove))):
            for start in range(0, len(names), MEMBERS):
                request = self._groups.members().modify(resourceName=group, body={key: names[start : start + MEMBERS]})
                answer = self._session.execute(request, group_writes=1, repeatable=True)
                missing.update(answer.get("notFoundResourceNames") or ())
                stuck.update(answer.get("canNotRemoveLastContactGroupResourceNames") or ())
        return frozenset(missing), frozenset(stuck)


def person_of(response: Mapping[str, Any]) -> Person | None:
    """Return the person of a PersonResponse, unless it is a deleted one or an error."""
    person: Person = response.get("person") or {}
    if not person.get("resourceName") or (person.get("metadata") or {}).get("deleted"):
        return None
    return person


def error_of(response: Mapping[str, Any]) -> tuple[int, str]:
    """Return code and message of a PersonResponse that is an error; 0 for one that is none.

    The code is a google.rpc.Code or, where only that is given, an HTTP status.
    """
    status = response.get("status") or {}
    code = int(status.get("code") or 0)
    http_status = int(response.get("httpStatusCode") or 0)
    if not code and http_status >= 400:  # noqa: PLR2004  the first of the error statuses
        code = http_status
    return code, str(status.get("message") or (f"error {code}" if code else ""))


def _persons(asked: Collection[str], responses: Collection[Mapping[str, Any]]) -> Iterator[tuple[str, Person]]:
    """Return requested name -> person of those that exist; a renamed contact comes under the name asked for."""
    answered: set[str] = set()
    for response in responses:
        person = person_of(response)
        name = str(response.get("requestedResourceName") or (response.get("person") or {}).get("resourceName") or "")
        code, message = error_of(response)
        if person is not None:
            yield name, person
        elif code and code not in _NOT_FOUND:
            raise Temporary("google-contacts-unread", message=message)
        answered.add(name)
    # Silence is no statement that a contact is deleted.
    if unanswered := set(asked) - answered:
        raise Temporary("google-contacts-unread", message=f"no answer for {len(unanswered)} of {len(asked)}")


def _short_enough(names: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    length = 0
    for name in names:
        cost = len("&resourceNames=") + len(quote(name, safe=""))
        if chunk and (len(chunk) == _GET or length + cost > _GET_CHARACTERS):
            yield chunk
            chunk, length = [], 0
        chunk.append(name)
        length += cost
    if chunk:
        yield chunk
