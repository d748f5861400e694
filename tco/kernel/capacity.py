"""How much one replica carries: the highest request rate that still meets the objectives.

Objectives here are means. Time per token and time to first token both grow with the sequences
running, so capacity is the largest batch that meets both, within the engine's own limits and the
span that was measured. Where not even a request alone meets them, no number of replicas does: that
is an answer, not an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.roots import End, rising_root
from tco.kernel.speed import (
    max_running,
    requests_per_second,
    room_in_memory,
    room_in_steps,
    tpot_ms,
    ttft_ms,
)
from tco.kernel.step_time import StepTime
from tco.words.figures import milliseconds, number, plural, share, tokens, whole

Bound = Literal["tpot", "ttft", "kv", "sequences", "prefill", "span"]

HIGHEST_CONCURRENCY_STRETCH: Final = 4.0
HIGHEST_CONTEXT_STRETCH: Final = 4.0
HIGHEST_PROMPT_SHARE_STRETCH: Final = 10.0
Leave = Literal["fold", "shape", "above", "below", "layout"]
Kind = Literal["dense", "mixture"]
WIDENING: Final[dict[Kind, dict[Leave, float]]] = {
    "dense": {"fold": 0.85, "shape": 1.05, "above": 0.85, "below": 0.85, "layout": 0.85},
    "mixture": {"fold": 0.85, "shape": 1.6, "above": 1.0, "below": 0.9, "layout": 1.2},
}
"""Factors on the interval by what was left out, as `tco-calibrate crossval --leave` measures.

Each is the one that covers 90 % of rates and times per token held out, rounded up to a twentieth,
and at least that of points left out at random.
"""
MANY_SHAPES: Final = 1.2
"""Largest factor for a shape that was not measured where five or more were: our choice."""
_SAME_SHAPE: Final = 0.10
_SAME_CACHED_SHARE: Final = 0.05
_CLOSE: Final = 1e-13


@dataclass(frozen=True, slots=True)
class Capacity:
    """The load at which one replica still meets the objectives, and what stops it there."""

    requests_per_second: float
    running: float
    tpot_ms: float
    ttft_ms: float
    bound_by: Bound


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No number of replicas meets the objectives."""

    reason: str


@dataclass(frozen=True, slots=True)
class MeasuredSpan:
    """The loads that a calibration measured, as plain numbers."""

    shapes: tuple[tuple[float, float], ...]
    """Mean input and output length of every shape measured [token]."""
    concurrency_low: float
    concurrency_high: float
    cached_share_low: float
    cached_share_high: float


class Extrapolation(NamedTuple):
    """How far a load lies from what was measured, and how much wider its interval gets."""

    name: str
    multiplier: float
    reasons: tuple[str, ...]


def slo_capacity(
    step: StepTime,
    limits: EngineLimits,
    mix: RequestMix,
    *,
    mean_tpot_ms: float,
    mean_ttft_ms: float,
    running_cap: float | None = None,
) -> Capacity | Infeasible:
    """Largest load of one replica within its objectives; parameters are plain floats here.

    Parameters
    ----------
    mean_tpot_ms, mean_ttft_ms
        Objectives for the mean time per output token and the mean time to first token [ms].
    running_cap
        Sequences beyond which the calibration may not be used; None leaves the engine's limits.
    """
    if room_in_memory(limits, mix) < 1:
        return Infeasible(
            f"the memory left for context holds {tokens(float(np.asarray(limits.kv_tokens)))}, "
            f"less than one request of {whole(float(np.asarray(mix.context_tokens)))}"
        )
    alone_tpot, alone_ttft = (
        float(tpot_ms(step, mix, 1.0, limits)),
        float(ttft_ms(step, limits, mix, 1.0)),
    )
    if alone_tpot > mean_tpot_ms:
        return Infeasible(
            f"a request alone takes {milliseconds(alone_tpot)} per output token, "
            f"the objective is {milliseconds(mean_tpot_ms)}"
        )
    if alone_ttft > mean_ttft_ms:
        return Infeasible(
            f"a request alone waits {milliseconds(alone_ttft)} for its first token, "
            f"the objective is {milliseconds(mean_ttft_ms)}"
        )
    bounds: dict[Bound, float] = {
        "sequences": float(np.asarray(limits.max_num_seqs)),
        "kv": float(room_in_memory(limits, mix)),
        "prefill": float(room_in_steps(limits, mix)),
        "span": float("inf") if running_cap is None else max(running_cap, 1.0),
    }
    top = np.asarray(max(min(bounds.values()), 1.0))
    bounds["tpot"] = float(_largest(lambda b: tpot_ms(step, mix, b, limits), mean_tpot_ms, top))
    bounds["ttft"] = float(_largest(lambda b: ttft_ms(step, limits, mix, b), mean_ttft_ms, top))
    name = min(bounds, key=lambda bound: bounds[bound])
    running = bounds[name]
    return Capacity(
        requests_per_second=float(requests_per_second(step, mix, running, limits)),
        running=running,
        tpot_ms=float(tpot_ms(step, mix, running, limits)),
        ttft_ms=float(ttft_ms(step, limits, mix, running)),
        bound_by=name,
    )


def capacity_draws(
    step: StepTime,
    limits: EngineLimits,
    mix: RequestMix,
    *,
    mean_tpot_ms: Numbers,
    mean_ttft_ms: Numbers,
    running_cap: float | None = None,
) -> FloatArray:
    """Capacity of every draw; 0 where no number of replicas meets the objectives [request/s].

    Returns
    -------
    ndarray of shape (draws,)
    """
    top = np.asarray(max_running(limits, mix), dtype=float)
    top = top if running_cap is None else np.minimum(top, max(running_cap, 1.0))
    running = np.minimum.reduce(
        [
            np.broadcast_to(top, np.broadcast_shapes(top.shape, np.shape(step.a_ms))),
            _largest(lambda b: tpot_ms(step, mix, b, limits), mean_tpot_ms, top),
            _largest(lambda b: ttft_ms(step, limits, mix, b), mean_ttft_ms, top),
        ]
    )
    meets = (
        (room_in_memory(limits, mix) >= 1)
        & (tpot_ms(step, mix, 1.0, limits) <= mean_tpot_ms)
        & (ttft_ms(step, limits, mix, 1.0) <= mean_ttft_ms)
    )
    return np.where(meets, requests_per_second(step, mix, running, limits), 0.0)


def extrapolation(
    span: MeasuredSpan, mix: RequestMix, running: float, kind: Kind = "dense"
) -> Extrapolation:
    """How far a load lies from what was measured, and the factor on its interval.

    The factors are those measured when points were held out on purpose (`WIDENING`,
    docs/calibrations.md): at random, by shape, by more clients and by fewer. The parameters' own
    covariance already grows with the distance, so beyond the clients little has to be added. With
    five shapes or more a new one lies nearer. More prompt per output token than any shape makes the
    factor 2, a cached share that was not measured 1.5: our choices. Beyond four times the highest
    concurrency or context, or ten times the highest prompt share, the answer is refused.
    """
    refused = tuple(_beyond(span, mix, running))
    if refused:
        return Extrapolation("refused", float("inf"), refused)
    grounds = list(_stretches(span, mix, running, WIDENING[kind]))
    measured = WIDENING[kind]["fold"]
    if not grounds:
        return Extrapolation("interpolation", measured, ())
    widest = max(grounds, key=lambda ground: ground.multiplier)
    # Independent errors add up in squares.
    excess = sum(ground.multiplier**2 - measured**2 for ground in grounds)
    reasons = tuple(reason for ground in grounds for reason in ground.reasons)
    return Extrapolation(widest.name, float(np.sqrt(measured**2 + excess)), reasons)


def _beyond(span: MeasuredSpan, mix: RequestMix, running: float) -> Sequence[str]:
    context, prompt = _features(mix)
    most_context, most_prompt = _highest(span)
    reasons = []
    if running > HIGHEST_CONCURRENCY_STRETCH * span.concurrency_high:
        reasons.append(_concurrency(running, span))
    if context > HIGHEST_CONTEXT_STRETCH * most_context:
        reasons.append(f"contexts of {tokens(context)}, measured up to {whole(most_context)}")
    if prompt > HIGHEST_PROMPT_SHARE_STRETCH * most_prompt:
        reasons.append(_prompt(prompt, most_prompt))
    return reasons


def _stretches(
    span: MeasuredSpan, mix: RequestMix, running: float, factors: Mapping[Leave, float]
) -> Sequence[Extrapolation]:
    lengths = float(np.asarray(mix.input_tokens)), float(np.asarray(mix.output_tokens))
    cached = float(mix.cached_share)
    grounds = []
    if running > span.concurrency_high:
        grounds.append(
            Extrapolation("higher concurrency", factors["above"], (_concurrency(running, span),))
        )
    if running < span.concurrency_low:
        reason = f"{whole(running)} sequences at once, measured from {whole(span.concurrency_low)}"
        grounds.append(Extrapolation("lower concurrency", factors["below"], (reason,)))
    if not any(_same_shape(lengths, shape) for shape in span.shapes):
        many = len(span.shapes) >= 5
        reason = (
            f"{tokens(lengths[0])} in and {whole(lengths[1])} out are not one of "
            f"the {plural(len(span.shapes), 'shape')} measured"
        )
        widest = min(factors["shape"], MANY_SHAPES) if many else factors["shape"]
        grounds.append(Extrapolation("unseen shape", widest, (reason,)))
    prompt, most_prompt = _features(mix)[1], _highest(span)[1]
    if prompt > (1 + _SAME_SHAPE) * most_prompt:
        reason = _prompt(prompt, most_prompt)
        grounds.append(Extrapolation("more prompt per token", 2.0, (reason,)))
    if not (
        span.cached_share_low - _SAME_CACHED_SHARE
        <= cached
        <= span.cached_share_high + _SAME_CACHED_SHARE
    ):
        low, high = span.cached_share_low, span.cached_share_high
        seen = f"at {share(high)}" if low == high else f"from {share(low)} to {share(high)}"
        reason = f"a cached share of {share(cached)}, measured {seen}"
        grounds.append(Extrapolation("unmeasured cache", 1.5, (reason,)))
    return grounds


def _concurrency(running: float, span: MeasuredSpan) -> str:
    most = whole(span.concurrency_high)
    return f"{plural(running, 'sequence')} at once, measured up to {most}"


def _prompt(prompt: float, most: float) -> str:
    said, measured = number(prompt, 3), number(most, 3)
    return f"{said} prompt tokens per output token, measured up to {measured}"


def _features(mix: RequestMix) -> tuple[float, float]:
    context = float(np.asarray(mix.context_tokens))
    return context, float(np.asarray(mix.prefill_tokens) / mix.token_intervals)


def _highest(span: MeasuredSpan) -> tuple[float, float]:
    """Longest context and largest prompt share that were measured."""
    measured = [_features(RequestMix.of_lengths(i, o)) for i, o in span.shapes]
    return max(context for context, _ in measured), max(prompt for _, prompt in measured)


def _same_shape(lengths: tuple[float, float], shape: tuple[float, float]) -> bool:
    return all(
        abs(mine / theirs - 1) <= _SAME_SHAPE for mine, theirs in zip(lengths, shape, strict=True)
    )


def _largest(
    time_ms: Callable[[FloatArray], FloatArray], objective_ms: Numbers, top: FloatArray
) -> FloatArray:
    """Largest batch whose time, growing with it, keeps to the objective; inf where all do."""
    at_top = time_ms(top)
    shape = np.broadcast_shapes(at_top.shape, np.shape(objective_ms))
    one, most = np.ones(shape), np.broadcast_to(np.maximum(top, 1.0), shape)

    def excess(running: FloatArray) -> FloatArray:
        """Bounded, so that a time that soars towards the top is no worse than any other."""
        return np.asarray(1 - objective_ms / time_ms(running))

    low, high = End(one, excess(one)), End(most, excess(most))
    return np.where(at_top <= objective_ms, np.inf, rising_root(excess, low, high, _CLOSE))
