"""How many pairs a second the planner decides about, and whether that stays so as they grow in number."""

import time
from collections.abc import Mapping

from gsync_cli.sync.link import Half, Link
from gsync_cli.sync.plan import Policy, Sighting, make_plan
from gsync_cli.sync.recognise import Recognised
from gsync_cli.sync.record import Entry, Fields, Record, Side

SIZES = (1_000, 10_000, 100_000)
_CHANGED = 10
"""Every so many-th pair was changed in Google."""


def pairs_a_second(size: int) -> float:
    """Plan `size` linked pairs, all of them read, a tenth of them changed; CPU time counts."""
    links, sightings = _situation(size)
    nothing_new = Recognised((), {}, ())
    started = time.process_time()
    plan = make_plan(links, sightings, nothing_new, Policy())
    spent = time.process_time() - started
    if sum(bool(action.writes) for action in plan.actions) != size // _CHANGED:
        raise AssertionError("the plan is not what was prepared")
    return size / spent


def _situation(size: int) -> tuple[list[Link], Mapping[Side, Sighting]]:
    links: list[Link] = []
    seen: dict[Side, dict[str, Record]] = {"creatio": {}, "google": {}}
    for number in range(size):
        fields = _fields(number)
        now = {**fields, "job_title": "Chief"} if number % _CHANGED == 0 else fields
        ours, theirs = f"contact-{number}", f"people/c{number}"
        seen["creatio"][ours] = Record(ours, fields, "1", None, member=True, label="Somebody")
        seen["google"][theirs] = Record(theirs, now, "2", None, member=True, label="Somebody")
        links.append(Link(Half(ours, "1", fields), Half(theirs, "1", fields), "Somebody", number))
    return links, {side: Sighting(frozenset(records), records) for side, records in seen.items()}


def _fields(number: int) -> Fields:
    mail = f"person{number}@example.com"
    return {
        "given": "Ada",
        "family": f"Example {number}",
        "job_title": "",
        "company": "Acme",
        "notes": "",
        "mails": frozenset((Entry("", mail, mail),)),
        "phones": frozenset((Entry("mobile", f"+49{number}", f"+49 {number}"),)),
    }
