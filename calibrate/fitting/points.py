"""Measured load points: read, refused where impossible, turned into means.

A table has one row per run, with the columns of the data file shipped here
(``calibrate/data/vllm_closed_loop.csv``). Rows of origin ``inferencex`` draw both lengths evenly
between 0.8 and 1.0 of the nominal one and send ten prompts per client, the first wave all at once;
settings that they do not record are those of their published scripts (`origin_settings`).
Rows of any other origin have the lengths they state. Their time to first token is compared where
the column ``sending`` says ``steady``; otherwise how they were sent is not recorded, and it is
neither fitted nor scored.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.fitting.origin_settings import with_origin_settings
from pricing.csv_table import CsvTable, number_in
from pricing.errors import InputError, Problem
from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import RequestMix

BATCHED_TOKENS: Final = 8192.0  # vLLM's default for a server on these GPUs
PROMPTS_PER_CLIENT: Final = 10
SHORTEST_DRAW: Final = 0.8
LARGEST: Final = 10_000_000.0
MOST_CLIENTS: Final = 100_000.0
COLUMNS: Final = ("model", "system", "precision", "tp", "isl", "osl", "concurrency")
TIMES: Final = ("ttft_ms", "tpot_ms")
SETTINGS: Final = ("kv_bytes", "max_num_seqs", "max_num_batched_tokens", "kv_tokens")
_MINOR: Final = re.compile(r"^v?(\d+\.\d+)")
Sending = Literal["first wave", "steady", "not recorded"]


class Group(NamedTuple):
    """What one speed model covers: one model as one engine serves it on one layout."""

    model: str
    system: str
    precision: str
    tp: int
    layout: str
    """Data-, expert- and mixture-parallel split, empty where there is none."""
    engine: str = ""
    """Minor version of the engine, such as ``0.18``; empty where it was not recorded."""
    kv: str = ""
    """Bytes per key or value, such as ``1``; empty where it was not recorded."""

    def __str__(self) -> str:
        """Readable name."""
        engine = f"vLLM {self.engine}" if self.engine else ""
        kv = f"kv {self.kv} B" if self.kv else ""
        parts = (self.model, self.system, self.precision, f"tp{self.tp}", self.layout, engine, kv)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one copy of a model lies on accelerators."""

    tp: int
    ranks: int = 1
    """Data-parallel copies of the attention."""
    experts_over: int = 1
    """Accelerators that the routed experts are spread over."""

    @property
    def gpus(self) -> int:
        """Accelerators in all."""
        return max(self.tp * self.ranks, self.experts_over)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who measured a row and under which terms it may be passed on; empty where not said."""

    measured_by: str = ""
    source: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """One run."""

    group: Group
    input_nominal: float
    output_nominal: float
    clients: float
    ttft_ms: float
    tpot_ms: float
    sending: Sending
    version: str
    measured_on: str
    line: int
    layout: Layout
    kv_bytes: float | None = None
    max_num_seqs: float | None = None
    max_num_batched_tokens: float | None = None
    kv_tokens: float | None = None
    cached_share: float | None = None
    """Share of prompt tokens found in the prefix cache; None where it was not recorded."""
    provenance: Provenance = Provenance()

    @property
    def drawn_lengths(self) -> bool:
        """Whether lengths were drawn evenly below the nominal one."""
        return self.sending == "first wave"

    @property
    def load(self) -> tuple[Group, float, float, float]:
        """What was asked of the replica."""
        return self.group, self.input_nominal, self.output_nominal, self.clients

    @property
    def first_token_share(self) -> float:
        """Share of its residence that a request spends before its first token [1]."""
        answer_ms = self.tpot_ms * max(self.output_nominal - 1, 1.0)
        return self.ttft_ms / (self.ttft_ms + answer_ms)


@dataclass(frozen=True, slots=True)
class PointSet:
    """Load points of one group as arrays; a time that cannot be compared is NaN."""

    mix: RequestMix
    clients: FloatArray
    """Requests inside on average: in a closed loop all its clients."""
    scheduled: NDArray[np.bool_]
    """Open loops: whoever is sent joins the requests inside, and is one more."""
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
        return np.asarray(np.isfinite(self.ttft_ms))

    def __len__(self) -> int:
        return len(self.clients)

    def rows(self, index: NDArray[np.intp]) -> Self:
        """Select the points with these numbers."""
        mine = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "mix"}
        return type(self)(
            mix=self.mix.rows(index), **{name: values[index] for name, values in mine.items()}
        )


def parse_points(text: str) -> tuple[LoadPoint, ...]:
    """Turn the text of a table into its load points, repeated rows included.

    Raises
    ------
    InputError
        Naming line and column of every value that cannot be a measurement.
    """
    table = CsvTable.read("points", text)
    missing = [name for name in (*COLUMNS, *TIMES) if name not in table.columns]
    if missing:
        raise InputError(
            *(Problem("points", name, "a column is missing", "Add it.") for name in missing)
        )
    problems: list[Problem] = []
    points: list[LoadPoint] = []
    for line, row in table.rows:
        faults = list(_faults(row, line))
        problems.extend(faults)
        if not faults:
            points.append(_point(with_origin_settings(row), line))
    if problems:
        raise InputError(*problems)
    return tuple(points)


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
    hits = np.array([point.cached_share or 0.0 for point in points])
    sent_in, sent_out = nominal_in * mean, nominal_out * mean
    mix = RequestMix(
        input_tokens=sent_in,
        output_tokens=sent_out,
        context_tokens=sent_in + nominal_out**2 * square / (2 * sent_out),
        prefill_tokens=sent_in * (1 - hits),
        prefill_attention_tokens2=nominal_in**2 * square * (1 - hits**2) / 2,
    )
    clients = np.array([point.clients for point in points])
    ttft_ms = np.array([point.ttft_ms for point in points])
    tpot_ms = np.array([point.tpot_ms for point in points])
    budgets = [point.max_num_batched_tokens or BATCHED_TOKENS for point in points]
    steps, prompts = _first_wave(clients, sent_in, np.array(budgets))
    known = np.array([point.sending != "not recorded" for point in points])
    return PointSet(
        mix=mix,
        clients=clients,
        scheduled=np.zeros(len(points), dtype=bool),
        ttft_ms=np.where(known, ttft_ms, np.nan),
        tpot_ms=tpot_ms,
        requests_per_second=clients / (ttft_ms + tpot_ms * mix.token_intervals) * 1_000,
        bursts=drawn,
        burst_prompts=prompts,
        burst_steps=steps,
    )


def minor_version(version: str) -> str:
    """``0.18`` of ``0.18.1`` or ``v0.18.0``; a version of another form is kept as it is."""
    found = _MINOR.match(version)
    return found.group(1) if found else version


def _moments(drawn: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Mean and mean square of a length over its nominal one: even draws, or fixed."""
    low = SHORTEST_DRAW
    mean = np.where(drawn, (low + 1) / 2, 1.0)
    square = np.where(drawn, (1 - low**3) / (3 * (1 - low)), 1.0)
    return mean, square


def _first_wave(
    clients: FloatArray, input_tokens: FloatArray, budgets: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean steps and prompts before an answer when all clients send at once.

    The i-th prompt is done at the end of step ``ceil(i I / M)``, together with every other prompt
    that this step finishes.
    """
    steps, prompts = [], []
    for count, tokens, budget in zip(clients, input_tokens, budgets, strict=True):
        order = np.arange(1, int(np.ceil(count)) + 1)
        done_at = np.ceil(order * tokens / budget)
        steps.append(done_at.mean())
        prompts.append(np.minimum(done_at * budget / tokens, count).mean())
    return np.array(steps), np.array(prompts)


def _point(row: Mapping[str, str], line: int) -> LoadPoint:
    layout = _layout(row)
    version = row.get("vllm_version") or ""
    origin = row.get("origin") or ""
    steady: Sending = "steady" if row.get("sending") == "steady" else "not recorded"
    settings = {name: _number(row.get(name)) for name in (*SETTINGS, "cached_share")}
    return LoadPoint(
        group=Group(
            model=row["model"],
            system=row["system"],
            precision=row["precision"],
            tp=layout.tp,
            layout=_layout_name(row, layout),
            engine=minor_version(version),
            kv=row.get("kv_bytes") or "",
        ),
        input_nominal=float(row["isl"]),
        output_nominal=float(row["osl"]),
        clients=max(float(row["concurrency"]) / layout.ranks, 1.0),
        ttft_ms=float(row["ttft_ms"]),
        tpot_ms=float(row["tpot_ms"]),
        sending="first wave" if origin == "inferencex" else steady,
        version=version,
        measured_on=row.get("measured") or "",
        line=line,
        layout=layout,
        provenance=Provenance(
            row.get("measured_by") or "", row.get("source") or "", row.get("licence") or ""
        ),
        **settings,
    )


def _layout(row: Mapping[str, str]) -> Layout:
    """Ranks not recorded follow from the accelerators that the experts lie on."""
    tp = int(float(row["tp"]))
    over = int(_number(row.get("moe_tp")) or 1) * int(_number(row.get("moe_ep")) or 1)
    ranks = _number(row.get("attention_dp"))
    return Layout(tp, int(ranks) if ranks else max(over // tp, 1), over)


def _layout_name(row: Mapping[str, str], layout: Layout) -> str:
    """One data-parallel rank is fitted with its own share of the clients."""
    experts = int(_number(row.get("moe_ep")) or 1)
    parts = [
        f"dp{layout.ranks}" if layout.ranks > 1 else "",
        f"ep{experts}" if experts > 1 else "",
    ]
    return " ".join(part for part in parts if part)


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _faults(row: Mapping[str, str], line: int) -> Iterable[Problem]:
    for name in ("tp", "isl", "osl", "concurrency", *TIMES):
        most = MOST_CLIENTS if name == "concurrency" else LARGEST
        yield from _out_of_range(row[name], f"line {line}: {name}", most)
    for name in (*SETTINGS, "moe_tp", "moe_ep", "attention_dp"):
        if row.get(name):
            yield from _out_of_range(row[name], f"line {line}: {name}", 1e12)
    share = row.get("cached_share") or "0"
    if not _inside(share, lowest=-1e-9, highest=1.0):
        yield Problem(
            f"line {line}: cached_share", share, "must be from 0 to 1", "Correct or remove the row."
        )


def _out_of_range(value: str, field: str, most: float) -> Iterable[Problem]:
    if not _inside(value, lowest=0.0, highest=most):
        yield Problem(
            field,
            str(value),
            f"must be a number above 0, at most {most:,.0f}",
            "Correct or remove the row.",
        )


def _inside(value: str, *, lowest: float, highest: float) -> bool:
    number = number_in(value)
    return number is not None and math.isfinite(number) and lowest < number <= highest
