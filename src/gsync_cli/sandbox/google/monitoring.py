"""Cloud Monitoring v3: the two metrics that the console's table of APIs is made of (facts/google.md 2.8)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gsync_cli.sandbox.google.calls import Call
from gsync_cli.sandbox.google.cloud import Cloud, CloudProject, stamp
from gsync_cli.sandbox.google.distributions import Distribution, percentile_of
from gsync_cli.sandbox.google.errors import ApiError, invalid, no_permission, service_disabled
from gsync_cli.sandbox.google.monitoring_filter import parsed, selector
from gsync_cli.sandbox.google.paging import page
from gsync_cli.sandbox.google.usage import Seen, Usage

HOST: Final = "monitoring.googleapis.com"
COUNT: Final = "serviceruntime.googleapis.com/api/request_count"
LATENCIES: Final = "serviceruntime.googleapis.com/api/request_latencies"
RESOURCE: Final = "consumed_api"
SHORTEST: Final = timedelta(seconds=60)
_METRIC = re.compile(r"metric\.type\s*=\s*[\"']([^\"']+)[\"']")
_UNITS: Final = {COUNT: "1", LATENCIES: "s"}

Value = int | float | Distribution


@dataclass(frozen=True, slots=True)
class _Point:
    start: datetime
    end: datetime
    value: Value

    def shown(self) -> dict[str, Any]:
        interval = {"startTime": stamp(self.start), "endTime": stamp(self.end)}
        if isinstance(self.value, Distribution):
            return {"interval": interval, "value": {"distributionValue": self.value.shown()}}
        name, value = ("int64Value", str(self.value)) if isinstance(self.value, int) else ("doubleValue", self.value)
        return {"interval": interval, "value": {name: value}}


@dataclass(frozen=True, slots=True)
class _Series:
    """Points of one set of labels, oldest first."""

    labels: Mapping[str, str]
    points: list[_Point]


class Monitoring:
    """The answers of the API. `methods` is by method id."""

    def __init__(self, cloud: Cloud, usage: Usage) -> None:
        self._cloud = cloud
        self._usage = usage
        self.methods: dict[str, Callable[[Call], dict[str, Any]]] = {"projects.timeSeries.list": self._list}

    def _list(self, call: Call) -> dict[str, Any]:
        query = call.query
        project = self._project(call)
        start, end = _interval(query)
        if any(name.startswith("secondaryAggregation") for name in query):
            raise ApiError("UNIMPLEMENTED", "The sandbox does not play secondaryAggregation.")
        if not query.get("filter"):
            raise invalid("Field filter is required.", "filter")
        metric, raw = self._raw(project, query["filter"], start, end)
        series = _aggregated(raw, query, end)
        shown, more = page([_shown(item, metric, query) for item in series], query, usual=100_000, most=100_000)
        return {**({"timeSeries": list(shown)} if shown else {}), **more, "unit": _UNITS[metric]}

    def _project(self, call: Call) -> CloudProject:
        found = self._cloud.project(call.path["name"])
        if found is None or not self._cloud.allowed(call.account, found.name, "monitoring.timeSeries.list"):
            raise no_permission("monitoring.timeSeries.list", call.path["name"])
        if not self._cloud.answers(found, HOST):
            raise service_disabled("Cloud Monitoring API", HOST, found.number)
        return found

    def _raw(self, project: CloudProject, text: str, start: datetime, end: datetime) -> tuple[str, list[_Series]]:
        """Return the metric that the filter chooses, and its series by the minute. Raises ApiError (400, 404)."""
        fits = parsed(text)
        chosen = set(_METRIC.findall(text))
        if len(chosen) != 1:
            raise invalid('Field filter had an invalid value: it must choose one metric.type = "…".', "filter")
        metric = chosen.pop()
        if metric not in _UNITS:
            raise ApiError("NOT_FOUND", f'Cannot find metric(s) that match type = "{metric}".')
        groups: dict[tuple[tuple[str, str], ...], list[Seen]] = {}
        for seen in self._usage.of(project, start, end):
            labels = _labels(seen, project, metric)
            if fits(labels):
                groups.setdefault(tuple(labels.items()), []).append(seen)
        return metric, [_Series(dict(labels), _by_minute(items, metric)) for labels, items in groups.items()]


def _labels(seen: Seen, project: CloudProject, metric: str) -> dict[str, str]:
    """Return the labels of a request, by their selectors."""
    labels = {
        "metric.type": metric,
        "resource.type": RESOURCE,
        "project": project.id,
        "resource.labels.project_id": project.id,
        "resource.labels.service": seen.service,
        "resource.labels.method": seen.method,
        "resource.labels.version": "v1",
        "resource.labels.location": "global",
        "resource.labels.credential_id": "",
    }
    if metric == COUNT:
        labels |= {
            "metric.labels.protocol": "http",
            "metric.labels.response_code": str(seen.status),
            "metric.labels.response_code_class": f"{seen.status // 100}xx",
        }
    return labels


def _by_minute(items: Sequence[Seen], metric: str) -> list[_Point]:
    minutes: dict[datetime, list[Seen]] = {}
    for seen in items:
        minutes.setdefault(seen.at.replace(second=0, microsecond=0), []).append(seen)
    return [
        _Point(minute, minute + SHORTEST, len(some) if metric == COUNT else Distribution.of(x.seconds for x in some))
        for minute, some in sorted(minutes.items())
    ]


# ── aggregation ──────────────────────────────────────────────────────────────────────────────────────────────────
def _aggregated(raw: list[_Series], query: Mapping[str, Any], end: datetime) -> list[_Series]:
    """Align each series, then reduce them by groups, as far as the request asks for. Raises ApiError (400)."""
    aligner = query.get("aggregation.perSeriesAligner", "ALIGN_NONE")
    reducer = query.get("aggregation.crossSeriesReducer", "REDUCE_NONE")
    if aligner == "ALIGN_NONE":
        if reducer != "REDUCE_NONE":
            raise invalid(
                "Field aggregation.perSeriesAligner had an invalid value: a reducer needs an aligner.",
                "aggregation.per_series_aligner",
            )
        return raw
    period = _period(query.get("aggregation.alignmentPeriod", ""))
    aligned = [_Series(item.labels, _aligned(item.points, aligner, period, end)) for item in raw]
    if reducer == "REDUCE_NONE":
        return aligned
    groups: dict[tuple[tuple[str, str], ...], list[_Point]] = {}
    fields = [selector(name) for name in query.get("aggregation.groupByFields", ())]
    always = ("metric.type", "resource.type", "project", "resource.labels.project_id")
    for item in aligned:
        kept = tuple((name, item.labels.get(name, "")) for name in dict.fromkeys((*always, *fields)))
        groups.setdefault(kept, []).extend(item.points)
    return [_Series(dict(labels), _reduced(points, reducer)) for labels, points in groups.items()]


def _aligned(points: Iterable[_Point], aligner: str, period: timedelta, end: datetime) -> list[_Point]:
    """Put points into periods that are counted back from the end of the interval."""
    periods: dict[int, list[Value]] = {}
    for point in points:
        periods.setdefault(max(0, (end - point.end) // period), []).append(point.value)
    made = []
    for number, values in sorted(periods.items(), reverse=True):
        until = end - number * period
        made.append(_Point(until - period, until, _one(values, aligner.removeprefix("ALIGN_"), period)))
    return made


def _reduced(points: Iterable[_Point], reducer: str) -> list[_Point]:
    moments: dict[tuple[datetime, datetime], list[Value]] = {}
    for point in points:
        moments.setdefault((point.start, point.end), []).append(point.value)
    how = reducer.removeprefix("REDUCE_")
    return [_Point(*moment, _one(values, how, moment[1] - moment[0])) for moment, values in sorted(moments.items())]


def _one(values: Sequence[Value], how: str, period: timedelta) -> Value:  # noqa: PLR0911  one line for each way
    """Make one value of several. Raises ApiError (400) where the way does not go with the kind of value."""
    whole = [value for value in values if isinstance(value, Distribution)]
    plain = [value for value in values if not isinstance(value, Distribution)]
    if how.startswith("PERCENTILE_"):
        share = int(how.removeprefix("PERCENTILE_")) / 100
        return Distribution.merged(whole).percentile(share) if whole else percentile_of(plain, share)
    if how in {"DELTA", "SUM"}:
        return Distribution.merged(whole) if whole else sum(plain)
    if how == "COUNT":
        return len(values)
    if whole and how == "MEAN":
        return Distribution.merged(whole).mean
    if whole:
        raise invalid(f"The aggregation {how} can't be applied to values of type DISTRIBUTION.", "aggregation")
    if how == "RATE":
        return float(sum(plain)) / period.total_seconds()
    if how == "MEAN":
        return sum(plain) / len(plain)
    if how in {"MIN", "MAX"}:
        return min(plain) if how == "MIN" else max(plain)
    raise ApiError("UNIMPLEMENTED", f"The sandbox does not play {how}.")


# ── reading the request, writing the answer ──────────────────────────────────────────────────────────────────────
def _interval(query: Mapping[str, Any]) -> tuple[datetime, datetime]:
    end = _moment(query.get("interval.endTime", ""), "interval.end_time")
    given = query.get("interval.startTime", "")
    start = _moment(given, "interval.start_time") if given else end - SHORTEST
    if start > end:
        raise invalid("The start time must be before the end time.", "interval.start_time")
    return start, end


def _moment(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"Field {field} had an invalid value: {text!r}.", field) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _period(text: str) -> timedelta:
    try:
        period = timedelta(seconds=float(text.removesuffix("s"))) if text.endswith("s") else timedelta()
    except ValueError:
        period = timedelta()
    if period < SHORTEST:
        raise invalid("The alignment period must be at least 60 s.", "aggregation.alignment_period")
    return period


def _shown(series: _Series, metric: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a series as the API does, the newest point first."""
    value = series.points[0].value
    kind = "DISTRIBUTION" if isinstance(value, Distribution) else "INT64" if isinstance(value, int) else "DOUBLE"
    answer: dict[str, Any] = {
        "metric": {"type": metric, **_below("metric.labels.", series.labels)},
        "resource": {"type": RESOURCE, **_below("resource.labels.", series.labels)},
        "metricKind": "GAUGE" if kind == "DOUBLE" else "DELTA",
        "valueType": kind,
    }
    if query.get("view", "FULL") == "FULL":
        answer["points"] = [point.shown() for point in reversed(series.points)]
    return answer


def _below(prefix: str, labels: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found = {name.removeprefix(prefix): value for name, value in labels.items() if name.startswith(prefix)}
    return {"labels": found} if found else {}
