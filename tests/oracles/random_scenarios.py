"""Varied break-even questions for `break_even_exact`, rich in ties, steps and edges."""

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, get_args

Scenario = dict[str, Fraction | int]
"""Keyword arguments of `break_even`: amounts are `Fraction`, the three counts `int`."""
Style = Literal["lattice", "rational", "float", "hair"]
"""How the numbers are drawn.

lattice: dyadic, held exactly by floats; bills meet on step borders time and again.
rational: small numerators and denominators, thirds and sevenths among them; ties as well.
float: doubles of realistic size; ties practically never.
hair: doubles whose instance cost misses ties at step borders by rounding only, so that arithmetic
in double precision cannot be expected to tell on which side.
"""
STYLES: tuple[Style, ...] = get_args(Style)
UTILISATIONS = [1 - Fraction(1, n) for n in (2, 3, 4, 5, 10, 100)] + [
    Fraction(n, 10) for n in (10, 11, 20)
]
MOST_STEPS = 300


def scenarios(n: int, seed: int, styles: tuple[Style, ...] = STYLES) -> Iterator[Scenario]:
    """Yield `n` scenarios; the same arguments give the same scenarios."""
    rng = random.Random(seed)
    for _ in range(n):
        yield _scenario(rng, rng.choice(styles))


def as_floats(scenario: Scenario) -> dict[str, float | int]:
    """Round the amounts to doubles, for an engine that takes floats; exact but in "rational".

    `break_even` takes the result at its exact value, so that both sides answer one question.
    """
    return {k: float(v) if isinstance(v, Fraction) else v for k, v in scenario.items()}


def _scenario(rng: random.Random, style: Style) -> Scenario:
    packing = rng.choice((1, 1, 1, 2, 3, 4, 5, 6, 7, 8))
    utilisation = rng.choice(UTILISATIONS)
    capacity = utilisation.denominator * _amount(rng, style, 1, 10_000)
    margin = _amount(rng, style, 1, 30) / 1_024  # API price less the host's cost per request
    instance_usd = utilisation * margin * capacity * packing
    if style == "float":
        instance_usd *= _amount(rng, style, 0, 2)
    host_per_request = rng.choice((0, 0, 1)) * _amount(rng, style, 0, 20) / 1_024
    api_per_request = host_per_request + margin

    odd = rng.random()
    if odd < 0.06:
        api_per_request = host_per_request
    elif odd < 0.14:
        api_per_request, host_per_request = host_per_request, api_per_request
    elif odd < 0.18:
        instance_usd = Fraction(0)
    elif odd < 0.20:
        api_per_request = Fraction(0)

    steps = rng.choice((1, 6, 12, 40, 40, MOST_STEPS if rng.random() < 0.1 else 20))
    inside = rng.choice((0, 0, _amount(rng, style, 0, 3) / 4))  # the range may end inside a step
    scenario: Scenario = {
        "api_fixed": _fixed(rng, style, instance_usd),
        "api_per_request": api_per_request,
        "host_fixed": _fixed(rng, style, instance_usd),
        "host_per_request": host_per_request,
        "instance_usd": instance_usd,
        "replica_capacity": capacity,
        "max_volume": capacity * max(rng.randint(steps // 2, steps) - inside, 0),
        "replicas_per_instance": packing,
        "min_replicas": rng.choice((0, 1, 1, 1, 2, 3, 5)),
        "spare_replicas": rng.choice((0, 0, 0, 1, 2)),
    }
    if style in ("float", "hair"):
        return {k: v if isinstance(v, int) else Fraction(float(v)) for k, v in scenario.items()}
    return scenario


def _amount(rng: random.Random, style: Style, low: int, high: int) -> Fraction:
    if style == "lattice":
        return Fraction(rng.randint(low, high))
    if style == "rational":
        return Fraction(rng.randint(low, high), rng.choice((1, 2, 3, 5, 7, 12)))
    return Fraction(rng.uniform(low, high))


def _fixed(rng: random.Random, style: Style, instance_usd: Fraction) -> Fraction:
    """Nothing, whole or part instances' cost (so that bills meet on borders), or any amount."""
    if rng.random() < 0.15:
        return _amount(rng, style, 0, 5_000)
    return instance_usd * rng.choice((0, 0, 0, 1, 2, Fraction(1, 2), Fraction(3, 4)))
