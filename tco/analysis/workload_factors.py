"""Inputs of the workload: volume, peaks, lengths, cached share and what users may wait."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from tco.analysis.decision import Question
from tco.analysis.factor import PLANNERS, Factor, set_path
from tco.question.files import changed
from tco.question.scenario import Scenario
from tco.question.traffic import RequestClass, Side, cached_share_of, mean_tokens

HIGHEST_CACHED_SHARE: Final = 0.95
"""Some of every prompt is new."""
LONGEST_REUSE_MINUTES: Final = 44_640.0
"""A month, the longest that a scenario takes."""

_SIDES: Final[tuple[tuple[Side, str], ...]] = (
    ("output", "Mean output"),
    ("input", "Mean prompt"),
)


def traffic_factors(scenario: Scenario) -> Iterator[Factor]:
    """How much is sent, and how high its peaks are."""
    workload = scenario.workload
    volume, peak = workload.requests_per_month, workload.peak_within_hour
    cache = scenario.fleet.own_cache
    spread = cache is not None and not cache.by_prefix  # over more replicas each finds less
    yield Factor(
        "workload.requests_per_month",
        "Requests",
        "request/month",
        volume,
        volume / 2,
        volume * 2,
        PLANNERS,
        (1.0, 1e12),
        partial(set_path, "workload.requests_per_month"),
        moves_replica=spread,
    )
    yield Factor(
        "workload.peak_within_hour",
        "Busiest minute over its hour",
        "1",
        peak,
        max(1.0, 0.75 * peak),
        min(100.0, 1.5 * peak),
        PLANNERS,
        (1.0, 100.0),
        partial(set_path, "workload.peak_within_hour"),
        moves_replica=spread,
    )


def length_factors(scenario: Scenario) -> Iterator[Factor]:
    """How long requests are, and how much of a prompt is cached."""
    classes = scenario.workload.classes
    for side, label in _SIDES:
        mean = mean_tokens(classes, side)
        yield Factor(
            f"workload.{side}_tokens",
            label,
            "token",
            mean,
            mean / 2,
            mean * 2,
            PLANNERS,
            (mean / 50, mean * 50),
            partial(_scale_lengths, side),
            moves_replica=True,
        )
    cached = cached_share_of(classes)
    yield Factor(
        "workload.cached_share",
        "Cached share of the prompt",
        "1",
        cached,
        max(0.0, cached - 0.25),
        max(cached, min(HIGHEST_CACHED_SHARE, cached + 0.25)),
        PLANNERS,
        (0.0, max(cached, HIGHEST_CACHED_SHARE)),
        _share_cache,
        moves_replica=True,
    )
    if cached > 0 and scenario.self_hosted:
        yield _own_cache(scenario)


def _own_cache(scenario: Scenario) -> Factor:
    """What own servers find in their caches, or how soon prompts come back where it follows."""
    cache = scenario.fleet.own_cache
    if cache is None:
        return Factor(
            "fleet.own_cache_hits",
            "Cached tokens found on own servers",
            "1",
            scenario.fleet.own_cache_hits,
            0.0,
            1.0,
            "every share there can be",
            (0.0, 1.0),
            partial(set_path, "fleet.own_cache_hits"),
            moves_replica=True,
        )
    minutes = cache.reuse_minutes
    return Factor(
        "fleet.own_cache.reuse_minutes",
        "Time until a prompt comes back",
        "min",
        minutes,
        minutes / 4,
        min(LONGEST_REUSE_MINUTES, minutes * 4),
        PLANNERS,
        (minutes / 100, LONGEST_REUSE_MINUTES),
        partial(set_path, "fleet.own_cache.reuse_minutes"),
        moves_replica=True,
    )


def objective_factors(scenario: Scenario) -> Iterator[Factor]:
    """What users may be made to wait."""
    for name, label, most in (
        ("mean_tpot_ms", "Time per output token allowed", 10_000.0),
        ("mean_ttft_ms", "Time to first token allowed", 600_000.0),
    ):
        value = getattr(scenario.objective, name)
        yield Factor(
            f"objective.{name}",
            label,
            "ms",
            value,
            value / 2,
            min(most, value * 2),
            PLANNERS,
            (1.0, most),
            partial(set_path, f"objective.{name}"),
            moves_replica=True,
        )


def _scale_lengths(side: Side, question: Question, value: float) -> Question:
    """Stretch every class alike; the cached share of its prompts stays what it is."""
    classes = question.scenario.workload.classes
    ratio = value / mean_tokens(classes, side)
    lengths: dict[str, Any] = {
        f"workload.classes.{index}.{side}": _stretched(getattr(c, side), ratio)
        for index, c in enumerate(classes)
    }
    if side == "input":
        lengths |= _shares_as_given(classes)
    return replace(question, scenario=changed(question.scenario, lengths))


def _shares_as_given(classes: tuple[RequestClass, ...]) -> dict[str, Any]:
    shares: dict[str, Any] = {}
    for index, c in enumerate(classes):
        if c.cache is not None:
            shares[f"workload.classes.{index}.cache"] = None
            shares[f"workload.classes.{index}.cached_share"] = c.cached_prompt_share
    return shares


def _stretched(length: Any, ratio: float) -> dict[str, Any]:  # noqa: ANN401 - any kind of length
    mean = length.distribution().mean
    plain: dict[str, Any] = length.with_mean(mean * ratio).model_dump(mode="json")
    return plain


def _share_cache(question: Question, value: float) -> Question:
    """Move every class towards nothing or everything cached, the mean of the mix to `value`."""
    classes = question.scenario.workload.classes
    mean = cached_share_of(classes)
    shares: dict[str, Any] = {}
    for index, c in enumerate(classes):
        own = c.cached_prompt_share
        below = own * value / mean if mean > 0 else 0.0
        moved = below if value <= mean else own + (1 - own) * (value - mean) / (1 - mean)
        shares[f"workload.classes.{index}.cache"] = None
        shares[f"workload.classes.{index}.cached_share"] = min(1.0, moved)
    return replace(question, scenario=changed(question.scenario, shares))
