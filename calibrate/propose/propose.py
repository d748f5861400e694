"""A plan for a model on an accelerator: its points, how long it takes, and what it costs."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal

from calibrate.fitting.priors import roofline
from calibrate.plan.plan import (
    LONGEST_DRAW,
    SECONDS_PER_MINUTE,
    CalibrationPlan,
    Load,
    Rules,
)
from calibrate.plan.server_spec import ServerSpec
from calibrate.propose.design import (
    FEWEST_REQUESTS,
    OVERHEAD_S,
    Candidate,
    Design,
    choose,
    choose_within,
)
from hardware_profiles import Library, Precision
from hardware_profiles.memory import require_fit
from pricing.errors import InputError, Problem
from tco.kernel.speed import EngineLimits

START_MINUTES: Final = 4.0
LONGEST_WITHIN: Final = 240
LONGEST_CONTEXT: Final = 16_384
HELD_OUT_RATES: Final = (0.5, 0.75)
HELD_OUT_SPREAD: Final = 0.6
OTHER_SHAPE: Final = (600, 400)
OPEN_SECONDS: Final = 90.0
OPEN_RESIDENCES: Final = 6.0
FEWEST_ON_SCHEDULE: Final = 40
HELD_OUT_SHARE: Final = 0.25
"""Share of a limited time that goes to points the fit never sees."""
BENCH_MARGIN: Final = 1.5
"""By how much quicker than expected a replica may be for the engine's own generator, which cannot
go on by itself, to fill its window."""
FITS_BEFORE_HELD_OUT: Final = 4
QUANTIZATION: Final[dict[Precision, Literal["fp8", "mxfp4"] | None]] = {
    "bf16": None,
    "fp8": "fp8",
    "mxfp4": None,
    "int4": None,
}


def propose(
    library: Library,
    *,
    model: str,
    accelerator: str,
    precision: Precision,
    gpus: int,
    own: tuple[int, int],
    made_up_weights: bool = False,
    usd_per_gpu_hour: float | None = None,
    within_minutes: float | None = None,
    seed: int = 0,
) -> CalibrationPlan:
    """Propose a plan.

    Parameters
    ----------
    own
        Mean input and output tokens of the load that is planned for.
    made_up_weights
        Serve random weights: right speed for a dense model, no download.
    within_minutes
        Time for the server's start and every point; those worth most a second are taken.

    Raises
    ------
    InputError
        If the library does not know the model or the accelerator, weights do not fit, or the time
        is too short for a fit.
    """
    facts, chip = library.model(model), library.accelerator(accelerator)
    if made_up_weights and facts.experts:
        raise InputError(
            Problem(
                "made_up_weights",
                model,
                "random weights send all tokens to a few experts and look too quick",
                "Serve the real weights, or choose a dense model.",
            )
        )
    context = min(facts.max_context_tokens, max(LONGEST_CONTEXT, round(LONGEST_DRAW * sum(own))))
    fit = require_fit(facts, precision, chip, gpus, context_tokens=float(context))
    server = ServerSpec(
        model=facts.hf_id,
        load_format="dummy" if made_up_weights else "auto",
        quantization=QUANTIZATION[precision],
        tensor_parallel_size=gpus,
        max_model_len=context,
    )
    design = Design(
        prior=roofline(facts, precision, chip, gpus),
        limits=EngineLimits(server.max_num_seqs, server.max_num_batched_tokens, fit.kv_tokens),
        rules=Rules(),
        longest_context=context,
        own=own,
    )
    loads = (
        _loads(design, seed) if within_minutes is None else _within(design, seed, within_minutes)
    )
    price, basis = _price(library, accelerator, usd_per_gpu_hour)
    return CalibrationPlan(
        schema_version=1,
        model=model,
        precision=precision,
        accelerator=accelerator,
        experts=facts.experts,
        experts_active=facts.experts_active,
        server=server,
        points=tuple(load for load, _ in loads),
        expected_minutes=round(
            START_MINUTES + sum(seconds for _, seconds in loads) / SECONDS_PER_MINUTE, 1
        ),
        within_minutes=within_minutes,
        usd_per_gpu_hour=price,
        price_basis=basis,
    )


def plan_lines(plan: CalibrationPlan) -> Iterator[str]:
    """What will be done, for a terminal."""
    spec = plan.server
    yield f"{plan.model} {plan.precision} on {plan.gpus} x {plan.accelerator}, from {spec.model}"
    for load in plan.points:
        how = (
            f"{load.concurrency} clients"
            if load.concurrency is not None
            else f"{load.requests_per_second:.2f} requests/s"
        )
        shared = f", {load.cached_share:.0%} shared" if load.cached_share else ""
        yield (
            f"{load.id:>5} {load.role:<9}{load.input_tokens:>6} in {load.output_tokens:>5} out"
            f"{shared}, {how}: {load.purpose}"
        )
    if plan.expected_minutes is not None:
        yield f"about {plan.expected_minutes:.0f} minutes, the model's download not counted"
    if plan.expected_usd is None:
        yield "cost not known: no price of this accelerator; give --usd-per-gpu-hour"
    else:
        yield f"about {plan.expected_usd:.2f} USD at {plan.price_basis}"


def _loads(design: Design, seed: int) -> list[tuple[Load, float]]:
    """Points in the order of worth, with their seconds: a run that is stopped has the best ones."""
    fitted = [
        _closed(f"F{n:02d}", "fit", candidate, design, seed + n)
        for n, candidate in enumerate(choose(design), 1)
    ]
    other, low, high, spread = _held_out(design, seed + 100)
    first, rest = fitted[:FITS_BEFORE_HELD_OUT], fitted[FITS_BEFORE_HELD_OUT:]
    mixed = [low, *rest[:1], other, *rest[1:2], high, *rest[2:], spread]
    return [*first, *mixed, _again(fitted[0], seed)]


def _within(design: Design, seed: int, minutes: float) -> list[tuple[Load, float]]:
    """Points that fit a time, in the order of worth."""
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
        raise _too_short(design, seed, minutes)
    first, rest = fitted[:FITS_BEFORE_HELD_OUT], fitted[FITS_BEFORE_HELD_OUT:]
    again = _again(fitted[0], seed)
    fits = took + unseen[0][1] + again[1] <= seconds
    return [*first, unseen[0], *rest, *([again] if fits else [])]


def _too_short(design: Design, seed: int, minutes: float) -> InputError:
    """Refusal that names the time which would do."""
    needed = math.ceil(minutes)
    while needed < LONGEST_WITHIN:
        needed += 1
        try:
            _within(design, seed, float(needed))
        except InputError:
            continue
        break
    return InputError(
        Problem(
            "within",
            f"{minutes:g}",
            f"four points to fit and one held out take {needed} minutes here, start included",
            f"Give --within {needed}, or a shorter load with --output-tokens.",
        )
    )


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
    if role == "held_out" and spread is None:
        waves = min(float(design.rules.waves), BENCH_MARGIN * found.waves)
        fewest = max(fewest, math.ceil((waves + 2) * candidate.clients) + 1)
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


def _price(library: Library, accelerator: str, given: float | None) -> tuple[float | None, str]:
    """Price of one accelerator hour, as given or of the cheapest rental on demand."""
    if given is not None:
        return given, f"{given:g} USD per GPU-hour as given"
    offers = library.offers(accelerator=accelerator, term="on-demand")
    if not offers:
        return None, ""
    offer = offers[0]
    return offer.usd_per_gpu_hour, f"{offer.usd_per_gpu_hour:.2f} USD per GPU-hour ({offer.id})"
