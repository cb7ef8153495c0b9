"""`gsync apis`: the APIs that Creatio needs, and their traffic (rows P5 and P6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gsync_cli.cli.context import session
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.project import administrator, named_project, warn_of_refusals
from gsync_cli.cli.results import Page
from gsync_cli.cli.words import render
from gsync_cli.errors import GsyncError

if TYPE_CHECKING:
    from gsync_cli.provisioning.usage import ApiUsage

app = typer.Typer(help="Enable the APIs that Creatio needs, and see their traffic.")

_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Enabled:
    """What was switched on, or would be."""

    project: str
    account: str
    switched: tuple[str, ...]
    already: tuple[str, ...]
    why_people: str = ""
    """One sentence on why it is the People API and not the Contacts API."""
    dry_run: bool = False

    def data(self) -> Mapping[str, object]:
        """Return `{"project", "account", "dry_run", "enabled": […], "already": […]}`, by names of services."""
        return {
            "project": self.project,
            "account": self.account or None,
            "dry_run": self.dry_run,
            "enabled": list(self.switched),
            "already": list(self.already),
        }

    def show(self, page: Page) -> None:
        """Print a line for each API."""
        page.text(f"Project {self.project}")
        for service in self.already:
            page.good(f"{service} was on already.")
        for service in self.switched:
            if self.dry_run:
                page.text(f"{service} would be enabled.")
            else:
                page.good(f"{service} is on.")
        if any(service.startswith("people.") for service in self.switched):
            page.text(self.why_people)


@dataclass(frozen=True, slots=True)
class Row:
    """One API of the dashboard."""

    service: str
    title: str
    on: bool
    usage: "ApiUsage | None" = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The APIs of a project, as the console's dashboard lists them."""

    project: str
    account: str
    days: int
    rows: Sequence[Row]
    unknown: GsyncError | None = None
    """Why Cloud Monitoring did not tell the traffic; None where it did."""

    @property
    def measured(self) -> bool:
        """Whether the traffic is known."""
        return self.unknown is None

    def data(self) -> Mapping[str, object]:
        """Return `{"project", "account", "days", "measured", "not_measured_because", "apis": […]}`.

        Each API has "service", "title", "enabled", "requests", "errors_percent", "median_ms" and "p95_ms"; the last
        four are null where they are not known.
        """
        return {
            "project": self.project,
            "account": self.account or None,
            "days": self.days,
            "measured": self.measured,
            "not_measured_because": self.unknown.code if self.unknown else None,
            "apis": [self._data(row) for row in self.rows],
        }

    def _data(self, row: Row) -> dict[str, object]:
        usage = row.usage
        return {
            "service": row.service,
            "title": row.title,
            "enabled": row.on,
            "requests": (usage.requests if usage else 0) if self.measured else None,
            "errors_percent": None if usage is None or usage.errors is None else round(usage.errors * 100, 2),
            "median_ms": None if usage is None else _milliseconds(usage.median),
            "p95_ms": None if usage is None else _milliseconds(usage.p95),
        }

    def show(self, page: Page) -> None:
        """Print the table."""
        over = f", the last {self.days} days" if self.measured else ""
        page.text(f"Project {self.project}{over}")
        if not self.measured:
            page.table(("API", "Service", "State"), [(row.title, row.service, _state(on=row.on)) for row in self.rows])
            return
        columns = ("API", "State", "Requests", "Errors (%)", "Latency, median (ms)", "Latency, 95% (ms)")
        page.table(columns, [(row.title, _state(on=row.on), *self._cells(row)) for row in self.rows])

    def _cells(self, row: Row) -> tuple[object, ...]:
        told = self._data(row)
        return tuple("–" if value is None else value for value in list(told.values())[3:])


@app.command(
    "enable",
    epilog=examples("gsync apis enable", "gsync apis enable --project creatio-oauth-12345 --dry-run"),
)
def enable(
    ctx: typer.Context,
    *,
    project: Annotated[str, typer.Option(metavar="ID", help="Another one than the active project.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be enabled, and enable nothing.")] = False,
) -> Enabled:
    """Enable the Gmail, People and Google Calendar APIs in one request, and wait until they answer.

    The People API stands for the Contacts API, which Google turned off in January 2022.
    """
    from gsync_cli.provisioning.apis import NEEDED, SERVICES, Apis, enable_link
    from gsync_cli.provisioning.projects import Projects

    run = session(ctx)
    meant = named_project(run, project)
    try:
        admin = administrator(run)
        apis = Apis(admin, run.clock)
        if dry_run:
            states = apis.enabled(meant)
            switched = tuple(service for service in SERVICES if not states[service])
            if switched:
                warn_of_refusals(run, Projects(admin), f"projects/{meant}", "apis")
        else:
            switched = apis.enable(meant, SERVICES, run.terminal.step)
    except GsyncError as error:
        if error.code in ("apis-enable-denied", "administrator-not-signed-in"):
            run.terminal.hint(f"By hand, with one click, as somebody who may: {enable_link(meant, SERVICES)}")
        raise
    already = tuple(service for service in SERVICES if service not in switched)
    why = next(api.why for api in NEEDED if api.service.startswith("people."))
    return Enabled(meant, admin.email, switched, already, why, dry_run=dry_run)


@app.command("list", epilog=examples("gsync apis list", "gsync apis list --days 7 --output json"))
def list_apis(
    ctx: typer.Context,
    *,
    project: Annotated[str, typer.Option(metavar="ID", help="Another one than the active project.")] = "",
    days: Annotated[int, typer.Option(min=1, max=42, help="Traffic of how many days; Google keeps six weeks.")] = 30,
) -> Dashboard:
    """List the enabled APIs with requests, errors and latency, as the console's dashboard does."""
    from gsync_cli.provisioning.apis import NEEDED, Apis

    run = session(ctx)
    meant = named_project(run, project)
    admin = administrator(run)
    apis = Apis(admin, run.clock)
    listed = {each.service: Row(each.service, each.title, on=True) for each in apis.listed(meant)}
    needed = [listed.pop(api.service, Row(api.service, api.title, on=False)) for api in NEEDED]
    usage = apis.usage(meant, days * _HOURS)
    if usage.unknown is not None:
        run.terminal.hint(_without_traffic(usage.unknown, meant))
    if missing := [row.service for row in needed if not row.on]:
        run.terminal.hint(f"Creatio needs {', '.join(missing)} as well: gsync apis enable --project {meant}")
    by_service = {each.service: each for each in usage.apis}
    rows = [Row(row.service, row.title, row.on, by_service.get(row.service)) for row in (*needed, *listed.values())]
    return Dashboard(meant, admin.email, days, rows, usage.unknown)


def _without_traffic(why: GsyncError, project: str) -> str:
    """Say why requests, errors and latency are missing, and what brings them."""
    says = "Requests, errors and latency come from Cloud Monitoring, which"
    if why.code == "administrator-api-off":
        return (
            f"{says} is off here. To switch it on: gcloud services enable monitoring.googleapis.com --project={project}"
        )
    if why.code == "administrator-forbidden":
        return f"{says} this account may not read. It needs the role roles/monitoring.viewer in {project}."
    return f"{says} did not tell them: {render(why)[0]}"


def _state(*, on: bool) -> str:
    return "on" if on else "off"


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
