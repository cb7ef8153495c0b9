"""Windows names of time zones, as SysAdminUnit.TimeZoneId holds them, and what they mean."""

from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

WINDOWS: Final = {
    "AUS Eastern Standard Time": "Australia/Sydney",
    "Arabian Standard Time": "Asia/Dubai",
    "Central Standard Time": "America/Chicago",
    "China Standard Time": "Asia/Shanghai",
    "Eastern Standard Time": "America/New_York",
    "FLE Standard Time": "Europe/Kyiv",
    "GMT Standard Time": "Europe/London",
    "GTB Standard Time": "Europe/Bucharest",
    "India Standard Time": "Asia/Kolkata",
    "Israel Standard Time": "Asia/Jerusalem",
    "Nepal Standard Time": "Asia/Kathmandu",
    "New Zealand Standard Time": "Pacific/Auckland",
    "Newfoundland Standard Time": "America/St_Johns",
    "Pacific Standard Time": "America/Los_Angeles",
    "Romance Standard Time": "Europe/Paris",
    "Russian Standard Time": "Europe/Moscow",
    "Tokyo Standard Time": "Asia/Tokyo",
    "W. Europe Standard Time": "Europe/Berlin",
}


def zone_of(windows_id: str) -> tzinfo:
    """Return the zone of a Windows id. Raises KeyError for one the sandbox does not know."""
    return UTC if windows_id in {"UTC", "Etc/GMT"} else ZoneInfo(WINDOWS[windows_id])


def zone_of_offset(minutes: int) -> tzinfo:
    """Return the zone a browser means by TimeZoneOffset: UTC minus local time, in minutes."""
    return timezone(timedelta(minutes=-minutes))
