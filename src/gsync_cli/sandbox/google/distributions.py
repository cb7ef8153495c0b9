"""Distributions as Cloud Monitoring keeps them: counts in buckets that grow exponentially."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

FINITE: Final = 64
GROWTH: Final = 1.2
SCALE: Final = 0.001
"""Seconds at which the first finite bucket begins."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many values fell into each bucket: below SCALE, FINITE buckets, and above."""

    count: int
    mean: float
    squares: float
    """Sum of the squared deviations from the mean."""
    buckets: tuple[int, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Distribution":
        """Count values."""
        known = list(values)
        buckets = [0] * (FINITE + 2)
        for value in known:
            buckets[_bucket(value)] += 1
        mean = sum(known) / len(known)
        return cls(len(known), mean, sum((value - mean) ** 2 for value in known), tuple(buckets))

    @classmethod
    def merged(cls, parts: Sequence["Distribution"]) -> "Distribution":
        """Return what all parts are together."""
        count = sum(part.count for part in parts)
        mean = sum(part.mean * part.count for part in parts) / count
        squares = sum(part.squares + part.count * (part.mean - mean) ** 2 for part in parts)
        return cls(count, mean, squares, tuple(map(sum, zip(*(part.buckets for part in parts), strict=True))))

    def percentile(self, share: float) -> float:
        """Return the value below which a share lies, estimated within its bucket."""
        wanted, below = share * self.count, 0
        for number, held in enumerate(self.buckets):
            if held and below + held >= wanted:
                low, high = _bounds(number)
                return low + (high - low) * (wanted - below) / held
            below += held
        return _bounds(FINITE + 1)[0]

    def shown(self) -> dict[str, Any]:
        """Return it as the API does: counts are text, empty buckets at the end are left out."""
        last = max((number for number, held in enumerate(self.buckets) if held), default=-1)
        return {
            "count": str(self.count),
            "mean": self.mean,
            "sumOfSquaredDeviation": self.squares,
            "bucketOptions": {
                "exponentialBuckets": {"numFiniteBuckets": FINITE, "growthFactor": GROWTH, "scale": SCALE}
            },
            "bucketCounts": [str(held) for held in self.buckets[: last + 1]],
        }


def percentile_of(values: Sequence[float], share: float) -> float:
    """Return the value at a share of sorted values, between two neighbours in proportion."""
    known = sorted(values)
    at = share * (len(known) - 1)
    low = known[math.floor(at)]
    return low + (known[math.ceil(at)] - low) * (at - math.floor(at))


def _bucket(value: float) -> int:
    if value < SCALE:
        return 0
    return min(FINITE + 1, 1 + math.floor(math.log(value / SCALE, GROWTH)))


def _bounds(number: int) -> tuple[float, float]:
    if number == 0:
        return 0.0, SCALE
    low = SCALE * GROWTH ** (number - 1)
    return low, low * GROWTH if number <= FINITE else low
