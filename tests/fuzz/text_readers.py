"""Every reader of text from outside, with a text to begin damage from and how it refuses."""

from collections.abc import Callable
from importlib.resources import files
from typing import NamedTuple

from calibrate.fitting.points import parse_points
from calibrate.plan.plan import parse_plan
from hardware_profiles.calibration import read_record
from pricing.catalogue import Catalogue
from pricing.csv_table import CsvTable
from pricing.errors import PlannerError
from pricing.parsing import parse_json, parse_toml
from tco.answer.documents import csv_text
from tco.answer.evaluation import evaluate
from tco.question.files import scenario_file
from tco.question.link import link_value, read_link
from tco.question.presets import preset_paths, presets
from tests.calibrate.plans import plan_of

DEFAULT = next(iter(presets().values()))
CATALOGUE = Catalogue.load()
TOML = preset_paths()[0].read_text(encoding="utf-8")
RECORD = (
    files("hardware_profiles") / "data/calibrations/llama-3.1-8b-bf16-h100-tp1.json"
).read_text(encoding="utf-8")
POINTS = "".join(
    (files("calibrate") / "data" / "vllm_closed_loop.csv").read_text().splitlines(True)[:10]
)


class Reader(NamedTuple):
    """What is read, by what, and how that refuses."""

    whole: str
    read: Callable[[str], object]
    refusal: type[Exception] = PlannerError


READERS = {
    "json": Reader(RECORD, parse_json, ValueError),
    "toml": Reader(TOML, parse_toml, ValueError),
    "table": Reader(POINTS, lambda text: CsvTable.read("a.csv", text)),
    "scenario": Reader(TOML, lambda text: scenario_file(text, "a.toml")),
    "export": Reader(
        csv_text(DEFAULT, evaluate(DEFAULT)), lambda text: scenario_file(text, "a.csv")
    ),
    "link": Reader(link_value(DEFAULT, CATALOGUE), lambda text: read_link(text, CATALOGUE)),
    "record": Reader(RECORD, lambda text: read_record(text, "record")),
    "points": Reader(POINTS, parse_points),
    "plan": Reader(plan_of().model_dump_json(), lambda text: parse_plan(text.encode(), "a.json")),
}
