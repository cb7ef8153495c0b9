"""The private tag that says which contacts take part (spec: requirements S1).

Tags are rows of ContactTag; a private one belongs to the contact of the user who made it (facts/creatio.md 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gsync_cli.contacts.creatio_mapping import derived_id
from gsync_cli.contacts.creatio_rows import Row
from gsync_cli.creatio import wellknown
from gsync_cli.creatio.batch import Part
from gsync_cli.creatio.errors import CreatioRefusal, Unanswered
from gsync_cli.creatio.odata import OData, Query
from gsync_cli.creatio.values import id_of, quoted, same_id, text_of
from gsync_cli.errors import ConfigurationWrong, Refused, StoppedForSafety

TAG: Final = "ContactTag"
TAG_COLUMNS: Final = ("Id", "Name", "TypeId", "CreatedById")
_KINDS: Final = {wellknown.CORPORATE_TAG: "corporate", wellknown.PUBLIC_TAG: "public"}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose tags are meant: the user's contact. `by_proxy` where somebody else is signed in (`creatio.user`)."""

    contact_id: str
    by_proxy: bool = False


@dataclass(frozen=True, slots=True)
class PrivateTag:
    """A private tag of the user. `name` is the one it was asked for by; the tag may have been renamed since."""

    id: str
    name: str
    called: str
    """Its name in Creatio now."""


def find_tag(odata: OData, name: str, owner: Owner, *, create: bool = False, rehearse: bool = False) -> PrivateTag:
    """Find the user's private tag of that name, or make it where `create`: in a rehearsal, only imagine it.

    Raises ConfigurationWrong("creatio-tag-not-set", "creatio-tag-missing", "creatio-tag-not-private",
    "creatio-tag-twice", "creatio-tag-of-somebody-else") and Refused("creatio-tag-not-made").
    """
    wanted = name.strip()
    if not wanted:
        raise ConfigurationWrong("creatio-tag-not-set")
    rows = [row for row in _tags(odata, f"Name eq {quoted(wanted)}") if _called(row).casefold() == wanted.casefold()]
    private = [row for row in rows if _kind(row) == "private"]
    own = [row for row in private if _is_own(row, owner)]
    exact = [row for row in own if _called(row) == wanted]
    if len(exact or own) == 1:
        return _private_tag((exact or own)[0], wanted)
    if len(own) > 1:
        raise ConfigurationWrong("creatio-tag-twice", name=wanted, count=len(own))
    if create and not [row for row in rows if _kind(row) != "private"]:
        imagined = PrivateTag(derived_id(TAG, owner.contact_id, wanted), wanted, wanted)
        return imagined if rehearse else _make(odata, imagined, owner)
    if len(rows) > len(private):
        kinds = " and ".join(sorted({_kind(row) for row in rows if _kind(row) != "private"}))
        raise ConfigurationWrong("creatio-tag-not-private", name=wanted, kind=kinds)
    if private:
        raise ConfigurationWrong("creatio-tag-of-somebody-else", name=wanted)
    raise ConfigurationWrong("creatio-tag-missing", name=wanted, there_are=_listed(odata, owner))


class TagInUse:
    """The tag that a run goes by: asked for by its name once, and followed where it was renamed."""

    def __init__(self, odata: OData, name: str, owner: Owner, *, create: bool, rehearse: bool) -> None:
        self._odata = odata
        self._name = name
        self._rehearse = rehearse
        self.owner = owner
        self.may_be_made = create
        self.latest: PrivateTag | None = None
        """As it was seen last; None as long as it was not."""

    def present(self) -> PrivateTag:
        """Return the tag; found, or made, where that was not done yet. Raises as `find_tag`."""
        return self.latest or self.find()

    def find(self) -> PrivateTag:
        """Find the tag by its name, or make it. Raises as `find_tag`."""
        self.latest = find_tag(self._odata, self._name, self.owner, create=self.may_be_made, rehearse=self._rehearse)
        return self.latest

    def followed(self, former: PrivateTag, rows: Sequence[Row]) -> PrivateTag:
        """Return the tag of the last run as it is now. Raises as `still_there`."""
        self.latest = still_there(former, rows, self.owner)
        return self.latest


def tag_query(tag: PrivateTag) -> Query:
    """Return the query that `still_there` looks at."""
    return Query(TAG, TAG_COLUMNS, f"Id eq {tag.id}")


def still_there(tag: PrivateTag, rows: Sequence[Row], owner: Owner) -> PrivateTag:
    """Return the tag as it is now; a renamed one is followed.

    Raises StoppedForSafety("creatio-tag-deleted"): without the tag nothing is in scope, and everything would be
    unlinked. Raises ConfigurationWrong as `find_tag` where the tag is no longer private, or another user's.
    """
    row = next((row for row in rows if same_id(row.get("Id"), tag.id)), None)
    if row is None:
        raise StoppedForSafety("creatio-tag-deleted", name=tag.called)
    if _kind(row) != "private":
        raise ConfigurationWrong("creatio-tag-not-private", name=_called(row), kind=_kind(row))
    if not _is_own(row, owner):
        raise ConfigurationWrong("creatio-tag-of-somebody-else", name=_called(row))
    return _private_tag(row, tag.name)


def _tags(odata: OData, condition: str) -> list[Row]:
    return list(odata.rows(Query(TAG, TAG_COLUMNS, condition)))


def _private_tag(row: Row, asked_for: str) -> PrivateTag:
    return PrivateTag(id_of(row.get("Id")), asked_for, _called(row))


def _called(row: Row) -> str:
    return text_of(row.get("Name")).strip()


def _kind(row: Row) -> str:
    """Return what kind of tag it is; private is the default (facts/creatio.md 3)."""
    kind = id_of(row.get("TypeId"))
    if kind in ("", wellknown.PRIVATE_TAG):
        return "private"
    return _KINDS.get(kind, "not private")


def _is_own(row: Row, owner: Owner) -> bool:
    """Tell whether the tag is the user's, where the server says who made it."""
    maker = id_of(row.get("CreatedById"))
    return not maker or not owner.contact_id or same_id(maker, owner.contact_id)


def _listed(odata: OData, owner: Owner) -> str:
    rows = _tags(odata, f"Type/Id eq {wellknown.PRIVATE_TAG}")
    names = sorted({f"“{_called(row)}”" for row in rows if _is_own(row, owner) and _called(row)}, key=str.casefold)
    return ", ".join(names) or "none"


def _make(odata: OData, tag: PrivateTag, owner: Owner) -> PrivateTag:
    body = {"Id": tag.id, "Name": tag.name, "TypeId": wellknown.PRIVATE_TAG}
    if owner.by_proxy:
        # A tag belongs to whoever made it; here somebody else makes it for the user.
        body["CreatedById"] = owner.contact_id
    try:
        reason = odata.batch([Part("POST", TAG, body)])[0].message
    except (CreatioRefusal, Unanswered) as error:
        reason = str(error.facts.get("message") or error.facts.get("reason", ""))
    rows = _tags(odata, f"Id eq {tag.id}")
    if not rows:
        raise Refused("creatio-tag-not-made", name=tag.name, reason=reason)
    return still_there(tag, rows, owner)
