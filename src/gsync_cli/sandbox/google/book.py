"""A user's contacts and groups: every state a contact was in, and what may be seen of it at which moment.

A contact is a list of immutable versions. Writing adds one; reading picks the last one that has reached the reader,
which is how propagation lag and stale listings come about (facts/google.md 6.2).
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.persons import Fields

KEEP = timedelta(hours=1)
"""How long former versions are kept; lag can't be longer."""
MY_CONTACTS = "contactGroups/myContacts"
STARRED = "contactGroups/starred"
SYSTEM_GROUPS = {
    MY_CONTACTS: "My Contacts",
    STARRED: "Starred",
    "contactGroups/friends": "Friends",
    "contactGroups/family": "Family",
    "contactGroups/coworkers": "Coworkers",
    "contactGroups/chatBuddies": "Chat contacts",
    "contactGroups/all": "All contacts",
    "contactGroups/blocked": "Blocked",
}
JOINABLE_SYSTEM_GROUPS = frozenset((MY_CONTACTS, STARRED))


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One state of a contact. `seq` is its place in the account's feed of changes; `at` when it was written."""

    id: str
    """The stable hex id of the contact source; the resource name may change."""
    resource: str
    seq: int
    at: datetime
    updated: datetime
    etag: str
    fields: Fields
    groups: tuple[str, ...]
    deleted: bool = False
    former_names: tuple[str, ...] = ()
    shown: dict[Any, dict[str, Any]] = field(default_factory=dict)
    """Answers made of this version so far, by mask and sources."""


@dataclass(slots=True)
class Group:
    """A contact group; system groups have no etag."""

    resource: str
    name: str
    etag: str = ""
    updated: datetime | None = None
    seq: int = 0
    client_data: list[dict[str, str]] = field(default_factory=list)
    deleted: bool = False

    @property
    def system(self) -> bool:
        """Tell whether Google made this group."""
        return self.resource in SYSTEM_GROUPS


class Book:
    """All contacts and groups of one account."""

    def __init__(self, clock: VirtualClock, random_: random.Random) -> None:
        self._clock = clock
        self._random = random_
        self._histories: dict[str, list[Version]] = {}
        self._ids: dict[str, str] = {}
        self.profiles: dict[str, Fields] = {}
        """Profile data linked to a contact, by contact id: shown beside its own unless only CONTACT is asked for."""
        self.groups = {name: Group(name, name.partition("/")[2]) for name in SYSTEM_GROUPS}
        self.seq = 0

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────
    def get(self, resource: str) -> Version | None:
        """Return the present version of a contact by its present or a former name; None if gone or never there."""
        history = self._histories.get(self._ids.get(resource, ""))
        return history[-1] if history and not history[-1].deleted else None

    def present(self) -> Iterator[Version]:
        """Yield the present version of every live contact."""
        return (history[-1] for history in self._histories.values() if not history[-1].deleted)

    def seen_at(self, moment: datetime) -> Iterator[Version]:
        """Yield, for every contact ever, the version a reader sees whose news are as old as `moment`."""
        for history in self._histories.values():
            if history[-1].at <= moment:
                yield history[-1]
            elif version := next((version for version in reversed(history) if version.at <= moment), None):
                yield version

    def before(self, version: Version) -> Version | None:
        """Return the version before this one, if it is still kept."""
        history = self._histories[version.id]
        place = history.index(version)
        return history[place - 1] if place else None

    def members(self, group: str, moment: datetime | None = None) -> list[Version]:
        """Return the live members of a group, now or as seen at a moment."""
        versions = self.present() if moment is None else self.seen_at(moment)
        return [version for version in versions if group in version.groups and not version.deleted]

    def group_named(self, name: str) -> Group | None:
        """Return the live group of that name, letter case and outer spaces aside."""
        wanted = name.strip().casefold()
        found = (group for group in self.groups.values() if not group.deleted)
        return next((group for group in found if group.name.casefold() == wanted), None)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────
    def add(self, fields: Fields, groups: Sequence[str] = ()) -> Version:
        """Create a contact; without groups it lands in "My Contacts"."""
        identity = f"{self._random.getrandbits(60):x}"
        resource = f"people/c{self._random.getrandbits(62)}"
        self._ids[resource] = identity
        return self._append(identity, resource, fields, tuple(groups) or (MY_CONTACTS,))

    def change(self, version: Version, fields: Fields, groups: Sequence[str] | None = None) -> Version:
        """Replace the fields (and groups) of a contact."""
        return self._append(
            version.id, version.resource, fields, version.groups if groups is None else tuple(groups), version
        )

    def regroup(self, version: Version, groups: Sequence[str], *, touch: bool) -> Version:
        """Change only the groups; `touch` tells whether that counts as a change of the contact itself."""
        if touch:
            return self.change(version, version.fields, groups)
        moved = replace(version, groups=tuple(groups), at=self._clock.now(), shown={})
        return self._keep(moved)

    def rename(self, version: Version) -> Version:
        """Give a contact another resource name, as Google does when a verified address is linked (6.3)."""
        resource = f"people/c{self._random.getrandbits(62)}"
        self._ids[resource] = version.id
        former = (*version.former_names, version.resource)
        return self._append(version.id, resource, version.fields, version.groups, version, former)

    def remove(self, version: Version) -> None:
        """Delete a contact; listings with a sync token tell of it."""
        self._append(version.id, version.resource, {}, (), version, deleted=True)

    def add_group(self, name: str) -> Group:
        """Create a user's group."""
        group = Group(f"contactGroups/{self._random.getrandbits(56):x}", name.strip())
        self.groups[group.resource] = group
        return self.touch_group(group)

    def touch_group(self, group: Group) -> Group:
        """Mark a group as changed now."""
        self.seq += 1
        group.seq, group.etag, group.updated = self.seq, self._etag(), self._clock.now()
        return group

    def remove_group(self, group: Group, *, touch: bool) -> None:
        """Delete a group. Its contacts stay; one that had no other goes to "My Contacts"."""
        for version in self.members(group.resource):
            left = [name for name in version.groups if name != group.resource] or [MY_CONTACTS]
            self.regroup(version, left, touch=touch)
        group.deleted = True
        self.touch_group(group)

    def _append(
        self,
        identity: str,
        resource: str,
        fields: Fields,
        groups: tuple[str, ...],
        former: Version | None = None,
        former_names: tuple[str, ...] | None = None,
        *,
        deleted: bool = False,
    ) -> Version:
        self.seq += 1
        now = self._clock.now()
        names = former_names if former_names is not None else former.former_names if former else ()
        return self._keep(Version(identity, resource, self.seq, now, now, self._etag(), fields, groups, deleted, names))

    def _keep(self, version: Version) -> Version:
        history = self._histories.setdefault(version.id, [])
        horizon = self._clock.now() - KEEP
        while len(history) > 1 and history[1].at <= horizon:
            del history[0]
        history.append(version)
        return version

    def _etag(self) -> str:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return "".join(self._random.choices(letters, k=11)) + "="


def groups_after(groups: Iterable[str], add: Mapping[str, bool]) -> list[str]:
    """Return the groups with those mapped to True added and those mapped to False taken out."""
    kept = [group for group in groups if add.get(group, True)]
    return kept + [group for group, wanted in add.items() if wanted and group not in kept]
