"""The outside world of a measurement, in a process of its own: the sandbox with any number of people in it.

Started by `benchmarks.world`. It takes one JSON object a line on stdin and answers each with one on stdout; it ends
with its stdin. Its CPU is not gsync's, and its memory neither.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.people_data import grow
from gsync_cli.sandbox.profile import write_profile
from gsync_cli.sandbox.server import Server
from gsync_cli.sandbox.world import Sandbox

GROUP = "Creatio"


class Outside:
    """The sandbox, and the hands of its people."""

    def __init__(self, *, in_creatio: int = 0, in_google: int = 0, meetings: int = 0) -> None:
        self.sandbox = Sandbox(VirtualClock(datetime.now(UTC), flowing=True))
        furnish.register(self.sandbox)
        self.account = self.sandbox.google.account(furnish.EMAIL)
        self.desk = self.sandbox.creatio.desk()
        self.desk.create_tag(furnish.TAG)
        people = list(grow(random.Random("benchmark"), in_creatio + in_google))  # noqa: S311  repeatable, not secret
        furnish.put_in_creatio(self.sandbox.creatio, people[:in_creatio], furnish.TAG)
        if in_google:
            group = self.account.add_group(GROUP)
            for name in furnish.put_in_google(self.account, people[in_creatio:]):
                self.account.join(name, group)
        put_meetings(self.account, meetings)
        self._changes = 0

    def do(self, what: str, **arguments: Any) -> object:
        """Carry out one command: `change`, `edit_events`, `requests` or `latency`."""
        acts: dict[str, Callable[..., object]] = {
            "change": self.change,
            "edit_events": self.edit_events,
            "requests": self.requests,
            "latency": self.latency,
        }
        return acts[what](**arguments)

    def change(self, *, in_google: int = 0, in_creatio: int = 0) -> None:
        """Let people edit so many contacts on each side, no contact on both."""
        self._changes += 1
        text = f"Change {self._changes}"
        contacts = sorted(contact["resourceName"] for contact in self.account.contacts())
        for name in contacts[:in_google]:
            self.account.edit(name, biographies=[{"value": text, "contentType": "TEXT_PLAIN"}])
        linked = {self._creatio_id(name) for name in contacts[:in_google]}
        others = sorted({row["id"] for row in self.desk.contacts()} - linked)
        tagged = self.desk.tagged(self.desk.tag_named(furnish.TAG))
        for contact in [identity for identity in others if identity in tagged][:in_creatio]:
            self.desk.edit_contact(contact, job_title=text)

    def edit_events(self, *, count: int) -> None:
        """Let the owner of the calendar edit so many single events."""
        self._changes += 1
        singles = [event["id"] for event in self.account.events() if not event.get("recurrence")]
        for event in sorted(singles)[:count]:
            self.account.edit_event(event, location=f"Room {self._changes}")

    def requests(self) -> dict[str, int]:
        """Return how many requests came in since this was last asked, by side."""
        counts = self.sandbox.counts()
        self.sandbox.log.clear()
        creatio = counts.pop("creatio", 0)
        return {"creatio": creatio, "google": sum(counts.values())}

    def latency(self, *, seconds: float) -> None:
        """Let each answer wait."""
        self.sandbox.latency = seconds

    def _creatio_id(self, name: str) -> str:
        marks = self.account.contact(name).get("clientData", ())
        return next((str(mark["value"]) for mark in marks), "")


def put_meetings(account: Account, count: int) -> None:
    """Fill a calendar with about so many meetings in the window of 30 days back and 180 ahead.

    Of ten, one is single, five belong to weekly series (30 each), and four to series of every day (211 each).
    """
    today = account.clock.now().date()
    for number in range(count // 10):
        day = today + timedelta(days=number % 180)
        account.add_event(f"Meeting {number}", f"{day}T{8 + number % 9:02}:{number % 4 * 15:02}")
    for number in range(count * 5 // 10 // 30):
        day = today - timedelta(days=60 + number % 7)
        account.make_series(f"Weekly {number}", f"{day}T{8 + number % 9:02}:00", "RRULE:FREQ=WEEKLY")
    for number in range(count * 4 // 10 // 211):
        day = today - timedelta(days=60)
        account.make_series(f"Daily {number}", f"{day}T{8 + number % 9:02}:30", "RRULE:FREQ=DAILY")


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the profile of gsync is written")
    parser.add_argument("--in-creatio", type=int, default=0)
    parser.add_argument("--in-google", type=int, default=0)
    parser.add_argument("--meetings", type=int, default=0)
    given = parser.parse_args()
    outside = Outside(in_creatio=given.in_creatio, in_google=given.in_google, meetings=given.meetings)
    with Server(outside.sandbox) as server:
        write_profile(given.folder, server.url, outside.sandbox)
        print(json.dumps({"url": server.url}), flush=True)
        for line in sys.stdin:
            print(json.dumps(outside.do(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
