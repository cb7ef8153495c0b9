"""Names of time zones: those that one service writes and another, or this machine, does not know.

IANA renames zones now and then, and Google is told to refuse names it has not learned yet (facts/google.md 7.11). Both
names of a zone mean the same, so one stands in for the other. Windows ids and offsets are understood, too.
"""

import re
from datetime import tzinfo
from functools import lru_cache
from typing import Final

from gsync_cli.creatio.dates import iana_name, zone_of

_RENAMED: Final = {
    "Africa/Asmara": "Africa/Asmera",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Argentina/Catamarca": "America/Catamarca",
    "America/Argentina/Cordoba": "America/Cordoba",
    "America/Argentina/Jujuy": "America/Jujuy",
    "America/Argentina/Mendoza": "America/Mendoza",
    "America/Atikokan": "America/Coral_Harbour",
    "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Kentucky/Louisville": "America/Louisville",
    "America/Nuuk": "America/Godthab",
    "Asia/Ashgabat": "Asia/Ashkhabad",
    "Asia/Dhaka": "Asia/Dacca",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Macau": "Asia/Macao",
    "Asia/Makassar": "Asia/Ujung_Pandang",
    "Asia/Thimphu": "Asia/Thimbu",
    "Asia/Ulaanbaatar": "Asia/Ulan_Bator",
    "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe",
    "Europe/Kyiv": "Europe/Kiev",
    "Pacific/Chuuk": "Pacific/Truk",
    "Pacific/Kanton": "Pacific/Enderbury",
    "Pacific/Pohnpei": "Pacific/Ponape",
}
"""Name now -> name before (the IANA database's file `backward`)."""
_FORMER: Final = {before: now for now, before in _RENAMED.items()}
_OFFSET: Final = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)?")


@lru_cache(maxsize=1 << 10)
def zone_named(name: str) -> tzinfo | None:
    """Return the zone of a name as any of the services writes it; None for one that nobody here knows."""
    for spelling in (name, *other_names(name)):
        if zone := zone_of(spelling):
            return zone
    found = _OFFSET.fullmatch(name)
    return zone_of(f"{found[1]}{int(found[2]):02}:{found[3] or '00'}") if found else None


def other_names(name: str) -> tuple[str, ...]:
    """Return what else a zone is called, for a service that does not know `name`."""
    iana = iana_name(name)
    names = (iana, _RENAMED.get(iana, ""), _FORMER.get(iana, ""))
    return tuple(dict.fromkeys(other for other in names if other and other != name))
