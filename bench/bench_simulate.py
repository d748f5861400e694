"""What a simulated load point and a search cost, beside the closed form."""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from hardware_profiles import CalibrationRecord, Library
from tco.kernel.capacity import slo_capacity
from tco.kernel.lengths import Lognormal
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate import simulate_closed_loop
from tco.kernel.simulate_capacity import SimulatedCapacity, simulated_capacity
from tco.kernel.simulate_load import sampler_of
from tco.kernel.simulate_trial import Objectives
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime
from tco.kernel.workload import ClassLoad, request_mix

RECORDS = ("llama-3.1-70b-fp8-h100-tp4", "gpt-oss-120b-mxfp4-h200-tp1")
CHAT = [ClassLoad(1.0, Lognormal(1_155.0, 0.96), Lognormal(211.0, 0.77), 0.0)]
OBJECTIVES = ((2_000.0, 50.0), (1_000.0, 30.0))
REPEATS = 3


def best_of(run: Callable[[], object]) -> float:
    """Shortest of several runs [s]."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def replica(record: CalibrationRecord) -> tuple[StepTime, EngineLimits]:
    step = StepTime(
        **record.parameters.model_dump(),
        experts=record.experts,
        experts_active=record.experts_active,
    )
    known = record.limits
    return step, EngineLimits(known.max_num_seqs, known.max_num_batched_tokens, known.kv_tokens)


def main() -> None:
    """Print each ratio with the times it comes from."""
    library = Library.load()
    sampler, mix = sampler_of(CHAT), request_mix(CHAT)
    requests = sampler(640, np.random.default_rng(0))
    for name in RECORDS:
        step, limits = replica(library.calibration(name))
        point = best_of(partial(simulate_closed_loop, step, limits, requests, 64))
        formula = best_of(partial(closed_loop, step, limits, mix, 64.0))
        print(f"{name}: 640 requests  {point:6.3f} s  {point / formula:6.0f} × the closed form")
        for ttft, tpot in OBJECTIVES:
            objectives = Objectives(p95_ttft_ms=ttft, p95_tpot_ms=tpot)
            search = partial(simulated_capacity, step, limits, sampler, objectives)
            means = partial(slo_capacity, step, limits, mix, mean_ttft_ms=ttft, mean_tpot_ms=tpot)
            took, closed, found = best_of(search), best_of(means), search()
            rate = (
                f"{found.requests_per_second:.2f} ± {found.monte_carlo_sd:.2f} requests/s"
                if isinstance(found, SimulatedCapacity)
                else "not met"
            )
            print(
                f"{name}: p95 search    {took:6.3f} s  {took / closed:6.0f} × the closed form, "
                f"{rate} at {ttft:g} / {tpot:g} ms"
            )


if __name__ == "__main__":
    main()
