"""The keys inside Creatio: its system settings, and its Gmail provider (rows K1-K3)."""

from gsync_cli.creatio.session import CreatioSite
from gsync_cli.credentials import GoogleClient, fingerprint
from gsync_cli.provisioning import creatio_keys, mail_provider
from gsync_cli.provisioning.walk import guide
from gsync_cli.provisioning.walk.model import Proof, StepName, Task
from gsync_cli.provisioning.walk.setup import Setup, joined
from gsync_cli.provisioning.walk.steps import Done, Step


class CreatioKeysStep(Step):
    """Detects the keys by reading the system settings; writes them; proves them by reading back."""

    name = "creatio-keys"

    def waits_for(self, setup: Setup) -> StepName | None:  # noqa: ARG002  always the same
        """Wait for the keys: what is not proven right is not entered anywhere."""
        return "keys"

    def look(self, setup: Setup) -> Proof | None:
        """Read the three settings; without a session at the site, what was proven before counts."""
        client, site = _needed(setup)
        if client is None:
            return None
        if site is None:
            return setup.journal.proof(self.name, _of(setup, client))
        return self._proof(setup, client) if creatio_keys.inspect_keys(site, client).are_right else None

    def plan(self, setup: Setup) -> str:
        """Say which settings would be written."""
        return f"would write {joined(creatio_keys.CODES)} at {setup.creatio_url}"

    def do(self, setup: Setup) -> Done:
        """Write the settings that differ."""
        client, site = _needed(setup)
        if client is None or site is None:
            return guide.connect_creatio(setup.creatio_url, has_site=setup.has_site)
        seen = creatio_keys.inspect_keys(site, client)
        if (former := seen.replaces(client)) and not _may_replace(setup, former):
            return guide.confirm_keys(former, client.client_id)
        if not creatio_keys.takes_contacts(setup.version):
            setup.telling.note(guide.CONTACTS_DROPPED)
        pushed = creatio_keys.push_keys(site, client, seen)
        for warning in pushed.warnings:
            setup.telling.warn_of(warning)
        if pushed.problems:
            raise pushed.problems[0]
        return self._proof(setup, client)

    def answer(self, setup: Setup, task: Task, given: str) -> None:  # noqa: ARG002  it is asked for here
        """Let the person sign in at the site. Raises as `creatio connect`."""
        if setup.site() is None:
            setup.connect()

    def _proof(self, setup: Setup, client: GoogleClient) -> Proof:
        return setup.proof(
            _of(setup, client), f"{joined(creatio_keys.CODES)} at {setup.creatio_url}", f"they hold {client.client_id}"
        )


class MailProviderStep(Step):
    """Detects the Gmail provider and its OAuth application; sets both; proves them by reading back."""

    name = "mail-provider"

    def waits_for(self, setup: Setup) -> StepName | None:
        """Wait for the keys, and for a session at the site."""
        return "creatio-keys" if setup.site() is None else "keys"

    def look(self, setup: Setup) -> Proof | None:
        """Read the provider; its secret can't be read, so the journal tells whether it was this one."""
        client, site = _needed(setup)
        if client is None:
            return None
        proven = setup.journal.proof(self.name, _of(setup, client))
        if site is None:
            return proven
        seen = mail_provider.inspect_provider(site, client)
        return self._proof(setup, client) if seen.is_right and (proven or setup.mode != "do") else None

    def plan(self, setup: Setup) -> str:
        """Say what would be set."""
        return f"would set the Gmail provider at {setup.creatio_url}, with the client's id and secret"

    def do(self, setup: Setup) -> Done:
        """Find or make the provider and its application. A person, or --yes, decides what ends sign-ins."""
        client, site = _needed(setup)
        if client is None or site is None:
            return guide.connect_creatio(setup.creatio_url, has_site=setup.has_site)
        asked = _Asked(setup)
        result = mail_provider.set_provider(site, client, asked.confirm)
        for warning in result.warnings:
            setup.telling.warn_of(warning)
        if asked.refused:
            return guide.confirm_provider(asked.mailboxes)
        return self._proof(setup, client)

    def answer(self, setup: Setup, task: Task, given: str) -> None:  # noqa: ARG002  it is asked for here
        """Let the person sign in at the site, where that was the task."""
        if setup.site() is None:
            setup.connect()

    def _proof(self, setup: Setup, client: GoogleClient) -> Proof:
        return setup.proof(
            _of(setup, client),
            f"the Gmail provider and its OAuth application at {setup.creatio_url}",
            f"the application holds {client.client_id}; its secret was written and can't be read",
        )


def _may_replace(setup: Setup, former: str) -> bool:
    """Ask whether another client, which is in use, may go: who is connected with it must sign in again."""
    question = f"Creatio uses the client {former}; who is connected with it must sign in again. Replace it?"
    return setup.wishes.yes or (
        setup.person is not None and setup.person.confirm(question, flag="--yes", default=False)
    )


class _Asked:
    """Whether mailboxes may lose their sign-in: what the person, or --yes, says."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.mailboxes = ""
        self.refused = False

    def confirm(self, mailboxes: int) -> bool:
        """Return whether to go on, though that many mailboxes must sign in again."""
        setup = self._setup
        self.mailboxes = counted(mailboxes)
        if not setup.wishes.yes:
            question = f"{self.mailboxes} must sign in again once the provider is linked. Link it now?"
            self.refused = setup.person is None or not setup.person.confirm(question, flag="--yes", default=False)
        return not self.refused


def counted(mailboxes: int) -> str:
    """Return a number of mailboxes in words."""
    if mailboxes == mail_provider.UNCOUNTED:
        return "The mailboxes of this provider (the site does not say how many)"
    return "One mailbox" if mailboxes == 1 else f"{mailboxes} mailboxes"


def _needed(setup: Setup) -> tuple[GoogleClient | None, CreatioSite | None]:
    """Return the client with its secret, and the session, as far as they are there."""
    client = setup.client("web")
    return (client if client and client.client_secret else None), setup.site()


def _of(setup: Setup, client: GoogleClient) -> str:
    """What a proof at the site is about: the site, the client, and its secret (by a fingerprint)."""
    return f"{setup.creatio_url} {client.client_id} {fingerprint(client.client_secret)}"
