"""The answer as documents: JSON for scripts, a CSV that reads back, tables for people."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from tco.answer.old_figures import told_ages
from tco.answer.spreads import INPUTS, Spreads
from tco.answer.uncertainty import Uncertainty
from tco.answer.worked import Evaluation
from tco.question.exported import EXPORTED_COLUMNS, scenario_rows
from tco.question.files import document_of, flatten, scenario_digest
from tco.question.scenario import Scenario
from tco.results.bill import Alternative, CostLine
from tco.words.duties import duties
from tco.words.figures import NOT_ESTIMATED

if TYPE_CHECKING:
    from pandas import DataFrame

EVALUATION_SCHEMA: Final = "tco.evaluation/2"
BREAK_EVEN_SCHEMA: Final = "tco.break-even/2"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def document(scenario: Scenario, evaluation: Evaluation) -> dict[str, Any]:
    """Everything, as one versioned JSON document."""
    return {
        "schema": EVALUATION_SCHEMA,
        "stamp": plain(evaluation.stamp),
        "scenario": document_of(scenario),
        "verdict": plain(evaluation.verdict),
        "uncertainty": uncertainty_document(evaluation.uncertainty),
        "alternatives": [_alternative(evaluation, a) for a in evaluation.alternatives],
        "break_even": [plain(answer) for answer in evaluation.break_evens],
        "hybrid_break_even": [plain(answer) for answer in evaluation.hybrid_break_evens],
        "appraisals": plain(evaluation.appraisals),
        "conventions": plain(evaluation.conventions),
        "findings": plain(evaluation.findings),
        "responsibilities": [
            {"duty": duty.name, "what": duty.what}
            | {a.key: duty.carrier(a.kind) for a in evaluation.alternatives}
            for duty in duties()
        ],
        "assumptions": plain(evaluation.assumptions),
    }


def break_even_document(evaluation: Evaluation) -> dict[str, Any]:
    """Break-even of every self-hosted option, or the reason why it has none."""
    options = []
    for alternative in evaluation.alternatives:
        if alternative.kind not in {"rented", "owned", "hybrid"}:
            continue
        answer = evaluation.break_even(alternative.key)
        if answer is not None:
            options.append(plain(answer))
        elif alternative.refused is not None:
            none = {"value": None, "reason": alternative.refused.message}
            options.append(
                {"alternative": alternative.key, "utilisation": none, "volume": none, "month": none}
            )
    return {
        "schema": BREAK_EVEN_SCHEMA,
        "stamp": plain(evaluation.stamp),
        "baseline": evaluation.alternatives[0].key,
        "options": options,
    }


def json_text(content: Mapping[str, Any]) -> str:
    """JSON without NaN: what is not a finite number is null."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def scenario_toml(scenario: Scenario) -> str:
    """Scenario as a TOML file."""
    import tomlkit

    return tomlkit.dumps(document_of(scenario))


def csv_text(scenario: Scenario, evaluation: Evaluation) -> str:
    """Scenario and result as one CSV: RFC 4180, UTF-8, dot decimals, one unit per column.

    The rows of record ``scenario`` read back to the same scenario. Text that a spreadsheet
    would take for a formula starts with an apostrophe; numbers stay numbers.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, EXPORTED_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in _csv_rows(scenario, evaluation):
        writer.writerow({key: csv_cell(value) for key, value in row.items()})
    return out.getvalue()


def bill_table(evaluation: Evaluation) -> "DataFrame":
    """Bills side by side: a row per cost line, a column per alternative [USD/month].

    A cell is a number, ``not estimated``, or empty where the alternative has no such line. The
    last row is the sum of the numbers above it; a refused alternative has neither.
    """
    from pandas import DataFrame

    names = dict.fromkeys(line.name for a in evaluation.alternatives for line in a.lines)
    columns: dict[str, list[float | str | None]] = {}
    for alternative in evaluation.alternatives:
        cells = _cells_by_name(alternative.lines)
        total = "refused" if alternative.refused else alternative.monthly_usd
        columns[alternative.label] = [*(cells.get(name) for name in names), total]
    return DataFrame(columns, index=[*names, "Total"])


def _cells_by_name(lines: Sequence[CostLine]) -> dict[str, float | str]:
    """Cost of each name; lines of one name are one row, and their estimated parts add up."""
    cells: dict[str, float | str] = {}
    for line in lines:
        before, cost = cells.get(line.name), line.cost_usd
        if isinstance(before, float) and cost is not None:
            cells[line.name] = before + cost
        elif not isinstance(before, float):
            cells[line.name] = _cost_cell(line)
    return cells


def assumption_table(evaluation: Evaluation) -> "DataFrame":
    """Every value the answer rests on, with unit, range, source and date."""
    from pandas import DataFrame

    return DataFrame(
        [
            {
                "Assumption": row.label,
                "Value": NOT_ESTIMATED if row.value is None else row.value,
                "Unit": row.unit,
                "Low": row.low,
                "High": row.high,
                "Source": row.basis.source,
                "As of": row.basis.as_of,
                "Confidence": row.basis.confidence,
                "Yours": row.yours,
                "Note": row.basis.note,
                "Link": row.basis.url,
                "Field": row.field,
            }
            for row in evaluation.assumptions
        ]
    )


def _cost_cell(line: CostLine) -> float | str:
    return NOT_ESTIMATED if line.cost_usd is None else line.cost_usd


def _csv_rows(scenario: Scenario, evaluation: Evaluation) -> Iterable[dict[str, object]]:
    yield from scenario_rows(flatten(document_of(scenario)), scenario_digest(scenario))
    for path, value in flatten(plain(evaluation.stamp)).items():
        yield {"record": "stamp", "path": path, "value": value}
    for path, value in flatten(plain(evaluation.verdict)).items():
        yield {"record": "verdict", "path": path, "value": value}
    for place, sentence in enumerate(told_ages(evaluation)):
        yield {"record": "age", "path": str(place), "value": sentence}
    for alternative in evaluation.alternatives:
        yield from _alternative_rows(alternative)
    yield from _horizon_rows(evaluation)
    for answer in (*evaluation.break_evens, *evaluation.hybrid_break_evens):
        for path, value in flatten(plain(answer)).items():
            if path.startswith("month.") and path.split(".")[-1].isdigit():
                continue  # the monthly series are in the JSON document
            yield {
                "record": "break-even",
                "path": path,
                "value": value,
                "alternative": answer.alternative,
            }


def _horizon_rows(evaluation: Evaluation) -> Iterable[dict[str, object]]:
    for appraisal in evaluation.appraisals:
        for path, value in flatten(plain(appraisal)).items():
            if path != "alternative":
                row = {"record": "appraisal", "path": path, "value": value}
                yield {**row, "alternative": appraisal.alternative}
    for place, sentence in enumerate(evaluation.conventions):
        yield {"record": "convention", "path": str(place), "value": sentence}


def _alternative_rows(alternative: Alternative) -> Iterable[dict[str, object]]:
    for record, lines in (("line", alternative.lines), ("one-off", alternative.one_off)):
        for line in lines:
            yield {
                "record": record,
                "path": line.key,
                "value": line.name,
                "unit": line.unit,
                "alternative": alternative.key,
                "quantity": line.quantity,
                "unit_price_usd": line.unit_price_usd,
                "cost_usd_per_month": _cost_cell(line),
                "source": line.basis.source,
                "source_date": line.basis.as_of,
            }
    yield {
        "record": "total",
        "path": "monthly",
        "value": "refused" if alternative.refused else alternative.label,
        "unit": "USD/month",
        "alternative": alternative.key,
        "cost_usd_per_month": alternative.monthly_usd,
    }


def csv_cell(value: object) -> object:
    """Neutralise text that a spreadsheet would run (OWASP ASVS 1.2.10, CWE-1236)."""
    if isinstance(value, str) and value.lstrip().startswith(_FORMULA_STARTS) and not _number(value):
        return f"'{value}"
    return value


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _alternative(evaluation: Evaluation, alternative: Alternative) -> dict[str, Any]:
    row = plain(alternative)
    for entry, line in zip(
        [*row["lines"], *row["one_off"]],
        [*alternative.lines, *alternative.one_off],
        strict=True,
    ):
        entry["cost_usd"] = line.cost_usd
    appraisal = evaluation.appraisal(alternative.key)
    return {
        **row,
        "status": "refused" if alternative.refused else "priced",
        "eligible": alternative.eligible,
        "why_not": plain(alternative.why_not),
        "usd_per_month": _monthly(evaluation, alternative),
        "present_value_usd": None if appraisal is None else appraisal.present_usd,
        "worth_usd": None if appraisal is None else appraisal.npv_usd,
        "capital_usd": None if appraisal is None else appraisal.capital_usd,
        "capital": None if appraisal is None else plain(appraisal.capital),
        "usd_per_request": alternative.usd_per_request,
        "usd_per_accepted": alternative.usd_per_accepted,
        "usd_per_mtok": alternative.usd_per_mtok,
        "one_off_usd": alternative.one_off_usd,
    }


def _monthly(evaluation: Evaluation, alternative: Alternative) -> dict[str, Any] | None:
    """First month's bill and its band; None where it is refused."""
    bill = evaluation.uncertainty.bill_of(alternative.key)
    if bill is None:
        return None
    return {"value": alternative.monthly_usd, **plain(bill.first_month)}


def uncertainty_document(found: Uncertainty) -> dict[str, Any]:
    """How the draws were made, and what they say of each alternative."""
    return {
        "draws": found.draws,
        "seed": found.seed,
        "spreads": spreads_document(found.spreads),
        "odds": plain(found.odds),
        "cheapest": dict(found.cheapest),
        "regret_usd": plain(dict(found.regret)),
        "runner_up": plain(found.runner_up),
        "carried": list(found.carried),
    }


def spreads_document(spreads: Spreads) -> dict[str, Any]:
    """Spreads and correlations by name."""
    return {
        **{name: getattr(spreads, name) for name in (*INPUTS, "calibration")},
        "correlation": {
            f"{one},{other}": value for (one, other), value in spreads.correlation.items()
        },
    }


def plain(value: Any) -> Any:  # noqa: ANN401 - any result into JSON's types
    """Plain values of a result: what is not a finite number is None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(item) for key, item in asdict(value).items()}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
