"""Replicas that ship under loads drawn at random, and the loads of the shipped scenarios."""

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from hardware_profiles import Library
from tco.bill.loads import loads_of
from tco.kernel.capacity import HIGHEST_CONCURRENCY_STRETCH, Capacity, extrapolation, slo_capacity
from tco.kernel.length_limits import LengthLimits, share_too_long
from tco.kernel.lengths import Fixed, Length, Lognormal
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.step_time import StepTime
from tco.kernel.workload import ClassLoad, request_mix
from tco.question.files import load_scenario
from tco.question.presets import preset_paths
from tco.serving.posterior import limits_of, step_of
from tco.serving.replica import _span

LIBRARY = Library.load()
MOST_TRIES = 1_000
"""Loads that a record may refuse before it gives fewer than were asked for."""


@dataclass(frozen=True)
class Load:
    """A replica, what is sent to it, and the most of it that meets an objective."""

    name: str
    step: StepTime
    limits: EngineLimits
    classes: tuple[ClassLoad, ...]
    mix: RequestMix
    capacity: Capacity


def shipped_loads() -> Iterator[Load]:
    """Every replica of every shipped scenario, once."""
    for path in preset_paths():
        scenario = load_scenario(path)
        classes = tuple(loads_of(scenario.workload.classes, as_open_model=True))
        for record in sorted({host.calibration for host in scenario.self_hosted}):
            found = load_of(
                f"{path.stem} on {record}",
                record,
                classes,
                scenario.objective.mean_ttft_ms,
                scenario.objective.mean_tpot_ms,
            )
            assert found is not None, record
            yield found


def random_loads(each: int, seed: int) -> Iterator[Load]:
    """One to three classes, tens to thousands of tokens: as many loads of every record that ships.

    Chance is a record's own: one record more, or one changed, moves no load of another.
    """
    for record in sorted(LIBRARY.calibrations):
        rng = np.random.default_rng([seed, zlib.crc32(record.encode())])
        found = (_random_load(record, rng) for _ in range(MOST_TRIES))
        yield from islice(filter(None, found), each)


def _random_load(record: str, rng: np.random.Generator) -> Load | None:
    shares = rng.dirichlet(np.ones(rng.integers(1, 4)))
    classes = tuple(
        ClassLoad(
            float(share),
            _length(rng, 100, 20_000),
            _length(rng, 10, 2_000),
            float(rng.choice([0.0, rng.uniform(0, 0.9)])),
        )
        for share in shares
    )
    tpot_ms, ttft_ms = _between(rng, 15, 150), _between(rng, 300, 6_000)
    return load_of(f"random load on {record}", record, classes, ttft_ms, tpot_ms)


def load_of(
    name: str,
    record_id: str,
    classes: tuple[ClassLoad, ...],
    ttft_ms: float,
    tpot_ms: float,
    mix: RequestMix | None = None,
) -> Load | None:
    """None where the planner refuses: objective not met, too far from measured, too long."""
    record = LIBRARY.calibration(record_id)
    step, limits = step_of(record), limits_of(record)
    mix = request_mix(classes) if mix is None else mix
    most = HIGHEST_CONCURRENCY_STRETCH * record.span.concurrency.high
    capacity = slo_capacity(
        step, limits, mix, mean_tpot_ms=tpot_ms, mean_ttft_ms=ttft_ms, running_cap=most
    )
    if not isinstance(capacity, Capacity):
        return None
    if extrapolation(_span(record), mix, capacity.running).name == "refused":
        return None
    if share_too_long(classes, LengthLimits(together=record.limits.kv_tokens)) > 1e-4:
        return None
    return Load(name, step, limits, classes, mix, capacity)


def _length(rng: np.random.Generator, low: float, high: float) -> Length:
    mean = _between(rng, low, high)
    return Fixed(round(mean)) if rng.random() < 0.15 else Lognormal(mean, rng.uniform(0.1, 2.0))


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))
