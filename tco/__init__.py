"""From which load on Llama on your own GPUs costs less than GPT tokens, and how sure that is."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pricing.catalogue import Catalogue
    from pricing.errors import PlannerError
    from pricing.frame_prices import prices_of
    from tco.answer.evaluation import evaluate
    from tco.answer.worked import Evaluation
    from tco.facts.data import Data
    from tco.question.files import changed, load_scenario, scenario_from, scenario_from_text
    from tco.question.scenario import Scenario

_HOMES = {
    "Catalogue": "pricing.catalogue",
    "Data": "tco.facts.data",
    "Evaluation": "tco.answer.worked",
    "PlannerError": "pricing.errors",
    "Scenario": "tco.question.scenario",
    "changed": "tco.question.files",
    "evaluate": "tco.answer.evaluation",
    "load_scenario": "tco.question.files",
    "prices_of": "pricing.frame_prices",
    "scenario_from": "tco.question.files",
    "scenario_from_text": "tco.question.files",
}

__all__ = [
    "Catalogue",
    "Data",
    "Evaluation",
    "PlannerError",
    "Scenario",
    "changed",
    "evaluate",
    "load_scenario",
    "prices_of",
    "scenario_from",
    "scenario_from_text",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``tco --help`` need not."""
    if name == "__version__":
        from tco.words.version import planner_version

        return planner_version()
    if name not in _HOMES:
        msg = f"module 'tco' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List what is public, for whoever completes a name."""
    return [*__all__, "__version__"]
