"""Writing contacts: creates, updates and releases, each batch in one or two requests, and what became of each record.

Creatio has neither etags nor honest answers to a PATCH (facts/creatio.md 2.5), so before an update everything about to
be changed is looked at once more, and whatever changed since the plan is handed back instead of written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from gsync_cli.contacts import model
from gsync_cli.contacts.creatio_lookups import Lookups
from gsync_cli.contacts.creatio_mapping import (
    Draft,
    contact_id_for,
    derived_id,
    draft_create,
    draft_update,
    lookups_of,
)
from gsync_cli.contacts.creatio_reading import TAG_LINK, Reader
from gsync_cli.contacts.creatio_rows import ADDRESS, CONTACT, rows_of
from gsync_cli.creatio.odata import OData
from gsync_cli.creatio.sending import Sent, Step, send
from gsync_cli.sync.record import Create, Done, Failed, Fields, Outcome, Record, Release, Stale, Unclear, Update

_NO_ANSWER: Final = "Creatio did not answer"


class Writer:
    """Writes contacts under one tag, for one user."""

    def __init__(
        self, odata: OData, reader: Reader, lookups: Lookups, *, tag: str, owner: str, region: str | None
    ) -> None:
        self._odata = odata
        self._reader = reader
        self._lookups = lookups
        self._tag = tag
        self._owner = owner
        self._region = region
        self.addresses_added = 0
        """How many more address rows there are in Creatio for what was written: fewer, if negative."""
        self.birthdays: dict[str, str] = {}
        """The birthdays written, by contact: to be compared once they are read back."""
        self.saved: dict[str, datetime] = {}
        """When contacts were saved, by the clock of the server."""

    # ── creates ──────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, batch: Sequence[Create]) -> list[Outcome]:
        """Make the contacts, their details and their tag links."""
        self._prepare(write.fields for write in batch)
        defaults = {"TypeId": self._lookups.contact_type()} | ({"OwnerId": self._owner} if self._owner else {})
        drafts = [
            draft_create(
                contact_id_for(self._owner, write.twin), write.fields, self._lookups.found, defaults, self._region
            )
            for write in batch
        ]
        sent = self._send([() if draft.problem else self._with_tag(draft) for draft in drafts])
        doubtful = {
            draft.after.id for draft, what in zip(drafts, sent, strict=True) if what.failed and not what.unclear
        }
        there = self._reader.looked_up(doubtful, self._tag)
        return [self._created(draft, what, there) for draft, what in zip(drafts, sent, strict=True)]

    def _created(self, draft: Draft, sent: Sent, there: Mapping[str, Record]) -> Outcome:
        if draft.problem:
            return Failed(draft.problem)
        if sent.unclear:
            return Unclear(_NO_ANSWER)
        if not sent.failed:
            return Done(self._reader.record(draft.after, member=True), draft.notes)
        now = there.get(draft.after.id)
        if now is None:
            return Failed(sent.reason())
        # A row that "exists already" is ours: its id is derived from what it was made for.
        held = _detail_ids(now) | {now.id}
        missing = [step for step in sent.failed if not (now.member if step.entity == TAG_LINK else step.id in held)]
        if missing:
            return Failed(sent.reason(missing), now)
        # Somebody may have worked on what an earlier run made: then it is to be merged, not taken for what we wrote.
        wanted = self._reader.record(draft.after, member=True)
        return Done(now, draft.notes) if _same_content(now, wanted) else Stale(now)

    # ── updates ──────────────────────────────────────────────────────────────────────────────────────────────

    def update(self, batch: Sequence[Update]) -> list[Outcome]:
        """Look at the contacts, then change those that still are what the plan saw."""
        self._prepare(write.fields for write in batch)
        outcomes: dict[int, Outcome] = {}
        jobs: dict[int, Record] = {}
        joining = {write.record.id for write in batch if write.join}
        now, linked = self._present([write.record for write in batch], joining)
        for number, write in enumerate(batch):
            record = now.get(write.record.id)
            if record is None or not _same_content(record, write.record):
                outcomes[number] = Stale(record)
            else:
                jobs[number] = record
        self._change(batch, jobs, linked, outcomes, repeat=True)
        return [outcomes[number] for number in range(len(batch))]

    def _change(
        self,
        batch: Sequence[Update],
        jobs: Mapping[int, Record],
        linked: set[str],
        outcomes: dict[int, Outcome],
        *,
        repeat: bool,
    ) -> None:
        """Send what is to be changed, add the outcomes; what got no answer is looked at, and sent once more."""
        drafts = {
            number: draft_update(rows_of(record), batch[number].fields, self._lookups.found, self._region)
            for number, record in jobs.items()
        }
        steps = {number: self._steps(batch[number], draft, linked) for number, draft in drafts.items()}
        sent = dict(zip(steps, self._send(list(steps.values())), strict=True))
        in_doubt = {number for number, what in sent.items() if what.failed or what.unclear}
        there = self._reader.looked_up({jobs[number].id for number in in_doubt}, self._tag)
        again: dict[int, Record] = {}
        for number, what in sent.items():
            write, draft, before = batch[number], drafts[number], jobs[number]
            now = there.get(before.id)
            if draft.problem:
                outcomes[number] = Failed(draft.problem)
            elif number not in in_doubt:
                outcomes[number] = Done(self._written(write, draft, before, what), draft.notes)
            elif now is None:
                outcomes[number] = Stale(None)
            elif self._holds(now, write, draft):
                # What somebody else saved beside it must be planned with, not taken for agreed.
                alone = _same_content(now, before, beside=write.fields)
                outcomes[number] = Done(now, draft.notes) if alone else Stale(now)
            elif not what.unclear:
                outcomes[number] = Failed(what.reason(), now if what.any_done else None)
            elif not _is_on_the_way(now, before, write.fields):
                outcomes[number] = Stale(now)
            elif repeat:
                again[number] = now
            else:
                outcomes[number] = Unclear(_NO_ANSWER)
        if again:
            members = {record.id for record in again.values() if record.member}
            self._change(batch, again, members, outcomes, repeat=False)

    def _steps(self, write: Update, draft: Draft, linked: set[str]) -> Sequence[Step]:
        if draft.problem:
            return ()
        joins = write.join and write.record.id not in linked
        return self._with_tag(draft) if joins else draft.steps

    def _written(self, write: Update, draft: Draft, before: Record, sent: Sent) -> Record:
        member = before.member or write.join
        # The tag alone leaves the contact's dates, and so its version, as they are (facts/creatio.md 3).
        if all(step.entity == TAG_LINK for step in sent.steps):
            return replace(before, member=member)
        return self._reader.record(draft.after, member=member)

    def _holds(self, now: Record, write: Update, draft: Draft) -> bool:
        wanted = self._reader.record(draft.after, member=True).fields
        return (now.member or not write.join) and all(now.fields.get(name) == wanted.get(name) for name in write.fields)

    def _present(self, records: Sequence[Record], joining: set[str]) -> tuple[dict[str, Record], set[str]]:
        """Return the records as they are now, and which of `joining` carry the tag already.

        One whose version is the known one is not read again.
        """
        versions, linked = self._reader.glance({record.id for record in records}, joining, self._tag)
        same = {
            record.id: record for record in records if record.original and record.version == versions.get(record.id)
        }
        return same | self._reader.looked_up(versions.keys() - same.keys(), self._tag), linked

    def mend_birthdays(self, birthdays: Mapping[str, str]) -> None:
        """Write days once more, at noon, where the site moved midnight to the day before (facts/creatio.md 9.2)."""
        self._send(
            [[Step("PATCH", CONTACT, contact, {"BirthDate": f"{day}T12:00:00Z"})] for contact, day in birthdays.items()]
        )

    # ── releases ─────────────────────────────────────────────────────────────────────────────────────────────

    def release(self, batch: Sequence[Release]) -> list[Outcome]:
        """Take the tag off. A contact that has it no more, or is gone, is released already."""
        ids = {write.record.id for write in batch}
        sent = self._unlink(ids)
        if in_doubt := {identity for identity, what in sent.items() if what.unclear}:
            sent |= {identity: Sent((), ()) for identity in in_doubt} | self._unlink(in_doubt)
        return [self._released(write, sent.get(write.record.id)) for write in batch]

    def _unlink(self, ids: set[str]) -> dict[str, Sent]:
        links = self._reader.links_of(ids, self._tag)
        jobs = [[Step("DELETE", TAG_LINK, link) for link in rows] for rows in links.values()]
        return dict(zip(links, self._send(jobs), strict=True))

    def _released(self, write: Release, sent: Sent | None) -> Outcome:
        if sent is not None and sent.unclear:
            return Unclear(_NO_ANSWER)
        if sent is not None and sent.failed:
            return Failed(sent.reason())
        return Done(replace(write.record, member=False))

    # ── both ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, jobs: Sequence[Sequence[Step]]) -> list[Sent]:
        sent = send(self._odata, jobs)
        self.addresses_added += sum(what.added(ADDRESS) for what in sent)
        for what in sent:
            self.birthdays |= {contact: written[:10] for contact, written in what.texts("BirthDate").items()}
        if (at := self._odata.site.server_time) is not None:
            self.saved |= dict.fromkeys((contact for what in sent for contact in what.saved(CONTACT)), at)
        return sent

    def _prepare(self, fields: Iterable[Fields]) -> None:
        wanted = {pair for one in fields for pair in lookups_of(one)}
        self._lookups.resolve(wanted)
        self._lookups.make_accounts(wanted)

    def _with_tag(self, draft: Draft) -> tuple[Step, ...]:
        contact = draft.after.id
        link = {"TagId": self._tag, "EntityId": contact}
        return (*draft.steps, Step("POST", TAG_LINK, derived_id(TAG_LINK, self._tag, contact), link))


def _detail_ids(record: Record) -> set[str]:
    rows = rows_of(record)
    return {row.id for row in rows.communications} | {row.id for row in rows.addresses}


def _same_content(now: Record, planned: Record, beside: Collection[str] = ()) -> bool:
    """Tell whether a contact holds what the plan saw (`beside` some fields), whatever else of it was saved meanwhile.

    Which mail is primary is no news: the server picks one by itself when the first is added.
    """
    if now is planned:
        return True
    left_out = {model.PRIMARY_MAIL, *beside}
    return all(now.fields.get(name) == value for name, value in planned.fields.items() if name not in left_out)


def _is_on_the_way(now: Record, before: Record, wanted: Fields) -> bool:
    """Tell whether a contact is somewhere between `before` and `wanted`, as a write cut off in the middle leaves it."""
    for name, old in before.fields.items():
        value, new = now.fields.get(name, ""), wanted.get(name, old)
        if name == model.PRIMARY_MAIL:
            continue
        if isinstance(value, str) or isinstance(old, str) or isinstance(new, str):
            if value not in (old, new):
                return False
        elif not old & new <= value <= old | new:
            return False
    return True
