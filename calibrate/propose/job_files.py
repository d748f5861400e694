"""Job files: one calibration on a machine of a fleet, and its record back."""

import json
import math
import re
import shlex
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final, Literal

from calibrate.plan.by_number import SMALL_ID
from calibrate.plan.plan import SECONDS_PER_MINUTE, CalibrationPlan
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
TIME_MARGIN: Final = 2.0
LONGEST_NAME: Final = 52  # a pod's name adds eleven characters to it, of 63
CPUS_PER_GPU: Final = 8
UNKNOWN_WEIGHTS_GB: Final = 150.0
SPARE_GB: Final = 32.0
"""Beside the weights: the engine's programs in memory, raw rows and caches on the disk."""
SKY_ACCELERATORS: Final = {
    "A100 40GB": "A100",
    "A100 80GB": "A100-80GB",
    "H100 SXM": "H100",
    "H200 SXM": "H200",
    "B200 SXM": "B200",
    "B300 SXM": "B300",
}
"""Names of the library and SkyPilot's for the same; others are taken without their form factor."""
NODE_PRODUCTS: Final = {
    "A100 40GB": "NVIDIA-A100-SXM4-40GB",
    "A100 80GB": "NVIDIA-A100-SXM4-80GB",
    "A100 80GB PCIe": "NVIDIA-A100-80GB-PCIe",
    "A10G": "NVIDIA-A10G",
    "L4": "NVIDIA-L4",
    "L40S": "NVIDIA-L40S",
    "H100 PCIe": "NVIDIA-H100-PCIe",
    "H100 SXM": "NVIDIA-H100-80GB-HBM3",
    "H200 SXM": "NVIDIA-H200",
    "B200 SXM": "NVIDIA-B200",
    "B300 SXM": "NVIDIA-B300",
}
"""What NVIDIA's feature discovery writes on a node, as ``nvidia.com/gpu.product``."""
_WORD: Final = r"[A-Za-z0-9][A-Za-z0-9._/:@+=-]*"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job runs and where the product comes from there."""

    image: str = ""
    """Container image; vLLM's own where none is named."""
    package: str = ""
    """What pip installs: a wheel's path or address, or ``git+https://...``; empty where the
    image, or the node, has the product already."""
    node_selector: str = ""
    """Label that the nodes have, as ``key=value``; by the accelerator where none is named."""

    @property
    def wheel(self) -> str:
        """Name of a wheel that lies on this machine; empty where the package is none."""
        is_local = self.package.endswith(".whl") and "://" not in self.package
        return Path(self.package).name if is_local else ""


def job_text(
    plan: CalibrationPlan,
    scheduler: Scheduler,
    *,
    plan_name: str,
    library: Library,
    place: Place,
) -> str:
    """Render the job file of a plan.

    Parameters
    ----------
    plan_name
        Name of the plan's file, in the folder that the job is submitted from.

    Raises
    ------
    InputError
        If a name could not stand in a job file, or nothing says where the product comes from.
    """
    _require_words(plan_name, place)
    _require_product(scheduler, place)
    template = (files("calibrate") / "templates" / TEMPLATES[scheduler]).read_text("utf-8")
    name = _name(plan)
    return Template(template).substitute(
        _sizes(plan, library),
        name=name,
        model=_one_line(plan.model),
        accelerator=_one_line(plan.accelerator),
        sky_accelerator=SKY_ACCELERATORS.get(plan.accelerator, _word(plan.accelerator)),
        plan=plan_name,
        out=f"run-{plan.id[:8]}",
        file=f"{name}{Path(TEMPLATES[scheduler]).suffix}",
        image=place.image or IMAGE,
        install=_install(scheduler, place),
        mounts=f"  ~/sky_workdir/{place.wheel}: {place.package}\n" if place.wheel else "",
        secret=" --secret HF_TOKEN" if _is_gated(plan) else "",
        secrets="\nsecrets:\n  HF_TOKEN: null\n" if _is_gated(plan) else "",
        selector=_selector(plan, place),
        overrides=_overrides(name),
        confirm=_confirm(plan, library),
    )


def _sizes(plan: CalibrationPlan, library: Library) -> dict[str, object]:
    """GPUs, memory, disk and time of a job."""
    known = {model.hf_id: model for model in library.models.values()}
    facts = known.get(plan.server.model)
    weights_gb = (facts and facts.weights_gb(plan.precision)) or UNKNOWN_WEIGHTS_GB
    minutes = plan.expected_minutes or float(MINUTES_PER_HOUR)
    return {
        "gpus": plan.gpus,
        "cpus": CPUS_PER_GPU * plan.gpus,
        "memory_gb": math.ceil(weights_gb + SPARE_GB),
        "disk_gb": math.ceil(2 * weights_gb + SPARE_GB),
        "minutes": f"{minutes:.0f}",
        "limit": _clock(TIME_MARGIN * minutes),
        "seconds": round(TIME_MARGIN * minutes * SECONDS_PER_MINUTE),
    }


def _is_gated(plan: CalibrationPlan) -> bool:
    """Whether weights are fetched, for which a token may be needed."""
    return plan.server.load_format != "dummy" and not plan.server.is_folder


def _confirm(plan: CalibrationPlan, library: Library) -> str:
    known = {model.hf_id for model in library.models.values()} | {SMALL_ID}
    model = plan.server.model
    return "" if model in known else f" --confirm-model {shlex.quote(model)}"


def _require_words(plan_name: str, place: Place) -> None:
    for field, value in (
        ("plan", plan_name),
        ("image", place.image or IMAGE),
        ("package", place.package or "none"),
        ("node_selector", place.node_selector or "none"),
    ):
        if not re.fullmatch(_WORD, value.removeprefix("./").removeprefix("/")):
            raise InputError(
                Problem(
                    field,
                    value,
                    "must be letters, digits and . _ / : @ + = -",
                    "Rename the file." if field == "plan" else "Give it without other characters.",
                )
            )
    if place.node_selector and not re.fullmatch(r"[^=]+=[^=]+", place.node_selector):
        remedy = "Give a label of the nodes and its value, such as gpu=h100."
        raise InputError(Problem("node_selector", place.node_selector, "must be KEY=VALUE", remedy))


def _require_product(scheduler: Scheduler, place: Place) -> None:
    """A machine of a fleet has nothing of the planner, and no package index has it."""
    if scheduler == "k8s" and place.wheel:
        raise InputError(
            Problem(
                "package",
                place.package,
                "is a file of this machine, which a pod cannot reach",
                "Give an address of the wheel, git+https://..., or an --image that holds it.",
            )
        )
    if scheduler == "slurm" or place.package or (scheduler == "k8s" and place.image):
        return
    remedy = "Give --package with a wheel or git+https://..."
    raise InputError(
        Problem(
            "package",
            "",
            "is needed: the machine has to get the planner from somewhere",
            f"{remedy}, or --image with one that holds it." if scheduler == "k8s" else f"{remedy}.",
        )
    )


def _install(scheduler: Scheduler, place: Place) -> str:
    if not place.package:
        return {
            "slurm": "# tco-calibrate and vllm have to be on the PATH of the node.",
            "k8s": "# The image holds the planner.",
            "sky": "",
        }[scheduler]
    is_sent = place.wheel and scheduler == "sky"
    what = f"~/sky_workdir/{place.wheel}" if is_sent else place.package
    return f"pip install --quiet {what} || exit 5"


def _selector(plan: CalibrationPlan, place: Place) -> str:
    key, _, value = place.node_selector.partition("=")
    product = NODE_PRODUCTS.get(plan.accelerator)
    if not key and product is not None:
        key, value = "nvidia.com/gpu.product", product
    return f'"{key}": "{value}"' if key else ""


def _overrides(name: str) -> str:
    """What makes a pod hold the job's volume, as ``kubectl run`` takes it."""
    volume = {"name": "calibration", "persistentVolumeClaim": {"claimName": name}}
    container = {
        "name": f"{name}-get",
        "image": "busybox",
        "command": ["sleep", "3600"],
        "volumeMounts": [{"name": "calibration", "mountPath": "/calibration"}],
    }
    return json.dumps({"spec": {"volumes": [volume], "containers": [container]}})


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
