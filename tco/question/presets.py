"""Worked scenarios that ship with the planner; the first is the page's default."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from tco.question.files import load_scenario
from tco.question.scenario import Scenario

ORDER: Final = ("default", "copilot", "rag", "agent", "code", "extraction", "regulated")


def presets() -> dict[str, Scenario]:
    """Every worked scenario by its name, the default first."""
    scenarios = (load_scenario(path) for path in preset_paths())
    return {scenario.name: scenario for scenario in scenarios}


def preset_paths() -> tuple[Path, ...]:
    """Files of the worked scenarios, the default first."""
    folder = _folder()
    return tuple(folder / f"{name}.toml" for name in ORDER)


def _folder() -> Path:
    """Inside the package once installed from a wheel, beside it in a source tree."""
    package = Path(str(files("tco")))
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"
