"""A meeting: its time in one text, what recognises it, and the ids made from it."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from gsync_cli.activities import model
from gsync_cli.activities.model import When
from gsync_cli.sync.record import Record

BERLIN = ZoneInfo("Europe/Berlin")


def meeting(title: str = "Review", when: str = "2026-05-01T08:00:00Z/2026-05-01T09:00:00Z") -> Record:
    return Record("1", {model.TITLE: title, model.WHEN: when}, "v", None, member=True, label="")


@pytest.mark.parametrize("text", ["2026-05-01T08:00:00Z/2026-05-01T09:00:00Z", "2026-05-01/2026-05-03"])
def test_a_time_is_written_as_it_was_read(text: str) -> None:
    assert str(When.parse(text)) == text


def test_a_time_is_kept_in_utc_and_in_whole_seconds() -> None:
    start = datetime(2026, 5, 1, 10, 0, 0, 999, tzinfo=BERLIN)
    assert str(When.timed(start, start + timedelta(hours=1))) == "2026-05-01T08:00:00Z/2026-05-01T09:00:00Z"


def test_a_day_that_ends_where_it_begins_is_one_day() -> None:
    assert str(When.whole_days(date(2026, 5, 1), date(2026, 5, 1))) == "2026-05-01/2026-05-02"


def test_an_end_before_the_start_is_the_start() -> None:
    start = datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert When.timed(start, start - timedelta(hours=1)).end == start


@pytest.mark.parametrize("text", ["", "2026-05-01", "2026-05-01T08:00:00/2026-05-01T09:00:00", "soon/later"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|no zone|Invalid isoformat"):
        When.parse(text)


def test_a_whole_day_begins_at_midnight_where_the_user_is() -> None:
    when = When.parse("2026-05-01/2026-05-02")
    assert when.is_whole_day
    assert when.starts(BERLIN) == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert when.ends(BERLIN) == datetime(2026, 5, 1, 22, tzinfo=UTC)


def test_a_meeting_is_recognised_by_its_title_and_time() -> None:
    assert model.judge(meeting(), meeting(title=" review ")) == "same"
    assert model.judge(meeting(), meeting(title="Preview")) == "different"
    assert model.judge(meeting(), meeting(when="2026-05-01/2026-05-02")) == "different"


def test_a_meeting_without_a_time_is_recognised_by_nothing() -> None:
    assert model.match_keys(meeting(when="")) == frozenset()


def test_a_label_tells_the_time_where_the_user_is() -> None:
    zone = timezone(timedelta(hours=2))
    assert model.label_of(meeting().fields, zone) == "2026-05-01 10:00 Review"
    assert model.label_of(meeting(when="2026-05-01/2026-05-02").fields, zone) == "2026-05-01 Review"


def test_ids_are_the_same_for_the_same_and_legal_for_google() -> None:
    first = model.event_id_for("ME", "ACTIVITY")
    assert first == model.event_id_for("me", "activity")
    assert set(first) <= set("0123456789abcdefghijklmnopqrstuv")
    others = {model.event_id_for("me", "activity", 1), model.event_id_for("you", "activity")}
    assert len(others | {first}) == 3
    assert model.activity_id_for("ME", "x") == model.activity_id_for("me", "x") != model.activity_id_for("me", "y")


def test_a_participant_is_told_by_the_mail_however_it_is_written() -> None:
    assert model.participant(" Ada@X.example", "confirmed") == model.participant("ada@x.example", "confirmed")
    assert model.participant("ada@x.example", "confirmed") != model.participant("ada@x.example", "declined")
