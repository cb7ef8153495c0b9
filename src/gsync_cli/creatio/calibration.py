"""Finding out in which zone a site means its dates; what was found is kept with the session (facts/creatio.md 2.4)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.creatio.dates import DateReading, iana_name, judge_pair, judge_shift, wall_clock, zone_of
from gsync_cli.creatio.errors import body_of
from gsync_cli.creatio.identity import CALLER
from gsync_cli.creatio.values import text_of
from gsync_cli.errors import ConfigurationWrong, Refused

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite

_READING: Final = "dates"
_CHECKED: Final = "dates_checked"
_ZONE: Final = "zone"
_NO_ZONE: Final = "none"
_ZONE_OF_PERSON: Final = "zone_of_person"
_STAND_IN: Final = "zone_otherwise"
"""The zone of the calendar, for runs that don't open it."""
_VALID: Final = timedelta(days=7)
"""After an update a site may write its dates in another way, so it is looked at again."""
_UNKNOWN_VALID: Final = timedelta(days=1)
_TRIES: Final = 3


def date_reading(site: "CreatioSite", otherwise: str = "") -> DateReading:
    """Return how to read the dates of the site: as set, as found out lately, or as found out now.

    Finding out takes two or three requests and writes nothing. `otherwise` is the zone where the setting says
    `user-zone` and the site does not tell the user's. Raises ConfigurationWrong("creatio-zone-unknown") where
    the setting says `user-zone` and the zone can't be read.
    """
    match site.account.dates:
        case "utc":
            return DateReading("utc")
        case "user-zone":
            if zone := user_zone(site) or otherwise or site.facts.get(_STAND_IN, ""):
                site.facts[_STAND_IN] = iana_name(zone)
                return DateReading("user-zone", iana_name(zone))
            raise ConfigurationWrong("creatio-zone-unknown", user=site.user.name or site.account.name)
    kept = DateReading.of(site.facts.get(_READING, ""))
    if _is_fresh(site, kept):
        return kept
    found = _compare(site)
    # A site that hides the user's zone tells nothing by that; what its writes have shown stands.
    return _remember(site, kept if found.mode == "unknown" else found)


def learn_from_write(
    site: "CreatioSite", modified: str, at: datetime | None = None, otherwise: str = ""
) -> DateReading:
    """Take in the ModifiedOn of a row that was written `at` that moment by the server's clock; None: just now.

    Returns how to read dates now. It helps where the comparison of the two services could not tell. `otherwise` is the
    zone to compare with where the site does not tell the user's.
    """
    reading = date_reading(site)
    shown = wall_clock(modified)
    at = at or site.server_time
    if reading.mode != "unknown" or shown is None or at is None:
        return reading
    return _remember(site, judge_shift(shown, at, user_zone(site) or otherwise))


def learn_from_row(site: "CreatioSite", entity: str, identity: str, column: str) -> DateReading:
    """Compare one date of a row as both services show it, where that of the user's own contact could not tell.

    A date of another season may: in winter London's clock shows UTC. Returns how to read dates now.
    """
    reading = date_reading(site)
    if reading.mode != "unknown":
        return reading
    judged = _judged(site, entity, identity, column)
    return reading if judged.mode == "unknown" else _remember(site, judged)


def by_rules(site: "CreatioSite", reading: DateReading, zone: str) -> DateReading:
    """Return a reading by the rules of a zone where only an offset was found, which holds for a season at most.

    `zone` is that of the user's calendar. Raises ConfigurationWrong("creatio-dates-zone") where its clock showed
    something else than the site did, and forgets what was found.
    """
    if reading.mode != "user-zone" or not reading.zone.startswith(("+", "-")):
        return reading
    rules, seen = zone_of(zone), zone_of(reading.zone)
    found = datetime.fromisoformat(site.facts[_CHECKED]) if _CHECKED in site.facts else site.wire.clock.now()
    if rules is None or seen is None or found.astimezone(rules).utcoffset() != found.astimezone(seen).utcoffset():
        forget(site)
        raise ConfigurationWrong("creatio-dates-zone", offset=reading.zone, zone=zone)
    named = DateReading("user-zone", iana_name(zone))
    site.facts[_READING] = named.text
    return named


def forget(site: "CreatioSite") -> None:
    """Forget how the site shows dates, so that it is found out anew."""
    site.facts.pop(_READING, None)
    site.facts.pop(_CHECKED, None)


def user_zone(site: "CreatioSite") -> str:
    """Return the IANA name of the zone in the profile of the one who signed in; "" where the site does not tell."""
    if _ZONE not in site.facts:
        site.facts[_ZONE] = _read_zone(site, site.facts.get(CALLER) or site.user.user_id) or _NO_ZONE
    zone = site.facts[_ZONE]
    return "" if zone == _NO_ZONE else zone


def zone_of_person(site: "CreatioSite") -> str:
    """Return the IANA name of the zone of the user whose records are meant; "" where the site does not tell.

    Somebody else may be signed in for him: a technical user, often with UTC in its profile.
    """
    meant = site.user.user_id
    if not meant or meant == site.facts.get(CALLER, meant):
        return user_zone(site)
    known, _, zone = site.facts.get(_ZONE_OF_PERSON, "").partition("=")
    if known != meant:
        zone = _read_zone(site, meant)
        site.facts[_ZONE_OF_PERSON] = f"{meant}={zone}"
    return zone


def _is_fresh(site: "CreatioSite", kept: DateReading) -> bool:
    try:
        checked = datetime.fromisoformat(site.facts.get(_CHECKED, ""))
    except ValueError:
        return False
    return site.wire.clock.now() - checked < (_UNKNOWN_VALID if kept.mode == "unknown" else _VALID)


def _remember(site: "CreatioSite", reading: DateReading) -> DateReading:
    site.facts[_READING] = reading.text
    site.facts[_CHECKED] = site.wire.clock.now().isoformat(timespec="seconds")
    return reading


def _compare(site: "CreatioSite") -> DateReading:
    """Read one date, that of the user's own contact, through both services."""
    site.facts.pop(_ZONE, None)
    return _judged(site, "Contact", site.user.contact_id, "ModifiedOn")


def _judged(site: "CreatioSite", entity: str, identity: str, column: str) -> DateReading:
    row = _answer(site, "GET", f"odata/{entity}?$select=Id,{column}&$filter=Id%20eq%20{identity}&$top=1")
    odata = wall_clock(_first(row.get("value")).get(column))
    reply = _answer(site, "POST", "DataService/json/SyncReply/SelectQuery", _one_date(entity, identity, column))
    service = wall_clock(_first(reply.get("rows")).get(column))
    if odata is None or service is None:
        return DateReading("unknown")
    apart = judge_pair(odata, service, "")
    return apart if apart.mode == "utc" else judge_pair(odata, service, user_zone(site))


def _read_zone(site: "CreatioSite", user: str) -> str:
    """Ask both places that may hold a user's zone; an administrator may have closed the one or the other."""
    if not user:
        return ""
    where = f"$filter=Id%20eq%20{user}&$top=1"
    row = _first(_answer(site, "GET", f"odata/SysAdminUnit?$select=Id,TimeZoneId&{where}").get("value"))
    names = [text_of(row.get("TimeZoneId"))]
    if not names[0]:
        path = f"odata/VwSysAdminUnit?$select=Id&$expand=TimeZone($select=Name,Code)&{where}"
        zone = _first(_answer(site, "GET", path).get("value")).get("TimeZone")
        names = [text_of(zone.get(key)) for key in ("Code", "Name")] if isinstance(zone, Mapping) else []
    return next((iana_name(name) for name in names if zone_of(name)), "")


def _answer(site: "CreatioSite", method: str, path: str, body: object = None) -> Mapping[str, Any]:
    """Ask for something the run can do without; {} where the site won't say.

    A server's passing trouble is no such word: taken for one, times would be hours off. Raises Temporary where nobody
    answers at all.
    """
    for _ in range(_TRIES):
        try:
            response = site.request(method, path, json=body, repeatable=True, only_gateways=True)
        except (Refused, ConfigurationWrong):
            return {}
        answer = body_of(response)
        if response.is_success and isinstance(answer, Mapping):
            return answer
        if response.is_client_error:
            return {}
    return {}


def _first(rows: Any) -> Mapping[str, Any]:
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) else {}


def _one_date(entity: str, identity: str, column_name: str) -> dict[str, object]:
    """Return a SelectQuery for one date of one row (facts/creatio.md 2.9)."""

    def column(path: str) -> dict[str, object]:
        return {"expression": {"expressionType": 0, "columnPath": path}}

    return {
        "rootSchemaName": entity,
        "operationType": 0,
        "columns": {"items": {"Id": column("Id"), column_name: column(column_name)}},
        "rowCount": 1,
        "filters": {
            "filterType": 6,
            "logicalOperation": 0,
            "isEnabled": True,
            "items": {
                "own": {
                    "filterType": 1,
                    "comparisonType": 3,
                    "isEnabled": True,
                    "leftExpression": {"expressionType": 0, "columnPath": "Id"},
                    "rightExpression": {
                        "expressionType": 2,
                        "parameter": {"dataValueType": 0, "value": identity},
                    },
                }
            },
        },
    }
