"""From which load on Llama on your own GPUs costs less than GPT tokens, and how sure that is."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tco.answer.evaluation import evaluate
    from tco.answer.worked import Evaluation
    from tco.facts.data import Data
    from tco.question.files import changed, load_scenario, scenario_from, scenario_from_text
    from tco.question.scenario import Scenario

_HOMES = {
    "Data": "facts.data",
    "Evaluation": "answer.worked",
    "Scenario": "question.scenario",
    "changed": "question.files",
    "evaluate": "answer.evaluation",
    "load_scenario": "question.files",
    "scenario_from": "question.files",
    "scenario_from_text": "question.files",
}

__all__ = [
    "Data",
    "Evaluation",
    "Scenario",
    "changed",
    "evaluate",
    "load_scenario",
    "scenario_from",
    "scenario_from_text",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``tco --help`` need not."""
    if name not in _HOMES:
        msg = f"module 'tco' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"tco.{_HOMES[name]}"), name)
