"""The loads of a plan, in the order of worth, and how long each takes."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from calibrate.plan.plan import SECONDS_PER_MINUTE, Load
from calibrate.propose.candidates import FEWEST_REQUESTS, OVERHEAD_S, Candidate, Design
from calibrate.propose.design import choose, choose_within, known_by
from pricing.errors import InputError, Problem

START_MINUTES: Final = 4.0
LONGEST_WITHIN: Final = 240
HELD_OUT_RATES: Final = (0.5, 0.75)
HELD_OUT_SPREAD: Final = 0.6
OTHER_SHAPE: Final = (600, 400)
OPEN_SECONDS: Final = 90.0
OPEN_RESIDENCES: Final = 6.0
FEWEST_ON_SCHEDULE: Final = 40
HELD_OUT_SHARE: Final = 0.25
"""Share of a limited time that goes to points the fit never sees."""
FITS_BEFORE_HELD_OUT: Final = 4
NINETEEN_OF_20_SD: Final = 1.96
FORM_SD: Final = 0.008
"""Relative standard deviation of the capacity that runs without noise find, by what the closed form
misses of the engine [1]: 40 simulated layouts, 29 November 2026."""


def loads_of_plan(design: Design, seed: int) -> list[tuple[Load, float]]:
    """Points in the order of worth, with their seconds: a run that is stopped has the best ones."""
    fitted = [
        _closed(f"F{n:02d}", "fit", candidate, design, seed + n)
        for n, candidate in enumerate(choose(design), 1)
    ]
    other, low, high, spread = _held_out(design, seed + 100)
    first, rest = fitted[:FITS_BEFORE_HELD_OUT], fitted[FITS_BEFORE_HELD_OUT:]
    mixed = [low, *rest[:1], other, *rest[1:2], high, *rest[2:], spread]
    return [*first, *mixed, _again(fitted[0], seed)]


def loads_within(design: Design, seed: int, minutes: float) -> list[tuple[Load, float]]:
    """Points that fit a time, in the order of worth.

    Raises
    ------
    InputError
        If too few fit, with the minutes that would do.
    """
    found = _loads_in_time(design, seed, minutes)
    if found is None:
        raise _too_short(design, seed, minutes)
    return found


def _loads_in_time(design: Design, seed: int, minutes: float) -> list[tuple[Load, float]] | None:
    """Points that fit a time; None where a fit and a point to check it by do not."""
    seconds = (minutes - START_MINUTES) * SECONDS_PER_MINUTE
    unseen = [
        found
        for found in _quick_held_out(design, seed + 100)
        if found[1] <= HELD_OUT_SHARE * seconds
    ]
    fitted = [
        _closed(f"F{n:02d}", "fit", candidate, design, seed + n)
        for n, candidate in enumerate(
            choose_within(design, seconds - sum(took for _, took in unseen[:1])), 1
        )
    ]
    took = sum(one for _, one in fitted)
    if len(fitted) < FITS_BEFORE_HELD_OUT or not unseen or took > seconds:
        return None
    first, rest = fitted[:FITS_BEFORE_HELD_OUT], fitted[FITS_BEFORE_HELD_OUT:]
    again = _again(fitted[0], seed)
    fits = took + unseen[0][1] + again[1] <= seconds
    return [*first, unseen[0], *rest, *([again] if fits else [])]


def _too_short(design: Design, seed: int, minutes: float) -> InputError:
    """Refusal that names the time which would do, to the minute."""
    low, high = math.floor(minutes), min(2 * math.ceil(minutes), LONGEST_WITHIN)
    while high < LONGEST_WITHIN and _loads_in_time(design, seed, high) is None:
        low, high = high, min(2 * high, LONGEST_WITHIN)
    while high - low > 1:
        middle = (low + high) // 2
        enough = _loads_in_time(design, seed, middle) is not None
        low, high = (low, middle) if enough else (middle, high)
    return InputError(
        Problem(
            "within",
            f"{minutes:g}",
            "four points, your own load saturated among them, and one held out take "
            f"{high} minutes here, start included",
            f"Give --within {high}, or a shorter load with --output-tokens.",
        )
    )


def capacity_error(design: Design, loads: Iterable[Load]) -> float:
    """Error of the capacity for one's own load that 19 of 20 runs of some loads stay below [1]."""
    fitted = [
        Candidate(load.input_tokens, load.output_tokens, load.concurrency, load.cached_share)
        for load in loads
        if load.role == "fit" and load.concurrency is not None
    ]
    return NINETEEN_OF_20_SD * math.hypot(design.capacity_sd(known_by(design, fitted)), FORM_SD)


def _again(first: tuple[Load, float], seed: int) -> tuple[Load, float]:
    """The first point once more, at the end."""
    load, seconds = first
    return load.model_copy(update={"id": "R01", "role": "repeat", "seed": seed + 200}), seconds


def _held_out(design: Design, seed: int) -> list[tuple[Load, float]]:
    """Points that take no part in the fit: another shape, schedules, lengths spread widely."""
    busiest = design.saturated(design.own)
    between = max(round(busiest.clients / 3), 2)
    other = Candidate(*OTHER_SHAPE, max(between // 2, 5), purpose="a shape that is not fitted")
    own = Candidate(*design.own, between, purpose="the load planned for, lengths spread widely")
    return [
        _closed("V02", "held_out", design.at_most(other), design, seed + 1),
        *(
            _schedule(f"V{number:02d}", share, design, busiest, seed + number)
            for number, share in enumerate(HELD_OUT_RATES, start=3)
        ),
        _closed("V01", "held_out", design.at_most(own), design, seed, spread=HELD_OUT_SPREAD),
    ]


def _quick_held_out(design: Design, seed: int) -> list[tuple[Load, float]]:
    """Closed loops to check a short run by, the one closest to one's own load first."""
    purpose = "the load planned for, at another number of clients"
    shapes = list(reversed(design.quick_shapes()))
    found = []
    for number, shape in enumerate(shapes):
        clients = max(round(design.saturated(shape).clients / 3), 2)
        candidate = design.at_most(Candidate(*shape, clients, purpose=purpose))
        purpose = "a load between the fitted ones"
        found.append(_closed(f"V{number + 1:02d}", "held_out", candidate, design, seed))
    return found


def _schedule(
    name: str, share: float, design: Design, busiest: Candidate, seed: int
) -> tuple[Load, float]:
    """Requests at a share of the rate that the saturated point will show."""
    at_most = design.expected(busiest)
    rate = round(share * at_most.requests_per_second, 4)
    alone = design.expected(replace(busiest, clients=max(busiest.clients // 2, 1)))
    seconds = max(OPEN_SECONDS, OPEN_RESIDENCES * alone.residence_s, FEWEST_ON_SCHEDULE / rate)
    load = Load(
        id=name,
        role="held_out",
        purpose=f"sent on a schedule, {share:.0%} of the rate that F02 shows",
        input_tokens=design.own[0],
        output_tokens=design.own[1],
        requests_per_second=rate,
        rate_of="F02",
        rate_share=share,
        requests=math.ceil(rate * seconds),
        seed=seed,
    )
    return load, seconds + alone.residence_s + OVERHEAD_S


def _closed(
    name: str,
    role: Literal["fit", "held_out"],
    candidate: Candidate,
    design: Design,
    seed: int,
    *,
    spread: float | None = None,
) -> tuple[Load, float]:
    """A closed loop, and the seconds it takes."""
    found = design.expected(candidate)
    fewest = max(design.rules.fewest_waves * candidate.clients, FEWEST_REQUESTS)
    load = Load(
        id=name,
        role=role,
        purpose=candidate.purpose,
        input_tokens=candidate.input_tokens,
        output_tokens=candidate.output_tokens,
        lengths="even" if spread is None else "lognormal",
        spread=0.1 if spread is None else spread,
        cached_share=candidate.cached_share,
        concurrency=candidate.clients,
        requests=fewest,
        seed=seed,
    )
    return load, found.seconds
