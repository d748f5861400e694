"""What the planner finds on this machine: its packages, data, store, GPUs, vLLM and browser."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import typer

from pricing.errors import PlannerError, Problem
from tco.commands.analysis import CHECK_FAILED
from tco.commands.defaults import defaults_file, settle_defaults
from tco.commands.question_file import print_json
from tco.commands.terminal import Terminal
from tco.words.figures import NBSP, plural, whole
from tco.words.version import DISTRIBUTION, planner_version

State = Literal["well", "absent", "fault"]
"""`absent` is what only some work needs; a `fault` keeps the planner from what it is there for."""

OLD_CATALOGUE_DAYS: Final = 30
SMALLEST_FREE_BYTES: Final = 100_000_000
ANSWER_SECONDS: Final = 10.0
"""Longest time that another program is waited for."""
_STATE_WIDTH: Final = 7
_EXTRAS: Final = {
    "app": ("streamlit", "plotly", "sqlalchemy", "alembic"),
    "charts": ("plotly", "kaleido"),
    "postgres": ("psycopg",),
    "tokens": ("quicktok",),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at."""

    about: str
    state: State
    found: str
    remedy: str = ""


def look_around(pictures_lack: Callable[[], Problem | None], *, as_json: bool) -> None:
    """Print what is found, and end with 10 where something is at fault.

    Parameters
    ----------
    pictures_lack
        What keeps this machine from drawing pictures, asked where their package is installed.
    """
    looks = [look for looked in _LOOKS for look in looked()]
    if find_spec("kaleido") is not None:
        looks.append(_browser(pictures_lack()))
    if as_json:
        print_json({"schema": "tco.doctor/1", "looks": [asdict(each) for each in looks]})
    else:
        terminal = Terminal()
        for each in looks:
            state = each.state.ljust(_STATE_WIDTH)
            found = f"{state}{each.about}: {each.found}. {each.remedy}".rstrip()
            terminal.say(found, hanging=_STATE_WIDTH)
    if any(each.state == "fault" for each in looks):
        raise typer.Exit(CHECK_FAILED)


def _planner() -> list[Look]:
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return [Look("planner", "well", f"{planner_version()}, {system}")]


def _defaults() -> list[Look]:
    path = defaults_file()
    try:
        held = settle_defaults()
    except PlannerError as refusal:
        problem = refusal.problems[0]
        return [Look("your defaults", "fault", f"{problem.field} {problem.limit}", problem.remedy)]
    if not path.is_file():
        return [Look("your defaults", "absent", f"no {path}")]
    return [Look("your defaults", "well", f"{path}: {', '.join(held) or 'nothing in it'}")]


def _packages() -> list[Look]:
    found = []
    for extra, modules in _EXTRAS.items():
        missing = [name for name in modules if find_spec(name) is None]
        if missing:
            remedy = f"pip install '{DISTRIBUTION}[{extra}]' brings it, if you want it."
            found.append(Look(f"extra {extra}", "absent", f"lacks {', '.join(missing)}", remedy))
        else:
            found.append(Look(f"extra {extra}", "well", "installed"))
    return found


def _data() -> list[Look]:
    from tco.facts.data import Data

    try:
        data = Data.shipped()
    except PlannerError as refusal:
        return [Look("data", "fault", str(refusal).rstrip("."))]
    made = data.catalogue.generated_on
    days = (datetime.now(UTC).date() - made).days
    remedy = ""
    if days > OLD_CATALOGUE_DAYS:
        remedy = "Prices may have moved: update the planner, or run tco prices refresh."
    records = data.library.calibrations.values()
    own = sum(record.own for record in records)
    aged = f"{data.catalogue.version}, {plural(days, 'day')} old"
    return [
        Look("price catalogue", "well", aged, remedy),
        Look("records", "well", f"{whole(len(records))}, {whole(own)} of them your own"),
    ]


def _store() -> list[Look]:
    if any(find_spec(name) is None for name in _EXTRAS["app"]):
        return []
    from tco.store.check import look_at_store

    try:
        return [Look("store", "well", look_at_store().words)]
    except PlannerError as refusal:
        problem = refusal.problems[0]
        return [Look("store", "fault", f"{problem.field} {problem.limit}", problem.remedy)]


def _graphics() -> list[Look]:
    program = shutil.which("nvidia-smi")
    if program is None:
        remedy = "Planning needs none; calibration of a GPU does."
        return [Look("GPU", "absent", "no nvidia-smi on the path", remedy)]
    asked = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    said, code = _said_by([program, *asked])
    if code != 0 or not said:
        return [Look("GPU", "absent", f"nvidia-smi: {said or 'names none'}")]
    return [Look("GPU", "well", line.strip()) for line in said.splitlines()]


def _model_server() -> list[Look]:
    try:
        return [Look("vLLM", "well", version("vllm"))]
    except PackageNotFoundError:
        program = shutil.which("vllm")
    if program is not None:
        return [Look("vLLM", "well", f"{program}, in another environment")]
    remedy = f"Only calibration needs it: pip install '{DISTRIBUTION}[calibrate]'."
    return [Look("vLLM", "absent", "is not installed", remedy)]


def _browser(lack: Problem | None) -> Look:
    if lack is None:
        return Look("browser for pictures", "well", "found")
    return Look("browser for pictures", "absent", lack.limit, lack.remedy)


def _space() -> list[Look]:
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    found = f"{whole(free / 1e6)}{NBSP}MB free in {here}"
    if not os.access(here, os.W_OK):
        return [Look("folder", "absent", f"{here} cannot be written", "Exports need another.")]
    if free < SMALLEST_FREE_BYTES:
        return [Look("folder", "fault", found, "Make room.")]
    return [Look("folder", "well", found)]


def _said_by(command: list[str]) -> tuple[str, int]:
    """What a program says, and its exit code; one that hangs is given up."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error), 1
    return (done.stdout or done.stderr).strip(), done.returncode


_LOOKS: Final[tuple[Callable[[], list[Look]], ...]] = (
    _planner,
    _defaults,
    _packages,
    _data,
    _store,
    _graphics,
    _model_server,
    _space,
)
