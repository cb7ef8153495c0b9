"""The traffic of a project's APIs, as the console's dashboard shows it (row P6), from Cloud Monitoring.

    requests   serviceruntime.googleapis.com/api/request_count, summed
    errors     the share of them whose response_code_class is not 2xx
    median,    serviceruntime.googleapis.com/api/request_latencies, in seconds: the distributions of a service's methods
    95 %       are merged bucket by bucket, and the percentile is read off with a straight line inside its bucket

(facts/google.md 2.8). Monitoring adds up over the whole time by itself (ALIGN_DELTA, REDUCE_SUM); what it sends in more
pieces is added up here. The percentiles are computed here and not by REDUCE_PERCENTILE_95, so that both come from one
request, and from a server which does not reduce.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from gsync_cli.errors import GsyncError, SignInNeeded
from gsync_cli.google.administrator import AdministratorSession

REQUESTS: Final = "serviceruntime.googleapis.com/api/request_count"
LATENCIES: Final = "serviceruntime.googleapis.com/api/request_latencies"
_SERVICE: Final = "resource.labels.service"
_CLASS: Final = "metric.labels.response_code_class"
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """The traffic of one API over a time."""

    service: str
    requests: int
    errors: float | None
    """The share of requests that failed, 0 to 1; None where there were none."""
    median: float | None
    """Seconds; None where nothing was measured."""
    p95: float | None
    """Seconds within which 95 of 100 requests were answered."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic of a project's APIs, or why it is not known."""

    apis: tuple[ApiUsage, ...]
    unknown: GsyncError | None = None
    """Monitoring is off, or not for this account, or could not be asked."""


@dataclass
class _Tally:
    """What is known of one service so far."""

    good: int = 0
    bad: int = 0
    buckets: dict[tuple[float, float], int] = field(default_factory=dict)
    """How many requests took between one number of seconds and another."""


def read_usage(admin: AdministratorSession, project: str, now: datetime, period: timedelta) -> Traffic:
    """Return the traffic by service, or why Monitoring does not tell it.

    Raises SignInNeeded, which concerns every other request, too.
    """
    tallies: dict[str, _Tally] = {}
    try:
        for series in _series(admin, project, REQUESTS, now, period, (_SERVICE, _CLASS)):
            _count(tallies.setdefault(_label(series, "resource", "service"), _Tally()), series)
        for series in _series(admin, project, LATENCIES, now, period, (_SERVICE,)):
            _measure(tallies.setdefault(_label(series, "resource", "service"), _Tally()), series)
    except SignInNeeded:
        raise
    except GsyncError as error:
        return Traffic((), error)
    return Traffic(tuple(_usage(service, tally) for service, tally in sorted(tallies.items()) if service))


def percentile(buckets: Mapping[tuple[float, float], int], share: float) -> float | None:
    """Return the value below which that share (0 to 1) lies; None where the buckets are empty.

    A bucket without an upper end counts with its lower one.
    """
    ordered = sorted((bounds, count) for bounds, count in buckets.items() if count > 0)
    total = sum(count for _, count in ordered)
    wanted = share * total
    for ((low, high), count), reached in zip(ordered, accumulate(count for _, count in ordered), strict=True):
        if reached >= wanted:
            if high == float("inf"):
                return low
            return low + (high - low) * (wanted - (reached - count)) / count
    return None


def _series(
    admin: AdministratorSession,
    project: str,
    metric: str,
    now: datetime,
    period: timedelta,
    group_by: Sequence[str],
) -> Iterator[Mapping[str, Any]]:
    """Yield the time series of a metric, page by page."""
    listing = admin.api("monitoring", "v3", admin.endpoint("monitoring")).projects().timeSeries()
    wanted: dict[str, Any] = {
        "name": f"projects/{project}",
        "filter": f'metric.type = "{metric}" AND resource.type = "consumed_api"',
        "interval_startTime": _stamp(now - period),
        "interval_endTime": _stamp(now),
        "aggregation_alignmentPeriod": f"{int(period.total_seconds())}s",
        "aggregation_perSeriesAligner": "ALIGN_DELTA",
        "aggregation_crossSeriesReducer": "REDUCE_SUM",
        "aggregation_groupByFields": list(group_by),
        "pageSize": _PAGE,
    }
    token = ""
    while True:
        answer = admin.execute(listing.list(**wanted, **({"pageToken": token} if token else {})))
        yield from _dicts(answer.get("timeSeries"))
        former, token = token, str(answer.get("nextPageToken") or "")
        if not token or token == former:
            return


def _count(tally: _Tally, series: Mapping[str, Any]) -> None:
    count = round(sum(_number(value) for value in _values(series)))
    answered = _label(series, "metric", "response_code_class") or _label(series, "metric", "response_code")
    if answered.startswith("2"):
        tally.good += count
    else:
        tally.bad += count


def _measure(tally: _Tally, series: Mapping[str, Any]) -> None:
    for value in _values(series):
        distribution = value.get("distributionValue")
        if isinstance(distribution, Mapping):
            for bounds, count in _buckets(distribution):
                tally.buckets[bounds] = tally.buckets.get(bounds, 0) + count


def _usage(service: str, tally: _Tally) -> ApiUsage:
    requests = tally.good + tally.bad
    errors = tally.bad / requests if requests else None
    return ApiUsage(service, requests, errors, percentile(tally.buckets, 0.5), percentile(tally.buckets, 0.95))


def _buckets(distribution: Mapping[str, Any]) -> Iterable[tuple[tuple[float, float], int]]:
    """Return the buckets of a distribution with their counts: the first is below the first bound.

    Where only a count and a mean are told, they are one bucket at the mean.
    """
    counts = [_whole(each) for each in distribution.get("bucketCounts") or []]
    bounds = _bounds(distribution.get("bucketOptions") or {}, len(counts))
    total = _whole(distribution.get("count"))
    if total and not (sum(counts) and bounds):
        mean = _float(distribution.get("mean"))
        return [((mean, mean), total)]
    ends = [0.0, *bounds, float("inf")]
    return [((low, high), count) for low, high, count in zip(ends, ends[1:], counts, strict=False)]


def _bounds(options: Mapping[str, Any], buckets: int) -> list[float]:
    """Return the bounds between buckets: explicit, linear or exponential."""
    if explicit := options.get("explicitBuckets"):
        return [_float(bound) for bound in explicit.get("bounds") or []]
    if linear := options.get("linearBuckets"):
        finite = _whole(linear.get("numFiniteBuckets")) or buckets
        return [_float(linear.get("offset")) + _float(linear.get("width")) * step for step in range(finite + 1)]
    if exponential := options.get("exponentialBuckets"):
        finite = _whole(exponential.get("numFiniteBuckets")) or buckets
        scale, growth = _float(exponential.get("scale")), _float(exponential.get("growthFactor"))
        return [scale * growth**step for step in range(finite + 1)]
    return []


def _values(series: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for point in _dicts(series.get("points")):
        value = point.get("value")
        if isinstance(value, Mapping):
            yield value


def _number(value: Mapping[str, Any]) -> float:
    return _float(value.get("int64Value", value.get("doubleValue", 0)))


def _label(series: Mapping[str, Any], group: str, name: str) -> str:
    """Return a label, from where it belongs or from where a server puts it."""
    for where in (group, "metric", "resource"):
        labels = (series.get(where) or {}).get("labels")
        if isinstance(labels, Mapping) and labels.get(name):
            return str(labels[name])
    return ""


def _whole(value: object) -> int:
    return round(_float(value))


def _float(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
