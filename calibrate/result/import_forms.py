"""What each load generator writes, read into runs of one shape.

A time per token is that of the tokens after the first. Where a file has no number of clients, or
requests were sent on a schedule and a number is only the most that it let in, the requests inside
on average stand for it, by Little's law.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from calibrate.load.vllm_bench import DETAIL, rows_of_bench
from calibrate.plan.plan import Load
from calibrate.run.steady_window import figures, open_window
from pricing.errors import InputError, Problem

MOST_FAILURES: Final = 0.01
MOST_INSIDE: Final = 1.5
"""Requests inside, by means over a whole run, for each client [1]: at most one, were it not for
means that are taken of each figure by itself."""
MILLISECONDS: Final = {"s": 1_000.0, "sec": 1_000.0, "ms": 1.0, "us": 0.001}
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """Means of one run."""

    input_tokens: float
    output_tokens: float
    clients: float
    ttft_ms: float
    tpot_ms: float
    origin: str
    measured: str = ""
    sending: str = ""


def bench_serve(run: Document) -> Iterable[Run]:
    """``vllm bench serve`` and SGLang's ``bench_serving``: windowed where rows were saved."""
    completed = int(run["completed"])
    failed = run.get("failed")
    if failed is None:  # older versions do not say, but how many were asked
        failed = int(run.get("num_prompts") or completed) - completed
    _require_success(int(failed), completed + int(failed))
    isl, osl = run["total_input_tokens"] / completed, run["total_output_tokens"] / completed
    clients, scheduled = run.get("max_concurrency"), _is_rate(run.get("request_rate"))
    means = float(run["mean_ttft_ms"]), float(run["mean_tpot_ms"])
    sending = ""
    if clients is not None and not scheduled and all(key in run for key in DETAIL):
        load = Load(
            id="imported",
            role="fit",
            input_tokens=max(round(isl), 1),
            output_tokens=max(round(osl), 2),
            concurrency=int(clients),
            requests=completed,
            seed=0,
        )
        window = open_window(rows_of_bench(run), load)
        found = figures(window) if window else None
        if found is not None:
            means = found.mean_ttft_ms, found.mean_tpot_ms
            isl, osl, sending = found.input_mean, found.output_mean, "steady"
    sglang = "mean_e2e_latency_ms" in run
    yield Run(
        isl,
        osl,
        clients_of(
            None if scheduled or not clients else min(float(clients), completed + int(failed)),
            inside(float(run["request_throughput"]), *means, osl),
        ),
        *means,
        origin="SGLang bench_serving" if sglang else "vllm bench serve",
        measured=str(run.get("date", ""))[:8],
        sending=sending,
    )


def guidellm(report: Document) -> Iterable[Run]:
    """GuideLLM, every version since 0.2; all requests count, finished or not."""
    for run in report["benchmarks"]:
        metrics = run["metrics"]
        settings = run.get("config") or run["args"]
        totals = metrics.get("request_totals") or run["request_totals"]
        _require_success(totals["errored"], totals["successful"] + totals["errored"])

        def mean(name: str, of: str = "successful", metrics: Document = metrics) -> float:
            return float((metrics[name].get(of) or metrics[name]["successful"])["mean"])

        streams = settings["strategy"].get("streams")
        yield Run(
            mean("prompt_token_count"),
            mean("output_token_count"),
            float(streams or mean("request_concurrency", "total")),
            mean("time_to_first_token_ms"),
            mean("inter_token_latency_ms"),
            origin="GuideLLM",
            sending="steady",
        )


def aiperf(report: Document) -> Iterable[Run]:
    """AIPerf and genai-perf: ``profile_export_aiperf.json``."""

    def mean_ms(name: str) -> float:
        return float(report[name]["avg"]) * _per_ms(str(report[name]["unit"]))

    ttft_ms, tpot_ms = mean_ms("time_to_first_token"), mean_ms("inter_token_latency")
    osl = float(report["output_sequence_length"]["avg"])
    failed = report.get("error_request_count") or {"avg": 0}
    done = report.get("request_count") or {"avg": 1}
    _require_success(int(failed["avg"]), int(done["avg"]) + int(failed["avg"]))
    asked = (report.get("input_config") or {}).get("loadgen") or {}
    rate = float(report["request_throughput"]["avg"])
    clients = None if _is_rate(asked.get("request_rate")) else asked.get("concurrency")
    yield Run(
        float(report["input_sequence_length"]["avg"]),
        osl,
        clients_of(clients and float(clients), inside(rate, ttft_ms, tpot_ms, osl)),
        ttft_ms,
        tpot_ms,
        origin="AIPerf",
        measured=str(report.get("start_time", ""))[:10],
    )


def inference_perf(stage: Document) -> Iterable[Run]:
    """One stage of inference-perf.

    Its own time per token was wrong for a while (tokens were counted twice); the end-to-end time
    less that to the first token is not.
    """
    good, bad = stage["successes"], stage["failures"]
    _require_success(int(bad["count"]), int(good["count"]) + int(bad["count"]))
    latency = good["latency"]
    ttft_ms = float(latency["time_to_first_token"]["mean"]) * 1_000
    whole_ms = float(latency["request_latency"]["mean"]) * 1_000
    osl = float(good["output_len"]["mean"])
    tpot_ms = (whole_ms - ttft_ms) / max(osl - 1, 1.0)
    rate = float(good["throughput"]["requests_per_sec"])
    yield Run(
        float(good["prompt_len"]["mean"]),
        osl,
        inside(rate, ttft_ms, tpot_ms, osl),
        ttft_ms,
        tpot_ms,
        origin="inference-perf",
        sending="steady",
    )


def llm_d_report(report: Document) -> Iterable[Run]:
    """One Benchmark Report of llm-d, version 0.2."""
    version = str(report.get("version", ""))
    if not version.startswith("0.2"):
        raise InputError(
            Problem("version", version, "versions 0.2 are read", "Convert it with llm-d's tool.")
        )
    whole = report["results"]["request_performance"]["aggregate"]
    requests, latency = whole["requests"], whole["latency"]
    _require_success(requests.get("failures") or 0, requests["total"])
    per_token = latency.get("time_per_output_token") or latency["inter_token_latency"]
    ttft_ms, tpot_ms = _mean_ms(latency["time_to_first_token"]), _mean_ms(per_token)
    osl = float(requests["output_length"]["mean"])
    asked = report["scenario"].get("load", {}).get("standardized", {})
    clients, scheduled = asked.get("concurrency"), _is_rate(asked.get("rate_qps"))
    if scheduled or not isinstance(clients, int | float) or not 0 < clients < float("inf"):
        clients = inside(float(whole["throughput"]["request_rate"]["mean"]), ttft_ms, tpot_ms, osl)
    yield Run(
        float(requests["input_length"]["mean"]),
        osl,
        float(clients),
        ttft_ms,
        tpot_ms,
        origin="llm-d Benchmark Report",
        measured=str(report["run"]["time"]["start"])[:10],
    )


def inferencex(row: Document) -> Iterable[Run]:
    """One aggregate of InferenceX; lengths are nominal and times in seconds."""
    yield Run(
        float(row["isl"]),
        float(row["osl"]),
        float(row["conc"]),
        float(row["mean_ttft"]) * 1_000,
        float(row["mean_tpot"]) * 1_000,
        origin="inferencex",
        measured=str(row.get("date", ""))[:10],
    )


def llmperf(summary: Document) -> Iterable[Run]:
    """The summary of LLMPerf; its requests are sent by a fixed number of clients."""
    done, failed = int(summary["results_num_completed_requests"]), summary["results_number_errors"]
    _require_success(int(failed), done + int(failed))
    osl = float(summary["results_number_output_tokens_mean"])
    ttft_ms = float(summary["results_ttft_s_mean"]) * 1_000
    whole_ms = float(summary["results_end_to_end_latency_s_mean"]) * 1_000
    yield Run(
        float(summary["results_number_input_tokens_mean"]),
        osl,
        float(summary["num_concurrent_requests"]),
        ttft_ms,
        (whole_ms - ttft_ms) / max(osl - 1, 1.0),
        origin="LLMPerf",
    )


Form = Callable[[Document], Iterable[Run]]
FORMS: Final[tuple[tuple[tuple[str, ...], Form], ...]] = (
    (("benchmarks",), guidellm),
    (("scenario", "results"), llm_d_report),
    (("load_summary", "successes"), inference_perf),
    (("time_to_first_token", "inter_token_latency", "request_throughput"), aiperf),
    (("conc", "mean_ttft", "mean_tpot"), inferencex),
    (("results_ttft_s_mean",), llmperf),
    (("completed", "request_throughput", "mean_ttft_ms"), bench_serve),
)
"""Keys by which a form is known, and who reads it."""


def inside(per_second: float, ttft_ms: float, tpot_ms: float, osl: float) -> float:
    """Requests inside on average, by Little's law."""
    return max(per_second * (ttft_ms + tpot_ms * (osl - 1)) / 1_000, 1.0)


def clients_of(limit: float | None, inside_on_average: float) -> float:
    """Clients of a closed loop, or the requests inside where there was none.

    Raises
    ------
    InputError
        If more were inside than there were clients: a rate or a time is of another unit.
    """
    if limit is None:
        return inside_on_average
    if inside_on_average > MOST_INSIDE * limit:
        raise InputError(
            Problem(
                "clients",
                f"{limit:g}",
                f"by rate and times of the file {inside_on_average:.3g} requests were inside on "
                "average, more than there were clients",
                "See whether a time or a rate is in another unit.",
            )
        )
    return limit


def _is_rate(asked: object) -> bool:
    """Whether requests were sent on a schedule; tools write infinity where all came at once."""
    return asked is not None and math.isfinite(float(str(asked)))


def _mean_ms(statistics: Document) -> float:
    return float(statistics["mean"]) * _per_ms(str(statistics["units"]).split("/")[0])


def _per_ms(unit: str) -> float:
    if unit not in MILLISECONDS:
        raise InputError(
            Problem("units", unit, f"known: {', '.join(MILLISECONDS)}", "Correct the report.")
        )
    return MILLISECONDS[unit]


def _require_success(failed: int, total: int) -> None:
    if total == 0 or not 0 <= failed <= MOST_FAILURES * total:
        raise InputError(
            Problem(
                "failed",
                f"{failed} of {total}",
                f"at most {MOST_FAILURES:.0%} of the requests may have failed",
                "Measure again: means over the rest are too good.",
            )
        )
