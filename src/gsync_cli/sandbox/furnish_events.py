"""A working week in the calendar: meetings of three zones, whole days, a series, an invitation, focus time."""

from datetime import date, timedelta
from typing import Final

from gsync_cli.sandbox.google.account import Account

HOST: Final = "paul.winter@harbour.example"
"""Who organises the meeting that the user is only invited to."""
GUESTS: Final = ("anna.bergmann@nordlicht.example", "james@harbour.example", "priya.r@chennai.example")
NEW_YORK, KOLKATA = "America/New_York", "Asia/Kolkata"


def put_events(account: Account, today: date) -> list[str]:
    """Fill the week of a day; return the ids of the events, series and single ones."""
    monday = today - timedelta(days=today.weekday())

    def at(day: int, time: str = "") -> str:
        return f"{monday + timedelta(days=day)}" + (f"T{time}" if time else "")

    optics, james, priya = GUESTS
    weekly = account.make_series(
        "Sales stand-up", at(-7, "09:15"), "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=16", at(-7, "09:45"), guests=[optics]
    )
    account.edit_occurrence(weekly, at(2), start=at(2, "11:00"), title="Sales stand-up (later today)")
    account.delete_occurrence(weekly, at(7))
    own = [
        account.add_event(
            "Demonstration of the new press",
            at(0, "14:00"),
            at(0, "15:30"),
            guests=[optics],
            location="Torstraße 12, Berlin",
            reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 30}]},
        ),
        account.add_event(
            "Quarterly review with the partners", at(1, "10:00"), at(1, "11:00"), zone=NEW_YORK, guests=[james]
        ),
        account.add_event(
            "Samples: which cloth?",
            at(2, "15:30"),
            at(2, "16:15"),
            zone=KOLKATA,
            guests=[priya, "studio@elsewhere.example"],
        ),
        account.add_event("Trade fair, Hannover", at(3), at(5), location="Hannover"),
        account.add_event("Dentist", at(4, "08:00"), at(4, "08:30"), visibility="private"),
    ]
    account.respond(own[0], "accepted", optics)
    invited = account.add_event(
        "Harbour & Sons: budget", at(3, "17:00"), at(3, "18:00"), organizer=HOST, guests=[james]
    )
    focus = account.add_event(
        "Writing quotes",
        at(4, "13:00"),
        at(4, "15:00"),
        eventType="focusTime",
        focusTimeProperties={"autoDeclineMode": "declineNone", "chatStatus": "doNotDisturb"},
    )
    return [weekly, *own, invited, focus]
