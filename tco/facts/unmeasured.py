"""Speeds that nobody measured, as records: estimated from data sheets, or stated by somebody.

An estimate is the centre of the speed model's priors. Its interval is how far those alone were off
on the replicas that were measured (docs/estimates.md). A stated speed is kept at every batch.
"""

import math
import shlex
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Final

from pydantic import ValidationError

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.calibration import (
    CalibrationRecord,
    ConcurrencyReach,
    RecordLimits,
    Shape,
    ShareReach,
    Span,
    StepParameters,
    TokenReach,
    Versions,
)
from hardware_profiles.expected_step import OVERLAP, expected_step
from hardware_profiles.language_model import LanguageModel, Precision
from hardware_profiles.library import Library
from hardware_profiles.memory import memory_fit, quickest_token_ms
from pricing.errors import InputError, Problem
from pricing.faults import problems_in
from pricing.provenance import Source
from tco.question.options import STATED, SelfHostedOption, StatedSpeed
from tco.question.own_facts import OwnAccelerator, OwnModel
from tco.words.figures import number, share, whole

DENSE_SD: Final = 0.13
MIXTURE_SD: Final = 0.265
"""Relative standard deviation of a measured rate around the priors alone, so that 90 % lie inside
1.645 of it, every measured replica weighing the same: 22 dense ones with 269 points, 38 mixtures
with 397. One that was not compared lies inside as often (`tests/calibrate/test_estimates.py`)."""
STATED_SD: Final = 0.15
"""Versions of one engine differ by 22 % at the 90th percentile, which is 0.15 as a deviation."""
REQUEST_LOG_VARIANCE: Final = 1.0
"""Of the time of a request outside the steps, as its prior has it."""
COMPARED_POINTS: Final = {"dense": 269, "mixture": 397}
COMPARED: Final = {
    "dense": frozenset({"bf16", "fp8", "nvfp4"}),
    "mixture": frozenset({"fp8", "int4", "mxfp4", "nvfp4"}),
}
"""Precisions of those groups; all of them ran on accelerators of `COMPARED_VENDOR`."""
COMPARED_VENDOR: Final = "NVIDIA"
NINETY_PERCENT_SD: Final = 1.645
ADMITTED_SEQUENCES: Final = 1_024
ADMITTED_TOKENS: Final = 8_192
"""What vLLM admits by default on accelerators of this size."""
COMPARED_CLIENTS: Final = 1_024.0
COMPARED_SHAPES: Final = (
    (200.0, 62.0),
    (512.0, 256.0),
    *product((1_000.0, 2_000.0, 4_000.0, 8_000.0), (100.0, 500.0, 1_000.0, 2_000.0)),
    (1_024.0, 8_192.0),
)
"""Mean lengths and most clients of the runs that the priors were compared with."""
UNBOUNDED_TOKENS: Final = 10_000_000
_MS_PER_S: Final = 1_000.0


def record_for(
    option: SelfHostedOption, model: LanguageModel, accelerator: Accelerator
) -> CalibrationRecord:
    """Work out a record for an option that names none.

    Raises
    ------
    InputError
        If a data sheet figure is missing, the stated speed is more than the chip can do, or what
        follows is a speed that no replica has.
    """
    try:
        return _worked_out(option, model, accelerator)
    except ValidationError as error:
        remedy = "Check the figures of model, accelerator and option, and their units."
        (first, *_) = problems_in(error, "", remedy)
        limit = f"follows from {model.name} on {accelerator.name}, and {first.limit}"
        raise InputError(replace(first, limit=limit, remedy=remedy)) from error


def _worked_out(
    option: SelfHostedOption, model: LanguageModel, accelerator: Accelerator
) -> CalibrationRecord:
    assert option.precision is not None
    assert option.gpus_per_replica is not None
    if option.calibration == STATED:
        assert option.stated is not None
        _require_possible(option.stated, option, model, accelerator)
        return _stated(option, option.stated, model, accelerator)
    return _estimated(option, model, accelerator)


def with_unmeasured(library: Library, options: tuple[SelfHostedOption, ...]) -> Library:
    """Add the records of options that name none; what cannot be looked up is refused later.

    Raises
    ------
    InputError
        Naming the option and what cannot be estimated of it.
    """
    made: dict[str, CalibrationRecord] = {}
    problems: list[Problem] = []
    for place, option in enumerate(options):
        machine = library.rentals.get(option.rent or "") or library.purchases.get(option.own or "")
        model = library.models.get(option.model)
        if option.is_measured or machine is None or model is None:
            continue
        known = library.calibrations.get(option.record_id)
        if known is not None and _is_of(known, option, machine.accelerator):
            continue
        try:
            chip = library.accelerator(machine.accelerator)
            made[option.record_id] = record_for(option, model, chip)
        except InputError as refusal:
            problems += [
                replace(p, field=f"self_hosted.{place}.{p.field}") for p in refusal.problems
            ]
    if problems:
        raise InputError(*problems)
    if not made:
        return library
    return replace(library, calibrations={**library.calibrations, **made})


def _is_of(record: CalibrationRecord, option: SelfHostedOption, accelerator: str) -> bool:
    """Whether a record was worked out for this option as it stands, its times moved or not."""
    return (option.model, option.precision, option.gpus_per_replica, accelerator) == (
        record.model,
        record.precision,
        record.gpus_per_replica,
        record.accelerator,
    )


def _estimated(
    option: SelfHostedOption, model: LanguageModel, chip: Accelerator
) -> CalibrationRecord:
    precision, gpus = _layout(option)
    kind = "mixture" if model.experts else "dense"
    told = chip.vendor == COMPARED_VENDOR and precision in COMPARED[kind]
    spread = DENSE_SD if kind == "dense" and told else MIXTURE_SD
    beyond = () if told else (_not_compared(chip, precision),)
    return CalibrationRecord(
        **_common(option, model, chip),
        kind="estimated",
        label=f"estimate, ±{share(math.exp(NINETY_PERCENT_SD * spread) - 1)}",
        parameters=StepParameters(**expected_step(model, precision, chip, gpus), overlap=OVERLAP),
        covariance_order=("t0_ms",),
        covariance=((REQUEST_LOG_VARIANCE,),),
        residual_sd=spread,
        limits=RecordLimits(
            max_num_seqs=ADMITTED_SEQUENCES,
            max_num_batched_tokens=ADMITTED_TOKENS,
            kv_tokens=memory_fit(model, precision, chip, gpus).kv_tokens,
            kv_tokens_basis="by arithmetic, with two bytes a key or value",
        ),
        span=_span(COMPARED_SHAPES, COMPARED_CLIENTS),
        points=COMPARED_POINTS[kind],
        measured_by="nobody",
        source=Source(
            name=f"estimate from {model.source.name} and {chip.source.name}",
            as_of=chip.source.as_of,
            confidence="low",
        ),
        notes=(*beyond, f"Measure to narrow this: {_command(model, chip, precision, gpus)}"),
    )


def _stated(
    option: SelfHostedOption, said: StatedSpeed, model: LanguageModel, chip: Accelerator
) -> CalibrationRecord:
    """A replica that is as quick as stated at every batch: the time of a step is its sequences'."""
    precision, gpus = _layout(option)
    answers = said.output_tokens / (said.output_tokens - 1)
    nothing = dict.fromkeys(
        ("a_ms", "b_ms_per_token", "d_ms_per_context_token", "e_ms_per_token2", "t0_ms"), 0.0
    )
    return CalibrationRecord(
        **_common(option, model, chip),
        kind="stated",
        label=f"stated, ±{share(math.exp(NINETY_PERCENT_SD * STATED_SD) - 1)}",
        parameters=StepParameters(
            c_ms_per_sequence=_MS_PER_S * answers / said.output_tokens_per_second, **nothing
        ),
        covariance_order=("c_ms_per_sequence",),
        covariance=((0.0,),),
        residual_sd=STATED_SD,
        limits=RecordLimits(
            max_num_seqs=math.ceil(said.concurrency),
            max_num_batched_tokens=UNBOUNDED_TOKENS,
            kv_tokens=memory_fit(model, precision, chip, gpus).kv_tokens,
            kv_tokens_basis="by arithmetic, with two bytes a key or value",
        ),
        span=_span(((said.input_tokens, said.output_tokens),), said.concurrency),
        points=1,
        measured_by=said.source.name,
        source=said.source,
        notes=(
            f"{number(said.output_tokens_per_second)} output tokens/s a replica at "
            f"{whole(said.concurrency)} requests in flight, kept at every batch; latencies are not "
            "stated",
            f"Measure to narrow this: {_command(model, chip, precision, gpus)}",
        ),
    )


def _layout(option: SelfHostedOption) -> tuple[Precision, int]:
    assert option.precision is not None
    assert option.gpus_per_replica is not None
    return option.precision, option.gpus_per_replica


def _common(option: SelfHostedOption, model: LanguageModel, chip: Accelerator) -> dict[str, Any]:
    """What a record of either kind says of whom it is about."""
    precision, gpus = _layout(option)
    return {
        "schema_version": 1,
        "id": option.record_id,
        "model": model.name,
        "precision": precision,
        "accelerator": chip.name,
        "gpus_per_replica": gpus,
        "experts": model.experts,
        "experts_active": model.experts_active,
        "points_sha256": "",
        "measured_on": "not measured",
        "versions": Versions(),
    }


def _span(shapes: Sequence[tuple[float, float]], clients: float) -> Span:
    inputs, outputs = zip(*shapes, strict=True)
    return Span(
        input_tokens=TokenReach(low=min(inputs), high=max(inputs)),
        output_tokens=TokenReach(low=min(outputs), high=max(outputs)),
        concurrency=ConcurrencyReach(low=1.0, high=clients),
        cached_share=ShareReach(low=0.0, high=0.0),
        shapes=tuple(Shape(input_tokens=i, output_tokens=o) for i, o in shapes),
    )


def _not_compared(chip: Accelerator, precision: Precision) -> str:
    vendor = "" if chip.vendor == COMPARED_VENDOR else f" on accelerators of {chip.vendor}"
    return (
        f"no replica with {precision} weights{vendor} was among those compared, so the wider "
        "interval of mixtures is taken"
    )


def _command(model: LanguageModel, chip: Accelerator, precision: Precision, gpus: int) -> str:
    """The command that plans a measurement, with the figures that its library lacks."""
    figures = ""
    if isinstance(model, OwnModel):
        figures += " --model-config config.json"
    if isinstance(chip, OwnAccelerator):
        fp8 = "" if chip.fp8_tflops is None else f" --fp8-tflops {chip.fp8_tflops!r}"
        figures += (
            f" --memory-gb {chip.memory_gb!r} --bandwidth-tb-per-s "
            f"{chip.memory_bandwidth_tb_per_s!r} --bf16-tflops {chip.bf16_tflops!r}{fp8}"
        )
    return (
        f"tco-calibrate plan --model {shlex.quote(model.name)} --accelerator "
        f"{shlex.quote(chip.name)} --precision {precision} --gpus {gpus}{figures}"
    )


def _require_possible(
    said: StatedSpeed, option: SelfHostedOption, model: LanguageModel, chip: Accelerator
) -> None:
    """Refuse more tokens than weights can be read for, or than the chips can multiply."""
    precision, gpus = _layout(option)
    if model.weights_gb(precision) is None:
        limit = f"{model.name} is known in {', '.join(model.precisions)}"
        raise InputError(Problem("precision", precision, limit, "Choose one of them."))
    least_ms = quickest_token_ms(model, precision, chip, gpus)
    most = said.concurrency * _MS_PER_S / least_ms
    rate = chip.tflops(precision)
    if rate is not None:
        most = min(most, gpus * rate * 1e12 / (2 * model.params_active))
    if said.output_tokens_per_second > most:
        limit = (
            f"{gpus} x {chip.name} give {model.name} at most {number(most)} tokens/s to "
            f"{whole(said.concurrency)} requests"
        )
        value = number(said.output_tokens_per_second)
        remedy = "Check unit and concurrency."
        raise InputError(Problem("stated.output_tokens_per_second", value, limit, remedy))
