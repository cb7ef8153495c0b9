"""`gsync demo`: the guide's story on a sandbox, told as it happens, with both sides compared at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import typer

from gsync_cli.cli.context import Session, session
from gsync_cli.cli.demo_comparison import Pair
from gsync_cli.cli.demo_stage import Scene
from gsync_cli.cli.lazy import examples
from gsync_cli.cli.results import Page, Problem
from gsync_cli.errors import GsyncError

app = typer.Typer()

OPENING: Final = (
    "This is gsync at work on a sandbox: Google and Creatio in one process on this machine, with people in them who do "
    "not exist. The commands are those you would type; what is done by hand in Google and Creatio is said. Nothing "
    "outside is touched, and nothing is left behind."
)


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """A story that was played to its end, and how both sides stand then."""

    scenes: Sequence[Scene]
    pairs: Sequence[Pair]
    problems: Sequence[Problem] = field(init=False, default=())
    exit_code: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        wrong = [check.says for scene in self.scenes for check in scene.checks if not check.holds]
        wrong += [f"{pair.name} is the same on both sides" for pair in self.pairs if not pair.in_step]
        if not any(pair.together for pair in self.pairs):
            wrong.append("somebody is on both sides")
        if wrong:
            failure = GsyncError("demo-differs", checks=[check.rstrip(".") for check in wrong])
            object.__setattr__(self, "problems", (Problem.of(failure),))
            object.__setattr__(self, "exit_code", failure.exit_code)

    def data(self) -> Mapping[str, object]:
        """Return `{"steps": […], "comparison": […], "synchronised": N}`.

        A step holds title, explanation, by_hand, commands (line, exit_code, result) and checks (says, holds); a row of
        the comparison holds contact, creatio, google, synchronised, in_step and differs.
        """
        return {
            "steps": [scene.data() for scene in self.scenes],
            "comparison": [pair.data() for pair in self.pairs],
            "synchronised": sum(pair.together for pair in self.pairs),
        }

    def show(self, page: Page) -> None:
        """Show both sides record by record, and the verdict."""
        page.heading("Both sides at the end, record by record")
        rows = [(pair.name, pair.creatio, pair.google, _verdict(pair)) for pair in self.pairs]
        page.table(("Contact", "In Creatio", "In Google", "The same?"), rows)
        if not self.problems:
            together = sum(pair.together for pair in self.pairs)
            page.text()
            page.good(f"Both sides hold the same {together} contacts. gsync deleted, doubled or lost nobody.")
            page.text("Try it yourself: gsync sandbox start")


@app.command("demo", epilog=examples("gsync demo", "gsync demo --quiet", "gsync demo --output json"))
def demo(ctx: typer.Context) -> Demonstrated:
    """Walk through a synchronisation of contacts and activities on a sandbox, and clean up.

    It needs no account and no network, takes some seconds, and ends with exit code 1 should the two sides not end as
    the guide says.
    """
    return demonstrate(session(ctx))


def demonstrate(run: Session) -> Demonstrated:
    """Play the story. Raises GsyncError("demo-command-failed") where a command of it fails."""
    from gsync_cli.cli.demo_narrator import Narrator
    from gsync_cli.cli.demo_scenes import play
    from gsync_cli.cli.demo_stage import stage
    from gsync_cli.cli.stopping import stopped_gently

    narrator = Narrator(run.terminal)
    narrator.opening(OPENING)
    with stopped_gently(), stage(narrator, run.environment, run.clock.now()) as here:
        pairs = play(here)
    narrator.pause()
    return Demonstrated(here.scenes, pairs)


def _verdict(pair: Pair) -> str:
    if not pair.in_step:
        return f"NO: {', '.join(pair.differs)}" if pair.differs else "NO"
    return "yes" if pair.together else "let go"
