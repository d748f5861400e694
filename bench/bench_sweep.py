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
from tco.analysis.quick_sweep import quick_sweep
from tco.analysis.sweep import answer_point
from tco.analysis.sweep_grid import Grid, grid
from tco.analysis.uncertainty import uncertainty
from tco.answer.evaluation import evaluate
from tco.answer.spreads import Spreads
from tco.answer.worked import Evaluation, Worked
from tco.bill.cost_lines import part_usd
from tco.kernel.cases import first
from tco.kernel.fleet import FleetRule
from tco.question.files import changed, load_scenario

REPEATS = 3
DRAWS, MONTHS, ALTERNATIVES = 10_000, 60, 5
SCENARIOS = 100_000
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


def parts_of(worked: Worked) -> tuple[float, float, float]:
    """Fixed cost, and cost per request and per instance [USD]."""
    fixed = first(part_usd(worked.components, "fixed"))
    asked = first(part_usd(worked.components, "request")) / first(worked.requests_per_month)
    if worked.comparison is None:
        return fixed, asked, 0.0
    return fixed, asked, first(worked.comparison.instance_usd)


def floor(answer: Evaluation, draws: int, months: int) -> object:
    """Bills of every draw and month and their quantiles: one array expression each."""
    random = np.random.default_rng(1)
    volume = 6e6 * np.exp(0.3 * random.standard_normal((draws, 1))) * 1.03 ** np.arange(months)
    drift = (1 + 0.1 * random.standard_normal((draws, 1))) ** (np.arange(months) / 12)
    output, gpu, staff = np.exp(0.2 * random.standard_normal((3, draws, 1)))
    rate = np.exp(0.1 * random.standard_normal((draws, 1)))
    results = []
    for worked in answer.worked.values():
        fixed, asked, instance = parts_of(worked)
        if worked.fleet is None:
            bills = volume * drift * (asked + output * asked) + fixed
        else:
            paid = np.maximum.accumulate(_instances(worked.fleet.rule, volume, rate), axis=1)
            bills = paid * (gpu * instance + instance) + volume * output * asked + fixed * staff
        results.append(np.quantile(bills, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf"))
    return results


def _instances(rule: FleetRule, volume: np.ndarray, rate: np.ndarray | float = 1.0) -> np.ndarray:
    carried = rate * SECONDS * rule.allowed_load / rule.peak_to_mean
    needed = np.maximum(np.ceil(volume / carried), rule.min_replicas) + rule.spare_replicas
    return np.ceil(needed / rule.replicas_per_instance)


def many() -> Grid:
    """A thousand volumes by a hundred GPU prices."""
    return grid(["volume=1e5:1e8:1000:log", "gpu-price=0.3:3:100"])


def first_month_floor(answer: Evaluation) -> np.ndarray:
    """Bills of the first months alone, each in one expression, and the cheapest."""
    volume, gpu = (
        column.ravel()
        for column in np.meshgrid(
            np.geomspace(1e5, 1e8, 1_000), np.linspace(0.3, 3, 100), indexing="ij"
        )
    )
    bills = []
    for worked in answer.worked.values():
        fixed, asked, instance = parts_of(worked)
        bill = volume * asked + fixed
        if worked.fleet is not None:
            bill += _instances(worked.fleet.rule, volume) * (gpu * instance)
        bills.append(bill)
    return np.argmin(bills, axis=0)


def main() -> None:
    """Print each ratio with the times it comes from."""
    question = five_over_sixty_months()
    answer = evaluate(question.scenario, question.data)
    assert len(answer.worked) == ALTERNATIVES
    exact = replace(Spreads.of(question.data.library), calibration=0.0)
    ours = best_of(lambda: uncertainty(question, draws=DRAWS))
    fixed = best_of(lambda: uncertainty(question, spreads=exact, draws=DRAWS))
    plain = best_of(lambda: floor(answer, DRAWS, MONTHS))
    one = best_of(lambda: evaluate(question.scenario, question.data))
    print(
        f"{DRAWS:,} draws × {MONTHS} months × {ALTERNATIVES} alternatives, capacity of every draw "
        f"included\n  {ours:6.3f} s  {ours / plain:5.2f} × plain NumPy of the bills alone "
        f"({plain:.3f} s), {one * DRAWS / ours:,.0f} × as quick as evaluating each draw"
    )
    print(f"  {fixed:6.3f} s with an exact calibration")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours = best_of(lambda: quick_sweep(question, many()))
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024
    plain = best_of(lambda: first_month_floor(answer))
    print(
        f"tco sweep --quick: {SCENARIOS:,} scenarios over the horizon, the choice of "
        f"{ALTERNATIVES}\n  {ours:6.3f} s  {ours / plain:5.2f} × first months alone, "
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
