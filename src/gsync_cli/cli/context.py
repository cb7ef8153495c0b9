"""What every command works with: the profile, its settings, the terminal, the clock, the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gsync_cli.cli.options import Options
from gsync_cli.cli.terminal import Terminal
from gsync_cli.clock import Clock, SystemClock
from gsync_cli.config import Settings
from gsync_cli.profiles import Profile, profile

if TYPE_CHECKING:
    import typer

    from gsync_cli.http import Http


@dataclass
class Session:
    """One call of gsync. What needs a file or the network is made when it is first asked for."""

    options: Options
    terminal: Terminal
    environment: Mapping[str, str]
    clock: Clock = field(default_factory=SystemClock)
    _http: "Http | None" = field(default=None, init=False)

    @cached_property
    def profile(self) -> Profile:
        """The profile that was asked for. Raises WrongUsage("profile-name")."""
        return profile(self.options.profile, self.environment)

    @cached_property
    def settings(self) -> Settings:
        """The settings without flags; `overridden` puts flags over them. Raises as Settings.load."""
        return Settings.load(self.profile, self.environment)

    def http(self) -> "Http":
        """Return the way to the network; the same one for the whole call."""
        if self._http is None:
            from gsync_cli.http import Http

            self._http = Http(self.clock)
        return self._http

    def jitter(self) -> float:
        """Return a random number from 0 to 1, for the waits between attempts."""
        import random

        return random.random()  # noqa: S311  nothing is kept secret by it

    def close(self) -> None:
        """Close what was opened."""
        if self._http is not None:
            self._http.close()


def session(ctx: "typer.Context") -> Session:
    """Return the session of the running command."""
    found = ctx.find_object(Session)
    if found is None:
        raise TypeError("a command runs under gsync_cli.cli.app.main, which gives it its session")
    return found
