"""Whether Google's APIs are on: asked as an administrator, else found out by two small reads as the account itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gsync_cli.doctor.check import Finding, failed, passed, skipped, warned
from gsync_cli.errors import ActionNeeded, GsyncError, SignInNeeded

if TYPE_CHECKING:
    from gsync_cli.doctor.scene import Scene

State: TypeAlias = Literal["on", "off", "unknown"]

GMAIL: Final = "gmail.googleapis.com"
PEOPLE: Final = "people.googleapis.com"
CALENDAR: Final = "calendar-json.googleapis.com"
SERVICES: Final = (GMAIL, PEOPLE, CALENDAR)
_SMALL_READS: Final = {
    PEOPLE: ("people", "https://people.googleapis.com", "/v1/contactGroups?pageSize=1"),
    CALENDAR: ("calendar", "https://www.googleapis.com", "/calendar/v3/calendars/primary/events?maxResults=1"),
}
"""By service: its name in google.endpoints, its own root, and a read that shows next to nothing."""


@dataclass(frozen=True, slots=True)
class _Seen:
    state: State
    told: str
    link: str = ""
    """Where Google itself says that the API is switched on."""


def look_at_apis(scene: "Scene") -> Finding:
    """Ask Service Usage where an administrator's sign-in is at hand; else read one group and one event as the user."""
    states = _as_administrator(scene)
    if not isinstance(states, GsyncError):
        return _judged_states(scene, states)
    if scene.sign_in != "works":
        says, do = scene.words(states)
        return skipped(f"The account's own sign-in does not work, and as administrator: {says}", do)
    return _judged_answers(scene, {service: _read(scene, service) for service in _SMALL_READS})


def _as_administrator(scene: "Scene") -> "dict[str, bool] | GsyncError":
    """Return which APIs are on; the error where there is no administrator, or none who may see that."""
    from gsync_cli.doctor.hurry import HurriedClock
    from gsync_cli.provisioning.apis import Apis

    if not scene.project:
        return SignInNeeded("administrator-not-signed-in")
    try:
        states = Apis(scene.administrator, HurriedClock(scene.clock)).enabled(scene.project)
    except GsyncError as error:
        # The account itself can tell, too; whether the administrator's sign-in works is told of the project.
        return error
    return {service: bool(states.get(service)) for service in SERVICES}


def _judged_states(scene: "Scene", states: dict[str, bool]) -> Finding:
    off = [service for service, on in states.items() if not on]
    on = [service for service, is_on in states.items() if is_on]
    told = f"In the project {scene.project}, by Service Usage: on: {', '.join(on) or 'none'}"
    if off:
        return failed(f"{told}; off: {', '.join(off)}.", f"gsync apis enable --project {scene.project}", ActionNeeded)
    return passed(f"{told}.")


def _judged_answers(scene: "Scene", seen: dict[str, _Seen]) -> Finding:
    told = "; ".join(f"{service}: {each.told}" for service, each in seen.items())
    off = [service for service, each in seen.items() if each.state == "off"]
    if off:
        return failed(f"{told}. Google refuses every request to an API that is off.", _mend(scene, off, seen),
                      ActionNeeded)  # fmt: skip
    if all(each.state == "unknown" for each in seen.values()):
        return warned(f"{told}.", "gsync doctor --only scopes")
    return passed(f"{told}. (Gmail can be asked by an administrator only; gsync itself does not use it.)")


def _mend(scene: "Scene", off: list[str], seen: dict[str, _Seen]) -> str:
    from gsync_cli.provisioning.apis import enable_link

    link = enable_link(scene.project, off) if scene.project else next(each.link for each in seen.values() if each.link)
    return f"Open {link} as an administrator of the project, press Enable, and wait some minutes"


def _read(scene: "Scene", service: str) -> _Seen:
    from gsync_cli.google.errors import API_OFF_REASONS, SCOPE_REASONS, of_answer, read_body
    from gsync_cli.google.quota import Cost
    from gsync_cli.http import NetworkError

    name, root, path = _SMALL_READS[service]
    url = (scene.settings.text(f"google.endpoints.{name}") or root).rstrip("/") + path
    try:
        response = scene.google.deliver("GET", url, {"accept": "application/json"}, None, Cost(), repeatable=True)
    except NetworkError as error:
        return _Seen("unknown", f"no answer ({error.reason})")
    if response.is_success:
        return _Seen("on", "on, and answers")
    body = read_body(response.content)
    if body.reason in API_OFF_REASONS:
        refusal = of_answer(response, email=scene.google.email)
        return _Seen("off", "off", str(refusal.facts.get("link", "")))
    if body.reason in SCOPE_REASONS:
        return _Seen("unknown", "not asked, since the sign-in does not allow it")
    said = body.message.rstrip(".")
    return _Seen("unknown", f"HTTP {response.status_code}{f', {said}' if said else ''}")
