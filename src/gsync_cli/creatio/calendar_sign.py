"""The sign in Creatio that a user synchronises his calendar by gsync, which colleagues' runs look for (row A3).

A meeting whose organizer does not synchronise falls to whoever of its participants does. But Creatio shows nothing of a
program that reads it and writes to Google only: taken for somebody who does not synchronise, he would have his meetings
a second time. So gsync adds one way of communication, of the type Google, to the user's own contact: the address of his
account. Its id is derived from the contact, so it is found without looking around, made only once, and no row of
anybody else's is taken for it. A person may take it away: it is not made again.
"""

from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from gsync_cli.creatio import wellknown
from gsync_cli.creatio.odata import Query
from gsync_cli.creatio.sending import Step, send, send_singly
from gsync_cli.errors import Refused, Temporary

if TYPE_CHECKING:
    from gsync_cli.creatio.odata import OData

TABLE: Final = "ContactCommunication"
_NAMESPACE: Final = UUID("5b0d9f5e-0a43-5d7e-9d0f-6f1f3b6c2a71")
"""Never to be changed: other machines find the signs by it."""
_FACT: Final = "calendar_sign"


def sign_of(contact: str) -> str:
    """Return the id that the sign of a contact has."""
    return str(uuid5(_NAMESPACE, f"{TABLE}\n{contact.lower()}"))


def leave_sign(odata: "OData", contact: str, address: str) -> bool:
    """Make the sign of the user himself, once a profile; tells whether it was made now.

    Where the site refuses, it is not tried again; where there is only trouble, the next run does it.
    """
    facts = odata.site.facts
    if facts.get(_FACT) == contact:
        return False
    body = {"ContactId": contact, "CommunicationTypeId": wellknown.GOOGLE, "Number": address}
    try:
        (sent,) = send(odata, [[Step("POST", TABLE, sign_of(contact), body)]])
    except (Refused, Temporary):
        return False
    if sent.unclear:
        return False
    facts[_FACT] = contact
    return sent.any_done


def take_sign_away(odata: "OData", contact: str) -> bool:
    """Delete the sign of a contact, if it is there; tells whether it was. Raises as OData.rows and `send_singly`."""
    identity = sign_of(contact)
    if not list(odata.rows(Query(TABLE, ("Id",), f"Id eq {identity}"))):
        return False
    send_singly(odata, [Step("DELETE", TABLE, identity)])
    odata.site.facts.pop(_FACT, None)
    return True
