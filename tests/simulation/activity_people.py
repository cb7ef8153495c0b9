"""What people do by hand, in Google Calendar and at the page of an activity."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from tests.simulation.activity_plain import Key, Seen
from tests.support.activity_rig import ActivityRig, Party

IDLE: Final = "Idle Ida"
"""A colleague who never synchronises."""
UNKNOWN: Final = ("ghost@elsewhere.example", "spook@elsewhere.example")
"""Guests whom no contact's mail answers to."""
RULES: Final = (
    "RRULE:FREQ=WEEKLY;COUNT=6",
    "RRULE:FREQ=DAILY;COUNT=5",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8",
    "RRULE:FREQ=MONTHLY;COUNT=3",
    "RRULE:FREQ=DAILY;INTERVAL=9;COUNT=9",
)
ZONES: Final = ("", "", "", "America/New_York", "Asia/Kolkata")
RESPONSES: Final = ("confirmed", "declined", "in doubt")
_DAY: Final = timedelta(days=1)


class Witness(Protocol):
    """Who is told what people did."""

    now: dict[Key, Seen]

    def made(self, root: str, times: int = 1) -> None: ...
    def deleted(self, ids: list[str]) -> None: ...
    def taken_out(self, activity: str) -> None: ...
    def invited_by_hand(self, root: str) -> None: ...
    def put_back(self, activity: str) -> None: ...


class People:
    """The hands of all users."""

    def __init__(self, rig: ActivityRig, parties: list[Party], random: Random, witness: Witness, idle: Party) -> None:
        self.rig = rig
        self.parties = parties
        self.random = random
        self.witness = witness
        self.idle = idle
        self.count = 0
        self.during_a_run = False
        self.mails: dict[str, str] = {party.account.email: party.account.name for party in parties}
        """Names by mail, of all whom Creatio knows by one."""
        self.invited: set[str] = set()
        """Roots of meetings that are matched with an invitation by title and time alone: nobody edits them."""
        self.signs: set[str] = set()
        """Roots of meetings whose activities nobody deletes: they show who synchronises."""
        self.unreachable = "Nora Nomail"
        for name in ("Ada", "Carl", "Dora"):
            mail = f"{name.lower()}@people.example"
            rig.person(name, mail)
            self.mails[mail] = name
        rig.person(self.unreachable)
        self.mails[idle.account.email] = IDLE

    # ── words and times ──────────────────────────────────────────────────────────────────────────────────────

    def title(self, root: str) -> str:
        """Return a new title of a meeting."""
        self.count += 1
        return f"{root} v{self.count}"

    def _root(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def _place(self) -> str:
        self.count += 1
        return self.random.choice(("", f"Room {self.count}"))

    def _times(self, zone: str, *, near: int = 35) -> tuple[datetime, datetime]:
        day = self.rig.clock.now().astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
        start = (day + _DAY * self.random.randint(-5, near)).replace(
            hour=self.random.randint(7, 18), minute=self.random.choice((0, 15, 30))
        )
        # Clocks are changed by the hour; what is meant is so many minutes on them.
        return start, start + timedelta(minutes=self.random.choice((15, 45, 60, 90)))

    def _texts(self, party: Party) -> tuple[str, str, str]:
        """Return start and end as people tell Google, and the zone."""
        zone = self.random.choice(ZONES)
        start, end = self._times(zone or party.account.calendar.zone)
        if self.random.random() < 0.2:
            return f"{start:%Y-%m-%d}", f"{start + _DAY * self.random.randint(1, 3):%Y-%m-%d}", ""
        return f"{start:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}", zone

    def _guests(self, party: Party) -> list[str]:
        if self.random.random() < 0.4:
            return []
        others = [mail for mail in (*self.mails, *UNKNOWN) if mail != party.account.email]
        return self.random.sample(others, self.random.randint(1, 3))

    # ── Google ───────────────────────────────────────────────────────────────────────────────────────────────

    def add_event(self, party: Party) -> str:
        """Put a meeting into the calendar."""
        root = self._root("M")
        start, end, zone = self._texts(party)
        self.witness.made(root)
        more = {"colorId": "7", "description": "<b>bring</b> cake", "location": self._place()}
        guests = self._guests(party)
        return party.account.add_event(self.title(root), start, end, zone=zone, guests=guests, **more) + f" {root}"

    def make_series(self, party: Party) -> str:
        """Put a series into the calendar."""
        root = self._root("S")
        start, end, zone = self._texts(party)
        rule = self.random.choice(RULES)
        more = {"zone": zone, "guests": self._guests(party), "location": self._place()}
        return f"{root} {rule} " + party.account.make_series(self.title(root), start, rule, end, **more)

    def edit_event(self, party: Party) -> str:
        """Change a meeting, one of a series, or all of it."""
        picked = self._own_event(party)
        if picked is None:
            return ""
        name, seen = picked
        whole = bool(seen.series) and self.random.random() < 0.3
        target = seen.series if whole else name
        lot = self.random.random()
        if lot < 0.4:
            party.account.edit_event(target, title=self.title(seen.root))
        elif lot < 0.55:
            party.account.edit_event(target, location=self._place())
        elif lot < 0.75:
            party.account.edit_event(target, guests=self._guests(party))
        elif whole:
            party.account.move_event(target, _later(party.account.event(target)["start"], self.random))
        else:
            start, end, zone = self._texts(party)
            if seen.series and ("date" in seen.raw["start"]) != ("T" not in start):
                return ""
            party.account.move_event(target, start, end, zone=zone)
        return f"{target} {lot:.2f}"

    def delete_event(self, party: Party) -> str:
        """Delete a meeting, one of a series, or all of it."""
        picked = self._own_event(party)
        if picked is None:
            return ""
        name, seen = picked
        whole = bool(seen.series) and self.random.random() < 0.2
        mail = party.account.email
        if whole:
            self.witness.deleted(
                [key[2] for key, each in self.witness.now.items() if key[1] == mail and each.series == seen.series]
            )
        else:
            self.witness.deleted([name])
        party.account.delete_event(seen.series if whole else name)
        return f"{name} {whole=}"

    def split(self, party: Party) -> str:
        """Change "this and following", end a series, or give it another rule."""
        picked = self._own_event(party, series=True)
        if picked is None:
            return ""
        _, seen = picked
        members = [each for each in self.witness.now.values() if each.series == seen.series]
        if not any(_day_of(each) < _day_of(seen) for each in members):
            # From the first one on, wherever others were moved to, it is the whole series, and no split.
            return ""
        day = _day_of(seen)
        lot = self.random.random()
        try:
            if lot < 0.35:
                said = party.account.split_series(seen.series, day, title=self.title(seen.root))
            elif lot < 0.6:
                start = _later(party.account.event(seen.series)["start"], self.random)
                said = party.account.split_series(seen.series, day, start=f"{day}{start[10:]}")
            elif lot < 0.8:
                party.account.end_series(seen.series, day)
                said = "ended"
            else:
                party.account.change_rule(seen.series, self.random.choice(RULES))
                said = "another rule"
        except KeyError:
            return ""
        return f"{seen.series} {day} {lot:.2f} {said}"

    def duplicate(self, party: Party) -> str:
        """Copy a meeting, private properties and all."""
        picked = self._own_event(party)
        if picked is None or picked[1].series:
            return ""
        self.witness.made(picked[1].root)
        start, _, _ = self._texts(party) if self.random.random() < 0.7 else ("", "", "")
        if start and ("T" in start) != ("dateTime" in picked[1].raw["start"]):
            start = ""
        return f"{picked[0]} as " + party.account.duplicate_event(picked[0], start)

    def answer(self, party: Party) -> str:
        """Answer an invitation."""
        mail = party.account.email
        asked = [
            key[2]
            for key, seen in sorted(self.witness.now.items())
            if key[1] == mail and any(guest["email"] == mail for guest in seen.raw.get("attendees", ()))
        ]
        if not asked:
            return ""
        name = self.random.choice(asked)
        party.account.respond(name, self.random.choice(("accepted", "declined", "tentative")))
        return name

    # ── Creatio ──────────────────────────────────────────────────────────────────────────────────────────────

    def add_activity(self, party: Party) -> str:
        """Make an activity."""
        root = self._root("M")
        start, end = self._times(party.account.calendar.zone)
        if self.random.random() < 0.15:
            start = start.replace(hour=0, minute=0)
            end = start + _DAY
        more = {"location": self._place()} if self.rig.options.exchange else {}
        names = [name for name in (*self.mails.values(), self.unreachable) if name != party.account.name]
        who = {name: self.random.choice(RESPONSES) for name in self.random.sample(names, self.random.randint(0, 2))}
        self.witness.made(root)
        shown = self.random.random() < 0.9
        notes, title = f"for our eyes {root}", self.title(root)
        return f"{root} " + party.desk.add_activity(
            title, start, end, participants=who, notes=notes, in_calendar=shown, **more
        )

    def meet_with_idle(self, party: Party) -> str:
        """Let the colleague who never synchronises make a meeting with a user, and at times invite him in Google."""
        root = self._root("M")
        title = self.title(root)
        start, end = self._times(party.account.calendar.zone)
        self.witness.made(root)
        others = self.random.sample(self.parties, self.random.randint(0, 1))
        names = {each.account.name: "in doubt" for each in (party, *others)}
        told = ""
        if self.random.random() < 0.3:
            self.witness.invited_by_hand(root)
            self.invited.add(root)
            mails = [each.account.email for each in (party, *others)]
            told = self.idle.account.add_event(title, start.isoformat(), end.isoformat(), guests=sorted(set(mails)))
            # A calendar that does not show an invitation yet can keep nobody from taking the meeting.
            self.rig.clock.sleep(self.rig.behaviour.lag_seconds + 1)
        return f"{root} {told} " + self.idle.desk.add_activity(title, start, end, participants=names)

    def edit_activity(self, party: Party) -> str:
        """Change an activity, one's own or a colleague's."""
        picked = self._activity()
        if picked is None:
            return ""
        name, seen = picked
        lot = self.random.random()
        if seen.root in self.invited:
            return ""
        if lot < 0.4:
            party.desk.edit_activity(name, title=self.title(seen.root))
        elif lot < 0.65:
            start, end = self._times(party.account.calendar.zone)
            party.desk.edit_activity(name, start=start, due=end)
        elif lot < 0.8 and self.rig.options.exchange:
            party.desk.edit_activity(name, location=self._place())
        else:
            self._participants(party, name, seen)
        return f"{name} {seen.root} {lot:.2f}"

    def _participants(self, party: Party, name: str, seen: Seen) -> None:
        there = [who for who, _ in sorted(seen.people)]
        if seen.answer is not None and self.random.random() < 0.3:
            party.desk.respond(name, seen.organizer, self.random.choice(RESPONSES))
        elif there and self.random.random() < 0.3:
            party.desk.remove_participant(name, self.random.choice(there))
        elif there and self.random.random() < 0.5:
            party.desk.respond(name, self.random.choice(there), self.random.choice(RESPONSES))
        else:
            others = sorted({*self.mails.values(), self.unreachable} - {seen.organizer})
            party.desk.add_participants(name, {self.random.choice(others): self.random.choice(RESPONSES)})

    def take_out(self, party: Party) -> str:
        """Take an activity out of the calendar, or delete it; put one back that is not in it."""
        picked = self._activity()
        if picked is None:
            return ""
        name, seen = picked
        if not seen.shown:
            self.witness.put_back(name)
            party.desk.edit_activity(name, in_calendar=True)
            return f"{name} back into the calendar"
        self.witness.taken_out(name)
        if self.random.random() < 0.5 and seen.root not in self.signs:
            party.desk.delete_activity(name)
            return f"{name} deleted"
        party.desk.edit_activity(name, in_calendar=False)
        return f"{name} out of the calendar"

    # ── which one ────────────────────────────────────────────────────────────────────────────────────────────

    def acts(self) -> dict[Callable[[Party], str], int]:
        """Return what people do, and how often."""
        return {
            self.add_event: 2, self.make_series: 2, self.edit_event: 7, self.delete_event: 2, self.split: 3,
            self.duplicate: 1, self.answer: 2, self.add_activity: 2, self.edit_activity: 7, self.take_out: 2,
            self.meet_with_idle: 2,
        }  # fmt: skip

    def _own_event(self, party: Party, *, series: bool = False) -> tuple[str, Seen] | None:
        mail = party.account.email
        found = [
            (key[2], seen)
            for key, seen in sorted(self.witness.now.items())
            if key[1] == mail and seen.organizer == mail and (seen.series or not series)
        ]
        singles = [each for each in found if not each[1].series]
        of_those = singles if singles and not series and self.random.random() < 0.5 else found
        return self.random.choice(of_those) if of_those else None

    def _activity(self) -> tuple[str, Seen] | None:
        found = [(key[2], seen) for key, seen in sorted(self.witness.now.items()) if key[0] == "creatio"]
        if self.during_a_run:
            # Nothing guards what is written there from one look to the next, as no write to Creatio is guarded.
            desk = self.parties[0].desk
            found = [each for each in found if "not finished" not in (desk.activity(each[0]) or {}).get("notes", "")]
        return self.random.choice(found) if found else None


def _day_of(seen: Seen) -> str:
    """Return the day by which people name an occurrence."""
    original = seen.raw["originalStartTime"]
    if "date" in original:
        return str(original["date"])
    moment = datetime.fromisoformat(original["dateTime"])
    return f"{moment.astimezone(ZoneInfo(original.get('timeZone') or 'UTC')):%Y-%m-%d}"


def _later(start: dict[str, str], random: Random) -> str:
    """Return the start of a series an hour or two later, or a day for whole days, on its own clock."""
    if "date" in start:
        return f"{datetime.fromisoformat(start['date']) + _DAY:%Y-%m-%d}"
    moment = datetime.fromisoformat(start["dateTime"]).astimezone(ZoneInfo(start["timeZone"]))
    return f"{moment.replace(tzinfo=None) + timedelta(hours=random.choice((1, 2))):%Y-%m-%dT%H:%M}"
