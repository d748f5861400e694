"""Every input of a question that has a range."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pricing.errors import InputError, Problem, did_you_mean
from tco.analysis.decision import Question
from tco.analysis.factor import Factor
from tco.analysis.money_factors import cost_factors, drift_factors, market_price_factors
from tco.analysis.speed_factor import speed_factors
from tco.analysis.workload_factors import length_factors, objective_factors, traffic_factors


def factors(question: Question) -> tuple[Factor, ...]:
    """List every input that has a range, prices and traffic first."""
    scenario = question.scenario
    return (
        *market_price_factors(scenario),
        *traffic_factors(scenario),
        *length_factors(scenario),
        *objective_factors(scenario),
        *speed_factors(question),
        *drift_factors(scenario),
        *cost_factors(question),
    )


def with_ranges(
    known: Iterable[Factor], ranges: Mapping[str, tuple[float, float]]
) -> tuple[Factor, ...]:
    """Replace ranges by your own.

    Raises
    ------
    InputError
        If a key is not an input, or a range runs downward.
    """
    by_key = {factor.key: factor for factor in known}
    problems = [
        Problem("range", key, "is not an input with a range", did_you_mean(key, by_key))
        for key in ranges
        if key not in by_key
    ]
    if problems:
        raise InputError(*problems)
    return tuple(
        replace(f, low=ranges[f.key][0], high=ranges[f.key][1], basis="your range")
        if f.key in ranges
        else f
        for f in by_key.values()
    )


def factor_of(known: Iterable[Factor], key: str) -> Factor:
    """Look an input up by its key.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    by_key = {factor.key: factor for factor in known}
    if key not in by_key:
        raise InputError(Problem("input", key, "is not an input", did_you_mean(key, by_key)))
    return by_key[key]
