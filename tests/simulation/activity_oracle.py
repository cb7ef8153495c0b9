"""What the simulation of activities knows of people's doings, and its judgement of what gsync made of them."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from gsync_cli.sync.report import Report
from tests.simulation.activity_people import IDLE, UNKNOWN, People
from tests.simulation.activity_plain import COLUMNS, UNMAPPED, Key, Seen, Side, read_creatio, read_google
from tests.simulation.oracle import BrokenPromise
from tests.support.activity_rig import ActivityRig, Party

BACK: Final = 10
AHEAD: Final = 40
"""The window of series, in days."""
_DAY: Final = timedelta(days=1)


class Oracle:
    """Reads both sides before and after each doing of a person and each run."""

    def __init__(self, rig: ActivityRig, parties: list[Party]) -> None:
        self.rig = rig
        self.parties = parties
        self.people: People | None = None
        self.now: dict[Key, Seen] = {}
        self.by_hand: Counter[str] = Counter()
        """How often a single meeting was made by hand."""
        self.occurrences: dict[str, set[str]] = defaultdict(set)
        """Every occurrence that a series ever had, by its root."""
        self.written: dict[tuple[str, str], bool] = {}
        """Whatever people wrote -> whether they took it back."""
        self.silenced: dict[str, str] = {}
        """Activities whose event somebody deleted."""
        self.let_go: set[str] = set()
        """Roots of meetings of which somebody deleted an activity, or took it out of the calendar."""
        self.recalled: Counter[str] = Counter()
        """Roots of activities that somebody put back into the calendar: such may be given a new event."""
        self.invitations: set[str] = set()
        """Roots of meetings to which the colleague who never synchronises invited people in Google, too."""
        self.touched: set[str] = set()
        """Ids that people changed during the run."""
        self.born: set[str] = set()
        """Ids of events that people made."""
        self.stood: dict[str, set[tuple[Key, tuple[str, str]]]] = {}
        """What each calendar held after its user's last whole run."""
        self.unseen: dict[str, set[tuple[str, str]]] = defaultdict(set)
        """What people wrote to an activity since a run looked at activities the last time, by its id."""
        self.taken_off: dict[str, set[str]] = defaultdict(set)
        """Whom somebody took off an activity that nobody saved since, by its id: of one long past, nothing tells."""

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────

    def made(self, root: str, times: int = 1) -> None:
        """A meeting was made by hand."""
        self.by_hand[root] += times

    def deleted(self, ids: list[str]) -> None:
        """Events are about to be deleted."""
        links = {theirs: ours for party in self.parties for ours, theirs in links_of(party)}
        for identity in ids:
            ours = links.get(identity)
            found = self.now.get(("creatio", "", ours)) if ours else None
            if ours and found and found.shown:
                self.silenced[ours] = identity

    def taken_out(self, activity: str) -> None:
        """An activity is about to be deleted or taken out of the calendar."""
        self.silenced.pop(activity, None)
        self.let_go.add(self.now["creatio", "", activity].root)

    def invited_by_hand(self, root: str) -> None:
        """The colleague who never synchronises is about to invite people to a meeting of his."""
        self.invitations.add(root)

    def put_back(self, activity: str) -> None:
        """An activity is about to be displayed in the calendar again."""
        self.silenced.pop(activity, None)
        self.recalled[self.now["creatio", "", activity].root] += 1

    def look(self) -> dict[Key, Seen]:
        """Read all there is."""
        assert self.people
        location = self.rig.options.exchange
        reachable = frozenset(self.people.mails.values())
        found = read_creatio(self.parties[0], reachable, location=location)
        for party in self.parties:
            found |= read_google(party, self.people.mails, location=location)
        for key, seen in found.items():
            if key[0] == "google" and seen.series:
                self.occurrences[seen.root].add(key[2])
        return found

    def saw(self) -> None:
        """Take in what a person has just done."""
        was, self.now = self.now, self.look()
        changed = [key for key in was.keys() | self.now.keys() if was.get(key) != self.now.get(key)]
        for key in changed:
            if (former := was.get(key)) is not None:
                self.written.update(dict.fromkeys(former.tokens(), True))
        # What comes into another calendar by an invitation was written where it came from.
        there = {(key[0], token) for key, seen in was.items() for token in seen.tokens()}
        for key in changed:
            if (present := self.now.get(key)) is not None:
                fresh = [token for token in present.tokens() if (key[0], token) not in there]
                self.written.update({token: self._is_put_back(key, token) for token in fresh})
                if key[0] == "creatio":
                    self.unseen[key[2]].update(fresh)
        self.born |= {key[2] for key in changed if key[0] == "google" and key not in was}
        for key in changed:
            if key[0] == "creatio":
                self._note_who_left(key[2], was.get(key), self.now.get(key))
        self.touched |= {key[2] for key in changed}
        self.touched |= {seen.series for key in changed for seen in (was.get(key), self.now.get(key)) if seen}

    def _is_put_back(self, key: Key, token: tuple[str, str]) -> bool:
        """Tell whether somebody put back what stood there at the last run, and somebody else has changed it in Creatio.

        Another rule and the old one again are no change of an occurrence to whoever looks afterwards; the one in
        Creatio is, and counts.
        """
        across = any(token in seen.tokens() for other, seen in self.now.items() if other[0] == "creatio")
        return (key, token) in self.stood.get(key[1], ()) and not across

    def ended(self, party: Party) -> None:
        """A run of a user has come to its end."""
        mail = party.account.email
        self.stood[mail] = {(key, token) for key, seen in self.now.items() if key[1] == mail for token in seen.tokens()}

    def _note_who_left(self, activity: str, was: Seen | None, now: Seen | None) -> None:
        there = now.people if now else frozenset()
        gone = {name for name, _ in was.people} - {name for name, _ in there} if was else set()
        saved = was is None or now is None or was.raw["modified"] != now.raw["modified"]
        if saved or there - (was.people if was else there):
            # Whoever is added, or answers, brings the whole list along.
            self.taken_off.pop(activity, None)
        elif gone:
            self.taken_off[activity] |= gone

    def overwritten(self, activity: str, fields: set[str]) -> None:
        """A run is about to write fields of an activity.

        What came there since it looked can't be told to it: Creatio takes any PATCH, whatever was seen before it
        (facts/creatio.md 2.5).
        """
        self.written.update({token: True for token in self.unseen.get(activity, ()) if token[0] in fields})

    # ── after each run ───────────────────────────────────────────────────────────────────────────────────────

    def judge_run(self, party: Party, before: Mapping[Key, Seen]) -> None:
        """See that a run touched nothing of others, deleted nothing, and mailed nobody."""
        self.now = self.look()
        _require(not self.rig.mails(), f"Google may have mailed somebody: {self.rig.mails()}")
        mail, name = party.account.email, party.account.name
        for key, was in before.items():
            if key[2] in self.touched or (was.series and was.series in self.touched):
                continue
            now = self.now.get(key)
            if now is None and key[0] == "google" and key[1] != mail and was.organizer == mail:
                # Somebody who is not invited any more.
                continue
            _require(now is not None, f"{key} {was.title!r} is gone after a run")
            assert now
            if key[0] == "google":
                self._untouched_event(key, was, now, mail)
            else:
                for column in COLUMNS:
                    same = was.raw["columns"].get(column) == now.raw["columns"].get(column)
                    _require(same, f"{key} {column} was changed by a run")
                if was.organizer not in ("", name) and not self._may_take(was, now, name):
                    _require(was.raw == now.raw, f"{key} of {was.organizer} was changed by {name}")
                missing = _unreachable(was) - _unreachable(now)
                _require(not missing, f"{key}: {missing} has no mail, and takes part no more")
        for key, now in self.now.items():
            if key[0] == "google":
                said = now.raw.get("description", "")
                _require("for our eyes" not in said, f"{key} shows all guests a note: {said}")
                _require(
                    now.shown or now.root in self.let_go, f"{key} was let go of, though nobody took its activity out"
                )

    @staticmethod
    def _may_take(was: Seen, now: Seen, name: str) -> bool:
        """Tell whether a user has become the organizer of a meeting whose organizer never synchronises (row A3)."""
        return was.organizer == IDLE and now.organizer == name and takes_part(was, name)

    def _untouched_event(self, key: Key, was: Seen, now: Seen, mail: str) -> None:
        if was.organizer != mail:
            held = {name: value for name, value in was.raw.items() if name not in ("etag", "updated")}
            shown = {name: value for name, value in now.raw.items() if name not in ("etag", "updated")}
            if key[1] == mail or was.organizer not in (party.account.email for party in self.parties):
                _require(held == shown, f"{key} is {was.organizer}'s, and was changed: {held} -> {shown}")
            return
        for name in UNMAPPED:
            _require(was.raw.get(name) == now.raw.get(name), f"{key} {name} was changed by a run")
        for edge in ("start", "end"):
            same = ("date" in was.raw[edge]) == ("date" in now.raw[edge]) or was.start != now.start
            _require(same, f"{key} is no whole day any more, or has become one")
        ghosts = {guest["email"]: guest for guest in was.raw.get("attendees", ()) if guest["email"] in UNKNOWN}
        there = {guest["email"]: guest for guest in now.raw.get("attendees", ())}
        for ghost, guest in ghosts.items():
            _require(there.get(ghost) == guest, f"{key} {ghost} was {guest}, is {there.get(ghost)}")

    # ── in the end ───────────────────────────────────────────────────────────────────────────────────────────

    def judge_end(self, last: Mapping[str, Report]) -> int:
        """Judge everything, once nothing fails any more. Returns how many are left to people."""
        excused = sum(self._judge_user(party, last[party.account.email]) for party in self.parties)
        self._judge_doubles()
        self._judge_losses()
        self._judge_idle()
        for activity, event in self.silenced.items():
            found = self.now.get(("creatio", "", activity))
            _require(
                found is None or not found.shown or not self._is_gone(event) or self._has_copy(activity),
                f"{event} was deleted, and {activity} {found and found.title!r} is still in the calendar",
            )
        return excused

    def _judge_idle(self) -> None:
        """See that whoever takes part took over what its organizer does not synchronise, but for what he invited to."""
        now = self.rig.clock.now()
        for key, seen in self.now.items():
            if key[0] == "creatio" and seen.organizer == IDLE and seen.shown and seen.end > now - _DAY * (BACK - 1):
                people = [party.account.name for party in self.parties if takes_part(seen, party.account.name)]
                if people and seen.root not in self.invitations:
                    raise BrokenPromise(f"{key} {seen.title!r} was left to {IDLE}, with {people}")

    def _is_gone(self, event: str) -> bool:
        return not any(key[2] == event for key in self.now)

    def _has_copy(self, activity: str) -> bool:
        """Tell whether an activity goes with an event that a person made of the one that was deleted."""
        links = {theirs for party in self.parties for ours, theirs in links_of(party) if ours == activity}
        return any(not self._is_gone(event) for event in links & self.born)

    def _judge_user(self, party: Party, report: Report) -> int:
        listed = {(item.side, item.id) for item in report.items if item.verb in ("skip", "fail")}
        links = links_of(party)
        mail = party.account.email
        for ours, theirs in links:
            here, there = self.now.get(("creatio", "", ours)), self.now.get(("google", mail, theirs))
            _require(here is not None and there is not None, f"{ours}, {theirs} are linked: {here=} {there=}")
            assert here
            assert there
            _require(here.shown and there.shown, f"{ours}, {theirs} are linked: {here.shown=}, {there.shown=}")
            if {("creatio", ours), ("google", theirs)} & listed:
                continue
            for field in ("title", "location", "start", "end", "people"):
                one, other = getattr(here, field), getattr(there, field)
                if field == "people" and here.end < self.rig.clock.now() - _DAY * BACK:
                    other = frozenset(who for who in other if who in one or who[0] not in self.taken_off[ours])
                same = one == other or (field in ("start", "end") and self._on_one_clock(one, other, party))
                _require(same, f"{ours}, {theirs} {field}: {one!r} in Creatio, {other!r} in Google")
            both_asked = None not in (here.answer, there.answer)
            _require(
                not both_asked or here.answer == there.answer,
                f"{ours}, {theirs} answer: {here.answer} in Creatio, {there.answer} in Google",
            )
        linked = {("creatio", ours) for ours, _ in links} | {("google", theirs) for _, theirs in links}
        for key, seen in self.now.items():
            known = (key[0], key[2]) in linked
            if not known and self._in_scope(key, seen, party):
                _require(
                    (key[0], key[2]) in listed,
                    f"{mail}: {key} {seen.title!r} {seen.start} is neither linked nor listed",
                )
        return len(listed)

    def _on_one_clock(self, one: datetime, other: datetime, party: Party) -> bool:
        """Tell whether a site that takes wall clocks can't be told which of two moments is meant, once in autumn."""
        if self.rig.options.date_writes != "user-zone":
            return False
        zone = ZoneInfo(party.account.calendar.zone)
        return one.astimezone(zone).replace(tzinfo=None) == other.astimezone(zone).replace(tzinfo=None)

    def _in_scope(self, key: Key, seen: Seen, party: Party) -> bool:
        """Tell whether a meeting surely takes part for a user."""
        now = self.rig.clock.now()
        if not seen.shown or seen.end < now - _DAY * (BACK - 1):
            return False
        if key[0] == "creatio":
            return seen.organizer == party.account.name and takes_part(seen, party.account.name)
        if key[1] != party.account.email or seen.organizer != party.account.email:
            return False
        return not seen.series or seen.start < now + _DAY * (AHEAD - 1)

    def _judge_doubles(self) -> None:
        found: dict[tuple[Side, str, str], set[str]] = defaultdict(set)
        for key, seen in self.now.items():
            found[key[0], key[1], seen.root].add(key[2])
        for (side, mail, root), ids in found.items():
            _require(root != "", f"{ids} on {side} {mail} were written by nobody")
            if root.startswith("M"):
                most = self.by_hand[root]
            elif side == "creatio":
                most = len(self.occurrences[root])
            else:
                most = self.recalled[root] + sum(bool(self.now[side, mail, name].series) for name in ids)
            _require(len(ids) <= most, f"{root} is {len(ids)} times in {side} {mail}, not {most}: {sorted(ids)}")
        for party in self.parties:
            owners = Counter(side_id for pair in links_of(party) for side_id in pair)
            _require(max(owners.values(), default=0) <= 1, f"linked twice: {owners.most_common(1)}")

    def _judge_losses(self) -> None:
        there = {token for seen in self.now.values() for token in seen.tokens()}
        told = " ".join(told for party in self.parties for told in lost_of(party))
        for (field, value), taken_back in self.written.items():
            if taken_back or (field, value) in there:
                continue
            sought = value.partition(" ")[2] if field in ("when", "participants") else value
            if field == "when" and sought not in told:
                # Whole days are told as days.
                continue_ = _as_days(sought, self.parties[0]) in told
                _require(continue_, f"the time {value} is lost")
            elif field == "participants":
                continue
            else:
                _require(sought in told, f"{field} {value!r} is lost, and the journal does not say why")


def takes_part(seen: Seen, name: str) -> bool:
    """Tell whether somebody is the owner of an activity or among the participants."""
    return name == seen.raw["owner"] or any(each["name"] == name for each in seen.raw["participants"])


def links_of(party: Party) -> set[tuple[str, str]]:
    """Return the pairs that a user's state file holds: Creatio id, Google id."""
    return {(str(ours), str(theirs)) for ours, theirs in query(party, "SELECT creatio_id, google_id FROM links")}


def lost_of(party: Party) -> list[str]:
    """Return what the journal says was lost to another."""
    rows = query(party, "SELECT changes FROM journal")
    return [str(each[3]) for (changes,) in rows for each in json.loads(changes).get("lost", ())]


def query(party: Party, question: str) -> list[tuple[Any, ...]]:
    """Ask a user's state file, past the program."""
    path = party.folder / "state.sqlite3"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as database:
        rows: list[tuple[Any, ...]] = database.execute(question).fetchall()
        return rows


def _as_days(when: str, party: Party) -> str:
    zone = ZoneInfo(party.account.calendar.zone)
    return "/".join(f"{datetime.fromisoformat(edge).astimezone(zone):%Y-%m-%d}" for edge in when.split("/"))


def _unreachable(seen: Seen) -> set[str]:
    return {each["name"] for each in seen.raw["participants"] if each["name"] == "Nora Nomail"}


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise BrokenPromise(otherwise)
