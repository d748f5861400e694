"""The part of a point that shows the steady state, and what it comes to.

In a closed loop it begins when every client has been answered once. From there on the requests
count in the order of sending, whole waves of all clients, and only while the load was still full
when the last of them was answered. The rate is that of Little's law, clients over mean residence:
it needs no span of time, so that no part of a wave can tilt it. (Over half a minute in which each
client was answered one and a half times, counting tokens by the clock was 14 % off.) In an open
loop those requests count that were sent after the first fifth of the schedule.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import numpy as np
from scipy.stats import t as student_t

from calibrate.load.driver import CANCELLED, Row
from calibrate.plan.plan import Load
from pricing.provenance import Record
from tco.kernel.arrays import FloatArray

WARM_SHARE: Final = 0.2
BATCHES: Final = 5
CONFIDENCE: Final = 0.99
CHANCE_DEVIATIONS: Final = 3.0
PERCENTILES: Final = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Window:
    """Requests that count as arrays, and everybody's presence in the span of time [s]."""

    sent_s: FloatArray
    first_s: FloatArray
    finished_s: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    came_s: FloatArray
    """When each request of the point was sent, those that do not count included."""
    left_s: FloatArray
    """When it was answered; infinite where it was not."""
    opens_s: float
    closes_s: float
    clients: int | None
    """None in an open loop."""

    @property
    def length_s(self) -> float:
        """Length of the window [s]."""
        return self.closes_s - self.opens_s


class Figures(Record):
    """What a window comes to."""

    window_s: float
    answered: int
    """Requests that count."""
    requests_per_second: float
    rate_se: float
    """Relative standard error of the rate, from parts of the window [1]."""
    output_tokens_per_second: float
    mean_tpot_ms: float
    mean_ttft_ms: float
    mean_e2e_ms: float
    inside: float
    """Requests inside, on average."""
    little: float
    """Rate times residence over requests inside, less 1."""
    little_chance: float
    """Part of that which the two ends of the window explain; 0 in a closed loop."""
    tpot_trend: float
    """Relative growth of the time per token over the window; 0 where it may be chance."""
    input_mean: float
    input_mean_square: float
    output_mean: float
    output_mean_square: float
    ttft_percentiles_ms: dict[str, float]
    """Only percentiles that the number of answers supports."""
    tpot_percentiles_ms: dict[str, float]


def open_window(rows: Sequence[Row], load: Load) -> Window | None:
    """Choose the window of a point; None where no part of it was steady."""
    ordered = sorted((r for r in rows if r.error in {"", CANCELLED}), key=lambda row: row.sent_s)
    if load.concurrency is not None:
        return _closed_window(ordered, load.concurrency)
    return _open_window(ordered, load.requests)


def _closed_window(ordered: Sequence[Row], clients: int) -> Window | None:
    """Whole waves of requests sent after every client was answered once."""
    firsts = [row for row in ordered if row.first_of_client] or ordered[:clients]
    if not firsts or not all(row.ok for row in firsts):
        return None
    opens_s = max(_end_s(row) for row in firsts)
    full_until_s = _full_until_s(ordered)
    later = (row for row in ordered if row.sent_s >= opens_s)
    counted = list(takewhile(lambda row: row.ok and _end_s(row) <= full_until_s, later))
    counted = counted[: len(counted) // clients * clients or len(counted)]
    if not counted:
        return None
    return _window(ordered, counted, opens_s, full_until_s, clients)


def _full_until_s(ordered: Sequence[Row]) -> float:
    """When the load began to fall.

    The built-in client drops what is under way with the last answer that counts; another generator
    stops sending and waits.
    """
    if any(row.first_of_client for row in ordered):
        return max(row.finished_s for row in ordered if row.finished_s is not None)
    return max(row.sent_s for row in ordered)


def _open_window(ordered: Sequence[Row], requests: int) -> Window | None:
    """Requests of the schedule behind its first fifth; later ones only kept the load up."""
    schedule = ordered[:requests]
    if not schedule:
        return None
    closes_s = schedule[-1].sent_s
    opens_s = WARM_SHARE * closes_s
    counted = [row for row in schedule if row.ok and opens_s < row.sent_s <= closes_s]
    return _window(ordered, counted, opens_s, closes_s, None) if counted else None


def _window(
    ordered: Sequence[Row],
    counted: Sequence[Row],
    opens_s: float,
    closes_s: float,
    clients: int | None,
) -> Window:
    return Window(
        sent_s=_array(row.sent_s for row in counted),
        first_s=_array(row.first_s for row in counted),
        finished_s=_array(row.finished_s for row in counted),
        input_tokens=_array(row.input_tokens or row.input_asked for row in counted),
        output_tokens=_array(row.output_tokens or row.streamed_tokens for row in counted),
        came_s=_array(row.sent_s for row in ordered),
        left_s=_array(_end_s(row) if row.ok else math.inf for row in ordered),
        opens_s=opens_s,
        closes_s=closes_s,
        clients=clients,
    )


def _end_s(row: Row) -> float:
    return math.inf if row.finished_s is None else row.finished_s


def figures(window: Window) -> Figures | None:
    """What the window comes to; None where nothing was decoded in it."""
    w = window
    e2e_s, ttft_s = w.finished_s - w.sent_s, w.first_s - w.sent_s
    gaps = w.output_tokens - 1
    inside = _inside(w)
    if w.length_s <= 0 or inside <= 0 or not np.sum(gaps) > 0:
        return None
    residence_s = float(np.mean(e2e_s))
    rate = len(e2e_s) / w.length_s if w.clients is None else w.clients / residence_s
    chance = 0.0
    if w.clients is None:
        chance = CHANCE_DEVIATIONS * math.sqrt(2 * inside / 3) / len(e2e_s)
    tpot_s = (w.finished_s - w.first_s) / np.maximum(gaps, 1)
    return Figures(
        window_s=w.length_s,
        answered=len(e2e_s),
        requests_per_second=rate,
        rate_se=_mean_error(e2e_s),
        output_tokens_per_second=rate * float(np.mean(w.output_tokens)),
        mean_tpot_ms=float(np.sum(w.finished_s - w.first_s) / np.sum(gaps) * 1_000),
        mean_ttft_ms=float(np.mean(ttft_s) * 1_000),
        mean_e2e_ms=residence_s * 1_000,
        inside=inside,
        little=rate * residence_s / inside - 1,
        little_chance=chance,
        tpot_trend=_trend(w.sent_s, tpot_s),
        input_mean=float(np.mean(w.input_tokens)),
        input_mean_square=float(np.mean(w.input_tokens**2)),
        output_mean=float(np.mean(w.output_tokens)),
        output_mean_square=float(np.mean(w.output_tokens**2)),
        ttft_percentiles_ms=_percentiles(ttft_s),
        tpot_percentiles_ms=_percentiles(tpot_s),
    )


def answers_needed(percent: int) -> int:
    """Answers below which a percentile is not shown, at 99 % confidence.

    With fewer, no answer above the percentile need have been seen at all
    (MLPerf Inference rules, early stopping).

    Examples
    --------
    >>> [answers_needed(percent) for percent in (90, 95, 99)]
    [44, 90, 459]
    """
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(percent / 100))


def _percentiles(values_s: FloatArray) -> dict[str, float]:
    return {
        f"p{percent}": float(np.quantile(values_s, percent / 100) * 1_000)
        for percent in PERCENTILES
        if len(values_s) >= answers_needed(percent)
    }


def _inside(w: Window) -> float:
    """Requests inside, on average over the window."""
    part_s = np.minimum(w.left_s, w.closes_s) - np.maximum(w.came_s, w.opens_s)
    return float(np.sum(np.clip(part_s, 0.0, None)) / w.length_s) if w.length_s > 0 else 0.0


def _mean_error(values_s: FloatArray) -> float:
    """Relative standard error of a mean, from parts in the order of sending [1]."""
    if len(values_s) < BATCHES:
        return 0.0
    means = np.array([float(np.mean(part)) for part in np.array_split(values_s, BATCHES)])
    return float(np.std(means, ddof=1) / math.sqrt(BATCHES) / np.mean(means))


def _trend(times_s: FloatArray, values: FloatArray) -> float:
    """Relative growth over the times, by a straight line; 0 where chance explains it."""
    n = len(values)
    if n < 2 * BATCHES or np.ptp(times_s) == 0:
        return 0.0
    slope, level = np.polyfit(times_s - np.mean(times_s), values, 1)
    left = values - (level + slope * (times_s - np.mean(times_s)))
    spread = float(np.sum((times_s - np.mean(times_s)) ** 2))
    error = math.sqrt(float(np.sum(left**2)) / (n - 2) / spread)
    if abs(slope) <= float(student_t.ppf((1 + CONFIDENCE) / 2, n - 2)) * error or level <= 0:
        return 0.0
    return float(slope * np.ptp(times_s) / level)


def _array(values: Iterable[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
