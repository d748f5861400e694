"""Files of other load generators into rows that a fit takes.

Each form is known by keys of its own; `import_forms` reads them. A file gives one row per run: mean
lengths, clients, mean time to first token and per further token. Where only aggregates were kept,
ramp and drain are in them, and the time to first token is not compared.
"""

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from calibrate.files import read_file
from calibrate.result.import_forms import FORMS, Run
from pricing.errors import InputError, Problem

YAML_ENDINGS: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class About:
    """What the files do not say: what was served on what, with which settings, by whom."""

    model: str
    system: str
    precision: str
    tp: int
    vllm_version: str = ""
    measured_by: str = ""
    kv_bytes: float | None = None
    max_num_seqs: int | None = None
    max_num_batched_tokens: int | None = None
    kv_tokens: float | None = None


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
    sending: str = ""
    measured_by: str = ""
    source: str = ""
    kv_bytes: float | None = None
    max_num_seqs: int | None = None
    max_num_batched_tokens: int | None = None
    kv_tokens: float | None = None


IMPORT_COLUMNS: Final = tuple(field.name for field in fields(ImportedPoint))


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
        for number, document in enumerate(_documents(path), start=1):
            where = path.name if number == 1 else f"{path.name} line {number}"
            try:
                rows = [replace(one, source=path.name) for one in _points(document, about)]
                points.extend(rows)
            except InputError as error:
                problems += [
                    Problem(f"{where}: {p.field}", p.value, p.limit, p.remedy)
                    for p in error.problems
                ]
            except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
                limit = f"is not as its form says: {type(error).__name__} {error}"
                problems.append(Problem(where, "", limit, "Write it again with its own tool."))
    if problems:
        raise InputError(*problems)
    return tuple(points)


def table_row(point: ImportedPoint) -> dict[str, object]:
    """Cells of a row, numbers with no more digits than are measured."""
    return {
        name: "" if value is None else f"{value:.9g}" if isinstance(value, float) else value
        for name, value in asdict(point).items()
    }


def _points(document: Any, about: About) -> Iterator[ImportedPoint]:  # noqa: ANN401 - any JSON
    if not isinstance(document, dict):
        raise InputError(_unknown_form())
    for marks, form in FORMS:
        if all(mark in document for mark in marks):
            for run in form(document):
                yield _row(run, about)
            return
    raise InputError(_unknown_form())


def _unknown_form() -> Problem:
    return Problem(
        "form",
        "",
        "is of no form that is read: vllm bench serve, SGLang, GuideLLM, AIPerf, inference-perf, "
        "llm-d Benchmark Report, InferenceX, LLMPerf",
        "Give the file that the tool itself wrote.",
    )


def _row(run: Run, about: About) -> ImportedPoint:
    """One run as a row; a figure that cannot be a measurement is refused by its name."""
    values = {
        "isl": run.input_tokens,
        "osl": run.output_tokens,
        "concurrency": run.clients,
        "ttft_ms": run.ttft_ms,
        "tpot_ms": run.tpot_ms,
    }
    wrong = [
        Problem(name, str(value), "must be a number above 0", "Measure this run again.")
        for name, value in values.items()
        if not (math.isfinite(value) and value > 0)
    ]
    if wrong:
        raise InputError(*wrong)
    return ImportedPoint(
        **{name: getattr(about, name) for name in About.__dataclass_fields__},
        isl=run.input_tokens,
        osl=run.output_tokens,
        concurrency=run.clients,
        ttft_ms=run.ttft_ms,
        tpot_ms=run.tpot_ms,
        origin=run.origin,
        measured=run.measured,
        sending=run.sending,
    )


def _documents(path: Path) -> Sequence[object]:
    """Runs of one file: a document, a list of them, or one on each line."""
    text = read_file(path, "file").decode("utf-8", errors="replace")
    if path.suffix in YAML_ENDINGS:
        return [_read_yaml(path, text)]
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, list) and whole else [whole]
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1:
            with suppress(ValueError, RecursionError):
                return [json.loads(line) for line in lines]
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
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(
            Problem(path.name, "", f"is not YAML: {error}", "Give the file as it was written.")
        ) from None
