"""Profiles: one Creatio user with one Google account, in a folder of its own.

The default profile is GSYNC_HOME itself; any other lies in `profiles/NAME` below it, with the same files. Profiles
share nothing but the program.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gsync_cli.errors import WrongUsage

DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile's name and its folder."""

    name: str
    folder: Path

    @property
    def config_file(self) -> Path:
        """Settings; a person may edit it."""
        return self.folder / "config.toml"

    @property
    def credentials_file(self) -> Path:
        """Everything secret; written by gsync alone."""
        return self.folder / "credentials.toml"

    @property
    def state_file(self) -> Path:
        """Links, cursors, intents and the journal of the synchronisation."""
        return self.folder / "state.db"

    @property
    def setup_file(self) -> Path:
        """What `setup-project` decided and proved; nothing secret."""
        return self.folder / "setup.json"

    @property
    def setup_lock_file(self) -> Path:
        """Held while `setup-project` works: two at once would make two projects."""
        return self.folder / "provisioning.lock"

    @property
    def lock_file(self) -> Path:
        """Held while a run changes anything."""
        return self.folder / "run.lock"


def home(environment: Mapping[str, str]) -> Path:
    """Return GSYNC_HOME, or the platform's own folder for the settings of gsync."""
    if named := environment.get("GSYNC_HOME"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("gsync", appauthor=False))


def profile(name: str | None, environment: Mapping[str, str] = os.environ) -> Profile:
    """Return the profile of that name, else of GSYNC_PROFILE, else the default one. It need not exist yet.

    Raises WrongUsage("profile-name").
    """
    chosen = name or environment.get("GSYNC_PROFILE") or DEFAULT
    if not _NAME.fullmatch(chosen):
        raise WrongUsage("profile-name", name=chosen)
    base = home(environment)
    return Profile(chosen, base if chosen == DEFAULT else base / "profiles" / chosen)


def existing(environment: Mapping[str, str] = os.environ) -> list[Profile]:
    """Return the default profile and every named one that has a folder, by name."""
    base = home(environment)
    names = sorted(path.name for path in (base / "profiles").glob("*") if path.is_dir())
    return [profile(DEFAULT, environment), *(profile(name, environment) for name in names if _NAME.fullmatch(name))]
