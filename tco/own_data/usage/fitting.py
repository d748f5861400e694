"""Figures of a log in the form a scenario asks for: lengths with their mean, growth, a week."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

from pricing.units import HOURS_PER_MONTH, HOURS_PER_WEEK
from tco.kernel.lengths import Quantiles
from tco.own_data.usage.traffic_of_log import PROBABILITIES, DayOfLog, HourOfWeek
from tco.question.traffic import (
    SPREAD_WHEN_UNKNOWN,
    FixedLength,
    LognormalLength,
    QuantileLength,
    TokenLength,
)

FEWEST_WEEKS: Final = 4
"""Whole weeks from which a growth is told apart from a weekly swing."""
WEEKS_PER_MONTH: Final = HOURS_PER_MONTH / HOURS_PER_WEEK
_SMALLEST: Final = 1e-3  # a scenario has no shorter length


@dataclass(frozen=True, slots=True)
class FittedGrowth:
    """Growth of the requests, with its error."""

    per_month: float
    standard_error: float


def length_with_mean(quantiles: Sequence[float], mean: float) -> TokenLength:
    """Lengths with the quantiles of a log and exactly its mean.

    Between quantiles lengths are taken as even, which misses the mean a little: the quantiles are
    drawn towards the longest or the shortest until it is met, and none leaves their span.
    """
    mean = max(mean, _SMALLEST)
    if not quantiles:
        return LognormalLength(mean_tokens=mean, cv=SPREAD_WHEN_UNKNOWN)
    shortest, longest = max(quantiles[0], _SMALLEST), quantiles[-1]
    if longest <= shortest:
        return FixedLength(tokens=mean)
    kept = [min(max(q, shortest), longest) for q in quantiles]
    kept = [max(kept[: place + 1]) for place in range(len(kept))]
    found = Quantiles(PROBABILITIES, tuple(kept)).mean
    end = longest if found < mean else shortest
    pull = (mean - found) / (end - found) if found != mean and end != found else 0.0
    drawn = tuple(q + pull * (end - q) for q in kept)
    return QuantileLength(probabilities=PROBABILITIES, tokens=_ascending(drawn))


def growth_of(days: Sequence[DayOfLog]) -> FittedGrowth | None:
    r"""Monthly growth by least squares on the logarithm of whole weeks.

    None if they are fewer than `FEWEST_WEEKS`, or one of them has no requests.

    With :math:`y_w = \ln n_w = a + b w`, the growth per month is :math:`e^{730 b/168} - 1`, and
    its standard error follows from that of the slope (delta method).
    """
    weeks = whole_weeks(days)
    if len(weeks) < FEWEST_WEEKS or min(weeks) <= 0:
        return None
    from scipy.stats import linregress

    fit = linregress(range(len(weeks)), [math.log(week) for week in weeks])
    factor = math.exp(float(fit.slope) * WEEKS_PER_MONTH)
    scatter = 0.0 if len(set(weeks)) == 1 else float(fit.stderr)  # none of weeks alike
    return FittedGrowth(factor - 1, factor * scatter * WEEKS_PER_MONTH)


def week_of(hours: Sequence[HourOfWeek], days: Sequence[DayOfLog]) -> tuple[float, ...] | None:
    """168 weights, each the mean of that hour's requests; None where a weekday was never seen."""
    weekdays = [0] * 7
    for number in range((days[-1].day - days[0].day).days + 1):
        weekdays[(days[0].day + timedelta(days=number)).weekday()] += 1
    if not all(weekdays):
        return None
    counts = {hour.hour: hour.requests for hour in hours}
    return tuple(counts.get(h, 0) / weekdays[h // 24] for h in range(HOURS_PER_WEEK))


def whole_weeks(days: Sequence[DayOfLog]) -> list[int]:
    """Requests in each seven days from the first on; the rest is left out."""
    first = days[0].day
    whole = ((days[-1].day - first).days + 1) // 7
    weeks = [0] * whole
    for day in days:
        week = (day.day - first).days // 7
        if week < whole:
            weeks[week] += day.requests
    return weeks


def _ascending(values: Sequence[float]) -> tuple[float, ...]:
    """The same values, with what rounding turned round made equal."""
    mended = list(values)
    for place, (before, after) in enumerate(pairwise(values)):
        mended[place + 1] = max(mended[place], before, after)
    return tuple(mended)
