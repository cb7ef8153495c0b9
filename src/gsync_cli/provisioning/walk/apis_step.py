"""The APIs (rows P5, P6)."""

from gsync_cli.errors import GsyncError
from gsync_cli.provisioning.apis import NEEDED, SERVICES
from gsync_cli.provisioning.walk import guide
from gsync_cli.provisioning.walk.model import Proof, StepName, Task
from gsync_cli.provisioning.walk.setup import Setup, joined
from gsync_cli.provisioning.walk.steps import Done, Step


class ApisStep(Step):
    """Detects the APIs by their state; enables what is off in one request; proves that each answers."""

    name = "apis"

    def waits_for(self, setup: Setup) -> StepName | None:
        """Wait for the project, unless it is a person who does this anyway."""
        return None if setup.apis is None else "project"

    def look(self, setup: Setup) -> Proof | None:
        """Ask Service Usage, and until it was proven once, each API. Without an administrator that proof counts."""
        known = setup.journal.proof(self.name, setup.project_id)
        if setup.apis is None:
            return known
        if self._off(setup) or not (known or not setup.apis.silent(setup.project_id)):
            return None
        return self._proof(setup)

    def plan(self, setup: Setup) -> str:
        """Say which APIs would be enabled."""
        if setup.apis is None:
            return "would enable the APIs, with an administrator's sign-in"
        off = self._off(setup)
        return f"would enable {joined(off)} in {setup.project_id}" if off else "would wait until each API answers"

    def do(self, setup: Setup) -> Done:
        """Enable what is off, and wait until each answers."""
        if setup.apis is None:
            return guide.enable_apis(setup.project_id)
        people = next(api for api in NEEDED if api.service.startswith("people."))
        setup.telling.note(people.why)
        if not setup.apis.enable(setup.project_id, SERVICES, setup.telling.note):
            setup.apis.wait_until_answering(setup.project_id, SERVICES, setup.telling.note)
        return self._proof(setup)

    def instead(self, setup: Setup, error: GsyncError) -> Task | None:
        """Hand out the one-click link where this account may not enable the APIs: somebody else may."""
        if error.code != "apis-enable-denied":
            return None
        return guide.enable_apis(setup.project_id, "This account may not enable them; the link is for one who may.")

    def _off(self, setup: Setup) -> tuple[str, ...]:
        assert setup.apis is not None  # noqa: S101  callers have looked
        enabled = setup.apis.enabled(setup.project_id, SERVICES)
        return tuple(service for service in SERVICES if not enabled.get(service))

    def _proof(self, setup: Setup) -> Proof:
        names = joined([api.title for api in NEEDED])
        where = f"the services of {setup.project_id} in Service Usage, and a call to People and Calendar"
        return setup.proof(setup.project_id, where, f"on: {names}")
