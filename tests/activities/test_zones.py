"""Names of time zones, however a service writes them."""

from datetime import UTC, datetime

import pytest

from gsync_cli.activities.zones import other_names, zone_named

SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("Europe/Kyiv", 3.0),
        ("Europe/Kiev", 3.0),
        ("Asia/Calcutta", 5.5),
        ("Asia/Kolkata", 5.5),
        ("W. Europe Standard Time", 2.0),
        ("+05:45", 5.75),
        ("GMT-03:00", -3.0),
        ("UTC", 0.0),
    ],
)
def test_a_zone_is_found_by_any_of_its_names(name: str, hours: float) -> None:
    zone = zone_named(name)
    assert zone is not None
    offset = SUMMER.astimezone(zone).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == hours * 3600


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd"])
def test_a_zone_that_nobody_knows_is_none(name: str) -> None:
    assert zone_named(name) is None


def test_a_zone_that_was_renamed_has_both_names() -> None:
    assert other_names("Europe/Kyiv") == ("Europe/Kiev",)
    assert other_names("Europe/Kiev") == ("Europe/Kyiv",)
    assert other_names("Europe/Berlin") == ()
    assert other_names("W. Europe Standard Time") == ("Europe/Berlin",)
    assert other_names("India Standard Time")[0] in {"Asia/Kolkata", "Asia/Calcutta"}
