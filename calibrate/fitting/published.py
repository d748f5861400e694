"""Published throughput figures: a rate at one concurrency and nothing else."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from calibrate.fitting.points import PointSet
from tco.kernel.request_mix import RequestMix

FIGURE_NOISE: Final = 0.05  # read off a chart, about 3 % each way
LEAST_PUBLISHED_RESIDUAL: Final = 0.15
"""Versions of one engine differ by 22 % at the 90th percentile, which is 0.15 as a deviation."""


@dataclass(frozen=True, slots=True)
class Published:
    """One figure."""

    model: str
    accelerator: str
    gpus: int
    precision: str
    engine_version: str
    input_tokens: float
    output_tokens: float
    clients: float
    output_tokens_per_second: float
    kv_tokens: float
    """Longest context that the publisher says was served, which memory therefore holds."""
    source: str
    source_date: str
    note: str

    @property
    def replica(self) -> tuple[str, str, int, str]:
        """What was served on what."""
        return self.model, self.accelerator, self.gpus, self.precision


def parse_published(text: str) -> tuple[Published, ...]:
    """Turn the text of the shipped table into its figures."""
    return tuple(
        Published(
            model=row["model"],
            accelerator=row["accelerator"],
            gpus=int(row["gpus"]),
            precision=row["precision"],
            engine_version=row["engine_version"],
            input_tokens=float(row["input_tokens"]),
            output_tokens=float(row["output_tokens"]),
            clients=float(row["concurrency"]),
            output_tokens_per_second=float(row["output_tokens_per_second"]),
            kv_tokens=float(row["kv_tokens"]),
            source=row["source"],
            source_date=row["source_date"],
            note=row["note"],
        )
        for row in csv.DictReader(io.StringIO(text))
    )


def by_replica(figures: Iterable[Published]) -> dict[tuple[str, str, int, str], list[Published]]:
    """Figures of each replica, in the order of their names."""
    groups: dict[tuple[str, str, int, str], list[Published]] = {}
    for figure in figures:
        groups.setdefault(figure.replica, []).append(figure)
    return dict(sorted(groups.items()))


def figure_set(figures: Sequence[Published]) -> PointSet:
    """Arrays of one replica; times that were not published are NaN."""
    outputs = np.array([figure.output_tokens for figure in figures])
    unknown = np.full(len(figures), np.nan)
    nothing = np.zeros(len(figures))
    return PointSet(
        mix=RequestMix.of_lengths(np.array([f.input_tokens for f in figures]), outputs),
        clients=np.array([figure.clients for figure in figures]),
        scheduled=np.zeros(len(figures), dtype=bool),
        ttft_ms=unknown,
        tpot_ms=unknown,
        requests_per_second=np.array([f.output_tokens_per_second for f in figures]) / outputs,
        bursts=np.zeros(len(figures), dtype=bool),
        burst_prompts=nothing,
        burst_steps=nothing,
    )
