"""What an answer costs beside its floor: the imports alone, and an exact reference."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tco import evaluate, load_scenario
from tco.kernel.break_even import LineBill, StairBill, volume_break_even
from tests.oracles.break_even_exact import break_even as reference
from tests.oracles.random_scenarios import as_floats, scenarios

REPEATS = 5
CASES = 300


def best_of(run: Callable[[], object], repeats: int = REPEATS) -> float:
    """Shortest of several runs [s]."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def process(*arguments: str) -> Callable[[], object]:
    """A run of the interpreter, from a cold start."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def engine(case: dict) -> object:
    amounts = as_floats(case)
    stay = LineBill(amounts["api_fixed"], amounts["api_per_request"])
    host = StairBill(
        amounts["host_fixed"],
        amounts["host_per_request"],
        amounts["instance_usd"],
        amounts["replica_capacity"],
        case["replicas_per_instance"],
        case["min_replicas"],
        case["spare_replicas"],
    )
    return volume_break_even(stay, host, amounts["max_volume"])


def main() -> None:
    """Print each ratio with the times it comes from."""
    path = ROOT / "scenarios" / "default.toml"
    cold = best_of(process("-m", "tco.cli", "evaluate", str(path), "--json"))
    floor = best_of(process("-c", "import numpy, pydantic, typer"))
    print(f"tco evaluate --json, cold     {cold:6.3f} s  {cold / floor:5.2f} × its imports alone")

    scenario = load_scenario(path)
    warm = best_of(lambda: evaluate(scenario))
    read = best_of(lambda: load_scenario(path))
    print(f"evaluate, warm                {warm:6.3f} s  {warm / read:5.2f} × reading the file")

    cases = list(scenarios(CASES, seed=1))
    ours = best_of(lambda: [engine(case) for case in cases], 3)
    exact = best_of(lambda: [reference(**case) for case in cases], 3)
    print(
        f"{CASES} exact break-evens         {ours:6.3f} s  {exact / ours:5.2f} × as quick as "
        "the reference"
    )


if __name__ == "__main__":
    main()
