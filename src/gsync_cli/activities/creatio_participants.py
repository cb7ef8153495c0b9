"""Who is behind a mail address, and which addresses a contact has (ContactCommunication, type Email).

Guests become participants only through an address that a contact's communications answer to (row A4); nobody is made
for them. Everything is asked for in bulk and remembered for the run.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from gsync_cli.creatio import wellknown
from gsync_cli.creatio.calendar_sign import sign_of
from gsync_cli.creatio.filters import alternatives, of_ids
from gsync_cli.creatio.odata import OData, Query, Row
from gsync_cli.creatio.values import id_of, quoted, text_of
from gsync_cli.errors import Refused, Temporary

COMMUNICATION: Final = "ContactCommunication"
MAIL_COLUMNS: Final = ("Id", "ContactId", "CommunicationTypeId", "Number", "Primary", "NonActual", "ModifiedOn")
IS_MAIL: Final = f"CommunicationType/Id eq {wellknown.EMAIL}"
_ACCOUNT: Final = "SocialAccount"
_USER: Final = "SysAdminUnit"
_ACTIVITY: Final = "Activity"
_CONTACT: Final = "Contact"
_SAMPLE: Final = 50
_NAME_BASED: Final = 5
"""The version of the ids that gsync derives; the product's own are random (version 4)."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom an address belongs to: one contact, nobody (""), or several (`ambiguous`), of whom none is chosen."""

    contact: str = ""
    ambiguous: bool = False
    himself: bool = False
    """It is the user's own."""


class People:
    """The addresses of one site's contacts, as far as a run has come across them.

    `user` is the user's contact, `own` are addresses of his that Creatio need not know of.
    """

    def __init__(self, odata: OData, user: str, own: Collection[str] = ()) -> None:
        self.user = user
        self._odata = odata
        self._own = frozenset(mail.lower() for mail in own)
        self._mails: dict[str, tuple[str, ...]] = {}
        self._found: dict[str, Holder] = {}
        self._syncs: dict[str, bool] = {}
        self.unsure: set[str] = set()
        """Contacts of whom the site did not say, this time, whether they synchronise; they are taken to do so."""
        self.names: dict[str, str] = {user: odata.site.user.name}
        """What the contacts are called that were asked about, and the user by his login, by id."""
        self._heard: dict[str, set[str]] = defaultdict(set)

    def mails_of(self, contacts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the addresses of contacts, the primary one first."""
        unknown = sorted(set(contacts) - self._mails.keys() - {""})
        rows = self._ask(f"{IS_MAIL} and ({condition})" for condition in of_ids("Contact/Id", unknown))
        by_contact: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_contact[id_of(row.get("ContactId"))].append(row)
        for contact in unknown:
            ordered = sorted(by_contact[contact], key=_primary_first)
            self._mails[contact] = tuple(dict.fromkeys(mail for row in ordered if (mail := mail_in(row))))
        return self._mails

    def heard_of(self, contact: str) -> Collection[str]:
        """Return some addresses of a contact: those that `resolve` came across."""
        return self._heard.get(contact, ())

    def resolve(self, mails: Iterable[str]) -> Mapping[str, Holder]:
        """Return whom addresses belong to, by the address in lower case. Of several, a user of the site is preferred.

        Answers from earlier in the run are not asked for again.
        """
        unknown = sorted({mail.lower() for mail in mails} - self._found.keys())
        terms = [
            f"{column} eq {quoted(mail)}" for mail in unknown for column in ("SearchNumber", "Number")
        ]  # a case-sensitive database finds by SearchNumber, which the site keeps in lower case (facts/creatio.md 3)
        owners: dict[str, set[str]] = {mail: set() for mail in unknown}
        for row in self._ask(f"{IS_MAIL} and ({condition})" for condition in alternatives(terms)):
            key, contact = mail_in(row).lower(), id_of(row.get("ContactId"))
            if key in owners and contact:
                owners[key].add(contact)
                self._heard[contact].add(mail_in(row))
        several = {contact for contacts in owners.values() if len(contacts) > 1 for contact in contacts}
        users = self._users_among(several)
        for mail, contacts in owners.items():
            self._found[mail] = Holder(himself=True) if mail in self._own else self._chosen(contacts, users)
        return self._found

    def synchronising(self, mails: Collection[str]) -> frozenset[str]:
        """Return those addresses, in lower case, whose contact synchronises with Google himself; never the user's own.

        Told by a Google account among his accounts in external resources (facts/creatio.md 4.1), by the sign that gsync
        left (`calendar_sign`), or by activities that it made for him lately: their ids are name-based. Nobody, where
        the site hides all of these.
        """
        found = self.resolve(mails)
        contacts = {mail.lower(): found[mail.lower()].contact for mail in mails}
        self.find_out({contact for contact in contacts.values() if contact})
        sure = {contact for contact, syncs in self._syncs.items() if syncs and contact not in self.unsure}
        return frozenset(mail for mail, contact in contacts.items() if contact in sure)

    def synchronises(self, contact: str) -> bool:
        """Tell the same of a contact."""
        self.find_out({contact})
        return self._syncs[contact]

    def find_out(self, contacts: Collection[str]) -> None:
        """Ask who of some contacts synchronises, and their names, all at once; those asked about before are known."""
        unknown = sorted(set(contacts) - self._syncs.keys())
        if not unknown:
            return
        set_up = self._with_traces(unknown)
        try:
            set_up |= self._with_an_account(set(unknown))
        except Temporary:
            # Nothing of a colleague's is taken because a service has trouble.
            self.unsure |= set(unknown) - set_up
            set_up |= self.unsure
        self._syncs |= {contact: contact in set_up for contact in unknown}

    def _with_an_account(self, contacts: set[str]) -> set[str]:
        """Return those with a Google account; nobody where the site hides them. Raises Temporary."""
        people = self._logins(contacts)
        if not people:
            return set()
        try:
            rows = list(self._odata.rows(Query(_ACCOUNT, ("Id", "TypeId", "UserId"), f"Type/Id eq {wellknown.GOOGLE}")))
        except Refused:
            return set()
        owners = {id_of(row.get("UserId")) for row in rows}
        return {contact for login, contact in people.items() if login in owners}

    def _with_traces(self, contacts: Sequence[str]) -> set[str]:
        """Return those with gsync's sign, or for whom it made an activity lately; the names of all are read along."""
        columns = ("Id", "ModifiedOn", "OrganizerId")
        latest = [
            Query(_ACTIVITY, columns, f"Organizer/Id eq {contact}", orderby="ModifiedOn desc", top=_SAMPLE)
            for contact in contacts
        ]
        named = [Query(_CONTACT, ("Id", "Name"), condition) for condition in of_ids("Id", contacts)]
        signs = {sign_of(contact): contact for contact in contacts}
        signed = [Query(COMMUNICATION, ("Id", "ContactId"), condition) for condition in of_ids("Id", sorted(signs))]
        answers = iter(self._odata.read_many([*latest, *named, *signed]))
        made = {
            contact
            for contact, rows in zip(contacts, answers, strict=False)
            if any(_is_made_by_us(id_of(row.get("Id"))) for row in rows)
        }
        for row in (row for _ in named for row in next(answers)):
            self.names[id_of(row.get("Id"))] = text_of(row.get("Name"))
        return made | {
            signs[identity] for rows in answers for row in rows if (identity := id_of(row.get("Id"))) in signs
        }

    def _chosen(self, contacts: set[str], users: set[str]) -> Holder:
        if self.user in contacts:
            return Holder(himself=True)
        candidates = contacts & users if len(contacts) > 1 else contacts
        if len(candidates) == 1:
            return Holder(next(iter(candidates)))
        return Holder(ambiguous=bool(contacts))

    def _users_among(self, contacts: set[str]) -> set[str]:
        try:
            return set(self._logins(contacts).values())
        except Temporary:
            return set()

    def _logins(self, contacts: set[str]) -> dict[str, str]:
        """Return the users of the site among contacts: user id -> contact id. None where the site hides its users.

        Raises Temporary.
        """
        if not contacts:
            return {}
        queries = [Query(_USER, ("Id", "ContactId"), condition) for condition in of_ids("Contact/Id", sorted(contacts))]
        try:
            answers = self._odata.read_many(queries)
        except Refused:
            return {}
        return {id_of(row.get("Id")): id_of(row.get("ContactId")) for rows in answers for row in rows}

    def _ask(self, conditions: Iterable[str]) -> list[Row]:
        queries = [Query(COMMUNICATION, (*MAIL_COLUMNS, "SearchNumber"), condition) for condition in conditions]
        return [row for rows in self._odata.read_many(queries) for row in rows]


def _is_made_by_us(activity: str) -> bool:
    try:
        return UUID(activity).version == _NAME_BASED
    except ValueError:
        return False


def _primary_first(row: Row) -> tuple[bool, str]:
    return row.get("Primary") is not True, id_of(row.get("Id"))


def mail_in(row: Mapping[str, Any]) -> str:
    """Return the address of a row; "" for what is no longer actual, or is no address."""
    number = text_of(row.get("Number")).strip()
    return number if "@" in number and row.get("NonActual") is not True else ""
