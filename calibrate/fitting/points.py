"""Measured load points: read, refused where impossible, de-duplicated, turned into means.

A table has one row per closed-loop run, with the columns of the data file shipped here
(``calibrate/data/vllm_closed_loop.csv``). Rows of origin ``inferencex`` draw both lengths evenly
between 0.8 and 1.0 of the nominal one and send ten prompts per client, the first wave all at once.
Rows of any other origin have fixed lengths; how they were sent is not recorded, so their time to
first token is neither fitted nor scored.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pricing.errors import InputError, Problem, StorageError
from tco.kernel.speed import FloatArray, RequestMix

BATCHED_TOKENS: Final = 8192.0  # vLLM's default for a server on these GPUs
PROMPTS_PER_CLIENT: Final = 10
SHORTEST_DRAW: Final = 0.8
LARGEST: Final = 10_000_000.0
MOST_CLIENTS: Final = 100_000.0
COLUMNS: Final = ("model", "system", "precision", "tp", "isl", "osl", "concurrency")
TIMES: Final = ("ttft_ms", "tpot_ms")


class Group(NamedTuple):
    """What one speed model covers: a model, in a precision, on one layout of accelerators."""

    model: str
    system: str
    precision: str
    tp: int
    layout: str
    """Data- and expert-parallel split, empty where there is none."""


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """One closed-loop run."""

    group: Group
    input_nominal: float
    output_nominal: float
    clients: float
    ttft_ms: float
    tpot_ms: float
    drawn_lengths: bool
    version: str
    measured_on: str
    line: int


@dataclass(frozen=True, slots=True)
class PointSet:
    """Load points of one group as arrays; a time that was not published is NaN."""

    mix: RequestMix
    clients: FloatArray
    ttft_ms: FloatArray
    tpot_ms: FloatArray
    requests_per_second: FloatArray
    bursts: NDArray[np.bool_]
    """Runs whose mean time to first token includes a first wave sent at once."""
    burst_prompts: FloatArray
    """Prompts worked through before a request of the first wave is answered, on average."""
    burst_steps: FloatArray
    """Engine steps of that wave before it is answered, on average."""

    @property
    def first_token_known(self) -> NDArray[np.bool_]:
        """Runs whose time to first token can be compared: how they were sent is recorded."""
        return np.isfinite(self.ttft_ms) & self.bursts

    def with_cached_prompts(self) -> "PointSet":
        """Read the same runs as having found every prompt in the prefix cache."""
        nothing = np.zeros_like(self.clients)
        mix = replace(self.mix, prefill_tokens=nothing, prefill_attention_tokens2=nothing)
        return replace(self, mix=mix)

    def __len__(self) -> int:
        return len(self.clients)

    def rows(self, index: NDArray[np.intp]) -> "PointSet":
        """Select the points with these numbers."""
        mine = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "mix"}
        mix = {f.name: np.asarray(getattr(self.mix, f.name))[index] for f in fields(RequestMix)}
        return PointSet(
            mix=RequestMix(**mix), **{name: values[index] for name, values in mine.items()}
        )


def read_text(path: Path) -> str:
    """Text of a table.

    Raises
    ------
    StorageError
        If the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(
            Problem("points", str(path), f"cannot be read: {error}", "Name a readable CSV file.")
        ) from None


def parse_points(text: str) -> tuple[LoadPoint, ...]:
    """Turn the text of a table into its load points; rows that repeat another are dropped.

    Raises
    ------
    InputError
        Naming line and column of every value that cannot be a measurement.
    """
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in (*COLUMNS, *TIMES) if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            *(Problem("points", name, "a column is missing", "Add it.") for name in missing)
        )
    problems: list[Problem] = []
    points: list[LoadPoint] = []
    for line, row in enumerate(reader, start=2):
        faults = list(_faults(row, line))
        problems.extend(faults)
        if not faults and row.get("exact_duplicate", "0") != "1":
            points.append(_point(row, line))
    if problems:
        raise InputError(*problems)
    return _distinct(points)


def by_group(points: Iterable[LoadPoint]) -> dict[Group, list[LoadPoint]]:
    """Points of each group, groups in the order of their names."""
    groups: dict[Group, list[LoadPoint]] = {}
    for point in points:
        groups.setdefault(point.group, []).append(point)
    return dict(sorted(groups.items()))


def point_set(points: Sequence[LoadPoint]) -> PointSet:
    """Arrays of one group, lengths as the means that were really sent."""
    drawn = np.array([point.drawn_lengths for point in points])
    mean, square = _moments(drawn)
    nominal_in = np.array([point.input_nominal for point in points])
    nominal_out = np.array([point.output_nominal for point in points])
    sent_in, sent_out = nominal_in * mean, nominal_out * mean
    mix = RequestMix(
        input_tokens=sent_in,
        output_tokens=sent_out,
        context_tokens=sent_in + nominal_out**2 * square / (2 * sent_out),
        prefill_tokens=sent_in,
        prefill_attention_tokens2=nominal_in**2 * square / 2,
    )
    clients = np.array([point.clients for point in points])
    ttft_ms = np.array([point.ttft_ms for point in points])
    tpot_ms = np.array([point.tpot_ms for point in points])
    steps, prompts = _first_wave(clients, sent_in)
    return PointSet(
        mix=mix,
        clients=clients,
        ttft_ms=ttft_ms,
        tpot_ms=tpot_ms,
        requests_per_second=clients / (ttft_ms + tpot_ms * mix.token_intervals) * 1_000,
        bursts=drawn,
        burst_prompts=prompts,
        burst_steps=steps,
    )


def _moments(drawn: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Mean and mean square of a length over its nominal one: even draws, or fixed."""
    low = SHORTEST_DRAW
    mean = np.where(drawn, (low + 1) / 2, 1.0)
    square = np.where(drawn, (1 - low**3) / (3 * (1 - low)), 1.0)
    return mean, square


def _first_wave(clients: FloatArray, input_tokens: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean steps and prompts before an answer when all clients send at once.

    The i-th prompt is done at the end of step ``ceil(i I / M)``, together with every other prompt
    that this step finishes.
    """
    steps, prompts = [], []
    for count, tokens in zip(clients, input_tokens, strict=True):
        order = np.arange(1, int(count) + 1)
        done_at = np.ceil(order * tokens / BATCHED_TOKENS)
        steps.append(done_at.mean())
        prompts.append(np.minimum(done_at * BATCHED_TOKENS / tokens, count).mean())
    return np.array(steps), np.array(prompts)


def _distinct(points: Iterable[LoadPoint]) -> tuple[LoadPoint, ...]:
    """Points that differ in load or result: a repeated row would leak between folds.

    Some rows repeat another but for the last binary digit of a time.
    """
    seen: dict[tuple[object, ...], LoadPoint] = {}
    for p in points:
        times = f"{p.ttft_ms:.9g}", f"{p.tpot_ms:.9g}"
        key = (p.group, p.input_nominal, p.output_nominal, p.clients, *times)
        seen.setdefault(key, p)
    return tuple(seen.values())


def _point(row: Mapping[str, str], line: int) -> LoadPoint:
    ranks = float(row.get("attention_dp") or 1)
    return LoadPoint(
        group=Group(
            model=row["model"],
            system=row["system"],
            precision=row["precision"],
            tp=int(float(row["tp"])),
            layout=_layout(row, ranks),
        ),
        input_nominal=float(row["isl"]),
        output_nominal=float(row["osl"]),
        clients=max(float(row["concurrency"]) / ranks, 1.0),
        ttft_ms=float(row["ttft_ms"]),
        tpot_ms=float(row["tpot_ms"]),
        drawn_lengths=row.get("origin") == "inferencex",
        version=row.get("vllm_version") or "",
        measured_on=row.get("measured") or "",
        line=line,
    )


def _layout(row: Mapping[str, str], ranks: float) -> str:
    """One data-parallel rank is fitted with its own share of the clients."""
    experts = float(row.get("moe_ep") or 1)
    parts = [f"dp{ranks:g}" if ranks > 1 else "", f"ep{experts:g}" if experts > 1 else ""]
    return " ".join(part for part in parts if part)


def _faults(row: Mapping[str, str], line: int) -> Iterable[Problem]:
    for name in ("tp", "isl", "osl", "concurrency", *TIMES):
        value = row[name]
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        most = MOST_CLIENTS if name == "concurrency" else LARGEST
        if not 0 < number <= most:
            yield Problem(
                f"line {line}: {name}",
                str(value),
                f"must be a number above 0, at most {most:,.0f}",
                "Correct or remove the row.",
            )
