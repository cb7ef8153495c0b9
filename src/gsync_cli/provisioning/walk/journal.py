"""The memory of the walk: what was decided, and the proof of each step. `setup.json` in the profile's folder.

It holds nothing secret. Losing it costs nothing but looking again: what the services show counts more than what stands
here, and it is asked only where they can't be.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from gsync_cli.files import read_private, write_private
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.walk.model import TITLES, Proof, StepName


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided before something final was done, so that a walk taken up again does not decide anew."""

    project_id: str = ""
    """Written down before the project is made: after an interruption it is looked for under this id."""
    project_title: str = ""
    parent: str = ""
    creatio_url: str = ""
    creatio_version: str = ""
    support_email: str = ""
    developer_emails: tuple[str, ...] = ()
    user_type: str = ""
    organization_domain: str = ""
    """The domain of the organization that the project lies in: whoever signs in to an Internal app belongs to it."""


@dataclass(frozen=True, slots=True)
class Journal:
    """Decisions and proofs of one profile."""

    decisions: Decisions = Decisions()
    proofs: Mapping[StepName, Proof] = field(default_factory=dict)

    @classmethod
    def load(cls, profile: Profile) -> Self:
        """Read it; an empty one where there is none, or none that can be understood. Raises as files.read_private."""
        content = read_private(profile.setup_file)
        try:
            table = json.loads(content) if content else {}
            return cls(_decisions(table.get("decisions", {})), _proofs(table.get("proofs", {})))
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def save(self, profile: Profile) -> None:
        """Write it whole. Raises ConfigurationWrong("file-not-writable")."""
        table = {
            "decisions": asdict(self.decisions),
            "proofs": {name: {**asdict(proof), "at": proof.at.isoformat()} for name, proof in self.proofs.items()},
        }
        write_private(profile.setup_file, json.dumps(table, indent=1, ensure_ascii=False).encode())

    def proof(self, step: StepName, of: str) -> Proof | None:
        """Return the proof of a step, where it is about `of`."""
        proof = self.proofs.get(step)
        return proof if proof is not None and proof.of == of else None

    def with_proof(self, step: StepName, proof: Proof) -> "Journal":
        """Return this journal with the proof of a step."""
        return replace(self, proofs={**self.proofs, step: proof})

    def without_proof(self, step: StepName) -> "Journal":
        """Return this journal without the proof of a step that turned out to be undone."""
        return replace(self, proofs={name: proof for name, proof in self.proofs.items() if name != step})


def _decisions(table: Mapping[str, Any]) -> Decisions:
    known = {key: value for key, value in table.items() if key in Decisions.__dataclass_fields__}
    known["developer_emails"] = tuple(known.get("developer_emails", ()))
    return Decisions(**known)


def _proofs(table: Mapping[str, Any]) -> dict[StepName, Proof]:
    return {
        name: Proof(**{**table[name], "at": datetime.fromisoformat(table[name]["at"])})
        for name in TITLES
        if name in table
    }
