"""A Google account, and what its owner does by hand in Google Contacts; `calendar_hand` has the calendar."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google import persons
from gsync_cli.sandbox.google.behaviour import Behaviour
from gsync_cli.sandbox.google.book import JOINABLE_SYSTEM_GROUPS, MY_CONTACTS, Book, Group, Version, groups_after
from gsync_cli.sandbox.google.calendar import Calendar
from gsync_cli.sandbox.google.calendar_hand import CalendarHand
from gsync_cli.sandbox.google.errors import invalid
from gsync_cli.sandbox.google.masks import READABLE, WRITABLE
from gsync_cli.sandbox.google.view import CONTACT_ONLY, render


class Account(CalendarHand):
    """One user of Google. The methods below `in the browser` are what tests use as the hand of that user."""

    def __init__(
        self,
        email: str,
        *,
        subject: str,
        name: str,
        hosted_domain: str,
        clock: VirtualClock,
        random_: random.Random,
        behaviour: Behaviour,
        region: str = "DE",
        zone: str = "Europe/Berlin",
        neighbours: "Mapping[str, Account] | None" = None,
        mails: list[Any] | None = None,
    ) -> None:
        self.email = email
        self.subject = subject
        self.name = name
        self.hosted_domain = hosted_domain
        self.region = region
        """Country that phone numbers without a country code are read for."""
        self.behaviour = behaviour
        self.clock = clock
        self.random = random_
        self.book = Book(clock, random_)
        self.calendar = Calendar(clock, random.Random(f"calendar {email}"), zone)  # noqa: S311  repeatable, not secret
        self.neighbours: Mapping[str, Account] = {} if neighbours is None else neighbours
        """All accounts of this world: invitations reach them."""
        self.mails: list[Any] = [] if mails is None else mails
        """Where writes go down that may make Google mail somebody, `events.Mail`."""

    # ── what the services ask ────────────────────────────────────────────────────────────────────────────────
    def horizon(self) -> datetime:
        """Return the moment up to which sync listings and group members know of writes."""
        return self.clock.now() - timedelta(seconds=self.behaviour.lag_seconds)

    def written(self, person: Mapping[str, Any], fields: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Return what is stored of a person sent to Google. Raises ApiError."""
        stored = persons.written(person, fields)
        persons.check_size(stored)
        if self.behaviour.refused_values:
            text = str(stored)
            if any(value in text for value in self.behaviour.refused_values):
                raise invalid()
        return stored

    def groups_of(self, person: Mapping[str, Any], former: Sequence[str] = ()) -> list[str]:
        """Return the groups that the memberships of a sent person name. Raises ApiError."""
        named = [
            membership.get("contactGroupMembership", {}).get("contactGroupResourceName", "")
            for membership in person.get("memberships") or []
            if "domainMembership" not in membership
        ]
        for name in named:
            group = self.book.groups.get(name)
            if group is None or group.deleted:
                raise invalid(f"Contact group {name} does not exist.", "person.memberships")
            if group.system and not can_join(group) and name not in former:
                raise invalid(f"Contacts can not be added to system group {name}.", "person.memberships")
        return list(dict.fromkeys(named))

    def shown(self, version: Version, mask: tuple[str, ...], sources: frozenset[str] = CONTACT_ONLY) -> dict[str, Any]:
        """Return a contact as an answer holds it."""
        profile = self.book.profiles.get(version.id, {})
        shuffle = self.random if self.behaviour.shuffle_items else None
        return render(version, mask, sources, profile, region=self.region, shuffle=shuffle)

    def me(self, mask: tuple[str, ...]) -> dict[str, Any]:
        """Return the account's own profile, people/me."""
        given, _, family = self.name.rpartition(" ")
        profile = {
            "names": [{"givenName": given or family, **({"familyName": family} if given else {})}],
            "emailAddresses": [{"value": self.email}],
        }
        source = {"type": "PROFILE", "id": self.subject}
        answer: dict[str, Any] = {"resourceName": f"people/{self.subject}", "etag": "%EgMBAj0aBAECBQc="}
        for field, items in profile.items():
            if field in mask:
                answer[field] = persons.shown(field, items, source, region=self.region, lead=True)
        if "metadata" in mask:
            answer["metadata"] = {"sources": [source], "objectType": "PERSON"}
        return answer

    # ── in the browser ───────────────────────────────────────────────────────────────────────────────────────
    def add(self, person: Mapping[str, Any], *groups: str) -> str:
        """Add a contact, given in the fields of a Person, to groups by name or resource; return its resource name."""
        names = list(dict.fromkeys((MY_CONTACTS, *(self.group(group).resource for group in groups))))
        return self.book.add(self.written(person, sorted(WRITABLE)), names).resource

    def edit(self, resource: str, **fields: list[dict[str, Any]]) -> None:
        """Replace some fields of a contact; an empty list clears one."""
        version = self._version(resource)
        merged = {name: items for name, items in version.fields.items() if name not in fields}
        self.book.change(version, merged | self.written(fields, sorted(fields)))

    def delete(self, resource: str) -> None:
        """Delete a contact."""
        self.book.remove(self._version(resource))

    def merge(self, keep: str, *others: str) -> None:
        """Merge duplicates: one contact takes all entries and groups, the others are deleted (facts 6.3)."""
        version = self._version(keep)
        fields = {name: list(items) for name, items in version.fields.items()}
        groups = list(version.groups)
        for other in map(self._version, others):
            for name, items in other.fields.items():
                if name in {"names", "biographies", "birthdays", "genders"}:
                    fields.setdefault(name, list(items))
                else:
                    fields[name] = fields.get(name, []) + [item for item in items if item not in fields.get(name, [])]
            groups += [group for group in other.groups if group not in groups]
            self.book.remove(other)
        self.book.change(version, fields, groups)

    def rename_resource(self, resource: str) -> str:
        """Let the resource name change, as a newly linked verified address does; return the new one."""
        return self.book.rename(self._version(resource)).resource

    def link_profile(self, resource: str, profile: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        """Link somebody's own profile data to a contact: shown unless only CONTACT sources are asked for."""
        version = self._version(resource)
        self.book.profiles[version.id] = profile
        version.shown.clear()

    def join(self, resource: str, group: str) -> None:
        """Put a contact into a group."""
        self._regroup(resource, {self.group(group).resource: True})

    def leave(self, resource: str, group: str) -> None:
        """Take a contact out of a group; it stays in My Contacts."""
        self._regroup(resource, {self.group(group).resource: False})

    def add_group(self, name: str) -> str:
        """Create a group; return its resource name."""
        return self.book.add_group(name).resource

    def rename_group(self, group: str, name: str) -> None:
        """Rename a group."""
        found = self.group(group)
        found.name = name
        self.book.touch_group(found)

    def delete_group(self, group: str, *, contacts: bool = False) -> None:
        """Delete a group; with `contacts`, everyone in it too."""
        found = self.group(group)
        if contacts:
            for version in self.book.members(found.resource):
                self.book.remove(version)
        self.book.remove_group(found, touch=self.behaviour.group_changes_touch_contacts)

    def group(self, group: str) -> Group:
        """Return a live group by name or resource name. Raises KeyError."""
        found = self.book.groups.get(group) or self.book.group_named(group)
        if found is None or found.deleted:
            raise KeyError(group)
        return found

    def groups(self) -> dict[str, str]:
        """Return the user's own groups: resource name by name."""
        return {
            group.name: group.resource for group in self.book.groups.values() if not (group.system or group.deleted)
        }

    def members(self, group: str) -> set[str]:
        """Return the resource names of those in a group."""
        return {version.resource for version in self.book.members(self.group(group).resource)}

    def contact(self, resource: str) -> dict[str, Any]:
        """Return a contact as `people.get` shows it, all fields. Raises KeyError."""
        return self.shown(self._version(resource), tuple(sorted(READABLE)), CONTACT_ONLY)

    def contacts(self, group: str | None = None) -> list[dict[str, Any]]:
        """Return all live contacts, or those of a group, oldest first."""
        versions = self.book.present() if group is None else self.book.members(self.group(group).resource)
        return [self.shown(version, tuple(sorted(READABLE)), CONTACT_ONLY) for version in versions]

    def find(self, mail: str) -> str:
        """Return the resource name of the contact with a mail address. Raises KeyError."""
        for version in self.book.present():
            if any(item["value"] == mail for item in version.fields.get("emailAddresses", ())):
                return version.resource
        raise KeyError(mail)

    def _regroup(self, resource: str, change: Mapping[str, bool]) -> None:
        version = self._version(resource)
        groups = groups_after(version.groups, change) or [MY_CONTACTS]
        self.book.regroup(version, groups, touch=self.behaviour.group_changes_touch_contacts)

    def _version(self, resource: str) -> Version:
        version = self.book.get(resource)
        if version is None:
            raise KeyError(resource)
        return version


def can_join(group: Group) -> bool:
    """Tell whether contacts may be added to a group: the user's own, My Contacts and Starred (facts 6.6)."""
    return not group.system or group.resource in JOINABLE_SYSTEM_GROUPS
