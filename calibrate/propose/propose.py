"""A plan for a model on an accelerator: its points, how long it takes, and what it costs."""

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np

from calibrate.fitting.priors import roofline
from calibrate.load.driver import LONGEST_DRAW
from calibrate.plan.plan import SECONDS_PER_MINUTE, CalibrationPlan, Load
from calibrate.plan.server_spec import ServerSpec
from calibrate.propose.design import Candidate, choose, expected, saturating_clients, step_of
from hardware_profiles import Library, Precision
from hardware_profiles.memory import require_fit
from pricing.errors import InputError, Problem
from tco.kernel.speed import EngineLimits, StepTime

START_MINUTES: Final = 4.0
LONGEST_CONTEXT: Final = 16_384
HELD_OUT_RATES: Final = (0.7, 0.9)
HELD_OUT_SPREAD: Final = 0.6
OTHER_SHAPE: Final = (600, 400)
OPEN_SECONDS: Final = 90.0
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
    seed: int = 0,
) -> CalibrationPlan:
    """Propose a plan.

    Parameters
    ----------
    own
        Mean input and output tokens of the load that is planned for.
    made_up_weights
        Serve random weights: right speed for a dense model, no download.

    Raises
    ------
    InputError
        If the library does not know the model or the accelerator, or weights do not fit.
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
    prior = roofline(facts, precision, chip, gpus)
    limits = EngineLimits(server.max_num_seqs, server.max_num_batched_tokens, fit.kv_tokens)
    step = step_of(prior, np.log(prior.centre))
    fitted = choose(prior, limits, longest_context=context, own=own)
    loads = [
        *(_load(f"F{n:02d}", "fit", c, step, limits, seed + n) for n, c in enumerate(fitted, 1)),
        *_held_out(step, limits, own, seed + 100),
    ]
    order = np.random.default_rng(seed).permutation(len(loads))
    loads = [loads[i] for i in order]
    first = next(load for load in loads if load.concurrency == 1)
    again = first.model_copy(update={"id": "R01", "role": "repeat", "seed": seed + 200})
    loads = [first, *(load for load in loads if load is not first), again]
    price, basis = _price(library, accelerator, usd_per_gpu_hour)
    return CalibrationPlan(
        schema_version=1,
        model=model,
        precision=precision,
        accelerator=accelerator,
        experts=facts.experts,
        experts_active=facts.experts_active,
        server=server,
        points=tuple(loads),
        expected_minutes=round(START_MINUTES + sum(_minutes(x, step, limits) for x in loads), 1),
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
            f"{shared}, {how}, {load.requests} requests: {load.purpose}"
        )
    if plan.expected_minutes is not None:
        yield f"about {plan.expected_minutes:.0f} minutes, the model's download not counted"
    if plan.expected_usd is None:
        yield "cost not known: no price of this accelerator; give --usd-per-gpu-hour"
    else:
        yield f"about {plan.expected_usd:.2f} USD at {plan.price_basis}"


def _held_out(
    step: StepTime, limits: EngineLimits, own: tuple[int, int], seed: int
) -> Iterator[Load]:
    """Points that take no part in the fit: other lengths, other clients, a schedule."""
    busiest = saturating_clients(step, limits, Candidate(*own, 1).mix)
    between = max(round(busiest / 3), 2)
    own_mix = Candidate(*own, between, purpose="the load planned for, lengths spread widely")
    yield _load("V01", "held_out", own_mix, step, limits, seed, spread=HELD_OUT_SPREAD)
    other = Candidate(*OTHER_SHAPE, max(between // 2, 5), purpose="a shape that is not fitted")
    yield _load("V02", "held_out", other, step, limits, seed + 1)
    highest = expected(step, limits, Candidate(*own, busiest)).requests_per_second
    for number, share in enumerate(HELD_OUT_RATES, start=3):
        rate = round(share * highest, 3)
        yield Load(
            id=f"V{number:02d}",
            role="held_out",
            purpose=f"sent on a schedule, {share:.0%} of the rate expected at most",
            input_tokens=own[0],
            output_tokens=own[1],
            requests_per_second=rate,
            requests=max(round(rate * OPEN_SECONDS), 60),
            seed=seed + number,
        )


def _load(
    name: str,
    role: Literal["fit", "held_out"],
    candidate: Candidate,
    step: StepTime,
    limits: EngineLimits,
    seed: int,
    *,
    spread: float | None = None,
) -> Load:
    return Load(
        id=name,
        role=role,
        purpose=candidate.purpose,
        input_tokens=candidate.input_tokens,
        output_tokens=candidate.output_tokens,
        lengths="even" if spread is None else "lognormal",
        spread=0.1 if spread is None else spread,
        cached_share=candidate.cached_share,
        concurrency=candidate.clients,
        requests=expected(step, limits, candidate).requests,
        seed=seed,
    )


def _minutes(load: Load, step: StepTime, limits: EngineLimits) -> float:
    if load.requests_per_second is not None:
        return load.requests / load.requests_per_second / SECONDS_PER_MINUTE
    clients = load.concurrency or 1
    candidate = Candidate(load.input_tokens, load.output_tokens, clients, load.cached_share)
    return expected(step, limits, candidate).seconds / SECONDS_PER_MINUTE


def _price(library: Library, accelerator: str, given: float | None) -> tuple[float | None, str]:
    """Price of one accelerator hour, as given or of the cheapest rental on demand."""
    if given is not None:
        return given, f"{given:g} USD per GPU-hour as given"
    offers = library.offers(accelerator=accelerator, term="on-demand")
    if not offers:
        return None, ""
    offer = offers[0]
    return offer.usd_per_gpu_hour, f"{offer.usd_per_gpu_hour:.2f} USD per GPU-hour ({offer.id})"
