"""Consent screen and scopes: done by a person in the console, and proven by what follows from them (rows P7-P9)."""

from gsync_cli.credentials import Credentials
from gsync_cli.provisioning.client_file import number_of
from gsync_cli.provisioning.client_probe import ClientProof
from gsync_cli.provisioning.consent import ConsentScreen, consent_screen
from gsync_cli.provisioning.scopes import GUIDE, selection
from gsync_cli.provisioning.walk import guide
from gsync_cli.provisioning.walk.model import Proof, Task
from gsync_cli.provisioning.walk.setup import Setup, first, joined
from gsync_cli.provisioning.walk.steps import Done, Step


class ConsentStep(Step):
    """Detects the consent screen by a client of its project: Google makes none before (facts/google.md 3.6)."""

    name = "consent"

    def look(self, setup: Setup) -> Proof | None:
        """Ask Google about a client of this project; else take a person's word."""
        for kind in ("web", "installed"):
            client = setup.client(kind)
            if client is None or not _of_project(setup, client.client_id):
                continue
            if _is_known(setup.proven(client)):
                return setup.proof(
                    setup.project_id,
                    f"the client {client.client_id}, at Google's sign-in",
                    "it is there, and Google makes clients only after the consent screen",
                )
        return setup.journal.proof(self.name, setup.project_id)

    def plan(self, setup: Setup) -> str:
        """Say whose work it is."""
        del setup
        return "would show every value of the consent screen, for a person to enter in the console"

    def do(self, setup: Setup) -> Done:
        """Compute every value, and hand it out."""
        if not setup.has_site:
            return guide.name_site()
        return guide.consent(self.screen(setup), setup.project_id, setup.account)

    def answer(self, setup: Setup, task: Task, given: str) -> None:
        """Take the person's word until a client proves it. Raises WrongUsage for an address that is none."""
        if task.asks == "site":
            setup.name_site(given)
        else:
            setup.keep(self.name, setup.proof(setup.project_id, "a person's word", "set up in the console", "told"))

    def screen(self, setup: Setup) -> ConsentScreen:
        """Return the values. Raises as consent_screen."""
        wishes, decided = setup.wishes, setup.journal.decisions
        screen = consent_screen(
            site=setup.creatio_url if setup.has_site else "",
            administrator=setup.account,
            support_email=first(wishes.support_email, decided.support_email),
            developer_emails=wishes.developer_emails or decided.developer_emails,
            user_type=first(wishes.user_type, decided.user_type),
            in_organization=setup.in_organization,
        )
        setup.decide(
            support_email=screen.support_email,
            developer_emails=screen.developer_emails,
            user_type=first(wishes.user_type, decided.user_type),
        )
        return screen


class ScopesStep(Step):
    """Nobody outside can see them: a sign-in proves those it was granted, for the others a person's word counts."""

    name = "scopes"

    def look(self, setup: Setup) -> Proof | None:
        """Look whether the sign-in of this profile was granted all that is selected; else take a person's word."""
        grant = Credentials.load(setup.world.profile).grant
        if grant is not None and _of_project(setup, grant.client_id) and set(_selected(setup)) <= set(grant.scopes):
            return setup.proof(
                setup.project_id, f"the sign-in of {grant.email}", f"granted: {joined(sorted(grant.scopes))}"
            )
        return setup.journal.proof(self.name, setup.project_id)

    def plan(self, setup: Setup) -> str:
        """Say whose work it is."""
        return f"would show the {len(_selected(setup))} scopes, for a person to enter in the console"

    def do(self, setup: Setup) -> Done:
        """Hand out the list."""
        by_the_guide = setup.world.settings.text("google.scopes") == GUIDE
        return guide.scopes(_selected(setup), setup.project_id, setup.account, by_the_guide=by_the_guide)

    def answer(self, setup: Setup, task: Task, given: str) -> None:  # noqa: ARG002  "done" says it all
        """Take the person's word until a sign-in proves it."""
        if task.step == self.name:
            setup.keep(self.name, setup.proof(setup.project_id, "a person's word", "added in the console", "told"))


def _selected(setup: Setup) -> tuple[str, ...]:
    return selection(setup.world.settings.text("google.scopes"))


def _is_known(proof: ClientProof) -> bool:
    """Whether Google knows a client: by its secret, be it a wrong one, or by an address that is registered with it."""
    return proof.pair in ("good", "wrong-secret") or any(each.state == "registered" for each in proof.redirect_uris)


def _of_project(setup: Setup, client_id: str) -> bool:
    """Whether a client is of this project, as far as its number is known."""
    return not setup.project_number or number_of(client_id) in ("", setup.project_number)
