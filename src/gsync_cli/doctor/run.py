"""The examination: every check in order, causes before consequences. One that fails never stops the rest."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Final

from gsync_cli.doctor import account, clients, creatio, keys, machine, network, project
from gsync_cli.doctor.check import Check, Checked, Finding, skipped
from gsync_cli.errors import GsyncError, WrongUsage
from gsync_cli.http import NetworkError

if TYPE_CHECKING:
    from gsync_cli.doctor.scene import Scene

CHECKS: Final[tuple[Check, ...]] = (
    *machine.CHECKS,
    *network.CHECKS,
    *creatio.CHECKS,
    *project.CHECKS,
    *clients.CHECKS,
    *account.CHECKS,
    *keys.CHECKS,
)


def examine(
    scene: "Scene",
    *,
    only: Collection[str] = (),
    checks: Sequence[Check] = CHECKS,
    note: Callable[[str], None] = lambda _: None,
    trace: Callable[[Exception], None] = lambda _: None,
) -> tuple[Checked, ...]:
    """Look at everything, or at the checks named in `only` and at what those need. It changes nothing on either side.

    `note` is told each title, `trace` each exception that is a defect. What a named check needs is returned only where
    it failed, as the cause. Raises WrongUsage("doctor-check-unknown").
    """
    wanted = _with_needs(only, checks)
    done: dict[str, Checked] = {}
    for check in checks:
        if check.id in wanted:
            note(check.title)
            cause = next((done[need] for need in check.needs if done[need].outcome in ("fail", "skip")), None)
            done[check.id] = Checked(check, _looked(check, scene, trace)) if cause is None else _left_out(check, cause)
    return tuple(each for each in done.values() if not only or each.check.id in only or each.outcome == "fail")


def _looked(check: Check, scene: "Scene", trace: Callable[[Exception], None]) -> Finding:
    try:
        return check.look(scene)
    except Exception as error:  # noqa: BLE001  whatever a check trips over, the others are still looked at
        ours = _as_ours(error)
        if ours.code == "defect":
            trace(error)
        says, do = scene.words(ours)
        return Finding("fail", says, do, ours.code, ours.exit_code)


def _as_ours(error: Exception) -> GsyncError:
    if isinstance(error, GsyncError):
        return error
    if isinstance(error, NetworkError):
        from gsync_cli.google.errors import of_network

        return of_network(error)
    return GsyncError("defect", kind=type(error).__name__)


def _left_out(check: Check, before: Checked) -> Checked:
    """Return a check as left out, since one that it needs failed, or could not be looked at; told by the first one."""
    cause = before.cause or before
    happened = "failed" if cause.outcome == "fail" else "could not be looked at"
    return Checked(check, skipped(f"Not looked at, since “{cause.check.title}” {happened}."), cause)


def _with_needs(only: Collection[str], checks: Sequence[Check]) -> set[str]:
    known = {check.id: check for check in checks}
    if not only:
        return set(known)
    wanted: set[str] = set()
    waiting = list(only)
    while waiting:
        name = waiting.pop()
        if name not in known:
            import difflib

            near = next(iter(difflib.get_close_matches(name, known, n=1)), "")
            raise WrongUsage("doctor-check-unknown", id=name, near=near, known=list(known))
        if name not in wanted:
            wanted.add(name)
            waiting += (*known[name].needs, *known[name].after)
    return wanted
