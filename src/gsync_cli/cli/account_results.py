"""What `gsync account delete` gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gsync_cli.cli.results import Page, Problem
from gsync_cli.errors import PartlyDone

if TYPE_CHECKING:
    from gsync_cli.provisioning.account_deletion import Deleted, Found, Part

PLACES: Final = {"creatio": "Creatio", "google": "Google", "local": "This machine"}

_DETAILS: Final = {
    "removed": "the account {names} is removed from “Accounts in external resources”{correspondence}{others}",
    "not-in-creatio": "no Google account of this address is there{others}",
    "no-such-table": "this site has no “Accounts in external resources”",
    "creatio-not-connected": "no site is connected, so there is nothing to do",
    "done-before": "was removed before",
    "revoked": "the grant is revoked",
    "ended-before": "the grant had ended already",
    "nothing-to-revoke": "no token is left that could be revoked",
    "granted-elsewhere": "nobody was signed in here; what was granted from elsewhere ends at "
    "https://myaccount.google.com/connections",
    "nothing-here": "there is nothing to forget",
    "links-forgotten": "the sign-in and {links} are forgotten",
    "links-kept": "the sign-in is forgotten, {links} kept",
    "no-links": "the sign-in is forgotten; there are no links",
}
"""What is told of a part, by why it ended so."""


_ALL_SIGN_INS: Final = (
    "That ends every sign-in of this account to the clients of the project, Creatio's own (mailbox, calendar) among "
    "them."
)
_NOTHING_ELSE: Final = (
    "No contact, no event and no e-mail is deleted, neither in Creatio nor at Google. The OAuth clients and the "
    "connection to Creatio stay."
)


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion that was carried out, at least in part."""

    profile: str
    deleted: "Deleted"

    @property
    def problems(self) -> Sequence[Problem]:
        """A line for each part that failed, and what that means for the whole."""
        failures = [Problem.of(part.error) for part in self.deleted.parts if part.error is not None]
        if not failures:
            return []
        rest = PartlyDone("account-deletion-unfinished", account=self.deleted.found.email, profile=self.profile)
        return [*failures, Problem.of(rest)]

    @property
    def exit_code(self) -> int:
        """0, or 8 where a part failed."""
        return 0 if self.deleted.finished else PartlyDone.exit_code

    def data(self) -> Mapping[str, object]:
        """Return `{"account", "profile", "parts": [{"part", "outcome", "detail"}], "links_forgotten", "kept_links"}`.

        `part` is creatio, google or local, `outcome` done, nothing or failed.
        """
        return {
            "account": self.deleted.found.email,
            "profile": self.profile,
            "parts": [
                {"part": part.name, "outcome": part.outcome, "detail": _detail(part)} for part in self.deleted.parts
            ],
            "links_forgotten": self.deleted.links_forgotten,
            "kept_links": self.deleted.kept_links,
        }

    def show(self, page: Page) -> None:
        """Show what became of each part; why one failed comes with the problems."""
        for part in self.deleted.parts:
            line = f"{PLACES[part.name]}: {_detail(part)}."
            if part.outcome == "failed":
                page.bad(f"{PLACES[part.name]}: not done yet.")
            elif part.outcome == "done":
                page.good(line)
            else:
                page.text(f"- {line}")
        page.text("No contact, no event and no e-mail was deleted, neither in Creatio nor at Google.")


@dataclass(frozen=True, slots=True)
class NotDeleted:
    """Nothing was done: there is no account (`account` is ""), or the answer was No."""

    profile: str
    account: str = ""

    def data(self) -> Mapping[str, object]:
        """Return what `Deletion` does, with every part "nothing"; `account` is null where there is none."""
        why = "the answer was No" if self.account else "no Google account is signed in"
        return {
            "account": self.account or None,
            "profile": self.profile,
            "parts": [{"part": name, "outcome": "nothing", "detail": why} for name in PLACES],
            "links_forgotten": 0,
            "kept_links": False,
        }

    def show(self, page: Page) -> None:
        """Say so."""
        if self.account:
            page.text(f"Nothing was done: {self.account} stays as it is.")
        else:
            page.text(
                f"The profile “{self.profile}” has no Google account, so there is nothing to delete. "
                "Sign in with: gsync account add"
            )


def announcement(found: "Found", profile: str, site: str, *, keep_links: bool) -> tuple[str, ...]:
    """Return what a person should know before saying Yes, line by line. `site` is "" where none is connected."""
    in_creatio = (
        f"it is removed from “Accounts in external resources” of {site}"
        if site
        else "no site is connected, so nothing happens there"
    )
    links = f"{counted(found.links)} between contacts"
    in_gsync = (
        f"the sign-in is forgotten; gsync keeps {links}" if keep_links else f"the sign-in and {links} are forgotten"
    )
    return (
        f"This deletes the Google account {found.email} of the profile “{profile}”.",
        f"  Creatio: {in_creatio}.",
        f"  Google: the grant is revoked. {_ALL_SIGN_INS}",
        f"  This machine: {in_gsync}.",
        _NOTHING_ELSE,
    )


def counted(links: object) -> str:
    """Return how many links there are, in words; None is a number that nobody knows."""
    return "the links" if links is None else f"{links} link{'' if links == 1 else 's'}"


def _detail(part: "Part") -> str:
    if part.error is not None:
        return Problem.of(part.error).message.rstrip(".")
    facts = part.facts
    count = facts.get("correspondence")
    others = _listed(facts.get("others"))
    return _DETAILS[part.why].format(
        names=_listed(facts.get("names")),
        correspondence=f", with what held it (rows of Creatio's own synchronisation: {count})" if count else "",
        others=f"; {others} is another account, and stays" if others else "",
        links=counted(facts.get("links")),
    ) + ("; its token is kept until Google has revoked it" if facts.get("token_kept") else "")


def _listed(names: object) -> str:
    return ", ".join(f"“{name}”" for name in names) if isinstance(names, Sequence) else ""
