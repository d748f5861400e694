"""A plan for a model on an accelerator: its points, how long it takes, and what it costs."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from calibrate.fitting.fit import POINT_NOISE
from calibrate.fitting.priors import roofline
from calibrate.plan.by_number import CPU
from calibrate.plan.plan import (
    EVEN_SPREAD,
    LONGEST_DRAW,
    SECONDS_PER_MINUTE,
    CalibrationPlan,
    Patience,
    Rules,
)
from calibrate.plan.server_spec import ServerSpec
from calibrate.propose.candidates import Design
from calibrate.propose.loads import (
    ROUNDED_UP,
    START_MINUTES,
    capacity_error,
    expected_seconds,
    loads_of_plan,
    loads_within,
)
from hardware_profiles import Library, Precision
from hardware_profiles.accelerator import Accelerator
from hardware_profiles.language_model import LanguageModel
from hardware_profiles.memory import require_fit
from pricing.errors import InputError, Problem
from pricing.faults import problems_in
from tco.kernel.request_mix import EngineLimits

LONGEST_CONTEXT: Final = 16_384
CPU_CONTEXT, CPU_KV_MIB = 2_048, 128
CPU_RULES: Final[Mapping[str, Any]] = {
    "little": 0.25,
    "drift": 0.5,
    "trend": 0.5,
    "send_lag_ms": 500.0,
    "held_out_invalid": 2.0,
}
"""A laptop does other things meanwhile; the record keeps these rules and shows them."""
CPU_PATIENCE: Final[Mapping[str, Any]] = {"start_s": 600.0, "unsteady": 2}
QUANTIZATION: Final[dict[Precision, Literal["fp8", "mxfp4"] | None]] = {
    "bf16": None,
    "fp8": "fp8",
    "mxfp4": None,
    "int4": None,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan is asked for."""

    model: str
    accelerator: str
    precision: Precision
    gpus: int
    own: tuple[int, int]
    """Mean input and output tokens of the load that is planned for."""
    weights: str | None = None
    """Id or folder of the weights, where the library's id is not the one."""
    made_up_weights: bool = False
    """Serve random weights: right speed for a dense model, no download."""
    usd_per_gpu_hour: float | None = None
    within_minutes: float | None = None
    """Time for the server's start and every point; those worth most a second are taken."""
    seed: int = 0


def propose(library: Library, wanted: Wanted) -> CalibrationPlan:
    """Propose a plan.

    Raises
    ------
    InputError
        If the library does not know the model or the accelerator, weights do not fit, or the time
        is too short for a fit.
    """
    facts, chip = library.model(wanted.model), library.accelerator(wanted.accelerator)
    if wanted.made_up_weights:
        _require_dense(facts)
    is_cpu = chip.name == CPU
    server, kv_tokens = _on_cpu(facts) if is_cpu else _on_gpus(facts, chip, wanted)
    rules = Rules(**CPU_RULES) if is_cpu else Rules()
    design = Design(
        prior=roofline(facts, wanted.precision, chip, wanted.gpus),
        limits=EngineLimits(server.max_num_seqs, server.max_num_batched_tokens, kv_tokens),
        rules=rules,
        longest_context=server.max_model_len,
        own=wanted.own,
    )
    _require_context(wanted, server.max_model_len)
    minutes = wanted.within_minutes
    loads, further = (
        loads_within(design, wanted.seed, minutes)
        if minutes
        else (loads_of_plan(design, wanted.seed), [])
    )
    price, basis = _price(library, wanted.accelerator, wanted.usd_per_gpu_hour)
    return _plan(
        schema_version=1,
        model=wanted.model,
        precision=wanted.precision,
        accelerator=wanted.accelerator,
        device="cpu" if is_cpu else "cuda",
        experts=facts.experts,
        experts_active=facts.experts_active,
        server=server,
        points=(*loads, *further),
        rules=rules,
        patience=Patience(**CPU_PATIENCE) if is_cpu else Patience(),
        expected_minutes=round(START_MINUTES + expected_seconds(loads) / SECONDS_PER_MINUTE, 1),
        within_minutes=minutes,
        usd_per_gpu_hour=price,
        price_basis=basis,
        expected_capacity_error=round(capacity_error(design, loads), 3),
    )


def _plan(**fields: object) -> CalibrationPlan:
    """A plan; figures that cannot be are refused by name."""
    try:
        return CalibrationPlan.model_validate(fields)
    except ValidationError as error:
        raise InputError(*problems_in(error, "plan", "Give another figure.")) from None


def _require_context(wanted: Wanted, context: int) -> None:
    """Longest prompt and answer of one's own load in what a request may have."""
    most = math.floor((context - ROUNDED_UP) / (1 + EVEN_SPREAD))
    if sum(wanted.own) > most:
        raise InputError(
            Problem(
                "input_tokens and output_tokens",
                f"{wanted.own[0]} and {wanted.own[1]}",
                f"must be {most} or fewer together: a request of {wanted.model} has at most "
                f"{context} tokens, and lengths vary by a tenth",
                "Give fewer with --input-tokens or --output-tokens.",
            )
        )


def _require_dense(facts: LanguageModel) -> None:
    if facts.experts:
        raise InputError(
            Problem(
                "made_up_weights",
                facts.name,
                "random weights send all tokens to a few experts and look too quick",
                "Serve the real weights, or choose a dense model.",
            )
        )


def _on_gpus(facts: LanguageModel, chip: Accelerator, wanted: Wanted) -> tuple[ServerSpec, float]:
    """A server on accelerators, and the context tokens that they hold beside the weights."""
    longest = round(LONGEST_DRAW * sum(wanted.own)) + ROUNDED_UP
    context = min(facts.max_context_tokens, max(LONGEST_CONTEXT, longest))
    fit = require_fit(facts, wanted.precision, chip, wanted.gpus, context_tokens=float(context))
    server = ServerSpec(
        model=wanted.weights or facts.hf_id,
        load_format="dummy" if wanted.made_up_weights else "auto",
        quantization=None if wanted.weights else QUANTIZATION[wanted.precision],
        tensor_parallel_size=wanted.gpus,
        max_model_len=context,
    )
    if server.load_format != "dummy" and not server.is_folder:
        server = server.model_copy(update={"environment": ("HF_TOKEN", "HF_TOKEN_PATH")})
    return server, fit.kv_tokens


def _on_cpu(facts: LanguageModel) -> tuple[ServerSpec, float]:
    """A small server that any laptop can start: made-up weights, one process, little memory."""
    server = ServerSpec(
        model=facts.hf_id,
        load_format="dummy",
        dtype="float32",
        max_model_len=CPU_CONTEXT,
        max_num_seqs=32,
        max_num_batched_tokens=1024,
        kv_cache_memory_mib=CPU_KV_MIB,
        block_size=32,
        enforce_eager=True,
        executor="uni",
    )
    return server, CPU_KV_MIB * 2**20 / facts.kv_bytes_per_token(bytes_per_element=4.0)


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
        spare = ", if time is left" if load.spare else ""
        yield (
            f"{load.id:>5} {load.role:<9}{load.input_tokens:>6} in {load.output_tokens:>5} out"
            f"{shared}, {how}: {load.purpose}{spare}"
        )
    if plan.expected_minutes is not None:
        fetched = "" if spec.load_format == "dummy" else ", the model's download not counted"
        yield f"about {plan.expected_minutes:.0f} minutes{fetched}"
    if plan.expected_capacity_error is not None:
        yield (
            f"capacity for your own load to within {plan.expected_capacity_error:.1%} in 19 of 20 "
            f"runs, if every point is off by its own {POINT_NOISE:.0%}"
        )
    if plan.expected_usd is None:
        yield "cost not known: no price of this accelerator; give --usd-per-gpu-hour"
    else:
        yield f"about {plan.expected_usd:.2f} USD at {plan.price_basis}"


def _price(library: Library, accelerator: str, given: float | None) -> tuple[float | None, str]:
    """Price of one accelerator hour, as given or of the cheapest rental on demand."""
    if given is not None:
        return given, f"{given:g} USD per GPU-hour as given"
    offers = library.offers(accelerator=accelerator, term="on-demand")
    if not offers:
        return None, ""
    offer = offers[0]
    return offer.usd_per_gpu_hour, f"{offer.usd_per_gpu_hour:.2f} USD per GPU-hour ({offer.id})"
