"""How the steps and the tasks of `setup-project` look on a page."""

from gsync_cli.cli.results import Page
from gsync_cli.cli.words import render
from gsync_cli.provisioning.walk.model import TITLES, StepReport, Task


def put_report(page: Page, report: StepReport) -> None:
    """Put a step with its tick."""
    says = render(report.error)[0] if report.error else report.text
    line = f"{TITLES[report.name]}: {says}"
    match report.state:
        case "proven":
            page.good(line)
        case "told":
            page.good(f"{line} (as you said; gsync could not see it)")
        case "unseen" | "planned" | "waiting":
            page.text(f"· {line}")
        case "open" if report.error:
            page.bad(line)
        case _:
            page.warn(line)


def put_task(page: Page, task: Task, number: int = 0, *, now: bool = False) -> None:
    """Put a task with everything that has to be copied; where it is done `now`, nobody needs to know how to go on."""
    page.heading(f"{number}. {task.title}" if number else task.title)
    if task.why:
        page.text(task.why)
    for link in task.links:
        page.text(f"  {link}")
    for action in task.actions:
        page.text(f"- {action}")
    if task.fields:
        page.facts([(f"  {field.label}", field.value) for field in task.fields])
    for _name, values in task.lists:
        for value in values:
            page.text(f"  {value}")
    if task.then and not now:
        page.text(f"→ {task.then}")
