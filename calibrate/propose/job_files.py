"""Job files: one calibration on a machine of a fleet, and its record back."""

import re
import shlex
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final, Literal

from calibrate.plan.plan import CalibrationPlan
from hardware_profiles import Library
from pricing.errors import InputError, Problem
from pricing.units import MINUTES_PER_HOUR

Scheduler = Literal["slurm", "k8s", "sky"]
TEMPLATES: Final[dict[Scheduler, str]] = {
    "slurm": "slurm.sh",
    "k8s": "k8s.yaml",
    "sky": "sky.yaml",
}
IMAGE: Final = "vllm/vllm-openai:latest"
PACKAGE: Final = "gpt-or-llama-planner"
TIME_MARGIN: Final = 2.0
LONGEST_NAME: Final = 52  # a pod's name adds eleven characters to it, of 63
SKY_ACCELERATORS: Final = {
    "A100 40GB": "A100",
    "A100 80GB": "A100-80GB",
    "H100 SXM": "H100",
    "H200 SXM": "H200",
    "B200 SXM": "B200",
    "B300 SXM": "B300",
}
"""Names of the library and SkyPilot's for the same; others are taken without their form factor."""


def job_text(
    plan: CalibrationPlan,
    scheduler: Scheduler,
    *,
    plan_name: str,
    library: Library,
    image: str = IMAGE,
    package: str = PACKAGE,
) -> str:
    """Render the job file of a plan.

    Parameters
    ----------
    plan_name
        Name of the plan's file, in the folder that the job is submitted from.
    image, package
        What the job runs in, and what is installed there.

    Raises
    ------
    InputError
        If a name could not stand in a job file.
    """
    for field, value in (("plan", plan_name), ("image", image), ("package", package)):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/:@+=-]*", value):
            raise InputError(
                Problem(
                    field,
                    value,
                    "must be letters, digits and . _ / : @ + = -",
                    "Rename it for the job.",
                )
            )
    known = {model.hf_id for model in library.models.values()}
    model = plan.server.model
    confirm = "" if model in known else f" --confirm-model {shlex.quote(model)}"
    minutes = plan.expected_minutes or float(MINUTES_PER_HOUR)
    template = (files("calibrate") / "templates" / TEMPLATES[scheduler]).read_text("utf-8")
    return Template(template).substitute(
        name=_name(plan),
        model=_one_line(plan.model),
        accelerator=_one_line(plan.accelerator),
        sky_accelerator=SKY_ACCELERATORS.get(plan.accelerator, _word(plan.accelerator)),
        gpus=plan.gpus,
        minutes=f"{minutes:.0f}",
        limit=_clock(TIME_MARGIN * minutes),
        plan=plan_name,
        out=f"run-{plan.id[:8]}",
        file=f"{_name(plan)}{Path(TEMPLATES[scheduler]).suffix}",
        image=image,
        package=package,
        confirm=confirm,
    )


def _name(plan: CalibrationPlan) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", f"calibrate-{plan.model}-{plan.precision}".lower())
    return f"{words.strip('-')[: LONGEST_NAME - 9].strip('-')}-{plan.id[:8]}"


def _one_line(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text).replace("$", "?")


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", text.split()[0])


def _clock(minutes: float) -> str:
    hours, rest = divmod(round(minutes), MINUTES_PER_HOUR)
    return f"{hours:02d}:{rest:02d}:00"
