"""Checks of this machine alone: the program, the profile's files, the state, the lock. Nothing is sent."""

import json
import os
import platform
import sqlite3
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gsync_cli import __version__
from gsync_cli.doctor.check import MACHINE, Check, Finding, failed, passed, skipped, warned
from gsync_cli.errors import ConfigurationWrong, GsyncError, StoppedForSafety, Temporary

if TYPE_CHECKING:
    from gsync_cli.doctor.scene import Scene

_LONG_RUN: Final = timedelta(hours=2)
_OTHERS: Final = 0o077


def look_at_program(scene: "Scene") -> Finding:  # noqa: ARG001  every look is called with the scene
    """Look at the versions, and whether every library that gsync is built on is there."""
    from importlib.metadata import PackageNotFoundError, requires, version

    running = (
        f"gsync {__version__} on Python {platform.python_version()}, {platform.system()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )
    try:
        needed = [_distribution(line) for line in requires("gsync-cli") or () if "extra ==" not in line]
    except PackageNotFoundError:
        return passed(f"{running}; not installed as a package, so its libraries are not listed.")
    missing = []
    for name in needed:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return failed(f"{running}; missing libraries: {', '.join(missing)}.", "pip install --upgrade gsync-cli")
    return passed(f"{running}.")


def look_at_modes(scene: "Scene") -> Finding:
    """Look whether the profile's folder and files are their owner's alone (0700, 0600)."""
    folder = scene.profile.folder
    if not folder.exists():
        return passed(f"There is no folder {folder} yet; gsync makes it when it has something to keep.")
    if os.name != "posix":
        return passed(f"{folder}: rights are not looked at on {platform.system()}.")
    try:
        looked_at = [folder, *_files(folder)]
    except OSError as error:
        raise ConfigurationWrong("file-not-readable", path=folder, reason=error.strerror or str(error)) from error
    wrong = {path: mode for path in looked_at if (mode := _mode(path)) & _OTHERS}
    if not wrong:
        return passed(f"{folder} is 0700 or stricter, its files 0600 or stricter.")
    told = ", ".join(f"{path} ({mode:04o})" for path, mode in wrong.items())
    mend = "; ".join(f"chmod {'700' if path == folder else '600'} {path}" for path in wrong)
    says = f"Other users of this machine may look into {told}"
    if wrong.keys() & {scene.profile.config_file, scene.profile.credentials_file}:
        return failed(f"{says}, so gsync refuses to work.", mend)
    return warned(f"{says}.", mend)


def look_at_config(scene: "Scene") -> Finding:
    """Look whether the settings can be read and every key is one of gsync's."""
    settings = scene.settings
    counted = {
        origin: sum(1 for key in settings.resolved if settings.origin(key) == origin)
        for origin in ("file", "environment")
    }
    path = scene.profile.config_file
    stands = f"{counted['file']} settings in {path}" if path.exists() else f"there is no {path} yet"
    return passed(f"Profile “{scene.profile.name}”: {stands}, {counted['environment']} from the environment.")


def look_at_credentials(scene: "Scene") -> Finding:
    """Look whether the credentials can be read."""
    stored = scene.credentials
    held = {
        "gsync's own client": stored.installed,
        "Creatio's client": stored.web,
        "a Google sign-in": stored.grant,
        "the secret for Creatio": stored.creatio,
        "a Creatio session": stored.session,
    }
    told = ", ".join(name for name, part in held.items() if part is not None) or "nothing yet"
    return passed(f"{scene.profile.credentials_file} holds {told}.")


def look_at_connection(scene: "Scene") -> Finding:
    """Look whether the settings say where Creatio is, and as whom gsync goes there."""
    from gsync_cli.creatio.login import account_of, stored_login

    account = account_of(scene.settings, stored_login(scene.credentials))
    way = "OAuth application" if account.auth == "oauth" else "password"
    return passed(f"{account.url}, as {account.name}, by {way}.")


def look_at_lock(scene: "Scene") -> Finding:
    """Look whether a run is under way, without getting into its way."""
    path = scene.profile.lock_file
    # Every holder leaves a note. Without one the lock is free, and trying it could turn away a run that begins now.
    note = _note(path.with_suffix(".json"))
    if note is None:
        return passed("No run is under way.")
    pid, since = note.get("pid", "?"), str(note.get("since", "?"))
    if not _is_held(path):
        return passed(f"No run is under way. One (process {pid}, since {since}) ended without tidying up; it is free.")
    began = _moment(since)
    if began is not None and scene.clock.now() - began > _LONG_RUN:
        return warned(
            f"A run is under way, process {pid}, since {since}: longer than two hours.", f"Look at it: ps -p {pid}"
        )
    return passed(f"A run is under way, process {pid}, since {since}.")


def look_at_state(scene: "Scene") -> Finding:
    """Look whether the memory of pairs is sound, and what an interrupted run left open."""
    path = scene.profile.state_file
    if not path.exists():
        return skipped("Nothing has been synchronised yet.", "gsync sync contacts --dry-run")
    try:
        seen = _examined(path)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Temporary("state-busy", path=path) from error
        raise ConfigurationWrong("state-damaged", path=path, reason=str(error)) from error
    except sqlite3.DatabaseError as error:
        raise ConfigurationWrong("state-damaged", path=path, reason=str(error)) from error
    if seen.verdict != "ok":
        raise ConfigurationWrong("state-damaged", path=path, reason=seen.verdict)
    _refuse_newer(path, seen.version)
    _refuse_another(scene, seen.identity)
    told = f"{path} is sound (form {seen.version}): {seen.links} linked pairs"
    if seen.intents and not _is_held(scene.profile.lock_file):
        return warned(
            f"{told}. {seen.intents} creates were interrupted (the first at {seen.since}), and nobody knows yet "
            "whether they were carried out; the next run looks for them before anything else.",
            "gsync sync contacts",
        )
    return passed(f"{told}." if seen.intents else f"{told}, no create is unsettled.")


def _distribution(requirement: str) -> str:
    import re

    return re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def _note(path: Path) -> dict[str, object] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return None
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _is_held(path: Path) -> bool:
    from filelock import FileLock, Timeout

    if not path.exists() or _note(path.with_suffix(".json")) is None:
        return False
    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return True
    lock.release()
    return False


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@dataclass(frozen=True, slots=True)
class _State:
    verdict: str
    """SQLite's own; "ok" for a sound file."""
    version: int = 0
    links: int = 0
    intents: int = 0
    since: str = ""
    """When the first unsettled create was begun."""
    identity: tuple[tuple[str, str, str], ...] = ()
    """Whom the links are about: what, the id, what a person calls it."""


def _examined(path: Path) -> _State:
    # Where nobody has the file open, reading it as if nobody ever would leaves no files beside it.
    at_rest = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{at_rest}", uri=True, timeout=2)
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            # A run was stopped before it had made its tables.
            return _State(str(verdict))
        (links,) = connection.execute("SELECT count(*) FROM links").fetchone()
        intents, since = connection.execute("SELECT count(*), min(since) FROM intents").fetchone()
        identity = connection.execute("SELECT what, id, shown FROM identity").fetchall()
        return _State(str(verdict), int(version), int(links), int(intents), since or "", tuple(identity))
    finally:
        connection.close()


def _refuse_newer(path: Path, version: int) -> None:
    from gsync_cli.sync.state import SCHEMA_VERSION

    if version > SCHEMA_VERSION:
        raise ConfigurationWrong("state-newer", path=path, version=version, known=SCHEMA_VERSION)


def _refuse_another(scene: "Scene", identity: tuple[tuple[str, str, str], ...]) -> None:
    """Raise StoppedForSafety("state-of-another") where the links are about somebody else than is signed in now."""
    try:
        stored = scene.credentials
    except GsyncError:
        return
    grant, session = stored.grant, stored.session
    now = {"Google account": (grant.subject or grant.email, grant.email)} if grant is not None else {}
    if session is not None and session.contact_id and session.url == scene.settings.text("creatio.url"):
        now["Creatio user"] = (f"{session.contact_id} at {session.url}", f"{session.user_name} at {session.url}")
    for what, known, shown in identity:
        if what in now and now[what][0] != known:
            path = scene.profile.state_file
            raise StoppedForSafety("state-of-another", what=what, known=shown, now=now[what][1], path=path)


CHECKS: Final = (
    Check("program", "Program", MACHINE, look_at_program),
    Check("modes", "Rights of the files", MACHINE, look_at_modes),
    Check("config", "Settings", MACHINE, look_at_config, ("modes",)),
    Check("credentials", "Credentials", MACHINE, look_at_credentials, ("modes",)),
    Check("creatio-connection", "Connection to Creatio", MACHINE, look_at_connection, ("config", "credentials")),
    Check("lock", "Lock", MACHINE, look_at_lock),
    Check("state", "State", MACHINE, look_at_state, ("config",)),
)
