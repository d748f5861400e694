"""What a rerun of the page costs: another volume with 1,000 draws, with one, and no change."""

import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as `tco app` starts a process

from streamlit.testing.v1 import AppTest

from tco.answer.evaluation import evaluate
from tco.ui.session import engine

RERUNS = 15
VOLUME = "/workload.requests_per_month"


def rerun(page: AppTest, requests: float | None = None) -> float:
    """CPU of one rerun, with another volume if one is given [s]."""
    if requests is not None:
        (field,) = [widget for widget in page.text_input if str(widget.key).endswith(VOLUME)]
        field.set_value(f"{requests:.0f}")
    start = time.process_time()
    page.run()
    return time.process_time() - start


def main() -> None:
    """Print the reruns and their ratios."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    taken: dict[int, list[float]] = {1_000: [], 1: []}
    same: list[float] = []
    for place in range(RERUNS):
        same.append(rerun(page))
        for draws, times in taken.items():
            engine.evaluate = partial(evaluate, draws=draws)  # type: ignore[attr-defined]
            times.append(rerun(page, 5e6 + 1_000.0 * place + draws))
    drawn, bare, unchanged = map(statistics.median, (taken[1_000], taken[1], same))
    print(
        f"rerun of the page: {1_000 * drawn:.0f} ms CPU with 1,000 draws, {drawn / bare:.2f} × one "
        f"draw ({1_000 * bare:.0f} ms), {drawn / unchanged:.2f} × no change "
        f"({1_000 * unchanged:.0f} ms)"
    )


if __name__ == "__main__":
    main()
