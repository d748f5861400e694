"""The loads of a plan, in the order of worth, and how long each takes."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from calibrate.plan.plan import EVEN_SPREAD, LONGEST_DRAW, SECONDS_PER_MINUTE, Load
from calibrate.propose.candidates import FEWEST_REQUESTS, OVERHEAD_S, Candidate, Design
from calibrate.propose.design import choose, choose_more, choose_within, known_by
from pricing.errors import InputError, Problem

START_MINUTES: Final = 4.0
LONGEST_WITHIN: Final = 240
HELD_OUT_RATES: Final = (0.5, 0.75)
HELD_OUT_SPREAD: Final = 0.6
ROUNDED_UP: Final = 2
"""Tokens by which a prompt and its answer may be longer than drawn."""
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


def loads_of_plan(design: Design, seed: int) -> list[Load]:
    """Points in the order of worth: a run that is stopped has the best ones."""
    fitted = _fits(design, seed, choose(design))
    other, low, high, spread = _held_out(design, seed + 100)
    first, rest = fitted[:FITS_BEFORE_HELD_OUT], fitted[FITS_BEFORE_HELD_OUT:]
    mixed = [low, *rest[:1], other, *rest[1:2], high, *rest[2:], spread]
    return [*first, *mixed, _again(fitted[0], seed)]


def loads_within(design: Design, seed: int, minutes: float) -> tuple[list[Load], list[Load]]:
    """Points that fit a time, in the order of worth, and more for what may be left of it.

    All but a fit and a point to check it by are spare: a replica slower than the data sheet says
    does without them, and one that starts or answers sooner measures more.

    Raises
    ------
    InputError
        If too few fit, with the minutes that would do.
    """
    found = _loads_in_time(design, seed, minutes)
    if found is None:
        raise _too_short(design, seed, minutes)
    needed, rest = found[: FITS_BEFORE_HELD_OUT + 1], found[FITS_BEFORE_HELD_OUT + 1 :]
    fitted = [load for load in found if load.role == "fit"]
    more = choose_more(design, _candidates(fitted))
    further = _fits(design, seed, more, first=len(fitted) + 1)
    if found[-1].role != "repeat":
        further.append(_again(fitted[0], seed))
    return [*needed, *map(_spare, rest)], [_spare(load) for load in further]


def _loads_in_time(design: Design, seed: int, minutes: float) -> list[Load] | None:
    """Points that fit a time; None where a fit and a point to check it by do not."""
    seconds = (minutes - START_MINUTES) * SECONDS_PER_MINUTE
    unseen = [
        load
        for load in _quick_held_out(design, seed + 100)
        if expected_seconds([load]) <= HELD_OUT_SHARE * seconds
    ]
    left_s = seconds - expected_seconds(unseen[:1])
    fitted = _fits(design, seed, choose_within(design, left_s))
    if len(fitted) < FITS_BEFORE_HELD_OUT or not unseen or expected_seconds(fitted) > seconds:
        return None
    first, rest = fitted[:FITS_BEFORE_HELD_OUT], fitted[FITS_BEFORE_HELD_OUT:]
    found = [*first, unseen[0], *rest]
    again = _again(fitted[0], seed)
    return [*found, again] if expected_seconds([*found, again]) <= seconds else found


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


def expected_seconds(loads: Iterable[Load]) -> float:
    """How long points should take at the speed of the data sheet [s]."""
    return sum(load.expected_s or 0.0 for load in loads)


def capacity_error(design: Design, loads: Iterable[Load]) -> float:
    """Error of the capacity for one's own load that 19 of 20 runs of some loads stay below [1]."""
    known = known_by(design, _candidates(loads))
    return NINETEEN_OF_20_SD * math.hypot(design.capacity_sd(known), FORM_SD)


def _candidates(loads: Iterable[Load]) -> list[Candidate]:
    """The loads of a plan that are fitted, as they were chosen."""
    return [
        Candidate(
            load.input_tokens, load.output_tokens, load.concurrency, load.cached_share, load.purpose
        )
        for load in loads
        if load.role == "fit" and load.concurrency is not None
    ]


def _fits(
    design: Design, seed: int, candidates: Iterable[Candidate], *, first: int = 1
) -> list[Load]:
    """Points to fit, numbered on from the first."""
    return [
        _closed(f"F{number:02d}", "fit", candidate, design, seed + number)
        for number, candidate in enumerate(candidates, first)
    ]


def _spare(load: Load) -> Load:
    return load.model_copy(update={"spare": True})


def _again(first: Load, seed: int) -> Load:
    """The first point once more, at the end."""
    return first.model_copy(update={"id": "R01", "role": "repeat", "seed": seed + 200})


def _held_out(design: Design, seed: int) -> list[Load]:
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
        _spread_widely(design.at_most(own), design, seed),
    ]


def _spread_widely(candidate: Candidate, design: Design, seed: int) -> Load:
    """A load whose lengths differ as much as its prompts and answers fit the context."""
    room = (design.longest_context - ROUNDED_UP) / sum(design.own)
    if room >= LONGEST_DRAW:
        lengths: Literal["even", "lognormal"] = "lognormal"
        spread = HELD_OUT_SPREAD
    else:
        lengths, spread = "even", min(HELD_OUT_SPREAD, math.floor(100 * (room - 1)) / 100)
    return _closed("V01", "held_out", candidate, design, seed, lengths=lengths, spread=spread)


def _quick_held_out(design: Design, seed: int) -> list[Load]:
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


def _schedule(name: str, share: float, design: Design, busiest: Candidate, seed: int) -> Load:
    """Requests at a share of the rate that the saturated point will show."""
    at_most = design.expected(busiest)
    rate = round(share * at_most.requests_per_second, 4)
    alone = design.expected(replace(busiest, clients=max(busiest.clients // 2, 1)))
    seconds = max(OPEN_SECONDS, OPEN_RESIDENCES * alone.residence_s, FEWEST_ON_SCHEDULE / rate)
    return Load(
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
        expected_s=_tenths(seconds + alone.residence_s + OVERHEAD_S),
    )


def _closed(
    name: str,
    role: Literal["fit", "held_out"],
    candidate: Candidate,
    design: Design,
    seed: int,
    *,
    lengths: Literal["even", "lognormal"] = "even",
    spread: float = EVEN_SPREAD,
) -> Load:
    """A closed loop."""
    fewest = max(design.rules.fewest_waves * candidate.clients, FEWEST_REQUESTS)
    return Load(
        id=name,
        role=role,
        purpose=candidate.purpose,
        input_tokens=candidate.input_tokens,
        output_tokens=candidate.output_tokens,
        lengths=lengths,
        spread=spread,
        cached_share=candidate.cached_share,
        concurrency=candidate.clients,
        requests=fewest,
        seed=seed,
        expected_s=_tenths(design.expected(candidate).seconds),
    )


def _tenths(seconds: float) -> float:
    """Seconds as a plan shows them; points that fit a time still do."""
    return math.floor(10 * seconds) / 10
