"""What this process counts of its own work, beside Streamlit's figures on `/_stcore/metrics`."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock
from typing import Final

from streamlit.runtime.stats import CounterStat, HistogramStat, Stat

RERUNS: Final = "planner_reruns"
RERUN_SECONDS: Final = "planner_rerun_seconds"
RERUN_CPU_SECONDS: Final = "planner_rerun_cpu_seconds"
EVALUATIONS: Final = "planner_evaluations"
REFUSED_REQUESTS: Final = "planner_refusals"
STORE_SECONDS: Final = "planner_store_seconds"
STORE_FAILURES: Final = "planner_store_failures"
COUNTED: Final[Mapping[str, str]] = {
    RERUNS: "Runs of the page, by how they ended.",
    EVALUATIONS: "Questions worked out, by where; an answer that is kept is not worked out again.",
    REFUSED_REQUESTS: "Refusals, by their code.",
    STORE_FAILURES: "Transactions that the store failed, by the code of the refusal.",
}
TIMED: Final[Mapping[str, str]] = {
    RERUN_SECONDS: "Time of a run of the page.",
    RERUN_CPU_SECONDS: "CPU of a run of the page, its long work in other processes not included.",
    STORE_SECONDS: "Time of a transaction with the store, its wait for a connection included.",
}
BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)

_Label = tuple[str, str]


@dataclass(slots=True)
class _Times:
    """Durations of one kind, by the first bound that each of them stays within."""

    within: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total_s: float = 0.0


class Metrics:
    """Counts and durations since this process began; a provider of Streamlit's statistics."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, _Label]] = Counter()
        self._times: defaultdict[str, _Times] = defaultdict(_Times)

    def count(self, family: str, label: str, value: str) -> None:
        """Count one event under the value of its label."""
        with self._lock:
            self._counts[family, (label, value)] += 1

    def time(self, family: str, seconds: float) -> None:
        """Take a duration down [s]."""
        with self._lock:
            times = self._times[family]
            times.within[bisect_left(BOUNDS_S, seconds)] += 1
            times.total_s += seconds

    @property
    def stats_families(self) -> Sequence[str]:
        """Names of what is counted and timed."""
        return (*COUNTED, *TIMED)

    def get_stats(self, family_names: Sequence[str] | None = None) -> Mapping[str, Sequence[Stat]]:
        """Give what was counted and timed so far, by family."""
        wanted = self.stats_families if family_names is None else family_names
        with self._lock:
            counted = {name: self._counted(name) for name in COUNTED if name in wanted}
            timed = {name: (self._timed(name),) for name in TIMED if name in wanted}
        return {**counted, **timed}

    def _counted(self, family: str) -> Sequence[Stat]:
        return tuple(
            CounterStat(family, count, {label: value}, help=COUNTED[family])
            for (name, (label, value)), count in sorted(self._counts.items())
            if name == family
        )

    def _timed(self, family: str) -> Stat:
        times = self._times[family]
        up_to = tuple(accumulate(times.within))
        buckets = tuple(zip((*BOUNDS_S, math.inf), up_to, strict=True))
        return HistogramStat(
            family, buckets, times.total_s, up_to[-1], unit="seconds", help=TIMED[family]
        )


METRICS: Final = Metrics()
