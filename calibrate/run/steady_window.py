"""The part of a point that shows the steady state, and what it comes to.

In a closed loop the window opens when every client has been answered once and closes before the
last request is sent, so that all clients are busy throughout, and after a whole number of waves:
clients that began together keep in step for a while, and part of a wave would count reading of
prompts without the answers that follow. In an open loop it opens after the first
fifth of the schedule. A token counts where it falls; between its first and last token a request is
taken to decode evenly.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from calibrate.load.driver import Row
from calibrate.plan.plan import Load
from pricing.provenance import Record
from tco.kernel.speed import FloatArray

WARM_SHARE: Final = 0.2
BATCHES: Final = 5
CONFIDENCE: Final = 0.99
PERCENTILES: Final = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Window:
    """Answered requests as arrays, and the span of time that counts [s]."""

    sent_s: FloatArray
    first_s: FloatArray
    finished_s: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    opens_s: float
    closes_s: float

    @property
    def length_s(self) -> float:
        """Length of the window [s]."""
        return self.closes_s - self.opens_s

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Requests sent inside the window, as a mask."""
        return np.asarray((self.sent_s >= self.opens_s) & (self.sent_s <= self.closes_s))


class Figures(Record):
    """What a window comes to."""

    window_s: float
    answered: int
    """Requests answered inside the window."""
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
    tpot_trend: float
    """Relative growth of the time per token over the window; 0 where it may be chance."""
    inside_trend: float
    input_mean: float
    input_mean_square: float
    output_mean: float
    output_mean_square: float
    ttft_percentiles_ms: dict[str, float]
    """Only percentiles that the number of answers supports."""
    tpot_percentiles_ms: dict[str, float]


def open_window(rows: Sequence[Row], load: Load) -> Window | None:
    """Choose the window of a point; None where no part of it was steady."""
    ok = [row for row in rows if row.ok and row.first_s is not None and row.finished_s is not None]
    if len(ok) < 2:
        return None
    ordered = sorted(ok, key=lambda row: row.sent_s)
    last_sent_s = max(row.sent_s for row in rows)
    opens_s, closes_s = WARM_SHARE * last_sent_s, last_sent_s
    if load.concurrency is not None:
        opens_s, closes_s = _whole_waves(ordered, load.concurrency, last_sent_s)
    if opens_s >= closes_s:
        return None
    return Window(
        sent_s=_array(row.sent_s for row in ordered),
        first_s=_array(row.first_s for row in ordered),
        finished_s=_array(row.finished_s for row in ordered),
        input_tokens=_array(row.input_tokens or row.input_asked for row in ordered),
        output_tokens=_array(row.output_tokens or row.streamed_tokens for row in ordered),
        opens_s=opens_s,
        closes_s=closes_s,
    )


def _whole_waves(ordered: Sequence[Row], clients: int, last_sent_s: float) -> tuple[float, float]:
    """From the answer that ends the first wave to the last that ends another, in time."""
    opens_s = max(row.finished_s or 0.0 for row in ordered[:clients])
    later_s = sorted(end for row in ordered if (end := row.finished_s or 0.0) > opens_s)
    in_time = [end_s for end_s in later_s[clients - 1 :: clients] if end_s <= last_sent_s]
    return opens_s, in_time[-1] if in_time else last_sent_s


def figures(window: Window) -> Figures | None:
    """What the window comes to; None where nothing was decoded in it."""
    counted = window.counted
    if not counted.any() or window.length_s <= 0:
        return None
    w = window
    decoding_s, tokens = _inside_decode(w, w.opens_s, w.closes_s)
    outputs, inputs = w.output_tokens[counted], w.input_tokens[counted]
    e2e_s = (w.finished_s - w.sent_s)[counted]
    ttft_s = (w.first_s - w.sent_s)[counted]
    tpot_s = ((w.finished_s - w.first_s) / np.maximum(w.output_tokens - 1, 1))[counted]
    inside = _inside(w, w.opens_s, w.closes_s)
    if not np.sum(tokens) > 0 or inside <= 0:
        return None
    gaps = float(np.sum(tokens)) - float(np.sum(_in(w.first_s, w.opens_s, w.closes_s)))
    if gaps <= 0:
        return None
    token_rate = float(np.sum(tokens) / w.length_s)
    rate = token_rate / float(np.mean(outputs))
    return Figures(
        window_s=w.length_s,
        answered=int(np.sum((w.finished_s > w.opens_s) & (w.finished_s <= w.closes_s))),
        requests_per_second=rate,
        rate_se=_rate_error(w),
        output_tokens_per_second=token_rate,
        mean_tpot_ms=float(np.sum(decoding_s) / gaps * 1_000),
        mean_ttft_ms=float(np.mean(ttft_s) * 1_000),
        mean_e2e_ms=float(np.mean(e2e_s) * 1_000),
        inside=inside,
        little=rate * float(np.mean(e2e_s)) / inside - 1,
        tpot_trend=_trend(w.sent_s[counted], tpot_s),
        inside_trend=_inside_trend(w),
        input_mean=float(np.mean(inputs)),
        input_mean_square=float(np.mean(inputs**2)),
        output_mean=float(np.mean(outputs)),
        output_mean_square=float(np.mean(outputs**2)),
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


def _inside_decode(w: Window, opens_s: float, closes_s: float) -> tuple[FloatArray, FloatArray]:
    """Decoding time and tokens of each request between two times."""
    whole_s = w.finished_s - w.first_s
    part_s = np.minimum(w.finished_s, closes_s) - np.maximum(w.first_s, opens_s)
    part_s = np.clip(part_s, 0.0, None)
    share = np.divide(part_s, whole_s, out=np.zeros_like(part_s), where=whole_s > 0)
    tokens = share * (w.output_tokens - 1) + _in(w.first_s, opens_s, closes_s)
    return part_s, tokens


def _in(times_s: FloatArray, opens_s: float, closes_s: float) -> FloatArray:
    return np.asarray((times_s >= opens_s) & (times_s < closes_s), dtype=float)


def _inside(w: Window, opens_s: float, closes_s: float) -> float:
    """Requests inside, on average between two times."""
    part_s = np.minimum(w.finished_s, closes_s) - np.maximum(w.sent_s, opens_s)
    return float(np.sum(np.clip(part_s, 0.0, None)) / (closes_s - opens_s))


def _parts(w: Window) -> FloatArray:
    return np.linspace(w.opens_s, w.closes_s, BATCHES + 1)


def _rate_error(w: Window) -> float:
    edges = _parts(w)
    rates = [float(np.sum(_inside_decode(w, a, b)[1])) for a, b in pairwise(edges)]
    mean = float(np.mean(rates))
    return float(np.std(rates, ddof=1) / math.sqrt(BATCHES) / mean)


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


def _inside_trend(w: Window) -> float:
    """Relative growth of the requests inside, last part against first."""
    edges = _parts(w)
    first, last = _inside(w, edges[0], edges[1]), _inside(w, edges[-2], edges[-1])
    return last / first - 1 if first > 0 else 0.0


def _array(values: Iterable[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
