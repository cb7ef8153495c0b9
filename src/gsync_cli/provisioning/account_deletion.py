"""Deleting the Google account of a profile: in Creatio, at Google, and here (row D1).

    grant ─► deletion, in one save ─► Creatio: SocialAccount ─► Google: revoke ─► here: links ─► deletion cleared

From the first save on a synchronisation finds no account. Each part that is done is saved at once, and one that fails
stops none of the others; deleting again finishes what is left, wherever it was stopped. No contact and no event is
touched, and no communication but the sign that gsync left itself (`creatio/calendar_sign.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gsync_cli.clock import Clock
from gsync_cli.credentials import AccountDeletion, Credentials, GoogleGrant
from gsync_cli.errors import ActionNeeded, ConfigurationWrong, GsyncError, StoppedForSafety
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.social_account import Owner, listed, remove
from gsync_cli.sync.lock import held
from gsync_cli.sync.state import State

if TYPE_CHECKING:
    from gsync_cli.config import Settings
    from gsync_cli.http import Http

GOOGLE_ACCOUNT: Final = "Google account"
"""Under this name the state remembers whose it is (contacts/run.py)."""

PartName: TypeAlias = Literal["creatio", "google", "local"]
Outcome: TypeAlias = Literal["done", "nothing", "failed"]


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one part. `why` names the case, `facts` are its particulars; both are for the one who tells it."""

    name: PartName
    outcome: Outcome
    why: str
    facts: Mapping[str, object] = field(default_factory=dict)
    error: GsyncError | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An account that can be deleted."""

    email: str
    subject: str
    links: int | None
    """How many pairs are remembered; None where the memory can't be read."""
    unfinished: bool = False
    """Whether its deletion has begun already."""
    keep_links: bool = False
    """Whether that earlier beginning was told to keep the links."""
    only_memory: bool = False
    """Whether nothing of it is left but the links: nobody is signed in."""
    only_in_creatio: bool = False
    """Whether it is known from Creatio's list alone: it was connected there, or from another machine."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did."""

    found: Found
    parts: Sequence[Part]
    links_forgotten: int
    kept_links: bool

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return all(part.outcome != "failed" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Means:
    """What a deletion works with."""

    profile: Profile
    settings: "Settings"
    http: "Http"
    clock: Clock
    jitter: Callable[[], float]


def find(profile: Profile) -> Found | None:
    """Return the account of the profile: signed in, half deleted, or only remembered; None where there is none.

    Raises as Credentials.load.
    """
    stored = Credentials.load(profile)
    remembered, links = _remembered(profile)
    if stored.grant is not None:
        return Found(stored.grant.email, stored.grant.subject, links)
    if (begun := stored.deletion) is not None:
        return Found(begun.email, begun.subject, links, unfinished=True, keep_links=begun.keep_links)
    if remembered is None:
        return None
    return Found(remembered[1], remembered[0], links, only_memory=True)


def find_in_creatio(means: Means, email: str = "") -> Found | None:
    """Return the Google account that Creatio lists for the user, where this profile knows none; None for none.

    Raises ActionNeeded("account-several") where there are several, and `email` names none of them; as open_session.
    """
    from gsync_cli.creatio.session import open_session

    stored = Credentials.load(means.profile)
    if not means.settings.text("creatio.url") or stored.creatio is None:
        return None
    with open_session(means.profile, means.settings, means.http, means.clock, means.jitter) as site:
        names = listed(site)
    chosen = [name for name in names if not email or name.casefold() == email.casefold()]
    if len(chosen) > 1:
        raise ActionNeeded("account-several", names=names)
    return Found(chosen[0], "", 0, only_in_creatio=True) if chosen else None


def delete(found: Found, means: Means, *, keep_links: bool = False) -> Deleted:
    """Delete the account that was found, or finish a deletion, while no synchronisation can run.

    Raises Temporary("run-in-progress"); StoppedForSafety("account-changed") where it is another account by now;
    ConfigurationWrong where the beginning can't be saved. Nothing is done then. Whatever fails later is in the parts.
    """
    with held(means.profile.lock_file, means.clock):
        _begin(found, means.profile, keep_links=keep_links)
        creatio = _guarded("creatio", lambda: _in_creatio(means))
        google = _guarded("google", lambda: _at_google(means, found))
        forgotten = 0

        def local() -> Part:
            nonlocal forgotten
            part, forgotten = _here(means.profile, found, means.clock.now())
            return part

        done = Deleted(found, (creatio, google, _guarded("local", local)), forgotten, _begun(means.profile).keep_links)
        if done.finished:
            replace(Credentials.load(means.profile), deletion=None).save(means.profile)
    return done


def _begin(found: Found, profile: Profile, *, keep_links: bool) -> None:
    """Move the grant to the deletion, so that no run uses it any more."""
    stored = Credentials.load(profile)
    now = find(profile) or (found if found.only_in_creatio else None)
    if now is None or now.email.casefold() != found.email.casefold():
        raise StoppedForSafety("account-changed", wanted=found.email, now=now.email if now else "")
    if stored.grant is not None:
        deletion = AccountDeletion(
            email=stored.grant.email,
            client_id=stored.grant.client_id,
            refresh_token=_token(stored.grant),
            subject=stored.grant.subject,
            keep_links=keep_links,
        )
    elif stored.deletion is not None:
        # Once told to keep them, it keeps them: what is forgotten does not come back.
        deletion = replace(stored.deletion, keep_links=stored.deletion.keep_links or keep_links)
    else:
        deletion = AccountDeletion(email=now.email, client_id="", subject=now.subject, keep_links=keep_links)
    if stored.grant is not None or deletion != stored.deletion:
        replace(stored, grant=None, deletion=deletion).save(profile)


def _token(grant: GoogleGrant) -> str:
    """Return what stands for the grant longest; revoking either ends all of it."""
    return grant.refresh_token or grant.access_token


def _guarded(name: PartName, work: Callable[[], Part]) -> Part:
    """Do a part; what stops it, foreseen or not, is told with the others and stops none of them."""
    try:
        return work()
    except GsyncError as error:
        return Part(name, "failed", error.code, error=error)
    except Exception as error:  # noqa: BLE001  a defect met in one part is no reason to leave the next undone
        defect = GsyncError("defect", kind=type(error).__name__)
        defect.__cause__ = error
        return Part(name, "failed", defect.code, error=defect)


def _in_creatio(means: Means) -> Part:
    begun = _begun(means.profile)
    if not begun.in_creatio:
        return Part("creatio", "nothing", "done-before")
    part = _asked_of_creatio(means, Owner(begun.email, begun.subject))
    _save(means.profile, replace(begun, in_creatio=False))
    return part


def _asked_of_creatio(means: Means, owner: Owner) -> Part:
    from gsync_cli.creatio.calendar_sign import take_sign_away
    from gsync_cli.creatio.odata import OData
    from gsync_cli.creatio.session import open_session

    try:
        site = open_session(means.profile, means.settings, means.http, means.clock, means.jitter)
    except ConfigurationWrong as error:
        if error.code == "creatio-not-connected":
            return Part("creatio", "nothing", "creatio-not-connected")
        raise
    with site:
        removal = remove(site, owner)
        take_sign_away(OData(site), site.user.contact_id)
    facts = {
        "names": removal.removed,
        "correspondence": removal.correspondence,
        "others": removal.others,
        "site": site.url,
    }
    if removal.removed:
        return Part("creatio", "done", "removed", facts)
    return Part("creatio", "nothing", "no-such-table" if removal.no_table else "not-in-creatio", facts)


def _at_google(means: Means, found: Found) -> Part:
    from gsync_cli.google.revoking import revoke
    from gsync_cli.google.wire import Wire

    begun = _begun(means.profile)
    if not begun.refresh_token:
        return Part("google", "nothing", "granted-elsewhere" if found.only_in_creatio else "nothing-to-revoke")
    wire = Wire(means.http, means.clock, means.jitter)
    why = revoke(begun.refresh_token, means.settings, wire, email=begun.email)
    _save(means.profile, replace(begun, refresh_token=""))
    return Part("google", "done", why)


def _here(profile: Profile, found: Found, now: datetime) -> tuple[Part, int]:
    """Forget the links, unless they are to be kept; the sign-in is forgotten already. Return their number, too."""
    begun = _begun(profile)
    state = State.peek(profile.state_file)
    links, count, why = 0, 0, "no-links"
    if state is not None:
        with closing(state):
            if begun.keep_links:
                links, why = state.linked(), "links-kept"
            elif state.whose() or state.linked():
                links = count = state.forget(now)
                why = "links-forgotten" if count else why
    signed_out = not (found.unfinished or found.only_memory or found.only_in_creatio)
    if why == "no-links" and found.only_in_creatio:
        why = "nothing-here"
    outcome: Outcome = "done" if count or signed_out else "nothing"
    return Part("local", outcome, why, {"links": links, "token_kept": bool(begun.refresh_token)}), count


def _begun(profile: Profile) -> AccountDeletion:
    deletion = Credentials.load(profile).deletion
    if deletion is None:
        raise StoppedForSafety("account-changed", wanted="", now="")
    return deletion


def _save(profile: Profile, deletion: AccountDeletion) -> None:
    """Note what is left. The file is read again: opening a session at Creatio has written to it since."""
    replace(Credentials.load(profile), deletion=deletion).save(profile)


def _remembered(profile: Profile) -> tuple[tuple[str, str] | None, int | None]:
    """Return id and address of the Google account that the state is about, and how many links it holds."""
    try:
        state = State.peek(profile.state_file)
    except GsyncError:
        return None, None  # the part that forgets them says what is wrong with it
    if state is None:
        return None, 0
    with closing(state):
        who = state.whose().get(GOOGLE_ACCOUNT)
        return ((who.id, who.shown) if who else None), state.linked()
