"""The contact group whose members take part (rows C1, C2): found by its remembered name, adopted, or created.

The resource name is remembered, so a group that somebody renamed is followed. One that somebody deleted is not made
again in silence: all its contacts have left it, and taking that for "released" would untag every one in Creatio.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gsync_cli.clock import Clock
from gsync_cli.contacts.google_calls import PeopleCalls
from gsync_cli.contacts.model import folded
from gsync_cli.errors import ConfigurationWrong, StoppedForSafety, Temporary
from gsync_cli.google.errors import GoogleRefusal, Unanswered

_WAITS: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds to wait for a group that was just made: its data lags behind its creation (facts/google.md 6.6)."""


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group that an earlier run found for the setting `wanted`."""

    resource_name: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Group:
    """The group in scope. `resource_name` is "" where it is yet to be made (a dry run before the first run)."""

    resource_name: str
    name: str
    """As it stands in Google."""
    wanted: str
    """As the setting `sync.contacts.group` has it."""
    members: frozenset[str] = frozenset()
    created: bool = False

    @property
    def renamed(self) -> bool:
        """Whether somebody has renamed the group in Google; the setting still says the former name."""
        return bool(self.resource_name) and folded(self.name) != folded(self.wanted)

    @property
    def known(self) -> KnownGroup:
        """What to remember of it."""
        return KnownGroup(self.resource_name, self.wanted)


def open_group(
    calls: PeopleCalls,
    clock: Clock,
    wanted: str,
    known: KnownGroup | None = None,
    *,
    create: bool = True,
    accept_deleted: bool = False,
) -> Group:
    """Return the group with its members: the known one, else one of that name, else a new one where `create`.

    Raises StoppedForSafety("google-group-deleted") where the known one is gone, nobody made it again, and nobody said
    that it may be gone,
    ConfigurationWrong("google-group-system") where Google keeps that name for itself, and
    Temporary("google-group-unclear") where a new one does not show.
    """
    lost = False
    if known is not None and known.resource_name and folded(known.wanted) == folded(wanted):
        answer = calls.group(known.resource_name)
        if answer is not None:
            return _group(answer, known.resource_name, wanted)
        lost = True
    listed = _find(calls, wanted)
    if listed is not None:
        # Made again by hand, most likely with its contacts. If they are not in it, the guard stops the run.
        return _read(calls, clock, str(listed["resourceName"]), wanted)
    if lost and not accept_deleted:
        raise deleted(wanted)
    if not create:
        return Group("", wanted, wanted)
    return _create(calls, clock, wanted)


def deleted(wanted: str) -> StoppedForSafety:
    """Return the error for a group that is gone while contacts are linked through it."""
    return StoppedForSafety("google-group-deleted", group=wanted)


def _create(calls: PeopleCalls, clock: Clock, wanted: str) -> Group:
    """Create the group. Names are unique, so where one was made after all (by whom ever) that one is adopted."""
    try:
        made = str(calls.create_group(wanted).get("resourceName") or "")
    except GoogleRefusal as refusal:
        if not refusal.already_exists:
            raise
        made = ""
    except Unanswered:
        made = ""
    if made:
        return _read(calls, clock, made, wanted, created=True)
    for wait in _WAITS:
        clock.sleep(wait)
        listed = _find(calls, wanted)
        if listed is not None:
            return _read(calls, clock, str(listed["resourceName"]), wanted)
    raise Temporary("google-group-unclear", group=wanted)


def _find(calls: PeopleCalls, wanted: str) -> Mapping[str, Any] | None:
    """Return the group of that name; how Google compares names is not known (facts 6.6), so case does not matter."""
    alike = [
        group
        for group in calls.groups()
        if folded(str(group.get("name") or "")) == folded(wanted) and not (group.get("metadata") or {}).get("deleted")
    ]
    own = [group for group in alike if group.get("groupType") != "SYSTEM_CONTACT_GROUP"]
    if alike and not own:
        raise ConfigurationWrong("google-group-system", group=wanted)
    own.sort(key=lambda group: (group.get("name") != wanted, str(group.get("resourceName"))))
    return own[0] if own else None


def _read(calls: PeopleCalls, clock: Clock, resource_name: str, wanted: str, *, created: bool = False) -> Group:
    for wait in _WAITS:
        clock.sleep(wait)
        answer = calls.group(resource_name)
        if answer is not None:
            return _group(answer, resource_name, wanted, created=created)
    raise Temporary("google-group-unclear", group=wanted)


def _group(answer: Mapping[str, Any], resource_name: str, wanted: str, *, created: bool = False) -> Group:
    return Group(
        resource_name=str(answer.get("resourceName") or resource_name),
        name=str(answer.get("name") or answer.get("formattedName") or wanted),
        wanted=wanted,
        members=frozenset(answer.get("memberResourceNames") or ()),
        created=created,
    )
