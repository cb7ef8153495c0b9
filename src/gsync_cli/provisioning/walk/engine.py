"""The walk: look, do, hand out, look again; it can be stopped anywhere, and goes on from what the services show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gsync_cli.errors import ActionNeeded, GsyncError, Interrupted, Refused, SignInNeeded, Temporary, WrongUsage
from gsync_cli.provisioning.walk import guide
from gsync_cli.provisioning.walk.apis_step import ApisStep
from gsync_cli.provisioning.walk.client_steps import ClientStep, KeysStep, read_client
from gsync_cli.provisioning.walk.console_steps import ConsentStep, ScopesStep
from gsync_cli.provisioning.walk.creatio_steps import CreatioKeysStep, MailProviderStep
from gsync_cli.provisioning.walk.model import Proof, State, StepName, StepReport, Task
from gsync_cli.provisioning.walk.project_step import ProjectStep
from gsync_cli.provisioning.walk.setup import Setup
from gsync_cli.provisioning.walk.steps import Step

if TYPE_CHECKING:
    from gsync_cli.provisioning.permissions import Refusal

STEPS: Final[Sequence[Step]] = (
    ProjectStep(),
    ApisStep(),
    ConsentStep(),
    ScopesStep(),
    ClientStep(),
    KeysStep(),
    CreatioKeysStep(),
    MailProviderStep(),
)


@dataclass(frozen=True, slots=True)
class Walked:
    """How far the walk came."""

    account: str
    """As whom the projects were reached; empty where nobody says."""
    project: str
    reports: tuple[StepReport, ...]
    tasks: tuple[Task, ...]
    """What a person must do, in the order of the steps."""
    errors: tuple[GsyncError, ...]
    refusals: "tuple[Refusal, ...]"
    """What this account may not do, told before anything was done."""


def walk(setup: Setup) -> Walked:
    """Take every step as far as it goes.

    With a person the walk ends at the first step that is not done: they stopped there, or it failed. Without one it
    goes on to every step that does not need it, so that the checklist is complete; but where the project itself is
    refused, everything else would lead to one that is not there. Raises Interrupted.
    """
    walker = _Walker(setup)
    walker.say_who_acts()
    for step in STEPS:
        walker.take(step)
        if walker.ends_here():
            walker.leave_the_rest()
            break
    walker.look_again_at_what_was_told()
    walker.complete_the_checklist()
    walker.offer_own_client()
    return Walked(
        setup.account,
        setup.project_id,
        tuple(walker.reports),
        tuple(walker.tasks),
        tuple(walker.errors),
        tuple(setup.refusals),
    )


class _Walker:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.reports: list[StepReport] = []
        self.tasks: list[Task] = []
        self.errors: list[GsyncError] = []

    def take(self, step: Step) -> None:
        """Take one step, and report how it stands."""
        try:
            report = self._taken(step)
        except Interrupted:
            raise
        except GsyncError as error:
            self._note(step, error)
            report = StepReport(step.name, "open", error=error)
        self.reports.append(report)
        self._setup.telling.step(report)

    def _note(self, step: Step, error: GsyncError) -> None:
        """Keep an error once, and hand out what a person can do instead."""
        if str(error) not in map(str, self.errors):
            self.errors.append(error)
        task = step.instead(self._setup, error)
        if task is not None:
            self.tasks.append(task)

    def say_who_acts(self) -> None:
        """Say as whom the administrator's work is done (row P1)."""
        setup = self._setup
        try:
            if setup.administrator is not None and setup.administrator.email:
                setup.telling.note(f"Acting at Google Cloud as {setup.administrator.email}.")
        except SignInNeeded:
            # The first step says so.
            return

    def complete_the_checklist(self) -> None:
        """Hand out what a person must do for a step that was not come to: nobody shall have to run it twice to know."""
        setup = self._setup
        waiting = any(report.name == "creatio-keys" and report.state == "waiting" for report in self.reports)
        lost = any(report.name == "project" and report.error for report in self.reports)
        if waiting and not lost and setup.person is None and setup.mode == "do" and setup.site() is None:
            self.tasks.append(guide.connect_creatio(setup.creatio_url, has_site=setup.has_site))

    def ends_here(self) -> bool:
        """Whether there is no going on from the latest step."""
        latest = self.reports[-1]
        if latest.is_done or self._setup.mode == "rehearse":
            return False
        lost = latest.name == "project" and isinstance(latest.error, Refused | ActionNeeded | WrongUsage)
        return lost or (self._setup.person is not None and self._setup.mode == "do")

    def leave_the_rest(self) -> None:
        """Report the steps that were not come to."""
        self.reports += [StepReport(step.name, "waiting", "not come to yet") for step in STEPS[len(self.reports) :]]

    def look_again_at_what_was_told(self) -> None:
        """Let a later step prove what a person said: a client is the proof of its consent screen."""
        for place, report in enumerate(self.reports):
            if report.state == "told":
                seen = STEPS[place].look(self._setup)
                if seen is not None and seen.ground == "seen":
                    self._setup.keep(report.name, seen)
                    self.reports[place] = StepReport(report.name, "proven", seen.result, seen)

    def offer_own_client(self) -> None:
        """Hand out gsync's own client too: the walk is whole without it, but nobody can sign in to synchronise."""
        setup = self._setup
        if setup.client("installed") is not None or setup.mode != "do" or not self._is_done("project"):
            return
        task = guide.make_own_client(setup.project_id, setup.account)
        if setup.person is not None:
            if not self._is_done("mail-provider"):
                return
            while given := setup.person.carry_out(task):
                try:
                    setup.take(read_client(given, "installed"))
                except GsyncError as error:
                    setup.person.refused(error)
                else:
                    return
        self.tasks.append(task)

    def _taken(self, step: Step) -> StepReport:
        setup = self._setup
        before = step.waits_for(setup)
        if before is not None and not self._is_done(before):
            return StepReport(step.name, "waiting", f"comes after {before}")
        proof = self._seen(step)
        if proof is None and setup.mode != "do":
            return self._not_done(step)
        done = proof or self._carried_out(step)
        if isinstance(done, Task):
            return self._handed_out(step, done)
        setup.keep(step.name, done)
        state: State = "proven" if done.ground == "seen" else "told"
        return StepReport(step.name, state, done.result, done)

    def _seen(self, step: Step) -> Proof | None:
        """Look at a step. To show the state, what was proven before stands in for a service that can't be asked."""
        setup = self._setup
        try:
            return step.look(setup)
        except (Temporary, SignInNeeded):
            known = setup.journal.proofs.get(step.name)
            if setup.mode != "look" or known is None:
                raise
            return known

    def _not_done(self, step: Step) -> StepReport:
        setup = self._setup
        if setup.mode == "look":
            return StepReport(step.name, "open", step.lacks(setup))
        return StepReport(step.name, "planned", step.plan(setup))

    def _carried_out(self, step: Step) -> "Proof | Task":
        """Do the step; where it needs a person, let one do it, and look until it is done or the person stops."""
        setup = self._setup
        try:
            done = step.do(setup)
        except Refused as error:
            task = step.instead(setup, error)
            if task is None or setup.person is None:
                raise
            setup.person.refused(error)
            done = task
        while isinstance(done, Task) and setup.person is not None:
            given = setup.person.carry_out(done)
            if given is None:
                break
            try:
                step.answer(setup, done, given)
                done = step.look(setup) or step.do(setup)
            except Interrupted:
                raise
            except GsyncError as error:
                setup.person.refused(error)
        return done

    def _handed_out(self, step: Step, task: Task) -> StepReport:
        """Report what is left to a person. Scopes, which nobody can see from outside, don't hold up a client."""
        if step.name == "scopes" and self._setup.person is None and self._setup.client("web") is not None:
            self.tasks.append(replace(task, needed=False))
            return StepReport(step.name, "unseen", "can't be seen before somebody signs in")
        self.tasks.append(task)
        return StepReport(step.name, "open", task.title)

    def _is_done(self, name: StepName) -> bool:
        return any(report.name == name and report.is_done for report in self.reports)
