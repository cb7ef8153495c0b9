"""What a person does by hand in Google Calendar: the part of an account that tests use as that user's hand.

Times are texts: "2026-05-01T10:00" is wall time in `zone` (else the calendar's), "2026-05-01" a whole day, whose end is
exclusive as everywhere. A day of a series is named by the date of an occurrence, "2026-05-08".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.sandbox.google import meetings
from gsync_cli.sandbox.google.calendar import Calendar, Entry
from gsync_cli.sandbox.google.calendar_times import DAY, Time, after, check_zone, instant, length, of_wall, stamp, wall
from gsync_cli.sandbox.google.event_body import merged
from gsync_cli.sandbox.google.event_view import view

if TYPE_CHECKING:
    from gsync_cli.sandbox.google.account import Account

ACTIONS: Final = frozenset(
    (
        "add_event",
        "make_series",
        "edit_event",
        "move_event",
        "delete_event",
        "edit_occurrence",
        "delete_occurrence",
        "split_series",
        "change_rule",
        "end_series",
        "duplicate_event",
        "respond",
        "event",
        "events",
        "occurrences",
        "find_event",
        "set_zone",
        "expire_sync_tokens",
    )
)
_DATE_LENGTH: Final = 10
_HOUR: Final = timedelta(hours=1)
_NOT_COPIED: Final = frozenset(
    ("iCalUID", "created", "updated", "sequence", "creator", "organizer", "recurringEventId", "originalStartTime")
)


class CalendarHand:
    """Mixed into `Account`; every method does what a click in the calendar does."""

    calendar: Calendar
    email: str

    def add_event(
        self,
        title: str = "",
        start: str = "",
        end: str = "",
        *,
        zone: str = "",
        guests: Sequence[str] = (),
        rule: str | Sequence[str] = (),
        organizer: str = "",
        **fields: Any,
    ) -> str:
        """Add an event and return its id; an organizer from elsewhere makes it an invitation. Raises LegacyError."""
        begins = self._time(start, zone)
        told: dict[str, Any] = {"summary": title, "start": begins, "end": self._end(begins, end, zone), **fields}
        if rule:
            told["recurrence"] = [rule] if isinstance(rule, str) else list(rule)
        invited = [organizer, self.email, *guests] if organizer else [self.email, *guests] if guests else []
        if invited:
            accepted = organizer or self.email
            told["attendees"] = [
                {"email": mail, "responseStatus": "accepted" if mail == accepted else "needsAction"} for mail in invited
            ]
        return meetings.new(self._me, self.calendar.new_id(), told, organizer=organizer).id

    def make_series(self, title: str, start: str, rule: str | Sequence[str], end: str = "", **fields: Any) -> str:
        """Add a series with a rule such as "RRULE:FREQ=WEEKLY;COUNT=4"; return its id."""
        return self.add_event(title, start, end, rule=rule, **fields)

    def edit_event(self, event: str, **fields: Any) -> None:
        """Change an event, all of a series, or one occurrence by its id.

        Beside the fields of an event there are `title` and `guests` (all their mails; who stays keeps his answer), and
        `start` and `end` as texts in `zone`.
        """
        entry = self._entry(event)
        meetings.change(self._me, entry, merged(entry.fields, self._told(entry, fields)), by_hand=True)

    def move_event(self, event: str, start: str, end: str = "", *, zone: str = "") -> None:
        """Move an event; without an end it lasts as long as before, or an hour or a day where the kind changes."""
        self.edit_event(event, start=start, **({"end": end} if end else {}), **({"zone": zone} if zone else {}))

    def delete_event(self, event: str) -> None:
        """Delete an event, a whole series, or one occurrence by its id."""
        meetings.cancel(self._me, self._entry(event))

    def edit_occurrence(self, series: str, day: str, **fields: Any) -> str:
        """Change one occurrence, as `edit_event` does; return its id."""
        occurrence = self._occurrence(series, day)
        self.edit_event(occurrence.id, **fields)
        return occurrence.id

    def delete_occurrence(self, series: str, day: str) -> str:
        """Delete one occurrence; return its id."""
        occurrence = self._occurrence(series, day)
        meetings.cancel(self._me, occurrence)
        return occurrence.id

    def split_series(self, series: str, day: str, **fields: Any) -> str:
        """Change "this and following": the series ends before that day, a copy goes on from it; return its id.

        The copy takes the private properties along (facts/google.md 7.6).
        """
        master, first = self._series(series), self._occurrence(series, day)
        passed = sum(1 for item in self._by_rule(master) if wall(item.original) < wall(first.original))
        lines = list(master.fields["recurrence"])
        self.end_series(series, before=first.original)
        told = {name: value for name, value in master.fields.items() if name not in _NOT_COPIED}
        told |= {"start": first.original, "end": after(first.original, length(master.start, master.end), master.end)}
        told["recurrence"] = [_without_passed(line, passed) for line in lines]
        moment = stamp(first.original).removesuffix("Z")
        template = Entry("", 0, master.at, "", told)
        told = merged(told, self._told(template, fields))
        return meetings.new(self._me, f"{master.id.partition('_R')[0]}_R{moment}", told).id

    def change_rule(self, series: str, rule: str | Sequence[str]) -> None:
        """Give a series another rule."""
        self.edit_event(series, recurrence=[rule] if isinstance(rule, str) else list(rule))

    def end_series(self, series: str, day: str = "", *, before: Time | None = None) -> None:
        """Let a series end with a day, or right before one of its places."""
        master = self._series(series)
        if "date" in master.start:
            last = wall(before) - DAY if before else datetime.fromisoformat(day)
            until = f"{last:%Y%m%d}"
        else:
            zone = master.start["timeZone"]
            edge = before or of_wall(datetime.fromisoformat(day) + DAY, zone)
            until = f"{instant(edge, zone) - timedelta(seconds=1):%Y%m%dT%H%M%SZ}"
        self.change_rule(series, [_ending(line, until) for line in master.fields["recurrence"]])

    def duplicate_event(self, event: str, start: str = "") -> str:
        """Duplicate an event, with its private properties (facts/google.md 7.6); return the id of the copy."""
        entry = self._entry(event)
        told = {name: value for name, value in entry.fields.items() if name not in _NOT_COPIED}
        if start:
            told = merged(told, self._told(entry, {"start": start}))
        return meetings.new(self._me, self.calendar.new_id(), told).id

    def respond(self, event: str, response: str, guest: str = "") -> None:
        """Answer an invitation: accepted, declined, tentative. A guest from elsewhere may answer too."""
        entry = self._entry(event)
        meetings.change(self._me, entry, meetings.answered(entry.fields, guest or self.email, response), by_hand=True)

    def event(self, event: str) -> dict[str, Any]:
        """Return an event as `events.get` shows it. Raises KeyError."""
        return view(self._entry(event), self.email, self.calendar.zone)

    def events(self) -> list[dict[str, Any]]:
        """Return all live events: single ones, series, and the exceptions of series."""
        return [view(item, self.email, self.calendar.zone) for item in self.calendar.entries() if not item.cancelled]

    def occurrences(self, series: str) -> list[dict[str, Any]]:
        """Return the live occurrences of a series, those far in the future left out."""
        found = self.calendar.occurrences(self._series(series))
        return [view(item, self.email, self.calendar.zone) for item in found if not item.cancelled]

    def find_event(self, title: str) -> str:
        """Return the id of the first live event of a title. Raises KeyError."""
        for entry in self.calendar.entries():
            if not entry.cancelled and entry.fields.get("summary") == title:
                return entry.id
        raise KeyError(title)

    def set_zone(self, zone: str) -> None:
        """Choose another zone for the calendar."""
        self.calendar.zone = check_zone(zone, set())

    def expire_sync_tokens(self) -> None:
        """Make all sync tokens of the calendar void."""
        self.calendar.forget_tokens()

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def _me(self) -> "Account":
        from gsync_cli.sandbox.google.account import Account

        if not isinstance(self, Account):
            raise TypeError(type(self))
        return self

    def _entry(self, event: str) -> Entry:
        found = self.calendar.find(event)
        if found is None or found.cancelled:
            raise KeyError(event)
        return found

    def _series(self, series: str) -> Entry:
        found = self._entry(series)
        if not found.is_series:
            raise KeyError(series)
        return found

    def _by_rule(self, master: Entry) -> list[Entry]:
        return list(self.calendar.occurrences(master))

    def _occurrence(self, series: str, day: str) -> Entry:
        for item in self._by_rule(self._series(series)):
            if wall(item.original).date().isoformat() == day and not item.cancelled:
                return item
        raise KeyError(f"{series} {day}")

    def _told(self, entry: Entry, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a person says of an event as a patch of its fields."""
        told = dict(fields)
        zone = told.pop("zone", "")
        if "title" in told:
            told["summary"] = told.pop("title")
        if isinstance(guests := told.pop("guests", None), Sequence):
            there = {item["email"]: item for item in entry.fields.get("attendees", ())}
            own = {self.email: {"email": self.email, "responseStatus": "accepted"}} if guests else {}
            told["attendees"] = [
                there.get(mail) or own.get(mail) or {"email": mail} for mail in dict.fromkeys((*own, *guests))
            ]
        if isinstance(start := told.get("start"), str):
            begins = self._time(start, zone or entry.start.get("timeZone", ""))
            end = told.get("end", "")
            same = ("date" in begins) == ("date" in entry.start)
            ends = (
                after(begins, length(entry.start, entry.end), {"timeZone": zone, **begins} if zone else entry.end)
                if same and not end
                else self._end(begins, end, zone)
            )
            told |= {"start": _only(begins), "end": _only(ends)}
        elif isinstance(end := told.get("end"), str):
            told["end"] = _only(self._time(end, zone or entry.end.get("timeZone", "")))
        return told

    def _time(self, text: str, zone: str) -> Time:
        if len(text) == _DATE_LENGTH:
            return {"date": text}
        told = datetime.fromisoformat(text)
        name = zone or self.calendar.zone
        if told.tzinfo is None:
            return of_wall(told, name)
        return {"dateTime": told.isoformat(timespec="seconds"), "timeZone": name}

    def _end(self, begins: Time, text: str, zone: str) -> Time:
        if text:
            return self._time(text, zone or begins.get("timeZone", ""))
        return after(begins, DAY if "date" in begins else _HOUR, begins)


def _only(time: Time) -> dict[str, Any]:
    """Return a time as a patch, in which the other kind is cleared (facts/google.md 7.11)."""
    if "date" in time:
        return {**time, "dateTime": None, "timeZone": None}
    return {**time, "date": None}


def _ending(line: str, until: str) -> str:
    if not line.upper().startswith("RRULE"):
        return line
    parts = [part for part in line.split(";") if not part.upper().startswith(("UNTIL=", "COUNT="))]
    return ";".join([*parts, f"UNTIL={until}"])


def _without_passed(line: str, passed: int) -> str:
    """Return a rule for the rest of its occurrences."""
    if not line.upper().startswith("RRULE"):
        return line
    parts = line.split(";")
    counted = [f"COUNT={int(part[6:]) - passed}" if part.upper().startswith("COUNT=") else part for part in parts]
    return ";".join(counted)
