"""Writing activities: creates, updates and releases, each batch in a few requests, and what became of each.

As with contacts, Creatio has neither etags nor honest answers to a PATCH (facts/creatio.md 2.5): before an update the
activities are looked at once more, and whatever changed since the plan is handed back instead of written.

A create leaves over the user's own answer, if he gave one: his row is the site's own, and only reading tells its id.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from gsync_cli.activities import model
from gsync_cli.activities.creatio_mapping import (
    Draft,
    Setting,
    draft_beginning,
    draft_create,
    draft_finishing,
    draft_release,
    draft_update,
    mails_in,
)
from gsync_cli.activities.creatio_participants import People
from gsync_cli.activities.creatio_reading import Reader
from gsync_cli.activities.creatio_rows import ACTIVITY, Meeting
from gsync_cli.activities.creatio_scope import Scope
from gsync_cli.activities.model import activity_id_for
from gsync_cli.creatio.odata import OData
from gsync_cli.creatio.sending import Sent, Step, send
from gsync_cli.sync.record import Create, Done, Failed, Outcome, Record, Release, Stale, Unclear, Update

_NO_ANSWER: Final = "Creatio did not answer"


class Writer:
    """Writes a batch of activities for one user."""

    def __init__(self, odata: OData, reader: Reader, people: People, scope: Scope) -> None:
        self._odata = odata
        self._reader = reader
        self._people = people
        self._scope = scope
        self._begun: set[str] = set()
        """Activities that were begun and are not finished."""

    # ── creates ──────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, batch: Sequence[Create]) -> list[Outcome]:
        """Make the activities and add those who take part; finish what was begun."""
        setting = self._setting(batch)
        drafts = [self._drafted(write, setting) for write in batch]
        self._reader.expect(draft.after for draft in drafts)
        begun, touched = self._finishing(batch, drafts, self._begun & {draft.after.id for draft in drafts}, setting)
        drafts = [begun.get(draft.after.id, draft) for draft in drafts]
        sent = self._send([draft.steps for draft in drafts])
        # What an earlier run began is there, too, and is met by its id.
        failed = {drafts[number].after.id for number, what in enumerate(sent) if what.failed}
        more, theirs = self._finishing(batch, drafts, failed - begun.keys(), setting)
        again = [number for number, draft in enumerate(drafts) if draft.after.id in more]
        drafts = [more.get(draft.after.id, draft) for draft in drafts]
        for number, what in zip(again, self._send([drafts[number].steps for number in again]), strict=True):
            sent[number] = what
        touched |= theirs
        doubtful = {draft.after.id for draft, what in zip(drafts, sent, strict=True) if what.failed or what.unclear}
        there = self._now(doubtful | touched)
        return [
            Stale(there[draft.after.id])
            if draft.after.id in touched and draft.after.id in there
            else _with_rest(write, self._created(draft, what, there))
            for write, draft, what in zip(batch, drafts, sent, strict=True)
        ]

    def begin(self, write: Create) -> tuple[str, Mapping[str, str]] | None:
        """Begin an activity out of sight, so that its dates can be proven; None where it is not there then.

        Returns its id, and the dates that were written if it is new.
        """
        draft = self._drafted(write, self._setting([write]))
        step = draft_beginning(draft, self._reader.times)
        if step is None:
            return None
        (sent,) = self._send([[step]])
        there = self._reader.unfinished({step.id})
        self._begun |= there.keys()
        dates = {column: str(step.body[column]) for column in ("StartDate", "DueDate")}
        return (step.id, {} if sent.failed or sent.unclear else dates) if there else None

    def _finishing(
        self, batch: Sequence[Create], drafts: Sequence[Draft], ids: Collection[str], setting: Setting
    ) -> tuple[dict[str, Draft], set[str]]:
        """Return how to finish those of the activities that are begun, and those that people have changed since."""
        there = self._reader.unfinished(ids) if ids else {}
        finishing: dict[str, Draft] = {}
        touched: set[str] = set()
        for write, draft in zip(batch, drafts, strict=True):
            if (found := there.get(draft.after.id)) is not None:
                whole = self._drafted(write, setting, begun=True)
                finishing[draft.after.id], theirs = draft_finishing(whole, *found, setting.times)
                touched |= {draft.after.id} if theirs else set()
        return finishing, touched

    def _drafted(self, write: Create, setting: Setting, *, begun: bool = False) -> Draft:
        return draft_create(activity_id_for(self._scope.user, write.twin), write.fields, setting, begun=begun)

    def _created(self, draft: Draft, sent: Sent, there: Mapping[str, Record]) -> Outcome:
        if draft.problem:
            return Failed(draft.problem)
        if not sent.failed and not sent.unclear:
            return Done(self._record(draft.after), draft.notes)
        now, wanted = there.get(draft.after.id), self._record(draft.after)
        # What stands there under our own id, an id derived from what it was made for, may be ours of an earlier run.
        # Somebody may have worked on it since, or let go of it: then it is to be merged, not taken for what we wrote.
        if now is not None and now.member and _holds(now, wanted, wanted.fields):
            return Done(now, draft.notes)
        if sent.unclear:
            return Unclear(_NO_ANSWER)
        if now is None:
            return Failed(sent.reason())
        unsaid = [step for step in sent.failed if step.entity != ACTIVITY]
        return Failed(sent.reason(unsaid), now) if now.member and unsaid and _beside(now, wanted) else Stale(now)

    # ── updates ──────────────────────────────────────────────────────────────────────────────────────────────

    def update(self, batch: Sequence[Update]) -> list[Outcome]:
        """Look at the activities, then change those that still are what the plan saw."""
        setting = self._setting(batch)
        now = self._reader.whole({write.record.id for write in batch}, self._scope.former)
        drafts: dict[int, Draft] = {}
        outcomes: dict[int, Outcome] = {}
        for number, write in enumerate(batch):
            meeting = now.get(write.record.id)
            record = self._record(meeting) if meeting else None
            if meeting is None or record is None or not _holds(record, write.record, write.record.fields):
                outcomes[number] = Stale(record)
            else:
                drafts[number] = draft_update(meeting, write.fields, setting, join=write.join)
        self._reader.expect(draft.after for draft in drafts.values())
        sent = dict(zip(drafts, self._send([draft.steps for draft in drafts.values()]), strict=True))
        in_doubt = {number for number, what in sent.items() if what.failed or what.unclear}
        there = self._now({drafts[number].after.id for number in in_doubt})
        for number, what in sent.items():
            draft = drafts[number]
            if draft.problem:
                outcomes[number] = Failed(draft.problem)
            elif number not in in_doubt:
                outcomes[number] = Done(self._after(draft, now[draft.after.id]), draft.notes)
            else:
                outcomes[number] = self._doubtful(batch[number], draft, what, there.get(draft.after.id))
        return [outcomes[number] for number in range(len(batch))]

    def _after(self, draft: Draft, before: Meeting) -> Record:
        """Return what an activity is after its draft: what it was, with its version, where nothing was to be sent."""
        return self._record(draft.after if draft.steps else before)

    def _doubtful(self, write: Update, draft: Draft, sent: Sent, now: Record | None) -> Outcome:
        if now is None:
            return Stale(None)
        wanted = self._record(draft.after)
        if _holds(now, wanted, wanted.fields):
            return Done(now, draft.notes)
        if sent.unclear or _holds(now, wanted, write.fields):
            # It may still be on its way, or somebody saved something beside it: to be planned with what it is now.
            return Stale(now)
        return Failed(sent.reason(), now if sent.any_done else None)

    # ── releases ─────────────────────────────────────────────────────────────────────────────────────────────

    def release(self, batch: Sequence[Release]) -> list[Outcome]:
        """Let activities go. One that is gone, or out of the calendar already, is released already."""
        setting = self._setting(())
        now = self._now({write.record.id for write in batch})
        jobs = [
            [draft_release(write.record.id, setting)]
            if (record := now.get(write.record.id)) is not None and record.member
            else []
            for write in batch
        ]
        sent = self._send(jobs)
        again = [number for number, what in enumerate(sent) if what.unclear]
        for number, what in zip(again, self._send([jobs[number] for number in again]), strict=True):
            sent[number] = what
        return [_released(write, what) for write, what in zip(batch, sent, strict=True)]

    # ── all of them ──────────────────────────────────────────────────────────────────────────────────────────

    def _setting(self, batch: Sequence[Create | Update]) -> Setting:
        site = self._odata.site
        return Setting(
            user=self._scope.user,
            times=self._reader.times,
            now=site.wire.clock.now(),
            with_location=self._reader.with_location,
            found=self._people.resolve({mail for write in batch for mail in mails_in(write.fields)}),
            cancel=self._scope.cancel,
        )

    def _send(self, jobs: Sequence[Sequence[Step]]) -> list[Sent]:
        return send(self._odata, jobs)

    def _now(self, ids: Collection[str]) -> dict[str, Record]:
        there = self._reader.whole(ids, self._scope.former)
        return {identity: self._record(meeting) for identity, meeting in there.items()}

    def _record(self, meeting: Meeting) -> Record:
        return self._scope.record(meeting, self._reader.times)


def _with_rest(write: Create, outcome: Outcome) -> Outcome:
    """Tell that the user's own answer is still to be written: only now there is a row of his."""
    if isinstance(outcome, Done) and model.text_field(write.fields, model.ANSWER) != model.text_field(
        outcome.record.fields, model.ANSWER
    ):
        return replace(outcome, rest=frozenset({model.ANSWER}))
    return outcome


def _holds(now: Record, wanted: Record, among: Collection[str]) -> bool:
    """Tell whether a record holds the wanted fields."""
    return all(now.fields.get(name) == wanted.fields.get(name) for name in among)


def _beside(now: Record, wanted: Record) -> bool:
    """Tell whether a record is as wanted but for those who take part."""
    return all(now.fields.get(name) == value for name, value in wanted.fields.items() if isinstance(value, str))


def _released(write: Release, sent: Sent) -> Outcome:
    if sent.unclear:
        return Unclear(_NO_ANSWER)
    if sent.failed:
        return Failed(sent.reason())
    return Done(replace(write.record, member=False))
