"""The plain forms: the result as CSV and JSON, the question as TOML."""

from tco.answer.documents import csv_text, document, json_text, scenario_toml
from tco.answer.worked import Evaluation
from tco.question.scenario import Scenario


def result_csv(scenario: Scenario, evaluation: Evaluation) -> str:
    """Scenario, lines, totals and break-evens in one table that reads back."""
    return csv_text(scenario, evaluation)


def result_json(scenario: Scenario, evaluation: Evaluation) -> str:
    """Everything as one versioned document."""
    return json_text(document(scenario, evaluation)) + "\n"


def question_toml(scenario: Scenario, _evaluation: Evaluation) -> str:
    """The scenario alone."""
    return scenario_toml(scenario)
