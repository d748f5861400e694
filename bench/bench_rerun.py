"""What draws cost a rerun of the page: the same changes of volume, with 1,000 and with one."""

import statistics
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from streamlit.testing.v1 import AppTest

from tco.answer.evaluation import evaluate
from tco.ui.session import engine

RERUNS = 15
VOLUME = "/workload.requests_per_month"


def rerun(page: AppTest, requests: float) -> float:
    """CPU of one rerun with another volume [s]."""
    (field,) = [widget for widget in page.number_input if str(widget.key).endswith(VOLUME)]
    field.set_value(requests)
    start = time.process_time()
    page.run()
    return time.process_time() - start


def main() -> None:
    """Print both reruns and their ratio."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    taken: dict[int, list[float]] = {1_000: [], 1: []}
    for place in range(RERUNS):
        for draws, times in taken.items():
            engine.evaluate = partial(evaluate, draws=draws)  # type: ignore[attr-defined]
            times.append(rerun(page, 5e6 + 1_000.0 * place + draws))
    drawn, bare = (statistics.median(taken[draws]) for draws in (1_000, 1))
    print(
        f"rerun of the page: {1_000 * drawn:.0f} ms CPU with 1,000 draws, {1_000 * bare:.0f} ms "
        f"with one: {drawn / bare:.2f} ×"
    )


if __name__ == "__main__":
    main()
