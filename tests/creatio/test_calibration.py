"""Finding out the zone of a site's dates without writing, and keeping what was found (facts/creatio.md 2.4)."""

import json
from datetime import timedelta

import httpx2
import pytest

from gsync_cli.creatio.calibration import date_reading, learn_from_write
from gsync_cli.creatio.dates import DateReading
from gsync_cli.creatio.session import CreatioSite
from gsync_cli.errors import ConfigurationWrong, Temporary
from tests.creatio.fake import CONTACT_ID, USER_ID, FakeCreatio, FixedClock, answer, opened, page, rows

BERLIN = DateReading("user-zone", "Europe/Berlin")
UTC_TEXT, LOCAL_TEXT = "2026-04-30T10:00:00.1234567Z", "2026-04-30T12:00:00.123"


def dated(odata: str, service: str | None, zone: str | None) -> FakeCreatio:
    """Return a site that shows one date as told; None where it refuses to."""
    fake = FakeCreatio()
    fake.on("^/odata/Contact.*ModifiedOn", rows({"Id": CONTACT_ID, "ModifiedOn": odata}))
    found = answer(200, {"success": True, "rows": [{"Id": CONTACT_ID, "ModifiedOn": service}]})
    fake.on("SelectQuery", answer(403, {}) if service is None else found)
    fake.on("^/odata/SysAdminUnit", answer(403, {}) if zone is None else rows({"Id": USER_ID, "TimeZoneId": zone}))
    fake.on("^/odata/VwSysAdminUnit", answer(404, {"Message": "x"}))
    return fake


@pytest.mark.parametrize(
    ("odata", "service", "zone", "reading"),
    [
        (UTC_TEXT, LOCAL_TEXT, "W. Europe Standard Time", DateReading("utc")),
        (UTC_TEXT, LOCAL_TEXT, None, DateReading("utc")),
        (LOCAL_TEXT + "Z", LOCAL_TEXT, "W. Europe Standard Time", BERLIN),
        (LOCAL_TEXT + "Z", LOCAL_TEXT, None, DateReading("unknown")),
        (LOCAL_TEXT + "Z", LOCAL_TEXT, "", DateReading("unknown")),
        (LOCAL_TEXT + "Z", LOCAL_TEXT, "UTC", DateReading("utc")),
        (UTC_TEXT, None, "UTC", DateReading("unknown")),
        ("0001-01-01T00:00:00Z", LOCAL_TEXT, "UTC", DateReading("unknown")),
    ],
)
def test_one_row_read_through_both_services_tells(
    odata: str, service: str | None, zone: str | None, reading: DateReading
) -> None:
    fake = dated(odata, service, zone)
    site = opened(fake)
    assert date_reading(site) == reading
    assert len(fake.asked) <= 4
    asked = len(fake.asked)
    assert date_reading(site) == reading
    assert len(fake.asked) == asked
    assert site.session().facts["dates"] == reading.text


def test_the_question_to_the_data_service_is_about_one_contact_only() -> None:
    fake = dated(UTC_TEXT, LOCAL_TEXT, "UTC")
    date_reading(opened(fake))
    query = json.loads(next(request for request in fake.asked if "SelectQuery" in str(request.url)).content)
    assert query["operationType"] == 0
    assert query["filters"]["items"]["own"]["rightExpression"]["parameter"]["value"] == CONTACT_ID


def test_the_zone_is_that_of_the_one_who_signed_in() -> None:
    fake = dated(LOCAL_TEXT + "Z", LOCAL_TEXT, "W. Europe Standard Time")
    date_reading(opened(fake))
    assert f"$filter=Id eq {USER_ID}" in fake.paths("SysAdminUnit")[-1]


def test_the_other_table_of_users_is_asked_where_the_first_is_closed() -> None:
    fake = dated(LOCAL_TEXT + "Z", LOCAL_TEXT, None)
    zone = {"Name": "(GMT+01:00) Berlin", "Code": "W. Europe Standard Time"}
    fake.routes.insert(0, ("^/odata/VwSysAdminUnit", lambda _: rows({"Id": USER_ID, "TimeZone": zone})))
    assert date_reading(opened(fake)) == BERLIN


@pytest.mark.parametrize("pattern", ["^/odata/Contact.*ModifiedOn", "SelectQuery", "^/odata/SysAdminUnit"])
def test_trouble_that_passes_is_no_word_about_the_zone(pattern: str) -> None:
    """Taken for one, the zone would count as unknown, and times would be hours off."""
    fake = dated(LOCAL_TEXT + "Z", LOCAL_TEXT, "W. Europe Standard Time")
    (truth,) = (route for known, route in fake.routes if known == pattern)
    fake.routes.insert(0, (pattern, fake.in_turn(answer(500, {}), page(200), truth)))
    assert date_reading(opened(fake)) == BERLIN


def test_trouble_that_stays_leaves_the_zone_unknown_for_a_day() -> None:
    fake, clock = dated(LOCAL_TEXT + "Z", LOCAL_TEXT, "W. Europe Standard Time"), FixedClock()
    fake.routes.insert(0, ("SelectQuery", fake.in_turn(answer(500, {}))))
    assert date_reading(opened(fake, clock)) == DateReading("unknown")
    assert len(fake.paths("SelectQuery")) == 3


def test_a_site_that_nobody_reaches_says_nothing_about_its_zone() -> None:
    fake = dated(UTC_TEXT, LOCAL_TEXT, "UTC")
    fake.routes.insert(0, ("SelectQuery", fake.in_turn(httpx2.ConnectError("refused"))))
    site = opened(fake)
    with pytest.raises(Temporary):
        date_reading(site)
    assert "dates" not in site.facts


@pytest.mark.parametrize(("reading", "days"), [(BERLIN, 7), (DateReading("unknown"), 1)])
def test_what_was_found_is_looked_at_again_after_a_while(reading: DateReading, days: int) -> None:
    fake, clock = dated(UTC_TEXT, LOCAL_TEXT, "UTC"), FixedClock()
    site = opened(fake, clock)
    site.facts |= {"dates": reading.text, "dates_checked": clock.now().isoformat()}
    clock.moment += timedelta(days=days, minutes=-1)
    assert date_reading(site) == reading
    clock.moment += timedelta(minutes=2)
    assert date_reading(site) == DateReading("utc")


def test_settings_go_before_finding_out() -> None:
    fake = dated(LOCAL_TEXT + "Z", LOCAL_TEXT, "W. Europe Standard Time")
    assert date_reading(opened(fake, dates="utc")) == DateReading("utc")
    assert fake.asked == []
    assert date_reading(opened(fake, dates="user-zone")) == BERLIN


def test_a_user_zone_that_nobody_tells_is_said() -> None:
    with pytest.raises(ConfigurationWrong, match="creatio-zone-unknown"):
        date_reading(opened(dated(UTC_TEXT, LOCAL_TEXT, None), dates="user-zone"))


@pytest.mark.parametrize(
    ("modified", "reading"),
    [
        ("2026-05-01T10:00:02.5Z", DateReading("user-zone", "+02:00")),
        ("2026-05-01T08:00:02.5Z", DateReading("unknown")),
        ("", DateReading("unknown")),
    ],
)
def test_a_row_just_written_tells_where_the_services_could_not(modified: str, reading: DateReading) -> None:
    fake = dated(LOCAL_TEXT + "Z", LOCAL_TEXT, None)
    site = opened(fake)
    assert date_reading(site) == DateReading("unknown")
    fake.on("^/odata/Account", httpx2.Response(200, json={}, headers={"Date": "Fri, 01 May 2026 08:00:00 GMT"}))
    site.request("GET", "odata/Account")
    assert learn_from_write(site, modified) == reading
    assert date_reading(site) == reading


def test_a_known_zone_is_not_changed_by_a_write() -> None:
    site: CreatioSite = opened(dated(UTC_TEXT, LOCAL_TEXT, "UTC"))
    date_reading(site)
    assert learn_from_write(site, "2026-05-01T23:00:00Z") == DateReading("utc")
