"""What a calibration record may claim: held against chip, memory and the model's dimensions.

A record that breaks one of these was written in other units, was edited, or measured something
else. Times come from `physics`; here is the rest, and the one place that puts them together.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.language_model import LanguageModel
from hardware_profiles.memory import quickest_token_ms
from hardware_profiles.physics import SMALLEST_KV_BYTES, beaten
from pricing.errors import Problem
from pricing.units import BYTES_PER_GB

SMALLEST_DECODE_SHARE: Final = 0.2
"""Least work per decoding sequence, over its arithmetic at the full rate. A fit sees this work
beside the reading of weights, which hides most of it: shipped records reach down to 0.27."""
ANSWERED_BEYOND: Final = 4.0
"""A record is asked for up to this many times its highest measured concurrency."""
_FLOP_PER_PARAMETER: Final = 2
_SAME: Final = (
    "layers",
    "hidden",
    "attention_heads",
    "kv_heads",
    "head_dim",
    "experts",
    "experts_active",
    "moe_layers",
    "kv_growing_elements_per_token",
    "kv_local_elements_per_token",
    "kv_local_cap_tokens",
)
_UNITS: Final = "Check the units of the parameters."
_CORRECT: Final = "Correct the record."


def faults_of(
    record: CalibrationRecord,
    models: Mapping[str, LanguageModel],
    accelerators: Mapping[str, Accelerator],
    where: str = "",
) -> Iterator[Problem]:
    """Everything a record claims that cannot be; model and accelerator are known.

    Parameters
    ----------
    where
        What stands before the name of a field.
    """
    model, accelerator = models[record.model], accelerators[record.accelerator]
    if model.weights_gb(record.precision) is None:
        known = f"{model.name} is known in {', '.join(model.precisions)}"
        yield Problem(f"{where}precision", record.precision, known, _CORRECT)
        return
    yield from beaten(record, model, accelerator, f"{where}parameters.")
    yield from _weights_unread(record, model, accelerator, where)
    yield from _experts_unread(record, model, accelerator, where)
    yield from _decoded_too_fast(record, model, accelerator, where)
    yield from _memory_too_small(record, model, accelerator, where)
    yield from _experts_of_another(record, model, where)
    for name in record.also_serves:
        yield from _other_dimensions(model, models[name], where)


def _weights_unread(
    record: CalibrationRecord, model: LanguageModel, accelerator: Accelerator, where: str
) -> Iterable[Problem]:
    """Claim of a token in less time than its weights take to read."""
    least_ms = quickest_token_ms(model, record.precision, accelerator, record.gpus_per_replica)
    if record.step_alone_ms < least_ms:
        claim = f"{record.step_alone_ms:.3g} ms a token alone"
        limit = f"reading the weights takes at least {least_ms:.3g} ms"
        yield Problem(f"{where}parameters.a_ms", claim, limit, _UNITS)


def _experts_unread(
    record: CalibrationRecord, model: LanguageModel, accelerator: Accelerator, where: str
) -> Iterable[Problem]:
    """Claim of a step of many sequences in less time than the experts they meet take to read."""
    if not record.experts:
        return
    gb_per_ms = record.gpus_per_replica * accelerator.memory_bandwidth_tb_per_s
    routed_ms = model.routed_gb(record.precision) / gb_per_ms
    others_ms = (model.weights_gb(record.precision) or 0.0) / gb_per_ms - routed_ms
    said, batch = record.parameters, 1.0
    while batch <= ANSWERED_BEYOND * record.span.concurrency.high:
        met = 1 - (1 - record.experts_active / record.experts) ** batch
        claimed = said.a_ms + said.mw_ms * met + said.c_ms_per_sequence * batch
        least_ms = others_ms + routed_ms * met
        if claimed < least_ms:
            claim = f"{claimed:.3g} ms a step of {batch:g} sequences"
            limit = f"reading the experts they meet takes at least {least_ms:.3g} ms"
            yield Problem(f"{where}parameters.mw_ms", claim, limit, _UNITS)
            return
        batch *= 2


def _decoded_too_fast(
    record: CalibrationRecord, model: LanguageModel, accelerator: Accelerator, where: str
) -> Iterable[Problem]:
    """Claim of a decoded token in a small part of the time that its arithmetic takes."""
    rate = accelerator.tflops(record.precision)
    if rate is None:
        return
    flop_per_ms = record.gpus_per_replica * rate * 1e9
    least_ms = SMALLEST_DECODE_SHARE * _FLOP_PER_PARAMETER * model.params_active / flop_per_ms
    claimed = record.parameters.c_ms_per_sequence
    if claimed < least_ms:
        limit = f"{accelerator.name} takes at least {least_ms:.3g} ms"
        yield Problem(f"{where}parameters.c_ms_per_sequence", f"{claimed:.3g} ms", limit, _UNITS)


def _memory_too_small(
    record: CalibrationRecord, model: LanguageModel, accelerator: Accelerator, where: str
) -> Iterable[Problem]:
    """Claim of more context than the memory holds beside the weights, at one byte a value."""
    weights_gb = model.weights_gb(record.precision) or 0.0
    free_gb = record.gpus_per_replica * accelerator.memory_gb - weights_gb
    per_token = model.kv_copies(record.gpus_per_replica) * model.kv_growing_elements_per_token
    if not per_token:  # windows in every layer bound no number of tokens
        return
    most = max(free_gb, 0.0) * BYTES_PER_GB / (per_token * SMALLEST_KV_BYTES)
    if record.limits.kv_tokens > most:
        limit = f"the memory beside the weights holds at most {most:.4g} tokens"
        yield Problem(f"{where}limits.kv_tokens", f"{record.limits.kv_tokens:.4g}", limit, _CORRECT)


def _experts_of_another(
    record: CalibrationRecord, model: LanguageModel, where: str
) -> Iterable[Problem]:
    mine, known = ((of.experts, of.experts_active) for of in (record, model))
    if mine != known:
        limit = f"{model.name} routes a token to {known[1]} of {known[0]}"
        yield Problem(f"{where}experts", f"{mine[1]} of {mine[0]}", limit, _CORRECT)


def _other_dimensions(model: LanguageModel, other: LanguageModel, where: str) -> Iterable[Problem]:
    for name in _SAME:
        mine, its = getattr(model, name), getattr(other, name)
        if mine != its:
            limit = f"has {name} {its}, and {model.name} has {mine}"
            remedy = "A record stands for models of the same dimensions alone."
            yield Problem(f"{where}also_serves", other.name, limit, remedy)
            return
