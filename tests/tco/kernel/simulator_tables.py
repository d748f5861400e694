"""The tables of docs/simulator.md: run this file to write them again.

Measured runs are played again under the protocol they were measured with. Seeds are fixed: written
again, the tables are the same, but for last digits on another processor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from calibrate.fitting.points import PROMPTS_PER_CLIENT, SHORTEST_DRAW
from calibrate.fitting.predict import predict
from calibrate.fitting.published import by_replica, parse_published
from calibrate.fitting.shipped import shipped_groups
from hardware_profiles import CalibrationRecord, Library
from tco.kernel import speed
from tco.kernel.capacity import Capacity, Infeasible, slo_capacity
from tco.kernel.lengths import Length, Lognormal
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate import simulate_closed_loop, summarise
from tco.kernel.simulate_capacity import SimulatedCapacity, simulated_capacity
from tco.kernel.simulate_load import request_set, sampler_of
from tco.kernel.simulate_trial import Objectives
from tco.kernel.step_time import StepTime
from tco.kernel.workload import ClassLoad, request_mix

PAGE = Path(__file__).parents[3] / "docs" / "simulator.md"
LIBRARY = Library.load()

PLAYED = ("H100 SXM", "H200 SXM")
CHAT = Lognormal(1_155.0, 0.96), Lognormal(211.0, 0.77)
CODE = Lognormal(2_048.0, 0.96), Lognormal(28.0, 2.15)
DOCUMENTS = Lognormal(4_000.0, 0.5), Lognormal(300.0, 0.5)
STORIES = Lognormal(300.0, 0.5), Lognormal(600.0, 0.5)
SHAPES = {"chat": CHAT, "code": CODE, "documents": DOCUMENTS, "stories": STORIES}
OBJECTIVES = (
    ("chat", 0.0, 2_000.0, 50.0),
    ("chat", 0.0, 300.0, 50.0),
    ("chat", 0.0, 2_000.0, 30.0),
    ("chat", 0.75, 2_000.0, 50.0),
    ("code", 0.0, 2_000.0, 50.0),
    ("code", 0.0, 1_000.0, 200.0),
    ("documents", 0.0, 2_000.0, 50.0),
    ("documents", 0.0, 700.0, 50.0),
    ("documents", 0.75, 2_000.0, 50.0),
    ("stories", 0.0, 2_000.0, 50.0),
    ("stories", 0.0, 500.0, 25.0),
)
CASES = (
    *(("llama-3.1-70b-fp8-h100-tp4", *objective) for objective in OBJECTIVES),
    *(("gpt-oss-120b-mxfp4-h200-tp1", *objective) for objective in OBJECTIVES),
    ("llama-3.1-70b-fp8-h100-tp2", "chat", 0.0, 2_000.0, 100.0),
    ("llama-3.1-70b-fp8-h200-tp1", "documents", 0.0, 4_000.0, 100.0),
)


@dataclass(frozen=True)
class Played:
    """One measured run beside the same run simulated and by closed form; NaN is not published."""

    record: str
    shape: tuple[float, float]
    clients: int
    measured: tuple[float, float, float]
    """Output tokens/s, time per token, time to first token."""
    simulated: tuple[float, float, float]
    closed_form: tuple[float, float, float]
    preemptions: int


def replica(record: CalibrationRecord) -> tuple[StepTime, EngineLimits]:
    step = StepTime(
        **record.parameters.model_dump(),
        experts=record.experts,
        experts_active=record.experts_active,
    )
    known = record.limits
    return step, EngineLimits(known.max_num_seqs, known.max_num_batched_tokens, known.kv_tokens)


def measured_runs() -> Iterator[Played]:
    for name, (ready, _) in shipped_groups(LIBRARY).items():
        record = LIBRARY.calibration(name)
        known = all(point.sending == "first wave" for point in ready.used)
        if not known or record.accelerator not in PLAYED:
            continue
        step, limits = replica(record)
        said = predict(step, limits, ready.points)
        outputs = np.asarray(ready.points.mix.output_tokens)
        for at, point in enumerate(ready.used):
            low = SHORTEST_DRAW if point.drawn_lengths else 1.0
            requests = nominal(point.input_nominal, point.output_nominal, point.clients, low)
            if ready.cached_prompts:
                requests = request_set(requests.input_tokens, requests.output_tokens, 1.0)
            log = simulate_closed_loop(step, limits, requests, int(point.clients))
            seen = summarise(log)
            # Means of published runs are turned into a rate by Little's law, and so are these.
            residence = seen.mean_ttft_ms + seen.mean_tpot_ms * ready.points.mix.token_intervals[at]
            known_ttft = point.ttft_ms if point.drawn_lengths else np.nan
            yield Played(
                record.id,
                (point.input_nominal, point.output_nominal),
                int(point.clients),
                (
                    ready.points.requests_per_second[at] * outputs[at],
                    point.tpot_ms,
                    known_ttft,
                ),
                (
                    point.clients / residence * 1_000 * outputs[at],
                    seen.mean_tpot_ms,
                    seen.mean_ttft_ms,
                ),
                (said.requests_per_second[at] * outputs[at], said.tpot_ms[at], said.ttft_ms[at]),
                int(log.preemptions.sum()),
            )


def published_runs() -> Iterator[Played]:
    table = (files("calibrate") / "data" / "published_throughput.csv").read_text(encoding="utf-8")
    for figures in by_replica(parse_published(table)).values():
        for f in figures:
            (record,) = (
                one
                for one in LIBRARY.calibrations_for(model=f.model, accelerator=f.accelerator)
                if one.gpus_per_replica == f.gpus
            )
            step, limits = replica(record)
            requests = nominal(f.input_tokens, f.output_tokens, f.clients, 1.0)
            seen = summarise(
                simulate_closed_loop(step, limits, requests, int(f.clients)), (0.2, 0.8)
            )
            _, rate, tpot, ttft = speed.closed_loop(step, limits, requests.mix, f.clients)
            yield Played(
                record.id,
                (f.input_tokens, f.output_tokens),
                int(f.clients),
                (f.output_tokens_per_second, np.nan, np.nan),
                (seen.output_tokens_per_second, seen.mean_tpot_ms, seen.mean_ttft_ms),
                (float(rate) * f.output_tokens, float(tpot), float(ttft)),
                seen.preemptions,
            )


def nominal(input_tokens: float, output_tokens: float, clients: float, low: float):
    """Ten prompts per client, both lengths even between a share of the nominal one and itself."""
    count = PROMPTS_PER_CLIENT * int(clients)
    rng = np.random.default_rng([int(input_tokens), int(output_tokens), int(clients)])
    return request_set(
        rng.uniform(low * input_tokens, input_tokens, count),
        rng.uniform(low * output_tokens, output_tokens, count),
    )


def errors(runs: list[Played], which: str) -> tuple[np.ndarray, np.ndarray]:
    said = np.array([getattr(run, which) for run in runs])
    relative = said / np.array([run.measured for run in runs]) - 1
    return relative, np.abs(relative)


def per_record(runs: list[Played]) -> list[str]:
    lines = [
        "| record | runs | simulated: throughput | TPOT | TTFT | closed form: throughput | TPOT "
        "| TTFT |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    names = sorted({run.record for run in runs})
    for name in [*names, "all measured"]:
        mine = [
            run
            for run in runs
            if run.record == name or (name == "all measured" and np.isfinite(run.measured[1]))
        ]
        cells = [
            mean_error(errors(mine, which)[1][:, column])
            for which in ("simulated", "closed_form")
            for column in range(3)
        ]
        label = name if name == "all measured" else f"`{name}`"
        lines.append(f"| {label} | {len(mine)} | " + " | ".join(cells) + " |")
    return lines


def mean_error(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.mean() * 100:.1f} %" if len(known) else "not published"


def saturated_runs(runs: list[Played]) -> list[str]:
    """The run of each record with most output tokens per second."""
    lines = [
        "| record | tokens in / out | clients | tokens/s measured | simulated | TPOT ms measured "
        "| simulated | TTFT ms measured | simulated |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    best: dict[str, Played] = {}
    for run in runs:
        if run.record not in best or run.measured[0] > best[run.record].measured[0]:
            best[run.record] = run
    for name, run in sorted(best.items()):
        cells = [
            f"{run.shape[0]:.0f} / {run.shape[1]:.0f}",
            str(run.clients),
            *(
                text
                for pair, form in zip(
                    zip(run.measured, run.simulated, strict=True),
                    ("{:.0f}", "{:.2f}", "{:.0f}"),
                    strict=True,
                )
                for text in (
                    form.format(pair[0]) if np.isfinite(pair[0]) else "not published",
                    form.format(pair[1]),
                )
            ),
        ]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return lines


def full_memory_runs(runs: list[Played]) -> list[str]:
    lines = [
        "| record | tokens in / out | clients | preemptions | tokens/s measured | simulated "
        "| closed form | TTFT ms measured | simulated | closed form |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for run in sorted(runs, key=lambda one: (one.record, one.shape, one.clients)):
        if not run.preemptions or not np.isfinite(run.measured[2]):
            continue
        three = (run.measured, run.simulated, run.closed_form)
        cells = [
            f"{run.shape[0]:.0f} / {run.shape[1]:.0f}",
            str(run.clients),
            str(run.preemptions),
            *(f"{one[0]:.0f}" for one in three),
            *(f"{one[2]:.0f}" for one in three),
        ]
        lines.append(f"| `{run.record}` | " + " | ".join(cells) + " |")
    return lines


@dataclass(frozen=True)
class Compared:
    """One objective by closed form for means and by simulation for 95th percentiles."""

    case: tuple[str, str, float, float, float]
    means: Capacity | Infeasible
    simulated: SimulatedCapacity | Infeasible

    @property
    def optimism(self) -> float:
        """Closed form over simulation; NaN where either has no answer."""
        if isinstance(self.means, Infeasible) or isinstance(self.simulated, Infeasible):
            return float("nan")
        return self.means.requests_per_second / self.simulated.requests_per_second


def compared(cases=CASES) -> list[Compared]:
    found = []
    for case in cases:
        record, shape, cached, ttft, tpot = case
        step, limits = replica(LIBRARY.calibration(record))
        lengths: tuple[Length, Length] = SHAPES[shape]
        classes = [ClassLoad(1.0, *lengths, cached)]
        means = slo_capacity(
            step, limits, request_mix(classes), mean_tpot_ms=tpot, mean_ttft_ms=ttft
        )
        simulated = simulated_capacity(
            step, limits, sampler_of(classes), Objectives(p95_ttft_ms=ttft, p95_tpot_ms=tpot)
        )
        found.append(Compared(case, means, simulated))
    return found


def capacities(all_compared: list[Compared]) -> list[str]:
    lines = [
        "| record | requests | cached | TTFT ms | TPOT ms | means, requests/s | bound "
        "| p95 simulated | ± sd | bound | means over p95 |",
        "|---|---|--:|--:|--:|--:|---|--:|--:|---|--:|",
    ]
    for one in all_compared:
        record, shape, cached, ttft, tpot = one.case
        cells = [f"`{record}`", shape, f"{cached:.0%}", f"{ttft:.0f}", f"{tpot:.0f}"]
        if isinstance(one.means, Infeasible):
            cells += ["not met", ""]
        else:
            cells += [f"{one.means.requests_per_second:.2f}", one.means.bound_by]
        if isinstance(one.simulated, Infeasible):
            cells += ["not met", "", ""]
        else:
            cells += [
                f"{one.simulated.requests_per_second:.2f}",
                f"{one.simulated.monte_carlo_sd:.2f}",
                one.simulated.bound_by,
            ]
        cells.append(f"{one.optimism:.2f}" if np.isfinite(one.optimism) else "")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def optimism(rows: list[str]) -> list[str]:
    """What the last column of the capacities says."""
    last = [row.split("|")[-2].strip() for row in rows[2:]]
    ratios = np.array([float(text) for text in last if text])
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    return [
        f"Over {len(ratios)} cases the closed form for means promises {middle:.2f} times the rate "
        f"that the simulated 95th percentiles allow, in the median (quartiles {low:.2f} to "
        f"{high:.2f}, worst {ratios.max():.2f})."
    ]


def tables() -> dict[str, list[str]]:
    runs = [*measured_runs(), *published_runs()]
    rows = capacities(compared())
    return {
        "records": per_record(runs),
        "saturation": saturated_runs(runs),
        "memory": full_memory_runs(runs),
        "capacities": rows,
        "optimism": optimism(rows),
    }


def marks(name: str) -> tuple[str, str]:
    return (
        f"<!-- {name}: written by tests/tco/kernel/simulator_tables.py -->",
        f"<!-- end {name} -->",
    )


def printed(page: str, name: str) -> list[str]:
    start, end = marks(name)
    return page.partition(start)[2].partition(end)[0].strip().splitlines()


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, lines in tables().items():
        start, end = marks(name)
        before, _, rest = page.partition(start)
        _, _, after = rest.partition(end)
        text = "\n".join(lines)
        page = f"{before}{start}\n{text}\n{end}{after}"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
