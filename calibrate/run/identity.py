"""Whether what runs is what the plan is for: accelerator, model, weights, slots, engine.

Compared before any load, so that no figure is measured under a wrong name. What the server and the
node do not say is not compared, and the record shows that it was not read.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from calibrate.errors import ServerError
from calibrate.plan.plan import CalibrationPlan
from calibrate.run.journal import Entry
from calibrate.server.device import DeviceReading
from calibrate.server.endpoint import Served
from hardware_profiles import Library, Precision
from pricing.errors import Problem

MEMORY_SLACK: Final = 0.12
"""Part of the printed memory that a driver may keep to itself, or print in other units."""
MIB_PER_GB: Final = 1e9 / (1024 * 1024)
QUANTIZED_AS: Final[dict[Precision, frozenset[str]]] = {
    "bf16": frozenset({"none"}),
    "fp8": frozenset({"fp8", "fbgemm_fp8", "compressed-tensors", "modelopt"}),
    "int4": frozenset({"awq", "awq_marlin", "gptq", "gptq_marlin", "compressed-tensors"}),
    "mxfp4": frozenset({"mxfp4", "gpt_oss_mxfp4", "quark"}),
}
"""What the engine calls weights of each precision."""
FORM_FACTORS: Final = ("PCIE", "SXM")


def require_accelerators(plan: CalibrationPlan, reading: DeviceReading, library: Library) -> None:
    """Refuse other accelerators than the plan's.

    Raises
    ------
    ServerError
        Naming everything that is otherwise.
    """
    problems = list(_accelerators(plan, reading, library))
    if problems:
        raise ServerError(*problems)


def require_server(
    plan: CalibrationPlan,
    served: Served,
    library: Library,
    *,
    attached: bool,
    confirmed: str = "",
) -> None:
    """Refuse a server that serves another model, or is set up otherwise.

    Parameters
    ----------
    attached
        Whether it ran already; one that was started here serves what it was told to.
    confirmed
        Model that the user says is the one meant, under whatever name the server has it.

    Raises
    ------
    ServerError
        Naming everything that is otherwise.
    """
    problems = [
        *(_model(plan, served, confirmed) if attached else ()),
        *_dimensions(plan, served, library),
        *_weights(plan, served),
        *_limits(plan, served),
    ]
    if problems:
        raise ServerError(*problems)


def require_same_server(entries: Sequence[Entry]) -> None:
    """Refuse to go on with another server than the run began with: the two would be mixed.

    Raises
    ------
    ServerError
        Naming what is otherwise.
    """
    servers = [Served.model_validate(e["served"]) for e in entries if e["kind"] == "server"]
    measured = any(entry["kind"] == "point" for entry in entries)
    first, last = (servers[0], servers[-1]) if servers and measured else (None, None)
    if first is None or last is None:
        return
    was = {"engine version": first.version, "model": first.model, **dict(first.settings.lines())}
    now = {"engine version": last.version, "model": last.model, **dict(last.settings.lines())}
    problems = [
        Problem(
            name,
            now[name],
            f"the run began with {was[name]}, and two servers must not be mixed",
            "Bring the first server back, or run the plan into a new folder.",
        )
        for name in was
        if name in now and was[name] != now[name] and name != "read_from"
    ]
    if problems:
        raise ServerError(*problems)


def _accelerators(
    plan: CalibrationPlan, reading: DeviceReading, library: Library
) -> Iterator[Problem]:
    names = {gpu.get("name", "") for gpu in reading.gpus}
    for name in sorted(names):
        if not _is_called(plan.accelerator, name):
            yield _problem("accelerator", name, f"the plan is for {plan.accelerator}")
    if len(reading.gpus) < plan.gpus:
        said = f"the plan needs {plan.gpus}"
        yield _problem("accelerators", str(len(reading.gpus)), said)
    known = library.accelerators.get(plan.accelerator)
    for gpu in reading.gpus[:1] if known is not None else ():
        found = gpu.get("memory.total", "")
        if known is None or not re.fullmatch(r"[\d.]+", found):
            continue
        printed_mib = known.memory_gb * MIB_PER_GB
        if not 1 - MEMORY_SLACK <= float(found) / printed_mib <= 1 + MEMORY_SLACK:
            said = f"{plan.accelerator} has {known.memory_gb:g} GB"
            yield _problem("memory.total", f"{float(found) / MIB_PER_GB:.0f} GB", said)


def _is_called(planned: str, found: str) -> bool:
    """Whether a driver's name may be that of the library: ``NVIDIA H100 80GB HBM3``, H100 SXM."""
    words = set(re.split(r"[^A-Z0-9]+", found.upper()))
    first, *rest = re.split(r"[^A-Z0-9]+", planned.upper())
    is_pcie = any(word.startswith("PCIE") for word in words)
    if not any(word == first for word in words) and not (first == "RTX" and set(rest[:2]) <= words):
        return False
    return is_pcie == ("PCIE" in rest) or not any(form in rest for form in FORM_FACTORS)


def _model(plan: CalibrationPlan, served: Served, confirmed: str) -> Iterator[Problem]:
    found = served.settings.model or served.model
    meant = {plan.server.model, confirmed} - {""}
    if not found or found in meant:
        return
    if PurePosixPath(found).name.lower() == PurePosixPath(plan.server.model).name.lower():
        return
    yield Problem(
        "model",
        found,
        f"the plan is for {plan.server.model}",
        f"Serve that model; if it is the same under another name, add --confirm-model {found}",
    )


def _dimensions(plan: CalibrationPlan, served: Served, library: Library) -> Iterator[Problem]:
    facts = library.models.get(plan.model)
    if facts is None:
        return
    settings = served.settings
    for name, found, known in (
        ("layers", settings.layers, facts.layers),
        ("hidden", settings.hidden, facts.hidden),
        ("kv_heads", settings.kv_heads, facts.kv_heads),
        ("head_dim", settings.head_dim, facts.head_dim),
        ("experts", settings.experts, facts.experts),
    ):
        if found is not None and found != known:
            yield _problem(f"model {name}", str(found), f"{plan.model} has {known}")


def _weights(plan: CalibrationPlan, served: Served) -> Iterator[Problem]:
    found = served.settings.quantization
    if plan.device == "cpu" or found is None or found in QUANTIZED_AS[plan.precision]:
        return
    yield _problem("weights", found, f"the plan is for {plan.precision}")


def _limits(plan: CalibrationPlan, served: Served) -> Iterator[Problem]:
    settings, spec = served.settings, plan.server
    for name, found, planned in (
        ("max_num_seqs", settings.max_num_seqs, spec.max_num_seqs),
        ("max_num_batched_tokens", settings.max_num_batched_tokens, spec.max_num_batched_tokens),
        ("tensor_parallel_size", settings.tensor_parallel_size, spec.tensor_parallel_size),
        ("prefix_caching", settings.prefix_caching, spec.enable_prefix_caching),
        ("block_size", settings.block_size, spec.block_size),
    ):
        if found is not None and planned is not None and found != planned:
            yield _problem(name, str(found), f"the plan has {planned}")
    slots, needed = served.slots_seen, most_clients(plan)
    if slots is not None and settings.max_num_seqs is None and slots < needed:
        said = f"the plan has {spec.max_num_seqs}, and puts up to {needed} requests on it"
        yield _problem("max_num_seqs", f"{slots} seen at once", said)
    longest = max(load.input_tokens + load.output_tokens for load in plan.points)
    if served.max_model_len is not None and served.max_model_len < longest:
        yield _problem("max_model_len", str(served.max_model_len), f"a point needs {longest}")


def most_clients(plan: CalibrationPlan) -> int:
    """Most requests that the plan has inside at once and the engine may take."""
    return min(max(x.concurrency or 1 for x in plan.points), plan.server.max_num_seqs)


def _problem(field: str, found: str, said: str) -> Problem:
    return Problem(
        field,
        found,
        f"is not what is claimed: {said}",
        "Correct the plan or the server; no load was sent.",
    )
