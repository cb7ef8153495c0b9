"""The APIs of a project: which are on, switching them on, and their traffic (rows P5 and P6), through Service Usage.

batchGet ─► what is off ─► one batchEnable ─► the operation ─► batchGet until on ─► each really answers
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from gsync_cli.clock import Clock
from gsync_cli.errors import ConfigurationWrong, Temporary
from gsync_cli.google.administrator import GCLOUDS_OWN_PROJECT, AdministratorSession
from gsync_cli.google.errors import API_OFF_REASONS, GoogleRefusal, Unanswered, read_body
from gsync_cli.http import NetworkError
from gsync_cli.provisioning.api_refusals import not_enabled, not_listed
from gsync_cli.provisioning.operations import PATIENCE, WAITS, Failure, failure_of, finished
from gsync_cli.provisioning.usage import ApiUsage, Traffic, read_usage

__all__ = ["NEEDED", "SERVICES", "Api", "ApiUsage", "Apis", "Listed", "enable_link"]

_PAGE: Final = 200
_NUMBER: Final = re.compile(r"projects/(\d+)/")
_LARGEST_BATCH: Final = 20
"""Services in one batchEnable; batchGet takes 30 (facts/google.md 2.1)."""


@dataclass(frozen=True, slots=True)
class Api:
    """An API that Creatio needs."""

    service: str
    title: str
    why: str
    """One sentence for the person who enables it."""


NEEDED: Final = (
    Api("gmail.googleapis.com", "Gmail API", "Creatio reads and sends mail with it."),
    Api(
        "people.googleapis.com",
        "People API",
        "Google turned the Contacts API off in January 2022; the People API is its successor, for the same contacts.",
    ),
    Api("calendar-json.googleapis.com", "Google Calendar API", "Meetings are synchronised with it."),
)

SERVICES: Final = tuple(api.service for api in NEEDED)


@dataclass(frozen=True, slots=True)
class Listed:
    """An API that is on in a project."""

    service: str
    title: str


@dataclass(frozen=True, slots=True)
class _Probe:
    """A request by which one sees whether an API answers yet."""

    setting: str
    root: str
    path: str


_PROBES: Final[Mapping[str, _Probe]] = {
    "people.googleapis.com": _Probe("people", "https://people.googleapis.com", "/v1/people/me?personFields=metadata"),
    "calendar-json.googleapis.com": _Probe(
        "calendar", "https://www.googleapis.com", "/calendar/v3/users/me/calendarList?maxResults=1"
    ),
}


class Apis:
    """Service Usage, as an administrator."""

    def __init__(self, admin: AdministratorSession, clock: Clock) -> None:
        self._admin = admin
        self._clock = clock
        self._numbers: dict[str, str] = {}
        """The number of a project, as Service Usage names it."""

    def enabled(self, project: str, services: Collection[str] = SERVICES) -> dict[str, bool]:
        """Return for each service whether it is on. Raises as `listed`."""
        names = [f"projects/{project}/services/{service}" for service in services]
        request = self._services().batchGet(parent=f"projects/{project}", names=names)
        try:
            answer = self._admin.execute(request)
        except GoogleRefusal as refusal:
            if refusal.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED):
                raise not_listed(Failure.of_refusal(refusal), project, self._admin) from refusal
            # Gateways may know the plain list only.
            on = {listed.service for listed in self.listed(project)}
            return {service: service in on for service in services}
        told = _dicts(answer.get("services"))
        number = next((found[1] for each in told if (found := _NUMBER.match(str(each.get("name") or "")))), "")
        self._numbers[project] = number
        states = {_service_of(each): _is_on(each) for each in told}
        return {service: states.get(service, False) for service in services}

    def listed(self, project: str) -> tuple[Listed, ...]:
        """Return the APIs that are on, by title.

        Raises SignInNeeded, ActionNeeded, ConfigurationWrong, Refused ("apis-list-denied", "apis-not-read"), Temporary.
        """
        found: list[Listed] = []
        token = ""
        while True:
            wanted: dict[str, Any] = {"parent": f"projects/{project}", "filter": "state:ENABLED", "pageSize": _PAGE}
            request = self._services().list(**wanted, **({"pageToken": token} if token else {}))
            try:
                answer = self._admin.execute(request)
            except GoogleRefusal as refusal:
                raise not_listed(Failure.of_refusal(refusal), project, self._admin) from refusal
            found += [
                Listed(service, _title_of(each, service))
                for each in _dicts(answer.get("services"))
                if (service := _service_of(each)) and _is_on(each)
            ]
            former, token = token, str(answer.get("nextPageToken") or "")
            if not token or token == former:
                return tuple(sorted(found, key=lambda listed: (listed.title.casefold(), listed.service)))

    def enable(self, project: str, services: Sequence[str], note: Callable[[str], None]) -> tuple[str, ...]:
        """Switch on those of the services that are off, all or none; wait until each answers, and return which it was.

        Raises ActionNeeded ("apis-terms", "apis-billing"), Refused ("apis-enable-denied", "apis-forbidden-by-policy",
        "apis-refused"), Temporary ("operation-slow", "apis-slow", "apis-unclear"), and as `enabled`.
        """
        states = self.enabled(project, services)
        off = tuple(service for service in services if not states[service])
        for start in range(0, len(off), _LARGEST_BATCH):
            self._switch_on(project, off[start : start + _LARGEST_BATCH], note)
        if off:
            self._wait_until_on(project, off, note)
            self.wait_until_answering(project, off, note)
        return off

    def usage(self, project: str, hours: int) -> Traffic:
        """Return the traffic of each API over the last hours, or why Cloud Monitoring does not tell it.

        Raises SignInNeeded.
        """
        if self._admin.leads_astray("monitoring"):
            return Traffic((), ConfigurationWrong("monitoring-not-set"))
        return read_usage(self._admin, project, self._clock.now(), timedelta(hours=hours))

    def _switch_on(self, project: str, services: Sequence[str], note: Callable[[str], None]) -> None:
        note(f"Enabling {', '.join(services)} in {project} …")
        request = self._services().batchEnable(parent=f"projects/{project}", body={"serviceIds": list(services)})
        try:
            # Enabling what is on already does nothing: it may be sent twice.
            operation: Mapping[str, Any] = self._admin.execute(request, repeatable=True)
        except Unanswered as error:
            raise Temporary("apis-unclear", project=project) from error
        except GoogleRefusal as refusal:
            raise not_enabled(Failure.of_refusal(refusal), project, services, self._admin) from refusal
        what = f"the APIs of {project} to be switched on"
        done = finished(operation, self._operation, self._clock, note, what)
        if failure := failure_of(done) or _partial_failure(done):
            raise not_enabled(failure, project, services, self._admin)

    def _wait_until_on(self, project: str, services: Sequence[str], note: Callable[[str], None]) -> None:
        """Ask for the states until all are on: they are shown late."""
        self._wait(lambda: [s for s, on in self.enabled(project, services).items() if not on], project, note)

    def silent(self, project: str, services: Sequence[str] = SERVICES) -> list[str]:
        """Return those that still say they are off, though their state is on (facts/google.md 2.5).

        Gmail can't be asked: an administrator's token is none for it, and its state has to do.
        """
        return [service for service in services if service in _PROBES and not self._answers(project, service)]

    def wait_until_answering(self, project: str, services: Sequence[str], note: Callable[[str], None]) -> None:
        """Call each API until it no longer says that it is off. Raises Temporary("apis-slow")."""
        self._wait(lambda: self.silent(project, services), project, note)

    def _wait(self, missing: Callable[[], Sequence[str]], project: str, note: Callable[[str], None]) -> None:
        end = self._clock.now() + PATIENCE
        looks = 0
        while left := missing():
            if self._clock.now() >= end:
                minutes = PATIENCE // timedelta(minutes=1)
                raise Temporary("apis-slow", project=project, services=left, minutes=minutes)
            if looks in (0, len(WAITS)):
                note(f"Waiting for {', '.join(left)} to answer …")
            self._clock.sleep(WAITS[min(looks, len(WAITS) - 1)])
            looks += 1

    def _answers(self, project: str, service: str) -> bool:
        """Tell whether an API answers. Only a plain "it is off here" says no: any other refusal is an answer."""
        probe = _PROBES[service]
        if self._admin.leads_astray(probe.setting):
            return True
        root = self._admin.endpoint(probe.setting).rstrip("/") or probe.root
        try:
            answer = self._admin.look(f"{root}{probe.path}", {"x-goog-user-project": project})
        except NetworkError:
            return True
        body = read_body(answer.content)
        if answer.status_code != HTTPStatus.FORBIDDEN or body.reason not in API_OFF_REASONS:
            return True
        # Off in the project that the sign-in itself is charged to: that says nothing about this one.
        consumer = body.metadata.get("consumer", "").removeprefix("projects/")
        ours = self._numbers.get(project, "") if consumer.isdecimal() else project
        return consumer == GCLOUDS_OWN_PROJECT or (bool(consumer) and bool(ours) and consumer != ours)

    def _operation(self, name: str) -> Mapping[str, Any]:
        return self._admin.execute(self._api().operations().get(name=name))

    def _services(self) -> Any:
        return self._api().services()

    def _api(self) -> Any:
        return self._admin.api("serviceusage", "v1", self._admin.endpoint("serviceusage"))


def enable_link(project: str, services: Sequence[str]) -> str:
    """Return the page on which a person enables services with one click (facts/google.md 2.7)."""
    link = f"https://console.cloud.google.com/apis/enableflow?apiid={','.join(services)}"
    return f"{link}&project={project}" if project else link


def _partial_failure(operation: Mapping[str, Any]) -> Failure | None:
    """Return the first failure of a batch that ended well as a whole."""
    response = operation.get("response")
    failures = _dicts(response.get("failures")) if isinstance(response, Mapping) else []
    told = next((str(each.get("errorMessage") or "") for each in failures), "")
    return Failure("FAILED_PRECONDITION", told, text=told) if told else None


def _service_of(each: Mapping[str, Any]) -> str:
    """Return the service's own name: from `projects/1/services/x.googleapis.com`, or from its configuration."""
    named = str(each.get("name") or "").rpartition("/")[2]
    config = each.get("config")
    return named if "." in named else str(config.get("name") or "") if isinstance(config, Mapping) else named


def _title_of(each: Mapping[str, Any], service: str) -> str:
    config = each.get("config")
    title = config.get("title") if isinstance(config, Mapping) else ""
    known = {api.service: api.title for api in NEEDED}
    return str(title or known.get(service, service))


def _is_on(each: Mapping[str, Any]) -> bool:
    """Whether a service's state says on: by name, or by its number."""
    return str(each.get("state", "")).upper() in ("ENABLED", "2")


def _dicts(value: object) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
