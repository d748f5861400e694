"""What draws and sweeps cost beside the plain NumPy of the same arithmetic, in one run."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tco.analysis.decision import Question
from tco.analysis.pieces import Pieces, pieces_of
from tco.analysis.quick_sweep import quick_sweep
from tco.analysis.spreads import Spreads
from tco.analysis.sweep import answer_point
from tco.analysis.sweep_grid import Grid, grid
from tco.analysis.uncertainty import uncertainty
from tco.answer.evaluation import evaluate
from tco.question.files import changed, load_scenario

REPEATS = 3
DRAWS, MONTHS, ALTERNATIVES = 10_000, 60, 5
SCENARIOS = 1_000_000
SECONDS = 730 * 3_600


def best_of(run: Callable[[], object], repeats: int = REPEATS) -> float:
    """Shortest of several runs, by the clock of this process alone [s]."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def five_over_sixty_months() -> Question:
    """The default scenario with staying, one API and three self-hosted options."""
    scenario = load_scenario(ROOT / "scenarios" / "default.toml")
    update = {"apis": scenario.apis[1:2], "self_hosted": scenario.self_hosted[-3:]}
    return Question.of(changed(scenario.model_copy(update=update), {"finance.horizon_months": 60}))


def floor(pieces: Pieces, draws: int, months: int) -> object:
    """Bills of every draw and month and their quantiles: one array expression each."""
    random = np.random.default_rng(1)
    volume = 6e6 * np.exp(0.3 * random.standard_normal((draws, 1))) * 1.03 ** np.arange(months)
    drift = (1 + 0.1 * random.standard_normal((draws, 1))) ** (np.arange(months) / 12)
    output, gpu, staff = np.exp(0.2 * random.standard_normal((3, draws, 1)))
    rate = np.exp(0.1 * random.standard_normal((draws, 1)))
    results = []
    for t in pieces.tokens.values():
        bills = volume * drift * (t.prompt_usd + output * t.output_usd) + t.fixed_usd
        results.append(np.quantile(bills, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf"))
    for h in pieces.hosts.values():
        carried = rate * SECONDS * h.allowed_load / h.peak_to_mean
        needed = np.maximum(np.ceil(volume / carried), h.min_replicas) + h.spare_replicas
        paid = np.maximum.accumulate(np.ceil(needed / h.replicas_per_instance), axis=1)
        bills = paid * (gpu * h.gpu_usd + h.instance_usd) + volume * output * h.output_usd
        bills += h.fixed_usd + staff * h.people_usd
        results.append(np.quantile(bills, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf"))
    return results


def million() -> Grid:
    """A thousand volumes by a thousand GPU prices."""
    return grid(["volume=1e5:1e8:1000:log", "gpu-price=0.3:3:1000"])


def million_floor(pieces: Pieces) -> np.ndarray:
    """The same bills, each in one expression, and the cheapest."""
    volume, gpu = (
        column.ravel()
        for column in np.meshgrid(
            np.geomspace(1e5, 1e8, 1_000), np.linspace(0.3, 3, 1_000), indexing="ij"
        )
    )
    bills = []
    for t in pieces.tokens.values():
        prompt, out = np.asarray(t.prompt_usd).flat[0], np.asarray(t.output_usd).flat[0]
        bills.append(volume * (prompt + out) + t.fixed_usd)
    for h in pieces.hosts.values():
        carried = SECONDS * h.allowed_load / h.peak_to_mean
        needed = np.maximum(np.ceil(volume / carried), h.min_replicas) + h.spare_replicas
        paid = np.ceil(needed / h.replicas_per_instance)
        bill = paid * (gpu * h.gpu_usd + h.instance_usd) + volume * h.output_usd
        bills.append(bill + h.fixed_usd + h.people_usd)
    return np.argmin(bills, axis=0)


def main() -> None:
    """Print each ratio with the times it comes from."""
    question = five_over_sixty_months()
    pieces = pieces_of(question)
    assert len(pieces.tokens) + len(pieces.hosts) == ALTERNATIVES
    exact = replace(Spreads.of(question), calibration=0.0)
    ours = best_of(lambda: uncertainty(question, draws=DRAWS))
    fixed = best_of(lambda: uncertainty(question, spreads=exact, draws=DRAWS))
    plain = best_of(lambda: floor(pieces, DRAWS, MONTHS))
    one = best_of(lambda: evaluate(question.scenario, question.data))
    print(
        f"{DRAWS:,} draws × {MONTHS} months × {ALTERNATIVES} alternatives, capacity of every draw "
        f"included\n  {ours:6.3f} s  {ours / plain:5.2f} × plain NumPy of the bills alone "
        f"({plain:.3f} s), {one * DRAWS / ours:,.0f} × as quick as evaluating each draw"
    )
    print(f"  {fixed:6.3f} s with an exact calibration")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours = best_of(lambda: quick_sweep(question, million()))
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024
    plain = best_of(lambda: million_floor(pieces))
    print(
        f"tco sweep --quick: {SCENARIOS:,} scenarios, first month, best and cheapest of "
        f"{ALTERNATIVES}\n  {ours:6.3f} s  {ours / plain:5.2f} × plain NumPy ({plain:.3f} s), "
        f"{SCENARIOS / ours:,.0f} scenarios/s, {memory:,.0f} MB more than before"
    )

    volumes = np.geomspace(1e6, 1e8, 100)
    swept = best_of(
        lambda: [
            answer_point(question.scenario, {"workload.requests_per_month": v}, question.data)
            for v in volumes.tolist()
        ]
    )
    bare = best_of(lambda: [evaluate(question.scenario, question.data) for _ in volumes])
    print(
        f"tco sweep, one process: {len(volumes) / swept:,.0f} scenarios/s in full, "
        f"{swept / bare:.2f} × evaluate alone"
    )


if __name__ == "__main__":
    main()
