"""One seed from beginning to end: people, rounds of edits and troubled runs, then quiet ones, and the verdict."""

import hashlib
import sqlite3
import tomllib
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from gsync_cli.both_sides import Wishes
from gsync_cli.errors import StoppedForSafety
from gsync_cli.sync.report import Report
from gsync_cli.sync.state import State
from tests.simulation.driver import LATER, SOON, Result, played, some_trouble
from tests.simulation.humans import Humans
from tests.simulation.oracle import BrokenPromise, Oracle
from tests.simulation.plain import TEXTS, Key, Side
from tests.simulation.rig import GROUP, Ended, Killed, Trouble, World, build

A_WEEK: Final = 8 * 86400.0


def play(seed: int, *, most_rounds: int = 7) -> Result:
    """Play a seed, in no more rounds than `most_rounds`. What goes wrong is in the result."""
    result = Result(seed)
    return played(
        result,
        lambda folder: Play(build(seed, folder / "profile", result.trace), result).through(most_rounds),
    )


class Play:
    """One seed under way."""

    def __init__(self, world: World, result: Result) -> None:
        self.world = world
        self.result = result
        self.random = Random(f"play {world.seed}")
        self.humans = Humans(world, Random(f"humans {world.seed}"))
        self.oracle = Oracle(world)
        self.cursors: list[list[tuple[str, str, str]]] = []
        self.journal: list[tuple[Any, ...]] = []
        self.secrets: set[str] = set()
        """All passwords, tokens and cookies there ever were."""
        world.meddle = self._meddle

    def through(self, most_rounds: int) -> None:
        """Play all of it. Raises BrokenPromise."""
        self._populate()
        for number in range(min(self.random.randint(4, 7), most_rounds)):
            self.world.say(f"ROUND {number + 1}")
            if number:
                for _ in range(self.random.randint(0, 6)):
                    self._act()
                    self.world.clock.sleep(self.random.choice((1, 40, SOON)))
            self._rehearse()
            self._troubled_run()
            self.cursors.append(self.world.query("SELECT kind, side, cursor FROM cursors"))
            self.world.clock.sleep(self.random.choice((2, 2, 60, SOON, LATER, A_WEEK)))
        self._come_to_rest()

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────

    def _populate(self) -> None:
        chance = self.random.random
        group = chance() < 0.5
        if group:
            self.world.account.add_group(GROUP)
        for _ in range(self.random.randint(6, 12)):
            person = self.humans.new_person()
            lot = chance()
            if lot < 0.65:
                self.humans.put_in_creatio(person, tagged=lot < 0.45)
            if lot < 0.2:
                person = self.humans.another_view(person)
            if lot < 0.2 or lot >= 0.65:
                self.humans.put_in_google(person, grouped=group and chance() < 0.6)
            self.world.clock.sleep(1)
        self.world.clock.sleep(SOON)
        self.oracle.saw(self.world.snapshot())
        self.oracle.touched.clear()

    def _act(self) -> None:
        """Let somebody do something, and let the oracle know."""
        acts: dict[Callable[[], str], int] = {
            self._edit_creatio: 6, self._edit_google: 6, self._edit_both: 4, self._move_in: 4, self._move_out: 2,
            self._delete: 1, self._arrive: 2, self._merge: 1, self._rename: 1, self._other_group: 1,
        }  # fmt: skip
        act = self.random.choices(list(acts), list(acts.values()))[0]
        said = act()
        if said:
            self.result.acts += 1
            self.world.say(f"HUMAN {said}")

    def _meddle(self) -> None:
        """Let somebody do something during a run, in a second of its own: some sites tell no smaller ones apart."""
        self.world.clock.sleep(1)
        self.oracle.now = self.world.snapshot()
        self._act()
        self.world.clock.sleep(1)

    def _look(self, renamed: dict[Key, Key] | None = None) -> None:
        self.oracle.saw(self.world.snapshot(), renamed)

    def _any(self, side: Side, *, linked: bool = False) -> Key | None:
        keys = sorted(
            key for key in self.oracle.now if key[0] == side and not (linked and not self.oracle.partner(key))
        )
        return self.random.choice(keys) if keys else None

    def _who(self, key: Key) -> int:
        return min(self.oracle.persons(self.oracle.now[key]))

    def _edit(self, key: Key | None, text: str = "") -> str:
        if key is None or key not in self.oracle.now:
            return ""
        said = self.humans.edit(key, self._who(key), text)
        self._look()
        return f"{key}: {said}"

    def _edit_creatio(self) -> str:
        return self._edit(self._any("creatio"))

    def _edit_google(self) -> str:
        return self._edit(self._any("google"))

    def _edit_both(self) -> str:
        one = self._any(self.random.choice(("creatio", "google")), linked=True)
        other = self.oracle.partner(one) if one else None
        text = self.random.choice((*TEXTS, ""))
        said = self._edit(one, text)
        self.world.clock.sleep(self.random.choice((0, 1, 90)))
        return f"{said} AND {self._edit(other, text)}"

    def _move_in(self) -> str:
        key = self._any(self.random.choice(("creatio", "google")))
        if key is None or (key[0] == "google" and GROUP not in self.world.account.groups()):
            return ""
        if key[0] == "creatio":
            self.world.desk.tag(key[1], self.humans.tag)
        else:
            self.world.account.join(key[1], GROUP)
        self._look()
        return f"{key} into scope"

    def _move_out(self) -> str:
        key = self._any(self.random.choice(("creatio", "google")), linked=True)
        if key is None or key not in self.oracle.now:
            return ""
        if key[0] == "creatio":
            self.world.desk.untag(key[1], self.humans.tag)
        else:
            self.world.account.leave(key[1], GROUP)
        self._look()
        return f"{key} out of scope"

    def _delete(self) -> str:
        # Who is deleted in Creatio between the reading of a contact and of its details is read in half: a known gap.
        sides: tuple[Side, ...] = ("google",) if self.oracle.running else ("creatio", "google")
        key = self._any(self.random.choice(sides))
        if key is None:
            return ""
        if key[0] == "creatio":
            self.world.desk.delete_contact(key[1])
        else:
            self.world.account.delete(key[1])
        self._look()
        return f"{key} deleted"

    def _arrive(self) -> str:
        person = self.humans.new_person()
        into = self.random.random() < 0.8
        if self.random.random() < 0.5:
            key = self.humans.put_in_creatio(person, tagged=into)
        else:
            key = self.humans.put_in_google(person, grouped=into and GROUP in self.world.account.groups())
        self._look()
        return f"{key} made: {person}"

    def _merge(self) -> str:
        one, other = self._any("google"), self._any("google")
        if one is None or other is None or one == other:
            return ""
        self.oracle.merged(self._who(one), self._who(other))
        self.world.account.merge(one[1], other[1])
        self._look()
        return f"{other} merged into {one}"

    def _rename(self) -> str:
        key = self._any("google")
        if key is None:
            return ""
        new: Key = ("google", self.world.account.rename_resource(key[1]))
        self._look({key: new})
        return f"{key} is now {new}"

    def _other_group(self) -> str:
        key = self._any("google")
        if key is None:
            return ""
        if "Chess club" not in self.world.account.groups():
            self.world.account.add_group("Chess club")
        self.world.account.join(key[1], "Chess club")
        self._look()
        return f"{key} into another group"

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, wishes: Wishes, trouble: Trouble | None = None) -> Ended:
        before = self.oracle.now
        self.oracle.touched.clear()
        self.oracle.running = True
        ended = self.world.run(wishes, trouble)
        self.oracle.running = False
        self.result.runs += 1
        self.result.kills += isinstance(ended.error, Killed)
        self.result.stopped += ended.error is not None
        if isinstance(ended.error, StoppedForSafety) and ended.writes:
            raise BrokenPromise(f"{ended.error} after {ended.writes} writes")
        self.secrets |= set(_secrets(tomllib.loads(self.world.profile.credentials_file.read_text())))
        rows = self.world.query("SELECT run, number, side, verb, id, label, why, changes, outcome FROM journal")
        # The name of a run is chance, and says nothing.
        self.journal += sorted(row[1:] for row in rows if row[0] == ended.report.run)
        self.oracle.judge_run(before, ended, dry=wishes.dry_run)
        if self.world.profile.state_file.exists():
            State.open(self.world.profile.state_file).close()
        return ended

    def _troubled_run(self) -> None:
        chance = self.random.random
        trouble = some_trouble(self.random, (0.0, 0.0, 0.0, 0.1))
        self._run(Wishes(full=chance() < 0.2, allow_mass_change=chance() < 0.5), trouble)

    def _rehearse(self) -> None:
        """Now and then: a dry run, and the real one, which must do the same."""
        if self.random.random() > 0.2:
            return
        if self.world.query("SELECT 1 FROM intents") if self.world.profile.state_file.exists() else False:
            return
        self.world.clock.sleep(SOON)
        habits = self.world.behaviour
        stale, spurious = habits.stale_listings, habits.spurious_etag_mismatches
        habits.stale_listings = habits.spurious_etag_mismatches = 0.0
        told = self._run(Wishes(dry_run=True, allow_mass_change=True))
        done = self._run(Wishes(allow_mass_change=True))
        habits.stale_listings, habits.spurious_etag_mismatches = stale, spurious
        if told.normally and done.normally and not done.report.failed:
            promised, kept = _told(told.report), _told(done.report)
            if promised != kept:
                raise BrokenPromise(f"the dry run told {promised}, the run did {kept}")

    def _come_to_rest(self) -> None:
        """Two quiet runs; a third one has nothing to do; nor has one from an older cursor."""
        world = self.world
        world.say("QUIET")
        world.behaviour.spurious_etag_mismatches = 0.0
        if self.random.random() < 0.5:
            world.behaviour.refused_values.clear()
        for _ in range(2):
            world.clock.sleep(SOON)
            last = self._quiet_run()
        self.result.excused = self.oracle.judge_end(last)
        links = world.query("SELECT * FROM links ORDER BY key")
        for what in ("after two quiet ones", "from an older cursor"):
            world.clock.sleep(SOON)
            if what == "from an older cursor":
                self._turn_back()
            idle = self._quiet_run()
            if idle.writes and not last.report.failed:
                raise BrokenPromise(f"a run {what} sent {idle.writes} writes")
            if world.query("SELECT * FROM links ORDER BY key") != links and what == "after two quiet ones":
                raise BrokenPromise(f"a run {what} changed the links")
        self._conclude()

    def _quiet_run(self) -> Ended:
        ended = self._run(Wishes())
        if isinstance(ended.error, StoppedForSafety):
            ended = self._run(Wishes(allow_mass_change=True))
        if ended.error is not None:
            raise BrokenPromise(f"a quiet run ended with {ended.error!r}")
        return ended

    def _turn_back(self) -> None:
        """Put the cursors back to what they were in the middle."""
        former = [cursors for cursors in self.cursors if len(cursors) > 1]
        if former:
            with sqlite3.connect(self.world.profile.state_file) as database:
                database.executemany("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)", self.random.choice(former))
            database.close()

    def _conclude(self) -> None:
        world = self.world
        rows = self.journal
        self.result.journal = hashlib.sha256(repr(rows).encode()).hexdigest()
        self.result.lost = sum('"lost"' in row[6] for row in rows)
        self.result.linked = len(world.links())
        self._search_secrets(repr(rows))

    def _search_secrets(self, journal: str) -> None:
        """See that nothing secret got into the state file, or into what a trace shows of the runs."""
        state = State.open(self.world.profile.state_file)
        try:
            kept = repr(list(state.links(link.key for link in state.link_keys("contact"))))
        finally:
            state.close()
        for path in self.world.profile.folder.glob("state.db*"):
            kept += path.read_bytes().decode("latin-1")
        for secret in self.secrets:
            if secret in kept or secret in journal:
                raise BrokenPromise("a secret is in the state file")


def _told(report: Report) -> list[tuple[str, ...]]:
    """Return what a report says of each record. What a create is made of is told beforehand only."""
    return sorted(
        (item.side, item.verb, item.label, item.why, repr(item.changes) if item.verb == "update" else "")
        for item in report.items
    )


def _secrets(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield whatever of a credentials file must stay there."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from value.values() if name == "cookies" else _secrets(value)
        elif name in ("password", "client_secret", "refresh_token", "access_token") and value:
            yield value
