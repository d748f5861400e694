"""Every form the answer can be written in, under the name the command line and the page use."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tco.answer.documents import csv_text, document, json_text, scenario_toml
from tco.answer.worked import Evaluation
from tco.question.scenario import Scenario

FormName = Literal["csv", "json", "toml", "xlsx", "html", "forecast"]
Write = Callable[[Scenario, Evaluation], bytes]


@dataclass(frozen=True, slots=True)
class Form:
    """One form: what it is for, and what its files are called."""

    title: str
    ending: str
    media_type: str
    write: Write


def _csv(scenario: Scenario, evaluation: Evaluation) -> bytes:
    return csv_text(scenario, evaluation).encode()


def _json(scenario: Scenario, evaluation: Evaluation) -> bytes:
    return (json_text(document(scenario, evaluation)) + "\n").encode()


def _toml(scenario: Scenario, _evaluation: Evaluation) -> bytes:
    return scenario_toml(scenario).encode()


def _xlsx(scenario: Scenario, evaluation: Evaluation) -> bytes:
    from tco.exports.workbook import workbook

    return workbook(scenario, evaluation)


def _html(scenario: Scenario, evaluation: Evaluation) -> bytes:
    from tco.exports.report_page import report_html

    return report_html(scenario, evaluation).encode()


def _forecast(scenario: Scenario, evaluation: Evaluation) -> bytes:
    from tco.exports.forecast import forecast_csv

    return forecast_csv(scenario, evaluation).encode()


FORMS: Final[dict[FormName, Form]] = {
    "csv": Form("Result, reads back", ".csv", "text/csv", _csv),
    "json": Form("Result for programs", ".json", "application/json", _json),
    "toml": Form("Scenario alone", ".toml", "application/toml", _toml),
    "xlsx": Form(
        "Workbook with live formulas",
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _xlsx,
    ),
    "html": Form("Report to print", ".html", "text/html", _html),
    "forecast": Form("Forecast, month by month", ".csv", "text/csv", _forecast),
}


def written(form: FormName, scenario: Scenario, evaluation: Evaluation) -> bytes:
    """Write the answer in one form."""
    return FORMS[form].write(scenario, evaluation)


def form_of(path: Path | None) -> FormName:
    """Form that a file's ending stands for; CSV where it says nothing.

    Examples
    --------
    >>> form_of(Path("plan.xlsx")), form_of(Path("plan")), form_of(None)
    ('xlsx', 'csv', 'csv')
    """
    ending = path.suffix.lower() if path else ""
    return next((name for name, form in FORMS.items() if form.ending == ending), "csv")
