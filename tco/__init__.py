"""From which load on Llama on your own GPUs costs less than GPT tokens, and how sure that is."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tco.evaluation import Data, evaluate
    from tco.reading import changed, load_scenario, scenario_from, scenario_from_text
    from tco.results import Evaluation
    from tco.scenario import Scenario

_HOMES = {
    "Data": "evaluation",
    "Evaluation": "results",
    "Scenario": "scenario",
    "changed": "reading",
    "evaluate": "evaluation",
    "load_scenario": "reading",
    "scenario_from": "reading",
    "scenario_from_text": "reading",
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
