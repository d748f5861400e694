"""Files of other load generators into rows that a fit takes.

Three forms are known by their own marks: the JSON of ``vllm bench serve``, the report of GuideLLM
and the Benchmark Report of llm-d. Each file gives one row per run: mean lengths, clients, mean time
to first token and per further token. Where only aggregates were kept, ramp and drain are in them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from calibrate.files import refusing_io
from calibrate.load.vllm_bench import DETAIL, rows_of_bench
from calibrate.plan.plan import Load
from calibrate.run.steady_window import figures, open_window
from pricing.errors import InputError, Problem

MOST_FAILURES: Final = 0.01
MILLISECONDS: Final = {"s": 1_000.0, "ms": 1.0, "us": 0.001}
YAML_ENDINGS: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class About:
    """What the files do not say: what was served on what."""

    model: str
    system: str
    precision: str
    tp: int


@dataclass(frozen=True, slots=True)
class ImportedPoint:
    """One row of a table of load points."""

    model: str
    system: str
    precision: str
    tp: int
    isl: float
    osl: float
    concurrency: float
    ttft_ms: float
    tpot_ms: float
    origin: str
    measured: str
    vllm_version: str = ""


COLUMNS: Final = tuple(field.name for field in fields(ImportedPoint))


def import_points(paths: Sequence[Path], about: About) -> tuple[ImportedPoint, ...]:
    """Read files of any known form.

    Raises
    ------
    InputError
        Naming every file that is of no known form, or whose runs failed.
    StorageError
        If a file cannot be read.
    """
    problems: list[Problem] = []
    points: list[ImportedPoint] = []
    for path in paths:
        document = _read(path)
        try:
            points.extend(_points(document, about))
        except InputError as error:
            problems += [
                Problem(f"{path.name}: {p.field}", p.value, p.limit, p.remedy)
                for p in error.problems
            ]
        except (KeyError, TypeError, ValueError) as error:
            limit = f"is not as its form says: {type(error).__name__} {error}"
            problems.append(Problem(path.name, "", limit, "Write it again with its own tool."))
    if problems:
        raise InputError(*problems)
    return tuple(points)


def table_row(point: ImportedPoint) -> dict[str, object]:
    """Cells of a row, numbers with no more digits than are measured."""
    return {
        name: f"{value:.9g}" if isinstance(value, float) else value
        for name, value in asdict(point).items()
    }


def _points(document: Any, about: About) -> Iterator[ImportedPoint]:  # noqa: ANN401 - any JSON
    if isinstance(document, dict) and "benchmarks" in document:
        yield from (_of_guidellm(benchmark, about) for benchmark in document["benchmarks"])
    elif isinstance(document, dict) and "scenario" in document and "results" in document:
        yield _of_report(document, about)
    elif isinstance(document, dict) and "request_throughput" in document:
        yield _of_bench(document, about)
    else:
        raise InputError(
            Problem(
                "form",
                "",
                "is neither vllm bench serve, GuideLLM nor an llm-d Benchmark Report",
                "Give the JSON file that the tool itself wrote.",
            )
        )


def _of_bench(run: Mapping[str, Any], about: About) -> ImportedPoint:
    """One result of ``vllm bench serve``: windowed where rows were saved, else its means."""
    completed = run["completed"]
    _require_success(run["failed"], completed + run["failed"])
    isl, osl = run["total_input_tokens"] / completed, run["total_output_tokens"] / completed
    clients = run["max_concurrency"]
    means = float(run["mean_ttft_ms"]), float(run["mean_tpot_ms"])
    if clients is not None and all(key in run for key in DETAIL):
        load = Load(
            id="imported",
            role="fit",
            input_tokens=max(round(isl), 1),
            output_tokens=max(round(osl), 2),
            concurrency=clients,
            requests=completed,
            seed=0,
        )
        window = open_window(rows_of_bench(run), load)
        found = figures(window) if window else None
        if found is not None:
            means = found.mean_ttft_ms, found.mean_tpot_ms
            isl, osl = found.input_mean, found.output_mean
    return _point(
        about,
        isl=isl,
        osl=osl,
        clients=clients or _inside(run["request_throughput"], *means, osl),
        means=means,
        origin="vllm bench serve",
        measured=str(run.get("date", ""))[:8],
    )


def _of_guidellm(run: Mapping[str, Any], about: About) -> ImportedPoint:
    """One benchmark of GuideLLM; its time per further token is the inter-token latency."""
    metrics, strategy = run["metrics"], run["config"]["strategy"]
    totals = metrics["request_totals"]
    _require_success(totals["errored"], totals["successful"] + totals["errored"])

    def mean(name: str) -> float:
        return float(metrics[name]["successful"]["mean"])

    return _point(
        about,
        isl=mean("prompt_token_count"),
        osl=mean("output_token_count"),
        clients=strategy.get("streams") or mean("request_concurrency"),
        means=(mean("time_to_first_token_ms"), mean("inter_token_latency_ms")),
        origin="GuideLLM",
        measured="",
    )


def _of_report(report: Mapping[str, Any], about: About) -> ImportedPoint:
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
    means = _mean_ms(latency["time_to_first_token"]), _mean_ms(per_token)
    osl = float(requests["output_length"]["mean"])
    clients = report["scenario"].get("load", {}).get("standardized", {}).get("concurrency")
    if not isinstance(clients, int | float) or not 0 < clients < float("inf"):
        clients = _inside(float(whole["throughput"]["request_rate"]["mean"]), *means, osl)
    return _point(
        about,
        isl=float(requests["input_length"]["mean"]),
        osl=osl,
        clients=clients,
        means=means,
        origin="llm-d Benchmark Report",
        measured=str(report["run"]["time"]["start"])[:10],
    )


def _point(
    about: About,
    *,
    isl: float,
    osl: float,
    clients: float,
    means: tuple[float, float],
    origin: str,
    measured: str,
) -> ImportedPoint:
    return ImportedPoint(
        model=about.model,
        system=about.system,
        precision=about.precision,
        tp=about.tp,
        isl=isl,
        osl=osl,
        concurrency=float(clients),
        ttft_ms=means[0],
        tpot_ms=means[1],
        origin=origin,
        measured=measured,
    )


def _inside(per_second: float, ttft_ms: float, tpot_ms: float, osl: float) -> float:
    """Requests inside on average, by Little's law."""
    return max(per_second * (ttft_ms + tpot_ms * (osl - 1)) / 1_000, 1.0)


def _mean_ms(statistics: Mapping[str, Any]) -> float:
    unit = str(statistics["units"]).split("/")[0]
    if unit not in MILLISECONDS:
        raise InputError(
            Problem("units", unit, f"known: {', '.join(MILLISECONDS)}", "Correct the report.")
        )
    return float(statistics["mean"]) * MILLISECONDS[unit]


def _require_success(failed: int, total: int) -> None:
    if total == 0 or failed > MOST_FAILURES * total:
        raise InputError(
            Problem(
                "failed",
                f"{failed} of {total}",
                f"at most {MOST_FAILURES:.0%} of the requests may have failed",
                "Measure again: means over the rest are too good.",
            )
        )


def _read(path: Path) -> object:
    with refusing_io(path, "file"):
        text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix in YAML_ENDINGS:
        return _read_yaml(path, text)
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(
            Problem(path.name, "", f"is not JSON: {error}", "Give the file as it was written.")
        ) from None


def _read_yaml(path: Path, text: str) -> object:
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise InputError(
            Problem(path.name, "", "YAML needs PyYAML", "Install it, or convert to JSON.")
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(
            Problem(path.name, "", f"is not YAML: {error}", "Give the file as it was written.")
        ) from None
