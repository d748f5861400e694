"""Job files read by the schedulers' own code: SkyPilot's task parser, Kubernetes' schemas, bash."""

import subprocess
from pathlib import Path

import pytest

from calibrate.propose.job_files import Place, job_text
from calibrate.propose.propose import Wanted, propose
from hardware_profiles import Library
from tests.calibrate.plans import plan_of

pytestmark = [pytest.mark.schedulers, pytest.mark.timeout(600)]

BIN = Path(__file__).parents[2] / ".venv-schedulers" / "bin"
SKY = "import sys, sky, yaml; print(sky.Task.from_yaml_config(yaml.safe_load(sys.stdin)).resources)"
READERS = {
    "sky": [str(BIN / "python"), "-c", SKY],
    "k8s": [str(BIN / "kubernetes-validate"), "--strict", "-k", "1.37", "/dev/stdin"],
    "slurm": ["bash", "-n", "/dev/stdin"],
}
LIBRARY = Library.load()
PLACE = Place(package="git+https://example.org/planner")
PLANS = {
    "known": propose(
        LIBRARY,
        Wanted(
            model="Llama 3.3 70B",
            accelerator="H100 SXM",
            precision="fp8",
            gpus=2,
            own=(1500, 300),
        ),
    ),
    "unknown": plan_of(model="x: [y]\n&z", accelerator='A"\n- evil: 1'),
}


def read(scheduler, text):
    return subprocess.run(
        READERS[scheduler], input=text, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("scheduler", READERS)
def test_the_scheduler_takes_the_job(scheduler, plan):
    done = read(
        scheduler,
        job_text(PLANS[plan], scheduler, plan_name="p.json", library=LIBRARY, place=PLACE),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if scheduler == "sky" and plan == "known":
        assert "{'H100': 2}" in done.stdout


@pytest.mark.parametrize(
    ("scheduler", "right", "wrong"),
    [
        ("sky", "accelerators:", "accelerator:"),
        ("k8s", "backoffLimit:", "backOffLimit:"),
        ("slurm", "\nfi\n", "\n"),
    ],
)
def test_a_misspelt_job_is_refused(scheduler, right, wrong):
    text = job_text(PLANS["known"], scheduler, plan_name="p.json", library=LIBRARY, place=PLACE)
    assert right in text
    assert read(scheduler, text.replace(right, wrong)).returncode != 0
