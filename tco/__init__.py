"""From which load on Llama on your own GPUs costs less than GPT tokens, and how sure that is."""

from tco.evaluate import Data, evaluate
from tco.presets import presets
from tco.reading import changed, load_scenario, scenario_from, scenario_from_text
from tco.results import Evaluation
from tco.scenario import Scenario

__all__ = [
    "Data",
    "Evaluation",
    "Scenario",
    "changed",
    "evaluate",
    "load_scenario",
    "presets",
    "scenario_from",
    "scenario_from_text",
]
