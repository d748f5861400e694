"""Calibration records: those that ship, those a visitor uploads, and the points behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np

from hardware_profiles.calibration import UNMEASURED, CalibrationRecord, Shape, read_record
from hardware_profiles.claims import faults_of
from hardware_profiles.library import Library
from pricing.errors import InputError, Problem, did_you_mean
from pricing.package_files import read_table
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime
from tco.question.scenario import Scenario
from tco.serving.replica import measured_otherwise
from tco.words.figures import plural

POINTS_FILE: Final = "measured_points.csv"
"""Means of the measured runs, from NVIDIA aiconfigurator-core 0.12.0 (Apache-2.0); a test builds
them again from the package's own load points."""
STALE_AFTER_DAYS: Final = 365
CURVE_POINTS: Final = 33
NINETY_PERCENT: Final = 1.645
MOST_BYTES: Final = 1_000_000
MS_PER_S: Final = 1_000.0
SAME_SHARE: Final = 0.02
"""Shares of cached prompts that differ by less are one [1]."""


@dataclass(frozen=True, slots=True)
class LoadCurve:
    """What a record says of closed loops of one shape, over the number of clients."""

    shape: Shape
    clients: tuple[float, ...]
    output_tokens_per_s: tuple[float, ...]
    """Of one replica."""
    low: tuple[float, ...]
    """P5 by the record's residual."""
    high: tuple[float, ...]
    tpot_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """Means of one measured run."""

    input_tokens: float
    output_tokens: float
    clients: float
    output_tokens_per_s: float
    tpot_ms: float


def record_from_text(text: str, name: str, library: Library) -> CalibrationRecord:
    """Read an uploaded record, and hold it against what the library knows.

    Raises
    ------
    InputError
        Everything that is wrong with it, field by field.
    """
    if len(text) > MOST_BYTES:
        limit = f"is larger than {plural(MOST_BYTES, 'byte')}"
        raise InputError(Problem(name, "", limit, "A record is a few kB."))
    record = read_record(text, name)
    problems = [*_unknown(record, library)]
    if not problems:
        problems += faults_of(record, library.models, library.accelerators)
    if problems:
        raise InputError(*problems)
    return record


def with_records(library: Library, uploaded: Mapping[str, CalibrationRecord]) -> Library:
    """Add uploaded records to a library; what ships stays as it is."""
    return replace(library, calibrations={**library.calibrations, **uploaded})


def flags(record: CalibrationRecord, scenario: Scenario, *, uploaded: bool) -> tuple[str, ...]:
    """What a reader must know of a record: whose it is, how old, how far it reaches."""
    said = []
    if record.kind in UNMEASURED:
        return (record.label, *record.notes)
    if not uploaded and not record.own:
        said.append("foreign: not measured on your machines")
    measured = _last_day(record.measured_on)
    if measured is None:
        said.append("stale: undated")
    elif (scenario.prices_on - measured).days > STALE_AFTER_DAYS:
        said.append(f"stale: measured {record.measured_on}")
    if not record.versions.engine_version:
        said.append("engine version not recorded")
    if record.run is not None and record.run.grade == "provisional":
        said.append("provisional")
    said += [
        finding.message
        for option in scenario.self_hosted
        if option.record_id == record.id
        for finding in measured_otherwise(record, option.deployment)
    ]
    if record.prior_dominated:
        known = len(record.prior_dominated)
        said.append(f"{known} parameter{'s' if known > 1 else ''} by prior")
    return tuple(said)


def load_curves(record: CalibrationRecord, shapes: int) -> tuple[LoadCurve, ...]:
    """Follow the measured shapes from one client to twice what was measured."""
    step = StepTime(
        **record.parameters.model_dump(),
        experts=record.experts,
        experts_active=record.experts_active,
    )
    limits = EngineLimits(
        record.limits.max_num_seqs, record.limits.max_num_batched_tokens, record.limits.kv_tokens
    )
    clients = np.geomspace(1.0, 2 * record.span.concurrency.high, CURVE_POINTS)
    return tuple(
        _curve(record, step, limits, shape, clients) for shape in record.span.shapes[:shapes]
    )


def points_of(record: CalibrationRecord) -> tuple[MeasuredPoint, ...]:
    """Closed loops behind a record: its own, or those on file for one that ships.

    Loads with another share of cached prompts than the curves have lie on none of them.
    """
    if record.run is None:
        return _points().get(record.id, ())
    cached = record.span.cached_share.low
    return tuple(
        MeasuredPoint(
            input_tokens=load.input_tokens,
            output_tokens=load.output_tokens,
            clients=load.concurrency,
            output_tokens_per_s=load.output_tokens_per_second,
            tpot_ms=load.mean_tpot_ms,
        )
        for load in record.run.loads
        if load.concurrency is not None
        and abs(load.cached_share - cached) < SAME_SHARE
        and load.output_tokens_per_second is not None
        and load.mean_tpot_ms is not None
    )


def _curve(
    record: CalibrationRecord,
    step: StepTime,
    limits: EngineLimits,
    shape: Shape,
    clients: np.ndarray,
) -> LoadCurve:
    mix = RequestMix.of_lengths(
        shape.input_tokens, shape.output_tokens, cached_share=record.span.cached_share.low
    )
    _, _, tpot_ms, ttft_ms = closed_loop(step, limits, mix, clients)
    residence_s = (ttft_ms + tpot_ms * mix.token_intervals) / MS_PER_S
    rate = clients / residence_s * shape.output_tokens
    spread = np.exp(NINETY_PERCENT * record.capacity_residual_sd)
    return LoadCurve(
        shape=shape,
        clients=tuple(clients.tolist()),
        output_tokens_per_s=tuple(rate.tolist()),
        low=tuple((rate / spread).tolist()),
        high=tuple((rate * spread).tolist()),
        tpot_ms=tuple(tpot_ms.tolist()),
    )


@lru_cache(maxsize=1)
def _points() -> dict[str, tuple[MeasuredPoint, ...]]:
    found: dict[str, list[MeasuredPoint]] = {}
    for _, row in read_table(files("tco.serving") / "data" / POINTS_FILE).rows:
        found.setdefault(row["calibration"], []).append(
            MeasuredPoint(
                input_tokens=float(row["input_tokens"]),
                output_tokens=float(row["output_tokens"]),
                clients=float(row["concurrency"]),
                output_tokens_per_s=float(row["output_tokens_per_s"]),
                tpot_ms=float(row["tpot_ms"]),
            )
        )
    return {key: tuple(points) for key, points in found.items()}


def _unknown(record: CalibrationRecord, library: Library) -> list[Problem]:
    """Names the library cannot explain, and an id that is taken."""
    problems = []
    for field, value, known in (
        ("model", record.model, library.models),
        *(("also_serves", name, library.models) for name in record.also_serves),
        ("accelerator", record.accelerator, library.accelerators),
    ):
        if value not in known:
            hint = did_you_mean(value, known)
            problems.append(Problem(field, value, "is not in the library", hint))
    if record.id in library.calibrations:
        limit = "is the id of a record that ships"
        problems.append(Problem("id", record.id, limit, "Give your record another id."))
    return problems


def _last_day(measured_on: str) -> date | None:
    """Last day of a date or span of dates; None where none was recorded."""
    try:
        return date.fromisoformat(measured_on[-10:])
    except ValueError:
        return None
