"""The story of the demo: the guide's, from nothing to a run that has nothing to do (rows P, K, C1 to C6 and A)."""

import json
from collections.abc import Callable
from typing import Any, Final

from gsync_cli.cli.demo_activities import first_week, quiet_week, week_goes_on
from gsync_cli.cli.demo_comparison import Pair, compare
from gsync_cli.cli.demo_registration import GSYNC_FILE, register
from gsync_cli.cli.demo_stage import Stage
from gsync_cli.sandbox import furnish

GROUP: Final = "Creatio"
"""The contact group that the first run makes."""

ADA, BJORN, INGRID, IVAN, WOJCIECH, ZOE = (
    "ada@bogazici.example",
    "bjorn.akesson@sag.example",
    "ingrid.solheim@fjord.example",
    "ivan.horvat@jadran.example",
    "w.lukasiewicz@politechnika.example",
    "zoe@polder.example",
)
MOVED: Final = (ZOE, IVAN, INGRID, ADA)
"""Who is moved into the group in Google. Ada is in Creatio too, without the tag."""


def play(stage: Stage) -> tuple[Pair, ...]:
    """Play all scenes, and return both sides as they are then. Raises GsyncError("demo-command-failed")."""
    for scene in _SCENES:
        scene(stage)
    return compare(stage.desk, stage.account, tag=furnish.TAG, group=GROUP, also=(BJORN, WOJCIECH))


def connect(stage: Stage) -> None:
    """The user's sign-in, and the one setting that a synchronisation needs."""
    stage.scene(
        "Sign in to Google",
        "Now as a user. gsync signs in with a client of its own, so that Creatio's needs no address of this machine; "
        "it keeps what it gets in a folder that only you can read.",
    )
    stage.gsync("keys", "import", GSYNC_FILE, lines=1)
    stage.sign_in()
    stage.gsync("settings", "set", "--contacts-tag", furnish.TAG, lines=0)
    stage.check(
        f"The profile is signed in at both sides, and synchronises what carries the private tag “{furnish.TAG}”.",
        stage.profile.credentials_file.exists(),
    )


def first_run(stage: Stage) -> None:
    """The group appears, and tagged contacts go to Google (rows C1, C3)."""
    tagged, before = len(_tagged(stage)), len(stage.account.contacts())
    known = [contact for contact in _tagged(stage) if _in_google(stage, contact["mails"][0])]
    stage.scene(
        "The first run",
        f"In Creatio {tagged} contacts carry the tag. The first run adds a contact group “{GROUP}” to Google and sends "
        f"them there. {len(known)} of them are in Google already: they are recognised, not doubled.",
    )
    stage.gsync("sync", "contacts")
    stage.check(
        f"Google has the group “{GROUP}”, with all {tagged} of them in it.",
        GROUP in stage.account.groups() and len(stage.account.members(GROUP)) == tagged,
    )
    stage.check(
        f"{tagged - len(known)} contacts are new in Google, and nobody is there twice.",
        len(stage.account.contacts()) == before + tagged - len(known),
    )


def second_run(stage: Stage) -> None:
    """Contacts moved into the group are imported and tagged (row C2)."""
    before = len(stage.desk.contacts())
    stage.scene(
        "From Google to Creatio",
        f"Whoever you move into the group is imported into Creatio and gets the tag. Of these {len(MOVED)}, "
        "Ada Yılmaz is in Creatio already, without the tag.",
    )
    for mail in MOVED:
        stage.account.join(stage.account.find(mail), GROUP)
    stage.by_hand(
        "Google", f"move Zoë van der Berg, Ivan Horvat, Ingrid Solheim and Ada Yılmaz to the group “{GROUP}”."
    )
    stage.gsync("sync", "contacts")
    mails = [mail for contact in _tagged(stage) for mail in contact["mails"]]
    stage.check("All four carry the tag in Creatio.", all(mail in mails for mail in MOVED))
    stage.check(
        "Three of them are new there; Ada was recognised.", len(stage.desk.contacts()) == before + len(MOVED) - 1
    )


def edits(stage: Stage) -> None:
    """A change on each side goes to the other (row C4)."""
    stage.scene(
        "A change on each side",
        "From now on only what changed is read and written. With --dry-run gsync shows it first, and changes nothing.",
    )
    stage.desk.edit_contact(_in_creatio(stage, IVAN)["id"], job_title="Engineer")
    stage.by_hand("Creatio", "Ivan Horvat becomes “Engineer”.")
    zoe = stage.account.find(ZOE)
    stage.account.edit(zoe, organizations=[{"name": "Polder Water", "title": "Director"}])
    stage.by_hand("Google", "Zoë van der Berg becomes “Director”.")
    stage.gsync("sync", "contacts", "--dry-run")
    stage.gsync("sync", "contacts")
    stage.check("Google has Ivan's new job title.", _title_in_google(stage, IVAN) == "Engineer")
    stage.check("Creatio has Zoë's new job title.", _in_creatio(stage, ZOE)["job_title"] == "Director")


def conflict(stage: Stage) -> None:
    """The latest change of a field wins; the rest of both sides stays (row C5)."""
    stage.scene(
        "A conflict",
        "Both sides change the same contact. Fields that only one side changed are taken from it; where both changed "
        "one field, the later change wins. What lost is kept in the journal of the run.",
    )
    ingrid = _in_creatio(stage, INGRID)["id"]
    stage.desk.edit_contact(ingrid, job_title="Adviser")
    stage.desk.add_communication(ingrid, "mail", "ingrid@fjord.example")
    stage.by_hand("Creatio", "Ingrid Solheim becomes “Adviser”, and gets a second mail address.")
    organization = {"name": "Fjord Energi", "title": "Senior adviser"}
    stage.account.edit(stage.account.find(INGRID), organizations=[organization])
    stage.by_hand("Google", "a minute later she becomes “Senior adviser”.")
    stage.gsync("sync", "contacts")
    titles = {_in_creatio(stage, INGRID)["job_title"], _title_in_google(stage, INGRID)}
    stage.check("The later title, “Senior adviser”, is on both sides.", titles == {"Senior adviser"})
    stage.check("Her second address is on both sides.", _in_google(stage, "ingrid@fjord.example"))
    stage.check("The journal keeps “Adviser”, which lost.", "Adviser" in _lost(stage))


def deletions(stage: Stage) -> None:
    """Deletions never spread (row C6)."""
    stage.scene(
        "A deletion on each side",
        "gsync never deletes a contact. Deleted in Google: the tag is taken off in Creatio. Deleted in Creatio: the "
        f"Google contact is taken out of the group “{GROUP}”.",
    )
    stage.account.delete(stage.account.find(BJORN))
    stage.by_hand("Google", "delete Björn Åkesson.")
    stage.desk.delete_contact(_in_creatio(stage, WOJCIECH)["id"])
    stage.by_hand("Creatio", "delete Wojciech Łukasiewicz.")
    stage.gsync("sync", "contacts")
    bjorn = _in_creatio(stage, BJORN)
    stage.check("Björn is still in Creatio, without the tag.", bool(bjorn["id"]) and furnish.TAG not in bjorn["tags"])
    wojciech = _in_google(stage, WOJCIECH)
    stage.check(
        "Wojciech is still in Google, outside the group.",
        wojciech and stage.account.find(WOJCIECH) not in stage.account.members(GROUP),
    )


def quiet_run(stage: Stage) -> None:
    """Where nothing changed, nothing is written (row C4)."""
    stage.scene("A run with nothing to do", "Both sides are in step, so a run reads what changed and writes nothing.")
    before = _fingerprint(stage)
    stage.gsync("sync", "contacts")
    stage.check("Not one record was touched on either side.", _fingerprint(stage) == before)


_SCENES: Final[tuple[Callable[[Stage], None], ...]] = (
    register,
    connect,
    first_run,
    second_run,
    edits,
    conflict,
    deletions,
    quiet_run,
    first_week,
    week_goes_on,
    quiet_week,
)


# ── looking at both sides ────────────────────────────────────────────────────────────────────────────────────────


def _tagged(stage: Stage) -> list[dict[str, Any]]:
    return [contact for contact in stage.desk.contacts() if furnish.TAG in contact["tags"]]


def _in_creatio(stage: Stage, mail: str) -> dict[str, Any]:
    """Return the contact with that address as it is in Creatio; an empty one where nobody has it."""
    return next((contact for contact in stage.desk.contacts() if mail in contact["mails"]), {"tags": (), "id": ""})


def _in_google(stage: Stage, mail: str) -> bool:
    try:
        stage.account.find(mail)
    except KeyError:
        return False
    return True


def _title_in_google(stage: Stage, mail: str) -> str:
    organizations = stage.account.contact(stage.account.find(mail)).get("organizations", [])
    return organizations[0].get("title", "") if organizations else ""


def _lost(stage: Stage) -> str:
    """Return all that the journal of the latest run keeps of values that lost."""
    from gsync_cli.sync.state import State

    state = State.peek(stage.profile.state_file)
    if state is None:
        return ""
    try:
        run = state.journal.runs(limit=1)[0]
        return json.dumps([row.changes for row in state.journal.rows(run.run)], ensure_ascii=False)
    finally:
        state.close()


def _fingerprint(stage: Stage) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the version of every record on both sides: any write changes one."""
    in_google = {(contact["resourceName"], contact["etag"]) for contact in stage.account.contacts()}
    return in_google, {(contact["id"], str(contact["modified"])) for contact in stage.desk.contacts()}
