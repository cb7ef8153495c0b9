"""Monitoring: requests, errors and latencies of each API, as the console's table has them (facts/google.md 2.8)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from gsync_cli.sandbox import furnish
from gsync_cli.sandbox.google.distributions import Distribution
from tests.support.administrator import Administrator, Said, administrator

COUNT = "serviceruntime.googleapis.com/api/request_count"
LATENCIES = "serviceruntime.googleapis.com/api/request_latencies"
PEOPLE = "people.googleapis.com"


@pytest.fixture
def admin() -> Administrator:
    made = administrator()
    project = made.cloud.project(furnish.PROJECT.id)
    assert project is not None
    project.busy = False
    return made


def ask(admin: Administrator, metric: str, extra: str = "", *, days: int = 1, **aggregation: Any) -> Said:
    now: datetime = admin.sandbox.clock.now()
    return admin.call(
        "monitoring",
        "GET",
        f"v3/projects/{furnish.PROJECT.id}/timeSeries",
        filter=f'metric.type = "{metric}" AND resource.type = "consumed_api"{extra}',
        **{
            "interval.startTime": (now - timedelta(days=days)).isoformat().replace("+00:00", "Z"),
            "interval.endTime": now.isoformat().replace("+00:00", "Z"),
            **{f"aggregation.{name}": value for name, value in aggregation.items()},
        },
    )


def whole(*groups: str, aligner: str = "ALIGN_DELTA", reducer: str = "REDUCE_SUM", days: int = 1) -> dict[str, Any]:
    """Return the aggregation of a whole interval into one point."""
    return {
        "alignmentPeriod": f"{days * 86400}s",
        "perSeriesAligner": aligner,
        "crossSeriesReducer": reducer,
        "groupByFields": groups,
    }


def use(admin: Administrator, *, good: int, bad: int) -> None:
    """Let a user's program read contacts, some of it in vain."""
    token = admin.sandbox.google.oauth.sign_in(furnish.EMAIL, furnish.INSTALLED_ID, furnish.SCOPES)["access_token"]
    user = Administrator(admin.sandbox, token=token)
    admin.sandbox.faults.add("503", service="people", nth=good + 1, times=bad)
    for _ in range(good + bad):
        user.call("people", "GET", "v1/contactGroups")
    admin.sandbox.clock.advance(120)


def test_requests_are_counted_by_service_and_class_of_answer(admin: Administrator) -> None:
    use(admin, good=7, bad=3)
    said = ask(admin, COUNT, **whole("resource.label.service", "metric.label.response_code_class"))
    seen = {
        (item["resource"]["labels"]["service"], item["metric"]["labels"]["response_code_class"]): item["points"]
        for item in said.value["timeSeries"]
    }
    assert {key: points[0]["value"] for key, points in seen.items() if key[0] == PEOPLE} == {
        (PEOPLE, "2xx"): {"int64Value": "7"},
        (PEOPLE, "5xx"): {"int64Value": "3"},
    }


def test_the_filter_chooses_by_labels(admin: Administrator) -> None:
    use(admin, good=7, bad=3)

    def count(extra: str) -> int:
        series = ask(admin, COUNT, extra, **whole()).value.get("timeSeries", [])
        return sum(int(item["points"][0]["value"]["int64Value"]) for item in series)

    mine = f' AND resource.labels.service = "{PEOPLE}"'
    assert count(mine) == 10
    assert count(f'{mine} AND metric.labels.response_code_class != "2xx"') == 3
    assert count(f'{mine} metric.label.response_code = one_of("200", "404")') == 7
    assert count(' AND (resource.labels.service = "a" OR resource.labels.service = starts_with("people."))') == 10
    assert count(f' AND NOT resource.labels.service = "{PEOPLE}"') == 0


def test_latencies_are_distributions_that_merge_and_have_percentiles(admin: Administrator) -> None:
    use(admin, good=40, bad=0)
    service = f' AND resource.labels.service = "{PEOPLE}"'
    [raw] = ask(admin, LATENCIES, service).value["timeSeries"]
    assert (raw["valueType"], raw["metricKind"]) == ("DISTRIBUTION", "DELTA")
    assert sum(int(point["value"]["distributionValue"]["count"]) for point in raw["points"]) == 40
    [merged] = ask(admin, LATENCIES, service, **whole("resource.labels.service")).value["timeSeries"]
    value = merged["points"][0]["value"]["distributionValue"]
    assert value["count"] == "40"
    assert sum(map(int, value["bucketCounts"])) == 40
    found = []
    for share in ("50", "95", "99"):
        reduced = whole("resource.labels.service", reducer=f"REDUCE_PERCENTILE_{share}")
        [series] = ask(admin, LATENCIES, service, **reduced).value["timeSeries"]
        assert series["valueType"] == "DOUBLE"
        found.append(series["points"][0]["value"]["doubleValue"])
    assert 0 < found[0] < found[1] <= found[2] < 5
    aligned = whole("resource.labels.service", aligner="ALIGN_PERCENTILE_95", reducer="REDUCE_MAX")
    [series] = ask(admin, LATENCIES, service, **aligned).value["timeSeries"]
    assert series["points"][0]["value"]["doubleValue"] == pytest.approx(found[1])


def test_percentiles_of_a_distribution_are_near_those_of_the_values() -> None:
    values = [number / 1000 for number in range(1, 1001)]
    known = Distribution.of(values)
    assert known.percentile(0.5) == pytest.approx(0.5, rel=0.1)
    assert known.percentile(0.95) == pytest.approx(0.95, rel=0.1)
    halves = Distribution.merged([Distribution.of(values[:500]), Distribution.of(values[500:])])
    assert (halves.count, halves.buckets) == (known.count, known.buckets)
    assert halves.squares == pytest.approx(known.squares)


def test_a_project_that_is_long_in_use_has_plausible_weeks_behind_it(admin: Administrator) -> None:
    project = admin.cloud.project(furnish.PROJECT.id)
    assert project is not None
    project.busy = True
    grouped = whole("resource.labels.service", days=30)
    first, second = (ask(admin, COUNT, days=30, **grouped).value["timeSeries"] for _ in range(2))
    assert {item["resource"]["labels"]["service"] for item in first} >= {PEOPLE, "gmail.googleapis.com"}
    assert all(int(item["points"][0]["value"]["int64Value"]) > 300 for item in first)
    assert first == second


def test_periods_are_counted_back_from_the_end_and_come_newest_first(admin: Administrator) -> None:
    use(admin, good=2, bad=0)
    admin.sandbox.clock.advance(1800)
    use(admin, good=5, bad=0)
    half_hours = {**whole(), "alignmentPeriod": "1800s"}
    [series] = ask(admin, COUNT, f' AND resource.labels.service = "{PEOPLE}"', **half_hours).value["timeSeries"]
    assert [point["value"]["int64Value"] for point in series["points"]] == ["5", "2"]


@pytest.mark.parametrize(
    "aggregation",
    [
        {"crossSeriesReducer": "REDUCE_SUM"},
        {"perSeriesAligner": "ALIGN_DELTA"},
        {"perSeriesAligner": "ALIGN_DELTA", "alignmentPeriod": "5s"},
        {"perSeriesAligner": "ALIGN_EVERYTHING", "alignmentPeriod": "60s"},
    ],
)
def test_an_aggregation_that_makes_no_sense_is_refused(admin: Administrator, aggregation: dict[str, Any]) -> None:
    assert ask(admin, COUNT, **aggregation).refusal == "INVALID_ARGUMENT"


def test_a_filter_that_makes_no_sense_is_refused(admin: Administrator) -> None:
    assert ask(admin, COUNT, " AND").refusal == "INVALID_ARGUMENT"
    assert ask(admin, COUNT, " OR (").refusal == "INVALID_ARGUMENT"
    assert ask(admin, "serviceruntime.googleapis.com/none").status == 404


def test_without_the_api_or_the_permission_there_is_nothing_to_see(admin: Administrator) -> None:
    admin.behaviour.missing_permissions = {admin.email: {"monitoring.timeSeries.list"}}
    assert ask(admin, COUNT).refusal == "PERMISSION_DENIED IAM_PERMISSION_DENIED"
    admin.behaviour.missing_permissions = {}
    admin.services("POST", f"projects/{furnish.PROJECT.id}/services/monitoring.googleapis.com:disable", {})
    refused = ask(admin, COUNT)
    assert refused.refusal == "PERMISSION_DENIED SERVICE_DISABLED"
    assert "monitoring.googleapis.com" in refused.message
